/* SPDX-License-Identifier: MIT */
/*
 * Configuration space at the card's streams: what it says at power-on, every bit written as a walking one, byte
 * enables, sizes of the BARs, the chain of capabilities, DEVCAP2, MSI-X, VSEC; and that AtomicOp Requester Enable and
 * Bus Master Enable hold every AtomicOp without losing one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define DEVCTL 0x78
#define DEVCTL_FLR 0x8000u
#define DEVCTL2 0x98

/* A card as it leaves reset: nothing switched on. */
static int setup(void **state)
{
	struct stand *s = calloc(1, sizeof(*s));

	s->rtl = hvb_rtl_new();
	s->latency = 20;
	s->random = 12345;
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	stand_free(*state);
	return 0;
}

struct config_dw {
	unsigned reg;
	uint32_t value, writable;
};

/* Everything that does not read 0 or takes a bit. 0x44 (power state) and DEVCTL have tests of their own. */
static const struct config_dw dws[] = {
	{ 0x00, HVB_DEVICE_ID << 16 | HVB_VENDOR_ID, 0 },
	{ 0x04, 0x00100000, 0x00000146 },        /* capability list; memory, bus master, parity, SERR */
	{ 0x08, 0x08800001, 0 },                 /* system peripheral */
	{ 0x0c, 0, 0xff },
	{ 0x10, 4, 0xffff0000 }, { 0x14, 0, 0xffffffff },
	{ 0x18, 4, 0xfffc0000 }, { 0x1c, 0, 0xffffffff },
	{ 0x20, 4, 0xffff0000 }, { 0x24, 0, 0xffffffff },
	{ 0x2c, HVB_DEVICE_ID << 16 | HVB_VENDOR_ID, 0 },
	{ 0x34, 0x40, 0 },
	{ 0x40, 0x00035001, 0 }, { 0x44, 0x00000008, 0 },
	{ 0x50, 0x00ff7011, 0xc0000000 }, { 0x54, 4, 0 }, { 0x58, HVB_PBA_OFFSET | 4, 0 },
	{ 0x70, 0x00020010, 0 }, { 0x74, 0x10008000, 0 }, { DEVCTL, 0, 0xf }, { 0x7c, 0x00400083, 0 },
	{ 0x80, 0x10830000, 0xcb },
	{ 0x94, 0x00000190, 0 },                 /* completer of 32- and 64-bit AtomicOps; time-out can be disabled */
	{ DEVCTL2, 0, 0x50 },
	{ 0x9c, 0x0000000e, 0 }, { 0xa0, 3, 0 },
	{ 0x100, 0x0001000b, 0 }, { 0x104, 0x01c10000 | HVB_VSEC_ID, 0 }, { 0x108, HVB_MAGIC, 0 }, { 0x10c, HVB_VERSION,
		0 },
	{ 0x110, 256 << 16 | 64, 0 }, { 0x114, 4096, 0 }, { 0x118, 2048, 0 },
};
#define DWS (sizeof(dws) / sizeof(dws[0]))

static const struct config_dw *find(unsigned reg)
{
	static struct config_dw nothing;

	for (unsigned i = 0; i < DWS; i++)
		if (dws[i].reg == reg)
			return &dws[i];
	nothing.reg = reg;
	return &nothing;
}

static void expect_defaults(struct stand *s)
{
	for (unsigned reg = 0; reg < 4096; reg += 4)
		assert_int_equal(stand_cfg_read(s, reg), find(reg)->value);
}

static void test_power_on(void **state)
{
	expect_defaults(*state);
}

static void test_walking_ones(void **state)
{
	struct stand *s = *state;

	for (unsigned reg = 0; reg < 0x140; reg += 4)
		for (unsigned bit = 0; bit < 32; bit++) {
			const struct config_dw *dw = find(reg);
			uint32_t one = 1u << bit;
			if (reg == DEVCTL && one == DEVCTL_FLR)
				continue;
			stand_cfg_write(s, reg, one);
			assert_int_equal(stand_cfg_read(s, reg), dw->value | (one & dw->writable));
			stand_cfg_write(s, reg, 0);
			assert_int_equal(stand_cfg_read(s, reg), dw->value);
		}
	for (unsigned reg = 0x140; reg < 4096; reg += 4) {
		stand_cfg_write(s, reg, 0xffffffff);
		assert_int_equal(stand_cfg_read(s, reg), 0);
	}
	expect_defaults(s);
}

static void config_write_bytes(struct stand *s, unsigned reg, unsigned enables, uint32_t value, uint16_t target)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_CFGWR0, .len = 1, .first_be = (uint8_t)enables, .requester = 0x10,
		.target = target, .reg = (uint16_t)reg };
	struct hvb_tlp tlp, reply;

	hvb_tlp_build(&head, &tlp);
	tlp.data[0] = value;
	assert_true(stand_ask(s, &tlp, &reply));
	hvb_tlp_parse(&reply, &head);
	assert_int_equal(head.type, HVB_TLP_CPL);
	assert_int_equal(head.status, HVB_CPL_SC);
	assert_int_equal(head.bytes, 4);
}

static void test_byte_enables(void **state)
{
	struct stand *s = *state;

	for (unsigned enables = 0; enables < 16; enables++) {
		uint32_t mask = 0;
		for (unsigned b = 0; b < 4; b++)
			mask |= enables >> b & 1 ? 0xffu << 8 * b : 0;
		stand_cfg_write(s, 0x14, 0x12345678);
		config_write_bytes(s, 0x14, enables, 0xfedcba98, STAND_ID);
		assert_int_equal(stand_cfg_read(s, 0x14), (0x12345678 & ~mask) | (0xfedcba98 & mask));
		/* FLR is in byte 1: not asked for where that is not written */
		stand_cfg_write(s, 0x24, 0x5555);
		config_write_bytes(s, DEVCTL, enables & ~2u, DEVCTL_FLR, STAND_ID);
		assert_int_equal(stand_cfg_read(s, 0x24), 0x5555);
	}
}

static void test_sizes_of_bars(void **state)
{
	struct stand *s = *state;
	static const struct { unsigned reg; uint64_t size; } bars[] = { { 0x10, 0x10000 }, { 0x18, 0x40000 },
		{ 0x20, 0x10000 } };

	for (unsigned i = 0; i < 3; i++) {
		stand_cfg_write(s, bars[i].reg, 0xffffffff);
		stand_cfg_write(s, bars[i].reg + 4, 0xffffffff);
		uint64_t bar = (uint64_t)stand_cfg_read(s, bars[i].reg + 4) << 32 | stand_cfg_read(s, bars[i].reg);
		assert_int_equal(bar & 0xf, 4);          /* memory, 64 bits, not prefetchable */
		assert_int_equal(~(bar & ~0xfull) + 1, bars[i].size);
	}
}

/* As a host walks it: power management, MSI-X, PCI Express; and one extended capability. */
static void test_chain(void **state)
{
	struct stand *s = *state;
	static const unsigned ids[] = { 0x01, 0x11, 0x10 };
	unsigned at = stand_cfg_read(s, 0x34) & 0xff;

	for (unsigned i = 0; i < 3; i++) {
		uint32_t head = stand_cfg_read(s, at);
		assert_int_equal(head & 0xff, ids[i]);
		at = head >> 8 & 0xff;
	}
	assert_int_equal(at, 0);
	uint32_t extended = stand_cfg_read(s, HVB_VSEC_OFFSET);
	assert_int_equal(extended & 0xffff, 0x000b);
	assert_int_equal(extended >> 20, 0);
}

/* The function takes its id from the configuration writes it gets (PCIe 2.2.6.2). */
static void test_id_is_captured(void **state)
{
	struct stand *s = *state;
	struct hvb_tlp_head head;

	for (unsigned i = 0; i < 20; i++) {
		uint16_t id = (uint16_t)stand_random(s);
		config_write_bytes(s, 0x0c, 1, i, id);
		assert_int_equal(stand_cfg_read(s, 0x0c), i);
		hvb_tlp_parse(&s->reply, &head);
		assert_int_equal(head.completer, id);
	}
}

static void test_power_states(void **state)
{
	struct stand *s = *state;
	static const struct { uint32_t write, then; } steps[] = { { 3, 3 }, { 1, 3 }, { 2, 3 }, { 0, 0 }, { 1, 0 },
		{ 2, 0 }, { 3, 3 }, { 0xfffffff0, 0 } };

	for (unsigned i = 0; i < 8; i++) {
		stand_cfg_write(s, 0x44, steps[i].write);
		assert_int_equal(stand_cfg_read(s, 0x44), 8 | steps[i].then);
	}
}

/* DEVSTA: what the card saw, cleared by writing ones. */
static void test_device_status(void **state)
{
	struct stand *s = *state;
	struct hvb_tlp_head head = { .type = HVB_TLP_MRD };
	struct hvb_tlp tlp, reply;

	hvb_tlp_span(&head, 0x5000, 8);
	hvb_tlp_build(&head, &tlp);
	assert_true(stand_ask(s, &tlp, &reply));         /* memory space is off: UR */
	assert_int_equal(stand_cfg_read(s, DEVCTL) >> 16, 0x9);          /* correctable, unsupported request */
	stand_cfg_write(s, DEVCTL, 0x00010000);
	assert_int_equal(stand_cfg_read(s, DEVCTL) >> 16, 0x8);
	stand_write64(s, 0x5000, 1);
	assert_int_equal(stand_cfg_read(s, DEVCTL) >> 16, 0xa);          /* a posted one: not fatal */
	stand_cfg_write(s, DEVCTL, 0x000f0000);
	assert_int_equal(stand_cfg_read(s, DEVCTL) >> 16, 0);
}

/* ---- what may leave */

static void hold(struct stand *s, unsigned reg, uint32_t off, uint32_t on)
{
	uint64_t atomics;

	for (unsigned round = 0; round < 20; round++) {
		uint64_t want = stand_random(s) | 1;
		s->memory[7] = 0;
		stand_signal(s, 1, 0, stand_input(7, 0));
		stand_cfg_write(s, reg, off);
		stand_run(s, 60);
		assert_false(stand_reg(s, HVB_R_STATE) & HVB_STATE_ATOMIC_EN_MASK);
		atomics = s->atomics;
		for (unsigned flag = 1; flag < 64; flag++)
			if (want >> flag & 1)
				stand_signal(s, 1, 0, stand_input(7, flag));
		assert_int_equal(stand_status(s, 1, 0) & 0xffff, HVB_STATUS_SUCCESS);
		stand_run(s, 500);
		assert_int_equal(s->atomics, atomics);
		assert_int_equal(s->memory[7], 1);
		assert_false(stand_delivered(s, 1, 0));
		stand_cfg_write(s, reg, on);
		stand_run(s, 100);
		assert_true(stand_reg(s, HVB_R_STATE) & HVB_STATE_ATOMIC_EN_MASK);
		assert_int_equal(s->memory[7], want);
		assert_true(stand_delivered(s, 1, 0));
	}
}

static int setup_ready(void **state)
{
	struct stand *s = stand_new();

	stand_partition(s, 1, true, true);
	stand_partition(s, 2, true, false);
	stand_port(s, 1, 7, 7, 7, 2);
	*state = s;
	return 0;
}

static void test_atomics_off(void **state)
{
	hold(*state, DEVCTL2, 0, 0x40);
}

static void test_bus_master_off(void **state)
{
	hold(*state, 0x04, 0x2, 0x6);
}

static void test_transactions_pending(void **state)
{
	struct stand *s = *state;

	s->withhold = true;
	assert_int_equal(stand_cfg_read(s, DEVCTL) >> 16 & 0x20, 0);
	stand_signal(s, 1, 0, stand_input(7, 0));
	stand_run(s, 40);
	assert_int_equal(stand_cfg_read(s, DEVCTL) >> 16 & 0x20, 0x20);
	s->withhold = false;
	stand_run(s, 10);
	assert_int_equal(stand_cfg_read(s, DEVCTL) >> 16 & 0x20, 0);
}

/* A write elsewhere in configuration space takes no doorbell from its BAR, in whatever cycle that comes. */
static void test_doorbells_beside_writes(void **state)
{
	struct stand *s = *state;
	struct hvb_tlp_head head = { .type = HVB_TLP_CFGWR0, .len = 1, .first_be = 15, .requester = 0x10,
		.target = STAND_ID, .reg = 0x0c };
	uint64_t missed = stand_reg(s, HVB_R_N_RX_MISS);
	struct hvb_tlp write, bell;

	hvb_tlp_build(&head, &write);
	write.data[0] = 0x10;
	for (unsigned flag = 0; flag < 64; flag++) {
		assert_true(stand_clock(s, &write));
		for (unsigned i = 0; i < 20; i++) {
			stand_doorbell(&bell, 1, 0, stand_input(7, flag));
			assert_true(stand_clock(s, &bell));
		}
	}
	assert_true(stand_drain(s, 20000));
	assert_int_equal(stand_reg(s, HVB_R_N_RX_MISS), missed);
	assert_int_equal(s->memory[7], ~0ull);
	assert_int_equal(stand_cfg_read(s, 0x0c) & 0xff, 0x10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_power_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_walking_ones, setup, teardown),
		cmocka_unit_test_setup_teardown(test_byte_enables, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sizes_of_bars, setup, teardown),
		cmocka_unit_test_setup_teardown(test_chain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_id_is_captured, setup, teardown),
		cmocka_unit_test_setup_teardown(test_power_states, setup, teardown),
		cmocka_unit_test_setup_teardown(test_device_status, setup, teardown),
		cmocka_unit_test_setup_teardown(test_atomics_off, setup_ready, teardown),
		cmocka_unit_test_setup_teardown(test_bus_master_off, setup_ready, teardown),
		cmocka_unit_test_setup_teardown(test_transactions_pending, setup_ready, teardown),
		cmocka_unit_test_setup_teardown(test_doorbells_beside_writes, setup_ready, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
