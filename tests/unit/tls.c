/* SPDX-License-Identifier: MIT
 *
 * TLS over a transport that never runs out of bytes: a deadline holds all the same.
 */
#include "../../src/transport/tls.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/base/clock.h"
#include "../../src/transport/transport.h"
#include "unit.h"

/* HelloRequest, which a client in its handshake ignores (RFC 5246 section 7.4.1.1). */
static const uint8_t request[] = { 22, 3, 3, 0, 4, 0, 0, 0, 0 };

static ssize_t
flood(struct transport *transport, void *to, size_t length, int flags)
{
	static size_t at;

	(void)transport;
	(void)flags;
	for (size_t i = 0; i < length; i++)
		((uint8_t *)to)[i] = request[at++ % sizeof(request)];
	return (ssize_t)length;
}

int
main(void)
{
	const struct tls_trust trust = { .insecure = true };
	char error[TLS_ERROR_MAX] = "";
	int ends[2];

	if (!tls_built_in()) {
		unit_ok(true, "built without TLS");
		return unit_done();
	}

	struct tls *tls = tls_tester(&trust, error);

	if (tls == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1 || write(ends[1], "", 1) != 1) {
		unit_ok(false, "set up: %s", error);
		return unit_done();
	}
	alarm(20); /* what would hang */

	struct transport transport = transport_tcp(ends[0]);
	struct transport_ops ops = *transport.ops;

	ops.receive = flood;
	transport.ops = &ops;
	unit_ok(tls_connect(tls, &transport, "localhost", clock_now() + 100 * NSEC_PER_MSEC, NULL, error) == -1
	                && errno == ETIMEDOUT,
	        "a handshake that goes on and on ends in time");
	unit_is(error, "the handshake did not end in time", "and says so");
	transport_close(&transport);
	close(ends[1]);
	tls_free(tls);
	return unit_done();
}
