/* SPDX-License-Identifier: MIT
 *
 * The live line: carriage return, text, clear to the end of the line; one
 * write(2), so that it never mixes with a log line of another process.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../base/clock.h"
#include "progress.h"
#include "render.h"

static bool drawn;

int
progress_enabled(enum progress_mode mode)
{
	const char *term = getenv("TERM");

	if (mode != PROGRESS_AUTO)
		return mode == PROGRESS_ALWAYS;
	return isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}

/* A live line that cannot be written is not worth an error: whoever closed
 * stderr does not want it. */
static void
put(const char *text, size_t length)
{
	ssize_t written;

	do
		written = write(STDERR_FILENO, text, length);
	while (written == -1 && errno == EINTR);
}

void
progress_draw(const char *format, ...)
{
	char text[512], line[600];
	struct winsize size;
	int saved = errno, columns = 80, length;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		columns = size.ws_col;
	/* One column stays free: many terminals wrap when the last is written. */
	length = snprintf(line, sizeof(line), "\r%.*s\033[K", text_bytes(text, columns - 1), text);
	put(line, (size_t)length);
	drawn = true;
	errno = saved;
}

void
progress_clear(void)
{
	int saved = errno;

	if (!drawn)
		return;
	put("\r\033[K", strlen("\r\033[K"));
	drawn = false;
	errno = saved;
}

/* One decimal, in the largest unit of which there is at least one. */
static void
scaled(double value, const char *suffix, char text[static 32])
{
	static const char *const binary[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", NULL};
	const char *const *units = binary;

	/* 1023.95 would print as 1024.0. */
	while (value >= 1023.95 && units[1] != NULL) {
		value /= 1024;
		units++;
	}
	snprintf(text, 32, "%.1f %s%s", value, *units, suffix);
}

char *
progress_bytes(int64_t bytes, char text[static 32])
{
	if (bytes < 1024)
		snprintf(text, 32, "%lld B", (long long)bytes);
	else
		scaled((double)bytes, "", text);
	return text;
}

char *
progress_rate(int64_t bytes, int64_t ns, char text[static 32])
{
	scaled(ns > 0 ? (double)bytes * 1e9 / (double)ns : 0, "/s", text);
	return text;
}
