/* SPDX-License-Identifier: MIT */
/*
 * The card's receive stream never waits for anything behind the card (docs/design.md 2, "Streams"): completions
 * withheld for ever, an output never ready, reads queued, and doorbells at one a cycle to every word: each beat is
 * taken in its cycle, what is free goes on, and nothing is lost once the way is free again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define WORDS 2047               /* all but the card's own */
#define PARTS 64
#define VPS 256
#define TAGS 32
#define CREDITS 32
#define NEVER 256

struct world {
	struct stand *s;
	uint64_t expect[VPS];    /* messages of each vector: AtomicOps that set a flag */
	uint64_t signalled[WORDS];
};

static void executed(void *arg, const struct stand_flight *f, uint64_t now)
{
	struct world *w = arg;
	unsigned word = (unsigned)((f->head.addr - STAND_MEMORY) / 8);

	(void)now;
	if (f->old == f->compare && f->swap & ~f->old)
		w->expect[word % VPS]++;
}

/* Word n belongs to sender n mod 64, receiver n / 64 mod 64, VP and vector n mod 256. */
static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->s = stand_new();
	w->s->on_atomic = executed;
	w->s->arg = w;
	for (unsigned p = 0; p < PARTS; p++)
		stand_partition(w->s, p, true, true);
	for (unsigned n = 0; n < WORDS; n++)
		stand_port(w->s, n % PARTS, n, n, n % VPS, n / PARTS % PARTS);
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

/* One doorbell in each cycle, to every word once, in an order without neighbours. */
static void ring_every_word(struct world *w, unsigned flag)
{
	for (unsigned i = 0; i < WORDS; i++) {
		unsigned n = (unsigned)((uint64_t)i * 1021 % WORDS);
		struct hvb_tlp bell;
		stand_doorbell(&bell, n % PARTS, flag % HVB_SLOTS, stand_input(n, flag));
		assert_true(stand_clock(w->s, &bell));
		w->signalled[n] |= 1ull << flag;
	}
}

static void expect_nothing_lost(struct world *w)
{
	struct stand *s = w->s;

	assert_true(stand_drain(s, 60000));
	stand_run(s, 200);
	assert_true(s->rtl->out.idle);
	for (unsigned n = 0; n < WORDS; n++)
		assert_int_equal(s->memory[n], w->signalled[n]);
	for (unsigned v = 0; v < VPS; v++)
		assert_int_equal(s->vector_messages[v], w->expect[v]);
}

static void expect_accepted(struct world *w, unsigned rounds)
{
	for (unsigned p = 0; p < PARTS; p++) {
		unsigned words = p < PARTS - 1 ? WORDS / PARTS + 1 : WORDS / PARTS;
		assert_int_equal(stand_count(w->s, p, HVB_CNT_ACCEPTED) + stand_count(w->s, p, HVB_CNT_COALESCED),
				 rounds * words);
	}
}

static void test_completions_withheld(void **state)
{
	struct world *w = *state;

	w->s->withhold = true;
	for (unsigned flag = 0; flag < 8; flag++)
		ring_every_word(w, flag);
	assert_int_equal(w->s->flights, TAGS);
	assert_int_equal(w->s->messages, 0);
	expect_accepted(w, 8);
	w->s->withhold = false;
	expect_nothing_lost(w);
	/* one for the first flag, one for those that came meanwhile, for the words that flew; one for the others */
	assert_int_equal(w->s->atomics, WORDS + TAGS);
	assert_int_equal(w->s->messages, WORDS + TAGS);
}

/* What flew before is answered and interrupts though no further AtomicOp can leave. */
static void test_nonposted_output_stuck(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	s->withhold = true;
	ring_every_word(w, 0);
	assert_int_equal(s->flights, TAGS);
	s->stall_np = NEVER;
	s->withhold = false;
	for (unsigned flag = 1; flag < 5; flag++)
		ring_every_word(w, flag);
	assert_int_equal(s->completions, TAGS);
	assert_int_equal(s->messages, TAGS);
	assert_int_equal(s->atomics, TAGS);
	assert_int_equal(stand_status(s, 0, 1) & 0xffff, HVB_STATUS_SUCCESS);
	expect_accepted(w, 5);
	s->stall_np = 0;
	expect_nothing_lost(w);
}

static void test_message_leaves_past_stuck_atomics(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	stand_vector(s, 5, true);
	stand_signal(s, 5, 0, stand_input(5, 0));
	w->signalled[5] |= 1;
	stand_run(s, 60);
	assert_int_equal(s->messages, 0);
	s->stall_np = NEVER;
	ring_every_word(w, 1);
	stand_vector(s, 5, false);
	stand_run(s, 2 * VPS);
	assert_int_equal(s->messages, 1);
	assert_int_equal(s->vector_messages[5], 1);
	s->stall_np = 0;
	expect_nothing_lost(w);
}

static void read_status(struct hvb_tlp *tlp, unsigned tag)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_MRD, .requester = 0x0010, .tag = (uint16_t)tag };

	hvb_tlp_span(&head, stand_signal_addr(tag, 0) + HVB_S_STATUS, 8);
	hvb_tlp_build(&head, tlp);
}

/* Collects completions of reads of STATUS: tags first, first + 1, ... in order. */
static void expect_replies(struct stand *s, unsigned first, unsigned n, uint64_t status)
{
	for (unsigned i = 0; i < n; i++) {
		struct hvb_tlp_head head;
		s->reply_here = false;
		for (int wait = 0; wait < 100 && !s->reply_here; wait++)
			stand_clock(s, NULL);
		assert_true(s->reply_here);
		hvb_tlp_parse(&s->reply, &head);
		assert_int_equal(head.tag, first + i);
		assert_int_equal(head.status, HVB_CPL_SC);
		assert_int_equal(hvb_tlp_get(&s->reply, 0, 8), status);
	}
	s->reply_here = false;
	stand_run(s, 100);
	assert_false(s->reply_here);
}

/* Reads up to the credits wait for their output; beyond them they are dropped; doorbells, AtomicOps, messages go on. */
static void test_completion_output_stuck(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;
	struct hvb_tlp read;

	s->stall_cpl = NEVER;
	s->np_credits = 0;
	for (unsigned flag = 0; flag < 2; flag++) {
		ring_every_word(w, flag);
		for (unsigned i = 0; i < CREDITS / 2; i++) {
			read_status(&read, CREDITS / 2 * flag + i);
			assert_true(stand_clock(s, &read));
		}
	}
	stand_run(s, 20);
	assert_int_equal(s->np_credits, 1);              /* the first one stands in the output: one more may come */
	for (unsigned i = 0; i < 8; i++) {
		read_status(&read, CREDITS + i);
		assert_true(stand_clock(s, &read));
	}
	ring_every_word(w, 2);
	stand_run(s, 12000);
	for (unsigned v = 0; v < VPS; v++)
		assert_int_equal(s->vector_messages[v], w->expect[v]);
	for (unsigned n = 0; n < WORDS; n++)
		assert_int_equal(s->memory[n], 7);
	assert_int_equal(s->np_credits, 1);
	s->stall_cpl = 0;
	/* the first half was read behind one SIGNAL of each slot 0, the others too: slots 1 and 2 took the later
	 * flags */
	expect_replies(s, 0, CREDITS + 1, (uint64_t)(WORDS / PARTS + 1) << 32 | HVB_STATUS_SUCCESS);
	assert_int_equal(s->np_credits, CREDITS + 1);
	assert_int_equal(stand_reg(s, HVB_R_N_NP_OVERFLOW), 7);
	expect_nothing_lost(w);
}

static void test_posted_output_stuck(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	s->stall_p = NEVER;
	for (unsigned flag = 0; flag < 4; flag++)
		ring_every_word(w, flag);
	assert_int_equal(s->messages, 0);
	assert_int_equal(stand_status(s, 3, 3) & 0xffff, HVB_STATUS_SUCCESS);
	expect_accepted(w, 4);
	s->stall_p = 0;
	expect_nothing_lost(w);
}

/* Nothing moves on any side; then one side after the other becomes free. */
static void test_everything_stuck(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;
	struct hvb_tlp read;

	s->withhold = true;
	s->stall_p = s->stall_np = s->stall_cpl = NEVER;
	for (unsigned flag = 0; flag < 64; flag += 9) {
		ring_every_word(w, flag);
		read_status(&read, flag / 9);
		assert_true(stand_clock(s, &read));
	}
	assert_int_equal(s->atomics + s->messages, 0);
	s->stall_np = 0;
	ring_every_word(w, 1);
	assert_int_equal(s->atomics, TAGS);
	s->withhold = false;
	ring_every_word(w, 2);
	assert_int_equal(s->messages, 0);
	s->stall_cpl = 0;
	ring_every_word(w, 3);
	s->stall_p = 0;
	expect_nothing_lost(w);
}

/* CONTROL.QUIESCE is one more way to hold AtomicOps. */
static void test_quiesced(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	stand_reg_write(s, HVB_R_CONTROL, HVB_CONTROL_QUIESCE_MASK);
	for (unsigned flag = 0; flag < 3; flag++)
		ring_every_word(w, flag);
	assert_int_equal(s->atomics, 0);
	assert_true(stand_reg(s, HVB_R_STATE) & HVB_STATE_QUIET_MASK);
	assert_false(stand_reg(s, HVB_R_STATE) & HVB_STATE_READY_EMPTY_MASK);
	stand_reg_write(s, HVB_R_CONTROL, 0);
	expect_nothing_lost(w);
	assert_int_equal(s->atomics, WORDS);
	assert_true(stand_reg(s, HVB_R_STATE) & HVB_STATE_READY_EMPTY_MASK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_completions_withheld, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nonposted_output_stuck, setup, teardown),
		cmocka_unit_test_setup_teardown(test_message_leaves_past_stuck_atomics, setup, teardown),
		cmocka_unit_test_setup_teardown(test_completion_output_stuck, setup, teardown),
		cmocka_unit_test_setup_teardown(test_posted_output_stuck, setup, teardown),
		cmocka_unit_test_setup_teardown(test_everything_stuck, setup, teardown),
		cmocka_unit_test_setup_teardown(test_quiesced, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
