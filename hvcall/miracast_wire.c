/* SPDX-License-Identifier: MIT */
/*
 * Memory and card of a context. Each half is a partition with one VP and one port of one flag; the receiver's SIEF page
 * is the first of the shared memory, so that it takes its flag itself.
 *
 *   to the receiver: a store to the host's doorbell page; the card sets the flag and sends its message, which makes an
 *                    epoll descriptor readable that the receiver holds. It does not hold the eventfd behind it: whoever
 *                    holds that can make it block, and the card's driver with it.
 *   to the host:     the receiver writes an eventfd, which becomes a store to the guest's doorbell page: in the kernel
 *                    (hvbell_kick_eventfd()), or by the pump where nothing in the kernel does it. A doorbell page is
 *                    mapped by whoever may do everything else to the card, so the receiver does not have its own.
 */
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include "miracast_internal.h"

#define VECTOR 0x40u            /* any from 16: no APIC is behind these eventfds */
#define KICK_SLOT 1u            /* of the guest's page; the relay uses 0 */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static int make_memory(struct hvmc_wire *wire)
{
	void *shared;

	wire->memory = memfd_create("hvbell-miracast", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (wire->memory < 0 || ftruncate(wire->memory, sizeof(struct hvmc_shared)) ||
	    fcntl(wire->memory, F_ADD_SEALS, SEALS))
		return -errno;
	shared = mmap(NULL, sizeof(struct hvmc_shared), PROT_READ | PROT_WRITE, MAP_SHARED, wire->memory, 0);
	if (shared == MAP_FAILED)
		return -errno;
	wire->shared = shared;
	return 0;
}

/* The guest's memory is its SIEF page alone, at 0. */
static void *guest_page(void *arg, uint64_t gpa, size_t len)
{
	struct hvmc_shared *shared = arg;

	return gpa == 0 && len <= sizeof(shared->sief) ? shared->sief : NULL;
}

static int add_half(struct hvmc_wire *wire, uint64_t id, uint64_t sender)
{
	const struct hvbell_sint sint = { .vector = VECTOR };
	const struct hvbell_port port = { .partition = id, .id = HVMC_CONNECTION, .type = HVBELL_PORT_EVENT,
		.connection_partition = sender, .target_sint = HVMC_SINT, .flag_count = 1 };
	int err = hvbell_vp_add(wire->card, id, 0);

	if (!err && id == wire->guest)
		err = hvbell_partition_memory(wire->card, id, guest_page, wire->shared);
	err = err ? err : hvbell_set_scontrol(wire->card, id, 0, true);
	err = err ? err : hvbell_set_siefp(wire->card, id, 0, true, 0);
	err = err ? err : hvbell_set_sint(wire->card, id, 0, HVMC_SINT, &sint);
	err = err ? err : hvbell_place_port(wire->card, &port);
	return err ? err : hvbell_place_connection(wire->card, sender, HVMC_CONNECTION, id, HVMC_CONNECTION);
}

static int add_halves(struct hvmc_wire *wire)
{
	int err = hvbell_partition_add(wire->card, wire->host, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS);

	wire->host_added = !err;
	err = err ? err : hvbell_partition_add(wire->card, wire->guest, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS);
	wire->guest_added = !err;
	err = err ? err : add_half(wire, wire->host, wire->guest);
	err = err ? err : add_half(wire, wire->guest, wire->host);
	err = err ? err : hvbell_sender_init(wire->card, wire->host, 0, &wire->bell);
	return err ? err : hvbell_sender_init(wire->card, wire->guest, 0, &wire->relay);
}

/* What the receiver writes becomes its signal. */
static int connect_kick(struct hvmc_wire *wire)
{
	int err;

	wire->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wire->kick < 0)
		return -errno;
	err = hvbell_kick_bind(wire->card, wire->guest, KICK_SLOT, HVMC_CONNECTION, 0);
	err = err ? err : hvbell_kick_eventfd(wire->card, wire->guest, KICK_SLOT, wire->kick);
	wire->relayed = err == -ENOTSUP;
	return wire->relayed ? 0 : err;
}

/* Both descriptors are what the card's messages write, for as long as the VPs live. */
static int connect_messages(struct hvmc_wire *wire)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int host = hvbell_eventfd(wire->card, wire->host, 0, HVMC_SINT);
	int guest = hvbell_eventfd(wire->card, wire->guest, 0, HVMC_SINT);

	if (host < 0 || guest < 0)
		return host < 0 ? host : guest;
	wire->interrupt = fcntl(host, F_DUPFD_CLOEXEC, 0);
	wire->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (wire->interrupt < 0 || wire->epoll < 0 || epoll_ctl(wire->epoll, EPOLL_CTL_ADD, guest, &event))
		return -errno;
	return 0;
}

int hvmc_wire_open(struct hvmc_wire *wire, hvbell_card *card, uint64_t host, uint64_t guest, int socket)
{
	int err;

	*wire = (struct hvmc_wire){ .card = card, .host = host, .guest = guest, .memory = -1, .kick = -1,
		.interrupt = -1, .epoll = -1 };
	pthread_mutex_init(&wire->bell_lock, NULL);
	wire->socket = fcntl(socket, F_DUPFD_CLOEXEC, 0);
	err = wire->socket < 0 ? -errno : make_memory(wire);
	err = err ? err : add_halves(wire);
	err = err ? err : connect_kick(wire);
	return err ? err : connect_messages(wire);
}

int hvmc_wire_hand_over(struct hvmc_wire *wire)
{
	struct hvmc_hello hello = { .magic = HVMC_MAGIC, .version = HVMC_VERSION, .bytes = sizeof(struct hvmc_shared) };
	const int fds[HVMC_DESCRIPTORS] = { wire->memory, wire->epoll, wire->kick };
	union {
		char bytes[CMSG_SPACE(sizeof(fds))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec iov = { .iov_base = &hello, .iov_len = sizeof(hello) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	ssize_t sent;

	wire->handed_over = true;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(cmsg), fds, sizeof(fds));
	sent = sendmsg(wire->socket, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0)
		return -errno;
	return sent == sizeof(hello) ? 0 : -EIO;
}

void hvmc_wire_ring(struct hvmc_wire *wire)
{
	pthread_mutex_lock(&wire->bell_lock);
	hvbell_signal_raw(&wire->bell, HVMC_CONNECTION);
	pthread_mutex_unlock(&wire->bell_lock);
}

/* 0 also where a reset of the card has taken the partition off. */
static int remove_half(const struct hvmc_wire *wire, uint64_t id, bool *added)
{
	int err = *added ? hvbell_partition_remove(wire->card, id) : 0;

	if (err && err != -ENOENT)
		return err;
	*added = false;
	return 0;
}

static void close_files(struct hvmc_wire *wire)
{
	const int fds[] = { wire->memory, wire->kick, wire->interrupt, wire->epoll, wire->socket };

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	pthread_mutex_destroy(&wire->bell_lock);
}

int hvmc_wire_close(struct hvmc_wire *wire)
{
	int err = remove_half(wire, wire->guest, &wire->guest_added);

	err = err ? err : remove_half(wire, wire->host, &wire->host_added);
	if (err)
		return err;
	if (wire->shared)
		munmap(wire->shared, sizeof(*wire->shared));
	close_files(wire);
	return 0;
}

void hvmc_wire_abandon(struct hvmc_wire *wire)
{
	munmap(&wire->shared->requests, sizeof(*wire->shared) - offsetof(struct hvmc_shared, requests));
	close_files(wire);
}
