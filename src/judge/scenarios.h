/* SPDX-License-Identifier: MIT
 *
 * The table of scenarios: a name, what it proves, and the pair of plans that
 * makes it happen. `check` plays the rows of the suite; `probe` plays the rows
 * after it. No I/O.
 */
#ifndef JUDGE_SCENARIOS_H
#define JUDGE_SCENARIOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../exchange/plan.h"

/* What a request line carries beside the name; bytes and ns. */
struct scenario_settings {
	int64_t size;
	int64_t chunk;
	int64_t interval;
	int64_t hold;    /* idle time in late and the probe's rows */
	int64_t timeout; /* longest time, hold not counted */
	int64_t after_fin; /* how long at least an end sends on after it saw the FIN */
};

struct scenario {
	const char *name;
	const char *proves; /* one clause for --help, reports and man pages */
	void (*plans)(const struct scenario_settings *, struct plan *client, struct plan *responder);
	bool in_suite;       /* played by check without --scenario */
	bool half_closes;    /* false: it only tells whether the path works */
	bool holds;          /* has the idle time of --hold */
	bool client_resumes; /* of those: the client sends after it, not the responder */
	bool bursts;         /* sends as fast as it can, which disturbs others on a slow path */
	int client_receive_buffer; /* SO_RCVBUF of the client, 0: the kernel's */
};

extern const struct scenario scenarios[];
extern const size_t scenarios_count;

const struct scenario *scenario_find(const char *name); /* or NULL */

/* The name of row INDEX, a word of --scenario; NULL past the end. */
const char *scenario_name(int64_t index);

/* The row in which nobody half-closes early: whether the path works at all. */
const struct scenario *scenario_baseline(void);

/* The row of `probe` that is silent in that state. */
const struct scenario *scenario_find_silent(bool half_closes, bool client_resumes);

/* Both plans of SCENARIO. PATTERN (payload_open_endless) is what is sent and what
 * must arrive; it is borrowed by the plans. */
void scenario_plans(const struct scenario *scenario, const struct scenario_settings *settings,
                    const struct payload *pattern, struct plan *client, struct plan *responder);

#endif
