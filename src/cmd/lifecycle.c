/* SPDX-License-Identifier: MIT
 *
 * The life of a service: bind, detach, lock the pid file, drop to the user,
 * configure, say that it is ready, run; read the file again on SIGHUP.
 */
#include "lifecycle.h"

#include <signal.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/network.h"
#include "../base/options.h"
#include "../base/signals.h"
#include "../base/sock.h"
#include "../daemon/detach.h"
#include "../daemon/pid_file.h"
#include "../daemon/sandbox.h"
#include "../daemon/sources.h"
#include "../daemon/systemd.h"
#include "../daemon/user.h"
#include "../exchange/exchange.h"
#include "../exchange/observation.h"
#include "../transport/answer.h"
#include "../transport/tls.h"
#include "cmd.h"

/* How long a stranger may take for what comes before its stream: two
 * retransmissions have room in it (RFC 6298 section 2), and idle connections give up
 * their places soon. */
#define ANSWER_TIMEOUT (5 * NSEC_PER_SEC)

#define MOST_CONNECTIONS 1000000 /* for --max-connections, as options.def has it */

struct service {
	const struct invocation *invocation;
	struct service_role *role;
	const struct options *options; /* in force */
	struct options reloaded[2];    /* read on SIGHUP: the ones in force, and the next */
	int next;                      /* index of the latter */
	char listen[SOCK_NAME_MAX];
};

static struct fork_server_limits
limits_of(const struct options *options)
{
	return (struct fork_server_limits){
		.max_connections = options->max_connections,
		.max_per_source = options->max_per_source,
		.count = options->count,
		.drain_timeout = options->drain_timeout,
		.named = options->proxy_protocol_required,
	};
}

/* Sockets of systemd come first: then --listen is not looked at. */
static int
open_listeners(struct service *service, int *fds, int max)
{
	const struct options *options = service->options;
	char error[SOCK_ERROR_MAX];
	int count;

	if (systemd_sockets(fds, max, &count, error) == -1)
		log_fatalx(STATUS_CANNOT_RUN, "%s", error);
	if (count == 0) {
		fds[0] = sock_listen(options->listen, AF_UNSPEC, (int)options->backlog, error);
		if (fds[0] == -1)
			log_fatalx(STATUS_CANNOT_RUN, "%s", error);
		count = 1;
		snprintf(service->listen, sizeof(service->listen), "%s", options->listen);
	}

	/* Port 0, and systemd's choice, are reported by their real name. */
	const char *port = strrchr(service->listen, ':');

	if (port == NULL || port[1 + strspn(port + 1, "0")] == '\0')
		sock_local_name(fds[0], service->listen);
	for (int i = 0; i < count; i++) {
		if (!options->nagle && sock_set_nodelay(fds[i]) == -1)
			log_fatal(STATUS_CANNOT_RUN, "cannot set TCP_NODELAY on %s", service->listen);
		if (*options->congestion != '\0' && sock_set_congestion(fds[i], options->congestion) == -1)
			log_fatal(STATUS_CANNOT_RUN, "cannot use congestion control \"%s\"", options->congestion);
	}
	return count;
}

/* Where clients are named, there is a table of them. Returns 0, or -1 with errno. */
static int
open_sources(struct service_role *role, const struct options *options)
{
	if (options->proxy_protocol_required && role->sources == NULL)
		role->sources = sources_new(MOST_CONNECTIONS);
	return options->proxy_protocol_required && role->sources == NULL ? -1 : 0;
}

static void
take_over(struct service *service, const struct options *options)
{
	char ignored[PARSE_ERROR_MAX];

	service->options = options;
	(void)networks_parse(options->allow, &service->role->allowed, ignored); /* as they were checked */
}

static const char key_alone[] = "--tls-key requires --tls-cert";

static bool
has_key_alone(const struct options *options)
{
	return *options->tls_key != '\0' && *options->tls_cert == '\0';
}

/* What --tls-cert and --tls-key name. Returns 0, or -1 with one line in ERROR. */
static int
open_tls(const struct options *options, struct tls **tls, char error[static TLS_ERROR_MAX])
{
	*tls = NULL;
	if (*options->tls_cert == '\0')
		return 0;
	*tls = tls_service(options->tls_cert, *options->tls_key != '\0' ? options->tls_key : NULL, error);
	return *tls != NULL ? 0 : -1;
}

/* A user without privileges may be unable to read the key again: then the old
 * certificate stays. */
static void
reload_tls(struct service_role *role, const struct options *next)
{
	struct tls *tls;
	char error[TLS_ERROR_MAX];

	if (open_tls(next, &tls, error) == -1) {
		log_errorx("%s; %s", error, role->tls != NULL ? "still using the old certificate"
		                                              : "connections remain plain TCP");
		return;
	}
	tls_free(role->tls);
	role->tls = tls;
}

static int
reload(void *context, struct fork_server *server)
{
	struct service *service = context;
	struct options *next = &service->reloaded[service->next];
	char error[OPTIONS_ERROR_MAX];

	if (options_load(next, service->invocation->command, service->invocation->argc,
	                 service->invocation->argv, error)
	    == -1) {
		log_errorx("configuration not reloaded: %s", error);
		return -1;
	}
	if (has_key_alone(next)) {
		log_errorx("configuration not reloaded: %s", key_alone);
		options_free(next);
		return -1;
	}
	if (open_sources(service->role, next) == -1) {
		log_error("configuration not reloaded: cannot share the table of sources");
		options_free(next);
		return -1;
	}
	server->sources = service->role->sources;
	if (service->role->configure(service->role->context, next, service->listen, error) == -1) {
		log_errorx("configuration not reloaded: %s", error);
		options_free(next);
		return -1;
	}
	if (cmd_open_log(next, service->invocation->command) == -1)
		log_error("cannot open log file \"%s\"; still using the old one", next->log_file);
	if (strcmp(next->listen, service->options->listen) != 0)
		log_warnx("listen %s takes effect only after a restart", next->listen);
	reload_tls(service->role, next);
	take_over(service, next);
	server->limits = limits_of(next);

	/* The ones in force until now, if they were ours. */
	service->next = 1 - service->next;
	if (service->reloaded[service->next].strings != NULL)
		options_free(&service->reloaded[service->next]);
	memset(&service->reloaded[service->next], 0, sizeof(service->reloaded[0]));
	return 0;
}

static bool
allowed(const struct networks *networks, const union sock_address *address)
{
	return networks->count == 0 || networks_have(networks, address);
}

static bool
allows(void *context, const union sock_address *address)
{
	return allowed(&((const struct service *)context)->role->allowed, address);
}

/* Whoever waits for it: systemd, and the parent of a detached process. */
static void
tell(void *context, const struct fork_server *server, enum fork_server_news news)
{
	(void)context;
	switch (news) {
	case FORK_SERVER_READY:
		systemd_ready(server->listen);
		detach_ready();
		break;
	case FORK_SERVER_RELOADING:
		systemd_reloading();
		break;
	case FORK_SERVER_STOPPING:
		systemd_stopping();
	}
}

static int
serve_one(void *context, int sock)
{
	struct service_role *role = ((struct service *)context)->role;

	return role->serve(role->context, sock);
}

static int64_t
reserve(void *context)
{
	struct service_role *role = ((struct service *)context)->role;

	return role->reserve != NULL ? role->reserve(role->context) : 0;
}

static void
ended(void *context, int64_t reserved)
{
	struct service_role *role = ((struct service *)context)->role;

	if (role->ended != NULL)
		role->ended(role->context, reserved);
}

int
lifecycle_run(const struct options *options, const struct invocation *invocation,
          struct service_role *role)
{
	struct service service = {
		.invocation = invocation,
		.role = role,
	};
	int listeners[FORK_SERVER_LISTENERS];
	char error[DAEMON_ERROR_MAX], tls_error[TLS_ERROR_MAX];
	int status;

	if (has_key_alone(options))
		log_fatalx(STATUS_USAGE, "%s", key_alone);
	take_over(&service, options);
	signals_handle(SIGPIPE, SIG_IGN); /* sendfile(2) has no MSG_NOSIGNAL */
	role->totals = mmap(NULL, sizeof(*role->totals), PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (role->totals == MAP_FAILED)
		log_fatal(STATUS_CANNOT_RUN, "cannot share counters");
	if (open_sources(role, options) == -1)
		log_fatal(STATUS_CANNOT_RUN, "cannot share the table of sources");

	struct fork_server server = {
		.listeners = listeners,
		.listener_count = open_listeners(&service, listeners, FORK_SERVER_LISTENERS),
		.listen = service.listen,
		.limits = limits_of(options),
		.serve = serve_one,
		.allows = allows,
		.reserve = reserve,
		.ended = ended,
		.reload = reload,
		.tell = tell,
		.context = &service,
		.totals = role->totals,
		.sources = role->sources,
	};

	if (options->daemon && detach(*options->log_file == '\0', error) == -1)
		log_fatalx(STATUS_CANNOT_RUN, "%s", error);
	if (*options->pid_file != '\0' && pid_file_take(options->pid_file, error) == -1)
		log_fatalx(STATUS_CANNOT_RUN, "%s", error);
	if (open_tls(options, &role->tls, tls_error) == -1) {
		pid_file_remove();
		log_fatalx(tls_built_in() ? STATUS_CANNOT_RUN : STATUS_USAGE, "%s", tls_error);
	}
	if ((*options->user != '\0' && user_become(options->user, error) == -1)
	    || sandbox_prepare(options->sandbox == 0, error) == -1
	    || role->configure(role->context, options, service.listen, error) == -1) {
		pid_file_remove();
		log_fatalx(STATUS_CANNOT_RUN, "%s", error);
	}
	log_event(LEVEL_INFO, role->started, LOG_STRING("listen", service.listen));
	/* What the start left free lies scattered; a child would copy a page for each
	 * piece of it that it uses. */
#ifdef HAVE_MALLOC_TRIM
	malloc_trim(0);
#endif
	status = fork_server_run(&server);
	pid_file_remove();
	for (int i = 0; i < 2; i++)
		if (service.reloaded[i].strings != NULL)
			options_free(&service.reloaded[i]);
	tls_free(role->tls);
	munmap(role->totals, sizeof(*role->totals));
	sources_free(role->sources);
	log_finish();
	return status;
}

static void
on_terminate(int signo)
{
	(void)signo;
	exchange_interrupt();
}

static int
shut_in(const struct options *options, int sock, int fd)
{
	const int keep[] = { sock, log_fd(), fd };
	char error[DAEMON_ERROR_MAX];

	if (sandbox_enter(keep, sizeof(keep) / sizeof(keep[0]), options->sandbox == 0, error) == -1) {
		log_errorx("%s", error);
		lifecycle_reset(sock);
		return -1;
	}
	return 0;
}

/* A connection in its child. */
struct incoming {
	const struct service_role *role;
	const struct options *options;
};

static bool
admits(void *context, const union sock_address *client)
{
	const struct incoming *incoming = context;

	return sources_claim(incoming->role->sources, client, allowed(&incoming->role->allowed, client),
	                     incoming->options->max_per_source);
}

int
lifecycle_answer(const struct service_role *role, const struct options *options,
                 const char *listen, int sock, int fd, struct answered *answered)
{
	struct incoming incoming = { role, options };
	const struct answer_rules rules = { .tls = role->tls,
		                            .timeout = ANSWER_TIMEOUT,
		                            .proxy_header = options->proxy_protocol_required,
		                            .admits = options->proxy_protocol_required ? admits : NULL,
		                            .context = &incoming };
	char error[SOCK_ERROR_MAX];

	if (shut_in(options, sock, fd) == -1)
		return -1;
	if (answer(&rules, sock, answered, error) == 0)
		return 0;
	/* Who was not admitted is told of by the parent, which counts. */
	if (*error != '\0')
		log_event(LEVEL_WARN, "refused connection", LOG_STRING("listen", listen),
		          LOG_STRING("peer", answered->peer), LOG_STRING("reason", error),
		          LOG_INTEGER("pid", getpid()));
	if (answered->transport.ops->abort(&answered->transport) == -1)
		log_warn("cannot abort the connection of %s", answered->peer);
	transport_close(&answered->transport);
	return -1;
}

void
lifecycle_reset(int sock)
{
	/* A clean EOF would look like an empty stream. */
	if (sock_abort_on_close(sock) == -1)
		log_warn("cannot abort the connection");
	close(sock);
}

void
lifecycle_play(const struct service_role *role, struct transport *transport, const struct plan *plan,
           struct observation *seen, const struct exchange_hooks *hooks)
{
	signals_handle(SIGTERM, on_terminate);
	/* The kernel closes for a child that is killed, and after an error the stream
	 * has a hole: a FIN would make it look complete. */
	if (transport->ops->abort(transport) == -1)
		log_warn("cannot arrange for an abort if this process is killed");
	exchange_play(transport, plan, seen, hooks);
	if (observation_find(seen, EVENT_ABORTED) == NULL && seen->error == 0
	    && sock_finish_on_close(transport->fd) == -1)
		log_warn("cannot close the connection cleanly");
	transport_close(transport);
	role->totals->bytes_sent += seen->bytes_sent;
	role->totals->bytes_received += seen->bytes_received;
}
