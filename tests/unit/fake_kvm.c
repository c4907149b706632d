/* SPDX-License-Identifier: MIT */
/* The KVM behind fake_kvm.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "fake_kvm.h"

#define MSR_VP_INDEX 0x40000002u
#define MSR_FIRST 0x40000080u
#define MSR_SINT0 0x40000090u

struct fake_kvm fake_kvm;

void fake_kvm_start(void)
{
	memset(&fake_kvm, 0, sizeof(fake_kvm));
	pthread_mutex_init(&fake_kvm.lock, NULL);
	for (unsigned n = 0; n < FAKE_VCPUS; n++) {
		fake_kvm.vcpus[n].index = n;
		for (unsigned sint = 0; sint < 16; sint++)
			fake_kvm.vcpus[n].msrs[MSR_SINT0 - MSR_FIRST + sint] = 0x10000;
	}
}

void fake_kvm_stop(void)
{
	assert_int_equal(fake_kvm.msr_exits, 0);
	assert_int_equal(fake_kvm.filter.ranges[0].nmsrs, 0);
	assert_int_equal(fake_kvm.route_count, 0);
	assert_int_equal(fake_kvm.irqfd_count, 0);
	assert_int_equal(fake_kvm.write.len, 0);
	assert_int_equal(fake_kvm.call.conn_id, 0);
	assert_int_equal(fake_kvm.slot.memory_size, 0);
	pthread_mutex_destroy(&fake_kvm.lock);
}

static uint64_t *msr(struct fake_vcpu *vcpu, uint32_t index)
{
	if (index == MSR_VP_INDEX)
		return &vcpu->index;
	return vcpu->synic && index - MSR_FIRST < FAKE_MSRS ? &vcpu->msrs[index - MSR_FIRST] : NULL;
}

/* How many registers were accessed; the first that cannot be ends it. */
static int msrs(struct fake_vcpu *vcpu, struct kvm_msrs *list, bool write)
{
	for (unsigned n = 0; n < list->nmsrs; n++) {
		struct kvm_msr_entry *entry = &list->entries[n];
		uint64_t *value = msr(vcpu, entry->index);

		if (!value || fake_kvm.refuses_msrs)
			return (int)n;
		if (write && entry->index >= MSR_SINT0 && fake_kvm.before_sint)
			fake_kvm.before_sint(entry->index, entry->data);
		pthread_mutex_lock(&fake_kvm.lock);
		if (write)
			*value = entry->data;
		else
			entry->data = *value;
		pthread_mutex_unlock(&fake_kvm.lock);
	}
	return (int)list->nmsrs;
}

static int vcpu_ioctl(struct fake_vcpu *vcpu, unsigned long request, void *arg)
{
	const struct kvm_enable_cap *cap = arg;

	if (request == KVM_GET_MSRS || request == KVM_SET_MSRS)
		return msrs(vcpu, arg, request == KVM_SET_MSRS);
	if (request != KVM_ENABLE_CAP || cap->cap != KVM_CAP_HYPERV_SYNIC2 || cap->flags || cap->args[0])
		return -EINVAL;
	vcpu->synic = true;
	vcpu->msrs[0] = 1;      /* SCONTROL, as KVM has it */
	return 0;
}

static int set_filter(const struct kvm_msr_filter *filter)
{
	fake_kvm.filter = *filter;
	fake_kvm.filter_bitmap = ~0ull;
	if (filter->ranges[0].nmsrs)
		memcpy(&fake_kvm.filter_bitmap, filter->ranges[0].bitmap, sizeof(fake_kvm.filter_bitmap));
	return 0;
}

static int set_routes(const struct kvm_irq_routing *table)
{
	if (table->nr > FAKE_IRQFDS || table->flags)
		return -EINVAL;
	fake_kvm.route_count = table->nr;
	memcpy(fake_kvm.routes, table->entries, table->nr * sizeof(fake_kvm.routes[0]));
	return 0;
}

static int set_irqfd(const struct kvm_irqfd *irqfd)
{
	for (unsigned n = 0; n < fake_kvm.irqfd_count; n++) {
		if (fake_kvm.irqfds[n].fd != irqfd->fd)
			continue;
		if (irqfd->flags != KVM_IRQFD_FLAG_DEASSIGN || irqfd->gsi != fake_kvm.irqfds[n].gsi)
			return -EBUSY;
		fake_kvm.irqfds[n] = fake_kvm.irqfds[--fake_kvm.irqfd_count];
		return 0;
	}
	if (irqfd->flags || fake_kvm.irqfd_count == FAKE_IRQFDS)
		return -EINVAL;
	fake_kvm.irqfds[fake_kvm.irqfd_count++] = *irqfd;
	return 0;
}

static int set_slot(const struct kvm_userspace_memory_region *region)
{
	if ((region->guest_phys_addr | region->memory_size | region->userspace_addr) % 4096)
		return -EINVAL;
	if (region->memory_size == 0 && (fake_kvm.slot.memory_size == 0 || fake_kvm.slot.slot != region->slot))
		return -EINVAL;
	fake_kvm.slot = *region;
	return 0;
}

static int set_write(const struct kvm_ioeventfd *write)
{
	if (write->flags == KVM_IOEVENTFD_FLAG_DEASSIGN) {
		if (write->addr != fake_kvm.write.addr || write->len != fake_kvm.write.len ||
		    write->fd != fake_kvm.write.fd)
			return -ENOENT;
		fake_kvm.write.len = 0;
		return 0;
	}
	if (write->flags || write->len != 4)
		return -EINVAL;
	fake_kvm.write = *write;
	return 0;
}

static int set_call(const struct kvm_hyperv_eventfd *call)
{
	if (call->conn_id > 0xffffff || (call->flags & ~KVM_HYPERV_EVENTFD_DEASSIGN))
		return -EINVAL;
	if (call->flags == KVM_HYPERV_EVENTFD_DEASSIGN) {
		if (call->conn_id != fake_kvm.call.conn_id)
			return -ENOENT;
		fake_kvm.call.conn_id = 0;
		return 0;
	}
	if (call->conn_id == fake_kvm.call.conn_id)
		return -EEXIST;
	fake_kvm.call = *call;
	return 0;
}

static int vm_ioctl(unsigned long request, void *arg)
{
	const struct kvm_enable_cap *cap = arg;

	switch (request) {
	case KVM_CHECK_EXTENSION:
		return (intptr_t)arg == KVM_CAP_IRQ_ROUTING && fake_kvm.missing != KVM_CAP_IRQ_ROUTING ? 4096 :
		       (intptr_t)arg != fake_kvm.missing;
	case KVM_ENABLE_CAP:
		if (cap->cap != KVM_CAP_X86_USER_SPACE_MSR)
			return -EINVAL;
		fake_kvm.msr_exits = cap->args[0];
		return 0;
	case KVM_X86_SET_MSR_FILTER:
		return set_filter(arg);
	case KVM_SET_GSI_ROUTING:
		return set_routes(arg);
	case KVM_IRQFD:
		return set_irqfd(arg);
	case KVM_SET_USER_MEMORY_REGION:
		return set_slot(arg);
	case KVM_IOEVENTFD:
		return set_write(arg);
	case KVM_HYPERV_EVENTFD:
		return set_call(arg);
	}
	return -ENOTTY;
}

int fake_kvm_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = -EBADF;

	if (fake_kvm.with && request == fake_kvm.fails)
		ret = -fake_kvm.with;
	else if (fd == FAKE_VM)
		ret = vm_ioctl(request, arg);
	else if (fd >= FAKE_VCPU && fd < FAKE_VCPU + FAKE_VCPUS)
		ret = vcpu_ioctl(&fake_kvm.vcpus[fd - FAKE_VCPU], request, arg);
	if (ret >= 0)
		return ret;
	errno = -ret;
	return -1;
}
