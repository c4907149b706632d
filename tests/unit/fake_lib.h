/* SPDX-License-Identifier: MIT */
/* A library without a card: the hvbell_* calls that hvcall/ and tools/ need, answered by the golden model. Tests
 * link it in the library's place; what they may look at or spoil beyond the public interface is here. */
#ifndef FAKE_LIB_H
#define FAKE_LIB_H
#include <hvbell/hvbell.h>
#include "tests/golden/golden.h"

/* The one card there is. */
struct hvbell_card {
	struct golden golden;
	int eventfd[GOLDEN_PARTITIONS][GOLDEN_VPS][16];
	uint64_t told[GOLDEN_PARTITIONS][GOLDEN_VPS][16];       /* interrupts written to the eventfd */
	/* what the next calls return instead of doing anything; 0: nothing */
	int fail_signal, fail_fence, fail_reset;
	/* defects of a card: a test has to see them */
	bool lose_interrupts, second_interrupt, lose_eventfds;
	uint64_t last_input;
	enum hvbell_wait last_wait;
	unsigned signals;
	uint32_t last_slot;
};

/* The card of the last hvbell_open(). */
extern hvbell_card *fake_card;
#endif
