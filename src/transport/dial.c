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
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/parse.h"
#include "../base/proxy_url.h"
#include "http_connect.h"
#include "socks5.h"
#include "tls.h"
#include "wait.h"

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
	const char *why;

	if (sock_set_nodelay(fd) == -1) {
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

/* Whom to connect to from here. */
struct peer {
	const char *is;   /* "" or "the proxy " */
	const char *name; /* host:port as it was given */
};

/* Connects to one address of PEER by DEADLINE. Returns the descriptor, or -1 with
 * one line in ERROR; *STOPPED tells that *STOP ended it. */
static int
connect_to(const struct addrinfo *entry, const struct peer *peer, const struct dial_target *target,
           int64_t deadline, const volatile int *stop, bool *stopped, char error[static SOCK_ERROR_MAX])
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
		else if (wait_ready(fd, POLLOUT, deadline, stop) != 0)
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
	if (strcmp(name, peer->name) == 0)
		snprintf(error, SOCK_ERROR_MAX, "cannot connect to %s%s: %s", peer->is, name,
		         strerror(problem));
	else
		snprintf(error, SOCK_ERROR_MAX, "cannot connect to %s%s (%s): %s", peer->is, peer->name,
		         name, strerror(problem));
	return -1;
}

/* When one of ADDRESSES that are left must have answered: one that swallows the SYN
 * takes its share of the time, not all of it, for those after it must be tried, too. */
static int64_t
share_of(int64_t deadline, int addresses)
{
	int64_t now = clock_now(), share = (deadline - now) / addresses;

	if (deadline == INT64_MAX)
		return deadline;
	return clock_later(now, share < NSEC_PER_MSEC ? NSEC_PER_MSEC : share);
}

static int
count_of(const struct addrinfo *list)
{
	int count = 0;

	for (; list != NULL; list = list->ai_next)
		count++;
	return count;
}

/* Connects to the first address of PEER that can be reached. As connect_to. */
static int
connect_any(const struct peer *peer, const struct address *address, const struct dial_target *target,
            int64_t deadline, const volatile int *stop, bool *stopped, char error[static SOCK_ERROR_MAX])
{
	struct addrinfo *list;
	const char *why;
	int left, fd = -1;

	if (sock_resolve(address->host, address->port, target->family, 0, &list, &why) != 0) {
		snprintf(error, SOCK_ERROR_MAX, "cannot connect to %s%s: %s", peer->is, peer->name, why);
		return -1;
	}
	left = count_of(list);
	for (const struct addrinfo *entry = list; entry != NULL && fd < 0 && !*stopped;
	     entry = entry->ai_next, left--)
		fd = connect_to(entry, peer, target, share_of(deadline, left), stop, stopped, error);
	freeaddrinfo(list);
	return fd;
}

/* The other end of a proxy's connection. */
struct beyond {
	char host[PARSE_HOST_MAX];
	uint16_t port;
};

/* One connection to the proxy, and one of it to BEYOND. As dial. */
static int
ask_proxy(const struct dial_target *target, const struct beyond *beyond, int64_t deadline,
          const volatile int *stop, bool *stopped, struct transport *transport,
          char error[static SOCK_ERROR_MAX])
{
	const struct proxy *proxy = target->proxy;
	char name[PROXY_NAME_MAX], why[PARSE_ERROR_MAX];
	struct peer peer = { .is = "the proxy ", .name = strstr(proxy_url_name(proxy, name), "://") + 3 };
	int rc;

	*transport = transport_tcp(connect_any(&peer, &proxy->address, target, deadline, stop, stopped, error));
	if (transport->fd < 0)
		return -1;
	rc = proxy->kind == PROXY_HTTP
	             ? http_connect(transport, proxy, beyond->host, beyond->port, deadline, why)
	             : socks5_connect(transport, proxy, beyond->host, beyond->port, deadline, why);
	if (rc == 0)
		return 0;
	*stopped = stop != NULL && *stop != 0;
	snprintf(error, SOCK_ERROR_MAX, "cannot connect to %.*s through %.*s: %.*s", 200, target->address,
	         200, name, 300, why);
	transport_close(transport);
	return -1;
}

/* Through the proxy, to the name, or to each of its addresses in turn. As dial. */
static int
dial_proxy(const struct dial_target *target, const struct address *address, int64_t deadline,
           const volatile int *stop, struct transport *transport, char error[static SOCK_ERROR_MAX])
{
	bool resolves = target->proxy->resolves, stopped = false;
	const char *host = address->host[0] != '\0' ? address->host : "localhost", *why;
	struct beyond beyond;
	struct addrinfo *list;
	int left, rc = -1;

	/* The name of a service is of this system's in any case. */
	if (sock_resolve(resolves ? NULL : host, address->port, resolves ? AF_UNSPEC : target->family, 0, &list,
	                 &why) != 0) {
		snprintf(error, SOCK_ERROR_MAX, "cannot connect to %s: %s", target->address, why);
		return -1;
	}
	left = resolves ? 1 : count_of(list);
	for (const struct addrinfo *entry = list; left > 0 && rc != 0 && !stopped; entry = entry->ai_next, left--) {
		const union sock_address numeric = sock_address_of(entry);

		beyond.port = ntohs(numeric.sa.sa_family == AF_INET ? numeric.in.sin_port : numeric.in6.sin6_port);
		if (resolves)
			snprintf(beyond.host, sizeof(beyond.host), "%s", host);
		else if (numeric.sa.sa_family == AF_INET)
			inet_ntop(AF_INET, &numeric.in.sin_addr, beyond.host, sizeof(beyond.host));
		else
			inet_ntop(AF_INET6, &numeric.in6.sin6_addr, beyond.host, sizeof(beyond.host));
		rc = ask_proxy(target, &beyond, share_of(deadline, left), stop, &stopped, transport, error);
	}
	freeaddrinfo(list);
	return rc;
}

/* What lies between the connection and the stream that is asked for, from the inside
 * out: each step leaves TRANSPORT as the next one, or the exchange, finds it, and ends
 * by DEADLINE or when *STOP says so. Returns 0, or -1 with one line in ERROR. */
static int
add_layers(struct transport *transport, const struct dial_target *target,
           const struct address *address, int64_t deadline, const volatile int *stop,
           char error[static SOCK_ERROR_MAX])
{
	char why[TLS_ERROR_MAX];

	if (target->header != PROXY_HEADER_NONE
	    && proxy_header_send(transport, target->header, deadline, error) == -1)
		return -1;
	if (target->tls == NULL)
		return 0;
	if (tls_connect(target->tls, transport, address->host[0] != '\0' ? address->host : "localhost", deadline,
	                stop, why) == 0)
		return 0;
	snprintf(error, SOCK_ERROR_MAX, "cannot connect to %.*s with TLS: %s", SOCK_NAME_MAX / 2 - 1,
	         target->address, why);
	return -1;
}

int
dial(const struct dial_target *target, const volatile int *stop, struct transport *transport,
     char error[static SOCK_ERROR_MAX])
{
	int64_t deadline = target->timeout > 0 ? clock_later(clock_now(), target->timeout) : INT64_MAX;
	const struct peer peer = { .is = "", .name = target->address };
	char problem[PARSE_ERROR_MAX];
	struct address address;
	bool stopped = false;
	int fd;

	*transport = transport_tcp(-1);
	if (parse_address(target->address, &address, problem) != 0) {
		snprintf(error, SOCK_ERROR_MAX, "cannot connect to %s: %s", target->address, problem);
		return -1;
	}
	if (target->proxy != NULL) {
		if (dial_proxy(target, &address, deadline, stop, transport, error) == -1)
			return -1;
	} else {
		fd = connect_any(&peer, &address, target, deadline, stop, &stopped, error);
		if (fd < 0)
			return -1;
		*transport = transport_tcp(fd);
	}
	if (add_layers(transport, target, &address, deadline, stop, error) == 0)
		return 0;
	transport_close(transport);
	return -1;
}
