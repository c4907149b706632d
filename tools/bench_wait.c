/* SPDX-License-Identifier: MIT */
/* read(2), epoll(7) and io_uring(7) on an eventfd. */
#include "bench_wait.h"
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define LOOKS_A_YIELD 256u      /* of a receiver that polls: somebody may need this processor */

struct bench_waiter {
	enum bench_mode mode;
	int eventfd, flags, epoll;
	unsigned looks;
	uint64_t count;                 /* what a read delivers */
	struct io_uring ring;
};

static int open_epoll(struct bench_waiter *waiter)
{
	struct epoll_event event = { .events = EPOLLIN };

	waiter->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (waiter->epoll < 0)
		return -errno;
	return epoll_ctl(waiter->epoll, EPOLL_CTL_ADD, waiter->eventfd, &event) == 0 ? 0 : -errno;
}

static int set_blocking(const struct bench_waiter *waiter, bool blocking)
{
	int flags = blocking ? waiter->flags & ~O_NONBLOCK : waiter->flags;

	return waiter->flags < 0 || fcntl(waiter->eventfd, F_SETFL, flags) != 0 ? -errno : 0;
}

int bench_waiter_open(enum bench_mode mode, int eventfd, struct bench_waiter **waiter)
{
	struct bench_waiter *made = calloc(1, sizeof(*made));
	int ret;

	*waiter = NULL;
	if (!made)
		return -ENOMEM;
	made->mode = mode;
	made->eventfd = eventfd;
	made->epoll = -1;
	made->flags = fcntl(eventfd, F_GETFL);
	ret = set_blocking(made, true);
	if (!ret && mode == BENCH_EPOLL)
		ret = open_epoll(made);
	if (!ret && mode == BENCH_IO_URING)
		ret = io_uring_queue_init(4, &made->ring, 0);
	if (!ret) {
		*waiter = made;
		return 0;
	}
	made->mode = BENCH_EVENTFD;     /* there is no ring to end */
	bench_waiter_close(made);
	return ret;
}

static void wait_uring(struct bench_waiter *waiter)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&waiter->ring);
	struct io_uring_cqe *cqe;

	io_uring_prep_read(sqe, waiter->eventfd, &waiter->count, sizeof(waiter->count), 0);
	if (io_uring_submit_and_wait(&waiter->ring, 1) < 0)
		return;
	if (io_uring_peek_cqe(&waiter->ring, &cqe) == 0)
		io_uring_cqe_seen(&waiter->ring, cqe);
}

void bench_waiter_wait(struct bench_waiter *waiter)
{
	struct epoll_event event;

	if (waiter->mode == BENCH_POLL) {
		if (++waiter->looks % LOOKS_A_YIELD == 0)
			sched_yield();
	} else if (waiter->mode == BENCH_IO_URING) {
		wait_uring(waiter);
	} else {
		if (waiter->mode == BENCH_EPOLL && epoll_wait(waiter->epoll, &event, 1, -1) < 1)
			return;
		/* interrupted: the caller looks for its flags and waits again */
		if (read(waiter->eventfd, &waiter->count, sizeof(waiter->count)) < 0)
			return;
	}
}

void bench_waiter_close(struct bench_waiter *waiter)
{
	if (waiter->mode == BENCH_IO_URING)
		io_uring_queue_exit(&waiter->ring);
	if (waiter->epoll >= 0)
		close(waiter->epoll);
	set_blocking(waiter, false);
	free(waiter);
}
