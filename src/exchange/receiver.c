/* SPDX-License-Identifier: MIT
 *
 * One receive call at a time. Where nobody compares, saves or echoes the bytes,
 * the kernel drops them unread (MSG_TRUNC, tcp(7)) and no buffer is made.
 */
#include "receiver.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../transport/transport.h"
#include "observation.h"
#include "payload.h"
#include "plan.h"

/* Bytes that came again or that nobody sent, after which no end of them is waited
 * for: a path that repeats a stream may do so without end. */
#define TOO_MANY (INT64_C(1) << 20)

int
receiver_init(struct receiver *receiver, struct transport *transport, const struct plan *plan,
              struct observation *seen, int64_t start, bool watched)
{
	*receiver = (struct receiver){
		.transport = transport,
		.plan = plan,
		.seen = seen,
		.start = start,
	};
	differ_init(&receiver->differ, plan->expect, seen);
	if (plan->expect != NULL || plan->output_fd >= 0 || plan->echo || watched) {
		receiver->buffer = malloc((size_t)plan->buf_size);
		if (receiver->buffer == NULL)
			return -1;
	}
	return 0;
}

void
receiver_free(struct receiver *receiver)
{
	differ_free(&receiver->differ);
	free(receiver->buffer);
	receiver->buffer = NULL;
}

int
receiver_finish(struct receiver *receiver)
{
	return differ_finish(&receiver->differ);
}

static int
save(const struct receiver *receiver)
{
	const uint8_t *data = receiver->buffer;
	int64_t left = receiver->length;

	while (left > 0) {
		ssize_t written = write(receiver->plan->output_fd, data, (size_t)left);

		if (written < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		data += written;
		left -= written;
	}
	return 0;
}

enum receiver_state
receiver_read(struct receiver *receiver, int flags)
{
	const struct plan *plan = receiver->plan;
	struct observation *seen = receiver->seen;
	bool after_fin = receiver->own_fin_sent;
	int64_t offset = seen->bytes_received;
	ssize_t got;

	receiver->length = 0;
	got = receiver->transport->ops->receive(receiver->transport, receiver->buffer,
	                                        (size_t)plan->buf_size, flags);
	if (got == 0)
		return RECEIVER_EOF;
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? RECEIVER_NOTHING : RECEIVER_FAILED;
	receiver->length = got;
	seen->bytes_received += got;
	seen->reads++;
	seen->last_received_at = clock_now() - receiver->start;
	if (after_fin)
		seen->bytes_received_after_fin += got;
	if (receiver->buffer == NULL)
		return RECEIVER_BYTES;
	if (plan->expect != NULL
	    && differ_feed(&receiver->differ, offset, receiver->buffer, receiver->length) == -1)
		return RECEIVER_SOURCE;
	if (plan->output_fd >= 0 && save(receiver) == -1)
		return RECEIVER_SOURCE;
	if (seen->bytes_repeated + seen->bytes_inserted > TOO_MANY)
		return RECEIVER_TOO_LONG;
	return RECEIVER_BYTES;
}
