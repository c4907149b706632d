/* SPDX-License-Identifier: MIT */
/* Reads a scenario's steps. What a step expects is read by expect.c. */
#include <string.h>
#include "parse.h"

static bool parse_qword(struct scenario_file *file, const struct json_at *at, void *item)
{
	struct scn_qword *qword = item;

	return json_is_object(&file->json, at) && parse_u64(file, at, "gpa", &qword->gpa) &&
	       parse_u64(file, at, "qword", &qword->value);
}

static bool parse_x64(struct scenario_file *file, const struct json_at *input, struct scn_call *call)
{
	return parse_u64(file, input, "rcx", &call->rcx) && parse_u64(file, input, "rdx", &call->rdx) &&
	       parse_optional_u64(file, input, "r8", &call->r8);
}

static bool parse_x86(struct scenario_file *file, const struct json_at *input, struct scn_call *call)
{
	return parse_u64(file, input, "edx", &call->rdx) && parse_u64(file, input, "eax", &call->rax) &&
	       parse_u64(file, input, "ebx", &call->rbx) && parse_u64(file, input, "ecx", &call->rcx) &&
	       parse_optional_u64(file, input, "edi", &call->rdi) && parse_optional_u64(file, input, "esi", &call->rsi);
}

static bool parse_registers(struct scenario_file *file, const struct json_at *input, struct scn_call *call)
{
	struct json_at at;
	const char *mode;

	if (!json_need(&file->json, input, "mode", &at) || !json_text(&file->json, &at, &mode))
		return false;
	if (strcmp(mode, "x64") == 0) {
		call->mode = SCN_X64;
		return parse_x64(file, input, call);
	}
	if (strcmp(mode, "x86") == 0) {
		call->mode = SCN_X86;
		return parse_x86(file, input, call);
	}
	return json_wrong(&file->json, &at, "must be x64 or x86");
}

bool parse_call(struct scenario_file *file, const struct json_at *at, void *item)
{
	struct scn_call *call = item;
	bool real_mode = false;
	struct json_at input;
	unsigned level = 0;

	if (!json_is_object(&file->json, at) || !json_need(&file->json, at, "input", &input) ||
	    !json_is_object(&file->json, &input) ||
	    !parse_u64(file, &input, "caller_partition", &call->caller_partition) ||
	    !parse_optional_u32(file, &input, "caller_vp", &call->caller_vp) ||
	    !parse_optional_below(file, &input, "cpl", 4, &level) ||
	    !parse_optional_flag(file, &input, "real_mode", &real_mode) || !parse_registers(file, &input, call))
		return false;
	call->cpl = (uint8_t)level;
	if (real_mode)
		call->mode = SCN_REAL;
	return parse_array(file, &input, "memory", sizeof(*call->memory), parse_qword, (void **)&call->memory,
			   &call->memory_count);
}

static bool parse_hypercall(struct scenario_file *file, const struct json_at *at, struct scn_step *step)
{
	step->calls = parse_alloc(file, 1, sizeof(*step->calls));
	step->call_count = 1;
	return step->calls && parse_call(file, at, step->calls);
}

static bool parse_concurrent(struct scenario_file *file, const struct json_at *at, struct scn_step *step)
{
	struct json_at calls;

	return json_need(&file->json, at, "calls", &calls) &&
	       parse_array(file, at, "calls", sizeof(*step->calls), parse_call, (void **)&step->calls,
			   &step->call_count);
}

static bool parse_create_port(struct scenario_file *file, const struct json_at *at, struct scn_step *step)
{
	struct json_at port, sender;

	/* a port that is placed may be for any partition, but a call has to name one */
	return json_need(&file->json, at, "port", &port) && parse_port(file, &port, &step->port) &&
	       json_need(&file->json, &port, "connection_partition", &sender);
}

static bool parse_delete_port(struct scenario_file *file, const struct json_at *at, struct scn_step *step)
{
	return parse_u64(file, at, "partition", &step->connection.port_partition) &&
	       parse_u32(file, at, "port_id", &step->connection.port_id);
}

static bool parse_connect_port(struct scenario_file *file, const struct json_at *at, struct scn_step *step)
{
	struct json_at connection;

	return json_need(&file->json, at, "connection", &connection) &&
	       parse_connection(file, &connection, &step->connection);
}

static bool parse_disconnect_port(struct scenario_file *file, const struct json_at *at, struct scn_step *step)
{
	return parse_u64(file, at, "partition", &step->connection.partition) &&
	       parse_u32(file, at, "connection_id", &step->connection.id);
}

static bool parse_vp_name(struct scenario_file *file, const struct json_at *at, struct scn_step *step)
{
	return parse_u64(file, at, "partition", &step->partition) && parse_u32(file, at, "vp", &step->vp);
}

static bool parse_enable(struct scenario_file *file, const struct json_at *at, struct scn_step *step)
{
	struct json_at enable;

	return parse_vp_name(file, at, step) && json_need(&file->json, at, "enable", &enable) &&
	       json_flag(&file->json, &enable, &step->enable);
}

static bool parse_set_siefp(struct scenario_file *file, const struct json_at *at, struct scn_step *step)
{
	struct json_at gpa;

	step->has_gpa = json_member(at, "gpa", &gpa);
	return parse_enable(file, at, step) && parse_optional_u64(file, at, "gpa", &step->gpa);
}

static bool parse_set_sint(struct scenario_file *file, const struct json_at *at, struct scn_step *step)
{
	struct json_at value;

	return parse_vp_name(file, at, step) && parse_below(file, at, "sint", HVBELL_SINTS, &step->sint) &&
	       json_need(&file->json, at, "value", &value) && parse_sint(file, &value, &step->sint_value);
}

static bool parse_set_state(struct scenario_file *file, const struct json_at *at, struct scn_step *step)
{
	struct json_at state;

	return parse_u64(file, at, "partition", &step->partition) && json_need(&file->json, at, "state", &state) &&
	       parse_state(file, &state, &step->state);
}

static bool parse_rdmsr(struct scenario_file *file, const struct json_at *at, struct scn_step *step)
{
	return parse_vp_name(file, at, step) && parse_u32(file, at, "msr", &step->msr);
}

static bool parse_wrmsr(struct scenario_file *file, const struct json_at *at, struct scn_step *step)
{
	return parse_rdmsr(file, at, step) && parse_u64(file, at, "value", &step->value);
}

static bool parse_clear(struct scenario_file *file, const struct json_at *at, struct scn_step *step)
{
	struct scn_flag flag = { 0 };

	if (!parse_flag(file, at, &flag) ||
	    !parse_optional_flag(file, at, "concurrent_with_next", &step->concurrent_with_next))
		return false;
	step->partition = flag.partition;
	step->vp = flag.vp;
	step->sint = flag.sint;
	step->flag = flag.flag;
	return true;
}

static bool parse_kick(struct scenario_file *file, const struct json_at *at, struct scn_step *step)
{
	struct json_at connection;

	step->binds = json_member(at, "connection_id", &connection);
	return parse_u64(file, at, "partition", &step->partition) && parse_below(file, at, "slot", 16, &step->slot) &&
	       (!step->binds || (parse_u32(file, at, "connection_id", &step->connection.id) &&
				 parse_below(file, at, "flag", 0x10000, &step->flag)));
}

static const struct {
	const char *name;
	bool (*parse)(struct scenario_file *file, const struct json_at *at, struct scn_step *step);
} ops[] = {
	[SCN_HYPERCALL] = { "hypercall", parse_hypercall },
	[SCN_CONCURRENT_HYPERCALLS] = { "concurrent_hypercalls", parse_concurrent },
	[SCN_CREATE_PORT] = { "create_port", parse_create_port },
	[SCN_DELETE_PORT] = { "delete_port", parse_delete_port },
	[SCN_CONNECT_PORT] = { "connect_port", parse_connect_port },
	[SCN_DISCONNECT_PORT] = { "disconnect_port", parse_disconnect_port },
	[SCN_SET_SCONTROL] = { "set_scontrol", parse_enable },
	[SCN_SET_SIEFP] = { "set_siefp", parse_set_siefp },
	[SCN_SET_SINT] = { "set_sint", parse_set_sint },
	[SCN_VP_RESET] = { "vp_reset", parse_vp_name },
	[SCN_DELETE_VP] = { "delete_vp", parse_vp_name },
	[SCN_SET_PARTITION_STATE] = { "set_partition_state", parse_set_state },
	[SCN_WRMSR] = { "wrmsr", parse_wrmsr },
	[SCN_RDMSR] = { "rdmsr", parse_rdmsr },
	[SCN_GUEST_CLEAR_FLAG] = { "guest_clear_flag", parse_clear },
	[SCN_KICK] = { "kick", parse_kick },
};

const char *scn_op_name(enum scn_op op)
{
	return ops[op].name;
}

bool parse_step(struct scenario_file *file, const struct json_at *at, void *item)
{
	struct scn_step *step = item;
	struct json_at op, expected;
	const char *name;
	unsigned i = 0;

	if (!json_is_object(&file->json, at) || !json_need(&file->json, at, "op", &op) ||
	    !json_text(&file->json, &op, &name))
		return false;
	while (i < sizeof(ops) / sizeof(ops[0]) && strcmp(ops[i].name, name) != 0)
		i++;
	if (i == sizeof(ops) / sizeof(ops[0]))
		return json_wrong(&file->json, &op, "\"%s\" is no operation", name);
	step->op = i;
	if (!ops[i].parse(file, at, step))
		return false;
	step->has_expected = json_member(at, "expected", &expected);
	return !step->has_expected || parse_expected(file, &expected, &step->expected);
}
