/* SPDX-License-Identifier: MIT
 *
 * Connections that are idle without a half-close, for probe --state established.
 */
#include "finding.h"

#include <stddef.h>

#include "../exchange/plan.h"

bool
idle_fin_during_hold(const struct end *end)
{
	return evidence_saw(end->seen, EVENT_FIN_SEEN)
	       && observation_at(end->seen, EVENT_FIN_SEEN) < end->plan->hold;
}

struct finding
judge_idle(const struct evidence *evidence, const struct end *sink, const struct end *source)
{
	const struct observation *k = sink->seen;
	const struct observation *s = source->seen;
	const struct event *cut = evidence_broken_by_path(evidence, source, sink);
	const struct event *cut_here = evidence_broken_by_path(evidence, sink, source);
	int64_t queue = s->at_end.known ? s->at_end.send_queue : 0;
	int64_t after = cut != NULL ? cut->at : cut_here != NULL ? cut_here->at : -1;

	if (k->bytes_received == 0 && evidence_saw(k, EVENT_EOF))
		return finding(VERDICT_IDLE_EXPIRED_CLOSE, observation_at(k, EVENT_EOF),
		               "the path closed the idle established connection after %s: EOF %s, %s %s",
		               SPAN(observation_at(k, EVENT_EOF)), sink->where,
		               cut != NULL ? finding_error_name(s->error) : "no error", source->where);
	if (idle_fin_during_hold(source))
		return finding(VERDICT_IDLE_EXPIRED_CLOSE, observation_at(s, EVENT_FIN_SEEN),
		               "the path closed the idle established connection after %s: a FIN that nobody sent "
		               "came %s, %jd bytes arrived %s",
		               SPAN(observation_at(s, EVENT_FIN_SEEN)), source->where,
		               (intmax_t)k->bytes_received, sink->where);
	if (after >= 0)
		return finding(VERDICT_IDLE_EXPIRED_RESET, after,
		               "after %s of idle time the established connection was reset: %s %s, %s %s",
		               SPAN(after), cut != NULL ? finding_error_name(s->error) : "no error", source->where,
		               cut_here != NULL ? finding_error_name(k->error) : "nothing", sink->where);
	return finding(VERDICT_IDLE_EXPIRED_BLACKHOLE, source->plan->hold,
	               "after %s of idle time packets vanish: %jd bytes stay unacknowledged %s, nothing arrives "
	               "%s",
	               SPAN(source->plan->hold), (intmax_t)queue, source->where, sink->where);
}
