/* SPDX-License-Identifier: MIT */
/* An adapter's start and stop: what dxgkrnl does around DxgkDdiStartDevice and DxgkDdiStopDevice. */
#include <stdlib.h>
#include "dxgk_internal.h"

#define MESSAGES_MAX 2048               /* of an MSI-X table */

static bool good(const struct hvcall_dxgk_options *options)
{
	return options && options->driver && options->driver->DxgkDdiStartDevice && options->messages <= MESSAGES_MAX;
}

static NTSTATUS start_driver(hvcall_dxgk *dxgk)
{
	DXGKRNL_INTERFACE interface = { .Size = sizeof(interface), .Version = DXGKDDI_INTERFACE_VERSION,
		.DxgkCbQueueDpc = dxgk_queue_dpc, .DxgkCbSynchronizeExecution = dxgk_synchronize,
		.DxgkCbSignalEvent = dxgk_signal_event };
	DXGK_START_INFO info = { .RequiredDmaQueueEntry = 0 };
	ULONG sources = 0, children = 0;

	dxgk->place = dxgk_place_take(DXGK_ADAPTER, dxgk);
	if (!dxgk->place)
		return STATUS_INSUFFICIENT_RESOURCES;
	dxgk->handle = interface.DeviceHandle = dxgk_place_open(dxgk->place);
	return dxgk->driver.DxgkDdiStartDevice(dxgk->options.MiniportDeviceContext, &info, &interface, &sources,
					       &children);
}

static NTSTATUS start(hvcall_dxgk *dxgk)
{
	NTSTATUS status = dxgk_dpc_start(dxgk);

	if (NT_SUCCESS(status))
		status = dxgk_messages_init(dxgk);
	if (NT_SUCCESS(status) && dxgk->options.card)
		status = dxgk_status(hvbell_sender_init(dxgk->options.card, dxgk->options.partition,
							dxgk->options.slot, &dxgk->sender));
	return NT_SUCCESS(status) ? start_driver(dxgk) : status;
}

static void end(hvcall_dxgk *dxgk)
{
	if (dxgk->place) {
		dxgk_place_close(dxgk->handle);
		dxgk_place_drain(dxgk->place);
		dxgk_place_give(dxgk->place);
	}
	dxgk_messages_end(dxgk);
	pthread_mutex_destroy(&dxgk->cpu.lock);
	pthread_mutex_destroy(&dxgk->lock);
	pthread_mutex_destroy(&dxgk->miracast.lock);
	pthread_mutex_destroy(&dxgk->dpc.lock);
	pthread_cond_destroy(&dxgk->dpc.changed);
	free(dxgk);
}

NTSTATUS hvcall_dxgk_start(const struct hvcall_dxgk_options *options, hvcall_dxgk **dxgk)
{
	hvcall_dxgk *made;
	NTSTATUS status;

	if (!dxgk || !good(options))
		return STATUS_INVALID_PARAMETER;
	*dxgk = NULL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return STATUS_INSUFFICIENT_RESOURCES;
	made->options = *options;
	made->driver = *options->driver;
	made->cpu.dxgk = made;
	pthread_mutex_init(&made->lock, NULL);
	dxgk_miracast_init(made);
	pthread_mutex_init(&made->cpu.lock, NULL);
	status = start(made);
	if (NT_SUCCESS(status)) {
		*dxgk = made;
	} else {
		dxgk_dpc_stop(made);
		end(made);
	}
	return status;
}

/* The driver may use every callback until DxgkDdiStopDevice has returned; none of its other routines runs by then. */
void hvcall_dxgk_stop(hvcall_dxgk *dxgk)
{
	if (!dxgk)
		return;
	dxgk_miracast_end(dxgk);
	dxgk_destroy_processes(dxgk);
	dxgk_end_events(&dxgk->cpu);
	for (ULONG i = 0; i < dxgk->options.messages; i++)
		hvcall_dxgk_disconnect_interrupt(dxgk, i);
	dxgk_dpc_stop(dxgk);
	if (dxgk->driver.DxgkDdiStopDevice)
		dxgk->driver.DxgkDdiStopDevice(dxgk->options.MiniportDeviceContext);
	end(dxgk);
}
