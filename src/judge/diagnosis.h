/* SPDX-License-Identifier: MIT
 *
 * From all verdicts of a path, and the views behind them, to the one thing that it
 * does, and to the systems that are known to do that. Pure.
 */
#ifndef JUDGE_DIAGNOSIS_H
#define JUDGE_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "known_boxes.h"
#include "pattern.h"
#include "verdict.h"

struct observation;

/* One row of a report. Borrows what it points to. */
struct diagnosis_row {
	const char *name; /* the scenario of check or the variant of ask */
	bool half_closes;
	bool counts;      /* false: it tested nothing */
	const struct finding *finding;
	const struct observation *local, *remote; /* NULL: no view */
	const struct judge_facts *facts; /* NULL: nothing is known */
};

/* What one row shows. */
struct symptom {
	enum pattern pattern; /* PATTERN_UNKNOWN: nothing; PATTERN_NONE: it was preserved */
	unsigned sides;       /* enum sides: whose FIN, or RST */
	int64_t after;        /* ns; -1: not known */
};
struct symptom diagnosis_symptom(const struct diagnosis_row *row);

#define SUSPECTS_MAX 5
#define DIAGNOSIS_MAX 512

struct diagnosis {
	enum pattern pattern;
	unsigned sides;       /* whose FIN sets it off */
	unsigned spared;      /* whose FIN was tested as well, and does not */
	size_t shown, tested; /* rows that show it, of those that could */
	int64_t after, spread; /* ns after the FIN, or of idle time: the middle and give or take; -1: no time */
	int64_t bytes;        /* of PATTERN_LIMITS_BYTES; else -1 */
	enum pattern besides; /* what else it does; PATTERN_NONE: nothing */
	size_t clearest;      /* the row that shows it best; SIZE_MAX: none */
	char text[DIAGNOSIS_MAX]; /* one or two sentences for people */
	const struct known_box *suspects[SUSPECTS_MAX]; /* likeliest first */
	size_t suspect_count;
	size_t more;          /* further systems that fit nearly as well */
};

/* CARRIER is an enum carrier: what the path under test consists of as far as that is
 * known from the outside. */
void diagnose(struct diagnosis *diagnosis, const struct diagnosis_row *rows, size_t count,
              unsigned carrier);

/* Whether ROW is explained by DIAGNOSIS, so that it needs no words of its own. */
bool diagnosis_explains(const struct diagnosis *diagnosis, const struct diagnosis_row *row);

/* Whether a known system was looked for, and not found; none is known for what fails
 * without a half-close. */
bool diagnosis_is_new(const struct diagnosis *diagnosis);

#endif
