/* SPDX-License-Identifier: MIT */
/* What a signal costs: a guest signals itself and waits for its interrupt, COUNT times by each of four ways. */
#include <cpuid.h>
#include <stdio.h>
#include <time.h>
#include "bench.h"
#include "vmm.h"

#define COUNT 2000u
#define WARM 100u
#define FLAGS 64u
#define WAYS 4u
#define KICK_SLOT 5u            /* of no VP */

struct way {
	const char *key, *name;
	enum box_command command;
	bool software, kick;
	double us, stops, exits;        /* for each signal: time, returns to the VMM, exits of the VP in all */
};

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static bool signal_many(struct world *world, const struct way *way, unsigned count)
{
	struct mailbox *box = world->c.vp[0].box;
	uint64_t taken = box->taken[SINT];

	world_signals(&world->c, 0, CALL_FAST, 1, count, 0, FLAGS);
	if (way->kick) {
		box->doorbell = GUEST_KICK;
		box->bytes = 4;
	}
	return machine_do(&world->c, 0, way->command) && vmm_same("signals refused", box->refused, 0) &&
	       vmm_same("interrupts", box->replies, count) && vmm_same("flags", box->taken[SINT] - taken, count);
}

static bool measure(struct world *world, struct way *way)
{
	struct machine_vp *vp = &world->c.vp[0];
	uint64_t stops, exits;
	double start;

	world->c.software = way->software ? hvbell_eventfd(world->card, C, 0, SINT) : -1;
	if (!signal_many(world, way, WARM))
		return vmm_complain("%s", way->name);
	stops = vp->exits;
	exits = machine_exits(&world->c, 0);
	start = now_us();
	if (!signal_many(world, way, COUNT))
		return vmm_complain("%s", way->name);
	way->us = (now_us() - start) / COUNT;
	way->stops = (double)(vp->exits - stops - 1) / COUNT;
	way->exits = (double)(machine_exits(&world->c, 0) - exits) / COUNT;
	return true;
}

/* Whether QEMU executes this machine's instructions itself, as its CPUID says. */
static bool emulated(void)
{
	unsigned eax, ebx, ecx, edx;

	__cpuid(0x40000000, eax, ebx, ecx, edx);
	return ebx == 0x54474354;       /* "TCGT" */
}

static void print_text(const struct way *ways)
{
	printf("A signal of a guest to itself, from the signal to the end of its interrupt; %u by each way.\n", COUNT);
	printf("%-34s %12s %14s %12s %8s\n", "", "us a signal", "VMM entries", "all exits", "ratio");
	for (unsigned i = 0; i < WAYS; i++)
		printf("%-34s %12.1f %14.2f %12.2f %8.2f\n", ways[i].name, ways[i].us, ways[i].stops, ways[i].exits,
		       ways[i].us / ways[0].us);
	printf("All exits: also those that KVM serves itself, as HLT and the end of an interrupt.\n");
	if (emulated())
		printf("This machine is an emulation (TCG), its guests are so twice, the card simulated: compare\n"
		       "entries and exits, not times. No time here is a board's.\n");
}

static void print_json(const struct way *ways)
{
	printf("{\"count\":%u,\"emulation\":%s", COUNT, emulated() ? "true" : "false");
	for (unsigned i = 0; i < WAYS; i++)
		printf(",\"%s\":{\"us\":%.2f,\"vmm_entries\":%.3f,\"exits\":%.3f,\"ratio\":%.3f}", ways[i].key,
		       ways[i].us, ways[i].stops, ways[i].exits, ways[i].us / ways[0].us);
	printf("}\n");
}

/* A partition may not ask for a port to itself; a VMM may place one. */
static bool connect_itself(struct world *world)
{
	const struct hvbell_port port = { .partition = C, .id = 1, .type = HVBELL_PORT_EVENT,
		.connection_partition = C, .target_sint = SINT, .flag_count = FLAGS };

	return WORKS(hvbell_place_port(world->card, &port)) &&
	       WORKS(hvbell_place_connection(world->card, C, 1, C, 1)) && WORKS(hvcall_kvm_wire(world->c.glue));
}

static bool measure_all(struct world *world, struct way *ways)
{
	if (!world_make_c(world) || !machine_doorbell(&world->c) || !connect_itself(world) ||
	    !WORKS(hvcall_kvm_kick(world->c.glue, KICK_SLOT, 1, 0, GUEST_KICK)))
		return false;
	world->c.vp[0].box->sint = SINT;
	for (unsigned i = 0; i < WAYS; i++)
		if (!measure(world, &ways[i]))
			return false;
	return true;
}

int bench_run(hvbell_card *card, bool json)
{
	struct way ways[WAYS] = {
		{ .key = "software", .name = "hypercall, the VMM sets the flag", .command = BOX_CALL_REPLY,
		  .software = true },
		{ .key = "hypercall", .name = "hypercall, through the card", .command = BOX_CALL_REPLY },
		{ .key = "kick", .name = "write that KVM takes to the card", .command = BOX_REPLY, .kick = true },
		{ .key = "doorbell", .name = "doorbell page of the card", .command = BOX_REPLY },
	};
	struct world world = { .card = card };
	bool good = world_make(&world) && measure_all(&world, ways);

	good = world_end(&world) && good;
	if (good)
		(json ? print_json : print_text)(ways);
	return !good;
}
