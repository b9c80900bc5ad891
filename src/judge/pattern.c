/* SPDX-License-Identifier: MIT
 *
 * The words of the patterns, and the sentence that each makes.
 */
#include "pattern.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *does;
	enum remedy_kind remedy;
} rows[PATTERNS] = {
#define PATTERN(id, name, does, remedy) { name, does, REMEDY_##remedy },
#include "patterns.def"
#undef PATTERN
};

const char *
pattern_name(enum pattern pattern)
{
	return (unsigned)pattern < PATTERNS ? rows[pattern].name : NULL;
}

enum remedy_kind
pattern_remedy(enum pattern pattern)
{
	return (unsigned)pattern < PATTERNS ? rows[pattern].remedy : REMEDY_NONE;
}

char *
pattern_text(enum pattern pattern, unsigned sides, const char *amount,
             char text[static PATTERN_TEXT_MAX])
{
	const char *end = sides == SIDE_CLIENT   ? "the client"
	                  : sides == SIDE_SERVER ? "the server"
	                                         : "either end";
	size_t used = 0;

	text[0] = '\0';
	for (const char *rest = rows[pattern].does; *rest != '\0' && used < PATTERN_TEXT_MAX; rest++)
		if (*rest == '@')
			used += (size_t)snprintf(text + used, PATTERN_TEXT_MAX - used, "%s", end);
		else if (*rest == '#')
			used += (size_t)snprintf(text + used, PATTERN_TEXT_MAX - used, "%s",
			                         amount != NULL ? amount : "some time");
		else
			used += (size_t)snprintf(text + used, PATTERN_TEXT_MAX - used, "%c", *rest);
	return text;
}
