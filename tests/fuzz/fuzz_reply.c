/* SPDX-License-Identifier: MIT
 *
 * Reply lines from a responder that may be anybody's (libFuzzer). What is
 * accepted must be read back the same after it was written.
 */
#include <stdlib.h>
#include <string.h>

#include "../../src/wire/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct wire_reply reply, again;
	static char line[WIRE_REPLY_MAX + 1];
	char error[WIRE_ERROR_MAX];
	int length;

	if (wire_parse_reply((const char *)data, size, &reply, error) == -1) {
		size_t used = strnlen(error, sizeof(error));

		if (used == 0 || used == sizeof(error))
			abort();
		for (size_t i = 0; i < used; i++)
			if (error[i] < ' ' || error[i] > '~')
				abort();
		return 0;
	}
	if (reply.observation.event_count > OBSERVATION_EVENTS)
		abort();
	length = wire_format_reply(&reply, line, sizeof(line));
	if (length == -1 || wire_parse_reply(line, (size_t)length - 1, &again, error) == -1 ||
	    again.kind != reply.kind || strcmp(again.error, reply.error) != 0 ||
	    memcmp(&again.observation, &reply.observation, sizeof(reply.observation)) != 0)
		abort();
	return 0;
}
