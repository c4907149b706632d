/* SPDX-License-Identifier: MIT */
/*
 * Random signals into the card's streams while memory answers late, in another order, and consumers clear flags: no
 * flag is lost, none is set that nobody signalled, none is signalled to the wrong vector, and messages are exactly the
 * AtomicOps that took a flag from 0 to 1. STRESS_SEED and STRESS_PHASES in the environment change what is fixed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define PARTS 16
#define WORDS 512                /* pending words; the upper half shares its SIEF words with the lower in pairs */
#define SHARED 256
#define PHASE_CYCLES 12000

enum wish { NONE, MUST, MAY };   /* MAY: signalled in the cycle in which an AtomicOp left */

struct world {
	struct stand *s;
	uint64_t signalled[WORDS][64];   /* cycle of the last signal of a flag, by SIEF word */
	uint8_t wish[WORDS][64];
	uint64_t expect[STAND_VECTORS];
	unsigned flight_limit;
};

/* Word i lies at SIEF word i, except that words SHARED.. come in pairs, 32 flags each. */
static unsigned sief_of(unsigned word)
{
	return word < SHARED ? word : SHARED + (word - SHARED) / 2;
}

static unsigned base_of(unsigned word)
{
	return word < SHARED || word % 2 == 0 ? 0 : 32;
}

static unsigned count_of(unsigned word)
{
	return word < SHARED ? 64 : 32;
}

static void executed(void *arg, const struct stand_flight *f, uint64_t now)
{
	struct world *w = arg;
	unsigned sief = (unsigned)((f->head.addr - STAND_MEMORY) / 8), same = 0;
	uint64_t fresh = f->old == f->compare ? f->swap & ~f->old : 0;
	uint64_t present = f->swap & (f->old | fresh), added = f->swap & ~f->compare;
	bool known = sief < SHARED || added;

	(void)now;
	for (int i = 0; i < w->s->flights; i++)
		same += w->s->flight[i].head.addr == f->head.addr;
	if (same > (sief < SHARED ? 1u : 2u))
		fail_msg("two AtomicOps of one pending word in flight, SIEF word %u", sief);
	/* of a shared word, each half is another pending word's: this one speaks only for its own */
	if (sief >= SHARED && added)
		present &= added >> 32 ? ~0ull << 32 : ~0u;
	for (unsigned b = 0; b < 64; b++) {
		uint64_t bit = 1ull << b;
		if ((fresh & bit) && w->wish[sief][b] == NONE)
			fail_msg("flag %u of SIEF word %u set, but nobody signalled it", b, sief);
		if (!(present & bit) || w->wish[sief][b] == NONE)
			continue;
		if (w->signalled[sief][b] + 5 < f->seen)
			w->wish[sief][b] = known ? NONE : MAY;
		else if (w->signalled[sief][b] + 5 == f->seen)
			w->wish[sief][b] = MAY;
	}
	/* vectors are bound to SIEF words here: see build() */
	w->expect[sief % 200] += fresh != 0;
}

static void build(struct world *w)
{
	for (unsigned p = 0; p < PARTS; p++)
		stand_partition(w->s, p, true, true);
	for (unsigned v = 0; v < 200; v++)
		stand_vector(w->s, v, false);
	for (unsigned i = 0; i < WORDS; i++) {
		struct stand_word word = { .index = i, .state = HVB_WSTATE_ON, .rpart = i % 7,
			.vector = sief_of(i) % 200, .vp = sief_of(i) % 200, .addr = STAND_MEMORY + 8 * sief_of(i) };
		struct stand_conn conn = { .part = i % PARTS, .id = 0x1000 + i, .verdict = HVB_VERDICT_OK, .word = i,
			.base = base_of(i), .count = count_of(i), .rpart = i % 7 };
		stand_word(w->s, &word);
		stand_conn(w->s, &conn);
	}
}

/* Few hot words, or all of them. */
static unsigned pick_word(struct stand *s, unsigned hot)
{
	unsigned word = (unsigned)(stand_random(s) % WORDS);
	return hot ? word % hot * (WORDS / hot) : word;
}

static void phase(struct world *w)
{
	struct stand *s = w->s;
	static const unsigned stalls[] = { 0, 0, 60, 200, 250 }, hots[] = { 0, 0, 2, 8, 64 };
	static const unsigned rates[] = { 256, 256, 128, 30, 4 };
	unsigned hot = hots[stand_random(s) % 5], rate = rates[stand_random(s) % 5], clears = 1u << stand_random(s) % 9;
	struct hvb_tlp tlp;

	s->latency = 2 + (unsigned)(stand_random(s) % 120);
	s->jitter = stand_random(s) % 2 ? (unsigned)(stand_random(s) % 80) : 0;
	s->stall_p = stalls[stand_random(s) % 5];
	s->stall_np = stalls[stand_random(s) % 5];
	s->one_link = stand_random(s) % 2;
	for (unsigned i = 0; i < PHASE_CYCLES; i++) {
		if (stand_random(s) % 256 < clears) {
			unsigned sief = sief_of(pick_word(s, hot));
			s->memory[sief] &= stand_random(s) % 2 ? 0 : stand_random(s);
		}
		if (stand_random(s) % 256 >= rate) {
			stand_clock(s, NULL);
			continue;
		}
		unsigned word = pick_word(s, hot);
		unsigned flag = (unsigned)(stand_random(s) % count_of(word)), b = base_of(word) + flag;
		stand_doorbell(&tlp, word % PARTS, 0, (uint64_t)flag << 32 | (0x1000 + word));
		w->signalled[sief_of(word)][b] = stand_now(s);
		w->wish[sief_of(word)][b] = MUST;
		assert_true(stand_clock(s, &tlp));
	}
	s->stall_p = s->stall_np = 0;
	assert_true(stand_drain(s, 400000));
	stand_run(s, 300);
	for (unsigned i = 0; i < WORDS; i++)
		for (unsigned b = 0; b < 64; b++) {
			if (w->wish[i][b] == MUST)
				fail_msg("flag %u of SIEF word %u lost", b, i);
			w->wish[i][b] = NONE;
		}
	for (unsigned v = 0; v < 200; v++)
		if (s->vector_messages[v] != w->expect[v])
			fail_msg("vector %u: %llu messages, %llu AtomicOps set a flag", v,
				 (unsigned long long)s->vector_messages[v], (unsigned long long)w->expect[v]);
	assert_int_equal(s->flights, 0);
}

static void test_random_signals(void **state)
{
	const char *seed = getenv("STRESS_SEED"), *phases = getenv("STRESS_PHASES");
	struct world *w = calloc(1, sizeof(*w));
	int rounds = phases ? atoi(phases) : 40;

	(void)state;
	w->s = stand_new();
	w->s->random = seed ? strtoull(seed, NULL, 0) | 1 : 0x5d5d5d5d5d5dull;
	w->s->on_atomic = executed;
	w->s->arg = w;
	build(w);
	for (int i = rounds; i > 0; i--)
		phase(w);
	print_message("%llu AtomicOps, %llu messages, %llu cycles\n", (unsigned long long)w->s->atomics,
		      (unsigned long long)w->s->messages, (unsigned long long)stand_now(w->s));
	/* the run that is always the same is a busy one; any other sets a flag in each phase, be it all on two words */
	assert_true(w->s->atomics >= (seed ? (uint64_t)rounds : 1000));
	stand_free(w->s);
	free(w);
}

/* A word that its receiver has emptied is hit by the first AtomicOp, whatever it saw before. */
static void test_first_guess(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct hvb_tlp tlp;

	(void)state;
	w->s = stand_new();
	build(w);
	for (unsigned i = 0; i < 3000; i++) {
		unsigned word = (unsigned)(stand_random(w->s) % SHARED);
		unsigned signals = 1 + (unsigned)(stand_random(w->s) % 3);
		for (unsigned k = 0; k < signals; k++) {
			stand_doorbell(&tlp, word % PARTS, 0, (stand_random(w->s) % 64) << 32 | (0x1000 + word));
			stand_send(w->s, &tlp);
			stand_run(w->s, (unsigned)(stand_random(w->s) % 6)); /* while the first one flies */
		}
		stand_run(w->s, 80);
		assert_true(w->s->memory[word]);
		w->s->memory[word] = 0;
	}
	assert_true(stand_read64(w->s, STAND_CTRL + HVB_R_N_HIT) >= 3000);
	assert_int_equal(stand_read64(w->s, STAND_CTRL + HVB_R_N_MISS), 0);
	stand_free(w->s);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_guess),
		cmocka_unit_test(test_random_signals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
