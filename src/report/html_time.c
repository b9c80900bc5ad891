/* SPDX-License-Identifier: MIT
 *
 * The TCP states and the bytes of both ends over time, drawn from what the events of an
 * observation carry: nothing is sampled while data flow.
 */
#include "../base/clock.h"
#include "../base/span.h"
#include "html_picture.h"
#include "progress.h"

#define STRIP 20     /* pixels: the bar of an end's states */
#define SIGNS 36     /* three lines of text above the bytes of one direction */
#define PLOT (SIGNS + 72)
#define EMPTY_PLOT (SIGNS + 2) /* of a direction that carries none */
#define HEADING 20   /* of either */

static double
across(const struct picture *picture, int64_t at)
{
	return 1 + (double)(at - picture->from) / (double)(picture->until - picture->from) * 98;
}

static void
put_state(const struct picture *picture, uint8_t state, int64_t since, int64_t until, double y)
{
	double left = across(picture, since), right = across(picture, until);
	char class[32], from[SPAN_MAX], to[SPAN_MAX];

	if (state == 0)
		return;
	/* An svg of its own cuts a name that is longer than its bar. */
	fprintf(picture->out,
	        "<svg class=\"strip\" x=\"%.2f%%\" y=\"%.0f\" width=\"%.2f%%\" height=\"%d\"><title>%s from %s to "
	        "%s</title><rect class=\"%s\" width=\"100%%\" height=\"100%%\"/>",
	        left, y, right - left, STRIP, tcp_state_name(state), span_fine(since, from),
	        span_fine(until, to), picture_state(state, class));
	if (right - left > 5)
		fprintf(picture->out, "<text x=\"4\" y=\"14\">%s</text>", tcp_state_name(state));
	fputs("</svg>\n", picture->out);
}

static void
put_states(const struct picture *picture, enum side side, double y)
{
	const struct observation *seen = picture->ends[side];
	int64_t since = 0;
	uint8_t state = 0;

	for (uint32_t i = 0; i < seen->event_count; i++) {
		const struct event *event = &seen->events[i];

		if (event->state == 0 || event->state == state)
			continue;
		put_state(picture, state, since, picture_at(picture, side, event->at), y);
		since = picture_at(picture, side, event->at);
		state = event->state;
	}
	put_state(picture, state, since, picture->until, y);
}

/* What is known of one stream at one end. */
struct point {
	int64_t at, bytes;
};

#define POINTS (OBSERVATION_EVENTS + 3)

static void
add_point(struct point *points, size_t *count, int64_t at, int64_t bytes)
{
	size_t place = *count;

	if (at < 0)
		return;
	for (; place > 0 && points[place - 1].at > at; place--)
		points[place] = points[place - 1];
	points[place] = (struct point){at, bytes};
	++*count;
}

static size_t
points_of(const struct observation *seen, bool sends, struct point points[static POINTS])
{
	size_t count = 0, kept = 0;

	for (uint32_t i = 0; i < seen->event_count && i < OBSERVATION_EVENTS; i++)
		add_point(points, &count, seen->events[i].at,
		          sends ? seen->events[i].sent : seen->events[i].received);
	add_point(points, &count, sends ? seen->last_sent_at : seen->last_received_at,
	          sends ? seen->bytes_sent : seen->bytes_received);
	/* A view that came from afar may contradict itself. */
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || points[i].bytes >= points[kept - 1].bytes)
			points[kept++] = points[i];
	return kept;
}

static void
put_curve(const struct picture *picture, enum side side, bool sends, int64_t most, double bottom,
          double height)
{
	struct point points[POINTS];
	size_t count = points_of(picture->ends[side], sends, points);
	const char *class = sends ? "sent" : "received";

	for (size_t i = 0; i < count; i++) {
		double x = across(picture, picture_at(picture, side, points[i].at));
		double y = bottom - (double)points[i].bytes / (double)most * height;

		if (i > 0)
			svg_line(picture->out, class, across(picture, picture_at(picture, side, points[i - 1].at)),
			         bottom - (double)points[i - 1].bytes / (double)most * height, x, y);
		if (i == 0 || points[i].bytes != points[i - 1].bytes ||
		    (i + 1 < count && points[i + 1].bytes != points[i].bytes))
			fprintf(picture->out, "<circle class=\"%s\" cx=\"%.2f%%\" cy=\"%.1f\" r=\"2.5\"/>\n", class, x,
			        y);
	}
}

/* A moment of one stream: a line across its plot with a sign on top. */
static void
put_moment(const struct picture *picture, enum side side, const struct event *event, const char *sign,
           double top, double bottom)
{
	bool bad = event != NULL && event_row(event->kind)->trouble;
	double x;

	if (event == NULL)
		return;
	x = across(picture, picture_at(picture, side, event->at));
	svg_line(picture->out, bad ? "moment bad" : "moment", x, top, x, bottom);
	svg_text(picture->out, x > 80 ? bad ? "before bad" : "before" : bad ? "behind bad" : "behind",
	         x > 80 ? x - 0.6 : x + 0.6, top + 9, sign);
}

static int64_t
bytes_of(const struct observation *seen, bool sends)
{
	return seen == NULL ? -1 : sends ? seen->bytes_sent : seen->bytes_received;
}

static double
plot_height(const struct picture *picture, enum side from)
{
	return bytes_of(picture->ends[from], true) > 0 || bytes_of(picture->ends[!from], false) > 0
	               ? PLOT : EMPTY_PLOT;
}

/* "here → there: 64 B sent, 64 B received" */
static void
direction_text(const struct picture *picture, enum side from, char text[static 256])
{
	int64_t sent = bytes_of(picture->ends[from], true);
	int64_t received = bytes_of(picture->ends[!from], false);
	char one[32], other[32];

	snprintf(text, 256, "%s \xe2\x86\x92 %s: %s sent, %s received", picture_sides[from], picture_sides[!from],
	         sent >= 0 ? progress_bytes(sent, one) : "?",
	         received >= 0 ? progress_bytes(received, other) : "?");
}

static double
put_direction(const struct picture *picture, enum side from, double top)
{
	const struct observation *sender = picture->ends[from], *receiver = picture->ends[!from];
	double height = plot_height(picture, from), bottom = top + HEADING + height;
	int64_t most = bytes_of(sender, true);
	char text[256];

	if (bytes_of(receiver, false) > most)
		most = bytes_of(receiver, false);
	direction_text(picture, from, text);
	svg_text(picture->out, "behind strong", 1, top + 13, text);
	svg_line(picture->out, "axis", 1, bottom, 99, bottom);
	if (most > 0 && sender != NULL)
		put_curve(picture, from, true, most, bottom, height - SIGNS);
	if (most > 0 && receiver != NULL)
		put_curve(picture, !from, false, most, bottom, height - SIGNS);
	top += HEADING;
	if (sender != NULL) {
		put_moment(picture, from, observation_find(sender, EVENT_FIN_SENT), "FIN sent", top, bottom);
		put_moment(picture, from, observation_find(sender, EVENT_ABORTED), "RST sent", top, bottom);
	}
	if (receiver != NULL) {
		const struct event *broken = evidence_broken(receiver);

		put_moment(picture, !from, evidence_fin_arrival(receiver), "FIN seen", top + SIGNS / 3.0, bottom);
		put_moment(picture, !from, broken,
		           broken != NULL && broken->kind == EVENT_ERROR ? "error" : "RST seen",
		           top + SIGNS / 1.5, bottom);
	}
	return bottom;
}

/* Round times at the foot, six at most. */
static void
put_axis(const struct picture *picture, double y)
{
	int64_t unit = 1;
	char text[SPAN_MAX];

	for (int i = 0; (picture->until - picture->from) / unit > 5; i++)
		unit = i % 3 == 1 ? unit / 2 * 5 : unit * 2;
	for (int64_t at = 0; at <= picture->until; at += unit) {
		double x = across(picture, at);

		svg_line(picture->out, "axis", x, y, x, y + 4);
		svg_text(picture->out, x > 90 ? "before" : x < 5 ? "behind" : "centre", x, y + 16,
		         unit < NSEC_PER_MSEC ? span_fine(at, text) : span_brief(at, text));
	}
}

void
html_over_time(const struct picture *picture)
{
	double y = 0, height = 24;
	char description[640], one[256], other[256], bound[SPAN_MAX];

	for (enum side side = HERE; side <= THERE; side++) {
		height += picture->ends[side] != NULL ? HEADING + STRIP : 0;
		height += HEADING + 4 + plot_height(picture, side);
	}
	direction_text(picture, HERE, one);
	direction_text(picture, THERE, other);
	snprintf(description, sizeof(description), "TCP states of each end as bars. %s. %s. Clocks agree to within %s.",
	         one, other, span_fine(picture->bound, bound));
	fputs("<figure>\n<figcaption>TCP states and bytes over time. <span class=\"key sent\">sent</span> "
	      "<span class=\"key received\">received</span> Dots are what was recorded; the lines between "
	      "them are straight, whatever happened there.</figcaption>\n", picture->out);
	svg_begin(picture->out, "time", picture->id, (int)height, "States and bytes over time", description);
	for (enum side side = HERE; side <= THERE; side++) {
		if (picture->ends[side] == NULL)
			continue;
		svg_text(picture->out, "behind strong", 1, y + 13, side == HERE ? "state here" : "state there");
		put_states(picture, side, y + HEADING);
		y += HEADING + STRIP;
	}
	for (enum side side = HERE; side <= THERE; side++)
		y = put_direction(picture, side, y + 4);
	put_axis(picture, y);
	svg_end(picture->out);
	fputs("</figure>\n", picture->out);
}
