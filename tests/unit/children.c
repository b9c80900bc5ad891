/* SPDX-License-Identifier: MIT
 *
 * The table of children: counts by source, many entries that come and go, what
 * a child inherits, how a killed one is reaped among many.
 */
#include "../../src/daemon/children.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../src/base/clock.h"
#include "../../src/base/signals.h"
#include "unit.h"

#define MANY 600 /* more than are walked over */

static int
return_number(void *context)
{
	return *(const int *)context;
}

static int
sleep_until_killed(void *context)
{
	(void)context;
	while (pause() == -1)
		;
	return 0;
}

static struct children *
table(void)
{
	struct children *children = children_new();

	if (children == NULL)
		unit_bail("no table: %s", strerror(errno));
	return children;
}

static long long
count(const struct children *children)
{
	return (long long)children_count(children);
}

static long long
count_source(const struct children *children, const char *source)
{
	return (long long)children_count_source(children, source);
}

/* Reaps without waiting until one came, or until BOUND ns are over. */
static pid_t
reap_within(struct children *children, int64_t bound, struct child *child, int *status)
{
	int64_t end = clock_now() + bound;
	pid_t pid;

	while ((pid = children_reap(children, false, child, status)) == 0 && clock_now() < end) {
		struct timespec pause = clock_to_timespec(NSEC_PER_MSEC);

		nanosleep(&pause, NULL);
	}
	return pid;
}

static void
check_one(void)
{
	struct children *children = table();
	struct child child;
	int number = 3, status;

	unit_is_int(count(children), 0, "a new table is empty");
	unit_is_int(children_reap(children, false, &child, &status), -1, "nobody to reap is -1");

	pid_t pid = children_spawn(children, "192.0.2.1", 7, return_number, &number);

	unit_ok(pid > 0, "a child is spawned");
	unit_is_int(count(children), 1, "it is counted");
	unit_is_int(count_source(children, "192.0.2.1"), 1, "for its source as well");
	unit_is_int(count_source(children, "192.0.2.2"), 0, "and for no other");
	unit_is_int(children_reap(children, true, &child, &status), pid, "it is waited for");
	unit_is(child.source, "192.0.2.1", "with its source");
	unit_is_int(child.tag, 7, "its tag");
	unit_ok(child.started > 0 && child.started <= clock_now(), "its start");
	unit_ok(WIFEXITED(status) && WEXITSTATUS(status) == 3, "and its status");
	unit_is_int(count(children), 0, "nobody is left");
	unit_is_int(count_source(children, "192.0.2.1"), 0, "nor for the source");

	pid = children_spawn(children, NULL, 0, return_number, &number);
	unit_is_int(count_source(children, ""), 0, "no source is not counted as one");
	unit_is_int(children_reap(children, true, &child, &status), pid, "and can be reaped");
	unit_is(child.source, "", "with an empty source");
	children_free(children);
}

/* What a shell has started before `exec` is a child of this process, too. */
static void
check_inherited(void)
{
	pid_t inherited = fork();

	if (inherited == 0) {
		pause();
		_exit(0);
	}

	struct children *children = table();
	struct child child;
	int number = 0, status;
	pid_t pid = children_spawn(children, NULL, 0, return_number, &number);

	alarm(60); /* a wait for the other one would never end */
	unit_is_int(children_reap(children, true, &child, &status), pid,
	            "a child is waited for beside one of somebody else's");
	unit_is_int(children_reap(children, true, &child, &status), -1, "which is not waited for");
	alarm(0);
	kill(inherited, SIGKILL);
	waitpid(inherited, &status, 0);
	children_free(children);
}

static void
check_long_source(void)
{
	struct children *children = table();
	char name[3 * CHILD_SOURCE_MAX];
	struct child child;
	int number = 0, status;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	children_spawn(children, name, 0, return_number, &number);
	children_reap(children, true, &child, &status);
	unit_is_int((long long)strlen(child.source), CHILD_SOURCE_MAX - 1, "a long source is cut");
	children_free(children);
}

static void
check_many(void)
{
	static const int killed[] = { 1, 0, MANY / 2, MANY - 1 };
	struct children *children = table();
	struct child child;
	pid_t pids[MANY];
	int number = 0, status, wrong = 0;
	char source[32];

	for (int i = 0; i < MANY; i++) {
		snprintf(source, sizeof(source), "10.0.0.%d", i % 10);
		pids[i] = children_spawn(children, source, i, sleep_until_killed, NULL);
		if (pids[i] < 0)
			unit_bail("spawn: %s", strerror(errno));
	}
	unit_is_int(count(children), MANY, "%d children", MANY);
	for (int i = 0; i < 10; i++) {
		snprintf(source, sizeof(source), "10.0.0.%d", i);
		wrong += children_count_source(children, source) != MANY / 10;
	}
	unit_is_int(wrong, 0, "as many from each source");

	unit_is_int(children_reap(children, false, &child, &status), 0, "none is dead: 0");
	pid_t last = children_spawn(children, "last", 9, return_number, &number);
	unit_is_int(reap_within(children, 10 * NSEC_PER_SEC, &child, &status), last,
	            "one that returned is found among them");
	for (size_t i = 0; i < sizeof(killed) / sizeof(*killed); i++) {
		pid_t pid = pids[killed[i]];

		kill(pid, SIGKILL);
		unit_is_int(reap_within(children, 10 * NSEC_PER_SEC, &child, &status), pid,
		            "and one that was killed (number %d)", killed[i]);
		wrong += child.tag != killed[i] || !WIFSIGNALED(status);
	}
	unit_is_int(wrong, 0, "each as it was");

	children_signal(children, SIGTERM);
	size_t reaped = 0;
	while (children_reap(children, true, &child, &status) > 0) {
		reaped++;
		wrong += !WIFSIGNALED(status) || WTERMSIG(status) != SIGTERM ||
		         child.pid != pids[child.tag];
	}
	unit_is_int((long long)reaped, MANY - 4, "a signal reaches all that are left");
	unit_is_int(wrong, 0, "and none of them was mistaken for another");
	unit_is_int(count(children), 0, "nobody is left");
	for (int i = 0; i < 10; i++) {
		snprintf(source, sizeof(source), "10.0.0.%d", i);
		wrong += children_count_source(children, source) != 0;
	}
	unit_is_int(wrong, 0, "nor for any source");
	children_free(children);
}

/* Sources that come and go, more than the table ever holds at once. */
static void
check_turnover(void)
{
	struct children *children = table();
	struct child child;
	char source[32];
	int number = 0, status, wrong = 0;

	for (int i = 0; i < 2000; i++) {
		snprintf(source, sizeof(source), "2001:db8::%x", i);
		if (children_spawn(children, source, i, return_number, &number) < 0)
			unit_bail("spawn: %s", strerror(errno));
		wrong += children_count_source(children, source) != 1;
		if (i >= 20)
			wrong += children_reap(children, true, &child, &status) <= 0;
	}
	while (children_reap(children, true, &child, &status) > 0)
		;
	for (int i = 0; i < 2000; i++) {
		snprintf(source, sizeof(source), "2001:db8::%x", i);
		wrong += children_count_source(children, source) != 0;
	}
	unit_is_int(wrong, 0, "2000 sources come and go");
	children_free(children);
}

static void
on_signal(int signo)
{
	(void)signo;
}

struct inherited {
	void (*term)(int), (*hup)(int), (*pipe)(int);
	int blocked;
};

/* signal(2) tells the handler it replaces. */
static int
look_at_signals(void *context)
{
	struct inherited *inherited = context;
	sigset_t mask;

	inherited->term = signal(SIGTERM, SIG_IGN);
	inherited->hup = signal(SIGHUP, SIG_DFL);
	inherited->pipe = signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	inherited->blocked = sigismember(&mask, SIGUSR1);
	return 0;
}

static void
check_signals(void)
{
	struct children *children = table();
	struct inherited *seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
	                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct child child;
	sigset_t set, now;
	int status;

	if (seen == MAP_FAILED)
		unit_bail("mmap: %s", strerror(errno));
	signals_handle(SIGTERM, on_signal);
	signals_handle(SIGHUP, SIG_IGN);
	signals_handle(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	children_spawn(children, NULL, 0, look_at_signals, seen);
	children_reap(children, true, &child, &status);
	unit_ok(seen->term == SIG_DFL, "in a child a handled signal has its default again");
	unit_ok(seen->hup == SIG_IGN, "an ignored SIGHUP stays ignored");
	unit_ok(seen->pipe == SIG_IGN, "and SIGPIPE too");
	unit_is_int(seen->blocked, 0, "nothing is blocked there");
	sigprocmask(SIG_SETMASK, NULL, &now);
	unit_ok(sigismember(&now, SIGUSR1) && !sigismember(&now, SIGTERM),
	        "the parent's mask is what it was");
	munmap(seen, sizeof(*seen));
	children_free(children);
}

/* SIGCHLD ignored, as some starters leave it, must not lose exit statuses. */
static void
check_ignored_sigchld(void)
{
	struct child child;
	int number = 4, status;

	signals_handle(SIGCHLD, SIG_IGN);
	struct children *children = table();
	pid_t pid = children_spawn(children, NULL, 0, return_number, &number);
	unit_ok(children_reap(children, true, &child, &status) == pid && WEXITSTATUS(status) == 4,
	        "a child is reaped although SIGCHLD was ignored");
	children_free(children);
}

int
main(void)
{
	check_one();
	check_inherited();
	check_long_source();
	check_many();
	check_turnover();
	check_signals();
	check_ignored_sigchld();
	return unit_done();
}
