/* SPDX-License-Identifier: MIT */
/*
 * Everything at once, at random: signals whole and in halves, direct ones, faults, time-outs, late answers, VPs off and
 * on, drains, quiesce, masks, stalls, consumers that clear. Nothing is promised about one flag here; but when it is
 * over every drain ends, no tag, word or message is stuck, the counters agree with each other, and every word works.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define PORTS 200                /* connection, word, VP and vector n; sender n mod 8, receiver 8 + n mod 24 */
#define SENDERS 8
#define CYCLES 4000
#define TIMEOUT 600

static int setup(void **state)
{
	struct stand *s = stand_new();

	for (unsigned p = 0; p < 32; p++)
		stand_partition(s, p, true, true);
	for (unsigned n = 0; n < PORTS; n++)
		stand_port(s, n % SENDERS, n, n, n, 8 + n % 24);
	struct stand_word own = { .index = 2047, .state = HVB_WSTATE_ON, .rpart = 9, .vector = 201, .vp = 201,
		.addr = STAND_MEMORY + 8 * 201 };
	stand_word(s, &own);             /* the card's own, for direct signals */
	stand_vector(s, 201, false);
	stand_reg_write(s, HVB_R_TIMEOUT, TIMEOUT);
	stand_reg_write(s, HVB_R_TRACE_CTRL, HVB_TRACE_CTRL_ENABLE_MASK);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	stand_free(*state);
	return 0;
}

static unsigned below(struct stand *s, unsigned n)
{
	return (unsigned)(stand_random(s) % n);
}

static void doorbell(struct stand *s, unsigned hot)
{
	unsigned n = hot ? below(s, hot) : below(s, PORTS), slot = below(s, HVB_SLOTS);

	if (below(s, 8)) {
		stand_signal(s, n % SENDERS, slot, stand_input(n, below(s, 64)));
	} else {
		stand_write32(s, stand_signal_addr(n % SENDERS, slot), n);
		stand_write32(s, stand_signal_addr(n % SENDERS, slot) + 4, below(s, 64));
	}
}

/* An answer that is wrong in one of the ways there are; some are lost, and some come too late. */
static void disturb_memory(struct stand *s)
{
	static const uint8_t status[] = { HVB_CPL_UR, HVB_CPL_CA, HVB_CPL_CRS };

	switch (below(s, 5)) {
	case 0:
		s->status = status[below(s, 3)];
		break;
	case 1:
		s->poison = true;
		break;
	case 2:
		if (s->flights)          /* never answered */
			s->flights--;
		break;
	case 3:
		if (s->flights)          /* answered behind its time-out */
			s->flight[0].answer = stand_now(s) + TIMEOUT + below(s, TIMEOUT);
		break;
	default:
		s->inject = true;        /* nobody's */
		memset(&s->inject_cpl, 0x4a, sizeof(s->inject_cpl));
	}
}

static void control(struct stand *s)
{
	unsigned n = below(s, PORTS);

	switch (below(s, 6)) {
	case 0:
		stand_reg_write(s, HVB_R_VP_CTRL, n | 1ull << HVB_VP_CTRL_OFF_SHIFT);
		break;
	case 1:
		for (unsigned vp = n; vp < PORTS && vp < n + 40; vp++)
			stand_reg_write(s, HVB_R_VP_CTRL, vp);
		break;
	case 2:
		stand_reg_write(s, HVB_R_DRAIN, n | (uint64_t)(n + below(s, 20)) << HVB_DRAIN_LAST_SHIFT);
		break;
	case 3:
		stand_reg_write(s, HVB_R_CONTROL, below(s, 2));
		break;
	case 4:
		stand_vector(s, n, below(s, 2));
		break;
	default:
		stand_reg_write(s, HVB_R_DIRECT, below(s, 64) | 9ull << HVB_DIRECT_RPART_SHIFT);
	}
}

static void turmoil(struct stand *s, unsigned hot, unsigned rate)
{
	for (uint64_t end = stand_now(s) + CYCLES; stand_now(s) < end; ) {
		unsigned dice = below(s, 256);
		if (dice < rate)
			doorbell(s, hot);
		else
			stand_clock(s, NULL);
		if (below(s, 64) == 0)
			control(s);
		if (below(s, 100) == 0)
			disturb_memory(s);
		if (below(s, 4) == 0)
			s->memory[below(s, PORTS)] &= stand_random(s);
	}
}

static void calm_down(struct stand *s)
{
	s->stall_p = s->stall_np = s->stall_cpl = 0;
	s->status = HVB_CPL_SC;
	s->poison = false;
	stand_reg_write(s, HVB_R_CONTROL, 0);
	assert_true(stand_drain(s, 40000));
	stand_run(s, 3 * TIMEOUT);
	for (unsigned n = 0; n < PORTS; n++) {
		stand_reg_write(s, HVB_R_VP_CTRL, n);
		stand_vector(s, n, false);
	}
	stand_reg_write(s, HVB_R_VP_CTRL, 201);
	stand_run(s, 1000);
	assert_true(s->rtl->out.idle);
	assert_false(stand_reg(s, HVB_R_DIRECT) & HVB_DIRECT_BUSY_MASK);
}

static void expect_sums(struct stand *s)
{
	uint64_t answered = stand_reg(s, HVB_R_N_HIT) + stand_reg(s, HVB_R_N_MISS) + stand_reg(s, HVB_R_N_FAULT);

	assert_int_equal(stand_reg(s, HVB_R_N_ATOMIC), s->atomics);
	assert_int_equal(answered + stand_reg(s, HVB_R_N_TIMEOUT), s->atomics);
	assert_int_equal(stand_reg(s, HVB_R_N_MESSAGE), s->messages);
	assert_int_equal(stand_reg(s, HVB_R_STATE),
			 HVB_STATE_QUIET_MASK | HVB_STATE_READY_EMPTY_MASK | HVB_STATE_ATOMIC_EN_MASK);
	for (unsigned q = 0; q < 4; q++)
		assert_int_equal(stand_read64(s, STAND_MSIX + HVB_PBA_OFFSET + 8 * q), 0);
	for (unsigned i = 0; i < SENDERS * HVB_SLOTS; i++)
		assert_true(stand_delivered(s, i / HVB_SLOTS, i % HVB_SLOTS));
}

static void expect_every_word_works(struct stand *s)
{
	memset(s->memory, 0, sizeof(s->memory));
	for (unsigned n = 0; n < PORTS; n++) {
		uint64_t messages = s->vector_messages[n];
		stand_signal(s, n % SENDERS, 0, stand_input(n, n % 64));
		stand_run(s, s->latency + s->jitter + 20);
		assert_int_equal(s->memory[n], 1ull << n % 64);
		assert_int_equal(s->vector_messages[n], messages + 1);
		assert_true(stand_delivered(s, n % SENDERS, 0));
	}
}

static void test_turmoil(void **state)
{
	struct stand *s = *state;
	static const unsigned hots[] = { 0, 0, 3, 20 }, rates[] = { 250, 128, 20 }, stalls[] = { 0, 0, 100, 240 };

	for (unsigned phase = 0; phase < 60; phase++) {
		s->latency = 2 + below(s, 100);
		s->jitter = below(s, 2) * below(s, 60);
		s->stall_p = stalls[below(s, 4)];
		s->stall_np = stalls[below(s, 4)];
		s->stall_cpl = stalls[below(s, 4)];
		s->one_link = below(s, 2);
		turmoil(s, hots[below(s, 4)], rates[below(s, 3)]);
		calm_down(s);
		expect_sums(s);
		expect_every_word_works(s);
	}
	assert_true(stand_reg(s, HVB_R_N_FAULT) > 100);
	assert_true(stand_reg(s, HVB_R_N_TIMEOUT) > 100);
	assert_true(stand_reg(s, HVB_R_N_DROPPED) > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_turmoil, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
