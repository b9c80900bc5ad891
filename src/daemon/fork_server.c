/* SPDX-License-Identifier: MIT
 *
 * The accept loop of a service that forks a child a connection.
 *
 * Theory of operation: signals are blocked but for the time in ppoll(2), and
 * their handlers only set flags, so nothing below can be interrupted half-way
 * and no signal is missed. Full means that the listeners are not polled: the
 * clients wait in the backlog, and the loop sleeps. Where the system is short of
 * something, accepting pauses for a while that doubles; a connection that was
 * accepted but could not be forked for is kept, not dropped.
 */
#include "fork_server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/names.h"
#include "../base/signals.h"
#include "../base/sock.h"
#include "children.h"
#include "sources.h"

#define BURST 64 /* connections accepted before the dead are looked after again */
#define BACKOFF_MIN (100 * NSEC_PER_MSEC)
#define BACKOFF_MAX NSEC_PER_SEC
#define REFUSAL_EVERY NSEC_PER_SEC /* a log line a source */
#define REFUSAL_SOURCES 32         /* remembered for that, and no more are reported */
#define KILL_AFTER NSEC_PER_SEC    /* what a child has to end after SIGTERM */
#define NEVER INT64_MAX

enum stage { RUNNING, DRAINING, TERMINATED, KILLED };

struct connection {
	int sock; /* -1: none */
	char peer[SOCK_NAME_MAX];
	char source[SOCK_SOURCE_MAX];
};

struct refusal {
	char source[SOCK_SOURCE_MAX];
	int64_t told_at;
	int64_t suppressed;
};

struct state {
	struct fork_server *server;
	struct children *children;
	int listeners;             /* open ones */
	struct connection pending; /* accepted, no child yet */
	enum stage stage;
	bool signalled;            /* a signal asked to stop */
	int64_t deadline;          /* of the stage */
	int64_t reap_at;           /* once more, see children_reap */
	int64_t started, accepted, refused, forced;
	int64_t backoff, resume_at, failure_told_at; /* backoff 0: nothing is short */
	struct refusal refusals[REFUSAL_SOURCES];
};

static volatile sig_atomic_t stops, stop_signal, hang_up, status_wanted, child_died;

static void
on_stop(int signo)
{
	stops = stops + 1;
	stop_signal = signo;
}

static void
on_flag(int signo)
{
	if (signo == SIGHUP)
		hang_up = 1;
	else if (signo == SIGUSR1)
		status_wanted = 1;
	else
		child_died = 1;
}

/* ---- one connection ---- */

static int
serve(void *context)
{
	struct state *state = context;

	for (int i = 0; i < state->listeners; i++)
		close(state->server->listeners[i]);
	/* What reaches the whole group is meant for the parent. */
	signals_handle(SIGINT, SIG_IGN);
	signals_handle(SIGHUP, SIG_IGN);
	signals_handle(SIGUSR1, SIG_IGN);
	return state->server->serve(state->server->context, state->pending.sock);
}

/* Something is short: accept(2) and fork(2) list what. Told once, then quiet
 * until it went well again. */
static void
back_off(struct state *state, const char *what)
{
	const char *error = strerror(errno);
	int64_t now = clock_now();

	if (state->backoff == 0 && now - state->failure_told_at >= NSEC_PER_SEC) {
		state->failure_told_at = now;
		log_event(LEVEL_WARN, what, LOG_STRING("listen", state->server->listen),
		          LOG_STRING("error", error),
		          LOG_INTEGER("children", (int64_t)children_count(state->children)));
	}
	state->backoff *= 2;
	if (state->backoff < BACKOFF_MIN)
		state->backoff = BACKOFF_MIN;
	if (state->backoff > BACKOFF_MAX)
		state->backoff = BACKOFF_MAX;
	state->resume_at = now + state->backoff;
}

/* Forks for the pending connection. Returns false when it has to wait. */
static bool
spawn(struct state *state)
{
	const struct fork_server *server = state->server;
	bool named = server->limits.named;
	int64_t reserved = server->reserve != NULL ? server->reserve(server->context) : 0;
	pid_t pid = -1;

	if (!named || sources_reserve(server->sources) == 0)
		pid = children_spawn(state->children, named ? "" : state->pending.source, reserved,
		                     serve, state);
	if (pid < 0) {
		back_off(state, "fork failed");
		if (server->ended != NULL)
			server->ended(server->context, reserved);
		return false;
	}
	if (named)
		sources_own(server->sources, pid);
	close(state->pending.sock);
	state->pending.sock = -1;
	state->accepted++;
	state->backoff = 0;
	return true;
}

/* CHILDREN are those of the connection's source. */
static void
count_refusal(struct state *state, const struct connection *connection, const char *reason,
              size_t children, int64_t limit)
{
	struct refusal *refusal = &state->refusals[0];
	int64_t now = clock_now();

	state->refused++;
	/* This source's entry, or else the one that was quiet for longest. */
	for (size_t i = 0; i < REFUSAL_SOURCES; i++) {
		struct refusal *other = &state->refusals[i];

		if (strcmp(other->source, connection->source) == 0) {
			refusal = other;
			break;
		}
		if (other->told_at < refusal->told_at)
			refusal = other;
	}
	if (strcmp(refusal->source, connection->source) != 0) {
		/* More sources than are remembered within a second: status counts them. */
		if (refusal->source[0] != '\0' && now - refusal->told_at < REFUSAL_EVERY)
			return;
		*refusal = (struct refusal){ .told_at = now - REFUSAL_EVERY };
		memcpy(refusal->source, connection->source, sizeof(refusal->source));
	}
	if (now - refusal->told_at < REFUSAL_EVERY) {
		refusal->suppressed++;
		return;
	}
	log_event(LEVEL_WARN, "refused connection", LOG_STRING("listen", state->server->listen),
	          LOG_STRING("peer", connection->peer), LOG_STRING("reason", reason),
	          LOG_INTEGER("children", (int64_t)children), LOG_INTEGER("limit", limit),
	          LOG_INTEGER("suppressed", refusal->suppressed));
	refusal->told_at = now;
	refusal->suppressed = 0;
}

/* RST, so that the peer knows at once. */
static void
refuse(struct state *state, const char *reason, int64_t limit)
{
	struct connection *connection = &state->pending;

	if (sock_abort_on_close(connection->sock) != 0)
		log_warn("cannot abort the connection of %s", connection->peer);
	close(connection->sock);
	connection->sock = -1;
	count_refusal(state, connection, reason,
	              children_count_source(state->children, connection->source), limit);
}

static bool
may_accept(const struct state *state)
{
	const struct fork_server_limits *limits = &state->server->limits;

	return state->stage == RUNNING && state->pending.sock < 0 &&
	       (limits->count == 0 || state->accepted < limits->count) &&
	       (int64_t)children_count(state->children) < limits->max_connections;
}

/* Returns false when there is nothing more to accept for now. */
static bool
accept_one(struct state *state, int listener)
{
	struct connection *connection = &state->pending;
	int64_t limit = state->server->limits.max_per_source;
	union sock_address address = { .sa.sa_family = AF_UNSPEC };
	socklen_t length = sizeof(address);
	int sock = accept4(listener, &address.sa, &length, SOCK_CLOEXEC);

	if (sock < 0) {
		switch (errno) {
		case EAGAIN:
			return false;
		case EINTR:
		/* The connection is gone, not the listener (accept(2), "Error handling"). */
		case ECONNABORTED:
		case EPROTO:
		case ENETDOWN:
		case ENOPROTOOPT:
		case EHOSTDOWN:
		case ENONET:
		case EHOSTUNREACH:
		case ENETUNREACH:
			return true;
		default:
			back_off(state, "accept failed");
			return false;
		}
	}
	connection->sock = sock;
	sock_name(&address, connection->peer);
	sock_source(&address, connection->source);
	if (state->server->limits.named)
		return spawn(state);
	if (state->server->allows != NULL && !state->server->allows(state->server->context, &address)) {
		refuse(state, "allow", 0);
		return true;
	}
	if (limit > 0 &&
	    (int64_t)children_count_source(state->children, connection->source) >= limit) {
		refuse(state, "max-per-source", limit);
		return true;
	}
	return spawn(state);
}

/* ---- children that ended ---- */

static void
child_ended(const struct state *state, const struct child *child, int status)
{
	char name[16] = "SIG";
	const char *abbreviation;
	int signo;

	if (WIFEXITED(status)) {
		if (WEXITSTATUS(status) > STATUS_INCONCLUSIVE)
			log_event(LEVEL_WARN, "child exited with unexpected status",
			          LOG_STRING("listen", state->server->listen),
			          LOG_INTEGER("pid", child->pid),
			          LOG_INTEGER("exit-status", WEXITSTATUS(status)),
			          LOG_STRING("source", child->source));
		return;
	}
	signo = WTERMSIG(status);
	if (state->stage >= TERMINATED && (signo == SIGTERM || signo == SIGKILL))
		return; /* that was us; `drained` counts it */
	abbreviation = signal_name(signo);
	if (abbreviation == NULL)
		abbreviation = "?"; /* a real-time signal */
	strncat(name, abbreviation, sizeof(name) - sizeof("SIG"));
	log_event(LEVEL_WARN, "child was killed", LOG_STRING("listen", state->server->listen),
	          LOG_INTEGER("pid", child->pid), LOG_STRING("signal", name),
	          LOG_STRING("reason", signo == SIGSYS ? "the sandbox blocked a system call"
	                                               : strsignal(signo)),
	          LOG_STRING("source", child->source),
	          LOG_DURATION("lived", clock_now() - child->started));
}

/* What CHILD said of its connection: its parent tells of a refusal, as of its own. */
static void
hear(struct state *state, struct child *child)
{
	struct sources *sources = state->server->sources;
	struct connection connection = { .sock = -1 };
	union sock_address peer;
	enum source_said said = sources_leave(sources, child->pid, &peer);

	if (said == SOURCE_UNSAID)
		return;
	sock_name(&peer, connection.peer);
	sock_source(&peer, connection.source);
	memcpy(child->source, connection.source, sizeof(child->source));
	if (said == SOURCE_NOT_ALLOWED)
		count_refusal(state, &connection, "allow", sources_count(sources, &peer), 0);
	else if (said == SOURCE_TOO_MANY)
		count_refusal(state, &connection, "max-per-source", sources_count(sources, &peer),
		              state->server->limits.max_per_source);
}

static void
reap(struct state *state)
{
	struct child child;
	int status;

	state->reap_at = child_died ? clock_now() + CHILDREN_SETTLE : NEVER;
	child_died = 0;
	while (children_reap(state->children, false, &child, &status) > 0) {
		if (state->server->ended != NULL)
			state->server->ended(state->server->context, child.tag);
		if (state->server->sources != NULL)
			hear(state, &child);
		child_ended(state, &child, status);
		state->resume_at = 0; /* what was short may be there again */
	}
}

/* ---- the service as a whole ---- */

static void
tell(const struct fork_server *server, enum fork_server_news news)
{
	if (server->tell != NULL)
		server->tell(server->context, server, news);
}

static void
drain(struct state *state, const char *why)
{
	tell(state->server, FORK_SERVER_STOPPING);
	for (int i = 0; i < state->listeners; i++)
		close(state->server->listeners[i]);
	state->listeners = 0;
	state->stage = DRAINING;
	log_event(LEVEL_INFO, "stop accepting", LOG_STRING("listen", state->server->listen),
	          LOG_STRING("signal", why),
	          LOG_INTEGER("children", (int64_t)children_count(state->children)));
}

/* The first signal starts the drain, the second one ends it. */
static void
stop(struct state *state)
{
	int64_t now = clock_now(), timeout = state->server->limits.drain_timeout;

	for (; stops > 0; stops = stops - 1) {
		if (state->signalled) {
			state->deadline = now;
			continue;
		}
		state->signalled = true;
		if (state->stage == RUNNING)
			drain(state, stop_signal == SIGINT ? "SIGINT" : "SIGTERM");
		state->deadline = timeout < NEVER - now ? now + timeout : NEVER;
	}
}

/* The time of the present stage is up. */
static void
next_stage(struct state *state)
{
	if (state->stage == DRAINING) {
		if (state->pending.sock >= 0)
			refuse(state, "stopping", 0);
		state->forced = (int64_t)children_count(state->children);
		children_signal(state->children, SIGTERM);
		/* One that was stopped could not even say that it ends. */
		children_signal(state->children, SIGCONT);
		state->stage = TERMINATED;
		state->deadline = clock_now() + KILL_AFTER;
	} else {
		children_signal(state->children, SIGKILL);
		state->stage = KILLED;
		state->deadline = NEVER;
	}
}

static void
reload(struct state *state)
{
	struct fork_server *server = state->server;

	hang_up = 0;
	if (state->stage == RUNNING)
		tell(server, FORK_SERVER_RELOADING);
	if (log_reopen() != 0)
		log_warn("cannot reopen the log file");
	else
		log_event(LEVEL_INFO, "log reopened", LOG_STRING("listen", server->listen));
	if (server->reload != NULL && server->reload(server->context, server) == 0)
		log_event(LEVEL_INFO, "reloaded configuration",
		          LOG_STRING("listen", server->listen));
	if (state->stage == RUNNING)
		tell(server, FORK_SERVER_READY);
}

static void
tell_status(const struct state *state)
{
	const struct fork_server_totals *totals = state->server->totals;

	status_wanted = 0;
	log_event(LEVEL_INFO, "status", LOG_STRING("listen", state->server->listen),
	          LOG_INTEGER("children", (int64_t)children_count(state->children)),
	          LOG_INTEGER("accepted", state->accepted), LOG_INTEGER("refused", state->refused),
	          LOG_INTEGER("bytes-sent", totals != NULL ? totals->bytes_sent : 0),
	          LOG_INTEGER("bytes-received", totals != NULL ? totals->bytes_received : 0),
	          LOG_DURATION("uptime", clock_now() - state->started));
}

/* Sleeps until a signal, a connection or the next deadline. Returns 0, or -1
 * with errno. */
static int
wait_and_accept(struct state *state, const sigset_t *mask)
{
	struct pollfd polls[FORK_SERVER_LISTENERS];
	nfds_t count = 0;
	int64_t now = clock_now();
	int64_t until = state->deadline < state->reap_at ? state->deadline : state->reap_at;

	/* A back-off holds for the listeners and for the pending connection. */
	if (state->resume_at > now) {
		if (until > state->resume_at)
			until = state->resume_at;
	} else if (state->pending.sock >= 0) {
		spawn(state);
		return 0;
	} else if (may_accept(state)) {
		for (; count < (nfds_t)state->listeners; count++)
			polls[count] = (struct pollfd){ .fd = state->server->listeners[count],
				                        .events = POLLIN };
	}

	struct timespec timeout = clock_to_timespec(until > now ? until - now : 0);
	if (ppoll(polls, count, until != NEVER ? &timeout : NULL, mask) < 0)
		return errno == EINTR ? 0 : -1;
	for (nfds_t i = 0; i < count; i++) {
		if (polls[i].revents == 0)
			continue;
		for (int n = 0; n < BURST && may_accept(state); n++)
			if (!accept_one(state, polls[i].fd))
				break;
	}
	/* ppoll(2) delivers no signal where a descriptor is ready, and there may
	 * always be one. */
	if (count > 0)
		(void)ppoll(NULL, 0, &(struct timespec){ 0 }, mask);
	return 0;
}

int
fork_server_run(struct fork_server *server)
{
	static const int handled[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGCHLD };
	struct state state = {
		.server = server,
		.listeners = server->listener_count,
		.pending.sock = -1,
		.deadline = NEVER,
		.reap_at = NEVER,
		.started = clock_now(),
	};
	sigset_t blocked, before, open;
	int rc = STATUS_CANNOT_RUN;

	stops = hang_up = status_wanted = child_died = 0;
	state.failure_told_at = state.started - NSEC_PER_SEC;
	state.children = children_new();
	if (state.children == NULL) {
		log_error("cannot serve");
		return rc;
	}
	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(handled) / sizeof(*handled); i++)
		sigaddset(&blocked, handled[i]);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	open = before;
	for (size_t i = 0; i < sizeof(handled) / sizeof(*handled); i++)
		sigdelset(&open, handled[i]);
	signals_handle_unless_ignored(SIGHUP, on_flag);
	signals_handle_unless_ignored(SIGINT, on_stop);
	signals_handle(SIGTERM, on_stop);
	signals_handle(SIGUSR1, on_flag);
	signals_handle(SIGCHLD, on_flag);
	tell(server, FORK_SERVER_READY);

	for (;;) {
		if (child_died || clock_now() >= state.reap_at)
			reap(&state);
		if (hang_up)
			reload(&state);
		if (status_wanted)
			tell_status(&state);
		if (stops > 0)
			stop(&state);
		if (state.stage == RUNNING && server->limits.count > 0 &&
		    state.accepted >= server->limits.count)
			drain(&state, NULL);
		if (state.stage != RUNNING && state.pending.sock < 0 &&
		    children_count(state.children) == 0)
			break;
		if (clock_now() >= state.deadline)
			next_stage(&state);
		if (wait_and_accept(&state, &open) != 0) {
			log_error("ppoll failed"); /* cannot be: it would be a defect of ours */
			children_signal(state.children, SIGTERM);
			goto cleanup;
		}
	}
	log_event(state.forced > 0 ? LEVEL_WARN : LEVEL_INFO, "drained",
	          LOG_STRING("listen", server->listen),
	          LOG_INTEGER("children-ended", state.forced));
	rc = STATUS_OK;
cleanup:
	children_free(state.children);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}
