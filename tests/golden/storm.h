/* SPDX-License-Identifier: MIT */
/*
 * Threads that signal flags of one VP while others take them with locked operations, all at once; what each of them saw
 * must fit one order (history.h), no sleeper may miss its wake-up, and no message may come without a flag that was
 * newly set.
 */
#ifndef GOLDEN_STORM_H
#define GOLDEN_STORM_H
#include <hvbell/hvbell.h>

/* Resets the card, and makes about `signals` signals. 0: all is well, 1: not, and *why says what; -errno: the card
 * failed, or there is no memory. Blocks; the card is its own meanwhile. */
int storm(hvbell_card *card, uint64_t seed, unsigned signals, char *why, size_t size);
#endif
