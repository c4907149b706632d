/* SPDX-License-Identifier: MIT */
/*
 * What the channel between a calling thread and a simulated card's thread costs, by the host's clock. Directly: calls
 * that pass no cycle. And as a difference: reads of a register of a card with a thread and of a single-stepped one,
 * which passes its cycles in the caller, in turns. Prints one JSON object; of each figure the least batch counts, since
 * other load only adds. Wants two processors that do nothing else: two halves of one core are not, there the caller who
 * waits takes from the card's thread, and the difference shows that, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "hvb_regs.h"
#include "sim/card.h"

#define BATCHES 100
#define READS 200
#define CALLS 2000

static struct hvb_card *open_card(const char *options)
{
	struct hvb_sim_options parsed;
	struct hvb_card *card;
	char why[HVB_CARD_WHY];

	if (hvb_sim_options_parse(options, &parsed, why, sizeof(why)) || hvb_card_open(&parsed, &card, why)) {
		fprintf(stderr, "bench_channel: sim:%s: %s\n", options, why);
		exit(1);
	}
	return card;
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Microseconds a read; opens and closes a card, so that none else is awake meanwhile. */
static double reads(const char *options, uint64_t *cycles)
{
	struct hvb_card *card = open_card(options);
	uint64_t value, first = hvb_card_cycle(card);
	double start = now_us(), each;

	for (int i = 0; i < READS; i++)
		if (hvb_card_read(card, HVB_BAR_CTRL, HVB_R_MAGIC, 8, &value)) {
			fprintf(stderr, "bench_channel: a read of MAGIC failed\n");
			exit(1);
		}
	each = (now_us() - start) / READS;
	*cycles = (hvb_card_cycle(card) - first) / READS;
	hvb_card_close(card);
	return each;
}

/* Microseconds a call that passes no cycle. */
static double calls(void)
{
	struct hvb_card *card = open_card("");
	double start = now_us(), each;

	for (int i = 0; i < CALLS; i++)
		hvb_card_cycle(card);
	each = (now_us() - start) / CALLS;
	hvb_card_close(card);
	return each;
}

static void keep_least(double *least, double now)
{
	if (now < *least)
		*least = now;
}

int main(void)
{
	double alone = 1e9, across = 1e9, call = 1e9;
	uint64_t cycles, ignored;

	for (int i = 0; i < BATCHES; i++) {
		keep_least(&alone, reads("?step=1", &cycles));
		keep_least(&across, reads("", &ignored));
		keep_least(&call, calls());
	}
	printf("{\"read_cycles\":%llu,\"read_us_stepped\":%.2f,\"read_us\":%.2f,\"channel_us\":%.2f,",
	       (unsigned long long)cycles, alone, across, across - alone);
	printf("\"call_us\":%.2f}\n", call);
	return 0;
}
