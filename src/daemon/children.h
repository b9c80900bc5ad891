/* SPDX-License-Identifier: MIT
 *
 * Children: spawn, count, reap. The only caller of fork(2) and _exit(2); server,
 * responder, parallel client and check's jobs all come through here.
 */
#ifndef DAEMON_CHILDREN_H
#define DAEMON_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What the child runs; its result is the exit status (enum exit_status). */
typedef int child_main(void *context);

#define CHILD_SOURCE_MAX 64

/* One running child, as its parent remembers it. */
struct child {
	pid_t pid;
	int64_t started; /* CLOCK_MONOTONIC ns */
	char source[CHILD_SOURCE_MAX]; /* who the peer is counted as, "" when there is none */
	int64_t tag;     /* the caller's */
};

/* A table; owned by the process that made it. Its children do not have it: they
 * must not touch the pointer. One table a process: a child of another one would
 * be reaped and dropped. */
struct children;

struct children *children_new(void); /* NULL with errno ENOMEM; sets SIGCHLD to its default */
void children_free(struct children *children);

/* Forks. In the child: signals back to their defaults (SIGPIPE stays as it is,
 * ignored SIGHUP and SIGINT stay ignored), the signal mask emptied,
 * MAIN(CONTEXT), then _exit with its result; stdio is not flushed there. In the
 * parent: the child is in the table. SOURCE may be NULL. Returns the pid, or -1
 * with errno (EAGAIN: a limit; ENOMEM). */
pid_t children_spawn(struct children *children, const char *source, int64_t tag,
                     child_main *main, void *context);

size_t children_count(const struct children *children);
size_t children_count_source(const struct children *children, const char *source);

/* Takes one dead child off the table without waiting (or waiting, with WAIT).
 * Returns its pid with *CHILD and *STATUS (as waitpid(2) gives it); 0 when none
 * is dead yet, or a signal interrupted the wait; -1 when the table has none. Those
 * that this process inherited across an exec(3) are not waited for.
 * Without WAIT, one that was killed among many may be overlooked by a call, but
 * by none that comes CHILDREN_SETTLE after the call before it. */
#define CHILDREN_SETTLE (100 * INT64_C(1000000)) /* ns */
pid_t children_reap(struct children *children, bool wait, struct child *child, int *status);

/* Sends SIGNO to every child; or to those whose tag is LEAST or more. */
void children_signal(const struct children *children, int signo);
void children_signal_tagged(const struct children *children, int64_t least, int signo);

/* Goes on in a child, so that a daemon leaves its terminal. The original
 * process stays behind: it runs WAIT(CONTEXT) with the child's pid and ends with
 * its result. Returns 0 in the child; -1 with errno when there is none. */
int children_detach(int (*wait)(void *context, pid_t child), void *context);

#endif
