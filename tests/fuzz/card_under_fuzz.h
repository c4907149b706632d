/* SPDX-License-Identifier: MIT */
/* One simulated card for all inputs of a fuzz target: each begins with the same small world, and behind each the card
 * must come back by a function level reset, touch no memory but what it was given, and deliver. */
#ifndef CARD_UNDER_FUZZ_H
#define CARD_UNDER_FUZZ_H
#include "driver.h"
#include "driver/dev.h"

#define FUZZ_PORTS 4u            /* connection, partition 1 + n, word, vector and VP n */
#define FUZZ_TIMEOUT 500u        /* cycles, the card's */

/* Runs an input, a step at a time. Ends the program where the card does not do what it must behind it. */
void card_fuzz_run(const uint8_t *data, size_t size, void (*do_step)(struct hvb_dev *dev, struct fuzz_bytes *in));
/* The step that both targets have: a doorbell of one of the ports. */
void card_fuzz_signal(struct hvb_dev *dev, struct fuzz_bytes *in);
#endif
