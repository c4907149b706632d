/* SPDX-License-Identifier: MIT */
/* One partition's way to make hypercalls: its sixteen doorbell slots and what it may do. */
#include <errno.h>
#include <stdlib.h>
#include "internal.h"

int hvcall_open(hvbell_card *card, uint64_t partition, const struct hvcall_options *options, hvcall **call)
{
	hvcall *made;
	int ret = 0;

	if (!card || !options || !call)
		return -EINVAL;
	*call = NULL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->card = card;
	made->partition = partition;
	made->options = *options;
	for (unsigned i = 0; i < HVCALL_SLOTS; i++) {
		pthread_mutex_init(&made->slot[i].lock, NULL);
		if (ret == 0)
			ret = hvbell_sender_init(card, partition, i, &made->slot[i].sender);
	}
	if (ret != 0) {
		hvcall_close(made);
		return ret;
	}
	*call = made;
	return 0;
}

void hvcall_close(hvcall *call)
{
	if (!call)
		return;
	for (unsigned i = 0; i < HVCALL_SLOTS; i++)
		pthread_mutex_destroy(&call->slot[i].lock);
	free(call);
}

int hvcall_privilege(hvcall *call, uint64_t privilege)
{
	enum hvbell_partition_state state;
	uint64_t privileges;

	if (!hvbell_partition_get(call->card, call->partition, &state, &privileges))
		return -ENOENT;
	return privileges & privilege ? 0 : HV_STATUS_ACCESS_DENIED;
}
