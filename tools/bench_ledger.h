/* SPDX-License-Identifier: MIT */
/*
 * What is known of every signal of a measurement: when it was meant to start, and whether it was seen once, in its
 * turn. A flag carries one signal at a time, so a flag that is seen names its signal.
 *
 * A signal's time counts from when it was meant to start, not from when the sender got to it. Where the path holds the
 * sender up, the signals behind wait, and their wait is part of what they measure (no coordinated omission).
 *
 * Two threads may use one ledger: one sends, one takes.
 */
#ifndef TOOLS_BENCH_LEDGER_H
#define TOOLS_BENCH_LEDGER_H
#include <stdbool.h>
#include "bench_histogram.h"

#define BENCH_FLAGS_MAX 2048u

struct bench_ledger {
	/* the schedule */
	uint64_t count, warm;           /* signals in all; the first ones are not measured */
	unsigned flags;                 /* signal n is flag n % flags */
	uint64_t start, period;         /* signal n is meant to start at start + n * period; period 0: once the one
					 * before is seen */
	/* the sender's */
	uint64_t sent;
	/* the taker's */
	uint64_t seen, duplicate, out_of_order;
	uint64_t newest, newest_before; /* signal seen last, in this pass and before it; plus 1 */
	struct bench_histogram *times;
	/* between the two: when the flag's signal was meant to start, plus 1; 0: the flag carries none */
	uint64_t intended[BENCH_FLAGS_MAX], number[BENCH_FLAGS_MAX];
};

/* Clears *ledger for count measured signals behind warm others. times is the caller's. */
void bench_ledger_init(struct bench_ledger *ledger, uint64_t count, uint64_t warm, unsigned flags,
		       struct bench_histogram *times);
bool bench_ledger_all_sent(const struct bench_ledger *ledger);
bool bench_ledger_all_seen(const struct bench_ledger *ledger);
/* When the next signal is meant to start; UINT64_MAX: not before something is seen. */
uint64_t bench_ledger_next(const struct bench_ledger *ledger);
/* Whether it may be sent now, which is later than meant where its flag still carries another. */
bool bench_ledger_due(const struct bench_ledger *ledger, uint64_t now);
/* Enters the next signal, right before it is sent at now; returns its flag. */
unsigned bench_ledger_send(struct bench_ledger *ledger, uint64_t now);
/* A pass over the flags begins; then each flag that is found set, at the time it is seen. */
void bench_ledger_pass(struct bench_ledger *ledger);
void bench_ledger_take(struct bench_ledger *ledger, unsigned flag, uint64_t now);
/* Sent and not seen: lost, once nothing can come any more. */
uint64_t bench_ledger_open(const struct bench_ledger *ledger);
#endif
