/* SPDX-License-Identifier: MIT
 *
 * What one end of a connection will do: plain data. Flags, a scenario's row and
 * a request line all become one of these; exchange.c plays it.
 */
#ifndef EXCHANGE_PLAN_H
#define EXCHANGE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

struct payload;

/* What starts this end's stream. */
enum send_on {
	SEND_AT_ONCE,
	SEND_ON_PEER_FIN, /* answers only once it has read the EOF */
};

/* Where this end's stream ends. */
enum stream_end {
	END_AT_SIZE,    /* after send_size bytes */
	END_AFTER_FIN,  /* tail_size bytes and tail_time after the peer's FIN was seen */
	END_OF_MIRROR,  /* the payload's bytes as far as they were read from the peer, the
	                 * last tail_size of them only after the peer's EOF */
	END_WHEN_FULL,  /* once the path takes no more; reads nothing before its own FIN */
};

/* What makes this end half-close. All but FIN_ON_TIMER wait until its own stream
 * is sent; the timer cuts it off. */
enum fin_on {
	FIN_WHEN_SENT,
	FIN_ON_TIMER,    /* SIGALRM, fin_after ns after the connection was made */
	FIN_ON_RECEIVED, /* fin_after bytes were read */
	FIN_ON_PEER_FIN, /* the peer's EOF was read, and echoed in full */
	FIN_WHEN_TOLD,   /* the hook `steer` wishes it */
};

struct plan {
	/* Sending. */
	const struct payload *payload; /* NULL: sends nothing of its own */
	enum stream_end stream_end;
	int64_t send_size;             /* bytes of it, 0..payload->size: at most, or exactly (END_AT_SIZE) */
	int64_t tail_size, tail_time;  /* bytes, and ns at least, see END_AFTER_FIN */
	int64_t fin_patience;          /* ns that an END_AFTER_FIN runs at most without the peer's FIN; 0: for
	                                * ever. EVENT_FIN_OVERDUE, and the stream is at its end */
	int64_t chunk;                 /* bytes a sendfile(2); 0: as many as the kernel takes */
	int64_t interval;              /* ns from chunk to chunk, on an absolute schedule */
	enum send_on send_on;
	int64_t hold;                  /* ns of idle time between what starts the stream and its first byte */
	bool echo;                     /* sends back what it reads, byte for byte as it is read */
	bool aborts;                   /* RST at the end of the stream, if the peer's FIN was seen */

	/* Half-closing. */
	bool closes_first;  /* meant to be the end that half-closes; the judge's business only */
	enum fin_on fin_on;
	int64_t fin_after;  /* ns or bytes, see fin_on */
	bool fin_with_data; /* the FIN rides on the segment of the last data */

	/* Receiving. */
	int64_t buf_size;              /* bytes asked of one receive call */
	bool pause_reading;            /* after our FIN: read nothing until the window is full … */
	int64_t pause_fill;            /* … that many bytes at least … */
	int64_t pause_time;            /* … and for at least that long, ns … */
	bool pause_from_ack;           /* … from when our FIN was acknowledged, not sent */
	int64_t quiet;                 /* ns without progress after which a window or a path is full */
	int64_t read_rate;             /* bytes a second at most; 0: as fast as they come */
	int64_t expect_size;           /* bytes that must arrive; -1: not known */
	const struct payload *expect;  /* and what they must be; NULL: not compared */
	int output_fd;                 /* saves what arrives; -1: nowhere */

	/* Limits, ns; 0 is none. */
	int64_t read_timeout;   /* total, from the start */
	int64_t idle_timeout;   /* idle time while reading */
	int64_t send_timeout;   /* the peer takes no byte for that long */
	int64_t linger_timeout; /* after a complete stream and our FIN: wait for the peer's */
};

/* Sends nothing, expects nothing, half-closes at once, no limits. */
extern const struct plan plan_default;

#endif
