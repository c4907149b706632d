/* SPDX-License-Identifier: MIT */
/* Processes: local ones, and those of a virtual machine, which are a port of it and a connection to that port. */
#include <stdlib.h>
#include <string.h>
#include "dxgk_internal.h"

static bool good_port(const struct hvbell_port *port)
{
	return port->type == HVBELL_PORT_EVENT && port->target_vp != HVBELL_ANY_VP &&
	       port->target_sint < HVBELL_SINTS && port->base_flag_number % 64 == 0 && port->flag_count % 64 == 0 &&
	       port->flag_count && port->flag_count <= HVBELL_FLAGS &&
	       port->base_flag_number <= HVBELL_FLAGS - port->flag_count;
}

static NTSTATUS open_port(struct dxgk_process *process)
{
	hvbell_card *card = process->dxgk->options.card;
	const struct hvbell_port *port = &process->port;
	struct hvbell_info info;
	int result;

	/* the guest clears its flags itself */
	hvbell_info(card, &info);
	if (strcmp(info.mode, "atomic") != 0)
		return STATUS_NOT_SUPPORTED;
	result = hvbell_create_port(card, port);
	if (result)
		return dxgk_status(result);
	result = hvbell_connect_port(card, port->connection_partition, process->connection_id, port->partition,
				     port->id);
	if (result)
		hvbell_delete_port(card, port->partition, port->id);
	else
		dxgk_flag_begin(process);
	return dxgk_status(result);
}

static NTSTATUS close_port(struct dxgk_process *process)
{
	hvbell_card *card = process->dxgk->options.card;
	const struct hvbell_port *port = &process->port;
	int disconnected = hvbell_disconnect_port(card, port->connection_partition, process->connection_id);
	int deleted = hvbell_delete_port(card, port->partition, port->id);

	return dxgk_status(disconnected ? disconnected : deleted);
}

static NTSTATUS tell_created(struct dxgk_process *process)
{
	hvcall_dxgk *dxgk = process->dxgk;
	DXGKARG_CREATEPROCESS args = { .hDxgkProcess = process->handle };
	NTSTATUS status;

	args.Flags.VirtualMachineProcess = process->virtual_machine;
	if (!dxgk->driver.DxgkDdiCreateProcess)
		return STATUS_SUCCESS;
	status = dxgk->driver.DxgkDdiCreateProcess(dxgk->options.MiniportDeviceContext, &args);
	process->kmd = args.hKmdProcess;
	return status;
}

static void free_process(struct dxgk_process *process)
{
	pthread_mutex_destroy(&process->lock);
	free(process);
}

static void list(hvcall_dxgk *dxgk, struct dxgk_process *process)
{
	pthread_mutex_lock(&dxgk->lock);
	process->next = dxgk->processes;
	dxgk->processes = process;
	pthread_mutex_unlock(&dxgk->lock);
}

static void unlist(hvcall_dxgk *dxgk, const struct dxgk_process *process)
{
	struct dxgk_process **link = &dxgk->processes;

	pthread_mutex_lock(&dxgk->lock);
	while (*link && *link != process)
		link = &(*link)->next;
	if (*link)
		*link = process->next;
	pthread_mutex_unlock(&dxgk->lock);
}

/* The driver has refused it. */
static void withdraw(struct dxgk_process *process, struct dxgk_place *place)
{
	bool mine = dxgk_place_close(process->handle);

	dxgk_leave(place);
	/* else somebody whom the driver gave the handle destroys it */
	if (!mine)
		return;
	unlist(process->dxgk, process);
	dxgk_place_drain(place);
	dxgk_end_events(process);
	dxgk_place_give(place);
	if (process->virtual_machine)
		close_port(process);
	free_process(process);
}

/* Lists and opens a process, or frees it. The driver is told while the place is in use, so that another thread, which
 * it gives the handle, cannot destroy the process before it is made. */
static NTSTATUS open_process(struct dxgk_process *process, HANDLE *handle)
{
	struct dxgk_place *place = dxgk_place_take(DXGK_PROCESS, process);
	NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

	if (place)
		status = process->virtual_machine ? open_port(process) : STATUS_SUCCESS;
	if (!NT_SUCCESS(status)) {
		if (place)
			dxgk_place_give(place);
		free_process(process);
		return status;
	}
	__atomic_fetch_add(&place->state, 1, __ATOMIC_RELAXED);
	process->handle = dxgk_place_handle(place);
	list(process->dxgk, process);
	dxgk_place_open(place);
	status = tell_created(process);
	if (!NT_SUCCESS(status)) {
		withdraw(process, place);
		return status;
	}
	*handle = process->handle;
	dxgk_leave(place);
	return status;
}

NTSTATUS hvcall_dxgk_create_process(hvcall_dxgk *dxgk, const struct hvbell_port *port, uint32_t connection_id,
				    HANDLE *hDxgkProcess)
{
	struct dxgk_process *process;

	if (!dxgk || !hDxgkProcess || (port && (!dxgk->options.card || !good_port(port))))
		return STATUS_INVALID_PARAMETER;
	process = calloc(1, sizeof(*process));
	if (!process)
		return STATUS_INSUFFICIENT_RESOURCES;
	process->dxgk = dxgk;
	process->virtual_machine = port != NULL;
	process->connection_id = connection_id;
	if (port) {
		process->port = *port;
		process->port.connection_partition = dxgk->options.partition;
	}
	pthread_mutex_init(&process->lock, NULL);
	return open_process(process, hDxgkProcess);
}

/* Its handle is closed and it is in no list any more. */
static NTSTATUS destroy(struct dxgk_process *process, struct dxgk_place *place)
{
	hvcall_dxgk *dxgk = process->dxgk;
	NTSTATUS status = STATUS_SUCCESS, closed = STATUS_SUCCESS;

	dxgk_place_drain(place);
	dxgk_end_events(process);
	if (dxgk->driver.DxgkDdiDestroyProcess)
		status = dxgk->driver.DxgkDdiDestroyProcess(dxgk->options.MiniportDeviceContext, process->kmd);
	dxgk_place_give(place);
	if (process->virtual_machine)
		closed = close_port(process);
	free_process(process);
	return NT_SUCCESS(status) ? closed : status;
}

NTSTATUS hvcall_dxgk_destroy_process(hvcall_dxgk *dxgk, HANDLE hDxgkProcess)
{
	struct dxgk_place *place;
	struct dxgk_process *process = dxgk_enter_object(hDxgkProcess, DXGK_PROCESS, &place);
	bool mine;

	if (!process)
		return STATUS_INVALID_HANDLE;
	mine = process->dxgk == dxgk && dxgk_place_close(hDxgkProcess);
	dxgk_leave(place);
	if (!mine)
		return STATUS_INVALID_HANDLE;
	unlist(dxgk, process);
	return destroy(process, place);
}

void dxgk_destroy_processes(hvcall_dxgk *dxgk)
{
	while (dxgk->processes)
		hvcall_dxgk_destroy_process(dxgk, dxgk->processes->handle);
}
