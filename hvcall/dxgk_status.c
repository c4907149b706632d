/* SPDX-License-Identifier: MIT */
/* From the library's results to NTSTATUS, and eventfds that can be signalled by whoever may not block. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include "dxgk_internal.h"

NTSTATUS dxgk_status(int result)
{
	switch (result) {
	case 0:
		return STATUS_SUCCESS;
	case HV_STATUS_INVALID_PARTITION_STATE:
		return STATUS_DEVICE_NOT_READY;
	case HV_STATUS_NO_RESOURCES:
	case HV_STATUS_INSUFFICIENT_MEMORY:
	case -ENOMEM:
	case -ENOSPC:
	case -EMFILE:
	case -ENFILE:
	case -EAGAIN:
		return STATUS_INSUFFICIENT_RESOURCES;
	case -EBUSY:
		return STATUS_DEVICE_BUSY;
	case -ENODEV:
		return STATUS_DEVICE_REMOVED;
	case -ETIMEDOUT:
		return STATUS_IO_TIMEOUT;
	case -EIO:
		return STATUS_IO_DEVICE_ERROR;
	case -ENOTSUP:
		return STATUS_NOT_SUPPORTED;
	default:
		return STATUS_INVALID_PARAMETER;
	}
}

/* Nothing else: a pipe without a reader would end the process with a signal. */
static bool is_eventfd(int fd)
{
	char path[32], target[32] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, target, sizeof(target) - 1) > 0 && !strcmp(target, "anon_inode:[eventfd]");
}

int dxgk_eventfd(int fd, NTSTATUS *status)
{
	int flags = fcntl(fd, F_GETFL), copy;

	*status = STATUS_INVALID_PARAMETER;
	if (flags < 0 || !(flags & O_NONBLOCK) || !is_eventfd(fd))
		return -1;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	*status = copy < 0 ? dxgk_status(-errno) : STATUS_SUCCESS;
	return copy;
}

/* One that is full is signalled. */
NTSTATUS dxgk_eventfd_signal(int fd)
{
	const uint64_t one = 1;
	int before = errno;
	bool good = write(fd, &one, sizeof(one)) == (ssize_t)sizeof(one) || errno == EAGAIN;

	errno = before;
	return good ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
