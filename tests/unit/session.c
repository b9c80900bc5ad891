/* SPDX-License-Identifier: MIT
 *
 * What was not tested never looks like a verdict, whatever its process left.
 */
#include "../../src/session/session.h"

#include <signal.h>

#include "unit.h"

#define EXITED(status) ((status) << 8) /* as waitpid(2) says it */

static struct session_result
failed(int status)
{
	struct session_result result = { .tested = true,
		                         .finding = { VERDICT_PRESERVED, "all is well", -1 } };

	session_failed(&result, status);
	return result;
}

static void
check_failed(int status, const char *reason)
{
	struct session_result result = failed(status);

	unit_ok(!result.tested && result.finding.verdict == VERDICT_INCONCLUSIVE, "status 0x%x is no verdict",
	        (unsigned)status);
	unit_is(result.finding.reason, reason, reason);
}

int
main(void)
{
	struct session_result result = failed(EXITED(0));
	struct session_result zero = { 0 };

	unit_ok(result.tested && result.finding.verdict == VERDICT_PRESERVED, "a child that ended well is believed");
	check_failed(EXITED(3), "its process failed (exit status 3)");
	check_failed(EXITED(99), "its process failed (exit status 99)");
	check_failed(SIGSEGV, "its process failed (signal 11)");
	check_failed(-1, "cannot start a process for it");
	unit_ok(!zero.tested && zero.finding.verdict == VERDICT_INCONCLUSIVE, "zeros are no verdict either");
	return unit_done();
}
