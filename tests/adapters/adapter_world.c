/* SPDX-License-Identifier: MIT */
/* The bench of an adapter, and random TLPs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "adapter_world.h"

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

unsigned pick(struct world *w, unsigned below)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (unsigned)(w->random >> 20) % below;
}

void setup(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->random = number("ADAPTER_SEED", 1) * 0x9e3779b97f4a7c15ull | 1;
	w->tlps = (unsigned)number("ADAPTER_TLPS", 20000);
	w->b = bench_new();
	assert_non_null(w->b);
	w->b->in.up_ready = w->b->in.req_ready = true;
	w->b->in.up_room = ROOM;
}

void clock_once(struct world *w)
{
	bench_clock(w->b);
	w->now++;
	if (w->b->out.cpl_valid || w->b->out.req_valid || w->b->out.up_valid)
		w->progress = w->now;
	assert_true(w->now - w->progress < PATIENCE);
}

void put(struct queue *q, const struct passing *p)
{
	assert_true(q->tail - q->head < RING);
	q->entry[q->tail++ % RING] = *p;
}

unsigned header_dws(const struct hvb_tlp *tlp)
{
	return tlp->hdr[0] >> 29 & 1 ? 4 : 3;
}

unsigned payload_dws(const struct hvb_tlp *tlp)
{
	if (!(tlp->hdr[0] >> 30 & 1))
		return 0;
	return tlp->hdr[0] & 0x3ff ? tlp->hdr[0] & 0x3ff : 1024;
}

bool is_completion(const struct hvb_tlp *tlp)
{
	return (tlp->hdr[0] >> 24 & 0x1f) == 0x0a;
}

bool is_nonposted(const struct hvb_tlp *tlp)
{
	return !is_completion(tlp) && tlp->hdr[0] >> 24 != 0x40 && tlp->hdr[0] >> 24 != 0x60;
}

void same_tlp(const struct passing *want, const struct hvb_tlp *got)
{
	for (unsigned i = 0; i < header_dws(&want->tlp); i++)
		assert_int_equal(got->hdr[i], want->tlp.hdr[i]);
	for (unsigned i = 0; i < 4 && i + want->cut < payload_dws(&want->tlp); i++)
		assert_int_equal(got->data[i], want->tlp.data[i]);
}

void make(struct world *w, const enum hvb_tlp_type *types, unsigned count, struct hvb_tlp *tlp)
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
