/* SPDX-License-Identifier: MIT
 *
 * Quoting, and what must not be quoted.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command_line.h"

void
shell_quote(FILE *out, const char *text)
{
	bool plain = *text != '\0';

	for (const char *c = text; *c != '\0'; c++)
		plain = plain && (isalnum((unsigned char)*c) || strchr("./:_-%+,@=", *c) != NULL);
	if (plain) {
		fputs(text, out);
		return;
	}
	fputc('\'', out);
	for (; *text != '\0'; text++)
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
	fputc('\'', out);
}

/* Whether the "://" at AT makes START, where the value of an argument begins, a URL. */
static bool
is_url(const char *start, const char *at)
{
	while (start < at && (isalnum((unsigned char)*start) || strchr("+-.", *start) != NULL))
		start++;
	return start == at;
}

/* How many bytes at TEXT are a secret that a host follows, "user:password@"; 0: none.
 * One of STOPS ends the host at the latest. */
static size_t
userinfo(const char *text, const char *stops)
{
	size_t length = strcspn(text, stops);

	while (length > 0 && text[length - 1] != '@')
		length--;
	return length;
}

/* The same of the value behind the name of a header field. */
static size_t
field_value(const char *text, size_t *name)
{
	static const char *const names[] = {"authorization:", "cookie:", "x-api-key:", "x-auth-token:"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		*name = strlen(names[i]);
		if (strncasecmp(text, names[i], *name) == 0) {
			*name += strspn(text + *name, " ");
			return strcspn(text + *name, "\\\r\n");
		}
	}
	return 0;
}

char *
without_credentials(const char *text)
{
	/* Where a host may follow: at the start, after the "=" of a long flag, after a scheme. */
	const char *start = strncmp(text, "--", 2) == 0 && strchr(text, '=') != NULL ? strchr(text, '=') + 1 : text;
	char *clean = NULL;
	size_t size;
	FILE *out = open_memstream(&clean, &size);

	if (out == NULL)
		return NULL;
	while (*text != '\0') {
		size_t name = 0, secret = field_value(text, &name);

		if (secret == 0) {
			name = strncmp(text, "://", 3) == 0 ? 3 : 0;
			/* Of an argument that is a URL, any byte may be of the password; amid
			 * other text, a quote or a blank ends the URL. */
			if (name > 0)
				secret = userinfo(text + 3, is_url(start, text) ? "/?#" : "/?#\\'\" \t\r\n");
			else if (text == start)
				secret = userinfo(text, "/?# \t\r\n");
			if (secret > 0 && name == 0 && memchr(text, ':', secret) == NULL)
				secret = 0; /* "user@host" of a protocol like SMTP */
			secret -= secret > 0; /* the "@" stays */
		}
		if (secret == 0) {
			fputc(*text++, out);
			continue;
		}
		fwrite(text, 1, name, out);
		fputs("***", out);
		text += name + secret;
	}
	if (fclose(out) == 0)
		return clean;
	free(clean);
	return NULL;
}

char *
command_line(int argc, char **argv)
{
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);
	bool whole = true;

	if (out == NULL)
		return NULL;
	fputs(PACKAGE, out);
	for (int i = 0; i < argc; i++) {
		char *clean = without_credentials(argv[i]);

		fputc(' ', out);
		if (clean != NULL)
			shell_quote(out, clean);
		whole = whole && clean != NULL;
		free(clean);
	}
	if (fclose(out) == 0 && whole)
		return line;
	free(line);
	return NULL;
}
