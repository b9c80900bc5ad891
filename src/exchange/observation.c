/* SPDX-License-Identifier: MIT
 *
 * Events and counters of one end, and the same as JSON. What is read back came
 * from a stranger's responder or out of a torn write in shared memory: nothing
 * about it is believed before it was checked.
 */
#include "observation.h"

#include <errno.h>
#include <json-c/json.h>
#include <stddef.h>
#include <string.h>

#include "../base/names.h"

static const struct event_row rows[EVENT_KINDS] = {
#define EVENT(id, name, shown, trouble, label, meaning) { name, shown, trouble, label, meaning },
#include "events.def"
#undef EVENT
};

const struct event_row *
event_row(enum event_kind kind)
{
	return kind < EVENT_KINDS ? &rows[kind] : NULL;
}

const char *
event_name(enum event_kind kind)
{
	return kind < EVENT_KINDS ? rows[kind].name : NULL;
}

/* EVENT_KINDS when NAME is none. */
static enum event_kind
event_by_name(const char *name)
{
	unsigned kind = 0;

	while (kind < EVENT_KINDS && strcmp(name, rows[kind].name) != 0)
		kind++;
	return (enum event_kind)kind;
}

/* How many events may be looked at, whatever a torn write left in the count. */
static uint32_t
event_count(const struct observation *observation)
{
	return observation->event_count < OBSERVATION_EVENTS ? observation->event_count
	                                                     : OBSERVATION_EVENTS;
}

void
observation_init(struct observation *observation, const char *role)
{
	memset(observation, 0, sizeof *observation);
	observation->last_received_at = -1;
	observation->last_sent_at = -1;
	observation->first_bad_offset = -1;
	observation->expected_byte = -1;
	observation->got_byte = -1;
	memcpy(observation->role, role, strnlen(role, sizeof observation->role - 1));
}

void
observation_add(struct observation *observation, enum event_kind kind, int64_t at, uint8_t state)
{
	uint32_t count = event_count(observation);

	if (count == OBSERVATION_EVENTS)
		count--;
	observation->events[count] = (struct event){
		.at = at,
		.kind = kind,
		.state = state,
		.sent = observation->bytes_sent,
		.received = observation->bytes_received,
	};
	/* Last, so that who watches from another process finds the event whole. */
	observation->event_count = count + 1;
}

const struct event *
observation_find(const struct observation *observation, enum event_kind kind)
{
	for (uint32_t i = 0; i < event_count(observation); i++)
		if (observation->events[i].kind == kind)
			return &observation->events[i];
	return NULL;
}

int64_t
observation_at(const struct observation *observation, enum event_kind kind)
{
	const struct event *event = observation_find(observation, kind);

	return event != NULL ? event->at : -1;
}

/* What the table below says about one number of a struct. */
enum width { WIDTH_U8, WIDTH_U32, WIDTH_INT, WIDTH_I64 };
struct member {
	const char *name;
	size_t offset;
	enum width width;
	int64_t max;
	bool nullable; /* -1 in the struct is null in JSON */
	bool needed;
};

#define MEMBER(type, name, member, width, max, nullable, needed) \
	{ (name), offsetof(struct type, member), (width), (max), (nullable), (needed) }
#define COUNTER(type, name, member) \
	MEMBER(type, name, member, WIDTH_I64, OBSERVATION_NUMBER_MAX, false, false)
#define OPTIONAL(type, name, member) \
	MEMBER(type, name, member, WIDTH_I64, OBSERVATION_NUMBER_MAX, true, false)
#define NEEDED(type, name, member) \
	MEMBER(type, name, member, WIDTH_I64, OBSERVATION_NUMBER_MAX, false, true)
#define SMALL(type, name, member, width, max) MEMBER(type, name, member, width, max, false, false)

static const struct member observation_members[] = {
	NEEDED(observation, "bytes-sent", bytes_sent),
	NEEDED(observation, "bytes-received", bytes_received),
	COUNTER(observation, "bytes-sent-after-fin", bytes_sent_after_fin),
	COUNTER(observation, "bytes-received-after-fin", bytes_received_after_fin),
	OPTIONAL(observation, "last-sent-at", last_sent_at),
	OPTIONAL(observation, "last-received-at", last_received_at),
	COUNTER(observation, "writes", writes),
	COUNTER(observation, "reads", reads),
	OPTIONAL(observation, "first-bad-offset", first_bad_offset),
	COUNTER(observation, "differences", differences),
	COUNTER(observation, "bytes-altered", bytes_altered),
	COUNTER(observation, "bytes-missing", bytes_missing),
	COUNTER(observation, "bytes-repeated", bytes_repeated),
	COUNTER(observation, "bytes-inserted", bytes_inserted),
	COUNTER(observation, "repeated-from", repeated_from),
	COUNTER(observation, "repeated-length", repeated_length),
	COUNTER(observation, "line-ends", line_ends),
	MEMBER(observation, "expected-byte", expected_byte, WIDTH_INT, 255, true, false),
	MEMBER(observation, "got-byte", got_byte, WIDTH_INT, 255, true, false),
	{ .name = NULL },
};

static const struct member event_members[] = {
	NEEDED(event, "at", at),
	COUNTER(event, "sent", sent),
	COUNTER(event, "received", received),
	{ .name = NULL },
};

static const struct member tcp_members[] = {
	SMALL(tcp_evidence, "rtt-us", rtt_us, WIDTH_U32, UINT32_MAX),
	SMALL(tcp_evidence, "min-rtt-us", min_rtt_us, WIDTH_U32, UINT32_MAX),
	SMALL(tcp_evidence, "retransmits", retransmits, WIDTH_U32, UINT32_MAX),
	SMALL(tcp_evidence, "backoff", backoff, WIDTH_U8, UINT8_MAX),
	SMALL(tcp_evidence, "probes", probes, WIDTH_U8, UINT8_MAX),
	SMALL(tcp_evidence, "unacked", unacked, WIDTH_U32, UINT32_MAX),
	SMALL(tcp_evidence, "last-data-received-ms", last_data_received_ms, WIDTH_U32, UINT32_MAX),
	SMALL(tcp_evidence, "last-ack-received-ms", last_ack_received_ms, WIDTH_U32, UINT32_MAX),
	OPTIONAL(tcp_evidence, "bytes-acked", bytes_acked),
	OPTIONAL(tcp_evidence, "bytes-received", bytes_received),
	OPTIONAL(tcp_evidence, "delivery-rate", delivery_rate),
	OPTIONAL(tcp_evidence, "not-sent", not_sent),
	OPTIONAL(tcp_evidence, "send-queue", send_queue),
	OPTIONAL(tcp_evidence, "receive-queue", receive_queue),
	{ .name = NULL },
};

static int64_t
load(const void *base, const struct member *member)
{
	const char *at = (const char *)base + member->offset;

	switch (member->width) {
	case WIDTH_U8:
		return *(const uint8_t *)at;
	case WIDTH_U32:
		return *(const uint32_t *)(const void *)at;
	case WIDTH_INT:
		return *(const int *)(const void *)at;
	case WIDTH_I64:
		break;
	}
	return *(const int64_t *)(const void *)at;
}

static void
store(void *base, const struct member *member, int64_t value)
{
	char *at = (char *)base + member->offset;

	switch (member->width) {
	case WIDTH_U8:
		*(uint8_t *)at = (uint8_t)value;
		break;
	case WIDTH_U32:
		*(uint32_t *)(void *)at = (uint32_t)value;
		break;
	case WIDTH_INT:
		*(int *)(void *)at = (int)value;
		break;
	case WIDTH_I64:
		*(int64_t *)(void *)at = value;
		break;
	}
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
add_null(struct json_object *json, const char *name)
{
	return json_object_object_add(json, name, NULL) == 0;
}

static bool
add_text(struct json_object *json, const char *name, const char *text, size_t size)
{
	return add(json, name, json_object_new_string_len(text, (int)strnlen(text, size)));
}

static bool
add_name(struct json_object *json, const char *name, const char *text)
{
	return add_text(json, name, text, OBSERVATION_NAME);
}

static bool
add_state(struct json_object *json, uint8_t state)
{
	const char *name = tcp_state_name(state);

	if (tcp_state_by_name(name) == 0)
		return add_null(json, "state");
	return add(json, "state", json_object_new_string(name));
}

/* What has no name stays a number. */
static bool
add_error(struct json_object *json, int error)
{
	const char *name = errno_name(error);

	if (error == 0)
		return add_null(json, "error");
	return add(json, "error",
	           name != NULL ? json_object_new_string(name) : json_object_new_int(error));
}

static bool
add_members(struct json_object *json, const struct member *members, const void *base)
{
	for (; members->name != NULL; members++) {
		int64_t value = load(base, members);

		if (members->nullable && value == -1 ? !add_null(json, members->name)
		                                     : !add(json, members->name,
		                                            json_object_new_int64(value)))
			return false;
	}
	return true;
}

static bool
add_tcp(struct json_object *json, const char *name, const struct tcp_evidence *evidence)
{
	struct json_object *tcp;

	if (!evidence->known)
		return add_null(json, name);
	tcp = json_object_new_object();
	if (!add(json, name, tcp))
		return false;
	return add_state(tcp, evidence->state) && add_members(tcp, tcp_members, evidence);
}

static bool
add_events(struct json_object *json, const struct observation *observation)
{
	struct json_object *events = json_object_new_array();

	if (!add(json, "events", events))
		return false;
	for (uint32_t i = 0; i < event_count(observation); i++) {
		const struct event *event = &observation->events[i];
		const char *name = event_name(event->kind);
		struct json_object *entry;

		if (name == NULL)
			continue; /* torn */
		entry = json_object_new_object();
		if (entry == NULL)
			return false;
		if (json_object_array_add(events, entry) != 0) {
			json_object_put(entry);
			return false;
		}
		if (!add_members(entry, event_members, event) ||
		    !add(entry, "event", json_object_new_string(name)) ||
		    !add_state(entry, event->state))
			return false;
	}
	return true;
}

static int64_t
bytes_after_fin(const struct observation *observation)
{
	int64_t own = observation_at(observation, EVENT_FIN_SENT);
	int64_t peers = observation_at(observation, EVENT_FIN_SEEN);

	if (own >= 0 && (peers < 0 || own <= peers))
		return observation->bytes_received_after_fin;
	return observation->bytes_sent_after_fin;
}

struct json_object *
observation_to_json(const struct observation *observation)
{
	struct json_object *json = json_object_new_object();

	if (json == NULL)
		return NULL;
	if (add_name(json, "role", observation->role) &&
	    add_name(json, "local", observation->local) &&
	    add_name(json, "peer", observation->peer) &&
	    (observation->tls[0] == '\0' ? add_null(json, "tls")
	                                 : add_text(json, "tls", observation->tls, sizeof(observation->tls))) &&
	    add(json, "ended", json_object_new_boolean(observation->ended)) &&
	    add_events(json, observation) &&
	    add_members(json, observation_members, observation) &&
	    add(json, "bytes-after-fin", json_object_new_int64(bytes_after_fin(observation))) &&
	    add_error(json, observation->error) &&
	    add_tcp(json, "tcp-at-fin-sent", &observation->at_fin_sent) &&
	    add_tcp(json, "tcp-at-fin-seen", &observation->at_fin_seen) &&
	    add_tcp(json, "tcp", &observation->at_end))
		return json;
	json_object_put(json);
	return NULL;
}

/* An integer in 0..MAX. json-c clamps what does not fit 64 bits, which stays out
 * of range. */
static bool
get_number(struct json_object *json, int64_t max, int64_t *value)
{
	if (!json_object_is_type(json, json_type_int))
		return false;
	*value = json_object_get_int64(json);
	return *value >= 0 && *value <= max;
}

/* A string without a NUL inside, or NULL. */
static const char *
get_string(struct json_object *json)
{
	const char *text;

	if (!json_object_is_type(json, json_type_string))
		return NULL;
	text = json_object_get_string(json);
	return strlen(text) == (size_t)json_object_get_string_len(json) ? text : NULL;
}

static bool
get_members(struct json_object *json, const struct member *members, void *base)
{
	for (; members->name != NULL; members++) {
		struct json_object *value;
		int64_t number = -1;

		if (!json_object_object_get_ex(json, members->name, &value)) {
			if (members->needed)
				return false;
			continue;
		}
		if (!(members->nullable && value == NULL) &&
		    !get_number(value, members->max, &number))
			return false;
		store(base, members, number);
	}
	return true;
}

/* TO holds SIZE bytes of zeros. */
static bool
get_text(struct json_object *json, const char *name, bool needed, char *to, size_t size)
{
	struct json_object *value;
	const char *text;

	if (!json_object_object_get_ex(json, name, &value))
		return !needed;
	if (!json_object_is_type(value, json_type_string))
		return false;
	text = json_object_get_string(value);
	for (size_t i = 0; i < size - 1 && text[i] != '\0'; i++) {
		to[i] = text[i];
		if (text[i] < ' ' || text[i] > '~')
			to[i] = '?';
	}
	return true;
}

static bool
get_name(struct json_object *json, const char *name, bool needed, char *to)
{
	return get_text(json, name, needed, to, OBSERVATION_NAME);
}

/* The version of TLS; null for plain TCP. */
static bool
get_tls(struct json_object *json, struct observation *observation)
{
	struct json_object *value;

	if (json_object_object_get_ex(json, "tls", &value) && value == NULL)
		return true;
	return get_text(json, "tls", false, observation->tls, sizeof(observation->tls));
}

static bool
get_state(struct json_object *json, uint8_t *state)
{
	struct json_object *value;
	const char *name;

	if (!json_object_object_get_ex(json, "state", &value) || value == NULL)
		return true;
	name = get_string(value);
	if (name == NULL)
		return false;
	*state = tcp_state_by_name(name);
	return *state != 0;
}

#define ERRNO_MAX 4095 /* the kernel's MAX_ERRNO */

static bool
get_error(struct json_object *json, int *error)
{
	struct json_object *value;
	const char *text;
	int64_t number;

	if (!json_object_object_get_ex(json, "error", &value) || value == NULL)
		return true;
	if (get_number(value, ERRNO_MAX, &number)) {
		*error = (int)number;
		return true;
	}
	text = get_string(value);
	for (int i = 1; text != NULL && i <= ERRNO_MAX; i++) {
		const char *name = errno_name(i);

		if (name != NULL && strcmp(name, text) == 0) {
			*error = i;
			return true;
		}
	}
	return false;
}

static bool
get_tcp(struct json_object *json, const char *name, struct tcp_evidence *evidence)
{
	struct json_object *tcp;

	if (!json_object_object_get_ex(json, name, &tcp) || tcp == NULL)
		return true;
	if (!json_object_is_type(tcp, json_type_object))
		return false;
	evidence->known = true;
	return get_state(tcp, &evidence->state) && get_members(tcp, tcp_members, evidence);
}

static bool
get_events(struct json_object *json, struct observation *observation)
{
	struct json_object *events, *value;
	size_t count;

	if (!json_object_object_get_ex(json, "events", &events) ||
	    !json_object_is_type(events, json_type_array))
		return false;
	count = json_object_array_length(events);
	if (count > OBSERVATION_EVENTS)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct json_object *entry = json_object_array_get_idx(events, i);
		struct event *event = &observation->events[i];
		const char *name;

		if (!json_object_is_type(entry, json_type_object) ||
		    !json_object_object_get_ex(entry, "event", &value))
			return false;
		name = get_string(value);
		event->kind = name != NULL ? event_by_name(name) : EVENT_KINDS;
		if (event->kind == EVENT_KINDS || !get_members(entry, event_members, event) ||
		    !get_state(entry, &event->state))
			return false;
	}
	observation->event_count = (uint32_t)count;
	return true;
}

int
observation_from_json(struct observation *observation, struct json_object *json)
{
	struct json_object *ended;

	observation_init(observation, "");
	if (!json_object_is_type(json, json_type_object) ||
	    !get_name(json, "role", true, observation->role) ||
	    !get_name(json, "local", false, observation->local) ||
	    !get_name(json, "peer", false, observation->peer) ||
	    !get_tls(json, observation) ||
	    !get_events(json, observation) ||
	    !get_members(json, observation_members, observation) ||
	    !get_error(json, &observation->error) ||
	    !get_tcp(json, "tcp-at-fin-sent", &observation->at_fin_sent) ||
	    !get_tcp(json, "tcp-at-fin-seen", &observation->at_fin_seen) ||
	    !get_tcp(json, "tcp", &observation->at_end))
		goto refused;
	if (json_object_object_get_ex(json, "ended", &ended)) {
		if (!json_object_is_type(ended, json_type_boolean))
			goto refused;
		observation->ended = json_object_get_boolean(ended);
	}
	return 0;
refused:
	observation_init(observation, "");
	return -1;
}
