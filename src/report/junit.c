/* SPDX-License-Identifier: MIT
 *
 * JUnit's XML, as CI systems read it: a test case per row and one for the answer of
 * a probe, <failure> for what is broken, <error> for what could not be tested, the
 * ladder as its output.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "render.h"

static void
put_attribute(FILE *out, const char *name, const char *text)
{
	fprintf(out, " %s=\"", name);
	text_put_xml(out, text, false);
	fputc('"', out);
}

static void
put_property(FILE *out, const char *name, const char *text)
{
	if (text == NULL)
		return;
	fprintf(out, "   <property");
	put_attribute(out, "name", name);
	put_attribute(out, "value", text);
	fprintf(out, "/>\n");
}

static void
put_ladder(FILE *out, const struct report_row *row)
{
	static const struct report_style style = {.unicode = true};
	char *text = NULL;
	size_t size;
	FILE *memory;

	if (!row_is_seen(row))
		return;
	/* The ladder is text; it has to pass through text_put_xml. Without memory the
	 * case goes without a picture, its verdict stays. */
	memory = open_memstream(&text, &size);
	if (memory == NULL)
		return;
	report_ladder(memory, row, &style, "");
	if (fclose(memory) == 0) {
		fprintf(out, "   <system-out>\n");
		text_put_xml(out, text, true);
		fprintf(out, "   </system-out>\n");
	}
	free(text);
}

static void
count_case(const struct report_row *row, size_t *failures, size_t *errors, size_t *skipped)
{
	int status = verdict_status(row->finding.verdict);

	*skipped += row->skipped;
	if (row->skipped)
		return;

	*failures += status != 0 && status != 4;
	*errors += status == 4;
}

static void
put_case(FILE *out, const struct model *model, const struct report_row *row)
{
	const char *verdict = verdict_name(row->finding.verdict);
	int status = verdict_status(row->finding.verdict);
	char name[ROW_NAME_MAX];

	fprintf(out, "  <testcase classname=\"%s.%s\"", render_tool, model->report->command);
	put_attribute(out, "name", row_name(model, row, name));
	fprintf(out, " time=\"%.6f\">\n", (double)row->duration / 1e9);
	if (row->skipped) {
		fprintf(out, "   <skipped");
		put_attribute(out, "message", row->finding.reason);
		fprintf(out, "/>\n");
	} else if (status != 0) {
		const char *element = status == 4 ? "error" : "failure";

		fprintf(out, "   <%s type=\"%s\"", element, verdict);
		put_attribute(out, "message", row->finding.reason);
		fprintf(out, ">%s: ", verdict);
		text_put_xml(out, row->finding.reason, true);
		fprintf(out, "</%s>\n", element);
	}
	put_ladder(out, row);
	fprintf(out, "  </testcase>\n");
}

int
report_junit(FILE *out, const struct model *model, const struct report_style *style)
{
	const struct report *report = model->report;
	size_t failures = 0, errors = 0, skipped = 0, tests = report->row_count + (report->probe != NULL);
	struct report_row answer;
	char started[DATE_MAX], text[TEXT_MAX];

	(void)style;
	for (size_t i = 0; i < report->row_count; i++)
		count_case(&report->rows[i], &failures, &errors, &skipped);
	if (report->probe != NULL) {
		answer = probe_row(report);
		count_case(&answer, &failures, &errors, &skipped);
	}
	if (tests == 0)
		tests = errors = 1;
	/* JUnit's schema knows neither fractions nor a zone. */
	date_seconds(report->started, 'T', started);
	fprintf(out,
	        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	        "<testsuites>\n"
	        " <testsuite name=\"%s.%s\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\""
	        " skipped=\"%zu\" time=\"%.6f\" timestamp=\"%s\">\n"
	        "  <properties>\n",
	        render_tool, report->command, tests, failures, errors, skipped,
	        (double)report->duration / 1e9, started);
	put_property(out, "version", render_version);
	put_property(out, "client", report->client);
	put_property(out, "proxy", report->proxy);
	put_property(out, "via", report->via);
	put_property(out, "server", report->server);
	if (*path_text(report, true, text) != '\0')
		put_property(out, "path", text);
	put_property(out, "verdict", verdict_name(report->verdict));
	if (report->ask != NULL) {
		put_property(out, "summary", report->ask->summary);
		put_property(out, "reproduce", report->ask->reproduce);
	}
	if (report->probe != NULL) {
		put_property(out, "answer", probe_answer(report, text));
		put_property(out, "reason", report->probe->reason);
		put_property(out, "grade", report->probe->grade);
	}
	if (report->diagnosis != NULL) {
		put_property(out, "pattern", pattern_name(report->diagnosis->pattern));
		put_property(out, "diagnosis", report->diagnosis->text);
		for (size_t i = 0; i < report->diagnosis->suspect_count; i++) {
			const struct known_box *box = report->diagnosis->suspects[i];

			snprintf(text, sizeof(text), "%s: %s", box->system, box->remedy);
			put_property(out, "suspect", text);
		}
	}
	if (*remedy_text(report, text) != '\0')
		put_property(out, "remedy", text);
	fprintf(out, "  </properties>\n");
	if (report->row_count == 0 && report->probe == NULL)
		fprintf(out,
		        "  <testcase classname=\"%s.%s\" name=\"%s\" time=\"0\">\n"
		        "   <error type=\"inconclusive\" message=\"nothing was tested\"/>\n"
		        "  </testcase>\n",
		        render_tool, report->command, report->command);
	for (size_t i = 0; i < report->row_count; i++)
		put_case(out, model, &report->rows[i]);
	if (report->probe != NULL)
		put_case(out, model, &answer);
	fprintf(out, " </testsuite>\n</testsuites>\n");
	return 0;
}
