/* SPDX-License-Identifier: MIT
 *
 * From rows to a pattern to suspects; and that nothing at all makes it crash, or
 * suspect anybody of a path that preserves.
 */
#include "../../src/judge/diagnosis.h"
#include "../../src/judge/scenarios.h"
#include "../../src/exchange/observation.h"

#include "unit.h"

#define MS(n) INT64_C(1000000) * (n)
#define SUITE 12

/* The rows of one report: a letter a scenario, as known_box_letter has them; 'I' is
 * closed when idle, 'i' reset then, '?' untested, '-' not played. */
static const struct {
	const char *verdicts;
	int64_t after; /* of each row that has one */
	enum pattern pattern;
	unsigned sides;
	const char *suspect; /* the first; NULL: none */
	const char *text;
} cases[] = {
	{ "pppppppppppp", -1, PATTERN_NONE, 0, NULL, "This path preserves half-closed connections." },
	{ "p???????????", -1, PATTERN_UNKNOWN, 0, NULL, NULL },
	{ "p-----------", -1, PATTERN_UNKNOWN, 0, NULL, NULL },
	{ "------------", -1, PATTERN_UNKNOWN, 0, NULL, NULL },
	{ "pFFFFFFFFFFF", 0, PATTERN_CLOSES_BOTH, SIDE_BOTH, "nginx stream",
	  "This path closes both directions as soon as either end half-closes (11 of 11)." },
	{ "pFFFFFFUFFFF", 0, PATTERN_CLOSES_BOTH, SIDE_BOTH, "rinetd|redir|simpleproxy|6tunnel|sslh|xinetd redirect", NULL },
	{ "pFFFFFFDFRFF", 0, PATTERN_CLOSES_BOTH, SIDE_BOTH, "rinetd|redir|simpleproxy|6tunnel|sslh|xinetd redirect", NULL },
	{ "pFFpFFFFFFFp", 0, PATTERN_CLOSES_BOTH, SIDE_CLIENT, NULL,
	  "This path closes both directions as soon as the client half-closes (9 of 9), but not with a FIN of the "
	  "server." },
	{ "p--F-------F", 0, PATTERN_CLOSES_BOTH, SIDE_SERVER, "nginx stream", NULL },
	{ "-F----------", 0, PATTERN_CLOSES_BOTH, SIDE_CLIENT, "nginx stream", NULL },
	{ "pDDDDDDDDDDD", 0, PATTERN_DISCARDS, SIDE_BOTH, "Node.js pipe", NULL },
	{ "pLLLLLLLLLLL", MS(103), PATTERN_CLOSES_LATER, SIDE_BOTH, "Traefik TCP", NULL },
	{ "pppppIpLpApA", MS(501), PATTERN_CLOSES_IDLE, SIDE_CLIENT, "socat",
	  "This path closes a connection that the client has half-closed after 501.0 ms without data (2 of 2). It "
	  "also turns the RST of either end into an EOF (2 of 2)." },
	{ "pppppIpppApA", MS(1000), PATTERN_CLOSES_IDLE, SIDE_CLIENT, "HAProxy TCP", NULL },
	{ "pppppippp-p-", MS(61000), PATTERN_FORGETS_IDLE, SIDE_CLIENT, "Linux conntrack", NULL },
	{ "pppppippp-p-", MS(1500), PATTERN_FORGETS_IDLE, SIDE_CLIENT, "Linux conntrack", NULL },
	{ "ppppppppppp-", -1, PATTERN_NONE, 0, NULL, NULL },
	{ "pppppppppApA", -1, PATTERN_MASKS_ABORTS, SIDE_BOTH, "HAProxy TCP",
	  "This path turns the RST of either end into an EOF (2 of 2)." },
	{ "pXXXXXXXXXXX", -1, PATTERN_SWALLOWS_FIN, SIDE_BOTH, "cloud-provider-kind", NULL },
	{ "pRRRRRRRRRRR", 0, PATTERN_RESETS, SIDE_BOTH, "Envoy tunnels over HTTP/2 and HTTP/3", NULL },
	{ "pppCpppppppp", -1, PATTERN_ALTERS, SIDE_SERVER, NULL, NULL },
	{ "S???????????", -1, PATTERN_FAILS_ANYWAY, 0, NULL, NULL },
	/* What is cut once is no limit, and cut rows are not the pattern of the others. */
	{ "T-----------", MS(500), PATTERN_FAILS_ANYWAY, 0, NULL, "This path fails even without a half-close (1 of 1)." },
	{ "Tppppppppppp", MS(500), PATTERN_FAILS_ANYWAY, 0, NULL, NULL },
	{ "TT----------", MS(500), PATTERN_LIMITS_BYTES, SIDE_CLIENT, NULL, NULL },
	{ "pFFTFFFFFFFF", 0, PATTERN_CLOSES_BOTH, SIDE_BOTH, "nginx stream", NULL },
	{ "TFFFFFFFFFFF", 0, PATTERN_CLOSES_BOTH, SIDE_BOTH, "nginx stream", NULL },
};

static enum verdict
verdict_of(char letter)
{
	for (int verdict = 0; verdict < VERDICTS; verdict++)
		if (letter != '?' && known_box_letter((enum verdict)verdict) == letter)
			return (enum verdict)verdict;
	return VERDICT_INCONCLUSIVE;
}

struct table {
	struct diagnosis_row rows[SUITE];
	struct finding findings[SUITE];
	size_t count;
};

static struct observation view;

static void
fill(struct table *table, const char *verdicts, int64_t after)
{
	table->count = 0;
	for (size_t i = 0; i < SUITE; i++) {
		if (verdicts[i] == '-')
			continue;
		table->findings[table->count] = (struct finding){ .verdict = verdict_of(verdicts[i]), .after = after };
		table->rows[table->count] = (struct diagnosis_row){
			.name = scenarios[i].name,
			.half_closes = scenarios[i].half_closes,
			.counts = true,
			.finding = &table->findings[table->count],
			.local = &view,
			.remote = &view,
		};
		table->count++;
	}
}

/* NAMES are joined by |. */
static bool
is_one_of(const char *name, const char *names)
{
	size_t length = strlen(name);

	for (const char *at = strstr(names, name); at != NULL; at = strstr(at + 1, name))
		if ((at == names || at[-1] == '|') && (at[length] == '|' || at[length] == '\0'))
			return true;
	return false;
}

/* Nothing that was measured tells them apart. */
static bool
are_alike(const char *a, const char *b)
{
	for (size_t i = 0; i < SUITE && a != NULL; i++)
		if (a[i] != b[i] && a[i] != '.' && b[i] != '.')
			return false;
	return a != NULL;
}

/* Every measured system, from its own verdicts: among the first three, or as good as
 * those before it. */
static void
each_is_found(void)
{
	for (size_t i = 0; i < known_boxes_count; i++) {
		const struct known_box *box = &known_boxes[i];
		struct diagnosis diagnosis;
		struct table table;
		char verdicts[SUITE + 1];
		bool found = false;

		if (box->verdicts == NULL)
			continue;
		for (size_t j = 0; j < SUITE; j++)
			verdicts[j] = box->verdicts[j] == '.' ? '-' : box->verdicts[j];
		fill(&table, verdicts, box->after > 0 ? box->after : box->adjusted ? MS(1500) : 0);
		diagnose(&diagnosis, table.rows, table.count, box->carrier);
		for (size_t j = 0; j < diagnosis.suspect_count && j < 3; j++)
			found = found || diagnosis.suspects[j] == box
			        || are_alike(diagnosis.suspects[j]->verdicts, box->verdicts);
		unit_ok(found, "%s (%s) is found by its verdicts, or one that has the same", box->system,
		        box->setting != NULL ? box->setting : "no setting");
	}
}

/* Whether SYSTEM is a suspect of a path that forgets what is idle for AFTER. */
static bool
suspects_when_idle(const char *system, int64_t after)
{
	struct diagnosis diagnosis;
	struct table table;
	bool found = false;

	fill(&table, "pppppippp-p-", after);
	diagnose(&diagnosis, table.rows, table.count, CARRIER_TCP);
	for (size_t i = 0; i < diagnosis.suspect_count; i++)
		found = found || is_one_of(diagnosis.suspects[i]->system, system);
	return found;
}

static void
shortest_times(void)
{
	unit_ok(suspects_when_idle("Linux conntrack", MS(12000)), "Linux forgets after 12 s if told to");
	unit_ok(!suspects_when_idle("Azure Load Balancer|Azure NAT gateway", MS(12000)), "Azure cannot");
	unit_ok(!suspects_when_idle("AWS Network Load Balancer", MS(12000)), "nor can AWS");
	unit_ok(suspects_when_idle("AWS Network Load Balancer", MS(351000)), "its default is found");
	unit_ok(suspects_when_idle("Azure Load Balancer", MS(241000)), "and Azure's");
}

static void
random_rows(void)
{
	static const char *const names[] = { "baseline", "download", "upload", "simultaneous", "abort", "late",
		                             "behind", "no scenario" };
	struct observation views[2];
	bool innocent = true, sane = true;

	srandom(7);
	for (int round = 0; round < 20000; round++) {
		struct diagnosis_row rows[16];
		struct finding findings[16];
		struct judge_facts facts = { .rtt = random() % 1000, .offset = random(), .clocks_known = random() % 2 };
		size_t count = (size_t)random() % 17;
		struct diagnosis diagnosis;
		bool all_good = true;

		for (int i = 0; i < 2; i++) {
			observation_init(&views[i], "end");
			for (int j = 0; j < 12; j++)
				observation_add(&views[i], (enum event_kind)(random() % EVENT_KINDS),
				                random() % 3 == 0 ? INT64_MAX / 4 : random(), 0);
			views[i].bytes_received = random() % 2 ? 0 : random();
			views[i].bytes_repeated = random() % 3;
		}
		for (size_t i = 0; i < count; i++) {
			findings[i] = (struct finding){
				.verdict = round % 2 ? VERDICT_PRESERVED : (enum verdict)(random() % VERDICTS),
				.after = random() % 4 == 0 ? -1 : random() % 4 == 0 ? INT64_MAX / 4 : random(),
			};
			rows[i] = (struct diagnosis_row){
				.name = names[random() % 8],
				.half_closes = random() % 4 != 0,
				.counts = random() % 8 != 0,
				.finding = &findings[i],
				.local = random() % 4 == 0 ? NULL : &views[0],
				.remote = random() % 4 == 0 ? NULL : &views[1],
				.facts = random() % 2 ? &facts : NULL,
			};
			all_good = all_good && verdict_status(findings[i].verdict) == 0;
		}
		diagnose(&diagnosis, rows, count, (unsigned)random());
		innocent = innocent && (!all_good || (diagnosis.suspect_count == 0 && diagnosis.pattern <= PATTERN_NONE));
		sane = sane && diagnosis.suspect_count <= SUSPECTS_MAX && diagnosis.text[0] != '\0'
		       && diagnosis.shown <= diagnosis.tested && diagnosis.tested <= count
		       && (diagnosis.clearest < count) == (diagnosis.pattern > PATTERN_NONE);
	}
	unit_ok(innocent, "whatever preserves has no suspects");
	unit_ok(sane, "whatever the rows are, the diagnosis holds together");
}

int
main(void)
{
	bool whole = true, ascending = true;
	int64_t last = 0;

	observation_init(&view, "end");
	view.bytes_received = 1000;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct diagnosis diagnosis;
		struct table table;

		fill(&table, cases[i].verdicts, cases[i].after);
		diagnose(&diagnosis, table.rows, table.count, CARRIER_TCP);
		unit_is(pattern_name(diagnosis.pattern), pattern_name(cases[i].pattern), cases[i].verdicts);
		if (cases[i].pattern > PATTERN_NONE)
			unit_ok(diagnosis.sides == cases[i].sides, "%s: whose FIN (%u)", cases[i].verdicts, diagnosis.sides);
		if (cases[i].suspect == NULL)
			unit_ok(diagnosis.suspect_count == 0, "%s: nobody is suspected (%s)", cases[i].verdicts,
			        diagnosis.suspect_count > 0 ? diagnosis.suspects[0]->system : "");
		else
			unit_ok(diagnosis.suspect_count > 0 && is_one_of(diagnosis.suspects[0]->system, cases[i].suspect),
			        "%s: %s is suspected first (%s)", cases[i].verdicts, cases[i].suspect,
			        diagnosis.suspect_count > 0 ? diagnosis.suspects[0]->system : "nobody");
		if (cases[i].text != NULL)
			unit_is(diagnosis.text, cases[i].text, "its text");
	}
	for (size_t i = 0; i < known_boxes_count; i++) {
		const struct known_box *box = &known_boxes[i];

		whole = whole && box->system != NULL && box->pattern > PATTERN_NONE && box->carrier != 0
		        && box->remedy != NULL && box->source != NULL
		        && (box->verdicts == NULL || strlen(box->verdicts) == SUITE)
		        && (box->after > 0 || box->adjusted || box->state == 0);
		if (box->after > 0 && box->state != 0 && box->pattern != PATTERN_CLOSES_LATER) {
			ascending = ascending && box->after >= last;
			last = box->after;
		}
	}
	unit_ok(whole, "every known system has a pattern, a remedy and a source");
	unit_ok(ascending, "the timers ascend");
	each_is_found();
	shortest_times();
	random_rows();
	return unit_done();
}
