/* SPDX-License-Identifier: MIT
 *
 * Every message tells its length, so each is read to its last byte and no further.
 */
#include "socks5.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../base/proxy_url.h"
#include "lines.h"
#include "stranger.h"

#define SOCKS_VERSION 5
#define CONNECT 1

enum { ADDRESS_IPV4 = 1, ADDRESS_NAME = 3, ADDRESS_IPV6 = 4 };
enum { METHOD_NONE = 0, METHOD_USER = 2, METHOD_REFUSED = 0xff };

/* RFC 1928 section 6. */
static const char *const replies[] = {
	[1] = "general SOCKS server failure",
	[2] = "connection not allowed by ruleset",
	[3] = "network unreachable",
	[4] = "host unreachable",
	[5] = "connection refused",
	[6] = "TTL expired",
	[7] = "command not supported",
	[8] = "address type not supported",
};

int
socks5_reply(const uint8_t *bytes, size_t have, size_t *want, char error[static PARSE_ERROR_MAX])
{
	size_t length;

	*want = 4;
	if (have >= 1 && bytes[0] != SOCKS_VERSION) {
		snprintf(error, PARSE_ERROR_MAX, "not a SOCKS5 reply: its version is %u", bytes[0]);
		return -1;
	}
	if (have >= 2 && bytes[1] != 0) {
		if (bytes[1] < sizeof(replies) / sizeof(*replies))
			snprintf(error, PARSE_ERROR_MAX, "the proxy replied \"%s\" (SOCKS5 reply %u)",
			         replies[bytes[1]], bytes[1]);
		else
			snprintf(error, PARSE_ERROR_MAX, "the proxy replied with SOCKS5 reply %u, which is not assigned",
			         bytes[1]);
		return -1;
	}
	if (have < 4)
		return 1;
	switch (bytes[3]) {
	case ADDRESS_IPV4:
		length = 4 + 4 + 2;
		break;
	case ADDRESS_IPV6:
		length = 4 + 16 + 2;
		break;
	case ADDRESS_NAME:
		*want = 5;
		if (have < 5)
			return 1;
		length = 4 + 1 + (size_t)bytes[4] + 2;
		break;
	default:
		snprintf(error, PARSE_ERROR_MAX, "not a SOCKS5 reply: its address type is %u", bytes[3]);
		return -1;
	}
	*want = length;
	return have < length ? 1 : 0;
}

static int
negotiate(struct transport *transport, const struct proxy *proxy, int64_t deadline,
          char error[static PARSE_ERROR_MAX])
{
	const uint8_t greeting[] = { SOCKS_VERSION, proxy->has_user ? 2 : 1, METHOD_NONE, METHOD_USER };
	const char *offered = proxy->has_user ? "neither no authentication nor a user name and password"
	                                      : "no connection without authentication";
	size_t user = strlen(proxy->user), password = strlen(proxy->password);
	uint8_t bytes[3 + 2 * (PROXY_USER_MAX - 1)];

	if (stranger_write(transport, greeting, proxy->has_user ? 4 : 3, deadline, error) == -1)
		return -1;
	if (stranger_read(transport, bytes, 1, deadline, error) == -1)
		return -1;
	if (bytes[0] != SOCKS_VERSION)
		return stranger_is_none(transport, bytes, 1, "SOCKS5", error);
	if (stranger_read(transport, bytes + 1, 1, deadline, error) == -1)
		return -1;
	if (bytes[1] == METHOD_NONE)
		return 0;
	if (bytes[1] != METHOD_USER || !proxy->has_user) {
		if (bytes[1] == METHOD_REFUSED)
			snprintf(error, PARSE_ERROR_MAX, "the proxy accepts %s", offered);
		else
			snprintf(error, PARSE_ERROR_MAX,
			         "the proxy chose authentication method %u, which was not offered", bytes[1]);
		return -1;
	}
	bytes[0] = 1;
	bytes[1] = (uint8_t)user;
	memcpy(bytes + 2, proxy->user, user);
	bytes[2 + user] = (uint8_t)password;
	memcpy(bytes + 3 + user, proxy->password, password);
	if (stranger_write(transport, bytes, 3 + user + password, deadline, error) == -1
	    || stranger_read(transport, bytes, 2, deadline, error) == -1)
		return -1;
	if (bytes[1] == 0)
		return 0;
	snprintf(error, PARSE_ERROR_MAX, "the proxy refused the user name or the password");
	return -1;
}

int
socks5_connect(struct transport *transport, const struct proxy *proxy, const char *host,
               uint16_t port, int64_t deadline, char error[static PARSE_ERROR_MAX])
{
	uint8_t bytes[SOCKS5_REPLY_MAX] = { SOCKS_VERSION, CONNECT, 0 };
	size_t length = strlen(host), used = 4, have = 0, want;
	int rc;

	if (negotiate(transport, proxy, deadline, error) == -1)
		return -1;
	if (inet_pton(AF_INET, host, bytes + used) == 1) {
		bytes[3] = ADDRESS_IPV4;
		used += 4;
	} else if (inet_pton(AF_INET6, host, bytes + used) == 1) {
		bytes[3] = ADDRESS_IPV6;
		used += 16;
	} else if (length <= 255) {
		bytes[3] = ADDRESS_NAME;
		bytes[used++] = (uint8_t)length;
		for (size_t i = 0; i < length; i++)
			bytes[used++] = (uint8_t)host[i];
	} else {
		snprintf(error, PARSE_ERROR_MAX, "the name is longer than 255 bytes");
		return -1;
	}
	bytes[used++] = (uint8_t)(port >> 8);
	bytes[used++] = (uint8_t)port;
	if (stranger_write(transport, bytes, used, deadline, error) == -1)
		return -1;
	while ((rc = socks5_reply(bytes, have, &want, error)) == 1) {
		if (have == 0)
			want = 2; /* that much even of one that some cut after the code */
		if (stranger_read(transport, bytes + have, want - have, deadline, error) == -1)
			return -1;
		have = want;
	}
	return rc;
}
