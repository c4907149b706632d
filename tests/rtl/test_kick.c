/* SPDX-License-Identifier: MIT */
/*
 * Kicks, at the card's streams: a 32-bit write of a slot's KICK, whatever its data, is the SIGNAL that the host has
 * bound to the slot, one cycle later than a SIGNAL would be; a slot without one is counted; bindings are ordered with
 * the kicks around them; halves of 32-bit pairs do not notice; no partition reaches another's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define PARTS 64
#define ID 0x40
#define ALL (PARTS * HVB_SLOTS)
#define BOUND HVB_KICK_ENTRY_BOUND_MASK
#define BAD_OFFSET HVB_CNT_BAD_OFFSET

/* Connection ID of partition p: word p, 64 flags. */
static int setup(void **state)
{
	struct stand *s = stand_new();

	for (unsigned p = 0; p < PARTS; p++) {
		stand_partition(s, p, true, true);
		stand_port(s, p, ID, p, p, p);
	}
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	stand_free(*state);
	return 0;
}

static uint64_t commit(unsigned part, unsigned slot)
{
	return (uint64_t)part << HVB_KICK_COMMIT_PARTITION_SHIFT | slot;
}

/* It is stored in the next cycle, in which nothing is taken. */
static void stored(struct stand *s)
{
	assert_false(s->rtl->out.rx_req_ready);
	stand_clock(s, NULL);
	assert_true(s->rtl->out.rx_req_ready);
}

/* entry: the SIGNAL, and BOUND */
static void bind(struct stand *s, unsigned part, unsigned slot, uint64_t entry)
{
	stand_reg_write(s, HVB_R_KICK_ENTRY, entry);
	stand_reg_write(s, HVB_R_KICK_COMMIT, commit(part, slot));
}

static void kick_of(struct hvb_tlp *tlp, unsigned part, unsigned slot, uint32_t data)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_MWR };

	hvb_tlp_span(&head, stand_signal_addr(part, slot) + HVB_S_KICK, 4);
	hvb_tlp_build(&head, tlp);
	hvb_tlp_put(tlp, head.addr, 4, data);
}

static void kick(struct stand *s, unsigned part, unsigned slot)
{
	stand_write32(s, stand_signal_addr(part, slot) + HVB_S_KICK, (uint32_t)stand_random(s));
}

static void half(struct stand *s, unsigned part, unsigned slot, unsigned at, uint32_t value)
{
	stand_write32(s, stand_signal_addr(part, slot) + at, value);
}

/* ---- two cards, one signalled, one kicked: everything that leaves them is the same in the same cycle */

struct output {
	uint64_t cycle, addr, compare, swap, old;
	unsigned tag, vector;
};

struct twin {
	struct stand *s;
	struct output out[4000];
	unsigned outputs;
};

static void saw_atomic(void *arg, const struct stand_flight *f, uint64_t now)
{
	struct twin *t = arg;

	(void)now;
	t->out[t->outputs++] = (struct output){ .cycle = f->seen, .addr = f->head.addr, .compare = f->compare,
		.swap = f->swap, .old = f->old, .tag = f->head.tag };
}

static void saw_message(void *arg, unsigned vector)
{
	struct twin *t = arg;

	t->out[t->outputs++] = (struct output){ .cycle = stand_now(t->s), .vector = vector };
}

/* Partition 5 may not signal, 6's port is of a partition that is not active, 7's word is off, 8's has no VP. */
static struct twin *twin_new(void)
{
	struct twin *t = calloc(1, sizeof(*t));
	struct stand_word word = { .index = 7, .state = HVB_WSTATE_OFF, .vp = 7, .vector = 7 };
	void *stand;

	setup(&stand);
	t->s = stand;
	t->s->on_atomic = saw_atomic;
	t->s->on_message = saw_message;
	t->s->arg = t;
	t->s->latency = 150;
	stand_partition(t->s, 5, true, false);
	stand_partition(t->s, 6, false, true);
	stand_word(t->s, &word);
	word.index = word.vp = 8;
	word.state = HVB_WSTATE_NOVP;
	stand_word(t->s, &word);
	return t;
}

static void twin_free(struct twin *t)
{
	stand_free(t->s);
	free(t);
}

/* Most are good; flags from 64, foreign connections and connections of more than 24 bits are not. */
static uint64_t random_input(struct stand *s)
{
	static const unsigned ids[] = { ID, ID, ID, ID, ID, ID, ID + 1, 0x01000000 | ID, 0xffffffff };

	return stand_input(ids[stand_random(s) % 9],
			   (unsigned)(stand_random(s) % 65 * (stand_random(s) % 9 ? 1 : 1023)));
}

/* A kick waits for one cycle: it meets the pipeline where a SIGNAL one cycle behind it does. */
static void ring_both(struct twin *signalled, struct twin *kicked, unsigned part, unsigned slot, uint64_t input)
{
	struct hvb_tlp bell, tlp;

	stand_doorbell(&bell, part, slot, input);
	kick_of(&tlp, part, slot, (uint32_t)stand_random(kicked->s));
	bind(signalled->s, part, slot, BOUND | input);
	bind(kicked->s, part, slot, BOUND | input);
	stored(signalled->s);
	stored(kicked->s);
	assert_false(stand_clock(signalled->s, NULL));
	assert_true(stand_clock(signalled->s, &bell));
	assert_true(stand_clock(kicked->s, &tlp));
	assert_false(stand_clock(kicked->s, NULL));
}

static void test_a_kick_is_the_signal(void **state)
{
	struct twin *a = twin_new(), *b = twin_new();
	struct stand *r = *state;

	for (int i = 0; i < 1200; i++) {
		unsigned part = (unsigned)(stand_random(r) % 12), slot = (unsigned)(stand_random(r) % HVB_SLOTS);
		unsigned gap = (unsigned)(stand_random(r) % 8), cleared = (unsigned)(stand_random(r) % 12);
		ring_both(a, b, part, slot, random_input(r));
		stand_run(a->s, gap);
		stand_run(b->s, gap);
		if (i % 3 == 0)
			a->s->memory[cleared] = b->s->memory[cleared] = 0;
		assert_int_equal(stand_status(a->s, part, slot), stand_status(b->s, part, slot));
		assert_int_equal(stand_delivered(a->s, part, slot), stand_delivered(b->s, part, slot));
	}
	assert_true(stand_drain(a->s, 5000) && stand_drain(b->s, 5000));
	assert_true(a->outputs > 500);
	assert_int_equal(a->outputs, b->outputs);
	for (unsigned i = 0; i < a->outputs; i++)
		assert_memory_equal(&a->out[i], &b->out[i], sizeof(a->out[i]));
	assert_memory_equal(a->s->memory, b->s->memory, sizeof(a->s->memory));
	for (unsigned part = 0; part < 12; part++) {
		for (unsigned code = 0; code < HVB_COUNTERS; code++)
			assert_int_equal(stand_count(a->s, part, code), stand_count(b->s, part, code));
		assert_int_equal(stand_count(b->s, part, BAD_OFFSET), 0);
	}
	for (unsigned code = HVB_CNT_ACCEPTED; code <= HVB_CNT_INVALID_SYNIC_STATE; code++) {
		unsigned sum = 0;
		for (unsigned part = 0; part < 12; part++)
			sum += code == HVB_CNT_INVALID_HYPERCALL_INPUT || stand_count(b->s, part, code);
		assert_true(sum > 0);
	}
	twin_free(a);
	twin_free(b);
}

/* ---- bindings */

static void test_unbound(void **state)
{
	struct stand *s = *state;

	for (unsigned i = 0; i < ALL; i++)
		kick(s, i % PARTS, i / PARTS);
	for (unsigned p = 0; p < PARTS; p++)
		assert_int_equal(stand_count(s, p, BAD_OFFSET), HVB_SLOTS);
	/* a whole entry but for its top bit is none; the top bit alone is connection 0, flag 0 */
	bind(s, 3, 4, ~BOUND);
	kick(s, 3, 4);
	assert_int_equal(stand_status(s, 3, 4), 0);
	assert_int_equal(stand_count(s, 3, BAD_OFFSET), HVB_SLOTS + 1);
	bind(s, 3, 4, BOUND);
	kick(s, 3, 4);
	assert_int_equal(stand_status(s, 3, 4), 1ull << 32 | HVB_STATUS_INVALID_CONNECTION_ID);
	/* bits between are not kept: no RsvdZ bit reaches the check */
	bind(s, 3, 4, BOUND | 0x7fffull << 48 | stand_input(ID, 9));
	kick(s, 3, 4);
	assert_int_equal(stand_status(s, 3, 4), 2ull << 32 | HVB_STATUS_SUCCESS);
	bind(s, 3, 4, 0);
	kick(s, 3, 4);
	assert_int_equal(stand_status(s, 3, 4), 2ull << 32 | HVB_STATUS_SUCCESS);
	assert_int_equal(stand_count(s, 3, BAD_OFFSET), HVB_SLOTS + 2);
	stand_run(s, 100);
	assert_int_equal(s->memory[3], 1 << 9);
	assert_int_equal(s->atomics, 1);
}

/* Kick, write, kick, without an empty cycle: bound to another flag, and to none; half a pair, too, right behind. */
static void test_rebinding_is_ordered(void **state)
{
	struct stand *s = *state;
	uint64_t flags = 0;

	for (unsigned i = 0; i < 62; i++) {
		stand_reg_write(s, HVB_R_KICK_ENTRY, BOUND | stand_input(ID, i));
		kick(s, 9, 2);                   /* staging binds nothing: none, or flag i - 2 once more */
		stand_reg_write(s, HVB_R_KICK_COMMIT, commit(9, 2));
		half(s, 9, 5, 0, (uint32_t)stand_input(ID, 63));
		kick(s, 9, 2);
		stand_reg_write(s, HVB_R_KICK_COMMIT, commit(9, 3));
		stand_reg_write(s, HVB_R_KICK_ENTRY, i % 2 ? 0 : BOUND | stand_input(ID, i + 1));
		kick(s, 9, 3);
		stand_reg_write(s, HVB_R_KICK_COMMIT, commit(9, 3));
		kick(s, 9, 3);
		half(s, 9, 5, 4, stand_input(ID, 63) >> 32);
		flags |= (i % 2 ? 1ull : 3ull) << i | 1ull << 63;
		assert_true(stand_drain(s, 2000));
		assert_int_equal(s->memory[9], flags);
	}
	assert_int_equal(stand_count(s, 9, BAD_OFFSET), 1 + 31);
	assert_int_equal(stand_status(s, 9, 2) >> 32, 62 + 61);
	assert_int_equal(stand_status(s, 9, 3) >> 32, 62 + 31);
	assert_int_equal(stand_status(s, 9, 5) >> 32, 62);       /* the pairs, none in halves */
	assert_int_equal(stand_count(s, 9, HVB_CNT_HALF), 0);
}

static void test_places_that_are_none(void **state)
{
	struct stand *s = *state;
	static const uint64_t none[] = { ALL, ALL + 21, 1 << 12, 0x80000000, 0xfffff021 };
	uint64_t bad = stand_reg(s, HVB_R_N_CTRL_BAD);

	stand_reg_write(s, HVB_R_KICK_ENTRY, BOUND | stand_input(ID, 1));
	for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		stand_reg_write(s, HVB_R_KICK_COMMIT, none[i]);
	stand_write32(s, STAND_CTRL + HVB_R_KICK_COMMIT + 4, 0);
	assert_int_equal(stand_reg(s, HVB_R_N_CTRL_BAD) - bad, sizeof(none) / sizeof(none[0]) + 1);
	assert_int_equal(stand_reg(s, HVB_R_KICK_COMMIT), 0);
	assert_int_equal(stand_reg(s, HVB_R_KICK_ENTRY), BOUND | stand_input(ID, 1));
	for (unsigned i = 0; i < ALL; i++)
		kick(s, i % PARTS, i / PARTS);
	for (unsigned p = 0; p < PARTS; p++)
		assert_int_equal(stand_count(s, p, BAD_OFFSET), HVB_SLOTS);
	/* the low half is what acts */
	stand_write32(s, STAND_CTRL + HVB_R_KICK_COMMIT, (uint32_t)commit(63, 15));
	kick(s, 63, 15);
	assert_int_equal(stand_status(s, 63, 15), 1ull << 32 | HVB_STATUS_SUCCESS);
}

/* Every slot of every page its own flag, kicked in another order; a partition's connections are its own. */
static void test_partitions_are_apart(void **state)
{
	struct stand *s = *state;

	for (unsigned i = 0; i < ALL; i++)
		bind(s, i % PARTS, i / PARTS, BOUND | stand_input(ID, i / PARTS + 16 * (i % 4)));
	for (unsigned k = 0; k < ALL; k++) {
		unsigned i = k * 389 % ALL, part = i % PARTS, slot = i / PARTS;
		uint64_t before = s->memory[part];
		kick(s, part, slot);
		assert_true(stand_drain(s, 2000));
		assert_int_equal(s->memory[part], before | 1ull << (slot + 16 * (i % 4)));
		assert_int_equal(stand_status(s, part, slot), 1ull << 32);
	}
	assert_int_equal(s->messages, ALL);
	for (unsigned p = 0; p < PARTS; p++) {
		assert_int_equal(s->memory[p], 0xffffull << 16 * (p % 4));
		assert_int_equal(stand_count(s, p, HVB_CNT_ACCEPTED), HVB_SLOTS);
	}
	/* bound to another's connection, and without the right to signal */
	stand_port(s, 20, 0x99, 200, 200, 20);
	bind(s, 21, 0, BOUND | stand_input(0x99, 0));
	kick(s, 21, 0);
	assert_int_equal(stand_status(s, 21, 0), 2ull << 32 | HVB_STATUS_INVALID_CONNECTION_ID);
	stand_partition(s, 22, true, false);
	kick(s, 22, 1);
	assert_int_equal(stand_status(s, 22, 1), 2ull << 32 | HVB_STATUS_ACCESS_DENIED);
}

/* ---- what else may come to that place */

static void test_other_shapes(void **state)
{
	struct stand *s = *state;
	static const struct { unsigned at, dws, first, last, code; } shapes[] = {
		/* 8 bytes, aligned or not; 4 bytes beside it */
		{ 0x20, 2, 15, 15, BAD_OFFSET }, { 0x1c, 2, 15, 15, BAD_OFFSET }, { 0x24, 2, 15, 15, BAD_OFFSET },
		{ 0x1c, 1, 15, 0, BAD_OFFSET }, { 0x24, 1, 15, 0, BAD_OFFSET }, { 0x28, 1, 15, 0, BAD_OFFSET },
		{ 0x60, 1, 15, 0, BAD_OFFSET }, { 0xa0, 1, 15, 0, BAD_OFFSET },
		/* 2 bytes, 1, 3, none; 4 bytes across */
		{ 0x20, 1, 3, 0, HVB_CNT_BAD_ENABLES }, { 0x20, 1, 12, 0, HVB_CNT_BAD_ENABLES },
		{ 0x20, 1, 1, 0, HVB_CNT_BAD_ENABLES }, { 0x20, 1, 7, 0, HVB_CNT_BAD_ENABLES },
		{ 0x20, 1, 0, 0, HVB_CNT_BAD_ENABLES }, { 0x20, 1, 15, 15, HVB_CNT_BAD_ENABLES },
		{ 0x20, 2, 14, 1, HVB_CNT_BAD_ENABLES }, { 0x1c, 2, 12, 3, HVB_CNT_BAD_ENABLES },
		{ 0x20, 3, 15, 15, HVB_CNT_BAD_SIZE }, { 0x20, 4, 15, 15, HVB_CNT_BAD_SIZE },
	};
	struct hvb_tlp tlp;
	unsigned counts[HVB_COUNTERS] = { 0 };

	bind(s, 4, 6, BOUND | stand_input(ID, 1));
	for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct hvb_tlp_head odd = { .type = HVB_TLP_MWR, .addr = stand_signal_addr(4, 6) + shapes[i].at,
			.len = (uint16_t)shapes[i].dws, .first_be = (uint8_t)shapes[i].first,
			.last_be = (uint8_t)shapes[i].last };
		hvb_tlp_build(&odd, &tlp);
		memset(tlp.data, 0x11, sizeof(tlp.data));
		stand_send(s, &tlp);
		assert_int_equal(stand_count(s, 4, shapes[i].code), ++counts[shapes[i].code]);
	}
	kick_of(&tlp, 4, 6, 0);
	tlp.hdr[0] |= HVB_TLP_DW0_POISON;
	stand_send(s, &tlp);
	assert_int_equal(stand_count(s, 4, HVB_CNT_POISONED), 1);
	struct hvb_tlp_head head = { .type = HVB_TLP_FETCHADD, .requester = 0x0010 };
	struct hvb_tlp reply;
	hvb_tlp_span(&head, stand_signal_addr(4, 6) + HVB_S_KICK, 4);
	hvb_tlp_build(&head, &tlp);
	assert_true(stand_ask(s, &tlp, &reply));
	assert_int_equal(stand_count(s, 4, HVB_CNT_ATOMIC), 1);
	assert_int_equal(stand_status(s, 4, 6), 0);
	assert_int_equal(s->atomics, 0);
	kick(s, 4, 6);
	assert_int_equal(stand_status(s, 4, 6), 1ull << 32);
}

static void test_it_reads_as_zero(void **state)
{
	struct stand *s = *state;

	for (int bound = 0; bound < 2; bound++) {
		struct hvb_tlp tlp, reply;
		struct hvb_tlp_head head = { .type = HVB_TLP_MRD, .requester = 0x0010 };
		uint64_t addr = stand_signal_addr(4, 6) + HVB_S_KICK;
		bind(s, 4, 6, bound ? BOUND | stand_input(ID, 1) : 0);
		kick(s, 4, 6);
		assert_int_equal(stand_read64(s, addr), 0);
		hvb_tlp_span(&head, addr, 4);
		hvb_tlp_build(&head, &tlp);
		assert_true(stand_ask(s, &tlp, &reply));
		assert_int_equal(hvb_tlp_get(&reply, addr, 4), 0);
		assert_int_equal(stand_status(s, 4, 6) >> 32, bound);
	}
}

/* ---- beside other doorbells */

/* A kick between the halves of a pair, of the same slot and of others, at every distance. */
static void test_between_halves(void **state)
{
	struct stand *s = *state;
	static const struct { unsigned part, slot; } others[] = { { 8, 2 }, { 8, 3 }, { 9, 2 }, { 40, 2 } };

	for (unsigned o = 0; o < 4; o++)
		bind(s, others[o].part, others[o].slot, BOUND | stand_input(ID, 32 + o));
	for (unsigned o = 0; o < 4; o++)
		for (unsigned gap = 0; gap < 4; gap++) {
			unsigned part = others[o].part, slot = others[o].slot;
			memset(s->memory, 0, sizeof(s->memory));
			half(s, 8, 2, 0, ID);
			stand_run(s, gap % 2);
			kick(s, part, slot);
			kick(s, part, slot);
			stand_run(s, gap / 2);
			half(s, 8, 2, 4, gap);
			kick(s, part, slot);
			half(s, 8, 2, 4, 9);     /* the pair is used up */
			assert_true(stand_drain(s, 2000));
			assert_int_equal(s->memory[8], 1ull << gap | (part == 8 ? 1ull << (32 + o) : 0));
			if (part != 8)
				assert_int_equal(s->memory[part], 1ull << (32 + o));
			assert_int_equal(stand_count(s, 8, HVB_CNT_HALF), 4 * o + gap + 1);
		}
	assert_int_equal(stand_status(s, 8, 2), (4 * 4ull + 4 * 3) << 32);
	assert_int_equal(stand_status(s, 8, 3), 12ull << 32);
	assert_int_equal(stand_status(s, 9, 2), 12ull << 32);
	assert_int_equal(stand_count(s, 8, BAD_OFFSET), 0);
}

/* Without a pause: the stream is held for one cycle behind each kick, bound or not, and no other. */
static void test_back_to_back(void **state)
{
	struct stand *s = *state;
	struct hvb_tlp tlp;
	uint64_t start;

	for (unsigned slot = 0; slot < HVB_SLOTS; slot++) {
		bind(s, 5, slot, BOUND | stand_input(ID, slot));
		bind(s, 6, slot, slot % 2 ? 0 : BOUND | stand_input(ID, 63 - slot));
	}
	stored(s);
	start = stand_now(s);
	for (unsigned i = 0; i < 320; i++) {
		kick_of(&tlp, 5 + i % 2, i / 2 % HVB_SLOTS, i);
		if (i)
			assert_false(stand_clock(s, &tlp));
		assert_true(stand_clock(s, &tlp));
	}
	assert_int_equal(stand_now(s) - start, 2 * 320 - 1);
	assert_false(s->rtl->out.rx_req_ready);
	stand_clock(s, NULL);
	assert_true(s->rtl->out.rx_req_ready);
	assert_true(stand_drain(s, 2000));
	assert_int_equal(s->memory[5], 0xffff);
	assert_int_equal(s->memory[6], 0xaaaaull << 48);
	assert_int_equal(stand_count(s, 5, HVB_CNT_ACCEPTED) + stand_count(s, 5, HVB_CNT_COALESCED), 160);
	assert_int_equal(stand_count(s, 6, HVB_CNT_ACCEPTED) + stand_count(s, 6, HVB_CNT_COALESCED), 80);
	assert_int_equal(stand_count(s, 6, BAD_OFFSET), 80);
	/* a SIGNAL is not held up by anything but the kick before it */
	kick_of(&tlp, 5, 0, 0);
	assert_true(stand_clock(s, &tlp));
	stand_doorbell(&tlp, 5, 1, stand_input(ID, 40));
	assert_false(stand_clock(s, &tlp));
	assert_true(stand_clock(s, &tlp));
	assert_true(stand_clock(s, &tlp));
	assert_int_equal(stand_status(s, 5, 1) >> 32, 12);
}

/* ---- reset */

static void test_reset_unbinds(void **state)
{
	struct stand *s = *state;

	for (unsigned i = 0; i < ALL; i++)
		bind(s, i % PARTS, i / PARTS, BOUND | stand_input(ID, 5));
	kick(s, 1, 1);
	stand_flr(s);
	assert_int_equal(stand_reg(s, HVB_R_KICK_ENTRY), 0);
	for (unsigned p = 0; p < PARTS; p++) {
		stand_partition(s, p, true, true);
		stand_port(s, p, ID, p, p, p);
	}
	memset(s->memory, 0, sizeof(s->memory));
	for (unsigned i = 0; i < ALL; i++)
		kick(s, i % PARTS, i / PARTS);
	assert_true(stand_drain(s, 2000));
	for (unsigned p = 0; p < PARTS; p++) {
		assert_int_equal(stand_count(s, p, BAD_OFFSET), HVB_SLOTS);
		assert_int_equal(s->memory[p], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_kick_is_the_signal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unbound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rebinding_is_ordered, setup, teardown),
		cmocka_unit_test_setup_teardown(test_places_that_are_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_partitions_are_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_shapes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_it_reads_as_zero, setup, teardown),
		cmocka_unit_test_setup_teardown(test_between_halves, setup, teardown),
		cmocka_unit_test_setup_teardown(test_back_to_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reset_unbinds, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
