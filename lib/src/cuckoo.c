/* SPDX-License-Identifier: MIT */
/* The three-way cuckoo hash: hashing, search for room, moves, re-seeding. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cuckoo.h"

#define RESEED_TRIES 16

struct slot {
	uint32_t key;
	uint64_t value;
	void *item;             /* NULL: empty */
};

/* One step of the search for room: the slot reached, and the step whose occupant would move there. */
struct step {
	uint32_t slot;
	uint32_t from;          /* itself: where the new key could stand */
};

struct hvl_cuckoo {
	unsigned rows, row_bits, key_bits, count;
	uint32_t seeds[HVL_WAYS];
	struct hvl_cuckoo_ops ops;
	struct slot *slots;     /* way * rows + row */
	struct step *steps;     /* each slot is reached at most once */
	uint32_t *seen;         /* by which search */
	uint32_t searches;
};

static void no_entry(void *arg, unsigned way, unsigned row, uint64_t value)
{
	(void)arg, (void)way, (void)row, (void)value;
}

static void no_seeds(void *arg, const uint32_t seeds[HVL_WAYS])
{
	(void)arg, (void)seeds;
}

static void draw_seeds(struct hvl_cuckoo *table)
{
	for (unsigned way = 0; way < HVL_WAYS; way++)
		table->seeds[way] = (uint32_t)(table->ops.random(table->ops.arg) >> 16);
}

/* A table that writes nothing out, with seeds of its own. */
static struct hvl_cuckoo *make(unsigned rows, unsigned key_bits, const struct hvl_cuckoo_ops *ops)
{
	struct hvl_cuckoo *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->rows = rows;
	table->row_bits = (unsigned)__builtin_ctz(rows);
	table->key_bits = key_bits;
	table->ops = *ops;
	table->ops.entry = no_entry;
	table->ops.seeds = no_seeds;
	table->slots = calloc((size_t)rows * HVL_WAYS, sizeof(*table->slots));
	table->steps = calloc((size_t)rows * HVL_WAYS, sizeof(*table->steps));
	table->seen = calloc((size_t)rows * HVL_WAYS, sizeof(*table->seen));
	if (!table->slots || !table->steps || !table->seen) {
		hvl_cuckoo_free(table);
		return NULL;
	}
	draw_seeds(table);
	return table;
}

struct hvl_cuckoo *hvl_cuckoo_new(unsigned rows, unsigned key_bits, const struct hvl_cuckoo_ops *ops)
{
	struct hvl_cuckoo *table;

	if (rows < 2 || rows > 32768 || (rows & (rows - 1)) || key_bits < 8 || key_bits > 32 ||
	    rows >= 1ull << key_bits)
		return NULL;
	table = make(rows, key_bits, ops);
	if (!table)
		return NULL;
	table->ops = *ops;
	ops->seeds(ops->arg, table->seeds);
	return table;
}

void hvl_cuckoo_free(struct hvl_cuckoo *table)
{
	if (!table)
		return;
	free(table->slots);
	free(table->steps);
	free(table->seen);
	free(table);
}

uint32_t hvl_cuckoo_tag(const struct hvl_cuckoo *table, uint32_t key)
{
	return key >> table->row_bits;
}

unsigned hvl_cuckoo_row(const struct hvl_cuckoo *table, uint32_t key, unsigned way)
{
	uint32_t tag = hvl_cuckoo_tag(table, key);
	unsigned row = key & (table->rows - 1);

	for (unsigned bit = 0; bit < table->row_bits; bit++)
		row ^= (unsigned)__builtin_parity(tag & (table->seeds[way] >> bit)) << bit;
	return row;
}

static uint32_t slot_of(const struct hvl_cuckoo *table, uint32_t key, unsigned way)
{
	return way * table->rows + hvl_cuckoo_row(table, key, way);
}

static struct slot *lookup(const struct hvl_cuckoo *table, uint32_t key)
{
	for (unsigned way = 0; way < HVL_WAYS; way++) {
		struct slot *slot = &table->slots[slot_of(table, key, way)];

		if (slot->item && slot->key == key)
			return slot;
	}
	return NULL;
}

void *hvl_cuckoo_find(const struct hvl_cuckoo *table, uint32_t key)
{
	struct slot *slot = lookup(table, key);

	return slot ? slot->item : NULL;
}

static void write_slot(struct hvl_cuckoo *table, uint32_t at, const struct slot *slot)
{
	table->slots[at] = *slot;
	table->ops.entry(table->ops.arg, at / table->rows, at % table->rows, slot->value);
}

/* Breadth first from the key's three places: the number of the step that reached a free slot, or -1. */
static long search(struct hvl_cuckoo *table, uint32_t key)
{
	uint32_t tail = 0;

	if (++table->searches == 0) {
		memset(table->seen, 0, (size_t)table->rows * HVL_WAYS * sizeof(*table->seen));
		table->searches = 1;
	}
	for (unsigned way = 0; way < HVL_WAYS; way++) {
		uint32_t at = slot_of(table, key, way);

		table->seen[at] = table->searches;
		table->steps[tail] = (struct step){ at, tail };
		tail++;
	}
	for (uint32_t head = 0; head < tail; head++) {
		const struct slot *slot = &table->slots[table->steps[head].slot];

		if (!slot->item)
			return (long)head;
		for (unsigned way = 0; way < HVL_WAYS; way++) {
			uint32_t at = slot_of(table, slot->key, way);

			if (table->seen[at] == table->searches)
				continue;
			table->seen[at] = table->searches;
			table->steps[tail++] = (struct step){ at, head };
		}
	}
	return -1;
}

/* Without new seeds. Occupants move from the far end of the path: each is written to its new place before its old one
 * is overwritten, so that it is found at every moment. */
static int place(struct hvl_cuckoo *table, const struct slot *entry)
{
	long found = search(table, entry->key);
	uint32_t step;

	if (found < 0)
		return -ENOSPC;
	for (step = (uint32_t)found; table->steps[step].from != step; step = table->steps[step].from)
		write_slot(table, table->steps[step].slot, &table->slots[table->steps[table->steps[step].from].slot]);
	write_slot(table, table->steps[step].slot, entry);
	table->count++;
	return 0;
}

static int place_all(struct hvl_cuckoo *into, const struct hvl_cuckoo *from, const struct slot *extra)
{
	int err = extra ? place(into, extra) : 0;

	for (uint32_t at = 0; !err && at < from->rows * HVL_WAYS; at++)
		if (from->slots[at].item)
			err = place(into, &from->slots[at]);
	return err;
}

/* The seeds change only on an empty table: an entry under other seeds would answer for another key. */
static void replace(struct hvl_cuckoo *table, struct hvl_cuckoo *fresh)
{
	struct slot *slots = table->slots;

	for (uint32_t at = 0; at < table->rows * HVL_WAYS; at++)
		if (slots[at].item)
			table->ops.entry(table->ops.arg, at / table->rows, at % table->rows, 0);
	table->slots = fresh->slots;
	fresh->slots = slots;
	memcpy(table->seeds, fresh->seeds, sizeof(table->seeds));
	table->count = fresh->count;
	table->ops.seeds(table->ops.arg, table->seeds);
	for (uint32_t at = 0; at < table->rows * HVL_WAYS; at++)
		if (table->slots[at].item)
			table->ops.entry(table->ops.arg, at / table->rows, at % table->rows, table->slots[at].value);
}

static int reseed_with(struct hvl_cuckoo *table, const struct slot *extra)
{
	for (int n = 0; n < RESEED_TRIES; n++) {
		struct hvl_cuckoo *fresh = make(table->rows, table->key_bits, &table->ops);
		int err;

		if (!fresh)
			return -ENOMEM;
		err = place_all(fresh, table, extra);
		if (!err)
			replace(table, fresh);
		hvl_cuckoo_free(fresh);
		if (!err)
			return 0;
	}
	return -ENOSPC;
}

int hvl_cuckoo_reseed(struct hvl_cuckoo *table)
{
	return reseed_with(table, NULL);
}

int hvl_cuckoo_insert(struct hvl_cuckoo *table, uint32_t key, uint64_t value, void *item)
{
	struct slot entry = { key, value, item };

	if (table->count >= table->rows * HVL_WAYS)
		return -ENOSPC;
	return place(table, &entry) ? reseed_with(table, &entry) : 0;
}

void hvl_cuckoo_update(struct hvl_cuckoo *table, uint32_t key, uint64_t value)
{
	struct slot *slot = lookup(table, key);

	if (slot) {
		slot->value = value;
		write_slot(table, (uint32_t)(slot - table->slots), slot);
	}
}

void hvl_cuckoo_remove(struct hvl_cuckoo *table, uint32_t key)
{
	struct slot *slot = lookup(table, key);

	if (slot) {
		write_slot(table, (uint32_t)(slot - table->slots), &(struct slot){ 0 });
		table->count--;
	}
}

unsigned hvl_cuckoo_count(const struct hvl_cuckoo *table)
{
	return table->count;
}

void *hvl_cuckoo_any(const struct hvl_cuckoo *table, bool (*match)(void *arg, void *item), void *arg)
{
	for (uint32_t at = 0; at < table->rows * HVL_WAYS; at++)
		if (table->slots[at].item && match(arg, table->slots[at].item))
			return table->slots[at].item;
	return NULL;
}

void hvl_cuckoo_drop(struct hvl_cuckoo *table, void (*end)(void *item))
{
	for (uint32_t at = 0; at < table->rows * HVL_WAYS; at++)
		if (table->slots[at].item) {
			end(table->slots[at].item);
			table->slots[at] = (struct slot){ 0 };
		}
	table->count = 0;
}
