/* SPDX-License-Identifier: MIT
 *
 * The search for an idle-timeout: a geometric ladder of idle times, then the gap
 * between the longest that lived and the shortest that died, split evenly.
 *
 * Theory of operation
 *
 * The trials of a round run at once, so a round costs its longest idle time and
 * the number of connections costs next to nothing. Hence few rounds with many
 * points. The ladder has a rung for every job, so that the gap it leaves is as
 * narrow as it can be, and with the 16 jobs of `probe` one even split of that
 * gap ends the search. It has no step beyond a doubling though: with few jobs it
 * is climbed in several rounds from below, so that a short timer is found
 * without a wait for --max. No step is finer than the answer need be.
 *
 * A single connection may be lost for reasons of its own, and would then pass for
 * a timer: a death that no other trial bears out is tried once more.
 *
 * There is no state but the answers: each call reads all of them again.
 */
#include "bisect.h"

/* The settings within what the arithmetic below takes. */
struct range {
	int64_t min, max, resolution;
	int64_t grain; /* of idle times, for people to read: at most 1 % of the resolution */
	size_t jobs;
};

static struct range
range_of(const struct bisect_settings *settings)
{
	struct range range = {
		.min = settings->min > 1 ? settings->min : 1,
		.resolution = settings->resolution > 1 ? settings->resolution : 1,
		.jobs = settings->jobs > 1 ? (size_t)settings->jobs : 1,
		.grain = 1,
	};

	range.max = settings->max > range.min ? settings->max : range.min;
	if (range.jobs > BISECT_JOBS_MAX)
		range.jobs = BISECT_JOBS_MAX;
	while (range.grain <= range.resolution / 1000)
		range.grain *= 10;
	return range;
}

/* How wide the gap above LOW may stay. */
static int64_t
tolerance(const struct range *range, int64_t low)
{
	int64_t widest = range->resolution > low / 20 ? range->resolution : low / 20;

	return widest - widest % range->grain;
}

/* The STEPS-th root of SPAN, by halving; the powers may run to infinity. */
static double
root(double span, int steps)
{
	double low = 1, high = span;

	for (int i = 0; i < 64; i++) {
		double middle = low + (high - low) / 2;

		if (__builtin_powi(middle, steps) < span)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* All rungs from min to max, ascending; returns how many. */
static size_t
ladder(const struct range *range, int64_t rungs[static BISECT_JOBS_MAX])
{
	double span = (double)range->max / (double)range->min;
	int steps = (int)range->jobs - 1;
	double factor;
	int64_t at = range->min;
	size_t count = 0;

	if (steps < 1)
		steps = 1;
	while (__builtin_powi(2, steps) < span)
		steps++;
	factor = root(span, steps) - 1;

	rungs[count++] = at;
	while (at < range->max) {
		double grown = (double)at * factor;
		int64_t step = tolerance(range, at);
		int64_t left = range->max - at;

		if (grown > (double)step)
			step = grown < (double)left ? (int64_t)grown : left;
		/* What rounding left over is no rung of its own. */
		if (step >= left - left / 1024 || count == BISECT_JOBS_MAX - 1)
			step = left;
		at += step;
		if (at < range->max)
			at -= at % range->grain;
		rungs[count++] = at;
	}
	return count;
}

/* How many trials of SILENCE had ANSWER. */
static int
answers(const struct trial *trials, size_t count, int64_t silence, enum trial_answer answer)
{
	int found = 0;

	for (size_t i = 0; i < count; i++)
		found += trials[i].silence == silence && trials[i].answer == answer;
	return found;
}

/* Whether SILENCE still wants an answer and may be tried (again). */
static bool
is_open(const struct trial *trials, size_t count, int64_t silence)
{
	return answers(trials, count, silence, TRIAL_LIVED) == 0 &&
	    answers(trials, count, silence, TRIAL_DIED) == 0 &&
	    answers(trials, count, silence, TRIAL_UNKNOWN) < BISECT_TRIES;
}

/* The idle time that bears out a death at DIED: somewhat longer, so that a timer
 * which fires a little late does not pass for noise. */
static int64_t
second_look(const struct range *range, int64_t died)
{
	int64_t silence = died > range->min ? died : range->min;

	silence += range->max - silence < silence / 8 ? range->max - silence : silence / 8;
	return silence < range->max && silence - silence % range->grain > died
	    ? silence - silence % range->grain : silence;
}

/* The second look that a lone death still wants, or -1. */
static int64_t
doubtful(const struct range *range, const struct bisect_state *state, const struct trial *trials,
         size_t count)
{
	int64_t silence = second_look(range, state->dies_before);
	int deaths = 0;

	for (size_t i = 0; i < count; i++)
		deaths += trials[i].answer == TRIAL_DIED;
	return deaths == 1 && !state->noisy &&
	    answers(trials, count, silence, TRIAL_UNKNOWN) < BISECT_TRIES ? silence : -1;
}

/* All of the state but `done`. */
static struct bisect_state
bounds_of(const struct trial *trials, size_t count)
{
	struct bisect_state state = { .dies_before = -1, .noisy_died = -1, .noisy_lived = -1 };
	int64_t longest = -1;

	for (size_t i = 0; i < count; i++) {
		int64_t silence = trials[i].silence;

		if (trials[i].answer == TRIAL_DIED &&
		    (state.dies_before == -1 || silence < state.dies_before))
			state.dies_before = silence;
		if (trials[i].answer == TRIAL_LIVED && silence > longest)
			longest = silence;
	}
	for (size_t i = 0; i < count; i++)
		if (trials[i].answer == TRIAL_LIVED && trials[i].silence > state.lives_at_least &&
		    (state.dies_before == -1 || trials[i].silence < state.dies_before))
			state.lives_at_least = trials[i].silence;
	if (state.dies_before != -1 && longest >= state.dies_before) {
		state.noisy = true;
		state.noisy_died = state.dies_before;
		state.noisy_lived = longest;
	}
	return state;
}

/* How many points split GAP so that no part is wider than WIDEST, or as many as
 * there are jobs for. */
static int64_t
points_for(const struct range *range, int64_t gap, int64_t widest)
{
	int64_t points = (gap - 1) / widest;

	return points < (int64_t)range->jobs ? points : (int64_t)range->jobs;
}

size_t
bisect_next(const struct bisect_settings *settings, const struct trial *trials, size_t count,
            int64_t *silences, size_t capacity)
{
	struct range range = range_of(settings);
	struct bisect_state state = bounds_of(trials, count);
	int64_t low, gap, points = 0, again;
	size_t found = 0;

	if (capacity > range.jobs)
		capacity = range.jobs;

	if (state.dies_before == -1) {
		int64_t rungs[BISECT_JOBS_MAX];
		size_t rung_count = ladder(&range, rungs);

		for (size_t i = 0; i < rung_count && found < capacity; i++)
			if (rungs[i] > state.lives_at_least && is_open(trials, count, rungs[i]))
				silences[found++] = rungs[i];
		return found;
	}

	/* Nothing below --min is tried, even when --min itself stayed unknown. */
	low = state.lives_at_least > range.min ? state.lives_at_least : range.min;
	gap = state.dies_before - low;
	if (gap > tolerance(&range, low))
		points = points_for(&range, gap, tolerance(&range, low));
	for (int64_t i = 1; i <= points && found < capacity; i++) {
		/* low + gap * i / (points + 1), without its overflow. */
		int64_t silence = low + gap / (points + 1) * i + gap % (points + 1) * i / (points + 1);

		silence -= silence % range.grain;
		if (is_open(trials, count, silence))
			silences[found++] = silence;
	}
	/* Where all jobs are taken, the next round has room: there are fewer points
	 * by then, or another death. */
	again = doubtful(&range, &state, trials, count);
	if (again != -1 && found < capacity)
		silences[found++] = again;
	return found;
}

struct bisect_state
bisect_state(const struct bisect_settings *settings, const struct trial *trials, size_t count)
{
	struct bisect_state state = bounds_of(trials, count);
	int64_t next;

	state.done = bisect_next(settings, trials, count, &next, 1) == 0;
	return state;
}

/* A + B * TIMES, or INT64_MAX. */
static int64_t
add_times(int64_t a, int64_t b, int64_t times)
{
	int64_t product, sum;

	if (__builtin_mul_overflow(b, times, &product) || __builtin_add_overflow(a, product, &sum))
		return INT64_MAX;
	return sum;
}

/* What the second look at a death at HIGH adds to the search: a round of its own,
 * or a longer one where the first that narrows the gap above LOW has room for it. */
static int64_t
second_look_time(const struct range *range, int64_t low, int64_t high, int64_t grace)
{
	int64_t gap = high - low, widest = tolerance(range, low), silence = second_look(range, high);

	if (gap > widest && points_for(range, gap, widest) < (int64_t)range->jobs)
		return silence - high;
	return add_times(silence, grace, 1);
}

/* Rounds that narrow the gap from LOW to HIGH. */
static int64_t
rounds_for(const struct range *range, int64_t low, int64_t high)
{
	int64_t gap = high - low, widest = tolerance(range, low), rounds = 0;

	while (gap > widest) {
		int64_t parts = points_for(range, gap, widest) + 1;

		gap = gap / parts + (gap % parts != 0);
		gap += (range->grain - gap % range->grain) % range->grain;
		rounds++;
	}
	return rounds;
}

int64_t
bisect_worst_case(const struct bisect_settings *settings, int64_t grace)
{
	struct range range = range_of(settings);
	int64_t rungs[BISECT_JOBS_MAX];
	size_t count = ladder(&range, rungs);
	int64_t climbed = 0, worst = 0;

	/* The path may die between any two rungs. The ladder is climbed up to the
	 * round in which that shows; each further round is shorter than the upper
	 * rung, but for the second look. */
	for (size_t i = 0; i < count; i++) {
		int64_t total, low = i == 0 ? rungs[0] : rungs[i - 1];

		if (i % range.jobs == 0) {
			size_t last = i + range.jobs < count ? i + range.jobs - 1 : count - 1;

			climbed = add_times(add_times(climbed, rungs[last], 1), grace, 1);
		}
		total = add_times(climbed, add_times(rungs[i], grace, 1),
		                  rounds_for(&range, low, rungs[i]));
		total = add_times(total, second_look_time(&range, low, rungs[i], grace), 1);
		if (total > worst)
			worst = total;
	}
	return worst;
}
