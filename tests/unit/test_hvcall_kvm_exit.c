/* SPDX-License-Identifier: MIT */
/* What the KVM glue answers at a vCPU's exit, and in which order card and KVM change. */
#include "kvm_world.h"

#define FAST 0x1005dull
#define SLOW 0x5dull
#define SINT2 0x40000092u
#define MASKED 0x10000ull
#define POLLING 0x40000ull

static hvbell_card *watched;
static uint64_t card_at_kvms_write;     /* the card's SINT register when KVM's was written */
static unsigned kvm_writes;

static void watch(uint32_t msr, uint64_t value)
{
	(void)value;
	kvm_writes++;
	assert_int_equal(hvbell_rdmsr(watched, RECEIVER, 0, msr, &card_at_kvms_write), 0);
}

/* VP 0 with SINT 2 open, its page at the guest's first one, port and connection 1. */
static void start(struct kvm_world *w)
{
	kvm_world_start(w, 1);
	kvm_world_port(w, 1, 0, 2);
	assert_int_equal(kvm_world_sint(w, 0, 2, 0xb1), 1);
	assert_int_equal(kvm_world_synic(w, 0, 1, RAM_GPA | 1), 1);
	watched = w->world.card;
	kvm_writes = 0;
	fake_kvm.before_sint = watch;
}

static bool flag(const struct kvm_world *w, unsigned page, unsigned number)
{
	return w->ram[page * 4096 + 2 * 256 + number / 8] >> number % 8 & 1;
}

/* What hvcall_kvm_exit() made of an exit it must not have touched. */
static int untouched(struct kvm_world *w, uint32_t vp, struct kvm_run *run)
{
	struct kvm_run before;
	int ret;

	memcpy(&before, run, sizeof(before));
	ret = hvcall_kvm_exit(w->kvm, vp, run);
	assert_memory_equal(run, &before, sizeof(before));
	return ret;
}

static uint64_t card_sint(struct kvm_world *w)
{
	uint64_t value;

	assert_int_equal(hvbell_rdmsr(w->world.card, RECEIVER, 0, SINT2, &value), 0);
	return value;
}

static uint64_t kvm_sint(void)
{
	return fake_kvm.vcpus[0].msrs[0x12];
}

static void signals_go_to_the_card(void **state)
{
	struct kvm_run run = kvm_world_hypercall(FAST, 3ull << 32 | 1);
	struct kvm_world w;

	(void)state;
	start(&w);
	assert_int_equal(hvcall_kvm_exit(w.kvm, 0, &run), 1);
	assert_int_equal(run.hyperv.u.hcall.result, 0);
	assert_int_equal(run.hyperv.u.hcall.input, FAST);
	assert_true(flag(&w, 0, 67));
	/* the memory form: the value, not its address */
	assert_int_equal(kvm_world_signal(&w, 0, SLOW, 5ull << 32 | 1), 0);
	assert_true(flag(&w, 0, 69));
	assert_int_equal(kvm_world_signal(&w, 0, FAST, 64ull << 32 | 1), HV_STATUS_INVALID_PARAMETER);
	assert_int_equal(kvm_world_signal(&w, 0, SLOW, 64ull << 32 | 1), HV_STATUS_INVALID_PARAMETER);
	assert_int_equal(kvm_world_signal(&w, 0, FAST, 2), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(kvm_world_signal(&w, 0, FAST, 1ull << 24 | 1), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(kvm_world_signal(&w, 0, FAST, 1ull << 48 | 1), HV_STATUS_INVALID_HYPERCALL_INPUT);
	assert_int_equal(kvm_world_signal(&w, 0, FAST | 1ull << 32, 1), HV_STATUS_INVALID_HYPERCALL_INPUT);
	assert_int_equal(kvm_world_signal(&w, 0, SLOW | 1ull << 17, 1), HV_STATUS_INVALID_HYPERCALL_INPUT);
	assert_int_equal(hvbell_partition_privileges(w.world.card, RECEIVER, 0), 0);
	assert_int_equal(kvm_world_signal(&w, 0, FAST, 1), HV_STATUS_ACCESS_DENIED);
	assert_int_equal(kvm_world_signal(&w, 0, SLOW, 1), HV_STATUS_ACCESS_DENIED);
	kvm_world_end(&w);
}

static void other_exits_are_the_vmms(void **state)
{
	struct kvm_run run = kvm_world_hypercall(0x1005c, 1);
	struct kvm_world w;

	(void)state;
	start(&w);
	assert_int_equal(untouched(&w, 0, &run), 0);
	run = kvm_world_hypercall(0x5c, 1);
	assert_int_equal(untouched(&w, 0, &run), 0);
	run = kvm_world_hypercall(FAST, 1);
	run.exit_reason = KVM_EXIT_IO;
	assert_int_equal(untouched(&w, 0, &run), 0);
	run.exit_reason = KVM_EXIT_HYPERV;
	run.hyperv.type = KVM_EXIT_HYPERV_SYNDBG;
	assert_int_equal(untouched(&w, 0, &run), 0);
	run = kvm_world_wrmsr(SINT2, 0xb2);
	run.exit_reason = KVM_EXIT_X86_RDMSR;
	assert_int_equal(untouched(&w, 0, &run), 0);
	run = kvm_world_wrmsr(SINT2, 0xb2);
	run.msr.reason = KVM_MSR_EXIT_REASON_UNKNOWN;
	assert_int_equal(untouched(&w, 0, &run), 0);
	run = kvm_world_wrmsr(0x4000008f, 0xb2);
	assert_int_equal(untouched(&w, 0, &run), 0);
	run = kvm_world_wrmsr(0x400000a0, 0xb2);
	assert_int_equal(untouched(&w, 0, &run), 0);
	assert_int_equal(card_sint(&w), 0xb1);
	assert_int_equal(kvm_writes, 0);
	kvm_world_end(&w);
}

static void the_cards_failure_leaves_the_guest_unanswered(void **state)
{
	struct kvm_run run = kvm_world_hypercall(FAST, 1), wrmsr = kvm_world_wrmsr(SINT2, MASKED);
	struct kvm_world w;

	(void)state;
	start(&w);
	w.world.fake->delivery = FAKE_WAITING;
	assert_int_equal(untouched(&w, 0, &run), -ETIMEDOUT);
	w.world.fake->delivery = FAKE_AT_ONCE;
	assert_int_equal(hvcall_kvm_exit(w.kvm, 0, &run), 1);
	assert_int_equal(untouched(&w, 1, &wrmsr), -ENOENT);
	assert_int_equal(kvm_world_synic(&w, 1, 1, 0), -ENOENT);
	fake_kvm.refuses_msrs = true;
	assert_int_equal(untouched(&w, 0, &wrmsr), -EINVAL);
	fake_kvm.refuses_msrs = false;
	assert_int_equal(hvcall_kvm_exit(w.kvm, 0, &wrmsr), 1);
	w.world.fake->fail_writes = 0;
	wrmsr = kvm_world_wrmsr(SINT2, 0xb1);
	assert_int_equal(untouched(&w, 0, &wrmsr), -EIO);
	assert_int_equal(kvm_world_synic(&w, 0, 0, RAM_GPA | 1), -EIO);
	w.world.fake->fail_writes = -1;
	assert_int_equal(hvbell_reset(w.world.card), 0);
	assert_int_equal(kvm_world_synic(&w, 0, 0, RAM_GPA | 1), -ENOENT);
	kvm_world_end(&w);
}

static unsigned card_writes;

static void count_write(struct fake_dev *fake, uint64_t offset)
{
	(void)fake, (void)offset;
	card_writes++;
}

static void pages_and_switch_follow(void **state)
{
	struct kvm_world w;
	uint64_t simp;

	(void)state;
	start(&w);
	/* a port whose ring each change of a VP would rewrite */
	kvm_world_port(&w, 2, HVBELL_ANY_VP, 2);
	assert_int_equal(kvm_world_signal(&w, 0, FAST, 1), 0);
	assert_int_equal(hvbell_rdmsr(w.world.card, RECEIVER, 0, 0x40000083, &simp), 0);
	assert_int_equal(simp, 0x5001);
	/* what is as it was costs the card nothing */
	w.world.fake->hook = count_write;
	card_writes = 0;
	assert_int_equal(kvm_world_synic(&w, 0, 1, RAM_GPA | 1), 1);
	assert_int_equal(card_writes, 0);
	assert_true(flag(&w, 0, 64));
	assert_int_equal(kvm_world_synic(&w, 0, 1, (RAM_GPA + 0x2000) | 1), 1);
	assert_false(flag(&w, 0, 64));
	assert_true(flag(&w, 2, 64));
	assert_true(card_writes > 0);
	assert_int_equal(kvm_world_synic(&w, 0, 0, (RAM_GPA + 0x2000) | 1), 1);
	assert_int_equal(kvm_world_signal(&w, 0, FAST, 1), HV_STATUS_INVALID_SYNIC_STATE);
	assert_int_equal(kvm_world_synic(&w, 0, 1, RAM_GPA + 0x2000), 1);
	assert_int_equal(kvm_world_signal(&w, 0, FAST, 1), HV_STATUS_INVALID_SYNIC_STATE);
	assert_int_equal(kvm_world_synic(&w, 0, 1, (RAM_GPA + 0x2000) | 1), 1);
	assert_int_equal(kvm_world_signal(&w, 0, FAST, 1), 0);
	kvm_world_end(&w);
}

static void what_the_guest_may_not_write_is_gp(void **state)
{
	static const uint64_t bad[] = { 0, 15, POLLING | 15, 1ull << 17 | 3 };
	struct kvm_world w;

	(void)state;
	start(&w);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct kvm_run run = kvm_world_wrmsr(SINT2, bad[i]);

		assert_int_equal(hvcall_kvm_exit(w.kvm, 0, &run), 1);
		assert_int_equal(run.msr.error, 1);
		assert_int_equal(card_sint(&w), 0xb1);
		assert_int_equal(kvm_sint(), 0xb1);
	}
	assert_int_equal(kvm_writes, 0);
	kvm_world_end(&w);
}

/* KVM drops the interrupt of a masked SINT: the card must not send any before KVM unmasks or after it masks. */
static void card_and_kvm_change_in_order(void **state)
{
	static const struct {
		uint64_t value;
		bool kvm_first;
	} steps[] = {
		{ MASKED, false }, { 0xb1, true }, { 0xb2, true }, { POLLING | 0xb2, false }, { 0xff, true },
		{ MASKED | POLLING | 0xb2, false }, { 16, true }, { MASKED | 0xb1, false }, { MASKED | 15, false },
		{ 1ull << 17 | 0xb1, true },
	};
	struct kvm_world w;

	(void)state;
	start(&w);
	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct kvm_run run = kvm_world_wrmsr(SINT2, steps[i].value);
		uint64_t before = card_sint(&w);

		assert_int_equal(hvcall_kvm_exit(w.kvm, 0, &run), 1);
		assert_int_equal(run.msr.error, 0);
		assert_int_equal(kvm_writes, i + 1);
		assert_int_equal(card_at_kvms_write, steps[i].kvm_first ? before : steps[i].value);
		assert_int_equal(card_sint(&w), steps[i].value);
		assert_int_equal(kvm_sint(), steps[i].value);
	}
	kvm_world_end(&w);
}

static void the_card_follows_a_restored_vcpu(void **state)
{
	uint64_t *msrs = fake_kvm.vcpus[0].msrs;
	struct kvm_world w;

	(void)state;
	kvm_world_start(&w, 1);
	kvm_world_port(&w, 1, 0, 2);
	msrs[0] = 1;
	msrs[2] = (RAM_GPA + 0x1000) | 1;
	msrs[3] = 0x7001;
	msrs[0x12] = 0xb1;
	msrs[0x1f] = MASKED | POLLING;
	assert_int_equal(hvcall_kvm_sync(w.kvm, 0), 0);
	for (unsigned i = 0; i < FAKE_MSRS; i++) {
		uint64_t value;

		if (i == 1 || (i >= 4 && i < 16))
			continue;
		assert_int_equal(hvbell_rdmsr(w.world.card, RECEIVER, 0, 0x40000080 + i, &value), 0);
		assert_int_equal(value, msrs[i]);
	}
	assert_int_equal(kvm_world_signal(&w, 0, FAST, 1), 0);
	assert_true(flag(&w, 1, 64));
	msrs[0x13] = 3;
	assert_int_equal(hvcall_kvm_sync(w.kvm, 0), -EINVAL);
	msrs[0x13] = MASKED;
	assert_int_equal(hvcall_kvm_sync(w.kvm, 1), -ENOENT);
	fake_kvm.refuses_msrs = true;
	assert_int_equal(hvcall_kvm_sync(w.kvm, 0), -EINVAL);
	kvm_world_end(&w);
}

struct runner {
	struct kvm_world *w;
	uint32_t vp;
};

/* A vCPU's thread: comes up, then opens, signals and masks in turn. */
static void *run_vcpu(void *arg)
{
	const struct runner *runner = arg;
	struct kvm_world *w = runner->w;
	uint32_t vp = runner->vp;

	assert_int_equal(hvcall_kvm_vcpu(w->kvm, vp, FAKE_VCPU + (int)vp), 0);
	assert_int_equal(kvm_world_synic(w, vp, 1, (RAM_GPA + 0x1000 * vp) | 1), 1);
	for (int n = 0; n < 200; n++) {
		uint64_t other;

		assert_int_equal(kvm_world_sint(w, vp, 2, 0xb1), 1);
		assert_int_equal(kvm_world_signal(w, vp, n & 1 ? FAST : SLOW, vp + 1), 0);
		other = kvm_world_signal(w, vp, FAST, (vp + 1) % 3 + 1);
		assert_true(other == 0 || other == HV_STATUS_INVALID_SYNIC_STATE ||
			    other == HV_STATUS_INVALID_VP_INDEX);
		assert_int_equal(kvm_world_sint(w, vp, 2, MASKED), 1);
		assert_int_equal(kvm_world_signal(w, vp, FAST, vp + 1), HV_STATUS_INVALID_SYNIC_STATE);
	}
	return NULL;
}

static void vcpus_run_at_once(void **state)
{
	struct runner runners[3];
	pthread_t threads[3];
	struct kvm_world w;

	(void)state;
	kvm_world_start(&w, 0);
	for (uint32_t vp = 0; vp < 3; vp++)
		kvm_world_port(&w, vp + 1, vp, 2);
	for (uint32_t vp = 0; vp < 3; vp++) {
		runners[vp] = (struct runner){ &w, vp };
		assert_int_equal(pthread_create(&threads[vp], NULL, run_vcpu, &runners[vp]), 0);
	}
	for (int n = 0; n < 50; n++)
		assert_int_equal(hvcall_kvm_wire(w.kvm), 0);
	for (int n = 0; n < 3; n++)
		assert_int_equal(pthread_join(threads[n], NULL), 0);
	assert_int_equal(hvcall_kvm_wire(w.kvm), 0);
	assert_int_equal(fake_kvm.irqfd_count, 3);
	for (unsigned vp = 0; vp < 3; vp++)
		assert_true(flag(&w, vp, 64 * (vp + 1)));
	kvm_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_go_to_the_card),
		cmocka_unit_test(other_exits_are_the_vmms),
		cmocka_unit_test(the_cards_failure_leaves_the_guest_unanswered),
		cmocka_unit_test(pages_and_switch_follow),
		cmocka_unit_test(what_the_guest_may_not_write_is_gp),
		cmocka_unit_test(card_and_kvm_change_in_order),
		cmocka_unit_test(the_card_follows_a_restored_vcpu),
		cmocka_unit_test(vcpus_run_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
