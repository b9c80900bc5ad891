/* SPDX-License-Identifier: MIT
 *
 * Log lines: rendered in memory, written by one write(2) of at most PIPE_BUF
 * bytes. What could not be written is counted, and told as soon as it can be.
 *
 * A forked child that logs a line or two must stay small, because ten thousand
 * of them may be held at once: nothing here is cached, no large buffer is
 * touched, and the date is computed without the time zone files that
 * gmtime_r(3) reads.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "exit_status.h"
#include "parse.h"

#define PROGRAM "tcp-half-close-tester"
#define ELLIPSIS "\xe2\x80\xa6"
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define STRING_MIN (sizeof ELLIPSIS - 1)
#define PATIENCE NSEC_PER_SEC /* how long a full non-blocking pipe is waited for */
#define MSG_COLUMNS 28        /* the longest of the usual messages: members line up behind it */

static struct {
	struct log_settings settings;
	int fd;
	bool owned;    /* FD was opened here */
	char *path;    /* of the settings: ours, for log_reopen */
	bool fragment; /* the last line written is torn: end it before the next */
	pid_t pid;     /* whose losses these are; a forked child has none of its parent's */
	int64_t lost, untold;
	int error;     /* errno of the last loss */
} state = { .settings = { .level = LEVEL_WARN, .format = FORMAT_TEXT }, .fd = STDERR_FILENO };

static const struct {
	const char *name, *colour;
} levels[] = {
	[LEVEL_DEBUG] = { "DEBUG", "\033[36m" },
	[LEVEL_INFO] = { "INFO", "\033[32m" },
	[LEVEL_WARN] = { "WARN", "\033[33m" },
	[LEVEL_ERROR] = { "ERROR", "\033[31m" },
};

/* A line in the making. A length above PIPE_BUF says that it is too long and
 * was given up; failed, that memory was short. */
struct line {
	char *data;
	size_t length, room;
	bool failed;
};

static void
put(struct line *line, const char *data, size_t length)
{
	if (line->length + length > PIPE_BUF) {
		line->length = PIPE_BUF + 1;
		return;
	}
	if (line->data == NULL || line->length + length > line->room) {
		size_t room = line->room > 0 ? line->room : 256;
		char *grown;

		while (room < line->length + length)
			room *= 2;
		grown = realloc(line->data, room);
		if (grown == NULL) {
			line->failed = true;
			return;
		}
		line->data = grown;
		line->room = room;
	}
	memcpy(line->data + line->length, data, length);
	line->length += length;
}

static void
put_string(struct line *line, const char *string)
{
	put(line, string, strlen(string));
}

/* The length of the well-formed UTF-8 sequence at TEXT (RFC 3629 section 4), or
 * 0 when there is none. Never reads past a NUL. */
static size_t
utf8_sequence(const unsigned char *text)
{
	unsigned char low = 0x80, high = 0xbf; /* of the second byte */
	size_t length;

	if (text[0] < 0x80)
		return 1;
	if (text[0] >= 0xc2 && text[0] <= 0xdf) {
		length = 2;
	} else if (text[0] >= 0xe0 && text[0] <= 0xef) {
		length = 3;
		if (text[0] == 0xe0)
			low = 0xa0; /* overlong */
		else if (text[0] == 0xed)
			high = 0x9f; /* surrogates */
	} else if (text[0] >= 0xf0 && text[0] <= 0xf4) {
		length = 4;
		if (text[0] == 0xf0)
			low = 0x90; /* overlong */
		else if (text[0] == 0xf4)
			high = 0x8f; /* above U+10FFFF */
	} else {
		return 0;
	}
	if (text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if (text[i] < 0x80 || text[i] > 0xbf)
			return 0;
	return length;
}

/* A copy of TEXT of at most MOST (>= STRING_MIN) bytes: valid UTF-8, cut between
 * two characters when it was longer. NULL when memory is short; the caller frees
 * it. It ends with a NUL that *LENGTH does not count. */
static char *
clean(const char *text, size_t most, size_t *length)
{
	const unsigned char *from = (const unsigned char *)text;
	size_t bytes = strnlen(text, most + 1);
	size_t room = bytes * (sizeof REPLACEMENT - 1);
	size_t used = 0, cut = 0;
	char *copy = malloc((room < most ? room : most) + 1);

	if (copy == NULL)
		return NULL;
	while (*from != '\0') {
		size_t taken = utf8_sequence(from);
		const char *piece = taken > 0 ? (const char *)from : REPLACEMENT;
		size_t size = taken > 0 ? taken : sizeof REPLACEMENT - 1;

		if (used + size > most) {
			memcpy(copy + cut, ELLIPSIS, STRING_MIN);
			used = cut + STRING_MIN;
			break;
		}
		memcpy(copy + used, piece, size);
		used += size;
		if (used + STRING_MIN <= most)
			cut = used;
		from += taken > 0 ? taken : 1;
	}
	copy[used] = '\0';
	*length = used;
	return copy;
}

/* The civil date by counting: sixty steps, and no table of a library's. */
static void
civil_date(int64_t days, int *year, int *month, int *day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	for (*year = 1970;; (*year)++) {
		bool leap = (*year % 4 == 0 && *year % 100 != 0) || *year % 400 == 0;

		if (days < (leap ? 366 : 365)) {
			for (*month = 0;; (*month)++) {
				int length = lengths[*month] + (leap && *month == 1);

				if (days < length)
					break;
				days -= length;
			}
			break;
		}
		days -= leap ? 366 : 365;
	}
	*month += 1;
	*day = (int)days + 1;
}

static int64_t
wall_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* DATE SEPARATOR TIME of NS since 1970, without a fraction. */
static size_t
civil_text(int64_t ns, char separator, char *text, size_t size)
{
	int64_t seconds = ns / NSEC_PER_SEC;
	int year, month, day;

	civil_date(seconds / 86400, &year, &month, &day);
	seconds %= 86400;
	return (size_t)snprintf(text, size, "%04d-%02d-%02d%c%02d:%02d:%02d", year, month, day,
	                        separator, (int)(seconds / 3600), (int)(seconds / 60 % 60),
	                        (int)(seconds % 60));
}

char *
log_time(int64_t ns, char text[static LOG_TIME_MAX])
{
	int64_t fraction;
	size_t used;

	if (ns < 0)
		ns = 0;
	used = civil_text(ns, 'T', text, LOG_TIME_MAX);
	fraction = ns % NSEC_PER_SEC;
	if (fraction > 0) {
		used += (size_t)snprintf(text + used, LOG_TIME_MAX - used, ".%09d", (int)fraction);
		while (text[used - 1] == '0')
			used--;
	}
	snprintf(text + used, LOG_TIME_MAX - used, "Z");
	return text;
}

/* Adds VALUE, which it takes over. */
static int
add(struct json_object *json, const char *name, struct json_object *value)
{
	if (value == NULL)
		return -1;
	if (json_object_object_add(json, name, value) != 0) {
		json_object_put(value);
		return -1;
	}
	return 0;
}

static int
add_string(struct json_object *json, const char *name, const char *string, size_t most)
{
	size_t length = 0;
	char *copy = clean(string, most, &length);
	int rc = -1;

	if (copy != NULL)
		rc = add(json, name, json_object_new_string_len(copy, (int)length));
	free(copy);
	return rc;
}

static int
add_field(struct json_object *json, const struct log_field *field, size_t most)
{
	switch (field->type) {
	case FIELD_STRING:
		return field->string != NULL ? add_string(json, field->name, field->string, most)
		                             : 0;
	case FIELD_INTEGER:
	case FIELD_DURATION:
		return add(json, field->name, json_object_new_int64(field->integer));
	case FIELD_BOOLEAN:
		return add(json, field->name, json_object_new_boolean(field->boolean));
	}
	return 0;
}

static void
render_json(struct line *line, int64_t now, enum log_level level, const char *msg,
            const struct log_field *fields, size_t most)
{
	struct json_object *json = json_object_new_object();
	struct json_object *group = json_object_new_object();
	char time[LOG_TIME_MAX];
	const char *text;
	size_t length;

	line->failed = true;
	if (json == NULL || group == NULL ||
	    add(json, "time", json_object_new_string(log_time(now, time))) != 0 ||
	    add(json, "level", json_object_new_string(levels[level].name)) != 0 ||
	    add_string(json, "msg", msg, most) != 0)
		goto cleanup;
	for (; fields != NULL && fields->name != NULL; fields++)
		if (add_field(group, fields, most) != 0)
			goto cleanup;
	if (json_object_object_length(group) > 0) {
		const char *name = state.settings.group != NULL ? state.settings.group : PROGRAM;

		if (add(json, name, json_object_get(group)) != 0)
			goto cleanup;
	}
	text = json_object_to_json_string_length(
		json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
	if (text == NULL)
		goto cleanup;
	line->failed = false;
	put(line, text, length);
cleanup:
	json_object_put(group);
	json_object_put(json);
}

/* Whether a terminal would obey rather than show the character at TEXT: C0, DEL,
 * and C1, which UTF-8 writes as C2 80 to C2 9F (ECMA-48). */
static bool
is_control(const unsigned char *text)
{
	return text[0] < 0x20 || text[0] == 0x7f ||
	       (text[0] == 0xc2 && text[1] >= 0x80 && text[1] <= 0x9f);
}

/* TEXT without control characters; with QUOTES, in quotes where a reader could
 * not tell its end otherwise. */
static void
put_text(struct line *line, const char *text, size_t most, bool quotes)
{
	size_t length = 0;
	char *copy = clean(text, most, &length);
	char escape[8];

	if (copy == NULL) {
		line->failed = true;
		return;
	}
	if (quotes) {
		quotes = copy[0] == '\0' || strpbrk(copy, " \"=\\") != NULL;
		for (size_t i = 0; i < length && !quotes; i++)
			quotes = is_control((unsigned char *)copy + i);
	}
	if (quotes)
		put(line, "\"", 1);
	for (const unsigned char *at = (unsigned char *)copy; *at != '\0'; at++) {
		if (*at == '\n') {
			put(line, "\\n", 2);
		} else if (*at == '\t') {
			put(line, "\\t", 2);
		} else if (is_control(at)) {
			snprintf(escape, sizeof escape, "\\u%04x", *at == 0xc2 ? at[1] : at[0]);
			put_string(line, escape);
			at += *at == 0xc2;
		} else {
			if (quotes && (*at == '"' || *at == '\\'))
				put(line, "\\", 1);
			put(line, (const char *)at, 1);
		}
	}
	if (quotes)
		put(line, "\"", 1);
	free(copy);
}

static void
put_field(struct line *line, const struct log_field *field, size_t most)
{
	char text[PARSE_TEXT_MAX];

	put(line, " ", 1);
	put_string(line, field->name);
	put(line, "=", 1);
	switch (field->type) {
	case FIELD_STRING:
		put_text(line, field->string, most, true);
		break;
	case FIELD_DURATION:
		if (field->integer >= 0) {
			put_string(line, format_duration(field->integer, text));
			break;
		}
		/* Not a duration then; show what it is. */
		/* fall through */
	case FIELD_INTEGER:
		snprintf(text, sizeof text, "%lld", (long long)field->integer);
		put_string(line, text);
		break;
	case FIELD_BOOLEAN:
		put_string(line, field->boolean ? "true" : "false");
		break;
	}
}

/* 2026-11-22 13:04:05.123Z INFO  got EOF                       server=… total=… */
static void
render_text(struct line *line, int64_t now, enum log_level level, const char *msg,
            const struct log_field *fields, size_t most)
{
	char text[LOG_TIME_MAX];
	bool behind = false; /* a member */

	civil_text(now, ' ', text, sizeof text);
	put_string(line, text);
	snprintf(text, sizeof text, ".%03dZ ", (int)(now % NSEC_PER_SEC / NSEC_PER_MSEC));
	put_string(line, text);
	snprintf(text, sizeof text, "%s%-5s%s ", state.settings.colour ? levels[level].colour : "",
	         levels[level].name, state.settings.colour ? "\033[0m" : "");
	put_string(line, text);
	put_text(line, msg, most, false);
	for (; fields != NULL && fields->name != NULL; fields++) {
		if (fields->type == FIELD_STRING && fields->string == NULL)
			continue;
		if (!behind) {
			for (size_t i = strlen(msg); i < MSG_COLUMNS; i++)
				put(line, " ", 1);
			put(line, " ", 1);
			behind = true;
		}
		put_field(line, fields, most);
	}
}

/* Writes all of DATA: one write(2), unless the other side takes less. Returns 0
 * or the errno of what went wrong. */
static int
write_line(const char *data, size_t length)
{
	/* A log that is stuck already holds nobody up a second time. */
	int64_t deadline = clock_now() + (state.untold > 0 ? 0 : PATIENCE);
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
	int64_t now = wall_clock();
	struct line line = { 0 };
	int error = EMSGSIZE;

	/* One bound for all strings shortens the longest first. */
	for (size_t most = PIPE_BUF; most >= STRING_MIN; most -= most / 8 + 1) {
		line.length = 0;
		if (state.fragment)
			put(&line, "\n", 1);
		if (state.settings.format == FORMAT_JSON)
			render_json(&line, now, level, msg, fields, most);
		else
			render_text(&line, now, level, msg, fields, most);
		put(&line, "\n", 1);
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
	/* Whoever watches the other stream hears of it at once, and once. */
	if (state.untold == 0 && !same_file(state.fd, STDERR_FILENO))
		dprintf(STDERR_FILENO, PROGRAM ": cannot write the log: %s\n", strerror(error));
	if (state.pid != getpid()) {
		state.pid = getpid();
		state.lost = state.untold = 0;
	}
	state.lost++;
	state.untold++;
	state.error = error;
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
	if (state.untold > 0 && state.pid != getpid())
		state.lost = state.untold = 0;
	/* Whatever the level: that the log has a hole is part of the log. */
	if (state.untold > 0) {
		const char *why = strerrordesc_np(state.error);

		error = emit(LEVEL_WARN, "log lines were lost", (struct log_field[]){
			LOG_INTEGER("count", state.untold),
			LOG_STRING("error", why != NULL ? why : "unknown error"),
			{ .name = NULL },
		});
		if (error == 0)
			state.untold = 0;
	}
	if (error == 0)
		error = emit(level, msg, fields);
	if (error != 0)
		lose(error);
	errno = saved;
}

/* A pipe whose reader has stopped must not stop a service. It is opened anew: the
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

int64_t
log_lost(void)
{
	return state.pid == getpid() ? state.lost : 0;
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
	dprintf(STDERR_FILENO, PROGRAM ": %s\n", message != NULL ? message : format);
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
