/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: programs of control registers, as a driver that has gone mad would write them, with signals between.
 * Nothing of it may stop the card from answering, nor from coming back by a reset (card_under_fuzz.h).
 *
 * An input is steps: what it does, and what it needs: CONTROL and CONFIG a register (2 bytes) and a value (8), TABLE
 * one of the registers that write tables, and a value; SIGNAL a port and a flag; WAIT cycles.
 */
#include <stdlib.h>
#include "card_under_fuzz.h"
#include "hvb_regs.h"
#include "tests/unit/sim_helper.h"

enum step { CONTROL, TABLE, SIGNAL, READ, WAIT, MSIX, DOORBELL, CONFIG, STEPS };

static void write_table(struct hvb_dev *dev, struct fuzz_bytes *in)
{
	static const unsigned registers[] = {
		HVB_R_CONTROL, HVB_R_KICK_ENTRY, HVB_R_KICK_COMMIT, HVB_R_CONN_ENTRY, HVB_R_CONN_COMMIT,
		HVB_R_WORD_ADDR, HVB_R_WORD_ATTR, HVB_R_WORD_COMMIT, HVB_R_LIST_ENTRY, HVB_R_LIST_COMMIT,
		HVB_R_GROUP_ENTRY, HVB_R_GROUP_COMMIT, HVB_R_VP_CTRL, HVB_R_DRAIN, HVB_R_DIRECT, HVB_R_TRACE_CTRL,
		HVB_W_PART + 8, HVB_R_HASH0, HVB_R_HASH1, HVB_R_TIMEOUT,
	};
	unsigned at = registers[fuzz_take(in, 1) % (sizeof(registers) / sizeof(*registers))];

	hvb_dev_write64(dev, HVB_REGION_BAR0, at, fuzz_take(in, 8));
}

static void do_step(struct hvb_dev *dev, struct fuzz_bytes *in)
{
	uint64_t value;

	switch ((enum step)(fuzz_take(in, 1) % STEPS)) {
	case CONTROL:
		value = fuzz_take(in, 2) & 0xfff8;
		hvb_dev_write64(dev, HVB_REGION_BAR0, value, fuzz_take(in, 8));
		break;
	case TABLE:
		write_table(dev, in);
		break;
	case SIGNAL:
		card_fuzz_signal(dev, in);
		break;
	case READ:
		hvb_dev_read64(dev, HVB_REGION_BAR0, fuzz_take(in, 2) & 0xfff8, &value);
		break;
	case WAIT:
		dev->ops->step(dev, 1 + fuzz_take(in, 1));
		break;
	case MSIX:
		value = fuzz_take(in, 2) & 0xfff8;
		hvb_dev_write64(dev, HVB_REGION_BAR4, value, fuzz_take(in, 8));
		break;
	case DOORBELL:
		value = fuzz_take(in, 3) & 0x3fff8;
		hvb_dev_write64(dev, HVB_REGION_BAR2, value, fuzz_take(in, 8));
		break;
	default:
		value = fuzz_take(in, 2) & 0xffc;
		hvb_dev_write32(dev, HVB_REGION_CONFIG, value, (uint32_t)fuzz_take(in, 4));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	card_fuzz_run(data, size, do_step);
	return 0;
}

#ifndef LIBFUZZER
int main(int argc, char **argv)
{
	const struct fuzz_target target = { .name = "control", .runs = 2000 };

	return fuzz_main(&target, argc, argv);
}
#endif
