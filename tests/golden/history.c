/* SPDX-License-Identifier: MIT */
/*
 * All states the flag can be in are carried along at once: its value, and which of the operations under way have taken
 * effect. When one returns, only those states stay in which it has.
 */
#include "history.h"
#include <stdlib.h>
#include <string.h>

#define MASKS (1u << HISTORY_THREADS)
#define NONE SIZE_MAX

struct event {
	uint64_t at;
	size_t op;
	bool end;
};

struct states {
	bool may[2][MASKS];              /* value, operations that have taken effect */
	size_t slot[HISTORY_THREADS];    /* the operation under way; NONE */
};

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static bool possible(const struct history_op *op, unsigned value)
{
	if (op->kind == HISTORY_TAKE)
		return (unsigned)op->result == value;
	return op->result == HISTORY_UNKNOWN || (unsigned)op->result != value;
}

/* Lets every operation under way take effect, in every order, or not yet. A mask only grows, so one pass upwards is
 * enough. */
static void take_effect(struct states *s, const struct history_op *ops)
{
	for (unsigned mask = 0; mask < MASKS; mask++)
		for (unsigned k = 0; k < HISTORY_THREADS; k++) {
			const struct history_op *op = s->slot[k] == NONE ? NULL : &ops[s->slot[k]];

			if (!op || (mask >> k & 1))
				continue;
			for (unsigned value = 0; value < 2; value++)
				if (s->may[value][mask] && possible(op, value))
					s->may[op->kind == HISTORY_SET][mask | 1u << k] = true;
		}
}

/* The operation in slot k has returned. */
static bool settle(struct states *s, unsigned k)
{
	bool any = false;

	for (unsigned value = 0; value < 2; value++)
		for (unsigned mask = 0; mask < MASKS; mask++) {
			if (mask >> k & 1)
				continue;
			s->may[value][mask] = s->may[value][mask | 1u << k];
			s->may[value][mask | 1u << k] = false;
			any |= s->may[value][mask];
		}
	s->slot[k] = NONE;
	return any;
}

static unsigned slot_of(const struct states *s, size_t op)
{
	unsigned k = 0;

	while (k < HISTORY_THREADS && s->slot[k] != op)
		k++;
	return k;
}

static bool follow(const struct history_op *ops, const struct event *events, size_t count, size_t *wrong)
{
	struct states s = { 0 };

	s.may[0][0] = true;
	memset(s.slot, 0xff, sizeof(s.slot));
	for (size_t i = 0; i < count; i++) {
		unsigned k = slot_of(&s, events[i].end ? events[i].op : NONE);

		if (k == HISTORY_THREADS)
			return false;
		if (!events[i].end) {
			s.slot[k] = events[i].op;
			continue;
		}
		take_effect(&s, ops);
		if (!settle(&s, k)) {
			*wrong = events[i].op;
			return false;
		}
	}
	return true;
}

bool history_linearizable(const struct history_op *ops, size_t count, size_t *wrong)
{
	struct event *events = calloc(2 * count + 1, sizeof(*events));
	bool good;

	*wrong = count;
	if (!events)
		return false;
	for (size_t i = 0; i < count; i++) {
		events[2 * i] = (struct event){ ops[i].from, i, false };
		events[2 * i + 1] = (struct event){ ops[i].to, i, true };
	}
	qsort(events, 2 * count, sizeof(*events), by_time);
	good = follow(ops, events, 2 * count, wrong);
	free(events);
	return good;
}
