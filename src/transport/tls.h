/* SPDX-License-Identifier: MIT
 *
 * TLS 1.2 and 1.3 over a connected stream, with OpenSSL 3: the only user of it. A
 * build without it, and a machine without the library, have these functions too;
 * they say so.
 *
 * In TLS the end of a stream is an alert, close_notify (RFC 8446 section 6.1). Since
 * 1.3 it ends one direction; before that, the other end has to answer it with its
 * own and close at once (RFC 5246 section 7.2.1).
 */
#ifndef TRANSPORT_TLS_H
#define TRANSPORT_TLS_H

#include <stdbool.h>
#include <stdint.h>

struct transport;

#define TLS_ERROR_MAX 512

/* How a stream is ended, in the order of the words of --tls-half-close. */
enum tls_half_close {
	TLS_CLOSE_NOTIFY, /* the alert alone; the FIN comes when the connection is closed */
	TLS_FIN,          /* the FIN alone */
	TLS_BOTH,         /* the alert, then the FIN */
};

/* What all connections of one end have in common. */
struct tls;

/* Whom a tester trusts, and how it ends its stream. Strings are borrowed until
 * tls_tester returns. */
struct tls_trust {
	const char *ca;       /* PEM file in place of the system's authorities; NULL: those */
	const char *name;     /* of the other end, in place of the host that was dialled; NULL: that */
	const char *protocol; /* ALPN; NULL: none */
	bool insecure;        /* whatever certificate comes is taken */
	bool at_least_1_3;
	enum tls_half_close half_close;
	const struct tls *also; /* a service whose certificate is trusted as well, or NULL */
};

/* Whether this build has TLS. */
bool tls_built_in(void);

/* For a tester; for a service with a certificate (PEM, with its chain) and its key
 * (NULL: in the same file); for a service with a throw-away certificate for NAME, a
 * host name or an address, whose key exists in memory only. NULL with one line in
 * ERROR, which never has a secret in it. Made in the parent, used by its children. */
struct tls *tls_tester(const struct tls_trust *trust, char error[static TLS_ERROR_MAX]);
struct tls *tls_service(const char *certificate, const char *key, char error[static TLS_ERROR_MAX]);
struct tls *tls_throw_away(const char *name, char error[static TLS_ERROR_MAX]);
void tls_free(struct tls *tls);

/* Shake hands over TRANSPORT as a tester, or as a service, by DEADLINE
 * (CLOCK_MONOTONIC ns, INT64_MAX: none); HOST is what was dialled. From then on
 * TRANSPORT carries TLS. Return 0, or -1 with one clause in ERROR (and errno EINTR
 * once *STOP, which may be NULL, is not zero); TRANSPORT is as it was then, and no
 * use but to be closed. */
int tls_connect(const struct tls *tls, struct transport *transport, const char *host,
                int64_t deadline, const volatile int *stop, char error[static TLS_ERROR_MAX]);
int tls_accept(const struct tls *tls, struct transport *transport, int64_t deadline,
               const volatile int *stop, char error[static TLS_ERROR_MAX]);

#endif
