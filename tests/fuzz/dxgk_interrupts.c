/* SPDX-License-Identifier: MIT */
/* Interrupts, synchronized routines and DPCs of the fuzz target of the Dxgk calls. */
#include "dxgk_under_fuzz.h"

static ULONG take_message(struct fuzz_bytes *in)
{
	return (ULONG)fuzz_take(in, 1) % (MESSAGES + 1);
}

void dxgk_fuzz_wire(struct fuzz_side *side, unsigned how, struct fuzz_bytes *in)
{
	const bool connect = how & 2;
	ULONG message = take_message(in);
	int fd = how & HOW_NULL ? fuzz.blocking : side->wires[message % MESSAGES];
	NTSTATUS due = STATUS_SUCCESS;

	if (message == MESSAGES)
		due = STATUS_INVALID_PARAMETER;
	else if (side->connected[message] == connect)
		due = connect ? STATUS_RESOURCE_IN_USE : STATUS_DEVICE_NOT_READY;
	else if (connect && how & HOW_NULL)
		due = STATUS_INVALID_PARAMETER;
	dxgk_fuzz_agree("a message's wire", connect ? hvcall_dxgk_connect_interrupt(side->w.dxgk, message, fd) :
			hvcall_dxgk_disconnect_interrupt(side->w.dxgk, message), due);
	if (NT_SUCCESS(due))
		side->connected[message] = connect;
}

/* Of one that is connected: the routine runs once and is counted. */
void dxgk_fuzz_interrupt(struct fuzz_side *side, struct fuzz_bytes *in)
{
	const uint64_t one = 1;
	ULONG message = take_message(in) % MESSAGES;
	struct hvcall_dxgk_interrupts counts;

	if (!side->connected[message])
		return;
	dxgk_fuzz_must(write(side->wires[message], &one, sizeof(one)) == sizeof(one), "an eventfd takes nothing");
	dxgk_fuzz_ran(&side->interrupts[message], ++side->due[message]);
	dxgk_fuzz_agree("interrupts", hvcall_dxgk_interrupts(side->w.dxgk, message, &counts), STATUS_SUCCESS);
	dxgk_fuzz_must(counts.claimed == (message % 2 ? side->due[message] : 0) &&
		       counts.claimed + counts.unclaimed == side->due[message], "interrupts are not counted");
}

struct inside {
	struct fuzz_side *side;
	unsigned ran;
	NTSTATUS again, apart;
};

/* At device level nothing may be waited for. */
static BOOLEAN synchronized(PVOID context)
{
	struct inside *inside = context;
	const DXGKRNL_INTERFACE *dxgk = &inside->side->w.driver.dxgk;
	BOOLEAN result;

	inside->ran++;
	inside->again = dxgk->DxgkCbSynchronizeExecution(dxgk->DeviceHandle, synchronized, context, 0, &result);
	inside->apart = hvcall_dxgk_disconnect_interrupt(inside->side->w.dxgk, 0);
	return 0x5a;
}

static NTSTATUS synchronize_due(HANDLE device, unsigned how, ULONG message)
{
	const struct model_thing *adapter = model_find(&fuzz.model, device);

	if (!adapter || adapter->kind != MODEL_ADAPTER || how & 6 || message == MESSAGES)
		return STATUS_INVALID_PARAMETER;
	return fuzz.sides[adapter->adapter].connected[message] ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

void dxgk_fuzz_synchronize(struct fuzz_side *side, unsigned how, struct fuzz_bytes *in)
{
	HANDLE device = how & 8 ? dxgk_fuzz_handle(in) : side->w.driver.dxgk.DeviceHandle;
	ULONG message = take_message(in);
	NTSTATUS due = synchronize_due(device, how, message);
	struct inside inside = { .side = side };
	BOOLEAN result = 0;

	dxgk_fuzz_agree("synchronize", side->w.driver.dxgk.DxgkCbSynchronizeExecution(device,
			how & 2 ? NULL : synchronized, &inside, message, how & 4 ? NULL : &result), due);
	dxgk_fuzz_must(inside.ran == NT_SUCCESS(due) && result == (inside.ran ? 0x5a : 0), "a routine does not run");
	dxgk_fuzz_must(!inside.ran || (inside.again == STATUS_UNSUCCESSFUL && inside.apart == STATUS_UNSUCCESSFUL),
		       "device level");
}

/* It has run when this returns, so the next one is to be queued again. */
void dxgk_fuzz_dpc(struct fuzz_side *side, unsigned how, struct fuzz_bytes *in)
{
	HANDLE device = how & 2 ? dxgk_fuzz_handle(in) : side->w.driver.dxgk.DeviceHandle;
	const struct model_thing *adapter = model_find(&fuzz.model, device);
	bool due = adapter && adapter->kind == MODEL_ADAPTER;

	dxgk_fuzz_agree("queue a DPC", side->w.driver.dxgk.DxgkCbQueueDpc(device), due);
	if (due) {
		side = &fuzz.sides[adapter->adapter];
		dxgk_fuzz_ran(&side->dpcs, ++side->dpcs_due);
	}
}
