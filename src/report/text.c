/* SPDX-License-Identifier: MIT
 *
 * For people: a table of verdicts, or the answer of a probe, then what both ends
 * saw of whatever failed. Short when all is well.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/parse.h"
#include "model.h"
#include "progress.h"
#include "render.h"

/* A narrower column of reasons is worse than lines that the terminal wraps. */
#define REASON_LEAST 24

static void
coloured(FILE *out, const struct report_style *style, enum colour colour, const char *text)
{
	fprintf(out, "%s%s%s", colour_on(style, colour), text, colour_off(style, colour));
}

static const char *
verdict_mark(enum verdict verdict, const struct report_style *style)
{
	switch (verdict_status(verdict)) {
	case 0:
		return style->unicode ? "✓" : "ok  ";
	case 4:
		return style->unicode ? "?" : "????";
	default:
		return style->unicode ? "✗" : "FAIL";
	}
}

static void
put_mark(FILE *out, enum verdict verdict, const struct report_style *style)
{
	coloured(out, style, verdict_colour(verdict), verdict_mark(verdict, style));
}

/* Prints TEXT behind a margin of INDENT columns that is written already, broken
 * at blanks when the terminal's width is known, and ends the line. */
static void
put_wrapped(FILE *out, const char *text, int indent, const struct report_style *style)
{
	char clean[TEXT_MAX];
	const char *rest = text_clean(text, style->unicode, clean, sizeof(clean));
	int room = style->width - 1 - indent;

	while (style->width > 0 && room >= REASON_LEAST && text_columns(rest) > room) {
		int end = text_bytes(rest, room + 1), cut = end - 1;

		while (cut > 0 && rest[cut] != ' ')
			cut--;
		if (cut == 0)
			cut = text_bytes(rest, room); /* one very long word */
		fprintf(out, "%.*s\n%*s", cut, rest, indent, "");
		rest += cut;
		rest += strspn(rest, " ");
	}
	fprintf(out, "%s\n", rest);
}

static void
put_heading(FILE *out, const struct report *report, const struct report_style *style)
{
	const char *arrow = style->unicode ? "→" : "->";
	char clean[TEXT_MAX];

	fprintf(out, "%s%s %s%s  ", colour_on(style, COLOUR_BOLD), render_tool, report->command,
	        colour_off(style, COLOUR_BOLD));
	if (report->client != NULL)
		fprintf(out, "%s %s ",
		        text_clean(report->client, style->unicode, clean, sizeof(clean)), arrow);
	if (report->proxy != NULL)
		fprintf(out, "%s %s ", text_clean(report->proxy, style->unicode, clean, sizeof(clean)),
		        arrow);
	if (report->via != NULL)
		fprintf(out, "%s %s ", text_clean(report->via, style->unicode, clean, sizeof(clean)),
		        arrow);
	fprintf(out, "%s\n", text_clean(report->server, style->unicode, clean, sizeof(clean)));
	if (*path_text(report, style->verbose, clean) != '\0') {
		fprintf(out, "path: ");
		put_wrapped(out, clean, 6, style);
	}
}

static void
put_ladder(FILE *out, const struct model *model, const struct report_row *row,
           const struct report_style *style)
{
	char name[ROW_NAME_MAX], clean[ROW_NAME_MAX];

	if (!row_is_seen(row))
		return;
	fprintf(out, "\n%s%s: ", colour_on(style, COLOUR_BOLD),
	        text_clean(row_name(model, row, name), style->unicode, clean, sizeof(clean)));
	coloured(out, style, verdict_colour(row->finding.verdict),
	         verdict_name(row->finding.verdict));
	fprintf(out, "%s\n", colour_off(style, COLOUR_BOLD));
	report_ladder(out, row, style, "");
}

/* Of rows that fail alike and for one cause, the clearest tells why. */
static const char *
reason_of(const struct model *model, const struct report_row *row, const struct report_style *style,
          char text[static TEXT_MAX])
{
	const struct report *report = model->report;
	char name[ROW_NAME_MAX];

	if (!style->verbose && report->ask == NULL && row_is_explained(model, row)) {
		const struct report_row *clearest = &report->rows[report->diagnosis->clearest];

		if (row != clearest && row->finding.verdict == clearest->finding.verdict) {
			snprintf(text, TEXT_MAX, "as %s", row_name(model, clearest, name));
			return text;
		}
	}
	return row->finding.reason;
}

static void
put_table(FILE *out, const struct model *model, const struct report_style *style)
{
	const struct report *report = model->report;
	int names = 0, verdicts = 0, times = 0;
	char name[ROW_NAME_MAX], clean[TEXT_MAX], reason[TEXT_MAX], time[32];

	for (size_t i = 0; i < report->row_count; i++) {
		const struct report_row *row = &report->rows[i];
		int columns[] = {
			text_columns(text_clean(row_name(model, row, name), style->unicode, clean,
			                        sizeof(clean))),
			text_columns(row_verdict(row)),
			text_columns(span_brief(row->duration, time)),
		};

		names = columns[0] > names ? columns[0] : names;
		verdicts = columns[1] > verdicts ? columns[1] : verdicts;
		times = columns[2] > times ? columns[2] : times;
	}
	for (size_t i = 0; i < report->row_count; i++) {
		const struct report_row *row = &report->rows[i];
		int indent = (style->unicode ? 2 : 5) + names + 2 + verdicts + 2 + times + 2;

		if (row->skipped)
			coloured(out, style, COLOUR_DIM, style->unicode ? "-" : "skip");
		else
			put_mark(out, row->finding.verdict, style);
		text_clean(row_name(model, row, name), style->unicode, clean, sizeof(clean));
		fprintf(out, " %s%*s  ", clean, names - text_columns(clean), "");
		coloured(out, style, row->skipped ? COLOUR_DIM : verdict_colour(row->finding.verdict),
		         row_verdict(row));
		fprintf(out, "%*s  %*s", verdicts - text_columns(row_verdict(row)),
		        "", times, span_brief(row->duration, time));
		if (style->width > 0 && style->width - 1 - indent < REASON_LEAST) {
			indent = style->unicode ? 2 : 5;
			fprintf(out, "\n%*s", indent, "");
		} else {
			fprintf(out, "  ");
		}
		put_wrapped(out, reason_of(model, row, style, reason), indent, style);
	}
}

/* The answer of ask, and how to see the same without it. */
static void
put_asked(FILE *out, const struct report *report, const struct report_style *style)
{
	fputs(colour_on(style, verdict_colour(report->verdict)), out);
	put_wrapped(out, report->ask->summary, 0, style);
	fputs(colour_off(style, verdict_colour(report->verdict)), out);
	/* Never broken: it is to be pasted. */
	if (report->ask->reproduce != NULL)
		fprintf(out, "\nBy hand:\n  %s\n", report->ask->reproduce);
}

/* How a reply begins, line by line. */
static void
put_head(FILE *out, const struct model *model, const struct report_row *row,
         const struct report_style *style)
{
	const char *rest = (const char *)row->head, *end = rest + row->head_length;
	char name[ROW_NAME_MAX], clean[TEXT_MAX];

	fprintf(out, "\n%s%s: ", colour_on(style, COLOUR_BOLD),
	        text_clean(row_name(model, row, name), style->unicode, clean, sizeof(clean)));
	fprintf(out, "%s%s\n", text_clean(row->reply, style->unicode, clean, sizeof(clean)),
	        colour_off(style, COLOUR_BOLD));
	while (rest < end) {
		const char *newline = memchr(rest, '\n', (size_t)(end - rest));
		const char *stop = newline != NULL ? newline : end;
		size_t length = (size_t)(stop - rest);

		if (length > 0 && rest[length - 1] == '\r')
			length--;
		text_show(clean, sizeof(clean), rest, length, style->unicode ? TEXT_LINE : TEXT_LINE_ASCII);
		fprintf(out, "  | %s\n", clean);
		rest = newline != NULL ? newline + 1 : end;
	}
}

static void
put_tried(FILE *out, const struct report *report, const struct report_style *style)
{
	char text[TEXT_MAX], line[TEXT_MAX];

	if (*remedy_text(report, text) == '\0')
		return;
	snprintf(line, sizeof(line), "Remedy: %.*s.", TEXT_MAX - 16, text);
	put_wrapped(out, line, 0, style);
}

/* What the path does, who is known for that, and what helps. */
static void
put_diagnosis(FILE *out, const struct report *report, const struct report_style *style)
{
	const struct diagnosis *diagnosis = report->diagnosis;
	char text[TEXT_MAX];
	int systems = 0;

	if (diagnosis == NULL || diagnosis->pattern <= PATTERN_NONE)
		return;
	fprintf(out, "\n");
	put_wrapped(out, diagnosis->text, 0, style);
	if (diagnosis_is_new(diagnosis))
		fprintf(out, "No known system behaves like this; please report it.\n");
	if (diagnosis->suspect_count == 0)
		return;
	fprintf(out, "Suspects, likeliest first, and what helps:\n");
	for (size_t i = 0; i < diagnosis->suspect_count; i++) {
		int columns = text_columns(diagnosis->suspects[i]->system);

		systems = columns > systems ? columns : systems;
	}
	for (size_t i = 0; i < diagnosis->suspect_count; i++) {
		const struct known_box *box = diagnosis->suspects[i];
		int indent = 2 + systems + 2;

		fprintf(out, "  %s%s%s%*s  ", colour_on(style, COLOUR_BOLD), box->system,
		        colour_off(style, COLOUR_BOLD), systems - text_columns(box->system), "");
		snprintf(text, sizeof(text), "%s%s%s", box->remedy, box->versions != NULL ? "; met in " : "",
		         box->versions != NULL ? box->versions : "");
		put_wrapped(out, text, indent, style);
	}
	if (diagnosis->more > 0)
		fprintf(out, "  and %zu more that behave alike\n", diagnosis->more);
}

static void
put_summary(FILE *out, const struct model *model, const struct report_style *style)
{
	const struct report *report = model->report;
	const char *separator = ": ";
	char time[32], text[TEXT_MAX];
	size_t used;

	used = (size_t)snprintf(text, sizeof(text), "%zu %s in %s", report->row_count,
	                        report->ask != NULL      ? "variants"
	                        : report->row_count == 1 ? "scenario"
	                                                 : "scenarios",
	                        span_brief(report->duration, time));
	/* All verdicts there are fit into TEXT. */
	for (int verdict = 0; verdict < VERDICTS && used < sizeof(text); verdict++) {
		if (model->counts[verdict] == 0)
			continue;
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%zu %s", separator,
		                         model->counts[verdict], verdict_name((enum verdict)verdict));
		separator = ", ";
	}
	if (model->skipped > 0 && used < sizeof(text))
		snprintf(text + used, sizeof(text) - used, "%s%zu skipped", separator, model->skipped);
	fprintf(out, "\n");
	put_wrapped(out, text, 0, style);
	if (report->ask != NULL && report->tested) {
		put_asked(out, report, style);
		return;
	}
	coloured(out, style, verdict_colour(report->verdict), model_conclusion(model));
	fprintf(out, "\n");
}

/* How SEEN's end learned of the death. */
static const char *
death_seen(const struct observation *seen, char text[static 160])
{
	static const struct {
		enum event_kind kind;
		const char *words;
	} deaths[] = {
		{EVENT_RESET, "RST (ECONNRESET)"},
		{EVENT_BROKEN_PIPE, "RST (EPIPE)"},
		{EVENT_TIMED_OUT, "TCP gave up (ETIMEDOUT)"},
		{EVENT_ERROR, "an error"},
		{EVENT_READ_TIMEOUT, "timeout without data"},
		{EVENT_IDLE_TIMEOUT, "timeout without data"},
		{EVENT_SEND_TIMEOUT, "timeout without acknowledgement"},
		{EVENT_LINGER_TIMEOUT, "timeout without data"},
		{EVENT_EOF, "EOF"},
	};
	uint8_t state = seen->at_end.known ? seen->at_end.state : 0;

	for (size_t i = 0; i < sizeof(deaths) / sizeof(*deaths); i++) {
		const struct event *event = observation_find(seen, deaths[i].kind);
		char time[32];

		if (event == NULL)
			continue;
		snprintf(text, 160, "%s after %s%s%s", deaths[i].words,
		         span_brief(event->at, time), state != 0 ? ", in " : "",
		         state != 0 ? tcp_state_name(state) : "");
		return text;
	}
	snprintf(text, 160, "nothing");
	return text;
}

static void
put_field(FILE *out, const struct report_style *style, const char *name, const char *text)
{
	fprintf(out, "  %s%-9s%s ", colour_on(style, COLOUR_DIM), name,
	        colour_off(style, COLOUR_DIM));
	put_wrapped(out, text, 12, style);
}

static void
put_culprits(FILE *out, const struct report_probe *probe, const struct report_style *style)
{
	int systems = 0, timers = 0, initials = 0;
	char initial[PARSE_TEXT_MAX];

	for (size_t i = 0; i < probe->culprit_count; i++) {
		const struct known_box *timer = probe->culprits[i];
		int columns[] = {
			text_columns(timer->system),
			text_columns(timer->setting),
			text_columns(format_duration(timer->after, initial)),
		};

		systems = columns[0] > systems ? columns[0] : systems;
		timers = columns[1] > timers ? columns[1] : timers;
		initials = columns[2] > initials ? columns[2] : initials;
	}
	for (size_t i = 0; i < probe->culprit_count; i++) {
		const struct known_box *timer = probe->culprits[i];
		char system[TEXT_MAX], name[TEXT_MAX];

		text_clean(timer->system, style->unicode, system, sizeof(system));
		text_clean(timer->setting, style->unicode, name, sizeof(name));
		fprintf(out, "  %s%-9s%s %s%*s  %s%*s  %*s", colour_on(style, COLOUR_DIM),
		        i == 0 ? "suspects" : "", colour_off(style, COLOUR_DIM), system,
		        systems - text_columns(system), "", name, timers - text_columns(name), "",
		        initials, format_duration(timer->after, initial));
		if (style->width > 0)
			fprintf(out, "\n%*s", 14, "");
		else
			fprintf(out, "  ");
		put_wrapped(out, timer->source, 14, style);
	}
}

static void
put_remedy(FILE *out, const struct report_probe *probe, const struct report_style *style)
{
	char interval[PARSE_TEXT_MAX], text[TEXT_MAX];

	if (!probe->remedy_tried)
		return;
	format_duration(probe->remedy_keepalive, interval);
	if (probe->remedy_verdict == VERDICT_PRESERVED)
		snprintf(text, sizeof(text), "keepalive every %s keeps the connection alive (verified)", interval);
	else
		snprintf(text, sizeof(text), "keepalive every %s does not help (verified): %s", interval,
		         verdict_name(probe->remedy_verdict));
	put_field(out, style, "remedy", text);
}

static int
by_silence(const void *a, const void *b)
{
	const struct report_row *const *first = a, *const *second = b;
	int64_t one = (*first)->silence, other = (*second)->silence;

	if (one != other)
		return one < other ? -1 : 1;
	return *first < *second ? -1 : 1; /* as they stand in the report */
}

/* Trials as they would stand on a ruler, shortest idle time first. */
static int
put_trials(FILE *out, const struct report *report, const struct report_style *style)
{
	const struct report_row **trials = calloc(report->row_count + 1, sizeof(*trials));
	int column = 11;

	if (trials == NULL)
		return -1;
	for (size_t i = 0; i < report->row_count; i++)
		trials[i] = &report->rows[i];
	qsort(trials, report->row_count, sizeof(*trials), by_silence);
	if (report->row_count > 0)
		fprintf(out, "  %s%-9s%s", colour_on(style, COLOUR_DIM), "trials",
		        colour_off(style, COLOUR_DIM));
	for (size_t i = 0; i < report->row_count; i++) {
		char silence[PARSE_TEXT_MAX];
		int columns;

		format_duration(trials[i]->silence, silence);
		columns = text_columns(silence) + (style->unicode ? 4 : 7);
		if (column + columns > 80 && column > 11) {
			fprintf(out, "\n%*s", 11, "");
			column = 11;
		}
		fprintf(out, column > 11 ? "  " : " ");
		column += columns;
		put_mark(out, trials[i]->finding.verdict, style);
		fprintf(out, " %s", silence);
	}
	if (report->row_count > 0)
		fprintf(out, "\n");
	free(trials);
	return 0;
}

static int
put_probe(FILE *out, const struct model *model, const struct report_style *style)
{
	const struct report *report = model->report;
	const struct report_probe *probe = report->probe;
	const struct report_row *death = model->death;
	char answer[TEXT_MAX], seen[160], text[TEXT_MAX], time[32];

	put_mark(out, report->verdict, style);
	fprintf(out, " %s", colour_on(style, COLOUR_BOLD));
	put_wrapped(out, probe_answer(report, answer), style->unicode ? 2 : 5, style);
	fprintf(out, "%s\n", colour_off(style, COLOUR_BOLD));

	snprintf(text, sizeof(text), "%s: %s", verdict_name(report->verdict), probe->reason);
	put_field(out, style, "verdict", text);
	if (death != NULL && death->local_known)
		put_field(out, style, "here", death_seen(&death->local, seen));
	if (death != NULL)
		put_field(out, style, "there",
		          death->remote_known ? death_seen(&death->remote, seen) : "no view");
	if (probe->grade[0] != '\0')
		put_field(out, style, "standards", probe->grade);
	put_culprits(out, probe, style);
	put_remedy(out, probe, style);
	if (put_trials(out, report, style) == -1)
		return -1;
	snprintf(text, sizeof(text), "%s%s%s; %zu %s in %s%s", probe->state,
	         strcmp(probe->state, "half-closed") == 0 ? " by the " : ", received by the ",
	         probe->closer, report->row_count, report->row_count == 1 ? "trial" : "trials",
	         span_brief(report->duration, time),
	         probe->interrupted ? "; interrupted, these are the results so far" : "");
	put_field(out, style, "test", text);
	return 0;
}

int
report_text(FILE *out, const struct model *model, const struct report_style *style)
{
	const struct report *report = model->report;

	put_heading(out, report, style);
	fprintf(out, "\n");
	if (report->probe != NULL) {
		if (put_probe(out, model, style) == -1)
			return -1;
	} else {
		put_table(out, model, style);
		put_summary(out, model, style);
		put_diagnosis(out, report, style);
		put_tried(out, report, style);
	}
	if (style->verbose) {
		for (size_t i = 0; i < report->row_count; i++)
			put_ladder(out, model, &report->rows[i], style);
	} else {
		for (size_t i = 0; i < model->picture_count; i++)
			put_ladder(out, model, model->pictures[i], style);
	}
	for (size_t i = 0; i < report->row_count; i++)
		if (report->rows[i].head != NULL)
			put_head(out, model, &report->rows[i], style);
	return 0;
}
