/* SPDX-License-Identifier: MIT */
/* What runs without the VMM once it is set up: interrupts from the card's eventfds, signals by the doorbell page. */
#include "kvm_internal.h"

static int set_table(hvcall_kvm *kvm, const struct kvm_irq_routing_entry *routes, unsigned count)
{
	struct kvm_irq_routing *table;
	int err;

	if (kvm->options.route)
		return kvm->options.route(kvm->options.route_arg, routes, count);
	table = calloc(1, sizeof(*table) + count * sizeof(*routes));
	if (!table)
		return -ENOMEM;
	table->nr = count;
	if (count)
		memcpy(table->entries, routes, count * sizeof(*routes));
	err = hvcall_kvm_ioctl(kvm->options.vm, KVM_SET_GSI_ROUTING, table);
	free(table);
	return err;
}

static int set_routes(hvcall_kvm *kvm)
{
	struct kvm_irq_routing_entry *routes = calloc(kvm->wire_count, sizeof(*routes));
	int err;

	if (!routes)
		return -ENOMEM;
	for (unsigned i = 0; i < kvm->wire_count; i++) {
		routes[i].gsi = kvm->options.gsi + i;
		routes[i].type = KVM_IRQ_ROUTING_HV_SINT;
		routes[i].u.hv_sint.vcpu = kvm->wires[i].vp;
		routes[i].u.hv_sint.sint = kvm->wires[i].sint;
	}
	err = set_table(kvm, routes, kvm->wire_count);
	free(routes);
	if (!err)
		kvm->routed = true;
	return err;
}

static int set_irqfd(hvcall_kvm *kvm, unsigned i, bool connect)
{
	struct kvm_irqfd irqfd = { .fd = (__u32)kvm->wires[i].eventfd, .gsi = kvm->options.gsi + i,
				   .flags = connect ? 0 : KVM_IRQFD_FLAG_DEASSIGN };
	int err = hvcall_kvm_ioctl(kvm->options.vm, KVM_IRQFD, &irqfd);

	if (!err)
		kvm->wires[i].connected = connect;
	return err;
}

static bool has_wire(const hvcall_kvm *kvm, uint32_t vp, unsigned sint)
{
	for (unsigned i = 0; i < kvm->wire_count; i++)
		if (kvm->wires[i].vp == vp && kvm->wires[i].sint == sint)
			return true;
	return false;
}

static int add_wires(hvcall_kvm *kvm, uint32_t vp)
{
	for (unsigned sint = 0; sint < HVBELL_SINTS; sint++) {
		int fd = hvbell_eventfd(kvm->options.card, kvm->options.partition, vp, sint);

		if (fd == -ENOENT || has_wire(kvm, vp, sint))
			continue;
		if (fd < 0)
			return fd;
		if (kvm->wire_count == kvm->options.gsis)
			return -ENOSPC;
		kvm->wires[kvm->wire_count++] = (struct hvcall_kvm_wire){ vp, sint, fd, false };
	}
	return 0;
}

/* The n-th VP's index. */
static bool vp_at(hvcall_kvm *kvm, unsigned n, uint32_t *vp)
{
	bool found;

	pthread_mutex_lock(&kvm->lock);
	found = n < kvm->vp_count;
	if (found)
		*vp = kvm->vps[n].vp;
	pthread_mutex_unlock(&kvm->lock);
	return found;
}

/* New wires get their routes, all or none. */
static int add_routes(hvcall_kvm *kvm)
{
	unsigned before = kvm->wire_count;
	uint32_t vp = 0;
	int err = 0;

	for (unsigned n = 0; !err && vp_at(kvm, n, &vp); n++)
		err = add_wires(kvm, vp);
	if (!err && kvm->wire_count != before)
		err = set_routes(kvm);
	if (err)
		kvm->wire_count = before;
	return err;
}

int hvcall_kvm_wire(hvcall_kvm *kvm)
{
	int err;

	pthread_mutex_lock(&kvm->wiring);
	err = add_routes(kvm);
	for (unsigned i = 0; i < kvm->wire_count && !err; i++)
		if (!kvm->wires[i].connected)
			err = set_irqfd(kvm, i, true);
	pthread_mutex_unlock(&kvm->wiring);
	return err;
}

void hvcall_kvm_unwire(hvcall_kvm *kvm)
{
	for (unsigned i = 0; i < kvm->wire_count; i++)
		if (kvm->wires[i].connected)
			set_irqfd(kvm, i, false);
	if (kvm->routed)
		set_table(kvm, NULL, 0);
}

static int set_page(hvcall_kvm *kvm, unsigned slot, uint64_t gpa, uintptr_t page, uint64_t size)
{
	struct kvm_userspace_memory_region region = { .slot = slot, .guest_phys_addr = gpa, .memory_size = size,
						      .userspace_addr = page };

	return hvcall_kvm_ioctl(kvm->options.vm, KVM_SET_USER_MEMORY_REGION, &region);
}

static int map_page(hvcall_kvm *kvm, unsigned slot, uint64_t gpa)
{
	hvbell_sender sender;
	int err = hvbell_sender_init(kvm->options.card, kvm->options.partition, 0, &sender);

	if (err)
		return err;
	if (!sender.doorbell)
		return -ENOTSUP;
	if (kvm->doorbell_mapped)
		return -EEXIST;
	err = set_page(kvm, slot, gpa, (uintptr_t)sender.doorbell & ~(uintptr_t)(HVCALL_KVM_PAGE - 1),
		       HVCALL_KVM_PAGE);
	if (err)
		return err;
	kvm->doorbell_mapped = true;
	kvm->doorbell_slot = slot;
	return 0;
}

int hvcall_kvm_doorbell(hvcall_kvm *kvm, unsigned slot, uint64_t gpa)
{
	int err;

	pthread_mutex_lock(&kvm->wiring);
	err = map_page(kvm, slot, gpa);
	pthread_mutex_unlock(&kvm->wiring);
	return err;
}

void hvcall_kvm_unmap_doorbell(hvcall_kvm *kvm)
{
	if (kvm->doorbell_mapped)
		set_page(kvm, kvm->doorbell_slot, 0, 0, 0);
}
