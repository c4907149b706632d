/* SPDX-License-Identifier: MIT */
/* What the tests of an adapter share: the bench, what is on its way through it, random TLPs. */
#ifndef HVB_TESTS_ADAPTER_WORLD_H
#define HVB_TESTS_ADAPTER_WORLD_H
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

/* A random number below. */
unsigned pick(struct world *w, unsigned below);
/* Makes the bench; bench_free() is the caller's. */
void setup(struct world *w);
/* One cycle; fails where nothing comes out for too long. */
void clock_once(struct world *w);
void put(struct queue *q, const struct passing *p);
unsigned header_dws(const struct hvb_tlp *tlp);
unsigned payload_dws(const struct hvb_tlp *tlp);
bool is_completion(const struct hvb_tlp *tlp);
/* Posted is only the memory write: no message is made here. */
bool is_nonposted(const struct hvb_tlp *tlp);
/* Header, and as much of the payload as travels. */
void same_tlp(const struct passing *want, const struct hvb_tlp *got);
/* A TLP of one of these types, everything in it random. */
void make(struct world *w, const enum hvb_tlp_type *types, unsigned count, struct hvb_tlp *tlp);
/* A test: what the adapter costs, exactly (adapter_cost.c). */
void test_cost(void **state);
#endif
