/* SPDX-License-Identifier: MIT */
/*
 * The glue between Linux KVM (x86) and a card: what a VMM calls so that a guest's own hypercall 0x005D, and its SynIC,
 * go through the card. One hvcall_kvm is one virtual machine, which is one partition of the card. docs/vmm.md takes a
 * reader from a VMM to signals.
 *
 * KVM hands HvCallSignalEvent over as KVM_EXIT_HYPERV where the VP has KVM_CAP_HYPERV_SYNIC2 and the guest sees the
 * "Hv#1" interface; SCONTROL, SIEFP and SIMP come as KVM_EXIT_HYPERV, too; writes of SINT registers come as
 * KVM_EXIT_X86_WRMSR, by an MSR filter that this layer sets. What KVM answers itself never arrives here (docs/vmm.md
 * lists it). With HYPERV_SYNIC2 KVM clears neither page that a guest enables: the SIEF page is cleared here, the SIM
 * page is the VMM's to clear, as messages are its business.
 *
 * Threads: hvcall_kvm_vcpu(), hvcall_kvm_exit() and hvcall_kvm_sync() on the VP's own thread, everything else on any
 * one; open and close are alone on a virtual machine. Returns: 0 or -errno. It is KVM's where an ioctl failed, else the
 * card's (hvbell/hvbell.h), of which hvbell_error() tells more. Descriptors that are passed in stay the caller's and
 * must stay open until close.
 */
#ifndef HVCALL_KVM_H
#define HVCALL_KVM_H
#include "hvcall.h"
#ifdef __cplusplus
extern "C" {
#endif

struct kvm_run;
struct kvm_irq_routing_entry;
typedef struct hvcall_kvm hvcall_kvm;

struct hvcall_kvm_options {
	int vm;                         /* of KVM_CREATE_VM, with an in-kernel interrupt controller */
	hvbell_card *card;
	uint64_t partition;             /* on the card already, without VPs: this layer adds them */
	struct hvcall_options call;     /* rights and waiting of the guest's signals */
	unsigned gsi;                   /* the first GSI that is this layer's, for interrupts; as many as gsis */
	unsigned gsis;
	/* Puts these routes into the VM's table in place of those of the last call, beside the VMM's own
	 * (KVM_SET_GSI_ROUTING replaces the whole table); count 0 at close. 0 or -errno. The array is this layer's. It
	 * must not call back. NULL: this layer's routes are the table. */
	int (*route)(void *arg, const struct kvm_irq_routing_entry *routes, unsigned count);
	void *route_arg;
	/* The VMM has an MSR filter and denies writes of 0x40000090 to 0x4000009f in it itself, which exit with reason
	 * KVM_MSR_EXIT_REASON_FILTER. Else filter and exit reasons of the VM are this layer's alone. */
	bool own_filter;
};

/* Makes the glue for one virtual machine; *kvm is the caller's, to close before the partition is removed. The options
 * are copied. -ENOTSUP where KVM lacks a capability of HYPERV_SYNIC2, IRQFD, IRQ_ROUTING and, without own_filter,
 * X86_USER_SPACE_MSR and X86_MSR_FILTER (Linux 5.10 has all); -ENOENT no such partition, -EINVAL no card or no room for
 * *kvm. Before the first vCPU runs. */
int hvcall_kvm_open(const struct hvcall_kvm_options *options, hvcall_kvm **kvm);
/* Takes back all that was given to KVM, but for the vCPUs' SynIC, which KVM does not take back, and removes the VPs
 * from the card. NULL is allowed. No VP may run. The card may not be quiesced; where it is in error, hvbell_reset() or
 * hvbell_close() it before the guest's memory goes. */
void hvcall_kvm_close(hvcall_kvm *kvm);

/* Tells of guest memory [gpa, gpa+len), whole pages, at `host` in this process, which stays mapped until close. The
 * card gets only the SIEF pages in it, each while SIEFP points there: no guest can have the card write elsewhere.
 * -EEXIST overlaps, -EINVAL not whole pages. Where the card fails the memory is known all the same. Before the first
 * VP runs, or with all VPs stopped. */
int hvcall_kvm_memory(hvcall_kvm *kvm, uint64_t gpa, void *host, size_t len);

/* Adds a VP of this KVM vCPU: enables its SynIC, with SCONTROL clear as after a creation (KVM's own start is enabled),
 * and adds it to the card. vp is the VP index that KVM has for it, the n-th created having n unless the VMM has set
 * another: -EINVAL where KVM says otherwise. -EEXIST. */
int hvcall_kvm_vcpu(hvcall_kvm *kvm, uint32_t vp, int vcpu);
/* Has the card follow the SynIC registers that the VMM has set itself (KVM_SET_MSRS: a reset, a restore), of which no
 * exit tells. At a reset call hvbell_vp_reset() first, which also forgets flags. -ENOENT. */
int hvcall_kvm_sync(hvcall_kvm *kvm, uint32_t vp);
/* Wires every (VP, SINT) that has a vector on the card and no irqfd yet to KVM. After ports were made. -ENOSPC: no GSI
 * left, nothing is changed; any other error: call again. */
int hvcall_kvm_wire(hvcall_kvm *kvm);

/* Looks at what a vCPU stopped for. 1: answered, run it again; 0: none of this layer's business, run is untouched;
 * -errno: the card failed and run is untouched; the VMM may call again with it, or end the guest. A guest that stores
 * to its doorbell page meanwhile may so spoil the status of its own signals, up to -ETIMEDOUT. */
int hvcall_kvm_exit(hvcall_kvm *kvm, uint32_t vp, struct kvm_run *run);

/* Maps the partition's doorbell page at gpa, as KVM memory slot `slot` (unused): a guest's 8-byte store there is a
 * signal, without an exit. Once. -ENOTSUP where the card's page cannot be mapped (sim:, vfio-user:), -EEXIST. */
int hvcall_kvm_doorbell(hvcall_kvm *kvm, unsigned slot, uint64_t gpa);

/*
 * Signals that exit to the kernel only: an eventfd of this layer between KVM and the card's kick register. Each takes a
 * slot 0..15 of the doorbell page (else -EINVAL; -EEXIST taken) until close; a hypercall of VP n uses slot n modulo 16,
 * so take one that no VP has, or a hypercall may get the status of a kick. The guest learns no status. Signals that
 * come faster than they are taken may become one. -ENOTSUP as hvbell_kick_eventfd(), -EMFILE.
 */
/* Any 4-byte write of the guest at gpa, which may be no memory, signals flag of the connection. KVM_IOEVENTFD. */
int hvcall_kvm_kick(hvcall_kvm *kvm, unsigned slot, uint32_t connection_id, uint16_t flag, uint64_t gpa);
/* KVM itself answers hypercalls that signal flag 0 of this connection, always with HV_STATUS_SUCCESS; other flags
 * arrive at hvcall_kvm_exit() as before. KVM_HYPERV_EVENTFD; -EEXIST also where the VMM has one of that id, -EINVAL an
 * id wider than 24 bits. */
int hvcall_kvm_fast(hvcall_kvm *kvm, unsigned slot, uint32_t connection_id);

#ifdef __cplusplus
}
#endif
#endif
