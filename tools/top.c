/* SPDX-License-Identifier: MIT */
/* hvbell top: what every partition sends and every VP gets, again and again. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "burst.h"
#include "command.h"
#include "follow.h"

#define INTERVAL_MS 1000
#define SHORTEST 0.5            /* seconds between two looks that give a rate */

/* What was counted at a look, and when. */
struct counts {
	struct hvbell_counters sent[BURST_PARTITIONS];
	uint64_t got[BURST_PARTITIONS][BURST_VPS];
	struct hvbell_card_counters whole;
	double at;
};

struct top {
	struct counts last, base;       /* of the last look; what rates are told from */
	double ended;                   /* when the last look was over */
	bool screen;                    /* the table stays in its place */
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static uint64_t refused(const struct hvbell_counters *c)
{
	return c->access_denied + c->invalid_hypercall_input + c->invalid_connection_id + c->invalid_port_id +
	       c->invalid_parameter + c->invalid_vp_index + c->invalid_synic_state;
}

static uint64_t malformed(const struct hvbell_counters *c)
{
	return c->bad_size + c->bad_offset + c->bad_enables + c->poisoned + c->atomic + c->half;
}

static int print_partition(hvbell_card *card, struct top *top, unsigned p, double seconds)
{
	const struct hvbell_counters *before = &top->base.sent[p];
	struct hvbell_counters *c = &top->last.sent[p];
	int ret = hvbell_counters(card, burst_partitions[p], c);

	if (ret)
		return ret;
	printf("partition 0x%-6" PRIx64 " %12" PRIu64 " %12.0f %12" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n",
	       burst_partitions[p], c->accepted, (double)(c->accepted - before->accepted) / seconds, c->coalesced,
	       refused(c), malformed(c));
	for (unsigned v = 0; v < BURST_VPS; v++) {
		uint64_t *messages = &top->last.got[p][v];

		ret = hvbell_messages(card, burst_partitions[p], v, BURST_SINT, messages);
		if (ret)
			return ret;
		printf("  VP %-11u %12" PRIu64 " %12.0f  interrupts\n", v, *messages,
		       (double)(*messages - top->base.got[p][v]) / seconds);
	}
	return 0;
}

static int look(hvbell_card *card, void *arg)
{
	struct top *top = arg;
	struct hvbell_card_counters *whole = &top->last.whole, *before = &top->base.whole;
	double seconds;
	uint64_t writes;
	int ret;

	/* The last look may come soon after another, in a time too short for a rate: it tells them from the one before.
	 * What counts is the time between the two: on a busy machine a look itself may outlast the load. */
	if (now() - top->ended >= SHORTEST)
		top->base = top->last;
	ret = hvbell_card_counters(card, whole);
	if (ret)
		return ret;
	top->last.at = now();
	seconds = top->last.at - top->base.at > 0 ? top->last.at - top->base.at : 1;
	writes = whole->atomics + whole->writes;
	if (top->screen)
		fputs("\033[H\033[J", stdout);
	printf("AtomicOps and flag writes %" PRIu64 " (%.0f a second), retried %" PRIu64 ", faults %" PRIu64
	       ", put back by the quota %" PRIu64
	       "\n%-18s %12s %12s %12s %10s %10s\n", writes,
	       (double)(writes - before->atomics - before->writes) / seconds, whole->misses,
	       whole->faults + whole->timeouts, whole->quota, "", "accepted", "a second", "coalesced",
	       "refused",
	       "malformed");
	for (unsigned p = 0; p < BURST_PARTITIONS && !ret; p++)
		ret = print_partition(card, top, p, seconds);
	fflush(stdout);
	top->ended = now();
	return ret;
}

int command_top(int argc, char **argv)
{
	const char *seconds_text = NULL;
	const struct argument_value values[] = { { "--seconds", &seconds_text }, { NULL, NULL } };
	struct top top = { .screen = isatty(STDOUT_FILENO) };
	struct arguments arguments;
	uint64_t seconds = 0;
	hvbell_card *card;
	int ret;

	if (!arguments_read_values(&arguments, argc, argv, 0, values) ||
	    !follow_number("top", "--seconds", seconds_text, 1000000, &seconds))
		return EXIT_INPUT;
	if (arguments.rest_count) {
		fprintf(stderr, "hvbell top: %s is too much\n", arguments.rest[0]);
		return EXIT_INPUT;
	}
	if (!card_open(arguments.card, &card))
		return EXIT_FAILED;
	follow_until_interrupt();
	top.ended = top.last.at = top.base.at = now();
	ret = follow_load(card, (double)seconds, INTERVAL_MS, look, &top);
	hvbell_close(card);
	return ret;
}
