/* SPDX-License-Identifier: MIT */
/*
 * A scenario as read from its file: a small world, steps that act on it, and what must be seen after each. The format
 * is described in tests/scenarios/README.md. Everything here is plain data; arrays belong to the scenario file.
 */
#ifndef TOOLS_SCENARIO_H
#define TOOLS_SCENARIO_H
#include <hvbell/hvbell.h>
#include "json_read.h"

struct scn_page {
	bool enable;
	uint64_t gpa;
};

struct scn_vp {
	uint32_t index;
	bool scontrol;
	struct scn_page siefp, simp;
	bool sint_named[HVBELL_SINTS];
	struct hvbell_sint sint[HVBELL_SINTS];
};

struct scn_partition {
	uint64_t id;
	enum hvbell_partition_state state;
	uint64_t privileges;
	struct scn_vp *vps;
	size_t vp_count;
};

struct scn_port {
	struct hvbell_port port;
	bool deleted;                   /* after the connections to it were made */
};

struct scn_connection {
	uint64_t partition, port_partition;
	uint32_t id, port_id;
};

/* One flag of one VP: set before the steps, cleared by a step, or seen after one. */
struct scn_flag {
	uint64_t partition;
	uint32_t vp;
	unsigned sint, flag;
};

struct scn_world {
	struct scn_partition *partitions;
	struct scn_port *ports;
	struct scn_connection *connections;
	struct scn_flag *presets;
	size_t partition_count, port_count, connection_count, preset_count;
};

enum scn_mode { SCN_REAL, SCN_X86, SCN_X64 };

struct scn_qword {
	uint64_t gpa, value;
};

struct scn_call {
	uint64_t caller_partition;
	uint32_t caller_vp;
	enum scn_mode mode;
	uint8_t cpl;
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, r8;
	struct scn_qword *memory;
	size_t memory_count;
};

enum scn_op {
	SCN_HYPERCALL,
	SCN_CONCURRENT_HYPERCALLS,
	SCN_CREATE_PORT,
	SCN_DELETE_PORT,
	SCN_CONNECT_PORT,
	SCN_DISCONNECT_PORT,
	SCN_SET_SCONTROL,
	SCN_SET_SIEFP,
	SCN_SET_SINT,
	SCN_VP_RESET,
	SCN_DELETE_VP,
	SCN_SET_PARTITION_STATE,
	SCN_WRMSR,
	SCN_RDMSR,
	SCN_GUEST_CLEAR_FLAG,
	SCN_KICK,
};

/* A value under a mask; given false: nothing was said. */
struct scn_masked {
	bool given, null;
	uint64_t mask, value;
};

struct scn_interrupt {
	bool any_partition;             /* rows of `acceptable` name none */
	uint64_t partition;
	uint32_t vp;
	uint8_t vector;
	uint64_t count;
};

#define SCN_NONE (-1)                   /* a status of a call that faults: null */

/* What must be seen. */
struct scn_expected {
	bool see_acceptable;            /* a key says so: a row has to be right, too */
	bool has_status, has_code, has_fault, has_statuses, has_flags, has_interrupts;
	int status, code;               /* HV_STATUS or SCN_NONE */
	int fault;                      /* HVBELL_FAULT_*, 0: none */
	struct scn_masked result, output, reps, value;
	int *statuses;
	struct scn_flag *flags;
	struct scn_interrupt *interrupts;
	size_t status_count, flag_count, interrupt_count;
};

struct scn_step {
	enum scn_op op;
	struct scn_call *calls;         /* one for SCN_HYPERCALL */
	size_t call_count;
	struct scn_port port;
	struct scn_connection connection; /* also partition, id of SCN_DISCONNECT_PORT; port_* of SCN_DELETE_PORT */
	uint64_t partition;
	uint32_t vp;
	unsigned sint, flag, slot;
	bool enable, has_gpa, concurrent_with_next;
	bool binds;                     /* SCN_KICK: connection.id and flag first */
	uint64_t gpa, value;
	uint32_t msr;
	struct hvbell_sint sint_value;
	enum hvbell_partition_state state;
	bool has_expected;
	struct scn_expected expected;
};

struct scenario {
	const char *name;               /* NULL where even that could not be read */
	char *error;                    /* why this is no scenario: FILE:LINE: KEY: reason; NULL: it is one */
	struct scn_world world;
	struct scn_step *steps;
	size_t step_count;
	bool implementation_defined;    /* rows of acceptable are right where a step's own expectation is not met */
	struct scn_expected *acceptable;
	size_t acceptable_count;
};

/* One file: a scenario, or an array of them. */
struct scenario_file {
	struct json_file json;
	void *blocks;                   /* everything allocated */
	struct scenario *scenarios;
	size_t count;
	bool failed;                    /* cannot be read, or is neither scenario nor array: error says why */
	const char *error;
};

/* Reads a file; afterwards each scenario is whole or has its error. *file is the caller's, to free. False where
 * file->failed. */
bool scenario_read(struct scenario_file *file, const char *path);
void scenario_free(struct scenario_file *file);

/* "set_sint" and so on. */
const char *scn_op_name(enum scn_op op);
/* Whether any step says what must be seen. */
bool scenario_expects(const struct scenario *scenario);
#endif
