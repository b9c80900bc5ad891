/* SPDX-License-Identifier: MIT
 *
 * proxy_url_parse: any bytes at all. What is accepted has a name that is read back to
 * itself, without credentials; what is refused is refused in one line, and what is
 * shown of it ends behind its last "@".
 */
#include "../../src/base/proxy_url.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[PARSE_ERROR_MAX] = "", name[PROXY_NAME_MAX], again[PROXY_NAME_MAX], public[PARSE_ERROR_MAX];
	char *text = strndup((const char *)data, size);
	struct proxy proxy, back;

	if (text == NULL)
		return 0;
	if (proxy_url_parse(text, &proxy, error) == 0) {
		proxy_url_name(&proxy, name);
		if (proxy_url_parse(name, &back, error) == -1 || back.has_user || back.kind != proxy.kind ||
		    back.resolves != proxy.resolves || strcmp(proxy_url_name(&back, again), name) != 0)
			abort();
	} else if (error[0] == '\0' || strchr(error, '\n') != NULL) {
		abort();
	}
	if (strchr(proxy_url_public(text, public, sizeof(public)), '@') != NULL && strchr(text, '@') == NULL)
		abort();
	free(text);
	return 0;
}
