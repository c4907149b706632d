/* SPDX-License-Identifier: MIT */
/* driver/ over the simulated card: URLs, regions, interrupts, DMA, reset. */
#include "sim_helper.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "hvb_regs.h"

#define RW (HVB_DMA_READ | HVB_DMA_WRITE)

static struct hvb_dev *dev;

static int open_card(void **state)
{
	(void)state;
	dev = sim_open_card("sim:");
	return 0;
}

static int close_card(void **state)
{
	(void)state;
	hvb_dev_close(dev);
	return 0;
}

static void wrong_urls(void **state)
{
	struct hvb_diag diag;
	struct hvb_dev *none = (struct hvb_dev *)(void *)&diag;
	char longer[400];

	(void)state;
	assert_int_equal(hvb_dev_open("pcie:1", &none, &diag), -EPROTONOSUPPORT);
	assert_null(none);
	assert_string_equal(diag.where, "pcie:1");
	assert_non_null(strstr(diag.remedy, "sim:"));
	assert_int_equal(hvb_dev_open("sim", &none, &diag), -EPROTONOSUPPORT);
	assert_int_equal(hvb_dev_open("sim:?colour=red", &none, &diag), -EINVAL);
	assert_non_null(strstr(diag.what, "colour"));
	assert_non_null(strstr(diag.remedy, "latency"));
	assert_int_equal(hvb_dev_open("sim:?trace=/nonexistent/x.fst", &none, &diag), -ENOENT);
	assert_string_equal(diag.what,
			    "opening the waveform file failed: /nonexistent/x.fst: No such file or directory");
	assert_non_null(strstr(diag.remedy, "folder that is there"));
	assert_int_equal(hvb_dev_open("sim:?trace=/", &none, &diag), -EISDIR);
	assert_int_equal(hvb_dev_open("sim:?log=/nonexistent/x", &none, &diag), -ENOENT);
	assert_string_equal(diag.what, "opening the TLP log failed: /nonexistent/x: No such file or directory");
#ifndef HVB_CHECK_OFF
	assert_int_equal(hvb_dev_open("sim:?off=1", &none, &diag), -ENOTSUP);
#endif
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	memcpy(longer, "sim:?log=", 9);
	assert_int_equal(hvb_dev_open(longer, &none, NULL), -ENAMETOOLONG);
	/* a name that is allowed and too long to be told whole: the reason is told all the same */
	memcpy(longer, "sim:?log=/nonexistent/", 22);
	longer[200] = '\0';
	assert_int_equal(hvb_dev_open(longer, &none, &diag), -ENOENT);
	assert_non_null(strstr(diag.what, "aaa: No such file or directory"));
	assert_null(none);
}

static void several_cards(void **state)
{
	struct hvb_dev *cards[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		cards[i] = sim_open_card(i % 2 ? "" : NULL);
		assert_string_equal(cards[i]->url, i % 2 ? "sim:" : "sim:");
		assert_int_equal(hvb_dev_write64(cards[i], HVB_REGION_BAR0, HVB_R_WORD_ADDR, 0x1000u * (unsigned)i), 0);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(sim_register(cards[i], HVB_R_WORD_ADDR), 0x1000 * i);
		hvb_dev_close(cards[i]);
	}
}

static void opening_is_quick(void **state)
{
	uint64_t start = sim_now();

	(void)state;
	hvb_dev_close(sim_open_card("sim:"));
	/* the aim is 0.3 s on an idle machine; sanitizers and neighbours slow it down */
	assert_true(sim_now() - start < 3000000000u);
}

static void regions(void **state)
{
	struct hvb_region info;
	uint64_t value;
	uint32_t word;
	void *map;

	(void)state;
	assert_int_equal(dev->ops->region_info(dev, HVB_REGION_BAR0, &info), 0);
	assert_int_equal(info.size, 0x10000);
	assert_int_equal(info.flags & HVB_REGION_CAN_MAP, 0);
	assert_int_equal(dev->ops->region_info(dev, HVB_REGION_BAR2, &info), 0);
	assert_int_equal(info.size, 64 * 4096);
	assert_int_equal(dev->ops->region_info(dev, HVB_REGION_BAR4, &info), 0);
	assert_int_equal(info.size, 0x10000);
	assert_int_equal(dev->ops->region_info(dev, 1, &info), 0);
	assert_int_equal(info.size, 0);
	assert_int_equal(dev->ops->region_info(dev, HVB_REGION_CONFIG, &info), 0);
	assert_int_equal(info.size, 4096);
	assert_int_equal(dev->ops->region_info(dev, 99, &info), -EINVAL);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, 0, 4096, &map), -ENOTSUP);

	assert_int_equal(sim_register(dev, HVB_R_MAGIC), (uint64_t)HVB_VERSION << 32 | HVB_MAGIC);
	assert_int_equal(hvb_dev_read32(dev, HVB_REGION_BAR0, HVB_R_MAGIC + 4, &word), 0);
	assert_int_equal(word, HVB_VERSION);
	assert_int_equal(hvb_dev_read32(dev, HVB_REGION_CONFIG, 0, &word), 0);
	assert_int_equal(word, HVB_DEVICE_ID << 16 | HVB_VENDOR_ID);
	assert_int_equal(hvb_dev_write32(dev, HVB_REGION_BAR0, HVB_R_WORD_ADDR + 4, 0x12345678), 0);
	assert_int_equal(hvb_dev_write32(dev, HVB_REGION_BAR0, HVB_R_WORD_ADDR, 0x9abcdef0), 0);
	assert_int_equal(sim_register(dev, HVB_R_WORD_ADDR), 0x123456789abcdef0);

	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, 0x10000, &value), -ENXIO);
	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, UINT64_MAX - 7, &value), -ENXIO);
	assert_int_equal(hvb_dev_read64(dev, 1, 0, &value), -ENXIO);
	assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR2, 4, 0), -EINVAL);
	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_CONFIG, 0, &value), -EINVAL);
	assert_int_equal(dev->ops->region_read(dev, HVB_REGION_BAR0, 0, &value, 3), -EINVAL);
	assert_int_equal(dev->ops->step(dev, 1), -EINVAL);
	assert_int_equal(dev->ops->atomics(dev), 1);
}

/* Configuration space as Linux would look at it. */
static void configuration(void **state)
{
	uint16_t command = 0, control = 0;
	uint8_t byte = 0;

	(void)state;
	assert_int_equal(dev->ops->region_read(dev, HVB_REGION_CONFIG, 4, &command, 2), 0);
	assert_int_equal(command & 6, 6);
	assert_int_equal(dev->ops->region_read(dev, HVB_REGION_CONFIG, 0x34, &byte, 1), 0);
	assert_true(byte >= 0x40);
	/* a byte write leaves its neighbours */
	byte = 0x40;
	assert_int_equal(dev->ops->region_read(dev, HVB_REGION_CONFIG, 0x3c, &control, 2), 0);
	assert_int_equal(dev->ops->region_write(dev, HVB_REGION_CONFIG, 0x0c, &byte, 1), 0);
	assert_int_equal(dev->ops->region_read(dev, HVB_REGION_CONFIG, 0x0c, &byte, 1), 0);
	assert_int_equal(byte, 0x40);
	assert_int_equal(sim_register(dev, HVB_R_STATE) & HVB_STATE_ATOMIC_EN_MASK, HVB_STATE_ATOMIC_EN_MASK);
}

static void signal_to_eventfd(void **state)
{
	uint64_t *page = sim_page(), iova;
	int fd = eventfd(0, EFD_CLOEXEC), none = -1;

	(void)state;
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &iova), 0);
	assert_true(iova >> 32);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 7, 1, &fd), 0);
	sim_connect(dev, 3, 42, 5, iova + 16, 7, 9);
	sim_signal(dev, 3, 42, 33);
	assert_int_equal(sim_status(dev, 3), HVB_STATUS_SUCCESS);
	sim_delivered(dev, 3);
	assert_int_equal(__atomic_load_n(&page[2], __ATOMIC_ACQUIRE), 1ull << 33);
	assert_int_equal(sim_events(fd, 1), 1);
	assert_int_equal(sim_stat(dev, "messages"), 1);

	/* set already: no second interrupt */
	sim_signal(dev, 3, 42, 33);
	sim_delivered(dev, 3);
	assert_int_equal(sim_events(fd, 0), 0);

	/* disconnected: the message pends in the card, and comes when the vector is connected again */
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 7, 1, &none), 0);
	sim_signal(dev, 3, 42, 0);
	sim_delivered(dev, 3);
	assert_int_equal(sim_register(dev, HVB_R_N_PENDED), 1);
	assert_int_equal(sim_events(fd, 0), 0);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 7, 1, &fd), 0);
	assert_int_equal(sim_events(fd, 1), 1);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 7, 1, &none), 0);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 4096), 0);
	close(fd);
	free(page);
}

static void wrong_interrupts(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC), closed = eventfd(0, EFD_CLOEXEC);
	unsigned count;

	(void)state;
	close(closed);
	assert_int_equal(dev->ops->irq_count(dev, HVB_IRQ_MSIX, &count), 0);
	assert_int_equal(count, 256);
	assert_int_equal(dev->ops->irq_count(dev, HVB_IRQ_REQ, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(dev->ops->irq_count(dev, 0, &count), -EINVAL);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 256, 1, &fd), -EINVAL);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 1, UINT32_MAX, &fd), -EINVAL);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_ERR, 0, 1, &fd), -EINVAL);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 1, &closed), -EBADF);
	close(fd);
}

/* Every vector reaches its own eventfd, and only that. */
static void every_vector(void **state)
{
	uint64_t *page = sim_page(), iova;
	int fds[256], none[256];

	(void)state;
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &iova), 0);
	for (int i = 0; i < 256; i++) {
		fds[i] = eventfd(0, EFD_CLOEXEC);
		none[i] = -1;
	}
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 256, fds), 0);
	for (unsigned i = 0; i < 256; i++) {
		sim_connect(dev, 1, i, i, iova + 8 * i, i, 0);
		sim_signal(dev, 1, i, i % 64);
	}
	sim_delivered(dev, 1);
	for (int i = 0; i < 256; i++)
		assert_int_equal(sim_events(fds[i], 1), 1);
	for (unsigned i = 0; i < 256; i++)
		assert_int_equal(__atomic_load_n(&page[i], __ATOMIC_ACQUIRE), 1ull << i % 64);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 256, none), 0);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 4096), 0);
	for (int i = 0; i < 256; i++)
		close(fds[i]);
	free(page);
}

/* An eventfd that is full must not hold the card. */
static void saturated_eventfd(void **state)
{
	uint64_t *page = sim_page(), iova, full = UINT64_MAX - 1;
	int fd = eventfd(0, EFD_CLOEXEC);

	(void)state;
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &iova), 0);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 1, &fd), 0);
	assert_int_equal(write(fd, &full, sizeof(full)), sizeof(full));
	sim_connect(dev, 0, 1, 0, iova, 0, 0);
	sim_signal(dev, 0, 1, 1);
	sim_delivered(dev, 0);
	assert_int_equal(sim_events(fd, 1), UINT64_MAX - 1);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 4096), 0);
	close(fd);
	free(page);
}

static void wrong_dma(void **state)
{
	uint64_t *page = sim_page(), iova, again;

	(void)state;
	assert_int_equal(dev->ops->dma_map(dev, NULL, 4096, RW, &iova), -EINVAL);
	assert_int_equal(dev->ops->dma_map(dev, page + 1, 4096, RW, &iova), -EINVAL);
	assert_int_equal(dev->ops->dma_map(dev, page, 100, RW, &iova), -EINVAL);
	assert_int_equal(dev->ops->dma_map(dev, page, 0, RW, &iova), -EINVAL);
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, 0, &iova), -EINVAL);
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, 8, &iova), -EINVAL);
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &iova), 0);
	assert_int_equal(dev->ops->dma_unmap(dev, iova + 4096, 4096), -ENOENT);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 8192), -ENOENT);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 4096), 0);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 4096), -ENOENT);
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &again), 0);
	assert_int_not_equal(again, iova);
	assert_int_equal(dev->ops->dma_unmap(dev, again, 4096), 0);
	free(page);
}

static void unmapped_page_is_not_written(void **state)
{
	uint64_t *page = sim_page(), iova, denied = sim_stat(dev, "denied_atomics");

	(void)state;
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &iova), 0);
	sim_connect(dev, 2, 1, 1, iova, 0, 5);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 4096), 0);
	sim_signal(dev, 2, 1, 1);
	sim_delivered(dev, 2);
	assert_int_equal(page[0], 0);
	assert_int_equal(sim_stat(dev, "denied_atomics"), denied + 1);
	assert_int_equal(sim_register(dev, HVB_R_N_FAULT), 1);
	sim_signal(dev, 2, 1, 1);
	assert_int_equal(sim_status(dev, 2), HVB_STATUS_INVALID_SYNIC_STATE);
	free(page);
}

/* The card keeps a duplicate of each eventfd for as long as it is connected. */
static void eventfds_are_let_go(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC), none = -1;
	unsigned before = sim_entries("/proc/self/fd");
	struct hvb_dev *own = sim_open_card("sim:?latency=none");

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(own->ops->irq_set(own, HVB_IRQ_MSIX, 5, 1, &fd), 0);
	assert_int_equal(sim_entries("/proc/self/fd"), before + 1);
	assert_int_equal(own->ops->irq_set(own, HVB_IRQ_MSIX, 5, 1, &none), 0);
	assert_int_equal(sim_entries("/proc/self/fd"), before);
	assert_int_equal(own->ops->irq_set(own, HVB_IRQ_MSIX, 5, 1, &fd), 0);
	assert_int_equal(own->ops->reset(own), 0);
	assert_int_equal(sim_entries("/proc/self/fd"), before);
	assert_int_equal(own->ops->irq_set(own, HVB_IRQ_MSIX, 5, 1, &fd), 0);
	hvb_dev_close(own);
	assert_int_equal(sim_entries("/proc/self/fd"), before);
	close(fd);
}

/* A card that was just opened, or reset, takes writes. */
static void ready_when_opened(void **state)
{
	struct hvb_dev *fast = sim_open_card("sim:?latency=none&step=1");

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(hvb_dev_write64(fast, HVB_REGION_BAR0, HVB_R_WORD_ADDR, 64), 0);
		assert_int_equal(sim_register(fast, HVB_R_STATE) & HVB_STATE_INIT_MASK, 0);
		assert_int_equal(sim_register(fast, HVB_R_WORD_ADDR), 64);
		assert_int_equal(fast->ops->reset(fast), 0);
	}
	hvb_dev_close(fast);
}

static void low_addresses(void **state)
{
	struct hvb_dev *low = sim_open_card("sim:?iova=low");
	uint64_t *page = sim_page(), iova;

	(void)state;
	assert_int_equal(low->ops->dma_map(low, page, 4096, RW, &iova), 0);
	assert_int_equal(iova >> 32, 0);
	sim_connect(low, 1, 1, 0, iova + 4088, 0, 0);
	sim_signal(low, 1, 1, 63);
	sim_delivered(low, 1);
	assert_int_equal(page[511], 1ull << 63);
	hvb_dev_close(low);
	free(page);
}

static void function_reset(void **state)
{
	uint64_t *page = sim_page(), iova, value = 0;
	int fd = eventfd(0, EFD_CLOEXEC);

	(void)state;
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &iova), 0);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 1, &fd), 0);
	sim_connect(dev, 1, 1, 0, iova, 0, 0);
	sim_signal(dev, 1, 1, 1);
	assert_int_equal(dev->ops->reset(dev), 0);
	assert_int_equal(sim_register(dev, HVB_W_PART + 8), 0);
	sim_signal(dev, 1, 1, 2);
	assert_int_equal(sim_status(dev, 1), HVB_STATUS_ACCESS_DENIED);
	sim_events(fd, 0);
	/* interrupts must be connected again */
	sim_connect(dev, 1, 1, 0, iova, 0, 0);
	sim_signal(dev, 1, 1, 3);
	sim_delivered(dev, 1);
	assert_true(page[0] & 8);
	assert_int_equal(sim_events(fd, 0), 0);
	assert_int_equal(dev->ops->region_read(dev, HVB_REGION_BAR4, HVB_PBA_OFFSET, &value, 8), 0);
	assert_int_equal(value, 1);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 1, &fd), 0);
	assert_int_equal(sim_events(fd, 1), 1);
	assert_int_equal(dev->ops->dma_unmap(dev, iova, 4096), 0);
	close(fd);
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_urls),
		cmocka_unit_test(several_cards),
		cmocka_unit_test(opening_is_quick),
		cmocka_unit_test_setup_teardown(regions, open_card, close_card),
		cmocka_unit_test_setup_teardown(configuration, open_card, close_card),
		cmocka_unit_test_setup_teardown(signal_to_eventfd, open_card, close_card),
		cmocka_unit_test_setup_teardown(wrong_interrupts, open_card, close_card),
		cmocka_unit_test_setup_teardown(every_vector, open_card, close_card),
		cmocka_unit_test_setup_teardown(saturated_eventfd, open_card, close_card),
		cmocka_unit_test_setup_teardown(wrong_dma, open_card, close_card),
		cmocka_unit_test_setup_teardown(unmapped_page_is_not_written, open_card, close_card),
		cmocka_unit_test(eventfds_are_let_go),
		cmocka_unit_test(ready_when_opened),
		cmocka_unit_test(low_addresses),
		cmocka_unit_test_setup_teardown(function_reset, open_card, close_card),
	};

	alarm(300); /* a hang is a failure */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
