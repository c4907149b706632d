/* SPDX-License-Identifier: MIT */
/* hvbell bench: how long a signal takes, through the card and through software beside it. */
#include <errno.h>
#include <json-c/json.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench_wait.h"
#include "bench_html.h"
#include "command.h"
#include "diag.h"
#include "play.h"

#define COUNT_SIMULATED 2000u
#define COUNT_BOARD 100000u
#define COUNT_MAX 100000000u
#define PATIENCE 1000000000u    /* ns */

/* What is measured on a card that has one clock. */
struct part {
	const char *text;
	int (*run)(struct bench *bench, hvbell_card *card);
};

/* By a simulated card's clock. */
static const struct part by_model[] = {
	{ "calibration", bench_calibrate }, { "latencies", bench_latencies }, { "the card's stages", bench_stages },
	{ "ping-pong", bench_ping_pong }, { "floods", bench_floods }, { "fan-out", bench_fan_out },
	{ "scale", bench_scale }, { NULL, NULL },
};

/* By the wall's clock on a simulated card: what a user's own thread sees, and the software path stands beside. */
static const struct part by_wall[] = {
	{ "calibration", bench_calibrate }, { "ways of waiting", bench_waits }, { "floods", bench_floods },
	{ NULL, NULL },
};

/* The same signals on the same card with owned delivery, beside those by AtomicOps. */
static const struct part owned[] = {
	{ "owned: latencies", bench_latencies }, { "owned: the card's stages", bench_stages },
	{ "owned: ping-pong", bench_ping_pong }, { "owned: floods", bench_floods },
	{ "owned: fan-out", bench_fan_out }, { "owned: scale", bench_scale }, { NULL, NULL },
};

static const struct part owned_on_board[] = {
	{ "owned: ways of waiting", bench_waits }, { "owned: the card's stages", bench_stages },
	{ "owned: ping-pong", bench_ping_pong }, { "owned: reactions", bench_turns },
	{ "owned: floods", bench_floods }, { "owned: fan-out", bench_fan_out }, { "owned: scale", bench_scale },
	{ NULL, NULL },
};

static const struct part on_board[] = {
	{ "calibration", bench_calibrate }, { "ways of waiting", bench_waits }, { "the card's stages", bench_stages },
	{ "ping-pong", bench_ping_pong }, { "reactions", bench_turns }, { "floods", bench_floods },
	{ "fan-out", bench_fan_out }, { "scale", bench_scale }, { NULL, NULL },
};

static int failed(const char *what)
{
	char who[100];

	progress_line(0, 0, NULL);
	snprintf(who, sizeof(who), "hvbell bench: %s", what);
	diag_tell(who);
	return EXIT_FAILED;
}

/* By the wall's clock the thread that measures has the sender's processor. A card's own threads are made when it is
 * opened, and do not get that. */
static void settle(struct bench *bench, hvbell_card *card)
{
	sched_getaffinity(0, sizeof(bench->cpus), &bench->cpus);
	if (hvbell_step(card, 0, NULL) != 0)
		bench_pin(pthread_self(), bench->cpu_sender);
}

static int run_parts(struct bench *bench, const char *url, const struct part *parts)
{
	size_t count = 0;
	hvbell_card *card;
	int ret = 0;

	if (!card_open(url, &card))
		return EXIT_FAILED;
	settle(bench, card);
	bench->card = bench_card_name(card);
	while (parts[count].run)
		count++;
	for (size_t i = 0; i < count && !ret && !bench_stopped(); i++) {
		progress_line(i + 1, count, parts[i].text);
		ret = parts[i].run(bench, card);
		if (ret)
			ret = failed(parts[i].text);
	}
	progress_line(0, 0, NULL);
	sched_setaffinity(0, sizeof(bench->cpus), &bench->cpus);
	hvbell_close(card);
	return ret;
}

/* A machine without KVM has a row that says so. */
static void note_kvm(struct bench *bench, int err)
{
	struct bench_result *result = !err ? NULL :
		bench_result_add(bench, "doorbell_to_interrupt", "KVM: guest, ioeventfd", "eventfd", BENCH_WALL);

	if (result)
		snprintf(result->why, sizeof(result->why), "not here: /dev/kvm: %s", strerror(-err));
}

static int run_software(struct bench *bench)
{
	int ret;

	progress_line(1, 2, "software");
	ret = bench_software(bench);
	progress_line(2, 2, "KVM");
	if (!ret && !bench_stopped())
		note_kvm(bench, bench_kvm(bench));
	progress_line(0, 0, NULL);
	if (ret)
		fprintf(stderr, "hvbell bench: software: %s\n", strerror(-ret));
	return ret ? EXIT_FAILED : 0;
}

/* The URL, and another option. */
static const char *with(const struct bench *bench, const char *option, char *url, size_t size)
{
	snprintf(url, size, "%s%s%s", bench->url, strchr(bench->url, '?') ? "&" : "?", option);
	return url;
}

/* Whether owned delivery is to be measured beside: the URL leaves it open, and the first was not that already. */
static bool both(const struct bench *bench)
{
	return !strstr(bench->url, "deliver=") && strcmp(bench->info.mode, "atomic") == 0;
}

/* A simulated card by its own clock first, single-stepped, so that every run gives the same. */
static int run(struct bench *bench)
{
	char url[360];
	int ret = 0;

	if (bench->simulated) {
		ret = run_parts(bench, with(bench, "step=1", url, sizeof(url)), by_model);
		if (!ret && !bench_stopped() && both(bench))
			ret = run_parts(bench, with(bench, "step=1&deliver=owned", url, sizeof(url)), owned);
	}
	if (bench->stepped) {
		bench_environment(bench);
		return ret;
	}
	bench_quiet(bench);
	if (!ret && !bench_stopped())
		ret = run_parts(bench, bench->url, bench->simulated ? by_wall : on_board);
	if (!ret && !bench_stopped() && !bench->simulated && both(bench))
		ret = run_parts(bench, with(bench, "deliver=owned", url, sizeof(url)), owned_on_board);
	if (!ret && !bench_stopped())
		ret = run_software(bench);
	bench_environment(bench);
	bench_loud(bench);
	return ret;
}

/* What the card is, before anything is measured. */
static int identify(struct bench *bench)
{
	hvbell_card *card;

	if (!card_open(bench->options.url, &card))
		return EXIT_FAILED;
	hvbell_info(card, &bench->info);
	snprintf(bench->url, sizeof(bench->url), "%s", bench->info.url);
	bench->info.url = bench->url;
	bench->simulated = bench->info.simulated;
	bench->stepped = bench->simulated && hvbell_step(card, 0, NULL) == 0;
	if (!bench->options.count)
		bench->options.count = bench->simulated ? COUNT_SIMULATED : COUNT_BOARD;
	hvbell_close(card);
	return 0;
}

/* False (said on standard error): a file could not be written. */
static bool written(const char *path, int err)
{
	if (err)
		fprintf(stderr, "hvbell bench: %s: %s\n", path, strerror(-err));
	return !err;
}

/* Before anything is measured: what cannot be written must not show only when the measurement is over. */
static bool open_files(const struct bench_options *options, FILE **page)
{
	if (options->hgrm && !written(options->hgrm, bench_hgrm_directory(options->hgrm)))
		return false;
	*page = options->html ? fopen(options->html, "we") : NULL;
	return !options->html || written(options->html, *page ? 0 : -errno);
}

static bool write_page(const struct bench *bench, FILE *page)
{
	int err;

	errno = 0;
	bench_html_write(page, bench);
	err = ferror(page) ? errno ? errno : EIO : 0;
	if (fclose(page) != 0 && !err)
		err = errno;
	return written(bench->options.html, -err);
}

static bool write_files(const struct bench *bench, FILE *page)
{
	const char *directory = bench->options.hgrm;
	bool good = !page || write_page(bench, page);
	char failed[400] = "";
	int err = directory ? bench_hgrm(bench, directory, failed, sizeof(failed)) : 0;

	return written(failed, err) && good;
}

static void print(struct bench *bench, struct json_object *baseline)
{
	struct json_object *json = bench_json(bench);

	if (baseline) {
		bench->comparison = bench_compare(baseline, json);
		bench->unlike = bench_unlike(baseline, json);
		json_object_object_add(json, "comparison", json_object_get(bench->comparison));
		json_object_object_add(json, "unlike", json_object_get(bench->unlike));
	}
	if (bench->options.json)
		puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		bench_table(bench);
	if (baseline && !bench->options.json)
		bench_print_comparison(bench->comparison, bench->unlike, bench->options.baseline);
	json_object_put(json);
}

/* False (said on standard error): no card could pass or fail by such a baseline. */
static bool compared(const struct bench *bench)
{
	if (json_object_array_length(bench->comparison) || bench->interrupted)
		return true;
	fprintf(stderr, "hvbell bench: %s: nothing in it could be compared with this run\n"
		"        make a baseline on a card of the same kind, with the same --count\n", bench->options.baseline);
	return false;
}

static int measure(struct bench *bench, struct json_object *baseline)
{
	FILE *page = NULL;
	int ret = identify(bench);

	if (ret)
		return ret;
	if (!open_files(&bench->options, &page))
		return EXIT_FAILED;
	ret = run(bench);
	bench->interrupted = bench_stopped();
	print(bench, baseline);
	if (!write_files(bench, page))
		ret = EXIT_FAILED;
	if (baseline && (!compared(bench) || bench_slower(bench->comparison)))
		ret = EXIT_FAILED;
	return bench->interrupted ? bench_stop_status() : ret;
}

static int measure_beside(struct bench *bench, const char *path)
{
	struct json_object *baseline = path ? bench_baseline_read(path) : NULL;
	int ret;

	if (path && !baseline)
		return EXIT_INPUT;
	bench_stop_on_interrupt();
	ret = measure(bench, baseline);
	json_object_put(baseline);
	return ret;
}

static bool read_number(const char *name, const char *text, double least, double most, double *value)
{
	char *end;

	if (!text)
		return true;
	*value = strtod(text, &end);
	if (*text && !*end && *value >= least && *value <= most)
		return true;
	fprintf(stderr, "hvbell bench: %s is a number from %.0f to %.0f, not \"%s\"\n", name, least, most, text);
	return false;
}

static bool read_options(struct bench *bench, int argc, char **argv)
{
	struct bench_options *options = &bench->options;
	const char *count = NULL, *warm = NULL, *rate = NULL, *cpus = NULL;
	const struct argument_value values[] = {
		{ "--count", &count }, { "--warm-up", &warm }, { "--rate", &rate },
		{ "--cpus", &cpus }, { "--html", &options->html }, { "--hgrm", &options->hgrm },
		{ "--baseline", &options->baseline }, { NULL, NULL },
	};
	struct arguments arguments;
	double number = 0, warm_up = 100;

	if (!arguments_read_values(&arguments, argc, argv, ARG_JSON, values))
		return false;
	if (arguments.rest_count > 0) {
		fprintf(stderr, "hvbell bench: %s is too much\n", arguments.rest[0]);
		return false;
	}
	options->url = arguments.card;
	options->json = arguments.json;
	if (!read_number("--count", count, 1, COUNT_MAX, &number) ||
	    !read_number("--warm-up", warm, 0, COUNT_MAX, &warm_up) ||
	    !read_number("--rate", rate, 1, 1e9, &options->rate))
		return false;
	if (!bench_cpus(bench, cpus)) {
		fprintf(stderr, "hvbell bench: --cpus is SENDER,RECEIVER, two of our processors, or none, not \"%s\"\n",
			cpus);
		return false;
	}
	options->count = (uint64_t)number;
	options->warm = (uint64_t)warm_up;
	return true;
}

int command_bench(int argc, char **argv)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	int ret = EXIT_INPUT;

	if (!bench) {
		fputs("hvbell bench: out of memory\n", stderr);
		return EXIT_FAILED;
	}
	bench->dma_latency = -1;
	bench->patience = PATIENCE;
	if (read_options(bench, argc, argv))
		ret = measure_beside(bench, bench->options.baseline);
	for (unsigned i = 0; i < bench->result_count; i++)
		free(bench->results[i].times);
	json_object_put(bench->environment);
	json_object_put(bench->comparison);
	json_object_put(bench->unlike);
	free(bench);
	return ret;
}
