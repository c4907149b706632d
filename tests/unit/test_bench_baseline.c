/* SPDX-License-Identifier: MIT */
/* An earlier run beside this one: what is compared, what is not, and what is said of it. The results are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench.h"

static struct bench bench;

static void clear(void)
{
	for (unsigned i = 0; i < bench.result_count; i++)
		free(bench.results[i].times);
	json_object_put(bench.environment);
	memset(&bench, 0, sizeof(bench));
}

/* A run on this card, without results. */
static void begin(const char *url, bool simulated)
{
	clear();
	bench.info = (struct hvbell_info){ .url = url, .mode = "atomic", .clock_mhz = 125, .tags = 32 };
	bench.simulated = simulated;
	bench.dma_latency = -1;
	bench_environment(&bench);
}

/* A result of values low .. low + 999, each once. */
static struct bench_result *add(const char *name, const char *path, enum bench_time time, uint64_t low)
{
	struct bench_result *r = bench_result_add(&bench, name, path, "eventfd", time);

	assert_non_null(r);
	for (uint64_t i = 0; i < 1000; i++)
		bench_histogram_add(r->times, low + i);
	return r;
}

/* The run as JSON, its results moved by so many ranks; an open loop has this period. */
static struct json_object *run(const char *url, bool simulated, unsigned model, unsigned wall, unsigned software,
			       uint64_t period)
{
	begin(url, simulated);
	add("doorbell_to_interrupt", "card", BENCH_MODEL, 200 + model)->period = period;
	add("doorbell_to_interrupt", "card", BENCH_WALL, 30000 - wall);
	add("doorbell_to_interrupt", "software: list", BENCH_WALL, 1000 + software);
	add("interrupt_to_signal", "card", BENCH_CARD, 90 + model);
	return bench_json(&bench);
}

static struct json_object *at(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value))
		fail_msg("no %s", key);
	return value;
}

static const char *text(struct json_object *object, const char *key)
{
	assert_int_equal(json_object_get_type(at(object, key)), json_type_string);
	return json_object_get_string(at(object, key));
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

#define BOARD "vfio:0000:01:00.0"

/* The same results, moved within the median's interval (31 ranks each way), then beyond it. */
static void comparison(void **state)
{
	struct json_object *before = run(BOARD, false, 0, 0, 0, 400), *after = run(BOARD, false, 10, 1000, 100, 400);
	struct json_object *changes = bench_compare(before, after);

	(void)state;
	assert_int_equal(json_object_array_length(changes), 8);
	assert_string_equal(verdict_of(changes, "card", "model", 50), "same");
	assert_string_equal(verdict_of(changes, "card", "card", 50), "same");
	assert_string_equal(verdict_of(changes, "card", "wall", 50), "faster");
	assert_string_equal(verdict_of(changes, "software: list", "wall", 50), "slower");
	/* software alone: that is the machine, not the card */
	assert_false(bench_slower(changes));
	json_object_put(changes);
	changes = bench_compare(after, before);
	assert_string_equal(verdict_of(changes, "card", "wall", 50), "slower");
	assert_true(bench_slower(changes));
	json_object_put(changes);
	changes = bench_compare(after, after);
	assert_int_equal(json_object_array_length(changes), 8);
	assert_false(bench_slower(changes));
	json_object_put(changes);
	json_object_put(before);
	json_object_put(after);
	clear();
}

/* Of a simulated card the wall's clock does not count, whether it is here or in another process; nor does the reaction
 * of who receives from another process. */
static void simulations(void **state)
{
	static const char *const urls[] = { "sim:", "vfio-user:/tmp/card", "serial:/dev/ttyUSB0" };

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct json_object *before = run(urls[i], i == 0, 0, 1000, 0, 400);
		struct json_object *after = run(urls[i], i == 0, 100, 0, 100, 400);
		struct json_object *changes = bench_compare(before, after);

		assert_int_equal(json_object_array_length(changes), i == 0 ? 4 : 2);
		assert_string_equal(verdict_of(changes, "card", "card", 50), i == 0 ? "slower" : "none");
		assert_string_equal(verdict_of(changes, "card", "model", 50), "slower");
		assert_string_equal(verdict_of(changes, "card", "wall", 50), "none");
		json_object_put(changes);
		json_object_put(before);
		json_object_put(after);
	}
	clear();
}

static bool noted(struct json_object *notes, const char *text)
{
	for (size_t i = 0; i < json_object_array_length(notes); i++)
		if (strcmp(json_object_get_string(json_object_array_get_idx(notes, i)), text) == 0)
			return true;
	return false;
}

/* Runs of unlike cards are compared, and it is said; open loops of unlike rates are not. */
static void unlike_runs(void **state)
{
	struct json_object *before = run("sim:", true, 0, 0, 0, 400), *after, *changes, *notes;

	(void)state;
	notes = bench_unlike(before, before);
	assert_int_equal(json_object_array_length(notes), 0);
	json_object_put(notes);
	after = run("sim:?latency=gen2x1", true, 500, 0, 0, 401);
	json_object_object_add(at(after, "card"), "tags", json_object_new_int(8));
	changes = bench_compare(before, after);
	assert_int_equal(json_object_array_length(changes), 2);
	assert_string_equal(verdict_of(changes, "card", "model", 50), "none");
	json_object_put(changes);
	notes = bench_unlike(before, after);
	assert_int_equal(json_object_array_length(notes), 5);
	assert_true(noted(notes, "card link: gen2x1, before gen3x8"));
	assert_true(noted(notes, "card link_cycles: 65, before 45"));
	assert_true(noted(notes, "card url: sim:?latency=gen2x1, before sim:"));
	assert_true(noted(notes, "card tags: 8, before 32"));
	assert_true(noted(notes, "open loops not compared, of another rate than before: 1; --rate gives both runs the "
			  "same"));
	json_object_put(notes);
	json_object_put(before);
	json_object_put(after);
	clear();
}

/* What the machine is matters to the wall's clock, and so to a board's run alone. */
static void unlike_machines(void **state)
{
	(void)state;
	for (unsigned board = 0; board < 2; board++) {
		struct json_object *before = run(board ? BOARD : "sim:", !board, 0, 0, 0, 400);
		struct json_object *after = run(board ? BOARD : "sim:", !board, 0, 0, 0, 400), *notes;

		json_object_object_add(at(before, "environment"), "kernel", json_object_new_string("5.9"));
		json_object_object_add(at(after, "environment"), "kernel", json_object_new_string("6.1"));
		json_object_object_add(at(before, "environment"), "time", json_object_new_string("long ago"));
		notes = bench_unlike(before, after);
		assert_int_equal(json_object_array_length(notes), board);
		assert_true(!board || noted(notes, "environment kernel: 6.1, before 5.9"));
		json_object_put(notes);
		json_object_put(before);
		json_object_put(after);
	}
	clear();
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
	struct json_object *after = run(BOARD, false, 0, 0, 0, 400);
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
		struct json_object *notes = bench_unlike(before, after);

		assert_int_equal(json_object_array_length(changes), 0);
		json_object_put(changes);
		json_object_put(notes);
		json_object_put(before);
	}
	json_object_put(after);
	clear();
	close(fd);
	remove(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(comparison),
		cmocka_unit_test(simulations),
		cmocka_unit_test(unlike_runs),
		cmocka_unit_test(unlike_machines),
		cmocka_unit_test(strange_baselines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
