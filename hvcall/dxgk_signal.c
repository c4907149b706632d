/* SPDX-License-Identifier: MIT */
/* DxgkCbSignalEvent. Into a virtual machine: look at the argument, enter the event's place, make the doorbell store,
 * leave: no loop, no lock, no system call. */
#include "dxgk_internal.h"

#define KNOWN_FLAGS (HVCALL_DXGK_CPU_EVENT_OBJECT | HVCALL_DXGK_LAST_USE)

_Static_assert(offsetof(DXGKARGCB_SIGNALEVENT, Flags) == 16, "the driver kit's layout");

/* Hands the closed event to its process, which has yet to look after its flag or eventfd. The process is there at least
 * as long as somebody is in the place. */
static void hand_over(struct dxgk_place *place)
{
	struct dxgk_process *process = place->object;
	uint32_t first = __atomic_load_n(&process->last_used, __ATOMIC_RELAXED);

	do {
		place->last_used = first;
	} while (!__atomic_compare_exchange_n(&process->last_used, &first, dxgk_place_index(place), true,
					      __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

static NTSTATUS store(struct dxgk_place *place)
{
	if (!place->sender)
		return dxgk_eventfd_signal(place->eventfd);
	hvbell_signal_raw(place->sender, place->input);
	return STATUS_SUCCESS;
}

static NTSTATUS signal_place(struct dxgk_place *place, const DXGKARGCB_SIGNALEVENT *arg)
{
	NTSTATUS status;

	if (place->kind != DXGK_EVENT || place->process != arg->hDxgkProcess)
		return STATUS_INVALID_HANDLE;
	if (!arg->LastUse)
		return store(place);
	if (!dxgk_place_close(arg->hEvent))
		return STATUS_INVALID_HANDLE;
	status = store(place);
	hand_over(place);
	return status;
}

/* Everything but a plain signal into a virtual machine: mistakes, too. */
static __attribute__((noinline)) NTSTATUS signal_other(const DXGKARGCB_SIGNALEVENT *arg)
{
	struct dxgk_place *place;
	NTSTATUS status;

	if (!arg || arg->Flags & ~KNOWN_FLAGS || !arg->hEvent || (arg->hDxgkProcess == NULL) != arg->CpuEventObject)
		return STATUS_INVALID_PARAMETER;
	place = dxgk_enter(arg->hEvent);
	if (!place)
		return STATUS_INVALID_HANDLE;
	status = signal_place(place, arg);
	dxgk_leave(place);
	return status;
}

/* What is not that plain signal is found out here, and looked at again from the beginning there. */
NTSTATUS dxgk_signal_event(const DXGKARGCB_SIGNALEVENT *arg)
{
	struct dxgk_place *place = arg && !arg->Flags ? dxgk_enter(arg->hEvent) : NULL;

	if (__builtin_expect(place != NULL, 1)) {
		if (__builtin_expect(place->sender && place->process == arg->hDxgkProcess, 1)) {
			hvbell_signal_raw(place->sender, place->input);
			dxgk_leave(place);
			return STATUS_SUCCESS;
		}
		dxgk_leave(place);
	}
	return signal_other(arg);
}
