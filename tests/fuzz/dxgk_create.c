/* SPDX-License-Identifier: MIT */
/* What an input of the fuzz target of the Dxgk calls makes: processes, events, CPU event objects. */
#include "dxgk_under_fuzz.h"

#define HOW_PORT 8u              /* of a virtual machine */
#define HOW_FLAG 8u              /* a place for the flag */

/* A port is right, or wrong in one way. Each id has flags of its own. */
static bool take_port(struct fuzz_bytes *in, struct hvbell_port *port)
{
	const unsigned which = (unsigned)fuzz_take(in, 1), wrong = (unsigned)fuzz_take(in, 1);

	*port = dxgk_port(1 + which % 8, 256 * (which % 8), 64 * (1 + which / 64));
	switch (wrong) {
	case 1: port->type = HVBELL_PORT_MESSAGE; return false;
	case 2: port->target_vp = HVBELL_ANY_VP; return false;
	case 3: port->target_sint = HVBELL_SINTS; return false;
	case 4: port->base_flag_number++; return false;
	case 5: port->flag_count--; return false;
	case 6: port->flag_count = 0; return false;
	case 7: port->flag_count = HVBELL_FLAGS + 64; return false;
	case 8: port->base_flag_number = HVBELL_FLAGS; return false;
	case 9: port->partition = 0x77; return false;
	default: return true;
	}
}

static NTSTATUS process_due(const struct fuzz_side *side, const struct hvbell_port *port, bool good,
			    uint32_t connection, unsigned how)
{
	if (how & HOW_NULL || (how & HOW_PORT && (side->number || !good)))
		return STATUS_INVALID_PARAMETER;
	if (how & HOW_PORT && !model_port_free(&fuzz.model, port->id, connection))
		return STATUS_INVALID_PARAMETER;
	return how & HOW_REFUSE ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

void dxgk_fuzz_process(struct fuzz_side *side, unsigned how, struct fuzz_bytes *in)
{
	struct miniport *driver = &side->w.driver;
	struct hvbell_port port = { .id = 0 };
	bool good = !(how & HOW_PORT) || take_port(in, &port);
	uint32_t connection = 0x21 + (how >> 4) % 8;
	NTSTATUS due = process_due(side, &port, good, connection, how), status;
	struct model_thing *made;
	HANDLE handle = NULL;

	driver->refuse = how & HOW_REFUSE ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
	status = hvcall_dxgk_create_process(side->w.dxgk, how & HOW_PORT ? &port : NULL, connection,
					    how & HOW_NULL ? NULL : &handle);
	driver->refuse = STATUS_SUCCESS;
	dxgk_fuzz_agree("create_process", status, due);
	if (status != STATUS_SUCCESS && status != STATUS_ACCESS_DENIED)
		return;
	made = dxgk_fuzz_made(&(struct model_thing){ .kind = MODEL_PROCESS, .adapter = side->number,
		.handle = driver->process.hDxgkProcess, .kmd = driver->process.hKmdProcess, .id = port.id,
		.connection = connection, .first = port.base_flag_number, .count = port.flag_count });
	made->live = status == STATUS_SUCCESS;
	side->processes += made->live;
	dxgk_fuzz_must(!made->live || made->handle == handle, "two handles of a process");
}

/* What an event is signalled by: mostly one of the eventfds; *which is -1 where it is none that will do. */
static int take_fd(struct fuzz_bytes *in, int *which)
{
	unsigned byte = (unsigned)fuzz_take(in, 1);

	*which = -1;
	if (byte % 8 == 4)
		return -1;
	if (byte % 8 == 5)
		return fuzz.blocking;
	if (byte % 8 == 6)
		return fuzz.pipe[1];
	if (byte % 8 == 7)
		return 9999;
	*which = (int)(byte / 8 % MODEL_FDS);
	return fuzz.fds[*which];
}

static NTSTATUS event_due(const struct model_thing *process, unsigned how, int fd, int which)
{
	if (how & HOW_NULL)
		return STATUS_INVALID_PARAMETER;
	if (!process)
		return STATUS_INVALID_HANDLE;
	if (!process->count)
		return which >= 0 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
	if (!(how & HOW_FLAG) || fd != -1)
		return STATUS_INVALID_PARAMETER;
	return model_has_flag(&fuzz.model, process) ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static void create_event(struct fuzz_side *side, HANDLE of, unsigned how, int fd, int which)
{
	struct model_thing *process = model_of(&fuzz.model, of, MODEL_PROCESS, side->number);
	struct model_thing event = { .kind = MODEL_EVENT, .adapter = side->number, .process = of };
	NTSTATUS due = event_due(process, how, fd, which), status;
	unsigned flag = 0;

	status = hvcall_dxgk_create_event(side->w.dxgk, of, fd, how & HOW_NULL ? NULL : &event.handle,
					  how & HOW_FLAG ? &flag : NULL);
	dxgk_fuzz_agree("create_event", status, due);
	if (status != STATUS_SUCCESS)
		return;
	if (process->count) {
		dxgk_fuzz_must(flag < process->count && model_flag_free(&fuzz.model, process, flag),
			       "a flag that is not free");
		event.first = process->first + flag;
		event.count = 1;
	} else {
		event.fd = (unsigned)which;
	}
	dxgk_fuzz_made(&event);
}

void dxgk_fuzz_events(struct fuzz_side *side, unsigned how, struct fuzz_bytes *in)
{
	HANDLE of = dxgk_fuzz_handle(in);
	int which, fd = take_fd(in, &which);

	for (unsigned n = (unsigned)fuzz_take(in, 1) % 70 + 1; n && fuzz.model.count < MODEL_THINGS; n--)
		create_event(side, of, how, fd, which);
}

void dxgk_fuzz_cpu_event(struct fuzz_side *side, unsigned how, struct fuzz_bytes *in)
{
	struct model_thing event = { .kind = MODEL_CPU_EVENT, .adapter = side->number }, *made;
	struct miniport *driver = &side->w.driver;
	int which, fd = take_fd(in, &which);
	NTSTATUS due = which < 0 || how & HOW_NULL ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS, status;

	if (NT_SUCCESS(due) && how & HOW_REFUSE)
		due = STATUS_ACCESS_DENIED;
	driver->refuse = how & HOW_REFUSE ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
	status = hvcall_dxgk_create_cpu_event(side->w.dxgk, side, fd, how & HOW_NULL ? NULL : &event.handle);
	driver->refuse = STATUS_SUCCESS;
	dxgk_fuzz_agree("create_cpu_event", status, due);
	if (status != STATUS_SUCCESS && status != STATUS_ACCESS_DENIED)
		return;
	event.handle = driver->cpu_event.hDxgCpuEvent;
	event.kmd = driver->cpu_event.hKmdCpuEvent;
	event.fd = (unsigned)which;
	made = dxgk_fuzz_made(&event);
	made->live = status == STATUS_SUCCESS;
	side->cpu_events += made->live;
}
