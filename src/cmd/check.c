/* SPDX-License-Identifier: MIT
 *
 * check: plays the scenarios over one path, has both ends' views compared, and
 * reports.
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
#include "../report/progress.h"
#include "../report/report.h"
#include "cmd.h"
#include "path.h"

#define TICK (100 * NSEC_PER_MSEC)

/* One row to be: which scenario, which time. */
struct task {
	const struct scenario *scenario;
	int run;
	bool done;
};

struct check {
	const struct options *options;
	struct path path;
	struct task *tasks;
	struct run_result *results; /* shared with the children */
	size_t count, done;
	size_t first; /* of the tasks that jobs_run plays now */
	enum verdict worst;
};

/* The scenarios of --scenario, or the suite: each as often as --repeat says, the
 * baseline first. */
static void
choose(struct check *check)
{
	const struct options *options = check->options;
	const struct scenario *chosen[32];
	char *list = strdup(options->scenario), *rest = list, *name;
	size_t count = 0;

	if (list == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot read the scenarios");
	for (size_t i = 0; i < scenarios_count; i++)
		if (*list == '\0' && scenarios[i].in_suite)
			chosen[count++] = &scenarios[i];
	while (*list != '\0' && (name = strsep(&rest, ",")) != NULL) {
		if (count == sizeof(chosen) / sizeof(chosen[0]))
			log_fatalx(STATUS_USAGE, "more than %zu scenarios in \"%s\"", count, options->scenario);
		/* The option has looked at the name. Without a path that works at all the
		 * rest tells nothing, so the baseline goes first wherever it stands. */
		size_t at = strcmp(name, "baseline") == 0 ? 0 : count;

		memmove(&chosen[at + 1], &chosen[at], (count - at) * sizeof(chosen[0]));
		chosen[at] = scenario_find(name);
		count++;
	}
	free(list);
	check->count = count * (size_t)options->repeat;
	check->tasks = check->count > 0 ? calloc(check->count, sizeof(*check->tasks)) : NULL;
	if (check->tasks == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot plan %zu scenarios", check->count);
	for (size_t i = 0; i < check->count; i++) {
		check->tasks[i].scenario = chosen[i % count];
		check->tasks[i].run = (int)(i / count) + 1;
	}
}

static int
play(void *context, int64_t index)
{
	const struct check *check = context;
	const struct options *options = check->options;
	size_t number = check->first + (size_t)index;
	const struct run run = {
		.scenario = check->tasks[number].scenario,
		.settings = { .size = options->size,
		              .chunk = options->chunk,
		              .interval = options->interval,
		              .hold = options->hold,
		              .timeout = options->timeout,
		              .after_fin = 750 * NSEC_PER_MSEC },
		.target = check->path.target,
		.pattern = &check->path.pattern,
		.max_fin_delay = options->max_fin_delay,
	};

	run_play(&run, path_stop_on_signals(), &check->results[number]);
	return STATUS_OK;
}

/* The reason of a row that has no result: nothing that was not tested looks
 * like a verdict. */
static void
leave_untested(struct check *check, size_t number, const char *reason)
{
	struct run_result *result = &check->results[number];

	result->tested = false;
	result->finding.verdict = VERDICT_INCONCLUSIVE;
	result->finding.after = -1;
	snprintf(result->finding.reason, REASON_MAX, "%s", reason);
}

static bool
note_ended(void *context, int64_t index, int status)
{
	struct check *check = context;
	size_t number = check->first + (size_t)index;
	const struct run_result *result = &check->results[number];

	check->tasks[number].done = true;
	check->done++;
	if (status == -1)
		leave_untested(check, number, "no process could be started for it");
	else if (WIFSIGNALED(status))
		leave_untested(check, number, "its process was ended by a signal");
	log_event(LEVEL_DEBUG, "scenario played",
	          LOG_STRING("scenario", check->tasks[number].scenario->name),
	          LOG_STRING("verdict", verdict_name(result->finding.verdict)),
	          LOG_STRING("reason", result->finding.reason));
	return false;
}

static bool
draw(void *context)
{
	const struct check *check = context;
	const char *name = "";
	char span[32];

	for (size_t i = check->first; i < check->count; i++)
		if (!check->tasks[i].done) {
			name = check->tasks[i].scenario->name;
			break;
		}
	progress_draw("%zu of %zu scenarios  %s  %s", check->done, check->count,
	              span_brief(clock_now() - check->path.started, span), name);
	return false;
}

/* Plays tasks FIRST up to END. Returns the signal that ended it, or 0. */
static int
play_tasks(struct check *check, size_t first, size_t end)
{
	bool live = progress_enabled((enum progress_mode)check->options->progress);
	const struct jobs jobs = {
		.count = (int64_t)(end - first),
		.at_once = check->options->jobs,
		.run = play,
		.ended = note_ended,
		.tick = live ? draw : NULL,
		.tick_interval = TICK,
		.context = check,
	};
	int caught;

	check->first = first;
	caught = jobs_run(&jobs);
	if (caught == -1)
		log_fatal(STATUS_CANNOT_RUN, "cannot keep track of children");
	return caught;
}

/* The baseline goes first and alone: when the path does not even carry that, no
 * other scenario can tell anything. */
static int
play_all(struct check *check)
{
	size_t first = 0;
	int caught = 0;

	for (size_t i = 0; i < check->count; i++)
		leave_untested(check, i, "interrupted before it was played");
	if (strcmp(check->tasks[0].scenario->name, "baseline") == 0) {
		const struct finding *baseline = &check->results[0].finding;
		char reason[REASON_MAX];

		caught = play_tasks(check, 0, 1);
		first = 1;
		if (caught == 0 && baseline->verdict != VERDICT_PRESERVED) {
			snprintf(reason, sizeof(reason), "not played, because the baseline is %s",
			         verdict_name(baseline->verdict));
			for (size_t i = first; i < check->count; i++)
				leave_untested(check, i, reason);
			first = check->count;
		}
	}
	if (caught == 0 && first < check->count)
		caught = play_tasks(check, first, check->count);
	return caught;
}

/* Returns the exit status. */
static int
report(struct check *check)
{
	struct report_row *rows = calloc(check->count, sizeof(*rows));
	struct report report = { .command = "check", .rows = rows, .row_count = check->count,
		                 .verdict = VERDICT_PRESERVED };
	bool tested = false;
	int status;

	if (rows == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot make the report");
	for (size_t i = 0; i < check->count; i++) {
		const struct run_result *result = &check->results[i];

		rows[i] = path_row(check->tasks[i].scenario, result);
		rows[i].run = check->tasks[i].run;
		tested = tested || result->tested;
		report.verdict = verdict_worse(report.verdict, result->finding.verdict);
	}
	status = path_report(&check->path, &report, tested);
	free(rows);
	return status;
}

int
cmd_check(const struct options *options, const struct invocation *invocation)
{
	struct check check = { .options = options };
	size_t size;
	int caught, status;

	choose(&check);
	size = check.count * sizeof(*check.results);
	check.results = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (check.results == MAP_FAILED)
		log_fatal(STATUS_CANNOT_RUN, "cannot share results");
	path_open(&check.path, options, invocation->command);
	caught = play_all(&check);
	path_close(&check.path);
	status = report(&check);
	munmap(check.results, size);
	free(check.tasks);
	if (caught != 0)
		signals_die_by(caught);
	return status;
}
