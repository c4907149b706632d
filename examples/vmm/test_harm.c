/* SPDX-License-Identifier: MIT */
/* Guest C misbehaves as it can, and the signals of A to B are exact all the while. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include "exact.h"

#define ROUNDS 2u
#define FLAGS 256u
#define C_ID 3u                 /* the connection to C's port */
#define KILLS 3u
#define ENOUGH 20u
#define FLOOD_MS 10000u
#define PAGE(n) (GUEST_SIEF + 0x2000ull * (n))

/* Signals from the VMM itself to C, as fast as the card says what becomes of them, until it is told to stop. */
struct flood {
	pthread_t thread;
	hvbell_sender sender;
	bool stop;
	uint64_t sent, failed;
};

static void *pour(void *arg)
{
	struct flood *flood = arg;

	for (uint64_t n = 0; !__atomic_load_n(&flood->stop, __ATOMIC_RELAXED); n++) {
		int ret = hvbell_signal_sync(&flood->sender, n % FLAGS << 32 | C_ID, HVBELL_ACCEPTED);

		__atomic_fetch_add(&flood->sent, ret == 0, __ATOMIC_RELAXED);
		flood->failed += ret < 0;
	}
	return NULL;
}

static bool flood_start(struct world *world, struct flood *flood)
{
	*flood = (struct flood){ .stop = false };
	return WORKS(hvbell_sender_init(world->card, HOST, 1, &flood->sender)) &&
	       (pthread_create(&flood->thread, NULL, pour, flood) == 0 || vmm_complain("no thread"));
}

/* Waits for some signals that arrived, though not for ever. */
static void flood_flows(struct flood *flood)
{
	for (unsigned ms = 0; ms < FLOOD_MS && __atomic_load_n(&flood->sent, __ATOMIC_RELAXED) < ENOUGH; ms++)
		usleep(1000);
}

static bool flood_stop(struct flood *flood)
{
	__atomic_store_n(&flood->stop, true, __ATOMIC_RELAXED);
	pthread_join(flood->thread, NULL);
	return vmm_same("signals that the card failed", flood->failed, 0) &&
	       (flood->sent >= ENOUGH || vmm_complain("only %llu signals to C", (unsigned long long)flood->sent));
}

/* C repeats these until it is told to stop. */
static void begin(struct world *world, const struct box_op *ops, unsigned count)
{
	struct mailbox *box = world->c.vp[0].box;

	memcpy(box->ops, ops, count * sizeof(*ops));
	box->ops_count = count;
	box->count = 0;
	machine_start(&world->c, 0, BOX_OPS);
}

static bool exact_rounds(struct world *world)
{
	for (unsigned n = 1; n <= ROUNDS; n++)
		if (!exact_round(world, CALL_FAST, BOX_SEND, n, NULL))
			return false;
	return exact_end(world, ROUNDS);
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static bool storm(struct world *world)
{
	static const struct box_op ops[] = {
		{ .kind = BOX_CALL, .a = CALL_FAST, .b = 1ull << 32 | 1 },              /* A's connection, not C's */
		{ .kind = BOX_CALL, .a = CALL_FAST, .b = 0xffffffffffffffff },
		{ .kind = BOX_CALL, .a = CALL_FAST, .b = 1ull << 32 | 0xff000001 },
		{ .kind = BOX_CALL, .a = CALL_FAST | 1ull << 31, .b = 1 },
		{ .kind = BOX_CALL, .a = CALL_MEMORY, .b = GUEST_NOWHERE },
		{ .kind = BOX_CALL, .a = 0xffffffffffffffff, .b = 0xffffffffffffffff },
	};
	struct hvbell_counters counters;

	if (!world_make_c(world) || !exact_begin(world))
		return false;
	begin(world, ops, sizeof(ops) / sizeof(ops[0]));
	return exact_rounds(world) && machine_stop(&world->c, 0) && WORKS(hvbell_counters(world->card, C, &counters)) &&
	       vmm_same("signals of C that were accepted", counters.accepted + counters.coalesced, 0) &&
	       (counters.invalid_connection_id >= ENOUGH || vmm_complain("C made too few calls"));
}

/* Stores of every kind to its doorbell page. One call in each pass waits for them: a real card's bus does. */
static bool doorbell_storm(struct world *world)
{
	static const struct box_op ops[] = {
		{ .kind = BOX_WRITE, .a = GUEST_DOORBELL, .b = 1ull << 32 | 1, .c = 8 },
		{ .kind = BOX_WRITE, .a = GUEST_DOORBELL, .b = 0xffffffffffffffff, .c = 8 },
		{ .kind = BOX_WRITE, .a = GUEST_DOORBELL + 4, .b = 1, .c = 4 },
		{ .kind = BOX_WRITE, .a = GUEST_DOORBELL + 1, .b = 1, .c = 1 },
		{ .kind = BOX_WRITE, .a = GUEST_DOORBELL + 0xff8, .b = 1, .c = 8 },
		{ .kind = BOX_WRITE, .a = GUEST_DOORBELL + 0x103, .b = 1, .c = 8 },
		{ .kind = BOX_CALL, .a = CALL_FAST, .b = 1ull << 32 | 1 },
	};
	struct hvbell_counters counters;

	if (!world_make_c(world) || !machine_doorbell(&world->c) || !exact_begin(world))
		return false;
	begin(world, ops, sizeof(ops) / sizeof(ops[0]));
	return exact_rounds(world) && machine_stop(&world->c, 0) && WORKS(hvbell_counters(world->card, C, &counters)) &&
	       vmm_same("signals of C that were accepted", counters.accepted + counters.coalesced, 0) &&
	       (counters.bad_offset + counters.bad_size + counters.bad_enables >= ENOUGH ||
		vmm_complain("C made too few stores"));
}

/* ---- its own SynIC ----------------------------------------------------------------------------------------------- */

/* Nothing but SIEF pages was written to. */
static bool spared(struct world *world)
{
	static const uint8_t none[4096];

	if (memcmp(world->c.memory, none, sizeof(none)) != 0)
		return vmm_complain("the first page was written to");
	for (unsigned n = 0; n < 4; n++)
		if (memcmp(world->c.memory + PAGE(n) + 4096, none, sizeof(none)) != 0)
			return vmm_complain("the page behind SIEF page %u was written to", n);
	return true;
}

/* C does this to its own registers while signals come for it. After it, it gets signals as before. */
static bool restless(struct world *world, const struct box_op *ops, unsigned count)
{
	struct flood flood;
	bool good;

	if (!world_make_c(world) || !world_connect(world, HOST, C, 0, SINT, C_ID, FLAGS) || !exact_begin(world) ||
	    !flood_start(world, &flood))
		return false;
	begin(world, ops, count);
	good = exact_rounds(world);
	flood_flows(&flood);
	good = flood_stop(&flood) && good;
	good = good && machine_stop(&world->c, 0) && spared(world) &&
	       (world->c.vp[0].exits >= ENOUGH || vmm_complain("C hardly ran"));
	return good && world_synic(&world->c, 0, SINT, VECTOR_SINT + SINT) && WORKS(hvbell_fence(world->card)) &&
	       WORKS(hvbell_signal_sync(&flood.sender, C_ID, HVBELL_DELIVERED));
}

static bool moving_siefp(struct world *world)
{
	static const struct box_op ops[] = {
		{ .kind = BOX_WRMSR, .a = SIEFP, .b = PAGE(1) | 1 },
		{ .kind = BOX_WRMSR, .a = SIEFP, .b = PAGE(2) | 1 },
		{ .kind = BOX_WRMSR, .a = SIEFP, .b = GUEST_NOWHERE | 1 },
		{ .kind = BOX_WRMSR, .a = SIEFP, .b = GUEST_DOORBELL | 1 },
		{ .kind = BOX_WRMSR, .a = SIEFP, .b = PAGE(3) | 1 },
		{ .kind = BOX_WRMSR, .a = SIEFP, .b = 0 },
		{ .kind = BOX_WRMSR, .a = SIEFP, .b = PAGE(0) | 1 },
	};

	return restless(world, ops, sizeof(ops) / sizeof(ops[0]));
}

static bool changing_sint(struct world *world)
{
	static const struct box_op ops[] = {
		{ .kind = BOX_WRMSR, .a = SINT0 + SINT, .b = VECTOR_OTHER + SINT },
		{ .kind = BOX_WRMSR, .a = SINT0 + SINT, .b = SINT_MASKED | (VECTOR_SINT + SINT) },
		{ .kind = BOX_WRMSR, .a = SINT0 + SINT, .b = 3 },
		{ .kind = BOX_WRMSR, .a = SINT0 + SINT, .b = SINT_POLLING | (VECTOR_SINT + SINT) },
		{ .kind = BOX_WRMSR, .a = SCONTROL, .b = 0 },
		{ .kind = BOX_WRMSR, .a = SCONTROL, .b = 1 },
		{ .kind = BOX_WRMSR, .a = SINT0 + SINT, .b = VECTOR_SINT + SINT },
	};

	return restless(world, ops, sizeof(ops) / sizeof(ops[0]));
}

/* ---- its end ----------------------------------------------------------------------------------------------------- */

/* C comes, is signalled, and ends with signals on their way to it. */
static bool short_life(struct world *world)
{
	struct flood flood;
	bool good;

	if (!world_make_c(world) || !world_connect(world, HOST, C, 0, SINT, C_ID, FLAGS) || !flood_start(world, &flood))
		return false;
	good = machine_start(&world->c, 0, BOX_RECEIVE);
	flood_flows(&flood);
	good = world_end_c(world) && good;
	good = flood_stop(&flood) && good;
	return WORKS(hvbell_disconnect_port(world->card, HOST, C_ID)) && good;
}

static bool killed(struct world *world)
{
	if (!exact_begin(world))
		return false;
	for (unsigned n = 1; n <= KILLS; n++)
		if (!exact_round(world, CALL_FAST, BOX_SEND, n, short_life))
			return false;
	return exact_end(world, KILLS);
}

const struct vmm_test harm_tests[] = {
	{ "harm-storm", storm, false },
	{ "harm-doorbell-storm", doorbell_storm, true },
	{ "harm-moving-siefp", moving_siefp, false },
	{ "harm-changing-sint", changing_sint, false },
	{ "harm-killed", killed, false },
	{ NULL, NULL, false },
};
