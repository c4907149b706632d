/* SPDX-License-Identifier: MIT */
/*
 * The tests of the VMM, and what they share: two guests on one card. Guest A (partition 0x10, one VP) signals, guest B
 * (0x20, two VPs) receives; C (0x30, one VP) is there where one misbehaves.
 */
#ifndef VMM_H
#define VMM_H
#include <stdbool.h>
#include <hvbell/hvbell.h>
#include "machine.h"

#define A 0x10u
#define B 0x20u
#define C 0x30u
#define HOST 0x40u              /* the VMM itself, as a sender */
#define SINT 2u
#define SCONTROL 0x40000080u
#define SIEFP 0x40000082u
#define SINT0 0x40000090u
#define SINT_MASKED (1ull << 16)
#define SINT_POLLING (1ull << 18)
#define CALL_MEMORY 0x5dull
#define CALL_FAST 0x1005dull

struct world {
	hvbell_card *card;
	struct machine a, b, c;
};

struct vmm_test {
	const char *name;
	bool (*run)(struct world *world);
	bool mapped;            /* only for a card whose doorbell page can be mapped, as the kernel's VFIO does */
};
/* Each list ends with a NULL name. */
extern const struct vmm_test signal_tests[], status_tests[], own_tests[], harm_tests[];

/* Standard output is for JSON: complaints go to standard error. */
extern bool vmm_json;
/* Prints why, as a comment, and returns false. */
bool vmm_complain(const char *what, ...) __attribute__((format(printf, 1, 2)));
/* True for 0; else complains with the library's words. */
bool vmm_works(int ret, const char *call);
#define WORKS(call) vmm_works((call), #call)
/* Complains unless both are the same. */
bool vmm_same(const char *what, uint64_t is, uint64_t expected);

/* ---- what tests are made of (world.c) ---------------------------------------------------------------------------- */

/* Puts A and B on the card with their machines, their SynICs as a guest sets them: SINT unmasked. */
bool world_make(struct world *world);
/* The same of C. */
bool world_make_c(struct world *world);
/* Ends C, wherever it is. */
bool world_end_c(struct world *world);
/* Says so where one of the guests executes what it has not (machine_astray()). */
void world_astray(struct world *world);
/* Ends the machines and empties the card. False where that failed. */
bool world_end(struct world *world);
/* A port of `to` at (vp, sint) with `flags` flags from base 0, and from's connection to it, both called id; wired. */
bool world_connect(struct world *world, uint64_t from, uint64_t to, uint32_t vp, unsigned sint, uint32_t id,
		   uint32_t flags);
/* The VP executes these, one after the other. Results are in the operations. */
bool world_ops(struct machine *machine, unsigned vp, struct box_op *ops, unsigned count);
/* One WRMSR; *fault (may be NULL) is the exception, or 0. With NULL, one is a failure. */
bool world_wrmsr(struct machine *machine, unsigned vp, uint32_t msr, uint64_t value, uint32_t *fault);
/* SIEFP, SCONTROL and SINT `sint` as the guest's operating system sets them. */
bool world_synic(struct machine *machine, unsigned vp, unsigned sint, uint64_t value);
/* Fills in for BOX_SEND and the like: count signals by connection id, with flag numbers going round in
 * [first, first + flags). */
void world_signals(struct machine *machine, unsigned vp, uint64_t control, uint32_t id, uint64_t count,
		   uint64_t first, uint64_t flags);
/* Waits until a VP has taken that many flags of a SINT in all, and sees that it takes no more. */
bool world_taken(struct machine *machine, unsigned vp, unsigned sint, uint64_t count);
/* Each flag of [first, first + flags) was taken exactly n times since the counts were cleared, none else, by the VP. */
bool world_each(struct machine *machine, unsigned vp, unsigned sint, uint64_t first, uint64_t flags, uint32_t n);

#endif
