/* SPDX-License-Identifier: MIT
 *
 * Theory of operation: the report of the other end never travels on the
 * connection under test, which may no longer carry anything, or lie. After a
 * balancer the second connection can reach another responder, which then does
 * not know the run: so it is tried a number of times, and at random moments. Two
 * runs that ask in step would share the turns of a balancer with two responders
 * between them, each always meeting the other's. The connection under test stays
 * open until the view is here, so that its end does not change what the other
 * one sees.
 */
#include "session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../base/signals.h"
#include "../exchange/exchange.h"
#include "../transport/lines.h"
#include "../wire/protocol.h"
#include "fit.h"

/* Connections that may reach a responder which does not know the run. */
#define FETCH_TRIES 16
#define FETCH_PAUSE (50 * NSEC_PER_MSEC)

/* The other end is done at about the same time: it is asked at once, and then less
 * and less, for a run may go on, silent for minutes perhaps. */
#define FETCH_PAUSE_FIRST (2 * NSEC_PER_MSEC)
#define FETCH_PAUSE_MOST (500 * NSEC_PER_MSEC)

/* Second connections in a row that may take all of their time to fail: a path that
 * drops them drops every one. */
#define FETCH_DROPPED 2

/* How close the two clocks are to be known: more requests are made, a few, while it
 * is worse and the round trip allows it to be better. */
#define CLOCK_BOUND (200 * NSEC_PER_USEC)
#define CLOCK_TRIES 3

/* One session at work. */
struct play {
	const struct session *session;
	const volatile int *stop;
	struct session_result *result;
	struct wire_request request;
	struct judge_facts facts;
	int64_t rtt; /* of the path, or of its handshake */
};

/* Stores when the request left, and keeps the shortest time to a reply. */
static int
ask(const struct play *play, struct transport *transport, const struct wire_request *request,
    struct wire_reply *reply, int64_t *asked, char error[static SOCK_ERROR_MAX])
{
	char line[WIRE_REPLY_MAX + 1];
	char reason[WIRE_ERROR_MAX];
	int64_t deadline = clock_later(clock_now(), fit_line_timeout(play->rtt));
	int length = wire_format_request(request, line, sizeof(line));

	*asked = clock_now();
	if (length == -1 || lines_write(transport, line, (size_t)length, deadline) == -1) {
		snprintf(error, SOCK_ERROR_MAX, "cannot send the request: %s", strerror(errno));
		return -1;
	}
	memset(line, 0, 2);
	length = lines_read(transport, line, sizeof(line), deadline);
	/* An alert of TLS, RFC 8446 section 5.1. */
	if (length == -1 && line[0] == 21 && line[1] == 3) {
		snprintf(error, SOCK_ERROR_MAX, "the responder speaks TLS; use --tls both");
		return -1;
	}
	if (length == -1) {
		snprintf(error, SOCK_ERROR_MAX, "no reply from a responder: %s",
		         errno == ENODATA ? "end of file" : strerror(errno));
		return -1;
	}
	if (play->result->asked == 0 || clock_now() - *asked < play->result->asked)
		play->result->asked = clock_now() - *asked;
	if (wire_parse_reply(line, (size_t)length, reply, reason) == -1) {
		snprintf(error, SOCK_ERROR_MAX, "not a reply from a responder: %s", reason);
		return -1;
	}
	if (reply->kind == WIRE_REFUSED) {
		snprintf(error, SOCK_ERROR_MAX, "the responder refused the request: %s", reply->error);
		return -1;
	}
	return 0;
}

/* Between nothing and twice MEAN. Without a random number it is MEAN: askers may
 * then stay in step, no more. */
static void
nap(int64_t mean)
{
	uint16_t random;
	int64_t ns = mean;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) == sizeof(random))
		ns = mean * random / (UINT16_MAX / 2);

	struct timespec t = clock_to_timespec(ns);

	clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

/* The other end read its clock somewhere between the request and the reply. */
static void
note_age(struct play *play, const struct wire_reply *reply, int64_t asked, int64_t answered)
{
	struct judge_facts *facts = &play->facts;
	int64_t bound = (answered - asked + 1) / 2;

	if (reply->kind != WIRE_VIEW || reply->age < 0 || (facts->clocks_known && bound >= facts->bound))
		return;
	facts->clocks_known = true;
	facts->bound = bound;
	facts->offset = asked + (answered - asked) / 2 - reply->age - play->result->local.started;
}

/* One connection, one question. As ask. */
static int
ask_for_view(struct play *play, struct wire_reply *reply)
{
	struct wire_request request = { .kind = WIRE_REPORT };
	struct dial_target target = play->session->target;
	char error[SOCK_ERROR_MAX];
	struct transport transport;
	int64_t asked;
	int rc = -1;

	memcpy(request.id, play->request.id, sizeof(request.id));
	target.receive_buffer = 0;
	if (target.timeout == 0 || target.timeout > fit_line_timeout(play->rtt))
		target.timeout = fit_line_timeout(play->rtt);
	if (dial(&target, play->stop, &transport, error) == 0)
		rc = ask(play, &transport, &request, reply, &asked, error);
	if (rc == 0)
		note_age(play, reply, asked, clock_now());
	transport_close(&transport);
	if (rc == -1)
		log_debug("cannot fetch the view of the other end: %s", error);
	return rc;
}

/* Asks again only to know better which of two events at two ends came first. */
static void
compare_clocks(struct play *play)
{
	int64_t wanted = play->rtt / 4 * 3 > CLOCK_BOUND ? play->rtt / 4 * 3 : CLOCK_BOUND;
	struct wire_reply reply;

	for (int i = 0; i < CLOCK_TRIES && !*play->stop && play->facts.clocks_known && play->facts.bound > wanted;
	     i++)
		if (ask_for_view(play, &reply) == -1)
			return;
}

/* Stores the view, if one comes; the view of a run in progress is kept in case none
 * better does. */
static void
fetch(struct play *play, int64_t deadline)
{
	struct session_result *result = play->result;
	int64_t slow = fit_line_timeout(play->rtt) / 2;
	int64_t pause = FETCH_PAUSE_FIRST;
	struct wire_reply reply;
	int tries = 0, dropped = 0;

	while (!*play->stop && tries < FETCH_TRIES) {
		int64_t start = clock_now();
		int rc = ask_for_view(play, &reply);

		dropped = rc == -1 && clock_now() - start >= slow ? dropped + 1 : 0;
		if (rc == 0 && reply.kind == WIRE_VIEW) {
			/* Found; too early is no lost try. */
			result->remote = reply.observation;
			result->remote_known = true;
			if (reply.observation.ended || clock_now() >= deadline)
				return;
			pause = pause < FETCH_PAUSE_MOST / 2 ? 2 * pause : FETCH_PAUSE_MOST;
		} else if (rc == -1 && (clock_now() >= deadline || dropped == FETCH_DROPPED)) {
			return; /* a path that takes long to fail does so every time */
		} else if (rc == -1 || reply.kind != WIRE_RUNNING || clock_now() >= deadline) {
			pause = FETCH_PAUSE;
			tries++;
		}
		nap(pause);
	}
}

void
session_untested(struct session_result *result, const char *reason)
{
	result->tested = false;
	result->finding.verdict = VERDICT_INCONCLUSIVE;
	result->finding.after = -1;
	snprintf(result->finding.reason, REASON_MAX, "%.*s", REASON_MAX - 1, reason);
}

void
session_failed(struct session_result *result, int status)
{
	char reason[REASON_MAX];

	if (status == -1)
		snprintf(reason, sizeof(reason), "cannot start a process for it");
	else if (WIFSIGNALED(status))
		snprintf(reason, sizeof(reason), "its process failed (signal %d)", WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		snprintf(reason, sizeof(reason), "its process failed (exit status %d)", WEXITSTATUS(status));
	else
		return;
	session_untested(result, reason);
}

static volatile int stopped;

static void
on_signal(int signo)
{
	(void)signo;
	stopped = 1;
	exchange_interrupt();
}

const volatile int *
session_stop_on_signals(void)
{
	stopped = 0;
	signals_handle(SIGINT, on_signal);
	signals_handle(SIGTERM, on_signal);
	return &stopped;
}

/* What a round trip takes at most, ns. Of one connection the kernel knows best; after a
 * proxy it knows the first hop only, and what connecting took covers both. */
static int64_t
handshake_of(const struct transport *transport, const struct dial_target *target, int64_t connecting)
{
	struct tcp_evidence evidence;

	if (target->proxy != NULL)
		return connecting;
	transport->ops->evidence(transport, &evidence);
	return evidence.known && evidence.min_rtt_us > 0 ? evidence.min_rtt_us * NSEC_PER_USEC : connecting;
}

static int64_t
min_rtt(const struct observation *seen)
{
	return seen->at_end.known ? seen->at_end.min_rtt_us * NSEC_PER_USEC : 0;
}

int64_t
session_rtt(const struct session_result *result)
{
	return !result->local_known ? 0
	                            : fit_rtt(min_rtt(&result->local),
	                                      result->remote_known ? min_rtt(&result->remote) : 0, result->asked);
}

/* The judge takes it for what nothing can be faster than. */
static int64_t
shortest_rtt(const struct play *play)
{
	int64_t known = play->session->rtt, seen = session_rtt(play->result);

	return seen > 0 && (known == 0 || seen < known) ? seen : known;
}

/* Plays both ends' views together. Returns 0, or -1 with one line in ERROR. */
static int
play_on(struct play *play, struct transport *transport, char error[static SOCK_ERROR_MAX])
{
	const struct session *session = play->session;
	struct session_result *result = play->result;
	struct wire_reply reply;
	struct plan local, remote;
	int64_t asked, deadline;

	if (ask(play, transport, &play->request, &reply, &asked, error) == -1)
		return -1;
	if (reply.kind != WIRE_READY) {
		snprintf(error, SOCK_ERROR_MAX, "unexpected reply from the responder");
		return -1;
	}
	scenario_plans(session->scenario, &play->request.settings, session->pattern, &local, &remote);
	observation_init(&result->local, "client");
	exchange_play(transport, &local, &result->local, NULL);
	result->local_known = true;
	/* The close sends the RST. */
	if (observation_find(&result->local, EVENT_ABORTED) != NULL)
		transport_close(transport);
	play->facts.max_fin_delay = session->max_fin_delay;
	play->facts.lead = result->local.started - asked;
	deadline = clock_later(result->local.started, clock_later(fit_grace(play->rtt), local.read_timeout));
	fetch(play, deadline);
	if (!session->prelude)
		compare_clocks(play);
	play->facts.rtt = shortest_rtt(play);
	result->facts = play->facts;
	result->finding = judge_both(&local, &result->local, &remote,
	                             result->remote_known ? &result->remote : NULL, &play->facts);
	return 0;
}

void
session_play(const struct session *session, const volatile int *stop, struct session_result *result)
{
	struct dial_target target = session->target;
	struct play play = {
		.session = session,
		.stop = stop,
		.result = result,
		.request = { .kind = WIRE_PLAY, .settings = session->settings, .keepalive = target.keepalive },
		.rtt = session->rtt,
	};
	char error[SOCK_ERROR_MAX];
	int64_t start = clock_now();
	struct transport transport = transport_tcp(-1);

	memset(result, 0, sizeof(*result));
	session_untested(result, "not tested");
	target.receive_buffer = session->scenario->client_receive_buffer;
	snprintf(play.request.scenario, sizeof(play.request.scenario), "%s", session->scenario->name);
	if (wire_new_id(play.request.id) == -1)
		snprintf(error, sizeof(error), "cannot generate a run id: %s", strerror(errno));
	else if (dial(&target, stop, &transport, error) == 0) {
		if (session->rtt == 0)
			play.rtt = handshake_of(&transport, &target, clock_now() - start);
		if (session->prelude)
			play.request.settings = fit_prelude(play.rtt);
		result->tested = play_on(&play, &transport, error) == 0;
	}
	if (!result->tested)
		session_untested(result, error);
	/* A terminal's signal goes to the responder as well: what looks broken is our own
	 * doing. */
	result->stopped = *stop && !result->remote_known;
	if (result->tested && result->stopped && result->finding.verdict != VERDICT_INCONCLUSIVE) {
		session_untested(result, "interrupted before the view of the other end came");
		result->tested = true;
	}
	/* The other end has seen the FIN, perhaps, and is silent for as long as it was asked
	 * to be: only an RST lets it go. */
	if (*stop && transport.fd >= 0 && transport.ops->abort(&transport) == -1)
		log_warn("cannot abort a connection; the responder holds it until its idle time ends");
	transport_close(&transport);
	result->duration = clock_now() - start;
}
