/* SPDX-License-Identifier: MIT
 *
 * One result, many renderings. check and probe fill a struct report; every
 * format reads that and nothing else.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../exchange/observation.h"
#include "../judge/diagnosis.h"
#include "../judge/known_timers.h"
#include "../judge/verdict.h"

/* One scenario that was played, or one idle time that was tried. */
struct report_row {
	const char *name;   /* the scenario; "late" and its kin for a trial */
	const char *proves; /* may be NULL */
	bool half_closes;   /* false: it only tells whether the path works */
	int64_t silence;    /* ns; -1 for a scenario of check */
	int64_t duration;   /* ns */
	int run;            /* 1..repeat */
	bool local_known, remote_known;
	struct finding finding;
	struct observation local, remote;
	struct judge_facts facts; /* sets the clocks of both against each other */
	/* Of a variant of ask, whose runs are one row. */
	int runs, alike;        /* how often it was played, how often with this verdict */
	bool skipped;           /* nothing was left for it to test: it does not count */
	const char *reply;      /* "HTTP 200, 5133 bytes"; NULL: no connection came about */
	const uint8_t *head;    /* how the reply begins, to be shown; NULL: not to be */
	size_t head_length;
};

/* What ask adds. */
struct report_ask {
	bool http;             /* the requests were HTTP */
	const char *summary;   /* one sentence, for a bug report */
	const char *reproduce; /* a line for sh(1) that shows the same; NULL: none */
};

/* What probe adds. */
struct report_probe {
	const char *state, *closer;
	char reason[REASON_MAX];
	char grade[GRADE_MAX];
	int64_t lives_at_least; /* ns */
	int64_t dies_before;    /* ns, -1: it lived through --max */
	const struct known_box *culprits[8];
	size_t culprit_count;
	bool remedy_tried;
	int64_t remedy_keepalive; /* ns */
	enum verdict remedy_verdict;
	bool noisy; /* the bounds enclose no timer: an idle time beyond the second one lived */
	bool interrupted;
};

/* What came of the remedy that check tried. */
struct report_remedy {
	const char *tried;    /* "keepalive" or "size"; NULL: none could be */
	const char *scenario; /* that was played with it */
	int64_t keepalive;    /* ns; 0: not that */
	int64_t size;         /* bytes; 0: not that */
	enum verdict verdict;
};

/* What was measured of the path, and what was chosen for it or by the flags; ns,
 * bytes, bytes per second. -1: not known, or of no use to the command. */
struct report_path_facts {
	int64_t rtt;  /* round trip */
	int64_t rate; /* of the slower direction */
	int64_t size; /* one scenario or trial sends so much */
	int64_t chunk, interval;
	int64_t timeout, max_fin_delay, after_fin;
	int64_t jobs;
};

struct report {
	const char *command;   /* "check", "probe" or "ask" */
	int64_t started;       /* wall clock, ns since 1970 */
	int64_t duration;      /* ns */
	/* The path: proxy and via NULL: none, client NULL: not known. */
	const char *client, *proxy, *via, *server;
	const char *invocation; /* the command line for sh(1), without credentials; NULL: not known */
	const char *system;     /* kernel and machine; NULL: not known */
	const struct report_path_facts *facts; /* NULL: nothing is known */
	enum verdict verdict;  /* the worst */
	bool tested;           /* false: not even a connection came about */
	struct report_row *rows;
	size_t row_count;
	struct report_probe *probe; /* NULL: a report of check or ask */
	struct report_ask *ask;     /* NULL: a report of check or probe */
	const struct diagnosis *diagnosis; /* of all rows; NULL: none was made */
	const struct report_remedy *remedy; /* NULL: none was asked for */
};

struct report_style {
	bool colour;  /* SGR sequences */
	bool unicode; /* arrows and lines beyond ASCII */
	bool verbose; /* a ladder for every row, not only for those that failed */
	int width;    /* columns of the terminal; 0: not a terminal */
};

/* A row of formats.def. */
struct model;
struct report_format {
	const char *word;
	const char *extension;
	bool in_bundle; /* a directory of evidence has it */
	/* 0, or -1 with errno when memory is short; what OUT refused is left to ferror(3). */
	int (*write)(FILE *out, const struct model *model, const struct report_style *style);
};
extern const struct report_format report_formats[];
extern const size_t report_formats_count;

/* The word at INDEX, which is its place among the choices of --format; NULL past
 * the end. */
const char *report_format_word(int64_t index);

/* Replaces addresses and host names in all that REPORT says, rows included, and drops
 * what cannot be searched for them: how replies begin. Strings live as long as REDACT. */
struct redact;
void report_redact(struct redact *redact, struct report *report);

/* ROW as the diagnosis reads it; it borrows ROW. */
struct diagnosis_row report_diagnosis_row(const struct report_row *row);

/* Writes REPORT to OUT. Returns 0, or -1 with errno when OUT could not be
 * written or memory was short. */
int report_write(FILE *out, const struct report_format *format, const struct report *report,
                 const struct report_style *style);

/* The two-column picture of both ends' events with times, arrows for FIN, data,
 * RST and EOF, TCP states at the edges. PREFIX begins every line ("# " in TAP). */
void report_ladder(FILE *out, const struct report_row *row, const struct report_style *style,
                   const char *prefix);

/* Opens PATH for a report under a temporary name beside it; report_commit
 * renames it into place, so that readers see the old or the new report, never
 * half of one. PATH "" or NULL is stdout. NULL or -1 with errno. */
struct report_file;
/* Whether report_open will be able to, for whoever has much to do before. Pipes
 * and devices are not opened for it. 0, or -1 with errno. */
int report_writable(const char *path);
struct report_file *report_open(const char *path, FILE **out);
int report_commit(struct report_file *file); /* frees FILE; on -1 PATH is as it was */
void report_discard(struct report_file *file);

#endif
