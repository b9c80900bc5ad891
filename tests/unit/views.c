/* SPDX-License-Identifier: MIT
 *
 * The table of views: what children publish is found whole or not at all.
 */
#include "../../src/wire/views.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static const char *
id_of(unsigned long n)
{
	static char id[WIRE_ID_MAX];

	snprintf(id, sizeof(id), "%032lx", n);
	return id;
}

/* An observation whose numbers all agree. */
static struct observation
marked(int64_t mark)
{
	struct observation observation;

	observation_init(&observation, "responder");
	observation.ended = true;
	observation.bytes_sent = mark;
	for (int i = 0; i < OBSERVATION_EVENTS; i++)
		observation_add(&observation, EVENT_FIN_SEEN, mark, 1);
	observation.at_end.receive_queue = mark;
	return observation;
}

static bool
agrees(const struct observation *observation)
{
	for (int i = 0; i < OBSERVATION_EVENTS; i++)
		if (observation->events[i].at != observation->bytes_sent)
			return false;
	return observation->ended && observation->at_end.receive_queue == observation->bytes_sent;
}

static void
check_order(void)
{
	struct views *views = views_new(4);
	struct observation seen, out = marked(7);
	unsigned long ticket, old;
	bool newest;

	unit_ok(!views_find(views, id_of(1), &seen), "an empty table knows nothing");
	unit_ok(!views_find(views, id_of(0), &seen), "not even an id of zeros");
	ticket = views_claim(views, id_of(1));
	unit_ok(views_find(views, id_of(1), &seen) && !seen.ended, "a claim is a run that goes on");
	views_publish(views, ticket, &out);
	unit_ok(views_find(views, id_of(1), &seen) && memcmp(&seen, &out, sizeof(out)) == 0,
	        "what was published is found");
	for (unsigned long n = 2; n <= 4; n++)
		views_publish(views, views_claim(views, id_of(n)), &out);
	unit_ok(views_find(views, id_of(1), &seen) && views_find(views, id_of(4), &seen),
	        "as many as there are slots");
	old = ticket;
	ticket = views_claim(views, id_of(5));
	unit_ok(!views_find(views, id_of(1), &seen) && views_find(views, id_of(2), &seen),
	        "the oldest makes room");
	views_publish(views, old, &out);
	unit_ok(views_find(views, id_of(5), &seen) && !seen.ended && !views_find(views, id_of(1), &seen),
	        "and may publish no more");

	newest = true;
	for (int64_t mark = 1; mark <= 9; mark++) {
		out = marked(mark);
		views_publish(views, views_claim(views, id_of(4)), &out);
		newest = newest && views_find(views, id_of(4), &seen) && seen.bytes_sent == mark;
	}
	unit_ok(newest, "of runs with one id the newest is found");
	views_free(views);
	views_free(NULL);
	errno = 0;
	unit_ok(views_new(0) == NULL && errno == EINVAL, "no slots is EINVAL");
}

/* A writer that died half way leaves a slot that is neither old nor new. */
static void
check_torn(void)
{
	struct views *views = views_new(1);
	struct observation seen, out = marked(9);
	char *slot;

	views_publish(views, views_claim(views, id_of(0x1234567890)), &out);
	slot = memmem(views, 256, id_of(0x1234567890), WIRE_ID_MAX - 1);
	slot[WIRE_ID_MAX - 1 + sizeof(out) / 2] ^= 1;
	unit_ok(!views_find(views, id_of(0x1234567890), &seen), "a torn view is unknown");
	views_claim(views, id_of(3));
	unit_ok(views_find(views, id_of(3), &seen), "the next claim makes its slot whole");
	views_free(views);
}

/* Children publish into two slots as fast as they can, some are killed while they
 * do; whatever a reader finds agrees with itself. */
static void
check_crowd(void)
{
	struct views *views = views_new(2);
	struct observation seen;
	pid_t children[4];
	bool whole = true, alive = true;
	unsigned long found = 0;

	fflush(stdout);
	for (unsigned long n = 0; n < 4; n++) {
		children[n] = fork();
		if (children[n] == 0)
			for (int64_t mark = 1; getppid() != 1; mark++) {
				struct observation out = marked(mark);

				views_publish(views, views_claim(views, id_of(n)), &out);
			}
	}
	for (int i = 0; i < 200000 && (i < 2000 || found < 100); i++)
		for (unsigned long n = 0; n < 4; n++)
			if (views_find(views, id_of(n), &seen) && seen.ended) {
				found++;
				whole = whole && agrees(&seen);
			}
	for (int n = 0; n < 4; n++) {
		alive = alive && children[n] > 0 && kill(children[n], SIGKILL) == 0 &&
		    waitpid(children[n], NULL, 0) == children[n];
	}
	unit_ok(alive && found > 0, "views are found while children write");
	unit_ok(whole, "and each is whole");
	views_publish(views, views_claim(views, id_of(9)), &(struct observation){ .ended = true });
	unit_ok(views_find(views, id_of(9), &seen) && seen.ended,
	        "children that were killed block nobody");
	views_free(views);
}

int
main(void)
{
	check_order();
	check_torn();
	check_crowd();
	return unit_done();
}
