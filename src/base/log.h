/* SPDX-License-Identifier: MIT
 *
 * Log lines: one JSON object (or one line of text for people), one write(2)
 * each and never longer than PIPE_BUF, so that children who share a pipe or a
 * file never mix lines. The members come in the order the caller gives them.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* In the order of the choices of --log-level and --log-format. */
enum log_level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR };
enum log_format { FORMAT_JSON, FORMAT_TEXT };

enum log_type { FIELD_STRING = 1, FIELD_INTEGER, FIELD_DURATION, FIELD_BOOLEAN };

/* One member. Strings are borrowed for the call; a NULL string leaves the
 * member out. Durations are ns: an integer in JSON, Go syntax in text. */
struct log_field {
	const char *name;
	enum log_type type;
	union {
		const char *string;
		int64_t integer;
		bool boolean;
	};
};

#define LOG_STRING(n, v)   { .name = (n), .type = FIELD_STRING, .string = (v) }
#define LOG_INTEGER(n, v)  { .name = (n), .type = FIELD_INTEGER, .integer = (v) }
#define LOG_DURATION(n, v) { .name = (n), .type = FIELD_DURATION, .integer = (v) }
#define LOG_BOOLEAN(n, v)  { .name = (n), .type = FIELD_BOOLEAN, .boolean = (v) }

/* log_event(LEVEL_INFO, "got EOF", LOG_STRING("server", s), LOG_INTEGER("total", n)); */
#define log_event(level, msg, ...) \
	log_write((level), (msg), (struct log_field[]){ __VA_ARGS__, { .name = 0 } })

/* GROUP is the member that holds every event's fields: the command's name.
 * PATH is a file that is appended to; "/dev/stdout" (as well as NULL and "") and
 * "/dev/stderr" mean the inherited descriptors. COLOUR is used by the text format
 * only, whose stamps are UTC as well. GROUP is borrowed. Returns 0, or -1 with
 * errno and nothing changed. Until it is called, lines of warn and above go to
 * stderr as text. SIGPIPE must be ignored. */
struct log_settings {
	const char *group;
	const char *path;
	enum log_level level;
	enum log_format format;
	bool colour;
	void (*before)(void); /* called before each line, to clear a live line; may be NULL */
};
int log_open(const struct log_settings *settings);

/* To be called first of all: takes those of the descriptors 0 to 2 that the
 * caller has closed. A socket with one of these numbers would be sent the log.
 * Writing to them fails with EBADF as before. */
void log_claim(void);

/* Opens the file again under its name (after logrotate). On failure the old
 * descriptor stays in use. Returns 0, or -1 with errno. */
int log_reopen(void);

/* The descriptor written to, for a child that closes all others. */
int log_fd(void);

/* Whether a line of LEVEL would be written. */
bool log_enabled(enum log_level level);

/* Writes {"time":..,"level":..,"msg":MSG,GROUP:{FIELDS}}. FIELDS end with a
 * NULL name; with none the group is left out. Strings are shortened until the
 * line fits. A line that cannot be written, or not within a second to a pipe or to
 * what was opened by its name, is counted, together with those of all processes that
 * were forked since log_open; the first of them is reported on stderr, and the next line
 * that any of them can write is preceded by a WARN line that says how many were lost
 * and why. errno is kept. */
void log_write(enum log_level level, const char *msg, const struct log_field *fields);

/* For a service, at its end: reports the lines that were lost and not reported yet, on
 * stderr if need be. */
void log_finish(void);

/* Lines that could not be written since log_open. */
int64_t log_lost(void);

/* Messages without members. log_warn and log_error add ": " and strerror(errno)
 * as it was on entry, as does log_fatal below; all others leave it out. */
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_errorx(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "prog: message" on stderr, then exit(STATUS). For the time before, and the
 * errors outside, the log. */
void log_fatal(int status, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
void log_fatalx(int status, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

#endif
