/* SPDX-License-Identifier: MIT */
/*
 * The way from any thread to a card's thread: a ring of messages that many write and one reads, and the sleep of the
 * reader while there are none. Messages of one thread arrive in the order it sent them.
 *
 * Sending is wait-free while the ring has room: one fetch-and-add takes a slot, the slot's own sequence number says
 * when it is filled. It may be done in a signal handler, with one limit: a handler that interrupted a send of its own
 * thread must be done before the ring is full, since the reader waits for the slot that only its return fills.
 */
#ifndef HVB_SIM_CHANNEL_H
#define HVB_SIM_CHANNEL_H
#include <stdbool.h>
#include <stdint.h>

#define HVB_CHANNEL_SLOTS 4096u  /* a power of two */
#define HVB_CACHE_LINE 64

enum hvb_message_kind { HVB_MESSAGE_WRITE, HVB_MESSAGE_REQUEST, HVB_MESSAGE_CALL };

struct hvb_message {
	uint8_t kind;            /* enum hvb_message_kind */
	uint8_t bytes;
	uint8_t type;            /* enum hvb_tlp_type of a request */
	uint64_t addr, value;
	void *object;            /* whose meaning is the card's */
};

struct hvb_channel;

/* Gives way to the reader where it shares its thread with the writer: called instead of spinning while the ring is
 * full. */
typedef void (*hvb_channel_full)(void *arg);

/* full may be NULL: spin. NULL: out of memory. */
struct hvb_channel *hvb_channel_new(hvb_channel_full full, void *arg);
void hvb_channel_free(struct hvb_channel *channel);

/* Any thread. */
void hvb_channel_send(struct hvb_channel *channel, const struct hvb_message *message);

/* The reader only: the oldest message, or NULL; it stays valid until hvb_channel_pop removes it. */
const struct hvb_message *hvb_channel_peek(struct hvb_channel *channel);
void hvb_channel_pop(struct hvb_channel *channel);
/* The reader only: returns when there is a message, or after hvb_channel_wake. Spins first, then sleeps. */
void hvb_channel_wait(struct hvb_channel *channel, const bool *stop);
/* The reader only: has a sleeper woken by 8 bytes into fd (an eventfd, not taken over), not by a futex. */
void hvb_channel_wake_by(struct hvb_channel *channel, int fd);
/* The reader only, which sleeps by itself at that fd: true where it may, and will be woken. Then hvb_channel_rise(). */
bool hvb_channel_lie_down(struct hvb_channel *channel);
void hvb_channel_rise(struct hvb_channel *channel);
/* Any thread, after it has set *stop with an atomic store. */
void hvb_channel_wake(struct hvb_channel *channel);

/* One answer to one waiting thread. Starts as all zeroes. */
struct hvb_cell {
	uint32_t state;
};

/* Whether hvb_cell_done was called; everything written before it is seen, then. */
bool hvb_cell_is_done(const struct hvb_cell *cell);
/* Waits until hvb_cell_done was called. */
void hvb_cell_wait(struct hvb_cell *cell);
/* The cell may be gone as soon as this is called. */
void hvb_cell_done(struct hvb_cell *cell);
#endif
