/* SPDX-License-Identifier: MIT
 *
 * Settings that suit a path: what was measured of it, and what was given, in; all
 * the rest out. Pure functions.
 */
#ifndef SESSION_FIT_H
#define SESSION_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../judge/scenarios.h"

/* A value that was not given. */
#define FIT_AUTO (-1)

struct fit_path {
	int64_t rtt;   /* ns; 0: not known */
	int64_t rate;  /* bytes a second, of the slower direction; 0: not known */
	int64_t limit; /* bytes that a connection carries at most; 0: no limit was seen */
};

/* What was given, FIT_AUTO otherwise; `hold` is always given. */
struct fit_wanted {
	struct scenario_settings settings;
	int64_t max_fin_delay; /* ns */
	int64_t jobs;
};

struct fit {
	struct scenario_settings settings;
	int64_t max_fin_delay;
	int64_t jobs;   /* connections at once that do not disturb each other */
	bool room;      /* they may even send as fast as they can meanwhile */
	int64_t bursts; /* where there is no room: those at once that do so, after the others */
};

/* For ROWS scenarios (at least 1) over PATH. */
struct fit fit_suite(const struct fit_path *path, const struct fit_wanted *wanted, size_t rows);

/* The same for trials of an idle time; only size and jobs may be given. `timeout` is
 * how long after an idle time the data may take. */
struct fit fit_probe(const struct fit_path *path, const struct fit_wanted *wanted);

/* For the first connection over a path, of which only the handshake is known: an
 * unpaced baseline, long enough to measure a rate by it. */
struct scenario_settings fit_prelude(int64_t rtt);

/* How long a request line and its reply may take; how long after this end's own
 * limit the other one may still be at work: both have the same. ns */
int64_t fit_line_timeout(int64_t rtt);
int64_t fit_grace(int64_t rtt);

/* The path's round trip, ns: from end to end even where somebody in between
 * terminates TCP. NEAR and FAR: the kernels' shortest round trips at both ends;
 * ASKED: the shortest time between a request and its reply. 0: not known. */
int64_t fit_rtt(int64_t near, int64_t far, int64_t asked);

#endif
