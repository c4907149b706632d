/* SPDX-License-Identifier: MIT */
/* Makes signals, and has somebody look at the card meanwhile. */
#include "follow.h"
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "burst.h"
#include "command.h"
#include "diag.h"
#include "stage.h"

#define SIGNALS 100000000u      /* of each sender: more than any load lasts */
#define SLICE 1.0               /* seconds between two chances to end */

static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

void follow_until_interrupt(void)
{
	const struct sigaction action = { .sa_handler = stop };

	sigaction(SIGINT, &action, NULL);
}

static int card_failed(void)
{
	diag_tell("hvbell");
	return EXIT_FAILED;
}

static int play_steps(struct stage *stage, follow_fn *look, void *arg)
{
	int ret = hvbell_trace_enable(stage->card, true);

	if (ret)
		return card_failed();
	for (size_t i = 0; i < stage->scenario->step_count && !stopped; i++) {
		struct seen seen;

		ret = stage_step(stage, i, &seen);
		seen_free(&seen);
		if (ret) {
			fprintf(stderr, "hvbell: %s: step %zu: %s\n", stage->scenario->name, i + 1, stage->error);
			return EXIT_FAILED;
		}
		if (look(stage->card, arg) != 0)
			return card_failed();
	}
	return EXIT_GOOD;
}

static int play_scenario(hvbell_card *card, const struct scenario *scenario, follow_fn *look, void *arg)
{
	struct stage stage;
	int ret = EXIT_FAILED;

	if (stage_open(&stage, card, scenario, 1) == 0)
		ret = play_steps(&stage, look, arg);
	else
		fprintf(stderr, "hvbell: %s: %s\n", scenario->name, stage.error);
	stage_close(&stage);
	return ret;
}

static int play_file(hvbell_card *card, const struct scenario_file *file, follow_fn *look, void *arg)
{
	int ret = EXIT_GOOD;

	for (size_t i = 0; i < file->count && ret == EXIT_GOOD && !stopped; i++) {
		if (!file->scenarios[i].error) {
			ret = play_scenario(card, &file->scenarios[i], look, arg);
			continue;
		}
		fprintf(stderr, "hvbell: %s\n", file->scenarios[i].error);
		ret = EXIT_INPUT;
	}
	return ret;
}

int follow_files(hvbell_card *card, char **paths, int count, follow_fn *look, void *arg)
{
	int ret = EXIT_GOOD;

	for (int i = 0; i < count && ret == EXIT_GOOD && !stopped; i++) {
		struct scenario_file file;

		if (scenario_read(&file, paths[i])) {
			ret = play_file(card, &file, look, arg);
		} else {
			fprintf(stderr, "hvbell: %s\n", file.error);
			ret = EXIT_INPUT;
		}
		scenario_free(&file);
	}
	return ret;
}

bool follow_check(char **paths, int count)
{
	bool good = true;

	for (int i = 0; i < count && good; i++) {
		struct scenario_file file;
		const char *error = scenario_read(&file, paths[i]) ? NULL : file.error;

		for (size_t k = 0; !error && k < file.count; k++)
			error = file.scenarios[k].error;
		if (error)
			fprintf(stderr, "hvbell: %s\n", error);
		good = !error;
		scenario_free(&file);
	}
	return good;
}

struct load {
	hvbell_card *card;
	double seconds;
	int ret;
	bool told;
};

/* An error is its thread's own; the first of the two that has one tells it. */
static void tell_once(struct load *load)
{
	if (!__atomic_exchange_n(&load->told, true, __ATOMIC_RELAXED))
		card_failed();
}

/* Slice by slice, so that it ends soon after it shall. */
static void *make_load(void *arg)
{
	struct burst_figures figures;
	struct load *load = arg;

	for (double left = load->seconds; !load->ret && !stopped && (load->seconds <= 0 || left > 0); left -= SLICE)
		load->ret = burst_together(load->card, SIGNALS, left > 0 && left < SLICE ? left : SLICE, &figures);
	if (load->ret)
		tell_once(load);
	return NULL;
}

/* Whether the load ended within so long; then its thread is joined. */
static bool ends_within(pthread_t thread, int ms)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	return pthread_timedjoin_np(thread, NULL, &until) == 0;
}

int follow_load(hvbell_card *card, double seconds, int interval_ms, follow_fn *look, void *arg)
{
	struct load load = { .card = card, .seconds = seconds };
	bool ended = false;
	pthread_t thread;
	int ret = burst_world(card);

	ret = ret ? ret : hvbell_trace_enable(card, true);
	if (ret)
		return card_failed();
	ret = pthread_create(&thread, NULL, make_load, &load);
	if (ret) {
		fprintf(stderr, "hvbell: no thread for the load\n");
		return EXIT_FAILED;
	}
	while (ret == 0 && !(ended = ends_within(thread, interval_ms)))
		ret = look(card, arg);
	if (ret) {
		tell_once(&load);
		stopped = 1;
	}
	if (!ended)
		pthread_join(thread, NULL);
	if (ret || load.ret)
		return EXIT_FAILED;
	return look(card, arg) ? card_failed() : EXIT_GOOD;
}

bool follow_number(const char *command, const char *name, const char *text, uint64_t most, uint64_t *value)
{
	char *end;

	if (!text)
		return true;
	errno = 0;
	*value = strtoull(text, &end, 0);
	if (*text >= '0' && *text <= '9' && !*end && !errno && *value <= most)
		return true;
	fprintf(stderr, "hvbell %s: %s is a number up to 0x%" PRIx64 ", not \"%s\"\n", command, name, most, text);
	return false;
}
