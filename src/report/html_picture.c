/* SPDX-License-Identifier: MIT
 *
 * One connection, drawn as a ladder, in the order of its steps and to scale; and what
 * stands beside it.
 */
#include <string.h>

#include "../base/clock.h"
#include "../base/span.h"
#include "html_picture.h"

/* Where the lanes of both ends lie, in percent: beside them stand times and states,
 * and in a drawing to scale also the labels. */
static const double lanes[2] = {29, 71}, scaled_lanes[2] = {45, 55};

#define PITCH 40  /* pixels from one step to the next */
#define LETTERS 14 /* and from one line of text to the next */

const char *const picture_sides[2] = {"here", "there"};

const char *
picture_state(uint8_t state, char class[static 32])
{
	int used = snprintf(class, 32, "state-%s", state != 0 ? tcp_state_name(state) : "unknown");

	for (int i = 6; i < used; i++)
		class[i] = (char)(class[i] == '_'                     ? '-'
		                  : class[i] >= 'A' && class[i] <= 'Z' ? class[i] - 'A' + 'a'
		                                                       : class[i]);
	return class;
}

static void
put(FILE *out, const char *text)
{
	text_put_xml(out, text, false);
}

int64_t
picture_at(const struct picture *picture, enum side side, int64_t at)
{
	return at + picture->zero[side];
}

static void
set_clocks(struct picture *picture)
{
	const struct report_row *row = picture->row;
	struct evidence evidence;

	if (row->local_known && row->remote_known) {
		evidence_set(&evidence, NULL, &row->local, NULL, &row->remote, &row->facts);
		picture->zero[THERE] = evidence.there.offset;
		picture->bound = evidence.bound;
	}
	picture->from = picture->zero[THERE] < 0 ? picture->zero[THERE] : 0;
	for (enum side side = HERE; side <= THERE; side++) {
		const struct observation *seen = picture->ends[side];

		for (uint32_t i = 0; seen != NULL && i < seen->event_count; i++)
			if (picture_at(picture, side, seen->events[i].at) > picture->until)
				picture->until = picture_at(picture, side, seen->events[i].at);
	}
	if (picture->until <= picture->from)
		picture->until = picture->from + 1;
}

/* How an arrow looks, by what it carries; KIND is what became of it: "tip" where it
 * arrived. */
static const char *
arrow_class(const struct step *step, const char *kind, char class[static 32])
{
	bool data = strncmp(step->label, "data", 4) == 0;

	snprintf(class, 32, "arrow %s%s", step->trouble ? "bad " : data ? "" : "fin ", kind);
	return class;
}

static bool
is_arrow(const struct step *step)
{
	switch (step->kind) {
	case STEP_MESSAGE:
	case STEP_DEPARTURE:
	case STEP_ARRIVAL:
	case STEP_LOST:
	case STEP_FROM_PATH:
		return true;
	default:
		return false;
	}
}

/* The ladder in order. ---------------------------------------------------------------- */

/* Where step I stands. */
static double
row_of(size_t i)
{
	return 26 + (double)i * PITCH;
}

/* One end's lane: a bar in the colour of the state, a step long for each. */
static void
put_lane(const struct picture *picture, enum side side, double bottom)
{
	double since = 8;
	uint8_t state = 0;
	char class[32];

	if (picture->ends[side] == NULL) {
		svg_line(picture->out, "nowhere", lanes[side], since, lanes[side], bottom);
		return;
	}
	for (size_t i = 0; i <= picture->count; i++) {
		bool last = i == picture->count;
		uint8_t next = last ? 0 : picture->steps[i].state[side];
		double until = last ? bottom : row_of(i);

		if (!last && (next == 0 || next == state))
			continue;
		if (state != 0 || since > 8)
			svg_line(picture->out, picture_state(state, class), lanes[side], since, lanes[side], until);
		since = i == 0 ? since : until;
		state = next;
	}
}

static void
put_beside(const struct picture *picture, size_t i, int64_t longest, uint8_t shown[2])
{
	const struct step *step = &picture->steps[i];

	for (enum side side = HERE; side <= THERE; side++) {
		const char *class = side == HERE ? "before" : "behind";
		double x = side == HERE ? lanes[HERE] - 3 : lanes[THERE] + 3, y = row_of(i) + 4;
		char time[SPAN_MAX];

		span_column(step->at[side], longest, time);
		if (step->state[side] != 0 && step->state[side] != shown[side]) {
			shown[side] = step->state[side];
			svg_text(picture->out, side == HERE ? "before strong" : "behind strong", x, y + 12,
			         tcp_state_name(step->state[side]));
		}
		if (*time != '\0')
			svg_text(picture->out, class, x, y, time);
	}
}

/* An arrow between the lanes at HEIGHTS, and whatever part of it is missing. */
static void
put_arrow(const struct picture *picture, const struct step *step, const double at[2],
          const double height[2])
{
	enum side from = step->from, to = from == HERE ? THERE : HERE;
	double gap = from == HERE ? 1.4 : -1.4;
	double tail = at[from] + gap, tip = at[to] - gap, middle = (tail + tip) / 2;
	char class[32];

	switch (step->kind) {
	case STEP_LOST:
		svg_line(picture->out, arrow_class(step, "lost", class), tail, height[from],
		         tail + (tip - tail) * 0.7, height[from]);
		break;
	case STEP_FROM_PATH:
		svg_line(picture->out, arrow_class(step, "made tip", class), tail + (tip - tail) * 0.3, height[to],
		         tip, height[to]);
		break;
	case STEP_DEPARTURE:
		svg_line(picture->out, arrow_class(step, "", class), tail, height[from], middle, height[from]);
		svg_line(picture->out, "faint", middle, height[from], tip, height[from]);
		break;
	case STEP_ARRIVAL:
		svg_line(picture->out, "faint", tail, height[to], middle, height[to]);
		svg_line(picture->out, arrow_class(step, "tip", class), middle, height[to], tip, height[to]);
		break;
	default:
		svg_line(picture->out, arrow_class(step, "tip", class), tail, height[from], tip, height[to]);
		break;
	}
}

static void
put_step(const struct picture *picture, size_t i)
{
	const struct step *step = &picture->steps[i];
	const double y = row_of(i), height[2] = {y, y};
	bool here = step->from == HERE;
	char text[80];

	snprintf(text, sizeof(text), "%s%s", step->trouble ? "\xe2\x9c\x97 " : "", step->label);
	if (step->kind == STEP_NOTE) {
		svg_text(picture->out, here ? step->trouble ? "behind bad" : "behind"
		                            : step->trouble ? "before bad" : "before",
		         here ? lanes[HERE] + 3 : lanes[THERE] - 3, y + 4, text);
	} else if (step->kind == STEP_SILENCE) {
		svg_text(picture->out, "centre idle", 50, y + 4, text);
	} else if (step->kind == STEP_START) {
		svg_text(picture->out, "centre", 50, y + 4, "connected");
	} else {
		put_arrow(picture, step, lanes, height);
		svg_text(picture->out, step->trouble ? "centre bad" : "centre", 50, y - 5, text);
		if (step->kind == STEP_FROM_PATH)
			svg_text(picture->out, "centre bad", 50, y + 13, "made by the path");
		else if (step->kind == STEP_LOST)
			svg_text(picture->out, "centre bad", 50, y + 13, "never arrived");
	}
}

static int64_t
longest_time(const struct picture *picture)
{
	int64_t longest = 0;

	for (size_t i = 0; i < picture->count; i++)
		for (enum side side = HERE; side <= THERE; side++)
			if (picture->steps[i].at[side] > longest)
				longest = picture->steps[i].at[side];
	return longest;
}

static void
put_ladder(const struct picture *picture)
{
	double bottom = row_of(picture->count) - PITCH / 2.0;
	int64_t longest = longest_time(picture);
	uint8_t shown[2] = {0, 0};
	char text[160];

	snprintf(text, sizeof(text),
	         "%zu steps from top to bottom, this end on the left, the other end on the right; the table "
	         "of steps below has the same in words.", picture->count);
	svg_begin(picture->out, "order", picture->id, (int)bottom + 6, "Ladder, in the order of events",
	          text);
	for (enum side side = HERE; side <= THERE; side++)
		put_lane(picture, side, bottom);
	for (size_t i = 0; i < picture->count; i++) {
		put_step(picture, i);
		put_beside(picture, i, longest, shown);
	}
	svg_end(picture->out);
}

/* The ladder to scale. ------------------------------------------------------------------ */

#define SCALE_TOP 12

static double
height_of(const struct picture *picture, int64_t at, double height)
{
	return SCALE_TOP + (double)(at - picture->from) / (double)(picture->until - picture->from) * height;
}

/* One end's lane from its events, which have the state just after each. */
static void
put_scaled_lane(const struct picture *picture, enum side side, double height)
{
	const struct observation *seen = picture->ends[side];
	double since = SCALE_TOP, x = scaled_lanes[side];
	uint8_t state = 0;
	char class[32];

	if (seen == NULL) {
		svg_line(picture->out, "nowhere", x, since, x, SCALE_TOP + height);
		return;
	}
	for (uint32_t i = 0; i <= seen->event_count; i++) {
		bool last = i == seen->event_count;
		uint8_t next = last ? 0 : seen->events[i].state;
		double until = last ? SCALE_TOP + height
		                    : height_of(picture, picture_at(picture, side, seen->events[i].at), height);

		if (!last && (next == 0 || next == state))
			continue;
		if (state != 0)
			svg_line(picture->out, picture_state(state, class), x, since, x, until);
		since = until;
		state = next;
	}
}

/* Labels of one end beside its lane, each at its time as far as there is room. */
static void
put_scaled_labels(const struct picture *picture, enum side side, double height, int64_t longest)
{
	const struct step *shown[TIMELINE_STEPS];
	double at[TIMELINE_STEPS], true_at[TIMELINE_STEPS];
	double x = scaled_lanes[side], away = side == HERE ? -1 : 1;
	size_t count = 0;

	for (size_t i = 0; i < picture->count; i++) {
		const struct step *step = &picture->steps[i];
		size_t place = count;

		if (step->at[side] < 0)
			continue;
		for (; place > 0 && shown[place - 1]->at[side] > step->at[side]; place--)
			shown[place] = shown[place - 1];
		shown[place] = step;
		count++;
	}
	for (size_t i = 0; i < count; i++)
		at[i] = true_at[i] = height_of(picture, picture_at(picture, side, shown[i]->at[side]), height);
	svg_spread(at, count, LETTERS, SCALE_TOP + height);
	for (size_t i = 0; i < count; i++) {
		const struct step *step = shown[i];
		/* The end that it left has its name; the other one only when it arrived. */
		bool named = step->kind == STEP_START || step->kind == STEP_FROM_PATH || step->from == side ||
		             step->kind == STEP_ARRIVAL;
		const char *label = step->kind == STEP_START ? "connected" : named ? step->label : "";
		const char *sign = step->trouble && named ? "\xe2\x9c\x97 " : "";
		char time[SPAN_MAX], text[128];

		span_column(step->at[side], longest, time);
		if (side == HERE)
			snprintf(text, sizeof(text), "%s%s %s", sign, label, time);
		else
			snprintf(text, sizeof(text), "%s %s%s", time, sign, label);
		svg_line(picture->out, "leader", x + away * 1.2, true_at[i], x + away * 3.5, at[i]);
		svg_text(picture->out, side == HERE ? step->trouble ? "before bad" : "before"
		                                    : step->trouble ? "behind bad" : "behind",
		         x + away * 4, at[i] + 4, text);
	}
}

static void
put_scaled_arrow(const struct picture *picture, const struct step *step, double height)
{
	double at[2];

	for (enum side side = HERE; side <= THERE; side++)
		at[side] = step->at[side] < 0
		                   ? -1
		                   : height_of(picture, picture_at(picture, side, step->at[side]), height);
	for (enum side side = HERE; side <= THERE; side++)
		if (at[side] < 0)
			at[side] = at[!side];
	/* Two clocks agree to within the bound only: nothing arrives before it left. */
	if (at[!step->from] < at[step->from] && step->kind == STEP_MESSAGE)
		at[!step->from] = at[step->from];
	if (at[HERE] >= 0)
		put_arrow(picture, step, scaled_lanes, at);
}

static void
put_scaled_ladder(const struct picture *picture)
{
	double height = (double)picture->count * 16 > 360 ? (double)picture->count * 16 : 360;
	int64_t longest = longest_time(picture);
	char text[256], span[SPAN_MAX], bound[SPAN_MAX];

	snprintf(text, sizeof(text),
	         "The same steps, each at its time within %s; both ends on the clock of this end, to within %s.",
	         span_fine(picture->until - picture->from, span), span_fine(picture->bound, bound));
	fputs("<div class=\"wide scale\" tabindex=\"0\" role=\"group\" aria-label=\"Ladder, to scale\">\n",
	      picture->out);
	svg_begin(picture->out, "scale", picture->id, (int)height + 2 * SCALE_TOP, "Ladder, to scale", text);
	for (enum side side = HERE; side <= THERE; side++)
		put_scaled_lane(picture, side, height);
	for (size_t i = 0; i < picture->count; i++)
		if (is_arrow(&picture->steps[i]))
			put_scaled_arrow(picture, &picture->steps[i], height);
	for (enum side side = HERE; side <= THERE; side++)
		put_scaled_labels(picture, side, height, longest);
	svg_end(picture->out);
	fputs("</div>\n", picture->out);
}

/* "here: client 127.0.0.1:51620", and the other end. */
static void
put_ends(const struct picture *picture)
{
	FILE *out = picture->out;

	fputs("<div class=\"ends\">", out);
	for (enum side side = HERE; side <= THERE; side++) {
		const struct observation *seen = picture->ends[side];

		fprintf(out, "<p><strong>%s:</strong> ", picture_sides[side]);
		if (seen == NULL)
			fputs("no view", out);
		else {
			put(out, seen->role);
			fputc(' ', out);
			put(out, seen->local);
		}
		fputs("</p>", out);
	}
	fputs("</div>\n", out);
}

void
html_picture(FILE *out, const struct report_row *row, unsigned id)
{
	struct picture picture = {
		.out = out,
		.row = row,
		.id = id,
		.ends = {row->local_known ? &row->local : NULL, row->remote_known ? &row->remote : NULL},
	};

	set_clocks(&picture);
	picture.count = timeline(row, picture.steps);
	fputs("<div class=\"views\">\n<figure>\n<figcaption>What both ends saw.</figcaption>\n", out);
	put_ends(&picture);
	put_ladder(&picture);
	put_scaled_ladder(&picture);
	fputs("</figure>\n", out);
	html_over_time(&picture);
	fputs("</div>\n", out);
	html_numbers(&picture);
}
