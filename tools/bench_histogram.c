/* SPDX-License-Identifier: MIT */
/* Buckets, ranks and what is read from them. */
#include "bench_histogram.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define Z95 1.959964            /* of the normal distribution: 95 % lie within so many deviations */

struct bench_histogram *bench_histogram_new(void)
{
	struct bench_histogram *h = malloc(sizeof(*h));

	if (h)
		bench_histogram_clear(h);
	return h;
}

void bench_histogram_clear(struct bench_histogram *h)
{
	memset(h, 0, sizeof(*h));
	h->min = UINT64_MAX;
}

/* A value's eleven leading bits choose the bucket, their place the power of two. */
static unsigned bucket_of(uint64_t value)
{
	unsigned shift = value < 2 * BENCH_HALF ? 0 : 53u - (unsigned)__builtin_clzll(value);

	return shift * BENCH_HALF + (unsigned)(value >> shift);
}

static unsigned shift_of(unsigned bucket)
{
	return bucket < 2 * BENCH_HALF ? 0 : bucket / BENCH_HALF - 1;
}

uint64_t bench_bucket_low(unsigned bucket)
{
	unsigned shift = shift_of(bucket);

	return (uint64_t)(bucket - shift * BENCH_HALF) << shift;
}

uint64_t bench_bucket_high(unsigned bucket)
{
	return bench_bucket_low(bucket) + ((1ull << shift_of(bucket)) - 1);
}

void bench_histogram_add(struct bench_histogram *h, uint64_t value)
{
	h->count++;
	h->sum += (double)value;
	h->squares += (double)value * (double)value;
	if (value < h->min)
		h->min = value;
	if (value > h->max)
		h->max = value;
	if (value >> BENCH_BITS) {
		h->overflow++;
		h->buckets[BENCH_BUCKETS - 1]++;
	} else {
		h->buckets[bucket_of(value)]++;
	}
}

uint64_t bench_value_at(const struct bench_histogram *h, uint64_t rank)
{
	uint64_t below = 0;

	if (rank >= h->count)
		return h->max;
	for (unsigned i = 0; i < BENCH_BUCKETS; i++) {
		below += h->buckets[i];
		if (below >= rank && h->buckets[i])
			return bench_bucket_high(i) < h->max ? bench_bucket_high(i) : h->max;
	}
	return h->max;
}

uint64_t bench_rank(uint64_t count, double share)
{
	/* 0.9 * 10 is a little more than 9 in binary: what is that near to a whole number is meant to be it */
	double rank = ceil(share * (double)count - 1e-6);

	return rank < 1 ? 1 : rank > (double)count ? count : (uint64_t)rank;
}

uint64_t bench_percentile(const struct bench_histogram *h, double share)
{
	return h->count ? bench_value_at(h, bench_rank(h->count, share)) : 0;
}

uint64_t bench_behind(uint64_t count, double share)
{
	return count ? count - bench_rank(count, share) + 1 : 0;
}

void bench_interval(const struct bench_histogram *h, double share, uint64_t *low, uint64_t *high)
{
	double n = (double)h->count, spread = Z95 * sqrt(n * share * (1 - share));
	double first = floor(n * share - spread), last = ceil(n * share + spread) + 1;

	*low = *high = 0;
	if (!h->count)
		return;
	*low = bench_value_at(h, first < 1 ? 1 : (uint64_t)first);
	*high = bench_value_at(h, last > n ? h->count : (uint64_t)last);
}

double bench_mean(const struct bench_histogram *h)
{
	return h->count ? h->sum / (double)h->count : 0;
}

double bench_deviation(const struct bench_histogram *h)
{
	double mean = bench_mean(h), variance = h->count ? h->squares / (double)h->count - mean * mean : 0;

	return variance > 0 ? sqrt(variance) : 0;
}
