/* SPDX-License-Identifier: MIT */
/* What the readers of the parts of a scenario share. Each returns false with the reason in the file's message. */
#ifndef TOOLS_PARSE_H
#define TOOLS_PARSE_H
#include "scenario.h"

/* Zeroed memory that lives as long as the file. NULL (and a failure noted) where there is none; count 0 gives a
 * block. */
void *parse_alloc(struct scenario_file *file, size_t count, size_t size);

/* Members that must be there, and optional ones that keep *value where absent. */
bool parse_u64(struct scenario_file *file, const struct json_at *object, const char *key, uint64_t *value);
bool parse_u32(struct scenario_file *file, const struct json_at *object, const char *key, uint32_t *value);
bool parse_below(struct scenario_file *file, const struct json_at *object, const char *key, unsigned limit,
		 unsigned *value);
bool parse_optional_u64(struct scenario_file *file, const struct json_at *object, const char *key, uint64_t *value);
bool parse_optional_u32(struct scenario_file *file, const struct json_at *object, const char *key, uint32_t *value);
bool parse_optional_below(struct scenario_file *file, const struct json_at *object, const char *key, unsigned limit,
			  unsigned *value);
bool parse_optional_flag(struct scenario_file *file, const struct json_at *object, const char *key, bool *value);
/* An array of objects: *items is allocated, each element read by fn. An absent array is empty. */
typedef bool parse_item_fn(struct scenario_file *file, const struct json_at *at, void *item);
bool parse_array(struct scenario_file *file, const struct json_at *object, const char *key, size_t size,
		 parse_item_fn *fn, void **items, size_t *count);

bool parse_world(struct scenario_file *file, const struct json_at *setup, struct scn_world *world);
bool parse_state(struct scenario_file *file, const struct json_at *at, enum hvbell_partition_state *state);
bool parse_sint(struct scenario_file *file, const struct json_at *at, struct hvbell_sint *sint);
parse_item_fn parse_port, parse_connection, parse_flag, parse_step, parse_call, parse_expected, parse_acceptable;
#endif
