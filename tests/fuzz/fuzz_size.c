/* SPDX-License-Identifier: MIT
 *
 * parse_size: any bytes at all; what is accepted is not negative, and what
 * format_size makes of it is read back to the same value. A refusal is one line.
 */
#include "../../src/base/parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[PARSE_ERROR_MAX], printed[PARSE_TEXT_MAX];
	char *text = strndup((const char *)data, size);
	int64_t value = -1, back = -1;

	if (text == NULL)
		return 0;
	if (parse_size(text, &value, error) == 0) {
		if (value < 0 || parse_size(format_size(value, printed), &back, error) == -1 ||
		    back != value)
			abort();
	} else if (value != -1 || error[0] == '\0' || strchr(error, '\n') != NULL) {
		abort();
	}
	free(text);
	return 0;
}
