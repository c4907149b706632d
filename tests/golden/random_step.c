/* SPDX-License-Identifier: MIT */
/* Random steps: mostly signals that get somewhere, with every kind of mistake and every change of state between
 * them. */
#include "random.h"
#include <stdlib.h>
#include <string.h>

#define LIVE_PORTS 14           /* more might use up the card's pending words, of which the model knows nothing */
#define BLOCK 0x3000u
#define OUTPUT 0x8000u

static uint64_t any_partition(struct random_world *w)
{
	const struct scn_world *world = &w->scenario.world;

	return world->partitions[random_below(&w->source, world->partition_count)].id;
}

/* A VP that is there; NULL: the partition has none. */
static struct golden_vp *any_vp(struct random_world *w, struct golden *g, uint64_t partition)
{
	struct golden_partition *p = golden_partition(g, partition);

	for (int tries = 0; tries < 40; tries++) {
		struct golden_vp *vp = &p->vp[random_below(&w->source, GOLDEN_VPS)];

		if (vp->used)
			return vp;
	}
	return NULL;
}

static const struct golden_connection *any_connection(struct random_world *w, struct golden *g)
{
	for (int tries = 0; tries < 1000; tries++) {
		const struct golden_connection *c = &g->connection[random_below(&w->source, GOLDEN_CONNECTIONS)];

		if (c->used)
			return c;
	}
	return NULL;
}

static const struct golden_port *any_port(struct random_world *w, struct golden *g)
{
	for (int tries = 0; tries < 1000; tries++) {
		const struct golden_port *port = &g->port[random_below(&w->source, GOLDEN_PORTS)];

		if (port->used)
			return port;
	}
	return NULL;
}

static unsigned live_ports(const struct golden *g)
{
	unsigned count = 0;

	for (int i = 0; i < GOLDEN_PORTS; i++)
		count += g->port[i].used;
	return count;
}

/* Puts a control word and two parameters into the registers of a random mode. */
static void set_registers(struct random_world *w, struct scn_call *call, uint64_t control, uint64_t first,
			  uint64_t second)
{
	if (random_chance(&w->source, 70)) {
		call->mode = SCN_X64;
		call->rcx = control;
		call->rdx = first;
		call->r8 = second;
		return;
	}
	call->mode = SCN_X86;
	call->rdx = control >> 32;
	call->rax = control & 0xffffffff;
	call->rbx = first >> 32;
	call->rcx = first & 0xffffffff;
	call->rdi = second >> 32;
	call->rsi = second & 0xffffffff;
}

/* The memory form of a call: its block at a GPA that is nearly always good. */
static bool set_block(struct random_world *w, struct scn_call *call, uint64_t control, const uint64_t *block,
		      size_t qwords)
{
	uint64_t gpa = BLOCK + 8 * random_below(&w->source, 64);

	call->memory = calloc(qwords, sizeof(*call->memory));
	if (!call->memory)
		return false;
	call->memory_count = qwords;
	for (size_t i = 0; i < qwords; i++)
		call->memory[i] = (struct scn_qword){ gpa + 8 * i, block[i] };
	set_registers(w, call, control, random_chance(&w->source, 4) ? gpa + 1 + random_below(&w->source, 7) : gpa,
		      OUTPUT);
	return true;
}

static void pick_flag(struct random_world *w, const struct golden_port *port, uint64_t *flag)
{
	uint32_t count = port ? port->count : 16;

	*flag = random_below(&w->source, count);
	if (random_chance(&w->source, 20))
		*flag = count - 1;
	if (random_chance(&w->source, 6))
		*flag = random_chance(&w->source, 50) ? count : random_below(&w->source, 0x10000);
}

/* HvCallSignalEvent. named_only: not through a port for any VP. */
static bool signal_call(struct random_world *w, struct golden *g, struct scn_call *call, bool named_only)
{
	const struct golden_connection *c = any_connection(w, g);
	const struct golden_port *port = c && c->port >= 0 ? &g->port[c->port] : NULL;
	uint64_t flag, input, control = 0x5d;

	if (!c || (named_only && port && port->vp == GOLDEN_ANY_VP))
		c = NULL;
	call->caller_partition = c && random_chance(&w->source, 95) ? c->partition : any_partition(w);
	if (named_only && c)
		call->caller_partition = c->partition;
	call->caller_vp = (uint32_t)random_below(&w->source, 40);
	pick_flag(w, port, &flag);
	input = flag << 32 | (c ? c->id : 0xfedcba);
	if (random_chance(&w->source, 3))
		input ^= 1ull << (24 + random_below(&w->source, 8));
	if (random_chance(&w->source, 3))
		input |= 1ull << (48 + random_below(&w->source, 16));
	if (random_chance(&w->source, 3))
		control |= 1ull << (17 + random_below(&w->source, 47));
	if (random_chance(&w->source, 2))
		control ^= 1 + random_below(&w->source, 0xff00) * 0x100 % 0xff00;
	if (random_chance(&w->source, 2))
		call->cpl = 3;
	if (random_chance(&w->source, 30))
		return set_block(w, call, control, &input, 1);
	set_registers(w, call, control | 0x10000, input, random_below(&w->source, 1ull << 40));
	return true;
}

static bool direct_call(struct random_world *w, struct golden *g, struct scn_call *call)
{
	uint64_t partition = any_partition(w);
	const struct golden_vp *vp = any_vp(w, g, partition);
	uint64_t block[2] = { random_chance(&w->source, 90) ? UINT64_MAX : any_partition(w),
			      (vp ? vp->index : 9) | random_below(&w->source, 18) << 40 |
				      random_below(&w->source, 2048) << 48 };

	if (random_chance(&w->source, 80))
		block[1] = (block[1] & ~(0xffull << 40)) | (1 + random_below(&w->source, 3)) << 40;
	if (random_chance(&w->source, 5))
		block[1] |= 1ull << (63 - random_below(&w->source, 5) * 8);
	call->caller_partition = partition;
	return set_block(w, call, 0xc0, block, 2);
}

/* HvCallCreatePort for the caller's own partition, mostly. */
static bool create_call(struct random_world *w, struct scn_call *call)
{
	struct scn_port port = random_port(&w->source, any_partition(w), any_partition(w), 0);
	const struct hvbell_port *p = &port.port;
	uint64_t block[7] = { UINT64_MAX, 0x100 + random_below(&w->source, 8), p->connection_partition, p->type,
			      p->target_sint | (uint64_t)p->target_vp << 32,
			      p->base_flag_number | (uint64_t)p->flag_count << 16, 0 };

	if (random_chance(&w->source, 10))
		block[random_below(&w->source, 7)] ^= 1ull << random_below(&w->source, 64);
	call->caller_partition = p->partition;
	return set_block(w, call, random_chance(&w->source, 50) ? 0x57 : 0x95, block, 7);
}

static bool connect_call(struct random_world *w, struct golden *g, struct scn_call *call)
{
	const struct golden_port *port = any_port(w, g);
	uint64_t block[9] = { UINT64_MAX, 0x200 + random_below(&w->source, 16), port ? port->partition : 0x10,
			      port ? port->id : 0, HVBELL_PORT_EVENT };

	if (random_chance(&w->source, 10))
		block[random_below(&w->source, 6)] ^= 1ull << random_below(&w->source, 64);
	call->caller_partition = port ? port->connection_partition : any_partition(w);
	return set_block(w, call, random_chance(&w->source, 50) ? 0x59 : 0x96, block, 9);
}

/* HvCallDeletePort or HvCallDisconnectPort, both forms. */
static bool end_call(struct random_world *w, struct golden *g, struct scn_call *call)
{
	const struct golden_connection *c = any_connection(w, g);
	const struct golden_port *port = any_port(w, g);
	bool delete = random_chance(&w->source, 50) && port;
	uint64_t block[2] = { UINT64_MAX, delete ? port->id : c ? c->id : 1 };
	uint64_t control = delete ? 0x58 : 0x5b;

	if (random_chance(&w->source, 10))
		block[1] ^= 1ull << random_below(&w->source, 64);
	call->caller_partition = delete ? port->partition : c ? c->partition : any_partition(w);
	if (random_chance(&w->source, 50))
		return set_block(w, call, control, block, 2);
	set_registers(w, call, control | 0x10000, block[0], block[1]);
	return true;
}

/* Kicks a slot: what it was bound to before, mostly, and whatever has become of that since. */
static void kick(struct random_world *w, struct golden *g, struct scn_step *step)
{
	const struct golden_connection *c = any_connection(w, g);
	uint64_t flag;

	step->op = SCN_KICK;
	step->partition = c && random_chance(&w->source, 95) ? c->partition : any_partition(w);
	step->slot = (unsigned)random_below(&w->source, 4);
	step->binds = !golden_partition(g, step->partition)->kick[step->slot].bound || random_chance(&w->source, 30);
	pick_flag(w, c && c->port >= 0 ? &g->port[c->port] : NULL, &flag);
	step->flag = (unsigned)flag;
	step->connection.id = c ? c->id : 0xfedcba;
	if (random_chance(&w->source, 3))
		step->connection.id ^= 1u << (24 + random_below(&w->source, 8));
}

static bool hypercall(struct random_world *w, struct golden *g, struct scn_step *step)
{
	uint64_t which = random_below(&w->source, 100);

	step->op = SCN_HYPERCALL;
	step->calls = calloc(1, sizeof(*step->calls));
	step->call_count = 1;
	if (!step->calls)
		return false;
	if (which < 84)
		return signal_call(w, g, step->calls, false);
	if (which < 90)
		return direct_call(w, g, step->calls);
	if (which < 94)
		return end_call(w, g, step->calls);
	if (which < 97)
		return connect_call(w, g, step->calls);
	return live_ports(g) < LIVE_PORTS ? create_call(w, step->calls) : signal_call(w, g, step->calls, false);
}

/* Several at once: only calls whose results do not depend on their order. */
static bool hypercalls(struct random_world *w, struct golden *g, struct scn_step *step)
{
	step->op = SCN_CONCURRENT_HYPERCALLS;
	step->calls = calloc(4, sizeof(*step->calls));
	if (!step->calls)
		return false;
	while (step->call_count < 4)
		if (!signal_call(w, g, &step->calls[step->call_count++], true))
			return false;
	return true;
}

static void manage(struct random_world *w, struct golden *g, struct scn_step *step)
{
	const struct golden_connection *c = any_connection(w, g);
	const struct golden_port *port = any_port(w, g);

	step->op = SCN_CREATE_PORT + random_below(&w->source, 4);
	if (step->op == SCN_CREATE_PORT && live_ports(g) >= LIVE_PORTS)
		step->op = SCN_DELETE_PORT;
	step->port =
		random_port(&w->source, any_partition(w), any_partition(w), (uint32_t)random_below(&w->source, 40));
	step->port.port.reserved_nonzero = random_chance(&w->source, 3);
	step->connection = (struct scn_connection){
		.partition = port ? port->connection_partition : 0x10, .port_partition = port ? port->partition : 0x20,
		.id = (uint32_t)random_below(&w->source, 1 << 24), .port_id = port ? port->id : 1,
	};
	if (step->op == SCN_DISCONNECT_PORT && c) {
		step->connection.partition = c->partition;
		step->connection.id = c->id;
	}
	if (random_chance(&w->source, 5))
		step->connection.id |= 1u << (24 + random_below(&w->source, 8));
	if (random_chance(&w->source, 5))
		step->connection.port_id = (uint32_t)random_below(&w->source, 1 << 25);
	if (random_chance(&w->source, 3))
		step->connection.partition = 0x99;
}

static void access_msr(struct random_world *w, struct scn_step *step)
{
	static const uint32_t registers[] = { 0x40000080, 0x40000081, 0x40000082, 0x40000083, 0x40000084, 0x40000091,
					      0x40000092, 0x40000093, 0x40000087, 0x400000a0 };
	struct hvbell_sint sint = random_sint(&w->source);

	step->op = random_chance(&w->source, 50) ? SCN_WRMSR : SCN_RDMSR;
	step->msr = registers[random_below(&w->source, 10)];
	step->value = random_chance(&w->source, 80);
	if (step->msr >= 0x40000090)
		step->value = sint.vector | (uint64_t)sint.masked << 16 | (uint64_t)sint.polling << 18;
	if (random_chance(&w->source, 20))
		step->value |= random_below(&w->source, 1ull << 44) << 19;
	if (random_chance(&w->source, 10))
		step->value &= ~0xf0ull;
}

/* A change of a VP's state. */
static void change(struct random_world *w, struct golden *g, struct scn_step *step)
{
	const struct golden_vp *vp;
	uint64_t which = random_below(&w->source, 100);

	step->partition = any_partition(w);
	vp = any_vp(w, g, step->partition);
	step->vp = vp ? vp->index : 0;
	step->sint = 1 + (unsigned)random_below(&w->source, 3);
	step->sint_value = random_sint(&w->source);
	step->enable = random_chance(&w->source, 75);
	step->has_gpa = random_chance(&w->source, 30);
	step->gpa = random_below(&w->source, 1 << 20) << 12;
	step->state = random_chance(&w->source, 75) ? HVBELL_ACTIVE
						    : (enum hvbell_partition_state)random_below(&w->source, 4);
	if (!vp || which < 15)
		step->op = SCN_SET_PARTITION_STATE;
	else if (which < 35)
		step->op = SCN_SET_SCONTROL;
	else if (which < 50)
		step->op = SCN_SET_SIEFP;
	else if (which < 75)
		step->op = SCN_SET_SINT;
	else if (which < 80)
		step->op = SCN_VP_RESET;
	else if (which < 82)
		step->op = SCN_DELETE_VP;
	else
		access_msr(w, step);
}

/* Clears a flag that is set, mostly. */
static void clear(struct random_world *w, struct golden *g, struct scn_step *step)
{
	const struct golden_vp *vp;

	step->op = SCN_GUEST_CLEAR_FLAG;
	step->partition = any_partition(w);
	vp = any_vp(w, g, step->partition);
	if (!vp) {
		change(w, g, step);
		return;
	}
	step->vp = vp->index;
	step->sint = 1 + (unsigned)random_below(&w->source, 3);
	step->flag = (unsigned)random_below(&w->source, HVBELL_FLAGS);
	for (unsigned f = 0; f < HVBELL_FLAGS && !golden_flag(vp, step->sint, step->flag); f++)
		step->flag = (step->flag + 1) % HVBELL_FLAGS;
}

bool random_step(struct random_world *world, struct golden *g)
{
	struct scn_step *step = &world->scenario.steps[world->scenario.step_count];
	uint64_t which = random_below(&world->source, 100);

	if (world->scenario.step_count == world->room)
		return false;
	memset(step, 0, sizeof(*step));
	world->scenario.step_count++;
	if (which < 56)
		return hypercall(world, g, step);
	if (which < 72 && which >= 66)
		return hypercalls(world, g, step);
	if (which < 66)
		kick(world, g, step);
	else if (which < 82)
		clear(world, g, step);
	else if (which < 88)
		manage(world, g, step);
	else
		change(world, g, step);
	return true;
}
