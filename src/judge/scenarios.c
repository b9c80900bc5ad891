/* SPDX-License-Identifier: MIT
 *
 * The rows. Each function states only what its scenario is about; what all have
 * in common is set around it by scenario_plans.
 */
#include "scenarios.h"

#include <string.h>

#include "../exchange/payload.h"

/* What a request looks like where the stream is the answer. */
#define REQUEST_BYTES 512

/* A window that a megabyte fills many times over. */
#define SMALL_RECEIVE_BUFFER 32768

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void
baseline(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	client->send_size = responder->send_size = s->size;
	responder->fin_on = FIN_ON_RECEIVED;
	responder->fin_after = s->size;
	client->fin_on = FIN_ON_PEER_FIN;
}

static void
download(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	client->closes_first = true;
	client->fin_on = FIN_ON_RECEIVED;
	client->fin_after = s->size / 2;
	responder->send_size = s->size;
}

static void
request(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	client->closes_first = true;
	client->send_size = least(s->size, REQUEST_BYTES);
	responder->send_on = SEND_ON_PEER_FIN;
	responder->send_size = s->size;
}

static void
upload(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	responder->closes_first = true;
	responder->fin_on = FIN_ON_RECEIVED;
	responder->fin_after = s->size / 2;
	client->send_size = s->size;
}

static void
echo(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	client->closes_first = true;
	client->send_size = s->size;
	client->fin_with_data = true; /* or all might be back before the FIN leaves */
	responder->echo = true;
	responder->fin_on = FIN_ON_PEER_FIN;
}

static void
late(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	client->closes_first = true;
	responder->send_on = SEND_ON_PEER_FIN;
	responder->hold = s->hold;
	responder->send_size = s->size;
}

static void
slow_reader(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	client->closes_first = true;
	client->fin_on = FIN_ON_RECEIVED;
	client->fin_after = s->size / 4;
	client->pause_reading = true;
	responder->send_size = s->size;
}

static void
simultaneous(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	client->closes_first = responder->closes_first = true;
	client->send_size = responder->send_size = s->size;
}

static void
fin_with_data(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	request(s, client, responder);
	client->fin_with_data = true;
}

static void
abort_midway(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	client->closes_first = true;
	client->fin_on = FIN_ON_RECEIVED;
	client->fin_after = s->size / 4;
	responder->send_size = s->size;
	responder->abort_after = s->size - s->size / 4;
}

static void
late_server(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	late(s, responder, client);
}

static void
idle(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	responder->hold = s->hold;
	responder->send_size = s->size;
	client->fin_on = FIN_ON_PEER_FIN;
}

static void
idle_server(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	idle(s, responder, client);
}

const struct scenario scenarios[] = {
	{ "baseline", "nobody half-closes early: the path works at all", true, false, 0, baseline },
	{ "download", "the client half-closes in mid-stream, the responder streams on", true, true, 0, download },
	{ "request", "the client half-closes behind its request, the answer follows the EOF", true, true, 0, request },
	{ "upload", "the responder half-closes in mid-stream, the client streams on", true, true, 0, upload },
	{ "echo", "the client half-closes behind its last byte, everything comes back", true, true, 0, echo },
	{ "late", "the client half-closes, then silence, then data", true, true, 0, late },
	{ "slow-reader", "the client half-closes and stops reading until the window is full", true, true,
	  SMALL_RECEIVE_BUFFER, slow_reader },
	{ "simultaneous", "both half-close with data in flight both ways", true, true, 0, simultaneous },
	{ "fin-with-data", "the client's FIN rides on the segment of its last data", true, true, 0, fin_with_data },
	{ "abort", "the client half-closes, the responder aborts in mid-stream", true, true, 0, abort_midway },
	{ "late-server", "the responder half-closes, then silence, then data of the client", false, true, 0,
	  late_server },
	{ "idle", "nobody half-closes: silence, then data of the responder", false, false, 0, idle },
	{ "idle-server", "nobody half-closes: silence, then data of the client", false, false, 0, idle_server },
};
const size_t scenarios_count = sizeof(scenarios) / sizeof(scenarios[0]);

const struct scenario *
scenario_find(const char *name)
{
	for (size_t i = 0; i < scenarios_count; i++)
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	return NULL;
}

/* Both ends stop by themselves at the same time: a view is there to be fetched
 * when the other end has given up. */
static struct plan
common(const struct scenario_settings *s, const struct payload *pattern)
{
	struct plan plan = plan_default;

	plan.payload = pattern;
	plan.chunk = s->chunk;
	plan.interval = s->interval;
	plan.expect = pattern;
	plan.read_timeout = s->hold > INT64_MAX - s->timeout ? INT64_MAX : s->hold + s->timeout;
	return plan;
}

void
scenario_plans(const struct scenario *scenario, const struct scenario_settings *settings,
               const struct payload *pattern, struct plan *client, struct plan *responder)
{
	struct scenario_settings s = *settings;

	/* Silence is the business of the rows that have it. */
	if (strcmp(scenario->name, "late") != 0 && scenario->in_suite)
		s.hold = 0;
	*client = *responder = common(&s, pattern);
	scenario->plans(&s, client, responder);
	client->expect_size = responder->echo ? client->send_size : responder->send_size;
	responder->expect_size = client->send_size;

	/* An end that only receives has no stream to complete. */
	if (client->send_size == 0)
		client->payload = NULL;
	if (responder->send_size == 0)
		responder->payload = NULL;
}
