/* SPDX-License-Identifier: MIT */
/* See lockstep_play.h. A miss is shrunk by halves, then quarters, and so on, down to single steps. */
#include "lockstep_play.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "golden_play.h"

#define SHRINK_RUNS 400u

static struct golden model;

/* What the model saw becomes what the card must show; takes over the arrays. */
static struct scn_expected expect(const struct seen *seen)
{
	return (struct scn_expected){
		.has_status = seen->parts & SEEN_STATUS,
		.status = seen->call.status,
		.code = seen->call.status,
		.has_code = seen->parts & SEEN_STATUS,
		.has_fault = seen->parts & SEEN_FAULT,
		.fault = seen->call.fault,
		.result = { .given = seen->parts & SEEN_RESULT,
			    .null = seen->call.fault != 0,
			    .mask = 0xffffffffffff,
			    .value = seen->call.result },
		.output = { .given = seen->parts & SEEN_RESULT,
			    .null = !seen->call.has_output,
			    .mask = UINT64_MAX,
			    .value = seen->call.output },
		.value = { .given = seen->parts & SEEN_VALUE, .mask = UINT64_MAX, .value = seen->value },
		.has_statuses = seen->parts & SEEN_STATUSES,
		.statuses = seen->statuses,
		.status_count = seen->status_count,
		.has_flags = true,
		.flags = seen->flags,
		.flag_count = seen->flag_count,
		.has_interrupts = true,
		.interrupts = seen->interrupts,
		.interrupt_count = seen->interrupt_count,
	};
}

static void forget(struct scn_expected *expected)
{
	free(expected->statuses);
	free(expected->flags);
	free(expected->interrupts);
	*expected = (struct scn_expected){ 0 };
}

/* Does a step on both. 0: they agree, 1: a miss, -errno: the card failed, -EDOM: the model cannot do it. */
static int step_both(struct lockstep *l, size_t at)
{
	struct scn_step *step = &l->world.scenario.steps[at];
	struct seen seen;
	int ret;

	if (!golden_play_step(&model, step, &seen)) {
		seen_free(&seen);
		snprintf(l->why, sizeof(l->why), "the model cannot do this step");
		return -EDOM;
	}
	step->has_expected = true;
	step->expected = expect(&seen);
	ret = stage_step(&l->stage, at, &seen);
	if (ret == 0)
		ret = !seen_agrees(&l->world.scenario, step, &seen, l->why, sizeof(l->why));
	else
		snprintf(l->why, sizeof(l->why), "%s", l->stage.error);
	seen_free(&seen);
	return ret;
}

/* Opens both; the stage makes room for so many steps. */
static int open_both(struct lockstep *l, size_t steps)
{
	size_t count = l->world.scenario.step_count;
	int ret;

	snprintf(l->why, sizeof(l->why), "no memory, or no room in the model");
	if (!golden_place_world(&model, &l->world.scenario.world))
		return -ENOMEM;
	l->world.scenario.step_count = steps;
	ret = stage_open(&l->stage, l->card, &l->world.scenario, 0);
	l->world.scenario.step_count = count;
	if (ret != 0)
		snprintf(l->why, sizeof(l->why), "%s", l->stage.error);
	return ret;
}

int lockstep_begin(struct lockstep *l, uint64_t seed, uint64_t steps)
{
	return random_world_make(&l->world, seed, steps) ? open_both(l, steps) : -ENOMEM;
}

int lockstep_step(struct lockstep *l)
{
	return step_both(l, l->world.scenario.step_count - 1);
}

struct golden *lockstep_model(void)
{
	return &model;
}

int lockstep_play(struct lockstep *l, uint64_t seed, uint64_t steps)
{
	int ret = lockstep_begin(l, seed, steps);

	for (uint64_t s = 0; s < steps && ret == 0; s++)
		ret = random_step(&l->world, &model) ? lockstep_step(l) : -ENOMEM;
	return ret;
}

/* Whether the world as it is now misses; what lies behind the miss goes. */
static bool misses(struct lockstep *l)
{
	struct scenario *scenario = &l->world.scenario;
	int ret;

	stage_close(&l->stage);
	for (size_t s = 0; s < scenario->step_count; s++)
		forget(&scenario->steps[s].expected);
	ret = open_both(l, scenario->step_count);
	for (size_t s = 0; s < scenario->step_count && ret == 0; s++) {
		ret = step_both(l, s);
		if (ret == 1)
			scenario->step_count = s + 1;
	}
	return ret == 1;
}

/* Takes [at, at + count) out of an array of *length items, if what is left misses. */
static bool leave_out(struct lockstep *l, void *array, size_t *length, size_t item, size_t at, size_t count)
{
	size_t all = *length, steps = l->world.scenario.step_count;
	char *bytes = array, *copy = malloc(all * item + 1);
	bool missed;

	if (!copy)
		return false;
	for (size_t s = 0; s < steps; s++)              /* copies must not own what the originals do */
		forget(&l->world.scenario.steps[s].expected);
	memcpy(copy, bytes, all * item);
	memmove(bytes + at * item, bytes + (at + count) * item, (all - at - count) * item);
	*length -= count;
	missed = misses(l);
	if (!missed) {
		for (size_t s = 0; s < l->world.scenario.step_count; s++)
			forget(&l->world.scenario.steps[s].expected);
		memcpy(bytes, copy, all * item);
		*length = all;
		l->world.scenario.step_count = steps;
	}
	free(copy);
	return missed;
}

static void shrink_array(struct lockstep *l, void *array, size_t *length, size_t item, unsigned *runs)
{
	for (size_t chunk = *length; chunk; chunk /= 2)
		for (size_t at = 0; at < *length && *runs < SHRINK_RUNS; ++*runs) {
			size_t count = chunk < *length - at ? chunk : *length - at;

			if (!leave_out(l, array, length, item, at, count))
				at += count;
		}
}

/* A step that is left out takes its calls with it: they are of a process that is about to end. */
void lockstep_shrink(struct lockstep *l)
{
	struct scenario *scenario = &l->world.scenario;
	struct scn_world *w = &scenario->world;
	unsigned runs = 0;

	shrink_array(l, scenario->steps, &scenario->step_count, sizeof(*scenario->steps), &runs);
	shrink_array(l, w->connections, &w->connection_count, sizeof(*w->connections), &runs);
	shrink_array(l, w->ports, &w->port_count, sizeof(*w->ports), &runs);
	for (size_t p = 0; p < w->partition_count; p++)
		shrink_array(l, w->partitions[p].vps, &w->partitions[p].vp_count, sizeof(*w->partitions[p].vps), &runs);
	if (!misses(l))                                 /* it does not always; or it tells what there is to see */
		snprintf(l->why, sizeof(l->why), "agrees when played again");
}

void lockstep_end(struct lockstep *l)
{
	stage_close(&l->stage);
	random_world_free(&l->world);
}
