/* SPDX-License-Identifier: MIT
 *
 * --server names a responder; --listen with --via starts one behind a
 * middlebox; neither means loopback.
 */
#include "path.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/options.h"
#include "../base/parse.h"
#include "../base/redact.h"
#include "../base/signals.h"
#include "../daemon/children.h"
#include "../report/bundle.h"
#include "../report/environment.h"
#include "../report/progress.h"
#include "../transport/tls.h"
#include "cmd.h"
#include "command_line.h"
#include "responder.h"

#define SYSTEM_MAX (3 * sizeof(((struct utsname *)0)->release))

static void
check_flags(const struct options *options)
{
	if (*options->server != '\0' && (*options->via != '\0' || *options->listen != '\0'))
		log_fatalx(STATUS_USAGE,
		           "--server cannot be combined with --listen or --via, which start a local responder");
	if (*options->via != '\0' && *options->listen == '\0')
		log_fatalx(STATUS_USAGE, "--via requires --listen, the address that the middlebox forwards to");
	if (options->tls == TLS_CLIENT && *options->server == '\0' && *options->via == '\0')
		log_fatalx(STATUS_USAGE, "--tls client requires --via or --server: nothing here terminates TLS");
}

/* What this end and the built-in responder need. The certificate is for the name that this
 * end looks for: that of the middlebox, which may hand TLS on as it comes; without one
 * any will do. */
static void
open_tls(struct path *path)
{
	const struct options *options = path->options;
	char error[TLS_ERROR_MAX], ignored[PARSE_ERROR_MAX];
	const char *name = NULL;
	struct address via;

	if (options->tls == TLS_TO_THE_END) {
		name = *options->via == '\0'                              ? "responder.invalid"
		       : *options->tls_server_name != '\0'                ? options->tls_server_name
		       : parse_address(options->via, &via, ignored) == 0  ? via.host
		                                                          : "";
		path->tls = tls_throw_away(name, error);
		if (path->tls == NULL)
			log_fatalx(tls_built_in() ? STATUS_CANNOT_RUN : STATUS_USAGE, "%s", error);
	}
	reach_open_tls(&path->reach, options, false, *options->via == '\0' ? name : NULL, path->tls, NULL);
}

void
path_open(struct path *path, const struct options *options, const struct invocation *invocation)
{
	char error[SOCK_ERROR_MAX];
	struct timespec wall;

	check_flags(options);
	if (report_writable(options->output) == -1)
		log_fatal(STATUS_CANNOT_RUN, "cannot write \"%s\"", options->output);
	clock_gettime(CLOCK_REALTIME, &wall);
	*path = (struct path){
		.options = options,
		.invocation = invocation,
		.started = clock_now(),
		.started_wall = (int64_t)wall.tv_sec * NSEC_PER_SEC + wall.tv_nsec,
	};
	reach_open(&path->reach, options, NULL);
	path_open_evidence(path);
	signals_handle(SIGPIPE, SIG_IGN);
	if (*options->server != '\0') {
		snprintf(path->server, sizeof(path->server), "%s", options->server);
		path->reach.target.address = options->server;
		reach_open_tls(&path->reach, options, false, NULL, NULL, NULL);
		return;
	}

	const char *listen = *options->listen != '\0' ? options->listen
	                     : options->ipv6          ? "[::1]:0"
	                                              : "127.0.0.1:0";

	path->children = children_new();
	if (path->children == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot start a responder");
	open_tls(path);
	if (responder_spawn(path->children, options, invocation->command, listen, path->tls, path->server,
	                    error) == -1)
		log_fatalx(STATUS_CANNOT_RUN, "%s", error);
	path->via = *options->via != '\0' ? options->via : NULL;
	path->reach.target.address = path->via != NULL ? path->via : path->server;
}

void
path_close(struct path *path)
{
	struct child child;
	int status;

	reach_close(&path->reach);
	tls_free(path->tls);
	if (path->children == NULL)
		return;
	children_signal(path->children, SIGTERM);
	while (children_reap(path->children, true, &child, &status) >= 0)
		;
	children_free(path->children);
}

static struct report_style
style_of(const struct options *options)
{
	bool terminal = *options->output == '\0' && isatty(STDOUT_FILENO);
	struct winsize size;

	setlocale(LC_CTYPE, "");
	return (struct report_style){
		.colour = terminal && cmd_colours(STDOUT_FILENO),
		.unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
		.verbose = options->verbose,
		.width = terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0,
	};
}

struct report_row
path_row(const char *name, const char *proves, bool half_closes, const struct finding *finding,
         const struct observation *local, int64_t duration)
{
	struct report_row row = {
		.name = name,
		.proves = proves,
		.half_closes = half_closes,
		.run = 1,
		.silence = -1,
		.duration = duration,
		.finding = *finding,
		.local_known = local != NULL,
	};

	if (local != NULL)
		row.local = *local;
	return row;
}

struct report_row
path_row_of(const struct scenario *scenario, const struct session_result *result)
{
	struct report_row row = path_row(scenario->name, scenario->proves, scenario->half_closes,
	                                 &result->finding, result->local_known ? &result->local : NULL,
	                                 result->duration);

	row.facts = result->facts;
	row.remote_known = result->remote_known;
	row.remote = result->remote;
	return row;
}

struct report_path_facts
path_facts(const struct fit_path *path, const struct fit *fit)
{
	return (struct report_path_facts){
		.rtt = path->rtt > 0 ? path->rtt : -1,
		.rate = path->rate > 0 ? path->rate : -1,
		.size = fit->settings.size,
		.chunk = fit->settings.chunk,
		.interval = fit->settings.interval,
		.timeout = fit->settings.timeout,
		.max_fin_delay = fit->max_fin_delay,
		.after_fin = fit->settings.after_fin,
		.jobs = fit->jobs,
	};
}

/* This end's address: of the first connection that was made; else what --bind says,
 * or NULL. */
static const char *
client_of(const struct path *path, const struct report *report)
{
	for (size_t i = 0; i < report->row_count; i++)
		if (report->rows[i].local_known)
			return report->rows[i].local.local;
	return *path->options->bind != '\0' ? path->options->bind : NULL;
}

/* "Linux 6.1.0-18-amd64 x86_64"; "" when the kernel would not tell. Returns TEXT. */
static char *
system_of(char text[static SYSTEM_MAX])
{
	struct utsname name;

	*text = '\0';
	if (uname(&name) == 0)
		snprintf(text, SYSTEM_MAX, "%s %s %s", name.sysname, name.release, name.machine);
	return text;
}

/* Whether --output has REPORT, whole; else it is logged. */
static bool
write_report(const struct options *options, const struct report *report,
             const struct report_style *style)
{
	FILE *out;
	struct report_file *file = report_open(options->output, &out);

	if (file == NULL) {
		log_error("cannot write \"%s\"", options->output);
		return false;
	}
	if (report_write(out, &report_formats[options->format], report, style) == -1) {
		log_error("cannot write the report");
		report_discard(file);
		return false;
	}
	if (report_commit(file) == -1) {
		log_error("cannot write \"%s\"", options->output);
		return false;
	}
	return true;
}

/* The same of --evidence, which says ENVIRONMENT of this machine. */
static bool
write_bundle(struct bundle *bundle, const struct report *report, const struct report_style *style,
             const char *environment)
{
	const char *failed;

	if (environment == NULL) {
		log_error("cannot describe this machine");
		return false;
	}
	if (bundle_write(bundle, report, style, environment, &failed) == -1) {
		log_error("cannot write \"%s\"", failed);
		return false;
	}
	return true;
}

/* What to replace: the names that the options and the command line know, and this
 * machine's. Addresses are found wherever they are. */
static struct redact *
new_redact(const struct path *path)
{
	const struct options *options = path->options;
	const char *const targets[] = {options->server, options->listen, options->via, options->bind,
	                               options->target, path->reach.proxy_name, options->tls_server_name};
	struct redact *redact = redact_new();
	struct utsname name;

	if (redact == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot redact");
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		redact_add(redact, targets[i]);
	for (int i = 0; i < path->invocation->argc; i++)
		if (strstr(path->invocation->argv[i], "://") != NULL)
			redact_add(redact, path->invocation->argv[i]);
	if (uname(&name) == 0) {
		redact_add(redact, name.nodename);
		name.nodename[strcspn(name.nodename, ".")] = '\0';
		redact_add(redact, name.nodename);
	}
	/* A Host header, say: what is found there is remembered. */
	redact_text(redact, options->send, true);
	return redact;
}

void
path_open_evidence(struct path *path)
{
	char error[BUNDLE_ERROR_MAX];

	if (path->options->redact)
		path->redact = new_redact(path);
	if (*path->options->evidence == '\0')
		return;
	path->bundle = bundle_open(path->options->evidence, error);
	if (path->bundle == NULL)
		log_fatalx(STATUS_CANNOT_RUN, "%s", error);
}

/* What all rows of REPORT come to; NULL for a probe, which has its culprits, and
 * where memory is short. The caller frees it. */
static struct diagnosis *
diagnosis_of(const struct path *path, const struct report *report)
{
	struct diagnosis *diagnosis = malloc(sizeof(*diagnosis));
	struct diagnosis_row *rows = calloc(report->row_count + 1, sizeof(*rows));
	unsigned carrier = CARRIER_TCP;

	if (report->probe != NULL || diagnosis == NULL || rows == NULL) {
		free(diagnosis);
		free(rows);
		return NULL;
	}
	for (size_t i = 0; i < report->row_count; i++)
		rows[i] = report_diagnosis_row(&report->rows[i]);
	if (strncmp(path->options->proxy, "socks", 5) == 0)
		carrier |= CARRIER_SOCKS;
	else if (*path->options->proxy != '\0')
		carrier |= CARRIER_CONNECT;
	if (report->ask != NULL)
		carrier |= CARRIER_SERVICE | (report->ask->http ? CARRIER_HTTP : 0U);
	diagnose(diagnosis, rows, report->row_count, carrier);
	free(rows);
	return diagnosis;
}

int
path_report(const struct path *path, struct report *report, bool tested)
{
	const struct report_style style = style_of(path->options);
	char *invocation = command_line(path->invocation->argc, path->invocation->argv);
	struct diagnosis *diagnosis = diagnosis_of(path, report);
	char *environment = NULL;
	const char *described;
	char system[SYSTEM_MAX];
	bool whole;

	report->diagnosis = diagnosis;
	report->tested = tested;
	report->started = path->started_wall;
	report->duration = clock_now() - path->started;
	report->client = client_of(path, report);
	report->proxy = *path->reach.proxy_name != '\0' ? path->reach.proxy_name : NULL;
	report->via = path->via;
	report->server = path->server;
	report->invocation = invocation;
	report->system = system_of(system);
	progress_clear();
	/* It looks for the interface of the client, which has no other address then. */
	if (path->bundle != NULL)
		environment = environment_text(report);
	described = environment;
	if (path->redact != NULL) {
		report_redact(path->redact, report);
		described = redact_text(path->redact, environment, false);
	}
	whole = write_report(path->options, report, &style);
	/* One that could not be written is no reason to lose the other. */
	if (path->bundle != NULL)
		whole = write_bundle(path->bundle, report, &style, described) && whole;
	bundle_free(path->bundle);
	redact_free(path->redact);
	report->diagnosis = NULL;
	free(diagnosis);
	free(environment);
	free(invocation);
	return whole && tested ? verdict_status(report->verdict) : STATUS_CANNOT_RUN;
}
