/* SPDX-License-Identifier: MIT
 *
 * The facts of the path, for all renderings.
 */
#include <string.h>

#include "../base/clock.h"
#include "model.h"
#include "progress.h"

#define FACT(member, name, metric, unit, help)                                                     \
	{ name, metric, help, unit, offsetof(struct report_path_facts, member) }
const struct fact facts[] = {
	FACT(rtt, "rtt", "rtt_seconds", FACT_DURATION, "Round trip of the path."),
	FACT(rate, "rate", "rate_bytes_per_second", FACT_RATE, "Rate that the path carries."),
	FACT(size, "size", "size_bytes", FACT_BYTES, "Bytes that a connection sends."),
	FACT(chunk, "chunk", "chunk_bytes", FACT_BYTES, "Bytes of a chunk."),
	FACT(interval, "interval", "interval_seconds", FACT_DURATION, "Pause between chunks."),
	FACT(timeout, "timeout", "timeout_seconds", FACT_DURATION, "Longest time for a scenario."),
	FACT(max_fin_delay, "max-fin-delay", "max_fin_delay_seconds", FACT_DURATION,
	     "How late the FIN may arrive."),
	FACT(after_fin, "after-fin", "after_fin_seconds", FACT_DURATION,
	     "How long the other end sends on after the FIN."),
	FACT(jobs, "jobs", "jobs", FACT_COUNT, "Connections under test at once."),
};
const size_t facts_count = sizeof(facts) / sizeof(facts[0]);

int64_t
fact_value(const struct report *report, const struct fact *fact)
{
	if (report->facts == NULL)
		return -1;
	return *(const int64_t *)(const void *)((const char *)report->facts + fact->member);
}

static void
rate_text(int64_t bytes, char text[static FACT_TEXT_MAX])
{
	static const char *const units[] = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"};
	double rate = (double)bytes * 8;
	size_t unit = 0;

	for (; rate >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0]); unit++)
		rate /= 1000;
	snprintf(text, FACT_TEXT_MAX, rate < 99.95 && unit > 0 ? "%.1f %s" : "%.0f %s", rate,
	         units[unit]);
}

/* "192 KiB" where progress_bytes has "192.0 KiB". */
static void
bytes_text(int64_t bytes, char text[static FACT_TEXT_MAX])
{
	char *zero;

	progress_bytes(bytes, text);
	zero = strstr(text, ".0 ");
	if (zero != NULL)
		memmove(zero, zero + 2, strlen(zero + 2) + 1);
}

char *
fact_text(enum fact_unit unit, int64_t value, char text[static FACT_TEXT_MAX])
{
	switch (unit) {
	case FACT_DURATION:
		if (value < 10 * NSEC_PER_MSEC) /* a round trip on one machine */
			span_fine(value, text);
		else
			span_brief(value, text);
		break;
	case FACT_BYTES:
		bytes_text(value, text);
		break;
	case FACT_RATE:
		rate_text(value, text);
		break;
	case FACT_COUNT:
		snprintf(text, FACT_TEXT_MAX, "%jd", (intmax_t)value);
		break;
	}
	return text;
}

/* Adds BEFORE, the value and AFTER, when the value is known. */
static void
add(char text[static TEXT_MAX], const char *separator, const char *before, enum fact_unit unit,
    int64_t value, const char *after)
{
	char shown[FACT_TEXT_MAX];
	size_t used = strlen(text);

	if (value >= 0)
		snprintf(text + used, TEXT_MAX - used, "%s%s%s%s", used > 0 ? separator : "", before,
		         fact_text(unit, value, shown), after);
}

char *
path_text(const struct report *report, bool verbose, char text[static TEXT_MAX])
{
	const struct report_path_facts *known = report->facts;

	text[0] = '\0';
	if (known == NULL)
		return text;
	add(text, "", "RTT ", FACT_DURATION, known->rtt, "");
	add(text, ", ", "", FACT_RATE, known->rate, "");
	add(text, "; ", "", FACT_BYTES, known->size,
	    report->probe != NULL ? " a trial" : " a scenario");
	if (!verbose)
		return text;
	add(text, ", ", "in chunks of ", FACT_BYTES, known->chunk, "");
	if (known->interval > 0)
		add(text, ", ", "one every ", FACT_DURATION, known->interval, "");
	add(text, ", ", "timeout ", FACT_DURATION, known->timeout, "");
	add(text, ", ", "FIN at most ", FACT_DURATION, known->max_fin_delay, " late");
	add(text, ", ", "", FACT_DURATION, known->after_fin, " of data after the FIN");
	add(text, ", ", "", FACT_COUNT, known->jobs, " at once");
	return text;
}
