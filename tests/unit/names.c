/* SPDX-License-Identifier: MIT
 *
 * The names of errors and signals; where libc knows them too, all of them are its.
 */
#include "../../src/base/names.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "unit.h"

static const char *
or_none(const char *name)
{
	return name != NULL ? name : "none";
}

static void
test_some(void)
{
	unit_is(or_none(errno_name(ECONNRESET)), "ECONNRESET", "ECONNRESET");
	unit_is(or_none(errno_name(EAGAIN)), "EAGAIN", "of two names for one number the usual one");
	unit_is(or_none(errno_name(EPERM)), "EPERM", "the first");
	unit_is(or_none(errno_name(0)), "none", "0 is no error");
	unit_is(or_none(errno_name(-1)), "none", "nor is -1");
	unit_is(or_none(errno_name(41)), "none", "a gap");
	unit_is(or_none(errno_name(524)), "none", "the kernel's own");
	unit_is(or_none(errno_name(INT_MAX)), "none", "the largest");
	unit_is(or_none(signal_name(SIGTERM)), "TERM", "SIGTERM");
	unit_is(or_none(signal_name(SIGHUP)), "HUP", "SIGHUP");
	unit_is(or_none(signal_name(0)), "none", "0 is no signal");
	unit_is(or_none(signal_name(-1)), "none", "nor is -1");
	unit_is(or_none(signal_name(SIGRTMIN)), "none", "a real-time signal");
}

#ifdef __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 32)
#define LIBC_KNOWS 1
#endif
#endif

#ifdef LIBC_KNOWS
static void
test_all(void)
{
	int errors = 0, signals = 0;

	for (int i = -1; i < 4096; i++) {
		const char *name = strerrorname_np(i);

		errors += i != 0 && strcmp(or_none(errno_name(i)), or_none(name)) != 0;
	}
	unit_is_int(errors, 0, "every error has the name that libc gives it");
	for (int i = -1; i < 128; i++)
		signals += strcmp(or_none(signal_name(i)), or_none(sigabbrev_np(i))) != 0;
	unit_is_int(signals, 0, "and every signal");
}
#else
static void
test_all(void)
{
}
#endif

int
main(void)
{
	test_some();
	test_all();
	return unit_done();
}
