/* SPDX-License-Identifier: MIT
 *
 * What makes a program a system service: detach, pid file, user, sockets and
 * readiness of systemd, the sandbox of a child.
 */
#ifndef DAEMON_SERVICE_H
#define DAEMON_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#define SERVICE_ERROR_MAX 512

/* Those with ERROR return 0, or -1 with one line in it. */

/* Sockets handed over by systemd (sd_listen_fds(3)): stores up to MAX
 * descriptors, made non-blocking and checked to be listening TCP sockets, and
 * their number. 0 sockets when there are none, or without libsystemd. */
int service_sockets(int *fds, int max, int *count, char error[static SERVICE_ERROR_MAX]);

/* Detaches from the terminal: fork, setsid, /dev/null as stdin; and, from
 * service_ready on, as stdout and stderr unless KEEP_OUTPUT, so that whoever
 * starts the service still reads why it cannot run. The parent waits for
 * service_ready and then exits with 0, or with the child's status if that ends
 * first: a failed start is never reported as done. The working directory stays:
 * relative names in options mean the same at the next SIGHUP. */
int service_detach(bool keep_output, char error[static SERVICE_ERROR_MAX]);

/* Creates or takes over PATH: a lock on it (fcntl(2)) says whether its owner
 * lives, so a stale file is no obstacle. The file stays open and locked, and is
 * removed by service_cleanup. To be called by the process that serves, after
 * service_detach: children do not inherit the lock. */
int service_pid_file(const char *path, char error[static SERVICE_ERROR_MAX]);

/* Becomes USER with its groups, for good. */
int service_user(const char *user, char error[static SERVICE_ERROR_MAX]);

/* Tells whoever waits (systemd, the parent of a detached daemon) that the
 * service is ready, reloading or stopping. LISTEN is where, for its status.
 * fork_server_run calls them. */
void service_ready(const char *listen);
void service_reloading(void);
void service_stopping(void);

/* Removes the pid file. */
void service_cleanup(void);

/* For the parent, once, before it accepts: makes the filter that
 * service_sandbox loads, and fails when the kernel would not take it. */
int service_sandbox_prepare(bool filter, char error[static SERVICE_ERROR_MAX]);

/* For a child, before it reads its first byte: closes every descriptor but
 * stdin, stdout, stderr and the COUNT in KEEP (-1 is skipped), forbids new
 * privileges, and when FILTER is set and libseccomp was built in, forbids
 * tracing and core dumps and allows only the system calls that playing a plan
 * takes; any other ends the child with SIGSYS, which the parent logs. */
int service_sandbox(const int *keep, size_t count, bool filter, char error[static SERVICE_ERROR_MAX]);

/* Whether the filter was built in. Builds with a sanitizer have none: the
 * sanitizers' own system calls are not foreseeable. */
bool service_has_filter(void);

#endif
