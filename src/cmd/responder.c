/* SPDX-License-Identifier: MIT
 *
 * responder: the other end of check and probe. One line asks for a scenario, this
 * end plays its side and keeps what it saw; another line fetches that.
 */
#include "responder.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/names.h"
#include "../base/options.h"
#include "../base/signals.h"
#include "../daemon/children.h"
#include "../daemon/fork_server.h"
#include "../daemon/jobs.h"
#include "../daemon/sandbox.h"
#include "../exchange/exchange.h"
#include "../exchange/payload.h"
#include "../transport/answer.h"
#include "../transport/lines.h"
#include "../wire/protocol.h"
#include "../wire/views.h"
#include "cmd.h"
#include "lifecycle.h"

/* How long a stranger may take for one line: two retransmissions have room in it
 * (RFC 6298 section 2), and idle connections give up their places soon. */
#define LINE_TIMEOUT (5 * NSEC_PER_SEC)

/* Observations kept; a page each, in memory only once it was used. */
#define VIEW_SLOTS 4096

struct responder {
	struct service_role role;
	const struct options *options; /* in force */
	const char *listen;
	struct payload pattern;
	struct views *views;
	int64_t ticket; /* the next child's */
};

/* One connection. */
struct run {
	const struct responder *responder;
	struct answered connection;
};

static int
configure(void *context, const struct options *options, const char *listen, char error[static DAEMON_ERROR_MAX])
{
	struct responder *responder = context;
	struct payload pattern;

	if (payload_open_endless(&pattern) == -1) {
		snprintf(error, DAEMON_ERROR_MAX, "cannot make the built-in pattern: %s", strerror(errno));
		return -1;
	}
	log_event(LEVEL_INFO, "new responder", LOG_STRING("listen", listen),
	          LOG_INTEGER("max-size", options->max_size), LOG_DURATION("max-hold", options->max_hold),
	          LOG_DURATION("max-duration", options->max_duration));
	payload_close(&responder->pattern);
	responder->pattern = pattern;
	responder->options = options;
	responder->listen = listen;
	return 0;
}

/* Sends a line. Returns 0, or -1, which is logged. */
static int
reply_with(struct run *run, const struct wire_reply *reply)
{
	char line[WIRE_REPLY_MAX + 1];
	int length = wire_format_reply(reply, line, sizeof(line));

	if (length != -1
	    && lines_write(&run->connection.transport, line, (size_t)length, clock_now() + LINE_TIMEOUT) == 0)
		return 0;
	log_event(LEVEL_WARN, "cannot reply", LOG_STRING("listen", run->responder->listen),
	          LOG_STRING("error", strerror(errno)), LOG_STRING("peer", run->connection.peer));
	return -1;
}

/* One JSON line for the stranger, one log line for the operator. */
static int
refuse(struct run *run, const char *why)
{
	struct wire_reply reply = { .kind = WIRE_REFUSED };

	log_event(LEVEL_WARN, "refused request", LOG_STRING("listen", run->responder->listen),
	          LOG_STRING("error", why), LOG_STRING("peer", run->connection.peer));
	snprintf(reply.error, sizeof(reply.error), "%s", why);
	if (reply_with(run, &reply) == 0)
		lines_finish(&run->connection.transport, clock_now() + NSEC_PER_SEC);
	transport_close(&run->connection.transport);
	return STATUS_USAGE;
}

static int
hand_over_view(struct run *run, const struct wire_request *request)
{
	struct wire_reply reply = { .kind = WIRE_UNKNOWN };

	if (views_find(run->responder->views, request->id, &reply.observation))
		reply.kind = reply.observation.event_count > 0 ? WIRE_VIEW : WIRE_RUNNING;
	reply.age = clock_now() - reply.observation.started;
	log_event(LEVEL_DEBUG, "view requested", LOG_STRING("listen", run->responder->listen),
	          LOG_STRING("id", request->id), LOG_BOOLEAN("known", reply.kind != WIRE_UNKNOWN),
	          LOG_STRING("peer", run->connection.peer));
	if (reply_with(run, &reply) == 0)
		lines_finish(&run->connection.transport, clock_now() + NSEC_PER_SEC);
	transport_close(&run->connection.transport);
	return STATUS_OK;
}

/* After every event, so that the view of a run that never ends is available. */
static void
publish(void *context, const struct observation *seen, const struct event *event)
{
	const struct run *run = context;

	(void)event;
	views_publish(run->responder->views, run->responder->ticket, seen);
}

static int
play(struct run *run, const struct wire_request *request)
{
	const struct responder *responder = run->responder;
	const struct exchange_hooks hooks = { .event = publish, .context = run };
	const struct wire_reply ready = { .kind = WIRE_READY };
	struct plan client, plan;
	struct observation seen;

	scenario_plans(scenario_find(request->scenario), &request->settings, &responder->pattern, &client,
	               &plan);
	/* A stream that waits for the FIN has no size of its own. */
	if (plan.send_size > responder->options->max_size)
		plan.send_size = responder->options->max_size;
	plan.send_timeout = responder->options->send_timeout;
	/* The idle time that was asked for is not lingering. */
	if (__builtin_add_overflow(responder->options->linger_timeout, request->settings.hold,
	                           &plan.linger_timeout))
		plan.linger_timeout = INT64_MAX;
	if (request->keepalive > 0 && sock_set_keepalive(run->connection.transport.fd, request->keepalive) == -1)
		log_warn("cannot set keepalive for %s", run->connection.peer);
	views_claim(responder->views, responder->ticket, request->id);
	observation_init(&seen, "responder");
	log_event(LEVEL_INFO, "start to play", LOG_STRING("listen", responder->listen),
	          LOG_STRING("scenario", request->scenario), LOG_STRING("id", request->id),
	          LOG_INTEGER("size", request->settings.size), LOG_STRING("peer", run->connection.peer),
	          LOG_INTEGER("pid", getpid()));
	if (reply_with(run, &ready) == -1) {
		transport_close(&run->connection.transport);
		return STATUS_CANNOT_RUN;
	}
	lifecycle_play(&responder->role, &run->connection.transport, &plan, &seen, &hooks);
	views_publish(responder->views, responder->ticket, &seen);
	log_event(LEVEL_INFO, "finish playing", LOG_STRING("listen", responder->listen),
	          LOG_STRING("scenario", request->scenario), LOG_STRING("id", request->id),
	          LOG_STRING("error", seen.error != 0 ? errno_name(seen.error) : NULL),
	          LOG_INTEGER("bytes-sent", seen.bytes_sent),
	          LOG_INTEGER("bytes-sent-after-fin", seen.bytes_sent_after_fin),
	          LOG_INTEGER("bytes-received", seen.bytes_received),
	          LOG_DURATION("duration", observation_at(&seen, EVENT_CLOSED)),
	          LOG_STRING("peer", run->connection.peer), LOG_INTEGER("pid", getpid()));
	return STATUS_OK;
}

static int
serve(void *context, int sock)
{
	const struct responder *responder = context;
	const struct options *options = responder->options;
	const struct wire_bounds bounds = { options->max_size, options->max_hold, options->max_duration };
	struct run run = { .responder = responder };
	struct wire_request request;
	char line[WIRE_REQUEST_MAX + 1] = "";
	char error[WIRE_ERROR_MAX];
	int length;

	if (views_confine(responder->views, responder->ticket) == -1) {
		log_error("cannot take the views of other runs out of reach");
		lifecycle_reset(sock);
		return STATUS_CANNOT_RUN;
	}
	if (lifecycle_answer(&responder->role, options, responder->listen, sock, responder->pattern.fd,
	                     &run.connection) == -1)
		return STATUS_CANNOT_RUN;
	length = lines_read(&run.connection.transport, line, sizeof(line), clock_now() + LINE_TIMEOUT);
	if (length == -1 && (errno == ECONNRESET || (errno == ENODATA && line[0] == '\0'))) {
		log_event(LEVEL_DEBUG, "connection without a request",
		          LOG_STRING("listen", responder->listen), LOG_STRING("peer", run.connection.peer));
		transport_close(&run.connection.transport);
		return STATUS_OK;
	}
	if (length == -1)
		return refuse(&run, errno == ETIMEDOUT  ? "no complete request line within 5 s"
		                    : errno == EMSGSIZE ? "the request line is longer than 1024 bytes"
		                    : errno == ENODATA  ? "the request line has no newline"
		                                        : strerror(errno));
	if (wire_parse_request(line, (size_t)length, &request, error) == -1)
		return refuse(&run, error);
	if (request.kind == WIRE_REPORT)
		return hand_over_view(&run, &request);
	if (wire_check_bounds(&request, &bounds, error) == -1)
		return refuse(&run, error);
	return play(&run, &request);
}

static int64_t
reserve(void *context)
{
	struct responder *responder = context;

	return responder->ticket = views_reserve(responder->views);
}

static void
ended(void *context, int64_t ticket)
{
	views_release(((struct responder *)context)->views, ticket);
}

static void
responder_init(struct responder *responder)
{
	*responder = (struct responder){
		.role = { .started = "start the responder", .configure = configure, .serve = serve,
		          .reserve = reserve, .ended = ended, .context = responder },
		.pattern = { .fd = -1 },
		.views = views_new(VIEW_SLOTS),
	};
	if (responder->views == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot share the table of views");
}

int
cmd_responder(const struct options *options, const struct invocation *invocation)
{
	struct responder responder;
	int status;

	responder_init(&responder);
	status = lifecycle_run(options, invocation, &responder.role);
	payload_close(&responder.pattern);
	views_free(responder.views);
	return status;
}

/* What the embedded one is started with. */
struct embedded {
	struct options options;
	unsigned command; /* of the tester that brings it along */
	const char *listen;
	int listener;
	pid_t tester;
	struct tls *tls;
};

static int
run_embedded(void *context)
{
	struct embedded *embedded = context;
	struct options *options = &embedded->options;
	struct fork_server_totals totals = { 0 };
	struct responder responder;
	char error[DAEMON_ERROR_MAX];

	/* A tester that was killed, or hung up on with its terminal, ends it no more.
	 * The call fails for no valid signal (prctl(2)). */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	if (getppid() != embedded->tester)
		return STATUS_CANNOT_RUN;

	/* Its user is no stranger: no bounds, and nothing to tell but what fails. */
	options->max_size = INT64_C(1) << 50;
	options->max_hold = options->max_duration = INT64_MAX;
	if (options->log_level == LEVEL_INFO)
		options->log_level = LEVEL_WARN;
	responder_init(&responder);
	responder.role.totals = &totals;
	responder.role.tls = embedded->tls;
	if (cmd_open_log(options, embedded->command) == -1)
		log_fatal(STATUS_CANNOT_RUN, "cannot open log file \"%s\"", options->log_file);
	if (sandbox_prepare(options->sandbox == 0, error) == -1
	    || configure(&responder, options, embedded->listen, error) == -1) {
		log_errorx("%s", error);
		return STATUS_CANNOT_RUN;
	}

	struct fork_server server = {
		.listeners = &embedded->listener,
		.listener_count = 1,
		.listen = embedded->listen,
		.limits = { .max_connections = options->max_connections, .drain_timeout = NSEC_PER_SEC },
		.serve = serve,
		.reserve = reserve,
		.ended = ended,
		.context = &responder,
		.totals = &totals,
	};

	return fork_server_run(&server);
}

int
responder_spawn(struct children *children, const struct options *options, unsigned command,
                const char *address, struct tls *tls, char name[static SOCK_NAME_MAX],
                char error[static SOCK_ERROR_MAX])
{
	struct embedded embedded = { .options = *options, .command = command, .tester = getpid(), .tls = tls };
	int family = options->ipv4 ? AF_INET : options->ipv6 ? AF_INET6 : AF_UNSPEC;
	int rc = -1;

	embedded.listener = sock_listen(address, family, (int)options->backlog, error);
	if (embedded.listener == -1)
		return -1;
	embedded.listen = sock_local_name(embedded.listener, name);
	if (sock_set_nodelay(embedded.listener) == -1
	    || children_spawn(children, NULL, JOBS_NO_JOB, run_embedded, &embedded) == -1)
		snprintf(error, SOCK_ERROR_MAX, "cannot start a responder: %s", strerror(errno));
	else
		rc = 0;
	close(embedded.listener);
	return rc;
}
