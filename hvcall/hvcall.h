/* SPDX-License-Identifier: MIT */
/*
 * The hypercall layer: what a VMM calls when one of its VPs executes a hypercall instruction and the call concerns
 * events. Registers go in, result registers or an exception come out (TLFS 3, "Hypercall Interface"). Served:
 * HvCallSignalEvent (0x005D), HvCallCreatePort (0x0057, 0x0095), HvCallDeletePort (0x0058), HvCallConnectPort
 * (0x0059, 0x0096), HvCallDisconnectPort (0x005B) and HvCallSignalEventDirect (0x00C0).
 *
 * For HvCallSignalEvent this layer looks at mode, call code, control word and the memory form only; the card decides
 * everything else. docs/design.md section 4 has the order of checks.
 */
#ifndef HVCALL_H
#define HVCALL_H
#include <hvbell/hvbell.h>
#ifdef __cplusplus
extern "C" {
#endif

#define HVCALL_SIGNAL_EVENT 0x005d
#define HVCALL_CREATE_PORT_OLD 0x0057
#define HVCALL_CREATE_PORT 0x0095
#define HVCALL_DELETE_PORT 0x0058
#define HVCALL_CONNECT_PORT_OLD 0x0059
#define HVCALL_CONNECT_PORT 0x0096
#define HVCALL_DISCONNECT_PORT 0x005b
#define HVCALL_SIGNAL_EVENT_DIRECT 0x00c0

#define HVCALL_PARTITION_SELF 0xffffffffffffffffull     /* HV_PARTITION_ID_SELF */

/* The caller partition's memory, as the VMM reaches it. Each returns 0, or anything else where the GPA is not
 * mapped or may not be accessed so. They are called from the thread that is in hvcall_execute(), at most once for
 * the input block; len never makes an access cross a page. Neither may be NULL. */
struct hvcall_memory {
	int (*read)(void *arg, uint64_t gpa, void *to, size_t len);
	int (*write)(void *arg, uint64_t gpa, const void *from, size_t len);
	void *arg;
};

/* What the caller partition may do beyond its privilege mask, and how long its signals wait. */
struct hvcall_options {
	bool root;              /* root or parent: port calls and direct signals for any partition */
	bool direct;            /* may call HvCallSignalEventDirect for its own partition */
	enum hvbell_wait wait;  /* HVBELL_DELIVERED: a call is one atomic action, as specified; or HVBELL_ACCEPTED */
};

/* One partition's way to make hypercalls on a card. */
typedef struct hvcall hvcall;

/* Makes the way for a partition that is on the card; *call is the caller's, to close before the partition is
 * removed. The options are copied. Returns 0, -ENOENT (no such partition), -EINVAL (no card, no options, no room
 * for *call), -ENOMEM, or what the card answered. Takes the card's lock; any thread. */
int hvcall_open(hvbell_card *card, uint64_t partition, const struct hvcall_options *options, hvcall **call);
/* Ends it and frees it. NULL is allowed. No hypercall of it may be running. Never fails or blocks, does not touch the
 * card. */
void hvcall_close(hvcall *call);

enum hvcall_mode {
	HVCALL_REAL,            /* real mode, or virtual-8086: no hypercalls */
	HVCALL_X86,             /* protected or compatibility mode: EDX:EAX, EBX:ECX, EDI:ESI, upper halves ignored */
	HVCALL_X64,             /* EFER.LMA and CS.L: RCX, RDX, R8 */
};

/* The calling VP at its hypercall instruction. hvcall_execute() writes the result: RAX, or EDX:EAX in 32-bit mode;
 * nothing else changes. */
struct hvcall_vcpu {
	uint32_t vp;            /* VP index; chooses the doorbell slot (modulo 16) and nothing else */
	enum hvcall_mode mode;
	uint8_t cpl;
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, r8;
};

/* Executes one hypercall (TLFS 3.5, 3.7, 3.8). Returns 0 with the result value in the registers (HV_STATUS 15:0,
 * reps completed 43:32, always 0), HVBELL_FAULT_UD where the VMM has to inject #UD, or -errno where the card failed
 * (-ETIMEDOUT, -ENODEV, -EIO), is quiesced (-EBUSY, of port calls and direct signals) or the partition is gone
 * (-ENOENT): the registers are untouched then and the VMM decides. memory and cpu stay the caller's and are used until
 * return only.
 *
 * Any thread; calls of VPs that share a slot wait for each other. A signal costs one posted write and one read of the
 * card, and polls until the flag is in memory unless the options say HVBELL_ACCEPTED; its memory form also takes the
 * card's lock, to ask for the privilege. Port calls and direct signals take the card's lock while they last. */
int hvcall_execute(hvcall *call, const struct hvcall_memory *memory, struct hvcall_vcpu *cpu);

/* HvSignalEvent as a C function (TLFS 11.11): posts the signal and does not wait for the card's verdict. Wait-free,
 * safe in a signal handler. Returns HV_STATUS_SUCCESS once the store is made, HV_STATUS_INVALID_CONNECTION_ID for a
 * sender that is NULL or an id with its reserved bits 31:24 set. What the card makes of it is in its counters. The
 * sender stays the caller's (hvbell_sender_init()). One thread at a time for one sender. */
int hvcall_signal_event(const hvbell_sender *sender, uint32_t connection_id, uint16_t flag_number);

#ifdef __cplusplus
}
#endif
#endif
