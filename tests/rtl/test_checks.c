/* SPDX-License-Identifier: MIT */
/*
 * The checks of a signal at the card's streams: every combination of errors gets the status of the earliest one
 * (docs/design.md 4.1), one count, and changes nothing; STATUS and its sequence number; DELIVERED.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "one_world.h"

static unsigned status_of(struct stand *s, unsigned slot)
{
	return stand_status(s, SENDER, slot) & 0xffff;
}

/* ---- order of errors */

struct errors {
	bool unprivileged, reserved, dead, inactive, flag, vp_off;
	unsigned id;             /* 0 right, 1 reserved bits set, 2 not connected */
	unsigned state;          /* HVB_WSTATE_* */
};

static unsigned expected_code(const struct errors *e)
{
	if (e->unprivileged)
		return HVB_CNT_ACCESS_DENIED;
	if (e->reserved)
		return HVB_CNT_INVALID_HYPERCALL_INPUT;
	if (e->id)
		return HVB_CNT_INVALID_CONNECTION_ID;
	if (e->dead || e->inactive)
		return HVB_CNT_INVALID_PORT_ID;
	if (e->flag)
		return HVB_CNT_INVALID_PARAMETER;
	if (e->state == HVB_WSTATE_NOVP)
		return HVB_CNT_INVALID_VP_INDEX;
	if (e->state == HVB_WSTATE_OFF || e->vp_off)
		return HVB_CNT_INVALID_SYNIC_STATE;
	return HVB_CNT_ACCEPTED;
}

static const unsigned status_of_code[] = {
	[HVB_CNT_ACCEPTED] = HVB_STATUS_SUCCESS, [HVB_CNT_COALESCED] = HVB_STATUS_SUCCESS,
	[HVB_CNT_ACCESS_DENIED] = HVB_STATUS_ACCESS_DENIED,
	[HVB_CNT_INVALID_HYPERCALL_INPUT] = HVB_STATUS_INVALID_HYPERCALL_INPUT,
	[HVB_CNT_INVALID_CONNECTION_ID] = HVB_STATUS_INVALID_CONNECTION_ID,
	[HVB_CNT_INVALID_PORT_ID] = HVB_STATUS_INVALID_PORT_ID,
	[HVB_CNT_INVALID_PARAMETER] = HVB_STATUS_INVALID_PARAMETER,
	[HVB_CNT_INVALID_VP_INDEX] = HVB_STATUS_INVALID_VP_INDEX,
	[HVB_CNT_INVALID_SYNIC_STATE] = HVB_STATUS_INVALID_SYNIC_STATE,
};

static uint64_t bad_input(const struct errors *e)
{
	uint64_t input = stand_input(ID, e->flag ? COUNT : COUNT - 1);

	if (e->reserved)
		input |= 1ull << 63;
	if (e->id == 1)
		input |= 1u << 24;
	if (e->id == 2)
		input ^= 0x800000;
	return input;
}

static void apply(struct world *w, const struct errors *e)
{
	w->word.state = e->state;
	w->conn.verdict = e->dead ? HVB_VERDICT_DEAD : HVB_VERDICT_OK;
	stand_partition(w->s, SENDER, true, !e->unprivileged);
	stand_partition(w->s, RECEIVER, !e->inactive, false);
	stand_word(w->s, &w->word);
	stand_reg_write(w->s, HVB_R_CONN_ENTRY, stand_conn_entry(&w->conn));
	stand_reg_write(w->s, HVB_R_CONN_COMMIT, w->place);
	stand_vp_ctrl(w->s, VP, e->vp_off);
}

static struct errors combination(unsigned n)
{
	struct errors e = { .unprivileged = n & 1, .reserved = n >> 1 & 1, .dead = n >> 2 & 1, .inactive = n >> 3 & 1,
		.flag = n >> 4 & 1, .vp_off = n >> 5 & 1, .id = (n >> 6) % 3, .state = (n >> 6) / 3 };
	return e;
}

static void test_every_combination_of_errors(void **state)
{
	struct world *w = *state;
	uint32_t counts[HVB_COUNTERS] = { 0 }, reads = 0;

	for (unsigned n = 0; n < 64 * 9; n++) {
		struct errors e = combination(n);
		unsigned code = expected_code(&e);
		uint64_t messages = w->s->messages, atomics = w->s->atomics;

		apply(w, &e);
		w->s->memory[WORD] = 0;
		stand_signal(w->s, SENDER, 0, bad_input(&e));
		assert_int_equal(stand_status(w->s, SENDER, 0), (uint64_t)(n + 1) << 32 | status_of_code[code]);
		reads++;
		stand_run(w->s, 60);
		assert_true(w->s->rtl->out.idle);
		bool good = code == HVB_CNT_ACCEPTED;
		assert_int_equal(w->s->memory[WORD], good ? 1ull << (COUNT - 1) : 0);
		assert_int_equal(w->s->messages - messages, good);
		assert_int_equal(w->s->atomics - atomics, good);
		counts[code]++;
	}
	counts[HVB_CNT_READ] = reads;
	for (unsigned c = 0; c < HVB_COUNTERS; c++)
		assert_int_equal(stand_count(w->s, SENDER, c), counts[c]);
	for (unsigned c = 0; c < HVB_COUNTERS; c++)
		assert_int_equal(stand_count(w->s, RECEIVER, c), 0);
}

static void test_each_reserved_bit(void **state)
{
	struct world *w = *state;

	for (unsigned bit = 24; bit < 64; bit++) {
		if (bit >= 32 && bit < 32 + 4)
			continue;        /* flags below COUNT */
		stand_signal(w->s, SENDER, 0, stand_input(ID, 0) | 1ull << bit);
		assert_int_equal(status_of(w->s, 0), bit < 32 ? HVB_STATUS_INVALID_CONNECTION_ID : bit < 48 ?
				 HVB_STATUS_INVALID_PARAMETER : HVB_STATUS_INVALID_HYPERCALL_INPUT);
	}
	for (unsigned bit = 0; bit < 24; bit++) {
		stand_signal(w->s, SENDER, 0, stand_input(ID ^ 1u << bit, 0));
		assert_int_equal(status_of(w->s, 0), HVB_STATUS_INVALID_CONNECTION_ID);
	}
	stand_run(w->s, 60);
	assert_int_equal(w->s->atomics, 0);
}

static void test_states_of_partitions(void **state)
{
	struct world *w = *state;

	for (unsigned pstate = 0; pstate < 4; pstate++) {
		stand_reg_write(w->s, HVB_W_PART + 8 * RECEIVER, pstate);
		stand_signal(w->s, SENDER, 0, stand_input(ID, 0));
		assert_int_equal(status_of(w->s, 0), pstate == HVB_PSTATE_ACTIVE ? HVB_STATUS_SUCCESS :
				 HVB_STATUS_INVALID_PORT_ID);
		assert_int_equal(stand_reg(w->s, HVB_W_PART + 8 * RECEIVER), pstate);
	}
	/* a sender's own state is no condition: its hypercall would not run, were it not active */
	stand_reg_write(w->s, HVB_W_PART + 8 * RECEIVER, HVB_PSTATE_ACTIVE);
	stand_partition(w->s, SENDER, false, true);
	stand_signal(w->s, SENDER, 0, stand_input(ID, 0));
	assert_int_equal(status_of(w->s, 0), HVB_STATUS_SUCCESS);
}

/* Flag numbers at the edges: base + flag crosses words, the largest port, a port of none. */
static void test_flags_and_words(void **state)
{
	struct world *w = *state;
	static const struct { unsigned base, count; } ports[] = { { 0, 0 }, { 0, 1 }, { 63, 1 }, { 63, 2 }, { 1, 64 },
		{ 0, 2048 }, { 32, 2016 } };

	for (unsigned i = 0; i < 32; i++) {
		struct stand_word word = w->word;
		word.index = 100 + i;
		word.addr = STAND_MEMORY + 8 * (100 + i);
		stand_word(w->s, &word);
	}
	for (unsigned p = 0; p < sizeof(ports) / sizeof(ports[0]); p++) {
		w->conn.base = ports[p].base;
		w->conn.count = ports[p].count;
		w->conn.word = 100;
		stand_reg_write(w->s, HVB_R_CONN_ENTRY, stand_conn_entry(&w->conn));
		stand_reg_write(w->s, HVB_R_CONN_COMMIT, w->place);
		for (unsigned flag = 0; flag < 2100; flag += flag < 130 || flag > 1980 ? 1 : 7) {
			bool good = flag < ports[p].count;
			unsigned x = flag + ports[p].base;
			stand_signal(w->s, SENDER, 0, stand_input(ID, flag));
			assert_int_equal(status_of(w->s, 0), good ? HVB_STATUS_SUCCESS : HVB_STATUS_INVALID_PARAMETER);
			stand_run(w->s, 30);
			if (good)
				assert_int_equal(w->s->memory[100 + x / 64], 1ull << x % 64);
			memset(w->s->memory, 0, sizeof(w->s->memory));
		}
	}
}

/* ---- STATUS */

static void test_sequence_numbers(void **state)
{
	struct world *w = *state;
	struct hvb_tlp bell, half;

	stand_doorbell(&bell, SENDER, 5, stand_input(ID, 0));
	for (unsigned n = 1; n <= 0x10001; n++)
		assert_true(stand_clock(w->s, &bell));
	assert_int_equal(stand_status(w->s, SENDER, 5), 1ull << 32);   /* 16 bits */
	assert_int_equal(stand_status(w->s, SENDER, 4), 0);
	assert_int_equal(stand_status(w->s, SENDER, 6), 0);
	assert_int_equal(stand_status(w->s, RECEIVER, 5), 0);
	/* what is no SIGNAL does not count */
	half = bell;
	half.hdr[0] |= HVB_TLP_DW0_POISON;
	stand_send(w->s, &half);
	stand_write64(w->s, stand_signal_addr(SENDER, 5) + 0x20, 1);
	assert_int_equal(stand_status(w->s, SENDER, 5), 1ull << 32);
}

/* A read sees the doorbell that came 1 to 8 cycles before it, and not the one behind it. */
static void test_status_read_at_every_distance(void **state)
{
	struct world *w = *state;

	for (unsigned gap = 0; gap < 8; gap++) {
		struct hvb_tlp read, reply, bad;
		struct hvb_tlp_head head = { .type = HVB_TLP_MRD, .requester = 1 };
		hvb_tlp_span(&head, stand_signal_addr(SENDER, 0) + HVB_S_STATUS, 8);
		hvb_tlp_build(&head, &read);
		stand_doorbell(&bad, SENDER, 0, stand_input(ID + 1, 0));
		stand_signal(w->s, SENDER, 0, stand_input(ID, 0));
		for (unsigned i = 0; i < gap; i++)
			stand_signal(w->s, SENDER, 1 + i % 3, stand_input(ID, COUNT));
		w->s->reply_here = false;
		assert_true(stand_clock(w->s, &read));
		assert_true(stand_clock(w->s, &bad));
		for (unsigned i = 0; i < 30 && !w->s->reply_here; i++)
			stand_clock(w->s, NULL);
		assert_true(w->s->reply_here);
		reply = w->s->reply;
		assert_int_equal(hvb_tlp_get(&reply, 0, 8), (uint64_t)(2 * gap + 1) << 32 | HVB_STATUS_SUCCESS);
		assert_int_equal(stand_status(w->s, SENDER, 0),
				 (uint64_t)(2 * gap + 2) << 32 | HVB_STATUS_INVALID_CONNECTION_ID);
	}
}

/* ---- DELIVERED */

static void test_delivered(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	assert_true(stand_delivered(s, SENDER, 0));      /* nothing signalled yet */
	stand_signal(s, SENDER, 0, stand_input(ID, COUNT));
	assert_true(stand_delivered(s, SENDER, 0));      /* failed, and was counted */
	s->withhold = true;
	stand_signal(s, SENDER, 0, stand_input(ID, 0));
	assert_false(stand_delivered(s, SENDER, 0));
	stand_run(s, 100);
	stand_signal(s, SENDER, 1, stand_input(ID, 1));  /* comes while the first flies */
	stand_signal(s, SENDER, 2, stand_input(ID, 0));  /* the same flag again: may be cleared meanwhile */
	assert_false(stand_delivered(s, SENDER, 0));
	s->withhold = false;
	stand_run(s, 2);
	s->withhold = true;
	stand_run(s, 100);
	assert_int_equal(s->atomics, 2);
	assert_true(stand_delivered(s, SENDER, 0));
	assert_false(stand_delivered(s, SENDER, 1));
	assert_false(stand_delivered(s, SENDER, 2));
	s->withhold = false;
	stand_run(s, 60);
	assert_true(stand_delivered(s, SENDER, 1));
	assert_true(stand_delivered(s, SENDER, 2));
	assert_int_equal(s->memory[WORD], 3);
	assert_int_equal(s->atomics, 2);
}

/* A miss is no delivery: other flags stood in the word. */
static void test_delivered_after_a_miss(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	s->memory[WORD] = 0xff00000000000000ull;
	s->latency = 200;
	stand_signal(s, SENDER, 0, stand_input(ID, 4));
	for (uint64_t end = stand_now(s) + 220; stand_now(s) < end; )
		assert_false(stand_delivered(s, SENDER, 0));
	assert_int_equal(s->atomics, 2);
	for (uint64_t end = stand_now(s) + 250; stand_now(s) < end; )
		if (stand_delivered(s, SENDER, 0))
			assert_int_equal(s->memory[WORD], 0xff00000000000010ull);
	assert_true(stand_delivered(s, SENDER, 0));
	assert_int_equal(stand_reg(s, HVB_R_N_MISS), 1);
	assert_int_equal(s->messages, 1);
}

#define CHECK(test) cmocka_unit_test_setup_teardown(test, one_world_setup, one_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECK(test_every_combination_of_errors),
		CHECK(test_each_reserved_bit),
		CHECK(test_states_of_partitions),
		CHECK(test_flags_and_words),
		CHECK(test_sequence_numbers),
		CHECK(test_status_read_at_every_distance),
		CHECK(test_delivered),
		CHECK(test_delivered_after_a_miss),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
