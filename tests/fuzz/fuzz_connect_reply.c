/* SPDX-License-Identifier: MIT
 *
 * http_connect_status: any line. A status has three digits, its reason is the line's
 * end, and the line it would make is read back.
 */
#include "../../src/transport/http_connect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = strndup((const char *)data, size);
	const char *reason, *again;
	int status;

	if (line == NULL)
		return 0;
	status = http_connect_status(line, &reason);
	if (status != -1) {
		char *back = NULL;

		if (status < 100 || status > 599 || reason < line || reason > line + strlen(line))
			abort();
		if (asprintf(&back, "HTTP/1.1 %d %s", status, reason) == -1) {
			free(line);
			return 0;
		}
		if (http_connect_status(back, &again) != status || strcmp(again, reason) != 0)
			abort();
		free(back);
	}
	free(line);
	return 0;
}
