/* SPDX-License-Identifier: MIT */
/* Registers, CPUID and tables of a vCPU that needs no firmware. */
#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "payload/mailbox.h"
#include "vcpu.h"
#include "vmm.h"

#define PAGE 4096u
#define TABLE_FLAGS 0x7u        /* present, writable, for CPL 3 as well */
#define TABLE_LARGE 0x80u
#define TSS_OFFSET 0x100u       /* of the first TSS, from the GDT */
#define TSS_BYTES 104u
#define TSS_STRIDE 0x80u
#define STACK_TOP 0x280000u     /* of VP 0; each has 64 KiB, half of it for exceptions out of CPL 3 */
#define STACK_STRIDE 0x10000u
#define CPUID_MAX 256u
#define HYPERV_FIRST 0x40000000u

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static void page_tables(uint64_t *tables)
{
	uint64_t *directories = tables + 2 * PAGE / 8;

	tables[0] = (GUEST_TABLES + PAGE) | TABLE_FLAGS;
	for (unsigned i = 0; i < 4; i++)
		tables[PAGE / 8 + i] = (GUEST_TABLES + (2 + i) * PAGE) | TABLE_FLAGS;
	for (uint64_t i = 0; i < 4 * 512; i++)
		directories[i] = i << 21 | TABLE_LARGE | TABLE_FLAGS;
}

void vcpu_tables(uint8_t *memory)
{
	/* null, code, data; data and code of CPL 3, as SYSRET would have them */
	static const uint64_t gdt[] = { 0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0, 0x00cff3000000ffff,
		0x00affb000000ffff };

	page_tables((uint64_t *)(memory + GUEST_TABLES));
	memcpy(memory + GUEST_GDT, gdt, sizeof(gdt));
	for (unsigned vp = 0; vp < 2; vp++) {
		uint64_t stack = STACK_TOP + STACK_STRIDE * vp - STACK_STRIDE / 2;

		memcpy(memory + GUEST_GDT + TSS_OFFSET + TSS_STRIDE * vp + 4, &stack, sizeof(stack));
	}
}

/* ---- registers --------------------------------------------------------------------------------------------------- */

static bool set_sregs(int fd, unsigned index)
{
	const struct kvm_segment code = { .limit = 0xffffffff, .selector = 0x08, .type = 11, .present = 1, .s = 1,
		.l = 1, .g = 1 };
	const struct kvm_segment data = { .limit = 0xffffffff, .selector = 0x10, .type = 3, .present = 1, .s = 1,
		.db = 1, .g = 1 };
	struct kvm_sregs sregs;

	if (ioctl(fd, KVM_GET_SREGS, &sregs) < 0)
		return vmm_complain("KVM_GET_SREGS: %s", strerror(errno));
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.gs.base = GUEST_BOX + GUEST_STRIDE * index;
	sregs.tr = (struct kvm_segment){ .base = GUEST_GDT + TSS_OFFSET + TSS_STRIDE * index, .limit = TSS_BYTES - 1,
		.selector = 0x30, .type = 11, .present = 1 };
	sregs.gdt.base = GUEST_GDT;
	sregs.gdt.limit = 6 * 8 - 1;
	sregs.cr0 = 0x80000001;         /* PG, PE */
	sregs.cr3 = GUEST_TABLES;
	sregs.cr4 = 0x20;               /* PAE */
	sregs.efer = 0x500;             /* LME, LMA */
	return ioctl(fd, KVM_SET_SREGS, &sregs) == 0 || vmm_complain("KVM_SET_SREGS: %s", strerror(errno));
}

static bool set_registers(int fd, unsigned index)
{
	const struct kvm_regs regs = { .rip = GUEST_PAYLOAD, .rflags = 2, .rsp = STACK_TOP + STACK_STRIDE * index };
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_RUNNABLE };

	if (!set_sregs(fd, index))
		return false;
	if (ioctl(fd, KVM_SET_REGS, &regs) < 0 || ioctl(fd, KVM_SET_MP_STATE, &state) < 0)
		return vmm_complain("KVM_SET_REGS: %s", strerror(errno));
	return true;
}

/* ---- CPUID ------------------------------------------------------------------------------------------------------- */

struct cpuid {
	struct kvm_cpuid2 head;
	struct kvm_cpuid_entry2 entries[CPUID_MAX];
};

/* KVM's own leaves give way to Hyper-V's, which have the same place: a guest sees one hypervisor. */
static bool set_cpuid(int kvm, int fd)
{
	struct cpuid own = { .head.nent = CPUID_MAX }, hyperv = { .head.nent = CPUID_MAX };
	unsigned count = 0;

	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &own) < 0)
		return vmm_complain("KVM_GET_SUPPORTED_CPUID: %s", strerror(errno));
	if (ioctl(kvm, KVM_GET_SUPPORTED_HV_CPUID, &hyperv) < 0)
		return vmm_complain("KVM_GET_SUPPORTED_HV_CPUID: %s", strerror(errno));
	for (unsigned i = 0; i < own.head.nent; i++)
		if (own.entries[i].function >> 8 != HYPERV_FIRST >> 8)
			own.entries[count++] = own.entries[i];
	for (unsigned i = 0; i < hyperv.head.nent && count < CPUID_MAX; i++)
		own.entries[count++] = hyperv.entries[i];
	own.head.nent = count;
	return ioctl(fd, KVM_SET_CPUID2, &own) == 0 || vmm_complain("KVM_SET_CPUID2: %s", strerror(errno));
}

/* ---- the vCPU ---------------------------------------------------------------------------------------------------- */

bool vcpu_make(int kvm, int vm, unsigned index, int *fd, struct kvm_run **run)
{
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	*fd = ioctl(vm, KVM_CREATE_VCPU, index);
	if (*fd < 0 || size < 0)
		return vmm_complain("KVM_CREATE_VCPU: %s", strerror(errno));
	*run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (*run == MAP_FAILED) {
		*run = NULL;
		return vmm_complain("kvm_run: %s", strerror(errno));
	}
	return set_cpuid(kvm, *fd) && set_registers(*fd, index);
}

void vcpu_end(int kvm, int fd, struct kvm_run *run)
{
	if (run)
		munmap(run, (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	if (fd >= 0)
		close(fd);
}
