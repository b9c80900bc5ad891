/* SPDX-License-Identifier: MIT
 *
 * The reports: `report FORMAT [REPORT [STYLE]]` prints a fixed report, so that
 * tests can hand it to the consumers of the format; without arguments it tests
 * the ladder, the table and the files, and prints TAP.
 * REPORT is check, good, one, empty, probe, lived, untested, or a number of rows
 * like those of check or, with a minus, of probe; STYLE any of the letters u (unicode), c (colour), v (verbose), t (a terminal of 80 columns).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/base/clock.h"
#include "../../src/report/progress.h"
#include "../../src/report/render.h"
#include "../../src/report/report.h"
#include "unit.h"

#define MS(n) ((int64_t)(n) * NSEC_PER_MSEC)
#define US(n) ((int64_t)(n) * NSEC_PER_USEC)
#define KIB(n) ((int64_t)(n) * 1024)

/* Quotes, markup of every format, a newline, a terminal's escape sequence, what
 * is no UTF-8, what turns the reading order, a mermaid entity. */
#define HOSTILE "a \"quote\" 'n' <tag> & | pipe; #hash \\back`tick` %%s\nline\033[31m\x80\xff\xe2\x80\xae \xc3\xa9 ]]>"

enum { ESTABLISHED = 1, FIN_WAIT1 = 4, FIN_WAIT2, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK };

static struct report_row rows[16];
static size_t row_count;

static struct report_row *
new_row(const char *name, enum verdict verdict, int64_t duration, const char *reason)
{
	struct report_row *row = &rows[row_count++];

	*row = (struct report_row){
		.name = name,
		.proves = "that reports are readable",
		.half_closes = strcmp(name, "baseline") != 0,
		.run = 1,
		.silence = -1,
		.duration = duration,
		.finding = {.verdict = verdict, .after = -1},
	};
	snprintf(row->finding.reason, sizeof(row->finding.reason), "%s", reason);
	return row;
}

static struct observation *
view(struct report_row *row, bool remote)
{
	struct observation *seen = remote ? &row->remote : &row->local;

	*(remote ? &row->remote_known : &row->local_known) = true;
	observation_init(seen, remote ? "responder" : "client");
	snprintf(seen->local, sizeof(seen->local), remote ? "127.0.0.1:4001" : "127.0.0.1:51620");
	snprintf(seen->peer, sizeof(seen->peer), remote ? "127.0.0.1:51620" : "127.0.0.1:4001");
	seen->ended = true;
	seen->at_end = (struct tcp_evidence){.known = true, .rtt_us = 60};
	observation_add(seen, EVENT_CONNECTED, 0, ESTABLISHED);
	return seen;
}

/* An event behind which SENT and RECEIVED bytes have passed. */
static void
add(struct observation *seen, enum event_kind kind, int64_t at, uint8_t state, int64_t sent,
    int64_t received)
{
	if (sent > seen->bytes_sent)
		seen->last_sent_at = at;
	if (received > seen->bytes_received)
		seen->last_received_at = at;
	seen->bytes_sent = sent;
	seen->bytes_received = received;
	if (state != 0)
		seen->at_end.state = state;
	observation_add(seen, kind, at, state);
}

static void
add_download(void)
{
	struct report_row *row = new_row("download", VERDICT_PRESERVED, MS(322),
	    "512.0 KiB arrived after the FIN, none is missing, EOF in good order");
	struct observation *seen = view(row, false);

	add(seen, EVENT_FIRST_BYTE, US(310), ESTABLISHED, 0, KIB(16));
	add(seen, EVENT_FIN_SENT, MS(160), FIN_WAIT1, 0, KIB(510));
	add(seen, EVENT_FIRST_AFTER_FIN, US(160200), FIN_WAIT2, 0, KIB(512));
	add(seen, EVENT_FIN_ACKED, US(160300), FIN_WAIT2, 0, KIB(512));
	add(seen, EVENT_FIN_SEEN, US(320200), CLOSE, 0, KIB(1024));
	add(seen, EVENT_EOF, US(320210), CLOSE, 0, KIB(1024));
	add(seen, EVENT_CLOSED, US(320220), CLOSE, 0, KIB(1024));
	seen = view(row, true);
	add(seen, EVENT_SEND_STARTED, US(200), ESTABLISHED, KIB(16), 0);
	add(seen, EVENT_FIN_SEEN, US(160100), CLOSE_WAIT, KIB(512), 0);
	add(seen, EVENT_EOF, US(160110), CLOSE_WAIT, KIB(512), 0);
	add(seen, EVENT_ALL_SENT, MS(320), CLOSE_WAIT, KIB(1024), 0);
	add(seen, EVENT_FIN_SENT, US(320050), LAST_ACK, KIB(1024), 0);
	add(seen, EVENT_FIN_ACKED, US(320250), CLOSE, KIB(1024), 0);
	add(seen, EVENT_CLOSED, US(320260), CLOSE, KIB(1024), 0);
}

static void
add_simultaneous(void)
{
	struct report_row *row =
	    new_row("simultaneous", VERDICT_PRESERVED, MS(90), "both FINs crossed, no byte is missing");

	for (int remote = 0; remote < 2; remote++) {
		struct observation *seen = view(row, remote);

		add(seen, EVENT_SEND_STARTED, US(100), ESTABLISHED, KIB(16), 0);
		add(seen, EVENT_FIRST_BYTE, US(200), ESTABLISHED, KIB(16), KIB(16));
		add(seen, EVENT_ALL_SENT, MS(80), ESTABLISHED, KIB(256), KIB(240));
		add(seen, EVENT_FIN_SENT, MS(80), FIN_WAIT1, KIB(256), KIB(240));
		add(seen, EVENT_FIN_SEEN, US(80100), 11, KIB(256), KIB(256));
		add(seen, EVENT_EOF, US(80150), 11, KIB(256), KIB(256));
		add(seen, EVENT_FIN_ACKED, US(80300), TIME_WAIT, KIB(256), KIB(256));
		add(seen, EVENT_CLOSED, US(80310), TIME_WAIT, KIB(256), KIB(256));
	}
}

static void
add_full_close(void)
{
	struct report_row *row = new_row("download", VERDICT_FULL_CLOSE, MS(205),
	    "the path closed both directions 0.3 ms after the FIN: EOF here after 512.0 KiB of "
	    "1.0 MiB, EPIPE there");
	struct observation *seen = view(row, false);

	add(seen, EVENT_FIRST_BYTE, US(310), ESTABLISHED, 0, KIB(16));
	add(seen, EVENT_FIN_SENT, MS(160), FIN_WAIT1, 0, KIB(512));
	add(seen, EVENT_FIN_ACKED, US(160100), FIN_WAIT2, 0, KIB(512));
	add(seen, EVENT_FIN_SEEN, US(160300), CLOSE, 0, KIB(512));
	add(seen, EVENT_EOF, US(160310), CLOSE, 0, KIB(512));
	add(seen, EVENT_CLOSED, US(160320), CLOSE, 0, KIB(512));
	seen = view(row, true);
	add(seen, EVENT_SEND_STARTED, US(200), ESTABLISHED, KIB(16), 0);
	add(seen, EVENT_FIN_SEEN, US(160200), CLOSE_WAIT, KIB(512), 0);
	add(seen, EVENT_EOF, US(160210), CLOSE_WAIT, KIB(512), 0);
	add(seen, EVENT_BROKEN_PIPE, MS(165), CLOSE, KIB(528), 0);
	add(seen, EVENT_CLOSED, MS(165), CLOSE, KIB(528), 0);
	seen->error = EPIPE;
}

static void
add_hold(struct report_row *row, int64_t hold, bool blackhole)
{
	struct observation *seen = view(row, false);

	add(seen, EVENT_SEND_STARTED, US(80), ESTABLISHED, 64, 0);
	add(seen, EVENT_ALL_SENT, US(80), ESTABLISHED, 64, 0);
	add(seen, EVENT_FIN_SENT, US(90), FIN_WAIT1, 64, 0);
	add(seen, EVENT_FIN_ACKED, US(200), FIN_WAIT2, 64, 0);
	add(seen, EVENT_READ_TIMEOUT, hold + MS(10000), FIN_WAIT2, 64, 0);
	add(seen, EVENT_CLOSED, hold + MS(10000), FIN_WAIT2, 64, 0);
	seen = view(row, true);
	add(seen, EVENT_FIRST_BYTE, US(150), ESTABLISHED, 0, 64);
	add(seen, EVENT_FIN_SEEN, US(160), CLOSE_WAIT, 0, 64);
	add(seen, EVENT_EOF, US(170), CLOSE_WAIT, 0, 64);
	add(seen, EVENT_HOLD_STARTED, US(180), CLOSE_WAIT, 0, 64);
	add(seen, EVENT_SEND_STARTED, hold, CLOSE_WAIT, KIB(16), 64);
	if (!blackhole) {
		add(seen, EVENT_RESET, hold + US(400), CLOSE, KIB(16), 64);
		seen->error = ECONNRESET;
	} else {
		add(seen, EVENT_ALL_SENT, hold + US(500), CLOSE_WAIT, KIB(64), 64);
		add(seen, EVENT_FIN_SENT, hold + US(600), LAST_ACK, KIB(64), 64);
		add(seen, EVENT_LINGER_TIMEOUT, hold + MS(10000), LAST_ACK, KIB(64), 64);
		seen->at_end.send_queue = KIB(64) + 1;
	}
	add(seen, EVENT_CLOSED, seen->events[seen->event_count - 1].at, blackhole ? LAST_ACK : CLOSE,
	    seen->bytes_sent, 64);
}

static void
add_fin_lost(void)
{
	struct report_row *row = new_row("download", VERDICT_FIN_LOST, MS(340),
	    "all 1.0 MiB arrived, but the FIN was never seen there");
	struct observation *seen = view(row, false);

	add(seen, EVENT_FIRST_BYTE, US(310), ESTABLISHED, 0, KIB(16));
	add(seen, EVENT_FIN_SENT, MS(160), FIN_WAIT1, 0, KIB(512));
	add(seen, EVENT_FIRST_AFTER_FIN, US(160200), FIN_WAIT1, 0, KIB(514));
	add(seen, EVENT_FIN_SEEN, US(320200), 11, 0, KIB(1024));
	add(seen, EVENT_EOF, US(320210), 11, 0, KIB(1024));
	add(seen, EVENT_CLOSED, MS(2330), 11, 0, KIB(1024));
	seen = view(row, true);
	add(seen, EVENT_SEND_STARTED, US(200), ESTABLISHED, KIB(16), 0);
	add(seen, EVENT_ALL_SENT, MS(320), ESTABLISHED, KIB(1024), 0);
	add(seen, EVENT_FIN_SENT, US(320050), FIN_WAIT1, KIB(1024), 0);
	add(seen, EVENT_FIN_ACKED, US(320150), FIN_WAIT2, KIB(1024), 0);
	add(seen, EVENT_LINGER_TIMEOUT, MS(5320), FIN_WAIT2, KIB(1024), 0);
	add(seen, EVENT_CLOSED, MS(5320), FIN_WAIT2, KIB(1024), 0);
}

/* The other end aborted; MASKED: the path made an EOF of it. */
static void
add_abort(bool masked)
{
	struct report_row *row = new_row("abort", masked ? VERDICT_ABORT_MASKED : VERDICT_PRESERVED,
	    MS(165), masked ? "the other end sent RST, but here it came as EOF" : "the RST arrived as RST");
	struct observation *seen = view(row, false);

	add(seen, EVENT_FIRST_BYTE, US(310), ESTABLISHED, 0, KIB(16));
	add(seen, EVENT_FIN_SENT, MS(80), FIN_WAIT1, 0, KIB(256));
	add(seen, EVENT_FIN_ACKED, US(80200), FIN_WAIT2, 0, KIB(256));
	if (masked) {
		add(seen, EVENT_FIN_SEEN, US(160300), CLOSE, 0, KIB(512));
		add(seen, EVENT_EOF, US(160310), CLOSE, 0, KIB(512));
	} else {
		add(seen, EVENT_RESET, US(160100), CLOSE, 0, KIB(512));
	}
	add(seen, EVENT_CLOSED, US(160320), CLOSE, 0, KIB(512));
	seen = view(row, true);
	add(seen, EVENT_SEND_STARTED, US(200), ESTABLISHED, KIB(16), 0);
	add(seen, EVENT_FIN_SEEN, US(80100), CLOSE_WAIT, KIB(256), 0);
	add(seen, EVENT_EOF, US(80110), CLOSE_WAIT, KIB(256), 0);
	add(seen, EVENT_ABORTED, MS(160), CLOSE_WAIT, KIB(512), 0);
	add(seen, EVENT_CLOSED, MS(160), CLOSE_WAIT, KIB(512), 0);
}

static void
add_delayed(void)
{
	struct report_row *row = new_row("download", VERDICT_FIN_DELAYED, MS(3100),
	    "the other end saw the FIN 3.0 s late");
	struct observation *seen = view(row, false);

	add(seen, EVENT_FIRST_BYTE, US(310), ESTABLISHED, 0, KIB(16));
	add(seen, EVENT_FIN_SENT, MS(50), FIN_WAIT1, 0, KIB(160));
	add(seen, EVENT_READ_PAUSED, MS(50), FIN_WAIT2, 0, KIB(160));
	add(seen, EVENT_FIN_ACKED, MS(50), FIN_WAIT2, 0, KIB(160));
	add(seen, EVENT_WINDOW_FULL, MS(300), FIN_WAIT2, 0, KIB(160));
	add(seen, EVENT_READ_RESUMED, MS(300), FIN_WAIT2, 0, KIB(160));
	add(seen, EVENT_FIRST_AFTER_FIN, MS(350), FIN_WAIT2, 0, KIB(1024));
	add(seen, EVENT_FIN_SEEN, US(3060300), CLOSE, 0, KIB(1024));
	add(seen, EVENT_EOF, US(3060310), CLOSE, 0, KIB(1024));
	add(seen, EVENT_CLOSED, US(3060320), CLOSE, 0, KIB(1024));
	seen = view(row, true);
	add(seen, EVENT_SEND_STARTED, US(200), ESTABLISHED, KIB(16), 0);
	add(seen, EVENT_ALL_SENT, MS(340), ESTABLISHED, KIB(1024), 0);
	add(seen, EVENT_FIN_SEEN, US(3050000), CLOSE_WAIT, KIB(1024), 0);
	add(seen, EVENT_EOF, US(3050010), CLOSE_WAIT, KIB(1024), 0);
	add(seen, EVENT_FIN_SENT, MS(3060), LAST_ACK, KIB(1024), 0);
	add(seen, EVENT_CLOSED, MS(3061), LAST_ACK, KIB(1024), 0);
}

/* The far end has no view, and all strings are an attack. */
static void
add_hostile(void)
{
	struct report_row *row = new_row("late", VERDICT_TRUNCATED, MS(7), HOSTILE);
	struct observation *seen = view(row, false);

	snprintf(seen->role, sizeof(seen->role), "%.60s", HOSTILE);
	snprintf(seen->local, sizeof(seen->local), "[2001:db8:1111:2222:3333:4444:5555:6666%%eth0]:51620");
	add(seen, EVENT_FIRST_BYTE, US(310), ESTABLISHED, 0, KIB(16));
	add(seen, EVENT_FIN_SENT, US(2000), FIN_WAIT1, 0, KIB(32));
	add(seen, EVENT_FIN_SEEN, US(2300), CLOSE, 0, KIB(48));
	add(seen, EVENT_EOF, US(2310), CLOSE, 0, KIB(48));
	add(seen, EVENT_CLOSED, US(2310), CLOSE, 0, KIB(48));
}

static const struct known_box timers[] = {
	{ .system = "Linux conntrack", .setting = "nf_conntrack_tcp_timeout_close_wait", .after = MS(60000),
	  .state = TIMER_HALF_CLOSED, .source = "nf_conntrack-sysctl, measured" },
	{ .system = "a \"<system>\" | other", .setting = "timer", .after = MS(120000), .state = TIMER_BOTH,
	  .source = HOSTILE },
};

static struct report_probe probe = {
	.state = "half-closed",
	.closer = "client",
	.reason = "after 5 s of silence the path reset the sender and told the closer nothing",
	.grade = "RFC 5382 REQ-5 asks for at least 2h4m for a connection that is half-closed; here it is 5 s",
	.lives_at_least = MS(4500),
	.dies_before = MS(5000),
	.culprits = {&timers[0], &timers[1]},
	.culprit_count = 2,
	.remedy_tried = true,
	.remedy_keepalive = MS(2250),
	.remedy_verdict = VERDICT_PRESERVED,
};

static void
add_trial(int64_t silence, enum verdict verdict)
{
	struct report_row *row = new_row("late", verdict, silence + MS(10), "as the silence made it");

	row->silence = silence;
	if (verdict != VERDICT_PRESERVED)
		add_hold(row, silence, false);
}

static struct report report = {
	.command = "check",
	.started = INT64_C(1733311080976289270),
	.duration = MS(13200),
	.client = "127.0.0.1",
	.server = "127.0.0.1:4001",
	.invocation = "tcp-half-close-tester check --server 127.0.0.1:4001 --via '<b>'",
	.system = "Linux 6.1.0 x86_64",
	.rows = rows,
};

/* What a slow path came to. */
static const struct report_path_facts path_facts = {
	.rtt = MS(212),
	.rate = 387500,
	.size = KIB(192),
	.chunk = KIB(4),
	.interval = MS(50),
	.timeout = MS(30000),
	.max_fin_delay = MS(1500),
	.after_fin = MS(1060),
	.jobs = 1,
};

static const struct diagnosis idle = {
	.pattern = PATTERN_FORGETS_IDLE,
	.text = "This path forgets a connection that the client has half-closed within 4.0 s without data (1 of 1).",
};

static const struct report_remedy keepalive = {
	.tried = "keepalive", .scenario = "late", .keepalive = MS(1000), .verdict = VERDICT_PRESERVED,
};

static const struct report_remedy no_remedy;

static bool
make_report(const char *name)
{
	row_count = 0;
	report.verdict = VERDICT_PRESERVED;
	if (strcmp(name, "check") == 0) {
		report.via = HOSTILE;
		report.facts = &path_facts;
		new_row("baseline", VERDICT_PRESERVED, MS(12), "all 1.0 MiB arrived both ways, unchanged");
		add_download();
		add_full_close();
		rows[row_count - 1].run = 2;
		add_hold(new_row("late", VERDICT_IDLE_EXPIRED_RESET, MS(14000),
		                 "after 4.0 s of silence the path reset the sender; here nothing was heard"),
		         MS(4000), false);
		add_hold(new_row("late", VERDICT_IDLE_EXPIRED_BLACKHOLE, MS(14000),
		                 "after 4.0 s of silence 64.0 KiB were sent and never acknowledged"),
		         MS(4000), true);
		rows[row_count - 1].run = 2;
		add_fin_lost();
		rows[row_count - 1].run = 3;
		add_abort(true);
		add_delayed();
		rows[row_count - 1].run = 4;
		add_hostile();
		rows[row_count - 1].run = 3;
		add_simultaneous();
		new_row("echo", VERDICT_INCONCLUSIVE, MS(5), "the stream ended before the FIN was due");
	} else if (strcmp(name, "remedy") == 0 || strcmp(name, "helpless") == 0) {
		report.diagnosis = &idle;
		report.remedy = *name == 'r' ? &keepalive : &no_remedy;
		add_hold(new_row("late", VERDICT_IDLE_EXPIRED_RESET, MS(14000), "after 4.0 s of silence"), MS(4000),
		         false);
	} else if (strcmp(name, "good") == 0) {
		new_row("baseline", VERDICT_PRESERVED, MS(12), "all 1.0 MiB arrived both ways, unchanged");
		add_download();
		add_simultaneous();
		add_abort(false);
	} else if (strcmp(name, "one") == 0) {
		add_hostile();
		rows[0].name = "late # SKIP";
		rows[0].local = (struct observation){.event_count = 0};
		rows[0].local_known = false;
	} else if (strcmp(name, "probe") == 0) {
		report.command = "probe";
		report.probe = &probe;
		report.facts = &path_facts;
		add_trial(MS(8000), VERDICT_IDLE_EXPIRED_RESET);
		add_trial(MS(1000), VERDICT_PRESERVED);
		add_trial(MS(2000), VERDICT_PRESERVED);
		add_trial(MS(3000), VERDICT_INCONCLUSIVE);
		add_trial(MS(5000), VERDICT_IDLE_EXPIRED_RESET);
		add_trial(MS(4500), VERDICT_PRESERVED);
	} else if (strcmp(name, "lived") == 0 || strcmp(name, "untested") == 0) {
		report.command = "probe";
		report.probe = &probe;
		probe.dies_before = -1;
		probe.lives_at_least = *name == 'l' ? MS(600000) : 0;
		probe.grade[0] = '\0';
		probe.culprit_count = 0;
		probe.remedy_tried = false;
		probe.interrupted = *name == 'u';
		if (*name == 'l')
			add_trial(MS(600000), VERDICT_PRESERVED);
		else
			report.verdict = VERDICT_INCONCLUSIVE;
	} else if (strcmp(name, "empty") == 0) {
		report.verdict = VERDICT_INCONCLUSIVE;
	} else {
		return false;
	}
	for (size_t i = 0; i < row_count; i++)
		report.verdict = verdict_worse(report.verdict, rows[i].finding.verdict);
	report.row_count = row_count;
	report.tested = row_count > 0;
	return true;
}

/* As many rows as TEXT says, copies of those that check or probe has. */
static bool
make_rows(const char *text)
{
	bool trials = *text == '-';
	size_t count = strtoul(text + trials, NULL, 10);
	struct report_row *many = calloc(count, sizeof(*many));

	if (many == NULL || count == 0 || !make_report(trials ? "probe" : "check")) {
		free(many);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		many[i] = rows[i % row_count];
		if (trials)
			many[i].silence = MS(count - i);
		else
			many[i].run = (int)(i / row_count) + 1;
	}
	report.rows = many;
	report.row_count = count;
	return true;
}

static int
print_report(int argc, char **argv)
{
	const char *letters = argc > 3 ? argv[3] : "";
	struct report_style style = {
		.unicode = strchr(letters, 'u') != NULL,
		.colour = strchr(letters, 'c') != NULL,
		.verbose = strchr(letters, 'v') != NULL,
		.width = strchr(letters, 't') != NULL ? 80 : 0,
	};

	if (argc > 2 && strspn(argv[2], "-0123456789") > 0) {
		if (!make_rows(argv[2]))
			return 2;
	} else if (!make_report(argc > 2 ? argv[2] : "check")) {
		return 2;
	}
	for (size_t i = 0; i < report_formats_count; i++) {
		if (strcmp(argv[1], report_formats[i].word) == 0)
			return report_write(stdout, &report_formats[i], &report, &style) == 0 ? 0 : 1;
	}
	return 2;
}

/* What a function of the report printed. */
static char *
captured(void (*print)(FILE *, const void *), const void *context)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		abort();
	print(out, context);
	fclose(out);
	return text;
}

static const struct report_style plain;
static const struct report_style rich = {.unicode = true};

static void
print_ladder(FILE *out, const void *row)
{
	report_ladder(out, row, &plain, "");
}

static void
print_rich_ladder(FILE *out, const void *row)
{
	report_ladder(out, row, &rich, "# ");
}

static int
longest_line(const char *text)
{
	int columns = 0, longest = 0;

	for (; *text != '\0'; text++) {
		if (*text == '\n')
			columns = 0;
		else
			columns += (*text & 0xC0) != 0x80;
		longest = columns > longest ? columns : longest;
	}
	return longest;
}

/* Whether each of the words occurs behind the one before it. */
static bool
in_order(const char *text, const char *const *words)
{
	for (; *words != NULL; words++) {
		text = strstr(text, *words);
		if (text == NULL)
			return false;
		text += strlen(*words);
	}
	return true;
}

static void
test_ladder(const char *what, void (*make)(void), const char *const *words)
{
	char *text;

	row_count = 0;
	make();
	text = captured(print_ladder, &rows[0]);
	if (!unit_ok(in_order(text, words), "%s: the ladder tells it in order", what))
		printf("# %s\n", text);
	unit_ok(longest_line(text) <= 80, "%s: no line beyond 80 columns", what);
	free(text);
	text = captured(print_rich_ladder, &rows[0]);
	unit_ok(longest_line(text) <= 80, "%s: nor with a prefix and beyond ASCII", what);
	free(text);
}

static void
make_reset(void)
{
	add_hold(new_row("late", VERDICT_IDLE_EXPIRED_RESET, MS(14000), ""), MS(4000), false);
}

static void
make_blackhole(void)
{
	add_hold(new_row("late", VERDICT_IDLE_EXPIRED_BLACKHOLE, MS(14000), ""), MS(4000), true);
}

static void
make_masked(void)
{
	add_abort(true);
}

static void
make_abort(void)
{
	add_abort(false);
}

/* The sender saw no error, and its FIN in time with the EOF; but bytes are gone. */
static void
make_discard(void)
{
	struct report_row *row = new_row("download", VERDICT_SILENT_DISCARD, MS(10), "");
	struct observation *seen = view(row, false);

	add(seen, EVENT_FIRST_BYTE, US(310), ESTABLISHED, 0, KIB(16));
	add(seen, EVENT_FIN_SENT, MS(5), FIN_WAIT1, 0, KIB(32));
	add(seen, EVENT_FIN_SEEN, MS(6), CLOSE, 0, KIB(48));
	add(seen, EVENT_EOF, MS(6), CLOSE, 0, KIB(48));
	add(seen, EVENT_CLOSED, MS(6), CLOSE, 0, KIB(48));
	seen = view(row, true);
	add(seen, EVENT_SEND_STARTED, US(200), ESTABLISHED, KIB(16), 0);
	add(seen, EVENT_FIN_SEEN, US(5100), CLOSE_WAIT, KIB(32), 0);
	add(seen, EVENT_EOF, US(5100), CLOSE_WAIT, KIB(32), 0);
	add(seen, EVENT_ALL_SENT, US(5800), CLOSE_WAIT, KIB(64), 0);
	add(seen, EVENT_FIN_SENT, US(5800), LAST_ACK, KIB(64), 0);
	add(seen, EVENT_FIN_ACKED, US(5900), CLOSE, KIB(64), 0);
	add(seen, EVENT_CLOSED, US(5900), CLOSE, KIB(64), 0);
}

/* Nothing was left to send, so that no byte is missing: the times tell that the
 * EOF came before the FIN it should have been. */
static void
make_early_eof(void)
{
	struct report_row *row = new_row("late", VERDICT_IDLE_EXPIRED_CLOSE, MS(3000), "");
	struct observation *seen = view(row, false);

	add(seen, EVENT_FIN_SENT, US(90), FIN_WAIT1, 0, 0);
	add(seen, EVENT_FIN_SEEN, MS(500), CLOSE, 0, 0);
	add(seen, EVENT_EOF, MS(500), CLOSE, 0, 0);
	add(seen, EVENT_CLOSED, MS(500), CLOSE, 0, 0);
	seen = view(row, true);
	add(seen, EVENT_FIN_SEEN, US(160), CLOSE_WAIT, 0, 0);
	add(seen, EVENT_EOF, US(170), CLOSE_WAIT, 0, 0);
	add(seen, EVENT_HOLD_STARTED, US(180), CLOSE_WAIT, 0, 0);
	add(seen, EVENT_FIN_SENT, MS(3000), LAST_ACK, 0, 0);
	add(seen, EVENT_CLOSED, MS(3000), LAST_ACK, 0, 0);
}

/* Nothing lies between at the far end, but this end went on meanwhile. */
static void
make_slow_fin(void)
{
	struct report_row *row = new_row("slow-reader", VERDICT_FIN_DELAYED, MS(3000), "");
	struct observation *seen = view(row, false);

	add(seen, EVENT_FIN_SENT, MS(1), FIN_WAIT1, 0, 0);
	add(seen, EVENT_READ_PAUSED, MS(1), FIN_WAIT1, 0, 0);
	add(seen, EVENT_READ_RESUMED, MS(101), FIN_WAIT1, 0, 0);
	add(seen, EVENT_INTERRUPTED, MS(160), FIN_WAIT2, 0, 0);
	seen = view(row, true);
	add(seen, EVENT_FIN_SEEN, MS(150), CLOSE_WAIT, 0, 0);
}

/* The far clock runs 1 ms ahead: arrivals carry earlier times than departures. */
static void
make_skewed(void)
{
	add_download();
	for (uint32_t i = 1; i < rows[0].local.event_count; i++)
		rows[0].local.events[i].at += MS(1);
}

/* This end started 33 ms after the far one, as a busy proxy may make it; the
 * round trip to the proxy tells nothing of that. */
static void
make_late_start(void)
{
	struct report_row *row = new_row("simultaneous", VERDICT_PRESERVED, MS(115), "");
	struct observation *seen = view(row, false);

	add(seen, EVENT_SEND_STARTED, US(100), ESTABLISHED, KIB(16), 0);
	add(seen, EVENT_FIRST_BYTE, US(200), ESTABLISHED, KIB(16), KIB(16));
	add(seen, EVENT_FIN_SEEN, US(47100), CLOSE_WAIT, KIB(160), KIB(256));
	add(seen, EVENT_EOF, US(47100), CLOSE_WAIT, KIB(160), KIB(256));
	add(seen, EVENT_FIN_SENT, MS(80), LAST_ACK, KIB(256), KIB(256));
	add(seen, EVENT_FIN_ACKED, US(80200), CLOSE, KIB(256), KIB(256));
	add(seen, EVENT_CLOSED, US(80200), CLOSE, KIB(256), KIB(256));
	seen = view(row, true);
	add(seen, EVENT_SEND_STARTED, US(100), ESTABLISHED, KIB(16), 0);
	add(seen, EVENT_FIRST_BYTE, US(33200), ESTABLISHED, KIB(48), KIB(16));
	add(seen, EVENT_FIN_SENT, MS(80), FIN_WAIT1, KIB(256), KIB(160));
	add(seen, EVENT_FIN_ACKED, US(80200), FIN_WAIT2, KIB(256), KIB(160));
	add(seen, EVENT_FIN_SEEN, US(113100), TIME_WAIT, KIB(256), KIB(256));
	add(seen, EVENT_EOF, US(113100), TIME_WAIT, KIB(256), KIB(256));
	add(seen, EVENT_CLOSED, US(113100), TIME_WAIT, KIB(256), KIB(256));
}

/* Like make_discard, but the path took nothing any more, until time ran out. */
static void
make_unacknowledged(void)
{
	struct observation *seen;

	make_discard();
	seen = &rows[0].remote;
	seen->event_count -= 2;
	add(seen, EVENT_CLOSED, MS(9000), LAST_ACK, KIB(64), 0);
	seen->at_end.send_queue = KIB(16) + 1;
}

/* Nothing of it fits together; it must still be drawn. */
static void
make_nonsense(void)
{
	struct report_row *row = new_row("late", VERDICT_STALLED, 0, "");

	for (int remote = 0; remote < 2; remote++) {
		struct observation *seen = view(row, remote);

		for (int i = 0; i < 60; i++)
			add(seen, (enum event_kind)((i * 7 + remote) % EVENT_KINDS),
			    (i * 7919 % 60) * INT64_C(1) << (i % 50), (uint8_t)(i * 31),
			    i * 7919 % 100 * (INT64_C(1) << (i % 50)), i * 104729 % 100);
		seen->at_end.send_queue = INT64_MAX;
		seen->error = 100000;
	}
}

static void
test_ladders(void)
{
	test_ladder("download", add_download,
	    (const char *[]){"data 512.0 KiB", "FIN -", ">| CLOSE_WAIT", "data 512.0 KiB", "|<-", "FIN -",
	                     "EOF after 1.0 MiB", NULL});
	test_ladder("clocks that differ", make_skewed,
	    (const char *[]){"data 512.0 KiB", "FIN -", ">| CLOSE_WAIT", "data 512.0 KiB", "|<-", "FIN -",
	                     "EOF after 1.0 MiB", NULL});
	test_ladder("clocks that differ by more than the round trip", make_late_start,
	    (const char *[]){"CLOSE_WAIT  |<------------- FIN ---------------| FIN_WAIT", "EOF after 256.0 KiB",
	                     "|-------------- FIN -------------->| TIME_WAIT", NULL});
	test_ladder("full close", add_full_close,
	    (const char *[]){" FIN -", ">| CLOSE_WAIT", "x-", "data 16.0 KiB", "|<-", " FIN -", "* path", "EOF after 512.0 KiB",
	                     "path *-", "RST (EPIPE)", ">| CLOSE", NULL});
	test_ladder("silent discard", make_discard,
	    (const char *[]){"|<-", "data 32.0 KiB", "FIN -", ">| CLOSE_WAIT", "|<-", "data 16.0 KiB", "x-",
	                     "data 16.0 KiB", "x-", "FIN", "all acknowledged", "|<-", "FIN", "* path",
	                     "EOF after 48.0 KiB", NULL});
	test_ladder("what is unacknowledged at the end", make_unacknowledged,
	    (const char *[]){"x--", " FIN ---", "LAST_ACK       5.8 ms", "idle for 9.0 s",
	                     "16.0 KiB unacknowledged |             9000.0 ms", NULL});
	test_ladder("early EOF", make_early_eof,
	    (const char *[]){"FIN -", ">| CLOSE_WAIT", "idle for", "|<-", "FIN", "* path", "idle for",
	                     "x-", "FIN", "LAST_ACK", NULL});
	test_ladder("crossing FINs", add_simultaneous,
	    (const char *[]){"data 256.0 KiB -", ">|", "|<-", "data 256.0 KiB -", "FIN -", "..|", "|<-",
	                     "FIN -", "|..", "FIN -", ">| CLOSING", NULL});
	test_ladder("reset after silence", make_reset,
	    (const char *[]){"FIN -", ">|", "idle for 4.0 s", "x-", "data 16.0 KiB", "*-",
	                     "RST (ECONNRESET)", ">| CLOSE", "idle for 10.0 s", "read timeout", NULL});
	test_ladder("black hole after silence", make_blackhole,
	    (const char *[]){"FIN -", ">|", "idle for 4.0 s", "x-", "data 64.0 KiB", "x-", "FIN",
	                     "idle for 10.0 s", "timeout", "64.0 KiB unacknowledged", NULL});
	test_ladder("FIN lost", add_fin_lost,
	    (const char *[]){"data 512.0 KiB", " FIN -", "x   ", "data 512.0 KiB", "|<-", "FIN",
	                     "idle for", "linger timeout", NULL});
	test_ladder("FIN delayed", add_delayed,
	    (const char *[]){" FIN -", "...", "stops reading", "data 864.0 KiB", "|<-", "data 864.0 KiB",
	                     "idle for 2.7 s", "...", " FIN -", ">| CLOSE_WAIT", NULL});
	test_ladder("a slow FIN", make_slow_fin,
	    (const char *[]){"FIN -", "stops reading", "resumes reading", "FIN -", ">| CLOSE_WAIT", "interrupted", NULL});
	test_ladder("abort", make_abort,
	    (const char *[]){"FIN -", ">| CLOSE_WAIT", "|<-", "RST (ECONNRESET) -", NULL});
	test_ladder("abort masked", make_masked,
	    (const char *[]){"x-", " RST -", "|<-", " FIN -", "* path", "EOF after 512.0 KiB", NULL});
	test_ladder("no view, hostile strings", add_hostile,
	    (const char *[]){"there: no view", "data 32.0 KiB", "FIN -", "> ?", "data 16.0 KiB", "EOF after 48.0 KiB",
	                     NULL});
	test_ladder("nonsense", make_nonsense, (const char *[]){"here", NULL});
}

static bool
same_content(const char *path, const char *text)
{
	char content[64] = "";
	FILE *in = fopen(path, "r");
	size_t length = in != NULL ? fread(content, 1, sizeof(content) - 1, in) : 0;

	if (in != NULL)
		fclose(in);
	return in != NULL && length == strlen(text) && strcmp(content, text) == 0;
}

static void
write_report(const char *path, const char *text, bool commit)
{
	FILE *out = NULL;
	struct report_file *file = report_open(path, &out);

	if (!unit_ok(file != NULL, "%s can be opened", path))
		return;
	fputs(text, out);
	if (commit)
		unit_ok(report_commit(file) == 0, "and committed");
	else
		report_discard(file);
}

static void
test_files(void)
{
	char folder[] = "/tmp/report.XXXXXX";
	FILE *out;
	struct stat st;

	if (!unit_ok(mkdtemp(folder) != NULL && chdir(folder) == 0, "a folder of our own"))
		return;
	umask(077);
	write_report("new", "one\n", true);
	unit_ok(same_content("new", "one\n"), "a new file holds the report");
	unit_ok(stat("new", &st) == 0 && (st.st_mode & 0777) == 0644, "and others may read it");
	write_report("new", "two\n", false);
	unit_ok(same_content("new", "one\n"), "a discarded report leaves the old one");
	unit_ok(symlink("new", "link") == 0, "a symbolic link");
	write_report("link", "three\n", true);
	unit_ok(lstat("link", &st) == 0 && S_ISLNK(st.st_mode), "stays a symbolic link");
	unit_ok(same_content("new", "three\n"), "and its target is replaced");
	write_report("/dev/null", "four\n", true);
	unit_ok(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode), "a device is not replaced");
	unit_ok(report_open("none/such", &out) == NULL && errno == ENOENT, "no folder: ENOENT");
	unit_ok(report_open(".", &out) == NULL && errno == EISDIR, "a folder: EISDIR");
	unit_ok(unlink("new") == 0 && unlink("link") == 0 && chdir("/") == 0 && rmdir(folder) == 0,
	        "nothing else was left behind");
	out = fopen("/dev/full", "w");
	if (out != NULL) {
		make_report("good");
		errno = 0;
		unit_ok(report_write(out, &report_formats[0], &report, &plain) == -1 && errno == ENOSPC,
		        "a full disk is an error");
		fclose(out);
	}
}

static void
test_words(void)
{
	static const struct {
		int64_t value;
		const char *text;
	} bytes[] = {
		{0, "0 B"},           {1023, "1023 B"},           {1024, "1.0 KiB"},
		{1536, "1.5 KiB"},    {1048575, "1.0 MiB"},       {100 << 20, "100.0 MiB"},
		{-1, "-1 B"},         {INT64_MAX, "8.0 EiB"},
	};
	char text[32];

	for (size_t i = 0; i < sizeof(bytes) / sizeof(*bytes); i++)
		unit_is(progress_bytes(bytes[i].value, text), bytes[i].text, bytes[i].text);
	unit_is(progress_rate(3 << 20, MS(2000), text), "1.5 MiB/s", "a rate");
	unit_is(progress_rate(3 << 20, 0, text), "0.0 B/s", "a rate without time");
}

/* What the functions under test wrote to stderr. */
static char written[4096];

static void
catch_stderr(FILE *into, int *saved)
{
	fflush(stderr);
	*saved = dup(STDERR_FILENO);
	if (*saved == -1 || dup2(fileno(into), STDERR_FILENO) == -1)
		abort();
}

static void
release_stderr(FILE *into, int saved)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(into);
	written[fread(written, 1, sizeof(written) - 1, into)] = '\0';
	fclose(into);
}

static void
test_progress(void)
{
	static const char arrow[] = "\u2192x";
	FILE *into = tmpfile();
	char long_text[200];
	int saved, kept;

	if (into == NULL)
		abort();
	for (size_t i = 0; i < sizeof(long_text); i++)
		long_text[i] = arrow[i % 4];
	long_text[180] = '\0';
	setenv("TERM", "xterm", 1);
	catch_stderr(into, &saved);
	unit_ok(!progress_enabled(PROGRESS_AUTO), "no live line where stderr is no terminal");
	unit_ok(progress_enabled(PROGRESS_ALWAYS), "unless it is asked for");
	unit_ok(!progress_enabled(PROGRESS_NEVER), "never is never");
	progress_clear();
	errno = EXDEV;
	progress_draw("%s", long_text);
	progress_clear();
	progress_clear();
	kept = errno;
	release_stderr(into, saved);
	unit_ok(kept == EXDEV, "errno is kept");
	unit_ok(strncmp(written, "\r\u2192x", 5) == 0 && longest_line(written) == 79 + 1 + 3 + 1 + 3,
	        "the line is cut to the width of a terminal, and cleared once");
	unit_ok(strcmp(written + strlen(written) - 4, "\r\033[K") == 0, "clearing comes last");
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		return print_report(argc, argv);
	test_ladders();
	test_files();
	test_words();
	test_progress();
	return unit_done();
}
