/* SPDX-License-Identifier: MIT
 *
 * Names of addresses; listening and connecting on loopback; and the one line that
 * says what went wrong.
 */
#include "../../src/base/sock.h"
#include "../../src/transport/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "../../src/base/clock.h"
#include "../../src/base/signals.h"
#include "../../src/transport/tcp_state.h"
#include "unit.h"

/* The descriptor, or -1. */
static int
connect_to(const struct dial_target *target, const volatile int *stop, char error[static SOCK_ERROR_MAX])
{
	struct transport transport;

	return dial(target, stop, &transport, error) == 0 ? transport.fd : -1;
}

static char error[SOCK_ERROR_MAX];
static char name[SOCK_NAME_MAX];
static volatile int stop;

static void
on_alarm(int signo)
{
	(void)signo;
	stop = 1;
}

/* Whether an error line begins and ends so. */
static bool
says(const char *begin, const char *end)
{
	size_t length = strlen(error), tail = strlen(end);

	return strncmp(error, begin, strlen(begin)) == 0 && length >= tail &&
	       strcmp(error + length - tail, end) == 0;
}

static void
test_names(void)
{
	static const struct {
		int family;
		const char *host;
		uint16_t port;
		uint32_t scope;
		const char *name;
	} cases[] = {
		{ AF_INET, "192.0.2.1", 4000, 0, "192.0.2.1:4000" },
		{ AF_INET, "0.0.0.0", 0, 0, "0.0.0.0:0" },
		{ AF_INET6, "2001:db8::1", 65535, 0, "[2001:db8::1]:65535" },
		{ AF_INET6, "::", 1, 0, "[::]:1" },
		{ AF_INET6, "::ffff:192.0.2.1", 4000, 0, "192.0.2.1:4000" },
		{ AF_INET6, "fe80::1", 4000, 4294967295u, "[fe80::1%4294967295]:4000" },
		{ AF_UNIX, "", 0, 0, "?" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		union sock_address address = { .sa.sa_family = (sa_family_t)cases[i].family };

		if (cases[i].family == AF_INET) {
			inet_pton(AF_INET, cases[i].host, &address.in.sin_addr);
			address.in.sin_port = htons(cases[i].port);
		} else if (cases[i].family == AF_INET6) {
			inet_pton(AF_INET6, cases[i].host, &address.in6.sin6_addr);
			address.in6.sin6_port = htons(cases[i].port);
			address.in6.sin6_scope_id = cases[i].scope;
		}
		unit_is(sock_name(&address, name), cases[i].name, cases[i].name);
	}
	unit_is(sock_local_name(-1, name), "?", "no socket has no name");
	unit_is(sock_peer_name(-1, name), "?", "and no peer");
}

static void
test_sources(void)
{
	static const struct {
		const char *host;
		uint32_t scope;
		const char *source;
	} cases[] = {
		{ "192.0.2.1", 0, "192.0.2.1" },
		{ "::ffff:192.0.2.1", 0, "192.0.2.1" },
		{ "2001:db8:1:2:3:4:5:6", 0, "2001:db8:1:2::/64" },
		{ "2001:db8:1:2:ffff::", 0, "2001:db8:1:2::/64" },
		{ "2001:db8:1:3::", 0, "2001:db8:1:3::/64" },
		{ "::1", 0, "::/64" },
		{ "fe80::1", 2, "fe80::%2/64" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 4294967295u, "ffff:ffff:ffff:ffff::%4294967295/64" },
	};
	uint64_t numbers[sizeof cases / sizeof cases[0]];
	char source[SOCK_SOURCE_MAX];
	bool agree = true;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		union sock_address address = { .in6.sin6_scope_id = cases[i].scope };

		if (inet_pton(AF_INET, cases[i].host, &address.in.sin_addr) == 1) {
			address.sa.sa_family = AF_INET;
		} else {
			inet_pton(AF_INET6, cases[i].host, &address.in6.sin6_addr);
			address.sa.sa_family = AF_INET6;
		}
		unit_is(sock_source(&address, source), cases[i].source, cases[i].host);
		numbers[i] = sock_source_number(&address);
		for (size_t j = 0; j < i; j++)
			agree &= (numbers[i] == numbers[j]) == (strcmp(cases[i].source, cases[j].source) == 0);
	}
	unit_ok(agree, "the numbers of sources are equal where the sources are");
	unit_is(sock_source(&(union sock_address){ .sa.sa_family = AF_UNIX }, source), "?",
	        "no source without an address");
}

/* Listens on HOST, port 0; the bound address is left in `name`. */
static int
listen_at(const char *address, int family)
{
	int fd = sock_listen(address, family, 16, error);

	if (fd < 0)
		unit_bail("%s", error);
	sock_local_name(fd, name);
	return fd;
}

static bool
has_ipv6(void)
{
	int fd = sock_listen("[::1]:0", AF_INET6, 1, error);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void
test_listen(void)
{
	const struct {
		const char *address;
		int family;
		const char *begin, *end;
	} bad[] = {
		{ "192.0.2.1:0", AF_UNSPEC, "cannot listen on 192.0.2.1:0: ",
		  strerror(EADDRNOTAVAIL) },
		{ "127.0.0.1:no-such-service", AF_UNSPEC,
		  "cannot listen on 127.0.0.1:no-such-service: ", "no such service or port" },
		{ "[::1]:0", AF_INET, "cannot listen on [::1]:0: ", "only IPv4 will do" },
		{ "127.0.0.1", AF_UNSPEC, "cannot listen on 127.0.0.1: ", "" },
		{ "", AF_UNSPEC, "cannot listen on : ", "" },
	};
	char first[SOCK_NAME_MAX], text[SOCK_ERROR_MAX];
	int fd, again;

	fd = listen_at("127.0.0.1:0", AF_UNSPEC);
	unit_ok(strncmp(name, "127.0.0.1:", 10) == 0 && strcmp(name + 10, "0") != 0,
	        "port 0 is any free port");
	unit_ok(fcntl(fd, F_GETFD) & FD_CLOEXEC, "close-on-exec");
	unit_ok(fcntl(fd, F_GETFL) & O_NONBLOCK, "non-blocking");
	unit_is_int(tcp_state_of(fd), TCP_LISTEN, "listening");
	memcpy(first, name, sizeof first);
	again = sock_listen(first, AF_UNSPEC, 1, error);
	snprintf(text, sizeof text, "cannot listen on %s: %s", first, strerror(EADDRINUSE));
	unit_ok(again == -1 && strcmp(error, text) == 0, "an address in use is named");
	close(fd);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		error[0] = '\0';
		unit_is_int(sock_listen(bad[i].address, bad[i].family, 1, error), -1, "refused: %s",
		            bad[i].address);
		unit_ok(says(bad[i].begin, bad[i].end) && strchr(error, '\n') == NULL, "%s", error);
	}
	if (!has_ipv6()) {
		unit_ok(true, "wildcards # SKIP no IPv6 here");
		return;
	}
	for (int i = 0; i < 2; i++) {
		struct dial_target target = { .address = first };
		char peer[SOCK_NAME_MAX];
		int client, server;

		fd = listen_at(i == 0 ? "[::]:0" : ":0", AF_UNSPEC);
		unit_ok(strncmp(name, "[::]:", 5) == 0, "the wildcard is IPv6's");
		snprintf(first, sizeof first, "127.0.0.1:%.5s", name + 5);
		client = connect_to(&target, NULL, error);
		unit_ok(client >= 0, "and takes IPv4");
		fcntl(fd, F_SETFL, 0);
		server = accept(fd, NULL, NULL);
		unit_is(sock_peer_name(server, peer), sock_local_name(client, name),
		        "which is named as IPv4");
		close(server);
		close(client);
		close(fd);
	}
	fd = listen_at(":0", AF_INET);
	unit_ok(strncmp(name, "0.0.0.0:", 8) == 0, "unless only IPv4 is asked for");
	close(fd);
}

static void
test_connect(void)
{
	char listening[SOCK_NAME_MAX], peer[SOCK_NAME_MAX], wanted[2 * SOCK_NAME_MAX];
	struct dial_target target = { .address = listening, .timeout = NSEC_PER_SEC };
	int listener = listen_at("127.0.0.1:0", AF_UNSPEC);
	int value, fd;
	socklen_t length = sizeof value;

	memcpy(listening, name, sizeof listening);
	fd = connect_to(&target, NULL, error);
	if (fd < 0)
		unit_bail("%s", error);
	unit_is(sock_peer_name(fd, peer), listening, "connected");
	unit_ok(!(fcntl(fd, F_GETFL) & O_NONBLOCK), "blocking");
	unit_ok(fcntl(fd, F_GETFD) & FD_CLOEXEC, "close-on-exec");
	unit_ok(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &length) == 0 && value == 1,
	        "TCP_NODELAY");
	unit_ok(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &length) == 0 && value == 0,
	        "no keepalive");
	unit_is_int(sock_set_keepalive(fd, NSEC_PER_SEC + 1), 0, "keepalive of a bit over a second");
	unit_ok(getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, &length) == 0 && value == 2,
	        "is rounded up");
	unit_ok(getsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &value, &length) == 0 && value == 2,
	        "for the interval, too");
	unit_ok(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &length) == 0 && value == 1,
	        "and on");
	unit_ok(sock_set_keepalive(fd, INT64_MAX) == -1 && errno == EINVAL,
	        "what the kernel does not take is an error");
	unit_ok(sock_set_congestion(fd, "no-such-thing") == -1 && errno == ENOENT,
	        "no such congestion control");
	unit_is_int(sock_set_congestion(fd, "reno"), 0, "reno is always there");
	close(fd);

	/* All the trimmings. */
	target.bind = "127.0.0.2";
	target.congestion = "reno";
	target.receive_buffer = 8192;
	target.keepalive = 3 * NSEC_PER_SEC;
	target.timeout = INT64_MAX;
	fd = connect_to(&target, NULL, error);
	unit_ok(fd >= 0, "connected with all options");
	unit_ok(strncmp(sock_local_name(fd, name), "127.0.0.2:", 10) == 0, "from the address asked for");
	unit_ok(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, &length) == 0 && value == 16384,
	        "with that receive buffer, which the kernel doubles");
	unit_ok(getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, &length) == 0 && value == 3,
	        "with keepalive");
	unit_is_int(sock_abort_on_close(fd), 0, "abort");
	close(fd);

	target = (struct dial_target){ .address = listening, .congestion = "no-such-thing" };
	unit_ok(connect_to(&target, NULL, error) == -1 &&
	        says("cannot use congestion control no-such-thing: ", strerror(ENOENT)),
	        "%s", error);
	target = (struct dial_target){ .address = listening, .bind = "192.0.2.7" };
	unit_ok(connect_to(&target, NULL, error) == -1 &&
	        says("cannot bind to 192.0.2.7 to connect to 127.0.0.1:",
	             strerror(EADDRNOTAVAIL)), "%s", error);
	target = (struct dial_target){ .address = listening, .bind = "::1" };
	unit_ok(connect_to(&target, NULL, error) == -1 && says("cannot bind to ::1", "only IPv4 will do"),
	        "%s", error);
	target = (struct dial_target){ .address = listening, .keepalive = INT64_MAX };
	unit_ok(connect_to(&target, NULL, error) == -1 &&
	        says("cannot set a keepalive of ", strerror(EINVAL)), "%s", error);
	target = (struct dial_target){ .address = listening, .family = AF_INET6 };
	unit_ok(connect_to(&target, NULL, error) == -1 &&
	        says("cannot connect to 127.0.0.1:", "only IPv6 will do"), "%s", error);

	/* The port without a host is loopback. */
	target = (struct dial_target){ .address = strchr(listening, ':') };
	fd = connect_to(&target, NULL, error);
	unit_ok(fd >= 0, "no host is loopback");
	close(fd);

	/* Nobody listens any more. */
	close(listener);
	target = (struct dial_target){ .address = listening, .timeout = NSEC_PER_SEC };
	snprintf(wanted, sizeof wanted, "cannot connect to %s: Connection refused", listening);
	unit_ok(connect_to(&target, NULL, error) == -1 && strcmp(error, wanted) == 0, "%s", error);
	snprintf(wanted, sizeof wanted, "localhost%s", strchr(listening, ':'));
	target.address = wanted;
	unit_ok(connect_to(&target, NULL, error) == -1 &&
	        says("cannot connect to localhost:", "): Connection refused"), "%s", error);
	target.address = "no-port";
	unit_ok(connect_to(&target, NULL, error) == -1 && says("cannot connect to no-port: ", ""),
	        "%s", error);
}

/* A listener whose backlog is full swallows SYNs, as a black hole does. */
static void
test_patience(void)
{
	const struct itimerval soon = { .it_value.tv_usec = 50000 };
	int listener = sock_listen("127.0.0.1:0", AF_UNSPEC, 0, error);
	char listening[SOCK_NAME_MAX];
	struct dial_target target = { .address = listening, .timeout = NSEC_PER_SEC / 5 };
	int held[64], count = 0;
	int64_t start;

	sock_local_name(listener, listening);
	while (count < 64 && (held[count] = connect_to(&target, NULL, error)) >= 0)
		count++;
	unit_ok(count < 64 && says("cannot connect to 127.0.0.1:", strerror(ETIMEDOUT)), "%s",
	        error);
	start = clock_now();
	unit_is_int(connect_to(&target, NULL, error), -1, "the timeout");
	unit_ok(clock_now() - start >= target.timeout, "is waited for");

	target.timeout = 0;
	stop = 0;
	signals_handle(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &soon, NULL);
	unit_ok(connect_to(&target, &stop, error) == -1 && says("cannot", strerror(EINTR)),
	        "a signal that sets stop ends the attempt");
	unit_is_int(stop, 1, "stop is set");
	unit_is_int(connect_to(&target, &stop, error), -1, "nothing is tried after that");
	stop = 0;
	target.timeout = NSEC_PER_SEC / 5;
	setitimer(ITIMER_REAL, &soon, NULL);
	unit_ok(connect_to(&target, NULL, error) == -1 && says("cannot", strerror(ETIMEDOUT)),
	        "another signal does not");
	unit_is_int(stop, 1, "although it came");
	while (count-- > 0)
		close(held[count]);
	close(listener);
}

/* A name whose first address swallows SYNs: the second must still be reached. */
static void
test_fair_share(void)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	char first[SOCK_NAME_MAX], second[SOCK_NAME_MAX], both[SOCK_NAME_MAX];
	struct dial_target target = { .address = first, .timeout = NSEC_PER_SEC };
	int black = -1, good = -1, fd, count = 0;
	int held[64];

	if (getaddrinfo(NULL, "0", &hints, &list) != 0 ||
	    list->ai_family != AF_INET6 || list->ai_next == NULL ||
	    list->ai_next->ai_family != AF_INET || !has_ipv6()) {
		unit_ok(true, "fair share # SKIP loopback is not ::1, then 127.0.0.1");
		goto cleanup;
	}
	for (int i = 0; i < 20 && good < 0; i++) {
		if (black >= 0)
			close(black);
		black = sock_listen("[::1]:0", AF_UNSPEC, 0, error);
		sock_local_name(black, first);
		snprintf(second, sizeof second, "127.0.0.1:%.5s", first + 6);
		good = sock_listen(second, AF_UNSPEC, 1, error);
	}
	if (good < 0)
		unit_bail("%s", error);
	snprintf(both, sizeof both, ":%.5s", first + 6);
	target.timeout = NSEC_PER_SEC / 5;
	while (count < 64 && (held[count] = connect_to(&target, NULL, error)) >= 0)
		count++;
	target.address = both;
	fd = connect_to(&target, NULL, error);
	unit_ok(fd >= 0, "the second address is reached in time");
	unit_is(sock_peer_name(fd, name), second, "by its own address");
	close(fd);
	close(good);
	unit_ok(connect_to(&target, NULL, error) == -1 &&
	        says("cannot connect to :", "): Connection refused"),
	        "%s", error);
	while (count-- > 0)
		close(held[count]);
	close(black);
cleanup:
	if (list != NULL)
		freeaddrinfo(list);
}

static void
test_evidence(void)
{
	char listening[SOCK_NAME_MAX];
	struct dial_target target = { .address = listening };
	struct tcp_evidence evidence = { .known = true, .rtt_us = 7 };
	int listener = listen_at("127.0.0.1:0", AF_UNSPEC), fd;

	tcp_evidence_take(&evidence, -1);
	unit_ok(!evidence.known && evidence.rtt_us == 0, "no socket, no evidence");
	memcpy(listening, name, sizeof listening);
	fd = connect_to(&target, NULL, error);
	tcp_evidence_take(&evidence, fd);
	unit_ok(evidence.known, "evidence");
	unit_is_int(evidence.state, TCP_ESTABLISHED, "of an established connection");
	unit_is_int(tcp_state_of(fd), TCP_ESTABLISHED, "whose state alone is the same");
	unit_is_int(evidence.send_queue, 0, "with nothing unacknowledged");
	unit_is_int(evidence.receive_queue, 0, "and nothing unread");
	unit_is_int(evidence.bytes_received, 0, "and nothing received");
	unit_ok(evidence.bytes_acked >= 0 && evidence.not_sent == 0, "and nothing unsent");
	close(fd);
	close(listener);
}

int
main(void)
{
	test_names();
	test_sources();
	test_listen();
	test_connect();
	test_patience();
	test_fair_share();
	test_evidence();
	return unit_done();
}
