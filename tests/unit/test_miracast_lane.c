/* SPDX-License-Identifier: MIT */
/* A lane by itself: bytes come as they went, whatever the pieces; neither side sleeps while it could go on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include "hvcall/miracast_internal.h"

#define BYTES (24u << 20)
#define PATIENCE_S 20
#define NEAR_THE_END (UINT64_MAX - 100000)      /* where counts begin, so that they pass zero */

static struct hvmc_lane lane;
static uint8_t bytes[HVMC_LANE_BYTES];
static struct hvmc_end writer, reader;
static sem_t data, room;
static bool stalled;

static int setup(void **state)
{
	(void)state;
	lane = (struct hvmc_lane){ .written = NEAR_THE_END, .read = NEAR_THE_END };
	writer = reader = (struct hvmc_end){ .lane = &lane, .bytes = bytes, .mine = NEAR_THE_END,
		.theirs = NEAR_THE_END };
	sem_init(&data, 0, 0);
	sem_init(&room, 0, 0);
	stalled = false;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sem_destroy(&data);
	sem_destroy(&room);
	return 0;
}

static uint8_t byte_at(uint32_t n)
{
	return (uint8_t)(n ^ n >> 8 ^ n >> 16);
}

static uint32_t next(uint32_t *random)
{
	*random = *random * 1664525 + 1013904223;
	return *random >> 8;
}

/* False: nobody came, and the test has failed. */
static bool sleep_for(sem_t *sem)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	if (!sem_timedwait(sem, &until))
		return true;
	__atomic_store_n(&stalled, true, __ATOMIC_SEQ_CST);
	return false;
}

/* Pieces of all sizes, some larger than the lane. */
static void *write_all(void *arg)
{
	static uint8_t piece[100000];
	uint32_t random = 1, sent = 0;

	(void)arg;
	while (sent < BYTES) {
		uint32_t len = next(&random) % (next(&random) % 3 ? 300 : sizeof(piece)) + 1, done = 0;

		len = len < BYTES - sent ? len : BYTES - sent;
		for (uint32_t i = 0; i < len; i++)
			piece[i] = byte_at(sent + i);
		while (done < len) {
			int64_t now = hvmc_write(&writer, piece + done, len - done);

			if (now > 0)
				sem_post(&data);
			else if (now < 0 || !sleep_for(&room))
				return NULL;
			done += (uint32_t)now;
		}
		sent += len;
	}
	return NULL;
}

static void everything_arrives(void **state)
{
	static uint8_t piece[100000];
	uint32_t random = 2, got = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, write_all, NULL), 0);
	while (got < BYTES) {
		int64_t now = hvmc_read(&reader, piece, next(&random) % sizeof(piece) + 1);

		assert_true(now >= 0);
		for (int64_t i = 0; i < now; i++)
			assert_int_equal(piece[i], byte_at(got + (uint32_t)i));
		got += (uint32_t)now;
		if (reader.owed)
			sem_post(&room);
		reader.owed = false;
		if (!now)
			assert_true(sleep_for(&data));
		assert_false(__atomic_load_n(&stalled, __ATOMIC_SEQ_CST));
	}
	pthread_join(thread, NULL);
	assert_int_equal(hvmc_read(&reader, piece, 1), 0);
}

#ifndef __SANITIZE_THREAD__     /* whose atomics do not take a signal in the middle */

#define PAGE 4096

static char *first_page;

/* In the writer's store to `waiting`: the reader takes everything, and sees nobody wait. */
static void read_now(int signal)
{
	(void)signal;
	mprotect(first_page, PAGE, PROT_READ | PROT_WRITE);
	hvmc_read(&reader, NULL, HVMC_LANE_BYTES);
}

/* Between a writer's look for room and its word that it waits: `read` lies on a page of its own, and the first access
 * to the page before it is a fault. */
static void room_before_the_writer_waits(void **state)
{
	const struct sigaction handler = { .sa_handler = read_now };
	static uint8_t much[HVMC_LANE_BYTES];
	struct sigaction before;
	struct hvmc_lane *split;

	(void)state;
	first_page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(first_page, MAP_FAILED);
	split = (struct hvmc_lane *)(first_page + PAGE - offsetof(struct hvmc_lane, read));
	*split = lane;
	writer.lane = reader.lane = split;
	assert_int_equal(hvmc_write(&writer, much, sizeof(much)), sizeof(much));
	assert_int_equal(sigaction(SIGSEGV, &handler, &before), 0);
	assert_int_equal(mprotect(first_page, PAGE, PROT_NONE), 0);
	assert_int_equal(hvmc_write(&writer, much, 1), 1);
	assert_int_equal(sigaction(SIGSEGV, &before, NULL), 0);
	assert_int_equal(reader.mine, NEAR_THE_END + HVMC_LANE_BYTES);
	assert_false(reader.owed);
	munmap(first_page, 2 * PAGE);
}
#endif

/* A lane takes what it has room for, and not a byte more. */
static void full_and_empty(void **state)
{
	static uint8_t piece[HVMC_LANE_BYTES + 1];

	(void)state;
	assert_int_equal(hvmc_read(&reader, piece, 1), 0);
	assert_int_equal(hvmc_write(&writer, piece, sizeof(piece)), HVMC_LANE_BYTES);
	assert_int_equal(hvmc_write(&writer, piece, 1), 0);
	assert_int_equal(lane.waiting, 1);
	assert_int_equal(hvmc_read(&reader, NULL, 10), 10);
	assert_true(reader.owed);
	assert_int_equal(hvmc_write(&writer, piece, 10), 10);
	assert_int_equal(lane.waiting, 0);
	reader.owed = false;
	assert_int_equal(hvmc_read(&reader, piece, sizeof(piece)), HVMC_LANE_BYTES);
	assert_false(reader.owed);
	assert_int_equal(hvmc_read(&reader, piece, 1), 0);
}

/* What the other end says is believed once, where it can be. */
static void impossible_counts(void **state)
{
	static uint8_t all[HVMC_LANE_BYTES];
	uint8_t byte = 0;

	(void)state;
	assert_int_equal(hvmc_write(&writer, &byte, 1), 1);
	lane.written = NEAR_THE_END + HVMC_LANE_BYTES + 1;
	assert_int_equal(hvmc_read(&reader, &byte, 1), -EPROTO);
	lane.written = NEAR_THE_END - 1;
	assert_int_equal(hvmc_read(&reader, &byte, 1), -EPROTO);
	lane.written = NEAR_THE_END + HVMC_LANE_BYTES;
	assert_int_equal(hvmc_read(&reader, &byte, 1), 1);
	/* seen before, and still there */
	lane.written = NEAR_THE_END;
	assert_int_equal(hvmc_read(&reader, all, HVMC_LANE_BYTES - 1), HVMC_LANE_BYTES - 1);
	assert_int_equal(hvmc_read(&reader, &byte, 1), -EPROTO);

	lane.read = NEAR_THE_END + 2;
	assert_int_equal(hvmc_write(&writer, all, HVMC_LANE_BYTES), -EPROTO);
	lane.read = NEAR_THE_END - 1;
	assert_int_equal(hvmc_write(&writer, all, HVMC_LANE_BYTES), -EPROTO);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(everything_arrives), CASE(full_and_empty), CASE(impossible_counts),
#ifndef __SANITIZE_THREAD__
		CASE(room_before_the_writer_waits),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
