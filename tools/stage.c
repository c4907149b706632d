/* SPDX-License-Identifier: MIT */
/* A scenario on a card: opening, closing, and one step from its interrupts before to its flags after. */
#include "stage.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "diag.h"

int stage_failed(char *error, size_t size, int err, const char *tried)
{
	struct hvbell_diag diag = hvbell_error();
	char text[300];

	if (diag.err == err && diag.what && diag.what[0])
		snprintf(error, size, "%s: %s%s%s", tried, diag_text(&diag, text, sizeof(text)),
			 diag.remedy && diag.remedy[0] ? "; " : "", diag.remedy ? diag.remedy : "");
	else
		snprintf(error, size, "%s: %s", tried, strerror(-err));
	return err;
}

static size_t vps_of_world(const struct scn_world *world)
{
	size_t count = 0;

	for (size_t i = 0; i < world->partition_count; i++)
		count += world->partitions[i].vp_count;
	return count;
}

static int make_room(struct stage *stage)
{
	const struct scn_world *world = &stage->scenario->world;
	struct stage_watch *watch;

	stage->calls = calloc(world->partition_count + 1, sizeof(hvcall *));
	stage->watches = calloc(vps_of_world(world) * HVBELL_SINTS + 1, sizeof(*stage->watches));
	stage->beside = calloc(stage->scenario->step_count + 1, sizeof(*stage->beside));
	if (!stage->calls || !stage->watches || !stage->beside)
		return stage_failed(stage->error, sizeof(stage->error), -ENOMEM, "making room for the scenario");
	watch = stage->watches;
	for (size_t p = 0; p < world->partition_count; p++)
		for (size_t v = 0; v < world->partitions[p].vp_count; v++)
			for (unsigned s = 0; s < HVBELL_SINTS; s++, watch++)
				*watch = (struct stage_watch){ .partition = world->partitions[p].id,
							       .vp = world->partitions[p].vps[v].index, .sint = s };
	stage->watch_count = (size_t)(watch - stage->watches);
	return 0;
}

/* The caller of a direct signal is privileged to make it, whichever partition it is. */
static int open_callers(struct stage *stage)
{
	const struct scn_world *world = &stage->scenario->world;
	const struct hvcall_options options = { .direct = true, .wait = HVBELL_DELIVERED };

	for (size_t i = 0; i < world->partition_count; i++) {
		int ret = hvcall_open(stage->card, world->partitions[i].id, &options, &stage->calls[i]);

		if (ret != 0)
			return stage_failed(stage->error, sizeof(stage->error), ret,
					    "opening a partition's hypercalls");
	}
	return 0;
}

int stage_open(struct stage *stage, hvbell_card *card, const struct scenario *scenario, int silent_ms)
{
	int ret;

	*stage = (struct stage){ .card = card, .scenario = scenario, .silent_ms = silent_ms };
	ret = make_room(stage);
	if (ret != 0)
		return ret;
	ret = hvbell_reset(card);
	if (ret != 0)
		return stage_failed(stage->error, sizeof(stage->error), ret, "resetting the card");
	ret = stage_place(stage);
	return ret != 0 ? ret : open_callers(stage);
}

void stage_close(struct stage *stage)
{
	for (size_t i = 0; stage->calls && i < stage->scenario->world.partition_count; i++)
		hvcall_close(stage->calls[i]);
	free(stage->calls);
	free(stage->watches);
	free(stage->beside);
	stage->calls = NULL;
	stage->watches = NULL;
	stage->beside = NULL;
}

hvcall *stage_caller(struct stage *stage, uint64_t partition)
{
	const struct scn_world *world = &stage->scenario->world;

	for (size_t i = 0; i < world->partition_count; i++)
		if (world->partitions[i].id == partition)
			return stage->calls[i];
	return NULL;
}

int stage_step(struct stage *stage, size_t index, struct seen *seen)
{
	const struct scn_step *step = &stage->scenario->steps[index];
	int ret;

	memset(seen, 0, sizeof(*seen));
	seen->call.status = SCN_NONE;
	if (step->concurrent_with_next && index + 1 < stage->scenario->step_count) {
		stage->beside[stage->beside_count++] = index;
		return 0;
	}
	ret = stage_act(stage, step, seen);
	stage->beside_count = 0;
	if (ret != 0)
		return ret;
	ret = hvbell_fence(stage->card);
	if (ret != 0)
		return stage_failed(stage->error, sizeof(stage->error), ret, "fence");
	ret = stage_watch_end(stage, seen);
	if (ret == 0)
		ret = stage_read_flags(stage, seen);
	seen->parts |= SEEN_WORLD;
	return ret;
}
