/* SPDX-License-Identifier: MIT */
/* One simulated card for all inputs of a fuzz target: each begins with the same small world, and behind each the card
 * must come back by a function level reset, touch no memory but what it was given, and deliver. */
#ifndef CARD_UNDER_FUZZ_H
#define CARD_UNDER_FUZZ_H
#include <stddef.h>
#include <stdint.h>
#include "driver/dev.h"

#define FUZZ_PORTS 4u            /* connection, partition 1 + n, word, vector and VP n */
#define FUZZ_TIMEOUT 500u        /* cycles, the card's */

/* The bytes of an input, taken from the front; zeroes behind its end. */
struct fuzz_bytes {
	const uint8_t *data;
	size_t left;
};
uint64_t fuzz_take(struct fuzz_bytes *bytes, size_t count);

/* Ends the program where the card does not do what it must. */
struct hvb_dev *card_fuzz_begin(void);
void card_fuzz_end(void);
#endif
