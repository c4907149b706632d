/* SPDX-License-Identifier: MIT */
/*
 * Every change of a table takes effect exactly between the doorbells of the cycles beside it (docs/design.md 2, "Every
 * beat is a slot of one pipeline"): a doorbell, a register write and a doorbell in three consecutive cycles.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "one_world.h"

static unsigned status_of(struct stand *s, unsigned slot)
{
	return stand_status(s, SENDER, slot) & 0xffff;
}

/* Doorbell on slot 0, write, doorbell on slot 1. */
static void expect_around(struct world *w, unsigned reg, uint64_t value, unsigned before, unsigned behind)
{
	struct hvb_tlp beats[3];

	stand_doorbell(&beats[0], SENDER, 0, stand_input(ID, 0));
	stand_register(&beats[1], reg, value);
	stand_doorbell(&beats[2], SENDER, 1, stand_input(ID, 0));
	assert_true(stand_volley(w->s, beats, 3));
	assert_int_equal(status_of(w->s, 0), before);
	assert_int_equal(status_of(w->s, 1), behind);
	stand_run(w->s, 60);
}

/* There and back, so that neither direction is luck. */
static void expect_switch(struct world *w, unsigned stage, uint64_t good, uint64_t bad, unsigned commit, uint64_t place,
			  unsigned status)
{
	for (int i = 0; i < 2; i++) {
		stand_reg_write(w->s, stage, bad);
		expect_around(w, commit, place, HVB_STATUS_SUCCESS, status);
		stand_reg_write(w->s, stage, good);
		expect_around(w, commit, place, status, HVB_STATUS_SUCCESS);
	}
}

static void test_order_of_connection(void **state)
{
	struct world *w = *state;
	struct stand_conn dead = w->conn, none = w->conn, narrow = w->conn;

	dead.verdict = HVB_VERDICT_DEAD;
	none.verdict = HVB_VERDICT_EMPTY;
	narrow.count = 0;
	uint64_t good = stand_conn_entry(&w->conn);
	expect_switch(w, HVB_R_CONN_ENTRY, good, stand_conn_entry(&dead), HVB_R_CONN_COMMIT, w->place,
		      HVB_STATUS_INVALID_PORT_ID);
	expect_switch(w, HVB_R_CONN_ENTRY, good, stand_conn_entry(&none), HVB_R_CONN_COMMIT, w->place,
		      HVB_STATUS_INVALID_CONNECTION_ID);
	expect_switch(w, HVB_R_CONN_ENTRY, good, stand_conn_entry(&narrow), HVB_R_CONN_COMMIT, w->place,
		      HVB_STATUS_INVALID_PARAMETER);
}

static void test_order_of_word(void **state)
{
	struct world *w = *state;
	struct stand_word word = w->word;
	uint64_t good = stand_word_attr(&word);

	word.state = HVB_WSTATE_OFF;
	expect_switch(w, HVB_R_WORD_ATTR, good, stand_word_attr(&word), HVB_R_WORD_COMMIT, WORD,
		      HVB_STATUS_INVALID_SYNIC_STATE);
	word.state = HVB_WSTATE_NOVP;
	expect_switch(w, HVB_R_WORD_ATTR, good, stand_word_attr(&word), HVB_R_WORD_COMMIT, WORD,
		      HVB_STATUS_INVALID_VP_INDEX);
}

static void test_order_of_group(void **state)
{
	struct world *w = *state;

	w->conn.any = true;
	w->conn.word = 9;        /* group 9, whose ring is element 4 alone */
	stand_reg_write(w->s, HVB_R_CONN_ENTRY, stand_conn_entry(&w->conn));
	stand_reg_write(w->s, HVB_R_CONN_COMMIT, w->place);
	stand_reg_write(w->s, HVB_R_LIST_ENTRY, WORD | 4ull << HVB_LIST_ENTRY_NEXT_SHIFT);
	stand_reg_write(w->s, HVB_R_LIST_COMMIT, 4);
	uint64_t on = 4 | (uint64_t)HVB_WSTATE_ON << HVB_GROUP_ENTRY_STATE_SHIFT;
	uint64_t off = 4 | (uint64_t)HVB_WSTATE_OFF << HVB_GROUP_ENTRY_STATE_SHIFT;
	uint64_t none = 4 | (uint64_t)HVB_WSTATE_NOVP << HVB_GROUP_ENTRY_STATE_SHIFT;
	stand_reg_write(w->s, HVB_R_GROUP_ENTRY, on);
	stand_reg_write(w->s, HVB_R_GROUP_COMMIT, 9);
	expect_switch(w, HVB_R_GROUP_ENTRY, on, off, HVB_R_GROUP_COMMIT, 9, HVB_STATUS_INVALID_SYNIC_STATE);
	expect_switch(w, HVB_R_GROUP_ENTRY, on, none, HVB_R_GROUP_COMMIT, 9, HVB_STATUS_INVALID_VP_INDEX);
}

static void test_order_of_partition(void **state)
{
	struct world *w = *state;
	uint64_t right = HVB_PSTATE_ACTIVE | 1ull << HVB_PART_SIGNAL_EVENTS_SHIFT;

	for (int i = 0; i < 2; i++) {
		expect_around(w, HVB_W_PART + 8 * SENDER, HVB_PSTATE_ACTIVE, HVB_STATUS_SUCCESS,
			      HVB_STATUS_ACCESS_DENIED);
		expect_around(w, HVB_W_PART + 8 * SENDER, right, HVB_STATUS_ACCESS_DENIED, HVB_STATUS_SUCCESS);
		expect_around(w, HVB_W_PART + 8 * RECEIVER, HVB_PSTATE_FINALIZING, HVB_STATUS_SUCCESS,
			      HVB_STATUS_INVALID_PORT_ID);
		expect_around(w, HVB_W_PART + 8 * RECEIVER, HVB_PSTATE_ACTIVE, HVB_STATUS_INVALID_PORT_ID,
			      HVB_STATUS_SUCCESS);
	}
}

static void test_order_of_vp_ctrl(void **state)
{
	struct world *w = *state;
	uint64_t off = VP | 1ull << HVB_VP_CTRL_OFF_SHIFT;

	for (int i = 0; i < 2; i++) {
		expect_around(w, HVB_R_VP_CTRL, off, HVB_STATUS_SUCCESS, HVB_STATUS_INVALID_SYNIC_STATE);
		assert_int_equal(stand_reg(w->s, HVB_W_VP + 8 * VP), 1);
		expect_around(w, HVB_R_VP_CTRL, VP, HVB_STATUS_INVALID_SYNIC_STATE, HVB_STATUS_SUCCESS);
		assert_int_equal(stand_reg(w->s, HVB_W_VP + 8 * VP), 0);
	}
}

/* Staging and commit directly behind each other, doorbells between, sixteen times without an empty cycle. */
static void test_staging_back_to_back(void **state)
{
	struct world *w = *state;
	struct stand_word off = w->word;
	struct stand_conn dead = w->conn;
	struct hvb_tlp beats[HVB_SLOTS * 5];

	off.state = HVB_WSTATE_OFF;
	dead.verdict = HVB_VERDICT_DEAD;
	for (unsigned i = 0; i < HVB_SLOTS; i++) {
		struct hvb_tlp *b = beats + 5 * i;
		stand_register(&b[0], HVB_R_WORD_ATTR, stand_word_attr(i & 1 ? &off : &w->word));
		stand_register(&b[1], HVB_R_WORD_COMMIT, WORD);
		stand_register(&b[2], HVB_R_CONN_ENTRY, stand_conn_entry(i & 2 ? &dead : &w->conn));
		stand_register(&b[3], HVB_R_CONN_COMMIT, w->place);
		stand_doorbell(&b[4], SENDER, i, stand_input(ID, i));
	}
	assert_true(stand_volley(w->s, beats, HVB_SLOTS * 5));
	for (unsigned i = 0; i < HVB_SLOTS; i++)
		assert_int_equal(status_of(w->s, i), i & 2 ? HVB_STATUS_INVALID_PORT_ID : i & 1 ?
				 HVB_STATUS_INVALID_SYNIC_STATE :
				 HVB_STATUS_SUCCESS);
	assert_true(stand_drain(w->s, 10000));
	assert_int_equal(w->s->memory[WORD], 0x1111);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order_of_connection, one_world_setup, one_world_teardown),
		cmocka_unit_test_setup_teardown(test_order_of_word, one_world_setup, one_world_teardown),
		cmocka_unit_test_setup_teardown(test_order_of_group, one_world_setup, one_world_teardown),
		cmocka_unit_test_setup_teardown(test_order_of_partition, one_world_setup, one_world_teardown),
		cmocka_unit_test_setup_teardown(test_order_of_vp_ctrl, one_world_setup, one_world_teardown),
		cmocka_unit_test_setup_teardown(test_staging_back_to_back, one_world_setup, one_world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
