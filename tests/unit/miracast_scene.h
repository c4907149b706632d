/* SPDX-License-Identifier: MIT */
/*
 * A driver with Miracast messages, for the tests: an adapter on the card (HVBELL_CARD, else sim:), and a receiver,
 * which is another process: the test program itself, started anew (receiver_main()). Whatever a function does not
 * report fails the test.
 */
#ifndef MIRACAST_SCENE_H
#define MIRACAST_SCENE_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>
#include "hvcall/dxgk_internal.h"
#include "hvcall/miracast_internal.h"

#define SCENE_HOST 0x2a
#define SCENE_GUEST 0x2b

struct scene {
	hvbell_card *card;
	hvcall_dxgk *dxgk;
	struct hvcall_dxgk_miracast_options options;
	pid_t receiver;                 /* 0: none */
	/* the driver's */
	DXGK_MIRACAST_DISPLAY_CALLBACKS callbacks;
	NTSTATUS refuses;               /* what its DxgkDdiMiracastCreateContext returns */
	unsigned created, destroyed;
};

extern struct scene scene;

/* As setup and teardown of a test: an adapter; a context with a receiver, too. */
int scene_open(void **state);
int scene_begin(void **state);
int scene_end(void **state);
/* Starts a receiver with its end of the socket, which is closed here. */
void scene_spawn(int socket);
/* The same, and makes a context with it. */
void scene_connect(void);
/* A context whose other end is the test itself: its end of the socket. */
int scene_connect_test(void);
NTSTATUS scene_create(int socket);
/* A pair of sockets that no other process inherits: 0. */
int scene_pair(int ends[2]);
/* Ends the receiver by a signal and waits for it. */
void scene_kill(void);
/* Waits for a receiver that ends by itself: well (how NULL), or as *how says. */
void scene_reap(int *how);
/* Holds the receiver, or lets it go on. */
void scene_hold(bool hold);
struct hvcall_dxgk_miracast_counters scene_counters(void);

/* One message, and what became of it. */
struct letter {
	uint8_t *input, *output;
	ULONG input_size, output_size;
	NTSTATUS result;                /* of the send */
	/* under the scene's lock */
	unsigned called;
	IO_STATUS_BLOCK block;
	void (*on_callback)(struct letter *letter);     /* before it counts as called */
};

/* What the receiver's handler is to do: the first bytes of an input. */
struct order {
	enum { ORDER_ECHO, ORDER_PID, ORDER_STATUS, ORDER_DIE } what;
	uint32_t status, bytes;         /* ORDER_STATUS */
};

/* A letter with random input that begins with an order; output is filled with 0xee, and followed by a guard. */
struct letter *letter_new(struct order order, ULONG input_size, ULONG output_size);
/* Also checks the guard. */
void letter_free(struct letter *letter);
/* Sends it with a callback. */
NTSTATUS letter_post(struct letter *letter);
/* Waits, some seconds, until it was called back. */
void letter_await(struct letter *letter);
unsigned letter_called(struct letter *letter);
/* It was called back once, with this. */
void letter_came(struct letter *letter, NTSTATUS status, ULONG_PTR information);
/* The echo of its input, whole or as much as there is room for. */
void letter_echoed(struct letter *letter);

/* The receiver's whole program. Its exit status says what hvcall_dxgk_miracast_serve() returned: 0, or 1. */
bool is_receiver(int argc, char **argv);
int receiver_main(void);
#endif
