/* SPDX-License-Identifier: MIT
 *
 * The file in /etc: libconfig syntax, one group a command and `common` for what
 * all commands share. The only user of libconfig.
 */
#ifndef BASE_CONFFILE_H
#define BASE_CONFFILE_H

#include <stdio.h>

#include "options.h"

/* Applies the groups `common` and then the command's own of the file PATH to
 * OPTIONS, which options_init has set up. PATH "" looks at SYSCONFDIR first,
 * then at /etc, and neither need exist; PATH "none" reads nothing; any other
 * must exist. Relative @include files are looked for beside it. Every group is
 * checked whole, those of other commands too. Returns 0, or -1 with one line in
 * ERROR that begins with FILE:LINE: where there is a line. */
int conffile_load(struct options *options, const char *path,
                  char error[static OPTIONS_ERROR_MAX]);

/* Writes the values in force as a file that conffile_load reads back to the
 * same values, each with its help as a comment: the groups `common` and
 * the command's own. Errors are left to ferror(3). */
void conffile_print(FILE *out, const struct options *options);

#endif
