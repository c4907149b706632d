/* SPDX-License-Identifier: MIT */
/* Plays a scenario: its steps one after the other, each compared with what is expected of it. */
#include "play.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "report.h"
#include "stage.h"

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[OUTCOMES] = { "pass", "fail", "done", "error" };

	return names[outcome];
}

/* The first failure is told; the steps behind it are done and reported all the same. */
static void note_failure(struct played *played, const struct scn_step *step, size_t index, const char *why)
{
	if (played->outcome != OUTCOME_FAIL)
		snprintf(played->message, sizeof(played->message), "step %zu (%s): %s", index + 1,
			 scn_op_name(step->op), why);
	played->outcome = OUTCOME_FAIL;
}

/* The card does not answer, or does not do in time what it must. */
static bool is_of_card(int err)
{
	return err == -ETIMEDOUT || err == -ENODEV || err == -EIO;
}

static void play_steps(struct stage *stage, const struct scenario *scenario, struct played *played)
{
	for (size_t i = 0; i < scenario->step_count; i++) {
		const struct scn_step *step = &scenario->steps[i];
		struct seen seen;
		char why[400];
		int ret = stage_step(stage, i, &seen);

		if (ret == 0)
			json_object_array_add(played->steps, report_step(&seen));
		if (ret != 0) {
			played->outcome = OUTCOME_ERROR;
			played->card_failed = is_of_card(ret);
			snprintf(played->message, sizeof(played->message), "step %zu: %s", i + 1, stage->error);
		} else if (!seen_agrees(scenario, step, &seen, why, sizeof(why))) {
			note_failure(played, step, i, why);
		}
		seen_free(&seen);
		if (ret != 0)
			return;
	}
}

void play(hvbell_card *card, const struct scenario *scenario, int silent_ms, struct played *played)
{
	struct stage stage;
	int ret;

	memset(played, 0, sizeof(*played));
	played->steps = json_object_new_array();
	played->outcome = OUTCOME_ERROR;
	if (scenario->error) {
		snprintf(played->message, sizeof(played->message), "%s", scenario->error);
		return;
	}
	ret = stage_open(&stage, card, scenario, silent_ms);
	if (ret == 0) {
		played->outcome = scenario_expects(scenario) ? OUTCOME_PASS : OUTCOME_DONE;
		play_steps(&stage, scenario, played);
	} else {
		played->card_failed = is_of_card(ret);
		snprintf(played->message, sizeof(played->message), "%s", stage.error);
	}
	stage_close(&stage);
}

struct json_object *played_json(const struct scenario *scenario, const char *url, struct played *played)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "name", scenario->name ? json_object_new_string(scenario->name) : NULL);
	json_object_object_add(object, "card", json_object_new_string(url));
	json_object_object_add(object, "result", json_object_new_string(outcome_name(played->outcome)));
	if (played->message[0])
		json_object_object_add(object, "message", json_object_new_string(played->message));
	json_object_object_add(object, "steps", played->steps);
	played->steps = NULL;
	return object;
}

void progress_line(size_t at, size_t of, const char *text)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (text)
		fprintf(stderr, "\r[%zu/%zu] %.100s\033[K", at, of, text);
	else
		fputs("\r\033[K", stderr);
	fflush(stderr);
}
