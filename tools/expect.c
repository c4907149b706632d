/* SPDX-License-Identifier: MIT */
/* Reads what must be seen after a step: `expected` objects, and the rows of `acceptable` with their short forms. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "parse.h"
#include "status_name.h"

static bool wrong_status(struct scenario_file *file, const struct json_at *at)
{
	return json_wrong(&file->json, at, "must be the name of an HV_STATUS, or null");
}

static bool parse_status_name(struct scenario_file *file, const struct json_at *at, void *item)
{
	int *status = item;

	*status = SCN_NONE;
	if (json_is_null(at))
		return true;
	if (!json_object_is_type(at->value, json_type_string))
		return wrong_status(file, at);
	*status = status_of_name(json_object_get_string(at->value));
	return *status >= 0 || wrong_status(file, at);
}

static bool parse_status(struct scenario_file *file, const struct json_at *at, struct scn_expected *expected)
{
	expected->has_status = true;
	return parse_status_name(file, at, &expected->status);
}

static bool parse_status_code(struct scenario_file *file, const struct json_at *at, struct scn_expected *expected)
{
	uint64_t code = 0;

	expected->has_code = true;
	expected->code = SCN_NONE;
	if (json_is_null(at))
		return true;
	if (!json_number(&file->json, at, 0xffff, &code))
		return false;
	expected->code = (int)code;
	return true;
}

static bool parse_statuses(struct scenario_file *file, const struct json_at *at, struct scn_expected *expected)
{
	expected->has_statuses = true;
	return parse_array(file, at->parent, at->key, sizeof(*expected->statuses), parse_status_name,
			   (void **)&expected->statuses, &expected->status_count);
}

static bool parse_fault(struct scenario_file *file, const struct json_at *at, struct scn_expected *expected)
{
	const char *text;

	expected->has_fault = true;
	expected->fault = 0;
	if (json_is_null(at))
		return true;
	if (!json_text(&file->json, at, &text))
		return false;
	expected->fault = strcmp(text, "#UD") == 0 ? HVBELL_FAULT_UD : strcmp(text, "#GP") == 0 ? HVBELL_FAULT_GP : 0;
	return expected->fault || json_wrong(&file->json, at, "must be #UD, #GP or null");
}

static bool parse_masked(struct scenario_file *file, const struct json_at *at, struct scn_masked *masked)
{
	masked->given = true;
	masked->null = json_is_null(at);
	return masked->null || (json_is_object(&file->json, at) && parse_u64(file, at, "mask", &masked->mask) &&
				parse_u64(file, at, "value", &masked->value));
}

static bool parse_result(struct scenario_file *file, const struct json_at *at, struct scn_expected *expected)
{
	return parse_masked(file, at, &expected->result);
}

static bool parse_output(struct scenario_file *file, const struct json_at *at, struct scn_expected *expected)
{
	return parse_masked(file, at, &expected->output);
}

/* A number, or null: there must be none, as where the call faults. */
static bool parse_whole(struct scenario_file *file, const struct json_at *at, uint64_t max, struct scn_masked *whole)
{
	*whole = (struct scn_masked){ .given = true, .null = json_is_null(at), .mask = UINT64_MAX };
	return whole->null || json_number(&file->json, at, max, &whole->value);
}

static bool parse_reps(struct scenario_file *file, const struct json_at *at, struct scn_expected *expected)
{
	return parse_whole(file, at, 0xfff, &expected->reps);
}

static bool parse_value(struct scenario_file *file, const struct json_at *at, struct scn_expected *expected)
{
	return parse_whole(file, at, UINT64_MAX, &expected->value);
}

static bool parse_seen_flag(struct scenario_file *file, const struct json_at *at, void *item)
{
	struct scn_flag *flag = item;
	uint64_t offset, bit;

	if (!parse_flag(file, at, flag))
		return false;
	/* Where the flag lies follows from its number: a file that says otherwise contradicts itself. */
	offset = flag->sint * 256 + flag->flag / 8;
	bit = flag->flag % 8;
	if (!parse_optional_u64(file, at, "page_offset", &offset) || !parse_optional_u64(file, at, "bit_in_byte", &bit))
		return false;
	return (offset == flag->sint * 256 + flag->flag / 8 && bit == flag->flag % 8) ||
	       json_wrong(&file->json, at, "page_offset and bit_in_byte do not belong to this SINT and flag");
}

static bool parse_flags(struct scenario_file *file, const struct json_at *at, struct scn_expected *expected)
{
	expected->has_flags = true;
	return parse_array(file, at->parent, at->key, sizeof(*expected->flags), parse_seen_flag,
			   (void **)&expected->flags, &expected->flag_count);
}

static bool parse_interrupt(struct scenario_file *file, const struct json_at *at, void *item)
{
	struct scn_interrupt *interrupt = item;
	unsigned vector;

	if (!json_is_object(&file->json, at) || !parse_u64(file, at, "partition", &interrupt->partition) ||
	    !parse_u32(file, at, "vp", &interrupt->vp) || !parse_below(file, at, "vector", 256, &vector) ||
	    !parse_u64(file, at, "count", &interrupt->count))
		return false;
	interrupt->vector = (uint8_t)vector;
	return true;
}

static bool parse_interrupts(struct scenario_file *file, const struct json_at *at, struct scn_expected *expected)
{
	expected->has_interrupts = true;
	return parse_array(file, at->parent, at->key, sizeof(*expected->interrupts), parse_interrupt,
			   (void **)&expected->interrupts, &expected->interrupt_count);
}

/* "(0x20,vp0,sint2,flag64)" */
static bool parse_short_flag(struct scenario_file *file, const struct json_at *at, void *item)
{
	struct scn_flag *flag = item;
	const char *text;
	int end = 0;

	if (!json_text(&file->json, at, &text))
		return false;
	if (sscanf(text, "(%" SCNi64 ",vp%" SCNu32 ",sint%u,flag%u)%n", (int64_t *)&flag->partition, &flag->vp,
		   &flag->sint, &flag->flag, &end) != 4 ||
	    end == 0 || text[end] || flag->sint >= HVBELL_SINTS || flag->flag >= HVBELL_FLAGS)
		return json_wrong(&file->json, at, "must read like \"(0x20,vp0,sint2,flag64)\"");
	return true;
}

static bool parse_short_flags(struct scenario_file *file, const struct json_at *at, struct scn_expected *expected)
{
	expected->has_flags = true;
	return parse_array(file, at->parent, at->key, sizeof(*expected->flags), parse_short_flag,
			   (void **)&expected->flags, &expected->flag_count);
}

/* "vp0 0xb1 x1" */
static bool parse_short_interrupt(struct scenario_file *file, const struct json_at *at, void *item)
{
	struct scn_interrupt *interrupt = item;
	const char *text;
	unsigned vector;
	int end = 0;

	if (!json_text(&file->json, at, &text))
		return false;
	if (sscanf(text, "vp%" SCNu32 " 0x%x x%" SCNu64 "%n", &interrupt->vp, &vector, &interrupt->count, &end) != 3 ||
	    end == 0 || text[end] || vector > 255)
		return json_wrong(&file->json, at, "must read like \"vp0 0xb1 x1\"");
	interrupt->vector = (uint8_t)vector;
	interrupt->any_partition = true;
	return true;
}

static bool parse_short_interrupts(struct scenario_file *file, const struct json_at *at, struct scn_expected *expected)
{
	expected->has_interrupts = true;
	return parse_array(file, at->parent, at->key, sizeof(*expected->interrupts), parse_short_interrupt,
			   (void **)&expected->interrupts, &expected->interrupt_count);
}

static const struct {
	const char *key;
	bool (*parse)(struct scenario_file *file, const struct json_at *at, struct scn_expected *expected);
} keys[] = {
	{ "status", parse_status }, { "status_code", parse_status_code }, { "statuses", parse_statuses },
	{ "fault", parse_fault }, { "result_value_masked", parse_result }, { "reps_completed", parse_reps },
	{ "output_qword_masked", parse_output }, { "value", parse_value }, { "sief_bits_after", parse_flags },
	{ "interrupt_requests", parse_interrupts }, { "sief_bits", parse_short_flags },
	{ "interrupts", parse_short_interrupts },
};

static bool refers(const struct json_object *value)
{
	return json_object_is_type(value, json_type_string) &&
	       strcmp(json_object_get_string((struct json_object *)value), "see acceptable") == 0;
}

/* Whether a key, or one element of its list, is left to the rows of `acceptable`; the whole key is then. */
static bool left_to_rows(const struct json_object *value)
{
	bool left = refers(value);

	for (size_t i = 0; json_object_is_type(value, json_type_array) && i < json_object_array_length(value); i++)
		left = left || refers(json_object_array_get_idx(value, i));
	return left;
}

/* Keys that are not known are for the reader, here as elsewhere. */
bool parse_expected(struct scenario_file *file, const struct json_at *at, void *item)
{
	struct scn_expected *expected = item;

	if (!json_is_object(&file->json, at))
		return false;
	json_object_object_foreach(at->value, key, value) {
		struct json_at member = { .value = value, .parent = at, .key = key };
		unsigned i = 0;

		while (i < sizeof(keys) / sizeof(keys[0]) && strcmp(keys[i].key, key) != 0)
			i++;
		if (i == sizeof(keys) / sizeof(keys[0]))
			continue;
		if (left_to_rows(value))
			expected->see_acceptable = true;
		else if (!keys[i].parse(file, &member, expected))
			return false;
	}
	return true;
}

bool parse_acceptable(struct scenario_file *file, const struct json_at *at, void *item)
{
	struct scn_expected *row = item;

	return parse_expected(file, at, row) &&
	       (!row->see_acceptable || json_wrong(&file->json, at, "a row cannot refer to the rows"));
}
