/* SPDX-License-Identifier: MIT */
/* From registers to a call and back: modes, the control word, the input block in registers or in memory. */
#include "internal.h"

#define PAGE 4096u
#define CONTROL_CODE 0xffffull
#define CONTROL_FAST (1ull << 16)

struct call_type {
	uint16_t code;
	bool fast;              /* the fast form exists: input in two registers, no output */
	uint8_t input, output;  /* bytes */
	hvcall_right_fn *right;
	hvcall_handler_fn *handler;
};

static const struct call_type call_types[] = {
	{ HVCALL_SIGNAL_EVENT, true, 8, 0, hvcall_signal_right, hvcall_signal },
	{ HVCALL_CREATE_PORT_OLD, false, 48, 0, hvcall_create_right, hvcall_create_port },
	{ HVCALL_CREATE_PORT, false, 56, 0, hvcall_create_right, hvcall_create_port },
	{ HVCALL_DELETE_PORT, true, 16, 0, hvcall_create_right, hvcall_delete_port },
	{ HVCALL_CONNECT_PORT_OLD, false, 48, 0, hvcall_connect_right, hvcall_connect_port },
	{ HVCALL_CONNECT_PORT, false, 72, 0, hvcall_connect_right, hvcall_connect_port },
	{ HVCALL_DISCONNECT_PORT, true, 16, 0, hvcall_connect_right, hvcall_disconnect_port },
	{ HVCALL_SIGNAL_EVENT_DIRECT, false, 16, 8, hvcall_direct_right, hvcall_direct },
};

static const struct call_type *find_call(uint16_t code)
{
	for (size_t i = 0; i < sizeof(call_types) / sizeof(call_types[0]); i++)
		if (call_types[i].code == code)
			return &call_types[i];
	return NULL;
}

static uint64_t pair(uint64_t high, uint64_t low)
{
	return high << 32 | (uint32_t)low;
}

static struct hvcall_request decode(const struct hvcall_vcpu *cpu, const struct hvcall_memory *memory)
{
	struct hvcall_request request = { .vp = cpu->vp, .memory = memory };

	if (cpu->mode == HVCALL_X64) {
		request.control = cpu->rcx;
		request.input = cpu->rdx;
		request.output = cpu->r8;
	} else {
		request.control = pair(cpu->rdx, cpu->rax);
		request.input = pair(cpu->rbx, cpu->rcx);
		request.output = pair(cpu->rdi, cpu->rsi);
	}
	request.code = (uint16_t)(request.control & CONTROL_CODE);
	request.fast = request.control & CONTROL_FAST;
	return request;
}

static void set_result(struct hvcall_vcpu *cpu, uint64_t value)
{
	if (cpu->mode == HVCALL_X64) {
		cpu->rax = value;
	} else {
		cpu->rax = (uint32_t)value;
		cpu->rdx = value >> 32;
	}
}

/* Alignment Requirements: on 8 bytes, within one page. */
static bool placed_well(uint64_t gpa, size_t len)
{
	return gpa % 8 == 0 && gpa % PAGE + len <= PAGE;
}

static int fetch_input(const struct hvcall_request *request, const struct call_type *type, uint8_t *block)
{
	const uint64_t fast[2] = { htole64(request->input), htole64(request->output) };

	if (request->fast) {
		memcpy(block, fast, sizeof(fast));
		return 0;
	}
	/* Read once: what the guest writes into the block later must not matter. */
	if (!placed_well(request->input, type->input) ||
	    request->memory->read(request->memory->arg, request->input, block, type->input) != 0)
		return HV_STATUS_INVALID_ALIGNMENT;
	return 0;
}

/* Writes zeroes where the output will go, so that a place that cannot be written is found before anything has
 * happened. The output of a call that fails is indeterminate by specification. */
static int probe_output(const struct hvcall_request *request, const struct call_type *type)
{
	static const uint8_t zero[8];

	if (type->output == 0)
		return 0;
	if (!placed_well(request->output, type->output) ||
	    request->memory->write(request->memory->arg, request->output, zero, type->output) != 0)
		return HV_STATUS_INVALID_ALIGNMENT;
	return 0;
}

static int dispatch(hvcall *call, const struct hvcall_request *request)
{
	const struct call_type *type = find_call(request->code);
	uint8_t block[HVCALL_BLOCK_MAX] = { 0 };
	int ret;

	if (!type)
		return HV_STATUS_INVALID_HYPERCALL_CODE;
	/* All calls here are simple and have no variable header: every other bit, the nested one too, must be zero. */
	if ((request->control & ~(CONTROL_CODE | CONTROL_FAST)) || (request->fast && !type->fast))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	ret = type->right(call, request);
	if (ret != 0)
		return ret;
	ret = fetch_input(request, type, block);
	if (ret != 0)
		return ret;
	ret = probe_output(request, type);
	if (ret != 0)
		return ret;
	return type->handler(call, request, block);
}

int hvcall_execute(hvcall *call, const struct hvcall_memory *memory, struct hvcall_vcpu *cpu)
{
	struct hvcall_request request;
	int ret;

	if ((cpu->mode != HVCALL_X64 && cpu->mode != HVCALL_X86) || cpu->cpl != 0)
		return HVBELL_FAULT_UD;
	request = decode(cpu, memory);
	ret = dispatch(call, &request);
	if (ret < 0)
		return ret;
	set_result(cpu, (uint64_t)ret);
	return 0;
}
