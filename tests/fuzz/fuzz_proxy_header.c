/* SPDX-License-Identifier: MIT
 *
 * proxy_header_parse: any bytes, one more at a time. It never wants what lies behind a
 * header, and what a header says is written and read back to the same.
 */
#include "../../src/transport/proxy_header.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_back(enum proxy_header version, const struct proxy_header_says *says)
{
	uint8_t bytes[PROXY_HEADER_MAX];
	size_t length = proxy_header_format(version, &says->source, &says->target, bytes), more;
	char error[SOCK_ERROR_MAX], one[SOCK_NAME_MAX], two[SOCK_NAME_MAX];
	struct proxy_header_says back;

	if (proxy_header_parse(bytes, length, &more, &back, error) != 0)
		abort();
	/* Addresses of two families that mean the same are written as one. */
	if (back.known && strcmp(sock_name(&back.source, one), sock_name(&says->source, two)) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[SOCK_ERROR_MAX] = "";
	struct proxy_header_says says;
	size_t more, least = 0;
	int rc = 1;

	for (size_t have = 0; have <= size && rc == 1; have++) {
		uint8_t *exact = malloc(have + 1);

		if (exact == NULL)
			return 0;
		if (have > 0)
			memcpy(exact, data, have);
		rc = proxy_header_parse(exact, have, &more, &says, error);
		free(exact);
		if (rc == 1 && (more == 0 || have + more > PROXY_HEADER_MAX))
			abort();
		if (rc == 0 && have < least)
			abort(); /* it had wanted more than there was */
		if (rc == 1)
			least = have + more;
		if (rc == -1 && (error[0] == '\0' || strchr(error, '\n') != NULL))
			abort();
	}
	if (rc == 0 && says.known) {
		read_back(PROXY_HEADER_V1, &says);
		read_back(PROXY_HEADER_V2, &says);
	}
	return 0;
}
