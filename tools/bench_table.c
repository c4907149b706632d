/* SPDX-License-Identifier: MIT */
/* The benchmark's results as tables for people. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "bench.h"

static void print_head(const struct bench *bench)
{
	char link[100];

	printf("card %s, delivery %s, %u MHz\n", bench->info.url, bench->info.mode, bench->info.clock_mhz);
	if (bench->simulated)
		printf("This card is simulated. card and model: exact cycles of its clock, and nanoseconds at %u MHz\n"
		       "over %s; the host in it takes no time. wall: how\n"
		       "fast the simulation runs here, no latency of any card.\n", bench->info.clock_mhz,
		       bench_link_text(bench, link, sizeof(link)));
	else if (bench_is_board(bench->info.url))
		puts("card: exact cycles of the card's clock. wall: this machine's clock.");
	else
		puts("The card is another process, likely a simulation. card: exact cycles of its clock. wall: how\n"
		     "fast that process runs here, no latency of any card.");
	if (bench_in_vm())
		puts("This machine is itself virtual: waking a processor that sleeps costs it tens of microseconds,\n"
		     "and its host may take it away at any time. Of wall, compare ratios within this run, with care.");
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

bool bench_is_board(const char *url)
{
	return strncmp(url, "vfio:", 5) == 0;
}

bool bench_of_card(const char *path)
{
	return strncmp(path, "card", 4) == 0;
}

/* The card's own result for the same work and way of waiting; NULL: there is none. */
const struct bench_result *bench_card_result(const struct bench *bench, const struct bench_result *r)
{
	for (unsigned i = 0; i < bench->result_count; i++) {
		const struct bench_result *card = &bench->results[i];

		if (card->times->count && bench_of_card(card->path) && strcmp(card->name, r->name) == 0 &&
		    strcmp(card->mode, r->mode) == 0 && card->time == r->time && card->width == r->width &&
		    !card->period == !r->period)
			return card;
	}
	return NULL;
}

/* A median beside another one. */
static const char *ratio_text(const struct bench_result *r, uint64_t to, char text[24])
{
	if (to)
		snprintf(text, 24, "%.2f", (double)bench_percentile(r->times, 0.5) / (double)to);
	else
		text[0] = '\0';
	return text;
}

static void print_row(const struct bench *bench, const struct bench_result *r)
{
	uint64_t read = r->time == BENCH_WALL ? bench->wall_read : bench->model_read;
	const struct bench_result *card = r->time == BENCH_WALL ? bench_card_result(bench, r) : NULL;
	double p50 = (double)bench_percentile(r->times, 0.5);
	char name[64], text[24], period[24] = "one";

	if (r->width)
		snprintf(name, sizeof(name), "%s %u", r->name, r->width);
	else
		snprintf(name, sizeof(name), "%s", r->name);
	if (r->period)
		snprintf(period, sizeof(period), "%" PRIu64, r->period);
	printf("%-26s %-12s %9s %8" PRIu64, name, r->mode, period, r->times->count);
	if (!r->times->count) {
		printf("  %s\n", bench_why(bench, r));
		return;
	}
	printf(" %8" PRIu64, r->times->min);
	for (unsigned i = 0; i < BENCH_SHARES; i++)
		printf(" %8s", value_text(r, i, text));
	printf(" %8" PRIu64 " %9.0f", r->times->max, bench_ns(bench, r->time, p50));
	printf(" %6s", ratio_text(r, r->time == BENCH_CARD ? 0 : read, text));
	printf(" %6s", ratio_text(r, card ? bench_percentile(card->times, 0.5) : 0, text));
	printf(" %5" PRIu64 " %5" PRIu64 " %5" PRIu64 "\n", r->lost, r->duplicate, r->out_of_order);
}

static void print_group(const struct bench *bench, enum bench_time time)
{
	static const char head[] =
		"                           seen by          every  samples      min      p50      p90      p99"
		"    p99.9   p99.99      max   p50, ns  /read  /card  lost twice order\n";
	const char *path = "";

	for (unsigned i = 0; i < bench->result_count; i++) {
		const struct bench_result *r = &bench->results[i];

		if (r->time != time)
			continue;
		if (!path[0])
			printf("\nclock: %s, in %s\n%s", bench_time_name(time), bench_time_unit(time), head);
		if (path != r->path)
			printf("%s\n", path = r->path);
		print_row(bench, r);
	}
}

/* Where software is faster than the card, in this run and by this clock. */
static void print_winners(const struct bench *bench)
{
	const char *card_is = bench->simulated ? "; the card in them is a simulation" :
		bench_is_board(bench->info.url) ? "" : "; the card in them is likely a simulation";
	unsigned wins = 0, all = 0;

	for (unsigned i = 0; i < bench->result_count; i++) {
		const struct bench_result *r = &bench->results[i], *card;

		if (r->time != BENCH_WALL || bench_of_card(r->path) || !r->times->count)
			continue;
		card = bench_card_result(bench, r);
		all += card != NULL;
		wins += card && bench_percentile(r->times, 0.5) < bench_percentile(card->times, 0.5);
	}
	if (all)
		printf("\nSoftware's median is the lower one in %u of %u rows (/card below 1)%s.\n", wins, all,
		       card_is);
}

static double per(uint64_t a, uint64_t b)
{
	return b ? (double)a / (double)b : 0;
}

static void print_rates(const struct bench *bench)
{
	if (bench->rate_count)
		printf("\n%-26s %-12s %-6s %9s %9s %9s %11s %16s %16s\n", "", "", "clock", "signals", "flags",
		       "elapsed", "million/s", "signals/write", "signals/interrupt");
	for (unsigned i = 0; i < bench->rate_count; i++) {
		const struct bench_rate *r = &bench->rates[i];
		double ns = bench_ns(bench, r->time, (double)r->elapsed);

		printf("%-26s %-12s %-6s %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %11.3f %16.2f %16.2f\n", r->name,
		       r->path, bench_time_name(r->time), r->signals, r->taken, r->elapsed,
		       ns > 0 ? (double)r->signals * 1e3 / ns : 0, per(r->signals, r->atomics + r->writes),
		       per(r->signals, r->interrupts));
	}
}

void bench_table(const struct bench *bench)
{
	print_head(bench);
	print_group(bench, BENCH_CARD);
	print_group(bench, BENCH_MODEL);
	print_group(bench, BENCH_WALL);
	print_winners(bench);
	print_rates(bench);
}
