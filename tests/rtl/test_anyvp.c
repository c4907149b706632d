/* SPDX-License-Identifier: MIT */
/*
 * HV_ANY_VP at the card's streams: exact round robin at one signal a cycle for rings of 1 to 256 elements, several
 * groups interleaved, groups and elements rewritten between signals of neighbouring cycles, empty groups.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define SENDER 1
#define RECEIVER 2
#define GROUPS 4                 /* connection and group g */
#define ELEMENTS 256             /* element e serves word e, VP e */
#define BATCH 64                 /* signals that one check tells apart: the i-th sets flag i */

struct ring_element {
	unsigned word, next;
};

struct world {
	struct stand *s;
	struct ring_element element[ELEMENTS];
	unsigned head[GROUPS];           /* served next */
	uint64_t expect[ELEMENTS];       /* flags of each word */
};

static void set_element(struct world *w, unsigned e, unsigned word, unsigned next)
{
	w->element[e] = (struct ring_element){ word, next };
	stand_reg_write(w->s, HVB_R_LIST_ENTRY, word | (uint64_t)next << HVB_LIST_ENTRY_NEXT_SHIFT);
	stand_reg_write(w->s, HVB_R_LIST_COMMIT, e);
}

static uint64_t group_entry(unsigned head, unsigned wstate)
{
	return head | (uint64_t)wstate << HVB_GROUP_ENTRY_STATE_SHIFT;
}

static void set_group(struct world *w, unsigned g, unsigned head, unsigned wstate)
{
	w->head[g] = head;
	stand_reg_write(w->s, HVB_R_GROUP_ENTRY, group_entry(head, wstate));
	stand_reg_write(w->s, HVB_R_GROUP_COMMIT, g);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->s = stand_new();
	stand_partition(w->s, SENDER, true, true);
	stand_partition(w->s, RECEIVER, true, false);
	for (unsigned e = 0; e < ELEMENTS; e++) {
		struct stand_word word = { .index = e, .state = HVB_WSTATE_ON, .rpart = e % 32, .vector = e, .vp = e,
			.addr = STAND_MEMORY + 8 * e };
		stand_word(w->s, &word);
	}
	for (unsigned g = 0; g < GROUPS; g++) {
		struct stand_conn conn = { .part = SENDER, .id = g, .verdict = HVB_VERDICT_OK, .any = true, .word = g,
			.count = 64, .rpart = RECEIVER };
		stand_conn(w->s, &conn);
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

/* A doorbell in this very cycle; the model goes on one element. */
static void ring(struct world *w, unsigned g, unsigned flag)
{
	struct hvb_tlp bell;
	const struct ring_element *e = &w->element[w->head[g]];

	stand_doorbell(&bell, SENDER, 0, stand_input(g, flag));
	assert_true(stand_clock(w->s, &bell));
	w->expect[e->word] |= 1ull << flag;
	w->head[g] = e->next;
}

static void check_batch(struct world *w)
{
	assert_true(stand_drain(w->s, 20000));
	assert_memory_equal(w->s->memory, w->expect, sizeof(w->expect));
	memset(w->s->memory, 0, sizeof(w->s->memory));
	memset(w->expect, 0, sizeof(w->expect));
}

static void test_rings_of_every_size(void **state)
{
	struct world *w = *state;

	for (unsigned n = 1; n <= ELEMENTS; n++) {
		if (n > 1)
			set_element(w, n - 2, n - 2, n - 1);
		set_element(w, n - 1, n - 1, 0);
		if (n < 20 || n % 16 == 15)      /* else it goes on where it was: a ring grows while it is used */
			set_group(w, 0, 0, HVB_WSTATE_ON);
		for (unsigned batch = 0; batch < n / BATCH + 2; batch++) {
			for (unsigned i = 0; i < BATCH; i++)
				ring(w, 0, i);
			check_batch(w);
		}
	}
}

static void test_groups_interleaved(void **state)
{
	struct world *w = *state;
	static const struct { unsigned first, size; } rings[GROUPS] = { { 0, 1 }, { 1, 2 }, { 3, 5 }, { 8, 7 } };

	for (unsigned g = 0; g < GROUPS; g++) {
		for (unsigned i = 0; i < rings[g].size; i++)
			set_element(w, rings[g].first + i, rings[g].first + i,
				    rings[g].first + (i + 1) % rings[g].size);
		set_group(w, g, rings[g].first, HVB_WSTATE_ON);
	}
	for (unsigned pattern = 0; pattern < 200; pattern++) {
		for (unsigned i = 0; i < BATCH; i++)
			ring(w, pattern < 50 ? 2 + i % 2 : (unsigned)(stand_random(w->s) % GROUPS), i);
		check_batch(w);
	}
}

/* ---- anything in any cycle: signals, refused signals, group and element writes */

static void clock_register(struct world *w, unsigned reg, uint64_t value)
{
	struct hvb_tlp tlp;

	stand_register(&tlp, reg, value);
	assert_true(stand_clock(w->s, &tlp));
}

static void refused(struct world *w)
{
	struct hvb_tlp bell;
	unsigned g = (unsigned)(stand_random(w->s) % GROUPS);

	stand_doorbell(&bell, SENDER, 1, stand_input(g, 64));    /* no such flag: the ring stays */
	assert_true(stand_clock(w->s, &bell));
}

static void random_batch(struct world *w, unsigned ring_size)
{
	for (unsigned i = 0; i < BATCH; ) {
		unsigned g = (unsigned)(stand_random(w->s) % GROUPS), at = (unsigned)(stand_random(w->s) % ring_size);
		switch (stand_random(w->s) % 8) {
		case 0:
			w->head[g] = at;
			clock_register(w, HVB_R_GROUP_ENTRY, group_entry(at, HVB_WSTATE_ON));
			clock_register(w, HVB_R_GROUP_COMMIT, g);
			break;
		case 1:                          /* the same staged head to another group, directly behind */
			w->head[g] = w->head[(g + 1) % GROUPS] = at;
			clock_register(w, HVB_R_GROUP_ENTRY, group_entry(at, HVB_WSTATE_ON));
			ring(w, (g + 2) % GROUPS, i++);
			clock_register(w, HVB_R_GROUP_COMMIT, g);
			clock_register(w, HVB_R_GROUP_COMMIT, (g + 1) % GROUPS);
			break;
		case 2:
			w->element[at] = (struct ring_element){ (unsigned)(stand_random(w->s) % ELEMENTS),
				(unsigned)(stand_random(w->s) % ring_size) };
			clock_register(w, HVB_R_LIST_ENTRY, w->element[at].word |
				       (uint64_t)w->element[at].next << HVB_LIST_ENTRY_NEXT_SHIFT);
			clock_register(w, HVB_R_LIST_COMMIT, at);
			break;
		case 3:
			refused(w);
			break;
		default:
			ring(w, g, i++);
			break;
		}
		if (stand_random(w->s) % 16 == 0)
			stand_clock(w->s, NULL);
	}
	check_batch(w);
}

static void test_writes_between_signals(void **state)
{
	struct world *w = *state;

	for (unsigned e = 0; e < ELEMENTS; e++)
		set_element(w, e, e, (e + 1) % ELEMENTS);
	for (unsigned g = 0; g < GROUPS; g++)
		set_group(w, g, 0, HVB_WSTATE_ON);
	for (unsigned i = 0; i < 600; i++) {
		/* signals of the last cycle of a batch are in `head` exactly; rings smaller than that start anew */
		unsigned size = 1u << i % 6;
		for (unsigned g = 0; g < GROUPS; g++)
			set_group(w, g, (unsigned)(stand_random(w->s) % size), HVB_WSTATE_ON);
		for (unsigned e = 0; e < size; e++)
			set_element(w, e, e, (e + 1) % size);
		random_batch(w, size);
	}
}

/* ---- what does not move the ring, and empty groups */

static void test_refusals_do_not_advance(void **state)
{
	struct world *w = *state;

	for (unsigned e = 0; e < 3; e++)
		set_element(w, e, e, (e + 1) % 3);
	set_group(w, 0, 0, HVB_WSTATE_ON);
	for (unsigned i = 0; i < 12; i++) {
		ring(w, 0, i);
		stand_signal(w->s, SENDER, 1, stand_input(0, 64));
		assert_int_equal(stand_status(w->s, SENDER, 1) & 0xffff, HVB_STATUS_INVALID_PARAMETER);
		stand_signal(w->s, SENDER, 1, stand_input(0, 0) | 1ull << 50);
		stand_partition(w->s, RECEIVER, false, false);
		stand_signal(w->s, SENDER, 1, stand_input(0, 0));
		assert_int_equal(stand_status(w->s, SENDER, 1) & 0xffff, HVB_STATUS_INVALID_PORT_ID);
		stand_partition(w->s, RECEIVER, true, false);
		stand_partition(w->s, SENDER, true, false);
		stand_signal(w->s, SENDER, 1, stand_input(0, 0));
		assert_int_equal(stand_status(w->s, SENDER, 1) & 0xffff, HVB_STATUS_ACCESS_DENIED);
		stand_partition(w->s, SENDER, true, true);
	}
	check_batch(w);
}

static void test_empty_groups(void **state)
{
	struct world *w = *state;

	set_element(w, 0, 0, 1);
	set_element(w, 1, 1, 0);
	for (int i = 0; i < 4; i++) {
		uint32_t counted = (uint32_t)i;
		set_group(w, 0, 1, HVB_WSTATE_NOVP);
		stand_signal(w->s, SENDER, 0, stand_input(0, 3));
		assert_int_equal(stand_status(w->s, SENDER, 0) & 0xffff, HVB_STATUS_INVALID_VP_INDEX);
		assert_int_equal(stand_count(w->s, SENDER, HVB_CNT_INVALID_VP_INDEX), counted + 1);
		set_group(w, 0, 1, HVB_WSTATE_OFF);
		stand_signal(w->s, SENDER, 0, stand_input(0, 3));
		assert_int_equal(stand_status(w->s, SENDER, 0) & 0xffff, HVB_STATUS_INVALID_SYNIC_STATE);
		assert_int_equal(stand_count(w->s, SENDER, HVB_CNT_INVALID_SYNIC_STATE), counted + 1);
		set_group(w, 0, 1, HVB_WSTATE_ON);
		ring(w, 0, 5);
		ring(w, 0, 6);
		check_batch(w);
	}
}

/* A port over several words: each VP has its own run of them. */
static void test_port_of_several_words(void **state)
{
	struct world *w = *state;
	struct stand_conn conn = { .part = SENDER, .id = 77, .verdict = HVB_VERDICT_OK, .any = true, .word = 2,
		.base = 60, .count = 128, .rpart = RECEIVER };
	unsigned turn = 0;

	stand_conn(w->s, &conn);
	for (unsigned e = 0; e < 4; e++)
		set_element(w, e, 10 * e, (e + 1) % 4);
	set_group(w, 2, 0, HVB_WSTATE_ON);
	for (unsigned flag = 0; flag < 128; flag++, turn++) {
		unsigned x = flag + 60;
		stand_signal(w->s, SENDER, 0, stand_input(77, flag));
		stand_run(w->s, 30);
		assert_int_equal(w->s->memory[10 * (turn % 4) + x / 64], 1ull << x % 64);
		memset(w->s->memory, 0, sizeof(w->s->memory));
	}
}

static void test_numbers_out_of_range(void **state)
{
	struct world *w = *state;
	uint64_t bad = stand_reg(w->s, HVB_R_N_CTRL_BAD);

	set_element(w, 0, 0, 0);
	set_group(w, 0, 0, HVB_WSTATE_ON);
	stand_reg_write(w->s, HVB_R_GROUP_ENTRY, group_entry(0, HVB_WSTATE_OFF));
	stand_reg_write(w->s, HVB_R_GROUP_COMMIT, 256);
	stand_reg_write(w->s, HVB_R_GROUP_COMMIT, 0x10000);
	stand_reg_write(w->s, HVB_R_LIST_ENTRY, 9);
	stand_reg_write(w->s, HVB_R_LIST_COMMIT, 2048);
	stand_reg_write(w->s, HVB_R_LIST_COMMIT, 0x100000);
	ring(w, 0, 1);
	check_batch(w);
	assert_int_equal(stand_reg(w->s, HVB_R_N_CTRL_BAD) - bad, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rings_of_every_size, setup, teardown),
		cmocka_unit_test_setup_teardown(test_groups_interleaved, setup, teardown),
		cmocka_unit_test_setup_teardown(test_writes_between_signals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals_do_not_advance, setup, teardown),
		cmocka_unit_test_setup_teardown(test_empty_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(test_port_of_several_words, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbers_out_of_range, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
