/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: the vfio-user client, against a server that answers as it should until the input bends an answer. Every
 * call must end, with an error or without; whatever the server says, it gets nothing but the memory it was given, and
 * nothing of a connection is left behind it.
 *
 * An input is bytes, one for each answer: from BEND on it is bent, as bend() says; behind the end no more is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include "card_under_fuzz.h"
#include "driver.h"
#include "tests/unit/fake_server.h"
#include "tests/unit/sim_helper.h"

#define BEND 0x80u
#define MEMORY_BYTES 8192u
#define RW (HVB_DMA_READ | HVB_DMA_WRITE)

static struct fake_server *server;
static struct fuzz_bytes in;
static uint8_t *memory;
static int event;

/* The server's own command: reads or writes memory of the client, or something else. */
static void ask_client(int socket)
{
	struct hvb_vfu_header header = { .id = 99, .command = (uint16_t)fuzz_take(&in, 1) };
	struct hvb_vfu_dma_access request = { .address = fuzz_take(&in, 8), .count = fuzz_take(&in, 2) };
	uint8_t data[64] = { 0 };

	hvb_vfu_send(socket, &header, &request, sizeof(request), data, fuzz_take(&in, 1) % sizeof(data), NULL, 0);
}

/* Called before an answer is sent. */
static void bend(void *arg, struct hvb_vfu_header *reply, unsigned char *body, size_t *length, size_t room)
{
	uint8_t how = (uint8_t)fuzz_take(&in, 1);

	(void)arg;
	if (how < BEND)
		return;
	switch (how % 10) {
	case 0:
		reply->flags |= HVB_VFU_ERROR;
		reply->error = (uint32_t)fuzz_take(&in, 1);
		break;
	case 1:
		reply->id ^= (uint16_t)fuzz_take(&in, 1);
		break;
	case 2:
		reply->command = (uint16_t)fuzz_take(&in, 1);
		break;
	case 3:
		reply->flags = (uint32_t)fuzz_take(&in, 1);
		if ((reply->flags & HVB_VFU_TYPE_MASK) == HVB_VFU_REPLY)
			break;
		/* no answer: the client would wait a minute for one that comes */
		hvb_vfu_send(server->socket, reply, body, *length, NULL, 0, NULL, 0);
		shutdown(server->socket, SHUT_RDWR);
		break;
	case 4:
		*length = fuzz_take(&in, 2) % room;
		break;
	case 5:
		ask_client(server->socket);
		break;
	case 6:
		shutdown(server->socket, SHUT_RDWR);
		break;
	default:
		for (unsigned n = how % 10 - 6; n && *length; n--) {
			size_t at = fuzz_take(&in, 1) % *length, some = fuzz_take(&in, 1) % 9;
			uint64_t value = fuzz_take(&in, some);

			memcpy(body + at, &value, some < *length - at ? some : *length - at);
		}
	}
}

static void start(void)
{
	if (server)
		return;
	server = fake_server_new();
	server->script = bend;
	fake_server_start(server);
	memory = aligned_alloc(4096, MEMORY_BYTES);
	event = eventfd(0, EFD_CLOEXEC);
}

static void use(struct hvb_dev *dev)
{
	struct hvb_region info;
	uint64_t value, iova;
	unsigned count;
	void *mapped;

	for (unsigned region = 0; region < 9; region++)
		dev->ops->region_info(dev, region, &info);
	dev->ops->irq_count(dev, HVB_IRQ_MSIX, &count);
	dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 1, &event);
	if (!dev->ops->region_map(dev, HVB_REGION_BAR2, 0, 4096, &mapped))
		dev->ops->region_unmap(dev, mapped, 4096);
	if (!dev->ops->dma_map(dev, memory, MEMORY_BYTES, RW, &iova)) {
		hvb_dev_write64(dev, HVB_REGION_BAR2, 0, 1);
		hvb_dev_read64(dev, HVB_REGION_BAR0, 0, &value);
		hvb_dev_read64(dev, HVB_REGION_BAR0, 8, &value);
		dev->ops->dma_unmap(dev, iova, MEMORY_BYTES);
	}
	dev->ops->reset(dev);
	hvb_dev_read64(dev, HVB_REGION_BAR0, 0, &value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hvb_dev *dev = NULL;
	struct hvb_diag diag = { 0 };
	unsigned before;
	char url[128];

	start();
	before = sim_entries("/proc/self/task");
	in = (struct fuzz_bytes){ data, size };
	snprintf(url, sizeof(url), "vfio-user:%s", server->path);
	if (!hvb_dev_open(url, &dev, &diag))
		use(dev);
	else if (!diag.what[0])
		abort();
	hvb_dev_close(dev);
	/* a thread that was joined is listed for a moment more */
	for (unsigned n = 0; sim_entries("/proc/self/task") > before; n++) {
		if (n == 1000)
			abort();
		usleep(1000);
	}
	return 0;
}

#ifndef LIBFUZZER
int main(int argc, char **argv)
{
	const struct fuzz_target target = { .name = "client", .runs = 3000 };

	return fuzz_main(&target, argc, argv);
}
#endif
