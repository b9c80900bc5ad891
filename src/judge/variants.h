/* SPDX-License-Identifier: MIT
 *
 * The table of variants: how a request can be half-closed. `ask` plays the same
 * request in each, on a connection of its own. No I/O.
 */
#ifndef JUDGE_VARIANTS_H
#define JUDGE_VARIANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../exchange/exchange.h"
#include "../exchange/plan.h"

/* More than that of a reply is not read. */
#define REPLY_MAX (INT64_C(64) << 20)

/* ns, bytes, bytes a second. What a variant needs to know of the reply without a
 * half-close is set once that is known, see variants_follow. */
struct variant_settings {
	int64_t patience;   /* how long `open` waits for the whole reply */
	int64_t idle;       /* idle time after which a reply that has no end of its own is over */
	int64_t timeout;    /* longest time of one connection */
	int64_t late_after; /* from the request to the FIN of `late` */
	int64_t rate;       /* at which `slow` reads; 0: to be found */
	int64_t limit;      /* how long the others wait for the whole reply … */
	int64_t slow_limit; /* … and how long `slow` does */
	int64_t settle;     /* how long a whole reply waits for its EOF */
	int receive_buffer; /* of those that need a small window; 0: the kernel's */
};

struct variant {
	const char *name;
	const char *proves; /* one clause for reports and man pages */
	bool half_closes;   /* false: the reference */
	bool small_window;
	bool reads_slowly;
	bool answers; /* its FIN answers a byte of the reply */
	void (*plan)(const struct variant_settings *, struct plan *);
	/* ns since the start at which the FIN is due, of a plan with FIN_WHEN_TOLD;
	 * INT64_MAX: not yet known. WHOLE as below. */
	int64_t (*fin_due)(const struct variant_settings *, const struct observation *, bool whole);
};

/* The first one is the reference. */
extern const struct variant variants[];
extern const size_t variants_count;

/* The plan of VARIANT for REQUEST, which it borrows. */
struct plan variant_plan(const struct variant *variant, const struct variant_settings *settings,
                         const struct payload *request);

/* What an exchange that plays VARIANT may do next, as the hook `steer` says it.
 * WHOLE: all of the reply is there, as far as its bytes can tell; FRAMED: they can,
 * so that nothing ends before that for lack of data. */
enum exchange_wish variant_steer(const struct variant *variant,
                                 const struct variant_settings *settings,
                                 const struct observation *seen, bool whole, bool framed,
                                 int64_t now, int64_t *again);

/* What the reference has shown of the reply: the first byte and the last came that
 * late at most, and first_byte_least at least, ns after the request; of so many
 * bytes; and whether the service ends the connection. */
struct reply_pace {
	int64_t first_byte_least, last_byte_most;
	int64_t bytes_most;
	bool closes;
};

/* Fits the settings of the other variants to it. */
void variants_follow(struct variant_settings *settings, const struct reply_pace *pace);

#endif
