/* SPDX-License-Identifier: MIT */
/*
 * What the files of the Dxgk callbacks share. A handle names a place: a slot of one table of the whole program, because
 * DxgkCbSignalEvent is handed nothing else (no device), and because a table that is never freed can be looked into
 * with any handle at any time. Whoever uses a place counts himself in and out; it changes hands only when it is closed
 * and nobody is in.
 *
 * Locks, outermost first: an adapter's, a process's, the table's. DxgkCbSignalEvent takes none of them.
 */
#ifndef DXGK_INTERNAL_H
#define DXGK_INTERNAL_H
#include <errno.h>
#include <pthread.h>
#include <unistd.h>
#include "dxgk.h"

#define DXGK_PLACES (1u << 17)
#define DXGK_LIVE (1u << 31)            /* in a place's state, and in every handle: no small number is a handle */
#define DXGK_USERS (DXGK_LIVE - 1)
#define DXGK_WORDS (HVBELL_FLAGS / 64)

enum dxgk_kind { DXGK_ADAPTER = 1, DXGK_PROCESS, DXGK_EVENT, DXGK_MIRACAST };

struct dxgk_place {
	uint64_t state;                 /* generation 63:32, DXGK_LIVE, users inside 30:0 */
	/* of an event; constant while the place is live */
	HANDLE process;                 /* what DXGKARGCB_SIGNALEVENT has to name with it: zero of a CPU event object */
	const hvbell_sender *sender;    /* NULL: signalled by its eventfd */
	union {
		uint64_t input;         /* of the doorbell store */
		int eventfd;
	};
	void *object;                   /* struct hvcall_dxgk or struct dxgk_process */
	uint32_t kind;                  /* enum dxgk_kind */
	/* under the process's lock; next also links the table's free places */
	uint32_t next, previous;
	uint32_t last_used;             /* link of the events that LastUse has closed */
	HANDLE kmd;                     /* the driver's own handle of a CPU event object */
} __attribute__((aligned(64)));
_Static_assert(sizeof(struct dxgk_place) == 64, "a place is a cache line");
_Static_assert(sizeof(HANDLE) == 8, "a handle holds a generation and a place");

/* dxgk_place.c. A place goes take, open, close, drain, give. */
/* A place that no handle names yet, or NULL: none left. */
struct dxgk_place *dxgk_place_take(enum dxgk_kind kind, void *object);
/* Has the handle lead to the place. What was set before is seen by whoever enters. */
HANDLE dxgk_place_open(struct dxgk_place *place);
/* Ends a handle that has led to a place. True for one caller only. */
bool dxgk_place_close(HANDLE handle);
/* Waits until nobody is in; after close. */
void dxgk_place_drain(const struct dxgk_place *place);
void dxgk_place_give(struct dxgk_place *place);
struct dxgk_place *dxgk_place_at(uint32_t index);
uint32_t dxgk_place_index(const struct dxgk_place *place);
HANDLE dxgk_place_handle(const struct dxgk_place *place);

static inline void dxgk_leave(struct dxgk_place *place)
{
	__atomic_fetch_sub(&place->state, 1, __ATOMIC_RELEASE);
}

extern struct dxgk_place dxgk_places[DXGK_PLACES] __attribute__((visibility("hidden")));

/* The place of a handle, entered, to leave again; NULL where it leads nowhere. Wait-free. Looks before it counts itself
 * in, so that stale handles, however often they are tried, do not hold up who drains. */
static inline struct dxgk_place *dxgk_enter(HANDLE handle)
{
	const uint64_t name = (uintptr_t)handle;
	const uint32_t index = (uint32_t)name - DXGK_LIVE;
	struct dxgk_place *place;

	if (__builtin_expect(index >= DXGK_PLACES, 0))
		return NULL;
	place = &dxgk_places[index];
	if (__builtin_expect(__atomic_load_n(&place->state, __ATOMIC_RELAXED) >> 31 != name >> 31, 0))
		return NULL;
	if (__builtin_expect(__atomic_fetch_add(&place->state, 1, __ATOMIC_ACQUIRE) >> 31 == name >> 31, 1))
		return place;
	dxgk_leave(place);
	return NULL;
}

/* The same for one kind of place: its object. */
void *dxgk_enter_object(HANDLE handle, enum dxgk_kind kind, struct dxgk_place **place);

struct dxgk_process {
	hvcall_dxgk *dxgk;
	HANDLE handle, kmd;             /* handle zero: the adapter's CPU event objects */
	bool virtual_machine;
	struct hvbell_port port;
	uint32_t connection_id;
	pthread_mutex_t lock;
	uint32_t events;                /* first place of the list, 0: none */
	uint32_t last_used;             /* first of those that LastUse has closed; pushed without a lock */
	/* flags of the port: used, and of those the ones whose event is gone but may still be on its way */
	uint64_t used[DXGK_WORDS], retired[DXGK_WORDS];
	struct dxgk_process *next;
};

struct dxgk_message {
	pthread_mutex_t wiring;         /* one connects or disconnects */
	pthread_mutex_t lock;           /* held by the interrupt routine or a synchronized routine */
	pthread_t thread;
	int eventfd, stop;
	bool connected;
	struct hvcall_dxgk_interrupts counts;
};

struct dxgk_dpc {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool running, queued, stopping;
};

struct hvmc;
struct dxgk_miracast {
	pthread_mutex_t lock;           /* of context and busy; the rest is of whoever made it busy */
	struct hvmc *context;           /* NULL: none */
	bool busy;                      /* one is being made or taken down */
	bool told;                      /* the driver has its context, driver_context */
	struct dxgk_place *place;
	HANDLE handle;
	DXGK_MIRACAST_INTERFACE driver;
	PVOID driver_context;
	struct hvcall_dxgk_miracast_counters counters;  /* atomic */
};

struct hvcall_dxgk {
	struct hvcall_dxgk_options options;
	DRIVER_INITIALIZATION_DATA driver;
	HANDLE handle;
	struct dxgk_place *place;
	hvbell_sender sender;
	struct dxgk_message *messages;
	struct dxgk_dpc dpc;
	struct dxgk_process cpu;        /* owns the CPU event objects */
	pthread_mutex_t lock;
	struct dxgk_process *processes;
	struct dxgk_miracast miracast;
};

/* dxgk_flag.c */
unsigned dxgk_flag_of(const struct dxgk_place *place);
/* When the port is new: what a process before it has left set is not free. */
void dxgk_flag_begin(struct dxgk_process *process);
/* A free flag of the port, which may need a fence. */
NTSTATUS dxgk_flag_take(struct dxgk_process *process, unsigned *flag);
/* Its event is gone: to be free again when nothing of it is under way. */
void dxgk_flag_retire(struct dxgk_process *process, unsigned flag);

/* dxgk_process.c, dxgk_event.c, dxgk_signal.c, dxgk_interrupt.c, dxgk_dpc.c */
void dxgk_destroy_processes(hvcall_dxgk *dxgk);
/* Ends all events of a process; nobody else may be at it. */
void dxgk_end_events(struct dxgk_process *process);
NTSTATUS dxgk_signal_event(const DXGKARGCB_SIGNALEVENT *arg);
NTSTATUS dxgk_messages_init(hvcall_dxgk *dxgk);
void dxgk_messages_end(hvcall_dxgk *dxgk);
NTSTATUS dxgk_synchronize(HANDLE device, PKSYNCHRONIZE_ROUTINE routine, PVOID context, ULONG message, PBOOLEAN result);
NTSTATUS dxgk_dpc_start(hvcall_dxgk *dxgk);
void dxgk_dpc_stop(hvcall_dxgk *dxgk);
BOOLEAN dxgk_queue_dpc(HANDLE device);

/* dxgk_status.c */
/* What a call of the library returned: -errno or HV_STATUS. */
NTSTATUS dxgk_status(int result);
/* A duplicate of an eventfd that cannot block, or -1. */
int dxgk_eventfd(int fd, NTSTATUS *status);
/* Signals one. */
NTSTATUS dxgk_eventfd_signal(int fd);

/* miracast.c */
void dxgk_miracast_init(hvcall_dxgk *dxgk);
/* Destroys a context that is left. */
void dxgk_miracast_end(hvcall_dxgk *dxgk);
#endif
