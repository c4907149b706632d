/* SPDX-License-Identifier: MIT */
/*
 * Bytes through shared memory, one way, as a pipe has them. Each end keeps its own count and reads the other's, which
 * the other process may set to anything: it may only go on, and not past what can be.
 *
 * A writer without room says so (waiting), then looks again; a reader that made room looks whether anybody waits. Both
 * accesses are sequentially consistent on both sides, so one of the two sees the other.
 */
#include "miracast_internal.h"

static int look(struct hvmc_end *end, const uint64_t *count, uint64_t limit)
{
	uint64_t now = __atomic_load_n(count, __ATOMIC_SEQ_CST);

	if (now - end->theirs > limit - end->theirs)
		return -EPROTO;
	end->theirs = now;
	return 0;
}

static size_t room(const struct hvmc_end *end)
{
	return (size_t)(HVMC_LANE_BYTES - (end->mine - end->theirs));
}

static size_t at(uint64_t count)
{
	return (size_t)(count % HVMC_LANE_BYTES);
}

/* How many of len bytes are before the end of the ring. */
static size_t before_wrap(const struct hvmc_end *end, size_t len)
{
	size_t left = HVMC_LANE_BYTES - at(end->mine);

	return len < left ? len : left;
}

int64_t hvmc_write(struct hvmc_end *end, const void *from, size_t len)
{
	size_t first;

	if (room(end) < len && look(end, &end->lane->read, end->mine))
		return -EPROTO;
	if (room(end) < len) {
		__atomic_store_n(&end->lane->waiting, 1, __ATOMIC_SEQ_CST);
		if (look(end, &end->lane->read, end->mine))
			return -EPROTO;
	} else {
		__atomic_store_n(&end->lane->waiting, 0, __ATOMIC_RELAXED);
	}
	len = len < room(end) ? len : room(end);
	first = before_wrap(end, len);
	memcpy(end->bytes + at(end->mine), from, first);
	memcpy(end->bytes, (const uint8_t *)from + first, len - first);
	end->mine += len;
	/* before the doorbell's store, which may follow */
	__atomic_store_n(&end->lane->written, end->mine, __ATOMIC_SEQ_CST);
	return (int64_t)len;
}

int64_t hvmc_read(struct hvmc_end *end, void *to, size_t len)
{
	size_t first;

	if (end->theirs - end->mine < len && look(end, &end->lane->written, end->mine + HVMC_LANE_BYTES))
		return -EPROTO;
	if (end->theirs - end->mine < len)
		len = (size_t)(end->theirs - end->mine);
	if (!len)
		return 0;
	first = before_wrap(end, len);
	if (to) {
		memcpy(to, end->bytes + at(end->mine), first);
		memcpy((uint8_t *)to + first, end->bytes, len - first);
	}
	end->mine += len;
	__atomic_store_n(&end->lane->read, end->mine, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&end->lane->waiting, __ATOMIC_SEQ_CST))
		end->owed = true;
	return (int64_t)len;
}
