/* SPDX-License-Identifier: MIT
 *
 * What a child may still do once it has its connection: the only user of
 * seccomp(2).
 */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"

/* Whether the filter was built in. Builds with a sanitizer have none: the
 * sanitizers' own system calls are not foreseeable. */
bool sandbox_has_filter(void);

/* Those with ERROR return 0, or -1 with one line in it. */

/* For the parent, once, before it accepts: makes the filter that sandbox_enter
 * loads. Fails when the kernel would not take it; one that has no filters at all goes
 * without, and a line of debug says so. */
int sandbox_prepare(bool filter, char error[static DAEMON_ERROR_MAX]);

/* For a child, before it reads its first byte: closes every descriptor but
 * stdin, stdout, stderr and the COUNT in KEEP (-1 is skipped), forbids new
 * privileges, and when FILTER is set and libseccomp was built in, forbids
 * tracing and core dumps and allows only the system calls that playing a plan
 * takes; any other ends the child with SIGSYS, which the parent logs. */
int sandbox_enter(const int *keep, size_t count, bool filter, char error[static DAEMON_ERROR_MAX]);

#endif
