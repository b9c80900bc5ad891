/* SPDX-License-Identifier: MIT
 *
 * LD_PRELOAD: makes system calls behave as badly as they may. What it does is in
 * the environment variable SHIM, words joined by commas:
 *
 *   short      counts are cut to something between one byte and what was asked
 *   eintr      every third call fails with EINTR first
 *   clock      the wall clock jumps by an hour, back and forth, at every look
 *   forbidden  the first sendfile(2) also asks for a new socket
 *   signal     the first sendfile(2) also sends SIGTERM to the process that was started
 *   owner      the first sendfile(2) also makes that process its socket's owner
 *   dns        no name server answers
 *   exit       who asks for 128 random bits, the id of a session, exits with status 3
 *
 * getaddrinfo, getrandom, recv, send, sendfile, read, write and accept4 are
 * wrapped. Bytes that are not taken are not touched: a caller that goes on where it
 * was loses nothing.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static pid_t started;

__attribute__((constructor)) static void
note_process(void)
{
	started = getpid();
}

static bool
wanted(const char *word)
{
	const char *list = getenv("SHIM");

	return list != NULL && strstr(list, word) != NULL;
}

/* Each process its own sequence, the same in every run. */
static unsigned
next(void)
{
	static atomic_uint state = 1;

	state = state * 1103515245U + 12345U;
	return state >> 16;
}

static size_t
cut(size_t count)
{
	return count > 1 && wanted("short") ? 1 + next() % count : count;
}

static bool
interrupted(void)
{
	static atomic_uint calls;

	if (!wanted("eintr") || ++calls % 3 != 0)
		return false;
	errno = EINTR;
	return true;
}

/* The call that is wrapped, by its name. dlsym(3) gives an object pointer, which
 * ISO C does not convert. */
static void
find_real(const char *name, void *function)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	if (symbol == NULL)
		abort();
	memcpy(function, &symbol, sizeof(symbol));
}

#define REAL(name)                  \
	__typeof__(name) *real;     \
	find_real(#name, &real)

ssize_t
recv(int fd, void *data, size_t size, int flags)
{
	REAL(recv);
	return interrupted() ? -1 : real(fd, data, cut(size), flags);
}

ssize_t
send(int fd, const void *data, size_t size, int flags)
{
	REAL(send);
	return interrupted() ? -1 : real(fd, data, cut(size), flags);
}

ssize_t
read(int fd, void *data, size_t size)
{
	REAL(read);
	return interrupted() ? -1 : real(fd, data, cut(size));
}

/* What _FORTIFY_SOURCE makes of two of them. */
ssize_t recv_chk(int fd, void *data, size_t size, size_t room, int flags) __asm__("__recv_chk");
ssize_t read_chk(int fd, void *data, size_t size, size_t room) __asm__("__read_chk");

ssize_t
recv_chk(int fd, void *data, size_t size, size_t room, int flags)
{
	if (size > room)
		abort();
	return recv(fd, data, size, flags);
}

ssize_t
read_chk(int fd, void *data, size_t size, size_t room)
{
	if (size > room)
		abort();
	return read(fd, data, size);
}

/* Log lines and what a client saves; a log line is not cut: its length is
 * below PIPE_BUF, and pipes and files take that whole (pipe(7)). */
ssize_t
write(int fd, const void *data, size_t size)
{
	REAL(write);
	return interrupted() ? -1 : real(fd, data, size);
}

ssize_t
sendfile(int out, int in, off_t *offset, size_t count)
{
	static atomic_bool asked;

	REAL(sendfile);
	if (wanted("forbidden") && !atomic_exchange(&asked, true))
		close(socket(AF_INET, SOCK_STREAM, 0));
	if (wanted("signal") && !atomic_exchange(&asked, true))
		syscall(SYS_tgkill, started, started, SIGTERM);
	if (wanted("owner") && !atomic_exchange(&asked, true))
		fcntl(out, F_SETOWN, started);
	return interrupted() ? -1 : real(out, in, offset, cut(count));
}

int
accept4(int fd, __SOCKADDR_ARG address, socklen_t *restrict length, int flags)
{
	REAL(accept4);
	return interrupted() ? -1 : real(fd, address, length, flags);
}

int
getaddrinfo(const char *restrict node, const char *restrict service,
            const struct addrinfo *restrict hints, struct addrinfo **restrict list)
{
	REAL(getaddrinfo);
	while (wanted("dns"))
		pause();
	return real(node, service, hints, list);
}

ssize_t
getrandom(void *data, size_t size, unsigned flags)
{
	REAL(getrandom);
	if (size == 16 && wanted("exit"))
		_exit(3);
	return real(data, size, flags);
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	static atomic_uint looks;
	int rc;

	REAL(clock_gettime);
	rc = real(clock, now);
	if (rc == 0 && clock == CLOCK_REALTIME && wanted("clock"))
		now->tv_sec += ++looks % 2 != 0 ? 3600 : -3600;
	return rc;
}
