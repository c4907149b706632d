/* SPDX-License-Identifier: MIT */
/* To the device by its IOMMU group: a container holds the address space, the group is put into it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "driver/vfio.h"

#define CONTAINER "/dev/vfio/vfio"

/* An ioctl whose argument is a number. */
static int ioctl_number(int fd, unsigned long request, unsigned long number)
{
	return vfio_ioctl(fd, request, (void *)number);
}

static unsigned long iommu_type(const struct vfio_dev *vfio)
{
	return vfio->mode == MODE_NOIOMMU ? VFIO_NOIOMMU_IOMMU : VFIO_TYPE1v2_IOMMU;
}

static int open_container(struct vfio_dev *vfio, struct hvb_diag *diag)
{
	int got = vfio_open_node(CONTAINER);

	if (got < 0)
		return vfio_why_node(vfio, diag, got, CONTAINER);
	vfio->container = got;
	got = vfio_ioctl(vfio->container, VFIO_GET_API_VERSION, NULL);
	if (got != VFIO_API_VERSION)
		return vfio_fail(vfio, diag, got < 0 ? got : -EPROTO, "VFIO_GET_API_VERSION", "",
				 "the kernel speaks another VFIO (version %d)", got);
	if (ioctl_number(vfio->container, VFIO_CHECK_EXTENSION, iommu_type(vfio)) <= 0)
		return vfio_fail(vfio, diag, -ENOTSUP, "VFIO_CHECK_EXTENSION",
				 vfio->mode == MODE_NOIOMMU ? "vfio.enable_unsafe_noiommu_mode=1" :
				 "modprobe vfio_iommu_type1",
				 "the kernel does not offer this kind of IOMMU (%lu)", iommu_type(vfio));
	return 0;
}

static int open_group(struct vfio_dev *vfio, struct hvb_diag *diag)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char node[48];
	int got;

	snprintf(node, sizeof(node), "/dev/vfio/%s%d", vfio->mode == MODE_NOIOMMU ? "noiommu-" : "", vfio->pci.group);
	got = vfio_open_node(node);
	if (got < 0)
		return vfio_why_node(vfio, diag, got, node);
	vfio->group = got;
	got = vfio_ioctl(vfio->group, VFIO_GROUP_GET_STATUS, &status);
	if (got < 0)
		return vfio_fail(vfio, diag, got, "VFIO_GROUP_GET_STATUS", "", "the group has no status: %s",
				 strerror(-got));
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		return vfio_why_unviable(vfio, diag, "VFIO_GROUP_GET_STATUS");
	if (status.flags & VFIO_GROUP_FLAGS_CONTAINER_SET)
		return vfio_why_node(vfio, diag, -EBUSY, node);
	got = vfio_ioctl(vfio->group, VFIO_GROUP_SET_CONTAINER, &vfio->container);
	if (got == -EBUSY)
		return vfio_why_node(vfio, diag, got, node);
	if (got < 0)
		return vfio_fail(vfio, diag, got, "VFIO_GROUP_SET_CONTAINER", "", "the group takes no container: %s",
				 strerror(-got));
	vfio->in_container = true;
	return 0;
}

/* 1 the kernel named ranges, 0 it is too old for that. */
static int read_ranges(struct vfio_dev *vfio, const struct vfio_info *info, uint32_t first)
{
	struct vfio_iommu_type1_info_cap_iova_range cap;
	struct vfio_iova_range range;
	uint32_t at;
	int err, found = vfio_cap(info, first, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, &cap, sizeof(cap), &at);

	if (found <= 0)
		return found;
	if (cap.nr_iovas > (info->size - at) / sizeof(range))
		return -EPROTO;
	for (uint32_t i = 0; i < cap.nr_iovas; i++, at += (uint32_t)sizeof(range)) {
		memcpy(&range, info->data + at, sizeof(range));
		err = vfio_dma_allow(vfio, range.start, range.end);
		if (err)
			return err;
	}
	return 1;
}

static int read_iommu(struct vfio_dev *vfio, struct hvb_diag *diag)
{
	struct vfio_iommu_type1_info head = { .argsz = sizeof(head) };
	struct vfio_info info;
	int named = 0, err = vfio_query(vfio->container, VFIO_IOMMU_GET_INFO, &head, sizeof(head), &info);

	if (!err) {
		memcpy(&head, info.data, sizeof(head));
		if (head.flags & VFIO_IOMMU_INFO_CAPS)
			named = read_ranges(vfio, &info, head.cap_offset);
		free(info.data);
	}
	if (err < 0 || named < 0)
		return vfio_fail(vfio, diag, err < 0 ? err : named, "VFIO_IOMMU_GET_INFO", "",
				 "what the IOMMU can do is not to be had: %s", strerror(err < 0 ? -err : -named));
	return vfio_dma_start(vfio, head.flags & VFIO_IOMMU_INFO_PGSIZES ? head.iova_pgsizes : 0, named > 0, diag);
}

int vfio_group_open(struct vfio_dev *vfio, struct hvb_diag *diag)
{
	int err = open_container(vfio, diag);

	err = err ? err : open_group(vfio, diag);
	if (err)
		return err;
	err = ioctl_number(vfio->container, VFIO_SET_IOMMU, iommu_type(vfio));
	if (err < 0)
		return vfio_why_iommu(vfio, diag, err, "VFIO_SET_IOMMU", "vfio_iommu_type1");
	err = vfio->mode == MODE_NOIOMMU ? 0 : read_iommu(vfio, diag);
	if (err)
		return err;
	vfio->device = vfio_ioctl(vfio->group, VFIO_GROUP_GET_DEVICE_FD, vfio->pci.bdf);
	if (vfio->device < 0)
		return vfio_fail(vfio, diag, vfio->device, "VFIO_GROUP_GET_DEVICE_FD",
				 "look at the kernel's log (dmesg)", "the group does not give the device: %s",
				 strerror(-vfio->device));
	return 0;
}

void vfio_group_close(struct vfio_dev *vfio)
{
	vfio_close_node(&vfio->device);
	if (vfio->in_container)
		vfio_ioctl(vfio->group, VFIO_GROUP_UNSET_CONTAINER, NULL);
	vfio->in_container = false;
	vfio_close_node(&vfio->group);
	vfio_close_node(&vfio->container);
}
