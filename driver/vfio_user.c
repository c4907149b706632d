/* SPDX-License-Identifier: MIT */
/*
 * A vfio-user connection: requests of any thread go out on one socket; one thread receives, gives each reply to the
 * request that waits for it, and has the server's own commands served, on the same socket or on its twin.
 */
#include "driver/vfio_user.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

struct vfu_waiter {
	struct vfu_request *request;
	uint16_t id;
	bool done;
	int err;
	pthread_cond_t answered;
	struct vfu_waiter *next;
};

void vfu_kill(struct vfu_connection *connection, int why)
{
	int saved = errno, alive = 0;

	/* the receiving thread finds the end of its sockets and wakes who waits */
	atomic_compare_exchange_strong(&connection->dead, &alive, why);
	shutdown(connection->socket, SHUT_RDWR);
	if (connection->twin >= 0)
		shutdown(connection->twin, SHUT_RDWR);
	errno = saved;
}

int vfu_violation(struct vfu_connection *connection)
{
	vfu_kill(connection, -EPROTO);
	return -ENODEV;
}

/* What driver/dev.h gives a meaning keeps it. */
static int error_of(const struct hvb_vfu_header *header)
{
	switch (header->error) {
	case ENXIO:
	case ENODEV:
	case EINVAL:
	case ENOTSUP:
	case EEXIST:
	case ENOENT:
	case ENOSPC:
	case ENOMEM:
		return -(int)header->error;
	default:
		return -EIO;
	}
}

/* Ends the wait of one request; the lock is held. */
static void wake(struct vfu_waiter *waiter, int err)
{
	waiter->err = err;
	waiter->done = true;
	pthread_cond_signal(&waiter->answered);
}

/* An error has no body; a good reply has as much as was asked for. -EPROTO. */
static int take_reply(struct vfu_request *request, struct hvb_vfu_message *message)
{
	size_t length = message->header.size - sizeof(message->header);
	bool failed = message->header.flags & HVB_VFU_ERROR;

	if (message->header.command != request->command || message->fd_count > request->reply_fds_max)
		return -EPROTO;
	if (failed ? length || message->fd_count : length < request->reply_min || length > request->reply_max)
		return -EPROTO;
	if (length)
		memcpy(request->reply, message->body, length);
	for (unsigned i = 0; i < message->fd_count; i++)
		request->reply_fds[i] = message->fds[i];
	request->reply_length = length;
	request->reply_fd_count = message->fd_count;
	message->fd_count = 0;
	return 0;
}

static int dispatch_reply(struct vfu_connection *connection, struct hvb_vfu_message *message)
{
	struct vfu_waiter *waiter;
	int err = -EPROTO;

	pthread_mutex_lock(&connection->lock);
	for (waiter = connection->waiters; waiter; waiter = waiter->next)
		if (waiter->id == message->header.id && !waiter->done)
			break;
	if (waiter)
		err = take_reply(waiter->request, message);
	if (!err) {
		connection->stats.replies++;
		wake(waiter, message->header.flags & HVB_VFU_ERROR ? error_of(&message->header) : 0);
	}
	pthread_mutex_unlock(&connection->lock);
	return err;
}

static int receive_one(struct vfu_connection *connection, int socket, struct hvb_vfu_message *message)
{
	int err = hvb_vfu_receive(socket, message);
	unsigned type;

	if (err)
		return err;
	type = message->header.flags & HVB_VFU_TYPE_MASK;
	if (type == HVB_VFU_REPLY && socket == connection->socket)
		err = dispatch_reply(connection, message);
	else if (type == 0)
		err = connection->serve(connection->serve_arg, socket, message);
	else
		err = -EPROTO;
	return err;
}

static void *receive_all(void *arg)
{
	struct vfu_connection *connection = arg;
	struct pollfd sockets[2] = { { .fd = connection->socket, .events = POLLIN },
				     { .fd = connection->twin, .events = POLLIN } };
	struct hvb_vfu_message message = { 0 };
	int err = 0;

	while (!err) {
		if (poll(sockets, 2, -1) < 0)
			err = errno == EINTR ? 0 : -errno;
		for (unsigned i = 0; !err && i < 2; i++)
			if (sockets[i].fd >= 0 && sockets[i].revents)
				err = receive_one(connection, sockets[i].fd, &message);
	}
	hvb_vfu_message_free(&message);
	vfu_kill(connection, err);
	pthread_mutex_lock(&connection->lock);
	for (struct vfu_waiter *waiter = connection->waiters; waiter; waiter = waiter->next)
		if (!waiter->done)
			wake(waiter, -ENODEV);
	pthread_mutex_unlock(&connection->lock);
	return NULL;
}

int vfu_start(struct vfu_connection *connection, int (*serve)(void *, int, struct hvb_vfu_message *), void *arg)
{
	sigset_t all, before;
	int err;

	connection->serve = serve;
	connection->serve_arg = arg;
	pthread_mutex_init(&connection->lock, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	err = pthread_create(&connection->thread, NULL, receive_all, connection);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err)
		pthread_mutex_destroy(&connection->lock);
	return -err;
}

void vfu_stop(struct vfu_connection *connection)
{
	vfu_kill(connection, -EPIPE);
	pthread_join(connection->thread, NULL);
	pthread_mutex_destroy(&connection->lock);
}

static bool id_taken(const struct vfu_connection *connection, uint16_t id)
{
	for (const struct vfu_waiter *waiter = connection->waiters; waiter; waiter = waiter->next)
		if (waiter->id == id)
			return true;
	return false;
}

static void enlist(struct vfu_connection *connection, struct vfu_waiter *waiter)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&waiter->answered, &attributes);
	pthread_condattr_destroy(&attributes);
	do
		waiter->id = connection->next_id++;
	while (id_taken(connection, waiter->id));
	waiter->next = connection->waiters;
	connection->waiters = waiter;
}

static void delist(struct vfu_connection *connection, struct vfu_waiter *waiter)
{
	struct vfu_waiter **at = &connection->waiters;

	while (*at != waiter)
		at = &(*at)->next;
	*at = waiter->next;
	pthread_cond_destroy(&waiter->answered);
}

static int send_request(struct vfu_connection *connection, const struct vfu_request *request, uint16_t id)
{
	struct hvb_vfu_header header = { .id = id, .command = (uint16_t)request->command };
	int err = hvb_vfu_send(connection->socket, &header, request->body, request->length, request->data,
			       request->data_length, request->fds, request->fd_count);

	if (err == -EAGAIN)
		err = -ETIMEDOUT;
	if (err)
		vfu_kill(connection, err);
	return err;
}

static void await(struct vfu_connection *connection, struct vfu_waiter *waiter)
{
	struct timespec end;
	int err = 0;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += connection->timeout_ms / 1000;
	end.tv_nsec += connection->timeout_ms % 1000 * 1000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	while (!waiter->done && !err)
		err = pthread_cond_timedwait(&waiter->answered, &connection->lock, &end);
	if (!waiter->done) {
		waiter->done = true;
		waiter->err = -ETIMEDOUT;
		vfu_kill(connection, -ETIMEDOUT);
	}
}

static int exchange(struct vfu_connection *connection, struct vfu_request *request)
{
	struct vfu_waiter waiter = { .request = request };
	int err;

	pthread_mutex_lock(&connection->lock);
	if (connection->dead) {
		pthread_mutex_unlock(&connection->lock);
		return -ENODEV;
	}
	enlist(connection, &waiter);
	pthread_mutex_unlock(&connection->lock);
	/* not under the lock: the server may be waiting for its own message to be received */
	err = send_request(connection, request, waiter.id);
	pthread_mutex_lock(&connection->lock);
	if (err) {
		waiter.err = err == -ETIMEDOUT ? err : -ENODEV;
		waiter.done = true;
	} else {
		connection->stats.requests++;
		await(connection, &waiter);
	}
	delist(connection, &waiter);
	pthread_mutex_unlock(&connection->lock);
	return waiter.err;
}

int vfu_request(struct vfu_connection *connection, struct vfu_request *request)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	err = exchange(connection, request);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

int vfu_post(struct vfu_connection *connection, const struct hvb_vfu_access *access, const void *data)
{
	struct hvb_vfu_header header = { .command = HVB_VFU_REGION_WRITE, .flags = HVB_VFU_NO_REPLY };
	int err;

	if (connection->dead)
		return -ENODEV;
	header.id = connection->next_id++;
	err = hvb_vfu_send(connection->socket, &header, access, sizeof(*access), data, access->count, NULL, 0);
	if (err) {
		vfu_kill(connection, err == -EAGAIN ? -ETIMEDOUT : err);
		return -ENODEV;
	}
	connection->stats.posted++;
	return 0;
}
