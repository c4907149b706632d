/* SPDX-License-Identifier: MIT */
/*
 * Signals whose number is known to the last one. A signals both of B's VPs, by connections 1 and 2, whose interrupt
 * handlers take the flags meanwhile. In a round each of EXACT_FLAGS flags of each VP is signalled once, and the next
 * round waits until all are taken; so no signal can meet a flag that is set, and each must be taken once.
 */
#ifndef VMM_EXACT_H
#define VMM_EXACT_H
#include "vmm.h"

#define EXACT_FLAGS 1000u

/* B's VPs begin to receive, by interrupts. */
bool receivers(struct world *world);
bool stop_receivers(struct world *world);
/* A sends what world_signals() said, and none is refused. */
bool all_sent(struct world *world, enum box_command command, uint64_t count);

bool exact_begin(struct world *world);
/* The n-th round, from 1. meanwhile (may be NULL) is called while A sends to VP 0. */
bool exact_round(struct world *world, uint64_t control, enum box_command command, unsigned n,
		 bool (*meanwhile)(struct world *world));
/* After that many rounds: each flag was taken so often by its VP, and no other one. */
bool exact_end(struct world *world, unsigned rounds);

#endif
