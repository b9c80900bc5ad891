/* SPDX-License-Identifier: MIT
 *
 * Sends: chunk-sized sendfile(2) on an absolute schedule, and the echo. Never
 * waits: it tells what it waits for.
 */
#ifndef EXCHANGE_SENDER_H
#define EXCHANGE_SENDER_H

#include <stdbool.h>
#include <stdint.h>

struct observation;
struct plan;
struct transport;

enum sender_state {
	SENDER_DONE,    /* all bytes up to sender.end were handed to the kernel */
	SENDER_LOOK,    /* time to look at the other direction */
	SENDER_DUE,     /* the next chunk is due at sender.due */
	SENDER_BLOCKED, /* the send buffer is full: wait for POLLOUT */
	SENDER_FAILED,  /* errno is the socket's */
	SENDER_SOURCE,  /* errno is the file's; ENODATA: it shrank while it was sent */
};

struct sender {
	struct transport *transport; /* non-blocking */
	const struct plan *plan;
	struct observation *seen;
	int64_t start;      /* of this end, CLOCK_MONOTONIC ns */
	int64_t end;        /* how many bytes may be sent by now; the exchange moves it */
	bool last;          /* and that is the end of the stream */
	int64_t due;        /* of the next chunk, CLOCK_MONOTONIC ns; 0: at once */
	int64_t chunk_left; /* of the chunk that a short count cut */
	bool peer_fin_seen; /* set by the exchange, for the counters */
};

void sender_init(struct sender *sender, struct transport *transport, const struct plan *plan,
                 struct observation *seen, int64_t start);

/* Sends until something else has to happen, at the latest at LOOK_AT. */
enum sender_state sender_run(struct sender *sender, int64_t look_at);

/* Sends back up to LENGTH bytes. Returns how many the kernel took (0: none
 * now), or -1 with errno. */
int64_t sender_echo(struct sender *sender, const void *data, int64_t length);

#endif
