/* SPDX-License-Identifier: MIT */
/*
 * The card's connection table as the library keeps it: a three-way cuckoo hash with single entries (docs/design.md 3).
 * Pure table logic: what must be written to the card goes out through a callback, in an order in which a key that is
 * present is found at every moment, but for a re-seed. Not thread-safe.
 */
#ifndef HVBELL_CUCKOO_H
#define HVBELL_CUCKOO_H
#include <stdbool.h>
#include <stdint.h>

#define HVL_WAYS 3

struct hvl_cuckoo;
struct hvl_cuckoo_ops {
	/* Entry (way, row) becomes value; 0 is an empty entry. */
	void (*entry)(void *arg, unsigned way, unsigned row, uint64_t value);
	/* The seeds become these. The table on the card is empty at this moment. */
	void (*seeds)(void *arg, const uint32_t seeds[HVL_WAYS]);
	uint64_t (*random)(void *arg);
	void *arg;
};

/* rows of each way: a power of two, 2 to 32768; key_bits: 8 to 32, more than log2(rows). Draws seeds and sends them
 * out. NULL: no memory, or sizes out of range. */
struct hvl_cuckoo *hvl_cuckoo_new(unsigned rows, unsigned key_bits, const struct hvl_cuckoo_ops *ops);
void hvl_cuckoo_free(struct hvl_cuckoo *table);

/* The high bits of a key, which the card stores beside an entry. */
uint32_t hvl_cuckoo_tag(const struct hvl_cuckoo *table, uint32_t key);
unsigned hvl_cuckoo_row(const struct hvl_cuckoo *table, uint32_t key, unsigned way);
/* The item of a key, or NULL. */
void *hvl_cuckoo_find(const struct hvl_cuckoo *table, uint32_t key);
/* Adds a key that is not present. value is not 0; item is not NULL. -ENOSPC where not even new seeds made room. */
int hvl_cuckoo_insert(struct hvl_cuckoo *table, uint32_t key, uint64_t value, void *item);
/* Gives a present key another value. */
void hvl_cuckoo_update(struct hvl_cuckoo *table, uint32_t key, uint64_t value);
void hvl_cuckoo_remove(struct hvl_cuckoo *table, uint32_t key);
/* Draws new seeds and places everything anew: 0, or -ENOSPC, -ENOMEM with the table as it was. */
int hvl_cuckoo_reseed(struct hvl_cuckoo *table);
unsigned hvl_cuckoo_count(const struct hvl_cuckoo *table);
/* Empties the table without writing that out, calling end for each item. */
void hvl_cuckoo_drop(struct hvl_cuckoo *table, void (*end)(void *item));
/* Any item for which match returns true, or NULL. */
void *hvl_cuckoo_any(const struct hvl_cuckoo *table, bool (*match)(void *arg, void *item), void *arg);
#endif
