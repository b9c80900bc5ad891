/* SPDX-License-Identifier: MIT
 *
 * The lines between check (or probe) and responder, as
 * tcp-half-close-tester-protocol(7) specifies them: one JSON object a line,
 * bounded in size and depth. Parsing accepts any bytes at all.
 */
#ifndef WIRE_PROTOCOL_H
#define WIRE_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include "../exchange/observation.h"
#include "../judge/scenarios.h"

#define WIRE_VERSION 2
#define WIRE_REQUEST_MAX 1024  /* bytes of a request line, newline included */
#define WIRE_REPLY_MAX 32768   /* bytes of a reply line */
#define WIRE_DEPTH_MAX 8       /* levels of nesting, the innermost value included */
#define WIRE_ID_MAX 33         /* 128 random bits in lower-case hex, and NUL */
#define WIRE_ERROR_MAX 256
#define WIRE_SCENARIO_MAX 32

/* {"request":"play","version":2,"id":"<32 hex>","scenario":"late","size":…,
 *  "chunk":…,"interval":…,"hold":…,"timeout":…,
 *  "after-fin":…,"keepalive":…}
 * {"request":"report","version":2,"id":"<32 hex>"}
 * Members in kebab-case, bytes or ns; chunk, interval, hold, after-fin and keepalive are 0
 * when absent. Unknown members are ignored, so that a later version can add some;
 * unknown requests and members that occur twice are refused. */
enum wire_request_kind { WIRE_PLAY, WIRE_REPORT };
struct wire_request {
	enum wire_request_kind kind;
	char id[WIRE_ID_MAX];
	char scenario[WIRE_SCENARIO_MAX];
	struct scenario_settings settings;
	int64_t keepalive; /* ns; 0: none */
};

/* {"reply":"ready"}                      the exchange starts after this line
 * {"reply":"view","observation":{…},"age":…}
 *                                        what this end saw, so far if not `ended`; age: ns
 *                                        since its EVENT_CONNECTED when this was written
 * {"reply":"running"}                    known, but nothing was seen yet
 * {"reply":"unknown"}                    no such run here: perhaps on another responder
 * {"reply":"error","error":"…"}          refused; the connection is closed */
enum wire_reply_kind { WIRE_READY, WIRE_VIEW, WIRE_RUNNING, WIRE_UNKNOWN, WIRE_REFUSED };
struct wire_reply {
	enum wire_reply_kind kind;
	char error[WIRE_ERROR_MAX];
	struct observation observation;
	int64_t age; /* of a view, ns; -1: not known */
};

/* Fills ID with fresh random bits (getrandom(2)). 0, or -1 with errno. */
int wire_new_id(char id[static WIRE_ID_MAX]);

/* Writes the line with its newline and a NUL. Returns its length without the
 * NUL, or -1 when it does not fit (errno EMSGSIZE) or memory is short. */
int wire_format_request(const struct wire_request *request, char *line, size_t size);
int wire_format_reply(const struct wire_reply *reply, char *line, size_t size);

/* Reads a line without its newline. Returns 0, or -1 with one line in ERROR
 * of printable ASCII that says what was expected. Nothing is allocated after
 * return. A reply's error is made printable ASCII as well. */
int wire_parse_request(const char *line, size_t length, struct wire_request *request,
                       char error[static WIRE_ERROR_MAX]);
int wire_parse_reply(const char *line, size_t length, struct wire_reply *reply,
                     char error[static WIRE_ERROR_MAX]);

/* What a stranger may ask for; bytes and ns. Returns 0, or -1 with one line in
 * ERROR that names the member, its value and the bound. Unknown scenarios are
 * refused here as well. */
struct wire_bounds {
	int64_t max_size, max_hold, max_duration;
};
int wire_check_bounds(const struct wire_request *request, const struct wire_bounds *bounds,
                      char error[static WIRE_ERROR_MAX]);

#endif
