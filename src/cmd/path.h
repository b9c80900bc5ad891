/* SPDX-License-Identifier: MIT
 *
 * What check and probe share: the path under test from flags, with a responder
 * of their own at its end where none is named, and the report at the end.
 */
#ifndef CMD_PATH_H
#define CMD_PATH_H

#include "../base/sock.h"
#include "../report/report.h"
#include "../session/fit.h"
#include "../session/session.h"
#include "reach.h"

struct bundle;
struct children;
struct invocation;
struct options;
struct redact;
struct tls;

struct path {
	const struct options *options;
	const struct invocation *invocation;
	struct reach reach;             /* where it begins */
	char server[SOCK_NAME_MAX];     /* the responder at its end */
	const char *via;                /* NULL: none */
	struct bundle *bundle;          /* of --evidence; NULL: none */
	struct redact *redact;          /* of --redact, for all that is written; NULL: none */
	struct tls *tls;                /* of the embedded responder; NULL: none */
	struct children *children;      /* holds the embedded responder; NULL: none */
	int64_t started, started_wall;  /* CLOCK_MONOTONIC, and ns since 1970 */
};

/* Ends the program with STATUS_USAGE or STATUS_CANNOT_RUN when the flags make no
 * path or the responder cannot be started. */
void path_open(struct path *path, const struct options *options,
               const struct invocation *invocation);
void path_close(struct path *path);

/* A row of the report: a first run, without idle time. LOCAL is what this end saw; NULL: no
 * connection came about. */
struct report_row path_row(const char *name, const char *proves, bool half_closes,
                           const struct finding *finding, const struct observation *local,
                           int64_t duration);

/* The same, of what SCENARIO came to. */
struct report_row path_row_of(const struct scenario *scenario, const struct session_result *result);

/* What was measured, and chosen for it. */
struct report_path_facts path_facts(const struct fit_path *path, const struct fit *fit);

/* Makes the directory of --evidence, and remembers what --redact will replace, if these
 * are given. Ends the program with STATUS_CANNOT_RUN when the directory cannot be made or
 * used. */
void path_open_evidence(struct path *path);

/* Writes REPORT as --format, --output and --evidence ask, having filled in the path,
 * the times and TESTED. Returns the exit status: that of its verdict, or
 * STATUS_CANNOT_RUN when nothing was TESTED, or not all of it could be written, which is
 * logged. */
int path_report(const struct path *path, struct report *report, bool tested);

#endif
