/* SPDX-License-Identifier: MIT
 *
 * Text from strangers (arguments, files, peers) made fit to be shown: UTF-8 read
 * with care, and one function that copies it so that it can do no harm to a
 * terminal, a log line or a document.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a byte that is no UTF-8 (RFC 3629) comes out as. */
#define TEXT_REPLACEMENT 0xFFFDu

/* The next code point of *TEXT, which is moved after it; 0 at the end. A byte
 * that is no UTF-8 comes out as TEXT_REPLACEMENT. */
uint32_t text_next(const char **text);

/* Writes POINT as UTF-8 to BYTES and returns their number. */
size_t text_encode(uint32_t point, char bytes[static 4]);

/* Whether a code point would do something other than show itself: control
 * characters, which drive terminals, and those that turn the reading order. */
bool text_is_control(uint32_t point);

/* Columns that TEXT takes, one a code point; and how many bytes of it fit. */
int text_columns(const char *text);
int text_bytes(const char *text, int columns);

/* How text is shown. All but TEXT_UTF8 are free of control characters. */
enum text_form {
	TEXT_UTF8,       /* as it is, but valid UTF-8: for an encoder that escapes the rest */
	TEXT_ESCAPED,    /* a log line: \n, \t, \u001b */
	TEXT_ESCAPED_IN_QUOTES, /* the same, with \" and \\ */
	TEXT_QUOTED,     /* a message: as in C and libconfig, \" \\ \n \r \t \f and \x1b */
	TEXT_ASCII,      /* printable ASCII; \xNN for any other byte */
	TEXT_LINE,       /* one line of a report: blanks for line breaks and tabs, U+FFFD */
	TEXT_LINE_ASCII, /* the same with "?" for all that is not ASCII */
};

/* Copies the LENGTH bytes at TEXT (a NUL among them is one more control character)
 * to TO in FORM, ended by a NUL. What does not fit SIZE is cut between two
 * characters; "..." shows it in the forms that are ASCII or escaped as in C, "…" in
 * the others, neither when SIZE is below 4. Returns the length of the whole without
 * a cut, as snprintf(3) does; with a SIZE of 0 nothing is written and TO may be
 * NULL. */
size_t text_show(char *to, size_t size, const char *text, size_t length, enum text_form form);

#endif
