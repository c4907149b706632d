/* SPDX-License-Identifier: MIT */
/*
 * A scenario on a card: its world is placed, its steps are done, and what can be seen of them is read from the card.
 * One stage at a time on a card, one thread on a stage. Functions return 0 or -errno, with the reason in
 * stage->error.
 */
#ifndef TOOLS_STAGE_H
#define TOOLS_STAGE_H
#include "hvcall.h"
#include "seen.h"

/* One (VP, SINT) whose interrupts are watched. */
struct stage_watch {
	uint64_t partition;
	uint32_t vp;
	unsigned sint;
	int eventfd;                    /* -1: no port or direct right has been made yet */
	uint64_t before;                /* messages before the step: what was counted last */
	uint64_t count;                 /* messages of the step */
};

struct stage {
	hvbell_card *card;
	const struct scenario *scenario;
	int silent_ms;                  /* how long an eventfd is watched that must not be signaled */
	hvcall **calls;                 /* one for each partition of the world */
	struct stage_watch *watches;
	size_t watch_count;
	size_t *beside;                 /* steps that wait to run beside the next one */
	size_t beside_count;
	char error[400];
};

/* Resets the card and places the scenario's world. The stage is the caller's to close, also after a failure. */
int stage_open(struct stage *stage, hvbell_card *card, const struct scenario *scenario, int silent_ms);
void stage_close(struct stage *stage);
/* Does one step and reads what it left; *seen is the caller's to free, also after a failure. */
int stage_step(struct stage *stage, size_t index, struct seen *seen);

/* ---- between the files of the stage ---- */
/* The base in SIEFP and SIMP: the bits below are no part of an address. */
#define STAGE_PAGE (~0xfffull)
/* Notes a failure of what was tried: the library's diagnosis, or the errno's text. Returns err. */
int stage_failed(char *error, size_t size, int err, const char *tried);
int stage_place(struct stage *stage);
/* The way of a partition to make hypercalls; NULL: not of this world. */
hvcall *stage_caller(struct stage *stage, uint64_t partition);
/* Does the steps of stage->beside and this one at once. */
int stage_act(struct stage *stage, const struct scn_step *step, struct seen *seen);
int stage_hypercall(hvcall *call, const struct scn_call *registers, struct seen_call *result);
int stage_watch_end(struct stage *stage, struct seen *seen);
int stage_read_flags(struct stage *stage, struct seen *seen);
#endif
