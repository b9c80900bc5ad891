/* SPDX-License-Identifier: MIT
 *
 * Theory of operation: a box in the middle shows what it does to a half-closed
 * stream some time after the FIN (socat after 0.5 s), so every stream has to run
 * for longer than that after it (after_fin), at a pace that the path carries
 * easily: then nothing queues, and a FIN that is late is late for another reason.
 * Where the path has room for all scenarios at that pace they run side by side.
 * The rate is measured in slow start, on a long path thus far too low: that costs
 * a little time, while one too high would raise alarms.
 */
#include "fit.h"

#include "../base/clock.h"
#include "../base/number.h"

#define KIB INT64_C(1024)

/* The stream of one scenario, half of it before the FIN. */
#define SIZE_LEAST (8 * KIB)
#define SIZE_MOST (1024 * KIB)

/* Less is hardly a stream, more would come in bursts. */
#define CHUNK_LEAST INT64_C(512)
#define CHUNK_MOST (16 * KIB)
#define INTERVAL (10 * NSEC_PER_MSEC)

#define AFTER_FIN (900 * NSEC_PER_MSEC)

/* Bytes per second. */
#define PACE_MOST INT64_C(1600000)
#define PACE_LEAST INT64_C(512)

/* Of a path of which nothing is known, near or far. */
#define RATE_NEAR INT64_C(4000000)
#define RATE_FAR INT64_C(125000)
#define NEAR (20 * NSEC_PER_MSEC)
#define RATE_MOST INT64_C(1000000000)

/* From here on nobody is disturbed by one that sends as fast as it can. */
#define ROOM INT64_C(30000000)
#define ROOM_LOCAL INT64_C(8000000)
#define LOCAL (2 * NSEC_PER_MSEC)

/* From here on such a stream waits for round trips rather than for the link. */
#define FAR_AWAY (100 * NSEC_PER_MSEC)
#define BURSTS 4

#define JOBS_MOST 16
#define TRIALS_MOST 16

/* What a scenario without a pace may have in flight besides its stream: windows
 * and send buffers. */
#define BUFFERS (512 * KIB)
#define LARGE 9 /* a large request and its reply, in streams */

#define PRELUDE (64 * KIB)
#define PRELUDE_RATE INT64_C(32000)

static int64_t
within(int64_t low, int64_t value, int64_t high)
{
	return most(low, least(value, high));
}

/* A * B / C of what is not negative, whatever lies between; as much as there can be
 * where it is too much. */
static int64_t
scaled(int64_t a, int64_t b, int64_t c)
{
	int64_t product;

	if (!__builtin_mul_overflow(a, b, &product))
		return product / c;

	/* 53 bits of it are enough here. */
	double result = (double)a * (double)b / (double)c;

	return result < 9.2e18 ? (int64_t)result : INT64_MAX;
}

static int64_t
sum(int64_t a, int64_t b)
{
	return clock_later(a, b);
}

/* What N bytes take at RATE, ns. */
static int64_t
time_for(int64_t bytes, int64_t rate)
{
	return scaled(bytes, NSEC_PER_SEC, rate);
}

static int64_t
times_rtt(int64_t rtt, int64_t n)
{
	return scaled(rtt, n, 1);
}

static int64_t
rate_of(const struct fit_path *path)
{
	if (path->rate > 0)
		return least(path->rate, RATE_MOST);
	return path->rtt < NEAR ? RATE_NEAR : RATE_FAR;
}

/* To two significant binary digits, down: 16k, 24k, 32k, 48k… */
static int64_t
readable(int64_t size)
{
	int64_t step = 1;

	while (size / step >= 4)
		step *= 2;
	return size - size % step;
}

static int64_t
after_fin_for(int64_t rtt)
{
	return most(AFTER_FIN, sum(times_rtt(rtt, 4), least(times_rtt(rtt, 2), 600 * NSEC_PER_MSEC)));
}

/* What one of JOBS may send a second. */
static int64_t
share(int64_t rate, int64_t jobs)
{
	return most(rate / 2 / most(jobs, 1), PACE_LEAST);
}

/* Chunk and interval for PACE, where they were not given. */
static void
fit_pace(struct scenario_settings *s, int64_t pace)
{
	int64_t interval = s->interval > 0 ? s->interval : INTERVAL;

	if (s->chunk == FIT_AUTO)
		s->chunk = s->interval == 0 ? CHUNK_MOST
		                            : within(CHUNK_LEAST, scaled(pace, interval, NSEC_PER_SEC), CHUNK_MOST);
	if (s->interval == FIT_AUTO)
		s->interval = time_for(s->chunk, pace);
}

/* Bytes per second that chunk and interval make; RATE where they set no limit. */
static int64_t
pace_of(const struct scenario_settings *s, int64_t rate)
{
	if (s->chunk == 0 || s->interval == 0)
		return rate;
	return most(scaled(s->chunk, NSEC_PER_SEC, s->interval), 1);
}

/* The longest that any scenario may take on a sound path, with a lot to spare. */
static int64_t
timeout_for(const struct scenario_settings *s, int64_t rtt, int64_t rate)
{
	int64_t pace = least(pace_of(s, rate), rate);
	int64_t burst = sum(scaled(s->size, LARGE, 1), BUFFERS);
	int64_t timeout = sum(5 * NSEC_PER_SEC, times_rtt(rtt, 20));

	timeout = sum(timeout, scaled(s->after_fin, 2, 1));
	timeout = sum(timeout, time_for(scaled(s->size, 2, 1), pace));
	return sum(timeout, time_for(scaled(burst, 2, 1), rate));
}

struct fit
fit_suite(const struct fit_path *path, const struct fit_wanted *wanted, size_t rows)
{
	struct fit fit = { .settings = wanted->settings, .max_fin_delay = wanted->max_fin_delay };
	struct scenario_settings *s = &fit.settings;
	int64_t rate = rate_of(path), jobs = least((int64_t)rows, JOBS_MOST);
	int64_t least_pace, pace;

	if (s->after_fin == FIT_AUTO)
		s->after_fin = after_fin_for(path->rtt);

	/* The stream runs for as long before the FIN as after it. */
	int64_t span = 2 * most(least(s->after_fin, INT64_MAX / 2), 100 * NSEC_PER_MSEC);

	least_pace = most(scaled(SIZE_LEAST, NSEC_PER_SEC, span), PACE_LEAST);
	while (jobs > 1 && share(rate, jobs) < least_pace)
		jobs--;
	if (s->size != FIT_AUTO)
		pace = within(least_pace, scaled(s->size, NSEC_PER_SEC, span),
		              least(most(PACE_MOST, s->size / 10), most(share(rate, jobs), least_pace)));
	else
		pace = within(least_pace, share(rate, jobs), least(PACE_MOST, scaled(SIZE_MOST, NSEC_PER_SEC, span)));
	/* One alone has the path for itself, but must not fill it. */
	if (jobs == 1)
		pace = most(least(pace, rate / 3), PACE_LEAST);
	/* A quarter of what a connection carries is in each half of its stream. */
	if (path->limit > 0)
		pace = most(least(pace, scaled(path->limit / 4, NSEC_PER_SEC, most(span / 2, 1))), PACE_LEAST);
	fit_pace(s, pace);
	if (s->size == FIT_AUTO) {
		s->size = within(SIZE_LEAST, scaled(least(pace_of(s, rate), rate), span, NSEC_PER_SEC), SIZE_MOST);
		if (path->limit > 0)
			s->size = most(least(s->size, path->limit / 4), 1);
		s->size = readable(s->size);
	}
	if (s->timeout == FIT_AUTO)
		s->timeout = timeout_for(s, path->rtt, rate);
	if (fit.max_fin_delay == FIT_AUTO)
		fit.max_fin_delay = most(NSEC_PER_SEC, times_rtt(path->rtt, 4));
	fit.jobs = wanted->jobs == FIT_AUTO ? jobs : wanted->jobs;
	fit.bursts = path->rtt >= FAR_AWAY ? least(fit.jobs, BURSTS) : 1;
	fit.room = wanted->jobs != FIT_AUTO || rate >= (path->rtt < LOCAL ? ROOM_LOCAL : ROOM);
	return fit;
}

struct fit
fit_probe(const struct fit_path *path, const struct fit_wanted *wanted)
{
	struct fit fit = { .settings = wanted->settings, .max_fin_delay = INT64_MAX };
	struct scenario_settings *s = &fit.settings;
	int64_t rate = rate_of(path);

	/* After an idle time one byte tells as much as many do. */
	if (s->size == FIT_AUTO)
		s->size = readable(within(KIB, rate / 8, 64 * KIB));
	s->chunk = s->interval = s->after_fin = 0;
	s->timeout = sum(3 * NSEC_PER_SEC, times_rtt(path->rtt, 10));
	s->timeout = sum(s->timeout, time_for(scaled(s->size, 4, 1), rate));
	fit.jobs = wanted->jobs == FIT_AUTO ? TRIALS_MOST : wanted->jobs;
	return fit;
}

struct scenario_settings
fit_prelude(int64_t rtt)
{
	return (struct scenario_settings){
		.size = PRELUDE,
		.timeout = sum(sum(4 * NSEC_PER_SEC, time_for(PRELUDE, PRELUDE_RATE)), times_rtt(rtt, 20)),
	};
}

int64_t
fit_line_timeout(int64_t rtt)
{
	return sum(6 * NSEC_PER_SEC, times_rtt(rtt, 10));
}

int64_t
fit_grace(int64_t rtt)
{
	return sum(NSEC_PER_SEC, times_rtt(rtt, 4));
}

int64_t
fit_rtt(int64_t near, int64_t far, int64_t asked)
{
	int64_t longer = most(near, far);

	/* Over one connection from end to end both are the same, and asking takes as
	 * long. Over two in a row it takes as long as both, and longer. */
	if (asked == 0 || asked < sum(longer + longer / 2, 5 * NSEC_PER_MSEC))
		return longer > 0 ? longer : asked;
	return longer > 0 ? within(longer, asked, sum(near, far)) : asked;
}
