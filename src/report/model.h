/* SPDX-License-Identifier: MIT
 *
 * What a report is about, found out once for all renderings. Private to report/.
 */
#ifndef REPORT_MODEL_H
#define REPORT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "render.h"
#include "report.h"

enum fact_unit { FACT_DURATION, FACT_BYTES, FACT_RATE, FACT_COUNT };

/* The members of struct report_path_facts as rows. */
struct fact {
	const char *name;   /* "max-fin-delay", as in JSON */
	const char *metric; /* the name of its gauge, with the unit */
	const char *help;   /* a sentence */
	enum fact_unit unit;
	size_t member;
};
extern const struct fact facts[];
extern const size_t facts_count;

/* The value of FACT in its unit (ns for durations); -1: not known. */
int64_t fact_value(const struct report *report, const struct fact *fact);

/* VALUE for people: "212 ms", "192 KiB", "3.1 Mbit/s". Returns TEXT. */
#define FACT_TEXT_MAX 48
char *fact_text(enum fact_unit unit, int64_t value, char text[static FACT_TEXT_MAX]);

/* "RTT 212 ms, 3.1 Mbit/s; 192 KiB a scenario"; with VERBOSE the other settings
 * too. Returns TEXT, "" when nothing is known. */
char *path_text(const struct report *report, bool verbose, char text[static TEXT_MAX]);

#endif
