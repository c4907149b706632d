/* SPDX-License-Identifier: MIT */
/*
 * The client's memory: which of it the card reaches, and where it lies in this process. A file is mapped once and
 * whole, however many pieces of it are given (a guest behind an IOMMU gives each page by itself); it is known by its
 * inode.
 * Memory that comes without a file is remembered and out of the card's reach.
 *
 * Every change is made on the card's thread between two of its cycles, so nothing of an unmapped range is in flight
 * when the client gets its answer.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "state.h"

#define PAGE_BYTES 4096u

struct server_file {
	dev_t device;
	ino_t inode;
	bool writable;
	unsigned char *start;
	uint64_t size;
	size_t users;            /* ranges of it in the card's map */
};

struct change {
	struct hvb_server *server;
	const struct hvb_vfu_dma_map *map;
	int fd;
	uint64_t first, last;
	int err;
};

static struct server_file *find_file(struct hvb_server *server, const struct stat *is, bool write, uint64_t end)
{
	for (unsigned i = 0; i < server->file_count; i++) {
		struct server_file *file = &server->files[i];

		if (file->device == is->st_dev && file->inode == is->st_ino && file->size >= end &&
		    (file->writable || !write))
			return file;
	}
	return NULL;
}

static int reserve_file(struct hvb_server *server)
{
	unsigned capacity = server->file_capacity ? 2 * server->file_capacity : 8;
	struct server_file *files;

	if (server->file_count < server->file_capacity)
		return 0;
	files = realloc(server->files, capacity * sizeof(*files));
	if (!files)
		return -ENOMEM;
	server->files = files;
	server->file_capacity = capacity;
	return 0;
}

/* Maps all of a file; for reading only where its descriptor or a seal allows no more. */
static int open_file(struct hvb_server *server, int fd, const struct stat *is, bool write, struct server_file **out)
{
	uint64_t size = (uint64_t)is->st_size;
	bool writable = true;
	void *start;

	if (reserve_file(server))
		return -ENOMEM;
	start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (start == MAP_FAILED && (errno == EACCES || errno == EPERM) && !write) {
		writable = false;
		start = mmap(NULL, size, PROT_READ, MAP_SHARED | MAP_NORESERVE, fd, 0);
	}
	if (start == MAP_FAILED)
		return -errno;
	*out = &server->files[server->file_count++];
	**out = (struct server_file){ .device = is->st_dev, .inode = is->st_ino, .writable = writable,
				      .start = start, .size = size };
	guard_add(start, size);
	return 0;
}

static void release_file(struct hvb_server *server, unsigned char *start)
{
	for (unsigned i = 0; i < server->file_count; i++) {
		struct server_file *file = &server->files[i];

		if (file->start != start || --file->users)
			continue;
		guard_remove(start);
		munmap(start, file->size);
		*file = server->files[--server->file_count];
	}
	if (!server->file_count) {
		free(server->files);
		server->files = NULL;
		server->file_capacity = 0;
	}
}

static int place(struct hvb_server *server, const struct hvb_vfu_dma_map *map, int fd, struct hvb_dma_range *range)
{
	bool write = map->flags & HVB_VFU_MAP_WRITE;
	uint64_t end = map->offset + map->size;
	struct server_file *file;
	struct stat is;
	int err = 0;

	if (fstat(fd, &is))
		return -errno;
	if (is.st_size <= 0 || end < map->offset || end > (uint64_t)is.st_size)
		return -EINVAL;
	/* what is aligned for the card must be aligned here, or its AtomicOps were none */
	if ((map->address ^ map->offset) % PAGE_BYTES)
		return -EINVAL;
	file = find_file(server, &is, write, end);
	if (!file)
		err = open_file(server, fd, &is, write, &file);
	if (err)
		return err;
	file->users++;
	range->host = file->start + map->offset;
	range->owner = file->start;
	range->flags = map->flags & ~HVB_VFU_MAP_MMAP;
	return 0;
}

static void map_memory(struct hvb_rc *rc, void *arg)
{
	struct change *change = arg;
	const struct hvb_vfu_dma_map *map = change->map;
	struct hvb_dma_range range = { .first = map->address, .last = map->address + (map->size - 1) };
	struct hvb_dmamap *all = hvb_rc_dmamap(rc);

	change->err = all->count >= HVB_VFU_MAPS_MAX ? -ENOSPC : 0;
	if (!change->err && change->fd >= 0)
		change->err = place(change->server, map, change->fd, &range);
	if (change->err)
		return;
	change->err = hvb_dmamap_insert(all, &range);
	if (change->err && range.owner)
		release_file(change->server, range.owner);
}

static void range_gone(const struct hvb_dma_range *range, void *arg)
{
	if (range->owner)
		release_file(arg, range->owner);
}

static void unmap_memory(struct hvb_rc *rc, void *arg)
{
	struct change *change = arg;
	long removed = hvb_dmamap_clear(hvb_rc_dmamap(rc), change->first, change->last, range_gone, change->server);

	change->err = removed < 0 ? (int)removed : 0;
}

int server_dma_map(struct hvb_server *server, const struct hvb_vfu_dma_map *map, int fd)
{
	struct change change = { .server = server, .map = map, .fd = fd };
	uint32_t rights = HVB_VFU_MAP_READ | HVB_VFU_MAP_WRITE, mode = fd >= 0 ? HVB_VFU_MAP_MMAP : 0;

	_Static_assert(HVB_VFU_MAP_READ == HVB_DMAMAP_READ && HVB_VFU_MAP_WRITE == HVB_DMAMAP_WRITE, "the same rights");
	if (!map->size || map->address + (map->size - 1) < map->address || (map->flags & ~(rights | mode)) ||
	    !(map->flags & rights))
		return -EINVAL;
	hvb_card_call(server->card, map_memory, &change);
	return change.err;
}

int server_dma_unmap(struct hvb_server *server, uint64_t first, uint64_t last)
{
	struct change change = { .server = server, .first = first, .last = last };

	hvb_card_call(server->card, unmap_memory, &change);
	return change.err;
}
