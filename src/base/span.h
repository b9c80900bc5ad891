/* SPDX-License-Identifier: MIT
 *
 * Times for people and, in RFC 3339, for machines too. What a parser must read back
 * is format_duration() of parse.h. All functions return TEXT.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdint.h>

#define SPAN_MAX 32

/* NS, not negative, at a glance: "0.3 ms", "42 ms", "12.3 s", "1m40s", "2h04m00s". */
char *span_brief(int64_t ns, char text[static SPAN_MAX]);

/* NS to three digits and more, for evidence: "250 us", "12.3 ms", "4.02 s". What is
 * negative is 0. */
char *span_fine(int64_t ns, char text[static SPAN_MAX]);

/* The same as an array to be used within one expression: SPAN_FINE(ns). */
struct span_text {
	char text[SPAN_MAX];
};
struct span_text span_fine_text(int64_t ns);
#define SPAN_FINE(ns) (span_fine_text(ns).text)

/* NS in a column of at most 9 characters whose times all have the unit that LONGEST
 * asks for; "" when it is negative. */
char *span_column(int64_t ns, int64_t longest, char text[static SPAN_MAX]);

/* NS since 1970 in RFC 3339, UTC, trailing zeros of the fraction trimmed:
 * "2024-12-04T11:18:00.97Z". What is before 1970 becomes 1970. */
#define DATE_MAX 40
char *date_rfc3339(int64_t ns, char text[static DATE_MAX]);

/* The same without fraction and zone, date and time divided by SEPARATOR. */
char *date_seconds(int64_t ns, char separator, char text[static DATE_MAX]);

#endif
