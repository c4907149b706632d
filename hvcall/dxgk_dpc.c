/* SPDX-License-Identifier: MIT */
/* DxgkCbQueueDpc: one thread of the adapter, which runs the driver's DPC routine when it is queued. */
#include "dxgk_internal.h"

static void *run(void *arg)
{
	hvcall_dxgk *dxgk = arg;
	struct dxgk_dpc *dpc = &dxgk->dpc;

	pthread_mutex_lock(&dpc->lock);
	while (dpc->queued || !dpc->stopping) {
		if (!dpc->queued) {
			pthread_cond_wait(&dpc->changed, &dpc->lock);
			continue;
		}
		/* before it runs: what is queued from now on is for a run that sees it */
		dpc->queued = false;
		pthread_mutex_unlock(&dpc->lock);
		dxgk->driver.DxgkDdiDpcRoutine(dxgk->options.MiniportDeviceContext);
		pthread_mutex_lock(&dpc->lock);
	}
	pthread_mutex_unlock(&dpc->lock);
	return NULL;
}

NTSTATUS dxgk_dpc_start(hvcall_dxgk *dxgk)
{
	struct dxgk_dpc *dpc = &dxgk->dpc;
	int err;

	pthread_mutex_init(&dpc->lock, NULL);
	pthread_cond_init(&dpc->changed, NULL);
	if (!dxgk->driver.DxgkDdiDpcRoutine)
		return STATUS_SUCCESS;
	err = pthread_create(&dpc->thread, NULL, run, dxgk);
	dpc->running = !err;
	return dxgk_status(-err);
}

void dxgk_dpc_stop(hvcall_dxgk *dxgk)
{
	struct dxgk_dpc *dpc = &dxgk->dpc;
	bool running;

	pthread_mutex_lock(&dpc->lock);
	running = dpc->running;
	dpc->running = false;
	dpc->stopping = true;
	pthread_cond_signal(&dpc->changed);
	pthread_mutex_unlock(&dpc->lock);
	if (running)
		pthread_join(dpc->thread, NULL);
}

BOOLEAN dxgk_queue_dpc(HANDLE device)
{
	struct dxgk_place *place;
	hvcall_dxgk *dxgk = dxgk_enter_object(device, DXGK_ADAPTER, &place);
	bool queue;

	if (!dxgk)
		return FALSE;
	pthread_mutex_lock(&dxgk->dpc.lock);
	queue = dxgk->dpc.running && !dxgk->dpc.queued;
	if (queue) {
		dxgk->dpc.queued = true;
		pthread_cond_signal(&dxgk->dpc.changed);
	}
	pthread_mutex_unlock(&dxgk->dpc.lock);
	dxgk_leave(place);
	return queue ? TRUE : FALSE;
}
