/* SPDX-License-Identifier: MIT */
/* Virtual processors: made, found, held, removed, reset, their faults. */
#include <stdlib.h>
#include "internal.h"

#define VP_INDEX_SELF 0xfffffffeu       /* HV_VP_INDEX_SELF and HV_ANY_VP above it name no VP of their own */
#define SINT_RESET (1ull << 16)         /* masked */

struct vp *hvl_vp(struct partition *partition, uint32_t index)
{
	struct vp *vp = partition->vps;

	while (vp && vp->index != index)
		vp = vp->next;
	return vp;
}

struct vp *hvl_vp_find(hvbell_card *card, uint64_t id, uint32_t index)
{
	struct partition *partition = hvl_partition(card, id);
	struct vp *vp = partition ? hvl_vp(partition, index) : NULL;

	if (!vp)
		hvl_fail(card, -ENOENT, "add it with hvbell_vp_add()", "no VP %u in partition 0x%llx", index,
			 (unsigned long long)id);
	return vp;
}

struct vp *hvl_vp_hold(hvbell_card *card, uint64_t id, uint32_t index)
{
	struct partition *partition;
	struct vp *vp;

	pthread_mutex_lock(&card->index);
	partition = hvl_partition(card, id);
	vp = partition ? hvl_vp(partition, index) : NULL;
	if (vp)
		vp->references++;
	pthread_mutex_unlock(&card->index);
	if (!vp)
		hvl_fail(card, -ENOENT, "add it with hvbell_vp_add()", "no VP %u in partition 0x%llx", index,
			 (unsigned long long)id);
	return vp;
}

void hvl_vp_release(hvbell_card *card, struct vp *vp)
{
	bool last;

	pthread_mutex_lock(&card->index);
	last = --vp->references == 0;
	pthread_mutex_unlock(&card->index);
	if (!last)
		return;
	hvl_vectors_close(vp);
	free(vp->overlay);
	free(vp);
}

static struct vp *make(struct partition *partition, uint32_t index)
{
	struct vp *vp = calloc(1, sizeof(*vp));

	if (!vp)
		return NULL;
	vp->overlay = aligned_alloc(HVBELL_SIEF_BYTES, HVBELL_SIEF_BYTES);
	if (!vp->overlay) {
		free(vp);
		return NULL;
	}
	hvl_page_zero(vp->overlay);
	vp->page = vp->overlay;
	vp->partition = partition;
	vp->slot = partition->slot;
	vp->index = index;
	vp->references = 1;
	for (unsigned sint = 0; sint < HVBELL_SINTS; sint++) {
		vp->sint[sint] = SINT_RESET;
		vp->vector[sint].eventfd = -1;
	}
	return vp;
}

static void link_vp(hvbell_card *card, struct vp *vp)
{
	struct vp **at = &vp->partition->vps;

	while (*at && (*at)->index < vp->index)
		at = &(*at)->next;
	pthread_mutex_lock(&card->index);
	vp->next = *at;
	*at = vp;
	pthread_mutex_unlock(&card->index);
	card->vps[vp->number] = vp;
}

/* Takes the VP out of every table of the library. */
void hvl_vp_forget(hvbell_card *card, struct vp *vp)
{
	struct vp **at = &vp->partition->vps;

	while (*at != vp)
		at = &(*at)->next;
	pthread_mutex_lock(&card->index);
	*at = vp->next;
	pthread_mutex_unlock(&card->index);
	card->vps[vp->number] = NULL;
	hvl_pool_give(&card->numbers, vp->number, 1);
	hvl_homes_free(card, vp);
	__atomic_store_n(&vp->gone, true, __ATOMIC_RELEASE);
	hvl_vectors_wake(vp, ~0u);
	hvl_vp_release(card, vp);
}

/* Joins the ports that wait for this VP, or are for any. */
static int attach(hvbell_card *card, struct vp *vp)
{
	int err = 0;

	for (struct port *port = vp->partition->ports; port && !err; port = port->next) {
		if (port->any)
			err = hvl_run_add(card, port, vp->index, vp);
		else if (port->runs && port->runs->vp_index == vp->index)
			err = hvl_run_bind(card, port, port->runs, vp);
	}
	return err;
}

/* Leaves them: words of an HV_ANY_VP port go with the VP, those of a named port stay and wait. */
static void detach(hvbell_card *card, struct vp *vp)
{
	for (struct port *port = vp->partition->ports; port; port = port->next)
		for (struct run *run = port->runs, *next; run; run = next) {
			next = run->next;
			if (run->vp != vp)
				continue;
			run->vp = NULL;
			if (port->any)
				hvl_run_free(card, port, run);
		}
}

static int add(hvbell_card *card, struct partition *partition, uint32_t index)
{
	int number = hvl_pool_take(&card->numbers, 1), err;
	struct vp *vp;

	if (number < 0)
		return hvl_fail(card, -ENOSPC, "remove a VP", "all %u VPs of the card are in use", card->numbers.size);
	vp = make(partition, index);
	if (!vp) {
		hvl_pool_give(&card->numbers, (unsigned)number, 1);
		return hvl_fail(card, -ENOMEM, "", "no memory for a VP");
	}
	vp->number = (unsigned)number;
	link_vp(card, vp);
	/* the number's last owner may have left it faulty */
	hvl_put(card, HVB_R_VP_CTRL, HVL_FIELD(VP_CTRL_VP, vp->number));
	err = attach(card, vp);
	if (!err)
		hvl_vp_apply(card, vp, false);
	else
		hvl_vp_remove(card, vp);
	return err;
}

int hvbell_vp_add(hvbell_card *card, uint64_t id, uint32_t index)
{
	struct partition *partition;
	int err = hvl_begin(card);

	if (err)
		return err;
	partition = hvl_partition(card, id);
	if (!partition)
		return hvl_end(card, hvl_fail(card, -ENOENT, "add it with hvbell_partition_add()",
					      "no partition 0x%llx",
					      (unsigned long long)id));
	if (index >= VP_INDEX_SELF)
		return hvl_end(card, hvl_fail(card, -EINVAL, "", "0x%x is no index of a VP", index));
	if (hvl_vp(partition, index))
		return hvl_end(card, hvl_fail(card, -EEXIST, "", "VP %u of partition 0x%llx is there already", index,
					      (unsigned long long)id));
	return hvl_end(card, add(card, partition, index));
}

int hvl_vp_remove(hvbell_card *card, struct vp *vp)
{
	void *mapped = vp->usable ? vp->page : NULL;

	__atomic_store_n(&vp->gone, true, __ATOMIC_RELEASE);
	hvl_vp_apply(card, vp, false);
	hvl_vectors_unbind(card, vp);
	detach(card, vp);
	if (mapped)
		hvl_page_put(card, mapped);
	if (card->err) {
		/* the card may still write the page: keep it until the card is reset */
		vp->references++;
		hvl_vp_forget(card, vp);
		vp->next = card->graveyard;
		card->graveyard = vp;
		return card->err;
	}
	hvl_vp_forget(card, vp);
	return 0;
}

int hvbell_vp_remove(hvbell_card *card, uint64_t partition, uint32_t index)
{
	struct vp *vp;
	int err = hvl_begin(card);

	if (err)
		return err;
	vp = hvl_vp_find(card, partition, index);
	return hvl_end(card, vp ? hvl_vp_remove(card, vp) : -ENOENT);
}

/* Pending signals are dropped by turning the VP off on the card until its page is zeroed. */
int hvbell_vp_reset(hvbell_card *card, uint64_t partition, uint32_t index)
{
	struct vp *vp;
	uint64_t *page;
	int err = hvl_begin(card);

	if (err)
		return err;
	vp = hvl_vp_find(card, partition, index);
	if (!vp)
		return hvl_end(card, -ENOENT);
	page = vp->usable ? vp->page : NULL;
	vp->scontrol = 0;
	vp->siefp = 0;
	vp->simp = 0;
	for (unsigned sint = 0; sint < HVBELL_SINTS; sint++)
		vp->sint[sint] = SINT_RESET;
	__atomic_store_n(&vp->polling, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&vp->usable, false, __ATOMIC_RELEASE);
	hvl_vp_apply(card, vp, true);
	hvl_page_zero(vp->overlay);
	if (page) {
		hvl_page_zero(page);
		__atomic_store_n(&vp->page, vp->overlay, __ATOMIC_RELEASE);
		hvl_page_put(card, page);
	}
	hvl_put(card, HVB_R_VP_CTRL, HVL_FIELD(VP_CTRL_VP, vp->number));
	hvl_homes_empty(card, vp);
	return hvl_end(card, 0);
}

bool hvbell_vp_exists(hvbell_card *card, uint64_t id, uint32_t index)
{
	struct partition *partition;
	bool there;

	pthread_mutex_lock(&card->index);
	partition = hvl_partition(card, id);
	there = partition && hvl_vp(partition, index);
	pthread_mutex_unlock(&card->index);
	return there;
}

int hvbell_vp_count(hvbell_card *card, uint64_t id)
{
	struct partition *partition;
	int count = 0;

	pthread_mutex_lock(&card->index);
	partition = hvl_partition(card, id);
	for (struct vp *vp = partition ? partition->vps : NULL; vp; vp = vp->next)
		count++;
	pthread_mutex_unlock(&card->index);
	return partition ? count : hvl_fail(card, -ENOENT, "", "no partition 0x%llx", (unsigned long long)id);
}

int hvbell_vp_faulty(hvbell_card *card, uint64_t partition, uint32_t index, bool *faulty)
{
	struct vp *vp;
	int err = hvl_lock(card);

	if (err)
		return err;
	vp = hvl_vp_find(card, partition, index);
	if (!vp)
		return hvl_end(card, -ENOENT);
	*faulty = HVL_GET(VP_OFF, hvl_get(card, HVB_W_VP + 8 * vp->number)) != 0;
	return hvl_end(card, 0);
}

int hvbell_vp_clear_fault(hvbell_card *card, uint64_t partition, uint32_t index)
{
	struct vp *vp;
	int err = hvl_begin(card);

	if (err)
		return err;
	vp = hvl_vp_find(card, partition, index);
	if (!vp)
		return hvl_end(card, -ENOENT);
	/* what waited while it was off is dropped before it comes back */
	hvl_drain(card, vp->number, vp->number);
	hvl_put(card, HVB_R_VP_CTRL, HVL_FIELD(VP_CTRL_VP, vp->number));
	return hvl_end(card, 0);
}
