/* SPDX-License-Identifier: MIT
 *
 * Two observations made one list of steps.
 *
 * Theory of operation. First, each end's events become a list of marks: what
 * happened at this end, in this end's order, which is certain. A mark is a note
 * (it concerns this end alone) or one end of a message: a FIN, a RST, or a run
 * of data. Where both lists hold a mark of the same message, the message went
 * through. Data have no event of their own: the counters that every event
 * carries tell how many bytes came before it, and streams keep their order, so
 * bytes [a, b) of a stream belong where the counter of either end passes a.
 *
 * Then the two lists are merged. A message whose two marks can stand on one line
 * without breaking the order of either list becomes one step; where something
 * else lies between them (FINs that cross, a FIN that comes seconds late), its
 * departure and its arrival are steps of their own. Times decide only between
 * marks that neither list orders, because the two clocks differ by up to a
 * round trip.
 *
 * What an end received although its peer had not sent it, the path has made.
 */
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/names.h"
#include "../base/span.h"
#include "../judge/evidence.h"
#include "progress.h"
#include "report.h"
#include "timeline.h"

/* A FIN that took longer came late. */
#define LATE (50 * NSEC_PER_MSEC)
/* Acknowledgements may be delayed, and are looked up at intervals only. */
#define ACK_DELAY (250 * NSEC_PER_MSEC)
#define SILENCE (200 * NSEC_PER_MSEC)
/* Scheduling may delay a time stamp by that much besides the round trip. */
#define JITTER (2 * NSEC_PER_MSEC)

#define MARKS (2 * OBSERVATION_EVENTS + 8)
#define MESSAGES (4 * OBSERVATION_EVENTS)

struct message {
	enum side from;
	bool placed[2]; /* has a mark at that end */
	bool split;     /* departure and arrival are two steps */
	bool trouble;
	bool data;
	int64_t at[2];
	int64_t since, until; /* of data: when they flowed, as far as is known */
	uint8_t state[2];
	char label[48];
};

struct mark {
	int message; /* -1: a note */
	bool trouble;
	int64_t at; /* order: known or taken from the mark before */
	uint8_t state;
	char label[48];
};

struct list {
	const struct observation *seen; /* NULL: no view */
	struct mark marks[MARKS];
	int count, next;
};

struct work {
	struct list ends[2];
	struct message messages[MESSAGES];
	int message_count;
	struct evidence evidence; /* what both views prove, as the judge has it */
	int64_t slack;           /* ns that the two clocks may differ */
	int start;               /* message index of the connection itself */
	int fin[2];              /* message index of the FIN sent by each end, or -1 */
	int reset[2];            /* of the RST */
	int64_t lost_from[2];    /* stream offset after which nothing arrived; -1: all did */
};

/* The stream of one direction, cut into runs of data. */
struct run {
	int64_t begin, end;
	int message;
};
struct stream {
	struct run runs[OBSERVATION_EVENTS + 4];
	int count;
};

static bool
is_before(int64_t a, int64_t b)
{
	return a >= 0 && (b < 0 || a <= b);
}

static int
add_message(struct work *work, enum side from, const char *label)
{
	struct message *message;

	if (work->message_count == MESSAGES)
		return -1;
	message = &work->messages[work->message_count];
	*message = (struct message){.from = from, .at = {-1, -1}};
	snprintf(message->label, sizeof(message->label), "%s", label);
	return work->message_count++;
}

static struct mark *
add_mark(struct list *list, int64_t at, uint8_t state)
{
	struct mark *mark = &list->marks[list->count < MARKS ? list->count++ : MARKS - 1];

	*mark = (struct mark){.message = -1, .at = at, .state = state};
	return mark;
}

static void
place(struct work *work, enum side side, int message, int64_t at, uint8_t state)
{
	struct list *list = &work->ends[side];
	int64_t order;

	if (message < 0)
		return;
	/* Data left when their sender began; when they came is not always known, but
	 * it was not before what precedes them. */
	order = at;
	if (order < 0 && side == work->messages[message].from)
		order = work->messages[message].since;
	if (order < 0 && list->count > 0)
		order = list->marks[list->count - 1].at;
	add_mark(list, order >= 0 ? order : 0, state)->message = message;
	work->messages[message].placed[side] = true;
	work->messages[message].at[side] = at;
	work->messages[message].state[side] = state;
}

static void
note(struct work *work, enum side side, const struct event *event, uint8_t state, bool trouble,
     const char *label)
{
	struct mark *mark = add_mark(&work->ends[side], event->at, state);

	mark->trouble = trouble;
	snprintf(mark->label, sizeof(mark->label), "%s", label);
}

/* The RST that came to SEEN, by the first errno that told it; other errors have a
 * note of their own. */
static const struct event *
find_reset(const struct observation *seen)
{
	const struct event *reset = observation_find(seen, EVENT_RESET);
	const struct event *pipe = observation_find(seen, EVENT_BROKEN_PIPE);

	return reset == NULL || (pipe != NULL && pipe < reset) ? pipe : reset;
}

/* The end of SEEN on the common clock. */
static const struct end *
end_of(const struct work *work, const struct observation *seen)
{
	return seen == work->evidence.here.seen ? &work->evidence.here : &work->evidence.there;
}

static bool
same_fin(const struct work *work, const struct observation *from, const struct observation *to)
{
	return evidence_same_fin(&work->evidence, end_of(work, from), end_of(work, to));
}

static const struct event *
find_reset_cause(const struct work *work, const struct observation *from,
                 const struct observation *to, const struct event *seen)
{
	return evidence_reset_cause(&work->evidence, end_of(work, from), end_of(work, to), seen);
}

static void
make_controls(struct work *work)
{
	for (enum side from = HERE; from <= THERE; from++) {
		const struct observation *sender = work->ends[from].seen;
		const struct observation *receiver = work->ends[!from].seen;
		const struct event *fin = sender ? observation_find(sender, EVENT_FIN_SENT) : NULL;
		const struct event *fin_seen = receiver ? evidence_fin_arrival(receiver) : NULL;
		const struct event *reset = receiver ? find_reset(receiver) : NULL;

		work->fin[from] = work->reset[from] = -1;
		if (fin != NULL || (fin_seen != NULL && sender == NULL))
			work->fin[from] = add_message(
				work, from,
				sender != NULL && evidence_withheld_fin(sender) ? "close_notify" : "FIN");
		if (sender == NULL ? reset != NULL
		    : observation_find(sender, EVENT_ABORTED) != NULL ||
		            (reset != NULL && find_reset_cause(work, sender, receiver, reset) != NULL))
			work->reset[from] = add_message(work, from, "RST");
	}
}

/* Where the stream of FROM is cut into runs: at the sender's milestones, and,
 * when it never saw the receiver's FIN or saw it late, at that FIN. */
static bool
sees_fin_late(const struct work *work, enum side from)
{
	const struct observation *sender = work->ends[from].seen;
	const struct observation *receiver = work->ends[!from].seen;
	const struct event *seen = sender != NULL ? evidence_fin_arrival(sender) : NULL;

	if (sender == NULL || seen == NULL || receiver == NULL)
		return true;
	return seen->at - observation_at(receiver, EVENT_FIN_SENT) > LATE;
}

static bool
cuts_own_stream(enum event_kind kind)
{
	switch (kind) {
	case EVENT_FIN_SEEN:
	case EVENT_EOF:
	case EVENT_HOLD_STARTED:
		return true;
	default:
		return false;
	}
}

static void
add_run(struct work *work, struct stream *stream, enum side from, int64_t begin, int64_t end,
        int64_t since, int64_t until)
{
	char bytes[32], label[48];
	int message;

	if (end <= begin || stream->count == (int)(sizeof(stream->runs) / sizeof(*stream->runs)))
		return;
	snprintf(label, sizeof(label), "data %s", progress_bytes(end - begin, bytes));
	message = add_message(work, from, label);
	if (message < 0)
		return;
	work->messages[message].data = true;
	work->messages[message].since = since;
	work->messages[message].until = until;
	work->messages[message].trouble =
	    work->lost_from[from] >= 0 && begin >= work->lost_from[from];
	stream->runs[stream->count++] = (struct run){.begin = begin, .end = end, .message = message};
}

/* When run number I began, as this end's events tell; -1 when they do not. */
static int64_t
run_time(const struct observation *seen, bool sends, const struct stream *stream, int i)
{
	static const enum event_kind starts[2][2] = {
		{EVENT_FIRST_BYTE, EVENT_FIRST_AFTER_FIN},
		{EVENT_SEND_STARTED, EVENT_SEND_STARTED}, /* it has but one */
	};

	for (int k = 0; k < 2; k++) {
		const struct event *event = observation_find(seen, starts[sends][k]);
		int64_t count;

		if (event == NULL)
			continue;
		count = sends ? event->sent : event->received;
		/* The event's counter stands before or after its first bytes. */
		if ((i == 0 && k == 0) ||
		    (k == 1 && count >= stream->runs[i].begin && count < stream->runs[i].end))
			return event->at;
	}
	return -1;
}

static void
make_stream(struct work *work, enum side from, struct stream *stream)
{
	const struct observation *sender = work->ends[from].seen;
	const struct observation *receiver = work->ends[!from].seen;
	int64_t cuts[OBSERVATION_EVENTS + 4], until[OBSERVATION_EVENTS + 4], done = 0;
	int64_t total = 0, last = -1, since = 0;
	int count = 0;
	bool by_receiver = sees_fin_late(work, from);

	stream->count = 0;
	work->lost_from[from] = -1;
	/* An abort may overtake data and discard them at both ends; those are no loss. */
	if (sender != NULL && receiver != NULL && receiver->bytes_received < sender->bytes_sent)
		work->lost_from[from] = receiver->bytes_received;
	if (by_receiver && receiver != NULL && observation_find(receiver, EVENT_FIN_SENT) != NULL) {
		const struct event *cut = observation_find(receiver, EVENT_FIN_SENT);

		until[count] = cut->at;
		cuts[count++] = cut->received;
	}
	if (sender != NULL) {
		total = sender->bytes_sent;
		last = sender->last_sent_at;
		for (uint32_t i = 0; i < sender->event_count; i++) {
			if (!cuts_own_stream(sender->events[i].kind))
				continue;
			until[count] = sender->events[i].at;
			cuts[count++] = sender->events[i].sent;
		}
	}
	if (receiver != NULL) {
		total = sender == NULL ? receiver->bytes_received : total;
		last = receiver->last_received_at > last ? receiver->last_received_at : last;
	}
	until[count] = last;
	cuts[count++] = total;
	for (int i = 0; i < count; i++) {
		int64_t pause = is_before(last, until[i]) ? last : until[i];
		int64_t lost = work->lost_from[from], end = cuts[i] < total ? cuts[i] : total;

		if (end > done && lost > done && lost < end) {
			add_run(work, stream, from, done, lost, since, pause);
			done = lost;
		}
		if (end > done) {
			add_run(work, stream, from, done, end, since, pause);
			done = end;
		}
		since = until[i];
	}
	for (int i = 0; i < stream->count; i++) {
		struct message *message = &work->messages[stream->runs[i].message];

		since = sender != NULL ? run_time(sender, true, stream, i)
		                       : run_time(receiver, false, stream, i);
		message->since = since >= 0 ? since : message->since;
	}
}

/* Places the runs of both streams that belong before EVENT (NULL: all that are
 * left) at this end. */
static void
place_runs(struct work *work, enum side side, const struct event *event,
           const struct stream streams[2], int next[2])
{
	const struct observation *seen = work->ends[side].seen;

	for (enum side from = HERE; from <= THERE; from++) {
		bool sends = from == side;
		int64_t passed = event == NULL ? INT64_MAX : sends ? event->sent : event->received;

		for (; next[from] < streams[from].count; next[from]++) {
			const struct run *run = &streams[from].runs[next[from]];

			if (run->begin >= passed)
				break;
			if (!sends && work->messages[run->message].trouble)
				continue; /* never arrived here */
			place(work, side, run->message,
			      run_time(seen, sends, &streams[from], next[from]), 0);
		}
	}
}

static void
place_fin_arrival(struct work *work, enum side side, const struct event *event)
{
	const struct observation *seen = work->ends[side].seen;
	const struct observation *peer = work->ends[!side].seen;
	int message = work->fin[!side];

	if (peer != NULL && !same_fin(work, peer, seen)) {
		message = add_message(work, !side, "FIN");
		if (message >= 0)
			work->messages[message].trouble = true;
	}
	place(work, side, message, event->at, event->state);
}

static void
place_reset_arrival(struct work *work, enum side side, const struct event *event)
{
	const struct observation *seen = work->ends[side].seen;
	const struct observation *peer = work->ends[!side].seen;
	const char *label = event->kind == EVENT_RESET ? "RST (ECONNRESET)" : "RST (EPIPE)";
	int message = work->reset[!side];

	if (message >= 0 && work->messages[message].placed[side])
		return; /* EPIPE and ECONNRESET of one RST */
	if (message < 0 || (peer != NULL && find_reset_cause(work, peer, seen, event) == NULL)) {
		if (event != find_reset(seen))
			return;
		message = add_message(work, !side, label);
		if (message < 0)
			return;
		work->messages[message].trouble = true;
	}
	snprintf(work->messages[message].label, sizeof(work->messages[message].label), "%s", label);
	place(work, side, message, event->at, event->state);
}

static void
place_event(struct work *work, enum side side, const struct event *event)
{
	const struct observation *seen = work->ends[side].seen;
	const struct observation *peer = work->ends[!side].seen;
	const struct event *acked = observation_find(seen, EVENT_FIN_ACKED);
	const struct event *fin_sent = observation_find(seen, EVENT_FIN_SENT);
	char bytes[32], label[48];
	uint8_t state = event->state;

	/* An acknowledgement at once needs no line of its own: the state tells. */
	if (acked != NULL && fin_sent != NULL && event >= fin_sent && event < acked &&
	    acked->at - fin_sent->at <= ACK_DELAY &&
	    (evidence_fin_arrival(seen) == NULL || evidence_fin_arrival(seen) > acked))
		state = acked->state;
	switch (event->kind) {
	case EVENT_CONNECTED:
		place(work, side, work->start, event->at, event->state);
		break;
	case EVENT_FIN_SENT:
		if (event != fin_sent)
			break;
		place(work, side, work->fin[side], event->at, state);
		break;
	case EVENT_FIN_ACKED:
		/* Worth a line when it came late, or when the peer did not get what was
		 * acknowledged. */
		if (fin_sent == NULL || event->at - fin_sent->at > ACK_DELAY)
			note(work, side, event, state, false, "FIN acknowledged");
		else if (peer != NULL && peer->bytes_received < seen->bytes_sent)
			note(work, side, event, state, true, "all acknowledged");
		break;
	case EVENT_FIN_SEEN:
	case EVENT_EOF:
		if (event == evidence_fin_arrival(seen))
			place_fin_arrival(work, side, event);
		if (event->kind == EVENT_EOF && seen->bytes_received > 0) {
			snprintf(label, sizeof(label), "EOF after %s",
			         progress_bytes(seen->bytes_received, bytes));
			note(work, side, event, state,
			     peer != NULL && seen->bytes_received < peer->bytes_sent, label);
		}
		break;
	case EVENT_ABORTED:
		place(work, side, work->reset[side], event->at, event->state);
		break;
	case EVENT_RESET:
	case EVENT_BROKEN_PIPE:
		place_reset_arrival(work, side, event);
		break;
	case EVENT_CLOSED:
		if (observation_find(seen, EVENT_ABORTED) == NULL && work->reset[side] >= 0 &&
		    peer != NULL)
			place(work, side, work->reset[side], event->at, event->state);
		else if (!evidence_orderly(seen) && find_reset(seen) == NULL &&
		         observation_find(seen, EVENT_ABORTED) == NULL)
			note(work, side, event, state, false, "closed");
		break;
	case EVENT_ERROR:
		if (seen->error > 0 && errno_name(seen->error) != NULL)
			snprintf(label, sizeof(label), "error %s", errno_name(seen->error));
		else
			snprintf(label, sizeof(label), "error %d", seen->error);
		note(work, side, event, state, true, label);
		break;
	default:
		if (event_row(event->kind)->label != NULL)
			note(work, side, event, state, event_row(event->kind)->trouble,
			     event_row(event->kind)->label);
	}
}

/* What the kernel still held when the exchange was over. */
static void
place_evidence(struct work *work, enum side side)
{
	const struct observation *seen = work->ends[side].seen;
	int64_t at = observation_at(seen, EVENT_CLOSED);
	struct list *list = &work->ends[side];
	struct mark *mark;
	char bytes[32];

	if (!seen->at_end.known || seen->at_end.send_queue <= 1 || find_reset(seen) != NULL ||
	    observation_find(seen, EVENT_ABORTED) != NULL)
		return;
	if (at < 0) /* a stranger's view may lack it */
		at = list->count > 0 ? list->marks[list->count - 1].at : 0;
	mark = add_mark(list, at, seen->at_end.state);
	mark->trouble = true;
	snprintf(mark->label, sizeof(mark->label), "%s unacknowledged",
	         progress_bytes(seen->at_end.send_queue, bytes));
}

static void
make_marks(struct work *work, enum side side, const struct stream streams[2])
{
	const struct observation *seen = work->ends[side].seen;
	int next[2] = {0, 0};

	for (uint32_t i = 0; i < seen->event_count && i < OBSERVATION_EVENTS; i++) {
		if (event_row(seen->events[i].kind)->shown)
			place_runs(work, side, &seen->events[i], streams, next);
		place_event(work, side, &seen->events[i]);
	}
	place_runs(work, side, NULL, streams, next);
	place_evidence(work, side);
}

/* Merging. */

struct output {
	const struct work *work;
	struct step *steps;
	size_t count;
	int64_t busy_until, silence;
};

static struct step *
new_step(struct output *output, const struct step *step)
{
	if (output->count < TIMELINE_STEPS)
		output->count++;
	output->steps[output->count - 1] = *step;
	return &output->steps[output->count - 1];
}

/* Since when nothing had happened at AT: neither an event nor data on the way. */
static int64_t
quiet_since(const struct output *output, int64_t at)
{
	int64_t quiet = output->busy_until;

	for (int i = 0; i < output->work->message_count; i++) {
		const struct message *message = &output->work->messages[i];

		if (message->data && message->since < at && message->until > quiet)
			quiet = message->until;
	}
	return quiet;
}

static void
emit(struct output *output, const struct step *step)
{
	int64_t at = -1, quiet;
	char seconds[32];

	for (enum side side = HERE; side <= THERE; side++) {
		if (is_before(step->at[side], at))
			at = step->at[side];
	}
	quiet = quiet_since(output, at);
	if (at >= 0 && at - quiet >= output->silence) {
		struct step silence = {.kind = STEP_SILENCE, .at = {-1, -1}};

		snprintf(silence.label, sizeof(silence.label), "idle for %s",
		         span_brief(at - quiet, seconds));
		new_step(output, &silence);
	}
	new_step(output, step);
	for (enum side side = HERE; side <= THERE; side++) {
		if (step->at[side] > output->busy_until)
			output->busy_until = step->at[side];
	}
}

static void
emit_note(struct output *output, enum side side, const struct mark *mark)
{
	struct step step = {.kind = STEP_NOTE, .from = side, .trouble = mark->trouble, .at = {-1, -1}};

	step.at[side] = mark->at;
	step.state[side] = mark->state;
	memcpy(step.label, mark->label, sizeof(step.label));
	emit(output, &step);
}

static void
emit_message(struct output *output, const struct message *message, enum step_kind kind)
{
	struct step step = {.kind = kind, .from = message->from, .trouble = message->trouble,
	                    .at = {-1, -1}};

	for (enum side side = HERE; side <= THERE; side++) {
		bool departs = side == message->from;

		if (!message->placed[side] || (kind == STEP_DEPARTURE && !departs) ||
		    (kind == STEP_ARRIVAL && departs))
			continue;
		step.at[side] = message->at[side];
		step.state[side] = message->state[side];
	}
	memcpy(step.label, message->label, sizeof(step.label));
	emit(output, &step);
}

/* Whether the list's next mark has its other half further down the other list. */
static bool
waits(const struct work *work, enum side side)
{
	const struct list *list = &work->ends[side], *other = &work->ends[!side];
	int message = list->marks[list->next].message;

	if (message < 0 || work->messages[message].split || !work->messages[message].placed[!side])
		return false;
	for (int i = other->next; i < other->count; i++) {
		if (other->marks[i].message == message)
			return true;
	}
	return false;
}

static void
take(struct work *work, struct output *output, enum side side)
{
	struct list *list = &work->ends[side];
	const struct mark *mark = &list->marks[list->next];
	struct message *message;

	if (mark->message < 0) {
		emit_note(output, side, mark);
		list->next++;
		return;
	}
	message = &work->messages[mark->message];
	if (mark->message == work->start) {
		emit_message(output, message, STEP_START);
	} else if (message->placed[!side] && work->ends[!side].seen != NULL) {
		message->split = true;
		emit_message(output, message,
		             message->from == side ? STEP_DEPARTURE : STEP_ARRIVAL);
	} else if (work->ends[!side].seen == NULL) {
		emit_message(output, message, STEP_MESSAGE);
	} else if (message->from == side) {
		message->trouble = true;
		emit_message(output, message, STEP_LOST);
	} else {
		emit_message(output, message, STEP_FROM_PATH);
	}
	list->next++;
}

/* Whether it is known when the message that is SIDE's next mark left or came. */
static bool
is_timed(const struct work *work, enum side side)
{
	const struct list *list = &work->ends[side];

	return work->messages[list->marks[list->next].message].at[side] >= 0;
}

/* Whether the departure that is SIDE's next mark lies before OTHER of the other
 * end beyond doubt. */
static bool
must_depart(const struct work *work, enum side side, const struct mark *other)
{
	const struct mark *mark = &work->ends[side].marks[work->ends[side].next];

	return other->at > mark->at + work->slack;
}

/* Whether the two next marks, of one message, would hide on one line that it was
 * on its way while its sender continued. */
static bool
is_slow(const struct work *work, const struct message *message)
{
	const struct list *list = &work->ends[message->from];

	return !message->data && list->next + 1 < list->count &&
	       message->at[!message->from] > list->marks[list->next + 1].at + work->slack;
}

/* The end whose next mark comes first. */
static enum side
choose(const struct work *work)
{
	const struct list *here = &work->ends[HERE], *there = &work->ends[THERE];
	const struct mark *a = &here->marks[here->next], *b = &there->marks[there->next];
	bool a_waits = waits(work, HERE), b_waits = waits(work, THERE);
	bool a_departs = a_waits && work->messages[a->message].from == HERE;
	bool b_departs = b_waits && work->messages[b->message].from == THERE;

	if (a_waits && b_waits) {
		/* Crossing messages: cause before effect, then the earlier one. */
		if (a_departs != b_departs)
			return a_departs ? HERE : THERE;
		if (a_departs && !is_timed(work, HERE))
			return THERE;
		if (b_departs && !is_timed(work, THERE))
			return HERE;
		return a->at <= b->at ? HERE : THERE;
	}
	if (a_waits)
		return a_departs && must_depart(work, HERE, b) ? HERE : THERE;
	if (b_waits)
		return b_departs && must_depart(work, THERE, a) ? THERE : HERE;
	return a->at <= b->at ? HERE : THERE;
}

static void
merge(struct work *work, struct output *output)
{
	struct list *here = &work->ends[HERE], *there = &work->ends[THERE];

	while (here->next < here->count || there->next < there->count) {
		const struct mark *a = &here->marks[here->next], *b = &there->marks[there->next];

		if (here->next == here->count) {
			take(work, output, THERE);
		} else if (there->next == there->count) {
			take(work, output, HERE);
		} else if (a->message >= 0 && a->message == b->message &&
		           !work->messages[a->message].split &&
		           !is_slow(work, &work->messages[a->message])) {
			emit_message(output, &work->messages[a->message],
			             a->message == work->start ? STEP_START : STEP_MESSAGE);
			here->next++;
			there->next++;
		} else if (a->message >= 0 && a->message == b->message) {
			take(work, output, work->messages[a->message].from);
		} else {
			take(work, output, choose(work));
		}
	}
}

static int64_t
round_trip(const struct observation *seen)
{
	const struct tcp_evidence *const moments[3] = {&seen->at_fin_sent, &seen->at_fin_seen,
	                                               &seen->at_end};
	int64_t longest = 0;

	for (int i = 0; i < 3; i++) {
		if (moments[i]->known && moments[i]->rtt_us * NSEC_PER_USEC > longest)
			longest = moments[i]->rtt_us * NSEC_PER_USEC;
	}
	return longest;
}

size_t
timeline(const struct report_row *row, struct step steps[static TIMELINE_STEPS])
{
	struct work work = {.slack = JITTER};
	struct stream streams[2] = {0};
	struct output output = {.work = &work, .steps = steps};

	work.ends[HERE].seen = row->local_known ? &row->local : NULL;
	work.ends[THERE].seen = row->remote_known ? &row->remote : NULL;
	if (!row->local_known && !row->remote_known)
		return 0;
	for (enum side side = HERE; side <= THERE; side++) {
		if (work.ends[side].seen != NULL)
			work.slack += round_trip(work.ends[side].seen);
	}
	if (row->local_known && row->remote_known) {
		evidence_set(&work.evidence, NULL, &row->local, NULL, &row->remote, &row->facts);
		if (row->facts.clocks_known || row->facts.lead > 0)
			work.slack = JITTER + work.evidence.bound;
	}
	output.silence = work.slack > SILENCE / 2 ? 2 * work.slack : SILENCE;
	work.start = add_message(&work, HERE, "connected");
	make_controls(&work);
	make_stream(&work, HERE, &streams[HERE]);
	make_stream(&work, THERE, &streams[THERE]);
	for (enum side side = HERE; side <= THERE; side++) {
		if (work.ends[side].seen != NULL)
			make_marks(&work, side, streams);
	}
	merge(&work, &output);
	return output.count;
}
