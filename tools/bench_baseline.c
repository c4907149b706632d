/* SPDX-License-Identifier: MIT */
/*
 * An earlier run's JSON beside this one. A percentile counts as changed only where the confidence intervals of the two
 * runs do not touch; by an exact clock, whose intervals are single values, that is any change at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
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

/* Whether two results are of the same measurement; the load of an open loop, its period, is one more question. */
static bool same(struct json_object *a, struct json_object *b, bool load)
{
	static const char *const keys[] = { "name", "path", "mode", "clock", "loop", "width", "period" };
	size_t count = sizeof(keys) / sizeof(keys[0]) - !load;

	for (size_t i = 0; i < count; i++)
		if (strcmp(text_of(a, keys[i]), text_of(b, keys[i])) != 0)
			return false;
	return true;
}

static struct json_object *find(struct json_object *run, struct json_object *result, bool load)
{
	struct json_object *list = get(run, "results");

	for (size_t i = 0; json_object_is_type(list, json_type_array) && i < json_object_array_length(list); i++)
		if (same(json_object_array_get_idx(list, i), result, load))
			return json_object_array_get_idx(list, i);
	return NULL;
}

static bool of_board(struct json_object *run)
{
	return bench_is_board(text_of(get(run, "card"), "url"));
}

/* Whether a result of these runs says something of the card: how fast a simulation runs does not, nor how fast a
 * receiver beside it reacts, even by the card's clock. Single-stepped, the reaction takes no time and is exact. */
static bool counts(struct json_object *before, struct json_object *after, struct json_object *result)
{
	bool stepped = json_object_get_boolean(get(get(after, "card"), "simulated"));
	bool reaction = !stepped && strcmp(text_of(result, "name"), "interrupt_to_signal") == 0;

	return (strcmp(text_of(result, "clock"), "wall") != 0 && !reaction) || (of_board(before) && of_board(after));
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

	for (size_t i = 0; i < json_object_array_length(results); i++) {
		struct json_object *result = json_object_array_get_idx(results, i);
		struct json_object *old = counts(before, after, result) ? find(before, result, true) : NULL;

		for (size_t s = 0; old && s < sizeof(compared) / sizeof(compared[0]); s++)
			compare_one(comparison, old, result, compared[s]);
	}
	return comparison;
}

__attribute__((format(printf, 2, 3)))
static void note(struct json_object *notes, const char *format, ...)
{
	char text[700];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_object_array_add(notes, json_object_new_string(text));
}

/* What both runs know of something, and know differently. */
static void note_differences(struct json_object *notes, const char *what, struct json_object *before,
			     struct json_object *after)
{
	if (!json_object_is_type(before, json_type_object) || !json_object_is_type(after, json_type_object))
		return;
	json_object_object_foreach(after, key, value) {
		const char *was = text_of(before, key), *is = value ? json_object_get_string(value) : "";

		if (strcmp(key, "time") != 0 && was[0] && is[0] && strcmp(was, is) != 0)
			note(notes, "%s %s: %s, before %s", what, key, is, was);
	}
}

/* Open loops that the earlier run has at another rate only: a longer queue is no slower card. */
static void note_rates(struct json_object *notes, struct json_object *before, struct json_object *after)
{
	struct json_object *results = get(after, "results");
	unsigned other = 0;

	for (size_t i = 0; i < json_object_array_length(results); i++) {
		struct json_object *result = json_object_array_get_idx(results, i);

		if (counts(before, after, result) && !find(before, result, true) && find(before, result, false))
			other++;
	}
	if (other)
		note(notes, "open loops not compared, of another rate than before: %u; --rate gives both runs the same",
		     other);
}

static bool cut_short(struct json_object *run)
{
	return get(run, "complete") && !json_object_get_boolean(get(run, "complete"));
}

struct json_object *bench_unlike(struct json_object *before, struct json_object *after)
{
	struct json_object *notes = json_object_new_array();

	note_differences(notes, "card", get(before, "card"), get(after, "card"));
	if (of_board(before) && of_board(after))
		note_differences(notes, "environment", get(before, "environment"), get(after, "environment"));
	note_rates(notes, before, after);
	if (cut_short(before))
		note(notes, "the run before was interrupted, and what it had not measured is not compared");
	if (cut_short(after))
		note(notes, "this run was interrupted, and what it had not measured is not compared");
	return notes;
}

/* NULL, and why. */
static struct json_object *read_json(const char *path, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct json_object *object = NULL;
	struct stat status;

	*why = "cut off before its end, or no JSON at all";
	if (fd < 0 || fstat(fd, &status) != 0)
		*why = strerror(errno);
	else if (S_ISDIR(status.st_mode))
		*why = strerror(EISDIR);
	else if (S_ISREG(status.st_mode) && !status.st_size)
		*why = "the file is empty";
	else
		object = json_object_from_fd(fd);
	if (fd >= 0)
		close(fd);
	return object;
}

struct json_object *bench_baseline_read(const char *path)
{
	const char *why;
	struct json_object *object = read_json(path, &why), *results = get(object, "results");

	if (object && strcmp(text_of(object, "schema"), SCHEMA) != 0)
		why = "no result of hvbell bench --json, schema " SCHEMA;
	else if (object && (!json_object_is_type(results, json_type_array) || !json_object_array_length(results)))
		why = "no results in it";
	else if (object)
		return object;
	fprintf(stderr, "hvbell bench: %s: %s\n        a baseline is made by: hvbell bench --json >FILE\n", path, why);
	json_object_put(object);
	return NULL;
}

bool bench_slower(struct json_object *comparison)
{
	for (size_t i = 0; i < json_object_array_length(comparison); i++) {
		struct json_object *entry = json_object_array_get_idx(comparison, i);

		if (strcmp(text_of(entry, "verdict"), "slower") == 0 && bench_of_card(text_of(entry, "path")))
			return true;
	}
	return false;
}

void bench_print_comparison(struct json_object *comparison, struct json_object *unlike, const char *path)
{
	size_t changed = 0, count = json_object_array_length(comparison);

	for (size_t i = 0; i < count; i++)
		changed += strcmp(text_of(json_object_array_get_idx(comparison, i), "verdict"), "same") != 0;
	printf("\nBeside %s: %zu percentiles compared, %zu changed beyond their 95 %% confidence intervals.\n",
	       path, count, changed);
	for (size_t i = 0; i < json_object_array_length(unlike); i++)
		printf("not alike: %s\n", json_object_get_string(json_object_array_get_idx(unlike, i)));
	for (size_t i = 0; i < count; i++) {
		struct json_object *e = json_object_array_get_idx(comparison, i);

		if (strcmp(text_of(e, "verdict"), "same") != 0)
			printf("%-7s %s%s%s, %s%s%s, %s, p%g: %s, before %s %s\n", text_of(e, "verdict"),
			       text_of(e, "name"), text_of(e, "width")[0] ? " " : "", text_of(e, "width"),
			       text_of(e, "path"), text_of(e, "mode")[0] ? ", " : "", text_of(e, "mode"),
			       text_of(e, "loop"), json_object_get_double(get(e, "percentile")), text_of(e, "after"),
			       text_of(e, "before"), text_of(e, "unit"));
	}
}
