/* SPDX-License-Identifier: MIT
 *
 * Sizes, durations, counts, addresses and the nearest word: every boundary of
 * the parsers, and what the formatters print is read back to the same value.
 */
#include "../../src/base/parse.h"

#include <inttypes.h>

#include "unit.h"

#define S INT64_C(1000000000)
#define M (60 * S)
#define H (60 * M)

/* A text and its value, or its error. */
struct number_case {
	const char *text;
	int64_t value;
	const char *error; /* NULL: VALUE is right */
};

typedef int parser(const char *text, int64_t *value, char error[static PARSE_ERROR_MAX]);

static const struct number_case durations[] = {
	/* Go's own table of good ones, in ns. */
	{ "0", 0, NULL },
	{ "5s", 5 * S, NULL },
	{ "30s", 30 * S, NULL },
	{ "1478s", 1478 * S, NULL },
	{ "+5s", 5 * S, NULL },
	{ "+0", 0, NULL },
	{ "5.0s", 5 * S, NULL },
	{ "5.6s", 5 * S + 600000000, NULL },
	{ "5.s", 5 * S, NULL },
	{ ".5s", 500000000, NULL },
	{ "1.0s", S, NULL },
	{ "1.00s", S, NULL },
	{ "1.004s", S + 4000000, NULL },
	{ "1.0040s", S + 4000000, NULL },
	{ "100.00100s", 100 * S + 1000000, NULL },
	{ "10ns", 10, NULL },
	{ "11us", 11000, NULL },
	{ "12\302\265s", 12000, NULL },
	{ "12\316\274s", 12000, NULL },
	{ "13ms", 13000000, NULL },
	{ "14s", 14 * S, NULL },
	{ "15m", 15 * M, NULL },
	{ "16h", 16 * H, NULL },
	{ "3h30m", 3 * H + 30 * M, NULL },
	{ "10.5s4m", 4 * M + 10 * S + 500000000, NULL },
	{ "1h2m3s4ms5us6ns", H + 2 * M + 3 * S + 4005006, NULL },
	{ "39h9m14.425s", 39 * H + 9 * M + 14 * S + 425000000, NULL },
	{ "52763797000ns", 52763797000, NULL },
	{ "0.3333333333333333333h", 20 * M - 1, NULL }, /* exact: Go's float says 20m0s */
	{ "9007199254740993ns", INT64_C(9007199254740993), NULL },
	{ "9223372036854775807ns", INT64_MAX, NULL },
	{ "9223372036854775.807us", INT64_MAX, NULL },
	{ "9223372036s854ms775us807ns", INT64_MAX, NULL },
	{ "0.100000000000000000000h", 6 * M, NULL },
	{ "0.830103483285477580700h", 49 * M + 48 * S + 372539827, NULL },
	{ "2562047h47m16.854775807s", INT64_MAX, NULL },
	{ "0.1s", 100000000, NULL },
	{ "0.3s", 300000000, NULL },
	{ "0.7ms", 700000, NULL },
	{ "0.000000001s", 1, NULL },
	{ "0.0000000019s", 1, NULL },
	{ "0.9ns", 0, NULL },
	{ "1.5h", H + 30 * M, NULL },
	{ "10m0s", 10 * M, NULL },
	{ "0s", 0, NULL },
	{ "0h0m0s", 0, NULL },
	{ "00000000000000000000000000001s", S, NULL },
	{ "1s1s", 2 * S, NULL },
	/* Bad ones. */
	{ "", 0, "invalid duration \"\"" },
	{ "3", 0, "missing unit in duration \"3\"" },
	{ "10", 0, "missing unit in duration \"10\"" },
	{ "00", 0, "missing unit in duration \"00\"" },
	{ "0.", 0, "missing unit in duration \"0.\"" },
	{ ".0", 0, "missing unit in duration \".0\"" },
	{ "1.5", 0, "missing unit in duration \"1.5\"" },
	{ "1h5", 0, "missing unit in duration \"1h5\"" },
	{ "-", 0, "invalid duration \"-\"" },
	{ "+", 0, "invalid duration \"+\"" },
	{ "s", 0, "invalid duration \"s\"" },
	{ ".", 0, "invalid duration \".\"" },
	{ "-.", 0, "negative duration \"-.\"" },
	{ ".s", 0, "invalid duration \".s\"" },
	{ "+.s", 0, "invalid duration \"+.s\"" },
	{ "++5s", 0, "invalid duration \"++5s\"" },
	{ "+-5s", 0, "invalid duration \"+-5s\"" },
	{ " 5s", 0, "invalid duration \" 5s\"" },
	{ "-5s", 0, "negative duration \"-5s\"" },
	{ "-0", 0, "negative duration \"-0\"" },
	{ "-.5s", 0, "negative duration \"-.5s\"" },
	{ "5s ", 0, "unknown unit \"s \" in duration \"5s \"" },
	{ "1d", 0, "unknown unit \"d\" in duration \"1d\"" },
	{ "1S", 0, "unknown unit \"S\" in duration \"1S\"" },
	{ "1sec", 0, "unknown unit \"sec\" in duration \"1sec\"" },
	{ "1 s", 0, "unknown unit \" s\" in duration \"1 s\"" },
	{ "1e3s", 0, "unknown unit \"e\" in duration \"1e3s\"" },
	{ "1m-5s", 0, "unknown unit \"m-\" in duration \"1m-5s\"" },
	{ "1,5s", 0, "unknown unit \",\" in duration \"1,5s\"" },
	{ "0x5s", 0, "unknown unit \"x\" in duration \"0x5s\"" },
	{ "1\302s", 0, "unknown unit \"\\xc2s\" in duration \"1\\xc2s\"" },
	{ "1\n", 0, "unknown unit \"\\n\" in duration \"1\\n\"" },
	{ "9223372036854775808ns", 0,
	  "duration \"9223372036854775808ns\" is too large; the maximum is 2562047h47m16.854775807s" },
	{ "9223372036854775807.9ns", INT64_MAX, NULL },
	{ "2562047h47m16.854775808s", 0,
	  "duration \"2562047h47m16.854775808s\" is too large; the maximum is 2562047h47m16.854775807s" },
	{ "9223372036854775.808us", 0,
	  "duration \"9223372036854775.808us\" is too large; the maximum is 2562047h47m16.854775807s" },
	{ "2562048h", 0, "duration \"2562048h\" is too large; the maximum is 2562047h47m16.854775807s" },
	{ "99999999999999999999s", 0,
	  "duration \"99999999999999999999s\" is too large; the maximum is 2562047h47m16.854775807s" },
	{ "99999999999999999999", 0, "missing unit in duration \"99999999999999999999\"" },
};

static const struct number_case sizes[] = {
	{ "0", 0, NULL },
	{ "10", 10, NULL },
	{ "1024", 1024, NULL },
	{ "64k", 65536, NULL },
	{ "64K", 65536, NULL },
	{ "1m", 1048576, NULL },
	{ "2G", INT64_C(2147483648), NULL },
	{ "1t", INT64_C(1099511627776), NULL },
	{ "1T", INT64_C(1099511627776), NULL },
	{ "1p", INT64_C(1125899906842624), NULL },
	{ "0k", 0, NULL },
	{ "007", 7, NULL },
	{ "9223372036854775807", INT64_MAX, NULL },
	{ "9007199254740991k", INT64_MAX - 1023, NULL },
	{ "8589934591g", INT64_MAX - 1073741823, NULL },
	{ "8191p", INT64_MAX - INT64_C(1125899906842623), NULL },
	{ "9223372036854775808", 0,
	  "size \"9223372036854775808\" is too large; the maximum is 9223372036854775807" },
	{ "9007199254740992k", 0,
	  "size \"9007199254740992k\" is too large; the maximum is 9223372036854775807" },
	{ "8589934592g", 0,
	  "size \"8589934592g\" is too large; the maximum is 9223372036854775807" },
	{ "8192p", 0, "size \"8192p\" is too large; the maximum is 9223372036854775807" },
	{ "99999999999999999999k", 0,
	  "size \"99999999999999999999k\" is too large; the maximum is 9223372036854775807" },
	{ "", 0, "invalid size \"\"" },
	{ "k", 0, "invalid size \"k\"" },
	{ " 1", 0, "invalid size \" 1\"" },
	{ "+1", 0, "invalid size \"+1\"" },
	{ "-1", 0, "negative size \"-1\"" },
	{ "-", 0, "invalid size \"-\"" },
	{ "1x", 0, "unknown unit \"x\" in size \"1x\"; use k, m, g, t or p" },
	{ "1kb", 0, "unknown unit \"kb\" in size \"1kb\"; use k, m, g, t or p" },
	{ "1 k", 0, "unknown unit \" k\" in size \"1 k\"; use k, m, g, t or p" },
	{ "1.5k", 0, "unknown unit \".5k\" in size \"1.5k\"; use k, m, g, t or p" },
	{ "0x10", 0, "unknown unit \"x10\" in size \"0x10\"; use k, m, g, t or p" },
	{ "1\013", 0, "unknown unit \"\\x0b\" in size \"1\\x0b\"; use k, m, g, t or p" },
	{ "1K\n", 0, "unknown unit \"K\\n\" in size \"1K\\n\"; use k, m, g, t or p" },
};

static const struct number_case counts[] = {
	{ "0", 0, NULL },
	{ "1", 1, NULL },
	{ "010", 10, NULL },
	{ "9223372036854775807", INT64_MAX, NULL },
	{ "9223372036854775808", 0,
	  "number \"9223372036854775808\" is too large; the maximum is 9223372036854775807" },
	{ "", 0, "invalid number \"\"" },
	{ "-1", 0, "negative number \"-1\"" },
	{ "+1", 0, "invalid number \"+1\"" },
	{ "1k", 0, "invalid number \"1k\"" },
	{ "1.5", 0, "invalid number \"1.5\"" },
	{ "1 ", 0, "invalid number \"1 \"" },
	{ "ten", 0, "invalid number \"ten\"" },
	{ "\"", 0, "invalid number \"\\\"\"" },
};

static void
check_numbers(const char *what, parser *parse, const struct number_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct number_case *c = &cases[i];
		char error[PARSE_ERROR_MAX] = "", name[256];
		int64_t value = -7;
		int rc = parse(c->text, &value, error);
		char quoted[PARSE_QUOTE_MAX];

		parse_quote(c->text, quoted);
		if (c->error == NULL) {
			if (!unit_ok(rc == 0 && value == c->value, "%s \"%s\"", what, quoted))
				printf("# got %" PRId64 ", expected %" PRId64 ", %s\n", value, c->value, error);
			continue;
		}
		snprintf(name, sizeof(name), "%s \"%s\" is refused, the value stays", what, quoted);
		if (rc == -1 && value == -7)
			unit_is(error, c->error, name);
		else
			unit_ok(false, "%s", name);
	}
}

static const struct {
	int64_t ns;
	const char *text;
} duration_texts[] = {
	{ 0, "0s" },
	{ 1, "1ns" },
	{ 999, "999ns" },
	{ 1000, "1us" },
	{ 1100, "1.1us" },
	{ 100000, "100us" },
	{ 999999, "999.999us" },
	{ 1000000, "1ms" },
	{ 2200000, "2.2ms" },
	{ 300000000, "300ms" },
	{ 999999999, "999.999999ms" },
	{ S, "1s" },
	{ 1500000000, "1.5s" },
	{ 3300000000, "3.3s" },
	{ S + 1, "1.000000001s" },
	{ M - 1, "59.999999999s" },
	{ M, "1m0s" },
	{ 10 * M, "10m0s" },
	{ 4 * M + 5001000000, "4m5.001s" },
	{ H - 1, "59m59.999999999s" },
	{ H, "1h0m0s" },
	{ 5 * H + 6 * M + 7001000000, "5h6m7.001s" },
	{ 8 * M + 1, "8m0.000000001s" },
	{ INT64_MAX, "2562047h47m16.854775807s" },
	{ INT64_MIN, "-2562047h47m16.854775808s" },
	{ -1, "-1ns" },
	{ -1500000000, "-1.5s" },
	{ -90 * S, "-1m30s" },
};

static const struct {
	int64_t bytes;
	const char *text;
} size_texts[] = {
	{ 0, "0" },
	{ 1, "1" },
	{ 1000, "1000" },
	{ 1023, "1023" },
	{ 1024, "1k" },
	{ 1025, "1025" },
	{ 1536, "1536" },
	{ 2560, "2560" },
	{ 65536, "64k" },
	{ 104857600, "100m" },
	{ INT64_C(1) << 30, "1g" },
	{ INT64_C(1) << 40, "1t" },
	{ INT64_C(1) << 50, "1p" },
	{ INT64_C(1) << 60, "1024p" },
	{ INT64_MAX, "9223372036854775807" },
};

static void
check_texts(void)
{
	char text[PARSE_TEXT_MAX], error[PARSE_ERROR_MAX];
	int64_t back;

	for (size_t i = 0; i < sizeof(duration_texts) / sizeof(duration_texts[0]); i++)
		unit_is(format_duration(duration_texts[i].ns, text), duration_texts[i].text,
		        duration_texts[i].text);
	for (size_t i = 0; i < sizeof(size_texts) / sizeof(size_texts[0]); i++)
		unit_is(format_size(size_texts[i].bytes, text), size_texts[i].text, size_texts[i].text);
	/* Around every power of ten and of two what is printed is read back. */
	for (int base = 2; base <= 10; base += 8) {
		bool durations_back = true, sizes_back = true;

		for (int64_t power = 1; power < INT64_MAX / base; power *= base)
			for (int64_t value = power - 1; value <= power + 1; value++) {
				durations_back = durations_back &&
					parse_duration(format_duration(value, text), &back, error) == 0 &&
					back == value;
				sizes_back = sizes_back &&
					parse_size(format_size(value, text), &back, error) == 0 && back == value;
			}
		unit_ok(durations_back, "durations around the powers of %d are read back", base);
		unit_ok(sizes_back, "sizes around the powers of %d are read back", base);
	}
}

#define LABEL_63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"
#define HOST_255 LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63
#define NAME_63 LABEL_63

static const struct {
	const char *text;
	const char *host, *port;
	const char *error; /* NULL: HOST and PORT are right */
} addresses[] = {
	{ "localhost:4000", "localhost", "4000", NULL },
	{ "0.0.0.0:4000", "0.0.0.0", "4000", NULL },
	{ ":4000", "", "4000", NULL },
	{ ":0", "", "0", NULL },
	{ ":65535", "", "65535", NULL },
	{ ":00080", "", "00080", NULL },
	{ "example.com:http", "example.com", "http", NULL },
	{ "h:x-y_z.1+", "h", "x-y_z.1+", NULL },
	{ "[::1]:4000", "::1", "4000", NULL },
	{ "[::]:0", "::", "0", NULL },
	{ "[fe80::1%eth0]:22", "fe80::1%eth0", "22", NULL },
	{ "[::ffff:192.0.2.1]:1", "::ffff:192.0.2.1", "1", NULL },
	{ HOST_255 ":1", HOST_255, "1", NULL },
	{ ":" NAME_63, "", NAME_63, NULL },
	{ "", NULL, NULL, "missing port in address \"\"" },
	{ "localhost", NULL, NULL, "missing port in address \"localhost\"" },
	{ "localhost:", NULL, NULL, "missing port in address \"localhost:\"" },
	{ ":", NULL, NULL, "missing port in address \":\"" },
	{ "4000", NULL, NULL, "missing port in address \"4000\"" },
	{ "[::1]", NULL, NULL, "missing port in address \"[::1]\"" },
	{ "[::1]:", NULL, NULL, "missing port in address \"[::1]:\"" },
	{ "[::1]4000", NULL, NULL, "missing port in address \"[::1]4000\"" },
	{ "[::1:4000", NULL, NULL, "missing \"]\" in address \"[::1:4000\"" },
	{ "::1:4000", NULL, NULL,
	  "too many colons in address \"::1:4000\"; put an IPv6 address in brackets: [::1]:4000" },
	{ "a:b:1", NULL, NULL,
	  "too many colons in address \"a:b:1\"; put an IPv6 address in brackets: [::1]:4000" },
	{ "[]:1", NULL, NULL, "invalid IPv6 address \"\" in address \"[]:1\"" },
	{ "[localhost]:1", NULL, NULL, "invalid IPv6 address \"localhost\" in address \"[localhost]:1\"" },
	{ "[192.0.2.1]:1", NULL, NULL, "invalid IPv6 address \"192.0.2.1\" in address \"[192.0.2.1]:1\"" },
	{ "[::1%]:1", NULL, NULL, "invalid IPv6 address \"::1%\" in address \"[::1%]:1\"" },
	{ "[::1% ]:1", NULL, NULL, "invalid host \"::1% \" in address \"[::1% ]:1\"" },
	{ "ho st:1", NULL, NULL, "invalid host \"ho st\" in address \"ho st:1\"" },
	{ "a]:1", NULL, NULL, "invalid host \"a]\" in address \"a]:1\"" },
	{ "tab\t:1", NULL, NULL, "invalid host \"tab\\t\" in address \"tab\\t:1\"" },
	{ ":65536", NULL, NULL,
	  "invalid port \"65536\" in address \":65536\"; use 0 to 65535 or a service name" },
	{ ":99999999999999999999", NULL, NULL,
	  "invalid port \"99999999999999999999\" in address \":99999999999999999999\"; use 0 to 65535 or a service name" },
	{ ":-1", NULL, NULL, "invalid port \"-1\" in address \":-1\"; use 0 to 65535 or a service name" },
	{ ":+1", NULL, NULL, "invalid port \"+1\" in address \":+1\"; use 0 to 65535 or a service name" },
	{ ":1 ", NULL, NULL, "invalid port \"1 \" in address \":1 \"; use 0 to 65535 or a service name" },
	{ ":ht tp", NULL, NULL,
	  "invalid port \"ht tp\" in address \":ht tp\"; use 0 to 65535 or a service name" },
};

static void
check_addresses(void)
{
	struct address address = { "untouched", "" };
	char error[PARSE_ERROR_MAX] = "", name[256];

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		int rc = parse_address(addresses[i].text, &address, error);
		char quoted[PARSE_QUOTE_MAX];

		snprintf(name, sizeof(name), "address \"%s\"", parse_quote(addresses[i].text, quoted));
		if (addresses[i].error == NULL)
			unit_ok(rc == 0 && strcmp(address.host, addresses[i].host) == 0 &&
			        strcmp(address.port, addresses[i].port) == 0, "%s", name);
		else if (rc == -1)
			unit_is(error, addresses[i].error, name);
		else
			unit_ok(false, "%s is refused", name);
	}
	memcpy(&address, &(struct address){ "untouched", "" }, sizeof(address));
	unit_ok(parse_address(HOST_255 "x:1", &address, error) == -1 &&
	        strstr(error, "host too long in address \"abc") == error &&
	        strstr(error, "the maximum is 255 bytes") != NULL, "a host of 256 bytes is refused");
	unit_ok(parse_address(":" NAME_63 "x", &address, error) == -1 &&
	        strstr(error, "invalid port") == error, "a service of 64 bytes is refused");
	unit_is(address.host, "untouched", "an error leaves the address alone");
}

static void
check_nearest(void)
{
	static const char *const names[] = { "server", "client", "responder", "check", "probe", "of",
	                                     NULL };
	static const struct {
		const char *word, *nearest;
	} cases[] = {
		{ "server", "server" },
		{ "serve", "server" },
		{ "srever", "server" },  /* a swap counts one */
		{ "srvre", "server" },
		{ "sevrre", "server" },  /* two swaps */
		{ "serv", "server" },    /* two of six */
		{ "ser", NULL },         /* three of six */
		{ "clinet", "client" },
		{ "cleint", "client" },
		{ "chek", "check" },
		{ "chck", "check" },
		{ "ceck", "check" },
		{ "ck", NULL },
		{ "checkk", "check" },
		{ "prober", "probe" },
		{ "responders", "responder" },
		{ "off", "of" },
		{ "oo", NULL },
		{ "x", NULL },
		{ "", NULL },
		{ "Server", "server" },
		{ "SERVER", NULL },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *nearest = parse_nearest(cases[i].word, names);
		char name[160];

		snprintf(name, sizeof(name), "nearest to \"%s\"", cases[i].word);
		unit_is(nearest == NULL ? "none" : nearest,
		        cases[i].nearest == NULL ? "none" : cases[i].nearest, name);
	}
	unit_ok(parse_nearest("a", (const char *const[]){ NULL }) == NULL, "nearest among none");
}

static void
check_quotes(void)
{
	char quoted[PARSE_QUOTE_MAX], text[400];

	unit_is(parse_quote("", quoted), "", "quote of nothing");
	unit_is(parse_quote("a\"b\\c\n\r\t\f\001\033\177z", quoted),
	        "a\\\"b\\\\c\\n\\r\\t\\f\\x01\\x1b\\x7fz", "controls are escaped");
	unit_is(parse_quote("m\303\266p", quoted), "m\303\266p", "UTF-8 stays");
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	unit_ok(strlen(parse_quote(text, quoted)) < PARSE_QUOTE_MAX &&
	        strcmp(quoted + strlen(quoted) - 3, "...") == 0, "a long text is cut");
	for (size_t lead = 0; lead < 3; lead++) {
		size_t i = lead;

		memset(text, 'a', lead);
		for (; i + 3 < sizeof(text); i += 3)
			memcpy(text + i, "\342\202\254", 3);
		text[i] = '\0';
		parse_quote(text, quoted);
		unit_ok((strlen(quoted) - 3 - lead) % 3 == 0, "a cut spares characters, %zu", lead);
	}
	memset(text, '\001', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	unit_ok(strlen(parse_quote(text, quoted)) < PARSE_QUOTE_MAX, "a long text of controls is cut");
}

static void
check_escapes(void)
{
	static const struct {
		const char *text, *bytes; /* NULL: refused */
		size_t length;
	} cases[] = {
		{ "", "", 0 },
		{ "ping", "ping", 4 },
		{ "a\\r\\n\\t\\\\", "a\r\n\t\\", 5 },
		{ "\\a\\b\\e\\f\\v\\\"\\'", "\a\b\033\f\v\"'", 7 },
		{ "\\0", "\0", 1 },
		{ "\\0a\\12\\1234", "\0a\n" "S4", 5 },
		{ "\\x41\\x4g\\xff", "A\004g\377", 4 },
		{ "\\xAb", "\253", 1 },
		{ "\\400", NULL, 0 },
		{ "\\q", NULL, 0 },
		{ "\\x", NULL, 0 },
		{ "\\xg", NULL, 0 },
		{ "end\\", NULL, 0 },
	};
	char bytes[64], error[PARSE_ERROR_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length = 99;
		int rc = parse_escapes(cases[i].text, bytes, &length, error);

		if (cases[i].bytes == NULL)
			unit_ok(rc == -1 && error[0] != '\0', "escapes \"%s\" are refused", cases[i].text);
		else
			unit_ok(rc == 0 && length == cases[i].length
			                && memcmp(bytes, cases[i].bytes, length) == 0,
			        "escapes \"%s\"", cases[i].text);
	}
}

int
main(void)
{
	check_numbers("duration", parse_duration, durations, sizeof(durations) / sizeof(durations[0]));
	check_numbers("size", parse_size, sizes, sizeof(sizes) / sizeof(sizes[0]));
	check_numbers("count", parse_count, counts, sizeof(counts) / sizeof(counts[0]));
	check_texts();
	check_addresses();
	check_nearest();
	check_quotes();
	check_escapes();
	return unit_done();
}
