/* SPDX-License-Identifier: MIT
 *
 * Which idle times to try next, and what the answers so far mean. Pure: the
 * caller plays the trials, several at once, and hands the answers back.
 */
#ifndef JUDGE_BISECT_H
#define JUDGE_BISECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most idle times of a round, whatever `jobs` says. */
#define BISECT_JOBS_MAX 256

/* How often an idle time is tried whose answer stays TRIAL_UNKNOWN. */
#define BISECT_TRIES 3

enum trial_answer {
	TRIAL_UNKNOWN, /* could not be tested: never counted as died */
	TRIAL_LIVED,
	TRIAL_DIED,
};

/* One answer of one connection. An idle time may occur more than once: tried again,
 * with whatever answer. A path that closes by itself may be seen doing so before
 * the idle time is over; the time of that is then handed in in its place. */
struct trial {
	int64_t silence; /* ns */
	enum trial_answer answer;
};

struct bisect_settings {
	int64_t min, max;   /* ns, inclusive */
	int64_t resolution; /* ns; the gap may also be 5 % of its lower end when that is more */
	int jobs;           /* trials at once */
};

/* What is known. Bounds in ns; -1 where nothing is known. */
struct bisect_state {
	int64_t lives_at_least; /* longest idle time survived that is below every one that failed; 0: none */
	int64_t dies_before;    /* shortest idle time that failed; -1: none */
	bool noisy;             /* a shorter one, or the same one, died while this one lived */
	int64_t noisy_died, noisy_lived; /* such a pair: the shortest and the longest; -1 */
	bool done;              /* nothing is left to try: the gap is within the resolution, all of
	                         * the ladder lived or died, or what is left stays unknown */
};
struct bisect_state bisect_state(const struct bisect_settings *settings, const struct trial *trials,
                                 size_t count);

/* The idle times to try in the next round, ascending, at most settings->jobs and
 * CAPACITY of them: first a geometric ladder that holds min and max exactly, then
 * points that split the gap evenly, and one beyond it while a single connection is
 * all that died. Returns how many; 0 when done.
 * Trials that still run are unknown to it, so ask when all have ended, or as
 * soon as there are both bounds: the longer idle times of the ladder cannot narrow
 * those, only show noise, and need not be waited for. */
size_t bisect_next(const struct bisect_settings *settings, const struct trial *trials, size_t count,
                   int64_t *silences, size_t capacity);

/* The longest time the whole search can take, in ns, to announce beforehand:
 * every idle time of a round is waited for, plus GRACE for each round, wherever the
 * path's timer may lie. Trials that stay unknown come on top. */
int64_t bisect_worst_case(const struct bisect_settings *settings, int64_t grace);

#endif
