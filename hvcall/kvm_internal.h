/* SPDX-License-Identifier: MIT */
/* What the files of the KVM glue share: one virtual machine, and calls of KVM that return -errno. */
#ifndef HVCALL_KVM_INTERNAL_H
#define HVCALL_KVM_INTERNAL_H
#include <errno.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include "internal.h"
#include "kvm.h"

#define HVCALL_KVM_PAGE 4096u

#define HV_MSR_VP_INDEX 0x40000002u
#define HV_MSR_SCONTROL 0x40000080u
#define HV_MSR_SIEFP 0x40000082u
#define HV_MSR_SIMP 0x40000083u
#define HV_MSR_SINT0 0x40000090u

struct hvcall_kvm {
	struct hvcall_kvm_options options;
	hvcall *call;
	/* Of the next two lists. The card's lock may be held when it is taken, so the card is never called under it. */
	pthread_mutex_t lock;
	struct hvcall_kvm_ram {
		uint64_t gpa;
		char *host;
		size_t len;
	} *ram;
	unsigned rams;
	struct hvcall_kvm_vp {
		uint32_t vp;
		int vcpu;
	} *vps;
	unsigned vp_count;
	/* Of what follows; taken before the card's lock. */
	pthread_mutex_t wiring;
	struct hvcall_kvm_wire {        /* the n-th has GSI options.gsi + n */
		uint32_t vp;
		unsigned sint;
		int eventfd;
		bool connected;
	} *wires;                       /* options.gsis of them, wire_count in use */
	unsigned wire_count;
	bool routed;                    /* the VM's table has routes of ours */
	bool doorbell_mapped;
	unsigned doorbell_slot;
	struct hvcall_kvm_kick {
		bool used, call;        /* call: KVM answers the hypercall; else a write */
		int eventfd;
		uint64_t where;         /* the connection id; the guest physical address */
	} kicks[HVCALL_SLOTS];
	bool msr_exits, msr_filter;     /* to be undone */
};

/* One call of KVM: what it returned, or -errno; errno is left alone. */
static inline int hvcall_kvm_ioctl(int fd, unsigned long request, void *arg)
{
	int before = errno, ret = ioctl(fd, request, arg);

	if (ret < 0)
		ret = -errno;
	errno = before;
	return ret;
}

/* One MSR of a vCPU as the host sees it: no filter, no exit. 0 or -errno; -EINVAL: KVM refuses it. */
int hvcall_kvm_get_msr(int vcpu, uint32_t msr, uint64_t *value);
int hvcall_kvm_set_msr(int vcpu, uint32_t msr, uint64_t value);
/* The vCPU of a VP, or -ENOENT. */
int hvcall_kvm_find_vcpu(hvcall_kvm *kvm, uint32_t vp);
/* Take interrupts, kicks and the doorbell page back from KVM; for close. */
void hvcall_kvm_unwire(hvcall_kvm *kvm);
void hvcall_kvm_unkick(hvcall_kvm *kvm);
void hvcall_kvm_unmap_doorbell(hvcall_kvm *kvm);
#endif
