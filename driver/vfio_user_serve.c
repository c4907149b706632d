/* SPDX-License-Identifier: MIT */
/* DMA by messages: the server's own commands, which read and write memory that was given to it. */
#include <errno.h>
#include <string.h>
#include "driver/vfio_user.h"

#define ACCESS sizeof(struct hvb_vfu_dma_access)
/* A longer reply could be mixed with the writes that other threads send on the same socket. A twin socket is the
 * receiving thread's alone. */
#define MAIN_DATA_MAX 2048u

static bool words(const void *host, uint64_t count)
{
	return !((uintptr_t)host % sizeof(uint64_t) || count % sizeof(uint64_t));
}

/* Aligned quadwords are one access each: nobody sees half of one. */
static void read_memory(const void *host, unsigned char *to, uint64_t count)
{
	if (!words(host, count)) {
		for (uint64_t i = 0; i < count; i++)
			to[i] = __atomic_load_n((const unsigned char *)host + i, __ATOMIC_ACQUIRE);
		return;
	}
	for (uint64_t i = 0; i < count / sizeof(uint64_t); i++) {
		uint64_t word = __atomic_load_n((const uint64_t *)host + i, __ATOMIC_ACQUIRE);

		memcpy(to + i * sizeof(word), &word, sizeof(word));
	}
}

static void write_memory(void *host, const unsigned char *from, uint64_t count)
{
	if (!words(host, count)) {
		for (uint64_t i = 0; i < count; i++)
			__atomic_store_n((unsigned char *)host + i, from[i], __ATOMIC_RELEASE);
		return;
	}
	for (uint64_t i = 0; i < count / sizeof(uint64_t); i++) {
		uint64_t word;

		memcpy(&word, from + i * sizeof(word), sizeof(word));
		__atomic_store_n((uint64_t *)host + i, word, __ATOMIC_RELEASE);
	}
}

/* 0, or what is wrong with a DMA_READ or DMA_WRITE as a message. */
static int check(const struct vfu_connection *connection, int socket, const struct hvb_vfu_message *command,
		 struct hvb_vfu_dma_access *access)
{
	size_t length = command->header.size - sizeof(command->header);
	bool write = command->header.command == HVB_VFU_DMA_WRITE;
	uint64_t most;

	if (command->header.command != HVB_VFU_DMA_READ && !write)
		return -ENOSYS;
	if (command->fd_count || length < ACCESS)
		return -EINVAL;
	memcpy(access, command->body, sizeof(*access));
	most = !write && socket == connection->socket ? MAIN_DATA_MAX : HVB_VFU_DATA_MAX;
	if (access->count > most)
		return -E2BIG;
	if (!access->count || length - ACCESS != (write ? access->count : 0))
		return -EINVAL;
	return 0;
}

/* The lock is held while memory is touched: what an unmapping waits for. */
static int execute(struct vfu_dma *dma, struct hvb_vfu_message *command, const struct hvb_vfu_dma_access *access)
{
	bool write = command->header.command == HVB_VFU_DMA_WRITE;
	int err = write ? 0 : hvb_vfu_reserve(command, ACCESS + access->count);
	void *host;

	if (err)
		return err;
	pthread_mutex_lock(&dma->lock);
	host = hvb_dmamap_find(&dma->map, access->address, access->count,
			       write ? HVB_DMAMAP_WRITE : HVB_DMAMAP_READ);
	if (host && write)
		write_memory(host, command->body + ACCESS, access->count);
	else if (host)
		read_memory(host, command->body + ACCESS, access->count);
	pthread_mutex_unlock(&dma->lock);
	return host ? 0 : -EFAULT;
}

int vfu_serve(void *arg, int socket, struct hvb_vfu_message *command)
{
	struct vfu_dev *vfu = arg;
	struct vfu_stats *stats = &vfu->connection.stats;
	struct hvb_vfu_header reply = { .id = command->header.id, .command = command->header.command,
					.flags = HVB_VFU_REPLY };
	struct hvb_vfu_dma_access access = { 0 };
	bool write = command->header.command == HVB_VFU_DMA_WRITE;
	int err = check(&vfu->connection, socket, command, &access);

	if (!err)
		err = execute(&vfu->dma, command, &access);
	if (err)
		stats->dma_denied++;
	else if (write)
		stats->dma_writes++;
	else
		stats->dma_reads++;
	if (command->header.flags & HVB_VFU_NO_REPLY)
		return 0;
	if (err) {
		reply.flags |= HVB_VFU_ERROR;
		reply.error = (uint32_t)-err;
	}
	return hvb_vfu_send(socket, &reply, command->body, err ? 0 : ACCESS, command->body + ACCESS,
			    err || write ? 0 : access.count, NULL, 0);
}
