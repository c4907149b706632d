/* SPDX-License-Identifier: MIT */
/*
 * The test stand of the card's streams: a Verilated card, a few pages of host memory that its AtomicOps reach, and a
 * clock. Everything happens in stand_clock(), one cycle a call, so that tests count exact cycles. It knows less than
 * the root complex of sim/ on purpose: what is measured here is the card alone.
 */
#ifndef TESTS_RTL_STAND_H
#define TESTS_RTL_STAND_H
#include <stdbool.h>
#include <stdint.h>
#include "../../sim/rtl.h"
#include "../../sim/tlp.h"

#define STAND_CTRL 0x10000000ull         /* BAR0, BAR2, BAR4 */
#define STAND_DOORBELL 0x20000000ull
#define STAND_MSIX 0x30000000ull
#define STAND_MEMORY 0x100000000ull      /* IOVA of memory[] */
#define STAND_WORDS 4096
#define STAND_ID 0x0100                  /* the card's bus:device.function */
#define STAND_MSG_ADDR 0xfee00000ull
#define STAND_FLIGHTS 512
#define STAND_VECTORS 2048
#define STAND_ROWS 2048

struct stand_flight {                    /* an AtomicOp between its request and its completion */
	struct hvb_tlp_head head;
	uint64_t compare, swap;
	uint64_t seen, taken;            /* cycles in which the request was on the output: first, last */
	uint64_t execute, answer;        /* cycles: at memory, back at the card */
	uint64_t old;
	bool executed;
};

struct stand {
	struct hvb_rtl *rtl;
	uint64_t memory[STAND_WORDS];
	struct stand_flight flight[STAND_FLIGHTS];
	int flights;
	/* policy */
	unsigned latency;                /* cycles from request taken to completion delivered, at least 2 */
	unsigned jitter;                 /* random cycles on top */
	bool withhold;                   /* completions never come back */
	bool one_link;                   /* the three outputs share one beat a cycle: posted, completion, non-posted */
	unsigned stall_p, stall_np, stall_cpl; /* outputs not ready in so many of 256 cycles; 256: never ready */
	uint8_t status;                  /* completion status of the next AtomicOp, then CPL_SC again */
	bool poison;
	uint64_t mute_first, mute_last;  /* AtomicOps to IOVAs of this range are never answered, as long as it is set */
	bool inject, inject_err;         /* the next cycle brings inject_cpl, marked bad by the layer below or not */
	struct hvb_tlp inject_cpl;
	bool req_err;                    /* requests are marked bad by the layer below */
	/* tests look in */
	void (*on_atomic)(void *arg, const struct stand_flight *flight, uint64_t now); /* executed: old is valid */
	void (*on_message)(void *arg, unsigned vector);
	void (*on_write)(void *arg, unsigned word, uint64_t before); /* a flag write (owned) is in memory */
	void *arg;
	/* counts */
	uint64_t atomics, messages, completions, beats, writes;
	uint64_t vector_messages[STAND_VECTORS];
	uint64_t first_atomic_cycle, last_atomic_cycle;   /* on the output, first seen valid */
	uint64_t first_message_cycle, last_message_cycle; /* taken */
	uint64_t last_write_cycle;       /* taken */
	struct hvb_tlp message;          /* the last one */
	uint64_t last_answer_cycle;      /* completion handed to the card */
	uint64_t np_valid_since;
	unsigned np_credits;
	bool reply_here;                 /* a completion of the card's came */
	struct hvb_tlp reply;
	uint64_t random;
	bool row_used[3][STAND_ROWS];    /* of the connection table */
};

/* A card with BARs placed, memory space, bus mastering, AtomicOps and MSI-X on, tables cleared. Ends the program on
 * failure. */
struct stand *stand_new(void);
void stand_free(struct stand *stand);
/* A function level reset, and again as stand_new() leaves it. */
void stand_flr(struct stand *stand);
uint64_t stand_random(struct stand *stand);
uint64_t stand_now(const struct stand *stand);

/* One cycle; req (may be NULL) is offered to the card. True where it was taken. */
bool stand_clock(struct stand *stand, const struct hvb_tlp *req);
void stand_run(struct stand *stand, unsigned cycles);
/* Offers until taken, then returns. */
void stand_send(struct stand *stand, const struct hvb_tlp *req);
/* Sends a request that is answered, and waits for the completion; false after 10000 cycles. */
bool stand_ask(struct stand *stand, const struct hvb_tlp *req, struct hvb_tlp *reply);
void stand_write64(struct stand *stand, uint64_t addr, uint64_t value);
void stand_write32(struct stand *stand, uint64_t addr, uint32_t value);
uint64_t stand_read64(struct stand *stand, uint64_t addr);
void stand_cfg_write(struct stand *stand, unsigned reg, uint32_t value);
uint32_t stand_cfg_read(struct stand *stand, unsigned reg);

/* ---- programming the card, one call a thing */
void stand_partition(struct stand *stand, unsigned part, bool active, bool privileged);
struct stand_word {
	unsigned index, state, rpart, vector, vp;
	unsigned own;                    /* owned: number of the SIEF word on the card */
	uint64_t addr;
	bool polling;
};
uint64_t stand_word_attr(const struct stand_word *word);     /* WORD_ATTR */
void stand_word(struct stand *stand, const struct stand_word *word);
struct stand_conn {
	unsigned part, id, verdict, base, word, count, rpart;
	bool any;
};
uint64_t stand_conn_entry(const struct stand_conn *conn);    /* CONN_ENTRY */
/* Puts a connection into the first of its three rows that this stand has not used, and returns what to write to
 * CONN_COMMIT to write it again. Ends the program where all rows are used. */
uint64_t stand_conn(struct stand *stand, const struct stand_conn *conn);
void stand_vector(struct stand *stand, unsigned vector, bool masked);
uint64_t stand_signal_addr(unsigned part, unsigned slot);
void stand_doorbell(struct hvb_tlp *tlp, unsigned part, unsigned slot, uint64_t input);
/* Connection `id` of `part` to a port of 64 flags of partition `rpart`: pending word `word` at SIEF word `word` of
 * memory, VP and vector `vp`. */
void stand_port(struct stand *stand, unsigned part, unsigned id, unsigned word, unsigned vp, unsigned rpart);
/* Turns a VP off or on; DRAIN of a range of VPs, and whether it is still busy, or no more within `cycles`. */
void stand_vp_ctrl(struct stand *stand, unsigned vp, bool off);
void stand_drain_start(struct stand *stand, unsigned first, unsigned last);
bool stand_draining(struct stand *stand);
bool stand_drains_within(struct stand *stand, unsigned cycles);
/* Waits until all that was accepted is delivered; false where it does not end within `cycles`. */
bool stand_drain(struct stand *stand, unsigned cycles);

/* ---- signalling, and what the card says about it */
static inline uint64_t stand_input(unsigned id, unsigned flag)
{
	return (uint64_t)flag << 32 | id;
}
void stand_signal(struct stand *stand, unsigned part, unsigned slot, uint64_t input);
/* Sends n requests in consecutive cycles; false where one was not taken in its cycle. */
bool stand_volley(struct stand *stand, const struct hvb_tlp *req, unsigned n);
void stand_register(struct hvb_tlp *tlp, unsigned reg, uint64_t value); /* a write of a register of BAR0 */
uint64_t stand_reg(struct stand *stand, unsigned reg);                  /* reads a register of BAR0 */
void stand_reg_write(struct stand *stand, unsigned reg, uint64_t value);
/* Counter of a partition, HVB_CNT_*: once every increment shows. */
uint32_t stand_count(struct stand *stand, unsigned part, unsigned code);
/* The card's CYCLES in the cycle that stand_now() says. */
uint64_t stand_card_time(struct stand *stand);
uint64_t stand_status(struct stand *stand, unsigned part, unsigned slot);  /* STATUS, whole */
bool stand_delivered(struct stand *stand, unsigned part, unsigned slot);
#endif
