/* SPDX-License-Identifier: MIT
 *
 * Networks: what is one, and who is in it, at both edges.
 */
#include "../../src/base/network.h"

#include <arpa/inet.h>

#include "../../src/base/sock.h"
#include "unit.h"

static union sock_address
address_of(const char *text)
{
	union sock_address address = { .sa.sa_family = AF_INET };

	if (inet_pton(AF_INET, text, &address.in.sin_addr) == 1)
		return address;
	address.sa.sa_family = AF_INET6;
	if (inet_pton(AF_INET6, text, &address.in6.sin6_addr) != 1)
		address.sa.sa_family = AF_UNIX;
	return address;
}

static void
check_members(void)
{
	static const struct {
		const char *networks, *address;
		bool member;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.0", true },
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.0/24", "192.0.1.255", false },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.128/25", "192.0.2.128", true },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "192.0.2.1/32", "192.0.2.1", true },
		{ "192.0.2.0/31", "192.0.2.1", true },
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "0.0.0.0/0", "::ffff:192.0.2.1", true },
		{ "192.0.2.0/24", "::ffff:192.0.2.7", true },
		{ "::ffff:192.0.2.0/120", "192.0.2.7", true },
		{ "::ffff:192.0.2.0/120", "192.0.3.7", false },
		{ "::/0", "2001:db8::1", true },
		{ "::/0", "192.0.2.1", false },
		{ "::/0", "::ffff:192.0.2.1", false },
		{ "2001:db8::/32", "2001:db8:ffff::1", true },
		{ "2001:db8::/32", "2001:db9::", false },
		{ "2001:db8::/33", "2001:db8:7fff:ffff::", true },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "2001:db8::1", "2001:db8::1", true },
		{ "2001:db8::1", "2001:db8::2", false },
		{ "10.0.0.0/8,192.0.2.1,2001:db8::/32", "192.0.2.1", true },
		{ "10.0.0.0/8,192.0.2.1,2001:db8::/32", "2001:db8::1", true },
		{ "10.0.0.0/8,192.0.2.1,2001:db8::/32", "11.0.0.0", false },
		{ "", "192.0.2.1", false },
		{ "0.0.0.0/0,::/0", "unix", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const union sock_address address = address_of(rows[i].address);
		char error[PARSE_ERROR_MAX] = "";
		struct networks networks;

		if (networks_parse(rows[i].networks, &networks, error) == -1)
			unit_bail("%s", error);
		unit_ok(networks_have(&networks, &address) == rows[i].member, "%s is %s \"%s\"", rows[i].address,
		        rows[i].member ? "in" : "not in", rows[i].networks);
	}
}

static void
check_errors(void)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "example.com", "\"example.com\" is not an IP address or network, such as 192.0.2.0/24 or 2001:db8::/32" },
		{ "/24", "\"/24\" is not an IP address or network, such as 192.0.2.0/24 or 2001:db8::/32" },
		{ "192.0.2/24", "\"192.0.2/24\" is not an IP address or network, such as 192.0.2.0/24 or 2001:db8::/32" },
		{ "10.0.0.0/8, ::1", "\" ::1\" is not an IP address or network, such as 192.0.2.0/24 or 2001:db8::/32" },
		{ "10.0.0.0/8,,::1", "\"\" is not an IP address or network, such as 192.0.2.0/24 or 2001:db8::/32" },
		{ "10.0.0.0/8,", "nothing behind the last comma" },
		{ "192.0.2.0/33", "invalid prefix length in \"192.0.2.0/33\"; use 0 to 32" },
		{ "192.0.2.0/", "invalid prefix length in \"192.0.2.0/\"; use 0 to 32" },
		{ "192.0.2.0/-1", "invalid prefix length in \"192.0.2.0/-1\"; use 0 to 32" },
		{ "192.0.2.0/24/8", "invalid prefix length in \"192.0.2.0/24/8\"; use 0 to 32" },
		{ "2001:db8::/129", "invalid prefix length in \"2001:db8::/129\"; use 0 to 128" },
		{ "192.0.2.7/24", "\"192.0.2.7/24\" has bits set beyond its prefix; did you mean \"192.0.2.0/24\"?" },
		{ "2001:db8::1/64", "\"2001:db8::1/64\" has bits set beyond its prefix; did you mean \"2001:db8::/64\"?" },
		{ "1.2.3.4/0", "\"1.2.3.4/0\" has bits set beyond its prefix; did you mean \"0.0.0.0/0\"?" },
	};
	char many[NETWORKS_MAX * 8 + 8] = "", error[PARSE_ERROR_MAX];
	struct networks networks;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		error[0] = '\0';
		unit_ok(networks_parse(rows[i].text, &networks, error) == -1, "\"%s\" is refused", rows[i].text);
		unit_is(error, rows[i].error, "and told why");
	}
	for (int i = 0; i < NETWORKS_MAX; i++)
		strcat(many, i == 0 ? "1.2.3.4" : ",1.2.3.4");
	unit_ok(networks_parse(many, &networks, error) == 0 && networks.count == NETWORKS_MAX, "%d networks",
	        NETWORKS_MAX);
	strcat(many, ",::1");
	unit_ok(networks_parse(many, &networks, error) == -1, "and no more");
	unit_is(error, "at most 64 networks", "which is said");
}

int
main(void)
{
	check_members();
	check_errors();
	return unit_done();
}
