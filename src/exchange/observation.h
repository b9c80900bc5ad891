/* SPDX-License-Identifier: MIT
 *
 * What one end of one connection saw: timestamped events, counters, the
 * kernel's evidence. Plain data without pointers, so that it can live in shared
 * memory and cross the wire as JSON.
 */
#ifndef EXCHANGE_OBSERVATION_H
#define EXCHANGE_OBSERVATION_H

#include <stdbool.h>
#include <stdint.h>

#include "../transport/tcp_state.h"

struct json_object;

enum event_kind {
#define EVENT(id, name, shown, trouble, label, meaning) EVENT_##id,
#include "events.def"
#undef EVENT
	EVENT_KINDS,
};

/* What a row of events.def says of KIND; NULL past the end. */
struct event_row {
	const char *name; /* kebab-case, as in JSON: "fin-sent" */
	bool shown, trouble;
	const char *label, *meaning;
};
const struct event_row *event_row(enum event_kind kind);
const char *event_name(enum event_kind kind);

struct event {
	int64_t at;       /* ns since EVENT_CONNECTED */
	enum event_kind kind;
	uint8_t state;    /* TCP state just after it, 0 when not looked up */
	int64_t sent;     /* bytes handed to the kernel by then */
	int64_t received; /* bytes read by then */
};

#define OBSERVATION_EVENTS 40
#define OBSERVATION_NAME 72

struct observation {
	char role[OBSERVATION_NAME];  /* "client", "server", "responder" */
	char local[OBSERVATION_NAME]; /* addresses of this end and its peer */
	char peer[OBSERVATION_NAME];
	char tls[16];                 /* "TLSv1.3"; "": the stream is plain TCP here */
	int64_t started; /* CLOCK_MONOTONIC of EVENT_CONNECTED, ns; means nothing elsewhere */
	uint32_t event_count;
	struct event events[OBSERVATION_EVENTS];
	int64_t bytes_sent, bytes_received;
	int64_t bytes_sent_after_fin;     /* after the peer's FIN was seen */
	int64_t bytes_received_after_fin; /* after our own FIN was sent */
	int64_t last_received_at;         /* ns since the start; -1: nothing was read */
	int64_t last_sent_at;             /* -1: nothing was sent */
	int64_t reads, writes;            /* calls that moved bytes */
	int64_t first_bad_offset;         /* -1: none, or nothing was compared */
	int64_t differences;              /* places where what arrived is not what was sent */
	int64_t bytes_altered, bytes_missing, bytes_repeated, bytes_inserted; /* in all of them */
	int64_t repeated_from, repeated_length; /* the first stretch that came again; length 0: none */
	int64_t line_ends;                /* differences that are CR coming or going before LF */
	int expected_byte, got_byte;      /* at that offset; -1: none; expected -1: past the end */
	int error;                        /* errno that ended the exchange, or 0 */
	bool ended;                       /* false: this is a view of a running exchange */
	struct tcp_evidence at_fin_sent, at_fin_seen, at_end;
};

/* An empty observation; ROLE is copied. */
void observation_init(struct observation *observation, const char *role);

/* Appends an event at ns since the start with the counters as they are. A full
 * list keeps its first entries and replaces the last. */
void observation_add(struct observation *observation, enum event_kind kind, int64_t at,
                     uint8_t state);

/* The first event of KIND, or NULL; and its time in ns since the start, or -1. */
const struct event *observation_find(const struct observation *observation, enum event_kind kind);
int64_t observation_at(const struct observation *observation, enum event_kind kind);

/* {role, events [{at, event, state, sent, received}], bytes-sent, bytes-received,
 * bytes-after-fin, error, tcp, …}; the caller puts the returned object, NULL when
 * memory is short. `bytes-after-fin` is what arrived after the own FIN, or, where
 * the peer half-closed first, what was sent after its FIN was seen; `tcp` is
 * at_end, `tcp-at-fin-sent` and `tcp-at-fin-seen` stand beside it. What is not
 * known is null.
 * observation_from_json accepts any JSON at all: it returns 0, or -1 and an empty
 * OBSERVATION. Needed are role, events, bytes-sent and bytes-received; members
 * that it does not know are ignored. Refused is every wrong type, a number below
 * 0 or above OBSERVATION_NUMBER_MAX, an event, state or error it does not know,
 * and more events than fit: evidence dropped here would be judged wrongly. Names
 * are only shown: they are cut to fit, and unprintable bytes become '?'. */
#define OBSERVATION_NUMBER_MAX (INT64_C(1) << 60) /* 36 years in ns, 1 EiB */
struct json_object *observation_to_json(const struct observation *observation);
int observation_from_json(struct observation *observation, struct json_object *json);

#endif
