/* SPDX-License-Identifier: MIT
 *
 * Theory of operation: every direction of a connection has a source and a sink.
 * The end that half-closed (the closer) is the source of the FIN whose fate is
 * in question, and the sink of the bytes that must still arrive; its peer (the
 * streamer) is the source of those. What the sink misses, set beside what the
 * source was told by its own kernel, names the fault: an error at the source
 * tells a close that the path made, no error tells that somebody on the path
 * took the bytes and threw them away, silence at both ends tells that packets
 * vanish.
 */
#include "verdict.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/names.h"
#include "../exchange/observation.h"
#include "../exchange/plan.h"

/* An EOF that follows the FIN within that much, and two round trips, comes from
 * a path that closes both ways at once; the shortest linger timer known is
 * twice as long (Traefik's terminationDelay, 100 ms). */
#define AT_ONCE (50 * NSEC_PER_MSEC)

/* So few chunks leave between the FIN and the error when the path closes at
 * once: what was written before the RST of the first could come back. */
#define AT_ONCE_CHUNKS 4

/* A stream that was silent for less than that when time ran out, still ran. */
#define STILL_RUNNING (1 * NSEC_PER_SEC)

static const struct {
	const char *name, *meaning;
	int status;
	bool expiry, tells_when;
} rows[VERDICTS] = {
#define VERDICT(id, name, status, expiry, tells_when, meaning) \
	{ name, meaning, status, expiry, tells_when },
#include "verdicts.def"
#undef VERDICT
};

const char *
verdict_name(enum verdict verdict)
{
	return (unsigned)verdict < VERDICTS ? rows[verdict].name : NULL;
}

enum verdict
verdict_by_name(const char *name)
{
	unsigned i;

	for (i = 0; i < VERDICTS; i++)
		if (strcmp(rows[i].name, name) == 0)
			break;
	return (enum verdict)i;
}

int
verdict_status(enum verdict verdict)
{
	return rows[verdict].status;
}

const char *
verdict_meaning(enum verdict verdict)
{
	return rows[verdict].meaning;
}

bool
verdict_is_expiry(enum verdict verdict)
{
	return rows[verdict].expiry;
}

bool
verdict_tells_when(enum verdict verdict)
{
	return rows[verdict].tells_when;
}

static int
severity(enum verdict verdict)
{
	switch (verdict_status(verdict)) {
	case STATUS_OK:
		return verdict == VERDICT_PRESERVED ? 0 : 1;
	case STATUS_INCONCLUSIVE:
		return 2;
	default:
		return 3;
	}
}

enum verdict
verdict_worse(enum verdict a, enum verdict b)
{
	return severity(b) > severity(a) ? b : a;
}

static struct finding finding(enum verdict verdict, int64_t after, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static struct finding
finding(enum verdict verdict, int64_t after, const char *format, ...)
{
	struct finding found = { .verdict = verdict, .after = after };
	va_list args;

	va_start(args, format);
	vsnprintf(found.reason, sizeof(found.reason), format, args);
	va_end(args);
	return found;
}

/* A span for people: "250 us", "12.3 ms", "4.02 s". */
struct span_text {
	char text[32];
};

static struct span_text
span(int64_t ns)
{
	struct span_text s;

	if (ns < 0)
		ns = 0;
	if (ns < NSEC_PER_MSEC)
		snprintf(s.text, sizeof(s.text), "%.0f us", (double)ns / 1e3);
	else if (ns < NSEC_PER_SEC)
		snprintf(s.text, sizeof(s.text), "%.1f ms", (double)ns / 1e6);
	else
		snprintf(s.text, sizeof(s.text), "%.2f s", (double)ns / 1e9);
	return s;
}
#define SPAN(ns) (span(ns).text)

static bool
saw(const struct observation *seen, enum event_kind kind)
{
	return observation_find(seen, kind) != NULL;
}

/* When KIND was seen, and otherwise when the exchange was over. */
static int64_t
at_or_end(const struct observation *seen, enum event_kind kind)
{
	int64_t at = observation_at(seen, kind);

	if (at < 0)
		at = observation_at(seen, EVENT_CLOSED);
	return at < 0 ? 0 : at;
}

static bool
timed_out(const struct observation *seen)
{
	return saw(seen, EVENT_READ_TIMEOUT) || saw(seen, EVENT_IDLE_TIMEOUT)
	       || saw(seen, EVENT_LINGER_TIMEOUT) || saw(seen, EVENT_SEND_TIMEOUT);
}

/* The event by which the peer, or the path, ended it without an EOF. */
static const struct event *
broken(const struct observation *seen)
{
	static const enum event_kind kinds[] = { EVENT_RESET, EVENT_BROKEN_PIPE, EVENT_ERROR };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct event *event = observation_find(seen, kinds[i]);

		if (event != NULL)
			return event;
	}
	return NULL;
}

static const char *
error_name(int error)
{
	const char *name = errno_name(error);

	return name != NULL ? name : "an unknown error";
}

static const char *
state_name(const struct tcp_evidence *evidence)
{
	return evidence->known ? tcp_state_name(evidence->state) : "an unknown state";
}

/* Bytes that had left this end, but were not acknowledged, when it saw the
 * peer's FIN: they cross the half-closed connection as well. */
static int64_t
in_flight_at_fin(const struct observation *seen)
{
	int64_t queue = seen->at_fin_seen.known ? seen->at_fin_seen.send_queue : 0;

	/* The kernel counts our own FIN as a byte of the queue. */
	if (queue > 0 && saw(seen, EVENT_FIN_SENT)
	    && observation_at(seen, EVENT_FIN_SENT) <= observation_at(seen, EVENT_FIN_SEEN))
		queue--;
	return queue;
}

/* What ends an exchange without a word about the path. */
static bool
could_not_test(const struct observation *seen, const char *where, struct finding *found)
{
	if (saw(seen, EVENT_SOURCE_ERROR)) {
		*found = finding(VERDICT_INCONCLUSIVE, -1, "a file failed %s (%s), so nothing was tested", where,
		                 error_name(seen->error));
		return true;
	}
	/* Memory that is short here is no word of the path either (sendfile(2), tcp(7)). */
	if (saw(seen, EVENT_ERROR) && (seen->error == ENOMEM || seen->error == ENOBUFS)) {
		*found = finding(VERDICT_INCONCLUSIVE, -1, "the socket failed %s for want of memory (%s) after %s",
		                 where, error_name(seen->error), SPAN(at_or_end(seen, EVENT_ERROR)));
		return true;
	}
	if (saw(seen, EVENT_INTERRUPTED)) {
		*found = finding(VERDICT_INCONCLUSIVE, -1, "interrupted %s after %s", where,
		                 SPAN(at_or_end(seen, EVENT_INTERRUPTED)));
		return true;
	}
	return false;
}

static bool
is_corrupted(const struct observation *seen, const char *where, struct finding *found)
{
	if (seen->first_bad_offset < 0)
		return false;
	if (seen->expected_byte < 0)
		*found = finding(VERDICT_CORRUPTED, -1,
		                 "more bytes arrived %s than were sent: the stream ends at offset %jd, got "
		                 "0x%02x there",
		                 where, (intmax_t)seen->first_bad_offset, (unsigned)seen->got_byte);
	else
		*found = finding(VERDICT_CORRUPTED, -1, "byte at offset %jd differs %s: expected 0x%02x, got 0x%02x",
		                 (intmax_t)seen->first_bad_offset, where, (unsigned)seen->expected_byte,
		                 (unsigned)seen->got_byte);
	return true;
}

static struct finding
never_half_closed(const struct observation *seen, const char *where)
{
	const struct event *event = broken(seen);

	if (event != NULL)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the connection failed %s with %s before the half-close, after %jd bytes", where,
		               error_name(seen->error), (intmax_t)seen->bytes_received);
	if (saw(seen, EVENT_EOF))
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the stream ended %s after %jd bytes, before the half-close: nothing was tested",
		               where, (intmax_t)seen->bytes_received);
	return finding(VERDICT_INCONCLUSIVE, -1,
	               "time ran out %s after %s, before the half-close: nothing was tested", where,
	               SPAN(at_or_end(seen, EVENT_CLOSED)));
}

/* What the end of SEEN sees within that much of an event is of the same moment, ns. */
static int64_t
moment(const struct observation *seen)
{
	int64_t rtt = seen->at_fin_sent.known ? (int64_t)seen->at_fin_sent.rtt_us * NSEC_PER_USEC : 0;

	return AT_ONCE + 2 * rtt;
}

/* Time ran out while the closer still waited. */
static struct finding
closer_timed_out(const struct plan *plan, const struct observation *seen)
{
	int64_t fin = observation_at(seen, EVENT_FIN_SENT);
	int64_t over = at_or_end(seen, EVENT_CLOSED);
	int64_t last = seen->bytes_received_after_fin > 0 ? seen->last_received_at : fin;
	int64_t silence = over - (last > fin ? last : fin);
	bool acked = saw(seen, EVENT_FIN_ACKED);

	/* With --read-timeout as long as --write-timeout, as by default, that much
	 * silence is what any path does. */
	if (over - fin <= moment(seen))
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "time was up %s after the FIN, too early to tell; a longer %s would settle it",
		               SPAN(over - fin),
		               saw(seen, EVENT_IDLE_TIMEOUT) ? "--idle-timeout" : "--read-timeout");
	if (plan->expect_size >= 0 && seen->bytes_received == plan->expect_size)
		return finding(VERDICT_EOF_LOST, silence,
		               "all %jd bytes arrived, but no EOF within %s after the last of them",
		               (intmax_t)seen->bytes_received, SPAN(silence));
	if (seen->bytes_received_after_fin > 0 && !saw(seen, EVENT_IDLE_TIMEOUT)
	    && silence < STILL_RUNNING && silence < (over - fin) / 2)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the stream still ran when time was up: %jd bytes arrived in %s after the FIN; a "
		               "longer --read-timeout would settle it",
		               (intmax_t)seen->bytes_received_after_fin, SPAN(over - fin));
	return finding(VERDICT_STALLED, silence,
	               "nothing arrived for %s and no EOF came; the FIN was %s (%s), %jd bytes arrived "
	               "before it and %jd after it",
	               SPAN(silence), acked ? "acknowledged" : "not acknowledged",
	               acked ? "FIN_WAIT2" : "FIN_WAIT1",
	               (intmax_t)(seen->bytes_received - seen->bytes_received_after_fin),
	               (intmax_t)seen->bytes_received_after_fin);
}

/* An orderly EOF behind the FIN. */
static struct finding
closer_got_eof(const struct plan *plan, const struct observation *seen)
{
	int64_t fin = observation_at(seen, EVENT_FIN_SENT);
	int64_t eof = observation_at(seen, EVENT_EOF);
	int64_t after = seen->bytes_received_after_fin;
	int64_t total = seen->bytes_received;
	int64_t queued = seen->at_fin_sent.known ? seen->at_fin_sent.receive_queue : 0;
	int64_t rtt = seen->at_fin_sent.known ? (int64_t)seen->at_fin_sent.rtt_us * NSEC_PER_USEC : 0;

	if (plan->expect_size >= 0 && total < plan->expect_size)
		return finding(VERDICT_TRUNCATED, eof - fin,
		               "EOF came %s after the FIN with %jd of %jd bytes: %jd are missing", SPAN(eof - fin),
		               (intmax_t)total, (intmax_t)plan->expect_size,
		               (intmax_t)(plan->expect_size - total));
	if (!saw(seen, EVENT_FIN_ACKED))
		return finding(VERDICT_FIN_LOST, -1,
		               "EOF came with %jd bytes, but the FIN was never acknowledged", (intmax_t)total);
	/* Of a complete stream, the end may already have been in the queue. */
	if (after == 0 || (plan->expect_size >= 0 && after <= queued))
		return finding(VERDICT_INCONCLUSIVE, -1,
		               plan->expect_size >= 0
		                       ? "all %jd bytes had arrived before the FIN: nothing was left to send, so an "
		                         "earlier --write-timeout is needed"
		                       : "EOF came without a byte after the FIN, %jd bytes in all; --expect-size "
		                         "would tell a complete stream from a cut one",
		               (intmax_t)total);
	if (plan->expect_size < 0 && (after <= queued || seen->last_received_at - fin < rtt))
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "%jd bytes came after the FIN, but all may have been under way before it; "
		               "--expect-size would tell a complete stream from a cut one",
		               (intmax_t)after);
	if (plan->expect_size < 0)
		return finding(VERDICT_PRESERVED, -1,
		               "the stream went on for %s after the FIN, %jd bytes, up to an orderly EOF",
		               SPAN(eof - fin), (intmax_t)after);
	return finding(VERDICT_PRESERVED, -1,
	               "all %jd bytes arrived, %jd of them in %s after the FIN, up to an orderly EOF",
	               (intmax_t)total, (intmax_t)after, SPAN(eof - fin));
}

static struct finding
judge_closer(const struct plan *plan, const struct observation *seen)
{
	int64_t fin = observation_at(seen, EVENT_FIN_SENT);
	const struct event *cut = broken(seen);
	struct finding found;

	if (is_corrupted(seen, "here", &found))
		return found;
	/* However it ended: without the bytes to compare with, the count alone tells. */
	if (plan->expect_size >= 0 && seen->bytes_received > plan->expect_size)
		return finding(VERDICT_CORRUPTED, -1, "%jd bytes arrived where %jd were expected",
		               (intmax_t)seen->bytes_received, (intmax_t)plan->expect_size);
	if (could_not_test(seen, "here", &found))
		return found;
	if (fin >= 0 && cut != NULL && !saw(seen, EVENT_EOF))
		return finding(VERDICT_RESET, cut->at - fin, "%s came %s after the FIN, %jd bytes after it",
		               error_name(seen->error), SPAN(cut->at - fin),
		               (intmax_t)seen->bytes_received_after_fin);
	if (fin < 0)
		return never_half_closed(seen, "here");
	if (saw(seen, EVENT_EOF))
		return closer_got_eof(plan, seen);
	if (saw(seen, EVENT_TIMED_OUT))
		return finding(VERDICT_STALLED, observation_at(seen, EVENT_TIMED_OUT) - fin,
		               "TCP gave up (ETIMEDOUT) %s after the FIN, which was %s; %jd bytes arrived after it",
		               SPAN(observation_at(seen, EVENT_TIMED_OUT) - fin),
		               saw(seen, EVENT_FIN_ACKED) ? "acknowledged (FIN_WAIT2)"
		                                          : "not acknowledged (FIN_WAIT1)",
		               (intmax_t)seen->bytes_received_after_fin);
	return closer_timed_out(plan, seen);
}

static struct finding
judge_streamer(const struct plan *plan, const struct observation *seen)
{
	int64_t fin = observation_at(seen, EVENT_FIN_SEEN);
	int64_t after = seen->bytes_sent_after_fin;
	int64_t flight = in_flight_at_fin(seen);
	int64_t queue = seen->at_end.known ? seen->at_end.send_queue : 0;
	const struct event *cut = broken(seen);
	struct finding found;

	if (is_corrupted(seen, "here", &found) || could_not_test(seen, "here", &found))
		return found;
	if (cut != NULL && fin >= 0)
		return finding(VERDICT_RESET, cut->at - fin,
		               "%s %s after the peer's FIN: %jd bytes were sent after it, %jd stayed unacknowledged",
		               error_name(seen->error), SPAN(cut->at - fin), (intmax_t)after, (intmax_t)queue);
	if (cut != NULL)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the peer's FIN never came: %s after %jd of %jd bytes", error_name(seen->error),
		               (intmax_t)seen->bytes_sent, (intmax_t)plan->send_size);
	if (saw(seen, EVENT_SEND_TIMEOUT) || saw(seen, EVENT_TIMED_OUT))
		return finding(fin >= 0 ? VERDICT_STALLED : VERDICT_INCONCLUSIVE, -1,
		               "the peer took no byte for too long%s: %jd of %jd bytes sent, %jd unacknowledged",
		               fin >= 0 ? " after its FIN" : "; its FIN never came", (intmax_t)seen->bytes_sent,
		               (intmax_t)plan->send_size, (intmax_t)queue);
	if (fin < 0)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "all %jd bytes were sent, and no FIN of the peer came within %s after that",
		               (intmax_t)seen->bytes_sent,
		               SPAN(at_or_end(seen, EVENT_CLOSED) - at_or_end(seen, EVENT_ALL_SENT)));
	if (after + flight == 0)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the peer's FIN came when all %jd bytes had arrived: nothing was left to send",
		               (intmax_t)seen->bytes_sent);
	if (!saw(seen, EVENT_FIN_ACKED))
		return finding(VERDICT_STALLED, -1,
		               "%jd bytes were sent after the peer's FIN, but %jd stayed unacknowledged (%s)",
		               (intmax_t)after, (intmax_t)queue, state_name(&seen->at_end));
	return finding(VERDICT_PRESERVED, -1,
	               "%jd bytes left after the peer's FIN and %jd were under way when it came; all were "
	               "acknowledged",
	               (intmax_t)after, (intmax_t)flight);
}

struct finding
judge_one(const struct plan *plan, const struct observation *seen)
{
	return plan->closes_first ? judge_closer(plan, seen) : judge_streamer(plan, seen);
}

/* One end, and how a sentence calls it. */
struct view {
	const struct plan *plan;
	const struct observation *seen;
	const char *where; /* "here" or "there" */
};

/* How many bytes must reach the sink of a direction. */
static int64_t
must_arrive(const struct view *source, const struct view *sink)
{
	if (source->plan->abort_after >= 0)
		return source->plan->abort_after;
	return source->plan->echo ? sink->plan->send_size : source->plan->send_size;
}

static bool
closed_at_once(const struct view *closer, const struct view *streamer, int64_t span_ns)
{
	const struct event *cut = broken(streamer->seen);
	int64_t seen = observation_at(streamer->seen, EVENT_FIN_SEEN);

	if (span_ns <= moment(closer->seen))
		return true;
	return streamer->plan->interval > 0 && streamer->plan->chunk > 0 && streamer->plan->hold == 0
	       && seen >= 0 && cut != NULL && cut->at - seen <= moment(closer->seen)
	       && streamer->seen->bytes_sent_after_fin <= AT_ONCE_CHUNKS * streamer->plan->chunk;
}

/* Whether ABORTER did as planned before OTHER had got an EOF: one that came
 * before the RST left has nothing to do with it. */
static bool
abort_counts(const struct view *aborter, const struct view *other)
{
	int64_t aborted = observation_at(aborter->seen, EVENT_ABORTED);
	int64_t eof = observation_at(other->seen, EVENT_EOF);

	return aborter->plan->abort_after >= 0 && aborted >= 0
	       && (eof < 0 || eof >= aborted - moment(other->seen));
}

/* The other end aborts on purpose, and the abort must arrive as one (RFC 9293,
 * MUST-12: an application is told whether it was closed or aborted). */
static struct finding
judge_abort(const struct view *aborter, const struct view *other)
{
	if (!saw(aborter->seen, EVENT_FIN_SEEN))
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the FIN sent %s had not been seen %s when the abort was due: nothing was tested",
		               other->where, aborter->where);
	if (saw(other->seen, EVENT_EOF))
		return finding(VERDICT_ABORT_MASKED, -1,
		               "RST was sent %s after %jd bytes, but an orderly EOF arrived %s after %jd",
		               aborter->where, (intmax_t)aborter->seen->bytes_sent, other->where,
		               (intmax_t)other->seen->bytes_received);
	if (saw(other->seen, EVENT_RESET) || saw(other->seen, EVENT_BROKEN_PIPE))
		return finding(VERDICT_PRESERVED, -1, "RST sent %s after %jd bytes arrived %s as %s",
		               aborter->where, (intmax_t)aborter->seen->bytes_sent, other->where,
		               error_name(other->seen->error));
	return finding(VERDICT_STALLED, -1, "RST sent %s after %jd bytes never arrived %s",
	               aborter->where, (intmax_t)aborter->seen->bytes_sent, other->where);
}

/* All that was streamed arrived: what about the FIN, and the bytes before it? */
static struct finding
judge_complete(const struct view *closer, const struct view *streamer, int64_t max_fin_delay)
{
	const struct observation *c = closer->seen;
	const struct observation *s = streamer->seen;
	const struct event *cut = broken(s);
	int64_t fin = observation_at(c, EVENT_FIN_SENT);
	int64_t seen = observation_at(s, EVENT_FIN_SEEN);
	int64_t queued = c->at_fin_sent.known ? c->at_fin_sent.receive_queue : 0;

	if (saw(s, EVENT_EOF) && s->bytes_received < c->bytes_sent)
		return finding(VERDICT_UPLOAD_TRUNCATED, -1,
		               "%jd bytes were sent %s before the FIN, %jd arrived %s", (intmax_t)c->bytes_sent,
		               closer->where, (intmax_t)s->bytes_received, streamer->where);
	if (seen < 0 && cut != NULL)
		return finding(VERDICT_RESET, cut->at - fin,
		               "all %jd bytes arrived %s, but %s came %s %s after the FIN, and in its place",
		               (intmax_t)c->bytes_received, closer->where, error_name(s->error), streamer->where,
		               SPAN(cut->at - fin));
	if (seen < 0)
		return finding(VERDICT_FIN_LOST, -1,
		               "all %jd bytes arrived, but the FIN sent %s was never seen %s",
		               (intmax_t)c->bytes_received, closer->where, streamer->where);
	if (seen - fin > max_fin_delay)
		return finding(VERDICT_FIN_DELAYED, seen - fin, "the FIN sent %s was seen %s only %s later",
		               closer->where, streamer->where, SPAN(seen - fin));
	if (!streamer->plan->closes_first && s->bytes_sent_after_fin + in_flight_at_fin(s) == 0
	    && c->bytes_received_after_fin <= queued)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the stream of %jd bytes had ended before the FIN arrived %s: nothing was tested",
		               (intmax_t)s->bytes_sent, streamer->where);
	/* Each end's clock starts with its own connection: the difference may come
	 * out negative by a round trip. */
	return finding(VERDICT_PRESERVED, -1,
	               "all %jd bytes arrived, %jd of them after the FIN, which was seen %s %s%s",
	               (intmax_t)c->bytes_received, (intmax_t)c->bytes_received_after_fin, streamer->where,
	               seen > fin ? "within " : "at once", seen > fin ? SPAN(seen - fin) : "");
}

/* The closer got an orderly EOF, and bytes are missing. */
static struct finding
judge_early_eof(const struct view *closer, const struct view *streamer, int64_t expected)
{
	const struct observation *c = closer->seen;
	const struct observation *s = streamer->seen;
	/* A reader that pauses sees the FIN come, but reads the EOF later. */
	const enum event_kind end = saw(c, EVENT_FIN_SEEN) ? EVENT_FIN_SEEN : EVENT_EOF;
	int64_t after = observation_at(c, end) - observation_at(c, EVENT_FIN_SENT);
	int64_t missing = expected - c->bytes_received;
	const struct event *cut = broken(s);

	/* Behind its full window the FIN itself has to wait: the other end was told
	 * before. Both times are of that end's clock. */
	if (closer->plan->pause_reading && cut != NULL && saw(s, EVENT_FIN_SEEN)
	    && cut->at - observation_at(s, EVENT_FIN_SEEN) < after)
		after = cut->at - observation_at(s, EVENT_FIN_SEEN);
	if (closed_at_once(closer, streamer, after) && cut != NULL)
		return finding(VERDICT_FULL_CLOSE, after,
		               "EOF came %s %s after the FIN with %jd bytes missing, and %s %s: the path closed both "
		               "directions",
		               closer->where, SPAN(after), (intmax_t)missing, error_name(s->error),
		               streamer->where);
	/* An EOF behind the silence, without an error, is the streamer's own. */
	if (streamer->plan->hold > 0 && c->bytes_received_after_fin == 0
	    && !closed_at_once(closer, streamer, after) && (cut != NULL || after < streamer->plan->hold))
		return finding(VERDICT_IDLE_EXPIRED_CLOSE, after,
		               "the path closed the silent connection %s after the FIN: EOF %s, %s %s, %jd bytes "
		               "missing",
		               SPAN(after), closer->where, cut != NULL ? error_name(s->error) : "no error",
		               streamer->where, (intmax_t)missing);
	if (cut != NULL)
		return finding(VERDICT_LINGER_CUTOFF, after,
		               "the path cut the running stream %s after the FIN: EOF %s with %jd bytes missing, %s "
		               "%s",
		               SPAN(after), closer->where, (intmax_t)missing, error_name(s->error),
		               streamer->where);
	return finding(VERDICT_SILENT_DISCARD, after,
	               "%jd bytes were sent %s without an error, but only %jd arrived %s before an orderly EOF",
	               (intmax_t)s->bytes_sent, streamer->where, (intmax_t)c->bytes_received,
	               closer->where);
}

/* What broke END, if not the RST that its peer sent when its own time was up. */
static const struct event *
broken_by_path(const struct view *end, const struct view *peer)
{
	const struct event *cut = broken(end->seen);
	int64_t aborted = observation_at(peer->seen, EVENT_ABORTED);

	return cut != NULL && aborted >= 0 && cut->at >= aborted - moment(end->seen) ? NULL : cut;
}

/* Whether bytes still came in at END when time was up, there or at its peer. What
 * came since SINCE counts. */
static bool
still_ran(const struct view *end, const struct view *peer, int64_t since)
{
	int64_t over = at_or_end(end->seen, EVENT_CLOSED);
	int64_t silence = over - end->seen->last_received_at;
	bool ended_by_peer = broken(end->seen) != NULL && broken_by_path(end, peer) == NULL;

	return (timed_out(end->seen) || ended_by_peer) && silence < STILL_RUNNING
	       && silence < (over - since) / 2;
}

static struct finding
ran_out_of_time(const struct view *end, int64_t expected)
{
	return finding(VERDICT_INCONCLUSIVE, -1,
	               "the stream still ran when time was up: %jd of %jd bytes arrived %s; a smaller "
	               "--size, or more time, would settle it",
	               (intmax_t)end->seen->bytes_received, (intmax_t)expected, end->where);
}

/* Neither EOF nor all bytes: an error or silence at the closer. */
static struct finding
judge_no_eof(const struct view *closer, const struct view *streamer, int64_t expected)
{
	const struct observation *c = closer->seen;
	const struct observation *s = streamer->seen;
	int64_t fin = observation_at(c, EVENT_FIN_SENT);
	int64_t over = at_or_end(c, EVENT_CLOSED);
	int64_t last = c->bytes_received_after_fin > 0 ? c->last_received_at : fin;
	int64_t silence = over - last;
	int64_t queue = s->at_end.known ? s->at_end.send_queue : 0;
	int64_t held_from = observation_at(s, EVENT_HOLD_STARTED);
	const struct event *cut = broken(s);
	const struct event *cut_here = broken_by_path(closer, streamer);
	bool held = held_from >= 0 && c->bytes_received_after_fin == 0;

	if (!saw(s, EVENT_FIN_SEEN) && cut == NULL && cut_here == NULL)
		return finding(VERDICT_FIN_LOST, -1,
		               "the FIN sent %s was %s never seen %s; %jd of %jd bytes arrived", closer->where,
		               saw(c, EVENT_FIN_ACKED) ? "acknowledged, but" : "not acknowledged, and", streamer->where,
		               (intmax_t)c->bytes_received, (intmax_t)expected);
	if (held && (cut != NULL || cut_here != NULL)) {
		int64_t after = cut != NULL ? cut->at - held_from : cut_here->at - fin;

		if (after > AT_ONCE)
			return finding(VERDICT_IDLE_EXPIRED_RESET, after,
			               "after %s of silence the connection was reset: %s %s, %s %s", SPAN(after),
			               cut != NULL ? error_name(s->error) : "no error", streamer->where,
			               cut_here != NULL ? error_name(c->error) : "nothing", closer->where);
	}
	if (cut_here != NULL)
		return finding(VERDICT_RESET, cut_here->at - fin,
		               "%s came %s %s after the FIN with %jd of %jd bytes, and the other end did not abort",
		               error_name(c->error), closer->where, SPAN(cut_here->at - fin),
		               (intmax_t)c->bytes_received, (intmax_t)expected);
	if (cut != NULL)
		return finding(VERDICT_RESET, cut->at - at_or_end(s, EVENT_FIN_SEEN),
		               "%s came %s %s after the FIN, and nothing %s: %jd of %jd bytes arrived",
		               error_name(s->error), streamer->where,
		               SPAN(cut->at - at_or_end(s, EVENT_FIN_SEEN)), closer->where,
		               (intmax_t)c->bytes_received, (intmax_t)expected);
	if (held && (queue > 0 || saw(s, EVENT_TIMED_OUT) || saw(c, EVENT_TIMED_OUT)))
		return finding(VERDICT_IDLE_EXPIRED_BLACKHOLE, streamer->plan->hold,
		               "after %s of silence packets vanish: %jd bytes stay unacknowledged %s, nothing "
		               "arrives %s, and no RST comes",
		               SPAN(streamer->plan->hold), (intmax_t)queue, streamer->where, closer->where);
	if (c->bytes_received_after_fin > 0 && still_ran(closer, streamer, fin))
		return ran_out_of_time(closer, expected);
	if (saw(s, EVENT_FIN_ACKED) || (queue == 0 && s->bytes_sent >= expected && s->at_end.known))
		return finding(VERDICT_SILENT_DISCARD, -1,
		               "%jd bytes were sent and acknowledged %s, but only %jd arrived %s, and no EOF",
		               (intmax_t)s->bytes_sent, streamer->where, (intmax_t)c->bytes_received,
		               closer->where);
	return finding(VERDICT_STALLED, silence,
	               "nothing arrived %s for %s (%s), while %jd bytes stayed unacknowledged %s",
	               closer->where, SPAN(silence),
	               saw(c, EVENT_FIN_ACKED) ? "FIN_WAIT2" : "FIN_WAIT1", (intmax_t)queue,
	               streamer->where);
}

/* All that was streamed arrived, but neither EOF nor error behind it. */
static struct finding
judge_no_last_eof(const struct view *closer, const struct view *streamer)
{
	const struct observation *c = closer->seen;
	const struct observation *s = streamer->seen;
	const struct event *cut = broken(s);
	int64_t fin = observation_at(c, EVENT_FIN_SENT);
	bool sent = saw(s, EVENT_FIN_SENT);

	/* An EOF that nobody sent is not the one that was lost. */
	if (cut == NULL && !saw(s, EVENT_FIN_SEEN) && !sent)
		return finding(VERDICT_FIN_LOST, -1,
		               "all %jd bytes arrived, but the FIN sent %s was never seen %s, so no EOF came",
		               (intmax_t)c->bytes_received, closer->where, streamer->where);
	if (cut != NULL && cut->at < at_or_end(c, EVENT_CLOSED))
		return finding(VERDICT_RESET, cut->at - fin,
		               "all %jd bytes arrived %s, but never the EOF: %s came %s %s after the FIN",
		               (intmax_t)c->bytes_received, closer->where, error_name(s->error), streamer->where,
		               SPAN(cut->at - fin));
	return finding(VERDICT_EOF_LOST, -1, "all %jd bytes arrived %s, but never the EOF%s%s",
	               (intmax_t)c->bytes_received, closer->where,
	               sent ? ", although the FIN was sent " : "", sent ? streamer->where : "");
}

static struct finding
judge_half_close(const struct view *closer, const struct view *streamer, int64_t max_fin_delay)
{
	const struct observation *c = closer->seen;
	const struct observation *s = streamer->seen;
	int64_t expected = must_arrive(streamer, closer);
	bool complete = c->bytes_received >= expected;

	if (observation_at(c, EVENT_FIN_SENT) < 0)
		return never_half_closed(c, closer->where);
	if (complete && saw(c, EVENT_EOF))
		return judge_complete(closer, streamer, max_fin_delay);
	if (complete && broken(c) == NULL)
		return judge_no_last_eof(closer, streamer);
	if (saw(s, EVENT_EOF) && s->bytes_received < c->bytes_sent)
		return finding(VERDICT_UPLOAD_TRUNCATED, -1,
		               "%jd bytes were sent %s before the FIN, only %jd arrived %s before an orderly EOF",
		               (intmax_t)c->bytes_sent, closer->where, (intmax_t)s->bytes_received,
		               streamer->where);
	if (saw(c, EVENT_EOF))
		return judge_early_eof(closer, streamer, expected);
	return judge_no_eof(closer, streamer, expected);
}

/* Whether a FIN came while END was silent and its peer had no reason to send one. */
static bool
fin_during_hold(const struct view *end)
{
	return saw(end->seen, EVENT_FIN_SEEN)
	       && observation_at(end->seen, EVENT_FIN_SEEN) < end->plan->hold;
}

/* A connection that was silent in both directions, nobody having closed. */
static struct finding
judge_idle(const struct view *sink, const struct view *source)
{
	const struct observation *k = sink->seen;
	const struct observation *s = source->seen;
	const struct event *cut = broken(s);
	const struct event *cut_here = broken(k);
	int64_t queue = s->at_end.known ? s->at_end.send_queue : 0;
	int64_t after = cut != NULL ? cut->at : cut_here != NULL ? cut_here->at : -1;

	if (k->bytes_received == 0 && saw(k, EVENT_EOF))
		return finding(VERDICT_IDLE_EXPIRED_CLOSE, observation_at(k, EVENT_EOF),
		               "the path closed the silent established connection after %s: EOF %s, %s %s",
		               SPAN(observation_at(k, EVENT_EOF)), sink->where,
		               cut != NULL ? error_name(s->error) : "no error", source->where);
	if (fin_during_hold(source))
		return finding(VERDICT_IDLE_EXPIRED_CLOSE, observation_at(s, EVENT_FIN_SEEN),
		               "the path closed the silent established connection after %s: a FIN that nobody sent "
		               "came %s, %jd bytes arrived %s",
		               SPAN(observation_at(s, EVENT_FIN_SEEN)), source->where,
		               (intmax_t)k->bytes_received, sink->where);
	if (after >= 0)
		return finding(VERDICT_IDLE_EXPIRED_RESET, after,
		               "after %s of silence the established connection was reset: %s %s, %s %s", SPAN(after),
		               cut != NULL ? error_name(s->error) : "no error", source->where,
		               cut_here != NULL ? error_name(k->error) : "nothing", sink->where);
	return finding(VERDICT_IDLE_EXPIRED_BLACKHOLE, source->plan->hold,
	               "after %s of silence packets vanish: %jd bytes stay unacknowledged %s, nothing arrives %s",
	               SPAN(source->plan->hold), (intmax_t)queue, source->where, sink->where);
}

/* Nobody half-closes early: does the path work at all? */
static struct finding
judge_plain(const struct view *a, const struct view *b)
{
	const struct view *ends[2] = { a, b };

	for (int i = 0; i < 2; i++)
		if (ends[1 - i]->plan->hold > 0 && must_arrive(ends[1 - i], ends[i]) > 0
		    && (ends[i]->seen->bytes_received == 0 || fin_during_hold(ends[1 - i])))
			return judge_idle(ends[i], ends[1 - i]);
	for (int i = 0; i < 2; i++) {
		const struct observation *seen = ends[i]->seen;
		int64_t expected = must_arrive(ends[1 - i], ends[i]);

		if (broken_by_path(ends[i], ends[1 - i]) != NULL)
			return finding(VERDICT_RESET, broken(seen)->at, "%s %s after %s, %jd of %jd bytes arrived",
			               error_name(seen->error), ends[i]->where, SPAN(broken(seen)->at),
			               (intmax_t)seen->bytes_received, (intmax_t)expected);
		if (seen->bytes_received < expected && seen->bytes_received > 0
		    && still_ran(ends[i], ends[1 - i], 0))
			return ran_out_of_time(ends[i], expected);
		if (seen->bytes_received < expected)
			return finding(saw(seen, EVENT_EOF) ? VERDICT_TRUNCATED : VERDICT_STALLED, -1,
			               "%jd of %jd bytes arrived %s%s", (intmax_t)seen->bytes_received,
			               (intmax_t)expected, ends[i]->where,
			               saw(seen, EVENT_EOF) ? " before the EOF" : " before time ran out");
	}
	/* Later: an end sends its FIN only when it has got all. */
	for (int i = 0; i < 2; i++)
		if (!saw(ends[i]->seen, EVENT_EOF))
			return finding(VERDICT_EOF_LOST, -1, "all %jd bytes arrived %s, but never the EOF",
			               (intmax_t)ends[i]->seen->bytes_received, ends[i]->where);
	return finding(VERDICT_PRESERVED, -1, "%jd bytes arrived %s and %jd %s, in good order",
	               (intmax_t)a->seen->bytes_received, a->where, (intmax_t)b->seen->bytes_received,
	               b->where);
}

/* Both plans are known, but only one end's view. */
static struct finding
judge_alone(const struct plan *plan, const struct observation *seen, const struct plan *other)
{
	bool whole = seen->bytes_received == plan->expect_size && saw(seen, EVENT_EOF)
	             && seen->first_bad_offset < 0;

	if (other->abort_after >= 0 && saw(seen, EVENT_RESET) && observation_at(seen, EVENT_FIN_SENT) >= 0)
		return finding(VERDICT_PRESERVED, -1, "the abort arrived as %s after %jd bytes",
		               error_name(seen->error), (intmax_t)seen->bytes_received);
	if (other->abort_after >= 0 && saw(seen, EVENT_EOF))
		return finding(VERDICT_ABORT_MASKED, -1,
		               "an orderly EOF came after %jd bytes where the other end was to abort",
		               (intmax_t)seen->bytes_received);
	if (!plan->closes_first && !other->closes_first && whole)
		return finding(VERDICT_PRESERVED, -1, "%jd bytes arrived here, in good order",
		               (intmax_t)seen->bytes_received);
	return judge_one(plan, seen);
}

struct finding
judge_both(const struct plan *local_plan, const struct observation *local,
           const struct plan *remote_plan, const struct observation *remote,
           const struct judge_facts *facts)
{
	int64_t max_fin_delay = facts->max_fin_delay > 0 ? facts->max_fin_delay : INT64_MAX;
	const struct view here = { local_plan, local, "here" };
	const struct view there = { remote_plan, remote, "there" };
	struct finding found;

	if (remote == NULL) {
		found = judge_alone(local_plan, local, remote_plan);
		if (!saw(local, EVENT_INTERRUPTED))
			strncat(found.reason, "; no view of the other end came back",
			        sizeof(found.reason) - strlen(found.reason) - 1);
		return found;
	}
	if (is_corrupted(local, "here", &found) || is_corrupted(remote, "there", &found)
	    || could_not_test(local, "here", &found) || could_not_test(remote, "there", &found))
		return found;
	if (abort_counts(&there, &here))
		return judge_abort(&there, &here);
	if (abort_counts(&here, &there))
		return judge_abort(&here, &there);
	/* Of two that half-close, one may be cut off before its own FIN: then the
	 * other one's tells. */
	if (local_plan->closes_first && remote_plan->closes_first) {
		struct finding other = judge_half_close(&there, &here, max_fin_delay);

		found = judge_half_close(&here, &there, max_fin_delay);
		return severity(other.verdict) > severity(found.verdict) ? other : found;
	}
	if (local_plan->closes_first)
		return judge_half_close(&here, &there, max_fin_delay);
	if (remote_plan->closes_first)
		return judge_half_close(&there, &here, max_fin_delay);
	return judge_plain(&here, &there);
}
