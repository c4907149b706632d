/* SPDX-License-Identifier: MIT */
/* Whole vfio-user messages in and out of a stream socket. */
#include "vfio_user.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define HEADER sizeof(struct hvb_vfu_header)

void hvb_vfu_close_fds(struct hvb_vfu_message *message)
{
	int saved = errno;

	while (message->fd_count)
		close(message->fds[--message->fd_count]);
	errno = saved;
}

void hvb_vfu_message_free(struct hvb_vfu_message *message)
{
	hvb_vfu_close_fds(message);
	free(message->body);
	memset(message, 0, sizeof(*message));
}

/* Descriptors come with the first byte of their message. One more than allowed fits, so that too many are seen. */
static int take_fds(struct msghdr *got, struct hvb_vfu_message *message)
{
	bool crowded = got->msg_flags & MSG_CTRUNC;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(got); c; c = CMSG_NXTHDR(got, c)) {
		size_t count = c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS ?
			(c->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;

		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (message->fd_count < HVB_VFU_FDS_MAX) {
				message->fds[message->fd_count++] = fd;
			} else {
				close(fd);
				crowded = true;
			}
		}
	}
	return crowded ? -EPROTO : 0;
}

static int receive_header(int socket, struct hvb_vfu_message *message)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int) * (HVB_VFU_FDS_MAX + 1))];
	} control;
	size_t have = 0;

	while (have < HEADER) {
		struct iovec part = { (char *)&message->header + have, HEADER - have };
		struct msghdr got = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space,
				      .msg_controllen = sizeof(control.space) };
		ssize_t n = recvmsg(socket, &got, MSG_CMSG_CLOEXEC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return have ? -EPROTO : -EPIPE;
		if (n < 0)
			return -errno;
		have += (size_t)n;
		if (take_fds(&got, message))
			return -EPROTO;
	}
	return 0;
}

int hvb_vfu_reserve(struct hvb_vfu_message *message, size_t length)
{
	unsigned char *body;

	if (length <= message->capacity)
		return 0;
	body = realloc(message->body, length);
	if (!body)
		return -ENOMEM;
	message->body = body;
	message->capacity = length;
	return 0;
}

/* Plain receiving drops what descriptors come in the middle of a message. */
static int receive_body(int socket, unsigned char *body, size_t length)
{
	while (length) {
		ssize_t n = recv(socket, body, length, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return -EPROTO;
		if (n < 0)
			return -errno;
		body += n;
		length -= (size_t)n;
	}
	return 0;
}

int hvb_vfu_receive(int socket, struct hvb_vfu_message *message)
{
	int saved = errno, err;

	hvb_vfu_close_fds(message);
	err = receive_header(socket, message);
	if (!err && (message->header.size < HEADER || message->header.size - HEADER > HVB_VFU_BODY_MAX))
		err = -EPROTO;
	if (!err)
		err = hvb_vfu_reserve(message, message->header.size - HEADER);
	if (!err)
		err = receive_body(socket, message->body, message->header.size - HEADER);
	if (err)
		hvb_vfu_close_fds(message);
	errno = saved;
	return err;
}

static void put_fds(struct msghdr *out, const int *fds, unsigned count)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(out);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * count);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
}

/* The descriptors have gone with the first byte; what is left goes without them. */
static void advance(struct msghdr *out, size_t sent)
{
	out->msg_control = NULL;
	out->msg_controllen = 0;
	while (out->msg_iovlen && sent >= out->msg_iov->iov_len) {
		sent -= out->msg_iov->iov_len;
		out->msg_iov++;
		out->msg_iovlen--;
	}
	if (out->msg_iovlen) {
		out->msg_iov->iov_base = (char *)out->msg_iov->iov_base + sent;
		out->msg_iov->iov_len -= sent;
	}
}

int hvb_vfu_send(int socket, struct hvb_vfu_header *header, const void *body, size_t length, const void *data,
		 size_t data_length, const int *fds, unsigned count)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int) * HVB_VFU_FDS_MAX)];
	} control;
	struct iovec parts[] = { { header, HEADER }, { (void *)(uintptr_t)body, length },
				 { (void *)(uintptr_t)data, data_length } };
	struct msghdr out = { .msg_iov = parts, .msg_iovlen = 3 };
	int saved = errno, err = 0;

	header->size = (uint32_t)(HEADER + length + data_length);
	if (fds && count) {
		memset(&control, 0, sizeof(control));
		out.msg_control = control.space;
		out.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		put_fds(&out, fds, count);
	}
	while (out.msg_iovlen && !err) {
		ssize_t n = sendmsg(socket, &out, MSG_NOSIGNAL);

		if (n >= 0)
			advance(&out, (size_t)n);
		else if (errno != EINTR)
			err = errno == ECONNRESET ? -EPIPE : -errno;
	}
	errno = saved;
	return err;
}
