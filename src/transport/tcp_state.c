/* SPDX-License-Identifier: MIT
 *
 * TCP_INFO and the socket's queues, copied into plain data. The kernel's own
 * header is used because glibc's struct tcp_info ends before the byte counters.
 */
#include "tcp_state.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "../base/log.h"

/* The numbers of /proc/net/tcp, which <netinet/tcp.h> names TCP_ESTABLISHED and
 * so on; that header cannot be included beside the kernel's. */
static const char *const names[] = {
	NULL,         "ESTABLISHED", "SYN_SENT",   "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",
	"TIME_WAIT",  "CLOSE",       "CLOSE_WAIT", "LAST_ACK", "LISTEN",    "CLOSING",
};
#define NAMES (sizeof names / sizeof names[0])

/* Whether a struct tcp_info of LENGTH bytes, as the kernel returned it, holds
 * MEMBER: older kernels know fewer. */
#define HAS(length, member) \
	((length) >= offsetof(struct tcp_info, member) + sizeof(((struct tcp_info *)0)->member))

/* Bytes of a queue, or -1. A request is an unsigned long to glibc and an int to
 * musl: no variable is right for both. */
static int64_t
queue_length(int fd, bool sending)
{
	int bytes;
	int rc = sending ? ioctl(fd, SIOCOUTQ, &bytes) : ioctl(fd, SIOCINQ, &bytes);

	return rc == 0 ? bytes : -1;
}

/* Once a process: how much of TCP_INFO this kernel does not have. */
static void
tell_what_is_missing(socklen_t length)
{
	static bool told;

	if (told || HAS(length, tcpi_delivery_rate))
		return;
	told = true;
	if (HAS(length, tcpi_total_retrans))
		log_debug("TCP_INFO has only %u bytes here: figures of later kernels are not known",
		          length);
	else
		log_debug("TCP_INFO is not available here: no TCP state or round-trip time");
}

void
tcp_evidence_take(struct tcp_evidence *evidence, int fd)
{
	struct tcp_info info;
	socklen_t length = sizeof info;

	*evidence = (struct tcp_evidence){
		.send_queue = queue_length(fd, true),
		.receive_queue = queue_length(fd, false),
	};
	memset(&info, 0, sizeof info);
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
		length = 0;
	tell_what_is_missing(length);
	if (!HAS(length, tcpi_total_retrans))
		return;
	*evidence = (struct tcp_evidence){
		.known = true,
		.state = info.tcpi_state,
		.backoff = info.tcpi_backoff,
		.probes = info.tcpi_probes,
		.rtt_us = info.tcpi_rtt,
		.min_rtt_us = HAS(length, tcpi_min_rtt) && info.tcpi_min_rtt != UINT32_MAX ? info.tcpi_min_rtt : 0,
		.retransmits = info.tcpi_total_retrans,
		.unacked = info.tcpi_unacked,
		.last_data_received_ms = info.tcpi_last_data_recv,
		.last_ack_received_ms = info.tcpi_last_ack_recv,
		.bytes_acked = HAS(length, tcpi_bytes_acked) ? (int64_t)info.tcpi_bytes_acked : -1,
		.bytes_received =
			HAS(length, tcpi_bytes_received) ? (int64_t)info.tcpi_bytes_received : -1,
		.delivery_rate =
			HAS(length, tcpi_delivery_rate) ? (int64_t)info.tcpi_delivery_rate : -1,
		.not_sent = HAS(length, tcpi_notsent_bytes) ? (int64_t)info.tcpi_notsent_bytes : -1,
		.send_queue = evidence->send_queue,
		.receive_queue = evidence->receive_queue,
	};
}

uint8_t
tcp_state_of(int fd)
{
	uint8_t state = 0; /* the first byte of struct tcp_info, all that is asked for */
	socklen_t length = sizeof state;

	_Static_assert(offsetof(struct tcp_info, tcpi_state) == 0, "tcpi_state comes first");
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &length) != 0)
		return 0;
	return state;
}

const char *
tcp_state_name(uint8_t state)
{
	return state > 0 && state < NAMES ? names[state] : "UNKNOWN";
}

uint8_t
tcp_state_by_name(const char *name)
{
	for (size_t state = 1; state < NAMES; state++)
		if (strcmp(name, names[state]) == 0)
			return (uint8_t)state;
	return 0;
}
