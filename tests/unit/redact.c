/* SPDX-License-Identifier: MIT
 *
 * Redaction: every spelling of an address and of a name, what only looks like one, and
 * that a replacement is the same wherever it stands.
 */
#include "../../src/base/redact.h"

#include <arpa/inet.h>

#include "unit.h"

/* Of one struct redact, in this order: numbers are given out as they come. */
static const struct {
	const char *text, *wanted;
	bool guess;
} rows[] = {
	/* Addresses. */
	{"10.0.0.1", "192.0.2.1", false},
	{"10.0.0.1:4001 to 10.0.0.2:80", "192.0.2.1:4001 to 192.0.2.2:80", false},
	{"(10.0.0.1), 10.0.0.1; x=10.0.0.1.", "(192.0.2.1), 192.0.2.1; x=192.0.2.1.", false},
	{"10.0.0.10 and 10.0.0.1", "192.0.2.3 and 192.0.2.1", false},
	{"192.0.2.1 is an address like others", "192.0.2.4 is an address like others", false},
	{"1.0.0.10.in-addr.arpa", "192.0.2.5.in-addr.arpa", false},
	{"printf '\\r\\n10.0.0.1\\n'", "printf '\\r\\n192.0.2.1\\n'", false},
	{"peer10.0.0.1", "peer192.0.2.1", false},
	{"10.0.0.0/8", "192.0.2.6/8", false},
	{"[2001:470:1::1]:4001", "[2001:db8::1]:4001", false},
	{"2001:470:1:0:0:0:0:1", "2001:db8::1", false},
	{"2001:0470:0001::1 FE80::1", "2001:db8::1 2001:db8::2", false},
	{"[fe80::1%eth0]:80 fe80::1%2", "[2001:db8::2]:80 2001:db8::2", false},
	{"::ffff:10.0.0.1", "::ffff:192.0.2.1", false},
	{"\\nfe80::1, abcd::ef", "\\n2001:db8::2, 2001:db8::3", false},
	{"fe80::1:", "2001:db8::2:", false},
	/* These name nobody. */
	{"127.0.0.1:4000, 0.0.0.0:80, [::1]:80, [::]:80", "127.0.0.1:4000, 0.0.0.0:80, [::1]:80, [::]:80", false},
	{"127.0.0.2", "192.0.2.7", false},
	/* No addresses. */
	{"1.2.3, 12:30:45, 4.02 s, 2024-12-04T11:18:00.97Z", "1.2.3, 12:30:45, 4.02 s, 2024-12-04T11:18:00.97Z", false},
	{"256.1.1", "256.1.1", false},
	{"00:11:22:33:44:55 std::find a:b", "00:11:22:33:44:55 std::find a:b", false},
	{"", "", false},
	/* Names. */
	{"db.corp.example:5432", "host-a:5432", false},
	{"http://DB.corp.EXAMPLE/a?b", "http://host-a/a?b", false},
	{"GET / HTTP/1.1\\r\\nHost:db.corp.example\\r\\n", "GET / HTTP/1.1\\r\\nHost:host-a\\r\\n", false},
	{"\\ndb.corp.example", "\\nhost-a", false},
	{"the proxy proxy:80, proxy-2, xproxy", "the host-b host-b:80, proxy-2, xproxy", false},
	{"x\\nproxy\\040proxy", "x\\nhost-b\\040host-b", false},
	{"Proxy", "Proxy", false},
	{"user@edge.example", "user@host-c", false},
	/* What a peer says. */
	{"other.corp.example says 1.5 s, HTTP/1.1 200", "other.corp.example says 1.5 s, HTTP/1.1 200", false},
	{"other.corp.example says 1.5 s, HTTP/1.1 200", "host-d says 1.5 s, HTTP/1.1 200", true},
	{"Other.corp.example.", "host-d.", true},
};

static void
check_texts(struct redact *redact)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char array[128];

		unit_is(redact_text(redact, rows[i].text, rows[i].guess), rows[i].wanted, rows[i].text);
		snprintf(array, sizeof(array), "%s", rows[i].text);
		redact_array(redact, array, sizeof(array), rows[i].guess);
		unit_is(array, rows[i].wanted, "the same in place");
	}
}

static void
check_packets(struct redact *redact)
{
	static const struct {
		int family;
		const char *address, *wanted;
	} packets[] = {
		{AF_INET, "10.0.0.1", "192.0.2.1"},
		{AF_INET, "127.0.0.1", "127.0.0.1"},
		{AF_INET6, "fe80::1", "2001:db8::2"},
		{AF_INET6, "::ffff:10.0.0.1", "::ffff:192.0.2.1"},
		{AF_INET6, "::1", "::1"},
	};

	for (size_t i = 0; i < sizeof(packets) / sizeof(*packets); i++) {
		unsigned char bytes[16];
		char shown[INET6_ADDRSTRLEN];

		inet_pton(packets[i].family, packets[i].address, bytes);
		redact_address(redact, packets[i].family, bytes);
		unit_is(inet_ntop(packets[i].family, bytes, shown, sizeof(shown)), packets[i].wanted,
		        packets[i].address);
	}
}

/* More than the networks for documentation have. */
static void
check_many(void)
{
	static unsigned char seen[0x10000][4];
	struct redact *redact = redact_new();
	bool distinct = true;

	for (uint32_t i = 0; i < 2000; i++) {
		uint32_t address = htonl(0x0A000000 + i);

		memcpy(seen[i], &address, 4);
		redact_address(redact, AF_INET, seen[i]);
		for (uint32_t j = 0; j < i; j++)
			distinct = distinct && memcmp(seen[i], seen[j], 4) != 0;
	}
	unit_ok(distinct, "two thousand addresses stay distinct");
	redact_free(redact);
}

/* What the other end makes up is not searched for without end. */
static void
check_flood(void)
{
	struct redact *redact = redact_new();
	bool gone = true;
	char text[64];

	redact_add(redact, "db.corp.example:5432");
	for (int i = 0; i < 3000; i++) {
		snprintf(text, sizeof(text), "n%d.flood.example", i);
		gone = gone && strstr(redact_text(redact, text, true), "flood") == NULL;
	}
	unit_ok(gone, "of three thousand names that were made up, none is left");
	unit_is(redact_text(redact, "n2999.flood.example", true), "redacted", "the last has no number of its own");
	unit_is(redact_text(redact, "db.corp.example", false), "host-a", "the first one still has its own");
	redact_free(redact);
}

int
main(void)
{
	static const char *const names[] = {"db.corp.example:5432", "http://proxy:3128/", "socks5://me:secret@edge.example:1080",
	                                    "10.9.9.9:80", "[2001:470::1]:80", ":9000", "", "localhost:80", "1.2.3.4"};
	struct redact *redact = redact_new();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		redact_add(redact, names[i]);
	check_texts(redact);
	check_packets(redact);
	unit_ok(redact_text(redact, NULL, true) == NULL, "no text stays no text");
	redact_free(redact);
	check_many();
	check_flood();
	return unit_done();
}
