/* SPDX-License-Identifier: MIT
 *
 * Log lines: rendered by log_line.c, written by one write(2) of at most PIPE_BUF
 * bytes. What could not be written is counted, and reported as soon as possible.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "exit_status.h"
#include "log_line.h"

#define PATIENCE NSEC_PER_SEC /* how long a full non-blocking pipe is waited for */

static struct {
	struct log_settings settings;
	int fd;
	bool owned;    /* FD was opened here */
	char *path;    /* of the settings: ours, for log_reopen */
	bool fragment; /* the last line written is torn: end it before the next */
} state = { .settings = { .level = LEVEL_WARN, .format = FORMAT_TEXT }, .fd = STDERR_FILENO };

/* Of this process and all that it forks, since they share the log: a disk that is
 * full is reported once, not once per child. */
static struct losses {
	atomic_long lost, untold;
	atomic_int error;  /* errno of the last loss */
	atomic_bool told;  /* on stderr: the log is stuck */
} unshared, *losses = &unshared;

/* Writes all of DATA: one write(2), unless the other side takes less. Returns 0
 * or the errno of what went wrong. */
static int
write_line(const char *data, size_t length)
{
	/* A log that is stuck already holds nobody up a second time. */
	int64_t deadline = clock_now() + (losses->told ? 0 : PATIENCE);
	size_t done = 0;

	while (done < length) {
		ssize_t n = write(state.fd, data + done, length - done);
		int error = errno;

		if (n > 0) {
			done += (size_t)n;
			continue;
		}
		if (n < 0 && error == EINTR)
			continue;
		if (n < 0 && error == EAGAIN) {
			struct pollfd ready = { .fd = state.fd, .events = POLLOUT };
			int64_t left = deadline - clock_now();
			struct timespec wait = clock_to_timespec(left > 0 ? left : 0);

			if (left > 0 && (ppoll(&ready, 1, &wait, NULL) >= 0 || errno == EINTR))
				continue;
		}
		state.fragment = state.fragment || done > 0;
		return n < 0 ? error : EIO;
	}
	state.fragment = false;
	return 0;
}

static int
emit(enum log_level level, const char *msg, const struct log_field *fields)
{
	struct log_what what = { .level = level, .msg = msg, .fields = fields };
	struct log_line line = { 0 };
	struct timespec now;
	int error = EMSGSIZE;

	clock_gettime(CLOCK_REALTIME, &now);
	what.now = (int64_t)now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
	/* One bound for all strings shortens the longest first. */
	for (size_t most = PIPE_BUF; most >= LOG_STRING_MIN; most -= most / 8 + 1) {
		log_line_render(&line, &state.settings, &what, most, state.fragment);
		if (line.failed) {
			error = ENOMEM;
			break;
		}
		if (line.length <= PIPE_BUF) {
			error = write_line(line.data, line.length);
			break;
		}
	}
	free(line.data);
	return error;
}

static bool
same_file(int a, int b)
{
	struct stat one, other;

	return fstat(a, &one) == 0 && fstat(b, &other) == 0 && one.st_dev == other.st_dev
	       && one.st_ino == other.st_ino;
}

static void
lose(int error)
{
	losses->error = error;
	losses->lost++;
	losses->untold++;
	/* Whoever watches the other stream hears of it at once, and once. */
	if (!atomic_exchange(&losses->told, true) && !same_file(state.fd, STDERR_FILENO))
		dprintf(STDERR_FILENO, LOG_PROGRAM ": cannot write the log: %s\n", strerror(error));
}

/* Tells in the log how many lines it lacks. Returns 0 or the errno of what went
 * wrong. */
static int
tell_losses(void)
{
	long count = atomic_exchange(&losses->untold, 0);
	int error = losses->error;

	if (count == 0)
		return 0; /* another process was faster */
	error = emit(LEVEL_WARN, "log lines were lost", (struct log_field[]){
		LOG_INTEGER("count", count),
		LOG_STRING("error", strerror(error)),
		{ .name = NULL },
	});
	if (error != 0)
		losses->untold += count;
	else if (atomic_exchange(&losses->told, false) && !same_file(state.fd, STDERR_FILENO))
		dprintf(STDERR_FILENO, LOG_PROGRAM ": the log can be written again; it lacks %ld lines\n",
		        count);
	return error;
}

void
log_write(enum log_level level, const char *msg, const struct log_field *fields)
{
	int saved = errno;
	int error = 0;

	if (!log_enabled(level))
		return;
	if (state.settings.before != NULL)
		state.settings.before();
	/* Whatever the level: that the log has a hole is part of the log. */
	if (losses->untold > 0)
		error = tell_losses();
	if (error == 0)
		error = emit(level, msg, fields);
	if (error != 0)
		lose(error);
	errno = saved;
}

/* A pipe whose reader has stopped must not stop a service. It is opened again: the
 * O_NONBLOCK of FD itself would be that of all who share it (open(2)). Where that
 * cannot be, FD will do. */
static int
open_standard(int fd, bool *owned)
{
	char path[32];
	struct stat status;
	int own = -1;

	if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode)) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		own = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	}
	*owned = own >= 0;
	return own >= 0 ? own : fd;
}

/* *OWNED tells whether the descriptor is to be closed. O_NONBLOCK: a fifo without
 * a reader is an error here and now instead of a service that hangs (open(2),
 * ENXIO), and one whose reader sleeps costs lines, not the test. */
static int
open_path(const char *path, bool *owned)
{
	if (path == NULL || path[0] == '\0' || strcmp(path, "/dev/stdout") == 0)
		return open_standard(STDOUT_FILENO, owned);
	if (strcmp(path, "/dev/stderr") == 0)
		return open_standard(STDERR_FILENO, owned);
	*owned = true;
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
}

void
log_claim(void)
{
	/* open(2) takes the lowest number that is free, hence the gap. Read-only:
	 * what is written there must stay an error, not vanish. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDONLY) == -1)
			log_fatal(STATUS_CANNOT_RUN, "cannot open /dev/null");
}

int
log_open(const struct log_settings *settings)
{
	char *path = strdup(settings->path != NULL ? settings->path : "");
	bool owned;
	int fd = path != NULL ? open_path(path, &owned) : -1;

	if (fd < 0) {
		int error = errno;

		free(path);
		errno = error;
		return -1;
	}
	if (losses == &unshared) {
		void *shared = mmap(NULL, sizeof(*losses), PROT_READ | PROT_WRITE,
		                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		/* Without it each process counts for itself. */
		if (shared != MAP_FAILED)
			losses = shared;
	}
	if (state.owned)
		close(state.fd);
	if (fd != state.fd || owned)
		state.fragment = false;
	state.settings = *settings;
	free(state.path);
	state.settings.path = state.path = path;
	state.fd = fd;
	state.owned = owned;
	return 0;
}

int
log_reopen(void)
{
	struct log_settings same = state.settings;

	return state.owned ? log_open(&same) : 0;
}

int
log_fd(void)
{
	return state.fd;
}

bool
log_enabled(enum log_level level)
{
	return level >= state.settings.level;
}

void
log_finish(void)
{
	if (losses->untold > 0 && tell_losses() != 0 && !same_file(state.fd, STDERR_FILENO))
		dprintf(STDERR_FILENO, LOG_PROGRAM ": the log lacks %ld lines: %s\n", losses->untold,
		        strerror(losses->error));
}

int64_t
log_lost(void)
{
	return losses->lost;
}

/* "MESSAGE" or "MESSAGE: strerror(ERROR)"; NULL when memory is short. The caller
 * frees it. */
static char *
compose(int error, const char *format, va_list arguments)
{
	char *message, *whole;

	if (vasprintf(&message, format, arguments) < 0)
		return NULL;
	if (error == 0)
		return message;
	if (asprintf(&whole, "%s: %s", message, strerror(error)) < 0)
		return message;
	free(message);
	return whole;
}

static void
vlog(enum log_level level, int error, const char *format, va_list arguments)
{
	int saved = errno;
	char *message;

	if (log_enabled(level)) {
		message = compose(error, format, arguments);
		log_write(level, message != NULL ? message : format, NULL);
		free(message);
	}
	errno = saved;
}

#define VERB(level, error) do { \
	va_list arguments; \
	va_start(arguments, format); \
	vlog((level), (error), format, arguments); \
	va_end(arguments); \
} while (0)

void
log_warn(const char *format, ...)
{
	VERB(LEVEL_WARN, errno);
}

void
log_warnx(const char *format, ...)
{
	VERB(LEVEL_WARN, 0);
}

void
log_info(const char *format, ...)
{
	VERB(LEVEL_INFO, 0);
}

void
log_debug(const char *format, ...)
{
	VERB(LEVEL_DEBUG, 0);
}

void
log_error(const char *format, ...)
{
	VERB(LEVEL_ERROR, errno);
}

void
log_errorx(const char *format, ...)
{
	VERB(LEVEL_ERROR, 0);
}

static void
vfatal(int error, const char *format, va_list arguments)
{
	char *message = compose(error, format, arguments);

	if (state.settings.before != NULL)
		state.settings.before();
	dprintf(STDERR_FILENO, LOG_PROGRAM ": %s\n", message != NULL ? message : format);
	free(message);
}

void
log_fatal(int status, const char *format, ...)
{
	int error = errno;
	va_list arguments;

	va_start(arguments, format);
	vfatal(error, format, arguments);
	va_end(arguments);
	exit(status);
}

void
log_fatalx(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfatal(0, format, arguments);
	va_end(arguments);
	exit(status);
}
