/* SPDX-License-Identifier: MIT
 *
 * How a tester reaches its target, from flags: what check, probe, client and ask have
 * in common. An option that changes how a connection is made is read here, once.
 */
#ifndef CMD_REACH_H
#define CMD_REACH_H

#include <stdbool.h>

#include "../base/proxy_url.h"
#include "../transport/dial.h"

struct options;

/* The words of --tls. */
enum tls_reach { TLS_OFF, TLS_CLIENT, TLS_TO_THE_END };

/* Stays where it is: the target points into it. */
struct reach {
	struct tls *tls; /* what the target speaks; NULL: plain TCP */
	struct dial_target target;
	struct proxy proxy;
	char proxy_name[PROXY_NAME_MAX]; /* without credentials; "" for none */
};

/* Ends the program with STATUS_USAGE when the flags contradict each other, and with
 * STATUS_CANNOT_RUN when a file that they name cannot be read. ADDRESS is borrowed,
 * and may be NULL as long as nothing is dialled. */
void reach_open(struct reach *reach, const struct options *options, const char *address);

/* What --tls and its kin ask for, ends the program with STATUS_USAGE when this build has
 * none of it, and with STATUS_CANNOT_RUN when a file that they name cannot be read. WANTED:
 * the target has it whatever --tls says. NAME (NULL: that of the host) is what its
 * certificate is for, unless --tls-server-name says otherwise; ALSO (or NULL) is a service
 * that is trusted; PROTOCOL (or NULL) is for ALPN. */
void reach_open_tls(struct reach *reach, const struct options *options, bool wanted,
                    const char *name, const struct tls *also, const char *protocol);
void reach_close(struct reach *reach);

#endif
