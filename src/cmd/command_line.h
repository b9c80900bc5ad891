/* SPDX-License-Identifier: MIT
 *
 * The command line as one writes it in a shell, for reports that others read.
 */
#ifndef CMD_COMMAND_LINE_H
#define CMD_COMMAND_LINE_H

#include <stdio.h>

/* TEXT as sh(1) reads it as one word. */
void shell_quote(FILE *out, const char *text);

/* The command and its ARGC arguments from ARGV[0] on; for free(3), NULL with errno.
 * "***" stands for credentials: what precedes an "@" in front of a host, and the values
 * of header fields that carry such. */
char *command_line(int argc, char **argv);

/* TEXT with "***" in these places, for free(3); NULL with errno. */
char *without_credentials(const char *text);

#endif
