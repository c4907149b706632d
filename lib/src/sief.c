/* SPDX-License-Identifier: MIT */
/*
 * Where a VP's SIEF page lies (TLFS 11.8, SIEF Page). It is one page with one content: while SIEFP is disabled, or
 * the partition has no memory function, it is the library's own page; else it is the guest's page at SIEFP's base.
 * When it moves its flags move with it. A base where the guest has no memory counts as disabled for signals.
 */
#include "internal.h"

#define SIEFP_ENABLE 1ull
#define SIEFP_BASE (~0xfffull)

/* The page the registers ask for. False: signals find none. */
static bool wanted_page(const struct vp *vp, uint64_t **page)
{
	const struct partition *partition = vp->partition;
	uint64_t *memory;

	*page = vp->overlay;
	if (!(vp->siefp & SIEFP_ENABLE))
		return false;
	if (!partition->memory)
		return true;
	memory = partition->memory(partition->memory_arg, vp->siefp & SIEFP_BASE, HVBELL_SIEF_BYTES);
	if (!memory || (uintptr_t)memory % HVBELL_SIEF_BYTES)
		return false;
	*page = memory;
	return true;
}

/* Flags that are still in the old page join the new one; returns the SINTs that had any. */
static unsigned carry_flags(uint64_t *from, uint64_t *to)
{
	unsigned sints = 0;

	for (unsigned n = 0; n < HVL_PAGE_WORDS; n++) {
		uint64_t bits = __atomic_exchange_n(&from[n], 0, __ATOMIC_ACQ_REL);

		if (bits) {
			__atomic_fetch_or(&to[n], bits, __ATOMIC_ACQ_REL);
			sints |= 1u << n / HVL_SIEF_WORDS;
		}
	}
	return sints;
}

/* The new page is in use before the old one is left, so no signal is refused or lost: what arrives meanwhile is in
 * one or the other, and the receiver is woken for what had to be carried over. */
int hvl_sief_update(hvbell_card *card, struct vp *vp)
{
	uint64_t *before = vp->page, *after;
	bool was_usable = vp->usable, usable = wanted_page(vp, &after);
	uint64_t iova = 0;
	int err = usable ? hvl_page_get(card, after, &iova) : 0;

	if (err)
		return err;
	if (after != before)
		hvl_page_zero(after);
	__atomic_store_n(&vp->usable, usable, __ATOMIC_RELEASE);
	vp->iova = iova;
	__atomic_store_n(&vp->page, after, __ATOMIC_RELEASE);
	hvl_vp_apply(card, vp, false);
	/* a take of the moments before the card lost the page may not have got there */
	if (usable && !was_usable)
		hvl_homes_show(card, vp);
	if (after != before)
		hvl_vectors_wake(vp, carry_flags(before, after));
	if (was_usable)
		hvl_page_put(card, before);
	return 0;
}
