/* SPDX-License-Identifier: MIT
 *
 * URLs of proxies and headers of the PROXY protocol, row by row.
 */
#include "unit.h"

#include <arpa/inet.h>

#include "../../src/base/proxy_url.h"
#include "../../src/transport/proxy_header.h"

static void
check_urls(void)
{
	static const struct {
		const char *text, *name, *user, *password; /* user NULL: none */
	} rows[] = {
		{ "socks5://192.0.2.1", "socks5://192.0.2.1:1080", NULL, "" },
		{ "SOCKS5h://proxy.example:9050/", "socks5://proxy.example:9050", NULL, "" },
		{ "socks5-local://[2001:db8::1]", "socks5-local://[2001:db8::1]:1080", NULL, "" },
		{ "http://proxy:http", "http://proxy:http", NULL, "" },
		{ "proxy:3128", "http://proxy:3128", NULL, "" },
		{ "http://me:secret@proxy", "http://proxy:1080", "me", "secret" },
		{ "socks5://me@proxy", "socks5://proxy:1080", "me", "" },
		{ "socks5://m%3Ae:p%40%2f:s@proxy", "socks5://proxy:1080", "m:e", "p@/:s" },
		{ "me:secret@proxy:1", "http://proxy:1", "me", "secret" },
		{ "socks5://a@b:c@proxy", "socks5://proxy:1080", "a@b", "c" },
	};
	char error[PARSE_ERROR_MAX], name[PROXY_NAME_MAX];
	struct proxy proxy;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (!unit_ok(proxy_url_parse(rows[i].text, &proxy, error) == 0, "%s is accepted", rows[i].text))
			continue;
		unit_is(proxy_url_name(&proxy, name), rows[i].name, rows[i].text);
		unit_ok(proxy.has_user == (rows[i].user != NULL), "whether it has a user");
		unit_is(proxy.user, rows[i].user != NULL ? rows[i].user : "", "the user name");
		unit_is(proxy.password, rows[i].password, "the password");
	}
}

static void
check_bad_urls(void)
{
	static const struct {
		const char *text, *error, *shown;
	} rows[] = {
		{ "socks4://me:secret@h", "unknown scheme \"socks4\"; use socks5://, socks5-local:// or http://", "socks4://h" },
		{ "https://h", "unknown scheme \"https\"; use socks5://, socks5-local:// or http://", "https://h" },
		{ "socks5://", "no host; use socks5://host[:port] or http://host[:port]", "socks5://" },
		{ "socks5://me:secret@", "no host; use socks5://host[:port] or http://host[:port]", "socks5://" },
		{ "socks5://:1080", "no host in front of the port", "socks5://:1080" },
		{ "http://h/path", "a proxy has no path", "http://h/path" },
		{ "http://a%4@h", "a % in the user name is not followed by two hexadecimal digits; write %25 for a %", "http://h" },
		{ "http://a:%zz@h", "a % in the password is not followed by two hexadecimal digits; write %25 for a %", "http://h" },
		{ "http://a%00@h", "the user name contains a NUL", "http://h" },
		{ "http://:x@h", "no user name in front of the @", "http://h" },
		{ "http://a:b/c@h", "write /, ? and # in the user name and the password as %2F, %3F and %23", "http://h" },
		{ "me:secret@x://h", "an @ in front of the scheme", "x://h" },
	};
	char error[PARSE_ERROR_MAX], public[PARSE_ERROR_MAX], longest[300] = "http://";
	struct proxy proxy;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		error[0] = '\0';
		unit_ok(proxy_url_parse(rows[i].text, &proxy, error) == -1, "%s is refused", rows[i].text);
		unit_is(error, rows[i].error, "and told why");
		unit_is(proxy_url_public(rows[i].text, public, sizeof(public)), rows[i].shown, "and shown without secrets");
	}
	memset(longest + 7, 'u', PROXY_USER_MAX - 1);
	strcpy(longest + 7 + PROXY_USER_MAX - 1, "@h");
	unit_ok(proxy_url_parse(longest, &proxy, error) == 0, "a user name of 255 bytes");
	strcpy(longest + 7 + PROXY_USER_MAX - 1, "u@h");
	unit_ok(proxy_url_parse(longest, &proxy, error) == -1, "and none of 256");
}

/* Returns what proxy_header_parse makes of LENGTH bytes at TEXT, told byte by byte. */
static int
told(const char *text, size_t length, struct proxy_header_says *says, size_t *taken,
     char error[static SOCK_ERROR_MAX])
{
	size_t more;
	int rc = 1;

	for (*taken = 0; *taken <= length && rc == 1; ++*taken)
		rc = proxy_header_parse((const uint8_t *)text, *taken, &more, says, error);
	--*taken;
	return rc;
}

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

static void
check_headers(void)
{
	static const struct {
		const char *text;
		size_t length;
		int rc;
		const char *says; /* the client, "" for none; the error */
	} rows[] = {
#define ROW(text, rc, says) { text, sizeof(text) - 1, rc, says }
		ROW("PROXY TCP4 192.0.2.1 192.0.2.2 80 65535\r\n", 0, "192.0.2.1:80"),
		ROW("PROXY TCP6 2001:db8::1 ::1 0 1\r\n", 0, "[2001:db8::1]:0"),
		ROW("PROXY UNKNOWN\r\n", 0, ""),
		ROW("PROXY UNKNOWN ffff ffff 1 2\r\n", 0, ""),
		ROW("PROXY TCP4 192.0.2.1 192.0.2.2 80 65536\r\n", -1, "malformed PROXY header \"PROXY TCP4 192.0.2.1 192.0.2.2 80 65536\""),
		ROW("PROXY TCP4 192.0.2.1 192.0.2.2 080 1\r\n", -1, "malformed PROXY header \"PROXY TCP4 192.0.2.1 192.0.2.2 080 1\""),
		ROW("PROXY TCP4 ::1 ::1 80 1\r\n", -1, "malformed PROXY header \"PROXY TCP4 ::1 ::1 80 1\""),
		ROW("PROXY TCP4  192.0.2.1 192.0.2.2 1 1\r\n", -1, "malformed PROXY header \"PROXY TCP4  192.0.2.1 192.0.2.2 1 1\""),
		ROW("PROXY UDP4 192.0.2.1 192.0.2.2 1 1\r\n", -1, "malformed PROXY header \"PROXY UDP4 192.0.2.1 192.0.2.2 1 1\""),
		ROW("GET / HTTP/1.1\r\n", -1, "no PROXY header"),
		ROW("PROXY TCP4 192.0.2.1", 1, ""),
		ROW(SIGNATURE "\x21\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\0\x50\0\1", 0, "192.0.2.1:80"),
		ROW(SIGNATURE "\x21\x11\0\x0f\xc0\0\2\1\xc0\0\2\2\0\x50\0\1tlv", 0, "192.0.2.1:80"),
		ROW(SIGNATURE "\x20\0\0\0", 0, ""),
		ROW(SIGNATURE "\x20\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\0\x50\0\1", 0, ""),
		ROW(SIGNATURE "\x21\x11\0\x0b", -1, "the PROXY header is too short for its addresses: 11 bytes"),
		ROW(SIGNATURE "\x21\x11\2\x09", -1, "the PROXY header is longer than 536 bytes"),
		ROW(SIGNATURE "\x11\x11\0\x0c", -1, "unknown version or command 0x11 in the PROXY header"),
		ROW(SIGNATURE "\x21\x12\0\x0c", -1, "the PROXY header is not about TCP (family 0x12)"),
		ROW(SIGNATURE "\x21\x11\0\x0c\xc0", 1, ""),
	};
	char error[SOCK_ERROR_MAX], name[SOCK_NAME_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct proxy_header_says says;
		size_t taken;
		int rc = told(rows[i].text, rows[i].length, &says, &taken, error);

		unit_is_int(rc, rows[i].rc, "header %zu", i);
		if (rc == -1)
			unit_is(error, rows[i].says, "and why");
		if (rc == 0) {
			unit_is(says.known ? sock_name(&says.source, name) : "", rows[i].says, "who it names");
			unit_is_int((long long)taken, (long long)rows[i].length, "and it ends there");
		}
	}
}

static void
check_formats(void)
{
	union sock_address source = { .in6 = { .sin6_family = AF_INET6, .sin6_port = htons(7) } };
	union sock_address target = { .in = { .sin_family = AF_INET, .sin_port = htons(8) } };
	union sock_address none = { .sa = { .sa_family = AF_UNSPEC } };
	uint8_t bytes[PROXY_HEADER_MAX];
	size_t length;

	inet_pton(AF_INET6, "::ffff:192.0.2.1", &source.in6.sin6_addr);
	inet_pton(AF_INET, "192.0.2.2", &target.in.sin_addr);
	length = proxy_header_format(PROXY_HEADER_V1, &source, &target, bytes);
	bytes[length] = '\0';
	unit_is((char *)bytes, "PROXY TCP4 192.0.2.1 192.0.2.2 7 8\r\n", "a mapped address is IPv4");
	length = proxy_header_format(PROXY_HEADER_V2, &source, &target, bytes);
	unit_ok(length == 28 && memcmp(bytes, SIGNATURE "\x21\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\0\7\0\x08", 28) == 0,
	        "the same in version 2");
	length = proxy_header_format(PROXY_HEADER_V1, &none, &target, bytes);
	bytes[length] = '\0';
	unit_is((char *)bytes, "PROXY UNKNOWN\r\n", "what is not known");
	length = proxy_header_format(PROXY_HEADER_V2, &none, &target, bytes);
	unit_ok(length == 16 && memcmp(bytes, SIGNATURE "\x21\0\0\0", 16) == 0, "and in version 2");
}

int
main(void)
{
	check_urls();
	check_bad_urls();
	check_headers();
	check_formats();
	return unit_done();
}
