/* SPDX-License-Identifier: MIT */
/* One hypercall of a scenario: its registers, and its memory, which holds what the scenario says and a page at the
 * output GPA. */
#include <string.h>
#include "stage.h"

#define OUTPUT_BYTES 4096u
#define GPA_END 0x10000000000ull

struct guest {
	const struct scn_call *call;
	uint64_t output_gpa;
	uint8_t output[OUTPUT_BYTES];
	bool written;
};

static bool in_output(const struct guest *guest, uint64_t gpa)
{
	return gpa < GPA_END && gpa >= guest->output_gpa && gpa - guest->output_gpa < OUTPUT_BYTES;
}

static bool read_byte(const struct guest *guest, uint64_t gpa, uint8_t *to)
{
	for (size_t i = 0; i < guest->call->memory_count; i++) {
		const struct scn_qword *qword = &guest->call->memory[i];

		if (gpa < GPA_END && gpa >= qword->gpa && gpa - qword->gpa < 8) {
			*to = (uint8_t)(qword->value >> 8 * (gpa - qword->gpa));
			return true;
		}
	}
	if (!in_output(guest, gpa))
		return false;
	*to = guest->output[gpa - guest->output_gpa];
	return true;
}

static int read_guest(void *arg, uint64_t gpa, void *to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!read_byte(arg, gpa + i, (uint8_t *)to + i))
			return -1;
	return 0;
}

static int write_guest(void *arg, uint64_t gpa, const void *from, size_t len)
{
	struct guest *guest = arg;

	if (!in_output(guest, gpa) || !in_output(guest, gpa + len - 1))
		return -1;
	memcpy(guest->output + (gpa - guest->output_gpa), from, len);
	guest->written = true;
	return 0;
}

static uint64_t pair(uint64_t high, uint64_t low)
{
	return high << 32 | (uint32_t)low;
}

static void take_result(const struct guest *guest, const struct hvcall_vcpu *cpu, struct seen_call *result)
{
	result->result = cpu->mode == HVCALL_X64 ? cpu->rax : pair(cpu->rdx, cpu->rax);
	result->status = (int)(result->result & 0xffff);
	result->has_output = guest->written && result->status == HV_STATUS_SUCCESS;
	for (unsigned i = 8; result->has_output && i-- > 0;)
		result->output = result->output << 8 | guest->output[i];
}

int stage_hypercall(hvcall *call, const struct scn_call *registers, struct seen_call *result)
{
	static const enum hvcall_mode modes[] = {
		[SCN_REAL] = HVCALL_REAL, [SCN_X86] = HVCALL_X86, [SCN_X64] = HVCALL_X64,
	};
	struct hvcall_vcpu cpu = {
		.vp = registers->caller_vp,
		.mode = modes[registers->mode],
		.cpl = registers->cpl,
		.rax = registers->rax,
		.rbx = registers->rbx,
		.rcx = registers->rcx,
		.rdx = registers->rdx,
		.rsi = registers->rsi,
		.rdi = registers->rdi,
		.r8 = registers->r8,
	};
	struct guest guest = {
		.call = registers,
		.output_gpa = registers->mode == SCN_X64 ? registers->r8 : pair(registers->rdi, registers->rsi),
	};
	const struct hvcall_memory memory = { read_guest, write_guest, &guest };
	int ret = hvcall_execute(call, &memory, &cpu);

	*result = (struct seen_call){ .status = SCN_NONE };
	if (ret < 0)
		return ret;
	result->fault = ret;
	if (ret == 0)
		take_result(&guest, &cpu, result);
	return 0;
}
