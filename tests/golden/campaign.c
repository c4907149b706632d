/* SPDX-License-Identifier: MIT */
/*
 * Random signals until there were enough: rounds of one world in lockstep with the golden model (lockstep_play.h), and
 * one storm of threads on a card with its own clock (storm.h).
 *   campaign [--signals N] [--seed S] [--state FILE]
 * Round r has the seed S + r. What is done is kept in FILE after each round, and taken up again from there; a round
 * that was under way is done again. A miss writes campaign-SEED.json, a scenario that `hvbell run` plays. Exit status
 * 0: all agreed, 1: a miss, or the card failed, 2: arguments or the state file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "lockstep_play.h"
#include "scenario_write.h"
#include "storm.h"

#define STEPS 250u               /* of a world */
#define STORM 3000u              /* signals */

struct campaign {
	uint64_t wanted, seed, round, done;
	const char *state;
	time_t begun;
	uint64_t done_before;            /* by an earlier run */
};

static bool read_options(struct campaign *c, int argc, char **argv)
{
	*c = (struct campaign){ .wanted = 100000, .seed = 1, .begun = time(NULL) };
	for (int i = 1; i < argc; i += 2) {
		uint64_t *number = strcmp(argv[i], "--seed") == 0 ? &c->seed :
				   strcmp(argv[i], "--signals") == 0 ? &c->wanted : NULL;
		char *end = NULL;

		if (i + 1 == argc || (!number && strcmp(argv[i], "--state") != 0))
			return false;
		if (!number)
			c->state = argv[i + 1];
		else
			*number = strtoull(argv[i + 1], &end, 0);
		if (end && *end)
			return false;
	}
	return true;
}

/* False: there is one, but of another campaign. */
static bool take_up(struct campaign *c)
{
	FILE *file = c->state ? fopen(c->state, "re") : NULL;
	unsigned long long seed, round, done;
	int read;

	if (!file)
		return true;
	read = fscanf(file, "seed %llu round %llu signals %llu", &seed, &round, &done);
	fclose(file);
	if (read != 3 || seed != c->seed)
		return false;
	c->round = round;
	c->done = c->done_before = done;
	return true;
}

static bool keep(const struct campaign *c)
{
	char path[4096];
	FILE *file;

	if (!c->state)
		return true;
	snprintf(path, sizeof(path), "%s.new", c->state);
	file = fopen(path, "we");
	if (!file)
		return false;
	fprintf(file, "seed %llu round %llu signals %llu\n", (unsigned long long)c->seed, (unsigned long long)c->round,
		(unsigned long long)c->done);
	return fclose(file) == 0 && rename(path, c->state) == 0;
}

static void progress(const struct campaign *c)
{
	uint64_t seconds = (uint64_t)(time(NULL) - c->begun), mine = c->done - c->done_before;
	uint64_t left = mine && c->wanted > c->done ? (c->wanted - c->done) * seconds / mine / 60 : 0;

	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%llu of %llu signals, seed %llu, %llu min left   ", (unsigned long long)c->done,
			(unsigned long long)c->wanted, (unsigned long long)(c->seed + c->round),
			(unsigned long long)left);
}

/* Signals among the steps of a world. */
static uint64_t signals_of(const struct scenario *scenario)
{
	uint64_t count = 0;

	for (size_t s = 0; s < scenario->step_count; s++)
		count += scenario->steps[s].op == SCN_KICK ? 1 : scenario->steps[s].call_count;
	return count;
}

static void tell_miss(struct lockstep *l, uint64_t seed)
{
	char path[64];
	FILE *file;

	fprintf(stderr, "\nseed %llu, step %zu: %s\n", (unsigned long long)seed, l->world.scenario.step_count, l->why);
	lockstep_shrink(l);
	snprintf(path, sizeof(path), "campaign-%llu.json", (unsigned long long)seed);
	file = fopen(path, "we");
	if (!file || !scenario_write(&l->world.scenario, file) || fclose(file) != 0)
		fprintf(stderr, "%s cannot be written\n", path);
	else
		fprintf(stderr, "shrunk to %zu steps, in %s: %s\n", l->world.scenario.step_count, path, l->why);
}

static int lockstep_round(struct campaign *c, hvbell_card *card)
{
	struct lockstep l = { .card = card };
	uint64_t seed = c->seed + c->round;
	int ret = lockstep_play(&l, seed, STEPS);

	if (ret == 1)
		tell_miss(&l, seed);
	else if (ret != 0)
		fprintf(stderr, "\nseed %llu: %s\n", (unsigned long long)seed, l.why);
	else
		c->done += signals_of(&l.world.scenario);
	lockstep_end(&l);
	return ret;
}

/* Links of all kinds, flags in memory and on the card in turn; the card's own seed is the round's, too. */
static int storm_round(struct campaign *c)
{
	static const char *const links[] = { "latency=none&jitter=20", "latency=gen3x8&jitter=60", "latency=none",
					     "latency=gen2x1&jitter=5" };
	uint64_t seed = c->seed + c->round;
	hvbell_card *card;
	char url[100], why[300];
	int ret;

	snprintf(url, sizeof(url), "sim:?seed=%llu&%s&deliver=%s", (unsigned long long)seed, links[seed / 2 % 4],
		 seed % 2 ? "owned" : "atomic");
	ret = hvbell_open(url, &card);
	if (ret != 0) {
		fprintf(stderr, "\n%s: %s\n", url, hvbell_error().what);
		return ret;
	}
	ret = storm(card, seed, STORM, why, sizeof(why));
	if (ret != 0)
		fprintf(stderr, "\nseed %llu, threads on %s: %s\n", (unsigned long long)seed, url, why);
	else
		c->done += STORM;
	hvbell_close(card);
	return ret;
}

int main(int argc, char **argv)
{
	struct campaign c;
	hvbell_card *card[2] = { NULL, NULL };   /* one of each kind of delivery */
	int ret = 0;

	if (!read_options(&c, argc, argv)) {
		fputs("usage: campaign [--signals N] [--seed S] [--state FILE]\n", stderr);
		return 2;
	}
	if (!take_up(&c)) {
		fprintf(stderr, "%s is of another campaign; remove it to begin anew\n", c.state);
		return 2;
	}
	if (hvbell_open("sim:?step=1&latency=none&deliver=atomic", &card[0]) != 0 ||
	    hvbell_open("sim:?step=1&latency=none&deliver=owned", &card[1]) != 0) {
		fprintf(stderr, "%s: %s\n", hvbell_error().where, hvbell_error().what);
		return 1;
	}
	while (c.done < c.wanted && ret == 0) {
		ret = lockstep_round(&c, card[(c.seed + c.round) % 2]);
		if (ret == 0)
			ret = storm_round(&c);
		if (ret == 0) {
			c.round++;
			progress(&c);
			if (!keep(&c)) {
				fprintf(stderr, "\n%s cannot be written: %s\n", c.state, strerror(errno));
				ret = 2;
			}
		}
	}
	hvbell_close(card[0]);
	hvbell_close(card[1]);
	if (ret == 0)
		printf("%s%llu signals in %llu rounds from seed %llu: none lost, none spurious, "
		       "every history in order\n", isatty(STDERR_FILENO) ? "\n" : "", (unsigned long long)c.done,
		       (unsigned long long)c.round, (unsigned long long)c.seed);
	return ret == 2 ? 2 : ret != 0;
}
