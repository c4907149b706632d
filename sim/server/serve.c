/* SPDX-License-Identifier: MIT */
/*
 * One client, message after message: each is checked, done and answered before the next is looked at. That is what the
 * protocol's order means: a read comes behind every posted write before it, and an unmapped range is out of use
 * when the answer says so. What a message lacks gets an error reply; what is no message at all ends the connection.
 */
#include <errno.h>
#include <json-c/json.h>
#include <linux/vfio.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/vectors.h"
#include "state.h"

#define CAPABILITIES "{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576}}"

/* A message on its way: what it says, and the answer's body. */
struct exchange {
	struct hvb_server *server;
	const unsigned char *body;
	size_t length;
	const struct hvb_vfu_message *message;
	unsigned char fixed[64];         /* the answer's beginning */
	size_t fixed_length;
	const unsigned char *data;       /* and the rest */
	size_t data_length;
	unsigned char *space;            /* HVB_VFU_DATA_MAX bytes for data */
};

void server_log(const struct hvb_server *server, enum hvb_server_log level, const char *format, ...)
{
	char line[256];
	va_list args;

	if (server->log < level)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	fprintf(stderr, "hvbell-sim: %s\n", line);
}

/* Takes the fixed part of a body; false where the body is shorter. */
static bool take(const struct exchange *x, void *to, size_t size)
{
	if (x->length < size)
		return false;
	memcpy(to, x->body, size);
	return true;
}

static void put(struct exchange *x, const void *from, size_t size)
{
	memcpy(x->fixed, from, size);
	x->fixed_length = size;
}

/* The client's capabilities are heard and not needed: nothing is ever asked of it. */
static int version(struct exchange *x)
{
	struct hvb_vfu_version asked, own = { 0, 0 };
	const char *text = (const char *)x->body + sizeof(asked);
	struct json_object *capabilities;

	if (!take(x, &asked, sizeof(asked)) || asked.major != own.major || x->length > HVB_VFU_JSON_MAX)
		return -EINVAL;
	put(x, &own, sizeof(own));
	if (x->length == sizeof(asked))
		return 0;
	if (x->body[x->length - 1])
		return -EINVAL;
	capabilities = json_tokener_parse(text);
	if (!capabilities)
		return -EINVAL;
	json_object_put(capabilities);
	/* a client may have no more room for the answer than its question took; without one, defaults hold */
	if (x->length - sizeof(asked) >= sizeof(CAPABILITIES)) {
		x->data = (const unsigned char *)CAPABILITIES;
		x->data_length = sizeof(CAPABILITIES);
	}
	return 0;
}

static int dma_map(struct exchange *x)
{
	struct hvb_vfu_dma_map map;

	if (!take(x, &map, sizeof(map)) || map.argsz < sizeof(map) || x->message->fd_count > 1)
		return -EINVAL;
	return server_dma_map(x->server, &map, x->message->fd_count ? x->message->fds[0] : -1);
}

/* A range that ends at the top of the address space has a size that wraps it to 0; beyond, it ends there. */
static int dma_unmap(struct exchange *x)
{
	struct hvb_vfu_dma_unmap unmap;
	uint64_t last;

	if (!take(x, &unmap, sizeof(unmap)) || unmap.argsz < sizeof(unmap) || (unmap.flags & ~HVB_VFU_UNMAP_ALL))
		return -EINVAL;
	put(x, &unmap, sizeof(unmap));
	if (unmap.flags & HVB_VFU_UNMAP_ALL)
		return server_dma_unmap(x->server, 0, UINT64_MAX);
	if (!unmap.size)
		return -EINVAL;
	last = unmap.address + (unmap.size - 1);
	return server_dma_unmap(x->server, unmap.address, last < unmap.address ? UINT64_MAX : last);
}

static int get_info(struct exchange *x)
{
	struct hvb_vfu_info info;

	if (!take(x, &info, sizeof(info)) || info.argsz < sizeof(info))
		return -EINVAL;
	info = (struct hvb_vfu_info){ .argsz = sizeof(info), .flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI,
				      .regions = SERVER_REGIONS, .irqs = SERVER_IRQS };
	put(x, &info, sizeof(info));
	return 0;
}

/* No region can be mapped: a store that made no message would make no TLP. */
static int get_region_info(struct exchange *x)
{
	struct vfio_region_info info;

	if (!take(x, &info, sizeof(info)) || info.argsz < sizeof(info) || info.index >= SERVER_REGIONS)
		return -EINVAL;
	info = (struct vfio_region_info){ .argsz = sizeof(info), .index = info.index,
					  .size = server_region_size(x->server, info.index) };
	if (info.size)
		info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	put(x, &info, sizeof(info));
	return 0;
}

static int get_irq_info(struct exchange *x)
{
	struct vfio_irq_info info;

	if (!take(x, &info, sizeof(info)) || info.argsz < sizeof(info) || info.index >= SERVER_IRQS)
		return -EINVAL;
	info = (struct vfio_irq_info){ .argsz = sizeof(info), .index = info.index,
				       .count = server_irq_count(x->server, info.index) };
	if (info.count)
		info.flags = VFIO_IRQ_INFO_EVENTFD;
	put(x, &info, sizeof(info));
	return 0;
}

static int set_irqs(struct exchange *x)
{
	return server_set_irqs(x->server, x->body, x->length, x->message->fds, x->message->fd_count);
}

static int region_read(struct exchange *x)
{
	struct hvb_vfu_access access;
	int err;

	if (!take(x, &access, sizeof(access)))
		return -EINVAL;
	err = server_region_read(x->server, &access, x->space);
	put(x, &access, sizeof(access));
	x->data = x->space;
	x->data_length = access.count;
	return err;
}

static int region_write(struct exchange *x)
{
	struct hvb_vfu_access access;

	if (!take(x, &access, sizeof(access)) || x->length - sizeof(access) != access.count)
		return -EINVAL;
	put(x, &access, sizeof(access));
	return server_region_write(x->server, &access, x->body + sizeof(access));
}

static int reset(struct exchange *x)
{
	return server_reset(x->server);
}

static const struct {
	const char *name;
	int (*run)(struct exchange *x);
	bool fds;                        /* descriptors may come with it */
} commands[] = {
	[HVB_VFU_VERSION] = { "VERSION", version, false },
	[HVB_VFU_DMA_MAP] = { "DMA_MAP", dma_map, true },
	[HVB_VFU_DMA_UNMAP] = { "DMA_UNMAP", dma_unmap, false },
	[HVB_VFU_GET_INFO] = { "DEVICE_GET_INFO", get_info, false },
	[HVB_VFU_GET_REGION_INFO] = { "DEVICE_GET_REGION_INFO", get_region_info, false },
	[HVB_VFU_GET_IRQ_INFO] = { "DEVICE_GET_IRQ_INFO", get_irq_info, false },
	[HVB_VFU_SET_IRQS] = { "DEVICE_SET_IRQS", set_irqs, true },
	[HVB_VFU_REGION_READ] = { "REGION_READ", region_read, false },
	[HVB_VFU_REGION_WRITE] = { "REGION_WRITE", region_write, false },
	[HVB_VFU_RESET] = { "DEVICE_RESET", reset, false },
};

static const char *name_of(unsigned command)
{
	return command < sizeof(commands) / sizeof(*commands) && commands[command].name ? commands[command].name : "?";
}

static int execute(struct exchange *x, unsigned command)
{
	if (command >= sizeof(commands) / sizeof(*commands) || !commands[command].run)
		return -ENOSYS;
	if (x->message->fd_count && !commands[command].fds)
		return -EINVAL;
	return commands[command].run(x);
}

/* The card's own errors are not the client's fault, but it must know of them. */
static void tell(struct hvb_server *server, const struct hvb_vfu_header *header, int err)
{
	char why[HVB_CARD_WHY];

	if (err)
		server_log(server, HVB_SERVER_ERROR, "%s (command %u, message %u, %u bytes) refused: %s",
			   name_of(header->command), header->command, header->id, header->size,
			   hvb_card_why(server->card, why) == err ? why : strerror(-err));
	else
		server_log(server, HVB_SERVER_TRACE, "%s, message %u, %u bytes", name_of(header->command), header->id,
			   header->size);
}

static int answer(int socket, struct exchange *x, int err)
{
	struct hvb_vfu_header reply = { .id = x->message->header.id, .command = x->message->header.command,
					.flags = HVB_VFU_REPLY };

	if (x->message->header.flags & HVB_VFU_NO_REPLY)
		return 0;
	if (!err)
		return hvb_vfu_send(socket, &reply, x->fixed, x->fixed_length, x->data, x->data_length, NULL, 0);
	reply.flags |= HVB_VFU_ERROR;
	reply.error = (uint32_t)-err;
	return hvb_vfu_send(socket, &reply, NULL, 0, NULL, 0, NULL, 0);
}

/* One message; *greeted once versions are agreed, before which nothing else is done. */
static int handle(struct hvb_server *server, int socket, const struct hvb_vfu_message *message, unsigned char *space,
		  bool *greeted)
{
	struct exchange x = { .server = server, .body = message->body, .message = message, .space = space,
			      .length = message->header.size - sizeof(message->header) };
	const struct hvb_vfu_header *header = &message->header;
	bool greeting = header->command == HVB_VFU_VERSION;
	int err, sent;

	if ((header->flags & HVB_VFU_TYPE_MASK) || (header->flags & HVB_VFU_ERROR)) {
		server_log(server, HVB_SERVER_ERROR, "a reply (command %u, message %u) to no question: disconnected",
			   header->command, header->id);
		return -EPROTO;
	}
	err = greeting == *greeted ? -EINVAL : execute(&x, header->command);
	tell(server, header, err);
	sent = answer(socket, &x, err);
	if (!*greeted && err)
		return -EPROTO;
	*greeted = true;
	return sent;
}

static int converse(struct hvb_server *server, int socket, unsigned char *space)
{
	struct hvb_vfu_message message = { 0 };
	bool greeted = false;
	int err;

	do {
		err = hvb_vfu_receive(socket, &message);
		if (err == -EPROTO)
			server_log(server, HVB_SERVER_ERROR,
				   "%u bytes that are no message, or one cut short: disconnected", message.header.size);
		if (!err)
			err = handle(server, socket, &message, space, &greeted);
	} while (!err);
	hvb_vfu_message_free(&message);
	return err == -EPIPE ? 0 : err;
}

/* Reset first, so that nothing of the card is on its way to what is taken from it then. */
static void clear_away(struct hvb_server *server)
{
	int err;

	server_irqs_drop(server);
	err = server_reset(server);
	if (err)
		server_log(server, HVB_SERVER_ERROR, "the card's reset failed: %s", strerror(-err));
	server_dma_unmap(server, 0, UINT64_MAX);
}

int hvb_server_serve(struct hvb_server *server, int socket)
{
	unsigned char *space = malloc(HVB_VFU_DATA_MAX);
	int err;

	if (!space)
		return -ENOMEM;
	server_log(server, HVB_SERVER_INFO, "a client is here");
	err = converse(server, socket, space);
	free(space);
	clear_away(server);
	server_log(server, HVB_SERVER_INFO, "the client is gone");
	return err;
}

int hvb_server_new(const struct hvb_sim_options *options, enum hvb_server_log log, struct hvb_server **server,
		   char why[HVB_CARD_WHY])
{
	struct hvb_server *made = calloc(1, sizeof(*made));
	int err;

	if (!made) {
		snprintf(why, HVB_CARD_WHY, "no memory for a server");
		return -ENOMEM;
	}
	made->log = log;
	made->notice[0] = made->notice[1] = -1;
	pthread_mutex_init(&made->notice_lock, NULL);
	err = guard_install();
	if (err)
		snprintf(why, HVB_CARD_WHY, "the handler of SIGBUS failed: %s", strerror(-err));
	else
		err = hvb_card_open(options, &made->card, why);
	if (!err) {
		made->vectors = hvb_card_vectors(made->card);
		err = server_config_init(made);
		if (!err)
			err = server_reset(made);
		if (err)
			hvb_card_why(made->card, why);
	}
	if (err) {
		hvb_server_free(made);
		return err;
	}
	*server = made;
	return 0;
}

int hvb_server_free(struct hvb_server *server)
{
	int err;

	if (!server)
		return 0;
	err = hvb_card_close(server->card);
	pthread_mutex_destroy(&server->notice_lock);
	free(server);
	return err;
}
