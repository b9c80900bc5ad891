/* SPDX-License-Identifier: MIT
 *
 * A target becomes a connected transport. A proxy, a header or TLS in between have
 * their place here: whoever dials knows nothing of them.
 */
#ifndef TRANSPORT_DIAL_H
#define TRANSPORT_DIAL_H

#include <stdint.h>

#include "../base/sock.h"
#include "proxy_header.h"
#include "transport.h"

struct proxy;
struct tls;

/* How to connect. Durations in ns; 0 switches a limit or an option off. */
struct dial_target {
	const char *address;    /* host:port */
	const char *bind;       /* local address (no port) or NULL */
	const char *congestion; /* congestion control or NULL */
	int family;             /* AF_UNSPEC, AF_INET, AF_INET6 */
	int receive_buffer;     /* SO_RCVBUF in bytes, set before the SYN; 0: the kernel's */
	int64_t timeout;        /* over all of it together */
	int64_t keepalive;      /* idle time and interval of TCP keepalive */
	const struct proxy *proxy; /* connects on behalf of this end; NULL: none */
	enum proxy_header header;  /* sent ahead of the stream */
	const struct tls *tls;  /* what carries the stream; NULL: plain TCP */
};

/* Tries every address of the name in order; BIND and FAMILY are about what is connected
 * to from here, the proxy where there is one. Returns 0 and a blocking, close-on-exec
 * TRANSPORT with TCP_NODELAY set, or -1 with one line in ERROR that names the address
 * and the reason of the last failure; TRANSPORT has the descriptor -1 then. EINTR ends
 * the attempt only when *STOP (may be NULL) has become non-zero. */
int dial(const struct dial_target *target, const volatile int *stop, struct transport *transport,
         char error[static SOCK_ERROR_MAX]);

#endif
