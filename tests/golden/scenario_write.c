/* SPDX-License-Identifier: MIT */
/* Scenarios as JSON. Only what random worlds and steps can hold. */
#include "scenario_write.h"
#include <string.h>
#include "tools/report.h"

typedef struct json_object json;

static void add_hex(json *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, report_hex(value));
}

static void add_number(json *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, json_object_new_uint64(value));
}

static void add_text(json *to, const char *key, const char *text)
{
	json_object_object_add(to, key, json_object_new_string(text));
}

static json *add_object(json *to, const char *key)
{
	json *object = json_object_new_object();

	json_object_object_add(to, key, object);
	return object;
}

static json *add_array(json *to, const char *key)
{
	json *array = json_object_new_array();

	json_object_object_add(to, key, array);
	return array;
}

static json *append(json *array)
{
	json *object = json_object_new_object();

	json_object_array_add(array, object);
	return object;
}

static void add_state(json *to, enum hvbell_partition_state state)
{
	static const char *const names[] = { "uninitialized", "active", "finalizing", "finalized" };

	add_text(to, "state", names[state]);
}

static void add_sint(json *to, const char *key, const struct hvbell_sint *sint)
{
	json *object = add_object(to, key);

	add_number(object, "vector", sint->vector);
	add_number(object, "masked", sint->masked);
	add_number(object, "auto_eoi", sint->auto_eoi);
	add_number(object, "polling", sint->polling);
}

static void add_vp(json *to, const struct scn_vp *vp)
{
	json *siefp, *sints;

	add_number(to, "index", vp->index);
	add_number(to, "scontrol", vp->scontrol);
	siefp = add_object(to, "siefp");
	add_number(siefp, "enable", vp->siefp.enable);
	add_hex(siefp, "gpa", vp->siefp.gpa);
	sints = add_object(to, "sints");
	for (unsigned s = 0; s < HVBELL_SINTS; s++) {
		char key[4];

		snprintf(key, sizeof(key), "%u", s);
		if (vp->sint_named[s])
			add_sint(sints, key, &vp->sint[s]);
	}
}

static void add_partition(json *to, const struct scn_partition *partition)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} privileges[] = {
		{ HVBELL_SIGNAL_EVENTS, "SignalEvents" }, { HVBELL_CREATE_PORT, "CreatePort" },
		{ HVBELL_CONNECT_PORT, "ConnectPort" },
	};
	json *list;

	add_hex(to, "id", partition->id);
	add_state(to, partition->state);
	list = add_array(to, "privileges");
	for (unsigned i = 0; i < 3; i++)
		if (partition->privileges & privileges[i].bit)
			json_object_array_add(list, json_object_new_string(privileges[i].name));
	list = add_array(to, "vps");
	for (size_t v = 0; v < partition->vp_count; v++)
		add_vp(append(list), &partition->vps[v]);
}

static void add_port(json *to, const struct hvbell_port *port)
{
	static const char *const types[] = { "unknown", "message", "event", "monitor", "doorbell" };

	add_hex(to, "partition", port->partition);
	add_hex(to, "id", port->id);
	add_text(to, "type", types[port->type <= 4 ? port->type : 0]);
	add_number(to, "target_sint", port->target_sint);
	add_number(to, "target_vp", port->target_vp);
	add_hex(to, "connection_partition", port->connection_partition);
	add_number(to, "base_flag_number", port->base_flag_number);
	add_number(to, "flag_count", port->flag_count);
	add_number(to, "reserved_z", port->reserved_nonzero);
}

static void add_connection(json *to, const struct scn_connection *connection)
{
	add_hex(to, "partition", connection->partition);
	add_hex(to, "id", connection->id);
	add_hex(to, "port_partition", connection->port_partition);
	add_hex(to, "port_id", connection->port_id);
}

static void add_call(json *step, const struct scn_call *call)
{
	json *input = add_object(step, "input"), *memory;

	add_hex(input, "caller_partition", call->caller_partition);
	add_number(input, "caller_vp", call->caller_vp);
	add_text(input, "mode", call->mode == SCN_X64 ? "x64" : "x86");
	add_number(input, "cpl", call->cpl);
	if (call->mode == SCN_X64) {
		add_hex(input, "rcx", call->rcx);
		add_hex(input, "rdx", call->rdx);
		add_hex(input, "r8", call->r8);
	} else {
		add_hex(input, "edx", call->rdx);
		add_hex(input, "eax", call->rax);
		add_hex(input, "ebx", call->rbx);
		add_hex(input, "ecx", call->rcx);
		add_hex(input, "edi", call->rdi);
		add_hex(input, "esi", call->rsi);
	}
	memory = add_array(input, "memory");
	for (size_t i = 0; i < call->memory_count; i++) {
		json *qword = append(memory);

		add_hex(qword, "gpa", call->memory[i].gpa);
		add_hex(qword, "qword", call->memory[i].value);
	}
}

static void add_calls(json *to, const struct scn_step *step)
{
	json *calls = add_array(to, "calls");

	for (size_t i = 0; i < step->call_count; i++) {
		json *call = append(calls);

		add_text(call, "op", "hypercall");
		add_call(call, &step->calls[i]);
	}
}

static void add_vp_step(json *to, const struct scn_step *step)
{
	add_hex(to, "partition", step->partition);
	if (step->op == SCN_SET_PARTITION_STATE) {
		add_state(to, step->state);
		return;
	}
	add_number(to, "vp", step->vp);
	if (step->op == SCN_SET_SINT || step->op == SCN_GUEST_CLEAR_FLAG)
		add_number(to, "sint", step->sint);
	if (step->op == SCN_SET_SINT)
		add_sint(to, "value", &step->sint_value);
	if (step->op == SCN_GUEST_CLEAR_FLAG)
		add_number(to, "flag", step->flag);
	if (step->op == SCN_SET_SCONTROL || step->op == SCN_SET_SIEFP)
		add_number(to, "enable", step->enable);
	if (step->op == SCN_SET_SIEFP && step->has_gpa)
		add_hex(to, "gpa", step->gpa);
	if (step->op == SCN_WRMSR || step->op == SCN_RDMSR)
		add_hex(to, "msr", step->msr);
	if (step->op == SCN_WRMSR)
		add_hex(to, "value", step->value);
}

static void add_kick(json *to, const struct scn_step *step)
{
	add_hex(to, "partition", step->partition);
	add_number(to, "slot", step->slot);
	if (!step->binds)
		return;
	add_hex(to, "connection_id", step->connection.id);
	add_number(to, "flag", step->flag);
}

/* The expectation is the model's: everything it saw. */
static void add_step(json *to, const struct scn_step *step)
{
	const struct scn_expected *want = &step->expected;
	struct seen seen = {
		.parts = SEEN_WORLD | (want->has_status ? SEEN_STATUS : 0) | (want->has_fault ? SEEN_FAULT : 0) |
			 (want->has_statuses ? SEEN_STATUSES : 0) | (want->value.given ? SEEN_VALUE : 0),
		.call = { .status = want->status, .fault = want->fault },
		.value = want->value.value,
		.statuses = want->statuses,
		.status_count = want->status_count,
		.flags = want->flags,
		.flag_count = want->flag_count,
		.interrupts = want->interrupts,
		.interrupt_count = want->interrupt_count,
	};

	add_text(to, "op", scn_op_name(step->op));
	if (step->op == SCN_HYPERCALL) {
		add_call(to, step->calls);
	} else if (step->op == SCN_CONCURRENT_HYPERCALLS) {
		add_calls(to, step);
	} else if (step->op == SCN_CREATE_PORT) {
		add_port(add_object(to, "port"), &step->port.port);
	} else if (step->op == SCN_CONNECT_PORT) {
		add_connection(add_object(to, "connection"), &step->connection);
	} else if (step->op == SCN_DELETE_PORT) {
		add_hex(to, "partition", step->connection.port_partition);
		add_hex(to, "port_id", step->connection.port_id);
	} else if (step->op == SCN_DISCONNECT_PORT) {
		add_hex(to, "partition", step->connection.partition);
		add_hex(to, "connection_id", step->connection.id);
	} else if (step->op == SCN_KICK) {
		add_kick(to, step);
	} else {
		add_vp_step(to, step);
	}
	json_object_object_add(to, "expected", report_step(&seen));
}

bool scenario_write(const struct scenario *scenario, FILE *out)
{
	const struct scn_world *world = &scenario->world;
	json *root = json_object_new_object(), *setup, *list;
	int ret;

	add_text(root, "name", scenario->name);
	setup = add_object(root, "setup");
	list = add_array(setup, "partitions");
	for (size_t i = 0; i < world->partition_count; i++)
		add_partition(append(list), &world->partitions[i]);
	list = add_array(setup, "ports");
	for (size_t i = 0; i < world->port_count; i++)
		add_port(append(list), &world->ports[i].port);
	list = add_array(setup, "connections");
	for (size_t i = 0; i < world->connection_count; i++)
		add_connection(append(list), &world->connections[i]);
	list = add_array(root, "steps");
	for (size_t i = 0; i < scenario->step_count; i++)
		add_step(append(list), &scenario->steps[i]);
	ret = fprintf(out, "%s\n",
		      json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
	return ret > 0;
}
