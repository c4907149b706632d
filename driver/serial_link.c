/* SPDX-License-Identifier: MIT */
/* Numbers, acknowledgements and resending on a serial line: go back to the first that is missing (docs/serial.md). */
#include "driver/serial_link.h"
#include <string.h>

#define NUMBERS 16u              /* of TLPs on the line; twice the window, so that old and new are told apart */

void hvb_serial_link_reset(struct hvb_serial_link *link, uint8_t session, uint64_t now)
{
	struct hvb_serial_stats stats = link->stats;

	memset(link, 0, sizeof(*link));
	link->stats = stats;
	link->session = session;
	link->resetting = link->reset_due = true;
	link->deadline = now;
}

bool hvb_serial_link_up(const struct hvb_serial_link *link)
{
	return !link->resetting;
}

bool hvb_serial_link_dead(const struct hvb_serial_link *link)
{
	return link->tries >= HVB_SERIAL_TRIES;
}

bool hvb_serial_link_room(const struct hvb_serial_link *link)
{
	return link->tail - link->base < HVB_SERIAL_WINDOW;
}

bool hvb_serial_link_busy(const struct hvb_serial_link *link)
{
	return link->tail != link->base;
}

void hvb_serial_link_send(struct hvb_serial_link *link, const struct hvb_tlp *tlp)
{
	if (link->tail - link->base == HVB_SERIAL_QUEUE) {
		link->stats.overflows++;
		return;
	}
	link->queue[link->tail++ % HVB_SERIAL_QUEUE] = *tlp;
	link->stats.sent++;
}

static bool waits_for_answer(const struct hvb_serial_link *link)
{
	return (link->resetting && !link->reset_due) || link->cursor != link->base;
}

static void start_timer(struct hvb_serial_link *link, uint64_t now)
{
	uint64_t wait = (uint64_t)HVB_SERIAL_RESEND_US << link->tries;

	link->deadline = now + (wait < HVB_SERIAL_RESEND_MAX_US ? wait : HVB_SERIAL_RESEND_MAX_US);
}

static void expire(struct hvb_serial_link *link, uint64_t now)
{
	if (!waits_for_answer(link) || now < link->deadline || hvb_serial_link_dead(link))
		return;
	link->stats.timeouts++;
	link->tries++;
	link->stats.resent += link->cursor - link->base;
	link->cursor = link->base;
	link->reset_due = link->resetting;
}

static size_t say(struct hvb_serial_link *link, enum hvb_serial_kind kind, uint8_t number, uint8_t *line)
{
	const struct hvb_serial_frame frame = {
		.kind = (uint8_t)kind, .number = number, .tlp = link->queue[link->cursor % HVB_SERIAL_QUEUE],
	};

	return hvb_serial_encode(&frame, line);
}

size_t hvb_serial_link_output(struct hvb_serial_link *link, uint64_t now, uint8_t *line)
{
	size_t length;

	expire(link, now);
	if (hvb_serial_link_dead(link))
		return 0;
	if (link->resetting) {
		if (!link->reset_due)
			return 0;
		link->reset_due = false;
		start_timer(link, now);
		return say(link, HVB_SERIAL_RESET, link->session, line);
	}
	if (link->nak_due) {
		link->nak_due = link->ack_due = false;
		return say(link, HVB_SERIAL_NAK, link->expected, line);
	}
	if (link->cursor != link->tail && link->cursor - link->base < HVB_SERIAL_WINDOW) {
		link->ack_due = false;
		if (link->cursor == link->base)
			start_timer(link, now);
		length = say(link, HVB_SERIAL_TLP,
			     (uint8_t)(link->cursor % NUMBERS << 4 | link->expected), line);
		link->cursor++;
		return length;
	}
	if (!link->ack_due)
		return 0;
	link->ack_due = false;
	return say(link, HVB_SERIAL_ACK, link->expected, line);
}

/* The card has everything before `next`. What it cannot have is a number from nowhere. */
static bool acknowledge(struct hvb_serial_link *link, unsigned next, uint64_t now)
{
	uint64_t gained = (next - link->base) % NUMBERS;

	if (gained > HVB_SERIAL_WINDOW || gained > link->tail - link->base)
		return false;
	if (gained) {
		link->base += gained;
		if (link->cursor < link->base)
			link->cursor = link->base;
		link->tries = 0;
		start_timer(link, now);
	}
	return true;
}

static void go_back(struct hvb_serial_link *link, unsigned next, uint64_t now)
{
	link->stats.naks++;
	if (!acknowledge(link, next, now))
		return;
	link->stats.resent += link->cursor - link->base;
	link->cursor = link->base;
}

/* Once for each gap: what follows it is out of order until the missing one has come. */
static void complain(struct hvb_serial_link *link)
{
	link->nak_due |= !link->nak_sent;
	link->nak_sent = true;
}

static bool take(struct hvb_serial_link *link, unsigned number)
{
	unsigned ahead = (number - link->expected) % NUMBERS;

	if (ahead == 0) {
		link->expected = (uint8_t)((link->expected + 1) % NUMBERS);
		link->ack_due = true;
		link->nak_sent = false;
		link->stats.received++;
		return true;
	}
	if (ahead >= NUMBERS - HVB_SERIAL_WINDOW) {
		link->ack_due = true;
		link->stats.repeated++;
	} else {
		link->stats.gaps++;
		complain(link);
	}
	return false;
}

bool hvb_serial_link_input(struct hvb_serial_link *link, uint64_t now, uint8_t byte, struct hvb_tlp *tlp)
{
	struct hvb_serial_frame frame;
	enum hvb_serial_result result = hvb_serial_decode(&link->decoder, byte, &frame);

	if (result == HVB_SERIAL_MORE)
		return false;
	if (link->resetting) {
		/* all else is of the time before */
		if (result == HVB_SERIAL_GOOD && frame.kind == HVB_SERIAL_READY && frame.number == link->session) {
			link->resetting = link->reset_due = false;
			link->tries = 0;
		}
		return false;
	}
	if (result == HVB_SERIAL_BAD) {
		link->stats.bad++;
		complain(link);
		return false;
	}
	if (frame.kind == HVB_SERIAL_ACK) {
		acknowledge(link, frame.number % NUMBERS, now);
	} else if (frame.kind == HVB_SERIAL_NAK) {
		go_back(link, frame.number % NUMBERS, now);
	} else if (frame.kind == HVB_SERIAL_TLP) {
		acknowledge(link, frame.number % NUMBERS, now);
		*tlp = frame.tlp;
		return take(link, frame.number >> 4);
	}
	return false;
}

uint64_t hvb_serial_link_due(const struct hvb_serial_link *link)
{
	if (hvb_serial_link_dead(link))
		return UINT64_MAX;
	if (link->resetting ? link->reset_due : link->nak_due || link->ack_due ||
	    (link->cursor != link->tail && link->cursor - link->base < HVB_SERIAL_WINDOW))
		return 0;
	return waits_for_answer(link) ? link->deadline : UINT64_MAX;
}
