/* SPDX-License-Identifier: MIT */
/* More than one at once: floods, and one sender that signals many VPs. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include "bench_wait.h"

#define SPREAD_FLAGS 1024u      /* sixteen SIEF words, each with AtomicOps of its own */
#define OWN_FLAGS 64u           /* of each of several senders */
#define PATIENCE_MODEL 100000u
#define PATIENCE_WALL 1000000000u
#define LOOKS_A_YIELD 64u
#define SHARE_STACK (256u << 10)        /* bytes: all of it is locked in memory */

/* Which flag the n-th signal of a flood is, and of which sender. */
typedef unsigned flood_flag(uint64_t n);

static unsigned spread(uint64_t n)
{
	unsigned words = SPREAD_FLAGS / 64;

	return (unsigned)(n % words * 64 + n / words % 64);
}

static unsigned same(uint64_t n)
{
	(void)n;
	return 7;
}

static unsigned of_own(uint64_t n)
{
	return (unsigned)(n / BENCH_SENDERS_MAX % OWN_FLAGS);
}

static const struct flood {
	const char *name;
	struct bench_world_shape shape;
	flood_flag *flag;
} floods[] = {
	{ "throughput", { .vps = 1, .senders = 1, .flags = SPREAD_FLAGS }, spread },
	{ "coalescing", { .vps = 1, .senders = 1, .flags = SPREAD_FLAGS }, same },
	{ "many_to_one", { .vps = 1, .senders = BENCH_SENDERS_MAX, .flags = OWN_FLAGS }, of_own },
};

static int count(hvbell_card *card, struct bench_rate *rate, int sign)
{
	struct hvbell_card_counters counters;
	int ret = hvbell_card_counters(card, &counters);

	if (ret == 0) {
		rate->interrupts += (uint64_t)sign * counters.messages;
		rate->atomics += (uint64_t)sign * counters.atomics;
		rate->writes += (uint64_t)sign * counters.writes;
	}
	return ret;
}

static uint64_t take_all(const hvbell_receiver *rx)
{
	uint64_t taken = 0;

	while (hvbell_receive(rx) >= 0)
		taken++;
	return taken;
}

/* By the wall's clock the receiver takes in a thread of its own: what it waits for does not hold up the sender. */
struct taker {
	const hvbell_receiver *rx;
	uint64_t taken;
	bool stop;
};

static void *take(void *arg)
{
	struct taker *taker = arg;
	unsigned looks = 0;

	while (!__atomic_load_n(&taker->stop, __ATOMIC_ACQUIRE)) {
		taker->taken += take_all(taker->rx);
		if (++looks % LOOKS_A_YIELD == 0)
			sched_yield();
	}
	return NULL;
}

/* By the model's clock, which is one thread's, it takes what it finds between any two signals, in every cycle. */
static int send_all(struct bench_clock *clock, const struct bench_world *world, flood_flag *flag,
		    struct bench_rate *rate, uint64_t signals)
{
	uint64_t start = clock->now(clock);
	int ret;

	for (; rate->signals < signals && !clock->err && !bench_stopped(); rate->signals++) {
		hvbell_signal(&world->connection[rate->signals % world->shape.senders], flag(rate->signals));
		clock->pass(clock, clock->now(clock) + 1);
		if (clock->time == BENCH_MODEL)
			rate->taken += take_all(&world->rx[0]);
	}
	ret = clock->err ? clock->err : hvbell_fence(world->card);
	rate->elapsed = clock->now(clock) - start;
	return ret;
}

/* By the wall's clock each of several senders is a thread, on any processor but the receiver's: its share is every
 * signal that is its own. */
struct share {
	struct bench_clock clock;
	const struct bench_world *world;
	flood_flag *flag;
	uint64_t sender, signals, sent;
	pthread_t thread;
	const int *go;                  /* 0: not yet; 1; -1: not at all */
};

static void *send_share(void *arg)
{
	struct share *share = arg;
	struct bench_clock *clock = &share->clock;
	int go;

	while (!(go = __atomic_load_n(share->go, __ATOMIC_ACQUIRE)))
		sched_yield();
	for (uint64_t n = share->sender; go > 0 && n < share->signals && !bench_stopped(); share->sent++) {
		hvbell_signal(&share->world->connection[share->sender], share->flag(n));
		clock->pass(clock, clock->now(clock) + 1);
		n += share->world->shape.senders;
	}
	return NULL;
}

static int share_attributes(const struct bench *bench, pthread_attr_t *attributes)
{
	cpu_set_t cpus = bench->cpus;
	int ret = pthread_attr_init(attributes);

	if (ret)
		return -ret;
	if (bench->cpu_receiver >= 0 && CPU_COUNT(&cpus) > 1)
		CPU_CLR(bench->cpu_receiver, &cpus);
	ret = pthread_attr_setstacksize(attributes, SHARE_STACK);
	return -(ret ? ret : pthread_attr_setaffinity_np(attributes, sizeof(cpus), &cpus));
}

static int send_together(const struct bench *bench, struct bench_clock *clock, const struct bench_world *world,
			 flood_flag *flag, struct bench_rate *rate, uint64_t signals)
{
	struct share shares[BENCH_SENDERS_MAX];
	pthread_attr_t attributes;
	unsigned made = 0;
	uint64_t start;
	int go = 0, ret = share_attributes(bench, &attributes);

	if (ret)
		return ret;
	while (made < world->shape.senders && !ret) {
		struct share *share = &shares[made];

		*share = (struct share){ .clock = *clock, .world = world, .flag = flag, .sender = made,
					 .signals = signals, .go = &go };
		ret = -pthread_create(&share->thread, &attributes, send_share, share);
		made += ret == 0;
	}
	pthread_attr_destroy(&attributes);
	start = clock->now(clock);
	__atomic_store_n(&go, ret ? -1 : 1, __ATOMIC_RELEASE);
	while (made--) {
		pthread_join(shares[made].thread, NULL);
		rate->signals += shares[made].sent;
	}
	ret = ret ? ret : hvbell_fence(world->card);
	rate->elapsed = clock->now(clock) - start;
	return ret;
}

static int send_and_take(const struct bench *bench, struct bench_clock *clock, struct bench_world *world,
			 flood_flag *flag, struct bench_rate *rate, uint64_t signals)
{
	struct taker taker = { .rx = &world->rx[0] };
	bool wall = clock->time == BENCH_WALL;
	pthread_t thread;
	int ret = wall ? -pthread_create(&thread, NULL, take, &taker) : 0;

	if (ret)
		return ret;
	if (wall)
		bench_pin(thread, bench->cpu_receiver);
	ret = wall && world->shape.senders > 1 ? send_together(bench, clock, world, flag, rate, signals) :
						 send_all(clock, world, flag, rate, signals);
	if (wall) {
		__atomic_store_n(&taker.stop, true, __ATOMIC_RELEASE);
		pthread_join(thread, NULL);
	}
	rate->taken += taker.taken + take_all(&world->rx[0]);
	return ret;
}

static int run_flood(struct bench *bench, hvbell_card *card, const struct flood *flood)
{
	struct bench_clock clock;
	struct bench_world world;
	struct bench_rate *rate = &bench->rates[bench->rate_count];
	struct bench_world_shape shape = flood->shape;
	int ret;

	/* a small card has fewer partitions, one of which receives */
	if (shape.senders >= bench->info.partitions)
		shape.senders = bench->info.partitions - 1;
	ret = bench_world(&world, card, &shape);
	if (ret)
		return ret;
	bench_clock_init(&clock, card);
	*rate = (struct bench_rate){ .time = clock.time };
	ret = send_and_take(bench, &clock, &world, flood->flag, rate, bench->options.warm);
	*rate = (struct bench_rate){ .name = flood->name, .path = bench->card, .time = clock.time };
	ret = ret ? ret : count(card, rate, -1);
	ret = ret ? ret : send_and_take(bench, &clock, &world, flood->flag, rate, 4 * bench->options.count);
	ret = ret ? ret : count(card, rate, 1);
	bench->rate_count += ret == 0;
	return ret;
}

int bench_floods(struct bench *bench, hvbell_card *card)
{
	int ret = 0;

	for (unsigned i = 0; i < sizeof(floods) / sizeof(floods[0]) && !ret && !bench_stopped(); i++)
		ret = run_flood(bench, card, &floods[i]);
	return ret;
}

/* Takes the flags of a round, also those that it did not wait for: with the last interrupts, they shall not be part of
 * the next one. */
static int end_round(struct bench_world *world, unsigned width)
{
	int ret = hvbell_fence(world->card);

	for (unsigned v = 0; v < width && !ret; v++)
		take_all(&world->rx[v]);
	return ret ? ret : hvbell_fence(world->card);
}

/* Signals each VP once and waits for all. No flag is taken before: each VP has a processor of its own, which does not
 * wait until another one has taken its flag. */
static int fan_round(struct bench_clock *clock, struct bench_world *world, unsigned width, struct bench_result *result)
{
	uint64_t patience = clock->time == BENCH_WALL ? PATIENCE_WALL : PATIENCE_MODEL;
	uint64_t start = clock->now(clock), now = start, moved = start;
	bool seen[BENCH_VPS_MAX] = { false };
	unsigned left = width;

	for (unsigned v = 0; v < width; v++)
		hvbell_signal(&world->to_vp[v], 0);
	result->sent += width;
	while (left && now - moved < patience && !clock->err && !bench_stopped()) {
		clock->pass(clock, now + 1);
		now = clock->now(clock);
		for (unsigned v = 0; v < width; v++) {
			if (seen[v] || !hvbell_changed(world->rx[v].words))
				continue;
			seen[v] = true;
			left--;
			moved = now;
			bench_histogram_add(result->times, now - start);
		}
	}
	result->lost += bench_stopped() ? 0 : left;
	return clock->err ? clock->err : end_round(world, width);
}

static int fan_rounds(struct bench_clock *clock, struct bench_world *world, unsigned width, struct bench_result *result,
		      uint64_t signals)
{
	int ret = 0;

	for (uint64_t sent = 0; sent < signals && !ret && !bench_stopped(); sent += width)
		ret = fan_round(clock, world, width, result);
	return ret;
}

int bench_fan_out(struct bench *bench, hvbell_card *card)
{
	struct bench_world_shape shape = { .vps = BENCH_VPS_MAX, .senders = 1, .flags = 1 };
	struct bench_clock clock;
	struct bench_world world;
	int ret;

	if (shape.vps > bench->info.vps)
		shape.vps = bench->info.vps;
	if (shape.vps > bench->info.vectors)
		shape.vps = bench->info.vectors;
	ret = bench_world(&world, card, &shape);
	bench_clock_init(&clock, card);
	for (unsigned width = 1; width <= shape.vps && !ret && !bench_stopped(); width *= 4) {
		struct bench_result *result = bench_result_add(bench, "fan_out", bench->card, "poll", clock.time);

		if (!result)
			return -ENOMEM;
		result->width = width;
		ret = fan_rounds(&clock, &world, width, result, bench->options.warm);
		bench_histogram_clear(result->times);
		ret = ret ? ret : fan_rounds(&clock, &world, width, result, bench->options.count);
	}
	return ret;
}
