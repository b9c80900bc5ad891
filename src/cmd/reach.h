/* SPDX-License-Identifier: MIT
 *
 * How a tester reaches its target, from flags: what check, probe, client and ask have
 * in common. An option that changes how a connection is made is read here, once.
 */
#ifndef CMD_REACH_H
#define CMD_REACH_H

#include "../base/proxy_url.h"
#include "../transport/dial.h"

struct options;

/* Stays where it is: the target points into it. */
struct reach {
	struct dial_target target;
	struct proxy proxy;
	char proxy_name[PROXY_NAME_MAX]; /* without credentials; "" for none */
};

/* Ends the program with STATUS_USAGE when the flags contradict each other, and with
 * STATUS_CANNOT_RUN when a file that they name cannot be read. ADDRESS is borrowed,
 * and may be NULL as long as nothing is dialled. */
void reach_open(struct reach *reach, const struct options *options, const char *address);

#endif
