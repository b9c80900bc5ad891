/* SPDX-License-Identifier: MIT
 *
 * What real systems do to half-closed and idle connections: one row a system and
 * setting, each documented by its makers or measured.
 */
#ifndef JUDGE_KNOWN_BOXES_H
#define JUDGE_KNOWN_BOXES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pattern.h"
#include "verdict.h"

/* What a system carries, and so on which paths it can be met. */
enum carrier {
	CARRIER_TCP = 1,     /* any TCP connection: forwarders, balancers, NATs */
	CARRIER_SOCKS = 2,   /* connections that ask for it by SOCKS */
	CARRIER_CONNECT = 4, /* or by HTTP CONNECT */
	CARRIER_HTTP = 8,    /* HTTP requests */
	CARRIER_SERVICE = 16, /* none: it is a service itself, or what services are made with */
};

/* In which state of the connection a timer runs. */
enum timer_state { TIMER_HALF_CLOSED = 1, TIMER_ESTABLISHED = 2, TIMER_BOTH = 3 };

struct known_box {
	const char *system;  /* "nginx stream" */
	const char *setting; /* "proxy_half_close"; NULL: there is none */
	const char *initial; /* its default as the system writes it; NULL: none */
	const char *versions; /* that behave so: "before 17.03"; NULL: all that are known */
	enum pattern pattern;
	unsigned sides;      /* enum sides: whose FIN sets it off; 0: either */
	unsigned carrier;    /* enum carrier, one or more */
	int64_t after;       /* ns: the time that the setting has by default; 0: none */
	unsigned state;      /* enum timer_state, where `after` is an idle time; 0: it is none */
	bool adjusted;       /* the time is commonly set, or must be: any may be met */
	int64_t least;       /* ns: but none that is shorter; 0: any */
	/* What check measured, a letter a scenario in the order of their table, as
	 * known_box_letter has them; '.' is not known. NULL: not measured. */
	const char *verdicts;
	const char *remedy;  /* in the system's own words, or what helps in its stead */
	const char *source;  /* where it is documented, or how it was measured */
};

extern const struct known_box known_boxes[];
extern const size_t known_boxes_count;

/* The letter for VERDICT, 'p' for preserved; '?' for what decides nothing. */
char known_box_letter(enum verdict verdict);

#endif
