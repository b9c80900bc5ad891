/* SPDX-License-Identifier: MIT
 *
 * The sources that children name: how many of one are served, also of those that ask at
 * the same time, and what the dead leave behind.
 */
#include "../../src/daemon/sources.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../../src/daemon/children.h"
#include "unit.h"

#define PLACES 64

static struct sources *sources;
static struct children *children;

struct client {
	union sock_address address;
	bool allowed;
	int64_t limit;
	int gate; /* nobody asks before a byte comes through; -1: none */
	bool stays;
};

static struct client
client(const char *host, int64_t limit)
{
	struct client client = { .allowed = true, .limit = limit, .gate = -1, .stays = true };

	client.address.in.sin_family = AF_INET;
	client.address.in.sin_port = htons(7);
	inet_pton(AF_INET, host, &client.address.in.sin_addr);
	return client;
}

static int
ask(void *context)
{
	const struct client *client = context;
	char byte;

	if (client->gate != -1)
		(void)!read(client->gate, &byte, 1);
	if (!sources_claim(sources, &client->address, client->allowed, client->limit))
		return 1;
	while (client->stays)
		pause();
	return 0;
}

/* Returns the child's pid. */
static pid_t
start(struct client client)
{
	pid_t pid;

	if (sources_reserve(sources) == -1 || (pid = children_spawn(children, NULL, 0, ask, &client)) == -1)
		unit_bail("no child: %s", strerror(errno));
	sources_own(sources, pid);
	return pid;
}

/* Waits for one to end. Returns what it said. */
static enum source_said
end(union sock_address *peer)
{
	struct child child;
	int status;

	while (children_reap(children, true, &child, &status) <= 0)
		;
	return sources_leave(sources, child.pid, peer);
}

static void
until_counted(size_t count)
{
	const struct client one = client("192.0.2.1", 0);

	while (sources_count(sources, &one.address) != count)
		usleep(1000);
}

static void
check_limit(void)
{
	struct client stranger = client("192.0.2.1", 2);
	union sock_address peer;
	char name[SOCK_NAME_MAX];
	pid_t first = start(client("192.0.2.1", 2));

	start(client("192.0.2.1", 2));
	until_counted(2);
	start(client("192.0.2.1", 2));
	unit_is_int(end(&peer), SOURCE_TOO_MANY, "one more than allowed is refused");
	unit_is(sock_name(&peer, name), "192.0.2.1:7", "and named");
	stranger.allowed = false;
	start(stranger);
	unit_is_int(end(&peer), SOURCE_NOT_ALLOWED, "one that may not be served");
	start(client("192.0.2.1", 0));
	until_counted(3);
	unit_ok(true, "without a limit there is room");
	kill(first, SIGKILL);
	unit_is_int(end(&peer), SOURCE_COUNTED, "one that is killed");
	until_counted(2);
	unit_ok(true, "counts no more");
	unit_is_int(sources_leave(sources, first, &peer), SOURCE_UNSAID, "nor has it a place");
	children_signal(children, SIGKILL);
	end(&peer);
	end(&peer);
	until_counted(0);
}

/* Many at once: as many as allowed, neither more nor fewer. */
static void
check_crowd(void)
{
	struct client one = client("192.0.2.1", 5);
	union sock_address peer;
	int gate[2], refused = 0;

	if (pipe(gate) == -1)
		unit_bail("no pipe");
	for (int i = 0; i < PLACES; i++) {
		one.gate = gate[0];
		start(one);
	}
	unit_ok(sources_reserve(sources) == -1 && errno == ENOSPC, "there is no place more than were made");
	for (int i = 0; i < PLACES; i++)
		if (write(gate[1], "", 1) != 1)
			unit_bail("no write");
	while (refused < PLACES - 5 && end(&peer) == SOURCE_TOO_MANY)
		refused++;
	unit_is_int(refused, PLACES - 5, "of many at once all but five are refused");
	until_counted(5);
	children_signal(children, SIGKILL);
	for (int i = 0; i < 5; i++)
		unit_is_int(end(&peer), SOURCE_COUNTED, "number %d is served", i + 1);
	close(gate[0]);
	close(gate[1]);
}

int
main(void)
{
	sources = sources_new(PLACES);
	children = children_new();
	if (sources == NULL || children == NULL)
		unit_bail("no table: %s", strerror(errno));
	check_limit();
	check_crowd();
	children_free(children);
	sources_free(sources);
	return unit_done();
}
