/* SPDX-License-Identifier: MIT
 *
 * Signal handlers, in one place so that their flags are the same everywhere.
 * Handlers set a flag or make one async-signal-safe call; the work is done
 * elsewhere.
 */
#include "signals.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

void
signals_handle(int signo, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	sigemptyset(&action.sa_mask);
	/* Without SA_RESTART a blocking call returns EINTR: wanted from SIGALRM,
	 * a nuisance from any other (signal(7)). */
	if (signo != SIGALRM)
		action.sa_flags |= SA_RESTART;
	if (signo == SIGCHLD)
		action.sa_flags |= SA_NOCLDSTOP;
	if (sigaction(signo, &action, NULL) != 0)
		abort();
}

void
signals_handle_unless_ignored(int signo, void (*handler)(int))
{
	struct sigaction now;

	if (sigaction(signo, NULL, &now) != 0)
		abort();
	if (now.sa_handler != SIG_IGN)
		signals_handle(signo, handler);
}

void
signals_die_by(int signo)
{
	sigset_t only;

	signals_handle(signo, SIG_DFL);
	sigemptyset(&only);
	sigaddset(&only, signo);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	raise(signo);
}
