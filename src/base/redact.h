/* SPDX-License-Identifier: MIT
 *
 * Addresses and host names replaced, the same by the same: by addresses and names that
 * are reserved for documentation (RFC 5737, RFC 3849) or mean nothing. One struct redact
 * serves everything that is to be read together. Ports stay, as do 127.0.0.1, ::1 and
 * the wildcards, which name nobody.
 */
#ifndef BASE_REDACT_H
#define BASE_REDACT_H

#include <stdbool.h>
#include <stddef.h>

struct redact;

/* NULL with errno when memory is short. */
struct redact *redact_new(void);
void redact_free(struct redact *redact);

/* A name to be replaced wherever it stands: HOST, or that of host:port, or that of a
 * URL. What has no name in it changes nothing. */
void redact_add(struct redact *redact, const char *target);

/* Replaces the address of FAMILY at BYTES (4 or 16 of them, in network order): for a
 * packet of a capture. Any address is replaced by the same one as in text. */
void redact_address(struct redact *redact, int family, unsigned char *bytes);

/* TEXT with all addresses and known names replaced; with GUESS, for what a peer has said,
 * also what looks like a domain name. The string lives as long as REDACT; NULL for NULL.
 * When memory is short, it says "redacted" and nothing else. */
const char *redact_text(struct redact *redact, const char *text, bool guess);

/* The same in place, cut to SIZE. */
void redact_array(struct redact *redact, char *text, size_t size, bool guess);

#endif
