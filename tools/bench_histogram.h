/* SPDX-License-Identifier: MIT */
/*
 * A histogram of times: log-linear, so that it needs no range to be known before. Values below 2048 are kept exactly,
 * larger ones to one part in 1024 (three digits), up to 2^40; the largest is kept exactly besides.
 */
#ifndef TOOLS_BENCH_HISTOGRAM_H
#define TOOLS_BENCH_HISTOGRAM_H
#include <stddef.h>
#include <stdint.h>

#define BENCH_HALF 1024u        /* buckets of each power of two */
#define BENCH_BITS 40u
#define BENCH_BUCKETS ((BENCH_BITS - 10) * BENCH_HALF + BENCH_HALF)

struct bench_histogram {
	uint64_t count, overflow;       /* overflow: values of 2^40 and more, which count as the last bucket's */
	uint64_t min, max;              /* exact; min is UINT64_MAX while there is none */
	double sum, squares;
	uint64_t buckets[BENCH_BUCKETS];
};

/* An empty one, the caller's to free(); NULL: out of memory. */
struct bench_histogram *bench_histogram_new(void);
/* Forgets what was added: that was warm-up. */
void bench_histogram_clear(struct bench_histogram *h);
void bench_histogram_add(struct bench_histogram *h, uint64_t value);
/* The smallest and largest value that a bucket stands for. */
uint64_t bench_bucket_low(unsigned bucket);
uint64_t bench_bucket_high(unsigned bucket);

/* The value at a rank from 1: the rank-th smallest, as the largest value of its bucket, but never above max. 0 where
 * there is none. */
uint64_t bench_value_at(const struct bench_histogram *h, uint64_t rank);
/* The rank of a share of the samples (0.99: the 99th percentile): the smallest that has this share at or below it. */
uint64_t bench_rank(uint64_t count, double share);
uint64_t bench_percentile(const struct bench_histogram *h, double share);
/* How many samples lie at that percentile's rank or behind it: what the figure rests on. */
uint64_t bench_behind(uint64_t count, double share);
/* The percentile's 95 % confidence interval, whatever the distribution: the values at the ranks that the binomial
 * distribution gives (its normal approximation). */
void bench_interval(const struct bench_histogram *h, double share, uint64_t *low, uint64_t *high);
double bench_mean(const struct bench_histogram *h);
double bench_deviation(const struct bench_histogram *h);
#endif
