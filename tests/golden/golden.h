/* SPDX-License-Identifier: MIT */
/*
 * The golden model: what event signalling means, in plain arrays. Written from the specification (TLFS: partitions,
 * SynIC, ports and connections, hypercalls) and docs/design.md section 4 alone; it shares nothing with lib/ and
 * hvcall/, so that both can be held against it. Everything happens at once here: a signal that is accepted is in
 * memory.
 *
 * Not thread-safe. Functions that place or change the world return false where a thing is unknown or there is no
 * room.
 */
#ifndef GOLDEN_H
#define GOLDEN_H
#include <stdbool.h>
#include <stdint.h>

#define GOLDEN_PARTITIONS 16
#define GOLDEN_VPS 16
#define GOLDEN_PORTS 128
#define GOLDEN_CONNECTIONS 128
#define GOLDEN_ANY_VP 0xffffffffu
#define GOLDEN_ANY_PARTITION UINT64_MAX  /* connection_partition of a placed port */

enum golden_status {
	GOLDEN_SUCCESS = 0x00,
	GOLDEN_CODE = 0x02,
	GOLDEN_INPUT = 0x03,
	GOLDEN_ALIGNMENT = 0x04,
	GOLDEN_PARAMETER = 0x05,
	GOLDEN_ACCESS_DENIED = 0x06,
	GOLDEN_PARTITION_STATE = 0x07,
	GOLDEN_OPERATION_DENIED = 0x08,
	GOLDEN_PARTITION_ID = 0x0d,
	GOLDEN_VP_INDEX = 0x0e,
	GOLDEN_PORT_ID = 0x11,
	GOLDEN_CONNECTION_ID = 0x12,
	GOLDEN_SYNIC_STATE = 0x18,
	GOLDEN_NO_RESOURCES = 0x1d,
};
enum golden_state { GOLDEN_UNINITIALIZED, GOLDEN_ACTIVE, GOLDEN_FINALIZING, GOLDEN_FINALIZED };
enum golden_privilege { GOLDEN_SIGNAL_EVENTS = 37, GOLDEN_CREATE_PORT = 38, GOLDEN_CONNECT_PORT = 39 };     /* bits */
#define GOLDEN_EVENT_PORT 2

struct golden_sint {
	uint8_t vector;
	bool masked, auto_eoi, polling;
};

struct golden_vp {
	bool used;
	uint32_t index;
	/* the registers as an MSR read gives them; reserved bits are kept as written */
	uint64_t scontrol, siefp, simp, sint[16];
	_Alignas(8) uint8_t sief[4096];             /* the SIEF page, there whether it is enabled or not */
	uint64_t interrupts[16];        /* requested so far, by SINT */
};

#define GOLDEN_SLOTS 16

/* What a slot's kick signals; kept until it is bound anew. */
struct golden_kick {
	bool bound;
	uint64_t input;
};

struct golden_partition {
	bool used;
	uint64_t id;
	enum golden_state state;
	uint64_t privileges;
	struct golden_vp vp[GOLDEN_VPS];
	struct golden_kick kick[GOLDEN_SLOTS];
};

struct golden_port {
	bool used;
	uint64_t partition;
	uint32_t id, type;
	uint64_t connection_partition;
	uint32_t sint, vp, base, count;
	bool reserved_nonzero;
	uint32_t candidates;            /* HV_ANY_VP: the VPs that may be chosen, a bit for each place in vp[] */
	uint32_t turn;                  /* signals since the candidates changed */
};

struct golden_connection {
	bool used;
	uint64_t partition;
	uint32_t id;
	int port;                       /* index, or -1: the port was deleted, or never was */
};

struct golden {
	struct golden_partition partition[GOLDEN_PARTITIONS];
	struct golden_port port[GOLDEN_PORTS];
	struct golden_connection connection[GOLDEN_CONNECTIONS];
};

/* ---- the world (golden.c) ---- */
void golden_clear(struct golden *g);
struct golden_partition *golden_partition(struct golden *g, uint64_t id);
struct golden_vp *golden_vp(struct golden *g, uint64_t partition, uint32_t vp);
bool golden_partition_add(struct golden *g, uint64_t id, enum golden_state state, uint64_t privileges);
bool golden_vp_add(struct golden *g, uint64_t partition, uint32_t vp);
bool golden_vp_remove(struct golden *g, uint64_t partition, uint32_t vp);
bool golden_vp_reset(struct golden *g, uint64_t partition, uint32_t vp);
bool golden_set_scontrol(struct golden *g, uint64_t partition, uint32_t vp, bool enable);
bool golden_set_siefp(struct golden *g, uint64_t partition, uint32_t vp, bool enable, uint64_t gpa);
bool golden_set_sint(struct golden *g, uint64_t partition, uint32_t vp, uint32_t sint, struct golden_sint value);
/* SynIC registers: false is #GP. The VP must exist. */
bool golden_wrmsr(struct golden *g, uint64_t partition, uint32_t vp, uint32_t msr, uint64_t value);
bool golden_rdmsr(struct golden *g, uint64_t partition, uint32_t vp, uint32_t msr, uint64_t *value);
/* HV_SYNIC_SINT taken apart. */
struct golden_sint golden_sint(const struct golden_vp *vp, uint32_t sint);
bool golden_flag(const struct golden_vp *vp, uint32_t sint, uint32_t flag);
void golden_set_flag(struct golden_vp *vp, uint32_t sint, uint32_t flag, bool set);

/* ---- ports, connections, signals (golden_port.c) ---- */
/* The management calls, made by the parent. */
enum golden_status golden_create_port(struct golden *g, const struct golden_port *port);
enum golden_status golden_delete_port(struct golden *g, uint64_t partition, uint32_t id);
enum golden_status golden_connect_port(struct golden *g, uint64_t partition, uint32_t id, uint64_t port_partition,
				       uint32_t port_id);
enum golden_status golden_disconnect_port(struct golden *g, uint64_t partition, uint32_t id);
/* The same without checks. */
bool golden_place_port(struct golden *g, const struct golden_port *port);
bool golden_place_connection(struct golden *g, uint64_t partition, uint32_t id, uint64_t port_partition,
			     uint32_t port_id);
/* To be called after every change of a VP: HV_ANY_VP ports whose candidates changed start anew at the lowest index. */
void golden_find_candidates(struct golden *g);
/* HvCallSignalEvent on its input block. The caller's partition must exist. */
enum golden_status golden_signal(struct golden *g, uint64_t partition, uint64_t input);
/* Binds a flag of a connection to a slot; and kicks it: the signal that is bound. False: nothing is, or no
 * partition. */
bool golden_kick_bind(struct golden *g, uint64_t partition, uint32_t slot, uint32_t connection, uint32_t flag);
bool golden_kick(struct golden *g, uint64_t partition, uint32_t slot, enum golden_status *status);
/* HvCallSignalEventDirect behind its caller's rights. */
enum golden_status golden_direct(struct golden *g, uint64_t partition, uint32_t vp, uint32_t sint, uint32_t flag,
				 bool *newly);

/* ---- hypercalls (golden_call.c) ---- */
struct golden_call {
	uint64_t partition;
	bool real_mode, x64, root, direct;
	uint8_t cpl;
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, r8;
	/* the caller's memory: false where there is none */
	bool (*read)(void *arg, uint64_t gpa, uint8_t *to, uint32_t len);
	bool (*write)(void *arg, uint64_t gpa, const uint8_t *from, uint32_t len);
	void *arg;
};
/* Returns false for #UD. */
bool golden_hypercall(struct golden *g, const struct golden_call *call, enum golden_status *status);
#endif
