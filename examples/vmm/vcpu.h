/* SPDX-License-Identifier: MIT */
/* A vCPU that starts in 64-bit mode: what KVM is told of it. */
#ifndef VMM_VCPU_H
#define VMM_VCPU_H
#include <stdbool.h>
#include <stdint.h>

struct kvm_run;

/* Writes page tables (the first 4 GiB, identity), the GDT and a TSS for each VP into guest memory. */
void vcpu_tables(uint8_t *memory);
/* Makes vCPU `index` at the payload's entry, with the Hyper-V interface in its CPUID. False: it was said why, and what
 * there is of it is to be ended, too. kvm is /dev/kvm. */
bool vcpu_make(int kvm, int vm, unsigned index, int *fd, struct kvm_run **run);
/* Harmless where there is none. */
void vcpu_end(int kvm, int fd, struct kvm_run *run);

#endif
