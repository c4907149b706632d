/* SPDX-License-Identifier: MIT */
/* The test stand's way of signalling, and of reading what the card says about it: status, counters. See stand.h. */
#include "hvb_regs.h"
#include "stand.h"

void stand_signal(struct stand *s, unsigned part, unsigned slot, uint64_t input)
{
	struct hvb_tlp tlp;

	stand_doorbell(&tlp, part, slot, input);
	stand_send(s, &tlp);
}

bool stand_volley(struct stand *s, const struct hvb_tlp *req, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!stand_clock(s, &req[i]))
			return false;
	return true;
}

void stand_register(struct hvb_tlp *tlp, unsigned reg, uint64_t value)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_MWR };

	hvb_tlp_span(&head, STAND_CTRL + reg, 8);
	hvb_tlp_build(&head, tlp);
	hvb_tlp_put(tlp, STAND_CTRL + reg, 8, value);
}

uint64_t stand_reg(struct stand *s, unsigned reg)
{
	return stand_read64(s, STAND_CTRL + reg);
}

void stand_reg_write(struct stand *s, unsigned reg, uint64_t value)
{
	stand_write64(s, STAND_CTRL + reg, value);
}

uint32_t stand_count(struct stand *s, unsigned part, unsigned code)
{
	stand_run(s, 4);     /* an increment shows two cycles behind its slot */
	return (uint32_t)stand_reg(s, HVB_W_COUNT + 8 * (HVB_COUNTERS * part + code));
}

uint64_t stand_card_time(struct stand *s)
{
	uint64_t sent = stand_now(s);
	uint64_t cycles = stand_reg(s, HVB_R_CYCLES);   /* as of stage S4, four cycles behind the beat */

	return cycles + (stand_now(s) - sent) - 4;
}

uint64_t stand_status(struct stand *s, unsigned part, unsigned slot)
{
	return stand_read64(s, stand_signal_addr(part, slot) + HVB_S_STATUS);
}

bool stand_delivered(struct stand *s, unsigned part, unsigned slot)
{
	return stand_read64(s, stand_signal_addr(part, slot) + HVB_S_DELIVERED);
}
