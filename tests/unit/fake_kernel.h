/* SPDX-License-Identifier: MIT */
/*
 * A kernel for the VFIO backend without one: the libc calls that driver/vfio*.c and driver/pci.c make are wrapped by
 * the linker (see the Makefile), paths below /sys and /proc lead into a temporary tree, nodes below /dev into an
 * emulation that refuses what the kernel would refuse. One card, 0000:03:00.0, in group 7.
 *
 * One thread at a time, except the region accesses.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "driver/dev.h"

#define FAKE_BDF "0000:03:00.0"
#define FAKE_NEIGHBOUR "0000:03:00.1"
#define FAKE_PORT "0000:00:01.0"         /* the root port above them */

enum fake_generation {
	FAKE_5_10,       /* groups only, no IOVA ranges */
	FAKE_6_1,        /* groups, ranges */
	FAKE_6_6,        /* vectors may be added while running, AtomicOp capability */
	FAKE_6_12,       /* and character devices */
};

/* What is above the card: a root port whose configuration space only the superuser sees, one that completes AtomicOps,
 * one that does not; a switch below one that does: routing them, blocking them, not knowing them. */
enum fake_path { PATH_HIDDEN, PATH_COMPLETES, PATH_REFUSES, PATH_SWITCH, PATH_BLOCKS, PATH_IGNORES };

/* Set before opening; all zeroes but the generation is a kernel that has no complaints. */
struct fake_kernel {
	enum fake_generation generation;
	bool no_iommu, noiommu, unviable, no_remapping, denied, busy, unbound, no_iommufd, no_groups;
	bool no_reset, no_mmap, sparse, no_msix_mappable, no_atomic_cap;
	enum fake_path path;
	bool may_compact;        /* vm.compact_unevictable_allowed */
	bool scattered;          /* no two pages are adjacent in memory */
	uint64_t memlock;        /* bytes that may be pinned; 0: all */
	unsigned dma_entries;    /* mappings there may be; 0: any number */
	unsigned vectors;        /* that the machine has left; 0: enough */
	bool says_enospc;        /* instead of how many */
	bool gone;               /* unplugged: reads are all ones */
	bool short_unmap;        /* unmaps less than asked */
	unsigned long fails;     /* this ioctl fails */
	int with;                /* with this error number */
	enum { CAPS_SOUND, CAPS_LOOP, CAPS_OUTSIDE, CAPS_CUT, CAPS_COUNT, ARGSZ_HUGE, ARGSZ_GROWS } hostile;
	unsigned long hostile_request;   /* in this ioctl's answer */
	struct hvb_dev *card;    /* what regions, interrupts, DMA and reset lead to; NULL: memory */
};

extern struct fake_kernel fake;

/* Makes the tree for what `fake` says now; the log is empty. */
void fake_start(void);
/* Removes it. Fails the test where a file, a mapping, an eventfd or a group is still held. */
void fake_stop(void);
/* What was asked of the kernel since the last call, one word for each, with blanks between. */
const char *fake_log(void);
/* The card's own side: writes every eventfd connected to the vector, as a message would. */
void fake_interrupt(unsigned irq, unsigned vector);
/* The kernel's part of VFIO_DEVICE_IOEVENTFD: for each connected eventfd (non-blocking) that was written, its store;
 * how many. */
unsigned fake_ioeventfds(void);
/* Eventfds connected to an index. */
unsigned fake_connected(unsigned irq);
/* Bus master and AtomicOp requester as the configuration space has them. */
bool fake_bus_master(void);
bool fake_requester(void);
/* Bytes the card may access now, and where the first mapping is. */
uint64_t fake_pinned(void);
uint64_t fake_first_iova(void);
/* 8 bytes of a BAR as the card has them. */
uint64_t *fake_register(unsigned bar, uint64_t off);
/* Files this process has open. */
unsigned fake_open_files(void);
/* A file of the tree. */
void fake_file(const char *path, const char *text);

/* Between the parts of the fake. */
void fake_tree_make(void);
void fake_tree_remove(void);
/* Where a path leads; the text is in buf or is path itself. */
const char *fake_path(const char *path, char *buf, size_t size);
/* How this ioctl's answer is to be hostile. */
int fake_hostile(unsigned long request);
/* Answers of the IOMMU: type 1's, with a capability chain, and iommufd's. 0, or -1 and errno. */
int fake_iommu_info(void *arg);
int fake_iova_ranges(void *arg);
int fake_device_ioctl(unsigned long request, void *arg);
void fake_device_start(void);
void fake_device_stop(void);
int fake_dma_map(uint64_t iova, uint64_t len, void *addr, unsigned flags);
/* Bytes unmapped; -errno. */
int64_t fake_dma_unmap(uint64_t iova, uint64_t len);
long fake_region(bool write, void *buf, size_t len, uint64_t off);
/* The file behind a mappable BAR and *offset in it; -1. */
int fake_region_file(uint64_t *offset, size_t len);
#define FAKE_REGION_SHIFT 40
#endif
