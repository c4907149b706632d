/* SPDX-License-Identifier: MIT */
/*
 * The driver's end of a serial line: which frame is sent when (docs/serial.md). TLPs arrive at the card in the order
 * they were given, each once, whatever the line does to the bytes; those of the card come out so too. Knows no file and
 * no clock: bytes and the time are given to it. One thread at a time; nothing blocks.
 */
#ifndef HVB_SERIAL_LINK_H
#define HVB_SERIAL_LINK_H
#include "driver/serial_frame.h"

#define HVB_SERIAL_WINDOW 8u             /* TLPs on the way without having been acknowledged */
#define HVB_SERIAL_QUEUE 512u            /* a power of two; more than a card has AtomicOps in flight, and a window */
#define HVB_SERIAL_RESEND_US 100000u     /* until something is sent again; doubles up to: */
#define HVB_SERIAL_RESEND_MAX_US 1600000u
#define HVB_SERIAL_TRIES 8u              /* in a row without an answer: the line is dead */

struct hvb_serial_stats {
	uint64_t sent, received;         /* TLPs, each once */
	uint64_t resent;                 /* frames with a TLP that had been sent before */
	uint64_t bad;                    /* arrived damaged, or were no frame */
	uint64_t naks;                   /* the card says the same of what it received */
	uint64_t repeated;               /* TLPs that had arrived before */
	uint64_t gaps;                   /* TLPs that arrived before one that is missing */
	uint64_t timeouts;
	uint64_t overflows;              /* TLPs given where the queue was full: lost */
};

struct hvb_serial_link {
	struct hvb_tlp queue[HVB_SERIAL_QUEUE];
	uint64_t base, cursor, tail;     /* of all TLPs: the oldest not acknowledged, the next to send, the next */
	uint64_t deadline;               /* of the answer that is waited for */
	unsigned tries;
	uint8_t session, expected;
	bool resetting, reset_due;       /* the card has not answered the reset; it is to be asked */
	bool ack_due, nak_due, nak_sent;
	struct hvb_serial_decoder decoder;
	struct hvb_serial_stats stats;
};

/* Starts a session: the card is reset, and TLPs are exchanged once it says so. Counters go on. now: microseconds. */
void hvb_serial_link_reset(struct hvb_serial_link *link, uint8_t session, uint64_t now);
/* The card has answered the reset. */
bool hvb_serial_link_up(const struct hvb_serial_link *link);
/* Nothing has come from the card for too long. Only a new session ends that. */
bool hvb_serial_link_dead(const struct hvb_serial_link *link);

/* Fewer TLPs than a window wait: a good moment to give another. */
bool hvb_serial_link_room(const struct hvb_serial_link *link);
/* TLPs that have not been acknowledged. */
bool hvb_serial_link_busy(const struct hvb_serial_link *link);
/* Gives a TLP to be sent. */
void hvb_serial_link_send(struct hvb_serial_link *link, const struct hvb_tlp *tlp);

/* The next frame for the line, of the returned number of bytes; 0: none now. line has HVB_SERIAL_LINE_BYTES. */
size_t hvb_serial_link_output(struct hvb_serial_link *link, uint64_t now, uint8_t *line);
/* A byte off the line; true where it ended a TLP, which is in *tlp. */
bool hvb_serial_link_input(struct hvb_serial_link *link, uint64_t now, uint8_t byte, struct hvb_tlp *tlp);
/* When hvb_serial_link_output() has something to say without input or a TLP before; UINT64_MAX: never. */
uint64_t hvb_serial_link_due(const struct hvb_serial_link *link);
#endif
