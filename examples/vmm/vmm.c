/* SPDX-License-Identifier: MIT */
/*
 * vmm --card URL [--json] [TEST...]: virtual machines whose hypercalls go through a card. Runs the tests, or those that
 * are named, and prints TAP; exit status 0 where all are ok.
 * vmm --card URL [--json] bench: what a signal costs, four ways.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"
#include "vmm.h"

static const struct vmm_test *const lists[] = { signal_tests, status_tests, own_tests, harm_tests };
static bool json;

/* ---- saying ------------------------------------------------------------------------------------------------------ */

bool vmm_complain(const char *what, ...)
{
	FILE *to = json ? stderr : stdout;
	va_list arguments;

	fprintf(to, "# ");
	va_start(arguments, what);
	vfprintf(to, what, arguments);
	va_end(arguments);
	fprintf(to, "\n");
	return false;
}

bool vmm_works(int ret, const char *call)
{
	struct hvbell_diag diag = hvbell_error();

	return ret == 0 || vmm_complain("%s: %d: %s (%s)", call, ret, ret < 0 && diag.what ? diag.what : "",
					ret < 0 && diag.remedy ? diag.remedy : "");
}

bool vmm_same(const char *what, uint64_t is, uint64_t expected)
{
	return is == expected || vmm_complain("%s: %llu (0x%llx), expected %llu (0x%llx)", what,
					      (unsigned long long)is, (unsigned long long)is,
					      (unsigned long long)expected, (unsigned long long)expected);
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

static bool wanted(const char *name, char **names, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return count == 0;
}

static bool run_test(hvbell_card *card, const struct vmm_test *test, unsigned number)
{
	struct world world = { .card = card };
	bool good = world_make(&world) && test->run(&world);

	good = world_end(&world) && good;
	if (json)
		printf("{\"name\":\"%s\",\"result\":\"%s\"}\n", test->name, good ? "pass" : "fail");
	else
		printf("%sok %u - %s\n", good ? "" : "not ", number, test->name);
	fflush(stdout);
	return good;
}

static int run_tests(hvbell_card *card, char **names, int count)
{
	unsigned number = 0, failures = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const struct vmm_test *test = lists[i]; test->name; test++)
			if (wanted(test->name, names, count))
				failures += !run_test(card, test, ++number);
	if (!json)
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
			json = true;
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
	ret = bench ? bench_run(card, json) : run_tests(card, argv + at, argc - at);
	hvbell_close(card);
	return ret;
}
