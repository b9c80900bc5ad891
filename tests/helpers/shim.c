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
 *   no-filter  the kernel has no seccomp filters
 *   no-info    there is no TCP_INFO
 *   no-options there is no TCP_NODELAY, TCP_CORK and SO_RCVLOWAT
 *   no-ranges  there is no close_range(2)
 *   old-info   TCP_INFO ends where it did in Linux 4.8
 *   exit       who asks for 128 random bits, the id of a session, exits with status 3
 *
 * Wrapped are the calls that are defined below. Bytes that are not taken are not touched: a caller that goes on where it
 * was loses nothing.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
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

static void
misbehave(int out)
{
	static atomic_bool asked;

	if (wanted("forbidden") && !atomic_exchange(&asked, true))
		close(socket(AF_INET, SOCK_STREAM, 0));
	if (wanted("signal") && !atomic_exchange(&asked, true))
		syscall(SYS_tgkill, started, started, SIGTERM);
	if (wanted("owner") && !atomic_exchange(&asked, true))
		fcntl(out, F_SETOWN, started);
}

ssize_t
sendfile(int out, int in, off_t *offset, size_t count)
{
	REAL(sendfile);
	misbehave(out);
	return interrupted() ? -1 : real(out, in, offset, cut(count));
}

#ifdef __GLIBC__ /* has two on 32-bit machines */
ssize_t
sendfile64(int out, int in, off64_t *offset, size_t count)
{
	REAL(sendfile64);
	misbehave(out);
	return interrupted() ? -1 : real(out, in, offset, cut(count));
}
#endif

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

int
getsockopt(int fd, int level, int option, void *restrict value, socklen_t *restrict length)
{
	const bool info = level == IPPROTO_TCP && option == TCP_INFO;

	REAL(getsockopt);
	if (info && wanted("no-info")) {
		errno = ENOPROTOOPT;
		return -1;
	}
	/* Up to tcpi_data_segs_out. */
	if (info && wanted("old-info") && *length > 160)
		*length = 160;
	return real(fd, level, option, value, length);
}

int
setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
	REAL(setsockopt);
	if (wanted("no-options") && ((level == IPPROTO_TCP && (option == TCP_NODELAY || option == TCP_CORK)) ||
	                             (level == SOL_SOCKET && option == SO_RCVLOWAT))) {
		errno = ENOPROTOOPT;
		return -1;
	}
	return real(fd, level, option, value, length);
}

int
prctl(int option, ...)
{
	unsigned long arguments[4];
	va_list list;

	REAL(prctl);
	va_start(list, option);
	for (int i = 0; i < 4; i++)
		arguments[i] = va_arg(list, unsigned long);
	va_end(list);
	if (option == PR_SET_SECCOMP && wanted("no-filter")) {
		errno = EINVAL;
		return -1;
	}
	return real(option, arguments[0], arguments[1], arguments[2], arguments[3]);
}

long
syscall(long number, ...)
{
	long arguments[6];
	va_list list;

	REAL(syscall);
	va_start(list, number);
	for (int i = 0; i < 6; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
#ifdef SYS_close_range
	if (number == SYS_close_range && wanted("no-ranges")) {
		errno = ENOSYS;
		return -1;
	}
#endif
	return real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
	            arguments[5]);
}
