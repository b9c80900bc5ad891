/* SPDX-License-Identifier: MIT
 *
 * Request and reply lines: what is written is read back the same, and whatever
 * else arrives is refused with one clear line.
 */
#include "../../src/wire/protocol.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "unit.h"

#define ID "0123456789abcdef0123456789abcdef"
#define HEAD "{\"request\":\"play\",\"version\":2,\"id\":\"" ID "\",\"scenario\":\"late\""
#define PLAY HEAD ",\"size\":10,\"timeout\":5"
#define INTEGER(min, unit) "an integer from " #min " to 9223372036854775807 (" unit ")"

/* Lines that are read, or refused with ERROR. LENGTH 0: up to the NUL. */
static const struct {
	const char *line;
	size_t length;
	const char *error; /* NULL: accepted */
} requests[] = {
	{ PLAY "}", 0, NULL },
	{ " " PLAY " }\t\r", 0, NULL },
	{ PLAY ",\"later\":{\"a\":[1,2.5,null]}}", 0, NULL }, /* another version's member */
	{ "{\"request\":\"report\",\"version\":2,\"id\":\"" ID "\"}", 0, NULL },
	{ "{\"request\":\"report\",\"version\":2,\"id\":\"" ID "\",\"size\":-1}", 0, NULL },

	/* Not one JSON object. */
	{ "", 0, "line ends inside the JSON, expected one complete object" },
	{ "   ", 0, "line ends inside the JSON, expected one complete object" },
	{ "{\"request\":\"play\"", 0, "line ends inside the JSON, expected one complete object" },
	{ "[]", 0, "line is [], expected a JSON object" },
	{ "null", 0, NULL }, /* set by main: json-c versions differ */
	{ "\"play\"", 0, "line is \"play\", expected a JSON object" },
	{ PLAY "} x", 0, "not JSON at byte 111, before \"x\": unexpected character" },
	{ PLAY "}{}", 0, "not JSON at byte 110, before \"{}\": unexpected character" },
	{ PLAY "}\0", sizeof(PLAY "}\0") - 1, "byte 110 is control character 0x00, expected JSON text" },
	{ "{\"a\":\"\x1b[2J\"}", 0, "byte 6 is control character 0x1b, expected JSON text" },
	{ "GET / HTTP/1.1\r", 0, NULL },
	{ "{'a':1}", 0, NULL },
	{ "{\"a\":1,}", 0, NULL },
	{ "{/* */}", 0, NULL },
	{ PLAY ",\"later\":\"\xff\"}", 0, NULL },
	{ "{\"size\":99999999999999999999}", 0,
	  "member \"size\" is too large, expected a number of at most 64 bits" },
	{ "[99999999999999999999]", 0, "a number is too large, expected one of at most 64 bits" },
	{ "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}", 0,
	  "member \"version\" is missing, expected 2" },
	{ "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}", 0,
	  "JSON nested too deep, expected at most 8 levels" },

	/* Members that occur twice. */
	{ PLAY ",\"size\":11}", 0, "member \"size\" occurs twice, expected it once" },
	{ PLAY ",\"later\":{\"a\":1,\"b\":{\"a\":1},\"a\":2}}", 0,
	  "member \"a\" occurs twice, expected it once" },
	{ PLAY ",\"later\":[{\"a\":1},{\"a\":2}],\"a\":\"{\\\"a\\\":1\"}", 0, NULL },
	{ PLAY ",\"later\":[{\"a\":1},{\"a\":2}],\"z\":1,\"z\":2}", 0,
	  "member \"z\" occurs twice, expected it once" },
	{ PLAY ",\"s\\u0069ze\":11}", 0, "a member occurs twice, expected each once" },

	/* Version, request, id. */
	{ "{\"request\":\"play\",\"version\":9}", 0, "member \"version\" is 9, expected 2" },
	{ "{\"request\":\"play\",\"version\":\"2\"}", 0, "member \"version\" is \"2\", expected 2" },
	{ "{\"version\":2}", 0, "member \"request\" is missing, expected \"play\" or \"report\"" },
	{ "{\"request\":\"pray\",\"version\":2}", 0,
	  "member \"request\" is \"pray\", expected \"play\" or \"report\"" },
	{ "{\"request\":[1],\"version\":2}", 0,
	  "member \"request\" is [1], expected \"play\" or \"report\"" },
	{ "{\"request\":\"play\\u0000\",\"version\":2}", 0,
	  "member \"request\" is \"play\\x00\", expected \"play\" or \"report\"" },
	{ "{\"request\":\"report\",\"version\":2,\"id\":\"0123\"}", 0,
	  "member \"id\" is \"0123\", expected 32 lower-case hexadecimal digits" },
	{ "{\"request\":\"report\",\"version\":2,\"id\":\"0123456789ABCDEF0123456789ABCDEF\"}", 0,
	  "member \"id\" is \"0123456789ABCDEF0123456789ABCDEF\", expected 32 lower-case hexadecimal "
	  "digits" },
	{ "{\"request\":\"report\",\"version\":2,\"id\":\"" ID "\\u0000\"}", 0,
	  "member \"id\" is \"" ID "\\x00\", expected 32 lower-case hexadecimal digits" },
	{ "{\"request\":\"report\",\"version\":2,\"id\":\"" ID ID "\"}", 0,
	  "member \"id\" is \"" ID "012345...\", expected 32 lower-case hexadecimal digits" },
	{ "{\"request\":\"report\",\"version\":2,\"id\":null}", 0,
	  "member \"id\" is null, expected 32 lower-case hexadecimal digits" },

	/* The rest of a request to play. */
	{ "{\"request\":\"play\",\"version\":2,\"id\":\"" ID "\"}", 0,
	  "member \"scenario\" is missing, expected the name of a scenario" },
	{ "{\"request\":\"play\",\"version\":2,\"id\":\"" ID "\",\"scenario\":\"\"}", 0,
	  "member \"scenario\" is \"\", expected the name of a scenario" },
	{ HEAD ",\"size\":-1,\"timeout\":5}", 0,
	  "member \"size\" is -1, expected " INTEGER(0, "bytes") },
	{ HEAD ",\"timeout\":5}", 0, "member \"size\" is missing, expected " INTEGER(0, "bytes") },
	{ HEAD ",\"size\":1.5,\"timeout\":5}", 0,
	  "member \"size\" is 1.5, expected " INTEGER(0, "bytes") },
	{ HEAD ",\"size\":\"1\",\"timeout\":5}", 0,
	  "member \"size\" is \"1\", expected " INTEGER(0, "bytes") },
	{ HEAD ",\"size\":9223372036854775807,\"timeout\":5}", 0, NULL },
	{ HEAD ",\"size\":9223372036854775808,\"timeout\":5}", 0,
	  "member \"size\" is too large, expected " INTEGER(0, "bytes") },
	{ HEAD ",\"size\":99999999999999999999,\"timeout\":5}", 0,
	  "member \"size\" is too large, expected a number of at most 64 bits" },
	{ PLAY ",\"later\":[1,18446744073709551616]}", 0,
	  "member \"later\" is too large, expected a number of at most 64 bits" },
	{ PLAY ",\"later\":-9223372036854775809}", 0,
	  "member \"later\" is too small, expected a number of at most 64 bits" },
	{ PLAY ",\"later\":[18446744073709551615,-9223372036854775808,1e99,99999999999999999999.5,"
	  "\"99999999999999999999:\\\"99999999999999999999\"]}", 0, NULL },
	{ PLAY ",\"later\":99999999999999999999", 0,
	  "member \"later\" is too large, expected a number of at most 64 bits" },
{ HEAD ",\"size\":1,\"timeout\":0}", 0,
	  "member \"timeout\" is 0, expected " INTEGER(1, "ns") },
	{ PLAY ",\"hold\":true}", 0, "member \"hold\" is true, expected " INTEGER(0, "ns") },
	{ PLAY ",\"keepalive\":null}", 0, "member \"keepalive\" is null, expected " INTEGER(0, "ns") },
	{ PLAY ",\"chunk\":-9223372036854775808}", 0,
	  "member \"chunk\" is too small, expected " INTEGER(0, "bytes") },
};

static bool
one_line(const char *text)
{
	for (const char *c = text; *c != '\0'; c++)
		if (!isascii(*c) || iscntrl(*c))
			return false;
	return *text != '\0';
}

static void
check_requests(void)
{
	/* Refused, in json-c's words. */
	static const char *const refused[] = {
		"null", "GET / HTTP/1.1\r", "{'a':1}", "{\"a\":1,}", "{/* */}", PLAY ",\"later\":\"\xff\"}",
	};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		size_t length = requests[i].length > 0 ? requests[i].length : strlen(requests[i].line);
		struct wire_request request;
		char error[WIRE_ERROR_MAX] = "", what[96], *line = malloc(length + 1);
		bool own_words = requests[i].error != NULL;
		int rc;

		if (line == NULL)
			unit_bail("no memory");

		for (size_t j = 0; j < sizeof(refused) / sizeof(refused[0]); j++)
			own_words = own_words || strcmp(requests[i].line, refused[j]) == 0;
		/* Exactly as long as it is, so that ASan sees a byte too many. */
		memcpy(line, requests[i].line, length);
		rc = wire_parse_request(length > 0 ? line : "", length, &request, error);
		snprintf(what, sizeof(what), "request %.60s%s", requests[i].line,
		         strlen(requests[i].line) > 60 ? "..." : "");
		for (char *c = what; *c != '\0'; c++)
			if (!isascii(*c) || iscntrl(*c) || *c == '#')
				*c = '?';
		if (requests[i].error != NULL)
			unit_is(rc == -1 ? error : "(accepted)", requests[i].error, what);
		else
			unit_ok(rc == (own_words ? -1 : 0) && (rc == 0 || one_line(error)), "%s", what);
		free(line);
	}
}

static void
check_bounds_of_lines(void)
{
	char line[WIRE_REPLY_MAX + 1], error[WIRE_ERROR_MAX];
	struct wire_request request;
	struct wire_reply reply;

	memset(line, ' ', sizeof(line));
	memcpy(line, PLAY "}", sizeof(PLAY "}") - 1);
	unit_ok(wire_parse_request(line, WIRE_REQUEST_MAX - 1, &request, error) == 0,
	        "the longest request is read");
	wire_parse_request(line, WIRE_REQUEST_MAX, &request, error);
	unit_is(error, "line of 1025 bytes, expected at most 1024 with its newline",
	        "one byte more is refused");
	memcpy(line, "{\"reply\":\"ready\"}   ", 20);
	memset(line + 20, ' ', 200);
	unit_ok(wire_parse_reply(line, WIRE_REPLY_MAX - 1, &reply, error) == 0,
	        "the longest reply is read");
	wire_parse_reply(line, WIRE_REPLY_MAX, &reply, error);
	unit_is(error, "line of 32769 bytes, expected at most 32768 with its newline",
	        "one byte more is refused");
}

static void
check_round_trip(void)
{
	struct wire_request out = {
		.kind = WIRE_PLAY, .id = ID, .scenario = "late",
		.settings = { .size = 1, .chunk = 2, .interval = 3, .hold = 4, .timeout = INT64_MAX, .after_fin = 7 },
		.keepalive = 6,
	}, in;
	char line[WIRE_REQUEST_MAX], error[WIRE_ERROR_MAX] = "", last;
	int length = wire_format_request(&out, line, sizeof(line));

	unit_ok(length > 0 && line[length - 1] == '\n' && line[length] == '\0',
	        "a request is one line with its newline");
	last = line[length - 1];
	line[length - 1] = '\0';
	unit_is(line, HEAD ",\"size\":1,\"chunk\":2,\"interval\":3,\"hold\":4,"
	        "\"timeout\":9223372036854775807,\"after-fin\":7,\"keepalive\":6}", "in the order of the manual");
	line[length - 1] = last;
	unit_ok(wire_parse_request(line, (size_t)length - 1, &in, error) == 0 &&
	        in.kind == WIRE_PLAY && strcmp(in.id, ID) == 0 && strcmp(in.scenario, "late") == 0 &&
	        in.settings.size == 1 && in.settings.chunk == 2 && in.settings.interval == 3 &&
	        in.settings.hold == 4 && in.settings.timeout == INT64_MAX && in.keepalive == 6,
	        "and is read back the same %s", error);
	errno = 0;
	unit_ok(wire_format_request(&out, line, (size_t)length) == -1 && errno == EMSGSIZE,
	        "no room is EMSGSIZE");
	unit_ok(wire_format_request(&out, line, (size_t)length + 1) == length, "just enough is enough");

	out.kind = WIRE_REPORT;
	wire_format_request(&out, line, sizeof(line));
	unit_is(line, "{\"request\":\"report\",\"version\":2,\"id\":\"" ID "\"}\n", "a request to report");
}

static void
check_replies(void)
{
	static const struct {
		enum wire_reply_kind kind;
		const char *line;
	} plain[] = {
		{ WIRE_READY, "{\"reply\":\"ready\"}\n" },
		{ WIRE_RUNNING, "{\"reply\":\"running\"}\n" },
		{ WIRE_UNKNOWN, "{\"reply\":\"unknown\"}\n" },
		{ WIRE_REFUSED, "{\"reply\":\"error\",\"error\":\"no \\\"late\\\"\"}\n" },
	};
	static const struct {
		const char *line, *error;
	} bad[] = {
		{ "{}", "member \"reply\" is missing, expected \"ready\", \"view\", \"running\", \"unknown\" or "
		  "\"error\"" },
		{ "{\"reply\":\"view\"}", "member \"observation\" is missing, expected a complete observation" },
		{ "{\"reply\":\"view\",\"observation\":{\"role\":7}}",
		  "member \"observation\" is {\"role\":7}, expected a complete observation" },
		{ "{\"reply\":\"error\"}", "member \"error\" is missing, expected a string" },
	};
	struct wire_reply out, in;
	char line[WIRE_REPLY_MAX + 1], error[WIRE_ERROR_MAX] = "";
	int length;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		memset(&out, 0, sizeof(out));
		out.kind = plain[i].kind;
		snprintf(out.error, sizeof(out.error), "no \"late\"");
		length = wire_format_reply(&out, line, sizeof(line));
		unit_is(line, plain[i].line, "reply as in the manual");
		unit_ok(wire_parse_reply(line, (size_t)length - 1, &in, error) == 0 &&
		        in.kind == plain[i].kind &&
		        (in.kind != WIRE_REFUSED || strcmp(in.error, out.error) == 0),
		        "and is read back the same %s", error);
	}

	/* A full list of events with the widest numbers. */
	memset(&out, 0, sizeof(out));
	out.kind = WIRE_VIEW;
	observation_init(&out.observation, "responder");
	out.observation.bytes_sent = out.observation.bytes_received = INT64_C(1) << 50;
	for (int i = 0; i < OBSERVATION_EVENTS; i++)
		observation_add(&out.observation, EVENT_FIRST_AFTER_FIN, INT64_C(1) << 50, 8);
	out.observation.ended = true;
	out.observation.error = ECONNRESET;
	out.observation.at_fin_sent.known = true;
	out.observation.at_fin_sent.state = 5;
	length = wire_format_reply(&out, line, sizeof(line));
	unit_ok(length > 0 && wire_parse_reply(line, (size_t)length - 1, &in, error) == 0 &&
	        in.kind == WIRE_VIEW && in.observation.event_count == OBSERVATION_EVENTS &&
	        in.observation.events[OBSERVATION_EVENTS - 1].at == INT64_C(1) << 50 &&
	        in.observation.events[7].state == 8 && in.observation.bytes_sent == INT64_C(1) << 50 &&
	        in.observation.error == ECONNRESET && in.observation.ended &&
	        in.observation.at_fin_sent.state == 5,
	        "the largest view is read back the same %s", error);
	unit_ok(length < WIRE_REPLY_MAX / 2, "and leaves room for more");

	snprintf(line, sizeof(line), "{\"reply\":\"error\",\"error\":\"\\u001b[2J\\u202e\\n\"}");
	wire_parse_reply(line, strlen(line), &in, error);
	unit_is(in.error, "\\x1b[2J\\xe2\\x80\\xae\\x0a", "a stranger's error cannot harm a terminal");

	memset(&out, 0, sizeof(out));
	out.kind = WIRE_REFUSED;
	memset(out.error, 'x', sizeof(out.error) - 1);
	length = wire_format_reply(&out, line, sizeof(line));
	wire_parse_reply(line, (size_t)length - 1, &in, error);
	unit_is(in.error, out.error, "the longest error is not cut");

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int rc = wire_parse_reply(bad[i].line, strlen(bad[i].line), &in, error);

		unit_is(rc == -1 ? error : "(accepted)", bad[i].error, bad[i].line);
	}
}

static void
check_bounds(void)
{
	static const struct wire_bounds bounds = {
		.max_size = 1 << 20, .max_hold = INT64_C(3000000000), .max_duration = INT64_C(5000000000),
	};
	static const struct {
		const char *scenario;
		int64_t size, hold, timeout;
		const char *error; /* NULL: served */
	} cases[] = {
		{ "late", 1 << 20, INT64_C(3000000000), INT64_C(2000000000), NULL },
		{ "late", (1 << 20) + 1, 0, 1, "member \"size\" is 1048577, expected at most 1m here" },
		{ "late", 1, INT64_C(3000000001), 1,
		  "member \"hold\" is 3.000000001s, expected at most 3s here" },
		{ "late", 1, INT64_C(3000000000), INT64_C(2000000001),
		  "member \"timeout\" is 2.000000001s, expected at most 5s here, \"hold\" included" },
		{ "late", 1, INT64_C(3000000000), INT64_MAX, "member \"timeout\" is "
		  "2562047h47m16.854775807s, expected at most 5s here, \"hold\" included" },
	};
	struct wire_request request = { .kind = WIRE_PLAY, .id = ID };
	char error[WIRE_ERROR_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(request.scenario, sizeof(request.scenario), "%s", cases[i].scenario);
		request.settings = (struct scenario_settings){
			.size = cases[i].size, .hold = cases[i].hold, .timeout = cases[i].timeout,
		};
		snprintf(error, sizeof(error), "(served)");
		wire_check_bounds(&request, &bounds, error);
		unit_is(error, cases[i].error != NULL ? cases[i].error : "(served)", "bounds");
	}
	snprintf(request.scenario, sizeof(request.scenario), "lat\x01");
	unit_ok(wire_check_bounds(&request, &bounds, error) == -1 && one_line(error) &&
	        strncmp(error, "unknown scenario \"lat\\x01\", expected one of baseline, ", 52) == 0,
	        "an unknown scenario is named, and the known ones listed: %s", error);
	request.kind = WIRE_REPORT;
	unit_ok(wire_check_bounds(&request, &bounds, error) == 0, "a report has no bounds");
}

static void
check_ids(void)
{
	char a[WIRE_ID_MAX], b[WIRE_ID_MAX];

	unit_ok(wire_new_id(a) == 0 && wire_new_id(b) == 0 && strlen(a) == 32 &&
	        strspn(a, "0123456789abcdef") == 32 && strcmp(a, b) != 0, "ids are fresh hexadecimal");
}

int
main(void)
{
	check_requests();
	check_bounds_of_lines();
	check_round_trip();
	check_replies();
	check_bounds();
	check_ids();
	return unit_done();
}
