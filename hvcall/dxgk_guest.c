/* SPDX-License-Identifier: MIT */
/*
 * The guest's half: one thread waits for the port's interrupt, takes the flags and signals the events they are mapped
 * to. Taking a flag and signalling its event is one action under the lock, as is mapping: a flag that was set for the
 * last event can not signal the next one, once the host has seen it taken.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include "dxgk_internal.h"

struct event {
	bool mapped, signalled;
	uint32_t generation;            /* how often it was mapped: a waiter's event is the one of its time */
	struct hvcall_dxgk_guest_event how;
};

struct hvcall_dxgk_guest {
	uint64_t *words;                /* the port's */
	unsigned flags;
	int eventfd, stop;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;         /* an event was signalled or unmapped, or the half closes, or a waiter left */
	bool closing;
	unsigned waiters;
	uint64_t strays;
	struct event events[];
};

static void deliver(hvcall_dxgk_guest *guest, unsigned flag)
{
	struct event *event = &guest->events[flag];

	if (!event->mapped) {
		guest->strays++;
		return;
	}
	event->signalled = true;
	if (event->how.eventfd >= 0)
		dxgk_eventfd_signal(event->how.eventfd);
	if (event->how.callback)
		event->how.callback(event->how.arg);
}

/* One look at each word. The words are this port's alone, so a whole word is taken at once. */
static bool take_flags(hvcall_dxgk_guest *guest)
{
	bool found = false;

	pthread_mutex_lock(&guest->lock);
	for (unsigned word = 0; word < guest->flags / 64; word++) {
		uint64_t bits = __atomic_load_n(&guest->words[word], __ATOMIC_RELAXED);

		if (bits)
			bits = __atomic_exchange_n(&guest->words[word], 0, __ATOMIC_ACQ_REL);
		for (; bits; bits &= bits - 1) {
			deliver(guest, word * 64 + (unsigned)__builtin_ctzll(bits));
			found = true;
		}
	}
	if (found)
		pthread_cond_broadcast(&guest->changed);
	pthread_mutex_unlock(&guest->lock);
	return found;
}

static void *receive(void *arg)
{
	hvcall_dxgk_guest *guest = arg;
	struct pollfd fds[2] = { { .fd = guest->eventfd, .events = POLLIN },
				 { .fd = guest->stop, .events = POLLIN } };
	bool more = true;
	uint64_t count;
	ssize_t got;

	/* after flags were found it looks again before it sleeps; the interrupt is taken before the flags */
	while (poll(fds, 2, more ? 0 : -1) < 0 || !fds[1].revents) {
		got = fds[0].revents ? read(guest->eventfd, &count, sizeof(count)) : 0;
		(void)got;
		more = take_flags(guest);
	}
	return NULL;
}

static void free_guest(hvcall_dxgk_guest *guest)
{
	for (unsigned flag = 0; flag < guest->flags; flag++)
		if (guest->events[flag].mapped && guest->events[flag].how.eventfd >= 0)
			close(guest->events[flag].how.eventfd);
	if (guest->eventfd >= 0)
		close(guest->eventfd);
	if (guest->stop >= 0)
		close(guest->stop);
	pthread_mutex_destroy(&guest->lock);
	pthread_cond_destroy(&guest->changed);
	free(guest);
}

static NTSTATUS start(hvcall_dxgk_guest *guest, int interrupt)
{
	pthread_condattr_t attributes;
	NTSTATUS status;

	pthread_mutex_init(&guest->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&guest->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	guest->stop = -1;
	guest->eventfd = dxgk_eventfd(interrupt, &status);
	if (!NT_SUCCESS(status))
		return status;
	guest->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return dxgk_status(guest->stop < 0 ? -errno : -pthread_create(&guest->thread, NULL, receive, guest));
}

NTSTATUS hvcall_dxgk_guest_open(const struct hvcall_dxgk_guest_options *options, hvcall_dxgk_guest **guest)
{
	hvcall_dxgk_guest *made;
	NTSTATUS status;

	if (!options || !guest || !options->sief || options->sint >= HVBELL_SINTS || options->base_flag % 64 ||
	    !options->flag_count || options->flag_count % 64 || options->flag_count > HVBELL_FLAGS ||
	    options->base_flag > HVBELL_FLAGS - options->flag_count)
		return STATUS_INVALID_PARAMETER;
	*guest = NULL;
	made = calloc(1, sizeof(*made) + options->flag_count * sizeof(made->events[0]));
	if (!made)
		return STATUS_INSUFFICIENT_RESOURCES;
	made->words = options->sief + options->sint * DXGK_WORDS + options->base_flag / 64;
	made->flags = options->flag_count;
	status = start(made, options->eventfd);
	if (NT_SUCCESS(status))
		*guest = made;
	else
		free_guest(made);
	return status;
}

void hvcall_dxgk_guest_close(hvcall_dxgk_guest *guest)
{
	if (!guest)
		return;
	dxgk_eventfd_signal(guest->stop);
	pthread_join(guest->thread, NULL);
	pthread_mutex_lock(&guest->lock);
	guest->closing = true;
	pthread_cond_broadcast(&guest->changed);
	while (guest->waiters)
		pthread_cond_wait(&guest->changed, &guest->lock);
	pthread_mutex_unlock(&guest->lock);
	free_guest(guest);
}

static NTSTATUS map(struct event *event, const struct hvcall_dxgk_guest_event *how)
{
	NTSTATUS status = STATUS_SUCCESS;
	int fd = -1;

	if (event->mapped)
		return STATUS_RESOURCE_IN_USE;
	if (how->eventfd >= 0)
		fd = dxgk_eventfd(how->eventfd, &status);
	if (!NT_SUCCESS(status))
		return status;
	event->how = *how;
	event->how.eventfd = fd;
	event->mapped = true;
	event->signalled = false;
	event->generation++;
	return status;
}

NTSTATUS hvcall_dxgk_guest_map(hvcall_dxgk_guest *guest, unsigned flag, const struct hvcall_dxgk_guest_event *event)
{
	NTSTATUS status;

	if (!guest || !event || flag >= guest->flags)
		return STATUS_INVALID_PARAMETER;
	pthread_mutex_lock(&guest->lock);
	status = map(&guest->events[flag], event);
	pthread_mutex_unlock(&guest->lock);
	return status;
}

NTSTATUS hvcall_dxgk_guest_unmap(hvcall_dxgk_guest *guest, unsigned flag)
{
	NTSTATUS status = STATUS_INVALID_HANDLE;

	if (!guest || flag >= guest->flags)
		return STATUS_INVALID_PARAMETER;
	pthread_mutex_lock(&guest->lock);
	if (guest->events[flag].mapped) {
		guest->events[flag].mapped = false;
		if (guest->events[flag].how.eventfd >= 0)
			close(guest->events[flag].how.eventfd);
		pthread_cond_broadcast(&guest->changed);
		status = STATUS_SUCCESS;
	}
	pthread_mutex_unlock(&guest->lock);
	return status;
}

static struct timespec from_now(int milliseconds)
{
	struct timespec when;

	clock_gettime(CLOCK_MONOTONIC, &when);
	when.tv_sec += milliseconds / 1000;
	when.tv_nsec += milliseconds % 1000 * 1000000L;
	if (when.tv_nsec >= 1000000000L) {
		when.tv_sec++;
		when.tv_nsec -= 1000000000L;
	}
	return when;
}

static NTSTATUS wait_for(hvcall_dxgk_guest *guest, struct event *event, int timeout_ms)
{
	const struct timespec until = from_now(timeout_ms < 0 ? 0 : timeout_ms);
	const uint32_t generation = event->generation;
	int err = 0;

	if (!event->mapped)
		return STATUS_INVALID_HANDLE;
	while (!guest->closing && event->mapped && event->generation == generation) {
		if (event->signalled) {
			event->signalled = false;
			return STATUS_SUCCESS;
		}
		if (err == ETIMEDOUT)
			return STATUS_TIMEOUT;
		err = timeout_ms < 0 ? pthread_cond_wait(&guest->changed, &guest->lock) :
				       pthread_cond_timedwait(&guest->changed, &guest->lock, &until);
	}
	return STATUS_CANCELLED;
}

NTSTATUS hvcall_dxgk_guest_wait(hvcall_dxgk_guest *guest, unsigned flag, int timeout_ms)
{
	NTSTATUS status;

	if (!guest || flag >= guest->flags)
		return STATUS_INVALID_PARAMETER;
	pthread_mutex_lock(&guest->lock);
	guest->waiters++;
	status = wait_for(guest, &guest->events[flag], timeout_ms);
	guest->waiters--;
	if (guest->closing)
		pthread_cond_broadcast(&guest->changed);
	pthread_mutex_unlock(&guest->lock);
	return status;
}

uint64_t hvcall_dxgk_guest_strays(hvcall_dxgk_guest *guest)
{
	uint64_t strays;

	if (!guest)
		return 0;
	pthread_mutex_lock(&guest->lock);
	strays = guest->strays;
	pthread_mutex_unlock(&guest->lock);
	return strays;
}
