/* SPDX-License-Identifier: MIT
 *
 * Both ends' observations as one list of steps in time: messages that went from
 * end to end, were lost, or came from the path itself; notes of one end; and
 * idle times. The ladder and the mermaid diagram draw this. Pure.
 */
#ifndef REPORT_TIMELINE_H
#define REPORT_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report_row;

enum side { HERE, THERE };

enum step_kind {
	STEP_START,     /* both ends are connected: their times zero */
	STEP_MESSAGE,   /* left FROM and arrived at the other end */
	STEP_DEPARTURE, /* left FROM; its arrival is a later step */
	STEP_ARRIVAL,   /* arrived at the other end; its departure was an earlier step */
	STEP_LOST,      /* left FROM, never arrived */
	STEP_FROM_PATH, /* arrived at the other end, but FROM never sent it (or not yet) */
	STEP_NOTE,      /* happened at FROM alone */
	STEP_SILENCE,   /* nothing happened for a while */
};

struct step {
	enum step_kind kind;
	enum side from;
	int64_t at[2];    /* ns since each end's own start; -1: not seen there, or not known */
	uint8_t state[2]; /* TCP states just after it; 0: not known */
	bool trouble;     /* what went wrong, for colour */
	char label[48];
};

/* Enough for what two full observations can hold. */
#define TIMELINE_STEPS 320

/* Fills STEPS in order of time; returns how many. Cause stands before effect:
 * each end counts from its own start, so that an arrival may carry an earlier
 * time than its departure, by the round trip at most. */
size_t timeline(const struct report_row *row, struct step steps[static TIMELINE_STEPS]);

#endif
