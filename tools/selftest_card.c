/* SPDX-License-Identifier: MIT */
/* How the steps of a selftest reach the card: registers, interrupts, words, one direct signal. */
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include "driver/mmio.h"
#include "selftest.h"

#define PATIENCE_MS 5000u        /* for what a card does in microseconds */
#define ARRIVAL_MS 1000u
#define SILENCE_MS 50u

static const char gone[] = "is the card still there, and its link up?";

static void failed(struct selftest *t, int err, const char *what, unsigned region, uint64_t offset)
{
	struct hvb_diag why;

	st_bad(t, gone, "an answer", "%s region %u at 0x%llx failed: %s", what, region, (unsigned long long)offset,
	       hvb_dev_why(t->dev, err, &why) ? why.what : strerror(-err));
	t->err = err;
}

static void read_region(struct selftest *t, unsigned region, uint64_t offset, void *value, size_t length)
{
	int err = t->err ? 0 : t->dev->ops->region_read(t->dev, region, offset, value, length);

	if (err)
		failed(t, err, "reading", region, offset);
}

/* Eight bytes of a BAR. What nobody answers reads as all ones, MAGIC too. */
static uint64_t read_bar(struct selftest *t, unsigned region, uint64_t offset)
{
	uint64_t value = 0, magic = 0;

	read_region(t, region, offset, &value, sizeof(value));
	if (!t->err && value == UINT64_MAX)
		read_region(t, HVB_REGION_BAR0, HVB_R_MAGIC, &magic, sizeof(magic));
	if (!t->err && magic == UINT64_MAX) {
		st_bad(t, gone, "an answer", "region %u at 0x%llx reads as all ones, and so does MAGIC", region,
		       (unsigned long long)offset);
		t->err = -ENODEV;
	}
	return t->err ? 0 : value;
}

uint64_t st_get(struct selftest *t, unsigned offset)
{
	return read_bar(t, HVB_REGION_BAR0, offset);
}

uint32_t st_get32(struct selftest *t, unsigned offset)
{
	uint32_t value = 0;

	read_region(t, HVB_REGION_BAR0, offset, &value, sizeof(value));
	return t->err ? 0 : value;
}

uint32_t st_config(struct selftest *t, unsigned offset)
{
	uint32_t value = 0;

	read_region(t, HVB_REGION_CONFIG, offset, &value, sizeof(value));
	return t->err ? 0 : le32toh(value);
}

static uint64_t slot_at(const struct selftest *t, unsigned slot)
{
	return ((uint64_t)ST_SENDER << t->page_shift) + slot * HVB_SLOT_BYTES;
}

uint64_t st_slot_get(struct selftest *t, unsigned slot, unsigned offset)
{
	return read_bar(t, HVB_REGION_BAR2, slot_at(t, slot) + offset);
}

void st_write(struct selftest *t, unsigned region, uint64_t offset, uint64_t value, size_t length)
{
	const uint32_t half = (uint32_t)value;
	const uint16_t quarter = (uint16_t)value;
	const uint8_t byte = (uint8_t)value;
	const void *data = length == 8 ? (const void *)&value : length == 4 ? (const void *)&half :
			   length == 2 ? (const void *)&quarter : &byte;
	int err = t->err ? 0 : t->dev->ops->region_write(t->dev, region, offset, data, length);

	if (err)
		failed(t, err, "writing", region, offset);
}

void st_put(struct selftest *t, unsigned offset, uint64_t value)
{
	st_write(t, HVB_REGION_BAR0, offset, value, 8);
}

void st_put32(struct selftest *t, unsigned offset, uint32_t value)
{
	st_write(t, HVB_REGION_BAR0, offset, value, 4);
}

bool st_clears(struct selftest *t, unsigned offset, uint64_t mask, uint64_t *value)
{
	uint64_t end = st_now() + PATIENCE_MS;

	do {
		*value = st_get(t, offset);
		if (t->err || !(*value & mask))
			return !t->err;
	} while (st_now() < end && st_waits(t));
	return false;
}

bool st_reset(struct selftest *t)
{
	struct hvb_diag why;
	uint64_t state;
	int err = t->dev->ops->reset(t->dev);

	memset(t->sequence, 0, sizeof(t->sequence));
	if (err) {
		st_bad(t, "power the machine off and on", "a function level reset", "it failed: %s",
		       hvb_dev_why(t->dev, err, &why) ? why.what : strerror(-err));
		t->err = err;
		return false;
	}
	return st_clears(t, HVB_R_STATE, HVB_STATE_INIT_MASK, &state) ||
	       st_bad(t, "power the machine off and on", "STATE.INIT 0", "the card's tables are not cleared");
}

void st_connect(struct selftest *t, unsigned first, unsigned count, bool on)
{
	int none[64];
	int err = 0;

	if (t->err)
		return;
	memset(none, -1, sizeof(none));
	for (unsigned done = 0; !err && done < count; done += sizeof(none) / sizeof(none[0])) {
		unsigned now = count - done;

		if (now > sizeof(none) / sizeof(none[0]))
			now = sizeof(none) / sizeof(none[0]);
		err = t->dev->ops->irq_set(t->dev, HVB_IRQ_MSIX, first + done, now,
					   on ? t->eventfds + first + done : none);
	}
	if (err) {
		st_bad(t, err == -ENOSPC ? "the host has too few interrupts left: more processors give it more" :
		       "is another driver using the card?", "vectors connected and disconnected",
		       "that failed: %s", strerror(-err));
		t->err = err;
	}
}

static uint64_t take(const struct selftest *t, unsigned vector)
{
	uint64_t count;

	return read(t->eventfds[vector], &count, sizeof(count)) == (ssize_t)sizeof(count) ? count : 0;
}

/* The register reads push what is on its way, and pass the clock of a simulation that is stepped. */
uint64_t st_arrived(struct selftest *t, unsigned vector)
{
	struct pollfd readable = { .fd = t->eventfds[vector], .events = POLLIN };
	uint64_t end = st_now() + ARRIVAL_MS;

	do {
		st_get(t, HVB_R_STATE);
		if (poll(&readable, 1, 10) == 1)
			return take(t, vector);
	} while (!t->err && st_now() < end && st_waits(t));
	return 0;
}

int st_stray(struct selftest *t)
{
	uint64_t end = st_now() + SILENCE_MS;

	do {
		st_get(t, HVB_R_STATE);
		poll(NULL, 0, 10);
	} while (!t->err && st_now() < end);
	for (unsigned v = 0; v < t->vectors; v++)
		if (take(t, v))
			return (int)v;
	return -1;
}

void st_word(struct selftest *t, const struct st_word *word)
{
	st_put(t, HVB_R_WORD_ADDR, t->iova + ST_WORD_BYTES * word->at);
	st_put(t, HVB_R_WORD_ATTR, ST_FIELD(WORD_ATTR_STATE, HVB_WSTATE_ON) | ST_FIELD(WORD_ATTR_RPART, ST_RECEIVER) |
	       ST_FIELD(WORD_ATTR_POLLING, word->polling) | ST_FIELD(WORD_ATTR_VECTOR, word->vector) |
	       ST_FIELD(WORD_ATTR_VP, word->vp));
	st_put(t, HVB_R_WORD_COMMIT, word->number);
}

bool st_direct(struct selftest *t, const struct st_word *word, unsigned flag, uint64_t *result)
{
	st_word(t, word);
	st_put(t, HVB_R_DIRECT, ST_FIELD(DIRECT_FLAG, flag) | ST_FIELD(DIRECT_RPART, ST_RECEIVER));
	if (!st_clears(t, HVB_R_DIRECT, HVB_DIRECT_BUSY_MASK, result))
		return st_bad(t, "does the path to memory complete 64-bit AtomicOps?", "DIRECT.BUSY 0",
			      "the card never ends its AtomicOp: DIRECT is 0x%llx", (unsigned long long)*result);
	if (*result & HVB_DIRECT_NEWLY_MASK) {
		t->newly++;
		if (!word->polling) {
			t->messages++;
			t->sent[word->vector]++;
		}
	}
	return true;
}

uint64_t st_load(const struct selftest *t, unsigned at)
{
	hvb_status_before_memory();
	return le64toh(__atomic_load_n(&t->page[at], __ATOMIC_ACQUIRE));
}

void st_store(struct selftest *t, unsigned at, uint64_t value)
{
	__atomic_store_n(&t->page[at], htole64(value), __ATOMIC_SEQ_CST);
	hvb_memory_before_doorbell();
}
