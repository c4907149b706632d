/* SPDX-License-Identifier: MIT */
/* What the benchmark writes: JSON, comparison, percentile files, page. The results are made up here. */
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
#include <unistd.h>
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
	bench.singles[bench.single_count++] = (struct bench_single){ .issued = 1000, .accepted = 1045,
		.requested = 1050, .flag_seen = 1096, .completed = 1140, .sent = 1142, .interrupt_seen = 1188,
		.message = true };
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
	item = json_object_array_get_idx(at(json, "rates"), 0);
	assert_true(json_object_get_double(at(item, "signals_per_second")) == 1e6);
	item = json_object_array_get_idx(at(json, "single_signals"), 0);
	assert_int_equal(integer(item, "accepted"), 45);
	assert_int_equal(integer(item, "interrupt_seen"), 188);
	json_object_put(json);
}

static void verdicts(void **state)
{
	(void)state;
	assert_string_equal(bench_verdict(10, 20, 21, 30), "slower");
	assert_string_equal(bench_verdict(10, 20, 20, 30), "same");
	assert_string_equal(bench_verdict(10, 20, 5, 10), "same");
	assert_string_equal(bench_verdict(10, 20, 5, 9), "faster");
	assert_string_equal(bench_verdict(5, 5, 5, 5), "same");
	assert_string_equal(bench_verdict(5, 5, 6, 6), "slower");
}

static const char *verdict_of(struct json_object *comparison, const char *path, const char *clock, double share)
{
	for (size_t i = 0; i < json_object_array_length(comparison); i++) {
		struct json_object *entry = json_object_array_get_idx(comparison, i);

		if (strcmp(text(entry, "path"), path) == 0 && strcmp(text(entry, "clock"), clock) == 0 &&
		    json_object_get_double(at(entry, "percentile")) == share)
			return text(entry, "verdict");
	}
	return "none";
}

/* The same results, moved within the median's interval (31 ranks each way), then beyond it. */
static void comparison(void **state)
{
	struct json_object *before = bench_json(&bench), *after, *changes;

	(void)state;
	bench.simulated = false;
	teardown(NULL);
	bench.result_count = 0;
	bench.environment = bench.comparison = NULL;
	add("doorbell_to_interrupt", "card", BENCH_MODEL, 210)->period = 777;
	add("doorbell_to_interrupt", "card", BENCH_WALL, 29000);
	add("doorbell_to_interrupt", "software: list", BENCH_WALL, 1100);
	add("new", "card", BENCH_WALL, 1100);
	after = bench_json(&bench);
	changes = bench_compare(before, after);
	assert_int_equal(json_object_array_length(changes), 6);
	assert_string_equal(verdict_of(changes, "card", "model", 50), "same");
	assert_string_equal(verdict_of(changes, "card", "wall", 50), "faster");
	assert_string_equal(verdict_of(changes, "software: list", "wall", 50), "slower");
	assert_true(bench_slower(changes));
	json_object_put(changes);

	/* of a simulated card, the wall's clock does not count */
	json_object_object_add(at(after, "card"), "simulated", json_object_new_boolean(true));
	changes = bench_compare(before, after);
	assert_int_equal(json_object_array_length(changes), 2);
	assert_false(bench_slower(changes));
	json_object_put(changes);

	changes = bench_compare(after, after);
	assert_false(bench_slower(changes));
	json_object_put(changes);
	json_object_put(before);
	json_object_put(after);
}

/* A file that is no baseline, in several ways, must be refused and never crash the comparison. */
static void strange_baselines(void **state)
{
	static const char *const texts[] = {
		"{", "[]", "{\"schema\":\"hvbell-bench/2\"}", "{\"schema\":1}", "",
	};
	static const char *const odd[] = {
		"{\"results\":5}", "{\"results\":[1,null,{\"name\":3}]}", "{}",
		"{\"results\":[{\"name\":\"doorbell_to_interrupt\",\"path\":\"card\",\"mode\":\"eventfd\","
		"\"clock\":\"model\","
		"\"loop\":\"open\",\"percentiles\":{}}]}",
	};
	struct json_object *after = bench_json(&bench);
	char path[] = "/tmp/hvbell-baseline-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		FILE *file = fopen(path, "w");

		fputs(texts[i], file);
		fclose(file);
		assert_null(bench_baseline_read(path));
	}
	assert_null(bench_baseline_read("/nowhere/at/all"));
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct json_object *before = json_tokener_parse(odd[i]), *changes = bench_compare(before, after);

		assert_int_equal(json_object_array_length(changes), 0);
		json_object_put(changes);
		json_object_put(before);
	}
	json_object_put(after);
	close(fd);
	remove(path);
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
	assert_null(strstr(written, "nan "));
	assert_null(strstr(written, "\"nan"));
	assert_null(strstr(written, "inf"));
	assert_null(strstr(written, "there and back"));
	/* it needs nothing else */
	assert_null(strstr(written, "http"));
	assert_null(strstr(written, "<script"));
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
	bench.singles[0] = (struct bench_single){ .requested = 5, .completed = 96, .sent = 98, .message = true };
	bench_html_write(file, &bench);
	fclose(file);
	assert_well_formed(written);
	assert_non_null(strstr(written, "The card's own share is 7 of 98 cycles"));
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
	bench.result_count = bench.rate_count = bench.single_count = 0;
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
		cmocka_unit_test(verdicts),
		cmocka_unit_test_setup_teardown(comparison, setup, teardown),
		cmocka_unit_test_setup_teardown(strange_baselines, setup, teardown),
		cmocka_unit_test_setup_teardown(percentile_file, setup, teardown),
		cmocka_unit_test_setup_teardown(page, setup, teardown),
		cmocka_unit_test_setup_teardown(page_of_a_board, setup, teardown),
		cmocka_unit_test_setup_teardown(empty_page, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
