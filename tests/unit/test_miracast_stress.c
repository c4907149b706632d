/* SPDX-License-Identifier: MIT */
/* Miracast messages under fire: eight threads send as fast as the ring takes it, while the receiver is killed, or the
 * context destroyed, and both are made anew. Every message that was sent is called back once, with its own answer or
 * cancelled; none is refused but for the reasons that there are. A few rounds where no number is given. */
#include "miracast_scene.h"
#include <sched.h>

#define THREADS 8
#define POSTS 40                /* of each thread, a round */

static const struct order echo = { .what = ORDER_ECHO };

struct sender {
	pthread_t thread;
	unsigned number, sent, full, ended, stale, other;
	struct letter *letters[POSTS];
};

static pthread_barrier_t start;
static unsigned rounds = 24;     /* a multiple of 3 */

static ULONG size_of(unsigned thread, unsigned n)
{
	return n % 16 == 15 ? 100000 + thread : 20 + (thread * 131 + n * 17) % 3000;
}

/* Tries again where the ring is full. False: there is nobody to send to any more. */
static bool post(struct sender *sender, struct letter *letter)
{
	for (;;) {
		switch (letter_post(letter)) {
		case STATUS_PENDING:
			sender->sent++;
			return true;
		case STATUS_INSUFFICIENT_RESOURCES:
			sender->full++;
			sched_yield();
			break;
		case STATUS_DEVICE_NOT_READY:
			sender->ended++;
			return false;
		case STATUS_INVALID_HANDLE:
			sender->stale++;
			return false;
		default:
			sender->other++;
			return false;
		}
	}
}

static void *send_all(void *arg)
{
	struct sender *sender = arg;

	pthread_barrier_wait(&start);
	for (unsigned n = 0; n < POSTS; n++)
		if (!post(sender, sender->letters[n]))
			break;
	return NULL;
}

static void check(struct letter *letter, unsigned *answered, unsigned *cancelled)
{
	if (letter->result != STATUS_PENDING) {
		assert_int_equal(letter_called(letter), 0);
	} else if (letter->block.Status == STATUS_CANCELLED) {
		letter_came(letter, STATUS_CANCELLED, 0);
		++*cancelled;
	} else {
		letter_echoed(letter);
		++*answered;
	}
	letter_free(letter);
}

/* One context's life. How it ends: by itself when all is answered, by its receiver's death, or destroyed. */
static void round_of(struct sender *senders, unsigned how, unsigned *answered, unsigned *cancelled)
{
	scene_connect();
	for (unsigned i = 0; i < THREADS; i++) {
		senders[i] = (struct sender){ .number = i };
		for (unsigned n = 0; n < POSTS; n++)
			senders[i].letters[n] = letter_new(echo, size_of(i, n), size_of(i, n + 1));
		assert_int_equal(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]), 0);
	}
	pthread_barrier_wait(&start);
	if (how)
		while (scene_counters().answered < *answered + 10)
			sched_yield();
	if (how == 1)
		scene_kill();
	else if (how == 2)
		assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(senders[i].thread, NULL);
	for (unsigned i = 0; i < THREADS; i++)
		for (unsigned n = 0; n < POSTS; n++)
			if (senders[i].letters[n]->result == STATUS_PENDING)
				letter_await(senders[i].letters[n]);
	if (how != 2)
		assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	if (how != 1)
		scene_reap(NULL);
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(senders[i].other, 0);
		assert_true(how == 1 || !senders[i].ended);
		assert_true(how == 2 || !senders[i].stale);
		for (unsigned n = 0; n < POSTS; n++)
			check(senders[i].letters[n], answered, cancelled);
	}
}

static void senders_under_fire(void **state)
{
	struct sender senders[THREADS];
	unsigned answered = 0, cancelled = 0, full = 0, sent = 0;
	struct hvcall_dxgk_miracast_counters counters;

	(void)state;
	pthread_barrier_init(&start, NULL, THREADS + 1);
	for (unsigned round = 0; round < rounds; round++) {
		round_of(senders, round % 3, &answered, &cancelled);
		for (unsigned i = 0; i < THREADS; i++) {
			full += senders[i].full;
			sent += senders[i].sent;
		}
		if (round % 3 == 0)
			assert_int_equal(sent, answered + cancelled);
	}
	pthread_barrier_destroy(&start);
	counters = scene_counters();
	print_message("%u sent, %u answered, %u cancelled, ring full %u times\n", sent, answered, cancelled, full);
	assert_int_equal(counters.sent, sent);
	assert_int_equal(counters.answered, answered);
	assert_int_equal(counters.cancelled, cancelled);
	assert_int_equal(counters.refused, full);
	assert_int_equal(counters.gone, rounds / 3);
	assert_int_equal(counters.misbehaved, 0);
	assert_true(cancelled > 0 && full > 0 && answered >= THREADS * POSTS * rounds / 3);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(senders_under_fire, scene_open, scene_end),
	};

	if (is_receiver(argc, argv))
		return receiver_main();
	if (argc == 2)
		rounds = (unsigned)atoi(argv[1]) / 3 * 3;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
