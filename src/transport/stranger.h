/* SPDX-License-Identifier: MIT
 *
 * Talking to somebody in front of the stream who may be anybody: exact reads, and what
 * to say when they do not do as they should.
 */
#ifndef TRANSPORT_STRANGER_H
#define TRANSPORT_STRANGER_H

#include <stddef.h>
#include <stdint.h>

#include "../base/parse.h"

struct transport;

/* All return -1 with a clause about the proxy in ERROR, and -1 is all that the last two
 * return. */
int stranger_write(struct transport *transport, const void *data, size_t length, int64_t deadline,
                   char error[static PARSE_ERROR_MAX]);
/* Exactly LENGTH bytes. */
int stranger_read(struct transport *transport, void *to, size_t length, int64_t deadline,
                  char error[static PARSE_ERROR_MAX]);
/* For errno of lines_read. */
int stranger_failed(char error[static PARSE_ERROR_MAX]);
/* Not a proxy that speaks PROTOCOL: its answer begins with HAVE bytes at BYTES, and
 * with what has come by now. */
int stranger_is_none(struct transport *transport, const void *bytes, size_t have, const char *protocol,
                     char error[static PARSE_ERROR_MAX]);

#endif
