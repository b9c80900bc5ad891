/* SPDX-License-Identifier: MIT
 *
 * A place a child in shared memory.
 *
 * Theory of operation: a child may die at any moment, so it must hold no lock, and a
 * counter that it raised might never be lowered. Therefore nothing is counted ahead: a
 * child writes its source into its place, and counts the places that have the same.
 * The parent, which alone knows who is dead, frees them.
 *
 * Children that ask at the same time: each writes first and counts then, so of those
 * that would be too many together the last to write sees all others, and no limit is
 * exceeded. That all of them give way is avoided by their order: one counts those in
 * lower places as if they were served already, and waits until those in higher places
 * have decided.
 *
 * A child that a stranger has taken over can spoil the limits, and nothing else: what
 * is read from the table is used as a number, or an address to print.
 */
#include "sources.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define TRIES 1000 /* a millisecond each */

struct place {
	_Atomic uint64_t source; /* sock_source_number; before the state */
	_Atomic uint32_t said;   /* enum source_said */
	/* An IPv4 address has room in it as well. Only the child touches it, and the
	 * parent when that is dead. */
	struct sockaddr_in6 peer;
};

struct table {
	_Atomic size_t used; /* as the parent's; for children that were forked earlier */
	struct place places[];
};

struct sources {
	struct table *table; /* shared */
	pid_t *owners;       /* of the places, 0: free; the parent's, its children have none */
	size_t capacity;
	size_t used; /* places that ever were, from the first one on */
	size_t mine; /* the one that was reserved last: in a child, its own */
};

static size_t
table_size(size_t capacity)
{
	return sizeof(struct table) + capacity * sizeof(struct place);
}

struct sources *
sources_new(size_t capacity)
{
	struct sources *sources = calloc(1, sizeof(*sources));
	void *table, *owners;
	int error;

	if (sources == NULL)
		return NULL;
	table = mmap(NULL, table_size(capacity), PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	owners = mmap(NULL, capacity * sizeof(pid_t), PROT_READ | PROT_WRITE,
	              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (table == MAP_FAILED || owners == MAP_FAILED) {
		error = errno;
		if (table != MAP_FAILED)
			munmap(table, table_size(capacity));
		if (owners != MAP_FAILED)
			munmap(owners, capacity * sizeof(pid_t));
		free(sources);
		errno = error;
		return NULL;
	}
	/* Written at every fork: see children.c. Works without. */
	(void)madvise(owners, capacity * sizeof(pid_t), MADV_DONTFORK);
	sources->table = table;
	sources->owners = owners;
	sources->capacity = capacity;
	return sources;
}

void
sources_free(struct sources *sources)
{
	if (sources == NULL)
		return;
	munmap(sources->table, table_size(sources->capacity));
	munmap(sources->owners, sources->capacity * sizeof(pid_t));
	free(sources);
}

/* As far as places are in use. */
static size_t
used(const struct sources *sources)
{
	size_t count = sources->table->used;

	return count < sources->capacity ? count : sources->capacity;
}

int
sources_reserve(struct sources *sources)
{
	size_t i = 0;

	while (i < sources->capacity && sources->owners[i] != 0)
		i++;
	if (i == sources->capacity) {
		errno = ENOSPC;
		return -1;
	}
	if (sources->used <= i)
		sources->used = i + 1;
	sources->table->used = sources->used;
	sources->mine = i;
	return 0;
}

void
sources_own(struct sources *sources, pid_t pid)
{
	sources->owners[sources->mine] = pid;
}

/* How many others than the child in place MINE have SOURCE: those that are counted or,
 * in lower places, asking; and in *OPEN those that ask in higher ones. */
static size_t
count_others(const struct sources *sources, uint64_t source, size_t mine, size_t *open)
{
	size_t taken = 0;

	*open = 0;
	for (size_t i = 0; i < used(sources); i++) {
		const struct place *place = &sources->table->places[i];
		uint32_t said = place->said;

		if (i == mine || (said != SOURCE_COUNTED && said != SOURCE_ASKING) || place->source != source)
			continue;
		if (said == SOURCE_COUNTED || i < mine)
			taken++;
		else
			++*open;
	}
	return taken;
}

bool
sources_claim(struct sources *sources, const union sock_address *peer, bool allowed, int64_t limit)
{
	struct place *place = &sources->table->places[sources->mine];
	uint64_t source = sock_source_number(peer);
	size_t taken, open;

	memcpy(&place->peer, peer, sizeof(place->peer));
	place->source = source;
	if (!allowed) {
		place->said = SOURCE_NOT_ALLOWED;
		return false;
	}
	place->said = SOURCE_ASKING;
	for (int i = 0; i < TRIES && limit > 0; i++) {
		taken = count_others(sources, source, sources->mine, &open);
		if (taken >= (size_t)limit)
			break;
		if (taken + open < (size_t)limit)
			limit = 0;
		else
			(void)poll(NULL, 0, 1);
	}
	place->said = limit > 0 ? SOURCE_TOO_MANY : SOURCE_COUNTED;
	return limit == 0;
}

enum source_said
sources_leave(struct sources *sources, pid_t pid, union sock_address *peer)
{
	struct place *place;
	uint32_t said;
	size_t i = 0;

	while (i < sources->used && sources->owners[i] != pid)
		i++;
	if (i == sources->used)
		return SOURCE_UNSAID;
	place = &sources->table->places[i];
	said = place->said;
	memset(peer, 0, sizeof(*peer));
	memcpy(peer, &place->peer, sizeof(place->peer));
	place->said = SOURCE_UNSAID;
	sources->owners[i] = 0;
	return said <= SOURCE_TOO_MANY ? (enum source_said)said : SOURCE_UNSAID;
}

size_t
sources_count(const struct sources *sources, const union sock_address *peer)
{
	uint64_t source = sock_source_number(peer);
	size_t counted = 0;

	for (size_t i = 0; i < sources->used; i++)
		if (sources->table->places[i].said == SOURCE_COUNTED
		    && sources->table->places[i].source == source)
			counted++;
	return counted;
}
