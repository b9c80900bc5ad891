/* SPDX-License-Identifier: MIT
 *
 * The counterpart of dial: an accepted connection becomes a transport, and gets the
 * name of whoever is at its other end.
 */
#ifndef TRANSPORT_ANSWER_H
#define TRANSPORT_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/sock.h"
#include "transport.h"

struct tls;

/* What a client has to say, and how, before its stream begins. */
struct answer_rules {
	int64_t timeout;   /* ns, over all of it */
	bool proxy_header; /* the connection begins with one */
	/* Whether the client is served, asked once its address is known, and before
	 * TLS. NULL: all are. */
	bool (*admits)(void *context, const union sock_address *client);
	void *context;
	const struct tls *tls; /* what carries the stream; NULL: plain TCP */
};

/* A connection as it was answered. The transport points into it: it stays where it
 * is. */
struct answered {
	struct transport transport;
	char peer[SOCK_NAME_MAX]; /* the client's address, as text */
	union sock_address client;
};

/* In the process that plays the connection: SOCK, which blocks, becomes the transport
 * of ANSWERED, and is owned by it. Returns 0, or -1 with one clause in ERROR that says
 * what was wrong with the client, or "" if it was not admitted; the transport is open all
 * the same, and its peer known as far as it was told. */
int answer(const struct answer_rules *rules, int sock, struct answered *answered,
           char error[static SOCK_ERROR_MAX]);

#endif
