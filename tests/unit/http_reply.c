/* SPDX-License-Identifier: MIT
 *
 * What an HTTP reply came to, as a table; and each reply that is whole, cut at
 * every place and handed over in pieces of every size.
 */
#include "../../src/judge/http_reply.h"

#include "unit.h"

struct row {
	const char *name;
	const char *bytes;
	bool eof; /* behind them */
	enum http_state state;
	int status;
	enum http_framing framing;
	int64_t body, excess;
	const char *text; /* of http_reply_text, NULL: not looked at */
};

static const struct row rows[] = {
	{ "nothing", "", false, HTTP_NOTHING, 0, HTTP_UNKNOWN, 0, 0, "no byte of a reply" },
	{ "nothing before the EOF", "", true, HTTP_NOTHING, 0, HTTP_UNKNOWN, 0, 0, "no byte of a reply" },
	{ "with its length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, HTTP_COMPLETE, 200,
	  HTTP_LENGTH, 5, 0, "HTTP 200, 43 bytes" },
	{ "cut in its body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", true, HTTP_INCOMPLETE, 200,
	  HTTP_LENGTH, 3, 0, "HTTP 200 with 3 of the 5 bytes of its body" },
	{ "cut in its header", "HTTP/1.1 200 OK\r\nContent-Le", true, HTTP_INCOMPLETE, 200, HTTP_UNKNOWN, 0, 0,
	  "27 bytes of an HTTP header that is not over" },
	{ "cut in its status line", "HTTP/1.", true, HTTP_INCOMPLETE, 0, HTTP_UNKNOWN, 0, 0, NULL },
	{ "an empty body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, HTTP_COMPLETE, 200,
	  HTTP_LENGTH, 0, 0, NULL },
	{ "bytes behind its end", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc", false, HTTP_COMPLETE, 200,
	  HTTP_LENGTH, 1, 2, "HTTP 200, 39 bytes" },
	{ "lone LF, no reason", "HTTP/1.0 404\nContent-Length: 2\n\nno", false, HTTP_COMPLETE, 404, HTTP_LENGTH,
	  2, 0, NULL },
	{ "names in any case, blanks around", "HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh :\t 2 \r\n\r\nok", false,
	  HTTP_COMPLETE, 200, HTTP_LENGTH, 2, 0, NULL },
	{ "a folded line", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", false,
	  HTTP_COMPLETE, 200, HTTP_CHUNKED, 0, 0, NULL },
	{ "the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nok", false,
	  HTTP_COMPLETE, 200, HTTP_LENGTH, 2, 0, NULL },
	{ "two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", false, HTTP_GARBAGE,
	  200, HTTP_UNKNOWN, 0, 0, NULL },
	{ "a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok", false, HTTP_GARBAGE, 200,
	  HTTP_UNKNOWN, 0, 0, NULL },
	{ "a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok", false, HTTP_GARBAGE, 200,
	  HTTP_UNKNOWN, 0, 0, NULL },
	{ "a length beyond all numbers", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", false,
	  HTTP_GARBAGE, 200, HTTP_UNKNOWN, 0, 0, NULL },
	{ "ended by EOF", "HTTP/1.0 200 OK\r\n\r\nhello", true, HTTP_COMPLETE, 200, HTTP_TO_EOF, 5, 0,
	  "HTTP 200, 24 bytes" },
	{ "ended by EOF, which is to come", "HTTP/1.0 200 OK\r\n\r\nhello", false, HTTP_INCOMPLETE, 200, HTTP_TO_EOF,
	  5, 0, "HTTP 200 with 5 bytes of a body without its end" },
	{ "a coding that only EOF ends", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhello",
	  true, HTTP_COMPLETE, 200, HTTP_TO_EOF, 5, 0, NULL },
	{ "chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a=\"b\"\r\n!\r\n0\r\n\r\n",
	  false, HTTP_COMPLETE, 200, HTTP_CHUNKED, 6, 0, NULL },
	{ "chunks with a trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\nA\r\n0123456789\r\n000\r\n"
	  "X: y\r\nZ: 1\r\n\r\n", false, HTTP_COMPLETE, 200, HTTP_CHUNKED, 10, 0, NULL },
	{ "chunks before a length", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
	  "2\r\nok\r\n0\r\n\r\n", false, HTTP_COMPLETE, 200, HTTP_CHUNKED, 2, 0, NULL },
	{ "chunks without the last", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true,
	  HTTP_INCOMPLETE, 200, HTTP_CHUNKED, 5, 0, NULL },
	{ "chunks without the empty line", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", true,
	  HTTP_INCOMPLETE, 200, HTTP_CHUNKED, 0, 0, NULL },
	{ "a chunk without a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n", false,
	  HTTP_GARBAGE, 200, HTTP_CHUNKED, 0, 0, NULL },
	{ "a chunk longer than its size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n", false,
	  HTTP_GARBAGE, 200, HTTP_CHUNKED, 2, 0, NULL },
	{ "a chunk beyond all sizes", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
	  false, HTTP_GARBAGE, 200, HTTP_CHUNKED, 0, 0, NULL },
	{ "something like chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: unchunked\r\n\r\nx", true, HTTP_COMPLETE,
	  200, HTTP_TO_EOF, 1, 0, NULL },
	{ "100 Continue first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false,
	  HTTP_COMPLETE, 200, HTTP_LENGTH, 2, 0, NULL },
	{ "103 with a length of its own", "HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\n"
	  "HTTP/1.1 204 No Content\r\n\r\n", false, HTTP_COMPLETE, 204, HTTP_NO_BODY, 0, 0, NULL },
	{ "100 Continue alone", "HTTP/1.1 100 Continue\r\n\r\n", true, HTTP_INCOMPLETE, 0, HTTP_UNKNOWN, 0, 0, NULL },
	{ "101 is final", "HTTP/1.1 101 Switching Protocols\r\n\r\n", false, HTTP_COMPLETE, 101, HTTP_NO_BODY, 0, 0, NULL },
	{ "304 has a length and no body", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false,
	  HTTP_COMPLETE, 304, HTTP_NO_BODY, 0, 0, NULL },
	{ "TLS", "\x15\x03\x01", false, HTTP_GARBAGE, 0, HTTP_UNKNOWN, 0, 0,
	  "3 bytes that are no HTTP reply (it does not begin with HTTP/)" },
	{ "a page without a header", "<html>", true, HTTP_GARBAGE, 0, HTTP_UNKNOWN, 0, 0, NULL },
	{ "a banner", "220 mail ESMTP\r\n", false, HTTP_GARBAGE, 0, HTTP_UNKNOWN, 0, 0, NULL },
	{ "HTTP/2", "HTTP/2.0 200 OK\r\n\r\n", false, HTTP_GARBAGE, 0, HTTP_UNKNOWN, 0, 0, NULL },
	{ "no status", "HTTP/1.1 OK\r\n\r\n", false, HTTP_GARBAGE, 0, HTTP_UNKNOWN, 0, 0, NULL },
	{ "a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", false, HTTP_GARBAGE, 0, HTTP_UNKNOWN, 0, 0, NULL },
	{ "a status below 100", "HTTP/1.1 099 OK\r\n\r\n", false, HTTP_GARBAGE, 99, HTTP_UNKNOWN, 0, 0, NULL },
	{ "a line without a colon", "HTTP/1.1 200 OK\r\nhello\r\n\r\n", false, HTTP_GARBAGE, 200, HTTP_UNKNOWN, 0, 0, NULL },
};

static struct http_reply
read_in_pieces(const char *bytes, size_t length, size_t piece, bool eof)
{
	struct http_reply reply;

	http_reply_init(&reply);
	for (size_t i = 0; i < length; i += piece)
		http_reply_feed(&reply, bytes + i, length - i < piece ? length - i : piece);
	if (eof)
		http_reply_end(&reply);
	return reply;
}

static void
test_row(const struct row *row)
{
	size_t length = strlen(row->bytes);
	char text[HTTP_TEXT_MAX];
	bool same = true;

	for (size_t piece = 1; piece <= length + 1; piece++) {
		const struct http_reply reply = read_in_pieces(row->bytes, length, piece, row->eof);

		same = same && reply.state == row->state && reply.status == row->status
		       && reply.framing == row->framing && reply.body == row->body
		       && reply.excess == row->excess && reply.size + reply.excess == (int64_t)length
		       && (reply.garbage != NULL) == (row->state == HTTP_GARBAGE);
		if (!same) {
			printf("# pieces of %zu: state %d status %d framing %d body %jd excess %jd size %jd %s\n",
			       piece, reply.state, reply.status, reply.framing, (intmax_t)reply.body,
			       (intmax_t)reply.excess, (intmax_t)reply.size,
			       reply.garbage != NULL ? reply.garbage : "");
			break;
		}
		if (row->text != NULL && piece == 1)
			unit_is(http_reply_text(&reply, text), row->text, row->name);
	}
	unit_ok(same, "%s", row->name);
}

/* A reply that is complete without EOF is so with its last byte, and not before. */
static void
test_cuts(const struct row *row)
{
	size_t end = strlen(row->bytes) - (size_t)row->excess;
	bool right = true;

	for (size_t length = 0; length < end; length++) {
		enum http_state state = read_in_pieces(row->bytes, length, length + 1, true).state;

		right = right && state == (length == 0 ? HTTP_NOTHING : HTTP_INCOMPLETE);
	}
	unit_ok(right, "%s: incomplete wherever it is cut", row->name);
}

static void
test_long_header(void)
{
	struct http_reply reply;
	static char line[70000];

	memset(line, 'a', sizeof(line) - 2);
	memcpy(line, "X: ", 3);
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	http_reply_init(&reply);
	http_reply_feed(&reply, "HTTP/1.1 200 OK\r\n", 17);
	http_reply_feed(&reply, line, sizeof(line));
	http_reply_feed(&reply, "Content-Length: 0\r\n\r\n", 21);
	unit_is_int(reply.state, HTTP_COMPLETE, "a line longer than any buffer is let pass");
	http_reply_init(&reply);
	http_reply_feed(&reply, "HTTP/1.1 200 OK\r\n", 17);
	for (int i = 0; i < 4; i++)
		http_reply_feed(&reply, line, sizeof(line));
	unit_is_int(reply.state, HTTP_GARBAGE, "a header without an end is given up");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_row(&rows[i]);
		if (rows[i].state == HTTP_COMPLETE && !rows[i].eof)
			test_cuts(&rows[i]);
	}
	test_long_header();
	return unit_done();
}
