/* SPDX-License-Identifier: MIT */
/*
 * Partitions do not delay each other (docs/design.md 2, "Delivery"): 63 partitions flood while one signals an idle
 * word now and then; a receiver never answers; a receiver changes its words at every access. The outputs share one
 * link. From the doorbell's beat to the message's, a signal of the victim takes longer than on an idle card by at most
 *     active x max(2 beats, round trip / tags) x (1 + retries) + round trip + 32 cycles.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define PARTS 64
#define TAGS 32
#define SHARE (TAGS / 4)
#define UNLOADED 7               /* cycles of the card's own from doorbell to message: 5 to the AtomicOp, 2 behind it */
#define WORDS_EACH 16            /* of a flooder; the victim, partition 0, has 16 too */
#define WORDS (PARTS * WORDS_EACH)
#define VICTIM_VP 250            /* VP and vector of the victim's words */
#define VICTIM_RECEIVER 63
#define CROWD 960                /* the words from here on, of senders 60 to 63, are all receiver 62's */

struct world {
	struct stand *s;
	bool toggle;                     /* flooded words change at every AtomicOp: it always misses */
	bool consume;                    /* flooded words are cleared as soon as they are written */
	uint64_t victim_atomics;
};

static void executed(void *arg, const struct stand_flight *f, uint64_t now)
{
	struct world *w = arg;
	unsigned word = (unsigned)((f->head.addr - STAND_MEMORY) / 8);

	(void)now;
	if (word < WORDS_EACH)
		w->victim_atomics++;
	else if (w->toggle)
		w->s->memory[word] = (w->s->memory[word] & 1ull << 63) ^ 1ull << 63;
	else if (w->consume)
		w->s->memory[word] = 0;
}

/* Partition p's words are 16p to 16p + 15; flooders' receivers are 1 to 61 in turn, and 62. */
static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct stand *s = stand_new();

	w->s = s;
	s->one_link = true;
	s->on_atomic = executed;
	s->arg = w;
	for (unsigned p = 0; p < PARTS; p++)
		stand_partition(s, p, true, true);
	for (unsigned n = 0; n < WORDS; n++) {
		bool victim = n < WORDS_EACH;
		unsigned receiver = victim ? VICTIM_RECEIVER : n < CROWD ? 1 + n % 61 : 62;
		stand_port(s, n / WORDS_EACH, n, n, victim ? VICTIM_VP : n % 200, receiver);
	}
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

static void bell(struct stand *s, unsigned word, unsigned flag)
{
	struct hvb_tlp tlp;

	stand_doorbell(&tlp, word / WORDS_EACH, 0, stand_input(word, flag));
	assert_true(stand_clock(s, &tlp));
}

/* Partitions 1 to `parts`, one doorbell a cycle. */
static void flood(struct world *w, unsigned cycles, unsigned parts)
{
	if (!parts)
		stand_run(w->s, cycles);
	for (unsigned i = 0; parts && i < cycles; i++) {
		unsigned word = WORDS_EACH + (unsigned)(stand_random(w->s) % (parts * WORDS_EACH));
		bell(w->s, word, (unsigned)(stand_random(w->s) % 63));
	}
}

/* Flags are cleared by their consumers, so each signal of the victim is one AtomicOp and one message. */
static uint64_t worst_delay(struct world *w, unsigned signals, unsigned parts)
{
	struct stand *s = w->s;
	uint64_t worst = 0;

	flood(w, 1500, parts);
	for (unsigned i = 0; i < signals; i++) {
		unsigned word = i % WORDS_EACH;
		uint64_t before = s->vector_messages[VICTIM_VP], start = stand_now(s), atomics = w->victim_atomics;
		s->memory[word] = 0;
		bell(s, word, i % 64);
		while (s->vector_messages[VICTIM_VP] == before && stand_now(s) - start < 5000)
			flood(w, 1, parts);
		assert_int_equal(s->vector_messages[VICTIM_VP], before + 1);
		assert_int_equal(w->victim_atomics, atomics + 1);        /* no retries */
		if (stand_now(s) - 1 - start > worst)
			worst = stand_now(s) - 1 - start;
		flood(w, (unsigned)(stand_random(s) % 100), parts);
	}
	return worst - UNLOADED - w->s->latency;
}

static uint64_t bound(const struct stand *s, unsigned active)
{
	uint64_t beats = 2 * active, tags = (active * s->latency + TAGS - 1) / TAGS;

	return (beats > tags ? beats : tags) + s->latency + 32;
}

static void expect_within_bound(struct world *w, unsigned latency, unsigned parts)
{
	w->s->latency = latency;
	uint64_t worst = worst_delay(w, 100, parts);
	print_message("round trip %u, %u flooders: delayed by %u cycles at worst, bound %u\n", latency, parts,
		      (unsigned)worst, (unsigned)bound(w->s, parts + 1));
	assert_true(worst <= bound(w->s, parts + 1));
	assert_true(stand_drain(w->s, 60000));
}

static void test_idle_card(void **state)
{
	struct world *w = *state;

	for (unsigned latency = 2; latency < 40; latency++) {
		w->s->latency = latency;
		assert_int_equal(worst_delay(w, 20, 0), 0);
	}
}

static void test_flood(void **state)
{
	struct world *w = *state;
	static const unsigned trips[] = { 20, 60, 200 }, flooders[] = { 1, 8, 63 };

	for (unsigned consume = 0; consume < 2; consume++)
		for (unsigned t = 0; t < 3; t++)
			for (unsigned f = 0; f < 3; f++) {
				w->consume = consume;
				expect_within_bound(w, trips[t], flooders[f]);
			}
}

/* What flooders' receivers do costs the flooders. */
static void test_flood_of_words_that_toggle(void **state)
{
	struct world *w = *state;
	static const unsigned trips[] = { 20, 60, 200 };

	for (unsigned t = 0; t < 3; t++) {
		w->toggle = true;
		w->s->latency = trips[t];
		uint64_t worst = worst_delay(w, 100, PARTS - 1);
		print_message("round trip %u, words that toggle: delayed by %u cycles at worst, bound %u\n", trips[t],
			      (unsigned)worst,
			      (unsigned)bound(w->s, PARTS));
		assert_true(worst <= bound(w->s, PARTS));
		w->toggle = false;
		assert_true(stand_drain(w->s, 60000));
	}
}

static unsigned unanswered(const struct stand *s)
{
	unsigned n = 0;

	for (int i = 0; i < s->flights; i++)
		n += s->flight[i].head.addr >= s->mute_first && s->flight[i].head.addr <= s->mute_last;
	return n;
}

/* Receiver 62 never answers. */
static void test_receiver_that_never_answers(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	s->mute_first = STAND_MEMORY + 8 * CROWD;
	s->mute_last = STAND_MEMORY + 8 * (WORDS - 1);
	for (unsigned n = CROWD; n < WORDS; n++)
		bell(s, n, 5);
	stand_run(s, 1000);
	assert_int_equal(unanswered(s), SHARE);
	assert_int_equal(s->flights, SHARE);
	assert_true(stand_reg(s, HVB_R_N_QUOTA) > 0);
	/* the others have what is left */
	s->withhold = true;
	for (unsigned n = WORDS_EACH; n < 200; n++)
		bell(s, n, 1);
	stand_run(s, 200);
	assert_int_equal(unanswered(s), SHARE);
	assert_int_equal(s->flights, TAGS);
	s->withhold = false;
	stand_run(s, 2000);
	for (unsigned n = WORDS_EACH; n < 200; n++)
		assert_int_equal(s->memory[n], 2);
	assert_int_equal(s->flights, SHARE);
	/* a sender that has words of both: those to the living get through, and the victim hardly notices */
	uint64_t worst = worst_delay(w, 100, PARTS - 1);
	assert_true(worst <= bound(s, PARTS) + bound(s, PARTS) / 3);     /* a quarter of the tags is gone */
	assert_int_equal(unanswered(s), SHARE);
	s->mute_first = s->mute_last = 0;
	assert_true(stand_drain(s, 60000));
	for (unsigned n = CROWD; n < WORDS; n++)
		assert_true(s->memory[n] & 32);
}

/* However many words of one receiver are signalled: never more than its share flies. */
static void test_share_of_each_receiver(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	s->withhold = true;
	for (unsigned n = WORDS_EACH; n < CROWD; n++)
		bell(s, n, 3);
	stand_run(s, 500);
	assert_int_equal(s->flights, TAGS);
	s->withhold = false;
	assert_true(stand_drain(s, 20000));
	memset(s->memory, 0, sizeof(s->memory));
	s->withhold = true;
	for (unsigned n = CROWD; n < WORDS; n++)
		bell(s, n, 7);
	stand_run(s, 500);
	assert_int_equal(s->flights, SHARE);
	s->withhold = false;
	for (int i = 0; i < 3000; i++) {
		stand_clock(s, NULL);
		assert_in_range(s->flights, 0, SHARE);
	}
	for (unsigned n = CROWD; n < WORDS; n++)
		assert_int_equal(s->memory[n], 1 << 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_idle_card, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flood, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flood_of_words_that_toggle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_receiver_that_never_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_share_of_each_receiver, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
