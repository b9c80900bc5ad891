/* SPDX-License-Identifier: MIT
 *
 * Test Anything Protocol, version 13: a test point a row and one for the answer of
 * a probe, the verdict and its reason as YAML, the ladder of what failed as
 * comments. An inconclusive row is `not ok`: what could not be tested must not look
 * as if it had passed, which SKIP and TODO would make it. SKIP is for a variant of
 * ask that does not count.
 */
#include <string.h>

#include "model.h"
#include "render.h"

/* A number sign begins a directive and a backslash an escape in descriptions. */
static void
put_description(FILE *out, const char *text)
{
	char clean[TEXT_MAX];
	const char *rest = text_clean(text, true, clean, sizeof(clean));

	for (; *rest != '\0'; rest++) {
		if (*rest == '#' || *rest == '\\')
			fputc('\\', out);
		fputc(*rest, out);
	}
}

/* A double-quoted YAML scalar (YAML 1.2 section 7.3.1). */
static void
put_scalar(FILE *out, const char *name, const char *text)
{
	char clean[TEXT_MAX];
	const char *rest = text_clean(text, true, clean, sizeof(clean));

	fprintf(out, "  %s: \"", name);
	for (; *rest != '\0'; rest++) {
		if (*rest == '"' || *rest == '\\')
			fputc('\\', out);
		fputc(*rest, out);
	}
	fprintf(out, "\"\n");
}

static void
put_row(FILE *out, const struct model *model, const struct report_row *row, size_t number,
        const struct report_style *style)
{
	struct report_style plain = *style;
	bool passed = row->skipped || verdict_status(row->finding.verdict) == 0;
	char name[ROW_NAME_MAX];

	plain.colour = false;
	fprintf(out, "%sok %zu - ", passed ? "" : "not ", number);
	put_description(out, row_name(model, row, name));
	if (row->skipped) {
		fprintf(out, " # SKIP ");
		put_description(out, row->finding.reason);
		fprintf(out, "\n");
		return;
	}
	fprintf(out, ": %s\n  ---\n", verdict_name(row->finding.verdict));
	put_scalar(out, "verdict", verdict_name(row->finding.verdict));
	put_scalar(out, "reason", row->finding.reason);
	fprintf(out, "  duration_ms: %.3f\n  ...\n", (double)row->duration / 1e6);
	if ((!passed || style->verbose) && row_is_seen(row))
		report_ladder(out, row, &plain, "# ");
}

static void
put_diagnosis(FILE *out, const struct diagnosis *diagnosis)
{
	if (diagnosis->pattern <= PATTERN_NONE)
		return;
	fprintf(out, "# diagnosis: %s\n", diagnosis->text);
	if (diagnosis_is_new(diagnosis))
		fprintf(out, "# No known system behaves like this; please report it.\n");
	for (size_t i = 0; i < diagnosis->suspect_count; i++)
		fprintf(out, "# suspect: %s: %s\n", diagnosis->suspects[i]->system, diagnosis->suspects[i]->remedy);
}

int
report_tap(FILE *out, const struct model *model, const struct report_style *style)
{
	const struct report *report = model->report;
	char text[TEXT_MAX], clean[TEXT_MAX];
	size_t points = report->row_count + (report->probe != NULL);

	fprintf(out, "TAP version 13\n1..%zu\n", points > 0 ? points : 1);
	if (*path_text(report, style->verbose, text) != '\0')
		fprintf(out, "# path: %s\n", text);
	if (points == 0)
		fprintf(out, "not ok 1 - nothing was tested\n");
	for (size_t i = 0; i < report->row_count; i++)
		put_row(out, model, &report->rows[i], i + 1, style);
	if (report->ask != NULL) {
		fprintf(out, "# %s\n", text_clean(report->ask->summary, true, clean, sizeof(clean)));
		if (report->ask->reproduce != NULL)
			fprintf(out, "# %s\n", report->ask->reproduce);
	}
	if (report->diagnosis != NULL)
		put_diagnosis(out, report->diagnosis);
	if (*remedy_text(report, text) != '\0')
		fprintf(out, "# remedy: %s\n", text);
	if (report->probe != NULL) {
		const struct report_row answer = probe_row(report);

		put_row(out, model, &answer, points, style);
		fprintf(out, "# %s\n", text_clean(probe_answer(report, text), true, clean, sizeof(clean)));
	}
	return 0;
}
