/* SPDX-License-Identifier: MIT */
/*
 * An adapter between the model of its hard block and this program in the card's place: random TLPs of every shape both
 * ways, with pauses and without, must come out as they went in, each once, in order, posted ones never behind what may
 * not pass them.
 * ADAPTER_SEED and ADAPTER_TLPS in the environment change what is fixed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "adapter_world.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_receive), cmocka_unit_test(test_held_reads), cmocka_unit_test(test_send),
		cmocka_unit_test(test_held_atomics), cmocka_unit_test(test_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
