/* SPDX-License-Identifier: MIT
 *
 * What the kernel knows about a connection, as evidence: TCP_INFO (tcp(7),
 * linux/tcp.h) and the send queue (SIOCOUTQ), copied at the moments that
 * matter. Plain data, no pointers: it crosses processes and the wire. Of the 64-bit
 * members, -1 says that this kernel does not tell.
 */
#ifndef EXCHANGE_TCP_STATE_H
#define EXCHANGE_TCP_STATE_H

#include <stdbool.h>
#include <stdint.h>

struct tcp_evidence {
	bool known;             /* false: not taken, or this kernel has no TCP_INFO */
	uint8_t state;          /* TCP_ESTABLISHED … as in netinet/tcp.h */
	uint8_t backoff;
	uint8_t probes;
	uint32_t rtt_us;        /* smoothed round trip, microseconds */
	uint32_t min_rtt_us;    /* shortest round trip seen; 0: not known */
	uint32_t retransmits;   /* segments sent again since the connection began */
	uint32_t unacked;       /* segments in flight */
	uint32_t last_data_received_ms; /* since the last segment with data arrived */
	uint32_t last_ack_received_ms;
	int64_t bytes_acked;    /* by the peer, FIN and SYN included as the kernel does */
	int64_t bytes_received; /* in order, from the peer */
	int64_t delivery_rate;  /* bytes a second, latest sample; -1: not known */
	int64_t not_sent;       /* bytes queued but never sent */
	/* These two are taken without TCP_INFO as well. */
	int64_t send_queue;     /* SIOCOUTQ: bytes, and the FIN, not acknowledged yet */
	int64_t receive_queue;  /* SIOCINQ: bytes not read yet */
};

/* Takes the evidence of socket FD now; one getsockopt(2) and two ioctl(2). */
void tcp_evidence_take(struct tcp_evidence *evidence, int fd);

/* The state alone, or 0 when the kernel would not tell. */
uint8_t tcp_state_of(int fd);

/* RFC 9293's name of a state in Linux's spelling: "ESTABLISHED", "FIN_WAIT1",
 * "FIN_WAIT2", "CLOSE_WAIT", "CLOSE"…; "UNKNOWN" for 0 and for numbers it does not
 * know. The other way round, 0 for a name it does not know. */
const char *tcp_state_name(uint8_t state);
uint8_t tcp_state_by_name(const char *name);

#endif
