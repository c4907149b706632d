/* SPDX-License-Identifier: MIT */
/* The channel: order of each thread, nothing lost when many send, sleeps that end, signal handlers. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "sim/channel.h"

#define SENDERS 4u
#define MESSAGES 50000u

struct sender {
	struct hvb_channel *channel;
	unsigned number, count;
	unsigned pause_every;            /* messages; 0: never */
};

static void *send_all(void *arg)
{
	const struct sender *sender = arg;
	const struct timespec nap = { .tv_nsec = 200000 };

	for (unsigned i = 0; i < sender->count; i++) {
		struct hvb_message message = { .kind = HVB_MESSAGE_WRITE, .addr = sender->number, .value = i };

		hvb_channel_send(sender->channel, &message);
		if (sender->pause_every && i % sender->pause_every == 0)
			nanosleep(&nap, NULL);
	}
	return NULL;
}

/* Receives total messages, sleeping when there is none; each sender's must come in order. */
static void receive(struct hvb_channel *channel, unsigned total)
{
	uint64_t next[SENDERS] = { 0 };
	const bool never = false;

	for (unsigned i = 0; i < total; i++) {
		const struct hvb_message *message;

		while (!(message = hvb_channel_peek(channel)))
			hvb_channel_wait(channel, &never);
		assert_in_range(message->addr, 0, SENDERS - 1);
		assert_int_equal(message->value, next[message->addr]);
		next[message->addr]++;
		hvb_channel_pop(channel);
	}
	assert_null(hvb_channel_peek(channel));
}

static void many_senders(unsigned count, unsigned pause_every)
{
	struct hvb_channel *channel = hvb_channel_new(NULL, NULL);
	struct sender senders[SENDERS];
	pthread_t threads[SENDERS];

	for (unsigned i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender){ channel, i, count, pause_every };
		assert_int_equal(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
	}
	receive(channel, SENDERS * count);
	for (unsigned i = 0; i < SENDERS; i++)
		pthread_join(threads[i], NULL);
	hvb_channel_free(channel);
}

/* More than the ring holds, so that senders wait for room. */
static void order_under_load(void **state)
{
	(void)state;
	many_senders(MESSAGES, 0);
}

/* The reader falls asleep again and again: a lost wake-up would hang the test. */
static void wake_ups(void **state)
{
	(void)state;
	many_senders(2000, 3);
}

static void stop_ends_sleep(void **state)
{
	struct hvb_channel *channel = hvb_channel_new(NULL, NULL);
	bool stop = true;

	(void)state;
	hvb_channel_wait(channel, &stop);
	assert_null(hvb_channel_peek(channel));
	hvb_channel_free(channel);
}

static void *send_one(void *arg)
{
	const struct hvb_message message = { .value = 5 };

	hvb_channel_send(arg, &message);
	return NULL;
}

/* A reader that sleeps at a descriptor is woken once, and does not lie down where a message waits. */
static void woken_by_a_descriptor(void **state)
{
	struct hvb_channel *channel = hvb_channel_new(NULL, NULL);
	int fd = eventfd(0, EFD_CLOEXEC);
	uint64_t rings;
	pthread_t thread;

	(void)state;
	hvb_channel_wake_by(channel, fd);
	assert_true(hvb_channel_lie_down(channel));
	assert_int_equal(pthread_create(&thread, NULL, send_one, channel), 0);
	assert_int_equal(read(fd, &rings, sizeof(rings)), sizeof(rings));
	assert_int_equal(rings, 1);
	hvb_channel_rise(channel);
	assert_false(hvb_channel_lie_down(channel));
	hvb_channel_rise(channel);
	hvb_channel_pop(channel);
	pthread_join(thread, NULL);
	close(fd);
	hvb_channel_free(channel);
}

static struct hvb_channel *handler_channel;
static volatile sig_atomic_t handled;

static void on_signal(int number)
{
	struct hvb_message message = { .addr = 1, .value = (uint64_t)handled };

	(void)number;
	handled++;
	hvb_channel_send(handler_channel, &message);
}

/* A thread that sends is interrupted by a handler that sends: both keep their order, nothing is lost. */
static void *send_interrupted(void *arg)
{
	struct sender sender = { arg, 0, MESSAGES, 0 };

	return send_all(&sender);
}

static void in_signal_handlers(void **state)
{
	struct sigaction action = { .sa_handler = on_signal };
	unsigned sent = 0;
	uint64_t next[2] = { 0, 0 };
	pthread_t thread;

	(void)state;
	handled = 0;
	handler_channel = hvb_channel_new(NULL, NULL);
	sigaction(SIGUSR1, &action, NULL);
	assert_int_equal(pthread_create(&thread, NULL, send_interrupted, handler_channel), 0);
	while (next[0] < MESSAGES) {
		const struct hvb_message *message = hvb_channel_peek(handler_channel);

		if (!message)
			continue;
		assert_int_equal(message->value, next[message->addr]++);
		hvb_channel_pop(handler_channel);
		if (next[0] % 100 == 0 && next[0] < MESSAGES / 2) {
			pthread_kill(thread, SIGUSR1);
			sent++;
		}
	}
	pthread_join(thread, NULL);
	while (hvb_channel_peek(handler_channel)) {
		next[1]++;
		hvb_channel_pop(handler_channel);
	}
	assert_int_equal(next[1], handled);
	assert_true(handled > 0 && (unsigned)handled <= sent);
	hvb_channel_free(handler_channel);
}

static unsigned emptied;

static void empty_one(void *arg)
{
	struct hvb_channel **channel = arg;

	assert_non_null(hvb_channel_peek(*channel));
	hvb_channel_pop(*channel);
	emptied++;
}

/* A reader on the writer's own thread is asked to make room. */
static void full_ring(void **state)
{
	struct hvb_channel *channel;
	struct hvb_message message = { .value = 0 };

	(void)state;
	emptied = 0;
	channel = hvb_channel_new(empty_one, &channel);
	for (unsigned i = 0; i < HVB_CHANNEL_SLOTS + 10; i++)
		hvb_channel_send(channel, &message);
	assert_int_equal(emptied, 10);
	hvb_channel_free(channel);
}

static struct hvb_cell cells[1000];

static void *answer_cells(void *arg)
{
	const struct timespec nap = { .tv_nsec = 10000000 };

	(void)arg;
	for (unsigned i = 0; i < 1000; i++) {
		if (i % 100 == 0)
			nanosleep(&nap, NULL);
		hvb_cell_done(&cells[i]);
	}
	return NULL;
}

/* Waiting by spinning and by sleeping. */
static void answers(void **state)
{
	pthread_t thread;

	(void)state;
	memset(cells, 0, sizeof(cells));
	assert_false(hvb_cell_is_done(&cells[0]));
	assert_int_equal(pthread_create(&thread, NULL, answer_cells, NULL), 0);
	for (unsigned i = 0; i < 1000; i++) {
		hvb_cell_wait(&cells[i]);
		assert_true(hvb_cell_is_done(&cells[i]));
	}
	pthread_join(thread, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_under_load),
		cmocka_unit_test(wake_ups),
		cmocka_unit_test(stop_ends_sleep),
		cmocka_unit_test(woken_by_a_descriptor),
		cmocka_unit_test(in_signal_handlers),
		cmocka_unit_test(full_ring),
		cmocka_unit_test(answers),
	};

	alarm(300); /* a hang is a failure */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
