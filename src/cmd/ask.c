/* SPDX-License-Identifier: MIT
 *
 * ask: sends one request to a service that is not ours, with and without a
 * half-close, and reports what becomes different. All that is known of URLs is
 * here.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/options.h"
#include "../base/parse.h"
#include "../base/signals.h"
#include "../base/span.h"
#include "../exchange/payload.h"
#include "../report/progress.h"
#include "../report/report.h"
#include "../session/asking.h"
#include "cmd.h"
#include "command_line.h"
#include "path.h"

/* What is read of --send-file at most: a request, not an upload. */
#define REQUEST_MAX (1 << 20)

/* A longer request stands in a file, in the line for nc(1). */
#define PRINTED_MAX 4096

/* The default of --repeat, which a slow service is spared. */
#define REPEAT_DEFAULT 3

struct ask {
	const struct options *options;
	struct path path; /* for the report; nothing of ours is at its end */
	bool http, https;
	char address[SOCK_NAME_MAX]; /* host:port to connect to */
	struct address parts;
	char *request; /* owned */
	size_t length;
	struct payload payload, expect;
	struct asking *asking;
};

/* The target. -------------------------------------------------------------------- */

/* HOST[:PORT] of a URL, with the port that its scheme has. */
static void
set_address(struct ask *ask, const char *host, size_t length)
{
	char text[SOCK_NAME_MAX - 8], error[PARSE_ERROR_MAX], quoted[PARSE_QUOTE_MAX];
	const char *bracket, *colon, *port = ask->https ? ":443" : ":80";

	if (length == 0 || length >= sizeof(text))
		log_fatalx(STATUS_USAGE, "no host in \"%s\"; use http://host[:port]/path",
		           parse_quote(ask->options->target, quoted));
	memcpy(text, host, length);
	text[length] = '\0';
	if (strchr(text, '@') != NULL)
		log_fatalx(STATUS_USAGE,
		           "a user or password in the target \"%s\" would not be sent: omit it, or send the "
		           "complete request with --send",
		           parse_quote(ask->options->target, quoted));
	bracket = strrchr(text, ']');
	colon = strrchr(text, ':');
	snprintf(ask->address, sizeof(ask->address), "%s%s", text,
	         colon == NULL || (bracket != NULL && colon < bracket) ? port : colon[1] == '\0' ? port + 1 : "");
	if (parse_address(ask->address, &ask->parts, error) == -1)
		log_fatalx(STATUS_USAGE, "invalid target \"%s\": %s", parse_quote(ask->options->target, quoted),
		           error);
}

/* The request that curl(1) would send, but for its name; with nothing that would
 * make a service keep the connection. */
static void
set_http(struct ask *ask, const char *rest)
{
	size_t host = strcspn(rest, "/?#");
	const char *path = rest + host;
	size_t length = strcspn(path, "#");
	char quoted[PARSE_QUOTE_MAX];
	int written;

	for (const char *c = rest; *c != '\0'; c++)
		if (!isgraph((unsigned char)*c))
			log_fatalx(STATUS_USAGE,
			           "the target \"%s\" contains a blank or a byte that is not ASCII: write it as %%%02X",
			           parse_quote(ask->options->target, quoted), (unsigned char)*c);
	ask->http = true;
	set_address(ask, rest, host);
	written = asprintf(&ask->request,
	                   "GET %s%.*s HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: " PACKAGE "/" PACKAGE_VERSION
	                   "\r\nConnection: close\r\n\r\n",
	                   *path == '/' ? "" : "/", (int)length, path, (int)host, rest);
	if (written == -1)
		log_fatalx(STATUS_CANNOT_RUN, "cannot make the request: out of memory");
	ask->length = (size_t)written;
}

static void
read_request(struct ask *ask, const char *name)
{
	bool standard = strcmp(name, "-") == 0;
	FILE *file;
	bool failed;

	ask->request = malloc(REQUEST_MAX + 1);
	if (ask->request == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot make the request");
	file = standard ? stdin : fopen(name, "re");
	if (file == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot read the request from \"%s\"", name);
	ask->length = fread(ask->request, 1, REQUEST_MAX + 1, file);
	failed = ferror(file);
	if (!standard) {
		int error = errno;

		fclose(file);
		errno = error;
	}
	if (failed)
		log_fatal(STATUS_CANNOT_RUN, "cannot read the request from \"%s\"", name);
	if (ask->length > REQUEST_MAX)
		log_fatalx(STATUS_USAGE, "the request in \"%s\" is larger than %d bytes", name, REQUEST_MAX);
}

static void
set_request(struct ask *ask)
{
	const struct options *options = ask->options;
	char error[PARSE_ERROR_MAX], quoted[PARSE_QUOTE_MAX];

	if (*options->send_file != '\0') {
		read_request(ask, options->send_file);
	} else {
		ask->request = malloc(strlen(options->send) + 1);
		if (ask->request == NULL)
			log_fatal(STATUS_CANNOT_RUN, "cannot make the request");
		if (parse_escapes(options->send, ask->request, &ask->length, error) == -1)
			log_fatalx(STATUS_USAGE, "invalid argument \"%s\" for \"--send\": %s",
			           parse_quote(options->send, quoted), error);
	}
	if (ask->length == 0)
		log_fatalx(STATUS_USAGE, "the request is empty");
}

/* What --target names, as curl(1) reads it when it has no scheme. */
static void
set_target(struct ask *ask)
{
	const struct options *options = ask->options;
	const char *target = options->target, *scheme = strstr(target, "://");
	bool own = *options->send != '\0' || *options->send_file != '\0';
	char error[PARSE_ERROR_MAX], quoted[PARSE_QUOTE_MAX];

	if (*target == '\0')
		log_fatalx(STATUS_USAGE, "no target; use http://host[:port]/path, https://host[:port]/path, or host:port with "
		                         "--send or --send-file");
	if (*options->send != '\0' && *options->send_file != '\0')
		log_fatalx(STATUS_USAGE, "--send and --send-file are mutually exclusive");
	parse_quote(target, quoted);
	ask->https = strncasecmp(target, "https://", 8) == 0;
	if (ask->https || strncasecmp(target, "http://", 7) == 0 || (scheme == NULL && !own)) {
		if (own)
			log_fatalx(STATUS_USAGE,
			           "the request for \"%s\" is made from the URL; --send and --send-file require host:port",
			           quoted);
		set_http(ask, scheme != NULL ? scheme + 3 : target);
		return;
	}
	if (scheme != NULL && strncasecmp(target, "tcp://", 6) != 0)
		log_fatalx(STATUS_USAGE, "unknown scheme in \"%s\"; use http://, https:// or tcp://", quoted);
	if (scheme != NULL)
		target += 6;
	if (!own)
		log_fatalx(STATUS_USAGE, "no request for \"%s\"; use --send TEXT or --send-file FILE", quoted);
	if (parse_address(target, &ask->parts, error) == -1)
		log_fatalx(STATUS_USAGE, "invalid target \"%s\": %s", quoted, error);
	if (ask->parts.host[0] == '\0')
		log_fatalx(STATUS_USAGE, "no host in \"%s\"; use host:port", quoted);
	snprintf(ask->address, sizeof(ask->address), "%s", target);
	set_request(ask);
}

/* Playing. ------------------------------------------------------------------------ */

static void
draw(void *context, size_t done, size_t count, const char *variant)
{
	const struct ask *ask = context;
	char span[SPAN_MAX];

	progress_draw("%zu of %zu connections  %s  %s", done, count,
	              span_brief(clock_now() - ask->path.started, span), variant);
}

static void
set_expectation(struct ask *ask, struct asking_settings *settings)
{
	const struct options *options = ask->options;

	settings->expect_size = options->expect_size;
	if (*options->expect_file == '\0')
		return;
	cmd_open_expected(options, &ask->expect);
	settings->expect = &ask->expect;
	settings->expect_size = ask->expect.size;
}

/* Returns the signal that ended it, or 0. */
static int
play(struct ask *ask)
{
	const struct options *options = ask->options;
	struct asking_settings settings = {
		.target = ask->path.reach.target,
		.request = &ask->payload,
		.http = ask->http,
		.variants = { .patience = options->patience,
		              .idle = options->idle_timeout,
		              .timeout = options->timeout,
		              .late_after = options->late_after,
		              .rate = options->rate > 0 ? options->rate : 0 },
		.repeat = options->repeat,
		.at_once = options->jobs,
		.spare = options->repeat == REPEAT_DEFAULT,
		.save = *options->save != '\0' ? options->save : NULL,
		.context = ask,
	};
	int caught;

	set_expectation(ask, &settings);
	if (progress_enabled((enum progress_mode)options->progress))
		settings.tick = draw;
	ask->asking = asking_new(&settings);
	if (ask->asking == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot share results");
	caught = asking_run(ask->asking);
	if (caught == -1)
		log_fatal(STATUS_CANNOT_RUN, "cannot keep track of children");
	return caught;
}

/* The report. ---------------------------------------------------------------------- */

/* The request as printf(1) takes it, in any shell. */
static void
put_printf(FILE *out, const char *bytes, size_t length)
{
	fputs("printf '", out);
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == '\n')
			fputs("\\n", out);
		else if (c == '\r')
			fputs("\\r", out);
		else if (c == '\\')
			fputs("\\\\", out);
		else if (c == '%')
			fputs("%%", out);
		else if (c == '\'' || c < ' ' || c > '~' || (i == 0 && c == '-'))
			fprintf(out, "\\%03o", c);
		else
			fputc(c, out);
	}
	fputc('\'', out);
}

/* socat(1) ends its direction of TLS with the alert, and keeps reading. */
static void
put_socat(FILE *out, const struct ask *ask)
{
	const struct options *options = ask->options;

	fprintf(out, " | socat -t 30 - 'OPENSSL:%s,verify=0%s'", ask->address,
	        options->ipv4 ? ",pf=ip4" : options->ipv6 ? ",pf=ip6" : "");
}

static void
put_nc(FILE *out, const struct ask *ask)
{
	const struct options *options = ask->options;

	fprintf(out, " | nc -N%s ", options->ipv4 ? " -4" : options->ipv6 ? " -6" : "");
	/* Without the credentials, for which it would ask. */
	if (ask->path.reach.target.proxy != NULL) {
		fprintf(out, "-X %s -x ", ask->path.reach.proxy.kind == PROXY_HTTP ? "connect" : "5");
		shell_quote(out, strstr(ask->path.reach.proxy_name, "://") + 3);
		fputc(' ', out);
	}
	shell_quote(out, ask->parts.host);
	fputc(' ', out);
	shell_quote(out, ask->parts.port);
}

/* A line for sh(1) that does what ROW did, with OpenBSD's nc(1) or, over TLS,
 * socat(1). */
static void
put_reproduction(FILE *out, const struct ask *ask, const struct asking_row *row)
{
	const struct options *options = ask->options;
	int64_t fin = row->tested ? observation_at(&row->seen, EVENT_FIN_SENT) : -1;
	int64_t wait = row->variant->fin_due != NULL && fin > 0 ? fin : 0;
	bool printed = ask->length <= PRINTED_MAX, from_input = strcmp(options->send_file, "-") == 0;

	if (wait > 0)
		fputc('(', out);
	if (printed) {
		put_printf(out, ask->request, ask->length);
	} else {
		fputs("cat ", out);
		shell_quote(out, from_input ? "request" : options->send_file);
	}
	if (wait > 0)
		fprintf(out, "; sleep %.3f)", (double)wait / 1e9);
	if (ask->path.reach.tls != NULL)
		put_socat(out, ask);
	else
		put_nc(out, ask);
	if (row->variant->reads_slowly)
		fputs(" | (sleep 2; cat)", out);
}

/* The row that the report speaks of: the first that is as bad as the verdict. */
static const struct asking_row *
telling_row(const struct asking_row *rows, size_t count, enum verdict verdict)
{
	for (size_t i = 0; i < count; i++)
		if (!rows[i].skipped && rows[i].finding.verdict == verdict)
			return &rows[i];
	return &rows[0];
}

/* Names of the rows for which TELLS holds, from TEXT on. */
static void
put_names(FILE *out, const struct asking_row *rows, size_t count, const char *before,
          bool (*tells)(const struct asking_row *, const struct asking_row *),
          const struct asking_row *other)
{
	for (size_t i = 0; i < count; i++)
		if (tells(&rows[i], other)) {
			fprintf(out, "%s%s", before, rows[i].variant->name);
			before = ", ";
		}
}

static bool
broken_as_well(const struct asking_row *row, const struct asking_row *other)
{
	return row != other && !row->skipped && verdict_status(row->finding.verdict) == STATUS_BROKEN;
}

static bool
nothing_to_test(const struct asking_row *row, const struct asking_row *other)
{
	(void)other;
	return row->skipped;
}

/* One sentence that stands alone in a bug report. */
static void
put_summary(FILE *out, const struct ask *ask, enum verdict verdict)
{
	size_t count;
	const struct asking_row *rows = asking_rows(ask->asking, &count);
	const struct reference *reference = asking_reference(ask->asking);
	const struct asking_row *row = telling_row(rows, count, verdict);
	const char *target = ask->path.server;

	switch (verdict_status(verdict)) {
	case STATUS_OK:
		fprintf(out, "%s survives a half-close: %s with it as without it", target, reference->text);
		put_names(out, rows, count, "; nothing was left to test in ", nothing_to_test, NULL);
		break;
	case STATUS_INCONCLUSIVE:
		fprintf(out, "Whether %s survives a half-close is not known: %s: %s", target, row->variant->name,
		        row->finding.reason);
		break;
	default:
		fprintf(out, "%s does not survive a half-close: when %s, %s; without a half-close all of it arrives "
		             "within %s",
		        target, row->variant->proves, row->finding.reason,
		        SPAN_FINE(reference->pace.last_byte_most));
		put_names(out, rows, count, "; the same happens in ", broken_as_well, row);
		break;
	}
	fputc('.', out);
}

/* Writes into a string that lives until the program ends. */
static char *
text_of(const struct ask *ask, enum verdict verdict, bool reproduction)
{
	char *text = NULL;
	size_t length, count;
	FILE *out = open_memstream(&text, &length);
	const struct asking_row *rows = asking_rows(ask->asking, &count);

	if (out == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot make the report");
	if (!reproduction)
		put_summary(out, ask, verdict);
	else {
		const struct asking_row *row = telling_row(rows, count, verdict);

		put_reproduction(out, ask, row->variant->half_closes || count < 2 ? row : &rows[1]);
	}
	if (fclose(out) != 0)
		log_fatal(STATUS_CANNOT_RUN, "cannot make the report");
	return text;
}

static struct report_row
row_of(const struct ask *ask, const struct asking_row *from, char text[static HTTP_TEXT_MAX])
{
	const struct variant *variant = from->variant;
	struct report_row row = path_row(variant->name, variant->proves, variant->half_closes, &from->finding,
	                                 from->tested ? &from->seen : NULL, from->duration);

	row.runs = from->runs;
	row.alike = from->alike;
	row.skipped = from->skipped;
	if (from->tested)
		row.reply = reply_text(&from->reply, &from->seen, text);
	if (from->tested && ask->options->show) {
		row.head = from->reply.head;
		row.head_length = (size_t)from->reply.head_length;
	}
	return row;
}

/* Returns the exit status. */
static int
report(struct ask *ask)
{
	size_t count;
	const struct asking_row *rows = asking_rows(ask->asking, &count);
	struct report_row *report_rows = calloc(count, sizeof(*report_rows));
	char (*texts)[HTTP_TEXT_MAX] = calloc(count, sizeof(*texts));
	struct report_ask asked = { .http = ask->http };
	struct report report = { .command = "ask", .ask = &asked, .rows = report_rows, .row_count = count };
	char *summary, *reproduction = NULL, *clean = NULL;
	bool tested = false;
	int status;

	if (report_rows == NULL || texts == NULL)
		log_fatal(STATUS_CANNOT_RUN, "cannot make the report");
	for (size_t i = 0; i < count; i++) {
		report_rows[i] = row_of(ask, &rows[i], texts[i]);
		tested = tested || rows[i].tested;
	}
	report.verdict = asking_verdict(ask->asking);
	asked.summary = summary = text_of(ask, report.verdict, false);
	/* nc(1) sends no PROXY header. */
	if (verdict_status(report.verdict) != STATUS_INCONCLUSIVE
	    && ask->path.reach.target.header == PROXY_HEADER_NONE)
		asked.reproduce = reproduction = text_of(ask, report.verdict, true);
	if (reproduction != NULL && ask->options->redact) {
		asked.reproduce = clean = without_credentials(reproduction);
		if (clean == NULL)
			log_fatal(STATUS_CANNOT_RUN, "cannot make the report");
	}
	status = path_report(&ask->path, &report, tested);
	if (!tested)
		log_errorx("%s", rows[0].finding.reason);
	free(summary);
	free(reproduction);
	free(clean);
	free(report_rows);
	free(texts);
	return status;
}

int
cmd_ask(const struct options *options, const struct invocation *invocation)
{
	struct ask ask = { .options = options, .payload = { .fd = -1 }, .expect = { .fd = -1 } };
	struct timespec wall;
	int caught, status;

	reach_open(&ask.path.reach, options, ask.address);
	set_target(&ask);
	reach_open_tls(&ask.path.reach, options, ask.https, NULL, NULL, ask.http ? "http/1.1" : NULL);
	if (report_writable(options->output) == -1)
		log_fatal(STATUS_CANNOT_RUN, "cannot write \"%s\"", options->output);
	if (*options->save != '\0' && mkdir(options->save, 0777) == -1 && errno != EEXIST)
		log_fatal(STATUS_CANNOT_RUN, "cannot create directory \"%s\"", options->save);
	if (payload_open_memory(&ask.payload, ask.request, (int64_t)ask.length) == -1)
		log_fatal(STATUS_CANNOT_RUN, "cannot make the request");
	clock_gettime(CLOCK_REALTIME, &wall);
	ask.path.options = options;
	ask.path.invocation = invocation;
	ask.path.started = clock_now();
	ask.path.started_wall = (int64_t)wall.tv_sec * NSEC_PER_SEC + wall.tv_nsec;
	snprintf(ask.path.server, sizeof(ask.path.server), "%s", options->target);
	path_open_evidence(&ask.path);
	signals_handle(SIGPIPE, SIG_IGN);
	caught = play(&ask);
	status = report(&ask);
	asking_free(ask.asking);
	payload_close(&ask.payload);
	payload_close(&ask.expect);
	free(ask.request);
	reach_close(&ask.path.reach);
	if (caught != 0)
		signals_die_by(caught);
	return status;
}
