/* SPDX-License-Identifier: MIT */
/* Golden model: a hypercall from its registers. The order of checks is docs/design.md section 4 item 1. */
#include <string.h>
#include "golden.h"

struct parameters {
	uint16_t code;
	bool fast;
	uint64_t control, input, output;
};

static uint64_t field(const uint8_t *block, int offset, int bytes)
{
	uint64_t value = 0;

	for (int i = bytes - 1; i >= 0; i--)
		value = value << 8 | block[offset + i];
	return value;
}

static struct parameters take_registers(const struct golden_call *call)
{
	struct parameters p;

	if (call->x64) {
		p.control = call->rcx;
		p.input = call->rdx;
		p.output = call->r8;
	} else {
		p.control = (call->rdx & 0xffffffff) << 32 | (call->rax & 0xffffffff);
		p.input = (call->rbx & 0xffffffff) << 32 | (call->rcx & 0xffffffff);
		p.output = (call->rdi & 0xffffffff) << 32 | (call->rsi & 0xffffffff);
	}
	p.code = p.control & 0xffff;
	p.fast = p.control >> 16 & 1;
	return p;
}

/* Bytes of the input block in memory; 0: no such call. */
static uint32_t block_size(uint16_t code)
{
	switch (code) {
	case 0x5d: return 8;
	case 0x57: return 48;
	case 0x95: return 56;
	case 0x58: return 16;
	case 0x59: return 48;
	case 0x96: return 72;
	case 0x5b: return 16;
	case 0xc0: return 16;
	default: return 0;
	}
}

static bool has_fast_form(uint16_t code)
{
	return code == 0x5d || code == 0x58 || code == 0x5b;
}

static bool privileged(struct golden *g, const struct golden_call *call, enum golden_privilege privilege)
{
	return golden_partition(g, call->partition)->privileges >> privilege & 1;
}

static enum golden_status check_right(struct golden *g, const struct golden_call *call, uint16_t code)
{
	switch (code) {
	case 0x5d:
		return privileged(g, call, GOLDEN_SIGNAL_EVENTS) ? GOLDEN_SUCCESS : GOLDEN_ACCESS_DENIED;
	case 0xc0:
		return call->root || call->direct ? GOLDEN_SUCCESS : GOLDEN_OPERATION_DENIED;
	case 0x57: case 0x95: case 0x58:
		return call->root || privileged(g, call, GOLDEN_CREATE_PORT) ? GOLDEN_SUCCESS : GOLDEN_ACCESS_DENIED;
	default:
		return call->root || privileged(g, call, GOLDEN_CONNECT_PORT) ? GOLDEN_SUCCESS : GOLDEN_ACCESS_DENIED;
	}
}

static bool take_block(const struct golden_call *call, const struct parameters *p, uint8_t *block)
{
	uint32_t size = block_size(p->code);

	if (p->fast) {
		for (int i = 0; i < 8; i++) {
			block[i] = (uint8_t)(p->input >> 8 * i);
			block[8 + i] = (uint8_t)(p->output >> 8 * i);
		}
		return true;
	}
	return p->input % 8 == 0 && p->input % 4096 + size <= 4096 && call->read(call->arg, p->input, block, size);
}

static uint64_t partition_of(const struct golden_call *call, uint64_t id)
{
	return id == UINT64_MAX ? call->partition : id;
}

static enum golden_status create(struct golden *g, const struct golden_call *call, const uint8_t *block)
{
	struct golden_port port = {
		.partition = partition_of(call, field(block, 0, 8)), .id = (uint32_t)field(block, 8, 4),
		.connection_partition = partition_of(call, field(block, 16, 8)), .type = (uint32_t)field(block, 24, 4),
		.sint = (uint32_t)field(block, 32, 4), .vp = (uint32_t)field(block, 36, 4),
		.base = (uint32_t)field(block, 40, 2), .count = (uint32_t)field(block, 42, 2),
		.reserved_nonzero = field(block, 12, 4) || field(block, 28, 4) || field(block, 44, 4),
	};

	if (port.partition != call->partition && !call->root)
		return GOLDEN_ACCESS_DENIED;
	return golden_create_port(g, &port);
}

static enum golden_status connect_port(struct golden *g, const struct golden_call *call, const uint8_t *block)
{
	uint64_t partition = partition_of(call, field(block, 0, 8));

	if (partition != call->partition && !call->root)
		return GOLDEN_ACCESS_DENIED;
	if (field(block, 12, 4) || field(block, 28, 4) || field(block, 32, 4) != GOLDEN_EVENT_PORT ||
	    field(block, 36, 4) || field(block, 40, 8))
		return GOLDEN_PARAMETER;
	return golden_connect_port(g, partition, (uint32_t)field(block, 8, 4), partition_of(call, field(block, 16, 8)),
				   (uint32_t)field(block, 24, 4));
}

static enum golden_status delete_or_disconnect(struct golden *g, const struct golden_call *call, uint16_t code,
					       const uint8_t *block)
{
	uint64_t partition = partition_of(call, field(block, 0, 8));
	uint32_t id = (uint32_t)field(block, 8, 4);

	if (partition != call->partition && !call->root)
		return GOLDEN_ACCESS_DENIED;
	if (field(block, 12, 4))
		return GOLDEN_INPUT;
	return code == 0x58 ? golden_delete_port(g, partition, id) : golden_disconnect_port(g, partition, id);
}

static enum golden_status direct(struct golden *g, const struct golden_call *call, uint64_t output,
				 const uint8_t *block)
{
	uint64_t partition = partition_of(call, field(block, 0, 8));
	enum golden_status status;
	uint8_t newly[8] = { 0 };
	bool is_new;

	if (output % 8 || !call->write(call->arg, output, newly, 8))
		return GOLDEN_ALIGNMENT;
	if ((partition != call->partition && !call->root) || block[12])
		return GOLDEN_PARAMETER;
	status = golden_direct(g, partition, (uint32_t)field(block, 8, 4), block[13], (uint32_t)field(block, 14, 2),
			       &is_new);
	if (status == GOLDEN_SUCCESS) {
		newly[0] = is_new;
		call->write(call->arg, output, newly, 8);
	}
	return status;
}

static enum golden_status execute(struct golden *g, const struct golden_call *call, const struct parameters *p)
{
	uint8_t block[72] = { 0 };
	enum golden_status status;

	if (block_size(p->code) == 0)
		return GOLDEN_CODE;
	if (p->control & ~0x1ffffull || (p->fast && !has_fast_form(p->code)))
		return GOLDEN_INPUT;
	status = check_right(g, call, p->code);
	if (status != GOLDEN_SUCCESS)
		return status;
	if (!take_block(call, p, block))
		return GOLDEN_ALIGNMENT;
	switch (p->code) {
	case 0x5d: return golden_signal(g, call->partition, field(block, 0, 8));
	case 0x57: case 0x95: return create(g, call, block);
	case 0x59: case 0x96: return connect_port(g, call, block);
	case 0xc0: return direct(g, call, p->output, block);
	default: return delete_or_disconnect(g, call, p->code, block);
	}
}

bool golden_hypercall(struct golden *g, const struct golden_call *call, enum golden_status *status)
{
	struct parameters p;

	if (call->real_mode || call->cpl != 0)
		return false;
	p = take_registers(call);
	*status = execute(g, call, &p);
	return true;
}
