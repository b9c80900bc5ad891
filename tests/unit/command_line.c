/* SPDX-License-Identifier: MIT
 *
 * The command line in a report: as sh(1) reads it, and without credentials.
 */
#include "../../src/cmd/command_line.h"

#include "unit.h"

static const struct {
	const char *argument, *wanted;
} rows[] = {
	{"http://user:secret@proxy:3128", "'http://***@proxy:3128'"},
	{"--proxy=socks5://user:secret@[2001:db8::1]:1080", "'--proxy=socks5://***@[2001:db8::1]:1080'"},
	{"http://token@host/", "'http://***@host/'"},
	{"user:secret@proxy:1080", "'***@proxy:1080'"},
	{"--proxy=user:secret@proxy:1080", "'--proxy=***@proxy:1080'"},
	{"http://user:it's@proxy:3128", "'http://***@proxy:3128'"},
	{"http://user:a\"b\\c d@proxy:3128", "'http://***@proxy:3128'"},
	{"user:it's\"@proxy:1080", "'***@proxy:1080'"},
	{"-xuser:p=w@proxy:1080", "'***@proxy:1080'"},
	{"see \"http://a\" and \"b@c\"", "'see \"http://a\" and \"b@c\"'"},
	{"http://host/path@2:3", "http://host/path@2:3"},
	{"http://host:80/?a=b@c", "'http://host:80/?a=b@c'"},
	{"user@host.example", "user@host.example"},
	{"MAIL FROM:<a@b.example>", "'MAIL FROM:<a@b.example>'"},
	{"GET / HTTP/1.1\\r\\nauthorization:  Bearer x y\\r\\nHost: h\\r\\n\\r\\n",
	 "'GET / HTTP/1.1\\r\\nauthorization:  ***\\r\\nHost: h\\r\\n\\r\\n'"},
	{"Proxy-Authorization: Basic x", "'Proxy-Authorization: ***'"},
	{"Cookie: a=b\nX-Api-Key: k", "'Cookie: ***\nX-Api-Key: ***'"},
	{"", "''"},
	{"it's", "'it'\\''s'"},
	{"$HOME", "'$HOME'"},
	{"--size=64k", "--size=64k"},
};

int
main(void)
{
	static char command[] = "check", flag[] = "--via", value[] = "a b";
	char *line = command_line(3, (char *[]){command, flag, value});

	unit_is(line, PACKAGE " check --via 'a b'", "the whole line");
	free(line);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *clean = without_credentials(rows[i].argument), *shown = NULL;
		size_t size;
		FILE *out = open_memstream(&shown, &size);

		if (clean == NULL || out == NULL)
			return 1;
		shell_quote(out, clean);
		fclose(out);
		unit_is(shown, rows[i].wanted, rows[i].argument);
		free(shown);
		free(clean);
	}
	return unit_done();
}
