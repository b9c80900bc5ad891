/* SPDX-License-Identifier: MIT
 *
 * probe: how long a silent connection lives on a path, which timers would explain
 * that, and a report of it.
 */
#include <stdlib.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/options.h"
#include "../base/parse.h"
#include "../base/signals.h"
#include "../base/span.h"
#include "../judge/known_timers.h"
#include "../report/progress.h"
#include "../report/report.h"
#include "../session/probing.h"
#include "cmd.h"
#include "path.h"

static void
draw(void *context, const struct probing_progress *progress)
{
	const struct path *path = context;
	char lives[PARSE_TEXT_MAX], dies[PARSE_TEXT_MAX] = "?", span[SPAN_MAX], most[SPAN_MAX];
	int64_t lived = progress->state.lives_at_least, died = progress->state.dies_before;

	if (died >= 0)
		format_duration(died / NSEC_PER_MSEC * NSEC_PER_MSEC, dies);
	progress_draw("%zu trials running  survives %s  fails %s  %s of at most %s", progress->running,
	              format_duration(lived / NSEC_PER_MSEC * NSEC_PER_MSEC, lives), dies,
	              span_brief(clock_now() - path->started, span), span_brief(progress->at_most, most));
}

/* TCP_HALF_CLOSE_TIMER_SCALE lets tests find a timer of minutes in seconds. */
static double
timer_scale(void)
{
	const char *text = getenv("TCP_HALF_CLOSE_TIMER_SCALE");
	double scale = text != NULL ? strtod(text, NULL) : 1;

	return scale > 0 ? scale : 1;
}

/* What was found, with the timers that explain it; of noise none is to blame, and
 * no standard speaks. */
static struct report_probe
found_by(const struct options *options, const struct probing_result *result)
{
	enum timer_state kind = options->state == 0 ? TIMER_HALF_CLOSED : TIMER_ESTABLISHED;
	const struct bisect_state *state = &result->state;
	struct report_probe found = {
		.state = options->state == 0 ? "half-closed" : "established",
		.closer = options->closer == 0 ? "client" : "server",
		.lives_at_least = state->lives_at_least,
		.dies_before = state->dies_before,
		.noisy = state->noisy,
		.remedy_tried = result->remedy_tried,
		.remedy_keepalive = result->remedy_keepalive,
		.remedy_verdict = result->remedy_verdict,
		.interrupted = result->caught != 0,
	};

	snprintf(found.reason, sizeof(found.reason), "%s", result->reason);
	if (!result->searched || state->noisy)
		return found;
	if (state->dies_before > 0)
		found.culprit_count = known_timers_near(state->lives_at_least, state->dies_before, kind,
		                                        timer_scale(), found.culprits,
		                                        sizeof(found.culprits) / sizeof(found.culprits[0]));
	if (result->verdict != VERDICT_INCONCLUSIVE)
		known_timers_grade(state->lives_at_least, state->dies_before, kind, found.grade);
	return found;
}

/* Returns the exit status. */
static int
report(const struct path *path, const struct scenario *scenario, const struct probing_result *result)
{
	struct report_probe found = found_by(path->options, result);
	struct report_row *rows = calloc(result->count, sizeof(*rows));
	struct report_path_facts facts = path_facts(&result->path, &result->fit);
	struct report report = { .command = "probe", .rows = rows, .verdict = result->verdict,
		                 .facts = facts.jobs > 0 ? &facts : NULL, .probe = &found };
	bool tested = false;
	int status;

	/* Trials have neither. */
	facts.chunk = facts.interval = facts.after_fin = facts.max_fin_delay = -1;
	if (rows == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot make the report");
	for (size_t i = 0; i < result->count; i++) {
		const struct probing_trial *trial = &result->trials[i];
		struct report_row row;

		if (!trial->ended || trial->cut)
			continue;
		row = path_row_of(scenario, &trial->result);
		row.silence = trial->silence;
		for (size_t j = 0; j < report.row_count; j++)
			row.run += rows[j].silence == row.silence;
		rows[report.row_count++] = row;
		tested = tested || trial->result.tested;
	}
	status = path_report(path, &report, tested);
	free(rows);
	return status;
}

int
cmd_probe(const struct options *options, const struct invocation *invocation)
{
	struct path path;
	struct probing probing = {
		.scenario = scenario_find_silent(options->state == 0, options->closer == 1),
		.range = { options->min, options->max, options->resolution, 0 },
		.wanted = { .settings = { .size = options->size }, .jobs = options->jobs },
		.context = &path,
	};
	struct probing_result result;
	char min[PARSE_TEXT_MAX], max[PARSE_TEXT_MAX];
	int status;

	if (options->min > options->max)
		log_fatalx(STATUS_USAGE, "--min %s must not be longer than --max %s",
		           format_duration(options->min, min), format_duration(options->max, max));
	path_open(&path, options, invocation);
	probing.target = path.reach.target;
	probing.children = path.children;
	if (progress_enabled((enum progress_mode)options->progress))
		probing.tick = draw;
	log_event(LEVEL_INFO, "start to probe", LOG_STRING("server", path.server),
	          LOG_STRING("via", path.via), LOG_DURATION("min", options->min),
	          LOG_DURATION("max", options->max),
	          LOG_DURATION("takes-at-most", probing_longest(&probing)));
	if (probing_play(&probing, &result) == -1)
		log_fatal(STATUS_CANNOT_RUN, "cannot play the trials");
	path_close(&path);
	status = report(&path, probing.scenario, &result);
	int caught = result.caught;
	probing_free(&result);
	if (caught != 0)
		signals_die_by(caught);
	return status;
}
