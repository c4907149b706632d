/* SPDX-License-Identifier: MIT */
/* The world of test_faults.c and test_timeout.c: ports of partition 1 to receivers of their own, and what must hold
 * behind every fault. A failed expectation ends the cmocka test that runs. */
#ifndef TESTS_RTL_FAULT_WORLD_H
#define TESTS_RTL_FAULT_WORLD_H
#include "stand.h"

#define PORTS 64                 /* connection, word, VP and vector n; receivers 32 to 63 in turn */
#define TAGS 32

/* cmocka's setup and teardown: *state is a struct stand. */
int fault_setup(void **state);
int fault_teardown(void **state);

bool fault_vp_off(struct stand *s, unsigned vp);
void fault_vp_on(struct stand *s, unsigned vp);
unsigned fault_quarantined(struct stand *s);
unsigned fault_inflight(struct stand *s);
/* Signals, and returns the status. */
unsigned fault_ring(struct stand *s, unsigned port, unsigned flag);

/* Every tag takes part: as many AtomicOps as tags fly at once, each with its own tag; all flags arrive. */
void fault_expect_all_tags(struct stand *s);

struct fault_record {
	unsigned kind, port, tag;
	uint64_t flags, time;
};

/* Record n of the error log. */
void fault_expect_record(struct stand *s, unsigned n, const struct fault_record *r);
#endif
