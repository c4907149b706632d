/* SPDX-License-Identifier: MIT */
/*
 * A vfio-user server in a thread: a card of plain memory, which notes every message that it gets and answers as the
 * protocol says, or, to one command, as it must not.
 */
#ifndef FAKE_SERVER_H
#define FAKE_SERVER_H
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include "sim/vfio_user.h"

#define FAKE_BAR_BYTES 8192u
#define FAKE_NOTES 4096
#define FAKE_MAPS 8

enum fake_fault {
	FAULT_NONE, FAULT_SHORT, FAULT_LONG, FAULT_COMMAND, FAULT_ID, FAULT_TYPE, FAULT_SMALL, FAULT_HUGE, FAULT_CUT,
	FAULT_ERROR_BODY, FAULT_FDS, FAULT_DIE, FAULT_ANY,      /* up to here each ends the connection */
	FAULT_ERROR = FAULT_ANY, FAULT_ECHO, FAULT_SILENT, FAULT_STALL
};

struct fake_note {
	struct hvb_vfu_header header;
	unsigned char body[64];
	size_t length;
	unsigned fd_count;
};

struct fake_map {
	uint64_t address, size;          /* size 0: free */
	unsigned char *host;
};

struct fake_region {
	uint32_t flags, argsz;           /* argsz 0: as much as there is */
	const void *caps;
	size_t caps_length;
	int fd;                          /* -1: none goes with the answer */
	uint64_t fd_offset;
};

struct fake_server {
	/* what a test sets before the client comes */
	const char *json;                /* NULL: none */
	bool twin_offered;
	struct hvb_vfu_version version;
	struct hvb_vfu_info info;
	unsigned irqs[5];
	struct fake_region regions[8];
	bool config_fixed;               /* writes to configuration space change nothing */
	unsigned hold;                   /* answers this many REGION_READs together, last one first */
	/* changes any answer as it likes, up to room bytes of body, before it is sent; NULL */
	void (*script)(void *arg, struct hvb_vfu_header *reply, unsigned char *body, size_t *length, size_t room);
	void *script_arg;
	/* and at any time, with fake_bend() */
	enum fake_fault fault;
	unsigned fault_command, fault_skip, fault_error;
	/* what it has */
	char folder[64], path[96];
	int listener, socket, twin;
	pthread_t thread;
	pthread_mutex_t lock;
	sem_t resume;                    /* ends FAULT_STALL */
	sem_t replied;                   /* to a command of its own; the reply is in reply */
	struct hvb_vfu_message reply;
	struct fake_note *notes;
	unsigned note_count;
	struct fake_map maps[FAKE_MAPS];
	struct hvb_vfu_header held[8];
	struct hvb_vfu_access held_access[8];
	unsigned held_count;
	unsigned char memory[8][FAKE_BAR_BYTES];
};

/* Makes one that is not listening yet, good in every way. */
struct fake_server *fake_server_new(void);
void fake_server_start(struct fake_server *server);
/* Ends it; its clients have left, or are dropped. */
void fake_server_free(struct fake_server *server);
/* Answers a command wrongly, after `skip` right answers to it. */
void fake_server_bend(struct fake_server *server, enum fake_fault fault, unsigned command, unsigned skip);
/* The notes of one command's messages: how many there are, and the i-th. */
unsigned fake_server_count(struct fake_server *server, unsigned command);
struct fake_note fake_server_note(struct fake_server *server, unsigned command, unsigned i);
void fake_server_forget(struct fake_server *server);
/* Where mapped memory lies in the server; NULL. */
void *fake_server_memory(struct fake_server *server, uint64_t address);
/* Sends the server's own command on the main socket or its twin and awaits the reply: its errno as -errno, or 0 and its
 * body (in *body, length bytes). */
int fake_server_dma(struct fake_server *server, bool twin, unsigned command, const void *request, size_t length,
		    unsigned char *body, size_t *body_length);
#endif
