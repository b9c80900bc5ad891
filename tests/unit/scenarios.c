/* SPDX-License-Identifier: MIT
 *
 * The table of scenarios: each row's pair of plans says the same thing from
 * either side, whatever the size.
 */
#include "../../src/base/options.h"
#include "../../src/judge/scenarios.h"

#include <inttypes.h>

#include "../../src/base/clock.h"
#include "unit.h"

#define PRIME 1048573
#define HUGE_SIZE (INT64_C(1) << 50)

enum first { NOBODY, CLIENT, RESPONDER, EITHER };

/* What a row is about. */
static const struct expected {
	const char *name;
	bool in_suite;
	enum first first; /* who half-closes first */
	bool client_sends, responder_sends; /* streams of `size` bytes */
	bool silent;      /* --hold is its business */
	enum first holds; /* who is silent before it sends */
} table[] = {
	{ "baseline", true, NOBODY, true, true, false, NOBODY },
	{ "download", true, CLIENT, false, true, false, NOBODY },
	{ "request", true, CLIENT, false, true, false, NOBODY },
	{ "upload", true, RESPONDER, true, false, false, NOBODY },
	{ "echo", true, CLIENT, true, false, false, NOBODY },
	{ "late", true, CLIENT, false, true, true, RESPONDER },
	{ "slow-reader", true, CLIENT, false, true, false, NOBODY },
	{ "simultaneous", true, EITHER, true, true, false, NOBODY },
	{ "fin-with-data", true, CLIENT, false, true, false, NOBODY },
	{ "abort", true, CLIENT, false, true, false, NOBODY },
	{ "large-request", true, CLIENT, false, true, false, NOBODY },
	{ "client-abort", true, RESPONDER, true, false, false, NOBODY },
	{ "late-server", false, RESPONDER, true, false, true, CLIENT },
	{ "idle", false, NOBODY, false, true, true, RESPONDER },
	{ "idle-server", false, NOBODY, true, false, true, CLIENT },
};
#define ROWS (sizeof(table) / sizeof(table[0]))

static const struct scenario_settings plain = {
	.size = 100000,
	.chunk = 1000,
	.interval = 5 * NSEC_PER_MSEC,
	.hold = 3 * NSEC_PER_SEC,
	.timeout = 10 * NSEC_PER_SEC,
	.after_fin = 300 * NSEC_PER_MSEC,
};

static struct plan client, responder;

static const struct expected *
plans_of(size_t row, const struct scenario_settings *settings)
{
	const struct scenario *scenario = scenario_find(table[row].name);

	if (scenario == NULL)
		unit_bail("no scenario %s", table[row].name);
	/* NULL: a plan only borrows its pattern. */
	scenario_plans(scenario, settings, NULL, &client, &responder);
	return &table[row];
}

/* options.def stands below the table and asks for its names. */
static void
check_option(void)
{
	const struct option_row *row = option_find("scenario", COMMAND_CHECK);
	char word[64];

	for (size_t i = 0; i < scenarios_count; i++) {
		const char *name = option_choice(row, (int64_t)i, word);

		unit_is(name != NULL ? name : "", scenarios[i].name, "--scenario takes each");
	}
	unit_ok(option_choice(row, (int64_t)scenarios_count, word) == NULL, "and no other");
}

static void
check_table(void)
{
	unit_is_int((long long)scenarios_count, (long long)ROWS, "every scenario is looked at here");
	for (size_t i = 0; i < ROWS; i++) {
		const struct scenario *scenario = scenario_find(table[i].name);

		unit_ok(scenario != NULL && strcmp(scenario->name, table[i].name) == 0, "%s is found",
		        table[i].name);
		unit_ok(scenario != NULL && scenario->proves[0] != '\0', "%s says what it proves",
		        table[i].name);
		unit_ok(scenario != NULL && scenario->in_suite == table[i].in_suite, "%s is%s in the suite",
		        table[i].name, table[i].in_suite ? "" : " not");
		unit_ok(scenario != NULL
		                && (scenario->client_receive_buffer > 0)
		                           == (strcmp(table[i].name, "slow-reader") == 0
		                               || strcmp(table[i].name, "simultaneous") == 0),
		        "%s: the receive buffer is small only where a window is to be full", table[i].name);
	}
	unit_ok(scenario_find("downlaod") == NULL, "an unknown name is none");
	unit_ok(scenario_find("") == NULL, "nor is an empty one");
	unit_ok(scenario_find("Late") == NULL, "names are in lower case");
	unit_ok(scenario_find("late-") == NULL, "and whole");
}

/* Who is meant to half-close, and that its plan makes it so. */
static void
check_closers(void)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct expected *row = plans_of(i, &plain);

		unit_ok(client.closes_first == (row->first == CLIENT || row->first == EITHER)
		                && responder.closes_first == (row->first == RESPONDER || row->first == EITHER),
		        "%s: who half-closes first", row->name);

		/* An end that waits for the other's FIN cannot be the first, and if both
		 * waited, neither would send one. */
		unit_ok(!(client.closes_first && client.fin_on == FIN_ON_PEER_FIN)
		                && !(responder.closes_first && responder.fin_on == FIN_ON_PEER_FIN)
		                && !(client.fin_on == FIN_ON_PEER_FIN && responder.fin_on == FIN_ON_PEER_FIN),
		        "%s: somebody begins", row->name);
		unit_ok(!(client.send_on == SEND_ON_PEER_FIN && client.closes_first)
		                && !(responder.send_on == SEND_ON_PEER_FIN && responder.closes_first),
		        "%s: who answers a FIN does not send the first", row->name);
		unit_ok(client.fin_on != FIN_ON_TIMER && responder.fin_on != FIN_ON_TIMER,
		        "%s: no clock decides who is first", row->name);
	}
}

/* In the middle of a stream, the FIN comes when a part of it has arrived. */
static void
check_mid_stream(void)
{
	static const struct {
		const char *name;
		bool at_client;
	} rows[] = { { "download", true }, { "upload", false }, { "slow-reader", true }, { "abort", true },
		     { "client-abort", false } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct plan *closer = rows[i].at_client ? &client : &responder;

		scenario_plans(scenario_find(rows[i].name), &plain, NULL, &client, &responder);
		unit_ok(closer->fin_on == FIN_ON_RECEIVED && closer->fin_after > 0
		                && closer->fin_after < plain.size,
		        "%s: the FIN comes in mid-stream", rows[i].name);
	}
	scenario_plans(scenario_find("abort"), &plain, NULL, &client, &responder);
	unit_ok(responder.aborts && !client.aborts && responder.stream_end == END_AFTER_FIN,
	        "abort: the responder's RST follows the client's FIN");
	scenario_plans(scenario_find("client-abort"), &plain, NULL, &client, &responder);
	unit_ok(client.aborts && !responder.aborts && client.stream_end == END_AFTER_FIN,
	        "client-abort: the client's RST follows the responder's FIN");
	scenario_plans(scenario_find("large-request"), &plain, NULL, &client, &responder);
	unit_ok(client.send_size == 8 * plain.size && responder.send_on == SEND_ON_PEER_FIN
	                && responder.tail_size == plain.size && client.interval == 0,
	        "large-request: eight times the size, and the answer follows its FIN");
	scenario_plans(scenario_find("simultaneous"), &plain, NULL, &client, &responder);
	unit_ok(client.stream_end == END_WHEN_FULL && responder.stream_end == END_WHEN_FULL
	                && client.pause_reading && client.pause_time == plain.after_fin,
	        "simultaneous: both fill the path before they half-close");
	scenario_plans(scenario_find("slow-reader"), &plain, NULL, &client, &responder);
	unit_ok(client.pause_reading && !responder.pause_reading, "slow-reader: only the client pauses");
	scenario_plans(scenario_find("fin-with-data"), &plain, NULL, &client, &responder);
	unit_ok(client.fin_with_data && !responder.fin_with_data && client.send_size > 0,
	        "fin-with-data: the client has data to put the FIN on");
	scenario_plans(scenario_find("request"), &plain, NULL, &client, &responder);
	unit_ok(client.send_size > 0 && client.send_size < plain.size
	                && responder.send_on == SEND_ON_PEER_FIN && !client.fin_with_data,
	        "request: a short request, and the answer follows its FIN");
	scenario_plans(scenario_find("echo"), &plain, NULL, &client, &responder);
	unit_ok(responder.stream_end == END_OF_MIRROR && responder.fin_on == FIN_ON_PEER_FIN
	                && responder.tail_size >= plain.size / 2,
	        "echo: the responder sends back, half of it and more after the EOF, then its FIN");
}

static bool
expects(const struct plan *sink, const struct plan *source)
{
	bool known = source->stream_end == END_AT_SIZE || source->stream_end == END_OF_MIRROR;

	return sink->expect_size == (known ? source->send_size : -1) && source->send_size >= 0;
}

static bool
can_half_close(const struct plan *end, const struct plan *peer)
{
	return end->fin_on != FIN_ON_RECEIVED || end->fin_after <= peer->send_size;
}

/* What one end sends is what the other one expects. */
static void
check_sizes(void)
{
	static const int64_t sizes[] = { 0, 1, 2, 3, 511, 512, 513, PRIME, HUGE_SIZE };

	for (size_t i = 0; i < ROWS; i++) {
		for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			struct scenario_settings settings = plain;
			const struct expected *row;
			bool fits, streams = true, reachable;

			settings.size = sizes[j];
			row = plans_of(i, &settings);
			/* What ends by size is expected to the byte, what ends when the FIN was
			 * seen is not known before. */
			fits = expects(&client, &responder) && expects(&responder, &client);
			for (int k = 0; k < 2 && settings.size > 0; k++) {
				const struct plan *end = k == 0 ? &client : &responder;

				if (k == 0 ? row->client_sends : row->responder_sends)
					streams = streams
					          && (end->send_size >= settings.size
					              || end->stream_end == END_WHEN_FULL)
					          && (end->stream_end != END_AFTER_FIN
					              || end->tail_size >= settings.size / 2);
			}
			/* Nobody waits for bytes that never come. */
			reachable = can_half_close(&client, &responder) && can_half_close(&responder, &client);
			unit_ok(fits && streams && reachable, "%s of %" PRId64 " bytes: both plans match",
			        row->name, settings.size);
		}
	}
}

/* Silence is the business of some rows only, and of one end. */
static void
check_hold(void)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct expected *row = plans_of(i, &plain);

		unit_is_int(client.hold, row->holds == CLIENT ? plain.hold : 0, "%s: the client's silence",
		            row->name);
		unit_is_int(responder.hold, row->holds == RESPONDER ? plain.hold : 0,
		            "%s: the responder's silence", row->name);
		unit_ok(client.read_timeout == plain.timeout + (row->silent ? plain.hold : 0)
		                && responder.read_timeout == client.read_timeout,
		        "%s: the time limit counts the silence, at both ends", row->name);
	}
}

static void
check_overflow(void)
{
	static const struct {
		int64_t hold, timeout, limit;
	} rows[] = {
		{ 0, 1, 1 },
		{ INT64_MAX, 1, INT64_MAX },
		{ 1, INT64_MAX, INT64_MAX },
		{ INT64_MAX, INT64_MAX, INT64_MAX },
		{ INT64_MAX - 5, 5, INT64_MAX },
		{ INT64_MAX - 6, 5, INT64_MAX - 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scenario_settings settings = plain;

		settings.hold = rows[i].hold;
		settings.timeout = rows[i].timeout;
		scenario_plans(scenario_find("late"), &settings, NULL, &client, &responder);
		unit_ok(client.read_timeout == rows[i].limit && responder.read_timeout == rows[i].limit,
		        "a silence of %" PRId64 " and a timeout of %" PRId64 " ns", rows[i].hold, rows[i].timeout);
	}
}

static void
check_common(void)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct plan *ends[] = { &client, &responder };
		const struct expected *row = plans_of(i, &plain);
		bool right = true;

		for (int j = 0; j < 2; j++)
			right = right && ends[j]->output_fd == -1 && ends[j]->buf_size > 0
			        && ends[j]->fin_patience > 0 && ends[j]->fin_patience < plain.timeout
			        && (ends[j]->stream_end != END_AFTER_FIN || ends[j]->tail_time == plain.after_fin)
			        && ((ends[j]->chunk == 0 && ends[j]->interval == 0)
			            || (ends[j]->chunk == plain.chunk && ends[j]->interval <= plain.interval));
		unit_ok(right, "%s: pace, patience, and nothing saved", row->name);
	}
}

int
main(void)
{
	check_option();
	check_table();
	check_closers();
	check_mid_stream();
	check_sizes();
	check_hold();
	check_overflow();
	check_common();
	return unit_done();
}
