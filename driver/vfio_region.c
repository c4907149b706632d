/* SPDX-License-Identifier: MIT */
/* Regions: read and written through the backend's own mapping of them where the kernel allows one, else by system call.
 * The kernel may split a system call's 8 bytes into two TLPs (before 6.11); a mapped access it cannot. A mapped access
 * raises SIGBUS where somebody else has switched the card's memory space off; reads of a card that was pulled out are
 * all ones. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "driver/config.h"
#include "driver/mmio.h"
#include "driver/vfio.h"

#define AREAS_MAX 64u
#define CONFIG_COMMAND 4u
#define MSIX_TABLE 4u            /* in the MSI-X capability: offset, and in the low 3 bits which BAR */
#define NO_BAR 8u

/* Left out where the kernel does not map it: the region is then reached by system calls. */
static int add_area(struct vfio_dev *vfio, struct vfio_region *region, uint64_t offset, uint64_t size)
{
	int prot = (region->flags & VFIO_REGION_INFO_FLAG_READ ? PROT_READ : 0) |
		   (region->flags & VFIO_REGION_INFO_FLAG_WRITE ? PROT_WRITE : 0);
	int saved = errno;
	void *at;

	if (offset > region->size || size > region->size - offset)
		return -EPROTO;
	if (!size || offset % VFIO_PAGE || size % VFIO_PAGE)
		return 0;
	at = mmap(NULL, size, prot, MAP_SHARED, vfio->device, (off_t)(region->offset + offset));
	errno = saved;
	if (at != MAP_FAILED)
		region->area[region->areas++] = (struct vfio_area){ .offset = offset, .size = size, .at = at };
	return 0;
}

static int add_areas(struct vfio_dev *vfio, struct vfio_region *region, const struct vfio_info *info, uint32_t first,
		     bool table)
{
	struct vfio_region_info_cap_sparse_mmap sparse;
	struct vfio_region_sparse_mmap_area area;
	struct vfio_info_cap_header mappable;
	uint32_t at;
	int err, found = vfio_cap(info, first, VFIO_REGION_INFO_CAP_SPARSE_MMAP, &sparse, sizeof(sparse), &at);

	if (found < 0)
		return found;
	if (found && (sparse.nr_areas > AREAS_MAX || sparse.nr_areas > (info->size - at) / sizeof(area)))
		return -EPROTO;
	region->area = calloc(found ? sparse.nr_areas + 1 : 1, sizeof(*region->area));
	if (!region->area)
		return -ENOMEM;
	for (uint32_t i = 0; found && i < sparse.nr_areas; i++, at += (uint32_t)sizeof(area)) {
		memcpy(&area, info->data + at, sizeof(area));
		err = add_area(vfio, region, area.offset, area.size);
		if (err)
			return err;
	}
	if (found)
		return 0;
	/* the BAR with the MSI-X table only where the kernel says that it may be */
	if (table) {
		found = vfio_cap(info, first, VFIO_REGION_INFO_CAP_MSIX_MAPPABLE, &mappable, sizeof(mappable), &at);
		if (found <= 0)
			return found;
	}
	return add_area(vfio, region, 0, region->size);
}

static int read_region(struct vfio_dev *vfio, unsigned index, bool table)
{
	struct vfio_region *region = &vfio->regions[index];
	struct vfio_region_info head = { .argsz = sizeof(head), .index = index };
	struct vfio_info info;
	int err = vfio_query(vfio->device, VFIO_DEVICE_GET_REGION_INFO, &head, sizeof(head), &info);

	if (err == -EINVAL && index != HVB_REGION_CONFIG)
		return 0;
	if (err)
		return err;
	memcpy(&head, info.data, sizeof(head));
	*region = (struct vfio_region){ .size = head.size, .offset = head.offset, .flags = head.flags };
	if (head.offset > INT64_MAX || head.size > INT64_MAX - head.offset)
		err = -EPROTO;
	else if (head.size && (head.flags & VFIO_REGION_INFO_FLAG_MMAP))
		err = add_areas(vfio, region, &info, head.flags & VFIO_REGION_INFO_FLAG_CAPS ? head.cap_offset : 0,
				table);
	free(info.data);
	return err;
}

static unsigned msix_bar(struct vfio_dev *vfio)
{
	unsigned msix;
	uint32_t table;

	if (hvb_config_find(&vfio->dev, HVB_CONFIG_MSIX, &msix) ||
	    vfio_region_read(&vfio->dev, HVB_REGION_CONFIG, msix + MSIX_TABLE, &table, sizeof(table)))
		return NO_BAR;
	return table & 7;
}

int vfio_regions_read(struct vfio_dev *vfio, struct hvb_diag *diag)
{
	int err = read_region(vfio, HVB_REGION_CONFIG, false);
	unsigned table = err ? NO_BAR : msix_bar(vfio);

	for (unsigned i = 0; !err && i <= 5; i++)
		err = read_region(vfio, i, i == table);
	return err ? vfio_fail(vfio, diag, err, "VFIO_DEVICE_GET_REGION_INFO", "",
			       "the device does not describe its regions: %s", strerror(-err)) : 0;
}

void vfio_regions_free(struct vfio_dev *vfio)
{
	int saved = errno;

	for (unsigned i = 0; i < VFIO_REGIONS; i++) {
		struct vfio_region *region = &vfio->regions[i];

		for (unsigned n = 0; n < region->areas; n++)
			munmap(region->area[n].at, region->area[n].size);
		free(region->area);
		*region = (struct vfio_region){ 0 };
	}
	errno = saved;
}

/* The identity is no evidence, the kernel answers for it itself; command and status it reads from the card. */
bool vfio_gone(struct vfio_dev *vfio)
{
	uint32_t word = 0;
	int saved = errno;
	ssize_t got = pread(vfio->device, &word, sizeof(word),
			    (off_t)(vfio->regions[HVB_REGION_CONFIG].offset + CONFIG_COMMAND));

	errno = saved;
	return got != (ssize_t)sizeof(word) || word == UINT32_MAX;
}

int vfio_region_info(struct hvb_dev *dev, unsigned region, struct hvb_region *info)
{
	const struct vfio_dev *vfio = vfio_of(dev);

	if (region >= VFIO_REGIONS)
		return -EINVAL;
	info->size = vfio->regions[region].size;
	info->flags = vfio->regions[region].areas ? HVB_REGION_CAN_MAP : 0;
	return 0;
}

static int check_access(const struct vfio_dev *vfio, unsigned region, uint64_t off, size_t len)
{
	return hvb_dev_check(region, region < VFIO_REGIONS ? vfio->regions[region].size : 0, off, len);
}

/* Where a register is mapped; NULL where it is not, or where it is too small for one mapped access. */
static unsigned char *mapped(const struct vfio_region *region, uint64_t off, size_t len)
{
	for (unsigned i = 0; len >= 4 && i < region->areas; i++) {
		const struct vfio_area *area = &region->area[i];

		if (off >= area->offset && off - area->offset < area->size)
			return area->at + (off - area->offset);
	}
	return NULL;
}

/* A failed system call: the card is gone, or it answered with an error. */
static int failed(struct vfio_dev *vfio)
{
	return vfio_gone(vfio) ? -ENODEV : -EIO;
}

int vfio_region_read(struct hvb_dev *dev, unsigned region, uint64_t off, void *buf, size_t len)
{
	struct vfio_dev *vfio = vfio_of(dev);
	int saved = errno, err = check_access(vfio, region, off, len);
	unsigned char *at;
	uint64_t value = 0;

	if (err)
		return err;
	at = mapped(&vfio->regions[region], off, len);
	if (at) {
		value = len == 8 ? hvb_mmio_read64((const uint64_t *)(void *)at) :
				   hvb_mmio_read32((const uint32_t *)(void *)at);
	} else if (pread(vfio->device, &value, len, (off_t)(vfio->regions[region].offset + off)) != (ssize_t)len) {
		errno = saved;
		return failed(vfio);
	}
	/* all ones is also what nobody answers with */
	if (region != HVB_REGION_CONFIG && value == UINT64_MAX >> (64 - 8 * len) && vfio_gone(vfio))
		return -ENODEV;
	memcpy(buf, &value, len);
	return 0;
}

int vfio_region_write(struct hvb_dev *dev, unsigned region, uint64_t off, const void *buf, size_t len)
{
	struct vfio_dev *vfio = vfio_of(dev);
	int saved = errno, err = check_access(vfio, region, off, len);
	unsigned char *at;
	uint64_t value = 0;

	if (err)
		return err;
	memcpy(&value, buf, len);
	at = mapped(&vfio->regions[region], off, len);
	if (at && len == 8)
		hvb_mmio_write64((uint64_t *)(void *)at, value);
	else if (at)
		hvb_mmio_write32((uint32_t *)(void *)at, (uint32_t)value);
	else if (pwrite(vfio->device, &value, len, (off_t)(vfio->regions[region].offset + off)) != (ssize_t)len)
		err = failed(vfio);
	errno = saved;
	return err;
}

/* Whether areas cover all of it; they may touch each other. */
static bool mappable(const struct vfio_region *region, uint64_t off, uint64_t len)
{
	while (len) {
		const struct vfio_area *area = region->area, *end = region->area + region->areas;
		uint64_t part;

		while (area < end && (off < area->offset || off - area->offset >= area->size))
			area++;
		if (area == end)
			return false;
		part = area->offset + area->size - off;
		if (part > len)
			part = len;
		off += part;
		len -= part;
	}
	return true;
}

int vfio_region_map(struct hvb_dev *dev, unsigned region, uint64_t off, size_t len, void **addr)
{
	struct vfio_dev *vfio = vfio_of(dev);
	int saved = errno, err = 0;
	void *at;

	if (region >= VFIO_REGIONS || !len || off % VFIO_PAGE || len % VFIO_PAGE)
		return -EINVAL;
	if (off >= vfio->regions[region].size || len > vfio->regions[region].size - off)
		return -ENXIO;
	if (!mappable(&vfio->regions[region], off, len))
		return -ENOTSUP;
	at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, vfio->device,
		  (off_t)(vfio->regions[region].offset + off));
	if (at == MAP_FAILED)
		err = -errno;
	else
		*addr = at;
	errno = saved;
	return err;
}

int vfio_region_unmap(struct hvb_dev *dev, void *addr, size_t len)
{
	int saved = errno, err = munmap(addr, len) ? -errno : 0;

	(void)dev;
	errno = saved;
	return err;
}
