/* SPDX-License-Identifier: MIT */
/* The account of signals: schedule, sending, taking. */
#include "bench_ledger.h"
#include <string.h>

void bench_ledger_init(struct bench_ledger *ledger, uint64_t count, uint64_t warm, unsigned flags,
		       struct bench_histogram *times)
{
	memset(ledger, 0, sizeof(*ledger));
	ledger->count = count + warm;
	ledger->warm = warm;
	ledger->flags = flags;
	ledger->times = times;
}

bool bench_ledger_all_sent(const struct bench_ledger *ledger)
{
	return ledger->sent >= ledger->count;
}

bool bench_ledger_all_seen(const struct bench_ledger *ledger)
{
	return __atomic_load_n(&ledger->seen, __ATOMIC_ACQUIRE) >= ledger->count;
}

uint64_t bench_ledger_open(const struct bench_ledger *ledger)
{
	return ledger->sent - __atomic_load_n(&ledger->seen, __ATOMIC_ACQUIRE);
}

uint64_t bench_ledger_next(const struct bench_ledger *ledger)
{
	if (bench_ledger_all_sent(ledger))
		return UINT64_MAX;
	if (ledger->period)
		return ledger->start + ledger->sent * ledger->period;
	return bench_ledger_open(ledger) ? UINT64_MAX : 0;
}

bool bench_ledger_due(const struct bench_ledger *ledger, uint64_t now)
{
	return bench_ledger_next(ledger) <= now &&
	       !__atomic_load_n(&ledger->intended[ledger->sent % ledger->flags], __ATOMIC_ACQUIRE);
}

unsigned bench_ledger_send(struct bench_ledger *ledger, uint64_t now)
{
	unsigned flag = (unsigned)(ledger->sent % ledger->flags);

	ledger->number[flag] = ledger->sent;
	__atomic_store_n(&ledger->intended[flag], 1 + (ledger->period ? bench_ledger_next(ledger) : now),
			 __ATOMIC_RELEASE);
	ledger->sent++;
	return flag;
}

void bench_ledger_pass(struct bench_ledger *ledger)
{
	ledger->newest_before = ledger->newest;
}

void bench_ledger_take(struct bench_ledger *ledger, unsigned flag, uint64_t now)
{
	uint64_t number, intended = 0;

	if (flag < ledger->flags)
		intended = __atomic_load_n(&ledger->intended[flag], __ATOMIC_ACQUIRE);
	if (!intended) {
		ledger->duplicate++;
		return;
	}
	number = ledger->number[flag] + 1;
	if (number < ledger->newest_before)
		ledger->out_of_order++;
	if (number > ledger->newest)
		ledger->newest = number;
	if (number > ledger->warm)
		bench_histogram_add(ledger->times, now - (intended - 1));
	__atomic_store_n(&ledger->intended[flag], 0, __ATOMIC_RELEASE);
	__atomic_store_n(&ledger->seen, ledger->seen + 1, __ATOMIC_RELEASE);
}
