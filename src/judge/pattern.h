/* SPDX-License-Identifier: MIT
 *
 * The words for what a path does to half-closed connections.
 */
#ifndef JUDGE_PATTERN_H
#define JUDGE_PATTERN_H

/* Zero is PATTERN_UNKNOWN: what nobody filled in was not diagnosed. */
enum pattern {
#define PATTERN(id, name, does, remedy) PATTERN_##id,
#include "patterns.def"
#undef PATTERN
	PATTERNS,
};

/* Whose FIN, or RST. */
enum sides { SIDE_CLIENT = 1, SIDE_SERVER = 2, SIDE_BOTH = 3 };

/* What an end of the path can try against it. */
enum remedy_kind {
	REMEDY_NONE,
	REMEDY_KEEPALIVE, /* a timer that keepalives restart */
	REMEDY_SIZE,      /* less than the path lets through */
};

enum remedy_kind pattern_remedy(enum pattern pattern);
const char *pattern_name(enum pattern pattern);

/* "closes both directions as soon as the client half-closes": AMOUNT is the time or
 * the size, NULL: some. Returns TEXT. */
#define PATTERN_TEXT_MAX 160
char *pattern_text(enum pattern pattern, unsigned sides, const char *amount,
                   char text[static PATTERN_TEXT_MAX]);

#endif
