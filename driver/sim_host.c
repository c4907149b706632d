/* SPDX-License-Identifier: MIT */
/* The host's side of a simulated card: its interrupts, its view of memory, the counters of the root complex. */
#include <errno.h>
#include "driver/backend_sim.h"
#include "sim/rc.h"
#include "sim/vectors.h"

#define PAGE_BYTES 4096u
/* DMA addresses: above 4 GiB, or below it and clear of the interrupt window. */
#define IOVA_HIGH_FIRST 0x100000000ull
#define IOVA_HIGH_LAST 0xffffffffffffull
#define IOVA_LOW_FIRST 0x100000ull
#define IOVA_LOW_LAST 0xfebfffffull

const char *sim_remedy(int err)
{
	if (err == -ENOENT || err == -ENOTDIR || err == -EACCES || err == -EROFS || err == -EISDIR)
		return "name a file in a folder that is there and that you may write to";
	if (err != -ETIMEDOUT && err != -ENODEV && err != -EIO)
		return "";
	return "power the card off and on; where its design was changed, look at its pins (sim:?trace=FILE)";
}

void sim_host_init(struct sim_dev *sim, bool iova_low)
{
	sim->iova_first = iova_low ? IOVA_LOW_FIRST : IOVA_HIGH_FIRST;
	sim->iova_last = iova_low ? IOVA_LOW_LAST : IOVA_HIGH_LAST;
	sim->iova_next = sim->iova_first;
}

/* Errors and unplugging do not happen to a simulated card: those two indices have no interrupt. */
int sim_irq_count(struct hvb_dev *dev, unsigned irq, unsigned *count)
{
	if (irq != HVB_IRQ_MSIX && irq != HVB_IRQ_ERR && irq != HVB_IRQ_REQ)
		return -EINVAL;
	*count = irq == HVB_IRQ_MSIX ? hvb_card_vectors(sim_of(dev)->card) : 0;
	return 0;
}

int sim_irq_set(struct hvb_dev *dev, unsigned irq, unsigned start, unsigned count, const int *eventfds)
{
	struct sim_dev *sim = sim_of(dev);
	unsigned have;
	int err = sim_irq_count(dev, irq, &have);

	if (!err && (start > have || count > have - start))
		err = -EINVAL;
	for (unsigned i = 0; !err && i < count; i++)
		err = hvb_vector_connect(sim->card, start + i, eventfds[i]);
	return err ? err : hvb_vectors_sync(sim->card);
}

struct dma_change {
	struct sim_dev *sim;
	void *addr;
	size_t len;
	unsigned flags;
	uint64_t iova;
	int err;
};

static void map_dma(struct hvb_rc *rc, void *arg)
{
	struct dma_change *change = arg;
	struct sim_dev *sim = change->sim;
	struct hvb_dmamap *map = hvb_rc_dmamap(rc);

	change->err = hvb_dmamap_hole(map, sim->iova_next, sim->iova_last, change->len, PAGE_BYTES, &change->iova);
	if (change->err)
		change->err = hvb_dmamap_hole(map, sim->iova_first, sim->iova_last, change->len, PAGE_BYTES,
					      &change->iova);
	if (!change->err)
		change->err = hvb_dmamap_add(map, change->iova, change->len, change->addr, change->flags);
	if (!change->err)
		sim->iova_next = change->iova + change->len;
}

static void unmap_dma(struct hvb_rc *rc, void *arg)
{
	struct dma_change *change = arg;

	change->err = hvb_dmamap_remove(hvb_rc_dmamap(rc), change->iova, change->len);
}

int sim_dma_map(struct hvb_dev *dev, void *addr, size_t len, unsigned flags, uint64_t *iova)
{
	struct dma_change change = { .sim = sim_of(dev), .addr = addr, .len = len };

	_Static_assert(HVB_DMA_READ == HVB_DMAMAP_READ && HVB_DMA_WRITE == HVB_DMAMAP_WRITE, "the same rights");
	if (!addr || (uintptr_t)addr % PAGE_BYTES || !len || len % PAGE_BYTES || !flags ||
	    (flags & ~(HVB_DMA_READ | HVB_DMA_WRITE)))
		return -EINVAL;
	change.flags = flags;
	hvb_card_call(change.sim->card, map_dma, &change);
	*iova = change.iova;
	return change.err;
}

/* The root complex executes an access between two such calls or not at all, so nothing is left in flight. */
int sim_dma_unmap(struct hvb_dev *dev, uint64_t iova, size_t len)
{
	struct dma_change change = { .iova = iova, .len = len };

	hvb_card_call(sim_of(dev)->card, unmap_dma, &change);
	return change.err;
}

struct stat_reading {
	struct hvb_rc_stats stats;
	uint64_t cycle;
};

static void read_stats(struct hvb_rc *rc, void *arg)
{
	struct stat_reading *reading = arg;

	hvb_rc_stats(rc, &reading->stats);
	reading->cycle = hvb_rc_cycle(rc);
}

int sim_stats(struct hvb_dev *dev, struct hvb_dev_stat *stats, int max)
{
	struct stat_reading now;
	const struct hvb_rc_stats *s = &now.stats;

	hvb_card_call(sim_of(dev)->card, read_stats, &now);
	const struct hvb_dev_stat all[] = {
		{ "cycles", now.cycle },
		{ "host_posted", s->host_posted },
		{ "host_nonposted", s->host_nonposted },
		{ "host_timeouts", s->host_timeouts },
		{ "atomics", s->atomics },
		{ "card_reads", s->card_reads },
		{ "card_writes", s->card_writes },
		{ "denied_atomics", s->denied_atomics },
		{ "denied_reads", s->denied_reads },
		{ "denied_writes", s->denied_writes },
		{ "bad_requests", s->bad_requests },
		{ "unexpected_completions", s->unexpected_completions },
		{ "messages", s->messages },
		{ "messages_lost", s->messages_lost },
		{ "faults", s->faults },
		{ "link_lost", s->link_lost },
	};
	int count = (int)(sizeof(all) / sizeof(*all));

	for (int i = 0; i < count && i < max; i++)
		stats[i] = all[i];
	return count;
}

void sim_why(struct hvb_dev *dev, struct hvb_diag *diag)
{
	char why[HVB_CARD_WHY];
	int err = hvb_card_why(sim_of(dev)->card, why);

	*diag = (struct hvb_diag){ 0 };
	if (err)
		hvb_diag(diag, err, dev->url, sim_remedy(err), "%s", why);
}
