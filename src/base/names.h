/* SPDX-License-Identifier: MIT
 *
 * The symbolic names of errors and signals, which mean the same on every system;
 * their numbers do not.
 */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

/* "ECONNRESET"; NULL for 0 and for the kernel's private numbers (524, ENOTSUPP). */
const char *errno_name(int error);

/* "TERM", without the SIG; NULL for 0 and for real-time signals. */
const char *signal_name(int signo);

#endif
