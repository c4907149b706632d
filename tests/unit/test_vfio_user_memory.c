/* SPDX-License-Identifier: MIT */
/* The vfio-user backend's memory: given to a server by descriptor, taken back, read and written by its messages; and
 * regions of the server that can be mapped. */
#include "sim_helper.h"
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "fake_server.h"

#define RW (HVB_DMA_READ | HVB_DMA_WRITE)
#define PAGE 4096u

static struct fake_server *server;
static struct hvb_dev *dev;
static unsigned fds_before;

static int make_server(void **state)
{
	(void)state;
	dev = NULL;
	fds_before = sim_entries("/proc/self/fd");
	server = fake_server_new();
	return 0;
}

static int free_server(void **state)
{
	(void)state;
	hvb_dev_close(dev);
	fake_server_free(server);
	assert_int_equal(sim_entries("/proc/self/fd"), fds_before);
	return 0;
}

static int try_open(void)
{
	char url[128];

	snprintf(url, sizeof(url), "vfio-user:%s", server->path);
	return hvb_dev_open(url, &dev, NULL);
}

static void must_open(void)
{
	fake_server_start(server);
	assert_int_equal(try_open(), 0);
}

static unsigned char *pages(unsigned count)
{
	unsigned char *memory = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);
	for (unsigned i = 0; i < count * PAGE; i++)
		memory[i] = (unsigned char)(i * 7 + i / PAGE);
	return memory;
}

/* Whether a page is private memory, by what /proc/self/maps says. */
static bool is_private(const void *page)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	char line[512], rights[5] = "";

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %4s", &start, &end, rights) == 3 && (uintptr_t)page >= start &&
		    (uintptr_t)page < end)
			break;
	fclose(maps);
	return rights[3] == 'p';
}

static void map_fields(uint64_t iova, size_t len, unsigned flags)
{
	unsigned last = fake_server_count(server, HVB_VFU_DMA_MAP) - 1;
	struct fake_note note = fake_server_note(server, HVB_VFU_DMA_MAP, last);
	struct hvb_vfu_dma_map map;

	assert_int_equal(note.length, sizeof(map));
	assert_int_equal(note.fd_count, 1);
	memcpy(&map, note.body, sizeof(map));
	assert_int_equal(map.argsz, 32);
	assert_int_equal(map.flags, flags);
	assert_int_equal(map.address, iova);
	assert_int_equal(map.size, len);
}

/* The middle of a larger mapping is replaced and put back: nothing around it moves, and each side sees the other. */
static void in_place(void **state)
{
	unsigned char *memory = pages(5), *theirs;
	uint64_t iova, other;

	(void)state;
	must_open();
	assert_int_equal(dev->ops->dma_map(dev, memory + PAGE, 2 * PAGE, RW, &iova), 0);
	assert_true(iova >= 1ull << 32 && iova % PAGE == 0);
	map_fields(iova, 2 * PAGE, RW);
	for (unsigned i = 0; i < 5 * PAGE; i++)
		assert_int_equal(memory[i], (unsigned char)(i * 7 + i / PAGE));
	assert_true(is_private(memory) && !is_private(memory + PAGE) && is_private(memory + 3 * PAGE));
	theirs = fake_server_memory(server, iova + PAGE);
	assert_int_equal(*theirs, memory[2 * PAGE]);
	__atomic_store_n(theirs, 0xa5, __ATOMIC_SEQ_CST);
	assert_int_equal(memory[2 * PAGE], 0xa5);
	memory[2 * PAGE + 1] = 0x5a;
	assert_int_equal(theirs[1], 0x5a);
	assert_int_equal(dev->ops->dma_map(dev, memory + 2 * PAGE, PAGE, RW, &other), -EEXIST);

	assert_int_equal(dev->ops->dma_unmap(dev, iova, PAGE), -ENOENT);
	assert_int_equal(dev->ops->dma_unmap(dev, iova + PAGE, 2 * PAGE), -ENOENT);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 2 * PAGE), 0);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 2 * PAGE), -ENOENT);
	assert_null(fake_server_memory(server, iova));
	assert_true(is_private(memory + PAGE));
	for (unsigned i = 0; i < 5 * PAGE; i++)
		if (i - 2 * PAGE > 1)
			assert_int_equal(memory[i], (unsigned char)(i * 7 + i / PAGE));
	assert_int_equal(memory[2 * PAGE], 0xa5);
	assert_int_equal(memory[2 * PAGE + 1], 0x5a);
	/* an address that was given back is not used at once again */
	assert_int_equal(dev->ops->dma_map(dev, memory, PAGE, HVB_DMA_READ, &other), 0);
	assert_true(other >= iova + 2 * PAGE);
	map_fields(other, PAGE, HVB_DMA_READ);
	/* other memory in its place, too early: the card's end must not touch that */
	assert_ptr_equal(mmap(memory, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 memory);
	assert_int_equal(dev->ops->dma_map(dev, memory + 4 * PAGE, PAGE, RW, &iova), 0);
	munmap(memory + 4 * PAGE, PAGE);
	hvb_dev_close(dev);
	dev = NULL;
	assert_false(is_private(memory));
	munmap(memory, 4 * PAGE);
}

static void heap(void **state)
{
	uint64_t *first = sim_page(), *second = sim_page(), iova[2];

	(void)state;
	must_open();
	first[5] = 55;
	second[6] = 66;
	assert_int_equal(dev->ops->dma_map(dev, first, PAGE, RW, &iova[0]), 0);
	assert_int_equal(dev->ops->dma_map(dev, second, PAGE, RW, &iova[1]), 0);
	*(uint64_t *)fake_server_memory(server, iova[0] + 64) = 88;
	assert_int_equal(dev->ops->dma_unmap(dev, iova[0], PAGE), 0);
	*(uint64_t *)fake_server_memory(server, iova[1] + 64) = 99;
	hvb_dev_close(dev);                     /* takes the other one back */
	dev = NULL;
	assert_true(is_private(first) && is_private(second));
	assert_int_equal(first[5], 55);
	assert_int_equal(first[8], 88);
	assert_int_equal(second[6], 66);
	assert_int_equal(second[8], 99);
	free(first);
	free(second);
}

/* A mapping of a file goes out as it is. */
static void shared_memory(void **state)
{
	int fd = memfd_create("test", MFD_CLOEXEC);
	struct fake_note note;
	struct hvb_vfu_dma_map map;
	unsigned char *memory;
	uint64_t iova, twice;

	(void)state;
	must_open();
	assert_int_equal(ftruncate(fd, 8 * PAGE), 0);
	memory = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 2 * PAGE);
	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_int_equal(dev->ops->dma_map(dev, memory + PAGE, 2 * PAGE, RW, &iova), 0);
	assert_int_equal(dev->ops->dma_map(dev, memory + PAGE, PAGE, RW, &twice), 0);
	note = fake_server_note(server, HVB_VFU_DMA_MAP, 0);
	memcpy(&map, note.body, sizeof(map));
	assert_int_equal(map.offset, 3 * PAGE);
	memory[PAGE + 9] = 42;
	assert_int_equal(((unsigned char *)fake_server_memory(server, iova))[9], 42);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 2 * PAGE), 0);
	assert_false(is_private(memory + PAGE));
	assert_int_equal(memory[PAGE + 9], 42);
	/* one half private, one half a file's */
	assert_ptr_equal(mmap(memory + 3 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			      -1, 0), memory + 3 * PAGE);
	assert_int_equal(dev->ops->dma_map(dev, memory + 2 * PAGE, 2 * PAGE, RW, &iova), -ENOTSUP);
	munmap(memory, 4 * PAGE);
	close(fd);
}

static void wrong_memory(void **state)
{
	unsigned char *memory = pages(3);
	uint64_t iova;

	(void)state;
	server->json = "{\"capabilities\":{\"max_dma_maps\":1}}";
	must_open();
	munmap(memory + PAGE, PAGE);
	assert_int_equal(dev->ops->dma_map(dev, memory, 3 * PAGE, RW, &iova), -EINVAL);
	assert_int_equal(dev->ops->dma_map(dev, memory + PAGE, PAGE, RW, &iova), -EINVAL);
	assert_int_equal(dev->ops->dma_map(dev, memory + 1, PAGE, RW, &iova), -EINVAL);
	assert_int_equal(dev->ops->dma_map(dev, memory, PAGE - 1, RW, &iova), -EINVAL);
	assert_int_equal(dev->ops->dma_map(dev, memory, 0, RW, &iova), -EINVAL);
	assert_int_equal(dev->ops->dma_map(dev, memory, (size_t)0 - PAGE, RW, &iova), -EINVAL);
	assert_int_equal(dev->ops->dma_map(dev, NULL, PAGE, RW, &iova), -EINVAL);
	assert_int_equal(dev->ops->dma_map(dev, memory, PAGE, 0, &iova), -EINVAL);
	assert_int_equal(dev->ops->dma_map(dev, memory, PAGE, 4, &iova), -EINVAL);
	mprotect(memory, PAGE, PROT_READ);
	assert_int_equal(dev->ops->dma_map(dev, memory, PAGE, RW, &iova), -EINVAL);
	assert_int_equal(dev->ops->dma_map(dev, memory, PAGE, HVB_DMA_READ, &iova), 0);
	assert_int_equal(dev->ops->dma_map(dev, memory + 2 * PAGE, PAGE, RW, &iova), -ENOSPC);
	hvb_dev_close(dev);
	dev = NULL;
	assert_true(is_private(memory));
	munmap(memory, PAGE);
	munmap(memory + 2 * PAGE, PAGE);
}

static int server_dma(bool twin, unsigned command, uint64_t address, uint64_t count, const void *data, void *result)
{
	static unsigned char body[HVB_VFU_BODY_MAX], request[HVB_VFU_BODY_MAX];
	struct hvb_vfu_dma_access access = { address, count };
	bool write = command == HVB_VFU_DMA_WRITE;
	size_t length;
	int err;

	memcpy(request, &access, sizeof(access));
	if (write)
		memcpy(request + sizeof(access), data, count);
	err = fake_server_dma(server, twin, command, request, sizeof(access) + (write ? count : 0), body, &length);
	assert_int_equal(length, err ? 0 : sizeof(access) + (write ? 0 : count));
	if (err)
		return err;
	assert_memory_equal(body, &access, sizeof(access));
	if (!write)
		memcpy(result, body + sizeof(access), count);
	return 0;
}

/* What the server refuses is as it was before; what is behind a dead connection is the caller's again. */
static void refused_memory(void **state)
{
	unsigned char *memory = pages(1);
	struct hvb_vfu_dma_map map;
	struct fake_note note;
	uint64_t iova = 0, got;

	(void)state;
	must_open();
	server->fault_error = EEXIST;
	fake_server_bend(server, FAULT_ERROR, HVB_VFU_DMA_MAP, 0);
	assert_int_equal(dev->ops->dma_map(dev, memory, PAGE, RW, &iova), -EEXIST);
	assert_true(is_private(memory));
	assert_int_equal(memory[100], (unsigned char)700);
	note = fake_server_note(server, HVB_VFU_DMA_MAP, 0);
	memcpy(&map, note.body, sizeof(map));
	assert_int_equal(server_dma(false, HVB_VFU_DMA_READ, map.address, 8, NULL, &got), -EFAULT);
	assert_int_equal(dev->ops->dma_map(dev, memory, PAGE, RW, &iova), 0);
	server->fault_error = EIO;
	fake_server_bend(server, FAULT_ERROR, HVB_VFU_DMA_UNMAP, 0);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, PAGE), -EIO);
	assert_false(is_private(memory));       /* it may be in use */
	assert_int_equal(dev->ops->dma_unmap(dev, iova, PAGE), 0);
	for (unsigned i = 0; i < 3; i++) {
		static const enum fake_fault faults[] = { FAULT_DIE, FAULT_ECHO, FAULT_SHORT };

		assert_int_equal(dev->ops->dma_map(dev, memory, PAGE, RW, &iova), 0);
		fake_server_bend(server, faults[i], HVB_VFU_DMA_UNMAP, 0);
		assert_int_equal(dev->ops->dma_unmap(dev, iova, PAGE), -ENODEV);
		assert_true(is_private(memory));
		assert_int_equal(dev->ops->dma_unmap(dev, iova, PAGE), -ENOENT);
		hvb_dev_close(dev);
		assert_int_equal(try_open(), 0);
	}
	fake_server_bend(server, FAULT_DIE, HVB_VFU_DMA_MAP, 0);
	assert_int_equal(dev->ops->dma_map(dev, memory, PAGE, RW, &iova), -ENODEV);
	assert_true(is_private(memory));
	assert_int_equal(memory[100], (unsigned char)700);
	munmap(memory, PAGE);
}

static void messages(bool twin)
{
	static unsigned char got[HVB_VFU_DATA_MAX];
	unsigned char *memory = pages(2), *constant = pages(1);
	uint64_t iova, fixed, value = 0x1234567890abcdef, junk[5] = { 0 };
	size_t length;

	must_open();
	assert_int_equal(dev->ops->dma_map(dev, memory, 2 * PAGE, RW, &iova), 0);
	assert_int_equal(dev->ops->dma_map(dev, constant, PAGE, HVB_DMA_READ, &fixed), 0);
	assert_int_equal(server_dma(twin, HVB_VFU_DMA_READ, iova + PAGE, 1000, NULL, got), 0);
	assert_memory_equal(got, memory + PAGE, 1000);
	assert_int_equal(server_dma(twin, HVB_VFU_DMA_READ, iova + 3, 13, NULL, got), 0);
	assert_memory_equal(got, memory + 3, 13);
	assert_int_equal(server_dma(twin, HVB_VFU_DMA_WRITE, iova + 16, 8, &value, NULL), 0);
	assert_memory_equal(memory + 16, &value, 8);
	assert_int_equal(server_dma(twin, HVB_VFU_DMA_WRITE, iova + 41, 3, &value, NULL), 0);
	assert_memory_equal(memory + 41, &value, 3);
	assert_int_equal(memory[44], (unsigned char)(44 * 7));
	/* a long reply on the main socket could be mixed with somebody's write */
	assert_int_equal(server_dma(twin, HVB_VFU_DMA_READ, iova, 2 * PAGE, NULL, got), twin ? 0 : -E2BIG);
	/* outside, across the end, against the rights, of no length */
	assert_int_equal(server_dma(twin, HVB_VFU_DMA_READ, iova - 8, 8, NULL, got), -EFAULT);
	assert_int_equal(server_dma(twin, HVB_VFU_DMA_READ, iova + 2 * PAGE - 4, 8, NULL, got), -EFAULT);
	assert_int_equal(server_dma(twin, HVB_VFU_DMA_READ, UINT64_MAX - 3, 8, NULL, got), -EFAULT);
	assert_int_equal(server_dma(twin, HVB_VFU_DMA_WRITE, fixed, 8, &value, NULL), -EFAULT);
	assert_int_equal(constant[0], 0);
	assert_int_equal(server_dma(twin, HVB_VFU_DMA_READ, iova, 0, NULL, got), -EINVAL);
	assert_int_equal(server_dma(twin, HVB_VFU_DMA_READ, iova, HVB_VFU_DATA_MAX + 1ul, NULL, got), -E2BIG);
	assert_int_equal(server_dma(twin, HVB_VFU_DMA_READ, iova, UINT64_MAX, NULL, got), -E2BIG);
	junk[0] = iova;
	junk[1] = 8;                            /* bytes, it says */
	assert_int_equal(fake_server_dma(server, twin, HVB_VFU_DMA_READ, junk, 15, got, &length), -EINVAL);
	assert_int_equal(fake_server_dma(server, twin, HVB_VFU_DMA_READ, junk, 24, got, &length), -EINVAL);
	assert_int_equal(fake_server_dma(server, twin, HVB_VFU_DMA_WRITE, junk, 40, got, &length), -EINVAL);
	assert_int_equal(fake_server_dma(server, twin, HVB_VFU_GET_INFO, junk, 16, got, &length), -ENOSYS);
	assert_int_equal(fake_server_dma(server, twin, 999, junk, 0, got, &length), -ENOSYS);
	assert_int_equal(sim_stat(dev, "dma_writes"), 2);
	assert_int_equal(sim_stat(dev, "dma_reads"), twin ? 3 : 2);
	assert_int_equal(sim_stat(dev, "dma_denied"), twin ? 12 : 13);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 2 * PAGE), 0);
	assert_int_equal(server_dma(twin, HVB_VFU_DMA_WRITE, iova, 8, &value, NULL), -EFAULT);
	/* and all the while requests work */
	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, 0, &value), 0);
	assert_int_equal(dev->ops->dma_unmap(dev, fixed, PAGE), 0);
	munmap(memory, 2 * PAGE);
	munmap(constant, PAGE);
}

static void main_messages(void **state)
{
	(void)state;
	messages(false);
}

static void twin_messages(void **state)
{
	(void)state;
	server->json = "{\"capabilities\":{\"twin_socket\":{\"supported\":true,\"fd_index\":0}}}";
	server->twin_offered = true;
	messages(true);
}

static void *read_gone(void *arg)
{
	uint64_t value;

	*(int *)arg = hvb_dev_read64(dev, HVB_REGION_BAR0, 0, &value);
	return NULL;
}

/* A good reply, but on the twin. */
static void twin_violation(void **state)
{
	struct { struct hvb_vfu_access access; uint64_t data; } body = { .access.count = 8 };
	struct hvb_vfu_header reply = { .command = HVB_VFU_REGION_READ, .flags = HVB_VFU_REPLY };
	pthread_t thread;
	int err = 0;

	(void)state;
	server->json = "{\"capabilities\":{\"twin_socket\":{\"supported\":true,\"fd_index\":0}}}";
	server->twin_offered = true;
	must_open();
	server->hold = 2;
	fake_server_forget(server);
	assert_int_equal(pthread_create(&thread, NULL, read_gone, &err), 0);
	while (!fake_server_count(server, HVB_VFU_REGION_READ))
		usleep(1000);
	reply.id = fake_server_note(server, HVB_VFU_REGION_READ, 0).header.id;
	pthread_mutex_lock(&server->lock);      /* which closes it as soon as the client is gone */
	assert_int_equal(hvb_vfu_send(server->twin, &reply, &body, sizeof(body), NULL, 0, NULL, 0), 0);
	pthread_mutex_unlock(&server->lock);
	pthread_join(thread, NULL);
	assert_int_equal(err, -ENODEV);
}

/* Descriptor and areas; what is outside of an area, or of the file, is not mapped. */
static void mapped_regions(void **state)
{
	struct {
		struct vfio_region_info_cap_type other;
		struct vfio_region_info_cap_sparse_mmap sparse;
		struct vfio_region_sparse_mmap_area areas[2];
	} caps = {
		.other.header = { .id = VFIO_REGION_INFO_CAP_TYPE, .next = 32 + sizeof(caps.other) },
		.sparse = { .header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP, .nr_areas = 2 },
		.areas = { { 0, 0 }, { PAGE, PAGE } },
	};
	int fd = memfd_create("region", MFD_CLOEXEC);
	struct hvb_region info;
	void *map = NULL;

	(void)state;
	assert_int_equal(ftruncate(fd, PAGE + FAKE_BAR_BYTES), 0);
	assert_int_equal(pwrite(fd, "doorbell", 8, 2 * PAGE), 8);
	server->regions[2] = (struct fake_region){ .flags = 7 | VFIO_REGION_INFO_FLAG_CAPS, .caps = &caps, .fd = fd,
						   .caps_length = sizeof(caps), .fd_offset = PAGE };
	server->regions[0] = (struct fake_region){ .flags = 7, .fd = fd, .fd_offset = 2 * PAGE };
	server->regions[4] = (struct fake_region){ .flags = 3, .fd = fd };
	must_open();
	assert_int_equal(dev->ops->region_info(dev, HVB_REGION_BAR2, &info), 0);
	assert_int_equal(info.flags, HVB_REGION_CAN_MAP);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, PAGE, PAGE, &map), 0);
	assert_memory_equal(map, "doorbell", 8);
	assert_int_equal(dev->ops->region_unmap(dev, map, PAGE), 0);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, 0, PAGE, &map), -ENOTSUP);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, PAGE, 2 * PAGE, &map), -ENOTSUP);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, PAGE, 0, &map), -EINVAL);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, 0ull - PAGE, PAGE, &map), -ENOTSUP);
	assert_int_equal(dev->ops->region_map(dev, 8, 0, PAGE, &map), -EINVAL);
	/* no areas: all of it, but the file ends before */
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR0, 0, PAGE, &map), 0);
	assert_int_equal(dev->ops->region_unmap(dev, map, PAGE), 0);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR0, 0, 2 * PAGE, &map), -ENOTSUP);
	assert_int_equal(dev->ops->region_info(dev, HVB_REGION_BAR4, &info), 0);
	assert_int_equal(info.flags, 0);
	close(fd);
}

static void wrong_caps(void **state)
{
	struct caps {
		struct vfio_region_info_cap_sparse_mmap sparse;
		struct vfio_region_sparse_mmap_area area;
	};
	static const struct caps bad[] = {
		{ .sparse.header = { .id = 9, .next = 32 } },                   /* a loop */
		{ .sparse.header = { .id = 9, .next = 33 } },                   /* into itself */
		{ .sparse.header = { .id = 9, .next = 60 } },                   /* out of it */
		{ .sparse.header = { .id = 9, .next = UINT32_MAX } },
		{ .sparse.header = { .id = 9, .next = 4 } },
		{ .sparse = { .header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP, .nr_areas = 2 } },
		{ .sparse = { .header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP, .nr_areas = UINT32_MAX } },
		{ .sparse = { .header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP, .nr_areas = 1 },
		  .area = { PAGE, FAKE_BAR_BYTES } },
		{ .sparse = { .header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP, .nr_areas = 1 },
		  .area = { UINT64_MAX - 7, 16 } },
	};
	static const uint32_t sizes[] = { 0x20000, 31, 1, UINT32_MAX };

	(void)state;
	fake_server_start(server);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		server->regions[4] = (struct fake_region){ .flags = 7 | VFIO_REGION_INFO_FLAG_CAPS, .caps = &bad[i],
							   .caps_length = sizeof(*bad), .fd = server->listener };
		if (try_open() != -ENODEV)
			fail_msg("chain %u was taken", i);
	}
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		server->regions[4] = (struct fake_region){ .flags = 7, .argsz = sizes[i], .fd = server->listener };
		if (try_open() != -ENODEV)
			fail_msg("size %u was taken", sizes[i]);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make_server, free_server)
	const struct CMUnitTest tests[] = {
		T(in_place), T(heap), T(shared_memory), T(wrong_memory), T(refused_memory), T(main_messages),
		T(twin_messages), T(twin_violation), T(mapped_regions), T(wrong_caps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
