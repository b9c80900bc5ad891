/* SPDX-License-Identifier: MIT
 *
 * A relay between a client and a server that treats a half-close right or, by
 * request, in one of the wrong ways seen in the field, and writes down what it
 * did: the truth that a verdict is held against.
 *
 * Theory of operation: a link is two sockets and two streams, each named after
 * the end that sends it. A fault is a rule of three parts: what is done, to whom,
 * and when (see help). A trigger that comes true sets the moment at which its
 * rule is due; a rule is run once a link. Edits of a stream are a chain that each
 * byte runs through between being read and being queued.
 *
 * Every line on standard output but the first is a JSON object: the connection's
 * number, the scenario that its request line names, nanoseconds since it began,
 * what happened (and for a fault what set it off), and the bytes read and passed on
 * so far, by stream. A line is written when the thing is done, and never when it
 * failed.
 */
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BUFFER 16384
/* What a stream that is delayed may have under way. */
#define DELAYED_MOST (8 << 20)
#define LINKS_MAX 2048
#define RULES_MAX 24
#define LINE_MAX_BYTES 4096
#define MSEC INT64_C(1000000)
/* How long bytes that may turn out to be the last ones are held back: the wait
 * must outlast the gap between a stream's last byte and its FIN, and yet let a
 * request pass whose sender waits for the answer. */
#define HOLD (300 * MSEC)
#define NEVER INT64_MAX

enum { CLIENT, SERVER, BOTH };
static const char *const sides[] = { "client", "server", "both" };

enum action {
	/* at a moment */
	CLOSE, RESET, FIN, BLACKHOLE, DISCARD,
	/* about the FIN that was read */
	SWALLOW, HOLD_FIN, LATE, LATE_BYTES,
	/* edits of a stream */
	FLIP, CORRUPT, DROP, INSERT, REPEAT, SWAP, CRLF, LF,
	/* from the first byte on */
	TAIL, DELAY, RST_TO_FIN,
	ACTIONS,
};

enum trigger { AT_OPEN, AT_FIN, AT_PASSED, AT_BYTE, AT_IDLE, AT_HALF_IDLE, TRIGGERS };
/* Whose FIN: a side, or one of these. */
enum { FIRST = BOTH + 1, LAST };

#define IS_FIN(action) ((action) >= SWALLOW && (action) <= LATE_BYTES)
#define IS_EDIT(action) ((action) >= FLIP && (action) <= LF)
#define IS_LASTING(action) ((action) >= TAIL)

static const struct {
	const char *name;
	bool number; /* takes =N */
} actions[ACTIONS] = {
	[CLOSE] = { "close", false },
	[RESET] = { "reset", false },
	[FIN] = { "fin", false },
	[BLACKHOLE] = { "blackhole", false },
	[DISCARD] = { "discard", false },
	[SWALLOW] = { "swallow", false },
	[HOLD_FIN] = { "hold", false },
	[LATE] = { "late", true },
	[LATE_BYTES] = { "late-bytes", true },
	[FLIP] = { "flip", false },
	[CORRUPT] = { "corrupt", false },
	[DROP] = { "drop", true },
	[INSERT] = { "insert", true },
	[REPEAT] = { "repeat", true },
	[SWAP] = { "swap", true },
	[CRLF] = { "crlf", false },
	[LF] = { "lf", false },
	[TAIL] = { "tail", true },
	[DELAY] = { "delay", true },
	[RST_TO_FIN] = { "rst-to-fin", false },
};

static const struct {
	const char *name;
	bool number;
} triggers[TRIGGERS] = {
	[AT_OPEN] = { "open", false },       [AT_FIN] = { "fin", false },
	[AT_PASSED] = { "passed", false },   [AT_BYTE] = { "byte", true },
	[AT_IDLE] = { "idle", true },        [AT_HALF_IDLE] = { "half-idle", true },
};

struct rule {
	enum action action;
	int side;           /* whom it is done to: an end for RESET, else a stream */
	int64_t n, times;
	enum trigger trigger;
	int of;             /* whose FIN, whose bytes */
	int64_t at;         /* the byte, or the idle time in ns */
	int64_t after;      /* ns that it is due later */
};

static struct rule rules[RULES_MAX];
static int rule_count;

static struct {
	bool all, once;
	const char *only; /* a request or a scenario; NULL: every scenario */
	int64_t spare;
} config;

/* The number of the link that had its fault when there is to be no other; 0. */
static int spent_by;

/* One edit's state in one stream. */
struct edit {
	bool on;
	int64_t at;    /* where its stretch begins */
	int64_t seen;  /* bytes that came to it */
	int64_t done;  /* bytes that it changed */
	uint8_t *kept; /* the stretch that it repeats or swaps */
	size_t kept_length;
	int last;      /* the byte before, -1 */
	bool told;
};

struct mark {
	int64_t due;
	int64_t end; /* of what is due then, counted as `queued` is */
};

/* What one end sends. */
struct flow {
	uint8_t *data; /* read and not yet passed on: LENGTH bytes from HEAD on */
	size_t head, length, size;
	struct mark *marks; /* of a delayed stream */
	size_t mark_head, mark_count, mark_size;
	struct edit edits[RULES_MAX];
	int64_t read, queued, passed;
	int64_t read_at;
	int64_t fin_at;    /* when to forward the FIN, NEVER until it came (or for good) */
	int64_t fin_bytes; /* or once that much was read from the other end; -1 */
	int64_t rst_at;    /* when to forward the RST that ended it */
	bool hold;         /* the FIN waits for the other stream's end */
	bool eof;          /* the FIN, or an RST, came */
	bool finished;     /* no FIN is to be forwarded any more */
	bool forwarded;    /* one was, ours or the end's */
	bool discard;      /* what comes is read and thrown away */
	bool told_discard;
	bool dead;         /* it is not even read */
};

struct link {
	int number;
	int fd[2];           /* the sockets to the client and to the server; -1: reset by us */
	struct flow flow[2]; /* what the client sends, what the server sends */
	int64_t began, moved_at;
	int64_t due[RULES_MAX]; /* NEVER: not yet set off */
	bool ran[RULES_MAX];
	bool faithful; /* a request for a report: left alone */
	bool over;
	bool connecting; /* to the server; nothing has begun */
	size_t line_length;
	bool line_whole;
	char line[LINE_MAX_BYTES];
	char scenario[64];
	const char *when; /* the trigger of the rule that is being run, or NULL */
};

static struct link *links[LINKS_MAX];
static int link_count;

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void __attribute__((noreturn, format(printf, 2, 3)))
die(int status, const char *format, ...)
{
	va_list args;

	fputs("relay: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(status);
}

static void *
must(void *memory)
{
	if (memory == NULL)
		die(3, "out of memory");
	return memory;
}

/* Writes the line of WHAT. FORMAT: more members, with their comma, or "". */
static void __attribute__((format(printf, 4, 5)))
tell(const struct link *link, const char *what, int side, const char *format, ...)
{
	va_list args;

	printf("{\"conn\":%d,\"scenario\":\"%s\",\"ns\":%jd,\"what\":\"%s\",\"side\":\"%s\"", link->number,
	       link->scenario, (intmax_t)(now_ns() - link->began), what, sides[side]);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	if (link->when != NULL)
		printf(",\"when\":\"%s\"", link->when);
	printf(",\"read\":{\"client\":%jd,\"server\":%jd},\"passed\":{\"client\":%jd,\"server\":%jd}}\n",
	       (intmax_t)link->flow[CLIENT].read, (intmax_t)link->flow[SERVER].read,
	       (intmax_t)link->flow[CLIENT].passed, (intmax_t)link->flow[SERVER].passed);
}

/* Resolves host:port or [v6]:port and makes a listening or connecting socket.
 * Returns it, or -1 with a message. */
static int
open_socket(const char *address, bool listening)
{
	char host[256], *colon;
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found, *ai;
	int fd = -1, code, one = 1;

	snprintf(host, sizeof(host), "%s", address[0] == '[' ? address + 1 : address);
	colon = strrchr(host, ':');
	if (colon == NULL)
		die(2, "address \"%s\" has no port", address);
	*colon = '\0';
	if (address[0] == '[' && colon > host && colon[-1] == ']')
		colon[-1] = '\0';
	code = getaddrinfo(host, colon + 1, &hints, &found);
	if (code != 0)
		die(2, "address \"%s\": %s", address, gai_strerror(code));
	for (ai = found; ai != NULL && fd == -1; ai = ai->ai_next) {
		fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd == -1)
			continue;
		if (listening)
			setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (listening ? bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 || listen(fd, 64) == -1
		              : connect(fd, ai->ai_addr, ai->ai_addrlen) == -1 && errno != EINPROGRESS) {
			code = errno;
			close(fd);
			fd = -1;
			errno = code;
		}
	}
	freeaddrinfo(found);
	if (fd == -1)
		fprintf(stderr, "relay: cannot %s %s: %s\n", listening ? "listen on" : "connect to",
		        address, strerror(errno));
	return fd;
}

static void
print_listening(int fd)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t length = sizeof(ss);
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (getsockname(fd, (struct sockaddr *)&ss, &length) == -1 ||
	    getnameinfo((struct sockaddr *)&ss, length, host, sizeof(host), port, sizeof(port),
	                NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		die(3, "cannot tell where it listens");
	printf(ss.ss_family == AF_INET6 ? "listening on [%s]:%s\n" : "listening on %s:%s\n", host,
	       port);
}

/* N of the lasting rule ACTION for the stream of SIDE; 0: there is none. */
static int64_t
lasting(const struct link *link, enum action action, int side)
{
	for (int i = 0; i < rule_count && !link->faithful; i++)
		if (rules[i].action == action && (rules[i].side == side || rules[i].side == BOTH))
			return rules[i].n;
	return 0;
}

/* Appends to the queue of what SIDE sent. */
static void
queue(struct flow *flow, const uint8_t *data, size_t length)
{
	if (flow->head > 0 && flow->length == 0)
		flow->head = 0;
	if (flow->head + flow->length + length > flow->size) {
		if (flow->length > 0)
			memmove(flow->data, flow->data + flow->head, flow->length);
		flow->head = 0;
		while (flow->length + length > flow->size)
			flow->size = flow->size == 0 ? 2 * BUFFER : 2 * flow->size;
		flow->data = must(realloc(flow->data, flow->size));
	}
	memcpy(flow->data + flow->head + flow->length, data, length);
	flow->length += length;
	flow->queued += (int64_t)length;
}

static void
unqueue(struct flow *flow)
{
	flow->length = flow->head = 0;
	flow->queued = flow->passed;
	flow->mark_head = flow->mark_count = 0;
}

/* The edits. */

static void edit(struct link *link, int side, int from, uint8_t byte);

static void
edit_on(struct link *link, int side, int index, int64_t at)
{
	struct edit *e = &link->flow[side].edits[index];

	e->on = true;
	e->at = at;
	e->last = -1;
	/* An edit that begins in the middle has not counted from the start. */
	e->seen = link->flow[side].read;
	free(e->kept);
	e->kept = rules[index].action == REPEAT || rules[index].action == SWAP
	                  ? must(malloc((size_t)rules[index].n + 1)) : NULL;
}

static void
emit_kept(struct link *link, int side, int index)
{
	const struct edit *e = &link->flow[side].edits[index];

	for (size_t i = 0; i < e->kept_length; i++)
		edit(link, side, index + 1, e->kept[i]);
}

static void
edited(struct link *link, int side, int index, const char *what)
{
	struct edit *e = &link->flow[side].edits[index];

	if (!e->told)
		tell(link, what, side, ",\"at\":%jd,\"n\":%jd,\"times\":%jd", (intmax_t)e->at,
		     (intmax_t)e->done, (intmax_t)rules[index].times);
	e->told = true;
}

/* The first may be that of the line before the streams: two are told. */
static void
rewritten(struct link *link, int side, int index, const char *what)
{
	struct edit *e = &link->flow[side].edits[index];

	if (e->done++ < 2)
		tell(link, what, side, ",\"at\":%jd", (intmax_t)(e->seen - 1));
}

/* One byte through the edit INDEX; the next ones get what it makes of it. */
static void
edit_one(struct link *link, int side, int index, uint8_t byte)
{
	const struct rule *rule = &rules[index];
	struct edit *e = &link->flow[side].edits[index];
	const int64_t in = e->seen++ - e->at; /* how far into the stretch */
	const int next = index + 1, last = e->last;

	e->last = byte;
	switch (rule->action) {
	case FLIP:
		edit(link, side, next, in == 0 ? byte ^ 1 : byte);
		if (in == 0) {
			e->done = 1;
			edited(link, side, index, "byte-flipped");
		}
		return;
	case CORRUPT:
		edit(link, side, next, in >= 0 ? byte ^ 1 : byte);
		if (in == 0)
			edited(link, side, index, "corrupt-begins");
		return;
	case DROP:
		if (in < 0 || in >= rule->n) {
			edit(link, side, next, byte);
			return;
		}
		if (++e->done == rule->n)
			edited(link, side, index, "bytes-dropped");
		return;
	case INSERT:
		if (in == 0) {
			for (int64_t i = 0; i < rule->n; i++)
				edit(link, side, next, 0x55);
			e->done = rule->n;
			edited(link, side, index, "bytes-inserted");
		}
		edit(link, side, next, byte);
		return;
	case REPEAT:
		edit(link, side, next, byte);
		if (in < 0 || in >= rule->n)
			return;
		e->kept[e->kept_length++] = byte;
		if (in == rule->n - 1) {
			for (int64_t i = 0; i < rule->times; i++)
				emit_kept(link, side, index);
			e->done = rule->n;
			edited(link, side, index, "bytes-repeated");
		}
		return;
	case SWAP:
		if (in >= 0 && in < rule->n) {
			e->kept[e->kept_length++] = byte;
			return;
		}
		edit(link, side, next, byte);
		if (in >= rule->n && in < 2 * rule->n && ++e->done == rule->n) {
			emit_kept(link, side, index);
			e->kept_length = 0;
			edited(link, side, index, "bytes-swapped");
		}
		return;
	case CRLF: /* a CR waits for what follows it */
		if (last == '\r' && byte == '\n')
			rewritten(link, side, index, "crlf-rewritten");
		else if (last == '\r')
			edit(link, side, next, '\r');
		if (byte != '\r')
			edit(link, side, next, byte);
		return;
	default: /* LF */
		if (byte == '\n' && last != '\r') {
			edit(link, side, next, '\r');
			rewritten(link, side, index, "lf-rewritten");
		}
		edit(link, side, next, byte);
		return;
	}
}

/* A byte that comes to the first edit at FROM or after it, or to the queue. */
static void
edit(struct link *link, int side, int from, uint8_t byte)
{
	while (from < rule_count && !link->flow[side].edits[from].on)
		from++;
	if (from == rule_count)
		queue(&link->flow[side], &byte, 1);
	else
		edit_one(link, side, from, byte);
}

/* The stream is over: what an edit kept back goes, and what it did is told. */
static void
edits_end(struct link *link, int side)
{
	for (int i = 0; i < rule_count; i++) {
		struct edit *e = &link->flow[side].edits[i];

		if (!e->on)
			continue;
		switch (rules[i].action) {
		case SWAP:
			emit_kept(link, side, i);
			if (e->done > 0 && e->kept_length > 0)
				edited(link, side, i, "bytes-swapped");
			e->kept_length = 0;
			break;
		case CRLF:
			if (e->last == '\r')
				edit(link, side, i + 1, '\r');
			break;
		case DROP:
			if (e->done > 0)
				edited(link, side, i, "bytes-dropped");
			break;
		default:
			break;
		}
		e->on = false;
	}
}

static bool
has_edits(const struct flow *flow)
{
	for (int i = 0; i < rule_count; i++)
		if (flow->edits[i].on)
			return true;
	return false;
}

/* The links. */

static int64_t
later(int64_t at, int64_t after)
{
	return at > NEVER - after ? NEVER : at + after;
}

/* A closed socket with unread bytes sends an RST and no FIN (RFC 1122 section
 * 4.2.2.13), which the line must tell. */
static int
unread(const struct link *link, int side)
{
	int bytes = 0;

	if (link->fd[side] == -1 || ioctl(link->fd[side], SIOCINQ, &bytes) == -1)
		return 0;
	return bytes;
}

static void
link_end(struct link *link, const char *why)
{
	const int left[2] = { unread(link, CLIENT), unread(link, SERVER) };

	if (link->over)
		return;
	for (int side = CLIENT; side <= SERVER; side++) {
		if (link->fd[side] != -1)
			close(link->fd[side]);
	}
	link->over = true;
	tell(link, why, BOTH, ",\"unread\":{\"client\":%d,\"server\":%d}", left[CLIENT], left[SERVER]);
}

static void
link_free(struct link *link)
{
	for (int side = CLIENT; side <= SERVER; side++) {
		for (int i = 0; i < rule_count; i++)
			free(link->flow[side].edits[i].kept);
		free(link->flow[side].data);
		free(link->flow[side].marks);
	}
	for (int i = 0; i < link_count; i++) {
		if (links[i] == link)
			links[i] = links[--link_count];
	}
	free(link);
}

static void
stream_discard(struct link *link, int side)
{
	link->flow[side].discard = true;
	for (int i = 0; i < rule_count; i++)
		link->flow[side].edits[i].on = false;
	unqueue(&link->flow[side]);
}

/* An RST to the end SIDE, and nothing to the other one: close(2) sends it after
 * SO_LINGER of zero (RFC 9293 section 3.10.5). What the other end sends from
 * here on is read and thrown away. */
static void
reset_end(struct link *link, int side)
{
	const struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	if (link->fd[side] == -1)
		return;
	if (setsockopt(link->fd[side], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) == -1)
		die(3, "SO_LINGER: %s", strerror(errno));
	close(link->fd[side]);
	link->fd[side] = -1;
	stream_discard(link, !side);
	link->flow[!side].finished = true;
	link->flow[side].eof = link->flow[side].finished = true;
	unqueue(&link->flow[side]);
	tell(link, "rst-sent", side, "%s", "");
	if (link->fd[!side] == -1)
		link_end(link, "end");
}

/* The other end is told of the FIN of SIDE, ours (WHAT fin-forged) or its own. */
static void
send_fin(struct link *link, int side, const char *what)
{
	struct flow *flow = &link->flow[side];

	flow->finished = true;
	if (link->fd[!side] == -1 || shutdown(link->fd[!side], SHUT_WR) == -1)
		return;
	flow->forwarded = true;
	tell(link, what, side, "%s", "");
}

static void set_off(struct link *link, enum trigger trigger, int side, int64_t now);

static void
do_rule(struct link *link, int index, int side, int64_t now)
{
	const struct rule *rule = &rules[index];
	const int from = rule->side == BOTH ? CLIENT : rule->side;
	const int to = rule->side == BOTH ? SERVER : rule->side;

	if (spent_by != 0 && spent_by != link->number)
		return;
	if (config.once)
		spent_by = link->number;
	switch (rule->action) {
	case CLOSE:
		link_end(link, "closed");
		return;
	case RESET:
		for (int s = from; s <= to; s++)
			reset_end(link, s);
		return;
	case SWALLOW:
		link->flow[side].finished = true;
		tell(link, "fin-swallowed", side, "%s", "");
		return;
	case HOLD_FIN:
		if (link->flow[!side].eof)
			return;
		link->flow[side].hold = true;
		tell(link, "fin-held", side, "%s", "");
		return;
	case LATE:
		link->flow[side].fin_at = later(now, rule->n * MSEC);
		tell(link, "fin-held", side, ",\"ms\":%jd", (intmax_t)rule->n);
		return;
	case LATE_BYTES:
		link->flow[side].fin_bytes = link->flow[!side].read + rule->n;
		tell(link, "fin-held", side, ",\"bytes\":%jd", (intmax_t)rule->n);
		return;
	default:
		break;
	}
	for (int s = from; s <= to; s++) {
		struct flow *flow = &link->flow[s];

		switch (rule->action) {
		case FIN:
			if (flow->finished)
				break;
			stream_discard(link, s);
			send_fin(link, s, "fin-forged");
			break;
		case BLACKHOLE:
			flow->dead = true;
			tell(link, "blackhole-begins", s, "%s", "");
			break;
		case DISCARD:
			stream_discard(link, s);
			tell(link, "discard-begins", s, "%s", "");
			break;
		default: /* an edit */
			if (!flow->eof)
				edit_on(link, s, index, flow->read);
			break;
		}
	}
}

static void
run_rule(struct link *link, int index, int side, int64_t now)
{
	link->ran[index] = true;
	link->when = triggers[rules[index].trigger].name;
	do_rule(link, index, side, now);
	link->when = NULL;
}

/* An edit that begins with the stream: it counts the bytes itself. */
static bool
knows_its_place(const struct rule *rule)
{
	return IS_EDIT(rule->action) && rule->after == 0 &&
	       (rule->trigger == AT_BYTE || rule->trigger == AT_OPEN);
}

static bool
matches(const struct link *link, const struct rule *rule, enum trigger trigger, int side)
{
	if (rule->trigger != trigger)
		return false;
	if (trigger != AT_FIN && trigger != AT_PASSED)
		return true;
	const bool last = trigger == AT_FIN ? link->flow[!side].eof : link->flow[!side].forwarded;

	return rule->of == BOTH || rule->of == side || (rule->of == FIRST && !last) ||
	       (rule->of == LAST && last);
}

/* TRIGGER came true, by the stream of SIDE: its rules are due, some at once. */
static void
set_off(struct link *link, enum trigger trigger, int side, int64_t now)
{
	for (int i = 0; i < rule_count && !link->over && !link->faithful; i++) {
		const struct rule *rule = &rules[i];

		/* One about a FIN may have two to treat. */
		if (link->due[i] != NEVER && !(IS_FIN(rule->action) && rule->of == BOTH))
			continue;
		if (IS_LASTING(rule->action) || !matches(link, rule, trigger, side))
			continue;
		if (knows_its_place(rule))
			continue;
		if (trigger == AT_BYTE) {
			const int64_t passed = rule->of == BOTH
			        ? link->flow[CLIENT].passed + link->flow[SERVER].passed
			        : link->flow[rule->of].passed;

			if (passed < rule->at)
				continue;
		}
		link->due[i] = later(now, rule->after);
		if (rule->after == 0)
			run_rule(link, i, side, now);
	}
}

static void
link_open(int client, const char *upstream)
{
	static int number;
	struct link *link;
	int server;

	if (link_count == LINKS_MAX)
		die(3, "more than %d connections at once", LINKS_MAX);
	server = open_socket(upstream, false);
	if (server == -1) {
		close(client);
		return;
	}
	link = must(calloc(1, sizeof(*link)));
	link->number = ++number;
	link->fd[CLIENT] = client;
	link->fd[SERVER] = server;
	link->began = link->moved_at = now_ns();
	for (int i = 0; i < rule_count; i++)
		link->due[i] = NEVER;
	for (int side = CLIENT; side <= SERVER; side++) {
		struct flow *flow = &link->flow[side];

		flow->fin_at = flow->rst_at = NEVER;
		flow->fin_bytes = -1;
		for (int i = 0; i < rule_count; i++) {
			const struct rule *rule = &rules[i];

			if (knows_its_place(rule) && (rule->side == side || rule->side == BOTH))
				edit_on(link, side, i, rule->at);
		}
	}
	link->connecting = true;
	links[link_count++] = link;
}

/* The server has accepted, or not. */
static void
link_begin(struct link *link, int64_t now)
{
	int error = 0;
	socklen_t size = sizeof(error);

	link->connecting = false;
	link->began = link->moved_at = now;
	if (getsockopt(link->fd[SERVER], SOL_SOCKET, SO_ERROR, &error, &size) == -1 || error != 0) {
		fprintf(stderr, "relay: cannot connect: %s\n", strerror(error));
		link_end(link, "refused");
		return;
	}
	tell(link, "open", BOTH, "%s", "");
	set_off(link, AT_OPEN, BOTH, now);
	set_off(link, AT_BYTE, BOTH, now); /* the one at byte 0 */
}

/* The string member NAME of the request line, cut to what JSON can take as it is. */
static void
member(const struct link *link, const char *name, char *to, size_t size)
{
	char pattern[32];
	const char *at;
	size_t length = 0;

	snprintf(pattern, sizeof(pattern), "\"%s\":\"", name);
	at = memmem(link->line, link->line_length, pattern, strlen(pattern));
	if (at != NULL) {
		at += strlen(pattern);
		while (length < size - 1 && at + length < link->line + link->line_length &&
		       (at[length] == '-' || (at[length] >= 'a' && at[length] <= 'z') ||
		        (at[length] >= '0' && at[length] <= '9'))) {
			to[length] = at[length];
			length++;
		}
	}
	to[length] = '\0';
}

/* Looks for the first line of what the client sends: who asks for a report, or
 * for anything but a scenario, is left alone. */
static void
peek(struct link *link, const uint8_t *data, size_t length)
{
	const size_t room = sizeof(link->line) - link->line_length;
	const size_t take = length < room ? length : room;
	char request[32];

	if (link->line_whole)
		return;
	memcpy(link->line + link->line_length, data, take);
	link->line_length += take;
	const char *newline = memchr(link->line, '\n', link->line_length);

	if (newline == NULL && link->line_length < sizeof(link->line))
		return;
	link->line_whole = true;
	if (newline == NULL)
		return;
	link->line_length = (size_t)(newline - link->line);
	member(link, "request", request, sizeof(request));
	member(link, "scenario", link->scenario, sizeof(link->scenario));
	if (*request == '\0')
		return;
	if (config.only != NULL ? strcmp(config.only, request) != 0 && strcmp(config.only, link->scenario) != 0
	                        : strcmp(request, "play") != 0 && !config.all) {
		link->faithful = true;
		for (int side = CLIENT; side <= SERVER; side++)
			for (int i = 0; i < rule_count; i++)
				link->flow[side].edits[i].on = false;
	}
	tell(link, "request", CLIENT, ",\"request\":\"%s\",\"faithful\":%s,\"line\":%zu", request,
	     link->faithful ? "true" : "false", link->line_length + 1);
}

/* The FIN of SIDE came. */
static void
link_fin(struct link *link, int side, int64_t now)
{
	struct flow *flow = &link->flow[side];
	const int64_t tail = lasting(link, TAIL, side);

	edits_end(link, side);
	link->moved_at = now;
	tell(link, "fin-read", side, "%s", "");
	flow->fin_at = later(now, lasting(link, DELAY, side) * MSEC);
	set_off(link, AT_FIN, side, now);
	flow->eof = true;
	if (link->over)
		return;
	if (tail > 0 && flow->read > config.spare && flow->length > 0) {
		const size_t lost = flow->length < (size_t)tail ? flow->length : (size_t)tail;

		flow->length -= lost;
		flow->queued -= (int64_t)lost;
		tell(link, "bytes-dropped", side, ",\"at\":%jd,\"n\":%zu", (intmax_t)flow->queued, lost);
	}
	/* Whom we reset has nothing left to say. The other one has heard of an end
	 * already, or is not to. */
	if (flow->finished && link->fd[!side] == -1 && link->flow[!side].forwarded)
		link_end(link, "end");
}

/* The end SIDE aborted. */
static void
link_rst(struct link *link, int side, int64_t now)
{
	struct flow *flow = &link->flow[side];
	bool mask = false;

	tell(link, "rst-read", side, "%s", "");
	for (int i = 0; i < rule_count && !link->faithful; i++)
		mask |= rules[i].action == RST_TO_FIN && (rules[i].side == side || rules[i].side == BOTH);
	close(link->fd[side]);
	link->fd[side] = -1;
	flow->eof = true;
	stream_discard(link, !side);
	link->flow[!side].finished = true;
	if (link->fd[!side] == -1) {
		link_end(link, "end");
	} else if (mask) {
		if (!flow->finished)
			flow->fin_at = later(now, lasting(link, DELAY, side) * MSEC);
		tell(link, "rst-masked", side, "%s", "");
	} else {
		flow->rst_at = later(now, lasting(link, DELAY, side) * MSEC);
	}
}

/* Queues what was read, through the edits. */
static void
take(struct link *link, int side, const uint8_t *data, size_t length, int64_t now)
{
	struct flow *flow = &link->flow[side];
	const int64_t delay = lasting(link, DELAY, side);

	if (side == CLIENT)
		peek(link, data, length);
	if (flow->discard) {
		flow->read += (int64_t)length;
		if (!flow->told_discard)
			tell(link, "bytes-discarded", side, "%s", "");
		flow->told_discard = true;
		return;
	}
	if (!has_edits(flow)) {
		queue(flow, data, length);
	} else {
		for (size_t i = 0; i < length; i++)
			edit(link, side, 0, data[i]);
	}
	flow->read += (int64_t)length;
	if (delay == 0)
		return;
	if (flow->mark_head == flow->mark_count)
		flow->mark_head = flow->mark_count = 0;
	if (flow->mark_count == flow->mark_size) {
		flow->mark_size = flow->mark_size == 0 ? 64 : 2 * flow->mark_size;
		flow->marks = must(realloc(flow->marks, flow->mark_size * sizeof(*flow->marks)));
	}
	flow->marks[flow->mark_count++] = (struct mark){ later(now, delay * MSEC), flow->queued };
}

/* Bytes that may wait in the queue of SIDE. */
static size_t
queue_most(const struct link *link, int side)
{
	return lasting(link, DELAY, side) > 0 ? DELAYED_MOST
	                                      : BUFFER + (size_t)lasting(link, TAIL, side);
}

/* Reads what SIDE sent. */
static void
link_read(struct link *link, int side, int64_t now)
{
	uint8_t data[BUFFER];
	struct flow *flow = &link->flow[side];
	const size_t most = queue_most(link, side);
	size_t room = flow->length < most ? most - flow->length : 1;
	ssize_t n;

	if (flow->dead)
		return;
	if (flow->eof) {
		/* recv(2) goes on telling of the FIN, whatever came after it. */
		int error = 0;
		socklen_t size = sizeof(error);

		if (getsockopt(link->fd[side], SOL_SOCKET, SO_ERROR, &error, &size) == -1 || error != 0)
			link_rst(link, side, now);
		return;
	}
	n = recv(link->fd[side], data, room < sizeof(data) ? room : sizeof(data), MSG_DONTWAIT);
	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			link_rst(link, side, now);
		return;
	}
	if (n == 0) {
		link_fin(link, side, now);
		return;
	}
	take(link, side, data, (size_t)n, now);
	flow->read_at = link->moved_at = now;
}

/* Bytes of what SIDE sent that may be passed on now. */
static size_t
deliverable(const struct link *link, int side, int64_t now)
{
	const struct flow *flow = &link->flow[side];
	int64_t end = flow->queued;
	const int64_t tail = lasting(link, TAIL, side);

	if (lasting(link, DELAY, side) > 0) {
		end = flow->passed;
		for (size_t i = flow->mark_head; i < flow->mark_count && flow->marks[i].due <= now; i++)
			end = flow->marks[i].end;
	}
	if (tail > 0 && !flow->eof && now - flow->read_at < HOLD && end > flow->queued - tail)
		end = flow->queued - tail;
	/* What is limited ends at its byte. */
	for (int i = 0; i < rule_count && !link->faithful; i++) {
		const struct rule *rule = &rules[i];
		int64_t limit = rule->at;

		if (rule->trigger != AT_BYTE || knows_its_place(rule) || link->due[i] != NEVER ||
		    (rule->of != side && rule->of != BOTH))
			continue;
		if (rule->of == BOTH)
			limit -= link->flow[!side].passed;
		if (end > limit)
			end = limit;
	}
	return end > flow->passed ? (size_t)(end - flow->passed) : 0;
}

/* The FIN of SIDE may be forwarded. */
static bool
fin_is_due(const struct link *link, int side, int64_t now)
{
	const struct flow *flow = &link->flow[side], *other = &link->flow[!side];

	if (flow->length > 0 || flow->finished || now < flow->fin_at)
		return false;
	return (!flow->hold || other->eof) && (flow->fin_bytes < 0 || other->read >= flow->fin_bytes);
}

/* Passes on what SIDE sent, and its FIN when that is due. */
static void
link_write(struct link *link, int side, int64_t now)
{
	struct flow *flow = &link->flow[side];
	const size_t length = deliverable(link, side, now);

	if (flow->dead || link->fd[!side] == -1)
		return;
	if (now >= flow->rst_at) {
		reset_end(link, !side);
		return;
	}
	if (length > 0) {
		const ssize_t n = send(link->fd[!side], flow->data + flow->head, length,
		                       MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n == -1 && errno != EAGAIN && errno != EINTR) {
			link_rst(link, !side, now);
			return;
		}
		if (n > 0) {
			flow->head += (size_t)n;
			flow->length -= (size_t)n;
			flow->passed += n;
			link->moved_at = now;
			while (flow->mark_head < flow->mark_count &&
			       flow->marks[flow->mark_head].end <= flow->passed)
				flow->mark_head++;
			set_off(link, AT_BYTE, side, now);
			if (link->over)
				return;
		}
	}
	if (fin_is_due(link, side, now)) {
		link->moved_at = now;
		send_fin(link, side, "fin-forwarded");
		set_off(link, AT_PASSED, side, now);
	}
}

static bool
is_idle_rule(const struct link *link, const struct rule *rule)
{
	return rule->trigger == AT_IDLE || (rule->trigger == AT_HALF_IDLE &&
	                                    link->flow[CLIENT].eof != link->flow[SERVER].eof);
}

/* When rule INDEX is to be run, as far as is known now. */
static int64_t
due_at(const struct link *link, int index)
{
	if (link->faithful || link->connecting || link->ran[index])
		return NEVER;
	if (link->due[index] == NEVER && is_idle_rule(link, &rules[index]))
		return later(later(link->moved_at, rules[index].at), rules[index].after);
	return link->due[index];
}

/* Does what READY (poll's answer for both sockets) and the time allow. */
static void
link_serve(struct link *link, const struct pollfd ready[2], int64_t now)
{
	if (link->connecting && ready[SERVER].revents != 0)
		link_begin(link, now);
	if (link->connecting || link->over)
		return;
	for (int side = CLIENT; side <= SERVER; side++) {
		if (!link->over && ready[side].fd != -1 && ready[side].fd == link->fd[side] &&
		    (ready[side].revents & ~POLLOUT) != 0)
			link_read(link, side, now);
	}
	for (int i = 0; i < rule_count && !link->over; i++) {
		if (now >= due_at(link, i)) {
			link->due[i] = now;
			run_rule(link, i, rules[i].of <= SERVER ? rules[i].of : CLIENT, now);
		}
	}
	for (int side = CLIENT; side <= SERVER; side++) {
		if (!link->over)
			link_write(link, side, now);
	}
	if (!link->over && link->flow[CLIENT].eof && link->flow[SERVER].eof &&
	    link->flow[CLIENT].forwarded && link->flow[SERVER].forwarded)
		link_end(link, "end");
}

static void
sooner(int64_t at, int64_t *until)
{
	if (at < *until)
		*until = at;
}

/* What to wait for on the socket of SIDE, and until when. */
static struct pollfd
link_wait(const struct link *link, int side, int64_t now, int64_t *until)
{
	const struct flow *in = &link->flow[side], *out = &link->flow[!side];
	struct pollfd wait = { .fd = link->fd[side] };

	if (wait.fd == -1)
		return wait;
	if (link->connecting) {
		if (side == SERVER)
			wait.events = POLLOUT;
		else
			wait.fd = -1;
		return wait;
	}
	if (!in->eof && !in->dead && (in->discard || in->length < queue_most(link, side)))
		wait.events |= POLLIN;
	if (!out->dead) {
		if (deliverable(link, !side, now) > 0)
			wait.events |= POLLOUT;
		else if (out->mark_head < out->mark_count && out->marks[out->mark_head].due > now)
			sooner(out->marks[out->mark_head].due, until);
		else if (out->length > 0 && lasting(link, TAIL, !side) > 0 && out->read_at + HOLD > now)
			sooner(out->read_at + HOLD, until);
		if (out->length == 0 && !out->finished && (out->fin_at > now || fin_is_due(link, !side, now)))
			sooner(out->fin_at, until);
		sooner(out->rst_at, until);
	}
	/* An RST is told of unasked, and so is, forever, the end of both streams:
	 * then, and when nothing is to be read, the socket is left out. */
	if (wait.events == 0 && (in->dead || (in->eof && out->forwarded)))
		wait.fd = -1;
	return wait;
}

static void __attribute__((noreturn))
run(int listener, const char *upstream)
{
	static struct pollfd fds[1 + 2 * LINKS_MAX];
	static struct link *polled[LINKS_MAX];

	for (;;) {
		const int count = link_count;
		int64_t until = NEVER, now = now_ns();
		struct timespec wait = { 0 };
		int client;

		fds[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
		for (int i = 0; i < count; i++) {
			polled[i] = links[i];
			for (int side = CLIENT; side <= SERVER; side++)
				fds[1 + 2 * i + side] = link_wait(links[i], side, now, &until);
			for (int r = 0; r < rule_count; r++)
				sooner(due_at(links[i], r), &until);
		}
		if (until > now && until != NEVER)
			wait = (struct timespec){ (time_t)((until - now) / 1000000000),
				                  (long)((until - now) % 1000000000) };
		if (ppoll(fds, 1 + 2 * (nfds_t)count, until == NEVER ? NULL : &wait, NULL) == -1 &&
		    errno != EINTR)
			die(3, "poll: %s", strerror(errno));
		now = now_ns();
		for (int i = 0; i < count; i++) {
			link_serve(polled[i], &fds[1 + 2 * i], now);
			if (polled[i]->over)
				link_free(polled[i]);
		}
		if (fds[0].revents != 0) {
			client = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
			if (client != -1)
				link_open(client, upstream);
		}
	}
}

static void __attribute__((noreturn))
help(void)
{
	fputs("Usage: relay forward|close --connect HOST:PORT [switches]\n"
	      "\n"
	      "  forward                  forwards a FIN as a FIN: keeps half-closes\n"
	      "  close                    closes both ways at the first FIN: full close\n"
	      "\n"
	      "  --listen HOST:PORT       where to listen (default 127.0.0.1:0); the first line\n"
	      "                           on standard output tells the port\n"
	      "  --connect HOST:PORT      the server\n"
	      "  --fault FAULT            see below; may be given more than once\n"
	      "  --all                    faults also in connections whose first line is a request\n"
	      "                           for something else than a scenario (a report)\n"
	      "  --only WORD              faults in those alone whose request or scenario is called\n"
	      "                           that, \"report\" or \"download\"\n"
	      "  --once                   the first connection that has its fault is the only one\n"
	      "\n"
	      "A FAULT is WHAT[:SIDE][=N[xTIMES]][@WHEN[:OF][=N][+MS]].\n"
	      "\n"
	      "  close                    closes both ways in good order, data or not\n"
	      "  reset[:END]              RST to that end (client, server, both); an end that is not\n"
	      "                           reset is read and hears nothing\n"
	      "  fin:STREAM               a FIN of its own behind what this end has sent so far; the\n"
	      "                           rest is thrown away and the real FIN dropped\n"
	      "  blackhole[:STREAM]       neither reads nor passes it on; the sockets stay\n"
	      "  discard[:STREAM]         reads it and throws it away; its FIN is passed on\n"
	      "  swallow                  never forwards the FIN that set it off\n"
	      "  hold                     holds it until the other stream has ended\n"
	      "  late=MS, late-bytes=N    holds it so long, or until so much came the other way\n"
	      "  flip, corrupt            one bit of one byte, or of every byte from there on\n"
	      "  drop=N, insert=N         bytes\n"
	      "  repeat=NxTIMES           N bytes over again, so many times more\n"
	      "  swap=N                   N bytes and the N behind them\n"
	      "  crlf, lf                 CRLF becomes LF, LF becomes CRLF\n"
	      "  tail=N                   drops the last N bytes before the FIN\n"
	      "  delay=MS                 everything, faultless\n"
	      "  rst-to-fin               an RST from that end becomes a FIN\n"
	      "\n"
	      "SIDE is client, server or both (the default). WHEN is open (the default), fin or\n"
	      "passed (a FIN of client, server, both, first or last was read or forwarded),\n"
	      "byte=N (so many bytes of OF were passed on, both: together; an edit: at that\n"
	      "byte), idle=MS or half-idle=MS (nothing moved; half-closed only), each +MS later.\n"
	      "A FIN that becomes an RST is reset:server@fin:client.\n"
	      "\n"
	      "Shorthands:\n"
	      "  --direction WHOSE        client, server or both: whose FIN the next four are\n"
	      "                           about (default client)\n"
	      "  --swallow-fin            swallow@fin:WHOSE\n"
	      "  --delay-fin MS           late=MS@fin:WHOSE\n"
	      "  --reset-after-fin        reset@fin:WHOSE\n"
	      "  --cut-after MS           close@fin:WHOSE+MS\n"
	      "  --read-all-then-close    fin:server@fin:client: FIN both ways; what the server\n"
	      "                           still sends is read and thrown away\n"
	      "  --hide-eof               swallow@fin:server\n"
	      "  --drop-last N            tail:server=N\n"
	      "  --drop-upload N          tail:client=N\n"
	      "  --spare N                the two above leave streams of at most N bytes whole\n"
	      "  --flip OFFSET            flip:server@byte=OFFSET\n"
	      "  --mask-reset             rst-to-fin:server\n",
	      stdout);
	exit(0);
}

static int64_t
number(const char *flag, const char *text)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < 0 || value > INT_MAX)
		die(2, "%s: \"%s\" is not a number from 0 to %d", flag, text, INT_MAX);
	return value;
}

/* Cuts TEXT at the last C: what is after it, or NULL. */
static char *
cut(char *text, char c)
{
	char *at = text == NULL ? NULL : strrchr(text, c);

	if (at == NULL)
		return NULL;
	*at = '\0';
	return at + 1;
}

static int
side_named(const char *name, bool order)
{
	if (name == NULL)
		return BOTH;
	for (int i = CLIENT; i <= BOTH; i++)
		if (strcmp(name, sides[i]) == 0)
			return i;
	if (order && strcmp(name, "first") == 0)
		return FIRST;
	if (order && strcmp(name, "last") == 0)
		return LAST;
	die(2, "--fault: \"%s\" is not client, server%s both", name, order ? ", first, last or" : " or");
}

/* Adds the rule that FAULT (see help) describes. */
static void
add_fault(const char *fault)
{
	char text[128], *when, *after, *at, *of, *times, *n, *side;
	struct rule *rule = &rules[rule_count];

	if (rule_count == RULES_MAX)
		die(2, "--fault: more than %d", RULES_MAX);
	if (strlen(fault) >= sizeof(text))
		die(2, "--fault: \"%s\" is too long", fault);
	strcpy(text, fault);
	when = cut(text, '@');
	after = cut(when, '+');
	at = cut(when, '=');
	of = cut(when, ':');
	n = cut(text, '=');
	times = n == NULL ? NULL : cut(n, 'x');
	side = cut(text, ':');
	*rule = (struct rule){ .action = ACTIONS, .trigger = when == NULL ? AT_OPEN : TRIGGERS };
	for (int i = 0; i < ACTIONS; i++)
		if (strcmp(text, actions[i].name) == 0)
			rule->action = (enum action)i;
	for (int i = 0; i < TRIGGERS && when != NULL; i++)
		if (strcmp(when, triggers[i].name) == 0)
			rule->trigger = (enum trigger)i;
	if (rule->action == ACTIONS || rule->trigger == TRIGGERS)
		die(2, "--fault: \"%s\" is no %s; see --help", rule->action == ACTIONS ? text : when,
		    rule->action == ACTIONS ? "fault" : "moment");
	if ((n != NULL) != actions[rule->action].number || (at != NULL) != triggers[rule->trigger].number)
		die(2, "--fault: \"%s\" lacks a number or has one too many; see --help", fault);
	rule->side = side_named(side, false);
	rule->of = side_named(of, rule->trigger == AT_FIN || rule->trigger == AT_PASSED);
	rule->n = n == NULL ? 0 : number("--fault", n);
	rule->times = times == NULL ? 1 : number("--fault", times);
	rule->at = at == NULL ? 0 : number("--fault", at);
	rule->after = (after == NULL ? 0 : number("--fault", after)) * MSEC;
	if (rule->trigger == AT_IDLE || rule->trigger == AT_HALF_IDLE)
		rule->at *= MSEC;
	if ((IS_FIN(rule->action) && (rule->trigger != AT_FIN || rule->after > 0)) ||
	    (IS_LASTING(rule->action) && when != NULL))
		die(2, "--fault: \"%s\" cannot begin then; see --help", fault);
	rule_count++;
}

static void __attribute__((format(printf, 1, 2)))
add_rule(const char *format, ...)
{
	char text[128];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	add_fault(text);
}

int
main(int argc, char *argv[])
{
	enum { LISTEN = 1, CONNECT, FAULT, ALL, ONLY, DIRECTION, NO_FIN, LATE_FIN, RST, CUT, ONCE, READ_ALL,
	       HIDE, LAST_BYTES, UPLOAD, SPARE, FLIP_BIT, MASK, HELP };
	static const struct option flags[] = {
		{ "listen", required_argument, NULL, LISTEN },
		{ "connect", required_argument, NULL, CONNECT },
		{ "fault", required_argument, NULL, FAULT },
		{ "all", no_argument, NULL, ALL },
		{ "only", required_argument, NULL, ONLY },
		{ "direction", required_argument, NULL, DIRECTION },
		{ "swallow-fin", no_argument, NULL, NO_FIN },
		{ "delay-fin", required_argument, NULL, LATE_FIN },
		{ "reset-after-fin", no_argument, NULL, RST },
		{ "cut-after", required_argument, NULL, CUT },
		{ "once", no_argument, NULL, ONCE },
		{ "read-all-then-close", no_argument, NULL, READ_ALL },
		{ "hide-eof", no_argument, NULL, HIDE },
		{ "drop-last", required_argument, NULL, LAST_BYTES },
		{ "drop-upload", required_argument, NULL, UPLOAD },
		{ "spare", required_argument, NULL, SPARE },
		{ "flip", required_argument, NULL, FLIP_BIT },
		{ "mask-reset", no_argument, NULL, MASK },
		{ "help", no_argument, NULL, HELP },
		{ 0 },
	};
	const char *address = "127.0.0.1:0", *upstream = NULL, *mode, *whose = sides[CLIENT];
	bool swallow = false, reset = false;
	int64_t late = -1, cut_after = -1;
	int flag, index, listener;

	while ((flag = getopt_long(argc, argv, "", flags, &index)) != -1) {
		switch (flag) {
		case LISTEN: address = optarg; break;
		case CONNECT: upstream = optarg; break;
		case FAULT: add_fault(optarg); break;
		case ALL: config.all = true; break;
		case ONLY: config.only = optarg; break;
		case DIRECTION:
			whose = optarg;
			if (strcmp(whose, "client") != 0 && strcmp(whose, "server") != 0 &&
			    strcmp(whose, "both") != 0)
				die(2, "--direction: \"%s\" is not client, server or both", optarg);
			break;
		case NO_FIN: swallow = true; break;
		case LATE_FIN: late = number("--delay-fin", optarg); break;
		case RST: reset = true; break;
		case CUT: cut_after = number("--cut-after", optarg); break;
		case ONCE: config.once = true; break;
		case READ_ALL: add_rule("fin:server@fin:client"); break;
		case HIDE: add_rule("swallow@fin:server"); break;
		case LAST_BYTES: add_rule("tail:server=%jd", (intmax_t)number("--drop-last", optarg)); break;
		case UPLOAD: add_rule("tail:client=%jd", (intmax_t)number("--drop-upload", optarg)); break;
		case SPARE: config.spare = number("--spare", optarg); break;
		case FLIP_BIT:
			add_rule("flip:server@byte=%jd", (intmax_t)number("--flip", optarg));
			break;
		case MASK: add_rule("rst-to-fin:server"); break;
		case HELP: help();
		default: return 2;
		}
	}
	if (swallow)
		add_rule("swallow@fin:%s", whose);
	if (late >= 0)
		add_rule("late=%jd@fin:%s", (intmax_t)late, whose);
	if (reset)
		add_rule("reset@fin:%s", whose);
	if (cut_after >= 0)
		add_rule("close@fin:%s+%jd", whose, (intmax_t)cut_after);
	mode = optind == argc - 1 ? argv[optind] : "";
	if (strcmp(mode, "close") == 0)
		add_rule("close@passed:first");
	else if (strcmp(mode, "forward") != 0)
		mode = NULL;
	if (upstream == NULL || mode == NULL)
		die(2, "usage: relay forward|close --connect HOST:PORT [switches]; see --help");

	/* Lines are events that tests wait for. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	listener = open_socket(address, true);
	if (listener == -1)
		return 3;
	print_listening(listener);
	run(listener, upstream);
}
