/* SPDX-License-Identifier: MIT
 *
 * What stands behind a picture, as tables: the steps in words, counters, TCP_INFO,
 * events.
 */
#include "../base/clock.h"
#include "../base/names.h"
#include "../base/span.h"
#include "html_picture.h"

static void
put(FILE *out, const char *text)
{
	text_put_xml(out, text, false);
}

/* What became of it, in words, for those who cannot see the arrow. */
static const char *
step_words(const struct step *step, char text[static 128])
{
	const char *from = picture_sides[step->from], *to = picture_sides[!step->from];

	switch (step->kind) {
	case STEP_START:
		snprintf(text, 128, "connected");
		break;
	case STEP_MESSAGE:
		snprintf(text, 128, "%s, from %s to %s", step->label, from, to);
		break;
	case STEP_DEPARTURE:
		snprintf(text, 128, "%s leaves %s", step->label, from);
		break;
	case STEP_ARRIVAL:
		snprintf(text, 128, "%s arrives %s", step->label, to);
		break;
	case STEP_LOST:
		snprintf(text, 128, "%s leaves %s and never arrives", step->label, from);
		break;
	case STEP_FROM_PATH:
		snprintf(text, 128, "%s arrives %s, made by the path", step->label, to);
		break;
	case STEP_NOTE:
		snprintf(text, 128, "%s: %s", from, step->label);
		break;
	case STEP_SILENCE:
		snprintf(text, 128, "%s", step->label);
		break;
	}
	return text;
}

static void
put_steps(const struct picture *picture)
{
	FILE *out = picture->out;

	fputs("<details><summary>Steps in words</summary>\n<div class=\"wide\" tabindex=\"0\" role=\"group\" "
	      "aria-label=\"Steps in words\"><table><thead><tr><th scope=\"col\">time here</th><th scope=\"col\">"
	      "state here</th><th scope=\"col\">step</th><th scope=\"col\">time there</th><th scope=\"col\">state "
	      "there</th></tr></thead><tbody>\n", out);
	for (size_t i = 0; i < picture->count; i++) {
		const struct step *step = &picture->steps[i];
		char time[SPAN_MAX], words[128];

		fputs("<tr>", out);
		for (enum side side = HERE; side <= THERE; side++) {
			fprintf(out, "<td class=\"number\">%s</td><td>%s</td>",
			        step->at[side] >= 0 ? span_fine(step->at[side], time) : "",
			        step->state[side] != 0 ? tcp_state_name(step->state[side]) : "");
			if (side == HERE) {
				fputs(step->trouble ? "<td class=\"bad\">" : "<td>", out);
				put(out, step_words(step, words));
				fputs("</td>", out);
			}
		}
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div></details>\n", out);
}

enum number_unit { NUMBER, BYTES, NANOSECONDS };

static void
put_number(FILE *out, enum number_unit unit, int64_t value)
{
	char text[32];

	fputs("<td class=\"number\">", out);
	if (value < 0)
		fputs("\xe2\x80\x93", out);
	else if (unit == NANOSECONDS)
		fputs(span_fine(value, text), out);
	else
		fprintf(out, "%jd", (intmax_t)value);
	fputs("</td>", out);
}

static const struct {
	const char *name;
	enum number_unit unit;
	size_t member;
} counters[] = {
#define COUNTER(name, unit, member) {name, unit, offsetof(struct observation, member)}
	COUNTER("bytes sent", BYTES, bytes_sent),
	COUNTER("bytes sent after the peer's FIN", BYTES, bytes_sent_after_fin),
	COUNTER("bytes received", BYTES, bytes_received),
	COUNTER("bytes received after its own FIN", BYTES, bytes_received_after_fin),
	COUNTER("last byte sent", NANOSECONDS, last_sent_at),
	COUNTER("last byte received", NANOSECONDS, last_received_at),
	COUNTER("calls that wrote", NUMBER, writes),
	COUNTER("calls that read", NUMBER, reads),
	COUNTER("first wrong byte", BYTES, first_bad_offset),
	COUNTER("differences", NUMBER, differences),
	COUNTER("bytes altered", BYTES, bytes_altered),
	COUNTER("bytes missing", BYTES, bytes_missing),
	COUNTER("bytes repeated", BYTES, bytes_repeated),
	COUNTER("bytes inserted", BYTES, bytes_inserted),
#undef COUNTER
};

static void
put_counters(const struct picture *picture)
{
	FILE *out = picture->out;

	fputs("<table><caption>Counters of both ends</caption><thead><tr><td></td><th scope=\"col\">here</th>"
	      "<th scope=\"col\">there</th></tr></thead><tbody>\n", out);
	for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++) {
		fprintf(out, "<tr><th scope=\"row\">%s</th>", counters[i].name);
		for (enum side side = HERE; side <= THERE; side++) {
			const void *seen = picture->ends[side];

			put_number(out, counters[i].unit,
			           seen == NULL ? -1
			                        : *(const int64_t *)(const void *)((const char *)seen + counters[i].member));
		}
		fputs("</tr>\n", out);
	}
	fputs("<tr><th scope=\"row\">error</th>", out);
	for (enum side side = HERE; side <= THERE; side++) {
		const struct observation *seen = picture->ends[side];
		const char *name = seen != NULL ? errno_name(seen->error) : NULL;

		fprintf(out, "<td>%s</td>", name != NULL ? name : "\xe2\x80\x93");
	}
	fputs("</tr>\n<tr><th scope=\"row\">address</th>", out);
	for (enum side side = HERE; side <= THERE; side++) {
		fputs("<td>", out);
		put(out, picture->ends[side] != NULL ? picture->ends[side]->local : "\xe2\x80\x93");
		fputs("</td>", out);
	}
	fputs("</tr>\n<tr><th scope=\"row\">address of the peer</th>", out);
	for (enum side side = HERE; side <= THERE; side++) {
		fputs("<td>", out);
		put(out, picture->ends[side] != NULL ? picture->ends[side]->peer : "\xe2\x80\x93");
		fputs("</td>", out);
	}
	fputs("</tr>\n</tbody></table>\n", out);
}

static int64_t
evidence_number(const struct tcp_evidence *taken, size_t i)
{
	const int64_t values[] = {
		taken->rtt_us * NSEC_PER_USEC,
		taken->min_rtt_us > 0 ? taken->min_rtt_us * NSEC_PER_USEC : -1,
		taken->retransmits,
		taken->backoff,
		taken->probes,
		taken->unacked,
		taken->last_data_received_ms * NSEC_PER_MSEC,
		taken->last_ack_received_ms * NSEC_PER_MSEC,
		taken->bytes_acked,
		taken->bytes_received,
		taken->delivery_rate,
		taken->not_sent,
		taken->send_queue,
		taken->receive_queue,
	};

	return values[i];
}

static void
put_kernel(const struct picture *picture)
{
	static const struct {
		const char *name;
		enum number_unit unit;
	} rows[] = {
		{"round trip", NANOSECONDS}, {"shortest round trip", NANOSECONDS},
		{"retransmits", NUMBER}, {"backoff", NUMBER}, {"probes", NUMBER},
		{"segments unacknowledged", NUMBER}, {"since the last data", NANOSECONDS},
		{"since the last acknowledgement", NANOSECONDS}, {"bytes acknowledged", BYTES},
		{"bytes received", BYTES}, {"delivery rate, bytes per second", NUMBER},
		{"bytes not sent", BYTES}, {"send queue", BYTES}, {"receive queue", BYTES},
	};
	static const char *const moments[3] = {"FIN sent", "FIN seen", "end"};
	const struct tcp_evidence *taken[6] = {0}, **next = taken;
	FILE *out = picture->out;

	for (enum side side = HERE; side <= THERE; side++) {
		const struct observation *seen = picture->ends[side];

		*next++ = seen != NULL ? &seen->at_fin_sent : NULL;
		*next++ = seen != NULL ? &seen->at_fin_seen : NULL;
		*next++ = seen != NULL ? &seen->at_end : NULL;
	}
	fputs("<table><caption>What the kernels knew (TCP_INFO)</caption><thead><tr><td></td>", out);
	for (enum side side = HERE; side <= THERE; side++)
		for (size_t i = 0; i < 3; i++)
			fprintf(out, "<th scope=\"col\">%s, %s</th>", picture_sides[side], moments[i]);
	fputs("</tr></thead><tbody>\n<tr><th scope=\"row\">state</th>", out);
	for (int i = 0; i < 6; i++)
		fprintf(out, "<td>%s</td>",
		        taken[i] != NULL && taken[i]->known && taken[i]->state != 0
		                ? tcp_state_name(taken[i]->state) : "\xe2\x80\x93");
	fputs("</tr>\n", out);
	for (size_t row = 0; row < sizeof(rows) / sizeof(*rows); row++) {
		fprintf(out, "<tr><th scope=\"row\">%s</th>", rows[row].name);
		for (int i = 0; i < 6; i++)
			put_number(out, rows[row].unit,
			           taken[i] != NULL && taken[i]->known ? evidence_number(taken[i], row) : -1);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table>\n", out);
}

static void
put_events(const struct picture *picture, enum side side)
{
	const struct observation *seen = picture->ends[side];
	FILE *out = picture->out;
	char time[SPAN_MAX];

	if (seen == NULL)
		return;
	fprintf(out, "<table><caption>Events %s</caption><thead><tr><th scope=\"col\">time</th><th scope=\"col\">"
	             "event</th><th scope=\"col\">state</th><th scope=\"col\">sent</th><th scope=\"col\">received"
	             "</th><th scope=\"col\">meaning</th></tr></thead><tbody>\n", picture_sides[side]);
	for (uint32_t i = 0; i < seen->event_count && i < OBSERVATION_EVENTS; i++) {
		const struct event *event = &seen->events[i];

		fprintf(out, "<tr><td class=\"number\">%s</td><td>%s</td><td>%s</td>", span_fine(event->at, time),
		        event_name(event->kind), event->state != 0 ? tcp_state_name(event->state) : "");
		put_number(out, BYTES, event->sent);
		put_number(out, BYTES, event->received);
		fputs("<td>", out);
		put(out, event_row(event->kind)->meaning);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table>\n", out);
}

void
html_numbers(const struct picture *picture)
{
	FILE *out = picture->out;

	put_steps(picture);
	fputs("<details><summary>All numbers</summary>\n<div class=\"wide\" tabindex=\"0\" role=\"group\" "
	      "aria-label=\"All numbers\">\n", out);
	put_counters(picture);
	put_kernel(picture);
	for (enum side side = HERE; side <= THERE; side++)
		put_events(picture, side);
	fputs("</div></details>\n", out);
}
