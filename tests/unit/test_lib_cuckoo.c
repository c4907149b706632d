/* SPDX-License-Identifier: MIT */
/* The connection table's logic: present keys are always found, 4096 of 6144 slots can be filled, re-seeding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "lib/src/cuckoo.h"

#define ROWS 2048
#define KEY_BITS 30
#define KEYS 4096

/* What the card would hold, built from nothing but the writes. */
struct card {
	uint64_t entries[HVL_WAYS][ROWS];
	uint32_t seeds[HVL_WAYS];
	uint64_t random;
	unsigned writes, reseeds, rows;
	bool watch;             /* check every known key at every write */
	const uint32_t *keys;
	unsigned known;
	unsigned missed;
};

static unsigned row_of(const struct card *card, uint32_t key, unsigned way)
{
	uint32_t tag = key / card->rows, row = key % card->rows;

	for (unsigned bit = 0; (1u << bit) < card->rows; bit++)
		row ^= (uint32_t)(__builtin_popcount(tag & (card->seeds[way] >> bit)) & 1) << bit;
	return row;
}

/* A value says which key it is, as tag and row do on the card. */
static uint64_t lookup(const struct card *card, uint32_t key)
{
	uint64_t found = 0;

	for (unsigned way = 0; way < HVL_WAYS; way++) {
		uint64_t entry = card->entries[way][row_of(card, key, way)];

		if (entry && entry >> 32 == key)
			found |= entry;
	}
	return found;
}

static void on_entry(void *arg, unsigned way, unsigned row, uint64_t value)
{
	struct card *card = arg;

	assert_true(way < HVL_WAYS && row < card->rows);
	card->entries[way][row] = value;
	card->writes++;
	for (unsigned n = 0; card->watch && n < card->known; n++)
		card->missed += lookup(card, card->keys[n]) == 0;
}

static void on_seeds(void *arg, const uint32_t seeds[HVL_WAYS])
{
	struct card *card = arg;

	for (unsigned way = 0; way < HVL_WAYS; way++)
		for (unsigned row = 0; row < card->rows; row++)
			assert_int_equal(card->entries[way][row], 0);
	memcpy(card->seeds, seeds, sizeof(card->seeds));
	card->reseeds++;
}

static uint64_t on_random(void *arg)
{
	struct card *card = arg;

	card->random = card->random * 6364136223846793005ull + 1442695040888963407ull;
	return card->random ^ card->random >> 29;
}

static struct hvl_cuckoo *make(struct card *card, unsigned rows, uint64_t seed)
{
	const struct hvl_cuckoo_ops ops = { on_entry, on_seeds, on_random, card };
	struct hvl_cuckoo *table;

	memset(card, 0, sizeof(*card));
	card->rows = rows;
	card->random = seed;
	table = hvl_cuckoo_new(rows, KEY_BITS, &ops);
	assert_non_null(table);
	assert_int_equal(card->reseeds, 1);
	return table;
}

static uint64_t value_of(uint32_t key)
{
	return (uint64_t)key << 32 | 1;
}

static void fill(struct card *card, struct hvl_cuckoo *table, uint32_t *keys, unsigned count)
{
	for (unsigned n = 0; n < count; n++) {
		do {
			keys[n] = (uint32_t)on_random(card) & ((1u << KEY_BITS) - 1);
		} while (hvl_cuckoo_find(table, keys[n]));
		assert_int_equal(hvl_cuckoo_insert(table, keys[n], value_of(keys[n]), &keys[n]), 0);
	}
}

static void check_all(const struct card *card, const struct hvl_cuckoo *table, uint32_t *keys, unsigned count)
{
	unsigned present = 0;

	for (unsigned n = 0; n < count; n++) {
		assert_ptr_equal(hvl_cuckoo_find(table, keys[n]), &keys[n]);
		assert_int_equal(lookup(card, keys[n]), value_of(keys[n]));
	}
	for (unsigned way = 0; way < HVL_WAYS; way++)
		for (unsigned row = 0; row < card->rows; row++)
			present += card->entries[way][row] != 0;
	assert_int_equal(present, count);
	assert_int_equal(hvl_cuckoo_count(table), count);
}

static void fills_to_two_thirds(void **state)
{
	static struct card card;
	static uint32_t keys[KEYS];

	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct hvl_cuckoo *table = make(&card, ROWS, seed);

		fill(&card, table, keys, KEYS);
		assert_int_equal(card.reseeds, 1);
		check_all(&card, table, keys, KEYS);
		hvl_cuckoo_free(table);
	}
}

/* Keys as software gives them: few partitions, ids that count up. */
static void takes_dense_keys(void **state)
{
	static struct card card;
	static uint32_t keys[KEYS];
	struct hvl_cuckoo *table = make(&card, ROWS, 9);

	(void)state;
	for (unsigned n = 0; n < KEYS; n++) {
		keys[n] = (n % 4) << 24 | n / 4;
		assert_int_equal(hvl_cuckoo_insert(table, keys[n], value_of(keys[n]), &keys[n]), 0);
	}
	check_all(&card, table, keys, KEYS);
	hvl_cuckoo_free(table);
}

static void present_keys_are_always_found(void **state)
{
	static struct card card;
	static uint32_t keys[400];
	struct hvl_cuckoo *table = make(&card, 256, 3);
	unsigned before;

	(void)state;
	card.keys = keys;
	card.watch = true;
	for (unsigned n = 0; n < 400; n++) {
		fill(&card, table, &keys[n], 1);
		card.known = n + 1;
	}
	/* with 400 of 768 slots filled, some had to move */
	assert_true(card.writes > 400);
	before = card.writes;
	hvl_cuckoo_update(table, keys[7], value_of(keys[7]) + 4);
	assert_int_equal(card.writes, before + 1);
	assert_int_equal(lookup(&card, keys[7]), value_of(keys[7]) + 4);
	assert_int_equal(card.missed, 0);
	hvl_cuckoo_free(table);
}

static void removed_keys_are_gone(void **state)
{
	static struct card card;
	static uint32_t keys[300];
	struct hvl_cuckoo *table = make(&card, 256, 4);

	(void)state;
	fill(&card, table, keys, 300);
	for (unsigned n = 200; n < 300; n++) {
		hvl_cuckoo_remove(table, keys[n]);
		assert_null(hvl_cuckoo_find(table, keys[n]));
		assert_int_equal(lookup(&card, keys[n]), 0);
	}
	hvl_cuckoo_remove(table, keys[250]);
	check_all(&card, table, keys, 200);
	hvl_cuckoo_free(table);
}

static void reseeding_keeps_all(void **state)
{
	static struct card card;
	static uint32_t keys[300];
	struct hvl_cuckoo *table = make(&card, 256, 5);
	uint32_t seed;

	(void)state;
	fill(&card, table, keys, 300);
	seed = card.seeds[0];
	assert_int_equal(hvl_cuckoo_reseed(table), 0);
	assert_int_not_equal(seed, card.seeds[0]);
	check_all(&card, table, keys, 300);
	hvl_cuckoo_free(table);
}

/* A small table filled until it is full: every insert either succeeds or leaves all as it was. */
static void full_table_refuses(void **state)
{
	static struct card card;
	static uint32_t keys[96];
	struct hvl_cuckoo *table = make(&card, 16, 6);
	unsigned count = 0;
	int err = 0;

	(void)state;
	while (count < 96) {
		keys[count] = count * 7919 + 5;
		err = hvl_cuckoo_insert(table, keys[count], value_of(keys[count]), &keys[count]);
		if (err)
			break;
		count++;
	}
	assert_int_equal(err, -ENOSPC);
	assert_true(count >= 40 && count <= 48);
	check_all(&card, table, keys, count);
	hvl_cuckoo_free(table);
}

static void wrong_sizes_are_refused(void **state)
{
	const struct hvl_cuckoo_ops ops = { on_entry, on_seeds, on_random, NULL };

	(void)state;
	assert_null(hvl_cuckoo_new(0, KEY_BITS, &ops));
	assert_null(hvl_cuckoo_new(100, KEY_BITS, &ops));
	assert_null(hvl_cuckoo_new(65536, KEY_BITS, &ops));
	assert_null(hvl_cuckoo_new(256, 8, &ops));
	assert_null(hvl_cuckoo_new(256, 33, &ops));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_to_two_thirds), cmocka_unit_test(takes_dense_keys),
		cmocka_unit_test(present_keys_are_always_found), cmocka_unit_test(removed_keys_are_gone),
		cmocka_unit_test(reseeding_keeps_all), cmocka_unit_test(full_table_refuses),
		cmocka_unit_test(wrong_sizes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
