/* SPDX-License-Identifier: MIT
 *
 * The commands. Each turns options into plans, has them played, and turns what
 * was observed into a report. No sockets and no JSON here.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>

struct options;
struct payload;

/* What a command needs besides its options to read them again (SIGHUP). */
struct invocation {
	unsigned command; /* bit of enum command_set */
	int argc;
	char **argv;
};

/* A row of main's table, which ends with a row without a name. */
struct command {
	const char *name;
	const char *summary;
	unsigned set; /* bit of enum command_set; 0 for completion and help */
	int (*run)(const struct options *options, const struct invocation *invocation);
};

/* Each returns an exit status (base/exit_status.h). */
int cmd_server(const struct options *options, const struct invocation *invocation);
int cmd_client(const struct options *options, const struct invocation *invocation);
int cmd_responder(const struct options *options, const struct invocation *invocation);
int cmd_check(const struct options *options, const struct invocation *invocation);
int cmd_ask(const struct options *options, const struct invocation *invocation);
int cmd_probe(const struct options *options, const struct invocation *invocation);

/* Whether FD is a terminal that may be coloured: not with NO_COLOR, nor a dumb one. */
bool cmd_colours(int fd);

/* Opens the log as OPTIONS say; lines of check and probe go to stderr, since
 * stdout is their result. Returns 0, or -1 with errno. */
int cmd_open_log(const struct options *options, unsigned command);

/* Opens what --expect-file names. Ends the program when that is no regular file, or not of
 * the size that --expect-size says. */
void cmd_open_expected(const struct options *options, struct payload *expected);

/* explain [VERDICT|SYSTEM]; ARGV[0] is "explain". And the words that it knows: the one
 * at INDEX, valid until the next call; NULL past the end. */
int cmd_explain(int argc, char **argv);
const char *explain_word(size_t index);

/* completion bash|zsh|fish: writes the script to stdout, for COMMANDS and the
 * option table; errors of stdout are left to ferror(3). ARGV[0] is "completion". */
int cmd_completion(const struct command *commands, int argc, char **argv);

#endif
