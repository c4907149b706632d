/* SPDX-License-Identifier: MIT */
/*
 * The host's process of hvbell dxgk-demo: the card, the driver on it, and what a VMM does for a guest: its memory is
 * shared, its interrupt an eventfd, and the eventfd that its doorbell store has become kicks the card.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "dxgk_demo_host.h"

#define SIEF_GPA 0x100000
#define TO_GUEST 0x21                   /* connections, and ports of the same id */
#define TO_HOST 0x12

static void *guest_memory(void *arg, uint64_t gpa, size_t len)
{
	return gpa == SIEF_GPA && len <= HVBELL_SIEF_BYTES ? arg : NULL;
}

static int add_partition(struct dxgk_demo_host *host, uint64_t id)
{
	const struct hvbell_sint sint = { .vector = 177 };
	int err = hvbell_partition_add(host->card, id, HVBELL_ACTIVE,
				       HVBELL_SIGNAL_EVENTS | HVBELL_CREATE_PORT | HVBELL_CONNECT_PORT);

	if (!err && id == GUEST)
		err = hvbell_partition_memory(host->card, id, guest_memory, host->sief);
	err = err ? err : hvbell_vp_add(host->card, id, 0);
	err = err ? err : hvbell_set_scontrol(host->card, id, 0, true);
	err = err ? err : hvbell_set_siefp(host->card, id, 0, true, SIEF_GPA);
	return err ? err : hvbell_set_sint(host->card, id, 0, DXGK_DEMO_SINT, &sint);
}

static struct hvbell_port port_of(uint64_t partition, uint32_t id, uint64_t from)
{
	return (struct hvbell_port){ .partition = partition, .id = id, .type = HVBELL_PORT_EVENT,
		.connection_partition = from, .target_sint = DXGK_DEMO_SINT, .flag_count = DXGK_DEMO_FLAGS };
}

/* Where the card is not reached through the kernel, this is the kernel: the guest's eventfd becomes its signal. */
static void *forward(void *arg)
{
	struct dxgk_demo_host *host = arg;
	struct pollfd fds[2] = { { .fd = host->kick, .events = POLLIN }, { .fd = host->stop, .events = POLLIN } };
	hvbell_sender guest;
	eventfd_t count;

	if (hvbell_sender_init(host->card, GUEST, 0, &guest))
		return NULL;
	while (poll(fds, 2, -1) > 0 && !fds[1].revents)
		if (fds[0].revents && !eventfd_read(host->kick, &count))
			hvbell_signal_raw(&guest, TO_HOST);
	return NULL;
}

static int connect_kick(struct dxgk_demo_host *host)
{
	int err = hvbell_kick_bind(host->card, GUEST, 0, TO_HOST, 0);

	if (!err)
		err = hvbell_kick_eventfd(host->card, GUEST, 0, host->kick);
	if (err != -ENOTSUP)
		return err;
	err = pthread_create(&host->forwarder, NULL, forward, host);
	host->forwarding = !err;
	return -err;
}

/* The host's own flag is what its device says of the interrupt. */
static BOOLEAN dismiss(void *device)
{
	struct dxgk_demo_host *host = device;

	return hvbell_clear_flag(host->card, HOST, 0, DXGK_DEMO_SINT, 0);
}

static void rounds_over(void *device)
{
	eventfd_write(((struct dxgk_demo_host *)device)->done, 1);
}

static bool start_card(struct dxgk_demo_host *host)
{
	struct hvbell_port port = port_of(HOST, TO_HOST, GUEST);

	return !add_partition(host, HOST) && !add_partition(host, GUEST) &&
	       !hvbell_create_port(host->card, &port) &&
	       !hvbell_connect_port(host->card, GUEST, TO_HOST, HOST, TO_HOST) && !connect_kick(host);
}

static bool start_driver(struct dxgk_demo_host *host)
{
	struct hvbell_port port = port_of(GUEST, TO_GUEST, HOST);
	const struct hvcall_dxgk_options options = { .card = host->card, .partition = HOST, .messages = 1,
		.driver = &dxgk_demo_ddi, .MiniportDeviceContext = &host->driver };
	int interrupt = hvbell_eventfd(host->card, HOST, 0, DXGK_DEMO_SINT);
	HANDLE process;

	host->driver.Dismiss = dismiss;
	host->driver.Done = rounds_over;
	host->driver.Device = host;
	return hvcall_dxgk_start(&options, &host->dxgk) == STATUS_SUCCESS &&
	       hvcall_dxgk_connect_interrupt(host->dxgk, 0, interrupt) == STATUS_SUCCESS &&
	       hvcall_dxgk_create_process(host->dxgk, &port, TO_GUEST, &process) == STATUS_SUCCESS;
}

/* Makes the events, and tells the guest's half of them, as an escape of the guest's driver does. */
static bool start_guest(struct dxgk_demo_host *host)
{
	const int fds[2] = { hvbell_eventfd(host->card, GUEST, 0, DXGK_DEMO_SINT), host->kick };
	struct dxgk_demo_start start;
	struct dxgk_demo_counts ready;

	for (unsigned n = 0; n < DXGK_DEMO_EVENTS; n++)
		if (hvcall_dxgk_create_event(host->dxgk, host->driver.Process, -1, &host->driver.Events[n],
					     &start.flags[n]) != STATUS_SUCCESS)
			return false;
	return dxgk_demo_send(host->socket, &start, sizeof(start), fds) &&
	       dxgk_demo_receive(host->socket, &ready, sizeof(ready), NULL);
}

bool dxgk_demo_open(hvbell_card *card, int socket, uint64_t *sief, struct dxgk_demo_host **host)
{
	struct dxgk_demo_host *made = calloc(1, sizeof(*made));

	*host = made;
	if (!made)
		return dxgk_demo_failed("no memory");
	made->card = card;
	made->socket = socket;
	made->sief = sief;
	made->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	made->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	made->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!start_card(made))
		return dxgk_demo_failed("the card");
	if (!start_driver(made))
		return dxgk_demo_failed("the driver does not start");
	return start_guest(made) || dxgk_demo_failed("the guest's half does not start");
}

void dxgk_demo_close(struct dxgk_demo_host *host)
{
	if (!host)
		return;
	hvcall_dxgk_stop(host->dxgk);
	hvbell_kick_eventfd(host->card, GUEST, 0, -1);
	eventfd_write(host->stop, 1);
	if (host->forwarding)
		pthread_join(host->forwarder, NULL);
	close(host->kick);
	close(host->stop);
	close(host->done);
	free(host);
}
