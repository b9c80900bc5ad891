/* SPDX-License-Identifier: MIT
 *
 * Many scenarios over one path, each in a process of its own, with settings that
 * fit the path. May be run again and again in one process; returns errors, never
 * exits.
 */
#ifndef SESSION_SUITE_H
#define SESSION_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../judge/remedy.h"
#include "fit.h"
#include "session.h"

struct children;

/* Most scenarios of a suite, each counted once. */
#define SUITE_SCENARIOS_MAX 32

/* How far it has come. */
struct suite_progress {
	size_t done, count;
	const char *name; /* of the first scenario that is at work; "" when there is none */
};

struct suite {
	struct dial_target target; /* where the path begins */
	const struct scenario *scenarios[SUITE_SCENARIOS_MAX];
	size_t scenario_count;
	int64_t repeat; /* how often each is played; at least 1 */
	struct fit_wanted wanted;
	bool remedy;    /* try one for what the path does, once */
	/* The table of children of this process, when it has one; else NULL. */
	struct children *children;
	/* Now and then, in the calling process, for a live line; may be NULL. */
	void (*tick)(void *context, const struct suite_progress *progress);
	void *context;
};

struct suite_row {
	const struct scenario *scenario;
	int run; /* 1..repeat */
	struct session_result result;
};

/* What came of a remedy; `scenario` NULL: none was tried. */
struct suite_remedy {
	struct remedy remedy;
	const struct scenario *scenario;
	enum verdict verdict;
};

struct suite_result {
	struct suite_row *rows; /* in the order of the scenarios, all of a repetition together */
	size_t count;
	enum verdict verdict; /* the worst */
	bool tested;          /* false: not even a connection came about */
	struct fit_path path;
	struct fit fit;       /* what was chosen for it; all zeros when nothing came through */
	struct suite_remedy remedy; /* no part of the verdict */
	int caught;           /* the signal that ended it early, or 0 */
};

/* The scenarios of the suite, in the order of their table; stores them in SUITE. */
void suite_choose_all(struct suite *suite);

/* Plays them. SIGINT and SIGTERM end it early; rows that were not played then say
 * so. SIGPIPE must be ignored. Returns 0, and RESULT needs suite_free; or -1 with
 * errno when there was no memory. */
int suite_play(const struct suite *suite, struct suite_result *result);
void suite_free(struct suite_result *result);

#endif
