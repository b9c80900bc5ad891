/* SPDX-License-Identifier: MIT
 *
 * Exit statuses: part of the interface, listed in every man page's EXIT STATUS.
 * Scripts branch on them, so a number never changes its meaning.
 */
#ifndef BASE_EXIT_STATUS_H
#define BASE_EXIT_STATUS_H

enum exit_status {
	STATUS_OK = 0,           /* `preserved`, or the service ended as asked */
	STATUS_BROKEN = 1,       /* half-close is broken: any other verdict */
	STATUS_USAGE = 2,        /* usage or configuration error */
	STATUS_CANNOT_RUN = 3,   /* cannot resolve, connect, listen, open */
	STATUS_INCONCLUSIVE = 4, /* half-close was never exercised */
};

#endif
