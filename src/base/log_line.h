/* SPDX-License-Identifier: MIT
 *
 * One log line rendered in memory, as JSON or as text for people. Private to log.c.
 */
#ifndef BASE_LOG_LINE_H
#define BASE_LOG_LINE_H

#include <stddef.h>

#include "log.h"

/* Starts as all zero; DATA is the owner's to free. A length above PIPE_BUF says that
 * the line is too long and was given up; failed, that memory was short. */
struct log_line {
	char *data;
	size_t length, room;
	bool failed;
};

#define LOG_PROGRAM "tcp-half-close-tester"

/* The bound on strings below which no line gets shorter. */
#define LOG_STRING_MIN 3

struct log_what {
	int64_t now; /* ns since 1970 */
	enum log_level level;
	const char *msg;
	const struct log_field *fields;
};

/* Renders LINE anew, with its newline, and one more in front when a torn line is to
 * be ended. Strings have at most MOST (>= LOG_STRING_MIN) bytes. */
void log_line_render(struct log_line *line, const struct log_settings *settings,
                     const struct log_what *what, size_t most, bool after_fragment);

#endif
