/* SPDX-License-Identifier: MIT */
/* Steps of a selftest: each MSI-X vector reaches its eventfd alone, once, and waits while masked; and the counters. */
#include "selftest.h"

static const char interrupts[] = "does the host give the card its MSI-X interrupts, remapped as they are?";
static const char tables[] = "the card's counters are faulty; program it anew";

/* Makes the card send one vector: a flag that is cleared before. */
static bool send(struct selftest *t, unsigned vector)
{
	const struct st_word word = { .number = t->words - 1, .at = ST_TARGET_WORD, .vp = 0, .vector = vector };
	uint64_t result;

	st_store(t, word.at, 0);
	return st_direct(t, &word, vector % 64, &result) &&
	       st_equal(t, "does every bridge on the way to memory pass 64-bit AtomicOps on?",
			result & (HVB_DIRECT_NEWLY_MASK | HVB_DIRECT_FAULT_MASK), HVB_DIRECT_NEWLY_MASK,
			"DIRECT (NEWLY, FAULT) for vector %u", vector);
}

static bool silent(struct selftest *t, const char *when)
{
	int stray = st_stray(t);

	return stray < 0 || st_bad(t, interrupts, "none", "an interrupt of vector %d %s", stray, when);
}

/* The vector that was sent is the one that comes: waited for one by one. */
static bool send_and_see_all(struct selftest *t)
{
	for (unsigned v = 0; v < t->vectors; v++)
		if (!st_goes_on(t, v, t->vectors) || !send(t, v) ||
		    !st_equal(t, interrupts, st_arrived(t, v), 1, "interrupts of vector %u", v))
			return false;
	return silent(t, "that was not sent");
}

bool st_unmasked(struct selftest *t)
{
	st_connect(t, 0, t->vectors, true);
	return send_and_see_all(t) && st_good(t, "%u, each to its eventfd, once", t->vectors);
}

static unsigned pending_bits(struct selftest *t)
{
	unsigned count = 0;

	for (unsigned v = 0; v < t->vectors; v += 64) {
		uint64_t bits = 0;

		if (t->dev->ops->region_read(t->dev, HVB_REGION_BAR4, HVB_PBA_OFFSET + v / 8, &bits, sizeof(bits)) == 0)
			count += (unsigned)__builtin_popcountll(bits);
	}
	return count;
}

/* Where they wait is told but not judged: an emulation may keep them itself. */
bool st_masked(struct selftest *t)
{
	st_connect(t, 0, t->vectors, false);
	for (unsigned v = 0; v < t->vectors; v++)
		if (!st_goes_on(t, v, t->vectors) || !send(t, v))
			return false;
	return silent(t, "that is masked") &&
	       st_good(t, "%u stay silent, %u pending bits seen", t->vectors, pending_bits(t));
}

bool st_unmasked_again(struct selftest *t)
{
	st_connect(t, 0, t->vectors, true);
	for (unsigned v = 0; v < t->vectors; v++)
		if (!st_goes_on(t, v, t->vectors) ||
		    !st_equal(t, interrupts, st_arrived(t, v), 1, "interrupts of vector %u that pended", v))
			return false;
	return silent(t, "that came already") && st_good(t, "%u that pended came once", t->vectors);
}

static uint64_t count_of(struct selftest *t, unsigned counter)
{
	return st_get(t, HVB_W_COUNT + 8 * (ST_SENDER * HVB_COUNTERS + counter));
}

bool st_counters(struct selftest *t)
{
	static const struct {
		const char *name;
		unsigned offset;
	} none[] = {
		{ "N_FAULT", HVB_R_N_FAULT },
		{ "N_TIMEOUT", HVB_R_N_TIMEOUT },
		{ "N_UNEXPECTED", HVB_R_N_UNEXPECTED },
		{ "N_DROPPED", HVB_R_N_DROPPED },
		{ "N_NP_OVERFLOW", HVB_R_N_NP_OVERFLOW },
		{ "LOG_COUNT", HVB_R_LOG_COUNT },
	};
	uint64_t hits = st_get(t, HVB_R_N_HIT), misses = st_get(t, HVB_R_N_MISS);

	for (unsigned n = 0; n < sizeof(none) / sizeof(none[0]); n++)
		if (!st_equal(t, "is the link to the card sound?", st_get(t, none[n].offset), 0, "%s", none[n].name))
			return false;
	for (unsigned v = 0; v < t->vectors; v++)
		if (!st_equal(t, tables, st_get(t, HVB_W_MSG + 8 * v), t->sent[v], "MSG[%u]", v))
			return false;
	if (!st_equal(t, tables, st_get(t, HVB_R_N_MESSAGE), t->messages, "N_MESSAGE") ||
	    !st_equal(t, tables, st_get(t, HVB_R_N_ATOMIC), hits + misses, "N_ATOMIC") ||
	    !st_equal(t, tables, hits >= t->newly, true, "N_HIT at least as many as flags set") ||
	    !st_equal(t, tables, count_of(t, HVB_CNT_ACCEPTED) + count_of(t, HVB_CNT_COALESCED), t->accepted,
		      "accepted signals") ||
	    !st_equal(t, tables, count_of(t, HVB_CNT_INVALID_CONNECTION_ID), t->refused, "refused signals") ||
	    !st_equal(t, tables, count_of(t, HVB_CNT_BAD_ENABLES), t->bad_enables, "stores of 2 bytes"))
		return false;
	return st_good(t, "%llu messages, %llu flags, %llu signals accepted, %llu refused",
		       (unsigned long long)t->messages, (unsigned long long)t->newly, (unsigned long long)t->accepted,
		       (unsigned long long)t->refused);
}

bool st_after_reset(struct selftest *t)
{
	st_put(t, HVB_W_PART + 8 * ST_RECEIVER, HVB_PSTATE_ACTIVE);
	st_connect(t, 0, t->vectors, true);
	return send_and_see_all(t) && st_good(t, "%u, each to its eventfd, once", t->vectors);
}
