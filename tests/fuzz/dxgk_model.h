/* SPDX-License-Identifier: MIT */
/*
 * What the Dxgk calls must answer (hvcall/dxgk.h), from a list of all that was ever made and how it ended. A handle is
 * good if something that lives has it, whatever bits it is made of. Each function returns the status that is due and
 * does to the list what the call does to what it stands for.
 */
#ifndef DXGK_MODEL_H
#define DXGK_MODEL_H
#include "hvcall/dxgk.h"

#define MODEL_THINGS 384u
#define MODEL_FDS 4u             /* eventfds that events share */
#define MODEL_WORDS 32u          /* the SIEF words that ports name */

enum model_kind { MODEL_ADAPTER, MODEL_PROCESS, MODEL_EVENT, MODEL_CPU_EVENT, MODEL_MIRACAST };

struct model_thing {
	enum model_kind kind;
	HANDLE handle;
	bool live;
	unsigned adapter;
	HANDLE process;                  /* of an event: its process; zero of a CPU event object */
	HANDLE kmd;                      /* the driver's name for it */
	unsigned fd;                     /* of an event that is not a virtual machine's */
	/* of a virtual machine's process, whose count is not 0, and of its events, which have one flag */
	uint32_t id, connection;
	unsigned first, count;           /* flags, from the beginning of the SINT */
};

struct model {
	unsigned count;
	struct model_thing things[MODEL_THINGS];
	uint64_t signals[MODEL_FDS];
	uint64_t flags[MODEL_WORDS];     /* set and not taken */
};

/* Adds something that lives. */
struct model_thing *model_add(struct model *m, const struct model_thing *thing);
/* What lives and has this handle, or NULL. */
struct model_thing *model_find(struct model *m, HANDLE handle);
/* The same, of one kind and of one adapter. */
struct model_thing *model_of(struct model *m, HANDLE handle, enum model_kind kind, unsigned adapter);

NTSTATUS model_signal(struct model *m, const DXGKARGCB_SIGNALEVENT *arg);
/* Whether a port and a connection of these numbers may be made. */
bool model_port_free(const struct model *m, uint32_t id, uint32_t connection);
/* *thing is the process, which is gone then. */
NTSTATUS model_end_process(struct model *m, unsigned adapter, HANDLE handle, struct model_thing **thing);
/* Whether some flag of the process has no event and nothing to take; whether this one has. */
bool model_has_flag(const struct model *m, const struct model_thing *process);
bool model_flag_free(const struct model *m, const struct model_thing *process, unsigned flag);
NTSTATUS model_end_event(struct model *m, unsigned adapter, HANDLE process, HANDLE event);
NTSTATUS model_end_cpu_event(struct model *m, unsigned adapter, HANDLE event, struct model_thing **thing);
/* The adapter is stopped. */
void model_end_adapter(struct model *m, unsigned adapter);
#endif
