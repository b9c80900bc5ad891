/* SPDX-License-Identifier: MIT
 *
 * parse_address: any bytes at all; host and port of what is accepted make an
 * address again that is read to the same parts. A refusal is one line.
 */
#include "../../src/base/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[PARSE_ERROR_MAX], joined[PARSE_HOST_MAX + PARSE_PORT_MAX + 4];
	char *text = strndup((const char *)data, size);
	struct address address, again;

	if (text == NULL)
		return 0;
	if (parse_address(text, &address, error) == 0) {
		const char *format = strchr(address.host, ':') != NULL ? "[%s]:%s" : "%s:%s";

		snprintf(joined, sizeof(joined), format, address.host, address.port);
		if (strcmp(joined, text) != 0 || parse_address(joined, &again, error) == -1 ||
		    strcmp(again.host, address.host) != 0 || strcmp(again.port, address.port) != 0)
			abort();
	} else if (error[0] == '\0' || strchr(error, '\n') != NULL) {
		abort();
	}
	free(text);
	return 0;
}
