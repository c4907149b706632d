/* SPDX-License-Identifier: MIT */
/* The delay line of one link direction. */
#include "line.h"
#include <errno.h>
#include <stdlib.h>

unsigned hvb_random(uint64_t *state, unsigned limit)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	*state = x;
	return (unsigned)((x >> 32) * limit >> 32);
}

int hvb_line_init(struct hvb_line *line, unsigned latency, unsigned interval, unsigned jitter, unsigned extra,
		  uint64_t seed)
{
	uint64_t need = (uint64_t)latency + jitter + extra, size = 64;

	while (size < need)
		size *= 2;
	*line = (struct hvb_line){
		.ring = calloc(size, sizeof(*line->ring)),
		.mask = (uint32_t)(size - 1),
		.latency = latency, .interval = interval, .jitter = jitter,
		.random = seed,
	};
	return line->ring ? 0 : -ENOMEM;
}

void hvb_line_free(struct hvb_line *line)
{
	free(line->ring);
	line->ring = NULL;
}

bool hvb_line_put(struct hvb_line *line, uint64_t now, const struct hvb_tlp *tlp, enum hvb_line_kind kind, bool bad)
{
	struct hvb_line_entry *entry = &line->ring[line->tail & line->mask];
	uint64_t due = now + line->latency;

	if (line->tail - line->head > line->mask)
		return false;
	if (line->jitter)
		due += hvb_random(&line->random, line->jitter + 1);
	if (due < line->last_due + line->interval)
		due = line->last_due + line->interval;
	line->last_due = due;
	entry->due = due;
	entry->tlp = *tlp;
	entry->kind = (uint8_t)kind;
	entry->bad = bad;
	line->tail++;
	return true;
}
