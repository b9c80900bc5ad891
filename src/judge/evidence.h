/* SPDX-License-Identifier: MIT
 *
 * What one or two views prove: which events mean the same FIN or RST, what came
 * first, how late something was. Verdicts and ladders both ask here, so that a
 * picture cannot contradict its verdict. Pure functions.
 */
#ifndef JUDGE_EVIDENCE_H
#define JUDGE_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "../exchange/observation.h"

struct judge_facts;
struct plan;

/* What follows an event within that much, and what packets need on their way, is
 * of the same moment; the shortest linger timer known is twice as long (Traefik's
 * terminationDelay, 100 ms). */
#define EVIDENCE_AT_ONCE INT64_C(50000000)

/* One end. The plan may be NULL for pictures. */
struct end {
	const struct plan *plan;
	const struct observation *seen;
	const char *where;  /* "here" or "there" */
	int64_t offset;     /* this end's time zero on the common clock, ns */
};

/* Both ends on one clock, that of `here`. */
struct evidence {
	struct end here, there;
	int64_t rtt;   /* of the path, ns; 0: not known */
	int64_t lead;  /* see struct judge_facts */
	int64_t bound; /* by how much a comparison of two clocks may err, ns */
	bool clocks_known; /* the bound is a measured one */
	int64_t max_fin_delay; /* INT64_MAX: no limit */
};

/* Sets both ends side by side; the plans may be NULL. Borrows its arguments. */
void evidence_set(struct evidence *evidence, const struct plan *local_plan,
                  const struct observation *local, const struct plan *remote_plan,
                  const struct observation *remote, const struct judge_facts *facts);

bool evidence_saw(const struct observation *seen, enum event_kind kind);

/* When KIND was seen, and otherwise when the exchange was over, ns. */
int64_t evidence_at_or_end(const struct observation *seen, enum event_kind kind);

/* Round trip of the kernel, ns: the smallest it saw, or its average; 0: not known. */
int64_t evidence_rtt(const struct observation *seen);

/* The event by which the peer or the path ended it without an EOF, or NULL; the
 * event that shows the peer's FIN, or NULL; both FINs are accounted for. */
const struct event *evidence_broken(const struct observation *seen);
const struct event *evidence_fin_arrival(const struct observation *seen);
bool evidence_orderly(const struct observation *seen);

/* How much later B happened at B_END than A at A_END on the common clock, ns, give
 * or take the bound. */
int64_t evidence_gap(const struct end *a_end, int64_t a, const struct end *b_end, int64_t b);

/* Whether the FIN that TO saw can be the one that FROM sent: not seen before it
 * was sent, nor before TO had sent what FROM had read by then, and no byte of the
 * stream in front of it is missing. */
bool evidence_same_fin(const struct evidence *evidence, const struct end *from,
                       const struct end *to);

/* Why FROM would have sent the RST that TO saw as CUT: an abort on purpose, or a
 * close before everything was read (RFC 1122 section 4.2.2.13). NULL: it did not. */
const struct event *evidence_reset_cause(const struct evidence *evidence, const struct end *from,
                                         const struct end *to, const struct event *cut);

/* What broke END, if it was not PEER, that gave up or aborted. */
const struct event *evidence_broken_by_path(const struct evidence *evidence, const struct end *end,
                                            const struct end *peer);

/* How late TO saw the FIN of FROM, ns: each end's time since the last byte in front
 * of it, on its own clock, compared; less what its acknowledgement took beyond a
 * round trip. -1: not known. Where the FIN alone was retransmitted again and again
 * on a path that loses nothing else, that counts as delay. */
int64_t evidence_fin_delay(const struct evidence *evidence, const struct end *from,
                           const struct end *to);

/* What became of the own FIN, as far as the kernel told: "acknowledged (FIN_WAIT2)" and
 * the like. And whether it told that nobody acknowledged it. */
const char *evidence_fin_fate(const struct observation *seen);
bool evidence_fin_unacked(const struct observation *seen);

/* Bytes that had left END, but were not acknowledged, when it saw the peer's FIN;
 * and when its own FIN was sent, which is not counted: they cross the half-closed
 * connection as well. And those that never were. */
int64_t evidence_in_flight_at_fin_seen(const struct observation *seen);
int64_t evidence_in_flight_at_fin_sent(const struct observation *seen);
int64_t evidence_in_flight_at_end(const struct observation *seen);

/* Over TLS a stream ends with an alert. What FROM did to end its own: sent a close_notify,
 * and no FIN with it. */
bool evidence_sent_notify(const struct observation *from);
bool evidence_withheld_fin(const struct observation *from);

/* Whether the close_notify of FROM came to TO before its FIN did. */
bool evidence_alert_alone(const struct observation *from, const struct observation *to);

/* Whether the stream of FROM, which ended as it should, ended at TO with a FIN that had no
 * close_notify in front; a plain FROM says it with its FIN, which the path has to turn
 * into an alert. */
bool evidence_notify_lost(const struct observation *from, const struct observation *to);

/* ", as TLS before 1.3 demands …" where that explains a close that answers the
 * close_notify of CLOSER; otherwise "". */
const char *evidence_demanded_close(const struct observation *closer);

#endif
