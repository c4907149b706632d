/* SPDX-License-Identifier: MIT */
/* Every kind of request TLP straight into the card: types, lengths, offsets, byte enables, poison, damage. What each
 * must do is worked out here from docs/design.md: what is answered, with how many completions, and which counter counts
 * it. After all of them a good signal still works. */
#include "sim_helper.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "driver/backends.h"
#include "hvb_regs.h"
#include "sim/card.h"
#include "sim/rc.h"

#define RW (HVB_DMA_READ | HVB_DMA_WRITE)
#define PARTITION 3u             /* whose doorbell page is battered */
#define RESERVED_CTRL 0x0800u    /* nothing is there */

static struct hvb_dev *dev;
static uint64_t bars[6];

/* What a run of TLPs should have done. */
struct expected {
	uint64_t completions, bad, miss, ctrl_bad, page_counts;
};

struct shot {
	struct hvb_tlp tlp;
	bool damaged;
};

static void fire(struct hvb_rc *rc, void *arg)
{
	const struct shot *shot = arg;

	assert_true(hvb_rc_raw(rc, &shot->tlp, shot->damaged, NULL));
}

static void shoot(const struct shot *shot)
{
	hvb_card_call(hvb_sim_card(dev), fire, (void *)(uintptr_t)shot);
	dev->ops->step(dev, 24);
}

static int setup(void **state)
{
	uint32_t low, high;

	(void)state;
	dev = sim_open_card("sim:?step=1&latency=none");
	for (unsigned bar = 0; bar < 6; bar += 2) {
		hvb_dev_read32(dev, HVB_REGION_CONFIG, 0x10 + 4 * bar, &low);
		hvb_dev_read32(dev, HVB_REGION_CONFIG, 0x14 + 4 * bar, &high);
		bars[bar] = (uint64_t)high << 32 | (low & ~15u);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hvb_dev_close(dev);
	return 0;
}

static uint64_t page_counts(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < HVB_COUNTERS; i++)
		sum += sim_register(dev, HVB_W_COUNT + 8 * (PARTITION * HVB_COUNTERS + i));
	return sum;
}

static struct expected measure(void)
{
	return (struct expected){
		.completions = sim_stat(dev, "unexpected_completions"),
		.bad = sim_register(dev, HVB_R_N_RX_BAD),
		.miss = sim_register(dev, HVB_R_N_RX_MISS),
		.ctrl_bad = sim_register(dev, HVB_R_N_CTRL_BAD),
		.page_counts = page_counts(),
	};
}

/* Completions of a read: more than a register is zeroes, split at multiples of 128 bytes. */
static unsigned pieces(const struct hvb_tlp_head *head)
{
	uint64_t last = (head->addr & 0xfff) + 4u * head->len - 1;

	if (head->len <= (head->addr & 4 ? 1u : 2u))
		return 1;
	return (unsigned)(last / 128 - (head->addr & 0xfff) / 128) + 1;
}

static bool well_formed(const struct hvb_tlp_head *head)
{
	bool one = head->len == 1, two = head->len == 2;

	return !head->poisoned && (one || (two && !(head->addr & 4))) && head->first_be == 15 &&
	       head->last_be == (one ? 0 : 15);
}

/* Locked reads, I/O and type 1 configuration want an answer though the card serves none of them. */
static bool wants_refusal(unsigned code)
{
	return (code & ~0x20u) == 0x01 || (code & ~0x40u) == 0x02 || (code & ~0x40u) == 0x05;
}

/* Operands have 32 or 64 bits, those of a compare-and-swap also 128; any other length is malformed. */
static bool operands_exist(const struct hvb_tlp_head *head)
{
	if (head->type == HVB_TLP_CAS)
		return head->len == 2 || head->len == 4 || head->len == 8;
	return head->len == 1 || head->len == 2;
}

static int bar_of(uint64_t addr)
{
	if (addr >= bars[2] && addr < bars[2] + 64 * 4096)
		return 2;
	if (addr >= bars[4] && addr < bars[4] + 0x10000)
		return 4;
	return addr >= bars[0] && addr < bars[0] + 0x10000 ? 0 : -1;
}

static void expect_write(const struct hvb_tlp_head *head, int bar, struct expected *expected)
{
	bool first_half;

	if (bar < 0) {
		expected->miss++;
	} else if (bar == 2) {
		first_half = well_formed(head) && head->len == 1 && (head->addr & 0xff) == 0;
		expected->page_counts += !first_half;
	} else {
		/* nothing is at the places that are written here */
		expected->ctrl_bad++;
	}
}

static void expect(const struct shot *shot, struct expected *expected)
{
	unsigned code = shot->tlp.hdr[0] >> 24;
	struct hvb_tlp_head head;
	int bar;

	hvb_tlp_parse(&shot->tlp, &head);
	bar = bar_of(head.addr);
	if (shot->damaged) {
		expected->bad++;
	} else if (head.type == HVB_TLP_MWR) {
		expect_write(&head, bar, expected);
	} else if (head.type == HVB_TLP_MRD) {
		expected->completions += bar < 0 ? 1 : pieces(&head);
		expected->miss += bar < 0;
		expected->page_counts += bar == 2;
	} else if (hvb_tlp_atomic(head.type) && operands_exist(&head)) {
		expected->completions++;
		expected->miss += bar < 0;
		expected->page_counts += bar == 2;
		expected->ctrl_bad += bar == 0 || bar == 4;
	} else if (head.type == HVB_TLP_CFGRD0 || head.type == HVB_TLP_CFGWR0) {
		expected->completions++;
	} else {
		expected->bad++;
		expected->completions += wants_refusal(code);
	}
}

static void compare(const char *what, const struct expected *before, const struct expected *grown)
{
	struct expected now = measure();
	const struct {
		const char *name;
		uint64_t before, now, grown;
	} rows[] = {
		{ "completions", before->completions, now.completions, grown->completions },
		{ "N_RX_BAD", before->bad, now.bad, grown->bad },
		{ "N_RX_MISS", before->miss, now.miss, grown->miss },
		{ "N_CTRL_BAD", before->ctrl_bad, now.ctrl_bad, grown->ctrl_bad },
		{ "counters of the page", before->page_counts, now.page_counts, grown->page_counts },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].now - rows[i].before != rows[i].grown)
			fail_msg("%s: %s grew by %d, not by %d", what, rows[i].name,
				 (int)(rows[i].now - rows[i].before), (int)rows[i].grown);
}

static void good_signal_works(void)
{
	uint64_t *page = sim_page(), iova;

	assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &iova), 0);
	sim_connect(dev, PARTITION, 7, 0, iova, 0, 0);
	sim_signal(dev, PARTITION, 7, 12);
	assert_int_equal(sim_status(dev, PARTITION), HVB_STATUS_SUCCESS);
	sim_delivered(dev, PARTITION);
	assert_int_equal(page[0], 1u << 12);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 4096), 0);
	free(page);
}

static uint64_t pick_address(void)
{
	switch (rand() % 6) {
	case 0:
		return bars[0] + RESERVED_CTRL + (unsigned)(rand() % 0x100) * 4;
	case 1:
	case 2:
		return bars[2] + PARTITION * 4096 + (unsigned)(rand() % 1024) * 4;
	case 3: /* where a doorbell is */
		return bars[2] + PARTITION * 4096 + (unsigned)(rand() % 16) * 256 + (unsigned)(rand() % 4) * 4;
	case 4: /* behind the table, before the pending bits */
		return bars[4] + 0x4000 + (unsigned)(rand() % 0x100) * 4;
	default:
		return bars[2] + 64 * 4096 + (unsigned)(rand() % 1024) * 4;
	}
}

static struct shot random_shot(unsigned code)
{
	static const uint16_t lengths[] = { 1, 1, 2, 2, 3, 4, 5, 8, 31, 32, 33, 64 };
	static const uint8_t enables[] = { 0x0f, 0xff, 0x00, 0x01, 0x7f, 0xf7, 0x0e, 0xf0 };
	uint8_t be = enables[rand() % 8];
	struct shot shot = { .damaged = rand() % 16 == 0 };
	uint64_t addr = pick_address();
	uint16_t len = lengths[rand() % 12];
	struct hvb_tlp_head head;

	shot.tlp.hdr[0] = code << 24 | (rand() % 8 == 0 ? HVB_TLP_DW0_POISON : 0) | len;
	shot.tlp.hdr[1] = HVB_RC_HOST_ID << 16 | 0xab00u | (rand() % 3 ? len == 1 ? 0x0fu : 0xffu : be);
	shot.tlp.hdr[2] = code & 0x20 ? (uint32_t)(addr >> 32) : (uint32_t)addr;
	shot.tlp.hdr[3] = code & 0x20 ? (uint32_t)addr : 0;
	for (unsigned i = 0; i < 4; i++)
		shot.tlp.data[i] = (uint32_t)rand();
	hvb_tlp_parse(&shot.tlp, &head);
	/* configuration writes only where nothing can be written */
	if (head.type == HVB_TLP_CFGWR0 || head.type == HVB_TLP_CFGRD0)
		shot.tlp.hdr[2] = HVB_RC_CARD_ID << 16 | 0x800 | (shot.tlp.hdr[2] & 0x7fc);
	/* reads stay inside a page, as they must */
	if (head.type == HVB_TLP_MRD && (head.addr & 0xfff) + 4u * head.len > 4096)
		shot.tlp.hdr[0] = (shot.tlp.hdr[0] & ~0x3ffu) | 1;
	return shot;
}

/* Each fmt and Type, many times, one by one: which TLP is at fault is in the message. */
static void every_type(void **state)
{
	(void)state;
	srand(5);
	for (unsigned code = 0; code < 256; code++) {
		struct expected before = measure(), grown = { 0 };
		char what[40];

		for (unsigned i = 0; i < 60; i++) {
			struct shot shot = random_shot(code);

			expect(&shot, &grown);
			shoot(&shot);
		}
		snprintf(what, sizeof(what), "fmt %u type %u", code >> 5, code & 31);
		compare(what, &before, &grown);
	}
	good_signal_works();
}

/* Every doorbell write there is: both sizes and longer, every offset of a slot and beyond, every pair of enables. */
static void every_doorbell(void **state)
{
	struct shot shot = { .damaged = false };

	(void)state;
	for (unsigned len = 1; len <= 4; len++) {
		struct expected before = measure(), grown = { 0 };
		char what[40];

		for (unsigned offset = 0; offset < 0x120; offset += 4)
			for (unsigned be = 0; be < 256; be += offset < 16 ? 1 : 37) {
				struct hvb_tlp_head head = { .type = HVB_TLP_MWR, .len = (uint16_t)len,
							     .addr = bars[2] + PARTITION * 4096 + offset,
							     .first_be = be & 15, .last_be = (uint8_t)(be >> 4) };

				hvb_tlp_build(&head, &shot.tlp);
				expect(&shot, &grown);
				shoot(&shot);
			}
		snprintf(what, sizeof(what), "doorbells of %u DW", len);
		compare(what, &before, &grown);
	}
	good_signal_works();
}

struct read_back {
	struct hvb_rc_wait wait;
	struct hvb_tlp tlp;
	bool done;
};

static void mark_done(struct hvb_rc_wait *wait)
{
	((struct read_back *)(void *)wait)->done = true;
}

static void fire_and_wait(struct hvb_rc *rc, void *arg)
{
	struct read_back *read = arg;

	assert_true(hvb_rc_raw(rc, &read->tlp, false, &read->wait));
}

/* The answer to one request, or a failed test. */
static struct hvb_tlp_head ask(struct hvb_tlp_head head, struct hvb_tlp *answer)
{
	struct read_back read = { .wait.done = mark_done };
	struct hvb_tlp_head back;

	head.requester = HVB_RC_HOST_ID;
	hvb_tlp_build(&head, &read.tlp);
	read.tlp.data[0] = 1;
	hvb_card_call(hvb_sim_card(dev), fire_and_wait, &read);
	dev->ops->step(dev, 200);
	assert_true(read.done);
	hvb_tlp_parse(&read.wait.answer, &back);
	*answer = read.wait.answer;
	return back;
}

/* Completions as PCIe 2.3.1.1 wants them. */
static void completions(void **state)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_MRD, .addr = bars[0] + HVB_R_MAGIC, .len = 2, .first_be = 15,
				     .last_be = 15, .tc = 5, .attr = 3 }, back;
	struct hvb_tlp tlp;

	(void)state;
	back = ask(head, &tlp);
	assert_int_equal(back.type, HVB_TLP_CPLD);
	assert_int_equal(back.status, HVB_CPL_SC);
	assert_int_equal(back.completer, HVB_RC_CARD_ID);
	assert_int_equal(back.tc, 5);
	assert_int_equal(back.attr, 3);
	assert_int_equal(back.len, 2);
	assert_int_equal(back.bytes, 8);
	assert_int_equal(back.low_addr, 0);
	assert_int_equal(tlp.data[0], HVB_MAGIC);
	assert_int_equal(tlp.data[1], HVB_VERSION);

	head.addr += 4;
	head.len = 1;
	head.first_be = 6;
	head.last_be = 0;
	back = ask(head, &tlp);
	assert_int_equal(back.bytes, 2);
	assert_int_equal(back.low_addr, 5);
	assert_int_equal(tlp.data[0], HVB_VERSION);

	head.first_be = 0;
	back = ask(head, &tlp);
	assert_int_equal(back.len, 1);
	assert_int_equal(back.bytes, 1);

	head = (struct hvb_tlp_head){ .type = HVB_TLP_CAS, .addr = bars[2], .len = 4, .first_be = 15, .last_be = 15 };
	back = ask(head, &tlp);
	assert_int_equal(back.type, HVB_TLP_CPLD);
	assert_int_equal(back.status, HVB_CPL_SC);
	assert_int_equal(back.bytes, 8);
	assert_int_equal(back.len, 2);
	head.type = HVB_TLP_FETCHADD;
	head.len = 1;
	back = ask(head, &tlp);
	assert_int_equal(back.bytes, 4);
	assert_int_equal(tlp.data[0], 0);

	head = (struct hvb_tlp_head){ .type = HVB_TLP_MRD, .addr = bars[2] + 64 * 4096, .len = 1, .first_be = 15 };
	back = ask(head, &tlp);
	assert_int_equal(back.type, HVB_TLP_CPL);
	assert_int_equal(back.status, HVB_CPL_UR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_type, setup, teardown),
		cmocka_unit_test_setup_teardown(every_doorbell, setup, teardown),
		cmocka_unit_test_setup_teardown(completions, setup, teardown),
	};

	alarm(300); /* a hang is a failure */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
