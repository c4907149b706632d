/* SPDX-License-Identifier: MIT */
/* A random world on a card and on the golden model side by side: statuses, faults, flags and interrupts must agree
 * after every step. */
#ifndef GOLDEN_LOCKSTEP_PLAY_H
#define GOLDEN_LOCKSTEP_PLAY_H
#include <hvbell/hvbell.h>
#include "random.h"
#include "tools/stage.h"

struct lockstep {
	hvbell_card *card;
	struct random_world world;       /* what was played */
	struct stage stage;
	char why[400];                   /* of a miss or a failure */
};

/* Makes the world of a seed, and places it on both, with room for steps; lockstep_end() is to be called in any case. */
int lockstep_begin(struct lockstep *l, uint64_t seed, uint64_t steps);
/* Does the step that was added last to the world's scenario on both. 0: they agree, 1: a miss, -errno: the card
 * failed, -EDOM: the model cannot do it. */
int lockstep_step(struct lockstep *l);
/* The model. */
struct golden *lockstep_model(void);
/* Makes the world of a seed and plays it. 0: they agree, 1: a miss, -errno: the card failed. */
int lockstep_play(struct lockstep *l, uint64_t seed, uint64_t steps);
/* After a miss: takes away steps, connections and ports as long as what is left misses, too. */
void lockstep_shrink(struct lockstep *l);
/* Frees it all. */
void lockstep_end(struct lockstep *l);
#endif
