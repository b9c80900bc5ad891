/* SPDX-License-Identifier: MIT
 *
 * What is sent, or what must arrive: a file or the built-in pattern, both
 * behind one descriptor that sendfile(2) and mmap(2) take.
 */
#ifndef EXCHANGE_PAYLOAD_H
#define EXCHANGE_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

/* Length of the built-in block in bytes: a prime next to 1 MiB, so that a loss,
 * a duplication or a shift never lines up with a power of two. Its bytes are the
 * 64-bit outputs of SplitMix64 (Steele, Lea, Flood 2014) from seed 0, each as
 * eight bytes, the least significant first; the last output is cut off:
 *     state += 0x9e3779b97f4a7c15
 *     z = state
 *     z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9
 *     z = (z ^ z >> 27) * 0x94d049bb133111eb
 *     output z ^ z >> 31
 * It begins af cd 1d 7b 39 a8 20 e2. The stream is the block, over and over. */
#define PAYLOAD_BLOCK INT64_C(1048583)

struct payload {
	int fd;        /* owned; -1 when there is none */
	int64_t size;  /* bytes of the stream */
	int64_t block; /* bytes behind FD, never 0: the stream starts over after them */
	const uint8_t *map; /* the bytes behind FD, read-only; NULL for a file */
	int64_t map_size;   /* BLOCK, or 0 for a file */
};

/* The regular file PATH as it is now. Returns 0, or -1 with errno: EISDIR for
 * a directory, EINVAL for what is neither file nor directory. */
int payload_open_file(struct payload *payload, const char *path);

/* SIZE (0 or more) bytes of the built-in pattern, in a sealed memfd. Returns 0, or -1 with
 * errno. */
int payload_open_pattern(struct payload *payload, int64_t size);

/* The same without an end of its own, for streams that end when something was
 * seen: PATTERN_ENDLESS bytes. */
#define PATTERN_ENDLESS (INT64_C(1) << 60)
int payload_open_endless(struct payload *payload);

/* A copy of the SIZE bytes at DATA. Returns 0, or -1 with errno. */
int payload_open_memory(struct payload *payload, const void *data, int64_t size);

/* Compares LENGTH bytes at stream offset OFFSET with DATA. Returns -1 when they
 * are equal; otherwise the index of the first byte that differs, with the
 * expected byte in *EXPECTED; -2 with errno when a file could not be read or
 * ends early. Bytes past SIZE are never equal: *EXPECTED is then -1. */
int64_t payload_compare(const struct payload *payload, int64_t offset, const uint8_t *data,
                        int64_t length, int *expected);

/* Copies up to LENGTH bytes at stream offset OFFSET to TO, fewer at the end of the
 * stream. Returns how many, or -1 with errno. */
int64_t payload_read(const struct payload *payload, int64_t offset, uint8_t *to, int64_t length);

void payload_close(struct payload *payload);

#endif
