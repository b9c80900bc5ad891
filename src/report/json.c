/* SPDX-License-Identifier: MIT
 *
 * One JSON document, as the man pages of check and probe specify it. Times and
 * durations are integer nanoseconds; `started` is RFC 3339 as in the log.
 */
#include <errno.h>
#include <json-c/json.h>
#include <json-c/printbuf.h>
#include <string.h>

#include "model.h"
#include "render.h"

/* Owns nothing; remembers whether any allocation failed, so that no line below
 * has to. */
struct builder {
	bool failed;
};

static void
put(struct builder *builder, struct json_object *object, const char *name,
    struct json_object *value)
{
	if (value == NULL || object == NULL ||
	    json_object_object_add_ex(object, name, value, JSON_C_OBJECT_ADD_CONSTANT_KEY) != 0) {
		json_object_put(value);
		builder->failed = true;
	}
}

static void
put_null(struct builder *builder, struct json_object *object, const char *name)
{
	if (object == NULL ||
	    json_object_object_add_ex(object, name, NULL, JSON_C_OBJECT_ADD_CONSTANT_KEY) != 0)
		builder->failed = true;
}

static void
put_string(struct builder *builder, struct json_object *object, const char *name, const char *text)
{
	if (text == NULL)
		put_null(builder, object, name);
	else
		put(builder, object, name, json_object_new_string(text));
}

static void
put_integer(struct builder *builder, struct json_object *object, const char *name, int64_t value)
{
	put(builder, object, name, json_object_new_int64(value));
}

/* -1 is how the structures say "none"; JSON has a word for that. */
static void
put_optional(struct builder *builder, struct json_object *object, const char *name, int64_t value)
{
	if (value < 0)
		put_null(builder, object, name);
	else
		put_integer(builder, object, name, value);
}

static void
append(struct builder *builder, struct json_object *array, struct json_object *value)
{
	if (array == NULL || value == NULL || json_object_array_add(array, value) != 0) {
		json_object_put(value);
		builder->failed = true;
	}
}

static void
put_view(struct builder *builder, struct json_object *object, const char *name, bool known,
         const struct observation *observation)
{
	if (known)
		put(builder, object, name, observation_to_json(observation));
	else
		put_null(builder, object, name);
}

/* A scenario of check, or a trial of probe. */
static struct json_object *
new_row(struct builder *builder, const struct report_row *row)
{
	struct json_object *object = json_object_new_object();

	if (row->silence >= 0) {
		put_integer(builder, object, "silence", row->silence);
	} else {
		put_string(builder, object, "name", row->name);
		put_string(builder, object, "proves", row->proves);
	}
	put_integer(builder, object, "run", row->run);
	put_string(builder, object, "verdict", verdict_name(row->finding.verdict));
	put_string(builder, object, "reason", row->finding.reason);
	put_optional(builder, object, "after", row->finding.after);
	put_integer(builder, object, "duration", row->duration);
	if (row->runs > 0 || row->reply != NULL || row->skipped) {
		put_integer(builder, object, "runs", row->runs);
		put_integer(builder, object, "alike", row->alike);
		put(builder, object, "skipped", json_object_new_boolean(row->skipped));
		put_string(builder, object, "reply", row->reply);
	}
	put_view(builder, object, "local", row->local_known, &row->local);
	put_view(builder, object, "remote", row->remote_known, &row->remote);
	return object;
}

/* No JSON text has this byte: control characters are escaped in it. */
#define ROWS_MARK '\1'

static int
print_mark(struct json_object *object, struct printbuf *buffer, int level, int flags)
{
	(void)object, (void)level, (void)flags;
	return printbuf_memappend(buffer, (const char[]){ROWS_MARK}, 1);
}

/* Where the rows will be. Thousands of them in one tree would take gigabytes. */
static void
put_rows(struct builder *builder, struct json_object *root, const char *name)
{
	struct json_object *mark = json_object_new_object();

	if (mark != NULL)
		json_object_set_serializer(mark, print_mark, NULL, NULL);
	put(builder, root, name, mark);
}

static void
put_probe(struct builder *builder, struct json_object *root, const struct report *report)
{
	const struct report_probe *probe = report->probe;
	struct json_object *culprits = json_object_new_array();

	put_string(builder, root, "state", probe->state);
	put_string(builder, root, "closer", probe->closer);
	put_string(builder, root, "reason", probe->reason);
	put_integer(builder, root, "lives-at-least", probe->lives_at_least);
	put_optional(builder, root, "dies-before", probe->dies_before);
	put(builder, root, "noisy", json_object_new_boolean(probe->noisy));
	put(builder, root, "interrupted", json_object_new_boolean(probe->interrupted));
	put_string(builder, root, "grade", probe->grade);
	put_rows(builder, root, "trials");
	for (size_t i = 0; i < probe->culprit_count; i++) {
		const struct known_box *timer = probe->culprits[i];
		struct json_object *culprit = json_object_new_object();

		put_string(builder, culprit, "system", timer->system);
		put_string(builder, culprit, "timer", timer->setting);
		put_integer(builder, culprit, "default", timer->after);
		put_string(builder, culprit, "source", timer->source);
		append(builder, culprits, culprit);
	}
	put(builder, root, "culprits", culprits);
	if (probe->remedy_tried) {
		struct json_object *remedy = json_object_new_object();

		put_integer(builder, remedy, "keepalive", probe->remedy_keepalive);
		put_string(builder, remedy, "verdict", verdict_name(probe->remedy_verdict));
		put(builder, root, "remedy", remedy);
	} else {
		put_null(builder, root, "remedy");
	}
}

static void
put_remedy(struct builder *builder, struct json_object *root, const struct report_remedy *remedy)
{
	struct json_object *object;

	if (remedy->tried == NULL) {
		put_null(builder, root, "remedy");
		return;
	}
	object = json_object_new_object();
	put_string(builder, object, "tried", remedy->tried);
	if (remedy->keepalive > 0)
		put_integer(builder, object, "keepalive", remedy->keepalive);
	else
		put_integer(builder, object, "size", remedy->size);
	put_string(builder, object, "scenario", remedy->scenario);
	put_string(builder, object, "verdict", verdict_name(remedy->verdict));
	put(builder, root, "remedy", object);
}

static void
put_diagnosis(struct builder *builder, struct json_object *root, const struct diagnosis *diagnosis)
{
	struct json_object *object = json_object_new_object(), *suspects = json_object_new_array();

	put_string(builder, object, "pattern", pattern_name(diagnosis->pattern));
	put_string(builder, object, "text", diagnosis->text);
	put_optional(builder, object, "after", diagnosis->after);
	put_optional(builder, object, "bytes", diagnosis->bytes);
	for (size_t i = 0; i < diagnosis->suspect_count; i++) {
		const struct known_box *box = diagnosis->suspects[i];
		struct json_object *suspect = json_object_new_object();

		put_string(builder, suspect, "system", box->system);
		put_string(builder, suspect, "versions", box->versions);
		put_string(builder, suspect, "setting", box->setting);
		put_string(builder, suspect, "default", box->initial);
		put_string(builder, suspect, "remedy", box->remedy);
		put_string(builder, suspect, "source", box->source);
		append(builder, suspects, suspect);
	}
	put(builder, object, "suspects", suspects);
	put_integer(builder, object, "more", (int64_t)diagnosis->more);
	put(builder, root, "diagnosis", object);
}

static const char *
text_of(struct json_object *object)
{
	return json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
	                                                  JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* The LENGTH bytes at TEXT, each line behind INDENT. json-c copies strings as they
 * are; a document must be UTF-8 (RFC 8259 section 8.1), whatever a peer has put
 * into its view. */
static void
put_text(FILE *out, const char *text, size_t length, const char *indent)
{
	const char *end = text + length;

	while (text < end) {
		const char *run = text;

		while (run < end && (unsigned char)*run < 0x80 && *run != '\n')
			run++;
		fwrite(text, 1, (size_t)(run - text), out);
		text = run;
		if (text < end && *text == '\n') {
			fputc(*text++, out);
			fputs(indent, out);
		} else if (text < end) {
			text_put(out, text_next(&text));
		}
	}
}

static int
write_rows(FILE *out, const struct report *report)
{
	static const char indent[] = "    ";

	fputc('[', out);
	for (size_t i = 0; i < report->row_count; i++) {
		struct builder builder = {.failed = false};
		struct json_object *row = new_row(&builder, &report->rows[i]);
		const char *text = text_of(row);
		bool whole = !builder.failed && text != NULL;

		if (whole) {
			fprintf(out, "%s\n%s", i > 0 ? "," : "", indent);
			put_text(out, text, strlen(text), indent);
		}
		json_object_put(row);
		if (!whole)
			return -1;
	}
	fprintf(out, report->row_count > 0 ? "\n  ]" : "]");
	return 0;
}

int
report_json(FILE *out, const struct model *model, const struct report_style *style)
{
	const struct report *report = model->report;
	struct builder builder = {.failed = false};
	struct json_object *root = json_object_new_object(), *path = json_object_new_object();
	const char *text, *rows;
	char started[DATE_MAX];
	int rc = -1;

	(void)style;
	put_string(&builder, path, "client", report->client);
	put_string(&builder, path, "proxy", report->proxy);
	put_string(&builder, path, "via", report->via);
	put_string(&builder, path, "server", report->server);
	for (size_t i = 0; i < facts_count; i++)
		put_optional(&builder, path, facts[i].name, fact_value(report, &facts[i]));
	put_string(&builder, root, "tool", render_tool);
	put_string(&builder, root, "version", render_version);
	put_string(&builder, root, "command", report->command);
	put_string(&builder, root, "started", date_rfc3339(report->started, started));
	put_integer(&builder, root, "duration", report->duration);
	put(&builder, root, "path", path);
	put_string(&builder, root, "verdict", verdict_name(report->verdict));
	if (report->ask != NULL) {
		put_string(&builder, root, "summary", report->ask->summary);
		put_string(&builder, root, "reproduce", report->ask->reproduce);
	}
	if (report->remedy != NULL)
		put_remedy(&builder, root, report->remedy);
	if (report->diagnosis != NULL)
		put_diagnosis(&builder, root, report->diagnosis);
	if (report->probe != NULL)
		put_probe(&builder, root, report);
	else
		put_rows(&builder, root, "scenarios");
	text = text_of(root);
	if (builder.failed || text == NULL)
		goto cleanup;
	rows = strchr(text, ROWS_MARK);
	put_text(out, text, (size_t)(rows - text), "");
	if (write_rows(out, report) == -1)
		goto cleanup;
	put_text(out, rows + 1, strlen(rows + 1), "");
	fputc('\n', out);
	rc = 0;
cleanup:
	json_object_put(root);
	if (rc == -1)
		errno = ENOMEM;
	return rc;
}
