/* SPDX-License-Identifier: MIT */
/* Eventfds that the kernel turns into a write of the card's: no process runs between. */
#include <errno.h>
#include "driver/vfio.h"

int vfio_ioeventfd(struct hvb_dev *dev, unsigned region, uint64_t off, uint32_t data, int eventfd)
{
	struct vfio_dev *vfio = vfio_of(dev);
	struct vfio_device_ioeventfd ask = { .argsz = sizeof(ask), .flags = VFIO_DEVICE_IOEVENTFD_32, .data = data,
		.fd = eventfd < 0 ? -1 : eventfd };
	int err = hvb_dev_check(region, region < VFIO_REGIONS ? vfio->regions[region].size : 0, off, sizeof(data));

	if (err)
		return err;
	ask.offset = vfio->regions[region].offset + off;
	err = vfio_ioctl(vfio->device, VFIO_DEVICE_IOEVENTFD, &ask);
	if (err == -ENOTTY)
		return -ENOTSUP;
	return err > 0 ? -EPROTO : err;
}
