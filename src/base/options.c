/* SPDX-License-Identifier: MIT
 *
 * The option table as data, the one setter, and the reader of the command line.
 * Everything that shows or completes an option asks here.
 */
#include "options.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conffile.h"
#include "network.h"
#include "parse.h"
#include "proxy_url.h"

#define PROGRAM "tcp-half-close-tester"

/* The table's own words. */
enum {
	SERVER = COMMAND_SERVER,
	CLIENT = COMMAND_CLIENT,
	RESPONDER = COMMAND_RESPONDER,
	CHECK = COMMAND_CHECK,
	PROBE = COMMAND_PROBE,
	ASK = COMMAND_ASK,
	ALL = COMMAND_ALL,
	ARGV_ONLY = COMMAND_ARGV_ONLY,
};

#define OPTION(id, name, short, TYPE, arg, default, min, max, commands, help) \
	{ name, short, OPTION_##TYPE, arg, default, min, max, commands, help, offsetof(struct options, id) },
#define DEFAULT(command, id, default)
#define WORDS(id, function)
#define OPERAND(command, id)
const struct option_row option_rows[] = {
#include "options.def"
};
#undef OPTION
#undef DEFAULT
#undef WORDS

#define ROWS (sizeof(option_rows) / sizeof(option_rows[0]))
const size_t option_rows_count = ROWS;

#define OPTION(id, name, short, TYPE, arg, default, min, max, commands, help)
#define DEFAULT(command, id, default) { offsetof(struct options, id), command, default },
#define WORDS(id, function)
static const struct {
	size_t member;
	unsigned command;
	const char *initial;
} other_defaults[] = {
#include "options.def"
};
#undef DEFAULT
#undef WORDS

/* Whoever owns the words defines the function; no header of a higher floor is
 * included for it. */
#define DEFAULT(command, id, default)
#define WORDS(id, function) const char *function(int64_t index);
#include "options.def"
#undef WORDS
#define WORDS(id, function) { offsetof(struct options, id), function },
static const struct {
	size_t member;
	const char *(*word)(int64_t index);
} word_tables[] = {
#include "options.def"
};
#undef WORDS
#define WORDS(id, function)
#undef OPERAND
#define OPERAND(command, id) { offsetof(struct options, id), command },
static const struct {
	size_t member;
	unsigned command;
} operands[] = {
#include "options.def"
};
#undef OPTION
#undef DEFAULT
#undef WORDS
#undef OPERAND

struct option_strings {
	struct option_strings *next;
	char text[];
};

static int
fail(char error[static OPTIONS_ERROR_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int
fail(char error[static OPTIONS_ERROR_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, OPTIONS_ERROR_MAX, format, args);
	va_end(args);
	return -1;
}

/* Adds to a text of OPTION_TEXT_MAX bytes what still fits. */
static void
append(char text[static OPTION_TEXT_MAX], const char *more)
{
	size_t used = strlen(text);

	snprintf(text + used, OPTION_TEXT_MAX - used, "%s", more);
}

static const char *const group_names[] = { "server", "client", "responder", "check", "probe", "ask" };

const char *
option_group(unsigned command)
{
	for (size_t i = 0; i < sizeof(group_names) / sizeof(group_names[0]); i++)
		if (command == 1U << i)
			return group_names[i];
	return "common";
}

const char *
option_default(const struct option_row *row, unsigned command)
{
	for (size_t i = 0; i < sizeof(other_defaults) / sizeof(other_defaults[0]); i++)
		if (other_defaults[i].member == row->member && other_defaults[i].command == command)
			return other_defaults[i].initial;
	return row->initial;
}

const struct option_row *
option_operand(unsigned command)
{
	for (size_t i = 0; i < sizeof(operands) / sizeof(operands[0]); i++)
		if (operands[i].command == command)
			for (size_t j = 0; j < ROWS; j++)
				if (option_rows[j].member == operands[i].member)
					return &option_rows[j];
	return NULL;
}

const struct option_row *
option_find(const char *name, unsigned commands)
{
	const struct option_row *found = NULL;

	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(option_rows[i].name, name) == 0
		    && (found == NULL || (commands & ~option_rows[i].commands & COMMAND_ALL) == 0))
			found = &option_rows[i];
	return found;
}

const char *
option_nearest(const char *word, unsigned commands)
{
	const char *names[ROWS + 1];
	size_t count = 0;

	for (size_t i = 0; i < ROWS; i++)
		if ((commands & ~option_rows[i].commands & COMMAND_ALL) == 0 &&
		    (option_rows[i].commands & ~commands & COMMAND_ARGV_ONLY) == 0)
			names[count++] = option_rows[i].name;
	names[count] = NULL;
	return parse_nearest(word, names);
}

char *
option_takers(const struct option_row *row, char text[static OPTION_TEXT_MAX])
{
	text[0] = '\0';
	for (unsigned command = 1; command & COMMAND_ALL; command <<= 1)
		if (row->commands & command) {
			append(text, text[0] == '\0' ? "" : ", ");
			append(text, option_group(command));
		}
	return text;
}

bool
option_takes_words(const struct option_row *row)
{
	return row->type == OPTION_CHOICE || row->type == OPTION_LIST;
}

const char *
option_choice(const struct option_row *row, int64_t index, char text[static 64])
{
	const char *word = row->arg;
	size_t length;

	for (size_t i = 0; i < sizeof(word_tables) / sizeof(word_tables[0]); i++)
		if (word_tables[i].member == row->member) {
			word = word_tables[i].word(index);
			index = 0;
		}
	if (word == NULL)
		return NULL;
	for (; index > 0; index--) {
		word = strchr(word, '|');
		if (word == NULL)
			return NULL;
		word++;
	}
	length = strcspn(word, "|");
	if (index < 0 || length >= 64)
		return NULL;
	memcpy(text, word, length);
	text[length] = '\0';
	return text;
}

static void
number_text(const struct option_row *row, int64_t value, char text[static PARSE_TEXT_MAX])
{
	if (row->type == OPTION_DURATION)
		format_duration(value, text);
	else if (row->type == OPTION_SIZE)
		format_size(value, text);
	else
		snprintf(text, PARSE_TEXT_MAX, "%" PRId64, value);
}

char *
option_range(const struct option_row *row, char text[static OPTION_TEXT_MAX])
{
	char least[PARSE_TEXT_MAX], most[PARSE_TEXT_MAX];

	text[0] = '\0';
	number_text(row, row->min, least);
	number_text(row, row->max, most);
	if (row->type == OPTION_FLAG) {
		append(text, "true or false");
	} else if (option_takes_words(row)) {
		char word[64], next[64];

		for (int64_t i = 0; option_choice(row, i, word) != NULL; i++) {
			if (i > 0)
				append(text, option_choice(row, i + 1, next) != NULL ? ", " : " or ");
			append(text, word);
		}
	} else if (row->min == 0 && row->max != 0 && row->max != INT64_MAX) {
		snprintf(text, OPTION_TEXT_MAX, "at most %s", most);
	} else if (row->min != 0 && row->max == INT64_MAX) {
		snprintf(text, OPTION_TEXT_MAX, "at least %s", least);
	} else if (row->min != 0) {
		snprintf(text, OPTION_TEXT_MAX, "between %s and %s", least, most);
	}
	return text;
}

const char *
option_type_name(const struct option_row *row)
{
	switch (row->type) {
	case OPTION_SIZE:
		return "size";
	case OPTION_COUNT:
		return "int";
	case OPTION_DURATION:
		return "duration";
	case OPTION_ADDRESS:
		return "address";
	case OPTION_NETWORKS:
		return "networks";
	case OPTION_PROXY:
		return "url";
	case OPTION_STRING:
		return row->arg[0] == '\0' ? "string" : row->arg;
	case OPTION_CHOICE:
		return "string";
	case OPTION_LIST:
		return "list";
	case OPTION_FLAG:
		break;
	}
	return "";
}

char *
option_default_text(const struct option_row *row, unsigned command,
                    char text[static OPTION_TEXT_MAX])
{
	const char *initial = option_default(row, command);
	char ignored[PARSE_ERROR_MAX];
	int64_t ns;

	if (row->type == OPTION_DURATION && parse_duration(initial, &ns, ignored) == 0)
		number_text(row, ns, text);
	else if (row->type == OPTION_ADDRESS || row->type == OPTION_STRING ||
	         option_takes_words(row) || initial[0] == '\0')
		snprintf(text, OPTION_TEXT_MAX, "\"%s\"", initial);
	else
		snprintf(text, OPTION_TEXT_MAX, "%s", initial);
	return text;
}

/* Whether COMMAND finds a number for ROW by itself, unless told. */
static bool
is_auto(const struct option_row *row, unsigned command)
{
	return !option_takes_words(row) && strcmp(option_default(row, command), "auto") == 0;
}

/* Where OPTIONS keeps the value of ROW. */
static void *
member(struct options *options, const struct option_row *row)
{
	return (char *)options + row->member;
}

static const void *
const_member(const struct options *options, const struct option_row *row)
{
	return (const char *)options + row->member;
}

const char *
option_text(const struct options *options, const struct option_row *row, char text[static OPTION_TEXT_MAX])
{
	const void *value = const_member(options, row);

	switch (row->type) {
	case OPTION_ADDRESS:
	case OPTION_NETWORKS:
	case OPTION_STRING:
	case OPTION_LIST:
		return *(const char *const *)value;
	case OPTION_PROXY:
		return proxy_url_public(*(const char *const *)value, text, OPTION_TEXT_MAX);
	case OPTION_FLAG:
		return *(const bool *)value ? "true" : "false";
	case OPTION_CHOICE:
		return option_choice(row, *(const int64_t *)value, text);
	case OPTION_SIZE:
	case OPTION_COUNT:
	case OPTION_DURATION:
		break;
	}
	if (*(const int64_t *)value == OPTION_AUTO && is_auto(row, options->command))
		return "auto";
	if (row->type == OPTION_SIZE && *(const int64_t *)value == -1)
		return "";
	number_text(row, *(const int64_t *)value, text);
	return text;
}

static const char *
keep(struct options *options, const char *text)
{
	size_t size = strlen(text) + 1;
	struct option_strings *copy;

	if (size == 1)
		return "";
	copy = malloc(sizeof(*copy) + size);
	if (copy == NULL)
		return NULL;
	memcpy(copy->text, text, size);
	copy->next = options->strings;
	options->strings = copy;
	return copy->text;
}

/* unknown "downlaod"; did you mean "download"? Or else all that there are. */
static void
fail_word(const struct option_row *row, const char *word, char why[static PARSE_ERROR_MAX])
{
	const char *names[32] = { NULL }, *nearest;
	char texts[32][64], quoted[PARSE_QUOTE_MAX], range[OPTION_TEXT_MAX];

	for (int64_t i = 0; i < 31 && (names[i] = option_choice(row, i, texts[i])) != NULL; i++)
		;
	nearest = parse_nearest(word, names);
	if (nearest != NULL)
		snprintf(why, PARSE_ERROR_MAX, "unknown \"%s\"; did you mean \"%s\"?",
		         parse_quote(word, quoted), nearest);
	else
		snprintf(why, PARSE_ERROR_MAX, "each word must be %s", option_range(row, range));
}

/* Where TEXT stands among the words that ROW takes, or -1. */
static int64_t
word_index(const struct option_row *row, const char *text)
{
	char word[64];

	for (int64_t i = 0; option_choice(row, i, word) != NULL; i++)
		if (strcmp(word, text) == 0)
			return i;
	return -1;
}

/* Every word of the list must be one of the row's. */
static int
check_list(const struct option_row *row, const char *text, char why[static PARSE_ERROR_MAX])
{
	char *list = strdup(text), *rest = list, *word;
	int rc = list == NULL ? -1 : 0;

	if (list == NULL)
		snprintf(why, PARSE_ERROR_MAX, "out of memory");
	while (rc == 0 && *text != '\0' && (word = strsep(&rest, ",")) != NULL)
		if (word_index(row, word) == -1) {
			fail_word(row, word, why);
			rc = -1;
		}
	free(list);
	return rc;
}

static int
set_text(struct options *options, const struct option_row *row, const char *text,
         char why[static PARSE_ERROR_MAX])
{
	const char **value = member(options, row);
	struct networks networks;
	struct proxy proxy;
	struct address ignored;
	const char *copy;

	if (row->type == OPTION_ADDRESS &&
	    (text[0] != '\0' || option_default(row, options->command)[0] != '\0') &&
	    parse_address(text, &ignored, why) == -1)
		return -1;
	if (row->type == OPTION_NETWORKS && networks_parse(text, &networks, why) == -1)
		return -1;
	if (row->type == OPTION_PROXY && text[0] != '\0' && proxy_url_parse(text, &proxy, why) == -1)
		return -1;
	if (row->type == OPTION_LIST && check_list(row, text, why) == -1)
		return -1;
	copy = keep(options, text);
	if (copy == NULL) {
		snprintf(why, PARSE_ERROR_MAX, "out of memory");
		return -1;
	}
	*value = copy;
	return 0;
}

static int
set_number(struct options *options, const struct option_row *row, const char *text,
           char why[static PARSE_ERROR_MAX])
{
	int64_t *value = member(options, row);
	int64_t number;
	int rc;

	if (is_auto(row, options->command) && strcmp(text, "auto") == 0) {
		*value = OPTION_AUTO;
		return 0;
	}
	if (row->type == OPTION_SIZE && text[0] == '\0' &&
	    option_default(row, options->command)[0] == '\0') {
		*value = -1;
		return 0;
	}
	if (row->type == OPTION_SIZE)
		rc = parse_size(text, &number, why);
	else if (row->type == OPTION_DURATION)
		rc = parse_duration(text, &number, why);
	else
		rc = parse_count(text, &number, why);
	if (rc == -1)
		return -1;
	if ((row->min != 0 || row->max != 0) && (number < row->min || number > row->max)) {
		char range[OPTION_TEXT_MAX];

		snprintf(why, PARSE_ERROR_MAX, "must be %s", option_range(row, range));
		return -1;
	}
	*value = number;
	return 0;
}

static int
set_word(struct options *options, const struct option_row *row, const char *text,
         char why[static PARSE_ERROR_MAX])
{
	char range[OPTION_TEXT_MAX];

	if (row->type == OPTION_CHOICE) {
		int64_t *value = member(options, row), index = word_index(row, text);

		if (index != -1) {
			*value = index;
			return 0;
		}
	} else if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
		bool *value = member(options, row);

		*value = text[0] == 't';
		return 0;
	}
	snprintf(why, PARSE_ERROR_MAX, "must be %s", option_range(row, range));
	return -1;
}

/* "-w, --write-timeout". */
static char *
flag_text(const struct option_row *row, char text[static OPTION_TEXT_MAX])
{
	if (row->letter != 0)
		snprintf(text, OPTION_TEXT_MAX, "-%c, --%s", row->letter, row->name);
	else
		snprintf(text, OPTION_TEXT_MAX, "--%s", row->name);
	return text;
}

int
option_set(struct options *options, const struct option_row *row, const char *text,
           char error[static OPTIONS_ERROR_MAX])
{
	char why[PARSE_ERROR_MAX], quoted[PARSE_QUOTE_MAX], flag[OPTION_TEXT_MAX], public[PARSE_ERROR_MAX];
	int rc = -1;

	switch (row->type) {
	case OPTION_SIZE:
	case OPTION_COUNT:
	case OPTION_DURATION:
		rc = set_number(options, row, text, why);
		break;
	case OPTION_ADDRESS:
	case OPTION_NETWORKS:
	case OPTION_PROXY:
	case OPTION_STRING:
	case OPTION_LIST:
		rc = set_text(options, row, text, why);
		break;
	case OPTION_CHOICE:
	case OPTION_FLAG:
		rc = set_word(options, row, text, why);
		break;
	}
	if (rc == -1 && row->type == OPTION_PROXY)
		text = proxy_url_public(text, public, sizeof(public));
	if (rc == -1)
		return fail(error, "invalid argument \"%s\" for \"%s\": %s", parse_quote(text, quoted),
		            flag_text(row, flag), why);
	return 0;
}

/* Long flags come back from getopt_long as this plus their row. */
#define LONG_FLAG 256

static const struct option_row *
row_of(int code, unsigned command)
{
	if (code >= LONG_FLAG)
		return &option_rows[code - LONG_FLAG];
	for (size_t i = 0; i < ROWS; i++)
		if (option_rows[i].commands & command && option_rows[i].letter == code)
			return &option_rows[i];
	return NULL;
}

/* The message for LETTER, a short flag that COMMAND does not take. */
static int
fail_letter(unsigned command, int letter, char error[static OPTIONS_ERROR_MAX])
{
	const char name[2] = { (char)letter, '\0' };
	const struct option_row *near = NULL;
	char quoted[PARSE_QUOTE_MAX], flag[OPTION_TEXT_MAX];

	/* -C for -c: in ASCII they differ in one bit. */
	if (letter > ' ')
		near = row_of(letter ^ 0x20, command);
	parse_quote(name, quoted);
	if (name[0] & 0x80) /* a part of a character, getopt goes by bytes */
		snprintf(quoted, sizeof(quoted), "\\x%02x", name[0] & 0xff);
	if (near != NULL)
		return fail(error, "unknown flag: -%s; did you mean %s?", quoted, flag_text(near, flag));
	return fail(error, "unknown flag: -%s; see \"%s --help\"", quoted, option_group(command));
}

/* The message for ARGUMENT, --something[=value], that is no flag of COMMAND, or
 * the beginning of several. */
static int
fail_name(unsigned command, const char *argument, char error[static OPTIONS_ERROR_MAX])
{
	const size_t length = strcspn(argument + 2, "=");
	char name[PARSE_QUOTE_MAX], quoted[PARSE_QUOTE_MAX], names[OPTION_TEXT_MAX] = "";
	const struct option_row *other;
	const char *nearest;

	snprintf(name, sizeof(name), "%.*s", (int)(length < sizeof(name) ? length : sizeof(name) - 1),
	         argument + 2);
	parse_quote(name, quoted);
	for (size_t i = 0; i < ROWS && length > 0; i++)
		if (option_rows[i].commands & command && strncmp(option_rows[i].name, name, length) == 0) {
			append(names, names[0] == '\0' ? "--" : ", --");
			append(names, option_rows[i].name);
		}
	if (names[0] != '\0')
		return fail(error, "ambiguous flag: --%s; it could be %s", quoted, names);
	nearest = option_nearest(name, command | COMMAND_ARGV_ONLY);
	other = option_find(name, command);
	if (other != NULL)
		return fail(error, "flag --%s is not valid for \"%s\" (only for: %s)", quoted,
		            option_group(command), option_takers(other, names));
	if (nearest != NULL)
		return fail(error, "unknown flag: --%s; did you mean --%s?", quoted, nearest);
	return fail(error, "unknown flag: --%s; see \"%s --help\"", quoted, option_group(command));
}

static int
fail_stray(unsigned command, const char *argument, char error[static OPTIONS_ERROR_MAX])
{
	const char *nearest = option_nearest(argument, command | COMMAND_ARGV_ONLY);
	char quoted[PARSE_QUOTE_MAX];

	parse_quote(argument, quoted);
	if (nearest != NULL)
		return fail(error, "unexpected argument \"%s\"; did you mean --%s?", quoted, nearest);
	return fail(error, "unexpected argument \"%s\"; see \"%s --help\"", quoted,
	            option_group(command));
}

/* Sets what ARGV says. The first error is reported, yet reading continues after it:
 * --help anywhere means that somebody wants help, not an error. */
static int
read_argv(struct options *options, int argc, char *const argv[],
          char error[static OPTIONS_ERROR_MAX])
{
	const unsigned command = options->command;
	struct option longs[ROWS + 1];
	/* "-": arguments that are no flags come in their place as code 1, whatever
	 * POSIXLY_CORRECT says, and argv stays as it is. ":": a missing argument is
	 * told from an unknown flag. getopt(3). */
	char letters[2 + 2 * ROWS + 1] = "-:", flag[OPTION_TEXT_MAX], later[OPTIONS_ERROR_MAX];
	const struct option_row *operand = option_operand(command);
	size_t used = 2, count = 0;
	int code, rc = 0;

	for (size_t i = 0; i < ROWS; i++) {
		const struct option_row *row = &option_rows[i];

		if (!(row->commands & command))
			continue;
		longs[count++] = (struct option){
			.name = row->name,
			.has_arg = row->type == OPTION_FLAG ? optional_argument : required_argument,
			.val = LONG_FLAG + (int)i,
		};
		if (row->letter != 0) {
			letters[used++] = (char)row->letter;
			if (row->type != OPTION_FLAG)
				letters[used++] = ':';
		}
	}
	longs[count] = (struct option){ 0 };
	letters[used] = '\0';
	opterr = 0;
	optind = 0; /* forget the last argv, getopt(3) NOTES */
	while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_row *row;
		char *reason = rc == 0 ? error : later;
		int failed;

		if (code == 1 && operand != NULL) {
			failed = option_set(options, operand, optarg, reason);
			operand = NULL;
		} else if (code == 1) {
			failed = fail_stray(command, optarg, reason);
		} else if (code == ':' && (row = row_of(optopt, command)) != NULL) {
			failed = fail(reason, "flag needs an argument: %s %s", flag_text(row, flag),
			              option_type_name(row));
		} else if ((row = row_of(code, command)) != NULL) {
			failed = option_set(options, row, optarg == NULL ? "true" : optarg, reason);
		} else if (optopt != 0) {
			/* musl tells bytes beyond ASCII from characters by a number above. */
			failed = fail_letter(command, optopt & 0xff, reason);
		} else {
			failed = fail_name(command, argv[optind - 1], reason);
		}
		if (failed)
			rc = -1;
	}
	/* After "--". */
	if (optind < argc && rc == 0 && operand != NULL)
		rc = option_set(options, operand, argv[optind++], error);
	if (optind < argc && rc == 0)
		rc = fail_stray(command, argv[optind], error);
	return rc;
}

int
options_init(struct options *options, unsigned command, char error[static OPTIONS_ERROR_MAX])
{
	*options = (struct options){ .command = command };
	for (size_t i = 0; i < ROWS; i++)
		if (option_set(options, &option_rows[i], option_default(&option_rows[i], command),
		               error) == -1)
			return -1;
	return 0;
}

int
options_load(struct options *options, unsigned command, int argc, char *const argv[],
             char error[static OPTIONS_ERROR_MAX])
{
	struct options first = { 0 };
	int rc = -1;

	*options = (struct options){ 0 };
	/* The command line is read twice: for --config, and above the file. */
	if (options_init(&first, command, error) == -1 ||
	    (read_argv(&first, argc, argv, error) == -1 && !first.help))
		goto cleanup;
	if (options_init(options, command, error) == -1)
		goto cleanup;
	if (first.help)
		options->help = true;
	else if (conffile_load(options, first.config, error) == -1 ||
	         read_argv(options, argc, argv, error) == -1)
		goto cleanup;
	rc = 0;

cleanup:
	options_free(&first);
	if (rc == -1)
		options_free(options);
	return rc;
}

void
options_free(struct options *options)
{
	while (options->strings != NULL) {
		struct option_strings *next = options->strings->next;

		free(options->strings);
		options->strings = next;
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct option_row *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

/* cobra leaves out defaults that say nothing, and so do we. */
static bool
says_nothing(const char *initial)
{
	static const char *const zeros[] = { "", "0", "0s", "false" };

	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
		if (strcmp(initial, zeros[i]) == 0)
			return true;
	return false;
}

/* "  -c, --chunk size"; returns its width. */
static int
flag_column(const struct option_row *row, char text[static OPTION_TEXT_MAX])
{
	const char *type = option_type_name(row);

	if (row->letter != 0)
		snprintf(text, OPTION_TEXT_MAX, "  -%c, ", row->letter);
	else
		snprintf(text, OPTION_TEXT_MAX, "      ");
	append(text, "--");
	append(text, row->name);
	append(text, type[0] == '\0' ? "" : " ");
	append(text, type);
	return (int)strlen(text);
}

void
options_print_help(FILE *out, unsigned command)
{
	const struct option_row *rows[ROWS] = { NULL }, *operand = option_operand(command);
	char column[OPTION_TEXT_MAX], text[OPTION_TEXT_MAX], word[64];
	size_t count = 0;
	int width = 0;

	for (size_t i = 0; i < ROWS; i++)
		if (option_rows[i].commands & command)
			rows[count++] = &option_rows[i];
	qsort(rows, count, sizeof(rows[0]), by_name);
	for (size_t i = 0; i < count; i++)
		if (flag_column(rows[i], column) > width)
			width = flag_column(rows[i], column);
	fprintf(out, "Run the " PROGRAM " %s\n\nUsage:\n  " PROGRAM " %s [flags]",
	        option_group(command), option_group(command));
	if (operand != NULL)
		fprintf(out, " ");
	for (const char *c = operand != NULL ? operand->arg : ""; *c != '\0'; c++)
		fputc(*c & ~0x20, out);
	fprintf(out, "\n\nFlags:\n");
	for (size_t i = 0; i < count; i++) {
		flag_column(rows[i], column);
		if (rows[i]->member == offsetof(struct options, help)) {
			fprintf(out, "%-*s   help for %s\n", width, column, option_group(command));
			continue;
		}
		fprintf(out, "%-*s   %s", width, column, rows[i]->help);
		if (option_takes_words(rows[i]))
			for (int64_t j = 0; option_choice(rows[i], j, word) != NULL; j++)
				fprintf(out, "%s%s%s", j == 0 ? " (" : ", ", word,
				        option_choice(rows[i], j + 1, text) == NULL ? ")" : "");
		if (!says_nothing(option_default(rows[i], command)))
			fprintf(out, " (default %s)", option_default_text(rows[i], command, text));
		fprintf(out, "\n");
	}
}
