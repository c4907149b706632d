/* SPDX-License-Identifier: MIT */
/*
 * A virtual machine on KVM with one or two VPs that run the payload, joined to a card by hvcall/kvm.h. Each VP has a
 * thread, which runs it from one command to its end and then waits for the next.
 *
 * All calls are for one thread, the tests'. Those that can fail return false and have said why (vmm_complain()).
 */
#ifndef VMM_MACHINE_H
#define VMM_MACHINE_H
#include <pthread.h>
#include <stdbool.h>
#include <linux/kvm.h>
#include "hvcall/kvm.h"
#include "payload/mailbox.h"

#define MACHINE_VPS 2
#define MACHINE_WAIT_MS 30000

struct machine;

struct machine_vp {
	struct machine *machine;
	struct mailbox *box;
	struct kvm_run *run;
	int fd;
	uint32_t index;
	pthread_t thread;
	bool started;
	bool inside;            /* its thread is in KVM_RUN */
	bool busy;              /* with a command; under the machine's lock */
	char failed[120];       /* why it runs no more; "" while it does; read while it is not busy */
	uint64_t rip;           /* where it was when it was last asked, or stopped for good */
	uint32_t asked;         /* how often that was */
	/* how often KVM came back: in all, for a hypercall that the card answered, for another, for MMIO */
	uint64_t exits, calls, other_calls, mmio;
};

struct machine {
	int kvm, vm;
	uint8_t *memory;
	uint64_t partition;
	hvcall_kvm *glue;       /* NULL: a machine without a card */
	/* serves hypercalls without the card: the flag set in VP 0's page, then this eventfd; -1: no */
	int software;
	unsigned vps;
	struct machine_vp vp[MACHINE_VPS];
	bool ending;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

/* Makes a machine whose VPs wait for their first command. With a card, partition is on it already. Without one (NULL)
 * it has no SynIC. */
bool machine_make(struct machine *machine, unsigned vps, hvbell_card *card, uint64_t partition);
/* Ends its VPs wherever they are, and frees it. Harmless after machine_make() failed, or twice. Where a VP's thread
 * does not end, it says so and ends the program. */
void machine_end(struct machine *machine);
/* Has a VP, whose mailbox says what, begin. Always true. */
bool machine_start(struct machine *machine, unsigned vp, enum box_command command);
/* Waits until it has finished, and says why if it does not. */
bool machine_wait(struct machine *machine, unsigned vp);
/* Start, then wait. */
bool machine_do(struct machine *machine, unsigned vp, enum box_command command);
/* Has a VP that receives stop, and waits for that. */
bool machine_stop(struct machine *machine, unsigned vp);
/* Says so where a VP executes what is not the payload. The payload never leaves its own pages, and neither VMM nor card
 * can make it: the processor is broken, as the one that QEMU emulates now and then is (tests/vm/README.md). */
bool machine_astray(struct machine *machine);
/* Maps the partition's doorbell page at GUEST_DOORBELL. */
bool machine_doorbell(struct machine *machine);
/* How often a VP has left its guest, KVM's own count: most of these KVM serves itself. 0 where KVM does not count. */
uint64_t machine_exits(struct machine *machine, unsigned vp);

#endif
