/* SPDX-License-Identifier: MIT */
/* The benchmark's arithmetic: histogram against a sorted list, percentiles, intervals, and the account of signals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "bench.h"

#define MANY 20000u

static struct bench_histogram *h;

static int setup(void **state)
{
	(void)state;
	h = bench_histogram_new();
	return h ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(h);
	return 0;
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Every percentile of a wide distribution, against the sorted samples: never below, at most one part in 1024 above. */
static void against_sorted(void **state)
{
	static uint64_t sorted[MANY];
	uint64_t random = 7;

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		sorted[i] = random >> 24 >> (random % 37);
		bench_histogram_add(h, sorted[i]);
	}
	qsort(sorted, MANY, sizeof(*sorted), ascending);
	for (unsigned i = 1; i <= 10000; i++) {
		uint64_t rank = bench_rank(MANY, i / 10000.0), exact, value;

		assert_int_equal(rank, 2 * i);
		exact = sorted[rank - 1];
		value = bench_percentile(h, i / 10000.0);
		assert_true(value >= exact && value - exact <= exact / 1024);
		assert_true(exact >= 2048 || value == exact);
	}
	assert_int_equal(h->min, sorted[0]);
	assert_int_equal(h->max, sorted[MANY - 1]);
}

static void buckets_follow_each_other(void **state)
{
	(void)state;
	assert_int_equal(bench_bucket_low(0), 0);
	for (unsigned i = 1; i < BENCH_BUCKETS; i++) {
		assert_true(bench_bucket_low(i) == bench_bucket_high(i - 1) + 1);
		assert_true(bench_bucket_high(i) >= bench_bucket_low(i));
	}
	assert_true(bench_bucket_high(BENCH_BUCKETS - 1) == (1ull << BENCH_BITS) - 1);
}

static void ranks(void **state)
{
	(void)state;
	assert_int_equal(bench_rank(10, 0.9), 9);
	assert_int_equal(bench_rank(10, 0.91), 10);
	assert_int_equal(bench_rank(1, 0.0001), 1);
	assert_int_equal(bench_rank(1000000, 0.9999), 999900);
	assert_int_equal(bench_behind(1000, 0.99), 11);
	assert_int_equal(bench_behind(100000, 0.9999), 11);
	assert_int_equal(bench_behind(0, 0.5), 0);
}

static void empty_and_too_large(void **state)
{
	(void)state;
	assert_int_equal(bench_percentile(h, 0.5), 0);
	assert_true(bench_mean(h) == 0 && bench_deviation(h) == 0);
	bench_histogram_add(h, 1ull << 50);
	bench_histogram_add(h, 4);
	assert_int_equal(h->overflow, 1);
	assert_true(h->max == 1ull << 50);
	assert_int_equal(bench_percentile(h, 0.5), 4);
	assert_true(bench_percentile(h, 1) == 1ull << 50);
}

/* 1 to 2000 once each: the median's interval is 1000 +- 1.96 * sqrt(2000 / 4), and to the next rank. */
static void intervals(void **state)
{
	uint64_t low, high;

	(void)state;
	for (uint64_t i = 1; i <= 2000; i++)
		bench_histogram_add(h, i);
	bench_interval(h, 0.5, &low, &high);
	assert_int_equal(low, 956);
	assert_int_equal(high, 1045);
	bench_interval(h, 0.999, &low, &high);
	assert_int_equal(low, 1995);
	assert_int_equal(high, 2000);
	assert_true(bench_mean(h) == 1000.5);
	assert_true(bench_deviation(h) > 577.3 && bench_deviation(h) < 577.4);
}

/* ---- a path that is made of nothing but a clock that says when its flags appear ---------------------------------- */

struct fake {
	struct bench_clock clock;
	uint64_t time, stall_from, stall_to;    /* what is sent in between appears at stall_to */
	_Alignas(16) uint64_t words[HVBELL_FLAGS / 64];
	uint64_t due[BENCH_FLAGS];
	uint64_t lose, twice;                   /* signals, counted from 1; 0: none */
	uint64_t sends;
	int eventfd;
	uint64_t behind, told_at;               /* the interrupt comes so much later than the flag; then, 0: no more */
	uint64_t early;                         /* signals sent while an interrupt was on its way */
};

static uint64_t fake_now(struct bench_clock *clock)
{
	return ((struct fake *)(void *)clock)->time;
}

static void fake_pass(struct bench_clock *clock, uint64_t until)
{
	struct fake *fake = (struct fake *)(void *)clock;
	const uint64_t one = 1;

	fake->time = until > fake->time ? until : fake->time + 1;
	for (unsigned f = 0; f < BENCH_FLAGS; f++)
		if (fake->due[f] && fake->due[f] <= fake->time) {
			fake->words[f / 64] |= 1ull << f % 64;
			fake->due[f] = 0;
			fake->told_at = fake->time + fake->behind;
		}
	if (fake->told_at && fake->told_at <= fake->time) {
		fake->told_at = 0;
		assert_int_equal(write(fake->eventfd, &one, sizeof(one)), sizeof(one));
	}
}

/* Takes 10; a signal sent during the stall comes at its end. */
static void fake_send(struct bench_path *path, unsigned flag)
{
	struct fake *fake = path->arg;

	fake->sends++;
	fake->early += fake->told_at != 0;
	if (fake->sends == fake->twice)
		fake->due[(flag + BENCH_FLAGS - 1) % BENCH_FLAGS] = fake->time + 10;
	if (fake->sends == fake->lose)
		return;
	fake->due[flag] = fake->time + 10;
	if (fake->time >= fake->stall_from && fake->time < fake->stall_to)
		fake->due[flag] = fake->stall_to;
}

static void run_fake(struct fake *fake, struct bench_ledger *ledger, unsigned count, unsigned flags, uint64_t period)
{
	struct bench_path path = { .name = "fake", .send = fake_send, .arg = fake,
				   .rx = { .words = fake->words, .used = BENCH_WORDS } };

	path.eventfd = fake->eventfd = eventfd(0, EFD_NONBLOCK);
	assert_true(fake->eventfd >= 0);
	fake->clock = (struct bench_clock){ .time = BENCH_MODEL, .now = fake_now, .pass = fake_pass };
	bench_ledger_init(ledger, count, 0, flags, h);
	ledger->period = period;
	bench_loop(&fake->clock, &path, ledger, BENCH_POLL);
	close(fake->eventfd);
}

static void one_at_a_time(void **state)
{
	struct fake fake = { .time = 100 };
	struct bench_ledger ledger;

	(void)state;
	run_fake(&fake, &ledger, 1000, BENCH_FLAGS, 0);
	assert_int_equal(h->count, 1000);
	assert_true(h->min == 10 && h->max == 10);
	assert_int_equal(bench_ledger_open(&ledger), 0);
	assert_int_equal(ledger.duplicate + ledger.out_of_order, 0);
}

/* A signal that starts while the interrupt of the one before is on its way may be held up by it. */
static void one_at_a_time_with_its_interrupt(void **state)
{
	struct fake fake = { .time = 100, .behind = 30 };
	struct bench_ledger ledger;

	(void)state;
	run_fake(&fake, &ledger, 100, BENCH_FLAGS, 0);
	assert_int_equal(h->count, 100);
	assert_int_equal(fake.early, 0);
}

/* The path stalls for 1000 while a signal is meant to start every 20: some fifty signals waited, the first one all the
 * time. One that asks only when the one before is back would have found a single slow signal. */
static void a_stall_is_not_omitted(void **state)
{
	struct fake fake = { .time = 0, .stall_from = 1000, .stall_to = 2000 };
	struct bench_ledger ledger;
	uint64_t slow = 0;

	(void)state;
	run_fake(&fake, &ledger, 1000, 4, 20);
	assert_int_equal(h->count, 1000);
	for (unsigned i = 11; i < 2048; i++)
		slow += h->buckets[i];
	assert_true(slow >= 50);
	assert_int_equal(h->max, 1000);
	/* they waited 1000, 980, 960, ... at least */
	assert_true(h->sum >= 50 * 1000 / 2 + 950 * 10);

	/* the same path, one at a time */
	memset(h, 0, sizeof(*h));
	fake = (struct fake){ .time = 0, .stall_from = 1000, .stall_to = 2000 };
	run_fake(&fake, &ledger, 1000, 4, 0);
	slow = 0;
	for (unsigned i = 11; i < 2048; i++)
		slow += h->buckets[i];
	assert_int_equal(slow, 1);
}

static void lost_and_twice(void **state)
{
	struct fake fake = { .lose = 40, .twice = 20 };
	struct bench_ledger ledger;

	(void)state;
	run_fake(&fake, &ledger, 60, BENCH_FLAGS, 20);
	assert_int_equal(bench_ledger_open(&ledger), 1);
	assert_int_equal(ledger.duplicate, 1);
	assert_int_equal(h->count, 59);
}

static void out_of_order(void **state)
{
	struct bench_ledger ledger;

	(void)state;
	bench_ledger_init(&ledger, 10, 2, 8, h);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(bench_ledger_send(&ledger, 100 + i), i);
	bench_ledger_pass(&ledger);
	bench_ledger_take(&ledger, 3, 200);     /* in one pass the order is not known */
	bench_ledger_take(&ledger, 0, 200);
	assert_int_equal(ledger.out_of_order, 0);
	bench_ledger_pass(&ledger);
	bench_ledger_take(&ledger, 4, 210);
	bench_ledger_take(&ledger, 1, 210);
	assert_int_equal(ledger.out_of_order, 1);
	bench_ledger_take(&ledger, 9, 210);     /* no flag of it */
	bench_ledger_take(&ledger, 4, 210);
	assert_int_equal(ledger.duplicate, 2);
	/* the first two were to warm up */
	assert_int_equal(h->count, 2);
	assert_int_equal(h->min, 97);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(against_sorted, setup, teardown),
		cmocka_unit_test(buckets_follow_each_other),
		cmocka_unit_test(ranks),
		cmocka_unit_test_setup_teardown(empty_and_too_large, setup, teardown),
		cmocka_unit_test_setup_teardown(intervals, setup, teardown),
		cmocka_unit_test_setup_teardown(one_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(one_at_a_time_with_its_interrupt, setup, teardown),
		cmocka_unit_test_setup_teardown(a_stall_is_not_omitted, setup, teardown),
		cmocka_unit_test_setup_teardown(lost_and_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(out_of_order, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
