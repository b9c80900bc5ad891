/* SPDX-License-Identifier: MIT
 *
 * The parts of a page of HTML that is XML as well, so that any parser of either
 * reads it. Whatever is not a constant of ours goes through text_put_xml. Private to
 * report/.
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "model.h"

/* The style sheet: no "<" or "&" in it, which HTML and XML read differently. In pieces, NULL after the
 * last. */
extern const char *const html_style[];

/* SVG. Across, positions are percentages, so that a drawing is as wide as the page
 * and its letters keep their size; downwards they are pixels. */
void svg_begin(FILE *out, const char *class, unsigned id, int height, const char *title,
               const char *description);
void svg_end(FILE *out);
void svg_line(FILE *out, const char *class, double x1, double y1, double x2, double y2);
void svg_text(FILE *out, const char *class, double x, double y, const char *text);

/* What the whole page needs once: the heads of arrows. */
void svg_definitions(FILE *out);

/* Moves the COUNT ascending positions AT apart by GAP at least, and up again where the
 * last would lie below BOTTOM. */
void svg_spread(double *at, size_t count, double gap, double bottom);

/* Both ends' view of ROW: a ladder in order and to scale, states and bytes over time,
 * the steps and the numbers behind it. ID is unique within the page. */
void html_picture(FILE *out, const struct report_row *row, unsigned id);

/* The search of a probe: every trial at its idle time, and the timers that fit. */
void html_search(FILE *out, const struct report *report);

/* The letter by which that drawing names timer INDEX. */
static inline char
html_timer_letter(size_t index)
{
	return (char)('A' + index % 26);
}

#endif
