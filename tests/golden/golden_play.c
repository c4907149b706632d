/* SPDX-License-Identifier: MIT */
/* Scenario worlds and steps on the golden model. */
#include "golden_play.h"
#include <stdlib.h>
#include <string.h>

#define GPA_END (1ull << 40)

static struct golden_port model_port(const struct hvbell_port *port)
{
	return (struct golden_port){
		.partition = port->partition, .id = port->id, .type = port->type,
		.connection_partition = port->connection_partition, .sint = port->target_sint, .vp = port->target_vp,
		.base = port->base_flag_number, .count = port->flag_count, .reserved_nonzero = port->reserved_nonzero,
	};
}

static struct golden_sint model_sint(const struct hvbell_sint *sint)
{
	return (struct golden_sint){ sint->vector, sint->masked, sint->auto_eoi, sint->polling };
}

static bool place_vp(struct golden *g, uint64_t partition, const struct scn_vp *vp)
{
	bool placed = golden_vp_add(g, partition, vp->index);

	for (uint32_t s = 0; s < HVBELL_SINTS; s++)
		if (vp->sint_named[s])
			placed = placed && golden_set_sint(g, partition, vp->index, s, model_sint(&vp->sint[s]));
	if (!placed)
		return false;
	golden_vp(g, partition, vp->index)->simp = (vp->simp.gpa & ~0xfffull) | vp->simp.enable;
	golden_set_siefp(g, partition, vp->index, vp->siefp.enable, vp->siefp.gpa & ~0xfffull);
	return golden_set_scontrol(g, partition, vp->index, vp->scontrol);
}

static bool place_partitions(struct golden *g, const struct scn_world *world)
{
	for (size_t i = 0; i < world->partition_count; i++) {
		const struct scn_partition *p = &world->partitions[i];

		if (!golden_partition_add(g, p->id, (enum golden_state)p->state, p->privileges))
			return false;
		for (size_t v = 0; v < p->vp_count; v++)
			if (!place_vp(g, p->id, &p->vps[v]))
				return false;
	}
	return true;
}

bool golden_place_world(struct golden *g, const struct scn_world *world)
{
	golden_clear(g);
	if (!place_partitions(g, world))
		return false;
	for (size_t i = 0; i < world->port_count; i++) {
		struct golden_port port = model_port(&world->ports[i].port);

		if (world->ports[i].deleted)    /* all it leaves is connections to nothing */
			continue;
		if (!golden_partition(g, port.partition) || !golden_place_port(g, &port))
			return false;
	}
	for (size_t i = 0; i < world->connection_count; i++) {
		const struct scn_connection *c = &world->connections[i];

		if (c->id <= 0xffffff &&        /* no signal reaches any other */
		    !golden_place_connection(g, c->partition, c->id, c->port_partition, c->port_id))
			return false;
	}
	for (size_t i = 0; i < world->preset_count; i++) {
		struct golden_vp *vp = golden_vp(g, world->presets[i].partition, world->presets[i].vp);

		if (!vp)
			return false;
		golden_set_flag(vp, world->presets[i].sint, world->presets[i].flag, true);
	}
	return true;
}

/* The caller's memory: some qwords, and a page at the output GPA. */
struct memory {
	const struct scn_call *call;
	uint64_t output_gpa;
	uint8_t output[4096];
	bool written;
};

static bool read_byte(const struct memory *memory, uint64_t gpa, uint8_t *byte)
{
	if (gpa >= GPA_END)
		return false;
	for (size_t i = 0; i < memory->call->memory_count; i++) {
		const struct scn_qword *qword = &memory->call->memory[i];

		if (gpa - qword->gpa < 8) {
			*byte = (uint8_t)(qword->value >> 8 * (gpa - qword->gpa));
			return true;
		}
	}
	if (gpa - memory->output_gpa >= sizeof(memory->output))
		return false;
	*byte = memory->output[gpa - memory->output_gpa];
	return true;
}

static bool read_memory(void *arg, uint64_t gpa, uint8_t *to, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		if (!read_byte(arg, gpa + i, to + i))
			return false;
	return true;
}

static bool write_memory(void *arg, uint64_t gpa, const uint8_t *from, uint32_t len)
{
	struct memory *memory = arg;

	if (gpa >= GPA_END || gpa - memory->output_gpa > sizeof(memory->output) - len)
		return false;
	memcpy(memory->output + (gpa - memory->output_gpa), from, len);
	memory->written = true;
	return true;
}

static void take_output(const struct memory *memory, struct seen_call *result)
{
	result->has_output = memory->written && result->status == GOLDEN_SUCCESS;
	for (int i = 7; result->has_output && i >= 0; i--)
		result->output = result->output << 8 | memory->output[i];
}

static bool hypercall(struct golden *g, const struct scn_call *call, struct seen_call *result)
{
	struct memory memory = { .call = call };
	struct golden_call registers = {
		.partition = call->caller_partition,
		.real_mode = call->mode == SCN_REAL,
		.x64 = call->mode == SCN_X64,
		.direct = true,
		.cpl = call->cpl,
		.rax = call->rax,
		.rbx = call->rbx,
		.rcx = call->rcx,
		.rdx = call->rdx,
		.rsi = call->rsi,
		.rdi = call->rdi,
		.r8 = call->r8,
		.read = read_memory,
		.write = write_memory,
		.arg = &memory,
	};
	enum golden_status status;

	*result = (struct seen_call){ .status = SCN_NONE };
	if (!golden_partition(g, call->caller_partition))
		return false;
	memory.output_gpa = call->mode == SCN_X64 ? call->r8 : (call->rdi << 32 | (call->rsi & 0xffffffff));
	if (!golden_hypercall(g, &registers, &status)) {
		result->fault = HVBELL_FAULT_UD;
		return true;
	}
	result->status = (int)status;
	result->result = status;
	take_output(&memory, result);
	return true;
}

static bool hypercalls(struct golden *g, const struct scn_step *step, struct seen *seen)
{
	seen->parts = SEEN_STATUSES;
	seen->statuses = calloc(step->call_count + 1, sizeof(*seen->statuses));
	seen->status_count = step->call_count;
	for (size_t i = 0; i < step->call_count; i++) {
		struct seen_call result;

		if (!seen->statuses || !hypercall(g, &step->calls[i], &result))
			return false;
		seen->statuses[i] = result.status;
	}
	return true;
}

static bool manage(struct golden *g, const struct scn_step *step, struct seen *seen)
{
	const struct scn_connection *c = &step->connection;
	struct golden_port port = model_port(&step->port.port);

	seen->parts = SEEN_STATUS;
	if (step->op == SCN_CREATE_PORT)
		seen->call.status = (int)golden_create_port(g, &port);
	else if (step->op == SCN_DELETE_PORT)
		seen->call.status = (int)golden_delete_port(g, c->port_partition, c->port_id);
	else if (step->op == SCN_CONNECT_PORT)
		seen->call.status = (int)golden_connect_port(g, c->partition, c->id, c->port_partition, c->port_id);
	else
		seen->call.status = (int)golden_disconnect_port(g, c->partition, c->id);
	return true;
}

static bool access_msr(struct golden *g, const struct scn_step *step, struct seen *seen)
{
	bool good;

	seen->parts = SEEN_FAULT;
	if (step->op == SCN_WRMSR)
		good = golden_wrmsr(g, step->partition, step->vp, step->msr, step->value);
	else
		good = golden_rdmsr(g, step->partition, step->vp, step->msr, &seen->value);
	if (!good)
		seen->call.fault = HVBELL_FAULT_GP;
	else if (step->op == SCN_RDMSR)
		seen->parts |= SEEN_VALUE;
	return true;
}

static bool set_state(struct golden *g, const struct scn_step *step)
{
	struct golden_partition *p = golden_partition(g, step->partition);

	if (p)
		p->state = (enum golden_state)step->state;
	return p;
}

static bool kick(struct golden *g, const struct scn_step *step, struct seen *seen)
{
	enum golden_status status;

	seen->parts = SEEN_STATUS;
	if ((step->binds &&
	     !golden_kick_bind(g, step->partition, step->slot, step->connection.id, step->flag)) ||
	    !golden_kick(g, step->partition, step->slot, &status))
		return false;
	seen->call.status = (int)status;
	return true;
}

/* Steps on a VP that must be there. */
static bool on_vp(struct golden *g, const struct scn_step *step, struct seen *seen)
{
	struct golden_vp *vp = golden_vp(g, step->partition, step->vp);

	if (!vp)
		return false;
	switch (step->op) {
	case SCN_SET_SCONTROL:
		return golden_set_scontrol(g, step->partition, step->vp, step->enable);
	case SCN_SET_SIEFP:
		return golden_set_siefp(g, step->partition, step->vp, step->enable,
					(step->has_gpa ? step->gpa : vp->siefp) & ~0xfffull);
	case SCN_SET_SINT:
		return golden_set_sint(g, step->partition, step->vp, step->sint, model_sint(&step->sint_value));
	case SCN_VP_RESET:
		return golden_vp_reset(g, step->partition, step->vp);
	case SCN_DELETE_VP:
		return golden_vp_remove(g, step->partition, step->vp);
	case SCN_GUEST_CLEAR_FLAG:
		golden_set_flag(vp, step->sint, step->flag, false);
		return true;
	default:
		return access_msr(g, step, seen);
	}
}

static bool act(struct golden *g, const struct scn_step *step, struct seen *seen)
{
	switch (step->op) {
	case SCN_HYPERCALL:
		seen->parts = SEEN_STATUS | SEEN_FAULT | SEEN_RESULT;
		return hypercall(g, step->calls, &seen->call);
	case SCN_CONCURRENT_HYPERCALLS:
		return hypercalls(g, step, seen);
	case SCN_CREATE_PORT: case SCN_DELETE_PORT: case SCN_CONNECT_PORT: case SCN_DISCONNECT_PORT:
		return manage(g, step, seen);
	case SCN_SET_PARTITION_STATE:
		return set_state(g, step);
	case SCN_KICK:
		return kick(g, step, seen);
	default:
		return on_vp(g, step, seen);
	}
}

static bool look_at_sint(struct golden_vp *vp, uint64_t partition, uint32_t sint, struct seen *seen)
{
	struct scn_interrupt interrupt = { .partition = partition,
					   .vp = vp->index,
					   .vector = golden_sint(vp, sint).vector,
					   .count = vp->interrupts[sint] };

	vp->interrupts[sint] = 0;
	if (interrupt.count && seen_add_interrupt(seen, &interrupt) != 0)
		return false;
	for (uint32_t f = 0; f < HVBELL_FLAGS; f++) {
		struct scn_flag flag = { partition, vp->index, sint, f };

		if (golden_flag(vp, sint, f) && seen_add_flag(seen, &flag) != 0)
			return false;
	}
	return true;
}

/* Flags that are set, and interrupts since the last look. */
static bool look(struct golden *g, struct seen *seen)
{
	seen->parts |= SEEN_WORLD;
	for (int p = 0; p < GOLDEN_PARTITIONS; p++)
		for (int v = 0; v < GOLDEN_VPS; v++)
			for (uint32_t s = 0; s < HVBELL_SINTS; s++) {
				struct golden_partition *partition = &g->partition[p];

				if (partition->used && partition->vp[v].used &&
				    !look_at_sint(&partition->vp[v], partition->id, s, seen))
					return false;
			}
	return true;
}

bool golden_play_step(struct golden *g, const struct scn_step *step, struct seen *seen)
{
	memset(seen, 0, sizeof(*seen));
	seen->call.status = SCN_NONE;
	if (!act(g, step, seen))
		return false;
	if (step->concurrent_with_next) {
		seen->parts = 0;
		return true;
	}
	return look(g, seen);
}
