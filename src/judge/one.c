/* SPDX-License-Identifier: MIT
 *
 * What one end alone can tell. Its words claim no more than it knows: an
 * acknowledged FIN is the next hop's word, an acknowledged byte too, and an
 * clean EOF is somebody's, not always the other end's.
 */
#include "finding.h"

#include "../base/clock.h"
#include "../exchange/plan.h"

/* What this end sees within that much of its FIN is of the same moment, ns. */
static int64_t
moment(const struct observation *seen)
{
	int64_t rtt = seen->at_fin_sent.known ? (int64_t)seen->at_fin_sent.rtt_us * NSEC_PER_USEC : 0;

	return EVIDENCE_AT_ONCE + 2 * rtt;
}

/* Time ran out while the closer still waited. */
static struct finding
closer_timed_out(const struct plan *plan, const struct observation *seen)
{
	int64_t fin = observation_at(seen, EVENT_FIN_SENT);
	int64_t over = evidence_at_or_end(seen, EVENT_CLOSED);
	int64_t last = seen->bytes_received_after_fin > 0 ? seen->last_received_at : fin;
	int64_t silence = over - (last > fin ? last : fin);

	/* With --read-timeout as long as --write-timeout, as by default, that much
	 * silence is what any path does. */
	if (over - fin <= moment(seen))
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "time was up %s after the FIN, too early to tell; a longer %s would settle it",
		               SPAN(over - fin),
		               evidence_saw(seen, EVENT_IDLE_TIMEOUT) ? "--idle-timeout" : "--read-timeout");
	if (plan->expect_size >= 0 && seen->bytes_received == plan->expect_size)
		return finding(VERDICT_EOF_LOST, silence,
		               "all %jd bytes arrived, but no EOF within %s after the last of them",
		               (intmax_t)seen->bytes_received, SPAN(silence));
	if (seen->bytes_received_after_fin > 0 && !evidence_saw(seen, EVENT_IDLE_TIMEOUT)
	    && silence < STILL_RUNNING && silence < (over - fin) / 2)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the stream still ran when time was up: %jd bytes arrived in %s after the FIN; a "
		               "longer --read-timeout would settle it",
		               (intmax_t)seen->bytes_received_after_fin, SPAN(over - fin));
	return finding(VERDICT_STALLED, silence,
	               "nothing arrived for %s and no EOF came; the FIN was %s, %jd bytes arrived "
	               "before it and %jd after it",
	               SPAN(silence), evidence_fin_fate(seen),
	               (intmax_t)(seen->bytes_received - seen->bytes_received_after_fin),
	               (intmax_t)seen->bytes_received_after_fin);
}

/* A clean EOF after the FIN. */
static struct finding
closer_got_eof(const struct plan *plan, const struct observation *seen)
{
	int64_t fin = observation_at(seen, EVENT_FIN_SENT);
	int64_t eof = observation_at(seen, EVENT_EOF);
	int64_t after = seen->bytes_received_after_fin;
	int64_t total = seen->bytes_received;
	int64_t queued = seen->at_fin_sent.known ? seen->at_fin_sent.receive_queue : 0;

	if (plan->expect_size >= 0 && total < plan->expect_size)
		return finding(VERDICT_TRUNCATED, eof - fin,
		               "EOF came %s after the FIN with %jd of %jd bytes: %jd are missing", SPAN(eof - fin),
		               (intmax_t)total, (intmax_t)plan->expect_size,
		               (intmax_t)(plan->expect_size - total));
	if (evidence_fin_unacked(seen))
		return finding(VERDICT_FIN_LOST, -1,
		               "EOF came with %jd bytes, but the FIN was never acknowledged", (intmax_t)total);
	/* Anybody can send a FIN; what ends a stream of TLS is the alert. */
	if (evidence_saw(seen, EVENT_EOF_WITHOUT_NOTIFY) && plan->expect_size < 0)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "EOF came without a close_notify %s after the FIN, %jd bytes in all: a cut looks the "
		               "same; --expect-size would tell a complete stream from a cut one",
		               SPAN(eof - fin), (intmax_t)total);
	/* Of a complete stream, the end may already have been in the queue. */
	if (after == 0 || (plan->expect_size >= 0 && after <= queued))
		return finding(VERDICT_INCONCLUSIVE, -1,
		               plan->expect_size >= 0
		                       ? "all %jd bytes had arrived before the FIN: nothing was left to send, so an "
		                         "earlier --write-timeout is needed"
		                       : "EOF came without a byte after the FIN, %jd bytes in all; --expect-size "
		                         "would tell a complete stream from a cut one",
		               (intmax_t)total);
	if (plan->expect_size >= 0)
		return finding(VERDICT_COMPLETE, -1,
		               "all %jd bytes arrived, %jd of them in %s after the FIN, then EOF%s; what the other "
		               "end saw is not known here",
		               (intmax_t)total, (intmax_t)after, SPAN(eof - fin),
		               evidence_saw(seen, EVENT_EOF_WITHOUT_NOTIFY) ? " without a close_notify" : "");
	/* A path that closes at once has its EOF here within a round trip, after
	 * what was in flight. */
	if (after <= queued || eof - fin <= moment(seen) || seen->last_received_at - fin <= moment(seen))
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "%jd bytes came in the %s after the FIN, but all may have been in flight before it; "
		               "--expect-size would tell a complete stream from a cut one",
		               (intmax_t)after, SPAN(seen->last_received_at - fin));
	return finding(VERDICT_ORDERLY, -1,
	               "bytes kept arriving for %s after the FIN, %jd in all, then EOF; only --expect-size "
	               "tells whether that was everything",
	               SPAN(eof - fin), (intmax_t)after);
}

static struct finding
judge_closer(const struct plan *plan, const struct observation *seen)
{
	int64_t fin = observation_at(seen, EVENT_FIN_SENT);
	const struct event *cut = evidence_broken(seen);
	struct finding found;

	if (finding_corrupted(seen, "here", &found))
		return found;
	/* However it ended: without the bytes to compare with, the count alone tells. */
	if (plan->expect_size >= 0 && seen->bytes_received > plan->expect_size)
		return finding(VERDICT_CORRUPTED, -1, "%jd bytes arrived where %jd were expected",
		               (intmax_t)seen->bytes_received, (intmax_t)plan->expect_size);
	if (finding_could_not_test(seen, "here", &found))
		return found;
	if (fin >= 0 && cut != NULL && !evidence_saw(seen, EVENT_EOF))
		return finding(VERDICT_RESET, cut->at - fin, "%s came %s after the FIN, %jd bytes after it",
		               finding_error_name(seen->error), SPAN(cut->at - fin),
		               (intmax_t)seen->bytes_received_after_fin);
	if (fin < 0)
		return finding_never_half_closed(seen, "here");
	if (evidence_saw(seen, EVENT_EOF))
		return closer_got_eof(plan, seen);
	if (evidence_saw(seen, EVENT_TIMED_OUT))
		return finding(VERDICT_STALLED, observation_at(seen, EVENT_TIMED_OUT) - fin,
		               "TCP gave up (ETIMEDOUT) %s after the FIN, which was %s; %jd bytes arrived after it",
		               SPAN(observation_at(seen, EVENT_TIMED_OUT) - fin),
		               evidence_fin_fate(seen),
		               (intmax_t)seen->bytes_received_after_fin);
	return closer_timed_out(plan, seen);
}

static struct finding
judge_streamer(const struct plan *plan, const struct observation *seen)
{
	int64_t fin = observation_at(seen, EVENT_FIN_SEEN);
	int64_t after = seen->bytes_sent_after_fin;
	int64_t flight = evidence_in_flight_at_fin_seen(seen);
	int64_t queue = seen->at_end.known ? seen->at_end.send_queue : 0;
	const struct event *cut = evidence_broken(seen);
	struct finding found;

	if (finding_corrupted(seen, "here", &found) || finding_could_not_test(seen, "here", &found))
		return found;
	if (cut != NULL && fin >= 0)
		return finding(VERDICT_RESET, cut->at - fin,
		               "%s %s after the peer's FIN: %jd bytes were sent after it, %jd stayed unacknowledged",
		               finding_error_name(seen->error), SPAN(cut->at - fin), (intmax_t)after, (intmax_t)queue);
	if (cut != NULL)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the peer's FIN never came: %s after %jd of %jd bytes", finding_error_name(seen->error),
		               (intmax_t)seen->bytes_sent, (intmax_t)plan->send_size);
	if (evidence_saw(seen, EVENT_SEND_TIMEOUT) || evidence_saw(seen, EVENT_TIMED_OUT))
		return finding(fin >= 0 ? VERDICT_STALLED : VERDICT_INCONCLUSIVE, -1,
		               "the peer took no byte for too long%s: %jd of %jd bytes sent, %jd unacknowledged",
		               fin >= 0 ? " after its FIN" : "; its FIN never came", (intmax_t)seen->bytes_sent,
		               (intmax_t)plan->send_size, (intmax_t)queue);
	if (fin < 0)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "all %jd bytes were sent, and no FIN of the peer came within %s after that",
		               (intmax_t)seen->bytes_sent,
		               SPAN(evidence_at_or_end(seen, EVENT_CLOSED) - evidence_at_or_end(seen, EVENT_ALL_SENT)));
	if (after + flight == 0)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the peer's FIN came when all %jd bytes had arrived: nothing was left to send",
		               (intmax_t)seen->bytes_sent);
	if (evidence_fin_unacked(seen))
		return finding(VERDICT_STALLED, -1,
		               "%jd bytes were sent after the peer's FIN, but %jd stayed unacknowledged (%s)",
		               (intmax_t)after, (intmax_t)queue, tcp_state_name(seen->at_end.state));
	if (!evidence_saw(seen, EVENT_FIN_ACKED))
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "%jd bytes were sent after the peer's FIN, but the kernel did not tell whether anybody "
		               "acknowledged them",
		               (intmax_t)after);
	/* An RST that answers bytes which nobody takes any more needs a round trip. */
	if (observation_at(seen, EVENT_CLOSED) - fin <= moment(seen))
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "%jd bytes left in the %s after the peer's FIN: too soon to tell whether anybody "
		               "takes them",
		               (intmax_t)(after + flight), SPAN(observation_at(seen, EVENT_CLOSED) - fin));
	return finding(VERDICT_ORDERLY, -1,
	               "%jd bytes left after the peer's FIN and %jd were in flight when it came; all were "
	               "acknowledged, by the peer or something nearer",
	               (intmax_t)after, (intmax_t)flight);
}

struct finding
judge_one(const struct plan *plan, const struct observation *seen)
{
	return plan->closes_first ? judge_closer(plan, seen) : judge_streamer(plan, seen);
}
