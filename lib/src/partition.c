/* SPDX-License-Identifier: MIT */
/* Partitions: a doorbell page, a state and a privilege mask each (TLFS 4). */
#include <stdlib.h>
#include "internal.h"

#define PRIVILEGES_REMEDY "add it with hvbell_partition_add()"

struct partition *hvl_partition(hvbell_card *card, uint64_t id)
{
	for (unsigned slot = 0; slot < card->limits.partitions; slot++)
		if (card->partitions[slot] && card->partitions[slot]->id == id)
			return card->partitions[slot];
	return NULL;
}

static struct partition *find(hvbell_card *card, uint64_t id)
{
	struct partition *partition = hvl_partition(card, id);

	if (!partition)
		hvl_fail(card, -ENOENT, PRIVILEGES_REMEDY, "no partition 0x%llx", (unsigned long long)id);
	return partition;
}

int hvl_slot(hvbell_card *card, uint64_t id, unsigned slot, struct partition **partition)
{
	if (slot >= HVB_SLOTS)
		return hvl_fail(card, -EINVAL, "use 0 to 15", "a doorbell page has no slot %u", slot);
	*partition = find(card, id);
	return *partition ? 0 : -ENOENT;
}

uint64_t hvl_partition_id(const hvbell_card *card, unsigned slot)
{
	return slot < card->limits.partitions && card->partitions[slot] ? card->partitions[slot]->id : UINT64_MAX;
}

static void write_partition(hvbell_card *card, const struct partition *partition)
{
	hvl_put(card, HVB_W_PART + 8 * partition->slot, HVL_FIELD(PART_STATE, partition->state) |
		HVL_FIELD(PART_SIGNAL_EVENTS, (partition->privileges & HVBELL_SIGNAL_EVENTS) != 0));
}

void hvl_partition_drain(hvbell_card *card, const struct partition *partition)
{
	unsigned first = ~0u, last = 0;

	for (const struct vp *vp = partition->vps; vp; vp = vp->next) {
		first = vp->number < first ? vp->number : first;
		last = vp->number > last ? vp->number : last;
	}
	if (partition->vps)
		hvl_drain(card, first, last);
}

int hvbell_partition_add(hvbell_card *card, uint64_t id, enum hvbell_partition_state state, uint64_t privileges)
{
	struct partition *partition;
	unsigned slot = 0;
	int err = hvl_begin(card);

	if (err)
		return err;
	if (state > HVBELL_FINALIZED)
		return hvl_end(card, hvl_fail(card, -EINVAL, "", "no partition state %u", (unsigned)state));
	/* HV_PARTITION_ID_SELF to a guest, and what a placed port says that anybody may connect to */
	if (id == HVBELL_ANY_PARTITION)
		return hvl_end(card, hvl_fail(card, -EINVAL, "choose another id", "no partition has the id ~0"));
	if (hvl_partition(card, id))
		return hvl_end(card, hvl_fail(card, -EEXIST, "", "partition 0x%llx is there already",
					      (unsigned long long)id));
	while (slot < card->limits.partitions && card->partitions[slot])
		slot++;
	if (slot == card->limits.partitions)
		return hvl_end(card, hvl_fail(card, -ENOSPC, "remove a partition", "all %u doorbell pages are in use",
					      slot));
	partition = calloc(1, sizeof(*partition));
	if (!partition)
		return hvl_end(card, hvl_fail(card, -ENOMEM, "", "no memory for a partition"));
	partition->id = id;
	partition->slot = slot;
	partition->state = state;
	partition->privileges = privileges;
	for (unsigned n = 0; n < HVB_COUNTERS; n++)
		partition->counted[n] = (uint32_t)hvl_get(card, HVB_W_COUNT + 8ull * (slot * HVB_COUNTERS + n));
	write_partition(card, partition);
	if (card->err) {
		free(partition);
		return hvl_end(card, 0);
	}
	pthread_mutex_lock(&card->index);
	card->partitions[slot] = partition;
	pthread_mutex_unlock(&card->index);
	return hvl_end(card, 0);
}

void hvl_partition_free(hvbell_card *card, struct partition *partition)
{
	while (partition->ports)
		hvl_port_free(card, partition->ports);
	while (partition->vps)
		hvl_vp_forget(card, partition->vps);
	pthread_mutex_lock(&card->index);
	card->partitions[partition->slot] = NULL;
	pthread_mutex_unlock(&card->index);
	free(partition);
}

/* First nobody signals any more: as a sender it has no right, as a receiver it is not active. Then what was accepted
 * before is delivered, and only then its words, pages and vectors are free for others. */
int hvbell_partition_remove(hvbell_card *card, uint64_t id)
{
	struct partition *partition;
	int err = hvl_begin(card);

	if (err)
		return err;
	partition = find(card, id);
	if (!partition)
		return hvl_end(card, -ENOENT);
	partition->state = HVBELL_UNINITIALIZED;
	partition->privileges = 0;
	write_partition(card, partition);
	hvl_kicks_end(card, partition);
	hvl_connections_of(card, partition);
	for (struct port *port = partition->ports; port; port = port->next)
		hvl_connections_kill(card, port);
	hvl_drain_all(card);
	while (!card->err && partition->ports)
		hvl_port_delete(card, partition->ports, true);
	while (!card->err && partition->vps)
		hvl_vp_remove(card, partition->vps);
	if (!card->err)
		hvl_partition_free(card, partition);
	return hvl_end(card, 0);
}

int hvbell_partition_state(hvbell_card *card, uint64_t id, enum hvbell_partition_state state)
{
	struct partition *partition;
	int err = hvl_begin(card);

	if (err)
		return err;
	partition = find(card, id);
	if (!partition)
		return hvl_end(card, -ENOENT);
	if (state > HVBELL_FINALIZED)
		return hvl_end(card, hvl_fail(card, -EINVAL, "", "no partition state %u", (unsigned)state));
	partition->state = state;
	write_partition(card, partition);
	hvl_partition_drain(card, partition);
	return hvl_end(card, 0);
}

int hvbell_partition_privileges(hvbell_card *card, uint64_t id, uint64_t privileges)
{
	struct partition *partition;
	int err = hvl_begin(card);

	if (err)
		return err;
	partition = find(card, id);
	if (!partition)
		return hvl_end(card, -ENOENT);
	partition->privileges = privileges;
	write_partition(card, partition);
	hvl_drain_all(card);
	return hvl_end(card, 0);
}

bool hvbell_partition_get(hvbell_card *card, uint64_t id, enum hvbell_partition_state *state, uint64_t *privileges)
{
	struct partition *partition;

	pthread_mutex_lock(&card->lock);
	partition = find(card, id);
	if (partition && state)
		*state = partition->state;
	if (partition && privileges)
		*privileges = partition->privileges;
	pthread_mutex_unlock(&card->lock);
	return partition != NULL;
}

int hvbell_partition_memory(hvbell_card *card, uint64_t id, hvbell_gpa_fn fn, void *arg)
{
	struct partition *partition;
	int err = hvl_begin(card), failed = 0;

	if (err)
		return err;
	partition = find(card, id);
	if (!partition)
		return hvl_end(card, -ENOENT);
	if (fn && card->owned)
		return hvl_end(card, hvl_fail(card, -ENOTSUP, "put the card where AtomicOps reach memory",
					      "a guest cannot clear flags that the card owns"));
	partition->memory = fn;
	partition->memory_arg = arg;
	for (struct vp *vp = partition->vps; vp; vp = vp->next) {
		err = hvl_sief_update(card, vp);
		failed = failed ? failed : err;
	}
	return hvl_end(card, failed);
}
