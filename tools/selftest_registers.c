/* SPDX-License-Identifier: MIT */
/* Steps of a selftest: the registers of BAR0 keep what is written, and nothing else does anything. */
#include "selftest.h"

#define HALF_MASK 0xffffffffull
#define TIMEOUT_RESET 5000000u
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char bits[] = "the card's memory or its link is faulty; program it anew, try another slot";

/* Registers that only keep a value, and which bits of it. */
static const struct plain {
	const char *name;
	unsigned offset;
	uint64_t kept;
} plain[] = {
	{ "CONTROL", HVB_R_CONTROL, HVB_CONTROL_QUIESCE_MASK },
	{ "TIMEOUT", HVB_R_TIMEOUT, HALF_MASK },
	{ "HASH0", HVB_R_HASH0, HALF_MASK },
	{ "HASH1", HVB_R_HASH1, HALF_MASK },
	{ "HASH2", HVB_R_HASH2, HALF_MASK },
	{ "KICK_ENTRY", HVB_R_KICK_ENTRY, HVB_KICK_ENTRY_CONNECTION_MASK | HVB_KICK_ENTRY_FLAG_MASK |
		HVB_KICK_ENTRY_BOUND_MASK },
	{ "CONN_ENTRY", HVB_R_CONN_ENTRY, HVB_CONN_ENTRY_TAG_MASK | HVB_CONN_ENTRY_VERDICT_MASK |
		HVB_CONN_ENTRY_ANY_MASK | HVB_CONN_ENTRY_BASE_MASK | HVB_CONN_ENTRY_WORD_MASK |
		HVB_CONN_ENTRY_COUNT_MASK | HVB_CONN_ENTRY_RPART_MASK },
	{ "WORD_ADDR", HVB_R_WORD_ADDR, ~7ull },
	{ "WORD_ATTR", HVB_R_WORD_ATTR, HVB_WORD_ATTR_STATE_MASK | HVB_WORD_ATTR_POLLING_MASK |
		HVB_WORD_ATTR_RPART_MASK | HVB_WORD_ATTR_VECTOR_MASK | HVB_WORD_ATTR_VP_MASK },
	{ "LIST_ENTRY", HVB_R_LIST_ENTRY, HVB_LIST_ENTRY_WORD_MASK | HVB_LIST_ENTRY_NEXT_MASK },
	{ "GROUP_ENTRY", HVB_R_GROUP_ENTRY, HVB_GROUP_ENTRY_HEAD_MASK | HVB_GROUP_ENTRY_STATE_MASK },
	{ "TRACE_CTRL", HVB_R_TRACE_CTRL, HVB_TRACE_CTRL_ENABLE_MASK | HVB_TRACE_CTRL_BY_PART_MASK |
		HVB_TRACE_CTRL_PART_MASK },
};

static bool keeps(struct selftest *t, const struct plain *reg, uint64_t value)
{
	st_put(t, reg->offset, value);
	return st_equal(t, bits, st_get(t, reg->offset) & reg->kept, value & reg->kept, "%s after 0x%llx", reg->name,
			(unsigned long long)value);
}

static bool keeps_all(struct selftest *t, const struct plain *reg)
{
	uint64_t before = st_get(t, reg->offset);
	bool good = keeps(t, reg, 0) && keeps(t, reg, reg->kept) && keeps(t, reg, 0x5555555555555555 & reg->kept) &&
		    keeps(t, reg, 0xaaaaaaaaaaaaaaaa & reg->kept);

	for (unsigned bit = 0; good && bit < 64; bit++)
		if (reg->kept >> bit & 1)
			good = keeps(t, reg, 1ull << bit);
	st_put(t, reg->offset, before);
	return good;
}

/* Written all, then read all, so that one that answers for another is found. */
static bool apart(struct selftest *t)
{
	uint64_t before[LENGTH(plain)];
	bool good = true;

	for (unsigned n = 0; n < LENGTH(plain); n++) {
		before[n] = st_get(t, plain[n].offset);
		st_put(t, plain[n].offset, (0x0101010101010101 * (n + 1)) & plain[n].kept);
	}
	for (unsigned n = 0; good && n < LENGTH(plain); n++)
		good = st_equal(t, bits, st_get(t, plain[n].offset) & plain[n].kept,
				(0x0101010101010101 * (n + 1)) & plain[n].kept, "%s beside others", plain[n].name);
	for (unsigned n = 0; n < LENGTH(plain); n++)
		st_put(t, plain[n].offset, before[n]);
	return good;
}

bool st_registers(struct selftest *t)
{
	for (unsigned n = 0; n < LENGTH(plain); n++)
		if (!st_goes_on(t, n, LENGTH(plain)) || !keeps_all(t, &plain[n]))
			return false;
	return apart(t) && st_good(t, "%zu keep every bit", LENGTH(plain));
}

/* Neighbours differ, and each takes every value in some round. */
static uint64_t partition_value(unsigned p, unsigned round)
{
	return ((p + round) & 3) | ST_FIELD(PART_SIGNAL_EVENTS, (p >> 2 ^ round >> 2) & 1);
}

bool st_partitions(struct selftest *t)
{
	bool good = true;

	for (unsigned round = 0; good && round < 8; round++) {
		for (unsigned p = 0; p < t->partitions; p++)
			st_put(t, HVB_W_PART + 8 * p, partition_value(p, round));
		for (unsigned p = 0; good && p < t->partitions; p++)
			good = st_equal(t, bits, st_get(t, HVB_W_PART + 8 * p), partition_value(p, round), "PART[%u]",
					p) &&
			       st_goes_on(t, round * t->partitions + p, 8 * t->partitions);
	}
	for (unsigned p = 0; p < t->partitions; p++)
		st_put(t, HVB_W_PART + 8 * p, 0);
	return good && st_good(t, "%u keep every bit", t->partitions);
}

bool st_reserved(struct selftest *t)
{
	const unsigned reserved[] = { 0x58, 0x60, 0x68, 0xf8, 0x170, 0x178, 0x200, 0x800, 0xff8,
		0x1400, 0x1ff8, HVB_W_VP + 8 * t->vps, HVB_W_COUNT + 8 * HVB_COUNTERS * t->partitions,
		HVB_W_MSG + 8 * t->vectors, HVB_W_LOG + 32 * HVB_LOG_ENTRIES };
	const unsigned ends[] = { HVB_W_COUNT, HVB_W_MSG, HVB_W_TRACE, 0x10000 };
	unsigned count = 0;

	for (unsigned n = 0; n < LENGTH(reserved); n++) {
		/* an array that fills its place leaves nothing behind it */
		bool past = false;

		for (unsigned end = 0; end < LENGTH(ends); end++)
			past |= reserved[n] == ends[end];
		if (past)
			continue;
		count++;
		st_put(t, reserved[n], UINT64_MAX);
		if (!st_equal(t, bits, st_get(t, reserved[n]), 0, "BAR0 + 0x%x", reserved[n]))
			return false;
	}
	return st_good(t, "%u read 0 whatever is written", count);
}

/* Two 32-bit accesses are a 64-bit one, wherever each half means something. */
bool st_halves(struct selftest *t)
{
	static const char split[] = "the path to the card mixes up 32-bit accesses";

	st_put(t, HVB_R_WORD_ADDR, 0x123456789abcdef0);
	if (!st_equal(t, split, st_get32(t, HVB_R_WORD_ADDR), 0x9abcdef0, "WORD_ADDR, low half") ||
	    !st_equal(t, split, st_get32(t, HVB_R_WORD_ADDR + 4), 0x12345678, "WORD_ADDR, high half"))
		return false;
	st_put32(t, HVB_R_WORD_ADDR + 4, 0x0fedcba9);
	if (!st_equal(t, split, st_get(t, HVB_R_WORD_ADDR), 0x0fedcba99abcdef0, "WORD_ADDR, high half written"))
		return false;
	st_put32(t, HVB_R_WORD_ADDR, 0x87654320);
	if (!st_equal(t, split, st_get(t, HVB_R_WORD_ADDR), 0x0fedcba987654320, "WORD_ADDR, low half written") ||
	    !st_equal(t, split, st_get32(t, HVB_R_MAGIC), HVB_MAGIC, "MAGIC, low half"))
		return false;
	st_put(t, HVB_R_WORD_ADDR, 0);
	return st_good(t, "read and written");
}

/* Every write without effect is counted, once: so the card saw each as the one access that it was. */
bool st_bad_shapes(struct selftest *t)
{
	static const struct {
		const char *name;
		unsigned offset, length;
	} writes[] = {
		{ "1 byte", HVB_R_WORD_ADDR, 1 },
		{ "2 bytes", HVB_R_WORD_ADDR + 2, 2 },
		{ "a register that is only read", HVB_R_MAGIC, 8 },
		{ "the high half of CONTROL", HVB_R_CONTROL + 4, 4 },
		{ "no register", 0x60, 8 },
	};
	static const char joined[] = "the path to the card drops, splits or joins accesses";
	uint64_t before = st_get(t, HVB_R_N_CTRL_BAD);

	for (unsigned n = 0; n < LENGTH(writes); n++) {
		st_write(t, HVB_REGION_BAR0, writes[n].offset, UINT64_MAX, writes[n].length);
		if (!st_equal(t, joined, st_get(t, HVB_R_N_CTRL_BAD), before + n + 1, "N_CTRL_BAD after a write of %s",
			      writes[n].name))
			return false;
	}
	if (!st_equal(t, joined, st_get(t, HVB_R_WORD_ADDR), 0, "WORD_ADDR") ||
	    !st_equal(t, joined, (uint32_t)st_get(t, HVB_R_MAGIC), HVB_MAGIC, "MAGIC"))
		return false;
	return st_good(t, "%zu without effect, each counted", LENGTH(writes));
}

/* What the register map gives as reset values, after the steps before have left others. */
bool st_reset_values(struct selftest *t)
{
	static const char lost[] = "program the card anew: its reset does not reach everything";
	uint64_t start;

	for (unsigned n = 0; n < LENGTH(plain); n++)
		st_put(t, plain[n].offset, plain[n].offset == HVB_R_CONTROL ? 0 : plain[n].kept);
	start = st_now();
	if (t->err || !st_reset(t))
		return false;
	start = st_now() - start;
	for (unsigned n = 0; n < LENGTH(plain); n++)
		if (!st_equal(t, lost, st_get(t, plain[n].offset), plain[n].offset == HVB_R_TIMEOUT ? TIMEOUT_RESET : 0,
			      "%s", plain[n].name))
			return false;
	for (unsigned p = 0; p < t->partitions; p++)
		if (!st_equal(t, lost, st_get(t, HVB_W_PART + 8 * p), 0, "PART[%u]", p))
			return false;
	/* what the link brings meanwhile is not the card's doing */
	for (unsigned offset = HVB_R_TRACE_COUNT; offset <= HVB_R_N_QUOTA; offset += 8)
		if (offset != HVB_R_N_RX_BAD && offset != HVB_R_N_RX_MISS &&
		    !st_equal(t, lost, st_get(t, offset), 0, "BAR0 + 0x%x", offset))
			return false;
	for (unsigned vp = 0; vp < t->vps; vp++)
		if (!st_equal(t, lost, st_get(t, HVB_W_VP + 8 * vp), 0, "VP[%u]", vp))
			return false;
	for (unsigned v = 0; v < t->vectors; v++)
		if (!st_equal(t, lost, st_get(t, HVB_W_MSG + 8 * v), 0, "MSG[%u]", v))
			return false;
	return st_switches(t) &&
	       st_good(t, "as they should be, %llu ms after the reset began", (unsigned long long)start);
}
