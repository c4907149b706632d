/* SPDX-License-Identifier: MIT */
/* The scenario runner on the fake library: every scenario passes there, and each defect of a card, or of its
 * library, is seen as what it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <glob.h>
#include <string.h>
#include "fake_lib.h"
#include "tools/play.h"

#define BASIC "tests/scenarios/basic/abi.json"

static hvbell_card *card;
static struct scenario_file basic;
static const struct scenario *fast_basic, *cpl3;

static const struct scenario *find(const char *name)
{
	for (size_t i = 0; i < basic.count; i++)
		if (basic.scenarios[i].name && strcmp(basic.scenarios[i].name, name) == 0)
			return &basic.scenarios[i];
	return NULL;
}

static int set_up(void **state)
{
	(void)state;
	if (hvbell_open("fake:", &card) != 0 || !scenario_read(&basic, BASIC))
		return -1;
	fast_basic = find("fast_basic");
	cpl3 = find("cpl3_caller");
	return fast_basic && cpl3 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	scenario_free(&basic);
	hvbell_close(card);
	return 0;
}

/* Plays a scenario; what it came to, and the beginning of its message. */
static void comes_to(const struct scenario *scenario, enum outcome outcome, const char *words)
{
	struct played played;

	play(card, scenario, 1, &played);
	json_object_put(played.steps);
	if (played.outcome != outcome || !strstr(played.message, words))
		fail_msg("%s: %s: %s", scenario->name, outcome_name(played.outcome), played.message);
}

static void every_scenario_passes(void **state)
{
	glob_t files;

	(void)state;
	assert_int_equal(glob("tests/scenarios/*/*.json", 0, NULL, &files), 0);
	for (size_t f = 0; f < files.gl_pathc; f++) {
		struct scenario_file file;

		assert_true(scenario_read(&file, files.gl_pathv[f]));
		for (size_t i = 0; i < file.count; i++)
			comes_to(&file.scenarios[i], OUTCOME_PASS, "");
		scenario_free(&file);
	}
	globfree(&files);
}

static void lost_interrupt(void **state)
{
	(void)state;
	card->lose_interrupts = true;
	comes_to(fast_basic, OUTCOME_FAIL, "interrupt_requests: vp 0 vector 0xb1: expected 1, seen 0");
	card->lose_interrupts = false;
}

static void second_interrupt(void **state)
{
	(void)state;
	card->second_interrupt = true;
	comes_to(fast_basic, OUTCOME_FAIL, "interrupt_requests: vp 0 vector 0xb1: expected 1, seen 2");
	card->second_interrupt = false;
}

static void lost_eventfd(void **state)
{
	(void)state;
	card->lose_eventfds = true;
	comes_to(fast_basic, OUTCOME_FAIL, "is not signaled though the card counts 1 messages");
	card->lose_eventfds = false;
	comes_to(fast_basic, OUTCOME_PASS, "");
}

static void failing_card(void **state)
{
	(void)state;
	card->fail_fence = -ETIMEDOUT;
	comes_to(fast_basic, OUTCOME_ERROR, "step 1: fence: Connection timed out");
	card->fail_fence = 0;
	card->fail_signal = -EIO;
	comes_to(fast_basic, OUTCOME_ERROR, "step 1: hypercall: Input/output error");
	comes_to(cpl3, OUTCOME_PASS, "");
	card->fail_signal = 0;
	card->fail_reset = -ENODEV;
	comes_to(fast_basic, OUTCOME_ERROR, "resetting the card: No such device");
	card->fail_reset = 0;
	comes_to(fast_basic, OUTCOME_PASS, "");
}

static void impossible_worlds(void **state)
{
	struct scn_partition twice[2] = { { .id = 1, .state = HVBELL_ACTIVE }, { .id = 1, .state = HVBELL_ACTIVE } };
	struct scn_flag flag = { .partition = 1, .vp = 9 };
	struct scenario scenario = { .name = "x", .world = { .partitions = twice, .partition_count = 2 } };

	(void)state;
	comes_to(&scenario, OUTCOME_ERROR, "setup: partition 0x1:0x0");
	scenario.world.partition_count = 1;
	comes_to(&scenario, OUTCOME_DONE, "");
	scenario.world.presets = &flag;
	scenario.world.preset_count = 1;
	comes_to(&scenario, OUTCOME_ERROR, "setup: preset flag of VP 0x1:0x9");
}

/* Rows count where a step leaves a key to them, or where the scenario leaves its answer open; not otherwise. */
static void rows_of_acceptable(void **state)
{
	struct scn_expected rows[] = { { .has_status = true, .status = HV_STATUS_INVALID_PORT_ID },
				       { .has_status = true, .status = HV_STATUS_SUCCESS } };
	struct scn_step step = fast_basic->steps[0];
	struct scenario scenario = *fast_basic;

	(void)state;
	scenario.steps = &step;
	scenario.acceptable = rows;
	scenario.acceptable_count = 1;
	step.expected = (struct scn_expected){ .see_acceptable = true };
	comes_to(&scenario, OUTCOME_FAIL, "no row of acceptable is right: seen HV_STATUS_SUCCESS");
	scenario.acceptable_count = 2;
	comes_to(&scenario, OUTCOME_PASS, "");
	step.expected.has_flags = true;
	comes_to(&scenario, OUTCOME_FAIL, "sief_bits_after: partition 0x20 vp 0 sint 2 flag 64 is set");
	step.expected = rows[0];
	comes_to(&scenario, OUTCOME_FAIL, "status: expected HV_STATUS_INVALID_PORT_ID");
	scenario.implementation_defined = true;
	comes_to(&scenario, OUTCOME_PASS, "");
	scenario.acceptable_count = 1;
	comes_to(&scenario, OUTCOME_FAIL, "status: expected HV_STATUS_INVALID_PORT_ID");
}

static void impossible_steps(void **state)
{
	struct scn_call call = { .caller_partition = 5, .mode = SCN_X64 };
	struct scn_step step = { .op = SCN_HYPERCALL, .calls = &call, .call_count = 1 };
	struct scenario scenario = { .name = "x", .steps = &step, .step_count = 1 };

	(void)state;
	comes_to(&scenario, OUTCOME_ERROR, "step 1: hypercall: caller_partition is not in setup");
	step.op = SCN_CONCURRENT_HYPERCALLS;
	comes_to(&scenario, OUTCOME_ERROR, "step 1: concurrent_hypercalls: caller_partition is not in setup");
	step = (struct scn_step){ .op = SCN_VP_RESET, .partition = 1 };
	comes_to(&scenario, OUTCOME_ERROR, "step 1: vp_reset: No such file or directory");
	step.op = SCN_GUEST_CLEAR_FLAG;
	comes_to(&scenario, OUTCOME_ERROR, "step 1: guest_clear_flag: there is no such VP");
}

static void results_as_json(void **state)
{
	static const char expected[] =
		"{\"name\":\"fast_basic\",\"card\":\"fake:\",\"result\":\"pass\",\"steps\":[{\"status\":\"HV_STATUS_"
		"SUCCESS\","
		"\"status_code\":\"0x0\",\"fault\":null,\"result_value_masked\":{\"mask\":\"0xffff\",\"value\":\"0x0\"}"
		","
		"\"reps_completed\":0,\"output_qword_masked\":null,\"sief_bits_after\":[{\"partition\":\"0x20\",\"vp\":"
		"0,"
		"\"sint\":2,\"flag\":64,\"page_offset\":\"0x208\",\"bit_in_byte\":0}],\"interrupt_requests\":["
		"{\"partition\":\"0x20\",\"vp\":0,\"vector\":\"0xb1\",\"count\":1}]}]}";
	struct json_object *object;
	struct played played;

	(void)state;
	play(card, fast_basic, 1, &played);
	object = played_json(fast_basic, "fake:", &played);
	assert_string_equal(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN), expected);
	json_object_put(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scenario_passes), cmocka_unit_test(lost_interrupt),
		cmocka_unit_test(second_interrupt),	 cmocka_unit_test(lost_eventfd),
		cmocka_unit_test(failing_card),		 cmocka_unit_test(impossible_worlds),
		cmocka_unit_test(impossible_steps),	 cmocka_unit_test(results_as_json),
		cmocka_unit_test(rows_of_acceptable),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
