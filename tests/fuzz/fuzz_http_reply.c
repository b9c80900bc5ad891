/* SPDX-License-Identifier: MIT
 *
 * http_reply: any bytes at all, and the same outcome in one piece as in pieces
 * whose sizes are taken from the bytes themselves. Every byte is counted once.
 */
#include "../../src/judge/http_reply.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_reply whole, pieces;
	char text[HTTP_TEXT_MAX], again[HTTP_TEXT_MAX];
	size_t at = 0;

	http_reply_init(&whole);
	http_reply_init(&pieces);
	http_reply_feed(&whole, data, size);
	while (at < size) {
		size_t length = 1 + data[at] % 7;

		if (length > size - at)
			length = size - at;
		http_reply_feed(&pieces, data + at, length);
		at += length;
	}
	http_reply_end(&whole);
	http_reply_end(&pieces);
	if (whole.size + whole.excess != (int64_t)size || whole.body > whole.size
	    || (whole.state == HTTP_NOTHING) != (size == 0)
	    || (whole.state == HTTP_GARBAGE) != (whole.garbage != NULL)
	    || (whole.state == HTTP_COMPLETE && (whole.framing == HTTP_UNKNOWN || whole.status < 101))
	    || (whole.state == HTTP_COMPLETE && whole.framing == HTTP_LENGTH && whole.body != whole.length))
		abort();
	if (whole.state != pieces.state || whole.status != pieces.status || whole.framing != pieces.framing
	    || whole.length != pieces.length || whole.body != pieces.body || whole.size != pieces.size
	    || whole.excess != pieces.excess
	    || strcmp(http_reply_text(&whole, text), http_reply_text(&pieces, again)) != 0)
		abort();
	return 0;
}
