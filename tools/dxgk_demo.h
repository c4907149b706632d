/* SPDX-License-Identifier: MIT */
/* hvbell dxgk-demo: two processes. The host half has the card and a display driver; the guest half has what a guest
 * has: its memory, its interrupt, and a way to signal. */
#ifndef TOOLS_DXGK_DEMO_H
#define TOOLS_DXGK_DEMO_H
#include <hvbell/hvbell.h>

#define DXGK_DEMO_EVENTS 3              /* one for each way to be told: eventfd, callback, wait */
#define DXGK_DEMO_SINT 2
#define DXGK_DEMO_FLAGS 64              /* of a port */

/* The host's first words, with two descriptors: the guest's interrupt, and the eventfd by which the guest signals. */
struct dxgk_demo_start {
	uint32_t flags[DXGK_DEMO_EVENTS];
};

/* The guest's answer to each message of the host after it. */
struct dxgk_demo_counts {
	uint64_t taken[DXGK_DEMO_EVENTS];
	uint64_t strays;
};

#define DXGK_DEMO_MESSAGES 200

/* What was seen of the messages. */
struct dxgk_demo_messages {
	uint64_t sent, answered;
	uint64_t bytes;                 /* of the answered ones, both ways */
	uint64_t to_receiver, to_driver;        /* signals, by the card's counters */
};

/* What was seen of an act. */
struct dxgk_demo_act {
	uint64_t signals, coalesced;    /* of the driver's partition, by the card's counters */
	uint64_t messages;              /* of these, interrupts to the guest */
	uint64_t atomics;               /* of the card, both ways */
	uint64_t taken;                 /* by the guest's half, of all events */
	uint64_t interrupts;            /* that the driver claimed: the guest's signals come back so */
};

struct dxgk_demo_host;

/* dxgk_demo_host.c: false (said on standard error) where something failed. */
bool dxgk_demo_open(hvbell_card *card, int socket, uint64_t *sief, struct dxgk_demo_host **host);
/* Rounds one after the other: the driver signals, the guest answers, the driver's DPC signals the next event. */
bool dxgk_demo_in_turn(struct dxgk_demo_host *host, unsigned rounds, struct dxgk_demo_act *act);
/* As fast as the driver can, then each event for the last time. */
bool dxgk_demo_burst(struct dxgk_demo_host *host, unsigned signals, struct dxgk_demo_act *act);
/* dxgk_demo_messages.c: messages to the guest's process, whose end of a pair of sockets is the other one. */
bool dxgk_demo_messages(struct dxgk_demo_host *host, int socket, struct dxgk_demo_messages *seen);
void dxgk_demo_close(struct dxgk_demo_host *host);

/* dxgk_demo_guest.c: the other process's life, until the sockets are closed; its exit status. Messages of the driver
 * come over the second one. */
int dxgk_demo_guest(int socket, int messages, uint64_t *sief);

/* dxgk_demo_socket.c: a message, and two descriptors or NULL. False: the other half is gone, or said nothing for some
 * seconds. */
bool dxgk_demo_send(int socket, const void *message, size_t size, const int fds[2]);
bool dxgk_demo_receive(int socket, void *message, size_t size, int fds[2]);
#endif
