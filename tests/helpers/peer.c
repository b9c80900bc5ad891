/* SPDX-License-Identifier: MIT
 *
 * A peer that does as it is told, on as many connections as wanted, however bad
 * its manners:
 *
 *   peer 127.0.0.1:4000 COUNT STEP...
 *
 * Each step is done on all connections before the next one begins, and told on
 * stdout ("did STEP"). COUNT connections are opened first ("connected COUNT").
 *
 *   bind=ADDRESS  before it connects: the local address
 *   rcvbuf=BYTES  before it connects: a small window
 *   send=BYTES    sends that many zero bytes
 *   flood         sends until the connection breaks, reading nothing
 *   read=BYTES    reads that many, or up to the end
 *   drain         reads everything; prints "eof N reset N bytes N"
 *   shut          half-closes
 *   reset         closes with RST
 *   close         closes
 *   wait          until SIGUSR1
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct pollfd *sockets; /* fd -1: closed */
static size_t count;
static char buffer[65536];

static void __attribute__((noreturn))
die(const char *what)
{
	fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ADDRESS:PORT or [ADDRESS]:PORT, numbers only; PORT may be missing. */
static socklen_t
parse(const char *text, struct sockaddr_storage *address)
{
	struct sockaddr_in *in = (struct sockaddr_in *)address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)address;
	char host[128];
	const char *colon = strrchr(text, ':');
	size_t length = colon != NULL ? (size_t)(colon - text) : strlen(text);
	in_port_t port = htons((in_port_t)(colon != NULL ? atoi(colon + 1) : 0));

	if (length >= sizeof(host))
		length = sizeof(host) - 1;
	memset(address, 0, sizeof(*address));
	if (*text == '[' && length > 2) {
		memcpy(host, text + 1, length - 2);
		host[length - 2] = '\0';
		in6->sin6_family = AF_INET6;
		in6->sin6_port = port;
		if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1)
			return sizeof(*in6);
	} else {
		memcpy(host, text, length);
		host[length] = '\0';
		in->sin_family = AF_INET;
		in->sin_port = port;
		if (inet_pton(AF_INET, host, &in->sin_addr) == 1)
			return sizeof(*in);
	}
	errno = EINVAL;
	die(text);
}

static int
open_one(const char *to, const char *from, int receive_buffer)
{
	struct sockaddr_storage address;
	socklen_t length = parse(to, &address);
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	if (receive_buffer > 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer)) != 0)
		die("SO_RCVBUF");
	if (from != NULL) {
		struct sockaddr_storage local;
		socklen_t local_length = parse(from, &local);

		if (bind(fd, (struct sockaddr *)&local, local_length) != 0)
			die("bind");
	}
	if (connect(fd, (struct sockaddr *)&address, length) != 0)
		die("connect");
	return fd;
}

static void
abort_on_close(int fd)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) != 0)
		die("SO_LINGER");
}

static void
send_bytes(int fd, long long bytes)
{
	while (bytes > 0) {
		size_t part = bytes < (long long)sizeof(buffer) ? (size_t)bytes : sizeof(buffer);
		ssize_t n = send(fd, buffer, part, MSG_NOSIGNAL);

		if (n < 0)
			return; /* broken: the next step will see */
		bytes -= n;
	}
}

static void
read_bytes(int fd, long long bytes)
{
	while (bytes > 0) {
		size_t part = bytes < (long long)sizeof(buffer) ? (size_t)bytes : sizeof(buffer);
		ssize_t n = recv(fd, buffer, part, 0);

		if (n <= 0)
			return;
		bytes -= n;
	}
}

/* All at once, so that none waits for another. */
static void
flood(void)
{
	size_t open = count;

	while (open > 0) {
		for (size_t i = 0; i < count; i++)
			sockets[i].events = POLLOUT;
		if (poll(sockets, count, -1) < 0)
			die("poll");
		for (size_t i = 0; i < count; i++)
			if (sockets[i].fd >= 0 && sockets[i].revents != 0 &&
			    send(sockets[i].fd, buffer, sizeof(buffer), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
			    errno != EAGAIN) {
				close(sockets[i].fd);
				sockets[i].fd = -1;
				open--;
			}
	}
}

static void
drain(void)
{
	long long eof = 0, reset = 0, bytes = 0;

	while ((size_t)(eof + reset) < count) {
		for (size_t i = 0; i < count; i++)
			sockets[i].events = POLLIN;
		if (poll(sockets, count, -1) < 0)
			die("poll");
		for (size_t i = 0; i < count; i++) {
			if (sockets[i].fd < 0 || sockets[i].revents == 0)
				continue;
			ssize_t n = recv(sockets[i].fd, buffer, sizeof(buffer), MSG_DONTWAIT);
			if (n > 0) {
				bytes += n;
				continue;
			}
			if (n < 0 && errno == EAGAIN)
				continue;
			if (n == 0)
				eof++;
			else
				reset++;
			close(sockets[i].fd);
			sockets[i].fd = -1;
		}
	}
	printf("eof %lld reset %lld bytes %lld\n", eof, reset, bytes);
}

static void
each(const char *step, long long value)
{
	for (size_t i = 0; i < count; i++) {
		int fd = sockets[i].fd;

		if (fd < 0)
			continue;
		if (strcmp(step, "send") == 0)
			send_bytes(fd, value);
		else if (strcmp(step, "read") == 0)
			read_bytes(fd, value);
		else if (strcmp(step, "shut") == 0)
			shutdown(fd, SHUT_WR); /* fails when it was reset: the next step will see */
		else {
			if (strcmp(step, "reset") == 0)
				abort_on_close(fd);
			else if (strcmp(step, "close") != 0) {
				errno = EINVAL;
				die(step);
			}
			close(fd);
			sockets[i].fd = -1;
		}
	}
}

int
main(int argc, char **argv)
{
	struct rlimit limit;
	const char *from = NULL;
	int receive_buffer = 0, first = 3, signo;
	sigset_t set;

	if (argc < 3) {
		fputs("usage: peer ADDRESS:PORT COUNT STEP...\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (; first < argc; first++) {
		if (strncmp(argv[first], "bind=", 5) == 0)
			from = argv[first] + 5;
		else if (strncmp(argv[first], "rcvbuf=", 7) == 0)
			receive_buffer = atoi(argv[first] + 7);
		else
			break;
	}
	count = (size_t)atoi(argv[2]);
	sockets = calloc(count, sizeof(*sockets));
	if (sockets == NULL)
		die("calloc");
	for (size_t i = 0; i < count; i++)
		sockets[i].fd = open_one(argv[1], from, receive_buffer);
	printf("connected %zu\n", count);
	for (int i = first; i < argc; i++) {
		char step[32];
		const char *value = strchr(argv[i], '=');

		snprintf(step, sizeof(step), "%.*s",
		         value != NULL ? (int)(value - argv[i]) : 31, argv[i]);
		if (strcmp(step, "wait") == 0)
			sigwait(&set, &signo);
		else if (strcmp(step, "drain") == 0)
			drain();
		else if (strcmp(step, "flood") == 0)
			flood();
		else
			each(step, value != NULL ? atoll(value + 1) : 0);
		printf("did %s\n", argv[i]);
	}
	free(sockets);
	return 0;
}
