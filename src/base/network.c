/* SPDX-License-Identifier: MIT
 *
 * An address is an array of bits, the first PREFIX of which are compared.
 */
#include "network.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "sock.h"

static unsigned
bits_of(int family)
{
	return family == AF_INET ? 32 : 128;
}

/* Clears what is after PREFIX. Returns whether anything was there. */
static bool
cut(unsigned char address[static 16], unsigned prefix)
{
	bool more = false;

	for (unsigned i = prefix / 8; i < 16; i++) {
		unsigned kept = i == prefix / 8 ? 0xff00u >> prefix % 8 & 0xff : 0;

		more = more || (address[i] & ~kept) != 0;
		address[i] = (unsigned char)(address[i] & kept);
	}
	return more;
}

static int
network_parse(const char *text, struct network *network, char error[static PARSE_ERROR_MAX])
{
	const size_t length = strcspn(text, "/");
	char host[INET6_ADDRSTRLEN] = "", quoted[PARSE_QUOTE_MAX], ignored[PARSE_ERROR_MAX];
	struct in6_addr mapped;
	int64_t prefix;

	parse_quote(text, quoted);
	*network = (struct network){ .family = AF_INET };
	if (length < sizeof(host))
		memcpy(host, text, length);
	if (inet_pton(AF_INET, host, network->address) != 1) {
		network->family = AF_INET6;
		if (inet_pton(AF_INET6, host, network->address) != 1)
			return parse_fail(error, "\"%s\" is not an IP address or network, such as 192.0.2.0/24 or 2001:db8::/32",
			            quoted);
	}
	prefix = bits_of(network->family);
	if (text[length] == '/'
	    && (parse_count(text + length + 1, &prefix, ignored) == -1 || prefix > bits_of(network->family)))
		return parse_fail(error, "invalid prefix length in \"%s\"; use 0 to %u", quoted,
		            bits_of(network->family));
	memcpy(&mapped, network->address, sizeof(mapped));
	if (network->family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&mapped) && prefix >= 96) {
		network->family = AF_INET;
		memset(network->address, 0, sizeof(network->address));
		memcpy(network->address, &mapped.s6_addr[12], 4);
		prefix -= 96;
	}
	network->prefix = (unsigned)prefix;
	if (cut(network->address, network->prefix)) {
		inet_ntop(network->family, network->address, host, sizeof(host));
		return parse_fail(error, "\"%s\" has bits set beyond its prefix; did you mean \"%s/%u\"?", quoted, host,
		            network->prefix);
	}
	return 0;
}

int
networks_parse(const char *text, struct networks *networks, char error[static PARSE_ERROR_MAX])
{
	networks->count = 0;
	while (*text != '\0') {
		const size_t length = strcspn(text, ",");
		char word[PARSE_QUOTE_MAX] = ""; /* longer than any network */

		if (networks->count == NETWORKS_MAX)
			return parse_fail(error, "at most %d networks", NETWORKS_MAX);
		memcpy(word, text, length < sizeof(word) ? length : sizeof(word) - 1);
		if (network_parse(word, &networks->list[networks->count], error) == -1)
			return -1;
		networks->count++;
		text += length;
		if (*text == ',' && *++text == '\0')
			return parse_fail(error, "nothing behind the last comma");
	}
	return 0;
}

bool
networks_have(const struct networks *networks, const union sock_address *address)
{
	const struct in6_addr *in6 = &address->in6.sin6_addr;
	int family = address->sa.sa_family;
	unsigned char wanted[16] = { 0 };

	if (family == AF_INET) {
		memcpy(wanted, &address->in.sin_addr, 4);
	} else if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(in6)) {
		family = AF_INET;
		memcpy(wanted, &in6->s6_addr[12], 4);
	} else if (family == AF_INET6) {
		memcpy(wanted, in6, sizeof(wanted));
	} else {
		return false;
	}
	for (size_t i = 0; i < networks->count; i++) {
		const struct network *network = &networks->list[i];
		unsigned char bits[16];

		memcpy(bits, wanted, sizeof(bits));
		cut(bits, network->prefix);
		if (network->family == family && memcmp(bits, network->address, sizeof(bits)) == 0)
			return true;
	}
	return false;
}
