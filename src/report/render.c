/* SPDX-License-Identifier: MIT
 *
 * Text and colours that several renderings share.
 */
#include <stdlib.h>
#include <string.h>

#include "render.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

const char render_tool[] = "tcp-half-close-tester";
const char render_version[] = PACKAGE_VERSION;

void
text_put(FILE *out, uint32_t point)
{
	char bytes[4] = "";

	fwrite(bytes, 1, text_encode(point, bytes), out);
}

/* XML 1.0 section 2.2 allows no control characters, not even as references. */
void
text_put_xml(FILE *out, const char *text, bool lines)
{
	uint32_t point;

	while ((point = text_next(&text)) != 0) {
		switch (point) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		case '\n':
			fputc(lines ? '\n' : ' ', out);
			break;
		default:
			text_put(out, text_is_control(point) ? TEXT_REPLACEMENT : point);
			break;
		}
	}
}

char *
text_clean(const char *text, bool unicode, char *clean, size_t size)
{
	if (text == NULL)
		text = "?";
	text_show(clean, size, text, strlen(text), unicode ? TEXT_LINE : TEXT_LINE_ASCII);
	return clean;
}

static const char *const sequences[] = {
	[COLOUR_NONE] = "",         [COLOUR_DIM] = "\033[2m",    [COLOUR_BOLD] = "\033[1m",
	[COLOUR_RED] = "\033[31m",  [COLOUR_GREEN] = "\033[32m", [COLOUR_YELLOW] = "\033[33m",
};

const char *
colour_on(const struct report_style *style, enum colour colour)
{
	return style->colour ? sequences[colour] : "";
}

const char *
colour_off(const struct report_style *style, enum colour colour)
{
	return style->colour && colour != COLOUR_NONE ? "\033[0m" : "";
}

enum colour
verdict_colour(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PRESERVED:
		return COLOUR_GREEN;
	case VERDICT_INCONCLUSIVE:
		return COLOUR_YELLOW;
	default:
		return COLOUR_RED;
	}
}
