/* SPDX-License-Identifier: MIT
 *
 * Receives: counts, compares with what must arrive, saves. Knows neither FINs
 * of our own nor time limits; exchange.c does.
 */
#ifndef EXCHANGE_RECEIVER_H
#define EXCHANGE_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "difference.h"

struct observation;
struct plan;
struct transport;

enum receiver_state {
	RECEIVER_BYTES,  /* receiver.length bytes came */
	RECEIVER_EOF,
	RECEIVER_NOTHING, /* none now, SO_RCVTIMEO ran out, or a signal came */
	RECEIVER_TOO_LONG, /* far more bytes came than were sent */
	RECEIVER_FAILED, /* errno is the socket's */
	RECEIVER_SOURCE, /* errno is that of the file compared with or written to */
};

struct receiver {
	struct transport *transport;
	const struct plan *plan;
	struct observation *seen;
	int64_t start;
	uint8_t *buffer; /* owned; NULL while nobody looks at the bytes */
	int64_t length;  /* bytes that the last read gave */
	struct differ differ;
	bool own_fin_sent; /* set by the exchange, for the counters */
};

/* WATCHED: somebody else wants the bytes as well. Returns 0, or -1 with errno
 * ENOMEM. */
int receiver_init(struct receiver *receiver, struct transport *transport, const struct plan *plan,
                  struct observation *seen, int64_t start, bool watched);
void receiver_free(struct receiver *receiver);

/* No more bytes come: what differs at the very end is counted. 0, or -1 with errno. */
int receiver_finish(struct receiver *receiver);

/* One recv(2), blocking as the socket is unless FLAGS is MSG_DONTWAIT. */
enum receiver_state receiver_read(struct receiver *receiver, int flags);

#endif
