/* SPDX-License-Identifier: MIT
 *
 * Listens, accepts, forks a child a connection, reaps, drains. Knows nothing of
 * half-close: what a connection is for is its callback's business.
 */
#ifndef DAEMON_FORK_SERVER_H
#define DAEMON_FORK_SERVER_H

#include <stdbool.h>
#include <stdint.h>

struct sources;
union sock_address;

#define FORK_SERVER_LISTENERS 16

struct fork_server_limits {
	int64_t max_connections; /* children at once; at the limit the listeners are not polled */
	int64_t max_per_source;  /* 0: none */
	int64_t count;           /* connections to serve in all; 0: no end */
	int64_t drain_timeout;   /* ns */
	bool named; /* whose a connection is does its child say (sources_claim), and the
	             * parent does not judge by its address */
};

/* Shared with the children: what SIGUSR1 reports. */
struct fork_server_totals {
	_Atomic int64_t bytes_sent, bytes_received;
};

enum fork_server_news { FORK_SERVER_READY, FORK_SERVER_RELOADING, FORK_SERVER_STOPPING };

struct fork_server {
	const int *listeners; /* listening, non-blocking; closed by fork_server_run */
	int listener_count;   /* up to FORK_SERVER_LISTENERS */
	const char *listen;   /* the name that log lines carry */
	struct fork_server_limits limits;
	/* In the child, with the connection's socket (owned by the callback); the
	 * listeners are closed already. SIGINT, SIGHUP and SIGUSR1 are ignored there:
	 * Ctrl-C and killall(1) reach the whole group, but the parent alone decides
	 * when a child has to end, and says so with SIGTERM. Returns the exit
	 * status. */
	int (*serve)(void *context, int sock);
	/* In the parent, unless limits.named: whether a client from ADDRESS is served, or
	 * else refused. NULL: all are. */
	bool (*allows)(void *context, const union sock_address *address);
	/* In the parent, may be NULL: RESERVE before the fork for a connection, ENDED with
	 * its result once that child is gone, or could not be forked. */
	int64_t (*reserve)(void *context);
	void (*ended)(void *context, int64_t reserved);
	/* In the parent, on SIGHUP: reads the file again and stores new limits in
	 * SERVER->limits. Returns 0, or -1 when the old values stay, which it has
	 * logged. NULL: SIGHUP only reopens the log. */
	int (*reload)(void *context, struct fork_server *server);
	/* In the parent: READY once signals and connections are taken, and again after
	 * each RELOADING; STOPPING when the drain begins. NULL tells nobody. */
	void (*tell)(void *context, const struct fork_server *server, enum fork_server_news news);
	void *context;
	struct fork_server_totals *totals; /* may be NULL */
	struct sources *sources; /* for limits.named; NULL if it never was */
};

/* Runs until SIGTERM or SIGINT, or until limits.count connections were served.
 * The listeners are closed when the drain begins, so that new clients are refused
 * at once and a successor can bind. Logs accept and fork failures, refusals (at most one
 * line a second and source, for 32 sources), children that a signal killed, the status on
 * SIGUSR1. Returns enum exit_status: STATUS_OK when it ended as asked. */
int fork_server_run(struct fork_server *server);

#endif
