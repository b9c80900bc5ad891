/* SPDX-License-Identifier: MIT
 *
 * How a measured time compares with the timers of the table of known systems and
 * with the standards.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/clock.h"
#include "../base/parse.h"
#include "known_timers.h"

int64_t
known_timer_initial(const struct known_box *timer, double scale)
{
	return (int64_t)((double)timer->after * scale);
}

/* How far TIMER is from TIME. */
static int64_t
distance(const struct known_box *timer, double scale, int64_t time)
{
	return llabs(known_timer_initial(timer, scale) - time);
}

size_t
known_timers_near(int64_t lived, int64_t died, enum timer_state state, double scale,
                  const struct known_box **found, size_t capacity)
{
	int64_t middle = lived + (died - lived) / 2;
	size_t count = 0;

	if (died < 0)
		return 0;
	for (size_t i = 0; i < known_boxes_count; i++) {
		const struct known_box *timer = &known_boxes[i];
		int64_t initial = known_timer_initial(timer, scale);
		size_t place = count;

		if (timer->after == 0 || (timer->state & state) == 0 || initial < lived - lived / 10 ||
		    initial - died > died / 10)
			continue;
		/* Insert it after those that are as near or nearer; the last one falls out. */
		while (place > 0 &&
		       distance(found[place - 1], scale, middle) > distance(timer, scale, middle))
			place--;
		if (place == capacity)
			continue;
		if (count < capacity)
			count++;
		for (size_t j = count - 1; j > place; j--)
			found[j] = found[j - 1];
		found[place] = timer;
	}
	return count;
}

/* What a measured time says about a lower bound. */
enum standing { MEETS, BREAKS, OPEN };

static enum standing
stand(int64_t bound, int64_t lived, int64_t died)
{
	if (lived >= bound)
		return MEETS;
	return died >= 0 && died < bound ? BREAKS : OPEN;
}

/* RFC 5382 REQ-5: the established connection idle-timeout MUST NOT be less than
 * 2 hours 4 minutes, the transitory one not less than 4 minutes. RFC 6146
 * section 3.5.2.2: a NAT64 that saw one FIN alone (V4 FIN RCV, V6 FIN RCV) keeps
 * the established one; only both FINs lead to the transitory one. */
void
known_timers_grade(int64_t lived, int64_t died, enum timer_state state,
                   char text[static GRADE_MAX])
{
#define REQ5 "RFC 5382 REQ-5 (at least 4m0s)"
#define REQ5_ESTABLISHED "RFC 5382 REQ-5 (at least 2h4m0s)"
#define NAT64 "RFC 6146 section 3.5.2.2 (2h4m0s after one FIN)"
	/* By what the transitory bound says, then the established one: what is decided,
	 * and what is not. What breaks 4 minutes breaks 2 hours, so a cell without text
	 * is never read. */
	static const struct {
		const char *decided, *undecided;
	} half_closed[][3] = {
		{ { "meets " REQ5 " and " NAT64, "" },
		  { "meets " REQ5 ", but violates " NAT64, "" },
		  { "meets " REQ5 "; ", NAT64 } },
		{ { "", "" }, { "violates " REQ5 " and " NAT64, "" }, { "", "" } },
		{ { "", "" }, { "violates " NAT64 "; ", REQ5 }, { "", REQ5 " or " NAT64 } },
	}, alive[] = {
		{ "meets " REQ5_ESTABLISHED, "" },
		{ "violates " REQ5_ESTABLISHED, "" },
		{ "", REQ5_ESTABLISHED },
	}, *row;
	enum standing established = stand(TIMER_REQ5_ESTABLISHED, lived, died);
	enum standing transitory = stand(TIMER_REQ5_TRANSITORY, lived, died);
	char lived_text[PARSE_TEXT_MAX], died_text[PARSE_TEXT_MAX];
	const char *undecided = died < 0 ? "not tested long enough to judge "
	                                 : "not tested precisely enough to judge ";

	row = state == TIMER_ESTABLISHED ? &alive[established] : &half_closed[transitory][established];
	format_duration(lived, lived_text);
	if (died >= 0)
		format_duration(died, died_text);
	snprintf(text, GRADE_MAX, "%s %s%s%s: %s%s%s", died < 0 ? "survived" : "survives at least",
	         lived_text, died < 0 ? "" : ", fails before ", died < 0 ? "" : died_text,
	         row->decided, row->undecided[0] != '\0' ? undecided : "", row->undecided);
}
