/* SPDX-License-Identifier: MIT
 *
 * server: streams a file, or the built-in pattern, to any client that connects, and
 * reports the client's FIN while it streams.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/options.h"
#include "../base/sock.h"
#include "../exchange/exchange.h"
#include "../exchange/payload.h"
#include "../judge/verdict.h"
#include "../transport/answer.h"
#include "cmd.h"
#include "lifecycle.h"

struct server {
	struct service_role role;
	const struct options *options; /* in force */
	const char *listen;
	struct payload pattern; /* fd -1 while a file is served */
};

/* The events of one connection, as log lines. */
struct connection {
	const struct server *server;
	const struct plan *plan;
};

static int
configure(void *context, const struct options *options, const char *listen, char error[static DAEMON_ERROR_MAX])
{
	struct server *server = context;
	struct payload payload;

	if (*options->file != '\0') {
		if (payload_open_file(&payload, options->file) == -1) {
			snprintf(error, DAEMON_ERROR_MAX, "cannot send \"%s\": %s", options->file,
			         errno == EINVAL ? "not a regular file" : strerror(errno));
			return -1;
		}
	} else if (payload_open_pattern(&payload, options->size) == -1) {
		snprintf(error, DAEMON_ERROR_MAX, "cannot make the built-in pattern: %s", strerror(errno));
		return -1;
	}
	log_event(LEVEL_INFO, "new server", LOG_STRING("listen", listen),
	          LOG_STRING("file", options->file), LOG_INTEGER("chunk", options->chunk));
	log_event(LEVEL_INFO, "ready to send data", LOG_STRING("listen", listen),
	          LOG_INTEGER("size", payload.size));
	payload_close(&server->pattern);
	if (*options->file != '\0')
		payload_close(&payload); /* each connection opens the file as it is then */
	server->pattern = payload;
	server->options = options;
	server->listen = listen;
	return 0;
}

static void
on_event(void *context, const struct observation *seen, const struct event *event)
{
	const struct connection *connection = context;
	const char *listen = connection->server->listen;
	const char *state = event->state != 0 ? tcp_state_name(event->state) : NULL;

	switch (event->kind) {
	case EVENT_CONNECTED:
		log_event(LEVEL_INFO, "start to stream with chunk", LOG_STRING("listen", listen),
		          LOG_INTEGER("chunk", connection->plan->chunk), LOG_STRING("peer", seen->peer),
		          LOG_INTEGER("pid", getpid()));
		break;
	case EVENT_FIN_SEEN:
		log_event(LEVEL_INFO, "got EOF in reader", LOG_STRING("listen", listen),
		          LOG_INTEGER("total", seen->bytes_received), LOG_STRING("peer", seen->peer),
		          LOG_INTEGER("pid", getpid()), LOG_INTEGER("bytes-sent", seen->bytes_sent),
		          LOG_STRING("tcp-state", state));
		break;
	case EVENT_ALL_SENT:
		log_event(LEVEL_INFO, "finish streaming with chunk", LOG_STRING("listen", listen),
		          LOG_INTEGER("size", seen->bytes_sent), LOG_STRING("peer", seen->peer),
		          LOG_INTEGER("pid", getpid()),
		          LOG_INTEGER("bytes-sent-after-fin", seen->bytes_sent_after_fin),
		          LOG_DURATION("duration", event->at), LOG_STRING("tcp-state", state));
		break;
	case EVENT_RESET:
	case EVENT_BROKEN_PIPE:
	case EVENT_TIMED_OUT:
	case EVENT_ERROR:
	case EVENT_SEND_TIMEOUT:
	case EVENT_LINGER_TIMEOUT:
	case EVENT_SOURCE_ERROR:
	case EVENT_INTERRUPTED: {
		bool file = event->kind == EVENT_SOURCE_ERROR;

		log_event(file ? LEVEL_ERROR : LEVEL_WARN,
		          file ? "cannot send the whole file" : "connection ended early",
		          LOG_STRING("listen", listen), LOG_STRING("event", event_name(event->kind)),
		          LOG_STRING("error", !file && seen->error == 0 ? NULL
		                              : seen->error == ENODATA  ? "the file shrank while it was being sent"
		                                                        : strerror(seen->error)),
		          LOG_STRING("peer", seen->peer), LOG_INTEGER("pid", getpid()),
		          LOG_INTEGER("bytes-sent", seen->bytes_sent),
		          LOG_INTEGER("bytes-sent-after-fin", seen->bytes_sent_after_fin));
		break;
	}
	default:
		if (!log_enabled(LEVEL_DEBUG))
			break;
		log_event(LEVEL_DEBUG, event_name(event->kind), LOG_STRING("listen", listen),
		          LOG_STRING("peer", seen->peer), LOG_INTEGER("pid", getpid()),
		          LOG_DURATION("at", event->at), LOG_STRING("tcp-state", state));
	}
}

static void
report(const struct server *server, const struct plan *plan, const struct observation *seen)
{
	struct finding found = judge_one(plan, seen);
	const struct tcp_evidence *tcp = &seen->at_end;

	log_event(LEVEL_INFO, "close server side connection", LOG_STRING("listen", server->listen),
	          LOG_STRING("verdict", verdict_name(found.verdict)), LOG_STRING("reason", found.reason),
	          LOG_STRING("peer", seen->peer), LOG_INTEGER("pid", getpid()),
	          LOG_INTEGER("bytes-sent", seen->bytes_sent),
	          LOG_INTEGER("bytes-sent-after-fin", seen->bytes_sent_after_fin),
	          LOG_INTEGER("bytes-received", seen->bytes_received),
	          LOG_INTEGER("unacknowledged", tcp->send_queue),
	          LOG_DURATION("duration", observation_at(seen, EVENT_CLOSED)),
	          LOG_STRING("tcp-state", tcp->known ? tcp_state_name(tcp->state) : NULL),
	          LOG_DURATION("rtt", (int64_t)tcp->rtt_us * 1000),
	          LOG_INTEGER("retransmits", tcp->retransmits));
}

/* A client whose file cannot be opened gets RST, never a clean EOF: that would
 * look like an empty file. */
static int
refuse(const struct server *server, int sock)
{
	int error = errno;
	char peer[SOCK_NAME_MAX];

	log_event(LEVEL_ERROR, "cannot open the file to send", LOG_STRING("listen", server->listen),
	          LOG_STRING("file", server->options->file),
	          LOG_STRING("error", error == EINVAL ? "not a regular file" : strerror(error)),
	          LOG_STRING("peer", sock_peer_name(sock, peer)), LOG_INTEGER("pid", getpid()));
	if (sock_abort_on_close(sock) == -1)
		log_warn("cannot abort the connection of %s", peer);
	close(sock);
	return STATUS_CANNOT_RUN;
}

static int
serve(void *context, int sock)
{
	struct server *server = context;
	const struct options *options = server->options;
	struct payload payload = server->pattern;
	struct plan plan = plan_default;
	struct connection connection = { server, &plan };
	struct exchange_hooks hooks = { .event = on_event, .context = &connection };
	struct answered answered;
	struct observation seen;

	if (*options->file != '\0' && payload_open_file(&payload, options->file) == -1)
		return refuse(server, sock);
	plan.payload = &payload;
	plan.send_size = payload.size;
	plan.chunk = options->chunk;
	plan.interval = options->interval;
	plan.send_timeout = options->send_timeout;
	plan.linger_timeout = options->linger_timeout;
	observation_init(&seen, "server");
	if (lifecycle_answer(&server->role, options, server->listen, sock, payload.fd, &answered) == -1)
		return STATUS_CANNOT_RUN;
	lifecycle_play(&server->role, &answered.transport, &plan, &seen, &hooks);
	report(server, &plan, &seen);
	return STATUS_OK;
}

int
cmd_server(const struct options *options, const struct invocation *invocation)
{
	struct server server = {
		.role = { .started = "start the server", .configure = configure, .serve = serve, .context = &server },
		.pattern = { .fd = -1 },
	};
	int status = lifecycle_run(options, invocation, &server.role);

	payload_close(&server.pattern);
	return status;
}
