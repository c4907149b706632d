/* SPDX-License-Identifier: MIT */
/*
 * Measures the card's streams in cycles of its clock, exactly, and prints one JSON object. With --load CYCLES it runs
 * one doorbell in 64 cycles instead and prints nothing: for counting the host's instructions a cycle (bench_rtl.sh).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "hvb_regs.h"
#include "../rtl/stand.h"

#define WORDS 1024
#define RECEIVER 2
#define ANY_ID 0x900000u
#define ANY_ELEMS 64
#define SAMPLES 4000
#define OFFERED 20000
#define ROUND_TRIP 40            /* cycles; up to 1.5 * tags the link is the limit, not the tags */

struct range { uint64_t min, max; };

static void widen(struct range *r, uint64_t value)
{
	if (value < r->min)
		r->min = value;
	if (value > r->max)
		r->max = value;
}

static struct stand *build(void)
{
	struct stand *s = stand_new();
	for (unsigned p = 0; p < 8; p++)
		stand_partition(s, p, true, true);
	for (unsigned v = 0; v < 256; v++)
		stand_vector(s, v, false);
	for (unsigned i = 0; i < WORDS; i++) {
		struct stand_word w = { .index = i, .state = HVB_WSTATE_ON, .rpart = i % 8, .vector = i % 256,
			.vp = i % 256, .addr = STAND_MEMORY + 8 * i };
		struct stand_conn c = { .part = i % 8, .id = i, .verdict = HVB_VERDICT_OK, .word = i, .count = 64,
			.rpart = i % 8 };
		stand_word(s, &w);
		stand_conn(s, &c);
	}
	/* an HV_ANY_VP port over the first words */
	struct stand_conn any = { .part = 1, .id = ANY_ID, .verdict = HVB_VERDICT_OK, .any = true, .word = 0,
		.count = 64, .rpart = 0 };
	for (unsigned e = 0; e < ANY_ELEMS; e++) {
		stand_write64(s, STAND_CTRL + HVB_R_LIST_ENTRY,
			      8 * e | (uint64_t)((e + 1) % ANY_ELEMS) << HVB_LIST_ENTRY_NEXT_SHIFT);
		stand_write64(s, STAND_CTRL + HVB_R_LIST_COMMIT, e);
	}
	stand_write64(s, STAND_CTRL + HVB_R_GROUP_ENTRY, (uint64_t)HVB_WSTATE_ON << HVB_GROUP_ENTRY_STATE_SHIFT);
	stand_write64(s, STAND_CTRL + HVB_R_GROUP_COMMIT, 0);
	stand_conn(s, &any);
	stand_run(s, 20);
	return s;
}

static void ring(struct stand *s, unsigned word, unsigned flag)
{
	struct hvb_tlp tlp;
	stand_doorbell(&tlp, word % 8, word % 16, (uint64_t)flag << 32 | word);
	stand_send(s, &tlp);
}

static void clear_memory(struct stand *s)
{
	memset(s->memory, 0, sizeof(s->memory));
}

/* Signals one after the other, named and any VP in turn, at changing distances. */
static void latencies(struct stand *s, struct range *request, struct range *message)
{
	*request = *message = (struct range){ ~0ull, 0 };
	s->latency = 30;
	for (unsigned i = 0; i < SAMPLES; i++) {
		unsigned word = (unsigned)(stand_random(s) % WORDS), flag = (unsigned)(stand_random(s) % 64);
		struct hvb_tlp tlp;
		clear_memory(s);
		s->messages = 0;
		if (i % 4 == 3)
			stand_doorbell(&tlp, 1, 0, (uint64_t)flag << 32 | ANY_ID);
		else
			stand_doorbell(&tlp, word % 8, word % 16, (uint64_t)flag << 32 | word);
		uint64_t rung = stand_now(s);
		stand_send(s, &tlp);
		stand_run(s, 60 + (unsigned)(stand_random(s) % 8));
		widen(request, s->last_atomic_cycle - rung);
		widen(message, s->first_message_cycle - s->last_answer_cycle);
	}
}

enum pattern { SAME_WORD, SAME_VP, SAME_CONNECTION, RANDOM };

/* Offers a doorbell in every cycle; which share was taken. */
static double accepted(struct stand *s, enum pattern pattern)
{
	unsigned taken = 0;
	for (unsigned i = 0; i < OFFERED; i++) {
		unsigned word = pattern == SAME_VP ? 256 * (i % 4) + 5 :
			pattern == RANDOM ? (unsigned)(stand_random(s) % WORDS) : 5;
		unsigned flag = pattern == SAME_WORD ? 7 : i % 64;
		struct hvb_tlp tlp;
		stand_doorbell(&tlp, word % 8, i % 16, (uint64_t)flag << 32 | word);
		if (i % 16 == 0)
			s->memory[word] = 0;
		taken += stand_clock(s, &tlp);
	}
	if (!stand_drain(s, 100000)) {
		fprintf(stderr, "bench_rtl: signals did not drain\n");
		exit(1);
	}
	return (double)taken / OFFERED;
}

/* Distinct words all the time, cleared at once; outputs share a link of one beat a cycle. */
static double utilisation(struct stand *s)
{
	s->latency = ROUND_TRIP;
	s->one_link = true;
	uint64_t start = 0;
	for (unsigned i = 0; i < OFFERED; i++) {
		unsigned word = i % WORDS;
		struct hvb_tlp tlp;
		stand_doorbell(&tlp, word % 8, i % 16, word);
		s->memory[(word + WORDS / 2) % WORDS] = 0;
		if (i == 1000)
			start = s->beats;
		stand_clock(s, &tlp);
	}
	double share = (double)(s->beats - start) / (OFFERED - 1000);
	s->one_link = false;
	stand_drain(s, 100000);
	return share;
}

/* k signals to one word while its first AtomicOp flies. */
static unsigned burst(struct stand *s, bool clear_once)
{
	unsigned most = 0;
	s->latency = 200;
	for (unsigned k = 2; k <= 64; k++) {
		clear_memory(s);
		uint64_t before = s->atomics;
		for (unsigned i = 0; i < k; i++)
			ring(s, 9, i);
		stand_run(s, 210);
		if (clear_once)
			s->memory[9] = 0;
		stand_run(s, 1000);
		if (s->memory[9] == 0 || s->atomics - before > 64)
			exit(1);
		if (s->atomics - before > most)
			most = (unsigned)(s->atomics - before);
	}
	return most;
}

static void load(struct stand *s, unsigned long cycles)
{
	for (unsigned long i = 0; i < cycles; i++) {
		struct hvb_tlp tlp;
		unsigned word = (unsigned)(i / 64 % WORDS);
		if (i % 64) {
			stand_clock(s, NULL);
			continue;
		}
		s->memory[word] = 0;
		stand_doorbell(&tlp, word % 8, 0, word);
		stand_clock(s, &tlp);
	}
}

int main(int argc, char **argv)
{
	struct stand *s = build();
	struct range request, message;

	if (argc == 3 && !strcmp(argv[1], "--load")) {
		load(s, strtoul(argv[2], NULL, 0));
		stand_free(s);
		return 0;
	}
	latencies(s, &request, &message);
	printf("{\"doorbell_to_request_cycles\":{\"min\":%llu,\"max\":%llu},", (unsigned long long)request.min,
	       (unsigned long long)request.max);
	printf("\"completion_to_msix_cycles\":{\"min\":%llu,\"max\":%llu},", (unsigned long long)message.min,
	       (unsigned long long)message.max);
	printf("\"doorbells_per_cycle\":{\"same_word\":%.4f,", accepted(s, SAME_WORD));
	printf("\"same_vp\":%.4f,", accepted(s, SAME_VP));
	printf("\"same_connection\":%.4f,", accepted(s, SAME_CONNECTION));
	printf("\"random\":%.4f},", accepted(s, RANDOM));
	printf("\"output_beat_utilisation\":%.4f,", utilisation(s));
	printf("\"atomics_per_burst\":%u,", burst(s, false));
	printf("\"atomics_per_burst_cleared_once\":%u}\n", burst(s, true));
	stand_free(s);
	return 0;
}
