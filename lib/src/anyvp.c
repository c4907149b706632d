/* SPDX-License-Identifier: MIT */
/*
 * Ports for HV_ANY_VP: the ring of VPs that may be chosen, and its group. The ring is in the order of VP indexes and
 * starts at the lowest whenever it changes, so that equal worlds give equal choices. Every order of writes here
 * leaves the ring closed and each element in it accepting.
 */
#include "internal.h"

static bool chosen(const struct port *port, const struct run *run, bool add)
{
	return (run->linked || add) && hvl_sint_state(run->vp, port->info.target_sint) == HVB_WSTATE_ON;
}

static const struct run *next_chosen(const struct port *port, const struct run *run, bool add)
{
	const struct run *next = run;

	do {
		next = next->next ? next->next : port->runs;
	} while (!chosen(port, next, add));
	return next;
}

static void write_element(hvbell_card *card, struct run *run, unsigned next)
{
	run->next_element = next;
	hvl_put(card, HVB_R_LIST_ENTRY, HVL_FIELD(LIST_ENTRY_WORD, run->first) | HVL_FIELD(LIST_ENTRY_NEXT, next));
	hvl_put(card, HVB_R_LIST_COMMIT, run->element);
}

/* fresh: the elements that join, which must be whole before another points to them. */
static void write_elements(hvbell_card *card, struct port *port, bool add, bool fresh)
{
	for (struct run *run = port->runs; run; run = run->next) {
		unsigned next;

		if (!chosen(port, run, add) || run->linked == fresh)
			continue;
		next = next_chosen(port, run, add)->element;
		if (fresh || run->next_element != next)
			write_element(card, run, next);
	}
}

static bool any_vp(const struct partition *partition)
{
	for (const struct vp *vp = partition->vps; vp; vp = vp->next)
		if (!vp->gone)
			return true;
	return false;
}

static uint64_t group_entry(const struct port *port, bool add)
{
	for (const struct run *run = port->runs; run; run = run->next)
		if (chosen(port, run, add))
			return HVL_FIELD(GROUP_ENTRY_HEAD, run->element) | HVL_FIELD(GROUP_ENTRY_STATE, HVB_WSTATE_ON);
	return HVL_FIELD(GROUP_ENTRY_STATE, any_vp(port->owner) ? HVB_WSTATE_OFF : HVB_WSTATE_NOVP);
}

void hvl_ring_update(hvbell_card *card, struct port *port, bool add)
{
	uint64_t entry = group_entry(port, add);
	bool changed = entry != port->group_entry;

	for (struct run *run = port->runs; run; run = run->next)
		changed = changed || chosen(port, run, add) != run->linked;
	if (!changed)
		return;
	write_elements(card, port, add, true);
	write_elements(card, port, add, false);
	hvl_put(card, HVB_R_GROUP_ENTRY, entry);
	hvl_put(card, HVB_R_GROUP_COMMIT, port->group);
	port->group_entry = entry;
	for (struct run *run = port->runs; run; run = run->next)
		run->linked = chosen(port, run, add);
}
