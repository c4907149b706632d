/* SPDX-License-Identifier: MIT */
/* To the device by its own character device: an I/O address space of iommufd is made, the device attached to it. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "driver/vfio.h"

#define IOMMUFD "/dev/iommu"
#define RANGES_FIRST 16u
#define RANGES_MAX 4096u
/* up to a field, inclusive: later kernels have made these structures longer */
#define SIZE_TO(type, field) (offsetof(struct type, field) + sizeof(((struct type *)0)->field))

static int open_iommufd(struct vfio_dev *vfio, struct hvb_diag *diag)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	int got = vfio_open_node(IOMMUFD);

	if (got < 0)
		return vfio_why_node(vfio, diag, got, IOMMUFD);
	vfio->container = got;
	got = vfio_ioctl(vfio->container, IOMMU_IOAS_ALLOC, &alloc);
	if (got < 0)
		return vfio_fail(vfio, diag, got, "IOMMU_IOAS_ALLOC", "", "no address space is to be had: %s",
				 strerror(-got));
	vfio->ioas = alloc.out_ioas_id;
	vfio->has_ioas = true;
	return 0;
}

static int open_device(struct vfio_dev *vfio, struct hvb_diag *diag)
{
	struct vfio_device_bind_iommufd bind = { .argsz = SIZE_TO(vfio_device_bind_iommufd, out_devid) };
	struct vfio_device_attach_iommufd_pt attach = { .argsz = SIZE_TO(vfio_device_attach_iommufd_pt, pt_id) };
	int got = vfio_open_node(vfio->pci.cdev);

	if (got < 0)
		return vfio_why_node(vfio, diag, got, vfio->pci.cdev);
	vfio->device = got;
	bind.iommufd = vfio->container;
	got = vfio_ioctl(vfio->device, VFIO_DEVICE_BIND_IOMMUFD, &bind);
	if (got < 0)
		return vfio_why_bind(vfio, diag, got);
	attach.pt_id = vfio->ioas;
	got = vfio_ioctl(vfio->device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach);
	if (got < 0)
		return vfio_why_iommu(vfio, diag, got, "VFIO_DEVICE_ATTACH_IOMMUFD_PT", "iommufd");
	vfio->attached = true;
	return 0;
}

/* Asked after the attaching, which narrows the ranges. */
static int ask_ranges(const struct vfio_dev *vfio, struct iommu_ioas_iova_ranges *ask, struct iommu_iova_range **array)
{
	uint32_t room = RANGES_FIRST;

	for (int pass = 0; pass < 3; pass++) {
		int err;

		*array = calloc(room, sizeof(**array));
		if (!*array)
			return -ENOMEM;
		*ask = (struct iommu_ioas_iova_ranges){ .size = sizeof(*ask), .ioas_id = vfio->ioas,
			.num_iovas = room, .allowed_iovas = (uintptr_t)*array };
		err = vfio_ioctl(vfio->container, IOMMU_IOAS_IOVA_RANGES, ask);
		if (err >= 0 && ask->num_iovas <= room)
			return 0;
		free(*array);
		*array = NULL;
		if (err < 0 && err != -EMSGSIZE)
			return err;
		if (ask->num_iovas <= room || ask->num_iovas > RANGES_MAX)
			return -EPROTO;
		room = ask->num_iovas;
	}
	return -EPROTO;
}

static int read_ranges(struct vfio_dev *vfio, struct hvb_diag *diag)
{
	struct iommu_iova_range *array;
	struct iommu_ioas_iova_ranges ask;
	int err = ask_ranges(vfio, &ask, &array);

	for (uint32_t i = 0; !err && i < ask.num_iovas; i++)
		err = vfio_dma_allow(vfio, array[i].start, array[i].last);
	if (err)
		vfio_fail(vfio, diag, err, "IOMMU_IOAS_IOVA_RANGES", "", "which DMA addresses there are is unknown: %s",
			  strerror(-err));
	else
		err = vfio_dma_start(vfio, ask.out_iova_alignment, true, diag);
	free(array);
	return err;
}

int vfio_cdev_open(struct vfio_dev *vfio, struct hvb_diag *diag)
{
	int err;

	if (!vfio->pci.cdev[0])
		return vfio_fail(vfio, diag, -ENOENT, "vfio-dev", "leave mode=cdev out",
				 "the kernel has no character device for the card (CONFIG_VFIO_DEVICE_CDEV)");
	err = open_iommufd(vfio, diag);
	err = err ? err : open_device(vfio, diag);
	return err ? err : read_ranges(vfio, diag);
}

void vfio_cdev_close(struct vfio_dev *vfio)
{
	struct vfio_device_detach_iommufd_pt detach = { .argsz = SIZE_TO(vfio_device_detach_iommufd_pt, flags) };
	struct iommu_destroy destroy = { .size = sizeof(destroy), .id = vfio->ioas };

	if (vfio->attached)
		vfio_ioctl(vfio->device, VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach);
	vfio->attached = false;
	vfio_close_node(&vfio->device);
	if (vfio->has_ioas)
		vfio_ioctl(vfio->container, IOMMU_DESTROY, &destroy);
	vfio->has_ioas = false;
	vfio_close_node(&vfio->container);
}
