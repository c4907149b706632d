/* SPDX-License-Identifier: MIT */
/*
 * Function level reset at the card's streams, in any cycle of a running stream: nothing new leaves, what flies is
 * awaited or quarantined, late answers are swallowed, every table is empty and every register at its reset value, and
 * then the card works with all of its tags.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define PORTS 64                 /* connection, word, VP and vector n; sender n mod 8, receiver 32 + n mod 32 */
#define TAGS 32
#define DEVCTL 0x78
#define DEVCTL_FLR 0x8000u
#define TIMEOUT 400

static void program(struct stand *s)
{
	memset(s->row_used, 0, sizeof(s->row_used));
	for (unsigned p = 0; p < 8; p++)
		stand_partition(s, p, true, true);
	for (unsigned p = 32; p < 64; p++)
		stand_partition(s, p, true, false);
	for (unsigned n = 0; n < PORTS; n++)
		stand_port(s, n % 8, n, n, n, 32 + n % 32);
}

static int setup(void **state)
{
	struct stand *s = stand_new();

	program(s);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	stand_free(*state);
	return 0;
}

static void flr_request(struct hvb_tlp *tlp)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_CFGWR0, .len = 1, .first_be = 15, .target = STAND_ID,
		.reg = DEVCTL };

	hvb_tlp_build(&head, tlp);
	tlp->data[0] = DEVCTL_FLR;
}

/* As a driver does behind FLR, but the tables. */
static void enable(struct stand *s)
{
	static const struct { unsigned reg; uint32_t value; } config[] = {
		{ 0x10, (uint32_t)STAND_CTRL }, { 0x18, (uint32_t)STAND_DOORBELL }, { 0x20, (uint32_t)STAND_MSIX },
		{ 0x98, 0x40 }, { 0x50, 0x80000000u }, { 0x04, 0x6 } };

	for (unsigned i = 0; i < sizeof(config) / sizeof(config[0]); i++)
		stand_cfg_write(s, config[i].reg, config[i].value);
}

static bool ends_within(struct stand *s, unsigned cycles)
{
	for (uint64_t end = stand_now(s) + cycles; stand_reg(s, HVB_R_STATE) & HVB_STATE_INIT_MASK; stand_run(s, 10))
		if (stand_now(s) > end)
			return false;
	return true;
}

static unsigned quarantined(struct stand *s)
{
	return (unsigned)((stand_reg(s, HVB_R_STATE) & HVB_STATE_QUARANTINED_MASK) >> HVB_STATE_QUARANTINED_SHIFT);
}

static void expect_registers_at_reset(struct stand *s)
{
	static const unsigned zero[] = { HVB_R_CONTROL, HVB_R_HASH0, HVB_R_HASH1, HVB_R_HASH2, HVB_R_TRACE_CTRL,
		HVB_R_TRACE_COUNT, HVB_R_LOG_COUNT, HVB_R_N_ATOMIC, HVB_R_N_HIT, HVB_R_N_MISS, HVB_R_N_FAULT,
		HVB_R_N_TIMEOUT, HVB_R_N_MESSAGE, HVB_R_N_PENDED, HVB_R_N_DROPPED, HVB_R_N_RX_BAD, HVB_R_N_CTRL_BAD,
		HVB_R_N_NP_OVERFLOW, HVB_R_N_QUOTA };

	for (unsigned i = 0; i < sizeof(zero) / sizeof(zero[0]); i++)
		assert_int_equal(stand_reg(s, zero[i]), 0);
	assert_int_equal(stand_reg(s, HVB_R_TIMEOUT), 5000000);
	assert_int_equal(stand_reg(s, HVB_R_DRAIN) & HVB_DRAIN_BUSY_MASK, 0);
	assert_int_equal(stand_reg(s, HVB_R_DIRECT) & HVB_DIRECT_BUSY_MASK, 0);
}

static void expect_tables_empty(struct stand *s)
{
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(stand_reg(s, HVB_W_PART + 8 * i), 0);
	for (unsigned i = 0; i < 256; i++) {
		assert_int_equal(stand_reg(s, HVB_W_VP + 8 * i), 0);
		assert_int_equal(stand_reg(s, HVB_W_MSG + 8 * i), 0);
		assert_int_equal(stand_read64(s, STAND_MSIX + 16 * i + 8) >> 32, 1);      /* masked */
	}
	for (unsigned i = 0; i < 64 * HVB_COUNTERS; i++)
		assert_int_equal(stand_reg(s, HVB_W_COUNT + 8 * i), 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(stand_read64(s, STAND_MSIX + HVB_PBA_OFFSET + 8 * i), 0);
	for (unsigned i = 0; i < 8 * HVB_SLOTS; i++)
		assert_int_equal(stand_status(s, i / HVB_SLOTS, i % HVB_SLOTS), 0);
}

/* No connection is left, and no record of a word. */
static void expect_no_port(struct stand *s)
{
	struct stand_conn conn = { .part = 1, .id = 9, .verdict = HVB_VERDICT_OK, .word = 9, .count = 64, .rpart = 41 };

	stand_reg_write(s, HVB_R_HASH0, 0x2545f491);     /* as before the reset */
	stand_reg_write(s, HVB_R_HASH1, 0x9e3779b9);
	stand_reg_write(s, HVB_R_HASH2, 0x85ebca6b);
	for (unsigned p = 0; p < 8; p++)
		stand_partition(s, p, true, true);
	stand_partition(s, 41, true, false);
	for (unsigned n = 0; n < PORTS; n++) {
		stand_signal(s, n % 8, 0, stand_input(n, 0));
		assert_int_equal(stand_status(s, n % 8, 0) & 0xffff, HVB_STATUS_INVALID_CONNECTION_ID);
	}
	memset(s->row_used, 0, sizeof(s->row_used));
	stand_conn(s, &conn);
	stand_signal(s, 1, 0, stand_input(9, 0));
	assert_int_equal(stand_status(s, 1, 0) & 0xffff, HVB_STATUS_INVALID_VP_INDEX);
}

/* As many AtomicOps as tags at once, and every one of them delivered. */
static void expect_all_tags(struct stand *s)
{
	uint64_t messages = s->messages;

	memset(s->memory, 0, sizeof(s->memory));
	s->withhold = true;
	for (unsigned n = 0; n < PORTS; n++)
		stand_signal(s, n % 8, 0, stand_input(n, n));
	stand_run(s, 100);
	assert_int_equal(s->flights, TAGS);
	s->withhold = false;
	assert_true(stand_drain(s, 5000));
	for (unsigned n = 0; n < PORTS; n++)
		assert_int_equal(s->memory[n], 1ull << n);
	assert_int_equal(s->messages - messages, PORTS);
}

static void random_traffic(struct stand *s, unsigned cycles)
{
	for (unsigned i = 0; i < cycles; i++) {
		unsigned n = (unsigned)(stand_random(s) % PORTS);
		struct hvb_tlp bell;
		if (stand_random(s) % 4 == 0)
			s->memory[stand_random(s) % PORTS] = 0;
		stand_doorbell(&bell, n % 8, (unsigned)(stand_random(s) % HVB_SLOTS),
			       stand_input(n, (unsigned)(stand_random(s) % 64)));
		assert_true(stand_clock(s, &bell));
	}
}

static void test_any_cycle_of_a_stream(void **state)
{
	struct stand *s = *state;

	for (unsigned delay = 0; delay < 48; delay++) {
		struct hvb_tlp flr;
		s->latency = 2 + delay * 3;
		s->stall_p = delay % 3 ? 0 : 128;
		s->stall_np = delay % 4 ? 0 : 128;
		random_traffic(s, 150 + delay);
		flr_request(&flr);
		assert_true(stand_clock(s, &flr));
		random_traffic(s, 20);
		uint64_t atomics = s->atomics, executed = atomics - (uint64_t)s->flights;
		random_traffic(s, 200 + s->latency);
		assert_in_range(s->atomics - atomics, 0, 1);     /* one may have stood in the output */
		assert_int_equal(s->flights, 0);
		assert_true(executed <= atomics);
		s->stall_p = s->stall_np = 0;
		stand_run(s, 3000);
		assert_true(s->rtl->out.idle);
		uint64_t messages = s->messages;
		enable(s);
		assert_int_equal(stand_reg(s, HVB_R_STATE) & 0xffffffff,
				 HVB_STATE_ATOMIC_EN_MASK | HVB_STATE_QUIET_MASK |
				 HVB_STATE_READY_EMPTY_MASK);
		expect_registers_at_reset(s);
		if (delay % 8 == 0)
			expect_tables_empty(s);
		if (delay % 8 == 1)
			expect_no_port(s);
		assert_int_equal(s->messages, messages);
		stand_reg_write(s, HVB_R_HASH0, stand_random(s));
		program(s);
		if (delay % 4 == 0)
			expect_all_tags(s);
	}
}

/* Tables and registers that hold as much as they can. */
static void test_everything_is_cleared(void **state)
{
	struct stand *s = *state;

	stand_reg_write(s, HVB_R_CONTROL, 1);
	stand_reg_write(s, HVB_R_TRACE_CTRL, 1);
	stand_reg_write(s, HVB_R_CONTROL, 0);
	s->status = HVB_CPL_UR;
	random_traffic(s, 500);
	stand_write64(s, STAND_CTRL + HVB_R_MAGIC, 1);
	stand_vector(s, 3, true);
	stand_signal(s, 3, 0, stand_input(3, 1));
	stand_run(s, 100);
	stand_write32(s, stand_signal_addr(2, 5), 7);    /* a first half */
	stand_reg_write(s, HVB_R_VP_CTRL, 200 | 1ull << HVB_VP_CTRL_OFF_SHIFT);
	assert_int_equal(stand_reg(s, HVB_R_LOG_COUNT), 1);
	assert_true(stand_reg(s, HVB_R_TRACE_COUNT) > 0);
	assert_true(stand_reg(s, HVB_R_N_CTRL_BAD) > 0);
	stand_cfg_write(s, DEVCTL, DEVCTL_FLR);
	stand_run(s, 4);
	enable(s);
	assert_true(stand_reg(s, HVB_R_STATE) & HVB_STATE_INIT_MASK);    /* reads are answered meanwhile */
	stand_reg_write(s, HVB_R_CONTROL, 1);                            /* writes are dropped */
	stand_partition(s, 1, true, true);
	stand_signal(s, 1, 0, stand_input(1, 1));
	assert_true(ends_within(s, 5000));
	expect_registers_at_reset(s);
	expect_tables_empty(s);
	expect_no_port(s);
	stand_write32(s, stand_signal_addr(2, 5) + 4, 0);
	assert_int_equal(stand_count(s, 2, HVB_CNT_HALF), 1);
	program(s);
	expect_all_tags(s);
}

/* Registers of configuration space go back too, but the captured id and the settings of the link. */
static void test_configuration_space(void **state)
{
	struct stand *s = *state;
	static const unsigned regs[] = { 0x04, 0x0c, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x44, 0x50, DEVCTL, 0x98 };
	uint32_t value[12];
	struct stand fresh = { .rtl = hvb_rtl_new() };

	for (unsigned i = 0; i < 12; i++)
		value[i] = stand_cfg_read(&fresh, regs[i]);
	hvb_rtl_free(fresh.rtl);
	stand_cfg_write(s, 0x80, 0xcb);
	stand_cfg_write(s, 0x0c, 0x10);
	stand_cfg_write(s, 0x44, 3);
	stand_cfg_write(s, DEVCTL, DEVCTL_FLR | 0xf);
	stand_run(s, 4);
	for (unsigned i = 0; i < 12; i++)
		assert_int_equal(stand_cfg_read(s, regs[i]), value[i]);
	assert_int_equal(stand_cfg_read(s, 0x80) & 0xffff, 0xcb);
	assert_int_equal(s->reply.hdr[1] >> 16, STAND_ID);
}

/* ---- answers that come late, or never */

static void reset_with_tags_out(struct stand *s)
{
	stand_reg_write(s, HVB_R_TIMEOUT, TIMEOUT);
	s->withhold = true;
	for (unsigned n = 0; n < 40; n++)
		stand_signal(s, n % 8, 0, stand_input(n, 3));
	stand_run(s, 20);
	assert_int_equal(s->flights, TAGS);
	stand_cfg_write(s, DEVCTL, DEVCTL_FLR);
	stand_run(s, TIMEOUT / 2);
	assert_int_equal(stand_cfg_read(s, DEVCTL) >> 16 & 0x20, 0x20);   /* transactions pend */
	stand_run(s, TIMEOUT + 100);
	enable(s);
	assert_true(ends_within(s, 4000));
	assert_int_equal(s->atomics, TAGS);
	assert_int_equal(quarantined(s), TAGS);
	assert_int_equal(stand_cfg_read(s, DEVCTL) >> 16 & 0x20, 0);
	expect_registers_at_reset(s);
	program(s);
	stand_signal(s, 1, 0, stand_input(1, 9));
	stand_run(s, 200);
	assert_int_equal(s->atomics, TAGS);              /* no tag is free */
	assert_int_equal(stand_status(s, 1, 0), 1ull << 32 | HVB_STATUS_SUCCESS);
}

static void test_late_answers_are_swallowed(void **state)
{
	struct stand *s = *state;

	reset_with_tags_out(s);
	s->memory[1] = 0;
	s->withhold = false;
	stand_run(s, 200);
	assert_int_equal(quarantined(s), 0);
	assert_int_equal(stand_reg(s, HVB_R_N_UNEXPECTED), TAGS);
	assert_int_equal(stand_reg(s, HVB_R_LOG_COUNT), 0);
	assert_int_equal(s->memory[1], 1 << 9);          /* the signal that waited for a tag */
	assert_int_equal(s->messages, 1);
	expect_all_tags(s);
}

/* Some had timed out before the reset gave up the rest: that has a whole time-out to come, however long ago it was. */
static void out_after_a_time_out(struct stand *s)
{
	s->flights = 0;
	s->withhold = false;
	stand_reg_write(s, HVB_R_TIMEOUT, TIMEOUT);
	stand_run(s, TIMEOUT / 2);
	assert_true(quarantined(s) > 0);
	stand_run(s, 3 * TIMEOUT / 2 + 5 * TAGS);
	assert_int_equal(quarantined(s), 0);
}

static void test_answers_that_never_come(void **state)
{
	struct stand *s = *state;

	reset_with_tags_out(s);
	s->memory[1] = 0;
	out_after_a_time_out(s);
	assert_int_equal(s->memory[1], 1 << 9);
	assert_int_equal(s->messages, 1);
	assert_int_equal(stand_reg(s, HVB_R_N_TIMEOUT), 0);
	stand_reg_write(s, HVB_R_TIMEOUT, 100000);
	expect_all_tags(s);
}

/* A second reset takes nothing from the time that the first one's tags must wait. */
static void test_second_reset(void **state)
{
	struct stand *s = *state;

	reset_with_tags_out(s);
	stand_cfg_write(s, DEVCTL, DEVCTL_FLR);
	stand_run(s, 100);
	enable(s);
	assert_true(ends_within(s, 6000));
	out_after_a_time_out(s);
	stand_reg_write(s, HVB_R_TIMEOUT, 100000);
	program(s);
	expect_all_tags(s);
}

/* Time-out and end of the reset's patience meet in every possible way: no tag is lost. */
static void test_time_outs_in_reset(void **state)
{
	struct stand *s = *state;

	for (unsigned wait = 0; wait < 40; wait++) {
		struct hvb_tlp tlp;
		s->withhold = true;
		stand_reg_write(s, HVB_R_TIMEOUT, TIMEOUT);
		for (unsigned n = 0; n < TAGS; n++)
			stand_signal(s, n % 8, 0, stand_input(n, 1));
		stand_run(s, wait);
		flr_request(&tlp);
		stand_clock(s, &tlp);
		stand_run(s, TIMEOUT + 3000);
		enable(s);
		stand_reg_write(s, HVB_R_TIMEOUT, TIMEOUT);
		stand_run(s, 3 * TIMEOUT);
		assert_int_equal(quarantined(s), 0);
		s->flights = 0;
		s->withhold = false;
		stand_reg_write(s, HVB_R_TIMEOUT, 100000);
		program(s);
		expect_all_tags(s);
		memset(s->memory, 0, sizeof(s->memory));
	}
}

/* An AtomicOp and a message stand in outputs that nobody takes: the reset ends all the same. */
static void test_outputs_never_ready(void **state)
{
	struct stand *s = *state;

	stand_reg_write(s, HVB_R_TIMEOUT, TIMEOUT);
	s->stall_p = s->stall_np = 256;
	stand_signal(s, 1, 0, stand_input(1, 3));
	stand_signal(s, 2, 0, stand_input(2, 3));
	stand_run(s, 20);
	assert_true(s->rtl->out.tx_np_valid);
	stand_cfg_write(s, DEVCTL, DEVCTL_FLR);
	stand_run(s, TIMEOUT + 100);
	enable(s);
	assert_true(ends_within(s, 4000));
	assert_false(s->rtl->out.tx_np_valid);
	assert_false(s->rtl->out.tx_p_valid);
	expect_registers_at_reset(s);
	s->stall_p = s->stall_np = 0;
	program(s);
	stand_reg_write(s, HVB_R_TIMEOUT, TIMEOUT);
	stand_run(s, 2 * TIMEOUT + 5 * TAGS);
	assert_int_equal(quarantined(s), 0);
	assert_int_equal(s->atomics, 0);
	assert_int_equal(s->messages, 0);
	stand_reg_write(s, HVB_R_TIMEOUT, 100000);
	expect_all_tags(s);
}

/* Asked for again while it goes on. */
static void test_reset_within_reset(void **state)
{
	struct stand *s = *state;

	for (unsigned gap = 0; gap < 3000; gap += 97) {
		random_traffic(s, 100);
		stand_cfg_write(s, DEVCTL, DEVCTL_FLR);
		stand_run(s, gap);
		stand_cfg_write(s, DEVCTL, DEVCTL_FLR);
		stand_run(s, 100);
		enable(s);
		assert_true(ends_within(s, 6000));
		expect_registers_at_reset(s);
		program(s);
		s->memory[5] = 0;
		stand_signal(s, 5, 0, stand_input(5, 5));
		stand_run(s, 40);
		assert_int_equal(s->memory[5], 32);
	}
	expect_all_tags(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_any_cycle_of_a_stream, setup, teardown),
		cmocka_unit_test_setup_teardown(test_everything_is_cleared, setup, teardown),
		cmocka_unit_test_setup_teardown(test_configuration_space, setup, teardown),
		cmocka_unit_test_setup_teardown(test_late_answers_are_swallowed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answers_that_never_come, setup, teardown),
		cmocka_unit_test_setup_teardown(test_second_reset, setup, teardown),
		cmocka_unit_test_setup_teardown(test_time_outs_in_reset, setup, teardown),
		cmocka_unit_test_setup_teardown(test_outputs_never_ready, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reset_within_reset, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
