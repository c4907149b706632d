/* SPDX-License-Identifier: MIT */
/*
 * Random worlds on a card and on the golden model side by side: statuses, faults, flags and interrupts must agree
 * after every step.
 *   lockstep [--seed S] [--worlds N] [--steps M] [--card URL]
 * World w has the seed S + w, so a miss is repeated with --seed S+w --worlds 1. On a miss the world and its steps are
 * printed, shrunk, as a scenario that `hvbell run` plays. Exit status 0: all agreed, 1: a miss, or the card failed, 2:
 * arguments.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lockstep_play.h"
#include "scenario_write.h"

struct options {
	uint64_t seed, worlds, steps;
	const char *card;
};

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

static int play_world(hvbell_card *card, uint64_t seed, uint64_t steps)
{
	struct lockstep l = { .card = card };
	int ret = lockstep_play(&l, seed, steps);

	if (ret != 0) {
		fprintf(stderr, "seed %llu, step %zu: %s\n", (unsigned long long)seed, l.world.scenario.step_count,
			l.why);
		if (ret == 1)
			lockstep_shrink(&l);
		scenario_write(&l.world.scenario, stdout);
	}
	lockstep_end(&l);
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
