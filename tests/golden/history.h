/* SPDX-License-Identifier: MIT */
/*
 * Whether what threads saw of one flag can be explained by one order of their operations in which each lies between
 * its call and its return (linearizability: Herlihy and Wing, 1990; it holds of a whole if it holds of each part, so a
 * flag at a time is enough).
 */
#ifndef GOLDEN_HISTORY_H
#define GOLDEN_HISTORY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum history_kind { HISTORY_SET, HISTORY_TAKE };
#define HISTORY_UNKNOWN (-1)     /* a set that does not tell what it found */
#define HISTORY_THREADS 8u      /* operations under way at a time, at most */

struct history_op {
	enum history_kind kind;
	int result;                      /* a set: 1 the flag was clear; a take: 1 the flag was set */
	uint64_t from, to;               /* tickets drawn before the call and after the return; no two are the same */
};

/* The flag is clear at first. Where it cannot be explained, *wrong is the first operation whose result nothing
 * explains. False also without memory, or where more are under way than HISTORY_THREADS; *wrong is count then. */
bool history_linearizable(const struct history_op *ops, size_t count, size_t *wrong);
#endif
