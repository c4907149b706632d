/* SPDX-License-Identifier: MIT */
/*
 * KVM for the glue of hvcall/kvm.h, without one: the linker wraps ioctl() (see the Makefile), a test leads it here. One
 * virtual machine; descriptors are numbers that no file has. Refuses what KVM refuses.
 */
#ifndef FAKE_KVM_H
#define FAKE_KVM_H
#include <linux/kvm.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define FAKE_VM 100000
#define FAKE_VCPU 200000        /* of VP 0; the next ones follow */
#define FAKE_VCPUS 4
#define FAKE_IRQFDS 16
#define FAKE_MSRS 0x20          /* from 0x40000080 */

struct fake_kvm {
	pthread_mutex_t lock;
	struct fake_vcpu {
		bool synic;
		uint64_t index, msrs[FAKE_MSRS];
	} vcpus[FAKE_VCPUS];
	uint64_t msr_exits;
	struct kvm_msr_filter filter;
	uint64_t filter_bitmap;         /* of its first range */
	struct kvm_irq_routing_entry routes[FAKE_IRQFDS];
	unsigned route_count;
	struct kvm_irqfd irqfds[FAKE_IRQFDS];
	unsigned irqfd_count;
	struct kvm_ioeventfd write;             /* len 0: none */
	struct kvm_hyperv_eventfd call;         /* conn_id 0: none */
	struct kvm_userspace_memory_region slot;        /* size 0: none */
	/* what a test sets */
	int missing;                    /* a capability that this KVM has not; 0: has all */
	unsigned long fails;            /* this request fails, */
	int with;                       /* with this error number */
	bool refuses_msrs;
	/* Before a SINT register changes. */
	void (*before_sint)(uint32_t msr, uint64_t value);
};

extern struct fake_kvm fake_kvm;

void fake_kvm_start(void);
/* Fails the test where something that was given to KVM is still there. */
void fake_kvm_stop(void);
int fake_kvm_ioctl(int fd, unsigned long request, void *arg);
#endif
