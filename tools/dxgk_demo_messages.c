/* SPDX-License-Identifier: MIT */
/* The messages of hvbell dxgk-demo: the driver sends some of every size to its user-mode half, which is in the guest's
 * process, and looks at each answer. */
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "dxgk_demo_host.h"

#define CONTEXT_HOST 0x30               /* the partitions of the messages */
#define CONTEXT_GUEST 0x31
#define PATIENCE_S 20

/* The driver's, of one message. */
struct message {
	struct courier *courier;
	ULONG size;
	uint8_t *input, *output;
};

struct courier {
	DXGK_MIRACAST_DISPLAY_CALLBACKS callbacks;
	sem_t called;
	uint64_t good, bytes;           /* answers that are right; their bytes, both ways */
	struct message messages[DXGK_DEMO_MESSAGES];
};

static NTSTATUS CreateContext(PVOID DriverContext, DXGK_MIRACAST_DISPLAY_CALLBACKS *MiracastCallbacks,
			      PVOID *MiracastContext, ULONG *TargetId)
{
	struct courier *courier = DriverContext;

	courier->callbacks = *MiracastCallbacks;
	*MiracastContext = courier;
	*TargetId = 0;
	return STATUS_SUCCESS;
}

static VOID DestroyContext(PVOID DriverContext, PVOID MiracastContext)
{
	(void)DriverContext, (void)MiracastContext;
}

static bool answered(const struct message *message)
{
	for (ULONG i = 0; i < message->size; i++)
		if ((message->output[i] ^ message->input[i]) != 0xff)
			return false;
	return true;
}

/* Several of these may run at once. */
static VOID Completed(PVOID CallbackContext, PIO_STATUS_BLOCK pIoStatusBlock)
{
	struct message *message = CallbackContext;
	struct courier *courier = message->courier;

	if (pIoStatusBlock->Status == STATUS_SUCCESS && pIoStatusBlock->Information == message->size &&
	    answered(message)) {
		__atomic_add_fetch(&courier->good, 1, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&courier->bytes, 2 * (uint64_t)message->size, __ATOMIC_SEQ_CST);
	}
	sem_post(&courier->called);
}

static bool wait_for_one(struct courier *courier)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	return !sem_timedwait(&courier->called, &until) || dxgk_demo_failed("a message was not answered");
}

/* A full ring is told, not waited for: the driver tries again after the next callback. */
static bool send_one(struct courier *courier, struct message *message, unsigned *called)
{
	NTSTATUS status;

	for (;;) {
		status = courier->callbacks.DxgkCbMiracastSendMessage(courier->callbacks.MiracastHandle,
			message->size, message->input, message->size, message->output, Completed, message);
		if (status != STATUS_INSUFFICIENT_RESOURCES)
			return status == STATUS_PENDING || dxgk_demo_failed("DxgkCbMiracastSendMessage");
		if (!wait_for_one(courier))
			return false;
		++*called;
	}
}

/* From 1 byte to 512 KiB, which is more than the shared memory has. */
static bool write_message(struct courier *courier, unsigned n)
{
	struct message *message = &courier->messages[n];

	message->courier = courier;
	message->size = 1u << n % 20;
	message->input = malloc(message->size);
	message->output = calloc(1, message->size);
	if (!message->input || !message->output)
		return dxgk_demo_failed("no memory");
	for (ULONG i = 0; i < message->size; i++)
		message->input[i] = (uint8_t)(n + i * 7);
	return true;
}

static bool send_all(struct courier *courier)
{
	unsigned called = 0;

	for (unsigned n = 0; n < DXGK_DEMO_MESSAGES; n++)
		if (!write_message(courier, n) || !send_one(courier, &courier->messages[n], &called))
			return false;
	for (; called < DXGK_DEMO_MESSAGES; called++)
		if (!wait_for_one(courier))
			return false;
	return true;
}

/* Signals of a half that the card has taken. */
static bool count_signals(struct dxgk_demo_host *host, uint64_t partition, uint64_t *signals)
{
	struct hvbell_counters counters;

	if (hvbell_fence(host->card) || hvbell_counters(host->card, partition, &counters))
		return dxgk_demo_failed("the card's counters cannot be read");
	*signals = counters.accepted + counters.coalesced;
	return true;
}

static bool exchange(struct dxgk_demo_host *host, struct courier *courier, int socket,
		     struct dxgk_demo_messages *seen)
{
	const DXGK_MIRACAST_INTERFACE driver = { .Size = sizeof(driver), .Version = 1, .Context = courier,
		.DxgkDdiMiracastCreateContext = CreateContext, .DxgkDdiMiracastDestroyContext = DestroyContext };
	const struct hvcall_dxgk_miracast_options options = { .driver = &driver, .host = CONTEXT_HOST,
		.guest = CONTEXT_GUEST, .socket = socket };
	bool good;

	if (hvcall_dxgk_miracast_create(host->dxgk, &options) != STATUS_SUCCESS)
		return dxgk_demo_failed("no context for messages");
	good = send_all(courier) && count_signals(host, CONTEXT_HOST, &seen->to_receiver) &&
	       count_signals(host, CONTEXT_GUEST, &seen->to_driver);
	/* where something failed, what is pending is called back here */
	if (hvcall_dxgk_miracast_destroy(host->dxgk) != STATUS_SUCCESS)
		good = dxgk_demo_failed("the context for messages does not end");
	seen->sent = DXGK_DEMO_MESSAGES;
	seen->answered = courier->good;
	seen->bytes = courier->bytes;
	return good;
}

bool dxgk_demo_messages(struct dxgk_demo_host *host, int socket, struct dxgk_demo_messages *seen)
{
	struct courier *courier = calloc(1, sizeof(*courier));
	bool good;

	if (!courier)
		return dxgk_demo_failed("no memory");
	sem_init(&courier->called, 0, 0);
	good = exchange(host, courier, socket, seen);
	for (unsigned n = 0; n < DXGK_DEMO_MESSAGES; n++) {
		free(courier->messages[n].input);
		free(courier->messages[n].output);
	}
	sem_destroy(&courier->called);
	free(courier);
	return good;
}
