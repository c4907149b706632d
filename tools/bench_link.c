/* SPDX-License-Identifier: MIT */
/* The link of a simulated card, as the driver reads it from the URL: what a figure in nanoseconds holds for. */
#include <stdio.h>
#include <string.h>
#include "bench.h"
#include "sim/options.h"

#define SCHEME "sim:"

bool bench_link(const struct bench *bench, const char **name, unsigned *cycles, unsigned *jitter)
{
	struct hvb_sim_options options;
	char why[160];

	if (strncmp(bench->info.url, SCHEME, strlen(SCHEME)) != 0 ||
	    hvb_sim_options_parse(bench->info.url + strlen(SCHEME), &options, why, sizeof(why)) != 0)
		return false;
	*name = hvb_sim_link_name(&options.link);
	*cycles = options.link.latency;
	*jitter = options.link.jitter;
	return true;
}

const char *bench_link_text(const struct bench *bench, char *text, size_t size)
{
	char more[40] = "";
	const char *name;
	unsigned cycles, jitter;

	if (!bench_link(bench, &name, &cycles, &jitter)) {
		snprintf(text, size, "a link that is not known");
		return text;
	}
	if (jitter)
		snprintf(more, sizeof(more), " and up to %u more", jitter);
	snprintf(text, size, "the link %s%s%u cycles one way%s", name ? name : "of", name ? ", " : " ", cycles, more);
	return text;
}
