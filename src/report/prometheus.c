/* SPDX-License-Identifier: MIT
 *
 * For node_exporter's textfile collector: gauges without time stamps, since the
 * collector exports the file's own. Every series names its target, so that the
 * files of several paths can lie side by side.
 */
#include <string.h>

#include "../base/exit_status.h"
#include "model.h"
#include "render.h"

/* Label values escape backslash, quote and newline (exposition format 0.0.4). */
static void
put_label(FILE *out, const char *name, const char *text)
{
	char clean[TEXT_MAX];
	const char *rest = text_clean(text, true, clean, sizeof(clean));

	fprintf(out, "%s=\"", name);
	for (; *rest != '\0'; rest++) {
		if (*rest == '"' || *rest == '\\')
			fputc('\\', out);
		fputc(*rest, out);
	}
	fputc('"', out);
}

struct metrics {
	FILE *out;
	const struct model *model;
	const struct report *report;
};

static void
begin(const struct metrics *metrics, const char *name, const char *help)
{
	fprintf(metrics->out, "# HELP tcp_half_close_%s_%s %s\n# TYPE tcp_half_close_%s_%s gauge\n",
	        metrics->report->command, name, help, metrics->report->command, name);
}

/* The name and the labels that every series has; the caller adds its own and
 * closes the brace. */
static void
series(const struct metrics *metrics, const char *name)
{
	const struct report *report = metrics->report;

	fprintf(metrics->out, "tcp_half_close_%s_%s{", report->command, name);
	put_label(metrics->out, "target", report->via != NULL ? report->via : report->server);
	if (report->probe != NULL) {
		fputc(',', metrics->out);
		put_label(metrics->out, "state", report->probe->state);
		fputc(',', metrics->out);
		put_label(metrics->out, "closer", report->probe->closer);
	}
}

static void
labelled(const struct metrics *metrics, const char *name, const char *label, const char *text)
{
	series(metrics, name);
	fputc(',', metrics->out);
	put_label(metrics->out, label, text);
}

static void
value(const struct metrics *metrics, double number)
{
	fprintf(metrics->out, "} %.9g\n", number);
}

static void
put_check(const struct metrics *metrics)
{
	const struct model *model = metrics->model;

	begin(metrics, "verdict", "Runs of a scenario that ended with this verdict.");
	for (size_t i = 0; i < model->group_count; i++) {
		const struct model_group *group = &model->groups[i];

		for (enum verdict verdict = 0; verdict < VERDICTS; verdict++) {
			if (group->counts[verdict] == 0)
				continue;
			labelled(metrics, "verdict", "scenario", group->name);
			fputc(',', metrics->out);
			put_label(metrics->out, "verdict", verdict_name(verdict));
			value(metrics, (double)group->counts[verdict]);
		}
	}
	begin(metrics, "preserved", "Whether every run of a scenario was preserved.");
	for (size_t i = 0; i < model->group_count; i++) {
		labelled(metrics, "preserved", "scenario", model->groups[i].name);
		value(metrics, model_is_good(model, model->groups[i].worst));
	}
	begin(metrics, "scenario_duration_seconds", "Longest run of a scenario.");
	for (size_t i = 0; i < model->group_count; i++) {
		labelled(metrics, "scenario_duration_seconds", "scenario", model->groups[i].name);
		value(metrics, (double)model->groups[i].longest / 1e9);
	}
}

static void
put_probe(const struct metrics *metrics)
{
	const struct report_probe *probe = metrics->report->probe;

	begin(metrics, "lives_at_least_seconds", "Longest idle time that the connection survived.");
	series(metrics, "lives_at_least_seconds");
	value(metrics, (double)probe->lives_at_least / 1e9);
	begin(metrics, "dies_before_seconds",
	      "Shortest idle time that the connection did not survive, +Inf if none was found.");
	series(metrics, "dies_before_seconds");
	if (probe->dies_before < 0)
		fprintf(metrics->out, "} +Inf\n");
	else
		value(metrics, (double)probe->dies_before / 1e9);
	begin(metrics, "verdict", "The verdict of the probe.");
	labelled(metrics, "verdict", "verdict", verdict_name(metrics->report->verdict));
	value(metrics, 1);
	if (probe->remedy_tried) {
		begin(metrics, "remedy_works", "Whether keepalive kept the connection alive.");
		series(metrics, "remedy_works");
		value(metrics, probe->remedy_verdict == VERDICT_PRESERVED);
	}
	begin(metrics, "noisy", "Whether a trial failed although one as long or longer succeeded.");
	series(metrics, "noisy");
	value(metrics, probe->noisy);
	begin(metrics, "interrupted", "Whether the probe was interrupted before its answer.");
	series(metrics, "interrupted");
	value(metrics, probe->interrupted);
}

/* A gauge for each fact that is known. */
static void
put_facts(const struct metrics *metrics)
{
	for (size_t i = 0; i < facts_count; i++) {
		int64_t known = fact_value(metrics->report, &facts[i]);

		if (known < 0)
			continue;
		begin(metrics, facts[i].metric, facts[i].help);
		series(metrics, facts[i].metric);
		value(metrics, facts[i].unit == FACT_DURATION ? (double)known / 1e9 : (double)known);
	}
}

int
report_prometheus(FILE *out, const struct model *model, const struct report_style *style)
{
	const struct report *report = model->report;
	const struct metrics metrics = {.out = out, .model = model, .report = report};

	(void)style;
	if (report->probe != NULL)
		put_probe(&metrics);
	else
		put_check(&metrics);
	put_facts(&metrics);
	if (report->diagnosis != NULL) {
		const struct diagnosis *diagnosis = report->diagnosis;

		begin(&metrics, "diagnosis", "What the path does, and the likeliest system that does so.");
		labelled(&metrics, "diagnosis", "pattern", pattern_name(diagnosis->pattern));
		fputc(',', out);
		put_label(out, "suspect", diagnosis->suspect_count > 0 ? diagnosis->suspects[0]->system : "");
		value(&metrics, 1);
	}
	if (report->remedy != NULL && report->remedy->tried != NULL) {
		begin(&metrics, "remedy_works", "Whether the scenario was preserved with the remedy.");
		labelled(&metrics, "remedy_works", "remedy", report->remedy->tried);
		value(&metrics, report->remedy->verdict == VERDICT_PRESERVED);
	}
	begin(&metrics, "exit_status",
	      "0 preserved, 1 half-close is broken, 3 could not be run, 4 inconclusive.");
	series(&metrics, "exit_status");
	value(&metrics, report->tested ? verdict_status(report->verdict) : STATUS_CANNOT_RUN);
	begin(&metrics, "duration_seconds", "How long the whole test took.");
	series(&metrics, "duration_seconds");
	value(&metrics, (double)report->duration / 1e9);
	begin(&metrics, "info", "The version and the path of the test.");
	labelled(&metrics, "info", "version", render_version);
	fputc(',', out);
	put_label(out, "proxy", report->proxy != NULL ? report->proxy : "");
	fputc(',', out);
	put_label(out, "via", report->via != NULL ? report->via : "");
	fputc(',', out);
	put_label(out, "server", report->server);
	value(&metrics, 1);
	return 0;
}
