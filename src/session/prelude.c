/* SPDX-License-Identifier: MIT
 *
 * The baseline is played unpaced, both ways at once, so its rate is that of the
 * slower direction.
 */
#include "prelude.h"

#include <errno.h>
#include <sys/mman.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/log.h"
#include "../daemon/jobs.h"

/* A prelude at work. */
struct play {
	struct session session;
	struct session_result *result; /* shared with the child */
};

static int
play_baseline(void *context, int64_t index)
{
	const struct play *play = context;

	(void)index;
	session_play(&play->session, session_stop_on_signals(), play->result);
	return STATUS_OK;
}

static bool
note_ended(void *context, int64_t index, int status)
{
	struct play *play = context;

	(void)index;
	session_failed(play->result, status);
	return false;
}

/* Round trips in which a stream is still in slow start, and time that is too short to
 * tell a rate. */
#define SLOW_START 6
#define TOO_SHORT (20 * NSEC_PER_MSEC)

/* Nothing is faster than that: what came in one piece took no time at all. */
#define SHORTEST (10 * NSEC_PER_USEC)

/* Bytes per second that END got of PEER, after what its first read took; 0 when they
 * tell nothing. In slow start that is too low, and what PEER's kernel has measured of
 * full flights is nearer, but up to a point only: an idle link may let a burst
 * through. */
static int64_t
rate_at(const struct observation *end, const struct observation *peer, int64_t rtt)
{
	const struct event *first = observation_find(end, EVENT_FIRST_BYTE);
	int64_t delivery = peer != NULL && peer->at_end.known ? peer->at_end.delivery_rate : -1;
	int64_t bytes, time, rate;

	if (first == NULL || (bytes = end->bytes_received - first->received) <= 0)
		return delivery > 0 ? delivery : 0;
	time = end->last_received_at - first->at;
	rate = (int64_t)((double)bytes * (double)NSEC_PER_SEC / (double)(time > SHORTEST ? time : SHORTEST));
	if (delivery <= rate || (time > TOO_SHORT && time / SLOW_START > rtt))
		return rate;
	return delivery < 4 * rate ? delivery : 4 * rate;
}

/* The bytes that END got of those of PEER, where the path let no more through: it
 * ended the connection, or keeps silent about what it has acknowledged. A path that
 * loses packets does neither. */
static int64_t
limit_at(const struct observation *end, const struct observation *peer, enum verdict verdict)
{
	bool ended = verdict == VERDICT_TRUNCATED || verdict == VERDICT_RESET;
	bool swallowed = verdict == VERDICT_STALLED && peer->at_end.known && peer->at_end.send_queue == 0;

	return (ended || swallowed) && end->bytes_received < peer->bytes_sent ? end->bytes_received : 0;
}

struct fit_path
prelude_measure(const struct session_result *result)
{
	const struct observation *near = &result->local, *far = &result->remote;
	struct fit_path path = { 0 };
	int64_t down, up;

	if (!result->local_known)
		return path;
	path.rtt = session_rtt(result);
	if (!result->remote_known) {
		path.rate = rate_at(near, NULL, path.rtt);
		return path;
	}
	down = rate_at(near, far, path.rtt);
	up = rate_at(far, near, path.rtt);
	path.rate = up == 0 || (down != 0 && down < up) ? down : up;
	int64_t there = limit_at(far, near, result->finding.verdict);
	int64_t here = limit_at(near, far, result->finding.verdict);

	path.limit = there == 0 || (here != 0 && here < there) ? here : there;
	return path;
}

int
prelude_play(const struct dial_target *target, const struct payload *pattern,
             struct children *children, struct prelude *prelude)
{
	struct play play = {
		.session = { .scenario = scenario_baseline(),
		             .prelude = true,
		             .target = *target,
		             .pattern = pattern },
	};
	const struct jobs jobs = {
		.count = 1,
		.at_once = 1,
		.children = children,
		.run = play_baseline,
		.ended = note_ended,
		.context = &play,
	};
	int error;

	play.result = mmap(NULL, sizeof(*play.result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	                   -1, 0);
	if (play.result == MAP_FAILED)
		return -1;
	session_untested(play.result, "interrupted before it was played");
	prelude->caught = jobs_run(&jobs);
	error = errno;
	prelude->result = *play.result;
	munmap(play.result, sizeof(*play.result));
	errno = error;
	if (prelude->caught == -1)
		return -1;
	prelude->path = prelude_measure(&prelude->result);
	prelude->carried = prelude->result.local_known
	                   && (prelude->result.local.bytes_received > 0
	                       || (prelude->result.remote_known && prelude->result.remote.bytes_received > 0));
	log_event(LEVEL_DEBUG, "path measured", LOG_DURATION("rtt", prelude->path.rtt),
	          LOG_INTEGER("rate", prelude->path.rate), LOG_INTEGER("limit", prelude->path.limit),
	          LOG_STRING("verdict", verdict_name(prelude->result.finding.verdict)),
	          LOG_STRING("reason", prelude->result.finding.reason));
	return 0;
}
