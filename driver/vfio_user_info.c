/* SPDX-License-Identifier: MIT */
/* What a vfio-user server says its card has: regions with the parts that can be mapped, and interrupts. */
#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "driver/vfio_user.h"

#define INFO_MAX 65536u                  /* bytes of a region's description */
#define REGIONS_MIN 8u
#define IRQS_MIN 3u

static int ask_device(struct vfu_dev *vfu, unsigned *irqs, struct hvb_diag *diag)
{
	struct hvb_vfu_info ask = { .argsz = sizeof(ask) }, info = { 0 };
	struct vfu_request request = { .command = HVB_VFU_GET_INFO, .body = &ask, .length = sizeof(ask),
				       .reply = &info, .reply_min = sizeof(info), .reply_max = sizeof(info) };
	int err = vfu_request(&vfu->connection, &request);

	if (err)
		return hvb_diag(diag, err, "GET_INFO", "", "the server does not say what it has: %s", strerror(-err));
	if (!(info.flags & VFIO_DEVICE_FLAGS_PCI) || info.regions < REGIONS_MIN || info.irqs < IRQS_MIN)
		return hvb_diag(diag, -ENODEV, "GET_INFO", "is this the right server?",
				"not a PCI card: flags %#x, %u regions, %u interrupt indices", info.flags,
				info.regions, info.irqs);
	vfu->can_reset = info.flags & VFIO_DEVICE_FLAGS_RESET;
	*irqs = info.irqs;
	return 0;
}

static int whole_region(struct vfu_region *region)
{
	region->areas = malloc(sizeof(*region->areas));
	if (!region->areas)
		return -ENOMEM;
	region->areas[0] = (struct vfu_area){ .offset = 0, .size = region->size };
	region->area_count = 1;
	return 0;
}

/* length: bytes from this capability to the end of the description. */
static int sparse_region(struct vfu_region *region, const unsigned char *at, size_t length)
{
	struct vfio_region_info_cap_sparse_mmap cap;

	if (region->areas || length < sizeof(cap))
		return -EPROTO;
	memcpy(&cap, at, sizeof(cap));
	if (cap.nr_areas > (length - sizeof(cap)) / sizeof(struct vfu_area))
		return -EPROTO;
	_Static_assert(sizeof(struct vfu_area) == sizeof(struct vfio_region_sparse_mmap_area), "as the wire has them");
	region->areas = malloc((cap.nr_areas + 1ul) * sizeof(*region->areas));
	if (!region->areas)
		return -ENOMEM;
	memcpy(region->areas, at + sizeof(cap), cap.nr_areas * sizeof(*region->areas));
	region->area_count = cap.nr_areas;
	for (unsigned i = 0; i < region->area_count; i++)
		if (region->areas[i].offset > region->size ||
		    region->areas[i].size > region->size - region->areas[i].offset)
			return -EPROTO;
	return 0;
}

/* A chain only goes forward: so it ends, whatever it says. */
static int walk_caps(struct vfu_region *region, const unsigned char *info, size_t length, size_t at)
{
	struct vfio_info_cap_header header;
	size_t behind = sizeof(struct vfio_region_info);
	int err = 0;

	while (!err && at) {
		if (at < behind || at > length || length - at < sizeof(header))
			return -EPROTO;
		memcpy(&header, info + at, sizeof(header));
		if (header.id == VFIO_REGION_INFO_CAP_SPARSE_MMAP)
			err = sparse_region(region, info + at, length - at);
		behind = at + sizeof(header);
		at = header.next;
	}
	return err;
}

/* One asking, for as much as fits in size bytes. *fd: what came with it, or -1. */
static int ask_once(struct vfu_dev *vfu, unsigned index, void *reply, uint32_t size, size_t *length, int *fd)
{
	struct vfio_region_info ask = { .argsz = size, .index = index };
	struct vfu_request request = { .command = HVB_VFU_GET_REGION_INFO, .body = &ask, .length = sizeof(ask),
				       .reply = reply, .reply_min = sizeof(ask), .reply_max = size,
				       .reply_fds = fd, .reply_fds_max = 1 };
	struct vfio_region_info info;
	int err;

	*fd = -1;
	err = vfu_request(&vfu->connection, &request);
	if (err)
		return err;
	memcpy(&info, reply, sizeof(info));
	*length = request.reply_length;
	if (info.index == index && info.argsz >= sizeof(info) && info.argsz <= INFO_MAX)
		return 0;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return vfu_violation(&vfu->connection);
}

static int take_region(struct vfu_region *region, const unsigned char *reply, size_t length, int fd)
{
	struct vfio_region_info info;
	int err = 0;

	memcpy(&info, reply, sizeof(info));
	region->size = info.size;
	region->fd_offset = info.offset;
	if ((info.flags & VFIO_REGION_INFO_FLAG_CAPS) && info.cap_offset)
		err = walk_caps(region, reply, length, info.cap_offset);
	if (!err && !region->areas)
		err = whole_region(region);
	if (!err && (info.flags & VFIO_REGION_INFO_FLAG_MMAP))
		region->fd = fd;
	else if (fd >= 0)
		close(fd);
	return err;
}

/* Twice, where there is more to say than the plain structure. */
static int ask_region(struct vfu_dev *vfu, unsigned index)
{
	struct vfio_region_info info;
	void *reply = &info, *larger = NULL;
	size_t length;
	int fd, err = ask_once(vfu, index, &info, sizeof(info), &length, &fd);

	if (!err && info.argsz > sizeof(info)) {
		uint32_t size = info.argsz;

		if (fd >= 0)
			close(fd);
		reply = larger = malloc(size);
		err = larger ? ask_once(vfu, index, larger, size, &length, &fd) : -ENOMEM;
	}
	if (!err)
		err = take_region(&vfu->regions[index], reply, length, fd);
	free(larger);
	return err == -EPROTO ? vfu_violation(&vfu->connection) : err;
}

/* A card without the error or the request interrupt is fine. */
static int ask_irq(struct vfu_dev *vfu, unsigned index)
{
	struct vfio_irq_info ask = { .argsz = sizeof(ask), .index = index }, info = { 0 };
	struct vfu_request request = { .command = HVB_VFU_GET_IRQ_INFO, .body = &ask, .length = sizeof(ask),
				       .reply = &info, .reply_min = sizeof(info), .reply_max = sizeof(info) };
	int err = vfu_request(&vfu->connection, &request);

	if (err == -EINVAL && index != HVB_IRQ_MSIX)
		return 0;
	if (!err && info.index != index)
		return vfu_violation(&vfu->connection);
	if (!err && (info.flags & VFIO_IRQ_INFO_EVENTFD))
		vfu->irqs[index] = info.count;
	return err;
}

int vfu_ask(struct vfu_dev *vfu, struct hvb_diag *diag)
{
	static const unsigned regions[] = { HVB_REGION_BAR0, HVB_REGION_BAR2, HVB_REGION_BAR4, HVB_REGION_CONFIG };
	unsigned irqs = 0;
	int err;

	for (unsigned i = 0; i < VFU_REGIONS; i++)
		vfu->regions[i].fd = -1;
	err = ask_device(vfu, &irqs, diag);
	if (err)
		return err;
	for (unsigned i = 0; !err && i < sizeof(regions) / sizeof(*regions); i++)
		err = ask_region(vfu, regions[i]);
	if (err)
		return hvb_diag(diag, err, "GET_REGION_INFO", "", "the server does not say what regions it has: %s",
				strerror(-err));
	for (unsigned i = HVB_IRQ_MSIX; !err && i < VFU_IRQS && i < irqs; i++)
		err = ask_irq(vfu, i);
	if (err)
		return hvb_diag(diag, err, "GET_IRQ_INFO", "", "the server does not say what interrupts it has: %s",
				strerror(-err));
	return 0;
}

void vfu_forget(struct vfu_dev *vfu)
{
	for (unsigned i = 0; i < VFU_REGIONS; i++) {
		free(vfu->regions[i].areas);
		if (vfu->regions[i].fd >= 0)
			close(vfu->regions[i].fd);
	}
}

bool vfu_mappable(const struct vfu_region *region, uint64_t offset, size_t length)
{
	for (unsigned i = 0; region->fd >= 0 && i < region->area_count; i++) {
		const struct vfu_area *area = &region->areas[i];

		if (offset >= area->offset && offset - area->offset <= area->size &&
		    length <= area->size - (offset - area->offset))
			return true;
	}
	return false;
}
