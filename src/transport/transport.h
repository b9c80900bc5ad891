/* SPDX-License-Identifier: MIT
 *
 * One connected stream, whatever carries it. The exchange knows no more of what
 * lies below than this table of operations; a new transport fills it in, and has
 * its row in dial.c.
 */
#ifndef TRANSPORT_TRANSPORT_H
#define TRANSPORT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tcp_state.h"

struct transport;

/* What TLS adds to a stream. */
struct transport_tls {
	char version[16];  /* "TLSv1.3" */
	bool notify_sent;  /* close_write has sent a close_notify … */
	bool fin_sent;     /* … and a FIN */
	bool notify_seen;  /* the peer's close_notify is what ended its stream */
};

/* All that return -1 leave errno as send(2) and recv(2) do: EAGAIN when nothing can be
 * done now, EINTR, or what broke the stream. */
struct transport_ops {
	/* Each operation is one system call: receive waits where the descriptor blocks, and
	 * close_write is async-signal-safe, for a handler of SIGALRM. Otherwise none ever
	 * waits, and none may be called by a handler. */
	bool direct;
	/* Sends up to LENGTH bytes of FILE from OFFSET on, without waiting where the
	 * descriptor does not block; one system call for TCP. Returns how many; 0: the
	 * file ends there. */
	ssize_t (*send_file)(struct transport *transport, int file, off_t offset, size_t length);
	/* Sends up to LENGTH bytes, never waiting. Returns how many; with LENGTH 0, what is
	 * unsent goes out, or EAGAIN. */
	ssize_t (*send)(struct transport *transport, const void *data, size_t length);
	/* Receives up to LENGTH bytes, dropped unread where TO is NULL. FLAGS are
	 * MSG_DONTWAIT and MSG_PEEK. 0: the peer's stream has ended. */
	ssize_t (*receive)(struct transport *transport, void *to, size_t length, int flags);
	/* Bytes that receive has ready although poll(2) may not say so. */
	int64_t (*pending)(const struct transport *transport);
	/* Whether bytes that send has taken still wait for room: poll(2) for POLLOUT, and
	 * send again. */
	bool (*unsent)(const struct transport *transport);
	/* The last bytes before close_write ride on its segment. */
	int (*cork)(struct transport *transport);
	/* Ends this end's stream, once. EAGAIN: there is no room for that yet; call again. */
	int (*close_write)(struct transport *transport);
	/* Makes the close an abort: RST instead of FIN. */
	int (*abort)(struct transport *transport);
	void (*evidence)(const struct transport *transport, struct tcp_evidence *evidence);
	/* NULL: this is no TLS. */
	const struct transport_tls *(*tls)(const struct transport *transport);
	/* Frees what is `below`, before the descriptor is closed. */
	void (*release)(struct transport *transport);
};

struct transport {
	const struct transport_ops *ops;
	int fd;      /* for poll(2) and the socket's options; owned */
	void *below; /* what else carries it, NULL for TCP; owned by OPS */
	/* Who is at the other end, where that is not the socket's peer; else NULL. */
	const char *peer;
};

/* Plain TCP over the connected socket FD, which is the transport's from then on. */
struct transport transport_tcp(int fd);

/* Who is at the other end, as NAME (SOCK_NAME_MAX bytes), which is returned. */
char *transport_peer(const struct transport *transport, char *name);

/* Closes it. The descriptor is -1 then; once more does nothing. */
void transport_close(struct transport *transport);

#endif
