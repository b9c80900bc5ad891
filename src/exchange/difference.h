/* SPDX-License-Identifier: MIT
 *
 * What became of a stream that does not arrive as it was sent: bytes altered,
 * missing, repeated or inserted. The expected bytes tell it, since no two stretches
 * of the built-in pattern are alike.
 */
#ifndef EXCHANGE_DIFFERENCE_H
#define EXCHANGE_DIFFERENCE_H

#include <stddef.h>
#include <stdint.h>

struct payload;
struct observation;

/* Bytes after a difference that are looked at to find where the stream continues. */
#define DIFFERENCE_WINDOW 4096

struct differ {
	const struct payload *expect;
	struct observation *seen; /* where differences are counted */
	int64_t shift;            /* what arrives at offset X was sent at X + shift */
	int64_t at;               /* offset of window[0] in what arrived */
	size_t held;              /* bytes in the window; 0: nothing differs at present */
	uint8_t *window;          /* owned, DIFFERENCE_WINDOW bytes, made when needed */
	int searches;             /* dear ones so far */
	int lost;                 /* the stream continues nowhere: no longer compared */
};

void differ_init(struct differ *differ, const struct payload *expect, struct observation *seen);
void differ_free(struct differ *differ);

/* LENGTH bytes arrived at OFFSET, and those before it were handed in as well. Returns
 * 0, or -1 with errno when the expected bytes cannot be read or memory is short. */
int differ_feed(struct differ *differ, int64_t offset, const uint8_t *data, int64_t length);

/* No more bytes come: decides with what is there. As differ_feed. */
int differ_finish(struct differ *differ);

#endif
