/* SPDX-License-Identifier: MIT
 *
 * Spans by tables: the first row that a span lies below gives unit and digits. Each
 * bound is what the row's digits would round up to the next unit.
 *
 * Dates are computed without the time zone files that gmtime_r(3) reads and keeps: a
 * forked child that logs a line or two must stay small.
 */
#include "span.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

struct row {
	int64_t below, unit; /* ns */
	int digits;
	const char *name;
};

static const struct row brief[] = {
	{ 10 * NSEC_PER_MSEC, NSEC_PER_MSEC, 1, "ms" },
	{ 999500 * NSEC_PER_USEC, NSEC_PER_MSEC, 0, "ms" },
	{ INT64_MAX, NSEC_PER_SEC, 1, "s" },
};

static const struct row fine[] = {
	{ NSEC_PER_MSEC - 500, NSEC_PER_USEC, 0, "us" },
	{ NSEC_PER_SEC - NSEC_PER_MSEC / 20, NSEC_PER_MSEC, 1, "ms" },
	{ INT64_MAX, NSEC_PER_SEC, 2, "s" },
};

static const struct row column[] = {
	{ 9999 * NSEC_PER_MSEC, NSEC_PER_MSEC, 1, "ms" },
	{ 999 * NSEC_PER_SEC, NSEC_PER_SEC, 3, "s" },
	{ 9999 * NSEC_PER_SEC, NSEC_PER_SEC, 2, "s" },
	{ INT64_MAX, NSEC_PER_SEC, 0, "s" },
};

/* NS in the unit and with the digits of the row that LIKE is below. */
static char *
scaled(const struct row *row, int64_t ns, int64_t like, char text[static SPAN_MAX])
{
	while (like >= row->below && row->below < INT64_MAX)
		row++;
	snprintf(text, SPAN_MAX, "%.*f %s", row->digits, (double)ns / (double)row->unit, row->name);
	return text;
}

char *
span_brief(int64_t ns, char text[static SPAN_MAX])
{
	int64_t seconds = ns / NSEC_PER_SEC + (ns % NSEC_PER_SEC >= NSEC_PER_SEC / 2);

	if (ns < 99950 * NSEC_PER_MSEC)
		return scaled(brief, ns, ns, text);
	if (seconds >= 3600)
		snprintf(text, SPAN_MAX, "%lldh%02dm%02ds", (long long)(seconds / 3600),
		         (int)(seconds / 60 % 60), (int)(seconds % 60));
	else
		snprintf(text, SPAN_MAX, "%dm%02ds", (int)(seconds / 60), (int)(seconds % 60));
	return text;
}

char *
span_fine(int64_t ns, char text[static SPAN_MAX])
{
	if (ns < 0)
		ns = 0;
	return scaled(fine, ns, ns, text);
}

struct span_text
span_fine_text(int64_t ns)
{
	struct span_text span = { "" };

	span_fine(ns, span.text);
	return span;
}

char *
span_column(int64_t ns, int64_t longest, char text[static SPAN_MAX])
{
	if (ns < 0)
		text[0] = '\0';
	else if (ns >= 10000000 * NSEC_PER_SEC) /* a stranger may claim any time */
		snprintf(text, SPAN_MAX, "%.1e s", (double)ns / 1e9);
	else
		scaled(column, ns, longest, text);
	return text;
}

/* The civil date by counting: sixty steps, and no table of a library's. */
static void
civil_date(int64_t days, int *year, int *month, int *day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	for (*year = 1970;; (*year)++) {
		bool leap = (*year % 4 == 0 && *year % 100 != 0) || *year % 400 == 0;

		if (days < (leap ? 366 : 365)) {
			for (*month = 0;; (*month)++) {
				int length = lengths[*month] + (leap && *month == 1);

				if (days < length)
					break;
				days -= length;
			}
			break;
		}
		days -= leap ? 366 : 365;
	}
	*month += 1;
	*day = (int)days + 1;
}

char *
date_seconds(int64_t ns, char separator, char text[static DATE_MAX])
{
	int64_t seconds = ns > 0 ? ns / NSEC_PER_SEC : 0;
	int year, month, day;

	civil_date(seconds / 86400, &year, &month, &day);
	seconds %= 86400;
	snprintf(text, DATE_MAX, "%04d-%02d-%02d%c%02d:%02d:%02d", year, month, day, separator,
	         (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
	return text;
}

char *
date_rfc3339(int64_t ns, char text[static DATE_MAX])
{
	int64_t fraction = ns > 0 ? ns % NSEC_PER_SEC : 0;
	size_t used = strlen(date_seconds(ns, 'T', text));

	if (fraction > 0) {
		used += (size_t)snprintf(text + used, DATE_MAX - used, ".%09d", (int)fraction);
		while (text[used - 1] == '0')
			used--;
	}
	snprintf(text + used, DATE_MAX - used, "Z");
	return text;
}
