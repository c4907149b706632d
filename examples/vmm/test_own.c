/* SPDX-License-Identifier: MIT */
/* What KVM answers itself: none of these comes to the VMM, and so not to the card (docs/vmm.md lists them). */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "vmm.h"

#define KVM_NO_CALL (-1000ull)          /* of KVM's own hypercalls: there is none of this number */
#define UD HVBELL_FAULT_UD
#define OS_ID 0x40000000u
#define BOUND 0x55u
#define BEHIND_MEMORY GUEST_BYTES

/* The guest makes one call; KVM answers so, and nobody else hears of it. */
static bool answered(struct machine *machine, uint64_t control, uint64_t input, uint64_t expected)
{
	struct box_op op = { .kind = BOX_CALL, .a = control, .b = input };
	const struct machine_vp *vp = &machine->vp[0];
	uint64_t calls = vp->calls + vp->other_calls;

	return (world_ops(machine, 0, &op, 1) && vmm_same("exception", op.fault, 0) &&
		vmm_same("RAX", op.result, expected) &&
		vmm_same("calls handed over", vp->calls + vp->other_calls - calls, 0)) ||
	       vmm_complain("control 0x%llx, input 0x%llx", (unsigned long long)control, (unsigned long long)input);
}

/* Both forms of one input block. */
static bool both_answered(struct world *world, uint64_t control, uint64_t input, uint64_t expected)
{
	memcpy(world->a.memory + GUEST_SCRATCH, &input, sizeof(input));
	return answered(&world->a, CALL_FAST | control, input, expected) &&
	       answered(&world->a, CALL_MEMORY | control, GUEST_SCRATCH, expected);
}

static bool connected(struct world *world)
{
	return world_connect(world, A, B, 0, SINT, 1, 64);
}

static bool variable_header(struct world *world)
{
	return connected(world) && both_answered(world, 1ull << 17, 1, HV_STATUS_INVALID_HYPERCALL_INPUT) &&
	       both_answered(world, 1ull << 26, 1, HV_STATUS_INVALID_HYPERCALL_INPUT);
}

static bool repetitions(struct world *world)
{
	return connected(world) && both_answered(world, 1ull << 32, 1, HV_STATUS_INVALID_HYPERCALL_INPUT) &&
	       both_answered(world, 1ull << 43, 1, HV_STATUS_INVALID_HYPERCALL_INPUT) &&
	       both_answered(world, 1ull << 48, 1, HV_STATUS_INVALID_HYPERCALL_INPUT);
}

/* The nested bit is one of them. */
static bool reserved_bits(struct world *world)
{
	static const unsigned bits[] = { 27, 28, 29, 30, 31, 44, 45, 46, 47, 60, 61, 62, 63 };

	if (!connected(world))
		return false;
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (!both_answered(world, 1ull << bits[i], 1, HV_STATUS_INVALID_HYPERCALL_INPUT))
			return false;
	return true;
}

static bool alignment(struct world *world)
{
	for (uint64_t offset = 1; offset < 8; offset++)
		if (!answered(&world->a, CALL_MEMORY, GUEST_SCRATCH + offset, HV_STATUS_INVALID_ALIGNMENT))
			return false;
	return true;
}

static bool unmapped_memory(struct world *world)
{
	return answered(&world->a, CALL_MEMORY, BEHIND_MEMORY, HV_STATUS_INVALID_ALIGNMENT) &&
	       answered(&world->a, CALL_MEMORY, GUEST_NOWHERE, HV_STATUS_INVALID_ALIGNMENT) &&
	       answered(&world->a, CALL_MEMORY, 0xfffffffffffffff8, HV_STATUS_INVALID_ALIGNMENT);
}

/* With flag number 0 only: else KVM does not look. The card's status would be INVALID_CONNECTION_ID. */
static bool connection_bits(struct world *world)
{
	return connected(world) && both_answered(world, 0, 0x01000001, HV_STATUS_INVALID_HYPERCALL_INPUT) &&
	       both_answered(world, 0, 0x80000001, HV_STATUS_INVALID_HYPERCALL_INPUT);
}

/* The same; here the status is the card's. */
static bool input_bits(struct world *world)
{
	return connected(world) && both_answered(world, 0, 1ull << 48 | 1, HV_STATUS_INVALID_HYPERCALL_INPUT) &&
	       both_answered(world, 0, 1ull << 63 | 1, HV_STATUS_INVALID_HYPERCALL_INPUT);
}

/* A vCPU for which nobody enabled KVM_CAP_HYPERV_SYNIC2. */
static bool inactive_synic(struct world *world)
{
	struct machine bare;
	bool good;

	(void)world;
	good = machine_make(&bare, 1, NULL, 0) && world_wrmsr(&bare, 0, OS_ID, 1, NULL) &&
	       answered(&bare, CALL_FAST, 1, HV_STATUS_INVALID_HYPERCALL_INPUT) &&
	       answered(&bare, CALL_FAST, 1ull << 32 | 1, HV_STATUS_INVALID_HYPERCALL_INPUT);
	machine_end(&bare);
	return good;
}

static bool other_codes(struct world *world)
{
	static const uint64_t codes[] = { 0x57, 0x58, 0x59, 0x5b, 0x95, 0x96, 0xc0, 0x7fff };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (!answered(&world->a, codes[i], GUEST_SCRATCH, HV_STATUS_INVALID_HYPERCALL_CODE))
			return false;
	return true;
}

/* HvCallPostMessage does come out, and is not the card's: this VMM says that it knows no such call. */
static bool post_message(struct world *world)
{
	struct box_op op = { .kind = BOX_CALL, .a = 0x5c, .b = GUEST_SCRATCH };

	return world_ops(&world->a, 0, &op, 1) && vmm_same("RAX", op.result, HV_STATUS_INVALID_HYPERCALL_CODE) &&
	       vmm_same("calls that are not the card's", world->a.vp[0].other_calls, 1);
}

static bool user_mode(struct world *world)
{
	struct box_op op = { .kind = BOX_USER_CALL, .a = CALL_FAST, .b = 1 };

	return connected(world) && world_ops(&world->a, 0, &op, 1) && vmm_same("exception", op.fault, UD + 1) &&
	       vmm_same("calls handed over", world->a.vp[0].calls, 0);
}

/* Before the guest says who it is, the instruction is a call of KVM's own. */
static bool no_os_id(struct world *world)
{
	return connected(world) && world_wrmsr(&world->a, 0, OS_ID, 0, NULL) &&
	       answered(&world->a, CALL_FAST, 1, KVM_NO_CALL);
}

/* A connection that is bound to an eventfd is KVM's, with flag number 0. Any other goes to the card. */
static bool bound_connection(struct world *world)
{
	struct kvm_hyperv_eventfd bound = { .conn_id = BOUND, .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) };
	struct box_op op = { .kind = BOX_CALL, .a = CALL_FAST, .b = 1ull << 32 | BOUND };
	uint64_t count = 0;
	bool good;

	if (ioctl(world->a.vm, KVM_HYPERV_EVENTFD, &bound) < 0)
		vmm_complain("KVM_HYPERV_EVENTFD: %s", strerror(errno));
	good = both_answered(world, 0, BOUND, HV_STATUS_SUCCESS) && world_ops(&world->a, 0, &op, 1) &&
	       vmm_same("with a flag", op.result, HV_STATUS_INVALID_CONNECTION_ID) &&
	       read(bound.fd, &count, sizeof(count)) == (ssize_t)sizeof(count) && vmm_same("the eventfd", count, 2);
	close(bound.fd);
	return good;
}

const struct vmm_test own_tests[] = {
	{ "kvm-variable-header", variable_header, false },
	{ "kvm-repetitions", repetitions, false },
	{ "kvm-reserved-bits", reserved_bits, false },
	{ "kvm-alignment", alignment, false },
	{ "kvm-unmapped-memory", unmapped_memory, false },
	{ "kvm-connection-bits", connection_bits, false },
	{ "kvm-input-bits", input_bits, false },
	{ "kvm-inactive-synic", inactive_synic, false },
	{ "kvm-other-codes", other_codes, false },
	{ "kvm-post-message", post_message, false },
	{ "kvm-user-mode", user_mode, false },
	{ "kvm-no-os-id", no_os_id, false },
	{ "kvm-bound-connection", bound_connection, false },
	{ NULL, NULL, false },
};
