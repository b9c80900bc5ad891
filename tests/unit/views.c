/* SPDX-License-Identifier: MIT
 *
 * The table of views: what children publish is found whole or not at all.
 */
#include "../../src/wire/views.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
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

/* What a responder does for a connection that asks for a run. */
static int64_t
claim(struct views *views, unsigned long n)
{
	int64_t ticket = views_reserve(views);

	views_claim(views, ticket, id_of(n));
	return ticket;
}

/* The same to its end. */
static void
keep(struct views *views, unsigned long n, const struct observation *out)
{
	int64_t ticket = claim(views, n);

	views_publish(views, ticket, out);
	views_release(views, ticket);
}

static void
check_order(void)
{
	struct views *views = views_new(4);
	struct observation seen, out = marked(7);
	int64_t ticket;
	bool newest;

	unit_ok(!views_find(views, id_of(1), &seen), "an empty table knows nothing");
	unit_ok(!views_find(views, id_of(0), &seen), "not even an id of zeros");
	ticket = claim(views, 1);
	unit_ok(views_find(views, id_of(1), &seen) && !seen.ended, "a claim is a run that goes on");
	views_publish(views, ticket, &out);
	unit_ok(views_find(views, id_of(1), &seen) && memcmp(&seen, &out, sizeof(out)) == 0,
	        "what was published is found");
	views_release(views, ticket);
	for (unsigned long n = 2; n <= 4; n++)
		keep(views, n, &out);
	unit_ok(views_find(views, id_of(1), &seen) && views_find(views, id_of(4), &seen),
	        "as many as there are slots");
	ticket = claim(views, 5);
	unit_ok(!views_find(views, id_of(1), &seen) && views_find(views, id_of(2), &seen),
	        "the oldest makes room");
	views_release(views, ticket);

	newest = true;
	for (int64_t mark = 1; mark <= 9; mark++) {
		out = marked(mark);
		keep(views, 4, &out);
		newest = newest && views_find(views, id_of(4), &seen) && seen.bytes_sent == mark;
	}
	unit_ok(newest, "of runs with one id the newest is found");
	views_free(views);
	views_free(NULL);
	errno = 0;
	unit_ok(views_new(0) == NULL && errno == EINVAL, "no slots is EINVAL");
}

/* Most connections ask for a view and not for a run. */
static void
check_unused(void)
{
	struct views *views = views_new(4);
	struct observation seen, out = marked(7);
	int64_t running = claim(views, 1), tickets[8];

	for (int i = 0; i < 100; i++)
		views_release(views, views_reserve(views));
	keep(views, 2, &out);
	unit_ok(views_find(views, id_of(1), &seen) && views_find(views, id_of(2), &seen),
	        "connections without a run push no view out");
	for (int i = 0; i < 100; i++)
		keep(views, 3, &out);
	unit_ok(views_find(views, id_of(1), &seen), "nor do others push out a run that goes on");
	views_publish(views, running, &out);
	unit_ok(views_find(views, id_of(1), &seen) && seen.ended, "which ends where it began");
	views_release(views, running);

	for (int i = 0; i < 8; i++)
		tickets[i] = claim(views, (unsigned long)i + 10);
	views_publish(views, tickets[0], &out);
	unit_ok(!views_find(views, id_of(10), &seen) && views_find(views, id_of(14), &seen) && !seen.ended,
	        "where more run than there are slots, the newer has the slot");
	for (int i = 0; i < 8; i++)
		views_release(views, tickets[i]);
	for (unsigned long n = 20; n < 24; n++)
		keep(views, n, &out);
	unit_ok(views_find(views, id_of(20), &seen) && views_find(views, id_of(23), &seen),
	        "and later every slot is free again");
	views_free(views);
}

/* Since Linux 5.1. */
static bool
can_seal(void)
{
	int fd = memfd_create("test", MFD_ALLOW_SEALING);
	bool sealed = fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0;

	close(fd);
	return sealed;
}

/* Runs CHANGE in a child that was given TICKET. 0 when it could do that. */
static int
in_child(struct views *views, int64_t ticket, int64_t other, void (*change)(struct views *, int64_t))
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
		if (views_confine(views, ticket) != 0)
			_exit(1);
		change(views, other);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void
publish_forged(struct views *views, int64_t ticket)
{
	const struct observation out = marked(666);

	views_publish(views, ticket, &out);
}

/* Makes all that is mapped of the table writable: at least one mapping must refuse. */
static void
make_writable(struct views *views, int64_t ticket)
{
	unsigned long start, end;
	char line[512], access[8];
	bool refused = false;
	FILE *maps = fopen("/proc/self/maps", "r");

	(void)views;
	(void)ticket;
	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL)
		if (strstr(line, "memfd:views") != NULL && sscanf(line, "%lx-%lx %7s", &start, &end, access) == 3
		    && access[1] != 'w')
			refused = mprotect((void *)start, end - start, PROT_READ | PROT_WRITE) != 0;
	if (!refused)
		_exit(1);
}

static void
check_confined(void)
{
	struct views *views = views_new(3);
	struct observation seen, out = marked(7);
	int64_t ticket = claim(views, 1), other = claim(views, 2), last = claim(views, 3);

	views_publish(views, ticket, &out);
	unit_is_int(in_child(views, other, other, publish_forged), 0, "a child can write to its own slot");
	unit_ok(views_find(views, id_of(2), &seen) && seen.bytes_sent == 666, "and all can read it");
	unit_ok(in_child(views, other, ticket, publish_forged) != 0, "to the one before it not");
	unit_ok(in_child(views, other, last, publish_forged) != 0, "nor to the one behind it");
	unit_ok(views_find(views, id_of(1), &seen) && seen.bytes_sent == 7, "what is kept there stays");
	if (can_seal())
		unit_is_int(in_child(views, other, ticket, make_writable), 0, "nor can it make them writable");
	views_free(views);
}

/* A writer that died half way leaves a slot that is neither old nor new. */
static void
check_torn(void)
{
	struct views *views = views_new(1);
	struct observation seen, out = marked(9);
	int64_t ticket = claim(views, 0x12345678);
	char *slot;

	views_publish(views, ticket, &out);
	views_release(views, ticket);
	slot = memmem(*(char **)views, 256, id_of(0x12345678), WIRE_ID_MAX - 1);
	slot[WIRE_ID_MAX - 1 + sizeof(out) / 2] ^= 1;
	unit_ok(!views_find(views, id_of(0x12345678), &seen), "a torn view is unknown");
	claim(views, 3);
	unit_ok(views_find(views, id_of(3), &seen), "the next claim makes its slot whole");
	views_free(views);
}

/* Children publish into two slots that they share, as fast as they can, some are
 * killed while they do; whatever a reader finds agrees with itself. */
static void
check_crowd(void)
{
	struct views *views = views_new(2);
	struct observation seen;
	pid_t children[4];
	int64_t tickets[4];
	bool whole = true, alive = true;
	unsigned long found = 0;

	fflush(stdout);
	for (unsigned long n = 0; n < 4; n++) {
		tickets[n] = views_reserve(views);
		children[n] = fork();
		if (children[n] == 0)
			for (int64_t mark = 1; getppid() != 1; mark++) {
				struct observation out = marked(mark);

				views_claim(views, tickets[n], id_of(n));
				views_publish(views, tickets[n], &out);
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
		views_release(views, tickets[n]);
	}
	unit_ok(alive && found > 0, "views are found while children write");
	unit_ok(whole, "and each is whole");
	keep(views, 9, &(struct observation){ .ended = true });
	unit_ok(views_find(views, id_of(9), &seen) && seen.ended,
	        "children that were killed block nobody");
	views_free(views);
}

int
main(void)
{
	check_order();
	check_unused();
	check_confined();
	check_torn();
	check_crowd();
	return unit_done();
}
