/* SPDX-License-Identifier: MIT */
/* A sorted array of disjoint intervals: lookup by bisection, insertion and removal by moving the tail. */
#include "dmamap.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Index of the first range that ends at or behind iova; count where there is none. */
static size_t lower_bound(const struct hvb_dmamap *map, uint64_t iova)
{
	size_t low = 0, high = map->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->ranges[middle].last < iova)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int reserve_one(struct hvb_dmamap *map)
{
	size_t capacity = map->capacity ? 2 * map->capacity : 16;
	struct hvb_dma_range *ranges;

	if (map->count < map->capacity)
		return 0;
	ranges = realloc(map->ranges, capacity * sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	map->ranges = ranges;
	map->capacity = capacity;
	return 0;
}

int hvb_dmamap_insert(struct hvb_dmamap *map, const struct hvb_dma_range *range)
{
	size_t at;

	if (range->last < range->first || (range->flags & ~(HVB_DMAMAP_READ | HVB_DMAMAP_WRITE)) ||
	    !range->host != !range->flags)
		return -EINVAL;
	at = lower_bound(map, range->first);
	if (at < map->count && map->ranges[at].first <= range->last)
		return -EEXIST;
	if (reserve_one(map))
		return -ENOMEM;
	memmove(&map->ranges[at + 1], &map->ranges[at], (map->count - at) * sizeof(*map->ranges));
	map->ranges[at] = *range;
	map->count++;
	return 0;
}

int hvb_dmamap_add(struct hvb_dmamap *map, uint64_t iova, size_t len, void *host, unsigned flags)
{
	const struct hvb_dma_range range = { .first = iova, .last = iova + len - 1, .host = host, .flags = flags };

	return len && host ? hvb_dmamap_insert(map, &range) : -EINVAL;
}

int hvb_dmamap_remove(struct hvb_dmamap *map, uint64_t iova, size_t len)
{
	size_t at = lower_bound(map, iova);

	if (at == map->count || !len || map->ranges[at].first != iova || map->ranges[at].last != iova + len - 1)
		return -ENOENT;
	map->count--;
	memmove(&map->ranges[at], &map->ranges[at + 1], (map->count - at) * sizeof(*map->ranges));
	return 0;
}

long hvb_dmamap_clear(struct hvb_dmamap *map, uint64_t first, uint64_t last,
		      void (*gone)(const struct hvb_dma_range *range, void *arg), void *arg)
{
	size_t from = lower_bound(map, first), end = from;

	while (end < map->count && map->ranges[end].first <= last)
		end++;
	if (end > from && (map->ranges[from].first < first || map->ranges[end - 1].last > last))
		return -EINVAL;
	if (end == from)
		return 0;
	for (size_t i = from; gone && i < end; i++)
		gone(&map->ranges[i], arg);
	memmove(&map->ranges[from], &map->ranges[end], (map->count - end) * sizeof(*map->ranges));
	map->count -= end - from;
	return (long)(end - from);
}

void *hvb_dmamap_find(struct hvb_dmamap *map, uint64_t iova, size_t len, unsigned flags)
{
	uint64_t last = iova + len - 1;
	const struct hvb_dma_range *range;

	if (!len || last < iova || !map->count)
		return NULL;
	if (map->recent >= map->count || iova < map->ranges[map->recent].first || iova > map->ranges[map->recent].last)
		map->recent = lower_bound(map, iova);
	if (map->recent == map->count)
		return NULL;
	range = &map->ranges[map->recent];
	if (iova < range->first || last > range->last || (range->flags & flags) != flags)
		return NULL;
	return range->host + (iova - range->first);
}

int hvb_dmamap_hole(const struct hvb_dmamap *map, uint64_t first, uint64_t last, size_t len, uint64_t align,
		    uint64_t *iova)
{
	uint64_t at = (first + align - 1) & ~(align - 1);

	if (!len || at < first)
		return -ENOSPC;
	for (size_t i = lower_bound(map, at);; i++) {
		if (at > last || len - 1 > last - at)
			return -ENOSPC;
		if (i == map->count || map->ranges[i].first > at + (len - 1))
			break;
		if (map->ranges[i].last > UINT64_MAX - align)
			return -ENOSPC;
		at = (map->ranges[i].last + align) & ~(align - 1);
	}
	*iova = at;
	return 0;
}

void hvb_dmamap_free(struct hvb_dmamap *map)
{
	free(map->ranges);
	memset(map, 0, sizeof(*map));
}
