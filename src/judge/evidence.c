/* SPDX-License-Identifier: MIT
 *
 * Theory of operation: two ends have two clocks. Where an order can be had
 * without comparing them, it is: a FIN that was sent when so many bytes had been
 * read cannot have arrived before they were sent. Otherwise the other end's zero is
 * known to within a bound, from the round trips of the second connection, or
 * from that of the request alone.
 */
#include "evidence.h"

#include <stddef.h>
#include <string.h>

#include "../base/clock.h"
#include "../exchange/plan.h"
#include "verdict.h"

/* A FIN that was sent again so often, alone. */
#define FIN_RETRANSMITS 3

bool
evidence_saw(const struct observation *seen, enum event_kind kind)
{
	return observation_find(seen, kind) != NULL;
}

int64_t
evidence_at_or_end(const struct observation *seen, enum event_kind kind)
{
	int64_t at = observation_at(seen, kind);

	if (at < 0)
		at = observation_at(seen, EVENT_CLOSED);
	return at < 0 ? 0 : at;
}

int64_t
evidence_rtt(const struct observation *seen)
{
	const struct tcp_evidence *taken[] = { &seen->at_fin_sent, &seen->at_fin_seen, &seen->at_end };

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (taken[i]->known && taken[i]->rtt_us > 0)
			return (int64_t)(taken[i]->min_rtt_us > 0 ? taken[i]->min_rtt_us : taken[i]->rtt_us)
			       * NSEC_PER_USEC;
	return 0;
}

void
evidence_set(struct evidence *evidence, const struct plan *local_plan,
             const struct observation *local, const struct plan *remote_plan,
             const struct observation *remote, const struct judge_facts *facts)
{
	*evidence = (struct evidence){
		.here = { local_plan, local, "here", 0 },
		.there = { remote_plan, remote, "there", 0 },
		.rtt = facts->rtt,
		.lead = facts->lead,
		.max_fin_delay = facts->max_fin_delay > 0 ? facts->max_fin_delay : INT64_MAX,
	};
	if (facts->clocks_known) {
		evidence->there.offset = facts->offset;
		evidence->bound = facts->bound;
		evidence->clocks_known = true;
	} else if (facts->lead > 0) {
		/* The other end began when the request had come, this one when the reply had. */
		evidence->there.offset = -facts->lead / 2;
		evidence->bound = facts->lead / 2;
	} else
		evidence->bound = EVIDENCE_AT_ONCE + 2 * evidence_rtt(local);
	if (evidence->rtt == 0)
		evidence->rtt = evidence_rtt(local);
}

const struct event *
evidence_broken(const struct observation *seen)
{
	static const enum event_kind kinds[] = { EVENT_RESET, EVENT_BROKEN_PIPE, EVENT_ERROR };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct event *event = observation_find(seen, kinds[i]);

		if (event != NULL)
			return event;
	}
	return NULL;
}

const struct event *
evidence_fin_arrival(const struct observation *seen)
{
	const struct event *fin = observation_find(seen, EVENT_FIN_SEEN);

	return fin != NULL ? fin : observation_find(seen, EVENT_EOF);
}

bool
evidence_orderly(const struct observation *seen)
{
	return evidence_saw(seen, EVENT_FIN_SENT) && evidence_saw(seen, EVENT_EOF);
}

int64_t
evidence_gap(const struct end *a_end, int64_t a, const struct end *b_end, int64_t b)
{
	return (b + b_end->offset) - (a + a_end->offset);
}

bool
evidence_same_fin(const struct evidence *evidence, const struct end *from, const struct end *to)
{
	const struct event *sent = observation_find(from->seen, EVENT_FIN_SENT);
	const struct event *seen = evidence_fin_arrival(to->seen);

	if (sent == NULL || seen == NULL
	    || evidence_gap(from, sent->at, to, seen->at) < -evidence->bound)
		return false;
	if (seen->kind == EVENT_FIN_SEEN && seen->sent < sent->received)
		return false;
	return !evidence_saw(to->seen, EVENT_EOF) || to->seen->bytes_received >= sent->sent;
}

const struct event *
evidence_reset_cause(const struct evidence *evidence, const struct end *from, const struct end *to,
                     const struct event *cut)
{
	const struct event *cause = observation_find(from->seen, EVENT_ABORTED);

	if (cause == NULL && !evidence_orderly(from->seen) && evidence_broken(from->seen) == NULL)
		cause = observation_find(from->seen, EVENT_CLOSED);
	return cause != NULL && evidence_gap(from, cause->at, to, cut->at) >= -evidence->bound ? cause
	                                                                                       : NULL;
}

const struct event *
evidence_broken_by_path(const struct evidence *evidence, const struct end *end,
                        const struct end *peer)
{
	const struct event *cut = evidence_broken(end->seen);

	return cut != NULL && evidence_reset_cause(evidence, peer, end, cut) != NULL ? NULL : cut;
}

/* How late a FIN is that nothing of the stream stands in front of. The lines before it
 * may each have had a delay of their own, so it is measured by the clocks where their
 * difference is known; and otherwise by the request, with which the far clock starts,
 * and the reply, with which this one does. */
static int64_t
delay_of_first(const struct evidence *evidence, const struct end *from, int64_t sent,
               const struct end *to, int64_t seen)
{
	if (evidence->clocks_known)
		return evidence_gap(from, sent, to, seen) - evidence->rtt / 2 - evidence->bound;
	return seen - sent - (from == &evidence->here ? evidence->lead : 0);
}

int64_t
evidence_fin_delay(const struct evidence *evidence, const struct end *from, const struct end *to)
{
	const struct event *sent = observation_find(from->seen, EVENT_FIN_SENT);
	const struct event *seen = observation_find(to->seen, EVENT_FIN_SEEN);
	int64_t acked = observation_at(from->seen, EVENT_FIN_ACKED);
	const struct tcp_evidence *at_fin = &from->seen->at_fin_sent, *at_end = &from->seen->at_end;
	int64_t excess, delay;

	if (sent == NULL || seen == NULL)
		return -1;
	if (sent->sent > 0 && to->seen->last_received_at >= 0)
		delay = (seen->at - to->seen->last_received_at) - (sent->at - from->seen->last_sent_at);
	else
		delay = delay_of_first(evidence, from, sent->at, to, seen->at);
	if (at_fin->known && at_end->known && at_fin->retransmits == 0
	    && at_end->retransmits >= FIN_RETRANSMITS && to->seen->at_end.known
	    && to->seen->at_end.retransmits == 0)
		return delay > 0 ? delay : 0;
	/* What waits in a queue in front of it waits in the same one, unless the FIN had
	 * to be sent again. */
	if (evidence_in_flight_at_fin_sent(from->seen) > 0 && at_end->known
	    && at_end->retransmits == at_fin->retransmits)
		return delay > 0 ? delay : 0;
	excess = acked >= 0 ? acked - sent->at - evidence_rtt(from->seen) : 0;
	if (excess > 0)
		delay -= excess;
	return delay > 0 ? delay : 0;
}

bool
evidence_fin_unacked(const struct observation *seen)
{
	return !evidence_saw(seen, EVENT_FIN_ACKED) && seen->at_end.known;
}

const char *
evidence_fin_fate(const struct observation *seen)
{
	if (evidence_saw(seen, EVENT_FIN_ACKED))
		return "acknowledged (FIN_WAIT2)";
	return evidence_fin_unacked(seen) ? "not acknowledged (FIN_WAIT1)"
	                                  : "perhaps acknowledged (the kernel did not tell)";
}

/* The kernel counts our own FIN as a byte of the queue. */
static int64_t
queue_without_fin(const struct tcp_evidence *evidence, bool fin_is_in)
{
	int64_t queue = evidence->known && evidence->send_queue > 0 ? evidence->send_queue : 0;

	return queue > 0 && fin_is_in ? queue - 1 : queue;
}

int64_t
evidence_in_flight_at_fin_seen(const struct observation *seen)
{
	int64_t own = observation_at(seen, EVENT_FIN_SENT);

	return queue_without_fin(&seen->at_fin_seen,
	                         own >= 0 && own <= observation_at(seen, EVENT_FIN_SEEN));
}

int64_t
evidence_in_flight_at_fin_sent(const struct observation *seen)
{
	return queue_without_fin(&seen->at_fin_sent, true);
}

int64_t
evidence_in_flight_at_end(const struct observation *seen)
{
	return queue_without_fin(&seen->at_end, evidence_saw(seen, EVENT_FIN_SENT));
}

bool
evidence_sent_notify(const struct observation *from)
{
	return evidence_saw(from, EVENT_CLOSE_NOTIFY_SENT);
}

bool
evidence_withheld_fin(const struct observation *from)
{
	const struct event *fin = observation_find(from, EVENT_FIN_SENT);
	const char *state = fin != NULL ? tcp_state_name(fin->state) : "";

	return evidence_sent_notify(from)
	       && (strcmp(state, "ESTABLISHED") == 0 || strcmp(state, "CLOSE_WAIT") == 0);
}

bool
evidence_alert_alone(const struct observation *from, const struct observation *to)
{
	const struct event *seen = observation_find(to, EVENT_FIN_SEEN);
	const char *state = seen != NULL ? tcp_state_name(seen->state) : "";

	return evidence_sent_notify(from) && evidence_saw(to, EVENT_CLOSE_NOTIFY_SEEN)
	       && (strcmp(state, "ESTABLISHED") == 0 || strncmp(state, "FIN_WAIT", 8) == 0);
}

bool
evidence_notify_lost(const struct observation *from, const struct observation *to)
{
	bool says = from->tls[0] != '\0' ? evidence_sent_notify(from) : evidence_saw(from, EVENT_FIN_SENT);

	return says && evidence_saw(to, EVENT_EOF_WITHOUT_NOTIFY);
}

const char *
evidence_demanded_close(const struct observation *closer)
{
	if (!evidence_sent_notify(closer) || strcmp(closer->tls, "TLSv1.3") == 0)
		return "";
	return ", as TLS before 1.3 demands (RFC 5246, 7.2.1)";
}
