/* SPDX-License-Identifier: MIT
 *
 * The judge in virtual time: random paths with a delay, losses and a box somewhere
 * that keeps or breaks a half-close in one way, played by a small model of two ends.
 * The model knows what the box did; the judge only sees what both ends would.
 */
#include "../../src/judge/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/base/clock.h"
#include "../../src/exchange/observation.h"
#include "../../src/exchange/payload.h"
#include "../../src/judge/scenarios.h"
#include "unit.h"

#define MS NSEC_PER_MSEC
#define NEVER INT64_MAX
#define CHUNKS 16384
#define PATHS 100000

enum fault {
	NONE, CUT, RESET_CLOSER, RESET_BOTH, BLACKHOLE, DISCARD, CORRUPT, HOLD_FIN, DROP_FIN, LATE_FIN, FORGED_FIN,
	FAULTS,
};
static const char *const fault_names[FAULTS] = {
	"none", "cut", "reset the closer", "reset both", "blackhole", "discard", "corrupt", "hold the FIN",
	"drop the FIN", "late FIN", "forged FIN",
};

static const char *const played[] = { "download", "upload", "request", "late", "abort", "client-abort",
	                              "fin-with-data" };

static uint64_t seed;

static uint64_t
roll(void)
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* LOW up to HIGH. */
static int64_t
between(int64_t low, int64_t high)
{
	return low + (int64_t)(roll() % (uint64_t)(high - low + 1));
}

struct path {
	enum fault fault;
	int64_t there, back; /* one way from the closer to the streamer, and back, ns */
	int64_t loss;        /* of 1000 segments */
	int64_t at;          /* where the box is: thousandths of the way from the closer */
	int64_t after;       /* ns after the FIN passed the box */
	bool relay;          /* the box acknowledges by itself */
};

/* What one end notes, in any order; counters are filled in when it is sorted. */
struct diary {
	struct {
		int64_t time;
		enum event_kind kind;
	} events[16];
	int count;
};

static void
write_down(struct diary *diary, int64_t time, enum event_kind kind)
{
	diary->events[diary->count].time = time;
	diary->events[diary->count++].kind = kind;
}

static int
by_time(const void *a, const void *b)
{
	int64_t left, right;

	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return (left > right) - (left < right);
}

/* One direction that carries the stream. */
static struct {
	int64_t sent[CHUNKS], came[CHUNKS]; /* NEVER: it did not arrive */
	int count;
	int64_t chunk;
} stream;

static int64_t
bytes_by(const int64_t *times, int64_t now)
{
	int64_t chunks = 0;

	for (int i = 0; i < stream.count && stream.sent[i] <= now; i++)
		chunks += times[i] <= now;
	return chunks * stream.chunk;
}

static int64_t
mishap(const struct path *path, int64_t rtt)
{
	return between(0, 999) < path->loss ? 200 * MS + rtt + between(0, rtt) : 0;
}

static void
settle(struct observation *seen, struct diary *diary, int64_t zero, bool streams)
{
	qsort(diary->events, (size_t)diary->count, sizeof(diary->events[0]), by_time);
	for (int i = 0; i < diary->count; i++) {
		int64_t now = diary->events[i].time;

		seen->bytes_sent = streams ? bytes_by(stream.sent, now) : 0;
		seen->bytes_received = streams ? 0 : bytes_by(stream.came, now);
		observation_add(seen, diary->events[i].kind, now - zero, 0);
	}
	seen->ended = true;
}

struct play {
	const struct path *path;
	const struct plan *closer_plan, *streamer_plan;
	struct observation closer, streamer;
	int64_t early; /* ns that a forged FIN came before the real one was sent */
	bool hit; /* the box did something that an end could notice */
};

static void
play(struct play *p, int64_t closer_zero, int64_t streamer_zero)
{
	const struct path *path = p->path;
	const struct plan *plan = p->streamer_plan;
	int64_t rtt = path->there + path->back;
	int64_t to_box = path->there * path->at / 1000, from_box = path->there - to_box;
	int64_t back_to_box = path->back - path->back * path->at / 1000, back_from_box = path->back - back_to_box;
	int64_t closer_over = closer_zero + p->closer_plan->read_timeout;
	int64_t streamer_over = streamer_zero + plan->read_timeout;
	int64_t fin = NEVER, fin_seen = NEVER, act = NEVER, due, tail = NEVER, end = NEVER, last = 0, cut_s = NEVER,
		cut_c = NEVER, eof_c = NEVER, started;
	bool waits = plan->send_on == SEND_ON_PEER_FIN, overdue = false;
	struct diary c = { .count = 0 }, s = { .count = 0 };

	stream.count = 0;
	stream.chunk = plan->chunk;
	if (p->closer_plan->fin_on != FIN_ON_RECEIVED)
		fin = closer_zero;
	due = waits ? NEVER : streamer_zero;
	/* The stream, chunk by chunk; the closer's FIN leaves when enough has come. */
	for (;;) {
		if (fin != NEVER && act == NEVER) {
			act = fin + to_box + (path->fault >= CUT && path->fault <= CORRUPT ? path->after : 0);
			switch (path->fault) {
			case DROP_FIN:
			case HOLD_FIN:
				fin_seen = NEVER;
				break;
			case FORGED_FIN:
				fin_seen = fin - path->after > streamer_zero ? fin - path->after : streamer_zero;
				break;
			default:
				fin_seen = fin + path->there + mishap(path, rtt)
				           + (path->fault == LATE_FIN ? path->after : 0);
			}
			if (waits && fin_seen != NEVER)
				due = fin_seen + plan->hold;
		}
		if (due == NEVER || stream.count == CHUNKS)
			break;

		int64_t now = due;

		started = stream.count > 0 ? stream.sent[0] : now;
		if (fin_seen != NEVER && now >= fin_seen && tail == NEVER)
			tail = stream.count * stream.chunk + plan->tail_size;
		if (tail != NEVER && now >= (fin_seen > started ? fin_seen : started) + plan->tail_time
		    && stream.count * stream.chunk >= tail) {
			end = now;
			break;
		}
		if (tail == NEVER && now >= started + plan->fin_patience) {
			overdue = true;
			end = now;
			break;
		}
		if (cut_s != NEVER && now >= cut_s)
			break;
		if (now >= streamer_over)
			break;

		int64_t at_box = now + back_to_box;
		int64_t came = now + path->back + mishap(path, rtt);

		came = came > last ? came : last;
		if (act != NEVER && at_box >= act) {
			switch (path->fault) {
			case CUT:
			case RESET_BOTH:
				came = NEVER;
				if (cut_s == NEVER)
					cut_s = path->fault == CUT ? at_box + from_box : act + from_box;
				break;
			case RESET_CLOSER:
			case BLACKHOLE:
			case DISCARD:
				came = NEVER;
				break;
			default:
				break;
			}
		}
		if (came != NEVER)
			last = came;
		stream.sent[stream.count] = now;
		stream.came[stream.count++] = came;
		if (fin == NEVER && came != NEVER && bytes_by(stream.came, came) >= p->closer_plan->fin_after)
			fin = came;
		due = now + plan->interval;
	}
	/* What each end was told in the end. */
	p->hit = path->fault != NONE && act != NEVER;
	p->early = fin != NEVER && fin_seen != NEVER ? fin - fin_seen : 0;
	if (path->fault == HOLD_FIN && end != NEVER)
		fin_seen = end + back_to_box + from_box;
	if (end != NEVER)
		eof_c = end + path->back + mishap(path, rtt) > last ? end + path->back : last;
	if (act != NEVER && path->fault >= CUT && path->fault <= DISCARD && end != NEVER && end + back_to_box < act)
		p->hit = false; /* too late to matter */
	if (p->hit && (path->fault == CUT || path->fault == RESET_BOTH || path->fault == RESET_CLOSER)) {
		eof_c = path->fault == CUT ? act + back_from_box : NEVER;
		if (eof_c != NEVER && eof_c < last)
			eof_c = last;
		cut_c = path->fault == CUT ? NEVER : act + back_from_box;
		/* A stream that never began is told when it does. */
	}
	if (p->hit && path->fault == BLACKHOLE)
		eof_c = NEVER;

	observation_init(&p->closer, "closer");
	observation_init(&p->streamer, "streamer");
	write_down(&c, closer_zero, EVENT_CONNECTED);
	write_down(&s, streamer_zero, EVENT_CONNECTED);
	if (fin != NEVER) {
		write_down(&c, fin, EVENT_FIN_SENT);
		write_down(&c, path->relay ? fin + to_box + back_from_box : fin + rtt + mishap(path, rtt), EVENT_FIN_ACKED);
	}
	if (stream.count > 0)
		write_down(&s, stream.sent[0], EVENT_SEND_STARTED);
	if (fin_seen != NEVER && (cut_s == NEVER || fin_seen <= cut_s) && fin_seen < streamer_over) {
		write_down(&s, fin_seen, EVENT_FIN_SEEN);
		write_down(&s, fin_seen, EVENT_EOF);
		if (waits && plan->hold > 0)
			write_down(&s, fin_seen, EVENT_HOLD_STARTED);
	}
	if (cut_s != NEVER) {
		bool pipe = fin_seen != NEVER && fin_seen <= cut_s;

		write_down(&s, cut_s, pipe ? EVENT_BROKEN_PIPE : EVENT_RESET);
		p->streamer.error = pipe ? EPIPE : ECONNRESET;
		write_down(&s, cut_s, EVENT_CLOSED);
	} else if (end != NEVER) {
		if (overdue)
			write_down(&s, end, EVENT_FIN_OVERDUE);
		write_down(&s, end, EVENT_ALL_SENT);
		if (plan->aborts && !overdue) {
			write_down(&s, end, EVENT_ABORTED);
			write_down(&s, end, EVENT_CLOSED);
			if (cut_c == NEVER && eof_c != NEVER && !(p->hit && path->fault == CUT)) {
				cut_c = end + path->back;
				eof_c = NEVER;
			}
		} else {
			write_down(&s, end, EVENT_FIN_SENT);
			if (!(p->hit && path->fault == BLACKHOLE))
				write_down(&s, end + 2 * path->back, EVENT_FIN_ACKED);
			write_down(&s, p->hit && path->fault == BLACKHOLE ? streamer_over : end + 3 * rtt + MS,
			           EVENT_CLOSED);
		}
	} else {
		write_down(&s, streamer_over, EVENT_READ_TIMEOUT);
		write_down(&s, streamer_over, EVENT_CLOSED);
	}
	if (cut_c != NEVER) {
		write_down(&c, cut_c, EVENT_RESET);
		p->closer.error = ECONNRESET;
		write_down(&c, cut_c, EVENT_CLOSED);
	} else if (eof_c != NEVER && eof_c < closer_over) {
		write_down(&c, eof_c, EVENT_FIN_SEEN);
		write_down(&c, eof_c, EVENT_EOF);
		write_down(&c, eof_c + rtt, EVENT_CLOSED);
	} else {
		write_down(&c, closer_over, EVENT_READ_TIMEOUT);
		write_down(&c, closer_over, EVENT_CLOSED);
	}
	/* An RST throws away what came and was not read. */
	if (cut_c != NEVER)
		for (int i = 0; i < stream.count; i++)
			if (stream.came[i] > cut_c)
				stream.came[i] = NEVER;
	settle(&p->closer, &c, closer_zero, false);
	settle(&p->streamer, &s, streamer_zero, true);
	p->closer.bytes_received = bytes_by(stream.came, NEVER - 1);
	p->streamer.bytes_sent = stream.count * stream.chunk;
	p->closer.last_received_at = p->streamer.last_sent_at = -1;
	p->closer.last_sent_at = p->streamer.last_received_at = -1;
	for (int i = 0; i < stream.count; i++) {
		p->streamer.last_sent_at = stream.sent[i] - streamer_zero;
		if (stream.came[i] != NEVER)
			p->closer.last_received_at = stream.came[i] - closer_zero;
		if (fin_seen != NEVER && stream.sent[i] >= fin_seen)
			p->streamer.bytes_sent_after_fin += stream.chunk;
		if (fin != NEVER && stream.came[i] != NEVER && stream.came[i] > fin)
			p->closer.bytes_received_after_fin += stream.chunk;
	}
	if (p->hit && path->fault == CORRUPT) {
		p->hit = p->closer.bytes_received_after_fin > 0;
		if (p->hit) {
			p->closer.first_bad_offset = p->closer.bytes_received - 1;
			p->closer.got_byte = 1;
			p->closer.expected_byte = 2;
		}
	}
	p->closer.at_fin_sent.known = p->closer.at_end.known = true;
	p->streamer.at_fin_seen.known = p->streamer.at_end.known = true;
	p->closer.at_fin_sent.rtt_us = p->closer.at_fin_sent.min_rtt_us = (uint32_t)((path->relay ? to_box + back_from_box : rtt) / 1000);
	p->streamer.at_fin_seen.rtt_us = p->streamer.at_fin_seen.min_rtt_us =
		(uint32_t)((path->relay ? from_box + back_to_box : rtt) / 1000);
	if (p->hit && path->fault == BLACKHOLE)
		p->streamer.at_end.send_queue = stream.chunk;
}

static bool
is_one_of(enum verdict verdict, const enum verdict *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (words[i] == verdict)
			return true;
	return false;
}
#define ONE_OF(verdict, ...)                                         \
	is_one_of((verdict), (const enum verdict[]){ __VA_ARGS__ },  \
	          sizeof((const enum verdict[]){ __VA_ARGS__ }) / sizeof(enum verdict))

/* Whether VERDICT is true of what the box did. */
static bool
is_true(const struct path *path, const struct play *p, enum verdict verdict, int64_t max_fin_delay,
        int64_t bound)
{
	bool holds = p->streamer_plan->hold > 0;

	if (!p->hit)
		return verdict == VERDICT_PRESERVED;
	switch (path->fault) {
	case CUT:
		return holds ? ONE_OF(verdict, VERDICT_IDLE_EXPIRED_CLOSE, VERDICT_FULL_CLOSE, VERDICT_LINGER_CUTOFF)
		       : path->after == 0
		               /* Lost segments make at once late. */
		               ? verdict == VERDICT_FULL_CLOSE
		                         || (path->loss > 0 && verdict == VERDICT_LINGER_CUTOFF)
		               : ONE_OF(verdict, VERDICT_LINGER_CUTOFF, VERDICT_FULL_CLOSE);
	case RESET_CLOSER:
	case RESET_BOTH:
		return ONE_OF(verdict, VERDICT_RESET, VERDICT_IDLE_EXPIRED_RESET);
	case BLACKHOLE:
		return ONE_OF(verdict, VERDICT_STALLED, VERDICT_SILENT_DISCARD, VERDICT_IDLE_EXPIRED_BLACKHOLE);
	case DISCARD:
		/* A segment that was lost shortly before may come up to a retransmission later,
		 * and an abort throws away what is missing: then both views cannot tell. */
		return verdict == VERDICT_SILENT_DISCARD
		       || (p->streamer_plan->aborts && path->loss > 0 && verdict == VERDICT_PRESERVED);
	case CORRUPT:
		return verdict == VERDICT_CORRUPTED;
	case HOLD_FIN:
	case DROP_FIN:
		return verdict == VERDICT_FIN_LOST;
	case LATE_FIN:
		/* Within what both ends' clocks and a retransmission leave open. */
		return verdict == VERDICT_FIN_DELAYED || verdict == VERDICT_FIN_LOST
		       || (verdict == VERDICT_PRESERVED
		           && path->after <= max_fin_delay + (path->relay ? 0 : 400 * MS) + 3 * (path->there + path->back));
	case FORGED_FIN:
		/* An abort that follows it looks like the path's. */
		return verdict == VERDICT_FIN_LOST || (p->streamer_plan->aborts && verdict == VERDICT_RESET)
		       || (verdict == VERDICT_PRESERVED && p->early <= 2 * bound);
	case NONE:
	case FAULTS:
		break;
	}
	return false;
}

static bool
try_one(int number)
{
	struct path path = {
		.fault = (enum fault)(roll() % FAULTS),
		.there = between(0, 3) ? between(0, 20 * MS) : between(0, 600 * MS),
		.back = between(0, 3) ? between(0, 20 * MS) : between(0, 600 * MS),
		.loss = between(0, 2) ? 0 : between(0, 50),
		.at = between(0, 1000),
		.relay = between(0, 1),
	};
	const struct scenario *scenario = scenario_find(played[roll() % (sizeof(played) / sizeof(played[0]))]);
	int64_t rtt = path.there + path.back;
	int64_t after_fin = 900 * MS + 4 * rtt;
	struct scenario_settings settings = {
		.size = 65536, .chunk = 4096, .interval = between(2, 20) * MS, .hold = NSEC_PER_SEC,
		.timeout = 6 * NSEC_PER_SEC + 20 * rtt, .after_fin = after_fin,
	};
	int64_t max_fin_delay = 4 * rtt > NSEC_PER_SEC ? 4 * rtt : NSEC_PER_SEC;
	int64_t bound = between(50000, MS) + rtt / 2;
	struct judge_facts facts = { .max_fin_delay = max_fin_delay, .rtt = rtt, .lead = rtt, .clocks_known = true,
		                     .bound = bound };
	struct plan client, responder;
	struct play p = { .path = &path };
	struct finding found;
	bool here_closes, right;
	int64_t far_zero, near_zero = rtt;

	scenario_plans(scenario, &settings, NULL, &client, &responder);
	here_closes = client.closes_first;
	/* A path is as long as its request took. */
	far_zero = here_closes ? path.there : path.back;
	path.after = path.fault == LATE_FIN ? between(0, 3) * NSEC_PER_SEC + between(0, 900) * MS
	             : path.fault == FORGED_FIN
	                     ? between(1, 2000) * MS
	                     : between(0, 2) ? between(100 * MS, after_fin * 4 / 10) : 0;
	p.closer_plan = here_closes ? &client : &responder;
	p.streamer_plan = here_closes ? &responder : &client;
	play(&p, here_closes ? near_zero : far_zero, here_closes ? far_zero : near_zero);
	facts.offset = far_zero - near_zero + between(-bound, bound);
	found = here_closes ? judge_both(&client, &p.closer, &responder, &p.streamer, &facts)
	                    : judge_both(&client, &p.streamer, &responder, &p.closer, &facts);
	right = is_true(&path, &p, found.verdict, max_fin_delay, bound);
	if (!right)
		printf("# path %d: %s, %s, there %.1f ms, back %.1f ms, loss %.1f %%, box at %.2f, after %.1f ms, "
		       "interval %.1f ms%s%s\n#   %s: %s\n",
		       number, scenario->name, fault_names[path.fault], (double)path.there / 1e6,
		       (double)path.back / 1e6, (double)path.loss / 10, (double)path.at / 1000,
		       (double)path.after / 1e6, (double)settings.interval / 1e6, path.relay ? ", relay" : "",
		       p.hit ? "" : ", not hit", verdict_name(found.verdict), found.reason);
	return right;
}

int
main(void)
{
	const char *given = getenv("MODEL_SEED");
	int wrong = 0;

	seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)clock_now();
	printf("# MODEL_SEED=%" PRIu64 "\n", seed);
	for (int i = 0; i < PATHS && wrong < 20; i++)
		wrong += !try_one(i);
	unit_is_int(wrong, 0, "%d random paths are judged as the model knows them", PATHS);
	return unit_done();
}
