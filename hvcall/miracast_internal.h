/* SPDX-License-Identifier: MIT */
/*
 * What the files of the Miracast messages share. The two halves are two processes: the sender's, which has the card,
 * and the receiver's, which has the user-mode half of the driver. Between them lie a memory file, laid out below, and
 * one event of the card each way.
 *
 * miracast_lane.c      bytes through shared memory, one way
 * miracast_wire.c      memory and card of a context: made, handed to the receiver, taken down
 * miracast_send.c      the sender's ring of messages
 * miracast_pump.c      the sender's thread that moves bytes, finishes messages, sees the receiver end
 * miracast_context.c   a context: its threads, its beginning and end
 * miracast_receive.c   the receiver
 * miracast.c           the driver's interface on top
 */
#ifndef HVCALL_MIRACAST_INTERNAL_H
#define HVCALL_MIRACAST_INTERNAL_H
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dxgk.h"

#define HVMC_LANE_BYTES 65536u  /* a power of two */
#define HVMC_MESSAGES 64u       /* pending at once */
#define HVMC_CALLERS 4u         /* callbacks at once */
#define HVMC_SINT 1u            /* of both halves' VP 0, flag 0 */
#define HVMC_CONNECTION 1u      /* to the other half's port, of the same id */

/* ---- shared memory ----------------------------------------------------------------------------------------------- */

/* Bytes written and read since the beginning, modulo 2^64; each on a line of its writer's. */
struct hvmc_lane {
	_Alignas(64) uint64_t written;
	uint32_t waiting;               /* the writer waits for room */
	_Alignas(64) uint64_t read;
};

struct hvmc_shared {
	_Alignas(4096) uint64_t sief[512];      /* the receiver's SIEF page: the card writes here */
	_Alignas(4096) struct hvmc_lane requests;
	struct hvmc_lane answers;
	_Alignas(4096) uint8_t request_bytes[HVMC_LANE_BYTES], answer_bytes[HVMC_LANE_BYTES];
};

/* On the lanes: a request and its input, an answer and its output. Numbers count from 0; answers come in order. */
struct hvmc_request {
	uint32_t number, input_size, output_size, zero;
};

struct hvmc_answer {
	uint32_t number, status, information, zero;
};

/* What comes over the socket first and only, with three descriptors: the memory; what the card's message to the
 * receiver makes readable; an eventfd, whose every write is the receiver's signal through the card. */
struct hvmc_hello {
	uint64_t magic;
	uint32_t version, bytes;        /* of struct hvmc_shared */
};
#define HVMC_MAGIC 0x7473616361726d68ull
#define HVMC_VERSION 1u
#define HVMC_DESCRIPTORS 3

/* ---- miracast_lane.c --------------------------------------------------------------------------------------------- */

/* One end of a lane. What the other end may have changed is looked at once, checked and kept here. */
struct hvmc_end {
	struct hvmc_lane *lane;
	uint8_t *bytes;
	uint64_t mine, theirs;          /* bytes written and read, or read and written */
	bool owed;                      /* the reader freed room that the writer waits for: signal it */
};

/* Takes up to len bytes; returns how many. Fewer: the lane is full, and the reader will find that the writer waits.
 * -EPROTO: the other end's count is impossible. */
int64_t hvmc_write(struct hvmc_end *end, const void *from, size_t len);
/* Gives up to len bytes; NULL: drops them. Fewer: there are no more now. */
int64_t hvmc_read(struct hvmc_end *end, void *to, size_t len);

/* ---- miracast_wire.c --------------------------------------------------------------------------------------------- */

struct hvmc_wire {
	hvbell_card *card;
	uint64_t host, guest;           /* partitions of this context alone */
	struct hvmc_shared *shared;
	int memory, kick;               /* the memory file; what the receiver signals by */
	int socket;                     /* to the receiver */
	int interrupt;                  /* what the card's message to the host writes */
	int epoll;                      /* what the card's message to the guest makes readable */
	bool host_added, guest_added;   /* on the card */
	bool handed_over;               /* the receiver has, or may have, its half */
	bool relayed;                   /* nothing in the kernel makes kicks of the eventfd: this process does */
	hvbell_sender bell, relay;      /* the doorbells of host and guest; the latter is the pump's */
	pthread_mutex_t bell_lock;      /* one thread at a time uses a sender */
};

/* Makes the memory, adds both partitions to the card, connects them. 0 or -errno; *wire is then to be closed. */
int hvmc_wire_open(struct hvmc_wire *wire, hvbell_card *card, uint64_t host, uint64_t guest, int socket);
/* Sends the receiver its half. 0 or -errno. */
int hvmc_wire_hand_over(struct hvmc_wire *wire);
/* Has the card set the receiver's flag. Any thread. */
void hvmc_wire_ring(struct hvmc_wire *wire);
/* Takes the partitions off the card, then frees everything else. -errno: the card refused, and may still write the
 * memory; everything is as it was, to be closed again. */
int hvmc_wire_close(struct hvmc_wire *wire);
/* Frees everything but the page that the card may still write, where the card refused for good. */
void hvmc_wire_abandon(struct hvmc_wire *wire);

/* ---- miracast_receive.c ------------------------------------------------------------------------------------------ */

/* Waits for a driver's half: 0, with the descriptors in the order of struct hvmc_hello; -EPIPE it has ended; -EINVAL
 * what came is none. */
int hvmc_meet(int socket, int fds[HVMC_DESCRIPTORS]);

/* ---- the sender's half ------------------------------------------------------------------------------------------- */

struct hvmc_message {
	struct hvmc_request request;
	const uint8_t *input;
	uint8_t *copy, *output;         /* copy: input of a message without callback, until it is sent */
	DXGKCB_MIRACAST_SEND_MESSAGE_CALLBACK callback;
	PVOID context;
	IO_STATUS_BLOCK block;
};

struct hvmc {
	struct hvmc_wire wire;
	struct hvcall_dxgk_miracast_counters *counters;
	pthread_mutex_t lock;           /* of all below but what is the pump's */
	pthread_cond_t done_cond;
	/* The ring, as counts since the beginning: called <= done <= sent <= queued <= called + HVMC_MESSAGES; when all
	 * is cancelled, done passes sent. Senders queue; they and the pump send; the pump alone finishes; callers
	 * call. */
	struct hvmc_message ring[HVMC_MESSAGES];
	uint64_t queued, sent, done, called;
	size_t sent_bytes;              /* of message `sent`, with its header */
	struct hvmc_end requests;
	uint64_t rung;                  /* requests.mine at the last signal */
	NTSTATUS ended;                 /* why nothing is sent any more; 0: it is */
	bool finished;                  /* the pump has ended */
	/* the pump's */
	struct hvmc_end answers;
	struct hvmc_answer answer;
	size_t answer_bytes;            /* of the answer being read, with its header */
	int epoll, wake;
	/* of whoever opens and closes */
	pthread_t pump, callers[HVMC_CALLERS];
	unsigned threads;
};

static inline struct hvmc_message *hvmc_message(struct hvmc *c, uint64_t number)
{
	return &c->ring[number % HVMC_MESSAGES];
}

/* Counters are an adapter's, and read at any time. */
static inline void hvmc_count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static inline uint64_t hvmc_counted(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* miracast_context.c */
/* Makes a context and starts its threads; nothing of it is the receiver's yet. 0 or -errno; *c, where it is not NULL,
 * is to be stopped and closed in any case. */
int hvmc_open(hvbell_card *card, const struct hvcall_dxgk_miracast_options *options,
	      struct hvcall_dxgk_miracast_counters *counters, struct hvmc **c);
/* Ends the context, the receiver's end with it, and waits for its threads, all callbacks with them. Harmless again. */
void hvmc_stop(struct hvmc *c);
/* Whether this is one of the threads that call back. */
bool hvmc_in_callback(const struct hvmc *c);
/* Frees what was stopped. -errno: as hvmc_wire_close(), and to be closed again, or abandoned. */
int hvmc_close(struct hvmc *c);
void hvmc_abandon(struct hvmc *c);

/* miracast_send.c */
/* Puts a message into the ring and as much of it on the lane as goes. DXGKCB_MIRACAST_SEND_MESSAGE's results. */
NTSTATUS hvmc_send(struct hvmc *c, const struct hvmc_message *message);
/* Puts on the lane what goes, and signals the receiver where it has something to do. */
void hvmc_advance(struct hvmc *c);
/* Nothing is sent from now on; wakes the pump, which cancels what is pending. The first reason counts. */
void hvmc_end(struct hvmc *c, NTSTATUS why);
/* The same with the lock held. */
void hvmc_end_locked(struct hvmc *c, NTSTATUS why);

/* miracast_pump.c */
/* Makes what the pump waits on: 0 or -errno. */
int hvmc_watch(struct hvmc *c);
/* The thread; its argument is the context. */
void *hvmc_pump(void *c);
/* Finishes every message as cancelled, and lets the callers end; in the pump, or where there is none. */
void hvmc_cancel_all(struct hvmc *c);
#endif
