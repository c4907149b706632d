/* SPDX-License-Identifier: MIT */
/* The test stand's way of programming the card: partitions, words, connections, vectors. See stand.h. */
#include <stdio.h>
#include <stdlib.h>
#include "hvb_regs.h"
#include "stand.h"

#define ROW_BITS 11

void stand_partition(struct stand *s, unsigned part, bool active, bool privileged)
{
	stand_write64(s, STAND_CTRL + HVB_W_PART + 8 * part, (active ? HVB_PSTATE_ACTIVE : HVB_PSTATE_UNINITIALIZED) |
		      (uint64_t)privileged << HVB_PART_SIGNAL_EVENTS_SHIFT);
}

uint64_t stand_word_attr(const struct stand_word *w)
{
	return w->state | (uint64_t)w->polling << HVB_WORD_ATTR_POLLING_SHIFT |
	       (uint64_t)w->rpart << HVB_WORD_ATTR_RPART_SHIFT | (uint64_t)w->vector << HVB_WORD_ATTR_VECTOR_SHIFT |
	       (uint64_t)w->vp << HVB_WORD_ATTR_VP_SHIFT | (uint64_t)w->own << HVB_WORD_ATTR_OWN_SHIFT;
}

void stand_word(struct stand *s, const struct stand_word *w)
{
	stand_write64(s, STAND_CTRL + HVB_R_WORD_ADDR, w->addr);
	stand_write64(s, STAND_CTRL + HVB_R_WORD_ATTR, stand_word_attr(w));
	stand_write64(s, STAND_CTRL + HVB_R_WORD_COMMIT, w->index);
}

static unsigned row(uint32_t key, uint32_t seed)
{
	uint32_t high = key >> ROW_BITS;
	unsigned out = key & (STAND_ROWS - 1);
	for (int i = 0; i < ROW_BITS; i++)
		out ^= (unsigned)__builtin_parity(high & (seed >> i)) << i;
	return out;
}

static uint32_t key_of(const struct stand_conn *c)
{
	return c->part << 24 | c->id;
}

uint64_t stand_conn_entry(const struct stand_conn *c)
{
	return key_of(c) >> ROW_BITS | (uint64_t)c->verdict << HVB_CONN_ENTRY_VERDICT_SHIFT |
	       (uint64_t)c->any << HVB_CONN_ENTRY_ANY_SHIFT | (uint64_t)c->base << HVB_CONN_ENTRY_BASE_SHIFT |
	       (uint64_t)c->word << HVB_CONN_ENTRY_WORD_SHIFT | (uint64_t)c->count << HVB_CONN_ENTRY_COUNT_SHIFT |
	       (uint64_t)c->rpart << HVB_CONN_ENTRY_RPART_SHIFT;
}

uint64_t stand_conn(struct stand *s, const struct stand_conn *c)
{
	for (unsigned way = 0; way < 3; way++) {
		unsigned r = row(key_of(c), (uint32_t)stand_read64(s, STAND_CTRL + HVB_R_HASH0 + 8 * way));
		uint64_t place = (uint64_t)way << HVB_CONN_COMMIT_WAY_SHIFT | r;

		if (s->row_used[way][r])
			continue;
		s->row_used[way][r] = true;
		stand_write64(s, STAND_CTRL + HVB_R_CONN_ENTRY, stand_conn_entry(c));
		stand_write64(s, STAND_CTRL + HVB_R_CONN_COMMIT, place);
		return place;
	}
	fprintf(stderr, "stand: no row left for a connection\n");
	exit(1);
}

void stand_vector(struct stand *s, unsigned vector, bool masked)
{
	stand_write64(s, STAND_MSIX + 16 * vector, STAND_MSG_ADDR);
	stand_write64(s, STAND_MSIX + 16 * vector + 8, (uint64_t)masked << 32 | vector);
}

uint64_t stand_signal_addr(unsigned part, unsigned slot)
{
	return STAND_DOORBELL + 4096 * part + HVB_SLOT_BYTES * slot;
}

void stand_doorbell(struct hvb_tlp *tlp, unsigned part, unsigned slot, uint64_t input)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_MWR };
	uint64_t addr = stand_signal_addr(part, slot);
	hvb_tlp_span(&head, addr, 8);
	hvb_tlp_build(&head, tlp);
	hvb_tlp_put(tlp, addr, 8, input);
}

void stand_port(struct stand *s, unsigned part, unsigned id, unsigned word, unsigned vp, unsigned rpart)
{
	struct stand_word record = { .index = word, .state = HVB_WSTATE_ON, .rpart = rpart, .vector = vp, .vp = vp,
		.addr = STAND_MEMORY + 8 * word };
	struct stand_conn conn = { .part = part, .id = id, .verdict = HVB_VERDICT_OK, .word = word, .count = 64,
		.rpart = rpart };

	stand_word(s, &record);
	stand_conn(s, &conn);
	stand_vector(s, vp, false);
}

void stand_vp_ctrl(struct stand *s, unsigned vp, bool off)
{
	stand_reg_write(s, HVB_R_VP_CTRL, vp | (uint64_t)off << HVB_VP_CTRL_OFF_SHIFT);
}

void stand_drain_start(struct stand *s, unsigned first, unsigned last)
{
	stand_reg_write(s, HVB_R_DRAIN, first | (uint64_t)last << HVB_DRAIN_LAST_SHIFT);
}

bool stand_draining(struct stand *s)
{
	return stand_reg(s, HVB_R_DRAIN) & HVB_DRAIN_BUSY_MASK;
}

bool stand_drains_within(struct stand *s, unsigned cycles)
{
	for (uint64_t end = stand_now(s) + cycles; stand_draining(s); )
		if (stand_now(s) > end)
			return false;
	return true;
}

bool stand_drain(struct stand *s, unsigned cycles)
{
	uint64_t sizes = stand_read64(s, STAND_CTRL + HVB_R_PARAMS1);
	unsigned vps = (unsigned)((sizes & HVB_PARAMS1_VPS_MASK) >> HVB_PARAMS1_VPS_SHIFT);

	stand_drain_start(s, 0, vps - 1);
	return stand_drains_within(s, cycles);
}
