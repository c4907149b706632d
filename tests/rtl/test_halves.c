/* SPDX-License-Identifier: MIT */
/*
 * Doorbells of 32-bit processors, at the card's streams: two stores make one signal, when the second one (at +4)
 * arrives; a second one without its first is counted; each slot of each partition has its own half, so that callers
 * do not mix.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define PARTS 64

/* Connection 0x40 of partition p: word p, 64 flags. */
static int setup(void **state)
{
	struct stand *s = stand_new();

	for (unsigned p = 0; p < PARTS; p++) {
		stand_partition(s, p, true, true);
		stand_port(s, p, 0x40, p, p, p);
	}
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	stand_free(*state);
	return 0;
}

static void half(struct hvb_tlp *tlp, unsigned part, unsigned slot, unsigned at, uint32_t value)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_MWR };

	hvb_tlp_span(&head, stand_signal_addr(part, slot) + at, 4);
	hvb_tlp_build(&head, tlp);
	hvb_tlp_put(tlp, head.addr, 4, value);
}

static void send_half(struct stand *s, unsigned part, unsigned slot, unsigned at, uint32_t value)
{
	struct hvb_tlp tlp;

	half(&tlp, part, slot, at, value);
	stand_send(s, &tlp);
}

static void test_one_signal_when_the_second_half_arrives(void **state)
{
	struct stand *s = *state;

	for (unsigned slot = 0; slot < HVB_SLOTS; slot++) {
		uint64_t atomics = s->atomics;
		send_half(s, 1, slot, 0, 0x40);
		stand_run(s, 60);
		assert_int_equal(stand_status(s, 1, slot), 0);
		assert_int_equal(s->atomics, atomics);
		send_half(s, 1, slot, 4, slot);
		uint64_t taken = stand_now(s) - 1;
		s->atomics = 0;                  /* so that the first request is noted again */
		stand_run(s, 60);
		assert_int_equal(s->atomics, 1 + (slot > 0));    /* behind the first flag the word is not 0: one miss */
		assert_int_equal(s->first_atomic_cycle - taken, 6);
		s->atomics = atomics + 1;
		assert_int_equal(stand_status(s, 1, slot), 1ull << 32 | HVB_STATUS_SUCCESS);
		assert_int_equal(s->memory[1], (2ull << slot) - 1);
	}
	assert_int_equal(stand_count(s, 1, HVB_CNT_HALF), 0);
	assert_int_equal(stand_count(s, 1, HVB_CNT_ACCEPTED), HVB_SLOTS);
}

static void test_second_half_alone(void **state)
{
	struct stand *s = *state;

	for (unsigned n = 1; n <= 40; n++) {
		send_half(s, 2, n % HVB_SLOTS, 4, 0);
		assert_int_equal(stand_count(s, 2, HVB_CNT_HALF), n);
	}
	/* a pair is used up by its signal */
	send_half(s, 2, 0, 0, 0x40);
	send_half(s, 2, 0, 4, 0);
	send_half(s, 2, 0, 4, 1);
	send_half(s, 2, 0, 4, 2);
	stand_run(s, 60);
	assert_int_equal(stand_count(s, 2, HVB_CNT_HALF), 42);
	assert_int_equal(stand_status(s, 2, 0), 1ull << 32);
	assert_int_equal(s->memory[2], 1);
	assert_int_equal(s->atomics, 1);
}

static void test_the_last_first_half_counts(void **state)
{
	struct stand *s = *state;

	send_half(s, 3, 7, 0, 0x41);
	send_half(s, 3, 7, 0, 0x42);
	send_half(s, 3, 7, 0, 0x40);
	send_half(s, 3, 7, 4, 5);
	assert_int_equal(stand_status(s, 3, 7), 1ull << 32 | HVB_STATUS_SUCCESS);
	/* a whole doorbell between the halves is one of its own */
	send_half(s, 3, 7, 0, 0x40);
	stand_signal(s, 3, 7, stand_input(0x99, 1));
	assert_int_equal(stand_status(s, 3, 7), 2ull << 32 | HVB_STATUS_INVALID_CONNECTION_ID);
	send_half(s, 3, 7, 4, 6);
	assert_int_equal(stand_status(s, 3, 7), 3ull << 32 | HVB_STATUS_SUCCESS);
	stand_run(s, 100);
	assert_int_equal(s->memory[3], 0x60);
}

/* Bits of the upper half are checked like those of a whole doorbell. */
static void test_upper_half_is_checked(void **state)
{
	struct stand *s = *state;

	send_half(s, 3, 0, 0, 0x40);
	send_half(s, 3, 0, 4, 1u << 16);
	assert_int_equal(stand_status(s, 3, 0) & 0xffff, HVB_STATUS_INVALID_HYPERCALL_INPUT);
	send_half(s, 3, 0, 0, 0x40);
	send_half(s, 3, 0, 4, 64);
	assert_int_equal(stand_status(s, 3, 0) & 0xffff, HVB_STATUS_INVALID_PARAMETER);
	send_half(s, 3, 0, 0, 0x01000040);
	send_half(s, 3, 0, 4, 0);
	assert_int_equal(stand_status(s, 3, 0) & 0xffff, HVB_STATUS_INVALID_CONNECTION_ID);
}

/* A spoilt half is none. */
static void test_bad_halves(void **state)
{
	struct stand *s = *state;
	struct hvb_tlp bad;

	send_half(s, 4, 0, 0, 0x40);
	half(&bad, 4, 0, 0, 0x99);
	bad.hdr[0] |= HVB_TLP_DW0_POISON;
	stand_send(s, &bad);
	half(&bad, 4, 0, 4, 9);
	bad.hdr[0] |= HVB_TLP_DW0_POISON;
	stand_send(s, &bad);
	half(&bad, 4, 0, 4, 9);
	bad.hdr[1] = (bad.hdr[1] & ~0xfu) | 0x7;
	stand_send(s, &bad);
	send_half(s, 4, 0, 8, 0x99);
	assert_int_equal(stand_status(s, 4, 0), 0);
	send_half(s, 4, 0, 4, 3);
	assert_int_equal(stand_status(s, 4, 0), 1ull << 32);
	stand_run(s, 60);
	assert_int_equal(s->memory[4], 8);
	assert_int_equal(stand_count(s, 4, HVB_CNT_POISONED), 2);
	assert_int_equal(stand_count(s, 4, HVB_CNT_BAD_ENABLES), 1);
	assert_int_equal(stand_count(s, 4, HVB_CNT_BAD_OFFSET), 1);
	assert_int_equal(stand_count(s, 4, HVB_CNT_HALF), 0);
}

/* First halves of every slot of every partition, then the second ones in another order. */
static void test_interleaved(void **state)
{
	struct stand *s = *state;
	const unsigned all = PARTS * HVB_SLOTS;

	for (unsigned i = 0; i < all; i++)
		send_half(s, i % PARTS, i / PARTS, 0, i % 3 ? 0x40 : 0x50 + i);
	for (unsigned k = 0; k < all; k++) {
		unsigned i = k * 389 % all;
		send_half(s, i % PARTS, i / PARTS, 4, i / PARTS);
	}
	assert_true(stand_drain(s, 20000));
	for (unsigned i = 0; i < all; i++) {
		assert_int_equal(stand_status(s, i % PARTS, i / PARTS),
				 1ull << 32 | (i % 3 ? HVB_STATUS_SUCCESS : HVB_STATUS_INVALID_CONNECTION_ID));
		assert_int_equal(s->memory[i % PARTS] >> i / PARTS & 1, i % 3 != 0);
	}
}

/* Pairs without a pause: the stream is held for one cycle behind each second half, and no other. */
static void test_back_to_back(void **state)
{
	struct stand *s = *state;
	struct hvb_tlp tlp;
	uint64_t start = stand_now(s);

	for (unsigned i = 0; i < 300; i++) {
		unsigned part = i % 2 ? 5 : 6, slot = i / 2 % HVB_SLOTS;
		half(&tlp, part, slot, 0, 0x40);
		if (i)
			assert_false(stand_clock(s, &tlp));
		assert_true(stand_clock(s, &tlp));
		half(&tlp, part, slot, 4, i / 2 % 64);
		assert_true(stand_clock(s, &tlp));
	}
	assert_int_equal(stand_now(s) - start, 3 * 300 - 1);
	stand_clock(s, NULL);
	assert_true(s->rtl->out.rx_req_ready);
	assert_true(stand_drain(s, 2000));
	for (unsigned part = 5; part < 7; part++) {
		assert_int_equal(s->memory[part], ~0ull);
		assert_int_equal(stand_count(s, part, HVB_CNT_ACCEPTED) + stand_count(s, part, HVB_CNT_COALESCED), 150);
		assert_int_equal(stand_count(s, part, HVB_CNT_HALF), 0);
	}
}

/* Second halves without a first, and a first one directly behind: nothing is remembered wrongly. */
static void test_halves_of_one_slot_in_a_row(void **state)
{
	struct stand *s = *state;

	send_half(s, 8, 2, 4, 1);
	send_half(s, 8, 2, 0, 0x40);
	send_half(s, 8, 2, 4, 2);
	send_half(s, 8, 2, 4, 3);
	send_half(s, 8, 2, 0, 0x40);
	send_half(s, 8, 3, 4, 4);
	send_half(s, 9, 2, 4, 5);
	send_half(s, 8, 2, 4, 6);
	stand_run(s, 100);
	assert_int_equal(s->memory[8], 1 << 2 | 1 << 6);
	assert_int_equal(s->memory[9], 0);
	assert_int_equal(stand_count(s, 8, HVB_CNT_HALF), 3);
	assert_int_equal(stand_count(s, 9, HVB_CNT_HALF), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_signal_when_the_second_half_arrives, setup, teardown),
		cmocka_unit_test_setup_teardown(test_second_half_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_last_first_half_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_upper_half_is_checked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_halves, setup, teardown),
		cmocka_unit_test_setup_teardown(test_interleaved, setup, teardown),
		cmocka_unit_test_setup_teardown(test_back_to_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_halves_of_one_slot_in_a_row, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
