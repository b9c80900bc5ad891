/* SPDX-License-Identifier: MIT
 *
 * Hands sockets to a program as systemd does (sd_listen_fds(3)):
 *
 *   activate KIND... -- COMMAND ARGS...
 *
 * KIND is tcp (listening on a free port of loopback), idle (TCP, not listening)
 * or unix (a listening socket of the wrong family).
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST 3 /* SD_LISTEN_FDS_START */

static void __attribute__((noreturn))
die(const char *what)
{
	fprintf(stderr, "activate: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
hand_over(const char *kind, int target)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int is_unix = strcmp(kind, "unix") == 0;
	int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	/* A unix socket bound to its family alone gets an abstract name. */
	if (is_unix ? bind(fd, (struct sockaddr *)&un, sizeof(sa_family_t))
	            : bind(fd, (struct sockaddr *)&in, sizeof(in)))
		die("bind");
	if (strcmp(kind, "idle") != 0 && listen(fd, 16) != 0)
		die("listen");
	if (fd != target) {
		if (dup2(fd, target) < 0)
			die("dup2");
		close(fd);
	}
}

int
main(int argc, char **argv)
{
	char number[16];
	int i = 1;

	for (int fd = FIRST; fd < FIRST + 32; fd++)
		close(fd);
	for (; i < argc && strcmp(argv[i], "--") != 0; i++)
		hand_over(argv[i], FIRST + i - 1);
	if (i + 1 >= argc) {
		fputs("usage: activate KIND... -- COMMAND ARGS...\n", stderr);
		return 2;
	}
	snprintf(number, sizeof(number), "%d", i - 1);
	setenv("LISTEN_FDS", number, 1);
	snprintf(number, sizeof(number), "%ld", (long)getpid());
	setenv("LISTEN_PID", number, 1);
	execvp(argv[i + 1], argv + i + 1);
	die(argv[i + 1]);
}
