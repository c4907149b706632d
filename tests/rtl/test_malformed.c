/* SPDX-License-Identifier: MIT */
/*
 * Requests of every kind at the card's receive stream: all formats and types with lengths, offsets, byte enables,
 * poison and marks that make sense or do not. Posted ones change nothing but their counter; non-posted ones get their
 * completions and no other (PCIe 2.2.9, 2.3.1); the next good signal works; every counter is exact.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define VICTIM 3                 /* doorbell page that the requests hit */
#define HARMLESS HVB_R_LIST_ENTRY    /* a register that changes nothing by itself */

enum target { TO_CTRL, TO_DOORBELL, TO_MSIX, TO_NOWHERE, TARGETS };

struct request {                 /* header fields as they stand in the TLP */
	unsigned fmt, type, len, first_be, last_be, tag, tc, attr, requester;
	bool poisoned, err;
	enum target target;
	uint64_t addr;
};

struct answer {
	bool expected;
	unsigned status, dws;            /* dws 0: without data */
	unsigned bytes, low_addr;        /* of the first completion */
	bool split;                      /* a memory read: ends at 128-byte boundaries */
	bool zero;                       /* payload is zeroes */
};

struct world {
	struct stand *s;
	uint64_t counts[HVB_COUNTERS];   /* of VICTIM */
	uint64_t rx_bad, rx_miss, ctrl_bad, rounds;
	bool half;                       /* a first half waits in slot 0 */
	bool memory_off;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->s = stand_new();
	stand_partition(w->s, 1, true, true);
	stand_partition(w->s, VICTIM, true, true);
	stand_port(w->s, 1, 7, 7, 7, 2);
	stand_partition(w->s, 2, true, false);
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

/* ---- what the specification and docs/design.md say */

enum kind { MEMORY_READ, MEMORY_WRITE, LOCKED_READ, ATOMIC, CONFIG, FOREIGN, NO_REQUEST };

static unsigned operand_dws(const struct request *r)
{
	return r->type == 0x0e ? r->len / 2 : r->len;
}

static enum kind kind_of(const struct request *r)
{
	bool data = r->fmt & 2;

	if (r->fmt & 4)
		return NO_REQUEST;
	switch (r->type) {
	case 0x00:
		return data ? MEMORY_WRITE : MEMORY_READ;
	case 0x01:
		return data ? NO_REQUEST : LOCKED_READ;
	case 0x04:
		return r->fmt & 1 ? NO_REQUEST : CONFIG;
	case 0x02:                       /* I/O */
	case 0x05:                       /* configuration, type 1 */
		return r->fmt & 1 ? NO_REQUEST : FOREIGN;
	case 0x0c:
	case 0x0d:
		return data && (r->len == 1 || r->len == 2) ? ATOMIC : NO_REQUEST;
	case 0x0e:
		return data && (r->len == 2 || r->len == 4 || r->len == 8) ? ATOMIC : NO_REQUEST;
	default:
		return NO_REQUEST;
	}
}

static bool hits(const struct world *w, const struct request *r)
{
	return r->target != TO_NOWHERE && !w->memory_off;
}

static unsigned lowest(unsigned be)
{
	return be ? (unsigned)__builtin_ctz(be) : 0;
}

static unsigned highest(unsigned be)
{
	return be ? 31 - (unsigned)__builtin_clz(be) : 0;
}

static void read_answer(const struct request *r, struct answer *a)
{
	unsigned dws = r->len ? r->len : 1024;
	unsigned last = highest(dws == 1 ? r->first_be : r->last_be);

	a->bytes = 4 * (dws - 1) + last + 1 - lowest(r->first_be);
	a->low_addr = (r->addr & 0x7c) + lowest(r->first_be);
	a->dws = dws;
	a->split = true;
}

static void count_write(struct world *w, const struct request *r)
{
	bool full = r->first_be == 15 && r->last_be == (r->len == 1 ? 0 : 15);
	bool sized = r->len == 1 || r->len == 2, aligned = r->len == 1 || !(r->addr & 4);
	unsigned at = r->addr & 0xff;

	if (!hits(w, r)) {
		w->rx_miss++;
	} else if (r->target != TO_DOORBELL) {
		bool writable = r->target == TO_CTRL ? (r->addr & 0xfff8) == HARMLESS : (r->addr & 0xffff) < 0x1000;
		w->ctrl_bad += r->poisoned || !sized || !full || !aligned || !writable;
	} else if (r->poisoned) {
		w->counts[HVB_CNT_POISONED]++;
	} else if (!sized) {
		w->counts[HVB_CNT_BAD_SIZE]++;
	} else if (!full) {
		w->counts[HVB_CNT_BAD_ENABLES]++;
	} else if (at > 4 || !aligned) {
		w->counts[HVB_CNT_BAD_OFFSET]++;
	} else if (r->len == 2) {
		w->counts[HVB_CNT_INVALID_CONNECTION_ID]++;      /* a SIGNAL of a connection that is not there */
	} else if (!at) {
		w->half = true;
	} else {
		w->counts[w->half ? HVB_CNT_INVALID_CONNECTION_ID : HVB_CNT_HALF]++;
		w->half = false;
	}
}

static struct answer expected_answer(struct world *w, const struct request *r)
{
	struct answer a = { .status = HVB_CPL_SC, .bytes = 4 };
	enum kind kind = r->err ? NO_REQUEST : kind_of(r);

	a.expected = kind != NO_REQUEST && kind != MEMORY_WRITE;
	switch (kind) {
	case MEMORY_WRITE:
		count_write(w, r);
		break;
	case MEMORY_READ:
		read_answer(r, &a);
		if (hits(w, r))
			w->counts[HVB_CNT_READ] += r->target == TO_DOORBELL;
		else
			w->rx_miss++, a.status = HVB_CPL_UR;
		a.zero = a.dws > 2 || (a.dws == 2 && r->addr & 4);
		break;
	case ATOMIC:
		a.dws = operand_dws(r);
		a.bytes = 4 * a.dws;
		a.zero = true;
		if (hits(w, r) && r->target == TO_DOORBELL)
			w->counts[HVB_CNT_ATOMIC]++;
		else if (hits(w, r))
			w->ctrl_bad++;
		else
			w->rx_miss++, a.status = HVB_CPL_UR;
		break;
	case CONFIG:
		a.dws = !(r->fmt & 2);
		if (r->poisoned && r->fmt & 2)
			a.status = HVB_CPL_UR;
		break;
	case LOCKED_READ:
		read_answer(r, &a);
		/* fall through */
	case FOREIGN:
		a.status = HVB_CPL_UR;
		/* fall through */
	case NO_REQUEST:
		w->rx_bad++;
	}
	if (a.status != HVB_CPL_SC)
		a.dws = 0;
	return a;
}

/* ---- sending, and holding the card's answer against it */

static void build(const struct request *r, struct hvb_tlp *tlp)
{
	memset(tlp, 0, sizeof(*tlp));
	tlp->hdr[0] = r->fmt << 29 | r->type << 24 | (r->tag >> 9 & 1) << 23 | r->tc << 20 | (r->tag >> 8 & 1) << 19 |
		      (r->attr >> 2) << 18 | (r->poisoned ? HVB_TLP_DW0_POISON : 0) | (r->attr & 3) << 12 | r->len;
	tlp->hdr[1] = r->requester << 16 | (r->tag & 0xff) << 8 | r->last_be << 4 | r->first_be;
	tlp->hdr[2] = r->fmt & 1 ? (uint32_t)(r->addr >> 32) : (uint32_t)r->addr;
	tlp->hdr[3] = r->fmt & 1 ? (uint32_t)r->addr : 0;
	if (kind_of(r) == CONFIG)
		tlp->hdr[2] = (uint32_t)STAND_ID << 16 | (r->addr & 0xfc);
	tlp->data[0] = 0x00000bad;       /* no connection */
}

static void expect_completion(struct stand *s, const struct request *r, const struct answer *a, unsigned *sent)
{
	const uint32_t *h = s->reply.hdr;
	unsigned at = (r->addr >> 2 & 31) + *sent, left = a->dws - *sent, here = left;

	if (a->split && a->dws && here > 32 - at % 32)
		here = 32 - at % 32;
	assert_int_equal(h[0], (a->dws ? 2u : 0u) << 29 | 0x0au << 24 | (r->tag >> 9 & 1) << 23 | r->tc << 20 |
			 (r->tag >> 8 & 1) << 19 | (r->attr >> 2) << 18 | (r->attr & 3) << 12 | (here & 0x3ff));
	unsigned gone = *sent ? 4 * *sent - lowest(r->first_be) : 0;
	assert_int_equal(h[1], (uint32_t)STAND_ID << 16 | a->status << 13 | ((a->bytes - gone) & 0xfff));
	assert_int_equal(h[2], r->requester << 16 | (r->tag & 0xff) << 8 | (*sent ? 4 * at & 0x7f : a->low_addr));
	for (int i = 0; i < 4 && a->zero; i++)
		assert_int_equal(s->reply.data[i], 0);
	*sent += here;
}

static void exchange(struct world *w, const struct request *r)
{
	struct stand *s = w->s;
	struct answer a = expected_answer(w, r);
	struct hvb_tlp tlp;
	unsigned sent = 0, replies = 0;

	build(r, &tlp);
	s->req_err = r->err;
	s->reply_here = false;
	s->np_credits = 0;
	assert_true(stand_clock(s, &tlp));
	s->req_err = false;
	for (unsigned i = 0; i < 12 || !s->rtl->out.idle; i++) {
		stand_clock(s, NULL);
		if (!s->reply_here)
			continue;
		s->reply_here = false;
		assert_true(a.expected && (!replies || sent < a.dws));
		expect_completion(s, r, &a, &sent);
		replies++;
	}
	assert_int_equal(replies > 0, a.expected);
	assert_int_equal(sent, a.dws);
	assert_int_equal(s->np_credits, a.expected);
}

/* A good signal works, and every counter is what it should be. */
static void expect_sound(struct world *w)
{
	struct stand *s = w->s;
	uint64_t messages = s->messages;

	w->rounds++;
	s->memory[7] = 0;
	stand_signal(s, 1, 2, stand_input(7, 33));
	assert_int_equal(stand_status(s, 1, 2), (w->rounds & 0xffff) << 32 | HVB_STATUS_SUCCESS);
	stand_run(s, 40);
	assert_int_equal(s->memory[7], 1ull << 33);
	assert_int_equal(s->messages, messages + 1);
	assert_int_equal(s->atomics, w->rounds);
	for (unsigned c = 0; c < HVB_COUNTERS; c++)
		assert_int_equal(stand_count(s, VICTIM, c), w->counts[c]);
	assert_int_equal(stand_reg(s, HVB_R_N_RX_BAD), w->rx_bad);
	assert_int_equal(stand_reg(s, HVB_R_N_RX_MISS), w->rx_miss);
	assert_int_equal(stand_reg(s, HVB_R_N_CTRL_BAD), w->ctrl_bad);
	assert_int_equal(stand_reg(s, HVB_R_N_NP_OVERFLOW), 0);
}

/* ---- requests to try */

static uint64_t address(struct stand *s, enum target target)
{
	static const uint16_t ctrl[] = { HARMLESS, HARMLESS + 4, HVB_R_MAGIC, HVB_R_STATE, 0x0ff8, 0xfffc };
	static const uint16_t page[] = { 0, 4, 8, 0xc, 0x10, 0x20, 0xfc, 0x18 };
	static const uint16_t msix[] = { 0x0c80, 0x0c84, 0x0c88, HVB_PBA_OFFSET, 0x4000, 0xfff8 };
	static const uint64_t nowhere[] = { 0, 0x40000000, STAND_CTRL - 8, STAND_DOORBELL + 0x40000,
		STAND_MSIX + 0x10000 };
	uint64_t n = stand_random(s);

	switch (target) {
	case TO_CTRL:
		return STAND_CTRL + ctrl[n % 6];
	case TO_DOORBELL:
		return STAND_DOORBELL + 4096 * VICTIM + page[n % 8];
	case TO_MSIX:
		return STAND_MSIX + msix[n % 6];
	default:
		return nowhere[n % 5];
	}
}

static struct request random_request(struct stand *s, unsigned fmt, unsigned type)
{
	static const uint16_t lengths[] = { 1, 1, 1, 2, 2, 2, 3, 4, 8, 31, 32, 33, 64, 0, 1023 };
	static const uint8_t enables[] = { 15, 15, 15, 15, 8, 1, 6, 12, 3, 14, 5, 0 };
	struct request r = { .fmt = fmt, .type = type };

	r.len = lengths[stand_random(s) % 15];
	r.first_be = enables[stand_random(s) % 12];
	r.last_be = r.len == 1 ? 0 : enables[stand_random(s) % 12];
	if (r.len != 1 && stand_random(s) % 2)
		r.first_be = r.last_be = 15;
	/* what names no byte of a DW that it asks for is against PCIe 2.2.5: nothing is promised about its byte
	 * count */
	if (r.len != 1 && !(r.fmt & 2)) {
		r.first_be = r.first_be ? r.first_be : 15;
		r.last_be = r.last_be ? r.last_be : 15;
	}
	r.tag = stand_random(s) & 1023;
	r.tc = stand_random(s) & 7;
	r.attr = stand_random(s) & 7;
	r.requester = stand_random(s) & 0xffff;
	r.poisoned = stand_random(s) % 6 == 0;
	r.err = stand_random(s) % 12 == 0;
	r.target = (enum target)(stand_random(s) % TARGETS);
	r.addr = address(s, r.target);
	if (kind_of(&r) == CONFIG) {
		r.len = 1;
		r.last_be = 0;
		r.addr = 0x2c;                   /* subsystem id: reads a constant, ignores writes */
	}
	return r;
}

static void test_every_type(void **state)
{
	struct world *w = *state;

	for (unsigned kind = 0; kind < 256; kind++) {
		for (unsigned i = 0; i < 64; i++) {
			struct request r = random_request(w->s, kind >> 5, kind & 31);
			exchange(w, &r);
		}
		expect_sound(w);
	}
}

/* The same kinds that matter, many times: reads, writes, AtomicOps. */
static void test_requests_to_memory(void **state)
{
	struct world *w = *state;
	static const uint8_t types[] = { 0x00, 0x01, 0x0c, 0x0d, 0x0e };

	for (unsigned i = 0; i < 12000; i++) {
		struct request r = random_request(w->s, (unsigned)(stand_random(w->s) & 3),
						  types[stand_random(w->s) % 5]);
		exchange(w, &r);
		if (i % 500 == 0)
			expect_sound(w);
	}
	expect_sound(w);
}

static void switched_off(struct world *w, unsigned reg, uint32_t off, uint32_t on)
{
	for (int round = 0; round < 4; round++) {
		stand_cfg_write(w->s, reg, off);
		w->memory_off = true;
		for (unsigned i = 0; i < 600; i++) {
			struct request r = random_request(w->s, (unsigned)(stand_random(w->s) & 7),
							  (unsigned)(stand_random(w->s) & (i % 2 ? 31 : 0)));
			exchange(w, &r);
		}
		stand_cfg_write(w->s, reg, on);
		w->memory_off = false;
		expect_sound(w);
	}
}

static void test_memory_space_off(void **state)
{
	switched_off(*state, 0x04, 0x4, 0x6);
}

static void test_d3hot(void **state)
{
	switched_off(*state, 0x44, 3, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_type, setup, teardown),
		cmocka_unit_test_setup_teardown(test_requests_to_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_memory_space_off, setup, teardown),
		cmocka_unit_test_setup_teardown(test_d3hot, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
