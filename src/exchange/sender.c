/* SPDX-License-Identifier: MIT
 *
 * Theory of operation: in the steady state a chunk costs one system call. The
 * clock is read from the vDSO after each, and the loop returns once a
 * millisecond so that the exchange can look for the peer's FIN, which no
 * sendfile(2) reports: data and half-close, data and close look the same until
 * the RST that answers the next write.
 */
#include "sender.h"

#include <errno.h>

#include "../base/clock.h"
#include "../base/number.h"
#include "../transport/transport.h"
#include "observation.h"
#include "payload.h"
#include "plan.h"

/* What one sendfile(2) moves at most. */
#define SENDFILE_MAX INT64_C(0x7ffff000)

void
sender_init(struct sender *sender, struct transport *transport, const struct plan *plan, struct observation *seen,
            int64_t start)
{
	*sender = (struct sender){
		.transport = transport,
		.plan = plan,
		.seen = seen,
		.start = start,
		.end = plan->send_size,
		.last = true,
	};
}

static void
account(struct sender *sender, int64_t bytes, int64_t now)
{
	struct observation *seen = sender->seen;

	seen->bytes_sent += bytes;
	seen->writes++;
	seen->last_sent_at = now - sender->start;
	if (sender->peer_fin_seen)
		seen->bytes_sent_after_fin += bytes;
}

enum sender_state
sender_run(struct sender *sender, int64_t look_at)
{
	const struct plan *plan = sender->plan;
	const struct payload *payload = plan->payload;
	int64_t now = clock_now();

	if (sender->due == 0)
		sender->due = now;
	for (;;) {
		int64_t sent = sender->seen->bytes_sent;

		if (sent >= sender->end)
			return SENDER_DONE;
		if (sender->chunk_left == 0) {
			if (plan->interval > 0 && now < sender->due)
				return SENDER_DUE;
			sender->chunk_left = plan->chunk > 0 ? plan->chunk : SENDFILE_MAX;
			if (plan->fin_with_data && sender->last && sent + sender->chunk_left >= sender->end
			    && sender->transport->ops->cork(sender->transport) == -1)
				return SENDER_FAILED;
		}

		/* The stream starts over after the block, but the descriptor holds
		 * more than one, so that few chunks are cut by its end. */
		off_t offset = (off_t)(payload->block > 0 ? sent % payload->block : sent);
		int64_t length = least(sender->chunk_left, sender->end - sent);

		length = least(length, (payload->map ? payload->map_size : payload->size) - offset);
		length = least(length, SENDFILE_MAX);

		ssize_t taken = length > 0 ? sender->transport->ops->send_file(sender->transport, payload->fd, offset, (size_t)length) : 0;

		if (taken < 0) {
			if (errno == EAGAIN)
				return SENDER_BLOCKED;
			if (errno == EINTR)
				return SENDER_LOOK;
			return errno == EIO ? SENDER_SOURCE : SENDER_FAILED;
		}
		if (taken == 0) {
			errno = ENODATA;
			return SENDER_SOURCE;
		}
		now = clock_now();
		account(sender, taken, now);
		sender->chunk_left -= taken;
		if (plan->chunk == 0)
			sender->chunk_left = 0;
		/* Absolute: a late chunk does not move those after it. */
		if (sender->chunk_left == 0)
			sender->due = clock_later(sender->due, plan->interval);
		/* After the last byte there is nothing to look at first: a FIN follows. */
		if (now >= look_at && sender->seen->bytes_sent < sender->end)
			return SENDER_LOOK;
	}
}

int64_t
sender_echo(struct sender *sender, const void *data, int64_t length)
{
	ssize_t taken = sender->transport->ops->send(sender->transport, data, (size_t)length);

	if (taken < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	account(sender, taken, clock_now());
	return taken;
}
