/* SPDX-License-Identifier: MIT
 *
 * conffile_load: any bytes at all as a file, for every command. What loads is
 * printed, and what was printed loads and is printed the same. A refusal is one
 * line.
 */
#include "../../src/base/conffile.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig 1.5 forgets the texts that it has read when a syntax error follows
 * them; nobody else can free those. */
const char *lsan_suppressions(void) __asm__("__lsan_default_suppressions");

const char *
lsan_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_\n";
}

/* A file that holds DATA, alone in a folder: in /proc/self/fd an @include "3" would
 * be a descriptor, such as a pipe of a sanitizer, and waited for. */
static void
make_file(const void *data, size_t size, char path[static 64])
{
	int fd;

	snprintf(path, 64, P_tmpdir "/fuzz-conffile.XXXXXX");
	if (mkdtemp(path) == NULL)
		abort();
	strcat(path, "/c");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd == -1 || write(fd, data, size) != (ssize_t)size || close(fd) == -1)
		abort();
}

static void
remove_file(char path[static 64])
{
	if (unlink(path) == -1)
		abort();
	*strrchr(path, '/') = '\0';
	if (rmdir(path) == -1)
		abort();
}

/* What --print-config prints for the file, to be freed; NULL when it is refused. */
static char *
print_loaded(unsigned command, const void *data, size_t size, size_t *printed)
{
	char error[OPTIONS_ERROR_MAX] = "", path[64], *text = NULL;
	struct options options;

	make_file(data, size, path);
	if (options_init(&options, command, error) == -1)
		abort();
	if (conffile_load(&options, path, error) == 0) {
		FILE *out = open_memstream(&text, printed);

		if (out == NULL)
			abort();
		conffile_print(out, &options);
		if (fclose(out) == EOF)
			abort();
	} else if (error[0] == '\0' || strchr(error, '\n') != NULL) {
		abort();
	}
	options_free(&options);
	remove_file(path);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned command = 1; command & COMMAND_ALL; command <<= 1) {
		size_t length = 0, again_length = 0;
		char *text = print_loaded(command, data, size, &length), *again;

		if (text == NULL)
			continue;
		again = print_loaded(command, text, length, &again_length);
		if (again == NULL || again_length != length || memcmp(again, text, length) != 0)
			abort();
		free(again);
		free(text);
	}
	return 0;
}
