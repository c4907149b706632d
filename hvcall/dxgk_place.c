/* SPDX-License-Identifier: MIT */
/* The table of places that handles name (dxgk_internal.h). It and its lock are the only variables of the library that
 * belong to no object: the callback has no device argument that could lead to one. */
#include <sched.h>
#include "dxgk_internal.h"

#define GENERATION (1ull << 32)

struct dxgk_place dxgk_places[DXGK_PLACES];

/* place 0 stays unused, so that 0 ends lists */
static struct {
	pthread_mutex_t lock;
	uint32_t free, fresh;           /* first of the list; first that was never used */
} table = { .lock = PTHREAD_MUTEX_INITIALIZER, .fresh = 1 };

struct dxgk_place *dxgk_place_at(uint32_t index)
{
	return index ? &dxgk_places[index] : NULL;
}

uint32_t dxgk_place_index(const struct dxgk_place *place)
{
	return (uint32_t)(place - dxgk_places);
}

HANDLE dxgk_place_handle(const struct dxgk_place *place)
{
	const uint64_t generation = __atomic_load_n(&place->state, __ATOMIC_RELAXED) & -GENERATION;

	return (HANDLE)(uintptr_t)(generation | DXGK_LIVE | dxgk_place_index(place));
}

struct dxgk_place *dxgk_place_take(enum dxgk_kind kind, void *object)
{
	struct dxgk_place *place = NULL;

	pthread_mutex_lock(&table.lock);
	if (table.free) {
		place = &dxgk_places[table.free];
		table.free = place->next;
	} else if (table.fresh < DXGK_PLACES) {
		place = &dxgk_places[table.fresh++];
	}
	pthread_mutex_unlock(&table.lock);
	if (!place)
		return NULL;
	place->process = NULL;
	place->sender = NULL;
	place->input = 0;
	place->object = object;
	place->kind = kind;
	place->next = place->previous = place->last_used = 0;
	place->kmd = NULL;
	return place;
}

HANDLE dxgk_place_open(struct dxgk_place *place)
{
	HANDLE handle = dxgk_place_handle(place);

	__atomic_fetch_or(&place->state, DXGK_LIVE, __ATOMIC_RELEASE);
	return handle;
}

bool dxgk_place_close(HANDLE handle)
{
	const uint64_t name = (uintptr_t)handle;
	struct dxgk_place *place = &dxgk_places[(uint32_t)name - DXGK_LIVE];
	uint64_t state = __atomic_load_n(&place->state, __ATOMIC_RELAXED);

	do {
		if (state >> 31 != name >> 31)
			return false;
	} while (!__atomic_compare_exchange_n(&place->state, &state, state & ~(uint64_t)DXGK_LIVE, true,
					      __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return true;
}

/* Inside are callbacks in the middle of a store or a write, which is soon over; and calls that block, on an adapter. */
void dxgk_place_drain(const struct dxgk_place *place)
{
	while (__atomic_load_n(&place->state, __ATOMIC_ACQUIRE) & DXGK_USERS)
		sched_yield();
}

/* A place whose generations are used up is not used again, so no old handle ever leads to something new. */
void dxgk_place_give(struct dxgk_place *place)
{
	if (__atomic_add_fetch(&place->state, GENERATION, __ATOMIC_RELAXED) < GENERATION)
		return;
	pthread_mutex_lock(&table.lock);
	place->next = table.free;
	table.free = dxgk_place_index(place);
	pthread_mutex_unlock(&table.lock);
}

void *dxgk_enter_object(HANDLE handle, enum dxgk_kind kind, struct dxgk_place **place)
{
	*place = dxgk_enter(handle);
	if (*place && (*place)->kind != kind) {
		dxgk_leave(*place);
		*place = NULL;
	}
	return *place ? (*place)->object : NULL;
}
