/* SPDX-License-Identifier: MIT */
/* Control and observation: fence, quiesce, counters, trace ring, error log. */
#include "internal.h"

#define RECORD_WORDS 4
#define RECORD_BYTES (8 * RECORD_WORDS)
#define TIME_MASK 0xffffffffffffull     /* 48 bits */

int hvbell_fence(hvbell_card *card)
{
	int err = hvl_begin(card);

	if (err)
		return err;
	hvl_drain_all(card);
	return hvl_end(card, 0);
}

int hvbell_quiesce(hvbell_card *card)
{
	uint64_t state = 0;
	int err = hvl_lock(card);

	if (err)
		return err;
	hvl_put(card, HVB_R_CONTROL, HVB_CONTROL_QUIESCE_MASK | HVL_FIELD(CONTROL_OWNED, card->owned));
	__atomic_store_n(&card->quiesced, true, __ATOMIC_RELAXED);
	if (!card->err)
		err = hvl_poll(card, HVB_REGION_BAR0, HVB_R_STATE, HVB_STATE_QUIET_MASK, HVB_STATE_QUIET_MASK, &state);
	if (err == -ETIME)
		err = hvl_fail(card, -ETIMEDOUT, "", "AtomicOps or interrupts of the card do not end");
	return hvl_end(card, err);
}

int hvbell_resume(hvbell_card *card)
{
	int err = hvl_lock(card);

	if (err)
		return err;
	hvl_put(card, HVB_R_CONTROL, HVL_FIELD(CONTROL_OWNED, card->owned));
	__atomic_store_n(&card->quiesced, false, __ATOMIC_RELAXED);
	return hvl_end(card, 0);
}

int hvbell_step(hvbell_card *card, uint64_t cycles, uint64_t *now)
{
	struct hvb_dev *dev = card->dev;
	struct hvb_dev_stat first = { .value = 0 };     /* "cycles" */
	int err = dev->ops->step ? dev->ops->step(dev, cycles) : -EINVAL;

	if (err)
		return hvl_fail(card, -ENOTSUP, "open it as sim:?step=1", "the clock of this card passes by itself");
	if (now && dev->ops->stats(dev, &first, 1) > 0)
		*now = first.value;
	return 0;
}

int hvbell_counters(hvbell_card *card, uint64_t id, struct hvbell_counters *out)
{
	struct partition *partition;
	const uint64_t *c;
	int err = hvl_lock(card);

	if (err)
		return err;
	partition = hvl_partition(card, id);
	if (!partition)
		return hvl_end(card, hvl_fail(card, -ENOENT, "", "no partition 0x%llx", (unsigned long long)id));
	for (unsigned n = 0; n < HVB_COUNTERS; n++) {
		uint32_t now = (uint32_t)hvl_get(card, HVB_W_COUNT + 8ull * (partition->slot * HVB_COUNTERS + n));

		if (card->err)
			break;
		partition->counters[n] += (uint32_t)(now - partition->counted[n]);
		partition->counted[n] = now;
	}
	c = partition->counters;
	*out = (struct hvbell_counters){
		.accepted = c[HVB_CNT_ACCEPTED], .coalesced = c[HVB_CNT_COALESCED],
		.access_denied = c[HVB_CNT_ACCESS_DENIED],
		.invalid_hypercall_input = c[HVB_CNT_INVALID_HYPERCALL_INPUT],
		.invalid_connection_id = c[HVB_CNT_INVALID_CONNECTION_ID],
		.invalid_port_id = c[HVB_CNT_INVALID_PORT_ID],
		.invalid_parameter = c[HVB_CNT_INVALID_PARAMETER], .invalid_vp_index = c[HVB_CNT_INVALID_VP_INDEX],
		.invalid_synic_state = c[HVB_CNT_INVALID_SYNIC_STATE], .bad_size = c[HVB_CNT_BAD_SIZE],
		.bad_offset = c[HVB_CNT_BAD_OFFSET], .bad_enables = c[HVB_CNT_BAD_ENABLES],
		.poisoned = c[HVB_CNT_POISONED], .atomic = c[HVB_CNT_ATOMIC], .half = c[HVB_CNT_HALF],
		.reads = c[HVB_CNT_READ],
	};
	return hvl_end(card, 0);
}

int hvbell_card_counters(hvbell_card *card, struct hvbell_card_counters *c)
{
	int err = hvl_lock(card);

	if (err)
		return err;
	c->atomics = hvl_get(card, HVB_R_N_ATOMIC);
	c->hits = hvl_get(card, HVB_R_N_HIT);
	c->misses = hvl_get(card, HVB_R_N_MISS);
	c->faults = hvl_get(card, HVB_R_N_FAULT);
	c->timeouts = hvl_get(card, HVB_R_N_TIMEOUT);
	c->unexpected = hvl_get(card, HVB_R_N_UNEXPECTED);
	c->messages = hvl_get(card, HVB_R_N_MESSAGE);
	c->pended = hvl_get(card, HVB_R_N_PENDED);
	c->dropped = hvl_get(card, HVB_R_N_DROPPED);
	c->rx_bad = hvl_get(card, HVB_R_N_RX_BAD);
	c->rx_miss = hvl_get(card, HVB_R_N_RX_MISS);
	c->ctrl_bad = hvl_get(card, HVB_R_N_CTRL_BAD);
	c->np_overflow = hvl_get(card, HVB_R_N_NP_OVERFLOW);
	c->quota = hvl_get(card, HVB_R_N_QUOTA);
	c->writes = hvl_get(card, HVB_R_N_WRITE);
	return hvl_end(card, 0);
}

int hvbell_trace_enable(hvbell_card *card, bool on)
{
	int err = hvl_lock(card);

	if (err)
		return err;
	hvl_put(card, HVB_R_TRACE_CTRL, on ? HVB_TRACE_CTRL_ENABLE_MASK : 0);
	return hvl_end(card, 0);
}

/* A ring of the card: the records from *next on, each given to take(); those that were overwritten, also while they
 * were read, are counted in *lost. */
struct ring {
	uint64_t count_at, records_at, entries;
	void (*take)(hvbell_card *card, void *to, const uint64_t record[RECORD_WORDS]);
	size_t size;            /* of what take() fills */
};

static int read_ring(hvbell_card *card, const struct ring *ring, uint64_t *next, char *to, int max, uint64_t *lost)
{
	uint64_t count = hvl_get(card, ring->count_at), record[RECORD_WORDS];
	int taken = 0;

	*lost = 0;
	while (!card->err && taken < max && *next < count) {
		if (count - *next <= ring->entries) {
			uint64_t at = ring->records_at + *next % ring->entries * RECORD_BYTES;

			for (unsigned n = 0; n < RECORD_WORDS; n++)
				record[n] = hvl_get(card, at + 8 * n);
			count = hvl_get(card, ring->count_at);
		}
		if (card->err)
			break;
		if (count - *next > ring->entries) {
			*lost += count - ring->entries - *next;
			*next = count - ring->entries;
			continue;
		}
		ring->take(card, to + ring->size * (size_t)taken, record);
		taken++;
		++*next;
	}
	return taken;
}

static void take_trace(hvbell_card *card, void *to, const uint64_t r[RECORD_WORDS])
{
	*(struct hvbell_trace *)to = (struct hvbell_trace){
		.t0 = r[0] & TIME_MASK, .partition = hvl_partition_id(card, r[0] >> 48 & 0xff),
		.message = r[0] >> 56 & 1, .fault = r[0] >> 57 & 1, .retries = (uint8_t)(r[0] >> 60),
		.to_request = (uint32_t)r[1], .to_completion = (uint32_t)(r[1] >> 32), .to_message = (uint32_t)r[2],
		.vector = (uint16_t)(r[2] >> 32), .word = (uint16_t)(r[2] >> 48),
	};
}

static void take_log(hvbell_card *card, void *to, const uint64_t r[RECORD_WORDS])
{
	unsigned number = r[3] >> 16 & 0xffff;
	const struct vp *vp = number < card->limits.vps ? card->vps[number] : NULL;

	*(struct hvbell_log *)to = (struct hvbell_log){
		.time = r[0] & TIME_MASK, .kind = r[0] >> 48 & 0xff, .iova = r[1], .bits = r[2],
		.partition = hvl_partition_id(card, r[3] >> 48 & 0xff), .vp = vp ? vp->index : HVBELL_ANY_VP,
	};
}

static int read_records(hvbell_card *card, const struct ring *ring, uint64_t *next, void *to, int max, uint64_t *lost)
{
	uint64_t unread;
	int count, err = hvl_lock(card);

	if (err)
		return err;
	count = read_ring(card, ring, next, to, max, lost ? lost : &unread);
	return hvl_end(card, count);
}

int hvbell_trace_read(hvbell_card *card, struct hvbell_trace *records, int max, uint64_t *lost)
{
	static const struct ring ring = { HVB_R_TRACE_COUNT, HVB_W_TRACE, HVB_TRACE_ENTRIES, take_trace,
					  sizeof(*records) };

	return read_records(card, &ring, &card->trace_next, records, max, lost);
}

int hvbell_log_read(hvbell_card *card, struct hvbell_log *records, int max, uint64_t *lost)
{
	static const struct ring ring = { HVB_R_LOG_COUNT, HVB_W_LOG, HVB_LOG_ENTRIES, take_log, sizeof(*records) };

	return read_records(card, &ring, &card->log_next, records, max, lost);
}
