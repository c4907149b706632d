/* SPDX-License-Identifier: MIT */
/* The demo's own world: two partitions of two VPs each that signal one another, first one signal at a time, then
 * from four threads at once. */
#ifndef TOOLS_BURST_H
#define TOOLS_BURST_H
#include <hvbell/hvbell.h>

#define BURST_PARTITIONS 2
#define BURST_VPS 2
#define BURST_SINT 2
extern const uint64_t burst_partitions[BURST_PARTITIONS];

/* Least and most of something, in cycles of the card. */
struct burst_span {
	uint32_t least, most;
	bool any;
};

/* What one phase came to. */
struct burst_figures {
	uint64_t signals;               /* doorbells rung */
	uint64_t accepted, coalesced;   /* the card's counters */
	uint64_t interrupts;            /* MSI-X messages the card sent */
	uint64_t received;              /* flags the receivers took */
	unsigned lost;                  /* flags that were signalled and never seen */
	double seconds;
	struct burst_span to_request;   /* doorbell to AtomicOp request */
	struct burst_span to_message;   /* completion to MSI-X message */
};

/* Resets the card and makes the world. 0 or -errno, as below; hvbell_error() says more. */
int burst_world(hvbell_card *card);
/* count signals, each delivered and taken before the next. */
int burst_alone(hvbell_card *card, unsigned count, struct burst_figures *figures);
/* Four senders, four receivers; ends after count signals of each sender, or the seconds given. */
int burst_together(hvbell_card *card, unsigned count, double seconds, struct burst_figures *figures);
#endif
