/* SPDX-License-Identifier: MIT
 *
 * What the renderings share: text that any peer may have chosen made safe for
 * a terminal or a document, marks, names and times. Private to report/.
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

/* A name for ROW that is unique within REPORT: "late", "late run 2",
 * "silence of 5s". Returns NAME. */
#define ROW_NAME_MAX 128
char *row_name(const struct report *report, const struct report_row *row,
               char name[static ROW_NAME_MAX]);

/* What the program calls itself, and its version. */
extern const char render_tool[];
extern const char render_version[];

/* Rows by verdict. */
void count_verdicts(const struct report *report, size_t counts[static VERDICTS]);

/* The row that shows how the path ends a connection: the shortest silence that
 * died as the verdict of REPORT says, or NULL. */
const struct report_row *probe_death(const struct report *report);

/* The outcome of a probe as one more row, for formats that a machine counts: all
 * trials of an interrupted search may have lived, and yet it passed nothing. */
struct report_row probe_row(const struct report *report);

/* The probe's answer in one sentence without a full stop. Returns TEXT. */
char *probe_answer(const struct report *report, char text[static TEXT_MAX]);

#endif
