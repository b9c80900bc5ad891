/* SPDX-License-Identifier: MIT
 *
 * Plans and observations in, a verdict and its reason out. Pure functions: no
 * I/O, no clock, no state.
 */
#ifndef JUDGE_VERDICT_H
#define JUDGE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

struct observation;
struct plan;

/* Zero is VERDICT_INCONCLUSIVE: what nobody filled in was not tested. */
enum verdict {
#define VERDICT(id, name, status, expiry, tells_when, meaning) VERDICT_##id,
#include "verdicts.def"
#undef VERDICT
	VERDICTS,
};

#define REASON_MAX 320

struct finding {
	enum verdict verdict;
	char reason[REASON_MAX]; /* one plain sentence with its numbers, no newline, no full stop */
	int64_t after;           /* ns: how late, or after what idle time or how long after the FIN; -1 */
};

/* The word of PRODUCT's table, such as "idle-expired-reset". NULL past the end. */
const char *verdict_name(enum verdict verdict);
/* VERDICTS when NAME is none. */
enum verdict verdict_by_name(const char *name);

/* enum exit_status of a verdict: 0, 4 or 1. */
int verdict_status(enum verdict verdict);

/* One line of meaning for tables; whether an idle time ended the connection; and
 * whether `after` of such a finding is when the path closed or reset it. */
const char *verdict_meaning(enum verdict verdict);
bool verdict_is_expiry(enum verdict verdict);
bool verdict_tells_when(enum verdict verdict);

/* The one that decides an exit status: broken > inconclusive > one end's words >
 * preserved; the first of two equals stays. */
enum verdict verdict_worse(enum verdict a, enum verdict b);

/* What one end alone can tell. The end that half-closed (client) and the end
 * that went on sending (server) are told apart by the observation. */
struct finding judge_one(const struct plan *plan, const struct observation *seen);

/* What is known of the path beside the two views; all times in ns. Zeros are
 * allowed everywhere: not known. */
struct judge_facts {
	int64_t max_fin_delay; /* how late the FIN may be seen; 0: no limit */
	int64_t rtt;           /* of the path, without queues */
	int64_t lead;          /* from when the request left this end to the local EVENT_CONNECTED */
	bool clocks_known;     /* whether the next two are */
	int64_t offset;        /* the far EVENT_CONNECTED on the local observation's clock … */
	int64_t bound;         /* … give or take that much */
};

/* What both ends together tell. LOCAL is the end that judges; the words "here"
 * and "there" in the reason are from its side. REMOTE NULL: what one end can
 * know, and the reason says that no view came back. */
struct finding judge_both(const struct plan *local_plan, const struct observation *local,
                          const struct plan *remote_plan, const struct observation *remote,
                          const struct judge_facts *facts);

/* What a connection came to: bytes here, there and both, and ns until it was cut as the
 * end saw it that was cut first; -1: nobody was. */
struct judge_reach {
	int64_t bytes[3];
	int64_t time;
};

/* REMOTE may be NULL. */
struct judge_reach judge_reach(const struct observation *local, const struct observation *remote);

/* Adds a connection to the MOST that any came to; one that nobody cut lived as long as
 * this end had it. Begin with zeros. */
void judge_reach_add(struct judge_reach *most, const struct observation *local,
                     const struct observation *remote);

/* What the baseline came to, without the directions in which nothing is missing: they
 * show no limit. */
struct judge_reach judge_reach_limit(const struct observation *local, const struct observation *remote);

/* A path that ends every connection after so many bytes or so long does it without
 * a half-close too, as the baseline shows. When FOUND, of a row that came to REACH, is
 * such an end, it becomes `truncated`, which says so. MOST is the most that any row
 * came to: what one of them went beyond is no limit. */
void judge_limit(const struct finding *baseline, const struct judge_reach *limit,
                 const struct judge_reach *most, const struct judge_reach *reach, struct finding *found);

#endif
