/* SPDX-License-Identifier: MIT */
/* SET_IRQS: MSI-X vectors and the two notices, by VFIO's rules (linux/vfio.h, VFIO_DEVICE_SET_IRQS). */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "sim/vectors.h"
#include "state.h"

unsigned server_irq_count(const struct hvb_server *server, unsigned index)
{
	return index == SERVER_IRQ_MSIX ? server->vectors :
	       index == SERVER_IRQ_ERR || index == SERVER_IRQ_REQ ? 1 : 0;
}

/* The card writes to what it is given from its own thread, which no pipe or socket may stop. */
static bool is_eventfd(int fd)
{
	char path[32], target[32] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, target, sizeof(target) - 1) > 0 && !strcmp(target, "anon_inode:[eventfd]");
}

/* fd -1: none any more. */
static int set_notice(struct hvb_server *server, unsigned index, int fd)
{
	int *notice = &server->notice[index - SERVER_IRQ_ERR], copy = -1;

	if (fd >= 0) {
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (copy < 0)
			return -errno;
	}
	pthread_mutex_lock(&server->notice_lock);
	if (*notice >= 0)
		close(*notice);
	*notice = copy;
	pthread_mutex_unlock(&server->notice_lock);
	return 0;
}

static void ring_notice(struct hvb_server *server, unsigned index)
{
	const uint64_t one = 1;
	struct pollfd room = { .events = POLLOUT };
	ssize_t written = 0;

	pthread_mutex_lock(&server->notice_lock);
	room.fd = server->notice[index - SERVER_IRQ_ERR];
	if (room.fd >= 0 && poll(&room, 1, 0) == 1 && (room.revents & POLLOUT))
		written = write(room.fd, &one, sizeof(one));
	(void)written;
	pthread_mutex_unlock(&server->notice_lock);
}

void hvb_server_request(struct hvb_server *server)
{
	ring_notice(server, SERVER_IRQ_REQ);
}

static int connect_vector(struct hvb_server *server, unsigned vector, int fd)
{
	int err;

	if (fd < 0 && !server->connected[vector])
		return 0;
	err = hvb_vector_connect(server->card, vector, fd);
	if (!err || fd < 0)              /* its eventfd is gone even where the card does not answer */
		server->connected[vector] = fd >= 0;
	return err;
}

/* One descriptor for each interrupt, or none at all: disconnected. */
static int connect_all(struct hvb_server *server, const struct vfio_irq_set *set, const int *fds, unsigned fd_count)
{
	int err = 0;

	if (fd_count && fd_count != set->count)
		return -EINVAL;
	for (unsigned i = 0; i < fd_count; i++)
		if (!is_eventfd(fds[i]))
			return -EINVAL;
	if (set->index == SERVER_IRQ_MSIX && set->count && !server->msix_on)
		err = server_msix_switch(server, true);
	for (unsigned i = 0; !err && i < set->count; i++) {
		int fd = fd_count ? fds[i] : -1;

		err = set->index == SERVER_IRQ_MSIX ? connect_vector(server, set->start + i, fd) :
						      set_notice(server, set->index, fd);
	}
	if (!err && set->index == SERVER_IRQ_MSIX)
		err = hvb_vectors_sync(server->card);
	return err;
}

/* All of them, whatever the card says to one. */
static int disable_all(struct hvb_server *server, unsigned index)
{
	int first = 0, err;

	if (index != SERVER_IRQ_MSIX)
		return set_notice(server, index, -1);
	for (unsigned vector = 0; vector < server->vectors; vector++) {
		err = connect_vector(server, vector, -1);
		first = first ? first : err;
	}
	err = server_msix_switch(server, false);
	return first ? first : err;
}

static void ring_vector(struct hvb_rc *rc, void *arg)
{
	hvb_rc_ring(rc, *(const unsigned *)arg);
}

/* As the interrupt itself would: a user tests the way behind the card with it. which: NULL all, else one byte each. */
static int loop_back(struct hvb_server *server, const struct vfio_irq_set *set, const unsigned char *which)
{
	for (unsigned i = 0; i < set->count; i++) {
		unsigned vector = set->start + i;

		if (which && !which[i])
			continue;
		if (set->index == SERVER_IRQ_MSIX)
			hvb_card_call(server->card, ring_vector, &vector);
		else
			ring_notice(server, set->index);
	}
	return 0;
}

int server_set_irqs(struct hvb_server *server, const unsigned char *body, size_t length, const int *fds,
		    unsigned fd_count)
{
	struct vfio_irq_set set;
	unsigned have;

	if (length < sizeof(set))
		return -EINVAL;
	memcpy(&set, body, sizeof(set));
	have = server_irq_count(server, set.index);
	if (set.argsz < sizeof(set) || !have || set.start >= have || set.count > have - set.start)
		return -EINVAL;
	switch (set.flags) {
	case VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER:
		return connect_all(server, &set, fds, fd_count);
	case VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER:
		if (fd_count)
			return -EINVAL;
		return set.count ? loop_back(server, &set, NULL) : disable_all(server, set.index);
	case VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_ACTION_TRIGGER:
		if (fd_count || length - sizeof(set) < set.count)
			return -EINVAL;
		return loop_back(server, &set, body + sizeof(set));
	default:
		return -EINVAL;
	}
}

void server_irqs_drop(struct hvb_server *server)
{
	hvb_vectors_forget(server->card);
	memset(server->connected, 0, sizeof(server->connected));
	server->msix_on = false;
	set_notice(server, SERVER_IRQ_ERR, -1);
	set_notice(server, SERVER_IRQ_REQ, -1);
}
