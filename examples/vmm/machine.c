/* SPDX-License-Identifier: MIT */
/* Making, running and ending a virtual machine. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "machine.h"
#include "vcpu.h"
#include "vmm.h"

#define FIRST_GSI 24u           /* behind those of the interrupt controllers */
#define GSIS 64u
#define ASK_MS 2000u
#define SLOT_MEMORY 0
#define SLOT_DOORBELL 1

extern const uint8_t payload_image[];
extern const uint64_t payload_bytes;

/* ---- a VP's thread ----------------------------------------------------------------------------------------------- */

/* What is neither the card's nor an OUT. False: the VP cannot go on. */
static bool other_exit(struct machine_vp *vp)
{
	struct kvm_run *run = vp->run;

	switch (run->exit_reason) {
	case KVM_EXIT_MMIO: /* a store to nothing is lost, a load gives ones */
		vp->mmio++;
		memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
		return true;
	case KVM_EXIT_HYPERV:
		vp->other_calls++;
		run->hyperv.u.hcall.result = HV_STATUS_INVALID_HYPERCALL_CODE;
		return true;
	default:
		snprintf(vp->failed, sizeof(vp->failed), "it stopped with exit reason %u", run->exit_reason);
		return false;
	}
}

static bool is_call(const struct kvm_run *run)
{
	return run->exit_reason == KVM_EXIT_HYPERV && run->hyperv.type == KVM_EXIT_HYPERV_HCALL;
}

/* What a VMM does without a card: the flag into the page, the interrupt if it was clear. */
static bool software_signal(struct machine_vp *vp)
{
	struct machine *machine = vp->machine;
	struct kvm_run *run = vp->run;
	const uint64_t input = run->hyperv.u.hcall.params[0], one = 1;
	const unsigned flag = (uint16_t)(input >> 32);
	uint64_t *word = (uint64_t *)(machine->memory + machine->vp[0].box->sief % GUEST_BYTES) +
			 32 * machine->vp[0].box->sint % 512 + flag / 64 % 32;

	if (!(__atomic_fetch_or(word, 1ull << flag % 64, __ATOMIC_SEQ_CST) >> flag % 64 & 1) &&
	    write(machine->software, &one, sizeof(one)) != (ssize_t)sizeof(one)) {
		snprintf(vp->failed, sizeof(vp->failed), "its eventfd: %s", strerror(errno));
		return false;
	}
	run->hyperv.u.hcall.result = HV_STATUS_SUCCESS;
	return true;
}

static void note_place(struct machine_vp *vp)
{
	struct kvm_regs regs;

	if (ioctl(vp->fd, KVM_GET_REGS, &regs) < 0)
		return;
	__atomic_store_n(&vp->rip, regs.rip, __ATOMIC_RELAXED);
	__atomic_fetch_add(&vp->asked, 1, __ATOMIC_RELEASE);
}

/* One stay in the guest. *done: it has finished its command. False: it cannot go on. */
static bool run_once(struct machine_vp *vp, bool *done)
{
	struct kvm_run *run = vp->run;
	int ret;

	*done = false;
	__atomic_store_n(&vp->inside, true, __ATOMIC_SEQ_CST);
	ret = ioctl(vp->fd, KVM_RUN, 0);
	__atomic_store_n(&vp->inside, false, __ATOMIC_SEQ_CST);
	if (ret < 0 && (errno == EINTR || errno == EAGAIN)) {
		note_place(vp);
		return true;
	}
	if (ret < 0) {
		snprintf(vp->failed, sizeof(vp->failed), "KVM_RUN: %s", strerror(errno));
		return false;
	}
	vp->exits++;
	if (run->exit_reason == KVM_EXIT_IO && run->io.direction == KVM_EXIT_IO_OUT) {
		const uint8_t *data = (const uint8_t *)run + run->io.data_offset;

		*done = run->io.port == PORT_DONE;
		if (run->io.port == PORT_CONSOLE)
			fputc(*data, stderr);
		return true;
	}
	if (!vp->machine->glue)
		return other_exit(vp);
	if (vp->machine->software >= 0 && is_call(run))
		return software_signal(vp);
	vp->calls += is_call(run);
	ret = hvcall_kvm_exit(vp->machine->glue, vp->index, run);
	if (ret > 0)
		return true;
	vp->calls -= is_call(run);
	if (ret == 0)
		return other_exit(vp);
	snprintf(vp->failed, sizeof(vp->failed), "hvcall_kvm_exit: %s: %s", strerror(-ret),
		 hvbell_error().what);
	return false;
}

/* KVM wants all calls for a vCPU from the thread that runs it. */
static bool make_vp(struct machine_vp *vp)
{
	struct machine *machine = vp->machine;
	int ret = 0;

	if (!vcpu_make(machine->kvm, machine->vm, vp->index, &vp->fd, &vp->run))
		snprintf(vp->failed, sizeof(vp->failed), "there is no vCPU");
	else if (machine->glue)
		ret = hvcall_kvm_vcpu(machine->glue, vp->index, vp->fd);
	if (ret != 0)
		snprintf(vp->failed, sizeof(vp->failed), "hvcall_kvm_vcpu: %s: %s", strerror(-ret),
			 hvbell_error().what);
	return !vp->failed[0];
}

/* Its first command is to start; the payload then says that it is done. */
static void *vp_thread(void *arg)
{
	struct machine_vp *vp = arg;
	struct machine *machine = vp->machine;
	bool going = make_vp(vp), done;

	pthread_mutex_lock(&machine->lock);
	if (!going)
		vp->busy = false;
	pthread_cond_broadcast(&machine->changed);
	while (!machine->ending && going) {
		if (!vp->busy) {
			pthread_cond_wait(&machine->changed, &machine->lock);
			continue;
		}
		pthread_mutex_unlock(&machine->lock);
		going = run_once(vp, &done);
		if (!going)
			note_place(vp);
		pthread_mutex_lock(&machine->lock);
		if (done || !going) {
			vp->busy = false;
			pthread_cond_broadcast(&machine->changed);
		}
	}
	pthread_mutex_unlock(&machine->lock);
	return NULL;
}

/* ---- commands ---------------------------------------------------------------------------------------------------- */

bool machine_start(struct machine *machine, unsigned vp, enum box_command command)
{
	machine->vp[vp].box->command = command;
	machine->vp[vp].box->stop = 0;
	pthread_mutex_lock(&machine->lock);
	machine->vp[vp].busy = true;
	pthread_cond_broadcast(&machine->changed);
	pthread_mutex_unlock(&machine->lock);
	return true;
}

static struct timespec patience(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += MACHINE_WAIT_MS / 1000;
	return until;
}

bool machine_wait(struct machine *machine, unsigned vp)
{
	struct machine_vp *it = &machine->vp[vp];
	struct timespec until = patience();
	int ret = 0;

	pthread_mutex_lock(&machine->lock);
	while (it->busy && ret == 0)
		ret = pthread_cond_timedwait(&machine->changed, &machine->lock, &until);
	pthread_mutex_unlock(&machine->lock);
	if (ret != 0)
		return vmm_complain("VP %u of partition 0x%llx is not done in %d ms", vp,
				    (unsigned long long)machine->partition, MACHINE_WAIT_MS);
	return !it->failed[0] ||
	       vmm_complain("VP %u of partition 0x%llx: %s", vp, (unsigned long long)machine->partition, it->failed);
}

bool machine_do(struct machine *machine, unsigned vp, enum box_command command)
{
	return machine_start(machine, vp, command) && machine_wait(machine, vp);
}

bool machine_stop(struct machine *machine, unsigned vp)
{
	struct kvm_msi kick = { .address_lo = 0xfee00000u | vp << 12, .data = VECTOR_KICK };

	__atomic_store_n(&machine->vp[vp].box->stop, 1, __ATOMIC_SEQ_CST);
	if (ioctl(machine->vm, KVM_SIGNAL_MSI, &kick) < 0)
		return vmm_complain("KVM_SIGNAL_MSI: %s", strerror(errno));
	return machine_wait(machine, vp);
}

/* Only its own thread may ask KVM for a vCPU's registers. A signal between two of its stays is lost. */
static bool vp_astray(struct machine *machine, struct machine_vp *vp)
{
	uint32_t before = __atomic_load_n(&vp->asked, __ATOMIC_ACQUIRE);
	bool busy = vp->started;
	uint64_t rip;

	for (unsigned ms = 0; busy && ms < ASK_MS && __atomic_load_n(&vp->asked, __ATOMIC_ACQUIRE) == before; ms++) {
		pthread_kill(vp->thread, SIGUSR1);
		usleep(1000);
		pthread_mutex_lock(&machine->lock);
		busy = vp->busy;
		pthread_mutex_unlock(&machine->lock);
	}
	rip = __atomic_load_n(&vp->rip, __ATOMIC_RELAXED);
	if (__atomic_load_n(&vp->asked, __ATOMIC_ACQUIRE) == 0 || rip - GUEST_PAYLOAD < payload_bytes)
		return false;
	vmm_complain("astray: VP %u of partition 0x%llx executes at 0x%llx, where nothing of its payload is", vp->index,
		     (unsigned long long)machine->partition, (unsigned long long)rip);
	return true;
}

bool machine_astray(struct machine *machine)
{
	bool astray = false;

	for (unsigned i = 0; i < machine->vps; i++)
		astray |= vp_astray(machine, &machine->vp[i]);
	return astray;
}

bool machine_doorbell(struct machine *machine)
{
	int ret = hvcall_kvm_doorbell(machine->glue, SLOT_DOORBELL, GUEST_DOORBELL);

	return vmm_works(ret, "hvcall_kvm_doorbell");
}

/* ---- making and ending ------------------------------------------------------------------------------------------- */

static bool make_memory(struct machine *machine)
{
	struct kvm_userspace_memory_region slot = { .slot = SLOT_MEMORY, .memory_size = GUEST_BYTES };

	machine->memory = mmap(NULL, GUEST_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (machine->memory == MAP_FAILED) {
		machine->memory = NULL;
		return vmm_complain("guest memory: %s", strerror(errno));
	}
	slot.userspace_addr = (uintptr_t)machine->memory;
	if (ioctl(machine->vm, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
		return vmm_complain("KVM_SET_USER_MEMORY_REGION: %s", strerror(errno));
	memcpy(machine->memory + GUEST_PAYLOAD, payload_image, payload_bytes);
	vcpu_tables(machine->memory);
	return true;
}

static bool make_vm(struct machine *machine)
{
	machine->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (machine->kvm < 0)
		return vmm_complain("/dev/kvm: %s", strerror(errno));
	machine->vm = ioctl(machine->kvm, KVM_CREATE_VM, 0);
	if (machine->vm < 0)
		return vmm_complain("KVM_CREATE_VM: %s", strerror(errno));
	/* Intel's processors want three pages of guest address space for themselves */
	if (ioctl(machine->vm, KVM_SET_TSS_ADDR, 0xfffbd000) < 0 || ioctl(machine->vm, KVM_CREATE_IRQCHIP, 0) < 0)
		return vmm_complain("KVM_CREATE_IRQCHIP: %s", strerror(errno));
	return make_memory(machine);
}

static bool join_card(struct machine *machine, hvbell_card *card)
{
	const struct hvcall_kvm_options options = { .vm = machine->vm, .card = card, .partition = machine->partition,
		.call = { .wait = HVBELL_DELIVERED }, .gsi = FIRST_GSI, .gsis = GSIS };
	int ret = hvcall_kvm_open(&options, &machine->glue);

	if (ret == 0)
		ret = hvcall_kvm_memory(machine->glue, 0, machine->memory, GUEST_BYTES);
	return vmm_works(ret, "hvcall_kvm_open");
}

/* KVM counts its VP indices in the order of creation, so one VP follows the other. */
static bool start_vp(struct machine *machine, unsigned index)
{
	struct machine_vp *vp = &machine->vp[index];

	vp->machine = machine;
	vp->index = index;
	vp->box = (struct mailbox *)(machine->memory + GUEST_BOX + GUEST_STRIDE * index);
	vp->box->self = GUEST_BOX + GUEST_STRIDE * index;
	vp->box->vp = index;
	vp->busy = true;
	vp->started = pthread_create(&vp->thread, NULL, vp_thread, vp) == 0;
	return vp->started ? machine_wait(machine, index) : vmm_complain("no thread for VP %u", index);
}

/* A signal that does nothing ends KVM_RUN; immediate_exit ends one that is yet to come. */
static void nothing(int signal)
{
	(void)signal;
}

bool machine_make(struct machine *machine, unsigned vps, hvbell_card *card, uint64_t partition)
{
	const struct sigaction interrupted = { .sa_handler = nothing };

	*machine = (struct machine){ .kvm = -1, .vm = -1, .software = -1, .partition = partition, .vps = vps };
	pthread_mutex_init(&machine->lock, NULL);
	pthread_cond_init(&machine->changed, NULL);
	for (unsigned i = 0; i < MACHINE_VPS; i++)
		machine->vp[i].fd = -1;
	sigaction(SIGUSR1, &interrupted, NULL);
	if (!make_vm(machine) || (card && !join_card(machine, card)))
		return false;
	for (unsigned i = 0; i < vps; i++)
		if (!start_vp(machine, i))
			return false;
	return true;
}

/* What does not end cannot be freed, so this is the end of the program then, which says what it was in. */
static void end_thread(struct machine_vp *vp)
{
	struct timespec until;

	if (!vp->started)
		return;
	if (vp->run)
		__atomic_store_n(&vp->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
	pthread_kill(vp->thread, SIGUSR1);
	until = patience();
	if (pthread_timedjoin_np(vp->thread, NULL, &until) == 0)
		return;
	vmm_complain(__atomic_load_n(&vp->inside, __ATOMIC_SEQ_CST) ?
		     "astray: VP %u of partition 0x%llx: no signal has ended KVM_RUN in %d ms" :
		     "VP %u of partition 0x%llx: its thread, not in KVM_RUN, has not ended in %d ms",
		     vp->index, (unsigned long long)vp->machine->partition, MACHINE_WAIT_MS);
	fflush(NULL);
	_exit(1);
}

void machine_end(struct machine *machine)
{
	if (machine->vps == 0)
		return;
	pthread_mutex_lock(&machine->lock);
	machine->ending = true;
	pthread_cond_broadcast(&machine->changed);
	pthread_mutex_unlock(&machine->lock);
	for (unsigned i = 0; i < machine->vps; i++)
		end_thread(&machine->vp[i]);
	hvcall_kvm_close(machine->glue);
	for (unsigned i = 0; i < machine->vps; i++)
		vcpu_end(machine->kvm, machine->vp[i].fd, machine->vp[i].run);
	if (machine->vm >= 0)
		close(machine->vm);
	if (machine->kvm >= 0)
		close(machine->kvm);
	if (machine->memory)
		munmap(machine->memory, GUEST_BYTES);
	pthread_mutex_destroy(&machine->lock);
	pthread_cond_destroy(&machine->changed);
	*machine = (struct machine){ .kvm = -1, .vm = -1, .software = -1 };
}
