/* SPDX-License-Identifier: MIT */
/* From the doorbell to the flag and to the interrupt, beside what a read of the card costs. */
#include <stdlib.h>
#include "bench.h"

#define READS 1000u             /* of the calibration */
#define LOAD 4u                 /* open loop: the time of so many signals, one at a time, between two starts */

/* The world that latencies are measured in. */
static const struct bench_world_shape shape = { .vps = 1, .senders = 1, .flags = BENCH_FLAGS };

int bench_calibrate(struct bench *bench, hvbell_card *card)
{
	struct bench_clock clock;
	struct bench_world world;
	struct bench_result *result;
	int ret = bench_world(&world, card, &shape);

	bench_clock_init(&clock, card);
	result = bench_result_add(bench, "bar_read", "card", "", clock.time);
	for (unsigned i = 0; i < READS && !ret && result && !bench_stopped(); i++) {
		uint64_t start = clock.now(&clock);

		ret = bench_world_read(&world);
		if (clock.time == BENCH_MODEL && !ret)
			ret = hvbell_step(card, 0, &clock.cycle);
		bench_histogram_add(result->times, clock.now(&clock) - start);
		result->sent++;
	}
	if (result)
		*(clock.time == BENCH_WALL ? &bench->wall_read : &bench->model_read) =
			bench_percentile(result->times, 0.5);
	return ret;
}

struct bench_result *bench_latency(struct bench *bench, struct bench_clock *clock, struct bench_path *path,
				   enum bench_mode mode, uint64_t period)
{
	const char *name = mode == BENCH_POLL ? "doorbell_to_flag" : "doorbell_to_interrupt";
	struct bench_result *result = bench_result_add(bench, name, path->name, bench_mode_name(mode), clock->time);
	struct bench_ledger *ledger = malloc(sizeof(*ledger));

	if (result && ledger) {
		bench_ledger_init(ledger, bench->options.count, bench->options.warm, BENCH_FLAGS, result->times);
		ledger->period = result->period = period;
		if (mode <= BENCH_POLL_EVENTFD)
			bench_loop(clock, path, ledger, mode);
		result->sent = ledger->sent;
		result->lost = bench_stopped() ? 0 : bench_ledger_open(ledger);
		result->duplicate = ledger->duplicate;
		result->out_of_order = ledger->out_of_order;
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
		struct bench_result *alone = bench_latency(bench, &clock, &path, mode, 0);

		if (alone)
			bench_latency(bench, &clock, &path, mode, period_of(bench, clock.time, alone));
	}
	return clock.err;
}
