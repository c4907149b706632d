/* SPDX-License-Identifier: MIT */
/* See dxgk_under_fuzz.h. */
#include "dxgk_under_fuzz.h"
#include <stdio.h>

struct fuzz_dxgk fuzz;

void dxgk_fuzz_must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "behind %u things: %s\n", fuzz.model.count, what);
	abort();
}

void dxgk_fuzz_agree(const char *call, NTSTATUS status, NTSTATUS due)
{
	if (status == due)
		return;
	fprintf(stderr, "%s: status 0x%08x, due is 0x%08x\n", call, (unsigned)status, (unsigned)due);
	abort();
}

void dxgk_fuzz_ran(const uint64_t *count, uint64_t due)
{
	while (__atomic_load_n(count, __ATOMIC_ACQUIRE) < due)
		usleep(10);
	dxgk_fuzz_must(__atomic_load_n(count, __ATOMIC_ACQUIRE) == due, "a routine ran too often");
}

struct model_thing *dxgk_fuzz_made(const struct model_thing *thing)
{
	for (unsigned i = 0; i < fuzz.model.count; i++)
		dxgk_fuzz_must(fuzz.model.things[i].handle != thing->handle, "a handle is given twice");
	dxgk_fuzz_must(thing->handle != NULL, "a handle is null");
	return model_add(&fuzz.model, thing);
}

static BOOLEAN interrupted(struct miniport *miniport, ULONG message)
{
	struct fuzz_side *side = miniport->test;

	__atomic_add_fetch(&side->interrupts[message], 1, __ATOMIC_ACQ_REL);
	return message % 2;
}

static void deferred(struct miniport *miniport)
{
	struct fuzz_side *side = miniport->test;

	__atomic_add_fetch(&side->dpcs, 1, __ATOMIC_ACQ_REL);
}

static void start(struct fuzz_side *side, unsigned number)
{
	*side = (struct fuzz_side){ .number = number, .w.card = number ? NULL : fuzz.card };
	side->w.driver.interrupt = interrupted;
	side->w.driver.dpc = deferred;
	side->w.driver.test = side;
	dxgk_world_start(&side->w);
	for (unsigned i = 0; i < MESSAGES; i++)
		side->wires[i] = new_eventfd();
	dxgk_fuzz_made(&(struct model_thing){ .kind = MODEL_ADAPTER, .adapter = number,
		.handle = side->w.driver.dxgk.DeviceHandle });
}

/* What is left of an adapter ends with it, and its driver is told of each. */
static void stop(struct fuzz_side *side)
{
	hvcall_dxgk_stop(side->w.dxgk);
	dxgk_fuzz_must(side->w.driver.stopped == 1, "the driver is not stopped once");
	dxgk_fuzz_must(side->w.driver.processes_gone == side->processes, "not every process is destroyed once");
	dxgk_fuzz_must(side->w.driver.cpu_events_gone == side->cpu_events, "not every CPU event is destroyed once");
	dxgk_fuzz_ran(&side->dpcs, side->dpcs_due);
	for (unsigned i = 0; i < MESSAGES; i++) {
		dxgk_fuzz_ran(&side->interrupts[i], side->due[i]);
		close(side->wires[i]);
	}
	if (side->open)
		dxgk_fuzz_closed(side);
	model_end_adapter(&fuzz.model, side->number);
}

void dxgk_fuzz_restart(struct fuzz_side *side)
{
	stop(side);
	start(side, side->number);
}

static void open_card(void)
{
	dxgk_fuzz_must(hvbell_open("sim:?step=1&latency=none", &fuzz.card) == 0, "no card");
	dxgk_world_partition(&(struct dxgk_world){ .card = fuzz.card }, HOST);
	dxgk_world_partition(&(struct dxgk_world){ .card = fuzz.card }, GUEST);
	fuzz.page = hvbell_sief(fuzz.card, GUEST, 0) + SINT * MODEL_WORDS;
	for (unsigned i = 0; i < MODEL_FDS; i++)
		fuzz.fds[i] = new_eventfd();
	fuzz.blocking = eventfd(0, EFD_CLOEXEC);
	dxgk_fuzz_must(fuzz.blocking >= 0 && !pipe2(fuzz.pipe, O_CLOEXEC | O_NONBLOCK), "no descriptors");
}

void dxgk_fuzz_begin(void)
{
	if (!fuzz.card)
		open_card();
	memset(&fuzz.model, 0, sizeof(fuzz.model));
	for (unsigned i = 0; i < FUZZ_SIDES; i++)
		start(&fuzz.sides[i], i);
}

void dxgk_fuzz_look(void)
{
	dxgk_fuzz_must(hvbell_fence(fuzz.card) == 0, "no fence");
	for (unsigned i = 0; i < MODEL_WORDS; i++)
		dxgk_fuzz_must(__atomic_load_n(&fuzz.page[i], __ATOMIC_ACQUIRE) == fuzz.model.flags[i],
			       "flags are not those that were signalled");
	for (unsigned i = 0; i < MODEL_FDS; i++) {
		dxgk_fuzz_must(eventfd_take(fuzz.fds[i], 0) == fuzz.model.signals[i],
			       "an eventfd has not what was signalled");
		fuzz.model.signals[i] = 0;
	}
}

/* As an event, a CPU event object, the last use of either. */
static void try_stale(HANDLE process, HANDLE handle)
{
	static const UINT flags[] = { 0, HVCALL_DXGK_LAST_USE };

	for (unsigned i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		DXGKARGCB_SIGNALEVENT arg = { .hDxgkProcess = process, .hEvent = handle };

		arg.Flags = flags[i] | (process ? 0 : HVCALL_DXGK_CPU_EVENT_OBJECT);
		dxgk_fuzz_agree("a stale handle", fuzz.sides[0].w.driver.dxgk.DxgkCbSignalEvent(&arg),
				STATUS_INVALID_HANDLE);
	}
}

void dxgk_fuzz_end(void)
{
	dxgk_fuzz_look();
	for (unsigned i = 0; i < FUZZ_SIDES; i++)
		stop(&fuzz.sides[i]);
	for (unsigned i = 0; i < fuzz.model.count; i++)
		try_stale(fuzz.model.things[i].process, fuzz.model.things[i].handle);
	dxgk_fuzz_look();
	memset(fuzz.page, 0, MODEL_WORDS * sizeof(*fuzz.page));
}
