/* SPDX-License-Identifier: MIT
 *
 * A page that one can send to a stranger: the answer first, the path, a table, then a
 * picture of what both ends saw. One file, no script, nothing loaded; XML as well.
 */
#include <string.h>

#include "../base/exit_status.h"
#include "../base/parse.h"
#include "html.h"

/* With more rows than these, only those that failed are drawn, and of those that failed
 * alike the first. */
#define PICTURES_MAX 40

static void
put(FILE *out, const char *text)
{
	text_put_xml(out, text != NULL ? text : "?", false);
}

static const char *
status_class(enum verdict verdict)
{
	switch (verdict_status(verdict)) {
	case STATUS_OK:
		return "good";
	case STATUS_INCONCLUSIVE:
		return "open";
	default:
		return "broken";
	}
}

static const char *
status_sign(enum verdict verdict)
{
	switch (verdict_status(verdict)) {
	case STATUS_OK:
		return "\xe2\x9c\x93";
	case STATUS_INCONCLUSIVE:
		return "?";
	default:
		return "\xe2\x9c\x97";
	}
}

static void
put_badge(FILE *out, enum verdict verdict)
{
	fprintf(out, "<span class=\"badge %s\">%s %s</span>", status_class(verdict), status_sign(verdict),
	        verdict_name(verdict));
}

/* The row that has the verdict of the whole, and a picture; NULL: none. */
static const struct report_row *
telling_row(const struct model *model)
{
	for (size_t i = 0; i < model->picture_count; i++)
		if (model->pictures[i]->finding.verdict == model->report->verdict)
			return model->pictures[i];
	return NULL;
}

/* Whether all rows together show one thing that the path does. */
static bool
has_diagnosis(const struct report *report)
{
	return report->diagnosis != NULL && report->diagnosis->pattern > PATTERN_NONE;
}

/* The answer in one line, and what it rests on. */
static void
put_answer(FILE *out, const struct model *model)
{
	const struct report *report = model->report;
	const struct report_row *telling = telling_row(model);
	char text[TEXT_MAX], name[ROW_NAME_MAX], span[SPAN_MAX];

	fprintf(out, "<header>\n<div class=\"answer %s\">\n<p>", status_class(report->verdict));
	put_badge(out, report->verdict);
	fputs("</p>\n<h1>", out);
	if (report->probe != NULL) {
		put(out, probe_answer(report, text));
		fputs("</h1>\n<p class=\"lead\">", out);
		put(out, report->probe->reason);
	} else if (report->ask != NULL && report->tested) {
		fputs(verdict_status(report->verdict) == STATUS_OK ? "The service survives a half-close."
		      : verdict_status(report->verdict) == STATUS_INCONCLUSIVE
		              ? "Whether the service survives a half-close is not known."
		              : "The service does not survive a half-close.", out);
		fputs("</h1>\n<p class=\"lead\">", out);
		put(out, report->ask->summary);
	} else {
		put(out, model_conclusion(model));
		fputs("</h1>\n<p class=\"lead\">", out);
		if (has_diagnosis(report)) {
			put(out, report->diagnosis->text);
			fputs("</p>\n<p>", out);
		}
		if (telling != NULL) {
			fputs("<b>", out);
			put(out, row_name(model, telling, name));
			fputs(":</b> ", out);
			put(out, telling->finding.reason);
		} else if (!has_diagnosis(report))
			put(out, verdict_meaning(report->verdict));
	}
	fputs("</p>\n</div>\n<p class=\"soft\">", out);
	fprintf(out, "%s %s, %s, took %s", render_tool, report->command,
	        date_rfc3339(report->started, text), span_brief(report->duration, span));
	fputs("</p>\n</header>\n", out);
}

static void
put_box(FILE *out, const char *what, const char *address, bool suspect)
{
	fprintf(out, "<li><div class=\"box%s\"><b>%s</b> ", suspect ? " suspect" : "", what);
	put(out, address);
	fputs("</div></li>\n", out);
}

static void
put_path(FILE *out, const struct report *report)
{
	bool broken = verdict_status(report->verdict) == STATUS_BROKEN;
	char text[TEXT_MAX];

	fputs("<section aria-labelledby=\"path\">\n<h2 id=\"path\">Path</h2>\n<ol class=\"path\">\n", out);
	if (report->client != NULL)
		put_box(out, "client", report->client, false);
	if (report->proxy != NULL)
		put_box(out, "proxy", report->proxy, broken);
	if (report->via != NULL)
		put_box(out, "via", report->via, broken);
	put_box(out, report->ask != NULL ? "service" : "responder", report->server,
	        broken && report->ask != NULL);
	fputs("</ol>\n", out);
	if (*path_text(report, false, text) != '\0') {
		fputs("<p>", out);
		put(out, text);
		fputs("</p>\n<details><summary>Settings</summary>\n<p>", out);
		put(out, path_text(report, true, text));
		fputs("</p></details>\n", out);
	}
	fputs("</section>\n", out);
}

/* Systems that are known to do what the path does, and what helps. */
static void
put_diagnosis(FILE *out, const struct report *report)
{
	const struct diagnosis *diagnosis = report->diagnosis;
	char text[TEXT_MAX];

	if (!has_diagnosis(report))
		return;
	/* Of a check the text is on top, and nothing else may be left to say. */
	if (report->ask == NULL && diagnosis->suspect_count == 0 && !diagnosis_is_new(diagnosis)
	    && *remedy_text(report, text) == '\0')
		return;
	fputs("<section aria-labelledby=\"diagnosis\">\n<h2 id=\"diagnosis\">Suspects</h2>\n", out);
	/* Of a check it is on top already. */
	if (report->ask != NULL) {
		fputs("<p>", out);
		put(out, diagnosis->text);
		fputs("</p>\n", out);
	}
	if (diagnosis_is_new(diagnosis))
		fputs("<p>No known system behaves like this; please report it.</p>\n", out);
	if (diagnosis->suspect_count > 0)
		fputs("<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Suspects\"><table><caption>Systems "
		      "known to do this, the likeliest first</caption><thead><tr><th scope=\"col\">system</th><th "
		      "scope=\"col\">setting</th><th scope=\"col\">default</th><th scope=\"col\">remedy</th><th "
		      "scope=\"col\">source</th></tr></thead><tbody>\n", out);
	for (size_t i = 0; i < diagnosis->suspect_count; i++) {
		const struct known_box *box = diagnosis->suspects[i];
		const char *const cells[] = {box->setting, box->initial, box->remedy, box->source};

		fputs("<tr><th scope=\"row\">", out);
		put(out, box->system);
		if (box->versions != NULL) {
			fputs(", ", out);
			put(out, box->versions);
		}
		fputs("</th>", out);
		for (size_t j = 0; j < sizeof(cells) / sizeof(*cells); j++) {
			fputs(j == 0 ? "<td>" : j == 1 ? "<td class=\"default\">" : "<td class=\"source\">", out);
			put(out, cells[j] != NULL ? cells[j] : "\xe2\x80\x93");
			fputs("</td>", out);
		}
		fputs("</tr>\n", out);
	}
	if (diagnosis->suspect_count > 0)
		fputs("</tbody></table></div>\n", out);
	if (diagnosis->more > 0)
		fprintf(out, "<p class=\"soft\">%zu more fit nearly as well.</p>\n", diagnosis->more);
	if (*remedy_text(report, text) != '\0') {
		fputs("<p>Remedy: ", out);
		put(out, text);
		fputs(".</p>\n", out);
	}
	fputs("</section>\n", out);
}

/* The rows. ----------------------------------------------------------------------------- */

/* Which rows have a picture. */
static bool
draws_all(const struct model *model, const struct report_style *style)
{
	return style->verbose || model->report->row_count <= PICTURES_MAX;
}

static bool
is_picture(const struct model *model, const struct report_row *row, size_t *next)
{
	if (*next >= model->picture_count || model->pictures[*next] != row)
		return false;
	++*next;
	return true;
}

static void
put_row(FILE *out, const struct model *model, const struct report_row *row, bool drawn)
{
	const char *class = row->skipped ? "skipped" : status_class(row->finding.verdict);
	char name[ROW_NAME_MAX], span[SPAN_MAX];

	fprintf(out, "<tr class=\"%s\"><th scope=\"row\">", class);
	if (drawn)
		fprintf(out, "<a href=\"#row%zu\">", (size_t)(row - model->report->rows) + 1);
	put(out, row_name(model, row, name));
	fprintf(out, "%s</th><td><div class=\"verdict\"><span class=\"badge %s\">%s %s</span> <span class=\"reason\">",
	        drawn ? "</a>" : "", class, row->skipped ? "\xe2\x80\x93" : status_sign(row->finding.verdict),
	        row_verdict(row));
	put(out, row->finding.reason);
	fprintf(out, "</span></div></td><td class=\"number\">%s</td></tr>\n", span_brief(row->duration, span));
}

/* What many runs came to, a line for each scenario. */
static void
put_groups(FILE *out, const struct model *model)
{
	fputs("<table class=\"rows\"><caption>All runs of each scenario</caption><thead><tr><th scope=\"col\">"
	      "scenario</th><th scope=\"col\">verdicts</th><th scope=\"col\">time</th></tr></thead><tbody>\n", out);
	for (size_t i = 0; i < model->group_count; i++) {
		const struct model_group *group = &model->groups[i];
		char span[SPAN_MAX];

		fprintf(out, "<tr class=\"%s\"><th scope=\"row\">", status_class(group->worst));
		put(out, group->name);
		fputs("</th><td>", out);
		for (int verdict = 0; verdict < VERDICTS; verdict++) {
			if (group->counts[verdict] == 0)
				continue;
			fprintf(out, "%zu ", group->counts[verdict]);
			put_badge(out, (enum verdict)verdict);
			fputc(' ', out);
		}
		fprintf(out, "</td><td class=\"number\">%s</td></tr>\n", span_brief(group->longest, span));
	}
	fputs("</tbody></table>\n", out);
}

static const char *
what_rows_are(const struct report *report)
{
	return report->probe != NULL ? "trial" : report->ask != NULL ? "variant" : "scenario";
}

static void
put_rows(FILE *out, const struct model *model, const struct report_style *style)
{
	const struct report *report = model->report;
	const char *what = what_rows_are(report);
	bool folded = model->repeated && report->probe == NULL;
	size_t next = 0;

	fprintf(out, "<section aria-labelledby=\"rows\">\n<h2 id=\"rows\">%c%ss</h2>\n",
	        *what - 'a' + 'A', what + 1);
	if (folded) {
		put_groups(out, model);
		fprintf(out, "<details%s><summary>All %zu rows</summary>\n",
		        draws_all(model, style) ? " open=\"open\"" : "", report->row_count);
	}
	fprintf(out, "<table class=\"rows\"><caption>What came of each %s%s</caption><thead><tr><th scope=\"col\">%s"
	             "</th><th scope=\"col\">verdict and reason</th><th scope=\"col\">time</th></tr></thead><tbody>\n",
	        what, report->row_count > 0 ? "; names lead to pictures" : "", what);
	for (size_t i = 0; i < report->row_count; i++) {
		const struct report_row *row = &report->rows[i];
		bool drawn = is_picture(model, row, &next);

		put_row(out, model, row, (drawn || draws_all(model, style)) && row_is_seen(row));
	}
	if (report->row_count == 0)
		fputs("<tr><td>none</td><td>nothing was tested</td><td></td></tr>\n", out);
	fputs("</tbody></table>\n", out);
	if (folded)
		fputs("</details>\n", out);
	fputs("</section>\n", out);
}

/* Pictures. ----------------------------------------------------------------------------- */

static void
put_picture(FILE *out, const struct model *model, const struct report_row *row, bool open)
{
	size_t id = (size_t)(row - model->report->rows) + 1;
	char name[ROW_NAME_MAX];

	fprintf(out, "<details class=\"row\" id=\"row%zu\"%s><summary><h3>", id, open ? " open=\"open\"" : "");
	put(out, row_name(model, row, name));
	fputs("</h3> ", out);
	put_badge(out, row->finding.verdict);
	fputs("</summary>\n<p>", out);
	put(out, row->finding.reason);
	fputs("</p>\n", out);
	if (row->proves != NULL) {
		fputs("<p class=\"soft\">Played: ", out);
		put(out, row->proves);
		fputs("</p>\n", out);
	}
	html_picture(out, row, (unsigned)id);
	fputs("</details>\n", out);
}

static void
put_pictures(FILE *out, const struct model *model, const struct report_style *style)
{
	const struct report *report = model->report;
	bool all = draws_all(model, style);
	size_t next = 0, seen = 0;

	for (size_t i = 0; i < report->row_count; i++)
		seen += row_is_seen(&report->rows[i]);
	if (seen == 0 || (!all && model->picture_count == 0))
		return;
	fputs("<section aria-labelledby=\"pictures\">\n<h2 id=\"pictures\">What both ends saw</h2>\n"
	      "<fieldset><legend>Ladders</legend>\n"
	      "<label><input type=\"radio\" name=\"ladders\" id=\"in-order\" checked=\"checked\"/> in order</label>\n"
	      "<label><input type=\"radio\" name=\"ladders\" id=\"in-scale\"/> to scale</label>\n</fieldset>\n", out);
	if (!all)
		fprintf(out, "<p>Of %zu rows, %zu are drawn: the first of each verdict that failed%s. "
		             "The report in JSON has what both ends saw of every row.</p>\n",
		        report->row_count, model->picture_count, report->ask == NULL && report->probe == NULL
		        ? " in each scenario" : "");
	for (size_t i = 0; i < report->row_count; i++) {
		const struct report_row *row = &report->rows[i];
		bool open = is_picture(model, row, &next);

		if (row_is_seen(row) && (open || all))
			put_picture(out, model, row, open);
	}
	fputs("</section>\n", out);
}

/* Of probe and ask. ----------------------------------------------------------------------- */

static void
put_timers(FILE *out, const struct report_probe *probe)
{
	char span[PARSE_TEXT_MAX];

	if (probe->culprit_count == 0)
		return;
	fputs("<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Known timers\"><table><caption>Known "
	      "timers that fit</caption><thead><tr><td></td><th scope=\"col\">system</th>"
	      "<th scope=\"col\">timer</th><th scope=\"col\">default</th><th scope=\"col\">source</th></tr></thead>"
	      "<tbody>\n", out);
	for (size_t i = 0; i < probe->culprit_count; i++) {
		const struct known_box *timer = probe->culprits[i];

		fprintf(out, "<tr><th scope=\"row\">%c</th><td>", html_timer_letter(i));
		put(out, timer->system);
		fputs("</td><td>", out);
		put(out, timer->setting);
		fprintf(out, "</td><td>%s</td><td class=\"source\">", format_duration(timer->after, span));
		put(out, timer->source);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void
put_probe(FILE *out, const struct report *report)
{
	const struct report_probe *probe = report->probe;
	char span[PARSE_TEXT_MAX];

	fputs("<section aria-labelledby=\"search\">\n<h2 id=\"search\">Search</h2>\n", out);
	if (probe->interrupted)
		fputs("<p>Interrupted: these are the results so far.</p>\n", out);
	html_search(out, report);
	put_timers(out, probe);
	if (probe->grade[0] != '\0') {
		fputs("<p>", out);
		put(out, probe->grade);
		fputs(".</p>\n", out);
	}
	if (probe->remedy_tried) {
		fprintf(out, "<p>Remedy tried: keepalive every %s: ", format_duration(probe->remedy_keepalive, span));
		put_badge(out, probe->remedy_verdict);
		fputs("</p>\n", out);
	}
	fputs("</section>\n", out);
}

/* How a reply begins, line by line. */
static void
put_head(FILE *out, const struct model *model, const struct report_row *row)
{
	const char *rest = (const char *)row->head, *end = rest + row->head_length;
	char name[ROW_NAME_MAX], clean[TEXT_MAX];

	fputs("<h3>", out);
	put(out, row_name(model, row, name));
	fputs("</h3>\n<p>", out);
	put(out, row->reply);
	fputs("</p>\n<pre>", out);
	while (rest < end) {
		const char *newline = memchr(rest, '\n', (size_t)(end - rest));
		const char *stop = newline != NULL ? newline : end;
		size_t length = (size_t)(stop - rest);

		if (length > 0 && rest[length - 1] == '\r')
			length--;
		text_show(clean, sizeof(clean), rest, length, TEXT_LINE);
		put(out, clean);
		fputc('\n', out);
		rest = newline != NULL ? newline + 1 : end;
	}
	fputs("</pre>\n", out);
}

static void
put_asked(FILE *out, const struct model *model)
{
	const struct report *report = model->report;
	bool heads = false;

	if (report->ask->reproduce != NULL) {
		fputs("<section aria-labelledby=\"hand\">\n<h2 id=\"hand\">By hand</h2>\n<pre>", out);
		put(out, report->ask->reproduce);
		fputs("</pre>\n</section>\n", out);
	}
	for (size_t i = 0; i < report->row_count; i++) {
		if (report->rows[i].head == NULL)
			continue;
		if (!heads)
			fputs("<section aria-labelledby=\"replies\">\n<h2 id=\"replies\">How the replies begin</h2>\n", out);
		heads = true;
		put_head(out, model, &report->rows[i]);
	}
	if (heads)
		fputs("</section>\n", out);
}

static void
put_footer(FILE *out, const struct report *report)
{
	fputs("<footer>\n<h2>Made by</h2>\n", out);
	if (report->invocation != NULL) {
		fputs("<pre>", out);
		put(out, report->invocation);
		fputs("</pre>\n", out);
	}
	fprintf(out, "<p class=\"soft\">%s %s", render_tool, render_version);
	if (report->system != NULL) {
		fputs(" on ", out);
		put(out, report->system);
	}
	fputs("</p>\n</footer>\n", out);
}

int
report_html(FILE *out, const struct model *model, const struct report_style *style)
{
	const struct report *report = model->report;

	fprintf(out,
	        "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
	        "<meta charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
	        "'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"/>\n"
	        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	        "<title>%s: %s ", verdict_name(report->verdict), report->command);
	put(out, report->server);
	fputs("</title>\n<style>\n", out);
	for (const char *const *piece = html_style; *piece != NULL; piece++)
		fputs(*piece, out);
	fputs("</style>\n</head>\n<body>\n", out);
	svg_definitions(out);
	put_answer(out, model);
	fputs("<main>\n", out);
	put_path(out, report);
	put_diagnosis(out, report);
	if (report->probe != NULL)
		put_probe(out, report);
	put_rows(out, model, style);
	put_pictures(out, model, style);
	if (report->ask != NULL)
		put_asked(out, model);
	fputs("</main>\n", out);
	put_footer(out, report);
	fputs("</body>\n</html>\n", out);
	return 0;
}
