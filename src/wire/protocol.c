/* SPDX-License-Identifier: MIT
 *
 * Request and reply lines. Every byte of them may come from a stranger: json-c
 * parses strictly and to a bounded depth, and what it lets pass (members that
 * occur twice, text after the object, numbers beyond 64 bits) is refused here.
 */
#include "protocol.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "../base/parse.h"
#include "../base/text.h"

#define ID_DIGITS (WIRE_ID_MAX - 1)

#define TEXT_OF(number) #number
#define EXPANDED(number) TEXT_OF(number)
#define WIRE_VERSION_TEXT EXPANDED(WIRE_VERSION)

/* The members of a request to play that are numbers: one row each, for both
 * directions. */
static const struct number {
	const char *name;
	size_t offset;
	int64_t min;
	bool needed; /* otherwise 0 when it is absent */
	const char *unit;
} numbers[] = {
	{ "size", offsetof(struct wire_request, settings.size), 0, true, "bytes" },
	{ "chunk", offsetof(struct wire_request, settings.chunk), 0, false, "bytes" },
	{ "interval", offsetof(struct wire_request, settings.interval), 0, false, "ns" },
	{ "hold", offsetof(struct wire_request, settings.hold), 0, false, "ns" },
	/* 0 would be no limit at all. */
	{ "timeout", offsetof(struct wire_request, settings.timeout), 1, true, "ns" },
	{ "after-fin", offsetof(struct wire_request, settings.after_fin), 0, false, "ns" },
	{ "keepalive", offsetof(struct wire_request, keepalive), 0, false, "ns" },
};
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static const char *const request_names[] = {
	[WIRE_PLAY] = "play",
	[WIRE_REPORT] = "report",
};

static const char *const reply_names[] = {
	[WIRE_READY] = "ready",
	[WIRE_VIEW] = "view",
	[WIRE_RUNNING] = "running",
	[WIRE_UNKNOWN] = "unknown",
	[WIRE_REFUSED] = "error",
};

static int fail(char error[static WIRE_ERROR_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int
fail(char error[static WIRE_ERROR_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, WIRE_ERROR_MAX, format, args);
	va_end(args);
	return -1;
}

/* Copies TEXT so that it can do no harm to a terminal or a log. Returns TO. */
static char *
harmless(char *to, size_t size, const char *text, size_t length)
{
	text_show(to, size, text, length, TEXT_ASCII);
	return to;
}

/* A stranger's value in a message: strings in quotes, all else as JSON. */
#define SHOWN_MAX 44
static char *
show(char shown[static SHOWN_MAX], struct json_object *value)
{
	int64_t number = json_object_get_int64(value);
	const char *text;

	if (json_object_is_type(value, json_type_string)) {
		char text_shown[SHOWN_MAX - 2];

		harmless(text_shown, sizeof(text_shown), json_object_get_string(value),
		         (size_t)json_object_get_string_len(value));
		snprintf(shown, SHOWN_MAX, "\"%s\"", text_shown);
		return shown;
	}
	/* json-c cuts what does not fit to 64 bits: that is not what was sent. */
	if (json_object_is_type(value, json_type_int) &&
	    (json_object_get_uint64(value) > INT64_MAX || number == INT64_MIN))
		text = number < 0 ? "too small" : "too large";
	else
		text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
	if (text == NULL)
		text = "not shown (out of memory)";
	return harmless(shown, SHOWN_MAX, text, strlen(text));
}

/* VALUE is NULL for JSON's null as well as for no member at all. */
static int
refuse(char error[static WIRE_ERROR_MAX], struct json_object *json, const char *name,
       const char *expected)
{
	struct json_object *value;
	char shown[SHOWN_MAX];

	if (!json_object_object_get_ex(json, name, &value))
		return fail(error, "member \"%s\" is missing, expected %s", name, expected);
	return fail(error, "member \"%s\" is %s, expected %s", name, show(shown, value), expected);
}

/*
 * Members that occur twice. json-c silently keeps the last one, another parser
 * on the way (a filter, a log) may keep the first: RFC 8259 section 4. The line
 * was parsed strictly before, so strings and brackets are known to match.
 */

/* Where the scan is, and the key it found last. */
struct scan {
	const char *at, *end;
	int depth;  /* of that key */
	int lowest; /* since the caller set it: below a key's depth its object is over */
	const char *key;
	size_t length;
};

/* Steps after the next key and its colon. False at the end. */
static bool
next_key(struct scan *scan)
{
	while (scan->at < scan->end) {
		switch (*scan->at++) {
		case '"':
			scan->key = scan->at;
			while (scan->at < scan->end && *scan->at != '"')
				scan->at += *scan->at == '\\' ? 2 : 1;
			scan->length = (size_t)(scan->at - scan->key);
			scan->at++;
			break;
		case '{':
		case '[':
			scan->depth++;
			break;
		case '}':
		case ']':
			scan->depth--;
			if (scan->depth < scan->lowest)
				scan->lowest = scan->depth;
			break;
		case ':':
			return true;
		default:
			break;
		}
	}
	return false;
}

/* All members of all objects in JSON. The depth is bounded by the tokener. */
static size_t
count_members(struct json_object *json)
{
	size_t count = 0;

	if (json_object_is_type(json, json_type_object)) {
		struct json_object_iterator at = json_object_iter_begin(json);
		struct json_object_iterator end = json_object_iter_end(json);

		for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
			count += 1 + count_members(json_object_iter_peek_value(&at));
	} else if (json_object_is_type(json, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(json); i++)
			count += count_members(json_object_array_get_idx(json, i));
	}
	return count;
}

static int
refuse_duplicates(struct json_object *json, const char *line, size_t length,
                  char error[static WIRE_ERROR_MAX])
{
	struct scan first = { .at = line, .end = line + length, .key = line };
	size_t written = 0;

	while (next_key(&first))
		written++;
	if (written == count_members(json))
		return 0;

	first = (struct scan){ .at = line, .end = line + length, .key = line };
	while (next_key(&first)) {
		struct scan second = first;
		char shown[SHOWN_MAX];

		second.lowest = first.depth;
		while (next_key(&second) && second.lowest == first.depth) {
			if (second.depth == first.depth && second.length == first.length &&
			    memcmp(second.key, first.key, first.length) == 0)
				return fail(error, "member \"%s\" occurs twice, expected it once",
				            harmless(shown, sizeof(shown), first.key, first.length));
		}
	}
	/* The same name in two spellings ("id" and "\u0069d"). */
	return fail(error, "a member occurs twice, expected each once");
}

/* Integers beyond 64 bits: to json-c before 0.17 they are the nearest number that
 * fits, to later ones a syntax error that does not say where. */
static int
refuse_overflows(const char *line, size_t length, char error[static WIRE_ERROR_MAX])
{
	const char *end = line + length, *string = line, *key = line;
	size_t string_length = 0, key_length = 0;
	char shown[SHOWN_MAX];

	for (const char *at = line; at < end; at++) {
		bool negative = *at == '-', fits = true;
		uint64_t number = 0;

		if (*at == '"') {
			string = ++at;
			while (at < end && *at != '"')
				at += *at == '\\' ? 2 : 1;
			string_length = (size_t)(at - string);
		} else if (*at == ':') {
			key = string;
			key_length = string_length;
		} else if (negative || (*at >= '0' && *at <= '9')) {
			for (at += negative; at < end && *at >= '0' && *at <= '9'; at++)
				fits = fits && !__builtin_mul_overflow(number, 10, &number) &&
				       !__builtin_add_overflow(number, (uint64_t)(*at - '0'), &number);
			if (negative && number > (uint64_t)INT64_MAX + 1)
				fits = false;
			/* A fraction or an exponent makes it a double, which has room. */
			if (!fits && (at == end || strchr(".eE", *at) == NULL)) {
				const char *how = negative ? "small" : "large";

				if (key == line)
					return fail(error, "a number is too %s, expected one of at most 64 bits",
					            how);
				return fail(error, "member \"%s\" is too %s, expected a number of at most 64 bits",
				            harmless(shown, sizeof(shown), key, key_length), how);
			}
			while (at < end && strchr("+-.eE0123456789", *at) != NULL)
				at++;
			at--;
		}
	}
	return 0;
}

/* One JSON object and nothing else, or NULL with ERROR. MAX counts the newline,
 * which LENGTH does not. */
static struct json_object *
parse_line(const char *line, size_t length, size_t max, char error[static WIRE_ERROR_MAX])
{
	struct json_tokener *tokener;
	struct json_object *json = NULL;
	enum json_tokener_error status;
	size_t end;
	char shown[SHOWN_MAX];

	if (length >= max) {
		fail(error, "line of %zu bytes, expected at most %zu with its newline", length + 1, max);
		return NULL;
	}
	/* Controls must be escaped in strings, and but for these two are nothing
	 * outside of them (RFC 8259); to json-c a NUL is the end of the text. */
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)line[i];

		if (c < ' ' && c != '\t' && c != '\r') {
			fail(error, "byte %zu is control character 0x%02x, expected JSON text", i, c);
			return NULL;
		}
	}
	if (refuse_overflows(line, length, error) == -1)
		return NULL;
	tokener = json_tokener_new_ex(WIRE_DEPTH_MAX);
	if (tokener == NULL) {
		fail(error, "out of memory");
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	json = json_tokener_parse_ex(tokener, line, (int)length);
	status = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);

	if (status == json_tokener_continue)
		fail(error, "line ends inside the JSON, expected one complete object");
	else if (status == json_tokener_error_depth)
		fail(error, "JSON nested too deep, expected at most %d levels", WIRE_DEPTH_MAX);
	else if (status != json_tokener_success)
		fail(error, "not JSON at byte %zu, before \"%s\": %s", end,
		     harmless(shown, sizeof(shown), line + end, length - end),
		     json_tokener_error_desc(status));
	else if (!json_object_is_type(json, json_type_object))
		fail(error, "line is %s, expected a JSON object", show(shown, json));
	else if (refuse_duplicates(json, line, length, error) == 0)
		return json;
	json_object_put(json);
	return NULL;
}

/* The string member NAME, or NULL; a NUL within is no string here. */
static const char *
get_string(struct json_object *json, const char *name)
{
	struct json_object *value;
	const char *text;

	if (!json_object_object_get_ex(json, name, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	text = json_object_get_string(value);
	return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

/* Whether the member NAME is an integer in MIN..MAX. */
static bool
get_integer(struct json_object *json, const char *name, int64_t min, int64_t max, int64_t *number)
{
	struct json_object *value;

	if (!json_object_object_get_ex(json, name, &value) ||
	    !json_object_is_type(value, json_type_int))
		return false;
	/* Clamped beyond 64 bits with a sign; without one it tells. */
	if (json_object_get_uint64(value) > INT64_MAX)
		return false;
	*number = json_object_get_int64(value);
	return *number >= min && *number <= max;
}

/* The index of TEXT (which may be NULL) in NAMES, or COUNT. */
static size_t
find_name(const char *text, const char *const *names, size_t count)
{
	size_t i = 0;

	while (i < count && (text == NULL || strcmp(text, names[i]) != 0))
		i++;
	return i;
}

int
wire_parse_request(const char *line, size_t length, struct wire_request *request,
                   char error[static WIRE_ERROR_MAX])
{
	struct json_object *json = parse_line(line, length, WIRE_REQUEST_MAX, error);
	size_t kinds = sizeof(request_names) / sizeof(request_names[0]), kind;
	const char *text;
	int64_t version;
	int rc = -1;

	memset(request, 0, sizeof(*request));
	if (json == NULL)
		return -1;

	/* First, so that another version's lines are refused for that. */
	if (!get_integer(json, "version", WIRE_VERSION, WIRE_VERSION, &version)) {
		refuse(error, json, "version", WIRE_VERSION_TEXT);
		goto cleanup;
	}
	kind = find_name(get_string(json, "request"), request_names, kinds);
	if (kind == kinds) {
		refuse(error, json, "request", "\"play\" or \"report\"");
		goto cleanup;
	}
	request->kind = (enum wire_request_kind)kind;

	text = get_string(json, "id");
	if (text == NULL || strlen(text) != ID_DIGITS ||
	    strspn(text, "0123456789abcdef") != ID_DIGITS) {
		refuse(error, json, "id", "32 lower-case hexadecimal digits");
		goto cleanup;
	}
	memcpy(request->id, text, ID_DIGITS + 1);

	if (request->kind == WIRE_PLAY) {
		text = get_string(json, "scenario");
		if (text == NULL || *text == '\0' || strlen(text) >= WIRE_SCENARIO_MAX) {
			refuse(error, json, "scenario", "the name of a scenario");
			goto cleanup;
		}
		memcpy(request->scenario, text, strlen(text) + 1);

		for (size_t i = 0; i < NUMBERS; i++) {
			int64_t number = 0;
			char expected[64];

			if (!get_integer(json, numbers[i].name, numbers[i].min, INT64_MAX, &number) &&
			    (numbers[i].needed || json_object_object_get_ex(json, numbers[i].name, NULL))) {
				snprintf(expected, sizeof(expected), "an integer from %" PRId64 " to %" PRId64 " (%s)",
				         numbers[i].min, INT64_MAX, numbers[i].unit);
				refuse(error, json, numbers[i].name, expected);
				goto cleanup;
			}
			memcpy((char *)request + numbers[i].offset, &number, sizeof(number));
		}
	}
	rc = 0;
cleanup:
	json_object_put(json);
	return rc;
}

int
wire_parse_reply(const char *line, size_t length, struct wire_reply *reply,
                 char error[static WIRE_ERROR_MAX])
{
	struct json_object *json = parse_line(line, length, WIRE_REPLY_MAX, error), *member;
	size_t kinds = sizeof(reply_names) / sizeof(reply_names[0]), kind;
	const char *text;
	int rc = -1;

	memset(reply, 0, sizeof(*reply));
	if (json == NULL)
		return -1;

	kind = find_name(get_string(json, "reply"), reply_names, kinds);
	if (kind == kinds) {
		refuse(error, json, "reply", "\"ready\", \"view\", \"running\", \"unknown\" or \"error\"");
		goto cleanup;
	}
	reply->kind = (enum wire_reply_kind)kind;

	if (reply->kind == WIRE_VIEW) {
		if (!json_object_object_get_ex(json, "observation", &member) ||
		    observation_from_json(&reply->observation, member) == -1) {
			refuse(error, json, "observation", "a complete observation");
			goto cleanup;
		}
		reply->age = -1;
		if (json_object_object_get_ex(json, "age", NULL) &&
		    !get_integer(json, "age", 0, OBSERVATION_NUMBER_MAX, &reply->age)) {
			refuse(error, json, "age", "an integer of ns");
			goto cleanup;
		}
	} else if (reply->kind == WIRE_REFUSED) {
		text = get_string(json, "error");
		if (text == NULL) {
			refuse(error, json, "error", "a string");
			goto cleanup;
		}
		harmless(reply->error, sizeof(reply->error), text, strlen(text));
	}
	rc = 0;
cleanup:
	json_object_put(json);
	return rc;
}

/* Adds VALUE, which it takes over. */
static bool
add(struct json_object *json, const char *name, struct json_object *value)
{
	if (value == NULL)
		return false;
	if (json_object_object_add(json, name, value) != 0) {
		json_object_put(value);
		return false;
	}
	return true;
}

static bool
add_string(struct json_object *json, const char *name, const char *text)
{
	return add(json, name, json_object_new_string(text));
}

/* JSON (which it releases) and a newline, when COMPLETE and within MAX bytes. */
static int
write_line(struct json_object *json, bool complete, char *line, size_t size, size_t max)
{
	const char *text = NULL;
	size_t length = 0;
	int rc = -1;

	if (complete)
		text = json_object_to_json_string_length(json,
		    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
	if (text == NULL) {
		errno = ENOMEM;
	} else if (length + 1 > max || length + 2 > size) {
		errno = EMSGSIZE;
	} else {
		memcpy(line, text, length);
		memcpy(line + length, "\n", 2);
		rc = (int)length + 1;
	}
	json_object_put(json);
	return rc;
}

int
wire_format_request(const struct wire_request *request, char *line, size_t size)
{
	struct json_object *json = json_object_new_object();
	bool ok;

	ok = json != NULL && add_string(json, "request", request_names[request->kind]) &&
	    add(json, "version", json_object_new_int(WIRE_VERSION)) &&
	    add_string(json, "id", request->id);
	if (request->kind == WIRE_PLAY) {
		ok = ok && add_string(json, "scenario", request->scenario);
		for (size_t i = 0; ok && i < NUMBERS; i++) {
			int64_t number;

			memcpy(&number, (const char *)request + numbers[i].offset, sizeof(number));
			ok = add(json, numbers[i].name, json_object_new_int64(number));
		}
	}
	return write_line(json, ok, line, size, WIRE_REQUEST_MAX);
}

int
wire_format_reply(const struct wire_reply *reply, char *line, size_t size)
{
	struct json_object *json = json_object_new_object();
	bool ok;

	ok = json != NULL && add_string(json, "reply", reply_names[reply->kind]);
	if (reply->kind == WIRE_VIEW)
		ok = ok && add(json, "observation", observation_to_json(&reply->observation)) &&
		     (reply->age < 0 || add(json, "age", json_object_new_int64(reply->age)));
	if (reply->kind == WIRE_REFUSED)
		ok = ok && add_string(json, "error", reply->error);
	return write_line(json, ok, line, size, WIRE_REPLY_MAX);
}

int
wire_new_id(char id[static WIRE_ID_MAX])
{
	unsigned char bits[ID_DIGITS / 2];
	ssize_t got;

	/* Up to 256 bytes come whole once the pool is ready (getrandom(2)); a signal
	 * can only interrupt the wait for that. */
	do
		got = getrandom(bits, sizeof(bits), 0);
	while (got == -1 && errno == EINTR);
	if (got != (ssize_t)sizeof(bits)) {
		if (got >= 0)
			errno = EIO;
		return -1;
	}
	for (size_t i = 0; i < sizeof(bits); i++)
		snprintf(id + 2 * i, 3, "%02x", bits[i]);
	return 0;
}

int
wire_check_bounds(const struct wire_request *request, const struct wire_bounds *bounds,
                  char error[static WIRE_ERROR_MAX])
{
	const struct scenario_settings *settings = &request->settings;
	char asked[PARSE_TEXT_MAX], most[PARSE_TEXT_MAX];

	if (request->kind != WIRE_PLAY)
		return 0;
	if (scenario_find(request->scenario) == NULL) {
		char shown[SHOWN_MAX];
		fail(error, "unknown scenario \"%s\", expected one of",
		     harmless(shown, sizeof(shown), request->scenario, strlen(request->scenario)));
		for (size_t i = 0; i < scenarios_count; i++) {
			size_t used = strlen(error);

			snprintf(error + used, WIRE_ERROR_MAX - used, "%s %s", i > 0 ? "," : "",
			         scenarios[i].name);
		}
		return -1;
	}
	if (settings->size > bounds->max_size)
		return fail(error, "member \"size\" is %s, expected at most %s here",
		            format_size(settings->size, asked), format_size(bounds->max_size, most));
	if (settings->hold > bounds->max_hold)
		return fail(error, "member \"hold\" is %s, expected at most %s here",
		            format_duration(settings->hold, asked), format_duration(bounds->max_hold, most));
	if (settings->hold > bounds->max_duration ||
	    settings->timeout > bounds->max_duration - settings->hold)
		return fail(error, "member \"timeout\" is %s, expected at most %s here, \"hold\" included",
		            format_duration(settings->timeout, asked),
		            format_duration(bounds->max_duration, most));
	return 0;
}
