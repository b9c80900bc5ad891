/* SPDX-License-Identifier: MIT
 *
 * The verdict as a table of what one or both ends saw. A row with two views is
 * judged from either side: the verdict is the same, "here" and "there" change
 * places.
 */
#include "../../src/judge/verdict.h"

#include <errno.h>

#include "../../src/base/clock.h"
#include "../../src/base/exit_status.h"
#include "../../src/exchange/observation.h"
#include "../../src/exchange/payload.h"
#include "../../src/exchange/plan.h"
#include "unit.h"

#define MS NSEC_PER_MSEC
#define EVENTS_MAX 8

/* One end: what it was to do, and what it saw. Zero is the plain case of each
 * member; times are in ns since the start. */
struct end {
	/* The plan. */
	bool closes;
	int64_t sends, expects; /* bytes */
	bool expects_unknown;
	int64_t hold, chunk, interval;
	bool aborts, streams;
	bool answers, echoes; /* sends only after the peer's FIN */
	bool pauses;

	/* The observation; `closed` at the end is added. */
	struct {
		enum event_kind kind;
		int64_t at;
	} events[EVENTS_MAX]; /* up to the first that is `connected` */
	int64_t closed;
	int64_t sent, received, sent_after, received_after, last_received, last_sent;
	int error;
	int64_t queued_at_fin; /* unread when its own FIN was sent */
	int64_t rtt;           /* then */
	int64_t unacked_at_fin; /* when it saw the peer's FIN */
	int64_t unacked;        /* at the end */
	bool no_evidence;       /* the kernel did not tell */
	bool corrupted;         /* at offset 700 */
	const char *tls;        /* the version; NULL: plain TCP */
	bool too_long;          /* bytes arrived beyond the end, at offset 1000 */
};

enum sides { ONE, ALONE, BOTH, BOTH_AS_IS }; /* the last: from this side only */

struct row {
	const char *name;
	enum sides sides; /* judge_one; judge_both without a second view; with it */
	struct end here, there;
	int64_t max_fin_delay; /* ns; 0: a second */
	enum verdict verdict;
	const char *words; /* all in the reason, separated by | */
	int64_t after;     /* ns; 0: not looked at */
};

static const struct payload some_payload;

static enum stream_end
stream_end(const struct end *end)
{
	if (end->echoes)
		return END_OF_MIRROR;
	if (end->aborts)
		return END_AFTER_FIN;
	return end->streams ? END_AFTER_FIN : END_AT_SIZE;
}

static void
make_plan(const struct end *end, struct plan *plan)
{
	*plan = (struct plan){
		.closes_first = end->closes,
		.send_size = end->echoes ? end->expects : end->sends,
		.expect_size = end->expects_unknown ? -1 : end->expects,
		.hold = end->hold,
		.chunk = end->chunk,
		.interval = end->interval,
		.aborts = end->aborts,
		.stream_end = stream_end(end),
		.payload = end->sends > 0 || end->echoes ? &some_payload : NULL,
		.send_on = end->answers ? SEND_ON_PEER_FIN : SEND_AT_ONCE,
		.pause_reading = end->pauses,
		.output_fd = -1,
	};
}

static void
make_observation(const struct end *end, struct observation *seen)
{
	observation_init(seen, "");
	observation_add(seen, EVENT_CONNECTED, 0, 0);
	for (int i = 0; i < EVENTS_MAX && end->events[i].kind != EVENT_CONNECTED; i++)
		observation_add(seen, end->events[i].kind, end->events[i].at, 0);
	/* Unless it says otherwise, an end stays until long after all that matters. */
	observation_add(seen, EVENT_CLOSED, end->closed > 0 ? end->closed : 60 * NSEC_PER_SEC, 0);
	seen->bytes_sent = end->sent;
	seen->bytes_received = end->received;
	seen->bytes_sent_after_fin = end->sent_after;
	seen->bytes_received_after_fin = end->received_after;
	seen->last_received_at = end->received > 0 ? end->last_received : -1;
	if (end->last_sent > 0)
		seen->last_sent_at = end->last_sent;
	seen->error = end->error;
	if (end->tls != NULL)
		snprintf(seen->tls, sizeof(seen->tls), "%s", end->tls);
	seen->ended = true;
	if (!end->no_evidence) {
		seen->at_fin_sent.known = seen->at_fin_seen.known = seen->at_end.known = true;
		seen->at_fin_sent.receive_queue = end->queued_at_fin;
		seen->at_fin_sent.rtt_us = (uint32_t)(end->rtt / NSEC_PER_USEC);
		seen->at_fin_seen.send_queue = end->unacked_at_fin;
		seen->at_end.send_queue = end->unacked;
		seen->at_end.state = tcp_state_by_name("CLOSE_WAIT");
	}
	if (end->corrupted) {
		seen->first_bad_offset = 700;
		seen->expected_byte = 0x0a;
		seen->got_byte = 0xff;
	} else if (end->too_long) {
		seen->first_bad_offset = 1000;
		seen->got_byte = 0x2a;
	}
}

/* The ends of a download of 1000 bytes, of which 400 arrive before the FIN at
 * 100 ms and 600 after it; the EOF follows at 500 ms. Rows change what differs. */
#define CLOSER .closes = true, .expects = 1000
#define UNSURE .closes = true, .expects_unknown = true
#define STREAMER .sends = 1000
#define GOT_ALL .received = 1000, .received_after = 600, .last_received = 490 * MS, .closed = 501 * MS
#define GOT_SOME .received = 700, .received_after = 300, .last_received = 300 * MS
#define GOT_NONE .received = 400, .last_received = 90 * MS
#define SENT_ALL .sent = 1000, .sent_after = 600, .closed = 501 * MS
#define FIN { EVENT_FIN_SENT, 100 * MS }, { EVENT_FIN_ACKED, 101 * MS }
#define ALL_SENT_FIN { EVENT_ALL_SENT, 100 * MS }, FIN
#define FIN_UNACKED { EVENT_FIN_SENT, 100 * MS }
#define FIN_SEEN { EVENT_FIN_SEEN, 101 * MS }, { EVENT_EOF, 102 * MS }
#define EOF_AT(ms) { EVENT_EOF, (ms) * MS }
#define OWN_FIN { EVENT_ALL_SENT, 498 * MS }, { EVENT_FIN_SENT, 499 * MS }, { EVENT_FIN_ACKED, 500 * MS }
#define RESET_AT(ms) { EVENT_RESET, (ms) * MS }
#define PIPE_AT(ms) { EVENT_BROKEN_PIPE, (ms) * MS }
#define HOLD_FROM(ms) { EVENT_HOLD_STARTED, (ms) * MS }
#define TLS .tls = "TLSv1.3"
#define NOTIFY { EVENT_CLOSE_NOTIFY_SENT, 100 * MS }
#define NOTIFY_SEEN { EVENT_CLOSE_NOTIFY_SEEN, 101 * MS }
#define BARE { EVENT_EOF_WITHOUT_NOTIFY, 101 * MS }
#define GAVE_UP_AT(ms) { EVENT_READ_TIMEOUT, (ms) * MS }

static const struct row one_sided[] = {
	/* The end that half-closed. */
	{ "complete, as expected", ONE, { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_ALL }, { 0 }, 0,
	  VERDICT_COMPLETE, "all 1000 bytes|600 of them in 400.0 ms after the FIN|not known here", -1 },
	{ "nothing expected, but the stream went on", ONE,
	  { UNSURE, .events = { FIN, EOF_AT(500) }, GOT_ALL }, { 0 }, 0, VERDICT_ORDERLY,
	  "for 400.0 ms after the FIN, 600 in all|--expect-size", -1 },
	{ "over TLS, an EOF that anybody can have sent", ONE,
	  { UNSURE, TLS, .events = { NOTIFY, FIN, BARE, EOF_AT(500) }, GOT_ALL }, { 0 }, 0, VERDICT_INCONCLUSIVE,
	  "without a close_notify|1000 bytes in all|--expect-size", -1 },
	{ "over TLS, such an EOF behind all that was expected", ONE,
	  { CLOSER, TLS, .events = { NOTIFY, FIN, BARE, EOF_AT(500) }, GOT_ALL }, { 0 }, 0, VERDICT_COMPLETE,
	  "all 1000 bytes|EOF without a close_notify", -1 },
	{ "over TLS, what came is not what was sent", ONE,
	  { CLOSER, TLS, .events = { NOTIFY, FIN, { EVENT_ERROR, 200 * MS } }, .error = EBADMSG, .received = 500 },
	  { 0 }, 0, VERDICT_CORRUPTED, "after 500 bytes|EBADMSG|below it", -1 },
	{ "one byte is missing", ONE,
	  { CLOSER, .events = { FIN, EOF_AT(500) }, .received = 999, .received_after = 599,
	    .last_received = 490 * MS },
	  { 0 }, 0, VERDICT_TRUNCATED, "400.0 ms after the FIN|999 of 1000 bytes|1 are missing", 400 * MS },
	{ "no byte at all", ONE, { CLOSER, .events = { FIN, EOF_AT(500) } }, { 0 }, 0, VERDICT_TRUNCATED,
	  "0 of 1000 bytes|1000 are missing", 400 * MS },
	{ "one byte too many", ONE,
	  { CLOSER, .events = { FIN, EOF_AT(500) }, .received = 1001, .received_after = 601,
	    .last_received = 490 * MS },
	  { 0 }, 0, VERDICT_CORRUPTED, "1001 bytes|1000 were expected", -1 },
	{ "one byte too many, and no EOF", ONE,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, .received = 1001, .received_after = 601,
	    .last_received = 490 * MS, .closed = 4100 * MS },
	  { 0 }, 0, VERDICT_CORRUPTED, "1001 bytes|1000 were expected", -1 },
	{ "one byte too many before a reset", ONE,
	  { CLOSER, .events = { FIN, RESET_AT(500) }, .error = ECONNRESET, .received = 1001,
	    .received_after = 601 },
	  { 0 }, 0, VERDICT_CORRUPTED, "1001 bytes|1000 were expected", -1 },
	{ "one byte too many before the half-close", ONE,
	  { CLOSER, .events = { EOF_AT(50) }, .received = 1001 }, { 0 }, 0, VERDICT_CORRUPTED,
	  "1001 bytes|1000 were expected", -1 },
	{ "EOF, but the FIN was never acknowledged", ONE,
	  { CLOSER, .events = { FIN_UNACKED, EOF_AT(500) }, GOT_ALL }, { 0 }, 0, VERDICT_FIN_LOST,
	  "never acknowledged", -1 },
	{ "EOF, and the kernel did not tell what became of the FIN", ONE,
	  { CLOSER, .events = { FIN_UNACKED, EOF_AT(500) }, GOT_ALL, .no_evidence = true }, { 0 }, 0,
	  VERDICT_COMPLETE, "all 1000 bytes arrived", -1 },
	{ "nothing expected and no byte after the FIN", ONE,
	  { UNSURE, .events = { FIN, EOF_AT(500) }, GOT_NONE }, { 0 }, 0, VERDICT_INCONCLUSIVE,
	  "without a byte after the FIN|400 bytes|--expect-size", -1 },
	{ "all had arrived before the FIN", ONE,
	  { CLOSER, .events = { FIN, EOF_AT(500) }, .received = 1000, .last_received = 90 * MS }, { 0 }, 0,
	  VERDICT_INCONCLUSIVE, "1000 bytes|before the FIN|--write-timeout", -1 },
	{ "complete, but the rest was in the queue at the FIN", ONE,
	  { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_ALL, .queued_at_fin = 600 }, { 0 }, 0,
	  VERDICT_INCONCLUSIVE, "before the FIN", -1 },
	{ "complete, all but one byte in the queue at the FIN", ONE,
	  { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_ALL, .queued_at_fin = 599 }, { 0 }, 0,
	  VERDICT_COMPLETE, "600 of them", -1 },
	{ "nothing expected, the rest was in the queue at the FIN", ONE,
	  { UNSURE, .events = { FIN, EOF_AT(500) }, GOT_ALL, .queued_at_fin = 600 }, { 0 }, 0,
	  VERDICT_INCONCLUSIVE, "in flight|--expect-size", -1 },
	{ "nothing expected, all but one byte in the queue at the FIN", ONE,
	  { UNSURE, .events = { FIN, EOF_AT(500) }, GOT_ALL, .queued_at_fin = 599 }, { 0 }, 0,
	  VERDICT_ORDERLY, "600 in all", -1 },
	{ "nothing expected, the last byte as late as a path that closes at once has it", ONE,
	  { UNSURE, .events = { FIN, EOF_AT(500) }, .received = 1000, .received_after = 600,
	    .rtt = 30 * MS, .last_received = 210 * MS },
	  { 0 }, 0, VERDICT_INCONCLUSIVE, "in flight|--expect-size", -1 },
	{ "nothing expected, the last byte a moment later", ONE,
	  { UNSURE, .events = { FIN, EOF_AT(500) }, .received = 1000, .received_after = 600,
	    .rtt = 30 * MS, .last_received = 210 * MS + 1 },
	  { 0 }, 0, VERDICT_ORDERLY, "kept arriving", -1 },
	{ "reset after the FIN", ONE,
	  { CLOSER, .events = { FIN, RESET_AT(350) }, .error = ECONNRESET, GOT_SOME }, { 0 }, 0,
	  VERDICT_RESET, "ECONNRESET|250.0 ms after the FIN|300 bytes", 250 * MS },
	{ "any other error after the FIN", ONE,
	  { CLOSER, .events = { FIN, { EVENT_ERROR, 350 * MS } }, .error = EHOSTUNREACH, GOT_SOME }, { 0 },
	  0, VERDICT_RESET, "EHOSTUNREACH", 250 * MS },
	{ "memory is short here after the FIN", ONE,
	  { CLOSER, .events = { FIN, { EVENT_ERROR, 350 * MS } }, .error = ENOBUFS, GOT_SOME }, { 0 },
	  0, VERDICT_INCONCLUSIVE, "lack of memory|ENOBUFS|350.0 ms", -1 },
	{ "memory is short here while it streams on", ONE,
	  { STREAMER, .events = { FIN_SEEN, { EVENT_ERROR, 350 * MS } }, .error = ENOMEM, .sent = 800 },
	  { 0 }, 0, VERDICT_INCONCLUSIVE, "lack of memory|ENOMEM", -1 },
	{ "reset before the FIN", ONE,
	  { CLOSER, .events = { RESET_AT(50) }, .error = ECONNRESET, .received = 200 }, { 0 }, 0,
	  VERDICT_INCONCLUSIVE, "ECONNRESET|before the half-close|200 bytes", -1 },
	{ "the stream ended before the half-close", ONE,
	  { CLOSER, .events = { EOF_AT(50) }, .received = 1000 }, { 0 }, 0, VERDICT_INCONCLUSIVE,
	  "ended here after 1000 bytes, before the half-close", -1 },
	{ "time ran out before the half-close", ONE,
	  { CLOSER, .events = { GAVE_UP_AT(50) }, .closed = 50 * MS }, { 0 }, 0, VERDICT_INCONCLUSIVE,
	  "50.0 ms, before the half-close", -1 },
	{ "nothing until the timeout, FIN acknowledged", ONE,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, GOT_NONE, .closed = 4100 * MS }, { 0 }, 0,
	  VERDICT_STALLED, "nothing arrived for 4.00 s|acknowledged (FIN_WAIT2)|400 bytes arrived before it and 0",
	  4000 * MS },
	{ "nothing until the timeout, FIN not acknowledged", ONE,
	  { CLOSER, .events = { FIN_UNACKED, GAVE_UP_AT(4100) }, GOT_NONE, .closed = 4100 * MS }, { 0 }, 0,
	  VERDICT_STALLED, "not acknowledged (FIN_WAIT1)", 4000 * MS },
	{ "nothing until the timeout, and the kernel did not tell", ONE,
	  { CLOSER, .events = { FIN_UNACKED, GAVE_UP_AT(4100) }, GOT_NONE, .closed = 4100 * MS, .no_evidence = true },
	  { 0 }, 0, VERDICT_STALLED, "perhaps acknowledged (the kernel did not tell)", 4000 * MS },
	{ "silence is counted from the last byte", ONE,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, GOT_SOME, .closed = 4100 * MS }, { 0 }, 0,
	  VERDICT_STALLED, "for 3.80 s|400 bytes arrived before it and 300 after it", 3800 * MS },
	{ "all arrived, but no EOF", ONE,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, .received = 1000, .received_after = 600,
	    .last_received = 1100 * MS, .closed = 4100 * MS },
	  { 0 }, 0, VERDICT_EOF_LOST, "all 1000 bytes|no EOF within 3.00 s", 3000 * MS },
	{ "the stream still ran when time was up", ONE,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, .received = 900, .received_after = 500,
	    .last_received = 3100 * MS + 1, .closed = 4100 * MS },
	  { 0 }, 0, VERDICT_INCONCLUSIVE, "still ran|500 bytes|4.00 s|--read-timeout", -1 },
	{ "a second of idle time is no running stream", ONE,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, .received = 900, .received_after = 500,
	    .last_received = 3100 * MS, .closed = 4100 * MS },
	  { 0 }, 0, VERDICT_STALLED, "for 1.00 s", 1000 * MS },
	{ "nor is silence for half of the time", ONE,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(300) }, .received = 900, .received_after = 500,
	    .last_received = 200 * MS, .closed = 300 * MS },
	  { 0 }, 0, VERDICT_STALLED, "for 100.0 ms", 100 * MS },
	{ "time was up right behind the FIN", ONE,
	  { CLOSER, .events = { FIN_UNACKED, GAVE_UP_AT(150) }, GOT_NONE, .closed = 150 * MS }, { 0 }, 0,
	  VERDICT_INCONCLUSIVE, "50.0 ms after the FIN|too early|--read-timeout", -1 },
	{ "time was up right behind the FIN, and all had arrived", ONE,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(150) }, .received = 1000, .last_received = 90 * MS,
	    .closed = 150 * MS },
	  { 0 }, 0, VERDICT_INCONCLUSIVE, "50.0 ms after the FIN|too early", -1 },
	{ "not so a moment later", ONE,
	  { CLOSER, .events = { FIN_UNACKED, GAVE_UP_AT(151) }, GOT_NONE, .closed = 151 * MS }, { 0 }, 0,
	  VERDICT_STALLED, "for 51.0 ms", 51 * MS },
	{ "right behind the FIN is two round trips longer", ONE,
	  { CLOSER, .events = { FIN_UNACKED, { EVENT_IDLE_TIMEOUT, 210 * MS } }, GOT_NONE, .rtt = 30 * MS,
	    .closed = 210 * MS },
	  { 0 }, 0, VERDICT_INCONCLUSIVE, "110.0 ms after the FIN|too early|--idle-timeout", -1 },
	{ "nor one that --idle-timeout ended", ONE,
	  { CLOSER, .events = { FIN, { EVENT_IDLE_TIMEOUT, 4100 * MS } }, .received = 900,
	    .received_after = 500, .last_received = 3600 * MS, .closed = 4100 * MS },
	  { 0 }, 0, VERDICT_STALLED, "for 500.0 ms", 500 * MS },
	{ "TCP gave up", ONE,
	  { CLOSER, .events = { FIN, { EVENT_TIMED_OUT, 9100 * MS } }, .error = ETIMEDOUT, GOT_SOME }, { 0 },
	  0, VERDICT_STALLED, "ETIMEDOUT|9.00 s after the FIN|FIN_WAIT2|300 bytes", 9000 * MS },
	{ "TCP gave up, FIN not acknowledged", ONE,
	  { CLOSER, .events = { FIN_UNACKED, { EVENT_TIMED_OUT, 9100 * MS } }, .error = ETIMEDOUT }, { 0 }, 0,
	  VERDICT_STALLED, "FIN_WAIT1", 9000 * MS },
	{ "a byte differs", ONE, { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_ALL, .corrupted = true },
	  { 0 }, 0, VERDICT_CORRUPTED, "offset 700|here|expected 0x0a, got 0xff", -1 },
	{ "a byte beyond the end", ONE, { CLOSER, .events = { FIN, EOF_AT(500) }, .too_long = true }, { 0 },
	  0, VERDICT_CORRUPTED, "more bytes|offset 1000|0x2a", -1 },
	{ "a byte differs before the reset", ONE,
	  { CLOSER, .events = { FIN, RESET_AT(350) }, .error = ECONNRESET, GOT_SOME, .corrupted = true },
	  { 0 }, 0, VERDICT_CORRUPTED, "offset 700", -1 },
	{ "interrupted", ONE,
	  { CLOSER, .events = { FIN, { EVENT_INTERRUPTED, 1500 * MS } }, GOT_SOME, .closed = 1500 * MS },
	  { 0 }, 0, VERDICT_INCONCLUSIVE, "interrupted here after 1.50 s", -1 },
	{ "the output could not be written", ONE,
	  { CLOSER, .events = { FIN, { EVENT_SOURCE_ERROR, 200 * MS } }, .error = ENOSPC, GOT_SOME }, { 0 },
	  0, VERDICT_INCONCLUSIVE, "file|ENOSPC", -1 },

	/* The end that went on sending. */
	{ "sender: bytes left after the FIN", ONE, { STREAMER, .events = { FIN_SEEN, OWN_FIN }, SENT_ALL },
	  { 0 }, 0, VERDICT_ORDERLY, "600 bytes left|0 were in flight|by the peer or something nearer", -1 },
	{ "sender: bytes were in flight at the FIN", ONE,
	  { STREAMER, .events = { FIN_SEEN, OWN_FIN }, .sent = 1000, .unacked_at_fin = 1 }, { 0 }, 0,
	  VERDICT_ORDERLY, "0 bytes left|1 were in flight", -1 },
	{ "sender: only its own FIN was in flight", ONE,
	  { STREAMER, .events = { { EVENT_FIN_SENT, 50 * MS }, FIN_SEEN, { EVENT_FIN_ACKED, 200 * MS } },
	    .sent = 1000, .unacked_at_fin = 1 },
	  { 0 }, 0, VERDICT_INCONCLUSIVE, "all 1000 bytes had arrived|nothing was left", -1 },
	{ "sender: nothing was left to send", ONE,
	  { STREAMER, .events = { FIN_SEEN, OWN_FIN }, .sent = 1000 }, { 0 }, 0, VERDICT_INCONCLUSIVE,
	  "nothing was left", -1 },
	{ "sender: EPIPE after the FIN", ONE,
	  { STREAMER, .events = { FIN_SEEN, PIPE_AT(151) }, .error = EPIPE, .sent = 800, .sent_after = 400,
	    .unacked = 77 },
	  { 0 }, 0, VERDICT_RESET, "EPIPE 50.0 ms after|400 bytes were sent after it, 77 stayed", 50 * MS },
	{ "sender: ECONNRESET after the FIN", ONE,
	  { STREAMER, .events = { FIN_SEEN, RESET_AT(151) }, .error = ECONNRESET, .sent = 800 }, { 0 }, 0,
	  VERDICT_RESET, "ECONNRESET", 50 * MS },
	{ "sender: reset without a FIN", ONE,
	  { STREAMER, .events = { RESET_AT(151) }, .error = ECONNRESET, .sent = 800 }, { 0 }, 0,
	  VERDICT_INCONCLUSIVE, "FIN never came|ECONNRESET|800 of 1000 bytes", -1 },
	{ "sender: the peer took nothing after its FIN", ONE,
	  { STREAMER, .events = { FIN_SEEN, { EVENT_SEND_TIMEOUT, 9000 * MS } }, .sent = 800, .unacked = 300 },
	  { 0 }, 0, VERDICT_STALLED, "after its FIN|800 of 1000 bytes sent, 300", -1 },
	{ "sender: TCP gave up after the FIN", ONE,
	  { STREAMER, .events = { FIN_SEEN, { EVENT_TIMED_OUT, 9000 * MS } }, .error = ETIMEDOUT, .sent = 800 },
	  { 0 }, 0, VERDICT_STALLED, "took no byte", -1 },
	{ "sender: the peer took nothing, and sent no FIN", ONE,
	  { STREAMER, .events = { { EVENT_SEND_TIMEOUT, 9000 * MS } }, .sent = 800 }, { 0 }, 0,
	  VERDICT_INCONCLUSIVE, "its FIN never came", -1 },
	{ "sender: all sent, and no FIN", ONE,
	  { STREAMER, .events = { OWN_FIN, { EVENT_LINGER_TIMEOUT, 2498 * MS } }, .sent = 1000,
	    .closed = 2498 * MS },
	  { 0 }, 0, VERDICT_INCONCLUSIVE, "no FIN of the peer came within 2.00 s", -1 },
	{ "sender: its own FIN was never acknowledged", ONE,
	  { STREAMER, .events = { FIN_SEEN, { EVENT_FIN_SENT, 499 * MS } }, SENT_ALL, .unacked = 12 }, { 0 },
	  0, VERDICT_STALLED, "600 bytes were sent after|12 stayed unacknowledged (CLOSE_WAIT)", -1 },
	{ "sender: the kernel did not tell what became of its own FIN", ONE,
	  { STREAMER, .events = { FIN_SEEN, { EVENT_FIN_SENT, 499 * MS } }, SENT_ALL, .no_evidence = true }, { 0 },
	  0, VERDICT_INCONCLUSIVE, "600 bytes were sent after|did not tell", -1 },
	{ "sender: what came from the peer differs", ONE,
	  { STREAMER, .events = { FIN_SEEN, OWN_FIN }, SENT_ALL, .corrupted = true }, { 0 }, 0,
	  VERDICT_CORRUPTED, "offset 700", -1 },
	{ "sender: the file shrank", ONE,
	  { STREAMER, .events = { FIN_SEEN, { EVENT_SOURCE_ERROR, 300 * MS } }, .error = ENODATA, .sent = 800 },
	  { 0 }, 0, VERDICT_INCONCLUSIVE, "file|ENODATA", -1 },
};

/* `here` half-closes unless both or none do. */
static const struct row two_sided[] = {
	{ "all arrived", BOTH, { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_ALL },
	  { STREAMER, .events = { FIN_SEEN, OWN_FIN }, SENT_ALL }, 0, VERDICT_PRESERVED,
	  "all 1000 bytes|600 of them in 400.0 ms after the FIN|seen there at once", -1 },
	{ "all arrived, over TLS at both ends", BOTH,
	  { CLOSER, TLS, .events = { NOTIFY, FIN, NOTIFY_SEEN, EOF_AT(500) }, GOT_ALL },
	  { STREAMER, TLS, .events = { FIN_SEEN, NOTIFY_SEEN, OWN_FIN }, SENT_ALL }, 0, VERDICT_PRESERVED,
	  "all 1000 bytes", -1 },
	{ "the FIN arrived, but not the alert", BOTH,
	  { CLOSER, TLS, .events = { NOTIFY, FIN, NOTIFY_SEEN, EOF_AT(500) }, GOT_ALL },
	  { STREAMER, TLS, .events = { FIN_SEEN, BARE, OWN_FIN }, SENT_ALL }, 0, VERDICT_CLOSE_NOTIFY_LOST,
	  "arrived there|lost the close_notify", -1 },
	{ "a FIN without an alert was all that was sent", BOTH,
	  { CLOSER, TLS, .events = { FIN, NOTIFY_SEEN, EOF_AT(500) }, GOT_ALL },
	  { STREAMER, TLS, .events = { FIN_SEEN, BARE, OWN_FIN }, SENT_ALL }, 0, VERDICT_PRESERVED,
	  "all 1000 bytes", -1 },
	{ "a terminator that makes no alert of the plain end's FIN", BOTH,
	  { CLOSER, TLS, .events = { NOTIFY, FIN, BARE, EOF_AT(500) }, GOT_ALL },
	  { STREAMER, .events = { FIN_SEEN, OWN_FIN }, SENT_ALL }, 0, VERDICT_CLOSE_NOTIFY_LOST,
	  "ended the TLS stream without a close_notify", -1 },
	{ "neither alert nor FIN", BOTH, { CLOSER, TLS, .events = { NOTIFY, FIN, NOTIFY_SEEN, EOF_AT(500) }, GOT_ALL },
	  { STREAMER, TLS, .events = { OWN_FIN }, .sent = 1000 }, 0, VERDICT_CLOSE_NOTIFY_LOST,
	  "close_notify and the FIN sent here never arrived there", -1 },
	{ "a terminator closes at the alert", BOTH,
	  { CLOSER, .tls = "TLSv1.2", .events = { NOTIFY, FIN, NOTIFY_SEEN, EOF_AT(101) }, GOT_NONE },
	  { STREAMER, .sent = 900, .events = { FIN_SEEN, PIPE_AT(103) }, .error = EPIPE }, 0, VERDICT_FULL_CLOSE,
	  "answered the close_notify and the FIN|as TLS before 1.3 demands", 1 * MS },
	{ "all arrived, only bytes that were in flight at the FIN", BOTH,
	  { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_ALL, .queued_at_fin = 600 },
	  { STREAMER, .events = { FIN_SEEN, OWN_FIN }, .sent = 1000, .unacked_at_fin = 1 }, 0,
	  VERDICT_PRESERVED, "all 1000 bytes", -1 },
	{ "all had arrived when the FIN was seen", BOTH,
	  { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_ALL, .queued_at_fin = 600 },
	  { STREAMER, .events = { FIN_SEEN, OWN_FIN }, .sent = 1000 }, 0, VERDICT_INCONCLUSIVE,
	  "1000 bytes had ended before the FIN arrived there", -1 },
	{ "the FIN was seen just in time", BOTH, { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_ALL },
	  { STREAMER, .events = { { EVENT_FIN_SEEN, 301 * MS }, OWN_FIN }, SENT_ALL }, 200 * MS,
	  VERDICT_PRESERVED, "within 200.0 ms", -1 },
	{ "the FIN was seen too late", BOTH, { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_ALL },
	  { STREAMER, .events = { { EVENT_FIN_SEEN, 301 * MS + 1 }, OWN_FIN }, SENT_ALL }, 200 * MS,
	  VERDICT_FIN_DELAYED, "sent here was seen there only 200.0 ms later", 200 * MS + 1 },
	{ "the FIN was never seen, yet all arrived", BOTH, { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_ALL },
	  { STREAMER, .events = { OWN_FIN }, .sent = 1000 }, 0, VERDICT_FIN_LOST,
	  "all 1000 bytes|sent here was never seen there", -1 },
	{ "a reset came in place of the FIN, yet all arrived", BOTH,
	  { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_ALL },
	  { STREAMER, .events = { OWN_FIN, RESET_AT(502) }, .error = ECONNRESET, .sent = 1000 }, 0, VERDICT_RESET,
	  "all 1000 bytes arrived here|ECONNRESET came there in place of the FIN", 402 * MS },
	{ "the FIN was never seen, so no answer came", BOTH,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, .closed = 4100 * MS },
	  { STREAMER, .answers = true, .events = { GAVE_UP_AT(4100) }, .closed = 4100 * MS }, 0,
	  VERDICT_FIN_LOST, "was acknowledged (FIN_WAIT2) and never seen there|0 of 1000 bytes", -1 },
	{ "the FIN was never seen, so the echo did not end", BOTH,
	  { CLOSER, .sends = 1000, .sent = 1000, .events = { FIN, GAVE_UP_AT(4100) }, GOT_ALL },
	  { .echoes = true, .expects = 1000, .received = 1000, .events = { GAVE_UP_AT(4100) }, .sent = 1000 }, 0,
	  VERDICT_FIN_LOST, "sent here was acknowledged (FIN_WAIT2) and never seen there", -1 },
	{ "neither seen nor acknowledged", BOTH,
	  { CLOSER, .events = { FIN_UNACKED, GAVE_UP_AT(4100) }, .closed = 4100 * MS },
	  { STREAMER, .answers = true, .events = { GAVE_UP_AT(4100) }, .closed = 4100 * MS }, 0,
	  VERDICT_FIN_LOST, "was not acknowledged (FIN_WAIT1) and never seen there", -1 },
	{ "bytes before the FIN were lost, the answer came", BOTH,
	  { CLOSER, .sends = 50, .sent = 50, .events = { FIN, EOF_AT(500) }, GOT_ALL },
	  { STREAMER, .expects = 50, .received = 49, .events = { FIN_SEEN, OWN_FIN }, SENT_ALL }, 0,
	  VERDICT_UPLOAD_TRUNCATED, "50 bytes were sent here|49 arrived there", -1 },
	{ "bytes before the FIN were lost, so was the echo", BOTH,
	  { CLOSER, .sends = 1000, .sent = 1000, .events = { FIN, EOF_AT(500) }, GOT_SOME },
	  { .echoes = true, .expects = 1000, .received = 700, .sent = 700, .events = { FIN_SEEN, OWN_FIN } }, 0,
	  VERDICT_UPLOAD_TRUNCATED, "1000 bytes|only 700 arrived there", -1 },
	{ "an echo comes back in full", BOTH,
	  { CLOSER, .sends = 1000, .sent = 1000, .events = { FIN, EOF_AT(500) }, GOT_ALL },
	  { .echoes = true, .expects = 1000, .received = 1000, .events = { FIN_SEEN, OWN_FIN }, SENT_ALL }, 0,
	  VERDICT_PRESERVED, "all 1000 bytes", -1 },

	/* An early EOF. */
	{ "closed at once", BOTH, { CLOSER, .events = { FIN, EOF_AT(101) }, GOT_NONE },
	  { STREAMER, .events = { FIN_SEEN, PIPE_AT(120) }, .error = EPIPE, .sent = 600 }, 0,
	  VERDICT_FULL_CLOSE, "EOF came here 1.0 ms after the FIN with 600 bytes missing|EPIPE there", MS },
	{ "closed within 50 ms and a round trip", BOTH,
	  { CLOSER, .events = { FIN, EOF_AT(170) }, GOT_NONE, .rtt = 20 * MS },
	  { STREAMER, .events = { FIN_SEEN, PIPE_AT(171) }, .error = EPIPE, .sent = 600, .rtt = 20 * MS }, 0,
	  VERDICT_FULL_CLOSE, "70.0 ms after the FIN", 70 * MS },
	{ "closed a moment later", BOTH,
	  { CLOSER, .events = { FIN, { EVENT_EOF, 180 * MS } }, GOT_NONE, .rtt = 20 * MS },
	  { STREAMER, .events = { FIN_SEEN, { EVENT_BROKEN_PIPE, 171 * MS + 1 } }, .error = EPIPE, .sent = 600,
	    .rtt = 20 * MS }, 0,
	  VERDICT_LINGER_CUTOFF, "cut the running stream 70.0 ms after|round trip 20.0 ms", 70 * MS + 1 },
	{ "a paced sender is cut at its next chunks", BOTH,
	  { CLOSER, .events = { FIN, EOF_AT(300) }, GOT_SOME },
	  { STREAMER, .chunk = 100, .interval = 10 * MS, .events = { FIN_SEEN, PIPE_AT(171) },
	    .error = EPIPE, .sent = 800, .sent_after = 400 },
	  0, VERDICT_FULL_CLOSE, "200.0 ms", 70 * MS },
	{ "a paced sender is cut some chunks later", BOTH,
	  { CLOSER, .events = { FIN, EOF_AT(300) }, GOT_SOME },
	  { STREAMER, .chunk = 100, .interval = 10 * MS,
	    .events = { FIN_SEEN, { EVENT_BROKEN_PIPE, 171 * MS + 1 } },
	    .error = EPIPE, .sent = 800, .sent_after = 400 },
	  0, VERDICT_LINGER_CUTOFF, "70.0 ms", 70 * MS + 1 },
	{ "cut a while after the FIN", BOTH, { CLOSER, .events = { FIN, EOF_AT(1100) }, GOT_SOME },
	  { STREAMER, .events = { FIN_SEEN, RESET_AT(1105) }, .error = ECONNRESET, .sent = 800 }, 0,
	  VERDICT_LINGER_CUTOFF, "1.00 s after the FIN|EOF here|300 bytes missing|ECONNRESET there", 1000 * MS },
	{ "closed at once, read only behind a pause", BOTH,
	  { CLOSER, .pauses = true, .events = { FIN, { EVENT_FIN_SEEN, 101 * MS }, EOF_AT(304) }, GOT_NONE },
	  { STREAMER, .events = { FIN_SEEN, PIPE_AT(120) }, .error = EPIPE, .sent = 600 }, 0,
	  VERDICT_FULL_CLOSE, "EOF came here 1.0 ms after the FIN", 19 * MS },
	{ "cut while the reader paused, the EOF behind a full window", BOTH,
	  { CLOSER, .pauses = true, .events = { FIN, { EVENT_FIN_SEEN, 450 * MS }, EOF_AT(450) }, GOT_SOME },
	  { STREAMER, .events = { FIN_SEEN, PIPE_AT(301) }, .error = EPIPE, .sent = 800, .sent_after = 400 }, 0,
	  VERDICT_LINGER_CUTOFF, "200.0 ms after the FIN|EOF here with 300 bytes missing, EPIPE there", 200 * MS },
	{ "an early EOF, and the sender saw no error", BOTH,
	  { CLOSER, .events = { FIN, EOF_AT(101) }, GOT_NONE },
	  { STREAMER, .events = { FIN_SEEN, OWN_FIN }, SENT_ALL }, 0, VERDICT_SILENT_DISCARD,
	  "1000 bytes were sent there without an error|only 400 arrived here", MS },
	{ "one byte less, and the sender saw no error", BOTH,
	  { CLOSER, .events = { FIN, EOF_AT(500) }, .received = 999, .received_after = 599,
	    .last_received = 490 * MS },
	  { STREAMER, .events = { FIN_SEEN, OWN_FIN }, SENT_ALL }, 0, VERDICT_SILENT_DISCARD,
	  "only 999 arrived", 400 * MS },

	/* Silence after the FIN, then data. */
	{ "closed during the silence", BOTH, { CLOSER, .events = { FIN, EOF_AT(2100) } },
	  { STREAMER, .answers = true, .hold = 5000 * MS,
	    .events = { FIN_SEEN, HOLD_FROM(103), PIPE_AT(5104) }, .error = EPIPE },
	  0, VERDICT_IDLE_EXPIRED_CLOSE, "2.00 s after the FIN: EOF here, EPIPE there, 1000 bytes missing",
	  2000 * MS },
	{ "closed during the silence, and the sender does not know yet", BOTH,
	  { CLOSER, .events = { FIN, EOF_AT(2100) } },
	  { STREAMER, .answers = true, .hold = 5000 * MS, .events = { FIN_SEEN, HOLD_FROM(103) } }, 0,
	  VERDICT_IDLE_EXPIRED_CLOSE, "2.00 s after the FIN: EOF here, no error there", 2000 * MS },
	{ "closed at once, noticed behind the silence", BOTH, { CLOSER, .events = { FIN, EOF_AT(150) } },
	  { STREAMER, .answers = true, .hold = 5000 * MS,
	    .events = { FIN_SEEN, HOLD_FROM(103), PIPE_AT(5104) }, .error = EPIPE },
	  0, VERDICT_FULL_CLOSE, "50.0 ms after the FIN", 50 * MS },
	{ "the data behind the silence is thrown away", BOTH, { CLOSER, .events = { FIN, EOF_AT(5101) } },
	  { STREAMER, .answers = true, .hold = 5000 * MS,
	    .events = { FIN_SEEN, HOLD_FROM(103), { EVENT_FIN_SENT, 5104 * MS },
	                { EVENT_FIN_ACKED, 5105 * MS } },
	    .sent = 1000, .sent_after = 1000 },
	  0, VERDICT_SILENT_DISCARD, "only 0 arrived here", 5001 * MS },
	{ "the sender is reset behind the silence", BOTH,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(8100) }, .closed = 8100 * MS },
	  { STREAMER, .answers = true, .hold = 5000 * MS,
	    .events = { FIN_SEEN, HOLD_FROM(103), PIPE_AT(5104) }, .error = EPIPE },
	  0, VERDICT_IDLE_EXPIRED_RESET, "after 5.00 s of idle time|EPIPE there, nothing here", 5001 * MS },
	{ "the closer is reset during the silence", BOTH,
	  { CLOSER, .events = { FIN, RESET_AT(2100) }, .error = ECONNRESET },
	  { STREAMER, .answers = true, .hold = 5000 * MS, .events = { FIN_SEEN, HOLD_FROM(103) } }, 0,
	  VERDICT_IDLE_EXPIRED_RESET, "after 2.00 s|no error there, ECONNRESET here", 1999 * MS },
	{ "reset at once is no matter of idle time", BOTH,
	  { CLOSER, .events = { FIN, RESET_AT(150) }, .error = ECONNRESET },
	  { STREAMER, .answers = true, .hold = 5000 * MS, .events = { FIN_SEEN, HOLD_FROM(103) } }, 0,
	  VERDICT_RESET, "ECONNRESET came here 50.0 ms after the FIN", 50 * MS },
	{ "packets vanish behind the silence", BOTH,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(8100) }, .closed = 8100 * MS },
	  { STREAMER, .answers = true, .hold = 5000 * MS, .events = { FIN_SEEN, HOLD_FROM(103), GAVE_UP_AT(8103) },
	    .sent = 1000, .unacked = 1000 },
	  0, VERDICT_IDLE_EXPIRED_BLACKHOLE, "after 5.00 s of idle time|1000 bytes stay unacknowledged there",
	  5000 * MS },
	{ "packets vanish, and keepalive gave up", BOTH,
	  { CLOSER, .events = { FIN, { EVENT_TIMED_OUT, 4000 * MS } }, .error = ETIMEDOUT },
	  { STREAMER, .answers = true, .hold = 5000 * MS, .events = { FIN_SEEN, HOLD_FROM(103) } }, 0,
	  VERDICT_IDLE_EXPIRED_BLACKHOLE, "packets vanish", 5000 * MS },
	{ "a silence that the path lived through", BOTH,
	  { CLOSER, .events = { FIN, EOF_AT(5110) }, .received = 1000, .received_after = 1000,
	    .last_received = 5109 * MS },
	  { STREAMER, .answers = true, .hold = 5000 * MS,
	    .events = { FIN_SEEN, HOLD_FROM(103), { EVENT_ALL_SENT, 5104 * MS }, { EVENT_FIN_SENT, 5104 * MS } }, .sent = 1000,
	    .sent_after = 1000 },
	  0, VERDICT_PRESERVED, "all 1000 bytes", -1 },

	/* Neither EOF nor all bytes. */
	{ "bytes in front of the FIN never arrived, so it could not", BOTH,
	  { CLOSER, .sends = 1000, .sent = 1000, .events = { FIN_UNACKED, GAVE_UP_AT(4100) }, .closed = 4100 * MS,
	    .unacked = 301 },
	  { .echoes = true, .expects = 1000, .received = 700, .events = { GAVE_UP_AT(4100) }, .closed = 4100 * MS },
	  0, VERDICT_STALLED, "300 bytes in front of the FIN sent here were never acknowledged|700 of 1000", -1 },
	{ "all bytes in front of the FIN arrived, but it did not", BOTH,
	  { CLOSER, .sends = 1000, .sent = 1000, .events = { FIN_UNACKED, GAVE_UP_AT(4100) }, .closed = 4100 * MS,
	    .unacked = 1 },
	  { .echoes = true, .expects = 1000, .received = 1000, .events = { GAVE_UP_AT(4100) }, .closed = 4100 * MS },
	  0, VERDICT_FIN_LOST, "not acknowledged (FIN_WAIT1) and never seen", -1 },
	{ "reset at the closer", BOTH,
	  { CLOSER, .events = { FIN, RESET_AT(350) }, .error = ECONNRESET, GOT_SOME },
	  { STREAMER, .events = { FIN_SEEN, RESET_AT(351) }, .error = ECONNRESET, .sent = 800 }, 0,
	  VERDICT_RESET, "ECONNRESET came here 250.0 ms|700 of 1000 bytes|did not abort", 250 * MS },
	{ "reset at the closer although all arrived", BOTH,
	  { CLOSER, .events = { FIN, RESET_AT(350) }, .error = ECONNRESET, .received = 1000,
	    .received_after = 600 },
	  { STREAMER, .events = { FIN_SEEN, OWN_FIN }, SENT_ALL }, 0, VERDICT_RESET, "1000 of 1000 bytes",
	  250 * MS },
	{ "reset at the closer, the FIN not seen by a running stream", BOTH,
	  { CLOSER, .events = { FIN_UNACKED, RESET_AT(350) }, .error = ECONNRESET, GOT_SOME },
	  { STREAMER, .events = { { EVENT_ALL_SENT, 300 * MS } }, .sent = 800 }, 0, VERDICT_RESET,
	  "ECONNRESET came here", 250 * MS },
	{ "reset by the path, while the other end still waits for the FIN", BOTH,
	  { CLOSER, .events = { FIN_UNACKED, RESET_AT(101) }, .error = ECONNRESET },
	  { STREAMER, .answers = true, .events = { GAVE_UP_AT(4100), { EVENT_ABORTED, 4100 * MS } },
	    .closed = 4100 * MS },
	  0, VERDICT_RESET, "ECONNRESET came here 1.0 ms after the FIN with 0 of 1000 bytes|did not abort", MS },
	{ "reset by the other end, when it had waited in vain", BOTH,
	  { CLOSER, .events = { FIN_UNACKED, RESET_AT(4095) }, .error = ECONNRESET },
	  { STREAMER, .answers = true, .events = { GAVE_UP_AT(4100), { EVENT_ABORTED, 4100 * MS } },
	    .closed = 4100 * MS },
	  0, VERDICT_FIN_LOST, "never seen there", -1 },
	{ "reset by the other end, whose stream stood still", BOTH,
	  { CLOSER, .events = { FIN, RESET_AT(4095) }, .error = ECONNRESET, GOT_SOME, .closed = 4095 * MS },
	  { STREAMER, .events = { FIN_SEEN, GAVE_UP_AT(4100), { EVENT_ABORTED, 4100 * MS } }, .sent = 900,
	    .unacked = 200, .closed = 4100 * MS },
	  0, VERDICT_STALLED, "200 bytes stayed unacknowledged there", 3795 * MS },
	{ "reset at the sender, in place of its EOF here", BOTH,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, .received = 1000, .received_after = 600,
	    .last_received = 490 * MS, .closed = 4100 * MS },
	  { STREAMER, .events = { FIN_SEEN, { EVENT_FIN_SENT, 499 * MS }, RESET_AT(500), { EVENT_ALL_SENT, 498 * MS } }, .error = ECONNRESET,
	    SENT_ALL },
	  0, VERDICT_RESET, "all 1000 bytes arrived here, but never the EOF: ECONNRESET came there",
	  400 * MS },
	{ "reset at the sender only", BOTH,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, GOT_SOME, .closed = 4100 * MS },
	  { STREAMER, .events = { FIN_SEEN, PIPE_AT(351) }, .error = EPIPE, .sent = 800 }, 0, VERDICT_RESET,
	  "EPIPE came there 250.0 ms after the FIN, and nothing here: 700 of 1000", 250 * MS },
	{ "all arrived, but never the EOF", BOTH,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, GOT_ALL },
	  { STREAMER, .events = { FIN_SEEN, OWN_FIN }, SENT_ALL }, 0, VERDICT_EOF_LOST,
	  "all 1000 bytes arrived here|although the FIN was sent there", -1 },
	{ "all acknowledged, but not all arrived, and no EOF", BOTH,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, GOT_SOME, .closed = 4100 * MS },
	  { STREAMER, .events = { FIN_SEEN, OWN_FIN }, SENT_ALL }, 0, VERDICT_SILENT_DISCARD,
	  "sent and acknowledged there|only 700 arrived here, and no EOF", -1 },
	{ "the stream stands still", BOTH,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, GOT_SOME, .closed = 4100 * MS },
	  { STREAMER, .events = { FIN_SEEN, GAVE_UP_AT(4100) }, .sent = 900, .unacked = 200 }, 0,
	  VERDICT_STALLED, "nothing arrived here for 3.80 s, its FIN acknowledged (FIN_WAIT2)|200 bytes stayed unacknowledged there",
	  3800 * MS },
	{ "the stream stands still, the FIN not acknowledged", BOTH,
	  { CLOSER, .events = { FIN_UNACKED, GAVE_UP_AT(4100) }, GOT_NONE, .closed = 4100 * MS },
	  { STREAMER, .events = { FIN_SEEN, GAVE_UP_AT(4100) }, .sent = 900, .unacked = 200 }, 0,
	  VERDICT_STALLED, "for 4.00 s, its FIN not acknowledged (FIN_WAIT1)", 4000 * MS },
	{ "the stream still ran when time was up", BOTH,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, .received = 900, .received_after = 500,
	    .last_received = 3100 * MS + 1, .closed = 4100 * MS },
	  { STREAMER, .events = { FIN_SEEN }, .sent = 950, .unacked = 50 }, 0, VERDICT_INCONCLUSIVE,
	  "still ran|900 of 1000 bytes|a smaller --size or a longer --timeout", -1 },
	{ "the stream still ran when time was up at the other end", BOTH,
	  { CLOSER, .events = { FIN, RESET_AT(4095) }, .error = ECONNRESET, .received = 900, .received_after = 500,
	    .last_received = 4090 * MS, .closed = 4095 * MS },
	  { STREAMER, .events = { FIN_SEEN, GAVE_UP_AT(4100), { EVENT_ABORTED, 4100 * MS } }, .sent = 950,
	    .unacked = 50, .closed = 4100 * MS },
	  0, VERDICT_INCONCLUSIVE, "still ran|900 of 1000 bytes|a smaller --size or a longer --timeout", -1 },
	{ "a second of idle time is no running stream", BOTH,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, .received = 900, .received_after = 500,
	    .last_received = 3100 * MS, .closed = 4100 * MS },
	  { STREAMER, .events = { FIN_SEEN }, .sent = 950, .unacked = 50 }, 0, VERDICT_STALLED, "for 1.00 s",
	  1000 * MS },

	/* No half-close, or no test at all. */
	{ "the closer never came to its FIN", BOTH, { CLOSER, .events = { EOF_AT(50) }, .received = 300 },
	  { STREAMER, .events = { FIN_SEEN }, .sent = 300 }, 0, VERDICT_TRUNCATED,
	  "before any half-close|EOF here after 300 bytes", 50 * MS },
	{ "a byte differs here", BOTH, { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_ALL, .corrupted = true },
	  { STREAMER, .events = { FIN_SEEN, OWN_FIN }, SENT_ALL }, 0, VERDICT_CORRUPTED,
	  "offset 700 differs here: expected 0x0a, got 0xff", -1 },
	{ "a byte of the upload differs there", BOTH, { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_ALL },
	  { STREAMER, .events = { FIN_SEEN, OWN_FIN }, SENT_ALL, .corrupted = true }, 0, VERDICT_CORRUPTED,
	  "differs there", -1 },
	{ "interrupted there", BOTH, { CLOSER, .events = { FIN, RESET_AT(350) }, .error = ECONNRESET },
	  { STREAMER, .events = { FIN_SEEN, { EVENT_INTERRUPTED, 340 * MS } } }, 0, VERDICT_INCONCLUSIVE,
	  "interrupted there after 340.0 ms", -1 },
	{ "memory was short there", BOTH, { CLOSER, .events = { FIN, RESET_AT(350) }, .error = ECONNRESET },
	  { STREAMER, .events = { { EVENT_SOURCE_ERROR, 340 * MS } }, .error = ENOMEM }, 0,
	  VERDICT_INCONCLUSIVE, "there|ENOMEM", -1 },
	{ "the kernel does not tell", BOTH, { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_ALL, .no_evidence = true },
	  { STREAMER, .events = { FIN_SEEN, OWN_FIN }, SENT_ALL, .no_evidence = true }, 0, VERDICT_PRESERVED,
	  "all 1000 bytes", -1 },

	/* The other end aborts. */
	{ "the abort arrives", BOTH,
	  { CLOSER, .events = { FIN, RESET_AT(350) }, .error = ECONNRESET, GOT_SOME },
	  { STREAMER, .aborts = true, .events = { FIN_SEEN, { EVENT_ALL_SENT, 349 * MS }, { EVENT_ABORTED, 349 * MS } }, .sent = 750 },
	  0, VERDICT_PRESERVED, "RST sent there after 750 bytes|248.0 ms after the FIN was seen, arrived here as ECONNRESET", -1 },
	{ "the abort arrives as EPIPE", BOTH,
	  { CLOSER, .events = { FIN, PIPE_AT(350) }, .error = EPIPE, GOT_SOME },
	  { STREAMER, .aborts = true, .events = { FIN_SEEN, { EVENT_ALL_SENT, 349 * MS }, { EVENT_ABORTED, 349 * MS } }, .sent = 750 },
	  0, VERDICT_PRESERVED, "EPIPE", -1 },
	{ "the abort becomes an EOF", BOTH, { CLOSER, .events = { FIN, EOF_AT(350) }, GOT_SOME },
	  { STREAMER, .aborts = true, .events = { FIN_SEEN, { EVENT_ALL_SENT, 349 * MS }, { EVENT_ABORTED, 349 * MS } }, .sent = 750 },
	  0, VERDICT_ABORT_MASKED, "sent there after 750 bytes|clean EOF arrived here after 700", -1 },
	{ "the EOF came long before the abort", BOTH, { CLOSER, .events = { FIN, EOF_AT(101) }, GOT_NONE },
	  { STREAMER, .aborts = true, .events = { FIN_SEEN, { EVENT_ALL_SENT, 349 * MS }, { EVENT_ABORTED, 349 * MS } }, .sent = 750 },
	  0, VERDICT_SILENT_DISCARD, "750 bytes were sent there without an error|only 400 arrived here", MS },
	{ "the EOF came as long after the FIN as the abort", BOTH,
	  { CLOSER, .events = { FIN, EOF_AT(352) }, GOT_SOME, .rtt = 10 * MS },
	  { STREAMER, .aborts = true, .events = { FIN_SEEN, { EVENT_ALL_SENT, 349 * MS }, { EVENT_ABORTED, 349 * MS } }, .sent = 750 },
	  0, VERDICT_ABORT_MASKED, "clean EOF arrived here after 700", -1 },
	{ "the abort arrives after a silence, and what was sent in it was thrown away", BOTH,
	  { CLOSER, .events = { FIN, RESET_AT(1350) }, .error = ECONNRESET, .received = 700, .received_after = 300,
	    .last_received = 350 * MS },
	  { STREAMER, .aborts = true, .events = { FIN_SEEN, { EVENT_ALL_SENT, 1349 * MS }, { EVENT_ABORTED, 1349 * MS } },
	    .sent = 750, .last_sent = 1340 * MS },
	  0, VERDICT_SILENT_DISCARD, "nothing came in the last 1.00 s", 250 * MS },
	{ "the abort arrives after a silence, and what was sent in it was lost", BOTH,
	  { CLOSER, .events = { FIN, RESET_AT(1350) }, .error = ECONNRESET, .received = 700, .received_after = 300,
	    .last_received = 350 * MS },
	  { STREAMER, .aborts = true, .events = { FIN_SEEN, { EVENT_ALL_SENT, 1349 * MS }, { EVENT_ABORTED, 1349 * MS } },
	    .sent = 750, .last_sent = 1340 * MS, .unacked = 50 },
	  0, VERDICT_PRESERVED, "RST sent there after 750 bytes", -1 },
	{ "the abort never arrives", BOTH, { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, GOT_SOME },
	  { STREAMER, .aborts = true, .events = { FIN_SEEN, { EVENT_ALL_SENT, 349 * MS }, { EVENT_ABORTED, 349 * MS } }, .sent = 750 },
	  0, VERDICT_STALLED, "never arrived here", -1 },
	{ "the abort came before the FIN", BOTH,
	  { CLOSER, .events = { FIN, RESET_AT(350) }, .error = ECONNRESET, GOT_SOME },
	  { STREAMER, .aborts = true, .events = { { EVENT_ALL_SENT, 349 * MS }, { EVENT_ABORTED, 349 * MS } }, .sent = 750 }, 0,
	  VERDICT_FIN_LOST, "sent here was acknowledged (FIN_WAIT2) and never seen there", -1 },
	{ "the path closed before the abort", BOTH, { CLOSER, .events = { FIN, EOF_AT(101) }, GOT_NONE },
	  { STREAMER, .aborts = true, .events = { FIN_SEEN, PIPE_AT(120) }, .error = EPIPE, .sent = 600 },
	  0, VERDICT_FULL_CLOSE, "200 bytes missing", MS },

	/* Both half-close. */
	{ "both, all arrived", BOTH,
	  { CLOSER, .sends = 1000, .sent = 1000, .events = { ALL_SENT_FIN, { EVENT_FIN_SEEN, 102 * MS }, EOF_AT(103) },
	    .received = 1000, .received_after = 200 },
	  { .closes = true, .expects = 1000, .sends = 1000, .sent = 1000,
	    .events = { ALL_SENT_FIN, { EVENT_FIN_SEEN, 102 * MS }, EOF_AT(103) }, .received = 1000,
	    .received_after = 200 },
	  0, VERDICT_PRESERVED, "all 1000 bytes", -1 },
	{ "both, the second direction lost the end", BOTH_AS_IS,
	  { CLOSER, .sends = 1000, .sent = 1000, .events = { ALL_SENT_FIN, { EVENT_FIN_SEEN, 102 * MS }, EOF_AT(103) },
	    .received = 1000, .received_after = 200 },
	  { .closes = true, .expects = 1000, .sends = 1000, .sent = 1000,
	    .events = { ALL_SENT_FIN, { EVENT_FIN_SEEN, 102 * MS } }, .received = 900, .received_after = 100,
	    .last_received = 103 * MS, .closed = 4100 * MS },
	  0, VERDICT_SILENT_DISCARD, "only 900 arrived there", 0 },
	{ "both, one is cut off before its own FIN", BOTH,
	  { CLOSER, .sends = 1000, .sent = 900, .events = { FIN_SEEN, PIPE_AT(120) }, .error = EPIPE,
	    .received = 1000, .last_received = 99 * MS },
	  { .closes = true, .expects = 1000, .sends = 1000, .sent = 1000, .events = { FIN, EOF_AT(101) },
	    .received = 700, .last_received = 98 * MS },
	  0, VERDICT_FULL_CLOSE, "EOF came there 1.0 ms after the FIN with 300 bytes missing, and EPIPE here", MS },
	{ "both, and neither came to its FIN", BOTH_AS_IS,
	  { CLOSER, .sends = 1000, .sent = 900, .events = { RESET_AT(50) }, .error = ECONNRESET, .received = 300 },
	  { .closes = true, .expects = 1000, .sends = 1000, .sent = 900, .events = { RESET_AT(50) },
	    .error = ECONNRESET, .received = 300 },
	  0, VERDICT_TRUNCATED, "before any half-close: ECONNRESET here after 300 bytes", 50 * MS },

	/* Nobody does. */
	{ "nobody closes first, all arrived", BOTH_AS_IS,
	  { .sends = 400, .expects = 1000, .sent = 400, .received = 1000, .events = { EOF_AT(500) } },
	  { .sends = 1000, .expects = 400, .sent = 1000, .received = 400, .events = { EOF_AT(500) } }, 0,
	  VERDICT_PRESERVED, "1000 bytes arrived here and 400 there", -1 },
	{ "nobody closes first, EOF with a byte missing", BOTH,
	  { .expects = 1000, .received = 999, .events = { EOF_AT(500) } },
	  { .sends = 1000, .sent = 1000, .events = { EOF_AT(500) } }, 0, VERDICT_TRUNCATED,
	  "999 of 1000 bytes arrived here before EOF, after 500.0 ms", 500 * MS },
	{ "nobody closes first, time ran out", BOTH, { .expects = 1000, .received = 999 },
	  { .sends = 1000, .sent = 1000, .events = { EOF_AT(500) } }, 0, VERDICT_STALLED,
	  "999 of 1000 bytes arrived here before time ran out", 0 },
	{ "nobody closes first, reset", BOTH,
	  { .expects = 1000, .received = 300, .events = { RESET_AT(250) }, .error = ECONNRESET },
	  { .sends = 1000, .sent = 1000, .events = { EOF_AT(500) } }, 0, VERDICT_TRUNCATED,
	  "300 of 1000 bytes arrived here before ECONNRESET, after", 250 * MS },
	{ "nobody closes first, reset by the other end when its time was up", BOTH,
	  { .expects = 1000, .received = 300, .events = { RESET_AT(4095) }, .error = ECONNRESET },
	  { .sends = 1000, .sent = 900, .events = { GAVE_UP_AT(4100), { EVENT_ABORTED, 4100 * MS } } }, 0,
	  VERDICT_STALLED, "300 of 1000 bytes arrived here before time ran out", 0 },
	{ "nobody closes first, the stream still ran when time was up", BOTH,
	  { .expects = 1000, .received = 300, .last_received = 4090 * MS, .events = { GAVE_UP_AT(4100) },
	    .closed = 4100 * MS },
	  { .sends = 1000, .sent = 310, .events = { GAVE_UP_AT(4100), { EVENT_ABORTED, 4100 * MS } },
	    .closed = 4100 * MS },
	  0, VERDICT_INCONCLUSIVE, "still ran|300 of 1000 bytes arrived here|a smaller --size or a longer --timeout", -1 },
	{ "nobody closes first, no EOF", BOTH, { .expects = 1000, .received = 1000 },
	  { .sends = 1000, .sent = 1000, .events = { EOF_AT(500) } }, 0, VERDICT_EOF_LOST,
	  "all 1000 bytes arrived here, but never the EOF", -1 },
	{ "established and silent: lives", BOTH_AS_IS,
	  { .expects = 1000, .received = 1000, .events = { EOF_AT(5010) } },
	  { .sends = 1000, .hold = 5000 * MS, .sent = 1000, .events = { HOLD_FROM(0), EOF_AT(5011) } }, 0,
	  VERDICT_PRESERVED, "1000 bytes arrived here", -1 },
	{ "established and silent: closed", BOTH, { .expects = 1000, .events = { EOF_AT(2000) } },
	  { .sends = 1000, .hold = 5000 * MS, .events = { HOLD_FROM(0), PIPE_AT(5000) }, .error = EPIPE }, 0,
	  VERDICT_IDLE_EXPIRED_CLOSE, "after 2.00 s: EOF here, EPIPE there", 2000 * MS },
	{ "established and silent: closed towards the sender only", BOTH,
	  { .expects = 1000, .received = 1000, .events = { EOF_AT(5010) } },
	  { .sends = 1000, .hold = 5000 * MS, .sent = 1000,
	    .events = { HOLD_FROM(0), { EVENT_FIN_SEEN, 5000 * MS - 1 }, EOF_AT(5000) } },
	  0, VERDICT_IDLE_EXPIRED_CLOSE, "after 5.00 s: a FIN that nobody sent came there, 1000 bytes arrived here",
	  5000 * MS - 1 },
	{ "established and silent: the FIN comes behind the silence", BOTH_AS_IS,
	  { .expects = 1000, .received = 1000, .events = { EOF_AT(5010) } },
	  { .sends = 1000, .hold = 5000 * MS, .sent = 1000,
	    .events = { HOLD_FROM(0), { EVENT_FIN_SEEN, 5000 * MS }, EOF_AT(5000) } },
	  0, VERDICT_PRESERVED, "1000 bytes arrived here", -1 },
	{ "established and silent: the sender is reset", BOTH,
	  { .expects = 1000, .events = { GAVE_UP_AT(8000) } },
	  { .sends = 1000, .hold = 5000 * MS, .events = { HOLD_FROM(0), RESET_AT(5001) }, .error = ECONNRESET },
	  0, VERDICT_IDLE_EXPIRED_RESET, "after 5.00 s|ECONNRESET there, nothing here", 5001 * MS },
	{ "established and silent: the receiver is reset", BOTH,
	  { .expects = 1000, .events = { RESET_AT(2000) }, .error = ECONNRESET },
	  { .sends = 1000, .hold = 5000 * MS, .events = { HOLD_FROM(0) } }, 0, VERDICT_IDLE_EXPIRED_RESET,
	  "after 2.00 s|no error there, ECONNRESET here", 2000 * MS },
	{ "established and silent: packets vanish", BOTH, { .expects = 1000, .events = { GAVE_UP_AT(8000) } },
	  { .sends = 1000, .hold = 5000 * MS, .events = { HOLD_FROM(0) }, .sent = 1000, .unacked = 1000 }, 0,
	  VERDICT_IDLE_EXPIRED_BLACKHOLE, "after 5.00 s|1000 bytes stay unacknowledged there", 5000 * MS },
};

/* `there` has a plan, but no view. */
static const struct row alone[] = {
	{ "no view: complete", ALONE, { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_ALL }, { STREAMER }, 0,
	  VERDICT_COMPLETE, "all 1000 bytes|no view of the other end", -1 },
	{ "no view: cut", ALONE, { CLOSER, .events = { FIN, EOF_AT(500) }, GOT_SOME }, { STREAMER }, 0,
	  VERDICT_TRUNCATED, "300 are missing|no view", 400 * MS },
	{ "no view: silence", ALONE,
	  { CLOSER, .events = { FIN, GAVE_UP_AT(4100) }, GOT_NONE, .closed = 4100 * MS }, { STREAMER }, 0,
	  VERDICT_STALLED, "FIN_WAIT2|no view", 4000 * MS },
	{ "no view: this end streams", ALONE, { STREAMER, .events = { FIN_SEEN, OWN_FIN }, SENT_ALL },
	  { CLOSER }, 0, VERDICT_ORDERLY, "600 bytes left|no view", -1 },
	{ "no view: an RST, but whose?", ALONE,
	  { CLOSER, .events = { FIN, RESET_AT(350) }, .error = ECONNRESET, GOT_SOME },
	  { STREAMER, .aborts = true }, 0, VERDICT_INCONCLUSIVE, "ECONNRESET came 250.0 ms after the FIN|not known", -1 },
	{ "no view: an EOF, but had the other end aborted?", ALONE, { CLOSER, .events = { FIN, EOF_AT(350) }, GOT_SOME },
	  { STREAMER, .aborts = true }, 0, VERDICT_INCONCLUSIVE, "EOF came 250.0 ms after the FIN|not known", -1 },
	{ "no view: a reset before the FIN is not the abort", ALONE,
	  { CLOSER, .events = { RESET_AT(50) }, .error = ECONNRESET }, { STREAMER, .aborts = true }, 0,
	  VERDICT_INCONCLUSIVE, "before the half-close", -1 },
	{ "no view: nobody closes first, all arrived", ALONE,
	  { .expects = 1000, .received = 1000, .events = { EOF_AT(500) } }, { STREAMER }, 0,
	  VERDICT_COMPLETE, "1000 bytes arrived here|what arrived there is not known|no view", -1 },
	{ "no view: nobody closes first, a byte is missing", ALONE,
	  { .expects = 1000, .received = 999, .events = { EOF_AT(500) } }, { STREAMER }, 0,
	  VERDICT_INCONCLUSIVE, "no view", -1 },
	{ "no view: interrupted", ALONE, { CLOSER, .events = { FIN, { EVENT_INTERRUPTED, 300 * MS } } },
	  { STREAMER }, 0, VERDICT_INCONCLUSIVE, "interrupted here after 300.0 ms", -1 },
};

/* Exchanges "here" and "there". */
static void
mirror(const char *words, char out[static 512])
{
	size_t used = 0;

	while (*words != '\0' && used < 500) {
		if (strncmp(words, "there", 5) == 0) {
			used += (size_t)sprintf(out + used, "here");
			words += 5;
		} else if (strncmp(words, "here", 4) == 0) {
			used += (size_t)sprintf(out + used, "there");
			words += 4;
		} else
			out[used++] = *words++;
	}
	out[used] = '\0';
}

/* Whether REASON holds every part of WORDS, and is one sentence as promised. */
static bool
says(const char *reason, const char *words)
{
	size_t length = strlen(reason);

	if (length == 0 || strchr(reason, '\n') != NULL || reason[length - 1] == '.')
		return false;
	while (*words != '\0') {
		char part[256];
		size_t end = strcspn(words, "|");

		snprintf(part, sizeof(part), "%.*s", (int)end, words);
		if (strstr(reason, part) == NULL)
			return false;
		words += end + (words[end] == '|');
	}
	return true;
}

static void
check(const struct row *row, const char *side, const struct finding *found, const char *words)
{
	bool right = found->verdict == row->verdict && says(found->reason, words)
	             && (row->after == 0 || found->after == row->after);

	if (!unit_ok(right, "%s%s: %s", row->name, side, verdict_name(row->verdict)))
		printf("#      got: %s, after %lld: %s\n# expected: after %lld: %s\n",
		       verdict_name(found->verdict), (long long)found->after, found->reason,
		       (long long)row->after, words);
}

static void
judge(const struct row *row)
{
	struct plan here_plan, there_plan;
	struct observation here, there;
	struct finding found;
	const struct judge_facts facts = {
		.max_fin_delay = row->max_fin_delay > 0 ? row->max_fin_delay : NSEC_PER_SEC,
	};
	char words[512];

	make_plan(&row->here, &here_plan);
	make_plan(&row->there, &there_plan);
	make_observation(&row->here, &here);
	make_observation(&row->there, &there);
	if (row->sides == ONE)
		found = judge_one(&here_plan, &here);
	else
		found = judge_both(&here_plan, &here, &there_plan, row->sides == ALONE ? NULL : &there, &facts);
	check(row, "", &found, row->words);
	if (row->sides != BOTH)
		return;
	found = judge_both(&there_plan, &there, &here_plan, &here, &facts);
	mirror(row->words, words);
	check(row, " (seen from there)", &found, words);
}

#define JUDGE(rows)                                                     \
	do {                                                            \
		for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++) \
			judge(&(rows)[i]);                              \
	} while (0)

/* Every verdict of the table comes out of some row above. */
static void
check_all_covered(void)
{
	bool seen[VERDICTS] = { false };

	for (size_t i = 0; i < sizeof(one_sided) / sizeof(one_sided[0]); i++)
		seen[one_sided[i].verdict] = true;
	for (size_t i = 0; i < sizeof(two_sided) / sizeof(two_sided[0]); i++)
		seen[two_sided[i].verdict] = true;
	/* Other judges give these. */
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		seen[alone[i].verdict] = true;
	seen[VERDICT_REPLY_DIFFERS] = true;
	for (unsigned i = 0; i < VERDICTS; i++)
		unit_ok(seen[i], "some row has %s", verdict_name((enum verdict)i));
}

static void
check_words(void)
{
	static const struct {
		enum verdict verdict;
		const char *name;
		int status;
	} words[] = {
		{ VERDICT_INCONCLUSIVE, "inconclusive", STATUS_INCONCLUSIVE },
		{ VERDICT_PRESERVED, "preserved", STATUS_OK },
		{ VERDICT_COMPLETE, "complete", STATUS_OK },
		{ VERDICT_ORDERLY, "orderly", STATUS_OK },
		{ VERDICT_TRUNCATED, "truncated", STATUS_BROKEN },
		{ VERDICT_FULL_CLOSE, "full-close", STATUS_BROKEN },
		{ VERDICT_LINGER_CUTOFF, "linger-cutoff", STATUS_BROKEN },
		{ VERDICT_SILENT_DISCARD, "silent-discard", STATUS_BROKEN },
		{ VERDICT_UPLOAD_TRUNCATED, "upload-truncated", STATUS_BROKEN },
		{ VERDICT_RESET, "reset", STATUS_BROKEN },
		{ VERDICT_ABORT_MASKED, "abort-masked", STATUS_BROKEN },
		{ VERDICT_CORRUPTED, "corrupted", STATUS_BROKEN },
		{ VERDICT_FIN_LOST, "fin-lost", STATUS_BROKEN },
		{ VERDICT_FIN_DELAYED, "fin-delayed", STATUS_BROKEN },
		{ VERDICT_EOF_LOST, "eof-lost", STATUS_BROKEN },
		{ VERDICT_IDLE_EXPIRED_CLOSE, "idle-expired-close", STATUS_BROKEN },
		{ VERDICT_IDLE_EXPIRED_RESET, "idle-expired-reset", STATUS_BROKEN },
		{ VERDICT_IDLE_EXPIRED_BLACKHOLE, "idle-expired-blackhole", STATUS_BROKEN },
		{ VERDICT_STALLED, "stalled", STATUS_BROKEN },
		{ VERDICT_REPLY_DIFFERS, "reply-differs", STATUS_BROKEN },
		{ VERDICT_CLOSE_NOTIFY_LOST, "close-notify-lost", STATUS_BROKEN },
	};

	unit_is_int(VERDICTS, sizeof(words) / sizeof(words[0]), "as many verdicts as words");
	unit_is_int(VERDICT_INCONCLUSIVE, 0, "a result that nobody filled in is inconclusive");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		unit_is(verdict_name(words[i].verdict), words[i].name, words[i].name);
		unit_is_int(verdict_by_name(words[i].name), words[i].verdict, "%s is found by its name",
		            words[i].name);
		unit_is_int(verdict_status(words[i].verdict), words[i].status, "the exit status of %s",
		            words[i].name);
	}
	unit_ok(verdict_name(VERDICTS) == NULL, "no name past the end");
	unit_is_int(verdict_by_name("half-shut"), VERDICTS, "an unknown word is none");
	unit_is_int(verdict_by_name(""), VERDICTS, "nor is an empty one");
}

static void
check_worse(void)
{
	static const struct {
		enum verdict a, b, worse;
		const char *what;
	} pairs[] = {
		{ VERDICT_PRESERVED, VERDICT_PRESERVED, VERDICT_PRESERVED, "two preserved" },
		{ VERDICT_PRESERVED, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE, "inconclusive beats preserved" },
		{ VERDICT_INCONCLUSIVE, VERDICT_PRESERVED, VERDICT_INCONCLUSIVE, "in either order" },
		{ VERDICT_INCONCLUSIVE, VERDICT_RESET, VERDICT_RESET, "broken beats inconclusive" },
		{ VERDICT_STALLED, VERDICT_INCONCLUSIVE, VERDICT_STALLED, "in either order" },
		{ VERDICT_PRESERVED, VERDICT_STALLED, VERDICT_STALLED, "broken beats preserved" },
		{ VERDICT_STALLED, VERDICT_RESET, VERDICT_STALLED, "the first of two broken ones stays" },
		{ VERDICT_RESET, VERDICT_STALLED, VERDICT_RESET, "whichever it is" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		unit_is_int(verdict_worse(pairs[i].a, pairs[i].b), pairs[i].worse, "%s", pairs[i].what);
}

int
main(void)
{
	JUDGE(one_sided);
	JUDGE(two_sided);
	JUDGE(alone);
	check_all_covered();
	check_words();
	check_worse();
	return unit_done();
}
