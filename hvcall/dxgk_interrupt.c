/* SPDX-License-Identifier: MIT */
/* Interrupts: each message has a thread that waits for its eventfd, and a lock that its interrupt routine and
 * DxgkCbSynchronizeExecution hold in turn. Messages know nothing of each other. */
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include "dxgk_internal.h"

/* What the thread is inside of: an interrupt routine or a synchronized routine, as at DIRQL. */
static __thread bool device_level;

struct wired {                          /* what a message's thread is born with */
	hvcall_dxgk *dxgk;
	ULONG number;
};

static void interrupt(hvcall_dxgk *dxgk, ULONG number)
{
	struct dxgk_message *message = &dxgk->messages[number];
	BOOLEAN claimed;

	pthread_mutex_lock(&message->lock);
	device_level = true;
	claimed = dxgk->driver.DxgkDdiInterruptRoutine(dxgk->options.MiniportDeviceContext, number);
	device_level = false;
	if (claimed)
		message->counts.claimed++;
	else
		message->counts.unclaimed++;
	pthread_mutex_unlock(&message->lock);
}

static void *listen(void *arg)
{
	struct wired wired = *(struct wired *)arg;
	struct dxgk_message *message = &wired.dxgk->messages[wired.number];
	struct pollfd fds[2] = { { .fd = message->eventfd, .events = POLLIN },
				 { .fd = message->stop, .events = POLLIN } };
	uint64_t count;

	free(arg);
	while (poll(fds, 2, -1) < 0 || !fds[1].revents)
		if (fds[0].revents && read(message->eventfd, &count, sizeof(count)) == (ssize_t)sizeof(count))
			interrupt(wired.dxgk, wired.number);
	return NULL;
}

static void set_connected(struct dxgk_message *message, bool connected)
{
	pthread_mutex_lock(&message->lock);
	message->connected = connected;
	pthread_mutex_unlock(&message->lock);
}

static NTSTATUS start_thread(hvcall_dxgk *dxgk, ULONG number)
{
	struct dxgk_message *message = &dxgk->messages[number];
	struct wired *wired = malloc(sizeof(*wired));
	int err;

	if (!wired)
		return STATUS_INSUFFICIENT_RESOURCES;
	*wired = (struct wired){ dxgk, number };
	message->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = message->stop < 0 ? errno : pthread_create(&message->thread, NULL, listen, wired);
	if (!err)
		return STATUS_SUCCESS;
	if (message->stop >= 0)
		close(message->stop);
	free(wired);
	return dxgk_status(-err);
}

static NTSTATUS connect(hvcall_dxgk *dxgk, ULONG number, int eventfd)
{
	struct dxgk_message *message = &dxgk->messages[number];
	NTSTATUS status;

	if (message->connected)
		return STATUS_RESOURCE_IN_USE;
	message->eventfd = dxgk_eventfd(eventfd, &status);
	if (!NT_SUCCESS(status))
		return status;
	/* before the first interrupt: its routine may have somebody synchronize with it */
	set_connected(message, true);
	status = start_thread(dxgk, number);
	if (!NT_SUCCESS(status)) {
		set_connected(message, false);
		close(message->eventfd);
	}
	return status;
}

static NTSTATUS disconnect(struct dxgk_message *message)
{
	if (!message->connected)
		return STATUS_DEVICE_NOT_READY;
	set_connected(message, false);
	dxgk_eventfd_signal(message->stop);
	pthread_join(message->thread, NULL);
	close(message->stop);
	close(message->eventfd);
	return STATUS_SUCCESS;
}

NTSTATUS hvcall_dxgk_connect_interrupt(hvcall_dxgk *dxgk, ULONG message, int eventfd)
{
	NTSTATUS status;

	if (!dxgk || message >= dxgk->options.messages)
		return STATUS_INVALID_PARAMETER;
	if (!dxgk->driver.DxgkDdiInterruptRoutine)
		return STATUS_NOT_SUPPORTED;
	pthread_mutex_lock(&dxgk->messages[message].wiring);
	status = connect(dxgk, message, eventfd);
	pthread_mutex_unlock(&dxgk->messages[message].wiring);
	return status;
}

NTSTATUS hvcall_dxgk_disconnect_interrupt(hvcall_dxgk *dxgk, ULONG message)
{
	NTSTATUS status;

	if (!dxgk || message >= dxgk->options.messages)
		return STATUS_INVALID_PARAMETER;
	if (device_level)
		return STATUS_UNSUCCESSFUL;
	pthread_mutex_lock(&dxgk->messages[message].wiring);
	status = disconnect(&dxgk->messages[message]);
	pthread_mutex_unlock(&dxgk->messages[message].wiring);
	return status;
}

NTSTATUS hvcall_dxgk_interrupts(hvcall_dxgk *dxgk, ULONG message, struct hvcall_dxgk_interrupts *counts)
{
	if (!dxgk || message >= dxgk->options.messages || !counts)
		return STATUS_INVALID_PARAMETER;
	pthread_mutex_lock(&dxgk->messages[message].lock);
	*counts = dxgk->messages[message].counts;
	pthread_mutex_unlock(&dxgk->messages[message].lock);
	return STATUS_SUCCESS;
}

static NTSTATUS synchronize(struct dxgk_message *message, PKSYNCHRONIZE_ROUTINE routine, PVOID context,
			    PBOOLEAN result)
{
	NTSTATUS status = STATUS_UNSUCCESSFUL;

	pthread_mutex_lock(&message->lock);
	if (message->connected) {
		device_level = true;
		*result = routine(context);
		device_level = false;
		status = STATUS_SUCCESS;
	}
	pthread_mutex_unlock(&message->lock);
	return status;
}

NTSTATUS dxgk_synchronize(HANDLE device, PKSYNCHRONIZE_ROUTINE routine, PVOID context, ULONG message, PBOOLEAN result)
{
	struct dxgk_place *place;
	NTSTATUS status = STATUS_INVALID_PARAMETER;
	hvcall_dxgk *dxgk = dxgk_enter_object(device, DXGK_ADAPTER, &place);

	if (!dxgk)
		return STATUS_INVALID_PARAMETER;
	if (routine && result && message < dxgk->options.messages)
		status = device_level ? STATUS_UNSUCCESSFUL :
			 synchronize(&dxgk->messages[message], routine, context, result);
	dxgk_leave(place);
	return status;
}

NTSTATUS dxgk_messages_init(hvcall_dxgk *dxgk)
{
	dxgk->messages = calloc(dxgk->options.messages + 1, sizeof(*dxgk->messages));
	if (!dxgk->messages)
		return STATUS_INSUFFICIENT_RESOURCES;
	for (ULONG i = 0; i < dxgk->options.messages; i++) {
		pthread_mutex_init(&dxgk->messages[i].wiring, NULL);
		pthread_mutex_init(&dxgk->messages[i].lock, NULL);
	}
	return STATUS_SUCCESS;
}

void dxgk_messages_end(hvcall_dxgk *dxgk)
{
	for (ULONG i = 0; dxgk->messages && i < dxgk->options.messages; i++) {
		disconnect(&dxgk->messages[i]);
		pthread_mutex_destroy(&dxgk->messages[i].wiring);
		pthread_mutex_destroy(&dxgk->messages[i].lock);
	}
	free(dxgk->messages);
	dxgk->messages = NULL;
}
