/* SPDX-License-Identifier: MIT */
/* Whether a signal costs the card more where there are more connections, or more VPs. */
#include <errno.h>
#include "bench.h"

#define SAMPLES 64u
#define VP_FLAGS 128u            /* of each VP's port */
#define VP_WORDS (2 * VP_FLAGS / 64)
#define OTHERS 0x10000u         /* connection ids of those that are only there */

static int sample(struct bench *bench, struct bench_clock *clock, struct bench_path *path, const char *name,
		  unsigned width)
{
	struct bench_result *result = bench_result_add(bench, name, bench->card, "", BENCH_CARD);
	struct hvbell_trace records[SAMPLES];
	int count = result ? bench_stamped(clock, path, records, SAMPLES) : -ENOMEM;

	if (count < 0)
		return count;
	result->width = width;
	result->sent = SAMPLES;
	for (int i = 0; i < count; i++)
		bench_histogram_add(result->times, records[i].to_request);
	return 0;
}

/* Dead connections fill the table as live ones do, and need no flags. */
static int with_connections(struct bench *bench, hvbell_card *card)
{
	const struct bench_world_shape shape = { .vps = 1, .senders = 1, .flags = BENCH_FLAGS };
	struct bench_clock clock;
	struct bench_world world;
	struct bench_path path;
	unsigned there = 1;
	int ret = bench_world(&world, card, &shape);

	bench_clock_init(&clock, card);
	bench_world_path(&world, &path);
	ret = ret ? ret : hvbell_trace_enable(card, true);
	for (unsigned width = 1; width <= bench->info.connections && !ret && !bench_stopped(); width *= 8) {
		for (; there < width && !ret; there++)
			ret = hvbell_place_connection(card, BENCH_SENDER, OTHERS + there, BENCH_SENDER, 1);
		ret = ret ? ret : sample(bench, &clock, &path, "with_connections", width);
	}
	return ret;
}

static int with_vps(struct bench *bench, hvbell_card *card)
{
	unsigned most = bench->info.vps < bench->info.vectors ? bench->info.vps : bench->info.vectors;
	int ret = 0;

	if (most > BENCH_VPS_MAX)
		most = BENCH_VPS_MAX;
	/* each VP's port has pending words of its own, and with owned delivery their homes */
	if (most >= bench->info.words / VP_WORDS)
		most = bench->info.words / VP_WORDS - 1;
	for (unsigned width = 1; width <= most && !ret && !bench_stopped(); width *= 4) {
		const struct bench_world_shape shape = { .vps = width, .senders = 1, .flags = VP_FLAGS };
		struct bench_clock clock;
		struct bench_world world;
		struct bench_path path;

		ret = bench_world(&world, card, &shape);
		bench_clock_init(&clock, card);
		bench_world_path(&world, &path);
		path.arg = &world.to_vp[width - 1];
		path.rx = world.rx[width - 1];
		path.eventfd = world.eventfd[width - 1];
		ret = ret ? ret : hvbell_trace_enable(card, true);
		ret = ret ? ret : sample(bench, &clock, &path, "with_vps", width);
	}
	return ret;
}

int bench_scale(struct bench *bench, hvbell_card *card)
{
	int ret = with_connections(bench, card);

	return ret ? ret : with_vps(bench, card);
}
