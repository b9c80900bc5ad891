/* SPDX-License-Identifier: MIT
 *
 * A name can have many addresses: one after the other is tried, each with a fair
 * share of the time. The only caller of connect(2).
 */
#include "dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/parse.h"

/* Waits until FD can be written to, NS at most (0: for ever). All signals are
 * blocked outside ppoll(2), so that none can slip in between the look at *STOP
 * and the wait. Returns 0, or -1 with errno: ETIMEDOUT, or EINTR for *STOP. */
static int
wait_writable(int fd, int64_t ns, const volatile int *stop)
{
	int64_t deadline = clock_later(clock_now(), ns);
	sigset_t all, before;
	int rc = -1, error = EINTR;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	while (stop == NULL || *stop == 0) {
		struct pollfd ready = { .fd = fd, .events = POLLOUT };
		int64_t left = ns > 0 ? deadline - clock_now() : 0;
		struct timespec wait = clock_to_timespec(left > 0 ? left : 0);
		int n = ppoll(&ready, 1, ns > 0 ? &wait : NULL, &before);

		if (n > 0) {
			rc = 0;
			break;
		}
		if (n == 0 || errno != EINTR) {
			error = n == 0 ? ETIMEDOUT : errno;
			break;
		}
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return rc;
}

/* Binds FD to the first address of HOST that is of FAMILY and can be bound. */
static int
bind_to(int fd, const char *host, int family, const char **why)
{
	struct addrinfo *list;
	int rc = -1;

	if (sock_resolve(host, NULL, family, AI_PASSIVE, &list, why) != 0)
		return -1;
	*why = "it has no address";
	for (const struct addrinfo *entry = list; entry != NULL && rc != 0;
	     entry = entry->ai_next) {
		rc = bind(fd, entry->ai_addr, entry->ai_addrlen);
		if (rc != 0)
			*why = strerror(errno);
	}
	freeaddrinfo(list);
	return rc;
}

/* A connection to a port of this machine where nobody listens can be given that
 * very port as its own, and then meets itself (RFC 9293 section 3.5,
 * simultaneous open). */
static bool
met_itself(int fd)
{
	char local[SOCK_NAME_MAX], peer[SOCK_NAME_MAX];

	return strcmp(sock_local_name(fd, local), sock_peer_name(fd, peer)) == 0;
}

/* What must be in place before the SYN: the window scale follows the receive
 * buffer (RFC 7323 section 2.2). Returns 0, or -1 with one line in ERROR. */
static int
prepare(int fd, const struct dial_target *target, int family, char error[static SOCK_ERROR_MAX])
{
	const int on = 1;
	const char *why;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
		snprintf(error, SOCK_ERROR_MAX, "cannot set TCP_NODELAY: %s", strerror(errno));
		return -1;
	}
	if (target->receive_buffer > 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &target->receive_buffer,
	               sizeof target->receive_buffer) != 0) {
		snprintf(error, SOCK_ERROR_MAX, "cannot set a receive buffer of %d bytes: %s",
		         target->receive_buffer, strerror(errno));
		return -1;
	}
	if (target->congestion != NULL && target->congestion[0] != '\0' &&
	    sock_set_congestion(fd, target->congestion) != 0) {
		snprintf(error, SOCK_ERROR_MAX, "cannot use congestion control %s: %s",
		         target->congestion, strerror(errno));
		return -1;
	}
	if (target->keepalive > 0 && sock_set_keepalive(fd, target->keepalive) != 0) {
		char text[PARSE_TEXT_MAX];

		snprintf(error, SOCK_ERROR_MAX, "cannot set a keepalive of %s: %s",
		         format_duration(target->keepalive, text), strerror(errno));
		return -1;
	}
	if (target->bind != NULL && target->bind[0] != '\0' &&
	    bind_to(fd, target->bind, family, &why) != 0) {
		snprintf(error, SOCK_ERROR_MAX, "cannot bind to %s to connect to %s: %s",
		         target->bind, target->address, why);
		return -1;
	}
	return 0;
}

/* Connects to one address within NS (0: the kernel's own limit). Returns the
 * descriptor, or -1 with one line in ERROR; *STOPPED tells that *STOP ended it. */
static int
connect_to(const struct addrinfo *entry, const struct dial_target *target, int64_t ns,
           const volatile int *stop, bool *stopped, char error[static SOCK_ERROR_MAX])
{
	const union sock_address address = sock_address_of(entry);
	char name[SOCK_NAME_MAX];
	socklen_t length = sizeof(int);
	int problem = 0;
	int fd = socket(entry->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

	if (fd < 0) {
		problem = errno;
		goto failed;
	}
	if (prepare(fd, target, entry->ai_family, error) != 0)
		{
		close(fd);
		return -1;
	}
	if (connect(fd, entry->ai_addr, entry->ai_addrlen) != 0) {
		/* EINTR too leaves the connection in progress (connect(2)). */
		if (errno != EINPROGRESS && errno != EINTR)
			problem = errno;
		else if (wait_writable(fd, ns, stop) != 0)
			problem = errno;
		else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &length) != 0)
			problem = errno;
		*stopped = problem == EINTR;
	}
	if (problem == 0 && met_itself(fd))
		problem = ECONNREFUSED;
	if (problem == 0) {
		int flags = fcntl(fd, F_GETFL);

		if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
			problem = errno;
	}
	if (problem == 0)
		return fd;
	close(fd);
failed:
	sock_name(&address, name);
	if (strcmp(name, target->address) == 0)
		snprintf(error, SOCK_ERROR_MAX, "cannot connect to %s: %s", name,
		         strerror(problem));
	else
		snprintf(error, SOCK_ERROR_MAX, "cannot connect to %s (%s): %s", target->address,
		         name, strerror(problem));
	return -1;
}

int
dial(const struct dial_target *target, const volatile int *stop, struct transport *transport,
     char error[static SOCK_ERROR_MAX])
{
	int64_t deadline = clock_later(clock_now(), target->timeout);
	char problem[PARSE_ERROR_MAX];
	struct address address;
	struct addrinfo *list;
	const char *why;
	int addresses = 0;
	bool stopped = false;
	int fd = -1;

	*transport = transport_tcp(-1);
	if (parse_address(target->address, &address, problem) != 0) {
		snprintf(error, SOCK_ERROR_MAX, "cannot connect to %s: %s", target->address,
		         problem);
		return -1;
	}
	if (sock_resolve(address.host, address.port, target->family, 0, &list, &why) != 0) {
		snprintf(error, SOCK_ERROR_MAX, "cannot connect to %s: %s", target->address, why);
		return -1;
	}
	for (const struct addrinfo *entry = list; entry != NULL; entry = entry->ai_next)
		addresses++;
	/* An address that swallows the SYN takes its share of what is left, not all
	 * of it: those behind it must be tried within the timeout, too. */
	for (const struct addrinfo *entry = list; entry != NULL && fd < 0 && !stopped;
	     entry = entry->ai_next, addresses--) {
		int64_t share = 0;

		if (target->timeout > 0) {
			share = (deadline - clock_now()) / addresses;
			if (share < NSEC_PER_MSEC)
				share = NSEC_PER_MSEC;
		}
		fd = connect_to(entry, target, share, stop, &stopped, error);
	}
	freeaddrinfo(list);
	*transport = transport_tcp(fd);
	return fd < 0 ? -1 : 0;
}
