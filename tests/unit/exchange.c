/* SPDX-License-Identifier: MIT
 *
 * Plans played over real TCP connections on loopback, one end a process: the
 * facts of a half-close come in their order, each limit ends the exchange under
 * its own name, and lines are read without a byte too many.
 */
#include "../../src/exchange/exchange.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/base/clock.h"
#include "../../src/base/signals.h"
#include "../../src/exchange/payload.h"
#include "../../src/transport/lines.h"
#include "../../src/transport/transport.h"
#include "unit.h"

#define MS NSEC_PER_MSEC
#define SECOND NSEC_PER_SEC
#define SIZE 200000

/* What ends a test that would hang; also the limit of plans that need none. */
#define PATIENCE (20 * SECOND)

static struct payload pattern;

/* Shared with the process that plays the other end. */
static struct shared {
	struct observation near, far;
} *shared;
#define NEAR (&shared->near)
#define FAR (&shared->far)

static void
play_on(int fd, const struct plan *plan, struct observation *seen, const struct exchange_hooks *hooks)
{
	struct transport transport = transport_tcp(fd);

	exchange_play(&transport, plan, seen, hooks);
}

static int
read_on(int fd, char *line, size_t size, int64_t deadline)
{
	struct transport transport = transport_tcp(fd);

	return lines_read(&transport, line, size, deadline);
}

static int
write_on(int fd, const void *data, size_t length, int64_t deadline)
{
	struct transport transport = transport_tcp(fd);

	return lines_write(&transport, data, length, deadline);
}

static void
finish_on(int fd, int64_t deadline)
{
	struct transport transport = transport_tcp(fd);

	lines_finish(&transport, deadline);
}

/* Both ends of a connection; SMALL gives the first a small receive buffer. */
static void
connect_pair(int fds[static 2], bool small)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), buffer = 8192, one = 1;

	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (listener == -1 || fds[0] == -1 || bind(listener, (struct sockaddr *)&address, length) == -1
	    || listen(listener, 1) == -1
	    || getsockname(listener, (struct sockaddr *)&address, &length) == -1
	    || (small && setsockopt(fds[0], SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer)) == -1)
	    || connect(fds[0], (struct sockaddr *)&address, length) == -1
	    || (fds[1] = accept(listener, NULL, NULL)) == -1
	    || setsockopt(fds[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == -1
	    || setsockopt(fds[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == -1)
		unit_bail("no connection on loopback: %s", strerror(errno));
	close(listener);
}

static void
close_pair(const int fds[static 2])
{
	close(fds[0]);
	close(fds[1]);
}

/* What a far end without a plan does with its socket. */
typedef void far_end(int sock);

/* Calls PLAY, or plays PLAN, on the far end in a process of its own. */
static pid_t
start_far(const int fds[static 2], const struct plan *plan, far_end *play)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == -1)
		unit_bail("fork: %s", strerror(errno));
	if (pid > 0) {
		close(fds[1]);
		return pid;
	}
	close(fds[0]);
	if (plan != NULL) {
		play_on(fds[1], plan, FAR, NULL);
		close(fds[1]);
	} else
		play(fds[1]);
	_exit(0);
}

static void
await_far(pid_t pid)
{
	int status = -1;

	if (waitpid(pid, &status, 0) != pid || status != 0)
		unit_bail("the far end failed (%d)", status);
}

/* Plays NEAR_PLAN on one end, and FAR_PLAN or PLAY on the other. */
static void
play(const struct plan *near_plan, const struct plan *far_plan, far_end *far, bool small)
{
	int fds[2];
	pid_t pid;

	observation_init(NEAR, "near");
	observation_init(FAR, "far");
	connect_pair(fds, small);
	pid = start_far(fds, far_plan, far);
	play_on(fds[0], near_plan, NEAR, NULL);
	close(fds[0]);
	await_far(pid);
}

static struct plan
plan_of(int64_t sends, int64_t expects)
{
	struct plan plan = plan_default;

	plan.payload = &pattern;
	plan.send_size = sends;
	plan.chunk = 1000;
	plan.expect = &pattern;
	plan.expect_size = expects;
	plan.read_timeout = PATIENCE;
	return plan;
}

static int64_t
at(const struct observation *seen, enum event_kind kind)
{
	return observation_at(seen, kind);
}

static bool
saw(const struct observation *seen, enum event_kind kind)
{
	return observation_find(seen, kind) != NULL;
}

/* For the eye, when a check below fails. */
static void
show(const struct observation *seen)
{
	printf("# %s: sent %lld (%lld after the FIN), received %lld (%lld), error %d\n", seen->role,
	       (long long)seen->bytes_sent, (long long)seen->bytes_sent_after_fin,
	       (long long)seen->bytes_received, (long long)seen->bytes_received_after_fin, seen->error);
	for (uint32_t i = 0; i < seen->event_count; i++)
		printf("#   %10.3f ms %-12s %s\n", (double)seen->events[i].at / 1e6,
		       tcp_state_name(seen->events[i].state), event_name(seen->events[i].kind));
}

static void
holds(bool condition, const char *what)
{
	if (!unit_ok(condition, "%s", what)) {
		show(NEAR);
		show(FAR);
	}
}

/* Both ends ended by themselves, without an error, and every byte was right. */
static bool
orderly(const struct observation *seen)
{
	return seen->ended && seen->error == 0 && seen->first_bad_offset == -1 && saw(seen, EVENT_EOF)
	       && saw(seen, EVENT_FIN_ACKED) && saw(seen, EVENT_CLOSED) && !saw(seen, EVENT_ABORTED)
	       && !saw(seen, EVENT_READ_TIMEOUT) && at(seen, EVENT_CONNECTED) == 0;
}

/* The times of KINDS, a list that ends with EVENT_CONNECTED, do not fall. */
static bool
in_order(const struct observation *seen, const enum event_kind *kinds)
{
	int64_t last = 0;

	for (; *kinds != EVENT_CONNECTED; kinds++) {
		if (at(seen, *kinds) < last)
			return false;
		last = at(seen, *kinds);
	}
	return true;
}
#define IN_ORDER(seen, ...) in_order((seen), (const enum event_kind[]){ __VA_ARGS__, EVENT_CONNECTED })

/* Downloads. -------------------------------------------------------------------- */

static void
check_timer(void)
{
	struct plan near = plan_of(0, SIZE), far = plan_of(SIZE, 0);

	near.payload = NULL;
	near.fin_on = FIN_ON_TIMER;
	near.fin_after = 60 * MS;
	far.interval = 4 * MS;
	play(&near, &far, NULL, false);
	holds(orderly(NEAR) && orderly(FAR), "timer: both ends end in good order");
	holds(NEAR->bytes_received == SIZE && FAR->bytes_sent == SIZE, "timer: every byte arrives");
	holds(at(NEAR, EVENT_FIN_SENT) >= near.fin_after, "timer: the FIN is not early");
	holds(IN_ORDER(NEAR, EVENT_FIRST_BYTE, EVENT_FIN_SENT, EVENT_FIRST_AFTER_FIN, EVENT_EOF,
	               EVENT_CLOSED)
	              && IN_ORDER(NEAR, EVENT_FIN_SENT, EVENT_FIN_ACKED, EVENT_EOF),
	      "timer: the four facts come in their order");
	holds(IN_ORDER(FAR, EVENT_SEND_STARTED, EVENT_FIN_SEEN, EVENT_EOF, EVENT_ALL_SENT, EVENT_FIN_SENT,
	               EVENT_FIN_ACKED),
	      "timer: the sender sees the FIN in mid-stream");
	holds(NEAR->bytes_received_after_fin > 0 && NEAR->bytes_received_after_fin < SIZE
	              && FAR->bytes_sent_after_fin > 0 && FAR->bytes_sent_after_fin < SIZE,
	      "timer: bytes are counted before and after the FIN");
	holds(observation_find(NEAR, EVENT_FIN_SENT)->received
	                      + NEAR->bytes_received_after_fin == SIZE,
	      "timer: and the counts add up");
	holds(FAR->last_sent_at >= (SIZE / far.chunk - 1) * far.interval,
	      "timer: the sender is not ahead of its schedule");
	holds(NEAR->at_fin_sent.known && FAR->at_fin_seen.known && NEAR->at_end.known && FAR->at_end.known,
	      "timer: the kernel's evidence is taken");
}

static void
check_received(void)
{
	struct plan near = plan_of(0, SIZE), far = plan_of(SIZE, 0);

	near.fin_on = FIN_ON_RECEIVED;
	near.fin_after = SIZE / 2;
	near.buf_size = 1000;
	far.interval = 100000;
	play(&near, &far, NULL, false);
	holds(orderly(NEAR) && orderly(FAR) && NEAR->bytes_received == SIZE, "received: in good order");
	holds(observation_find(NEAR, EVENT_FIN_SENT)->received >= near.fin_after,
	      "received: the FIN waits for the bytes");
}

static void
check_answer(void)
{
	struct plan near = plan_of(512, SIZE), far = plan_of(SIZE, 512);

	far.send_on = SEND_ON_PEER_FIN;
	far.hold = 150 * MS;
	play(&near, &far, NULL, false);
	holds(orderly(NEAR) && orderly(FAR), "answer: in good order");
	holds(NEAR->bytes_received_after_fin == SIZE && FAR->bytes_sent_after_fin == SIZE
	              && FAR->bytes_received == 512,
	      "answer: the whole of it follows the FIN");
	holds(IN_ORDER(FAR, EVENT_EOF, EVENT_HOLD_STARTED, EVENT_SEND_STARTED)
	              && at(FAR, EVENT_SEND_STARTED) - at(FAR, EVENT_EOF) >= far.hold,
	      "answer: not before the silence is over");
	holds(at(NEAR, EVENT_FIRST_BYTE) >= far.hold, "answer: which both ends see");
}

static void
check_echo(void)
{
	struct plan near = plan_of(SIZE, SIZE), far = plan_of(0, SIZE);

	far.payload = NULL;
	far.echo = true;
	far.fin_on = FIN_ON_PEER_FIN;
	play(&near, &far, NULL, false);
	holds(orderly(NEAR) && orderly(FAR) && NEAR->bytes_received == SIZE && FAR->bytes_sent == SIZE
	              && FAR->bytes_received == SIZE,
	      "echo: everything comes back");
}

static void
check_both_ways(void)
{
	struct plan near = plan_of(SIZE, SIZE), far = plan_of(SIZE, SIZE);

	play(&near, &far, NULL, false);
	holds(orderly(NEAR) && orderly(FAR) && NEAR->bytes_received == SIZE && FAR->bytes_received == SIZE,
	      "both ways: all arrives at both ends");

	near.fin_on = FIN_ON_PEER_FIN;
	far.fin_on = FIN_ON_RECEIVED;
	far.fin_after = SIZE;
	play(&near, &far, NULL, false);
	holds(orderly(NEAR) && orderly(FAR)
	              && IN_ORDER(NEAR, EVENT_FIN_SEEN, EVENT_EOF, EVENT_FIN_SENT),
	      "both ways: one waits for the other's FIN");
}

static void
check_sizes(void)
{
	static const int64_t sizes[] = { 0, 1, 999, 1000, 1001 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct plan near = plan_of(0, sizes[i]), far = plan_of(sizes[i], 0);

		far.send_on = SEND_ON_PEER_FIN;
		play(&near, &far, NULL, false);
		if (!unit_ok(orderly(NEAR) && orderly(FAR) && NEAR->bytes_received == sizes[i]
		                     && FAR->writes == (sizes[i] + 999) / 1000,
		             "%lld bytes in chunks of 1000", (long long)sizes[i])) {
			show(NEAR);
			show(FAR);
		}
	}
}

static void
check_slow_reader(void)
{
	struct plan near = plan_of(0, SIZE), far = plan_of(SIZE, 0);

	near.fin_on = FIN_ON_RECEIVED;
	near.fin_after = SIZE / 4;
	near.pause_reading = true;
	far.interval = MS;
	play(&near, &far, NULL, true);
	holds(orderly(NEAR) && orderly(FAR) && NEAR->bytes_received == SIZE, "slow reader: all arrives");
	holds(IN_ORDER(NEAR, EVENT_FIN_SENT, EVENT_READ_PAUSED, EVENT_WINDOW_FULL, EVENT_READ_RESUMED,
	               EVENT_FIRST_AFTER_FIN, EVENT_EOF),
	      "slow reader: reads nothing between its FIN and a full window");
}

static void
check_fin_with_data(void)
{
	struct plan near = plan_of(500, 100), far = plan_of(100, 500);

	near.fin_with_data = true;
	far.send_on = SEND_ON_PEER_FIN;
	play(&near, &far, NULL, false);
	holds(orderly(NEAR) && orderly(FAR) && FAR->bytes_received == 500, "FIN with data: all arrives");
}

/* Ends that are not in order. ----------------------------------------------------- */

static void
check_corruption(void)
{
	static struct payload file;
	char path[] = "/tmp/exchange.XXXXXX";
	int fd = mkstemp(path);
	uint8_t bytes[4096];
	struct plan near = plan_of(0, sizeof(bytes)), far = plan_of(sizeof(bytes), 0);

	memcpy(bytes, pattern.map, sizeof(bytes));
	bytes[3000] ^= 0x01;
	if (fd == -1 || write(fd, bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes)
	    || payload_open_file(&file, path) == -1)
		unit_bail("no file in /tmp: %s", strerror(errno));
	unlink(path);
	close(fd);
	far.payload = &file;
	far.send_on = SEND_ON_PEER_FIN;
	play(&near, &far, NULL, false);
	holds(NEAR->first_bad_offset == 3000 && NEAR->got_byte == bytes[3000]
	              && NEAR->expected_byte == (bytes[3000] ^ 0x01),
	      "corruption: the first byte that differs is told");
	near.expect = NULL;
	play(&near, &far, NULL, false);
	holds(orderly(NEAR) && NEAR->bytes_received == (int64_t)sizeof(bytes),
	      "corruption: not where nothing is compared");
	payload_close(&file);
}

static void
check_abort(void)
{
	struct plan near = plan_of(0, -1), far = plan_of(64 << 20, 0);

	near.fin_on = FIN_ON_RECEIVED;
	near.fin_after = SIZE / 4;
	far.interval = 100000;
	far.stream_end = END_AFTER_FIN;
	far.tail_size = SIZE / 4;
	far.tail_time = 20 * MS;
	far.aborts = true;
	play(&near, &far, NULL, false);
	holds(saw(FAR, EVENT_ABORTED) && saw(FAR, EVENT_FIN_SEEN) && !saw(FAR, EVENT_FIN_SENT)
	              && FAR->error == 0 && FAR->bytes_sent_after_fin >= far.tail_size
	              && observation_at(FAR, EVENT_ABORTED) - observation_at(FAR, EVENT_FIN_SEEN)
	                         >= far.tail_time,
	      "abort: as many bytes and as long after the FIN as planned");
	holds(saw(NEAR, EVENT_RESET) && NEAR->error == ECONNRESET && !saw(NEAR, EVENT_EOF),
	      "abort: arrives as ECONNRESET, not as EOF");
}

/* A stream without a size of its own goes on until the FIN was seen, and then on. */
static void
check_after_fin(void)
{
	struct plan near = plan_of(0, -1), far = plan_of(64 << 20, 0);

	near.fin_on = FIN_ON_TIMER;
	near.fin_after = 50 * MS;
	far.interval = MS;
	far.chunk = 1000;
	far.stream_end = END_AFTER_FIN;
	far.tail_size = 5000;
	far.tail_time = 30 * MS;
	play(&near, &far, NULL, false);
	holds(orderly(NEAR) && orderly(FAR) && NEAR->bytes_received == FAR->bytes_sent
	              && FAR->bytes_sent < far.send_size,
	      "after the FIN: the stream ends by itself, before its size");
	holds(FAR->bytes_sent_after_fin >= far.tail_size
	              && observation_at(FAR, EVENT_ALL_SENT) - observation_at(FAR, EVENT_FIN_SEEN)
	                         >= far.tail_time,
	      "after the FIN: bytes and time as planned");

	/* Nobody half-closes: patience ends the stream, in good order. */
	near.fin_on = FIN_ON_PEER_FIN;
	far.fin_patience = 40 * MS;
	play(&near, &far, NULL, false);
	holds(orderly(NEAR) && orderly(FAR) && NEAR->bytes_received == FAR->bytes_sent
	              && IN_ORDER(FAR, EVENT_FIN_OVERDUE, EVENT_ALL_SENT, EVENT_FIN_SENT, EVENT_FIN_SEEN)
	              && observation_at(FAR, EVENT_FIN_OVERDUE) >= far.fin_patience,
	      "after the FIN: one that never comes is waited for in vain, and said to be overdue");
}

/* What comes back is held back in part until the EOF. */
static void
check_mirror(void)
{
	struct plan near = plan_of(SIZE, SIZE), far = plan_of(SIZE, SIZE);

	near.fin_with_data = true;
	far.chunk = 1000;
	far.interval = 100000;
	far.stream_end = END_OF_MIRROR;
	far.tail_size = SIZE / 2;
	far.fin_on = FIN_ON_PEER_FIN;
	play(&near, &far, NULL, false);
	holds(orderly(NEAR) && orderly(FAR) && NEAR->bytes_received == SIZE && FAR->bytes_received == SIZE
	              && NEAR->first_bad_offset == -1,
	      "mirror: as many bytes as were sent, the same ones");
	holds(FAR->bytes_sent_after_fin >= SIZE / 2, "mirror: half of them after the FIN");
}

/* Both fill the path before they read: both FINs have bytes in front of them. */
static void
check_full(void)
{
	struct plan near = plan_of(64 << 20, -1), far = plan_of(64 << 20, -1);

	near.stream_end = far.stream_end = END_WHEN_FULL;
	near.pause_reading = far.pause_reading = true;
	near.pause_fill = far.pause_fill = 1;
	near.quiet = far.quiet = 100 * MS;
	near.pause_time = far.pause_time = 300 * MS;
	play(&near, &far, NULL, true);
	holds(orderly(NEAR) && orderly(FAR) && NEAR->bytes_received == FAR->bytes_sent
	              && FAR->bytes_received == NEAR->bytes_sent && NEAR->first_bad_offset == -1,
	      "full: all arrives both ways");
	holds(saw(NEAR, EVENT_PATH_FULL) && saw(FAR, EVENT_PATH_FULL) && NEAR->at_fin_sent.send_queue > 1
	              && FAR->at_fin_sent.send_queue > 1,
	      "full: bytes were in flight at both FINs");
	holds(IN_ORDER(NEAR, EVENT_FIN_SENT, EVENT_READ_RESUMED, EVENT_FIRST_BYTE, EVENT_EOF)
	              && observation_at(NEAR, EVENT_READ_RESUMED) - observation_at(NEAR, EVENT_FIN_SENT)
	                         >= near.pause_time,
	      "full: nothing is read before the FIN and the pause after it");
}

/* Closes with unread bytes in its queue, which sends RST (RFC 1122 section 4.2.2.13). */
static void
close_rudely(int sock)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };

	poll(&p, 1, (int)(PATIENCE / MS));
	close(sock);
}

static void
check_broken(void)
{
	struct plan near = plan_of(SIZE, 0);

	near.interval = MS;
	play(&near, NULL, close_rudely, false);
	holds((saw(NEAR, EVENT_RESET) && NEAR->error == ECONNRESET)
	              || (saw(NEAR, EVENT_BROKEN_PIPE) && NEAR->error == EPIPE),
	      "broken: a sender learns that its peer is gone");
	holds(NEAR->bytes_sent < SIZE && !saw(NEAR, EVENT_ALL_SENT) && !saw(NEAR, EVENT_FIN_SENT)
	              && !saw(NEAR, EVENT_ABORTED),
	      "broken: and does not call it a complete stream");
}

/* The peer has closed and answered with an RST before this end half-closes. */
static void
check_refused(void)
{
	struct plan near = plan_of(0, SIZE);
	struct pollfd p = { .events = POLLRDHUP };
	int fds[2];

	observation_init(NEAR, "near");
	observation_init(FAR, "far");
	connect_pair(fds, false);
	p.fd = fds[0];
	if (send(fds[1], pattern.map, 1000, 0) != 1000 || close(fds[1]) == -1
	    || poll(&p, 1, (int)(PATIENCE / MS)) != 1 || send(fds[0], "x", 1, 0) != 1)
		unit_bail("no peer that has closed: %s", strerror(errno));
	p.events = 0;
	if (poll(&p, 1, (int)(PATIENCE / MS)) != 1)
		unit_bail("no RST came");
	play_on(fds[0], &near, NEAR, NULL);
	close(fds[0]);
	holds(saw(NEAR, EVENT_BROKEN_PIPE) && NEAR->error == EPIPE && !saw(NEAR, EVENT_FIN_SENT),
	      "refused: no half-close behind an RST");
	holds(NEAR->bytes_received == 1000 && saw(NEAR, EVENT_FIN_SEEN),
	      "refused: what the peer sent before counts");
}

/* Says and takes nothing until the other end has ended. */
static void
stay_silent(int sock)
{
	while (!NEAR->ended)
		poll(NULL, 0, 5);
	close(sock);
}

/* Takes what comes, and closes behind the other end's FIN. */
static void
read_to_the_end(int sock)
{
	char buffer[4096];

	while (recv(sock, buffer, sizeof(buffer), 0) > 0)
		;
	close(sock);
}

static void
say_hello(int sock)
{
	if (send(sock, "x", 1, MSG_NOSIGNAL) == 1)
		read_to_the_end(sock);
}

/* A line without an end, a byte now and then. */
static void
dawdle(int sock)
{
	while (send(sock, "x", 1, MSG_NOSIGNAL) == 1)
		poll(NULL, 0, 20);
	close(sock);
}

/* Sends some bytes, then RST. */
static void
reset_soon(int sock)
{
	char bytes[1000] = "";
	struct linger now = { .l_onoff = 1 };

	if (send(sock, bytes, sizeof(bytes), MSG_NOSIGNAL) == sizeof(bytes))
		poll(NULL, 0, 30);
	setsockopt(sock, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(sock);
}

static bool
only(enum event_kind kind)
{
	static const enum event_kind limits[] = {
		EVENT_READ_TIMEOUT, EVENT_IDLE_TIMEOUT, EVENT_SEND_TIMEOUT, EVENT_LINGER_TIMEOUT,
		EVENT_TIMED_OUT, EVENT_INTERRUPTED, EVENT_RESET, EVENT_BROKEN_PIPE,
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (saw(NEAR, limits[i]) != (limits[i] == kind))
			return false;
	return NEAR->error == 0 && NEAR->ended;
}

static void
check_limits(void)
{
	struct plan near = plan_of(0, -1);

	near.expect = NULL;
	near.fin_on = FIN_ON_TIMER;
	near.fin_after = PATIENCE;
	near.read_timeout = 120 * MS;
	play(&near, NULL, say_hello, false);
	holds(only(EVENT_READ_TIMEOUT) && at(NEAR, EVENT_READ_TIMEOUT) >= 120 * MS,
	      "limits: --read-timeout, in its own name and not early");

	near.read_timeout = PATIENCE;
	near.idle_timeout = 120 * MS;
	play(&near, NULL, say_hello, false);
	holds(only(EVENT_IDLE_TIMEOUT)
	              && at(NEAR, EVENT_IDLE_TIMEOUT) - NEAR->last_received_at >= 120 * MS
	              && NEAR->bytes_received == 1,
	      "limits: --idle-timeout, counted from the last byte");

	/* The limits of an end that sends as well are kept by another wait. */
	near = plan_of(100, -1);
	near.expect = NULL;
	near.fin_on = FIN_ON_TIMER;
	near.fin_after = PATIENCE;
	near.read_timeout = 120 * MS;
	play(&near, NULL, say_hello, false);
	holds(only(EVENT_READ_TIMEOUT) && at(NEAR, EVENT_READ_TIMEOUT) >= 120 * MS,
	      "limits: --read-timeout while polling");

	near = plan_of(100, 0);
	near.linger_timeout = 120 * MS;
	play(&near, NULL, stay_silent, false);
	holds(only(EVENT_LINGER_TIMEOUT) && at(NEAR, EVENT_LINGER_TIMEOUT) >= 120 * MS,
	      "limits: --linger-timeout");

	near = plan_of(pattern.size, 0);
	near.chunk = 0;
	near.send_timeout = 200 * MS;
	play(&near, NULL, stay_silent, false);
	holds(only(EVENT_SEND_TIMEOUT) && saw(NEAR, EVENT_ABORTED) && NEAR->bytes_sent < pattern.size
	              && at(NEAR, EVENT_SEND_TIMEOUT) >= 200 * MS,
	      "limits: --send-timeout aborts");
}

static void
on_signal(int signo)
{
	(void)signo;
	exchange_interrupt();
}

/* In a process of its own: an interruption is for good. */
static void
check_interrupt(void)
{
	int fds[2], status = -1;
	struct plan near = plan_of(0, -1);
	pid_t pid;

	near.payload = NULL;
	near.expect = NULL;
	near.fin_on = FIN_ON_TIMER;
	near.fin_after = PATIENCE;
	observation_init(NEAR, "near");
	observation_init(FAR, "far");
	connect_pair(fds, false);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		signals_handle(SIGTERM, on_signal);
		play_on(fds[0], &near, NEAR, NULL);
		_exit(0);
	}
	while (!saw(NEAR, EVENT_CONNECTED))
		poll(NULL, 0, 1);
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	close_pair(fds);
	holds(status == 0 && only(EVENT_INTERRUPTED), "interrupted: ends under that name");

	/* Before and behind an exchange a signal must not arm a timer whose signal
	 * nobody handles. */
	pid = fork();
	if (pid == 0) {
		exchange_interrupt();
		poll(NULL, 0, 50);
		connect_pair(fds, false);
		play_on(fds[0], &near, NEAR, NULL);
		exchange_interrupt();
		poll(NULL, 0, 50);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	unit_is_int(status, 0, "interrupted: outside an exchange nothing happens");
}

static int ticks, hooked_events;

static void
count_event(void *context, const struct observation *seen, const struct event *event)
{
	(void)context;
	hooked_events += event == &seen->events[seen->event_count - 1];
}

static void
count_tick(void *context, const struct observation *seen, uint8_t state)
{
	(void)context, (void)seen;
	ticks += state != 0;
}

/* A kernel that does not tell the state of a socket. */
static void
tell_nothing(const struct transport *transport, struct tcp_evidence *evidence)
{
	(void)transport;
	*evidence = (struct tcp_evidence){ .send_queue = -1, .receive_queue = -1 };
}

static void
check_untold(void)
{
	struct plan near = plan_of(1000, SIZE), far = plan_of(SIZE, 1000);
	struct transport_ops silent;
	struct transport transport;
	int fds[2];
	pid_t pid;

	far.send_on = SEND_ON_PEER_FIN;
	observation_init(NEAR, "near");
	observation_init(FAR, "far");
	connect_pair(fds, false);
	pid = start_far(fds, &far, NULL);
	transport = transport_tcp(fds[0]);
	silent = *transport.ops;
	silent.evidence = tell_nothing;
	transport.ops = &silent;
	exchange_play(&transport, &near, NEAR, NULL);
	close(fds[0]);
	await_far(pid);
	holds(saw(NEAR, EVENT_EOF) && NEAR->bytes_received == SIZE, "untold: all the same every byte arrives");
	holds(!saw(NEAR, EVENT_FIN_ACKED), "untold: a FIN is not acknowledged because nobody says that it is not");
}

static void
check_hooks(void)
{
	const struct exchange_hooks hooks = {
		.event = count_event, .tick = count_tick, .tick_interval = 10 * MS
	};
	struct plan near = plan_of(0, 100), far = plan_of(100, 0);
	int fds[2];
	pid_t pid;

	far.hold = 200 * MS;
	observation_init(NEAR, "near");
	observation_init(FAR, "far");
	connect_pair(fds, false);
	pid = start_far(fds, &far, NULL);
	play_on(fds[0], &near, NEAR, &hooks);
	close(fds[0]);
	await_far(pid);
	holds(hooked_events == (int)NEAR->event_count, "hooks: every event is told once");
	holds(ticks >= 2 && ticks <= (int)(at(NEAR, EVENT_CLOSED) / hooks.tick_interval) + 1,
	      "hooks: time passes, and not too often");
}

/* Steering: half-closes once WANTED bytes came, and leaves STAY ns later. */
struct steered {
	int64_t wanted, stay, bytes;
};

static void
add_bytes(void *context, const uint8_t *data, int64_t length)
{
	struct steered *steered = context;

	for (int64_t i = 0; i < length; i++)
		steered->bytes += data[i] == 'x';
}

static enum exchange_wish
steer(void *context, const struct observation *seen, int64_t now, int64_t *again)
{
	const struct steered *steered = context;

	if (!saw(seen, EVENT_FIN_SENT))
		return seen->bytes_received >= steered->wanted ? WISH_HALF_CLOSE : WISH_GO_ON;
	*again = at(seen, EVENT_FIN_SENT) + steered->stay;
	return now >= *again ? WISH_END : WISH_GO_ON;
}

static void
check_steer(void)
{
	struct steered steered = { .wanted = 3, .stay = 120 * MS };
	const struct exchange_hooks hooks = { .bytes = add_bytes, .steer = steer, .context = &steered };
	struct plan near = plan_of(10, -1);
	int fds[2];
	pid_t pid;

	near.expect = NULL;
	near.fin_on = FIN_WHEN_TOLD;
	observation_init(NEAR, "near");
	observation_init(FAR, "far");
	connect_pair(fds, false);
	pid = start_far(fds, NULL, dawdle);
	play_on(fds[0], &near, NEAR, &hooks);
	close(fds[0]);
	await_far(pid);
	holds(saw(NEAR, EVENT_ENOUGH) && NEAR->error == 0, "steer: ends when it is told to");
	holds(IN_ORDER(NEAR, EVENT_ALL_SENT, EVENT_FIN_SENT, EVENT_ENOUGH, EVENT_CLOSED)
	              && observation_find(NEAR, EVENT_FIN_SENT)->received == steered.wanted
	              && at(NEAR, EVENT_ENOUGH) - at(NEAR, EVENT_FIN_SENT) >= steered.stay,
	      "steer: the FIN and the end come when they are wished for");
	holds(steered.bytes == NEAR->bytes_received && steered.bytes > steered.wanted,
	      "steer: every byte was shown");
}

static void
check_rate(void)
{
	struct plan near = plan_of(10, 2000), far = plan_of(2000, 10);

	near.read_rate = 20000;
	near.buf_size = 200;
	play(&near, &far, NULL, false);
	holds(orderly(NEAR) && orderly(FAR) && NEAR->bytes_received == 2000, "rate: in good order");
	holds(NEAR->last_received_at >= 90 * MS, "rate: no faster than the plan says");

	/* What came before an RST is read, and then the RST. */
	near.expect_size = -1;
	far.chunk = 0;
	play(&near, NULL, reset_soon, false);
	holds(saw(NEAR, EVENT_RESET) && NEAR->bytes_received == 1000, "rate: an RST takes no byte along");
}

/* Lines. ------------------------------------------------------------------------- */

static char line[64];

/* lines_read with a buffer of SIZE bytes; its errno in *ERROR. */
static int
read_line(int sock, size_t size, int64_t patience, int *error)
{
	int length;

	memset(line, 'z', sizeof(line));
	errno = 0;
	length = read_on(sock, line, size, clock_now() + patience);
	*error = errno;
	return length;
}

static void
put(int sock, const char *text, size_t length)
{
	if (send(sock, text, length, MSG_NOSIGNAL) != (ssize_t)length)
		unit_bail("send: %s", strerror(errno));
}

static void
check_lines(void)
{
	static const struct {
		const char *name, *sent;
		size_t sent_length, size;
		int length, error;
		const char *line, *rest;
	} rows[] = {
		{ "a line", "hello\n", 6, 64, 5, 0, "hello", "" },
		{ "an empty line", "\n", 1, 64, 0, 0, "", "" },
		{ "bytes behind the line stay", "hello\nREST", 10, 64, 5, 0, "hello", "REST" },
		{ "a second line stays", "a\nb\n", 4, 64, 1, 0, "a", "b\n" },
		{ "a carriage return is part of it", "a\r\n", 3, 64, 2, 0, "a\r", "" },
		{ "the longest line", "12345\n+", 7, 7, 5, 0, "12345", "+" },
		{ "a line one byte too long", "123456\n+", 8, 7, -1, EMSGSIZE, NULL, "\n+" },
		{ "a line that never ends", "1234567890", 10, 7, -1, EMSGSIZE, NULL, "7890" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char rest[64];
		ssize_t left;
		int fds[2], length, error;

		connect_pair(fds, false);
		put(fds[1], rows[i].sent, rows[i].sent_length);
		close(fds[1]);
		length = read_line(fds[0], rows[i].size, PATIENCE, &error);
		left = recv(fds[0], rest, sizeof(rest) - 1, MSG_WAITALL);
		rest[left > 0 ? left : 0] = '\0';
		unit_ok(length == rows[i].length && (length >= 0 || error == rows[i].error)
		                && (length < 0 || strcmp(line, rows[i].line) == 0)
		                && line[rows[i].size < sizeof(line) ? rows[i].size : sizeof(line) - 1] == 'z',
		        "line: %s", rows[i].name);
		unit_is(rest, rows[i].rest, "line: nothing else was read");
		close(fds[0]);
	}
}

static void
trickle(int sock)
{
	const char text[] = "slow but sure\nREST";

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		put(sock, &text[i], 1);
		poll(NULL, 0, 5);
	}
	read_to_the_end(sock);
}

static void
check_slow_lines(void)
{
	char rest[5] = "";
	int fds[2], length, error;
	int64_t start;
	pid_t pid;

	connect_pair(fds, false);
	pid = start_far(fds, NULL, trickle);
	length = read_line(fds[0], sizeof(line), PATIENCE, &error);
	unit_ok(length == 13 && strcmp(line, "slow but sure") == 0, "line: byte by byte");
	unit_ok(recv(fds[0], rest, 4, MSG_WAITALL) == 4 && strcmp(rest, "REST") == 0,
	        "line: and nothing behind it");
	close(fds[0]);
	await_far(pid);

	connect_pair(fds, false);
	start = clock_now();
	length = read_line(fds[0], sizeof(line), 100 * MS, &error);
	unit_ok(length == -1 && error == ETIMEDOUT && clock_now() - start >= 100 * MS,
	        "line: nothing until the deadline");
	put(fds[1], "half", 4);
	length = read_line(fds[0], sizeof(line), 100 * MS, &error);
	unit_ok(length == -1 && error == ETIMEDOUT, "line: half of it until the deadline");
	put(fds[1], "late\n", 5);
	length = read_line(fds[0], sizeof(line), -SECOND, &error);
	unit_ok(length == 4, "line: what is there is read, whatever the deadline");
	close_pair(fds);

	connect_pair(fds, false);
	pid = start_far(fds, NULL, dawdle);
	length = read_line(fds[0], sizeof(line), 200 * MS, &error);
	unit_ok(length == -1 && error == ETIMEDOUT, "line: bytes that trickle in buy no time");
	close(fds[0]);
	await_far(pid);

	connect_pair(fds, false);
	put(fds[1], "half", 4);
	close(fds[1]);
	length = read_line(fds[0], sizeof(line), PATIENCE, &error);
	unit_ok(length == -1 && error == ENODATA, "line: EOF before its end");
	length = read_line(fds[0], sizeof(line), PATIENCE, &error);
	unit_ok(length == -1 && error == ENODATA, "line: EOF at once");
	close(fds[0]);

	connect_pair(fds, false);
	put(fds[0], "unread", 6);
	close_rudely(fds[1]);
	length = read_line(fds[0], sizeof(line), PATIENCE, &error);
	unit_ok(length == -1 && error == ECONNRESET, "line: a reset");
	close(fds[0]);
}

static void
check_write(void)
{
	int fds[2], rc;
	int64_t start = clock_now();
	pid_t pid;

	connect_pair(fds, false);
	pid = start_far(fds, NULL, read_to_the_end);
	unit_ok(write_on(fds[0], pattern.map, (size_t)pattern.block, start + PATIENCE) == 0,
	        "write: more than the buffers hold");
	close(fds[0]);
	await_far(pid);

	connect_pair(fds, true);
	start = clock_now();
	do
		rc = write_on(fds[1], pattern.map, (size_t)pattern.block, start + 100 * MS);
	while (rc == 0);
	unit_ok(errno == ETIMEDOUT && clock_now() - start >= 100 * MS, "write: nobody reads until the deadline");
	close_pair(fds);

	connect_pair(fds, false);
	put(fds[0], "unread", 6);
	close_rudely(fds[1]);
	do
		rc = write_on(fds[0], "x", 1, clock_now() + PATIENCE);
	while (rc == 0);
	unit_ok(errno == EPIPE || errno == ECONNRESET, "write: the peer is gone");
	close(fds[0]);
}

static void
send_unasked(int sock)
{
	char got[64] = "";
	ssize_t length = 0, n;

	/* More than the answer needs; some of it arrives behind the answer. */
	put(sock, "unasked\n", 8);
	for (int i = 0; i < 3; i++) {
		poll(NULL, 0, 10);
		put(sock, "more\n", 5);
	}
	while ((n = recv(sock, got + length, sizeof(got) - 1 - (size_t)length, 0)) > 0)
		length += n;
	_exit(n == 0 && strcmp(got, "the answer\n") == 0 ? 0 : 1);
}

static void
check_finish(void)
{
	int fds[2], status = -1;
	pid_t pid;
	int64_t start;

	connect_pair(fds, false);
	pid = start_far(fds, NULL, send_unasked);
	write_on(fds[0], "the answer\n", 11, clock_now() + PATIENCE);
	finish_on(fds[0], clock_now() + PATIENCE);
	close(fds[0]);
	waitpid(pid, &status, 0);
	unit_is_int(status, 0, "finish: the last line arrives in spite of bytes nobody reads");

	connect_pair(fds, false);
	start = clock_now();
	finish_on(fds[0], start + 100 * MS);
	unit_ok(clock_now() - start >= 100 * MS, "finish: waits for the peer until the deadline");
	close_pair(fds);
}

/* A transport that has no room for the end of its stream, until it is asked to send
 * what it holds. */
static bool holds_some;

static int
close_when_empty(struct transport *transport)
{
	errno = EAGAIN;
	return holds_some ? -1 : shutdown(transport->fd, SHUT_WR);
}

static bool
some_unsent(const struct transport *transport)
{
	(void)transport;
	return holds_some;
}

static ssize_t
send_held(struct transport *transport, const void *data, size_t length)
{
	(void)transport;
	(void)data;
	holds_some = false;
	return (ssize_t)length;
}

static void
read_to_end(int sock)
{
	char byte;

	while (read(sock, &byte, 1) > 0)
		;
	close(sock);
}

static void
check_room_for_end(void)
{
	struct plan plan = plan_default;
	struct transport_ops ops;
	struct transport transport;
	int fds[2];
	pid_t pid;

	plan.read_timeout = 2 * SECOND;
	observation_init(NEAR, "near");
	observation_init(FAR, "far");
	connect_pair(fds, false);
	pid = start_far(fds, NULL, read_to_end);
	transport = transport_tcp(fds[0]);
	ops = *transport.ops;
	ops.direct = false;
	ops.close_write = close_when_empty;
	ops.unsent = some_unsent;
	ops.send = send_held;
	transport.ops = &ops;
	holds_some = true;
	exchange_play(&transport, &plan, NEAR, NULL);
	holds(saw(NEAR, EVENT_FIN_SENT) && !saw(NEAR, EVENT_READ_TIMEOUT), "room that comes at any time is used for the end of a stream");
	transport_close(&transport);
	await_far(pid);
}

int
main(void)
{
	/* Nothing here waits for ever: every plan and every line has a deadline. */
	signals_handle(SIGPIPE, SIG_IGN);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || payload_open_pattern(&pattern, INT64_C(64) << 20) == -1)
		unit_bail("no memory: %s", strerror(errno));
	check_timer();
	check_received();
	check_answer();
	check_echo();
	check_both_ways();
	check_sizes();
	check_slow_reader();
	check_fin_with_data();
	check_corruption();
	check_abort();
	check_after_fin();
	check_mirror();
	check_full();
	check_broken();
	check_refused();
	check_limits();
	check_interrupt();
	check_untold();
	check_hooks();
	check_steer();
	check_rate();
	check_lines();
	check_slow_lines();
	check_write();
	check_finish();
	check_room_for_end();
	payload_close(&pattern);
	return unit_done();
}
