/* SPDX-License-Identifier: MIT */
/* The benchmark's results as tables for people. */
#include <inttypes.h>
#include <stdio.h>
#include "bench.h"

static void print_head(const struct bench *bench)
{
	printf("card %s, delivery %s, %u MHz\n", bench->info.url, bench->info.mode, bench->info.clock_mhz);
	if (bench->simulated)
		printf("This card is simulated. card and model: exact cycles of its clock, and nanoseconds at %u MHz over\n"
		       "the link that the URL names; the host in it takes no time. wall: how fast the simulation runs\n"
		       "here, no latency of any card.\n", bench->info.clock_mhz);
	else
		puts("card: exact cycles of the card's clock. wall: this machine's clock.");
	if (bench->interrupted)
		puts("Interrupted: what had not been measured yet is missing.");
}

static const char *value_text(const struct bench_result *r, unsigned share, char text[24])
{
	if (bench_behind(r->times->count, bench_shares[share]) < BENCH_BEHIND_MIN)
		snprintf(text, 24, "-");
	else
		snprintf(text, 24, "%" PRIu64, bench_percentile(r->times, bench_shares[share]));
	return text;
}

static void print_row(const struct bench *bench, const struct bench_result *r)
{
	uint64_t read = r->time == BENCH_WALL ? bench->wall_read : bench->model_read;
	char name[64], text[24], period[24] = "one";

	if (r->width)
		snprintf(name, sizeof(name), "%s %u", r->name, r->width);
	else
		snprintf(name, sizeof(name), "%s", r->name);
	if (r->period)
		snprintf(period, sizeof(period), "%" PRIu64, r->period);
	printf("%-26s %-12s %9s %8" PRIu64, name, r->mode, period, r->times->count);
	if (!r->times->count) {
		printf("  %s\n", r->why[0] ? r->why : "nothing was measured");
		return;
	}
	printf(" %8" PRIu64, r->times->min);
	for (unsigned i = 0; i < BENCH_SHARES; i++)
		printf(" %8s", value_text(r, i, text));
	printf(" %8" PRIu64 " %9.0f", r->times->max, bench_ns(bench, r->time, (double)bench_percentile(r->times, 0.5)));
	if (read && r->time != BENCH_CARD)
		printf(" %6.2f", (double)bench_percentile(r->times, 0.5) / (double)read);
	else
		printf(" %6s", "");
	printf(" %5" PRIu64 " %5" PRIu64 " %5" PRIu64 "\n", r->lost, r->duplicate, r->out_of_order);
}

static void print_group(const struct bench *bench, enum bench_time time)
{
	const char *path = "";

	for (unsigned i = 0; i < bench->result_count; i++) {
		const struct bench_result *r = &bench->results[i];

		if (r->time != time)
			continue;
		if (!path[0])
			printf("\nclock: %s, in %s\n%-26s %-12s %9s %8s %8s %8s %8s %8s %8s %8s %8s %9s %6s %5s %5s %5s\n",
			       bench_time_name(time), bench_time_unit(time), "", "seen by", "every", "samples", "min",
			       "p50", "p90", "p99", "p99.9", "p99.99", "max", "p50, ns", "/read", "lost", "twice",
			       "order");
		if (path != r->path)
			printf("%s\n", path = r->path);
		print_row(bench, r);
	}
}

void bench_table(const struct bench *bench)
{
	print_head(bench);
	print_group(bench, BENCH_CARD);
	print_group(bench, BENCH_MODEL);
	print_group(bench, BENCH_WALL);
}
