/* SPDX-License-Identifier: MIT */
/* The table of results, their names and units, and the user's wish to end. */
#include <signal.h>
#include <stdio.h>
#include "bench.h"

const double bench_shares[BENCH_SHARES] = { 0.5, 0.9, 0.99, 0.999, 0.9999 };

static volatile sig_atomic_t stopped;

static void stop(int number)
{
	stopped = number;
}

void bench_stop_on_interrupt(void)
{
	const struct sigaction action = { .sa_handler = stop };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool bench_stopped(void)
{
	return stopped;
}

int bench_stop_status(void)
{
	return stopped ? 128 + stopped : 0;
}

const char *bench_mode_name(enum bench_mode mode)
{
	static const char *const names[BENCH_MODES] = { "poll", "poll eventfd", "eventfd", "epoll", "io_uring" };

	return names[mode];
}

double bench_ns(const struct bench *bench, enum bench_time time, double value)
{
	return time == BENCH_WALL ? value : value * 1000 / bench->info.clock_mhz;
}

const char *bench_why(const struct bench *bench, const struct bench_result *result)
{
	return result->why[0] ? result->why : bench->interrupted ? "interrupted" : "nothing was measured";
}

struct bench_result *bench_result_add(struct bench *bench, const char *name, const char *path, const char *mode,
				      enum bench_time time)
{
	struct bench_result *result = &bench->results[bench->result_count];

	*result = (struct bench_result){ .name = name, .path = path, .mode = mode, .time = time };
	if (bench->result_count < BENCH_RESULTS_MAX)
		result->times = bench_histogram_new();
	if (!result->times) {
		fputs("hvbell bench: no room for another result\n", stderr);
		return NULL;
	}
	bench->result_count++;
	return result;
}
