/* SPDX-License-Identifier: MIT */
/* What an adapter costs in cycles, exactly: "# " lines are for docs/adapters.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include "adapter_world.h"

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
	class = is_completion(&tlp) ? BENCH_CPL : is_nonposted(&tlp) ? BENCH_NP : BENCH_P;
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

void test_cost(void **state)
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
