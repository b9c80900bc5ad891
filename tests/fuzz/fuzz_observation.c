/* SPDX-License-Identifier: MIT
 *
 * Any bytes as the JSON of an observation. What is taken must be sane, and must
 * come back unchanged when it is written and read again.
 */
#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/exchange/observation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
	if (!holds)
		abort();
}

static struct json_object *
parse(const uint8_t *data, size_t size)
{
	struct json_tokener *tokener = json_tokener_new_ex(8);
	struct json_object *json;

	check(tokener != NULL);
	json = json_tokener_parse_ex(tokener, (const char *)data, (int)size);
	json_tokener_free(tokener);
	return json;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct observation taken, back;
	struct json_object *json;

	if (size > 65536)
		return 0;
	json = parse(data, size);
	if (observation_from_json(&taken, json) == 0) {
		struct json_object *written = observation_to_json(&taken), *again;

		check(written != NULL);
		check(taken.event_count <= OBSERVATION_EVENTS);
		for (uint32_t i = 0; i < taken.event_count; i++)
			check(event_name(taken.events[i].kind) != NULL && taken.events[i].at >= 0);
		check(memchr(taken.role, '\0', sizeof taken.role) != NULL);
		check(memchr(taken.local, '\0', sizeof taken.local) != NULL);
		check(memchr(taken.peer, '\0', sizeof taken.peer) != NULL);
		check(taken.bytes_sent >= 0 && taken.bytes_received >= 0);
		check(observation_from_json(&back, written) == 0);
		again = observation_to_json(&back);
		check(again != NULL && json_object_equal(written, again));
		json_object_put(again);
		json_object_put(written);
	}
	json_object_put(json);
	return 0;
}
