/* SPDX-License-Identifier: MIT
 *
 * A directory of evidence that one can send to a stranger: the report in the formats
 * for people and in JSON, what this machine is like, and room for what others add to
 * it, such as a capture. Each file is there whole or not at all.
 */
#ifndef REPORT_BUNDLE_H
#define REPORT_BUNDLE_H

#include "report.h"

struct bundle;

/* Makes the directory PATH, whose parent must exist; one that exists must be empty. NULL
 * with one line in ERROR; release with bundle_free. */
#define BUNDLE_ERROR_MAX 1024
struct bundle *bundle_open(const char *path, char error[static BUNDLE_ERROR_MAX]);
void bundle_free(struct bundle *bundle);

/* Writes REPORT in the formats that a bundle has, and TEXT as environment.txt. STYLE as
 * of the report; colours and the width of the terminal are left out. 0, or -1 with errno
 * and the name of the file in *FAILED, which lives as long as BUNDLE. Files that were
 * complete by then stay. */
int bundle_write(struct bundle *bundle, const struct report *report,
                 const struct report_style *style, const char *environment, const char **failed);

/* The path of the capture within the bundle, for whoever writes it, under a temporary
 * name until it is complete. */
const char *bundle_capture(const struct bundle *bundle);

#endif
