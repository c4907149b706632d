/* SPDX-License-Identifier: MIT */
/* The ways in which a receiver waits for its eventfd. */
#ifndef TOOLS_BENCH_WAIT_H
#define TOOLS_BENCH_WAIT_H
#include <pthread.h>
#include "bench.h"

struct bench_waiter;

/* A way of waiting for an eventfd, which is the caller's and is made blocking until the waiter is closed. mode is
 * BENCH_POLL (does not wait at all), BENCH_EVENTFD, BENCH_EPOLL or BENCH_IO_URING. 0 or -errno: -ENOSYS, -EPERM where
 * the kernel has no io_uring, or not for us. */
int bench_waiter_open(enum bench_mode mode, int eventfd, struct bench_waiter **waiter);
/* Waits until the eventfd is written, and empties it. May return without reason. */
void bench_waiter_wait(struct bench_waiter *waiter);
void bench_waiter_close(struct bench_waiter *waiter);
/* Has a thread run on one processor alone; below 0: on any. */
void bench_pin(pthread_t thread, int cpu);
#endif
