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
#include <string.h>
#include <sys/mman.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/log.h"
#include "../daemon/jobs.h"
#include "../exchange/payload.h"
#include "../judge/diagnosis.h"
#include "prelude.h"

#define TICK (100 * NSEC_PER_MSEC)

/* A round trip, and bytes a second, of a path on which no scenario needs long. */
#define SOON (20 * NSEC_PER_MSEC)
#define ENOUGH INT64_C(1000000)

/* A suite at work. */
struct play {
	const struct suite *suite;
	struct payload pattern;
	struct suite_row *rows; /* shared with the children */
	size_t count, done;
	struct fit_path path;
	struct fit fit;
	int64_t keepalive; /* of the remedy at work, ns; 0: what the target says */
	bool broken;       /* even without a half-close */
	size_t *turn;      /* the rows that jobs_run plays now */
	size_t turn_count;
	bool *ended;       /* one of each row */
};

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
	struct suite_row *row = &play->rows[play->turn[index]];
	struct session session = {
		.scenario = row->scenario,
		.settings = play->fit.settings,
		.target = play->suite->target,
		.pattern = &play->pattern,
		.max_fin_delay = play->fit.max_fin_delay,
		.rtt = play->path.rtt,
	};

	if (play->keepalive > 0)
		session.target.keepalive = play->keepalive;
	session_play(&session, session_stop_on_signals(), &row->result);
	return STATUS_OK;
}

static bool
note_ended(void *context, int64_t index, int status)
{
	struct play *play = context;
	size_t number = play->turn[index];
	struct suite_row *row = &play->rows[number];

	play->done += !play->ended[number];
	play->ended[number] = true;
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

	for (size_t i = play->turn_count; i-- > 0;)
		if (!play->ended[play->turn[i]])
			progress.name = play->rows[play->turn[i]].scenario->name;
	play->suite->tick(play->suite->context, &progress);
	return false;
}

/* Plays the rows of the turn, AT_ONCE of them. As jobs_run. */
static int
play_turn(struct play *play, int64_t at_once)
{
	const struct jobs jobs = {
		.count = (int64_t)play->turn_count,
		.at_once = at_once,
		.children = play->suite->children,
		.run = play_row,
		.ended = note_ended,
		.tick = play->suite->tick != NULL ? tick : NULL,
		.tick_interval = TICK,
		.context = play,
	};

	return jobs_run(&jobs);
}

/* Plays the rows that WANTED picks; where there is no room for those that send as
 * fast as they can, they come after the others. As jobs_run. */
static int
play_rows(struct play *play, bool (*wanted)(const struct play *play, const struct suite_row *row))
{
	int caught = 0;

	for (int bursts = 0; bursts <= 1 && caught == 0; bursts++) {
		play->turn_count = 0;
		for (size_t i = 0; i < play->count; i++) {
			const struct suite_row *row = &play->rows[i];
			bool apart = row->scenario->bursts && !play->fit.room;

			if (apart == (bursts == 1) && wanted(play, row))
				play->turn[play->turn_count++] = i;
		}
		caught = play_turn(play, bursts == 1 ? play->fit.bursts : play->fit.jobs);
	}
	return caught;
}

static bool
any(const struct play *play, const struct suite_row *row)
{
	(void)play;
	(void)row;
	return true;
}

/* What the limit of the path may have broken. */
static bool
broken_by_limit(const struct play *play, const struct suite_row *row)
{
	(void)play;
	return row->scenario != scenario_baseline() && row->result.finding.verdict != VERDICT_PRESERVED;
}

/* The bytes that a connection carries at most, where the baseline was cut; or 0. */
static int64_t
limit_seen(const struct play *play)
{
	for (size_t i = 0; i < play->count; i++)
		if (play->rows[i].scenario == scenario_baseline() && play->rows[i].result.tested) {
			int64_t limit = prelude_measure(&play->rows[i].result).limit;

			if (limit > 0)
				return limit;
		}
	return 0;
}

/* What lost packets may come to where nothing is wrong: an RST is never sent again,
 * and a SYN or a FIN may be lost as often as TCP is given time for. */
static bool
maybe_lost(const struct play *play, const struct suite_row *row)
{
	(void)play;
	return row->result.finding.verdict == VERDICT_STALLED
	       || (row->result.finding.verdict == VERDICT_INCONCLUSIVE && !row->result.tested);
}

/* A few of many that another attempt may help. */
static bool
worth_another(const struct play *play)
{
	size_t lost = 0, preserved = 0;

	for (size_t i = 0; i < play->count; i++) {
		lost += maybe_lost(play, &play->rows[i]);
		preserved += play->rows[i].result.finding.verdict == VERDICT_PRESERVED;
	}
	return lost > 0 && preserved / 3 >= lost;
}

/* Plays them once more, and says so. As jobs_run. */
static int
play_again(struct play *play)
{
	static const char again[] = "; at the second attempt: the first was ";
	enum verdict *first = calloc(play->count, sizeof(*first));
	int caught;

	if (first == NULL)
		return -1;
	for (size_t i = 0; i < play->count; i++)
		if (maybe_lost(play, &play->rows[i]))
			first[i] = play->rows[i].result.finding.verdict;
		else
			first[i] = VERDICTS;
	caught = play_rows(play, maybe_lost);
	for (size_t i = 0; i < play->count && caught == 0; i++) {
		char *reason = play->rows[i].result.finding.reason;
		size_t length = strlen(reason);

		if (first[i] != VERDICTS)
			snprintf(reason + length, REASON_MAX - length, "%s%s", again, verdict_name(first[i]));
	}
	free(first);
	return caught;
}

static void
fit(struct play *play)
{
	size_t rows = 0;

	for (size_t i = 0; i < play->count; i++)
		rows += !play->rows[i].scenario->bursts;
	play->fit = fit_suite(&play->path, &play->suite->wanted, rows > 0 ? rows : 1);
	/* A path that is broken is likely to let many of them wait for their timeout. */
	if (play->broken && play->path.rtt < SOON && play->path.rate >= ENOUGH)
		play->fit.room = true;
	if (play->fit.room) {
		play->fit = fit_suite(&play->path, &play->suite->wanted, play->count);
		play->fit.room = true;
	}
}

/* Where not a byte comes through there is nothing else to be learned. As jobs_run. */
static int
play_all(struct play *play)
{
	struct prelude prelude;
	char reason[REASON_MAX];
	int caught;

	if (prelude_play(&play->suite->target, &play->pattern, play->suite->children, &prelude) == -1)
		return -1;
	if (prelude.caught != 0)
		return prelude.caught;
	if (!prelude.carried) {
		snprintf(reason, sizeof(reason), "not played, because nothing came through");
		for (size_t i = 1; i < play->count; i++)
			session_untested(&play->rows[i].result, reason);
		play->rows[0].result = prelude.result;
		return 0;
	}
	play->path = prelude.path;
	play->broken = verdict_status(prelude.result.finding.verdict) == STATUS_BROKEN;
	fit(play);
	caught = play_rows(play, any);
	/* What was made to keep within the limit does not show it. */
	if (caught == 0 && prelude.path.limit > 0 && play->rows[0].scenario == scenario_baseline())
		play->rows[0].result = prelude.result;
	/* A limit of bytes breaks them all; smaller ones show what else there is. */
	if (caught == 0 && play->path.limit == 0 && (play->path.limit = limit_seen(play)) > 0) {
		fit(play);
		caught = play_rows(play, broken_by_limit);
	}
	if (caught == 0 && play->path.limit == 0 && worth_another(play))
		caught = play_again(play);
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
				if ((suite->scenarios[i] == scenario_baseline()) != (baseline == 1))
					continue;
				play->rows[at].scenario = suite->scenarios[i];
				play->rows[at].run = (int)run;
				session_untested(&play->rows[at++].result, "interrupted before it was played");
			}
}

static const struct observation *
remote_of(const struct session_result *row)
{
	return row->remote_known ? &row->remote : NULL;
}

static void
sum_up(struct suite_result *result)
{
	const struct session_result *baseline = NULL;
	struct judge_reach most = { 0 };

	result->verdict = VERDICT_PRESERVED;
	for (size_t i = 0; i < result->count; i++)
		if (result->rows[i].scenario != scenario_baseline() && result->rows[i].result.local_known)
			judge_reach_add(&most, &result->rows[i].result.local, remote_of(&result->rows[i].result));
	for (size_t i = 0; i < result->count; i++) {
		struct session_result *row = &result->rows[i].result;

		if (result->rows[i].scenario == scenario_baseline())
			baseline = row->local_known ? row : NULL;
		else if (baseline != NULL && row->local_known) {
			const struct judge_reach limit = judge_reach_limit(&baseline->local, remote_of(baseline));
			const struct judge_reach reach = judge_reach(&row->local, remote_of(row));

			judge_limit(&baseline->finding, &limit, &most, &reach, &row->finding);
		}
		result->tested = result->tested || result->rows[i].result.tested;
		result->verdict = verdict_worse(result->verdict, result->rows[i].result.finding.verdict);
	}
}

/* Of all rows of RESULT. 0, or -1 with errno when there was no memory. */
static int
diagnose_rows(const struct suite_result *result, struct diagnosis *diagnosis)
{
	struct diagnosis_row *rows = calloc(result->count + 1, sizeof(*rows));

	if (rows == NULL)
		return -1;
	for (size_t i = 0; i < result->count; i++) {
		const struct session_result *row = &result->rows[i].result;

		rows[i] = (struct diagnosis_row){
			.name = result->rows[i].scenario->name,
			.half_closes = result->rows[i].scenario->half_closes,
			.counts = true,
			.finding = &row->finding,
			.local = row->local_known ? &row->local : NULL,
			.remote = remote_of(row),
			.facts = &row->facts,
		};
	}
	diagnose(diagnosis, rows, result->count, CARRIER_TCP);
	free(rows);
	return 0;
}

/* A size below the limit, at a pace that keeps both halves of the stream below it. */
static void
fit_size(struct play *play, int64_t size)
{
	struct fit_wanted wanted = play->suite->wanted;
	struct fit_path path = play->path;

	wanted.settings.size = size;
	wanted.settings.chunk = wanted.settings.interval = FIT_AUTO;
	path.limit = 4 * size;
	play->fit = fit_suite(&path, &wanted, 1);
}

/* Plays the scenario that shows best what the path does once more, with a remedy, in
 * the row behind all others. As jobs_run. */
static int
try_remedy(struct play *play, struct suite_result *result)
{
	struct suite_row *row = &play->rows[play->count];
	struct diagnosis diagnosis;
	struct remedy remedy;
	int caught;

	if (diagnose_rows(result, &diagnosis) == -1)
		return -1;
	remedy = remedy_for(&diagnosis, play->suite->target.keepalive);
	if (remedy.kind == REMEDY_NONE || diagnosis.clearest >= result->count)
		return 0;
	row->scenario = result->rows[diagnosis.clearest].scenario;
	row->run = 1;
	session_untested(&row->result, "interrupted before it was played");
	play->keepalive = remedy.keepalive;
	if (remedy.kind == REMEDY_SIZE)
		fit_size(play, remedy.size);
	play->turn[0] = play->count;
	play->turn_count = 1;
	caught = play_turn(play, 1);
	if (caught == 0)
		result->remedy = (struct suite_remedy){ remedy, row->scenario, row->result.finding.verdict };
	return caught;
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
	play.ended = calloc(play.count + 1, sizeof(*play.ended));
	play.turn = calloc(play.count + 1, sizeof(*play.turn));
	if (play.ended == NULL || play.turn == NULL)
		goto cleanup;
	play.rows = mmap(NULL, (play.count + 1) * sizeof(*play.rows), PROT_READ | PROT_WRITE,
	                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (play.rows == MAP_FAILED)
		goto cleanup;
	result->rows = play.rows;
	plan_rows(suite, &play);
	result->caught = play_all(&play);
	if (result->caught == -1)
		goto cleanup;
	result->path = play.path;
	result->fit = play.fit;
	sum_up(result);
	if (suite->remedy && result->caught == 0 && (result->caught = try_remedy(&play, result)) == -1)
		goto cleanup;
	rc = 0;
cleanup:;
	int error = errno;

	free(play.ended);
	free(play.turn);
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
		munmap(result->rows, (result->count + 1) * sizeof(*result->rows));
	result->rows = NULL;
}
