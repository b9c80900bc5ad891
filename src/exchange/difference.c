/* SPDX-License-Identifier: MIT
 *
 * Theory of operation: as long as the stream arrives as it was sent, this costs a
 * memcmp(3). From the first byte that differs, some kilobytes are kept. Then the
 * question is where they go on: at the same place after some bytes that were
 * altered, further on because bytes are missing, or further back because bytes
 * came again or were put in. Having found it, the comparison continues there, so
 * that the next difference is found as well.
 */
#include "difference.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "observation.h"
#include "payload.h"

/* So many equal bytes are no chance. */
#define SURE 24
#define SURE_AT_END 4 /* with nothing after them */

/* How far away the stream is looked for: more than the pattern's period, either way. */
#define REACH (INT64_C(2) << 20)

/* Where in the window the stream may go on; and how far off it is looked for first,
 * where fewer equal bytes are enough. */
#define PLACES 64
#define NEARBY 64
#define SURE_NEARBY 8

/* A wide search is dear. A stream with more differences than that has one cause, and
 * is no longer followed through all of them. */
#define WIDE_SEARCHES 32

void
differ_init(struct differ *differ, const struct payload *expect, struct observation *seen)
{
	*differ = (struct differ){ .expect = expect, .seen = seen };
}

void
differ_free(struct differ *differ)
{
	free(differ->window);
	differ->window = NULL;
}

/* Whether LENGTH bytes of the window from FROM on were sent at OFFSET: 1, 0, or -1
 * with errno. */
static int
goes_on_at(const struct differ *differ, size_t from, size_t length, int64_t offset)
{
	int expected;
	int64_t bad;

	if (offset < 0)
		return 0;
	bad = payload_compare(differ->expect, offset, differ->window + from, (int64_t)length, &expected);
	return bad == -2 ? -1 : bad == -1;
}

/* Where the LENGTH bytes from FROM on were sent, next to EXPECTED, in *FOUND; or -1. */
static void
find_nearest(const struct differ *differ, const uint8_t *around, int64_t start, int64_t size,
             size_t from, size_t length, int64_t expected, int64_t *found)
{
	const uint8_t *needle = differ->window + from, *at = around;
	int64_t best = -1;

	while ((at = memmem(at, (size_t)(around + size - at), needle, length)) != NULL) {
		int64_t place = start + (at - around);

		if (best < 0 || llabs(place - expected) < llabs(best - expected))
			best = place;
		at++;
	}
	*found = best;
}

/* A carriage return that came or went in front of a line feed. */
static bool
is_line_end(const struct differ *differ, int64_t sent_at, int64_t missing, size_t inserted)
{
	uint8_t sent[2];

	if (inserted == 1 && differ->held > 1)
		return differ->window[0] == '\r' && differ->window[1] == '\n';
	return missing == 1 && differ->window[0] == '\n'
	       && payload_read(differ->expect, sent_at, sent, 2) == 2 && sent[0] == '\r' && sent[1] == '\n';
}

/* Counts one difference. */
static void
note(struct differ *differ, int64_t *counter, int64_t bytes)
{
	*counter += bytes;
	differ->seen->differences++;
}

/* Whether the stream continues next to where it is: a few bytes came or went. Returns 1
 * with how many bytes of the window are none of it in *USED and where the rest was
 * sent in *FOUND; 0; or -1. */
static int
find_nearby(const struct differ *differ, int64_t expected, size_t *used, int64_t *found)
{
	uint8_t around[2 * NEARBY + PLACES + SURE_NEARBY];
	int64_t start = expected > NEARBY ? expected - NEARBY : 0;
	int64_t size = payload_read(differ->expect, start, around, sizeof(around));

	if (size == -1)
		return -1;
	/* The smallest change explains it best. */
	for (int64_t moved = 1; moved <= NEARBY; moved++)
		for (int sign = -1; sign <= 1; sign += 2)
			for (size_t k = 0; k < PLACES && k + SURE_NEARBY <= differ->held; k++) {
				int64_t at = expected + (int64_t)k + sign * moved - start;

				/* What came again begins at once; what was put in comes first. */
				if (at < 0 || at + SURE_NEARBY > size || (sign == 1 && k > 0)
				    || (sign == -1 && k != 0 && (int64_t)k != moved)
				    || memcmp(around + at, differ->window + k, SURE_NEARBY) != 0)
					continue;
				*used = k;
				*found = expected + (int64_t)k + sign * moved;
				return 1;
			}
	return 0;
}

/* The window is as full as it gets: decides, and drops from it what is explained. */
static int
resolve(struct differ *differ)
{
	struct observation *seen = differ->seen;
	int64_t expected = differ->at + differ->shift;
	int64_t start = expected > REACH ? expected - REACH : 0, size, found = -1;
	uint8_t *around;
	size_t used = 0;
	int rc = 0;

	/* In place: altered bytes in front of what is as it should be. */
	for (size_t k = 1; k + SURE_AT_END <= differ->held; k++) {
		rc = goes_on_at(differ, k, differ->held - k < SURE ? differ->held - k : SURE,
		                expected + (int64_t)k);
		if (rc == -1)
			return -1;
		if (rc == 1) {
			note(differ, &seen->bytes_altered, (int64_t)k);
			used = k;
			goto cut;
		}
	}
	if (differ->held < SURE) {
		/* Too few bytes before the end to know more. */
		note(differ, &seen->bytes_altered, (int64_t)differ->held);
		used = differ->held;
		goto cut;
	}
	if (find_nearby(differ, expected, &used, &found) == -1)
		return -1;
	if (found < 0 && differ->searches++ < WIDE_SEARCHES) {
		around = malloc((size_t)(2 * REACH));
		if (around == NULL)
			return -1;
		size = payload_read(differ->expect, start, around, 2 * REACH);
		for (size_t k = 0; size > 0 && k < PLACES && k + SURE <= differ->held && found < 0; k++) {
			used = k;
			find_nearest(differ, around, start, size, k, SURE, expected + (int64_t)k, &found);
		}
		free(around);
		if (size == -1)
			return -1;
	}
	if (found < 0) {
		/* Bytes of somebody else's, without an end in sight. */
		note(differ, &seen->bytes_altered, (int64_t)differ->held);
		differ->lost = 1;
		used = differ->held;
		goto cut;
	}

	int64_t moved = found - (expected + (int64_t)used);

	if (moved == -(int64_t)used) {
		if (is_line_end(differ, expected, 0, used))
			seen->line_ends++;
		note(differ, &seen->bytes_inserted, (int64_t)used);
	} else {
		if (used > 0)
			note(differ, &seen->bytes_altered, (int64_t)used);
		if (moved > 0) {
			if (is_line_end(differ, expected, moved, 0))
				seen->line_ends++;
			note(differ, &seen->bytes_missing, moved);
		} else {
			if (seen->bytes_repeated == 0) {
				seen->repeated_from = found;
				seen->repeated_length = -moved;
			}
			note(differ, &seen->bytes_repeated, -moved);
		}
	}
	differ->shift += moved;
cut:
	differ->held -= used;
	differ->at += (int64_t)used;
	memmove(differ->window, differ->window + used, differ->held);
	return 0;
}

/* Drops from the front of the window what arrived as it was sent. Returns the bytes
 * left, or -1. */
static int64_t
skip_equal(struct differ *differ)
{
	int expected;
	int64_t bad;

	if (differ->lost || differ->held == 0) {
		differ->held = 0;
		return 0;
	}
	bad = payload_compare(differ->expect, differ->at + differ->shift, differ->window,
	                      (int64_t)differ->held, &expected);
	if (bad == -2)
		return -1;
	if (bad == -1)
		bad = (int64_t)differ->held;
	differ->held -= (size_t)bad;
	differ->at += bad;
	memmove(differ->window, differ->window + bad, differ->held);
	return (int64_t)differ->held;
}

int
differ_feed(struct differ *differ, int64_t offset, const uint8_t *data, int64_t length)
{
	while (length > 0 && !differ->lost) {
		int64_t taken = 0;

		if (differ->held == 0) {
			struct observation *seen = differ->seen;
			int expected;
			int64_t bad = payload_compare(differ->expect, offset + differ->shift, data, length, &expected);

			if (bad == -2)
				return -1;
			if (bad == -1)
				return 0;
			if (seen->first_bad_offset < 0) {
				seen->first_bad_offset = offset + bad;
				seen->expected_byte = expected;
				seen->got_byte = data[bad];
			}
			/* Beyond the end there is nothing to compare with. */
			if (expected == -1 && offset + differ->shift + bad >= differ->expect->size) {
				note(differ, &seen->bytes_inserted, length - bad);
				differ->lost = 1;
				return 0;
			}
			if (differ->window == NULL && (differ->window = malloc(DIFFERENCE_WINDOW)) == NULL)
				return -1;
			differ->at = offset + bad;
			taken = bad;
		}

		int64_t room = (int64_t)(DIFFERENCE_WINDOW - differ->held);
		int64_t more = length - taken < room ? length - taken : room;

		memcpy(differ->window + differ->held, data + taken, (size_t)more);
		differ->held += (size_t)more;
		taken += more;
		offset += taken;
		data += taken;
		length -= taken;
		while (differ->held == DIFFERENCE_WINDOW)
			if (resolve(differ) == -1 || skip_equal(differ) == -1)
				return -1;
	}
	return 0;
}

int
differ_finish(struct differ *differ)
{
	while (differ->held > 0)
		if (resolve(differ) == -1 || skip_equal(differ) == -1)
			return -1;
	return 0;
}
