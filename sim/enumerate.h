/* SPDX-License-Identifier: MIT */
/* What firmware and a host kernel do to a card before a driver sees it. */
#ifndef HVB_SIM_ENUMERATE_H
#define HVB_SIM_ENUMERATE_H
#include <stdint.h>

struct hvb_card;

struct hvb_resources {
	struct {
		uint64_t address, size;
	} bars[6];               /* 64-bit BARs at even indices; size 0: none */
	unsigned vectors;        /* MSI-X table size */
	unsigned pcie;           /* offset of the PCI Express capability */
};

/* Notes why a request or what depends on one failed (hvb_card_why()); returns err. sim/card.c has it. */
int hvb_card_failed(struct hvb_card *card, int err, const char *what, ...) __attribute__((format(printf, 3, 4)));
/* Where the configuration space has a capability; -ENODEV where it has none. */
int hvb_find_capability(struct hvb_card *card, unsigned id, unsigned *at);
/* Sizes and places the BARs, then switches on memory space, bus master, AtomicOp requester and MSI-X. -ENODEV where no
 * card of this kind answers, or what hvb_card_config_read() returns. */
int hvb_enumerate(struct hvb_card *card, struct hvb_resources *resources);
/* Waits until an enumerated card has cleared its tables after a reset: it drops writes before. -ETIMEDOUT it never
 * does, -ENODEV it reads as all ones, or the error of a read. */
int hvb_wait_ready(struct hvb_card *card);
/* Starts a function level reset and waits until configuration space answers again. */
int hvb_function_reset(struct hvb_card *card, const struct hvb_resources *resources);
#endif
