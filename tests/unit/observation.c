/* SPDX-License-Identifier: MIT
 *
 * Observations as JSON and back: what goes out comes in again, and nothing else
 * comes in at all.
 */
#include "../../src/exchange/observation.h"

#include <errno.h>
#include <json-c/json.h>
#include <netinet/tcp.h>

#include "unit.h"

/* JSON text of an observation; the caller frees it. */
static char *
text_of(const struct observation *observation)
{
	struct json_object *json = observation_to_json(observation);
	char *text;

	if (json == NULL)
		unit_bail("memory is short");
	text = strdup(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN));
	json_object_put(json);
	if (text == NULL)
		unit_bail("memory is short");
	return text;
}

static bool
same(const struct observation *a, const struct observation *b)
{
	char *first = text_of(a), *second = text_of(b);
	bool equal = strcmp(first, second) == 0;

	free(first);
	free(second);
	return equal;
}

static int
read_text(struct observation *observation, const char *text)
{
	struct json_object *json = json_tokener_parse(text);
	int rc = observation_from_json(observation, json);

	json_object_put(json);
	return rc;
}

static void
fill(struct observation *full)
{
	observation_init(full, "responder");
	strcpy(full->local, "[2001:db8::1%4294967295]:65535");
	strcpy(full->peer, "192.0.2.1:4000");
	full->bytes_sent = 1;
	full->bytes_received = 2;
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
		full->bytes_sent += kind;
		observation_add(full, (enum event_kind)kind, kind * INT64_C(1000000007),
		                (uint8_t)(kind % 12));
	}
	full->bytes_sent_after_fin = 3;
	full->bytes_received_after_fin = 4;
	full->last_received_at = 5;
	full->last_sent_at = 6;
	full->reads = 7;
	full->writes = 8;
	full->first_bad_offset = 9;
	full->expected_byte = 10;
	full->got_byte = 255;
	full->error = ECONNRESET;
	full->ended = true;
	full->at_fin_sent = (struct tcp_evidence){
		.known = true, .state = TCP_FIN_WAIT1, .backoff = 255, .probes = 1,
		.rtt_us = UINT32_MAX, .retransmits = 2, .unacked = 3, .last_data_received_ms = 4,
		.last_ack_received_ms = 5, .bytes_acked = 6, .bytes_received = 7, .not_sent = 8,
		.send_queue = 9, .receive_queue = -1,
	};
	full->at_end = full->at_fin_sent;
	full->at_end.state = 0;
}

static void
test_round_trip(void)
{
	struct observation full, back;
	char *first, *second;

	fill(&full);
	first = text_of(&full);
	unit_is_int(read_text(&back, first), 0, "a full observation comes back");
	second = text_of(&back);
	unit_is(second, first, "as the same text");
	unit_is_int(back.event_count, EVENT_KINDS, "with all events");
	unit_is_int(back.events[5].sent, full.events[5].sent, "and their counters");
	unit_is_int(back.error, ECONNRESET, "with its error");
	unit_ok(back.ended, "which has ended");
	unit_is(back.role, full.role, "with its role");
	unit_is(back.local, full.local, "and its addresses");
	unit_is_int(back.at_fin_sent.state, TCP_FIN_WAIT1, "and the TCP state");
	unit_is_int(back.at_fin_sent.receive_queue, -1, "what is not known stays so");
	unit_ok(!back.at_fin_seen.known, "evidence that was not taken stays so");
	unit_ok(back.at_end.known && back.at_end.rtt_us == UINT32_MAX, "32 bits are enough");
	unit_is_int(back.got_byte, 255, "the byte that came");
	unit_is_int(back.first_bad_offset, 9, "and where");
	free(first);
	free(second);

	observation_init(&full, "client");
	first = text_of(&full);
	unit_is_int(read_text(&back, first), 0, "an empty observation comes back");
	unit_ok(same(&back, &full), "as empty as it was");
	unit_ok(strstr(first, "\"error\":null") != NULL, "no error is null");
	unit_ok(strstr(first, "\"tcp\":null") != NULL, "no evidence is null");
	unit_ok(strstr(first, "\"events\":[]") != NULL, "no events are an empty list");
	free(first);
}

static void
test_errors(void)
{
	static const struct {
		int error;
		const char *text;
	} cases[] = {
		{ 0, "\"error\":null" },
		{ EPIPE, "\"error\":\"EPIPE\"" },
		{ EAGAIN, "\"error\":\"EAGAIN\"" },
		{ ETIMEDOUT, "\"error\":\"ETIMEDOUT\"" },
		{ EHOSTUNREACH, "\"error\":\"EHOSTUNREACH\"" },
		{ 524, "\"error\":524" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct observation observation, back;
		char *text;

		observation_init(&observation, "client");
		observation.error = cases[i].error;
		text = text_of(&observation);
		unit_ok(strstr(text, cases[i].text) != NULL, "errno %d is written as %s", cases[i].error,
		   cases[i].text);
		unit_ok(read_text(&back, text) == 0 && back.error == cases[i].error, "and read back");
		free(text);
	}
}

static void
test_events(void)
{
	struct observation observation;

	observation_init(&observation, "client");
	unit_is_int(observation_at(&observation, EVENT_EOF), -1, "no event yet");
	for (int i = 0; i < OBSERVATION_EVENTS + 5; i++)
		observation_add(&observation, i % 2 == 0 ? EVENT_HOLD_STARTED : EVENT_SEND_STARTED, i,
		                0);
	unit_is_int(observation.event_count, OBSERVATION_EVENTS, "a full list stays full");
	unit_is_int(observation_at(&observation, EVENT_SEND_STARTED), 1, "the first of a kind is found");
	observation_add(&observation, EVENT_CLOSED, 99, TCP_CLOSE);
	unit_is_int(observation_at(&observation, EVENT_CLOSED), 99, "the last entry is replaced");
	unit_is_int(observation.events[0].at, 0, "the first stays");
	observation.event_count = UINT32_MAX;
	unit_ok(observation_find(&observation, EVENT_EOF) == NULL, "a torn count is not believed");
	observation.events[3].kind = (enum event_kind)12345;
	memset(observation.role, 'x', sizeof observation.role);
	free(text_of(&observation));
	unit_ok(event_name(EVENT_KINDS) == NULL && event_name((enum event_kind)9999) == NULL,
	   "no name past the end");
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		unit_ok(event_name((enum event_kind)kind) != NULL, "event %u has a name", kind);
}

static void
test_after_fin(void)
{
	static const struct {
		int64_t sent, seen; /* -1: no such event */
		const char *text;
	} cases[] = {
		{ -1, -1, "\"bytes-after-fin\":0" }, { 5, -1, "\"bytes-after-fin\":22" },
		{ 5, 9, "\"bytes-after-fin\":22" },  { -1, 5, "\"bytes-after-fin\":11" },
		{ 9, 5, "\"bytes-after-fin\":11" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct observation observation;
		char *text;

		observation_init(&observation, "client");
		if (cases[i].sent >= 0)
			observation_add(&observation, EVENT_FIN_SENT, cases[i].sent, 0);
		if (cases[i].seen >= 0)
			observation_add(&observation, EVENT_FIN_SEEN, cases[i].seen, 0);
		if (i > 0) {
			observation.bytes_sent_after_fin = 11;
			observation.bytes_received_after_fin = 22;
		}
		text = text_of(&observation);
		unit_ok(strstr(text, cases[i].text) != NULL, "FIN sent at %d, seen at %d: %s",
		   (int)cases[i].sent, (int)cases[i].seen, cases[i].text);
		free(text);
	}
}

#define HEAD "\"role\":\"client\",\"bytes-sent\":1,\"bytes-received\":2"
#define BASE HEAD ",\"events\":[]"
#define EVENT(members) "{" HEAD ",\"events\":[{" members "}]}"

static void
test_refused(void)
{
	static const struct {
		int rc;
		const char *text;
	} cases[] = {
		{ 0, "{" BASE "}" },
		{ 0, "{" BASE ",\"new-member\":{\"a\":[1,2.5,null]}}" },
		{ 0, EVENT("\"event\":\"eof\",\"at\":0") },
		{ 0, EVENT("\"event\":\"eof\",\"at\":1,\"state\":null,\"more\":1") },
		{ 0, EVENT("\"event\":\"eof\",\"at\":1152921504606846976") },
		{ 0, "{" BASE ",\"tcp\":{}}" },
		{ 0, "{" BASE ",\"tcp\":{\"state\":\"FIN_WAIT2\",\"bytes-acked\":null}}" },
		{ 0, "{" BASE ",\"first-bad-offset\":null,\"ended\":false}" },
		/* No object, or one without what is needed. */
		{ -1, "null" },
		{ -1, "[]" },
		{ -1, "1" },
		{ -1, "\"x\"" },
		{ -1, "{}" },
		{ -1, "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]" },
		{ -1, "{\"bytes-sent\":1,\"bytes-received\":2,\"events\":[]}" },
		{ -1, "{\"role\":\"client\",\"bytes-received\":2,\"events\":[]}" },
		{ -1, "{\"role\":\"client\",\"bytes-sent\":2,\"events\":[]}" },
		{ -1, "{" HEAD "}" },
		/* Wrong types. */
		{ -1, "{" HEAD ",\"events\":null}" },
		{ -1, "{" HEAD ",\"events\":{}}" },
		{ -1, "{" HEAD ",\"events\":\"eof\"}" },
		{ -1, "{" HEAD ",\"events\":[null]}" },
		{ -1, "{" HEAD ",\"events\":[[]]}" },
		{ -1, "{" HEAD ",\"events\":[1]}" },
		{ -1, "{" BASE ",\"role\":7}" },
		{ -1, "{" BASE ",\"role\":null}" },
		{ -1, "{" BASE ",\"local\":[]}" },
		{ -1, "{" BASE ",\"ended\":1}" },
		{ -1, "{" BASE ",\"ended\":null}" },
		{ -1, "{" BASE ",\"bytes-sent\":\"1\"}" },
		{ -1, "{" BASE ",\"bytes-sent\":1.0}" },
		{ -1, "{" BASE ",\"bytes-sent\":1e3}" },
		{ -1, "{" BASE ",\"bytes-sent\":null}" },
		{ -1, "{" BASE ",\"bytes-sent\":true}" },
		{ -1, "{" BASE ",\"reads\":{}}" },
		{ -1, "{" BASE ",\"tcp\":[]}" },
		{ -1, "{" BASE ",\"tcp\":true}" },
		{ -1, "{" BASE ",\"tcp\":{\"state\":5}}" },
		{ -1, "{" BASE ",\"tcp\":{\"rtt-us\":null}}" },
		{ -1, EVENT("\"event\":3,\"at\":0") },
		{ -1, EVENT("\"event\":null,\"at\":0") },
		{ -1, EVENT("\"at\":0") },
		{ -1, EVENT("\"event\":\"eof\"") },
		{ -1, EVENT("\"event\":\"eof\",\"at\":\"0\"") },
		/* Out of range. */
		{ -1, "{" BASE ",\"bytes-sent\":-1}" },
		{ -1, "{" BASE ",\"bytes-sent\":1152921504606846977}" },
		{ -1, "{" BASE ",\"bytes-sent\":9223372036854775807}" },
		{ -1, "{" BASE ",\"bytes-sent\":9223372036854775808}" },
		{ -1, "{" BASE ",\"bytes-sent\":18446744073709551615}" },
		{ -1, "{" BASE ",\"bytes-sent\":99999999999999999999999999999999}" },
		{ -1, "{" BASE ",\"bytes-sent\":-99999999999999999999999999999999}" },
		{ -1, "{" BASE ",\"last-received-at\":-1}" },
		{ -1, "{" BASE ",\"first-bad-offset\":-2}" },
		{ -1, "{" BASE ",\"expected-byte\":256}" },
		{ -1, "{" BASE ",\"got-byte\":-1}" },
		{ -1, "{" BASE ",\"tcp\":{\"rtt-us\":4294967296}}" },
		{ -1, "{" BASE ",\"tcp\":{\"backoff\":256}}" },
		{ -1, "{" BASE ",\"tcp\":{\"bytes-acked\":-1}}" },
		{ -1, EVENT("\"event\":\"eof\",\"at\":-1") },
		{ -1, EVENT("\"event\":\"eof\",\"at\":1,\"sent\":-1") },
		/* Words it does not know. */
		{ -1, EVENT("\"event\":\"eoff\",\"at\":0") },
		{ -1, EVENT("\"event\":\"\",\"at\":0") },
		{ -1, EVENT("\"event\":\"eof\\u0000\",\"at\":0") },
		{ -1, EVENT("\"event\":\"eof\",\"at\":0,\"state\":\"HALF_CLOSED\"") },
		{ -1, EVENT("\"event\":\"eof\",\"at\":0,\"state\":\"UNKNOWN\"") },
		{ -1, "{" BASE ",\"tcp\":{\"state\":\"fin_wait2\"}}" },
		{ -1, "{" BASE ",\"error\":\"EVERYTHING\"}" },
		{ -1, "{" BASE ",\"error\":\"\"}" },
		{ -1, "{" BASE ",\"error\":-1}" },
		{ -1, "{" BASE ",\"error\":99999}" },
		{ -1, "{" BASE ",\"error\":[]}" },
	};
	struct observation empty, back;

	observation_init(&empty, "");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		memset(&back, 0xa5, sizeof back);
		unit_is_int(read_text(&back, cases[i].text), cases[i].rc, "%s: %s",
		       cases[i].rc == 0 ? "taken" : "refused", cases[i].text);
		if (cases[i].rc != 0)
			unit_ok(same(&back, &empty), "and nothing of it is kept");
	}
}

static void
test_bounds(void)
{
	static const int counts[] = { OBSERVATION_EVENTS, OBSERVATION_EVENTS + 1, 10000 };
	struct observation back;
	char long_name[1000];
	struct json_object *json;

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		struct json_object *events;

		json = json_tokener_parse("{" BASE "}");
		events = json_object_object_get(json, "events");
		for (int n = 0; n < counts[i]; n++)
			json_object_array_add(events,
			                      json_tokener_parse("{\"event\":\"eof\",\"at\":1}"));
		unit_is_int(observation_from_json(&back, json), counts[i] <= OBSERVATION_EVENTS ? 0 : -1,
		       "%d events", counts[i]);
		json_object_put(json);
	}

	memset(long_name, 'n', sizeof long_name);
	json = json_tokener_parse("{" BASE "}");
	json_object_object_add(json, "role",
	                       json_object_new_string_len(long_name, sizeof long_name));
	json_object_object_add(json, "peer", json_object_new_string("a\033[31mb\xc3\xa4\nc"));
	json_object_object_add(json, "local", json_object_new_string_len("a\0b", 3));
	unit_is_int(observation_from_json(&back, json), 0, "strange names are taken");
	unit_is_int((long long)strlen(back.role), OBSERVATION_NAME - 1, "long ones are cut");
	unit_is(back.peer, "a?[31mb???c", "unprintable bytes become harmless");
	unit_is(back.local, "a", "a NUL ends the name");
	json_object_put(json);
	unit_is_int(observation_from_json(&back, NULL), -1, "JSON null is refused");
}

static void
test_states(void)
{
	unit_is(tcp_state_name(TCP_ESTABLISHED), "ESTABLISHED", "state 1");
	unit_is(tcp_state_name(TCP_FIN_WAIT2), "FIN_WAIT2", "state 5");
	unit_is(tcp_state_name(TCP_CLOSE_WAIT), "CLOSE_WAIT", "state 8");
	unit_is(tcp_state_name(TCP_CLOSING), "CLOSING", "state 11");
	unit_is(tcp_state_name(0), "UNKNOWN", "state 0");
	unit_is(tcp_state_name(12), "UNKNOWN", "state 12");
	unit_is(tcp_state_name(255), "UNKNOWN", "state 255");
	for (unsigned state = TCP_ESTABLISHED; state <= TCP_CLOSING; state++)
		unit_is_int(tcp_state_by_name(tcp_state_name((uint8_t)state)), state, "%s is found by its name",
		       tcp_state_name((uint8_t)state));
	unit_is_int(tcp_state_by_name("UNKNOWN"), 0, "UNKNOWN is no state");
	unit_is_int(tcp_state_by_name(""), 0, "nor is nothing");
	unit_is_int(tcp_state_of(0), 0, "a descriptor that is no TCP socket has none");
}

int
main(void)
{
	test_round_trip();
	test_errors();
	test_events();
	test_after_fin();
	test_refused();
	test_bounds();
	test_states();
	return unit_done();
}
