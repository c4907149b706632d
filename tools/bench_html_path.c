/* SPDX-License-Identifier: MIT */
/* The way of a signal, drawn: host, card and memory side by side, time downwards; then single signals as bars. */
#include <stdint.h>
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
	const char *text, *brief;       /* text NULL: told with the one before */
	unsigned colour;
	double from_x, to_x;
	double from, to;                /* cycles since the first moment that is known */
};

static const struct stage all_stages[STAGES] = {
	{ .text = "store to the doorbell", .brief = "store", .colour = 0, .from_x = HOST, .to_x = CARD },
	{ .text = "connection, port, checks", .brief = "checks", .colour = 1, .from_x = CARD, .to_x = CARD },
	{ .text = "AtomicOp: the flag is set", .brief = "AtomicOp", .colour = 2, .from_x = CARD, .to_x = MEMORY },
	{ .text = "completion", .brief = "completion", .colour = 3, .from_x = MEMORY, .to_x = CARD },
	{ .text = "was it clear, which vector", .brief = "vector", .colour = 4, .from_x = CARD, .to_x = CARD },
	{ .text = "MSI-X message", .brief = "message", .colour = 5, .from_x = CARD, .to_x = HOST },
};

/* Of a real card only its own stamps are known: from the doorbell to the message, and in between an AtomicOp there and
 * back, drawn as two halves. */
static bool seen_by_host(const struct bench_single *s)
{
	return s->interrupt_seen != 0;
}

static void set_time(struct stage *stage, uint64_t start, uint64_t from, uint64_t to)
{
	stage->from = (double)(from - start);
	stage->to = (double)(to - start);
}

/* An owned flag and its message leave one behind the other, and are on their way side by side. */
static unsigned owned_stages(const struct bench_single *s, struct stage stages[STAGES])
{
	uint64_t start = seen_by_host(s) ? s->issued : s->accepted;
	unsigned count = 0;

	if (seen_by_host(s)) {
		stages[count] = all_stages[0];
		set_time(&stages[count++], start, s->issued, s->accepted);
	}
	stages[count] = all_stages[1];
	set_time(&stages[count++], start, s->accepted, s->requested);
	if (!seen_by_host(s)) {
		stages[count] = all_stages[4];
		stages[count].text = "flag write, then the message";
		stages[count].brief = "write";
		set_time(&stages[count++], start, s->requested, s->sent);
		return count;
	}
	stages[count] = all_stages[2];
	stages[count].text = "posted write: the flag is set";
	stages[count].brief = "flag write";
	set_time(&stages[count++], start, s->requested, s->flag_seen);
	stages[count] = all_stages[5];
	set_time(&stages[count++], start, s->sent, s->interrupt_seen);
	return count;
}

/* The stages of a way that are known, in order; how many. */
static unsigned stages_of(const struct bench_singles *singles, const struct bench_single *s,
			  struct stage stages[STAGES])
{
	uint64_t middle = (s->requested + s->completed) / 2;

	if (singles->owned)
		return owned_stages(s, stages);
	if (seen_by_host(s)) {
		const uint64_t at[STAGES + 1] = { s->issued, s->accepted, s->requested, s->flag_seen,
			s->completed, s->sent,
						  s->interrupt_seen };

		for (unsigned i = 0; i < STAGES; i++) {
			stages[i] = all_stages[i];
			set_time(&stages[i], s->issued, at[i], at[i + 1]);
		}
		return STAGES;
	}
	for (unsigned i = 0; i < 4; i++)
		stages[i] = all_stages[1 + i];
	set_time(&stages[0], s->accepted, s->accepted, s->requested);
	set_time(&stages[1], s->accepted, s->requested, middle);
	set_time(&stages[2], s->accepted, middle, s->completed);
	set_time(&stages[3], s->accepted, s->completed, s->sent);
	stages[1].text = "AtomicOp, there and back";
	stages[2].text = NULL;
	return 4;
}

/* Cycles that are told with a stage's text: with those of the next one where it has none of its own. */
static double cycles_of(const struct stage *stages, unsigned count, unsigned i)
{
	unsigned last = i + 1 < count && !stages[i + 1].text ? i + 1 : i;

	return stages[last].to - stages[i].from;
}

/* The last one: the first ones may still find caches and queues of the way they were left. */
static const struct bench_single *example(const struct bench_singles *singles)
{
	for (unsigned i = singles->count; i > 0; i--)
		if (singles->signals[i - 1].message)
			return &singles->signals[i - 1];
	return NULL;
}

static void write_lane(FILE *file, double x, const char *name)
{
	fprintf(file, "<path class=\"lane\" d=\"M%.0f %.0fV%.0f\"/><text class=\"title\" x=\"%.0f\" y=\"%.0f\" "
		"text-anchor=\"middle\">%s</text>\n", x, TOP - 20, TOP + DEPTH + 30, x, TOP - 30, name);
}

static void write_stage(FILE *file, const struct bench *bench, const struct stage *stage, double cycles, double whole)
{
	double y1 = TOP + stage->from / whole * DEPTH, y2 = TOP + stage->to / whole * DEPTH;
	bool inside = stage->from_x == stage->to_x;
	double x = inside ? CARD + 16 : (stage->from_x + stage->to_x) / 2;

	if (inside)
		fprintf(file, "<rect class=\"s%u\" x=\"%.0f\" y=\"%.1f\" width=\"14\" height=\"%.1f\"/>\n",
			stage->colour, CARD - 7, y1, y2 - y1 < 3 ? 3 : y2 - y1);
	else
		fprintf(file, "<path class=\"way k%u\" marker-end=\"url(#head)\" d=\"M%.0f %.1fL%.0f %.1f\"/>\n",
			stage->colour, stage->from_x, y1, stage->to_x, y2);
	if (stage->text)
		fprintf(file, "<text class=\"over\" x=\"%.0f\" y=\"%.1f\" text-anchor=\"%s\">%s: <tspan "
			"class=\"title\">"
			"%.0f cycles</tspan>, %.0f ns</text>\n", x, inside ? y1 + 2 : (y1 + y2) / 2 + 4,
			inside ? "start" : "middle", stage->text, cycles, bench_ns(bench, BENCH_MODEL, cycles));
}

static void write_moment(FILE *file, double x, double y, const char *anchor, const char *text, double cycles)
{
	fprintf(file, "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"%s\">%s <tspan class=\"faint\">at "
		"%.0f</tspan></text>\n", x, y, anchor, text, cycles);
}

static void write_moments(FILE *file, const struct bench_single *single, double whole)
{
	double flag = (double)(single->flag_seen - single->issued);

	if (!seen_by_host(single)) {
		write_moment(file, CARD - 16, TOP + 4, "end", "doorbell taken", 0);
		write_moment(file, CARD - 16, TOP + DEPTH + 4, "end", "message sent", whole);
		return;
	}
	write_moment(file, HOST - 10, TOP + 4, "end", "store", 0);
	write_moment(file, MEMORY + 10, TOP + flag / whole * DEPTH + 4, "start", "flag visible", flag);
	write_moment(file, HOST - 10, TOP + DEPTH + 4, "end", "interrupt", whole);
}

/* Cycles of a single signal in the card, and what the rest of its way is. */
static double own_share(const struct bench_singles *singles, const struct bench_single *s)
{
	return (double)(singles->owned ? s->sent - s->accepted : s->requested - s->accepted + s->sent - s->completed);
}

static const char *rest_of(const struct bench_singles *singles, const struct bench_single *s)
{
	if (seen_by_host(s))
		return "the rest is the link and the root complex";
	return singles->owned ? "the link and the root complex are in the wall's clock alone" :
		"the rest is the link and the root complex behind an AtomicOp. What is outside of the card's own "
		"stamps, the store and the message on their way, is in the wall's clock alone";
}

static const char *delivery(const struct bench_singles *singles)
{
	return singles->owned ? "owned" : "by AtomicOp";
}

static void write_path(FILE *file, const struct bench *bench, const struct bench_singles *singles)
{
	const struct bench_single *single = example(singles);
	struct stage stages[STAGES];
	unsigned count;
	double whole;

	if (!single)
		return;
	count = stages_of(singles, single, stages);
	whole = stages[count - 1].to > 0 ? stages[count - 1].to : 1;
	fprintf(file, "<h2>The way of one signal, %s</h2>\n<p>Cycles of %u MHz, to scale. The card's own share is "
		"%.0f of %.0f cycles; %s.</p>\n", delivery(singles), bench->info.clock_mhz, own_share(singles, single),
		whole, rest_of(singles, single));
	fprintf(file, "<svg viewBox=\"0 0 940 %.0f\" width=\"940\" role=\"img\" aria-label=\"The way of one signal, "
		"%s\">\n", TOP + DEPTH + 40, delivery(singles));
	if (seen_by_host(single))
		write_lane(file, HOST, "host");
	write_lane(file, CARD, "card");
	if (seen_by_host(single) || !singles->owned)
		write_lane(file, MEMORY, "memory");
	for (unsigned i = 0; i < count; i++)
		write_stage(file, bench, &stages[i], cycles_of(stages, count, i), whole);
	write_moments(file, single, whole);
	fputs("</svg>\n", file);
}

void bench_html_path(FILE *file, const struct bench *bench)
{
	if (bench->singles_count > 0)
		fputs("<svg width=\"0\" height=\"0\" style=\"position:absolute\"><defs><marker id=\"head\" "
		      "viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
		      "orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs></svg>\n", file);
	for (unsigned i = 0; i < bench->singles_count; i++)
		write_path(file, bench, &bench->singles[i]);
}

#define BAR_LEFT 40.0
#define BAR_WIDTH 860.0
#define BAR_HEIGHT 18.0
#define BAR_ROW 24.0

static double longest(const struct bench_singles *singles)
{
	struct stage stages[STAGES];
	double most = 1;

	for (unsigned i = 0; i < singles->count; i++) {
		unsigned count = stages_of(singles, &singles->signals[i], stages);

		if (singles->signals[i].message && stages[count - 1].to > most)
			most = stages[count - 1].to;
	}
	return most;
}

/* A stage that began beside the one before it is drawn from that one's end. */
static void write_bar(FILE *file, const struct bench_singles *singles, unsigned row, double most)
{
	double y = 4 + BAR_ROW * row, end = 0;
	struct stage stages[STAGES];
	unsigned count = stages_of(singles, &singles->signals[row], stages);

	fprintf(file, "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%u</text>\n", BAR_LEFT - 8, y + 13, row + 1);
	for (unsigned i = 0; i < count; i++) {
		double cycles = cycles_of(stages, count, i);
		double from = stages[i].from > end ? stages[i].from : end, to = stages[i].from + cycles;
		double x = BAR_LEFT + from / most * BAR_WIDTH, width = to > from ? (to - from) / most * BAR_WIDTH : 0;

		if (!stages[i].text)
			continue;
		end = to;
		fprintf(file, "<rect class=\"s%u\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			"height=\"%.0f\"><title>%s: %.0f "
			"cycles</title></rect>\n", stages[i].colour, x, y, width, BAR_HEIGHT, stages[i].text, cycles);
		if (width > 26)
			fprintf(file, "<text class=\"in\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.0f</text>\n",
				x + width / 2, y + 13, to - from);
	}
}

static void write_singles(FILE *file, const struct bench_singles *singles)
{
	const struct bench_single *single = example(singles);
	double most = longest(singles), bottom = 4 + BAR_ROW * singles->count;
	struct stage stages[STAGES];
	double x = BAR_LEFT;

	if (!single)
		return;
	fprintf(file, "<h2>Single signals, %s</h2>\n<p>Each from its %s, in cycles; the longest took %.0f.</p>\n"
		"<svg viewBox=\"0 0 940 %.0f\" width=\"940\" role=\"img\" aria-label=\"Single signals, %s\">\n",
		delivery(singles),
		seen_by_host(single) ? "store to its interrupt" : "doorbell to its message, on the card",
		most, bottom + 30, delivery(singles));
	for (unsigned i = 0; i < singles->count; i++)
		if (singles->signals[i].message)
			write_bar(file, singles, i, most);
	for (unsigned i = 0, count = stages_of(singles, single, stages); i < count; i++) {
		if (!stages[i].text)
			continue;
		fprintf(file, "<rect class=\"s%u\" x=\"%.0f\" y=\"%.1f\" width=\"14\" height=\"14\"/><text x=\"%.0f\" "
			"y=\"%.1f\">%s</text>\n", stages[i].colour, x, bottom + 8, x + 20, bottom + 19,
			stages[i].brief);
		x += 120;
	}
	fputs("</svg>\n", file);
}

void bench_html_singles(FILE *file, const struct bench *bench)
{
	for (unsigned i = 0; i < bench->singles_count; i++)
		write_singles(file, &bench->singles[i]);
}
