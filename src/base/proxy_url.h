/* SPDX-License-Identifier: MIT
 *
 * The URL of a proxy, as curl(1) takes it (RFC 3986 section 3.2), and what of it may
 * be shown.
 */
#ifndef BASE_PROXY_URL_H
#define BASE_PROXY_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "parse.h"

/* Longest user name or password, which is that of SOCKS5 (RFC 1929 section 2). */
#define PROXY_USER_MAX 256

/* A scheme, ://, and an address. */
#define PROXY_NAME_MAX (PARSE_HOST_MAX + PARSE_PORT_MAX + 20)

enum proxy_kind { PROXY_SOCKS5, PROXY_HTTP };

struct proxy {
	enum proxy_kind kind;
	bool resolves;             /* the proxy resolves the target's name; else this end does */
	struct address address;
	bool has_user;             /* whether these two are to be sent */
	char user[PROXY_USER_MAX]; /* both decoded, and without NUL */
	char password[PROXY_USER_MAX];
};

/* [scheme://][user:password@]host[:port][/]; the scheme is socks5 or socks5h,
 * socks5-local or http, which is also that of a URL without one; the port 1080. Returns
 * 0, or -1 with one clear clause in ERROR, which never has a part of the credentials. */
int proxy_url_parse(const char *text, struct proxy *proxy, char error[static PARSE_ERROR_MAX]);

/* "user:password", as a file has it: sets both. Returns 0, or -1 as above. */
int proxy_user_parse(const char *text, struct proxy *proxy, char error[static PARSE_ERROR_MAX]);

/* "socks5://192.0.2.1:1080": the same proxy, without the credentials. Returns NAME. */
char *proxy_url_name(const struct proxy *proxy, char name[static PROXY_NAME_MAX]);

/* TEXT, a URL that may be wrong, without what may be credentials: all up to its last
 * "@" but the scheme. Cuts what is longer than SIZE. Returns PUBLIC. */
char *proxy_url_public(const char *text, char *public, size_t size);

#endif
