/* SPDX-License-Identifier: MIT */
/* From the doorbell to the flag and to the interrupt, beside what a read of the card costs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

#define READS 1000u             /* of the calibration */
#define LOAD 4u                 /* open loop: the time of so many signals, one at a time, between two starts */
#define SECONDS_SIMULATED 1u
#define SECONDS_BOARD 30u

/* The world that latencies are measured in. */
static const struct bench_world_shape shape = { .vps = 1, .senders = 1, .flags = BENCH_FLAGS };

int bench_calibrate(struct bench *bench, hvbell_card *card)
{
	struct bench_clock clock;
	struct bench_world world;
	struct bench_result *result;
	int ret = bench_world(&world, card, &shape);

	bench_clock_init(&clock, card);
	result = bench_result_add(bench, "bar_read", bench->card, "", clock.time);
	for (uint64_t i = 0; i < bench->options.warm + READS && !ret && result && !bench_stopped(); i++) {
		uint64_t start = clock.now(&clock);

		ret = bench_world_read(&world);
		if (i >= bench->options.warm)
			bench_histogram_add(result->times, clock.now(&clock) - start);
		result->sent++;
	}
	if (result)
		*(clock.time == BENCH_WALL ? &bench->wall_read : &bench->model_read) =
			bench_percentile(result->times, 0.5);
	return ret;
}

static void put_down(struct bench_result *result, const struct bench_ledger *ledger)
{
	result->sent = ledger->sent;
	result->lost = bench_stopped() ? 0 : bench_ledger_open(ledger);
	result->duplicate = ledger->duplicate;
	result->out_of_order = ledger->out_of_order;
}

/* How many signals a measurement has: an open loop is not longer than some seconds. */
static uint64_t count_of(const struct bench *bench, enum bench_time time, uint64_t period)
{
	uint64_t count = bench->options.count, most = bench->simulated ? SECONDS_SIMULATED : SECONDS_BOARD;

	if (time == BENCH_WALL && period && count > most * 1000000000u / period)
		count = most * 1000000000u / period;
	return count ? count : 1;
}

/* One path by one way of waiting: adds a result; NULL: there was no room for it. */
static struct bench_result *latency(struct bench *bench, struct bench_clock *clock, struct bench_path *path,
				    enum bench_mode mode, uint64_t period)
{
	const char *name = mode == BENCH_POLL ? "doorbell_to_flag" : "doorbell_to_interrupt";
	struct bench_result *result = bench_result_add(bench, name, path->name, bench_mode_name(mode), clock->time);
	struct bench_ledger *ledger = malloc(sizeof(*ledger));
	int ret = 0;

	if (result && ledger) {
		bench_ledger_init(ledger, count_of(bench, clock->time, period), bench->options.warm, BENCH_FLAGS,
				  result->times);
		ledger->period = result->period = period;
		if (clock->time == BENCH_MODEL)
			bench_loop(clock, path, ledger, mode);
		else
			ret = bench_threads(bench, path, ledger, mode);
		put_down(result, ledger);
		if (ret)
			snprintf(result->why, sizeof(result->why), "not here: %s", strerror(-ret));
	}
	free(ledger);
	return result;
}

/* A rate that was asked for, or a quarter of what one signal at a time reaches. */
static uint64_t period_of(const struct bench *bench, enum bench_time time, const struct bench_result *alone)
{
	double second = time == BENCH_WALL ? 1e9 : bench->info.clock_mhz * 1e6;
	uint64_t period = bench->options.rate > 0 ? (uint64_t)(second / bench->options.rate) :
		LOAD * bench_percentile(alone->times, 0.5);

	return period ? period : 1;
}

int bench_latencies(struct bench *bench, hvbell_card *card)
{
	struct bench_clock clock;
	struct bench_world world;
	struct bench_path path;
	int ret = bench_world(&world, card, &shape);

	if (ret)
		return ret;
	bench_clock_init(&clock, card);
	bench_world_path(&world, &path);
	for (enum bench_mode mode = BENCH_POLL; mode <= BENCH_POLL_EVENTFD && !bench_stopped(); mode++) {
		struct bench_result *alone = latency(bench, &clock, &path, mode, 0);

		if (alone)
			latency(bench, &clock, &path, mode, period_of(bench, clock.time, alone));
	}
	return clock.err;
}

void bench_modes(struct bench *bench, struct bench_path *path)
{
	static const enum bench_mode modes[] = { BENCH_EVENTFD, BENCH_EPOLL, BENCH_IO_URING, BENCH_POLL };
	struct bench_clock clock = { .time = BENCH_WALL };

	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]) && !bench_stopped(); i++) {
		struct bench_result *alone = latency(bench, &clock, path, modes[i], 0);

		/* the same load for all paths: the card's, which is measured first */
		if (alone && !bench->wall_period)
			bench->wall_period = period_of(bench, BENCH_WALL, alone);
		if (alone && alone->times->count && !bench_stopped())
			latency(bench, &clock, path, modes[i], bench->wall_period);
	}
}

int bench_waits(struct bench *bench, hvbell_card *card)
{
	struct bench_world world;
	struct bench_path path;
	int ret = bench_world(&world, card, &shape);

	if (ret)
		return ret;
	bench_world_path(&world, &path);
	bench_modes(bench, &path);
	return 0;
}
