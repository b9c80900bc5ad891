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
 *   listen        does not connect: listens there, tells where ("listening on …")
 *                 and accepts COUNT connections
 *   bind=ADDRESS  before it connects: the local address
 *   rcvbuf=BYTES  before it connects: a small window
 *   send=BYTES    sends that many zero bytes; prints "broken EPIPE" when it cannot
 *   file=PATH     sends the file
 *   save=PATH     reads up to the end into the file; prints "eof N" or "reset N"
 *                 with the bytes
 *   flood         sends until the connection breaks, reading nothing
 *   read=BYTES    reads that many, or up to the end
 *   drain         reads everything; prints "eof N reset N bytes N"
 *   error         prints what was told of the connection beside its end, an RST
 *                 after a FIN for one: "error EPIPE", "error 0"
 *   shut          half-closes
 *   reset         closes with RST
 *   fin-rst       half-closes, and right after it closes with RST
 *   close         closes
 *   sleep=MS      so long
 *   wait          until SIGUSR1
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/base/names.h"

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

/* Tells where it listens. */
static int
listen_at(const char *where)
{
	struct sockaddr_storage address;
	socklen_t length = parse(where, &address);
	char text[INET6_ADDRSTRLEN];
	const struct sockaddr_in *in = (struct sockaddr_in *)&address;
	const struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address;
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(fd, (struct sockaddr *)&address, length) != 0 || listen(fd, 64) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) != 0)
		die(where);
	if (address.ss_family == AF_INET6)
		printf("listening on [%s]:%d\n",
		       inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text)), ntohs(in6->sin6_port));
	else
		printf("listening on %s:%d\n",
		       inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text)), ntohs(in->sin_port));
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

		if (n < 0) {
			printf("broken %s\n", errno_name(errno));
			return;
		}
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

static void
send_file(int fd, const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (file < 0)
		die(path);
	while ((n = read(file, buffer, sizeof(buffer))) > 0) {
		for (ssize_t sent = 0, k; sent < n; sent += k) {
			k = send(fd, buffer + sent, (size_t)(n - sent), MSG_NOSIGNAL);
			if (k < 0)
				goto broken; /* the next step will see */
		}
	}
broken:
	close(file);
}

static void
save_file(int fd, const char *path)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	long long bytes = 0;
	ssize_t n;

	if (file < 0)
		die(path);
	while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
		if (write(file, buffer, (size_t)n) != n)
			die(path);
		bytes += n;
	}
	close(file);
	printf("%s %lld\n", n == 0 ? "eof" : "reset", bytes);
}

static void
print_error(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		die("SO_ERROR");
	printf("error %s\n", error == 0 ? "0" : errno_name(error));
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
each(const char *step, const char *text)
{
	const long long value = text != NULL ? atoll(text) : 0;

	for (size_t i = 0; i < count; i++) {
		int fd = sockets[i].fd;

		if (fd < 0)
			continue;
		if (strcmp(step, "send") == 0)
			send_bytes(fd, value);
		else if (strcmp(step, "read") == 0)
			read_bytes(fd, value);
		else if (strcmp(step, "file") == 0 && text != NULL)
			send_file(fd, text);
		else if (strcmp(step, "save") == 0 && text != NULL)
			save_file(fd, text);
		else if (strcmp(step, "error") == 0)
			print_error(fd);
		else if (strcmp(step, "shut") == 0)
			shutdown(fd, SHUT_WR); /* fails when it was reset: the next step will see */
		else {
			if (strcmp(step, "fin-rst") == 0)
				shutdown(fd, SHUT_WR);
			if (strcmp(step, "reset") == 0 || strcmp(step, "fin-rst") == 0)
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
	int receive_buffer = 0, first = 3, signo, listener = -1;
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
		else if (strcmp(argv[first], "listen") == 0)
			listener = listen_at(argv[1]);
		else if (strncmp(argv[first], "rcvbuf=", 7) == 0)
			receive_buffer = atoi(argv[first] + 7);
		else
			break;
	}
	count = (size_t)atoi(argv[2]);
	sockets = calloc(count, sizeof(*sockets));
	if (sockets == NULL)
		die("calloc");
	for (size_t i = 0; i < count; i++) {
		sockets[i].fd = listener < 0 ? open_one(argv[1], from, receive_buffer)
		                             : accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (sockets[i].fd < 0)
			die("accept");
	}
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
		else if (strcmp(step, "sleep") == 0 && value != NULL)
			poll(NULL, 0, atoi(value + 1));
		else
			each(step, value != NULL ? value + 1 : NULL);
		printf("did %s\n", argv[i]);
	}
	free(sockets);
	return 0;
}
