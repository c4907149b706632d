/* SPDX-License-Identifier: MIT */
/* Messages with descriptors between the two halves of hvbell dxgk-demo. */
#include <string.h>
#include <sys/socket.h>
#include "dxgk_demo.h"

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(2 * sizeof(int))];
};

bool dxgk_demo_send(int socket, const void *message, size_t size, const int fds[2])
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)message, .iov_len = size };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control = { .space = { 0 } };

	if (fds) {
		header.msg_control = &control;
		header.msg_controllen = sizeof(control.space);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(2 * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, 2 * sizeof(int));
	}
	return sendmsg(socket, &header, MSG_NOSIGNAL) == (ssize_t)size;
}

bool dxgk_demo_receive(int socket, void *message, size_t size, int fds[2])
{
	struct iovec part = { .iov_base = message, .iov_len = size };
	union control control = { .space = { 0 } };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
				 .msg_controllen = sizeof(control.space) };
	const struct cmsghdr *rights;

	if (recvmsg(socket, &header, MSG_CMSG_CLOEXEC) != (ssize_t)size)
		return false;
	rights = CMSG_FIRSTHDR(&header);
	if (!fds)
		return true;
	if (!rights || rights->cmsg_type != SCM_RIGHTS || rights->cmsg_len != CMSG_LEN(2 * sizeof(int)))
		return false;
	memcpy(fds, CMSG_DATA(rights), 2 * sizeof(int));
	return true;
}
