/* SPDX-License-Identifier: MIT */
/* The scripted vfio-user server. */
#include "fake_server.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#define HEADER sizeof(struct hvb_vfu_header)

/* Sends an answer as it is, or bent. */
static void answer(struct fake_server *server, const struct hvb_vfu_header *asked, const void *body, size_t length,
		   const void *data, size_t data_length, const int *fds, unsigned fd_count)
{
	struct hvb_vfu_header reply = { .id = asked->id, .command = asked->command, .flags = HVB_VFU_REPLY };
	unsigned char junk[64] = { 0 }, all[4096] = { 0 };
	enum fake_fault fault = FAULT_NONE;
	int many[2] = { server->listener, server->listener };

	if (asked->flags & HVB_VFU_NO_REPLY)
		return;
	pthread_mutex_lock(&server->lock);
	if (server->fault && server->fault_command == asked->command && !server->fault_skip--)
		fault = server->fault;
	if (fault)
		server->fault = FAULT_NONE;
	reply.error = fault == FAULT_ERROR ? server->fault_error : 0;
	pthread_mutex_unlock(&server->lock);
	if (length)
		memcpy(all, body, length);
	if (data_length)
		memcpy(all + length, data, data_length);
	length += data_length;
	if (server->script)
		server->script(server->script_arg, &reply, all, &length, sizeof(all));
	switch (fault) {
	case FAULT_SHORT:
		if (length) {
			length--;
			break;
		}                               /* nothing is shorter than nothing */
		/* fall through */
	case FAULT_LONG:
		hvb_vfu_send(server->socket, &reply, all, length, junk, 1, fds, fd_count);
		return;
	case FAULT_COMMAND:
		reply.command++;
		break;
	case FAULT_ID:
		reply.id += 100;
		break;
	case FAULT_TYPE:
		reply.flags = 2;
		break;
	case FAULT_SMALL:
	case FAULT_HUGE:
		reply.size = fault == FAULT_SMALL ? HEADER - 1 : HEADER + HVB_VFU_BODY_MAX + 1;
		send(server->socket, &reply, sizeof(reply), MSG_NOSIGNAL);
		return;
	case FAULT_CUT:
		reply.size = (uint32_t)(HEADER + length + 1);
		send(server->socket, &reply, sizeof(reply), MSG_NOSIGNAL);
		shutdown(server->socket, SHUT_RDWR);
		return;
	case FAULT_ERROR_BODY:
		reply.flags |= HVB_VFU_ERROR;
		hvb_vfu_send(server->socket, &reply, junk, sizeof(junk), NULL, 0, NULL, 0);
		return;
	case FAULT_ERROR:
		reply.flags |= HVB_VFU_ERROR;
		hvb_vfu_send(server->socket, &reply, NULL, 0, NULL, 0, NULL, 0);
		return;
	case FAULT_FDS:
		hvb_vfu_send(server->socket, &reply, all, length, NULL, 0, many, 2);
		return;
	case FAULT_DIE:
		shutdown(server->socket, SHUT_RDWR);
		return;
	case FAULT_ECHO:                        /* of something else than was asked for */
		all[8] ^= 1;                    /* the region, or an address */
		break;
	case FAULT_SILENT:
		return;
	case FAULT_STALL:
		sem_wait(&server->resume);
		return;
	case FAULT_NONE:
		break;
	}
	hvb_vfu_send(server->socket, &reply, all, length, NULL, 0, fds, fd_count);
}

static void answer_version(struct fake_server *server, const struct hvb_vfu_header *asked)
{
	int pair[2];

	if (!server->twin_offered) {
		answer(server, asked, &server->version, sizeof(server->version), server->json,
		       server->json ? strlen(server->json) + 1 : 0, NULL, 0);
		return;
	}
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	server->twin = pair[0];
	answer(server, asked, &server->version, sizeof(server->version), server->json, strlen(server->json) + 1,
	       &pair[1], 1);
	close(pair[1]);
}

static void answer_region(struct fake_server *server, const struct hvb_vfu_header *asked, const unsigned char *body)
{
	struct vfio_region_info info;
	const struct fake_region *region;
	size_t length;

	memcpy(&info, body, sizeof(info));
	region = &server->regions[info.index];
	length = info.argsz - sizeof(info);
	if (length > region->caps_length)
		length = region->caps_length;
	info.argsz = region->argsz ? region->argsz : (uint32_t)(sizeof(info) + region->caps_length);
	info.flags = region->flags;
	info.cap_offset = region->caps_length ? sizeof(info) : 0;
	info.size = FAKE_BAR_BYTES;
	info.offset = region->fd_offset;
	answer(server, asked, &info, sizeof(info), region->caps, length, &region->fd, region->fd >= 0);
}

static void answer_irq(struct fake_server *server, const struct hvb_vfu_header *asked, const unsigned char *body)
{
	struct vfio_irq_info info;

	memcpy(&info, body, sizeof(info));
	info.count = server->irqs[info.index];
	info.flags = VFIO_IRQ_INFO_EVENTFD;
	answer(server, asked, &info, sizeof(info), NULL, 0, NULL, 0);
}

static void answer_read(struct fake_server *server, const struct hvb_vfu_header *asked, const unsigned char *body)
{
	memcpy(&server->held_access[server->held_count], body, sizeof(*server->held_access));
	server->held[server->held_count++] = *asked;
	if (server->held_count < server->hold)
		return;
	while (server->held_count) {
		const struct hvb_vfu_access *access = &server->held_access[--server->held_count];

		answer(server, &server->held[server->held_count], access, sizeof(*access),
		       &server->memory[access->region][access->offset], access->count, NULL, 0);
	}
}

static void answer_write(struct fake_server *server, const struct hvb_vfu_header *asked, const unsigned char *body)
{
	struct hvb_vfu_access access;

	memcpy(&access, body, sizeof(access));
	if (access.region != 7 || !server->config_fixed)
		memcpy(&server->memory[access.region][access.offset], body + sizeof(access), access.count);
	answer(server, asked, &access, sizeof(access), NULL, 0, NULL, 0);
}

static void do_map(struct fake_server *server, struct hvb_vfu_message *message)
{
	struct hvb_vfu_dma_map map;
	void *host;

	memcpy(&map, message->body, sizeof(map));
	host = mmap(NULL, map.size, PROT_READ | PROT_WRITE, MAP_SHARED, message->fds[0], (off_t)map.offset);
	pthread_mutex_lock(&server->lock);
	for (unsigned i = 0; host != MAP_FAILED && i < FAKE_MAPS; i++)
		if (!server->maps[i].size) {
			server->maps[i] = (struct fake_map){ map.address, map.size, host };
			break;
		}
	pthread_mutex_unlock(&server->lock);
	answer(server, &message->header, NULL, 0, NULL, 0, NULL, 0);
}

static void drop_map(struct fake_map *map)
{
	munmap(map->host, map->size);
	memset(map, 0, sizeof(*map));
}

static void do_unmap(struct fake_server *server, const struct hvb_vfu_message *message)
{
	struct hvb_vfu_dma_unmap unmap;

	memcpy(&unmap, message->body, sizeof(unmap));
	pthread_mutex_lock(&server->lock);
	for (unsigned i = 0; i < FAKE_MAPS; i++)
		if (server->maps[i].size == unmap.size && server->maps[i].address == unmap.address)
			drop_map(&server->maps[i]);
	pthread_mutex_unlock(&server->lock);
	answer(server, &message->header, &unmap, sizeof(unmap), NULL, 0, NULL, 0);
}

static void note(struct fake_server *server, const struct hvb_vfu_message *message)
{
	struct fake_note *now;

	pthread_mutex_lock(&server->lock);
	if (server->note_count < FAKE_NOTES) {
		now = &server->notes[server->note_count++];
		now->header = message->header;
		now->fd_count = message->fd_count;
		now->length = message->header.size - HEADER;
		if (now->length)
			memcpy(now->body, message->body,
			       now->length < sizeof(now->body) ? now->length : sizeof(now->body));
	}
	pthread_mutex_unlock(&server->lock);
}

/* False: a reply, whose message goes to who waits for it. */
static bool handle(struct fake_server *server, struct hvb_vfu_message *message)
{
	const struct hvb_vfu_header *header = &message->header;

	if (header->flags & HVB_VFU_TYPE_MASK)
		return false;
	note(server, message);
	switch (header->command) {
	case HVB_VFU_VERSION:
		answer_version(server, header);
		break;
	case HVB_VFU_DMA_MAP:
		do_map(server, message);
		break;
	case HVB_VFU_DMA_UNMAP:
		do_unmap(server, message);
		break;
	case HVB_VFU_GET_INFO:
		answer(server, header, &server->info, sizeof(server->info), NULL, 0, NULL, 0);
		break;
	case HVB_VFU_GET_REGION_INFO:
		answer_region(server, header, message->body);
		break;
	case HVB_VFU_GET_IRQ_INFO:
		answer_irq(server, header, message->body);
		break;
	case HVB_VFU_REGION_READ:
		answer_read(server, header, message->body);
		break;
	case HVB_VFU_REGION_WRITE:
		answer_write(server, header, message->body);
		break;
	default:
		answer(server, header, NULL, 0, NULL, 0, NULL, 0);
	}
	return true;
}

static void serve(struct fake_server *server)
{
	struct hvb_vfu_message message = { 0 };

	while (!hvb_vfu_receive(server->socket, &message))
		if (!handle(server, &message)) {
			hvb_vfu_message_free(&server->reply);
			server->reply = message;
			memset(&message, 0, sizeof(message));
			sem_post(&server->replied);
		}
	hvb_vfu_message_free(&message);
}

static void *serve_all(void *arg)
{
	struct fake_server *server = arg;

	while ((server->socket = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		serve(server);
		close(server->socket);
		pthread_mutex_lock(&server->lock);
		if (server->twin >= 0)
			close(server->twin);
		server->twin = -1;
		pthread_mutex_unlock(&server->lock);
		server->held_count = 0;
		for (unsigned i = 0; i < FAKE_MAPS; i++)
			if (server->maps[i].size)
				drop_map(&server->maps[i]);
	}
	return NULL;
}

static void init_config(unsigned char *config)
{
	config[0] = 0x34, config[1] = 0x12, config[2] = config[3] = 0x5d;
	config[0x06] = 0x10;                    /* there are capabilities */
	config[0x34] = 0x40;
	config[0x40] = 0x11, config[0x41] = 0x60;
	config[0x60] = 0x10;
}

struct fake_server *fake_server_new(void)
{
	struct fake_server *server = calloc(1, sizeof(*server));

	assert_non_null(server);
	server->notes = calloc(FAKE_NOTES, sizeof(*server->notes));
	assert_non_null(server->notes);
	server->json = "{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576}}";
	server->info = (struct hvb_vfu_info){ .argsz = 16, .flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET,
					      .regions = 9, .irqs = 5 };
	server->irqs[2] = 64;
	server->irqs[3] = server->irqs[4] = 1;
	server->fault_error = EPERM;
	server->twin = -1;
	for (unsigned i = 0; i < 8; i++)
		server->regions[i] = (struct fake_region){ .flags = 3, .fd = -1 };
	init_config(server->memory[7]);
	pthread_mutex_init(&server->lock, NULL);
	sem_init(&server->resume, 0, 0);
	sem_init(&server->replied, 0, 0);
	snprintf(server->folder, sizeof(server->folder), "/tmp/fake_server.XXXXXX");
	assert_non_null(mkdtemp(server->folder));
	snprintf(server->path, sizeof(server->path), "%s/socket", server->folder);
	return server;
}

void fake_server_start(struct fake_server *server)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", server->path);
	server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server->listener, (struct sockaddr *)(void *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server->listener, 4), 0);
	assert_int_equal(pthread_create(&server->thread, NULL, serve_all, server), 0);
}

void fake_server_free(struct fake_server *server)
{
	sem_post(&server->resume);
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listener);
	unlink(server->path);
	rmdir(server->folder);
	hvb_vfu_message_free(&server->reply);
	sem_destroy(&server->resume);
	sem_destroy(&server->replied);
	pthread_mutex_destroy(&server->lock);
	free(server->notes);
	free(server);
}

void fake_server_bend(struct fake_server *server, enum fake_fault fault, unsigned command, unsigned skip)
{
	pthread_mutex_lock(&server->lock);
	server->fault = fault;
	server->fault_command = command;
	server->fault_skip = skip;
	pthread_mutex_unlock(&server->lock);
}

unsigned fake_server_count(struct fake_server *server, unsigned command)
{
	unsigned count = 0;

	pthread_mutex_lock(&server->lock);
	for (unsigned i = 0; i < server->note_count; i++)
		count += server->notes[i].header.command == command;
	pthread_mutex_unlock(&server->lock);
	return count;
}

struct fake_note fake_server_note(struct fake_server *server, unsigned command, unsigned i)
{
	struct fake_note found = { 0 };
	unsigned at = 0;

	pthread_mutex_lock(&server->lock);
	while (at < server->note_count && (server->notes[at].header.command != command || i--))
		at++;
	if (at < server->note_count)
		found = server->notes[at];
	pthread_mutex_unlock(&server->lock);
	assert_int_equal(found.header.command, command);
	return found;
}

void fake_server_forget(struct fake_server *server)
{
	pthread_mutex_lock(&server->lock);
	server->note_count = 0;
	pthread_mutex_unlock(&server->lock);
}

void *fake_server_memory(struct fake_server *server, uint64_t address)
{
	void *host = NULL;

	pthread_mutex_lock(&server->lock);
	for (unsigned i = 0; i < FAKE_MAPS; i++)
		if (server->maps[i].size && address - server->maps[i].address < server->maps[i].size)
			host = server->maps[i].host + (address - server->maps[i].address);
	pthread_mutex_unlock(&server->lock);
	return host;
}

int fake_server_dma(struct fake_server *server, bool twin, unsigned command, const void *request, size_t length,
		    unsigned char *body, size_t *body_length)
{
	struct hvb_vfu_header header = { .id = 77, .command = (uint16_t)command };
	struct hvb_vfu_message on_twin = { 0 }, *reply = twin ? &on_twin : &server->reply;
	int socket = twin ? server->twin : server->socket, err;

	assert_int_equal(hvb_vfu_send(socket, &header, request, length, NULL, 0, NULL, 0), 0);
	if (twin)
		assert_int_equal(hvb_vfu_receive(server->twin, &on_twin), 0);
	else
		sem_wait(&server->replied);
	assert_int_equal(reply->header.id, 77);
	assert_int_equal(reply->header.command, command);
	assert_int_equal(reply->header.flags & HVB_VFU_TYPE_MASK, HVB_VFU_REPLY);
	err = reply->header.flags & HVB_VFU_ERROR ? -(int)reply->header.error : 0;
	*body_length = reply->header.size - HEADER;
	if (*body_length)
		memcpy(body, reply->body, *body_length);
	hvb_vfu_message_free(reply);
	return err;
}
