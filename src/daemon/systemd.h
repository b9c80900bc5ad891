/* SPDX-License-Identifier: MIT
 *
 * Sockets from systemd, and what it wants to be told: the only user of
 * libsystemd. Without that library, and where systemd has not started this
 * process, there are no sockets and nobody to tell.
 */
#ifndef DAEMON_SYSTEMD_H
#define DAEMON_SYSTEMD_H

#include "failure.h"

/* Sockets handed over (sd_listen_fds(3)): stores up to MAX descriptors, made
 * non-blocking and checked to be listening TCP sockets, and their number. Returns
 * 0, or -1 with one line in ERROR. */
int systemd_sockets(int *fds, int max, int *count, char error[static DAEMON_ERROR_MAX]);

/* State changes (sd_notify(3)); one that cannot be sent is logged. LISTEN is where
 * the service is to be found. */
void systemd_ready(const char *listen);
void systemd_reloading(void);
void systemd_stopping(void);

#endif
