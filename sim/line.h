/* SPDX-License-Identifier: MIT */
/* One direction of the link: TLPs leave in the order they entered, each after the latency, at most one an interval. */
#ifndef HVB_SIM_LINE_H
#define HVB_SIM_LINE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "rtl.h"

enum hvb_line_kind { HVB_LINE_REQUEST, HVB_LINE_COMPLETION };

struct hvb_line_entry {
	uint64_t due;            /* cycle it comes out */
	struct hvb_tlp tlp;
	uint8_t kind;            /* enum hvb_line_kind */
	bool bad;                /* arrives marked as damaged */
};

struct hvb_line {
	struct hvb_line_entry *ring;
	uint32_t mask, head, tail;
	uint64_t last_due;
	unsigned latency, interval, jitter;      /* cycles */
	uint64_t random;
};

/* Room for what latency and jitter can hold, and `extra` entries beyond. -ENOMEM. */
int hvb_line_init(struct hvb_line *line, unsigned latency, unsigned interval, unsigned jitter, unsigned extra,
		  uint64_t seed);
void hvb_line_free(struct hvb_line *line);
/* A number below limit, the next of a sequence that `state` (not 0) starts. */
unsigned hvb_random(uint64_t *state, unsigned limit);

/* Sends a TLP at cycle now. False, and nothing done, where the ring is full. */
bool hvb_line_put(struct hvb_line *line, uint64_t now, const struct hvb_tlp *tlp, enum hvb_line_kind kind, bool bad);

/* The entry that has come out by cycle now, or NULL; hvb_line_pop removes it. */
static inline struct hvb_line_entry *hvb_line_peek(struct hvb_line *line, uint64_t now)
{
	struct hvb_line_entry *entry = &line->ring[line->head & line->mask];

	return line->head != line->tail && entry->due <= now ? entry : NULL;
}

static inline void hvb_line_pop(struct hvb_line *line)
{
	line->head++;
}

static inline bool hvb_line_empty(const struct hvb_line *line)
{
	return line->head == line->tail;
}

/* Whether one more fits, with room for `extra` beyond it. */
static inline bool hvb_line_room(const struct hvb_line *line, uint32_t extra)
{
	return line->tail - line->head + extra < line->mask;
}

/* Whether the wire is free: what is sent now waits for nothing before it. */
static inline bool hvb_line_ready(const struct hvb_line *line, uint64_t now)
{
	return line->last_due + line->interval <= now + line->latency + line->jitter;
}
#endif
