/* SPDX-License-Identifier: MIT */
/*
 * vmm --card URL [--json] [TEST...]: virtual machines whose hypercalls go through a card. Runs the tests, or those that
 * are named, and prints TAP; exit status 0 where all are ok.
 * vmm --card URL [--json] bench: what a signal costs, four ways.
 */
#include <stdio.h>
#include <string.h>
#include "bench.h"
#include "vmm.h"

static const struct vmm_test *const lists[] = { signal_tests, status_tests, own_tests, harm_tests };

static bool wanted(const char *name, char **names, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return count == 0;
}

static bool can_run(hvbell_card *card, const struct vmm_test *test)
{
	struct hvbell_info info;

	return !test->mapped || (hvbell_info(card, &info) == 0 && info.doorbell_mapped);
}

static void print_result(const struct vmm_test *test, unsigned number, bool skipped, bool good)
{
	if (vmm_json)
		printf("{\"name\":\"%s\",\"result\":\"%s\"}\n", test->name,
		       skipped ? "skip" : good ? "pass" : "fail");
	else
		printf("%sok %u - %s%s\n", good ? "" : "not ", number, test->name,
		       skipped ? " # SKIP this card's doorbell page cannot be mapped" : "");
	fflush(stdout);
}

static bool run_test(hvbell_card *card, const struct vmm_test *test, unsigned number)
{
	struct world world = { .card = card };
	bool skipped = !can_run(card, test), good = true;

	if (!skipped) {
		good = world_make(&world) && test->run(&world);
		if (!good)
			world_astray(&world);
		good = world_end(&world) && good;
	}
	print_result(test, number, skipped, good);
	return good;
}

static int run_tests(hvbell_card *card, char **names, int count)
{
	unsigned number = 0, failures = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const struct vmm_test *test = lists[i]; test->name; test++)
			if (wanted(test->name, names, count))
				failures += !run_test(card, test, ++number);
	if (!vmm_json)
		printf("1..%u\n", number);
	return number == 0 || failures > 0;
}

static bool is_test(const char *name)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const struct vmm_test *test = lists[i]; test->name; test++)
			if (strcmp(test->name, name) == 0)
				return true;
	return false;
}

static int usage(void)
{
	fprintf(stderr, "vmm --card URL [--json] [bench | TEST...]\ntests:\n");
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const struct vmm_test *test = lists[i]; test->name; test++)
			fprintf(stderr, "  %s\n", test->name);
	return 2;
}

int main(int argc, char **argv)
{
	const char *url = NULL;
	hvbell_card *card;
	int at = 1, ret;
	bool bench;

	for (; at < argc && argv[at][0] == '-'; at++)
		if (strcmp(argv[at], "--json") == 0)
			vmm_json = true;
		else if (strcmp(argv[at], "--card") == 0 && at + 1 < argc)
			url = argv[++at];
		else
			return usage();
	bench = at + 1 == argc && strcmp(argv[at], "bench") == 0;
	for (int i = at; i < argc && !bench; i++)
		if (!is_test(argv[i]))
			return usage();
	if (!WORKS(hvbell_open(url, &card)))
		return 1;
	ret = bench ? bench_run(card, vmm_json) : run_tests(card, argv + at, argc - at);
	hvbell_close(card);
	return ret;
}
