/* SPDX-License-Identifier: MIT
 *
 * Whom the children of a service work for, where only they can tell: behind a balancer
 * it is the connection itself that names the client.
 */
#ifndef DAEMON_SOURCES_H
#define DAEMON_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../base/sock.h"

/* What a child said. */
enum source_said {
	SOURCE_UNSAID,
	SOURCE_ASKING, /* it has not decided yet, or died before it could */
	SOURCE_COUNTED,
	SOURCE_NOT_ALLOWED,
	SOURCE_TOO_MANY,
};

/* A table that parent and children share. */
struct sources;

/* Room for CAPACITY children at once; memory is used as far as there were any. NULL
 * with errno. */
struct sources *sources_new(size_t capacity);
void sources_free(struct sources *sources);

/* In the parent. RESERVE, before a fork, gives the next child its place: 0, or -1 with
 * errno ENOSPC. OWN says that it is PID's; a place without owner is given out again. */
int sources_reserve(struct sources *sources);
void sources_own(struct sources *sources, pid_t pid);

/* In the child, once: it works for PEER, who is ALLOWED or not, and of whose source LIMIT
 * children may live at once (0: any number). Returns whether PEER is to be served. Of
 * several that ask at the same time as many are as there is room for; waits up to a
 * second for another one's decision. */
bool sources_claim(struct sources *sources, const union sock_address *peer, bool allowed, int64_t limit);

/* In the parent, when child PID is gone: frees its place, and tells what it said and of
 * which PEER (unless it is SOURCE_UNSAID: it had no place, or did not come that far). */
enum source_said sources_leave(struct sources *sources, pid_t pid, union sock_address *peer);

/* How many children are counted for the source of PEER. */
size_t sources_count(const struct sources *sources, const union sock_address *peer);

#endif
