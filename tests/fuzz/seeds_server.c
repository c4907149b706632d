/* SPDX-License-Identifier: MIT */
/* Conversations with the vfio-user server that go well, from which the fuzzer makes those that do not. */
#include "seeds_server.h"
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include "hvb_regs.h"
#include "sim/vfio_user.h"

#define BASE 0x100000ull

static void put(struct fuzz_seed *seed, const void *from, size_t size)
{
	memcpy(seed->data + seed->size, from, size);
	seed->size += size;
}

static void record(struct fuzz_seed *seed, unsigned kind, unsigned files, const void *body, size_t length)
{
	const uint8_t head[] = { (uint8_t)kind, (uint8_t)files, (uint8_t)length, (uint8_t)(length >> 8) };

	put(seed, head, sizeof(head));
	put(seed, body, length);
}

static void write_region(struct fuzz_seed *seed, unsigned kind, unsigned region, uint64_t offset, unsigned count,
			 uint64_t value)
{
	unsigned char body[sizeof(struct hvb_vfu_access) + 8];
	const struct hvb_vfu_access access = { offset, region, count };

	memcpy(body, &access, sizeof(access));
	memcpy(body + sizeof(access), &value, sizeof(value));
	record(seed, HVB_VFU_REGION_WRITE | kind, 0, body, sizeof(access) + count);
}

static void read_region(struct fuzz_seed *seed, unsigned region, uint64_t offset, unsigned count)
{
	const struct hvb_vfu_access access = { offset, region, count };

	record(seed, HVB_VFU_REGION_READ, 0, &access, sizeof(access));
}

static void map(struct fuzz_seed *seed, uint64_t address, uint64_t offset, uint64_t size, unsigned files)
{
	const struct hvb_vfu_dma_map body = { sizeof(body), 3, offset, address, size };

	record(seed, HVB_VFU_DMA_MAP, files, &body, sizeof(body));
}

static void unmap(struct fuzz_seed *seed, uint64_t address, uint64_t size)
{
	const struct hvb_vfu_dma_unmap body = { sizeof(body), 0, address, size };

	record(seed, HVB_VFU_DMA_UNMAP, 0, &body, sizeof(body));
}

static void irqs(struct fuzz_seed *seed, unsigned flags, unsigned index, unsigned start, unsigned count, unsigned files)
{
	const struct vfio_irq_set body = { sizeof(body), flags, index, start, count };

	record(seed, HVB_VFU_SET_IRQS, files, &body, sizeof(body));
}

static void signal_direct(struct fuzz_seed *seed, uint64_t iova)
{
	write_region(seed, 0, 7, 4, 2, 6);
	write_region(seed, 0, 7, 0x98, 2, 0x40);
	write_region(seed, FUZZ_NO_REPLY, HVB_BAR_CTRL, HVB_R_WORD_ADDR, 8, iova);
	write_region(seed, FUZZ_NO_REPLY, HVB_BAR_CTRL, HVB_R_WORD_ATTR, 8, HVB_WSTATE_ON);
	write_region(seed, FUZZ_NO_REPLY, HVB_BAR_CTRL, HVB_R_WORD_COMMIT, 8, 2047);
	write_region(seed, FUZZ_NO_REPLY, HVB_BAR_CTRL, HVB_R_DIRECT, 8, 3);
	read_region(seed, HVB_BAR_CTRL, HVB_R_DIRECT, 8);
}

static void seed_greeting(struct fuzz_seed *seed)
{
	static const char version[] = "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576}}";

	seed->data[0] |= FUZZ_GREET_NOT;
	record(seed, HVB_VFU_VERSION, 0, version, sizeof(version));
	record(seed, HVB_VFU_VERSION, 0, version, 4);
}

static void seed_information(struct fuzz_seed *seed)
{
	struct hvb_vfu_info info = { .argsz = sizeof(info) };
	struct vfio_region_info region = { .argsz = sizeof(region), .index = 4 };
	struct vfio_irq_info irq = { .argsz = sizeof(irq), .index = 2 };

	record(seed, HVB_VFU_GET_INFO, 0, &info, sizeof(info));
	record(seed, HVB_VFU_GET_REGION_INFO, 0, &region, sizeof(region));
	record(seed, HVB_VFU_GET_IRQ_INFO, 0, &irq, sizeof(irq));
	record(seed, HVB_VFU_GET_REGION_IO_FDS, 0, &irq, sizeof(irq));
	record(seed, 15, 0, &irq, sizeof(irq));
}

static void seed_configuration(struct fuzz_seed *seed)
{
	read_region(seed, 7, 0, 64);
	for (unsigned bar = 0x10; bar < 0x28; bar += 4)
		write_region(seed, 0, 7, bar, 4, UINT32_MAX);
	read_region(seed, 7, 0, 4096);
	write_region(seed, 0, 7, 0x44, 2, 3);
	write_region(seed, 0, 7, 0x53, 1, 0xc0);
	write_region(seed, 0, 7, 0x78, 2, 0x8000);
	record(seed, HVB_VFU_RESET, 0, NULL, 0);
}

static void seed_memory(struct fuzz_seed *seed)
{
	map(seed, BASE, 0, 0x8000, FUZZ_FILE(MEMORY, 1));
	map(seed, BASE + 0x8000, 0x8000, 0x8000, FUZZ_FILE(MEMORY, 1));
	map(seed, 0xfffc0000, 0, 0x40000, 0);
	signal_direct(seed, BASE + 8);
	unmap(seed, BASE, 0x8000);
	signal_direct(seed, BASE + 8);
	unmap(seed, 0xfef00000, 0xffffffff01100000);
}

static void seed_cut_short(struct fuzz_seed *seed)
{
	map(seed, BASE, 0, 0x10000, FUZZ_FILE(MEMORY, 1));
	map(seed, 0x400000, 0, 0x200000, FUZZ_FILE(HUGE, 1));
	record(seed, FUZZ_TRUNCATE, 1, NULL, 0);
	signal_direct(seed, BASE + 0x2000);
	signal_direct(seed, 0x400000);
}

static void seed_interrupts(struct fuzz_seed *seed)
{
	irqs(seed, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, 2, 0, 8, FUZZ_FILE(EVENT, 8));
	irqs(seed, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, 3, 0, 1, FUZZ_FILE(EVENT, 1));
	irqs(seed, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, 2, 3, 1, 0);
	irqs(seed, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER, 2, 0, 256, 0);
	irqs(seed, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER, 2, 0, 0, 0);
	record(seed, HVB_VFU_SET_IRQS, 0, "\x17\0\0\0\x22\0\0\0\2\0\0\0\0\0\0\0\3\0\0\0\1\0\1", 23);
	signal_direct(seed, BASE);
}

static void seed_doorbells(struct fuzz_seed *seed)
{
	write_region(seed, 0, 7, 4, 2, 6);
	write_region(seed, FUZZ_NO_REPLY, HVB_BAR_CTRL, HVB_W_PART, 8, HVB_PSTATE_ACTIVE);
	for (unsigned i = 0; i < 8; i++)
		write_region(seed, FUZZ_NO_REPLY, HVB_BAR_DOORBELL, 4096 * i, 8, i);
	read_region(seed, HVB_BAR_DOORBELL, 8, 8);
	read_region(seed, HVB_BAR_CTRL, 3, 61);
	write_region(seed, 0, HVB_BAR_MSIX, 0, 8, UINT64_MAX);
	read_region(seed, HVB_BAR_MSIX, 0x8000, 32);
}

/* Bytes that are no message: cut short, and a size that none has. */
static void seed_raw(struct fuzz_seed *seed)
{
	const struct hvb_vfu_header whole = { 1, HVB_VFU_RESET, sizeof(whole), 0, 0 };
	const struct hvb_vfu_header large = { 1, HVB_VFU_REGION_WRITE, UINT32_MAX, 0, 0 };

	record(seed, FUZZ_RAW, 0, &whole, 7);
	record(seed, FUZZ_RAW, FUZZ_FILE(PIPE, 2), (const char *)&whole + 7, 9);
	record(seed, FUZZ_RAW, 0, &large, sizeof(large));
}

int server_seed(unsigned number, struct fuzz_seed *seed)
{
	static const struct { const char *name; void (*make)(struct fuzz_seed *seed); } all[] = {
		{ "greeting", seed_greeting }, { "information", seed_information },
		{ "configuration", seed_configuration }, { "memory", seed_memory }, { "cut-short", seed_cut_short },
		{ "interrupts", seed_interrupts }, { "doorbells", seed_doorbells }, { "raw", seed_raw },
	};

	if (number >= sizeof(all) / sizeof(*all))
		return 0;
	*seed = (struct fuzz_seed){ .name = all[number].name, .size = 1 };
	all[number].make(seed);
	return 1;
}
