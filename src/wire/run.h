/* SPDX-License-Identifier: MIT
 *
 * One scenario over one path: asks a responder for it, plays this end, fetches
 * the far end's view over a second connection, and has both judged.
 */
#ifndef WIRE_RUN_H
#define WIRE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/sock.h"
#include "../exchange/observation.h"
#include "../judge/scenarios.h"
#include "../judge/verdict.h"

struct run {
	const struct scenario *scenario;
	struct scenario_settings settings;
	struct sock_target target;    /* where the path begins; its receive_buffer is the scenario's */
	const struct payload *pattern; /* of at least settings.size bytes */
	int64_t max_fin_delay;        /* ns */
};

/* Plain data: it may live in memory shared with the process that asked. */
struct run_result {
	bool tested; /* false: the finding is inconclusive, and its reason says what failed */
	struct finding finding;
	int64_t duration; /* ns, the fetching included */
	bool local_known, remote_known;
	struct observation local, remote;
};

/* SIGTERM and SIGINT must lead to exchange_interrupt and make *STOP non-zero. */
void run_play(const struct run *run, const volatile int *stop, struct run_result *result);

#endif
