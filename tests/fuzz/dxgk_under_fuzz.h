/* SPDX-License-Identifier: MIT */
/* What an input of the fuzz target of the Dxgk calls has: a card, an adapter on it and one without a card, and the
 * model of what both must answer. */
#ifndef DXGK_UNDER_FUZZ_H
#define DXGK_UNDER_FUZZ_H
#include "driver.h"
#include "dxgk_model.h"
#include "tests/unit/dxgk_world.h"

#define FUZZ_SIDES 2u
#define HOW_REFUSE 2u            /* the driver does */
#define HOW_NULL 4u              /* no place for the result, no argument, no good eventfd */

struct fuzz_side {
	struct dxgk_world w;             /* its adapter, card and driver */
	unsigned number;
	unsigned processes, cpu_events;  /* made: the driver has to see the end of each */
	/* interrupts: whether connected, to what; how often the routine ran, and was to run */
	bool connected[MESSAGES];
	int wires[MESSAGES];
	uint64_t interrupts[MESSAGES], due[MESSAGES];
	uint64_t dpcs, dpcs_due;
	/* its Miracast context */
	bool open;
	HANDLE context;
	int peer;                        /* the receiver's end, which nobody reads */
	unsigned pending, called_due, called;
};

struct fuzz_dxgk {
	hvbell_card *card;
	struct model model;
	struct fuzz_side sides[FUZZ_SIDES];
	int fds[MODEL_FDS];
	int blocking, pipe[2];           /* an eventfd and something else, that no event may have */
	uint64_t *page;                  /* the SINT's words of the guest's SIEF page */
	DXGKCB_MIRACAST_SEND_MESSAGE send;       /* NULL before the first context */
};

extern struct fuzz_dxgk fuzz;

void dxgk_fuzz_begin(void);
/* Stops both adapters; all that was due has come, and no handle is good any more. */
void dxgk_fuzz_end(void);
/* Stops an adapter and starts it anew. */
void dxgk_fuzz_restart(struct fuzz_side *side);
/* What was signalled is there, and nothing else. */
void dxgk_fuzz_look(void);
/* Notes what the library has just made: no handle like that ever was. */
struct model_thing *dxgk_fuzz_made(const struct model_thing *thing);

/* All that does not hold ends the program. */
void dxgk_fuzz_must(bool good, const char *what);
void dxgk_fuzz_agree(const char *call, NTSTATUS status, NTSTATUS due);
/* Waits until the driver's routines have run as often as they have to. */
void dxgk_fuzz_ran(const uint64_t *count, uint64_t due);

/* The handle that an input names next. */
HANDLE dxgk_fuzz_handle(struct fuzz_bytes *in);

/* Steps. dxgk_create.c */
void dxgk_fuzz_process(struct fuzz_side *side, unsigned how, struct fuzz_bytes *in);
void dxgk_fuzz_events(struct fuzz_side *side, unsigned how, struct fuzz_bytes *in);
void dxgk_fuzz_cpu_event(struct fuzz_side *side, unsigned how, struct fuzz_bytes *in);
/* dxgk_interrupts.c: a message connected or disconnected, an interrupt, DxgkCbSynchronizeExecution, DxgkCbQueueDpc */
void dxgk_fuzz_wire(struct fuzz_side *side, unsigned how, struct fuzz_bytes *in);
void dxgk_fuzz_interrupt(struct fuzz_side *side, struct fuzz_bytes *in);
void dxgk_fuzz_synchronize(struct fuzz_side *side, unsigned how, struct fuzz_bytes *in);
void dxgk_fuzz_dpc(struct fuzz_side *side, unsigned how, struct fuzz_bytes *in);
/* dxgk_messages.c */
void dxgk_fuzz_open(struct fuzz_side *side, unsigned how);
void dxgk_fuzz_send(unsigned how, struct fuzz_bytes *in);
void dxgk_fuzz_close(struct fuzz_side *side);
/* The context is gone. */
void dxgk_fuzz_closed(struct fuzz_side *side);
#endif
