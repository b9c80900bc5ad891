/* SPDX-License-Identifier: MIT
 *
 * Settings that fit a path: a table of paths, what holds on every one, what is
 * given stays, and what a first connection tells of a path.
 */
#include "../../src/session/fit.h"

#include <inttypes.h>

#include "../../src/session/prelude.h"
#include "unit.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define KIB INT64_C(1024)
#define KBIT INT64_C(125) /* bytes a second */
#define MBIT (1000 * KBIT)

#define ROWS 8 /* with a pace, of the suite */

static const struct fit_wanted nothing = {
	.settings = { .size = FIT_AUTO, .chunk = FIT_AUTO, .interval = FIT_AUTO, .hold = SECOND,
	              .timeout = FIT_AUTO, .after_fin = FIT_AUTO },
	.max_fin_delay = FIT_AUTO,
	.jobs = FIT_AUTO,
};

static int64_t
pace(const struct fit *fit)
{
	return (int64_t)((double)fit->settings.chunk * (double)SECOND / (double)fit->settings.interval);
}

/* A path, and between what bounds the answers lie. */
static const struct {
	const char *name;
	int64_t rtt, rate;
	int64_t after_fin;
	int64_t size_least, size_most;
	int64_t jobs_least;
	bool room;
	int64_t timeout_most;
} paths[] = {
	{ "loopback", MS / 50, 1000 * MBIT, 900 * MS, 512 * KIB, 1024 * KIB, ROWS, true, 11 * SECOND },
	{ "a slow machine's loopback", MS, 70 * MBIT, 900 * MS, 256 * KIB, 1024 * KIB, ROWS, true, 20 * SECOND },
	{ "a LAN", MS / 2, 100 * MBIT, 900 * MS, 512 * KIB, 1024 * KIB, ROWS, true, 11 * SECOND },
	{ "a line of 16 Mbit/s", 15 * MS, 16 * MBIT, 900 * MS, 64 * KIB, 256 * KIB, ROWS, false, 13 * SECOND },
	{ "1 Mbit/s", 20 * MS, MBIT, 900 * MS, 8 * KIB, 16 * KIB, ROWS, false, 25 * SECOND },
	{ "256 kbit/s", 40 * MS, 256 * KBIT, 900 * MS, 8 * KIB, 16 * KIB, 2, false, 60 * SECOND },
	{ "256 kbit/s and 1.2 s", 1200 * MS, 256 * KBIT, 5400 * MS, 8 * KIB, 16 * KIB, ROWS, false, 100 * SECOND },
	{ "the other side of the earth", 300 * MS, 100 * MBIT, 1800 * MS, 512 * KIB, 1024 * KIB, ROWS, false,
	  25 * SECOND },
	{ "nothing is known, near", MS, 0, 900 * MS, 64 * KIB, 1024 * KIB, ROWS, false, 13 * SECOND },
	{ "nothing is known, far", 500 * MS, 0, 2600 * MS, 8 * KIB, 64 * KIB, ROWS, false, 60 * SECOND },
	{ "next to nothing", SECOND, 1000, 4600 * MS, 1, 16 * KIB, 1, false, 40 * 60 * SECOND },
};

static void
check_paths(void)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct fit_path path = { .rtt = paths[i].rtt, .rate = paths[i].rate };
		static struct fit fit;
		const char *name = paths[i].name;
		const struct scenario_settings *s = &fit.settings;

		fit = fit_suite(&path, &nothing, ROWS);

		unit_is_int(s->after_fin, paths[i].after_fin, "%s: after-fin", name);
		unit_ok(s->size >= paths[i].size_least && s->size <= paths[i].size_most, "%s: size %" PRId64, name,
		        s->size);
		unit_ok(fit.jobs >= paths[i].jobs_least && fit.jobs <= ROWS, "%s: jobs %" PRId64, name, fit.jobs);
		unit_ok(fit.room == paths[i].room, "%s: room", name);
		unit_ok(s->timeout <= paths[i].timeout_most, "%s: timeout %" PRId64, name, s->timeout);
		unit_is_int(s->hold, SECOND, "%s: hold stays", name);
	}
}

/* On every path, whatever was measured of it. */
static void
check_every_path(void)
{
	static const int64_t rates[] = { 0, 1, 1000, 20 * KBIT, 256 * KBIT, MBIT, 10 * MBIT, 300 * MBIT, INT64_MAX };
	static const int64_t rtts[] = { 0, 1, MS, 30 * MS, 300 * MS, 3 * SECOND, 600 * SECOND, INT64_MAX };
	static const int64_t limits[] = { 0, 1, 1500, 100 * KIB, INT64_MAX };
	int positive = 0, carried = 0, long_enough = 0, in_time = 0, within = 0, count = 0;

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		for (size_t j = 0; j < sizeof(rtts) / sizeof(rtts[0]); j++)
			for (size_t k = 0; k < sizeof(limits) / sizeof(limits[0]); k++) {
				const struct fit_path path = { rtts[j], rates[i], limits[k] };
				const struct fit fit = fit_suite(&path, &nothing, 12);
				const struct scenario_settings *s = &fit.settings;

				count++;
				positive += s->size > 0 && s->chunk > 0 && s->interval > 0 && s->timeout > 0
				            && s->after_fin > 0 && fit.max_fin_delay > 0 && fit.jobs >= 1
				            && fit.bursts >= 1;
				/* 512 bytes a second are the least that is tried. */
				carried += rates[i] == 0 || pace(&fit) <= 520
				           || pace(&fit) <= rates[i] / 2 / fit.jobs + rates[i] / 50;
				long_enough += s->after_fin >= 900 * MS && s->after_fin / 4 >= rtts[j] / 4;
				in_time += s->timeout == INT64_MAX
				           || (double)s->timeout > (double)s->after_fin * 2
				                                           + (double)s->size / (double)pace(&fit) * 1e9;
				within += limits[k] == 0 || s->size <= limits[k] / 4 || s->size == 1;
			}
	unit_is_int(positive, count, "no setting is zero or less");
	unit_is_int(carried, count, "all together send half of what the path carries at most");
	unit_is_int(long_enough, count, "the stream outlives any round trip");
	unit_is_int(in_time, count, "the timeout is beyond what it takes");
	unit_is_int(within, count, "a limit is kept");
}

static void
check_given(void)
{
	const struct fit_path path = { .rtt = 30 * MS, .rate = 20 * MBIT };
	const struct fit_wanted all = {
		.settings = { .size = 3, .chunk = 0, .interval = 0, .hold = 0, .timeout = 1, .after_fin = 0 },
		.max_fin_delay = 0,
		.jobs = 1,
	};
	struct fit fit = fit_suite(&path, &all, ROWS);
	struct fit_wanted some = nothing;

	unit_ok(memcmp(&fit.settings, &all.settings, sizeof(all.settings)) == 0, "what is given stays");
	unit_ok(fit.max_fin_delay == 0 && fit.jobs == 1, "the limit and the jobs as well");

	some.settings.chunk = 4 * KIB;
	some.settings.interval = 20 * MS;
	fit = fit_suite(&path, &some, ROWS);
	unit_ok(fit.settings.size == 256 * KIB, "a pace makes a size");

	some = nothing;
	some.settings.interval = 0;
	fit = fit_suite(&path, &some, ROWS);
	unit_ok(fit.settings.chunk > 0 && fit.settings.size > 0 && fit.settings.interval == 0, "no pace at all");

	some = nothing;
	some.settings.size = 100 * 1024 * KIB;
	fit = fit_suite(&path, &some, ROWS);
	unit_ok(fit.settings.size == 100 * 1024 * KIB && fit.settings.timeout > 40 * SECOND,
	        "a large size has the time it takes");
	some.settings.size = INT64_C(1) << 50;
	fit = fit_suite(&path, &some, ROWS);
	unit_ok(fit.settings.timeout > 3600 * SECOND, "the largest as well");
	some.settings.size = 0;
	fit = fit_suite(&path, &some, ROWS);
	unit_ok(fit.settings.size == 0 && fit.settings.chunk > 0, "nothing to send is nothing to send");
}

static void
check_probe(void)
{
	const struct fit_path lan = { .rtt = MS, .rate = 100 * MBIT };
	const struct fit_path slow = { .rtt = 1200 * MS, .rate = 256 * KBIT };
	struct fit_wanted wanted = nothing;
	struct fit fit = fit_probe(&lan, &wanted);

	unit_is_int(fit.settings.size, 64 * KIB, "probe: the size on a LAN");
	unit_is_int(fit.jobs, 16, "probe: jobs");
	unit_ok(fit.settings.timeout < 4 * SECOND, "probe: a dead path is known soon");
	fit = fit_probe(&slow, &wanted);
	unit_ok(fit.settings.size <= 4 * KIB && fit.settings.timeout > 12 * SECOND, "probe: a slow path has time");
	wanted.settings.size = 7;
	wanted.jobs = 3;
	fit = fit_probe(&slow, &wanted);
	unit_ok(fit.settings.size == 7 && fit.jobs == 3, "probe: what is given stays");
}

static void
check_rtt(void)
{
	unit_is_int(fit_rtt(0, 0, 0), 0, "no round trip was measured");
	unit_is_int(fit_rtt(20 * MS, 20 * MS, 22 * MS), 20 * MS, "one connection from end to end");
	unit_is_int(fit_rtt(20 * MS, 21 * MS, 0), 21 * MS, "nobody was asked");
	unit_is_int(fit_rtt(0, 0, 30 * MS), 30 * MS, "the kernels do not tell");
	unit_is_int(fit_rtt(MS / 10, 100 * MS, 310 * MS), 100 * MS + MS / 10, "a proxy next door");
	unit_is_int(fit_rtt(100 * MS, MS / 10, 102 * MS), 100 * MS, "a proxy at the other end");
	unit_is_int(fit_rtt(MS / 10, MS / 10, 500 * MS), MS / 5, "a busy responder is not far");
}

/* RECEIVED bytes from the FIRST to the LAST ns, the first read having got 1000. */
static struct observation
seen(int64_t first, int64_t last, int64_t received)
{
	struct observation observation;

	observation_init(&observation, "client");
	observation.bytes_received = 1000;
	observation_add(&observation, EVENT_FIRST_BYTE, first, 1);
	observation.bytes_received = received;
	observation.bytes_sent = 64 * KIB;
	observation.last_received_at = last;
	observation.at_end = (struct tcp_evidence){ .known = true, .min_rtt_us = 30000, .delivery_rate = -1 };
	return observation;
}

static void
check_measure(void)
{
	struct session_result result = { .tested = true, .finding = { .verdict = VERDICT_PRESERVED } };
	struct fit_path path = prelude_measure(&result);

	unit_ok(path.rtt == 0 && path.rate == 0 && path.limit == 0, "without a view nothing is known");
	result.local_known = true;
	result.local = seen(10 * MS, 510 * MS, 64 * KIB);
	path = prelude_measure(&result);
	unit_is_int(path.rate, 2 * (64 * KIB - 1000), "bytes over the time they took");
	unit_is_int(path.rtt, 30 * MS, "the kernel's round trip");
	result.remote_known = true;
	result.remote = seen(10 * MS, 1010 * MS, 64 * KIB);
	path = prelude_measure(&result);
	unit_is_int(path.rate, 64 * KIB - 1000, "the slower direction counts");
	result.local.at_end.delivery_rate = 100000;
	path = prelude_measure(&result);
	unit_is_int(path.rate, 64 * KIB - 1000, "what took many round trips is believed");
	result.remote = seen(10 * MS, 110 * MS, 64 * KIB);
	result.local.at_end.delivery_rate = 1000000;
	result.local.last_received_at = 60 * MS;
	path = prelude_measure(&result);
	unit_is_int(path.rate, 1000000, "in slow start, what the kernel saw delivered");
	result.local.at_end.delivery_rate = INT64_MAX;
	path = prelude_measure(&result);
	unit_is_int(path.rate, 20 * (64 * KIB - 1000), "within reason");
	result.remote = seen(10 * MS, 10 * MS, 64 * KIB);
	result.local = seen(10 * MS, 10 * MS, 64 * KIB);
	path = prelude_measure(&result);
	unit_ok(path.rate > 1000 * MBIT, "all at once is fast");
	unit_is_int(path.limit, 0, "there is no limit");
	result.finding.verdict = VERDICT_TRUNCATED;
	result.remote = seen(10 * MS, 20 * MS, 5000);
	path = prelude_measure(&result);
	unit_is_int(path.limit, 5000, "a limit of bytes");
	result.finding.verdict = VERDICT_STALLED;
	result.local.at_end.send_queue = 60000;
	path = prelude_measure(&result);
	unit_is_int(path.limit, 0, "what is not acknowledged may be lost");
	result.local.at_end.send_queue = 0;
	path = prelude_measure(&result);
	unit_is_int(path.limit, 5000, "what is acknowledged and never arrives is held back");
	result.finding.verdict = VERDICT_INCONCLUSIVE;
	path = prelude_measure(&result);
	unit_is_int(path.limit, 0, "a stream that still ran has no limit");
}

int
main(void)
{
	check_paths();
	check_every_path();
	check_given();
	check_probe();
	check_rtt();
	check_measure();
	return unit_done();
}
