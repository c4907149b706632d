/* SPDX-License-Identifier: MIT */
/* A virtual machine for the tests of the KVM glue: partition RECEIVER of the fake card, which signals itself, on the
 * fake KVM, with four pages of memory. To be included once by a program: the wrapped ioctl() is in it. */
#ifndef KVM_WORLD_H
#define KVM_WORLD_H
#include <stdlib.h>
#include <string.h>
#include "lib_world.h"
#include "fake_kvm.h"
#include "hvcall/kvm.h"

#define KVM_GSI 40
#define RAM_GPA 0x100000ull
#define RAM_BYTES 0x4000

struct kvm_world {
	struct world world;
	struct hvcall_kvm_options options;
	hvcall_kvm *kvm;
	char *ram;
};

int __wrap_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	return fake_kvm_ioctl(fd, request, arg);
}

static inline void kvm_world_card(struct kvm_world *w, bool mapped)
{
	fake_kvm_start();
	memset(w, 0, sizeof(*w));
	w->world.fake = fake_new();
	w->world.fake->map_plain = mapped;
	assert_int_equal(hvbell_open_dev(&w->world.fake->dev, &w->world.card), 0);
	assert_int_equal(hvbell_partition_add(w->world.card, RECEIVER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
	w->ram = aligned_alloc(4096, RAM_BYTES);
	memset(w->ram, 0, RAM_BYTES);
	w->options = (struct hvcall_kvm_options){ .vm = FAKE_VM, .card = w->world.card, .partition = RECEIVER,
		.call = { .wait = HVBELL_DELIVERED }, .gsi = KVM_GSI, .gsis = 4 };
}

/* A card and no glue yet; with a doorbell page that can be mapped. */
static inline void kvm_world_bare(struct kvm_world *w)
{
	kvm_world_card(w, false);
}

static inline void kvm_world_mapped(struct kvm_world *w)
{
	kvm_world_card(w, true);
}

static inline void kvm_world_open(struct kvm_world *w, uint32_t vps)
{
	assert_int_equal(hvcall_kvm_open(&w->options, &w->kvm), 0);
	assert_int_equal(hvcall_kvm_memory(w->kvm, RAM_GPA, w->ram, RAM_BYTES), 0);
	for (uint32_t vp = 0; vp < vps; vp++)
		assert_int_equal(hvcall_kvm_vcpu(w->kvm, vp, FAKE_VCPU + (int)vp), 0);
}

static inline void kvm_world_start(struct kvm_world *w, uint32_t vps)
{
	kvm_world_bare(w);
	kvm_world_open(w, vps);
}

static inline void kvm_world_close(struct kvm_world *w)
{
	hvcall_kvm_close(w->kvm);
	w->kvm = NULL;
}

static inline void kvm_world_end(struct kvm_world *w)
{
	kvm_world_close(w);
	fake_kvm_stop();
	world_free(&w->world);
	free(w->ram);
}

/* Port and connection of the same id: 64 flags. Placed, since the port may be for a VP that is yet to come. */
static inline void kvm_world_port(struct kvm_world *w, uint32_t id, uint32_t vp, unsigned sint)
{
	struct hvbell_port port = world_port(id, vp, 64 * id, 64);

	port.connection_partition = RECEIVER;
	port.target_sint = sint;
	assert_int_equal(hvbell_place_port(w->world.card, &port), 0);
	assert_int_equal(hvbell_place_connection(w->world.card, RECEIVER, id, RECEIVER, id), 0);
}

/* The guest's exits: what hvcall_kvm_exit() returned. */
static inline int kvm_world_synic(struct kvm_world *w, uint32_t vp, uint64_t scontrol, uint64_t siefp)
{
	struct kvm_run run = { .exit_reason = KVM_EXIT_HYPERV };

	run.hyperv.type = KVM_EXIT_HYPERV_SYNIC;
	run.hyperv.u.synic.msr = 0x40000080;
	run.hyperv.u.synic.control = scontrol;
	run.hyperv.u.synic.evt_page = siefp;
	run.hyperv.u.synic.msg_page = 0x5001;
	return hvcall_kvm_exit(w->kvm, vp, &run);
}

static inline struct kvm_run kvm_world_wrmsr(uint32_t msr, uint64_t value)
{
	struct kvm_run run = { .exit_reason = KVM_EXIT_X86_WRMSR };

	run.msr.error = 2;
	run.msr.reason = KVM_MSR_EXIT_REASON_FILTER;
	run.msr.index = msr;
	run.msr.data = value;
	return run;
}

static inline int kvm_world_sint(struct kvm_world *w, uint32_t vp, unsigned sint, uint64_t value)
{
	struct kvm_run run = kvm_world_wrmsr(0x40000090 + sint, value);

	return hvcall_kvm_exit(w->kvm, vp, &run);
}

static inline struct kvm_run kvm_world_hypercall(uint64_t control, uint64_t input)
{
	struct kvm_run run = { .exit_reason = KVM_EXIT_HYPERV };

	run.hyperv.type = KVM_EXIT_HYPERV_HCALL;
	run.hyperv.u.hcall.input = control;
	run.hyperv.u.hcall.result = 0xabcd;
	run.hyperv.u.hcall.params[0] = input;
	run.hyperv.u.hcall.params[1] = 0x1234;
	return run;
}

/* The result of a hypercall that must be answered. */
static inline uint64_t kvm_world_signal(struct kvm_world *w, uint32_t vp, uint64_t control, uint64_t input)
{
	struct kvm_run run = kvm_world_hypercall(control, input);

	assert_int_equal(hvcall_kvm_exit(w->kvm, vp, &run), 1);
	return run.hyperv.u.hcall.result;
}
#endif
