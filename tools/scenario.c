/* SPDX-License-Identifier: MIT */
/* Scenario files: the top level, and what the readers of the parts share. */
#include "scenario.h"
#include <stdlib.h>
#include <string.h>
#include "parse.h"

struct block {
	struct block *next;
	max_align_t data[];
};

void *parse_alloc(struct scenario_file *file, size_t count, size_t size)
{
	struct block *block = calloc(1, sizeof(*block) + (count ? count : 1) * size);

	if (!block) {
		json_wrong(&file->json, NULL, "out of memory");
		return NULL;
	}
	block->next = file->blocks;
	file->blocks = block;
	return block->data;
}

bool parse_optional_u64(struct scenario_file *file, const struct json_at *object, const char *key, uint64_t *value)
{
	struct json_at at;

	return !json_member(object, key, &at) || json_number(&file->json, &at, UINT64_MAX, value);
}

bool parse_optional_u32(struct scenario_file *file, const struct json_at *object, const char *key, uint32_t *value)
{
	struct json_at at;
	uint64_t number = *value;

	if (json_member(object, key, &at) && !json_number(&file->json, &at, UINT32_MAX, &number))
		return false;
	*value = (uint32_t)number;
	return true;
}

bool parse_optional_below(struct scenario_file *file, const struct json_at *object, const char *key, unsigned limit,
			  unsigned *value)
{
	struct json_at at;
	uint64_t number = *value;

	if (json_member(object, key, &at) && !json_number(&file->json, &at, limit - 1, &number))
		return false;
	*value = (unsigned)number;
	return true;
}

bool parse_optional_flag(struct scenario_file *file, const struct json_at *object, const char *key, bool *value)
{
	struct json_at at;

	return !json_member(object, key, &at) || json_flag(&file->json, &at, value);
}

bool parse_u64(struct scenario_file *file, const struct json_at *object, const char *key, uint64_t *value)
{
	struct json_at at;

	return json_need(&file->json, object, key, &at) && json_number(&file->json, &at, UINT64_MAX, value);
}

bool parse_u32(struct scenario_file *file, const struct json_at *object, const char *key, uint32_t *value)
{
	struct json_at at;

	return json_need(&file->json, object, key, &at) && parse_optional_u32(file, object, key, value);
}

bool parse_below(struct scenario_file *file, const struct json_at *object, const char *key, unsigned limit,
		 unsigned *value)
{
	struct json_at at;

	return json_need(&file->json, object, key, &at) && parse_optional_below(file, object, key, limit, value);
}

bool parse_array(struct scenario_file *file, const struct json_at *object, const char *key, size_t size,
		 parse_item_fn *fn, void **items, size_t *count)
{
	struct json_at array;
	char *item;

	*items = NULL;
	*count = 0;
	if (!json_member(object, key, &array))
		return true;
	if (!json_is_array(&file->json, &array, count))
		return false;
	item = *items = parse_alloc(file, *count, size);
	for (size_t i = 0; item && i < *count; i++, item += size) {
		struct json_at at = json_element(&array, i);

		if (!fn(file, &at, item))
			return false;
	}
	return item != NULL;
}

static bool implementation_defined(const struct json_at *at)
{
	struct json_at value;

	return json_member(at, "determinism", &value) && json_object_is_type(value.value, json_type_string) &&
	       strcmp(json_object_get_string(value.value), "implementation-defined") == 0;
}

static bool check_acceptable(struct scenario_file *file, const struct json_at *steps, const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->step_count; i++) {
		struct json_at at = json_element(steps, i);

		if (scenario->steps[i].expected.see_acceptable && scenario->acceptable_count == 0)
			return json_wrong(&file->json, &at,
					  "expects one of \"acceptable\", which the scenario does not have");
	}
	return true;
}

static bool parse_scenario(struct scenario_file *file, const struct json_at *at, struct scenario *scenario)
{
	struct json_at name, setup, steps;
	size_t count;

	if (!json_is_object(&file->json, at) || !json_need(&file->json, at, "name", &name) ||
	    !json_text(&file->json, &name, &scenario->name))
		return false;
	scenario->implementation_defined = implementation_defined(at);
	return json_need(&file->json, at, "setup", &setup) && parse_world(file, &setup, &scenario->world) &&
	       json_need(&file->json, at, "steps", &steps) && json_is_array(&file->json, &steps, &count) &&
	       parse_array(file, at, "steps", sizeof(*scenario->steps), parse_step, (void **)&scenario->steps,
			   &scenario->step_count) &&
	       parse_array(file, at, "acceptable", sizeof(*scenario->acceptable), parse_acceptable,
			   (void **)&scenario->acceptable, &scenario->acceptable_count) &&
	       check_acceptable(file, &steps, scenario);
}

/* Reads one scenario and moves a failure from the file to it, so that the next one starts afresh. */
static void read_one(struct scenario_file *file, const struct json_at *at, struct scenario *scenario)
{
	if (parse_scenario(file, at, scenario))
		return;
	scenario->error = parse_alloc(file, 1, sizeof(file->json.message));
	if (scenario->error)
		memcpy(scenario->error, file->json.message, sizeof(file->json.message));
	else
		scenario->error = file->json.message;
	file->json.failed = false;
}

bool scenario_read(struct scenario_file *file, const char *path)
{
	struct json_at root;
	bool array;

	memset(file, 0, sizeof(*file));
	file->failed = true;
	file->error = file->json.message;
	if (!json_file_read(&file->json, path))
		return false;
	root = (struct json_at){ .value = file->json.root };
	array = json_object_is_type(root.value, json_type_array);
	if (!array && !json_object_is_type(root.value, json_type_object))
		return json_wrong(&file->json, &root, "must be a scenario (an object) or an array of scenarios");
	file->count = array ? json_object_array_length(root.value) : 1;
	file->scenarios = parse_alloc(file, file->count, sizeof(*file->scenarios));
	if (!file->scenarios)
		return false;
	for (size_t i = 0; i < file->count; i++) {
		struct json_at at = array ? json_element(&root, i) : root;

		read_one(file, &at, &file->scenarios[i]);
	}
	file->failed = false;
	return true;
}

void scenario_free(struct scenario_file *file)
{
	struct block *block = file->blocks;

	while (block) {
		struct block *next = block->next;

		free(block);
		block = next;
	}
	json_file_free(&file->json);
	memset(file, 0, sizeof(*file));
}

bool scenario_expects(const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->step_count; i++)
		if (scenario->steps[i].has_expected)
			return true;
	return false;
}
