/* SPDX-License-Identifier: MIT
 *
 * What server and responder share: a fork-per-connection service from options
 * to exit status. Each adds what it makes of a connection.
 */
#ifndef CMD_LIFECYCLE_H
#define CMD_LIFECYCLE_H

#include "../base/network.h"
#include "../daemon/failure.h"
#include "../daemon/fork_server.h"

struct answered;
struct exchange_hooks;
struct invocation;
struct observation;
struct options;
struct plan;
struct sources;
struct tls;
struct transport;

struct service_role {
	const char *started; /* the log line that tells that it serves */
	/* Takes OPTIONS over, at the start and again on SIGHUP, and logs what it
	 * will do at LISTEN. OPTIONS stay valid until the next call that succeeds.
	 * Returns 0, or -1 with one line in ERROR; what was in force then stays. */
	int (*configure)(void *context, const struct options *options, const char *listen,
	                 char error[static DAEMON_ERROR_MAX]);
	/* In the child: plays one connection on SOCK and returns the exit status. */
	int (*serve)(void *context, int sock);
	/* As in fork_server; may be NULL. */
	int64_t (*reserve)(void *context);
	void (*ended)(void *context, int64_t reserved);
	void *context;
	struct tls *tls;                   /* of --tls-cert; NULL: plain TCP */
	/* Set by lifecycle_run, before the first configure. */
	struct fork_server_totals *totals;
	struct sources *sources;        /* what children say of their clients; may be NULL */
	struct networks allowed; /* of --allow; none: all */
};

/* Binds, detaches, reads the key of --tls-key, drops privileges, configures, runs; in
 * that order, so that what fails is reported before the terminal is gone. Returns an
 * exit status. */
int lifecycle_run(const struct options *options, const struct invocation *invocation,
              struct service_role *role);

/* In a child that has opened what it needs: shuts it in with SOCK, FD (-1: none)
 * and the log, then answers the connection that came in at LISTEN. Returns 0, or -1
 * when that could not be done, which is logged, and the connection reset. */
int lifecycle_answer(const struct service_role *role, const struct options *options,
                     const char *listen, int sock, int fd, struct answered *answered);

/* In a child that cannot go on: closes SOCK with RST. */
void lifecycle_reset(int sock);

/* In that child: plays PLAN on TRANSPORT so that SIGTERM ends it cleanly,
 * then closes it. */
void lifecycle_play(const struct service_role *role, struct transport *transport, const struct plan *plan,
                struct observation *seen, const struct exchange_hooks *hooks);

#endif
