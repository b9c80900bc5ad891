/* SPDX-License-Identifier: MIT
 *
 * The only caller of sigaction(2). SA_RESTART for every signal but SIGALRM:
 * that one exists to interrupt a blocking recv(2), see exchange/half_close.c.
 */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

/* Installs HANDLER (SIG_DFL and SIG_IGN included) for SIGNO. Cannot fail for
 * a valid, catchable signal; an invalid one aborts. */
void signals_handle(int signo, void (*handler)(int));

/* Like signals_handle, but keeps SIG_IGN when the signal is ignored already:
 * a service under nohup(1) stays under nohup. */
void signals_handle_unless_ignored(int signo, void (*handler)(int));

/* Raises SIGNO with its default action, so that the parent shell sees how this
 * process ended. Returns only if the signal's default action is to go on. */
void signals_die_by(int signo);

#endif
