/* SPDX-License-Identifier: MIT
 *
 * The responder that check and probe start when no other is named.
 */
#ifndef CMD_RESPONDER_H
#define CMD_RESPONDER_H

#include "../base/sock.h"

struct children;
struct options;
struct tls;

/* Starts a responder without bounds as a child in CHILDREN, listening at ADDRESS;
 * NAME gets where that is. It logs as COMMAND, warnings only unless --log-level
 * asks for more, and serves TLS unless TLS is NULL. Returns 0, or -1 with one line in ERROR. */
int responder_spawn(struct children *children, const struct options *options, unsigned command,
                    const char *address, struct tls *tls, char name[static SOCK_NAME_MAX],
                    char error[static SOCK_ERROR_MAX]);

#endif
