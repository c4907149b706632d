/* SPDX-License-Identifier: MIT */
/*
 * An earlier run's JSON beside this one. A percentile counts as changed only where the confidence intervals of the two
 * runs do not touch; by an exact clock, whose intervals are single values, that is any change at all.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"

#define SCHEMA "hvbell-bench/1"

static const double compared[] = { 50, 99 };

static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(object, key, &value) ? value : NULL;
}

static const char *text_of(struct json_object *object, const char *key)
{
	const char *text = json_object_get_string(get(object, key));

	return text ? text : "";
}

/* Whether two results are of the same measurement. */
static bool same(struct json_object *a, struct json_object *b)
{
	static const char *const keys[] = { "name", "path", "mode", "clock", "loop", "width" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(text_of(a, keys[i]), text_of(b, keys[i])) != 0)
			return false;
	return true;
}

static struct json_object *find(struct json_object *list, struct json_object *result)
{
	for (size_t i = 0; json_object_is_type(list, json_type_array) && i < json_object_array_length(list); i++)
		if (same(json_object_array_get_idx(list, i), result))
			return json_object_array_get_idx(list, i);
	return NULL;
}

/* A percentile of a result that has enough samples behind it; NULL: there is none. */
static struct json_object *percentile(struct json_object *result, double share)
{
	struct json_object *list = get(result, "percentiles");

	for (size_t i = 0; json_object_is_type(list, json_type_array) && i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (json_object_get_double(get(item, "percentile")) == share && get(item, "value"))
			return item;
	}
	return NULL;
}

const char *bench_verdict(uint64_t old_low, uint64_t old_high, uint64_t new_low, uint64_t new_high)
{
	return new_low > old_high ? "slower" : new_high < old_low ? "faster" : "same";
}

static uint64_t number(struct json_object *item, const char *key)
{
	return json_object_get_uint64(get(item, key));
}

static void compare_one(struct json_object *comparison, struct json_object *before, struct json_object *after,
			double share)
{
	static const char *const keys[] = { "name", "path", "mode", "clock", "unit", "loop", "width" };
	struct json_object *was = percentile(before, share), *is = percentile(after, share), *entry;

	if (!was || !is)
		return;
	entry = json_object_new_object();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (get(after, keys[i]))
			json_object_object_add(entry, keys[i], json_object_get(get(after, keys[i])));
	json_object_object_add(entry, "percentile", json_object_new_double(share));
	json_object_object_add(entry, "before", json_object_get(get(was, "value")));
	json_object_object_add(entry, "after", json_object_get(get(is, "value")));
	json_object_object_add(entry, "verdict", json_object_new_string(
		bench_verdict(number(was, "low"), number(was, "high"), number(is, "low"), number(is, "high"))));
	json_object_array_add(comparison, entry);
}

struct json_object *bench_compare(struct json_object *before, struct json_object *after)
{
	struct json_object *comparison = json_object_new_array(), *results = get(after, "results");
	/* how fast a simulation runs is no property of the card */
	bool simulated = json_object_get_boolean(get(get(after, "card"), "simulated"));

	for (size_t i = 0; i < json_object_array_length(results); i++) {
		struct json_object *result = json_object_array_get_idx(results, i);
		struct json_object *old = find(get(before, "results"), result);

		if (simulated && strcmp(text_of(result, "clock"), "wall") == 0)
			continue;

		for (size_t s = 0; old && s < sizeof(compared) / sizeof(compared[0]); s++)
			compare_one(comparison, old, result, compared[s]);
	}
	return comparison;
}

struct json_object *bench_baseline_read(const char *path)
{
	struct json_object *object = json_object_from_file(path);

	if (!object)
		fprintf(stderr, "hvbell bench: %s: %s", path, json_util_get_last_err());
	else if (strcmp(text_of(object, "schema"), SCHEMA) != 0)
		fprintf(stderr, "hvbell bench: %s: no result of hvbell bench --json, schema " SCHEMA "\n", path);
	else
		return object;
	json_object_put(object);
	return NULL;
}

bool bench_slower(struct json_object *comparison)
{
	for (size_t i = 0; i < json_object_array_length(comparison); i++)
		if (strcmp(text_of(json_object_array_get_idx(comparison, i), "verdict"), "slower") == 0)
			return true;
	return false;
}

void bench_print_comparison(struct json_object *comparison, const char *path)
{
	size_t changed = 0, count = json_object_array_length(comparison);

	for (size_t i = 0; i < count; i++)
		changed += strcmp(text_of(json_object_array_get_idx(comparison, i), "verdict"), "same") != 0;
	printf("\nBeside %s: %zu percentiles compared, %zu changed beyond their 95 %% confidence intervals.\n",
		path, count,
	       changed);
	for (size_t i = 0; i < count; i++) {
		struct json_object *e = json_object_array_get_idx(comparison, i);

		if (strcmp(text_of(e, "verdict"), "same") != 0)
			printf("%-7s %s %s, %s, %s, %s, p%g: %s, before %s %s\n", text_of(e, "verdict"),
				text_of(e, "name"),
			       text_of(e, "width"), text_of(e, "path"), text_of(e, "mode"), text_of(e, "loop"),
			       json_object_get_double(get(e, "percentile")), text_of(e, "after"), text_of(e, "before"),
			       text_of(e, "unit"));
	}
}
