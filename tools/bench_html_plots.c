/* SPDX-License-Identifier: MIT */
/* Percentiles and histograms, one pair of diagrams for each kind of time; and the cost of size. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "bench_html.h"
#include "bench_plot.h"

#define SERIES_MAX 12u
#define STEPS 120u              /* points of a percentile's line */
#define BINS_A_DECADE 10.0
#define BINS 40.0
#define NARROW 20.0             /* from here on the largest sample is not near to the smallest */

/* Of one diagram: the same thing, by the same clock, seen in the same way. */
static bool together(const struct bench_result *a, const struct bench_result *b)
{
	return a->time == b->time && strcmp(a->name, b->name) == 0 && strcmp(a->mode, b->mode) == 0;
}

static bool plotted(const struct bench_result *r)
{
	return r->times->count >= 2 * BENCH_BEHIND_MIN && r->time != BENCH_CARD && strcmp(r->name, "bar_read") != 0;
}

static const char *series_name(const struct bench_result *r, char *name, size_t size)
{
	char width[24] = "";

	if (r->width)
		snprintf(width, sizeof(width), ", to %u", r->width);
	snprintf(name, size, "%s%s, %s", r->path, width, r->period ? "open loop" : "one at a time");
	return name;
}

/* Bins of a histogram: tenths of a decade, or equal parts where the samples are near to each other. */
struct bins {
	enum plot_axis axis;
	double first, width;            /* of the exponent, or of the value itself */
};

static struct bins bins_of(const struct bench *bench, const struct bench_result *all)
{
	struct bins bins = { .axis = PLOT_LOG, .width = 1 / BINS_A_DECADE };
	double low = INFINITY, high = 1;

	for (const struct bench_result *r = all; r < bench->results + bench->result_count; r++) {
		if (!plotted(r) || !together(all, r))
			continue;
		low = fmin(low, (double)r->times->min);
		high = fmax(high, (double)r->times->max);
	}
	if (high < NARROW * low) {
		bins.axis = PLOT_LINEAR;
		bins.width = ceil((high - low + 1) / BINS);
		bins.first = low - bins.width;
	} else {
		bins.first = floor(log10(low < 1 ? 1 : low) * BINS_A_DECADE) / BINS_A_DECADE - bins.width;
	}
	return bins;
}

static double bin_edge(const struct bins *bins, unsigned bin)
{
	double edge = bins->first + bins->width * bin;

	return bins->axis == PLOT_LINEAR ? edge : pow(10, edge);
}

/* Only as far as there are samples behind. */
static void percentile_points(const struct bench_result *r, const struct bins *bins, struct plot_series *series)
{
	double end = log10((double)r->times->count / BENCH_BEHIND_MIN);

	(void)bins;
	for (unsigned i = 0; i <= STEPS; i++) {
		double share = 1 - pow(10, -end * i / STEPS);

		series->points[series->count++] = (struct plot_point){
			1 / (1 - share), (double)bench_percentile(r->times, share)
		};
	}
}

/* Stairs: the share of the samples in each bin, back to 0 behind the last. */
static void histogram_points(const struct bench_result *r, const struct bins *bins, struct plot_series *series)
{
	unsigned bucket = 0;

	for (unsigned bin = 0; bin < 2 * STEPS && bin_edge(bins, bin) <= (double)r->times->max + bins->width; bin++) {
		uint64_t in = 0;

		for (; bucket < BENCH_BUCKETS && (double)bench_bucket_low(bucket) < bin_edge(bins, bin + 1); bucket++)
			in += r->times->buckets[bucket];
		for (unsigned side = 0; side < 2; side++)
			series->points[series->count++] = (struct plot_point){
				bin_edge(bins, bin + side), 100.0 * (double)in / (double)r->times->count };
	}
	series->points[series->count] = series->points[series->count - 1];
	series->points[series->count++].y = 0;
}

typedef void points_fn(const struct bench_result *r, const struct bins *bins, struct plot_series *series);

static void fill(const struct bench *bench, unsigned first, const struct bins *bins, struct plot *plot,
		 points_fn *points)
{
	const char *path = NULL;
	unsigned colour = 0;

	for (unsigned i = first; i < bench->result_count && plot->series_count < SERIES_MAX; i++) {
		const struct bench_result *r = &bench->results[i];
		struct plot_series *series = &plot->series[plot->series_count];

		if (!plotted(r) || !together(&bench->results[first], r))
			continue;
		*series = (struct plot_series){ .points = calloc(4 * STEPS + 2, sizeof(struct plot_point)) };
		if (!series->points)
			return;
		if (path && (strcmp(path, r->path) != 0 || r->width))
			colour++;
		path = r->path;
		series->colour = colour;
		series_name(r, series->name, sizeof(series->name));
		series->dashed = !r->period && !r->width;
		points(r, bins, series);
		plot->series_count++;
	}
}

static void write_plot(FILE *file, const struct bench *bench, unsigned first, const struct bins *bins,
		       struct plot *plot, points_fn *points)
{
	struct plot_series series[SERIES_MAX];

	plot->series = series;
	plot->series_count = 0;
	fill(bench, first, bins, plot, points);
	plot_write(file, plot);
	for (size_t i = 0; i < plot->series_count; i++)
		free(series[i].points);
}

static bool is_first(const struct bench *bench, unsigned at)
{
	for (unsigned i = 0; i < at; i++)
		if (plotted(&bench->results[i]) && together(&bench->results[i], &bench->results[at]))
			return false;
	return plotted(&bench->results[at]);
}

/* All samples of each row are one value: a diagram would show lines, and a sentence says it. */
static bool constant(const struct bench *bench, unsigned first)
{
	for (unsigned i = first; i < bench->result_count; i++)
		if (together(&bench->results[first], &bench->results[i]) && bench->results[i].times->count &&
		    (bench->results[i].times->min != bench->results[i].times->max || bench->results[i].width))
			return false;
	return true;
}

/* The value of each row, in the order of the table. */
static void write_constants(FILE *file, const struct bench *bench, unsigned first, const char *title)
{
	const char *between = ": every sample is the same: ";
	char name[100];

	fputs("<p>", file);
	plot_text(file, title);
	for (unsigned i = first; i < bench->result_count; i++) {
		const struct bench_result *r = &bench->results[i];

		if (!together(&bench->results[first], r) || !r->times->count)
			continue;
		fputs(between, file);
		plot_text(file, series_name(r, name, sizeof(name)));
		fprintf(file, " %.0f %s", (double)r->times->min, bench_time_unit(r->time));
		between = "; ";
	}
	fputs(".</p>\n", file);
}

static void write_pair(FILE *file, const struct bench *bench, unsigned first)
{
	const struct bench_result *r = &bench->results[first];
	const char *unit = bench_time_unit(r->time);
	char title[120];
	struct bins bins = bins_of(bench, r);
	struct plot percentiles = { .title = title, .x_title = "percentile", .y_title = unit,
				    .x_axis = PLOT_PERCENTILE, .y_axis = bins.axis };
	struct plot histogram = { .title = title, .x_title = unit, .y_title = "% of the samples", .x_axis = bins.axis };

	snprintf(title, sizeof(title), "%s, seen by %s, clock: %s", r->name, r->mode, bench_time_name(r->time));
	if (constant(bench, first)) {
		write_constants(file, bench, first, title);
		return;
	}
	fputs("<div class=\"pair\">\n", file);
	write_plot(file, bench, first, &bins, &percentiles, percentile_points);
	write_plot(file, bench, first, &bins, &histogram, histogram_points);
	fputs("</div>\n", file);
}

void bench_html_plots(FILE *file, const struct bench *bench)
{
	fputs("<h2>Percentiles and histograms</h2>\n<p>A line ends where fewer than ten samples lie "
	      "behind it.</p>\n", file);
	for (unsigned i = 0; i < bench->result_count; i++)
		if (is_first(bench, i))
			write_pair(file, bench, i);
}

static size_t scale_points(const struct bench *bench, const char *name, bool most, struct plot_point *points,
	size_t max)
{
	const char *path = NULL;
	size_t count = 0;

	for (unsigned i = 0; i < bench->result_count && count < max; i++) {
		const struct bench_result *r = &bench->results[i];

		/* a line is of one way to deliver, the first that was measured */
		if (strcmp(r->name, name) != 0 || !r->times->count || (path && strcmp(path, r->path) != 0))
			continue;
		path = r->path;
		points[count++] = (struct plot_point){ r->width, (double)(most ? r->times->max : r->times->min) };
	}
	return count;
}

void bench_html_scale(FILE *file, const struct bench *bench)
{
	struct plot_point points[4][16];
	struct plot_series series[4] = {
		{ .name = "connections, least" }, { .name = "connections, most", .dashed = true },
		{ .name = "VPs, least", .colour = 1 }, { .name = "VPs, most", .colour = 1, .dashed = true },
	};
	const struct plot plot = { .title = "doorbell to request against size", .x_title = "connections, or VPs",
		.y_title = "cycles of the card", .x_axis = PLOT_LOG, .series = series, .series_count = 4 };
	size_t all = 0;

	for (unsigned i = 0; i < 4; i++) {
		series[i].points = points[i];
		series[i].count = scale_points(bench, i < 2 ? "with_connections" : "with_vps", i % 2, points[i], 16);
		all += series[i].count;
	}
	if (!all)
		return;
	fputs("<h2>The cost of size</h2>\n", file);
	plot_write(file, &plot);
}
