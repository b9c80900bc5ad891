/* SPDX-License-Identifier: MIT
 *
 * The lesser and the greater of two numbers.
 */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdint.h>

static inline int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t
most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

#endif
