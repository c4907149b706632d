/* SPDX-License-Identifier: MIT */
/*
 * Random worlds on a card and on the golden model side by side: statuses, faults, flags and interrupts must agree
 * after every step.
 *   lockstep [--seed S] [--worlds N] [--steps M] [--card URL]
 * World w has the seed S + w, so a miss is repeated with --seed S+w --worlds 1. On a miss the world and its steps are
 * printed as a scenario that `hvbell run` plays. Exit status 0: all agreed, 1: a miss, or the card failed, 2:
 * arguments.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "golden_play.h"
#include "random.h"
#include "scenario_write.h"
#include "tools/stage.h"

struct options {
	uint64_t seed, worlds, steps;
	const char *card;
};

static struct golden model;

static bool read_options(struct options *options, int argc, char **argv)
{
	*options = (struct options){ 1, 20, 200, "sim:?step=1" };
	for (int i = 1; i < argc; i += 2) {
		uint64_t *number = strcmp(argv[i], "--seed") == 0 ? &options->seed : strcmp(argv[i], "--worlds") == 0 ?
				   &options->worlds : strcmp(argv[i], "--steps") == 0 ? &options->steps : NULL;

		if (i + 1 < argc && strcmp(argv[i], "--card") == 0)
			options->card = argv[i + 1];
		else if (i + 1 < argc && number)
			*number = strtoull(argv[i + 1], NULL, 0);
		else
			return false;
	}
	return true;
}

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

/* Does the step that was added last on both. 0: they agree, 1: a miss, -errno: the card failed. */
static int step_both(struct stage *stage, struct random_world *world, char *why, size_t size)
{
	size_t last = world->scenario.step_count - 1;
	struct scn_step *step = &world->scenario.steps[last];
	struct seen seen;
	int ret;

	if (!golden_play_step(&model, step, &seen)) {
		seen_free(&seen);
		snprintf(why, size, "the model cannot do this step");
		return 1;
	}
	step->has_expected = true;
	step->expected = expect(&seen);
	ret = stage_step(stage, last, &seen);
	if (ret == 0)
		ret = !seen_agrees(&world->scenario, step, &seen, why, size);
	else
		snprintf(why, size, "%s", stage->error);
	seen_free(&seen);
	return ret;
}

static int play_world(hvbell_card *card, uint64_t seed, uint64_t steps)
{
	struct random_world world;
	struct stage stage = { 0 };
	char why[400] = "no memory, or no room in the model";
	int ret = -ENOMEM;

	if (random_world_make(&world, seed, steps) && golden_place_world(&model, &world.scenario.world)) {
		world.scenario.step_count = steps;      /* the stage makes room for so many */
		ret = stage_open(&stage, card, &world.scenario, 0);
		world.scenario.step_count = 0;
		if (ret != 0)
			snprintf(why, sizeof(why), "%s", stage.error);
	}
	for (uint64_t s = 0; s < steps && ret == 0; s++)
		ret = random_step(&world, &model) ? step_both(&stage, &world, why, sizeof(why)) : -ENOMEM;
	if (ret != 0) {
		fprintf(stderr, "seed %llu, step %zu: %s\n", (unsigned long long)seed, world.scenario.step_count, why);
		scenario_write(&world.scenario, stdout);
	}
	stage_close(&stage);
	random_world_free(&world);
	return ret;
}

int main(int argc, char **argv)
{
	struct options options;
	hvbell_card *card;
	int ret = 0;

	if (!read_options(&options, argc, argv)) {
		fputs("usage: lockstep [--seed S] [--worlds N] [--steps M] [--card URL]\n", stderr);
		return 2;
	}
	if (hvbell_open(options.card, &card) != 0) {
		fprintf(stderr, "%s: %s\n", hvbell_error().where, hvbell_error().what);
		return 1;
	}
	for (uint64_t w = 0; w < options.worlds && ret == 0; w++)
		ret = play_world(card, options.seed + w, options.steps);
	hvbell_close(card);
	if (ret == 0)
		printf("%llu worlds of %llu steps agree on %s\n", (unsigned long long)options.worlds,
		       (unsigned long long)options.steps, options.card);
	return ret != 0;
}
