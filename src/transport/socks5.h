/* SPDX-License-Identifier: MIT
 *
 * SOCKS5's CONNECT (RFC 1928), with a user name and a password (RFC 1929) where they
 * are given.
 */
#ifndef TRANSPORT_SOCKS5_H
#define TRANSPORT_SOCKS5_H

#include <stddef.h>
#include <stdint.h>

#include "../base/parse.h"

struct proxy;
struct transport;

/* Asks the proxy at the other end of TRANSPORT for a connection to HOST and PORT, a
 * number; a HOST that is no address is resolved there. Nothing after the proxy's
 * reply is taken. Returns 0, or -1 with a clause in ERROR, in the proxy's words where
 * it refuses. */
int socks5_connect(struct transport *transport, const struct proxy *proxy, const char *host,
                   uint16_t port, int64_t deadline, char error[static PARSE_ERROR_MAX]);

/* The proxy's reply to that request, of which HAVE bytes are here. Returns 0 when it is
 * whole and grants the request; 1 when it goes on, with its length as far as that is
 * known in *WANT, more than HAVE; -1 with ERROR. Pure. */
int socks5_reply(const uint8_t *bytes, size_t have, size_t *want, char error[static PARSE_ERROR_MAX]);
#define SOCKS5_REPLY_MAX (4 + 1 + 255 + 2)

#endif
