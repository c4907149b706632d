/* SPDX-License-Identifier: MIT */
/* Sending and taking in turn, in one thread: by polling only, but by any clock, also one that passes when told. */
#include <unistd.h>
#include "bench.h"

/* A signal that has not come after so long is lost: cycles, or nanoseconds. */
#define GRACE_MODEL 100000u
#define GRACE_WALL 1000000000u

/* Whether the eventfd was written since it was looked at last. */
static bool signaled(int fd)
{
	uint64_t count;

	return read(fd, &count, sizeof(count)) == (ssize_t)sizeof(count);
}

static void look(struct bench_clock *clock, struct bench_path *path, struct bench_ledger *ledger, enum bench_mode mode)
{
	uint64_t now = clock->now(clock);
	int flag;

	if (mode == BENCH_POLL_EVENTFD && !signaled(path->eventfd))
		return;
	bench_ledger_pass(ledger);
	/* taking an owned flag takes time: the next one is found only then */
	for (; (flag = hvbell_receive(&path->rx)) >= 0; now = clock->now(clock))
		bench_ledger_take(ledger, (unsigned)flag, now);
}

void bench_loop(struct bench_clock *clock, struct bench_path *path, struct bench_ledger *ledger, enum bench_mode mode)
{
	uint64_t grace = clock->time == BENCH_WALL ? GRACE_WALL : GRACE_MODEL;
	uint64_t seen = 0, moved = clock->now(clock);
	/* one at a time: a flag's interrupt is still on its way, and would hold up the next flag on a narrow link */
	bool alone = !ledger->period && mode == BENCH_POLL, told = true;

	if (alone)
		signaled(path->eventfd);
	ledger->start = moved;
	while (!bench_ledger_all_seen(ledger) && !clock->err && !bench_stopped()) {
		uint64_t now = clock->now(clock);

		if (told && bench_ledger_due(ledger, now)) {
			path->send(path, bench_ledger_send(ledger, now));
			moved = now;
			told = !alone;
		}
		look(clock, path, ledger, mode);
		told = told || signaled(path->eventfd);
		if (ledger->seen != seen) {
			seen = ledger->seen;
			moved = now;
		}
		if ((!told || bench_ledger_open(ledger)) && now - moved > grace)
			break;
		/* cycle by cycle while something moves, so that it is seen in its own cycle */
		if (!bench_ledger_all_seen(ledger))
			clock->pass(clock, !told || bench_ledger_open(ledger) ? now + 1 : bench_ledger_next(ledger));
	}
}
