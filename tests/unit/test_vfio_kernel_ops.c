/* SPDX-License-Identifier: MIT */
/* What an open kernel VFIO card does: regions, interrupts, DMA, reset, and being pulled out. */
#include "sim_helper.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "driver/backends.h"
#include "driver/vfio_compat.h"
#include "fake_kernel.h"

#define URL "vfio:" FAKE_BDF
#define RW (HVB_DMA_READ | HVB_DMA_WRITE)

static struct hvb_dev *dev;

/* The log starts empty behind the opening. */
static void start(const char *url)
{
	fake_start();
	dev = sim_open_card(url);
	fake_log();
}

static void stop(void)
{
	hvb_dev_close(dev);
	fake_stop();
}

static void registers(void **state)
{
	uint64_t value = 0;
	uint16_t half = 0;
	uint32_t word = 0;
	struct hvb_region info;

	(void)state;
	for (int system_calls = 0; system_calls < 2; system_calls++) {
		fake.no_mmap = system_calls;
		start(URL);
		assert_int_equal(dev->ops->region_info(dev, HVB_REGION_BAR2, &info), 0);
		assert_int_equal(info.size, 64 * 4096);
		assert_int_equal(info.flags, system_calls ? 0 : HVB_REGION_CAN_MAP);
		assert_int_equal(dev->ops->region_info(dev, 1, &info), 0);
		assert_int_equal(info.size, 0);
		assert_int_equal(dev->ops->region_info(dev, 8, &info), -EINVAL);
		assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR0, 0x18, 0x1122334455667788), 0);
		assert_int_equal(*fake_register(0, 0x18), 0x1122334455667788);
		assert_int_equal(hvb_dev_write32(dev, HVB_REGION_BAR0, 0x1c, 0xaabbccdd), 0);
		assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, 0x18, &value), 0);
		assert_int_equal(value, 0xaabbccdd55667788);
		assert_int_equal(hvb_dev_read32(dev, HVB_REGION_BAR0, 0x18, &word), 0);
		assert_int_equal(word, 0x55667788);
		assert_int_equal(dev->ops->region_read(dev, HVB_REGION_BAR0, 0x1e, &half, 2), 0);
		assert_int_equal(half, 0xaabb);
		assert_int_equal(hvb_dev_read32(dev, HVB_REGION_CONFIG, 0, &word), 0);
		assert_int_equal(word, 0x5d5d1234);

		assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, 0x10000, &value), -ENXIO);
		assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, UINT64_MAX - 7, &value), -ENXIO);
		assert_int_equal(hvb_dev_read64(dev, 1, 0, &value), -ENXIO);
		assert_int_equal(hvb_dev_read64(dev, 99, 0, &value), -ENXIO);
		assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR2, 4, 0), -EINVAL);
		assert_int_equal(hvb_dev_read64(dev, HVB_REGION_CONFIG, 0, &value), -EINVAL);
		assert_int_equal(dev->ops->region_read(dev, HVB_REGION_BAR0, 0, &value, 3), -EINVAL);
		stop();
	}
}

static void doorbells_mapped(void **state)
{
	struct hvb_region info;
	void *at = NULL;

	(void)state;
	start(URL);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, 0x2000, 0x3000, &at), 0);
	((uint64_t *)at)[1] = 77;
	assert_int_equal(*fake_register(2, 0x2008), 77);
	assert_int_equal(dev->ops->region_unmap(dev, at, 0x3000), 0);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, 0x3f000, 0x2000, &at), -ENXIO);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, 8, 0x1000, &at), -EINVAL);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, 0, 0, &at), -EINVAL);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_CONFIG, 0, 0x1000, &at), -ENOTSUP);
	assert_int_equal(dev->ops->region_info(dev, HVB_REGION_BAR4, &info), 0);
	assert_int_equal(info.flags, HVB_REGION_CAN_MAP);
	stop();

	/* areas of 0x1000 and 0x2000, a hole, 0x1000 */
	fake.sparse = true;
	fake.no_msix_mappable = true;
	start(URL);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, 0, 0x3000, &at), 0);
	assert_int_equal(dev->ops->region_unmap(dev, at, 0x3000), 0);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, 0, 0x4000, &at), -ENOTSUP);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, 0x3000, 0x2000, &at), -ENOTSUP);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, 0x4000, 0x1000, &at), 0);
	assert_int_equal(dev->ops->region_unmap(dev, at, 0x1000), 0);
	/* what is in the hole is reached all the same */
	assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR2, 0x3008, 5), 0);
	assert_int_equal(*fake_register(2, 0x3008), 5);
	/* the BAR of the MSI-X table */
	assert_int_equal(dev->ops->region_info(dev, HVB_REGION_BAR4, &info), 0);
	assert_int_equal(info.flags, 0);
	stop();

	fake.no_mmap = true;
	start(URL);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, 0, 0x1000, &at), -ENOTSUP);
	stop();
}

/* A kernel that gives all vectors or none is asked once for all of them. */
static void vectors_all_at_once(void **state)
{
	int fds[2] = { eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC) }, none = -1;
	unsigned count;

	(void)state;
	fake.generation = FAKE_6_1;
	start(URL);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 9, 1, &none), 0);
	assert_string_equal(fake_log(), "");
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 7, 1, &fds[0]), 0);
	assert_int_equal(fake_connected(HVB_IRQ_MSIX), 1);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 255, 1, &fds[1]), 0);
	assert_int_equal(fake_connected(HVB_IRQ_MSIX), 2);
	assert_int_equal(sim_stat(dev, "irq_vectors"), 2);
	assert_string_equal(fake_log(), "SET_IRQS SET_IRQS");
	fake_interrupt(HVB_IRQ_MSIX, 7);
	assert_int_equal(sim_events(fds[0], 0), 1);
	assert_int_equal(sim_events(fds[1], 0), 0);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 7, 1, &none), 0);
	assert_int_equal(fake_connected(HVB_IRQ_MSIX), 1);
	assert_int_equal(sim_stat(dev, "irq_vectors"), 1);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 256, 1, fds), -EINVAL);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 1, UINT32_MAX, fds), -EINVAL);
	assert_int_equal(dev->ops->irq_set(dev, 0, 0, 1, fds), -EINVAL);
	assert_int_equal(dev->ops->irq_count(dev, 1, &count), -EINVAL);
	close(fds[1]);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 3, 1, &fds[1]), -EBADF);
	stop();
	close(fds[0]);
}

static void vectors_added_while_running(void **state)
{
	int fds[2] = { eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC) };
	unsigned count;

	(void)state;
	fake.generation = FAKE_6_6;
	fake.vectors = 8;
	start(URL);
	assert_int_equal(dev->ops->irq_count(dev, HVB_IRQ_MSIX, &count), 0);
	assert_int_equal(count, 256);
	assert_string_equal(fake_log(), "");
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 1, 1, &fds[0]), 0);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 7, 1, &fds[1]), 0);
	fake_interrupt(HVB_IRQ_MSIX, 7);
	assert_int_equal(sim_events(fds[1], 0), 1);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 8, 1, &fds[1]), -ENOSPC);
	assert_int_equal(fake_connected(HVB_IRQ_MSIX), 2);
	stop();
	close(fds[0]);
	close(fds[1]);
}

static void fewer_vectors(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	unsigned count = 0;

	(void)state;
	for (int enospc = 0; enospc < 2; enospc++) {
		fake.generation = FAKE_6_1;
		fake.vectors = 20;
		fake.says_enospc = enospc;
		start(URL);
		assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 100, 1, &fd), -ENOSPC);
		assert_int_equal(dev->ops->irq_count(dev, HVB_IRQ_MSIX, &count), 0);
		assert_int_equal(count, enospc ? 16 : 20);
		assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, count, 1, &fd), -EINVAL);
		assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, count - 1, 1, &fd), 0);
		assert_int_equal(fake_connected(HVB_IRQ_MSIX), 1);
		stop();
	}
	/* asked first, as the library does */
	fake.generation = FAKE_6_1;
	fake.vectors = 20;
	start(URL);
	assert_int_equal(dev->ops->irq_count(dev, HVB_IRQ_MSIX, &count), 0);
	assert_int_equal(count, 20);
	stop();
	close(fd);
}

/* Each written eventfd is one 4-byte store of its data, wherever a BAR is. */
static void stores_by_eventfd(void **state)
{
	const uint64_t one = 1;
	int fds[2] = { eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };

	(void)state;
	start(URL);
	*fake_register(2, 0x1020) = *fake_register(2, 0x3120) = UINT64_MAX;
	assert_int_equal(dev->ops->ioeventfd(dev, HVB_REGION_BAR2, 0x1020, 0, fds[0]), 0);
	assert_int_equal(dev->ops->ioeventfd(dev, HVB_REGION_BAR2, 0x3124, 0x12345678, fds[1]), 0);
	assert_int_equal(dev->ops->ioeventfd(dev, HVB_REGION_BAR2, 0x1020, 0, fds[1]), -EEXIST);
	assert_int_equal(fake_ioeventfds(), 0);
	assert_int_equal(write(fds[0], &one, sizeof(one)), sizeof(one));
	assert_int_equal(fake_ioeventfds(), 1);
	assert_int_equal(*fake_register(2, 0x1020), 0xffffffff00000000);
	assert_int_equal(*fake_register(2, 0x3120), UINT64_MAX);
	assert_int_equal(write(fds[1], &one, sizeof(one)), sizeof(one));
	assert_int_equal(fake_ioeventfds(), 1);
	assert_int_equal(*fake_register(2, 0x3120), 0x12345678ffffffff);
	/* a reset leaves it connected, -1 does not */
	assert_int_equal(dev->ops->reset(dev), 0);
	assert_int_equal(write(fds[0], &one, sizeof(one)), sizeof(one));
	assert_int_equal(fake_ioeventfds(), 1);
	assert_int_equal(dev->ops->ioeventfd(dev, HVB_REGION_BAR2, 0x1020, 0, -1), 0);
	assert_int_equal(dev->ops->ioeventfd(dev, HVB_REGION_BAR2, 0x1020, 0, -1), -ENODEV);
	assert_int_equal(write(fds[0], &one, sizeof(one)), sizeof(one));
	assert_int_equal(fake_ioeventfds(), 0);

	assert_int_equal(dev->ops->ioeventfd(dev, HVB_REGION_BAR2, 64 * 4096, 0, fds[0]), -ENXIO);
	assert_int_equal(dev->ops->ioeventfd(dev, HVB_REGION_BAR2, UINT64_MAX - 3, 0, fds[0]), -ENXIO);
	assert_int_equal(dev->ops->ioeventfd(dev, HVB_REGION_BAR2, 0x22, 0, fds[0]), -EINVAL);
	assert_int_equal(dev->ops->ioeventfd(dev, HVB_REGION_CONFIG, 4, 0, fds[0]), -EINVAL);
	assert_int_equal(dev->ops->ioeventfd(dev, 99, 0, 0, fds[0]), -ENXIO);
	assert_int_equal(dev->ops->ioeventfd(dev, HVB_REGION_BAR2, 0, 0, 4000), -EBADF);
	fake.fails = VFIO_DEVICE_IOEVENTFD;
	fake.with = ENOTTY;
	assert_int_equal(dev->ops->ioeventfd(dev, HVB_REGION_BAR2, 0, 0, fds[0]), -ENOTSUP);
	fake.with = 0;
	stop();
	close(fds[0]);
	close(fds[1]);
}

static void dma_addresses(void **state)
{
	uint64_t *page = sim_page(), iova, again;
	unsigned char *big = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	for (int g = FAKE_5_10; g <= FAKE_6_12; g++) {
		fake.generation = (enum fake_generation)g;
		start(URL);
		assert_int_equal(dev->ops->dma_map(dev, NULL, 4096, RW, &iova), -EINVAL);
		assert_int_equal(dev->ops->dma_map(dev, page + 1, 4096, RW, &iova), -EINVAL);
		assert_int_equal(dev->ops->dma_map(dev, page, 100, RW, &iova), -EINVAL);
		assert_int_equal(dev->ops->dma_map(dev, page, 0, RW, &iova), -EINVAL);
		assert_int_equal(dev->ops->dma_map(dev, page, 4096, 0, &iova), -EINVAL);
		assert_int_equal(dev->ops->dma_map(dev, page, 4096, 8, &iova), -EINVAL);
		assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &iova), 0);
		assert_int_equal(fake_first_iova(), iova);
		assert_true(iova >= 0x100000);
		assert_int_equal(sim_stat(dev, "dma_maps"), 1);
		assert_int_equal(sim_stat(dev, "dma_bytes"), 4096);
		assert_int_equal(dev->ops->dma_unmap(dev, iova + 4096, 4096), -ENOENT);
		assert_int_equal(dev->ops->dma_unmap(dev, iova, 8192), -ENOENT);
		assert_int_equal(dev->ops->dma_unmap(dev, iova, 0), -ENOENT);
		assert_int_equal(dev->ops->dma_unmap(dev, iova, 4096), 0);
		assert_int_equal(dev->ops->dma_unmap(dev, iova, 4096), -ENOENT);
		assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &again), 0);
		assert_int_not_equal(again, iova);
		assert_int_equal(fake_pinned(), 4096);
		stop();
	}
	/* ranges of 256 MiB: 16 mappings of 16 MiB in one, then the next; round to the first again */
	fake.generation = FAKE_6_12;
	start(URL);
	assert_int_equal(dev->ops->dma_map(dev, big, 16 << 20, RW, &iova), 0);
	assert_int_equal(iova, 1ull << 30);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 16 << 20), 0);
	for (unsigned i = 1; i < 20 * 16; i++) {
		assert_int_equal(dev->ops->dma_map(dev, big, 16 << 20, RW, &again), 0);
		assert_int_equal(again, (uint64_t)(i / 16 + 1) << 30 | (uint64_t)(i % 16) << 24);
	}
	assert_int_equal(dev->ops->dma_map(dev, big, 16 << 20, RW, &again), 0);
	assert_int_equal(again, iova);
	assert_int_equal(dev->ops->dma_map(dev, big, 16 << 20, RW, &again), -ENOSPC);
	stop();
	munmap(big, 16 << 20);
	free(page);
}

static void dma_refused(void **state)
{
	uint64_t *page = sim_page(), *other = sim_page(), iova, second;
	struct hvb_diag why;

	(void)state;
	for (int g = FAKE_6_6; g <= FAKE_6_12; g++) {
		fake.generation = (enum fake_generation)g;
		fake.memlock = 4096;
		start(URL);
		dev->ops->why(dev, &why);
		assert_int_equal(why.err, 0);
		assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &iova), 0);
		assert_int_equal(dev->ops->dma_map(dev, other, 4096, RW, &second), -ENOMEM);
		dev->ops->why(dev, &why);
		assert_int_equal(why.err, -ENOMEM);
		assert_non_null(strstr(why.where, FAKE_BDF));
		assert_non_null(strstr(why.what, "4096 bytes (8192 with"));
		assert_non_null(strstr(why.what, "RLIMIT_MEMLOCK"));
		assert_non_null(strstr(why.remedy, "ulimit -l 9"));
		assert_non_null(strstr(why.remedy, "LimitMEMLOCK="));
		assert_int_equal(sim_stat(dev, "dma_maps"), 1);
		stop();
	}
	fake.dma_entries = 1;
	start(URL);
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &iova), 0);
	assert_int_equal(dev->ops->dma_map(dev, other, 4096, RW, &second), -ENOSPC);
	dev->ops->why(dev, &why);
	assert_non_null(strstr(why.remedy, "dma_entry_limit"));
	/* what was not unmapped as asked is not given out again, and can be tried again */
	fake.short_unmap = true;
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 4096), -EIO);
	assert_int_equal(sim_stat(dev, "dma_maps"), 1);
	fake.short_unmap = false;
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 4096), 0);
	stop();
	free(page);
	free(other);
}

/* Whether a child process has the page. */
static bool child_has(void *page)
{
	int status = -1;
	pid_t child = fork();

	if (!child)
		_exit(msync(page, 4096, MS_ASYNC) ? 1 : 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void memory_is_not_inherited(void **state)
{
	unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t iova, second;

	(void)state;
	start(URL);
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &iova), 0);
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, HVB_DMA_READ, &second), 0);
	assert_false(child_has(page));
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 4096), 0);
	assert_false(child_has(page));
	assert_int_equal(dev->ops->dma_unmap(dev, second, 4096), 0);
	assert_true(child_has(page));
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &iova), 0);
	stop();
	assert_true(child_has(page));
	munmap(page, 4096);
}

static void physical_memory(void **state)
{
	uint64_t *pages = aligned_alloc(4096, 8192), iova;

	(void)state;
	memset(pages, 0, 8192);
	fake.noiommu = true;
	fake.scattered = true;
	start(URL "?noiommu=unsafe");
	assert_int_equal(dev->ops->dma_map(dev, pages, 8192, RW, &iova), -ENOTSUP);
	assert_int_equal(dev->ops->dma_map(dev, pages, 4096, RW, &iova), 0);
	assert_int_equal(dev->ops->dma_map(dev, pages, 4096, RW, &iova), -EEXIST);
	assert_int_equal(sim_stat(dev, "dma_maps"), 1);
	fake_file("/proc/sys/vm/compact_unevictable_allowed", "1\n");
	assert_int_equal(dev->ops->dma_map(dev, pages + 512, 4096, RW, &iova), -ENOTSUP);
	stop();
	free(pages);
}

static void function_reset(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	struct hvb_diag why;

	(void)state;
	start(URL "?atomic=force");
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 1, &fd), 0);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_REQ, 0, 1, &fd), 0);
	fake_log();
	assert_int_equal(dev->ops->reset(dev), 0);
	assert_string_equal(fake_log(), "SET_IRQS RESET");
	assert_int_equal(fake_connected(HVB_IRQ_MSIX), 0);
	/* somebody may want the card back at any time */
	assert_int_equal(fake_connected(HVB_IRQ_REQ), 1);
	assert_int_equal(sim_stat(dev, "irq_vectors"), 0);
	assert_true(fake_bus_master());
	assert_true(fake_requester());
	/* the whole table again */
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 5, 1, &fd), 0);
	fake_interrupt(HVB_IRQ_MSIX, 5);
	assert_int_equal(sim_events(fd, 0), 1);
	stop();

	fake.no_reset = true;
	start(URL);
	assert_int_equal(dev->ops->reset(dev), -ENOTSUP);
	dev->ops->why(dev, &why);
	assert_non_null(strstr(why.remedy, "reset_method"));
	stop();
	close(fd);
}

/* Unplugging: the kernel asks for the card, then it answers no more. All ones is also a value that a register may
 * have. */
static void pulled_out(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	uint64_t value = 0, none = UINT64_MAX;
	struct hvb_diag why;
	unsigned count;

	(void)state;
	start(URL);
	assert_int_equal(dev->ops->irq_count(dev, HVB_IRQ_REQ, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_REQ, 0, 1, &fd), 0);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_REQ, 0, 2, &fd), -EINVAL);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_ERR, 0, 1, &fd), 0);
	assert_int_equal(fake_connected(HVB_IRQ_ERR), 1);
	fake_interrupt(HVB_IRQ_REQ, 0);
	assert_int_equal(sim_events(fd, 0), 1);

	assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR0, 0x20, none), 0);
	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, 0x20, &value), 0);
	assert_int_equal(value, none);
	fake.gone = true;
	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, 0x20, &value), -ENODEV);
	assert_int_equal(dev->ops->region_read(dev, HVB_REGION_BAR0, 0x22, &value, 1), -ENODEV);
	assert_int_equal(dev->ops->reset(dev), -EIO);
	dev->ops->why(dev, &why);
	assert_non_null(strstr(why.where, "VFIO_DEVICE_RESET"));
	stop();
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers),
		cmocka_unit_test(doorbells_mapped),
		cmocka_unit_test(vectors_all_at_once),
		cmocka_unit_test(vectors_added_while_running),
		cmocka_unit_test(fewer_vectors),
		cmocka_unit_test(stores_by_eventfd),
		cmocka_unit_test(dma_addresses),
		cmocka_unit_test(dma_refused),
		cmocka_unit_test(memory_is_not_inherited),
		cmocka_unit_test(physical_memory),
		cmocka_unit_test(function_reset),
		cmocka_unit_test(pulled_out),
	};

	alarm(120); /* a hang is a failure */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
