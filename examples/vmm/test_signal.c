/* SPDX-License-Identifier: MIT */
/* Signals that arrive: every one, once, at the right VP, by each way, for each kind of SINT. */
#include <unistd.h>
#include "exact.h"
#include "vmm.h"

#define FLAGS 1000u
#define ROUNDS 3u
#define OTHER_SINT 5u
#define POLLED_SINT 6u
#define SAME_FLAG 2000u
#define WORD_ROUNDS 20u
#define KICK_SLOT 5u             /* of no VP */
#define KICK_FLAG 7u
#define KICKS 100u
#define ENABLED 1ull

/* ---- interrupts -------------------------------------------------------------------------------------------------- */

static bool counted(struct world *world, uint64_t accepted)
{
	struct hvbell_counters counters;

	return WORKS(hvbell_counters(world->card, A, &counters)) &&
	       vmm_same("signals the card accepted", counters.accepted + counters.coalesced, accepted);
}

static bool arrive(struct world *world, uint64_t control)
{
	if (!exact_begin(world))
		return false;
	for (unsigned n = 1; n <= ROUNDS; n++)
		if (!exact_round(world, control, BOX_SEND, n, NULL))
			return false;
	return exact_end(world, ROUNDS) && counted(world, 2 * ROUNDS * EXACT_FLAGS) &&
	       vmm_same("calls that KVM handed over", world->a.vp[0].calls, 2 * ROUNDS * EXACT_FLAGS);
}

static bool signals_fast(struct world *world)
{
	return arrive(world, CALL_FAST);
}

static bool signals_memory(struct world *world)
{
	return arrive(world, CALL_MEMORY);
}

/* A store to the page is a signal, and A does not stop for it. */
static bool doorbell_page(struct world *world)
{
	uint64_t before;

	if (!machine_doorbell(&world->a) || !exact_begin(world))
		return false;
	before = world->a.vp[0].exits;
	for (unsigned n = 1; n <= ROUNDS; n++)
		if (!exact_round(world, 0, BOX_STORE, n, NULL))
			return false;
	/* one for the end of each command */
	return vmm_same("exits of the sender", world->a.vp[0].exits - before, 2 * ROUNDS) &&
	       vmm_same("exits for MMIO", world->a.vp[0].mmio, 0) && exact_end(world, ROUNDS) &&
	       counted(world, 2 * ROUNDS * EXACT_FLAGS);
}

/* A signal is a write that KVM takes to the card by itself. */
static bool kick(struct world *world)
{
	struct box_op store = { .kind = BOX_WRITE, .a = GUEST_KICK, .b = 1, .c = 4 };
	const struct machine_vp *vp = &world->a.vp[0];
	uint64_t before;

	if (!world_connect(world, A, B, 0, SINT, 1, FLAGS) || !receivers(world) ||
	    !WORKS(hvcall_kvm_kick(world->a.glue, KICK_SLOT, 1, KICK_FLAG, GUEST_KICK)))
		return false;
	before = vp->exits;
	for (unsigned n = 1; n <= KICKS; n++)
		if (!world_ops(&world->a, 0, &store, 1) || !world_taken(&world->b, 0, SINT, n))
			return false;
	return vmm_same("exits of the sender", vp->exits - before, KICKS) && vmm_same("exits for MMIO", vp->mmio, 0) &&
	       stop_receivers(world) && world_each(&world->b, 0, SINT, KICK_FLAG, 1, KICKS);
}

/* The same by a hypercall that KVM answers. With another flag number it is the VMM's as before. */
static bool fast_connection(struct world *world)
{
	if (!world_connect(world, A, B, 0, SINT, 1, FLAGS) || !receivers(world) ||
	    !WORKS(hvcall_kvm_fast(world->a.glue, KICK_SLOT, 1)))
		return false;
	for (unsigned n = 1; n <= KICKS; n++) {
		world_signals(&world->a, 0, CALL_FAST, 1, 2, 0, 2);
		if (!all_sent(world, BOX_SEND, 2) || !world_taken(&world->b, 0, SINT, 2 * n))
			return false;
	}
	return vmm_same("calls that KVM handed over", world->a.vp[0].calls, KICKS) && stop_receivers(world) &&
	       world_each(&world->b, 0, SINT, 0, 2, KICKS);
}

static bool same_flag_counts(struct world *world)
{
	struct mailbox *box = world->b.vp[0].box;
	uint64_t messages;

	if (!WORKS(hvbell_messages(world->card, B, 0, SINT, &messages)))
		return false;
	return vmm_same("flags taken, for each message one", box->taken[SINT], messages) &&
	       (box->taken[SINT] > 0 || vmm_complain("no flag was taken")) &&
	       (box->interrupts[SINT] <= messages || vmm_complain("more interrupts than messages")) &&
	       counted(world, SAME_FLAG) && world_each(&world->b, 1, SINT, 0, 0, 0);
}

/* One flag, signalled while it is being taken: each time that the card found it clear is a message, and was taken. */
static bool same_flag(struct world *world)
{
	if (!world_connect(world, A, B, 0, SINT, 1, 1) || !receivers(world))
		return false;
	world_signals(&world->a, 0, CALL_FAST, 1, SAME_FLAG, 0, 1);
	return all_sent(world, BOX_SEND, SAME_FLAG) && WORKS(hvbell_fence(world->card)) && usleep(50000) == 0 &&
	       stop_receivers(world) && same_flag_counts(world);
}

static bool half_word(struct world *world, uint64_t from, uint32_t id, uint32_t base)
{
	const struct hvbell_port port = { .partition = B, .id = id, .type = HVBELL_PORT_EVENT,
		.connection_partition = from, .target_sint = SINT, .target_vp = 0, .base_flag_number = base,
		.flag_count = base ? 31 : 32 };

	return WORKS(hvbell_create_port(world->card, &port)) &&
	       WORKS(hvbell_connect_port(world->card, from, id, B, id)) && WORKS(hvcall_kvm_wire(world->b.glue));
}

/* Two senders set flags of one word while its receiver takes them, each flag once in each round; and B's other VP keeps
 * clearing a flag of it that nobody sets. */
static bool same_word(struct world *world)
{
	hvbell_sender host;

	if (!half_word(world, A, 1, 0) || !half_word(world, HOST, 2, 32) ||
	    !WORKS(hvbell_sender_init(world->card, HOST, 0, &host)))
		return false;
	world->b.vp[1].box->address = GUEST_SIEF + 256 * SINT;
	world->b.vp[1].box->first = 63;
	if (!machine_start(&world->b, 0, BOX_RECEIVE) || !machine_start(&world->b, 1, BOX_CLEAR))
		return false;
	for (unsigned round = 1; round <= WORD_ROUNDS; round++) {
		world_signals(&world->a, 0, CALL_FAST, 1, 32, 0, 32);
		machine_start(&world->a, 0, BOX_SEND);
		for (uint64_t flag = 0; flag < 31; flag++)
			if (!WORKS(hvbell_signal_sync(&host, flag << 32 | 2, HVBELL_ACCEPTED)))
				return false;
		if (!machine_wait(&world->a, 0) || !world_taken(&world->b, 0, SINT, round * 63))
			return false;
	}
	return stop_receivers(world) && world_each(&world->b, 0, SINT, 0, 63, WORD_ROUNDS);
}

/* Whichever VP a signal went to, it was one. */
static bool any_vp(struct world *world)
{
	const struct mailbox *first = world->b.vp[0].box, *second = world->b.vp[1].box;

	if (!world_connect(world, A, B, HVBELL_ANY_VP, SINT, 1, FLAGS) || !receivers(world))
		return false;
	world_signals(&world->a, 0, CALL_FAST, 1, FLAGS, 0, FLAGS);
	if (!all_sent(world, BOX_SEND, FLAGS) || !world_taken(&world->b, 0, SINT, FLAGS / 2) ||
	    !world_taken(&world->b, 1, SINT, FLAGS / 2) || !stop_receivers(world))
		return false;
	for (unsigned f = 0; f < FLAGS; f++)
		if (first->flag[SINT][f] + second->flag[SINT][f] != 1)
			return vmm_complain("flag %u was taken %u times", f,
					    first->flag[SINT][f] + second->flag[SINT][f]);
	return true;
}

/* ---- kinds of SINT ----------------------------------------------------------------------------------------------- */

static bool two_sints(struct world *world)
{
	struct mailbox *box = world->b.vp[0].box;

	if (!world_synic(&world->b, 0, OTHER_SINT, VECTOR_OTHER + OTHER_SINT) ||
	    !world_connect(world, A, B, 0, SINT, 1, FLAGS) || !world_connect(world, A, B, 0, OTHER_SINT, 2, FLAGS) ||
	    !receivers(world))
		return false;
	world_signals(&world->a, 0, CALL_FAST, 1, 10, 0, 10);
	if (!all_sent(world, BOX_SEND, 10))
		return false;
	world_signals(&world->a, 0, CALL_FAST, 2, 20, 0, 20);
	return all_sent(world, BOX_SEND, 20) && world_taken(&world->b, 0, SINT, 10) &&
	       world_taken(&world->b, 0, OTHER_SINT, 20) && stop_receivers(world) &&
	       vmm_same("flags of SINT 2", box->taken[SINT], 10) &&
	       vmm_same("flags of SINT 5", box->taken[OTHER_SINT], 20) && vmm_same("stray interrupts", box->stray, 0);
}

/* A masked SINT takes no signal: its status says so, and nothing is set. Unmasked it does. */
static bool masked(struct world *world)
{
	const uint64_t *sief = (uint64_t *)(world->b.memory + GUEST_SIEF);
	struct mailbox *sender = world->a.vp[0].box;

	if (!world_connect(world, A, B, 0, SINT, 1, FLAGS) ||
	    !world_wrmsr(&world->b, 0, SINT0 + SINT, SINT_MASKED | (VECTOR_SINT + SINT), NULL))
		return false;
	world_signals(&world->a, 0, CALL_FAST, 1, 10, 0, 10);
	if (!machine_do(&world->a, 0, BOX_SEND) || !vmm_same("refused", sender->refused, 10) ||
	    !vmm_same("status", sender->status, HV_STATUS_INVALID_SYNIC_STATE) ||
	    !vmm_same("flags", sief[SINT * 32], 0) ||
	    !world_wrmsr(&world->b, 0, SINT0 + SINT, VECTOR_SINT + SINT, NULL) || !receivers(world))
		return false;
	world_signals(&world->a, 0, CALL_FAST, 1, 10, 0, 10);
	return all_sent(world, BOX_SEND, 10) && world_taken(&world->b, 0, SINT, 10) && stop_receivers(world) &&
	       world_each(&world->b, 0, SINT, 0, 10, 1);
}

static bool polled(struct world *world, uint64_t value)
{
	struct mailbox *box = world->b.vp[0].box;

	box->sint = POLLED_SINT;
	if (!world_synic(&world->b, 0, POLLED_SINT, value) || !world_connect(world, A, B, 0, POLLED_SINT, 1, FLAGS) ||
	    !machine_start(&world->b, 0, BOX_POLL))
		return false;
	world_signals(&world->a, 0, CALL_FAST, 1, FLAGS, 0, FLAGS);
	return all_sent(world, BOX_SEND, FLAGS) && world_taken(&world->b, 0, POLLED_SINT, FLAGS) &&
	       machine_stop(&world->b, 0) && world_each(&world->b, 0, POLLED_SINT, 0, FLAGS, 1) &&
	       vmm_same("interrupts of a polled SINT", box->interrupts[POLLED_SINT], 0);
}

static bool polling(struct world *world)
{
	return polled(world, SINT_POLLING | (VECTOR_SINT + POLLED_SINT));
}

static bool polling_masked(struct world *world)
{
	return polled(world, SINT_POLLING | SINT_MASKED | (VECTOR_SINT + POLLED_SINT));
}

/* ---- registers --------------------------------------------------------------------------------------------------- */

static bool on_card(struct world *world, uint32_t msr, uint64_t expected)
{
	uint64_t value = ~0ull;

	return WORKS(hvbell_rdmsr(world->card, B, 0, msr, &value)) && vmm_same("the card's register", value, expected);
}

/* What a guest writes is the card's, and what it reads is what it wrote. */
static bool written(struct world *world, uint32_t msr, uint64_t value)
{
	struct box_op read = { .kind = BOX_RDMSR, .a = msr };

	return (world_wrmsr(&world->b, 0, msr, value, NULL) && on_card(world, msr, value) &&
		world_ops(&world->b, 0, &read, 1) && vmm_same("fault", read.fault, 0) &&
		vmm_same("the guest's register", read.result, value)) ||
	       vmm_complain("MSR 0x%x", msr);
}

static bool registers(struct world *world)
{
	for (uint32_t sint = 1; sint < 16; sint++)
		if (!written(world, SINT0 + sint, VECTOR_OTHER + sint) ||
		    !written(world, SINT0 + sint, SINT_MASKED | (VECTOR_SINT + sint)))
			return false;
	return written(world, SCONTROL, 0) && written(world, SCONTROL, ENABLED) && written(world, SIEFP, 0) &&
	       written(world, SIEFP, (GUEST_SIEF + 0x8000) | ENABLED);
}

static bool faults_of_registers(struct world *world)
{
	uint32_t fault;

	if (!world_wrmsr(&world->b, 0, SINT0 + SINT, 15, &fault) ||
	    !vmm_same("an unmasked vector of 15", fault, HVBELL_FAULT_GP) ||
	    !on_card(world, SINT0 + SINT, VECTOR_SINT + SINT))
		return false;
	return world_wrmsr(&world->b, 0, SINT0 + SINT, SINT_MASKED | 15, &fault) &&
	       vmm_same("a masked vector of 15", fault, 0) &&
	       world_wrmsr(&world->b, 0, SCONTROL + 1, 1, &fault) && vmm_same("SVERSION", fault, HVBELL_FAULT_GP);
}

/* Flags that were set move to the page that SIEFP is set to, and a signal after it goes there. */
static bool moved_page(struct world *world)
{
	const uint64_t *to = (uint64_t *)(world->b.memory + GUEST_SIEF + 0x8000);

	if (!world_connect(world, A, B, 0, POLLED_SINT, 1, FLAGS) ||
	    !world_synic(&world->b, 0, POLLED_SINT, SINT_POLLING | SINT_MASKED))
		return false;
	world_signals(&world->a, 0, CALL_FAST, 1, 1, 3, 1);
	if (!all_sent(world, BOX_SEND, 1) || !world_wrmsr(&world->b, 0, SIEFP, (GUEST_SIEF + 0x8000) | ENABLED, NULL))
		return false;
	world_signals(&world->a, 0, CALL_FAST, 1, 1, 4, 1);
	return all_sent(world, BOX_SEND, 1) && vmm_same("flags 3 and 4", to[POLLED_SINT * 32], 3 << 3);
}

const struct vmm_test signal_tests[] = {
	{ "signals-fast", signals_fast, false },
	{ "signals-memory", signals_memory, false },
	{ "doorbell-page", doorbell_page, true },
	{ "kick", kick, true },
	{ "fast-connection", fast_connection, true },
	{ "same-flag", same_flag, false },
	{ "same-word", same_word, false },
	{ "any-vp", any_vp, false },
	{ "two-sints", two_sints, false },
	{ "masked", masked, false },
	{ "polling", polling, false },
	{ "polling-masked", polling_masked, false },
	{ "registers", registers, false },
	{ "faults-of-registers", faults_of_registers, false },
	{ "moved-page", moved_page, false },
	{ NULL, NULL, false },
};
