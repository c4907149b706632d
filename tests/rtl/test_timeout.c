/* SPDX-License-Identifier: MIT */
/*
 * AtomicOps that are not answered in time, at the card's streams: the log record, the counters, the VP off, the
 * quarantine of the tag and its end, late answers, the time-out switched off; and that all tags can be used again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "fault_world.h"

#define DEVCTL2 0x98             /* in configuration space */
#define ATOMICS_ON 0x40
#define NO_TIMEOUT 0x10
#define TIMEOUT 300

static void time_out_one(struct stand *s, unsigned port, unsigned n)
{
	uint64_t messages = s->messages;

	stand_reg_write(s, HVB_R_TIMEOUT, TIMEOUT);
	s->withhold = true;
	stand_signal(s, 1, 0, stand_input(port, 9));
	stand_run(s, 6);
	assert_int_equal(s->flights, 1);
	uint64_t left = stand_card_time(s) - (stand_now(s) - s->last_atomic_cycle);
	while (stand_now(s) < s->last_atomic_cycle + TIMEOUT - 20)
		stand_run(s, 1);
	assert_int_equal(stand_reg(s, HVB_R_N_TIMEOUT), n);
	stand_run(s, TAGS + 20);                         /* one tag is looked at in each cycle */
	assert_int_equal(stand_reg(s, HVB_R_N_TIMEOUT), n + 1);
	assert_int_equal(stand_reg(s, HVB_R_LOG_COUNT), n + 1);
	uint64_t time = stand_reg(s, HVB_W_LOG + 32 * n) & 0xffffffffffff;
	assert_in_range(time - left, TIMEOUT, TIMEOUT + TAGS + 4);
	struct fault_record record = { HVB_LOG_TIMEOUT, port, s->flight[0].head.tag, 1 << 9, time };
	fault_expect_record(s, n, &record);
	assert_true(fault_vp_off(s, port));
	assert_int_equal(s->messages, messages);
	assert_int_equal(fault_quarantined(s), 1);
	assert_int_equal(fault_inflight(s), 0);
	assert_true(stand_delivered(s, 1, 0));
}

static void test_late_answer(void **state)
{
	struct stand *s = *state;

	time_out_one(s, 4, 0);
	s->withhold = false;                             /* here it comes */
	stand_run(s, 20);
	assert_int_equal(stand_reg(s, HVB_R_N_UNEXPECTED), 1);
	assert_int_equal(fault_quarantined(s), 0);
	assert_int_equal(s->messages, 0);
	assert_int_equal(stand_reg(s, HVB_R_N_HIT), 0);
	fault_vp_on(s, 4);
	stand_reg_write(s, HVB_R_TIMEOUT, 100000);       /* expect_all_tags takes its time */
	fault_expect_all_tags(s);
	assert_int_equal(stand_reg(s, HVB_R_N_TIMEOUT), 1);
}

static void test_answer_that_never_comes(void **state)
{
	struct stand *s = *state;

	for (unsigned n = 0; n < 5; n++) {
		time_out_one(s, 4 + n, n);
		uint64_t end = s->last_atomic_cycle + 2 * TIMEOUT;
		while (stand_now(s) < end - 20)
			stand_run(s, 1);
		assert_int_equal(fault_quarantined(s), 1);
		stand_run(s, 3 * TAGS + 20);
		assert_int_equal(fault_quarantined(s), 0);
		s->flights = 0;
		s->withhold = false;
		fault_vp_on(s, 4 + n);
	}
	stand_reg_write(s, HVB_R_TIMEOUT, 100000);
	fault_expect_all_tags(s);
	assert_int_equal(stand_reg(s, HVB_R_N_UNEXPECTED), 0);
}

/* Every tag times out: nobody is served until quarantines end, then everybody whose VP is on. */
static void test_all_time_out(void **state)
{
	struct stand *s = *state;

	stand_reg_write(s, HVB_R_TIMEOUT, TIMEOUT);
	s->withhold = true;
	for (unsigned v = 0; v < PORTS; v++)
		stand_signal(s, 1, 0, stand_input(v, 1));
	stand_run(s, TIMEOUT / 2);
	assert_int_equal(s->flights, TAGS);
	stand_run(s, TIMEOUT / 2 + 3 * TAGS);
	assert_int_equal(s->flights, TAGS);
	assert_int_equal(fault_quarantined(s), TAGS);
	assert_int_equal(stand_reg(s, HVB_R_N_TIMEOUT), TAGS);
	s->flights = 0;                                  /* never to be answered */
	s->withhold = false;
	stand_run(s, TIMEOUT + 5 * TAGS);
	assert_int_equal(fault_quarantined(s), 0);
	assert_true(stand_drain(s, 2000));
	assert_int_equal(stand_reg(s, HVB_R_LOG_COUNT), TAGS);   /* each has its record */
	for (unsigned v = 0; v < PORTS; v++) {
		assert_int_equal(fault_vp_off(s, v), v < TAGS);
		assert_int_equal(s->memory[v], 2);       /* executed all the same */
		assert_int_equal(s->vector_messages[v], v >= TAGS);
		fault_vp_on(s, v);
	}
	stand_reg_write(s, HVB_R_TIMEOUT, 100000);
	fault_expect_all_tags(s);
}

/* A completion in every cycle does not hide that another one is late. */
static void test_time_out_under_load(void **state)
{
	struct stand *s = *state;

	for (s->latency = 2; s->latency <= 32; s->latency += 6) {
		struct hvb_tlp tlp;
		uint64_t before = stand_reg(s, HVB_R_N_TIMEOUT);
		stand_reg_write(s, HVB_R_TIMEOUT, TIMEOUT);
		s->mute_first = STAND_MEMORY;
		s->mute_last = STAND_MEMORY + 7;
		stand_signal(s, 1, 0, stand_input(0, 1));
		for (unsigned i = 0; i < TIMEOUT + 4 * TAGS + 50; i++) {
			unsigned port = 1 + i % (PORTS - 1);
			stand_doorbell(&tlp, 1, 1, stand_input(port, i % 64));
			stand_clock(s, &tlp);
			s->memory[port] = 0;
		}
		stand_run(s, 2);
		assert_int_equal(stand_reg(s, HVB_R_N_TIMEOUT), before + 1);
		stand_run(s, 2 * TIMEOUT + 4 * TAGS);
		s->mute_first = s->mute_last = 0;
		s->flights = 0;
		fault_vp_on(s, 0);
	}
}

/* The late answer comes in every cycle around the time-out: counted once, as one thing or the other. */
static void test_answer_around_the_time_out(void **state)
{
	struct stand *s = *state;
	uint64_t hits = 0, late = 0;

	for (unsigned more = 0; more < TAGS + 12; more++) {
		uint64_t messages = s->messages;
		s->memory[11] = 0;
		s->latency = TIMEOUT - 4 + more;
		stand_reg_write(s, HVB_R_TIMEOUT, TIMEOUT);
		stand_signal(s, 1, 0, stand_input(11, 2));
		stand_run(s, TIMEOUT + 2 * TAGS + 40);
		assert_int_equal(s->flights, 0);
		hits += s->messages - messages;
		late += fault_vp_off(s, 11);
		assert_int_equal(s->messages - messages, !fault_vp_off(s, 11));
		assert_int_equal(stand_reg(s, HVB_R_N_HIT), hits);
		assert_int_equal(stand_reg(s, HVB_R_N_TIMEOUT), late);
		assert_int_equal(stand_reg(s, HVB_R_N_UNEXPECTED), late);
		assert_int_equal(fault_quarantined(s), 0);
		fault_vp_on(s, 11);
	}
	assert_true(hits > 3 && late > 3);
	s->latency = 20;
	stand_reg_write(s, HVB_R_TIMEOUT, 100000);
	fault_expect_all_tags(s);
}

/* Completion Timeout Disable: waits for ever. */
static void test_time_out_disabled(void **state)
{
	struct stand *s = *state;

	stand_cfg_write(s, DEVCTL2, ATOMICS_ON | NO_TIMEOUT);
	stand_reg_write(s, HVB_R_TIMEOUT, TIMEOUT);
	s->withhold = true;
	assert_int_equal(fault_ring(s, 0, 0), HVB_STATUS_SUCCESS);
	stand_run(s, 20 * TIMEOUT);
	assert_int_equal(stand_reg(s, HVB_R_N_TIMEOUT), 0);
	s->withhold = false;
	stand_run(s, 20);
	assert_int_equal(s->messages, 1);
	fault_expect_all_tags(s);
}

/* While AtomicOps only fly, the simulation does not evaluate the card; a time-out must come in its cycle all the same,
 * and from long before it every cycle counts. */
static void test_time_out_while_nothing_moves(void **state)
{
	enum { LONG = 5000 };
	struct stand *s = *state;
	uint64_t left;

	stand_reg_write(s, HVB_R_TIMEOUT, LONG);
	s->withhold = true;
	stand_signal(s, 1, 0, stand_input(4, 9));
	stand_run(s, 6);
	left = stand_card_time(s) - (stand_now(s) - s->last_atomic_cycle);
	stand_run(s, 200);
	assert_true(s->rtl->out.waits && !s->rtl->out.idle);
	stand_run(s, LONG - 300);
	assert_false(s->rtl->out.waits);
	stand_run(s, 100 + TAGS + 20);
	assert_int_equal(stand_reg(s, HVB_R_N_TIMEOUT), 1);
	assert_in_range((stand_reg(s, HVB_W_LOG) & 0xffffffffffff) - left, LONG, LONG + TAGS + 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_late_answer, fault_setup, fault_teardown),
		cmocka_unit_test_setup_teardown(test_answer_that_never_comes, fault_setup, fault_teardown),
		cmocka_unit_test_setup_teardown(test_all_time_out, fault_setup, fault_teardown),
		cmocka_unit_test_setup_teardown(test_time_out_under_load, fault_setup, fault_teardown),
		cmocka_unit_test_setup_teardown(test_answer_around_the_time_out, fault_setup, fault_teardown),
		cmocka_unit_test_setup_teardown(test_time_out_disabled, fault_setup, fault_teardown),
		cmocka_unit_test_setup_teardown(test_time_out_while_nothing_moves, fault_setup, fault_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
