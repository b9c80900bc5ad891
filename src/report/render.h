/* SPDX-License-Identifier: MIT
 *
 * What the renderings share: text that any peer may have chosen made safe for
 * a terminal or a document, and colours. Private to report/.
 */
#ifndef REPORT_RENDER_H
#define REPORT_RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../base/span.h"
#include "../base/text.h"
#include "report.h"

void text_put(FILE *out, uint32_t point);

/* TEXT, fit for content and for attributes of XML and HTML alike. Line breaks stay
 * with LINES, and become blanks without. */
void text_put_xml(FILE *out, const char *text, bool lines);

/* Copies TEXT (NULL is "?") to CLEAN so that it can be shown on one line:
 * newlines become spaces, everything else that is no plain character becomes
 * U+FFFD, or "?" without UNICODE; what does not fit SIZE is cut. Returns CLEAN. */
char *text_clean(const char *text, bool unicode, char *clean, size_t size);

/* Room for any cleaned string of a report. */
#define TEXT_MAX 1024

enum colour { COLOUR_NONE, COLOUR_DIM, COLOUR_BOLD, COLOUR_RED, COLOUR_GREEN, COLOUR_YELLOW };
/* The sequences that begin and end COLOUR, "" when STYLE has none. */
const char *colour_on(const struct report_style *style, enum colour colour);
const char *colour_off(const struct report_style *style, enum colour colour);
enum colour verdict_colour(enum verdict verdict);

/* What the program calls itself, and its version. */
extern const char render_tool[];
extern const char render_version[];

#endif
