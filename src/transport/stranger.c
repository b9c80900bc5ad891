/* SPDX-License-Identifier: MIT
 *
 * One clause for each way in which a handshake ends early.
 */
#include "stranger.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../base/text.h"
#include "lines.h"
#include "transport.h"

#define SHOWN 48 /* bytes of an answer that is none */

int
stranger_failed(char error[static PARSE_ERROR_MAX])
{
	switch (errno) {
	case ENODATA:
		snprintf(error, PARSE_ERROR_MAX, "the proxy closed the connection before its reply");
		break;
	case ETIMEDOUT:
		snprintf(error, PARSE_ERROR_MAX, "no reply from the proxy in time");
		break;
	case EMSGSIZE:
		snprintf(error, PARSE_ERROR_MAX, "the reply of the proxy is too long");
		break;
	default:
		snprintf(error, PARSE_ERROR_MAX, "the connection to the proxy failed: %s", strerror(errno));
	}
	return -1;
}

int
stranger_write(struct transport *transport, const void *data, size_t length, int64_t deadline,
               char error[static PARSE_ERROR_MAX])
{
	return lines_write(transport, data, length, deadline) == 0 ? 0 : stranger_failed(error);
}

int
stranger_read(struct transport *transport, void *to, size_t length, int64_t deadline,
              char error[static PARSE_ERROR_MAX])
{
	return lines_read_bytes(transport, to, length, deadline) == 0 ? 0 : stranger_failed(error);
}

int
stranger_is_none(struct transport *transport, const void *bytes, size_t have, const char *protocol,
                 char error[static PARSE_ERROR_MAX])
{
	char answer[SHOWN], shown[4 * SHOWN];
	ssize_t more = 0;

	if (have > sizeof(answer))
		have = sizeof(answer);
	memcpy(answer, bytes, have);
	if (have < sizeof(answer))
		more = transport->ops->receive(transport, answer + have, sizeof(answer) - have,
		                               MSG_PEEK | MSG_DONTWAIT);
	if (more > 0)
		have += (size_t)more;
	text_show(shown, sizeof(shown), answer, have, TEXT_QUOTED);
	snprintf(error, PARSE_ERROR_MAX, "not a proxy that speaks %s: it answered \"%s\"", protocol, shown);
	return -1;
}
