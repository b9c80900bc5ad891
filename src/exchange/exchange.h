/* SPDX-License-Identifier: MIT
 *
 * Plays a plan on a connected socket and fills an observation. Together with
 * sender, receiver and half_close this is the only code that sends, receives
 * or shuts down.
 */
#ifndef EXCHANGE_EXCHANGE_H
#define EXCHANGE_EXCHANGE_H

#include "observation.h"
#include "plan.h"

struct transport;

/* What the hook `steer` may wish. */
enum exchange_wish {
	WISH_GO_ON,
	WISH_HALF_CLOSE, /* the FIN of a plan with FIN_WHEN_TOLD */
	WISH_END,        /* EVENT_ENOUGH: this end has read what it wanted */
};

/* Called after each event was recorded, for log lines; and, when tick is set,
 * at most every TICK ns while bytes move or time passes, for progress. `bytes` is
 * given what each receive call took. `steer` is asked after that, and whenever it
 * asked to be: NOW and *AGAIN are ns since the start, and *AGAIN is INT64_MAX
 * unless it is set. None may touch the socket. */
struct exchange_hooks {
	void (*event)(void *context, const struct observation *observation,
	              const struct event *event);
	void (*tick)(void *context, const struct observation *observation, uint8_t state);
	int64_t tick_interval;
	void (*bytes)(void *context, const uint8_t *data, int64_t length);
	enum exchange_wish (*steer)(void *context, const struct observation *observation, int64_t now,
	                            int64_t *again);
	void *context;
};

/* Plays PLAN on TRANSPORT (its O_NONBLOCK and SO_RCVTIMEO are changed) until both ends have
 * sent their FIN, an error, a limit or a signal ends it. OBSERVATION must come
 * from observation_init and may live in shared memory, where others watch it.
 * HOOKS may be NULL. TRANSPORT stays the caller's: close it at once when
 * EVENT_ABORTED is among the events (the close sends the RST).
 * SIGPIPE must be ignored; SIGALRM is used and set back to its default. */
void exchange_play(struct transport *transport, const struct plan *plan, struct observation *observation,
                   const struct exchange_hooks *hooks);

/* Async-signal-safe: asks the running exchange of this process to end with
 * EVENT_INTERRUPTED, for handlers of SIGINT and SIGTERM. */
void exchange_interrupt(void);

#endif
