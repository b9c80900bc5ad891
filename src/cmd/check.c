/* SPDX-License-Identifier: MIT
 *
 * check: the scenarios over one path, and a report of what they came to.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/options.h"
#include "../base/signals.h"
#include "../base/span.h"
#include "../report/progress.h"
#include "../report/report.h"
#include "../session/suite.h"
#include "cmd.h"
#include "path.h"

/* The scenarios of --scenario, whose names the option has looked at, or all of the
 * suite. */
static void
choose(const struct options *options, struct suite *suite)
{
	char *list = strdup(options->scenario), *rest = list, *name;

	if (list == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot read the scenarios");
	if (*list == '\0')
		suite_choose_all(suite);
	while (*list != '\0' && (name = strsep(&rest, ",")) != NULL) {
		if (suite->scenario_count == SUITE_SCENARIOS_MAX)
			log_fatalx(STATUS_USAGE, "more than %d scenarios in \"%s\"", SUITE_SCENARIOS_MAX,
			           options->scenario);
		suite->scenarios[suite->scenario_count++] = scenario_find(name);
	}
	free(list);
}

static void
draw(void *context, const struct suite_progress *progress)
{
	const struct path *path = context;
	char span[SPAN_MAX];

	progress_draw("%zu of %zu scenarios  %s  %s", progress->done, progress->count,
	              span_brief(clock_now() - path->started, span), progress->name);
}

/* Returns the exit status. */
static int
report(const struct path *path, const struct suite_result *result)
{
	struct report_row *rows = calloc(result->count, sizeof(*rows));
	const struct report_path_facts facts = path_facts(&result->path, &result->fit);
	struct report report = { .command = "check", .rows = rows, .row_count = result->count,
		                 .facts = facts.jobs > 0 ? &facts : NULL, .verdict = result->verdict };
	const struct report_remedy remedy = {
		.tried = remedy_name(result->remedy.remedy.kind),
		.scenario = result->remedy.scenario != NULL ? result->remedy.scenario->name : NULL,
		.keepalive = result->remedy.remedy.keepalive,
		.size = result->remedy.remedy.size,
		.verdict = result->remedy.verdict,
	};
	int status;

	if (path->options->remedy && result->caught == 0)
		report.remedy = &remedy;
	if (rows == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot make the report");
	for (size_t i = 0; i < result->count; i++) {
		rows[i] = path_row_of(result->rows[i].scenario, &result->rows[i].result);
		rows[i].run = result->rows[i].run;
	}
	status = path_report(path, &report, result->tested);
	free(rows);
	return status;
}

int
cmd_check(const struct options *options, const struct invocation *invocation)
{
	struct path path;
	struct suite suite = {
		.repeat = options->repeat,
		.wanted = { .settings = { .size = options->size,
		                          .chunk = options->chunk,
		                          .interval = options->interval,
		                          .hold = options->hold,
		                          .timeout = options->timeout,
		                          .after_fin = options->after_fin },
		            .max_fin_delay = options->max_fin_delay,
		            .jobs = options->jobs },
		.remedy = options->remedy,
		.context = &path,
	};
	struct suite_result result;
	int status;

	choose(options, &suite);
	path_open(&path, options, invocation);
	suite.target = path.reach.target;
	suite.children = path.children;
	if (progress_enabled((enum progress_mode)options->progress))
		suite.tick = draw;
	if (suite_play(&suite, &result) == -1)
		log_fatal(STATUS_CANNOT_RUN, "cannot play %zu scenarios", suite.scenario_count);
	path_close(&path);
	status = report(&path, &result);
	int caught = result.caught;
	suite_free(&result);
	if (caught != 0)
		signals_die_by(caught);
	return status;
}
