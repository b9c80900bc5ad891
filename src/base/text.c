/* SPDX-License-Identifier: MIT
 *
 * The one place that knows what of a stranger's text is safe to show.
 */
#include "text.h"

#include <stdio.h>
#include <string.h>

/* The code point at TEXT, of whose LEFT bytes (at least one) it takes the number
 * returned; 0 when there is no well-formed sequence (RFC 3629 section 4). */
static size_t
decode(const char *text, size_t left, uint32_t *point)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)text;
	size_t more;

	if (*s < 0x80)
		more = 0;
	else if (*s >= 0xC2 && *s <= 0xDF)
		more = 1;
	else if (*s >= 0xE0 && *s <= 0xEF)
		more = 2;
	else if (*s >= 0xF0 && *s <= 0xF4)
		more = 3;
	else
		return 0;
	if (more >= left)
		return 0;
	*point = more == 0 ? *s : *s & (0x3Fu >> more);
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		*point = *point << 6 | (s[i] & 0x3Fu);
	}
	/* Overlong forms and surrogates are not UTF-8 (RFC 3629 section 3). */
	if (*point < least[more] || *point > 0x10FFFF || (*point >= 0xD800 && *point <= 0xDFFF))
		return 0;
	return more + 1;
}

uint32_t
text_next(const char **text)
{
	uint32_t point;
	size_t taken;

	if (**text == '\0')
		return 0;
	/* The NUL at the end is no continuation: nothing after it is read. */
	taken = decode(*text, 4, &point);
	*text += taken > 0 ? taken : 1;
	return taken > 0 ? point : TEXT_REPLACEMENT;
}

size_t
text_encode(uint32_t point, char bytes[static 4])
{
	if (point < 0x80) {
		bytes[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		bytes[0] = (char)(0xC0 | point >> 6);
		bytes[1] = (char)(0x80 | (point & 0x3F));
		return 2;
	}
	if (point < 0x10000) {
		bytes[0] = (char)(0xE0 | point >> 12);
		bytes[1] = (char)(0x80 | (point >> 6 & 0x3F));
		bytes[2] = (char)(0x80 | (point & 0x3F));
		return 3;
	}
	bytes[0] = (char)(0xF0 | point >> 18);
	bytes[1] = (char)(0x80 | (point >> 12 & 0x3F));
	bytes[2] = (char)(0x80 | (point >> 6 & 0x3F));
	bytes[3] = (char)(0x80 | (point & 0x3F));
	return 4;
}

bool
text_is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7F && point <= 0x9F) ||
	       (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
	       (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF ||
	       (point & 0xFFFE) == 0xFFFE;
}

int
text_columns(const char *text)
{
	int columns = 0;

	for (; *text != '\0'; text++)
		columns += (*text & 0xC0) != 0x80;
	return columns;
}

int
text_bytes(const char *text, int columns)
{
	const char *end = text;

	while (*end != '\0' && columns > 0) {
		columns--;
		text_next(&end);
	}
	return (int)(end - text);
}

/* The longest that one character becomes: its four bytes as \xNN. */
#define PIECE_MAX 16

static size_t
hexadecimal(char piece[static PIECE_MAX + 1], const char *raw, size_t length)
{
	size_t used = 0;

	for (size_t i = 0; i < length; i++)
		used += (size_t)snprintf(piece + used, PIECE_MAX + 1 - used, "\\x%02x",
		                         (unsigned char)raw[i]);
	return used;
}

/* A backslash and the letter of POINT, which is one of LETTERS' first half. */
static size_t
letter(char piece[static PIECE_MAX + 1], uint32_t point, const char *from, const char *to)
{
	const char *found = point > 0 && point < 0x80 ? strchr(from, (int)point) : NULL;

	if (found == NULL)
		return 0;
	piece[0] = '\\';
	piece[1] = to[found - from];
	return 2;
}

/* One character, the LENGTH bytes at RAW, in FORM. POINT is what they say when they
 * are WELL formed. Returns the length of PIECE. */
static size_t
show_one(char piece[static PIECE_MAX + 1], const char *raw, size_t length, uint32_t point,
         bool well, enum text_form form)
{
	size_t used;

	switch (form) {
	case TEXT_UTF8:
		break;
	case TEXT_ESCAPED:
	case TEXT_ESCAPED_IN_QUOTES:
		if (form == TEXT_ESCAPED)
			used = letter(piece, point, "\n\t", "nt");
		else
			used = letter(piece, point, "\n\t\"\\", "nt\"\\");
		if (used > 0)
			return used;
		if (well && text_is_control(point))
			return (size_t)snprintf(piece, PIECE_MAX + 1,
			                        point > 0xFFFF ? "\\U%08x" : "\\u%04x",
			                        (unsigned)point);
		break;
	case TEXT_QUOTED:
		used = letter(piece, point, "\"\\\n\r\t\f", "\"\\nrtf");
		if (used > 0)
			return used;
		if (!well || text_is_control(point))
			return hexadecimal(piece, raw, length);
		break;
	case TEXT_ASCII:
		if (point < ' ' || point > '~')
			return hexadecimal(piece, raw, length);
		break;
	case TEXT_LINE:
	case TEXT_LINE_ASCII:
		if (point == '\n' || point == '\r' || point == '\t')
			point = ' ';
		else if (text_is_control(point))
			point = TEXT_REPLACEMENT;
		if (form == TEXT_LINE_ASCII && point >= 0x80)
			point = '?';
		break;
	}
	return text_encode(point, piece);
}

size_t
text_show(char *to, size_t size, const char *text, size_t length, enum text_form form)
{
	const char *mark = form == TEXT_QUOTED || form == TEXT_ASCII || form == TEXT_LINE_ASCII
	                           ? "..." : "\xe2\x80\xa6";
	const size_t mark_length = strlen(mark), room = size > 0 ? size - 1 : 0;
	size_t whole = 0, used = 0, cut = 0; /* where the mark fits after */
	bool full = size == 0;

	for (size_t at = 0; at < length;) {
		char piece[PIECE_MAX + 1];
		uint32_t point = TEXT_REPLACEMENT;
		size_t taken = decode(text + at, length - at, &point), bytes;
		bool well = taken > 0;

		if (!well)
			taken = 1, point = TEXT_REPLACEMENT;
		bytes = show_one(piece, text + at, taken, point, well, form);
		at += taken;
		whole += bytes;
		full = full || used + bytes > room;
		if (full)
			continue;
		memcpy(to + used, piece, bytes);
		used += bytes;
		if (used + mark_length <= room)
			cut = used;
	}
	if (size == 0)
		return whole;
	if (full && mark_length <= room) {
		memcpy(to + cut, mark, mark_length);
		used = cut + mark_length;
	}
	to[used] = '\0';
	return whole;
}
