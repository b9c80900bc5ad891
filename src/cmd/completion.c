/* SPDX-License-Identifier: MIT
 *
 * completion bash|zsh|fish: scripts made from the command table and the option
 * table, so that they complete what this very program takes.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/options.h"
#include "../base/parse.h"
#include "cmd.h"

#define PROGRAM "tcp-half-close-tester"

static bool
takes(const struct command *command, const struct option_row *row)
{
	return (row->commands & command->set) != 0;
}

static bool
names_file(const struct option_row *row)
{
	return row->type == OPTION_STRING && strcmp(row->arg, "file") == 0;
}

/* TEXT inside of single quotes, as all three shells read it; what stands in
 * ESCAPED gets a backslash. */
static void
print_quoted(const char *text, const char *escaped)
{
	for (; *text != '\0'; text++)
		if (*text == '\'')
			printf("'\\''"); /* out of the quotes, one quote, in again */
		else
			printf("%s%c", strchr(escaped, *text) != NULL ? "\\" : "", *text);
}

/* The choices of ROW with blanks between them. */
static void
print_choices(const struct option_row *row)
{
	char word[64];

	for (int64_t i = 0; option_choice(row, i, word) != NULL; i++)
		printf("%s%s", i == 0 ? "" : " ", word);
}

static void
print_names(const struct command *commands)
{
	for (const struct command *c = commands; c->name != NULL; c++)
		printf("%s%s", c == commands ? "" : " ", c->name);
}

/* What explain takes. */
static void
print_explained(void)
{
	const char *word;

	for (size_t i = 0; (word = explain_word(i)) != NULL; i++)
		printf("%s%s", i == 0 ? "" : " ", word);
}

static void
print_bash(const struct command *commands)
{
	/* bash splits words at `=`, hence the two lines about it. */
	printf("# bash completion for " PROGRAM "\n"
	       "_tcp_half_close_tester() {\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n"
	       "\t[ \"$cur\" != '=' ] || cur=\n"
	       "\t[ \"$prev\" != '=' ] || prev=${COMP_WORDS[COMP_CWORD-2]}\n"
	       "\tCOMPREPLY=()\n"
	       "\tcase $COMP_CWORD:${COMP_WORDS[1]}:$prev in\n"
	       "\t1:*) words='");
	print_names(commands);
	printf(" --help --version' ;;\n\t2:help:*) words='");
	print_names(commands);
	printf("' ;;\n\t2:completion:*) words='bash zsh fish' ;;\n\t2:explain:*) words='");
	print_explained();
	printf("' ;;\n");
	for (const struct command *c = commands; c->name != NULL; c++) {
		if (c->set == 0)
			continue;
		for (size_t i = 0; i < option_rows_count; i++) {
			const struct option_row *row = &option_rows[i];

			if (!takes(c, row) || row->type == OPTION_FLAG)
				continue;
			printf("\t*:%s:--%s", c->name, row->name);
			if (row->letter != 0)
				printf(" | *:%s:-%c", c->name, row->letter);
			if (names_file(row)) {
				printf(") compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;\n");
			} else if (option_takes_words(row)) {
				printf(") words='");
				print_choices(row);
				printf("' ;;\n");
			} else {
				printf(") return ;;\n");
			}
		}
		printf("\t*:%s:*) words='", c->name);
		for (size_t i = 0; i < option_rows_count; i++)
			if (takes(c, &option_rows[i]))
				printf("--%s ", option_rows[i].name);
		printf("' ;;\n");
	}
	printf("\tesac\n"
	       "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	       "}\n"
	       "complete -F _tcp_half_close_tester " PROGRAM "\n");
}

/* One optspec of zshcompsys(1), _arguments. */
static void
print_zsh_flag(const struct option_row *row)
{
	const bool flag = row->type == OPTION_FLAG;

	printf(" \\\n\t\t\t");
	if (row->letter != 0)
		printf("'(-%c --%s)'{-%c%s,--%s%s}'[", row->letter, row->name, row->letter,
		       flag ? "" : "+", row->name, flag ? "" : "=");
	else
		printf("'--%s%s[", row->name, flag ? "" : "=");
	print_quoted(row->help, "[]\\");
	printf("]");
	if (names_file(row)) {
		printf(":file:_files");
	} else if (option_takes_words(row)) {
		printf(":%s:(", row->name);
		print_choices(row);
		printf(")");
	} else if (!flag) {
		printf(":%s: ", option_type_name(row));
	}
	printf("'");
}

static void
print_zsh(const struct command *commands)
{
	printf("#compdef " PROGRAM "\n"
	       "_tcp-half-close-tester() {\n"
	       "\tlocal -a commands=(\n");
	for (const struct command *c = commands; c->name != NULL; c++) {
		printf("\t\t'%s:", c->name);
		print_quoted(c->summary, "\\");
		printf("'\n");
	}
	printf("\t)\n"
	       "\tif (( CURRENT == 2 )); then\n"
	       "\t\t_describe command commands\n"
	       "\t\t_arguments '(- *)'{-h,--help}'[help]' '(- *)--version[version]'\n"
	       "\t\treturn\n"
	       "\tfi\n"
	       "\tshift words\n"
	       "\t(( CURRENT-- ))\n"
	       "\tcase $words[1] in\n"
	       "\thelp) _describe command commands ;;\n"
	       "\tcompletion) _values shell bash zsh fish ;;\n"
	       "\texplain) _values word ");
	print_explained();
	printf(" ;;\n");
	for (const struct command *c = commands; c->name != NULL; c++) {
		if (c->set == 0)
			continue;
		printf("\t%s)\n\t\t_arguments -s -S", c->name);
		for (size_t i = 0; i < option_rows_count; i++)
			if (takes(c, &option_rows[i]))
				print_zsh_flag(&option_rows[i]);
		printf("\n\t\t;;\n");
	}
	printf("\tesac\n"
	       "}\n"
	       "_tcp-half-close-tester \"$@\"\n");
}

static void
print_fish(const struct command *commands)
{
	static const char seen[] = "complete -c " PROGRAM " -n '__fish_seen_subcommand_from";

	printf("# fish completion for " PROGRAM "\n"
	       "complete -c " PROGRAM " -f\n"
	       "complete -c " PROGRAM " -n __fish_use_subcommand -s h -l help -d help\n"
	       "complete -c " PROGRAM " -n __fish_use_subcommand -l version -d version\n");
	for (const struct command *c = commands; c->name != NULL; c++) {
		printf("complete -c " PROGRAM " -n __fish_use_subcommand -a %s -d '", c->name);
		print_quoted(c->summary, "\\");
		printf("'\n");
	}
	printf("%s completion' -a 'bash zsh fish'\n%s help' -a '", seen, seen);
	print_names(commands);
	printf("'\n%s explain' -a '", seen);
	print_explained();
	printf("'\n");
	for (const struct command *c = commands; c->name != NULL; c++)
		for (size_t i = 0; i < option_rows_count; i++) {
			const struct option_row *row = &option_rows[i];

			if (!takes(c, row))
				continue;
			printf("%s %s'", seen, c->name);
			if (row->letter != 0)
				printf(" -s %c", row->letter);
			printf(" -l %s", row->name);
			if (names_file(row)) {
				printf(" -r -F");
			} else if (option_takes_words(row)) {
				printf(" -x -a '");
				print_choices(row);
				printf("'");
			} else if (row->type != OPTION_FLAG) {
				printf(" -x");
			}
			printf(" -d '");
			print_quoted(row->help, "\\");
			printf("'\n");
		}
}

int
cmd_completion(const struct command *commands, int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(const struct command *commands);
	} shells[] = { { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish } };
	static const char *const names[] = { "bash", "zsh", "fish", NULL };
	char quoted[PARSE_QUOTE_MAX];
	const char *nearest;

	if (argc < 2)
		log_fatalx(STATUS_USAGE, "completion requires the name of a shell: bash, zsh or fish");
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
			printf("Print a completion script\n\nUsage:\n  " PROGRAM " completion bash|zsh|fish\n");
			return STATUS_OK;
		}
	if (argc > 2)
		log_fatalx(STATUS_USAGE, "unexpected argument \"%s\"; usage: completion bash|zsh|fish",
		           parse_quote(argv[2], quoted));
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(argv[1], shells[i].name) == 0) {
			shells[i].print(commands);
			return STATUS_OK;
		}
	nearest = parse_nearest(argv[1], names);
	log_fatalx(STATUS_USAGE, "unknown shell \"%s\"; did you mean %s?", parse_quote(argv[1], quoted),
	           nearest != NULL ? nearest : "bash, zsh or fish");
}
