/* SPDX-License-Identifier: MIT
 *
 * main() for a fuzz target without libFuzzer: each file on the command line is
 * one input. A property that does not hold aborts, as under the fuzzer.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1 << 20) /* libFuzzer's own limit */

static int
replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(INPUT_MAX), *exact = NULL;
	size_t size;
	int rc = -1;

	if (file == NULL || data == NULL)
		goto cleanup;
	size = fread(data, 1, INPUT_MAX, file);
	if (ferror(file))
		goto cleanup;
	/* Just as large as the input, for AddressSanitizer to see its end. */
	exact = malloc(size > 0 ? size : 1);
	if (exact == NULL)
		goto cleanup;
	memcpy(exact, data, size);
	printf("%s\n", path);
	fflush(stdout); /* names the input that aborts */
	LLVMFuzzerTestOneInput(exact, size);
	rc = 0;

cleanup:
	if (rc == -1)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	if (file != NULL)
		fclose(file);
	free(data);
	free(exact);
	return rc;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (replay(argv[i]) == -1)
			return 1;
	return 0;
}
