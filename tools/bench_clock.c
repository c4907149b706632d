/* SPDX-License-Identifier: MIT */
/* The two clocks that signals are timed by. */
#include <sched.h>
#include <time.h>
#include "bench.h"

#define LOOKS_A_YIELD 256u

uint64_t bench_wall(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t wall_now(struct bench_clock *clock)
{
	(void)clock;
	return bench_wall();
}

/* Now and then somebody else may run, who may be the card. */
static void wall_pass(struct bench_clock *clock, uint64_t until)
{
	(void)until;
	if (++clock->looks % LOOKS_A_YIELD == 0)
		sched_yield();
}

static void model_step(struct bench_clock *clock, uint64_t cycles)
{
	int err = hvbell_step(clock->card, cycles, &clock->cycle);

	if (err)
		clock->err = err;
}

/* The card is asked each time: what waits for its answer, as the taking of an owned flag, lets cycles pass as well. */
static uint64_t model_now(struct bench_clock *clock)
{
	model_step(clock, 0);
	return clock->cycle;
}

static void model_pass(struct bench_clock *clock, uint64_t until)
{
	uint64_t now = model_now(clock);

	model_step(clock, until > now ? until - now : 1);
}

void bench_clock_init(struct bench_clock *clock, hvbell_card *card)
{
	*clock = (struct bench_clock){ .time = BENCH_WALL, .now = wall_now, .pass = wall_pass, .card = card };
	if (hvbell_step(card, 0, &clock->cycle) != 0)
		return;
	clock->time = BENCH_MODEL;
	clock->now = model_now;
	clock->pass = model_pass;
}

const char *bench_time_name(enum bench_time time)
{
	static const char *const names[] = { "card", "model", "wall" };

	return names[time];
}

const char *bench_time_unit(enum bench_time time)
{
	return time == BENCH_WALL ? "ns" : "cycles";
}
