/* SPDX-License-Identifier: MIT
 *
 * The parent takes its signals by sigtimedwait(2), so that none is missed
 * between two of them; SIGCHLD is one of them.
 */
#include "jobs.h"

#include <signal.h>
#include <stddef.h>

#include "../base/clock.h"
#include "children.h"

struct job {
	const struct jobs *jobs;
	int64_t index;
};

/* Jobs at work. */
struct work {
	const struct jobs *jobs;
	struct children *children;
	int64_t running;
};

static int
run_job(void *context)
{
	const struct job *job = context;

	return job->jobs->run(job->jobs->context, job->index);
}

/* Takes all that ended. True when one of them asks to end the others. */
static bool
reap(struct work *work)
{
	const struct jobs *jobs = work->jobs;
	struct child child;
	bool stop = false;
	int status;

	while (children_reap(work->children, false, &child, &status) > 0) {
		if (child.tag == JOBS_NO_JOB)
			continue;
		work->running--;
		if (jobs->ended != NULL && jobs->ended(jobs->context, child.tag, status))
			stop = true;
	}
	return stop;
}

/* Waits for a signal or the tick, and no longer than children_reap may overlook
 * a child. Returns the signal, or 0. */
static int
wait_signal(const struct jobs *jobs, const sigset_t *signals)
{
	struct timespec most = clock_to_timespec(
		jobs->tick != NULL && jobs->tick_interval < CHILDREN_SETTLE ? jobs->tick_interval
		                                                            : CHILDREN_SETTLE);
	int signo = sigtimedwait(signals, NULL, &most);

	return signo == SIGINT || signo == SIGTERM ? signo : 0;
}

int
jobs_run(const struct jobs *jobs)
{
	struct children *own = jobs->children == NULL ? children_new() : NULL;
	struct work work = { .jobs = jobs, .children = own != NULL ? own : jobs->children };
	int64_t next = 0;
	bool stop = false;
	int caught = 0;
	sigset_t signals, before;

	if (work.children == NULL)
		return -1;
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, &before);
	while ((!stop && next < jobs->count) || work.running > 0) {
		struct job job = { jobs, next };

		if (!stop && next < jobs->count && work.running < jobs->at_once) {
			if (children_spawn(work.children, NULL, next, run_job, &job) != -1)
				work.running++;
			else if (jobs->ended != NULL)
				stop = jobs->ended(jobs->context, next, -1);
			next++;
			continue;
		}

		int signo = wait_signal(jobs, &signals);
		bool end = signo != 0;

		if (caught == 0)
			caught = signo;
		if (reap(&work))
			end = true;
		if (jobs->tick != NULL && jobs->tick(jobs->context))
			end = true;
		if (end && (!stop || signo != 0))
			children_signal_tagged(work.children, 0, SIGTERM);
		stop = stop || end;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	children_free(own);
	return caught;
}
