/* SPDX-License-Identifier: MIT
 *
 * What the benchmark compares with, and the loads it puts on servers: loops as
 * bare as they can be written, so that a ratio tells what all the rest costs.
 *
 *   peers write BYTES CHUNK CONGESTION
 *                             server of one connection: one write(2) a chunk
 *   peers recv PORT BUFFER    client: plain recv(2); "BYTES NS"
 *   peers alarm PORT MS       client: recv(2) until a timer half-closes; its lateness in ns
 *   peers pace PORT CHUNK US  client: a chunk every US; "CHUNKS NS LATE-FIRST LATE-LAST":
 *                             from the first to the last, then the mean lateness in ns
 *                             against that schedule in the first and the last second
 *   peers fork FILE           server: accept, fork, sendfile, half-close, wait for EOF
 *   peers fork FILE hold      the same, but it neither half-closes nor ends
 *   peers connect PORT N C    N connections, C at once: half-close, read to EOF;
 *                             "CONNECTIONS NS BYTES"
 *   peers hold PORT N         N connections, half-closed: "held N NS" once each has
 *                             a byte; then all are read to EOF: "complete N BYTES"
 *
 * A server tells its port on the first line of stdout; all listen on loopback.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <libconfig.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC INT64_C(1000000000)

/* Connections of `hold` that may wait for their first byte: fewer than any
 * backlog, for a SYN that is dropped comes again only after a second. */
#define UNSERVED 256

static void
die(const char *what)
{
	fprintf(stderr, "peers: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long
number(const char *text)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < 1) {
		fprintf(stderr, "peers: \"%s\" is not a positive number\n", text);
		exit(2);
	}
	return n;
}

static int64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static int
listen_and_tell(const char *congestion)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (sock == -1
	    || (congestion != NULL
	        && setsockopt(sock, IPPROTO_TCP, TCP_CONGESTION, congestion, (socklen_t)strlen(congestion)) == -1)
	    || bind(sock, (struct sockaddr *)&address, length) == -1
	    || listen(sock, 4096) == -1 || getsockname(sock, (struct sockaddr *)&address, &length) == -1)
		die("listen");
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return sock;
}

static int
connect_to(long port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		                       .sin_port = htons((uint16_t)port) };
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (sock == -1 || connect(sock, (struct sockaddr *)&address, sizeof(address)) == -1)
		die("connect");
	return sock;
}

/* Reads to EOF; the number of bytes, or -1. */
static int64_t
drain(int sock)
{
	static char buffer[65536];
	int64_t total = 0;
	ssize_t got;

	while ((got = recv(sock, buffer, sizeof(buffer), 0)) > 0)
		total += got;
	return got == 0 ? total : -1;
}

static void
write_loop(long bytes, long chunk, const char *congestion)
{
	int listener = listen_and_tell(congestion);
	int sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	char *buffer = calloc(1, (size_t)chunk);

	if (sock == -1 || buffer == NULL
	    || setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int)) == -1)
		die("accept");
	for (long sent = 0; sent < bytes;) {
		ssize_t n = write(sock, buffer, (size_t)(bytes - sent < chunk ? bytes - sent : chunk));

		if (n == -1)
			die("write");
		sent += n;
	}
	shutdown(sock, SHUT_WR);
	drain(sock);
	free(buffer);
}

static void
recv_loop(long port, long size)
{
	int sock = connect_to(port);
	int64_t start = now(), total = 0;
	char *buffer = malloc((size_t)size);
	ssize_t got;

	if (buffer == NULL)
		die("recv");
	while ((got = recv(sock, buffer, (size_t)size, 0)) > 0)
		total += got;
	if (got == -1)
		die("recv");
	printf("%jd %jd\n", (intmax_t)total, (intmax_t)(now() - start));
	free(buffer);
}

static int alarm_sock;
static volatile int64_t alarm_at; /* 64 bits: one store */

static void
on_alarm(int signo)
{
	int saved = errno;

	(void)signo;
	shutdown(alarm_sock, SHUT_WR);
	alarm_at = now();
	errno = saved;
}

static void
alarm_loop(long port, long ms)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000 } };
	char buffer[1024];
	int64_t start;

	alarm_sock = connect_to(port);
	if (sigaction(SIGALRM, &action, NULL) == -1)
		die("sigaction");
	start = now();
	if (setitimer(ITIMER_REAL, &timer, NULL) == -1)
		die("setitimer");
	while (alarm_at == 0) {
		ssize_t got = recv(alarm_sock, buffer, sizeof(buffer), MSG_TRUNC);

		if (got == 0 || (got == -1 && errno != EINTR)) {
			fprintf(stderr, "peers: the stream ended before the timer\n");
			exit(1);
		}
	}
	printf("%jd\n", (intmax_t)(alarm_at - start - ms * INT64_C(1000000)));
}

static int64_t
mean(const int64_t *values, long count)
{
	int64_t sum = 0;

	for (long i = 0; i < count; i++)
		sum += values[i];
	return sum / count;
}

static void
pace_loop(long port, long chunk, long us)
{
	int sock = connect_to(port);
	long a_second = 1000000 / us, count = 0, room = 0;
	char *buffer = malloc((size_t)chunk);
	int64_t *late = NULL, first = 0, last = 0;

	if (buffer == NULL)
		die("pace");
	while (recv(sock, buffer, (size_t)chunk, MSG_WAITALL) > 0) {
		last = now();
		if (count == 0)
			first = last;
		if (count == room) {
			int64_t *more;

			room += 65536;
			more = reallocarray(late, (size_t)room, sizeof(*late));
			if (more == NULL)
				die("pace");
			late = more;
		}
		late[count] = last - first - count * us * 1000;
		count++;
	}
	if (late == NULL || a_second < 1 || count < 2 * a_second) {
		fprintf(stderr, "peers: two seconds of chunks are needed, and there were %ld\n", count);
		exit(1);
	}
	printf("%ld %jd %jd %jd\n", count, (intmax_t)(last - first), (intmax_t)mean(late, a_second),
	       (intmax_t)mean(late + count - a_second, a_second));
	free(late);
	free(buffer);
}

/* Linked against the libraries of the real server and calling into them once,
 * so that its process is as large before its first fork. */
static void
load_libraries(void)
{
	config_t config;
	struct json_object *object = json_object_new_object();

	config_init(&config);
	config_destroy(&config);
	json_object_put(object);
}

static void
serve_one(int sock, int file, off_t size, bool hold)
{
	struct pollfd gone = { .fd = sock };
	off_t offset = 0;

	while (offset < size)
		if (sendfile(sock, file, &offset, (size_t)(size - offset)) <= 0)
			_exit(1);
	/* Without events poll(2) still tells errors, such as the RST of a peer that
	 * closes with bytes unread. */
	if (hold)
		_exit(poll(&gone, 1, -1) != 1);
	shutdown(sock, SHUT_WR);
	_exit(drain(sock) < 0);
}

static void
fork_loop(const char *path, bool hold)
{
	int listener = listen_and_tell(NULL);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	load_libraries();
	if (file == -1 || fstat(file, &st) == -1)
		die(path);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		pid_t pid;

		if (sock == -1)
			die("accept");
		setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
		pid = fork();
		if (pid == -1)
			die("fork");
		if (pid == 0)
			serve_one(sock, file, st.st_size, hold);
		close(sock);
	}
}

static int64_t
connect_loop(long port, long count)
{
	int64_t bytes = 0;

	for (long i = 0; i < count; i++) {
		int sock = connect_to(port);
		int64_t got;

		shutdown(sock, SHUT_WR);
		got = drain(sock);
		if (got <= 0)
			die("a connection brought nothing");
		bytes += got;
		close(sock);
	}
	return bytes;
}

static void
connect_all(long port, long count, long at_once)
{
	size_t size = (size_t)at_once * sizeof(int64_t);
	int64_t *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int64_t start = now(), end, total = 0;
	int failed = 0, status;

	if (bytes == MAP_FAILED)
		die("mmap");
	for (long i = 0; i < at_once; i++) {
		pid_t pid = fork();

		if (pid == -1)
			die("fork");
		if (pid == 0) {
			bytes[i] = connect_loop(port, count / at_once);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		failed |= status != 0;
	end = now();
	if (failed)
		exit(1);
	for (long i = 0; i < at_once; i++)
		total += bytes[i];
	printf("%jd %jd %jd\n", (intmax_t)(count / at_once * at_once), (intmax_t)(end - start),
	       (intmax_t)total);
}

static void
wait_for_byte(int sock)
{
	char byte;

	if (recv(sock, &byte, 1, MSG_PEEK) != 1)
		die("a connection brought nothing");
}

static void
hold(long port, long count)
{
	int *socks = calloc((size_t)count, sizeof(*socks));
	int64_t start = now(), complete = 0, bytes = 0;

	if (socks == NULL)
		die("hold");
	for (long i = 0; i < count; i++) {
		socks[i] = connect_to(port);
		shutdown(socks[i], SHUT_WR);
		if (i >= UNSERVED)
			wait_for_byte(socks[i - UNSERVED]);
	}
	for (long i = count > UNSERVED ? count - UNSERVED : 0; i < count; i++)
		wait_for_byte(socks[i]);
	printf("held %ld %jd\n", count, (intmax_t)(now() - start));
	fflush(stdout);
	for (long i = 0; i < count; i++) {
		int64_t got = drain(socks[i]);

		if (got > 0) {
			complete++;
			bytes += got;
		}
		close(socks[i]);
	}
	printf("complete %jd %jd\n", (intmax_t)complete, (intmax_t)bytes);
	free(socks);
}

int
main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	signal(SIGPIPE, SIG_IGN);
	if (strcmp(mode, "write") == 0 && argc == 5)
		write_loop(number(argv[2]), number(argv[3]), argv[4]);
	else if (strcmp(mode, "recv") == 0 && argc == 4)
		recv_loop(number(argv[2]), number(argv[3]));
	else if (strcmp(mode, "alarm") == 0 && argc == 4)
		alarm_loop(number(argv[2]), number(argv[3]));
	else if (strcmp(mode, "pace") == 0 && argc == 5)
		pace_loop(number(argv[2]), number(argv[3]), number(argv[4]));
	else if (strcmp(mode, "fork") == 0 && argc == 3)
		fork_loop(argv[2], false);
	else if (strcmp(mode, "fork") == 0 && argc == 4 && strcmp(argv[3], "hold") == 0)
		fork_loop(argv[2], true);
	else if (strcmp(mode, "connect") == 0 && argc == 5)
		connect_all(number(argv[2]), number(argv[3]), number(argv[4]));
	else if (strcmp(mode, "hold") == 0 && argc == 4)
		hold(number(argv[2]), number(argv[3]));
	else {
		fprintf(stderr, "usage: peers write|recv|alarm|pace|fork|connect|hold ...; "
		                "see the head of peers.c\n");
		return 2;
	}
	return 0;
}
