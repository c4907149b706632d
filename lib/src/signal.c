/* SPDX-License-Identifier: MIT */
/* Signalling: senders, connections as a sender sees them, the store where the doorbell is not mapped, synchronous and
 * direct signals. Nothing here but setting up takes a lock, direct signalling excepted. */
#include "internal.h"

#define NO_CONNECTION 0xffffffffu       /* no id a connection can have: hvbell_signal() refuses it */

int hvbell_sender_init(hvbell_card *card, uint64_t partition, unsigned slot, hvbell_sender *sender)
{
	struct partition *found;
	int err;

	*sender = (hvbell_sender){ .card = card };
	err = hvl_lock(card);
	if (err)
		return err;
	err = hvl_slot(card, partition, slot, &found);
	if (err)
		return hvl_end(card, err);
	sender->slot = slot;
	sender->offset = ((uint64_t)found->slot << card->page_shift) + slot * HVB_SLOT_BYTES;
	if (card->doorbells)
		sender->doorbell = (volatile uint64_t *)((char *)card->doorbells + sender->offset);
	return hvl_end(card, 0);
}

int hvbell_connection_init(const hvbell_sender *sender, uint32_t connection_id, hvbell_connection *conn)
{
	hvbell_card *card = sender->card;
	const struct partition *partition;
	const struct connection *found = NULL;
	int result = HV_STATUS_INVALID_CONNECTION_ID;
	int err;

	*conn = (hvbell_connection){ .sender = sender, .id = NO_CONNECTION };
	err = hvl_lock(card);
	if (err)
		return err;
	partition = card->partitions[sender->offset >> card->page_shift];
	if (partition && connection_id <= HVL_ID_MAX)
		found = hvl_cuckoo_find(card->table, hvl_key(partition, connection_id));
	if (found && (!found->port || found->port->info.type != HVBELL_PORT_EVENT)) {
		result = HV_STATUS_INVALID_PORT_ID;
	} else if (found) {
		conn->id = connection_id;
		conn->flag_count = found->port->flags;
		result = HV_STATUS_SUCCESS;
	}
	return hvl_end(card, result);
}

/* A store has no result: what became of it, also a card that is gone, shows in the card's status. */
void hvbell_signal_slow(const hvbell_sender *sender, uint64_t input)
{
	hvb_dev_write64(sender->card->dev, HVB_REGION_BAR2, sender->offset, input);
}

static int read_slot(const hvbell_sender *sender, unsigned word, uint64_t *value)
{
	hvbell_card *card = sender->card;
	int err = 0;

	if (sender->doorbell)
		*value = __atomic_load_n(&sender->doorbell[word / 8], __ATOMIC_ACQUIRE);
	else
		err = hvb_dev_read64(card->dev, HVB_REGION_BAR2, sender->offset + word, value);
	if (err)
		return hvl_access_failed(card, err, "reading", HVB_REGION_BAR2, sender->offset + word);
	return *value == HVL_GONE ? hvl_gone(card, HVB_REGION_BAR2, sender->offset + word) : 0;
}

static int wait_delivered(const hvbell_sender *sender)
{
	hvbell_card *card = sender->card;
	uint64_t value = 0;
	int err = read_slot(sender, HVB_S_DELIVERED, &value);

	if (err || value)
		return err;
	err = hvl_poll(card, HVB_REGION_BAR2, sender->offset + HVB_S_DELIVERED, 1, 1, &value);
	if (err != -ETIME)
		return err;
	return hvl_fail(card, -ETIMEDOUT, "is the card quiesced?", "the signal was accepted but is not delivered");
}

/* What became of the slot's last signal. */
static int verdict(const hvbell_sender *sender, enum hvbell_wait wait)
{
	uint64_t status = 0;
	int err = read_slot(sender, HVB_S_STATUS, &status);

	if (err)
		return err;
	status &= 0xffff;
	if (status || wait == HVBELL_ACCEPTED)
		return (int)status;
	return wait_delivered(sender);
}

int hvbell_signal_sync(const hvbell_sender *sender, uint64_t input, enum hvbell_wait wait)
{
	hvbell_signal_raw(sender, input);
	return verdict(sender, wait);
}

int hvbell_kick_sync(const hvbell_sender *sender, enum hvbell_wait wait)
{
	hvbell_card *card = sender->card;
	int err = hvb_dev_write32(card->dev, HVB_REGION_BAR2, sender->offset + HVB_S_KICK, 0);

	if (err)
		return hvl_access_failed(card, err, "writing", HVB_REGION_BAR2, sender->offset + HVB_S_KICK);
	return verdict(sender, wait);
}

/* One flag through the card's own pending word; the lock makes the word this caller's. polling: it tells nobody. */
static int direct(hvbell_card *card, const struct vp *vp, unsigned sint, unsigned flag, bool polling, bool *newly)
{
	const uint64_t slot = vp->partition->slot;
	uint64_t value = 0;

	const unsigned n = sint * HVL_SIEF_WORDS + flag / 64;

	hvl_put(card, HVB_R_WORD_ADDR, vp->usable ? vp->iova + 8ull * n : 0);
	hvl_put(card, HVB_R_WORD_ATTR, HVL_FIELD(WORD_ATTR_STATE, HVB_WSTATE_ON) |
		HVL_FIELD(WORD_ATTR_POLLING, polling) | HVL_FIELD(WORD_ATTR_RPART, slot) |
		HVL_FIELD(WORD_ATTR_VECTOR, vp->vector[sint].number) | HVL_FIELD(WORD_ATTR_VP, vp->number) |
		HVL_FIELD(WORD_ATTR_OWN, hvl_home_of(vp, n)));
	hvl_put(card, HVB_R_WORD_COMMIT, card->limits.words - 1);
	hvl_put(card, HVB_R_DIRECT, HVL_FIELD(DIRECT_FLAG, flag % 64) | HVL_FIELD(DIRECT_RPART, slot));
	if (!card->err) {
		card->err = hvl_poll(card, HVB_REGION_BAR0, HVB_R_DIRECT, HVB_DIRECT_BUSY_MASK, 0, &value);
		if (card->err == -ETIME)
			card->err = hvl_fail(card, -ETIMEDOUT, "reset the card",
					     "a direct signal to VP %u is never delivered", vp->index);
	}
	if (card->err || HVL_GET(DIRECT_FAULT, value))
		return HV_STATUS_INVALID_SYNIC_STATE;
	if (newly)
		*newly = HVL_GET(DIRECT_NEWLY, value) != 0;
	return HV_STATUS_SUCCESS;
}

int hvbell_signal_direct(hvbell_card *card, uint64_t id, uint32_t index, unsigned sint, unsigned flag, bool *newly)
{
	struct partition *partition;
	struct vp *vp;
	int result = hvl_begin(card);

	if (result)
		return result;
	if (newly)
		*newly = false;
	partition = hvl_partition(card, id);
	vp = partition ? hvl_vp(partition, index) : NULL;
	if (!partition)
		return hvl_end(card, HV_STATUS_INVALID_PARTITION_ID);
	if (sint < 1 || sint >= HVBELL_SINTS || flag >= HVBELL_FLAGS)
		return hvl_end(card, HV_STATUS_INVALID_PARAMETER);
	if (!vp)
		return hvl_end(card, HV_STATUS_INVALID_VP_INDEX);
	if (hvl_sint_state(vp, sint) != HVB_WSTATE_ON)
		return hvl_end(card, HV_STATUS_INVALID_SYNIC_STATE);
	result = hvl_vector_bind(card, vp, sint);
	result = result ? result : hvl_home(card, vp, sint * HVL_SIEF_WORDS + flag / 64);
	if (result)
		return hvl_end(card, result == -ENOSPC ? HV_STATUS_NO_RESOURCES : result);
	__atomic_fetch_or(&vp->used[sint], 1u << flag / 64, __ATOMIC_RELEASE);
	return hvl_end(card, direct(card, vp, sint, flag, vp->polling >> sint & 1, newly));
}

/* Where the card owns the flags it sets this one, else memory has it. */
static int place_flag(hvbell_card *card, struct vp *vp, unsigned sint, unsigned flag)
{
	int err = hvl_home(card, vp, sint * HVL_SIEF_WORDS + flag / 64);

	if (err)
		return err;
	if (card->owned && direct(card, vp, sint, flag, true, NULL))
		return hvl_fail(card, -EIO, "clear its fault", "the card takes no flag of VP %u", vp->index);
	if (!card->owned || !vp->usable)
		__atomic_fetch_or(&vp->page[sint * HVL_SIEF_WORDS + flag / 64], 1ull << flag % 64, __ATOMIC_SEQ_CST);
	return 0;
}

int hvbell_place_flag(hvbell_card *card, uint64_t partition, uint32_t index, unsigned sint, unsigned flag)
{
	struct vp *vp;
	int err = hvl_begin(card);

	if (err)
		return err;
	if (sint >= HVBELL_SINTS || flag >= HVBELL_FLAGS)
		return hvl_end(card, hvl_fail(card, -EINVAL, "", "no flag %u of SINT %u", flag, sint));
	vp = hvl_vp_find(card, partition, index);
	return hvl_end(card, vp ? place_flag(card, vp, sint, flag) : -ENOENT);
}
