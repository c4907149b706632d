/* SPDX-License-Identifier: MIT */
/* Asking the kernel: ioctls, and answers that say themselves how much room they need. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "driver/vfio.h"

#define ANSWER_MAX 65536u

int vfio_ioctl(int fd, unsigned long request, void *arg)
{
	int saved = errno, got;

	do
		got = ioctl(fd, request, arg);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		got = -errno;
	errno = saved;
	return got;
}

int vfio_open_node(const char *path)
{
	int saved = errno, fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fd = -errno;
	errno = saved;
	return fd;
}

void vfio_close_node(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
	*fd = -1;
}

int vfio_query(int fd, unsigned long request, const void *head, uint32_t least, struct vfio_info *info)
{
	uint32_t size = least, needed;

	/* the second answer may need more than the first said, if something changed between them */
	for (int pass = 0; pass < 3; pass++) {
		unsigned char *data = calloc(1, size);
		int err;

		if (!data)
			return -ENOMEM;
		memcpy(data, head, least);
		memcpy(data, &size, sizeof(size));
		err = vfio_ioctl(fd, request, data);
		memcpy(&needed, data, sizeof(needed));
		if (err >= 0 && needed <= size) {
			info->data = data;
			info->size = size;
			return 0;
		}
		free(data);
		if (err < 0)
			return err;
		if (needed > ANSWER_MAX)
			return -EPROTO;
		size = needed;
	}
	return -EPROTO;
}

int vfio_cap(const struct vfio_info *info, uint32_t first, uint16_t id, void *cap, uint32_t size, uint32_t *behind)
{
	struct vfio_info_cap_header header;
	uint32_t at = first;

	/* a chain of more capabilities than have room is a loop */
	for (uint32_t left = info->size / sizeof(header) + 1; at; left--) {
		if (!left || at > info->size || info->size - at < sizeof(header))
			return -EPROTO;
		memcpy(&header, info->data + at, sizeof(header));
		if (header.id == id) {
			if (info->size - at < size)
				return -EPROTO;
			memcpy(cap, info->data + at, size);
			*behind = at + size;
			return 1;
		}
		at = header.next;
	}
	return 0;
}
