/* SPDX-License-Identifier: MIT
 *
 * What a service's replies tell of it: those without a half-close make the
 * reference, the others are set beside that. One end's view only, so no verdict
 * here says more than that a reply came as it does without. Pure functions.
 */
#ifndef JUDGE_REPLY_H
#define JUDGE_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "http_reply.h"
#include "variants.h"
#include "verdict.h"

struct observation;
struct plan;

/* How the bytes began; enough to tell what speaks there. */
#define REPLY_HEAD 4096

/* What came on one connection, beside its observation. Plain data. */
struct reply {
	bool http; /* an HTTP request was sent, and `parsed` is filled */
	struct http_reply parsed;
	int head_length;
	uint8_t head[REPLY_HEAD];
};

/* Of all replies without a half-close. */
struct reference {
	bool known;      /* false: the service failed anyway, and nothing can be compared */
	bool http;
	int status;      /* of HTTP */
	int64_t least, most; /* bytes */
	bool closes;     /* the service ends the connection, by itself or after the FIN */
	bool notifies;   /* over TLS it says so with a close_notify */
	bool resets;     /* it does so with an RST */
	bool needs_fin;  /* it answered only after the FIN that ended patience */
	struct reply_pace pace;
	char text[HTTP_TEXT_MAX]; /* "HTTP 200, 5133 bytes" */
};

/* "HTTP 200, 5133 bytes", "12 bytes", "no byte of a reply". Returns TEXT. */
char *reply_text(const struct reply *reply, const struct observation *seen,
                 char text[static HTTP_TEXT_MAX]);

/* Whether all of it is there, as far as its bytes tell. REFERENCE may be NULL. */
bool reply_whole(const struct reply *reply, const struct observation *seen,
                 const struct reference *reference);

/* Whether its bytes tell where it ends. */
bool reply_framed(const struct reply *reply);

/* Of one exchange without a half-close: `preserved` when the service answers, else
 * `inconclusive` with what it did. */
struct finding judge_open(const struct variant_settings *settings, const struct observation *seen,
                          const struct reply *reply);

/* Adds an exchange that judge_open found good to REFERENCE, which begins as zeros.
 * Of replies with more than one status nothing is known. */
void reference_add(struct reference *reference, const struct observation *seen,
                   const struct reply *reply);

/* One exchange with a half-close beside the reference, which is known. PLAN is the
 * variant's. *SKIPPED: the reply left the variant nothing to test, which tells
 * nothing against the service; the finding is inconclusive then. */
struct finding judge_reply(const struct plan *plan, const struct observation *seen,
                           const struct reply *reply, const struct reference *reference,
                           bool *skipped);

#endif
