/* SPDX-License-Identifier: MIT
 *
 * The files of a bundle, and nothing else in their directory: what lies there already
 * may be somebody's, or evidence of another run, and is neither replaced nor mixed.
 */
#include "bundle.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/parse.h"

#define REPORT "report."
#define ENVIRONMENT "environment.txt"
#define CAPTURE "capture.pcap"

struct bundle {
	char *directory;
	char capture[PATH_MAX];
	char file[PATH_MAX]; /* that is being written */
};

/* 0; or -1 with ERROR when something is in the directory, or it cannot be read. */
static int
expect_empty(const char *path, char error[static BUNDLE_ERROR_MAX])
{
	char quoted[PARSE_QUOTE_MAX], found[PARSE_QUOTE_MAX];
	DIR *directory = opendir(path);
	const struct dirent *entry;

	parse_quote(path, quoted);
	if (directory == NULL) {
		snprintf(error, BUNDLE_ERROR_MAX, "cannot use \"%s\" for evidence: %s", quoted, strerror(errno));
		return -1;
	}
	do {
		errno = 0;
		entry = readdir(directory);
	} while (entry != NULL && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
	if (entry != NULL)
		snprintf(error, BUNDLE_ERROR_MAX,
		         "directory \"%s\" contains \"%s\": evidence requires a new or an empty directory", quoted,
		         parse_quote(entry->d_name, found));
	else if (errno != 0)
		snprintf(error, BUNDLE_ERROR_MAX, "cannot read directory \"%s\": %s", quoted, strerror(errno));
	else
		*error = '\0';
	closedir(directory);
	return *error == '\0' ? 0 : -1;
}

struct bundle *
bundle_open(const char *path, char error[static BUNDLE_ERROR_MAX])
{
	struct bundle *bundle = calloc(1, sizeof(*bundle));
	char quoted[PARSE_QUOTE_MAX];

	parse_quote(path, quoted);
	if (bundle == NULL || (bundle->directory = strdup(path)) == NULL) {
		snprintf(error, BUNDLE_ERROR_MAX, "cannot create \"%s\": out of memory", quoted);
		goto fail;
	}
	if (snprintf(bundle->capture, sizeof(bundle->capture), "%s/" CAPTURE, path) >= PATH_MAX - 16) {
		snprintf(error, BUNDLE_ERROR_MAX, "cannot create \"%s\": %s", quoted, strerror(ENAMETOOLONG));
		goto fail;
	}
	if (mkdir(path, 0777) == -1) {
		if (errno != EEXIST) {
			snprintf(error, BUNDLE_ERROR_MAX, "cannot create directory \"%s\": %s", quoted, strerror(errno));
			goto fail;
		}
		if (expect_empty(path, error) == -1)
			goto fail;
	}
	snprintf(bundle->file, sizeof(bundle->file), "%s/" ENVIRONMENT, path);
	if (report_writable(bundle->file) == -1) {
		snprintf(error, BUNDLE_ERROR_MAX, "cannot write to directory \"%s\": %s", quoted, strerror(errno));
		goto fail;
	}
	return bundle;
fail:
	bundle_free(bundle);
	return NULL;
}

void
bundle_free(struct bundle *bundle)
{
	if (bundle != NULL)
		free(bundle->directory);
	free(bundle);
}

const char *
bundle_capture(const struct bundle *bundle)
{
	return bundle->capture;
}

/* Opens the file NAME of the bundle. */
static struct report_file *
open_file(struct bundle *bundle, const char *name, const char *extension, FILE **out)
{
	snprintf(bundle->file, sizeof(bundle->file), "%s/%s%s", bundle->directory, name, extension);
	return report_open(bundle->file, out);
}

int
bundle_write(struct bundle *bundle, const struct report *report, const struct report_style *style,
             const char *environment, const char **failed)
{
	const struct report_style plain = {.unicode = true, .verbose = style->verbose};
	struct report_file *file;
	FILE *out;

	*failed = bundle->file;
	for (size_t i = 0; i < report_formats_count; i++) {
		const struct report_format *format = &report_formats[i];

		if (!format->in_bundle)
			continue;
		file = open_file(bundle, REPORT, format->extension, &out);
		if (file == NULL)
			return -1;
		if (report_write(out, format, report, &plain) == -1) {
			report_discard(file);
			return -1;
		}
		if (report_commit(file) == -1)
			return -1;
	}
	file = open_file(bundle, ENVIRONMENT, "", &out);
	if (file == NULL)
		return -1;
	fputs(environment, out);
	return report_commit(file); /* which asks whether that was written */
}
