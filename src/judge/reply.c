/* SPDX-License-Identifier: MIT
 *
 * Theory of operation: whatever a service does without a half-close is right: it
 * may close or not, reset or not, be long or short. A verdict names what becomes
 * different when the client half-closes. HTTP tells by itself whether a reply is
 * whole; of any other protocol the sizes seen without a half-close must do.
 */
#include "reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../exchange/observation.h"
#include "../exchange/plan.h"
#include "finding.h"

char *
reply_text(const struct reply *reply, const struct observation *seen, char text[static HTTP_TEXT_MAX])
{
	if (reply->http)
		return http_reply_text(&reply->parsed, text);
	if (seen->bytes_received == 0)
		snprintf(text, HTTP_TEXT_MAX, "no byte of a reply");
	else
		snprintf(text, HTTP_TEXT_MAX, "%" PRId64 " byte%s", seen->bytes_received,
		         seen->bytes_received == 1 ? "" : "s");
	return text;
}

bool
reply_framed(const struct reply *reply)
{
	return reply->http && reply->parsed.state != HTTP_GARBAGE;
}

bool
reply_whole(const struct reply *reply, const struct observation *seen,
            const struct reference *reference)
{
	if (reply->http)
		return reply->parsed.state == HTTP_COMPLETE;
	return reference != NULL && reference->known && seen->bytes_received >= reference->least;
}

/* When the request left: a fast service may answer before its end is noted. */
static int64_t
asked_at(const struct observation *seen)
{
	int64_t at = observation_at(seen, EVENT_SEND_STARTED);

	return at < 0 ? 0 : at;
}

/* A TLS record of an alert or a handshake (RFC 8446 section 5.1), or what servers
 * say of a request in clear on a port for TLS. */
static bool
wants_tls(const struct reply *reply)
{
	const uint8_t *head = reply->head;

	if (reply->head_length >= 2 && (head[0] == 21 || head[0] == 22) && head[1] == 3)
		return true;
	return reply->http && reply->parsed.status == 400
	       && (memmem(head, (size_t)reply->head_length, "HTTPS", 5) != NULL
	           || memmem(head, (size_t)reply->head_length, "SSL", 3) != NULL);
}

/* How it ended, when without an EOF and not as it was meant to. */
static char *
ending(const struct observation *seen, char text[static 96])
{
	const struct event *cut = evidence_broken(seen);

	if (cut != NULL)
		snprintf(text, 96, "%s after %s", finding_error_name(seen->error), SPAN(cut->at));
	else if (evidence_saw(seen, EVENT_EOF))
		snprintf(text, 96, "EOF after %s", SPAN(observation_at(seen, EVENT_EOF)));
	else
		snprintf(text, 96, "no more within %s", SPAN(evidence_at_or_end(seen, EVENT_CLOSED)));
	return text;
}

/* No reply to compare with: what came instead of one? */
static struct finding
open_failed(const struct variant_settings *settings, const struct observation *seen,
            const struct reply *reply)
{
	char text[HTTP_TEXT_MAX], end[96];
	bool ran_out = !evidence_saw(seen, EVENT_EOF) && evidence_broken(seen) == NULL;
	int64_t fin = observation_at(seen, EVENT_FIN_SENT);

	if (wants_tls(reply))
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the service fails without a half-close too: it requires TLS");
	if (seen->bytes_received > REPLY_MAX)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the reply has not ended after %" PRId64 " MiB: request something smaller",
		               (int64_t)(REPLY_MAX >> 20));
	if (seen->bytes_received == 0 && fin >= 0 && !ran_out)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "no byte of a reply came in %s without a half-close, and %s, %s after the FIN; a longer "
		               "--patience would tell whether the service is only slow",
		               SPAN(fin - asked_at(seen)), ending(seen, end),
		               SPAN(evidence_at_or_end(seen, EVENT_CLOSED) - fin));
	if (ran_out)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "the service did not answer in full without a half-close: %s within %s; a longer "
		               "--patience would tell whether it is only slow",
		               reply_text(reply, seen, text), SPAN(settings->patience));
	return finding(VERDICT_INCONCLUSIVE, -1, "the service fails without a half-close, too: %s, %s",
	               reply_text(reply, seen, text), ending(seen, end));
}

struct finding
judge_open(const struct variant_settings *settings, const struct observation *seen,
           const struct reply *reply)
{
	int64_t fin = observation_at(seen, EVENT_FIN_SENT);
	int64_t first = observation_at(seen, EVENT_FIRST_BYTE);
	bool quiet = !reply->http && seen->bytes_received > 0 && seen->bytes_received <= REPLY_MAX
	             && (evidence_saw(seen, EVENT_EOF)
	                 || (fin >= 0 && fin - seen->last_received_at >= settings->idle)
	                 || (evidence_saw(seen, EVENT_ENOUGH) && first > fin));
	struct finding found;
	char text[HTTP_TEXT_MAX];

	if (finding_could_not_test(seen, "here", &found))
		return found;
	if (!quiet && !(reply->http && reply->parsed.state == HTTP_COMPLETE))
		return open_failed(settings, seen, reply);
	if (evidence_broken(seen) != NULL && !reply->http)
		return open_failed(settings, seen, reply);
	/* The service refuses even this request, or has nobody behind it to ask. */
	if (reply->http && (reply->parsed.status == 400 || reply->parsed.status >= 500)) {
		if (wants_tls(reply))
			return open_failed(settings, seen, reply);
		return finding(VERDICT_INCONCLUSIVE, -1, "the service fails without a half-close, too: %s",
		               reply_text(reply, seen, text));
	}
	if (fin >= 0 && first >= fin)
		return finding(VERDICT_PRESERVED, -1,
		               "%s, but only after the FIN that ended the wait for it: the service answers an EOF",
		               reply_text(reply, seen, text));
	return finding(VERDICT_PRESERVED, -1, "%s in %s without a half-close", reply_text(reply, seen, text),
	               SPAN(seen->last_received_at - asked_at(seen)));
}

void
reference_add(struct reference *reference, const struct observation *seen, const struct reply *reply)
{
	int64_t size = seen->bytes_received;
	int64_t fin = observation_at(seen, EVENT_FIN_SENT);
	bool needs_fin = fin >= 0 && observation_at(seen, EVENT_FIRST_BYTE) >= fin;
	int64_t asked = needs_fin ? fin : asked_at(seen);
	int64_t first = observation_at(seen, EVENT_FIRST_BYTE) - asked;
	int64_t last = seen->last_received_at - asked;
	bool closes = evidence_saw(seen, EVENT_EOF);
	bool resets = evidence_broken(seen) != NULL;

	if (reference->least == 0 && reference->most == 0) {
		*reference = (struct reference){
			.known = true,
			.http = reply->http,
			.status = reply->parsed.status,
			.least = size,
			.most = size,
			.closes = closes || resets,
			.resets = resets,
			.notifies = evidence_saw(seen, EVENT_CLOSE_NOTIFY_SEEN),
			.pace = { .first_byte_least = first },
		};
		reply_text(reply, seen, reference->text);
	}
	if (reply->http && reply->parsed.status != reference->status)
		reference->known = false;
	if (size < reference->least)
		reference->least = size;
	if (size > reference->most)
		reference->most = size;
	reference->closes = reference->closes && (closes || resets);
	reference->notifies = reference->notifies && evidence_saw(seen, EVENT_CLOSE_NOTIFY_SEEN);
	reference->resets = reference->resets || resets;
	reference->needs_fin = reference->needs_fin || needs_fin;
	if (first < reference->pace.first_byte_least)
		reference->pace.first_byte_least = first < 0 ? 0 : first;
	if (last > reference->pace.last_byte_most)
		reference->pace.last_byte_most = last;
	reference->pace.bytes_most = reference->most;
	reference->pace.closes = reference->closes;
}

/* "instead of HTTP 200, 5133 bytes". */
static const char *
instead(const struct reference *reference, char text[static 200])
{
	if (reference->least != reference->most && !reference->http)
		snprintf(text, 200, "%" PRId64 " to %" PRId64 " bytes", reference->least, reference->most);
	else
		snprintf(text, 200, "%s", reference->text);
	return text;
}

/* Not all of it came. */
static struct finding
not_whole(const struct observation *seen, const struct reply *reply, const struct reference *reference)
{
	int64_t fin = observation_at(seen, EVENT_FIN_SENT);
	int64_t over = evidence_at_or_end(seen, EVENT_CLOSED);
	const struct event *cut = evidence_broken(seen);
	char text[HTTP_TEXT_MAX], wanted[200];

	reply_text(reply, seen, text);
	instead(reference, wanted);
	if (cut != NULL)
		return finding(VERDICT_RESET, cut->at - fin, "%s, then %s %s after the FIN, instead of %s",
		               text, finding_error_name(seen->error), SPAN(cut->at - fin), wanted);
	if (seen->bytes_received > REPLY_MAX)
		return finding(VERDICT_INCONCLUSIVE, -1, "the reply has not ended after %" PRId64 " MiB, instead of %s",
		               (int64_t)(REPLY_MAX >> 20), wanted);
	if (evidence_saw(seen, EVENT_EOF)) {
		int64_t eof = observation_at(seen, EVENT_EOF);
		const char *ended = evidence_sent_notify(seen) ? "close_notify" : "FIN";

		if (seen->bytes_received == 0)
			return finding(VERDICT_TRUNCATED, eof - fin,
			               "no byte of a reply of %" PRId64 ": EOF came %s after the %s%s, instead of %s",
			               reference->most, SPAN(eof - fin), ended, evidence_demanded_close(seen), wanted);
		return finding(VERDICT_TRUNCATED, eof - fin, "%s, then EOF %s after the %s%s, instead of %s", text,
		               SPAN(eof - fin), ended, evidence_demanded_close(seen), wanted);
	}
	return finding(VERDICT_STALLED, over - fin,
	               "%s within %s after the FIN, which was %s, and no EOF, instead of %s", text,
	               SPAN(over - fin),
	               evidence_fin_fate(seen), wanted);
}

/* All of it came: and in the half-closed state? How did it end? */
static struct finding
whole(const struct plan *plan, const struct observation *seen, const struct reply *reply,
      const struct reference *reference, bool *skipped)
{
	int64_t fin = observation_at(seen, EVENT_FIN_SENT);
	int64_t eof = observation_at(seen, EVENT_EOF);
	int64_t after = seen->bytes_received_after_fin;
	/* The kernel is asked when the FIN has left. After the request, what is here by
	 * then may have come after it; later, it may have come before. */
	int64_t queued = plan->fin_on != FIN_WHEN_SENT && seen->at_fin_sent.known
	                         ? seen->at_fin_sent.receive_queue
	                         : 0;
	const struct event *cut = evidence_broken(seen);
	char text[HTTP_TEXT_MAX];

	reply_text(reply, seen, text);
	if (cut != NULL && !reference->resets)
		return finding(VERDICT_RESET, cut->at - fin,
		               "%s, then %s %s after the FIN, where the service ends cleanly without a "
		               "half-close",
		               text, finding_error_name(seen->error), SPAN(cut->at - fin));
	if (eof < 0 && cut == NULL && reference->closes)
		return finding(VERDICT_EOF_LOST, evidence_at_or_end(seen, EVENT_CLOSED) - fin,
		               "%s, but no EOF within %s after the FIN, which comes without a half-close", text,
		               SPAN(evidence_at_or_end(seen, EVENT_CLOSED) - fin));
	if (evidence_saw(seen, EVENT_EOF_WITHOUT_NOTIFY) && reference->notifies)
		return finding(VERDICT_CLOSE_NOTIFY_LOST, eof - fin,
		               "%s, then EOF without a close_notify %s after the FIN, where the service sends one "
		               "without a half-close",
		               text, SPAN(eof - fin));
	if (evidence_saw(seen, EVENT_EOF_WITHOUT_NOTIFY) && plan->expect_size < 0
	    && (!reply->http || reply->parsed.framing == HTTP_TO_EOF))
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "%s, then EOF without a close_notify, and only EOF tells where it ends; --expect-size "
		               "would tell a complete reply from a cut one",
		               text);
	if (after <= queued) {
		*skipped = true;
		return finding(VERDICT_INCONCLUSIVE, -1, "%s had come before the FIN: nothing was left to send",
		               text);
	}
	return finding(VERDICT_COMPLETE, -1, "%s as without a half-close, %" PRId64 " of them after the FIN, %s",
	               text, after,
	               eof >= 0 ? "then EOF" : "and the connection stays open as it does without");
}

/* The FIN was never sent. */
static struct finding
never_half_closed(const struct observation *seen, const struct reply *reply,
                  const struct reference *reference, bool *skipped)
{
	char text[HTTP_TEXT_MAX];

	if (reply_whole(reply, seen, reference)) {
		*skipped = true;
		return finding(VERDICT_INCONCLUSIVE, -1, "%s had come before the FIN was due: nothing was tested",
		               reply_text(reply, seen, text));
	}
	return finding_never_half_closed(seen, "here");
}

struct finding
judge_reply(const struct plan *plan, const struct observation *seen, const struct reply *reply,
            const struct reference *reference, bool *skipped)
{
	char text[HTTP_TEXT_MAX], wanted[200];
	struct finding found;

	*skipped = false;
	if (finding_could_not_test(seen, "here", &found))
		return found;
	if (observation_at(seen, EVENT_FIN_SENT) < 0)
		return never_half_closed(seen, reply, reference, skipped);
	/* Whoever says what must arrive knows better than what came before. */
	if (plan->expect_size >= 0
	    && (finding_corrupted(seen, "here", &found) || seen->bytes_received > plan->expect_size
	        || (seen->bytes_received < plan->expect_size && evidence_saw(seen, EVENT_EOF)
	            && seen->bytes_received > 0)))
		return judge_one(plan, seen);
	reply_text(reply, seen, text);
	instead(reference, wanted);
	if (reply->http && reply->parsed.state == HTTP_GARBAGE)
		return finding(VERDICT_REPLY_DIFFERS, -1, "%s, instead of %s", text, wanted);
	if (reply->http && reply->parsed.state == HTTP_COMPLETE
	    && reply->parsed.status != reference->status)
		return finding(VERDICT_REPLY_DIFFERS, -1, "%s, instead of %s", text, wanted);
	if (!reply_whole(reply, seen, reference) && !reply->http && seen->bytes_received > 0
	    && evidence_saw(seen, EVENT_EOF) && plan->expect_size < 0)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "EOF came with %s instead of %s; --expect-size would tell a complete reply from a cut "
		               "one",
		               text, wanted);
	if (!reply_whole(reply, seen, reference))
		return not_whole(seen, reply, reference);
	if (!reply->http && seen->bytes_received > reference->most && plan->expect_size < 0)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "%s came instead of %s; --expect-size would tell a complete reply from another one",
		               text, wanted);
	if (reply->http && reply->parsed.framing == HTTP_TO_EOF && seen->bytes_received < reference->least
	    && plan->expect_size < 0)
		return finding(VERDICT_INCONCLUSIVE, -1,
		               "%s instead of %s, and only EOF tells where it ends; --expect-size would tell a "
		               "complete reply from a cut one",
		               text, wanted);
	return whole(plan, seen, reply, reference, skipped);
}
