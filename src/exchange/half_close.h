/* SPDX-License-Identifier: MIT
 *
 * The half-close itself, at once or from the SIGALRM handler when the write timeout
 * expires.
 */
#ifndef EXCHANGE_HALF_CLOSE_H
#define EXCHANGE_HALF_CLOSE_H

#include <stdbool.h>
#include <stdint.h>

struct transport;

/* Sends the FIN now. Returns 0, or -1 with errno (ENOTCONN: the connection is
 * gone already). */
int half_close_now(struct transport *transport);

/* Installs the SIGALRM handler of this process, with nothing armed. */
void half_close_init(void);

/* Sends the FIN on TRANSPORT in AFTER ns (0 or less: at once), from the SIGALRM
 * handler. */
void half_close_arm(struct transport *transport, int64_t after);

/* Whether the armed timer has fired since; then *AT is when shutdown(2)
 * returned (CLOCK_MONOTONIC ns) and *ERROR its errno or 0. Tells it once. */
bool half_close_fired(int64_t *at, int *error);

/* Async-signal-safe: interrupts blocking calls of this process every 10 ms from
 * now on, for a handler whose flag must not be missed. Nothing while there is no
 * SIGALRM handler. */
void half_close_kick(void);

/* Stops the timer and puts SIGALRM back to its default. */
void half_close_finish(void);

#endif
