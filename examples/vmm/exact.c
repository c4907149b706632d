/* SPDX-License-Identifier: MIT */
/* Rounds of signals of a known number. */
#include "exact.h"

bool receivers(struct world *world)
{
	return machine_start(&world->b, 0, BOX_RECEIVE) && machine_start(&world->b, 1, BOX_RECEIVE);
}

bool stop_receivers(struct world *world)
{
	return machine_stop(&world->b, 0) && machine_stop(&world->b, 1);
}

static bool sent(struct world *world, uint64_t count)
{
	struct mailbox *box = world->a.vp[0].box;

	return machine_wait(&world->a, 0) && vmm_same("signals refused", box->refused, 0) &&
	       vmm_same("signals sent", box->sent, count);
}

bool all_sent(struct world *world, enum box_command command, uint64_t count)
{
	return machine_start(&world->a, 0, command) && sent(world, count);
}

bool exact_begin(struct world *world)
{
	return world_connect(world, A, B, 0, SINT, 1, EXACT_FLAGS) &&
	       world_connect(world, A, B, 1, SINT, 2, EXACT_FLAGS) && receivers(world);
}

bool exact_round(struct world *world, uint64_t control, enum box_command command, unsigned n,
		 bool (*meanwhile)(struct world *world))
{
	for (unsigned vp = 0; vp < 2; vp++) {
		world_signals(&world->a, 0, control, vp + 1, EXACT_FLAGS, 0, EXACT_FLAGS);
		machine_start(&world->a, 0, command);
		if (vp == 0 && meanwhile && !meanwhile(world))
			return false;
		if (!sent(world, EXACT_FLAGS) || !world_taken(&world->b, vp, SINT, n * EXACT_FLAGS))
			return false;
	}
	return true;
}

bool exact_end(struct world *world, unsigned rounds)
{
	return stop_receivers(world) && world_each(&world->b, 0, SINT, 0, EXACT_FLAGS, rounds) &&
	       world_each(&world->b, 1, SINT, 0, EXACT_FLAGS, rounds);
}
