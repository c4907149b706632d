/* SPDX-License-Identifier: MIT */
/*
 * What the VMM and its guest say to each other: one mailbox for each VP, in guest memory. The VMM writes a command and
 * lets the VP run; the VP carries it out, leaves results here and stops with an OUT to PORT_DONE.
 */
#ifndef VMM_MAILBOX_H
#define VMM_MAILBOX_H
#include <stdint.h>

#define PORT_CONSOLE 0xe9
#define PORT_DONE 0x500

/* guest physical memory */
#define GUEST_BYTES 0x800000ull
#define GUEST_TABLES 0x10000ull         /* page tables of the VMM: six pages */
#define GUEST_GDT 0x18000ull
#define GUEST_PAYLOAD 0x100000ull
#define GUEST_BOX 0x200000ull           /* mailboxes, GUEST_STRIDE apart */
#define GUEST_STRIDE 0x40000ull
#define GUEST_SIEF 0x300000ull          /* SIEF pages, 4 KiB apart */
#define GUEST_SCRATCH 0x2f0000ull       /* input blocks of the VMM's choice */
#define GUEST_DOORBELL 0xd0000000ull    /* no memory: the card's page, where the VMM maps it */
#define GUEST_KICK 0xd0001000ull        /* nor here, where KVM has an eventfd */
#define GUEST_NOWHERE 0x40000000ull     /* nothing there, ever */

/* an interrupt of SINT s comes by one of these vectors + s; VECTOR_KICK has a VP look at `stop` */
#define VECTOR_SINT 0x40
#define VECTOR_OTHER 0x50
#define VECTOR_KICK 0x60

enum box_command {
	BOX_OPS,        /* carry out ops[], `count` times; 0: until `stop` */
	BOX_SEND,       /* `count` signals by hypercall */
	BOX_STORE,      /* `count` signals by a store to `doorbell`, of `bytes` */
	BOX_RECEIVE,    /* take flags in interrupts until `stop` */
	BOX_POLL,       /* the same of SINT `sint`, by looking */
	BOX_CLEAR,      /* clear flag `first` of the word at `address`, again and again until `stop` */
	BOX_REPLY,      /* `count` times: a store to `doorbell`, then wait for an interrupt */
	BOX_CALL_REPLY, /* the same with a hypercall */
};

enum box_op_kind { BOX_WRMSR, BOX_RDMSR, BOX_CALL, BOX_USER_CALL, BOX_WRITE };

struct box_op {
	uint32_t kind;
	uint32_t fault;         /* out: vector of the exception + 1, or 0 */
	uint64_t a, b, c;       /* MSR and value; control, input, output; address, value, bytes */
	uint64_t result;        /* out: what was read, or RAX */
};

#define BOX_OPS_MAX 32

struct mailbox {
	uint64_t self;          /* GS points here */
	uint32_t vp, command, stop, ops_count, sint;
	uint64_t count;
	/* signals: input block `input`, flag number going round in [first, first + flags) */
	uint64_t control, input, first, flags, doorbell, bytes, address;
	uint64_t sief;          /* where SIEFP points, 0 while it is disabled */
	/* results */
	uint64_t sent, refused, status;         /* status: the last that was not 0 */
	uint64_t replies, ticks;
	uint64_t interrupts[16], taken[16], stray;
	uint64_t block __attribute__((aligned(8)));     /* the input of the memory form */
	struct box_op ops[BOX_OPS_MAX];
	uint32_t flag[16][2048];                /* how often each was taken */
};

#endif
