/* SPDX-License-Identifier: MIT
 *
 * The timeline drawn between two bars, one for each end:
 *
 *      time state       │ what went from end to end │ state            time
 *
 * never wider than 80 columns, so that it survives mails and terminals.
 */
#include <stdarg.h>
#include <string.h>

#include "progress.h"
#include "render.h"
#include "timeline.h"

#define COLUMNS 80
#define EDGE 23 /* time, state and bar of one end */
#define ROLE_MAX 24 /* bytes; nobody's role is longer */

struct glyphs {
	const char *bar, *line, *faint, *quiet, *right, *left, *lost, *source;
};
static const struct glyphs unicode = {"│", "─", "╌", "┊", "▶", "◀", "✗", "●"};
static const struct glyphs ascii = {"|", "-", ".", ":", ">", "<", "x", "*"};

/* One line, built before it is printed: trailing blanks are dropped. */
struct line {
	char text[1024];
	size_t used, ink; /* bytes; up to the last that is no blank */
};

static void
put(struct line *line, const char *text)
{
	size_t length = strlen(text);

	if (line->used + length >= sizeof(line->text))
		return;
	memcpy(line->text + line->used, text, length);
	line->used += length;
	if (strspn(text, " ") != length)
		line->ink = line->used;
}

static void
put_times(struct line *line, const char *text, int times)
{
	while (times-- > 0)
		put(line, text);
}

static void
put_line(FILE *out, const struct line *line)
{
	fwrite(line->text, 1, line->ink, out);
	fputc('\n', out);
}

struct canvas {
	const struct report_style *style;
	const struct glyphs *glyphs;
	int width; /* columns between the bars */
	int64_t longest; /* ns: decides the unit of all times */
	bool far_known;
};

static void
put_edge(struct line *line, const struct canvas *canvas, enum side side, const struct step *step)
{
	const char *state = step->state[side] != 0 ? tcp_state_name(step->state[side]) : "";
	const char *dim = colour_on(canvas->style, COLOUR_DIM);
	const char *end = colour_off(canvas->style, COLOUR_DIM);
	char text[64], time[SPAN_MAX];

	span_column(step->at[side], canvas->longest, time);
	if (side == HERE) {
		snprintf(text, sizeof(text), "%9s ", time);
		put(line, dim);
		put(line, text);
		put(line, end);
		snprintf(text, sizeof(text), "%-11s ", state);
		put(line, text);
	} else {
		snprintf(text, sizeof(text), " %-11s", state);
		put(line, text);
		snprintf(text, sizeof(text), " %9s", time);
		if (time[0] != '\0') {
			put(line, dim);
			put(line, text);
			put(line, end);
		}
	}
}

/* LABEL in the middle of COUNT columns of FILL. */
static void
put_labelled(struct line *line, const char *fill, const char *label, int count)
{
	int rest = count - text_columns(label) - 2;

	put_times(line, fill, rest / 2);
	put(line, " ");
	put(line, label);
	put(line, " ");
	put_times(line, fill, rest - rest / 2);
}

/* An arrow occupies LENGTH columns at the end it leaves or reaches; the rest of
 * the lane is blank (lost, or made by the path) or faint (on its way). */
static void
put_arrow(struct line *line, const struct canvas *canvas, const struct step *step)
{
	const struct glyphs *g = canvas->glyphs;
	bool to_right = step->from == HERE;
	bool arrives = step->kind != STEP_LOST && step->kind != STEP_DEPARTURE;
	const char *head = to_right ? g->right : g->left;
	/* What stands at the end it left, and at the end it goes to. */
	const char *tail = g->line, *tip = head, *rest = " ";
	int length = canvas->width, least = text_columns(step->label) + 6, blank, named;

	switch (step->kind) {
	case STEP_LOST:
		tip = g->lost;
		length = canvas->width * 3 / 4;
		break;
	case STEP_FROM_PATH:
		tail = g->source;
		length = canvas->width * 3 / 4;
		break;
	case STEP_DEPARTURE:
		tip = g->line;
		rest = g->faint;
		length = canvas->width * 6 / 10;
		break;
	case STEP_ARRIVAL:
		rest = g->faint;
		length = canvas->width * 6 / 10;
		break;
	default:
		break;
	}
	if (length < least)
		length = least;
	if (length > canvas->width)
		length = canvas->width;
	blank = canvas->width - length;
	named = step->kind == STEP_FROM_PATH && blank >= 6 ? 6 : 0;
	/* The blank part is on the right when what is drawn touches the left bar. */
	if (arrives == to_right) {
		put_times(line, rest, blank - named);
		put(line, named ? " path " : "");
	}
	put(line, to_right ? tail : tip);
	put_labelled(line, g->line, step->label, length - 2);
	put(line, to_right ? tip : tail);
	if (arrives != to_right) {
		put(line, named ? " path " : "");
		put_times(line, rest, blank - named);
	}
}

static void
put_note(struct line *line, const struct canvas *canvas, const struct step *step)
{
	int blank = canvas->width - text_columns(step->label) - 1;

	if (step->from == HERE) {
		put(line, " ");
		put(line, step->label);
		put_times(line, " ", blank);
	} else {
		put_times(line, " ", blank);
		put(line, step->label);
		put(line, " ");
	}
}

static enum colour
step_colour(const struct step *step)
{
	if (step->trouble)
		return COLOUR_RED;
	if (step->kind == STEP_SILENCE)
		return COLOUR_YELLOW;
	if (strcmp(step->label, "FIN") == 0 || strcmp(step->label, "close_notify") == 0)
		return COLOUR_BOLD;
	return COLOUR_NONE;
}

static void
draw_step(FILE *out, const struct canvas *canvas, const char *prefix, const struct step *step)
{
	struct line line = {.used = 0};
	enum colour colour = step_colour(step);
	bool silent = step->kind == STEP_SILENCE;
	const char *bar = silent ? canvas->glyphs->quiet : canvas->glyphs->bar;

	put(&line, prefix);
	put_edge(&line, canvas, HERE, step);
	put(&line, bar);
	put(&line, colour_on(canvas->style, colour));
	switch (step->kind) {
	case STEP_START:
		put_times(&line, " ", canvas->width);
		break;
	case STEP_NOTE:
		put_note(&line, canvas, step);
		break;
	case STEP_SILENCE:
		put_labelled(&line, " ", step->label, canvas->width);
		break;
	default:
		put_arrow(&line, canvas, step);
		break;
	}
	put(&line, colour_off(canvas->style, colour));
	if (canvas->far_known)
		put(&line, bar);
	else if (step->kind == STEP_MESSAGE)
		put(&line, " ?");
	put_edge(&line, canvas, THERE, step);
	put_line(out, &line);
}

/* "here: client 127.0.0.1:51620       there: responder 127.0.0.1:4001", on two
 * lines where one is too short. */
static void
draw_header(FILE *out, const struct canvas *canvas, const char *prefix,
            const struct report_row *row)
{
	char role[ROLE_MAX], address[OBSERVATION_NAME * 4], here[640], there[640];
	int room = COLUMNS - (int)strlen(prefix), blank;
	bool rich = canvas->style->unicode;
	struct line line = {.used = 0};

	snprintf(here, sizeof(here), "here: no view");
	snprintf(there, sizeof(there), "there: no view");
	if (row->local_known)
		snprintf(here, sizeof(here), "here: %s %s",
		         text_clean(row->local.role, rich, role, sizeof(role)),
		         text_clean(row->local.local, rich, address, sizeof(address)));
	if (row->remote_known)
		snprintf(there, sizeof(there), "there: %s %s",
		         text_clean(row->remote.role, rich, role, sizeof(role)),
		         text_clean(row->remote.local, rich, address, sizeof(address)));
	here[text_bytes(here, room)] = '\0';
	there[text_bytes(there, room)] = '\0';
	blank = room - text_columns(here) - text_columns(there);
	put(&line, prefix);
	put(&line, here);
	if (blank < 2) {
		put_line(out, &line);
		line = (struct line){.used = 0};
		put(&line, prefix);
		blank = room - text_columns(there);
	}
	put_times(&line, " ", blank);
	put(&line, there);
	put_line(out, &line);
}

void
report_ladder(FILE *out, const struct report_row *row, const struct report_style *style,
              const char *prefix)
{
	struct step steps[TIMELINE_STEPS];
	size_t count = timeline(row, steps);
	struct canvas canvas = {
		.style = style,
		.glyphs = style->unicode ? &unicode : &ascii,
		.width = COLUMNS - 2 * EDGE - (int)strlen(prefix),
		.far_known = row->remote_known,
	};
	uint8_t shown[2] = {0, 0};

	for (size_t i = 0; i < count; i++) {
		for (enum side side = HERE; side <= THERE; side++) {
			if (steps[i].at[side] > canvas.longest)
				canvas.longest = steps[i].at[side];
		}
	}
	draw_header(out, &canvas, prefix, row);
	for (size_t i = 0; i < count; i++) {
		/* A state is shown when it changes. */
		for (enum side side = HERE; side <= THERE; side++) {
			if (steps[i].state[side] == shown[side])
				steps[i].state[side] = 0;
			else if (steps[i].state[side] != 0)
				shown[side] = steps[i].state[side];
		}
		draw_step(out, &canvas, prefix, &steps[i]);
	}
}
