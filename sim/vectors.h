/* SPDX-License-Identifier: MIT */
/* What a host kernel does for a card's MSI-X vectors: it owns their table, and connects each to an eventfd. */
#ifndef HVB_SIM_VECTORS_H
#define HVB_SIM_VECTORS_H

struct hvb_card;

/* Connects a copy of eventfd to a vector and unmasks its table entry, or masks it (-1) and disconnects. What a masked
 * vector had pending finds the eventfd in place. Reaches the card only with the next hvb_vectors_sync(). 0, -EMFILE or
 * another error of the copy, or what hvb_card_read() (sim/card.h) returns. */
int hvb_vector_connect(struct hvb_card *card, unsigned vector, int eventfd);
/* Writes the table entry of a connected vector again, after a reset. */
void hvb_vector_restore(struct hvb_card *card, unsigned vector);
/* Returns when the table is as it was ordered to be. */
int hvb_vectors_sync(struct hvb_card *card);
/* Disconnects every eventfd without a word to the card. */
void hvb_vectors_forget(struct hvb_card *card);
#endif
