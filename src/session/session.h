/* SPDX-License-Identifier: MIT
 *
 * One connection from start to verdict: asks a responder for a scenario, plays
 * this end, fetches the other end's view over a second connection, and has both
 * judged. Whatever fails is a finding with its reason; nothing here exits.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "../exchange/observation.h"
#include "../judge/scenarios.h"
#include "../judge/verdict.h"
#include "../transport/dial.h"

struct session {
	const struct scenario *scenario;
	struct scenario_settings settings;
	bool prelude;                  /* the first one over this path: its settings come from the handshake */
	struct dial_target target;     /* where the path begins; its receive_buffer is the scenario's */
	const struct payload *pattern; /* payload_open_endless */
	int64_t max_fin_delay;         /* ns */
	int64_t rtt;                   /* of the path, ns; 0: not known yet */
};

/* Plain data: it may live in memory shared with the process that asked. */
struct session_result {
	bool tested; /* false: the finding is inconclusive, and its reason says what failed */
	struct finding finding;
	int64_t duration; /* ns, the fetching included */
	int64_t asked;    /* ns from a request to its reply, the shortest; 0: there was no reply */
	bool local_known, remote_known;
	bool stopped;     /* by a signal, before the other end's view came */
	struct observation local, remote;
	struct judge_facts facts; /* what was known of the path beside them */
};

/* In a process of its own, whose SIGTERM and SIGINT must lead to exchange_interrupt
 * and make *STOP non-zero. */
void session_play(const struct session *session, const volatile int *stop, struct session_result *result);

/* Makes that so. Returns what to hand in as STOP, which is 0 again. */
const volatile int *session_stop_on_signals(void);

/* The path's round trip in ns, as far as RESULT tells; 0: not known. Pure. */
int64_t session_rtt(const struct session_result *result);

/* What was not tested, and why: nothing of that ever looks like a verdict. */
void session_untested(struct session_result *result, const char *reason);

/* For the parent of that process: STATUS is waitpid(2)'s, or -1 when there was no
 * process. All but the exit status 0 is a failure, whatever RESULT says by then. */
void session_failed(struct session_result *result, int status);

#endif
