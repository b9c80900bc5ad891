/* SPDX-License-Identifier: MIT
 *
 * What is tried against what, and that nothing is where it could not help.
 */
#include "../../src/judge/remedy.h"
#include "../../src/judge/diagnosis.h"

#include "unit.h"

#define MS(n) (INT64_C(1000000) * (n))

static const struct {
	const char *what;
	enum pattern pattern;
	int64_t after, bytes; /* of the diagnosis; -1: none */
	int64_t sent;         /* keepalives that were sent already, ns; 0: none */
	const char *tried;    /* NULL: nothing */
	int64_t keepalive, size;
} rows[] = {
	{ "idle for a minute", PATTERN_FORGETS_IDLE, MS(60000), -1, 0, "keepalive", MS(15000), 0 },
	{ "closed after a minute", PATTERN_CLOSES_IDLE, MS(60000), -1, 0, "keepalive", MS(15000), 0 },
	{ "whole seconds", PATTERN_CLOSES_IDLE, MS(11999), -1, 0, "keepalive", MS(2000), 0 },
	{ "not faster than every second", PATTERN_CLOSES_IDLE, MS(1500), -1, 0, "keepalive", MS(1000), 0 },
	{ "a timer that is faster", PATTERN_CLOSES_IDLE, MS(501), -1, 0, NULL, 0, 0 },
	{ "a timer that is as fast", PATTERN_FORGETS_IDLE, MS(1000), -1, 0, NULL, 0, 0 },
	{ "no time is known", PATTERN_FORGETS_IDLE, -1, -1, 0, NULL, 0, 0 },
	{ "as often as that they were sent", PATTERN_FORGETS_IDLE, MS(60000), -1, MS(15000), NULL, 0, 0 },
	{ "they were sent less often", PATTERN_FORGETS_IDLE, MS(60000), -1, MS(30000), "keepalive", MS(15000), 0 },
	{ "very long", PATTERN_FORGETS_IDLE, INT64_MAX / 4, -1, 0, "keepalive",
	  INT64_MAX / 16 / 1000000000 * 1000000000, 0 },
	{ "so many bytes", PATTERN_LIMITS_BYTES, -1, 30000, 0, "size", 0, 7500 },
	{ "keepalives are no matter of bytes", PATTERN_LIMITS_BYTES, -1, 30000, MS(1000), "size", 0, 7500 },
	{ "hardly a byte", PATTERN_LIMITS_BYTES, -1, 3, 0, NULL, 0, 0 },
	{ "so long a time", PATTERN_LIMITS_TIME, MS(400), -1, 0, NULL, 0, 0 },
	{ "a proxy that closes both", PATTERN_CLOSES_BOTH, 0, -1, 0, NULL, 0, 0 },
	{ "nothing is wrong", PATTERN_NONE, -1, -1, 0, NULL, 0, 0 },
	{ "nothing is known", PATTERN_UNKNOWN, -1, -1, 0, NULL, 0, 0 },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct diagnosis diagnosis = { .pattern = rows[i].pattern, .after = rows[i].after,
			                             .bytes = rows[i].bytes };
		const struct remedy remedy = remedy_for(&diagnosis, rows[i].sent);
		const char *tried = remedy_name(remedy.kind);

		unit_is(tried != NULL ? tried : "nothing", rows[i].tried != NULL ? rows[i].tried : "nothing", rows[i].what);
		unit_is_int(remedy.keepalive, rows[i].keepalive, "%s: keepalive", rows[i].what);
		unit_is_int(remedy.size, rows[i].size, "%s: size", rows[i].what);
	}
	return unit_done();
}
