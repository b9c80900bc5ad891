/* SPDX-License-Identifier: MIT
 *
 * Time. Every duration in this program is a count of nanoseconds in an
 * int64_t, and every instant is CLOCK_MONOTONIC: clock steps change nothing
 * but the stamps of log lines.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NSEC_PER_USEC INT64_C(1000)
#define NSEC_PER_MSEC INT64_C(1000000)
#define NSEC_PER_SEC  INT64_C(1000000000)

/* Nanoseconds since an arbitrary point. Async-signal-safe, and no system call
 * where the vDSO serves it. Cannot fail: CLOCK_MONOTONIC always exists on
 * Linux (clock_gettime(2)). */
static inline int64_t
clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* NS after INSTANT, or the end of time. */
static inline int64_t
clock_later(int64_t instant, int64_t ns)
{
	return ns < INT64_MAX - instant ? instant + ns : INT64_MAX;
}

static inline struct timespec
clock_to_timespec(int64_t ns)
{
	return (struct timespec){
		.tv_sec = (time_t)(ns / NSEC_PER_SEC),
		.tv_nsec = (long)(ns % NSEC_PER_SEC),
	};
}

#endif
