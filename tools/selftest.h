/* SPDX-License-Identifier: MIT */
/*
 * hvbell selftest: a card checked from below, by its registers (docs/hardware.md), without the library. The steps are
 * functions in a table (selftest_run.c); what they share stands here.
 */
#ifndef TOOLS_SELFTEST_H
#define TOOLS_SELFTEST_H
#include <signal.h>
#include <stdbool.h>
#include "driver/dev.h"
#include "hvb_regs.h"

/* What one step came to. The strings live until the next one; expected and remedy are "" where ok. */
struct selftest_line {
	const char *step;
	bool ok;
	const char *seen, *expected, *remedy;
};
typedef void (*selftest_fn)(void *arg, const struct selftest_line *line);
/* Checks an open card, which nobody else uses meanwhile, and calls tell after each step. Leaves it reset and open, its
 * interrupts disconnected. Returns how many steps failed. Says on standard error what lasts over two seconds. */
unsigned selftest_run(struct hvb_dev *dev, selftest_fn tell, void *arg);
/* Set (by a signal handler) to end a selftest early: the step under way fails, the card is reset all the same. */
extern volatile sig_atomic_t selftest_stop;

/* ---- for the steps ---------------------------------------------------------------------------------------------- */

#define ST_WORD_BYTES 8u
#define ST_SENDER 0u             /* partitions, VPs and pending words that the steps use */
#define ST_RECEIVER 1u
#define ST_TARGET_WORD 5u        /* of the page, for direct signals: it has neighbours */

struct selftest {
	struct hvb_dev *dev;
	selftest_fn tell;
	void *arg;
	const char *step;        /* the one under way */
	uint64_t begun, said;    /* milliseconds: that step, and its last word on standard error */
	unsigned done, of;       /* how far it is */
	unsigned failed;
	int err;                 /* an access failed, or -EINTR: no further step can be made */
	bool strange;            /* no card of this kind: nothing may be written to it */
	char seen[200], expected[120], remedy[160];
	/* sizes of the card */
	unsigned partitions, rows, words, vectors, vps, groups, elements, page_shift;
	unsigned msix, pcie;     /* capabilities in configuration space */
	/* memory for its DMA, and an eventfd for each vector */
	size_t bytes;
	uint64_t *page, iova;
	int *eventfds;
	/* what the counters must have come to; sequence numbers of the sender's slots */
	uint32_t *sent;
	uint64_t messages, newly, accepted, refused, bad_enables;
	unsigned sequence[HVB_SLOTS];
};

#define ST_FIELD(name, value) ((uint64_t)(value) << HVB_##name##_SHIFT)
#define ST_GET(name, reg) ((unsigned)(((reg) & HVB_##name##_MASK) >> HVB_##name##_SHIFT))

/* The end of a step: st_good() says what was seen and is true where no access failed; st_bad() is false. */
bool st_good(struct selftest *t, const char *seen, ...) __attribute__((format(printf, 2, 3)));
bool st_bad(struct selftest *t, const char *remedy, const char *expected, const char *seen, ...)
	__attribute__((format(printf, 4, 5)));
/* True where got is wanted; else says so of what the format names. */
bool st_equal(struct selftest *t, const char *remedy, uint64_t got, uint64_t wanted, const char *what, ...)
	__attribute__((format(printf, 5, 6)));
uint64_t st_now(void);
/* What a step calls in each round of its loop, and a wait in each of its own: say how far a long step is, and are false
 * once it must end. */
bool st_goes_on(struct selftest *t, unsigned done, unsigned of);
bool st_waits(struct selftest *t);

/* Accesses. After one that failed (t->err) they do nothing and read 0. */
uint64_t st_get(struct selftest *t, unsigned offset);            /* registers of BAR0, 64 bits */
void st_put(struct selftest *t, unsigned offset, uint64_t value);
uint32_t st_get32(struct selftest *t, unsigned offset);
void st_put32(struct selftest *t, unsigned offset, uint32_t value);
uint32_t st_config(struct selftest *t, unsigned offset);         /* 32 bits of configuration space */
uint64_t st_slot_get(struct selftest *t, unsigned slot, unsigned offset);        /* of the sender's doorbell page */
/* A write of 1, 2, 4 or 8 bytes. */
void st_write(struct selftest *t, unsigned region, uint64_t offset, uint64_t value, size_t length);
/* Polls a register of BAR0 until its masked bits are 0, for some seconds. False: they never were, or an access
 * failed. */
bool st_clears(struct selftest *t, unsigned offset, uint64_t mask, uint64_t *value);
/* Function level reset, and the card's tables cleared. */
bool st_reset(struct selftest *t);

/* Connects vectors first.. to their eventfds, or disconnects them. */
void st_connect(struct selftest *t, unsigned first, unsigned count, bool on);
/* What one vector's eventfd counted, taken: waits up to a second for the first. */
uint64_t st_arrived(struct selftest *t, unsigned vector);
/* A vector whose eventfd counted something, after a pause; -1: none did. */
int st_stray(struct selftest *t);

/* One pending word of the receiver: its number, which word of the page it stands for, whom it interrupts. */
struct st_word {
	unsigned number, at, vp, vector;
	bool polling;
};
void st_word(struct selftest *t, const struct st_word *word);
/* Writes word, the card's own, and signals a flag of it directly. *result is what the register DIRECT reads then; false
 * where it stays busy. Counts what must have been sent. */
bool st_direct(struct selftest *t, const struct st_word *word, unsigned flag, uint64_t *result);
/* One word of the page, as the card left it, and set before the card sees it. */
uint64_t st_load(const struct selftest *t, unsigned at);
void st_store(struct selftest *t, unsigned at, uint64_t value);

/* The steps. */
bool st_identity(struct selftest *t);
bool st_first_reset(struct selftest *t);
bool st_sizes(struct selftest *t);
bool st_capabilities(struct selftest *t);
bool st_vendor_specific(struct selftest *t);
bool st_switches(struct selftest *t);
bool st_regions(struct selftest *t);
bool st_registers(struct selftest *t);
bool st_partitions(struct selftest *t);
bool st_reserved(struct selftest *t);
bool st_halves(struct selftest *t);
bool st_bad_shapes(struct selftest *t);
bool st_memory(struct selftest *t);
bool st_swap(struct selftest *t);
bool st_signal(struct selftest *t);
bool st_any_vp(struct selftest *t);
bool st_direct_signal(struct selftest *t);
bool st_unmasked(struct selftest *t);
bool st_masked(struct selftest *t);
bool st_unmasked_again(struct selftest *t);
bool st_counters(struct selftest *t);
bool st_denied(struct selftest *t);
bool st_reset_values(struct selftest *t);
bool st_after_reset(struct selftest *t);
#endif
