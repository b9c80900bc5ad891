/* SPDX-License-Identifier: MIT
 *
 * The rows. Each function states only what its scenario is about; what all have
 * in common is set around it by scenario_plans.
 */
#include "scenarios.h"

#include <stdint.h>
#include <string.h>

#include "../base/number.h"
#include "../exchange/payload.h"

/* What a request looks like where the stream is the answer. */
#define REQUEST_BYTES 512

/* A window that is soon full, and how much of it must be. */
#define SMALL_RECEIVE_BUFFER 32768
#define SMALL_WINDOW (SMALL_RECEIVE_BUFFER / 4)

/* An upload that no relay can buffer whole, as a multiple of the size. */
#define LARGE 8

/* What fills the windows of both ends and a box between them, and as much again as the
 * path carries for a while: a box near one end may take far more, which then has to
 * drain through a slow link. */
#define FULL_LEAST (INT64_C(256) << 10)

/* A * B, where too much is as much as there can be. */
static int64_t
times(int64_t a, int64_t b)
{
	int64_t product;

	return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

/* What END sends has no size of its own: it goes on until END has seen the FIN,
 * and then for TAIL bytes and as long as the path may need to react. A FIN that
 * arrives only when the stream is over cannot look right then. */
static void
stream_on(const struct scenario_settings *s, struct plan *end, int64_t tail)
{
	if (s->size == 0)
		return;
	end->stream_end = END_AFTER_FIN;
	end->send_size = PATTERN_ENDLESS;
	end->tail_size = tail;
	end->tail_time = s->after_fin;
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
	stream_on(s, responder, s->size - s->size / 2);
}

static void
upload(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	download(s, responder, client);
}

static void
request(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	client->closes_first = true;
	client->send_size = least(s->size, REQUEST_BYTES);
	responder->send_on = SEND_ON_PEER_FIN;
	stream_on(s, responder, s->size - s->size / 2);
}

static void
large_request(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	request(s, client, responder);
	client->send_size = times(s->size, LARGE);
	client->chunk = client->interval = 0;
	responder->tail_size = s->size;
}

/* What comes back is the pattern again, so nothing has to be buffered to send it;
 * the second half of it follows the EOF, at the stream's pace. */
static void
echo(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	client->closes_first = true;
	client->send_size = s->size;
	client->chunk = client->interval = 0;
	client->fin_with_data = true;
	responder->stream_end = END_OF_MIRROR;
	responder->send_size = s->size;
	responder->tail_size = s->size - s->size / 4;
	responder->fin_on = FIN_ON_PEER_FIN;
}

static void
late(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	client->closes_first = true;
	responder->send_on = SEND_ON_PEER_FIN;
	responder->hold = s->hold;
	stream_on(s, responder, s->size - s->size / 2);
}

static void
slow_reader(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	client->closes_first = true;
	client->fin_on = FIN_ON_RECEIVED;
	client->fin_after = s->size / 4;
	client->pause_reading = true;
	client->pause_fill = SMALL_WINDOW;
	client->pause_time = s->after_fin;
	client->pause_from_ack = true;
	stream_on(s, responder, most(s->size / 2, INT64_C(3) * SMALL_RECEIVE_BUFFER));
	/* The window is to be full soon: within the pause, however slow the others are. */
	responder->interval = least(s->interval / 4, times(s->chunk, s->after_fin) / (INT64_C(3) * SMALL_RECEIVE_BUFFER));
}

/* Both fill the path before they read a byte, so both FINs stand after bytes
 * that are still in flight. The client then rests: the responder's bytes cross
 * after the client's FIN has. */
static void
simultaneous(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	client->closes_first = responder->closes_first = true;
	if (s->size == 0)
		return;
	for (int i = 0; i < 2; i++) {
		struct plan *end = i == 0 ? client : responder;

		end->stream_end = END_WHEN_FULL;
		end->send_size = most(FULL_LEAST, times(s->size, LARGE));
		end->chunk = end->interval = 0;
		/* Whoever is full first reads nothing before the other one is. */
		end->pause_reading = true;
		end->pause_fill = 1;
		end->pause_time = 2 * end->quiet;
	}
	/* It is to outlast what the path does after it has got the FIN. */
	client->pause_time = s->after_fin;
	client->pause_from_ack = true;
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
	download(s, client, responder);
	responder->aborts = true;
}

static void
client_abort(const struct scenario_settings *s, struct plan *client, struct plan *responder)
{
	abort_midway(s, responder, client);
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
	{ "baseline", "nobody half-closes early: the path works at all", baseline, .in_suite = true },
	{ "download", "the client half-closes in mid-stream, the responder keeps sending", download, .in_suite = true,
	  .half_closes = true },
	{ "request", "the client half-closes after its request, the answer follows the EOF", request,
	  .in_suite = true, .half_closes = true },
	{ "upload", "the responder half-closes in mid-stream, the client keeps sending", upload, .in_suite = true,
	  .half_closes = true },
	{ "echo", "the client half-closes after its last byte, everything comes back", echo, .in_suite = true,
	  .half_closes = true, .bursts = true },
	{ "late", "the client half-closes, then an idle time, then data", late, .in_suite = true,
	  .half_closes = true, .holds = true },
	{ "slow-reader", "the client half-closes and stops reading until the window is full", slow_reader,
	  .in_suite = true, .half_closes = true, .bursts = true,
	  .client_receive_buffer = SMALL_RECEIVE_BUFFER },
	{ "simultaneous", "both half-close with data in flight both ways", simultaneous, .in_suite = true,
	  .half_closes = true, .bursts = true, .client_receive_buffer = SMALL_RECEIVE_BUFFER },
	{ "fin-with-data", "the client's FIN is on the segment of its last data", fin_with_data,
	  .in_suite = true, .half_closes = true },
	{ "abort", "the client half-closes, the responder aborts in mid-stream", abort_midway, .in_suite = true,
	  .half_closes = true },
	{ "large-request", "the client half-closes after a large request, the answer follows the EOF",
	  large_request, .in_suite = true, .half_closes = true, .bursts = true },
	{ "client-abort", "the responder half-closes, the client aborts in mid-stream", client_abort,
	  .in_suite = true, .half_closes = true },
	{ "late-server", "the responder half-closes, then an idle time, then data from the client", late_server,
	  .half_closes = true, .holds = true, .client_resumes = true },
	{ "idle", "nobody half-closes: an idle time, then data from the responder", idle, .holds = true },
	{ "idle-server", "nobody half-closes: an idle time, then data from the client", idle_server, .holds = true,
	  .client_resumes = true },
};
const size_t scenarios_count = sizeof(scenarios) / sizeof(scenarios[0]);

const char *
scenario_name(int64_t index)
{
	return index >= 0 && (size_t)index < scenarios_count ? scenarios[index].name : NULL;
}

const struct scenario *
scenario_find(const char *name)
{
	for (size_t i = 0; i < scenarios_count; i++)
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	return NULL;
}

const struct scenario *
scenario_baseline(void)
{
	for (size_t i = 0; i < scenarios_count; i++)
		if (scenarios[i].in_suite && !scenarios[i].half_closes)
			return &scenarios[i];
	return NULL;
}

const struct scenario *
scenario_find_silent(bool half_closes, bool client_resumes)
{
	for (size_t i = 0; i < scenarios_count; i++)
		if (scenarios[i].holds && scenarios[i].half_closes == half_closes
		    && scenarios[i].client_resumes == client_resumes)
			return &scenarios[i];
	return NULL;
}

/* Both ends stop by themselves at the same time: a view is there to be fetched
 * when the other end has given up. A stream gives up waiting for the FIN before
 * that, and ends as it should: what the FIN's sender then sees is no timeout. */
static struct plan
common(const struct scenario_settings *s, const struct payload *pattern)
{
	struct plan plan = plan_default;

	plan.payload = pattern;
	plan.chunk = s->chunk;
	plan.interval = s->interval;
	plan.expect = pattern;
	plan.read_timeout = s->hold > INT64_MAX - s->timeout ? INT64_MAX : s->hold + s->timeout;
	plan.fin_patience = s->timeout / 3 * 2;
	plan.quiet = most(plan.quiet, s->after_fin / 3);
	return plan;
}

void
scenario_plans(const struct scenario *scenario, const struct scenario_settings *settings,
               const struct payload *pattern, struct plan *client, struct plan *responder)
{
	struct scenario_settings s = *settings;

	/* An idle time is the business of the rows that have it. */
	if (!scenario->holds)
		s.hold = 0;
	*client = *responder = common(&s, pattern);
	scenario->plans(&s, client, responder);
	client->expect_size = responder->stream_end == END_AT_SIZE || responder->stream_end == END_OF_MIRROR
	                              ? responder->send_size
	                              : -1;
	responder->expect_size = client->stream_end == END_AT_SIZE ? client->send_size : -1;

	/* An end that only receives has no stream to complete. */
	if (client->send_size == 0)
		client->payload = NULL;
	if (responder->send_size == 0)
		responder->payload = NULL;
}
