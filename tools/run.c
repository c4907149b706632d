/* SPDX-License-Identifier: MIT */
/* hvbell run: plays scenario files on a card and reports what was seen, for people or as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include "command.h"
#include "play.h"

struct session {
	struct scenario_file *files;
	size_t file_count, scenario_count, played;
	hvbell_card *card;
	const char *url;
	bool json, bad_input, card_failed;
	unsigned tally[OUTCOMES];
};

/* A file that is no scenario at all stands in the results under its own name. */
static void as_one_error(struct scenario_file *file, struct scenario *place)
{
	*place = (struct scenario){ .name = file->json.path, .error = (char *)file->error };
	file->scenarios = place;
	file->count = 1;
}

/* Reads everything first, so that what cannot be read is known before the card works. Returns how many can be
 * played. */
static size_t read_files(struct session *session, char **paths, struct scenario *errors)
{
	size_t playable = 0;

	for (size_t f = 0; f < session->file_count; f++) {
		struct scenario_file *file = &session->files[f];

		if (!scenario_read(file, paths[f]))
			as_one_error(file, &errors[f]);
		for (size_t i = 0; i < file->count; i++) {
			if (file->scenarios[i].error) {
				session->bad_input = true;
				fprintf(stderr, "hvbell: %s\n", file->scenarios[i].error);
			} else {
				playable++;
			}
		}
		session->scenario_count += file->count;
	}
	return playable;
}

static void print_text(const struct scenario *scenario, const struct played *played)
{
	printf("%-5s %s\n", outcome_name(played->outcome), scenario->name ? scenario->name : "(without a name)");
	if (played->message[0])
		printf("      %s\n", played->message);
}

static void print_json(struct session *session, const struct scenario *scenario, struct played *played)
{
	struct json_object *object = played_json(scenario, session->url, played);

	printf("%s%s", session->played > 1 ? ",\n" : "",
	       json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

/* What could not be placed or done; a scenario that could not be read has been told before. */
static void tell_error(const char *path, const struct scenario *scenario, const struct played *played)
{
	if (played->outcome == OUTCOME_ERROR && !scenario->error)
		fprintf(stderr, "hvbell: %s: %s: %s\n", path, scenario->name, played->message);
}

/* Not behind a failure of the card: then what is left is only counted. */
static void play_one(struct session *session, const char *path, const struct scenario *scenario)
{
	struct played played;

	if (session->card_failed)
		return;
	session->played++;
	progress_line(session->played, session->scenario_count, scenario->name ? scenario->name : "");
	play(session->card, scenario, PLAY_SILENT_MS, &played);
	session->tally[played.outcome]++;
	session->card_failed = played.card_failed;
	progress_line(0, 0, NULL);
	tell_error(path, scenario, &played);
	if (session->json)
		print_json(session, scenario, &played);
	else
		print_text(scenario, &played);
	json_object_put(played.steps);
	fflush(stdout);
}

static void play_all(struct session *session)
{
	if (session->json)
		fputs("[", stdout);
	for (size_t f = 0; f < session->file_count; f++)
		for (size_t i = 0; i < session->files[f].count; i++)
			play_one(session, session->files[f].json.path, &session->files[f].scenarios[i]);
	if (session->json)
		puts("]");
	else
		printf("%u passed, %u failed, %u done, %u errors\n", session->tally[OUTCOME_PASS],
		       session->tally[OUTCOME_FAIL], session->tally[OUTCOME_DONE], session->tally[OUTCOME_ERROR]);
	if (session->played < session->scenario_count)
		fprintf(stderr, "hvbell run: the card failed: %zu more scenarios were not played\n",
			session->scenario_count - session->played);
}

static int run_files(struct session *session, const struct arguments *arguments, struct scenario *errors)
{
	struct hvbell_info info = { 0 };

	session->url = arguments->card ? arguments->card : getenv("HVBELL_CARD");
	if (!session->url)
		session->url = "sim:";
	if (read_files(session, arguments->rest, errors) > 0) {
		if (!card_open(arguments->card, &session->card))
			return EXIT_FAILED;
		if (hvbell_info(session->card, &info) == 0)
			session->url = info.url;
	}
	play_all(session);
	if (session->card)
		hvbell_close(session->card);
	if (session->bad_input)
		return EXIT_INPUT;
	return session->tally[OUTCOME_FAIL] || session->tally[OUTCOME_ERROR] ? EXIT_FAILED : EXIT_GOOD;
}

int command_run(int argc, char **argv)
{
	struct session session = { 0 };
	struct arguments arguments;
	struct scenario *errors;
	int ret = EXIT_FAILED;

	if (!arguments_read(&arguments, argc, argv, ARG_JSON))
		return EXIT_INPUT;
	if (arguments.rest_count == 0) {
		fputs("hvbell run: which file? hvbell --help says more\n", stderr);
		return EXIT_INPUT;
	}
	session.json = arguments.json;
	session.file_count = (size_t)arguments.rest_count;
	session.files = calloc(session.file_count, sizeof(*session.files));
	errors = calloc(session.file_count, sizeof(*errors));
	if (session.files && errors)
		ret = run_files(&session, &arguments, errors);
	else
		fputs("hvbell run: out of memory\n", stderr);
	for (size_t f = 0; session.files && f < session.file_count; f++)
		scenario_free(&session.files[f]);
	free(session.files);
	free(errors);
	return ret;
}
