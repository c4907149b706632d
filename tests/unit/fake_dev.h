/* SPDX-License-Identifier: MIT */
/*
 * A card without RTL: the registers behave as rtl/hvb_regs.txt says, everything is delivered at once. The library is
 * tested on it without Verilator, and in moments that no real card shows: a hook runs behind every register write.
 */
#ifndef FAKE_DEV_H
#define FAKE_DEV_H
#include <pthread.h>
#include <stdbool.h>
#include "driver/dev.h"
#include "hvb_regs.h"

#define FAKE_PARTITIONS 8
#define FAKE_ROWS 256
#define FAKE_WORDS 256
#define FAKE_VECTORS 16
#define FAKE_VPS 16
#define FAKE_GROUPS 4
#define FAKE_ELEMENTS 16
#define FAKE_CONNECTIONS 512
#define FAKE_PAGES 32
#define FAKE_IOVA 0x1000000000000ull    /* added to an address by dma_map */

struct fake_word {
	uint64_t address, attributes, pending;
	uint64_t flight_address, flight_attributes;     /* FAKE_IN_FLIGHT: as accepted */
};

/* When an accepted signal reaches memory: at once; at the next drain of its VP, by the word's record of then; likewise
 * by its record at acceptance, as an AtomicOp on its way. */
enum fake_delivery { FAKE_AT_ONCE, FAKE_WAITING, FAKE_IN_FLIGHT };

struct fake_dev {
	struct hvb_dev dev;
	pthread_mutex_t lock;
	uint64_t registers[512];        /* BAR0 below 0x1000 */
	uint64_t partitions[FAKE_PARTITIONS];
	uint64_t entries[3][FAKE_ROWS];
	struct fake_word words[FAKE_WORDS];
	uint64_t elements[FAKE_ELEMENTS];
	uint64_t groups[FAKE_GROUPS];
	bool off[FAKE_VPS];
	uint32_t counters[FAKE_PARTITIONS][HVB_COUNTERS], messages[FAKE_VECTORS];
	uint64_t trace[HVB_TRACE_ENTRIES][4], log[HVB_LOG_ENTRIES][4];
	uint64_t status[FAKE_PARTITIONS][HVB_SLOTS], kicks[FAKE_PARTITIONS][HVB_SLOTS];
	int eventfds[FAKE_VECTORS];
	uintptr_t pages[FAKE_PAGES];    /* mapped for DMA; 0: free */
	uint64_t cycles, drains, commits;
	/* what a test sets */
	void (*hook)(struct fake_dev *fake, uint64_t offset);   /* behind each write of BAR0, without the lock */
	void *hook_arg;
	enum fake_delivery delivery;
	bool map_plain;         /* BAR2 maps as plain memory */
	bool never_drains;
	bool no_atomics;
	bool has_notices;
	int notices[2];          /* descriptors of ERR and REQ, as the library gave them */
	int fail_writes;        /* this many more writes of BAR0 succeed, then -EIO; negative: all do */
	int maps, closed;       /* DMA mappings now; times closed */
	void *plain;
};

struct fake_dev *fake_new(void);
/* Frees what close() left for the test to look at. */
void fake_free(struct fake_dev *fake);
/* A doorbell store of partition slot `part`, and the status it got. */
unsigned fake_signal(struct fake_dev *fake, unsigned part, unsigned slot, uint64_t input);
#endif
