/* SPDX-License-Identifier: MIT
 *
 * What the drawings of one connection share. Private to report/.
 */
#ifndef REPORT_HTML_PICTURE_H
#define REPORT_HTML_PICTURE_H

#include "../judge/evidence.h"
#include "html.h"
#include "timeline.h"

/* One connection, both ends on the clock of this end, as the judge has it. */
struct picture {
	FILE *out;
	const struct report_row *row;
	unsigned id;
	const struct observation *ends[2]; /* NULL: no view */
	int64_t zero[2]; /* when each end's own clock began, on the clock of this end, ns */
	int64_t bound;   /* give or take that much */
	int64_t from, until;
	struct step steps[TIMELINE_STEPS];
	size_t count;
};

/* "here" and "there". */
extern const char *const picture_sides[2];

/* AT of SIDE's own clock, ns. */
int64_t picture_at(const struct picture *picture, enum side side, int64_t at);

/* A class for each state, "state-fin-wait2"; its colour is that of the style sheet. */
const char *picture_state(uint8_t state, char class[static 32]);

/* TCP states and bytes of both ends over time. */
void html_over_time(const struct picture *picture);

/* Steps, events and counters as tables, folded. */
void html_numbers(const struct picture *picture);

#endif
