/* SPDX-License-Identifier: MIT
 *
 * The PROXY protocol's header, with which a balancer names the client whose stream it
 * forwards: versions 1 (a line) and 2 (binary), for TCP (haproxy.org, proxy-protocol.txt).
 */
#ifndef TRANSPORT_PROXY_HEADER_H
#define TRANSPORT_PROXY_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/sock.h"

/* The longest header that is taken; the most that one segment has room for on any path
 * (RFC 9293 section 3.7.1). One of version 1 has up to 107 bytes. */
#define PROXY_HEADER_MAX 536

enum proxy_header { PROXY_HEADER_NONE, PROXY_HEADER_V1, PROXY_HEADER_V2 };

/* What to send on a connection from SOURCE to TARGET. Returns its length. */
size_t proxy_header_format(enum proxy_header version, const union sock_address *source,
                           const union sock_address *target, uint8_t bytes[static PROXY_HEADER_MAX]);

/* What a header says. Not known: the sender speaks for itself (LOCAL), or of a
 * connection that has no such addresses (UNKNOWN). */
struct proxy_header_says {
	bool known;
	union sock_address source, target;
};

/* A header of which HAVE bytes are here. Returns 0 when it is whole, and all of them are
 * part of it; 1 when it goes on for at least *MORE bytes; -1 with one clause in ERROR as
 * soon as it cannot be one. Pure. */
int proxy_header_parse(const uint8_t *bytes, size_t have, size_t *more, struct proxy_header_says *says,
                       char error[static SOCK_ERROR_MAX]);

struct transport;

/* Sends the header of this connection, in one piece. Returns 0, or -1 with a clause in
 * ERROR. */
int proxy_header_send(struct transport *transport, enum proxy_header version, int64_t deadline,
                      char error[static SOCK_ERROR_MAX]);

/* Reads one, and nothing after it. As above. */
int proxy_header_read(struct transport *transport, struct proxy_header_says *says, int64_t deadline,
                      char error[static SOCK_ERROR_MAX]);

#endif
