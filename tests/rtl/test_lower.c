/* SPDX-License-Identifier: MIT */
/*
 * Lowering state (docs/design.md, "Lowering") at the card's streams: quiesce; VP reset drops what waits and awaits
 * what flies; a SIEF page that moves loses nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define PORTS 128                /* connection, word and vector n; sender n mod 16 */
#define SENDERS 16

static void set_state(struct stand *s, unsigned n, unsigned wstate, uint64_t addr)
{
	struct stand_word record = { .index = n, .state = wstate, .rpart = n / 8, .vector = n, .vp = n / 8,
		.addr = addr };

	stand_word(s, &record);
}

/* VP and receiver n / 8. */
static int setup(void **state)
{
	struct stand *s = stand_new();

	for (unsigned p = 0; p < SENDERS; p++)
		stand_partition(s, p, true, true);
	for (unsigned n = 0; n < PORTS; n++) {
		struct stand_conn conn = { .part = n % SENDERS, .id = n, .verdict = HVB_VERDICT_OK, .word = n,
			.count = 64, .rpart = n / 8 };
		set_state(s, n, HVB_WSTATE_ON, STAND_MEMORY + 8 * n);
		stand_conn(s, &conn);
		stand_vector(s, n, false);
	}
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	stand_free(*state);
	return 0;
}

static void ring(struct stand *s, unsigned port, unsigned flag)
{
	stand_signal(s, port % SENDERS, 0, stand_input(port, flag));
}

/* ---- quiesce */

static void test_quiesce(void **state)
{
	struct stand *s = *state;

	s->withhold = true;
	ring(s, 1, 0);
	ring(s, 1, 1);                   /* late */
	stand_reg_write(s, HVB_R_CONTROL, HVB_CONTROL_QUIESCE_MASK);
	ring(s, 2, 0);
	stand_run(s, 20);
	assert_int_equal(s->atomics, 1);
	assert_int_equal(stand_reg(s, HVB_R_STATE) & 0xf, HVB_STATE_ATOMIC_EN_MASK);
	s->withhold = false;
	stand_run(s, 60);
	assert_int_equal(s->atomics, 1);
	assert_int_equal(s->messages, 1);
	assert_int_equal(stand_reg(s, HVB_R_STATE) & 0xf, HVB_STATE_ATOMIC_EN_MASK | HVB_STATE_QUIET_MASK);
	assert_int_equal(stand_status(s, 2, 0) & 0xffff, HVB_STATUS_SUCCESS);
	assert_false(stand_delivered(s, 2, 0));
	stand_reg_write(s, HVB_R_CONTROL, 0);
	stand_run(s, 60);
	assert_int_equal(s->memory[1], 3);
	assert_int_equal(s->memory[2], 1);
	assert_int_equal(s->messages, 3);
	assert_int_equal(stand_reg(s, HVB_R_STATE) & 0xf,
			 HVB_STATE_ATOMIC_EN_MASK | HVB_STATE_QUIET_MASK | HVB_STATE_READY_EMPTY_MASK);
}

/* ---- VP reset: refuse, off, drain, zero the page, on */

static void test_vp_reset(void **state)
{
	struct stand *s = *state;

	s->withhold = true;
	for (unsigned n = 0; n < 16; n++)        /* VPs 0 and 1, all in flight: eight tags each */
		ring(s, n, 0);
	for (unsigned n = 0; n < 4; n++)         /* come late for VP 0 */
		ring(s, n, 1);
	stand_run(s, 20);
	assert_int_equal(s->flights, 16);
	for (unsigned n = 0; n < 8; n++)
		set_state(s, n, HVB_WSTATE_OFF, STAND_MEMORY + 8 * n);
	stand_vp_ctrl(s, 0, true);
	stand_drain_start(s, 0, 0);
	for (unsigned n = 0; n < 8; n++) {
		ring(s, n, 2);
		assert_int_equal(stand_status(s, n % SENDERS, 0) & 0xffff, HVB_STATUS_INVALID_SYNIC_STATE);
	}
	stand_run(s, 500);
	assert_true(stand_draining(s));
	assert_int_equal(stand_reg(s, HVB_R_N_DROPPED), 0);   /* they fly: what is in flight is awaited */
	s->withhold = false;
	assert_true(stand_drains_within(s, 100));
	assert_int_equal(stand_reg(s, HVB_R_N_DROPPED), 4);
	for (unsigned n = 0; n < 8; n++) {
		assert_int_equal(s->memory[n], 1);
		assert_true(stand_delivered(s, n, 0));
		s->memory[n] = 0;
		set_state(s, n, HVB_WSTATE_ON, STAND_MEMORY + 8 * n);
	}
	stand_vp_ctrl(s, 0, false);
	stand_run(s, 200);
	assert_true(s->rtl->out.idle);
	for (unsigned n = 0; n < 8; n++) {
		assert_int_equal(s->memory[n], 0);
		assert_int_equal(s->vector_messages[n], 1);
		ring(s, n, 9);
	}
	stand_run(s, 100);
	for (unsigned n = 0; n < 16; n++)
		assert_int_equal(s->memory[n], n < 8 ? 1 << 9 : 1);
}

/* What waits for a tag is dropped at once, in whatever cycle the VP goes off. */
static void test_waiting_words_are_dropped(void **state)
{
	struct stand *s = *state;

	for (unsigned delay = 0; delay < 12; delay++) {
		uint64_t dropped = stand_reg(s, HVB_R_N_DROPPED);
		memset(s->memory, 0, sizeof(s->memory));
		s->stall_np = 256;
		ring(s, 100, 0);                         /* stands in the output */
		for (unsigned n = 0; n < 16; n++)
			ring(s, n, 3);
		stand_run(s, delay);
		stand_vp_ctrl(s, 0, true);
		stand_drain_start(s, 0, 0);
		assert_true(stand_drains_within(s, 200));
		assert_int_equal(stand_reg(s, HVB_R_N_DROPPED) - dropped, 8);
		stand_vp_ctrl(s, 0, false);
		s->stall_np = 0;
		assert_true(stand_drain(s, 2000));
		for (unsigned n = 0; n < 16; n++)
			assert_int_equal(s->memory[n], n < 8 ? 0 : 8);
		ring(s, 0, 4);
		stand_run(s, 60);
		assert_int_equal(s->memory[0], 16);
	}
}

/* A SIEF page moves while signals keep coming: none is lost, none is set in the old page after the drain. */
static void test_page_moves(void **state)
{
	struct stand *s = *state;
	uint64_t old, refused = 0, accepted = 0;

	s->latency = 50;
	for (unsigned move = 0; move < 6; move++) {
		unsigned from = move % 2 ? 600 : 40, to = move % 2 ? 40 : 600;
		memset(s->memory, 0, sizeof(s->memory));
		for (unsigned i = 0; i < 32; i++)
			ring(s, 40, i);
		set_state(s, 40, HVB_WSTATE_OFF, STAND_MEMORY + 8 * from);
		for (unsigned i = 0; i < 10; i++, refused++)
			ring(s, 40, 40 + i);
		stand_drain_start(s, 5, 5);
		assert_true(stand_drains_within(s, 400));
		old = s->memory[from];
		assert_int_equal(old, 0xffffffff);
		set_state(s, 40, HVB_WSTATE_ON, STAND_MEMORY + 8 * to);
		for (unsigned i = 0; i < 8; i++)
			ring(s, 40, 32 + i);
		stand_run(s, 300);
		assert_int_equal(s->memory[from], old);
		assert_int_equal(s->memory[to], 0xff00000000);
		accepted += 40;
	}
	assert_int_equal(stand_count(s, 40 % SENDERS, HVB_CNT_INVALID_SYNIC_STATE), refused);
	assert_int_equal(stand_count(s, 40 % SENDERS, HVB_CNT_ACCEPTED) +
			 stand_count(s, 40 % SENDERS, HVB_CNT_COALESCED),
			 accepted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_quiesce, setup, teardown),
		cmocka_unit_test_setup_teardown(test_vp_reset, setup, teardown),
		cmocka_unit_test_setup_teardown(test_waiting_words_are_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_page_moves, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
