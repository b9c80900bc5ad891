/* SPDX-License-Identifier: MIT
 *
 * A header is read piece by piece, each as long as the least that is still missing:
 * version 2 tells its length, version 1 ends with CR LF.
 */
#include "proxy_header.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/text.h"
#include "lines.h"
#include "transport.h"

#define LINE_MOST 107 /* with CR LF */
#define LINE_LEAST (sizeof("PROXY UNKNOWN\r\n") - 1)
#define BINARY_FIXED 16

static const uint8_t signature[12] = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a };

enum { COMMAND_LOCAL = 0x20, COMMAND_PROXY = 0x21 };
enum { FAMILY_UNSPEC = 0x00, FAMILY_TCP4 = 0x11, FAMILY_TCP6 = 0x21, FAMILY_UNIX = 0x31 };

/* What is the address of both ends: AF_INET, also where that is mapped, AF_INET6, or
 * AF_UNSPEC. */
static int
common_family(const union sock_address *source, const union sock_address *target)
{
	const union sock_address *both[] = { source, target };
	int family = AF_UNSPEC;

	for (int i = 0; i < 2; i++) {
		int one = both[i]->sa.sa_family;

		if (one == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&both[i]->in6.sin6_addr))
			one = AF_INET;
		if ((one != AF_INET && one != AF_INET6) || (i > 0 && one != family))
			return AF_UNSPEC;
		family = one;
	}
	return family;
}

/* The address and the port of ADDRESS, in network order. Returns the address's length. */
static size_t
take_address(const union sock_address *address, int family, uint8_t bytes[static 16], in_port_t *port)
{
	if (address->sa.sa_family == AF_INET) {
		memcpy(bytes, &address->in.sin_addr, 4);
		*port = address->in.sin_port;
		return 4;
	}
	*port = address->in6.sin6_port;
	if (family == AF_INET) {
		memcpy(bytes, &address->in6.sin6_addr.s6_addr[12], 4);
		return 4;
	}
	memcpy(bytes, &address->in6.sin6_addr, 16);
	return 16;
}

static void
put_address(union sock_address *address, int family, const uint8_t *bytes, in_port_t port)
{
	memset(address, 0, sizeof(*address));
	address->sa.sa_family = (sa_family_t)family;
	if (family == AF_INET) {
		memcpy(&address->in.sin_addr, bytes, 4);
		address->in.sin_port = port;
	} else {
		memcpy(&address->in6.sin6_addr, bytes, 16);
		address->in6.sin6_port = port;
	}
}

size_t
proxy_header_format(enum proxy_header version, const union sock_address *source,
                    const union sock_address *target, uint8_t bytes[static PROXY_HEADER_MAX])
{
	int family = common_family(source, target);
	uint8_t from[16], to[16];
	in_port_t ports[2] = { 0 };
	size_t length = 0;

	if (family != AF_UNSPEC) {
		length = take_address(source, family, from, &ports[0]);
		take_address(target, family, to, &ports[1]);
	}
	if (version == PROXY_HEADER_V1) {
		char names[2][INET6_ADDRSTRLEN];

		if (family == AF_UNSPEC)
			return (size_t)snprintf((char *)bytes, PROXY_HEADER_MAX, "PROXY UNKNOWN\r\n");
		inet_ntop(family, from, names[0], sizeof(names[0]));
		inet_ntop(family, to, names[1], sizeof(names[1]));
		return (size_t)snprintf((char *)bytes, PROXY_HEADER_MAX, "PROXY TCP%d %s %s %u %u\r\n",
		                        family == AF_INET ? 4 : 6, names[0], names[1], ntohs(ports[0]),
		                        ntohs(ports[1]));
	}
	memcpy(bytes, signature, sizeof(signature));
	bytes[12] = COMMAND_PROXY;
	bytes[13] = family == AF_INET ? FAMILY_TCP4 : family == AF_INET6 ? FAMILY_TCP6 : FAMILY_UNSPEC;
	bytes[14] = 0;
	bytes[15] = (uint8_t)(family == AF_UNSPEC ? 0 : 2 * length + sizeof(ports));
	if (family == AF_UNSPEC)
		return BINARY_FIXED;
	memcpy(bytes + BINARY_FIXED, from, length);
	memcpy(bytes + BINARY_FIXED + length, to, length);
	memcpy(bytes + BINARY_FIXED + 2 * length, ports, sizeof(ports));
	return BINARY_FIXED + 2 * length + sizeof(ports);
}

/* "443": a port as version 1 writes it. Returns whether it is one. */
static bool
parse_port(const char *text, in_port_t *port)
{
	unsigned value = 0;

	if (*text == '\0' || (text[0] == '0' && text[1] != '\0'))
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' || (value = 10 * value + (unsigned)(*text - '0')) > 65535)
			return false;
	}
	*port = htons((uint16_t)value);
	return true;
}

/* The line without its CR LF. */
static int
parse_words(char *line, struct proxy_header_says *says, char error[static SOCK_ERROR_MAX])
{
	char *words[6], *rest = line, shown[2 * LINE_MOST];
	uint8_t from[16], to[16];
	in_port_t ports[2];
	size_t count = 0, length = strlen(line);
	int family;

	text_show(shown, sizeof(shown), line, length, TEXT_QUOTED);
	while (count < 6 && (words[count] = strsep(&rest, " ")) != NULL)
		count++;
	if (count >= 2 && strcmp(words[1], "UNKNOWN") == 0)
		return 0; /* what follows is to be ignored */
	family = count == 6 && strcmp(words[1], "TCP4") == 0   ? AF_INET
	         : count == 6 && strcmp(words[1], "TCP6") == 0 ? AF_INET6
	                                                       : AF_UNSPEC;
	if (family == AF_UNSPEC || rest != NULL || inet_pton(family, words[2], from) != 1
	    || inet_pton(family, words[3], to) != 1 || !parse_port(words[4], &ports[0])
	    || !parse_port(words[5], &ports[1])) {
		snprintf(error, SOCK_ERROR_MAX, "malformed PROXY header \"%s\"", shown);
		return -1;
	}
	says->known = true;
	put_address(&says->source, family, from, ports[0]);
	put_address(&says->target, family, to, ports[1]);
	return 0;
}

static int
parse_line(const uint8_t *bytes, size_t have, size_t *more, struct proxy_header_says *says,
           char error[static SOCK_ERROR_MAX])
{
	char line[LINE_MOST + 1];

	if (have < LINE_LEAST) {
		*more = LINE_LEAST - have;
		return 1;
	}
	if (have >= 2 && have <= LINE_MOST && memcmp(bytes + have - 2, "\r\n", 2) == 0) {
		memcpy(line, bytes, have - 2);
		line[have - 2] = '\0';
		if (memchr(line, '\0', have - 2) == NULL && memchr(line, '\n', have - 2) == NULL)
			return parse_words(line, says, error);
		snprintf(error, SOCK_ERROR_MAX, "malformed PROXY header: a NUL or a line break in its line");
		return -1;
	}
	if (have >= LINE_MOST) {
		snprintf(error, SOCK_ERROR_MAX, "malformed PROXY header: its line is longer than %d bytes",
		         LINE_MOST);
		return -1;
	}
	*more = bytes[have - 1] == '\r' || have == LINE_MOST - 1 ? 1 : 2;
	return 1;
}

static int
parse_binary(const uint8_t *bytes, size_t have, size_t *more, struct proxy_header_says *says,
             char error[static SOCK_ERROR_MAX])
{
	size_t length, one;
	in_port_t ports[2];
	uint8_t family;

	if (have < BINARY_FIXED) {
		*more = BINARY_FIXED - have;
		return 1;
	}
	family = bytes[13];
	length = (size_t)bytes[14] << 8 | bytes[15];
	one = family == FAMILY_TCP4 ? 4 : family == FAMILY_TCP6 ? 16 : 0;
	if (bytes[12] != COMMAND_LOCAL && bytes[12] != COMMAND_PROXY) {
		snprintf(error, SOCK_ERROR_MAX, "unknown version or command 0x%02x in the PROXY header", bytes[12]);
		return -1;
	}
	if (bytes[12] == COMMAND_PROXY && one == 0 && family != FAMILY_UNSPEC && family != FAMILY_UNIX) {
		snprintf(error, SOCK_ERROR_MAX, "the PROXY header is not about TCP (family 0x%02x)", family);
		return -1;
	}
	if (bytes[12] == COMMAND_PROXY && one > 0 && length < 2 * one + sizeof(ports)) {
		snprintf(error, SOCK_ERROR_MAX, "the PROXY header is too short for its addresses: %zu bytes", length);
		return -1;
	}
	if (length > PROXY_HEADER_MAX - BINARY_FIXED) {
		snprintf(error, SOCK_ERROR_MAX, "the PROXY header is longer than %d bytes", PROXY_HEADER_MAX);
		return -1;
	}
	if (have < BINARY_FIXED + length) {
		*more = BINARY_FIXED + length - have;
		return 1;
	}
	if (bytes[12] == COMMAND_LOCAL || one == 0)
		return 0;
	says->known = true;
	bytes += BINARY_FIXED;
	memcpy(ports, bytes + 2 * one, sizeof(ports));
	put_address(&says->source, one == 4 ? AF_INET : AF_INET6, bytes, ports[0]);
	put_address(&says->target, one == 4 ? AF_INET : AF_INET6, bytes + one, ports[1]);
	return 0;
}

int
proxy_header_parse(const uint8_t *bytes, size_t have, size_t *more, struct proxy_header_says *says,
                   char error[static SOCK_ERROR_MAX])
{
	static const char text[] = "PROXY ";
	size_t first = have < sizeof(text) - 1 ? have : sizeof(text) - 1;
	size_t fixed = have < sizeof(signature) ? have : sizeof(signature);

	memset(says, 0, sizeof(*says));
	if (have > 0 && memcmp(bytes, text, first) == 0)
		return parse_line(bytes, have, more, says, error);
	if (memcmp(bytes, signature, fixed) == 0) {
		if (have > 0)
			return parse_binary(bytes, have, more, says, error);
		*more = LINE_LEAST; /* either has that many */
		return 1;
	}
	snprintf(error, SOCK_ERROR_MAX, "no PROXY header");
	return -1;
}

int
proxy_header_send(struct transport *transport, enum proxy_header version, int64_t deadline,
                  char error[static SOCK_ERROR_MAX])
{
	union sock_address source = { .sa.sa_family = AF_UNSPEC }, target = source;
	socklen_t length = sizeof(source);
	uint8_t bytes[PROXY_HEADER_MAX] = { 0 };

	if (getsockname(transport->fd, &source.sa, &length) == -1
	    || (length = sizeof(target), getpeername(transport->fd, &target.sa, &length)) == -1
	    || lines_write(transport, bytes, proxy_header_format(version, &source, &target, bytes), deadline)
	               == -1) {
		snprintf(error, SOCK_ERROR_MAX, "cannot send the PROXY header: %s", strerror(errno));
		return -1;
	}
	return 0;
}

int
proxy_header_read(struct transport *transport, struct proxy_header_says *says, int64_t deadline,
                  char error[static SOCK_ERROR_MAX])
{
	uint8_t bytes[PROXY_HEADER_MAX] = { 0 };
	size_t have = 0, more;
	int rc;

	while ((rc = proxy_header_parse(bytes, have, &more, says, error)) == 1) {
		ssize_t got = lines_read_some(transport, bytes + have, more, deadline);

		if (got == -1) {
			snprintf(error, SOCK_ERROR_MAX, "%s PROXY header: %s", have == 0 ? "no" : "incomplete",
			         errno == ENODATA     ? "end of file"
			         : errno == ETIMEDOUT ? "the time is up"
			                              : strerror(errno));
			return -1;
		}
		have += (size_t)got;
	}
	return rc;
}
