/* SPDX-License-Identifier: MIT */
/*
 * Trace records equal what the stand saw at the card's streams, cycle for cycle: doorbell taken, AtomicOp taken,
 * completion given, message taken; with stalls, misses, faults, masked vectors, polling words, filters, and around
 * the ring.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define PORTS 16                 /* connection, word, VP and vector n of partition n mod 4 */
#define MESSAGE 1
#define FAULT 2
#define ENABLE HVB_TRACE_CTRL_ENABLE_MASK

struct world {
	struct stand *s;
	uint64_t zero;                   /* the stand's cycle in which the card's time was 0 */
	uint64_t first_taken;            /* of the AtomicOps of the signal that is followed: cycle */
	int atomics;
};

static void executed(void *arg, const struct stand_flight *f, uint64_t now)
{
	struct world *w = arg;

	(void)now;
	if (!w->atomics++)
		w->first_taken = f->taken;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct stand *s = stand_new();

	w->s = s;
	s->on_atomic = executed;
	s->arg = w;
	for (unsigned p = 0; p < 4; p++)
		stand_partition(s, p, true, true);
	for (unsigned n = 0; n < PORTS; n++)
		stand_port(s, n % 4, n, n, n, n % 4);
	uint64_t time = stand_card_time(s);
	w->zero = stand_now(s) - time;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	stand_free(w->s);
	free(w);
	return 0;
}

static uint64_t trace_word(struct stand *s, unsigned record, unsigned word)
{
	return stand_reg(s, HVB_W_TRACE + 32 * (record % HVB_TRACE_ENTRIES) + 8 * word);
}

struct signal {
	unsigned port, flag;
	uint64_t taken;                  /* the doorbell */
};

/* Signals, waits until nothing moves any more. */
static struct signal follow(struct world *w, unsigned port, unsigned flag)
{
	struct signal signal = { port, flag, stand_now(w->s) };

	w->atomics = 0;
	stand_signal(w->s, port % 4, 0, stand_input(port, flag));
	assert_int_equal(stand_now(w->s), signal.taken + 1);
	stand_run(w->s, 3);
	for (int i = 0; i < 20000 && !w->s->rtl->out.idle; i++)
		stand_clock(w->s, NULL);
	assert_true(w->s->rtl->out.idle);
	return signal;
}

static void expect_record(struct world *w, unsigned record, const struct signal *g, unsigned flags)
{
	struct stand *s = w->s;
	uint64_t t0 = g->taken;
	uint64_t t3 = flags & MESSAGE ? s->last_message_cycle - t0 : 0;
	unsigned retries = w->atomics > 16 ? 15 : (unsigned)w->atomics - 1;

	assert_int_equal(stand_reg(s, HVB_R_TRACE_COUNT), record + 1);
	assert_int_equal(trace_word(s, record, 0),
			 (uint64_t)(flags | retries << 4) << 56 | (uint64_t)(g->port % 4) << 48 | (t0 - w->zero));
	assert_int_equal(trace_word(s, record, 1), (s->last_answer_cycle - t0) << 32 | (w->first_taken - t0));
	assert_int_equal(trace_word(s, record, 2), (uint64_t)g->port << 48 | (uint64_t)g->port << 32 | t3);
	assert_int_equal(trace_word(s, record, 3), 0);
}

static void test_unloaded(void **state)
{
	struct world *w = *state;

	stand_reg_write(w->s, HVB_R_TRACE_CTRL, ENABLE);
	for (unsigned i = 0; i < HVB_TRACE_ENTRIES + 30; i++) {          /* around the ring */
		memset(w->s->memory, 0, sizeof(w->s->memory));
		w->s->latency = 2 + i % 90;
		struct signal g = follow(w, i % PORTS, i % 64);
		expect_record(w, i, &g, MESSAGE);
		assert_int_equal(trace_word(w->s, i, 1) & 0xffffffff, 5);
	}
	/* the one before the newest is still there */
	assert_int_equal(trace_word(w->s, HVB_TRACE_ENTRIES + 28, 2) >> 48, (HVB_TRACE_ENTRIES + 28) % PORTS);
}

static void test_stalled_outputs_and_misses(void **state)
{
	struct world *w = *state;

	stand_reg_write(w->s, HVB_R_TRACE_CTRL, ENABLE);
	w->s->stall_p = 150;
	w->s->stall_np = 180;
	w->s->jitter = 30;
	for (unsigned i = 0; i < 200; i++) {
		memset(w->s->memory, i % 3 ? 0xaa : 0, sizeof(w->s->memory));
		struct signal g = follow(w, i % PORTS, i % 64);
		/* behind 0xaa...: one miss; odd flags are found set */
		assert_int_equal(w->atomics, i % 3 && i % 2 == 0 ? 2 : 1);
		expect_record(w, i, &g, i % 3 && i % 2 ? 0 : MESSAGE);
	}
}

/* A word that changes under every AtomicOp: retries are counted up to 15. */
static void toggle(void *arg, const struct stand_flight *f, uint64_t now)
{
	struct world *w = arg;

	executed(arg, f, now);
	if (w->atomics < 21)
		w->s->memory[3] ^= 1ull << 63;
}

static void test_many_retries(void **state)
{
	struct world *w = *state;

	w->s->on_atomic = toggle;
	w->s->memory[3] = 1ull << 63;
	stand_reg_write(w->s, HVB_R_TRACE_CTRL, ENABLE);
	struct signal g = follow(w, 3, 1);
	assert_int_equal(w->atomics, 22);
	expect_record(w, 0, &g, MESSAGE);
}

static void test_fault_mask_and_polling(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;
	struct stand_word polling = { .index = 6, .state = HVB_WSTATE_ON, .rpart = 2, .vector = 6, .vp = 6,
		.addr = STAND_MEMORY + 48, .polling = true };
	struct signal g;

	stand_reg_write(s, HVB_R_TRACE_CTRL, ENABLE);
	s->status = HVB_CPL_CA;
	g = follow(w, 5, 9);
	expect_record(w, 0, &g, FAULT);
	g = follow(w, 4, 9);
	expect_record(w, 1, &g, MESSAGE);
	stand_vector(s, 7, true);
	g = follow(w, 7, 9);
	expect_record(w, 2, &g, 0);              /* pends: no message of this signal's */
	stand_vector(s, 7, false);
	stand_run(s, 600);
	assert_int_equal(s->vector_messages[7], 1);
	stand_word(s, &polling);
	g = follow(w, 6, 9);
	expect_record(w, 3, &g, 0);
	g = follow(w, 5, 9);                     /* refused: its VP is off */
	assert_int_equal(stand_reg(s, HVB_R_TRACE_COUNT), 4);
}

/* Its message is due, but others stand before it; before its turn comes the vector is masked: it pends after all. */
static void test_masked_while_it_waits(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	s->stall_p = 256;
	for (unsigned n = 0; n < 4; n++)
		stand_signal(s, n % 4, 0, stand_input(n, 1));
	stand_run(s, 100);
	stand_reg_write(s, HVB_R_TRACE_CTRL, ENABLE);
	stand_signal(s, 1, 0, stand_input(5, 7));
	stand_run(s, 100);
	assert_int_equal(s->messages, 0);
	assert_int_equal(stand_reg(s, HVB_R_TRACE_COUNT), 0);
	stand_vector(s, 5, true);
	s->stall_p = 0;
	stand_run(s, 100);
	assert_int_equal(s->messages, 4);
	assert_int_equal(stand_reg(s, HVB_R_N_PENDED), 1);
	assert_int_equal(stand_reg(s, HVB_R_TRACE_COUNT), 1);
	assert_int_equal(trace_word(s, 0, 0) >> 56, 0);
	assert_int_equal(trace_word(s, 0, 2), 5ull << 48 | 5ull << 32);
}

static void test_filter_and_switch(void **state)
{
	struct world *w = *state;
	struct signal g;
	unsigned records = 0;

	follow(w, 0, 0);
	assert_int_equal(stand_reg(w->s, HVB_R_TRACE_COUNT), 0);
	stand_reg_write(w->s, HVB_R_TRACE_CTRL,
			ENABLE | HVB_TRACE_CTRL_BY_PART_MASK | 2ull << HVB_TRACE_CTRL_PART_SHIFT);
	for (unsigned i = 0; i < 40; i++) {
		memset(w->s->memory, 0, sizeof(w->s->memory));
		g = follow(w, i % PORTS, i % 64);
		if (i % 4 == 2)
			expect_record(w, records++, &g, MESSAGE);
		assert_int_equal(stand_reg(w->s, HVB_R_TRACE_COUNT), records);
	}
	stand_reg_write(w->s, HVB_R_TRACE_CTRL, 0);
	follow(w, 2, 60);
	assert_int_equal(stand_reg(w->s, HVB_R_TRACE_COUNT), records);
}

/* A signal whose VP goes off before its AtomicOp leaves is dropped: no record, and the next one is followed. */
static void test_dropped(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;
	struct signal g;

	stand_reg_write(s, HVB_R_TRACE_CTRL, ENABLE);
	stand_reg_write(s, HVB_R_CONTROL, HVB_CONTROL_QUIESCE_MASK);
	stand_signal(s, 3, 0, stand_input(3, 7));
	stand_run(s, 20);
	stand_vp_ctrl(s, 3, true);
	stand_reg_write(s, HVB_R_CONTROL, 0);
	assert_true(stand_drain(s, 1000));
	assert_int_equal(s->memory[3], 0);
	assert_int_equal(stand_reg(s, HVB_R_TRACE_COUNT), 0);
	g = follow(w, 2, 9);
	expect_record(w, 0, &g, MESSAGE);
}

/* Under load one signal at a time is followed; what it says is true of that one. */
static void test_under_load(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;
	uint64_t taken[2000];

	s->latency = 4;                  /* a word is idle again before its next signal */
	stand_reg_write(s, HVB_R_TRACE_CTRL, ENABLE);
	uint64_t start = stand_now(s);
	for (unsigned i = 0; i < 2000; i++) {
		struct hvb_tlp bell;
		unsigned port = i % PORTS;
		s->memory[(i + 8) % PORTS] = 0;
		stand_doorbell(&bell, port % 4, 0, stand_input(port, i % 64));
		taken[i] = stand_now(s);
		assert_true(stand_clock(s, &bell));
	}
	assert_true(stand_drain(s, 20000));
	unsigned records = (unsigned)stand_reg(s, HVB_R_TRACE_COUNT);
	assert_in_range(records, 40, HVB_TRACE_ENTRIES);
	for (unsigned r = 0; r < records; r++) {
		uint64_t t0 = (trace_word(s, r, 0) & 0xffffffffffff) + w->zero;
		unsigned port = (unsigned)(trace_word(s, r, 2) >> 48);
		uint64_t times = trace_word(s, r, 1);
		assert_in_range(t0, start, start + 1999);
		assert_int_equal(taken[t0 - start], t0);
		assert_int_equal((t0 - start) % PORTS, port);
		assert_int_equal(trace_word(s, r, 0) >> 48 & 0xff, port % 4);
		assert_true((times & 0xffffffff) >= 5);
		assert_true((times >> 32) - (times & 0xffffffff) >= s->latency);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_unloaded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stalled_outputs_and_misses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_retries, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fault_mask_and_polling, setup, teardown),
		cmocka_unit_test_setup_teardown(test_masked_while_it_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_filter_and_switch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_under_load, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
