/* SPDX-License-Identifier: MIT
 *
 * A suite is run again and again in one process, as an exporter does: one that was
 * interrupted, or found nobody, leaves nothing behind for the next.
 */
#include "../../src/session/suite.h"

#include <signal.h>
#include <unistd.h>

#include "../../src/base/clock.h"
#include "../../src/base/options.h"
#include "../../src/base/signals.h"
#include "../../src/cmd/responder.h"
#include "../../src/daemon/children.h"
#include "unit.h"

static struct options options;
static char name[SOCK_NAME_MAX];

static struct suite
suite_of(struct children *children, const char *scenario)
{
	return (struct suite){
		.target = { .address = name, .family = AF_INET, .timeout = 10 * NSEC_PER_SEC },
		.scenarios = { scenario_find(scenario) },
		.scenario_count = 1,
		.repeat = 1,
		.wanted = { .settings = { .size = 1024, .chunk = FIT_AUTO, .interval = FIT_AUTO,
		                          .timeout = FIT_AUTO, .after_fin = 50 * NSEC_PER_MSEC },
		            .max_fin_delay = FIT_AUTO, .jobs = FIT_AUTO },
		.children = children,
	};
}

static void
check_preserved(struct children *children, const char *when)
{
	struct suite suite = suite_of(children, "request");
	struct suite_result result;

	unit_is_int(suite_play(&suite, &result), 0, "%s: it is played", when);
	unit_ok(result.tested && result.caught == 0 && result.count == 1 && result.verdict == VERDICT_PRESERVED,
	        "%s: %s", when, result.rows[0].result.finding.reason);
	unit_ok(result.path.rtt > 0 && result.path.rate > 0 && result.fit.jobs == 1, "%s: it was measured", when);
	suite_free(&result);
}

/* In the parent, once the row is at work. */
static void
interrupt(void *context, const struct suite_progress *progress)
{
	bool *done = context;

	if (!*done && *progress->name != '\0')
		kill(getpid(), SIGTERM);
	*done = true;
}

static void
check_interrupted(struct children *children)
{
	struct suite suite = suite_of(children, "late");
	struct suite_result result;
	bool done = false;

	suite.wanted.settings.hold = 600 * NSEC_PER_SEC;
	suite.tick = interrupt;
	suite.context = &done;
	unit_is_int(suite_play(&suite, &result), 0, "an interrupted suite returns");
	unit_is_int(result.caught, SIGTERM, "it tells by what");
	unit_is_int(result.verdict, VERDICT_INCONCLUSIVE, "its row is no verdict");
	suite_free(&result);
}

static void
check_nobody(void)
{
	struct suite suite = suite_of(NULL, "request");
	struct suite_result result;

	unit_is_int(suite_play(&suite, &result), 0, "a suite against nobody returns");
	unit_ok(!result.tested && result.verdict == VERDICT_INCONCLUSIVE, "nothing was tested");
	unit_ok(strstr(result.rows[0].result.finding.reason, "Connection refused") != NULL, "and the row says why");
	unit_is_int(result.fit.jobs, 0, "nothing was chosen");
	suite_free(&result);
}

int
main(void)
{
	struct children *children = children_new();
	char error[OPTIONS_ERROR_MAX], reason[SOCK_ERROR_MAX];
	struct child child;
	int status;

	signals_handle(SIGPIPE, SIG_IGN);
	if (children == NULL || options_init(&options, COMMAND_CHECK, error) == -1
	    || responder_spawn(children, &options, COMMAND_CHECK, "127.0.0.1:0", NULL, name, reason) == -1)
		unit_bail("no responder");
	check_preserved(children, "at first");
	check_interrupted(children);
	check_preserved(children, "after that");
	unit_is_int((long long)children_count(children), 1, "the responder is all that is left");
	children_signal(children, SIGTERM);
	while (children_reap(children, true, &child, &status) >= 0)
		;
	children_free(children);
	check_nobody();
	options_free(&options);
	return unit_done();
}
