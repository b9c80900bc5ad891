/* SPDX-License-Identifier: MIT
 *
 * UTF-8 from anybody, and every form in which it is shown.
 */
#include "../../src/base/text.h"

#include <string.h>

#include "unit.h"

/* RFC 3629: what is no UTF-8 is one U+FFFD a byte, and swallows nothing. */
static void
test_utf8(void)
{
	static const struct {
		const char *bytes;
		uint32_t points[4];
	} cases[] = {
		{"", {0}},
		{"a\u00e9\u2192", {'a', 0xE9, 0x2192}},
		{"\xf0\x9f\x98\x80", {0x1F600}},
		{"\xe2\x28", {0xFFFD, '('}},
		{"\xe2", {0xFFFD}},
		{"\xc0\xaf", {0xFFFD, 0xFFFD}},
		{"\xed\xa0\x80", {0xFFFD, 0xFFFD, 0xFFFD}},
		{"\xf4\x90\x80", {0xFFFD, 0xFFFD, 0xFFFD}},
		{"\xffz", {0xFFFD, 'z'}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *rest = cases[i].bytes;
		bool same = true;

		for (int k = 0; k < 4; k++)
			same &= text_next(&rest) == cases[i].points[k];
		unit_ok(same, "UTF-8, case %zu", i);
	}
}

/* The same bytes in every form, in the order of enum text_form. */
static const struct {
	const char *name, *bytes;
	size_t length;
	const char *shown[7];
} forms[] = {
	{ "nothing", "", 0, { "", "", "", "", "", "", "" } },
	{ "plain", "a b", 3, { "a b", "a b", "a b", "a b", "a b", "a b", "a b" } },
	{ "a quote and a backslash", "\"\\", 2,
	  { "\"\\", "\"\\", "\\\"\\\\", "\\\"\\\\", "\"\\", "\"\\", "\"\\" } },
	{ "line breaks", "\n\r\t", 3,
	  { "\n\r\t", "\\n\\u000d\\t", "\\n\\u000d\\t", "\\n\\r\\t", "\\x0a\\x0d\\x09", "   ", "   " } },
	{ "an escape sequence", "\033[m\177", 4,
	  { "\033[m\177", "\\u001b[m\\u007f", "\\u001b[m\\u007f", "\\x1b[m\\x7f", "\\x1b[m\\x7f",
	    "\uFFFD[m\uFFFD", "?[m?" } },
	{ "a C1 control", "\xc2\x9b", 2,
	  { "\xc2\x9b", "\\u009b", "\\u009b", "\\xc2\\x9b", "\\xc2\\x9b", "\uFFFD", "?" } },
	{ "a reader turned round", "\u202e", 3,
	  { "\u202e", "\\u202e", "\\u202e", "\\xe2\\x80\\xae", "\\xe2\\x80\\xae", "\uFFFD", "?" } },
	{ "letters", "\u00e9\u20ac", 5,
	  { "\u00e9\u20ac", "\u00e9\u20ac", "\u00e9\u20ac", "\u00e9\u20ac", "\\xc3\\xa9\\xe2\\x82\\xac",
	    "\u00e9\u20ac", "??" } },
	{ "no UTF-8", "\xff", 1,
	  { "\uFFFD", "\uFFFD", "\uFFFD", "\\xff", "\\xff", "\uFFFD", "?" } },
	{ "a character cut by the length", "\u20ac", 2,
	  { "\uFFFD\uFFFD", "\uFFFD\uFFFD", "\uFFFD\uFFFD", "\\xe2\\x82", "\\xe2\\x82",
	    "\uFFFD\uFFFD", "??" } },
	{ "a noncharacter", "\xf0\x9f\xbf\xbe", 4,
	  { "\xf0\x9f\xbf\xbe", "\\U0001fffe", "\\U0001fffe", "\\xf0\\x9f\\xbf\\xbe",
	    "\\xf0\\x9f\\xbf\\xbe", "\uFFFD", "?" } },
};

static void
test_forms(void)
{
	char to[64];

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		for (enum text_form form = TEXT_UTF8; form <= TEXT_LINE_ASCII; form++) {
			size_t whole = text_show(to, sizeof to, forms[i].bytes, forms[i].length, form);

			unit_is(to, forms[i].shown[form], forms[i].name);
			unit_is_int((long long)whole, (long long)strlen(to), "and its length");
		}
	unit_is_int((long long)text_show(to, sizeof to, "a\0b", 3, TEXT_ASCII), 6, "a NUL within");
	unit_is(to, "a\\x00b", "is shown as one");
}

static void
test_cuts(void)
{
	static const struct {
		const char *text;
		size_t size;
		enum text_form form;
		const char *shown;
	} cuts[] = {
		{ "abcdef", 7, TEXT_ASCII, "abcdef" },
		{ "abcdef", 6, TEXT_ASCII, "ab..." },
		{ "abcdef", 4, TEXT_ASCII, "..." },
		{ "abcdef", 3, TEXT_ASCII, "ab" },
		{ "abcdef", 1, TEXT_ASCII, "" },
		{ "\001\001", 8, TEXT_QUOTED, "\\x01..." },
		{ "\001\001", 7, TEXT_QUOTED, "..." },
		{ "\u20ac\u20ac\u20ac", 10, TEXT_UTF8, "\u20ac\u20ac\u20ac" },
		{ "\u20ac\u20ac\u20ac", 9, TEXT_UTF8, "\u20ac\u2026" },
		{ "\u20ac\u20ac\u20acx", 9, TEXT_LINE, "\u20ac\u2026" },
		{ "\u20ac\u20ac\u20ac\u20ac\u20ac", 5, TEXT_LINE_ASCII, "?..." },
	};
	char to[16];

	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		memset(to, '#', sizeof to);
		text_show(to, cuts[i].size, cuts[i].text, strlen(cuts[i].text), cuts[i].form);
		unit_is(to, cuts[i].shown, "cut at its size");
		unit_ok(to[cuts[i].size] == '#', "and nothing is written behind");
	}
	unit_is_int((long long)text_show(NULL, 0, "a\033", 2, TEXT_QUOTED), 5, "a length without a copy");
}

static void
test_columns(void)
{
	unit_is_int(text_columns("a\u20acb"), 3, "three columns");
	unit_is_int(text_bytes("a\u20acb", 2), 4, "four bytes in two of them");
	unit_is_int(text_bytes("ab", 9), 2, "no more than there are");
}

int
main(void)
{
	test_utf8();
	test_forms();
	test_cuts();
	test_columns();
	return unit_done();
}
