/* SPDX-License-Identifier: MIT
 *
 * How the judge's files word a finding. Not for others: verdict.h is.
 */
#ifndef JUDGE_FINDING_H
#define JUDGE_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/span.h"
#include "evidence.h"
#include "verdict.h"

struct finding finding(enum verdict verdict, int64_t after, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define SPAN(ns) SPAN_FINE(ns)

/* "ECONNRESET"; never NULL. */
const char *finding_error_name(int error);

/* What ends an exchange without a word about the path; a difference of bytes;
 * no half-close at all. The first two return false when there is none. */
bool finding_could_not_test(const struct observation *seen, const char *where,
                            struct finding *found);
bool finding_corrupted(const struct observation *seen, const char *where, struct finding *found);
struct finding finding_never_half_closed(const struct observation *seen, const char *where);

/* A stream that was silent for less than that when time ran out, still ran. */
#define STILL_RUNNING INT64_C(1000000000)

/* idle.c: a connection that was silent in both directions, nobody having closed. */
struct finding judge_idle(const struct evidence *evidence, const struct end *sink,
                          const struct end *source);
/* Whether a FIN came while END was silent and its peer had no reason to send one. */
bool idle_fin_during_hold(const struct end *end);

#endif
