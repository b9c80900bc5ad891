/* SPDX-License-Identifier: MIT
 *
 * The steps are those of dial, seen from the other end, and in the same order.
 */
#include "answer.h"

#include <stdio.h>

#include "../base/clock.h"
#include "lines.h"
#include "proxy_header.h"
#include "tls.h"

int
answer(const struct answer_rules *rules, int sock, struct answered *answered,
       char error[static SOCK_ERROR_MAX])
{
	int64_t deadline = clock_later(clock_now(), rules->timeout);
	socklen_t length = sizeof(answered->client);
	struct proxy_header_says says;
	char why[TLS_ERROR_MAX];

	answered->transport = transport_tcp(sock);
	if (getpeername(sock, &answered->client.sa, &length) == -1)
		answered->client.sa.sa_family = AF_UNSPEC;
	sock_name(&answered->client, answered->peer);
	answered->transport.peer = answered->peer;
	if (rules->proxy_header) {
		if (proxy_header_read(&answered->transport, &says, deadline, error) == -1)
			return -1;
		if (says.known) {
			answered->client = says.source;
			sock_name(&says.source, answered->peer);
		}
	}
	if (rules->admits != NULL && !rules->admits(rules->context, &answered->client)) {
		error[0] = '\0';
		return -1;
	}
	if (rules->tls == NULL || tls_accept(rules->tls, &answered->transport, deadline, NULL, why) == 0)
		return 0;
	snprintf(error, SOCK_ERROR_MAX, "TLS: %s", why);
	/* So that the alert is not lost to an RST. */
	lines_finish(&answered->transport, clock_later(clock_now(), NSEC_PER_SEC));
	return -1;
}
