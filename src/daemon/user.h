/* SPDX-License-Identifier: MIT
 *
 * The user that a daemon runs as.
 */
#ifndef DAEMON_USER_H
#define DAEMON_USER_H

#include "failure.h"

/* Becomes USER with its groups, for good. Returns 0, or -1 with one line in ERROR. */
int user_become(const char *user, char error[static DAEMON_ERROR_MAX]);

#endif
