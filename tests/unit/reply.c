/* SPDX-License-Identifier: MIT
 *
 * A service's replies as a table: what the reference shows, what one exchange with
 * a half-close shows beside it; and when a variant half-closes and leaves.
 */
#include "../../src/judge/reply.h"

#include <errno.h>

#include "../../src/base/clock.h"
#include "../../src/exchange/observation.h"
#include "../../src/exchange/payload.h"
#include "unit.h"

#define MS NSEC_PER_MSEC
#define SECOND NSEC_PER_SEC

/* Replies of HTTP. */
static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
#define OK_SIZE ((int64_t)sizeof(ok) - 1)
static const char bad[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
static const char to_eof[] = "HTTP/1.0 200 OK\r\n\r\nsome body";
static const char cut_to_eof[] = "HTTP/1.0 200 OK\r\n\r\nsome";

enum ending { EOF_CAME, RST_CAME, NOTHING_CAME, INTERRUPTED };

/* One exchange: what came, NULL for so many bytes of no protocol in particular. */
struct exchange {
	const char *reply;
	int64_t bytes;
	enum ending ending;
	bool no_fin;       /* it ended before ours was due */
	bool fin_last;     /* ours left when all had come */
	bool fin_unacked;
	int64_t first, over; /* ns; 0: 10 ms, 20 ms */
};

static void
fill(const struct exchange *x, bool http, struct observation *seen, struct reply *reply)
{
	int64_t first = x->first > 0 ? x->first : 10 * MS, over = x->over > 0 ? x->over : 20 * MS;
	int64_t size = x->reply != NULL ? (int64_t)strlen(x->reply) : x->bytes;

	observation_init(seen, "client");
	seen->at_end.known = true;
	*reply = (struct reply){ .http = http };
	http_reply_init(&reply->parsed);
	observation_add(seen, EVENT_CONNECTED, 0, 0);
	observation_add(seen, EVENT_SEND_STARTED, 1 * MS, 0);
	observation_add(seen, EVENT_ALL_SENT, 1 * MS, 0);
	if (!x->no_fin && !x->fin_last) {
		observation_add(seen, EVENT_FIN_SENT, 2 * MS, 0);
		if (!x->fin_unacked)
			observation_add(seen, EVENT_FIN_ACKED, 3 * MS, 0);
	}
	if (size > 0) {
		seen->bytes_received = size;
		seen->bytes_received_after_fin = x->no_fin || x->fin_last ? 0 : size;
		seen->last_received_at = first;
		observation_add(seen, EVENT_FIRST_BYTE, first, 0);
	}
	if (x->fin_last)
		observation_add(seen, EVENT_FIN_SENT, first + MS, 0);
	if (x->reply != NULL && http)
		http_reply_feed(&reply->parsed, x->reply, strlen(x->reply));
	if (x->reply != NULL) {
		reply->head_length = (int)size;
		memcpy(reply->head, x->reply, (size_t)size);
	}
	switch (x->ending) {
	case EOF_CAME:
		observation_add(seen, EVENT_EOF, over, 0);
		if (http)
			http_reply_end(&reply->parsed);
		break;
	case RST_CAME:
		seen->error = ECONNRESET;
		observation_add(seen, EVENT_RESET, over, 0);
		break;
	case NOTHING_CAME:
		observation_add(seen, EVENT_ENOUGH, over, 0);
		break;
	case INTERRUPTED:
		observation_add(seen, EVENT_INTERRUPTED, over, 0);
		break;
	}
	observation_add(seen, EVENT_CLOSED, over, 0);
	seen->ended = true;
}

static const struct variant_settings settings = {
	.patience = 4 * SECOND, .idle = 2 * SECOND, .timeout = 10 * SECOND, .late_after = 100 * MS,
	.settle = 250 * MS,
};

static bool
has_words(const char *reason, const char *words)
{
	char copy[256], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", words);
	while ((word = strsep(&rest, "|")) != NULL)
		if (strstr(reason, word) == NULL)
			return false;
	return true;
}

/* The reference. ------------------------------------------------------------------ */

static const struct {
	const char *name;
	bool http;
	struct exchange x;
	enum verdict verdict;
	const char *words;
} opens[] = {
	{ "HTTP", true, { .reply = ok, .no_fin = true }, VERDICT_PRESERVED, "HTTP 200, 42 bytes" },
	{ "HTTP whose connection stays open", true, { .reply = ok, .ending = NOTHING_CAME, .fin_last = true },
	  VERDICT_PRESERVED, "HTTP 200, 42 bytes" },
	{ "HTTP, then RST", true, { .reply = ok, .ending = RST_CAME, .no_fin = true }, VERDICT_PRESERVED, "HTTP 200" },
	{ "HTTP that lasts until EOF", true, { .reply = to_eof, .no_fin = true }, VERDICT_PRESERVED, "HTTP 200" },
	{ "HTTP 400", true, { .reply = bad, .no_fin = true }, VERDICT_INCONCLUSIVE, "fails without a half-close|400" },
	{ "HTTP 502", true, { .reply = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", .no_fin = true },
	  VERDICT_INCONCLUSIVE, "fails without a half-close|502" },
	{ "HTTP 404 is an answer", true,
	  { .reply = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", .no_fin = true }, VERDICT_PRESERVED,
	  "HTTP 404" },
	{ "a TLS alert", true, { .reply = "\x15\x03\x01", .no_fin = true }, VERDICT_INCONCLUSIVE, "requires TLS" },
	{ "HTTP 400 of a port for TLS", true,
	  { .reply = "HTTP/1.1 400 Bad Request\r\nContent-Length: 26\r\n\r\nplain HTTP to a HTTPS port", .no_fin = true },
	  VERDICT_INCONCLUSIVE, "requires TLS" },
	{ "no HTTP", true, { .reply = "220 hello\r\n", .no_fin = true }, VERDICT_INCONCLUSIVE, "no HTTP reply" },
	{ "HTTP cut by itself", true, { .reply = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody", .no_fin = true },
	  VERDICT_INCONCLUSIVE, "4 of the 9 bytes|EOF" },
	{ "an EOF and no byte", true, { .no_fin = true }, VERDICT_INCONCLUSIVE, "no byte of a reply|EOF" },
	{ "RST and no byte", true, { .ending = RST_CAME, .no_fin = true }, VERDICT_INCONCLUSIVE, "ECONNRESET" },
	{ "nothing at all", true, { .ending = NOTHING_CAME, .over = 4 * SECOND }, VERDICT_INCONCLUSIVE,
	  "no byte of a reply|--patience" },
	{ "nothing until the FIN, then EOF", true, { .over = 4 * SECOND }, VERDICT_INCONCLUSIVE, "--patience" },
	{ "interrupted", true, { .ending = INTERRUPTED, .no_fin = true }, VERDICT_INCONCLUSIVE, "interrupted" },
	{ "bytes, then EOF", false, { .bytes = 10, .no_fin = true }, VERDICT_PRESERVED, "10 bytes" },
	{ "bytes, then silence", false, { .bytes = 10, .ending = NOTHING_CAME, .fin_last = true }, VERDICT_INCONCLUSIVE,
	  "10 bytes|--patience" },
	{ "bytes, then RST", false, { .bytes = 10, .ending = RST_CAME, .no_fin = true }, VERDICT_INCONCLUSIVE, "ECONNRESET" },
	{ "an answer to an EOF", false, { .bytes = 10 }, VERDICT_PRESERVED, "the service answers an EOF" },
	{ "more than is read", false, { .bytes = REPLY_MAX + 1, .ending = NOTHING_CAME, .no_fin = true },
	  VERDICT_INCONCLUSIVE, "64 MiB" },
};

static void
test_opens(void)
{
	struct observation seen;
	struct reply reply;

	for (size_t i = 0; i < sizeof(opens) / sizeof(opens[0]); i++) {
		struct finding found;

		fill(&opens[i].x, opens[i].http, &seen, &reply);
		found = judge_open(&settings, &seen, &reply);
		if (!unit_ok(found.verdict == opens[i].verdict && has_words(found.reason, opens[i].words),
		             "open: %s", opens[i].name))
			printf("# %s: %s\n", verdict_name(found.verdict), found.reason);
	}
}

/* Beside the reference. ------------------------------------------------------------- */

static const struct exchange http_open = { .reply = ok, .no_fin = true };
static const struct exchange http_stays = { .reply = ok, .ending = NOTHING_CAME, .fin_last = true };
static const struct exchange http_resets = { .reply = ok, .ending = RST_CAME, .no_fin = true };
static const struct exchange http_eof = { .reply = to_eof, .no_fin = true };
static const struct exchange raw_10 = { .bytes = 10, .no_fin = true };
static const struct exchange raw_12 = { .bytes = 12, .no_fin = true };

static const struct {
	const char *name;
	bool http;
	const struct exchange *reference[2];
	struct exchange x;
	int64_t expect_size; /* 0: not known */
	enum verdict verdict;
	const char *words;
	bool skipped;
} replies[] = {
	{ "the same reply", true, { &http_open }, { .reply = ok }, 0, VERDICT_COMPLETE, "HTTP 200, 42 bytes|then EOF",
	  false },
	{ "the same status, other bytes", true, { &http_open },
	  { .reply = "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 3\r\n\r\nnew" }, 0, VERDICT_COMPLETE, "HTTP 200",
	  false },
	{ "no byte", true, { &http_open }, { .reply = NULL }, 0, VERDICT_TRUNCATED, "no byte of a reply of 42", false },
	{ "cut in its body", true, { &http_open }, { .reply = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody" }, 0,
	  VERDICT_TRUNCATED, "4 of the 9 bytes|instead of HTTP 200, 42 bytes", false },
	{ "cut in its header", true, { &http_open }, { .reply = "HTTP/1.1 200 OK\r\nCont" }, 0, VERDICT_TRUNCATED,
	  "header that is not over", false },
	{ "another status", true, { &http_open }, { .reply = bad }, 0, VERDICT_REPLY_DIFFERS,
	  "HTTP 400, 47 bytes, instead of HTTP 200, 42 bytes", false },
	{ "no HTTP any more", true, { &http_open }, { .reply = "sorry" }, 0, VERDICT_REPLY_DIFFERS,
	  "5 bytes that are no HTTP reply|instead of HTTP 200", false },
	{ "RST in its place", true, { &http_open }, { .ending = RST_CAME }, 0, VERDICT_RESET,
	  "ECONNRESET|no byte of a reply", false },
	{ "RST behind it", true, { &http_open }, { .reply = ok, .ending = RST_CAME }, 0, VERDICT_RESET, "then ECONNRESET",
	  false },
	{ "RST behind it, as without", true, { &http_resets }, { .reply = ok, .ending = RST_CAME }, 0, VERDICT_COMPLETE,
	  "HTTP 200", false },
	{ "silence in its place", true, { &http_open }, { .ending = NOTHING_CAME, .over = 2 * SECOND }, 0,
	  VERDICT_STALLED, "no byte of a reply|FIN_WAIT2", false },
	{ "silence, and the FIN was not even acknowledged", true, { &http_open },
	  { .ending = NOTHING_CAME, .fin_unacked = true, .over = 2 * SECOND }, 0, VERDICT_STALLED, "FIN_WAIT1", false },
	{ "silence behind it", true, { &http_open }, { .reply = ok, .ending = NOTHING_CAME, .over = 2 * SECOND }, 0,
	  VERDICT_EOF_LOST, "HTTP 200, 42 bytes, but no EOF", false },
	{ "silence behind it, as without", true, { &http_stays }, { .reply = ok, .ending = NOTHING_CAME }, 0,
	  VERDICT_COMPLETE, "stays open", false },
	{ "over before the FIN", true, { &http_open }, { .reply = ok, .no_fin = true }, 0, VERDICT_INCONCLUSIVE,
	  "before the FIN", true },
	{ "all of it before the FIN", true, { &http_open }, { .reply = ok, .fin_last = true }, 0, VERDICT_INCONCLUSIVE,
	  "before the FIN", true },
	{ "cut before the FIN", true, { &http_open }, { .no_fin = true }, 0, VERDICT_INCONCLUSIVE, "before the half-close",
	  false },
	{ "interrupted", true, { &http_open }, { .ending = INTERRUPTED }, 0, VERDICT_INCONCLUSIVE, "interrupted", false },
	{ "until EOF, the same", true, { &http_eof }, { .reply = to_eof }, 0, VERDICT_COMPLETE, "HTTP 200", false },
	{ "until EOF, and shorter", true, { &http_eof }, { .reply = cut_to_eof }, 0, VERDICT_INCONCLUSIVE,
	  "--expect-size", false },
	{ "bytes, the same", false, { &raw_10 }, { .bytes = 10 }, 0, VERDICT_COMPLETE, "10 bytes", false },
	{ "bytes, within what was seen", false, { &raw_10, &raw_12 }, { .bytes = 11 }, 0, VERDICT_COMPLETE, "11 bytes",
	  false },
	{ "bytes, none", false, { &raw_10, &raw_12 }, { .bytes = 0 }, 0, VERDICT_TRUNCATED,
	  "no byte of a reply of 12|10 to 12 bytes", false },
	{ "bytes, fewer", false, { &raw_10, &raw_12 }, { .bytes = 9 }, 0, VERDICT_INCONCLUSIVE,
	  "9 bytes instead of 10 to 12 bytes|--expect-size", false },
	{ "bytes, fewer than said", false, { &raw_10, &raw_12 }, { .bytes = 9 }, 10, VERDICT_TRUNCATED, "9 of 10", false },
	{ "bytes, more", false, { &raw_10 }, { .bytes = 11 }, 0, VERDICT_INCONCLUSIVE, "11 bytes|--expect-size", false },
	{ "bytes, more than said", false, { &raw_10 }, { .bytes = 11 }, 10, VERDICT_CORRUPTED, "11", false },
	{ "bytes, fewer, then RST", false, { &raw_10 }, { .bytes = 9, .ending = RST_CAME }, 0, VERDICT_RESET,
	  "9 bytes, then ECONNRESET|instead of 10 bytes", false },
	{ "bytes, fewer, then silence", false, { &raw_10 }, { .bytes = 9, .ending = NOTHING_CAME }, 0, VERDICT_STALLED,
	  "9 bytes", false },
};

static void
test_replies(void)
{
	static struct payload request = { .fd = -1, .size = 5, .block = 5 };
	struct observation seen;
	struct reply reply;

	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		struct plan plan = variant_plan(&variants[1], &settings, &request);
		struct reference reference = { 0 };
		struct finding found;
		bool skipped = true;

		for (int j = 0; j < 2 && replies[i].reference[j] != NULL; j++) {
			fill(replies[i].reference[j], replies[i].http, &seen, &reply);
			reference_add(&reference, &seen, &reply);
		}
		fill(&replies[i].x, replies[i].http, &seen, &reply);
		if (replies[i].expect_size > 0)
			plan.expect_size = replies[i].expect_size;
		found = judge_reply(&plan, &seen, &reply, &reference, &skipped);
		if (!unit_ok(found.verdict == replies[i].verdict && has_words(found.reason, replies[i].words)
		                     && skipped == replies[i].skipped,
		             "reply: %s", replies[i].name))
			printf("# %s: %s\n", verdict_name(found.verdict), found.reason);
	}
}

static void
test_unsteady(void)
{
	struct reference reference = { 0 };
	const struct exchange other = { .reply = bad, .no_fin = true };
	struct observation seen;
	struct reply reply;

	fill(&http_open, true, &seen, &reply);
	reference_add(&reference, &seen, &reply);
	unit_ok(reference.known && reference.status == 200 && reference.closes, "reference: one reply");
	fill(&other, true, &seen, &reply);
	reference_add(&reference, &seen, &reply);
	unit_ok(!reference.known, "reference: nothing is known of two statuses");
}

/* Steering. ------------------------------------------------------------------------- */

static const struct variant *
variant(const char *name)
{
	for (size_t i = 0; i < variants_count; i++)
		if (strcmp(variants[i].name, name) == 0)
			return &variants[i];
	unit_bail("no variant %s", name);
}

/* A moment of an exchange; -1: not yet. */
static const struct {
	const char *name, *variant;
	int64_t asked, received, fin; /* when */
	bool whole, framed;
	int64_t now;
	enum exchange_wish wish;
	int64_t again;
} moments[] = {
	{ "open waits for its patience", "open", 1 * MS, -1, -1, false, true, 2 * MS, WISH_GO_ON, 4001 * MS },
	{ "open loses it", "open", 1 * MS, -1, -1, false, true, 4001 * MS, WISH_HALF_CLOSE, 0 },
	{ "open lets a whole reply end by itself", "open", 1 * MS, 9 * MS, -1, true, true, 10 * MS, WISH_GO_ON, 2009 * MS },
	{ "open ends a whole reply", "open", 1 * MS, 9 * MS, -1, true, true, 2009 * MS, WISH_HALF_CLOSE, 0 },
	{ "open takes silence for an end", "open", 1 * MS, 9 * MS, -1, false, false, 2009 * MS, WISH_HALF_CLOSE, 0 },
	{ "open does not, of HTTP", "open", 1 * MS, 9 * MS, -1, false, true, 2009 * MS, WISH_GO_ON, 4001 * MS },
	{ "open leaves soon after its FIN", "open", 1 * MS, -1, 4001 * MS, false, true, 4251 * MS, WISH_END, 0 },
	{ "open reads what its FIN set free", "open", 1 * MS, 4100 * MS, 4001 * MS, false, false, 4300 * MS, WISH_GO_ON,
	  6100 * MS },
	{ "behind has a limit", "behind", 1 * MS, -1, 2 * MS, false, true, 3 * MS, WISH_GO_ON, 3001 * MS },
	{ "behind leaves at it", "behind", 1 * MS, -1, 2 * MS, false, true, 3001 * MS, WISH_END, 0 },
	{ "behind waits for the EOF of a whole reply", "behind", 1 * MS, 9 * MS, 2 * MS, true, true, 10 * MS, WISH_GO_ON,
	  259 * MS },
	{ "late waits for its time", "late", 1 * MS, -1, -1, false, true, 2 * MS, WISH_GO_ON, 101 * MS },
	{ "late half-closes", "late", 1 * MS, -1, -1, false, true, 101 * MS, WISH_HALF_CLOSE, 0 },
	{ "late counts from the request", "late", -1, -1, -1, false, true, 900 * MS, WISH_GO_ON, INT64_MAX },
	{ "reading waits for a byte", "reading", 1 * MS, -1, -1, false, true, 900 * MS, WISH_GO_ON, 3001 * MS },
	{ "reading half-closes", "reading", 1 * MS, 9 * MS, -1, false, true, 9 * MS, WISH_HALF_CLOSE, 0 },
	{ "slow has more time", "slow", 1 * MS, 9 * MS, 2 * MS, false, true, 3001 * MS, WISH_GO_ON, 6001 * MS },
};

static void
test_moments(void)
{
	struct variant_settings played = settings;

	played.limit = 3 * SECOND;
	played.slow_limit = 6 * SECOND;
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		struct observation seen;
		int64_t again = INT64_MAX;
		enum exchange_wish wish;

		observation_init(&seen, "client");
		observation_add(&seen, EVENT_CONNECTED, 0, 0);
		if (moments[i].asked >= 0)
			observation_add(&seen, EVENT_ALL_SENT, moments[i].asked, 0);
		if (moments[i].fin >= 0)
			observation_add(&seen, EVENT_FIN_SENT, moments[i].fin, 0);
		if (moments[i].received >= 0) {
			observation_add(&seen, EVENT_FIRST_BYTE, moments[i].received, 0);
			seen.bytes_received = 1;
			seen.last_received_at = moments[i].received;
		}
		wish = variant_steer(variant(moments[i].variant), &played, &seen, moments[i].whole,
		                     moments[i].framed, moments[i].now, &again);
		if (!unit_ok(wish == moments[i].wish && (wish != WISH_GO_ON || again == moments[i].again),
		             "steer: %s", moments[i].name))
			printf("# wish %d, again after %.3f ms\n", wish, (double)again / 1e6);
	}
}

static void
test_follow(void)
{
	const struct reply_pace fast = { .first_byte_least = 400000, .last_byte_most = 5 * MS, .bytes_most = 5000,
		                         .closes = true };
	const struct reply_pace slow = { .first_byte_least = 900 * MS, .last_byte_most = 2 * SECOND,
		                         .bytes_most = 60 << 20 };
	struct variant_settings s = settings;

	variants_follow(&s, &fast);
	unit_is_int(s.late_after, 200000, "follow: late is earlier than a fast reply");
	unit_is_int(s.limit, 2 * SECOND, "follow: the silence that is allowed");
	unit_is_int(s.rate, 3333, "follow: slow takes a second and a half");
	unit_is_int(s.settle, 2 * SECOND, "follow: an EOF that must come is waited for");
	s = settings;
	variants_follow(&s, &slow);
	unit_is_int(s.late_after, 100 * MS, "follow: late is as late as was said");
	unit_is_int(s.limit, 12 * SECOND, "follow: a slow service has more time");
	unit_is_int(s.settle, 1000 * MS, "follow: an EOF that never came is not waited for");
	s = settings;
	s.rate = 1000;
	variants_follow(&s, &fast);
	unit_is_int(s.rate, 1000, "follow: the rate that was said");
	unit_is_int(s.slow_limit, 12 * SECOND, "follow: and the time that this takes");
}

int
main(void)
{
	test_opens();
	test_replies();
	test_unsteady();
	test_moments();
	test_follow();
	return unit_done();
}
