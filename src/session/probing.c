/* SPDX-License-Identifier: MIT
 *
 * The trials live in memory shared with the children that play them; bisect.c
 * says which come next.
 */
#include "probing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/parse.h"
#include "../daemon/jobs.h"
#include "../exchange/payload.h"
#include "prelude.h"

#define TICK (100 * NSEC_PER_MSEC)

/* Trials in all: a search takes some dozens, --jobs 256 some hundreds. */
#define TRIALS 1024

/* A probe at work. */
struct play {
	const struct probing *probing;
	struct probing_result *result;
	struct payload pattern;
	struct fit_path path;
	struct fit fit;
	struct bisect_settings range;
	size_t first;      /* of the trials of the round at work */
	int64_t keepalive; /* of that round, ns; 0: what the target says */
	struct trial answers[TRIALS];
	size_t answer_count;
};

static int
play_trial(void *context, int64_t index)
{
	const struct play *play = context;
	const struct probing *probing = play->probing;
	struct probing_trial *trial = &play->result->trials[play->first + (size_t)index];
	struct session session = {
		.scenario = probing->scenario,
		.settings = play->fit.settings,
		.target = probing->target,
		.pattern = &play->pattern,
		.max_fin_delay = play->fit.max_fin_delay,
		.rtt = play->path.rtt,
	};

	session.settings.hold = trial->silence;
	if (play->keepalive > 0)
		session.target.keepalive = play->keepalive;
	session_play(&session, session_stop_on_signals(), &trial->result);
	return STATUS_OK;
}

static enum trial_answer
answer_of(const struct session_result *result)
{
	if (!result->tested || result->finding.verdict == VERDICT_INCONCLUSIVE)
		return TRIAL_UNKNOWN;
	return result->finding.verdict == VERDICT_PRESERVED ? TRIAL_LIVED : TRIAL_DIED;
}

/* A path that closes by itself is seen doing so, often long before the idle time
 * is over: that time, in full milliseconds, is then the answer. */
static void
add_answer(struct play *play, size_t number)
{
	const struct probing_trial *trial = &play->result->trials[number];
	const struct finding *found = &trial->result.finding;
	int64_t silence = trial->silence;
	enum trial_answer answer = answer_of(&trial->result);

	if (answer == TRIAL_DIED && verdict_tells_when(found->verdict) && found->after > 0
	    && found->after < silence - silence / 50)
		silence = (found->after / NSEC_PER_MSEC + 1) * NSEC_PER_MSEC;
	play->answers[play->answer_count++] = (struct trial){ silence, answer };
}

static struct bisect_state
state_of(const struct play *play)
{
	return bisect_state(&play->range, play->answers, play->answer_count);
}

/* True when the rest of the round can tell nothing that narrows the gap: some
 * idle time died, all shorter ones have answered, and so have all up to half as
 * long again, which would show a path that is noisy. */
static bool
round_is_known(const struct play *play)
{
	struct bisect_state state = state_of(play);

	if (state.dies_before < 0)
		return false;
	for (size_t i = play->first; i < play->result->count; i++) {
		const struct probing_trial *trial = &play->result->trials[i];

		if (!trial->ended && trial->silence / 3 * 2 <= state.dies_before)
			return false;
	}
	return true;
}

/* Ended because the answer was known, or by a signal; perhaps before it could
 * say so itself. */
static bool
was_cut(const struct session_result *result, int status)
{
	if (status != -1 && WIFSIGNALED(status))
		return WTERMSIG(status) == SIGTERM;
	return result->stopped
	       || (answer_of(result) == TRIAL_UNKNOWN && result->local_known
	           && observation_find(&result->local, EVENT_INTERRUPTED) != NULL);
}

static bool
note_ended(void *context, int64_t index, int status)
{
	struct play *play = context;
	size_t number = play->first + (size_t)index;
	struct probing_trial *trial = &play->result->trials[number];

	trial->ended = true;
	session_failed(&trial->result, status);
	trial->cut = was_cut(&trial->result, status);
	if (!trial->cut)
		add_answer(play, number);
	log_event(LEVEL_DEBUG, "trial ended", LOG_DURATION("silence", trial->silence),
	          LOG_STRING("verdict", verdict_name(trial->result.finding.verdict)),
	          LOG_STRING("reason", trial->result.finding.reason));
	return round_is_known(play);
}

/* All that a search may take, the baseline and the remedy included. */
static int64_t
longest(const struct bisect_settings *range, int64_t grace)
{
	int64_t remedy = clock_later(range->max, range->max / 2);

	return clock_later(clock_later(bisect_worst_case(range, grace), remedy),
	                   clock_later(grace, grace));
}

int64_t
probing_longest(const struct probing *probing)
{
	const struct fit_path near = { 0 };
	const struct fit fit = fit_probe(&near, &probing->wanted);
	struct bisect_settings range = probing->range;

	range.jobs = (int)fit.jobs;
	return longest(&range, fit.settings.timeout);
}

static bool
tick(void *context)
{
	const struct play *play = context;
	struct probing_progress progress = {
		.state = state_of(play),
		.at_most = longest(&play->range, play->fit.settings.timeout),
	};

	for (size_t i = play->first; i < play->result->count; i++)
		progress.running += !play->result->trials[i].ended;
	play->probing->tick(play->probing->context, &progress);
	return false;
}

/* Plays COUNT idle times at once. As jobs_run. */
static int
play_round(struct play *play, const int64_t *silences, size_t count, int64_t keepalive)
{
	const struct jobs jobs = {
		.count = (int64_t)count,
		.at_once = play->fit.jobs,
		.children = play->probing->children,
		.run = play_trial,
		.ended = note_ended,
		.tick = play->probing->tick != NULL ? tick : NULL,
		.tick_interval = TICK,
		.context = play,
	};

	play->first = play->result->count;
	play->keepalive = keepalive;
	for (size_t i = 0; i < count; i++) {
		struct probing_trial *trial = &play->result->trials[play->result->count++];

		*trial = (struct probing_trial){ .silence = silences[i] };
		session_untested(&trial->result, "interrupted before it was played");
	}
	return jobs_run(&jobs);
}

/* What the first trial, without an idle time, came to. */
static void
take_baseline(struct probing_result *result)
{
	const struct session_result *baseline = &result->trials[0].result;

	result->verdict = baseline->finding.verdict;
	if (result->verdict != VERDICT_PRESERVED)
		snprintf(result->reason, sizeof(result->reason), "%s%.*s",
		         baseline->tested ? "even without an idle time: " : "", REASON_MAX - 32,
		         baseline->finding.reason);
}

/* Nothing came through: that is the trial without an idle time. */
static void
take_prelude(struct probing_result *result, const struct prelude *prelude)
{
	result->trials[0] = (struct probing_trial){ .ended = true, .result = prelude->result };
	result->count = 1;
	take_baseline(result);
}

/* Does the path carry this at all, without an idle time? As jobs_run. */
static int
play_baseline(struct play *play)
{
	const int64_t none = 0;
	int caught = play_round(play, &none, 1, 0);

	play->answer_count = 0; /* no answer about idle times */
	take_baseline(play->result);
	return caught;
}

/* As jobs_run. */
static int
search(struct play *play)
{
	int64_t silences[BISECT_JOBS_MAX];
	size_t count;
	int caught = 0;

	while (caught == 0
	       && (count = bisect_next(&play->range, play->answers, play->answer_count, silences,
	                               BISECT_JOBS_MAX))
	                  > 0
	       && play->result->count + count < TRIALS)
		caught = play_round(play, silences, count, 0);
	return caught;
}

/* The shortest trial that shows how an idle connection fails: one whose end and whose timer
 * met by chance may tell something else, and only counts where no other died. */
static const struct session_result *
deadly_trial(const struct probing_result *result)
{
	const struct session_result *best = NULL;
	int64_t shortest = INT64_MAX;
	bool clear = false;

	for (size_t i = 1; i < result->count; i++) {
		const struct probing_trial *trial = &result->trials[i];
		bool expired = verdict_is_expiry(trial->result.finding.verdict);

		if (answer_of(&trial->result) != TRIAL_DIED || trial->silence < result->state.dies_before
		    || (clear && !expired) || (clear == expired && trial->silence >= shortest))
			continue;
		shortest = trial->silence;
		best = &trial->result;
		clear = expired;
	}
	return best;
}

/* Why the shortest idle time beyond those that lived has no answer; "" when it was
 * not even begun. */
static const char *
why_unknown(const struct probing_result *result)
{
	int64_t shortest = INT64_MAX;
	const char *why = "";

	for (size_t i = 1; i < result->count; i++) {
		const struct probing_trial *trial = &result->trials[i];

		if (trial->ended && answer_of(&trial->result) == TRIAL_UNKNOWN
		    && trial->silence > result->state.lives_at_least && trial->silence < shortest) {
			shortest = trial->silence;
			why = trial->result.finding.reason;
		}
	}
	return why;
}

static void
sum_up(const struct probing *probing, struct probing_result *result)
{
	const struct bisect_state *state = &result->state;
	char a[PARSE_TEXT_MAX], b[PARSE_TEXT_MAX];
	const struct session_result *deadly = deadly_trial(result);
	const char *why = why_unknown(result);

	if (state->noisy) {
		snprintf(result->reason, sizeof(result->reason),
		         "the path is noisy: an idle time of %s failed, one of %s survived",
		         format_duration(state->noisy_died, a), format_duration(state->noisy_lived, b));
		result->verdict = deadly != NULL ? deadly->finding.verdict : VERDICT_INCONCLUSIVE;
	} else if (deadly != NULL) {
		snprintf(result->reason, sizeof(result->reason), "%.*s", REASON_MAX - 1, deadly->finding.reason);
		result->verdict = deadly->finding.verdict;
	} else if (state->lives_at_least >= probing->range.max) {
		snprintf(result->reason, sizeof(result->reason), "it survived an idle time of %s",
		         format_duration(state->lives_at_least, a));
		result->verdict = VERDICT_PRESERVED;
	} else {
		if (state->lives_at_least > 0)
			snprintf(result->reason, sizeof(result->reason),
			         "it survived an idle time of %s, but no longer one was tested%s%.*s",
			         format_duration(state->lives_at_least, a), *why != '\0' ? ": " : "",
			         REASON_MAX / 2, why);
		else
			snprintf(result->reason, sizeof(result->reason), "no idle time was tested%s%.*s",
			         *why != '\0' ? ": " : "", REASON_MAX / 2, why);
		result->verdict = VERDICT_INCONCLUSIVE;
	}
}

/* Whole seconds are what the kernel's keepalive takes (tcp(7)). As jobs_run. */
static int
try_remedy(struct play *play)
{
	struct probing_result *result = play->result;
	int64_t keepalive = result->state.lives_at_least / 2 / NSEC_PER_SEC * NSEC_PER_SEC;
	int64_t silence = clock_later(result->state.dies_before, result->state.dies_before / 2);
	const struct session_result *remedy;
	int caught;

	if (keepalive < NSEC_PER_SEC)
		keepalive = NSEC_PER_SEC;
	if (keepalive >= result->state.dies_before)
		return 0; /* no keepalive is that fast */
	caught = play_round(play, &silence, 1, keepalive);
	remedy = &result->trials[play->first].result;
	result->remedy_tried = caught == 0 && answer_of(remedy) != TRIAL_UNKNOWN;
	result->remedy_keepalive = keepalive;
	result->remedy_verdict = remedy->finding.verdict;
	result->count = play->first; /* it is no trial of an idle time */
	return caught;
}

/* As jobs_run. */
static int
play_all(struct play *play)
{
	struct probing_result *result = play->result;
	struct prelude prelude;
	int caught;

	if (prelude_play(&play->probing->target, &play->pattern, play->probing->children, &prelude) == -1)
		return -1;
	if (prelude.caught != 0 || !prelude.carried) {
		take_prelude(result, &prelude);
		return prelude.caught;
	}
	play->path = result->path = prelude.path;
	play->fit = result->fit = fit_probe(&prelude.path, &play->probing->wanted);
	play->range = play->probing->range;
	play->range.jobs = (int)play->fit.jobs;
	caught = play_baseline(play);
	if (caught == -1 || result->verdict != VERDICT_PRESERVED)
		return caught;
	result->searched = true;
	if (caught == 0)
		caught = search(play);
	if (caught == -1)
		return -1;
	result->state = state_of(play);
	sum_up(play->probing, result);
	/* Of noise no timer is to blame. */
	if (caught == 0 && result->state.dies_before > 0 && !result->state.noisy)
		caught = try_remedy(play);
	return caught;
}

int
probing_play(const struct probing *probing, struct probing_result *result)
{
	struct play play = { .probing = probing, .result = result, .pattern = { .fd = -1 } };
	int rc = -1;

	*result = (struct probing_result){ .state = { .dies_before = -1 } };
	if (payload_open_endless(&play.pattern) == -1)
		goto cleanup;
	result->trials = mmap(NULL, TRIALS * sizeof(*result->trials), PROT_READ | PROT_WRITE,
	                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (result->trials == MAP_FAILED) {
		result->trials = NULL;
		goto cleanup;
	}
	result->caught = play_all(&play);
	if (result->caught != -1)
		rc = 0;
cleanup:;
	int error = errno;

	payload_close(&play.pattern);
	if (rc == -1)
		probing_free(result);
	errno = error;
	return rc;
}

void
probing_free(struct probing_result *result)
{
	if (result->trials != NULL)
		munmap(result->trials, TRIALS * sizeof(*result->trials));
	result->trials = NULL;
}
