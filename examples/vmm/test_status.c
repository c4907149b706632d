/* SPDX-License-Identifier: MIT */
/* What a guest reads back in RAX of calls that the card refuses. Each is made in the fast and in the memory form, and
 * none sets a flag or interrupts. */
#include <string.h>
#include "vmm.h"

#define FLAGS 64u
#define FLAG(n) ((uint64_t)(n) << 32)
#define PORT_PLACED 9u

struct refusal {
	const char *what;
	uint64_t input;
	uint64_t status;
};

static bool silent(struct world *world)
{
	static const uint64_t none[512];

	for (unsigned vp = 0; vp < 2; vp++)
		if (memcmp(world->b.memory + GUEST_SIEF + 4096 * vp, none, sizeof(none)) != 0)
			return vmm_complain("a flag of VP %u is set", vp);
	return true;
}

/* The guest makes one call in both forms. */
static bool refused(struct world *world, const struct refusal *refusal)
{
	struct box_op ops[2] = { { .kind = BOX_CALL, .a = CALL_FAST, .b = refusal->input },
				 { .kind = BOX_CALL, .a = CALL_MEMORY, .b = GUEST_SCRATCH } };
	uint64_t calls = world->a.vp[0].calls;

	memcpy(world->a.memory + GUEST_SCRATCH, &refusal->input, sizeof(refusal->input));
	return (world_ops(&world->a, 0, ops, 2) && vmm_same("fast: exception", ops[0].fault, 0) &&
		vmm_same("fast", ops[0].result, refusal->status) &&
		vmm_same("memory: exception", ops[1].fault, 0) && vmm_same("memory", ops[1].result, refusal->status) &&
		vmm_same("calls that KVM handed over", world->a.vp[0].calls - calls, 2) && silent(world)) ||
	       vmm_complain("%s", refusal->what);
}

/* B's VPs do not run: what would be set stays to be seen. */
static bool all_refused(struct world *world, const struct refusal *refusals, unsigned count)
{
	bool good = true;

	for (unsigned i = 0; i < count; i++)
		good = refused(world, &refusals[i]) && good;
	return good;
}

#define ALL_REFUSED(world, list) all_refused(world, list, sizeof(list) / sizeof((list)[0]))

static bool input_block(struct world *world)
{
	static const struct refusal list[] = {
		{ "an unknown connection", 0x77, HV_STATUS_INVALID_CONNECTION_ID },
		{ "an unknown connection and a flag", FLAG(3) | 0x77, HV_STATUS_INVALID_CONNECTION_ID },
		{ "reserved bits of a connection id", FLAG(1) | 0x01000001, HV_STATUS_INVALID_CONNECTION_ID },
		{ "a flag out of range", FLAG(FLAGS) | 1, HV_STATUS_INVALID_PARAMETER },
		{ "the last flag number", FLAG(0xffff) | 1, HV_STATUS_INVALID_PARAMETER },
		{ "bit 48", 1ull << 48 | FLAG(1) | 1, HV_STATUS_INVALID_HYPERCALL_INPUT },
		{ "bit 63", 1ull << 63 | FLAG(1) | 1, HV_STATUS_INVALID_HYPERCALL_INPUT },
	};

	return world_connect(world, A, B, 0, SINT, 1, FLAGS) && ALL_REFUSED(world, list);
}

static bool deleted_port(struct world *world)
{
	static const struct refusal list[] = { { "a deleted port", 1, HV_STATUS_INVALID_PORT_ID } };

	return world_connect(world, A, B, 0, SINT, 1, FLAGS) && WORKS(hvbell_delete_port(world->card, B, 1)) &&
	       ALL_REFUSED(world, list);
}

static bool disconnected(struct world *world)
{
	static const struct refusal list[] = { { "no connection any more", 1, HV_STATUS_INVALID_CONNECTION_ID } };

	return world_connect(world, A, B, 0, SINT, 1, FLAGS) && WORKS(hvbell_disconnect_port(world->card, A, 1)) &&
	       ALL_REFUSED(world, list);
}

static bool placed(struct world *world, uint32_t type, uint32_t vp)
{
	const struct hvbell_port port = { .partition = B, .id = PORT_PLACED, .type = type, .connection_partition = A,
		.target_sint = SINT, .target_vp = vp, .flag_count = FLAGS };

	return WORKS(hvbell_place_port(world->card, &port)) &&
	       WORKS(hvbell_place_connection(world->card, A, PORT_PLACED, B, PORT_PLACED));
}

static bool message_port(struct world *world)
{
	static const struct refusal list[] = {
		{ "a port for messages", PORT_PLACED, HV_STATUS_INVALID_PORT_ID },
	};

	return placed(world, HVBELL_PORT_MESSAGE, 0) && ALL_REFUSED(world, list);
}

static bool no_vp(struct world *world)
{
	static const struct refusal list[] = {
		{ "a VP that is not there", PORT_PLACED, HV_STATUS_INVALID_VP_INDEX },
	};

	return placed(world, HVBELL_PORT_EVENT, 7) && ALL_REFUSED(world, list);
}

static bool no_privilege(struct world *world)
{
	static const struct refusal list[] = {
		{ "no privilege", 1, HV_STATUS_ACCESS_DENIED },
		{ "no privilege, reserved bits", 1ull << 48 | FLAG(1) | 1, HV_STATUS_ACCESS_DENIED },
	};

	return world_connect(world, A, B, 0, SINT, 1, FLAGS) &&
	       WORKS(hvbell_partition_privileges(world->card, A, 0)) && ALL_REFUSED(world, list);
}

/* One that is not refused. Its flag is cleared here, for what follows. */
static bool accepted(struct world *world)
{
	struct box_op op = { .kind = BOX_CALL, .a = CALL_FAST, .b = FLAG(5) | 1 };

	return world_ops(&world->a, 0, &op, 1) && vmm_same("switched on: status", op.result, HV_STATUS_SUCCESS) &&
	       (hvbell_clear_flag(world->card, B, 0, SINT, 5) || vmm_complain("switched on: no flag"));
}

/* Each part of B's SynIC in turn, switched off and on by B itself. */
static bool synic_off(struct world *world)
{
	static const struct refusal list[] = { { "a SynIC that is off", 1, HV_STATUS_INVALID_SYNIC_STATE } };
	static const struct {
		const char *what;
		uint32_t msr;
		uint64_t off, on;
	} parts[] = {
		{ "SCONTROL", SCONTROL, 0, 1 },
		{ "SIEFP disabled", SIEFP, GUEST_SIEF, GUEST_SIEF | 1 },
		{ "SIEFP outside memory", SIEFP, GUEST_NOWHERE | 1, GUEST_SIEF | 1 },
		{ "SIEFP behind all memory", SIEFP, 0x000ffffffffff001, GUEST_SIEF | 1 },
		{ "SINT masked", SINT0 + SINT, SINT_MASKED | (VECTOR_SINT + SINT), VECTOR_SINT + SINT },
	};

	if (!world_connect(world, A, B, 0, SINT, 1, FLAGS))
		return false;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!world_wrmsr(&world->b, 0, parts[i].msr, parts[i].off, NULL) || !ALL_REFUSED(world, list) ||
		    !world_wrmsr(&world->b, 0, parts[i].msr, parts[i].on, NULL) || !accepted(world))
			return vmm_complain("%s", parts[i].what);
	return true;
}

const struct vmm_test status_tests[] = {
	{ "status-input-block", input_block, false },
	{ "status-deleted-port", deleted_port, false },
	{ "status-disconnected", disconnected, false },
	{ "status-message-port", message_port, false },
	{ "status-no-vp", no_vp, false },
	{ "status-no-privilege", no_privilege, false },
	{ "status-synic-off", synic_off, false },
	{ NULL, NULL, false },
};
