/* SPDX-License-Identifier: MIT */
/* The guest's process of hvbell dxgk-demo: three events, each signalled in a way of its own, and for each signal taken
 * one of its own to the host. It is the user-mode half of the driver, too, which answers messages. It has no card. */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "command.h"
#include "dxgk_demo.h"
#include "hvcall/dxgk.h"

struct guest {
	hvcall_dxgk_guest *half;
	struct dxgk_demo_start start;
	int kick;                       /* as a guest's store to its doorbell page becomes an eventfd: KVM_IOEVENTFD */
	int eventfd;                    /* of event 0 */
	struct dxgk_demo_counts counts;
};

static void answer(struct guest *guest, unsigned event)
{
	__atomic_add_fetch(&guest->counts.taken[event], 1, __ATOMIC_SEQ_CST);
	eventfd_write(guest->kick, 1);
}

static void called_back(void *arg)
{
	answer(arg, 1);
}

static void *wait_for_it(void *arg)
{
	struct guest *guest = arg;

	while (hvcall_dxgk_guest_wait(guest->half, guest->start.flags[2], -1) == STATUS_SUCCESS)
		answer(guest, 2);
	return NULL;
}

static bool map(struct guest *guest)
{
	const struct hvcall_dxgk_guest_event how[DXGK_DEMO_EVENTS] = {
		{ .eventfd = guest->eventfd },
		{ .eventfd = -1, .callback = called_back, .arg = guest },
		{ .eventfd = -1 },
	};

	for (unsigned n = 0; n < DXGK_DEMO_EVENTS; n++)
		if (hvcall_dxgk_guest_map(guest->half, guest->start.flags[n], &how[n]) != STATUS_SUCCESS)
			return false;
	return true;
}

/* Until the host has nothing more to say. */
static void serve(struct guest *guest, int socket)
{
	struct pollfd fds[2] = { { .fd = socket, .events = POLLIN }, { .fd = guest->eventfd, .events = POLLIN } };
	struct dxgk_demo_counts counts;
	eventfd_t count;
	char ask;

	while (poll(fds, 2, -1) > 0) {
		if (fds[1].revents && !eventfd_read(guest->eventfd, &count))
			answer(guest, 0);
		if (!fds[0].revents)
			continue;
		if (!dxgk_demo_receive(socket, &ask, sizeof(ask), NULL))
			return;
		for (unsigned n = 0; n < DXGK_DEMO_EVENTS; n++)
			counts.taken[n] = __atomic_load_n(&guest->counts.taken[n], __ATOMIC_SEQ_CST);
		counts.strays = hvcall_dxgk_guest_strays(guest->half);
		if (!dxgk_demo_send(socket, &counts, sizeof(counts), NULL))
			return;
	}
}

/* The message, all bits turned. */
static NTSTATUS turn(PVOID context, ULONG input_size, VOID *input, ULONG output_size, VOID *output, ULONG *bytes)
{
	const uint8_t *from = input;
	uint8_t *to = output;

	(void)context;
	*bytes = input_size < output_size ? input_size : output_size;
	for (ULONG i = 0; i < *bytes; i++)
		to[i] = (uint8_t)~from[i];
	return STATUS_SUCCESS;
}

static void *answer_messages(void *arg)
{
	hvcall_dxgk_miracast_serve(*(const int *)arg, turn, NULL);
	return NULL;
}

int dxgk_demo_guest(int socket, int messages, uint64_t *sief)
{
	struct hvcall_dxgk_guest_options options = { .sief = sief, .sint = DXGK_DEMO_SINT,
		.flag_count = DXGK_DEMO_FLAGS };
	struct guest guest = { .eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	pthread_t waiter, messenger;
	int fds[2];

	if (!dxgk_demo_receive(socket, &guest.start, sizeof(guest.start), fds))
		return EXIT_FAILED;
	options.eventfd = fds[0];
	guest.kick = fds[1];
	if (hvcall_dxgk_guest_open(&options, &guest.half) != STATUS_SUCCESS || !map(&guest) ||
	    pthread_create(&waiter, NULL, wait_for_it, &guest) ||
	    pthread_create(&messenger, NULL, answer_messages, &messages))
		return EXIT_FAILED;
	/* ready */
	if (dxgk_demo_send(socket, &guest.counts, sizeof(guest.counts), NULL))
		serve(&guest, socket);
	for (unsigned n = 0; n < DXGK_DEMO_EVENTS; n++)
		hvcall_dxgk_guest_unmap(guest.half, guest.start.flags[n]);
	pthread_join(waiter, NULL);
	pthread_join(messenger, NULL);
	hvcall_dxgk_guest_close(guest.half);
	return EXIT_GOOD;
}
