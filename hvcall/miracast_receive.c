/* SPDX-License-Identifier: MIT */
/*
 * The receiver's half: one thread, which reads a request, calls the handler, writes the answer. Wherever it must wait
 * it first signals the sender, if it left something for it, and before it looks at memory again it takes the flag that
 * the card set.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include "miracast_internal.h"

struct receiver {
	int socket, interrupt, kick;
	struct hvmc_shared *shared;
	struct hvmc_end requests, answers;
	uint64_t kicked;                /* answers.mine at the last kick */
};

/* Does what the driver's half is to see, and waits until it has done something: 0, or -EPIPE where it has ended. */
static int wait_for_sender(struct receiver *r)
{
	struct pollfd fds[2] = { { .fd = r->interrupt, .events = POLLIN }, { .fd = r->socket, .events = POLLRDHUP } };
	const uint64_t one = 1;
	struct epoll_event event;

	if (r->kicked != r->answers.mine || r->requests.owed) {
		r->kicked = r->answers.mine;
		r->requests.owed = false;
		/* a full counter (EAGAIN) is a signal that nobody has taken yet */
		if (write(r->kick, &one, sizeof(one)) < 0 && errno != EAGAIN)
			return -EPIPE;
	}
	if (poll(fds, 2, -1) < 0 && errno != EINTR)
		return -EPIPE;
	if (fds[1].revents)
		return -EPIPE;
	if (fds[0].revents && epoll_wait(r->interrupt, &event, 1, 0) < 0 && errno != EINTR)
		return -EPIPE;
	__atomic_fetch_and(&r->shared->sief[HVMC_SINT * HVBELL_FLAGS / 64], ~1ull, __ATOMIC_SEQ_CST);
	return 0;
}

/* All of len bytes: 0, -EPIPE, -EPROTO. To NULL: dropped. */
static int take(struct receiver *r, void *to, size_t len)
{
	size_t done = 0;

	while (done < len) {
		int64_t bytes = hvmc_read(&r->requests, to ? (uint8_t *)to + done : NULL, len - done);
		int err = bytes < 0 ? (int)bytes : bytes ? 0 : wait_for_sender(r);

		if (err)
			return err;
		done += (size_t)bytes;
	}
	return 0;
}

static int give(struct receiver *r, const void *from, size_t len)
{
	size_t done = 0;

	while (done < len) {
		int64_t bytes = hvmc_write(&r->answers, (const uint8_t *)from + done, len - done);
		int err = bytes < 0 ? (int)bytes : bytes ? 0 : wait_for_sender(r);

		if (err)
			return err;
		done += (size_t)bytes;
	}
	return 0;
}

/* The handler's result, as it goes to the sender. */
static void handle(hvcall_dxgk_miracast_handler handler, PVOID context, const struct hvmc_request *request, void *input,
		   void *output, struct hvmc_answer *answer)
{
	ULONG bytes = 0;
	NTSTATUS status = handler(context, request->input_size, input, request->output_size, output, &bytes);

	if (status == STATUS_PENDING)
		status = STATUS_UNSUCCESSFUL;
	if (bytes > request->output_size) {
		status = STATUS_BUFFER_TOO_SMALL;
		bytes = 0;
	}
	answer->status = (uint32_t)status;
	answer->information = bytes;
}

static int serve_one(struct receiver *r, const struct hvmc_request *request, hvcall_dxgk_miracast_handler handler,
		     PVOID context)
{
	struct hvmc_answer answer = { .number = request->number };
	void *input = request->input_size ? malloc(request->input_size) : NULL;
	void *output = request->output_size ? calloc(1, request->output_size) : NULL;
	int err = take(r, input, request->input_size);

	if (!err && ((request->input_size && !input) || (request->output_size && !output)))
		answer.status = (uint32_t)STATUS_INSUFFICIENT_RESOURCES;
	else if (!err)
		handle(handler, context, request, input, output, &answer);
	err = err ? err : give(r, &answer, sizeof(answer));
	err = err ? err : give(r, output, answer.information);
	free(input);
	free(output);
	return err;
}

static int serve(struct receiver *r, hvcall_dxgk_miracast_handler handler, PVOID context)
{
	struct hvmc_request request;
	uint32_t number = 0;
	int err;

	for (;; number++) {
		err = take(r, &request, sizeof(request));
		if (!err && (request.number != number || request.zero))
			err = -EPROTO;
		err = err ? err : serve_one(r, &request, handler, context);
		if (err)
			return err;
	}
}

/* Puts the descriptors that came with a message into fds, as many as there is room for; how many there were. */
static size_t descriptors(struct msghdr *msg, int fds[HVMC_DESCRIPTORS])
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	size_t count;

	if (!cmsg || cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
		return 0;
	/* the buffer has no room for more; the kernel closes those */
	count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(cmsg), count * sizeof(int));
	return count;
}

int hvmc_meet(int socket, int fds[HVMC_DESCRIPTORS])
{
	struct hvmc_hello hello = { 0 };
	union {
		char bytes[CMSG_LEN(sizeof(int) * HVMC_DESCRIPTORS)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = &hello, .iov_len = sizeof(hello) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	size_t count;
	ssize_t got;

	do {
		got = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got <= 0)
		return got == 0 || errno == ECONNRESET ? -EPIPE : -EINVAL;
	count = descriptors(&msg, fds);
	if (count == HVMC_DESCRIPTORS && !(msg.msg_flags & MSG_CTRUNC) && got == sizeof(hello) &&
	    hello.magic == HVMC_MAGIC && hello.version == HVMC_VERSION && hello.bytes == sizeof(struct hvmc_shared))
		return 0;
	while (count > 0)
		close(fds[--count]);
	return -EINVAL;
}

/* The memory, which nobody can take away again. */
static int map(struct receiver *r, int memory)
{
	int seals = fcntl(memory, F_GET_SEALS);
	struct stat stat;
	void *shared;

	if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(memory, &stat) || stat.st_size != sizeof(*r->shared))
		return -EINVAL;
	shared = mmap(NULL, sizeof(*r->shared), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (shared == MAP_FAILED)
		return -ENOMEM;
	r->shared = shared;
	r->requests = (struct hvmc_end){ .lane = &r->shared->requests, .bytes = r->shared->request_bytes };
	r->answers = (struct hvmc_end){ .lane = &r->shared->answers, .bytes = r->shared->answer_bytes };
	return 0;
}

NTSTATUS hvcall_dxgk_miracast_serve(int socket, hvcall_dxgk_miracast_handler handler, PVOID context)
{
	struct receiver r = { .socket = socket };
	int fds[HVMC_DESCRIPTORS], saved = errno, err = handler ? hvmc_meet(socket, fds) : -EINVAL;

	if (!err) {
		r.interrupt = fds[1];
		r.kick = fds[2];
		err = map(&r, fds[0]);
		err = err ? err : serve(&r, handler, context);
		for (size_t i = 0; i < HVMC_DESCRIPTORS; i++)
			close(fds[i]);
	}
	if (r.shared)
		munmap(r.shared, sizeof(*r.shared));
	errno = saved;
	switch (err) {
	case -EPIPE:
		return STATUS_SUCCESS;
	case -EPROTO:
		return STATUS_UNSUCCESSFUL;
	default:
		return err == -ENOMEM ? STATUS_INSUFFICIENT_RESOURCES : STATUS_INVALID_PARAMETER;
	}
}
