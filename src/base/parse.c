/* SPDX-License-Identifier: MIT
 *
 * Text to values and back: sizes, durations, addresses. Integer arithmetic
 * only, so that 0.1s is exactly 100000000 ns.
 */
#include "parse.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "text.h"

int
parse_fail(char error[static PARSE_ERROR_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, PARSE_ERROR_MAX, format, args);
	va_end(args);
	return -1;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char *
parse_quote(const char *text, char quoted[static PARSE_QUOTE_MAX])
{
	text_show(quoted, PARSE_QUOTE_MAX, text, strlen(text), TEXT_QUOTED);
	return quoted;
}

/* Reads the digits at *TEXT. Returns false when the number is beyond int64_t;
 * *TEXT then is after the digits all the same. */
static bool
read_digits(const char **text, int64_t *value)
{
	bool fits = true;

	*value = 0;
	for (; is_digit(**text); (*text)++)
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, **text - '0', value))
			fits = false;
	return fits;
}

/* The digits at the start of TEXT, for what is called WHAT in messages. */
static int
read_number(const char *text, const char *what, int64_t *value, const char **end,
            char error[static PARSE_ERROR_MAX])
{
	char quoted[PARSE_QUOTE_MAX];

	*end = text;
	parse_quote(text, quoted);
	if (text[0] == '-' && is_digit(text[1]))
		return parse_fail(error, "negative %s \"%s\"", what, quoted);
	if (!is_digit(text[0]))
		return parse_fail(error, "invalid %s \"%s\"", what, quoted);
	if (!read_digits(end, value))
		return parse_fail(error, "%s \"%s\" is too large; the maximum is %" PRId64, what,
		            quoted, INT64_MAX);
	return 0;
}

int
parse_count(const char *text, int64_t *count, char error[static PARSE_ERROR_MAX])
{
	char quoted[PARSE_QUOTE_MAX];
	const char *end;
	int64_t value = 0;

	if (read_number(text, "number", &value, &end, error) == -1)
		return -1;
	if (*end != '\0')
		return parse_fail(error, "invalid number \"%s\"", parse_quote(text, quoted));
	*count = value;
	return 0;
}

static const char size_units[] = "kmgtp";

int
parse_size(const char *text, int64_t *bytes, char error[static PARSE_ERROR_MAX])
{
	char quoted[PARSE_QUOTE_MAX], unit[PARSE_QUOTE_MAX];
	const char *end;
	int64_t value = 0;

	if (read_number(text, "size", &value, &end, error) == -1)
		return -1;
	if (*end != '\0') {
		/* In ASCII a letter and its capital differ in one bit. */
		const char *found = is_letter(*end) ? strchr(size_units, *end | 0x20) : NULL;

		if (found == NULL || end[1] != '\0')
			return parse_fail(error, "unknown unit \"%s\" in size \"%s\"; use k, m, g, t or p",
			            parse_quote(end, unit), parse_quote(text, quoted));
		if (__builtin_mul_overflow(value, INT64_C(1) << 10 * (found - size_units + 1), &value))
			return parse_fail(error, "size \"%s\" is too large; the maximum is %" PRId64,
			            parse_quote(text, quoted), INT64_MAX);
	}
	*bytes = value;
	return 0;
}

char *
format_size(int64_t bytes, char text[static PARSE_TEXT_MAX])
{
	size_t power = 0;

	while (bytes != 0 && bytes % 1024 == 0 && power < sizeof(size_units) - 1) {
		bytes /= 1024;
		power++;
	}
	if (power == 0)
		snprintf(text, PARSE_TEXT_MAX, "%" PRId64, bytes);
	else
		snprintf(text, PARSE_TEXT_MAX, "%" PRId64 "%c", bytes, size_units[power - 1]);
	return text;
}

static const struct unit {
	const char *name;
	int64_t ns;
} duration_units[] = {
	{ "ns", 1 },
	{ "us", NSEC_PER_USEC },
	{ "\302\265s", NSEC_PER_USEC }, /* U+00B5, micro sign */
	{ "\316\274s", NSEC_PER_USEC }, /* U+03BC, Greek mu */
	{ "ms", NSEC_PER_MSEC },
	{ "s", NSEC_PER_SEC },
	{ "m", 60 * NSEC_PER_SEC },
	{ "h", 3600 * NSEC_PER_SEC },
};

static const struct unit *
find_unit(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(duration_units) / sizeof(duration_units[0]); i++)
		if (strlen(duration_units[i].name) == length &&
		    memcmp(duration_units[i].name, name, length) == 0)
			return &duration_units[i];
	return NULL;
}

/* Go's grammar: [-+]?([0-9]*(\.[0-9]*)?unit)+ with a digit on either side of
 * the point, or a bare 0. What is finer than a nanosecond is cut off, as there. */
int
parse_duration(const char *text, int64_t *ns, char error[static PARSE_ERROR_MAX])
{
	char quoted[PARSE_QUOTE_MAX], name[PARSE_QUOTE_MAX];
	const char *p = text;
	int64_t total = 0;

	parse_quote(text, quoted);
	if (*p == '-' && (is_digit(p[1]) || p[1] == '.'))
		return parse_fail(error, "negative duration \"%s\"", quoted);
	if (*p == '+')
		p++;
	if (strcmp(p, "0") == 0) {
		*ns = 0;
		return 0;
	}
	if (*p == '\0')
		return parse_fail(error, "invalid duration \"%s\"", quoted);
	while (*p != '\0') {
		const char *start = p, *fraction = "";
		const struct unit *unit;
		size_t digits = 0, length;
		bool fits;
		int64_t value, part = 0;

		fits = read_digits(&p, &value);
		if (*p == '.') {
			fraction = p + 1;
			digits = strspn(fraction, "0123456789");
			p = fraction + digits;
		}
		if (!is_digit(*start) && digits == 0)
			return parse_fail(error, "invalid duration \"%s\"", quoted);
		length = strcspn(p, ".0123456789");
		if (length == 0)
			return parse_fail(error, "missing unit in duration \"%s\"", quoted);
		unit = find_unit(p, length);
		if (unit == NULL) {
			/* Cut for the message at a length that any unit exceeds. */
			char cut[32];

			snprintf(cut, sizeof(cut), "%.*s", (int)(length < 24 ? length : 24), p);
			return parse_fail(error, "unknown unit \"%s\" in duration \"%s\"",
			            parse_quote(cut, name), quoted);
		}
		p += length;
		/* From the last digit to the first: floor((d * unit + x) / 10) stays the
		 * same when x is cut to an integer, so this is exact for any number of digits. */
		while (digits > 0)
			part = ((fraction[--digits] - '0') * unit->ns + part) / 10;
		if (!fits || __builtin_mul_overflow(value, unit->ns, &value) ||
		    __builtin_add_overflow(value, part, &value) ||
		    __builtin_add_overflow(total, value, &total))
			return parse_fail(error, "duration \"%s\" is too large; the maximum is 2562047h47m16.854775807s",
			            quoted);
	}
	*ns = total;
	return 0;
}

char *
format_duration(int64_t ns, char text[static PARSE_TEXT_MAX])
{
	/* The magnitude of INT64_MIN does not fit in int64_t. */
	uint64_t rest = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	const char *sign = ns < 0 ? "-" : "", *name = "s";
	uint64_t unit = (uint64_t)NSEC_PER_SEC;
	int length = 0, width = 9;

	if (rest == 0) {
		memcpy(text, "0s", sizeof("0s"));
		return text;
	}
	if (rest >= unit * 60) {
		uint64_t minutes = rest / (unit * 60);

		rest %= unit * 60;
		if (minutes >= 60)
			length = snprintf(text, PARSE_TEXT_MAX, "%s%" PRIu64 "h%" PRIu64 "m", sign,
			                  minutes / 60, minutes % 60);
		else
			length = snprintf(text, PARSE_TEXT_MAX, "%s%" PRIu64 "m", sign, minutes);
		sign = "";
	} else if (rest < (uint64_t)NSEC_PER_USEC) {
		unit = 1, width = 0, name = "ns";
	} else if (rest < (uint64_t)NSEC_PER_MSEC) {
		unit = (uint64_t)NSEC_PER_USEC, width = 3, name = "us";
	} else if (rest < unit) {
		unit = (uint64_t)NSEC_PER_MSEC, width = 6, name = "ms";
	}
	length += snprintf(text + length, PARSE_TEXT_MAX - (size_t)length, "%s%" PRIu64, sign,
	                   rest / unit);
	if (rest % unit != 0) {
		length += snprintf(text + length, PARSE_TEXT_MAX - (size_t)length, ".%0*" PRIu64, width,
		                   rest % unit);
		while (text[length - 1] == '0')
			length--;
	}
	snprintf(text + length, PARSE_TEXT_MAX - (size_t)length, "%s", name);
	return text;
}

/* A number 0..65535, or what may be the name of a service (RFC 6335 section
 * 5.1; names of old in services(5) also have these signs). */
static bool
valid_port(const char *port)
{
	bool letter = false;
	int64_t number;

	if (port[strspn(port, "0123456789")] == '\0')
		return read_digits(&port, &number) && number <= UINT16_MAX;
	for (; *port != '\0'; port++) {
		letter = letter || is_letter(*port);
		if (!is_letter(*port) && !is_digit(*port) && strchr("-_.+", *port) == NULL)
			return false;
	}
	return letter;
}

/* An IPv6 address with an optional %zone (RFC 4007 section 11). */
static bool
valid_ipv6(const char *host)
{
	char numeric[PARSE_HOST_MAX];
	struct in6_addr ignored;
	size_t length = strcspn(host, "%");

	memcpy(numeric, host, length);
	numeric[length] = '\0';
	return inet_pton(AF_INET6, numeric, &ignored) == 1 && strcmp(host + length, "%") != 0;
}

int
parse_address(const char *text, struct address *address, char error[static PARSE_ERROR_MAX])
{
	char quoted[PARSE_QUOTE_MAX], part[PARSE_QUOTE_MAX];
	struct address parsed = { .host = "" };
	const char *host = text, *end, *port;

	parse_quote(text, quoted);
	if (*text == '[') {
		host++;
		end = strchr(host, ']');
		if (end == NULL)
			return parse_fail(error, "missing \"]\" in address \"%s\"", quoted);
		port = end + 1;
	} else {
		end = strrchr(text, ':');
		port = end == NULL ? text + strlen(text) : end;
		if (end != NULL && memchr(text, ':', (size_t)(end - text)) != NULL)
			return parse_fail(error,
			            "too many colons in address \"%s\"; put an IPv6 address in brackets: [::1]:4000",
			            quoted);
	}
	if (port[0] != ':' || port[1] == '\0')
		return parse_fail(error, "missing port in address \"%s\"", quoted);
	port++;
	if ((size_t)(end - host) >= sizeof(parsed.host))
		return parse_fail(error, "host too long in address \"%s\"; the maximum is %d bytes", quoted,
		            PARSE_HOST_MAX - 1);
	memcpy(parsed.host, host, (size_t)(end - host));
	parsed.host[end - host] = '\0';
	if (*text == '[' && !valid_ipv6(parsed.host))
		return parse_fail(error, "invalid IPv6 address \"%s\" in address \"%s\"",
		            parse_quote(parsed.host, part), quoted);
	for (const char *p = parsed.host; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr("[]/", *p) != NULL)
			return parse_fail(error, "invalid host \"%s\" in address \"%s\"",
			            parse_quote(parsed.host, part), quoted);
	if (strlen(port) >= sizeof(parsed.port) || !valid_port(port))
		return parse_fail(error, "invalid port \"%s\" in address \"%s\"; use 0 to 65535 or a service name",
		            parse_quote(port, part), quoted);
	memcpy(parsed.port, port, strlen(port) + 1);
	*address = parsed;
	return 0;
}

/* Names longer than this are nobody's typing error. */
#define NEAREST_MAX 48

/* Optimal string alignment: insertions, deletions, substitutions and swaps of
 * neighbours count one each. */
static size_t
edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][NEAREST_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_length; j++)
		row[j] = before[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *oldest = before;

		before = above;
		above = row;
		row = oldest;
		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
	}
	return row[b_length];
}

const char *
parse_nearest(const char *word, const char *const *names)
{
	const size_t length = strlen(word);
	const char *nearest = NULL;
	size_t least = SIZE_MAX;

	if (length > NEAREST_MAX)
		return NULL;
	for (; *names != NULL; names++) {
		const size_t other = strlen(*names);
		size_t distance;

		if (other > NEAREST_MAX)
			continue;
		distance = edit_distance(word, length, *names, other);
		/* A third of the longer one: "serv" is near to server, "ab" to nothing. */
		if (distance < least && distance * 3 <= (length > other ? length : other)) {
			least = distance;
			nearest = *names;
		}
	}
	return nearest;
}

static int
hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;

	return found != NULL ? (int)(found - digits) : -1;
}

int
parse_escapes(const char *text, char *bytes, size_t *length, char error[static PARSE_ERROR_MAX])
{
	static const char letters[] = "ntrabefv\\\"'", values[] = "\n\t\r\a\b\033\f\v\\\"'";
	const char *c = text;
	size_t used = 0;

	while (*c != '\0') {
		const char *found;
		int value = 0, digits = 0;

		if (*c != '\\') {
			bytes[used++] = *c++;
			continue;
		}
		c++;
		for (; digits < 3 && *c >= '0' && *c <= '7'; digits++)
			value = value * 8 + *c++ - '0';
		if (digits == 0 && *c == 'x') {
			for (c++; digits < 2 && hex_value(*c) >= 0; digits++)
				value = value * 16 + hex_value(*c++);
			if (digits == 0)
				return parse_fail(error, "no hexadecimal digit behind \\x");
		} else if (digits == 0) {
			if (*c == '\0')
				return parse_fail(error, "a lone backslash at the end; \\\\ is one");
			found = strchr(letters, *c);
			if (found == NULL)
				return parse_fail(error, "unknown escape \\%c; \\n, \\r, \\t, \\xHH and others of C are known",
				            *c >= ' ' && *c <= '~' ? *c : '?');
			value = (unsigned char)values[found - letters];
			c++;
		}
		if (value > 255)
			return parse_fail(error, "an octal escape beyond \\377");
		bytes[used++] = (char)value;
	}
	*length = used;
	return 0;
}
