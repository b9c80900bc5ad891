/* SPDX-License-Identifier: MIT
 *
 * Puts reports into files whole or not at all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include "report.h"

struct report_file {
	FILE *stream;
	char *target;    /* NULL: written in place, nothing to rename */
	char *temporary;
};

static void
release(struct report_file *file)
{
	int saved = errno;

	if (file == NULL)
		return;
	if (file->stream != NULL && file->stream != stdout)
		fclose(file->stream);
	if (file->temporary != NULL)
		unlink(file->temporary);
	free(file->temporary);
	free(file->target);
	free(file);
	errno = saved;
}

/* The name does not end as the target's: node_exporter's textfile collector
 * reads *.prom, and must not meet half of one. */
static int
open_temporary(struct report_file *file)
{
	static const char suffix[] = ".XXXXXX";
	size_t size = strlen(file->target) + sizeof(suffix);
	char *name = malloc(size);
	int fd;

	if (name == NULL)
		return -1;
	snprintf(name, size, "%s%s", file->target, suffix);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd == -1) {
		free(name);
		return -1;
	}
	file->temporary = name;
	/* mkostemp(3) makes it private; whoever collects reports is another user. */
	if (fchmod(fd, 0644) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

struct report_file *
report_open(const char *path, FILE **out)
{
	struct report_file *file = calloc(1, sizeof(*file));
	struct stat st;
	int fd = -1;

	if (file == NULL)
		return NULL;
	if (path == NULL || *path == '\0') {
		*out = file->stream = stdout;
		return file;
	}
	if (stat(path, &st) == -1) {
		if (errno != ENOENT || (file->target = strdup(path)) == NULL)
			goto fail;
		fd = open_temporary(file);
	} else if (S_ISREG(st.st_mode)) {
		/* What a symbolic link points to is replaced, not the link. */
		if ((file->target = realpath(path, NULL)) == NULL)
			goto fail;
		fd = open_temporary(file);
	} else {
		/* A device or a pipe must be written to, never replaced. */
		fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	if (fd == -1)
		goto fail;
	file->stream = fdopen(fd, "w");
	if (file->stream == NULL) {
		int saved = errno;

		close(fd);
		errno = saved;
		goto fail;
	}
	*out = file->stream;
	return file;
fail:
	release(file);
	return NULL;
}

int
report_writable(const char *path)
{
	struct report_file *file;
	struct stat st;
	FILE *out;

	if (path == NULL || *path == '\0')
		return 0;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		errno = EISDIR;
		return S_ISDIR(st.st_mode) ? -1 : 0;
	}
	file = report_open(path, &out);
	if (file == NULL)
		return -1;
	report_discard(file);
	return 0;
}

int
report_commit(struct report_file *file)
{
	int rc = -1;

	errno = 0;
	if (fflush(file->stream) == EOF || ferror(file->stream)) {
		if (errno == 0)
			errno = EIO;
		goto cleanup;
	}
	if (file->temporary != NULL) {
		FILE *stream = file->stream;

		/* Without this a crash of the machine may leave an empty file under
		 * the final name. */
		if (fsync(fileno(stream)) == -1)
			goto cleanup;
		file->stream = NULL;
		if (fclose(stream) == EOF || rename(file->temporary, file->target) == -1)
			goto cleanup;
		free(file->temporary);
		file->temporary = NULL;
	} else if (file->stream != stdout) {
		FILE *stream = file->stream;

		file->stream = NULL;
		if (fclose(stream) == EOF)
			goto cleanup;
	}
	rc = 0;
cleanup:
	release(file);
	return rc;
}

void
report_discard(struct report_file *file)
{
	release(file);
}
