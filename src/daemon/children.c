/* SPDX-License-Identifier: MIT
 *
 * Children in a hash table that is theirs to count in, and their parent's alone
 * to see.
 *
 * Theory of operation: ten thousand children may live at once, so a page that
 * the parent writes between two forks is a page of memory a child (copy on
 * write leaves the old one to the older children). The table is written at
 * every fork; it is therefore kept out of the children altogether
 * (MADV_DONTFORK). It holds two kinds of entries: a child, found by its pid, and
 * a source, found by its name, with the number of its children.
 *
 * waitpid(-1) walks over all children that live until it meets a dead one: 0.4 ms
 * where ten thousand do, twice what it takes to fork one more. Thus a child
 * leaves its pid in a ring of shared memory on its way out, and is waited for by
 * that. Those that were killed left none; among many children they are looked
 * for every SWEEP_EVERY only.
 */
#include "children.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/signals.h"

#define SLOTS_MIN 64 /* a power of two, like every capacity */
#define EXITS 4096   /* pids in the ring; what it loses is found by the sweep */
#define FEW 256      /* children that are quickly walked over */
#define SWEEP_EVERY (CHILDREN_SETTLE / 2)

struct entry {
	size_t children;    /* of a source; 0 for a child */
	struct child child; /* pid 0 for a source; both 0: the slot is free */
};

struct exits {
	_Atomic uint32_t told; /* in all; the next one goes to slot told % EXITS */
	_Atomic pid_t pids[EXITS];
};

struct children {
	struct entry *slots;
	size_t capacity;
	size_t used;  /* slots, never more than half of them */
	size_t count; /* children */
	struct exits *exits; /* shared */
	uint32_t heard;      /* exits looked at */
	int64_t swept_at;
};

static size_t
entry_hash(pid_t pid, const char *source)
{
	uint64_t hash = (uint64_t)pid;

	/* FNV-1a, finished with a multiplication: pids are consecutive. */
	if (pid == 0) {
		hash = UINT64_C(0xcbf29ce484222325);
		for (; *source != '\0'; source++)
			hash = (hash ^ (unsigned char)*source) * UINT64_C(0x100000001b3);
	}
	return (size_t)((hash * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static bool
entry_free(const struct entry *entry)
{
	return entry->child.pid == 0 && entry->children == 0;
}

/* The entry of PID, or of SOURCE when PID is 0; or the free slot where it would
 * be. There always is one: half of the slots are free. */
static struct entry *
entry_find(const struct children *children, pid_t pid, const char *source)
{
	size_t mask = children->capacity - 1;
	size_t i = entry_hash(pid, source) & mask;

	for (;; i = (i + 1) & mask) {
		struct entry *entry = &children->slots[i];

		if (entry_free(entry))
			return entry;
		if (entry->child.pid == pid &&
		    (pid != 0 || strcmp(entry->child.source, source) == 0))
			return entry;
	}
}

/* Frees a slot, and moves up those that were pushed after it by a collision. */
static void
entry_remove(struct children *children, struct entry *entry)
{
	size_t mask = children->capacity - 1;
	size_t hole = (size_t)(entry - children->slots);

	for (size_t i = (hole + 1) & mask; !entry_free(&children->slots[i]); i = (i + 1) & mask) {
		const struct child *child = &children->slots[i].child;
		size_t home = entry_hash(child->pid, child->source) & mask;

		if (((i - home) & mask) >= ((i - hole) & mask)) {
			children->slots[hole] = children->slots[i];
			hole = i;
		}
	}
	children->slots[hole] = (struct entry){ .children = 0 };
	children->used--;
}

static int
slots_new(struct children *children, size_t capacity)
{
	void *slots = mmap(NULL, capacity * sizeof(struct entry), PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (slots == MAP_FAILED)
		return -1;
	/* Saves memory; works without. */
	(void)madvise(slots, capacity * sizeof(struct entry), MADV_DONTFORK);
	children->slots = slots;
	children->capacity = capacity;
	return 0;
}

/* Room for one child and one source more. */
static int
slots_reserve(struct children *children)
{
	struct entry *old = children->slots;
	size_t capacity = children->capacity;

	if (children->used + 2 <= capacity / 2)
		return 0;
	if (slots_new(children, capacity * 2) != 0)
		return -1;
	for (size_t i = 0; i < capacity; i++)
		if (!entry_free(&old[i]))
			*entry_find(children, old[i].child.pid, old[i].child.source) = old[i];
	munmap(old, capacity * sizeof(struct entry));
	return 0;
}

struct children *
children_new(void)
{
	struct children *children = calloc(1, sizeof(*children));

	if (children == NULL)
		return NULL;
	children->exits = mmap(NULL, sizeof(*children->exits), PROT_READ | PROT_WRITE,
	                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (children->exits == MAP_FAILED || slots_new(children, SLOTS_MIN) != 0) {
		if (children->exits != MAP_FAILED)
			munmap(children->exits, sizeof(*children->exits));
		free(children);
		errno = ENOMEM;
		return NULL;
	}
	/* Where SIGCHLD is ignored the kernel reaps on its own (wait(2), NOTES),
	 * and such a setting is inherited. */
	signals_handle(SIGCHLD, SIG_DFL);
	return children;
}

void
children_free(struct children *children)
{
	if (children == NULL)
		return;
	munmap(children->slots, children->capacity * sizeof(struct entry));
	munmap(children->exits, sizeof(*children->exits));
	free(children);
}

size_t
children_count(const struct children *children)
{
	return children->count;
}

size_t
children_count_source(const struct children *children, const char *source)
{
	return entry_find(children, 0, source)->children;
}

static void
table_add(struct children *children, pid_t pid, const char *source, int64_t tag)
{
	struct entry *entry = entry_find(children, pid, source);

	entry->child.pid = pid;
	entry->child.started = clock_now();
	entry->child.tag = tag;
	memcpy(entry->child.source, source, strlen(source) + 1);
	children->used++;
	children->count++;
	if (*source == '\0')
		return;
	entry = entry_find(children, 0, source);
	if (entry->children++ == 0) {
		memcpy(entry->child.source, source, strlen(source) + 1);
		children->used++;
	}
}

/* Takes PID off the table. Returns whether it was there. */
static bool
table_take(struct children *children, pid_t pid, struct child *child)
{
	struct entry *entry = entry_find(children, pid, "");

	if (entry_free(entry))
		return false;
	*child = entry->child;
	entry_remove(children, entry);
	children->count--;
	if (*child->source == '\0')
		return true;
	entry = entry_find(children, 0, child->source);
	if (--entry->children == 0)
		entry_remove(children, entry);
	return true;
}

static void
child_signals(void)
{
	/* All that this program ever handles. */
	static const int handled[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGALRM, SIGCHLD };
	sigset_t none;

	for (size_t i = 0; i < sizeof(handled) / sizeof(*handled); i++)
		signals_handle_unless_ignored(handled[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child, and the last thing it does. */
static void
tell_exit(struct exits *exits)
{
	exits->pids[atomic_fetch_add(&exits->told, 1) % EXITS] = getpid();
}

pid_t
children_spawn(struct children *children, const char *source, int64_t tag, child_main *main,
               void *context)
{
	char name[CHILD_SOURCE_MAX] = "";
	sigset_t all, before;
	pid_t pid;

	if (source != NULL)
		memcpy(name, source, strnlen(source, sizeof(name) - 1));
	if (slots_reserve(children) != 0)
		return -1;
	/* What stdio holds would be held twice. */
	fflush(NULL);
	/* No handler of the parent may run in the child. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0) {
		child_signals();
		int status = main(context);
		tell_exit(children->exits);
		_exit(status);
	}
	if (pid > 0)
		table_add(children, pid, name, tag);
	int error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return pid;
}

/* A child that announced its exit and is dead by now; 0 when there is none. */
static pid_t
heard_of(struct children *children, struct child *child, int *status)
{
	struct exits *exits = children->exits;
	uint32_t told = exits->told;

	if (told - children->heard > EXITS)
		children->heard = told - EXITS;
	while (children->heard != told) {
		_Atomic pid_t *slot = &exits->pids[children->heard % EXITS];
		pid_t told_pid = *slot;
		pid_t pid;

		/* It has not come to its end yet: its SIGCHLD is still to come. */
		if (told_pid <= 0 || (pid = waitpid(told_pid, status, WNOHANG)) == 0)
			return 0;
		*slot = 0;
		children->heard++;
		if (pid > 0 && table_take(children, pid, child))
			return pid;
	}
	return 0;
}

pid_t
children_reap(struct children *children, bool wait, struct child *child, int *status)
{
	pid_t pid;

	if (!wait && children->count > FEW) {
		if ((pid = heard_of(children, child, status)) > 0)
			return pid;
		if (clock_now() - children->swept_at < SWEEP_EVERY)
			return 0;
	}
	for (;;) {
		uint32_t told = children->exits->told;

		/* One that a shell left to this process before exec may live forever. */
		pid = waitpid(-1, status, wait && children->count > 0 ? 0 : WNOHANG);
		if (pid < 0)
			return errno == EINTR ? 0 : -1;
		if (pid == 0) {
			/* Nobody dead is left. What the ring still says is old, or of
			 * one that the next sweep finds. */
			children->swept_at = clock_now();
			children->heard = told;
			return children->count > 0 ? 0 : -1;
		}
		/* Others than ours are dropped. */
		if (table_take(children, pid, child))
			return pid;
	}
}

void
children_signal(const struct children *children, int signo)
{
	children_signal_tagged(children, INT64_MIN, signo);
}

void
children_signal_tagged(const struct children *children, int64_t least, int signo)
{
	for (size_t i = 0; i < children->capacity; i++)
		if (children->slots[i].child.pid != 0 && children->slots[i].child.tag >= least)
			kill(children->slots[i].child.pid, signo);
}

int
children_detach(int (*wait)(void *context, pid_t child), void *context)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid > 0)
		_exit(wait(context, pid));
	return pid;
}
