/* SPDX-License-Identifier: MIT */
/* Memory for a card behind vfio-user: the server gets its file, and maps that. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "driver/vfio_user.h"

#define IOVA_FIRST 0x100000000ull
#define IOVA_LAST ((1ull << 47) - 1)

void vfu_dma_init(struct vfu_dma *dma)
{
	pthread_mutex_init(&dma->order, NULL);
	pthread_mutex_init(&dma->lock, NULL);
	dma->next = IOVA_FIRST;
}

void vfu_dma_free(struct vfu_dma *dma)
{
	hvb_dmamap_free(&dma->map);
	pthread_mutex_destroy(&dma->order);
	pthread_mutex_destroy(&dma->lock);
}

/* The receiving thread waits for this lock, so no signal handler that makes a request may interrupt its holder. */
static void lock_map(struct vfu_dma *dma, sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, before);
	pthread_mutex_lock(&dma->lock);
}

static void unlock_map(struct vfu_dma *dma, const sigset_t *before)
{
	pthread_mutex_unlock(&dma->lock);
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

static int enter(struct vfu_dma *dma, struct vfu_memory *memory, unsigned flags)
{
	size_t len = memory->share.len;
	sigset_t before;
	int err;

	lock_map(dma, &before);
	err = hvb_dmamap_hole(&dma->map, dma->next, IOVA_LAST, len, VFU_PAGE, &memory->iova);
	if (err)
		err = hvb_dmamap_hole(&dma->map, IOVA_FIRST, IOVA_LAST, len, VFU_PAGE, &memory->iova);
	if (!err)
		err = hvb_dmamap_add(&dma->map, memory->iova, len, memory->share.addr, flags);
	if (!err)
		dma->next = memory->iova + len;
	unlock_map(dma, &before);
	return err;
}

static void leave(struct vfu_dma *dma, const struct vfu_memory *memory)
{
	sigset_t before;

	lock_map(dma, &before);
	hvb_dmamap_remove(&dma->map, memory->iova, memory->share.len);
	unlock_map(dma, &before);
}

static int send_map(struct vfu_connection *connection, const struct vfu_memory *memory, unsigned flags, int fd)
{
	struct hvb_vfu_dma_map map = { .argsz = sizeof(map), .flags = flags, .offset = memory->share.offset,
				       .address = memory->iova, .size = memory->share.len };
	struct vfu_request request = { .command = HVB_VFU_DMA_MAP, .body = &map, .length = sizeof(map),
				       .fds = &fd, .fd_count = 1 };

	_Static_assert(HVB_DMA_READ == HVB_VFU_MAP_READ && HVB_DMA_WRITE == HVB_VFU_MAP_WRITE &&
		       HVB_DMA_READ == HVB_DMAMAP_READ && HVB_DMA_WRITE == HVB_DMAMAP_WRITE, "the same rights");
	return vfu_request(connection, &request);
}

static int send_unmap(struct vfu_connection *connection, const struct vfu_memory *memory)
{
	struct hvb_vfu_dma_unmap unmap = { .argsz = sizeof(unmap), .address = memory->iova,
					   .size = memory->share.len };
	struct hvb_vfu_dma_unmap done = { 0 };
	struct vfu_request request = { .command = HVB_VFU_DMA_UNMAP, .body = &unmap, .length = sizeof(unmap),
				       .reply = &done, .reply_min = sizeof(done), .reply_max = sizeof(done) };
	int err = vfu_request(connection, &request);

	if (!err && (done.address != unmap.address || done.size != unmap.size))
		return vfu_violation(connection);
	return err;
}

/* Whether part of [addr, addr+len) was replaced for an earlier mapping: its end would take it from this one. */
static bool replaced(const struct vfu_dma *dma, const void *addr, size_t len)
{
	uintptr_t first = (uintptr_t)addr;

	for (const struct vfu_memory *memory = dma->memory; memory; memory = memory->next) {
		uintptr_t other = (uintptr_t)memory->share.addr;

		if (memory->share.replaced && first < other + memory->share.len && other < first + len)
			return true;
	}
	return false;
}

static int give(struct vfu_dev *vfu, struct vfu_memory *memory, unsigned flags, int fd)
{
	int err = enter(&vfu->dma, memory, flags);

	if (err)
		return err;
	err = send_map(&vfu->connection, memory, flags, fd);
	if (err)
		leave(&vfu->dma, memory);
	return err;
}

static int map_locked(struct vfu_dev *vfu, void *addr, size_t len, unsigned flags, uint64_t *iova)
{
	struct vfu_memory *memory;
	int fd, err;

	if (vfu->connection.dead)
		return -ENODEV;
	if (vfu->dma.count >= vfu->connection.limits.maps)
		return -ENOSPC;
	if (replaced(&vfu->dma, addr, len))
		return -EEXIST;
	memory = malloc(sizeof(*memory));
	if (!memory)
		return -ENOMEM;
	err = hvb_share(addr, len, flags & HVB_DMA_WRITE, &memory->share, &fd);
	if (!err) {
		err = give(vfu, memory, flags, fd);
		close(fd);
		if (err)
			hvb_unshare(&memory->share);
	}
	if (err) {
		free(memory);
		return err;
	}
	memory->next = vfu->dma.memory;
	vfu->dma.memory = memory;
	vfu->dma.count++;
	*iova = memory->iova;
	return 0;
}

int vfu_dma_map(struct hvb_dev *dev, void *addr, size_t len, unsigned flags, uint64_t *iova)
{
	struct vfu_dev *vfu = vfu_of(dev);
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	int saved = errno, err;

	if (!addr || (uintptr_t)addr % page || !len || len % page || len > UINTPTR_MAX - (uintptr_t)addr || !flags ||
	    (flags & ~(HVB_DMA_READ | HVB_DMA_WRITE)))
		return -EINVAL;
	pthread_mutex_lock(&vfu->dma.order);
	err = map_locked(vfu, addr, len, flags, iova);
	pthread_mutex_unlock(&vfu->dma.order);
	errno = saved;
	return err;
}

/* Memory behind a dead connection is taken back too: what was replaced, the server can reach no longer. */
static int take_back(struct vfu_dev *vfu, struct vfu_memory **at)
{
	struct vfu_memory *memory = *at;
	int err = send_unmap(&vfu->connection, memory), private_err;

	if (err && !vfu->connection.dead)
		return err;
	leave(&vfu->dma, memory);
	private_err = hvb_unshare(&memory->share);
	*at = memory->next;
	vfu->dma.count--;
	free(memory);
	return err ? err : private_err;
}

int vfu_dma_unmap(struct hvb_dev *dev, uint64_t iova, size_t len)
{
	struct vfu_dev *vfu = vfu_of(dev);
	struct vfu_memory **at = &vfu->dma.memory;
	int err = -ENOENT;

	pthread_mutex_lock(&vfu->dma.order);
	while (*at && ((*at)->iova != iova || (*at)->share.len != len))
		at = &(*at)->next;
	if (*at)
		err = take_back(vfu, at);
	pthread_mutex_unlock(&vfu->dma.order);
	return err;
}

void vfu_dma_end(struct vfu_dev *vfu)
{
	/* a server that does not give memory back has had its chance: the rest goes as from a dead one */
	while (vfu->dma.memory)
		if (take_back(vfu, &vfu->dma.memory) && !vfu->connection.dead)
			vfu_kill(&vfu->connection, -EPIPE);
}
