/* SPDX-License-Identifier: MIT
 *
 * The formats as data, and the one way to write any of them.
 */
#include <errno.h>

#include "model.h"
#include "report.h"

#define FORMAT(word, extension, in_bundle) { #word, extension, in_bundle, report_##word },
const struct report_format report_formats[] = {
#include "formats.def"
};
#undef FORMAT
const size_t report_formats_count = sizeof(report_formats) / sizeof(report_formats[0]);

const char *
report_format_word(int64_t index)
{
	if (index < 0 || (size_t)index >= report_formats_count)
		return NULL;
	return report_formats[index].word;
}

int
report_write(FILE *out, const struct report_format *format, const struct report *report,
             const struct report_style *style)
{
	struct model model;
	int rc = -1;

	if (model_init(&model, report) == -1)
		return -1;
	errno = 0;
	if (format->write(out, &model, style) == -1)
		goto cleanup;
	if (fflush(out) == 0 && !ferror(out))
		rc = 0;
	else if (errno == 0) /* the write that failed may lie far back */
		errno = EIO;
cleanup:
	model_free(&model);
	return rc;
}
