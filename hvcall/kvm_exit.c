/* SPDX-License-Identifier: MIT */
/* What a vCPU stopped for: a signal, a page or the switch of the SynIC (which KVM has written already), a SINT register
 * (which it has not). */
#include "kvm_internal.h"

#define HV_CALL_CODE 0xffffull
#define HV_CALL_FAST (1ull << 16)

#define SINT_VECTOR 0xffull
#define SINT_MASKED (1ull << 16)
#define SINT_POLLING (1ull << 18)
#define VECTOR_MIN 16

union msr_access {
	struct kvm_msrs msrs;
	char room[sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry)];
};

/* KVM counts the registers it took. */
static int access_msr(int vcpu, unsigned long request, union msr_access *access)
{
	int ret = hvcall_kvm_ioctl(vcpu, request, access);

	if (ret < 0)
		return ret;
	return ret == 1 ? 0 : -EINVAL;
}

int hvcall_kvm_get_msr(int vcpu, uint32_t msr, uint64_t *value)
{
	union msr_access access = { .room = { 0 } };
	int err;

	access.msrs.nmsrs = 1;
	access.msrs.entries[0].index = msr;
	err = access_msr(vcpu, KVM_GET_MSRS, &access);
	if (err)
		return err;
	*value = access.msrs.entries[0].data;
	return 0;
}

int hvcall_kvm_set_msr(int vcpu, uint32_t msr, uint64_t value)
{
	union msr_access access = { .room = { 0 } };

	access.msrs.nmsrs = 1;
	access.msrs.entries[0].index = msr;
	access.msrs.entries[0].data = value;
	return access_msr(vcpu, KVM_SET_MSRS, &access);
}

/* KVM has checked mode and privilege level, and params[0] is the input block's value in either form: it has loaded the
 * memory form's. So what is left to do is the fast form's, which reaches no memory. */
static int signal_event(hvcall_kvm *kvm, uint32_t vp, struct kvm_run *run)
{
	struct hvcall_vcpu cpu = { .vp = vp, .mode = HVCALL_X64, .rcx = run->hyperv.u.hcall.input | HV_CALL_FAST,
				   .rdx = run->hyperv.u.hcall.params[0] };
	int err;

	if ((run->hyperv.u.hcall.input & HV_CALL_CODE) != HVCALL_SIGNAL_EVENT)
		return 0;
	err = hvcall_execute(kvm->call, NULL, &cpu);
	if (err)
		return err;
	run->hyperv.u.hcall.result = cpu.rax;
	return 1;
}

static int write_card(hvcall_kvm *kvm, uint32_t vp, uint32_t msr, uint64_t value)
{
	return hvbell_wrmsr(kvm->options.card, kvm->options.partition, vp, msr, value);
}

/* What is as it was costs no access of the card. */
static int follow_pages(hvcall_kvm *kvm, uint32_t vp, uint64_t scontrol, uint64_t siefp, uint64_t simp)
{
	int err = write_card(kvm, vp, HV_MSR_SIMP, simp);

	if (!err)
		err = write_card(kvm, vp, HV_MSR_SIEFP, siefp);
	return err ? err : write_card(kvm, vp, HV_MSR_SCONTROL, scontrol);
}

/* Whether the card interrupts with this value of a SINT. One with a vector below 16 it refuses. */
static bool interrupts(uint64_t value)
{
	return !(value & (SINT_MASKED | SINT_POLLING)) && (value & SINT_VECTOR) >= VECTOR_MIN;
}

/* KVM drops the interrupt of a masked SINT. So it unmasks before the card does and masks after it. What the card may
 * refuse is always put to the card first. */
static int write_sint(hvcall_kvm *kvm, uint32_t vp, uint32_t msr, uint64_t value)
{
	int vcpu = hvcall_kvm_find_vcpu(kvm, vp), ret;

	if (vcpu < 0)
		return vcpu;
	if (interrupts(value)) {
		ret = hvcall_kvm_set_msr(vcpu, msr, value);
		return ret ? ret : write_card(kvm, vp, msr, value);
	}
	ret = write_card(kvm, vp, msr, value);
	return ret ? ret : hvcall_kvm_set_msr(vcpu, msr, value);
}

static int write_msr(hvcall_kvm *kvm, uint32_t vp, struct kvm_run *run)
{
	int ret;

	if (run->msr.reason != KVM_MSR_EXIT_REASON_FILTER || run->msr.index < HV_MSR_SINT0 ||
	    run->msr.index >= HV_MSR_SINT0 + HVBELL_SINTS)
		return 0;
	ret = write_sint(kvm, vp, run->msr.index, run->msr.data);
	if (ret < 0)
		return ret;
	run->msr.error = ret == HVBELL_FAULT_GP;
	return 1;
}

int hvcall_kvm_exit(hvcall_kvm *kvm, uint32_t vp, struct kvm_run *run)
{
	int err;

	if (run->exit_reason == KVM_EXIT_X86_WRMSR)
		return write_msr(kvm, vp, run);
	if (run->exit_reason != KVM_EXIT_HYPERV)
		return 0;
	if (run->hyperv.type == KVM_EXIT_HYPERV_HCALL)
		return signal_event(kvm, vp, run);
	if (run->hyperv.type != KVM_EXIT_HYPERV_SYNIC)
		return 0;
	err = follow_pages(kvm, vp, run->hyperv.u.synic.control, run->hyperv.u.synic.evt_page,
			   run->hyperv.u.synic.msg_page);
	return err ? err : 1;
}

int hvcall_kvm_sync(hvcall_kvm *kvm, uint32_t vp)
{
	uint64_t scontrol = 0, siefp = 0, simp = 0, sint;
	int vcpu = hvcall_kvm_find_vcpu(kvm, vp), err = vcpu < 0 ? vcpu : 0;

	for (unsigned i = 0; i < HVBELL_SINTS && !err; i++) {
		err = hvcall_kvm_get_msr(vcpu, HV_MSR_SINT0 + i, &sint);
		if (!err)
			err = write_card(kvm, vp, HV_MSR_SINT0 + i, sint);
	}
	if (!err)
		err = hvcall_kvm_get_msr(vcpu, HV_MSR_SCONTROL, &scontrol);
	if (!err)
		err = hvcall_kvm_get_msr(vcpu, HV_MSR_SIEFP, &siefp);
	if (!err)
		err = hvcall_kvm_get_msr(vcpu, HV_MSR_SIMP, &simp);
	if (!err)
		err = follow_pages(kvm, vp, scontrol, siefp, simp);
	return err > 0 ? -EINVAL : err;
}
