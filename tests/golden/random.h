/* SPDX-License-Identifier: MIT */
/* Random worlds and steps, the same for the same seed on every machine. */
#ifndef GOLDEN_RANDOM_H
#define GOLDEN_RANDOM_H
#include "golden.h"
#include "tools/scenario.h"

struct random_source {
	uint64_t state;
};

/* A scenario that grows by one random step at a time. */
struct random_world {
	struct random_source source;
	struct scenario scenario;       /* steps has room for `room`; step_count says how many there are */
	size_t room;
	char name[64];
};

/* Makes a world, and room for steps. False: no memory. The world is the caller's to free. */
bool random_world_make(struct random_world *world, uint64_t seed, size_t steps);
void random_world_free(struct random_world *world);
/* Adds a step that makes sense, mostly, in the state that g is in. */
bool random_step(struct random_world *world, struct golden *g);

/* ---- between random.c and random_step.c ---- */
/* A number below limit; limit 0 counts as 1. */
uint64_t random_below(struct random_source *source, uint64_t limit);
/* True so many times in a hundred. */
bool random_chance(struct random_source *source, unsigned percent);
struct hvbell_sint random_sint(struct random_source *source);
struct scn_port random_port(struct random_source *source, uint64_t partition, uint64_t connection_partition,
			    uint32_t id);
#endif
