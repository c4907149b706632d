/* SPDX-License-Identifier: MIT */
/* HvCallSignalEventDirect (0x00C0): an absolute flag of a VP's SINT, without port and connection; tells whether it
 * was new. */
#include "internal.h"

enum { TARGET_PARTITION = 0, TARGET_VP = 8, TARGET_VTL = 12, TARGET_SINT = 13, FLAG_NUMBER = 14 };

int hvcall_direct_right(hvcall *call, const struct hvcall_request *request)
{
	(void)request;
	return call->options.root || call->options.direct ? 0 : HV_STATUS_OPERATION_DENIED;
}

int hvcall_direct(hvcall *call, const struct hvcall_request *request, const uint8_t *block)
{
	uint64_t partition = hvcall_partition(call, hvcall_u64(block, TARGET_PARTITION));
	uint8_t output[8] = { 0 };
	bool newly = false;
	int ret;

	if ((partition != call->partition && !call->options.root) || block[TARGET_VTL] != 0)
		return HV_STATUS_INVALID_PARAMETER;
	ret = hvbell_signal_direct(call->card, partition, hvcall_u32(block, TARGET_VP), block[TARGET_SINT],
				   hvcall_u16(block, FLAG_NUMBER), &newly);
	if (ret != HV_STATUS_SUCCESS)
		return ret;
	output[0] = newly;
	if (request->memory->write(request->memory->arg, request->output, output, sizeof(output)) != 0)
		return HV_STATUS_INVALID_ALIGNMENT;
	return HV_STATUS_SUCCESS;
}
