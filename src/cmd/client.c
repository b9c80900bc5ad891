/* SPDX-License-Identifier: MIT
 *
 * client: reads, half-closes when the write timeout expires, reads on to EOF,
 * and says what became of the half-closed connection.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/options.h"
#include "../base/signals.h"
#include "../base/span.h"
#include "../daemon/jobs.h"
#include "../exchange/exchange.h"
#include "../exchange/payload.h"
#include "../judge/verdict.h"
#include "../report/progress.h"
#include "cmd.h"
#include "reach.h"

#define TICK (100 * NSEC_PER_MSEC)

/* What one connection came to: shared with the parent under --parallel. */
struct outcome {
	int status;
	struct finding finding;
	int64_t total, duration;
	bool tested; /* false: it never got a connection */
};

struct client {
	const struct options *options;
	struct reach reach;
	struct plan plan;
	struct payload expect; /* fd -1: nothing is compared */
	int64_t last_tick, last_bytes;
	int64_t number; /* of this connection under --parallel, from 1; else 0 */
	struct outcome *outcome;
};

static volatile sig_atomic_t caught;

/* The same one twice ends it at once: a name server that does not answer is
 * waited for in getaddrinfo(3), which nothing interrupts. (Children of --parallel
 * get SIGINT of the terminal and SIGTERM of their parent.) */
static void
on_signal(int signo)
{
	if (caught == signo)
		signals_die_by(signo);
	caught = signo;
	exchange_interrupt();
}

/* The last member of every line: a number under --parallel, else the end. */
#define CONNECTION(client)                                      \
	{                                                       \
		.name = (client)->number > 0 ? "connection" : NULL, \
		.type = FIELD_INTEGER,                          \
		.integer = (client)->number,                    \
	}

static void
on_event(void *context, const struct observation *seen, const struct event *event)
{
	const struct client *client = context;
	const struct options *options = client->options;
	const char *server = options->server;
	const char *state = event->state != 0 ? tcp_state_name(event->state) : NULL;

	switch (event->kind) {
	case EVENT_CONNECTED:
		log_event(LEVEL_INFO, "start to read", LOG_STRING("server", server),
		          LOG_STRING("local", seen->local), LOG_STRING("peer", seen->peer),
		          CONNECTION(client));
		break;
	case EVENT_FIN_SENT:
		log_event(LEVEL_INFO, "write timeout is expired", LOG_STRING("server", server),
		          LOG_DURATION("timeout", options->write_timeout),
		          LOG_DURATION("late", event->at - options->write_timeout),
		          LOG_INTEGER("total", seen->bytes_received), LOG_STRING("tcp-state", state),
		          CONNECTION(client));
		break;
	case EVENT_EOF:
		log_event(LEVEL_INFO, "got EOF", LOG_STRING("server", server),
		          LOG_INTEGER("total", seen->bytes_received), LOG_STRING("tcp-state", state),
		          CONNECTION(client));
		break;
	case EVENT_READ_TIMEOUT:
		log_event(LEVEL_WARN, "read timeout is expired", LOG_STRING("server", server),
		          LOG_DURATION("timeout", options->read_timeout),
		          LOG_INTEGER("total", seen->bytes_received), LOG_STRING("tcp-state", state),
		          CONNECTION(client));
		break;
	case EVENT_IDLE_TIMEOUT:
		log_event(LEVEL_WARN, "idle timeout is expired", LOG_STRING("server", server),
		          LOG_DURATION("timeout", options->idle_timeout),
		          LOG_INTEGER("total", seen->bytes_received), LOG_STRING("tcp-state", state),
		          CONNECTION(client));
		break;
	case EVENT_RESET:
	case EVENT_BROKEN_PIPE:
	case EVENT_TIMED_OUT:
	case EVENT_ERROR:
	case EVENT_SOURCE_ERROR:
	case EVENT_INTERRUPTED:
		log_event(LEVEL_WARN,
		          event->kind == EVENT_INTERRUPTED    ? "interrupted"
		          : event->kind == EVENT_SOURCE_ERROR ? "local file error"
		                                              : "connection failed",
		          LOG_STRING("server", server),
		          LOG_STRING("error", seen->error != 0 ? strerror(seen->error) : NULL),
		          LOG_INTEGER("total", seen->bytes_received), LOG_STRING("tcp-state", state),
		          CONNECTION(client));
		break;
	default:
		if (!log_enabled(LEVEL_DEBUG))
			break;
		log_event(LEVEL_DEBUG, event_name(event->kind), LOG_STRING("server", server),
		          LOG_DURATION("at", event->at), LOG_INTEGER("total", seen->bytes_received),
		          LOG_STRING("tcp-state", state),
		          CONNECTION(client));
	}
}

static void
on_tick(void *context, const struct observation *seen, uint8_t state)
{
	struct client *client = context;
	int64_t now = clock_now();
	int64_t bytes = seen->bytes_received;
	int64_t expect = client->plan.expect_size;
	int64_t fin = observation_at(seen, EVENT_FIN_SENT);
	char total[32], of[48] = "", rate[32], closed[64] = "", span[32];

	progress_bytes(bytes, total);
	if (expect > 0) {
		char all[32];

		snprintf(of, sizeof(of), " of %s (%d %%)", progress_bytes(expect, all),
		         (int)(100 * ((double)bytes / (double)expect)));
	}
	progress_rate(bytes - client->last_bytes, now - client->last_tick, rate);
	if (fin >= 0)
		snprintf(closed, sizeof(closed), "  half-closed for %s",
		         span_brief(now - seen->started - fin, span));
	progress_draw("%s%s  %s%s  %s", total, of, rate, closed, tcp_state_name(state));
	client->last_tick = now;
	client->last_bytes = bytes;
}

static void
report(const struct client *client, const struct observation *seen, const struct finding *found)
{
	int64_t fin = observation_at(seen, EVENT_FIN_SENT);
	int64_t acked = observation_at(seen, EVENT_FIN_ACKED);
	int64_t over = observation_at(seen, EVENT_EOF);
	const struct event *eof = observation_find(seen, EVENT_EOF);
	const struct tcp_evidence *tcp = &seen->at_end;

	if (over < 0)
		over = observation_at(seen, EVENT_CLOSED);

	struct log_field fields[] = {
		LOG_STRING("server", client->options->server),
		LOG_STRING("verdict", verdict_name(found->verdict)),
		LOG_STRING("reason", found->reason),
		LOG_INTEGER("total", seen->bytes_received),
		LOG_INTEGER("bytes-after-fin", seen->bytes_received_after_fin),
		LOG_DURATION("half-closed-for", fin >= 0 ? over - fin : 0),
		LOG_BOOLEAN("fin-acknowledged", acked >= 0),
		LOG_STRING("tcp-state-at-fin", fin < 0 ? NULL : tcp_state_name(seen->at_fin_sent.state)),
		LOG_STRING("tcp-state-at-eof", eof == NULL ? NULL : tcp_state_name(eof->state)),
		LOG_STRING("tcp-state", tcp->known ? tcp_state_name(tcp->state) : NULL),
		LOG_INTEGER("bytes-sent", seen->bytes_sent),
		LOG_INTEGER("reads", seen->reads),
		LOG_DURATION("duration", observation_at(seen, EVENT_CLOSED)),
		LOG_DURATION("rtt", (int64_t)tcp->rtt_us * NSEC_PER_USEC),
		LOG_INTEGER("retransmits", tcp->retransmits),
		CONNECTION(client),
		{ .name = NULL },
	};

	log_write(LEVEL_INFO, "finish handling", fields);
}

/* A signal while connecting: the final line is still written. */
static void
report_unconnected(const struct client *client, int64_t started)
{
	int64_t now = clock_now();
	struct observation seen;
	struct finding found;

	observation_init(&seen, "client");
	observation_add(&seen, EVENT_INTERRUPTED, now - started, 0);
	observation_add(&seen, EVENT_CLOSED, now - started, 0);
	found = judge_one(&client->plan, &seen);
	report(client, &seen, &found);
}

/* One connection, from the first SYN to the verdict; the exit status. */
static int
run(struct client *client)
{
	const struct options *options = client->options;
	struct exchange_hooks hooks = { .event = on_event, .context = client };
	struct outcome *outcome = client->outcome;
	struct observation seen;
	char error[SOCK_ERROR_MAX];
	int64_t started = clock_now();
	struct transport transport;

	signals_handle(SIGINT, on_signal);
	signals_handle(SIGTERM, on_signal);
	log_event(LEVEL_INFO, "new client", LOG_STRING("server", options->server),
	          LOG_DURATION("read-timeout", options->read_timeout),
	          LOG_DURATION("write-timeout", options->write_timeout), CONNECTION(client));
	if (dial(&client->reach.target, &caught, &transport, error) == -1) {
		if (caught) {
			report_unconnected(client, started);
			signals_die_by(caught);
		}
		log_errorx("%s", error);
		/* For whoever does not see the log. */
		if (*options->log_file != '\0' || !isatty(STDOUT_FILENO))
			fprintf(stderr, "tcp-half-close-tester: %s\n", error);
		return STATUS_CANNOT_RUN;
	}
	if (options->parallel == 1 && progress_enabled((enum progress_mode)options->progress)) {
		hooks.tick = on_tick;
		hooks.tick_interval = TICK;
		client->last_tick = clock_now();
	}
	observation_init(&seen, "client");
	exchange_play(&transport, &client->plan, &seen, &hooks);
	transport_close(&transport);
	progress_clear();
	outcome->finding = judge_one(&client->plan, &seen);
	outcome->total = seen.bytes_received;
	outcome->duration = observation_at(&seen, EVENT_CLOSED);
	outcome->tested = true;
	report(client, &seen, &outcome->finding);
	return observation_find(&seen, EVENT_SOURCE_ERROR) != NULL
	               ? STATUS_CANNOT_RUN
	               : verdict_status(outcome->finding.verdict);
}

/* What --parallel shares with its children. */
struct parallel {
	struct client *client;
	struct outcome *outcomes;
};

static int
run_one(void *context, int64_t index)
{
	const struct parallel *parallel = context;
	struct client *client = parallel->client;

	client->number = index + 1;
	client->outcome = &parallel->outcomes[index];
	client->outcome->status = run(client);
	if (caught)
		signals_die_by(caught);
	return client->outcome->status;
}

static bool
note_ended(void *context, int64_t index, int status)
{
	(void)context;
	if (status == -1)
		log_error("cannot start connection %jd", (intmax_t)index + 1);
	else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM && WTERMSIG(status) != SIGINT)
		log_warnx("connection %jd was killed by signal %d", (intmax_t)index + 1, WTERMSIG(status));
	return false;
}

/* The worst exit status: broken > could not run > inconclusive > preserved. */
static int
worse(int a, int b)
{
	static const int rank[] = { [STATUS_OK] = 0, [STATUS_INCONCLUSIVE] = 1, [STATUS_CANNOT_RUN] = 2,
		                    [STATUS_BROKEN] = 3, [STATUS_USAGE] = 2 };

	return rank[b] > rank[a] ? b : a;
}

static int
summarize(const struct client *client, const struct outcome *outcomes, int64_t count)
{
	int64_t counts[VERDICTS] = { 0 };
	int64_t untested = 0, total = 0, fastest = INT64_MAX, slowest = 0;
	enum verdict worst = VERDICT_PRESERVED;
	int status = STATUS_OK;
	struct log_field fields[VERDICTS + 8];
	size_t n = 0;

	for (int64_t i = 0; i < count; i++) {
		const struct outcome *o = &outcomes[i];

		status = worse(status, o->status);
		if (!o->tested) {
			untested++;
			continue;
		}
		counts[o->finding.verdict]++;
		worst = verdict_worse(worst, o->finding.verdict);
		total += o->total;
		if (o->duration < fastest)
			fastest = o->duration;
		if (o->duration > slowest)
			slowest = o->duration;
	}
	if (untested > 0)
		worst = verdict_worse(worst, VERDICT_INCONCLUSIVE);
	fields[n++] = (struct log_field)LOG_STRING("server", client->options->server);
	fields[n++] = (struct log_field)LOG_STRING("verdict", verdict_name(worst));
	fields[n++] = (struct log_field)LOG_INTEGER("connections", count);
	fields[n++] = (struct log_field)LOG_INTEGER("not-tested", untested);
	fields[n++] = (struct log_field)LOG_INTEGER("total", total);
	fields[n++] = (struct log_field)LOG_DURATION("fastest", untested == count ? 0 : fastest);
	fields[n++] = (struct log_field)LOG_DURATION("slowest", slowest);
	for (int v = 0; v < VERDICTS; v++)
		if (counts[v] > 0)
			fields[n++] = (struct log_field)LOG_INTEGER(verdict_name((enum verdict)v), counts[v]);
	fields[n] = (struct log_field){ .name = NULL };
	log_write(LEVEL_INFO, "summary", fields);
	return status;
}

/* N connections at once, one child each. Ctrl-C ends all, and each still writes
 * its final line. */
static int
run_parallel(struct client *client, struct outcome *outcomes, int64_t count)
{
	struct parallel parallel = { client, outcomes };
	const struct jobs jobs = {
		.count = count,
		.at_once = count,
		.run = run_one,
		.ended = note_ended,
		.context = &parallel,
	};

	caught = jobs_run(&jobs);
	if (caught == -1)
		log_fatal(STATUS_CANNOT_RUN, "cannot keep track of children");
	return summarize(client, outcomes, count);
}

/* What must arrive. Flags that contradict each other are usage errors. */
static void
plan_expectation(struct client *client)
{
	const struct options *options = client->options;
	struct plan *plan = &client->plan;
	bool file = *options->expect_file != '\0';

	plan->expect_size = options->expect_size;
	if (file && options->expect_pattern)
		log_fatalx(STATUS_USAGE, "--expect-file and --expect-pattern are mutually exclusive");
	if (options->expect_pattern && options->expect_size < 0)
		log_fatalx(STATUS_USAGE, "--expect-pattern requires --expect-size: the pattern never ends");
	if (options->expect_pattern && payload_open_pattern(&client->expect, options->expect_size) == -1)
		log_fatal(STATUS_CANNOT_RUN, "cannot make the built-in pattern");
	if (file) {
		cmd_open_expected(options, &client->expect);
		plan->expect_size = client->expect.size;
	}
	if (client->expect.fd >= 0)
		plan->expect = &client->expect;
}

int
cmd_client(const struct options *options, const struct invocation *invocation)
{
	struct client client = { .options = options, .plan = plan_default, .expect = { .fd = -1 } };
	struct plan *plan = &client.plan;
	size_t size = (size_t)options->parallel * sizeof(struct outcome);
	struct outcome *outcomes;
	int status;

	(void)invocation;
	reach_open(&client.reach, options, options->server);
	reach_open_tls(&client.reach, options, false, NULL, NULL, NULL);
	if (options->parallel > 1 && *options->output != '\0')
		log_fatalx(STATUS_USAGE, "--output cannot be combined with --parallel %jd",
		           (intmax_t)options->parallel);
	plan->closes_first = true;
	plan->echo = options->echo;
	plan->fin_on = FIN_ON_TIMER;
	plan->fin_after = options->write_timeout;
	plan->buf_size = options->buf_size;
	plan->read_timeout = options->read_timeout;
	plan->idle_timeout = options->idle_timeout;
	plan_expectation(&client);
	if (*options->output != '\0') {
		plan->output_fd = open(options->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);
		if (plan->output_fd == -1)
			log_fatal(STATUS_CANNOT_RUN, "cannot write \"%s\"", options->output);
	}
	outcomes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (outcomes == MAP_FAILED)
		log_fatal(STATUS_CANNOT_RUN, "cannot share results");
	for (int64_t i = 0; i < options->parallel; i++)
		outcomes[i].status = STATUS_CANNOT_RUN;
	signals_handle(SIGPIPE, SIG_IGN);
	client.outcome = outcomes;
	status = options->parallel > 1 ? run_parallel(&client, outcomes, options->parallel)
	                               : run(&client);
	munmap(outcomes, size);
	reach_close(&client.reach);
	payload_close(&client.expect);
	if (plan->output_fd >= 0 && close(plan->output_fd) == -1) {
		log_error("cannot write \"%s\"", options->output);
		status = STATUS_CANNOT_RUN;
	}
	if (caught)
		signals_die_by(caught);
	return status;
}
