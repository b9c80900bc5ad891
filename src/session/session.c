/* SPDX-License-Identifier: MIT
 *
 * Theory of operation: the report of the far end never travels on the
 * connection under test, which may no longer carry anything, or lie. Behind a
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

/* How long one line may take on its way. */
#define LINE_TIMEOUT (10 * NSEC_PER_SEC)

/* Connections that may reach a responder which does not know the run. */
#define FETCH_TRIES 16
#define FETCH_PAUSE (50 * NSEC_PER_MSEC)

/* A run that goes on, silent for minutes perhaps, is asked for less and less. */
#define FETCH_PAUSE_MOST (500 * NSEC_PER_MSEC)

/* How long after this end's own limit the other one may still be at work: both
 * have the same limit, and the round trip lies between. */
#define FETCH_GRACE (3 * NSEC_PER_SEC)

static int
ask(struct transport *transport, const struct wire_request *request, struct wire_reply *reply, char error[static SOCK_ERROR_MAX])
{
	char line[WIRE_REPLY_MAX + 1];
	char reason[WIRE_ERROR_MAX];
	int64_t deadline = clock_now() + LINE_TIMEOUT;
	int length = wire_format_request(request, line, sizeof(line));

	if (length == -1 || lines_write(transport, line, (size_t)length, deadline) == -1) {
		snprintf(error, SOCK_ERROR_MAX, "cannot send the request: %s", strerror(errno));
		return -1;
	}
	length = lines_read(transport, line, sizeof(line), deadline);
	if (length == -1) {
		snprintf(error, SOCK_ERROR_MAX, "no reply from a responder: %s",
		         errno == ENODATA ? "end of file" : strerror(errno));
		return -1;
	}
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

/* Stores the view, if one comes; that of a run that goes on is kept in case none
 * better does. */
static void
fetch(const struct session *session, const struct wire_request *play, int64_t deadline,
      const volatile int *stop, struct session_result *result)
{
	struct wire_request request = { .kind = WIRE_REPORT };
	struct dial_target target = session->target;
	struct wire_reply reply;
	char error[SOCK_ERROR_MAX];
	int64_t pause = FETCH_PAUSE;
	int tries = 0;

	snprintf(request.id, sizeof(request.id), "%s", play->id);
	target.receive_buffer = 0;
	while (!*stop && tries < FETCH_TRIES) {
		struct transport transport;
		int rc = dial(&target, stop, &transport, error) == -1
		                 ? -1
		                 : ask(&transport, &request, &reply, error);

		transport_close(&transport);
		if (rc == 0 && reply.kind == WIRE_VIEW) {
			/* Found; too early is no lost try. */
			result->remote = reply.observation;
			result->remote_known = true;
			if (reply.observation.ended || clock_now() >= deadline)
				return;
			pause = pause < FETCH_PAUSE_MOST / 2 ? 2 * pause : FETCH_PAUSE_MOST;
		} else if (rc != 0 && clock_now() >= deadline) {
			return; /* a path that takes long to fail does so every time */
		} else if (rc != 0 || reply.kind != WIRE_RUNNING || clock_now() >= deadline)
			tries++;
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
		snprintf(reason, sizeof(reason), "no process could be started for it");
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

void
session_play(const struct session *session, const volatile int *stop, struct session_result *result)
{
	struct dial_target target = session->target;
	struct wire_request request = {
		.kind = WIRE_PLAY,
		.settings = session->settings,
		.keepalive = session->target.keepalive,
	};
	struct wire_reply reply;
	struct plan local, remote;
	char error[SOCK_ERROR_MAX];
	int64_t start = clock_now();
	struct transport transport = transport_tcp(-1);

	memset(result, 0, sizeof(*result));
	session_untested(result, "not tested");
	target.receive_buffer = session->scenario->client_receive_buffer;
	snprintf(request.scenario, sizeof(request.scenario), "%s", session->scenario->name);
	if (wire_new_id(request.id) == -1) {
		snprintf(error, sizeof(error), "cannot generate a run id: %s", strerror(errno));
		goto cleanup;
	}
	if (dial(&target, stop, &transport, error) == -1 || ask(&transport, &request, &reply, error) == -1)
		goto cleanup;
	if (reply.kind != WIRE_READY) {
		snprintf(error, sizeof(error), "unexpected reply from the responder");
		goto cleanup;
	}
	const struct judge_facts facts = { .max_fin_delay = session->max_fin_delay };

	scenario_plans(session->scenario, &session->settings, session->pattern, &local, &remote);
	observation_init(&result->local, "client");
	exchange_play(&transport, &local, &result->local, NULL);
	result->local_known = true;
	/* The close sends the RST. */
	if (observation_find(&result->local, EVENT_ABORTED) != NULL)
		transport_close(&transport);
	fetch(session, &request, clock_later(start, clock_later(FETCH_GRACE, local.read_timeout)), stop, result);
	result->finding = judge_both(&local, &result->local, &remote,
	                             result->remote_known ? &result->remote : NULL, &facts);
	result->tested = true;
cleanup:
	if (!result->tested)
		session_untested(result, error);
	/* The far end has seen the FIN, perhaps, and is silent for as long as it was asked
	 * to be: only an RST lets it go. */
	if (*stop && transport.fd >= 0 && transport.ops->abort(&transport) == -1)
		log_warn("cannot abort a connection; the responder holds it until its idle time ends");
	transport_close(&transport);
	result->duration = clock_now() - start;
}
