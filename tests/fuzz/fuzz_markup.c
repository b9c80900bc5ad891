/* SPDX-License-Identifier: MIT
 *
 * Text of a peer on its way into XML and HTML (libFuzzer). Whatever it is, nothing of it
 * is markup, and all of it is UTF-8 that XML allows.
 */
#include <stdlib.h>
#include <string.h>

#include "../../src/base/text.h"
#include "../../src/report/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const references[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&#39;"};

static bool
is_reference(const char *text)
{
	for (size_t i = 0; i < sizeof(references) / sizeof(*references); i++)
		if (strncmp(text, references[i], strlen(references[i])) == 0)
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *shown = NULL;
	size_t length;

	if (text == NULL)
		abort();
	for (int lines = 0; lines < 2; lines++) {
		FILE *out = open_memstream(&shown, &length);
		const char *rest, *before;
		uint32_t point;

		if (out == NULL)
			abort();
		text_put_xml(out, text, lines);
		if (fclose(out) != 0 || strlen(shown) != length || strpbrk(shown, "<>\"'") != NULL)
			abort();
		for (before = rest = shown; (point = text_next(&rest)) != 0; before = rest) {
			char bytes[4];
			size_t used = text_encode(point, bytes);

			if (used != (size_t)(rest - before) || memcmp(bytes, before, used) != 0)
				abort(); /* not UTF-8 */
			if (point == '&' && !is_reference(before))
				abort();
			if (text_is_control(point) && !(lines && point == '\n'))
				abort();
		}
		free(shown);
		shown = NULL;
	}
	free(text);
	return 0;
}
