/* SPDX-License-Identifier: MIT
 *
 * What the responder's children saw, in memory that all of them share.
 *
 * Theory of operation
 *
 * Run number N (its ticket) uses slot N modulo the number of slots. A slot may
 * be read while it is written; its writer may die half way; and a writer that
 * slept through a whole turn of the table may wake up and write into a slot that
 * has a new owner. Locks, and a sequence counter that only orders live writers,
 * fail in one or another of these cases. Here every slot carries a checksum of
 * all that is in it: a reader copies the slot and believes the copy only if the
 * sum fits. Whatever was torn, by whomever, reads as unknown, and the next claim
 * of the slot makes it whole.
 *
 * All words are relaxed atomics, so that no access is a data race in C11's
 * terms. No order between them is needed: the sum fits only a set of words that
 * were written together.
 */
#include "views.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

/* The atomics must work between processes: no hidden lock of one process. */
_Static_assert(ATOMIC_LONG_LOCK_FREE == 2, "long is lock-free");

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
	size_t length; /* of the mapping */
	unsigned slots;
	atomic_ulong last; /* ticket */
	struct slot slot[];
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

struct views *
views_new(unsigned slots)
{
	struct views *views;
	size_t length;

	if (slots == 0) {
		errno = EINVAL;
		return NULL;
	}
	if (__builtin_mul_overflow(sizeof(struct slot), slots, &length) ||
	    __builtin_add_overflow(length, sizeof(*views), &length)) {
		errno = ENOMEM;
		return NULL;
	}
	/* Zeroed by the kernel, and resident only as far as it was used. */
	views = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (views == MAP_FAILED)
		return NULL;
	views->length = length;
	views->slots = slots;
	return views;
}

void
views_free(struct views *views)
{
	if (views != NULL)
		munmap(views, views->length);
}

unsigned long
views_claim(struct views *views, const char id[static WIRE_ID_MAX])
{
	static const unsigned long running[VIEW_WORDS]; /* `ended` is false */
	unsigned long ticket = atomic_fetch_add_explicit(&views->last, 1, memory_order_relaxed) + 1;
	struct slot *slot = &views->slot[ticket % views->slots];
	unsigned long words[ID_WORDS];

	memcpy(words, id, sizeof(words));
	atomic_store_explicit(&slot->ticket, ticket, memory_order_relaxed);
	store_words(slot->id, words, ID_WORDS);
	store_words(slot->view, running, VIEW_WORDS);
	atomic_store_explicit(&slot->sum, sum_of(ticket, words, running), memory_order_relaxed);
	return ticket;
}

void
views_publish(struct views *views, unsigned long ticket, const struct observation *observation)
{
	struct slot *slot = &views->slot[ticket % views->slots];
	unsigned long id[ID_WORDS], view[VIEW_WORDS] = { 0 };

	if (atomic_load_explicit(&slot->ticket, memory_order_relaxed) != ticket)
		return;
	memcpy(view, observation, sizeof(*observation));
	load_words(id, slot->id, ID_WORDS);
	store_words(slot->view, view, VIEW_WORDS);
	atomic_store_explicit(&slot->sum, sum_of(ticket, id, view), memory_order_relaxed);
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
	unsigned long last = atomic_load_explicit(&views->last, memory_order_relaxed);
	unsigned long wanted[ID_WORDS];

	memcpy(wanted, id, sizeof(wanted));
	/* Newest first: a stranger may use an id twice. */
	for (unsigned long i = 0; i < views->slots && i < last; i++)
		if (read_slot(&views->slot[(last - i) % views->slots], wanted, observation))
			return true;
	return false;
}
