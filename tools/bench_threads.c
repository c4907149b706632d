/* SPDX-License-Identifier: MIT */
/* Two threads by this machine's clock: this one sends by the schedule, the other one waits and takes. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>
#include "bench_wait.h"

#define NAP_MAX 500000000u      /* ns */
#define NAP_MIN 200000u         /* ns: a start that is further away is slept for, but for the last half of this */
#define LOOKS_A_YIELD 64u

struct receiver {
	struct bench_path *path;
	struct bench_ledger *ledger;
	struct bench_waiter *waiter;
	int cpu;
	bool stop;
};

void bench_pin(pthread_t thread, int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_setaffinity_np(thread, sizeof(set), &set);
}

static void *receive(void *arg)
{
	struct receiver *receiver = arg;
	int flag;

	while (!__atomic_load_n(&receiver->stop, __ATOMIC_ACQUIRE)) {
		bool first = true;

		while ((flag = hvbell_receive(&receiver->path->rx)) >= 0) {
			uint64_t now = bench_wall();

			if (first)
				bench_ledger_pass(receiver->ledger);
			first = false;
			bench_ledger_take(receiver->ledger, (unsigned)flag, now);
		}
		if (bench_ledger_all_seen(receiver->ledger))
			break;
		bench_waiter_wait(receiver->waiter);
	}
	return NULL;
}

/* Sleeps where there is time for it: whoever else works for the path may need this processor. */
static void rest(uint64_t now, uint64_t next, unsigned *looks)
{
	struct timespec nap;

	if (next != UINT64_MAX && next > now + NAP_MIN) {
		nap = (struct timespec){ 0, (long)((next - now < NAP_MAX ? next - now : NAP_MAX) - NAP_MIN / 2) };
		nanosleep(&nap, NULL);
	} else if (++*looks % LOOKS_A_YIELD == 0) {
		sched_yield();
	}
}

static void send_all(struct bench_path *path, struct bench_ledger *ledger, uint64_t patience)
{
	uint64_t seen = 0, moved = bench_wall();
	unsigned looks = 0;

	ledger->start = moved;
	while (!bench_ledger_all_seen(ledger) && !bench_stopped()) {
		uint64_t now = bench_wall(), seen_now = __atomic_load_n(&ledger->seen, __ATOMIC_ACQUIRE);

		if (seen_now != seen || !bench_ledger_open(ledger))
			moved = now;
		seen = seen_now;
		if (bench_ledger_due(ledger, now))
			path->send(path, bench_ledger_send(ledger, now));
		else if (now - moved > patience)
			return;
		else
			rest(now, bench_ledger_next(ledger), &looks);
	}
}

int bench_threads(const struct bench *bench, struct bench_path *path, struct bench_ledger *ledger,
		  enum bench_mode mode)
{
	struct receiver receiver = { .path = path, .ledger = ledger };
	const uint64_t one = 1;
	cpu_set_t before;
	pthread_t thread;
	int ret = bench_waiter_open(mode, path->eventfd, &receiver.waiter);

	if (ret)
		return ret;
	ret = -pthread_create(&thread, NULL, receive, &receiver);
	if (ret == 0) {
		pthread_getaffinity_np(pthread_self(), sizeof(before), &before);
		bench_pin(thread, bench->cpu_receiver);
		bench_pin(pthread_self(), bench->cpu_sender);
		send_all(path, ledger, bench->patience);
		pthread_setaffinity_np(pthread_self(), sizeof(before), &before);
		__atomic_store_n(&receiver.stop, true, __ATOMIC_RELEASE);
		/* wakes a receiver that still waits; a full counter wakes as well */
		if (write(path->eventfd, &one, sizeof(one)) < 0)
			ret = errno == EAGAIN ? 0 : -errno;
		pthread_join(thread, NULL);
	}
	bench_waiter_close(receiver.waiter);
	return ret;
}
