/* SPDX-License-Identifier: MIT */
/* A VP's SynIC: registers, MSRs, the page, reset, and that no signal meets a wrong status while a state changes. */
#include <stdlib.h>
#include <string.h>
#include "lib_world.h"

#define MSR_SINT2 0x40000092u

static void set_sint(struct world *w, bool masked, bool polling)
{
	struct hvbell_sint sint = { .vector = 177, .masked = masked, .polling = polling };

	assert_int_equal(hvbell_set_sint(w->card, RECEIVER, 0, SINT, &sint), 0);
}

static void each_condition_refuses(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 8);
	assert_int_equal(hvbell_set_scontrol(w.card, RECEIVER, 0, false), 0);
	assert_int_equal(world_signal(&w, 1, 0), HV_STATUS_INVALID_SYNIC_STATE);
	assert_int_equal(hvbell_set_scontrol(w.card, RECEIVER, 0, true), 0);
	assert_int_equal(world_signal(&w, 1, 1), 0);
	assert_int_equal(hvbell_set_siefp(w.card, RECEIVER, 0, false, 0), 0);
	assert_int_equal(world_signal(&w, 1, 2), HV_STATUS_INVALID_SYNIC_STATE);
	assert_int_equal(hvbell_set_siefp(w.card, RECEIVER, 0, true, 0x5000), 0);
	set_sint(&w, true, false);
	assert_int_equal(world_signal(&w, 1, 3), HV_STATUS_INVALID_SYNIC_STATE);
	set_sint(&w, true, true);
	assert_int_equal(world_signal(&w, 1, 4), 0);
	set_sint(&w, false, true);
	assert_int_equal(world_signal(&w, 1, 5), 0);
	assert_int_equal(world_messages(&w, 0), 1);
	set_sint(&w, false, false);
	assert_int_equal(world_signal(&w, 1, 6), 0);
	assert_int_equal(world_messages(&w, 0), 2);
	assert_int_equal(hvbell_sief(w.card, RECEIVER, 0)[SINT * 32], 0x72);
	assert_int_equal(hvbell_set_siefp(w.card, RECEIVER, 0, true, 0x5008), -EINVAL);
	world_free(&w);
}

static void removed_vp_is_gone(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 8);
	assert_int_equal(world_signal(&w, 1, 0), 0);
	assert_int_equal(hvbell_vp_remove(w.card, RECEIVER, 0), 0);
	assert_int_equal(world_signal(&w, 1, 0), HV_STATUS_INVALID_VP_INDEX);
	assert_int_equal(hvbell_vp_remove(w.card, RECEIVER, 0), -ENOENT);
	assert_null(hvbell_sief(w.card, RECEIVER, 0));
	assert_int_equal(w.fake->maps, 0);
	assert_int_equal(hvbell_vp_add(w.card, RECEIVER, 0), 0);
	assert_int_equal(world_signal(&w, 1, 0), HV_STATUS_INVALID_SYNIC_STATE);
	assert_int_equal(hvbell_vp_remove(w.card, RECEIVER, 0), 0);
	world_open_vp(&w, 0);
	assert_int_equal(world_signal(&w, 1, 0), 0);
	assert_true(world_flag(&w, 0, 0));
	assert_int_equal(world_messages(&w, 0), 1);
	world_free(&w);
}

static void reset_clears(void **state)
{
	struct world w;
	struct hvbell_sint sint;
	uint64_t value;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 8);
	assert_int_equal(world_signal(&w, 1, 0), 0);
	assert_int_equal(hvbell_vp_reset(w.card, RECEIVER, 0), 0);
	assert_int_equal(world_signal(&w, 1, 1), HV_STATUS_INVALID_SYNIC_STATE);
	assert_int_equal(hvbell_sief(w.card, RECEIVER, 0)[SINT * 32], 0);
	/* SIEFP alone keeps it closed */
	assert_int_equal(hvbell_set_scontrol(w.card, RECEIVER, 0, true), 0);
	set_sint(&w, false, false);
	assert_int_equal(world_signal(&w, 1, 1), HV_STATUS_INVALID_SYNIC_STATE);
	assert_int_equal(hvbell_vp_reset(w.card, RECEIVER, 0), 0);
	hvbell_get_sint(w.card, RECEIVER, 0, SINT, &sint);
	assert_true(sint.masked);
	hvbell_rdmsr(w.card, RECEIVER, 0, 0x40000080, &value);
	assert_int_equal(value, 0);
	assert_false(w.fake->off[0]);
	assert_int_equal(w.fake->maps, 0);
	world_free(&w);
}

static void msrs(void **state)
{
	struct world w;
	uint64_t value;

	(void)state;
	world_new(&w, 0);
	assert_int_equal(hvbell_vp_add(w.card, RECEIVER, 0), 0);
	for (uint32_t msr = 0x40000090; msr < 0x400000a0; msr++) {
		assert_int_equal(hvbell_rdmsr(w.card, RECEIVER, 0, msr, &value), 0);
		assert_int_equal(value, 0x10000);
	}
	assert_int_equal(hvbell_wrmsr(w.card, RECEIVER, 0, MSR_SINT2, 15), HVBELL_FAULT_GP);
	assert_int_equal(hvbell_wrmsr(w.card, RECEIVER, 0, MSR_SINT2, 0x40000 | 15), HVBELL_FAULT_GP);
	assert_int_equal(hvbell_wrmsr(w.card, RECEIVER, 0, MSR_SINT2, 0x10000 | 15), 0);
	assert_int_equal(hvbell_wrmsr(w.card, RECEIVER, 0, MSR_SINT2, 16), 0);
	assert_int_equal(hvbell_wrmsr(w.card, RECEIVER, 0, 0x40000081, 1), HVBELL_FAULT_GP);
	assert_int_equal(hvbell_rdmsr(w.card, RECEIVER, 0, 0x40000081, &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(hvbell_wrmsr(w.card, RECEIVER, 0, 0x40000084, 77), 0);
	assert_int_equal(hvbell_rdmsr(w.card, RECEIVER, 0, 0x40000084, &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(hvbell_wrmsr(w.card, RECEIVER, 0, 0x40000083, 0x7001), 0);
	assert_int_equal(hvbell_rdmsr(w.card, RECEIVER, 0, 0x40000083, &value), 0);
	assert_int_equal(value, 0x7001);
	for (uint32_t msr = 0x40000085; msr < 0x40000090; msr++) {
		assert_int_equal(hvbell_rdmsr(w.card, RECEIVER, 0, msr, &value), HVBELL_FAULT_GP);
		assert_int_equal(hvbell_wrmsr(w.card, RECEIVER, 0, msr, 0), HVBELL_FAULT_GP);
	}
	assert_int_equal(hvbell_rdmsr(w.card, RECEIVER, 0, 0x400000a0, &value), HVBELL_FAULT_GP);
	assert_int_equal(hvbell_wrmsr(w.card, RECEIVER, 0, 0x4000007f, 0), HVBELL_FAULT_GP);
	assert_int_equal(hvbell_wrmsr(w.card, RECEIVER, 1, MSR_SINT2, 16), -ENOENT);
	/* the MSRs do what the calls do */
	assert_int_equal(hvbell_wrmsr(w.card, RECEIVER, 0, 0x40000080, 1), 0);
	assert_int_equal(hvbell_wrmsr(w.card, RECEIVER, 0, 0x40000082, 0x100001), 0);
	world_connect(&w, 1, 0, 0, 8);
	assert_int_equal(world_signal(&w, 1, 0), 0);
	assert_int_equal(hvbell_wrmsr(w.card, RECEIVER, 0, 0x40000082, 0x100ffe), 0);
	assert_int_equal(hvbell_rdmsr(w.card, RECEIVER, 0, 0x40000082, &value), 0);
	assert_int_equal(value, 0x100ffe);
	assert_int_equal(world_signal(&w, 1, 0), HV_STATUS_INVALID_SYNIC_STATE);
	world_free(&w);
}

static void bad_sints(void **state)
{
	struct world w;
	struct hvbell_sint sint = { .vector = 15 };

	(void)state;
	world_new(&w, 1);
	/* the host places what a guest may not write */
	assert_int_equal(hvbell_wrmsr(w.card, RECEIVER, 0, 0x40000090 + SINT, 15), HVBELL_FAULT_GP);
	assert_int_equal(hvbell_set_sint(w.card, RECEIVER, 0, SINT, &sint), 0);
	world_connect(&w, 1, 0, 0, 8);
	assert_int_equal(world_signal(&w, 1, 0), 0);
	assert_int_equal(world_messages(&w, 0), 1);
	sint.masked = true;
	assert_int_equal(hvbell_set_sint(w.card, RECEIVER, 0, SINT, &sint), 0);
	assert_int_equal(hvbell_set_sint(w.card, RECEIVER, 0, 16, &sint), -EINVAL);
	assert_int_equal(hvbell_get_sint(w.card, RECEIVER, 0, 16, &sint), -EINVAL);
	assert_int_equal(hvbell_set_sint(w.card, RECEIVER, 7, SINT, &sint), -ENOENT);
	assert_int_equal(hvbell_vp_add(w.card, RECEIVER, 0), -EEXIST);
	assert_int_equal(hvbell_vp_add(w.card, RECEIVER, HVBELL_ANY_VP), -EINVAL);
	assert_int_equal(hvbell_vp_add(w.card, 0x99, 0), -ENOENT);
	world_free(&w);
}

/* Guest memory: 4 pages from 0x100000. */
static void *guest_page(void *arg, uint64_t gpa, size_t len)
{
	return gpa >= 0x100000 && gpa + len <= 0x104000 ? (char *)arg + (gpa - 0x100000) : NULL;
}

static void page_in_guest_memory(void **state)
{
	struct world w;
	uint64_t *ram = aligned_alloc(4096, 4 * 4096);

	(void)state;
	memset(ram, 0xff, 4 * 4096);
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 64);
	assert_int_equal(world_signal(&w, 1, 0), 0);
	/* the overlay's flag moves into the guest's page, whose garbage goes */
	assert_int_equal(hvbell_partition_memory(w.card, RECEIVER, guest_page, ram), 0);
	assert_ptr_equal(hvbell_sief(w.card, RECEIVER, 0), ram);
	assert_int_equal(ram[SINT * 32], 1);
	assert_int_equal(ram[0], 0);
	assert_int_equal(world_signal(&w, 1, 1), 0);
	assert_int_equal(ram[SINT * 32], 3);
	assert_int_equal(hvbell_set_siefp(w.card, RECEIVER, 0, true, 0x102000), 0);
	assert_int_equal(ram[2 * 512 + SINT * 32], 3);
	assert_int_equal(world_signal(&w, 1, 2), 0);
	assert_int_equal(ram[2 * 512 + SINT * 32], 7);
	assert_int_equal(w.fake->maps, 1);
	/* no memory there: disabled for signals, flags stay visible */
	assert_int_equal(hvbell_set_siefp(w.card, RECEIVER, 0, true, 0x200000), 0);
	assert_int_equal(world_signal(&w, 1, 3), HV_STATUS_INVALID_SYNIC_STATE);
	assert_int_equal(hvbell_sief(w.card, RECEIVER, 0)[SINT * 32], 7);
	assert_int_equal(w.fake->maps, 0);
	assert_int_equal(hvbell_set_siefp(w.card, RECEIVER, 0, true, 0x101000), 0);
	assert_int_equal(ram[512 + SINT * 32], 7);
	/* two VPs may have the same page; it is mapped once */
	world_open_vp(&w, 1);
	assert_int_equal(w.fake->maps, 1);
	assert_int_equal(hvbell_vp_remove(w.card, RECEIVER, 1), 0);
	assert_int_equal(w.fake->maps, 1);
	assert_int_equal(world_signal(&w, 1, 5), 0);
	assert_int_equal(hvbell_vp_reset(w.card, RECEIVER, 0), 0);
	assert_int_equal(ram[512 + SINT * 32], 0);
	assert_int_equal(w.fake->maps, 0);
	world_free(&w);
	free(ram);
}

/* Behind every register write one flag after the other is signalled; what each got is kept. */
struct probe {
	uint32_t connection;
	unsigned sent, accepted, refused, refused_then_accepted;
};

static void probe_hook(struct fake_dev *fake, uint64_t offset)
{
	struct probe *probe = fake->hook_arg;

	(void)offset;
	if (fake_signal(fake, 0, 1, (uint64_t)(probe->sent % 64) << 32 | probe->connection) == 0) {
		probe->accepted++;
		probe->refused_then_accepted += probe->refused != 0;
	} else {
		probe->refused++;
	}
	probe->sent++;
}

/* What was accepted before a change reaches memory by its drain, whatever the card still had to do for it. */
static void accepted_is_delivered(enum fake_delivery delivery)
{
	struct world w;
	uint64_t *ram = aligned_alloc(4096, 4 * 4096);
	const uint64_t *faults;

	world_new(&w, 1);
	faults = &w.fake->registers[HVB_R_N_FAULT / 8];
	assert_int_equal(hvbell_partition_memory(w.card, RECEIVER, guest_page, ram), 0);
	world_connect(&w, 1, 0, 0, 64);
	w.fake->delivery = delivery;
	for (unsigned flag = 0; flag < 5; flag++) {
		assert_int_equal(fake_signal(w.fake, 0, 0, (uint64_t)flag << 32 | 1), 0);
		switch (flag) {
		case 0:
			assert_int_equal(hvbell_set_siefp(w.card, RECEIVER, 0, false, 0), 0);
			break;
		case 1:
			assert_int_equal(hvbell_set_scontrol(w.card, RECEIVER, 0, false), 0);
			break;
		case 2:
			set_sint(&w, true, false);
			break;
		case 3:
			assert_int_equal(hvbell_set_siefp(w.card, RECEIVER, 0, true, 0x102000), 0);
			break;
		case 4:
			assert_int_equal(hvbell_delete_port(w.card, RECEIVER, 1), 0);
			break;
		}
		assert_int_equal(*faults, 0);
		assert_int_equal(hvbell_sief(w.card, RECEIVER, 0)[SINT * 32], (2u << flag) - 1);
		assert_int_equal(world_messages(&w, 0), flag + 1);
		assert_int_equal(hvbell_set_siefp(w.card, RECEIVER, 0, true, 0x100000), 0);
		assert_int_equal(hvbell_set_scontrol(w.card, RECEIVER, 0, true), 0);
		set_sint(&w, false, false);
	}
	w.fake->delivery = FAKE_AT_ONCE;
	world_free(&w);
	free(ram);
}

static void waiting_signals_are_delivered(void **state)
{
	(void)state;
	accepted_is_delivered(FAKE_WAITING);
}

static void flying_signals_are_delivered(void **state)
{
	(void)state;
	accepted_is_delivered(FAKE_IN_FLIGHT);
}

static void removal_delivers_reset_drops(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 64);
	w.fake->delivery = FAKE_WAITING;
	assert_int_equal(fake_signal(w.fake, 0, 0, 1), 0);
	assert_int_equal(hvbell_vp_reset(w.card, RECEIVER, 0), 0);
	assert_int_equal(w.fake->registers[HVB_R_N_DROPPED / 8], 1);
	assert_int_equal(w.fake->registers[HVB_R_N_MESSAGE / 8], 0);
	assert_int_equal(hvbell_vp_remove(w.card, RECEIVER, 0), 0);
	world_open_vp(&w, 0);
	assert_int_equal(fake_signal(w.fake, 0, 0, 1), 0);
	assert_int_equal(hvbell_vp_remove(w.card, RECEIVER, 0), 0);
	assert_int_equal(w.fake->registers[HVB_R_N_MESSAGE / 8], 1);
	assert_int_equal(w.fake->registers[HVB_R_N_FAULT / 8], 0);
	w.fake->delivery = FAKE_AT_ONCE;
	world_free(&w);
}

static void lowering_refuses_once(void **state)
{
	struct world w;
	struct probe probe = { .connection = 1 };
	uint64_t drains;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 64);
	w.fake->hook_arg = &probe;
	w.fake->hook = probe_hook;
	drains = w.fake->drains;
	assert_int_equal(hvbell_set_scontrol(w.card, RECEIVER, 0, false), 0);
	assert_int_equal(w.fake->drains, drains + 1);
	w.fake->hook = NULL;
	assert_true(probe.accepted > 0 && probe.refused > 0);
	assert_int_equal(probe.refused_then_accepted, 0);
	/* whatever was accepted is in the page */
	assert_int_equal(__builtin_popcountll(hvbell_sief(w.card, RECEIVER, 0)[SINT * 32]), probe.accepted);
	world_free(&w);
}

static void moves_refuse_nothing(enum fake_delivery delivery)
{
	struct world w;
	struct probe probe = { .connection = 1 };
	uint64_t *ram = aligned_alloc(4096, 4 * 4096);

	world_new(&w, 1);
	w.fake->delivery = delivery;
	assert_int_equal(hvbell_partition_memory(w.card, RECEIVER, guest_page, ram), 0);
	world_connect(&w, 1, 0, 0, 64);
	w.fake->hook_arg = &probe;
	w.fake->hook = probe_hook;
	set_sint(&w, false, true);
	set_sint(&w, true, true);
	set_sint(&w, false, false);
	assert_int_equal(hvbell_set_siefp(w.card, RECEIVER, 0, true, 0x103000), 0);
	assert_int_equal(hvbell_partition_memory(w.card, RECEIVER, NULL, NULL), 0);
	w.fake->hook = NULL;
	assert_int_equal(hvbell_fence(w.card), 0);
	assert_true(probe.sent >= 10 && probe.sent < 64);
	assert_int_equal(probe.refused, 0);
	assert_int_equal(w.fake->registers[HVB_R_N_FAULT / 8], 0);
	assert_int_equal(hvbell_sief(w.card, RECEIVER, 0)[SINT * 32], (1ull << probe.sent) - 1);
	world_free(&w);
	free(ram);
}

static void moves_at_rest(void **state)
{
	(void)state;
	moves_refuse_nothing(FAKE_AT_ONCE);
}

static void moves_with_signals_waiting(void **state)
{
	(void)state;
	moves_refuse_nothing(FAKE_WAITING);
}

static void moves_with_signals_flying(void **state)
{
	(void)state;
	moves_refuse_nothing(FAKE_IN_FLIGHT);
}

/* Only what may leave something behind waits for it. */
static void raising_does_not_drain(void **state)
{
	struct world w;
	uint64_t drains;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 64);
	assert_int_equal(hvbell_set_scontrol(w.card, RECEIVER, 0, false), 0);
	drains = w.fake->drains;
	assert_int_equal(hvbell_set_scontrol(w.card, RECEIVER, 0, true), 0);
	assert_int_equal(w.fake->drains, drains);
	world_free(&w);
}

static void faulty_vp(void **state)
{
	struct world w;
	struct hvbell_log record;
	bool faulty, newly;
	uint64_t lost;
	uintptr_t page;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 128, 64);
	/* the page vanishes under the card */
	page = w.fake->pages[FAKE_PAGES - 1];
	w.fake->pages[FAKE_PAGES - 1] = 0;
	assert_int_equal(world_signal(&w, 1, 7), 0);
	assert_int_equal(hvbell_vp_faulty(w.card, RECEIVER, 0, &faulty), 0);
	assert_true(faulty);
	assert_int_equal(world_signal(&w, 1, 8), HV_STATUS_INVALID_SYNIC_STATE);
	assert_int_equal(hvbell_log_read(w.card, &record, 1, &lost), 1);
	assert_int_equal(record.kind, 1);
	assert_int_equal(record.bits, 1 << 7);
	assert_int_equal(record.partition, RECEIVER);
	assert_int_equal(record.vp, 0);
	assert_int_equal(record.iova, page + FAKE_IOVA + SINT * 256 + 16);
	assert_int_equal(hvbell_signal_direct(w.card, RECEIVER, 0, SINT, 0, &newly), HV_STATUS_INVALID_SYNIC_STATE);
	w.fake->pages[FAKE_PAGES - 1] = page;
	assert_int_equal(hvbell_vp_clear_fault(w.card, RECEIVER, 0), 0);
	assert_int_equal(hvbell_vp_faulty(w.card, RECEIVER, 0, &faulty), 0);
	assert_false(faulty);
	assert_int_equal(world_signal(&w, 1, 8), 0);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_condition_refuses), cmocka_unit_test(removed_vp_is_gone),
		cmocka_unit_test(reset_clears),
		cmocka_unit_test(msrs), cmocka_unit_test(bad_sints), cmocka_unit_test(page_in_guest_memory),
		cmocka_unit_test(waiting_signals_are_delivered), cmocka_unit_test(flying_signals_are_delivered),
		cmocka_unit_test(removal_delivers_reset_drops), cmocka_unit_test(lowering_refuses_once),
		cmocka_unit_test(moves_at_rest), cmocka_unit_test(moves_with_signals_waiting),
		cmocka_unit_test(moves_with_signals_flying), cmocka_unit_test(raising_does_not_drain),
		cmocka_unit_test(faulty_vp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
