/* SPDX-License-Identifier: MIT */
/*
 * Drains (docs/design.md, "Lowering") at the card's streams: they cover all that was accepted before, messages too,
 * end under any traffic, and a receiver that changes its word at every access delays a drain of itself alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define PORTS 128                /* connection, word and vector n; sender n mod 16 */
#define VPS 16                   /* VP and receiver n / 8 */
#define SENDERS 16

struct world {
	struct stand *s;
	uint64_t early[PORTS];           /* flags signalled before the drain */
	uint64_t needed[PORTS];          /* messages they caused */
	int toggled;                     /* word that its receiver changes at every AtomicOp, -1: none */
};

static void executed(void *arg, const struct stand_flight *f, uint64_t now)
{
	struct world *w = arg;
	unsigned word = (unsigned)((f->head.addr - STAND_MEMORY) / 8);

	(void)now;
	if (word >= PORTS)
		return;
	if (f->old == f->compare && f->swap & ~f->old & w->early[word])
		w->needed[word]++;
	if ((int)word == w->toggled)
		w->s->memory[word] = (w->s->memory[word] & ~0x8000000000000000ull) ^ 0x4000000000000000ull;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->s = stand_new();
	w->s->on_atomic = executed;
	w->s->arg = w;
	w->toggled = -1;
	for (unsigned p = 0; p < SENDERS; p++)
		stand_partition(w->s, p, true, true);
	for (unsigned n = 0; n < PORTS; n++) {
		struct stand_word record = { .index = n, .state = HVB_WSTATE_ON, .rpart = n / 8, .vector = n,
			.vp = n / 8, .addr = STAND_MEMORY + 8 * n };
		struct stand_conn conn = { .part = n % SENDERS, .id = n, .verdict = HVB_VERDICT_OK, .word = n,
			.count = 64, .rpart = n / 8 };
		stand_word(w->s, &record);
		stand_conn(w->s, &conn);
		stand_vector(w->s, n, false);
	}
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

static void ring(struct stand *s, unsigned port, unsigned flag)
{
	stand_signal(s, port % SENDERS, 0, stand_input(port, flag));
}

/* One doorbell a cycle, a quarter of them to VP 3, flags below 32 before the drain, above it behind. */
static void traffic(struct world *w, unsigned cycles, bool early)
{
	for (unsigned i = 0; i < cycles; i++) {
		unsigned n = (unsigned)(stand_random(w->s) % PORTS);
		if (stand_random(w->s) % 4 == 0)
			n = 24 + n % 8;
		unsigned flag = (unsigned)(stand_random(w->s) % 32) + (early ? 0 : 32);
		struct hvb_tlp bell;
		stand_doorbell(&bell, n % SENDERS, 0, stand_input(n, flag));
		if (early)
			w->early[n] |= 1ull << flag;
		assert_true(stand_clock(w->s, &bell));
	}
}

/* A read of DRAIN amid doorbells: the answer, without a pause in the traffic. */
static bool busy_under_traffic(struct world *w)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_MRD };
	struct hvb_tlp read;

	hvb_tlp_span(&head, STAND_CTRL + HVB_R_DRAIN, 8);
	hvb_tlp_build(&head, &read);
	w->s->reply_here = false;
	assert_true(stand_clock(w->s, &read));
	while (!w->s->reply_here)
		traffic(w, 1, false);
	return hvb_tlp_get(&w->s->reply, 0, 8) & HVB_DRAIN_BUSY_MASK;
}

static void drain_under_traffic(struct world *w, unsigned first, unsigned last, unsigned bound)
{
	struct stand *s = w->s;
	struct hvb_tlp command;

	s->one_link = true;              /* a completion does not pass a message: so the answer comes behind them */
	memset(s->memory, 0, sizeof(s->memory));
	memset(w->early, 0, sizeof(w->early));
	memset(w->needed, 0, sizeof(w->needed));
	memset(s->vector_messages, 0, sizeof(s->vector_messages));
	traffic(w, 300 + (unsigned)(stand_random(s) % 300), true);
	stand_register(&command, HVB_R_DRAIN, first | (uint64_t)last << HVB_DRAIN_LAST_SHIFT);
	assert_true(stand_clock(s, &command));
	uint64_t start = stand_now(s);
	while (busy_under_traffic(w))
		assert_true(stand_now(s) - start < bound);
	for (unsigned n = 8 * first; n < 8 * (last + 1); n++) {
		assert_int_equal(s->memory[n] & w->early[n], w->early[n]);
		assert_true(s->vector_messages[n] >= w->needed[n]);
	}
	assert_true(stand_drain(s, 60000));      /* what came behind, so that the next one starts clean */
}

static void test_drain_under_traffic(void **state)
{
	struct world *w = *state;
	static const struct { unsigned latency, jitter, stall_p, stall_np; } links[] = {
		{ 20, 0, 0, 0 }, { 60, 40, 0, 0 }, { 200, 100, 100, 100 }, { 3, 0, 200, 200 } };

	for (unsigned l = 0; l < 4; l++) {
		w->s->latency = links[l].latency;
		w->s->jitter = links[l].jitter;
		w->s->stall_p = links[l].stall_p;
		w->s->stall_np = links[l].stall_np;
		for (int i = 0; i < 6; i++) {
			drain_under_traffic(w, 3, 3, 20000);
			drain_under_traffic(w, 0, VPS - 1, 60000);
		}
	}
}

/* The doorbell of the cycle before counts, and so do flags that came while their word's AtomicOp flew. */
static void test_drain_covers_what_came_before(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	for (unsigned gap = 0; gap < 40; gap++) {
		struct hvb_tlp beats[2];
		memset(s->memory, 0, sizeof(s->memory));
		stand_doorbell(&beats[0], 24 % SENDERS, 0, stand_input(24, 1));
		stand_register(&beats[1], HVB_R_DRAIN, 3 | 3ull << HVB_DRAIN_LAST_SHIFT);
		assert_true(stand_clock(s, &beats[0]));
		stand_run(s, gap);
		stand_doorbell(&beats[0], 24 % SENDERS, 1, stand_input(24, 2));
		assert_true(stand_volley(s, beats, 2));
		assert_true(stand_drains_within(s, 150));
		assert_int_equal(s->memory[24], 6);
		assert_true(stand_delivered(s, 24 % SENDERS, 1));
	}
}

static void test_drain_waits_for_each_answer(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	s->withhold = true;
	ring(s, 24, 0);
	ring(s, 24, 1);
	ring(s, 25, 0);
	stand_drain_start(s, 3, 3);
	stand_run(s, 200);
	assert_true(stand_draining(s));
	assert_int_equal(stand_reg(s, HVB_R_DRAIN) >> HVB_DRAIN_AT_SHIFT & 0xfff, 3);
	assert_int_equal(s->flights, 2);
	s->withhold = false;
	stand_run(s, 2);
	s->withhold = true;                              /* both are answered, the late flag flies */
	stand_run(s, 200);
	assert_int_equal(s->flights, 1);
	assert_true(stand_draining(s));
	s->withhold = false;
	assert_true(stand_drains_within(s, 60));
	assert_int_equal(s->memory[24], 3);
}

/* The messages of what is delivered are part of it: a drain waits until the last one is in the output. */
static void test_drain_waits_for_messages(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	s->stall_p = 256;
	for (unsigned n = 24; n < 28; n++)
		ring(s, n, 0);
	stand_run(s, 200);
	assert_int_equal(s->completions, 4);
	stand_drain_start(s, 3, 3);
	stand_run(s, 500);
	assert_true(stand_draining(s));
	s->stall_p = 0;
	assert_true(stand_drains_within(s, 30));
	assert_int_equal(s->messages, 4);
}

/*
 * Messages of vectors that were masked go out between those that wait, and are none of them, wherever the scan for them
 * stands. The answer does not wait behind messages here, and all have left the card when it comes.
 */
static void test_drain_counts_what_waits(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	for (unsigned gap = 0; gap < 360; gap += 8) {
		memset(s->memory, 0, sizeof(s->memory));
		memset(s->vector_messages, 0, sizeof(s->vector_messages));
		for (unsigned n = 32; n < PORTS; n++) {
			stand_vector(s, n, true);
			ring(s, n, 0);
			stand_run(s, 30);
		}
		s->stall_p = 256;
		for (unsigned n = 0; n < 24; n++) {
			ring(s, n, 0);
			stand_run(s, 30);
		}
		stand_drain_start(s, 0, 2);
		for (unsigned n = 32; n < PORTS; n++)
			stand_vector(s, n, false);
		stand_run(s, gap);
		assert_true(stand_draining(s));
		s->stall_p = 0;
		assert_true(stand_drains_within(s, 300));
		for (unsigned n = 0; n < 24; n++)
			assert_int_equal(s->vector_messages[n], 1);
		stand_run(s, 1000);
		for (unsigned n = 32; n < PORTS; n++)
			assert_int_equal(s->vector_messages[n], 1);
	}
}

static void test_drain_of_nothing(void **state)
{
	struct world *w = *state;
	uint64_t bad = stand_reg(w->s, HVB_R_N_CTRL_BAD);

	stand_drain_start(w->s, 0, 255);
	assert_true(stand_drains_within(w->s, 600));
	stand_drain_start(w->s, 5, 4);
	stand_drain_start(w->s, 0, 256);
	stand_drain_start(w->s, 300, 300);
	stand_run(w->s, 4);
	assert_false(stand_draining(w->s));
	assert_int_equal(stand_reg(w->s, HVB_R_N_CTRL_BAD) - bad, 3);
}

/* A receiver that changes its word at every access misses for ever. */
static void test_toggling_receiver(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	w->toggled = 60;                 /* VP 7 */
	s->memory[60] = 0x4000000000000000ull;
	ring(s, 60, 1);
	stand_run(s, 500);
	for (unsigned vp = 0; vp < VPS; vp++) {
		if (vp == 7)
			continue;
		ring(s, 8 * vp, 2);
		stand_drain_start(s, vp, vp);
		assert_true(stand_drains_within(s, 200));
		assert_int_equal(s->memory[8 * vp], 4);
	}
	stand_drain_start(s, 7, 7);
	assert_false(stand_drains_within(s, 5000));
	/* takes the place of the one that never ends, and waits for VP 7 too */
	stand_drain_start(s, 0, VPS - 1);
	assert_false(stand_drains_within(s, 5000));
	assert_int_equal(stand_reg(s, HVB_R_DRAIN) >> HVB_DRAIN_AT_SHIFT & 0xfff, 7);
	stand_drain_start(s, 8, VPS - 1);
	assert_true(stand_drains_within(s, 200));
	assert_false(stand_delivered(s, 60 % SENDERS, 0));
	stand_drain_start(s, 7, 7);
	stand_run(s, 300);
	assert_true(stand_draining(s));
	w->toggled = -1;
	assert_true(stand_drains_within(s, 200));
	assert_true(s->memory[60] & 2);
	assert_int_equal(s->vector_messages[60], 1);
	assert_true(stand_reg(s, HVB_R_N_MISS) > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_drain_under_traffic, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drain_covers_what_came_before, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drain_waits_for_each_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drain_waits_for_messages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drain_counts_what_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drain_of_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_toggling_receiver, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
