/* SPDX-License-Identifier: MIT */
/* Signalling through a connection's handle, direct signals, taking flags, waiting, threads that do it all at once. */
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "lib_world.h"
/* once more, as where there is no SSE2 */
#undef HVBELL_CHANGED_H
#undef __SSE2__
#define hvbell_changed changed_plain
#include <hvbell/changed.h>
#undef hvbell_changed

static void handles_find_mistakes(void **state)
{
	struct world w;
	hvbell_connection conn;
	struct hvbell_counters c;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 64, 16);
	assert_int_equal(hvbell_connection_init(&w.sender, 2, &conn), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(hvbell_signal(&conn, 0), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(hvbell_signal(NULL, 0), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(hvbell_connection_init(&w.sender, 0x1000001, &conn), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(hvbell_connection_init(&w.sender, 1, &conn), 0);
	assert_int_equal(hvbell_signal(&conn, 16), HV_STATUS_INVALID_PARAMETER);
	hvbell_counters(w.card, SENDER, &c);
	assert_int_equal(c.accepted + c.invalid_parameter, 0);
	assert_int_equal(hvbell_signal(&conn, 15), 0);
	assert_true(world_flag(&w, 0, 79));
	hvbell_delete_port(w.card, RECEIVER, 1);
	assert_int_equal(hvbell_connection_init(&w.sender, 1, &conn), HV_STATUS_INVALID_PORT_ID);
	assert_int_equal(hvbell_signal(&conn, 0), HV_STATUS_INVALID_CONNECTION_ID);
	world_free(&w);
}

static void direct_signals(void **state)
{
	struct world w;
	hvbell_card *c;
	bool newly;

	(void)state;
	world_new(&w, 1);
	c = w.card;
	assert_int_equal(hvbell_eventfd(c, RECEIVER, 0, SINT), -ENOENT);
	assert_int_equal(hvbell_signal_direct(c, RECEIVER, 0, SINT, 2047, &newly), 0);
	assert_true(newly && world_flag(&w, 0, 2047));
	assert_int_equal(world_messages(&w, 0), 1);
	assert_int_equal(hvbell_signal_direct(c, RECEIVER, 0, SINT, 2047, &newly), 0);
	assert_false(newly);
	assert_int_equal(hvbell_signal_direct(c, RECEIVER, 0, SINT, 2046, NULL), 0);
	assert_int_equal(hvbell_dispatch(c, RECEIVER, 0, SINT, NULL, NULL), 2);
	assert_int_equal(hvbell_signal_direct(c, 0x99, 0, SINT, 0, &newly), HV_STATUS_INVALID_PARTITION_ID);
	assert_int_equal(hvbell_signal_direct(c, RECEIVER, 0, 0, 0, &newly), HV_STATUS_INVALID_PARAMETER);
	assert_int_equal(hvbell_signal_direct(c, RECEIVER, 0, 16, 0, &newly), HV_STATUS_INVALID_PARAMETER);
	assert_int_equal(hvbell_signal_direct(c, RECEIVER, 0, SINT, 2048, &newly), HV_STATUS_INVALID_PARAMETER);
	assert_int_equal(hvbell_signal_direct(c, RECEIVER, 1, SINT, 0, &newly), HV_STATUS_INVALID_VP_INDEX);
	assert_int_equal(hvbell_signal_direct(c, RECEIVER, 0, 3, 0, &newly), HV_STATUS_INVALID_SYNIC_STATE);
	assert_int_equal(hvbell_signal_direct(c, SENDER, 0, SINT, 0, &newly), HV_STATUS_INVALID_VP_INDEX);
	hvbell_set_siefp(c, RECEIVER, 0, false, 0);
	assert_int_equal(hvbell_signal_direct(c, RECEIVER, 0, SINT, 0, &newly), HV_STATUS_INVALID_SYNIC_STATE);
	world_free(&w);
}

struct seen {
	int count;
	unsigned flags[64];
};

static void see(void *arg, unsigned sint, unsigned flag)
{
	struct seen *seen = arg;

	assert_int_equal(sint, SINT);
	seen->flags[seen->count++ % 64] = flag;
}

static void takes_flags(void **state)
{
	struct world w;
	struct seen seen = { 0 };
	hvbell_receiver rx;

	(void)state;
	world_new(&w, 1);
	assert_int_equal(hvbell_receiver_init(w.card, RECEIVER, 0, SINT, &rx), 0);
	assert_int_equal(hvbell_receive(&rx), -1);
	world_connect(&w, 1, 0, 100, 100);
	assert_int_equal(hvbell_dispatch(w.card, RECEIVER, 0, SINT, see, &seen), 0);
	world_signal(&w, 1, 99);
	world_signal(&w, 1, 0);
	world_signal(&w, 1, 28);
	assert_int_equal(hvbell_dispatch(w.card, RECEIVER, 0, SINT, see, &seen), 3);
	assert_int_equal(seen.flags[0], 100);
	assert_int_equal(seen.flags[1], 128);
	assert_int_equal(seen.flags[2], 199);
	assert_int_equal(hvbell_dispatch(w.card, RECEIVER, 0, SINT, see, &seen), 0);
	assert_int_equal(hvbell_receiver_init(w.card, RECEIVER, 0, SINT, &rx), 0);
	assert_int_equal(rx.used, 0xe);
	world_signal(&w, 1, 50);
	assert_int_equal(hvbell_receive(&rx), 150);
	assert_int_equal(hvbell_receive(&rx), -1);
	world_signal(&w, 1, 1);
	assert_false(hvbell_clear_flag(w.card, RECEIVER, 0, SINT, 100));
	assert_true(hvbell_clear_flag(w.card, RECEIVER, 0, SINT, 101));
	assert_false(hvbell_clear_flag(w.card, RECEIVER, 0, SINT, 101));
	assert_false(hvbell_clear_flag(w.card, RECEIVER, 0, SINT, 2048));
	assert_false(hvbell_clear_flag(w.card, RECEIVER, 0, 16, 0));
	assert_false(hvbell_clear_flag(w.card, RECEIVER, 5, SINT, 0));
	assert_int_equal(hvbell_dispatch(w.card, RECEIVER, 5, SINT, see, &seen), -ENOENT);
	assert_int_equal(hvbell_dispatch(w.card, RECEIVER, 0, 16, see, &seen), -EINVAL);
	assert_int_equal(hvbell_receiver_init(w.card, RECEIVER, 5, SINT, &rx), -ENOENT);
	assert_int_equal(hvbell_receive(&rx), -1);
	world_free(&w);
}

/* Whichever words a SINT's ports use, and whichever of them has the flag: the words beside them are none of its. */
static void receives_from_any_words(void **state)
{
	_Alignas(16) uint64_t words[36];
	uint64_t *sint = words + 2;

	(void)state;
	for (uint32_t n = 0; n < 32 * 32 * 2; n++) {
		const uint32_t run = (UINT32_MAX >> n % 32) & (UINT32_MAX << n / 32 % 32);
		const hvbell_receiver rx = { .words = sint, .used = n < 32 * 32 ? run : run & 0xa69c31e5 };

		memset(words, 0xff, sizeof(words));
		for (uint32_t w = 0; w < 32; w++)
			sint[w] = rx.used >> w & 1 ? 0 : UINT64_MAX;
		assert_int_equal(hvbell_receive(&rx), -1);
		for (uint32_t w = 0; w < 32; w++) {
			if (!(rx.used >> w & 1))
				continue;
			sint[w] = 1ull << w | 1ull << 63;
			assert_int_equal(hvbell_receive(&rx), w * 64 + w);
			assert_int_equal(hvbell_receive(&rx), w * 64 + 63);
			assert_int_equal(hvbell_receive(&rx), -1);
		}
		for (uint32_t w = 0; w < 32; w++)
			assert_true(sint[w] == (rx.used >> w & 1 ? 0 : UINT64_MAX));
		assert_true((words[0] & words[1] & words[34] & words[35]) == UINT64_MAX);
	}
}

/* The summary by vectors is the one without, for each flag alone and for words of any content. */
static void finds_changed_words(void **state)
{
	_Alignas(16) uint64_t words[32] = { 0 };
	uint64_t random = 88172645463325252u;

	(void)state;
	for (uint32_t flag = 0; flag < HVBELL_FLAGS; flag++) {
		words[flag / 64] = 1ull << flag % 64;
		assert_int_equal(hvbell_changed(words), 1u << flag / 64);
		assert_int_equal(changed_plain(words), 1u << flag / 64);
		words[flag / 64] = 0;
	}
	for (uint32_t n = 0; n < 10000; n++) {
		for (uint32_t w = 0; w < 32; w++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			words[w] = random & 1 ? 0 : random & 2 ? 1ull << (random >> 58) : random << (random >> 58);
		}
		assert_int_equal(hvbell_changed(words), changed_plain(words));
	}
}

/* A handler that signals again keeps finding flags, but not for ever. */
static void again(void *arg, unsigned sint, unsigned flag)
{
	struct world *w = arg;

	(void)sint;
	world_signal(w, 1, flag ^ 1);
}

static void flood_ends(void **state)
{
	struct world w;
	int count;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 2);
	world_signal(&w, 1, 0);
	count = hvbell_dispatch(w.card, RECEIVER, 0, SINT, again, &w);
	assert_in_range(count, 10, 1000);
	assert_int_equal(hvbell_wait(w.card, RECEIVER, 0, SINT, 1000, NULL, NULL), 1);
	world_free(&w);
}

static void waits(void **state)
{
	struct world w;
	struct pollfd fd = { .events = POLLIN };
	struct hvbell_sint polling = { .vector = 177, .polling = true };

	(void)state;
	world_new(&w, 1);
	assert_int_equal(hvbell_wait(w.card, RECEIVER, 0, SINT, 0, NULL, NULL), -ENOENT);
	world_connect(&w, 1, 0, 0, 8);
	fd.fd = hvbell_eventfd(w.card, RECEIVER, 0, SINT);
	assert_true(fd.fd >= 0);
	assert_int_equal(hvbell_eventfd(w.card, RECEIVER, 0, 3), -ENOENT);
	assert_int_equal(hvbell_eventfd(w.card, RECEIVER, 0, 16), -EINVAL);
	assert_int_equal(hvbell_wait(w.card, RECEIVER, 0, SINT, 0, NULL, NULL), 0);
	assert_int_equal(hvbell_wait(w.card, RECEIVER, 0, SINT, 20, NULL, NULL), 0);
	assert_int_equal(poll(&fd, 1, 0), 0);
	world_signal(&w, 1, 0);
	assert_int_equal(poll(&fd, 1, 0), 1);
	assert_int_equal(hvbell_wait(w.card, RECEIVER, 0, SINT, -1, NULL, NULL), 1);
	/* the eventfd is still full: that is no flag */
	assert_int_equal(hvbell_wait(w.card, RECEIVER, 0, SINT, 20, NULL, NULL), 0);
	assert_int_equal(poll(&fd, 1, 0), 0);
	hvbell_set_sint(w.card, RECEIVER, 0, SINT, &polling);
	world_signal(&w, 1, 1);
	assert_int_equal(poll(&fd, 1, 0), 0);
	assert_int_equal(hvbell_wait(w.card, RECEIVER, 0, SINT, 0, NULL, NULL), 1);
	world_free(&w);
}

#define WAIT_MS 10000

static void *waiter(void *arg)
{
	struct world *w = arg;
	int total = 0, count;

	while ((count = hvbell_wait(w->card, RECEIVER, 0, SINT, WAIT_MS, NULL, NULL)) > 0)
		total += count;
	return (void *)(intptr_t)(count == -ENOENT ? total : count - 1);
}

static void waiter_leaves_a_removed_vp(void **state)
{
	struct world w;
	pthread_t thread;
	time_t start;
	void *result;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 64);
	assert_int_equal(pthread_create(&thread, NULL, waiter, &w), 0);
	for (int n = 0; n < 64; n++)
		world_signal(&w, 1, (uint64_t)n);
	usleep(20000);
	assert_int_equal(hvbell_vp_remove(w.card, RECEIVER, 0), 0);
	start = time(NULL);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_int_equal((intptr_t)result, 64);
	assert_true(time(NULL) - start < WAIT_MS / 2000);
	world_free(&w);
}

/* Nothing interrupts a receiver whose SINT polls: it looks itself. */
static void polling_waiter_looks(void **state)
{
	const struct hvbell_sint polling = { .vector = 177, .polling = true };
	struct world w;
	pthread_t thread;
	time_t start;
	uint64_t *page;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 64);
	hvbell_set_sint(w.card, RECEIVER, 0, SINT, &polling);
	page = hvbell_sief(w.card, RECEIVER, 0);
	assert_int_equal(pthread_create(&thread, NULL, waiter, &w), 0);
	usleep(20000);
	start = time(NULL);
	world_signal(&w, 1, 5);
	while (__atomic_load_n(&page[SINT * 32], __ATOMIC_ACQUIRE) && time(NULL) - start < WAIT_MS / 2000)
		usleep(1000);
	assert_int_equal(__atomic_load_n(&page[SINT * 32], __ATOMIC_ACQUIRE), 0);
	assert_int_equal(hvbell_vp_remove(w.card, RECEIVER, 0), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	world_free(&w);
}

#define ROUNDS 2000

/* A signal that polls until its flag was taken: one that is lost hangs the test. */
static void *sender_thread(void *arg)
{
	struct world *w = arg;
	hvbell_sender sender;
	hvbell_connection conn;
	intptr_t bad = 0;

	if (hvbell_sender_init(w->card, SENDER, 1, &sender) || hvbell_connection_init(&sender, 1, &conn))
		return (void *)-1;
	for (unsigned n = 0; n < ROUNDS; n++)
		bad += hvbell_signal(&conn, n % 64) != 0;
	return (void *)bad;
}

static void *changer_thread(void *arg)
{
	struct world *w = arg;
	struct hvbell_counters counters;
	struct hvbell_sint sint = { .vector = 177 };
	intptr_t bad = 0;

	for (unsigned n = 0; n < ROUNDS / 20; n++) {
		bad += hvbell_set_siefp(w->card, RECEIVER, 1, n % 2, 0x1000ull * n) != 0;
		sint.polling = n % 2;
		bad += hvbell_set_sint(w->card, RECEIVER, 1, SINT, &sint) != 0;
		bad += hvbell_counters(w->card, SENDER, &counters) != 0;
		bad += hvbell_vp_reset(w->card, RECEIVER, 1) != 0;
		bad += hvbell_vp_remove(w->card, RECEIVER, 1) != 0;
		bad += hvbell_vp_add(w->card, RECEIVER, 1) != 0;
		bad += hvbell_fence(w->card) != 0;
	}
	return (void *)bad;
}

/* Touches a VP that others remove and add. */
static void *looker_thread(void *arg)
{
	struct world *w = arg;

	for (unsigned n = 0; n < ROUNDS; n++) {
		hvbell_dispatch(w->card, RECEIVER, 1, SINT, NULL, NULL);
		hvbell_clear_flag(w->card, RECEIVER, 1, SINT, n % 64);
		hvbell_eventfd(w->card, RECEIVER, 1, SINT);
		hvbell_vp_count(w->card, RECEIVER);
		hvbell_wait(w->card, RECEIVER, 1, SINT, 0, NULL, NULL);
	}
	return NULL;
}

static void threads_together(void **state)
{
	struct world w;
	pthread_t threads[4];
	void *result;

	(void)state;
	world_new(&w, 2);
	world_connect(&w, 1, 0, 0, 64);
	world_connect(&w, 2, HVBELL_ANY_VP, 128, 64);
	assert_int_equal(pthread_create(&threads[0], NULL, sender_thread, &w), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, changer_thread, &w), 0);
	assert_int_equal(pthread_create(&threads[2], NULL, looker_thread, &w), 0);
	assert_int_equal(pthread_create(&threads[3], NULL, waiter, &w), 0);
	for (int n = 0; n < 3; n++) {
		assert_int_equal(pthread_join(threads[n], &result), 0);
		assert_int_equal((intptr_t)result, 0);
	}
	usleep(20000);
	assert_int_equal(hvbell_vp_remove(w.card, RECEIVER, 0), 0);
	assert_int_equal(pthread_join(threads[3], &result), 0);
	assert_in_range((intptr_t)result, 1, ROUNDS);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handles_find_mistakes), cmocka_unit_test(direct_signals),
		cmocka_unit_test(takes_flags), cmocka_unit_test(receives_from_any_words),
		cmocka_unit_test(finds_changed_words),
		cmocka_unit_test(flood_ends), cmocka_unit_test(waits), cmocka_unit_test(waiter_leaves_a_removed_vp),
		cmocka_unit_test(polling_waiter_looks),
		cmocka_unit_test(threads_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
