/* SPDX-License-Identifier: MIT */
/* Owned delivery (lib/src/owned.c) on the simulated card: what the card keeps follows every change of a VP, and flags
 * are taken exactly. That scenarios and random worlds give the same is tests/scenarios and tests/golden. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <cmocka.h>
#include "lib/src/internal.h"

#define SENDER 0x10
#define RECEIVER 0x20
#define SINT 2
#define URL "sim:?latency=none&seed=1&deliver=owned"
#define FLAG_ROUNDS 300u

static hvbell_card *card;
static hvbell_sender sender;

static void open_vp(uint32_t vp)
{
	const struct hvbell_sint sint = { .vector = 177 };

	assert_int_equal(hvbell_vp_add(card, RECEIVER, vp), 0);
	assert_int_equal(hvbell_set_scontrol(card, RECEIVER, vp, true), 0);
	assert_int_equal(hvbell_set_siefp(card, RECEIVER, vp, true, 0x100000), 0);
	assert_int_equal(hvbell_set_sint(card, RECEIVER, vp, SINT, &sint), 0);
}

static int setup(void **state)
{
	(void)state;
	assert_int_equal(hvbell_open(URL, &card), 0);
	assert_int_equal(hvbell_partition_add(card, SENDER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
	assert_int_equal(hvbell_partition_add(card, RECEIVER, HVBELL_ACTIVE, 0), 0);
	open_vp(0);
	assert_int_equal(hvbell_sender_init(card, SENDER, 0, &sender), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hvbell_close(card);
	return 0;
}

static int create_port(uint32_t id, uint32_t vp, uint32_t base, uint32_t count)
{
	const struct hvbell_port port = { .partition = RECEIVER, .id = id, .type = HVBELL_PORT_EVENT,
		.connection_partition = SENDER, .target_sint = SINT, .target_vp = vp, .base_flag_number = base,
		.flag_count = count };

	return hvbell_create_port(card, &port);
}

static void connect_port(uint32_t id, uint32_t vp, uint32_t base, uint32_t count)
{
	assert_int_equal(create_port(id, vp, base, count), 0);
	assert_int_equal(hvbell_connect_port(card, SENDER, id, RECEIVER, id), 0);
}

static int signal_flag(uint32_t connection, uint64_t flag)
{
	return hvbell_signal_sync(&sender, flag << 32 | connection, HVBELL_DELIVERED);
}

static uint64_t word(uint32_t vp, unsigned n)
{
	return __atomic_load_n(&hvbell_sief(card, RECEIVER, vp)[SINT * 32 + n], __ATOMIC_ACQUIRE);
}

static uint64_t messages(uint32_t vp)
{
	uint64_t count = 0;

	assert_int_equal(hvbell_messages(card, RECEIVER, vp, SINT, &count), 0);
	return count;
}

static void says_what_it_is(void **state)
{
	struct hvbell_card_counters counters;
	struct hvbell_info info;
	hvbell_card *other;

	(void)state;
	hvbell_info(card, &info);
	assert_string_equal(info.mode, "owned");
	connect_port(1, 0, 0, 64);
	assert_int_equal(signal_flag(1, 3), 0);
	assert_int_equal(hvbell_card_counters(card, &counters), 0);
	assert_true(counters.writes >= 1 && counters.atomics == 0);
	assert_int_equal(hvbell_open("sim:?deliver=other", &other), -EINVAL);
	assert_int_equal(hvbell_open("sim:?deliver=atomic", &other), 0);
	hvbell_info(other, &info);
	assert_string_equal(info.mode, "atomic");
	hvbell_close(other);
}

/* Two ports at one SIEF word are one word: a flag is newly set once, and taken once. */
static void ports_share_words(void **state)
{
	bool newly = true;

	(void)state;
	connect_port(1, 0, 32, 64);
	connect_port(2, 0, 64, 128);
	assert_int_equal(signal_flag(1, 40), 0);         /* flag 72 */
	assert_int_equal(signal_flag(2, 8), 0);
	assert_int_equal(hvbell_signal_direct(card, RECEIVER, 0, SINT, 72, &newly), 0);
	assert_false(newly);
	assert_int_equal(messages(0), 1);
	assert_true(word(0, 1) == 1 << 8);
	assert_true(hvbell_clear_flag(card, RECEIVER, 0, SINT, 72));
	assert_true(word(0, 1) == 0);
	assert_false(hvbell_clear_flag(card, RECEIVER, 0, SINT, 72));
	assert_int_equal(signal_flag(2, 8), 0);
	assert_int_equal(messages(0), 2);
}

static void receives(void **state)
{
	hvbell_receiver rx;

	(void)state;
	connect_port(1, 0, 0, 2048);
	assert_int_equal(hvbell_receiver_init(card, RECEIVER, 0, SINT, &rx), 0);
	assert_int_equal(hvbell_receive(&rx), -1);
	assert_int_equal(signal_flag(1, 2047), 0);
	assert_int_equal(signal_flag(1, 31), 0);
	assert_int_equal(signal_flag(1, 32), 0);
	assert_int_equal(hvbell_receive(&rx), 31);
	assert_int_equal(hvbell_dispatch(card, RECEIVER, 0, SINT, NULL, NULL), 2);
	assert_int_equal(hvbell_receive(&rx), -1);
	assert_int_equal(hvbell_wait(card, RECEIVER, 0, SINT, 0, NULL, NULL), 0);
}

/* The page goes, comes back, and its VP is reset: flags go with it, or are gone. */
static void flags_follow_the_page(void **state)
{
	(void)state;
	connect_port(1, 0, 0, 128);
	assert_int_equal(signal_flag(1, 1), 0);
	assert_int_equal(signal_flag(1, 65), 0);
	assert_int_equal(hvbell_set_siefp(card, RECEIVER, 0, false, 0), 0);
	assert_int_equal(signal_flag(1, 2), HV_STATUS_INVALID_SYNIC_STATE);
	assert_true(word(0, 0) == 2 && word(0, 1) == 2);
	assert_true(hvbell_clear_flag(card, RECEIVER, 0, SINT, 65));
	assert_true(word(0, 1) == 0);
	hvbell_sief(card, RECEIVER, 0)[SINT * 32] = 0x30;        /* whatever stands there, the card knows better */
	assert_int_equal(hvbell_set_siefp(card, RECEIVER, 0, true, 0x200000), 0);
	assert_true(word(0, 0) == 2 && word(0, 1) == 0);
	assert_int_equal(signal_flag(1, 1), 0);
	assert_int_equal(messages(0), 2);
	assert_int_equal(hvbell_vp_reset(card, RECEIVER, 0), 0);
	assert_true(word(0, 0) == 0);
	assert_false(hvbell_clear_flag(card, RECEIVER, 0, SINT, 1));
}

static void *no_page(void *arg, uint64_t gpa, size_t len)
{
	(void)gpa;
	(void)len;
	return arg;
}

static void guests_need_atomics(void **state)
{
	(void)state;
	assert_int_equal(hvbell_partition_memory(card, RECEIVER, no_page, NULL), -ENOTSUP);
	assert_int_equal(hvbell_partition_memory(card, RECEIVER, NULL, NULL), 0);
}

/* What a VP or a port leaves behind is not found by the next that gets its words. */
static void words_begin_empty(void **state)
{
	struct hvbell_info before, after;

	(void)state;
	hvbell_info(card, &before);
	for (unsigned round = 0; round < 20; round++) {
		connect_port(1, 0, 0, 64 * (1 + round % 5));
		assert_true(word(0, 0) == 0);
		assert_int_equal(signal_flag(1, round), 0);
		assert_int_equal(messages(0), 1);
		if (round % 2)
			assert_int_equal(hvbell_delete_port(card, RECEIVER, 1), 0);
		assert_true(word(0, 0) == 1ull << round);
		assert_int_equal(hvbell_vp_remove(card, RECEIVER, 0), 0);
		if (!(round % 2))
			assert_int_equal(hvbell_delete_port(card, RECEIVER, 1), 0);
		hvbell_disconnect_port(card, SENDER, 1);
		open_vp(0);
	}
	hvbell_info(card, &after);
	assert_int_equal(after.words_free, before.words_free);
}

static void placed_flags(void **state)
{
	(void)state;
	assert_int_equal(hvbell_place_flag(card, RECEIVER, 0, SINT, 5), 0);
	connect_port(1, 0, 0, 64);
	assert_true(word(0, 0) == 1 << 5);
	assert_int_equal(signal_flag(1, 5), 0);
	assert_int_equal(messages(0), 0);
	assert_true(hvbell_clear_flag(card, RECEIVER, 0, SINT, 5));
	assert_int_equal(hvbell_place_flag(card, RECEIVER, 0, 16, 5), -EINVAL);
	assert_int_equal(hvbell_place_flag(card, RECEIVER, 0, SINT, 2048), -EINVAL);
	assert_int_equal(hvbell_place_flag(card, RECEIVER, 1, SINT, 5), -ENOENT);
	assert_int_equal(hvbell_set_siefp(card, RECEIVER, 0, false, 0), 0);
	assert_int_equal(hvbell_place_flag(card, RECEIVER, 0, SINT, 6), 0);
	assert_true(word(0, 0) == 1 << 6);
	assert_int_equal(hvbell_set_siefp(card, RECEIVER, 0, true, 0x100000), 0);
	assert_true(word(0, 0) == 1 << 6);
}

/* Quiesced, flags can be taken though memory does not show it. */
static void quiesced(void **state)
{
	(void)state;
	connect_port(1, 0, 0, 64);
	assert_int_equal(signal_flag(1, 9), 0);
	assert_int_equal(hvbell_quiesce(card), 0);
	assert_true(hvbell_clear_flag(card, RECEIVER, 0, SINT, 9));
	assert_false(hvbell_clear_flag(card, RECEIVER, 0, SINT, 9));
	assert_int_equal(hvbell_resume(card), 0);
	assert_int_equal(hvbell_fence(card), 0);
	assert_true(word(0, 0) == 0);
}

static void words_run_out(void **state)
{
	struct hvbell_info info;
	uint32_t id = 1;
	int err;

	(void)state;
	do {
		open_vp(id);
		err = create_port(id, id, 0, 2048);
		id++;
	} while (!err);
	assert_int_equal(err, HV_STATUS_NO_RESOURCES);
	assert_true(id > 20);
	for (uint32_t vp = 1; vp < id; vp++) {
		assert_int_equal(hvbell_vp_remove(card, RECEIVER, vp), 0);
		hvbell_delete_port(card, RECEIVER, vp);
	}
	hvbell_info(card, &info);
	assert_int_equal(info.words_free, info.words - 1);
}

/* A sender's page takes no flag of the receiver, whatever it names. */
static void pages_are_apart(void **state)
{
	struct hvbell_counters before, after;

	(void)state;
	connect_port(1, 0, 0, 64);
	assert_int_equal(signal_flag(1, 0), 0);
	assert_int_equal(hvbell_counters(card, SENDER, &before), 0);
	for (uint64_t n = 0; n < 16; n++)
		assert_int_equal(hvb_dev_write64(card->dev, HVB_REGION_BAR2, HVB_S_ACK, ~0ull << 32 | n), 0);
	assert_int_equal(hvbell_fence(card), 0);
	assert_int_equal(hvbell_counters(card, SENDER, &after), 0);
	assert_int_equal(after.bad_offset - before.bad_offset, 16);
	assert_true(hvbell_clear_flag(card, RECEIVER, 0, SINT, 0));
}

static void *move_page(void *arg)
{
	for (unsigned n = 0; !__atomic_load_n((bool *)arg, __ATOMIC_ACQUIRE); n++)
		assert_int_equal(hvbell_set_siefp(card, RECEIVER, 0, true, 0x100000 + 4096 * (n % 4)), 0);
	return NULL;
}

/* While the VP's page moves all the time, each signal is taken once. */
static void taken_while_it_moves(void **state)
{
	bool end = false;
	pthread_t thread;

	(void)state;
	connect_port(1, 0, 0, 64);
	assert_int_equal(pthread_create(&thread, NULL, move_page, &end), 0);
	for (unsigned n = 0; n < FLAG_ROUNDS; n++) {
		assert_int_equal(signal_flag(1, n % 64), 0);
		assert_int_equal(hvbell_wait(card, RECEIVER, 0, SINT, 10000, NULL, NULL), 1);
	}
	__atomic_store_n(&end, true, __ATOMIC_RELEASE);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(hvbell_dispatch(card, RECEIVER, 0, SINT, NULL, NULL), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(says_what_it_is), CASE(ports_share_words), CASE(receives), CASE(flags_follow_the_page),
		CASE(guests_need_atomics), CASE(words_begin_empty), CASE(placed_flags), CASE(quiesced),
		CASE(words_run_out), CASE(pages_are_apart), CASE(taken_while_it_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
