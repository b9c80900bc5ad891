/* SPDX-License-Identifier: MIT
 *
 * All signals are blocked outside ppoll(2), so that none can slip in between the
 * look at *STOP and the wait.
 */
#include "wait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>

#include "../base/clock.h"

int
wait_ready(int fd, short events, int64_t deadline, const volatile int *stop)
{
	sigset_t all, before;
	int rc = -1, error = EINTR;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	while (stop == NULL || *stop == 0) {
		struct pollfd ready = { .fd = fd, .events = events };
		int64_t left = deadline - clock_now();
		struct timespec wait = clock_to_timespec(left > 0 ? left : 0);
		int n = ppoll(&ready, 1, deadline != INT64_MAX ? &wait : NULL, &before);

		if (n > 0) {
			rc = 0;
			break;
		}
		if (n == 0 || errno != EINTR) {
			error = n == 0 ? ETIMEDOUT : errno;
			break;
		}
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return rc;
}
