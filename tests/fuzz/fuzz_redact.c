/* SPDX-License-Identifier: MIT
 *
 * Text to be redacted (libFuzzer). Wherever an address or a known name stands, it does
 * not stand there any more, and other text is not lost.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const secrets[] = {"10.203.40.50", "2a00:1450:4001::ace", "db.corp.example"};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t half = size / 2;
	char *before = strndup((const char *)data, half), *behind = strndup((const char *)data + half, size - half);
	struct redact *redact = redact_new();

	if (before == NULL || behind == NULL || redact == NULL)
		abort();
	redact_add(redact, "http://db.corp.example/");
	redact_add(redact, before);
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++) {
		/* "db.corp.example6" is another name. */
		if (strcasestr(before, secrets[i]) != NULL || strcasestr(behind, secrets[i]) != NULL)
			continue;
		for (int guess = 0; guess < 2; guess++) {
			size_t length = strlen(before) + strlen(behind) + 64;
			char *text = malloc(length), *array = malloc(length);
			const char *clean;

			if (text == NULL || array == NULL)
				abort();
			snprintf(text, length, "%s %s %s", before, secrets[i], behind);
			snprintf(array, length, "%s", text);
			clean = redact_text(redact, text, guess);
			if (clean == NULL || strcasestr(clean, secrets[i]) != NULL)
				abort();
			redact_array(redact, array, length, guess);
			/* A name that was guessed is known the next time. */
			if (!guess && strncmp(array, clean, length - 1) != 0)
				abort();
			if (strcasestr(array, secrets[i]) != NULL)
				abort();
			free(text);
			free(array);
		}
	}
	redact_free(redact);
	free(before);
	free(behind);
	return 0;
}
