/* SPDX-License-Identifier: MIT
 *
 * Theory of operation: each connection is a child's, as everywhere in this
 * program, and leaves what it saw in memory shared with the parent. The reference
 * is played first and alone. What it shows of the reply sets the pace of the
 * others, which run side by side; the slow readers last, since a service that does
 * one thing at a time would keep the others waiting for them.
 */
#include "asking.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/exit_status.h"
#include "../base/log.h"
#include "../daemon/jobs.h"
#include "../exchange/exchange.h"
#include "../exchange/payload.h"
#include "session.h"

#define TICK (100 * NSEC_PER_MSEC)

/* Three at once that take longer than that are enough for a service to bear. */
#define SLOW_SERVICE (1 * NSEC_PER_SEC)

/* One connection: what to play, and, shared with the child that plays it, what
 * came of it. */
struct run {
	const struct variant *variant;
	int number; /* 1..repeat */
	bool done;
	bool tested, skipped;
	struct finding finding;
	int64_t duration;
	struct observation seen;
	struct reply reply;
};

struct asking {
	struct asking_settings settings;
	struct variant_settings variants; /* fitted to the reference */
	struct reference reference;
	struct run *runs; /* shared; repeat of them a variant, in the order of the table */
	size_t count, done; /* runs */
	bool spared;       /* the variants with a half-close are played once */
	size_t first, end; /* of the variants that jobs_run plays now */
	struct asking_row *rows;
};

static int64_t
runs_of(const struct asking *asking, size_t variant)
{
	return variant > 0 && asking->spared ? 1 : asking->settings.repeat;
}

/* What a child looks at while it plays. */
struct watch {
	const struct asking *asking;
	struct run *run;
};

static void
take_bytes(void *context, const uint8_t *data, int64_t length)
{
	struct reply *reply = &((struct watch *)context)->run->reply;
	int64_t room = REPLY_HEAD - reply->head_length;

	if (room > 0) {
		int64_t taken = length < room ? length : room;

		memcpy(reply->head + reply->head_length, data, (size_t)taken);
		reply->head_length += (int)taken;
	}
	if (reply->http)
		http_reply_feed(&reply->parsed, data, (size_t)length);
}

static void
take_event(void *context, const struct observation *seen, const struct event *event)
{
	struct reply *reply = &((struct watch *)context)->run->reply;

	(void)seen;
	if (event->kind == EVENT_EOF && reply->http)
		http_reply_end(&reply->parsed);
}

static enum exchange_wish
steer(void *context, const struct observation *seen, int64_t now, int64_t *again)
{
	const struct watch *watch = context;
	const struct reply *reply = &watch->run->reply;

	return variant_steer(watch->run->variant, &watch->asking->variants, seen,
	                     reply_whole(reply, seen, &watch->asking->reference), reply_framed(reply), now,
	                     again);
}

static void
fail(struct run *run, const char *error)
{
	run->tested = false;
	run->finding.verdict = VERDICT_INCONCLUSIVE;
	run->finding.after = -1;
	snprintf(run->finding.reason, REASON_MAX, "%.*s", REASON_MAX - 1, error);
}

/* The file for the reply of RUN: "behind", "behind-2". -1: none, or with ERROR. */
static int
open_saved(const struct asking *asking, const struct run *run, char error[static SOCK_ERROR_MAX])
{
	char path[4096];
	int fd, length;

	error[0] = '\0';
	if (asking->settings.save == NULL)
		return -1;
	if (run->number == 1)
		length = snprintf(path, sizeof(path), "%s/%s", asking->settings.save, run->variant->name);
	else
		length = snprintf(path, sizeof(path), "%s/%s-%d", asking->settings.save, run->variant->name,
		                  run->number);
	errno = ENAMETOOLONG;
	fd = (size_t)length < sizeof(path) ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
	if (fd == -1)
		snprintf(error, SOCK_ERROR_MAX, "cannot write \"%.500s\": %s", path, strerror(errno));
	return fd;
}

/* The run with number INDEX of those that jobs_run plays now. */
static struct run *
run_at(const struct asking *asking, int64_t index)
{
	int64_t repeat = runs_of(asking, asking->first);
	int64_t variant = (int64_t)asking->first + index / repeat;

	/* All in one phase: whoever reads slowly begins, or it would end last. */
	if (asking->spared)
		variant = (int64_t)asking->end - 1 - index;
	return &asking->runs[variant * asking->settings.repeat + index % repeat];
}

/* In a child. */
static int
play(void *context, int64_t index)
{
	const struct asking *asking = context;
	struct run *run = run_at(asking, index);
	struct watch watch = { asking, run };
	const struct exchange_hooks hooks = {
		.event = take_event, .bytes = take_bytes, .steer = steer, .context = &watch
	};
	struct dial_target target = asking->settings.target;
	struct transport transport = transport_tcp(-1);
	const volatile int *stop;
	struct plan plan = variant_plan(run->variant, &asking->variants, asking->settings.request);
	char error[SOCK_ERROR_MAX];
	int64_t start = clock_now();

	if (run->variant->answers && asking->reference.needs_fin) {
		fail(run, "the service answers an EOF only, so no byte of a reply comes before the FIN");
		run->skipped = true;
		return STATUS_OK;
	}
	stop = session_stop_on_signals();
	plan.expect = asking->settings.expect;
	plan.expect_size = asking->settings.expect_size;
	if (run->variant->small_window)
		target.receive_buffer = asking->variants.receive_buffer;
	plan.output_fd = open_saved(asking, run, error);
	if (error[0] != '\0' || dial(&target, stop, &transport, error) == -1) {
		fail(run, error);
		goto cleanup;
	}
	exchange_play(&transport, &plan, &run->seen, &hooks);
	run->tested = true;
	if (run->variant->half_closes)
		run->finding = judge_reply(&plan, &run->seen, &run->reply, &asking->reference, &run->skipped);
	else
		run->finding = judge_open(&asking->variants, &run->seen, &run->reply);
cleanup:
	transport_close(&transport);
	if (plan.output_fd != -1 && close(plan.output_fd) == -1)
		fail(run, "cannot write what arrived to its file");
	run->duration = clock_now() - start;
	return STATUS_OK;
}

static bool
note_ended(void *context, int64_t index, int status)
{
	struct asking *asking = context;
	struct run *run = run_at(asking, index);

	run->done = true;
	asking->done++;
	if (status == -1)
		fail(run, "no process could be started for it");
	else if (WIFSIGNALED(status))
		fail(run, "its process was ended by a signal");
	log_event(LEVEL_DEBUG, "variant played", LOG_STRING("variant", run->variant->name),
	          LOG_INTEGER("run", run->number), LOG_STRING("verdict", verdict_name(run->finding.verdict)),
	          LOG_STRING("reason", run->finding.reason));
	return false;
}

static bool
tick(void *context)
{
	const struct asking *asking = context;
	const char *name = "";

	for (size_t i = 0; i < variants_count; i++)
		if (!asking->runs[i * (size_t)asking->settings.repeat + (size_t)runs_of(asking, i) - 1].done) {
			name = variants[i].name;
			break;
		}
	asking->settings.tick(asking->settings.context, asking->done, asking->count, name);
	return false;
}

/* Plays the variants from FIRST up to END. As jobs_run. */
static int
play_variants(struct asking *asking, size_t first, size_t end)
{
	const struct jobs jobs = {
		.count = (int64_t)(end - first) * runs_of(asking, first),
		.at_once = asking->settings.at_once,
		.run = play,
		.ended = note_ended,
		.tick = asking->settings.tick != NULL ? tick : NULL,
		.tick_interval = TICK,
		.context = asking,
	};

	asking->first = first;
	asking->end = end;
	return jobs_run(&jobs);
}

/* What the runs of ROW came to, which begin at RUNS: the worst of those that count. */
static void
sum_up(struct asking_row *row, const struct run *runs, int64_t repeat)
{
	const struct run *shown = &runs[0];
	int played = 0;

	for (int64_t i = 1; i < repeat; i++) {
		bool worse = verdict_worse(shown->finding.verdict, runs[i].finding.verdict)
		             != shown->finding.verdict;

		if (runs[i].skipped != shown->skipped ? shown->skipped : worse)
			shown = &runs[i];
	}
	*row = (struct asking_row){
		.variant = shown->variant,
		.tested = shown->tested,
		.skipped = shown->skipped,
		.finding = shown->finding,
		.seen = shown->seen,
		.reply = shown->reply,
		.duration = shown->duration,
	};
	for (int64_t i = 0; i < repeat; i++) {
		played += runs[i].done;
		row->alike += runs[i].done && runs[i].skipped == shown->skipped
		              && runs[i].finding.verdict == shown->finding.verdict;
	}
	row->runs = played;
	if (row->alike < played && verdict_status(row->finding.verdict) != STATUS_OK && !row->skipped) {
		char reason[REASON_MAX];

		memcpy(reason, row->finding.reason, REASON_MAX);
		snprintf(row->finding.reason, REASON_MAX, "in %d of %d runs: %.*s", row->alike, played,
		         REASON_MAX - 40, reason);
	}
}

/* From the first runs, which are those of the reference. Returns whether anything
 * can be compared with it; otherwise REASON says why not. */
static bool
set_reference(struct asking *asking, char reason[static REASON_MAX])
{
	int64_t repeat = asking->settings.repeat;
	bool good = true;

	for (int64_t i = 0; i < repeat; i++) {
		const struct run *run = &asking->runs[i];

		if (run->finding.verdict != VERDICT_PRESERVED)
			good = false;
		else
			reference_add(&asking->reference, &run->seen, &run->reply);
	}
	if (good && asking->reference.known) {
		variants_follow(&asking->variants, &asking->reference.pace);
		return true;
	}
	asking->reference.known = false;
	snprintf(reason, REASON_MAX, "not played, because %s",
	         good ? "the service gives more than one status without a half-close"
	              : "open is inconclusive");
	return false;
}

/* Variants from FIRST up to the one returned are played side by side. */
static size_t
end_of_phase(const struct asking *asking, size_t first)
{
	size_t end = first + 1;

	/* A service that is so slow anyway is not slowed down by one slow reader. */
	while (end < variants_count
	       && (asking->spared || variants[end].reads_slowly == variants[first].reads_slowly))
		end++;
	return end;
}

/* One run a variant from here on. */
static void
spare(struct asking *asking)
{
	asking->spared = true;
	asking->count = (size_t)asking->settings.repeat + variants_count - 1;
}

int
asking_run(struct asking *asking)
{
	size_t repeat = (size_t)asking->settings.repeat;
	char reason[REASON_MAX];
	int caught = play_variants(asking, 0, 1);

	if (caught == 0) {
		if (set_reference(asking, reason)) {
			if (asking->settings.spare && asking->reference.pace.last_byte_most > SLOW_SERVICE)
				spare(asking);
			for (size_t i = 1; i < variants_count && caught == 0; i = end_of_phase(asking, i))
				caught = play_variants(asking, i, end_of_phase(asking, i));
		} else
			for (size_t i = repeat; i < asking->count; i++)
				fail(&asking->runs[i], reason);
	}
	for (size_t i = 0; i < variants_count; i++)
		sum_up(&asking->rows[i], &asking->runs[i * repeat], runs_of(asking, i));
	return caught;
}

static size_t
runs_size(const struct asking *asking)
{
	return variants_count * (size_t)asking->settings.repeat * sizeof(*asking->runs);
}

struct asking *
asking_new(const struct asking_settings *settings)
{
	struct asking *asking = calloc(1, sizeof(*asking));
	size_t repeat = (size_t)settings->repeat;

	if (asking == NULL)
		return NULL;
	asking->settings = *settings;
	asking->variants = settings->variants;
	asking->variants.settle = settings->variants.idle / 4;
	asking->count = variants_count * repeat;
	asking->rows = calloc(variants_count, sizeof(*asking->rows));
	asking->runs = mmap(NULL, runs_size(asking), PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (asking->rows == NULL || asking->runs == MAP_FAILED) {
		int error = errno;

		if (asking->runs == MAP_FAILED)
			asking->runs = NULL;
		asking_free(asking);
		errno = error;
		return NULL;
	}
	for (size_t i = 0; i < asking->count; i++) {
		struct run *run = &asking->runs[i];

		run->variant = &variants[i / repeat];
		run->number = (int)(i % repeat) + 1;
		run->reply.http = settings->http;
		http_reply_init(&run->reply.parsed);
		observation_init(&run->seen, "client");
		fail(run, "interrupted before it was played");
	}
	return asking;
}

void
asking_free(struct asking *asking)
{
	if (asking == NULL)
		return;
	if (asking->runs != NULL)
		munmap(asking->runs, runs_size(asking));
	free(asking->rows);
	free(asking);
}

const struct asking_row *
asking_rows(const struct asking *asking, size_t *count)
{
	*count = variants_count;
	return asking->rows;
}

const struct reference *
asking_reference(const struct asking *asking)
{
	return &asking->reference;
}

const struct variant_settings *
asking_variants(const struct asking *asking)
{
	return &asking->variants;
}

enum verdict
asking_verdict(const struct asking *asking)
{
	enum verdict worst = VERDICT_INCONCLUSIVE;
	bool counted = false;

	for (size_t i = 0; i < variants_count; i++) {
		const struct asking_row *row = &asking->rows[i];

		if (row->skipped || (!row->variant->half_closes && row->finding.verdict == VERDICT_PRESERVED))
			continue;
		worst = counted ? verdict_worse(worst, row->finding.verdict) : row->finding.verdict;
		counted = true;
	}
	return worst;
}
