/* SPDX-License-Identifier: MIT */
/* Kicks through the library: bound, kicked, unbound, by eventfd, and ended with their partition or the card's state. */
#include "lib_world.h"
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CARD_1_0 0x00010000ull

static struct world w;

static int setup(void **state)
{
	(void)state;
	world_new(&w, 1);
	world_connect(&w, 7, 0, 0, 64);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_free(&w);
	return 0;
}

static uint64_t kick_at(hvbell_card *card, uint64_t partition, unsigned slot)
{
	hvbell_sender sender;

	assert_int_equal(hvbell_sender_init(card, partition, slot, &sender), 0);
	return sender.offset + HVB_S_KICK;
}

static void kick(hvbell_card *card, uint64_t partition, unsigned slot)
{
	assert_int_equal(hvb_dev_write32(card->dev, HVB_REGION_BAR2, kick_at(card, partition, slot), 0xdead), 0);
}

static uint64_t bad_offsets(hvbell_card *card, uint64_t partition)
{
	struct hvbell_counters counters;

	assert_int_equal(hvbell_counters(card, partition, &counters), 0);
	return counters.bad_offset;
}

static void test_bound_and_unbound(void **state)
{
	(void)state;
	kick(w.card, SENDER, 3);
	assert_int_equal(bad_offsets(w.card, SENDER), 1);
	assert_int_equal(hvbell_kick_bind(w.card, SENDER, 3, 7, 33), 0);
	kick(w.card, SENDER, 2);
	kick(w.card, RECEIVER, 3);
	assert_int_equal(world_messages(&w, 0), 0);
	kick(w.card, SENDER, 3);
	assert_int_equal(world_flag(&w, 0, 33), 1);
	assert_int_equal(world_messages(&w, 0), 1);
	assert_int_equal(hvbell_kick_bind(w.card, SENDER, 3, 7, 34), 0);
	assert_int_equal(hvbell_kick_bind(w.card, SENDER, 15, 7, 63), 0);
	kick(w.card, SENDER, 3);
	kick(w.card, SENDER, 15);
	assert_int_equal(world_flag(&w, 0, 34), 1);
	assert_int_equal(world_flag(&w, 0, 63), 1);
	assert_int_equal(hvbell_kick_unbind(w.card, SENDER, 3), 0);
	assert_int_equal(hvbell_kick_unbind(w.card, SENDER, 3), 0);
	kick(w.card, SENDER, 3);
	assert_int_equal(world_messages(&w, 0), 3);
	assert_int_equal(bad_offsets(w.card, SENDER), 3);
	/* the card checks what is bound, with each kick */
	assert_int_equal(hvbell_kick_bind(w.card, SENDER, 3, 0xffffffff, 0xffff), 0);
	kick(w.card, SENDER, 3);
	assert_int_equal(w.fake->status[0][3] & 0xffff, HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(hvbell_kick_bind(w.card, SENDER, 3, 7, 64), 0);
	kick(w.card, SENDER, 3);
	assert_int_equal(w.fake->status[0][3] & 0xffff, HV_STATUS_INVALID_PARAMETER);
	hvbell_sender sender;
	assert_int_equal(hvbell_sender_init(w.card, SENDER, 3, &sender), 0);
	assert_int_equal(hvbell_kick_sync(&sender, HVBELL_ACCEPTED), HV_STATUS_INVALID_PARAMETER);
	assert_int_equal(hvbell_kick_bind(w.card, SENDER, 3, 7, 35), 0);
	assert_int_equal(hvbell_kick_sync(&sender, HVBELL_DELIVERED), HV_STATUS_SUCCESS);
	assert_int_equal(world_flag(&w, 0, 35), 1);
}

static void test_bad_arguments(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	(void)state;
	assert_int_equal(hvbell_kick_bind(w.card, SENDER, 16, 7, 0), -EINVAL);
	assert_int_equal(hvbell_kick_unbind(w.card, SENDER, ~0u), -EINVAL);
	assert_int_equal(hvbell_kick_eventfd(w.card, SENDER, 16, fd), -EINVAL);
	assert_string_equal(hvbell_error().what, "a doorbell page has no slot 16");
	assert_int_equal(hvbell_kick_bind(w.card, 0x99, 0, 7, 0), -ENOENT);
	assert_int_equal(hvbell_kick_unbind(w.card, 0x99, 0), -ENOENT);
	assert_int_equal(hvbell_kick_eventfd(w.card, 0x99, 0, fd), -ENOENT);
	assert_string_equal(hvbell_error().what, "no partition 0x99");
	for (unsigned part = 0; part < FAKE_PARTITIONS; part++)
		for (unsigned slot = 0; slot < HVB_SLOTS; slot++)
			assert_int_equal(w.fake->kicks[part][slot], 0);
	/* no eventfd reaches this card */
	assert_int_equal(hvbell_kick_eventfd(w.card, SENDER, 0, fd), -ENOTSUP);
	assert_non_null(strstr(hvbell_error().remedy, "hvbell_signal_raw()"));
	assert_int_equal(hvbell_kick_eventfd(w.card, SENDER, 0, -1), 0);
	/* nothing of it waits for what is pending */
	assert_int_equal(hvbell_quiesce(w.card), 0);
	assert_int_equal(hvbell_kick_bind(w.card, SENDER, 0, 7, 0), 0);
	assert_int_equal(hvbell_resume(w.card), 0);
	close(fd);
}

static void test_card_without_kicks(void **state)
{
	uint64_t end;

	(void)state;
	w.card->limits.version = CARD_1_0;
	assert_int_equal(hvbell_kick_bind(w.card, SENDER, 0, 7, 0), -ENOTSUP);
	assert_int_equal(hvbell_kick_unbind(w.card, SENDER, 0), -ENOTSUP);
	assert_int_equal(hvbell_kick_eventfd(w.card, SENDER, 0, 0), -ENOTSUP);
	end = w.fake->registers[HVB_R_KICK_COMMIT / 8] = 0x777;
	assert_int_equal(hvbell_partition_remove(w.card, SENDER), 0);
	assert_int_equal(w.fake->registers[HVB_R_KICK_COMMIT / 8], end);
	assert_int_equal(hvbell_partition_add(w.card, SENDER, HVBELL_ACTIVE, 0), 0);
}

static void test_failed_write(void **state)
{
	(void)state;
	for (int good = 0; good < 2; good++) {
		w.fake->fail_writes = good;
		assert_int_equal(hvbell_kick_bind(w.card, SENDER, 0, 7, 0), -EIO);
		w.fake->fail_writes = -1;
		assert_int_equal(hvbell_kick_bind(w.card, SENDER, 0, 7, 0), -EIO);
		assert_int_equal(hvbell_reset(w.card), 0);
		assert_int_equal(hvbell_partition_add(w.card, SENDER, HVBELL_ACTIVE, 0), 0);
	}
	assert_int_equal(hvbell_kick_bind(w.card, SENDER, 0, 7, 0), 0);
}

/* ---- eventfds: a backend that has them, and what it was asked last */

static struct {
	int fd[FAKE_PARTITIONS * 16], fails;
	unsigned calls, resets;
	bool at_reset;           /* one was still connected */
} kernel;
static struct hvb_dev_ops with_kernel;
static int (*reset_below)(struct hvb_dev *dev);

static unsigned connected(void)
{
	unsigned count = 0;

	for (unsigned n = 0; n < FAKE_PARTITIONS * 16; n++)
		count += kernel.fd[n] != 0;
	return count;
}

/* As strict as the kernel: EEXIST, ENODEV. */
static int ioeventfd(struct hvb_dev *dev, unsigned region, uint64_t off, uint32_t data, int fd)
{
	int *at = &kernel.fd[off / 256];

	(void)dev;
	kernel.calls++;
	if (kernel.fails)
		return kernel.fails;
	assert_int_equal(region, HVB_REGION_BAR2);
	assert_int_equal(off % 256, HVB_S_KICK);
	assert_int_equal(data, 0);
	if (fd >= 0 ? *at : !*at)
		return fd >= 0 ? -EEXIST : -ENODEV;
	*at = fd >= 0 ? fd : 0;
	return 0;
}

static int reset(struct hvb_dev *dev)
{
	kernel.resets++;
	kernel.at_reset |= connected() > 0;
	return reset_below(dev);
}

static int setup_kernel(void **state)
{
	setup(state);
	memset(&kernel, 0, sizeof(kernel));
	with_kernel = *w.fake->dev.ops;
	reset_below = with_kernel.reset;
	with_kernel.reset = reset;
	with_kernel.ioeventfd = ioeventfd;
	w.fake->dev.ops = &with_kernel;
	return 0;
}

static int *fd_of(uint64_t partition, unsigned slot)
{
	return &kernel.fd[kick_at(w.card, partition, slot) >> 12 << 4 | slot];
}

static void test_eventfd(void **state)
{
	(void)state;
	kernel.fails = -EINVAL;
	assert_int_equal(hvbell_kick_eventfd(w.card, SENDER, 4, 50), -EINVAL);
	assert_string_equal(hvbell_error().remedy, "is it an eventfd?");
	kernel.fails = -ENOTSUP;
	assert_int_equal(hvbell_kick_eventfd(w.card, SENDER, 4, 50), -ENOTSUP);
	assert_non_null(strstr(hvbell_error().what, "nothing between"));
	kernel.fails = 0;
	kernel.calls = 0;
	assert_int_equal(hvbell_kick_eventfd(w.card, SENDER, 4, -1), 0);
	assert_int_equal(kernel.calls, 0);
	assert_int_equal(hvbell_kick_eventfd(w.card, SENDER, 4, 50), 0);
	assert_int_equal(hvbell_kick_eventfd(w.card, RECEIVER, 15, 51), 0);
	assert_int_equal(*fd_of(SENDER, 4), 50);
	assert_int_equal(*fd_of(RECEIVER, 15), 51);
	/* another one in its place */
	assert_int_equal(hvbell_kick_eventfd(w.card, SENDER, 4, 52), 0);
	assert_int_equal(*fd_of(SENDER, 4), 52);
	assert_int_equal(connected(), 2);
	kernel.fails = -EIO;
	assert_int_equal(hvbell_kick_eventfd(w.card, SENDER, 4, -1), -EIO);
	assert_non_null(strstr(hvbell_error().what, "disconnected"));
	kernel.fails = 0;
	assert_int_equal(hvbell_kick_eventfd(w.card, SENDER, 4, -1), 0);
	assert_int_equal(*fd_of(SENDER, 4), 0);
	assert_int_equal(connected(), 1);
}

/* A page is given to another partition without what its kicks were. */
static void test_partition_removed(void **state)
{
	unsigned page = (unsigned)(kick_at(w.card, SENDER, 0) >> 12);

	(void)state;
	for (unsigned slot = 0; slot < HVB_SLOTS; slot += 5) {
		assert_int_equal(hvbell_kick_bind(w.card, SENDER, slot, 7, 1), 0);
		assert_int_equal(hvbell_kick_eventfd(w.card, SENDER, slot, 60), 0);
	}
	assert_int_equal(hvbell_kick_bind(w.card, RECEIVER, 5, 7, 1), 0);
	assert_int_equal(hvbell_kick_eventfd(w.card, RECEIVER, 5, 61), 0);
	assert_int_equal(connected(), 5);
	assert_int_equal(hvbell_partition_remove(w.card, SENDER), 0);
	assert_int_equal(connected(), 1);
	assert_int_equal(*fd_of(RECEIVER, 5), 61);
	for (unsigned slot = 0; slot < HVB_SLOTS; slot++)
		assert_int_equal(w.fake->kicks[page][slot], 0);
	assert_true(w.fake->kicks[kick_at(w.card, RECEIVER, 0) >> 12][5] != 0);
	assert_int_equal(hvbell_partition_add(w.card, 0x30, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
	assert_int_equal(kick_at(w.card, 0x30, 0) >> 12, page);
	kick(w.card, 0x30, 5);
	assert_int_equal(bad_offsets(w.card, 0x30), 1);
	assert_int_equal(hvbell_kick_eventfd(w.card, 0x30, 5, 62), 0);
}

/* Before the reset: a kick afterwards would be one of whoever has the page then. */
static void test_reset(void **state)
{
	(void)state;
	for (int broken = 0; broken < 2; broken++) {
		assert_int_equal(hvbell_kick_bind(w.card, SENDER, 5, 7, 1), 0);
		assert_int_equal(hvbell_kick_eventfd(w.card, SENDER, 5, 60), 0);
		if (broken) {
			w.fake->fail_writes = 0;
			assert_int_equal(hvbell_kick_unbind(w.card, SENDER, 5), -EIO);
			assert_int_equal(hvbell_kick_eventfd(w.card, SENDER, 5, -1), -EIO);
			w.fake->fail_writes = -1;
		}
		assert_int_equal(hvbell_reset(w.card), 0);
		assert_true(kernel.resets > 0);
		assert_false(kernel.at_reset);
		assert_int_equal(connected(), 0);
		assert_int_equal(hvbell_partition_add(w.card, SENDER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
		kick(w.card, SENDER, 5);
		assert_int_equal(bad_offsets(w.card, SENDER), 1);
	}
}

/* ---- the same on the real card, in simulation */

static void test_on_the_card(void **state)
{
	struct hvbell_port port = world_port(7, 0, 0, 64);
	hvbell_sender sender;
	hvbell_card *card;
	uint64_t count = 0;
	int fd = eventfd(0, EFD_CLOEXEC);

	(void)state;
	assert_int_equal(hvbell_open("sim:?seed=3", &card), 0);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(hvbell_partition_add(card, SENDER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
		assert_int_equal(hvbell_partition_add(card, RECEIVER, HVBELL_ACTIVE, 0), 0);
		world_open_vp(&(struct world){ .card = card }, 0);
		assert_int_equal(hvbell_create_port(card, &port), 0);
		assert_int_equal(hvbell_connect_port(card, SENDER, 7, RECEIVER, 7), 0);
		kick(card, SENDER, 5);
		assert_int_equal(bad_offsets(card, SENDER), 1);
		assert_int_equal(hvbell_kick_bind(card, SENDER, 5, 7, 21), 0);
		kick(card, SENDER, 5);
		kick(card, SENDER, 4);
		assert_int_equal(hvbell_fence(card), 0);
		assert_int_equal(bad_offsets(card, SENDER), 2);
		assert_true(hvbell_clear_flag(card, RECEIVER, 0, SINT, 21));
		assert_int_equal(hvbell_messages(card, RECEIVER, 0, SINT, &count), 0);
		assert_int_equal(count, 1);
		assert_int_equal(hvbell_kick_eventfd(card, SENDER, 5, fd), -ENOTSUP);
		/* its STATUS is the slot's; the next signal of the slot is the second */
		assert_int_equal(hvbell_sender_init(card, SENDER, 5, &sender), 0);
		assert_int_equal(hvbell_signal_sync(&sender, 9ull << 32 | 7, HVBELL_DELIVERED), 0);
		assert_int_equal(hvb_dev_read64(card->dev, HVB_REGION_BAR2, sender.offset + HVB_S_STATUS, &count), 0);
		assert_int_equal(count >> 32, 2);
		assert_int_equal(round ? hvbell_partition_remove(card, SENDER) : hvbell_reset(card), 0);
	}
	assert_int_equal(hvbell_partition_add(card, SENDER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
	kick(card, SENDER, 5);
	assert_int_equal(bad_offsets(card, SENDER), 1);
	close(fd);
	hvbell_close(card);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bound_and_unbound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_arguments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_card_without_kicks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failed_write, setup, teardown),
		cmocka_unit_test_setup_teardown(test_eventfd, setup_kernel, teardown),
		cmocka_unit_test_setup_teardown(test_partition_removed, setup_kernel, teardown),
		cmocka_unit_test_setup_teardown(test_reset, setup_kernel, teardown),
		cmocka_unit_test(test_on_the_card),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
