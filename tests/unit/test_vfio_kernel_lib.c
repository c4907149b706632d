/* SPDX-License-Identifier: MIT */
/* The whole library over kernel VFIO: behind the fake kernel there is the simulated card. */
#include "sim_helper.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "fake_kernel.h"
#include <hvbell/hvbell.h>

#define SENDER 0x10
#define RECEIVER 0x20
#define SINT 2

static hvbell_card *card;

/* The simulated card stands in the slot before the kernel looks at it. */
static void open_over(enum fake_generation generation)
{
	fake.generation = generation;
	fake.no_mmap = true;
	fake.card = sim_open_card("sim:?latency=none&seed=1");
	fake_start();
	assert_int_equal(hvbell_open("vfio:" FAKE_BDF "?atomic=force&seed=1", &card), 0);
}

static void close_over(void)
{
	struct hvb_dev *sim = fake.card;

	hvbell_close(card);
	fake_stop();
	hvb_dev_close(sim);
}

static void make_world(void)
{
	const struct hvbell_port port = { .partition = RECEIVER, .id = 1, .type = HVBELL_PORT_EVENT,
		.connection_partition = SENDER, .target_sint = SINT, .base_flag_number = 60, .flag_count = 100 };
	const struct hvbell_sint sint = { .vector = 177 };

	assert_int_equal(hvbell_partition_add(card, SENDER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
	assert_int_equal(hvbell_partition_add(card, RECEIVER, HVBELL_ACTIVE, 0), 0);
	assert_int_equal(hvbell_vp_add(card, RECEIVER, 0), 0);
	assert_int_equal(hvbell_set_scontrol(card, RECEIVER, 0, true), 0);
	assert_int_equal(hvbell_set_siefp(card, RECEIVER, 0, true, 0x100000), 0);
	assert_int_equal(hvbell_set_sint(card, RECEIVER, 0, SINT, &sint), 0);
	assert_int_equal(hvbell_create_port(card, &port), 0);
	assert_int_equal(hvbell_connect_port(card, SENDER, 1, RECEIVER, 1), 0);
}

/* Signals go through the card, its DMA sets the flags, its message writes the eventfd. */
static void signal_all(void)
{
	struct pollfd fd = { .fd = hvbell_eventfd(card, RECEIVER, 0, SINT), .events = POLLIN };
	hvbell_sender sender;

	assert_int_equal(hvbell_sender_init(card, SENDER, 0, &sender), 0);
	assert_int_equal(poll(&fd, 1, 0), 0);
	for (uint64_t flag = 0; flag < 100; flag++)
		assert_int_equal(hvbell_signal_sync(&sender, flag << 32 | 1, HVBELL_DELIVERED), 0);
	assert_int_equal(hvbell_fence(card), 0);
	assert_int_equal(poll(&fd, 1, 10000), 1);
	assert_int_equal(hvbell_wait(card, RECEIVER, 0, SINT, 1000, NULL, NULL), 100);
}

static void signals(void **state)
{
	(void)state;
	for (int g = FAKE_5_10; g <= FAKE_6_12; g++) {
		struct hvbell_info info;

		open_over((enum fake_generation)g);
		assert_int_equal(hvbell_info(card, &info), 0);
		assert_int_equal(info.vectors, 256);
		assert_false(info.simulated);
		make_world();
		assert_int_equal(fake_pinned(), HVBELL_SIEF_BYTES);
		signal_all();
		close_over();
	}
}

static void signals_after_a_reset(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	(void)state;
	open_over(FAKE_6_12);
	assert_int_equal(hvbell_notice(card, HVBELL_NOTICE_REMOVE, fd), 0);
	make_world();
	signal_all();
	assert_int_equal(hvbell_reset(card), 0);
	assert_int_equal(fake_pinned(), 0);
	make_world();
	signal_all();
	fake_interrupt(HVB_IRQ_REQ, 0);
	assert_int_equal(sim_events(fd, 1), 1);
	close_over();
	close(fd);
}

/* A kernel that has fewer vectors than the card: the library uses those there are. */
static void few_vectors(void **state)
{
	struct hvbell_info info;

	(void)state;
	fake.vectors = 3;
	open_over(FAKE_6_1);
	assert_int_equal(hvbell_info(card, &info), 0);
	assert_int_equal(info.vectors, 3);
	make_world();
	signal_all();
	close_over();
}

static unsigned kicked(int fd)
{
	const uint64_t one = 1;

	assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
	return fake_ioeventfds();
}

/* An eventfd signals with nothing but the kernel between; not after a reset, nor once its partition is removed. */
static void kicks(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	(void)state;
	open_over(FAKE_6_12);
	for (int round = 0; round < 2; round++) {
		make_world();
		assert_int_equal(hvbell_kick_bind(card, SENDER, 9, 1, 44), 0);
		assert_int_equal(hvbell_kick_eventfd(card, SENDER, 9, fd), 0);
		assert_int_equal(kicked(fd), 1);
		assert_int_equal(hvbell_fence(card), 0);
		assert_true(hvbell_clear_flag(card, RECEIVER, 0, SINT, 60 + 44));
		assert_int_equal(round ? hvbell_partition_remove(card, SENDER) : hvbell_reset(card), 0);
		assert_int_equal(kicked(fd), 0);
	}
	close_over();
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals),
		cmocka_unit_test(signals_after_a_reset),
		cmocka_unit_test(few_vectors),
		cmocka_unit_test(kicks),
	};

	alarm(300); /* a hang is a failure */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
