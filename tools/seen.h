/* SPDX-License-Identifier: MIT */
/* What was seen after a step, and how it compares with what the scenario expects. */
#ifndef TOOLS_SEEN_H
#define TOOLS_SEEN_H
#include "scenario.h"

/* The parts of a result that a kind of step has. */
#define SEEN_STATUS 1u          /* a status, and a fault where hypercall or MSR */
#define SEEN_RESULT 2u          /* result value, reps, output block: of a hypercall */
#define SEEN_FAULT 4u
#define SEEN_VALUE 8u           /* of rdmsr */
#define SEEN_STATUSES 16u       /* of concurrent calls */
#define SEEN_WORLD 32u          /* flags and interrupts; without it nothing was looked at */

struct seen_call {
	int status;                     /* HV_STATUS, or SCN_NONE */
	int fault;                      /* HVBELL_FAULT_*, 0: none */
	uint64_t result;                /* RAX, or EDX:EAX */
	bool has_output;
	uint64_t output;                /* first qword of the output block */
};

struct seen {
	unsigned parts;
	struct seen_call call;          /* also the status of a management call, the fault of an MSR access */
	uint64_t value;
	int *statuses;
	size_t status_count;
	struct scn_flag *flags;
	size_t flag_count, flag_room;
	struct scn_interrupt *interrupts;
	size_t interrupt_count, interrupt_room;
	char trouble[160];              /* an eventfd that does not agree with the card's count; "" where all do */
};

void seen_free(struct seen *seen);
/* 0 or -ENOMEM. */
int seen_add_flag(struct seen *seen, const struct scn_flag *flag);
int seen_add_interrupt(struct seen *seen, const struct scn_interrupt *interrupt);

/* Whether a step's result is what the scenario expects. Where it is not, *why says what differs. */
bool seen_agrees(const struct scenario *scenario, const struct scn_step *step, const struct seen *seen, char *why,
		 size_t size);
#endif
