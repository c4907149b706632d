/* SPDX-License-Identifier: MIT */
/* What the tests are made of: guests on a card, joined, and told what to do. */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "vmm.h"

#define GUEST_OS_ID 0x40000000u
#define OS_ID 0x8100000000000000ull     /* an open-source system without a version */
#define ENABLED 1ull
#define TAKEN_MS 20000

/* ---- commands of a guest ----------------------------------------------------------------------------------------- */

bool world_ops(struct machine *machine, unsigned vp, struct box_op *ops, unsigned count)
{
	struct mailbox *box = machine->vp[vp].box;

	memcpy(box->ops, ops, count * sizeof(*ops));
	box->ops_count = count;
	box->count = 1;
	if (!machine_do(machine, vp, BOX_OPS))
		return false;
	memcpy(ops, box->ops, count * sizeof(*ops));
	return true;
}

bool world_wrmsr(struct machine *machine, unsigned vp, uint32_t msr, uint64_t value, uint32_t *fault)
{
	struct box_op op = { .kind = BOX_WRMSR, .a = msr, .b = value };

	if (!world_ops(machine, vp, &op, 1))
		return false;
	if (fault)
		*fault = op.fault ? op.fault - 1 : 0;
	return fault || !op.fault || vmm_complain("WRMSR 0x%x, 0x%llx makes exception %u", msr,
						  (unsigned long long)value, op.fault - 1);
}

bool world_synic(struct machine *machine, unsigned vp, unsigned sint, uint64_t value)
{
	return world_wrmsr(machine, vp, GUEST_OS_ID, OS_ID, NULL) &&
	       world_wrmsr(machine, vp, SIEFP, (GUEST_SIEF + 4096 * vp) | ENABLED, NULL) &&
	       world_wrmsr(machine, vp, SINT0 + sint, value, NULL) &&
	       world_wrmsr(machine, vp, SCONTROL, ENABLED, NULL);
}

void world_signals(struct machine *machine, unsigned vp, uint64_t control, uint32_t id, uint64_t count,
		   uint64_t first, uint64_t flags)
{
	struct mailbox *box = machine->vp[vp].box;

	box->control = control;
	box->input = id;
	box->count = count;
	box->first = first;
	box->flags = flags;
	box->doorbell = GUEST_DOORBELL;
	box->bytes = 8;
	box->sent = 0;
	box->refused = 0;
	box->status = 0;
	box->replies = 0;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool world_taken(struct machine *machine, unsigned vp, unsigned sint, uint64_t count)
{
	volatile uint64_t *taken = &machine->vp[vp].box->taken[sint];
	uint64_t until = now_ms() + TAKEN_MS;

	while (*taken < count && now_ms() < until)
		usleep(1000);
	return *taken >= count || vmm_same("flags taken", *taken, count);
}

bool world_each(struct machine *machine, unsigned vp, unsigned sint, uint64_t first, uint64_t flags, uint32_t n)
{
	const struct mailbox *box = machine->vp[vp].box;

	for (unsigned s = 0; s < 16; s++)
		for (unsigned f = 0; f < 2048; f++) {
			uint32_t expected = s == sint && f >= first && f < first + flags ? n : 0;

			if (box->flag[s][f] != expected)
				return vmm_complain("VP %u took flag %u of SINT %u %u times, not %u", vp, f, s,
						    box->flag[s][f], expected);
		}
	return box->stray == 0 || vmm_complain("VP %u had %llu interrupts that are no SINT's", vp,
					       (unsigned long long)box->stray);
}

/* ---- guests and their connections -------------------------------------------------------------------------------- */

static bool add_guest(struct world *world, struct machine *machine, uint64_t partition, unsigned vps)
{
	if (!WORKS(hvbell_partition_add(world->card, partition, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS)) ||
	    !machine_make(machine, vps, world->card, partition))
		return false;
	for (unsigned vp = 0; vp < vps; vp++)
		if (!world_synic(machine, vp, SINT, VECTOR_SINT + SINT))
			return false;
	return true;
}

bool world_make(struct world *world)
{
	return WORKS(hvbell_partition_add(world->card, HOST, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS)) &&
	       add_guest(world, &world->a, A, 1) && add_guest(world, &world->b, B, 2);
}

bool world_make_c(struct world *world)
{
	return add_guest(world, &world->c, C, 1);
}

static bool remove_guest(struct world *world, struct machine *machine, uint64_t partition)
{
	int ret;

	machine_end(machine);
	ret = hvbell_partition_remove(world->card, partition);
	return ret == -ENOENT || vmm_works(ret, "hvbell_partition_remove");
}

bool world_end_c(struct world *world)
{
	return remove_guest(world, &world->c, C);
}

void world_astray(struct world *world)
{
	machine_astray(&world->a);
	machine_astray(&world->b);
	machine_astray(&world->c);
}

bool world_end(struct world *world)
{
	bool good = remove_guest(world, &world->a, A);

	good = remove_guest(world, &world->b, B) && good;
	good = world_end_c(world) && good;
	return WORKS(hvbell_partition_remove(world->card, HOST)) && good;
}

static struct machine *machine_of(struct world *world, uint64_t partition)
{
	return partition == A ? &world->a : partition == B ? &world->b : &world->c;
}

bool world_connect(struct world *world, uint64_t from, uint64_t to, uint32_t vp, unsigned sint, uint32_t id,
		   uint32_t flags)
{
	const struct hvbell_port port = { .partition = to, .id = id, .type = HVBELL_PORT_EVENT,
		.connection_partition = from, .target_sint = sint, .target_vp = vp, .flag_count = flags };

	return WORKS(hvbell_create_port(world->card, &port)) &&
	       WORKS(hvbell_connect_port(world->card, from, id, to, id)) &&
	       WORKS(hvcall_kvm_wire(machine_of(world, to)->glue));
}
