/* SPDX-License-Identifier: MIT */
/* What hvbell dxgk-demo shows: signals in turn, then as fast as the driver can, each with what the card and the guest's
 * half have counted. */
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "command.h"
#include "diag.h"
#include "dxgk_demo_host.h"

#define PATIENCE_MS 20000
#define LOOK_US 20000

bool dxgk_demo_failed(const char *what)
{
	struct hvbell_diag diag = hvbell_error();
	char text[400];

	fprintf(stderr, "hvbell dxgk-demo: %s%s%s\n", what, diag.err ? ": " : "",
		diag.err ? diag_text(&diag, text, sizeof(text)) : "");
	return false;
}

/* What was seen since the start. */
static bool look(struct dxgk_demo_host *host, struct dxgk_demo_act *seen)
{
	struct hvcall_dxgk_interrupts interrupts;
	struct hvbell_card_counters card;
	struct hvbell_counters sent;
	struct dxgk_demo_counts guest;
	const char ask = '?';

	if (!dxgk_demo_send(host->socket, &ask, sizeof(ask), NULL) ||
	    !dxgk_demo_receive(host->socket, &guest, sizeof(guest), NULL))
		return dxgk_demo_failed("the guest's half is gone");
	if (hvbell_counters(host->card, HOST, &sent) || hvbell_card_counters(host->card, &card) ||
	    hvbell_messages(host->card, GUEST, 0, DXGK_DEMO_SINT, &seen->messages) ||
	    hvcall_dxgk_interrupts(host->dxgk, 0, &interrupts) != STATUS_SUCCESS)
		return dxgk_demo_failed("the card's counters cannot be read");
	seen->signals = sent.accepted + sent.coalesced;
	seen->coalesced = sent.coalesced;
	seen->atomics = card.atomics;
	seen->interrupts = interrupts.claimed;
	seen->taken = 0;
	for (unsigned n = 0; n < DXGK_DEMO_EVENTS; n++)
		seen->taken += guest.taken[n];
	return true;
}

/* Looks when nothing moves any more. */
static bool look_settled(struct dxgk_demo_host *host, struct dxgk_demo_act *seen)
{
	struct dxgk_demo_act last;

	do {
		if (hvbell_fence(host->card) || !look(host, &last))
			return dxgk_demo_failed("no end");
		usleep(LOOK_US);
		if (hvbell_fence(host->card) || !look(host, seen))
			return dxgk_demo_failed("no end");
	} while (seen->taken != last.taken || seen->interrupts != last.interrupts ||
		 __atomic_load_n(&host->sief[DXGK_DEMO_SINT * (HVBELL_FLAGS / 64)], __ATOMIC_ACQUIRE));
	return seen->signals == __atomic_load_n(&host->driver.Signals, __ATOMIC_RELAXED) ||
	       dxgk_demo_failed("the card has not counted every signal");
}

static void difference(struct dxgk_demo_act *act, const struct dxgk_demo_act *before)
{
	act->signals -= before->signals;
	act->coalesced -= before->coalesced;
	act->atomics -= before->atomics;
	act->messages -= before->messages;
	act->taken -= before->taken;
	act->interrupts -= before->interrupts;
}

/* The rounds are over, or the guest's process is. */
static bool wait_done(struct dxgk_demo_host *host)
{
	struct pollfd fds[2] = { { .fd = host->done, .events = POLLIN }, { .fd = host->socket, .events = POLLIN } };
	eventfd_t count;

	return poll(fds, 2, PATIENCE_MS) > 0 && !fds[1].revents && !eventfd_read(host->done, &count);
}

bool dxgk_demo_in_turn(struct dxgk_demo_host *host, unsigned rounds, struct dxgk_demo_act *act)
{
	struct dxgk_demo_act before;

	if (!look(host, &before))
		return false;
	host->driver.Rounds = rounds;
	if (dxgk_demo_driver_signal(&host->driver, 0, false) != STATUS_SUCCESS)
		return dxgk_demo_failed("DxgkCbSignalEvent");
	if (!wait_done(host))
		return dxgk_demo_failed("the guest's half does not answer");
	if (!look_settled(host, act))
		return false;
	difference(act, &before);
	return true;
}

bool dxgk_demo_burst(struct dxgk_demo_host *host, unsigned signals, struct dxgk_demo_act *act)
{
	struct dxgk_demo_act before;

	if (!look(host, &before))
		return false;
	for (unsigned n = 0; n < signals; n++)
		if (dxgk_demo_driver_signal(&host->driver, n % DXGK_DEMO_EVENTS, false) != STATUS_SUCCESS)
			return dxgk_demo_failed("DxgkCbSignalEvent");
	for (unsigned n = 0; n < DXGK_DEMO_EVENTS; n++)
		if (dxgk_demo_driver_signal(&host->driver, n, true) != STATUS_SUCCESS)
			return dxgk_demo_failed("DxgkCbSignalEvent with LastUse");
	for (unsigned n = 0; n < DXGK_DEMO_EVENTS; n++)
		if (dxgk_demo_driver_signal(&host->driver, n, false) != STATUS_INVALID_HANDLE)
			return dxgk_demo_failed("an event lives on after its last use");
	if (!look_settled(host, act))
		return false;
	difference(act, &before);
	return true;
}
