/* SPDX-License-Identifier: MIT
 *
 * One request to a service that is not ours, in every variant: first without a
 * half-close, then with one, each on connections of its own; and what all of that
 * came to. Returns errors, never exits.
 */
#ifndef SESSION_ASKING_H
#define SESSION_ASKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../exchange/observation.h"
#include "../judge/reply.h"
#include "../judge/variants.h"
#include "../judge/verdict.h"
#include "../transport/dial.h"

struct payload;

/* What to ask, and how. Borrowed by asking_new for as long as that lives. */
struct asking_settings {
	struct dial_target target;
	const struct payload *request;
	bool http;                    /* the reply is HTTP */
	const struct payload *expect; /* what must arrive; NULL: not compared */
	int64_t expect_size;          /* bytes; -1: not known */
	struct variant_settings variants; /* limit, settle and receive_buffer are found */
	int64_t repeat, at_once;
	bool spare; /* where the service is slow, only the reference is repeated */
	const char *save;             /* directory for the replies, NULL: none */
	/* Now and then, in the calling process, for a live line; may be NULL. */
	void (*tick)(void *context, size_t done, size_t count, const char *variant);
	void *context;
};

/* What one variant came to, in all its runs. */
struct asking_row {
	const struct variant *variant;
	int runs, alike;      /* how often it was played; how often with this verdict */
	bool tested;          /* at least once there was a connection */
	bool skipped;         /* the reply left it nothing to test: it does not count */
	struct finding finding;
	/* Of the run that shows the finding; meaningful when tested. */
	struct observation seen;
	struct reply reply;
	int64_t duration;     /* ns */
};

struct asking;

/* NULL with errno when there is no memory. */
struct asking *asking_new(const struct asking_settings *settings);
void asking_free(struct asking *asking);

/* Plays it all. SIGINT and SIGTERM end it early. Returns 0, that signal, or -1
 * with errno. */
int asking_run(struct asking *asking);

/* One row per variant, in the order of the table; and the reference they were set
 * beside. Valid until asking_free. */
const struct asking_row *asking_rows(const struct asking *asking, size_t *count);
const struct reference *asking_reference(const struct asking *asking);

/* The settings as they were played. */
const struct variant_settings *asking_variants(const struct asking *asking);

/* The verdict over all rows that count. */
enum verdict asking_verdict(const struct asking *asking);

#endif
