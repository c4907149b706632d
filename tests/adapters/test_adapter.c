/* SPDX-License-Identifier: MIT */
/*
 * An adapter between the model of its hard block and this program in the card's place: random TLPs of every shape both
 * ways, with pauses and without, must come out as they went in, each once, in order, posted ones never behind what may
 * not pass them. Then what it costs, exactly: "# " lines are for docs/adapters.md.
 * ADAPTER_SEED and ADAPTER_TLPS in the environment change what is fixed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "bench.h"
#include "sim/tlp.h"

#define RING 256u
#define NP_CREDITS 32u           /* as the card has them */
#define ROOM 32u                 /* transmit buffers of the block */
#define PATIENCE 30000u          /* cycles in which something must come out; the longest TLP takes half of them */

struct passing {
	struct hvb_tlp tlp;
	bool err;
	uint8_t bar;
	unsigned cut;                    /* DWs that never came */
	uint64_t offered;
};

/* What is on its way through the adapter. */
struct queue {
	struct passing entry[RING];
	unsigned head, tail;
};

struct world {
	struct bench *b;
	uint64_t random, now, progress;  /* progress: when something came out last */
	unsigned tlps;
	struct queue rx, tx[BENCH_CLASSES];
	uint8_t req_stall;
	unsigned sent, came, np_at_card, np_max;
};

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static unsigned pick(struct world *w, unsigned below)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (unsigned)(w->random >> 20) % below;
}

static void setup(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->random = number("ADAPTER_SEED", 1) * 0x9e3779b97f4a7c15ull | 1;
	w->tlps = (unsigned)number("ADAPTER_TLPS", 20000);
	w->b = bench_new();
	assert_non_null(w->b);
	w->b->in.up_ready = w->b->in.req_ready = true;
	w->b->in.up_room = ROOM;
}

static void clock_once(struct world *w)
{
	bench_clock(w->b);
	w->now++;
	if (w->b->out.cpl_valid || w->b->out.req_valid || w->b->out.up_valid)
		w->progress = w->now;
	assert_true(w->now - w->progress < PATIENCE);
}

static void put(struct queue *q, const struct passing *p)
{
	assert_true(q->tail - q->head < RING);
	q->entry[q->tail++ % RING] = *p;
}

static unsigned header_dws(const struct hvb_tlp *tlp)
{
	return tlp->hdr[0] >> 29 & 1 ? 4 : 3;
}

static unsigned payload_dws(const struct hvb_tlp *tlp)
{
	if (!(tlp->hdr[0] >> 30 & 1))
		return 0;
	return tlp->hdr[0] & 0x3ff ? tlp->hdr[0] & 0x3ff : 1024;
}

static bool is_completion(const struct hvb_tlp *tlp)
{
	return (tlp->hdr[0] >> 24 & 0x1f) == 0x0a;
}

/* Posted is only the memory write, and here no message is made. */
static bool is_nonposted(const struct hvb_tlp *tlp)
{
	return !is_completion(tlp) && tlp->hdr[0] >> 24 != 0x40 && tlp->hdr[0] >> 24 != 0x60;
}

static void same_tlp(const struct passing *want, const struct hvb_tlp *got)
{
	for (unsigned i = 0; i < header_dws(&want->tlp); i++)
		assert_int_equal(got->hdr[i], want->tlp.hdr[i]);
	for (unsigned i = 0; i < 4 && i + want->cut < payload_dws(&want->tlp); i++)
		assert_int_equal(got->data[i], want->tlp.data[i]);
}

/* A TLP of any kind; types: which of enum hvb_tlp_type. */
static void make(struct world *w, const enum hvb_tlp_type *types, unsigned count, struct hvb_tlp *tlp)
{
	struct hvb_tlp_head head = { .type = types[pick(w, count)] };
	bool atomic = hvb_tlp_atomic(head.type);
	bool four = head.type == HVB_TLP_CAS && pick(w, 2);

	head.len = (uint16_t)(four ? 4 : atomic ? 1 + (pick(w, 2) | (head.type == HVB_TLP_CAS)) :
			      1 + pick(w, pick(w, 2) ? 32 : 4));
	if (!pick(w, 200) && !atomic && head.type != HVB_TLP_CPLD)
		head.len = 1024;
	if (head.type == HVB_TLP_CPL)
		head.len = 0;
	head.addr = (uint64_t)pick(w, 2) * pick(w, 1 << 20) << 32 | (pick(w, 1 << 30) << 2 & ~3u);
	head.requester = (uint16_t)pick(w, 1 << 16);
	head.tag = (uint16_t)pick(w, 1024);
	head.tc = (uint8_t)pick(w, 8);
	head.first_be = (uint8_t)pick(w, 16);
	head.last_be = (uint8_t)pick(w, 16);
	head.bytes = (uint16_t)(1 + pick(w, 4096));
	head.low_addr = (uint8_t)pick(w, 128);
	head.poisoned = !pick(w, 8);
	hvb_tlp_build(&head, tlp);
	for (unsigned i = 0; i < 4; i++)
		tlp->data[i] = pick(w, 1u << 31) * 2 + pick(w, 2);
}

/* ---- to the card ---- */

static const enum hvb_tlp_type to_card[] = {
	HVB_TLP_MWR, HVB_TLP_MWR, HVB_TLP_MWR, HVB_TLP_MRD, HVB_TLP_FETCHADD, HVB_TLP_SWAP, HVB_TLP_CAS, HVB_TLP_CPL,
	HVB_TLP_CPLD, HVB_TLP_CPLD,
};

static void offer(struct world *w)
{
	struct bench_in *in = &w->b->in;
	unsigned bar = pick(w, 4);

	make(w, to_card, sizeof(to_card) / sizeof(to_card[0]), &in->down);
	if (!pick(w, 8))
		in->down.hdr[0] |= 1u << 15;     /* with a digest */
	in->down_err = !pick(w, 16);
	in->down_cut = payload_dws(&in->down) > 1 && !pick(w, 16) ? (int8_t)(pick(w, 2) ? 1 : -1) : 0;
	in->down_hit = bar < 3 ? (uint8_t)(3u << 2 * bar) : 0;
	in->down_valid = true;
}

static void card_takes(struct world *w, bool request)
{
	const struct bench_out *out = &w->b->out;
	struct passing *want = &w->rx.entry[w->rx.head % RING];

	assert_true(w->rx.head != w->rx.tail);
	assert_int_equal(is_completion(&want->tlp), !request);
	assert_int_equal(out->err, want->err);
	same_tlp(want, &out->rx);
	if (header_dws(&want->tlp) == 3)
		assert_int_equal(out->rx.hdr[3], 0);
	if (request) {
		assert_int_equal(out->bar, want->bar);
		w->np_at_card += is_nonposted(&want->tlp) && !want->err;
		if (w->np_at_card > w->np_max)
			w->np_max = w->np_at_card;
		assert_true(w->np_at_card <= NP_CREDITS);
	}
	w->rx.head++;
	w->came++;
}

/* One cycle of the way to the card. */
static void down(struct world *w)
{
	struct bench_in *in = &w->b->in;
	const struct bench_out *out = &w->b->out;
	bool held = in->down_valid && is_nonposted(&in->down) && !out->np_ok;
	struct hvb_tlp kept = in->down;

	in->req_ready = pick(w, 256) >= w->req_stall;
	if (held)                                /* it waits in the block */
		in->down_valid = false;
	clock_once(w);
	if (in->down_valid && out->down_ready) {
		uint8_t hit = in->down_hit;
		struct passing p = { .tlp = in->down, .err = in->down_err || in->down_cut, .cut = in->down_cut > 0,
				     .bar = !hit ? 7 : hit & 1 ? 0 : hit & 4 ? 2 : 4 };

		put(&w->rx, &p);
		w->sent++;
		in->down_valid = false;
	}
	if (held) {
		in->down = kept;
		in->down_valid = true;
	}
	if (out->cpl_valid)
		card_takes(w, false);
	if (out->req_valid && in->req_ready)
		card_takes(w, true);
}

static void test_receive(void **state)
{
	static const uint8_t pauses[] = { 0, 0, 128, 240 }, stalls[] = { 0, 40, 200 };
	struct world w;

	(void)state;
	setup(&w);
	for (unsigned round = 0; round < 24; round++) {
		unsigned until = w.sent + w.tlps / 24;

		w.b->in.pause = pauses[round % 4];
		w.req_stall = stalls[round / 4 % 3];
		while (w.sent < until) {
			if (!w.b->in.down_valid && (round % 2 || pick(&w, 4)))
				offer(&w);
			w.b->in.np_ret = w.np_at_card && !pick(&w, 3);
			w.np_at_card -= w.b->in.np_ret;
			down(&w);
		}
	}
	w.b->in.pause = 0;
	w.req_stall = 0;
	for (unsigned i = 0; i < 3000; i++) {
		w.b->in.np_ret = w.np_at_card != 0;
		w.np_at_card -= w.b->in.np_ret;
		down(&w);
	}
	assert_int_equal(w.came, w.sent);
	bench_free(w.b);
}

/* The card answers nothing: reads stay in the block before it has more than it has room for, writes pass. */
static void test_held_reads(void **state)
{
	static const enum hvb_tlp_type reads[] = { HVB_TLP_MRD }, writes[] = { HVB_TLP_MWR };
	struct world w;

	(void)state;
	setup(&w);
	for (unsigned i = 0; i < 4000; i++) {
		bool read = w.b->out.np_ok;

		if (!w.b->in.down_valid || (is_nonposted(&w.b->in.down) && !read)) {
			make(&w, read ? reads : writes, 1, &w.b->in.down);
			w.b->in.down_hit = 3;
			w.b->in.down_valid = true;
		}
		down(&w);
	}
	assert_true(w.np_max >= NP_CREDITS - 8);
	assert_false(w.b->out.np_ok);
	assert_true(w.came > 100);
	w.b->in.np_ret = true;
	for (unsigned i = 0; i < w.np_max; i++)
		down(&w);
	w.np_at_card = 0;
	w.b->in.np_ret = false;
	for (unsigned i = 0; i < 8; i++)
		down(&w);
	assert_true(w.b->out.np_ok);
	bench_free(w.b);
}

/* ---- from the card ---- */

static const enum hvb_tlp_type from_card[BENCH_CLASSES][2] = {
	[BENCH_P] = { HVB_TLP_MWR, HVB_TLP_MWR }, [BENCH_NP] = { HVB_TLP_CAS, HVB_TLP_CAS },
	[BENCH_CPL] = { HVB_TLP_CPL, HVB_TLP_CPLD },
};

static unsigned class_of(const struct hvb_tlp *tlp)
{
	return is_completion(tlp) ? BENCH_CPL : is_nonposted(tlp) ? BENCH_NP : BENCH_P;
}

static void present(struct world *w, unsigned class)
{
	struct bench_in *in = &w->b->in;
	struct passing p = { .offered = w->now };

	make(w, from_card[class], 2, &in->tlp[class]);
	in->tlp[class].hdr[0] &= ~HVB_TLP_DW0_POISON;
	if (payload_dws(&in->tlp[class]) == 1024)
		in->tlp[class].hdr[0] += 32;
	for (unsigned i = payload_dws(&in->tlp[class]); i < 4; i++)
		in->tlp[class].data[i] = 0;
	in->valid[class] = true;
	p.tlp = in->tlp[class];
	put(&w->tx[class], &p);
}

static void block_gets(struct world *w)
{
	const struct hvb_tlp *up = &w->b->out.up;
	unsigned class = class_of(up);
	struct queue *q = &w->tx[class];
	struct passing *p = &q->entry[q->head++ % RING];

	assert_true(q->head <= q->tail);
	same_tlp(p, up);
	/* what was there before it, posted, has left before it */
	if (class != BENCH_P && w->tx[BENCH_P].head != w->tx[BENCH_P].tail)
		assert_true(w->tx[BENCH_P].entry[w->tx[BENCH_P].head % RING].offered >= p->offered);
	w->came++;
}

static void up(struct world *w)
{
	struct bench_in *in = &w->b->in;
	const struct bench_out *out = &w->b->out;

	clock_once(w);
	for (unsigned class = 0; class < BENCH_CLASSES; class++)
		if (in->valid[class] && out->ready[class]) {
			in->valid[class] = false;
			w->sent++;
		}
	if (out->up_valid && in->up_ready)
		block_gets(w);
}

static void test_send(void **state)
{
	static const uint8_t stalls[] = { 0, 60, 200 };
	struct world w;

	(void)state;
	setup(&w);
	for (unsigned round = 0; round < 12; round++) {
		unsigned until = w.sent + w.tlps / 12;

		w.b->in.stall = stalls[round % 3];
		while (w.sent < until) {
			for (unsigned class = 0; class < BENCH_CLASSES; class++)
				if (!w.b->in.valid[class] && !pick(&w, 1 + round))
					present(&w, class);
			w.b->in.up_ready = !(round & 1) || pick(&w, 2);
			w.b->in.up_room = (uint8_t)(round & 2 ? 6 + pick(&w, 26) : ROOM);
			up(&w);
		}
	}
	w.b->in.up_ready = true;
	w.b->in.up_room = ROOM;
	for (unsigned i = 0; i < 400; i++)
		up(&w);
	for (unsigned class = 0; class < BENCH_CLASSES; class++) {
		assert_false(w.b->in.valid[class]);
		assert_int_equal(w.tx[class].head, w.tx[class].tail);
		assert_true(w.tx[class].tail > w.tlps / 20);
	}
	bench_free(w.b);
}

/* AtomicOps that the root takes none of fill no more than their part of the block's buffers; the rest goes on. */
static void test_held_atomics(void **state)
{
	struct world w;
	unsigned atomics = 0;

	(void)state;
	setup(&w);
	for (unsigned i = 0; i < 5000; i++) {
		unsigned before = w.tx[BENCH_NP].head;

		for (unsigned class = 0; class < BENCH_CLASSES; class++)
			if (!w.b->in.valid[class])
				if (class == BENCH_NP || !pick(&w, 3))
					present(&w, class);
		w.b->in.up_room = (uint8_t)(ROOM - atomics);
		up(&w);
		atomics += w.tx[BENCH_NP].head - before;
		assert_true(atomics < ROOM - 5);
	}
	assert_true(atomics >= 20);
	assert_true(w.tx[BENCH_P].head > 200 && w.tx[BENCH_CPL].head > 20);
	bench_free(w.b);
}

/* ---- what it costs ---- */

struct shape {
	const char *name;
	enum hvb_tlp_type type;
	uint64_t addr;
	unsigned len;
};

static const struct shape rx_shapes[] = {
	{ "doorbell, 64-bit address", HVB_TLP_MWR, 0x3900000000ull, 2 },
	{ "doorbell, 32-bit address", HVB_TLP_MWR, 0xe0000000, 2 },
	{ "read, 32-bit address", HVB_TLP_MRD, 0xe0000000, 2 },
	{ "AtomicOp's completion", HVB_TLP_CPLD, 0, 2 },
	{ "write of 128 bytes", HVB_TLP_MWR, 0x3900000000ull, 32 },
};
static const struct shape tx_shapes[] = {
	{ "message, 32-bit address", HVB_TLP_MWR, 0xfee00000, 1 },
	{ "AtomicOp, 64-bit address", HVB_TLP_CAS, 0x3900000000ull, 4 },
	{ "register's completion", HVB_TLP_CPLD, 0, 2 },
	{ "completion of 128 bytes", HVB_TLP_CPLD, 0, 32 },
};

static void build(const struct shape *shape, struct hvb_tlp *tlp)
{
	struct hvb_tlp_head head = { .type = shape->type, .addr = shape->addr, .len = (uint16_t)shape->len,
				     .first_be = 15, .last_be = shape->len > 1 ? 15 : 0, .bytes = 8 };

	hvb_tlp_build(&head, tlp);
}

static unsigned dws(const struct shape *shape)
{
	struct hvb_tlp tlp;

	build(shape, &tlp);
	return header_dws(&tlp) + payload_dws(&tlp);
}

#define MANY 100u

/* MANY of a shape without a pause: cycles between the last beat and the card, and from the first end to the last. */
static void measure_receive(struct world *w, const struct shape *shape, unsigned *latency, unsigned *cycles)
{
	uint64_t ended[MANY + 1], first = 0;
	unsigned ends = 0, arrived = 0, given = 0;
	struct bench_in *in = &w->b->in;

	build(shape, &in->down);
	in->down_hit = 3;
	*latency = 0;
	while (arrived <= MANY) {
		const struct bench_out *out = &w->b->out;

		in->down_valid = given <= MANY;
		clock_once(w);
		given += in->down_valid && out->down_ready;
		in->np_ret = out->req_valid && shape->type == HVB_TLP_MRD;
		if (out->req_valid || out->cpl_valid) {
			unsigned took = (unsigned)(w->now - ended[arrived++]);

			assert_true(arrived == 1 || took == *latency);
			*latency = took;
		}
		if (out->down_end) {
			first = ends ? first : w->now;
			ended[ends++] = w->now;
		}
	}
	in->down_valid = false;
	*cycles = (unsigned)(ended[MANY] - first);
	clock_once(w);
}

static void measure_send(struct world *w, const struct shape *shape, unsigned *latency, unsigned *cycles)
{
	struct bench_in *in = &w->b->in;
	const struct bench_out *out = &w->b->out;
	unsigned begun = 0, class;
	uint64_t offered, first = 0;
	struct hvb_tlp tlp;

	build(shape, &tlp);
	class = class_of(&tlp);
	in->tlp[class] = tlp;
	in->valid[class] = true;
	offered = w->now + 1;                    /* w->now when its cycle has passed */
	while (begun <= MANY) {
		clock_once(w);
		if (!out->up_begin)
			continue;
		if (!begun)
			first = w->now;
		if (begun++ == MANY)
			*cycles = (unsigned)(w->now - first);
	}
	*latency = (unsigned)(first - offered);
	while (!out->ready[class])
		clock_once(w);
	in->valid[class] = false;
	for (unsigned i = 0; i < 40; i++)
		clock_once(w);
}

static void test_cost(void **state)
{
	struct world w;
	unsigned latency, cycles, width;

	(void)state;
	setup(&w);
	width = w.b->width / 32;
	for (unsigned i = 0; i < 16; i++)
		clock_once(&w);
	for (unsigned i = 0; i < sizeof(rx_shapes) / sizeof(rx_shapes[0]); i++) {
		const struct shape *shape = &rx_shapes[i];
		/* with 128 bits a TLP may begin in the upper half: it takes whole pairs of DWs */
		unsigned pairs = (dws(shape) + 1) / 2, exact = MANY * pairs / (width / 2);

		measure_receive(&w, shape, &latency, &cycles);
		printf("# %u bits, in: %s (%u DWs): %u cycle, %u in %u cycles\n", w.b->width, shape->name, dws(shape),
		       latency, MANY, cycles);
		assert_int_equal(latency, 1);
		assert_int_equal(cycles, exact);
	}
	for (unsigned i = 0; i < sizeof(tx_shapes) / sizeof(tx_shapes[0]); i++) {
		const struct shape *shape = &tx_shapes[i];

		measure_send(&w, shape, &latency, &cycles);
		printf("# %u bits, out: %s (%u DWs): %u cycle, %u in %u cycles\n", w.b->width, shape->name, dws(shape),
		       latency, MANY, cycles);
		assert_int_equal(latency, 1);
		assert_int_equal(cycles, MANY * ((dws(shape) + width - 1) / width));
	}
	bench_free(w.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_receive), cmocka_unit_test(test_held_reads), cmocka_unit_test(test_send),
		cmocka_unit_test(test_held_atomics), cmocka_unit_test(test_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
