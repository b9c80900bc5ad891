/* SPDX-License-Identifier: MIT
 *
 * Jobs beside a child that is none (check's own responder): it does not count, is
 * not ended with them, and when it ends meanwhile its pid is no longer signalled.
 */
#include "../../src/daemon/jobs.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/daemon/children.h"
#include "unit.h"

struct told {
	int ended, failed;
	bool end_others;
};

static int
return_index(void *context, int64_t index)
{
	(void)context;
	return (int)index;
}

static int
wait_for_signal(void *context, int64_t index)
{
	(void)context;
	if (index > 0)
		pause();
	return 0;
}

static int
sleep_until_killed(void *context)
{
	(void)context;
	while (pause() == -1)
		;
	return 0;
}

static int
end_at_once(void *context)
{
	(void)context;
	return 0;
}

static bool
note(void *context, int64_t index, int status)
{
	struct told *told = context;

	(void)index;
	told->ended++;
	told->failed += status != 0;
	return told->end_others;
}

static struct children *
table_with(child_main *main)
{
	struct children *children = children_new();

	if (children == NULL || children_spawn(children, NULL, JOBS_NO_JOB, main, NULL) == -1)
		unit_bail("no table: %s", strerror(errno));
	return children;
}

static void
check_lives_on(void)
{
	struct children *children = table_with(sleep_until_killed);
	struct told told = { .end_others = true };
	const struct jobs jobs = { .count = 3, .at_once = 3, .children = children,
		                   .run = wait_for_signal, .ended = note, .context = &told };
	struct child child;
	int status;

	unit_is_int(jobs_run(&jobs), 0, "three jobs beside another child end");
	unit_is_int(told.ended, 3, "all of them are told");
	unit_is_int((long long)children_count(children), 1, "the other child is not ended with them");
	children_signal(children, SIGTERM);
	unit_ok(children_reap(children, true, &child, &status) > 0 && WIFSIGNALED(status)
	                && child.tag == JOBS_NO_JOB,
	        "and is the caller's to end");
	children_free(children);
}

static void
check_ends_meanwhile(void)
{
	struct children *children = table_with(end_at_once);
	struct told told = { 0 };
	const struct jobs jobs = { .count = 4, .at_once = 1, .children = children,
		                   .run = return_index, .ended = note, .context = &told };
	struct child child;
	int status;

	unit_is_int(jobs_run(&jobs), 0, "jobs end while another child does");
	unit_is_int(told.ended, 4, "which is none of them");
	unit_is_int(told.failed, 3, "statuses are told");
	/* It was started first, so it ended before the last job did, or will soon. */
	while (children_count(children) > 0)
		children_reap(children, true, &child, &status);
	unit_is_int((long long)children_count(children), 0, "its pid is not kept");
	children_free(children);
}

static void
check_own_table(void)
{
	struct told told = { 0 };
	const struct jobs jobs = { .count = 5, .at_once = 2, .run = return_index, .ended = note,
		                   .context = &told };

	unit_is_int(jobs_run(&jobs), 0, "jobs without a table have one of their own");
	unit_is_int(told.ended, 5, "and all end");
}

int
main(void)
{
	check_lives_on();
	check_ends_meanwhile();
	check_own_table();
	return unit_done();
}
