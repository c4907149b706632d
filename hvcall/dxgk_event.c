/* SPDX-License-Identifier: MIT */
/* Events and CPU event objects: made, destroyed, and cleared away behind LastUse. */
#include <stdlib.h>
#include "dxgk_internal.h"

static void link_event(struct dxgk_process *process, struct dxgk_place *place)
{
	place->next = process->events;
	if (place->next)
		dxgk_place_at(place->next)->previous = dxgk_place_index(place);
	process->events = dxgk_place_index(place);
}

static void unlink_event(struct dxgk_process *process, struct dxgk_place *place)
{
	if (place->previous)
		dxgk_place_at(place->previous)->next = place->next;
	else
		process->events = place->next;
	if (place->next)
		dxgk_place_at(place->next)->previous = place->previous;
}

static void tell_destroyed(struct dxgk_process *process, const struct dxgk_place *place)
{
	const hvcall_dxgk *dxgk = process->dxgk;

	if (process == &dxgk->cpu && dxgk->driver.DxgkDdiDestroyCpuEvent)
		dxgk->driver.DxgkDdiDestroyCpuEvent(dxgk->options.MiniportDeviceContext, place->kmd);
}

/* Clears away an event that nobody is in any more. Under the process's lock, as the next ones. */
static void clear_event(struct dxgk_process *process, struct dxgk_place *place)
{
	unlink_event(process, place);
	if (place->sender)
		dxgk_flag_retire(process, dxgk_flag_of(place));
	else
		close(place->eventfd);
	dxgk_place_give(place);
}

/* The same for one whose handle is closed. */
static void end_event(struct dxgk_process *process, struct dxgk_place *place)
{
	dxgk_place_drain(place);
	tell_destroyed(process, place);
	clear_event(process, place);
}

/* What LastUse has closed since the last time. */
static void sweep(struct dxgk_process *process)
{
	uint32_t index = __atomic_exchange_n(&process->last_used, 0, __ATOMIC_ACQUIRE);

	while (index) {
		struct dxgk_place *place = dxgk_place_at(index);

		index = place->last_used;
		end_event(process, place);
	}
}

void dxgk_end_events(struct dxgk_process *process)
{
	pthread_mutex_lock(&process->lock);
	while (process->events) {
		struct dxgk_place *place = dxgk_place_at(process->events);

		/* false: LastUse has closed it */
		dxgk_place_close(dxgk_place_handle(place));
		end_event(process, place);
	}
	process->last_used = 0;
	pthread_mutex_unlock(&process->lock);
}

/* Gives the place what a signal needs: a doorbell store, or an eventfd. */
static NTSTATUS equip(struct dxgk_process *process, struct dxgk_place *place, int eventfd)
{
	NTSTATUS status;
	unsigned flag;

	place->process = process->handle;
	if (!process->virtual_machine) {
		place->eventfd = dxgk_eventfd(eventfd, &status);
		return status;
	}
	status = eventfd == -1 ? dxgk_flag_take(process, &flag) : STATUS_INVALID_PARAMETER;
	if (!NT_SUCCESS(status))
		return status;
	place->sender = &process->dxgk->sender;
	place->input = (uint64_t)flag << 32 | process->connection_id;
	return status;
}

static NTSTATUS add_event(struct dxgk_process *process, int eventfd, struct dxgk_place **place)
{
	NTSTATUS status;

	sweep(process);
	*place = dxgk_place_take(DXGK_EVENT, process);
	if (!*place)
		return STATUS_INSUFFICIENT_RESOURCES;
	status = equip(process, *place, eventfd);
	if (NT_SUCCESS(status))
		link_event(process, *place);
	else
		dxgk_place_give(*place);
	return status;
}

NTSTATUS hvcall_dxgk_create_event(hvcall_dxgk *dxgk, HANDLE hDxgkProcess, int eventfd, HANDLE *hEvent, unsigned *flag)
{
	struct dxgk_place *owner, *place;
	struct dxgk_process *process;
	NTSTATUS status = STATUS_INVALID_PARAMETER;

	if (!dxgk || !hEvent)
		return STATUS_INVALID_PARAMETER;
	process = dxgk_enter_object(hDxgkProcess, DXGK_PROCESS, &owner);
	if (!process)
		return STATUS_INVALID_HANDLE;
	if (process->dxgk != dxgk) {
		status = STATUS_INVALID_HANDLE;
	} else if (flag || !process->virtual_machine) {
		pthread_mutex_lock(&process->lock);
		status = add_event(process, eventfd, &place);
		if (NT_SUCCESS(status)) {
			if (process->virtual_machine)
				*flag = dxgk_flag_of(place);
			*hEvent = dxgk_place_open(place);
		}
		pthread_mutex_unlock(&process->lock);
	}
	dxgk_leave(owner);
	return status;
}

/* Whether the handle is of an event of that process, and this call is the one that ended it. */
static bool close_event(const struct dxgk_process *process, HANDLE handle, struct dxgk_place **place)
{
	bool mine;

	*place = dxgk_enter(handle);
	if (!*place)
		return false;
	mine = (*place)->kind == DXGK_EVENT && (*place)->object == process && dxgk_place_close(handle);
	dxgk_leave(*place);
	return mine;
}

static NTSTATUS destroy_event(struct dxgk_process *process, HANDLE handle)
{
	struct dxgk_place *place;
	bool mine;

	pthread_mutex_lock(&process->lock);
	sweep(process);
	mine = close_event(process, handle, &place);
	if (mine)
		end_event(process, place);
	pthread_mutex_unlock(&process->lock);
	return mine ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

NTSTATUS hvcall_dxgk_destroy_event(hvcall_dxgk *dxgk, HANDLE hDxgkProcess, HANDLE hEvent)
{
	struct dxgk_place *owner;
	struct dxgk_process *process;
	NTSTATUS status;

	if (!dxgk)
		return STATUS_INVALID_PARAMETER;
	process = dxgk_enter_object(hDxgkProcess, DXGK_PROCESS, &owner);
	if (!process)
		return STATUS_INVALID_HANDLE;
	status = process->dxgk == dxgk ? destroy_event(process, hEvent) : STATUS_INVALID_HANDLE;
	dxgk_leave(owner);
	return status;
}

/* Opens it, which the driver may refuse. */
static NTSTATUS open_cpu_event(hvcall_dxgk *dxgk, HANDLE device, struct dxgk_place *place)
{
	DXGKARG_CREATECPUEVENT args = { .hKmdDevice = device, .hDxgCpuEvent = dxgk_place_open(place) };
	NTSTATUS status = STATUS_SUCCESS;

	if (dxgk->driver.DxgkDdiCreateCpuEvent)
		status = dxgk->driver.DxgkDdiCreateCpuEvent(dxgk->options.MiniportDeviceContext, &args);
	place->kmd = args.hKmdCpuEvent;
	if (!NT_SUCCESS(status) && dxgk_place_close(args.hDxgCpuEvent)) {
		dxgk_place_drain(place);
		clear_event(&dxgk->cpu, place);
	}
	return status;
}

NTSTATUS hvcall_dxgk_create_cpu_event(hvcall_dxgk *dxgk, HANDLE hKmdDevice, int eventfd, HANDLE *hDxgCpuEvent)
{
	struct dxgk_place *place;
	NTSTATUS status;

	if (!dxgk || !hDxgCpuEvent)
		return STATUS_INVALID_PARAMETER;
	pthread_mutex_lock(&dxgk->cpu.lock);
	status = add_event(&dxgk->cpu, eventfd, &place);
	if (NT_SUCCESS(status)) {
		*hDxgCpuEvent = dxgk_place_handle(place);
		status = open_cpu_event(dxgk, hKmdDevice, place);
	}
	pthread_mutex_unlock(&dxgk->cpu.lock);
	return status;
}

NTSTATUS hvcall_dxgk_destroy_cpu_event(hvcall_dxgk *dxgk, HANDLE hDxgCpuEvent)
{
	return dxgk ? destroy_event(&dxgk->cpu, hDxgCpuEvent) : STATUS_INVALID_PARAMETER;
}
