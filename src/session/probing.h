/* SPDX-License-Identifier: MIT
 *
 * How long a silent connection lives on a path: many idle times at once, the gap
 * between the longest that lived and the shortest that died narrowed, and whether
 * keepalive prevents that. Returns errors, never exits.
 */
#ifndef SESSION_PROBING_H
#define SESSION_PROBING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../judge/bisect.h"
#include "fit.h"
#include "session.h"

struct children;

/* How far it has come. */
struct probing_progress {
	size_t running; /* trials at work */
	struct bisect_state state;
	int64_t at_most; /* as probing_longest */
};

struct probing {
	struct dial_target target;       /* where the path begins */
	const struct scenario *scenario; /* the one that is silent */
	struct bisect_settings range;    /* its jobs are those of WANTED, found if FIT_AUTO */
	struct fit_wanted wanted;        /* size: bytes after an idle time; jobs: trials at once */
	/* The table of children of this process, when it has one; else NULL. */
	struct children *children;
	/* Now and then, in the calling process, for a live line; may be NULL. */
	void (*tick)(void *context, const struct probing_progress *progress);
	void *context;
};

struct probing_trial {
	int64_t silence; /* ns */
	bool ended;      /* false: it was not even begun */
	bool cut;        /* it was ended early, and tells nothing */
	struct session_result result;
};

struct probing_result {
	struct probing_trial *trials; /* the first without an idle time */
	size_t count;
	struct bisect_state state;
	struct fit_path path;
	struct fit fit;               /* what was chosen for it; all zeros when nothing came through */
	bool searched; /* false: the path failed without an idle time, so no idle time was tried */
	enum verdict verdict;
	char reason[REASON_MAX]; /* "" where the verdict says it all */
	bool remedy_tried;
	int64_t remedy_keepalive; /* ns */
	enum verdict remedy_verdict;
	int caught; /* the signal that ended it early, or 0 */
};

/* The longest time that all of it may take on a path that is not far, in ns, to be
 * announced beforehand. */
int64_t probing_longest(const struct probing *probing);

/* Plays it all. SIGINT and SIGTERM end it early. SIGPIPE must be ignored. Returns 0,
 * and RESULT needs probing_free; or -1 with errno when there was no memory. */
int probing_play(const struct probing *probing, struct probing_result *result);
void probing_free(struct probing_result *result);

#endif
