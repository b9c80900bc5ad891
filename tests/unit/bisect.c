/* SPDX-License-Identifier: MIT
 *
 * The search for an idle-timeout against simulated paths: whatever the path, the
 * bounds enclose the truth, within the resolution, in few rounds and within the
 * time that was announced.
 */
#include "../../src/judge/bisect.h"

#include <inttypes.h>
#include <stdlib.h>

#include "unit.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

#define TRIALS 4096

static struct trial trials[TRIALS];
static size_t count;
static int rounds;
static int64_t elapsed;
static const char *complaint; /* what was wrong with a round, or NULL */

/* What a path does with a silence, the ATTEMPTth time it is tried. */
typedef enum trial_answer path(int64_t silence, int attempt, int64_t timer);

static enum trial_answer
fixed(int64_t silence, int attempt, int64_t timer)
{
	(void)attempt;
	return silence < timer ? TRIAL_LIVED : TRIAL_DIED;
}

/* A timer that fires up to 20 % late, at random. */
static enum trial_answer
jittery(int64_t silence, int attempt, int64_t timer)
{
	(void)attempt;
	return silence < timer + timer / 5 / 100 * (rand() % 100) ? TRIAL_LIVED : TRIAL_DIED;
}

/* As fixed, but one trial in three cannot be made the first time. */
static enum trial_answer
unsure(int64_t silence, int attempt, int64_t timer)
{
	if (attempt == 0 && silence / MS % 3 == 0)
		return TRIAL_UNKNOWN;
	return fixed(silence, attempt, timer);
}

static enum trial_answer
unreachable(int64_t silence, int attempt, int64_t timer)
{
	(void)silence, (void)attempt, (void)timer;
	return TRIAL_UNKNOWN;
}

/* Dies between 2 s and 3 s, lives through longer ones: two paths behind one
 * balancer. */
static enum trial_answer
flaky(int64_t silence, int attempt, int64_t timer)
{
	(void)attempt, (void)timer;
	return silence >= 2 * SECOND && silence < 3 * SECOND ? TRIAL_DIED : TRIAL_LIVED;
}

/* No timer at all, but one connection is lost: the first with that silence. */
static enum trial_answer
unlucky(int64_t silence, int attempt, int64_t lost)
{
	return silence == lost && attempt == 0 ? TRIAL_DIED : TRIAL_LIVED;
}

/* Plays the whole search. */
static struct bisect_state
search(const struct bisect_settings *settings, path *answer, int64_t timer)
{
	struct bisect_state state;
	int64_t next[BISECT_JOBS_MAX];
	size_t found;

	count = 0, rounds = 0, elapsed = 0, complaint = NULL;
	while ((found = bisect_next(settings, trials, count, next, BISECT_JOBS_MAX)) > 0) {
		if (bisect_state(settings, trials, count).done)
			complaint = "done, but with silences to try";
		if (found > (size_t)settings->jobs)
			complaint = "more silences than jobs";
		if (rounds++ == 100) {
			complaint = "does not end";
			break;
		}
		for (size_t i = 0; i < found && count < TRIALS; i++) {
			int attempt = 0;

			if (next[i] < settings->min || next[i] > settings->max)
				complaint = "silence out of range";
			if (i > 0 && next[i] <= next[i - 1])
				complaint = "silences not ascending";
			for (size_t j = 0; j < count; j++)
				attempt += trials[j].silence == next[i];
			trials[count++] = (struct trial){ next[i], answer(next[i], attempt, timer) };
		}
		if (__builtin_add_overflow(elapsed, next[found - 1], &elapsed))
			elapsed = INT64_MAX;
	}
	state = bisect_state(settings, trials, count);
	if (complaint == NULL && !state.done)
		complaint = "nothing to try, but not done";
	return state;
}

static bool
tried(int64_t silence)
{
	for (size_t i = 0; i < count; i++)
		if (trials[i].silence == silence)
			return true;
	return false;
}

static bool
narrow(const struct bisect_settings *settings, const struct bisect_state *state)
{
	int64_t five_percent = state->lives_at_least / 20;

	return state->dies_before - state->lives_at_least <=
	    (settings->resolution > five_percent ? settings->resolution : five_percent);
}

static const struct {
	const char *name;
	struct bisect_settings settings;
	int most_rounds; /* with a timer anywhere */
} ranges[] = {
	{ "the defaults", { SECOND, 10 * MINUTE, SECOND, 16 }, 2 },
	{ "20 s", { SECOND, 20 * SECOND, SECOND, 16 }, 2 },
	{ "3 h", { SECOND, 3 * HOUR, SECOND, 16 }, 3 },
	{ "3 h with 64 jobs", { SECOND, 3 * HOUR, SECOND, 64 }, 2 },
	{ "10 min with 256 jobs", { SECOND, 10 * MINUTE, SECOND, 256 }, 2 },
	{ "10 min with 4 jobs", { SECOND, 10 * MINUTE, SECOND, 4 }, 5 },
	{ "10 min with 2 jobs", { SECOND, 10 * MINUTE, SECOND, 2 }, 9 },
	{ "10 min with 1 job", { SECOND, 10 * MINUTE, SECOND, 1 }, 16 },
	{ "a resolution beyond the range", { SECOND, 3 * SECOND, HOUR, 16 }, 2 },
	{ "a resolution of 1 ns", { SECOND, MINUTE, 1, 16 }, 2 },
	{ "1 ns to 292 years", { 1, INT64_MAX, 1, 16 }, 7 },
	{ "1 ns to 292 years with 1 job", { 1, INT64_MAX, 1, 1 }, 69 },
	{ "the far end", { INT64_MAX - 5, INT64_MAX, 1, 3 }, 2 },
};

static const int64_t timers[] = {
	1, 2, 500 * MS, SECOND, SECOND + 1, 1999 * MS, 2 * SECOND, 2001 * MS, 5 * SECOND, 6789 * MS,
	10 * SECOND, 30 * SECOND, 59999 * MS, MINUTE, 2 * MINUTE, 240 * SECOND, 350 * SECOND,
	599 * SECOND, 600 * SECOND, 601 * SECOND, 15 * MINUTE, HOUR, 7200 * SECOND, 24 * HOUR,
	1000000 * HOUR, INT64_MAX - 3, INT64_MAX,
};

static void
check_ranges(void)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		const struct bisect_settings *settings = &ranges[i].settings;
		int64_t announced = bisect_worst_case(settings, 0), longest = 0;
		bool sound = true, enclosed = true, near = true, timely = true, quiet = true;
		int most = 0;

		for (size_t j = 0; j < sizeof(timers) / sizeof(timers[0]); j++) {
			int64_t timer = timers[j];
			struct bisect_state state = search(settings, fixed, timer);

			if (complaint != NULL)
				printf("# timer %" PRId64 ": %s\n", timer, complaint);
			sound = sound && complaint == NULL;
			quiet = quiet && !state.noisy;
			if (timer > settings->max) {
				enclosed = enclosed && state.dies_before == -1 &&
				    state.lives_at_least == settings->max;
			} else if (timer <= settings->min) {
				enclosed = enclosed && state.dies_before == settings->min &&
				    state.lives_at_least == 0;
			} else {
				enclosed = enclosed && state.lives_at_least < timer && timer <= state.dies_before;
				near = near && narrow(settings, &state);
			}
			timely = timely && elapsed <= announced;
			most = rounds > most ? rounds : most;
			longest = elapsed > longest ? elapsed : longest;
		}
		unit_ok(sound, "%s: rounds are ascending, in range, no more than the jobs, and end",
		        ranges[i].name);
		unit_ok(enclosed && quiet, "%s: the bounds enclose every timer", ranges[i].name);
		unit_ok(near, "%s: within the resolution", ranges[i].name);
		if (!unit_ok(most <= ranges[i].most_rounds, "%s: at most %d rounds", ranges[i].name,
		             ranges[i].most_rounds))
			printf("# %d\n", most);
		if (!unit_ok(timely && announced / 4 <= longest, "%s: the announced time bounds the search",
		             ranges[i].name))
			printf("# announced %" PRId64 ", took %" PRId64 "\n", announced, longest);
	}
}

static void
check_ladder(void)
{
	struct bisect_settings settings = { SECOND, 10 * MINUTE, SECOND, 16 };
	int64_t next[BISECT_JOBS_MAX];
	size_t found = bisect_next(&settings, NULL, 0, next, BISECT_JOBS_MAX);
	bool round;

	unit_ok(found > 1 && next[0] == SECOND && next[found - 1] == 10 * MINUTE,
	        "the ladder holds min and max exactly");
	unit_ok(bisect_next(&settings, NULL, 0, next, 3) == 3, "no more silences than there is room");
	round = true;
	search(&settings, fixed, 6789 * MS);
	for (size_t i = 0; i < count; i++)
		round = round && trials[i].silence % (10 * MS) == 0;
	unit_ok(round, "silences are numbers that people can read");

	settings.jobs = 4;
	found = bisect_next(&settings, NULL, 0, next, BISECT_JOBS_MAX);
	unit_ok(found == 4 && next[3] <= 8 * SECOND, "with few jobs the ladder is climbed from below");
	search(&settings, fixed, INT64_MAX);
	unit_ok(tried(SECOND) && tried(10 * MINUTE), "and reaches max");

	settings.min = settings.max = 5 * SECOND;
	search(&settings, fixed, SECOND);
	unit_ok(count == 2 && tried(5 * SECOND) && rounds == 2,
	        "min equal to max is one trial, and one that bears it out");
	search(&settings, fixed, INT64_MAX);
	unit_ok(count == 1, "or one alone, when it lived");

	settings = (struct bisect_settings){ .min = 0, .max = -1, .resolution = -1, .jobs = 0 };
	unit_ok(bisect_next(&settings, NULL, 0, next, BISECT_JOBS_MAX) == 1 && next[0] == 1,
	        "settings out of range are made sane");
}

/* As a caller does who asks for the next round as soon as the answer of this one
 * shows. */
static void
check_early(void)
{
	struct bisect_settings settings = { SECOND, 10 * MINUTE, SECOND, 16 };
	struct trial seen[BISECT_JOBS_MAX];
	int64_t next[BISECT_JOBS_MAX];
	size_t found = bisect_next(&settings, NULL, 0, next, BISECT_JOBS_MAX), ended = 0;
	struct bisect_state state;

	while (ended < found && next[ended] <= 90 * SECOND) {
		seen[ended] = (struct trial){ next[ended], fixed(next[ended], 0, MINUTE) };
		ended++;
	}
	state = bisect_state(&settings, seen, ended);
	unit_ok(!state.done && state.lives_at_least < MINUTE && state.dies_before >= MINUTE &&
	        state.dies_before <= 90 * SECOND, "both bounds are known before the ladder is over");
	found = bisect_next(&settings, seen, ended, next, BISECT_JOBS_MAX);
	unit_ok(found > 1 && next[0] > state.lives_at_least && next[found - 2] < state.dies_before,
	        "and the next round lies between them");
	unit_ok(next[found - 1] > state.dies_before &&
	        next[found - 1] <= state.dies_before + state.dies_before / 8,
	        "but for one that is somewhat longer than the only one that died");
	seen[ended++] = (struct trial){ 100 * SECOND, TRIAL_DIED };
	found = bisect_next(&settings, seen, ended, next, BISECT_JOBS_MAX);
	unit_ok(found > 0 && next[found - 1] < state.dies_before, "which two deaths do without");

	/* A close that was seen during a longer silence. */
	seen[ended++] = (struct trial){ MINUTE, TRIAL_DIED };
	unit_ok(bisect_state(&settings, seen, ended).dies_before == MINUTE,
	        "a death seen early may be handed in with its time");
}

static void
check_jitter(void)
{
	struct bisect_settings settings = { SECOND, 10 * MINUTE, SECOND, 16 };
	bool enclosed = true;

	srand(1);
	for (int i = 0; i < 200; i++) {
		struct bisect_state state = search(&settings, jittery, MINUTE);

		/* Nothing dies before the minute, nothing lives beyond 72 s. */
		enclosed = enclosed && complaint == NULL && state.dies_before >= MINUTE &&
		    state.lives_at_least <= 72 * SECOND && narrow(&settings, &state);
	}
	unit_ok(enclosed, "jitter: the bounds lie within it, and the search ends");
}

static void
check_noise(void)
{
	struct bisect_settings settings = { SECOND, 10 * SECOND, 500 * MS, 16 };
	struct bisect_state state = search(&settings, flaky, 0);
	struct trial twice[] = { { SECOND, TRIAL_LIVED }, { SECOND, TRIAL_DIED } };

	unit_ok(complaint == NULL && state.noisy, "a shorter silence died, a longer one lived: noisy");
	unit_ok(state.noisy_died >= 2 * SECOND && state.noisy_died < 3 * SECOND &&
	        state.noisy_lived == 10 * SECOND, "with a pair that shows it");
	unit_ok(state.lives_at_least < 2 * SECOND && state.dies_before == state.noisy_died &&
	        narrow(&settings, &state), "and the bounds are those of the shortest that died");

	state = bisect_state(&settings, twice, 2);
	unit_ok(state.noisy && state.noisy_died == SECOND && state.noisy_lived == SECOND,
	        "a silence with two answers is noisy");
	unit_ok(state.lives_at_least == 0 && state.dies_before == SECOND, "and counts as died");
}

/* One connection that is lost by chance is no timer. The longer silences of its
 * round are left out, as a caller does who has seen enough. */
static void
check_chance(void)
{
	static const int jobs[] = { 1, 4, 16, 256 };
	bool told = true, timely = true;

	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		struct bisect_settings settings = { SECOND, 10 * MINUTE, SECOND, jobs[i] };
		int64_t rungs[BISECT_JOBS_MAX], next[BISECT_JOBS_MAX];
		size_t rung_count = bisect_next(&settings, NULL, 0, rungs, BISECT_JOBS_MAX);

		for (size_t lost = 0; lost < rung_count; lost++) {
			struct trial seen[BISECT_JOBS_MAX * 2];
			size_t ended = 0, found;
			struct bisect_state state;

			for (size_t j = 0; j <= lost; j++)
				seen[ended++] = (struct trial){ rungs[j], unlucky(rungs[j], 0, rungs[lost]) };
			for (int round = 0; round < 20 && (found = bisect_next(&settings, seen, ended, next,
			                                                       BISECT_JOBS_MAX)) > 0; round++)
				for (size_t j = 0; j < found && ended < BISECT_JOBS_MAX * 2; j++)
					seen[ended++] = (struct trial){ next[j], unlucky(next[j], 1, rungs[lost]) };
			state = bisect_state(&settings, seen, ended);
			told = told && state.done && state.noisy && state.noisy_died == rungs[lost];

			search(&settings, unlucky, rungs[lost]);
			timely = timely && elapsed <= bisect_worst_case(&settings, 0);
		}
	}
	unit_ok(told, "one connection that is lost by chance is told as noise, not as a timer");
	unit_ok(timely, "within the announced time");
}

static void
check_unknown(void)
{
	struct bisect_settings settings = { SECOND, 10 * MINUTE, SECOND, 16 };
	struct trial low[] = {
		{ SECOND, TRIAL_UNKNOWN }, { SECOND, TRIAL_UNKNOWN }, { SECOND, TRIAL_UNKNOWN },
		{ 5 * SECOND, TRIAL_DIED }, { 6 * SECOND, TRIAL_DIED },
	};
	struct trial lone[] = {
		{ SECOND, TRIAL_DIED }, { 1120 * MS, TRIAL_UNKNOWN }, { 1120 * MS, TRIAL_UNKNOWN },
		{ 1120 * MS, TRIAL_UNKNOWN },
	};
	int64_t next[BISECT_JOBS_MAX];
	struct bisect_state state = search(&settings, unsure, MINUTE);

	unit_ok(complaint == NULL && state.lives_at_least < MINUTE && state.dies_before >= MINUTE &&
	        narrow(&settings, &state), "what could not be tested is tried again");

	state = search(&settings, unreachable, 0);
	unit_ok(complaint == NULL && rounds == BISECT_TRIES && state.lives_at_least == 0 &&
	        state.dies_before == -1, "what stays unknown ends the search, and has not died");

	unit_ok(bisect_next(&settings, low, 5, next, BISECT_JOBS_MAX) == 3 && next[0] > SECOND,
	        "an unknown min is no bound, and nothing below it is tried");
	unit_ok(bisect_next(&settings, lone, 3, next, BISECT_JOBS_MAX) == 1 && next[0] == 1120 * MS &&
	        bisect_next(&settings, lone, 4, next, BISECT_JOBS_MAX) == 0,
	        "a lone death that nothing bears out ends the search as well");
}

static void
check_worst_case(void)
{
	struct bisect_settings settings = { SECOND, SECOND, SECOND, 1 };

	unit_ok(bisect_worst_case(&settings, 2 * SECOND) == 6 * SECOND, "grace counts once a round");
	settings = (struct bisect_settings){ 1, INT64_MAX, 1, 1 };
	unit_ok(bisect_worst_case(&settings, INT64_MAX) == INT64_MAX, "what does not fit is the most");
}

int
main(void)
{
	check_ladder();
	check_ranges();
	check_early();
	check_jitter();
	check_noise();
	check_chance();
	check_unknown();
	check_worst_case();
	return unit_done();
}
