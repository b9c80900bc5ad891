/* SPDX-License-Identifier: MIT
 *
 * Plays a plan on a connected socket and fills an observation. Together with
 * sender, receiver and half_close this is the only code that sends, receives
 * or shuts down.
 */
#ifndef EXCHANGE_EXCHANGE_H
#define EXCHANGE_EXCHANGE_H

#include <stddef.h>

#include "observation.h"
#include "plan.h"

/* Called after each event was recorded, for log lines; and, when tick is set,
 * at most every TICK ns while bytes move or time passes, for progress. Neither
 * may touch the socket. */
struct exchange_hooks {
	void (*event)(void *context, const struct observation *observation,
	              const struct event *event);
	void (*tick)(void *context, const struct observation *observation, uint8_t state);
	int64_t tick_interval;
	void *context;
};

/* Plays PLAN on SOCK (its O_NONBLOCK and SO_RCVTIMEO are changed) until both ends have
 * sent their FIN, an error, a limit or a signal ends it. OBSERVATION must come
 * from observation_init and may live in shared memory, where others watch it.
 * HOOKS may be NULL. SOCK stays the caller's: close it at once when
 * EVENT_ABORTED is among the events (the close sends the RST).
 * SIGPIPE must be ignored; SIGALRM is used and set back to its default. */
void exchange_play(int sock, const struct plan *plan, struct observation *observation,
                   const struct exchange_hooks *hooks);

/* Async-signal-safe: asks the running exchange of this process to end with
 * EVENT_INTERRUPTED, for handlers of SIGINT and SIGTERM. */
void exchange_interrupt(void);

/* Line-sized messages outside a plan: the requests of wire/protocol.h.
 * exchange_write_all sends LENGTH bytes; exchange_read_line reads up to and
 * with a newline, never a byte past it, and ends LINE with NUL in its place.
 * Both end at DEADLINE (CLOCK_MONOTONIC ns). Return 0 (write) or the length of
 * the line without newline; -1 with errno: ETIMEDOUT, EMSGSIZE for a line of
 * SIZE bytes or more, ECONNRESET, EPIPE, ENODATA for EOF before the newline. */
int exchange_write_all(int sock, const void *data, size_t length, int64_t deadline);
int exchange_read_line(int sock, char *line, size_t size, int64_t deadline);

/* Half-closes and drops what still arrives until the peer's EOF or DEADLINE, so
 * that the last line written is not lost to the RST that closing a socket with
 * unread bytes sends (RFC 9293 section 3.6.1). */
void exchange_finish(int sock, int64_t deadline);

#endif
