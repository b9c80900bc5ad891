/* SPDX-License-Identifier: MIT
 *
 * The search of a probe as a drawing: idle times from left to right on a logarithmic
 * scale, trials in their order from top to bottom, known timers that fit as lines.
 */
#include "../base/exit_status.h"
#include "../base/parse.h"
#include "html.h"

#define TOP 20
/* Of a trial; so many fit before they come closer together. */
#define PITCH 18
#define TALLEST 720

struct search {
	FILE *out;
	const struct report *report;
	double low, high; /* doublings of 1 ns, at 4 % and 90 % */
	double height;
};

/* The logarithm to base 2 of N > 0, exact for powers of 2 and a straight line between
 * them: near enough for a drawing, and without a library. */
static double
doublings(int64_t n)
{
	int power = 63 - __builtin_clzll((unsigned long long)n);

	return power + (double)(n - (INT64_C(1) << power)) / (double)(INT64_C(1) << power);
}

static double
across(const struct search *search, int64_t idle)
{
	double at = idle > 0 ? doublings(idle) : search->low;

	if (at <= search->low)
		return 4;
	return 4 + (at - search->low) / (search->high - search->low) * 86;
}

static void
set_range(struct search *search)
{
	const struct report *report = search->report;
	int64_t least = INT64_MAX, most = 1;

	for (size_t i = 0; i < report->row_count; i++) {
		int64_t idle = report->rows[i].silence;

		if (idle > 0 && idle < least)
			least = idle;
		most = idle > most ? idle : most;
	}
	for (size_t i = 0; i < report->probe->culprit_count; i++)
		if (report->probe->culprits[i]->after > most)
			most = report->probe->culprits[i]->after;
	if (least > most)
		least = most;
	search->low = doublings(least) - 0.3;
	search->high = doublings(most) + 0.3;
	search->height = (double)report->row_count * PITCH;
	if (search->height > TALLEST)
		search->height = TALLEST;
}

/* The stretch between the longest that survived and the shortest that did not. */
static void
put_bounds(const struct search *search)
{
	const struct report_probe *probe = search->report->probe;
	double left = across(search, probe->lives_at_least), right;

	if (probe->dies_before < 0)
		return;
	right = across(search, probe->dies_before);
	fprintf(search->out, "<rect class=\"bounds\" x=\"%.2f%%\" y=\"%d\" width=\"%.2f%%\" height=\"%.0f\"/>\n",
	        left, TOP - 4, right > left ? right - left : 0.2, search->height + 8);
}

static void
put_timers(const struct search *search)
{
	const struct report_probe *probe = search->report->probe;
	double last = -10;
	int lower = 0;

	for (size_t i = 0; i < probe->culprit_count; i++) {
		double x = across(search, probe->culprits[i]->after);
		char letter[2] = {html_timer_letter(i), '\0'};

		/* Timers of the same default share a line: their letters stand side by side. */
		lower = x - last < 3 && last - x < 3 ? lower + 1 : 0;
		last = x;
		svg_line(search->out, "timer", x, TOP - 4, x, TOP + search->height + 4);
		svg_text(search->out, "behind strong", x - 0.6 + 2.2 * lower, 12, letter);
	}
}

static void
put_trials(const struct search *search)
{
	const struct report *report = search->report;
	double pitch = search->height / (double)(report->row_count > 0 ? report->row_count : 1);

	for (size_t i = 0; i < report->row_count; i++) {
		const struct report_row *row = &report->rows[i];
		int status = verdict_status(row->finding.verdict);
		double x = across(search, row->silence), y = TOP + ((double)i + 0.5) * pitch;
		const char *sign = status == STATUS_OK ? "\xe2\x9c\x93" : status == STATUS_INCONCLUSIVE ? "?" : "\xe2\x9c\x97";
		char span[PARSE_TEXT_MAX], text[PARSE_TEXT_MAX + 16];

		svg_line(search->out, "grid", 4, y, x, y);
		fprintf(search->out, "<circle class=\"trial-%s\" cx=\"%.2f%%\" cy=\"%.1f\" r=\"%.1f\"/>\n",
		        status == STATUS_OK ? "good" : status == STATUS_INCONCLUSIVE ? "open" : "broken", x, y,
		        pitch > 10 ? 6.0 : 3.0);
		if (pitch < 12)
			continue;
		snprintf(text, sizeof(text), "%s %s", sign, format_duration(row->silence, span));
		svg_text(search->out, x > 70 ? "before" : "behind", x, y + 4, text);
	}
}

void
html_search(FILE *out, const struct report *report)
{
	struct search search = {.out = out, .report = report};
	const struct report_probe *probe = report->probe;
	char description[512], lived[PARSE_TEXT_MAX], died[PARSE_TEXT_MAX];

	if (report->row_count == 0)
		return;
	set_range(&search);
	format_duration(probe->lives_at_least, lived);
	format_duration(probe->dies_before >= 0 ? probe->dies_before : 0, died);
	snprintf(description, sizeof(description),
	         "%zu trials. The longest idle time survived below every failure is %s; the shortest failure is %s. "
	         "The table of trials has each of them.", report->row_count, lived,
	         probe->dies_before >= 0 ? died : "none");
	fputs("<figure>\n<figcaption>Trials in their order, from top to bottom; idle time from left to right, "
	      "logarithmic. <span class=\"key good\">\xe2\x9c\x93 survived</span> <span class=\"key broken\">"
	      "\xe2\x9c\x97 failed</span> <span class=\"key open\">? not decided</span>", out);
	if (probe->dies_before >= 0)
		fputs(" <span class=\"key bounds\">where the timer lies</span>", out);
	if (probe->culprit_count > 0)
		fputs(" <span class=\"key timer\">known timers, by the letters of the table below</span>", out);
	fputs("</figcaption>\n", out);
	svg_begin(out, "search", 0, (int)search.height + TOP + 8, "Idle times that were tried", description);
	put_bounds(&search);
	put_timers(&search);
	put_trials(&search);
	svg_end(out);
	fputs("</figure>\n", out);
}
