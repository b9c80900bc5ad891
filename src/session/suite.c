/* SPDX-License-Identifier: MIT
 *
 * The rows live in memory shared with the children that fill them. Every row says
 * from the start that it was not tested; only a child that ended well has said
 * something else.
 */
#include "suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/log.h"
#include "../daemon/jobs.h"
#include "../exchange/payload.h"

#define TICK (100 * NSEC_PER_MSEC)

/* A suite at work. */
struct play {
	const struct suite *suite;
	struct payload pattern;
	struct suite_row *rows; /* shared with the children */
	bool *ended;            /* one of each row */
	size_t count, done;
	size_t first; /* of the rows that jobs_run plays now */
};

/* The row that shows whether the path works at all. */
static bool
is_baseline(const struct scenario *scenario)
{
	return scenario->in_suite && !scenario->half_closes;
}

void
suite_choose_all(struct suite *suite)
{
	suite->scenario_count = 0;
	for (size_t i = 0; i < scenarios_count && suite->scenario_count < SUITE_SCENARIOS_MAX; i++)
		if (scenarios[i].in_suite)
			suite->scenarios[suite->scenario_count++] = &scenarios[i];
}

static int
play_row(void *context, int64_t index)
{
	const struct play *play = context;
	const struct suite *suite = play->suite;
	struct suite_row *row = &play->rows[play->first + (size_t)index];
	const struct session session = {
		.scenario = row->scenario,
		.settings = suite->settings,
		.target = suite->target,
		.pattern = &play->pattern,
		.max_fin_delay = suite->max_fin_delay,
	};

	session_play(&session, session_stop_on_signals(), &row->result);
	return STATUS_OK;
}

static bool
note_ended(void *context, int64_t index, int status)
{
	struct play *play = context;
	size_t number = play->first + (size_t)index;
	struct suite_row *row = &play->rows[number];

	play->ended[number] = true;
	play->done++;
	session_failed(&row->result, status);
	log_event(LEVEL_DEBUG, "scenario played", LOG_STRING("scenario", row->scenario->name),
	          LOG_STRING("verdict", verdict_name(row->result.finding.verdict)),
	          LOG_STRING("reason", row->result.finding.reason));
	return false;
}

static bool
tick(void *context)
{
	const struct play *play = context;
	struct suite_progress progress = { .done = play->done, .count = play->count, .name = "" };

	for (size_t i = play->count; i-- > play->first;)
		if (!play->ended[i])
			progress.name = play->rows[i].scenario->name;
	play->suite->tick(play->suite->context, &progress);
	return false;
}

/* Plays rows FIRST up to END. As jobs_run. */
static int
play_rows(struct play *play, size_t first, size_t end)
{
	const struct jobs jobs = {
		.count = (int64_t)(end - first),
		.at_once = play->suite->jobs,
		.children = play->suite->children,
		.run = play_row,
		.ended = note_ended,
		.tick = play->suite->tick != NULL ? tick : NULL,
		.tick_interval = TICK,
		.context = play,
	};

	play->first = first;
	return jobs_run(&jobs);
}

/* The baseline goes first and alone: when the path does not even carry that, no
 * other scenario can tell anything. As jobs_run. */
static int
play_all(struct play *play)
{
	size_t first = 0;
	int caught = 0;

	if (play->count > 0 && is_baseline(play->rows[0].scenario)) {
		const struct finding *baseline = &play->rows[0].result.finding;
		char reason[REASON_MAX];

		caught = play_rows(play, 0, 1);
		first = 1;
		if (caught == 0 && baseline->verdict == VERDICT_STALLED) {
			snprintf(reason, sizeof(reason), "not played, because the baseline is %s",
			         verdict_name(baseline->verdict));
			for (size_t i = first; i < play->count; i++)
				session_untested(&play->rows[i].result, reason);
			first = play->count;
		}
	}
	if (caught == 0 && first < play->count)
		caught = play_rows(play, first, play->count);
	return caught;
}

/* The rows: each scenario as often as it is to be repeated, the baseline first
 * wherever it stands, since without a path that works at all the rest tells nothing. */
static void
plan_rows(const struct suite *suite, struct play *play)
{
	size_t at = 0;

	for (int64_t run = 1; run <= suite->repeat; run++)
		for (int baseline = 1; baseline >= 0; baseline--)
			for (size_t i = 0; i < suite->scenario_count; i++) {
				if (is_baseline(suite->scenarios[i]) != (baseline == 1))
					continue;
				play->rows[at].scenario = suite->scenarios[i];
				play->rows[at].run = (int)run;
				session_untested(&play->rows[at++].result, "interrupted before it was played");
			}
}

static void
sum_up(struct suite_result *result)
{
	const struct session_result *baseline = NULL;

	result->verdict = VERDICT_PRESERVED;
	for (size_t i = 0; i < result->count; i++) {
		struct session_result *row = &result->rows[i].result;

		if (is_baseline(result->rows[i].scenario))
			baseline = row->local_known ? row : NULL;
		else if (baseline != NULL && row->local_known)
			judge_limit(&baseline->finding, &baseline->local,
			            baseline->remote_known ? &baseline->remote : NULL, &row->local,
			            row->remote_known ? &row->remote : NULL, &row->finding);
		result->tested = result->tested || result->rows[i].result.tested;
		result->verdict = verdict_worse(result->verdict, result->rows[i].result.finding.verdict);
	}
}

int
suite_play(const struct suite *suite, struct suite_result *result)
{
	struct play play = {
		.suite = suite,
		.pattern = { .fd = -1 },
		.count = suite->scenario_count * (size_t)suite->repeat,
	};
	int rc = -1;

	*result = (struct suite_result){ .count = play.count };
	if (payload_open_endless(&play.pattern) == -1)
		goto cleanup;
	play.ended = calloc(play.count > 0 ? play.count : 1, sizeof(*play.ended));
	if (play.ended == NULL)
		goto cleanup;
	play.rows = mmap(NULL, play.count * sizeof(*play.rows), PROT_READ | PROT_WRITE,
	                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (play.rows == MAP_FAILED)
		goto cleanup;
	result->rows = play.rows;
	plan_rows(suite, &play);
	result->caught = play_all(&play);
	if (result->caught == -1)
		goto cleanup;
	sum_up(result);
	rc = 0;
cleanup:;
	int error = errno;

	free(play.ended);
	payload_close(&play.pattern);
	if (rc == -1)
		suite_free(result);
	errno = error;
	return rc;
}

void
suite_free(struct suite_result *result)
{
	if (result->rows != NULL)
		munmap(result->rows, result->count * sizeof(*result->rows));
	result->rows = NULL;
}
