/* SPDX-License-Identifier: MIT
 *
 * What became of a stream: each kind of fault, at each size, however the bytes are
 * cut into reads.
 */
#include "../../src/exchange/difference.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/exchange/observation.h"
#include "../../src/exchange/payload.h"
#include "unit.h"

#define SENT 200000

static struct payload pattern;
static uint8_t sent[SENT], arrived[8 * SENT];
static int64_t length;
static struct observation seen;

static void
append(int64_t from, int64_t bytes)
{
	memcpy(arrived + length, sent + from, (size_t)bytes);
	length += bytes;
}

static void
append_noise(int64_t bytes)
{
	for (int64_t i = 0; i < bytes; i++)
		arrived[length++] = (uint8_t)(i * 7 + 3);
}

/* Feeds what arrived in reads of STEP bytes. */
static void
play(int64_t step)
{
	struct differ differ;

	observation_init(&seen, "");
	differ_init(&differ, &pattern, &seen);
	for (int64_t at = 0; at < length; at += step)
		if (differ_feed(&differ, at, arrived + at, length - at < step ? length - at : step) == -1)
			unit_bail("cannot compare: %s", strerror(errno));
	if (differ_finish(&differ) == -1)
		unit_bail("cannot compare: %s", strerror(errno));
	differ_free(&differ);
}

static void
check(const char *what, int64_t first, int64_t altered, int64_t missing, int64_t repeated,
      int64_t inserted)
{
	static const int64_t steps[] = { 1 << 20, 4096, 1000, 37, 1 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		play(steps[i]);
		if (!unit_ok(seen.first_bad_offset == first && seen.bytes_altered == altered
		                     && seen.bytes_missing == missing && seen.bytes_repeated == repeated
		                     && seen.bytes_inserted == inserted,
		             "%s, in reads of %" PRId64, what, steps[i]))
			printf("# first %" PRId64 ", altered %" PRId64 ", missing %" PRId64 ", repeated %" PRId64
			       ", inserted %" PRId64 "\n",
			       seen.first_bad_offset, seen.bytes_altered, seen.bytes_missing, seen.bytes_repeated,
			       seen.bytes_inserted);
	}
}

static void
check_whole(void)
{
	length = 0;
	append(0, SENT);
	check("nothing differs", -1, 0, 0, 0, 0);
	unit_is_int(seen.differences, 0, "no place at all");
}

static void
check_altered(void)
{
	static const int64_t sizes[] = { 1, 2, 100, 3000 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		length = 0;
		append(0, SENT);
		for (int64_t j = 0; j < sizes[i]; j++)
			arrived[50000 + j] ^= 0x55;
		check("altered in place", 50000, sizes[i], 0, 0, 0);
		unit_is_int(seen.differences, 1, "at one place");
	}
	length = 0;
	append(0, SENT);
	arrived[10] ^= 1;
	arrived[100000] ^= 1;
	arrived[SENT - 6] ^= 1;
	check("altered at three places, the last next to the end", 10, 3, 0, 0, 0);
	unit_is_int(seen.differences, 3, "three places");
}

static void
check_missing(void)
{
	static const int64_t sizes[] = { 1, 7, 1448, 65536 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		length = 0;
		append(0, 30000);
		append(30000 + sizes[i], SENT - 30000 - sizes[i]);
		check("missing", 30000, 0, sizes[i], 0, 0);
	}
}

static void
check_repeated(void)
{
	length = 0;
	for (int i = 0; i < 7; i++)
		append(0, 65536);
	append(65536, SENT - 65536);
	check("a stretch that came seven times", 65536, 0, 0, 6 * 65536, 0);
	unit_ok(seen.repeated_from == 0 && seen.repeated_length == 65536, "which stretch it was");
	length = 0;
	append(0, 20000);
	append(19000, SENT - 19000);
	check("a segment that came twice", 20000, 0, 0, 1000, 0);
	unit_ok(seen.repeated_from == 19000 && seen.repeated_length == 1000, "which segment it was");
}

static void
check_inserted(void)
{
	length = 0;
	append(0, 40000);
	append_noise(13);
	append(40000, SENT - 40000);
	check("bytes that nobody sent", 40000, 0, 0, 0, 13);
	length = 0;
	append(0, 40000);
	append_noise(100000);
	play(4096);
	unit_ok(seen.first_bad_offset == 40000 && seen.differences > 0,
	        "a stream that goes on with somebody else's bytes");
}

static void
check_line_ends(void)
{
	int64_t places = 0;

	/* The pattern has CR LF by chance; a path that rewrites them hits just those. */
	length = 0;
	for (int64_t i = 0; i < SENT; i++) {
		if (sent[i] == '\r' && i + 1 < SENT && sent[i + 1] == '\n') {
			places++;
			continue;
		}
		arrived[length++] = sent[i];
	}
	play(4096);
	unit_ok(places > 0 && seen.bytes_missing == places && seen.line_ends == places
	                && seen.differences == places,
	        "CRLF to LF at each of %" PRId64 " places", places);
}

static void
check_end(void)
{
	length = 0;
	append(0, SENT);
	pattern.size = SENT - 100;
	play(4096);
	unit_ok(seen.first_bad_offset == SENT - 100 && seen.expected_byte == -1 && seen.bytes_inserted == 100,
	        "bytes past the end of what was sent");
	pattern.size = PATTERN_ENDLESS;
}

int
main(void)
{
	if (payload_open_endless(&pattern) == -1)
		unit_bail("no memory: %s", strerror(errno));
	unit_is_int(payload_read(&pattern, 0, sent, SENT), SENT, "what is sent can be read");
	check_whole();
	check_altered();
	check_missing();
	check_repeated();
	check_inserted();
	check_line_ends();
	check_end();
	payload_close(&pattern);
	return unit_done();
}
