/* SPDX-License-Identifier: MIT
 *
 * How the modules of a daemon say why they could not do what they were asked.
 */
#ifndef DAEMON_FAILURE_H
#define DAEMON_FAILURE_H

#include <stdarg.h>
#include <stdio.h>

#define DAEMON_ERROR_MAX 512

/* Writes one line to ERROR; always -1. */
static inline int daemon_fail(char error[static DAEMON_ERROR_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static inline int
daemon_fail(char error[static DAEMON_ERROR_MAX], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, DAEMON_ERROR_MAX, format, arguments);
	va_end(arguments);
	return -1;
}

#endif
