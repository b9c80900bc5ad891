/* SPDX-License-Identifier: MIT
 *
 * The pid file of a daemon, and with it the promise that it runs once.
 */
#ifndef DAEMON_PID_FILE_H
#define DAEMON_PID_FILE_H

#include "failure.h"

/* Creates or takes over PATH: a lock on it (fcntl(2)) says whether its owner
 * lives, so a stale file is no obstacle. The file stays open and locked until
 * pid_file_remove. To be called by the process that serves, once it is detached:
 * children do not inherit the lock. Returns 0, or -1 with one line in ERROR. */
int pid_file_take(const char *path, char error[static DAEMON_ERROR_MAX]);

/* Removes the file, if one was taken. */
void pid_file_remove(void);

#endif
