/* SPDX-License-Identifier: MIT */
/* What the benchmark writes: JSON, percentile files, page. The results are made up here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "bench_html.h"

static struct bench bench;

/* A result of values low .. low + 999, each once. */
static struct bench_result *add(const char *name, const char *path, enum bench_time time, uint64_t low)
{
	struct bench_result *r = bench_result_add(&bench, name, path, "eventfd", time);

	assert_non_null(r);
	for (uint64_t i = 0; i < 1000; i++)
		bench_histogram_add(r->times, low + i);
	r->sent = 1003;
	r->lost = 2;
	r->duplicate = 1;
	return r;
}

static int setup(void **state)
{
	(void)state;
	memset(&bench, 0, sizeof(bench));
	bench.info = (struct hvbell_info){ .url = "sim:?a=1&b=\"<2>\"", .mode = "atomic", .clock_mhz = 125,
		.tags = 32 };
	bench.simulated = true;
	bench.wall_read = 1000;
	bench.model_read = 100;
	bench.dma_latency = -1;
	add("doorbell_to_interrupt", "card", BENCH_MODEL, 200)->period = 400;
	add("doorbell_to_interrupt", "card", BENCH_WALL, 30000);
	add("doorbell_to_interrupt", "software: list", BENCH_WALL, 1000);
	add("with_connections", "card", BENCH_CARD, 5)->width = 64;
	snprintf(bench_result_add(&bench, "doorbell_to_flag", "card", "io_uring", BENCH_WALL)->why, 100, "not <here>");
	bench.rates[bench.rate_count++] = (struct bench_rate){ .name = "throughput", .path = "card",
		.time = BENCH_MODEL,
		.signals = 1000, .taken = 900, .interrupts = 10, .atomics = 100, .elapsed = 125000 };
	bench.singles[bench.singles_count++] = (struct bench_singles){ .card = "card", .count = 1, .signals = {
		{ .issued = 1000, .accepted = 1045, .requested = 1050, .flag_seen = 1096, .completed = 1140,
		  .sent = 1142, .interrupt_seen = 1188, .message = true } } };
	bench.singles[bench.singles_count++] = (struct bench_singles){ .card = "card, owned", .owned = true,
		.count = 1, .signals = { { .issued = 5000, .accepted = 5044, .requested = 5050, .completed = 5051,
		  .sent = 5051, .flag_seen = 5096, .interrupt_seen = 5097, .message = true } } };
	bench_environment(&bench);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned i = 0; i < bench.result_count; i++)
		free(bench.results[i].times);
	json_object_put(bench.environment);
	json_object_put(bench.comparison);
	return 0;
}

static struct json_object *at(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value))
		fail_msg("no %s", key);
	return value;
}

static int64_t integer(struct json_object *object, const char *key)
{
	assert_int_equal(json_object_get_type(at(object, key)), json_type_int);
	return json_object_get_int64(at(object, key));
}

static const char *text(struct json_object *object, const char *key)
{
	assert_int_equal(json_object_get_type(at(object, key)), json_type_string);
	return json_object_get_string(at(object, key));
}

/* Every member that docs/benchmark.md names, with its type. */
static void schema(void **state)
{
	static const char *const environment[] = { "time", "kernel", "machine", "cpu", "cpus", "virtual_machine",
		"governor",
		"isolated_cpus", "clocksource", "cpu_sender", "cpu_receiver", "memory_locked", "cpu_dma_latency_0",
		"warm_up" };
	struct json_object *json = bench_json(&bench), *result, *item, *bins;
	int64_t samples = 0;

	(void)state;
	assert_string_equal(text(json, "schema"), "hvbell-bench/1");
	assert_string_equal(text(json, "version"), HVBELL_VERSION);
	assert_true(json_object_get_boolean(at(json, "complete")));
	assert_string_equal(text(at(json, "card"), "url"), bench.info.url);
	assert_string_equal(text(at(json, "card"), "delivery"), "atomic");
	assert_null(at(at(json, "card"), "link"));
	assert_null(at(at(json, "card"), "link_cycles"));
	assert_false(json_object_get_boolean(at(at(json, "card"), "wall_valid_for_latency")));
	for (size_t i = 0; i < sizeof(environment) / sizeof(environment[0]); i++)
		at(at(json, "environment"), environment[i]);
	assert_int_equal(json_object_array_length(at(json, "results")), 5);
	result = json_object_array_get_idx(at(json, "results"), 0);
	assert_string_equal(text(result, "clock"), "model");
	assert_string_equal(text(result, "unit"), "cycles");
	assert_string_equal(text(result, "loop"), "open");
	assert_int_equal(integer(result, "period"), 400);
	assert_int_equal(integer(result, "sent"), 1003);
	assert_int_equal(integer(result, "lost"), 2);
	assert_int_equal(integer(result, "duplicate"), 1);
	assert_int_equal(integer(result, "out_of_order"), 0);
	assert_int_equal(integer(result, "samples"), 1000);
	assert_int_equal(integer(result, "min"), 200);
	assert_int_equal(integer(result, "max"), 1199);
	assert_true(json_object_get_double(at(result, "p50_ns")) == 699 * 8);
	assert_true(fabs(json_object_get_double(at(result, "p50_to_bar_read")) - 6.99) < 1e-9);
	item = json_object_array_get_idx(at(result, "percentiles"), 0);
	assert_true(json_object_get_double(at(item, "percentile")) == 50);
	assert_int_equal(integer(item, "value"), 699);
	assert_int_equal(integer(item, "low"), 668);
	assert_int_equal(integer(item, "high"), 731);
	assert_int_equal(integer(item, "samples_behind"), 501);
	/* one in 1000 has one sample behind it: that is no figure */
	item = json_object_array_get_idx(at(result, "percentiles"), 3);
	assert_int_equal(integer(item, "samples_behind"), 2);
	assert_null(at(item, "value"));
	bins = at(result, "histogram");
	for (size_t i = 0; i < json_object_array_length(bins); i++)
		samples += json_object_get_int64(json_object_array_get_idx(json_object_array_get_idx(bins, i), 2));
	assert_int_equal(samples, 1000);
	result = json_object_array_get_idx(at(json, "results"), 4);
	assert_string_equal(text(result, "why"), "not <here>");
	bench.interrupted = true;
	bench.results[4].why[0] = '\0';
	result = bench_json(&bench);
	assert_string_equal(text(json_object_array_get_idx(at(result, "results"), 4), "why"), "interrupted");
	json_object_put(result);
	item = json_object_array_get_idx(at(json, "rates"), 0);
	assert_true(json_object_get_double(at(item, "signals_per_second")) == 1e6);
	item = json_object_array_get_idx(at(json, "single_signals"), 0);
	assert_int_equal(integer(item, "accepted"), 45);
	assert_int_equal(integer(item, "interrupt_seen"), 188);
	assert_string_equal(text(item, "path"), "card");
	item = json_object_array_get_idx(at(json, "single_signals"), 1);
	assert_int_equal(integer(item, "interrupt_seen"), 97);
	assert_string_equal(text(item, "path"), "card, owned");
	json_object_put(json);
}

/* The text file's lines rise in every column and end with all samples. */
static void percentile_file(void **state)
{
	char *written = NULL, *line, *rest;
	double value = 0, level = 0, last_value = -1, last_level = -1;
	unsigned long count = 0;
	unsigned lines = 0;
	size_t size = 0;
	FILE *file = open_memstream(&written, &size);

	(void)state;
	bench_hgrm_write(file, bench.results[0].times);
	fclose(file);
	assert_non_null(strstr(written, "Value     Percentile TotalCount 1/(1-Percentile)\n\n"));
	for (line = strtok_r(strchr(written, '\n'), "\n", &rest); line && line[0] != '#'; line = strtok_r(NULL,
		"\n", &rest)) {
		assert_int_equal(sscanf(line, "%lf %lf %lu", &value, &level, &count), 3);
		assert_true(value >= last_value && level > last_level);
		assert_true(lines > 0 || (value == 200 && level == 0 && count == 1));
		last_value = value;
		last_level = level;
		lines++;
	}
	assert_true(value == 1199 && level == 1 && count == 1000 && lines > 20);
	assert_non_null(line);
	free(written);
}

/* Every element that is opened is closed in its turn; no raw < or & from outside. */
static void assert_well_formed(const char *page)
{
	const char *stack[64];
	unsigned depth = 0;

	for (const char *c = page; *c; c++) {
		if (*c == '&')
			assert_true(!strncmp(c, "&lt;", 4) || !strncmp(c, "&gt;", 4) || !strncmp(c, "&amp;", 5) ||
				    !strncmp(c, "&quot;", 6));
		if (*c != '<' || c[1] == '!')
			continue;
		const char *end = strchr(c, '>'), *name = c[1] == '/' ? c + 2 : c + 1;

		assert_non_null(end);
		assert_true(isalpha((unsigned char)*name));
		if (c[1] == '/') {
			size_t length = strcspn(name, ">");

			assert_true(depth > 0);
			depth--;
			if (strncmp(stack[depth], name, length) != 0 || isalnum((unsigned char)stack[depth][length]))
				fail_msg("%.20s closed by %.20s", stack[depth], name);
		} else if (end[-1] != '/') {
			assert_true(depth < 64);
			stack[depth++] = name;
		}
		c = end;
	}
	assert_int_equal(depth, 0);
}

static void page(void **state)
{
	char *written = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&written, &size);

	(void)state;
	bench.options.baseline = "old & <odd>.json";
	bench.comparison = json_tokener_parse("[{\"name\":\"<n>\",\"verdict\":\"slower\",\"before\":1,\"after\":2,"
					      "\"percentile\":50},{\"verdict\":\"same\"}]");
	bench_html_write(file, &bench);
	fclose(file);
	assert_well_formed(written);
	assert_non_null(strstr(written, "sim:?a=1&amp;b=&quot;&lt;2&gt;&quot;"));
	assert_non_null(strstr(written, "This card is simulated."));
	assert_non_null(strstr(written, "old &amp; &lt;odd&gt;.json"));
	assert_non_null(strstr(written, "&lt;n&gt;"));
	assert_non_null(strstr(written, "2 percentiles are in both runs, 1 changed"));
	assert_non_null(strstr(written, "<tspan class=\"title\">46 cycles</tspan>, 368 ns"));
	assert_null(strstr(strstr(written, "<marker id=") + 1, "<marker id="));
	/* each delivery has its way and its bars, to its own scale */
	assert_non_null(strstr(written, "<h2>The way of one signal, by AtomicOp</h2>"));
	assert_non_null(strstr(written, "The card's own share is 7 of 188 cycles"));
	assert_non_null(strstr(written, "<h2>The way of one signal, owned</h2>"));
	assert_non_null(strstr(written, "The card's own share is 7 of 97 cycles"));
	assert_non_null(strstr(written, "posted write: the flag is set: 46 cycles</title>"));
	assert_non_null(strstr(written, "to its interrupt, in cycles; the longest took 188."));
	assert_non_null(strstr(written, "to its interrupt, in cycles; the longest took 97."));
	assert_null(strstr(written, "nan "));
	assert_null(strstr(written, "\"nan"));
	assert_null(strstr(written, "inf"));
	assert_null(strstr(written, "there and back"));
	/* it needs nothing else */
	assert_null(strstr(written, "http"));
	assert_null(strstr(written, "<script"));
	free(written);
}

/* The link as the URL has it, by name or by cycles, in JSON and on the page. */
static void links(void **state)
{
	static const struct {
		const char *url, *name, *text;
		int64_t cycles;
	} cases[] = {
		{ "sim:", "gen3x8", "over the link gen3x8, 45 cycles one way;", 45 },
		{ "sim:?step=1&latency=gen2x1", "gen2x1", "over the link gen2x1, 65 cycles one way;", 65 },
		{ "sim:?latency=none&jitter=9&deliver=owned", "none",
		  "over the link none, 0 cycles one way and up to 9 more;", 0 },
		{ "sim:?latency=100", NULL, "over the link of 100 cycles one way;", 100 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_object *json, *card;
		char *written = NULL;
		size_t size = 0;
		FILE *file = open_memstream(&written, &size);

		bench.info.url = cases[i].url;
		json = bench_json(&bench);
		card = at(json, "card");
		assert_int_equal(integer(card, "link_cycles"), cases[i].cycles);
		if (cases[i].name)
			assert_string_equal(text(card, "link"), cases[i].name);
		else
			assert_null(at(card, "link"));
		json_object_put(json);
		bench_html_write(file, &bench);
		fclose(file);
		assert_non_null(strstr(written, cases[i].text));
		free(written);
	}
}

static void fill(struct bench_result *r, uint64_t value)
{
	for (unsigned i = 0; i < 100; i++)
		bench_histogram_add(r->times, value);
}

/* Rows that are constant, but not at the same value: each has its own; one that varies gets its diagram. */
static void page_of_constants(void **state)
{
	char *written = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&written, &size);

	(void)state;
	fill(bench_result_add(&bench, "doorbell_to_flag", "card", "poll", BENCH_MODEL), 96);
	fill(bench_result_add(&bench, "doorbell_to_flag", "card, owned", "poll", BENCH_MODEL), 97);
	bench_html_write(file, &bench);
	fclose(file);
	assert_well_formed(written);
	assert_non_null(strstr(written, "doorbell_to_flag, seen by poll, clock: model: every sample is the same: card, "
			       "one at a time 96 cycles; card, owned, one at a time 97 cycles.</p>"));
	free(written);
	file = open_memstream(&written, &size);
	add("doorbell_to_flag", "card, owned", BENCH_MODEL, 97)->mode = "poll";
	bench_html_write(file, &bench);
	fclose(file);
	assert_null(strstr(written, "every sample"));
	free(written);
}

/* Of a board there are the card's stamps alone. */
static void page_of_a_board(void **state)
{
	char *written = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&written, &size);

	(void)state;
	bench.simulated = false;
	bench.info.url = "vfio:0000:01:00.0";
	bench.singles[0].signals[0] = (struct bench_single){ .requested = 5, .completed = 96, .sent = 98,
		.message = true };
	bench.singles[1].signals[0] = (struct bench_single){ .requested = 6, .completed = 7, .sent = 7,
		.message = true };
	bench_html_write(file, &bench);
	fclose(file);
	assert_well_formed(written);
	assert_non_null(strstr(written, "The card's own share is 7 of 98 cycles"));
	assert_non_null(strstr(written, "The card's own share is 7 of 7 cycles; the link"));
	assert_null(strstr(strstr(written, "signal, owned</h2>"), ">memory<"));
	assert_non_null(strstr(written, "flag write, then the message: <tspan class=\"title\">1 cycles</tspan>, 8 ns"));
	assert_non_null(strstr(written, "AtomicOp, there and back: <tspan class=\"title\">91 cycles</tspan>, 728 ns"));
	assert_null(strstr(written, "store to the doorbell"));
	assert_null(strstr(written, "simulated"));
	free(written);
}

/* Where nothing was measured, the page is whole all the same. */
static void empty_page(void **state)
{
	char *written = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&written, &size);

	(void)state;
	teardown(NULL);
	bench.result_count = bench.rate_count = bench.singles_count = 0;
	bench.comparison = NULL;
	bench.interrupted = true;
	bench_environment(&bench);
	bench_html_write(file, &bench);
	fclose(file);
	assert_well_formed(written);
	assert_non_null(strstr(written, "interrupted"));
	free(written);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(schema, setup, teardown),
		cmocka_unit_test_setup_teardown(percentile_file, setup, teardown),
		cmocka_unit_test_setup_teardown(links, setup, teardown),
		cmocka_unit_test_setup_teardown(page, setup, teardown),
		cmocka_unit_test_setup_teardown(page_of_constants, setup, teardown),
		cmocka_unit_test_setup_teardown(page_of_a_board, setup, teardown),
		cmocka_unit_test_setup_teardown(empty_page, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
