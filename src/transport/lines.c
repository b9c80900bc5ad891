/* SPDX-License-Identifier: MIT
 *
 * A line is looked at before it is taken: the bytes after it belong to others.
 */
#include "lines.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "../base/clock.h"
#include "transport.h"
#include "wait.h"

static volatile sig_atomic_t interrupted;

void
lines_interrupt(void)
{
	interrupted = 1;
}

int
lines_interrupted(void)
{
	return interrupted;
}

/* As wait_ready. Over TLS, a socket can be ready again and again with nothing that is
 * part of the stream, and would never time out. */
static int
wait_for(const struct transport *transport, short events, int64_t deadline)
{
	if (clock_now() < deadline)
		return wait_ready(transport->fd, events, deadline, &interrupted);
	errno = ETIMEDOUT;
	return -1;
}

int
lines_write(struct transport *transport, const void *data, size_t length, int64_t deadline)
{
	const uint8_t *rest = data;

	while (length > 0 || transport->ops->unsent(transport)) {
		ssize_t taken = transport->ops->send(transport, rest, length);

		if (taken >= 0) {
			rest += taken;
			length -= (size_t)taken;
		} else if (errno == EAGAIN) {
			if (wait_for(transport, POLLOUT, deadline) == -1)
				return -1;
		} else if (errno != EINTR)
			return -1;
	}
	return 0;
}

ssize_t
lines_read_some(struct transport *transport, void *to, size_t length, int64_t deadline)
{
	for (;;) {
		ssize_t got = transport->ops->receive(transport, to, length, MSG_DONTWAIT);

		if (got > 0)
			return got;
		if (got == 0) {
			errno = ENODATA;
			return -1;
		}
		if (errno == EAGAIN) {
			if (wait_for(transport, POLLIN, deadline) == -1)
				return -1;
		} else if (errno != EINTR)
			return -1;
	}
}

int
lines_read_bytes(struct transport *transport, void *to, size_t length, int64_t deadline)
{
	uint8_t *rest = to;

	while (length > 0) {
		ssize_t got = lines_read_some(transport, rest, length, deadline);

		if (got == -1)
			return -1;
		rest += got;
		length -= (size_t)got;
	}
	return 0;
}

/* Looks before it takes: the bytes after the newline belong to the exchange. */
int
lines_read(struct transport *transport, char *line, size_t size, int64_t deadline)
{
	size_t length = 0;

	while (length < size - 1) {
		ssize_t got = transport->ops->receive(transport, line + length, size - 1 - length,
		                                       MSG_PEEK | MSG_DONTWAIT);

		if (got == 0) {
			errno = ENODATA;
			return -1;
		}
		if (got == -1) {
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN || wait_for(transport, POLLIN, deadline) == -1)
				return -1;
			continue;
		}

		const char *newline = memchr(line + length, '\n', (size_t)got);
		size_t take = newline != NULL ? (size_t)(newline - (line + length)) + 1 : (size_t)got;

		/* What comes short is looked at again. */
		got = transport->ops->receive(transport, line + length, take, MSG_DONTWAIT);
		if (got == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		length += (size_t)got;
		if (newline != NULL && (size_t)got == take) {
			line[length - 1] = '\0';
			return (int)(length - 1);
		}
	}
	errno = EMSGSIZE;
	return -1;
}

void
lines_finish(struct transport *transport, int64_t deadline)
{
	ssize_t got;

	while (transport->ops->close_write(transport) == -1)
		if (errno != EAGAIN || wait_for(transport, POLLOUT, deadline) == -1)
			return; /* the connection is gone, and the line with it */
	do {
		got = transport->ops->receive(transport, NULL, 1 << 20, MSG_DONTWAIT);
		if (got == -1 && errno == EAGAIN && wait_for(transport, POLLIN, deadline) == 0)
			got = 1;
	} while (got > 0 && clock_now() < deadline);
}
