/* SPDX-License-Identifier: MIT
 *
 * Tasks that end: N of them, some at once, one child each. The parallel client,
 * check and probe run theirs through here.
 */
#ifndef DAEMON_JOBS_H
#define DAEMON_JOBS_H

#include <stdbool.h>
#include <stdint.h>

struct children;

/* The tag of a child that is no job: it may live on beside them. */
#define JOBS_NO_JOB (-1)

struct jobs {
	int64_t count;
	int64_t at_once;
	/* The table of this process where it has one already, with children of
	 * JOBS_NO_JOB only: one that ends meanwhile is taken off it. NULL: none. */
	struct children *children;
	/* In a child, with SIGINT and SIGTERM at their defaults; its result is the
	 * exit status. */
	int (*run)(void *context, int64_t index);
	/* In the parent, for each child that ended, with the status of waitpid(2),
	 * or -1 when it could not be started (errno). True: end the others. */
	bool (*ended)(void *context, int64_t index, int status);
	/* In the parent, every TICK ns; may be NULL. True: end the others. */
	bool (*tick)(void *context);
	int64_t tick_interval;
	void *context;
};

/* Runs them all. SIGINT and SIGTERM are passed on to the children as SIGTERM,
 * and no further ones are started. Returns 0, that signal, or -1 with errno when
 * there was no memory. */
int jobs_run(const struct jobs *jobs);

#endif
