/* SPDX-License-Identifier: MIT */
/*
 * The port calls (TLFS 2.0, 14.9; structures of the current headers for 0x0095 and 0x0096): a block's fields go to the
 * library, which answers. Proximity hints are taken and ignored; there is one VTL, 0, so a VTL field is a reserved one.
 *
 * Who may call: a partition with CreatePort (ConnectPort) for its own ports (connections); the root for any.
 */
#include "internal.h"

enum {
	/* HvCallCreatePort, HvCallDeletePort */
	PORT_PARTITION = 0,
	PORT_ID = 8,
	PORT_RESERVED = 12,
	PORT_CONNECTION_PARTITION = 16,
	PORT_INFO = 24,
	/* HV_PORT_INFO */
	INFO_TYPE = 0,
	INFO_RESERVED = 4,
	INFO_SINT = 8,
	INFO_VP = 12,
	INFO_BASE = 16,
	INFO_COUNT = 18,
	INFO_ZERO = 20,
	/* HvCallConnectPort, HvCallDisconnectPort */
	CONN_PARTITION = 0,
	CONN_ID = 8,
	CONN_RESERVED = 12,
	CONN_PORT_PARTITION = 16,
	CONN_PORT_ID = 24,
	CONN_ZERO = 28,
	/* HV_CONNECTION_INFO of an event connection */
	CONN_TYPE = 32,
	CONN_PAD = 36,
	CONN_EVENT_ZERO = 40,
};

int hvcall_create_right(hvcall *call, const struct hvcall_request *request)
{
	(void)request;
	return call->options.root ? 0 : hvcall_privilege(call, HVBELL_CREATE_PORT);
}

int hvcall_connect_right(hvcall *call, const struct hvcall_request *request)
{
	(void)request;
	return call->options.root ? 0 : hvcall_privilege(call, HVBELL_CONNECT_PORT);
}

/* A foreign partition is the root's business, whether it exists or not. */
static bool may_manage(const hvcall *call, uint64_t partition)
{
	return call->options.root || partition == call->partition;
}

int hvcall_create_port(hvcall *call, const struct hvcall_request *request, const uint8_t *block)
{
	const uint8_t *info = block + PORT_INFO;
	const struct hvbell_port port = {
		.partition = hvcall_partition(call, hvcall_u64(block, PORT_PARTITION)),
		.id = hvcall_u32(block, PORT_ID),
		.type = hvcall_u32(info, INFO_TYPE),
		.connection_partition = hvcall_partition(call, hvcall_u64(block, PORT_CONNECTION_PARTITION)),
		.target_sint = hvcall_u32(info, INFO_SINT),
		.target_vp = hvcall_u32(info, INFO_VP),
		.base_flag_number = hvcall_u16(info, INFO_BASE),
		.flag_count = hvcall_u16(info, INFO_COUNT),
		.reserved_nonzero = hvcall_u32(block, PORT_RESERVED) || hvcall_u32(info, INFO_RESERVED) ||
				    hvcall_u32(info, INFO_ZERO),
	};

	(void)request;
	if (!may_manage(call, port.partition))
		return HV_STATUS_ACCESS_DENIED;
	return hvbell_create_port(call->card, &port);
}

int hvcall_delete_port(hvcall *call, const struct hvcall_request *request, const uint8_t *block)
{
	uint64_t partition = hvcall_partition(call, hvcall_u64(block, PORT_PARTITION));

	(void)request;
	if (!may_manage(call, partition))
		return HV_STATUS_ACCESS_DENIED;
	if (hvcall_u32(block, PORT_RESERVED))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	return hvbell_delete_port(call->card, partition, hvcall_u32(block, PORT_ID));
}

int hvcall_connect_port(hvcall *call, const struct hvcall_request *request, const uint8_t *block)
{
	uint64_t partition = hvcall_partition(call, hvcall_u64(block, CONN_PARTITION));

	(void)request;
	if (!may_manage(call, partition))
		return HV_STATUS_ACCESS_DENIED;
	if (hvcall_u32(block, CONN_RESERVED) || hvcall_u32(block, CONN_ZERO) || hvcall_u32(block, CONN_PAD) ||
	    hvcall_u64(block, CONN_EVENT_ZERO) || hvcall_u32(block, CONN_TYPE) != HVBELL_PORT_EVENT)
		return HV_STATUS_INVALID_PARAMETER;
	return hvbell_connect_port(call->card, partition, hvcall_u32(block, CONN_ID),
				   hvcall_partition(call, hvcall_u64(block, CONN_PORT_PARTITION)),
				   hvcall_u32(block, CONN_PORT_ID));
}

int hvcall_disconnect_port(hvcall *call, const struct hvcall_request *request, const uint8_t *block)
{
	uint64_t partition = hvcall_partition(call, hvcall_u64(block, CONN_PARTITION));

	(void)request;
	if (!may_manage(call, partition))
		return HV_STATUS_ACCESS_DENIED;
	if (hvcall_u32(block, CONN_RESERVED))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	return hvbell_disconnect_port(call->card, partition, hvcall_u32(block, CONN_ID));
}
