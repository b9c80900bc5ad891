/* SPDX-License-Identifier: MIT
 *
 * Timers of real systems that end idle connections, each with its source; and
 * what the standards ask for.
 */
#ifndef JUDGE_KNOWN_TIMERS_H
#define JUDGE_KNOWN_TIMERS_H

#include <stddef.h>
#include <stdint.h>

enum timer_state { TIMER_HALF_CLOSED = 1, TIMER_ESTABLISHED = 2, TIMER_BOTH = 3 };

struct known_timer {
	const char *system; /* "Linux conntrack" */
	const char *timer;  /* "nf_conntrack_tcp_timeout_close_wait" */
	int64_t initial;    /* its default, ns */
	enum timer_state state;
	const char *source; /* where that is documented or how it was measured */
};

extern const struct known_timer known_timers[];
extern const size_t known_timers_count;

/* Scales every default, for tests that cannot wait: 1.0 is the truth. */
int64_t known_timer_initial(const struct known_timer *timer, double scale);

/* Stores up to CAPACITY timers that fit a death between LIVED and DIED (ns),
 * nearest to the middle first; a timer fits when it lies between them or within
 * 10 % of either. Returns how many. */
size_t known_timers_near(int64_t lived, int64_t died, enum timer_state state, double scale,
                         const struct known_timer **found, size_t capacity);

/* How a measured idle time stands against RFC 5382 REQ-5 and RFC 6146 section 3.5.2.2.
 * LIVED is the longest silence that lived, DIED (> LIVED) the shortest that died, or -1.
 * Writes one sentence to TEXT, without a full stop. */
#define TIMER_REQ5_ESTABLISHED (INT64_C(7440) * 1000000000)
#define TIMER_REQ5_TRANSITORY (INT64_C(240) * 1000000000)
#define GRADE_MAX 320
void known_timers_grade(int64_t lived, int64_t died, enum timer_state state,
                        char text[static GRADE_MAX]);

#endif
