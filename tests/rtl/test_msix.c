/* SPDX-License-Identifier: MIT */
/*
 * MSI-X at the card's streams (PCIe 6.1.4): every vector unmasked, masked, under function mask, with MSI-X or bus
 * mastering off; what pends is sent exactly once when it may; a mask that changes while an AtomicOp flies; the table
 * by 4 and 8 bytes, and read while messages are decided by it; messages that find the output busy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define VECTORS 256
#define TAGS 32
#define CAP_MSIX 0x50            /* its place in configuration space */
#define MSIX_ENABLE 0x80000000u
#define MSIX_FUNCTION_MASK 0x40000000u
#define COMMAND_ALL 0x6          /* memory space, bus master */

/* Vector v: word v, VP v, connection v of partition 1, receiver v mod 32. */
static int setup(void **state)
{
	struct stand *s = stand_new();

	stand_partition(s, 1, true, true);
	for (unsigned p = 32; p < 64; p++)
		stand_partition(s, p, true, false);
	for (unsigned v = 0; v < VECTORS; v++)
		stand_port(s, 1, v, v, v, 32 + v % 32);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	stand_free(*state);
	return 0;
}

static void control(struct stand *s, uint32_t bits)
{
	uint32_t head = stand_cfg_read(s, CAP_MSIX);

	assert_int_equal(head & 0xff, 0x11);
	stand_cfg_write(s, CAP_MSIX, (head & 0x3fffffff) | bits);
}

static void mask(struct stand *s, unsigned v, bool masked)
{
	stand_write32(s, STAND_MSIX + 16 * v + 12, masked);
}

/* Clears the word first, so that the flag is new. */
static void ring(struct stand *s, unsigned v)
{
	s->memory[v] = 0;
	stand_signal(s, 1, 0, stand_input(v, v % 64));
}

static void ring_all(struct stand *s)
{
	for (unsigned v = 0; v < VECTORS; v++)
		ring(s, v);
	assert_true(stand_drain(s, 20000));
}

static bool pends(struct stand *s, unsigned v)
{
	return stand_read64(s, STAND_MSIX + HVB_PBA_OFFSET + v / 64 * 8) >> v % 64 & 1;
}

static void expect_none_pends(struct stand *s)
{
	for (unsigned q = 0; q < VECTORS / 64; q++)
		assert_int_equal(stand_read64(s, STAND_MSIX + HVB_PBA_OFFSET + 8 * q), 0);
}

static void expect_messages_each(struct stand *s, uint64_t n)
{
	for (unsigned v = 0; v < VECTORS; v++) {
		assert_int_equal(s->vector_messages[v], n);
		assert_int_equal(stand_reg(s, HVB_W_MSG + 8 * v), n);
	}
	assert_int_equal(s->messages, n * VECTORS);
	assert_int_equal(stand_reg(s, HVB_R_N_MESSAGE), n * VECTORS);
}

static void test_unmasked(void **state)
{
	struct stand *s = *state;

	for (unsigned v = 0; v < VECTORS; v++) {
		uint64_t before = s->messages;
		ring(s, v);
		stand_run(s, 40);
		assert_int_equal(s->messages, before + 1);
		assert_int_equal(s->vector_messages[v], 1);
		assert_int_equal(s->message.data[0], v);
	}
	expect_messages_each(s, 1);
	expect_none_pends(s);
	assert_int_equal(stand_reg(s, HVB_R_N_PENDED), 0);
}

static void test_each_vector_masked(void **state)
{
	struct stand *s = *state;

	for (unsigned v = 0; v < VECTORS; v++) {
		uint64_t before = s->messages;
		mask(s, v, true);
		for (int i = 0; i < 3; i++) {
			ring(s, v);
			stand_run(s, 60);
			for (unsigned q = 0; q < VECTORS / 64; q++)
				assert_int_equal(stand_read64(s, STAND_MSIX + HVB_PBA_OFFSET + 8 * q),
						 q == v / 64 ? 1ull << v % 64 : 0);
		}
		stand_run(s, 2 * VECTORS);
		assert_int_equal(s->messages, before);
		mask(s, v, false);
		stand_run(s, 2 * VECTORS);
		assert_int_equal(s->messages, before + 1);
		assert_int_equal(s->vector_messages[v], 1);
		assert_false(pends(s, v));
	}
	expect_messages_each(s, 1);
	assert_int_equal(stand_reg(s, HVB_R_N_PENDED), 3 * VECTORS);
}

/* All pend, half of them keep their own mask when the function's goes. */
static void hold_and_release(struct stand *s, void (*hold)(struct stand *s, bool on))
{
	hold(s, true);
	ring_all(s);
	assert_int_equal(s->messages, 0);
	for (unsigned q = 0; q < VECTORS / 64; q++)
		assert_int_equal(stand_read64(s, STAND_MSIX + HVB_PBA_OFFSET + 8 * q), ~0ull);
	for (unsigned v = 0; v < VECTORS; v += 2)
		mask(s, v, true);
	stand_run(s, 2 * VECTORS);
	assert_int_equal(s->messages, 0);
	hold(s, false);
	stand_run(s, 4 * VECTORS);
	for (unsigned v = 0; v < VECTORS; v++)
		assert_int_equal(s->vector_messages[v], v % 2);
	for (unsigned q = 0; q < VECTORS / 64; q++)
		assert_int_equal(stand_read64(s, STAND_MSIX + HVB_PBA_OFFSET + 8 * q), 0x5555555555555555ull);
	for (unsigned v = 0; v < VECTORS; v += 2) {
		mask(s, v, false);
		stand_run(s, 2 * VECTORS);
		assert_int_equal(s->vector_messages[v], 1);
	}
	expect_messages_each(s, 1);
	expect_none_pends(s);
	ring_all(s);
	expect_messages_each(s, 2);
}

static void function_mask(struct stand *s, bool on)
{
	control(s, MSIX_ENABLE | (on ? MSIX_FUNCTION_MASK : 0));
}

static void test_function_mask(void **state)
{
	hold_and_release(*state, function_mask);
}

static void switch_off(struct stand *s, bool off)
{
	control(s, off ? 0 : MSIX_ENABLE);
}

static void test_msix_off(void **state)
{
	hold_and_release(*state, switch_off);
}

static void off_and_masked(struct stand *s, bool on)
{
	control(s, on ? MSIX_FUNCTION_MASK : MSIX_ENABLE);
}

static void test_msix_off_and_masked(void **state)
{
	hold_and_release(*state, off_and_masked);
}

/* Bus mastering goes off while AtomicOps fly: their messages pend. */
static void test_bus_master_off(void **state)
{
	struct stand *s = *state;

	s->withhold = true;
	for (unsigned v = 0; v < TAGS; v++)
		ring(s, v);
	stand_run(s, 10);
	assert_int_equal(s->atomics, TAGS);
	stand_cfg_write(s, 4, COMMAND_ALL & ~4u);
	s->withhold = false;
	ring(s, 100);
	stand_run(s, 500);
	assert_int_equal(s->messages, 0);
	assert_int_equal(s->atomics, TAGS);
	for (unsigned v = 0; v < VECTORS; v++)
		assert_int_equal(pends(s, v), v < TAGS);
	stand_cfg_write(s, 4, COMMAND_ALL);
	stand_run(s, 500);
	assert_int_equal(s->atomics, TAGS + 1);
	assert_int_equal(s->messages, TAGS + 1);
	for (unsigned v = 0; v < TAGS; v++)
		assert_int_equal(s->vector_messages[v], 1);
	assert_int_equal(s->vector_messages[100], 1);
	expect_none_pends(s);
}

/* The entry counts that stands there when the completion comes, not when the AtomicOp left. */
static void test_change_in_flight(void **state)
{
	struct stand *s = *state;

	for (unsigned v = 0; v < VECTORS; v += 5) {
		uint64_t before = s->messages;
		s->withhold = true;
		ring(s, v);
		stand_run(s, 40);
		mask(s, v, true);
		assert_int_equal(stand_read64(s, STAND_MSIX + 16 * v + 8) >> 32, 1);   /* the mask has arrived */
		s->withhold = false;
		stand_run(s, 40);
		assert_int_equal(s->messages, before);
		assert_true(pends(s, v));
		/* under its mask software moves the vector: what pends uses the new address and data */
		stand_write64(s, STAND_MSIX + 16 * v, 0x1200000000ull | STAND_MSG_ADDR);
		stand_write32(s, STAND_MSIX + 16 * v + 8, v ^ 1);
		mask(s, v, false);
		stand_run(s, 2 * VECTORS);
		assert_int_equal(s->messages, before + 1);
		assert_int_equal(s->message.data[0], v ^ 1);
		assert_int_equal(s->message.hdr[0], 0x60000001);  /* memory write, 4 DW header, 1 DW */
		assert_int_equal(s->message.hdr[1], (uint32_t)STAND_ID << 16 | 0xf);
		assert_int_equal(s->message.hdr[2], 0x12);
		assert_int_equal(s->message.hdr[3], STAND_MSG_ADDR);
		assert_int_equal(stand_reg(s, HVB_W_MSG + 8 * v), 1);
		/* masked before the AtomicOp leaves, free again before it is answered: sent at once */
		mask(s, v, true);
		s->withhold = true;
		ring(s, v);
		stand_run(s, 40);
		stand_vector(s, v, false);
		stand_run(s, 4);
		s->withhold = false;
		stand_run(s, 30);
		assert_int_equal(s->messages, before + 2);
		assert_int_equal(s->message.data[0], v);
		assert_int_equal(s->message.hdr[0], 0x40000001);
		assert_int_equal(s->message.hdr[2], STAND_MSG_ADDR);
		assert_false(pends(s, v));
	}
}

/* The mask changes in each cycle around the completion: the message is sent, or pends, and never both or neither. */
static void test_mask_in_every_cycle(void **state)
{
	struct stand *s = *state;
	uint64_t sent = 0;

	for (unsigned delay = 0; delay < 50; delay++) {
		ring(s, 9);
		stand_run(s, delay);
		mask(s, 9, true);
		stand_run(s, 2 * VECTORS);
		bool now = s->vector_messages[9] == sent + 1;
		assert_true(now != pends(s, 9));
		assert_true(delay > 12 || !now);
		assert_true(delay < 32 || now);
		mask(s, 9, false);
		stand_run(s, 2 * VECTORS);
		assert_int_equal(s->vector_messages[9], ++sent);
		/* and away again while the pending one is just being sent */
		mask(s, 9, true);
		ring(s, 9);
		stand_run(s, 60);
		mask(s, 9, false);
		stand_run(s, delay * 6);
		mask(s, 9, true);
		stand_run(s, 2 * VECTORS);
		mask(s, 9, false);
		stand_run(s, 2 * VECTORS);
		assert_int_equal(s->vector_messages[9], ++sent);
		assert_false(pends(s, 9));
	}
}

static void test_table_access(void **state)
{
	struct stand *s = *state;
	uint64_t low[VECTORS], high[VECTORS];

	for (unsigned v = 0; v < VECTORS; v++) {
		uint64_t at = STAND_MSIX + 16 * v;
		low[v] = stand_random(s);
		high[v] = stand_random(s);
		if (v % 2) {
			stand_write64(s, at, low[v]);
			stand_write64(s, at + 8, high[v]);
			continue;
		}
		stand_write32(s, at + 12, (uint32_t)(high[v] >> 32));
		stand_write32(s, at + 8, (uint32_t)high[v]);
		stand_write32(s, at + 4, (uint32_t)(low[v] >> 32));
		stand_write32(s, at, (uint32_t)low[v]);
	}
	for (unsigned v = 0; v < VECTORS; v++) {
		uint64_t at = STAND_MSIX + 16 * v;
		struct hvb_tlp tlp, reply;
		low[v] &= ~3ull;                 /* a message is DW aligned */
		high[v] &= 0x1ffffffffull;       /* vector control has its mask bit alone */
		assert_int_equal(stand_read64(s, at), low[v]);
		assert_int_equal(stand_read64(s, at + 8), high[v]);
		for (unsigned d = 0; d < 4; d++) {
			struct hvb_tlp_head head = { .type = HVB_TLP_MRD };
			hvb_tlp_span(&head, at + 4 * d, 4);
			hvb_tlp_build(&head, &tlp);
			assert_true(stand_ask(s, &tlp, &reply));
			assert_int_equal(reply.data[0], (uint32_t)((d < 2 ? low[v] : high[v]) >> 32 * (d % 2)));
		}
	}
}

/* As stand_run; where it floods, completions of nobody fill every cycle but those in which an AtomicOp flies. */
static void run_flooded(struct stand *s, bool flood, unsigned cycles)
{
	while (cycles--) {
		s->inject = flood && !s->flights;
		stand_clock(s, NULL);
	}
}

/* The host reads or writes another vector's entry in each cycle around the completion: that is done, and the message
 * goes, at most two cycles later than without, whatever completes behind it. */
static void host_meets_completions(struct stand *s, bool write, bool flood)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_CPL, .tag = TAGS, .requester = STAND_ID, .bytes = 4 };
	uint64_t usual = 0, most = 0, entry = STAND_MSIX + 16 * 9 + 8;
	struct hvb_tlp access;

	hvb_tlp_build(&head, &s->inject_cpl);
	for (unsigned delay = 0; delay < 50; delay++) {
		uint64_t before = s->messages, start = stand_now(s), took;
		unsigned data = write ? 9 + delay : 9;
		head = (struct hvb_tlp_head){ .type = write ? HVB_TLP_MWR : HVB_TLP_MRD };
		hvb_tlp_span(&head, entry, 8);
		hvb_tlp_build(&head, &access);
		access.data[0] = data;
		ring(s, 8);
		run_flooded(s, flood, delay);
		s->reply_here = false;
		s->inject = flood && !s->flights;
		assert_true(stand_clock(s, &access));
		run_flooded(s, flood, 60);
		if (write)
			assert_int_equal(stand_read64(s, entry), data);
		assert_true(s->reply_here);
		assert_int_equal(s->reply.data[0], data);
		assert_int_equal(s->messages, before + 1);
		assert_int_equal(s->message.data[0], 8);
		took = s->last_message_cycle - start;
		if (!delay)
			usual = took;
		most = took > most ? took : most;
	}
	assert_int_equal(most - usual, 2);
}

static void test_reads_meet_completions(void **state)
{
	host_meets_completions(*state, false, false);
	host_meets_completions(*state, false, true);
}

static void test_writes_meet_completions(void **state)
{
	host_meets_completions(*state, true, false);
	host_meets_completions(*state, true, true);
}

/* A completion in every cycle, of nobody: what pends is found all the same, at one vector in four cycles. */
static void test_scan_has_its_turn(void **state)
{
	struct stand *s = *state;
	struct hvb_tlp_head head = { .type = HVB_TLP_CPL, .tag = TAGS, .requester = STAND_ID, .bytes = 4 };
	struct hvb_tlp nobodys;

	hvb_tlp_build(&head, &nobodys);
	/* the scan rests behind the last one that it found: so this is as far from it as can be */
	for (unsigned v = VECTORS - 1; v > 4; v -= 5) {
		mask(s, v, true);
		ring(s, v);
		stand_run(s, 4 * VECTORS);
		assert_true(pends(s, v));
		mask(s, v, false);
		for (unsigned cycles = 0; !s->vector_messages[v] && cycles < 4 * VECTORS + 40; cycles++) {
			s->inject_cpl = nobodys;
			s->inject = true;
			stand_clock(s, NULL);
		}
		assert_int_equal(s->vector_messages[v], 1);
		assert_false(pends(s, v));
	}
}

static void test_writes_without_effect(void **state)
{
	struct stand *s = *state;
	uint64_t bad = stand_reg(s, HVB_R_N_CTRL_BAD);

	mask(s, 3, true);
	ring(s, 3);
	stand_run(s, 40);
	stand_write64(s, STAND_MSIX + HVB_PBA_OFFSET, 0);         /* the PBA is the card's */
	stand_write64(s, STAND_MSIX + HVB_PBA_OFFSET, ~0ull);
	stand_write64(s, STAND_MSIX + 16 * VECTORS, ~0ull);
	stand_write32(s, STAND_MSIX + 16 * VECTORS + 12, 0);
	stand_write32(s, STAND_MSIX + 0xfffc, 0);
	stand_run(s, 2 * VECTORS);
	assert_int_equal(stand_read64(s, STAND_MSIX + HVB_PBA_OFFSET), 8);
	assert_int_equal(stand_read64(s, STAND_MSIX + 16 * VECTORS), 0);
	assert_int_equal(stand_read64(s, STAND_MSIX + HVB_PBA_OFFSET + VECTORS / 8), 0);
	assert_int_equal(stand_read64(s, STAND_MSIX), STAND_MSG_ADDR);
	assert_int_equal(stand_reg(s, HVB_R_N_CTRL_BAD) - bad, 5);
	assert_int_equal(s->messages, 0);
}

/* The posted output never ready: completions go on as long as there are tags, reads are answered, nothing is lost. */
static void test_posted_output_stalled(void **state)
{
	struct stand *s = *state;

	for (int masked = 0; masked < 2; masked++) {
		uint64_t before = s->messages, completions = s->completions;
		memset(s->memory, 0, sizeof(s->memory));
		s->stall_p = 256;
		for (unsigned v = 0; v < VECTORS; v++)
			ring(s, v);
		stand_run(s, 2000);
		assert_int_equal(s->messages, before);
		/* as many wait as there are tags, one stands in the output, and one or two were between completion
		 * and queue */
		assert_in_range(s->completions - completions, TAGS + 1, TAGS + 3);
		assert_int_equal(stand_status(s, 1, 0) & 0xffff, HVB_STATUS_SUCCESS);
		assert_false(stand_reg(s, HVB_R_STATE) & HVB_STATE_QUIET_MASK);
		if (masked) {
			/* nobody may go now: those that wait pend, and the stalled beat alone remains */
			for (unsigned v = 0; v < VECTORS; v++)
				mask(s, v, true);
			stand_run(s, 6000);
			assert_int_equal(s->completions - completions, VECTORS);
			for (unsigned v = 0; v < VECTORS; v++)
				mask(s, v, false);
			stand_run(s, 4 * VECTORS);
			assert_int_equal(s->messages, before);
		}
		s->stall_p = 0;
		assert_true(stand_drain(s, 20000));
		stand_run(s, 4 * VECTORS);
		expect_messages_each(s, 1 + masked);
		expect_none_pends(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_unmasked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_each_vector_masked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_function_mask, setup, teardown),
		cmocka_unit_test_setup_teardown(test_msix_off, setup, teardown),
		cmocka_unit_test_setup_teardown(test_msix_off_and_masked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bus_master_off, setup, teardown),
		cmocka_unit_test_setup_teardown(test_change_in_flight, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mask_in_every_cycle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_table_access, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reads_meet_completions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_writes_meet_completions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scan_has_its_turn, setup, teardown),
		cmocka_unit_test_setup_teardown(test_writes_without_effect, setup, teardown),
		cmocka_unit_test_setup_teardown(test_posted_output_stalled, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
