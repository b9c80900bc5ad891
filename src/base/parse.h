/* SPDX-License-Identifier: MIT
 *
 * Text to values and back: sizes, durations, addresses. Pure functions; the
 * command line, the file in /etc and the wire all read values through here.
 */
#ifndef BASE_PARSE_H
#define BASE_PARSE_H

#include <stddef.h>
#include <stdint.h>

/* Room for any message or text that the functions below write. */
#define PARSE_ERROR_MAX 512

/* Writes one clear clause into ERROR, cut to its size. Returns -1, for a caller that fails. */
int parse_fail(char error[static PARSE_ERROR_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define PARSE_TEXT_MAX 64

/* TEXT for a message, in TEXT_QUOTED of text.h, cut to a sensible length. Returns
 * QUOTED. */
#define PARSE_QUOTE_MAX 144
char *parse_quote(const char *text, char quoted[static PARSE_QUOTE_MAX]);

/* Each parser returns 0 and stores the value, or returns -1, leaves the value
 * alone and writes one clear clause without a newline to ERROR, such as
 * `missing unit in duration "10"`. */

/* Bytes, with an optional binary suffix k, m, g, t or p in either case. */
int parse_size(const char *text, int64_t *bytes, char error[static PARSE_ERROR_MAX]);

/* Nanoseconds, in the syntax of Go's time.ParseDuration: decimal numbers with
 * units ns, us, µs, ms, s, m, h, such as 1h15m0.5s, or a bare 0. A plus sign is
 * let pass; negative and overflowing values are errors. */
int parse_duration(const char *text, int64_t *ns, char error[static PARSE_ERROR_MAX]);

/* A plain decimal integer, not negative. */
int parse_count(const char *text, int64_t *count, char error[static PARSE_ERROR_MAX]);

/* Splits host:port, [v6]:port or :port. HOST gets "" for the wildcard; PORT is
 * a number 0..65535 or a service name; neither is resolved here. */
#define PARSE_HOST_MAX 256
#define PARSE_PORT_MAX 64
struct address {
	char host[PARSE_HOST_MAX];
	char port[PARSE_PORT_MAX];
};
int parse_address(const char *text, struct address *address, char error[static PARSE_ERROR_MAX]);

/* Text that the parser above reads back to the same value: durations in Go's
 * manner (10m0s, 1.5s, 300ms, 0s; but 100us, in ASCII for any terminal), sizes
 * with k, m, g, t or p when that divides evenly. Returns TEXT. */
char *format_duration(int64_t ns, char text[static PARSE_TEXT_MAX]);
char *format_size(int64_t bytes, char text[static PARSE_TEXT_MAX]);

/* TEXT with the escapes of C resolved (\n, \r, \t, \a, \b, \e, \f, \v, \\, \",
 * \', one to three octal digits, \x and two hexadecimal ones) in BYTES, which has
 * room for strlen(TEXT) of them; no NUL is added. */
int parse_escapes(const char *text, char *bytes, size_t *length,
                  char error[static PARSE_ERROR_MAX]);

/* The entry of NAMES (ended by NULL) nearest to WORD in edit distance, or NULL
 * when nothing is near enough to be what was meant. */
const char *parse_nearest(const char *word, const char *const *names);

#endif
