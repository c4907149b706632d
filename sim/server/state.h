/* SPDX-License-Identifier: MIT */
/* What the files of the server share. serve.c: messages, one after the other; config.c: configuration space; region.c:
 * BARs; irq.c: interrupts; dma.c: memory; guard.c: memory that is gone. Nobody else includes this. */
#ifndef HVB_SERVER_STATE_H
#define HVB_SERVER_STATE_H
#include <pthread.h>
#include <stdbool.h>
#include "server.h"
#include "sim/card.h"
#include "sim/rc.h"
#include "sim/vfio_user.h"

enum { SERVER_IRQ_MSIX = 2, SERVER_IRQ_ERR = 3, SERVER_IRQ_REQ = 4, SERVER_IRQS = 5 };   /* VFIO's */
enum { SERVER_REGION_CONFIG = 7, SERVER_REGIONS = 9, SERVER_CONFIG_BYTES = 4096 };

/* What the client sees of configuration space where it is not the card's own. */
struct server_config {
	unsigned pcie, msix;             /* offsets of the capabilities */
	bool memory;                     /* Command: memory space */
	uint32_t bars[6];
	uint8_t msix_control;            /* its upper byte: enable, function mask */
};

struct server_file;

struct hvb_server {
	struct hvb_card *card;
	enum hvb_server_log log;
	unsigned vectors;
	struct server_config config;
	bool connected[HVB_RC_VECTORS];  /* vectors with an eventfd */
	bool msix_on;
	pthread_mutex_t notice_lock;     /* for the two eventfds: any thread may ring them */
	int notice[2];                   /* ERR, REQ; -1: none */
	struct server_file *files;       /* client memory; the card's thread alone */
	unsigned file_count, file_capacity;
	uint64_t dma_bytes;
};

/* One line on standard error where the level is at least this. */
void server_log(const struct hvb_server *server, enum hvb_server_log level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* config.c: offset + count within the space. A write of Function Level Reset resets. Errors of the card. */
int server_config_init(struct hvb_server *server);
int server_config_read(struct hvb_server *server, unsigned offset, unsigned count, unsigned char *data);
int server_config_write(struct hvb_server *server, unsigned offset, unsigned count, const unsigned char *data);
/* The function as a reset leaves it; connected vectors stay connected, as a host kernel restores them. */
int server_reset(struct hvb_server *server);
/* Switches MSI-X on or off in the card itself. */
int server_msix_switch(struct hvb_server *server, bool on);

/* region.c: any region of GET_REGION_INFO; -EINVAL outside of it, -EIO where the card does not answer well. */
uint64_t server_region_size(const struct hvb_server *server, unsigned region);
int server_region_read(struct hvb_server *server, const struct hvb_vfu_access *access, unsigned char *data);
int server_region_write(struct hvb_server *server, const struct hvb_vfu_access *access, const unsigned char *data);

/* irq.c */
unsigned server_irq_count(const struct hvb_server *server, unsigned index);
/* body: struct vfio_irq_set and what follows it. */
int server_set_irqs(struct hvb_server *server, const unsigned char *body, size_t length, const int *fds,
		    unsigned fd_count);
void server_irqs_drop(struct hvb_server *server);

/* dma.c: fd -1 where none came; it stays the caller's. */
int server_dma_map(struct hvb_server *server, const struct hvb_vfu_dma_map *map, int fd);
int server_dma_unmap(struct hvb_server *server, uint64_t first, uint64_t last);

/* guard.c: client memory whose file was cut short reads as zeroes from then on, instead of ending the process. The
 * card's thread alone calls the last two. */
int guard_install(void);
void guard_add(void *start, size_t length);
void guard_remove(void *start);
#endif
