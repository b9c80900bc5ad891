/* SPDX-License-Identifier: MIT
 *
 * Theory of operation: the reader blocks in recv(2). A flag that is set by a
 * handler and tested before the call could be set between the two, and the FIN
 * would wait for the next byte of the peer. So the handler calls shutdown(2)
 * itself (async-signal-safe, signal-safety(7)) and stamps the time; and the
 * timer repeats until the loop has taken note of it, so that the news is late
 * by one period at most.
 */
#include "half_close.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>

#include "../base/clock.h"
#include "../base/signals.h"
#include "../transport/transport.h"

#define REPEAT_USEC 10000

static volatile sig_atomic_t installed; /* without it SIGALRM ends the process */
static struct transport *volatile armed;
static volatile sig_atomic_t fired;
static volatile sig_atomic_t fired_error;
static volatile int64_t fired_at; /* read only once `fired` is set */

int
half_close_now(struct transport *transport)
{
	return transport->ops->close_write(transport);
}

static void
on_alarm(int signo)
{
	int saved = errno;

	(void)signo;
	if (armed != NULL) {
		fired_error = armed->ops->close_write(armed) == 0 ? 0 : errno;
		fired_at = clock_now();
		armed = NULL;
		fired = 1;
	}
	errno = saved;
}

/* setitimer(2) on ITIMER_REAL runs on the kernel's monotonic clock; a first
 * period of zero would switch it off. Rounded up: a timeout is never early. */
static void
set_timer(int64_t first, suseconds_t repeat)
{
	int64_t usec = first / NSEC_PER_USEC + (first % NSEC_PER_USEC > 0);
	struct itimerval timer = {
		.it_value = { .tv_sec = (time_t)(usec / 1000000), .tv_usec = (suseconds_t)(usec % 1000000) },
		.it_interval = { .tv_usec = repeat },
	};

	setitimer(ITIMER_REAL, &timer, NULL);
}

void
half_close_init(void)
{
	armed = NULL;
	fired = 0;
	signals_handle(SIGALRM, on_alarm);
	installed = 1;
}

void
half_close_arm(struct transport *transport, int64_t after)
{
	armed = transport;
	if (after <= 0)
		on_alarm(SIGALRM); /* not raise(3): a sandboxed process signals nobody */
	else
		set_timer(after, REPEAT_USEC);
}

bool
half_close_fired(int64_t *at, int *error)
{
	if (!fired)
		return false;
	fired = 0;
	set_timer(0, 0);
	*at = fired_at;
	*error = fired_error;
	return true;
}

void
half_close_kick(void)
{
	if (installed)
		set_timer(REPEAT_USEC * NSEC_PER_USEC, REPEAT_USEC);
}

void
half_close_finish(void)
{
	installed = 0;
	set_timer(0, 0);
	armed = NULL;
	signals_handle(SIGALRM, SIG_DFL);
}
