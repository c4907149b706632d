/* SPDX-License-Identifier: MIT */
/* The way of a signal, drawn: host, card and memory side by side, time downwards; then single signals as bars. */
#include <inttypes.h>
#include "bench_html.h"
#include "bench_plot.h"

#define HOST 120.0
#define CARD 450.0
#define MEMORY 800.0
#define TOP 60.0
#define DEPTH 400.0             /* of the whole way */
#define STAGES 6u

/* From one moment to the next; a place is where the signal is then. */
struct stage {
	const char *text;
	double from, to;                /* cycles since the store */
	double from_x, to_x;
};

/* The stages of a way that was watched from the store to the interrupt. */
static void stages_of(const struct bench_single *s, struct stage stages[STAGES])
{
	const double at[STAGES + 1] = {
		0, (double)(s->accepted - s->issued), (double)(s->requested - s->issued),
		(double)(s->flag_seen - s->issued), (double)(s->completed - s->issued), (double)(s->sent - s->issued),
		(double)(s->interrupt_seen - s->issued),
	};
	static const struct stage ways[STAGES] = {
		{ .text = "store to the doorbell", .from_x = HOST, .to_x = CARD },
		{ .text = "connection, port, checks", .from_x = CARD, .to_x = CARD },
		{ .text = "AtomicOp: the flag is set", .from_x = CARD, .to_x = MEMORY },
		{ .text = "completion", .from_x = MEMORY, .to_x = CARD },
		{ .text = "was it clear, which vector", .from_x = CARD, .to_x = CARD },
		{ .text = "MSI-X message", .from_x = CARD, .to_x = HOST },
	};

	for (unsigned i = 0; i < STAGES; i++) {
		stages[i] = ways[i];
		stages[i].from = at[i];
		stages[i].to = at[i + 1];
	}
}

/* The last one: the first ones may still find caches and queues of the way they were left. */
static const struct bench_single *example(const struct bench *bench)
{
	for (unsigned i = bench->single_count; i > 0; i--)
		if (bench->singles[i - 1].message && bench->singles[i - 1].interrupt_seen)
			return &bench->singles[i - 1];
	return NULL;
}

static void write_lane(FILE *file, double x, const char *name)
{
	fprintf(file, "<path class=\"lane\" d=\"M%.0f %.0fV%.0f\"/><text class=\"title\" x=\"%.0f\" y=\"%.0f\" "
		"text-anchor=\"middle\">%s</text>\n", x, TOP - 20, TOP + DEPTH + 30, x, TOP - 30, name);
}

static void write_stage(FILE *file, const struct bench *bench, const struct stage *stage, unsigned number, double whole)
{
	double y1 = TOP + stage->from / whole * DEPTH, y2 = TOP + stage->to / whole * DEPTH;
	double cycles = stage->to - stage->from, ns = bench_ns(bench, BENCH_MODEL, cycles);
	bool inside = stage->from_x == stage->to_x;
	double x = inside ? CARD + 16 : (stage->from_x + stage->to_x) / 2;

	if (inside)
		fprintf(file, "<rect class=\"s%u\" x=\"%.0f\" y=\"%.1f\" width=\"14\" height=\"%.1f\"/>\n", number,
			CARD - 7, y1, y2 - y1 < 3 ? 3 : y2 - y1);
	else
		fprintf(file, "<path class=\"way k%u\" marker-end=\"url(#head)\" d=\"M%.0f %.1fL%.0f %.1f\"/>\n",
			number, stage->from_x, y1, stage->to_x, y2);
	fprintf(file, "<text class=\"over\" x=\"%.0f\" y=\"%.1f\" text-anchor=\"%s\">%s: <tspan "
		"class=\"title\">%.0f cycles</tspan>, %.0f ns</text>\n", x, inside ? y1 + 2 : (y1 + y2) / 2 + 4,
		inside ? "start" : "middle", stage->text,
		cycles, ns);
}

static void write_moment(FILE *file, double x, double y, const char *anchor, const char *text, double cycles)
{
	fprintf(file, "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"%s\">%s <tspan class=\"faint\">at "
		"%.0f</tspan></text>\n", x, y, anchor, text, cycles);
}

void bench_html_path(FILE *file, const struct bench *bench)
{
	const struct bench_single *single = example(bench);
	struct stage stages[STAGES];
	double whole;

	if (!single)
		return;
	stages_of(single, stages);
	whole = stages[STAGES - 1].to;
	fprintf(file, "<h2>The way of one signal</h2>\n<p>Cycles of %u MHz, to scale. The card's own share is %.0f of "
		"%.0f cycles; the rest is the link and the root complex.</p>\n", bench->info.clock_mhz,
		stages[1].to - stages[1].from + stages[4].to - stages[4].from, whole);
	fprintf(file, "<svg viewBox=\"0 0 940 %.0f\" width=\"940\" role=\"img\" aria-label=\"The way of one signal\">\n"
		"<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" "
		"markerHeight=\"8\" "
		"orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n", TOP + DEPTH + 40);
	write_lane(file, HOST, "host");
	write_lane(file, CARD, "card");
	write_lane(file, MEMORY, "memory");
	for (unsigned i = 0; i < STAGES; i++)
		write_stage(file, bench, &stages[i], i, whole);
	write_moment(file, HOST - 10, TOP + 4, "end", "store", 0);
	write_moment(file, MEMORY + 10, TOP + stages[2].to / whole * DEPTH + 4, "start", "flag visible", stages[2].to);
	write_moment(file, HOST - 10, TOP + DEPTH + 4, "end", "interrupt", whole);
	fputs("</svg>\n", file);
}

#define BAR_LEFT 40.0
#define BAR_WIDTH 860.0
#define BAR_HEIGHT 18.0
#define BAR_ROW 24.0

static double longest(const struct bench *bench)
{
	double most = 1;

	for (unsigned i = 0; i < bench->single_count; i++) {
		double whole = (double)(bench->singles[i].interrupt_seen - bench->singles[i].issued);

		if (bench->singles[i].interrupt_seen && whole > most)
			most = whole;
	}
	return most;
}

static void write_bar(FILE *file, const struct bench_single *single, unsigned row, double most)
{
	double y = 4 + BAR_ROW * row;
	struct stage stages[STAGES];

	stages_of(single, stages);
	fprintf(file, "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%u</text>\n", BAR_LEFT - 8, y + 13, row + 1);
	for (unsigned i = 0; i < STAGES; i++) {
		double x = BAR_LEFT + stages[i].from / most * BAR_WIDTH;
		double width = (stages[i].to - stages[i].from) / most * BAR_WIDTH;

		fprintf(file, "<rect class=\"s%u\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			"height=\"%.0f\"><title>%s: %.0f cycles"
			"</title></rect>\n", i, x, y, width, BAR_HEIGHT, stages[i].text, stages[i].to - stages[i].from);
		if (width > 26)
			fprintf(file, "<text class=\"in\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.0f</text>\n",
				x + width / 2, y + 13, stages[i].to - stages[i].from);
	}
}

void bench_html_singles(FILE *file, const struct bench *bench)
{
	static const char *const names[STAGES] = { "store", "checks", "AtomicOp", "completion", "vector", "message" };
	double most = longest(bench), bottom = 4 + BAR_ROW * bench->single_count;

	if (!bench->single_count)
		return;
	fprintf(file, "<h2>Single signals</h2>\n<p>Each from its store to its interrupt, in cycles; the longest took "
		"%.0f.</p>\n<svg viewBox=\"0 0 940 %.0f\" width=\"940\" role=\"img\" aria-label=\"Single signals\">\n",
		most, bottom + 30);
	for (unsigned i = 0; i < bench->single_count; i++)
		if (bench->singles[i].interrupt_seen && bench->singles[i].message)
			write_bar(file, &bench->singles[i], i, most);
	for (unsigned i = 0; i < STAGES; i++)
		fprintf(file, "<rect class=\"s%u\" x=\"%.0f\" y=\"%.1f\" width=\"14\" height=\"14\"/><text x=\"%.0f\" "
			"y=\"%.1f\">%s</text>\n", i, BAR_LEFT + 120 * i, bottom + 8, BAR_LEFT + 120 * i + 20,
			bottom + 19,
			names[i]);
	fputs("</svg>\n", file);
}
