/* SPDX-License-Identifier: MIT */
/* Pools of what the card has a fixed number of: pending words, groups, ring elements, vectors, VP numbers. */
#include <stdlib.h>
#include <string.h>
#include "internal.h"

int hvl_pool_init(struct pool *pool, unsigned size)
{
	pool->used = calloc(size ? size : 1, 1);
	if (!pool->used)
		return -ENOMEM;
	pool->size = size;
	pool->free = size;
	return 0;
}

void hvl_pool_free(struct pool *pool)
{
	free(pool->used);
	pool->used = NULL;
}

int hvl_pool_take(struct pool *pool, unsigned count)
{
	unsigned length = 0;

	if (count == 0 || count > pool->free)
		return -1;
	for (unsigned n = 0; n < pool->size; n++) {
		length = pool->used[n] ? 0 : length + 1;
		if (length == count) {
			memset(&pool->used[n + 1 - count], 1, count);
			pool->free -= count;
			return (int)(n + 1 - count);
		}
	}
	return -1;
}

void hvl_pool_give(struct pool *pool, unsigned first, unsigned count)
{
	memset(&pool->used[first], 0, count);
	pool->free += count;
}
