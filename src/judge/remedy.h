/* SPDX-License-Identifier: MIT
 *
 * What can be tried from the ends of a path against what it does. Pure.
 */
#ifndef JUDGE_REMEDY_H
#define JUDGE_REMEDY_H

#include <stdint.h>

#include "pattern.h"

struct diagnosis;

struct remedy {
	enum remedy_kind kind;
	int64_t keepalive; /* of REMEDY_KEEPALIVE, ns, whole seconds; else 0 */
	int64_t size;      /* of REMEDY_SIZE, bytes in one direction; else 0 */
};

/* "keepalive", "size"; NULL: none. */
const char *remedy_name(enum remedy_kind kind);

/* What suits DIAGNOSIS, which was made with keepalives every KEEPALIVE ns, 0: none. */
struct remedy remedy_for(const struct diagnosis *diagnosis, int64_t keepalive);

#endif
