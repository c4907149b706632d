/* SPDX-License-Identifier: MIT */
/* Signals that KVM makes without its VMM: a guest's write of four bytes, or a hypercall that KVM answers itself, writes
 * an eventfd, which kicks the card. */
#include <sys/eventfd.h>
#include <unistd.h>
#include "kvm_internal.h"

#define KICK_BYTES 4

static int tell_kvm(const hvcall_kvm *kvm, const struct hvcall_kvm_kick *kick, bool connect)
{
	struct kvm_hyperv_eventfd call = { .conn_id = (__u32)kick->where, .fd = kick->eventfd,
					   .flags = connect ? 0 : KVM_HYPERV_EVENTFD_DEASSIGN };
	struct kvm_ioeventfd write = { .addr = kick->where, .len = KICK_BYTES, .fd = kick->eventfd,
				       .flags = connect ? 0 : KVM_IOEVENTFD_FLAG_DEASSIGN };

	return kick->call ? hvcall_kvm_ioctl(kvm->options.vm, KVM_HYPERV_EVENTFD, &call) :
			    hvcall_kvm_ioctl(kvm->options.vm, KVM_IOEVENTFD, &write);
}

/* KVM is the last to be connected: before there is a kick nobody makes one. */
static int connect(hvcall_kvm *kvm, unsigned slot, const struct hvcall_kvm_kick *kick, uint32_t connection,
		   uint16_t flag)
{
	hvbell_card *card = kvm->options.card;
	int err = hvbell_kick_bind(card, kvm->options.partition, slot, connection, flag);

	if (err)
		return err;
	err = hvbell_kick_eventfd(card, kvm->options.partition, slot, kick->eventfd);
	if (!err) {
		err = tell_kvm(kvm, kick, true);
		if (!err)
			return 0;
		hvbell_kick_eventfd(card, kvm->options.partition, slot, -1);
	}
	hvbell_kick_unbind(card, kvm->options.partition, slot);
	return err;
}

static int add_kick(hvcall_kvm *kvm, unsigned slot, struct hvcall_kvm_kick kick, uint32_t connection, uint16_t flag)
{
	int err;

	if (kvm->kicks[slot].used)
		return -EEXIST;
	kick.used = true;
	kick.eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (kick.eventfd < 0)
		return -EMFILE;
	err = connect(kvm, slot, &kick, connection, flag);
	if (err)
		close(kick.eventfd);
	else
		kvm->kicks[slot] = kick;
	return err;
}

static int add_locked(hvcall_kvm *kvm, unsigned slot, struct hvcall_kvm_kick kick, uint32_t connection, uint16_t flag)
{
	int err;

	if (slot >= HVCALL_SLOTS)
		return -EINVAL;
	pthread_mutex_lock(&kvm->wiring);
	err = add_kick(kvm, slot, kick, connection, flag);
	pthread_mutex_unlock(&kvm->wiring);
	return err;
}

int hvcall_kvm_kick(hvcall_kvm *kvm, unsigned slot, uint32_t connection_id, uint16_t flag, uint64_t gpa)
{
	const struct hvcall_kvm_kick kick = { .where = gpa };

	return add_locked(kvm, slot, kick, connection_id, flag);
}

int hvcall_kvm_fast(hvcall_kvm *kvm, unsigned slot, uint32_t connection_id)
{
	const struct hvcall_kvm_kick kick = { .call = true, .where = connection_id };

	return add_locked(kvm, slot, kick, connection_id, 0);
}

void hvcall_kvm_unkick(hvcall_kvm *kvm)
{
	for (unsigned slot = 0; slot < HVCALL_SLOTS; slot++) {
		if (!kvm->kicks[slot].used)
			continue;
		tell_kvm(kvm, &kvm->kicks[slot], false);
		hvbell_kick_eventfd(kvm->options.card, kvm->options.partition, slot, -1);
		hvbell_kick_unbind(kvm->options.card, kvm->options.partition, slot);
		close(kvm->kicks[slot].eventfd);
	}
}
