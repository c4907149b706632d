/* SPDX-License-Identifier: MIT */
/* One step's result as JSON. The keys stand in the order of the README of the scenarios. */
#include "report.h"
#include <inttypes.h>
#include <stdio.h>

struct json_object *report_hex(uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	return json_object_new_string(text);
}

static struct json_object *status_name(int status)
{
	const char *name = status < 0 ? NULL : hvbell_status_name(status);

	if (status < 0)
		return NULL;
	return name ? json_object_new_string(name) : report_hex((uint64_t)status);
}

static void add_status(struct json_object *step, int status)
{
	json_object_object_add(step, "status", status_name(status));
	json_object_object_add(step, "status_code", status < 0 ? NULL : report_hex((uint64_t)status));
}

static void add_fault(struct json_object *step, int fault)
{
	const char *name = fault == HVBELL_FAULT_UD ? "#UD" : "#GP";

	json_object_object_add(step, "fault", fault ? json_object_new_string(name) : NULL);
}

static void add_masked(struct json_object *step, const char *key, bool there, uint64_t mask, uint64_t value)
{
	struct json_object *masked = NULL;

	if (there) {
		masked = json_object_new_object();
		json_object_object_add(masked, "mask", report_hex(mask));
		json_object_object_add(masked, "value", report_hex(value & mask));
	}
	json_object_object_add(step, key, masked);
}

static void add_result(struct json_object *step, const struct seen_call *call)
{
	add_masked(step, "result_value_masked", !call->fault, 0xffff, call->result);
	json_object_object_add(step, "reps_completed",
			       call->fault ? NULL : json_object_new_int((int)(call->result >> 32 & 0xfff)));
	add_masked(step, "output_qword_masked", call->has_output, UINT64_MAX, call->output);
}

static void add_statuses(struct json_object *step, const struct seen *seen)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < seen->status_count; i++)
		json_object_array_add(list, status_name(seen->statuses[i]));
	json_object_object_add(step, "statuses", list);
}

static void add_flags(struct json_object *step, const struct seen *seen)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < seen->flag_count; i++) {
		const struct scn_flag *flag = &seen->flags[i];
		struct json_object *item = json_object_new_object();

		json_object_object_add(item, "partition", report_hex(flag->partition));
		json_object_object_add(item, "vp", json_object_new_int64(flag->vp));
		json_object_object_add(item, "sint", json_object_new_int((int)flag->sint));
		json_object_object_add(item, "flag", json_object_new_int((int)flag->flag));
		json_object_object_add(item, "page_offset", report_hex(flag->sint * 256 + flag->flag / 8));
		json_object_object_add(item, "bit_in_byte", json_object_new_int((int)(flag->flag % 8)));
		json_object_array_add(list, item);
	}
	json_object_object_add(step, "sief_bits_after", list);
}

static void add_interrupts(struct json_object *step, const struct seen *seen)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < seen->interrupt_count; i++) {
		const struct scn_interrupt *interrupt = &seen->interrupts[i];
		struct json_object *item = json_object_new_object();

		json_object_object_add(item, "partition", report_hex(interrupt->partition));
		json_object_object_add(item, "vp", json_object_new_int64(interrupt->vp));
		json_object_object_add(item, "vector", report_hex(interrupt->vector));
		json_object_object_add(item, "count", json_object_new_uint64(interrupt->count));
		json_object_array_add(list, item);
	}
	json_object_object_add(step, "interrupt_requests", list);
}

struct json_object *report_step(const struct seen *seen)
{
	struct json_object *step = json_object_new_object();

	if (seen->parts & SEEN_STATUS)
		add_status(step, seen->call.status);
	if (seen->parts & SEEN_FAULT)
		add_fault(step, seen->call.fault);
	if (seen->parts & SEEN_STATUSES)
		add_statuses(step, seen);
	if (seen->parts & SEEN_RESULT)
		add_result(step, &seen->call);
	if (seen->parts & SEEN_VALUE)
		json_object_object_add(step, "value", report_hex(seen->value));
	if (seen->parts & SEEN_WORLD) {
		add_flags(step, seen);
		add_interrupts(step, seen);
	}
	return step;
}
