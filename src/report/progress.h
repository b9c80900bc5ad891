/* SPDX-License-Identifier: MIT
 *
 * The live line on stderr: drawn over itself, gone before anything else is
 * printed, silent when stderr is no terminal.
 */
#ifndef REPORT_PROGRESS_H
#define REPORT_PROGRESS_H

#include <stdint.h>

/* In the order of the choices of --progress. */
enum progress_mode { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

/* Whether lines will be drawn, for callers that want to spare the work. */
int progress_enabled(enum progress_mode mode);

/* Replaces the line by the text, cut to the terminal's width; one write(2). */
void progress_draw(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Removes the line, if one is drawn. */
void progress_clear(void);

/* "12.3 MiB", "1.2 GiB/s": for people. TEXT is returned. */
char *progress_bytes(int64_t bytes, char text[static 32]);
char *progress_rate(int64_t bytes, int64_t ns, char text[static 32]);

#endif
