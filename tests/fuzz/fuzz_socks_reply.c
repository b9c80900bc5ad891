/* SPDX-License-Identifier: MIT
 *
 * socks5_reply: any bytes, one more at a time, as a proxy may send them. It never
 * wants what is not more, or more than a reply can have, and is of one mind however
 * the bytes come.
 */
#include "../../src/transport/socks5.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[PARSE_ERROR_MAX] = "";
	size_t want, final = 0;
	int rc = 1;

	for (size_t have = 0; have <= size && rc == 1; have++) {
		uint8_t *exact = malloc(have + 1);

		if (exact == NULL)
			return 0;
		if (have > 0)
			memcpy(exact, data, have);
		rc = socks5_reply(exact, have, &want, error);
		if (rc == 1 && (want <= have || want > SOCKS5_REPLY_MAX))
			abort();
		if (rc == -1 && (error[0] == '\0' || strchr(error, '\n') != NULL))
			abort();
		final = have;
		free(exact);
	}
	if (rc != 1 && socks5_reply(data, size, &want, error) != rc)
		abort();
	if (rc == 0 && want != final)
		abort();
	return 0;
}
