/* SPDX-License-Identifier: MIT
 *
 * Waiting for a socket, up to a deadline or until a handler says stop, without a
 * gap between the look and the wait.
 */
#ifndef TRANSPORT_WAIT_H
#define TRANSPORT_WAIT_H

#include <stdint.h>

/* Waits until FD is ready for EVENTS (poll(2)), broken or at its end. DEADLINE is
 * CLOCK_MONOTONIC ns, INT64_MAX for none. Returns 0, or -1 with errno: ETIMEDOUT, or
 * EINTR once *STOP (may be NULL) is not zero. */
int wait_ready(int fd, short events, int64_t deadline, const volatile int *stop);

#endif
