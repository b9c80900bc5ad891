/* SPDX-License-Identifier: MIT
 *
 * Text, marks, names and times that several renderings share.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/clock.h"
#include "../base/parse.h"
#include "render.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

const char render_tool[] = "tcp-half-close-tester";
const char render_version[] = PACKAGE_VERSION;

#define REPLACEMENT 0xFFFDu

uint32_t
text_next(const char **text)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	const unsigned char *s = (const unsigned char *)*text;
	uint32_t point;
	int more;

	if (*s == 0)
		return 0;
	*text += 1;
	if (*s < 0x80)
		return *s;
	if (*s >= 0xC2 && *s <= 0xDF)
		more = 1;
	else if (*s >= 0xE0 && *s <= 0xEF)
		more = 2;
	else if (*s >= 0xF0 && *s <= 0xF4)
		more = 3;
	else
		return REPLACEMENT;
	point = *s & (0x3Fu >> more);
	for (int i = 1; i <= more; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return REPLACEMENT;
		point = point << 6 | (s[i] & 0x3Fu);
	}
	/* Overlong forms and surrogates are not UTF-8 (RFC 3629 section 3). */
	if (point < least[more] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
		return REPLACEMENT;
	*text += more;
	return point;
}

static size_t
encode(uint32_t point, char bytes[static 4])
{
	if (point < 0x80) {
		bytes[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		bytes[0] = (char)(0xC0 | point >> 6);
		bytes[1] = (char)(0x80 | (point & 0x3F));
		return 2;
	}
	if (point < 0x10000) {
		bytes[0] = (char)(0xE0 | point >> 12);
		bytes[1] = (char)(0x80 | (point >> 6 & 0x3F));
		bytes[2] = (char)(0x80 | (point & 0x3F));
		return 3;
	}
	bytes[0] = (char)(0xF0 | point >> 18);
	bytes[1] = (char)(0x80 | (point >> 12 & 0x3F));
	bytes[2] = (char)(0x80 | (point >> 6 & 0x3F));
	bytes[3] = (char)(0x80 | (point & 0x3F));
	return 4;
}

void
text_put(FILE *out, uint32_t point)
{
	char bytes[4] = "";

	fwrite(bytes, 1, encode(point, bytes), out);
}

bool
text_is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7F && point <= 0x9F) ||
	       (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
	       (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF ||
	       (point & 0xFFFE) == 0xFFFE;
}

char *
text_clean(const char *text, bool unicode, char *clean, size_t size)
{
	size_t used = 0;
	uint32_t point;

	if (text == NULL)
		text = "?";
	while ((point = text_next(&text)) != 0) {
		char bytes[4];
		size_t length;

		if (point == '\n' || point == '\r' || point == '\t')
			point = ' ';
		else if (text_is_control(point))
			point = REPLACEMENT;
		if (!unicode && point >= 0x80)
			point = '?';
		length = encode(point, bytes);
		if (used + length >= size)
			break;
		memcpy(clean + used, bytes, length);
		used += length;
	}
	clean[used] = '\0';
	return clean;
}

int
text_columns(const char *text)
{
	int columns = 0;

	for (; *text != '\0'; text++)
		columns += (*text & 0xC0) != 0x80;
	return columns;
}

int
text_bytes(const char *text, int columns)
{
	const char *end = text;

	while (*end != '\0' && columns > 0) {
		columns--;
		text_next(&end);
	}
	return (int)(end - text);
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

char *
render_time(int64_t ns, char text[static RENDER_TIME_MAX])
{
	int64_t fraction = ns % NSEC_PER_SEC;
	time_t seconds = (time_t)(ns / NSEC_PER_SEC);
	struct tm tm;
	size_t used;

	if (fraction < 0) {
		fraction += NSEC_PER_SEC;
		seconds--;
	}
	if (gmtime_r(&seconds, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	used = strftime(text, RENDER_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	if (fraction != 0) {
		used += (size_t)snprintf(text + used, RENDER_TIME_MAX - used, ".%09d",
		                         (int)fraction);
		while (text[used - 1] == '0')
			used--;
	}
	text[used] = 'Z';
	text[used + 1] = '\0';
	return text;
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
