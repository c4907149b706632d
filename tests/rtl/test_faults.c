/* SPDX-License-Identifier: MIT */
/*
 * AtomicOps that fail, at the card's streams: UR, CA, poison, malformed completions; completions that belong to
 * nothing. Asserted each time: the log record, the counters, the VP off and the others served, no message, and that
 * all tags can be used again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "fault_world.h"

/* The completion that the AtomicOp in flight should get: tests spoil it. */
static struct hvb_tlp_head right_answer(const struct stand_flight *f)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_CPLD, .len = 2, .bytes = 8, .requester = f->head.requester,
		.tag = f->head.tag };

	return head;
}

static void inject(struct stand *s, const struct hvb_tlp_head *head, uint64_t old)
{
	hvb_tlp_build(head, &s->inject_cpl);
	s->inject_cpl.data[0] = (uint32_t)old;
	s->inject_cpl.data[1] = (uint32_t)(old >> 32);
	s->inject = true;
	stand_clock(s, NULL);
	s->inject_err = false;
}

/* ---- bad completions */

static void spoil_ur(struct hvb_tlp_head *h) { h->type = HVB_TLP_CPL; h->len = 0; h->status = HVB_CPL_UR; }
static void spoil_ca(struct hvb_tlp_head *h) { h->type = HVB_TLP_CPL; h->len = 0; h->status = HVB_CPL_CA; }
static void spoil_crs(struct hvb_tlp_head *h) { h->type = HVB_TLP_CPL; h->len = 0; h->status = HVB_CPL_CRS; }
static void spoil_poison(struct hvb_tlp_head *h) { h->poisoned = true; }
static void spoil_no_data(struct hvb_tlp_head *h) { h->type = HVB_TLP_CPL; h->len = 0; }
static void spoil_short(struct hvb_tlp_head *h) { h->len = 1; }
static void spoil_long(struct hvb_tlp_head *h) { h->len = 3; }
static void spoil_bytes(struct hvb_tlp_head *h) { h->bytes = 4; }
static void spoil_nothing(struct hvb_tlp_head *h) { (void)h; }

static const struct spoiling {
	void (*spoil)(struct hvb_tlp_head *head);
	unsigned kind;
	bool err;
} spoilings[] = {
	{ spoil_ur, HVB_LOG_ERROR, false }, { spoil_ca, HVB_LOG_ERROR, false }, { spoil_poison, HVB_LOG_POISON, false },
	{ spoil_crs, HVB_LOG_POISON, false }, { spoil_no_data, HVB_LOG_POISON, false },
	{ spoil_short, HVB_LOG_POISON, false }, { spoil_long, HVB_LOG_POISON, false },
	{ spoil_bytes, HVB_LOG_POISON, false }, { spoil_nothing, HVB_LOG_POISON, true },
};
#define SPOILINGS (sizeof(spoilings) / sizeof(spoilings[0]))

/* One AtomicOp of port n fails, with a flag behind it that came late. */
static void fail_once(struct stand *s, unsigned n, unsigned port)
{
	const struct spoiling *how = &spoilings[n];
	uint32_t refused = stand_count(s, 1, HVB_CNT_INVALID_SYNIC_STATE);
	uint64_t messages = s->messages;

	s->withhold = true;
	assert_int_equal(fault_ring(s, port, 5), HVB_STATUS_SUCCESS);
	assert_int_equal(fault_ring(s, port, 6), HVB_STATUS_SUCCESS);
	assert_int_equal(s->flights, 1);
	struct hvb_tlp_head head = right_answer(&s->flight[0]);
	how->spoil(&head);
	struct fault_record record = { how->kind, port, head.tag, 1 << 5, stand_card_time(s) + 1 };
	s->inject_err = how->err;
	inject(s, &head, 0);
	s->flights = 0;
	/* an AtomicOp that is answered like this has changed nothing */
	s->memory[port] = 0;
	s->withhold = false;
	stand_run(s, 60);
	assert_true(s->rtl->out.idle);
	assert_int_equal(s->messages, messages);
	assert_int_equal(stand_reg(s, HVB_R_LOG_COUNT), n + 1);
	assert_int_equal(stand_reg(s, HVB_R_N_FAULT), n + 1);
	assert_int_equal(stand_reg(s, HVB_R_N_DROPPED), n + 1);
	fault_expect_record(s, n, &record);
	assert_true(fault_vp_off(s, port));
	assert_true(stand_delivered(s, 1, 0));           /* failed and counted: nothing to wait for */
	assert_int_equal(fault_ring(s, port, 1), HVB_STATUS_INVALID_SYNIC_STATE);
	assert_int_equal(stand_count(s, 1, HVB_CNT_INVALID_SYNIC_STATE), refused + 1);
	assert_int_equal(fault_ring(s, port + 1, 1), HVB_STATUS_SUCCESS);
	stand_run(s, 60);
	assert_int_equal(s->messages, messages + 1);
	assert_true(stand_drain(s, 1000));
}

static void test_bad_completions(void **state)
{
	struct stand *s = *state;

	for (unsigned n = 0; n < SPOILINGS; n++) {
		memset(s->memory, 0, sizeof(s->memory));
		fail_once(s, n, 3 * n);
		fault_vp_on(s, 3 * n);
		assert_false(fault_vp_off(s, 3 * n));
		assert_int_equal(fault_ring(s, 3 * n, 63), HVB_STATUS_SUCCESS);
		stand_run(s, 60);
		assert_int_equal(s->memory[3 * n], 1ull << 63);  /* and nothing of what was dropped */
		assert_int_equal(s->vector_messages[3 * n], 1);
	}
	assert_int_equal(stand_reg(s, HVB_R_N_TIMEOUT), 0);
	assert_int_equal(stand_reg(s, HVB_R_N_UNEXPECTED), 0);
	fault_expect_all_tags(s);
}

/* The log names the flags that were not set: those that a miss before had found set are delivered. */
static void test_fault_behind_a_miss(void **state)
{
	struct stand *s = *state;

	s->withhold = true;
	assert_int_equal(fault_ring(s, 2, 0), HVB_STATUS_SUCCESS);
	assert_int_equal(fault_ring(s, 2, 4), HVB_STATUS_SUCCESS);
	assert_int_equal(fault_ring(s, 2, 8), HVB_STATUS_SUCCESS);
	struct hvb_tlp_head head = right_answer(&s->flight[0]);
	inject(s, &head, 0);                             /* hit: 0 is set; 4 and 8 came late */
	s->flights = 0;
	stand_run(s, 20);
	assert_int_equal(s->flights, 1);
	assert_int_equal(s->flight[0].compare, 1);
	head = right_answer(&s->flight[0]);
	inject(s, &head, 0x10);                          /* miss: somebody set 4 and cleared 0 */
	s->flights = 0;
	stand_run(s, 20);
	assert_int_equal(s->flights, 1);
	assert_int_equal(s->flight[0].compare, 0x10);
	assert_int_equal(s->flight[0].swap, 0x110);
	head = right_answer(&s->flight[0]);
	spoil_ur(&head);
	struct fault_record record = { HVB_LOG_ERROR, 2, head.tag, 0x100, stand_card_time(s) + 1 };
	inject(s, &head, 0);
	s->flights = 0;
	stand_run(s, 20);
	fault_expect_record(s, 0, &record);
	assert_int_equal(s->messages, 1);
	assert_int_equal(stand_reg(s, HVB_R_N_HIT), 1);
	assert_int_equal(stand_reg(s, HVB_R_N_MISS), 1);
	assert_int_equal(stand_reg(s, HVB_R_N_FAULT), 1);
	s->withhold = false;
	fault_vp_on(s, 2);
	fault_expect_all_tags(s);
}

/* All tags fail in consecutive cycles: each is counted and logged, and takes its VP. */
static void test_all_fail_at_once(void **state)
{
	struct stand *s = *state;

	s->withhold = true;
	for (unsigned v = 0; v < TAGS; v++)
		assert_int_equal(fault_ring(s, v, 1), HVB_STATUS_SUCCESS);
	for (unsigned i = 0; i < TAGS; i++) {
		struct hvb_tlp_head head = right_answer(&s->flight[i]);
		spoil_ca(&head);
		inject(s, &head, 0);
	}
	s->flights = 0;
	s->withhold = false;
	stand_run(s, 60);
	assert_int_equal(stand_reg(s, HVB_R_N_FAULT), TAGS);
	assert_int_equal(stand_reg(s, HVB_R_LOG_COUNT), TAGS);
	assert_int_equal(s->messages, 0);
	for (unsigned v = 0; v < PORTS; v++) {
		assert_int_equal(fault_vp_off(s, v), v < TAGS);
		assert_int_equal(fault_ring(s, v, 0), v < TAGS ? HVB_STATUS_INVALID_SYNIC_STATE : HVB_STATUS_SUCCESS);
		fault_vp_on(s, v);
	}
	assert_true(stand_drain(s, 2000));
	fault_expect_all_tags(s);
}

static void test_log_ring(void **state)
{
	struct stand *s = *state;

	for (unsigned n = 0; n < HVB_LOG_ENTRIES + 7; n++) {
		unsigned port = n % PORTS;
		s->withhold = true;
		assert_int_equal(fault_ring(s, port, n % 64), HVB_STATUS_SUCCESS);
		struct hvb_tlp_head head = right_answer(&s->flight[0]);
		spoil_ur(&head);
		struct fault_record record = { HVB_LOG_ERROR, port, head.tag, 1ull << n % 64, stand_card_time(s) + 1 };
		inject(s, &head, 0);
		s->flights = 0;
		stand_run(s, 10);
		assert_int_equal(stand_reg(s, HVB_R_LOG_COUNT), n + 1);
		fault_expect_record(s, n, &record);
		fault_vp_on(s, port);
	}
	s->withhold = false;
	fault_expect_all_tags(s);
}

/* ---- completions that belong to nothing */

static void test_unexpected(void **state)
{
	struct stand *s = *state;
	unsigned n = 0;

	s->withhold = true;
	assert_int_equal(fault_ring(s, 7, 1), HVB_STATUS_SUCCESS);
	struct hvb_tlp_head right = right_answer(&s->flight[0]), head;
	for (unsigned tag = 0; tag < 1024; tag += tag < 300 ? 1 : 37)
		if (tag != right.tag) {
			head = right;
			head.tag = (uint16_t)tag;        /* free, or no tag of this card */
			inject(s, &head, 0);
			n++;
		}
	for (unsigned bit = 0; bit < 16; bit++, n++) {
		head = right;
		head.requester ^= (uint16_t)(1u << bit);
		inject(s, &head, 0);
	}
	head = right;
	head.type = HVB_TLP_MRD;                         /* no completion at all */
	inject(s, &head, 0);
	n++;
	stand_run(s, 20);
	assert_int_equal(stand_reg(s, HVB_R_N_UNEXPECTED), n);
	assert_int_equal(fault_inflight(s), 1);
	assert_int_equal(s->messages, 0);
	assert_false(stand_delivered(s, 1, 0));
	inject(s, &right, 0);
	stand_run(s, 20);
	assert_int_equal(s->messages, 1);
	assert_true(stand_delivered(s, 1, 0));
	inject(s, &right, 0);                            /* the same again */
	inject(s, &right, 5);
	stand_run(s, 20);
	assert_int_equal(stand_reg(s, HVB_R_N_UNEXPECTED), n + 2);
	assert_int_equal(stand_reg(s, HVB_R_N_HIT), 1);
	assert_int_equal(stand_reg(s, HVB_R_LOG_COUNT), 0);
	assert_int_equal(s->messages, 1);
	s->flights = 0;
	s->withhold = false;
	fault_expect_all_tags(s);
}

/* Twice in consecutive cycles: the second one comes while the first is being decided. */
static void test_duplicate_back_to_back(void **state)
{
	struct stand *s = *state;

	s->withhold = true;
	assert_int_equal(fault_ring(s, 7, 1), HVB_STATUS_SUCCESS);
	struct hvb_tlp_head right = right_answer(&s->flight[0]);
	inject(s, &right, 0);
	inject(s, &right, 0);
	inject(s, &right, 0);
	s->flights = 0;
	s->withhold = false;
	stand_run(s, 20);
	assert_int_equal(stand_reg(s, HVB_R_N_UNEXPECTED), 2);
	assert_int_equal(s->messages, 1);
	fault_expect_all_tags(s);
}

/* An answer before the request has left the card is nobody's. */
static void test_answer_before_request(void **state)
{
	struct stand *s = *state;

	s->stall_np = 256;
	assert_int_equal(fault_ring(s, 7, 1), HVB_STATUS_SUCCESS);
	assert_true(s->rtl->out.tx_np_valid);
	struct hvb_tlp_head head;
	hvb_tlp_parse(&s->rtl->out.tx_np, &head);
	struct stand_flight f = { .head = head };
	head = right_answer(&f);
	inject(s, &head, 0);
	stand_run(s, 20);
	assert_int_equal(stand_reg(s, HVB_R_N_UNEXPECTED), 1);
	assert_int_equal(s->messages, 0);
	s->stall_np = 0;
	stand_run(s, 60);
	assert_int_equal(s->messages, 1);
	assert_int_equal(s->memory[7], 2);
	fault_expect_all_tags(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bad_completions, fault_setup, fault_teardown),
		cmocka_unit_test_setup_teardown(test_fault_behind_a_miss, fault_setup, fault_teardown),
		cmocka_unit_test_setup_teardown(test_all_fail_at_once, fault_setup, fault_teardown),
		cmocka_unit_test_setup_teardown(test_log_ring, fault_setup, fault_teardown),
		cmocka_unit_test_setup_teardown(test_unexpected, fault_setup, fault_teardown),
		cmocka_unit_test_setup_teardown(test_duplicate_back_to_back, fault_setup, fault_teardown),
		cmocka_unit_test_setup_teardown(test_answer_before_request, fault_setup, fault_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
