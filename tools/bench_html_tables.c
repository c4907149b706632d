/* SPDX-License-Identifier: MIT */
/* The page's tables: results, rates, comparison, environment. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include "bench_html.h"
#include "bench_plot.h"

static void cell(FILE *file, const char *text)
{
	fputs("<td>", file);
	plot_text(file, text);
	fputs("</td>", file);
}

static void number_cell(FILE *file, uint64_t value)
{
	fprintf(file, "<td class=\"n\">%" PRIu64 "</td>", value);
}

static void ratio_cell(FILE *file, uint64_t value, uint64_t to)
{
	if (to)
		fprintf(file, "<td class=\"n\">%.2f</td>", (double)value / (double)to);
	else
		fputs("<td></td>", file);
}

static void write_result(FILE *file, const struct bench *bench, const struct bench_result *r)
{
	const struct bench_result *card = r->time == BENCH_WALL ? bench_card_result(bench, r) : NULL;
	uint64_t read = r->time == BENCH_WALL ? bench->wall_read : bench->model_read;
	uint64_t p50 = bench_percentile(r->times, 0.5);
	char text[120];

	fputs("<tr>", file);
	snprintf(text, sizeof(text), r->width ? "%s %u" : "%s", r->name, r->width);
	cell(file, text);
	cell(file, r->path);
	cell(file, r->mode);
	cell(file, r->period ? "open loop" : "one at a time");
	number_cell(file, r->times->count);
	if (!r->times->count) {
		fputs("<td colspan=\"13\">", file);
		plot_text(file, bench_why(bench, r));
		fputs("</td></tr>\n", file);
		return;
	}
	number_cell(file, r->times->min);
	for (unsigned i = 0; i < BENCH_SHARES; i++) {
		if (bench_behind(r->times->count, bench_shares[i]) < BENCH_BEHIND_MIN)
			fputs("<td class=\"n\">-</td>", file);
		else
			number_cell(file, bench_percentile(r->times, bench_shares[i]));
	}
	number_cell(file, r->times->max);
	number_cell(file, (uint64_t)(bench_ns(bench, r->time, (double)p50) + 0.5));
	ratio_cell(file, p50, r->time == BENCH_CARD ? 0 : read);
	ratio_cell(file, p50, card ? bench_percentile(card->times, 0.5) : 0);
	number_cell(file, r->lost);
	number_cell(file, r->duplicate);
	number_cell(file, r->out_of_order);
	fputs("</tr>\n", file);
}

static void write_results(FILE *file, const struct bench *bench, enum bench_time time)
{
	bool any = false;

	for (unsigned i = 0; i < bench->result_count; i++) {
		if (bench->results[i].time != time)
			continue;
		if (!any)
			fprintf(file, "<h3>Clock: %s, in %s</h3>\n<table>\n<tr><th></th><th>path</th><th>seen by</th>"
				"<th>loop</th><th>samples</th><th>min</th><th>p50</th><th>p90</th><th>p99</th>"
				"<th>p99.9</th>"
				"<th>p99.99</th><th>max</th><th>p50, ns</th><th>to a read</th><th>to the card</th>"
				"<th>lost</th><th>twice</th><th>order</th></tr>\n", bench_time_name(time),
				bench_time_unit(time));
		any = true;
		write_result(file, bench, &bench->results[i]);
	}
	if (any)
		fputs("</table>\n", file);
}

static void write_rates(FILE *file, const struct bench *bench)
{
	if (!bench->rate_count)
		return;
	fputs("<h3>Floods</h3>\n<table>\n<tr><th></th><th></th><th>clock</th><th>signals</th><th>flags "
	      "taken</th><th>writes to memory</th>"
	      "<th>interrupts</th><th>elapsed</th><th>million signals a second</th></tr>\n", file);
	for (unsigned i = 0; i < bench->rate_count; i++) {
		const struct bench_rate *r = &bench->rates[i];
		double ns = bench_ns(bench, r->time, (double)r->elapsed);

		fputs("<tr>", file);
		cell(file, r->name);
		cell(file, r->path);
		cell(file, bench_time_name(r->time));
		number_cell(file, r->signals);
		number_cell(file, r->taken);
		number_cell(file, r->atomics + r->writes);
		number_cell(file, r->interrupts);
		number_cell(file, r->elapsed);
		fprintf(file, "<td class=\"n\">%.3f</td></tr>\n", ns > 0 ? (double)r->signals * 1e3 / ns : 0);
	}
	fputs("</table>\n", file);
}

void bench_html_tables(FILE *file, const struct bench *bench)
{
	fputs("<h2>Results</h2>\n<p>A percentile with fewer than ten samples behind it is not told (-). To a "
		"read: the median "
	      "as a multiple of one read of a register of this card. To the card: as a multiple of the card's own "
	      "row; below "
	      "1 software is faster.</p>\n", file);
	write_results(file, bench, BENCH_CARD);
	write_results(file, bench, BENCH_MODEL);
	write_results(file, bench, BENCH_WALL);
	write_rates(file, bench);
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(object, key, &value) && value ? json_object_get_string(value) : "";
}

static void write_change(FILE *file, struct json_object *entry)
{
	static const char *const keys[] = { "name", "width", "path", "mode", "loop", "clock", "unit" };
	static const char *const figures[] = { "percentile", "before", "after" };

	fprintf(file, "<tr class=\"%s\">", text_of(entry, "verdict"));
	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
		cell(file, text_of(entry, keys[k]));
	for (size_t k = 0; k < sizeof(figures) / sizeof(figures[0]); k++)
		fprintf(file, "<td class=\"n\">%.0f</td>", strtod(text_of(entry, figures[k]), NULL));
	cell(file, text_of(entry, "verdict"));
	fputs("</tr>\n", file);
}

void bench_html_comparison(FILE *file, const struct bench *bench)
{
	size_t count = bench->comparison ? json_object_array_length(bench->comparison) : 0, changed = 0;

	if (!bench->comparison)
		return;
	fputs("<h2>Beside ", file);
	plot_text(file, bench->options.baseline);
	fputs("</h2>\n", file);
	for (size_t i = 0; bench->unlike && i < json_object_array_length(bench->unlike); i++) {
		fputs("<p class=\"note\">Not alike: ", file);
		plot_text(file, json_object_get_string(json_object_array_get_idx(bench->unlike, i)));
		fputs("</p>\n", file);
	}
	for (size_t i = 0; i < count; i++) {
		struct json_object *entry = json_object_array_get_idx(bench->comparison, i);

		if (strcmp(text_of(entry, "verdict"), "same") == 0)
			continue;
		if (!changed++)
			fputs("<table>\n<tr><th></th><th>of</th><th>path</th><th>seen "
				"by</th><th>loop</th><th>clock</th>"
			      "<th>unit</th><th>percentile</th><th>before</th><th>now</th><th></th></tr>\n", file);
		write_change(file, entry);
	}
	fprintf(file, "%s<p>%zu percentiles are in both runs, %zu changed: their 95 %% confidence intervals do "
		"not touch."
		"</p>\n", changed ? "</table>\n" : "", count, changed);
}

void bench_html_environment(FILE *file, const struct bench *bench)
{
	fputs("<h2>Environment</h2>\n<table>\n", file);
	json_object_object_foreach(bench->environment, key, value) {
		fputs("<tr>", file);
		cell(file, key);
		cell(file, value ? json_object_get_string(value) : "not known");
		fputs("</tr>\n", file);
	}
	fputs("</table>\n", file);
}
