/* SPDX-License-Identifier: MIT */
/* The functional model of the card behind fake_dev.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fake_dev.h"

#define FIELD(name, reg) (((reg) & HVB_##name##_MASK) >> HVB_##name##_SHIFT)
#define REG(fake, name) ((fake)->registers[HVB_R_##name / 8])
#define PAGE_SHIFT 12

static const uint16_t status_of[] = {
	[HVB_CNT_ACCESS_DENIED] = HVB_STATUS_ACCESS_DENIED,
	[HVB_CNT_INVALID_HYPERCALL_INPUT] = HVB_STATUS_INVALID_HYPERCALL_INPUT,
	[HVB_CNT_INVALID_CONNECTION_ID] = HVB_STATUS_INVALID_CONNECTION_ID,
	[HVB_CNT_INVALID_PORT_ID] = HVB_STATUS_INVALID_PORT_ID,
	[HVB_CNT_INVALID_PARAMETER] = HVB_STATUS_INVALID_PARAMETER,
	[HVB_CNT_INVALID_VP_INDEX] = HVB_STATUS_INVALID_VP_INDEX,
	[HVB_CNT_INVALID_SYNIC_STATE] = HVB_STATUS_INVALID_SYNIC_STATE,
};

static bool quiesced(const struct fake_dev *fake)
{
	return REG(fake, CONTROL) & HVB_CONTROL_QUIESCE_MASK;
}

static bool is_mapped(const struct fake_dev *fake, uint64_t address)
{
	for (int n = 0; n < FAKE_PAGES; n++)
		if (fake->pages[n] && fake->pages[n] == (uintptr_t)((address - FAKE_IOVA) & ~4095ull))
			return true;
	return false;
}

static void fault(struct fake_dev *fake, unsigned number, const struct fake_word *word)
{
	uint64_t vp = FIELD(WORD_ATTR_VP, word->attributes);
	uint64_t *record = fake->log[REG(fake, LOG_COUNT)++ % HVB_LOG_ENTRIES];

	record[0] = fake->cycles | (uint64_t)HVB_LOG_ERROR << 48;
	record[1] = word->address;
	record[2] = word->pending;
	record[3] = number | vp << 16 | FIELD(WORD_ATTR_RPART, word->attributes) << 48;
	fake->off[vp] = true;
	REG(fake, N_FAULT)++;
}

/* One AtomicOp, and the message where it took a flag from 0 to 1. Returns the flags it took. */
static uint64_t deliver(struct fake_dev *fake, unsigned number)
{
	struct fake_word *word = &fake->words[number], now = *word;
	uint64_t vp, vector, one = 1, newly;

	if (!now.pending || quiesced(fake))
		return 0;
	if (fake->delivery == FAKE_IN_FLIGHT) {
		now.address = now.flight_address;
		now.attributes = now.flight_attributes;
	}
	word->pending = 0;
	vp = FIELD(WORD_ATTR_VP, now.attributes);
	vector = FIELD(WORD_ATTR_VECTOR, now.attributes);
	if (fake->off[vp]) {
		REG(fake, N_DROPPED)++;
		return 0;
	}
	REG(fake, N_ATOMIC)++;
	if (!is_mapped(fake, now.address)) {
		fault(fake, number, &now);
		return 0;
	}
	newly = now.pending & ~__atomic_fetch_or((uint64_t *)(uintptr_t)(now.address - FAKE_IOVA), now.pending,
						 __ATOMIC_ACQ_REL);
	if (newly && !FIELD(WORD_ATTR_POLLING, now.attributes)) {
		fake->messages[vector]++;
		REG(fake, N_MESSAGE)++;
		if (fake->eventfds[vector] >= 0 && write(fake->eventfds[vector], &one, 8) < 0)
			abort();
	}
	return newly;
}

static void accept(struct fake_dev *fake, unsigned number, unsigned bit)
{
	struct fake_word *word = &fake->words[number];

	if (!word->pending) {
		word->flight_address = word->address;
		word->flight_attributes = word->attributes;
	}
	word->pending |= 1ull << bit;
	if (fake->delivery == FAKE_AT_ONCE)
		deliver(fake, number);
}

static void drain(struct fake_dev *fake, uint64_t range)
{
	fake->drains++;
	for (unsigned n = 0; n < FAKE_WORDS; n++) {
		const struct fake_word *word = &fake->words[n];
		uint64_t vp = FIELD(WORD_ATTR_VP, word->pending ? word->flight_attributes : word->attributes);

		if (vp >= FIELD(DRAIN_FIRST, range) && vp <= FIELD(DRAIN_LAST, range))
			deliver(fake, n);
	}
	REG(fake, DRAIN) = FIELD(DRAIN_FIRST, range) << HVB_DRAIN_AT_SHIFT;
	if (fake->never_drains)
		REG(fake, DRAIN) |= HVB_DRAIN_BUSY_MASK;
}

static void record_trace(struct fake_dev *fake, unsigned part, unsigned number)
{
	uint64_t *record = fake->trace[REG(fake, TRACE_COUNT) % HVB_TRACE_ENTRIES];

	if (!(REG(fake, TRACE_CTRL) & HVB_TRACE_CTRL_ENABLE_MASK))
		return;
	REG(fake, TRACE_COUNT)++;
	record[0] = fake->cycles | (uint64_t)part << 48 | 1ull << 56 | 2ull << 60;
	record[1] = 5 | 205ull << 32;
	record[2] = 207 | FIELD(WORD_ATTR_VECTOR, fake->words[number].attributes) << 32 | (uint64_t)number << 48;
}

/* Row of a key in a way: docs/design.md 3, written as the parity of each shifted seed. */
static unsigned row_of(const struct fake_dev *fake, uint32_t key, unsigned way)
{
	uint32_t tag = key / FAKE_ROWS, row = key % FAKE_ROWS;

	for (unsigned bit = 0; (1u << bit) < FAKE_ROWS; bit++)
		if (__builtin_popcount(tag & (uint32_t)(fake->registers[HVB_R_HASH0 / 8 + way] >> bit)) & 1)
			row ^= 1u << bit;
	return row;
}

static uint64_t find(const struct fake_dev *fake, uint32_t key)
{
	uint64_t found = 0;

	for (unsigned way = 0; way < 3; way++) {
		uint64_t entry = fake->entries[way][row_of(fake, key, way)];

		if (FIELD(CONN_ENTRY_VERDICT, entry) && FIELD(CONN_ENTRY_TAG, entry) == key / FAKE_ROWS)
			found |= entry;
	}
	return found;
}

/* The checks in the card's order; returns a code CNT, and for an accepted signal its word and bit. */
static unsigned check(struct fake_dev *fake, unsigned part, uint64_t input, unsigned *number, unsigned *bit)
{
	uint64_t entry = find(fake, part << 24 | (input & 0xffffff)), flag = input >> 32 & 0xffff;
	uint64_t x, attributes;

	if (!FIELD(PART_SIGNAL_EVENTS, fake->partitions[part]))
		return HVB_CNT_ACCESS_DENIED;
	if (input >> 48)
		return HVB_CNT_INVALID_HYPERCALL_INPUT;
	if ((input >> 24 & 0xff) || !entry)
		return HVB_CNT_INVALID_CONNECTION_ID;
	if (FIELD(CONN_ENTRY_VERDICT, entry) != HVB_VERDICT_OK ||
	    FIELD(PART_STATE, fake->partitions[FIELD(CONN_ENTRY_RPART, entry)]) != HVB_PSTATE_ACTIVE)
		return HVB_CNT_INVALID_PORT_ID;
	if (flag >= FIELD(CONN_ENTRY_COUNT, entry))
		return HVB_CNT_INVALID_PARAMETER;
	x = flag + FIELD(CONN_ENTRY_BASE, entry);
	*number = (unsigned)FIELD(CONN_ENTRY_WORD, entry);
	if (FIELD(CONN_ENTRY_ANY, entry)) {
		uint64_t *group = &fake->groups[*number], element = fake->elements[FIELD(GROUP_ENTRY_HEAD, *group)];

		if (FIELD(GROUP_ENTRY_STATE, *group) != HVB_WSTATE_ON)
			return FIELD(GROUP_ENTRY_STATE, *group) == HVB_WSTATE_NOVP ? HVB_CNT_INVALID_VP_INDEX
										  : HVB_CNT_INVALID_SYNIC_STATE;
		*number = (unsigned)FIELD(LIST_ENTRY_WORD, element);
		*group &= ~HVB_GROUP_ENTRY_HEAD_MASK;
		*group |= FIELD(LIST_ENTRY_NEXT, element) << HVB_GROUP_ENTRY_HEAD_SHIFT;
	}
	*number += (unsigned)(x / 64);
	*bit = x % 64;
	attributes = fake->words[*number].attributes;
	if (FIELD(WORD_ATTR_STATE, attributes) == HVB_WSTATE_NOVP)
		return HVB_CNT_INVALID_VP_INDEX;
	if (FIELD(WORD_ATTR_STATE, attributes) != HVB_WSTATE_ON || fake->off[FIELD(WORD_ATTR_VP, attributes)])
		return HVB_CNT_INVALID_SYNIC_STATE;
	return fake->words[*number].pending ? HVB_CNT_COALESCED : HVB_CNT_ACCEPTED;
}

static void doorbell(struct fake_dev *fake, unsigned part, unsigned slot, uint64_t input)
{
	unsigned number = 0, bit = 0, code = check(fake, part, input, &number, &bit);

	fake->cycles += 10;
	fake->counters[part][code]++;
	fake->status[part][slot] = status_of[code] | ((fake->status[part][slot] >> 32) + 1) << 32;
	if (code > HVB_CNT_COALESCED)
		return;
	record_trace(fake, part, number);
	accept(fake, number, bit);
}

unsigned fake_signal(struct fake_dev *fake, unsigned part, unsigned slot, uint64_t input)
{
	unsigned status;

	pthread_mutex_lock(&fake->lock);
	doorbell(fake, part, slot, input);
	status = fake->status[part][slot] & 0xffff;
	pthread_mutex_unlock(&fake->lock);
	return status;
}

static void direct(struct fake_dev *fake, uint64_t value)
{
	struct fake_word *word = &fake->words[FAKE_WORDS - 1];
	uint64_t faults = REG(fake, N_FAULT) + REG(fake, N_DROPPED);

	word->flight_address = word->address;
	word->flight_attributes = word->attributes;
	word->pending = 1ull << FIELD(DIRECT_FLAG, value);
	REG(fake, DIRECT) = 0;
	if (deliver(fake, FAKE_WORDS - 1))
		REG(fake, DIRECT) |= HVB_DIRECT_NEWLY_MASK;
	if (faults != REG(fake, N_FAULT) + REG(fake, N_DROPPED))
		REG(fake, DIRECT) |= HVB_DIRECT_FAULT_MASK;
}

static void write_register(struct fake_dev *fake, uint64_t offset, uint64_t value)
{
	if (offset >= 0x1000) {
		if (offset >= HVB_W_PART && offset < HVB_W_PART + 8 * FAKE_PARTITIONS)
			fake->partitions[(offset - HVB_W_PART) / 8] = value;
		return;
	}
	fake->registers[offset / 8] = value;
	switch (offset) {
	case HVB_R_CONTROL:
		for (unsigned n = 0; n < FAKE_WORDS; n++)
			deliver(fake, n);
		break;
	case HVB_R_CONN_COMMIT:
		fake->entries[FIELD(CONN_COMMIT_WAY, value)][FIELD(CONN_COMMIT_ROW, value)] = REG(fake, CONN_ENTRY);
		break;
	case HVB_R_KICK_COMMIT:
		fake->kicks[FIELD(KICK_COMMIT_PARTITION, value)][FIELD(KICK_COMMIT_SLOT, value)] =
			REG(fake, KICK_ENTRY);
		break;
	case HVB_R_WORD_COMMIT:
		fake->commits++;
		fake->words[value].address = REG(fake, WORD_ADDR);
		fake->words[value].attributes = REG(fake, WORD_ATTR);
		break;
	case HVB_R_LIST_COMMIT:
		fake->elements[value] = REG(fake, LIST_ENTRY);
		break;
	case HVB_R_GROUP_COMMIT:
		fake->groups[value] = REG(fake, GROUP_ENTRY);
		break;
	case HVB_R_VP_CTRL:
		fake->off[FIELD(VP_CTRL_VP, value)] = FIELD(VP_CTRL_OFF, value);
		break;
	case HVB_R_DRAIN:
		drain(fake, value);
		break;
	case HVB_R_DIRECT:
		direct(fake, value);
		break;
	}
}

static uint64_t read_register(struct fake_dev *fake, uint64_t offset)
{
	uint64_t n = offset / 8;

	if (offset < 0x1000)
		return offset == HVB_R_CYCLES ? fake->cycles += 1000000 : fake->registers[n];
	if (offset < HVB_W_VP)
		return n - HVB_W_PART / 8 < FAKE_PARTITIONS ? fake->partitions[n - HVB_W_PART / 8] : 0;
	if (offset < HVB_W_COUNT)
		return n - HVB_W_VP / 8 < FAKE_VPS ? fake->off[n - HVB_W_VP / 8] : 0;
	if (offset < HVB_W_MSG) {
		n -= HVB_W_COUNT / 8;
		return n / HVB_COUNTERS < FAKE_PARTITIONS ? fake->counters[n / HVB_COUNTERS][n % HVB_COUNTERS] : 0;
	}
	if (offset < HVB_W_TRACE)
		return n - HVB_W_MSG / 8 < FAKE_VECTORS ? fake->messages[n - HVB_W_MSG / 8] : 0;
	if (offset < HVB_W_LOG)
		return fake->trace[(n - HVB_W_TRACE / 8) / 4][n % 4];
	n -= HVB_W_LOG / 8;
	return n / 4 < HVB_LOG_ENTRIES ? fake->log[n / 4][n % 4] : 0;
}

static uint64_t read_slot(struct fake_dev *fake, uint64_t offset)
{
	uint64_t part = offset >> PAGE_SHIFT, slot = offset >> 8 & 15;

	fake->counters[part][HVB_CNT_READ]++;
	if ((offset & 0xff) == HVB_S_STATUS)
		return fake->status[part][slot];
	return (offset & 0xff) == HVB_S_DELIVERED ? !quiesced(fake) && fake->delivery == FAKE_AT_ONCE : 0;
}

static int fake_read(struct hvb_dev *dev, unsigned region, uint64_t off, void *buf, size_t len)
{
	struct fake_dev *fake = (struct fake_dev *)dev;
	uint64_t value;

	pthread_mutex_lock(&fake->lock);
	value = region == HVB_REGION_BAR0 ? read_register(fake, off) : read_slot(fake, off);
	pthread_mutex_unlock(&fake->lock);
	memcpy(buf, &value, len);
	return 0;
}

static int fake_write(struct hvb_dev *dev, unsigned region, uint64_t off, const void *buf, size_t len)
{
	struct fake_dev *fake = (struct fake_dev *)dev;
	uint64_t value = 0;

	memcpy(&value, buf, len);
	if (region == HVB_REGION_BAR2) {
		unsigned part = (unsigned)(off >> PAGE_SHIFT), slot = off >> 8 & 15;

		if ((off & 0xff) != HVB_S_KICK || len != 4)
			fake_signal(fake, part, slot, value);
		else if (fake->kicks[part][slot] & HVB_KICK_ENTRY_BOUND_MASK)
			fake_signal(fake, part, slot, fake->kicks[part][slot] & ~HVB_KICK_ENTRY_BOUND_MASK);
		else
			fake->counters[part][HVB_CNT_BAD_OFFSET]++;
		return 0;
	}
	if (fake->fail_writes == 0)
		return -EIO;
	if (fake->fail_writes > 0)
		fake->fail_writes--;
	pthread_mutex_lock(&fake->lock);
	write_register(fake, off, value);
	pthread_mutex_unlock(&fake->lock);
	if (fake->hook)
		fake->hook(fake, off);
	return 0;
}

static int fake_region_info(struct hvb_dev *dev, unsigned region, struct hvb_region *info)
{
	info->size = region == HVB_REGION_BAR2 ? FAKE_PARTITIONS << PAGE_SHIFT : 65536;
	info->flags = ((struct fake_dev *)dev)->map_plain ? HVB_REGION_CAN_MAP : 0;
	return 0;
}

static int fake_map(struct hvb_dev *dev, unsigned region, uint64_t off, size_t len, void **addr)
{
	struct fake_dev *fake = (struct fake_dev *)dev;

	(void)region, (void)off;
	fake->plain = aligned_alloc(4096, len);
	memset(fake->plain, 0, len);
	*addr = fake->plain;
	return 0;
}

static int fake_unmap(struct hvb_dev *dev, void *addr, size_t len)
{
	(void)dev, (void)len;
	free(addr);
	return 0;
}

static int fake_irq_count(struct hvb_dev *dev, unsigned irq, unsigned *count)
{
	struct fake_dev *fake = (struct fake_dev *)dev;

	*count = irq == HVB_IRQ_MSIX ? FAKE_VECTORS : fake->has_notices;
	return 0;
}

static int fake_irq_set(struct hvb_dev *dev, unsigned irq, unsigned start, unsigned count, const int *eventfds)
{
	struct fake_dev *fake = (struct fake_dev *)dev;

	if (fake->has_notices && start == 0 && count == 1 && (irq == HVB_IRQ_ERR || irq == HVB_IRQ_REQ)) {
		fake->notices[irq - HVB_IRQ_ERR] = *eventfds;
		return 0;
	}
	if (irq != HVB_IRQ_MSIX || start + count > FAKE_VECTORS)
		return -EINVAL;
	pthread_mutex_lock(&fake->lock);
	memcpy(&fake->eventfds[start], eventfds, count * sizeof(int));
	pthread_mutex_unlock(&fake->lock);
	return 0;
}

static int fake_dma_map(struct hvb_dev *dev, void *addr, size_t len, unsigned flags, uint64_t *iova)
{
	struct fake_dev *fake = (struct fake_dev *)dev;
	int free_at = -1;

	if ((uintptr_t)addr % 4096 || len != 4096 || flags != (HVB_DMA_READ | HVB_DMA_WRITE))
		return -EINVAL;
	for (int n = 0; n < FAKE_PAGES; n++) {
		if (fake->pages[n] == (uintptr_t)addr)
			return -EEXIST;
		if (!fake->pages[n])
			free_at = n;
	}
	if (free_at < 0)
		return -ENOSPC;
	pthread_mutex_lock(&fake->lock);
	fake->pages[free_at] = (uintptr_t)addr;
	fake->maps++;
	pthread_mutex_unlock(&fake->lock);
	*iova = (uintptr_t)addr + FAKE_IOVA;
	return 0;
}

static int fake_dma_unmap(struct hvb_dev *dev, uint64_t iova, size_t len)
{
	struct fake_dev *fake = (struct fake_dev *)dev;

	(void)len;
	for (int n = 0; n < FAKE_PAGES; n++)
		if (fake->pages[n] == (uintptr_t)(iova - FAKE_IOVA)) {
			pthread_mutex_lock(&fake->lock);
			fake->pages[n] = 0;
			fake->maps--;
			pthread_mutex_unlock(&fake->lock);
			return 0;
		}
	return -ENOENT;
}

static int fake_reset(struct hvb_dev *dev)
{
	struct fake_dev *fake = (struct fake_dev *)dev;

	memset(fake->registers, 0, sizeof(fake->registers));
	memset(fake->partitions, 0, sizeof(fake->partitions));
	memset(fake->entries, 0, sizeof(fake->entries));
	memset(fake->words, 0, sizeof(fake->words));
	memset(fake->kicks, 0, sizeof(fake->kicks));
	memset(fake->counters, 0, sizeof(fake->counters));
	memset(fake->messages, 0, sizeof(fake->messages));
	memset(fake->off, 0, sizeof(fake->off));
	REG(fake, MAGIC) = HVB_MAGIC | (uint64_t)HVB_VERSION << 32;
	REG(fake, PARAMS0) = FAKE_PARTITIONS | FAKE_ROWS << 16 | (uint64_t)FAKE_WORDS << 32 | 32ull << 48;
	REG(fake, PARAMS1) = FAKE_VECTORS | FAKE_VPS << 16 | (uint64_t)FAKE_GROUPS << 32 | 125ull << 48;
	REG(fake, PARAMS2) = PAGE_SHIFT | FAKE_ELEMENTS << 16 | (uint64_t)FAKE_CONNECTIONS << 32;
	REG(fake, STATE) = HVB_STATE_QUIET_MASK;
	REG(fake, TIMEOUT) = 5000000;
	for (int n = 0; n < FAKE_VECTORS; n++)
		fake->eventfds[n] = -1;
	return 0;
}

static int fake_atomics(struct hvb_dev *dev)
{
	return !((struct fake_dev *)dev)->no_atomics;
}

static void fake_close(struct hvb_dev *dev)
{
	((struct fake_dev *)dev)->closed++;
}

static const struct hvb_dev_ops ops = {
	.scheme = "fake", .close = fake_close, .region_info = fake_region_info, .region_read = fake_read,
	.region_write = fake_write, .region_map = fake_map, .region_unmap = fake_unmap, .irq_count = fake_irq_count,
	.irq_set = fake_irq_set, .dma_map = fake_dma_map, .dma_unmap = fake_dma_unmap, .reset = fake_reset,
	.atomics = fake_atomics,
};

struct fake_dev *fake_new(void)
{
	struct fake_dev *fake = calloc(1, sizeof(*fake));

	fake->dev.ops = &ops;
	snprintf(fake->dev.url, sizeof(fake->dev.url), "fake:?seed=1");
	pthread_mutex_init(&fake->lock, NULL);
	fake->fail_writes = -1;
	fake_reset(&fake->dev);
	return fake;
}

void fake_free(struct fake_dev *fake)
{
	pthread_mutex_destroy(&fake->lock);
	free(fake);
}
