/* SPDX-License-Identifier: MIT
 *
 * A relay between a client and a server that treats a half-close right or, by
 * request, in one of the wrong ways seen in the field. For tests only: small
 * enough to be trusted without a test of its own kind, see relay.bats.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
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
#define LINKS_MAX 256
/* How long bytes that may turn out to be the last ones are held back: the wait
 * must outlast the gap between a stream's last byte and its FIN, and yet let a
 * request pass whose sender waits for the answer. */
#define HOLD_MS 300
#define NEVER INT64_MAX

/* What happens to one direction. The index is the sender's. */
enum { CLIENT, SERVER };
struct policy {
	bool swallow;         /* its FIN is never forwarded */
	bool reset;           /* its FIN becomes RST both ways */
	int64_t delay_ms;     /* its FIN is forwarded late */
	int64_t cut_ms;       /* that long after its FIN all is closed; -1: never */
	int64_t drop;         /* its last bytes are lost */
	int64_t flip;         /* one bit of the byte at this offset; -1: none */
};

static struct {
	bool close_at_fin, discard_after_fin, mask_reset, cut_once;
	int64_t spare;
	struct policy policy[2];
} config = { .policy = { { .cut_ms = -1, .flip = -1 }, { .cut_ms = -1, .flip = -1 } } };

/* One direction of a link. */
struct flow {
	uint8_t *data;
	size_t length;
	int64_t total;   /* bytes read */
	int64_t read_at; /* ms */
	int64_t fin_at;  /* when to forward the FIN, NEVER until it came (or for good) */
	bool eof;        /* the FIN came */
	bool finished;   /* the FIN was forwarded */
	bool discard;    /* what comes is read and thrown away */
};

struct link {
	int number;
	int fd[2];           /* the sockets to the client and to the server */
	struct flow flow[2]; /* what the client sent, what the server sent */
	int64_t cut_at;      /* ms */
};

static struct link *links[LINKS_MAX];
static int link_count;

static const char *const names[2] = { "client", "server" };

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
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

static void __attribute__((format(printf, 2, 3)))
tell(const struct link *link, const char *format, ...)
{
	va_list args;

	printf("%d: ", link->number);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* Resolves host:port or [v6]:port and makes a listening or connected socket.
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
		fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd == -1)
			continue;
		if (listening)
			setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (listening ? bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 || listen(fd, 64) == -1
		              : connect(fd, ai->ai_addr, ai->ai_addrlen) == -1) {
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
	else
		fcntl(fd, F_SETFL, O_NONBLOCK);
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

static void
link_open(int client, const char *upstream)
{
	static int number;
	struct link *link;
	int server = open_socket(upstream, false);

	if (server == -1 || link_count == LINKS_MAX) {
		if (server != -1)
			close(server);
		close(client);
		return;
	}
	link = calloc(1, sizeof(*link));
	if (link == NULL)
		die(3, "out of memory");
	link->number = ++number;
	link->fd[CLIENT] = client;
	link->fd[SERVER] = server;
	link->cut_at = NEVER;
	for (int side = CLIENT; side <= SERVER; side++) {
		link->flow[side].fin_at = NEVER;
		link->flow[side].data = malloc(BUFFER + (size_t)config.policy[side].drop);
		if (link->flow[side].data == NULL)
			die(3, "out of memory");
	}
	links[link_count++] = link;
	tell(link, "connected");
}

/* Ends LINK in good order, or with RST: close(2) sends that after SO_LINGER of
 * zero (RFC 9293 section 3.10.5). */
static void
link_close(struct link *link, bool reset, const char *why)
{
	const struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	tell(link, "%s: %s both ways", why, reset ? "reset" : "closed");
	for (int side = CLIENT; side <= SERVER; side++) {
		if (reset)
			setsockopt(link->fd[side], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		close(link->fd[side]);
		free(link->flow[side].data);
	}
	for (int i = 0; i < link_count; i++) {
		if (links[i] == link)
			links[i] = links[--link_count];
	}
	free(link);
}

/* Bytes of FLOW that may be forwarded now. */
static size_t
deliverable(const struct flow *flow, const struct policy *policy, int64_t now)
{
	const size_t keep = (size_t)policy->drop;

	if (flow->eof || keep == 0 || now - flow->read_at >= HOLD_MS)
		return flow->length;
	return flow->length > keep ? flow->length - keep : 0;
}

/* The FIN of SIDE came. False when that ended the link. */
static bool
link_fin(struct link *link, int side, int64_t now)
{
	const struct policy *policy = &config.policy[side];
	struct flow *flow = &link->flow[side];

	tell(link, "FIN from the %s after %jd bytes", names[side], (intmax_t)flow->total);
	flow->eof = true;
	if (policy->reset) {
		link_close(link, true, "after the FIN");
		return false;
	}
	if (policy->drop > 0 && flow->total > config.spare) {
		const size_t lost =
		        flow->length < (size_t)policy->drop ? flow->length : (size_t)policy->drop;

		flow->length -= lost;
		tell(link, "dropped the last %zu bytes of the %s", lost, names[side]);
	}
	if (config.discard_after_fin && side == CLIENT) {
		link->flow[SERVER].discard = true;
		link->flow[SERVER].finished = true;
		shutdown(link->fd[CLIENT], SHUT_WR);
	}
	/* NOW is cut to milliseconds: one more, so that nothing comes early. */
	if (!policy->swallow)
		flow->fin_at = now + policy->delay_ms + (policy->delay_ms > 0);
	if (policy->cut_ms >= 0)
		link->cut_at = now + policy->cut_ms + 1;
	return true;
}

/* Reads what SIDE sent. False when that ended the link. */
static bool
link_read(struct link *link, int side, int64_t now)
{
	const struct policy *policy = &config.policy[side];
	struct flow *flow = &link->flow[side];
	const size_t room = BUFFER + (size_t)policy->drop - flow->length;
	const ssize_t n = recv(link->fd[side], flow->data + flow->length, room, MSG_DONTWAIT);

	if (n == -1) {
		if (errno == EAGAIN || errno == EINTR)
			return true;
		if (!config.mask_reset || side != SERVER) {
			link_close(link, true, side == CLIENT ? "reset by the client" : "reset by the server");
			return false;
		}
		tell(link, "reset by the server: masked");
		link->flow[CLIENT].discard = true;
		link->flow[CLIENT].finished = true;
		flow->eof = true;
		flow->fin_at = now;
		return true;
	}
	if (n == 0)
		return link_fin(link, side, now);
	if (policy->flip >= flow->total && policy->flip < flow->total + n) {
		flow->data[flow->length + (size_t)(policy->flip - flow->total)] ^= 1;
		tell(link, "flipped a bit at offset %jd of the %s", (intmax_t)policy->flip, names[side]);
	}
	flow->total += n;
	flow->read_at = now;
	flow->length += (size_t)n;
	return true;
}

/* Forwards what SIDE sent, and its FIN when that is due. False when that ended
 * the link. */
static bool
link_write(struct link *link, int side, int64_t now)
{
	struct flow *flow = &link->flow[side];
	size_t length = deliverable(flow, &config.policy[side], now);

	if (flow->discard) {
		flow->length = 0;
		return true;
	}
	if (length > 0) {
		const ssize_t n = send(link->fd[!side], flow->data, length, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n == -1 && errno != EAGAIN && errno != EINTR) {
			if (!config.mask_reset || side != CLIENT) {
				link_close(link, true, "cannot send");
				return false;
			}
			/* The next read from the server tells of the reset. */
			flow->discard = true;
			flow->finished = true;
			return true;
		}
		if (n > 0) {
			flow->length -= (size_t)n;
			memmove(flow->data, flow->data + n, flow->length);
		}
	}
	if (flow->length == 0 && !flow->finished && now >= flow->fin_at) {
		shutdown(link->fd[!side], SHUT_WR);
		flow->finished = true;
		tell(link, "FIN to the %s", names[!side]);
		if (config.close_at_fin) {
			link_close(link, false, "at the first FIN");
			return false;
		}
	}
	return true;
}

/* The links that are there, and those to come, are left alone. */
static void
cut_no_more(void)
{
	config.policy[CLIENT].cut_ms = config.policy[SERVER].cut_ms = -1;
	for (int i = 0; i < link_count; i++)
		links[i]->cut_at = NEVER;
}

/* Does what READY (poll's answer for both sockets) and the time allow. */
static void
link_serve(struct link *link, const struct pollfd ready[2], int64_t now)
{
	for (int side = CLIENT; side <= SERVER; side++) {
		if (ready[side].revents != 0 && (ready[side].events & POLLIN) != 0 &&
		    !link_read(link, side, now))
			return;
	}
	for (int side = CLIENT; side <= SERVER; side++) {
		if (!link_write(link, side, now))
			return;
	}
	if (now >= link->cut_at) {
		if (config.cut_once)
			cut_no_more();
		link_close(link, false, "after the time set");
	} else if (link->flow[CLIENT].eof && link->flow[SERVER].eof &&
	         link->flow[CLIENT].finished && link->flow[SERVER].finished)
		link_close(link, false, "both FINs forwarded");
}

/* What to wait for on the socket of SIDE, and until when. */
static struct pollfd
link_wait(const struct link *link, int side, int64_t now, int64_t *until)
{
	const struct flow *in = &link->flow[side], *out = &link->flow[!side];
	struct pollfd wait = { .fd = link->fd[side] };

	if (!in->eof && in->length < BUFFER + (size_t)config.policy[side].drop)
		wait.events |= POLLIN;
	if (deliverable(out, &config.policy[!side], now) > 0)
		wait.events |= POLLOUT;
	else if (out->length > 0 && out->read_at + HOLD_MS < *until)
		*until = out->read_at + HOLD_MS;
	else if (out->length == 0 && !out->finished && out->fin_at < *until)
		*until = out->fin_at;
	if (link->cut_at < *until)
		*until = link->cut_at;
	/* poll(2) reports POLLHUP and POLLERR unasked and for ever; a socket
	 * from which nothing is wanted is left out. */
	if (wait.events == 0)
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
		int64_t until = NEVER, now = now_ms(), wait;
		int client;

		fds[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
		for (int i = 0; i < count; i++) {
			polled[i] = links[i];
			for (int side = CLIENT; side <= SERVER; side++)
				fds[1 + 2 * i + side] = link_wait(links[i], side, now, &until);
		}
		wait = until == NEVER ? -1 : until <= now ? 0 : until - now;
		if (poll(fds, 1 + 2 * (nfds_t)count, wait > INT_MAX ? INT_MAX : (int)wait) == -1 &&
		    errno != EINTR)
			die(3, "poll: %s", strerror(errno));
		now = now_ms();
		for (int i = 0; i < count; i++)
			link_serve(polled[i], &fds[1 + 2 * i], now);
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
	      "  --direction WHOSE        client, server or both: whose FIN the next five are\n"
	      "                           about (default client)\n"
	      "  --swallow-fin            never forward the FIN\n"
	      "  --delay-fin MS           forward the FIN that much later\n"
	      "  --reset-after-fin        RST both ways instead of the FIN\n"
	      "  --cut-after MS           forward the FIN, and that much later close both ways in\n"
	      "                           good order, data or not\n"
	      "  --once                   cut the first connection whose time comes, and no other\n"
	      "  --read-all-then-close    at the client's FIN: FIN both ways; what the server still\n"
	      "                           sends is read and thrown away\n"
	      "  --hide-eof               never deliver the server's EOF\n"
	      "  --drop-last N            lose the last N bytes of the server's stream; its EOF is\n"
	      "                           delivered in good order\n"
	      "  --drop-upload N          lose the last N bytes before the client's FIN\n"
	      "  --spare N                the two above leave streams of at most N bytes whole\n"
	      "  --flip OFFSET            flip one bit at that offset of the server's stream\n"
	      "  --mask-reset             turn an RST from the server into an EOF in good order\n",
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

int
main(int argc, char *argv[])
{
	enum { LISTEN = 1, CONNECT, DIRECTION, SWALLOW, DELAY, RESET, CUT, ONCE, DISCARD, HIDE, LAST,
	       UPLOAD, SPARE, FLIP, MASK, HELP };
	static const struct option flags[] = {
		{ "listen", required_argument, NULL, LISTEN },
		{ "connect", required_argument, NULL, CONNECT },
		{ "direction", required_argument, NULL, DIRECTION },
		{ "swallow-fin", no_argument, NULL, SWALLOW },
		{ "delay-fin", required_argument, NULL, DELAY },
		{ "reset-after-fin", no_argument, NULL, RESET },
		{ "cut-after", required_argument, NULL, CUT },
		{ "once", no_argument, NULL, ONCE },
		{ "read-all-then-close", no_argument, NULL, DISCARD },
		{ "hide-eof", no_argument, NULL, HIDE },
		{ "drop-last", required_argument, NULL, LAST },
		{ "drop-upload", required_argument, NULL, UPLOAD },
		{ "spare", required_argument, NULL, SPARE },
		{ "flip", required_argument, NULL, FLIP },
		{ "mask-reset", no_argument, NULL, MASK },
		{ "help", no_argument, NULL, HELP },
		{ 0 },
	};
	const char *address = "127.0.0.1:0", *upstream = NULL, *mode;
	struct policy chosen = { .cut_ms = -1 };
	bool of[2] = { true, false };
	int flag, index, listener;

	while ((flag = getopt_long(argc, argv, "", flags, &index)) != -1) {
		switch (flag) {
		case LISTEN: address = optarg; break;
		case CONNECT: upstream = optarg; break;
		case DIRECTION:
			of[CLIENT] = strcmp(optarg, "server") != 0;
			of[SERVER] = strcmp(optarg, "client") != 0;
			if (of[CLIENT] && of[SERVER] && strcmp(optarg, "both") != 0)
				die(2, "--direction: \"%s\" is not client, server or both", optarg);
			break;
		case SWALLOW: chosen.swallow = true; break;
		case DELAY: chosen.delay_ms = number("--delay-fin", optarg); break;
		case RESET: chosen.reset = true; break;
		case CUT: chosen.cut_ms = number("--cut-after", optarg); break;
		case ONCE: config.cut_once = true; break;
		case DISCARD: config.discard_after_fin = true; break;
		case HIDE: config.policy[SERVER].swallow = true; break;
		case LAST: config.policy[SERVER].drop = number("--drop-last", optarg); break;
		case UPLOAD: config.policy[CLIENT].drop = number("--drop-upload", optarg); break;
		case SPARE: config.spare = number("--spare", optarg); break;
		case FLIP: config.policy[SERVER].flip = number("--flip", optarg); break;
		case MASK: config.mask_reset = true; break;
		case HELP: help();
		default: return 2;
		}
	}
	for (int side = CLIENT; side <= SERVER; side++) {
		if (!of[side])
			continue;
		config.policy[side].swallow |= chosen.swallow;
		config.policy[side].reset = chosen.reset;
		config.policy[side].delay_ms = chosen.delay_ms;
		config.policy[side].cut_ms = chosen.cut_ms;
	}
	mode = optind == argc - 1 ? argv[optind] : "";
	config.close_at_fin = strcmp(mode, "close") == 0;
	if (upstream == NULL || (!config.close_at_fin && strcmp(mode, "forward") != 0))
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
