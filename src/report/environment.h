/* SPDX-License-Identifier: MIT
 *
 * What one would ask about the machine that a report was made on: versions, the settings
 * of its TCP, the timers of its conntrack, the offloads of the interface that was used.
 */
#ifndef REPORT_ENVIRONMENT_H
#define REPORT_ENVIRONMENT_H

#include "report.h"

/* The text of environment.txt, for free(3); NULL with errno when memory is short. What
 * cannot be read says so. The interface is the one that has the address of
 * REPORT->client. */
char *environment_text(const struct report *report);

#endif
