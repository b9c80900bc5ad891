/* SPDX-License-Identifier: MIT
 *
 * Markdown to paste into a bug report: the verdicts as a table, and a mermaid
 * sequence diagram of what both ends saw for everything that failed.
 */
#include <string.h>

#include "../base/parse.h"
#include "model.h"
#include "progress.h"
#include "render.h"
#include "timeline.h"

/* One line of a paragraph or a cell, nothing in it taken for markup. */
static void
put_markdown(FILE *out, const char *text)
{
	char clean[TEXT_MAX];
	const char *rest = text_clean(text, true, clean, sizeof(clean));

	for (; *rest != '\0'; rest++) {
		switch (*rest) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '|': case '\\': case '`': case '*': case '_': case '[': case ']': case '~':
		case '#': case '!': case '$': case '@':
			fputc('\\', out);
			/* fall through */
		default:
			fputc(*rest, out);
			break;
		}
	}
}

/* Text of a diagram: what mermaid could take for syntax becomes a character
 * entity, which it writes #35; without an ampersand. */
static void
put_mermaid(FILE *out, const char *text)
{
	char clean[TEXT_MAX];
	const char *rest = text_clean(text, true, clean, sizeof(clean));
	uint32_t point;

	while ((point = text_next(&rest)) != 0) {
		bool plain = point >= 0x80 || (point >= '0' && point <= '9') ||
		             (point >= 'A' && point <= 'Z') || (point >= 'a' && point <= 'z') ||
		             strchr(" .:,()/_-", (int)point) != NULL;

		if (plain)
			text_put(out, point);
		else
			fprintf(out, "#%u;", (unsigned)point);
	}
}

/* "FIN at 160 ms, FIN_WAIT2" */
static void
put_step_text(FILE *out, const struct step *step, enum side side)
{
	char time[32];

	put_mermaid(out, step->label);
	if (step->at[side] >= 0)
		fprintf(out, ", %s", span_brief(step->at[side], time));
	if (step->state[side] != 0)
		fprintf(out, ", %s", tcp_state_name(step->state[side]));
}

static void
put_step(FILE *out, const struct step *step)
{
	static const char ends[2] = {'C', 'S'};
	enum side from = step->from, to = from == HERE ? THERE : HERE;
	enum side told = step->at[from] >= 0 ? from : to;

	switch (step->kind) {
	case STEP_START:
		return;
	case STEP_SILENCE:
		fprintf(out, "  Note over C,S: ");
		put_mermaid(out, step->label);
		break;
	case STEP_NOTE:
		fprintf(out, "  Note %s of %c: ", from == HERE ? "left" : "right", ends[from]);
		put_step_text(out, step, from);
		break;
	case STEP_MESSAGE:
		fprintf(out, "  %c->>%c: ", ends[from], ends[to]);
		put_step_text(out, step, told);
		break;
	case STEP_DEPARTURE:
		fprintf(out, "  %c->>M: ", ends[from]);
		put_step_text(out, step, from);
		break;
	case STEP_LOST:
		fprintf(out, "  %c-xM: ", ends[from]);
		put_step_text(out, step, from);
		fprintf(out, ", never arrived");
		break;
	case STEP_ARRIVAL:
	case STEP_FROM_PATH:
		fprintf(out, "  M->>%c: ", ends[to]);
		put_step_text(out, step, to);
		if (step->kind == STEP_FROM_PATH)
			fprintf(out, ", made by the path");
		break;
	}
	fputc('\n', out);
}

static void
put_participant(FILE *out, const char *id, const char *role, const char *address)
{
	fprintf(out, "  participant %s as ", id);
	put_mermaid(out, role);
	if (address != NULL) {
		fputc(' ', out);
		put_mermaid(out, address);
	}
	fputc('\n', out);
}

static void
put_diagram(FILE *out, const struct report *report, const struct report_row *row)
{
	struct step steps[TIMELINE_STEPS];
	size_t count = timeline(row, steps);
	const char *between = report->proxy != NULL ? report->proxy : report->via;
	bool middle = between != NULL;

	for (size_t i = 0; i < count; i++)
		middle |= steps[i].kind != STEP_START && steps[i].kind != STEP_MESSAGE &&
		          steps[i].kind != STEP_NOTE && steps[i].kind != STEP_SILENCE;
	fprintf(out, "```mermaid\nsequenceDiagram\n");
	put_participant(out, "C", row->local_known ? row->local.role : "client",
	                row->local_known ? row->local.local : report->client);
	if (middle)
		put_participant(out, "M", "the path", between);
	put_participant(out, "S", row->remote_known ? row->remote.role : "no view of",
	                row->remote_known ? row->remote.local : report->server);
	for (size_t i = 0; i < count; i++)
		put_step(out, &steps[i]);
	fprintf(out, "```\n");
}

static void
put_row(FILE *out, const struct model *model, const struct report_row *row)
{
	char name[ROW_NAME_MAX], time[32];
	int status = verdict_status(row->finding.verdict);

	fprintf(out, "| %s | ", row->skipped ? "➖" : status == 0 ? "✅" : status == 4 ? "❔" : "❌");
	put_markdown(out, row_name(model, row, name));
	fprintf(out, " | `%s` | ", row_verdict(row));
	put_markdown(out, row->finding.reason);
	fprintf(out, " | %s |\n", span_brief(row->duration, time));
}

static void
put_probe(FILE *out, const struct report_probe *probe)
{
	char text[PARSE_TEXT_MAX];

	if (probe->grade[0] != '\0') {
		fprintf(out, "\n");
		put_markdown(out, probe->grade);
		fprintf(out, "\n");
	}
	if (probe->remedy_tried)
		fprintf(out, "\nRemedy tried: keepalive every %s: `%s`\n",
		        format_duration(probe->remedy_keepalive, text),
		        verdict_name(probe->remedy_verdict));
	if (probe->interrupted)
		fprintf(out, "\nInterrupted: these are the results so far.\n");
	if (probe->culprit_count == 0)
		return;
	fprintf(out, "\n| system | timer | default | source |\n| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < probe->culprit_count; i++) {
		const struct known_box *timer = probe->culprits[i];

		fprintf(out, "| ");
		put_markdown(out, timer->system);
		fprintf(out, " | ");
		put_markdown(out, timer->setting);
		fprintf(out, " | %s | ", format_duration(timer->after, text));
		put_markdown(out, timer->source);
		fprintf(out, " |\n");
	}
}

static void
put_diagnosis(FILE *out, const struct diagnosis *diagnosis)
{
	if (diagnosis->pattern <= PATTERN_NONE)
		return;
	fprintf(out, "\n");
	put_markdown(out, diagnosis->text);
	fprintf(out, "\n");
	if (diagnosis_is_new(diagnosis))
		fprintf(out, "\nNo known system behaves like this; please report it.\n");
	if (diagnosis->suspect_count == 0)
		return;
	fprintf(out, "\n| suspect | setting | default | remedy | source |\n| --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < diagnosis->suspect_count; i++) {
		const struct known_box *box = diagnosis->suspects[i];
		const char *const cells[] = { box->system, box->setting, box->initial, box->remedy, box->source };

		fprintf(out, "|");
		for (size_t j = 0; j < sizeof(cells) / sizeof(cells[0]); j++) {
			fprintf(out, " ");
			put_markdown(out, cells[j] != NULL ? cells[j] : "");
			fprintf(out, " |");
		}
		fprintf(out, "\n");
	}
}

static void
put_asked(FILE *out, const struct report_ask *ask)
{
	fprintf(out, "\n");
	put_markdown(out, ask->summary);
	fprintf(out, "\n");
	/* It is one line, so that nothing in it can end the fence. */
	if (ask->reproduce != NULL)
		fprintf(out, "\n```sh\n%s\n```\n", ask->reproduce);
}

int
report_markdown(FILE *out, const struct model *model, const struct report_style *style)
{
	const struct report *report = model->report;
	char text[TEXT_MAX];

	(void)style;
	fprintf(out, "### %s %s: `%s`\n\n", render_tool, report->command,
	        verdict_name(report->verdict));
	if (report->client != NULL) {
		put_markdown(out, report->client);
		fprintf(out, " → ");
	}
	if (report->proxy != NULL) {
		put_markdown(out, report->proxy);
		fprintf(out, " → ");
	}
	if (report->via != NULL) {
		put_markdown(out, report->via);
		fprintf(out, " → ");
	}
	put_markdown(out, report->server);
	fprintf(out, ", %s, version %s\n\n", date_rfc3339(report->started, text), render_version);
	if (*path_text(report, true, text) != '\0') {
		fprintf(out, "Path: ");
		put_markdown(out, text);
		fprintf(out, "\n\n");
	}
	if (report->probe != NULL) {
		put_markdown(out, probe_answer(report, text));
		fprintf(out, ": ");
		put_markdown(out, report->probe->reason);
		fprintf(out, "\n\n");
	}
	fprintf(out, "| | %s | verdict | reason | time |\n| --- | --- | --- | --- | --- |\n",
	        report->probe != NULL ? "trial" : report->ask != NULL ? "variant" : "scenario");
	for (size_t i = 0; i < report->row_count; i++)
		put_row(out, model, &report->rows[i]);
	if (report->row_count == 0)
		fprintf(out, "| ❔ | none | `inconclusive` | nothing was tested | |\n");
	if (report->probe != NULL)
		put_probe(out, report->probe);
	if (report->ask != NULL)
		put_asked(out, report->ask);
	if (report->diagnosis != NULL)
		put_diagnosis(out, report->diagnosis);
	if (*remedy_text(report, text) != '\0') {
		fprintf(out, "\nRemedy: ");
		put_markdown(out, text);
		fprintf(out, "\n");
	}
	for (size_t i = 0; i < model->picture_count; i++) {
		const struct report_row *row = model->pictures[i];
		char name[ROW_NAME_MAX];

		fprintf(out, "\n#### ");
		put_markdown(out, row_name(model, row, name));
		fprintf(out, ": `%s`\n\n", verdict_name(row->finding.verdict));
		put_diagram(out, report, row);
	}
	return 0;
}
