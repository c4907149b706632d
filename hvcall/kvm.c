/* SPDX-License-Identifier: MIT */
/* One virtual machine of KVM and its partition: what is asked of KVM for it, its memory, its vCPUs, and all taken
 * back at the end. */
#include "kvm_internal.h"

/* Has writes of SINT registers exit. The bitmap is as long as KVM reads it: whole longs. Zeroes deny. */
static int filter_sints(hvcall_kvm *kvm)
{
	struct kvm_enable_cap exits = { .cap = KVM_CAP_X86_USER_SPACE_MSR, .args = { KVM_MSR_EXIT_REASON_FILTER } };
	unsigned long bitmap = 0;
	struct kvm_msr_filter filter = {
		.flags = KVM_MSR_FILTER_DEFAULT_ALLOW,
		.ranges = { { .flags = KVM_MSR_FILTER_WRITE, .nmsrs = HVBELL_SINTS, .base = HV_MSR_SINT0,
			      .bitmap = (__u8 *)&bitmap } },
	};
	int err;

	if (kvm->options.own_filter)
		return 0;
	err = hvcall_kvm_ioctl(kvm->options.vm, KVM_ENABLE_CAP, &exits);
	if (err)
		return err;
	kvm->msr_exits = true;
	err = hvcall_kvm_ioctl(kvm->options.vm, KVM_X86_SET_MSR_FILTER, &filter);
	kvm->msr_filter = err == 0;
	return err;
}

static void unfilter_sints(hvcall_kvm *kvm)
{
	struct kvm_enable_cap exits = { .cap = KVM_CAP_X86_USER_SPACE_MSR };
	struct kvm_msr_filter filter = { .flags = KVM_MSR_FILTER_DEFAULT_ALLOW };

	if (kvm->msr_filter)
		hvcall_kvm_ioctl(kvm->options.vm, KVM_X86_SET_MSR_FILTER, &filter);
	if (kvm->msr_exits)
		hvcall_kvm_ioctl(kvm->options.vm, KVM_ENABLE_CAP, &exits);
}

static int check_capabilities(const struct hvcall_kvm_options *options)
{
	static const struct {
		long capability;
		bool filter;
	} needed[] = {
		{ KVM_CAP_HYPERV_SYNIC2, false }, { KVM_CAP_IRQFD, false }, { KVM_CAP_IRQ_ROUTING, false },
		{ KVM_CAP_X86_USER_SPACE_MSR, true }, { KVM_CAP_X86_MSR_FILTER, true },
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		int ret;

		if (needed[i].filter && options->own_filter)
			continue;
		ret = hvcall_kvm_ioctl(options->vm, KVM_CHECK_EXTENSION, (void *)needed[i].capability);
		if (ret <= 0)
			return ret < 0 ? ret : -ENOTSUP;
	}
	return 0;
}

/* Memory is whole pages, and one page is asked for. The card's lock is held here. */
static void *find_memory(void *arg, uint64_t gpa, size_t len)
{
	hvcall_kvm *kvm = arg;
	void *found = NULL;

	(void)len;
	pthread_mutex_lock(&kvm->lock);
	for (unsigned i = 0; i < kvm->rams && !found; i++) {
		const struct hvcall_kvm_ram *ram = &kvm->ram[i];

		if (gpa - ram->gpa < ram->len)
			found = ram->host + (gpa - ram->gpa);
	}
	pthread_mutex_unlock(&kvm->lock);
	return found;
}

static int set_up(hvcall_kvm *kvm)
{
	const struct hvcall_kvm_options *options = &kvm->options;
	int err = check_capabilities(options);

	if (err)
		return err;
	kvm->wires = calloc(options->gsis ? options->gsis : 1, sizeof(*kvm->wires));
	if (!kvm->wires)
		return -ENOMEM;
	err = hvcall_open(options->card, options->partition, &options->call, &kvm->call);
	if (err)
		return err;
	err = hvbell_partition_memory(options->card, options->partition, find_memory, kvm);
	return err ? err : filter_sints(kvm);
}

int hvcall_kvm_open(const struct hvcall_kvm_options *options, hvcall_kvm **kvm)
{
	hvcall_kvm *made;
	int err;

	if (!options || !options->card || !kvm)
		return -EINVAL;
	*kvm = NULL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->options = *options;
	pthread_mutex_init(&made->lock, NULL);
	pthread_mutex_init(&made->wiring, NULL);
	err = set_up(made);
	if (err) {
		hvcall_kvm_close(made);
		return err;
	}
	*kvm = made;
	return 0;
}

/* Interrupts first: removing a VP wakes its eventfds. */
void hvcall_kvm_close(hvcall_kvm *kvm)
{
	if (!kvm)
		return;
	hvcall_kvm_unwire(kvm);
	hvcall_kvm_unkick(kvm);
	hvcall_kvm_unmap_doorbell(kvm);
	unfilter_sints(kvm);
	for (unsigned i = 0; i < kvm->vp_count; i++)
		hvbell_vp_remove(kvm->options.card, kvm->options.partition, kvm->vps[i].vp);
	if (kvm->call)
		hvbell_partition_memory(kvm->options.card, kvm->options.partition, NULL, NULL);
	hvcall_close(kvm->call);
	pthread_mutex_destroy(&kvm->wiring);
	pthread_mutex_destroy(&kvm->lock);
	free(kvm->wires);
	free(kvm->vps);
	free(kvm->ram);
	free(kvm);
}

static int add_memory(hvcall_kvm *kvm, const struct hvcall_kvm_ram *added)
{
	struct hvcall_kvm_ram *ram;

	for (unsigned i = 0; i < kvm->rams; i++)
		if (added->gpa <= kvm->ram[i].gpa + (kvm->ram[i].len - 1) &&
		    kvm->ram[i].gpa <= added->gpa + (added->len - 1))
			return -EEXIST;
	ram = realloc(kvm->ram, (kvm->rams + 1) * sizeof(*ram));
	if (!ram)
		return -ENOMEM;
	kvm->ram = ram;
	kvm->ram[kvm->rams++] = *added;
	return 0;
}

int hvcall_kvm_memory(hvcall_kvm *kvm, uint64_t gpa, void *host, size_t len)
{
	const struct hvcall_kvm_ram added = { gpa, host, len };
	int err;

	if (!host || len == 0 || (gpa | len | (uintptr_t)host) % HVCALL_KVM_PAGE || gpa + (len - 1) < gpa)
		return -EINVAL;
	pthread_mutex_lock(&kvm->lock);
	err = add_memory(kvm, &added);
	pthread_mutex_unlock(&kvm->lock);
	if (err)
		return err;
	/* a SIEFP may point there already */
	return hvbell_partition_memory(kvm->options.card, kvm->options.partition, find_memory, kvm);
}

int hvcall_kvm_find_vcpu(hvcall_kvm *kvm, uint32_t vp)
{
	int vcpu = -ENOENT;

	pthread_mutex_lock(&kvm->lock);
	for (unsigned i = 0; i < kvm->vp_count; i++)
		if (kvm->vps[i].vp == vp)
			vcpu = kvm->vps[i].vcpu;
	pthread_mutex_unlock(&kvm->lock);
	return vcpu;
}

/* KVM delivers by the index it knows, and enables SCONTROL with the capability; at a VP's creation it is clear (TLFS
 * 11.8). */
static int start_synic(uint32_t vp, int vcpu)
{
	struct kvm_enable_cap synic = { .cap = KVM_CAP_HYPERV_SYNIC2 };
	uint64_t index;
	int err = hvcall_kvm_get_msr(vcpu, HV_MSR_VP_INDEX, &index);

	if (err)
		return err;
	if (index != vp)
		return -EINVAL;
	err = hvcall_kvm_ioctl(vcpu, KVM_ENABLE_CAP, &synic);
	return err ? err : hvcall_kvm_set_msr(vcpu, HV_MSR_SCONTROL, 0);
}

static int remember_vp(hvcall_kvm *kvm, uint32_t vp, int vcpu)
{
	struct hvcall_kvm_vp *vps;
	int err = 0;

	pthread_mutex_lock(&kvm->lock);
	vps = realloc(kvm->vps, (kvm->vp_count + 1) * sizeof(*vps));
	if (vps) {
		kvm->vps = vps;
		kvm->vps[kvm->vp_count++] = (struct hvcall_kvm_vp){ vp, vcpu };
	} else {
		err = -ENOMEM;
	}
	pthread_mutex_unlock(&kvm->lock);
	return err;
}

int hvcall_kvm_vcpu(hvcall_kvm *kvm, uint32_t vp, int vcpu)
{
	int err = hvbell_vp_add(kvm->options.card, kvm->options.partition, vp);

	if (err)
		return err;
	err = start_synic(vp, vcpu);
	if (!err)
		err = remember_vp(kvm, vp, vcpu);
	if (err)
		hvbell_vp_remove(kvm->options.card, kvm->options.partition, vp);
	return err;
}
