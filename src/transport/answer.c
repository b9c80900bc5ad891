/* SPDX-License-Identifier: MIT
 *
 * The steps are those of dial, seen from the other end, and in the same order.
 */
#include "answer.h"

int
answer(const struct answer_rules *rules, int sock, struct answered *answered,
       char error[static SOCK_ERROR_MAX])
{
	(void)rules;
	(void)error;
	answered->transport = transport_tcp(sock);
	sock_peer_name(sock, answered->peer);
	return 0;
}
