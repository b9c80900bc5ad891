/* SPDX-License-Identifier: MIT
 *
 * The commands: a table that drives dispatch and help.
 */
#include <stdio.h>
#include <string.h>

#include "base/conffile.h"
#include "base/exit_status.h"
#include "base/log.h"
#include "base/options.h"
#include "base/parse.h"
#include "cmd/cmd.h"

static const struct command commands[] = {
	{ "ask", "Send a service the same request with and without a half-close", COMMAND_ASK, cmd_ask },
	{ "check", "Play half-close scenarios over a path and compare what both ends saw", COMMAND_CHECK, cmd_check },
	{ "client", "Read, half-close when the write timeout expires, and keep reading", COMMAND_CLIENT, cmd_client },
	{ "completion", "Print a completion script: completion bash|zsh|fish", 0, NULL },
	{ "explain", "Explain a verdict or what is known of a system", 0, NULL },
	{ "help", "Show help for a command", 0, NULL },
	{ "probe", "Measure how long a path keeps an idle half-closed connection", COMMAND_PROBE, cmd_probe },
	{ "responder", "Serve as the remote end for check and probe", COMMAND_RESPONDER, cmd_responder },
	{ "server", "Stream a file to every client that connects", COMMAND_SERVER, cmd_server },
	{ NULL, NULL, 0, NULL },
};

static const struct command *
find_command(const char *name)
{
	const char *names[2 + sizeof(commands) / sizeof(commands[0])] = { "--help", "--version" }, *nearest;
	char quoted[PARSE_QUOTE_MAX];

	if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0)
		name = "help";
	for (size_t i = 0; (names[2 + i] = commands[i].name) != NULL; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	nearest = parse_nearest(name, names);
	log_fatalx(STATUS_USAGE, "unknown %s \"%s\"; %s \"%s\"%s", *name == '-' ? "flag" : "command",
	           parse_quote(name, quoted), nearest != NULL ? "did you mean" : "see",
	           nearest != NULL ? nearest : PACKAGE " help", nearest != NULL ? "?" : "");
}

static void
print_overview(void)
{
	puts("Test half-closed TCP connections\n\nUsage:\n  " PACKAGE " COMMAND [flags]\n\nCommands:");
	for (const struct command *command = commands; command->name != NULL; command++)
		printf("  %-12s%s\n", command->name, command->summary);
	printf("\nFlags:\n  -h, --help      help for " PACKAGE "\n      --version   version of " PACKAGE
	       "\n\nUse \"" PACKAGE " COMMAND --help\" for more information about a command.\n");
}

static int
run(const struct command *command, int argc, char **argv)
{
	struct options options;
	char error[OPTIONS_ERROR_MAX];
	int status = STATUS_OK;

	if (options_load(&options, command->set, argc, argv, error) == -1)
		log_fatalx(STATUS_USAGE, "%s", error);
	if (options.help)
		options_print_help(stdout, command->set);
	else if (options.print_config)
		conffile_print(stdout, &options);
	else if (cmd_open_log(&options, command->set) == -1)
		log_fatal(STATUS_CANNOT_RUN, "cannot open log file \"%s\"", options.log_file);
	else
		status = command->run(&options, &(struct invocation){ command->set, argc, argv });
	options_free(&options);
	return status;
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "help";
	const bool version = strcmp(name, "--version") == 0;
	const struct command *command;
	char quoted[PARSE_QUOTE_MAX];
	int status = STATUS_OK;

	log_claim();
	if (!version && (command = find_command(name))->set != 0)
		status = run(command, argc - 1, argv + 1);
	else if (strcmp(name, "completion") == 0)
		status = cmd_completion(commands, argc - 1, argv + 1);
	else if (strcmp(name, "explain") == 0)
		status = cmd_explain(argc - 1, argv + 1);
	else if (argc > (version ? 2 : 3))
		log_fatalx(STATUS_USAGE, "unexpected argument \"%s\"", parse_quote(argv[version ? 2 : 3], quoted));
	else if (version)
		puts(PACKAGE " " PACKAGE_VERSION);
	else if (argc > 2 && (command = find_command(argv[2]))->set != 0)
		options_print_help(stdout, command->set);
	else
		print_overview();
	/* Help and results are worth nothing when they did not get out. */
	if (fflush(stdout) == EOF || ferror(stdout))
		log_fatal(STATUS_CANNOT_RUN, "cannot write to standard output");
	return status;
}
