/* SPDX-License-Identifier: MIT */
/* See dxgk_model.h. */
#include "dxgk_model.h"
#include <stddef.h>

struct model_thing *model_add(struct model *m, const struct model_thing *thing)
{
	m->things[m->count] = *thing;
	m->things[m->count].live = true;
	return &m->things[m->count++];
}

struct model_thing *model_find(struct model *m, HANDLE handle)
{
	for (unsigned i = 0; i < m->count; i++)
		if (m->things[i].live && m->things[i].handle == handle)
			return &m->things[i];
	return NULL;
}

struct model_thing *model_of(struct model *m, HANDLE handle, enum model_kind kind, unsigned adapter)
{
	struct model_thing *thing = model_find(m, handle);

	return thing && thing->kind == kind && thing->adapter == adapter ? thing : NULL;
}

NTSTATUS model_signal(struct model *m, const DXGKARGCB_SIGNALEVENT *arg)
{
	const UINT known = HVCALL_DXGK_CPU_EVENT_OBJECT | HVCALL_DXGK_LAST_USE;
	struct model_thing *event = model_find(m, arg->hEvent);

	if (arg->Flags & ~known || !arg->hEvent ||
	    (arg->hDxgkProcess == NULL) != (arg->Flags & HVCALL_DXGK_CPU_EVENT_OBJECT))
		return STATUS_INVALID_PARAMETER;
	if (!event || (event->kind != MODEL_EVENT && event->kind != MODEL_CPU_EVENT) ||
	    event->process != arg->hDxgkProcess)
		return STATUS_INVALID_HANDLE;
	if (event->count)
		m->flags[event->first / 64] |= 1ull << event->first % 64;
	else
		m->signals[event->fd]++;
	if (arg->Flags & HVCALL_DXGK_LAST_USE)
		event->live = false;
	return STATUS_SUCCESS;
}

bool model_port_free(const struct model *m, uint32_t id, uint32_t connection)
{
	for (unsigned i = 0; i < m->count; i++) {
		const struct model_thing *thing = &m->things[i];

		if (thing->live && thing->kind == MODEL_PROCESS && thing->count &&
		    (thing->id == id || thing->connection == connection))
			return false;
	}
	return true;
}

NTSTATUS model_end_process(struct model *m, unsigned adapter, HANDLE handle, struct model_thing **thing)
{
	*thing = model_of(m, handle, MODEL_PROCESS, adapter);
	if (!*thing)
		return STATUS_INVALID_HANDLE;
	(*thing)->live = false;
	for (unsigned i = 0; i < m->count; i++)
		if (m->things[i].kind == MODEL_EVENT && m->things[i].process == handle)
			m->things[i].live = false;
	return STATUS_SUCCESS;
}

bool model_flag_free(const struct model *m, const struct model_thing *process, unsigned flag)
{
	const unsigned at = process->first + flag;

	if (m->flags[at / 64] >> at % 64 & 1)
		return false;
	for (unsigned i = 0; i < m->count; i++)
		if (m->things[i].live && m->things[i].kind == MODEL_EVENT && m->things[i].count &&
		    m->things[i].first == at)
			return false;
	return true;
}

bool model_has_flag(const struct model *m, const struct model_thing *process)
{
	for (unsigned flag = 0; flag < process->count; flag++)
		if (model_flag_free(m, process, flag))
			return true;
	return false;
}

NTSTATUS model_end_event(struct model *m, unsigned adapter, HANDLE process, HANDLE event)
{
	struct model_thing *thing = model_of(m, event, MODEL_EVENT, adapter);

	if (!model_of(m, process, MODEL_PROCESS, adapter) || !thing || thing->process != process)
		return STATUS_INVALID_HANDLE;
	thing->live = false;
	return STATUS_SUCCESS;
}

NTSTATUS model_end_cpu_event(struct model *m, unsigned adapter, HANDLE event, struct model_thing **thing)
{
	*thing = model_of(m, event, MODEL_CPU_EVENT, adapter);
	if (!*thing)
		return STATUS_INVALID_HANDLE;
	(*thing)->live = false;
	return STATUS_SUCCESS;
}

void model_end_adapter(struct model *m, unsigned adapter)
{
	for (unsigned i = 0; i < m->count; i++)
		if (m->things[i].adapter == adapter)
			m->things[i].live = false;
}
