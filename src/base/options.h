/* SPDX-License-Identifier: MIT
 *
 * Options of all commands: one table (options.def), one struct of values, one
 * setter for the command line and for the file.
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Bits of a row's commands column. */
enum command_set {
	COMMAND_SERVER = 1 << 0,
	COMMAND_CLIENT = 1 << 1,
	COMMAND_RESPONDER = 1 << 2,
	COMMAND_CHECK = 1 << 3,
	COMMAND_PROBE = 1 << 4,
	COMMAND_ASK = 1 << 5,
	COMMAND_ALL = (1 << 6) - 1,
	COMMAND_ARGV_ONLY = 1 << 6,
};

enum option_type {
	OPTION_SIZE,     /* int64_t, bytes; -1 when the default is "" and none was given */
	OPTION_COUNT,    /* int64_t; OPTION_AUTO like the other two when the default is "auto" */
	OPTION_DURATION, /* int64_t, ns */
	OPTION_ADDRESS,  /* const char *, checked by parse_address, "" when none */
	OPTION_NETWORKS, /* const char *, checked by networks_parse, "" when none */
	OPTION_PROXY,    /* const char *, checked by proxy_url_parse, "" when none */
	OPTION_STRING,   /* const char *, "" when none */
	OPTION_CHOICE,   /* int64_t, index of the word */
	OPTION_LIST,     /* const char *, words joined by commas, "" when none */
	OPTION_FLAG,     /* bool */
};

/* "auto", a number that the program finds by itself. */
#define OPTION_AUTO (-1)

#define OPTION_MEMBER_SIZE     int64_t
#define OPTION_MEMBER_COUNT    int64_t
#define OPTION_MEMBER_DURATION int64_t
#define OPTION_MEMBER_ADDRESS  const char *
#define OPTION_MEMBER_NETWORKS const char *
#define OPTION_MEMBER_PROXY    const char *
#define OPTION_MEMBER_STRING   const char *
#define OPTION_MEMBER_CHOICE   int64_t
#define OPTION_MEMBER_LIST     const char *
#define OPTION_MEMBER_FLAG     bool

/* The values in force for one command. Members that the command does not take
 * hold their defaults. Owns its strings; release with options_free. */
struct options {
#define OPTION(id, name, short, TYPE, arg, default, min, max, commands, help) OPTION_MEMBER_##TYPE id;
#define DEFAULT(command, id, default)
#define WORDS(id, function)
#define OPERAND(command, id)
#include "options.def"
#undef OPTION
#undef DEFAULT
#undef WORDS
#undef OPERAND
	unsigned command; /* whose defaults these were: one bit of enum command_set */
	struct option_strings *strings;
};

struct option_row {
	const char *name;
	int letter; /* 0: none */
	enum option_type type;
	const char *arg;
	const char *initial; /* default, unless a DEFAULT row says otherwise */
	int64_t min, max;
	unsigned commands;
	const char *help;
	size_t member; /* offset in struct options */
};
extern const struct option_row option_rows[];
extern const size_t option_rows_count;

/* The default of ROW for one command, as a user would write it. */
const char *option_default(const struct option_row *row, unsigned command);

/* The row that a bare argument of COMMAND sets, or NULL: it takes none. */
const struct option_row *option_operand(unsigned command);

/* The name of a command's group in the file: "server" …; "common" for ALL. */
const char *option_group(unsigned command);

/* The row called NAME: the one that all of COMMANDS take, else another; NULL when there
 * is none. */
const struct option_row *option_find(const char *name, unsigned commands);

/* The name, among the rows of which COMMANDS are all takers, that may be meant
 * by WORD, or NULL. Rows kept out of the file only with COMMAND_ARGV_ONLY. */
const char *option_nearest(const char *word, unsigned commands);

/* The commands that take ROW: "server, responder". TEXT is returned. */
#define OPTION_TEXT_MAX 384
char *option_takers(const struct option_row *row, char text[static OPTION_TEXT_MAX]);

/* What values ROW takes, in the user's units: "between 1 and 1024", "at least
 * 1ns", "debug, info, warn or error", "true or false"; "" for no limit. */
char *option_range(const struct option_row *row, char text[static OPTION_TEXT_MAX]);

/* The type as --help tells it: "size", "duration" …; "" for a flag. */
const char *option_type_name(const struct option_row *row);

/* The default as --help and the file show it: durations in Go's manner, texts
 * in quotes. */
char *option_default_text(const struct option_row *row, unsigned command,
                          char text[static OPTION_TEXT_MAX]);

#define OPTIONS_ERROR_MAX 2048

/* Fills OPTIONS for COMMAND: defaults, then the file's group common, then the
 * command's own group, then ARGV (argv[0] is the command's name). --help and
 * --print-config only set their members. Returns 0, or -1 with one line in
 * ERROR that names the source (flag, or FILE:LINE), the value and what would be
 * right; OPTIONS then needs no options_free. May be called again with the same
 * ARGV, as SIGHUP does. ARGV is not changed. */
int options_load(struct options *options, unsigned command, int argc, char *const argv[],
                 char error[static OPTIONS_ERROR_MAX]);

/* The defaults of COMMAND alone. 0, or -1 with ERROR when memory is short;
 * OPTIONS needs options_free in both cases. */
int options_init(struct options *options, unsigned command, char error[static OPTIONS_ERROR_MAX]);
void options_free(struct options *options);

/* Sets one row from TEXT; the one setter, and the one message, for every source. */
int option_set(struct options *options, const struct option_row *row, const char *text,
               char error[static OPTIONS_ERROR_MAX]);

/* The value of ROW as text that option_set reads back. Returns TEXT, or the
 * string itself for ADDRESS, NETWORKS, LIST and STRING. That of PROXY, in TEXT, has no
 * credentials: what is printed is read by others. */
const char *option_text(const struct options *options, const struct option_row *row,
                        char text[static OPTION_TEXT_MAX]);

/* What --help prints: a line, the usage, and the flags by name in columns with
 * type and (default …), as cobra lays them out. */
void options_print_help(FILE *out, unsigned command);

/* Whether ROW takes words that are listed in its column arg: CHOICE and LIST. */
bool option_takes_words(const struct option_row *row);

/* The word at INDEX of those that ROW takes (CHOICE, LIST), for logs and reports.
 * NULL past the end. TEXT must hold it. */
const char *option_choice(const struct option_row *row, int64_t index, char text[static 64]);

#endif
