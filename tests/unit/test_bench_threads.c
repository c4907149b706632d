/* SPDX-License-Identifier: MIT */
/* The benchmark's two threads and its ways of waiting, on a path that is made here: everything sent is seen once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "bench_wait.h"

#define COUNT 500u

struct fake {
	struct bench_path path;
	_Alignas(16) uint64_t words[HVBELL_FLAGS / 64];
	unsigned sends, lose;           /* which send sets nothing, from 1; 0: none */
};

static struct fake fake;
static struct bench bench;
static struct bench_ledger ledger;

static void fake_send(struct bench_path *path, unsigned flag)
{
	const uint64_t one = 1;

	(void)path;
	if (++fake.sends == fake.lose)
		return;
	__atomic_fetch_or(&fake.words[flag / 64], 1ull << flag % 64, __ATOMIC_ACQ_REL);
	if (write(fake.path.eventfd, &one, sizeof(one)) < 0)
		abort();
}

static int setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	memset(&bench, 0, sizeof(bench));
	bench.cpu_sender = bench.cpu_receiver = -1;
	bench.patience = 60000000000u;          /* however busy this machine is */
	fake.path = (struct bench_path){ .name = "fake", .send = fake_send, .eventfd = eventfd(0, EFD_NONBLOCK),
		.rx = { .words = fake.words, .used = BENCH_WORDS } };
	bench_ledger_init(&ledger, COUNT, 10, BENCH_FLAGS, bench_histogram_new());
	return ledger.times && fake.path.eventfd >= 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(ledger.times);
	close(fake.path.eventfd);
	return 0;
}

static void all_seen(enum bench_mode mode, uint64_t period)
{
	int ret;

	ledger.period = period;
	ret = bench_threads(&bench, &fake.path, &ledger, mode);
	if (mode == BENCH_IO_URING && (ret == -ENOSYS || ret == -EPERM))
		skip();
	assert_int_equal(ret, 0);
	assert_int_equal(ledger.times->count, COUNT);
	assert_int_equal(ledger.sent, COUNT + 10);
	assert_int_equal(ledger.duplicate, 0);
	assert_int_equal(bench_ledger_open(&ledger), 0);
	/* the eventfd is as it was */
	assert_true(fcntl(fake.path.eventfd, F_GETFL) & O_NONBLOCK);
}

static void poll_one(void **state)
{
	(void)state;
	all_seen(BENCH_POLL, 0);
}

static void eventfd_one(void **state)
{
	(void)state;
	all_seen(BENCH_EVENTFD, 0);
}

static void epoll_one(void **state)
{
	(void)state;
	all_seen(BENCH_EPOLL, 0);
}

static void io_uring_one(void **state)
{
	(void)state;
	all_seen(BENCH_IO_URING, 0);
}

/* A new signal every microsecond, whether anybody is ready or not: more than a flag each is never under way. */
static void eventfd_open(void **state)
{
	(void)state;
	all_seen(BENCH_EVENTFD, 1000);
}

static void pinned(void **state)
{
	(void)state;
	assert_true(bench_cpus(&bench, NULL));
	all_seen(BENCH_EPOLL, 1000);
}

/* Whoever waits for what does not come is let go, and what is lost is counted. */
static void lost(void **state)
{
	(void)state;
	fake.lose = 100;
	bench.patience = 300000000;
	ledger.period = 1000;
	assert_int_equal(bench_threads(&bench, &fake.path, &ledger, BENCH_EVENTFD), 0);
	assert_true(bench_ledger_open(&ledger) >= 1);
	assert_true(ledger.times->count < COUNT);
}

static void no_eventfd(void **state)
{
	struct bench_waiter *waiter;
	int fd = dup(fake.path.eventfd);

	(void)state;
	close(fd);
	assert_int_equal(bench_waiter_open(BENCH_EPOLL, fd, &waiter), -EBADF);
	assert_null(waiter);
}

static void software(void **state)
{
	(void)state;
	bench.options.count = 50;
	bench.simulated = true;
	assert_int_equal(bench_software(&bench), 0);
	assert_true(bench.result_count >= 3 * 4);
	for (unsigned i = 0; i < bench.result_count; i++) {
		const struct bench_result *r = &bench.results[i];

		assert_int_equal(r->lost, 0);
		assert_int_equal(r->duplicate, 0);
		if (!r->why[0])
			assert_true(r->times->count > 0 && r->times->count == r->sent);
		free(r->times);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(poll_one), CASE(eventfd_one), CASE(epoll_one), CASE(io_uring_one), CASE(eventfd_open),
		CASE(pinned), CASE(lost), CASE(no_eventfd), CASE(software),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
