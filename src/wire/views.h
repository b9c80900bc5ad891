/* SPDX-License-Identifier: MIT
 *
 * What the responder's children saw, by run id: a table of fixed size in shared
 * memory, made before the first fork; the oldest entry makes room. Each child can
 * write to a slot of its own, and read all. Lock-free: a child that dies in the
 * middle of a write blocks nobody, and what it left reads as unknown.
 */
#ifndef WIRE_VIEWS_H
#define WIRE_VIEWS_H

#include <stdbool.h>
#include <stdint.h>

#include "../exchange/observation.h"
#include "protocol.h"

struct views;

/* SLOTS entries. NULL with errno: EINVAL for none, ENOMEM, or what memfd_create(2)
 * and mmap(2) say. views_free takes NULL. */
struct views *views_new(unsigned slots);
void views_free(struct views *views);

/* In the parent, before it forks: sets a slot aside for the child. Returns a ticket
 * for the calls below; the child has to have been forked after it. */
int64_t views_reserve(struct views *views);

/* In the parent, once that child has ended (or was never forked). */
void views_release(struct views *views, int64_t ticket);

/* In the child: takes all but its own slot out of its reach. 0, or -1 with errno. */
int views_confine(struct views *views, int64_t ticket);

/* In the child: shows ID in its slot, as running. */
void views_claim(struct views *views, int64_t ticket, const char id[static WIRE_ID_MAX]);

/* In the child: copies OBSERVATION to its slot. */
void views_publish(struct views *views, int64_t ticket, const struct observation *observation);

/* Copies the newest view of ID. False when it is not (or no longer) known here. A
 * view whose `ended` is false belongs to a run in progress. */
bool views_find(const struct views *views, const char id[static WIRE_ID_MAX],
                struct observation *observation);

#endif
