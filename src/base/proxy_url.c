/* SPDX-License-Identifier: MIT
 *
 * The credentials are cut off first, so that no message about the rest can have them.
 */
#include "proxy_url.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DEFAULT_PORT "1080" /* also that of curl(1) for http:// */

static const struct scheme {
	const char *name;
	enum proxy_kind kind;
	bool resolves;
} schemes[] = {
	{ "socks5", PROXY_SOCKS5, true },
	{ "socks5-local", PROXY_SOCKS5, false },
	{ "http", PROXY_HTTP, true },
	{ "socks5h", PROXY_SOCKS5, true }, /* curl's name for the first */
};

static int
hexadecimal(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The LENGTH bytes at FROM with %XX decoded; WHAT they are, for the message. */
static int
decode(const char *from, size_t length, char to[static PROXY_USER_MAX], const char *what,
       char error[static PARSE_ERROR_MAX])
{
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		char c = from[i];

		if (c == '%') {
			int high = i + 2 < length ? hexadecimal(from[i + 1]) : -1;
			int low = high >= 0 ? hexadecimal(from[i + 2]) : -1;

			if (low < 0)
				return parse_fail(error, "a %% in the %s is not followed by two hexadecimal digits; "
				            "write %%25 for a %%", what);
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (c == '\0')
			return parse_fail(error, "the %s contains a NUL", what);
		if (used == PROXY_USER_MAX - 1)
			return parse_fail(error, "the %s is longer than %d bytes", what, PROXY_USER_MAX - 1);
		to[used++] = c;
	}
	to[used] = '\0';
	return 0;
}

static int
parse_userinfo(const char *text, size_t length, struct proxy *proxy, char error[static PARSE_ERROR_MAX])
{
	const char *colon = memchr(text, ':', length);
	size_t user = colon != NULL ? (size_t)(colon - text) : length;

	proxy->has_user = true;
	if (decode(text, user, proxy->user, "user name", error) == -1)
		return -1;
	if (user == 0)
		return parse_fail(error, "no user name in front of the @");
	return colon == NULL ? 0
	                     : decode(colon + 1, length - user - 1, proxy->password, "password", error);
}

/* HOST[:PORT], LENGTH bytes of it. */
static int
parse_host(const char *text, size_t length, struct proxy *proxy, char error[static PARSE_ERROR_MAX])
{
	char address[PARSE_HOST_MAX + PARSE_PORT_MAX];
	const char *bracket, *colon;

	if (length == 0)
		return parse_fail(error, "no host; use socks5://host[:port] or http://host[:port]");
	if (length + sizeof(":" DEFAULT_PORT) > sizeof(address))
		return parse_fail(error, "the host is too long");
	memcpy(address, text, length);
	address[length] = '\0';
	bracket = strrchr(address, ']');
	colon = strrchr(address, ':');
	if (colon == NULL || (bracket != NULL && colon < bracket))
		memcpy(address + length, ":" DEFAULT_PORT, sizeof(":" DEFAULT_PORT));
	if (parse_address(address, &proxy->address, error) == -1)
		return -1;
	if (proxy->address.host[0] == '\0')
		return parse_fail(error, "no host in front of the port");
	return 0;
}

int
proxy_url_parse(const char *text, struct proxy *proxy, char error[static PARSE_ERROR_MAX])
{
	const char *rest = strstr(text, "://"), *at = strrchr(text, '@');
	const struct scheme *scheme = NULL;
	char name[PARSE_QUOTE_MAX / 4], quoted[PARSE_QUOTE_MAX];
	size_t length;

	if (rest != NULL && at != NULL && at < rest)
		return parse_fail(error, "an @ in front of the scheme");
	length = rest != NULL ? (size_t)(rest - text) : 0;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (rest == NULL ? schemes[i].kind == PROXY_HTTP
		                 : strlen(schemes[i].name) == length && strncasecmp(text, schemes[i].name, length) == 0)
			scheme = &schemes[i];
	if (scheme == NULL) {
		snprintf(name, sizeof(name), "%.*s", (int)(length < sizeof(name) ? length : sizeof(name) - 1), text);
		return parse_fail(error, "unknown scheme \"%s\"; use socks5://, socks5-local:// or http://",
		            parse_quote(name, quoted));
	}
	*proxy = (struct proxy){ .kind = scheme->kind, .resolves = scheme->resolves };
	rest = rest != NULL ? rest + 3 : text;
	if (at != NULL) {
		if (strcspn(rest, "/?#") < (size_t)(at - rest))
			return parse_fail(error, "write /, ? and # in the user name and the password as %%2F, %%3F and %%23");
		if (parse_userinfo(rest, (size_t)(at - rest), proxy, error) == -1)
			return -1;
		rest = at + 1;
	}
	length = strcspn(rest, "/?#");
	if (rest[length] != '\0' && strcmp(rest + length, "/") != 0)
		return parse_fail(error, "a proxy has no path");
	return parse_host(rest, length, proxy, error);
}

int
proxy_user_parse(const char *text, struct proxy *proxy, char error[static PARSE_ERROR_MAX])
{
	const char *colon = strchr(text, ':');
	size_t user = colon != NULL ? (size_t)(colon - text) : 0;

	if (user == 0)
		return parse_fail(error, "its first line is not user:password");
	if (user >= PROXY_USER_MAX || strlen(colon + 1) >= PROXY_USER_MAX)
		return parse_fail(error, "the user name or the password is longer than %d bytes", PROXY_USER_MAX - 1);
	snprintf(proxy->user, sizeof(proxy->user), "%.*s", (int)user, text);
	snprintf(proxy->password, sizeof(proxy->password), "%s", colon + 1);
	proxy->has_user = true;
	return 0;
}

char *
proxy_url_name(const struct proxy *proxy, char name[static PROXY_NAME_MAX])
{
	const struct scheme *scheme = schemes;
	bool bare = strchr(proxy->address.host, ':') == NULL;

	while (scheme->kind != proxy->kind || scheme->resolves != proxy->resolves)
		scheme++;
	snprintf(name, PROXY_NAME_MAX, "%s://%s%s%s:%s", scheme->name, bare ? "" : "[",
	         proxy->address.host, bare ? "" : "]", proxy->address.port);
	return name;
}

char *
proxy_url_public(const char *text, char *public, size_t size)
{
	const char *rest = strstr(text, "://"), *at = strrchr(text, '@');
	int scheme = rest != NULL && (at == NULL || rest < at) ? (int)(rest - text) + 3 : 0;

	snprintf(public, size, "%.*s%s", at != NULL ? scheme : 0, text, at != NULL ? at + 1 : text);
	return public;
}
