/* SPDX-License-Identifier: MIT */
/* The card's DMA: which addresses are free, what is mapped there, and telling the kernel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "driver/vfio.h"

/* Addresses where the kernel names none: those that every IOMMU has, clear of the interrupt window below 4 GiB. */
#define DEFAULT_FIRST 0x100000000ull
#define DEFAULT_LAST 0x7fffffffffull
#define LOWEST 0x100000ull               /* nothing that a mistaken small number would hit */

int vfio_dma_allow(struct vfio_dev *vfio, uint64_t first, uint64_t last)
{
	struct vfio_range *ranges;

	if (first < LOWEST)
		first = LOWEST;
	if (last <= first)
		return 0;
	ranges = realloc(vfio->ranges, (vfio->range_count + 1) * sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	ranges[vfio->range_count++] = (struct vfio_range){ first, last };
	vfio->ranges = ranges;
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct vfio_range *one = a, *two = b;

	return one->first < two->first ? -1 : one->first > two->first;
}

int vfio_dma_start(struct vfio_dev *vfio, uint64_t page_sizes, bool named, struct hvb_diag *diag)
{
	int err = named ? 0 : vfio_dma_allow(vfio, DEFAULT_FIRST, DEFAULT_LAST);

	if (!err && !vfio->range_count)
		err = -ENOSPC;
	if (err)
		return vfio_fail(vfio, diag, err, "DMA addresses", "", "the kernel leaves the card none: %s",
				 strerror(-err));
	qsort(vfio->ranges, vfio->range_count, sizeof(*vfio->ranges), by_address);
	vfio->iova_next = vfio->ranges[0].first;
	/* the lowest bit is the smallest page */
	vfio->page = page_sizes & -page_sizes;
	if (vfio->page < VFIO_PAGE)
		vfio->page = VFIO_PAGE;
	return 0;
}

static int find_hole(const struct vfio_dev *vfio, uint64_t from, size_t len, uint64_t *iova)
{
	for (unsigned i = 0; i < vfio->range_count; i++) {
		uint64_t first = vfio->ranges[i].first > from ? vfio->ranges[i].first : from;

		if (first <= vfio->ranges[i].last && len - 1 <= vfio->ranges[i].last - first &&
		    !hvb_dmamap_hole(&vfio->map, first, vfio->ranges[i].last, len, vfio->page, iova))
			return 0;
	}
	return -ENOSPC;
}

static int kernel_map(struct vfio_dev *vfio, void *addr, size_t len, unsigned flags, uint64_t iova)
{
	struct vfio_iommu_type1_dma_map map = { .argsz = sizeof(map), .vaddr = (uintptr_t)addr, .iova = iova,
		.size = len };
	struct iommu_ioas_map ioas = { .size = sizeof(ioas), .flags = IOMMU_IOAS_MAP_FIXED_IOVA,
		.ioas_id = vfio->ioas, .user_va = (uintptr_t)addr, .length = len, .iova = iova };

	if (vfio->mode == MODE_CDEV) {
		ioas.flags |= (flags & HVB_DMA_READ ? IOMMU_IOAS_MAP_READABLE : 0) |
			      (flags & HVB_DMA_WRITE ? IOMMU_IOAS_MAP_WRITEABLE : 0);
		return vfio_ioctl(vfio->container, IOMMU_IOAS_MAP, &ioas);
	}
	map.flags = (flags & HVB_DMA_READ ? VFIO_DMA_MAP_FLAG_READ : 0) |
		    (flags & HVB_DMA_WRITE ? VFIO_DMA_MAP_FLAG_WRITE : 0);
	return vfio_ioctl(vfio->container, VFIO_IOMMU_MAP_DMA, &map);
}

static int kernel_unmap(struct vfio_dev *vfio, uint64_t iova, uint64_t len)
{
	struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof(unmap), .iova = iova, .size = len };
	struct iommu_ioas_unmap ioas = { .size = sizeof(ioas), .ioas_id = vfio->ioas, .iova = iova, .length = len };
	uint64_t gone;
	int err;

	if (vfio->mode == MODE_NOIOMMU)
		return 0;
	if (vfio->mode == MODE_CDEV) {
		err = vfio_ioctl(vfio->container, IOMMU_IOAS_UNMAP, &ioas);
		gone = ioas.length;
	} else {
		err = vfio_ioctl(vfio->container, VFIO_IOMMU_UNMAP_DMA, &unmap);
		gone = unmap.size;
	}
	if (err < 0)
		return err;
	return gone == len ? 0 : -EIO;
}

/* What is left of mapped memory's treatment when it is mapped no more, nowhere: a child process gets it again, and the
 * kernel may move it. */
static void free_memory(const struct vfio_dev *vfio, unsigned char *addr, size_t len)
{
	int saved = errno;

	for (size_t i = 0; i < vfio->map.count; i++) {
		const struct hvb_dma_range *range = &vfio->map.ranges[i];

		if (range->host < addr + len && addr < range->host + (range->last - range->first) + 1)
			return;
	}
	madvise(addr, len, MADV_DOFORK);
	if (vfio->mode == MODE_NOIOMMU)
		munlock(addr, len);
	errno = saved;
}

/* A child process must not share pages that are pinned: a write of its parent would give the parent other ones. */
static int map_recorded(struct vfio_dev *vfio, void *addr, size_t len, unsigned flags, uint64_t iova)
{
	int saved = errno, err = hvb_dmamap_add(&vfio->map, iova, len, addr, flags);

	if (err)
		return err;
	madvise(addr, len, MADV_DONTFORK);
	errno = saved;
	err = vfio->mode == MODE_NOIOMMU ? 0 : kernel_map(vfio, addr, len, flags, iova);
	if (err)
		hvb_dmamap_remove(&vfio->map, iova, len);
	return err;
}

static int map_locked(struct vfio_dev *vfio, void *addr, size_t len, unsigned flags, uint64_t *iova)
{
	int err = 0;

	if (vfio->mode == MODE_NOIOMMU)
		err = vfio_physical_lock(addr, len, flags & HVB_DMA_WRITE, iova);
	else if (find_hole(vfio, vfio->iova_next, len, iova) && find_hole(vfio, 0, len, iova))
		err = -ENOSPC;
	if (!err)
		err = map_recorded(vfio, addr, len, flags, *iova);
	if (err) {
		free_memory(vfio, addr, len);
		return err;
	}
	vfio->iova_next = *iova + len;
	vfio->mapped += len;
	return 0;
}

int vfio_dma_map(struct hvb_dev *dev, void *addr, size_t len, unsigned flags, uint64_t *iova)
{
	struct vfio_dev *vfio = vfio_of(dev);
	uint64_t at = 0;
	int err;

	_Static_assert(HVB_DMA_READ == HVB_DMAMAP_READ && HVB_DMA_WRITE == HVB_DMAMAP_WRITE, "the same rights");
	if (!addr || (uintptr_t)addr % vfio->page || !len || len % vfio->page || (uintptr_t)addr + len < len ||
	    !flags || (flags & ~(HVB_DMA_READ | HVB_DMA_WRITE)))
		return -EINVAL;
	pthread_mutex_lock(&vfio->lock);
	err = map_locked(vfio, addr, len, flags, &at);
	if (err)
		vfio_why_map(vfio, &vfio->why, err, len);
	else
		*iova = at;
	pthread_mutex_unlock(&vfio->lock);
	return err;
}

/* What the kernel does not let go stays in the record, so that its address is not used again. */
int vfio_dma_unmap(struct hvb_dev *dev, uint64_t iova, size_t len)
{
	struct vfio_dev *vfio = vfio_of(dev);
	void *host;
	int err;

	if (!len)
		return -ENOENT;
	pthread_mutex_lock(&vfio->lock);
	host = hvb_dmamap_find(&vfio->map, iova, len, 0);
	err = hvb_dmamap_remove(&vfio->map, iova, len);
	if (err) {
		pthread_mutex_unlock(&vfio->lock);
		return err;
	}
	err = kernel_unmap(vfio, iova, len);
	if (err) {
		hvb_dmamap_add(&vfio->map, iova, len, host, HVB_DMA_READ | HVB_DMA_WRITE);
	} else {
		vfio->mapped -= len;
		free_memory(vfio, host, len);
	}
	pthread_mutex_unlock(&vfio->lock);
	return err;
}

/* Nobody else is on the device any more. The kernel takes back what it does not unmap here when the files close. */
void vfio_dma_end(struct vfio_dev *vfio)
{
	while (vfio->map.count) {
		const struct hvb_dma_range range = vfio->map.ranges[vfio->map.count - 1];
		size_t len = (size_t)(range.last - range.first) + 1;

		kernel_unmap(vfio, range.first, len);
		vfio->map.count--;
		free_memory(vfio, range.host, len);
	}
	hvb_dmamap_free(&vfio->map);
	free(vfio->ranges);
}
