/* SPDX-License-Identifier: MIT */
/* The driver's interface of Miracast messages: contexts of an adapter, and DxgkCbMiracastSendMessage. */
#include "dxgk_internal.h"
#include "miracast_internal.h"

static NTSTATUS send_message(HANDLE handle, ULONG input_size, VOID *input, ULONG output_size, VOID *output,
			     DXGKCB_MIRACAST_SEND_MESSAGE_CALLBACK callback, PVOID context)
{
	const struct hvmc_message message = { .request = { .input_size = input_size, .output_size = output_size },
		.input = input, .output = output, .callback = callback, .context = context };
	struct dxgk_place *place;
	struct hvmc *c = dxgk_enter_object(handle, DXGK_MIRACAST, &place);
	NTSTATUS status = STATUS_INVALID_PARAMETER;

	if (!c)
		return STATUS_INVALID_HANDLE;
	if ((input || !input_size) && (output || !output_size))
		status = hvmc_send(c, &message);
	dxgk_leave(place);
	return status;
}

static NTSTATUS report_chunk_info(HANDLE handle, DXGK_MIRACAST_CHUNK_INFO *info, PVOID data, UINT size)
{
	(void)handle, (void)info, (void)data, (void)size;
	return STATUS_NOT_SUPPORTED;
}

/* Creating and destroying keep each other out without a lock, since both call the driver. */
static NTSTATUS begin(struct dxgk_miracast *m, bool create)
{
	NTSTATUS status = STATUS_SUCCESS;

	pthread_mutex_lock(&m->lock);
	if (create && (m->busy || m->context))
		status = STATUS_RESOURCE_IN_USE;
	else if (!create && (m->busy || !m->context))
		status = STATUS_DEVICE_NOT_READY;
	else if (!create && hvmc_in_callback(m->context))
		status = STATUS_UNSUCCESSFUL;
	else
		m->busy = true;
	pthread_mutex_unlock(&m->lock);
	return status;
}

static void end(struct dxgk_miracast *m, struct hvmc *context)
{
	pthread_mutex_lock(&m->lock);
	m->context = context;
	m->busy = false;
	pthread_mutex_unlock(&m->lock);
}

/* Has the driver make its context, in which it may send already. */
static NTSTATUS tell_driver(struct dxgk_miracast *m, struct hvmc *c)
{
	DXGK_MIRACAST_DISPLAY_CALLBACKS callbacks = { .DxgkCbMiracastSendMessage = send_message,
		.DxgkCbReportChunkInfo = report_chunk_info };
	ULONG target = 0;
	NTSTATUS status;

	m->place = dxgk_place_take(DXGK_MIRACAST, c);
	if (!m->place)
		return STATUS_INSUFFICIENT_RESOURCES;
	m->handle = callbacks.MiracastHandle = dxgk_place_open(m->place);
	status = m->driver.DxgkDdiMiracastCreateContext(m->driver.Context, &callbacks, &m->driver_context, &target);
	m->told = NT_SUCCESS(status);
	return status;
}

/* Ends it in order: no new messages, no pending ones, no driver's context, no partitions. Returns what is left, which
 * is to be taken down again: NULL, or the context. */
static struct hvmc *take_down(struct dxgk_miracast *m, struct hvmc *c, int *err)
{
	if (m->place) {
		dxgk_place_close(m->handle);
		dxgk_place_drain(m->place);
	}
	hvmc_stop(c);
	if (m->told)
		m->driver.DxgkDdiMiracastDestroyContext(m->driver.Context, m->driver_context);
	m->told = false;
	if (m->place)
		dxgk_place_give(m->place);
	m->place = NULL;
	*err = hvmc_close(c);
	return *err ? c : NULL;
}

static NTSTATUS status_of(int err)
{
	switch (err) {
	case -EPIPE:
	case -ECONNRESET:
	case -ENOTCONN:
		return STATUS_DEVICE_NOT_READY;
	case -EEXIST:
		return STATUS_RESOURCE_IN_USE;
	default:
		return dxgk_status(err);
	}
}

NTSTATUS hvcall_dxgk_miracast_create(hvcall_dxgk *dxgk, const struct hvcall_dxgk_miracast_options *options)
{
	struct dxgk_miracast *m;
	struct hvmc *c = NULL;
	NTSTATUS status;
	int ignored;

	if (!dxgk || !options || !options->driver || !options->driver->DxgkDdiMiracastCreateContext ||
	    !options->driver->DxgkDdiMiracastDestroyContext || options->host == options->guest)
		return STATUS_INVALID_PARAMETER;
	if (!dxgk->options.card)
		return STATUS_NOT_SUPPORTED;
	m = &dxgk->miracast;
	status = begin(m, true);
	if (status)
		return status;
	m->driver = *options->driver;
	status = status_of(hvmc_open(dxgk->options.card, options, &m->counters, &c));
	if (NT_SUCCESS(status))
		status = tell_driver(m, c);
	if (NT_SUCCESS(status))
		status = status_of(hvmc_wire_hand_over(&c->wire));
	end(m, NT_SUCCESS(status) || !c ? c : take_down(m, c, &ignored));
	return status;
}

NTSTATUS hvcall_dxgk_miracast_destroy(hvcall_dxgk *dxgk)
{
	NTSTATUS status = dxgk ? begin(&dxgk->miracast, false) : STATUS_INVALID_PARAMETER;
	int err;

	if (status)
		return status;
	end(&dxgk->miracast, take_down(&dxgk->miracast, dxgk->miracast.context, &err));
	return dxgk_status(err);
}

void dxgk_miracast_init(hvcall_dxgk *dxgk)
{
	pthread_mutex_init(&dxgk->miracast.lock, NULL);
}

void dxgk_miracast_end(hvcall_dxgk *dxgk)
{
	hvcall_dxgk_miracast_destroy(dxgk);
	if (dxgk->miracast.context)
		hvmc_abandon(dxgk->miracast.context);
	dxgk->miracast.context = NULL;
}

NTSTATUS hvcall_dxgk_miracast_counters(hvcall_dxgk *dxgk, struct hvcall_dxgk_miracast_counters *counters)
{
	const struct hvcall_dxgk_miracast_counters *from;

	if (!dxgk || !counters)
		return STATUS_INVALID_PARAMETER;
	from = &dxgk->miracast.counters;
	*counters = (struct hvcall_dxgk_miracast_counters){
		.sent = hvmc_counted(&from->sent), .answered = hvmc_counted(&from->answered),
		.cancelled = hvmc_counted(&from->cancelled), .refused = hvmc_counted(&from->refused),
		.gone = hvmc_counted(&from->gone), .misbehaved = hvmc_counted(&from->misbehaved),
		.removed = hvmc_counted(&from->removed) };
	return STATUS_SUCCESS;
}
