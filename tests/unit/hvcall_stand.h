/* SPDX-License-Identifier: MIT */
/* A small world on the fake library and a caller's memory that counts how it is reached, for the tests of hvcall. */
#ifndef HVCALL_STAND_H
#define HVCALL_STAND_H
#include "fake_lib.h"
#include "hvcall.h"

#define SENDER 0x10             /* may signal; connection 0x21 leads to port 1 of the receiver */
#define RECEIVER 0x20           /* VP 0, SINT 2, flags 64 to 79 */
#define GUEST_BYTES 0x4000

struct guest_memory {
	uint8_t bytes[GUEST_BYTES];     /* GPAs 0 to 0x3fff; nothing beyond */
	unsigned reads, writes;
	bool refuse_writes;
	/* what a guest does that changes its block while it is read: the next read sees it */
	void (*after_read)(struct guest_memory *guest);
};

struct stand {
	hvbell_card *card;
	hvcall *call;
	struct guest_memory guest;
	struct hvcall_memory memory;
};

/* The world, and hypercalls of one of its partitions. Fails the test where it cannot be made. */
void stand_open(struct stand *stand, uint64_t caller, const struct hvcall_options *options);
void stand_close(struct stand *stand);
void stand_privileges(struct stand *stand, uint64_t partition, uint64_t privileges);
void guest_put64(struct guest_memory *guest, uint64_t gpa, uint64_t value);
uint64_t guest_get64(const struct guest_memory *guest, uint64_t gpa);

/* An x64 call at CPL 0: what hvcall_execute() returned, and the HV_STATUS. */
int stand_x64(struct stand *stand, uint64_t rcx, uint64_t rdx, uint64_t r8, unsigned *status);
/* The HV_STATUS of one that must not fault or fail. */
unsigned stand_status(struct stand *stand, uint64_t rcx, uint64_t rdx, uint64_t r8);
bool stand_flag(struct stand *stand, unsigned flag);
#endif
