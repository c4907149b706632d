/* SPDX-License-Identifier: MIT */
/*
 * The direct signal (register DIRECT) at the card's streams: its result with NEWLY and FAULT, its message, a retry, a
 * VP that is off or goes off; and that a partition is never charged for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define OWN_WORD 2047            /* the card's own */

/* Partition 1 has a port of its own: connection, word and VP 1. */
static int setup(void **state)
{
	struct stand *s = stand_new();

	stand_partition(s, 1, true, true);
	stand_partition(s, 2, true, false);
	stand_port(s, 1, 1, 1, 1, 2);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	stand_free(*state);
	return 0;
}

static void direct(struct stand *s, unsigned flag)
{
	stand_reg_write(s, HVB_R_DIRECT, flag | 2ull << HVB_DIRECT_RPART_SHIFT);
}

static unsigned direct_result(struct stand *s)
{
	return (unsigned)(stand_reg(s, HVB_R_DIRECT) >> 32);
}

enum { BUSY = 1, NEWLY = 2, FAULT = 4 };

static void direct_target(struct stand *s, unsigned state, unsigned vp)
{
	struct stand_word record = { .index = OWN_WORD, .state = state, .rpart = 2, .vector = 200, .vp = vp,
		.addr = STAND_MEMORY + 8 * 300 };

	stand_word(s, &record);
	stand_vector(s, 200, false);
}

static void test_direct(void **state)
{
	struct stand *s = *state;

	direct_target(s, HVB_WSTATE_ON, 9);
	s->withhold = true;
	direct(s, 17);
	stand_run(s, 50);
	assert_int_equal(direct_result(s), BUSY);
	s->withhold = false;
	stand_run(s, 10);
	assert_int_equal(direct_result(s), NEWLY);
	assert_int_equal(s->memory[300], 1 << 17);
	assert_int_equal(s->vector_messages[200], 1);
	direct(s, 17);                           /* set already: found so after a miss */
	stand_run(s, 60);
	assert_int_equal(direct_result(s), 0);
	assert_int_equal(s->messages, 1);
	direct(s, 63);                           /* beside another flag */
	stand_run(s, 100);
	assert_int_equal(direct_result(s), NEWLY);
	assert_int_equal(s->memory[300], 1ull << 63 | 1 << 17);
	assert_int_equal(s->messages, 2);
	s->status = HVB_CPL_UR;
	direct(s, 1);
	stand_run(s, 60);
	assert_int_equal(direct_result(s), FAULT);
	assert_int_equal(s->messages, 2);
	assert_int_equal(stand_reg(s, HVB_W_VP + 8 * 9), 1);
	direct(s, 1);                            /* its VP is off now */
	stand_run(s, 60);
	assert_int_equal(direct_result(s), FAULT);
	stand_vp_ctrl(s, 9, false);
	direct(s, 1);
	stand_run(s, 100);
	assert_int_equal(direct_result(s), NEWLY);
	direct_target(s, HVB_WSTATE_OFF, 9);
	direct(s, 2);
	stand_run(s, 60);
	assert_int_equal(direct_result(s), FAULT);
	for (unsigned c = 0; c < HVB_COUNTERS; c++)
		assert_int_equal(stand_count(s, 0, c), 0);       /* nobody's signal */
}

/* The VP goes off while the direct signal waits for an AtomicOp. */
static void test_direct_dropped(void **state)
{
	struct stand *s = *state;

	direct_target(s, HVB_WSTATE_ON, 9);
	s->stall_np = 256;
	stand_signal(s, 1, 0, stand_input(1, 0));
	direct(s, 17);
	stand_run(s, 20);
	assert_int_equal(direct_result(s), BUSY);
	stand_vp_ctrl(s, 9, true);
	stand_run(s, 20);
	assert_int_equal(direct_result(s), FAULT);
	s->stall_np = 0;
	stand_run(s, 60);
	assert_int_equal(s->memory[300], 0);
	assert_int_equal(stand_reg(s, HVB_R_N_DROPPED), 1);
	assert_true(stand_drain(s, 1000));
	assert_int_equal(s->memory[1], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_direct, setup, teardown),
		cmocka_unit_test_setup_teardown(test_direct_dropped, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
