/* SPDX-License-Identifier: MIT */
/* Percentile distributions in the text form that plotters of HdrHistogram's files read (.hgrm). */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bench.h"

#define TICKS_A_HALF 5.0        /* lines for each halving of what is left to 100 % */

/* The next percentile of the steps that grow finer towards 100 %. */
static double next_level(double level)
{
	double halvings = floor(log2(1 / (1 - level))) + 1;

	return level + 1 / (TICKS_A_HALF * exp2(halvings));
}

void bench_hgrm_write(FILE *file, const struct bench_histogram *h)
{
	uint64_t rank = 0;

	fprintf(file, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
	for (double level = 0; h->count && rank < h->count; level = next_level(level)) {
		rank = bench_rank(h->count, level);
		if (rank < h->count)
			fprintf(file, "%12.3f %2.12f %10" PRIu64 " %14.2f\n", (double)bench_value_at(h, rank),
				level, rank,
				1 / (1 - level));
	}
	if (h->count)
		fprintf(file, "%12.3f %2.12f %10" PRIu64 "\n", (double)h->max, 1.0, h->count);
	fprintf(file, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", bench_mean(h), bench_deviation(h));
	fprintf(file, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n", (double)h->max, h->count);
	fprintf(file, "#[Buckets = %12u, SubBuckets     = %12u]\n", BENCH_BITS - 10, 2 * BENCH_HALF);
}

/* A file's name from the result's: letters and digits, anything else an underscore. */
static void file_name(const struct bench_result *r, char *name, size_t size)
{
	char width[16] = "";

	if (r->width)
		snprintf(width, sizeof(width), "-%u", r->width);
	snprintf(name, size, "%s-%s%s%s%s-%s-%s.hgrm", r->name, r->path, r->mode[0] ? "-" : "", r->mode, width,
		 r->period ? "open" : "one", bench_time_unit(r->time));
	for (char *c = name; *c; c++)
		if (*c == ' ' || *c == ':' || *c == '/')
			*c = '_';
}

int bench_hgrm_directory(const char *directory)
{
	struct stat status;

	if (mkdir(directory, 0777) == 0)
		return 0;
	if (errno != EEXIST || stat(directory, &status) != 0)
		return -errno;
	if (!S_ISDIR(status.st_mode))
		return -ENOTDIR;
	return access(directory, W_OK | X_OK) == 0 ? 0 : -errno;
}

int bench_hgrm(const struct bench *bench, const char *directory, char *failed, size_t size)
{
	char name[200];

	for (unsigned i = 0; i < bench->result_count; i++) {
		FILE *file;
		int bad;

		if (!bench->results[i].times->count)
			continue;
		file_name(&bench->results[i], name, sizeof(name));
		snprintf(failed, size, "%s/%s", directory, name);
		file = fopen(failed, "we");
		if (!file)
			return -errno;
		bench_hgrm_write(file, bench->results[i].times);
		bad = ferror(file);
		if (fclose(file) != 0 || bad)
			return errno ? -errno : -EIO;
	}
	return 0;
}
