/* SPDX-License-Identifier: MIT */
/* See fault_world.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "fault_world.h"

int fault_setup(void **state)
{
	struct stand *s = stand_new();

	stand_partition(s, 1, true, true);
	for (unsigned p = 32; p < 64; p++)
		stand_partition(s, p, true, false);
	for (unsigned v = 0; v < PORTS; v++)
		stand_port(s, 1, v, v, v, 32 + v % 32);
	*state = s;
	return 0;
}

int fault_teardown(void **state)
{
	stand_free(*state);
	return 0;
}

bool fault_vp_off(struct stand *s, unsigned vp)
{
	return stand_reg(s, HVB_W_VP + 8 * vp);
}

void fault_vp_on(struct stand *s, unsigned vp)
{
	stand_reg_write(s, HVB_R_VP_CTRL, vp);
}

unsigned fault_quarantined(struct stand *s)
{
	return (unsigned)((stand_reg(s, HVB_R_STATE) & HVB_STATE_QUARANTINED_MASK) >> HVB_STATE_QUARANTINED_SHIFT);
}

unsigned fault_inflight(struct stand *s)
{
	return (unsigned)((stand_reg(s, HVB_R_STATE) & HVB_STATE_INFLIGHT_MASK) >> HVB_STATE_INFLIGHT_SHIFT);
}

unsigned fault_ring(struct stand *s, unsigned port, unsigned flag)
{
	stand_signal(s, 1, 0, stand_input(port, flag));
	return stand_status(s, 1, 0) & 0xffff;
}

void fault_expect_all_tags(struct stand *s)
{
	uint64_t tags = 0, messages = s->messages;

	memset(s->memory, 0, sizeof(s->memory));
	s->withhold = true;
	for (int round = 0; round < 4; round++) {
		for (unsigned v = 0; v < PORTS; v++)
			assert_int_equal(fault_ring(s, v, (unsigned)round), HVB_STATUS_SUCCESS);
		if (round)
			continue;
		assert_int_equal(s->flights, TAGS);
		for (unsigned i = 0; i < TAGS; i++) {
			assert_in_range(s->flight[i].head.tag, 0, TAGS - 1);
			tags |= 1ull << s->flight[i].head.tag;
		}
		assert_int_equal(tags, 0xffffffff);
	}
	s->withhold = false;
	assert_true(stand_drain(s, 20000));
	for (unsigned v = 0; v < PORTS; v++)
		assert_int_equal(s->memory[v], 0xf);
	assert_in_range(s->messages - messages, PORTS, 2 * PORTS);
	assert_int_equal(fault_inflight(s), 0);
	assert_int_equal(fault_quarantined(s), 0);
}

void fault_expect_record(struct stand *s, unsigned n, const struct fault_record *r)
{
	unsigned at = HVB_W_LOG + 32 * (n % HVB_LOG_ENTRIES);

	assert_int_equal(stand_reg(s, at), (uint64_t)r->kind << 48 | r->time);
	assert_int_equal(stand_reg(s, at + 8), STAND_MEMORY + 8 * r->port);
	assert_int_equal(stand_reg(s, at + 16), r->flags);
	assert_int_equal(stand_reg(s, at + 24), (uint64_t)(32 + r->port % 32) << 48 | (uint64_t)r->tag << 32 |
			 (uint64_t)r->port << 16 | r->port);
}
