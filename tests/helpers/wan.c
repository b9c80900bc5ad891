/* SPDX-License-Identifier: MIT
 *
 * A wide-area link for tests: two TUN devices, each in a network namespace of its
 * own, and between them whatever a path does to packets: delay, jitter, a rate
 * with a queue before it, loss, reordering, duplication. Never a changed byte.
 *
 *   wan --near NAMESPACE --far NAMESPACE [--device NAME] [--mtu BYTES] [--seed N]
 *       [--trace] [--[up-|down-]PARAMETER VALUE ...]
 *
 * A parameter is for both directions, or with up- (near to far) or down- for one:
 *
 *   delay TIME       one way: half of a round trip
 *   jitter TIME      the delay varies by up to that, both ways; order is kept
 *   jitter-any-order TIME     the same, and packets may pass each other
 *   rate BITS        a second: 256kbit, 1mbit, 1gbit
 *   queue LENGTH     before the rate: 64k (bytes), 100p (packets) or 200ms; what
 *                    does not fit is dropped; default 200ms
 *   stall TIME/TIME  all stands still that long, about as often as the second says
 *   loss PERCENT     of the packets
 *   burst P/TIME     chance that losing everything starts with a packet, and for how
 *                    long, on average: 0.2/50ms is a fade every 500 packets. It ends by
 *                    time: one that ends by a packet would last for minutes where only
 *                    a retransmission comes by now and then
 *   reorder PERCENT  of the packets come later than those after them
 *   reorder-by TIME  that much; default 5ms
 *   duplicate PERCENT
 *
 * Chance is drawn from the seed, the direction and the packet's number in it, and
 * so is the same for the same packets. Multicast is not forwarded and not counted:
 * what hosts tell their neighbours unasked would shift the numbers.
 *
 * Standard output: a line when packets flow, {"msg":"ready","seed":N}, and at
 * SIGTERM or SIGINT one with the counts; with --trace a line a packet between them.
 */
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define PACKET_MAX 65535
/* Packets read from one device before what is due is sent on. */
#define BATCH 64
/* Packets that a device keeps while this process has to wait for the processor:
 * a tenth of a second at 1 Gbit/s. */
#define DEVICE_QUEUE 10000

/* A direction is named by where it comes from: the near end sends up. */
enum { UP, DOWN };
static const char *const names[2] = { "up", "down" };

/* What a chance is for: each has numbers of its own, so that a change of one
 * parameter leaves the others' draws as they were. */
enum { DRAW_LOSS, DRAW_BURST, DRAW_JITTER, DRAW_REORDER, DRAW_DUPLICATE, DRAW_STALL };

struct parameters {
	int64_t delay, jitter; /* ns */
	bool any_order;
	int64_t rate; /* bit/s; 0: as fast as can be */
	int64_t queue_bytes, queue_packets, queue_time; /* -1: not the limit */
	int64_t stall, stall_every; /* ns */
	double loss, burst_start, reorder, duplicate; /* 0 to 1 */
	int64_t burst, reorder_by; /* ns */
};

/* A packet that the rate has let pass, or will. */
struct waiting {
	int64_t begin; /* when its transmission begins: until then it is in the queue */
	int64_t length;
};

struct direction {
	struct parameters is;
	int out;           /* the device that it leads to */
	int64_t free_at;   /* when the last packet so far has been transmitted */
	int64_t last_at;   /* when the last packet so far arrives */
	int64_t stall_from, stall_to; /* the next one, or the present one */
	uint64_t stalls;
	int64_t burst_to; /* when the last burst so far ends */
	struct waiting *queue; /* a ring */
	size_t queue_first, queue_count, queue_room;
	int64_t queued; /* bytes */

	uint64_t packets, bytes, delivered, lost, dropped, duplicated, reordered, refused;
	uint64_t queue_packets_max;
	int64_t queue_bytes_max, queue_time_max, late_max, late_sum;
};

struct flight {
	int64_t at;
	uint64_t order; /* among those of the same time */
	struct direction *direction;
	uint16_t length;
	uint8_t data[];
};

static struct direction directions[2];
static struct flight **heap;
static size_t heap_count, heap_room;
static uint64_t seed;
static bool trace;
static volatile sig_atomic_t ended;

static void __attribute__((noreturn, format(printf, 2, 3)))
die(int status, const char *format, ...)
{
	va_list args;

	fputs("wan: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(status);
}

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * SECOND + ts.tv_nsec;
}

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014): every bit of the input
 * changes half of the output's. */
static uint64_t
mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* From 0 to below 1: the chance WHAT of packet (or stall) NUMBER. */
static double
draw(const struct direction *d, int what, uint64_t number)
{
	const uint64_t stream = (uint64_t)(d - directions) << 8 | (uint64_t)what;

	return (double)(mix(mix(mix(seed) ^ stream) ^ number) >> 11) * 0x1p-53;
}

/* Packets in flight: a binary heap, the earliest first ------------------------- */

static bool
earlier(const struct flight *a, const struct flight *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void
heap_push(struct direction *d, int64_t at, const uint8_t *data, size_t length)
{
	static uint64_t order;
	struct flight *flight = malloc(sizeof(*flight) + length);
	size_t i;

	if (heap_count == heap_room) {
		struct flight **larger;

		heap_room = heap_room == 0 ? 1024 : heap_room * 2;
		larger = realloc(heap, heap_room * sizeof(*heap));
		if (larger == NULL)
			die(3, "out of memory");
		heap = larger;
	}
	if (flight == NULL)
		die(3, "out of memory");
	flight->at = at;
	flight->order = order++;
	flight->direction = d;
	flight->length = (uint16_t)length;
	memcpy(flight->data, data, length);
	for (i = heap_count++; i > 0 && earlier(flight, heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = flight;
}

static struct flight *
heap_pop(void)
{
	struct flight *first = heap[0], *last = heap[--heap_count];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < heap_count) {
		if (child + 1 < heap_count && earlier(heap[child + 1], heap[child]))
			child++;
		if (!earlier(heap[child], last))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
	return first;
}

/* What a direction does with a packet ------------------------------------------ */

/* The packets whose transmission began by NOW have left the queue. */
static void
queue_advance(struct direction *d, int64_t now)
{
	while (d->queue_count > 0 && d->queue[d->queue_first].begin <= now) {
		d->queued -= d->queue[d->queue_first].length;
		d->queue_first = (d->queue_first + 1) % d->queue_room;
		d->queue_count--;
	}
}

static bool
queue_has_room(const struct direction *d, int64_t wait, int64_t length)
{
	const struct parameters *is = &d->is;

	/* What can go at once needs no queue, however small that is. */
	if (wait == 0)
		return true;
	return (is->queue_bytes == -1 || d->queued + length <= is->queue_bytes) &&
	       (is->queue_packets == -1 || (int64_t)d->queue_count < is->queue_packets) &&
	       (is->queue_time == -1 || wait <= is->queue_time);
}

static void
queue_add(struct direction *d, int64_t begin, int64_t length)
{
	if (d->queue_count == d->queue_room) {
		const size_t room = d->queue_room == 0 ? 256 : d->queue_room * 2;
		struct waiting *queue = malloc(room * sizeof(*queue));

		if (queue == NULL)
			die(3, "out of memory");
		for (size_t i = 0; i < d->queue_count; i++)
			queue[i] = d->queue[(d->queue_first + i) % d->queue_room];
		free(d->queue);
		d->queue = queue;
		d->queue_first = 0;
		d->queue_room = room;
	}
	d->queue[(d->queue_first + d->queue_count++) % d->queue_room] =
	        (struct waiting){ .begin = begin, .length = length };
	d->queued += length;
	if (d->queue_count > d->queue_packets_max)
		d->queue_packets_max = d->queue_count;
	if (d->queued > d->queue_bytes_max)
		d->queue_bytes_max = d->queued;
}

/* AT, or when the stall ends in which that falls. Called with times that grow. */
static int64_t
after_stall(struct direction *d, int64_t at)
{
	if (d->is.stall == 0)
		return at;
	while (at >= d->stall_to) {
		const double factor = 0.5 + draw(d, DRAW_STALL, d->stalls++);

		d->stall_from = d->stall_to == 0 ? at : d->stall_to;
		d->stall_from += (int64_t)(factor * (double)d->is.stall_every);
		d->stall_to = d->stall_from + d->is.stall;
	}
	return at >= d->stall_from ? d->stall_to : at;
}

static bool
is_lost(struct direction *d, uint64_t number, int64_t now)
{
	const struct parameters *is = &d->is;
	const double chance = draw(d, DRAW_BURST, number);

	/* The same draw says how long it is: half of the time to half more. */
	if (now >= d->burst_to && chance < is->burst_start)
		d->burst_to = now + (int64_t)((0.5 + chance / is->burst_start) * (double)is->burst);
	return now < d->burst_to || draw(d, DRAW_LOSS, number) < is->loss;
}

static void
tell(const struct direction *d, uint64_t number, size_t length, const char *fate, int copies,
     int64_t takes)
{
	if (trace)
		printf("{\"msg\":\"packet\",\"direction\":\"%s\",\"number\":%" PRIu64
		       ",\"length\":%zu,\"fate\":\"%s\",\"copies\":%d,\"takes\":%" PRId64 "}\n",
		       names[d - directions], number, length, fate, copies, takes);
}

static void
accept_packet(struct direction *d, const uint8_t *data, size_t length, int64_t now)
{
	const struct parameters *is = &d->is;
	const uint64_t number = d->packets++;
	int64_t begin = d->free_at > now ? d->free_at : now, at;
	bool late, twice;

	d->bytes += length;
	if (is_lost(d, number, now)) {
		d->lost++;
		tell(d, number, length, "lost", 0, 0);
		return;
	}
	begin = after_stall(d, begin);
	queue_advance(d, now);
	if (!queue_has_room(d, begin - now, (int64_t)length)) {
		d->dropped++;
		tell(d, number, length, "dropped", 0, 0);
		return;
	}
	if (begin > now) {
		queue_add(d, begin, (int64_t)length);
		if (begin - now > d->queue_time_max)
			d->queue_time_max = begin - now;
	}
	d->free_at = begin;
	if (is->rate > 0)
		d->free_at += (int64_t)length * 8 * SECOND / is->rate;

	at = d->free_at + is->delay;
	if (is->jitter > 0)
		at += (int64_t)((2 * draw(d, DRAW_JITTER, number) - 1) * (double)is->jitter);
	if (at < d->free_at)
		at = d->free_at;
	if (!is->any_order && at < d->last_at)
		at = d->last_at;
	late = draw(d, DRAW_REORDER, number) < is->reorder;
	if (late) {
		d->reordered++;
		at += is->reorder_by;
	} else if (at > d->last_at)
		d->last_at = at;
	heap_push(d, at, data, length);
	twice = draw(d, DRAW_DUPLICATE, number) < is->duplicate;
	if (twice) {
		d->duplicated++;
		heap_push(d, at, data, length);
	}
	tell(d, number, length, late ? "reordered" : "passed", 1 + twice, at - now);
}

static void
deliver(int64_t now)
{
	while (heap_count > 0 && heap[0]->at <= now) {
		struct flight *flight = heap_pop();
		struct direction *d = flight->direction;
		const int64_t late = now - flight->at;

		if (write(d->out, flight->data, flight->length) == flight->length)
			d->delivered++;
		else
			d->refused++;
		d->late_sum += late;
		if (late > d->late_max)
			d->late_max = late;
		free(flight);
	}
}

static bool
is_multicast(const uint8_t *data, size_t length)
{
	if (length >= 40 && data[0] >> 4 == 6)
		return data[24] == 0xff;
	if (length >= 20 && data[0] >> 4 == 4)
		return data[16] >> 4 == 0xe;
	return true; /* no IP at all: of no interest either */
}

static void
receive(int fd, struct direction *d)
{
	static uint8_t data[PACKET_MAX];

	for (int i = 0; i < BATCH; i++) {
		const ssize_t n = read(fd, data, sizeof(data));

		if (n == -1) {
			if (errno != EAGAIN && errno != EINTR)
				die(3, "cannot read from the %s device: %s", d == directions ? "near" : "far",
				    strerror(errno));
			return;
		}
		if (!is_multicast(data, (size_t)n))
			accept_packet(d, data, (size_t)n, now_ns());
	}
}

/* Devices ----------------------------------------------------------------------- */

/* From here on in the namespace NAME. */
static void
enter(const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || setns(fd, CLONE_NEWNET) == -1)
		die(3, "namespace \"%s\": %s", name, strerror(errno));
	close(fd);
}

/* Opens the TUN device in the namespace: the one that is there, or a new one. */
static int
open_device(const char *namespace, const char *name, int mtu)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd, control;

	enter(namespace);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || control == -1)
		die(3, "cannot open /dev/net/tun: %s", strerror(errno));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &ifr) == -1)
		die(3, "device \"%s\" in \"%s\": %s", name, namespace, strerror(errno));
	ifr.ifr_mtu = mtu;
	if (ioctl(control, SIOCSIFMTU, &ifr) == -1)
		die(3, "MTU %d of \"%s\": %s", mtu, name, strerror(errno));
	ifr.ifr_qlen = DEVICE_QUEUE;
	if (ioctl(control, SIOCSIFTXQLEN, &ifr) == -1)
		die(3, "queue of \"%s\": %s", name, strerror(errno));
	if (ioctl(control, SIOCGIFFLAGS, &ifr) == -1)
		die(3, "flags of \"%s\": %s", name, strerror(errno));
	ifr.ifr_flags = (short)(ifr.ifr_flags | IFF_UP);
	if (ioctl(control, SIOCSIFFLAGS, &ifr) == -1)
		die(3, "cannot set \"%s\" up: %s", name, strerror(errno));
	close(control);
	return fd;
}

/* Packets that the device dropped before this process could read them; -1 when
 * the kernel does not tell. */
static int64_t
device_dropped(const char *namespace, const char *name)
{
	char line[512];
	int64_t dropped = -1;
	FILE *file;

	enter(namespace);
	file = fopen("/proc/thread-self/net/dev", "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		char device[64];
		int64_t value;

		/* Eight numbers of what came in, then bytes, packets, errors, dropped. */
		if (sscanf(line, " %63[^:]: %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNd64, device,
		           &value) == 2 &&
		    strcmp(device, name) == 0)
			dropped = value;
	}
	if (file != NULL)
		fclose(file);
	return dropped;
}

/* Parameters --------------------------------------------------------------------- */

struct unit {
	const char *name;
	double value;
};
static const struct unit time_units[] = { { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { "m", 6e10 },
	                                      { NULL, 0 } };
static const struct unit rate_units[] = { { "bit", 1 }, { "kbit", 1e3 }, { "mbit", 1e6 },
	                                      { "gbit", 1e9 }, { NULL, 0 } };
static const struct unit percents[] = { { "", 0.01 }, { "%", 0.01 }, { NULL, 0 } };
static const struct unit queue_units[] = { { "k", 1024 }, { "m", 1048576 }, { "", 1 }, { NULL, 0 } };
static const struct unit packet_units[] = { { "p", 1 }, { NULL, 0 } };

/* Reads a number with one of the UNITS, up to the end or to STOP. */
static bool
read_number(const char *text, char stop, const struct unit *units, double *value)
{
	char *end;
	size_t length;

	*value = strtod(text, &end);
	if (end == text || !(*value >= 0))
		return false;
	length = stop != '\0' && strchr(end, stop) != NULL ? (size_t)(strchr(end, stop) - end)
	                                                   : strlen(end);
	for (; units->name != NULL; units++) {
		if (strlen(units->name) == length && strncmp(units->name, end, length) == 0) {
			*value *= units->value;
			return true;
		}
	}
	return false;
}

static bool
read_pair(const char *text, const struct unit *units, double value[2])
{
	const char *slash = strchr(text, '/');

	return slash != NULL && read_number(text, '/', units, &value[0]) &&
	       read_number(slash + 1, '\0', units, &value[1]);
}

static bool
read_time(const char *text, int64_t *time)
{
	double value;

	if (!read_number(text, '\0', time_units, &value))
		return false;
	*time = (int64_t)value;
	return true;
}

static bool
read_percent(const char *text, double *chance)
{
	return read_number(text, '\0', percents, chance) && *chance <= 1;
}

static bool
read_queue(const char *text, struct parameters *is)
{
	double value;

	is->queue_bytes = is->queue_packets = is->queue_time = -1;
	if (read_number(text, '\0', packet_units, &value))
		is->queue_packets = (int64_t)value;
	else if (read_number(text, '\0', queue_units, &value))
		is->queue_bytes = (int64_t)value;
	else
		return read_time(text, &is->queue_time);
	return true;
}

/* False when the VALUE is none; NAME without its dashes and its direction. */
static bool
set_parameter(struct parameters *is, const char *name, const char *text)
{
	double value, pair[2];

	if (strcmp(name, "delay") == 0)
		return read_time(text, &is->delay);
	if (strcmp(name, "jitter") == 0 || strcmp(name, "jitter-any-order") == 0) {
		is->any_order = strcmp(name, "jitter") != 0;
		return read_time(text, &is->jitter);
	}
	if (strcmp(name, "rate") == 0) {
		if (!read_number(text, '\0', rate_units, &value))
			return false;
		is->rate = (int64_t)value;
		return true;
	}
	if (strcmp(name, "queue") == 0)
		return read_queue(text, is);
	if (strcmp(name, "stall") == 0) {
		if (!read_pair(text, time_units, pair) || pair[1] <= 0)
			return false;
		is->stall = (int64_t)pair[0];
		is->stall_every = (int64_t)pair[1];
		return true;
	}
	if (strcmp(name, "burst") == 0) {
		const char *slash = strchr(text, '/');

		return slash != NULL && read_number(text, '/', percents, &is->burst_start) &&
		       is->burst_start <= 1 && read_time(slash + 1, &is->burst);
	}
	if (strcmp(name, "loss") == 0)
		return read_percent(text, &is->loss);
	if (strcmp(name, "reorder") == 0)
		return read_percent(text, &is->reorder);
	if (strcmp(name, "reorder-by") == 0)
		return read_time(text, &is->reorder_by);
	if (strcmp(name, "duplicate") == 0)
		return read_percent(text, &is->duplicate);
	die(2, "there is no parameter --%s", name);
}

struct arguments {
	const char *namespace[2];
	const char *device;
	int mtu;
};

static void
parse(int argc, char *argv[], struct arguments *arguments)
{
	for (int d = UP; d <= DOWN; d++)
		directions[d].is = (struct parameters){ .queue_bytes = -1, .queue_packets = -1,
			                                .queue_time = 200 * MS, .reorder_by = 5 * MS };
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i], *text;
		bool in[2] = { true, true };
		char *end = NULL;

		if (strncmp(name, "--", 2) != 0)
			die(2, "\"%s\" is no --PARAMETER", name);
		name += 2;
		if (strcmp(name, "trace") == 0) {
			trace = true;
			continue;
		}
		if (++i == argc)
			die(2, "--%s wants a value", name);
		text = argv[i];
		if (strcmp(name, "near") == 0)
			arguments->namespace[UP] = text;
		else if (strcmp(name, "far") == 0)
			arguments->namespace[DOWN] = text;
		else if (strcmp(name, "device") == 0)
			arguments->device = text;
		else if (strcmp(name, "mtu") == 0) {
			arguments->mtu = (int)strtol(text, &end, 10);
			if (end == text || *end != '\0' || arguments->mtu < 68 || arguments->mtu > PACKET_MAX)
				die(2, "--mtu %s: 68 to %d", text, PACKET_MAX);
		} else if (strcmp(name, "seed") == 0) {
			seed = strtoull(text, &end, 10);
			if (end == text || *end != '\0')
				die(2, "--seed %s: not a number", text);
		} else {
			if (strncmp(name, "up-", 3) == 0)
				in[DOWN] = false, name += 3;
			else if (strncmp(name, "down-", 5) == 0)
				in[UP] = false, name += 5;
			for (int d = UP; d <= DOWN; d++) {
				if (in[d] && !set_parameter(&directions[d].is, name, text))
					die(2, "--%s %s: not a value for it", name, text);
			}
		}
	}
	if (arguments->namespace[UP] == NULL || arguments->namespace[DOWN] == NULL)
		die(2, "--near and --far are needed");
}

/* -------------------------------------------------------------------------------- */

static void
on_signal(int number)
{
	(void)number;
	ended = 1;
}

static void
run(const int fds[2])
{
	struct pollfd polled[2] = { { .fd = fds[UP], .events = POLLIN },
		                    { .fd = fds[DOWN], .events = POLLIN } };
	sigset_t none;

	sigemptyset(&none);
	while (!ended) {
		struct timespec wait = { 0 };
		int64_t left = heap_count > 0 ? heap[0]->at - now_ns() : 0;

		if (left > 0) {
			wait.tv_sec = (time_t)(left / SECOND);
			wait.tv_nsec = (long)(left % SECOND);
		}
		if (ppoll(polled, 2, heap_count > 0 ? &wait : NULL, &none) == -1 && errno != EINTR)
			die(3, "ppoll: %s", strerror(errno));
		for (int d = UP; d <= DOWN; d++) {
			if ((polled[d].revents & ~POLLIN) != 0)
				die(3, "the %s device is gone", d == UP ? "near" : "far");
			if (polled[d].revents != 0)
				receive(fds[d], &directions[d]);
		}
		deliver(now_ns());
	}
}

static double
in_ms(int64_t ns)
{
	return (double)ns / (double)MS;
}

static void
print_counts(const struct direction *d, int64_t device)
{
	const uint64_t sent = d->delivered + d->refused;

	printf("\"%s\":{\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"delivered\":%" PRIu64
	       ",\"lost\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"duplicated\":%" PRIu64
	       ",\"reordered\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"device-dropped\":%" PRId64,
	       names[d - directions], d->packets, d->bytes, d->delivered, d->lost, d->dropped,
	       d->duplicated, d->reordered, d->refused, device);
	printf(",\"queue-max-packets\":%" PRIu64 ",\"queue-max-bytes\":%" PRId64
	       ",\"queue-max-ms\":%.3f,\"late-max-ms\":%.3f,\"late-mean-ms\":%.3f}",
	       d->queue_packets_max, d->queue_bytes_max, in_ms(d->queue_time_max), in_ms(d->late_max),
	       sent == 0 ? 0 : in_ms(d->late_sum) / (double)sent);
}

int
main(int argc, char *argv[])
{
	struct arguments arguments = { .device = "wan0", .mtu = 1500 };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t signals;
	int64_t device[2];
	int fds[2] = { -1, -1 };

	seed = (uint64_t)now_ns() & UINT32_MAX;
	parse(argc, argv, &arguments);
	if (trace)
		setvbuf(stdout, NULL, _IOLBF, 0);
	/* Signals are heard in ppoll(2) only. The link ends with the test that
	 * started it, however that ended. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* A link is no program that waits for the processor: as near to that as can
	 * be, and no harm where it is not allowed. */
	prctl(PR_SET_TIMERSLACK, 1);
	(void)setpriority(PRIO_PROCESS, 0, -15);

	for (int d = UP; d <= DOWN; d++)
		fds[d] = open_device(arguments.namespace[d], arguments.device, arguments.mtu);
	directions[UP].out = fds[DOWN];
	directions[DOWN].out = fds[UP];
	printf("{\"msg\":\"ready\",\"seed\":%" PRIu64 ",\"mtu\":%d}\n", seed, arguments.mtu);
	fflush(stdout);

	run(fds);

	for (int d = UP; d <= DOWN; d++)
		device[d] = device_dropped(arguments.namespace[d], arguments.device);
	printf("{\"msg\":\"end\",\"seed\":%" PRIu64 ",\"in-flight\":%zu,", seed, heap_count);
	print_counts(&directions[UP], device[UP]);
	putchar(',');
	print_counts(&directions[DOWN], device[DOWN]);
	printf("}\n");
	return fflush(stdout) == 0 ? 0 : 3;
}
