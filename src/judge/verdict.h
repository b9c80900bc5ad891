/* SPDX-License-Identifier: MIT
 *
 * Plans and observations in, a verdict and its reason out. Pure functions: no
 * I/O, no clock, no state.
 */
#ifndef JUDGE_VERDICT_H
#define JUDGE_VERDICT_H

#include <stdint.h>

struct observation;
struct plan;

/* In no order of severity but the first two: see verdict_worse. */
enum verdict {
	VERDICT_PRESERVED,
	VERDICT_INCONCLUSIVE,
	VERDICT_TRUNCATED,
	VERDICT_FULL_CLOSE,
	VERDICT_LINGER_CUTOFF,
	VERDICT_SILENT_DISCARD,
	VERDICT_UPLOAD_TRUNCATED,
	VERDICT_RESET,
	VERDICT_ABORT_MASKED,
	VERDICT_CORRUPTED,
	VERDICT_FIN_LOST,
	VERDICT_FIN_DELAYED,
	VERDICT_EOF_LOST,
	VERDICT_IDLE_EXPIRED_CLOSE,
	VERDICT_IDLE_EXPIRED_RESET,
	VERDICT_IDLE_EXPIRED_BLACKHOLE,
	VERDICT_STALLED,
	VERDICTS,
};

#define REASON_MAX 320

struct finding {
	enum verdict verdict;
	char reason[REASON_MAX]; /* one plain sentence with its numbers, no newline, no full stop */
	int64_t after;           /* ns: how late, or after how long a silence or after the FIN; -1 */
};

/* The word of PRODUCT's table, such as "idle-expired-reset". NULL past the end. */
const char *verdict_name(enum verdict verdict);
/* VERDICTS when NAME is none. */
enum verdict verdict_by_name(const char *name);

/* enum exit_status of a verdict: 0, 4 or 1. */
int verdict_status(enum verdict verdict);

/* The one that decides an exit status: broken > inconclusive > preserved; the
 * first of two broken ones stays. */
enum verdict verdict_worse(enum verdict a, enum verdict b);

/* What one end alone can tell. The end that half-closed (client) and the end
 * that went on sending (server) are told apart by the observation. */
struct finding judge_one(const struct plan *plan, const struct observation *seen);

/* What both ends together tell. LOCAL is the end that judges; the words "here"
 * and "there" in the reason are from its side. REMOTE NULL: as judge_one, and
 * the reason says that no view came back. MAX_FIN_DELAY in ns. */
struct finding judge_both(const struct plan *local_plan, const struct observation *local,
                          const struct plan *remote_plan, const struct observation *remote,
                          int64_t max_fin_delay);

#endif
