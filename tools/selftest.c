/* SPDX-License-Identifier: MIT */
/* hvbell selftest: opens the card, has it checked, prints what came of it. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "diag.h"
#include "selftest.h"

#define STATS_MOST 64

struct report {
	struct json_object *steps;       /* NULL: lines of text */
	unsigned count;
};

static void tell_text(void *arg, const struct selftest_line *line)
{
	struct report *report = arg;

	report->count++;
	printf("%-5s %s: %s\n", line->ok ? "ok" : "FAIL", line->step, line->seen);
	if (line->expected[0])
		printf("      expected: %s\n", line->expected);
	if (line->remedy[0])
		printf("      %s\n", line->remedy);
	fflush(stdout);
}

static void tell_json(void *arg, const struct selftest_line *line)
{
	struct report *report = arg;
	struct json_object *step = json_object_new_object();

	report->count++;
	json_object_object_add(step, "step", json_object_new_string(line->step));
	json_object_object_add(step, "ok", json_object_new_boolean(line->ok));
	json_object_object_add(step, "seen", json_object_new_string(line->seen));
	if (!line->ok) {
		json_object_object_add(step, "expected", json_object_new_string(line->expected));
		json_object_object_add(step, "remedy", json_object_new_string(line->remedy));
	}
	json_object_array_add(report->steps, step);
}

/* What a serial line did to the TLPs (docs/serial.md), by name; of another card nothing. */
static struct json_object *line_counts(struct hvb_dev *dev)
{
	static const char prefix[] = "serial_";
	struct hvb_dev_stat stats[STATS_MOST];
	int count = dev->ops->stats ? dev->ops->stats(dev, stats, STATS_MOST) : 0;
	struct json_object *counts = NULL;

	for (int i = 0; i < count && i < STATS_MOST; i++) {
		if (strncmp(stats[i].name, prefix, sizeof(prefix) - 1))
			continue;
		if (!counts)
			counts = json_object_new_object();
		json_object_object_add(counts, stats[i].name + sizeof(prefix) - 1,
				       json_object_new_int64((int64_t)stats[i].value));
	}
	return counts;
}

static void print_line_counts(struct hvb_dev *dev)
{
	struct json_object *counts = line_counts(dev);
	const char *before = "serial line: ";

	if (!counts)
		return;
	json_object_object_foreach(counts, name, value) {
		printf("%s%s %lld", before, name, (long long)json_object_get_int64(value));
		before = ", ";
	}
	putchar('\n');
	json_object_put(counts);
}

static void print_json(const struct report *report, struct hvb_dev *dev, unsigned failed)
{
	struct json_object *object = json_object_new_object(), *counts = line_counts(dev);

	json_object_object_add(object, "card", json_object_new_string(dev->url));
	json_object_object_add(object, "steps", report->steps);
	if (counts)
		json_object_object_add(object, "serial", counts);
	json_object_object_add(object, "passed", json_object_new_int64(report->count - failed));
	json_object_object_add(object, "failed", json_object_new_int64(failed));
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

static void on_signal(int number)
{
	(void)number;
	selftest_stop = 1;
}

/* Once: a second Ctrl-C ends the program where it hangs. */
static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static bool open_device(const char *url, struct hvb_dev **dev)
{
	struct hvb_diag diag = { 0 };
	char text[400];

	if (hvb_dev_open(url ? url : getenv("HVBELL_CARD"), dev, &diag) == 0)
		return true;
	fprintf(stderr, "hvbell: %s\n", diag_text(&(struct hvbell_diag){ diag.err, diag.where, diag.what, diag.remedy },
						  text, sizeof(text)));
	if (diag.remedy[0])
		fprintf(stderr, "        %s\n", diag.remedy);
	return false;
}

int command_selftest(int argc, char **argv)
{
	struct arguments arguments;
	struct report report = { 0 };
	struct hvb_dev *dev;
	unsigned failed;

	if (!arguments_read(&arguments, argc, argv, ARG_JSON))
		return EXIT_INPUT;
	if (arguments.rest_count > 0) {
		fprintf(stderr, "hvbell selftest: %s is too much\n", arguments.rest[0]);
		return EXIT_INPUT;
	}
	if (!open_device(arguments.card, &dev))
		return EXIT_FAILED;
	catch_signals();
	if (arguments.json)
		report.steps = json_object_new_array();
	failed = selftest_run(dev, arguments.json ? tell_json : tell_text, &report);
	if (arguments.json) {
		print_json(&report, dev, failed);
	} else {
		print_line_counts(dev);
		printf("selftest of %s %u passed, %u failed\n", dev->url, report.count - failed, failed);
	}
	hvb_dev_close(dev);
	return failed ? EXIT_FAILED : EXIT_GOOD;
}
