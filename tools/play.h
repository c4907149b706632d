/* SPDX-License-Identifier: MIT */
/* Plays a whole scenario on a card and says how it went. */
#ifndef TOOLS_PLAY_H
#define TOOLS_PLAY_H
#include <json-c/json.h>
#include "scenario.h"

enum outcome { OUTCOME_PASS, OUTCOME_FAIL, OUTCOME_DONE, OUTCOME_ERROR, OUTCOMES };

struct played {
	enum outcome outcome;
	char message[700];              /* of a failure or an error, else "" */
	struct json_object *steps;      /* results, one for each step that was done; the caller's */
	bool card_failed;               /* an error of the card itself: another scenario would only wait for it, too */
};

/* "pass" and so on. */
const char *outcome_name(enum outcome outcome);
#define PLAY_SILENT_MS 10       /* how long an eventfd is watched that must not be signaled */

/* Plays it, watching eventfds that must stay silent for silent_ms after each step. One that could not be read has
 * the outcome OUTCOME_ERROR. card may be NULL for such a one. */
void play(hvbell_card *card, const struct scenario *scenario, int silent_ms, struct played *played);
/* The object of `hvbell run --json`; takes played->steps. */
struct json_object *played_json(const struct scenario *scenario, const char *url, struct played *played);

/* A line on standard error that is written over and over, where that is a terminal. text NULL takes it away. */
void progress_line(size_t at, size_t of, const char *text);
#endif
