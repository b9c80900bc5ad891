/* SPDX-License-Identifier: MIT
 *
 * What the responder's children saw, in memory that all of them share.
 *
 * Theory of operation
 *
 * A connection that is accepted gets the next ticket, and ticket N is slot N
 * modulo the number of slots; those of children that live are passed over, and a
 * ticket whose child asked for no run is handed out again. The parent alone counts
 * them, in memory of its own.
 *
 * The table is mapped twice: to be read, and to be written. A child unmaps what
 * it can write but for its own slot, and the memory is sealed: nothing that a child
 * could do maps it, or makes it, writable again. A child that a stranger has taken
 * over can lie about its own run, but about no other.
 *
 * A slot may be read while it is written, its writer may die half way, and where
 * more children live than there are slots, two of them share one. Locks fail in
 * one or another of these cases. Here every slot carries a checksum of all that is
 * in it: a reader copies the slot and believes the copy only if the sum fits.
 * Whatever was torn, by whomever, reads as unknown, and the next claim of the slot
 * makes it whole.
 *
 * All words are relaxed atomics, so that no access is a data race in C11's
 * terms. No order between them is needed: the sum fits only a set of words that
 * were written together.
 */
#include "views.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../base/log.h"

/* The atomics must work between processes: no hidden lock of one process. */
_Static_assert(ATOMIC_LONG_LOCK_FREE == 2, "long is lock-free");

#ifndef F_SEAL_FUTURE_WRITE /* glibc before 2.31 */
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

#define WORD sizeof(unsigned long)
#define ID_WORDS ((WIRE_ID_MAX - 1) / WORD)
#define VIEW_WORDS ((sizeof(struct observation) + WORD - 1) / WORD)

/* A writer needs microseconds, a reader's copy as well. */
#define READ_TRIES 1000

struct slot {
	atomic_ulong ticket; /* 0: never used */
	atomic_ulong sum;
	atomic_ulong id[ID_WORDS];
	atomic_ulong view[VIEW_WORDS];
};

struct views {
	char *writable;       /* the table; of it, in a child, one slot */
	const char *readable; /* the same */
	size_t stride;        /* of a slot, in whole pages */
	int64_t slots;
	/* The parent's; a child has what they were at its fork. */
	int64_t last;         /* ticket */
	int64_t spare_count;
	int64_t *spare;       /* tickets that were set aside, and not used */
	int64_t *holder;      /* per slot: the ticket that a child has, or that is spare; or 0 */
};

static void
store_words(atomic_ulong *to, const unsigned long *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		atomic_store_explicit(&to[i], from[i], memory_order_relaxed);
}

static void
load_words(unsigned long *to, const atomic_ulong *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = atomic_load_explicit(&from[i], memory_order_relaxed);
}

static uint64_t
mix(uint64_t sum, const unsigned long *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		/* An odd factor near 2^64 / golden ratio spreads a difference
		 * upwards, the shift brings it down again. */
		sum = (sum ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 32;
	}
	return sum;
}

static unsigned long
sum_of(unsigned long ticket, const unsigned long id[static ID_WORDS],
       const unsigned long view[static VIEW_WORDS])
{
	uint64_t sum = mix(1, &ticket, 1);

	sum = mix(sum, id, ID_WORDS);
	return (unsigned long)mix(sum, view, VIEW_WORDS);
}

static struct slot *
writable(const struct views *views, int64_t ticket)
{
	return (struct slot *)(void *)(views->writable + (size_t)(ticket % views->slots) * views->stride);
}

static const struct slot *
readable(const struct views *views, int64_t ticket)
{
	return (const struct slot *)(const void *)(views->readable
	                                           + (size_t)(ticket % views->slots) * views->stride);
}

/* Maps the table, of LENGTH bytes, twice. Zeroed by the kernel, and resident only
 * as far as it was used. */
static int
map(struct views *views, size_t length)
{
	int fd = memfd_create("views", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *mapped;
	int error;

	if (fd < 0)
		return -1;
	if (ftruncate(fd, (off_t)length) != 0)
		goto failed;
	mapped = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mapped == MAP_FAILED)
		goto failed;
	views->writable = mapped;
	/* Linux 5.1. Before, a child could make its other mapping writable. */
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) != 0)
		log_debug("the kernel cannot seal the views (%s)", strerror(errno));
	mapped = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
	if (mapped == MAP_FAILED)
		goto failed;
	views->readable = mapped;
	close(fd);
	return 0;
failed:
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

struct views *
views_new(unsigned slots)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct views *views;
	size_t length;
	int error;

	if (slots == 0) {
		errno = EINVAL;
		return NULL;
	}
	views = calloc(1, sizeof(*views));
	if (views == NULL)
		return NULL;
	views->slots = slots;
	views->stride = (sizeof(struct slot) + page - 1) / page * page;
	views->spare = calloc(slots, sizeof(*views->spare));
	views->holder = calloc(slots, sizeof(*views->holder));
	if (views->spare == NULL || views->holder == NULL
	    || __builtin_mul_overflow(views->stride, slots, &length)) {
		errno = ENOMEM;
		goto failed;
	}
	if (map(views, length) == 0)
		return views;
failed:
	error = errno;
	views_free(views);
	errno = error;
	return NULL;
}

void
views_free(struct views *views)
{
	if (views == NULL)
		return;
	if (views->writable != NULL)
		munmap(views->writable, views->stride * (size_t)views->slots);
	if (views->readable != NULL)
		munmap((void *)(uintptr_t)views->readable, views->stride * (size_t)views->slots);
	free(views->spare);
	free(views->holder);
	free(views);
}

int64_t
views_reserve(struct views *views)
{
	if (views->spare_count > 0)
		return views->spare[--views->spare_count];
	/* Where all are held the next one is shared. */
	for (int64_t i = 0; i < views->slots && views->holder[(views->last + 1) % views->slots] != 0; i++)
		views->last++;
	views->last++;
	views->holder[views->last % views->slots] = views->last;
	return views->last;
}

void
views_release(struct views *views, int64_t ticket)
{
	const struct slot *slot = readable(views, ticket);
	int64_t *holder = &views->holder[ticket % views->slots];

	if (*holder != ticket)
		return; /* it was shared, and is another one's now */
	if (atomic_load_explicit(&slot->ticket, memory_order_relaxed) == (unsigned long)ticket)
		*holder = 0;
	else
		views->spare[views->spare_count++] = ticket;
}

int
views_confine(struct views *views, int64_t ticket)
{
	const size_t before = (size_t)(ticket % views->slots) * views->stride;
	const size_t behind = views->stride * (size_t)views->slots - before - views->stride;

	if (before > 0 && munmap(views->writable, before) != 0)
		return -1;
	return behind > 0 ? munmap(views->writable + before + views->stride, behind) : 0;
}

void
views_claim(struct views *views, int64_t ticket, const char id[static WIRE_ID_MAX])
{
	static const unsigned long running[VIEW_WORDS]; /* `ended` is false */
	struct slot *slot = writable(views, ticket);
	unsigned long words[ID_WORDS];

	memcpy(words, id, sizeof(words));
	atomic_store_explicit(&slot->ticket, (unsigned long)ticket, memory_order_relaxed);
	store_words(slot->id, words, ID_WORDS);
	store_words(slot->view, running, VIEW_WORDS);
	atomic_store_explicit(&slot->sum, sum_of((unsigned long)ticket, words, running), memory_order_relaxed);
}

void
views_publish(struct views *views, int64_t ticket, const struct observation *observation)
{
	struct slot *slot = writable(views, ticket);
	unsigned long id[ID_WORDS], view[VIEW_WORDS] = { 0 };

	if (atomic_load_explicit(&slot->ticket, memory_order_relaxed) != (unsigned long)ticket)
		return;
	memcpy(view, observation, sizeof(*observation));
	load_words(id, slot->id, ID_WORDS);
	store_words(slot->view, view, VIEW_WORDS);
	atomic_store_explicit(&slot->sum, sum_of((unsigned long)ticket, id, view), memory_order_relaxed);
}

/* Copies the view of SLOT if it is ID's, and whole. */
static bool
read_slot(const struct slot *slot, const unsigned long wanted[static ID_WORDS],
          struct observation *observation)
{
	for (int i = 0; i < READ_TRIES; i++) {
		unsigned long ticket, sum, id[ID_WORDS], view[VIEW_WORDS];

		load_words(id, slot->id, ID_WORDS);
		if (memcmp(id, wanted, sizeof(id)) != 0)
			return false;
		ticket = atomic_load_explicit(&slot->ticket, memory_order_relaxed);
		sum = atomic_load_explicit(&slot->sum, memory_order_relaxed);
		load_words(view, slot->view, VIEW_WORDS);
		if (sum == sum_of(ticket, id, view)) {
			memcpy(observation, view, sizeof(*observation));
			return true;
		}
	}
	return false;
}

bool
views_find(const struct views *views, const char id[static WIRE_ID_MAX],
           struct observation *observation)
{
	unsigned long wanted[ID_WORDS];

	memcpy(wanted, id, sizeof(wanted));
	/* Newest first: a stranger may use an id twice. */
	for (int64_t i = 0; i < views->slots && i < views->last; i++)
		if (read_slot(readable(views, views->last - i), wanted, observation))
			return true;
	return false;
}
