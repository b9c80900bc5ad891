/* SPDX-License-Identifier: MIT
 *
 * What all commands do alike.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/exit_status.h"
#include "../base/log.h"
#include "../base/options.h"
#include "../base/signals.h"
#include "../exchange/payload.h"
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

void
cmd_open_expected(const struct options *options, struct payload *expected)
{
	if (payload_open_file(expected, options->expect_file) == -1)
		log_fatalx(STATUS_CANNOT_RUN, "cannot compare with \"%s\": %s", options->expect_file,
		           errno == EINVAL ? "not a regular file" : strerror(errno));
	if (options->expect_size >= 0 && options->expect_size != expected->size)
		log_fatalx(STATUS_USAGE, "--expect-size %jd contradicts --expect-file \"%s\", which has %jd bytes",
		           (intmax_t)options->expect_size, options->expect_file, (intmax_t)expected->size);
}
