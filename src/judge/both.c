/* SPDX-License-Identifier: MIT
 *
 * Theory of operation: every direction of a connection has a source and a sink.
 * The end that half-closed (the closer) is the source of the FIN whose fate is
 * in question, and the sink of the bytes that must still arrive; its peer (the
 * streamer) is the source of those, and goes on until it has seen the FIN and
 * then as long as the path may need to react. What the sink misses, set beside
 * what the source learned from its own kernel, names the fault: an error at the
 * source shows a close that the path made, no error shows that somebody on the
 * path took the bytes and threw them away, silence at both ends shows that
 * packets vanish. What an end did by itself when its time was up is never taken
 * for the path's doing.
 */
#include "finding.h"

#include <stddef.h>
#include <string.h>

#include "../base/clock.h"
#include "../exchange/plan.h"

/* Losses of the same segment in a row, the last ones after a second and more, that are
 * not chance. */
#define LOSSES 4

static bool
timed_out(const struct observation *seen)
{
	return evidence_saw(seen, EVENT_READ_TIMEOUT) || evidence_saw(seen, EVENT_IDLE_TIMEOUT)
	       || evidence_saw(seen, EVENT_LINGER_TIMEOUT) || evidence_saw(seen, EVENT_SEND_TIMEOUT);
}

/* Whether the stream of SOURCE ran to the end that its plan has. */
static bool
sent_all(const struct end *source)
{
	return evidence_saw(source->seen, EVENT_ALL_SENT) || source->plan->payload == NULL;
}

/* How many bytes must reach the sink: those of the plan, or, of a stream that has
 * no size of its own, those that were sent. */
static int64_t
must_arrive(const struct end *source)
{
	if (source->plan->stream_end == END_AT_SIZE || source->plan->stream_end == END_OF_MIRROR)
		return source->plan->send_size;
	return source->seen->bytes_sent;
}

/* Bytes that the sink of SOURCE's stream misses; one that broke off misses one at
 * least. */
static int64_t
missing(const struct end *source, const struct end *sink)
{
	int64_t short_by = must_arrive(source) - sink->seen->bytes_received;

	return short_by > 0 ? short_by : 0;
}

/* How long after the FIN the path cut the connection, as the streamer saw it: the
 * time from the FIN's arrival to the error, on its own clock, without the round
 * trip that its own bytes needed; or -1. */
static int64_t
cut_at_streamer(const struct end *streamer, const struct event *cut)
{
	int64_t seen = observation_at(streamer->seen, EVENT_FIN_SEEN);
	int64_t started = observation_at(streamer->seen, EVENT_SEND_STARTED);

	if (cut == NULL || seen < 0)
		return -1;
	/* What it sent first only after the FIN cannot be answered before that. */
	if (started > seen)
		return cut->at - started;
	return cut->at - seen;
}

/* The round trip with what waited in queues, ns; 0: not known. */
static int64_t
queued_rtt(const struct observation *seen)
{
	uint32_t at_fin = seen->at_fin_sent.known ? seen->at_fin_sent.rtt_us : 0;
	uint32_t at_end = seen->at_end.known ? seen->at_end.rtt_us : 0;

	return (int64_t)(at_fin > at_end ? at_fin : at_end) * NSEC_PER_USEC;
}

/* Whether the path closed both directions at the FIN: how long after it, in
 * *AFTER. The streamer knows best: its bytes never cease. */
static bool
closed_at_once(const struct evidence *evidence, const struct end *closer,
               const struct end *streamer, const struct event *cut, int64_t *after)
{
	/* A reader that pauses sees the FIN come, but reads the EOF later. */
	const struct event *end = evidence_fin_arrival(closer->seen);
	/* Idle, it noticed nothing until its idle time was over. */
	int64_t at_streamer = streamer->plan->hold > 0 ? -1 : cut_at_streamer(streamer, cut);
	int64_t interval = streamer->plan->interval;

	*after = end->at - observation_at(closer->seen, EVENT_FIN_SENT);
	/* A FIN behind a full path arrives when that has drained, not when it was sent. */
	if (closer->plan->stream_end == END_WHEN_FULL && cut != NULL
	    && evidence_saw(closer->seen, EVENT_FIN_ACKED)) {
		*after = evidence_gap(closer, observation_at(closer->seen, EVENT_FIN_ACKED), streamer, cut->at);
		if (*after < 0)
			*after = 0;
		return *after <= EVIDENCE_AT_ONCE + 2 * evidence->rtt + evidence->bound;
	}
	if (at_streamer >= 0) {
		bool answers = streamer->plan->send_on == SEND_ON_PEER_FIN;

		if (at_streamer < *after || closer->plan->pause_reading)
			*after = at_streamer;
		/* Where its bytes are far apart, the EOF tells more: it comes right behind the FIN's
		 * acknowledgement. */
		if (2 * interval > EVIDENCE_AT_ONCE && !closer->plan->pause_reading
		    && evidence_saw(closer->seen, EVENT_FIN_ACKED)
		    && end->at - observation_at(closer->seen, EVENT_FIN_ACKED) > EVIDENCE_AT_ONCE + 2 * queued_rtt(closer->seen))
			return false;
		return at_streamer <= EVIDENCE_AT_ONCE + 2 * (interval < NSEC_PER_SEC ? interval : NSEC_PER_SEC)
		                              + (answers ? 2 : 1) * evidence_rtt(streamer->seen);
	}
	return *after <= EVIDENCE_AT_ONCE + 2 * evidence->rtt;
}

/* The other end aborts on purpose, and the abort must arrive as one (RFC 9293,
 * MUST-12: an application is told whether it was closed or aborted). One that
 * came sooner after the FIN than the other end aborted after it saw the FIN is
 * the path's: that needs no comparison of clocks. */
static bool
abort_counts(const struct evidence *evidence, const struct end *aborter, const struct end *other,
             const struct event *ended)
{
	int64_t waited = observation_at(aborter->seen, EVENT_ABORTED)
	                 - observation_at(aborter->seen, EVENT_FIN_SEEN);
	int64_t slack = NSEC_PER_MSEC;

	return ended->at - observation_at(other->seen, EVENT_FIN_SENT)
	       >= waited + evidence->rtt / 2 - slack;
}

/* The FIN that the streamer saw is not the closer's. */
static struct finding
judge_forged(const struct evidence *evidence, const struct end *closer, const struct end *streamer)
{
	int64_t early = -evidence_gap(closer, evidence_at_or_end(closer->seen, EVENT_FIN_SENT), streamer,
	                              evidence_at_or_end(streamer->seen, EVENT_FIN_SEEN));

	if (early > evidence->bound)
		return finding(VERDICT_FIN_LOST, -1,
		               "a FIN came %s %s (give or take %s) before the one %s was sent: the path made it, "
		               "and the real one never arrived",
		               streamer->where, SPAN(early), SPAN(evidence->bound), closer->where);
	return finding(VERDICT_FIN_LOST, -1,
	               "a FIN came %s when what had been read %s by its FIN had not even left: the path made it, "
	               "and the real one never arrived",
	               streamer->where, closer->where);
}

static struct finding
judge_late_fin(const struct evidence *evidence, const struct end *closer, const struct end *streamer)
{
	int64_t delay = evidence_fin_delay(evidence, closer, streamer);

	return finding(VERDICT_FIN_DELAYED, delay, "the FIN sent %s was seen %s only %s later", closer->where,
	               streamer->where, SPAN(delay));
}

/* An abort may overtake the last bytes, but not all of a long while: a segment that was
 * lost, and was sent again after a timeout (RFC 6298; 200 ms at least on Linux),
 * explains no more than this. */
static bool
fell_silent(const struct evidence *evidence, const struct end *aborter, const struct end *other,
            const struct event *cut)
{
	int64_t last = other->seen->last_received_at >= 0 ? other->seen->last_received_at : 0;
	int64_t own = observation_at(aborter->seen, EVENT_ABORTED) - aborter->seen->last_sent_at;

	if (aborter->seen->bytes_sent <= other->seen->bytes_received)
		return false;
	/* Bytes that nobody acknowledged were lost on their way, and nobody took them. */
	if (evidence_in_flight_at_end(aborter->seen) > 0 && aborter->seen->at_end.backoff < LOSSES
	    && aborter->seen->bytes_sent - evidence_in_flight_at_end(aborter->seen)
	               <= other->seen->bytes_received)
		return false;
	return aborter->seen->bytes_sent > 0
	       && cut->at - last - own > 6 * EVIDENCE_AT_ONCE + 5 * evidence->rtt / 2;
}

static bool
judge_abort(const struct evidence *evidence, const struct end *aborter, const struct end *other,
            struct finding *found)
{
	const struct event *cut = evidence_broken(other->seen);
	const struct event *eof = evidence_fin_arrival(other->seen);
	int64_t fin = observation_at(other->seen, EVENT_FIN_SENT);
	int64_t sent = aborter->seen->bytes_sent;

	if (!aborter->plan->aborts || !evidence_saw(aborter->seen, EVENT_ABORTED) || fin < 0)
		return false;
	if (!evidence_saw(aborter->seen, EVENT_FIN_SEEN) || !sent_all(aborter))
		return false; /* not the planned abort: time was up */
	if (!evidence_same_fin(evidence, other, aborter)) {
		*found = judge_forged(evidence, other, aborter);
		return true;
	}
	if (evidence_saw(other->seen, EVENT_EOF)) {
		if (!abort_counts(evidence, aborter, other, eof))
			return false;
		*found = finding(VERDICT_ABORT_MASKED, -1,
		                 "RST was sent %s after %jd bytes, but a clean EOF arrived %s after %jd",
		                 aborter->where, (intmax_t)sent, other->where,
		                 (intmax_t)other->seen->bytes_received);
		return true;
	}
	if (cut == NULL)
		*found = finding(VERDICT_STALLED, -1, "RST sent %s after %jd bytes never arrived %s",
		                 aborter->where, (intmax_t)sent, other->where);
	else if (!abort_counts(evidence, aborter, other, cut))
		*found = finding(VERDICT_RESET, cut->at - fin,
		                 "%s came %s %s after the FIN, before the abort sent %s (%s after the FIN was seen "
		                 "there) could arrive",
		                 finding_error_name(other->seen->error), other->where, SPAN(cut->at - fin),
		                 aborter->where,
		                 SPAN(observation_at(aborter->seen, EVENT_ABORTED)
		                      - observation_at(aborter->seen, EVENT_FIN_SEEN)));
	else if (fell_silent(evidence, aborter, other, cut))
		*found = finding(VERDICT_SILENT_DISCARD, other->seen->last_received_at - fin,
		                 "RST sent %s arrived %s, but of what was sent until then nothing came in the last %s",
		                 aborter->where, other->where, SPAN(cut->at - other->seen->last_received_at));
	else if (evidence_fin_delay(evidence, other, aborter) > evidence->max_fin_delay)
		*found = judge_late_fin(evidence, other, aborter);
	else
		*found = finding(VERDICT_PRESERVED, -1,
		                 "RST sent %s after %jd bytes, %s after the FIN was seen, arrived %s as %s",
		                 aborter->where, (intmax_t)sent,
		                 SPAN(observation_at(aborter->seen, EVENT_ABORTED)
		                      - observation_at(aborter->seen, EVENT_FIN_SEEN)),
		                 other->where, finding_error_name(other->seen->error));
	return true;
}

/* The FIN was not there while the stream ran, although the stream waited. */
static struct finding
judge_overdue(const struct end *closer, const struct end *streamer)
{
	const struct observation *s = streamer->seen;
	int64_t seen = observation_at(s, EVENT_FIN_SEEN);
	int64_t own = evidence_at_or_end(s, EVENT_FIN_SENT);
	int64_t acked = observation_at(s, EVENT_FIN_ACKED);
	int64_t ran = observation_at(s, EVENT_FIN_OVERDUE) - evidence_at_or_end(s, EVENT_SEND_STARTED);
	int64_t moment = EVIDENCE_AT_ONCE + 2 * evidence_rtt(s);

	/* One that comes for itself is late; one that comes when the stream has ended
	 * was held back until then. */
	if (seen >= 0 && seen - own > moment && (acked < 0 || seen - acked > moment))
		return finding(VERDICT_FIN_DELAYED, seen,
		               "the FIN sent %s was not seen %s while the stream ran for %s, but only %s after that",
		               closer->where, streamer->where, SPAN(ran), SPAN(seen - own));
	return finding(VERDICT_FIN_LOST, -1,
	               "the FIN sent %s was not seen %s while the stream ran for %s%s", closer->where,
	               streamer->where, SPAN(ran), seen >= 0 ? ", only when it had ended" : "");
}

/* Whether bytes of FROM were on their way when a FIN crossed them: not acknowledged when
 * FROM sent its own, or, where something near acknowledges what the other end has not
 * got, still to come to TO when that sent its. */
static bool
crossed(const struct end *from, const struct end *to)
{
	const struct tcp_evidence *at_fin = &to->seen->at_fin_sent;

	return evidence_in_flight_at_fin_sent(from->seen) > 0
	       || (at_fin->known && at_fin->receive_queue >= 0
	           && to->seen->bytes_received_after_fin > at_fin->receive_queue);
}

/* All that was streamed arrived: what about the FIN, and the bytes before it? */
static struct finding
judge_complete(const struct evidence *evidence, const struct end *closer,
               const struct end *streamer)
{
	const struct observation *c = closer->seen;
	const struct observation *s = streamer->seen;
	const struct event *cut = evidence_broken_by_path(evidence, streamer, closer);
	int64_t fin = observation_at(c, EVENT_FIN_SENT);
	int64_t seen = observation_at(s, EVENT_FIN_SEEN);
	int64_t queued = c->at_fin_sent.known ? c->at_fin_sent.receive_queue : 0;
	int64_t delay = evidence_fin_delay(evidence, closer, streamer);
	int64_t on;

	if (seen < 0 && cut != NULL)
		return finding(VERDICT_RESET, cut->at - fin,
		               "all %jd bytes arrived %s, but %s came %s in place of the FIN",
		               (intmax_t)c->bytes_received, closer->where, finding_error_name(s->error),
		               streamer->where);
	if (evidence_saw(s, EVENT_FIN_OVERDUE))
		return judge_overdue(closer, streamer);
	if (seen < 0)
		return finding(VERDICT_FIN_LOST, -1,
		               "all %jd bytes arrived, but the FIN sent %s was never seen %s",
		               (intmax_t)c->bytes_received, closer->where, streamer->where);
	if (!evidence_same_fin(evidence, closer, streamer))
		return judge_forged(evidence, closer, streamer);
	if (delay > evidence->max_fin_delay)
		return judge_late_fin(evidence, closer, streamer);
	if (closer->plan->stream_end == END_WHEN_FULL && streamer->plan->stream_end == END_WHEN_FULL) {
		const struct end *idle = !crossed(closer, streamer)   ? closer
		                         : !crossed(streamer, closer) ? streamer
		                                                      : NULL;

		if (idle != NULL)
			return finding(VERDICT_INCONCLUSIVE, -1,
			               "no byte was in flight %s when its FIN was sent (%jd sent): nothing was tested",
			               idle->where, (intmax_t)idle->seen->bytes_sent);
	} else if (s->bytes_sent_after_fin + evidence_in_flight_at_fin_seen(s) == 0
	           && c->bytes_received_after_fin <= queued)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the stream of %jd bytes had ended before the FIN arrived %s: nothing was tested",
		               (intmax_t)s->bytes_sent, streamer->where);
	else if (closer->plan->pause_reading && !evidence_saw(c, EVENT_WINDOW_FULL))
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the window %s never filled while nothing was read: nothing was tested", closer->where);
	on = evidence_at_or_end(c, EVENT_EOF) - fin;
	return finding(VERDICT_PRESERVED, -1,
	               "all %jd bytes arrived, %jd of them in %s after the %s, which was seen %s %s%s",
	               (intmax_t)c->bytes_received, (intmax_t)c->bytes_received_after_fin, SPAN(on),
	               evidence_alert_alone(c, s) ? "close_notify" : "FIN",
	               streamer->where, delay > NSEC_PER_MSEC ? "within " : "at once",
	               delay > NSEC_PER_MSEC ? SPAN(delay) : "");
}

/* The closer got a clean EOF that the streamer did not send, or bytes are
 * missing in front of the one it did. */
static struct finding
judge_early_eof(const struct evidence *evidence, const struct end *closer,
                const struct end *streamer)
{
	const struct observation *c = closer->seen;
	const struct observation *s = streamer->seen;
	const struct event *cut = evidence_broken_by_path(evidence, streamer, closer);
	int64_t lost = missing(streamer, closer), after;
	bool at_once = closed_at_once(evidence, closer, streamer, cut, &after);
	bool own_end = cut == NULL && !evidence_saw(s, EVENT_FIN_SENT) && evidence_broken(s) == NULL;

	/* A mirror cannot send what has not come; its own early end is the path's. */
	if (at_once && cut != NULL && evidence_sent_notify(c))
		return finding(VERDICT_FULL_CLOSE, after,
		               "EOF came %s %s after the close_notify with %jd bytes missing, and %s %s: the path "
		               "answered the close_notify%s by closing both directions%s (round trip %s)",
		               closer->where,
		               SPAN(evidence_fin_arrival(c)->at - observation_at(c, EVENT_FIN_SENT)),
		               (intmax_t)lost, finding_error_name(s->error), streamer->where,
		               evidence_withheld_fin(c) ? "" : " and the FIN", evidence_demanded_close(c),
		               SPAN(evidence->rtt));
	if (at_once && cut != NULL)
		return finding(VERDICT_FULL_CLOSE, after,
		               "EOF came %s %s after the FIN with %jd bytes missing, and %s %s: the path closed both "
		               "directions at once (round trip %s)",
		               closer->where,
		               SPAN(evidence_fin_arrival(c)->at - observation_at(c, EVENT_FIN_SENT)),
		               (intmax_t)lost, finding_error_name(s->error), streamer->where,
		               SPAN(evidence->rtt));
	/* An EOF after the idle time, without an error, is the streamer's own. */
	if (streamer->plan->hold > 0 && c->bytes_received_after_fin == 0 && !at_once
	    && (cut != NULL || after < streamer->plan->hold))
		return finding(VERDICT_IDLE_EXPIRED_CLOSE, after,
		               "the path closed the idle connection %s after the FIN: EOF %s, %s %s, %jd bytes "
		               "missing",
		               SPAN(after), closer->where, cut != NULL ? finding_error_name(s->error) : "no error",
		               streamer->where, (intmax_t)lost);
	if (cut != NULL)
		return finding(VERDICT_LINGER_CUTOFF, after,
		               "the path cut the running stream %s after the FIN (round trip %s): EOF %s with %jd "
		               "bytes missing, %s %s",
		               SPAN(after), SPAN(evidence->rtt), closer->where, (intmax_t)lost,
		               finding_error_name(s->error), streamer->where);
	if (!evidence_saw(s, EVENT_FIN_SEEN) && own_end)
		return finding(VERDICT_FIN_LOST, -1,
		               "the FIN sent %s was never seen %s, and an EOF that was not sent there came %s after "
		               "%jd bytes",
		               closer->where, streamer->where, closer->where, (intmax_t)c->bytes_received);
	return finding(VERDICT_SILENT_DISCARD, after,
	               "%jd bytes were sent %s without an error, but only %jd arrived %s before a clean EOF, "
	               "%s after the FIN",
	               (intmax_t)s->bytes_sent, streamer->where, (intmax_t)c->bytes_received, closer->where,
	               SPAN(after));
}

/* Whether bytes still came in at END when time was up, there or at its peer. What
 * came since SINCE counts. */
static bool
still_ran(const struct evidence *evidence, const struct end *end, const struct end *peer,
          int64_t since)
{
	int64_t over = evidence_at_or_end(end->seen, EVENT_CLOSED);
	int64_t silence = over - end->seen->last_received_at;
	bool ended_by_peer = evidence_broken(end->seen) != NULL
	                     && evidence_broken_by_path(evidence, end, peer) == NULL;

	return (timed_out(end->seen) || ended_by_peer) && silence < STILL_RUNNING
	       && silence < (over - since) / 2;
}

static struct finding
ran_out_of_time(const struct end *end, int64_t expected)
{
	return finding(VERDICT_INCONCLUSIVE, -1,
	               "the stream still ran when time was up: %jd of %jd bytes arrived %s; a smaller "
	               "--size or a longer --timeout would settle it",
	               (intmax_t)end->seen->bytes_received, (intmax_t)expected, end->where);
}

/* How long the connection was idle behind the FIN when CUT_HERE came to the closer, or CUT
 * to the streamer (either may be NULL): what the FIN took on its way is not idle time, nor
 * what was lost of the RST. */
static int64_t
idle_time(const struct end *closer, const struct end *streamer, const struct event *cut_here,
          const struct event *cut)
{
	int64_t fin = observation_at(closer->seen, EVENT_FIN_SENT);
	int64_t seen = observation_at(streamer->seen, EVENT_FIN_SEEN);
	int64_t held = observation_at(streamer->seen, EVENT_HOLD_STARTED);
	int64_t idle = INT64_MAX, since;

	if (cut_here != NULL) {
		idle = cut_here->at - fin;
		since = seen >= 0 ? evidence_gap(streamer, seen, closer, cut_here->at) : idle;
		idle = since < idle ? since : idle;
	}
	if (cut != NULL) {
		if (held >= 0)
			since = cut->at - held;
		else
			since = seen >= 0 ? cut->at - seen : evidence_gap(closer, fin, streamer, cut->at);
		idle = since < idle ? since : idle;
	}
	return idle;
}

/* Neither EOF nor all bytes: an error or silence at the closer. */
static struct finding
judge_no_eof(const struct evidence *evidence, const struct end *closer, const struct end *streamer)
{
	const struct observation *c = closer->seen;
	const struct observation *s = streamer->seen;
	int64_t expected = must_arrive(streamer);
	int64_t fin = observation_at(c, EVENT_FIN_SENT);
	int64_t over = evidence_at_or_end(c, EVENT_CLOSED);
	int64_t last = c->bytes_received_after_fin > 0 ? c->last_received_at : fin;
	int64_t silence = over - last;
	int64_t queue = s->at_end.known ? s->at_end.send_queue : 0;
	const struct event *cut = evidence_broken_by_path(evidence, streamer, closer);
	const struct event *cut_here = evidence_broken_by_path(evidence, closer, streamer);
	bool held = streamer->plan->hold > 0 && c->bytes_received_after_fin == 0;

	if (!evidence_saw(s, EVENT_FIN_SEEN) && cut == NULL && cut_here == NULL)
		return finding(VERDICT_FIN_LOST, -1,
		               "the FIN sent %s was %s and never seen %s; %jd of %jd bytes arrived", closer->where,
		               evidence_fin_fate(c), streamer->where, (intmax_t)c->bytes_received, (intmax_t)expected);
	if (held && (cut != NULL || cut_here != NULL)) {
		int64_t after = idle_time(closer, streamer, cut_here, cut);

		if (after > EVIDENCE_AT_ONCE + 2 * evidence->rtt)
			return finding(VERDICT_IDLE_EXPIRED_RESET, after,
			               "after %s of idle time the connection was reset: %s %s, %s %s", SPAN(after),
			               cut != NULL ? finding_error_name(s->error) : "no error", streamer->where,
			               cut_here != NULL ? finding_error_name(c->error) : "nothing", closer->where);
	}
	if (cut_here != NULL)
		return finding(VERDICT_RESET, cut_here->at - fin,
		               "%s came %s %s after the FIN with %jd of %jd bytes, and the other end did not abort",
		               finding_error_name(c->error), closer->where, SPAN(cut_here->at - fin),
		               (intmax_t)c->bytes_received, (intmax_t)expected);
	if (cut != NULL)
		return finding(VERDICT_RESET, cut->at - evidence_at_or_end(s, EVENT_FIN_SEEN),
		               "%s came %s %s after the FIN, and nothing %s: %jd of %jd bytes arrived",
		               finding_error_name(s->error), streamer->where,
		               SPAN(cut->at - evidence_at_or_end(s, EVENT_FIN_SEEN)), closer->where,
		               (intmax_t)c->bytes_received, (intmax_t)expected);
	if (held
	    && (queue > 0 || evidence_saw(s, EVENT_TIMED_OUT) || evidence_saw(c, EVENT_TIMED_OUT)))
		return finding(VERDICT_IDLE_EXPIRED_BLACKHOLE, streamer->plan->hold,
		               "after %s of idle time packets vanish: %jd bytes stay unacknowledged %s, nothing "
		               "arrives %s, and no RST comes",
		               SPAN(streamer->plan->hold), (intmax_t)queue, streamer->where, closer->where);
	if (c->bytes_received_after_fin > 0 && still_ran(evidence, closer, streamer, fin))
		return ran_out_of_time(closer, expected);
	if (evidence_saw(s, EVENT_FIN_ACKED)
	    || (queue == 0 && s->at_end.known && missing(streamer, closer) > 0))
		return finding(VERDICT_SILENT_DISCARD, -1,
		               "%jd bytes were sent and acknowledged %s, but only %jd arrived %s, and no EOF",
		               (intmax_t)s->bytes_sent, streamer->where, (intmax_t)c->bytes_received,
		               closer->where);
	return finding(VERDICT_STALLED, silence,
	               "nothing arrived %s for %s, its FIN %s, while %jd bytes stayed unacknowledged %s",
	               closer->where, SPAN(silence), evidence_fin_fate(c), (intmax_t)queue,
	               streamer->where);
}

/* All that was streamed arrived, but neither EOF nor error after it. */
static struct finding
judge_no_last_eof(const struct evidence *evidence, const struct end *closer,
                  const struct end *streamer)
{
	const struct observation *c = closer->seen;
	const struct observation *s = streamer->seen;
	const struct event *cut = evidence_broken_by_path(evidence, streamer, closer);
	int64_t fin = observation_at(c, EVENT_FIN_SENT);

	if (cut != NULL && evidence_gap(streamer, cut->at, closer, evidence_at_or_end(c, EVENT_CLOSED)) > 0)
		return finding(VERDICT_RESET, cut->at - fin,
		               "all %jd bytes arrived %s, but never the EOF: %s came %s",
		               (intmax_t)c->bytes_received, closer->where, finding_error_name(s->error),
		               streamer->where);
	if (evidence_saw(s, EVENT_FIN_OVERDUE))
		return judge_overdue(closer, streamer);
	if (!evidence_saw(s, EVENT_FIN_SEEN))
		return finding(VERDICT_FIN_LOST, -1,
		               "all %jd bytes arrived, but the FIN sent %s was never seen %s, so no EOF came",
		               (intmax_t)c->bytes_received, closer->where, streamer->where);
	return finding(VERDICT_EOF_LOST, -1,
	               "all %jd bytes arrived %s, but never the EOF, although the FIN was sent %s",
	               (intmax_t)c->bytes_received, closer->where, streamer->where);
}

/* When the stream towards SEEN came to its end. */
static int64_t
ended_at(const struct observation *seen, const struct event *cut)
{
	return cut != NULL ? cut->at : evidence_at_or_end(seen, EVENT_EOF);
}

/* The closer never got to half-close. */
static struct finding
judge_never_closed(const struct evidence *evidence, const struct end *closer,
                   const struct end *streamer)
{
	const struct observation *c = closer->seen;
	const struct observation *s = streamer->seen;
	const struct event *cut = evidence_broken_by_path(evidence, closer, streamer);
	int64_t over = ended_at(c, cut);
	bool by_itself = evidence_saw(s, EVENT_FIN_SENT) || evidence_saw(s, EVENT_ABORTED);

	if ((cut != NULL || evidence_saw(c, EVENT_EOF))
	    && (cut != NULL || !by_itself || missing(streamer, closer) > 0))
		return finding(VERDICT_TRUNCATED, over,
		               "the path ended the connection before any half-close: %s %s after %jd bytes and %s",
		               cut != NULL ? finding_error_name(c->error) : "EOF", closer->where,
		               (intmax_t)c->bytes_received, SPAN(over));
	if (timed_out(c) && s->at_end.known && s->at_end.send_queue > 0
	    && !still_ran(evidence, closer, streamer, 0))
		return finding(VERDICT_STALLED, over - c->last_received_at,
		               "nothing arrived %s for %s, before any half-close, while %jd bytes stayed "
		               "unacknowledged %s",
		               closer->where, SPAN(over - c->last_received_at), (intmax_t)s->at_end.send_queue,
		               streamer->where);
	return finding_never_half_closed(c, closer->where);
}

static struct finding
judge_half_close(const struct evidence *evidence, const struct end *closer,
                 const struct end *streamer)
{
	const struct observation *c = closer->seen;
	const struct observation *s = streamer->seen;
	bool complete = c->bytes_received >= must_arrive(streamer) && sent_all(streamer)
	                && evidence_saw(s, EVENT_FIN_SENT);
	struct finding found;

	if (observation_at(c, EVENT_FIN_SENT) < 0)
		return judge_never_closed(evidence, closer, streamer);
	if (judge_abort(evidence, streamer, closer, &found))
		return found;
	/* A FIN comes after the bytes in front of it, and never before time is up for them. */
	if (!evidence_saw(s, EVENT_FIN_SEEN) && s->bytes_received < c->bytes_sent
	    && s->bytes_received > 0 && still_ran(evidence, streamer, closer, 0))
		return ran_out_of_time(streamer, c->bytes_sent);
	if (evidence_saw(s, EVENT_EOF) && s->bytes_received < c->bytes_sent)
		return finding(VERDICT_UPLOAD_TRUNCATED, -1,
		               "%jd bytes were sent %s before the FIN, only %jd arrived %s before a clean EOF",
		               (intmax_t)c->bytes_sent, closer->where, (intmax_t)s->bytes_received,
		               streamer->where);
	if (!evidence_saw(s, EVENT_FIN_SEEN) && s->bytes_received < c->bytes_sent
	    && evidence_in_flight_at_end(c) > 0 && evidence_broken_by_path(evidence, streamer, closer) == NULL
	    && evidence_broken_by_path(evidence, closer, streamer) == NULL)
		return finding(VERDICT_STALLED, -1,
		               "%jd bytes in front of the FIN sent %s were never acknowledged; %jd of %jd arrived %s",
		               (intmax_t)evidence_in_flight_at_end(c), closer->where, (intmax_t)s->bytes_received,
		               (intmax_t)c->bytes_sent, streamer->where);
	if (complete && evidence_saw(c, EVENT_EOF))
		return judge_complete(evidence, closer, streamer);
	if (complete && evidence_broken_by_path(evidence, closer, streamer) == NULL)
		return judge_no_last_eof(evidence, closer, streamer);
	if (evidence_saw(c, EVENT_EOF))
		return judge_early_eof(evidence, closer, streamer);
	return judge_no_eof(evidence, closer, streamer);
}

/* Nobody half-closes early: does the path work at all? */
static struct finding
judge_plain(const struct evidence *evidence)
{
	const struct end *ends[2] = { &evidence->here, &evidence->there };

	for (int i = 0; i < 2; i++)
		if (ends[1 - i]->plan->hold > 0 && must_arrive(ends[1 - i]) > 0
		    && (ends[i]->seen->bytes_received == 0 || idle_fin_during_hold(ends[1 - i])))
			return judge_idle(evidence, ends[i], ends[1 - i]);
	for (int i = 0; i < 2; i++) {
		const struct observation *seen = ends[i]->seen;
		const struct event *cut = evidence_broken_by_path(evidence, ends[i], ends[1 - i]);
		int64_t expected = must_arrive(ends[1 - i]);
		bool eof = evidence_saw(seen, EVENT_EOF);

		if (cut != NULL && seen->bytes_received >= expected)
			return finding(VERDICT_RESET, cut->at, "all %jd bytes arrived %s, but %s in place of the EOF",
			               (intmax_t)expected, ends[i]->where, finding_error_name(seen->error));
		if (cut == NULL && !eof && seen->bytes_received < expected && seen->bytes_received > 0
		    && still_ran(evidence, ends[i], ends[1 - i], 0))
			return ran_out_of_time(ends[i], expected);
		if (seen->bytes_received < expected)
			return finding(eof || cut != NULL ? VERDICT_TRUNCATED : VERDICT_STALLED,
			               ended_at(seen, cut), "%jd of %jd bytes arrived %s before %s, after %s, without a half-close",
			               (intmax_t)seen->bytes_received, (intmax_t)expected, ends[i]->where,
			               cut != NULL ? finding_error_name(seen->error)
			               : eof       ? "EOF"
			                           : "time ran out",
			               SPAN(ended_at(seen, cut)));
	}
	/* Later: an end sends its FIN only when it has got all. */
	for (int i = 0; i < 2; i++)
		if (!evidence_saw(ends[i]->seen, EVENT_EOF))
			return finding(VERDICT_EOF_LOST, -1, "all %jd bytes arrived %s, but never the EOF",
			               (intmax_t)ends[i]->seen->bytes_received, ends[i]->where);
	return finding(VERDICT_PRESERVED, -1, "%jd bytes arrived %s and %jd %s, intact, then EOF",
	               (intmax_t)ends[0]->seen->bytes_received, ends[0]->where,
	               (intmax_t)ends[1]->seen->bytes_received, ends[1]->where);
}

/* Both plans are known, but only one end's view. */
static struct finding
judge_alone(const struct plan *plan, const struct observation *seen, const struct plan *other)
{
	bool whole = plan->expect_size >= 0 && seen->bytes_received == plan->expect_size
	             && evidence_saw(seen, EVENT_EOF) && seen->first_bad_offset < 0;
	int64_t fin = observation_at(seen, EVENT_FIN_SENT);
	const struct event *cut = evidence_broken(seen);

	/* Nothing tells this end whether its RST arrived. */
	if (evidence_saw(seen, EVENT_ABORTED) && seen->first_bad_offset < 0)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "RST was sent here after %jd bytes; whether it arrived is not known",
		               (intmax_t)seen->bytes_sent);
	/* An RST or an EOF is here, but whose? */
	if (other->aborts && fin >= 0 && seen->first_bad_offset < 0
	    && (cut != NULL || evidence_saw(seen, EVENT_EOF)))
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "%s came %s after the FIN; whether the other end had aborted by then is not known",
		               cut != NULL ? finding_error_name(seen->error) : "EOF",
		               SPAN(evidence_at_or_end(seen, cut != NULL ? cut->kind : EVENT_EOF) - fin));
	if (!plan->closes_first && !other->closes_first && whole)
		return finding(VERDICT_COMPLETE, -1,
		               "all %jd bytes arrived here, then EOF; what arrived there is not known",
		               (intmax_t)seen->bytes_received);
	return judge_one(plan, seen);
}

/* Whether of the end of FROM's stream nothing came to TO but a bare FIN, or nothing at
 * all, although an alert was sent. */
static bool
judge_notify(const struct end *from, const struct end *to, enum verdict verdict, struct finding *found)
{
	const struct observation *f = from->seen, *t = to->seen;
	bool plain = f->tls[0] == '\0';
	/* An end without TLS cannot miss an alert that came with a FIN. */
	bool nothing = verdict == VERDICT_FIN_LOST && evidence_fin_arrival(t) == NULL
	               && evidence_sent_notify(f) && (t->tls[0] != '\0' || evidence_withheld_fin(f));

	if (nothing)
		*found = finding(VERDICT_CLOSE_NOTIFY_LOST, -1,
		                 "the close_notify%s sent %s never arrived %s: neither an alert nor a FIN; %jd bytes "
		                 "arrived %s",
		                 evidence_withheld_fin(f) ? "" : " and the FIN", from->where, to->where,
		                 (intmax_t)f->bytes_received, from->where);
	else if (verdict == VERDICT_PRESERVED && evidence_notify_lost(f, t))
		*found = finding(VERDICT_CLOSE_NOTIFY_LOST, -1,
		                 "all %jd bytes arrived %s, but only a FIN behind them: the path %s",
		                 (intmax_t)t->bytes_received, to->where,
		                 plain ? "ended the TLS stream without a close_notify"
		                       : "lost the close_notify that was sent");
	else
		return false;
	return true;
}

/* TLS tells more of how a stream ended than TCP does. */
static struct finding
judge_tls(const struct evidence *evidence, struct finding found)
{
	const struct end *here = &evidence->here, *there = &evidence->there;
	const struct end *closer = there->plan->closes_first && !here->plan->closes_first ? there : here;
	const struct end *other = closer == here ? there : here;

	if (!judge_notify(closer, other, found.verdict, &found) && found.verdict == VERDICT_PRESERVED)
		judge_notify(other, closer, found.verdict, &found);
	return found;
}

static bool
is_worse(enum verdict a, enum verdict b)
{
	return verdict_status(a) != verdict_status(b) && verdict_worse(b, a) == a;
}

static struct finding
judge_views(const struct evidence *evidence)
{
	bool here = evidence->here.plan->closes_first, there = evidence->there.plan->closes_first;

	if (here && there) {
		const struct observation *local = evidence->here.seen, *remote = evidence->there.seen;
		struct finding other = judge_half_close(evidence, &evidence->there, &evidence->here);
		struct finding found;

		/* One that was cut off before its own FIN tells less than the other. */
		if (!evidence_saw(local, EVENT_FIN_SENT) && evidence_saw(remote, EVENT_FIN_SENT))
			return other;
		found = judge_half_close(evidence, &evidence->here, &evidence->there);
		if (!evidence_saw(remote, EVENT_FIN_SENT) && evidence_saw(local, EVENT_FIN_SENT))
			return found;
		return is_worse(other.verdict, found.verdict) ? other : found;
	}
	if (here)
		return judge_half_close(evidence, &evidence->here, &evidence->there);
	if (there)
		return judge_half_close(evidence, &evidence->there, &evidence->here);
	return judge_plain(evidence);
}

struct finding
judge_both(const struct plan *local_plan, const struct observation *local,
           const struct plan *remote_plan, const struct observation *remote,
           const struct judge_facts *facts)
{
	struct evidence evidence;
	struct finding found;

	if (remote == NULL) {
		found = judge_alone(local_plan, local, remote_plan);
		if (!evidence_saw(local, EVENT_INTERRUPTED))
			strncat(found.reason, "; no view of the other end came back",
			        sizeof(found.reason) - strlen(found.reason) - 1);
		return found;
	}
	evidence_set(&evidence, local_plan, local, remote_plan, remote, facts);
	if (finding_corrupted(local, "here", &found) || finding_corrupted(remote, "there", &found)
	    || finding_could_not_test(local, "here", &found)
	    || finding_could_not_test(remote, "there", &found))
		return found;
	return judge_tls(&evidence, judge_views(&evidence));
}
