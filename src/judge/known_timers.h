/* SPDX-License-Identifier: MIT
 *
 * The timers of real systems that end idle connections, as the table of known
 * systems has them; and what the standards ask for.
 */
#ifndef JUDGE_KNOWN_TIMERS_H
#define JUDGE_KNOWN_TIMERS_H

#include <stddef.h>
#include <stdint.h>

#include "known_boxes.h"

/* Scales every default, for tests that cannot wait: 1.0 is the truth. */
int64_t known_timer_initial(const struct known_box *timer, double scale);

/* Stores up to CAPACITY timers that fit a death between LIVED and DIED (ns),
 * nearest to the middle first; a timer fits when it lies between them or within
 * 10 % of either. Returns how many. */
size_t known_timers_near(int64_t lived, int64_t died, enum timer_state state, double scale,
                         const struct known_box **found, size_t capacity);

/* How a measured idle time stands against RFC 5382 REQ-5 and RFC 6146 section 3.5.2.2.
 * LIVED is the longest idle time that was survived, DIED (> LIVED) the shortest that died, or -1.
 * Writes one sentence to TEXT, without a full stop. */
#define TIMER_REQ5_ESTABLISHED (INT64_C(7440) * 1000000000)
#define TIMER_REQ5_TRANSITORY (INT64_C(240) * 1000000000)
#define GRADE_MAX 320
void known_timers_grade(int64_t lived, int64_t died, enum timer_state state,
                        char text[static GRADE_MAX]);

#endif
