/* SPDX-License-Identifier: MIT
 *
 * A remedy is tried only where what is known leaves room for it: a keepalive well
 * within the idle time that was seen, a size well below the count.
 */
#include "remedy.h"

#include "../base/clock.h"
#include "diagnosis.h"

const char *
remedy_name(enum remedy_kind kind)
{
	return kind == REMEDY_KEEPALIVE ? "keepalive" : kind == REMEDY_SIZE ? "size" : NULL;
}

/* Whole seconds are what the kernel's keepalive takes (tcp(7)). Of what forgets, the
 * timer may be much shorter than the idle time that showed it. */
static int64_t
keepalive_for(int64_t after)
{
	int64_t quarter = after / 4 / NSEC_PER_SEC * NSEC_PER_SEC;

	return quarter > NSEC_PER_SEC ? quarter : NSEC_PER_SEC;
}

struct remedy
remedy_for(const struct diagnosis *diagnosis, int64_t keepalive)
{
	struct remedy remedy = { .kind = pattern_remedy(diagnosis->pattern) };

	if (remedy.kind == REMEDY_KEEPALIVE) {
		remedy.keepalive = keepalive_for(diagnosis->after);
		/* No keepalive is that fast, or one was sent already and did not help. */
		if (remedy.keepalive >= diagnosis->after || (keepalive > 0 && keepalive <= remedy.keepalive))
			return (struct remedy){ REMEDY_NONE, 0, 0 };
	} else if (remedy.kind == REMEDY_SIZE) {
		/* Whether one direction counts or both: half of it is left. */
		remedy.size = diagnosis->bytes / 4;
		if (remedy.size <= 0)
			return (struct remedy){ REMEDY_NONE, 0, 0 };
	}
	return remedy;
}
