/* SPDX-License-Identifier: MIT */
/*
 * Client memory at the vfio-user server: which maps and unmaps it takes, what the card reaches then, and that a file
 * which goes bad behind its map harms nobody. The card accesses it by direct signals (docs/hardware.md 7).
 */
#include "server_client.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include "sim/server/state.h"

#define PAGE 4096ull
#define BASE 0x100000ull
#define TOP (UINT64_MAX - PAGE + 1)
#define R HVB_VFU_MAP_READ
#define RW (HVB_VFU_MAP_READ | HVB_VFU_MAP_WRITE)

static int begin(void **state)
{
	static struct client c;

	client_open(&c);
	card_on(&c);
	server_lines();
	*state = &c;
	return 0;
}

static int end(void **state)
{
	client_close(*state);
	return 0;
}

/* The card cannot set a flag there: its AtomicOp is answered with an error, and counted. */
static void denied(struct client *c, uint64_t iova)
{
	struct hvb_rc_stats before, after;

	server_statistics(&before);
	assert_int_equal(card_direct(c, iova, 0, 0), DIRECT_FAULT);
	server_statistics(&after);
	assert_int_equal(after.denied_atomics, before.denied_atomics + 1);
	assert_int_equal(after.atomics, before.atomics);
}

static void test_unmapped(void **state)
{
	struct client *c = *state;
	int fd = memory_file(2 * PAGE), eventfd = event_file();
	uint64_t *memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_int_equal(set_irqs(c, IRQ_EVENTFD, MSIX, 5, 1, &eventfd, 1), 0);
	assert_int_equal(dma_map(c, BASE, PAGE, PAGE, RW, fd), 0);
	assert_int_equal(card_direct(c, BASE + 8, 5, 3), DIRECT_NEWLY);
	assert_int_equal(events(eventfd, true), 1);
	assert_int_equal(memory[513], 8);
	assert_int_equal(card_direct(c, BASE + 8, 5, 3), DIRECT_SET);
	denied(c, BASE + PAGE);
	denied(c, BASE - 8);
	assert_int_equal(dma_unmap(c, BASE, PAGE), 0);
	denied(c, BASE + 8);
	assert_int_equal(memory[513], 8);
	assert_int_equal(dma_map(c, BASE, PAGE, 0, RW, fd), 0);
	assert_int_equal(card_direct(c, BASE + 8, 5, 4), DIRECT_NEWLY);
	assert_int_equal(memory[1], 16);
	assert_int_equal(events(eventfd, true), 1);
	munmap(memory, 2 * PAGE);
	close(fd);
	close(eventfd);
}

static void test_map_bounds(void **state)
{
	struct client *c = *state;
	int fd = memory_file(4 * PAGE), empty = memory_file(0);
	static const struct { uint64_t address, size, offset; unsigned flags; } bad[] = {
		{ BASE, 0, 0, RW }, { BASE, PAGE, 0, 0 }, { BASE, PAGE, 0, 4 }, { BASE, PAGE, 0, RW | 8 },
		{ BASE, PAGE, 0, ~0u }, { BASE, 5 * PAGE, 0, RW }, { BASE, PAGE, 4 * PAGE, RW },
		{ BASE, 2, 4 * PAGE - 1, RW }, { BASE, PAGE, 0 - PAGE, RW }, { BASE, PAGE, 1ull << 63, RW },
		{ BASE, UINT64_MAX, 0, RW },
		{ TOP, 2 * PAGE, 0, RW }, { UINT64_MAX, 2, 0, RW }, { BASE, 0 - BASE, PAGE, RW },
		{ BASE, 0 - PAGE, PAGE, RW },
	};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refused(c, dma_map(c, bad[i].address, bad[i].size, bad[i].offset, bad[i].flags, fd), EINVAL);
	refused(c, dma_map(c, BASE, PAGE, 0, RW, empty), EINVAL);
	assert_int_equal(dma_map(c, TOP, PAGE, 3 * PAGE, RW, fd), 0);
	assert_int_equal(card_direct(c, UINT64_MAX - 7, 0, 0), DIRECT_NEWLY);
	refused(c, dma_map(c, UINT64_MAX, 1, PAGE - 1, RW, fd), EEXIST);
	assert_int_equal(dma_unmap(c, TOP, PAGE), 0);
	denied(c, UINT64_MAX - 7);
	close(fd);
	close(empty);
}

/* Newer clients say in the flags how their memory is to be reached: by mapping, or by reading and writing the file. */
static void test_access_mode(void **state)
{
	struct client *c = *state;
	int fd = memory_file(PAGE);

	assert_int_equal(dma_map(c, BASE, PAGE, 0, RW | HVB_VFU_MAP_MMAP, fd), 0);
	assert_int_equal(card_direct(c, BASE, 0, 0), DIRECT_NEWLY);
	refused(c, dma_map(c, BASE + PAGE, PAGE, 0, RW | HVB_VFU_MAP_MMAP, -1), EINVAL);
	refused(c, dma_map(c, BASE + PAGE, PAGE, 0, RW | 8, fd), EINVAL);
	close(fd);
}

/* A quadword of the card's must be one of memory, too: AtomicOps on anything else are none. */
static void test_alignment(void **state)
{
	struct client *c = *state;
	int fd = memory_file(4 * PAGE);

	for (unsigned shift = 1; shift < PAGE; shift *= 2) {
		refused(c, dma_map(c, BASE, PAGE, shift, RW, fd), EINVAL);
		refused(c, dma_map(c, BASE + shift, PAGE, 0, RW, fd), EINVAL);
	}
	assert_int_equal(dma_map(c, BASE + 4, PAGE, PAGE + 4, RW, fd), 0);
	denied(c, BASE);
	assert_int_equal(card_direct(c, BASE + 8, 0, 0), DIRECT_NEWLY);
	close(fd);
}

static void test_overlap(void **state)
{
	struct client *c = *state;
	int fd = memory_file(8 * PAGE), other = memory_file(8 * PAGE);
	struct holdings before = holdings();

	assert_int_equal(dma_map(c, BASE, 2 * PAGE, 0, RW, fd), 0);
	assert_int_equal(dma_map(c, BASE + 4 * PAGE, 2 * PAGE, 0, RW, fd), 0);
	refused(c, dma_map(c, BASE, 2 * PAGE, 0, RW, fd), EEXIST);
	refused(c, dma_map(c, BASE + PAGE, PAGE, 0, R, -1), EEXIST);
	refused(c, dma_map(c, BASE - PAGE, 2 * PAGE, 0, RW, other), EEXIST);
	refused(c, dma_map(c, BASE + PAGE, 4 * PAGE, 0, RW, fd), EEXIST);
	refused(c, dma_map(c, 0, UINT64_MAX, 0, R, -1), EEXIST);
	assert_int_equal(dma_map(c, BASE + 2 * PAGE, 2 * PAGE, 0, RW, fd), 0);
	assert_int_equal(holdings().maps, before.maps + 1);
	assert_int_equal(dma_unmap(c, 0, UINT64_MAX), 0);
	assert_int_equal(holdings().maps, before.maps);
	close(fd);
	close(other);
}

/* Two descriptors are one too many, whichever was meant. */
static void test_two_files(void **state)
{
	struct client *c = *state;
	const struct hvb_vfu_dma_map map = { sizeof(map), RW, 0, BASE, PAGE };
	int fds[2] = { memory_file(PAGE), memory_file(PAGE) };

	refused(c, client_ask_fds(c, HVB_VFU_DMA_MAP, &map, sizeof(map), fds, 2), EINVAL);
	denied(c, BASE);
	assert_int_equal(client_ask_fds(c, HVB_VFU_DMA_MAP, &map, sizeof(map), fds, 1), 0);
	close(fds[0]);
	close(fds[1]);
}

/* A range goes whole or not at all, and with it every range around it that the client names. */
static void test_unmaps(void **state)
{
	struct client *c = *state;
	int fd = memory_file(16 * PAGE);
	struct hvb_vfu_dma_unmap unmap = { .argsz = sizeof(unmap) };

	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(dma_map(c, BASE + 2 * i * PAGE, 2 * PAGE, 2 * i * PAGE, RW, fd), 0);
	refused(c, dma_unmap(c, BASE + PAGE, PAGE), EINVAL);
	refused(c, dma_unmap(c, BASE, PAGE), EINVAL);
	refused(c, dma_unmap(c, BASE, 2 * PAGE - 1), EINVAL);
	refused(c, dma_unmap(c, BASE, 15 * PAGE), EINVAL);
	refused(c, dma_unmap(c, BASE + PAGE, 15 * PAGE), EINVAL);
	refused(c, dma_unmap(c, BASE, 0), EINVAL);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(card_direct(c, BASE + i * PAGE, 0, 0), DIRECT_NEWLY);   /* all are there */
	assert_int_equal(dma_unmap(c, BASE + 2 * PAGE, 4 * PAGE), 0);
	assert_int_equal(card_direct(c, BASE + PAGE, 0, 0), DIRECT_SET);
	denied(c, BASE + 2 * PAGE);
	denied(c, BASE + 5 * PAGE);
	assert_int_equal(card_direct(c, BASE + 6 * PAGE, 0, 0), DIRECT_SET);
	assert_int_equal(dma_unmap(c, BASE + 2 * PAGE, 4 * PAGE), 0);            /* nothing there: fine */
	assert_int_equal(dma_unmap(c, BASE - 64 * PAGE, 1024 * PAGE), 0);
	denied(c, BASE);
	denied(c, BASE + 15 * PAGE);
	/* what QEMU sends when it is set up: sizes far beyond anything, to the end of the address space and across */
	assert_int_equal(dma_map(c, 0xfef00000, PAGE, 0, RW, fd), 0);
	assert_int_equal(dma_map(c, BASE, PAGE, 0, RW, fd), 0);
	assert_int_equal(dma_unmap(c, 0xfef00000, 0xffffffff01100000), 0);
	denied(c, 0xfef00000);
	assert_int_equal(card_direct(c, BASE, 0, 0), DIRECT_SET);
	assert_int_equal(dma_map(c, TOP, PAGE, 0, RW, fd), 0);
	assert_int_equal(dma_unmap(c, 0xfef00000, UINT64_MAX), 0);
	denied(c, TOP);
	assert_int_equal(card_direct(c, BASE, 0, 0), DIRECT_SET);
	unmap.flags = HVB_VFU_UNMAP_ALL;
	assert_int_equal(client_ask(c, HVB_VFU_DMA_UNMAP, &unmap, sizeof(unmap)), 0);
	denied(c, BASE);
	for (unsigned bit = 1; bit; bit <<= 1)
		if (bit != HVB_VFU_UNMAP_ALL) {
			unmap.flags = bit;
			refused(c, client_ask(c, HVB_VFU_DMA_UNMAP, &unmap, sizeof(unmap)), EINVAL);
		}
	close(fd);
}

static void test_no_file(void **state)
{
	struct client *c = *state;

	assert_int_equal(dma_map(c, BASE, PAGE, 0, RW, -1), 0);
	denied(c, BASE);
	assert_int_equal(dma_map(c, 0xfffc0000, 0x40000, 0, R, -1), 0);         /* a guest's BIOS */
	assert_int_equal(dma_unmap(c, BASE, PAGE), 0);
	assert_int_equal(server_lines(), 0);
}

/* Memory given for reading only: the card's AtomicOps do not reach it. */
static void test_read_only(void **state)
{
	struct client *c = *state;
	char path[32];
	int fd = memory_file(PAGE), readable, writable, sealed = memory_file(PAGE);
	uint64_t *memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	readable = open(path, O_RDONLY | O_CLOEXEC);
	writable = open(path, O_WRONLY | O_CLOEXEC);
	refused(c, dma_map(c, BASE, PAGE, 0, RW, readable), EACCES);
	refused(c, dma_map(c, BASE, PAGE, 0, R, writable), EACCES);
	assert_int_equal(dma_map(c, BASE, PAGE, 0, R, readable), 0);
	assert_int_equal(dma_map(c, BASE + PAGE, PAGE, 0, R, fd), 0);
	assert_int_equal(dma_map(c, BASE + 2 * PAGE, PAGE, 0, HVB_VFU_MAP_WRITE, fd), 0);
	for (unsigned i = 0; i < 3; i++)
		denied(c, BASE + i * PAGE);
	assert_int_equal(memory[0], 0);
	assert_int_equal(dma_map(c, BASE + 3 * PAGE, PAGE, 0, RW, fd), 0);
	assert_int_equal(card_direct(c, BASE + 3 * PAGE, 0, 0), DIRECT_NEWLY);
	assert_int_equal(memory[0], 1);
	/* a sealed file may still be given for reading */
	assert_int_equal(fcntl(sealed, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), 0);
	refused(c, dma_map(c, BASE + 4 * PAGE, PAGE, 0, RW, sealed), EPERM);
	assert_int_equal(dma_map(c, BASE + 4 * PAGE, PAGE, 0, R, sealed), 0);
	denied(c, BASE + 4 * PAGE);
	munmap(memory, PAGE);
	close(fd);
	close(readable);
	close(writable);
	close(sealed);
}

/* What cannot be mapped is refused, and not kept. */
static void test_no_memory(void **state)
{
	struct client *c = *state;
	struct holdings before = holdings();
	int fds[8] = { event_file(), -1, -1, -1, -1, open("/dev/null", O_RDWR | O_CLOEXEC),
		       open("/proc/self/status", O_RDONLY | O_CLOEXEC), open("/", O_RDONLY | O_CLOEXEC) };

	assert_int_equal(pipe2(&fds[1], O_CLOEXEC), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, &fds[3]), 0);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_not_equal(dma_map(c, BASE, PAGE, 0, R, fds[i]), 0);
		assert_int_equal(server_lines(), 1);
		close(fds[i]);
	}
	denied(c, BASE);
	assert_int_equal(holdings().fds, before.fds);
}

/* Every other page from 0 on, without a file and without waiting. */
static void post_maps(struct client *c, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		const struct hvb_vfu_dma_map map = { sizeof(map), R, 0, i * 2 * PAGE, PAGE };

		client_send(c, HVB_VFU_DMA_MAP, HVB_VFU_NO_REPLY, &map, sizeof(map), NULL, 0);
	}
}

/* A guest behind an IOMMU gives every page by itself: one file, mapped once. */
static void test_many(void **state)
{
	const uint64_t pages = 16384;
	struct client *c = *state;
	int fd = memory_file(pages * PAGE);
	struct holdings before, full;

	post_maps(c, pages);             /* the table of ranges stays as large as it was ever */
	assert_int_equal(dma_unmap(c, 0, UINT64_MAX), 0);
	before = holdings();
	for (uint64_t i = 0; i < pages; i++)     /* every other one, backwards */
		assert_int_equal(dma_map(c, BASE + (i % 2 ? i : pages - i) * 2 * PAGE, PAGE, i * PAGE, RW, fd), 0);
	denied(c, 0);                    /* the server is done with the last message */
	full = holdings();
	assert_int_equal(full.maps, before.maps + 1);
	assert_int_equal(full.fds, before.fds);
	assert_in_range(full.kib - before.kib, 0, 128 << 10);
	for (uint64_t i = 1; i < pages; i += 1021)
		assert_int_equal(card_direct(c, BASE + (i % 2 ? i : pages - i) * 2 * PAGE, 0, 0), DIRECT_NEWLY);
	for (uint64_t i = 0; i < 32; i++)
		assert_int_equal(dma_unmap(c, BASE + i * 1024 * PAGE, 1024 * PAGE), 0);
	assert_int_equal(dma_unmap(c, BASE, 0 - BASE), 0);
	denied(c, BASE + 2 * PAGE);
	assert_int_equal(holdings().maps, before.maps);
	close(fd);
}

static void test_limit(void **state)
{
	struct client *c = *state;

	post_maps(c, HVB_VFU_MAPS_MAX);
	refused(c, dma_map(c, HVB_VFU_MAPS_MAX * 2 * PAGE, PAGE, 0, R, -1), ENOSPC);
	assert_int_equal(dma_unmap(c, 0, PAGE), 0);
	assert_int_equal(dma_map(c, HVB_VFU_MAPS_MAX * 2 * PAGE, PAGE, 0, R, -1), 0);
	refused(c, dma_map(c, 0, PAGE, 0, R, -1), ENOSPC);
}

/* Many files at a time, each given up when its last range goes. */
static void test_files(void **state)
{
	struct client *c = *state;
	struct holdings before = holdings();
	int fds[100];

	for (unsigned i = 0; i < 100; i++) {
		fds[i] = memory_file(2 * PAGE);
		assert_int_equal(dma_map(c, BASE + 2 * i * PAGE, PAGE, 0, RW, fds[i]), 0);
		assert_int_equal(dma_map(c, BASE + (2 * i + 1) * PAGE, PAGE, PAGE, RW, fds[i]), 0);
		close(fds[i]);
	}
	denied(c, BASE - PAGE);          /* the server is done with the last message */
	assert_int_equal(holdings().fds, before.fds);
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(card_direct(c, BASE + i * PAGE, 0, i % 64), DIRECT_NEWLY);
	for (unsigned i = 0; i < 200; i++) {
		unsigned page = i * 77 % 200;

		assert_int_equal(dma_unmap(c, BASE + page * PAGE, PAGE), 0);
		denied(c, BASE + page * PAGE);
	}
	assert_int_equal(holdings().maps, before.maps);
}

/* A file that grows is given again with its new part; both parts work. */
static void test_growth(void **state)
{
	struct client *c = *state;
	int fd = memory_file(PAGE);
	uint64_t second = 0;

	assert_int_equal(dma_map(c, BASE, PAGE, 0, RW, fd), 0);
	refused(c, dma_map(c, BASE + PAGE, PAGE, PAGE, RW, fd), EINVAL);
	assert_int_equal(ftruncate(fd, 2 * PAGE), 0);
	assert_int_equal(dma_map(c, BASE + PAGE, PAGE, PAGE, RW, fd), 0);
	assert_int_equal(card_direct(c, BASE, 0, 0), DIRECT_NEWLY);
	assert_int_equal(card_direct(c, BASE + PAGE, 0, 5), DIRECT_NEWLY);
	assert_int_equal(pread(fd, &second, sizeof(second), PAGE), sizeof(second));
	assert_int_equal(second, 1 << 5);
	close(fd);
}

/* A file that is cut short behind its map: the card finds zeroes, and everything goes on. */
static void test_cut_short(void **state)
{
	struct client *c = *state;
	int fd = memory_file(64 * PAGE);
	struct holdings before = holdings();
	uint64_t first = UINT64_MAX;

	assert_int_equal(guard_install(), 0);    /* cmocka has handlers of its own for each test */
	assert_int_equal(dma_map(c, BASE, 64 * PAGE, 0, RW, fd), 0);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(card_direct(c, BASE + i * PAGE, 0, 1), DIRECT_NEWLY);
	assert_int_equal(ftruncate(fd, 8 * PAGE), 0);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(card_direct(c, BASE + i * PAGE, 0, 1), i < 8 ? DIRECT_SET : DIRECT_NEWLY);
	refused(c, dma_map(c, 0x900000, PAGE, 8 * PAGE, RW, fd), EINVAL);
	assert_int_equal(pread(fd, &first, sizeof(first), 0), sizeof(first));
	assert_int_equal(first, 2);
	assert_int_equal(dma_unmap(c, BASE, 64 * PAGE), 0);
	denied(c, BASE);
	denied(c, BASE + 63 * PAGE);
	assert_int_equal(holdings().maps, before.maps);
	close(fd);
}

/* Huge pages that there are none of: the map succeeds, the access fails, and one page cannot be put there alone. */
static void test_no_huge_page(void **state)
{
	const uint64_t huge = 2 << 20;
	struct client *c = *state;
	struct holdings before = holdings();
	int fd = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB), err;

	if (fd < 0 || ftruncate(fd, (off_t)huge))
		skip();
	assert_int_equal(guard_install(), 0);
	err = dma_map(c, BASE & ~(huge - 1), huge, 0, RW, fd);
	if (!err)
		assert_int_equal(card_direct(c, BASE & ~(huge - 1), 0, 1), DIRECT_NEWLY);
	close(fd);
	assert_int_equal(dma_unmap(c, 0, UINT64_MAX), 0);
	assert_int_equal(holdings().maps, before.maps);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(test_unmapped), TEST(test_map_bounds), TEST(test_access_mode), TEST(test_alignment),
		TEST(test_overlap), TEST(test_two_files), TEST(test_unmaps),
		TEST(test_no_file), TEST(test_read_only), TEST(test_no_memory), TEST(test_many), TEST(test_limit),
		TEST(test_files), TEST(test_growth), TEST(test_cut_short), TEST(test_no_huge_page),
	};
	return cmocka_run_group_tests(tests, server_start, server_stop);
}
