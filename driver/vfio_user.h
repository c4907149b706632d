/* SPDX-License-Identifier: MIT */
/*
 * The "vfio-user" backend: a card in another process, behind a socket. vfio_user.c is the connection (requests,
 * replies, the thread that receives), vfio_user_open.c makes one, vfio_user_info.c asks what the card has,
 * vfio_user_dma.c gives it memory, vfio_user_serve.c executes the server's own reads and writes of it, vfio_user_dev.c
 * is the table of operations.
 */
#ifndef HVB_DRIVER_VFIO_USER_H
#define HVB_DRIVER_VFIO_USER_H
#include <pthread.h>
#include <stdatomic.h>
#include "driver/dev.h"
#include "driver/share.h"
#include "sim/dmamap.h"
#include "sim/vfio_user.h"

#define VFU_PAGE 4096u
#define VFU_TIMEOUT_MS 60000
#define VFU_REGIONS 8                    /* 0 to the configuration space */
#define VFU_IRQS 5                       /* 0 to REQ */

struct vfu_waiter;

struct vfu_stats {
	_Atomic uint64_t requests, posted, replies, dma_reads, dma_writes, dma_denied;
};

/* What the server takes: descriptors in a message, mappings. */
struct vfu_limits {
	unsigned fds, maps;
};

struct vfu_connection {
	int socket, twin;                /* twin: -1, or where the server's commands come */
	struct vfu_limits limits;
	unsigned timeout_ms;             /* for a reply */
	/* Executes a command of the server and replies to it on socket; only the receiving thread calls it. Not 0: the
	 * connection is of no use any more. */
	int (*serve)(void *arg, int socket, struct hvb_vfu_message *command);
	void *serve_arg;
	struct vfu_stats stats;
	_Atomic int dead;                /* 0, or why it died: -EPIPE, -EPROTO, -ETIMEDOUT, ... */
	_Atomic uint16_t next_id;
	pthread_t thread;
	pthread_mutex_t lock;            /* waiters; taken with every signal blocked */
	struct vfu_waiter *waiters;
};

/* One request. The reply may come while the body is still being sent: they are never the same memory. */
struct vfu_request {
	unsigned command;
	const void *body;
	size_t length;
	const void *data;                /* behind body */
	size_t data_length;
	const int *fds;
	unsigned fd_count;
	void *reply;                     /* gets the reply's body, of reply_min to reply_max bytes */
	size_t reply_min, reply_max;
	int *reply_fds;                  /* gets up to reply_fds_max descriptors, which are the caller's then */
	unsigned reply_fds_max;
	size_t reply_length;             /* what came */
	unsigned reply_fd_count;
};

/* Connects to the server that listens on a path and agrees with it on the protocol's version; no thread runs yet. On
 * an error nothing is left and diag says why. */
int vfu_open(struct vfu_connection *connection, const char *path, unsigned timeout_ms, struct hvb_diag *diag);
/* Starts the thread that receives. -errno. */
int vfu_start(struct vfu_connection *connection, int (*serve)(void *, int, struct hvb_vfu_message *), void *arg);
/* Stops it. */
void vfu_stop(struct vfu_connection *connection);
/* Closes what vfu_open() opened. */
void vfu_close(struct vfu_connection *connection);
/* Sends a request and waits for its reply. 0; the server's error as -errno (those that dev.h names, else -EIO); -ENODEV
 * the connection is dead; -ETIMEDOUT it died of no reply to this one. Any thread; signals wait meanwhile, so that a
 * handler may make requests too. */
int vfu_request(struct vfu_connection *connection, struct vfu_request *request);
/* Writes to a region without a reply: one message. -ENODEV. Any thread or signal handler. */
int vfu_post(struct vfu_connection *connection, const struct hvb_vfu_access *access, const void *data);
/* Ends the connection's life for a reason: every waiter and every later request gets -ENODEV. Safe in a signal
 * handler. */
void vfu_kill(struct vfu_connection *connection, int why);
/* The server did something that the protocol has not: kills the connection, returns -ENODEV. */
int vfu_violation(struct vfu_connection *connection);

struct vfu_area {
	uint64_t offset, size;
};

struct vfu_region {
	uint64_t size;
	int fd;                          /* -1: cannot be mapped */
	uint64_t fd_offset;              /* of the region in it */
	struct vfu_area *areas;          /* that can be mapped */
	unsigned area_count;
};

/* One piece of memory that was given to the card. */
struct vfu_memory {
	uint64_t iova;
	struct hvb_share share;
	struct vfu_memory *next;
};

struct vfu_dma {
	pthread_mutex_t order;           /* one mapping or unmapping at a time; memory */
	struct vfu_memory *memory;
	unsigned count;
	pthread_mutex_t lock;            /* map: held while the server's command touches memory */
	struct hvb_dmamap map;
	uint64_t next;                   /* a freed address is used again as late as may be */
};

struct vfu_dev {
	struct hvb_dev dev;              /* first: what users hold */
	struct vfu_connection connection;
	struct vfu_region regions[VFU_REGIONS];
	unsigned irqs[VFU_IRQS];         /* how many there are */
	bool can_reset;
	struct vfu_dma dma;
};

static inline struct vfu_dev *vfu_of(struct hvb_dev *dev)
{
	return (struct vfu_dev *)(void *)dev;
}

/* Asks for the card's regions and interrupts. On an error vfu_forget() is still to be called. */
int vfu_ask(struct vfu_dev *vfu, struct hvb_diag *diag);
void vfu_forget(struct vfu_dev *vfu);
/* Whether [offset, offset+length) of a region lies in one area that can be mapped. */
bool vfu_mappable(const struct vfu_region *region, uint64_t offset, size_t length);

void vfu_dma_init(struct vfu_dma *dma);
int vfu_dma_map(struct hvb_dev *dev, void *addr, size_t len, unsigned flags, uint64_t *iova);
int vfu_dma_unmap(struct hvb_dev *dev, uint64_t iova, size_t len);
/* A command of the server (vfu_connection.serve); arg is the vfu_dev. */
int vfu_serve(void *arg, int socket, struct hvb_vfu_message *command);
/* Unmaps all that is left. The thread still runs. */
void vfu_dma_end(struct vfu_dev *vfu);
/* Frees what vfu_dma_init() made. */
void vfu_dma_free(struct vfu_dma *dma);
#endif
