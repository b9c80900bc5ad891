/* SPDX-License-Identifier: MIT
 *
 * The few helpers of the unit tests: each check prints one line of TAP, the plan
 * comes last.
 */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int unit_count, unit_failed;

/* One check; the text that follows says what holds. Returns CONDITION. */
static inline bool unit_ok(bool condition, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static inline bool
unit_ok(bool condition, const char *format, ...)
{
	va_list args;

	unit_count++;
	unit_failed += !condition;
	printf("%sok %d - ", condition ? "" : "not ", unit_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	return condition;
}

/* GOT is the string WANTED; says what it is otherwise. */
static inline bool
unit_is(const char *got, const char *wanted, const char *what)
{
	bool same = strcmp(got, wanted) == 0;

	unit_ok(same, "%s", what);
	if (!same)
		printf("#      got: %s\n# expected: %s\n", got, wanted);
	return same;
}

/* GOT is the number WANTED; says what it is otherwise. */
static inline bool unit_is_int(long long got, long long wanted, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static inline bool
unit_is_int(long long got, long long wanted, const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	unit_ok(got == wanted, "%s", what);
	if (got != wanted)
		printf("#      got: %lld\n# expected: %lld\n", got, wanted);
	return got == wanted;
}

/* Ends the program because something that the test needs failed. */
static inline void unit_bail(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

static inline void
unit_bail(const char *format, ...)
{
	va_list args;

	fputs("Bail out! ", stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(1);
}

/* Prints the plan; the status to return from main. */
static inline int
unit_done(void)
{
	printf("1..%d\n", unit_count);
	return unit_failed > 0;
}

#endif
