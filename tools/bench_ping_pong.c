/* SPDX-License-Identifier: MIT */
/*
 * Two partitions that answer each other. Each waits for its interrupt, takes its flag and signals at once. By the
 * host's clock that gives round trips; by the card's stamps, from the message of one signal to the doorbell of the
 * next, the time that the interrupt, the receiver and its store take outside of the card.
 */
#include <errno.h>
#include <unistd.h>
#include "bench.h"

#define BATCH 64u               /* rounds between two readings of the trace ring */
#define PATIENCE_MODEL 100000u
#define PATIENCE_WALL 1000000000u

struct side {
	const hvbell_receiver *rx;
	int eventfd;
	const hvbell_connection *answer;
};

/* Waits for the side's interrupt, takes its flag, and answers. False: nothing came. */
static bool answer(struct bench_clock *clock, const struct side *side, bool reply)
{
	uint64_t patience = clock->time == BENCH_WALL ? PATIENCE_WALL : PATIENCE_MODEL;
	uint64_t start = clock->now(clock), now = start, count;

	while (read(side->eventfd, &count, sizeof(count)) < 0) {
		if (clock->err || now - start > patience || bench_stopped())
			return false;
		clock->pass(clock, now + 1);
		now = clock->now(clock);
	}
	if (hvbell_receive(side->rx) < 0)
		return false;
	if (reply)
		hvbell_signal(side->answer, 0);
	return true;
}

int bench_read_turns(hvbell_card *card, struct bench_result *turns, uint64_t from)
{
	struct hvbell_trace records[2 * BATCH];
	int count = hvbell_fence(card);

	count = count ? count : hvbell_trace_read(card, records, 2 * BATCH, NULL);
	for (int i = 0; i + 1 < count; i++)
		if (records[i].message && records[i].partition != records[i + 1].partition &&
		    (from == UINT64_MAX || records[i].partition == from))
			bench_histogram_add(turns->times, records[i + 1].t0 - (records[i].t0 + records[i].to_message));
	return count < 0 ? count : 0;
}

static int run_batch(struct bench_clock *clock, struct bench_world *world, struct bench_result *rounds, unsigned count)
{
	const struct side there = { &world->rx[0], world->eventfd[0], &world->back };
	const struct side here = { &world->back_rx, world->back_eventfd, &world->connection[0] };

	/* where another signal's stamps must not be taken for the answer to this one, the last answer ends a batch */
	for (unsigned i = 0; i < count; i++) {
		uint64_t start = clock->now(clock);

		hvbell_signal(&world->connection[0], 0);
		rounds->sent++;
		if (!answer(clock, &there, true) || !answer(clock, &here, false)) {
			rounds->lost += bench_stopped() ? 0 : 1;
			return clock->err;
		}
		bench_histogram_add(rounds->times, clock->now(clock) - start);
	}
	return clock->err;
}

static int run_rounds(struct bench_clock *clock, struct bench_world *world, struct bench_result *rounds,
		      struct bench_result *turns, uint64_t count)
{
	int ret = 0;

	while (count && !ret && !rounds->lost && !bench_stopped()) {
		unsigned batch = count < BATCH ? (unsigned)count : BATCH;

		ret = run_batch(clock, world, rounds, batch);
		ret = ret ? ret : bench_read_turns(world->card, turns, UINT64_MAX);
		count -= batch;
	}
	/* of each round two signals, the second of which answers the first */
	turns->sent = 2 * rounds->sent;
	return ret;
}

int bench_ping_pong(struct bench *bench, hvbell_card *card)
{
	const struct bench_world_shape shape = { .vps = 1, .senders = 1, .flags = 64, .back = true };
	struct bench_result *rounds, *turns;
	struct bench_clock clock;
	struct bench_world world;
	int ret = bench_world(&world, card, &shape);

	ret = ret ? ret : hvbell_trace_enable(card, true);
	ret = ret ? ret : hvbell_fence(card);
	bench_clock_init(&clock, card);
	rounds = bench_result_add(bench, "ping_pong", bench->card, "poll eventfd", clock.time);
	turns = bench_result_add(bench, "interrupt_to_signal", bench->card, "poll eventfd", BENCH_CARD);
	if (!rounds || !turns)
		return -ENOMEM;
	ret = ret ? ret : run_rounds(&clock, &world, rounds, turns, bench->options.warm);
	bench_histogram_clear(rounds->times);
	bench_histogram_clear(turns->times);
	return ret ? ret : run_rounds(&clock, &world, rounds, turns, bench->options.count);
}
