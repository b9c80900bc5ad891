/* SPDX-License-Identifier: MIT
 *
 * Plain TCP: each operation is the system call of that name. The only caller of
 * sendfile(2) and shutdown(2).
 */
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/sock.h"
#include "transport.h"

static ssize_t
tcp_send_file(struct transport *transport, int file, off_t offset, size_t length)
{
	return sendfile(transport->fd, file, &offset, length);
}

static ssize_t
tcp_send(struct transport *transport, const void *data, size_t length)
{
	return send(transport->fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Where nobody looks at the bytes, the kernel drops them unread (MSG_TRUNC, tcp(7)). */
static ssize_t
tcp_receive(struct transport *transport, void *to, size_t length, int flags)
{
	return recv(transport->fd, to, length, to == NULL ? flags | MSG_TRUNC : flags);
}

static int64_t
tcp_pending(const struct transport *transport)
{
	(void)transport;
	return 0;
}

static bool
tcp_unsent(const struct transport *transport)
{
	(void)transport;
	return false;
}

static int
tcp_cork(struct transport *transport)
{
	return sock_cork(transport->fd);
}

static int
tcp_close_write(struct transport *transport)
{
	return shutdown(transport->fd, SHUT_WR);
}

static int
tcp_abort(struct transport *transport)
{
	return sock_abort_on_close(transport->fd);
}

static void
tcp_evidence(const struct transport *transport, struct tcp_evidence *evidence)
{
	tcp_evidence_take(evidence, transport->fd);
}

static const struct transport_tls *
tcp_tls(const struct transport *transport)
{
	(void)transport;
	return NULL;
}

static void
tcp_release(struct transport *transport)
{
	(void)transport;
}

static const struct transport_ops tcp_ops = {
	.direct = true,
	.send_file = tcp_send_file,
	.send = tcp_send,
	.receive = tcp_receive,
	.pending = tcp_pending,
	.unsent = tcp_unsent,
	.cork = tcp_cork,
	.close_write = tcp_close_write,
	.abort = tcp_abort,
	.evidence = tcp_evidence,
	.tls = tcp_tls,
	.release = tcp_release,
};

struct transport
transport_tcp(int fd)
{
	return (struct transport){ .ops = &tcp_ops, .fd = fd };
}

char *
transport_peer(const struct transport *transport, char *name)
{
	if (transport->peer == NULL)
		return sock_peer_name(transport->fd, name);
	snprintf(name, SOCK_NAME_MAX, "%s", transport->peer);
	return name;
}

void
transport_close(struct transport *transport)
{
	if (transport->fd < 0)
		return;
	transport->ops->release(transport);
	close(transport->fd);
	transport->fd = -1;
}
