/* SPDX-License-Identifier: MIT
 *
 * The head of the reply is read line by line, and nothing of what is after it: that
 * is the other end's already.
 */
#include "http_connect.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../base/proxy_url.h"
#include "lines.h"
#include "stranger.h"

#define LINE_MAX_BYTES 8192
#define LINES_MOST 128
#define INTERIM_MOST 16 /* nobody sends more than a few; without end they would outlast any deadline */

int
http_connect_status(const char *line, const char **reason)
{
	int status = 0;

	*reason = "";
	if (strncmp(line, "HTTP/1.", 7) != 0 || !isdigit((unsigned char)line[7]) || line[8] != ' ')
		return -1;
	line += 9;
	for (int i = 0; i < 3; i++) {
		if (!isdigit((unsigned char)line[i]))
			return -1;
		status = 10 * status + line[i] - '0';
	}
	line += 3;
	if ((*line != ' ' && *line != '\0') || status < 100 || status > 599)
		return -1;
	*reason = *line == ' ' ? line + 1 : line;
	return status;
}

/* RFC 4648 section 4. TO has room for 4 bytes for each 3, and a NUL. */
static void
base64(const char *from, size_t length, char *to)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < length; i += 3) {
		unsigned bits = 0;

		for (size_t j = i; j < i + 3; j++)
			bits = bits << 8 | (j < length ? (unsigned char)from[j] : 0);
		*to++ = digits[bits >> 18];
		*to++ = digits[bits >> 12 & 63];
		*to++ = (char)(i + 1 < length ? digits[bits >> 6 & 63] : '=');
		*to++ = (char)(i + 2 < length ? digits[bits & 63] : '=');
	}
	*to = '\0';
}

/* Reads a line and cuts off its CR. As lines_read. */
static int
read_line(struct transport *transport, char line[static LINE_MAX_BYTES], int64_t deadline)
{
	int length = lines_read(transport, line, LINE_MAX_BYTES, deadline);

	if (length > 0 && line[length - 1] == '\r')
		line[--length] = '\0';
	return length;
}

/* The status of a reply whose head is read to its end; its status line is in LINE. -1
 * with ERROR. */
static int
read_head(struct transport *transport, char line[static LINE_MAX_BYTES], const char **reason,
          int64_t deadline, char error[static PARSE_ERROR_MAX])
{
	char field[LINE_MAX_BYTES];
	int length, status;

	memset(line, 0, LINE_MAX_BYTES);
	length = read_line(transport, line, deadline);
	if (length == -1 && (line[0] == '\0' || strncmp(line, "HTTP/", 5) == 0))
		return stranger_failed(error);
	status = length == -1 ? -1 : http_connect_status(line, reason);
	if (status == -1)
		return stranger_is_none(transport, line, strlen(line), "HTTP", error);
	for (int i = 0; i < LINES_MOST; i++) {
		length = read_line(transport, field, deadline);
		if (length == -1)
			return stranger_failed(error);
		if (length == 0)
			return status;
	}
	errno = EMSGSIZE;
	return stranger_failed(error);
}

int
http_connect(struct transport *transport, const struct proxy *proxy, const char *host,
             uint16_t port, int64_t deadline, char error[static PARSE_ERROR_MAX])
{
	char user[2 * PROXY_USER_MAX], credentials[4 * sizeof(user) / 3 + 5] = "";
	char target[PARSE_HOST_MAX + 16], request[2 * sizeof(target) + sizeof(credentials) + 256];
	char line[LINE_MAX_BYTES], quoted[PARSE_QUOTE_MAX];
	bool bare = strchr(host, ':') == NULL;
	const char *reason = "";
	int length, status, interim = 0;

	snprintf(target, sizeof(target), "%s%s%s:%u", bare ? "" : "[", host, bare ? "" : "]", port);
	length = snprintf(user, sizeof(user), "%s:%s", proxy->user, proxy->password);
	if (proxy->has_user)
		base64(user, (size_t)length, credentials);
	length = snprintf(request, sizeof(request),
	                  "CONNECT %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: " PACKAGE "/" PACKAGE_VERSION "\r\n%s%s%s\r\n",
	                  target, target, proxy->has_user ? "Proxy-Authorization: Basic " : "", credentials,
	                  proxy->has_user ? "\r\n" : "");
	if (stranger_write(transport, request, (size_t)length, deadline, error) == -1)
		return -1;
	do /* what is only on its way is said with 1xx (RFC 9110 section 15.2) */
		status = read_head(transport, line, &reason, deadline, error);
	while (status >= 100 && status < 200 && interim++ < INTERIM_MOST);
	if (status == -1)
		return -1;
	if (interim > INTERIM_MOST) {
		errno = EMSGSIZE;
		return stranger_failed(error);
	}
	if (status >= 200 && status < 300)
		return 0;
	snprintf(error, PARSE_ERROR_MAX, "the proxy replied \"%d%s%s\"%s", status, *reason != '\0' ? " " : "",
	         parse_quote(reason, quoted),
	         status != 407     ? ""
	         : proxy->has_user ? ": it refused the user name or the password"
	                           : ": it requires a user name and a password");
	return -1;
}
