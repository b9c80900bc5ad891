/* SPDX-License-Identifier: MIT
 *
 * A file, or the built-in pattern in a memfd: sendfile(2) takes both alike, and
 * all children of a server share the one copy that was made before the fork.
 */
#include "payload.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A sendfile(2) ends where the descriptor's bytes end. With one block after it
 * nearly every chunk of 1 MiB would be cut in two; with four, one in four is, and
 * they still fit a processor's cache. */
#define BLOCKS 4

/* Bytes of a file that are held at once while comparing. */
#define COMPARE_STEP 16384

/* SplitMix64, see payload.h: one 64-bit output. */
static uint64_t
next_output(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Fills LENGTH bytes with the stream of blocks. */
static void
generate(uint8_t *bytes, int64_t length)
{
	int64_t once = length < PAYLOAD_BLOCK ? length : PAYLOAD_BLOCK;
	uint64_t state = 0;

	for (int64_t i = 0; i < once; i += 8) {
		uint64_t output = htole64(next_output(&state));
		int64_t left = once - i;

		memcpy(bytes + i, &output, left < 8 ? (size_t)left : 8);
	}
	for (int64_t i = once; i < length; i += once)
		memcpy(bytes + i, bytes, (size_t)(length - i < once ? length - i : once));
}

int
payload_open_file(struct payload *payload, const char *path)
{
	struct stat st;
	int error;

	*payload = (struct payload){ .fd = -1, .block = 1 };
	/* O_NONBLOCK: a fifo is refused below, not waited for (open(2)). */
	payload->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (payload->fd < 0)
		return -1;
	if (fstat(payload->fd, &st) != 0) {
		error = errno;
		goto refused;
	}
	if (!S_ISREG(st.st_mode)) {
		error = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		goto refused;
	}
	payload->size = st.st_size;
	if (st.st_size > 0)
		payload->block = st.st_size;
	return 0;
refused:
	payload_close(payload);
	errno = error;
	return -1;
}

int
payload_open_pattern(struct payload *payload, int64_t size)
{
	int64_t blocks = size / PAYLOAD_BLOCK + (size % PAYLOAD_BLOCK != 0);
	int64_t length = BLOCKS * PAYLOAD_BLOCK;
	void *bytes;
	int error;

	/* A short stream needs no whole block; an empty one needs a byte to map. */
	if (blocks <= 1)
		length = size > 0 ? size : 1;
	else if (blocks < BLOCKS)
		length = blocks * PAYLOAD_BLOCK;
	*payload = (struct payload){ .fd = -1, .size = size, .block = length };
	payload->fd = memfd_create("pattern", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (payload->fd < 0)
		return -1;
	/* Not ftruncate(2): short memory is an error here, not a SIGBUS later. */
	error = posix_fallocate(payload->fd, 0, (off_t)length);
	if (error != 0)
		goto failed;
	bytes = mmap(NULL, (size_t)length, PROT_READ | PROT_WRITE, MAP_SHARED, payload->fd, 0);
	if (bytes == MAP_FAILED) {
		error = errno;
		goto failed;
	}
	generate(bytes, length);
	munmap(bytes, (size_t)length);
	/* From here on no child, however broken, can change what all others send.
	 * F_SEAL_WRITE demands that no writable mapping is left, and forbids shared
	 * ones before Linux 6.7; a private one that is only read is the same. */
	if (fcntl(payload->fd, F_ADD_SEALS,
	          F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
		error = errno;
		goto failed;
	}
	bytes = mmap(NULL, (size_t)length, PROT_READ, MAP_PRIVATE, payload->fd, 0);
	if (bytes == MAP_FAILED) {
		error = errno;
		goto failed;
	}
	payload->map = bytes;
	payload->map_size = length;
	return 0;
failed:
	payload_close(payload);
	errno = error;
	return -1;
}

int
payload_open_endless(struct payload *payload)
{
	return payload_open_pattern(payload, PATTERN_ENDLESS);
}

int
payload_open_memory(struct payload *payload, const void *data, int64_t size)
{
	const uint8_t *rest = data;
	int64_t left = size;

	*payload = (struct payload){ .fd = -1, .size = size, .block = size > 0 ? size : 1 };
	payload->fd = memfd_create("memory", MFD_CLOEXEC);
	if (payload->fd < 0)
		return -1;
	while (left > 0) {
		ssize_t written = write(payload->fd, rest, (size_t)left);

		if (written < 0) {
			int error = errno;

			payload_close(payload);
			errno = error;
			return -1;
		}
		rest += written;
		left -= written;
	}
	return 0;
}

/* The index of the first of LENGTH bytes that differs, or -1. */
static int64_t
first_difference(const uint8_t *a, const uint8_t *b, int64_t length)
{
	if (memcmp(a, b, (size_t)length) == 0)
		return -1;
	for (int64_t i = 0; i < length; i++)
		if (a[i] != b[i])
			return i;
	return -1;
}

int64_t
payload_compare(const struct payload *payload, int64_t offset, const uint8_t *data, int64_t length,
                int *expected)
{
	uint8_t buffer[COMPARE_STEP];
	int64_t within = payload->size > offset ? payload->size - offset : 0;
	int64_t done = 0;

	if (within > length)
		within = length;
	while (done < within) {
		int64_t step = within - done;
		const uint8_t *wanted = buffer;
		int64_t bad;

		if (payload->map != NULL) {
			int64_t at = (offset + done) % payload->block;

			wanted = payload->map + at;
			if (step > payload->block - at)
				step = payload->block - at;
		} else {
			ssize_t got;

			if (step > COMPARE_STEP)
				step = COMPARE_STEP;
			got = pread(payload->fd, buffer, (size_t)step, (off_t)(offset + done));
			if (got < 0 && errno == EINTR)
				continue;
			if (got == 0)
				errno = ENODATA; /* it shrank since it was opened */
			if (got <= 0)
				return -2;
			step = got;
		}
		bad = first_difference(wanted, data + done, step);
		if (bad >= 0) {
			*expected = wanted[bad];
			return done + bad;
		}
		done += step;
	}
	if (within == length)
		return -1;
	*expected = -1;
	return within;
}

int64_t
payload_read(const struct payload *payload, int64_t offset, uint8_t *to, int64_t length)
{
	int64_t done = 0;

	if (offset >= payload->size)
		return 0;
	if (length > payload->size - offset)
		length = payload->size - offset;
	while (done < length) {
		int64_t at = (offset + done) % payload->block;
		int64_t step = length - done < payload->block - at ? length - done : payload->block - at;

		if (payload->map != NULL)
			memcpy(to + done, payload->map + at, (size_t)step);
		else {
			ssize_t got = pread(payload->fd, to + done, (size_t)step, (off_t)at);

			if (got < 0 && errno == EINTR)
				continue;
			if (got < 0)
				return -1;
			if (got == 0)
				break; /* it shrank since it was opened */
			step = got;
		}
		done += step;
	}
	return done;
}

void
payload_close(struct payload *payload)
{
	if (payload->map != NULL)
		munmap((void *)(uintptr_t)payload->map, (size_t)payload->map_size);
	if (payload->fd >= 0)
		close(payload->fd);
	*payload = (struct payload){ .fd = -1, .block = 1 };
}
