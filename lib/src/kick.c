/* SPDX-License-Identifier: MIT */
/* Kicks: what a write of a slot's KICK register signals, and eventfds that make such a write without this process. */
#include "internal.h"

#define FIRST_MINOR 1   /* of the register map's version 1 that has kicks */

static int begin(hvbell_card *card, uint64_t id, unsigned slot, struct partition **partition)
{
	int err = hvl_lock(card);

	if (err)
		return err;
	if ((card->limits.version & 0xffff) < FIRST_MINOR)
		err = hvl_fail(card, -ENOTSUP, "program it with a newer design", "this card has no kick registers");
	else
		err = hvl_slot(card, id, slot, partition);
	return err ? hvl_end(card, err) : 0;
}

static void write_kick(hvbell_card *card, struct partition *partition, unsigned slot, uint64_t entry)
{
	hvl_put(card, HVB_R_KICK_ENTRY, entry);
	hvl_put(card, HVB_R_KICK_COMMIT,
		HVL_FIELD(KICK_COMMIT_SLOT, slot) | HVL_FIELD(KICK_COMMIT_PARTITION, partition->slot));
	partition->kicks &= ~(1u << slot);
	if (entry)
		partition->kicks |= 1u << slot;
}

static int bind(hvbell_card *card, uint64_t id, unsigned slot, uint64_t entry)
{
	struct partition *partition;
	int err = begin(card, id, slot, &partition);

	if (err)
		return err;
	write_kick(card, partition, slot, entry);
	hvl_get(card, HVB_R_KICK_ENTRY);        /* writes are posted: behind this one they are done */
	return hvl_end(card, 0);
}

int hvbell_kick_bind(hvbell_card *card, uint64_t partition, unsigned slot, uint32_t connection_id, uint16_t flag)
{
	return bind(card, partition, slot, HVL_FIELD(KICK_ENTRY_CONNECTION, connection_id) |
		    HVL_FIELD(KICK_ENTRY_FLAG, flag) | HVB_KICK_ENTRY_BOUND_MASK);
}

int hvbell_kick_unbind(hvbell_card *card, uint64_t partition, unsigned slot)
{
	return bind(card, partition, slot, 0);
}

static int connect(hvbell_card *card, struct partition *partition, unsigned slot, int eventfd)
{
	uint64_t at = ((uint64_t)partition->slot << card->page_shift) + slot * HVB_SLOT_BYTES + HVB_S_KICK;
	int err = card->dev->ops->ioeventfd(card->dev, HVB_REGION_BAR2, at, 0, eventfd);

	if (!err && eventfd >= 0)
		partition->kick_eventfds |= 1u << slot;
	else if (!err)
		partition->kick_eventfds &= ~(1u << slot);
	return err;
}

int hvbell_kick_eventfd(hvbell_card *card, uint64_t id, unsigned slot, int eventfd)
{
	struct partition *partition;
	int err = begin(card, id, slot, &partition);

	if (err)
		return err;
	if (partition->kick_eventfds >> slot & 1)
		err = connect(card, partition, slot, -1);
	if (!err && eventfd >= 0)
		err = card->dev->ops->ioeventfd ? connect(card, partition, slot, eventfd) : -ENOTSUP;
	if (err == -ENOTSUP)
		hvl_fail(card, err, "wait for the eventfd, then hvbell_signal_raw()",
			 "nothing between an eventfd and this card makes a kick of it");
	else if (err)
		hvl_fail(card, err, err == -EINVAL || err == -EBADF ? "is it an eventfd?" : "",
			 "the eventfd of slot %u cannot be %sconnected", slot, eventfd < 0 ? "dis" : "");
	return hvl_end(card, err);
}

void hvl_kicks_disconnect(hvbell_card *card, struct partition *partition)
{
	for (unsigned slot = 0; slot < HVB_SLOTS; slot++)
		if (partition->kick_eventfds >> slot & 1)
			connect(card, partition, slot, -1);
}

void hvl_kicks_end(hvbell_card *card, struct partition *partition)
{
	hvl_kicks_disconnect(card, partition);
	for (unsigned slot = 0; slot < HVB_SLOTS; slot++)
		if (partition->kicks >> slot & 1)
			write_kick(card, partition, slot, 0);
}
