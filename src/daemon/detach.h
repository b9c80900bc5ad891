/* SPDX-License-Identifier: MIT
 *
 * Leaves the terminal.
 */
#ifndef DAEMON_DETACH_H
#define DAEMON_DETACH_H

#include <stdbool.h>

#include "failure.h"

/* fork, setsid, /dev/null as stdin; and, from detach_ready on, as stdout and
 * stderr unless KEEP_OUTPUT, so that whoever starts the daemon still reads why it
 * cannot run. The parent waits for detach_ready and then exits with 0, or with the
 * child's status if that ends first: a failed start is never reported as done. The
 * working directory stays: relative names in options mean the same at the next
 * SIGHUP. Returns 0 in the child, or -1 with one line in ERROR. */
int detach(bool keep_output, char error[static DAEMON_ERROR_MAX]);

/* Lets the parent go, if there is one that waits. */
void detach_ready(void);

#endif
