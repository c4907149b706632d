/* SPDX-License-Identifier: MIT */
/*
 * `owned` delivery (docs/design.md 2, "Owned words"): the card keeps the SIEF words, and memory shows them. A word has
 * a home, a pending word of its own that stands for it: all pending words of the ports at that SIEF word name it, and
 * flags are taken through it, by an ACK in the doorbell page of the VP's partition. Homes live as long as their VP.
 */
#include "internal.h"

#define ACK_SLOT 0      /* ACK and ACKED are beside what the slot's senders use */

static pthread_mutex_t *ack_lock(hvbell_card *card, const struct vp *vp)
{
	return &card->ack_locks[vp->slot];
}

static uint64_t slot_offset(const hvbell_card *card, const struct vp *vp, unsigned word)
{
	return ((uint64_t)vp->slot << card->page_shift) + ACK_SLOT * HVB_SLOT_BYTES + word;
}

/* What the card's record of a home says: as long as the VP is there, it takes ACKs. */
static void write_home(hvbell_card *card, const struct vp *vp, unsigned n, uint64_t iova)
{
	const unsigned word = vp->home[n] - 1u;

	hvl_put(card, HVB_R_WORD_ADDR, iova ? iova + 8ull * n : 0);
	hvl_put(card, HVB_R_WORD_ATTR, HVL_FIELD(WORD_ATTR_STATE, vp->gone ? HVB_WSTATE_NOVP : HVB_WSTATE_ON) |
		HVL_FIELD(WORD_ATTR_RPART, vp->slot) | HVL_FIELD(WORD_ATTR_VP, vp->number) |
		HVL_FIELD(WORD_ATTR_OWN, word));
	hvl_put(card, HVB_R_WORD_COMMIT, word);
}

/* An ACK of some flags of one half: those that it cleared. A card that is gone clears none. */
static uint32_t ack_half(hvbell_card *card, const struct vp *vp, unsigned word, bool half, uint32_t flags, bool shown)
{
	const uint64_t at = slot_offset(card, vp, HVB_S_ACKED);
	uint64_t value = 0;
	int err = hvb_dev_write64(card->dev, HVB_REGION_BAR2, slot_offset(card, vp, HVB_S_ACK),
				  HVL_FIELD(ACK_WORD, word) | HVL_FIELD(ACK_HALF, half) | HVL_FIELD(ACK_FLAGS, flags));

	if (!err)
		err = hvb_dev_read64(card->dev, HVB_REGION_BAR2, at, &value);
	if (!err && value == HVL_GONE)
		err = hvl_check_gone(card, HVB_REGION_BAR2, at);
	if (err)
		__atomic_store_n(&card->silent, true, __ATOMIC_RELAXED);
	if (!err && shown && !(value & 1))
		err = hvl_poll(card, HVB_REGION_BAR2, at, 1, 1, &value);
	return err ? 0 : (uint32_t)HVL_GET(ACK_FLAGS, value);
}

uint64_t hvl_own_take(hvbell_card *card, struct vp *vp, unsigned n, uint64_t flags, bool shown)
{
	uint64_t taken = 0;
	unsigned home;

	if (__atomic_load_n(&card->silent, __ATOMIC_RELAXED))
		return 0;
	pthread_mutex_lock(ack_lock(card, vp));
	home = vp->home[n];
	if (home) {
		if ((uint32_t)flags || !flags)
			taken = ack_half(card, vp, home - 1, false, (uint32_t)flags, shown);
		if (flags >> 32)
			taken |= (uint64_t)ack_half(card, vp, home - 1, true, (uint32_t)(flags >> 32), shown) << 32;
		/* a page that the card does not reach shows what is told here */
		if (!__atomic_load_n(&vp->usable, __ATOMIC_ACQUIRE))
			__atomic_fetch_and(__atomic_load_n(&vp->page, __ATOMIC_ACQUIRE) + n, ~flags, __ATOMIC_ACQ_REL);
	}
	pthread_mutex_unlock(ack_lock(card, vp));
	return taken;
}

int hvl_home(hvbell_card *card, struct vp *vp, unsigned n)
{
	int word;

	if (!card->owned || vp->home[n])
		return 0;
	word = hvl_pool_take(&card->words, 1);
	if (word < 0)
		return hvl_fail(card, -ENOSPC, "delete ports, or use fewer flags", "no pending word is free");
	pthread_mutex_lock(ack_lock(card, vp));
	vp->home[n] = (uint16_t)(word + 1);
	pthread_mutex_unlock(ack_lock(card, vp));
	/* and what the card still holds of the VP before goes */
	write_home(card, vp, n, vp->usable ? vp->iova : 0);
	hvl_own_take(card, vp, n, ~0ull, false);
	return 0;
}

unsigned hvl_home_of(const struct vp *vp, unsigned n)
{
	return vp && vp->home[n] ? vp->home[n] - 1u : 0;
}

bool hvl_homes_place(hvbell_card *card, struct vp *vp)
{
	const uint64_t iova = vp->usable ? vp->iova : 0;

	if (!card->owned || (vp->homes_at == iova && !vp->gone))
		return false;
	vp->homes_at = iova;
	for (unsigned n = 0; n < HVL_PAGE_WORDS; n++)
		if (vp->home[n])
			write_home(card, vp, n, iova);
	return true;
}

/* An ACK of nothing has the word written again. */
void hvl_homes_show(hvbell_card *card, struct vp *vp)
{
	for (unsigned n = 0; card->owned && n < HVL_PAGE_WORDS; n++)
		hvl_own_take(card, vp, n, 0, true);
}

void hvl_homes_empty(hvbell_card *card, struct vp *vp)
{
	for (unsigned n = 0; card->owned && n < HVL_PAGE_WORDS; n++)
		hvl_own_take(card, vp, n, ~0ull, false);
}

void hvl_homes_free(hvbell_card *card, struct vp *vp)
{
	pthread_mutex_lock(ack_lock(card, vp));
	for (unsigned n = 0; n < HVL_PAGE_WORDS; n++)
		if (vp->home[n]) {
			hvl_pool_give(&card->words, vp->home[n] - 1u, 1);
			vp->home[n] = 0;
		}
	pthread_mutex_unlock(ack_lock(card, vp));
}
