/* SPDX-License-Identifier: MIT
 *
 * Which timers fit a measured time, and what the standards make of it.
 */
#include "../../src/judge/known_timers.h"

#include "unit.h"

#define SECOND INT64_C(1000000000)

static const struct {
	int64_t lived, died; /* s */
	enum timer_state state;
	double scale;
	const char *first; /* the timer found first, or NULL */
} fits[] = {
	{ 59, 61, TIMER_HALF_CLOSED, 1, "nf_conntrack_tcp_timeout_close_wait" },
	{ 61, 64, TIMER_HALF_CLOSED, 1, "nf_conntrack_tcp_timeout_close_wait" }, /* within 10 % */
	{ 4, 6, TIMER_HALF_CLOSED, 1. / 12, "nf_conntrack_tcp_timeout_close_wait" },
	{ 347, 356, TIMER_HALF_CLOSED, 1, "tcp.idle_timeout.seconds" },
	{ 590, 620, TIMER_HALF_CLOSED, 1, "proxy_timeout" },
	{ 895, 905, TIMER_HALF_CLOSED, 1, "tcp.closing" },
	{ 895, 905, TIMER_ESTABLISHED, 1, "tcp" },
	{ 430000, 433000, TIMER_ESTABLISHED, 1, "nf_conntrack_tcp_timeout_established" },
	{ 430000, 433000, TIMER_HALF_CLOSED, 1, NULL },
	{ 10, 12, TIMER_HALF_CLOSED, 1, NULL },
	{ 600, -1, TIMER_HALF_CLOSED, 1, NULL }, /* lived through all */
};

static const struct {
	int64_t lived, died;
	enum timer_state state;
	const char *text;
} grades[] = {
	{ 59, 61, TIMER_HALF_CLOSED, "survives at least 59s, fails before 1m1s: violates RFC 5382 REQ-5 "
	  "(at least 4m0s) and RFC 6146 section 3.5.2.2 (2h4m0s after one FIN)" },
	{ 890, 905, TIMER_HALF_CLOSED, "survives at least 14m50s, fails before 15m5s: meets RFC 5382 REQ-5 "
	  "(at least 4m0s), but violates RFC 6146 section 3.5.2.2 (2h4m0s after one FIN)" },
	{ 235, 245, TIMER_HALF_CLOSED, "survives at least 3m55s, fails before 4m5s: violates RFC 6146 "
	  "section 3.5.2.2 (2h4m0s after one FIN); not tested precisely enough to judge RFC 5382 REQ-5 "
	  "(at least 4m0s)" },
	{ 60, -1, TIMER_HALF_CLOSED, "survived 1m0s: not tested long enough to judge RFC 5382 REQ-5 (at "
	  "least 4m0s) or RFC 6146 section 3.5.2.2 (2h4m0s after one FIN)" },
	{ 600, -1, TIMER_HALF_CLOSED, "survived 10m0s: meets RFC 5382 REQ-5 (at least 4m0s); not tested "
	  "long enough to judge RFC 6146 section 3.5.2.2 (2h4m0s after one FIN)" },
	{ 7400, 7500, TIMER_HALF_CLOSED, "survives at least 2h3m20s, fails before 2h5m0s: meets RFC 5382 "
	  "REQ-5 (at least 4m0s); not tested precisely enough to judge RFC 6146 section 3.5.2.2 (2h4m0s "
	  "after one FIN)" },
	{ 7440, 7800, TIMER_HALF_CLOSED, "survives at least 2h4m0s, fails before 2h10m0s: meets RFC 5382 "
	  "REQ-5 (at least 4m0s) and RFC 6146 section 3.5.2.2 (2h4m0s after one FIN)" },
	{ 340, 355, TIMER_ESTABLISHED, "survives at least 5m40s, fails before 5m55s: violates RFC 5382 "
	  "REQ-5 (at least 2h4m0s)" },
	{ 600, -1, TIMER_ESTABLISHED, "survived 10m0s: not tested long enough to judge RFC 5382 REQ-5 (at "
	  "least 2h4m0s)" },
	{ 7440, -1, TIMER_ESTABLISHED, "survived 2h4m0s: meets RFC 5382 REQ-5 (at least 2h4m0s)" },
};

static int64_t
seconds(int64_t n)
{
	return n < 0 ? -1 : n * SECOND;
}

int
main(void)
{
	const struct known_box *found[8];
	size_t count;

	for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++) {
		count = known_timers_near(seconds(fits[i].lived), seconds(fits[i].died), fits[i].state,
		                          fits[i].scale, found, 8);
		if (fits[i].first == NULL)
			unit_ok(count == 0, "%lld s to %lld s: nothing fits", (long long)fits[i].lived,
			        (long long)fits[i].died);
		else
			unit_ok(count > 0 && strcmp(found[0]->setting, fits[i].first) == 0,
			        "%lld s to %lld s: %s", (long long)fits[i].lived, (long long)fits[i].died,
			        fits[i].first);
	}

	count = known_timers_near(110 * SECOND, 140 * SECOND, TIMER_HALF_CLOSED, 1, found, 8);
	unit_ok(count == 5 && found[4]->after == 150 * SECOND, "nearest to the middle first");
	count = known_timers_near(110 * SECOND, 140 * SECOND, TIMER_HALF_CLOSED, 1, found, 2);
	unit_ok(count == 2 && found[0]->after == 120 * SECOND, "no more than there is room for");
	unit_ok(known_timers_near(0, INT64_MAX, TIMER_HALF_CLOSED, 1, found, 0) == 0, "nor any for none");
	unit_ok(known_timer_initial(found[0], 0.5) == found[0]->after / 2, "scaled");

	for (size_t i = 0; i < sizeof(grades) / sizeof(grades[0]); i++) {
		char text[GRADE_MAX], what[64];

		known_timers_grade(seconds(grades[i].lived), seconds(grades[i].died), grades[i].state, text);
		snprintf(what, sizeof(what), "grade of %lld s to %lld s", (long long)grades[i].lived,
		         (long long)grades[i].died);
		unit_is(text, grades[i].text, what);
	}
	return unit_done();
}
