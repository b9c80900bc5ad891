/* SPDX-License-Identifier: MIT
 *
 * Limits of bytes or time for every connection, half-closed or not: what cut the
 * baseline cuts the other scenarios at the same count or after the same time, and
 * is no fault of the half-close.
 */
#include "finding.h"

#include <stddef.h>

#include "../base/clock.h"
#include "../base/exit_status.h"

#define SOON (50 * NSEC_PER_MSEC)

/* When SEEN was cut: by an error, or by an EOF that its peer (NULL: not known) did
 * not send; -1. */
static int64_t
cut_at(const struct observation *seen, const struct observation *peer)
{
	const struct event *cut = evidence_broken(seen);
	const struct event *eof = evidence_fin_arrival(seen);

	if (eof != NULL && (peer == NULL || !evidence_saw(peer, EVENT_FIN_SENT))
	    && (cut == NULL || eof->at < cut->at))
		return eof->at;
	return cut != NULL ? cut->at : -1;
}

struct judge_reach
judge_reach(const struct observation *local, const struct observation *remote)
{
	struct judge_reach reach = { .bytes = { local->bytes_received, 0, 0 }, .time = cut_at(local, remote) };

	if (remote != NULL) {
		int64_t there = cut_at(remote, local);

		reach.bytes[1] = remote->bytes_received;
		if (there >= 0 && (reach.time < 0 || there < reach.time))
			reach.time = there;
	}
	reach.bytes[2] = reach.bytes[0] + reach.bytes[1];
	return reach;
}

void
judge_reach_add(struct judge_reach *most, const struct observation *local,
                const struct observation *remote)
{
	struct judge_reach reach = judge_reach(local, remote);

	if (reach.time < 0)
		reach.time = evidence_at_or_end(local, EVENT_CLOSED);
	for (int i = 0; i < 3; i++)
		if (reach.bytes[i] > most->bytes[i])
			most->bytes[i] = reach.bytes[i];
	if (reach.time > most->time)
		most->time = reach.time;
}

struct judge_reach
judge_reach_limit(const struct observation *local, const struct observation *remote)
{
	struct judge_reach limit = judge_reach(local, remote);
	bool whole_here = remote != NULL && local->bytes_received >= remote->bytes_sent;
	bool whole_there = remote != NULL && remote->bytes_received >= local->bytes_sent;

	if (whole_here)
		limit.bytes[0] = 0;
	if (whole_there)
		limit.bytes[1] = 0;
	if (whole_here && whole_there)
		limit.bytes[2] = 0;
	return limit;
}

/* Within a quarter, and what is in flight. */
static bool
near(int64_t a, int64_t b, int64_t slack)
{
	int64_t apart = a > b ? a - b : b - a;

	return apart <= b / 4 + slack;
}

void
judge_limit(const struct finding *baseline, const struct judge_reach *limit,
            const struct judge_reach *most, const struct judge_reach *reach, struct finding *found)
{
	int64_t at = -1;

	if (baseline->verdict != VERDICT_TRUNCATED || verdict_status(found->verdict) != STATUS_BROKEN
	    || found->verdict == VERDICT_CORRUPTED || reach->time < 0)
		return;
	for (int i = 0; i < 3 && at < 0; i++)
		if (limit->bytes[i] > 0 && reach->bytes[i] > 0 && near(reach->bytes[i], limit->bytes[i], 4096)
		    && (most->bytes[i] < limit->bytes[i] || near(most->bytes[i], limit->bytes[i], 4096)))
			at = reach->bytes[i];
	if (at >= 0)
		*found = finding(VERDICT_TRUNCATED, reach->time,
		                 "the path ended the connection after %jd bytes and %s, much as it did the baseline, "
		                 "which nobody half-closed",
		                 (intmax_t)at, SPAN(reach->time));
	else if (limit->time >= 0 && near(reach->time, limit->time, SOON)
	         && (most->time < limit->time || near(most->time, limit->time, SOON)))
		*found = finding(VERDICT_TRUNCATED, reach->time,
		                 "the path ended the connection after %s and %jd bytes, much as it did the baseline, "
		                 "which nobody half-closed",
		                 SPAN(reach->time), (intmax_t)reach->bytes[2]);
}
