/* SPDX-License-Identifier: MIT
 *
 * What all commands do alike.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/log.h"
#include "../base/options.h"
#include "../base/signals.h"
#include "../report/progress.h"
#include "cmd.h"

static volatile sig_atomic_t hang_up;

static void
on_hang_up(int signo)
{
	(void)signo;
	hang_up = 1;
}

static void
before_line(void)
{
	progress_clear();
	if (hang_up) {
		hang_up = 0;
		if (log_reopen() == -1)
			log_error("cannot reopen the log file; still using the old one");
	}
}

bool
cmd_colours(int fd)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) && (no_color == NULL || *no_color == '\0')
	       && (term == NULL || strcmp(term, "dumb") != 0);
}

int
cmd_open_log(const struct options *options, unsigned command)
{
	bool result_on_stdout = (command & (COMMAND_CHECK | COMMAND_PROBE | COMMAND_ASK)) != 0;
	const char *path = *options->log_file != '\0' ? options->log_file
	                   : result_on_stdout         ? "/dev/stderr"
	                                              : NULL;
	const struct log_settings settings = {
		.group = option_group(command),
		.path = path,
		.level = (enum log_level)options->log_level,
		.format = (enum log_format)options->log_format,
		.colour = *options->log_file == '\0'
		          && cmd_colours(result_on_stdout ? STDERR_FILENO : STDOUT_FILENO),
		.before = before_line,
	};

	/* A service hears SIGHUP in its own loop. */
	if (*options->log_file != '\0'
	    && (command & (COMMAND_CLIENT | COMMAND_CHECK | COMMAND_PROBE | COMMAND_ASK)) != 0)
		signals_handle_unless_ignored(SIGHUP, on_hang_up);
	return log_open(&settings);
}
