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

/* What one connection came to before it was cut: bytes each way and both ways, and
 * how long it lived as the end saw it that was cut first. */
struct reach {
	int64_t bytes[3];
	int64_t time; /* ns; -1: nobody was cut */
};

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

static struct reach
reach_of(const struct observation *local, const struct observation *remote)
{
	struct reach reach = { .bytes = { local->bytes_received, 0, 0 }, .time = cut_at(local, remote) };

	if (remote != NULL) {
		int64_t there = cut_at(remote, local);

		reach.bytes[1] = remote->bytes_received;
		if (there >= 0 && (reach.time < 0 || there < reach.time))
			reach.time = there;
	}
	reach.bytes[2] = reach.bytes[0] + reach.bytes[1];
	return reach;
}

/* Within a quarter, and what is in flight. */
static bool
near(int64_t a, int64_t b, int64_t slack)
{
	int64_t apart = a > b ? a - b : b - a;

	return apart <= b / 4 + slack;
}

void
judge_limit(const struct finding *baseline, const struct observation *baseline_local,
            const struct observation *baseline_remote, const struct observation *local,
            const struct observation *remote, struct finding *found)
{
	struct reach limit, row;
	int64_t at = -1, wanted;

	if (baseline->verdict != VERDICT_TRUNCATED || verdict_status(found->verdict) != STATUS_BROKEN
	    || found->verdict == VERDICT_CORRUPTED)
		return;
	limit = reach_of(baseline_local, baseline_remote);
	row = reach_of(local, remote);
	if (row.time < 0)
		return;
	for (int i = 0; i < 3 && at < 0; i++)
		if (limit.bytes[i] > 0 && row.bytes[i] > 0 && near(row.bytes[i], limit.bytes[i], 4096))
			at = row.bytes[i];
	wanted = limit.time;
	if (at >= 0)
		*found = finding(VERDICT_TRUNCATED, row.time,
		                 "the path ended the connection after %jd bytes and %s, much as it did the baseline, "
		                 "which nobody half-closed",
		                 (intmax_t)at, SPAN(row.time));
	else if (wanted >= 0 && near(row.time, wanted, 50 * NSEC_PER_MSEC))
		*found = finding(VERDICT_TRUNCATED, row.time,
		                 "the path ended the connection after %s and %jd bytes, much as it did the baseline, "
		                 "which nobody half-closed",
		                 SPAN(row.time), (intmax_t)row.bytes[2]);
}
