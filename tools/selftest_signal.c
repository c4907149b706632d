/* SPDX-License-Identifier: MIT */
/* Steps of a selftest: one AtomicOp, and one signal in each way that there is, from the doorbell to the eventfd. */
#include <string.h>
#include "selftest.h"

#define CONNECTION 0x0abcdeu
#define ANY_CONNECTION 0x0abcdfu
#define NO_CONNECTION 0x0abce0u
#define FLAG 41u
#define SIGNAL_VECTOR 0u
#define NEIGHBOUR 0x5aa5c33c5aa5c33c

static const char atomics[] = "does every bridge on the way to memory pass 64-bit AtomicOps on?";
static const char tables[] = "the card's tables are faulty; program it anew";
static const char interrupts[] = "does the host give the card its MSI-X interrupts?";

/* The word and its neighbours, which nothing may touch. */
static bool word_is(struct selftest *t, unsigned at, uint64_t value)
{
	return st_equal(t, atomics, st_load(t, at), value, "word %u of the page", at) &&
	       st_equal(t, atomics, st_load(t, at - 1), NEIGHBOUR, "the word before it") &&
	       st_equal(t, atomics, st_load(t, at + 1), NEIGHBOUR, "the word behind it");
}

static void prepare(struct selftest *t, unsigned at, uint64_t value)
{
	st_store(t, at - 1, NEIGHBOUR);
	st_store(t, at, value);
	st_store(t, at + 1, NEIGHBOUR);
}

static bool swaps(struct selftest *t, const struct st_word *word, unsigned flag, uint64_t wanted, uint64_t then)
{
	uint64_t result;

	return st_direct(t, word, flag, &result) &&
	       st_equal(t, atomics, result & (HVB_DIRECT_NEWLY_MASK | HVB_DIRECT_FAULT_MASK), wanted,
			"DIRECT (NEWLY, FAULT) of flag %u", flag) &&
	       word_is(t, word->at, then);
}

/* Polling: no interrupt is mixed in. */
bool st_swap(struct selftest *t)
{
	const struct st_word word = { .number = t->words - 1, .at = ST_TARGET_WORD, .vp = 0, .polling = true };
	uint64_t messages = st_get(t, HVB_R_N_MESSAGE), start = st_get(t, HVB_R_CYCLES), took;

	st_put(t, HVB_W_PART + 8 * ST_SENDER, HVB_PSTATE_ACTIVE | HVB_PART_SIGNAL_EVENTS_MASK);
	st_put(t, HVB_W_PART + 8 * ST_RECEIVER, HVB_PSTATE_ACTIVE);
	prepare(t, word.at, 0);
	if (!swaps(t, &word, FLAG, HVB_DIRECT_NEWLY_MASK, 1ull << FLAG))
		return false;
	took = st_get(t, HVB_R_CYCLES) - start;
	if (!swaps(t, &word, FLAG, 0, 1ull << FLAG) ||
	    !swaps(t, &word, 63, HVB_DIRECT_NEWLY_MASK, 1ull << 63 | 1ull << FLAG) ||
	    !swaps(t, &word, 0, HVB_DIRECT_NEWLY_MASK, 1ull << 63 | 1ull << FLAG | 1) ||
	    !st_equal(t, tables, st_get(t, HVB_R_N_MESSAGE), messages, "N_MESSAGE, with POLLING"))
		return false;
	return st_good(t, "64 bits, flag set once, neighbours untouched, within %llu cycles", (unsigned long long)took);
}

static unsigned row(const struct selftest *t, uint32_t key, uint32_t seed)
{
	uint32_t high = key / t->rows;
	unsigned out = key % t->rows;

	for (unsigned bit = 0; 1u << bit < t->rows; bit++)
		out ^= (unsigned)__builtin_parity(high & (seed >> bit)) << bit;
	return out;
}

/* Places a connection in one way of the table, or empties its place. */
static void connect_way(struct selftest *t, unsigned way, unsigned id, uint64_t entry)
{
	uint32_t key = ST_SENDER << 24 | id;

	st_put(t, HVB_R_CONN_ENTRY, entry ? entry | ST_FIELD(CONN_ENTRY_TAG, key / t->rows) |
	       ST_FIELD(CONN_ENTRY_VERDICT, HVB_VERDICT_OK) | ST_FIELD(CONN_ENTRY_RPART, ST_RECEIVER) : 0);
	st_put(t, HVB_R_CONN_COMMIT, ST_FIELD(CONN_COMMIT_WAY, way) |
	       ST_FIELD(CONN_COMMIT_ROW, row(t, key, (uint32_t)st_get(t, HVB_R_HASH0 + 8 * way))));
}

/* One doorbell store, whole or in halves; the status the card gave it. */
static bool ring(struct selftest *t, unsigned slot, unsigned id, unsigned flag, bool halves, unsigned wanted)
{
	uint64_t input = (uint64_t)flag << 32 | id, status;
	uint64_t at = ((uint64_t)ST_SENDER << t->page_shift) + slot * HVB_SLOT_BYTES + HVB_S_SIGNAL;

	if (halves) {
		st_write(t, HVB_REGION_BAR2, at, input, 4);
		st_write(t, HVB_REGION_BAR2, at + 4, input >> 32, 4);
	} else {
		st_write(t, HVB_REGION_BAR2, at, input, 8);
	}
	status = st_slot_get(t, slot, HVB_S_STATUS);
	t->sequence[slot] = (t->sequence[slot] + 1) & 0xffff;
	t->accepted += wanted == HVB_STATUS_SUCCESS;
	t->refused += wanted != HVB_STATUS_SUCCESS;
	return st_equal(t, "the path to the doorbell pages drops, splits or joins stores", status >> 32 & 0xffff,
			t->sequence[slot], "the sequence number of slot %u", slot) &&
	       st_equal(t, tables, status & 0xffff, wanted, "the status of a signal to connection 0x%x", id);
}

static bool delivered(struct selftest *t, unsigned slot)
{
	uint64_t end = st_now() + 5000;

	while (st_now() < end && st_waits(t))
		if (st_slot_get(t, slot, HVB_S_DELIVERED) == 1)
			return true;
	return st_bad(t, atomics, "DELIVERED 1", "an accepted signal that is never delivered");
}

/* Accepted, delivered, in its word alone, and one interrupt of its vector. */
static bool sees(struct selftest *t, unsigned slot, const struct st_word *word, unsigned flag)
{
	if (!delivered(t, slot) || !word_is(t, word->at, 1ull << flag))
		return false;
	t->newly++;
	t->messages++;
	t->sent[word->vector]++;
	return st_equal(t, interrupts, st_arrived(t, word->vector), 1, "interrupts of vector %u", word->vector);
}

bool st_signal(struct selftest *t)
{
	static const uint32_t seeds[] = { 0x9e3779b9, 0x7f4a7c15, 0xbf58476d };
	const struct st_word word = { .number = 1, .at = ST_TARGET_WORD, .vp = 0, .vector = SIGNAL_VECTOR };
	const uint64_t entry = ST_FIELD(CONN_ENTRY_WORD, word.number) | ST_FIELD(CONN_ENTRY_COUNT, 64);

	st_connect(t, 0, t->vectors, true);
	for (unsigned way = 0; way < 3; way++)
		st_put(t, HVB_R_HASH0 + 8 * way, seeds[way]);
	st_word(t, &word);
	for (unsigned way = 0; way < 3; way++) {
		unsigned flag = FLAG + way;

		prepare(t, word.at, 0);
		connect_way(t, way, CONNECTION, entry);
		if (!ring(t, way, CONNECTION, flag, way == 2, HVB_STATUS_SUCCESS) || !sees(t, way, &word, flag))
			return false;
		connect_way(t, way, CONNECTION, 0);
	}
	if (!ring(t, 3, NO_CONNECTION, 0, false, HVB_STATUS_INVALID_CONNECTION_ID) ||
	    !ring(t, 3, CONNECTION, 0, false, HVB_STATUS_INVALID_CONNECTION_ID))
		return false;
	st_write(t, HVB_REGION_BAR2, ((uint64_t)ST_SENDER << t->page_shift) + 3 * HVB_SLOT_BYTES, 0, 2);
	t->bad_enables++;
	return st_good(t, "delivery atomic: accepted, delivered, one interrupt each; others refused");
}

/* Two VPs in a ring: they take turns. */
bool st_any_vp(struct selftest *t)
{
	const unsigned other = t->vectors > 1 ? 1 : 0;
	const struct st_word words[] = { { .number = 1, .at = ST_TARGET_WORD, .vp = 0, .vector = SIGNAL_VECTOR },
		{ .number = 2, .at = ST_TARGET_WORD + 8, .vp = 1, .vector = other } };

	if (t->groups < 1 || t->elements < 2)
		return true;
	for (unsigned n = 0; n < 2; n++) {
		st_word(t, &words[n]);
		st_put(t, HVB_R_LIST_ENTRY,
		       ST_FIELD(LIST_ENTRY_WORD, words[n].number) | ST_FIELD(LIST_ENTRY_NEXT, 1 - n));
		st_put(t, HVB_R_LIST_COMMIT, n);
	}
	st_put(t, HVB_R_GROUP_ENTRY, ST_FIELD(GROUP_ENTRY_HEAD, 0) | ST_FIELD(GROUP_ENTRY_STATE, HVB_WSTATE_ON));
	st_put(t, HVB_R_GROUP_COMMIT, 0);
	connect_way(t, 0, ANY_CONNECTION, ST_FIELD(CONN_ENTRY_ANY, 1) | ST_FIELD(CONN_ENTRY_COUNT, 64));
	for (unsigned n = 0; n < 4; n++) {
		const struct st_word *word = &words[n & 1];

		prepare(t, word->at, 0);
		if (!ring(t, 4, ANY_CONNECTION, n, false, HVB_STATUS_SUCCESS) || !sees(t, 4, word, n))
			return false;
	}
	connect_way(t, 0, ANY_CONNECTION, 0);
	return st_good(t, "two VPs take turns");
}

bool st_direct_signal(struct selftest *t)
{
	const struct st_word word = { .number = t->words - 1, .at = ST_TARGET_WORD, .vp = 1, .vector = SIGNAL_VECTOR };

	prepare(t, word.at, 0);
	if (!swaps(t, &word, FLAG, HVB_DIRECT_NEWLY_MASK, 1ull << FLAG) ||
	    !st_equal(t, interrupts, st_arrived(t, SIGNAL_VECTOR), 1, "interrupts of vector %u", SIGNAL_VECTOR) ||
	    !swaps(t, &word, FLAG, 0, 1ull << FLAG))
		return false;
	if (st_stray(t) >= 0)
		return st_bad(t, tables, "none for a flag that was set", "an interrupt");
	return st_good(t, "set once, one interrupt");
}

/* Memory that is no longer the card's. Only where this is known to stay among us: a host's kernel logs it. */
bool st_denied(struct selftest *t)
{
	static const char open[] = "the card reaches memory that it was not given: do not use this path";
	struct st_word word = { .number = t->words - 1, .at = ST_TARGET_WORD, .vp = 1, .vector = SIGNAL_VECTOR };
	uint64_t old = t->iova, result, log[2];
	int err;

	if (strcmp(t->dev->ops->scheme, "sim") != 0 && strcmp(t->dev->ops->scheme, "vfio-user") != 0)
		return true;
	prepare(t, word.at, 0);
	err = t->dev->ops->dma_unmap(t->dev, t->iova, t->bytes);
	if (!st_equal(t, open, (uint64_t)-err, 0, "taking the page away: error") || !st_direct(t, &word, 3, &result))
		return false;
	log[0] = st_get(t, HVB_W_LOG);
	log[1] = st_get(t, HVB_W_LOG + 8);
	if (!st_equal(t, open, result & (HVB_DIRECT_NEWLY_MASK | HVB_DIRECT_FAULT_MASK), HVB_DIRECT_FAULT_MASK,
		      "DIRECT (NEWLY, FAULT)") ||
	    !word_is(t, word.at, 0) || !st_equal(t, tables, st_get(t, HVB_R_LOG_COUNT), 1, "LOG_COUNT") ||
	    !st_equal(t, tables, log[0] >> 48 & 0xff, HVB_LOG_ERROR, "the kind of the log record") ||
	    !st_equal(t, tables, log[1], old + ST_WORD_BYTES * word.at, "its address") ||
	    !st_equal(t, tables, st_get(t, HVB_W_VP + 8 * word.vp), 1, "VP[%u]", word.vp))
		return false;
	err = t->dev->ops->dma_map(t->dev, t->page, t->bytes, HVB_DMA_READ | HVB_DMA_WRITE, &t->iova);
	if (err) {
		t->err = err;
		return st_bad(t, "", "the page mapped again", "that failed");
	}
	if (!swaps(t, &word, 3, HVB_DIRECT_FAULT_MASK, 0))
		return false;
	word.vp = 0;
	if (!swaps(t, &word, 3, HVB_DIRECT_NEWLY_MASK, 1ull << 3) ||
	    !st_equal(t, interrupts, st_arrived(t, SIGNAL_VECTOR), 1, "interrupts of vector %u", SIGNAL_VECTOR))
		return false;
	word.vp = 1;
	st_put(t, HVB_R_VP_CTRL, word.vp);
	if (!swaps(t, &word, 4, HVB_DIRECT_NEWLY_MASK, 3ull << 3) ||
	    !st_equal(t, interrupts, st_arrived(t, SIGNAL_VECTOR), 1, "interrupts of vector %u", SIGNAL_VECTOR))
		return false;
	return st_good(t, "faulted, logged, its VP off and on again, others served");
}
