/* SPDX-License-Identifier: MIT */
/*
 * The registers of BAR0 and BAR4 at the card's streams: what they read, which bits they keep, which writes have an
 * effect; and that writes of anything to every offset do not break what a function level reset cannot mend.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

static int setup(void **state)
{
	*state = stand_new();
	return 0;
}

static int teardown(void **state)
{
	stand_free(*state);
	return 0;
}

static void test_constants(void **state)
{
	struct stand *s = *state;

	assert_int_equal(stand_reg(s, HVB_R_MAGIC), (uint64_t)HVB_VERSION << 32 | HVB_MAGIC);
	assert_int_equal(stand_reg(s, HVB_R_PARAMS0), 32ull << HVB_PARAMS0_TAGS_SHIFT |
			 2048ull << HVB_PARAMS0_WORDS_SHIFT | 2048ull << HVB_PARAMS0_CONN_ROWS_SHIFT |
			 64ull << HVB_PARAMS0_PARTITIONS_SHIFT);
	assert_int_equal(stand_reg(s, HVB_R_PARAMS1), 125ull << HVB_PARAMS1_CLOCK_MHZ_SHIFT |
			 256ull << HVB_PARAMS1_GROUPS_SHIFT | 256ull << HVB_PARAMS1_VPS_SHIFT |
			 256ull << HVB_PARAMS1_VECTORS_SHIFT);
	assert_int_equal(stand_reg(s, HVB_R_PARAMS2), 4096ull << HVB_PARAMS2_CONNECTIONS_SHIFT |
			 2048ull << HVB_PARAMS2_LIST_ELEMS_SHIFT | 12ull << HVB_PARAMS2_PAGE_SHIFT_SHIFT |
			 HVB_PARAMS2_OWNED_MASK);
}

static void test_time_passes(void **state)
{
	struct stand *s = *state;

	for (unsigned gap = 0; gap < 300; gap += 7) {
		uint64_t before = stand_card_time(s), start = stand_now(s);
		stand_run(s, gap);
		uint64_t behind = stand_card_time(s);
		assert_int_equal(behind - before, stand_now(s) - start);
	}
}

static void test_bits_that_are_kept(void **state)
{
	struct stand *s = *state;
	static const struct { unsigned reg; uint64_t kept; } regs[] = {
		{ HVB_R_CONTROL, 3 }, { HVB_R_TIMEOUT, 0xffffffff }, { HVB_R_HASH0, 0xffffffff },
		{ HVB_R_HASH1, 0xffffffff }, { HVB_R_HASH2, 0xffffffff }, { HVB_R_KICK_ENTRY, ~0ull },
		{ HVB_R_CONN_ENTRY, ~0ull },
		{ HVB_R_WORD_ADDR, ~0ull },
		{ HVB_R_WORD_ATTR, ~0ull }, { HVB_R_LIST_ENTRY, ~0ull }, { HVB_R_GROUP_ENTRY, ~0ull } };

	for (unsigned i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		for (unsigned bit = 0; bit < 64; bit++) {
			uint64_t one = 1ull << bit;
			stand_reg_write(s, regs[i].reg, one);
			assert_int_equal(stand_reg(s, regs[i].reg), one & regs[i].kept);
			stand_write32(s, STAND_CTRL + regs[i].reg + (bit < 32 ? 4 : 0), 0);      /* the other half */
			assert_int_equal(stand_reg(s, regs[i].reg), one & regs[i].kept);
			stand_write32(s, STAND_CTRL + regs[i].reg + (bit < 32 ? 0 : 4), 0);
			assert_int_equal(stand_reg(s, regs[i].reg), 0);
		}
}

static void test_partitions(void **state)
{
	struct stand *s = *state;

	for (unsigned i = 0; i < 64; i++)
		stand_reg_write(s, HVB_W_PART + 8 * i, ~0ull << 2 | (i & 3));
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(stand_reg(s, HVB_W_PART + 8 * i), 1ull << HVB_PART_SIGNAL_EVENTS_SHIFT | (i & 3));
	assert_int_equal(stand_reg(s, HVB_W_PART + 8 * 64), 0);
}

static void good_world(struct stand *s)
{
	static const struct { unsigned reg; uint32_t value; } config[] = {
		{ 0x10, (uint32_t)STAND_CTRL }, { 0x14, 0 }, { 0x18, (uint32_t)STAND_DOORBELL }, { 0x1c, 0 },
		{ 0x20, (uint32_t)STAND_MSIX }, { 0x24, 0 }, { 0x04, 0x6 }, { 0x98, 0x40 } };

	for (unsigned i = 0; i < 8; i++)
		stand_cfg_write(s, config[i].reg, config[i].value);
	stand_cfg_write(s, 0x50, stand_cfg_read(s, 0x50) | 0x80000000u);
	for (int i = 0; i < 1000 && stand_reg(s, HVB_R_STATE) & HVB_STATE_INIT_MASK; i++)
		stand_run(s, 50);
	memset(s->row_used, 0, sizeof(s->row_used));
	memset(s->memory, 0, sizeof(s->memory));
	stand_partition(s, 1, true, true);
	stand_partition(s, 2, true, false);
	stand_port(s, 1, 7, 7, 7, 2);
}

static void random_write(struct stand *s, uint64_t base, unsigned off)
{
	uint64_t value = stand_random(s);

	if (stand_random(s) % 2)
		value &= 0x0fff0fff;     /* numbers that may be in range */
	if (base == STAND_CTRL && (off & ~7u) == HVB_R_WORD_ADDR)
		value = STAND_MEMORY + value % (8 * STAND_WORDS);        /* the stand's memory is all there is */
	if (base == STAND_MSIX && off < 0x1000 && (off & 8) == 0)
		value = STAND_MSG_ADDR;
	if (base == STAND_MSIX && off < 0x1000 && (off & 8))
		value &= 0x1000000ff;
	if (off % 8 == 0 && stand_random(s) % 2)
		stand_write64(s, base + off, value);
	else if (base != STAND_CTRL || (off & ~7u) != HVB_R_WORD_ADDR)
		stand_write32(s, base + off, (uint32_t)(off % 8 && base == STAND_MSIX ? value >> 32 : value));
}

/* Which registers take a write, and which halves of them do something. */
static void test_writes_without_effect(void **state)
{
	struct stand *s = *state;
	static const unsigned whole[] = { HVB_R_KICK_ENTRY, HVB_R_CONN_ENTRY, HVB_R_WORD_ADDR, HVB_R_WORD_ATTR,
		HVB_R_LIST_ENTRY, HVB_R_GROUP_ENTRY, HVB_R_TRACE_CTRL };
	static const unsigned low[] = { HVB_R_CONTROL, HVB_R_TIMEOUT, HVB_R_HASH0, HVB_R_HASH1, HVB_R_HASH2,
		HVB_R_KICK_COMMIT, HVB_R_CONN_COMMIT, HVB_R_WORD_COMMIT, HVB_R_LIST_COMMIT, HVB_R_GROUP_COMMIT,
		HVB_R_VP_CTRL, HVB_R_DRAIN, HVB_R_DIRECT };

	for (unsigned off = 0; off < 0x10000; off += 8) {
		bool both = false, lower = off >= HVB_W_PART && off < HVB_W_PART + 8 * 64;
		for (unsigned i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
			both |= off == whole[i];
		for (unsigned i = 0; i < sizeof(low) / sizeof(low[0]); i++)
			lower |= off == low[i];
		uint64_t bad = stand_reg(s, HVB_R_N_CTRL_BAD);
		stand_write64(s, STAND_CTRL + off, 0);
		assert_int_equal(stand_reg(s, HVB_R_N_CTRL_BAD) - bad, !both && !lower);
		stand_write32(s, STAND_CTRL + off, 0);
		assert_int_equal(stand_reg(s, HVB_R_N_CTRL_BAD) - bad, 2 * (!both && !lower));
		stand_write32(s, STAND_CTRL + off + 4, 0);
		assert_int_equal(stand_reg(s, HVB_R_N_CTRL_BAD) - bad, 2 * (!both && !lower) + !both);
	}
}

/* Each is found to have none at another stage of the pipeline, so that those of several meet in one cycle. */
static void test_each_without_effect_counts(void **state)
{
	struct stand *s = *state;
	static const struct { unsigned reg; uint64_t value; } none[] = { { HVB_R_VP_CTRL, 0xfff }, { HVB_R_MAGIC, 0 },
		{ HVB_R_WORD_COMMIT, 0xffff }, { HVB_R_CONN_COMMIT, 0xffffffff } };
	struct hvb_tlp req[200];
	const unsigned n = sizeof(req) / sizeof(req[0]);

	uint64_t bad = stand_reg(s, HVB_R_N_CTRL_BAD);
	for (unsigned i = 0; i < n; i++) {
		unsigned kind = (unsigned)(stand_random(s) % (sizeof(none) / sizeof(none[0]) + 1));
		if (kind == sizeof(none) / sizeof(none[0])) {
			stand_register(&req[i], HVB_R_WORD_ADDR, 0);
			req[i].hdr[0] |= HVB_TLP_DW0_POISON;
		} else {
			stand_register(&req[i], none[kind].reg, none[kind].value);
		}
	}
	assert_true(stand_volley(s, req, n));
	assert_int_equal(stand_reg(s, HVB_R_N_CTRL_BAD) - bad, n);
}

static void test_writes_to_every_offset(void **state)
{
	struct stand *s = *state;

	for (int round = 0; round < 3; round++) {
		for (unsigned off = 0; off < 0x10000; off += 4) {
			random_write(s, STAND_CTRL, off);
			random_write(s, STAND_MSIX, off);
			if (stand_random(s) % 8 == 0)
				stand_signal(s, 1, 0, stand_input(7, (unsigned)(stand_random(s) % 64)));
			assert_int_equal(stand_read64(s, STAND_CTRL), (uint64_t)HVB_VERSION << 32 | HVB_MAGIC);
		}
		stand_cfg_write(s, 0x78, 0x8000);        /* FLR */
		stand_run(s, 10);
		good_world(s);
		for (unsigned flag = 0; flag < 64; flag++) {
			uint64_t messages = s->messages;
			stand_signal(s, 1, 0, stand_input(7, flag));
			assert_int_equal(stand_status(s, 1, 0), (uint64_t)(flag + 1) << 32);
			stand_run(s, 80);
			assert_int_equal(s->memory[7], (2ull << flag) - 1);
			assert_int_equal(s->messages, messages + 1);
		}
		assert_true(s->rtl->out.idle);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_constants, setup, teardown),
		cmocka_unit_test_setup_teardown(test_time_passes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bits_that_are_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_partitions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_writes_without_effect, setup, teardown),
		cmocka_unit_test_setup_teardown(test_each_without_effect_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_writes_to_every_offset, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
