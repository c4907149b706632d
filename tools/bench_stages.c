/* SPDX-License-Identifier: MIT */
/* The card's share of a signal's way, from its own four time stamps, and single signals from the store to the end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench.h"

#define BATCH 128u              /* signals between two readings of the trace ring, which holds 256 */
#define PATIENCE 100000u        /* looks at a single signal before it counts as lost */

enum { REQUEST, ROUND_TRIP, MESSAGE, WHOLE, STAGES };
static const char *const stage_names[STAGES] = {
	"doorbell_to_request", "request_to_completion", "completion_to_message", "doorbell_to_message"
};

static const struct bench_world_shape shape = { .vps = 1, .senders = 1, .flags = BENCH_FLAGS };

static void add_record(struct bench_result *const *stages, const struct hvbell_trace *r)
{
	if (r->fault)
		return;
	bench_histogram_add(stages[REQUEST]->times, r->to_request);
	bench_histogram_add(stages[ROUND_TRIP]->times, r->to_completion - r->to_request);
	if (!r->message)
		return;
	bench_histogram_add(stages[MESSAGE]->times, r->to_message - r->to_completion);
	bench_histogram_add(stages[WHOLE]->times, r->to_message);
}

int bench_stamped(struct bench_clock *clock, struct bench_path *path, struct hvbell_trace *records, unsigned count)
{
	struct bench_ledger *ledger = malloc(sizeof(*ledger));
	struct bench_histogram *unused = bench_histogram_new();
	int ret = -ENOMEM;

	if (ledger && unused) {
		bench_ledger_init(ledger, count, 0, BENCH_FLAGS, unused);
		/* the interrupt is the last that comes of a signal: the next one finds its word idle */
		bench_loop(clock, path, ledger, BENCH_POLL_EVENTFD);
		ret = clock->err ? clock->err : hvbell_fence(clock->card);
		ret = ret ? ret : hvbell_trace_read(clock->card, records, (int)count, NULL);
	}
	free(ledger);
	free(unused);
	return ret;
}

static int stamp_all(struct bench_clock *clock, struct bench_path *path, struct bench_result *const *stages,
		     uint64_t signals)
{
	struct hvbell_trace records[BATCH];
	int count = 0;

	while (signals && count >= 0 && !bench_stopped()) {
		unsigned batch = signals < BATCH ? (unsigned)signals : BATCH;

		count = bench_stamped(clock, path, records, batch);
		for (int i = 0; i < count; i++)
			add_record(stages, &records[i]);
		for (unsigned i = 0; i < STAGES; i++)
			stages[i]->sent += batch;
		signals -= batch;
	}
	return count < 0 ? count : 0;
}

static int run_stages(struct bench *bench, struct bench_clock *clock, struct bench_path *path)
{
	struct bench_result *stages[STAGES];
	int ret;

	for (unsigned i = 0; i < STAGES; i++) {
		stages[i] = bench_result_add(bench, stage_names[i], bench->card, "", BENCH_CARD);
		if (!stages[i])
			return -ENOMEM;
	}
	ret = stamp_all(clock, path, stages, bench->options.warm);
	for (unsigned i = 0; i < STAGES; i++)
		bench_histogram_clear(stages[i]->times);
	return ret ? ret : stamp_all(clock, path, stages, bench->options.count);
}

/* Watches one signal: when its flag and its interrupt are seen, by the clock there is. The flag is taken last: an owned
 * one is taken by a round trip, in which the interrupt comes. */
static void watch(struct bench_clock *clock, struct bench_path *path, struct bench_single *single)
{
	uint64_t count;

	single->issued = clock->now(clock);
	path->send(path, 0);
	for (unsigned i = 0; i < PATIENCE && !clock->err && !single->interrupt_seen; i++) {
		clock->pass(clock, clock->now(clock) + 1);
		if (!single->flag_seen && hvbell_changed(path->rx.words))
			single->flag_seen = clock->now(clock);
		if (read(path->eventfd, &count, sizeof(count)) > 0)
			single->interrupt_seen = clock->now(clock);
	}
	hvbell_receive(&path->rx);
}

/* The card's stamps are on the model's scale; a real card's are on none that the host knows, and stand alone. */
static void put_stamps(struct bench_single *single, const struct hvbell_trace *record, enum bench_time time)
{
	if (time != BENCH_MODEL)
		*single = (struct bench_single){ .issued = 0 };
	single->accepted = time == BENCH_MODEL ? record->t0 : 0;
	single->requested = single->accepted + record->to_request;
	single->completed = single->accepted + record->to_completion;
	single->sent = single->accepted + record->to_message;
	single->message = record->message;
}

static int watch_singles(struct bench *bench, struct bench_clock *clock, struct bench_path *path)
{
	struct bench_singles *singles = &bench->singles[bench->singles_count];
	struct hvbell_info info;
	uint64_t count;
	int ret = 0;

	while (read(path->eventfd, &count, sizeof(count)) > 0)
		;
	hvbell_info(clock->card, &info);
	singles->card = bench->card;
	singles->owned = strcmp(info.mode, "owned") == 0;
	bench->singles_count++;
	while (!ret && singles->count < BENCH_SINGLES && !bench_stopped()) {
		struct bench_single *single = &singles->signals[singles->count];
		struct hvbell_trace record;

		*single = (struct bench_single){ .issued = 0 };
		watch(clock, path, single);
		ret = ret ? ret : clock->err;
		ret = ret ? ret : hvbell_fence(clock->card);
		ret = ret ? ret : hvbell_trace_read(clock->card, &record, 1, NULL);
		if (ret != 1)
			return ret;
		put_stamps(single, &record, clock->time);
		singles->count++;
		ret = 0;
	}
	return ret;
}

int bench_stages(struct bench *bench, hvbell_card *card)
{
	struct bench_clock clock;
	struct bench_world world;
	struct bench_path path;
	int ret = bench_world(&world, card, &shape);

	if (ret)
		return ret;
	ret = hvbell_trace_enable(card, true);
	ret = ret ? ret : hvbell_fence(card);
	bench_clock_init(&clock, card);
	bench_world_path(&world, &path);
	ret = ret ? ret : run_stages(bench, &clock, &path);
	if (!ret)
		ret = watch_singles(bench, &clock, &path);
	return ret;
}
