/* SPDX-License-Identifier: MIT */
/* The KVM glue: what is asked of KVM and taken back, memory, vCPUs, interrupts, the doorbell page. Its exits are in
 * test_hvcall_kvm_exit.c. */
#include "kvm_world.h"

static int routed_counts[8];
static unsigned routed;

static int record_routes(void *arg, const struct kvm_irq_routing_entry *routes, unsigned count)
{
	assert_ptr_equal(arg, &routed);
	assert_true(count == 0 || routes[count - 1].gsi == KVM_GSI + count - 1);
	routed_counts[routed++] = (int)count;
	return 0;
}

static void each_capability_is_needed(void **state)
{
	static const int needed[] = { KVM_CAP_HYPERV_SYNIC2, KVM_CAP_IRQFD, KVM_CAP_IRQ_ROUTING,
				      KVM_CAP_X86_USER_SPACE_MSR, KVM_CAP_X86_MSR_FILTER };
	struct kvm_world w;

	(void)state;
	kvm_world_bare(&w);
	for (unsigned i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		fake_kvm.missing = needed[i];
		w.options.own_filter = false;
		assert_int_equal(hvcall_kvm_open(&w.options, &w.kvm), -ENOTSUP);
		assert_null(w.kvm);
		w.options.own_filter = true;
		assert_int_equal(hvcall_kvm_open(&w.options, &w.kvm), i < 3 ? -ENOTSUP : 0);
		assert_int_equal(fake_kvm.msr_exits, 0);
		assert_int_equal(fake_kvm.filter.ranges[0].nmsrs, 0);
		hvcall_kvm_close(w.kvm);
	}
	w.kvm = NULL;
	kvm_world_end(&w);
}

static void the_filter_denies_writes_of_sints(void **state)
{
	struct kvm_world w;

	(void)state;
	kvm_world_start(&w, 0);
	assert_int_equal(fake_kvm.msr_exits, KVM_MSR_EXIT_REASON_FILTER);
	assert_int_equal(fake_kvm.filter.flags, KVM_MSR_FILTER_DEFAULT_ALLOW);
	assert_int_equal(fake_kvm.filter.ranges[0].flags, KVM_MSR_FILTER_WRITE);
	assert_int_equal(fake_kvm.filter.ranges[0].base, 0x40000090);
	assert_int_equal(fake_kvm.filter.ranges[0].nmsrs, 16);
	assert_int_equal(fake_kvm.filter_bitmap, 0);
	assert_int_equal(fake_kvm.filter.ranges[1].nmsrs, 0);
	kvm_world_end(&w);
}

static void opening_fails_cleanly(void **state)
{
	static const unsigned long requests[] = { KVM_CHECK_EXTENSION, KVM_ENABLE_CAP, KVM_X86_SET_MSR_FILTER };
	struct kvm_world w;

	(void)state;
	kvm_world_bare(&w);
	assert_int_equal(hvcall_kvm_open(NULL, &w.kvm), -EINVAL);
	assert_int_equal(hvcall_kvm_open(&w.options, NULL), -EINVAL);
	w.options.card = NULL;
	assert_int_equal(hvcall_kvm_open(&w.options, &w.kvm), -EINVAL);
	w.options.card = w.world.card;
	w.options.partition = 77;
	assert_int_equal(hvcall_kvm_open(&w.options, &w.kvm), -ENOENT);
	w.options.partition = RECEIVER;
	for (unsigned i = 0; i < 3; i++) {
		fake_kvm.fails = requests[i];
		fake_kvm.with = EPERM;
		errno = 5;
		assert_int_equal(hvcall_kvm_open(&w.options, &w.kvm), -EPERM);
		assert_int_equal(errno, 5);
		assert_null(w.kvm);
		fake_kvm.with = 0;
		assert_int_equal(fake_kvm.msr_exits, 0);
	}
	hvcall_kvm_close(NULL);
	kvm_world_end(&w);
}

static void a_vcpu_gets_its_synic(void **state)
{
	struct kvm_world w;

	(void)state;
	kvm_world_start(&w, 1);
	assert_true(fake_kvm.vcpus[0].synic);
	assert_int_equal(fake_kvm.vcpus[0].msrs[0], 0);
	assert_true(hvbell_vp_exists(w.world.card, RECEIVER, 0));
	fake_kvm.vcpus[0].msrs[0] = 1;
	assert_int_equal(hvcall_kvm_vcpu(w.kvm, 0, FAKE_VCPU), -EEXIST);
	assert_int_equal(fake_kvm.vcpus[0].msrs[0], 1);
	assert_int_equal(hvcall_kvm_vcpu(w.kvm, 2, FAKE_VCPU + 1), -EINVAL);
	assert_int_equal(hvcall_kvm_vcpu(w.kvm, 1, 3), -EBADF);
	fake_kvm.fails = KVM_ENABLE_CAP;
	fake_kvm.with = EINVAL;
	assert_int_equal(hvcall_kvm_vcpu(w.kvm, 1, FAKE_VCPU + 1), -EINVAL);
	fake_kvm.fails = KVM_SET_MSRS;
	fake_kvm.with = EIO;
	assert_int_equal(hvcall_kvm_vcpu(w.kvm, 1, FAKE_VCPU + 1), -EIO);
	fake_kvm.with = 0;
	fake_kvm.refuses_msrs = true;
	assert_int_equal(hvcall_kvm_vcpu(w.kvm, 1, FAKE_VCPU + 1), -EINVAL);
	fake_kvm.refuses_msrs = false;
	assert_int_equal(hvbell_vp_count(w.world.card, RECEIVER), 1);
	fake_kvm.vcpus[1].index = 2;
	assert_int_equal(hvcall_kvm_vcpu(w.kvm, 2, FAKE_VCPU + 1), 0);
	assert_int_equal(hvbell_vp_count(w.world.card, RECEIVER), 2);
	kvm_world_close(&w);
	assert_int_equal(hvbell_vp_count(w.world.card, RECEIVER), 0);
	kvm_world_end(&w);
}

static void memory_is_whole_pages_without_overlap(void **state)
{
	struct kvm_world w;

	(void)state;
	kvm_world_start(&w, 0);
	assert_int_equal(hvcall_kvm_memory(w.kvm, 0x900000, w.ram, 0), -EINVAL);
	assert_int_equal(hvcall_kvm_memory(w.kvm, 0x900000, NULL, 0x1000), -EINVAL);
	assert_int_equal(hvcall_kvm_memory(w.kvm, 0x900000, w.ram, 0x1800), -EINVAL);
	assert_int_equal(hvcall_kvm_memory(w.kvm, 0x900800, w.ram, 0x1000), -EINVAL);
	assert_int_equal(hvcall_kvm_memory(w.kvm, 0x900000, w.ram + 8, 0x1000), -EINVAL);
	assert_int_equal(hvcall_kvm_memory(w.kvm, ~0xfffull, w.ram, 0x2000), -EINVAL);
	assert_int_equal(hvcall_kvm_memory(w.kvm, RAM_GPA, w.ram, 0x1000), -EEXIST);
	assert_int_equal(hvcall_kvm_memory(w.kvm, RAM_GPA + 0x3000, w.ram, 0x1000), -EEXIST);
	assert_int_equal(hvcall_kvm_memory(w.kvm, RAM_GPA - 0x1000, w.ram, 0x2000), -EEXIST);
	assert_int_equal(hvcall_kvm_memory(w.kvm, RAM_GPA - 0x1000, w.ram, 0x9000), -EEXIST);
	assert_int_equal(hvcall_kvm_memory(w.kvm, RAM_GPA - 0x1000, w.ram, 0x1000), 0);
	assert_int_equal(hvcall_kvm_memory(w.kvm, RAM_GPA + 0x4000, w.ram, 0x1000), 0);
	assert_int_equal(hvcall_kvm_memory(w.kvm, ~0xfffull, w.ram, 0x1000), 0);
	assert_int_equal(hvcall_kvm_memory(w.kvm, ~0xfffull, w.ram, 0x1000), -EEXIST);
	kvm_world_end(&w);
}

static bool in_ram(const struct kvm_world *w)
{
	const char *page = (char *)hvbell_sief(w->world.card, RECEIVER, 0);

	return page >= w->ram && page < w->ram + RAM_BYTES;
}

static void siefp_finds_the_guests_memory_only(void **state)
{
	static const struct {
		uint64_t gpa;
		long offset;    /* in the guest's memory; -1: none */
	} places[] = {
		{ RAM_GPA, 0 }, { RAM_GPA + 0x3000, 0x3000 }, { RAM_GPA - 0x1000, -1 }, { RAM_GPA + 0x4000, -1 },
		{ 0, -1 }, { ~0xfffull, -1 }, { RAM_GPA + 0x1000, 0x1000 },
	};
	struct kvm_world w;

	(void)state;
	kvm_world_start(&w, 1);
	kvm_world_port(&w, 1, 0, 2);
	assert_int_equal(kvm_world_sint(&w, 0, 2, 0xb1), 1);
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		bool there = places[i].offset >= 0;

		assert_int_equal(kvm_world_synic(&w, 0, 1, places[i].gpa | 1), 1);
		if (there)
			assert_ptr_equal(hvbell_sief(w.world.card, RECEIVER, 0), w.ram + places[i].offset);
		else
			assert_false(in_ram(&w));
		assert_int_equal(kvm_world_signal(&w, 0, 0x1005d, 1), there ? 0 : HV_STATUS_INVALID_SYNIC_STATE);
		/* the DMA map has nothing of the guest but this */
		assert_int_equal(w.world.fake->maps, there);
	}
	assert_int_equal(kvm_world_synic(&w, 0, 1, 0x800000 | 1), 1);
	assert_int_equal(kvm_world_signal(&w, 0, 0x1005d, 1), HV_STATUS_INVALID_SYNIC_STATE);
	assert_int_equal(hvcall_kvm_memory(w.kvm, 0x800000, w.ram + 0x3000, 0x1000), 0);
	assert_ptr_equal(hvbell_sief(w.world.card, RECEIVER, 0), w.ram + 0x3000);
	assert_int_equal(kvm_world_signal(&w, 0, 0x1005d, 1), 0);
	kvm_world_close(&w);
	assert_int_equal(w.world.fake->maps, 0);
	/* the library's own page again */
	assert_int_equal(hvbell_vp_add(w.world.card, RECEIVER, 0), 0);
	assert_int_equal(hvbell_set_siefp(w.world.card, RECEIVER, 0, true, RAM_GPA), 0);
	assert_false(in_ram(&w));
	kvm_world_end(&w);
}

static void assert_wire(unsigned n, struct kvm_world *w, uint32_t vp, unsigned sint)
{
	const struct kvm_irq_routing_entry *route = &fake_kvm.routes[n];

	assert_int_equal(route->gsi, KVM_GSI + n);
	assert_int_equal(route->type, KVM_IRQ_ROUTING_HV_SINT);
	assert_int_equal(route->flags, 0);
	assert_int_equal(route->u.hv_sint.vcpu, vp);
	assert_int_equal(route->u.hv_sint.sint, sint);
	assert_int_equal(fake_kvm.irqfds[n].gsi, KVM_GSI + n);
	assert_int_equal(fake_kvm.irqfds[n].fd, hvbell_eventfd(w->world.card, RECEIVER, vp, sint));
}

static void every_vector_is_wired_once(void **state)
{
	struct kvm_world w;

	(void)state;
	kvm_world_start(&w, 2);
	assert_int_equal(hvcall_kvm_wire(w.kvm), 0);
	assert_int_equal(fake_kvm.irqfd_count, 0);
	kvm_world_port(&w, 1, 0, 2);
	kvm_world_port(&w, 2, 1, 5);
	assert_int_equal(hvcall_kvm_wire(w.kvm), 0);
	assert_int_equal(fake_kvm.route_count, 2);
	assert_int_equal(fake_kvm.irqfd_count, 2);
	assert_wire(0, &w, 0, 2);
	assert_wire(1, &w, 1, 5);
	kvm_world_port(&w, 3, 1, 2);
	assert_int_equal(hvcall_kvm_wire(w.kvm), 0);
	assert_int_equal(hvcall_kvm_wire(w.kvm), 0);
	assert_int_equal(fake_kvm.route_count, 3);
	assert_int_equal(fake_kvm.irqfd_count, 3);
	assert_wire(2, &w, 1, 2);
	kvm_world_port(&w, 4, 0, 3);
	kvm_world_port(&w, 5, 0, 4);
	assert_int_equal(hvcall_kvm_wire(w.kvm), -ENOSPC);
	assert_int_equal(fake_kvm.route_count, 3);
	assert_int_equal(fake_kvm.irqfd_count, 3);
	kvm_world_end(&w);
}

static void wiring_that_failed_is_made_up_for(void **state)
{
	struct kvm_world w;

	(void)state;
	kvm_world_start(&w, 1);
	kvm_world_port(&w, 1, 0, 2);
	fake_kvm.with = ENOMEM;
	fake_kvm.fails = KVM_SET_GSI_ROUTING;
	assert_int_equal(hvcall_kvm_wire(w.kvm), -ENOMEM);
	assert_int_equal(fake_kvm.irqfd_count, 0);
	fake_kvm.fails = KVM_IRQFD;
	assert_int_equal(hvcall_kvm_wire(w.kvm), -ENOMEM);
	assert_int_equal(fake_kvm.route_count, 1);
	fake_kvm.with = 0;
	assert_int_equal(hvcall_kvm_wire(w.kvm), 0);
	assert_int_equal(fake_kvm.irqfd_count, 1);
	assert_wire(0, &w, 0, 2);
	kvm_world_end(&w);
}

static void the_vmms_table_gets_the_routes(void **state)
{
	struct kvm_world w;

	(void)state;
	routed = 0;
	kvm_world_bare(&w);
	w.options.route = record_routes;
	w.options.route_arg = &routed;
	kvm_world_open(&w, 1);
	kvm_world_port(&w, 1, 0, 2);
	kvm_world_port(&w, 2, 0, 3);
	assert_int_equal(hvcall_kvm_wire(w.kvm), 0);
	assert_int_equal(fake_kvm.route_count, 0);
	assert_int_equal(fake_kvm.irqfd_count, 2);
	kvm_world_close(&w);
	assert_int_equal(routed, 2);
	assert_int_equal(routed_counts[0], 2);
	assert_int_equal(routed_counts[1], 0);
	kvm_world_end(&w);
}

static void the_doorbell_page_is_a_slot(void **state)
{
	hvbell_sender sender;
	struct kvm_world w;

	(void)state;
	kvm_world_start(&w, 0);
	assert_int_equal(hvcall_kvm_doorbell(w.kvm, 7, 0xfee00000), -ENOTSUP);
	kvm_world_end(&w);

	kvm_world_mapped(&w);
	kvm_world_open(&w, 0);
	assert_int_equal(hvbell_sender_init(w.world.card, RECEIVER, 0, &sender), 0);
	fake_kvm.fails = KVM_SET_USER_MEMORY_REGION;
	fake_kvm.with = EEXIST;
	assert_int_equal(hvcall_kvm_doorbell(w.kvm, 7, 0xfed40000), -EEXIST);
	fake_kvm.with = 0;
	assert_int_equal(hvcall_kvm_doorbell(w.kvm, 7, 0xfed40000), 0);
	assert_int_equal(fake_kvm.slot.slot, 7);
	assert_int_equal(fake_kvm.slot.flags, 0);
	assert_int_equal(fake_kvm.slot.guest_phys_addr, 0xfed40000);
	assert_int_equal(fake_kvm.slot.memory_size, 4096);
	assert_int_equal(fake_kvm.slot.userspace_addr, (uintptr_t)sender.doorbell);
	assert_int_equal(hvcall_kvm_doorbell(w.kvm, 8, 0xfed50000), -EEXIST);
	assert_int_equal(fake_kvm.slot.slot, 7);
	kvm_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_capability_is_needed),
		cmocka_unit_test(the_filter_denies_writes_of_sints),
		cmocka_unit_test(opening_fails_cleanly),
		cmocka_unit_test(a_vcpu_gets_its_synic),
		cmocka_unit_test(memory_is_whole_pages_without_overlap),
		cmocka_unit_test(siefp_finds_the_guests_memory_only),
		cmocka_unit_test(every_vector_is_wired_once),
		cmocka_unit_test(wiring_that_failed_is_made_up_for),
		cmocka_unit_test(the_vmms_table_gets_the_routes),
		cmocka_unit_test(the_doorbell_page_is_a_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
