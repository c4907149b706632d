/* SPDX-License-Identifier: MIT */
/* HvCallSignalEvent and HvSignalEvent (TLFS 11.11): the input block is the doorbell's data, the verdict is the
 * card's. */
#include "internal.h"

/* The fast form goes to the card as it is. The memory form asks here, since a caller without the privilege must not
 * learn whether its GPA is good. */
int hvcall_signal_right(hvcall *call, const struct hvcall_request *request)
{
	return request->fast ? 0 : hvcall_privilege(call, HVBELL_SIGNAL_EVENTS);
}

int hvcall_signal(hvcall *call, const struct hvcall_request *request, const uint8_t *block)
{
	struct hvcall_slot *slot = &call->slot[request->vp % HVCALL_SLOTS];
	int ret;

	pthread_mutex_lock(&slot->lock);
	ret = hvbell_signal_sync(&slot->sender, hvcall_u64(block, 0), call->options.wait);
	pthread_mutex_unlock(&slot->lock);
	return ret;
}

int hvcall_signal_event(const hvbell_sender *sender, uint32_t connection_id, uint16_t flag_number)
{
	if (!sender || connection_id > 0xffffff)
		return HV_STATUS_INVALID_CONNECTION_ID;
	hvbell_signal_raw(sender, (uint64_t)flag_number << 32 | connection_id);
	return HV_STATUS_SUCCESS;
}
