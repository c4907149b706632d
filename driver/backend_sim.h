/* SPDX-License-Identifier: MIT */
/* The two halves of the "sim" backend: backend_sim.c (opening, regions, reset) and sim_host.c (interrupts, DMA,
 * counters). The "serial" backend is the same root complex with a card at the end of a line. */
#ifndef HVB_BACKEND_SIM_H
#define HVB_BACKEND_SIM_H
#include "driver/dev.h"
#include "sim/card.h"

struct sim_dev {
	struct hvb_dev dev;              /* first: what users hold */
	struct hvb_card *card;
	uint64_t iova_first, iova_last;  /* where DMA addresses are handed out */
	uint64_t iova_next;              /* only between cycles: a freed address is used again as late as may be */
};

static inline struct sim_dev *sim_of(struct hvb_dev *dev)
{
	return (struct sim_dev *)(void *)dev;
}

/* What to do where a card cannot be opened, or a request to it fails. */
const char *sim_remedy(int err);
void sim_host_init(struct sim_dev *sim, bool iova_low);
/* Operations of the table (driver/dev.h). */
void sim_close(struct hvb_dev *dev);
int sim_region_info(struct hvb_dev *dev, unsigned region, struct hvb_region *info);
int sim_region_read(struct hvb_dev *dev, unsigned region, uint64_t off, void *buf, size_t len);
int sim_region_write(struct hvb_dev *dev, unsigned region, uint64_t off, const void *buf, size_t len);
int sim_region_map(struct hvb_dev *dev, unsigned region, uint64_t off, size_t len, void **addr);
int sim_region_unmap(struct hvb_dev *dev, void *addr, size_t len);
int sim_reset(struct hvb_dev *dev);
int sim_atomics(struct hvb_dev *dev);
int sim_irq_count(struct hvb_dev *dev, unsigned irq, unsigned *count);
int sim_irq_set(struct hvb_dev *dev, unsigned irq, unsigned start, unsigned count, const int *eventfds);
int sim_dma_map(struct hvb_dev *dev, void *addr, size_t len, unsigned flags, uint64_t *iova);
int sim_dma_unmap(struct hvb_dev *dev, uint64_t iova, size_t len);
int sim_stats(struct hvb_dev *dev, struct hvb_dev_stat *stats, int max);
void sim_why(struct hvb_dev *dev, struct hvb_diag *diag);
#endif
