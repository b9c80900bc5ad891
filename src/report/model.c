/* SPDX-License-Identifier: MIT
 *
 * Names, groups, pictures and facts of a report, for all renderings.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/parse.h"
#include "model.h"
#include "progress.h"

static const char *
name_of(const struct report_row *row)
{
	return row->name != NULL ? row->name : "?";
}

bool
row_is_seen(const struct report_row *row)
{
	return row->local_known || row->remote_known;
}

const char *
row_verdict(const struct report_row *row)
{
	return row->skipped ? "skipped" : verdict_name(row->finding.verdict);
}

struct diagnosis_row
report_diagnosis_row(const struct report_row *row)
{
	return (struct diagnosis_row){
		.name = name_of(row),
		.half_closes = row->half_closes,
		.counts = !row->skipped,
		.finding = &row->finding,
		.local = row->local_known ? &row->local : NULL,
		.remote = row->remote_known ? &row->remote : NULL,
		.facts = &row->facts,
	};
}

bool
model_is_good(const struct model *model, enum verdict verdict)
{
	return model->report->ask != NULL ? verdict_status(verdict) == STATUS_OK
	                                  : verdict == VERDICT_PRESERVED;
}

bool
row_is_explained(const struct model *model, const struct report_row *row)
{
	const struct diagnosis *diagnosis = model->report->diagnosis;
	struct diagnosis_row read = report_diagnosis_row(row);

	return diagnosis != NULL && diagnosis->clearest < model->report->row_count
	       && diagnosis_explains(diagnosis, &read);
}

/* The group called NAME, made when there is none. Rows come in the order of their
 * scenarios, run after run: the search begins after the group of the row before. */
static struct model_group *
group_of(struct model *model, const char *name, size_t *next)
{
	for (size_t i = 0; i < model->group_count; i++) {
		size_t at = (*next + i) % model->group_count;

		if (model->groups[at].name != NULL && strcmp(model->groups[at].name, name) == 0) {
			*next = at + 1;
			return &model->groups[at];
		}
	}
	*next = ++model->group_count;
	model->groups[*next - 1] = (struct model_group){ .name = name, .worst = VERDICT_PRESERVED };
	return &model->groups[*next - 1];
}

/* Whether another picture shows as much; if not, ROW's will. What the diagnosis
 * explains has one picture, the clearest; what is left has one a cause. */
static bool
is_told(struct model *model, const struct report_row *row, bool drawn[static VERDICTS])
{
	const struct diagnosis *diagnosis = model->report->diagnosis;
	enum verdict verdict = row->finding.verdict;
	struct diagnosis_row read = report_diagnosis_row(row);
	struct symptom symptom = diagnosis_symptom(&read);
	bool *told = diagnosis != NULL && symptom.pattern != PATTERN_UNKNOWN ? &model->drawn[symptom.pattern]
	                                                                     : &drawn[verdict];
	bool was = *told;

	*told = true;
	if (diagnosis != NULL && row_is_explained(model, row))
		return row != &model->report->rows[diagnosis->clearest];
	return was;
}

static void
add_row(struct model *model, const struct report_row *row, size_t *next)
{
	enum verdict verdict = row->finding.verdict;
	struct model_group *group;
	bool *drawn;

	if (row->skipped) {
		model->skipped++;
		return;
	}
	group = group_of(model, name_of(row), next);
	/* The variants of ask fail alike, too: all see the same service. */
	drawn = model->report->ask != NULL ? model->groups[0].drawn : group->drawn;

	model->repeated |= row->run > 1;
	model->counts[verdict]++;
	group->counts[verdict]++;
	group->worst = verdict_worse(group->worst, verdict);
	if (row->duration > group->longest)
		group->longest = row->duration;
	if (model->report->probe != NULL) {
		if (row->silence >= 0 && verdict_status(verdict) == STATUS_BROKEN &&
		    verdict == model->report->verdict &&
		    (model->death == NULL || row->silence < model->death->silence))
			model->death = row;
	} else if (!model_is_good(model, verdict) && row_is_seen(row) && !is_told(model, row, drawn)) {
		model->pictures[model->picture_count++] = row;
	}
}

int
model_init(struct model *model, const struct report *report)
{
	size_t room = report->row_count > 0 ? report->row_count : 1, next = 0;

	*model = (struct model){ .report = report };
	model->groups = calloc(room, sizeof(*model->groups));
	model->pictures = calloc(room, sizeof(*model->pictures));
	if (model->groups == NULL || model->pictures == NULL) {
		model_free(model);
		errno = ENOMEM;
		return -1;
	}
	for (size_t i = 0; i < report->row_count; i++)
		add_row(model, &report->rows[i], &next);
	if (model->death != NULL && row_is_seen(model->death))
		model->pictures[model->picture_count++] = model->death;
	return 0;
}

void
model_free(struct model *model)
{
	free(model->groups);
	free(model->pictures);
	*model = (struct model){ .report = NULL };
}

char *
row_name(const struct model *model, const struct report_row *row, char name[static ROW_NAME_MAX])
{
	char text[PARSE_TEXT_MAX];

	if (row->silence >= 0)
		snprintf(name, ROW_NAME_MAX, "idle for %s", format_duration(row->silence, text));
	else
		snprintf(name, ROW_NAME_MAX, "%.64s", name_of(row));
	if (model->repeated) {
		size_t used = strlen(name);

		snprintf(name + used, ROW_NAME_MAX - used, " run %d", row->run);
	}
	return name;
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

/* Whether a row that half-closes (or one that does not) came out as STATUS says. */
static bool
has_row(const struct report *report, bool half_closes, int status)
{
	for (size_t i = 0; i < report->row_count; i++)
		if (report->rows[i].half_closes == half_closes &&
		    verdict_status(report->rows[i].finding.verdict) == status)
			return true;
	return false;
}

const char *
model_conclusion(const struct model *model)
{
	const struct report *report = model->report;
	int status = verdict_status(report->verdict);

	if (!report->tested)
		return "Nothing was tested.";
	if (status == STATUS_OK && !has_row(report, true, status))
		return "The path works; no half-close was tested.";
	if (status == STATUS_OK)
		return "Half-close works on this path.";
	if (status == STATUS_INCONCLUSIVE)
		return "Not everything could be tested, so half-close is not proven to work.";
	return has_row(report, false, status) ? "The path is broken even without a half-close."
	                                      : "Half-close is broken on this path.";
}

char *
remedy_text(const struct report *report, char text[static TEXT_MAX])
{
	const struct report_remedy *remedy = report->remedy;
	char amount[PARSE_TEXT_MAX], flag[PARSE_TEXT_MAX + 16];

	*text = '\0';
	if (remedy == NULL || report->diagnosis == NULL || report->diagnosis->pattern <= PATTERN_NONE)
		return text;
	if (remedy->tried == NULL) {
		snprintf(text, TEXT_MAX, "none that could be tried from here");
		return text;
	}
	if (remedy->keepalive > 0)
		snprintf(flag, sizeof(flag), "--keepalive %s", format_duration(remedy->keepalive, amount));
	else
		snprintf(flag, sizeof(flag), "--size %jd", (intmax_t)remedy->size);
	if (verdict_status(remedy->verdict) == STATUS_BROKEN)
		snprintf(text, TEXT_MAX, "%s does not help %s (verified): %s", flag, remedy->scenario,
		         verdict_name(remedy->verdict));
	else
		snprintf(text, TEXT_MAX, "with %s, %s is %s%s", flag, remedy->scenario, verdict_name(remedy->verdict),
		         verdict_status(remedy->verdict) == STATUS_OK ? " (verified)" : "");
	return text;
}

char *
probe_answer(const struct report *report, char text[static TEXT_MAX])
{
	const struct report_probe *probe = report->probe;
	char lived[PARSE_TEXT_MAX], died[PARSE_TEXT_MAX];
	const char *dies = probe->noisy ? "may fail" : "fails";
	int used;

	used = snprintf(text, TEXT_MAX, "An idle %.64s connection ", probe->state);
	format_duration(probe->lives_at_least, lived);
	format_duration(probe->dies_before >= 0 ? probe->dies_before : 0, died);
	if (probe->dies_before >= 0 && probe->lives_at_least > 0)
		snprintf(text + used, TEXT_MAX - (size_t)used,
		         "survives at least %s and %s before %s", lived, dies, died);
	else if (probe->dies_before >= 0)
		snprintf(text + used, TEXT_MAX - (size_t)used, "%s before %s", dies, died);
	else if (probe->lives_at_least > 0)
		snprintf(text + used, TEXT_MAX - (size_t)used,
		         "survives at least %s (the longest time tested)", lived);
	else
		snprintf(text + used, TEXT_MAX - (size_t)used,
		         "was not tested");
	return text;
}

#define FACT(member, name, metric, unit, help)                                                     \
	{ name, metric, help, unit, offsetof(struct report_path_facts, member) }
const struct fact facts[] = {
	FACT(rtt, "rtt", "rtt_seconds", FACT_DURATION, "Round trip of the path."),
	FACT(rate, "rate", "rate_bytes_per_second", FACT_RATE, "Rate of the path."),
	FACT(size, "size", "size_bytes", FACT_BYTES, "Bytes that a connection sends in one direction."),
	FACT(chunk, "chunk", "chunk_bytes", FACT_BYTES, "Bytes per chunk."),
	FACT(interval, "interval", "interval_seconds", FACT_DURATION, "Pause between chunks."),
	FACT(timeout, "timeout", "timeout_seconds", FACT_DURATION, "Longest time for a scenario."),
	FACT(max_fin_delay, "max-fin-delay", "max_fin_delay_seconds", FACT_DURATION,
	     "Longest acceptable delay of the FIN."),
	FACT(after_fin, "after-fin", "after_fin_seconds", FACT_DURATION,
	     "Shortest time for which the other end keeps sending after the FIN."),
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
	    report->probe != NULL ? " per trial" : " per scenario");
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
