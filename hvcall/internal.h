/* SPDX-License-Identifier: MIT */
/* What the files of the hypercall layer share: the decoded call, the context, and little-endian fields of guest
 * blocks. */
#ifndef HVCALL_INTERNAL_H
#define HVCALL_INTERNAL_H
#include <endian.h>
#include <pthread.h>
#include <string.h>
#include "hvcall.h"

#define HVCALL_SLOTS 16
#define HVCALL_BLOCK_MAX 72     /* bytes of the largest input block, HvCallConnectPort's */

struct hvcall {
	hvbell_card *card;
	uint64_t partition;
	struct hvcall_options options;
	struct hvcall_slot {
		pthread_mutex_t lock;   /* one caller at a time: STATUS belongs to the slot's last SIGNAL */
		hvbell_sender sender;
	} slot[HVCALL_SLOTS];
};

/* A call taken apart. For the fast form, input and output are the two qwords of parameters. */
struct hvcall_request {
	uint64_t control;
	uint16_t code;
	bool fast;
	uint64_t input, output;
	uint32_t vp;
	const struct hvcall_memory *memory;
};

/* HV_STATUS of a caller that has not the right to make the call, -errno, or 0. Asked before the caller's memory. */
typedef int hvcall_right_fn(hvcall *call, const struct hvcall_request *request);
/* Executes the call on its input block: HV_STATUS or -errno. */
typedef int hvcall_handler_fn(hvcall *call, const struct hvcall_request *request, const uint8_t *block);

hvcall_right_fn hvcall_signal_right, hvcall_create_right, hvcall_connect_right, hvcall_direct_right;
hvcall_handler_fn hvcall_signal, hvcall_create_port, hvcall_delete_port, hvcall_connect_port, hvcall_disconnect_port,
	hvcall_direct;

/* One partition privilege of the caller: 0, HV_STATUS_ACCESS_DENIED, -ENOENT. */
int hvcall_privilege(hvcall *call, uint64_t privilege);

/* The partition a block names: SELF is the caller's. */
static inline uint64_t hvcall_partition(const hvcall *call, uint64_t id)
{
	return id == HVCALL_PARTITION_SELF ? call->partition : id;
}

static inline uint64_t hvcall_u64(const uint8_t *block, size_t offset)
{
	uint64_t value;

	memcpy(&value, block + offset, sizeof(value));
	return le64toh(value);
}

static inline uint32_t hvcall_u32(const uint8_t *block, size_t offset)
{
	uint32_t value;

	memcpy(&value, block + offset, sizeof(value));
	return le32toh(value);
}

static inline uint16_t hvcall_u16(const uint8_t *block, size_t offset)
{
	return (uint16_t)(block[offset] | block[offset + 1] << 8);
}
#endif
