/* SPDX-License-Identifier: MIT
 *
 * The pattern's bytes as the header promises them, its seals, and comparing with
 * pattern and file at every kind of border.
 */
#include "../../src/exchange/payload.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static bool
is_prime(int64_t number)
{
	for (int64_t i = 2; i * i <= number; i++)
		if (number % i == 0)
			return false;
	return number > 1;
}

static void
test_block(void)
{
	/* The first outputs of SplitMix64 from seed 0, as published with it. */
	static const uint8_t first[] = { 0xaf, 0xcd, 0x1d, 0x7b, 0x39, 0xa8, 0x20, 0xe2,
	                                 0xf4, 0x65, 0xb9, 0xa1, 0x6a, 0x9e, 0x78, 0x6e };
	struct payload payload;
	uint8_t bytes[sizeof first];
	struct stat st;

	unit_ok(is_prime(PAYLOAD_BLOCK), "the block's length is a prime");
	if (payload_open_pattern(&payload, 100 * PAYLOAD_BLOCK) != 0)
		unit_bail("no pattern: %s", strerror(errno));
	unit_ok(fstat(payload.fd, &st) == 0 && st.st_size == payload.block,
	   "the descriptor holds block bytes");
	unit_is_int(payload.map_size, payload.block, "and so does the map");
	unit_is_int(payload.block % PAYLOAD_BLOCK, 0, "whole blocks");
	unit_is_int(payload.size, 100 * PAYLOAD_BLOCK, "the size is what was asked for");
	unit_ok(memcmp(payload.map, first, sizeof first) == 0, "it begins as documented");
	unit_ok(memcmp(payload.map + PAYLOAD_BLOCK, first, sizeof first) == 0, "it repeats");
	unit_ok(pread(payload.fd, bytes, sizeof bytes, PAYLOAD_BLOCK) == sizeof bytes &&
	   memcmp(bytes, first, sizeof first) == 0, "the descriptor reads the same");
	unit_ok(fcntl(payload.fd, F_GETFD) & FD_CLOEXEC, "close-on-exec");
	unit_ok(pwrite(payload.fd, "x", 1, 0) == -1 && errno == EPERM, "sealed against writing");
	unit_ok(ftruncate(payload.fd, 10) == -1 && errno == EPERM, "sealed against shrinking");
	unit_ok(ftruncate(payload.fd, payload.block + 1) == -1 && errno == EPERM,
	   "sealed against growing");
	payload_close(&payload);
	unit_is_int(payload.fd, -1, "closed");
	unit_ok(payload.map == NULL, "unmapped");
}

static void
test_pattern_sizes(void)
{
	static const struct {
		int64_t size, block;
	} cases[] = {
		{ 0, 1 },
		{ 1, 1 },
		{ 7, 7 },
		{ 65536, 65536 },
		{ PAYLOAD_BLOCK - 1, PAYLOAD_BLOCK - 1 },
		{ PAYLOAD_BLOCK, PAYLOAD_BLOCK },
		{ PAYLOAD_BLOCK + 1, 2 * PAYLOAD_BLOCK },
		{ 2 * PAYLOAD_BLOCK, 2 * PAYLOAD_BLOCK },
		{ INT64_C(1) << 50, 4 * PAYLOAD_BLOCK },
		{ INT64_MAX, 4 * PAYLOAD_BLOCK },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct payload payload;
		uint8_t last = 0;
		int expected = -2;

		if (payload_open_pattern(&payload, cases[i].size) != 0)
			unit_bail("no pattern: %s", strerror(errno));
		unit_is_int(payload.block, cases[i].block, "size %lld has its block",
		       (long long)cases[i].size);
		if (cases[i].size > 0)
			last = payload.map[(cases[i].size - 1) % PAYLOAD_BLOCK % payload.block];
		unit_ok(cases[i].size == 0 ||
		   payload_compare(&payload, cases[i].size - 1, &last, 1, &expected) == -1,
		   "size %lld ends where it should", (long long)cases[i].size);
		if (cases[i].size < INT64_MAX) {
			unit_ok(payload_compare(&payload, cases[i].size, &last, 1, &expected) == 0 &&
			   expected == -1, "nothing follows size %lld", (long long)cases[i].size);
		}
		payload_close(&payload);
	}
}

/* Compares LENGTH bytes at OFFSET with what they must be, then with one byte
 * broken at every border in BROKEN. */
static void
test_compare(const struct payload *payload, const char *what, int64_t offset, int64_t length,
             uint8_t (*byte_at)(int64_t))
{
	const int64_t broken[] = { 0, length / 2, length - 1 };
	uint8_t *data = malloc((size_t)length);
	int expected = -2;

	if (data == NULL)
		unit_bail("memory is short");
	for (int64_t i = 0; i < length; i++)
		data[i] = byte_at(offset + i);
	unit_is_int(payload_compare(payload, offset, data, length, &expected), -1,
	       "%s: %lld bytes at %lld are equal", what, (long long)length, (long long)offset);
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		uint8_t right = data[broken[i]];

		data[broken[i]] = (uint8_t)~right;
		unit_is_int(payload_compare(payload, offset, data, length, &expected), broken[i],
		       "%s: %lld bytes at %lld differ at %lld", what, (long long)length,
		       (long long)offset, (long long)broken[i]);
		unit_is_int(expected, right, "%s: and the expected byte is told", what);
		data[broken[i]] = right;
	}
	free(data);
}

static const uint8_t *one_block;

static uint8_t
pattern_byte(int64_t offset)
{
	return one_block[offset % PAYLOAD_BLOCK];
}

static uint8_t
file_byte(int64_t offset)
{
	return (uint8_t)(offset * 7 + (offset >> 8));
}

static void
test_pattern_compare(void)
{
	struct payload payload;

	if (payload_open_pattern(&payload, 100 * PAYLOAD_BLOCK) != 0)
		unit_bail("no pattern: %s", strerror(errno));
	one_block = payload.map;
	test_compare(&payload, "pattern", 0, 1, pattern_byte);
	test_compare(&payload, "pattern", 0, 4096, pattern_byte);
	test_compare(&payload, "pattern", PAYLOAD_BLOCK - 3, 10, pattern_byte);
	test_compare(&payload, "pattern", payload.block - 3, 10, pattern_byte);
	test_compare(&payload, "pattern", payload.block - 5, 5, pattern_byte);
	test_compare(&payload, "pattern", payload.block * 3 - 1, payload.block + 2, pattern_byte);
	payload_close(&payload);
}

static void
test_file(void)
{
	enum { SIZE = 50000 };
	char path[] = "/tmp/payload.XXXXXX";
	char directory[] = "/tmp/payload.XXXXXX";
	struct payload payload;
	uint8_t data[SIZE + 1];
	int expected = -2;
	int fd = mkstemp(path);

	for (int i = 0; i <= SIZE; i++)
		data[i] = file_byte(i);
	if (fd < 0 || write(fd, data, SIZE) != SIZE)
		unit_bail("cannot write %s: %s", path, strerror(errno));
	unit_is_int(payload_open_file(&payload, path), 0, "a file opens");
	unit_is_int(payload.size, SIZE, "with its size");
	unit_is_int(payload.block, SIZE, "which is its block");
	unit_ok(payload.map == NULL && payload.map_size == 0, "and no map");
	test_compare(&payload, "file", 0, SIZE, file_byte);
	test_compare(&payload, "file", 16380, 10, file_byte);
	test_compare(&payload, "file", SIZE - 1, 1, file_byte);
	unit_is_int(payload_compare(&payload, SIZE - 10, data + SIZE - 10, 11, &expected), 10,
	       "a byte past the end differs");
	unit_is_int(expected, -1, "and none was expected");
	if (ftruncate(fd, 100) != 0)
		unit_bail("cannot truncate %s", path);
	unit_is_int(payload_compare(&payload, 0, data, SIZE, &expected), -2, "a file that shrank fails");
	unit_is_int(errno, ENODATA, "and says so");
	payload_close(&payload);

	if (ftruncate(fd, 0) != 0)
		unit_bail("cannot truncate %s", path);
	unit_is_int(payload_open_file(&payload, path), 0, "an empty file opens");
	unit_is_int(payload.size, 0, "its size is 0");
	unit_ok(payload.block > 0, "its block is not, for who divides by it");
	payload_close(&payload);
	close(fd);
	unlink(path);

	unit_ok(payload_open_file(&payload, path) == -1 && errno == ENOENT, "no such file");
	unit_is_int(payload.fd, -1, "leaves no descriptor");
	payload_close(&payload);
	if (mkdtemp(directory) == NULL)
		unit_bail("no directory");
	unit_ok(payload_open_file(&payload, directory) == -1 && errno == EISDIR, "a directory is refused");
	rmdir(directory);
	if (mkfifo(path, 0600) != 0)
		unit_bail("no fifo");
	unit_ok(payload_open_file(&payload, path) == -1 && errno == EINVAL,
	   "a fifo is refused and not waited for");
	unlink(path);
	unit_ok(payload_open_file(&payload, "/dev/null") == -1 && errno == EINVAL, "a device is refused");
}

static void
test_memory(void)
{
	struct payload payload;
	uint8_t bytes[3] = { 1, 0, 2 }, back[4] = { 0 };

	unit_is_int(payload_open_memory(&payload, bytes, 3), 0, "bytes in memory open");
	unit_is_int(payload.size, 3, "with their size");
	unit_ok(pread(payload.fd, back, sizeof(back), 0) == 3 && memcmp(back, bytes, 3) == 0, "as they are");
	payload_close(&payload);
	unit_is_int(payload_open_memory(&payload, NULL, 0), 0, "none at all open as well");
	unit_ok(payload.size == 0 && payload.block > 0, "and are an empty payload");
	payload_close(&payload);
}

int
main(void)
{
	test_block();
	test_pattern_sizes();
	test_pattern_compare();
	test_file();
	test_memory();
	return unit_done();
}
