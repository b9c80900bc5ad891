/* SPDX-License-Identifier: MIT
 *
 * The rows, and the few times that all of them share.
 */
#include "variants.h"

#include "../base/clock.h"
#include "../base/number.h"
#include "../exchange/observation.h"
#include "../exchange/payload.h"

#define NEVER INT64_MAX

/* How long `slow` takes for the whole of a reply. */
#define SLOW_SPAN (1500 * NSEC_PER_MSEC)

/* A window that a reply fills many times over, while a long path still carries it. */
#define WINDOWS 16
#define WINDOW_LEAST 4096
#define WINDOW_MOST 262144

/* A reply may take that many times as long as without a half-close. */
#define PACE_FACTOR 6

static int64_t
later(int64_t at, int64_t span)
{
	return span > NEVER - at ? NEVER : at + span;
}

/* When the request was sent; NEVER while it was not. */
static int64_t
asked_at(const struct observation *seen)
{
	int64_t at = observation_at(seen, EVENT_ALL_SENT);

	return at < 0 ? NEVER : at;
}

static void
told(const struct variant_settings *s, struct plan *plan)
{
	(void)s;
	plan->fin_on = FIN_WHEN_TOLD;
}

static void
behind(const struct variant_settings *s, struct plan *plan)
{
	(void)s;
	plan->fin_on = FIN_WHEN_SENT;
}

static void
with_data(const struct variant_settings *s, struct plan *plan)
{
	behind(s, plan);
	plan->fin_with_data = true;
}

static void
slow(const struct variant_settings *s, struct plan *plan)
{
	behind(s, plan);
	plan->read_rate = s->rate;
	/* So small a step that the window is never read empty at once. */
	plan->buf_size = most(s->rate / 20, 1);
}

/* The FIN that ends patience also tells services that answer an EOF only. */
static int64_t
open_due(const struct variant_settings *s, const struct observation *seen, bool whole)
{
	int64_t asked = asked_at(seen);

	if (whole)
		return later(seen->last_received_at, s->idle);
	return asked == NEVER ? NEVER : later(asked, s->patience);
}

static int64_t
late_due(const struct variant_settings *s, const struct observation *seen, bool whole)
{
	int64_t asked = asked_at(seen);

	(void)whole;
	return asked == NEVER ? NEVER : later(asked, s->late_after);
}

static int64_t
reading_due(const struct variant_settings *s, const struct observation *seen, bool whole)
{
	(void)s, (void)whole;
	return seen->bytes_received > 0 ? 0 : NEVER;
}

const struct variant variants[] = {
	{ "open", "the client half-closes only when the reply is complete: the reference", false, false, false,
	  false, told, open_due },
	{ "behind", "the client half-closes right after the request", true, false, false, false, behind, NULL },
	{ "with-data", "the client's FIN is on the last segment of the request", true, false, false,
	  false, with_data, NULL },
	{ "late", "the client half-closes while the service works on the reply", true, false, false,
	  false, told, late_due },
	{ "reading", "the client half-closes after the first byte of the reply", true, true, false, true,
	  told, reading_due },
	{ "slow", "the client half-closes right after the request, then reads slowly", true, true, true,
	  false, slow, NULL },
};
const size_t variants_count = sizeof(variants) / sizeof(variants[0]);

struct plan
variant_plan(const struct variant *variant, const struct variant_settings *settings,
             const struct payload *request)
{
	struct plan plan = plan_default;

	plan.payload = request;
	plan.send_size = request->size;
	plan.closes_first = variant->half_closes;
	plan.read_timeout = settings->timeout;
	variant->plan(settings, &plan);
	return plan;
}

/* How long to wait for what nobody counts on; FIRST is when the first byte came, so
 * that the path's round trip is in it. */
static int64_t
soon(const struct variant_settings *s, int64_t first)
{
	return later(s->idle / 20, first > 0 ? first : 0);
}

/* When the exchange is over although no EOF came, ns since the start. */
static int64_t
end_due(const struct variant *variant, const struct variant_settings *s,
        const struct observation *seen, bool whole, bool framed)
{
	int64_t fin = observation_at(seen, EVENT_FIN_SENT);
	int64_t first = observation_at(seen, EVENT_FIRST_BYTE);
	int64_t moved = most(fin, seen->last_received_at);
	int64_t asked = asked_at(seen);
	int64_t limit = asked == NEVER ? NEVER : later(asked, variant->reads_slowly && first >= 0 ? s->slow_limit : s->limit);

	if (fin < 0)
		return variant->half_closes ? limit : NEVER;
	if (whole)
		return later(moved, variant->half_closes ? s->settle : soon(s, first));
	if (variant->half_closes)
		return limit;
	/* Of the reference, the FIN was the last question. What it brought to light is
	 * read as a reply. */
	if (first < 0 || first < fin)
		return later(fin, s->settle);
	return framed ? NEVER : later(moved, s->idle);
}

enum exchange_wish
variant_steer(const struct variant *variant, const struct variant_settings *settings,
              const struct observation *seen, bool whole, bool framed, int64_t now, int64_t *again)
{
	bool half_closed = observation_at(seen, EVENT_FIN_SENT) >= 0;
	int64_t end = end_due(variant, settings, seen, whole, framed);
	int64_t fin = NEVER;

	if (seen->bytes_received > REPLY_MAX || now >= end)
		return WISH_END;
	if (!half_closed && variant->fin_due != NULL) {
		fin = variant->fin_due(settings, seen, whole);
		/* What has no end of its own is over when it is silent. */
		if (!framed && !variant->half_closes && seen->bytes_received > 0)
			fin = least(fin, later(seen->last_received_at, settings->idle));
		if (now >= fin)
			return WISH_HALF_CLOSE;
	}
	*again = least(fin, end);
	return WISH_GO_ON;
}

void
variants_follow(struct variant_settings *settings, const struct reply_pace *pace)
{
	int64_t bytes = most(pace->bytes_most, 1);
	int64_t window = most(least(bytes / WINDOWS, WINDOW_MOST), WINDOW_LEAST);
	int64_t pull;

	/* A FIN after the first byte would find nothing half done. */
	settings->late_after = least(settings->late_after, pace->first_byte_least / 2);
	if (settings->rate == 0)
		settings->rate = most(bytes * (NSEC_PER_SEC / NSEC_PER_MSEC) / (SLOW_SPAN / NSEC_PER_MSEC), 1);
	pull = bytes > NEVER / NSEC_PER_SEC ? NEVER : bytes * NSEC_PER_SEC / settings->rate;
	settings->limit = most(settings->idle, least(pace->last_byte_most, NEVER / PACE_FACTOR) * PACE_FACTOR);
	settings->slow_limit = later(settings->limit, least(pull, NEVER / PACE_FACTOR) * 2);
	settings->settle = pace->closes ? settings->idle : soon(settings, pace->first_byte_least);
	settings->receive_buffer = (int)window;
}
