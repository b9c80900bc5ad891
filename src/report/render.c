/* SPDX-License-Identifier: MIT
 *
 * Text, marks, names and times that several renderings share.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/parse.h"
#include "render.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

const char render_tool[] = "tcp-half-close-tester";
const char render_version[] = PACKAGE_VERSION;

void
text_put(FILE *out, uint32_t point)
{
	char bytes[4] = "";

	fwrite(bytes, 1, text_encode(point, bytes), out);
}

char *
text_clean(const char *text, bool unicode, char *clean, size_t size)
{
	if (text == NULL)
		text = "?";
	text_show(clean, size, text, strlen(text), unicode ? TEXT_LINE : TEXT_LINE_ASCII);
	return clean;
}

static const char *const sequences[] = {
	[COLOUR_NONE] = "",         [COLOUR_DIM] = "\033[2m",    [COLOUR_BOLD] = "\033[1m",
	[COLOUR_RED] = "\033[31m",  [COLOUR_GREEN] = "\033[32m", [COLOUR_YELLOW] = "\033[33m",
};

const char *
colour_on(const struct report_style *style, enum colour colour)
{
	return style->colour ? sequences[colour] : "";
}

const char *
colour_off(const struct report_style *style, enum colour colour)
{
	return style->colour && colour != COLOUR_NONE ? "\033[0m" : "";
}

enum colour
verdict_colour(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PRESERVED:
		return COLOUR_GREEN;
	case VERDICT_INCONCLUSIVE:
		return COLOUR_YELLOW;
	default:
		return COLOUR_RED;
	}
}

char *
row_name(const struct report *report, const struct report_row *row, char name[static ROW_NAME_MAX])
{
	char text[PARSE_TEXT_MAX];
	bool repeated = false;

	for (size_t i = 0; i < report->row_count; i++)
		repeated |= report->rows[i].run > 1;
	if (row->silence >= 0)
		snprintf(name, ROW_NAME_MAX, "silence of %s", format_duration(row->silence, text));
	else
		snprintf(name, ROW_NAME_MAX, "%.64s", row->name != NULL ? row->name : "?");
	if (repeated) {
		size_t used = strlen(name);

		snprintf(name + used, ROW_NAME_MAX - used, " run %d", row->run);
	}
	return name;
}

void
count_verdicts(const struct report *report, size_t counts[static VERDICTS])
{
	memset(counts, 0, VERDICTS * sizeof(*counts));
	for (size_t i = 0; i < report->row_count; i++)
		counts[report->rows[i].finding.verdict]++;
}

const struct report_row *
probe_death(const struct report *report)
{
	const struct report_row *death = NULL;

	for (size_t i = 0; i < report->row_count; i++) {
		const struct report_row *row = &report->rows[i];

		if (row->silence >= 0 && verdict_status(row->finding.verdict) == 1 &&
		    row->finding.verdict == report->verdict &&
		    (death == NULL || row->silence < death->silence))
			death = row;
	}
	return death;
}

struct report_row
probe_row(const struct report *report)
{
	struct report_row row = {
		.name = "answer",
		.silence = -1,
		.run = 1,
		.duration = report->duration,
		.finding = {.verdict = report->verdict, .after = -1},
	};

	snprintf(row.finding.reason, sizeof(row.finding.reason), "%s", report->probe->reason);
	return row;
}

char *
probe_answer(const struct report *report, char text[static TEXT_MAX])
{
	const struct report_probe *probe = report->probe;
	char lived[PARSE_TEXT_MAX], died[PARSE_TEXT_MAX];
	const char *dies = probe->noisy ? "may die" : "dies";
	int used;

	used = snprintf(text, TEXT_MAX, "An idle %.64s connection ", probe->state);
	format_duration(probe->lives_at_least, lived);
	format_duration(probe->dies_before >= 0 ? probe->dies_before : 0, died);
	if (probe->dies_before >= 0 && probe->lives_at_least > 0)
		snprintf(text + used, TEXT_MAX - (size_t)used,
		         "lives at least %s and %s before %s", lived, dies, died);
	else if (probe->dies_before >= 0)
		snprintf(text + used, TEXT_MAX - (size_t)used, "%s before %s", dies, died);
	else if (probe->lives_at_least > 0)
		snprintf(text + used, TEXT_MAX - (size_t)used,
		         "lives at least %s, and none was seen to die", lived);
	else
		snprintf(text + used, TEXT_MAX - (size_t)used,
		         "was not tested: how long it lives is not known");
	return text;
}
