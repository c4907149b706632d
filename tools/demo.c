/* SPDX-License-Identifier: MIT */
/* hvbell demo: what the card does, in under 20 seconds: a directory of scenarios, then signals alone and in a burst. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "burst.h"
#include "command.h"
#include "diag.h"
#include "play.h"

#define DEFAULT_DIRECTORY "tests/scenarios/basic"
#define SILENT_MS 1             /* hvbell run looks longer */
#define ALONE_SIGNALS 64
#define BURST_SIGNALS 5000      /* of each of four senders */
#define BURST_SECONDS 5.0

struct files {
	const char *directory;
	struct dirent **entries;
	int count;
};

static int is_scenario(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0;
}

/* False where the card failed: nothing more can be shown on it. */
static bool play_file(hvbell_card *card, struct scenario_file *file, unsigned *tally)
{
	bool card_failed = false;

	for (size_t i = 0; i < file->count && !card_failed; i++) {
		const struct scenario *scenario = &file->scenarios[i];
		struct played played;

		progress_line(i + 1, file->count, scenario->name ? scenario->name : file->json.path);
		play(card, scenario, SILENT_MS, &played);
		json_object_put(played.steps);
		card_failed = played.card_failed;
		tally[played.outcome]++;
		if (played.outcome == OUTCOME_PASS || played.outcome == OUTCOME_DONE)
			continue;
		progress_line(0, 0, NULL);
		printf("  %s %s: %s\n", outcome_name(played.outcome), scenario->name ? scenario->name : "",
		       played.message);
	}
	return !card_failed;
}

/* A directory's scenario files; false (said on standard error) where there are none. */
static bool find_files(const char *directory, struct files *files)
{
	files->directory = directory;
	files->entries = NULL;
	files->count = scandir(directory, &files->entries, is_scenario, alphasort);
	if (files->count > 0)
		return true;
	fprintf(stderr, "hvbell demo: %s: %s\n", directory,
		files->count < 0 ? strerror(errno) : "no scenario files (*.json) there");
	fputs("        give a DIRECTORY of scenarios, as tests/scenarios/basic of hvbell's sources is one\n", stderr);
	free(files->entries);
	return false;
}

/* Plays them; *alive is whether the card did not fail. Returns the exit status so far. */
static int play_files(hvbell_card *card, struct files *files, bool *alive)
{
	unsigned tally[OUTCOMES] = { 0 };

	*alive = true;
	for (int i = 0; i < files->count && *alive; i++) {
		struct scenario_file file;
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", files->directory, files->entries[i]->d_name);
		if (scenario_read(&file, path)) {
			*alive = play_file(card, &file, tally);
		} else {
			tally[OUTCOME_ERROR]++;
			printf("  error %s\n", file.error);
		}
		scenario_free(&file);
	}
	progress_line(0, 0, NULL);
	printf("scenarios: %u passed, %u failed, %u errors (%s)\n", tally[OUTCOME_PASS] + tally[OUTCOME_DONE],
	       tally[OUTCOME_FAIL], tally[OUTCOME_ERROR], files->directory);
	return tally[OUTCOME_FAIL] || tally[OUTCOME_ERROR] ? EXIT_FAILED : EXIT_GOOD;
}

static void free_files(struct files *files)
{
	for (int i = 0; i < files->count; i++)
		free(files->entries[i]);
	free(files->entries);
}

static void print_count(const char *what, uint64_t alone, uint64_t together)
{
	printf("%-36s %16" PRIu64 " %16" PRIu64 "\n", what, alone, together);
}

static const char *span_text(const struct burst_span *span, char *text, size_t size)
{
	if (span->any)
		snprintf(text, size, "%u to %u", span->least, span->most);
	else
		snprintf(text, size, "-");
	return text;
}

static void print_span(const char *what, const struct burst_span *alone, const struct burst_span *together)
{
	char first[32], second[32];

	printf("%-36s %16s %16s\n", what, span_text(alone, first, sizeof(first)),
	       span_text(together, second, sizeof(second)));
}

static void print_table(const struct burst_figures *alone, const struct burst_figures *together)
{
	printf("\n%-36s %16s %16s\n", "two partitions, four VPs", "one at a time", "four threads");
	print_count("signals", alone->signals, together->signals);
	print_count("coalesced on the card", alone->coalesced, together->coalesced);
	print_count("interrupts", alone->interrupts, together->interrupts);
	print_count("flags taken by receivers", alone->received, together->received);
	print_count("flags lost", alone->lost, together->lost);
	print_span("cycles, doorbell to request", &alone->to_request, &together->to_request);
	print_span("cycles, completion to message", &alone->to_message, &together->to_message);
}

static int signal_demo(hvbell_card *card)
{
	struct burst_figures alone, together;
	int ret = burst_world(card);

	if (ret == 0)
		ret = burst_alone(card, ALONE_SIGNALS, &alone);
	if (ret == 0) {
		progress_line(1, 1, "four threads signal");
		ret = burst_together(card, BURST_SIGNALS, BURST_SECONDS, &together);
		progress_line(0, 0, NULL);
	}
	if (ret != 0) {
		diag_tell("hvbell demo");
		return EXIT_FAILED;
	}
	print_table(&alone, &together);
	return alone.lost || together.lost ? EXIT_FAILED : EXIT_GOOD;
}

static void print_card(hvbell_card *card)
{
	struct hvbell_info info;

	if (hvbell_info(card, &info) != 0)
		return;
	printf("hvbell: a PCIe card that signals events between virtual machines: a hypercall becomes one store\n"
	       "the card here is %s (%u partitions, %u connections, %u VPs, %u AtomicOps in flight, %u MHz)\n",
	       info.url, info.partitions, info.connections, info.vps, info.tags, info.clock_mhz);
}

static int demo(hvbell_card *card, struct files *files)
{
	int scenarios, signals;
	bool alive;

	print_card(card);
	scenarios = play_files(card, files, &alive);
	if (!alive)
		return EXIT_FAILED;
	signals = signal_demo(card);
	puts("\nNext: docs/design.md says how it works; hvbell run --json FILE shows what a scenario saw;\n"
	     "--card 'sim:?trace=run.fst' records every pin of the card for a waveform viewer.");
	return scenarios != EXIT_GOOD ? scenarios : signals;
}

int command_demo(int argc, char **argv)
{
	struct arguments arguments;
	struct files files;
	hvbell_card *card;
	int ret = EXIT_FAILED;

	if (!arguments_read(&arguments, argc, argv, 0))
		return EXIT_INPUT;
	if (arguments.rest_count > 1) {
		fprintf(stderr, "hvbell demo: %s is too much\n", arguments.rest[1]);
		return EXIT_INPUT;
	}
	if (!find_files(arguments.rest_count ? arguments.rest[0] : DEFAULT_DIRECTORY, &files))
		return EXIT_INPUT;
	if (card_open(arguments.card, &card)) {
		ret = demo(card, &files);
		hvbell_close(card);
	}
	free_files(&files);
	return ret;
}
