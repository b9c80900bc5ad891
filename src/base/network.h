/* SPDX-License-Identifier: MIT
 *
 * Networks in CIDR notation (RFC 4632), and who is in them.
 */
#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "parse.h"

union sock_address;

#define NETWORKS_MAX 64

struct networks {
	size_t count;
	struct network {
		int family;               /* AF_INET or AF_INET6 */
		unsigned prefix;          /* bits */
		unsigned char address[16]; /* its first 4 bytes for AF_INET */
	} list[NETWORKS_MAX];
};

/* Up to NETWORKS_MAX networks or single addresses, separated by commas:
 * "192.0.2.0/24,2001:db8::1". "" is none. IPv4-mapped IPv6 is IPv4. Returns 0, or -1
 * with one clear clause in ERROR. */
int networks_parse(const char *text, struct networks *networks, char error[static PARSE_ERROR_MAX]);

/* Whether ADDRESS is in one of them. An IPv4-mapped IPv6 address is IPv4. */
bool networks_have(const struct networks *networks, const union sock_address *address);

#endif
