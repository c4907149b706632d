/* SPDX-License-Identifier: MIT */
/* Which host memory the card may reach: intervals of IOVA, each with its place in this process and its rights. */
#ifndef HVB_SIM_DMAMAP_H
#define HVB_SIM_DMAMAP_H
#include <stddef.h>
#include <stdint.h>

#define HVB_DMAMAP_READ 1u
#define HVB_DMAMAP_WRITE 2u

struct hvb_dma_range {
	uint64_t first, last;    /* IOVA, both inclusive, so that a range may end at the top */
	unsigned char *host;     /* NULL: reserved, out of the card's reach */
	unsigned flags;          /* HVB_DMAMAP_* */
	void *owner;             /* the caller's */
};

/* Starts as all zeroes. One thread at a time. */
struct hvb_dmamap {
	struct hvb_dma_range *ranges;    /* sorted, disjoint */
	size_t count, capacity;
	size_t recent;                   /* index found last: neighbours are usually looked up together */
};

/* -EINVAL (no length, wraps, no rights), -EEXIST (overlaps), -ENOMEM. The memory stays the caller's. */
int hvb_dmamap_add(struct hvb_dmamap *map, uint64_t iova, size_t len, void *host, unsigned flags);
/* The same with an owner; host NULL and flags 0 keep the addresses out of the card's reach. */
int hvb_dmamap_insert(struct hvb_dmamap *map, const struct hvb_dma_range *range);
/* Removes exactly the range that was added so; -ENOENT. */
int hvb_dmamap_remove(struct hvb_dmamap *map, uint64_t iova, size_t len);
/* Removes every range in [first, last], having called gone (which may be NULL) for each. How many there were; -EINVAL,
 * and nothing is done, where a range is only partly inside. */
long hvb_dmamap_clear(struct hvb_dmamap *map, uint64_t first, uint64_t last,
		      void (*gone)(const struct hvb_dma_range *range, void *arg), void *arg);
/* Where [iova, iova+len) lies in this process; NULL unless one range holds all of it with all these rights. */
void *hvb_dmamap_find(struct hvb_dmamap *map, uint64_t iova, size_t len, unsigned flags);
/* The lowest free address from first to last - len + 1, aligned to `align` (a power of two); -ENOSPC. */
int hvb_dmamap_hole(const struct hvb_dmamap *map, uint64_t first, uint64_t last, size_t len, uint64_t align,
		    uint64_t *iova);
void hvb_dmamap_free(struct hvb_dmamap *map);
#endif
