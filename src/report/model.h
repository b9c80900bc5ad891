/* SPDX-License-Identifier: MIT
 *
 * What a report is about, found out once for all renderings. Private to report/.
 */
#ifndef REPORT_MODEL_H
#define REPORT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "render.h"
#include "report.h"

/* All runs of one scenario; of probe, all trials. */
struct model_group {
	const char *name;
	size_t counts[VERDICTS];
	enum verdict worst;
	int64_t longest; /* ns */
	bool drawn[VERDICTS];
};

struct model {
	const struct report *report;
	bool repeated; /* some row is not the only one of its name */
	size_t counts[VERDICTS];
	size_t skipped; /* rows that do not count */
	struct model_group *groups;
	size_t group_count;
	/* Rows worth a picture, in their order: of those that failed alike, the first, and
	 * of those that the diagnosis explains, the clearest. Of a probe the shortest
	 * death alone. */
	bool drawn[PATTERNS];
	const struct report_row **pictures;
	size_t picture_count;
	const struct report_row *death; /* of a probe: the shortest that died as its verdict says */
};

/* Reads REPORT, which stays the caller's and must live as long. In time linear to
 * its rows. 0, or -1 with errno when memory is short; release with model_free. */
int model_init(struct model *model, const struct report *report);
void model_free(struct model *model);

/* A name for ROW that is unique within the report: "late", "late run 2",
 * "silence of 5s". Returns NAME. */
#define ROW_NAME_MAX 128
char *row_name(const struct model *model, const struct report_row *row,
               char name[static ROW_NAME_MAX]);

/* The verdict of ROW as it is shown: one that does not count is "skipped". */
const char *row_verdict(const struct report_row *row);

/* Whether VERDICT is as good as it can be: of ask, one end's word is all there is. */
bool model_is_good(const struct model *model, enum verdict verdict);

/* Whether the diagnosis tells why ROW failed. */
bool row_is_explained(const struct model *model, const struct report_row *row);

/* Whether at least one end's view came back: without, there is nothing to draw. */
bool row_is_seen(const struct report_row *row);

/* The outcome of a probe as one more row, for formats that a machine counts: all
 * trials of an interrupted search may have lived, and yet it passed nothing. */
struct report_row probe_row(const struct report *report);

/* What all rows of a check together say of the path, a sentence. */
const char *model_conclusion(const struct model *model);

/* What came of check's remedy, without a full stop; "" where none was asked for or none
 * is needed. Returns TEXT. */
char *remedy_text(const struct report *report, char text[static TEXT_MAX]);

/* The probe's answer in one sentence without a full stop. Returns TEXT. */
char *probe_answer(const struct report *report, char text[static TEXT_MAX]);

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

/* The writers of formats.def. */
#define FORMAT(word, extension, in_bundle) \
	int report_##word(FILE *out, const struct model *model, const struct report_style *style);
#include "formats.def"
#undef FORMAT

#endif
