/* SPDX-License-Identifier: MIT */
/* Miracast contexts of the fuzz target of the Dxgk calls. Their receiver never reads, so every message stays pending
 * until its context is destroyed, which cancels it. */
#include "dxgk_under_fuzz.h"
#include <sys/socket.h>

#define HOW_NO_INPUT 1u
#define HOW_NO_OUTPUT 2u
#define HOW_UNHEARD 4u           /* no callback */
#define PENDING_MOST 64u         /* messages of a context */

static uint8_t input[0x10000], output[0x10000];

static NTSTATUS create_context(PVOID context, DXGK_MIRACAST_DISPLAY_CALLBACKS *callbacks, PVOID *made, ULONG *target)
{
	struct fuzz_side *side = context;

	fuzz.send = callbacks->DxgkCbMiracastSendMessage;
	side->context = callbacks->MiracastHandle;
	*made = side;
	*target = 0;
	return side->w.driver.refuse;
}

static VOID destroy_context(PVOID context, PVOID made)
{
	dxgk_fuzz_must(context == made, "the driver is given another context");
}

static VOID called_back(PVOID context, PIO_STATUS_BLOCK block)
{
	struct fuzz_side *side = context;

	dxgk_fuzz_must(block->Status == STATUS_CANCELLED && !block->Information, "a message is not cancelled");
	__atomic_add_fetch(&side->called, 1, __ATOMIC_ACQ_REL);
}

static NTSTATUS open_due(const struct fuzz_side *side, unsigned how)
{
	if (side->number)
		return STATUS_NOT_SUPPORTED;
	if (side->open)
		return STATUS_RESOURCE_IN_USE;
	return how & HOW_REFUSE ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

void dxgk_fuzz_open(struct fuzz_side *side, unsigned how)
{
	const DXGK_MIRACAST_INTERFACE driver = { .Size = sizeof(driver), .Version = 1, .Context = side,
		.DxgkDdiMiracastCreateContext = create_context, .DxgkDdiMiracastDestroyContext = destroy_context };
	struct hvcall_dxgk_miracast_options options = { .driver = &driver, .host = 0x30, .guest = 0x31 };
	NTSTATUS due = open_due(side, how);
	int ends[2];

	dxgk_fuzz_must(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "no sockets");
	options.socket = ends[0];
	side->w.driver.refuse = how & HOW_REFUSE ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
	dxgk_fuzz_agree("miracast_create", hvcall_dxgk_miracast_create(side->w.dxgk, &options), due);
	side->w.driver.refuse = STATUS_SUCCESS;
	close(ends[0]);
	if (due == STATUS_SUCCESS || due == STATUS_ACCESS_DENIED)
		dxgk_fuzz_made(&(struct model_thing){ .kind = MODEL_MIRACAST, .handle = side->context })->live =
			due == STATUS_SUCCESS;
	if (due != STATUS_SUCCESS) {
		close(ends[1]);
		return;
	}
	side->open = true;
	side->peer = ends[1];
	side->pending = side->called_due = side->called = 0;
}

void dxgk_fuzz_send(unsigned how, struct fuzz_bytes *in)
{
	HANDLE context = dxgk_fuzz_handle(in);
	ULONG input_size = (ULONG)fuzz_take(in, 2), output_size = (ULONG)fuzz_take(in, 2);
	const struct model_thing *thing = model_find(&fuzz.model, context);
	struct fuzz_side *side = thing && thing->kind == MODEL_MIRACAST ? &fuzz.sides[thing->adapter] : NULL;
	NTSTATUS due = STATUS_PENDING;

	if (!fuzz.send)
		return;
	if (!side)
		due = STATUS_INVALID_HANDLE;
	else if ((how & HOW_NO_INPUT && input_size) || (how & HOW_NO_OUTPUT && output_size))
		due = STATUS_INVALID_PARAMETER;
	else if (side->pending == PENDING_MOST)
		due = STATUS_INSUFFICIENT_RESOURCES;
	dxgk_fuzz_agree("send a message", fuzz.send(context, input_size, how & HOW_NO_INPUT ? NULL : input, output_size,
						    how & HOW_NO_OUTPUT ? NULL : output,
						    how & HOW_UNHEARD ? NULL : called_back, side), due);
	if (due == STATUS_PENDING) {
		side->pending++;
		side->called_due += !(how & HOW_UNHEARD);
	}
}

void dxgk_fuzz_closed(struct fuzz_side *side)
{
	dxgk_fuzz_must(side->called == side->called_due, "not every message is called back once");
	close(side->peer);
	side->open = false;
}

void dxgk_fuzz_close(struct fuzz_side *side)
{
	NTSTATUS due = side->open ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;

	dxgk_fuzz_agree("miracast_destroy", hvcall_dxgk_miracast_destroy(side->w.dxgk), due);
	if (!side->open)
		return;
	model_find(&fuzz.model, side->context)->live = false;
	dxgk_fuzz_closed(side);
}
