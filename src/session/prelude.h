/* SPDX-License-Identifier: MIT
 *
 * A short connection ahead of all others, which nobody sees in the report: how far
 * away the other end is, how much the path carries, and whether it carries anything.
 */
#ifndef SESSION_PRELUDE_H
#define SESSION_PRELUDE_H

#include <stdbool.h>

#include "fit.h"
#include "session.h"

struct children;

struct prelude {
	struct session_result result; /* of the baseline that was played */
	struct fit_path path;
	bool carried; /* at least a byte; false: the finding of RESULT says why */
	int caught;   /* the signal that ended it early, or 0 */
};

/* In a process of its own, a child in CHILDREN (may be NULL) of this one. Returns 0, or
 * -1 with errno when there was no memory. */
int prelude_play(const struct dial_target *target, const struct payload *pattern,
                 struct children *children, struct prelude *prelude);

/* What RESULT tells of the path. Pure. */
struct fit_path prelude_measure(const struct session_result *result);

#endif
