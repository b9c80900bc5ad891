/* SPDX-License-Identifier: MIT
 *
 * probe: how long a silent connection lives on a path. Tries many silences at
 * once, narrows the gap, names timers that fit, and verifies that keepalive
 * mends it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/options.h"
#include "../base/parse.h"
#include "../base/signals.h"
#include "../base/span.h"
#include "../daemon/jobs.h"
#include "../judge/bisect.h"
#include "../judge/known_timers.h"
#include "../report/progress.h"
#include "../report/report.h"
#include "cmd.h"
#include "path.h"

#define TICK (100 * NSEC_PER_MSEC)

/* How long behind the silence the data may take before it counts as lost: many
 * round trips, and a few retransmissions. */
#define GRACE (3 * NSEC_PER_SEC)

/* Trials in all: a search takes some dozens, --jobs 256 some hundreds. */
#define TRIALS 1024

struct probe {
	const struct options *options;
	struct path path;
	const struct scenario *scenario;
	struct bisect_settings settings;
	struct run_result *results; /* of TRIALS, shared with the children */
	int64_t silences[TRIALS];
	bool done[TRIALS]; /* it ended */
	bool cut[TRIALS];  /* and was ended early: it tells nothing */
	size_t count, first; /* trials so far, and those before the round at work */
	int64_t keepalive;   /* of the round at work, ns; 0: what --keepalive says */
	struct trial answers[TRIALS];
	size_t answer_count;
	int64_t worst_case;
};

static int
play(void *context, int64_t index)
{
	struct probe *probe = context;
	const struct options *options = probe->options;
	size_t number = probe->first + (size_t)index;
	struct run run = {
		.scenario = probe->scenario,
		.settings = { .size = options->size,
		              .chunk = 0,
		              .hold = probe->silences[number],
		              .timeout = GRACE },
		.target = probe->path.target,
		.pattern = &probe->path.pattern,
		.max_fin_delay = INT64_MAX,
	};

	if (probe->keepalive > 0)
		run.target.keepalive = probe->keepalive;
	run_play(&run, path_stop_on_signals(), &probe->results[number]);
	return STATUS_OK;
}

static enum trial_answer
answer_of(const struct run_result *result)
{
	if (!result->tested || result->finding.verdict == VERDICT_INCONCLUSIVE)
		return TRIAL_UNKNOWN;
	return result->finding.verdict == VERDICT_PRESERVED ? TRIAL_LIVED : TRIAL_DIED;
}

/* Whether AFTER of FOUND is when the path closed or reset the silent connection. */
static bool
tells_when(const struct finding *found)
{
	switch (found->verdict) {
	case VERDICT_IDLE_EXPIRED_CLOSE:
	case VERDICT_IDLE_EXPIRED_RESET:
	case VERDICT_FULL_CLOSE:
	case VERDICT_RESET:
	case VERDICT_TRUNCATED:
		return found->after > 0;
	default:
		return false;
	}
}

/* A path that closes by itself is seen doing so, often long before the silence
 * is over: that time, in full milliseconds, is then the answer. */
static void
add_answer(struct probe *probe, size_t number)
{
	const struct finding *found = &probe->results[number].finding;
	int64_t silence = probe->silences[number];
	enum trial_answer answer = answer_of(&probe->results[number]);

	if (answer == TRIAL_DIED && tells_when(found) && found->after < silence - silence / 50)
		silence = (found->after / NSEC_PER_MSEC + 1) * NSEC_PER_MSEC;
	probe->answers[probe->answer_count++] = (struct trial){ silence, answer };
}

static struct bisect_state
state_of(const struct probe *probe)
{
	return bisect_state(&probe->settings, probe->answers, probe->answer_count);
}

/* True when the rest of the round can tell nothing that narrows the gap: some
 * silence died, all shorter ones have answered, and so have all up to half as
 * long again, which would show a path that is noisy. */
static bool
round_is_known(const struct probe *probe)
{
	struct bisect_state state = state_of(probe);

	if (state.dies_before < 0)
		return false;
	for (size_t i = probe->first; i < probe->count; i++)
		if (!probe->done[i] && probe->silences[i] / 3 * 2 <= state.dies_before)
			return false;
	return true;
}

/* Ended because the answer was known, or by a signal; perhaps before it could
 * say so itself. */
static bool
was_cut(const struct run_result *result, int status)
{
	if (status != -1 && WIFSIGNALED(status))
		return WTERMSIG(status) == SIGTERM;
	return answer_of(result) == TRIAL_UNKNOWN && result->local_known
	       && observation_find(&result->local, EVENT_INTERRUPTED) != NULL;
}

static bool
note_ended(void *context, int64_t index, int status)
{
	struct probe *probe = context;
	size_t number = probe->first + (size_t)index;
	struct run_result *result = &probe->results[number];

	probe->done[number] = true;
	if (status == -1 || WIFSIGNALED(status)) {
		result->tested = false;
		result->finding = (struct finding){ VERDICT_INCONCLUSIVE, "its process failed", -1 };
	}
	probe->cut[number] = was_cut(result, status);
	if (!probe->cut[number])
		add_answer(probe, number);
	log_event(LEVEL_DEBUG, "trial ended", LOG_DURATION("silence", probe->silences[number]),
	          LOG_STRING("verdict", verdict_name(result->finding.verdict)),
	          LOG_STRING("reason", result->finding.reason));
	return round_is_known(probe);
}

static bool
draw(void *context)
{
	const struct probe *probe = context;
	struct bisect_state state = state_of(probe);
	char lives[PARSE_TEXT_MAX], dies[PARSE_TEXT_MAX] = "?", span[32], most[32];
	size_t running = 0;

	for (size_t i = probe->first; i < probe->count; i++)
		running += !probe->done[i];
	if (state.dies_before >= 0)
		format_duration(state.dies_before / NSEC_PER_MSEC * NSEC_PER_MSEC, dies);
	progress_draw("%zu trials at work  lives %s  dies %s  %s of at most %s", running,
	              format_duration(state.lives_at_least / NSEC_PER_MSEC * NSEC_PER_MSEC, lives), dies,
	              span_brief(clock_now() - probe->path.started, span),
	              span_brief(probe->worst_case, most));
	return false;
}

/* Plays COUNT silences at once. Returns the signal that ended it, or 0. */
static int
play_round(struct probe *probe, const int64_t *silences, size_t count, int64_t keepalive)
{
	bool live = progress_enabled((enum progress_mode)probe->options->progress);
	const struct jobs jobs = {
		.count = (int64_t)count,
		.at_once = probe->options->jobs,
		.run = play,
		.ended = note_ended,
		.tick = live ? draw : NULL,
		.tick_interval = TICK,
		.context = probe,
	};
	int caught;

	probe->first = probe->count;
	probe->keepalive = keepalive;
	for (size_t i = 0; i < count; i++) {
		probe->silences[probe->count] = silences[i];
		probe->done[probe->count++] = false;
	}
	caught = jobs_run(&jobs);
	if (caught == -1)
		log_fatal(STATUS_CANNOT_RUN, "cannot keep track of children");
	return caught;
}

/* Does the path carry this at all, without a silence? */
static int
play_baseline(struct probe *probe, struct report_probe *found, enum verdict *verdict)
{
	const int64_t none = 0;
	int caught = play_round(probe, &none, 1, 0);
	const struct run_result *result = &probe->results[0];

	probe->answer_count = 0; /* no answer about silences */
	*verdict = result->finding.verdict;
	if (*verdict != VERDICT_PRESERVED)
		snprintf(found->reason, sizeof(found->reason), "%s%.*s",
		         result->tested ? "even without a silence: " : "", REASON_MAX - 32,
		         result->finding.reason);
	return caught;
}

static int
search(struct probe *probe)
{
	int64_t silences[256];
	size_t count;
	int caught = 0;

	while (caught == 0
	       && (count = bisect_next(&probe->settings, probe->answers, probe->answer_count, silences,
	                               sizeof(silences) / sizeof(silences[0])))
	                  > 0
	       && probe->count + count < TRIALS)
		caught = play_round(probe, silences, count, 0);
	return caught;
}

static bool
is_expiry(enum verdict verdict)
{
	return verdict == VERDICT_IDLE_EXPIRED_CLOSE || verdict == VERDICT_IDLE_EXPIRED_RESET
	       || verdict == VERDICT_IDLE_EXPIRED_BLACKHOLE;
}

/* The shortest trial that shows how silence kills: one whose end and whose timer
 * met by chance may tell something else, and only counts where no other died. */
static const struct run_result *
deadly_trial(const struct probe *probe, int64_t dies_before)
{
	const struct run_result *best = NULL;
	int64_t shortest = INT64_MAX;
	bool clear = false;

	for (size_t i = 1; i < probe->count; i++) {
		const struct run_result *result = &probe->results[i];
		bool expired = is_expiry(result->finding.verdict);

		if (answer_of(result) != TRIAL_DIED || probe->silences[i] < dies_before || (clear && !expired)
		    || (clear == expired && probe->silences[i] >= shortest))
			continue;
		shortest = probe->silences[i];
		best = result;
		clear = expired;
	}
	return best;
}

/* Why the shortest silence beyond those that lived has no answer; "" when it was
 * not even begun. */
static const char *
why_unknown(const struct probe *probe, const struct bisect_state *state)
{
	int64_t shortest = INT64_MAX;
	const char *why = "";

	for (size_t i = 1; i < probe->count; i++)
		if (probe->done[i] && answer_of(&probe->results[i]) == TRIAL_UNKNOWN
		    && probe->silences[i] > state->lives_at_least && probe->silences[i] < shortest) {
			shortest = probe->silences[i];
			why = probe->results[i].finding.reason;
		}
	return why;
}

static enum verdict
sum_up(const struct probe *probe, const struct bisect_state *state, struct report_probe *found)
{
	char a[PARSE_TEXT_MAX], b[PARSE_TEXT_MAX];
	const struct run_result *deadly = deadly_trial(probe, state->dies_before);
	const char *why = why_unknown(probe, state);

	if (state->noisy) {
		snprintf(found->reason, sizeof(found->reason),
		         "the path is noisy: a silence of %s died, one of %s lived",
		         format_duration(state->noisy_died, a), format_duration(state->noisy_lived, b));
		return deadly != NULL ? deadly->finding.verdict : VERDICT_INCONCLUSIVE;
	}
	if (deadly != NULL) {
		snprintf(found->reason, sizeof(found->reason), "%.*s", REASON_MAX - 1, deadly->finding.reason);
		return deadly->finding.verdict;
	}
	if (state->lives_at_least >= probe->settings.max) {
		snprintf(found->reason, sizeof(found->reason), "it lived through a silence of %s",
		         format_duration(state->lives_at_least, a));
		return VERDICT_PRESERVED;
	}
	if (state->lives_at_least > 0)
		snprintf(found->reason, sizeof(found->reason),
		         "it lived through a silence of %s, but no longer one was tested%s%.*s",
		         format_duration(state->lives_at_least, a), *why != '\0' ? ": " : "",
		         REASON_MAX / 2, why);
	else
		snprintf(found->reason, sizeof(found->reason), "no silence was tested%s%.*s",
		         *why != '\0' ? ": " : "", REASON_MAX / 2, why);
	return VERDICT_INCONCLUSIVE;
}

/* Whole seconds are what the kernel's keepalive takes (tcp(7)). */
static int
try_remedy(struct probe *probe, const struct bisect_state *state, struct report_probe *found)
{
	int64_t keepalive = state->lives_at_least / 2 / NSEC_PER_SEC * NSEC_PER_SEC;
	int64_t silence = state->dies_before + state->dies_before / 2;
	int caught;

	if (keepalive < NSEC_PER_SEC)
		keepalive = NSEC_PER_SEC;
	if (keepalive >= state->dies_before)
		return 0; /* no keepalive is that fast */
	caught = play_round(probe, &silence, 1, keepalive);
	found->remedy_tried = caught == 0 && answer_of(&probe->results[probe->first]) != TRIAL_UNKNOWN;
	found->remedy_keepalive = keepalive;
	found->remedy_verdict = probe->results[probe->first].finding.verdict;
	probe->count = probe->first; /* its row is no trial of a silence */
	return caught;
}

/* TCP_HALF_CLOSE_TIMER_SCALE lets tests find a timer of minutes in seconds. */
static double
timer_scale(void)
{
	const char *text = getenv("TCP_HALF_CLOSE_TIMER_SCALE");
	double scale = text != NULL ? strtod(text, NULL) : 1;

	return scale > 0 ? scale : 1;
}

static int
report(struct probe *probe, struct report_probe *found, enum verdict verdict)
{
	struct report_row *rows = calloc(probe->count, sizeof(*rows));
	struct report report = { .command = "probe", .verdict = verdict, .probe = found };
	bool tested = false;
	int status;

	if (rows == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot make the report");
	for (size_t i = 0; i < probe->count; i++) {
		const struct run_result *result = &probe->results[i];
		struct report_row row;

		if (!probe->done[i] || probe->cut[i])
			continue;
		row = path_row(probe->scenario, result);
		row.silence = probe->silences[i];
		for (size_t j = 0; j < report.row_count; j++)
			row.run += rows[j].silence == row.silence;
		rows[report.row_count++] = row;
		tested = tested || result->tested;
	}
	report.rows = rows;
	status = path_report(&probe->path, &report, tested);
	free(rows);
	return status;
}

static const struct scenario *
scenario_of(const struct options *options)
{
	static const char *const rows[2][2] = { { "late", "late-server" }, { "idle", "idle-server" } };

	return scenario_find(rows[options->state][options->closer]);
}

static int
probe_path(struct probe *probe)
{
	const struct options *options = probe->options;
	struct report_probe found = {
		.state = options->state == 0 ? "half-closed" : "established",
		.closer = options->closer == 0 ? "client" : "server",
		.dies_before = -1,
	};
	enum timer_state kind = options->state == 0 ? TIMER_HALF_CLOSED : TIMER_ESTABLISHED;
	struct bisect_state state;
	enum verdict verdict;
	int caught, status;

	log_event(LEVEL_INFO, "start to probe", LOG_STRING("server", probe->path.server),
	          LOG_STRING("via", probe->path.via), LOG_DURATION("min", options->min),
	          LOG_DURATION("max", options->max), LOG_DURATION("takes-at-most", probe->worst_case));
	caught = play_baseline(probe, &found, &verdict);
	if (verdict == VERDICT_PRESERVED) {
		if (caught == 0)
			caught = search(probe);
		state = state_of(probe);
		verdict = sum_up(probe, &state, &found);
		found.lives_at_least = state.lives_at_least;
		found.dies_before = state.dies_before;
		found.noisy = state.noisy;
		/* Of noise no timer is to blame, and no standard speaks. */
		if (caught == 0 && state.dies_before > 0 && !state.noisy)
			caught = try_remedy(probe, &state, &found);
		if (state.dies_before > 0 && !state.noisy)
			found.culprit_count = known_timers_near(state.lives_at_least, state.dies_before, kind,
			                                        timer_scale(), found.culprits,
			                                        sizeof(found.culprits) / sizeof(found.culprits[0]));
		if (verdict != VERDICT_INCONCLUSIVE && !state.noisy)
			known_timers_grade(state.lives_at_least, state.dies_before, kind, found.grade);
	}
	found.interrupted = caught != 0;
	path_close(&probe->path);
	status = report(probe, &found, verdict);
	if (caught != 0)
		signals_die_by(caught);
	return status;
}

/* All that a probe may take, the baseline and the remedy included. */
static int64_t
longest(const struct probe *probe)
{
	int64_t search = bisect_worst_case(&probe->settings, GRACE);
	int64_t rest, sum;

	if (__builtin_add_overflow(probe->settings.max / 2 + 2 * GRACE, probe->settings.max, &rest)
	    || __builtin_add_overflow(search, rest, &sum))
		return INT64_MAX;
	return sum;
}

int
cmd_probe(const struct options *options, const struct invocation *invocation)
{
	size_t size = TRIALS * sizeof(struct run_result);
	char min[PARSE_TEXT_MAX], max[PARSE_TEXT_MAX];
	struct probe *probe;
	int status;

	if (options->min > options->max)
		log_fatalx(STATUS_USAGE, "--min %s must not be longer than --max %s",
		           format_duration(options->min, min), format_duration(options->max, max));
	probe = calloc(1, sizeof(*probe));
	if (probe == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot plan the trials");
	probe->options = options;
	probe->scenario = scenario_of(options);
	probe->settings = (struct bisect_settings){ options->min, options->max, options->resolution,
		                                    (int)options->jobs };
	probe->worst_case = longest(probe);
	probe->results = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (probe->results == MAP_FAILED)
		log_fatal(STATUS_CANNOT_RUN, "cannot share results");
	path_open(&probe->path, options, invocation->command);
	status = probe_path(probe);
	munmap(probe->results, size);
	free(probe);
	return status;
}
