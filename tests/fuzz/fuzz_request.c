/* SPDX-License-Identifier: MIT
 *
 * Request lines from strangers (libFuzzer). What is accepted must be within its
 * type, and read back the same after it was written.
 */
#include <stdlib.h>
#include <string.h>

#include "../../src/wire/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct wire_bounds bounds = { 1 << 30, INT64_MAX, INT64_MAX };
	struct wire_request request, again;
	char error[WIRE_ERROR_MAX], line[WIRE_REQUEST_MAX];
	int length;

	if (wire_parse_request((const char *)data, size, &request, error) == -1) {
		size_t used = strnlen(error, sizeof(error));

		if (used == 0 || used == sizeof(error))
			abort();
		for (size_t i = 0; i < used; i++)
			if (error[i] < ' ' || error[i] > '~')
				abort();
		return 0;
	}
	if (strlen(request.id) != WIRE_ID_MAX - 1 || request.settings.size < 0 ||
	    request.settings.hold < 0 || request.keepalive < 0)
		abort();
	wire_check_bounds(&request, &bounds, error);
	length = wire_format_request(&request, line, sizeof(line));
	/* Absent numbers are written as 0, so that a line may grow too long. */
	if (length == -1)
		return 0;
	if (wire_parse_request(line, (size_t)length - 1, &again, error) == -1 ||
	    memcmp(&request, &again, sizeof(request)) != 0)
		abort();
	return 0;
}
