/* SPDX-License-Identifier: MIT
 *
 * Line-sized messages in front of an exchange, or instead of one: the requests of
 * wire/protocol.h, the greetings of a proxy. Nothing after a line is taken.
 */
#ifndef TRANSPORT_LINES_H
#define TRANSPORT_LINES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct transport;

/* Async-signal-safe: ends a wait of this process in these functions with EINTR, now
 * and from then on. lines_interrupted tells whether it was called. */
void lines_interrupt(void);
int lines_interrupted(void);

/* lines_write sends LENGTH bytes; lines_read reads up to and with a newline, never a
 * byte past it, and ends LINE with NUL in its place. Both end at DEADLINE
 * (CLOCK_MONOTONIC ns). Return 0 (write) or the length of the line without newline;
 * -1 with errno: ETIMEDOUT, EMSGSIZE for a line of SIZE bytes or more, ECONNRESET,
 * EPIPE, ENODATA for EOF before the newline, EINTR. */
int lines_write(struct transport *transport, const void *data, size_t length, int64_t deadline);
int lines_read(struct transport *transport, char *line, size_t size, int64_t deadline);

/* Exactly LENGTH bytes, and never one past them; or what is there of them, at least
 * one. Return 0, or how many; -1 as lines_read does. */
int lines_read_bytes(struct transport *transport, void *to, size_t length, int64_t deadline);
ssize_t lines_read_some(struct transport *transport, void *to, size_t length, int64_t deadline);

/* Half-closes and drops what still arrives until the peer's EOF or DEADLINE, so
 * that the last line written is not lost to the RST that closing a socket with
 * unread bytes sends (RFC 9293 section 3.6.1). */
void lines_finish(struct transport *transport, int64_t deadline);

#endif
