/* SPDX-License-Identifier: MIT */
/* The golden model against every scenario of tests/scenarios: two readings of the specification that must agree.
 * Also that a wrong expectation is seen as one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include "fake_lib.h"
#include "tests/golden/golden_play.h"

#define EVERY_FILE "tests/scenarios/*/*.json"

static struct golden model;

/* Plays one scenario; prints what differs. */
static bool agrees(const struct scenario *scenario)
{
	bool good = golden_place_world(&model, &scenario->world);

	if (!good)
		print_message("%s: the world cannot be placed\n", scenario->name);
	for (size_t i = 0; i < scenario->step_count && good; i++) {
		struct seen seen;
		char why[300] = "";

		good = golden_play_step(&model, &scenario->steps[i], &seen) &&
		       seen_agrees(scenario, &scenario->steps[i], &seen, why, sizeof(why));
		if (!good)
			print_message("%s, step %zu: %s\n", scenario->name, i + 1, why);
		seen_free(&seen);
	}
	return good;
}

static void every_scenario_agrees(void **state)
{
	unsigned count = 0, wrong = 0;
	glob_t files;

	(void)state;
	assert_int_equal(glob(EVERY_FILE, 0, NULL, &files), 0);
	for (size_t f = 0; f < files.gl_pathc; f++) {
		struct scenario_file file;

		assert_true(scenario_read(&file, files.gl_pathv[f]));
		for (size_t i = 0; i < file.count; i++, count++) {
			if (file.scenarios[i].error)
				print_message("%s\n", file.scenarios[i].error);
			wrong += file.scenarios[i].error || !agrees(&file.scenarios[i]);
		}
		scenario_free(&file);
	}
	globfree(&files);
	assert_int_equal(wrong, 0);
	assert_true(count >= 136);
}

/* Each expectation of a scenario spoiled in turn. */
static void wrong_expectations_are_seen(void **state)
{
	struct scn_expected *expected;
	struct scenario_file file;
	struct scenario *scenario;

	(void)state;
	assert_true(scenario_read(&file, "tests/scenarios/basic/abi.json"));
	scenario = &file.scenarios[0];
	for (size_t i = 0; i < file.count; i++)
		if (file.scenarios[i].steps[0].expected.flag_count == 1)
			scenario = &file.scenarios[i];
	expected = &scenario->steps[0].expected;
	assert_true(agrees(scenario));
	expected->status++;
	assert_false(agrees(scenario));
	expected->status--;
	expected->code++;
	assert_false(agrees(scenario));
	expected->code--;
	expected->fault = HVBELL_FAULT_UD;
	assert_false(agrees(scenario));
	expected->fault = 0;
	expected->result.value++;
	assert_false(agrees(scenario));
	expected->result.value--;
	expected->reps.value++;
	assert_false(agrees(scenario));
	expected->reps.value--;
	expected->flags[0].flag++;
	assert_false(agrees(scenario));
	expected->flags[0].flag--;
	expected->flag_count = 0;
	assert_false(agrees(scenario));
	expected->flag_count = 1;
	expected->interrupts[0].count++;
	assert_false(agrees(scenario));
	expected->interrupts[0].count--;
	expected->interrupts[0].vector++;
	assert_false(agrees(scenario));
	expected->interrupts[0].vector--;
	expected->interrupt_count = 0;
	assert_false(agrees(scenario));
	expected->interrupt_count = 1;
	assert_true(agrees(scenario));
	scenario_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scenario_agrees),
		cmocka_unit_test(wrong_expectations_are_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
