/* SPDX-License-Identifier: MIT */
/*
 * KVM's own way from a guest to an eventfd (KVM_IOEVENTFD): a guest of one processor sets the flag in memory that it
 * shares with the receiver, by a locked instruction, and where it was clear writes a port that KVM makes an eventfd of,
 * without a return to this process. A signal here includes the entry into the guest, which a guest that runs already
 * does not pay.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "bench.h"

#if defined(__x86_64__)
#include <linux/kvm.h>

#define PAGE 4096u
#define FLAGS_AT 0x000u         /* in the guest's only page */
#define ASK_AT 0x100u
#define CODE_AT 0x200u
#define PORT 0x510u

/* Real mode. Each turn: the flag asked for is set; the port is written where it was clear; it halts. */
static const uint8_t code[] = {
	0xa1, ASK_AT & 0xff, ASK_AT >> 8,       /* mov ax, [ASK_AT] */
	0xf0, 0x0f, 0xab, 0x06, 0x00, 0x00,     /* lock bts [FLAGS_AT], ax */
	0x72, 0x04,                             /* jc the hlt */
	0xba, PORT & 0xff, PORT >> 8,           /* mov dx, PORT */
	0xee,                                   /* out dx, al */
	0xf4,                                   /* hlt */
	0xeb, 0xee,                             /* jmp to the first */
};

struct guest {
	int kvm, vm, vcpu, eventfd;
	uint8_t *page;
	struct kvm_run *run;
	size_t run_bytes;
};

static int make_memory(struct guest *guest)
{
	struct kvm_userspace_memory_region region = { .memory_size = PAGE };

	guest->page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (guest->page == MAP_FAILED) {
		guest->page = NULL;
		return -errno;
	}
	memcpy(guest->page + CODE_AT, code, sizeof(code));
	region.userspace_addr = (uintptr_t)guest->page;
	return ioctl(guest->vm, KVM_SET_USER_MEMORY_REGION, &region) ? -errno : 0;
}

static int make_vcpu(struct guest *guest)
{
	struct kvm_regs regs = { .rip = CODE_AT, .rflags = 2 };
	struct kvm_sregs sregs;
	int bytes = ioctl(guest->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	void *run;

	guest->vcpu = ioctl(guest->vm, KVM_CREATE_VCPU, 0);
	if (guest->vcpu < 0 || bytes < (int)sizeof(*guest->run))
		return errno ? -errno : -EIO;
	run = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, guest->vcpu, 0);
	if (run == MAP_FAILED)
		return -errno;
	guest->run = run;
	guest->run_bytes = (size_t)bytes;
	if (ioctl(guest->vcpu, KVM_GET_SREGS, &sregs))
		return -errno;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	return ioctl(guest->vcpu, KVM_SET_SREGS, &sregs) || ioctl(guest->vcpu, KVM_SET_REGS, &regs) ? -errno : 0;
}

static int make_eventfd(struct guest *guest)
{
	struct kvm_ioeventfd port = { .addr = PORT, .len = 1, .flags = KVM_IOEVENTFD_FLAG_PIO };

	guest->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (guest->eventfd < 0)
		return -errno;
	port.fd = guest->eventfd;
	return ioctl(guest->vm, KVM_IOEVENTFD, &port) ? -errno : 0;
}

static int open_guest(struct guest *guest)
{
	int ret;

	*guest = (struct guest){ .kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), .vm = -1, .vcpu = -1, .eventfd = -1 };
	if (guest->kvm < 0)
		return -errno;
	guest->vm = ioctl(guest->kvm, KVM_CREATE_VM, 0);
	if (guest->vm < 0)
		return -errno;
	ret = make_memory(guest);
	ret = ret ? ret : make_eventfd(guest);
	return ret ? ret : make_vcpu(guest);
}

static void close_guest(struct guest *guest)
{
	const int fds[] = { guest->vcpu, guest->vm, guest->kvm, guest->eventfd };

	if (guest->run)
		munmap(guest->run, guest->run_bytes);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (guest->page)
		munmap(guest->page, PAGE);
}

/* A guest that ends otherwise than by its hlt makes no more signals, and they count as lost. */
static void send(struct bench_path *path, unsigned flag)
{
	struct guest *guest = path->arg;
	uint16_t ask = (uint16_t)flag;

	memcpy(guest->page + ASK_AT, &ask, sizeof(ask));
	while (ioctl(guest->vcpu, KVM_RUN, 0) < 0 && errno == EINTR && !bench_stopped())
		;
}

int bench_kvm(struct bench *bench)
{
	struct guest guest;
	int ret = open_guest(&guest);

	if (ret == 0) {
		struct bench_path path = { .name = "KVM: guest, ioeventfd", .send = send, .eventfd = guest.eventfd,
			.arg = &guest, .rx = { .words = (uint64_t *)(void *)(guest.page + FLAGS_AT),
					       .used = BENCH_WORDS } };

		bench_modes(bench, &path);
	}
	close_guest(&guest);
	return ret;
}
#else
int bench_kvm(struct bench *bench)
{
	(void)bench;
	return -ENOTSUP;
}
#endif
