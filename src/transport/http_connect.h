/* SPDX-License-Identifier: MIT
 *
 * HTTP's CONNECT (RFC 9110 section 9.3.6), with Basic authentication (RFC 7617) where
 * a user name is given.
 */
#ifndef TRANSPORT_HTTP_CONNECT_H
#define TRANSPORT_HTTP_CONNECT_H

#include <stdint.h>

#include "../base/parse.h"

struct proxy;
struct transport;

/* As socks5_connect. */
int http_connect(struct transport *transport, const struct proxy *proxy, const char *host,
                 uint16_t port, int64_t deadline, char error[static PARSE_ERROR_MAX]);

/* The status of the status line LINE (RFC 9112 section 4), which has no line end, 100 to
 * 599, and in *REASON what follows it, "" for nothing; or -1 when it is none. Pure. */
int http_connect_status(const char *line, const char **reason);

#endif
