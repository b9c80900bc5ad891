/* SPDX-License-Identifier: MIT
 *
 * What the responder's children saw, by run id: a table of fixed size in shared
 * memory, made before the first fork; the oldest entry makes room. Lock-free: a
 * child that dies in the middle of a write blocks nobody, and what it left reads
 * as unknown.
 */
#ifndef WIRE_VIEWS_H
#define WIRE_VIEWS_H

#include <stdbool.h>

#include "../exchange/observation.h"
#include "protocol.h"

struct views;

/* SLOTS entries. NULL with errno: EINVAL for none, ENOMEM. views_free takes NULL. */
struct views *views_new(unsigned slots);
void views_free(struct views *views);

/* Takes a slot for ID and shows it as running; returns a ticket for
 * views_publish. */
unsigned long views_claim(struct views *views, const char id[static WIRE_ID_MAX]);

/* Copies OBSERVATION to the slot, unless a newer run took it meanwhile. */
void views_publish(struct views *views, unsigned long ticket, const struct observation *observation);

/* Copies the newest view of ID. False when it is not (or no longer) known here. A
 * view whose `ended` is false belongs to a run that goes on. */
bool views_find(const struct views *views, const char id[static WIRE_ID_MAX],
                struct observation *observation);

#endif
