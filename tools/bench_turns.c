/* SPDX-License-Identifier: MIT */
/*
 * A receiver's whole reaction by the card's clock: from the message that the card sends to the doorbell of the answer,
 * in every way of waiting. No clock of the host is in it. Only for cards whose clock goes on meanwhile: a simulation's
 * stands while its host thinks.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "bench_wait.h"

#define BATCH 64u               /* rounds between two readings of the trace ring */
#define PATIENCE 1000000000u    /* ns: an answer that has not come then never will */
#define LOOKS_A_YIELD 256u

struct answerer {
	struct bench_world *world;
	struct bench_waiter *waiter;
	bool stop;
};

static void *answer(void *arg)
{
	struct answerer *answerer = arg;

	while (!__atomic_load_n(&answerer->stop, __ATOMIC_ACQUIRE)) {
		bench_waiter_wait(answerer->waiter);
		while (hvbell_receive(&answerer->world->rx[0]) >= 0)
			hvbell_signal(&answerer->world->back, 0);
	}
	return NULL;
}

/* False: no answer came. */
static bool ask(struct bench_world *world)
{
	uint64_t start = bench_wall();
	unsigned looks = 0;

	hvbell_signal(&world->connection[0], 0);
	while (hvbell_receive(&world->back_rx) < 0) {
		if (bench_stopped() || bench_wall() - start > PATIENCE)
			return false;
		if (++looks % LOOKS_A_YIELD == 0)
			sched_yield();
	}
	return true;
}

static int ask_all(struct bench_world *world, struct bench_result *turns, uint64_t count)
{
	int ret = 0;

	while (count && !ret && !turns->lost && !bench_stopped()) {
		unsigned batch = count < BATCH ? (unsigned)count : BATCH;

		for (unsigned i = 0; i < batch && !turns->lost; i++) {
			turns->sent++;
			turns->lost += !ask(world) && !bench_stopped();
		}
		ret = bench_read_turns(world->card, turns, BENCH_SENDER);
		count -= batch;
	}
	return ret;
}

static int run_mode(struct bench *bench, struct bench_world *world, enum bench_mode mode)
{
	struct bench_result *turns =
		bench_result_add(bench, "interrupt_to_signal", bench->card, bench_mode_name(mode), BENCH_CARD);
	struct answerer answerer = { .world = world };
	const uint64_t one = 1;
	pthread_t thread;
	int ret, err = turns ? bench_waiter_open(mode, world->eventfd[0], &answerer.waiter) : -ENOMEM;

	if (err) {
		if (turns)
			snprintf(turns->why, sizeof(turns->why), "not here: %s", strerror(-err));
		return turns ? 0 : err;
	}
	ret = -pthread_create(&thread, NULL, answer, &answerer);
	if (!ret) {
		bench_pin(thread, bench->cpu_receiver);
		ret = ask_all(world, turns, bench->options.warm);
		bench_histogram_clear(turns->times);
		ret = ret ? ret : ask_all(world, turns, bench->options.count);
		__atomic_store_n(&answerer.stop, true, __ATOMIC_RELEASE);
		/* wakes a receiver that still waits; a full counter wakes as well */
		if (write(world->eventfd[0], &one, sizeof(one)) < 0 && errno != EAGAIN && !ret)
			ret = -errno;
		pthread_join(thread, NULL);
	}
	bench_waiter_close(answerer.waiter);
	return ret;
}

int bench_turns(struct bench *bench, hvbell_card *card)
{
	static const enum bench_mode modes[] = { BENCH_EVENTFD, BENCH_EPOLL, BENCH_IO_URING, BENCH_POLL };
	const struct bench_world_shape shape = { .vps = 1, .senders = 1, .flags = 64, .back = true };
	struct bench_world world;
	int ret = bench_world(&world, card, &shape);

	ret = ret ? ret : hvbell_trace_enable(card, true);
	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]) && !ret && !bench_stopped(); i++)
		ret = run_mode(bench, &world, modes[i]);
	return ret;
}
