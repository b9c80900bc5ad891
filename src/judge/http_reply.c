/* SPDX-License-Identifier: MIT
 *
 * Theory of operation: one state a byte, but for bodies, which are skipped as a
 * whole. A header line is kept until the first byte of the next one tells that it
 * is not continued (obs-fold, RFC 9112 section 5.2); of a long one the beginning
 * is enough, since only the fields that frame the body are read.
 */
#include "http_reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum phase {
	STATUS_LINE,
	LINE_START, /* of a header line, or the end of the header */
	HEADER_LINE,
	BODY,
	CHUNK_SIZE,
	CHUNK_EXTENSION,
	CHUNK_DATA,
	CHUNK_END,
	TRAILER_START,
	TRAILER_LINE,
	OVER,
};

void
http_reply_init(struct http_reply *reply)
{
	*reply = (struct http_reply){ .length = -1, .phase = STATUS_LINE };
}

static void
fail(struct http_reply *reply, const char *why)
{
	reply->state = HTTP_GARBAGE;
	reply->garbage = why;
	reply->phase = OVER;
}

static void
finish(struct http_reply *reply)
{
	reply->state = HTTP_COMPLETE;
	reply->phase = OVER;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A line without its end, NUL after it; longer ones are cut. */
static void
keep(struct http_reply *reply, char c)
{
	if (reply->line_length < HTTP_LINE_MAX - 1)
		reply->line[reply->line_length++] = c;
}

static void
close_line(struct http_reply *reply)
{
	int length = reply->line_length;

	/* CR LF ends a line; a lone LF may be taken for it (section 2.2). */
	if (length > 0 && reply->line[length - 1] == '\r')
		length--;
	reply->line[length] = '\0';
	reply->line_length = 0;
}

/* "HTTP/1.1 200", and whatever reason after it (section 4). Looked at with every
 * byte, so that what is no HTTP is known at once: '9' stands for any digit. */
static bool
begins_well(const struct http_reply *reply)
{
	static const char form[] = "HTTP/9.9 999";

	for (int i = 0; i < reply->line_length && form[i] != '\0'; i++)
		if (form[i] == '9' ? !is_digit(reply->line[i]) : reply->line[i] != form[i])
			return false;
	return true;
}

static void
read_status_line(struct http_reply *reply)
{
	const char *line = reply->line;
	const size_t code = sizeof("HTTP/1.1 ") - 1;

	close_line(reply);
	if (strlen(line) < code + 3 || (line[code + 3] != '\0' && line[code + 3] != ' ')) {
		fail(reply, "no status in the first line");
		return;
	}
	if (line[5] != '1') {
		fail(reply, "another version than HTTP/1");
		return;
	}
	reply->status = (line[code] - '0') * 100 + (line[code + 1] - '0') * 10 + line[code + 2] - '0';
	if (reply->status < 100) {
		fail(reply, "a status below 100");
		return;
	}
	reply->phase = LINE_START;
}

/* A number, or several that are the same (RFC 9110 section 8.6). */
static void
read_length(struct http_reply *reply, const char *value)
{
	do {
		int64_t length = 0;
		bool digits = false;

		value += strspn(value, " \t,");
		for (; is_digit(*value); value++) {
			digits = true;
			if (__builtin_mul_overflow(length, 10, &length)
			    || __builtin_add_overflow(length, *value - '0', &length)) {
				fail(reply, "a Content-Length beyond all numbers");
				return;
			}
		}
		value += strspn(value, " \t");
		if (!digits || (*value != '\0' && *value != ',')) {
			fail(reply, "a Content-Length that is no number");
			return;
		}
		if (reply->length_given && reply->length != length) {
			fail(reply, "two values of Content-Length");
			return;
		}
		reply->length_given = true;
		reply->length = length;
	} while (*value == ',');
}

/* The value of the line when its field is NAME, else NULL. */
static const char *
field(const char *line, const char *name)
{
	size_t length = strlen(name);

	if (strncasecmp(line, name, length) != 0)
		return NULL;
	line += length;
	line += strspn(line, " \t");
	if (*line != ':')
		return NULL;
	return line + 1 + strspn(line + 1, " \t");
}

static void
read_header_line(struct http_reply *reply)
{
	const char *value;

	close_line(reply);
	if ((value = field(reply->line, "Content-Length")) != NULL)
		read_length(reply, value);
	else if ((value = field(reply->line, "Transfer-Encoding")) != NULL) {
		/* The last coding frames the body (section 6.1). */
		size_t end = strlen(value), word = sizeof("chunked") - 1;

		while (end > 0 && (is_blank(value[end - 1]) || value[end - 1] == ','))
			end--;
		reply->encoded = true;
		reply->chunked = end >= word && strncasecmp(value + end - word, "chunked", word) == 0
		                 && (end == word || is_blank(value[end - word - 1])
		                     || value[end - word - 1] == ',');
	} else if (strchr(reply->line, ':') == NULL && strlen(reply->line) < HTTP_LINE_MAX - 1)
		fail(reply, "a header line without a colon");
}

/* What follows the empty line (section 6.3). */
static void
end_header(struct http_reply *reply)
{
	if (reply->status < 200 && reply->status != 101) {
		/* Interim: another reply follows (RFC 9110 section 15.2). */
		reply->status = 0;
		reply->length = -1;
		reply->length_given = reply->chunked = reply->encoded = false;
		reply->phase = STATUS_LINE;
		return;
	}
	if (reply->status == 101 || reply->status == 204 || reply->status == 304) {
		reply->framing = HTTP_NO_BODY;
		finish(reply);
	} else if (reply->chunked) {
		reply->framing = HTTP_CHUNKED;
		reply->phase = CHUNK_SIZE;
		reply->chunk_left = -1;
	} else if (reply->encoded || !reply->length_given) {
		reply->framing = HTTP_TO_EOF;
		reply->phase = BODY;
	} else {
		reply->framing = HTTP_LENGTH;
		reply->phase = BODY;
		if (reply->length == 0)
			finish(reply);
	}
}

static int
hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The line with the size is over. */
static void
end_chunk_size(struct http_reply *reply)
{
	if (reply->chunk_left < 0)
		fail(reply, "a chunk without a size");
	else
		reply->phase = reply->chunk_left > 0 ? CHUNK_DATA : TRAILER_START;
}

/* A digit of a chunk's size, or what ends it (section 7.1). */
static void
read_chunk_size(struct http_reply *reply, char c)
{
	int digit = hex_digit(c);

	if (digit >= 0) {
		int64_t size = reply->chunk_left < 0 ? 0 : reply->chunk_left;

		if (size > INT64_MAX >> 5)
			fail(reply, "a chunk beyond all sizes");
		else
			reply->chunk_left = size << 4 | digit;
	} else if (c == '\n')
		end_chunk_size(reply);
	else if (reply->chunk_left >= 0 && (c == ';' || c == '\r' || is_blank(c)))
		reply->phase = CHUNK_EXTENSION;
	else
		fail(reply, "a chunk without a size");
}

/* One byte outside a body. */
static void
read_byte(struct http_reply *reply, char c)
{
	switch ((enum phase)reply->phase) {
	case STATUS_LINE:
		if (c == '\n') {
			read_status_line(reply);
			return;
		}
		keep(reply, c);
		if (!begins_well(reply))
			fail(reply, "it does not begin with HTTP/");
		return;
	case LINE_START:
		if (reply->line_length > 0 && is_blank(c)) {
			keep(reply, ' ');
			reply->phase = HEADER_LINE;
			return;
		}
		if (reply->line_length > 0)
			read_header_line(reply);
		if (reply->phase == OVER)
			return;
		if (c == '\n') {
			end_header(reply);
			return;
		}
		/* The CR of the empty line must not look like the beginning of one. */
		if (c != '\r') {
			keep(reply, c);
			reply->phase = HEADER_LINE;
		}
		return;
	case HEADER_LINE:
		if (c == '\n')
			reply->phase = LINE_START;
		else if (c != '\r')
			keep(reply, c);
		return;
	case CHUNK_SIZE:
		read_chunk_size(reply, c);
		return;
	case CHUNK_EXTENSION:
		if (c == '\n')
			end_chunk_size(reply);
		return;
	case CHUNK_END:
		if (c == '\n') {
			reply->phase = CHUNK_SIZE;
			reply->chunk_left = -1;
		} else if (c != '\r')
			fail(reply, "a chunk longer than its size");
		return;
	case TRAILER_START:
		if (c == '\n')
			finish(reply);
		else if (c != '\r')
			reply->phase = TRAILER_LINE;
		return;
	case TRAILER_LINE:
		if (c == '\n')
			reply->phase = TRAILER_START;
		return;
	case BODY:
	case CHUNK_DATA:
	case OVER:
		return;
	}
}

/* Takes what it can of a body: returns how many of LENGTH bytes, at least one. */
static size_t
skip_body(struct http_reply *reply, size_t length)
{
	int64_t left = reply->phase == CHUNK_DATA     ? reply->chunk_left
	               : reply->framing == HTTP_TO_EOF ? INT64_MAX
	                                               : reply->length - reply->body;

	if ((uint64_t)left < length)
		length = (size_t)left;
	reply->body += (int64_t)length;
	if (reply->phase == CHUNK_DATA) {
		reply->chunk_left -= (int64_t)length;
		if (reply->chunk_left == 0)
			reply->phase = CHUNK_END;
	} else if (reply->framing == HTTP_LENGTH && reply->body == reply->length)
		finish(reply);
	return length;
}

void
http_reply_feed(struct http_reply *reply, const void *data, size_t length)
{
	const char *bytes = data;

	if (length > 0 && reply->state == HTTP_NOTHING)
		reply->state = HTTP_INCOMPLETE;
	while (length > 0) {
		size_t taken = 1;

		if (reply->phase == OVER) {
			if (reply->state == HTTP_COMPLETE)
				reply->excess += (int64_t)length;
			else
				reply->size += (int64_t)length;
			return;
		}
		if (reply->phase == BODY || reply->phase == CHUNK_DATA)
			taken = skip_body(reply, length);
		else {
			read_byte(reply, *bytes);
			if (reply->framing == HTTP_UNKNOWN && ++reply->header > HTTP_HEADER_MAX)
				fail(reply, "a header without an end");
		}
		reply->size += (int64_t)taken;
		bytes += taken;
		length -= taken;
	}
}

void
http_reply_end(struct http_reply *reply)
{
	if (reply->state == HTTP_INCOMPLETE && reply->framing == HTTP_TO_EOF)
		finish(reply);
}

char *
http_reply_text(const struct http_reply *reply, char text[static HTTP_TEXT_MAX])
{
	switch (reply->state) {
	case HTTP_NOTHING:
		snprintf(text, HTTP_TEXT_MAX, "no byte of a reply");
		break;
	case HTTP_GARBAGE:
		snprintf(text, HTTP_TEXT_MAX, "%" PRId64 " bytes that are no HTTP reply (%s)", reply->size,
		         reply->garbage);
		break;
	case HTTP_COMPLETE:
		snprintf(text, HTTP_TEXT_MAX, "HTTP %d, %" PRId64 " bytes", reply->status, reply->size);
		break;
	case HTTP_INCOMPLETE:
		if (reply->framing == HTTP_UNKNOWN)
			snprintf(text, HTTP_TEXT_MAX, "%" PRId64 " bytes of an HTTP header that is not over",
			         reply->size);
		else if (reply->framing == HTTP_LENGTH)
			snprintf(text, HTTP_TEXT_MAX,
			         "HTTP %d with %" PRId64 " of the %" PRId64 " bytes of its body", reply->status,
			         reply->body, reply->length);
		else
			snprintf(text, HTTP_TEXT_MAX, "HTTP %d with %" PRId64 " bytes of a body without its end",
			         reply->status, reply->body);
		break;
	}
	return text;
}
