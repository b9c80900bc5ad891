/* SPDX-License-Identifier: MIT
 *
 * What an HTTP/1 reply came to (RFC 9112): read piece by piece as it arrives,
 * any bytes at all. Keeps the status, the framing and how much came; the bytes
 * themselves pass through. Pure, and never waits for more than it needs.
 */
#ifndef JUDGE_HTTP_REPLY_H
#define JUDGE_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum http_state {
	HTTP_NOTHING,    /* no byte came */
	HTTP_INCOMPLETE, /* more must come */
	HTTP_COMPLETE,   /* the final reply is whole */
	HTTP_GARBAGE,    /* not HTTP, or framed so that nobody knows where it ends */
};

enum http_framing {
	HTTP_UNKNOWN, /* the header is not over */
	HTTP_NO_BODY, /* 101, 204, 304 */
	HTTP_LENGTH,  /* Content-Length */
	HTTP_CHUNKED,
	HTTP_TO_EOF,  /* the end of the connection ends the body */
};

/* Enough for every field that counts here; longer lines are cut. */
#define HTTP_LINE_MAX 256
/* All header lines together, as servers and clients limit them. */
#define HTTP_HEADER_MAX 262144

/* Plain data; begin with http_reply_init. */
struct http_reply {
	enum http_state state;
	enum http_framing framing;
	int status;          /* of the final reply; 0: not known yet */
	int64_t length;      /* Content-Length; -1: none */
	int64_t body;        /* bytes of the body so far, chunk framing not counted */
	int64_t size;        /* bytes of the reply so far, interim replies included */
	int64_t excess;      /* bytes after the end */
	const char *garbage; /* what was wrong, one clause; NULL: nothing */

	/* Where in the grammar the next byte belongs. */
	int phase;
	bool chunked, encoded, length_given;
	int64_t chunk_left;
	int64_t header;      /* bytes of header lines */
	int line_length;
	char line[HTTP_LINE_MAX];
};

void http_reply_init(struct http_reply *reply);

/* The next LENGTH bytes of the connection. */
void http_reply_feed(struct http_reply *reply, const void *data, size_t length);

/* The connection ended cleanly: what lasts until then is complete. */
void http_reply_end(struct http_reply *reply);

/* "HTTP 200, 5133 bytes", "no byte of a reply", "12 bytes that are no HTTP reply
 * (…)", "HTTP 200, cut after 1000 bytes of …". Returns TEXT. */
#define HTTP_TEXT_MAX 160
char *http_reply_text(const struct http_reply *reply, char text[static HTTP_TEXT_MAX]);

#endif
