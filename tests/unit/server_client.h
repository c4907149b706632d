/* SPDX-License-Identifier: MIT */
/* A client of the vfio-user server that can do everything wrong: raw bytes over a socket pair, the server in a thread
 * of this process. Whatever a function does not report fails the test. */
#ifndef SERVER_CLIENT_H
#define SERVER_CLIENT_H
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <stdbool.h>
#include "sim/rc.h"
#include "sim/vfio_user.h"

enum { CONFIG = 7, MSIX = 2, ERR = 3, REQ = 4 };      /* region; interrupts */
enum { PCIE_CAP = 0x70, MSIX_CAP = 0x50, PM_CAP = 0x40 };

#define IRQ_EVENTFD (VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER)
#define IRQ_NONE (VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER)
#define IRQ_BOOL (VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_ACTION_TRIGGER)

struct client {
	int socket;                      /* -1: closed */
	int far_end;                     /* the server's */
	pthread_t thread;
	int result;                      /* of hvb_server_serve(), once closed */
	uint16_t id;
	struct hvb_vfu_message reply;    /* the last one */
};

/* One server for the program, for setup and teardown of a group; its log is kept from here on. Programs that are no
 * tests ignore state. */
int server_start(void **state);
int server_stop(void **state);
struct hvb_server *server_under_test(void);
void server_statistics(struct hvb_rc_stats *stats);
/* Lines the server has written since this was asked last; their text is in server_said() until then. */
unsigned server_lines(void);
const char *server_said(void);

/* Connects; client_open() agrees on a version, too. */
void client_attach(struct client *c);
void client_open(struct client *c);
/* Hangs up and waits until the server is done with it; what hvb_server_serve() returned. */
int client_close(struct client *c);
/* The same as setup and teardown of a test, whose state is a client with a version agreed; what the test leaves must be
 * good enough to hang up. */
int client_begin(void **state);
int client_end(void **state);
/* Whether the server hangs up (and is done), having sent nothing more. */
bool client_sent_away(struct client *c);

void client_raw(struct client *c, const void *bytes, size_t length, const int *fds, unsigned count);
/* Receives a reply: its errno, 0 for none; -1 where the server has hung up. */
int client_reply(struct client *c);
/* Sends a command and receives its reply, which must belong to it. */
int client_ask_fds(struct client *c, unsigned command, const void *body, size_t length, const int *fds,
		   unsigned count);
int client_ask(struct client *c, unsigned command, const void *body, size_t length);
/* Sends without waiting for anything, with these flags. */
void client_send(struct client *c, unsigned command, unsigned flags, const void *body, size_t length, const int *fds,
		 unsigned count);

/* The client in service is still served. */
void client_alive(struct client *c);
/* What was got is this error, told by one line of the log, and the client is still served. */
void refused(struct client *c, int got, int expected);

/* The commands; each returns the reply's errno. Data of a read stays in reply.body behind struct hvb_vfu_access. */
int region_read(struct client *c, unsigned region, uint64_t offset, unsigned count);
int region_write(struct client *c, unsigned region, uint64_t offset, unsigned count, const void *data);
void region_post(struct client *c, unsigned region, uint64_t offset, uint64_t value);
uint64_t region_value(struct client *c, unsigned region, uint64_t offset, unsigned count);     /* must succeed */
void region_set(struct client *c, unsigned region, uint64_t offset, unsigned count, uint64_t value);
int dma_map(struct client *c, uint64_t address, uint64_t size, uint64_t offset, unsigned flags, int fd);
int dma_unmap(struct client *c, uint64_t address, uint64_t size);
int set_irqs(struct client *c, unsigned flags, unsigned index, unsigned start, unsigned count, const int *fds,
	     unsigned fd_count);

/* Memory space, bus master and AtomicOps on. */
void card_on(struct client *c);
/* One signal by DIRECT: sets a flag of the word at iova and sends a vector. */
enum { DIRECT_SET, DIRECT_NEWLY, DIRECT_FAULT };
unsigned card_direct(struct client *c, uint64_t iova, unsigned vector, unsigned flag);

/* A file of zeroes in memory; an eventfd; an eventfd's count, taken, having waited for it or not. */
int memory_file(size_t size);
int event_file(void);
uint64_t events(int fd, bool wait);
/* What this process has: open files, maps of files in memory, threads, KiB in use. */
struct holdings {
	unsigned fds, maps, threads;
	long kib;
};
struct holdings holdings(void);
#endif
