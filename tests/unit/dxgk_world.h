/* SPDX-License-Identifier: MIT */
/* A card (HVBELL_CARD, else the simulated one) with the driver's partition and a guest's, and a display driver that
 * notes what it is asked to do and refuses what the test says, for the tests of the Dxgk callbacks. */
#ifndef DXGK_WORLD_H
#define DXGK_WORLD_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <cmocka.h>
#include "hvcall/dxgk_internal.h"

#define HOST 0x10               /* the driver's partition: VP 0, which guests may signal */
#define GUEST 0x20              /* VP 0 */
#define SINT 2
#define MESSAGES 4

/* The driver: its MiniportDeviceContext. */
struct miniport {
	DXGKRNL_INTERFACE dxgk;
	unsigned started, stopped, processes, processes_gone, cpu_events, cpu_events_gone;
	DXGKARG_CREATEPROCESS process;          /* the last ones */
	DXGKARG_CREATECPUEVENT cpu_event;
	HANDLE gone;                            /* the driver's handle of what was destroyed last */
	const bool *left;                       /* NULL, or what has to be true by then */
	bool early;                             /* and was not */
	NTSTATUS refuse;                        /* what its routines return, if a failure */
	BOOLEAN (*interrupt)(struct miniport *miniport, ULONG message);
	void (*dpc)(struct miniport *miniport);
	void *test;                             /* for the two */
};

struct dxgk_world {
	hvbell_card *card;
	hvcall_dxgk *dxgk;
	struct miniport driver;
	HANDLE process;                         /* of the guest: 64 flags from 128 on */
	uint64_t *words;                        /* its SIEF word */
};

static inline NTSTATUS start_device(PVOID context, PDXGK_START_INFO info, PDXGKRNL_INTERFACE interface,
				    PULONG sources, PULONG children)
{
	struct miniport *miniport = context;

	miniport->dxgk = *interface;
	miniport->started++;
	*sources = *children = info->RequiredDmaQueueEntry;
	return miniport->refuse;
}

static inline NTSTATUS stop_device(PVOID context)
{
	((struct miniport *)context)->stopped++;
	return STATUS_SUCCESS;
}

static inline BOOLEAN interrupt_routine(PVOID context, ULONG message)
{
	struct miniport *miniport = context;

	return miniport->interrupt(miniport, message);
}

static inline VOID dpc_routine(PVOID context)
{
	struct miniport *miniport = context;

	miniport->dpc(miniport);
}

static inline NTSTATUS APIENTRY create_process(CONST HANDLE adapter, DXGKARG_CREATEPROCESS *args)
{
	struct miniport *miniport = adapter;

	miniport->processes++;
	args->hKmdProcess = (HANDLE)(uintptr_t)(0x1000 + miniport->processes);
	miniport->process = *args;
	return miniport->refuse;
}

/* From several threads at once. */
static inline void note_gone(struct miniport *miniport, unsigned *count, HANDLE handle)
{
	__atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&miniport->gone, handle, __ATOMIC_SEQ_CST);
	if (miniport->left && !__atomic_load_n(miniport->left, __ATOMIC_SEQ_CST))
		miniport->early = true;
}

static inline NTSTATUS APIENTRY destroy_process(CONST HANDLE adapter, CONST HANDLE process)
{
	struct miniport *miniport = adapter;

	note_gone(miniport, &miniport->processes_gone, process);
	return STATUS_SUCCESS;
}

static inline NTSTATUS APIENTRY create_cpu_event(CONST HANDLE adapter, DXGKARG_CREATECPUEVENT *args)
{
	struct miniport *miniport = adapter;

	miniport->cpu_events++;
	args->hKmdCpuEvent = (HANDLE)(uintptr_t)(0x2000 + miniport->cpu_events);
	miniport->cpu_event = *args;
	return miniport->refuse;
}

static inline NTSTATUS APIENTRY destroy_cpu_event(CONST HANDLE adapter, CONST HANDLE event)
{
	struct miniport *miniport = adapter;

	note_gone(miniport, &miniport->cpu_events_gone, event);
	return STATUS_SUCCESS;
}

static const DRIVER_INITIALIZATION_DATA dxgk_driver = {
	.Version = DXGKDDI_INTERFACE_VERSION,
	.DxgkDdiStartDevice = start_device,
	.DxgkDdiStopDevice = stop_device,
	.DxgkDdiInterruptRoutine = interrupt_routine,
	.DxgkDdiDpcRoutine = dpc_routine,
	.DxgkDdiCreateProcess = create_process,
	.DxgkDdiDestroyProcess = destroy_process,
	.DxgkDdiCreateCpuEvent = create_cpu_event,
	.DxgkDdiDestroyCpuEvent = destroy_cpu_event,
};

/* An adapter, on no card where the world has none. */
static inline void dxgk_world_start(struct dxgk_world *w)
{
	const struct hvcall_dxgk_options options = { .card = w->card, .partition = HOST, .messages = MESSAGES,
		.driver = &dxgk_driver, .MiniportDeviceContext = &w->driver };

	assert_int_equal(hvcall_dxgk_start(&options, &w->dxgk), STATUS_SUCCESS);
}

static inline void dxgk_world_partition(struct dxgk_world *w, uint64_t id)
{
	const uint64_t privileges = HVBELL_SIGNAL_EVENTS | HVBELL_CREATE_PORT | HVBELL_CONNECT_PORT;

	assert_int_equal(hvbell_partition_add(w->card, id, HVBELL_ACTIVE, privileges), 0);
	assert_int_equal(hvbell_vp_add(w->card, id, 0), 0);
	assert_int_equal(hvbell_set_scontrol(w->card, id, 0, true), 0);
	assert_int_equal(hvbell_set_siefp(w->card, id, 0, true, 0x100000), 0);
	for (unsigned sint = SINT; sint < SINT + 2; sint++)
		assert_int_equal(hvbell_set_sint(w->card, id, 0, sint, &(struct hvbell_sint){ .vector = 177 }), 0);
}

static inline struct hvbell_port dxgk_port(uint32_t id, uint32_t base, uint32_t count)
{
	return (struct hvbell_port){ .partition = GUEST, .id = id, .type = HVBELL_PORT_EVENT, .target_sint = SINT,
		.base_flag_number = base, .flag_count = count };
}

static inline void dxgk_world_card(struct dxgk_world *w)
{
	memset(w, 0, sizeof(*w));
	assert_int_equal(hvbell_open(NULL, &w->card), 0);
	dxgk_world_partition(w, HOST);
	dxgk_world_partition(w, GUEST);
	dxgk_world_start(w);
}

/* With the guest's process. */
static inline void dxgk_world_new(struct dxgk_world *w)
{
	struct hvbell_port port = dxgk_port(1, 128, 64);

	dxgk_world_card(w);
	assert_int_equal(hvcall_dxgk_create_process(w->dxgk, &port, 0x21, &w->process), STATUS_SUCCESS);
	w->words = hvbell_sief(w->card, GUEST, 0) + SINT * 32 + 2;
}

static inline void dxgk_world_end(struct dxgk_world *w)
{
	hvcall_dxgk_stop(w->dxgk);
	assert_int_equal(w->driver.stopped, 1);
	hvbell_close(w->card);
}

static inline HANDLE dxgk_event(struct dxgk_world *w, HANDLE process, unsigned *flag)
{
	HANDLE event = NULL;

	assert_int_equal(hvcall_dxgk_create_event(w->dxgk, process, -1, &event, flag), STATUS_SUCCESS);
	return event;
}

static inline HANDLE dxgk_local_event(struct dxgk_world *w, HANDLE process, int fd)
{
	HANDLE event = NULL;

	assert_int_equal(hvcall_dxgk_create_event(w->dxgk, process, fd, &event, NULL), STATUS_SUCCESS);
	return event;
}

/* As the driver makes the call. */
static inline NTSTATUS dxgk_signal(struct dxgk_world *w, HANDLE process, HANDLE event, UINT flags)
{
	DXGKARGCB_SIGNALEVENT args = { .hDxgkProcess = process, .hEvent = event };

	args.Flags = flags;
	return w->driver.dxgk.DxgkCbSignalEvent(&args);
}

/* Whether a flag of the guest's process is set, when all that was signalled has arrived. */
static inline bool dxgk_flag(struct dxgk_world *w, unsigned flag)
{
	assert_int_equal(hvbell_fence(w->card), 0);
	return __atomic_load_n(&w->words[flag / 64], __ATOMIC_ACQUIRE) >> flag % 64 & 1;
}

static inline void dxgk_guest_takes(struct dxgk_world *w, unsigned flag)
{
	__atomic_fetch_and(&w->words[flag / 64], ~(1ull << flag % 64), __ATOMIC_ACQ_REL);
}

static inline int new_eventfd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_true(fd >= 0);
	return fd;
}

/* What it counted, taken; 0: nothing within the time. */
static inline uint64_t eventfd_take(int fd, int timeout_ms)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	uint64_t count;

	if (poll(&readable, 1, timeout_ms) != 1 || read(fd, &count, sizeof(count)) != (ssize_t)sizeof(count))
		return 0;
	return count;
}

/* Becomes true within some seconds. */
#define BECOMES(condition) do { \
		for (unsigned tries_ = 0; !(condition) && tries_ < 20000; tries_++) \
			usleep(500); \
		assert_true(condition); \
	} while (0)
#endif
