/* SPDX-License-Identifier: MIT
 *
 * Theory of operation: one loop plays every plan. In each round it takes note
 * of what happened behind its back (the alarm, a signal), ends what has run out
 * of time, moves the stream and the FIN forward where the plan allows it, sends
 * and receives what can be, and then waits for the next thing to happen.
 *
 * It waits in one of two ways. An end that only receives blocks in recv(2)
 * under SO_RCVTIMEO, one system call a wake-up; EINTR there means look at the
 * flags, EAGAIN means that time ran out: two observations, two branches. An end
 * that sends as well has a non-blocking socket and waits in ppoll(2); while its
 * stream runs freely it looks at the other direction once a millisecond, so
 * that the peer's FIN is noticed at the price of one call a millisecond.
 *
 * A wake-up costs the sender on the same machine more than a small segment does.
 * So an end that only receives lets a fast stream gather (SO_RCVLOWAT, socket(7))
 * and follows its pace; it waits for a tenth of a millisecond at most, and goes
 * back to waking for every byte as soon as the stream is slower than that.
 *
 * A transport that is not direct never waits and has nothing a handler may call: its
 * end polls, and a write timeout is one of the loop's deadlines.
 *
 * A half-close is four facts (RFC 9293 section 3.6): FIN sent, FIN
 * acknowledged, FIN seen, EOF read. The kernel wakes nobody for the second, so
 * it is looked up at growing intervals after the first.
 */
#include "exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "../base/clock.h"
#include "../base/number.h"
#include "../base/sock.h"
#include "../transport/lines.h"
#include "../transport/transport.h"
#include "half_close.h"
#include "payload.h"
#include "receiver.h"
#include "sender.h"

#define NEVER INT64_MAX

/* How often the peer's FIN is looked for while the stream runs freely. */
#define LOOK_INTERVAL (1 * NSEC_PER_MSEC)

/* When to look whether our FIN was acknowledged: first, and at most. */
#define ACK_LOOK_FIRST (100 * NSEC_PER_USEC)
#define ACK_LOOK_MOST (100 * NSEC_PER_MSEC)

/* How long an exchange that is over waits for the acknowledgement of its FIN
 * when the plan sets no other limit: some round trips of a long path. */
#define ACK_WAIT (2 * NSEC_PER_SEC)

/* A window is taken for full when nothing more arrived for that long. */
#define PAUSE_STEP (10 * NSEC_PER_MSEC)
#define FULL_STEP 4096
#define PAUSE_QUIET (200 * NSEC_PER_MSEC)

/* Retransmissions in a row, each after twice the time. */
#define BACKOFF_IN_VAIN 2

/* Receive calls in a row before the other direction gets its turn. */
#define READ_BURST 64

/* A stream is fast when it wakes this end so many times in a window; then bytes
 * may gather for GATHER_WAIT, or to GATHER_MOST. A longer wait spares little more,
 * and makes what is reported of a byte later. */
#define PACE_WINDOW (1 * NSEC_PER_MSEC)
#define PACE_FAST 32
#define GATHER_WAIT (100 * NSEC_PER_USEC)
#define GATHER_MOST 65536

const struct plan plan_default = {
	.fin_on = FIN_WHEN_SENT,
	.buf_size = 65536,
	.expect_size = -1,
	.output_fd = -1,
	.quiet = PAUSE_QUIET,
};

enum stream {
	STREAM_WAITING, /* for what starts it */
	STREAM_HOLDING, /* planned idle time */
	STREAM_RUNNING,
	STREAM_COMPLETE,
};

struct exchange {
	struct transport *transport;
	int sock; /* its descriptor */
	const struct plan *plan;
	struct observation *seen;
	const struct exchange_hooks *hooks;
	struct sender sender;
	struct receiver receiver;
	int64_t start;

	bool polling; /* non-blocking socket and ppoll(2); else recv(2) blocks */
	bool over;

	enum stream stream;
	int64_t resume_at; /* end of the planned idle time */
	int64_t runs_since; /* when the stream began to run */
	int64_t tail_since; /* when the peer's FIN was seen and the stream ran; 0: not yet */
	int64_t tail_end;   /* bytes that must be sent by its end */
	int64_t full_look, full_since, full_queue;
	int64_t echo_left; /* bytes at the end of the receive buffer to send back */

	bool fin_sent, fin_acked, fin_seen, eof;
	int64_t fin_at; /* of a timer that is the loop's; NEVER: the alarm's, or none */
	bool closing;   /* the end of this stream waits for room */
	int64_t complete_at; /* when the stream was complete */
	int64_t ack_look, ack_step;

	int64_t blocked_since; /* 0: not blocked */
	int64_t blocked_look;
	int64_t blocked_queue;

	bool told;         /* the FIN is wished for */
	int64_t steer_at;  /* when to ask next */
	int64_t read_due;  /* when the plan's rate lets it read on */
	bool hurries;      /* an RST is here: what is left is read at once */

	bool paused;
	int64_t pause_look, pause_since, pause_queue;

	int gather; /* SO_RCVLOWAT in force; 1: every byte wakes */
	int64_t pace_start, pace_reads, pace_bytes;

	int64_t next_tick;
	int64_t receive_timeout; /* SO_RCVTIMEO in force; 0: not set yet */
};

void
exchange_interrupt(void)
{
	lines_interrupt();
	half_close_kick();
}

static void
record_at(struct exchange *x, enum event_kind kind, int64_t now)
{
	struct observation *seen = x->seen;

	observation_add(seen, kind, now - x->start, tcp_state_of(x->sock));
	if (x->hooks != NULL && x->hooks->event != NULL)
		x->hooks->event(x->hooks->context, seen, &seen->events[seen->event_count - 1]);
}

static void
record(struct exchange *x, enum event_kind kind)
{
	record_at(x, kind, clock_now());
}

static bool
saw_socket_error(const struct observation *seen)
{
	return seen->error != 0 && observation_find(seen, EVENT_SOURCE_ERROR) == NULL;
}

static void
end(struct exchange *x)
{
	if (x->over)
		return;
	x->over = true;
	x->transport->ops->evidence(x->transport, &x->seen->at_end);

	/* A stream that this end breaks off must not look complete to the peer: a
	 * close would send a FIN. */
	if (x->stream != STREAM_COMPLETE && !saw_socket_error(x->seen)
	    && observation_find(x->seen, EVENT_ABORTED) == NULL && x->transport->ops->abort(x->transport) == 0)
		record(x, EVENT_ABORTED);
	record(x, EVENT_CLOSED);
}

static void
end_by(struct exchange *x, enum event_kind kind)
{
	record(x, kind);
	end(x);
}

/* How the peer's stream ended, over TLS. */
static void
note_notify_seen(struct exchange *x)
{
	const struct transport_tls *tls = x->transport->ops->tls(x->transport);

	if (tls != NULL)
		record(x, tls->notify_seen ? EVENT_CLOSE_NOTIFY_SEEN : EVENT_EOF_WITHOUT_NOTIFY);
}

static void
note_fin_seen(struct exchange *x)
{
	if (x->fin_seen)
		return;
	x->fin_seen = true;
	x->sender.peer_fin_seen = true;
	x->transport->ops->evidence(x->transport, &x->seen->at_fin_seen);
	record(x, EVENT_FIN_SEEN);
}

/* What the socket said, as an event: the errno of a send tells more than that
 * it failed. EPIPE: the RST came in CLOSE_WAIT, or before this write. */
static void
fail(struct exchange *x, int error)
{
	x->seen->error = error;
	switch (error) {
	case ECONNRESET:
		end_by(x, EVENT_RESET);
		break;
	case EPIPE:
		end_by(x, EVENT_BROKEN_PIPE);
		break;
	case ETIMEDOUT:
		end_by(x, EVENT_TIMED_OUT);
		break;
	default:
		end_by(x, EVENT_ERROR);
	}
}

static void
fail_source(struct exchange *x, int error)
{
	x->seen->error = error;
	end_by(x, EVENT_SOURCE_ERROR);
}

/* The error that waits on a socket whose peer is gone. */
static int
socket_error(int sock)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &length) == -1)
		return errno;
	return error;
}

/* What the peer sent before is still in the queue, and counts. EPIPE is what an RST in
 * CLOSE_WAIT leaves: the FIN was here. */
static void
fail_sending(struct exchange *x, int error)
{
	enum receiver_state state = RECEIVER_NOTHING;

	while (!x->eof && (state = receiver_read(&x->receiver, MSG_DONTWAIT)) == RECEIVER_BYTES)
		;
	if (error == EPIPE)
		note_fin_seen(x);
	if (state == RECEIVER_EOF)
		note_notify_seen(x);
	fail(x, error);
}

static void
note_fin_sent(struct exchange *x, int64_t at, int error)
{
	const struct transport_tls *tls = x->transport->ops->tls(x->transport);

	if (error != 0) {
		/* ENOTCONN: the connection died first, and the socket knows why. */
		int reason = socket_error(x->sock);

		fail_sending(x, reason != 0 ? reason : error);
		return;
	}
	x->fin_sent = true;
	x->receiver.own_fin_sent = true;
	x->echo_left = 0;
	x->stream = STREAM_COMPLETE;
	x->ack_step = ACK_LOOK_FIRST;
	x->ack_look = at + x->ack_step;
	x->transport->ops->evidence(x->transport, &x->seen->at_fin_sent);
	if (tls != NULL && tls->notify_sent)
		record_at(x, EVENT_CLOSE_NOTIFY_SENT, at);
	record_at(x, EVENT_FIN_SENT, at);
	if (x->plan->pause_reading && !x->eof) {
		x->paused = true;
		x->pause_since = x->pause_look = at;
		x->pause_queue = -1;
		record(x, EVENT_READ_PAUSED);
	}
}

/* An alert without a FIN changes no state; the queue tells. */
static bool
notify_in_flight(const struct exchange *x, const struct tcp_evidence *evidence)
{
	const struct transport_tls *tls = x->transport->ops->tls(x->transport);

	return tls != NULL && !tls->fin_sent && evidence->known && evidence->send_queue > 0;
}

/* Of the states after our FIN, FIN_WAIT1, CLOSING and LAST_ACK still wait for
 * its acknowledgement (RFC 9293, figure 5). */
static void
look_for_ack(struct exchange *x, int64_t now)
{
	if (!x->fin_sent || x->fin_acked || now < x->ack_look)
		return;

	struct tcp_evidence evidence = { .known = false };

	/* Looked at often: the state is one system call, all evidence three. */
	if (x->seen->at_fin_sent.known && x->transport->ops->tls(x->transport) == NULL) {
		evidence.state = tcp_state_of(x->sock);
		evidence.known = evidence.state != 0;
	}
	if (!evidence.known)
		x->transport->ops->evidence(x->transport, &evidence);

	const char *state = tcp_state_name(evidence.known ? evidence.state : 0);

	/* Without TCP_INFO an empty queue tells: the FIN counts there as a byte. */
	if (!evidence.known && evidence.send_queue == 0)
		state = "FIN_WAIT2";
	/* A kernel that would not tell is no acknowledgement. */
	if (notify_in_flight(x, &evidence) || strcmp(state, "FIN_WAIT1") == 0 || strcmp(state, "CLOSING") == 0
	    || strcmp(state, "LAST_ACK") == 0 || strcmp(state, "UNKNOWN") == 0) {
		x->ack_step = least(2 * x->ack_step, ACK_LOOK_MOST);
		x->ack_look = now + x->ack_step;
		return;
	}
	if (strcmp(state, "CLOSE") == 0) {
		int error = socket_error(x->sock);

		if (error != 0) {
			fail(x, error);
			return;
		}
	}
	x->fin_acked = true;
	record(x, EVENT_FIN_ACKED);
}

static void
note_timer(struct exchange *x)
{
	int64_t at;
	int error;

	if (half_close_fired(&at, &error))
		note_fin_sent(x, at, error);
}

static bool
reading(const struct exchange *x)
{
	return !x->eof && !x->paused && x->echo_left == 0
	       && (x->plan->stream_end != END_WHEN_FULL || x->fin_sent)
	       && (x->read_due == 0 || x->hurries || clock_now() >= x->read_due);
}

/* A peer that takes no byte: the queue of unacknowledged bytes stands still.
 * Looked at ten times in the span, so that the limit is late by a tenth. */
static bool
send_stands_still(struct exchange *x, int64_t now)
{
	int64_t span = x->plan->send_timeout;
	struct tcp_evidence evidence;

	if (span == 0 || x->blocked_since == 0 || now < x->blocked_look)
		return false;
	x->transport->ops->evidence(x->transport, &evidence);
	if (evidence.send_queue != x->blocked_queue) {
		x->blocked_queue = evidence.send_queue;
		x->blocked_since = now;
	}
	x->blocked_look = clock_later(now, span / 10 + 1);
	return now - x->blocked_since >= span;
}

static bool
lingers(const struct exchange *x)
{
	return x->fin_sent && !x->eof && x->plan->linger_timeout > 0
	       && x->plan->fin_on != FIN_ON_TIMER;
}

static int64_t
read_deadline(const struct exchange *x)
{
	return x->plan->read_timeout > 0 ? clock_later(x->start, x->plan->read_timeout) : NEVER;
}

static int64_t
idle_deadline(const struct exchange *x)
{
	int64_t last = x->seen->last_received_at > 0 ? x->seen->last_received_at : 0;

	if (x->plan->idle_timeout == 0 || x->eof || x->paused)
		return NEVER;
	return clock_later(x->start + last, x->plan->idle_timeout);
}

static int64_t
linger_deadline(const struct exchange *x)
{
	return lingers(x) ? clock_later(x->complete_at, x->plan->linger_timeout) : NEVER;
}

static void
end_what_ran_out(struct exchange *x, int64_t now)
{
	if (now >= read_deadline(x))
		end_by(x, EVENT_READ_TIMEOUT);
	else if (now >= idle_deadline(x))
		end_by(x, EVENT_IDLE_TIMEOUT);
	else if (now >= linger_deadline(x))
		end_by(x, EVENT_LINGER_TIMEOUT);
	else if (send_stands_still(x, now)) {
		record(x, EVENT_SEND_TIMEOUT);
		if (x->transport->ops->abort(x->transport) == 0)
			record(x, EVENT_ABORTED);
		end(x);
	}
}

/* When the loop has to run again even if nothing arrives. */
static int64_t
next_deadline(const struct exchange *x)
{
	int64_t wake = least(read_deadline(x), idle_deadline(x));

	wake = least(wake, linger_deadline(x));
	if (x->stream == STREAM_HOLDING)
		wake = least(wake, x->resume_at);
	if (!x->fin_sent && !x->closing)
		wake = least(wake, x->fin_at);
	if (x->fin_sent && !x->fin_acked)
		wake = least(wake, x->ack_look);
	if (x->plan->send_timeout > 0 && x->blocked_since != 0)
		wake = least(wake, x->blocked_look);
	if (x->paused)
		wake = least(wake, x->pause_look);
	if (x->read_due != 0 && !x->eof && !x->hurries)
		wake = least(wake, x->read_due);
	wake = least(wake, x->steer_at);
	if (x->hooks != NULL && x->hooks->tick != NULL)
		wake = least(wake, x->next_tick);
	return wake;
}

static void
tick(struct exchange *x, int64_t now)
{
	const struct exchange_hooks *hooks = x->hooks;

	if (hooks == NULL || hooks->tick == NULL || now < x->next_tick)
		return;
	x->next_tick = now + hooks->tick_interval;
	hooks->tick(hooks->context, x->seen, tcp_state_of(x->sock));
}

/* The receive queue stands still: the peer has filled the window, or has
 * nothing left to send. */
static void
watch_pause(struct exchange *x, int64_t now)
{
	struct tcp_evidence evidence;

	if (!x->paused || now < x->pause_look)
		return;
	x->transport->ops->evidence(x->transport, &evidence);
	if (evidence.receive_queue != x->pause_queue) {
		x->pause_queue = evidence.receive_queue;
		x->pause_since = now;
	}

	int64_t sent = observation_at(x->seen, EVENT_FIN_SENT);
	/* With a full receive queue Linux drops segments beyond the window together with the
	 * acknowledgement they carry. Two ends that both wait then wait for each other: what
	 * was sent again in vain ends the rest. */
	bool in_vain = evidence.backoff >= BACKOFF_IN_VAIN && evidence.unacked > 0 && evidence.probes == 0;
	int64_t since = x->plan->pause_from_ack && !in_vain ? observation_at(x->seen, EVENT_FIN_ACKED)
	                                                    : sent;
	bool still = now - x->pause_since >= x->plan->quiet;
	bool full = x->pause_queue >= x->plan->pause_fill;
	bool long_enough = since >= 0 && now - x->start >= since + x->plan->pause_time;
	/* A stream that only trickles in must not be waited for to the last. */
	bool late = x->plan->fin_patience > 0 && now - x->start >= sent + x->plan->fin_patience;

	if (late || (still && (full || x->fin_seen) && long_enough)) {
		x->paused = false;
		if (still && full && x->pause_queue > 0 && !x->fin_seen)
			record(x, EVENT_WINDOW_FULL);
		record(x, EVENT_READ_RESUMED);
	}
	x->pause_look = now + PAUSE_STEP;
}

static bool
fin_is_due(const struct exchange *x)
{
	if (x->fin_sent || x->closing)
		return false;
	if (x->fin_at != NEVER && clock_now() >= x->fin_at)
		return true;
	if (x->stream != STREAM_COMPLETE || x->echo_left > 0)
		return false;
	switch (x->plan->fin_on) {
	case FIN_WHEN_SENT:
		return true;
	case FIN_ON_TIMER:
		return false; /* the alarm's business, or fin_at's */
	case FIN_ON_RECEIVED:
		return x->seen->bytes_received >= x->plan->fin_after;
	case FIN_ON_PEER_FIN:
		return x->eof;
	case FIN_WHEN_TOLD:
		return x->told;
	}
	return false;
}

/* Ends this end's stream, as soon as there is room for it. Stamped before the call:
 * the peer may see the FIN before it returns. */
static void
close_stream(struct exchange *x)
{
	int64_t at = clock_now();
	int error = half_close_now(x->transport) == 0 ? 0 : errno;

	x->closing = error == EAGAIN || error == EINTR;
	x->stream = STREAM_COMPLETE;
	x->echo_left = 0;
	if (!x->closing)
		note_fin_sent(x, at, error);
}

/* What starts the stream, and what the end of the stream starts. */
static void
advance(struct exchange *x, int64_t now)
{
	const struct plan *plan = x->plan;

	if (x->stream == STREAM_WAITING && (plan->send_on == SEND_AT_ONCE || x->eof)) {
		x->stream = plan->hold > 0 ? STREAM_HOLDING : STREAM_RUNNING;
		x->resume_at = clock_later(now, plan->hold);
		if (plan->hold > 0)
			record(x, EVENT_HOLD_STARTED);
	}
	if (x->stream == STREAM_HOLDING && now >= x->resume_at)
		x->stream = STREAM_RUNNING;
	if (x->stream == STREAM_RUNNING && x->runs_since == 0)
		x->runs_since = now;
	if (fin_is_due(x) || x->closing)
		close_stream(x);

	/* The peer sends nothing more, and this end has nothing to say. */
	if (x->eof && !x->fin_sent && !x->closing && x->stream == STREAM_COMPLETE && x->echo_left == 0)
		end(x);
}

static void
complete(struct exchange *x)
{
	x->stream = STREAM_COMPLETE;
	x->blocked_since = 0;
	x->complete_at = clock_now();
	if (x->plan->stream_end == END_AFTER_FIN && !x->fin_seen)
		record(x, EVENT_FIN_OVERDUE);
	record(x, EVENT_ALL_SENT);
	if (!x->plan->aborts || !x->fin_seen)
		return;
	if (x->transport->ops->abort(x->transport) == 0)
		end_by(x, EVENT_ABORTED);
	else
		fail(x, errno);
}

/* How far the stream may go by now, and whether that is its end. */
static void
move_end(struct exchange *x, int64_t now)
{
	const struct plan *plan = x->plan;
	int64_t size = plan->send_size;
	int64_t sent = x->seen->bytes_sent;

	x->sender.end = size;
	x->sender.last = true;
	switch (plan->stream_end) {
	case END_AT_SIZE:
		break;
	case END_AFTER_FIN:
		if (x->fin_seen && x->tail_since == 0) {
			x->tail_since = now;
			x->tail_end = least(clock_later(sent, plan->tail_size), size);
		}
		if (x->tail_since != 0 && now >= clock_later(x->tail_since, plan->tail_time))
			x->sender.end = x->tail_end > sent ? x->tail_end : sent;
		else if (!x->fin_seen && plan->fin_patience > 0
		         && now >= clock_later(x->runs_since, plan->fin_patience))
			x->sender.end = sent;
		break;
	case END_OF_MIRROR:
		size = least(x->seen->bytes_received, size);
		x->sender.last = x->eof;
		x->sender.end = x->eof ? size : size > plan->tail_size ? size - plan->tail_size : 0;
		break;
	case END_WHEN_FULL:
		break;
	}
}

/* A stream that is to fill the path: nothing moves any more. */
static bool
path_is_full(struct exchange *x, int64_t now)
{
	struct tcp_evidence evidence;
	bool late;

	if (x->plan->stream_end != END_WHEN_FULL || now < x->full_look)
		return false;
	x->transport->ops->evidence(x->transport, &evidence);
	/* What a probe of a closed window carries is no progress. */
	if (evidence.send_queue > x->full_queue + FULL_STEP
	    || evidence.send_queue < x->full_queue - FULL_STEP) {
		x->full_queue = evidence.send_queue;
		x->full_since = now;
	}
	x->full_look = now + PAUSE_STEP;
	late = x->plan->fin_patience > 0 && now >= clock_later(x->runs_since, x->plan->fin_patience);
	return x->full_queue > 0 && (late || now - x->full_since >= x->plan->quiet);
}

static void
block(struct exchange *x)
{
	if (x->blocked_since != 0)
		return;
	x->blocked_since = clock_now();
	x->blocked_look = clock_later(x->blocked_since, x->plan->send_timeout / 10 + 1);
	x->blocked_queue = -1;
}

/* Moves the stream. Stores what to wait for in *EVENTS and *WAKE; returns false
 * when there is nothing to wait for before the next look. */
static bool
send_some(struct exchange *x, short *events, int64_t *wake)
{
	bool first = x->seen->bytes_sent == 0;
	int64_t before = x->seen->bytes_sent;
	int64_t now = clock_now();
	enum sender_state state;
	int error;

	move_end(x, now);
	/* The first chunk alone, so that its event carries the right time. */
	state = sender_run(&x->sender, first ? 0 : now + LOOK_INTERVAL);
	error = errno;
	if (first && x->seen->bytes_sent > 0)
		record(x, EVENT_SEND_STARTED);
	if (x->seen->bytes_sent > before)
		x->blocked_since = 0;
	switch (state) {
	case SENDER_DONE:
		if (!x->sender.last) {
			/* Waits for more to send back; the schedule begins again then. */
			x->sender.due = 0;
			return true;
		}
		complete(x);
		return false;
	case SENDER_LOOK:
		return false;
	case SENDER_DUE:
		*wake = least(*wake, x->sender.due);
		return true;
	case SENDER_BLOCKED:
		*events |= POLLOUT;
		block(x);
		if (x->plan->send_timeout > 0)
			*wake = least(*wake, x->blocked_look);
		if (path_is_full(x, now)) {
			record(x, EVENT_PATH_FULL);
			complete(x);
			return false;
		}
		if (x->plan->stream_end == END_WHEN_FULL)
			*wake = least(*wake, x->full_look);
		if (x->plan->stream_end == END_AFTER_FIN)
			*wake = least(*wake, now + 10 * PAUSE_STEP); /* its end moves with time */
		return true;
	case SENDER_FAILED:
		fail_sending(x, error);
		return false;
	case SENDER_SOURCE:
		fail_source(x, error);
		return false;
	}
	return false;
}

static void
echo_some(struct exchange *x)
{
	int64_t taken = sender_echo(&x->sender, x->receiver.buffer + x->receiver.length - x->echo_left,
	                            x->echo_left);

	if (taken == -1) {
		int error = errno;

		/* The alarm may have sent our FIN in the meantime: not an error. */
		note_timer(x);
		if (!x->fin_sent)
			fail(x, error);
		return;
	}
	if (taken > 0)
		x->blocked_since = 0;
	x->echo_left -= taken;
	if (x->echo_left > 0)
		block(x);
}

static void
steer(struct exchange *x)
{
	int64_t again = NEVER;

	if (x->hooks == NULL || x->hooks->steer == NULL)
		return;
	switch (x->hooks->steer(x->hooks->context, x->seen, clock_now() - x->start, &again)) {
	case WISH_GO_ON:
		break;
	case WISH_HALF_CLOSE:
		x->told = true;
		break;
	case WISH_END:
		end_by(x, EVENT_ENOUGH);
		break;
	}
	x->steer_at = clock_later(x->start, again);
}

/* The plan's rate: when the next byte may be read. What the peer did not send in
 * time is not made up for. */
static void
follow_rate(struct exchange *x)
{
	int64_t now = clock_now();

	if (x->plan->read_rate > 0)
		x->read_due = (x->read_due > now ? x->read_due : now)
		              + x->receiver.length * NSEC_PER_SEC / x->plan->read_rate;
}

static void
note_bytes(struct exchange *x)
{
	struct observation *seen = x->seen;

	if (seen->bytes_received == x->receiver.length)
		record_at(x, EVENT_FIRST_BYTE, x->start + seen->last_received_at);
	if (x->receiver.own_fin_sent && seen->bytes_received_after_fin == x->receiver.length)
		record_at(x, EVENT_FIRST_AFTER_FIN, x->start + seen->last_received_at);
	if (x->plan->echo && !x->fin_sent && !x->closing) {
		x->echo_left = x->receiver.length;
		echo_some(x);
	}
	follow_rate(x);
	if (x->hooks != NULL && x->hooks->bytes != NULL)
		x->hooks->bytes(x->hooks->context, x->receiver.buffer, x->receiver.length);
	if (!x->over)
		steer(x);
}

/* One receive call and what follows from it. True when more may be waiting. */
static bool
receive_once(struct exchange *x, int flags)
{
	switch (receiver_read(&x->receiver, flags)) {
	case RECEIVER_BYTES:
		note_bytes(x);
		return true;
	case RECEIVER_EOF:
		note_fin_seen(x);
		x->eof = true;
		note_notify_seen(x);
		record(x, EVENT_EOF);
		return false;
	case RECEIVER_NOTHING:
		return false;
	case RECEIVER_FAILED:
		fail(x, errno);
		return false;
	case RECEIVER_TOO_LONG:
		record(x, EVENT_TOO_LONG);
		if (x->transport->ops->abort(x->transport) == 0)
			record(x, EVENT_ABORTED);
		end(x);
		return false;
	case RECEIVER_SOURCE:
		fail_source(x, errno);
		return false;
	}
	return false;
}

static void
receive_some(struct exchange *x)
{
	for (int i = 0; i < READ_BURST && !x->over && reading(x) && !fin_is_due(x); i++)
		if (!receive_once(x, MSG_DONTWAIT))
			break;
}

/* SO_RCVTIMEO for a recv(2) that must end by WAKE. A system call for every byte
 * that arrives would be one too many, so a value in force is kept while it is
 * short enough, and a new one is half of the time that is left: a recv(2) that
 * ends early only makes the loop look at the clock. */
static void
set_receive_timeout(struct exchange *x, int64_t wake, int64_t now)
{
	int64_t left = wake == NEVER ? 3600 * NSEC_PER_SEC : wake - now;

	if (x->receive_timeout != 0 && x->receive_timeout <= left
	    && (left < 10 * NSEC_PER_MSEC || x->receive_timeout >= left / 8))
		return;

	int64_t value = left > 10 * NSEC_PER_MSEC ? left / 2 : left;

	if (value < NSEC_PER_USEC)
		value = NSEC_PER_USEC; /* zero would be: forever */

	struct timeval timeout = { .tv_sec = (time_t)(value / NSEC_PER_SEC),
		                   .tv_usec = (suseconds_t)(value % NSEC_PER_SEC / NSEC_PER_USEC) };

	if (setsockopt(x->sock, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) == 0)
		x->receive_timeout = value;
	else
		fail(x, errno);
}

static void
set_gather(struct exchange *x, int64_t bytes)
{
	int value = (int)(bytes > GATHER_MOST ? GATHER_MOST : bytes > 1 ? bytes : 1);

	/* A value that is near enough is worth no system call. */
	if (value == x->gather || (value > 1 && value > x->gather / 2 && value < 2 * x->gather))
		return;
	if (sock_set_optional(x->sock, SOL_SOCKET, SO_RCVLOWAT, value, "SO_RCVLOWAT") == 0)
		x->gather = value;
}

/* From here on the pace is measured again. */
static void
start_pace(struct exchange *x, int64_t now)
{
	x->pace_start = now;
	x->pace_reads = x->seen->reads;
	x->pace_bytes = x->seen->bytes_received;
}

/* Waking for every segment: is the stream too fast for that? */
static void
follow_pace(struct exchange *x)
{
	int64_t now = clock_now();
	int64_t span = now - x->pace_start;

	if (span < PACE_WINDOW)
		return;
	if (x->seen->reads - x->pace_reads >= PACE_FAST * (span / PACE_WINDOW))
		set_gather(x, (x->seen->bytes_received - x->pace_bytes) * GATHER_WAIT / span);
	start_pace(x, now);
}

/* Lets the stream gather, and takes all of it. */
static void
gather_and_receive(struct exchange *x, int64_t wake, int64_t now)
{
	struct pollfd p = { .fd = x->sock, .events = POLLIN };
	struct timespec timeout = clock_to_timespec(wake > now ? least(wake - now, GATHER_WAIT) : 0);
	int64_t before = x->seen->bytes_received;
	int ready = ppoll(&p, 1, &timeout, NULL);

	receive_some(x);

	int64_t got = x->seen->bytes_received - before;

	/* Time ran out first: the stream has become slower, or has stopped. */
	if (ready == 0)
		set_gather(x, got < x->gather / 4 ? 1 : got / 2);
	else if (ready > 0 && clock_now() - now < GATHER_WAIT / 4)
		set_gather(x, 2 * (int64_t)x->gather);
	start_pace(x, clock_now());
}

/* Waits for EVENTS or WAKE, and takes what came. */
static void
wait_and_receive(struct exchange *x, short events, int64_t wake)
{
	int64_t now = clock_now();
	bool read_on = reading(x);
	struct pollfd p = { .fd = x->sock, .events = events };
	struct timespec timeout;

	if (read_on && x->transport->ops->pending(x->transport) > 0) {
		receive_some(x);
		return;
	}
	if (!x->polling && read_on && x->gather > 1) {
		gather_and_receive(x, wake, now);
		return;
	}
	if (!x->polling && read_on) {
		set_receive_timeout(x, wake, now);
		if (!x->over)
			receive_once(x, 0);
		follow_pace(x);
		return;
	}
	if (read_on)
		p.events |= POLLIN;
	if (!x->fin_seen)
		p.events |= POLLRDHUP;
	/* Both FINs are here: POLLHUP would be reported without end (poll(2)). */
	if (!read_on && x->fin_sent && x->fin_seen)
		p.fd = -1;
	timeout = clock_to_timespec(wake > now ? wake - now : 0);

	int ready = ppoll(&p, 1, wake == NEVER ? NULL : &timeout, NULL);

	if (ready == -1 && errno != EINTR)
		fail(x, errno);
	if (ready <= 0)
		return;
	if (read_on) {
		if (p.revents & (POLLIN | POLLRDHUP | POLLERR | POLLHUP))
			receive_some(x);
		return;
	}
	/* The bytes before an RST are here still, and the error comes after them. */
	if (x->plan->read_rate > 0 && !x->paused && !x->eof && (p.revents & POLLERR)) {
		x->hurries = true;
		return;
	}
	if (p.revents & (POLLERR | POLLHUP)) {
		/* Reading is over or paused, so no recv(2) will tell. After our own FIN
		 * the peer's is a hang-up too. */
		int error = socket_error(x->sock);

		if (error != 0 || !x->fin_sent) {
			fail(x, error != 0 ? error : ECONNRESET);
			return;
		}
		note_fin_seen(x);
	}
	if (p.revents & POLLRDHUP)
		note_fin_seen(x);
}

/* Both FINs are on their way: nothing can arrive any more but the
 * acknowledgement of ours. No event tells of it. */
static void
await_ack(struct exchange *x)
{
	int64_t limit = x->plan->linger_timeout > 0 ? x->plan->linger_timeout : ACK_WAIT;
	int64_t deadline = least(clock_later(clock_now(), limit), read_deadline(x));

	x->ack_look = 0;
	while (!x->over && !x->fin_acked) {
		int64_t now = clock_now();

		if (lines_interrupted() || now >= deadline)
			break;
		look_for_ack(x, now);
		tick(x, now);
		if (!x->over && !x->fin_acked) {
			struct timespec step = clock_to_timespec(x->ack_step);

			ppoll(NULL, 0, &step, NULL);
		}
	}
	end(x);
}

/* Sends what the transport has taken but the kernel has not. Whether it still waits
 * for room. */
static bool
push(struct exchange *x)
{
	if (!x->transport->ops->unsent(x->transport))
		return false;
	if (x->transport->ops->send(x->transport, NULL, 0) == -1 && errno != EAGAIN && errno != EINTR)
		fail_sending(x, errno);
	return !x->over && x->transport->ops->unsent(x->transport);
}

static void
play(struct exchange *x)
{
	while (!x->over) {
		int64_t now = clock_now();
		int64_t wake;
		short events = 0;
		bool waits = true;

		note_timer(x);
		if (lines_interrupted() && !x->over)
			end_by(x, EVENT_INTERRUPTED);
		if (!x->over)
			end_what_ran_out(x, now);
		if (!x->over)
			steer(x);
		if (!x->over)
			advance(x, now);
		if (x->over)
			break;
		if (x->fin_sent && x->eof) {
			await_ack(x);
			break;
		}
		look_for_ack(x, now);
		watch_pause(x, now);
		tick(x, now);
		wake = next_deadline(x);
		if (!x->over && (x->echo_left > 0 || push(x)))
			events |= POLLOUT;
		else if (x->closing)
			wake = now; /* there is room since advance has tried */
		if (!x->over && x->stream == STREAM_RUNNING)
			waits = send_some(x, &events, &wake);
		if (x->over)
			break;
		if (waits) {
			wait_and_receive(x, events, wake);
			if (!x->over && x->echo_left > 0)
				echo_some(x);
		} else if (x->stream == STREAM_RUNNING)
			receive_some(x);
	}
}

void
exchange_play(struct transport *transport, const struct plan *plan, struct observation *observation,
              const struct exchange_hooks *hooks)
{
	struct exchange x = {
		.transport = transport,
		.sock = transport->fd,
		.plan = plan,
		.seen = observation,
		.hooks = hooks,
		.start = clock_now(),
		.fin_at = NEVER,
		.polling = !transport->ops->direct || plan->payload != NULL || plan->echo || plan->pause_reading || plan->read_rate > 0,
		.stream = STREAM_WAITING,
		.full_queue = -1 - FULL_STEP,
		.steer_at = NEVER,
		.gather = 1,
	};
	bool watched = hooks != NULL && hooks->bytes != NULL;
	char name[SOCK_NAME_MAX];

	x.pace_start = x.start;
	observation->started = x.start;
	strncpy(observation->local, sock_local_name(x.sock, name), OBSERVATION_NAME - 1);
	strncpy(observation->peer, transport_peer(transport, name), OBSERVATION_NAME - 1);
	if (transport->ops->tls(transport) != NULL)
		memcpy(observation->tls, transport->ops->tls(transport)->version, sizeof(observation->tls) - 1);
	half_close_init();
	sender_init(&x.sender, transport, plan, observation, x.start);
	record_at(&x, EVENT_CONNECTED, x.start);
	if (plan->payload == NULL) {
		x.stream = STREAM_COMPLETE;
		x.complete_at = x.start;
	} else if (plan->send_size == 0)
		complete(&x);
	if (receiver_init(&x.receiver, transport, plan, observation, x.start, watched) == -1)
		fail_source(&x, errno);
	else if (fcntl(x.sock, F_SETFL, O_RDWR | (x.polling ? O_NONBLOCK : 0)) == -1)
		fail(&x, errno);
	else {
		if (plan->fin_on == FIN_ON_TIMER && !transport->ops->direct)
			x.fin_at = clock_later(x.start, plan->fin_after);
		else if (plan->fin_on == FIN_ON_TIMER)
			half_close_arm(transport, clock_later(x.start, plan->fin_after) - clock_now());
		play(&x);
	}
	half_close_finish();
	if (receiver_finish(&x.receiver) == -1)
		fail_source(&x, errno);
	receiver_free(&x.receiver);
	observation->ended = true;
}
