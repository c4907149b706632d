/* SPDX-License-Identifier: MIT */
/* The vfio-user server's regions: what there is, accesses at every edge of them, and their order. */
#include "server_client.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "hvb_regs.h"
#include "sim_helper.h"

/* ---- regions and interrupts: what there is */

static void test_region_info(void **state)
{
	static const uint64_t sizes[9] = { 65536, 0, 262144, 0, 65536, 0, 0, 4096, 0 };
	static const uint32_t beyond[] = { 9, 10, 100, 0x7fffffff, 0x80000000, UINT32_MAX };
	struct client *c = *state;
	struct vfio_region_info info;

	for (unsigned i = 0; i < 9; i++) {
		info = (struct vfio_region_info){ .argsz = sizeof(info), .index = i, .flags = ~0u, .cap_offset = 99 };
		assert_int_equal(client_ask(c, HVB_VFU_GET_REGION_INFO, &info, sizeof(info)), 0);
		memcpy(&info, c->reply.body, sizeof(info));
		assert_int_equal(info.argsz, sizeof(info));
		assert_int_equal(info.index, i);
		assert_int_equal(info.size, sizes[i]);
		assert_int_equal(info.flags, sizes[i] ? VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE : 0);
		assert_int_equal(info.cap_offset, 0);
	}
	for (unsigned i = 0; i < sizeof(beyond) / sizeof(*beyond); i++) {
		info = (struct vfio_region_info){ .argsz = sizeof(info), .index = beyond[i] };
		refused(c, client_ask(c, HVB_VFU_GET_REGION_INFO, &info, sizeof(info)), EINVAL);
	}
}

static void test_irq_info(void **state)
{
	static const uint32_t counts[5] = { 0, 0, 256, 1, 1 };
	struct client *c = *state;
	struct vfio_irq_info info;

	for (unsigned i = 0; i < 5; i++) {
		info = (struct vfio_irq_info){ .argsz = sizeof(info), .index = i };
		assert_int_equal(client_ask(c, HVB_VFU_GET_IRQ_INFO, &info, sizeof(info)), 0);
		memcpy(&info, c->reply.body, sizeof(info));
		assert_int_equal(info.count, counts[i]);
		assert_int_equal(info.flags, counts[i] ? VFIO_IRQ_INFO_EVENTFD : 0);
	}
	for (unsigned i = 5; i; i <<= 1) {
		info = (struct vfio_irq_info){ .argsz = sizeof(info), .index = i };
		refused(c, client_ask(c, HVB_VFU_GET_IRQ_INFO, &info, sizeof(info)), EINVAL);
	}
}

/* Offsets and counts at every edge, of every region that is or is not. */
static void test_region_bounds(void **state)
{
	static const uint64_t sizes[9] = { 65536, 0, 262144, 0, 65536, 0, 0, 4096, 0 };
	static const uint32_t beyond[] = { 9, 255, 256, 0x80000000, UINT32_MAX };
	unsigned char data[16] = { 0 };
	struct client *c = *state;

	card_on(c);
	for (unsigned region = 0; region < 9; region++) {
		uint64_t size = sizes[region];
		const struct { uint64_t offset; uint32_t count; } bad[] = {
			{ size, 1 }, { size + 1, 0 }, { size - 7, 8 }, { UINT64_MAX, 1 }, { UINT64_MAX, 0 },
			{ UINT64_MAX - 7, 8 }, { 0 - (uint64_t)8, 16 }, { 1ull << 32, 8 }, { 1ull << 63, 8 },
			{ 0, (uint32_t)size + 1 }, { 0, HVB_VFU_DATA_MAX + 1 }, { 8, UINT32_MAX },
			{ 0, UINT32_MAX - 15 }, { size - 8, UINT32_MAX - 7 },
		};

		for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
			refused(c, region_read(c, region, bad[i].offset, bad[i].count), EINVAL);
			if (bad[i].count <= sizeof(data))
				refused(c, region_write(c, region, bad[i].offset, bad[i].count, data), EINVAL);
		}
		if (!size) {
			refused(c, region_read(c, region, 0, 0), EINVAL);
			continue;
		}
		assert_int_equal(region_read(c, region, size - 8, 8), 0);
		assert_int_equal(region_read(c, region, size, 0), 0);
		assert_int_equal(region_write(c, region, size, 0, data), 0);
		assert_int_equal(server_lines(), 0);
	}
	for (unsigned i = 0; i < sizeof(beyond) / sizeof(*beyond); i++) {
		refused(c, region_read(c, beyond[i], 0, 4), EINVAL);
		refused(c, region_read(c, beyond[i], 0, 0), EINVAL);
		refused(c, region_write(c, beyond[i], 0, 4, data), EINVAL);
	}
}

/* A region's data is what count says, no more, no less. */
static void test_write_count(void **state)
{
	struct client *c = *state;
	struct {
		struct hvb_vfu_access access;
		unsigned char data[64];
	} write = { .access = { 0, HVB_BAR_CTRL, 0 } };
	static const struct { uint32_t count; unsigned length; } bad[] = {
		{ 8, 0 }, { 8, 7 }, { 8, 9 }, { 0, 1 }, { 64, 63 }, { UINT32_MAX, 8 }, { UINT32_MAX - 15, 0 },
		{ HVB_VFU_DATA_MAX + 1, 64 }, { 1u << 31, 8 },
	};

	card_on(c);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		write.access.count = bad[i].count;
		refused(c, client_ask(c, HVB_VFU_REGION_WRITE, &write, sizeof(write.access) + bad[i].length), EINVAL);
	}
}

/* A whole BAR in one message, at every alignment; the largest that may be, and one byte more. */
static void test_large(void **state)
{
	struct client *c = *state;
	unsigned char *data = calloc(1, HVB_VFU_DATA_MAX + 1);

	card_on(c);
	for (unsigned from = 0; from < 9; from++)
		for (unsigned to = 0; to < 9; to++) {
			assert_int_equal(region_read(c, HVB_BAR_CTRL, from, 64 - from - to), 0);
			if (!from)
				assert_memory_equal(c->reply.body + sizeof(struct hvb_vfu_access), "HVBL", 4);
		}
	assert_int_equal(region_write(c, HVB_BAR_DOORBELL, 0, 262144, data), 0);
	refused(c, region_write(c, HVB_BAR_DOORBELL, 0, HVB_VFU_DATA_MAX, data), EINVAL);
	refused(c, region_write(c, HVB_BAR_DOORBELL, 0, HVB_VFU_DATA_MAX + 1, data), EINVAL);
	free(data);
}

/* ---- order */

static void test_posted(void **state)
{
	struct client *c = *state;

	card_on(c);
	for (unsigned i = 1; i <= 5000; i++) {
		region_post(c, HVB_BAR_CTRL, HVB_R_WORD_ADDR, 8 * i);
		region_post(c, HVB_BAR_CTRL, HVB_R_HASH0, i);
		if (i % 500)
			continue;
		assert_int_equal(region_value(c, HVB_BAR_CTRL, HVB_R_WORD_ADDR, 8), 8 * i);
		assert_int_equal(region_value(c, HVB_BAR_CTRL, HVB_R_HASH0, 8), i);
	}
	assert_int_equal(server_lines(), 0);
}

/* A client gives up after a while, QEMU after 5 s unless told otherwise: DMA under way holds no read up. */
static void test_beside_dma(void **state)
{
	const uint64_t patience = 5000000000;
	int fd = memory_file(4096);
	struct client *c = *state;
	uint64_t first, all;

	card_on(c);
	assert_int_equal(dma_map(c, 1 << 20, 4096, 0, HVB_VFU_MAP_READ | HVB_VFU_MAP_WRITE, fd), 0);
	assert_int_equal(card_direct(c, 1 << 20, 0, 0), DIRECT_NEWLY);
	first = region_value(c, HVB_BAR_CTRL, HVB_R_N_ATOMIC, 8);
	for (unsigned i = 0; i < 500; i++) {
		uint64_t start = sim_now();

		region_post(c, HVB_BAR_CTRL, HVB_R_DIRECT, i % 64);
		region_value(c, HVB_BAR_CTRL, HVB_R_MAGIC, 8);
		assert_true(sim_now() - start < patience);
	}
	all = region_value(c, HVB_BAR_CTRL, HVB_R_N_ATOMIC, 8) - first;
	assert_in_range(all, 64, 1000);
	close(fd);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, client_begin, client_end)
	const struct CMUnitTest tests[] = {
		TEST(test_region_info), TEST(test_irq_info), TEST(test_region_bounds), TEST(test_write_count),
		TEST(test_large), TEST(test_posted), TEST(test_beside_dma),
	};
	return cmocka_run_group_tests(tests, server_start, server_stop);
}
