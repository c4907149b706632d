/* SPDX-License-Identifier: MIT */
/*
 * A simulated card as a host sees it: BARs and configuration space to read and write, DMA mappings, interrupts. It runs
 * on a thread of its own, or, single-stepped, inside the calls.
 *
 * Calls may come from any thread, except open and close, which are alone on a card. Every call returns 0 or -errno and
 * leaves errno alone. The clock of a card with a thread passes while anything moves in it and stands otherwise.
 */
#ifndef HVB_SIM_CARD_H
#define HVB_SIM_CARD_H
#include <stdint.h>
#include "options.h"

#define HVB_CARD_BARS 6u
#define HVB_CARD_WHY 160u        /* bytes of a reason in words */

struct hvb_card;
struct hvb_rc;

/* Makes a card and brings it up as firmware and a host kernel do: BARs placed, memory space, bus master, AtomicOp
 * requester and MSI-X on. -ENOMEM, -EAGAIN (no thread), -ENOTSUP (trace= or off= in a build without), -EIO or another
 * error of a file, -ENODEV (what answers is no such card), -ETIMEDOUT (nothing does); why then says what failed.
 * options->pins are taken over in any case. */
int hvb_card_open(const struct hvb_sim_options *options, struct hvb_card **card, char why[HVB_CARD_WHY]);
/* Ends its thread and frees everything. -EIO where the TLP log could not be written. card may be NULL. */
int hvb_card_close(struct hvb_card *card);

/* Size of a 64-bit BAR (even index); 0: none. */
uint64_t hvb_card_bar_size(const struct hvb_card *card, unsigned bar);
unsigned hvb_card_vectors(const struct hvb_card *card);

/* bytes 1, 2, 4 or 8, offset inside the BAR and aligned to it: one TLP; the caller has checked. A write is posted:
 * wait-free, safe in a signal handler (see sim/channel.h; not on a single-stepped card). A read is ordered behind this
 * thread's writes. -EIO: the card answered with an error; -ETIMEDOUT: not at all. */
void hvb_card_write(struct hvb_card *card, unsigned bar, uint64_t offset, unsigned bytes, uint64_t value);
int hvb_card_read(struct hvb_card *card, unsigned bar, uint64_t offset, unsigned bytes, uint64_t *value);
/* The same in configuration space, for 1, 2 or 4 bytes. Both wait for the card's answer. */
int hvb_card_config_write(struct hvb_card *card, unsigned offset, unsigned bytes, uint32_t value);
int hvb_card_config_read(struct hvb_card *card, unsigned offset, unsigned bytes, uint32_t *value);

/* Function level reset; the card is brought up again before it returns. -ETIMEDOUT, -ENODEV. */
int hvb_card_reset(struct hvb_card *card);
/* The clock cycles so far, and how many of them a request may take. */
uint64_t hvb_card_cycle(struct hvb_card *card);
unsigned hvb_card_timeout(const struct hvb_card *card);
/* What the last request or reset that failed was, and why; its error, 0 where none did. */
int hvb_card_why(struct hvb_card *card, char why[HVB_CARD_WHY]);

/* Runs fn between two cycles of the card, behind what this thread sent before (single-stepped: at once), and returns
 * when it has. fn must not call the card. This is the way to the root complex: DMA map, eventfds, faults, counters. */
typedef void (*hvb_card_fn)(struct hvb_rc *rc, void *arg);
void hvb_card_call(struct hvb_card *card, hvb_card_fn fn, void *arg);

/* Single-stepped only: passes n clock cycles. -EINVAL otherwise. */
int hvb_card_step(struct hvb_card *card, uint64_t n);
#endif
