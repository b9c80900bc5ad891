/* SPDX-License-Identifier: MIT
 *
 * The two renderings of a log line.
 *
 * A forked child that logs a line or two must stay small, because ten thousand
 * of them may be held at once: nothing here is cached and no large buffer is
 * touched.
 */
#include "log_line.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "parse.h"
#include "span.h"
#include "text.h"

#define MSG_COLUMNS 28 /* the longest of the usual messages: members line up after it */

static const struct {
	const char *name, *colour;
} levels[] = {
	[LEVEL_DEBUG] = { "DEBUG", "\033[36m" },
	[LEVEL_INFO] = { "INFO", "\033[32m" },
	[LEVEL_WARN] = { "WARN", "\033[33m" },
	[LEVEL_ERROR] = { "ERROR", "\033[31m" },
};

static void
put(struct log_line *line, const char *data, size_t length)
{
	if (line->length + length > PIPE_BUF) {
		line->length = PIPE_BUF + 1;
		return;
	}
	if (line->data == NULL || line->length + length > line->room) {
		size_t room = line->room > 0 ? line->room : 256;
		char *grown;

		while (room < line->length + length)
			room *= 2;
		grown = realloc(line->data, room);
		if (grown == NULL) {
			line->failed = true;
			return;
		}
		line->data = grown;
		line->room = room;
	}
	memcpy(line->data + line->length, data, length);
	line->length += length;
}

static void
put_string(struct log_line *line, const char *string)
{
	put(line, string, strlen(string));
}

/* A copy of TEXT in FORM, of at most MOST bytes, which *LENGTH counts without the NUL.
 * NULL when memory is short; the caller frees it. */
static char *
shown(const char *text, size_t most, enum text_form form, size_t *length)
{
	/* No form here takes fewer bytes than the text: what is after is cut anyway. */
	size_t bytes = strnlen(text, most + 1);
	size_t whole = text_show(NULL, 0, text, bytes, form);
	size_t room = (whole < most ? whole : most) + 1;
	char *copy = malloc(room > 0 ? room : 1);

	if (copy == NULL)
		return NULL;
	text_show(copy, room, text, bytes, form);
	*length = strlen(copy);
	return copy;
}

/* Adds VALUE, which it takes over. */
static int
add(struct json_object *json, const char *name, struct json_object *value)
{
	if (value == NULL)
		return -1;
	if (json_object_object_add(json, name, value) != 0) {
		json_object_put(value);
		return -1;
	}
	return 0;
}

static int
add_string(struct json_object *json, const char *name, const char *string, size_t most)
{
	size_t length = 0;
	char *copy = shown(string, most, TEXT_UTF8, &length);
	int rc = -1;

	if (copy != NULL)
		rc = add(json, name, json_object_new_string_len(copy, (int)length));
	free(copy);
	return rc;
}

static int
add_field(struct json_object *json, const struct log_field *field, size_t most)
{
	switch (field->type) {
	case FIELD_STRING:
		return field->string != NULL ? add_string(json, field->name, field->string, most)
		                             : 0;
	case FIELD_INTEGER:
	case FIELD_DURATION:
		return add(json, field->name, json_object_new_int64(field->integer));
	case FIELD_BOOLEAN:
		return add(json, field->name, json_object_new_boolean(field->boolean));
	}
	return 0;
}

static void
render_json(struct log_line *line, const struct log_settings *settings, const struct log_what *what,
            size_t most)
{
	struct json_object *json = json_object_new_object();
	struct json_object *group = json_object_new_object();
	char time[DATE_MAX];
	const char *text;
	size_t length;

	line->failed = true;
	if (json == NULL || group == NULL ||
	    add(json, "time", json_object_new_string(date_rfc3339(what->now, time))) != 0 ||
	    add(json, "level", json_object_new_string(levels[what->level].name)) != 0 ||
	    add_string(json, "msg", what->msg, most) != 0)
		goto cleanup;
	for (const struct log_field *field = what->fields; field != NULL && field->name != NULL; field++)
		if (add_field(group, field, most) != 0)
			goto cleanup;
	if (json_object_object_length(group) > 0 &&
	    add(json, settings->group != NULL ? settings->group : LOG_PROGRAM, json_object_get(group)) != 0)
		goto cleanup;
	text = json_object_to_json_string_length(
		json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
	if (text == NULL)
		goto cleanup;
	line->failed = false;
	put(line, text, length);
cleanup:
	json_object_put(group);
	json_object_put(json);
}

/* Whether a reader could not tell the end of TEXT without quotes. */
static bool
needs_quotes(const char *text)
{
	bool needed = *text == '\0' || strpbrk(text, " \"=\\") != NULL;
	uint32_t point;

	while (!needed && (point = text_next(&text)) != 0)
		needed = text_is_control(point);
	return needed;
}

static void
put_text(struct log_line *line, const char *text, size_t most, enum text_form form)
{
	size_t length = 0;
	char *copy = shown(text, most, form, &length);

	if (copy == NULL) {
		line->failed = true;
		return;
	}
	put(line, copy, length);
	free(copy);
}

static void
put_value(struct log_line *line, const char *text, size_t most)
{
	if (needs_quotes(text)) {
		put(line, "\"", 1);
		put_text(line, text, most, TEXT_ESCAPED_IN_QUOTES);
		put(line, "\"", 1);
	} else {
		put_text(line, text, most, TEXT_ESCAPED);
	}
}

static void
put_field(struct log_line *line, const struct log_field *field, size_t most)
{
	char text[PARSE_TEXT_MAX];

	put(line, " ", 1);
	put_string(line, field->name);
	put(line, "=", 1);
	switch (field->type) {
	case FIELD_STRING:
		put_value(line, field->string, most);
		break;
	case FIELD_DURATION:
		if (field->integer >= 0) {
			put_string(line, format_duration(field->integer, text));
			break;
		}
		/* Not a duration then; show what it is. */
		/* fall through */
	case FIELD_INTEGER:
		snprintf(text, sizeof text, "%lld", (long long)field->integer);
		put_string(line, text);
		break;
	case FIELD_BOOLEAN:
		put_string(line, field->boolean ? "true" : "false");
		break;
	}
}

/* 2026-11-22 13:04:05.123Z INFO  got EOF                       server=… total=… */
static void
render_text(struct log_line *line, const struct log_settings *settings, const struct log_what *what,
            size_t most)
{
	char text[DATE_MAX];
	bool behind = false; /* a member */

	put_string(line, date_seconds(what->now, ' ', text));
	snprintf(text, sizeof text, ".%03dZ ", (int)(what->now % NSEC_PER_SEC / NSEC_PER_MSEC));
	put_string(line, text);
	snprintf(text, sizeof text, "%s%-5s%s ", settings->colour ? levels[what->level].colour : "",
	         levels[what->level].name, settings->colour ? "\033[0m" : "");
	put_string(line, text);
	put_text(line, what->msg, most, TEXT_ESCAPED);
	for (const struct log_field *field = what->fields; field != NULL && field->name != NULL; field++) {
		if (field->type == FIELD_STRING && field->string == NULL)
			continue;
		if (!behind) {
			for (size_t i = strlen(what->msg); i < MSG_COLUMNS; i++)
				put(line, " ", 1);
			put(line, " ", 1);
			behind = true;
		}
		put_field(line, field, most);
	}
}


void
log_line_render(struct log_line *line, const struct log_settings *settings,
                const struct log_what *what, size_t most, bool after_fragment)
{
	line->length = 0;
	if (after_fragment)
		put(line, "\n", 1);
	if (settings->format == FORMAT_JSON)
		render_json(line, settings, what, most);
	else
		render_text(line, settings, what, most);
	put(line, "\n", 1);
}
