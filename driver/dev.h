/* SPDX-License-Identifier: MIT */
/*
 * One card, whichever it is. A backend (in-process simulation, kernel VFIO, vfio-user) fills one table of
 * operations; everything above uses only the calls at the end of this file. The shape is VFIO's: regions are read,
 * written and perhaps mapped, interrupts are eventfds, host memory is given to the card by mapping it.
 *
 * Every call returns 0 or -errno and leaves errno alone. Calls on one card may come from any thread, except open and
 * close, which are alone on it.
 */
#ifndef HVB_DEV_H
#define HVB_DEV_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "diag.h"

enum hvb_region_id { HVB_REGION_BAR0 = 0, HVB_REGION_BAR2 = 2, HVB_REGION_BAR4 = 4, HVB_REGION_CONFIG = 7 };
enum hvb_irq_id { HVB_IRQ_MSIX = 2, HVB_IRQ_ERR = 3, HVB_IRQ_REQ = 4 }; /* VFIO's numbers */

#define HVB_REGION_CAN_MAP 1u

struct hvb_region {
	uint64_t size;       /* bytes; 0: not there */
	uint32_t flags;      /* HVB_REGION_CAN_MAP */
};

#define HVB_DMA_READ 1u
#define HVB_DMA_WRITE 2u

struct hvb_dev;
struct hvb_dev_stat;

struct hvb_dev_ops {
	const char *scheme;  /* of the URL: "sim", "vfio", "vfio-user", "serial" */
	/* rest: the URL behind "scheme:". On success *dev is the backend's object, whose first member is
	 * struct hvb_dev. */
	int (*open)(const char *rest, struct hvb_dev **dev, struct hvb_diag *diag);
	void (*close)(struct hvb_dev *dev);
	int (*region_info)(struct hvb_dev *dev, unsigned region, struct hvb_region *info);
	/* len 1, 2, 4 or 8, off aligned to it: exactly one TLP each. A write to a BAR is posted; a read is ordered
	 * behind this thread's writes. -ENXIO outside the region, -ENODEV once the card is gone, -EIO where the card
	 * answered with an error, -ETIMEDOUT where it did not answer at all. */
	int (*region_read)(struct hvb_dev *dev, unsigned region, uint64_t off, void *buf, size_t len);
	int (*region_write)(struct hvb_dev *dev, unsigned region, uint64_t off, const void *buf, size_t len);
	/* Maps part of a region for direct stores; -ENOTSUP where the region has no HVB_REGION_CAN_MAP. */
	int (*region_map)(struct hvb_dev *dev, unsigned region, uint64_t off, size_t len, void **addr);
	int (*region_unmap)(struct hvb_dev *dev, void *addr, size_t len);
	int (*irq_count)(struct hvb_dev *dev, unsigned irq, unsigned *count);
	/* Connects eventfds (not taken over) to interrupts start.. of an index; fd -1 disconnects one. The backend
	 * programs the MSI-X table entry and unmasks it, or masks it for -1. */
	int (*irq_set)(struct hvb_dev *dev, unsigned irq, unsigned start, unsigned count, const int *eventfds);
	/* Has every signal of an eventfd (not taken over) make one write of these 4 bytes, without this process; -1: no
	 * more. NULL or -ENOTSUP: nothing does that here. -EEXIST it is connected, -ENODEV it is not; what the kernel
	 * says. Holds over resets. */
	int (*ioeventfd)(struct hvb_dev *dev, unsigned region, uint64_t off, uint32_t data, int eventfd);
	/* Gives [addr, addr+len) (page aligned) to the card's DMA; *iova is where the card sees it. The memory stays
	 * the caller's and must stay mapped. Unmap returns when nothing of it is in flight. Nobody may access it during
	 * either call: a backend may have to put shared memory in its place, and private memory back. -EEXIST, -EINVAL,
	 * -ENOENT; -ENOTSUP memory that the card cannot be given, -ENOSPC as much is mapped as can be. */
	int (*dma_map)(struct hvb_dev *dev, void *addr, size_t len, unsigned flags, uint64_t *iova);
	int (*dma_unmap)(struct hvb_dev *dev, uint64_t iova, size_t len);
	/* Function level reset; returns when the card answers again. Interrupts must be set again. */
	int (*reset)(struct hvb_dev *dev);
	/* How the path serves AtomicOps: 1 64-bit CAS completes, 0 it does not or nobody knows. */
	int (*atomics)(struct hvb_dev *dev);
	/* What the backend counts of its own: fills up to max entries, returns how many there are. */
	int (*stats)(struct hvb_dev *dev, struct hvb_dev_stat *stats, int max);
	/* In the backend's own words, why its last dma_map, reset or (sim, serial) access that failed did; all zeroes
	 * where none did. NULL: it has no more to say than the error. */
	void (*why)(struct hvb_dev *dev, struct hvb_diag *diag);
	/* Single-stepped simulation only (NULL elsewhere): passes n clock cycles. */
	int (*step)(struct hvb_dev *dev, uint64_t n);
};

struct hvb_dev_stat {
	const char *name;
	uint64_t value;
};

struct hvb_dev {
	const struct hvb_dev_ops *ops;
	char url[256];
};

/* Opens the card that url names, finding the backend by its scheme. NULL or "" is "sim:". */
int hvb_dev_open(const char *url, struct hvb_dev **dev, struct hvb_diag *diag);
void hvb_dev_close(struct hvb_dev *dev);

/* An option NAME=VALUE of the URL the card was opened with: 1 found, 0 not there (value is ""), -ENAMETOOLONG. */
int hvb_dev_option(const struct hvb_dev *dev, const char *name, char *value, size_t size);

/* Whether the backend has more to say of a dma_map, reset or access that returned err: then *diag is that. */
bool hvb_dev_why(struct hvb_dev *dev, int err, struct hvb_diag *diag);
/* For backends: what region_read and region_write return before they look at the card, size being the region's. */
int hvb_dev_check(unsigned region, uint64_t size, uint64_t off, size_t len);

/* One 64- or 32-bit register of a region: one TLP. */
int hvb_dev_read64(struct hvb_dev *dev, unsigned region, uint64_t off, uint64_t *value);
int hvb_dev_write64(struct hvb_dev *dev, unsigned region, uint64_t off, uint64_t value);
int hvb_dev_read32(struct hvb_dev *dev, unsigned region, uint64_t off, uint32_t *value);
int hvb_dev_write32(struct hvb_dev *dev, unsigned region, uint64_t off, uint32_t value);
#endif
