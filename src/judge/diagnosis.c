/* SPDX-License-Identifier: MIT
 *
 * Theory of operation: every row shows a symptom, which is its verdict and what its
 * views add to that: whose FIN, how long after it, what became of the FIN. Symptoms
 * may differ although their cause is the same: what is closed while both ends still
 * send, say, looks like bytes that were discarded. So the pattern is the symptom
 * that explains most rows. A masked abort is a thing of its own, which nearly every
 * proxy does, and is the pattern only where nothing else is wrong.
 *
 * A known system is a suspect when its pattern is the one found, set off by the same
 * FINs and after a time that it can have; or when nearly all verdicts are those that
 * were measured with it.
 */
#include "diagnosis.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/span.h"
#include "../exchange/payload.h"
#include "evidence.h"
#include "scenarios.h"

#define BIT(pattern) (1U << (pattern))

/* What else a pattern looks like, where the moment was another one. */
static const uint32_t explained[PATTERNS] = {
	[PATTERN_FAILS_ANYWAY] = BIT(PATTERN_LIMITS_BYTES),
	[PATTERN_CLOSES_BOTH] = BIT(PATTERN_RESETS) | BIT(PATTERN_DISCARDS) | BIT(PATTERN_FORGES_FIN)
	                        | BIT(PATTERN_CUTS_REPLY) | BIT(PATTERN_NO_REPLY) | BIT(PATTERN_CLOSES_LATER)
	                        | BIT(PATTERN_CLOSES_IDLE),
	[PATTERN_CLOSES_LATER] = BIT(PATTERN_CLOSES_IDLE) | BIT(PATTERN_CLOSES_BOTH) | BIT(PATTERN_DISCARDS)
	                         | BIT(PATTERN_CUTS_REPLY) | BIT(PATTERN_RESETS),
	[PATTERN_CLOSES_IDLE] = BIT(PATTERN_CLOSES_LATER),
	[PATTERN_FORGETS_IDLE] = BIT(PATTERN_STALLS),
	[PATTERN_DISCARDS] = BIT(PATTERN_CLOSES_BOTH) | BIT(PATTERN_FORGES_FIN) | BIT(PATTERN_CUTS_REPLY)
	                     | BIT(PATTERN_CLOSES_LATER) | BIT(PATTERN_CLOSES_IDLE),
	[PATTERN_RESETS] = BIT(PATTERN_CLOSES_BOTH) | BIT(PATTERN_STALLS),
	[PATTERN_FORGES_FIN] = BIT(PATTERN_DISCARDS),
	[PATTERN_HOLDS_FIN] = BIT(PATTERN_SWALLOWS_FIN) | BIT(PATTERN_STALLS) | BIT(PATTERN_DELAYS_FIN),
	[PATTERN_SWALLOWS_FIN] = BIT(PATTERN_HOLDS_FIN) | BIT(PATTERN_STALLS) | BIT(PATTERN_DISCARDS),
	[PATTERN_DELAYS_FIN] = BIT(PATTERN_HOLDS_FIN),
	[PATTERN_REPEATS] = BIT(PATTERN_ALTERS),
	[PATTERN_ALTERS] = BIT(PATTERN_REPEATS),
	[PATTERN_NO_REPLY] = BIT(PATTERN_CUTS_REPLY) | BIT(PATTERN_RESETS) | BIT(PATTERN_OTHER_REPLY),
	[PATTERN_CUTS_REPLY] = BIT(PATTERN_NO_REPLY) | BIT(PATTERN_RESETS),
	[PATTERN_OTHER_REPLY] = BIT(PATTERN_NO_REPLY),
};

/* A known system whose pattern is the index may be taken for these where less is
 * seen: from one end alone, or of a service behind it. */
static const uint32_t looks_like[PATTERNS] = {
	[PATTERN_CLOSES_BOTH] = BIT(PATTERN_NO_REPLY) | BIT(PATTERN_CUTS_REPLY),
	[PATTERN_CLOSES_LATER] = BIT(PATTERN_NO_REPLY) | BIT(PATTERN_CUTS_REPLY),
	[PATTERN_DISCARDS] = BIT(PATTERN_NO_REPLY) | BIT(PATTERN_CUTS_REPLY),
	[PATTERN_CLOSES_IDLE] = BIT(PATTERN_NO_REPLY),
};

/* Two times that may be the same one. */
static bool
near(int64_t a, int64_t b)
{
	int64_t more = a > b ? a : b;

	return llabs(a - b) <= more / 10 + EVIDENCE_AT_ONCE;
}

/* What a row is about. */
struct subject {
	unsigned closers; /* enum sides: who half-closes */
	unsigned aborter; /* who aborts then */
	bool holds;
	bool pauses;      /* the closer reads nothing for a while: no data flows then */
};

static struct subject
subject_of(const struct diagnosis_row *row)
{
	static const struct scenario_settings any = { .size = 65536, .chunk = 1024, .hold = 1, .timeout = 3 };
	const struct scenario *scenario = scenario_find(row->name);
	const struct payload pattern = { .fd = -1 };
	struct plan client, responder;

	if (scenario == NULL)
		return (struct subject){ .closers = SIDE_CLIENT };
	scenario_plans(scenario, &any, &pattern, &client, &responder);
	return (struct subject){
		.closers = (client.closes_first ? SIDE_CLIENT : 0U) | (responder.closes_first ? SIDE_SERVER : 0U),
		.aborter = (client.aborts ? SIDE_CLIENT : 0U) | (responder.aborts ? SIDE_SERVER : 0U),
		.holds = scenario->holds,
		.pauses = client.pause_reading,
	};
}

/* What became of the FIN, where it was not seen as it was sent. */
static void
fin_symptom(const struct diagnosis_row *row, struct symptom *symptom)
{
	static const struct judge_facts none;
	const struct event *sent, *seen;
	struct evidence evidence;
	struct end *from, *to;

	symptom->pattern = row->finding->verdict == VERDICT_FIN_DELAYED ? PATTERN_DELAYS_FIN : PATTERN_SWALLOWS_FIN;
	if (row->local == NULL || row->remote == NULL)
		return;
	evidence_set(&evidence, NULL, row->local, NULL, row->remote, row->facts != NULL ? row->facts : &none);
	from = symptom->sides == SIDE_SERVER ? &evidence.there : &evidence.here;
	to = symptom->sides == SIDE_SERVER ? &evidence.here : &evidence.there;
	sent = observation_find(from->seen, EVENT_FIN_SENT);
	seen = observation_find(to->seen, EVENT_FIN_SEEN);
	if (sent == NULL || seen == NULL)
		return;
	if (row->finding->verdict == VERDICT_FIN_DELAYED)
		symptom->after = evidence_gap(from, sent->at, to, seen->at);
	else
		symptom->pattern = evidence_saw(to->seen, EVENT_FIN_OVERDUE) ? PATTERN_HOLDS_FIN : PATTERN_FORGES_FIN;
}

/* More of it again than in any other way wrong. */
static bool
repeats(const struct observation *seen)
{
	return seen != NULL && seen->bytes_repeated > seen->bytes_altered + seen->bytes_missing + seen->bytes_inserted;
}

static enum pattern
pattern_of_cut(const struct diagnosis_row *row)
{
	bool both = row->local != NULL && row->remote != NULL;

	if (both)
		return PATTERN_LIMITS_BYTES; /* judge_limit made it; which limit is seen from all rows */
	return row->local != NULL && row->local->bytes_received == 0 ? PATTERN_NO_REPLY : PATTERN_CUTS_REPLY;
}

struct symptom
diagnosis_symptom(const struct diagnosis_row *row)
{
	const struct subject subject = subject_of(row);
	struct symptom symptom = { PATTERN_UNKNOWN, subject.closers, row->finding->after };

	if (!row->counts || (row->local == NULL && row->remote == NULL))
		return symptom;
	switch (row->finding->verdict) {
	case VERDICT_PRESERVED:
	case VERDICT_COMPLETE:
	case VERDICT_ORDERLY:
		symptom.pattern = PATTERN_NONE;
		break;
	case VERDICT_FULL_CLOSE:
		symptom.pattern = PATTERN_CLOSES_BOTH;
		break;
	case VERDICT_LINGER_CUTOFF:
		symptom.pattern = subject.pauses ? PATTERN_CLOSES_IDLE : PATTERN_CLOSES_LATER;
		break;
	case VERDICT_SILENT_DISCARD:
	case VERDICT_UPLOAD_TRUNCATED:
		symptom.pattern = PATTERN_DISCARDS;
		break;
	case VERDICT_RESET:
		symptom.pattern = PATTERN_RESETS;
		break;
	case VERDICT_ABORT_MASKED:
		symptom.pattern = PATTERN_MASKS_ABORTS;
		symptom.sides = subject.aborter;
		break;
	case VERDICT_CORRUPTED:
		symptom.pattern = repeats(row->local) || repeats(row->remote) ? PATTERN_REPEATS : PATTERN_ALTERS;
		break;
	case VERDICT_FIN_LOST:
	case VERDICT_FIN_DELAYED:
		fin_symptom(row, &symptom);
		break;
	case VERDICT_EOF_LOST:
		symptom.pattern = PATTERN_SWALLOWS_FIN;
		symptom.sides = subject.closers == 0 ? SIDE_BOTH : (unsigned)SIDE_BOTH & ~subject.closers;
		break;
	case VERDICT_IDLE_EXPIRED_CLOSE:
		symptom.pattern = PATTERN_CLOSES_IDLE;
		break;
	case VERDICT_IDLE_EXPIRED_RESET:
	case VERDICT_IDLE_EXPIRED_BLACKHOLE:
		symptom.pattern = PATTERN_FORGETS_IDLE;
		break;
	case VERDICT_STALLED:
		symptom.pattern = PATTERN_STALLS;
		break;
	case VERDICT_TRUNCATED:
		symptom.pattern = pattern_of_cut(row);
		break;
	case VERDICT_REPLY_DIFFERS:
		symptom.pattern = PATTERN_OTHER_REPLY;
		break;
	case VERDICT_CLOSE_NOTIFY_LOST:
		symptom.pattern = PATTERN_CLOSE_NOTIFY;
		break;
	default:
		break;
	}
	/* Without a half-close it is another fault. */
	if (!row->half_closes && symptom.pattern > PATTERN_NONE && symptom.pattern != PATTERN_LIMITS_BYTES
	    && symptom.pattern != PATTERN_ALTERS && symptom.pattern != PATTERN_REPEATS)
		symptom.pattern = PATTERN_FAILS_ANYWAY;
	return symptom;
}

static bool
is_broken(const struct symptom *symptom)
{
	return symptom->pattern > PATTERN_NONE;
}

/* Of a pattern that ends everything, the baseline included. */
static bool
ends_all(enum pattern pattern)
{
	return pattern == PATTERN_LIMITS_BYTES || pattern == PATTERN_LIMITS_TIME;
}

static bool
explains(enum pattern pattern, const struct symptom *symptom)
{
	return is_broken(symptom)
	       && (pattern == symptom->pattern
	           || (ends_all(pattern) && ends_all(symptom->pattern))
	           || (explained[pattern] & BIT(symptom->pattern)) != 0);
}

bool
diagnosis_explains(const struct diagnosis *diagnosis, const struct diagnosis_row *row)
{
	const struct symptom symptom = diagnosis_symptom(row);

	return explains(diagnosis->pattern, &symptom);
}

/* The rows, counted by their symptoms. */
struct tally {
	size_t rows[PATTERNS];
	size_t broken, tested;
};

static struct tally
tally_of(const struct diagnosis_row *rows, size_t count)
{
	struct tally tally = { .tested = 0 };

	for (size_t i = 0; i < count; i++) {
		const struct symptom symptom = diagnosis_symptom(&rows[i]);

		tally.rows[symptom.pattern]++;
		tally.broken += is_broken(&symptom);
		tally.tested += is_broken(&symptom) || (symptom.pattern == PATTERN_NONE && rows[i].half_closes);
	}
	/* A limit of every connection is not seen in one, nor in a few among other faults. */
	if (tally.rows[PATTERN_LIMITS_BYTES] == 1 || 2 * tally.rows[PATTERN_LIMITS_BYTES] < tally.broken) {
		tally.rows[PATTERN_FAILS_ANYWAY] += tally.rows[PATTERN_LIMITS_BYTES];
		tally.rows[PATTERN_LIMITS_BYTES] = 0;
	}
	return tally;
}

/* What PATTERN's own rows and those like it come to. */
static size_t
weight(const struct tally *tally, enum pattern pattern)
{
	size_t own = tally->rows[pattern], sum = 2 * own;

	if (own == 0)
		return 0;
	for (unsigned other = PATTERN_NONE + 1; other < PATTERNS; other++)
		if ((explained[pattern] & BIT(other)) != 0)
			sum += tally->rows[other];
	return sum;
}

/* The heaviest that is not EXCEPT and that EXCEPT does not explain. */
static enum pattern
heaviest(const struct tally *tally, enum pattern except)
{
	enum pattern best = PATTERN_NONE;
	size_t most = 0;

	for (unsigned i = PATTERN_NONE + 1; i < PATTERN_MASKS_ABORTS; i++) {
		const enum pattern pattern = (enum pattern)i;

		if (pattern == PATTERN_FAILS_ANYWAY || pattern == except || (explained[except] & BIT(pattern)) != 0)
			continue;
		if (weight(tally, pattern) > most) {
			most = weight(tally, pattern);
			best = pattern;
		}
	}
	if (best == PATTERN_NONE && except != PATTERN_MASKS_ABORTS && tally->rows[PATTERN_MASKS_ABORTS] > 0)
		return PATTERN_MASKS_ABORTS;
	if (best == PATTERN_NONE && except != PATTERN_FAILS_ANYWAY && tally->rows[PATTERN_FAILS_ANYWAY] > 0)
		return PATTERN_FAILS_ANYWAY;
	return best;
}

static size_t
unexplained(const struct diagnosis *diagnosis, const struct diagnosis_row *rows, size_t count)
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		const struct symptom symptom = diagnosis_symptom(&rows[i]);

		left += is_broken(&symptom) && symptom.pattern != PATTERN_MASKS_ABORTS
		        && symptom.pattern != PATTERN_FAILS_ANYWAY && !explains(diagnosis->pattern, &symptom);
	}
	return left;
}

/* Whether ROW would have shown PATTERN. */
static bool
exercises(enum pattern pattern, const struct diagnosis_row *row, const struct subject *subject)
{
	if (ends_all(pattern) || pattern == PATTERN_ALTERS || pattern == PATTERN_REPEATS)
		return true;
	if (pattern == PATTERN_MASKS_ABORTS)
		return subject->aborter != 0;
	if (pattern == PATTERN_CLOSES_IDLE || pattern == PATTERN_FORGETS_IDLE)
		return subject->holds;
	return row->half_closes;
}

static int
ascending(const void *a, const void *b)
{
	const int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;

	return one < other ? -1 : one > other;
}

/* The middle of COUNT values, and how far the others are from it at most. */
static int64_t
middle_of(int64_t *values, size_t count, int64_t *spread)
{
	int64_t middle;

	if (count == 0) {
		*spread = 0;
		return -1;
	}
	qsort(values, count, sizeof(*values), ascending);
	middle = values[count / 2];
	*spread = values[count - 1] - middle > middle - values[0] ? values[count - 1] - middle : middle - values[0];
	return middle;
}

/* Rows that are looked at for a time; of more there is nothing more to be learned. */
#define SAMPLES 256

/* Whose FINs, how many rows, and after what time. */
static void
measure(struct diagnosis *diagnosis, const struct diagnosis_row *rows, size_t count)
{
	unsigned certain = 0, possible = 0, clean = 0;
	int64_t times[SAMPLES];
	size_t samples = 0;

	for (size_t i = 0; i < count; i++) {
		const struct symptom symptom = diagnosis_symptom(&rows[i]);
		const struct subject subject = subject_of(&rows[i]);
		bool shows = explains(diagnosis->pattern, &symptom);
		unsigned side = diagnosis->pattern == PATTERN_MASKS_ABORTS ? subject.aborter
		                : shows                                    ? symptom.sides
		                                                           : subject.closers;

		if (shows) {
			possible |= side;
			if (side != SIDE_BOTH)
				certain |= side;
			if (samples < SAMPLES && symptom.pattern == diagnosis->pattern && symptom.after >= 0)
				times[samples++] = symptom.after;
		} else if (symptom.pattern == PATTERN_NONE && side != SIDE_BOTH
		           && exercises(diagnosis->pattern, &rows[i], &subject))
			clean |= side;
	}
	diagnosis->sides = certain != 0 ? certain : possible;
	/* Where an end's FIN has it and has it not, the end does not matter. */
	diagnosis->spared = (clean & diagnosis->sides) == 0 ? clean : 0;
	diagnosis->after = middle_of(times, samples, &diagnosis->spread);
	for (size_t i = 0; i < count; i++) {
		const struct symptom symptom = diagnosis_symptom(&rows[i]);
		const struct subject subject = subject_of(&rows[i]);

		if (explains(diagnosis->pattern, &symptom)) {
			diagnosis->shown++;
			diagnosis->tested++;
		} else if (is_broken(&symptom)
		           || (symptom.pattern == PATTERN_NONE && exercises(diagnosis->pattern, &rows[i], &subject)
		               && (subject.closers & ~diagnosis->spared) != 0))
			diagnosis->tested += symptom.pattern == PATTERN_NONE || exercises(diagnosis->pattern, &rows[i], &subject);
	}
}

/* PART in millionths of WHOLE; neither is negative. */
static int64_t
millionths(int64_t part, int64_t whole)
{
	const int64_t million = 1000000;

	for (; part > INT64_MAX / million; part /= 2)
		whole /= 2;
	return part * million / (whole > 0 ? whole : 1);
}

/* Bytes or time? What differs less from row to row is the limit. */
static void
measure_limit(struct diagnosis *diagnosis, const struct diagnosis_row *rows, size_t count)
{
	int64_t values[4][SAMPLES], middle[4], spread[4];
	size_t samples = 0, best = 3;

	for (size_t i = 0; i < count && samples < SAMPLES; i++) {
		const struct observation *here = rows[i].local, *there = rows[i].remote;

		if (rows[i].finding->verdict != VERDICT_TRUNCATED || here == NULL || there == NULL)
			continue;
		values[0][samples] = here->bytes_received;
		values[1][samples] = there->bytes_received;
		values[2][samples] = here->bytes_received + there->bytes_received;
		values[3][samples++] = rows[i].finding->after;
	}
	for (size_t i = 0; i < 4; i++)
		middle[i] = middle_of(values[i], samples, &spread[i]);
	for (size_t i = 0; i < 3; i++)
		if (middle[i] > 0 && millionths(spread[i], middle[i]) <= millionths(spread[best], middle[best]))
			best = i;
	diagnosis->pattern = best == 3 ? PATTERN_LIMITS_TIME : PATTERN_LIMITS_BYTES;
	diagnosis->after = best == 3 ? middle[best] : -1;
	diagnosis->spread = best == 3 ? spread[best] : 0;
	diagnosis->bytes = best == 3 ? -1 : middle[best];
}

/* How well ROW shows the pattern: both views, the symptom itself, and a stream that
 * ran, which is what is understood at once. */
static int
clarity(const struct diagnosis *diagnosis, const struct diagnosis_row *row)
{
	const struct symptom symptom = diagnosis_symptom(row);
	const struct subject subject = subject_of(row);
	int score = 1;

	if (!explains(diagnosis->pattern, &symptom) && diagnosis->pattern != PATTERN_MIXED)
		return 0;
	if (!is_broken(&symptom))
		return 0;
	score += row->local != NULL && row->remote != NULL ? 8 : 0;
	score += symptom.pattern == diagnosis->pattern ? 4 : 0;
	score += subject.closers != SIDE_BOTH ? 2 : 0;
	score += subject.closers == SIDE_CLIENT && subject.aborter == 0 ? 1 : 0;
	return score;
}

/* Text. ----------------------------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3)))
add(struct diagnosis *diagnosis, const char *format, ...)
{
	size_t used = strlen(diagnosis->text);
	va_list args;

	va_start(args, format);
	vsnprintf(diagnosis->text + used, DIAGNOSIS_MAX - used, format, args);
	va_end(args);
}

/* "501 ms", "100 ms ± 12 ms", "64 KiB". */
static const char *
amount_of(const struct diagnosis *diagnosis, char text[static 64])
{
	char middle[SPAN_MAX], spread[SPAN_MAX];

	if (diagnosis->bytes >= 0)
		snprintf(text, 64, "%jd bytes", (intmax_t)diagnosis->bytes);
	else if (diagnosis->after < 0)
		return NULL;
	else if (diagnosis->spread < NSEC_PER_MSEC || diagnosis->spread < diagnosis->after / 50)
		snprintf(text, 64, "%s", span_fine(diagnosis->after, middle));
	else
		snprintf(text, 64, "%s (give or take %s)", span_fine(diagnosis->after, middle),
		         span_fine(diagnosis->spread, spread));
	return text;
}

static void
put_besides(struct diagnosis *diagnosis, const struct diagnosis_row *rows, size_t count)
{
	struct diagnosis other = { .pattern = diagnosis->besides, .bytes = -1 };
	char does[PATTERN_TEXT_MAX], amount[64];

	if (diagnosis->besides == PATTERN_NONE)
		return;
	measure(&other, rows, count);
	add(diagnosis, " It also %s (%zu of %zu).",
	    pattern_text(other.pattern, other.sides, amount_of(&other, amount), does), other.shown, other.tested);
}

static void
put_text(struct diagnosis *diagnosis, const struct diagnosis_row *rows, size_t count, const char *subject)
{
	char does[PATTERN_TEXT_MAX], amount[64];

	pattern_text(diagnosis->pattern, diagnosis->sides, amount_of(diagnosis, amount), does);
	if (diagnosis->pattern <= PATTERN_NONE) {
		add(diagnosis, "This %s %s.", subject, does);
		return;
	}
	add(diagnosis, "This %s %s", subject, does);
	if (diagnosis->pattern != PATTERN_MIXED)
		add(diagnosis, " (%zu of %zu)", diagnosis->shown, diagnosis->tested);
	if (diagnosis->spared == SIDE_CLIENT || diagnosis->spared == SIDE_SERVER)
		add(diagnosis, ", but not with %s of the %s",
		    diagnosis->pattern == PATTERN_MASKS_ABORTS ? "an RST" : "a FIN",
		    diagnosis->spared == SIDE_CLIENT ? "client" : "server");
	add(diagnosis, ".");
	put_besides(diagnosis, rows, count);
}

/* Suspects. -------------------------------------------------------------------------- */

/* On a busy machine what closes at once does it a little later. */
static bool
is_as_measured(char measured, enum verdict seen)
{
	return measured == known_box_letter(seen)
	       || (measured == 'F' && (seen == VERDICT_LINGER_CUTOFF || seen == VERDICT_IDLE_EXPIRED_CLOSE));
}

/* How well a system fits is counted in thousandths: of whole numbers the order is the
 * same on every architecture, which it is not of a double where the processor
 * calculates with more digits than it stores. */
#define WHOLE 1000

/* The share of rows whose verdicts are those that were measured with BOX, from 0 to
 * WHOLE; and of those that are broken. -1: nothing to compare. */
static int
agreement(const struct known_box *box, const struct diagnosis_row *rows, size_t count, bool broken)
{
	size_t compared = 0, same = 0, length = box->verdicts != NULL ? strlen(box->verdicts) : 0;

	for (size_t i = 0; i < count; i++) {
		const struct scenario *scenario = scenario_find(rows[i].name);
		const struct symptom symptom = diagnosis_symptom(&rows[i]);
		size_t place = scenario != NULL ? (size_t)(scenario - scenarios) : length;

		if (place >= length || box->verdicts[place] == '.' || symptom.pattern == PATTERN_UNKNOWN
		    || (broken && !is_broken(&symptom)))
			continue;
		compared++;
		same += is_as_measured(box->verdicts[place], rows[i].finding->verdict);
	}
	return compared > 0 ? (int)(same * WHOLE / compared) : -1;
}

/* Whether the time of BOX can be the one seen: 0 no, WHOLE perhaps, up to twice that yes. */
static int
time_fits(const struct diagnosis *diagnosis, const struct known_box *box)
{
	bool bound = diagnosis->pattern == PATTERN_FORGETS_IDLE;

	if (box->pattern != diagnosis->pattern || diagnosis->after < 0 || (box->after == 0 && !box->adjusted))
		return WHOLE;
	/* Whoever forgets is found out only when the idle time is over. */
	if (box->after > 0 && bound && box->after <= diagnosis->after)
		return WHOLE * 3 / 2 + (int)(box->after * (WHOLE / 2) / diagnosis->after);
	if (box->after > 0 && !bound && near(box->after, diagnosis->after))
		return 2 * WHOLE;
	/* One without a default may be any. */
	return !box->adjusted || diagnosis->after < box->least ? 0 : box->after == 0 ? WHOLE * 3 / 2 : WHOLE;
}

#define NEARLY_ALL 900
#define MOST       670

/* How well BOX fits; 0: not at all. */
static int
fit(const struct diagnosis *diagnosis, const struct known_box *box, const struct diagnosis_row *rows,
    size_t count, unsigned carrier)
{
	unsigned sides = box->sides == 0 ? (unsigned)SIDE_BOTH : box->sides;
	int all = agreement(box, rows, count, false), broken = agreement(box, rows, count, true);
	bool same = box->pattern == diagnosis->pattern;
	int time = time_fits(diagnosis, box);

	if ((box->carrier & carrier) == 0 || (box->state != 0 && (box->state & TIMER_HALF_CLOSED) == 0))
		return 0;
	/* Odd mixtures are known again by their verdicts alone. */
	if (!same && broken >= NEARLY_ALL && all >= NEARLY_ALL)
		return all;
	if (!same && (looks_like[box->pattern] & BIT(diagnosis->pattern)) == 0)
		return 0;
	/* What forgets a connection learns it again from the end that is inside. */
	if (time < WHOLE || (diagnosis->sides & ~sides) != 0
	    || ((diagnosis->spared & sides) != 0 && diagnosis->pattern != PATTERN_FORGETS_IDLE))
		return 0;
	/* A measured one that fails otherwise is not it. */
	if (all >= 0 && all < MOST)
		return 0;
	/* Its time would have to have been changed. */
	if (time < WHOLE * 3 / 2 && box->after > 0)
		time = WHOLE / 2;
	return (same ? WHOLE : 0) + time + (all >= 0 ? all : NEARLY_ALL);
}

#define FAR_BEHIND 600

static void
find_suspects(struct diagnosis *diagnosis, const struct diagnosis_row *rows, size_t count, unsigned carrier)
{
	int fits[SUSPECTS_MAX] = { 0 };

	if (diagnosis->pattern <= PATTERN_NONE)
		return;
	for (size_t i = 0; i < known_boxes_count; i++) {
		int well = fit(diagnosis, &known_boxes[i], rows, count, carrier);
		size_t place = diagnosis->suspect_count;

		if (well <= 0)
			continue;
		/* After those that fit as well; the last one falls out. */
		while (place > 0 && fits[place - 1] < well)
			place--;
		if (place == SUSPECTS_MAX)
			continue;
		if (diagnosis->suspect_count < SUSPECTS_MAX)
			diagnosis->suspect_count++;
		for (size_t j = diagnosis->suspect_count - 1; j > place; j--) {
			fits[j] = fits[j - 1];
			diagnosis->suspects[j] = diagnosis->suspects[j - 1];
		}
		fits[place] = well;
		diagnosis->suspects[place] = &known_boxes[i];
	}
	/* Those far after the first are not worth a name. */
	while (diagnosis->suspect_count > 1 && fits[diagnosis->suspect_count - 1] < fits[0] - FAR_BEHIND)
		diagnosis->suspect_count--;
	for (size_t i = 0; i < known_boxes_count && diagnosis->suspect_count == SUSPECTS_MAX; i++)
		diagnosis->more += fit(diagnosis, &known_boxes[i], rows, count, carrier) >= fits[0] - FAR_BEHIND;
	if (diagnosis->more > 0)
		diagnosis->more -= diagnosis->suspect_count;
}

bool
diagnosis_is_new(const struct diagnosis *diagnosis)
{
	return diagnosis->pattern > PATTERN_NONE && diagnosis->pattern != PATTERN_FAILS_ANYWAY
	       && diagnosis->suspect_count == 0;
}

void
diagnose(struct diagnosis *diagnosis, const struct diagnosis_row *rows, size_t count, unsigned carrier)
{
	const struct tally tally = tally_of(rows, count);
	bool service = (carrier & CARRIER_SERVICE) != 0;
	int best = 0;

	*diagnosis = (struct diagnosis){
		.after = -1, .bytes = -1, .besides = PATTERN_NONE, .clearest = SIZE_MAX,
	};
	if (tally.broken == 0) {
		diagnosis->pattern = tally.tested > 0 ? PATTERN_NONE : PATTERN_UNKNOWN;
		put_text(diagnosis, rows, count, service ? "service" : "path");
		return;
	}
	diagnosis->pattern = heaviest(&tally, PATTERN_NONE);
	if (diagnosis->pattern == PATTERN_LIMITS_BYTES)
		measure_limit(diagnosis, rows, count);
	diagnosis->besides = heaviest(&tally, diagnosis->pattern);
	if (unexplained(diagnosis, rows, count) > tally.broken / 2)
		diagnosis->pattern = PATTERN_MIXED;
	for (size_t i = 0; i < count; i++) {
		int score = clarity(diagnosis, &rows[i]);

		if (score > best) {
			best = score;
			diagnosis->clearest = i;
		}
	}
	if (diagnosis->pattern == PATTERN_MIXED) {
		diagnosis->besides = heaviest(&tally, PATTERN_NONE);
	} else {
		struct diagnosis limit = *diagnosis;

		measure(diagnosis, rows, count);
		if (ends_all(diagnosis->pattern)) {
			diagnosis->after = limit.after;
			diagnosis->spread = limit.spread;
			diagnosis->spared = 0;
		}
	}
	put_text(diagnosis, rows, count, service ? "service" : "path");
	find_suspects(diagnosis, rows, count, carrier);
}
