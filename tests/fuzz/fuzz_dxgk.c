/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: the Dxgk calls, with handles that are good, stale, of another kind, adapter or process, bent, or
 * invented, beside a model of what each must answer (dxgk_model.h). Behind an input every signal has arrived that was
 * to, the driver was told of every end once, and no handle of it is good any more (dxgk_under_fuzz.h).
 *
 * An input is steps: what it does, how (bit 0: the adapter), and what it needs. A handle is a byte: how many things ago
 * it was made; or BENT and which of its bits, or RAW and 8 bytes.
 */
#include "dxgk_under_fuzz.h"

enum step { PROCESS, EVENT, CPU_EVENT, SIGNAL, END_PROCESS, END_EVENT, END_CPU_EVENT, TAKE, WIRE, INTERRUPT,
	    SYNCHRONIZE, DPC, OPEN, SEND, CLOSE, RESTART, STEPS };

#define STEPS_MOST 200u
#define BENT 0xf0u
#define RAW 0xffu

#define HOW_LAST_USE 2u
#define HOW_FLAGS 8u             /* as they are in the input */
#define HOW_PROCESS 16u          /* another one than the event's */

HANDLE dxgk_fuzz_handle(struct fuzz_bytes *in)
{
	unsigned which = (unsigned)fuzz_take(in, 1);
	HANDLE handle;

	if (which == RAW)
		return (HANDLE)(uintptr_t)fuzz_take(in, 8);
	handle = fuzz.model.things[fuzz.model.count - 1 - which % BENT % fuzz.model.count].handle;
	return which < BENT ? handle : (HANDLE)((uintptr_t)handle ^ 1ull << fuzz_take(in, 1) % 64);
}

/* The process that an event belongs, or belonged to; zero of all that is none. */
static HANDLE process_of(HANDLE event)
{
	for (unsigned i = 0; i < fuzz.model.count; i++)
		if (fuzz.model.things[i].handle == event)
			return fuzz.model.things[i].process;
	return NULL;
}

static void signal_event(struct fuzz_side *side, unsigned how, struct fuzz_bytes *in)
{
	DXGKARGCB_SIGNALEVENT arg = { .hEvent = dxgk_fuzz_handle(in) };
	NTSTATUS due;

	arg.hDxgkProcess = how & HOW_PROCESS ? dxgk_fuzz_handle(in) : process_of(arg.hEvent);
	arg.Flags = how & HOW_FLAGS ? (UINT)fuzz_take(in, 4) :
		    (how & HOW_LAST_USE ? HVCALL_DXGK_LAST_USE : 0) |
		    (arg.hDxgkProcess ? 0 : HVCALL_DXGK_CPU_EVENT_OBJECT);
	due = how & HOW_NULL ? STATUS_INVALID_PARAMETER : model_signal(&fuzz.model, &arg);
	dxgk_fuzz_agree("signal", side->w.driver.dxgk.DxgkCbSignalEvent(how & HOW_NULL ? NULL : &arg), due);
}

static void end_process(struct fuzz_side *side, struct fuzz_bytes *in)
{
	HANDLE handle = dxgk_fuzz_handle(in);
	struct model_thing *process;
	NTSTATUS due = model_end_process(&fuzz.model, side->number, handle, &process);

	dxgk_fuzz_agree("destroy_process", hvcall_dxgk_destroy_process(side->w.dxgk, handle), due);
	dxgk_fuzz_must(due != STATUS_SUCCESS || side->w.driver.gone == process->kmd, "another process is destroyed");
}

static void end_event(struct fuzz_side *side, unsigned how, struct fuzz_bytes *in)
{
	HANDLE event = dxgk_fuzz_handle(in);
	HANDLE process = how & HOW_PROCESS ? dxgk_fuzz_handle(in) : process_of(event);
	NTSTATUS due = model_end_event(&fuzz.model, side->number, process, event);

	dxgk_fuzz_agree("destroy_event", hvcall_dxgk_destroy_event(side->w.dxgk, process, event), due);
}

static void end_cpu_event(struct fuzz_side *side, struct fuzz_bytes *in)
{
	HANDLE handle = dxgk_fuzz_handle(in);
	struct model_thing *event;
	NTSTATUS due = model_end_cpu_event(&fuzz.model, side->number, handle, &event);

	dxgk_fuzz_agree("destroy_cpu_event", hvcall_dxgk_destroy_cpu_event(side->w.dxgk, handle), due);
	dxgk_fuzz_must(due != STATUS_SUCCESS || side->w.driver.gone == event->kmd, "another object is destroyed");
}

/* The guest takes some of its flags. */
static void take_flags(struct fuzz_bytes *in)
{
	const unsigned word = (unsigned)fuzz_take(in, 1) % MODEL_WORDS;
	const uint64_t flags = fuzz_take(in, 8);

	dxgk_fuzz_look();
	__atomic_fetch_and(&fuzz.page[word], ~flags, __ATOMIC_ACQ_REL);
	fuzz.model.flags[word] &= ~flags;
}

static void do_step(struct fuzz_bytes *in)
{
	const enum step step = (enum step)(fuzz_take(in, 1) % STEPS);
	const unsigned how = (unsigned)fuzz_take(in, 1);
	struct fuzz_side *side = &fuzz.sides[how % FUZZ_SIDES];

	switch (step) {
	case PROCESS: dxgk_fuzz_process(side, how, in); break;
	case EVENT: dxgk_fuzz_events(side, how, in); break;
	case CPU_EVENT: dxgk_fuzz_cpu_event(side, how, in); break;
	case SIGNAL: signal_event(side, how, in); break;
	case END_PROCESS: end_process(side, in); break;
	case END_EVENT: end_event(side, how, in); break;
	case END_CPU_EVENT: end_cpu_event(side, in); break;
	case TAKE: take_flags(in); break;
	case WIRE: dxgk_fuzz_wire(side, how, in); break;
	case INTERRUPT: dxgk_fuzz_interrupt(side, in); break;
	case SYNCHRONIZE: dxgk_fuzz_synchronize(side, how, in); break;
	case DPC: dxgk_fuzz_dpc(side, how, in); break;
	case OPEN: dxgk_fuzz_open(side, how); break;
	case SEND: dxgk_fuzz_send(how, in); break;
	case CLOSE: dxgk_fuzz_close(side); break;
	default: dxgk_fuzz_restart(side);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes in = { data, size };

	dxgk_fuzz_begin();
	for (unsigned n = 0; n < STEPS_MOST && in.left && fuzz.model.count < MODEL_THINGS; n++)
		do_step(&in);
	dxgk_fuzz_end();
	return 0;
}

#ifndef LIBFUZZER
int main(int argc, char **argv)
{
	const struct fuzz_target target = { .name = "dxgk", .runs = 150 };

	return fuzz_main(&target, argc, argv);
}
#endif
