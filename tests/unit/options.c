/* SPDX-License-Identifier: MIT
 *
 * The option table itself, the setter for every type and its limits, and the
 * reader of the command line: what no test through the program can see.
 */
#include "../../src/base/options.h"

#include <inttypes.h>

#include "unit.h"

static struct options options;
static char error[OPTIONS_ERROR_MAX];

static const unsigned commands[] = { COMMAND_SERVER, COMMAND_CLIENT, COMMAND_RESPONDER,
	COMMAND_CHECK, COMMAND_PROBE };
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* The row that getopt or the file would find. */
static const struct option_row *
row(const char *name)
{
	const struct option_row *found = option_find(name, COMMAND_ALL);

	if (found == NULL)
		unit_bail("no option %s", name);
	return found;
}

static void
check_table(void)
{
	for (size_t i = 0; i < option_rows_count; i++) {
		const struct option_row *a = &option_rows[i];
		char text[OPTION_TEXT_MAX];
		bool unique = true, letters = true;

		for (size_t j = 0; j < i; j++) {
			const struct option_row *b = &option_rows[j];

			unique = unique && (strcmp(a->name, b->name) != 0 ||
			                    (a->commands & b->commands & COMMAND_ALL) == 0);
			letters = letters && (a->letter == 0 || a->letter != b->letter ||
			                      (a->commands & b->commands & COMMAND_ALL) == 0);
		}
		unit_ok(unique, "the name %s is unique in each command", a->name);
		unit_ok(letters, "the letter of %s is unique in each command", a->name);
		unit_ok((a->commands & COMMAND_ALL) != 0, "some command takes %s", a->name);
		unit_ok(a->help[0] != '\0' && a->help[strlen(a->help) - 1] != '.',
		        "%s has a help, no full stop behind it", a->name);
		unit_ok(option_takes_words(a) == (option_choice(a, 1, text) != NULL),
		        "%s has words to choose from if and only if it is a choice", a->name);
	}
	unit_ok(option_find("chunkk", COMMAND_ALL) == NULL, "no row has another name");
}

/* Defaults are what a user could write: all are accepted, and what option_text
 * makes of a value is accepted and the same again. */
static void
check_defaults(void)
{
	for (size_t c = 0; c < COMMANDS; c++) {
		unit_ok(options_init(&options, commands[c], error) == 0, "defaults of %s",
		        option_group(commands[c]));
		for (size_t i = 0; i < option_rows_count; i++) {
			char first[OPTION_TEXT_MAX], second[OPTION_TEXT_MAX], copy[128];
			const char *text = option_text(&options, &option_rows[i], first);

			snprintf(copy, sizeof(copy), "%s", text);
			if (option_set(&options, &option_rows[i], copy, error) == -1)
				unit_ok(false, "%s of %s: %s", option_rows[i].name, option_group(commands[c]), error);
			else
				unit_is(option_text(&options, &option_rows[i], second), copy, option_rows[i].name);
		}
		options_free(&options);
	}
	unit_is(option_default(row("listen"), COMMAND_SERVER), "0.0.0.0:4000", "listen of server");
	unit_is(option_default(row("listen"), COMMAND_RESPONDER), "0.0.0.0:4001", "listen of responder");
	unit_is(option_default(row("listen"), COMMAND_CHECK), "", "listen of check");
	unit_is(option_default(row("size"), COMMAND_PROBE), "auto", "size of probe");
	unit_is(option_group(COMMAND_ALL), "common", "the group of what all share");
	unit_is(option_group(COMMAND_PROBE), "probe", "the group of probe");
}

static const struct {
	unsigned command;
	const char *name, *text;
	const char *value; /* as option_text tells it; NULL: refused */
	const char *error;
} values[] = {
	{ COMMAND_SERVER, "chunk", "10", "10", NULL },
	{ COMMAND_SERVER, "chunk", "0", "0", NULL },
	{ COMMAND_SERVER, "chunk", "1g", "1g", NULL },
	{ COMMAND_SERVER, "chunk", "1073741825", NULL, "must be at most 1g" },
	{ COMMAND_SERVER, "chunk", "", NULL, "invalid size \"\"" },
	{ COMMAND_SERVER, "size", "1p", "1p", NULL },
	{ COMMAND_SERVER, "size", "1125899906842625", NULL, "must be at most 1p" },
	{ COMMAND_CLIENT, "buf-size", "1", "1", NULL },
	{ COMMAND_CLIENT, "buf-size", "0", NULL, "must be between 1 and 1g" },
	{ COMMAND_CLIENT, "buf-size", "1073741825", NULL, "must be between 1 and 1g" },
	{ COMMAND_CLIENT, "expect-size", "", "", NULL },
	{ COMMAND_CLIENT, "expect-size", "0", "0", NULL },
	{ COMMAND_CLIENT, "read-timeout", "1ns", "1ns", NULL },
	{ COMMAND_CLIENT, "read-timeout", "0", NULL, "must be at least 1ns" },
	{ COMMAND_CLIENT, "read-timeout", "2562047h47m16.854775807s", "2562047h47m16.854775807s", NULL },
	{ COMMAND_CLIENT, "write-timeout", "0", "0s", NULL },
	{ COMMAND_CLIENT, "write-timeout", "10", NULL, "missing unit in duration \"10\"" },
	{ COMMAND_CLIENT, "write-timeout", "90m", "1h30m0s", NULL },
	{ COMMAND_CLIENT, "parallel", "1024", "1024", NULL },
	{ COMMAND_CLIENT, "parallel", "1025", NULL, "must be between 1 and 1024" },
	{ COMMAND_CLIENT, "parallel", "0", NULL, "must be between 1 and 1024" },
	{ COMMAND_SERVER, "count", "9223372036854775807", "9223372036854775807", NULL },
	{ COMMAND_SERVER, "max-per-source", "1000001", NULL, "must be at most 1000000" },
	{ COMMAND_SERVER, "listen", ":0", ":0", NULL },
	{ COMMAND_SERVER, "listen", "", NULL, "missing port in address \"\"" },
	{ COMMAND_CHECK, "listen", "", "", NULL },
	{ COMMAND_CHECK, "listen", "x", NULL, "missing port in address \"x\"" },
	{ COMMAND_CHECK, "via", "", "", NULL },
	{ COMMAND_SERVER, "log-level", "debug", "debug", NULL },
	{ COMMAND_SERVER, "log-level", "error", "error", NULL },
	{ COMMAND_SERVER, "log-level", "Debug", NULL, "must be debug, info, warn or error" },
	{ COMMAND_SERVER, "log-level", "debug|info", NULL, "must be debug, info, warn or error" },
	{ COMMAND_SERVER, "log-level", "", NULL, "must be debug, info, warn or error" },
	{ COMMAND_SERVER, "log-format", "xml", NULL, "must be json or text" },
	{ COMMAND_SERVER, "nagle", "true", "true", NULL },
	{ COMMAND_SERVER, "nagle", "false", "false", NULL },
	{ COMMAND_SERVER, "nagle", "yes", NULL, "must be true or false" },
	{ COMMAND_SERVER, "nagle", "", NULL, "must be true or false" },
	{ COMMAND_SERVER, "file", "a \n\"b\"", "a \n\"b\"", NULL },
	{ COMMAND_SERVER, "file", "", "", NULL },
};

static void
check_values(void)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const struct option_row *r = row(values[i].name);
		char text[OPTION_TEXT_MAX], before[OPTION_TEXT_MAX], wanted[OPTIONS_ERROR_MAX], name[128];
		int rc;

		if (options_init(&options, values[i].command, error) == -1)
			unit_bail("%s", error);
		snprintf(before, sizeof(before), "%s", option_text(&options, r, text));
		snprintf(name, sizeof(name), "%s = \"%.60s\"", values[i].name, strchr(values[i].text, '\n') ? "…" : values[i].text);
		rc = option_set(&options, r, values[i].text, error);
		if (values[i].value != NULL) {
			if (unit_ok(rc == 0, "%s is accepted", name))
				unit_is(option_text(&options, r, text), values[i].value, name);
		} else if (unit_ok(rc == -1, "%s is refused", name)) {
			char letter[8] = "";

			if (r->letter != 0)
				snprintf(letter, sizeof(letter), "-%c, ", r->letter);
			snprintf(wanted, sizeof(wanted), "invalid argument \"%s\" for \"%s--%s\": %s",
			         values[i].text, letter, r->name, values[i].error);
			unit_is(error, wanted, name);
			unit_is(option_text(&options, r, text), before, "the value stays");
		}
		options_free(&options);
	}
}

#define MAX_ARGS 12

static const struct {
	unsigned command;
	const char *argv[MAX_ARGS];
	const char *name, *value; /* what is then in force, or NULL */
	const char *error;        /* or what is said */
} lines[] = {
	{ COMMAND_SERVER, { "server" }, "chunk", "1k", NULL },
	{ COMMAND_SERVER, { "server", "-c", "10" }, "chunk", "10", NULL },
	{ COMMAND_SERVER, { "server", "-c10" }, "chunk", "10", NULL },
	{ COMMAND_SERVER, { "server", "--chunk", "10" }, "chunk", "10", NULL },
	{ COMMAND_SERVER, { "server", "--chunk=10" }, "chunk", "10", NULL },
	{ COMMAND_SERVER, { "server", "--chu=10" }, "chunk", "10", NULL },
	{ COMMAND_SERVER, { "server", "-c", "1", "-c", "2" }, "chunk", "2", NULL },
	{ COMMAND_SERVER, { "server", "-c", "1", "--" }, "chunk", "1", NULL },
	{ COMMAND_SERVER, { "server", "-Dc7" }, "chunk", "7", NULL },
	{ COMMAND_SERVER, { "server", "-Dc7" }, "daemon", "true", NULL },
	{ COMMAND_SERVER, { "server", "--nagle" }, "nagle", "true", NULL },
	{ COMMAND_SERVER, { "server", "--nagle=true" }, "nagle", "true", NULL },
	{ COMMAND_SERVER, { "server", "--nagle", "--nagle=false" }, "nagle", "false", NULL },
	{ COMMAND_SERVER, { "server", "-f", "--chunk" }, "file", "--chunk", NULL },
	{ COMMAND_SERVER, { "server", "-f", "" }, "file", "", NULL },
	{ COMMAND_SERVER, { "server", "--file=" }, "file", "", NULL },
	{ COMMAND_CLIENT, { "client", "-46" }, "ipv6", "true", NULL },
	{ COMMAND_SERVER, { "server", "-c", "1", "-h" }, "help", "true", NULL },
	{ COMMAND_SERVER, { "server", "--nonsense", "stray", "-c", "x", "--help" }, "help", "true", NULL },
	{ COMMAND_SERVER, { "server", "--config", "/nowhere/at/all", "-h" }, "help", "true", NULL },
	{ COMMAND_SERVER, { "server", "-c", "-h" }, NULL, NULL,
	  "invalid argument \"-h\" for \"-c, --chunk\": invalid size \"-h\"" },
	{ COMMAND_SERVER, { "server", "--", "-h" }, NULL, NULL,
	  "unexpected argument \"-h\"; see \"server --help\"" },
	{ COMMAND_SERVER, { "server", "--nagle", "true" }, NULL, NULL,
	  "unexpected argument \"true\"; see \"server --help\"" },
	{ COMMAND_SERVER, { "server", "chunk" }, NULL, NULL,
	  "unexpected argument \"chunk\"; did you mean --chunk?" },
	{ COMMAND_SERVER, { "server", "stray\n", "-c", "x" }, NULL, NULL,
	  "unexpected argument \"stray\\n\"; see \"server --help\"" },
	{ COMMAND_SERVER, { "server", "" }, NULL, NULL, "unexpected argument \"\"; see \"server --help\"" },
	{ COMMAND_SERVER, { "server", "-" }, NULL, NULL, "unexpected argument \"-\"; see \"server --help\"" },
	{ COMMAND_SERVER, { "server", "-c" }, NULL, NULL, "flag needs an argument: -c, --chunk size" },
	{ COMMAND_SERVER, { "server", "--chunk" }, NULL, NULL, "flag needs an argument: -c, --chunk size" },
	{ COMMAND_SERVER, { "server", "--backlog" }, NULL, NULL, "flag needs an argument: --backlog int" },
	{ COMMAND_SERVER, { "server", "--chunkk" }, NULL, NULL,
	  "unknown flag: --chunkk; did you mean --chunk?" },
	{ COMMAND_SERVER, { "server", "--chunkk=10" }, NULL, NULL,
	  "unknown flag: --chunkk; did you mean --chunk?" },
	{ COMMAND_SERVER, { "server", "--zzzzzzzz" }, NULL, NULL,
	  "unknown flag: --zzzzzzzz; see \"server --help\"" },
	{ COMMAND_SERVER, { "server", "--=5" }, NULL, NULL, "unknown flag: --; see \"server --help\"" },
	{ COMMAND_SERVER, { "server", "--a\nb" }, NULL, NULL, "unknown flag: --a\\nb; see \"server --help\"" },
	{ COMMAND_SERVER, { "server", "--ma", "1" }, NULL, NULL,
	  "ambiguous flag: --ma; it could be --max-connections, --max-per-source" },
	{ COMMAND_SERVER, { "server", "--write-timeout", "1s" }, NULL, NULL,
	  "flag --write-timeout is not valid for \"server\" (only for: client)" },
	{ COMMAND_CLIENT, { "client", "--max-size", "1" }, NULL, NULL,
	  "flag --max-size is not valid for \"client\" (only for: responder)" },
	{ COMMAND_SERVER, { "server", "-z" }, NULL, NULL, "unknown flag: -z; see \"server --help\"" },
	{ COMMAND_SERVER, { "server", "-C", "5" }, NULL, NULL,
	  "unknown flag: -C; did you mean -c, --chunk?" },
	{ COMMAND_SERVER, { "server", "-\303\266" }, NULL, NULL,
	  "unknown flag: -\\xc3; see \"server --help\"" },
	{ COMMAND_CLIENT, { "client", "-w", "10", "-r", "11" }, NULL, NULL,
	  "invalid argument \"10\" for \"-w, --write-timeout\": missing unit in duration \"10\"" },
	{ COMMAND_SERVER, { "server", "--nagle=5" }, NULL, NULL,
	  "invalid argument \"5\" for \"--nagle\": must be true or false" },
};

static void
check_lines(void)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char *argv[MAX_ARGS + 3];
		char text[OPTION_TEXT_MAX], name[256] = "";
		int argc = 0, rc;

		/* A file in /etc is none of this test's business. */
		argv[argc++] = strdup(lines[i].argv[0]);
		argv[argc++] = strdup("--config=none");
		for (int j = 1; j < MAX_ARGS && lines[i].argv[j] != NULL; j++)
			argv[argc++] = strdup(lines[i].argv[j]);
		argv[argc] = NULL;
		for (int j = 0; j < argc && argv[j] != NULL; j++)
			if (strchr(argv[j], '\n') == NULL)
				snprintf(name + strlen(name), sizeof(name) - strlen(name), " %s", argv[j]);
		rc = options_load(&options, lines[i].command, argc, argv, error);
		if (lines[i].name != NULL) {
			if (unit_ok(rc == 0, "is read:%s", name))
				unit_is(option_text(&options, row(lines[i].name), text), lines[i].value, name);
		} else if (unit_ok(rc == -1, "is refused:%s", name)) {
			unit_is(error, lines[i].error, name);
		}
		if (rc == 0)
			options_free(&options);
		for (int j = 0; j < argc; j++)
			free(argv[j]);
	}
}

static void
check_again(void)
{
	char *argv[] = { "client", "--config=none", "-w", "3s", "-s", "h:1", NULL };
	struct options second;

	if (options_load(&options, COMMAND_CLIENT, 6, argv, error) == -1 ||
	    options_load(&second, COMMAND_CLIENT, 6, argv, error) == -1)
		unit_bail("%s", error);
	unit_ok(options.write_timeout == second.write_timeout && strcmp(second.server, "h:1") == 0,
	        "the same argv is read again to the same values");
	unit_ok(options.server != second.server && options.server != argv[5],
	        "each keeps strings of its own");
	options_free(&options);
	unit_is(second.server, "h:1", "strings of one outlive the other");
	unit_is(argv[2], "-w", "argv stays in its order");
	options_free(&second);
}

static void
check_words(void)
{
	char text[OPTION_TEXT_MAX], range[OPTION_TEXT_MAX];

	unit_is(option_choice(row("log-level"), 0, text), "debug", "first word");
	unit_is(option_choice(row("log-level"), 3, text), "error", "last word");
	unit_ok(option_choice(row("log-level"), 4, text) == NULL, "none past the last");
	unit_ok(option_choice(row("log-level"), -1, text) == NULL, "none before the first");
	unit_is(option_range(row("count"), range), "", "no range, no text");
	unit_is(option_takers(row("congestion"), range), "server, client", "takers");
	unit_ok(option_nearest("confg", COMMAND_SERVER) == NULL, "nearest for the file is no flag of argv");
	unit_is(option_nearest("confg", COMMAND_SERVER | COMMAND_ARGV_ONLY), "config", "nearest for argv");
	unit_is(option_nearest("log-leve", COMMAND_ALL), "log-level", "nearest in common");
	unit_ok(option_nearest("chunks", COMMAND_ALL) == NULL, "what some take is not in common");
}

int
main(void)
{
	check_table();
	check_defaults();
	check_values();
	check_lines();
	check_again();
	check_words();
	return unit_done();
}
