/* SPDX-License-Identifier: MIT
 *
 * Spans and dates: each unit, and what rounds up to the next.
 */
#include "../../src/base/span.h"

#include "unit.h"

#define US(n) (INT64_C(n) * 1000)
#define MS(n) (INT64_C(n) * 1000000)
#define S(n)  (INT64_C(n) * 1000000000)

static void
test_dates(void)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 1, "1970-01-01T00:00:00.000000001Z" },
		{ -5, "1970-01-01T00:00:00Z" },
		{ INT64_C(1733311080976289277), "2024-12-04T11:18:00.976289277Z" },
		{ INT64_C(1733311098475639130), "2024-12-04T11:18:18.47563913Z" },
		{ INT64_C(1733311098100000000), "2024-12-04T11:18:18.1Z" },
		{ INT64_C(1733311098000000000), "2024-12-04T11:18:18Z" },
		{ INT64_C(951782399000000000), "2000-02-28T23:59:59Z" },
		{ INT64_C(951782400000000000), "2000-02-29T00:00:00Z" },
		{ INT64_C(951868800000000000), "2000-03-01T00:00:00Z" },
		{ INT64_C(978307199999999999), "2000-12-31T23:59:59.999999999Z" },
		{ INT64_C(4107542399000000000), "2100-02-28T23:59:59Z" },
		{ INT64_C(4107542400000000000), "2100-03-01T00:00:00Z" },
		{ INT64_MAX, "2262-04-11T23:47:16.854775807Z" },
	};
	char text[DATE_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		unit_is(date_rfc3339(cases[i].ns, text), cases[i].text, cases[i].text);
}

static void
test_spans(void)
{
	static const struct {
		int64_t ns;
		const char *brief, *fine;
	} cases[] = {
		{ 0, "0.0 ms", "0 us" },
		{ US(310), "0.3 ms", "310 us" },
		{ 999499, "1.0 ms", "999 us" },
		{ 999600, "1.0 ms", "1.0 ms" },
		{ MS(42), "42 ms", "42.0 ms" },
		{ MS(999), "999 ms", "999.0 ms" },
		{ US(999700), "1.0 s", "999.7 ms" },
		{ US(999960), "1.0 s", "1.00 s" },
		{ MS(12340), "12.3 s", "12.34 s" },
		{ MS(99940), "99.9 s", "99.94 s" },
		{ MS(99960), "1m40s", "99.96 s" },
		{ S(600), "10m00s", "600.00 s" },
		{ MS(3599600), "1h00m00s", "3599.60 s" },
		{ S(7440), "2h04m00s", "7440.00 s" },
	};
	char text[SPAN_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unit_is(span_brief(cases[i].ns, text), cases[i].brief, cases[i].brief);
		unit_is(SPAN_FINE(cases[i].ns), cases[i].fine, cases[i].fine);
	}
	unit_is(span_fine(-1, text), "0 us", "a negative span is none");
	span_brief(INT64_MAX, text);
	unit_is(text, "2562047h47m17s", "the longest");
}

static void
test_column(void)
{
	static const struct {
		int64_t ns, longest;
		const char *text;
	} cases[] = {
		{ -1, S(1), "" },
		{ MS(5), MS(9998), "5.0 ms" },
		{ MS(9000), MS(9998), "9000.0 ms" },
		{ MS(5), S(10), "0.005 s" },
		{ S(12), S(998), "12.000 s" },
		{ S(12), S(1000), "12.00 s" },
		{ S(12), S(10000), "12 s" },
		{ S(9999999), INT64_MAX, "9999999 s" },
		{ INT64_MAX, INT64_MAX, "9.2e+09 s" },
	};
	char text[SPAN_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		unit_is(span_column(cases[i].ns, cases[i].longest, text), cases[i].text, cases[i].text);
}

int
main(void)
{
	test_dates();
	test_spans();
	test_column();
	return unit_done();
}
