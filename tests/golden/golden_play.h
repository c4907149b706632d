/* SPDX-License-Identifier: MIT */
/* Plays scenarios on the golden model, and tells what would be seen, in the form in which tools/ tells what was
 * seen on a card. Concurrent calls are made one after the other, in their order: one of the orders that are right. */
#ifndef GOLDEN_PLAY_H
#define GOLDEN_PLAY_H
#include "golden.h"
#include "tools/seen.h"

/* Clears the model and places a world. False: the model has no room for it, or it names something twice. */
bool golden_place_world(struct golden *g, const struct scn_world *world);
/* Does one step; *seen is the caller's to free. A step beside the next one is done at once, and seen with the next.
 * False: it names a partition or VP that is not there. */
bool golden_play_step(struct golden *g, const struct scn_step *step, struct seen *seen);
#endif
