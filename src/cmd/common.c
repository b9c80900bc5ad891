/* SPDX-License-Identifier: MIT
 *
 * What all commands do alike.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../base/log.h"
#include "../base/options.h"
#include "../report/progress.h"
#include "cmd.h"

int
cmd_open_log(const struct options *options, unsigned command)
{
	bool result_on_stdout = command == COMMAND_CHECK || command == COMMAND_PROBE;
	const char *path = *options->log_file != '\0' ? options->log_file
	                   : result_on_stdout         ? "/dev/stderr"
	                                              : NULL;
	const char *no_color = getenv("NO_COLOR");
	const struct log_settings settings = {
		.group = option_group(command),
		.path = path,
		.level = (enum log_level)options->log_level,
		.format = (enum log_format)options->log_format,
		.colour = (no_color == NULL || *no_color == '\0')
		          && isatty(result_on_stdout ? STDERR_FILENO : STDOUT_FILENO)
		          && *options->log_file == '\0',
		.before = progress_clear,
	};

	return log_open(&settings);
}
