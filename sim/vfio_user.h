/* SPDX-License-Identifier: MIT */
/*
 * The vfio-user protocol, version 0.0 (QEMU docs/interop/vfio-user.rst): what is on the wire, and whole messages in and
 * out. sim/server speaks it as a device, driver/vfio_user*.c as a client. Everything is in the host's byte order; the
 * structures of GET_REGION_INFO, GET_IRQ_INFO and SET_IRQS are linux/vfio.h's own.
 */
#ifndef HVB_SIM_VFIO_USER_H
#define HVB_SIM_VFIO_USER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hvb_vfu_command {
	HVB_VFU_VERSION = 1, HVB_VFU_DMA_MAP = 2, HVB_VFU_DMA_UNMAP = 3, HVB_VFU_GET_INFO = 4,
	HVB_VFU_GET_REGION_INFO = 5, HVB_VFU_GET_REGION_IO_FDS = 6, HVB_VFU_GET_IRQ_INFO = 7, HVB_VFU_SET_IRQS = 8,
	HVB_VFU_REGION_READ = 9, HVB_VFU_REGION_WRITE = 10,
	HVB_VFU_DMA_READ = 11, HVB_VFU_DMA_WRITE = 12,   /* server to client */
	HVB_VFU_RESET = 13,
};

enum {
	HVB_VFU_TYPE_MASK = 0xf, HVB_VFU_REPLY = 1,      /* flags; type 0: a command */
	HVB_VFU_NO_REPLY = 1 << 4, HVB_VFU_ERROR = 1 << 5,
	HVB_VFU_FDS_MAX = 16,                            /* of a message */
	HVB_VFU_DATA_MAX = 1 << 20,                      /* bytes of a region or DMA access */
	HVB_VFU_MAPS_MAX = 65535,
	HVB_VFU_JSON_MAX = 64 << 10,
	HVB_VFU_BODY_MAX = HVB_VFU_DATA_MAX + 64,        /* the largest message behind its header */
};

struct hvb_vfu_header {
	uint16_t id, command;
	uint32_t size;                   /* header included */
	uint32_t flags, error;           /* error: errno, with HVB_VFU_ERROR */
};

struct hvb_vfu_version {                 /* then JSON, ending with NUL */
	uint16_t major, minor;
};

#define HVB_VFU_MAP_READ 1u
#define HVB_VFU_MAP_WRITE 2u
#define HVB_VFU_MAP_MMAP 4u              /* newer clients say how: by mapping the file that comes with it */
#define HVB_VFU_UNMAP_ALL 2u

struct hvb_vfu_dma_map {
	uint32_t argsz, flags;
	uint64_t offset, address, size;  /* offset: into the file that came with the message, if one did */
};

struct hvb_vfu_dma_unmap {
	uint32_t argsz, flags;
	uint64_t address, size;
};

struct hvb_vfu_info {
	uint32_t argsz, flags, regions, irqs;
};

struct hvb_vfu_access {                  /* REGION_READ, REGION_WRITE; then data */
	uint64_t offset;
	uint32_t region, count;
};

struct hvb_vfu_dma_access {              /* DMA_READ, DMA_WRITE; then data */
	uint64_t address, count;
};

_Static_assert(sizeof(struct hvb_vfu_header) == 16 && sizeof(struct hvb_vfu_dma_map) == 32 &&
	       sizeof(struct hvb_vfu_dma_unmap) == 24 && sizeof(struct hvb_vfu_access) == 16, "as the wire has them");

/* One message with its file descriptors, which belong to whoever holds it. */
struct hvb_vfu_message {
	struct hvb_vfu_header header;
	unsigned char *body;             /* header.size - 16 bytes; malloced by hvb_vfu_receive, its capacity kept */
	size_t capacity;
	int fds[HVB_VFU_FDS_MAX];
	unsigned fd_count;
};

/* Receives a whole message into *message, whose buffer is used again (starts as all zeroes). Blocks. 0; -EPIPE the
 * other side is gone between two messages; -EPROTO what came is no message (its size, or more descriptors than allowed,
 * or an end in the middle); -ENOMEM, or another error of the socket. Descriptors are close-on-exec; on an error none is
 * left. */
int hvb_vfu_receive(int socket, struct hvb_vfu_message *message);
/* Makes room for a body of that length; -ENOMEM. The body may move. */
int hvb_vfu_reserve(struct hvb_vfu_message *message, size_t length);
/* Closes the descriptors that are still in the message. */
void hvb_vfu_close_fds(struct hvb_vfu_message *message);
void hvb_vfu_message_free(struct hvb_vfu_message *message);

/* Sends header and up to two pieces of body as one message; header->size is set here. count 0: no descriptors. A
 * message of less than 4 KiB is never mixed with one of another thread. Blocks; -EPIPE, or another error of the
 * socket. No SIGPIPE. Safe in a signal handler. */
int hvb_vfu_send(int socket, struct hvb_vfu_header *header, const void *body, size_t length, const void *data,
		 size_t data_length, const int *fds, unsigned count);
#endif
