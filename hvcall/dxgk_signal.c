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

/* Everything but a plain signal into a virtual machine. */
static __attribute__((noinline)) NTSTATUS signal_other(struct dxgk_place *place, const DXGKARGCB_SIGNALEVENT *arg)
{
	NTSTATUS status;

	if (place->kind != DXGK_EVENT)
		return STATUS_INVALID_HANDLE;
	if (!arg->LastUse)
		return store(place);
	if (!dxgk_place_close(arg->hEvent))
		return STATUS_INVALID_HANDLE;
	status = store(place);
	hand_over(place);
	return status;
}

NTSTATUS dxgk_signal_event(const DXGKARGCB_SIGNALEVENT *arg)
{
	NTSTATUS status = STATUS_SUCCESS;
	struct dxgk_place *place;

	if (__builtin_expect(!arg || arg->Flags & ~KNOWN_FLAGS || !arg->hEvent ||
			     (arg->hDxgkProcess == NULL) != arg->CpuEventObject, 0))
		return STATUS_INVALID_PARAMETER;
	place = dxgk_enter(arg->hEvent);
	if (__builtin_expect(!place, 0))
		return STATUS_INVALID_HANDLE;
	if (__builtin_expect(place->process != arg->hDxgkProcess, 0))
		status = STATUS_INVALID_HANDLE;
	else if (__builtin_expect(place->sender && !arg->LastUse, 1))
		hvbell_signal_raw(place->sender, place->input);
	else
		status = signal_other(place, arg);
	dxgk_leave(place);
	return status;
}
