/* SPDX-License-Identifier: MIT */
/*
 * What a vfio-user client sees of the card: configuration space and resets as a host kernel shows them, interrupts by
 * VFIO's rules, and a card as after a reset for each client, however the one before it went.
 */
#include "server_client.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "sim/server/server.h"
#include "hvb_regs.h"

#define PAGE 4096ull
#define BASE 0x100000ull
#define RW (HVB_VFU_MAP_READ | HVB_VFU_MAP_WRITE)
#define DEVCTL (PCIE_CAP + 8)

static uint32_t config(struct client *c, unsigned offset, unsigned bytes)
{
	return (uint32_t)region_value(c, CONFIG, offset, bytes);
}

static void config_set(struct client *c, unsigned offset, unsigned bytes, uint32_t value)
{
	region_set(c, CONFIG, offset, bytes, value);
}

/* ---- configuration space */

/* All of it at once, and by every smaller access, says the same. */
static void test_config_read(void **state)
{
	struct client *c = *state;
	unsigned char all[4096];

	assert_int_equal(region_read(c, CONFIG, 0, sizeof(all)), 0);
	memcpy(all, c->reply.body + sizeof(struct hvb_vfu_access), sizeof(all));
	for (unsigned bytes = 1; bytes <= 8; bytes++)
		for (unsigned at = 0; at < 0x120; at++) {
			uint64_t value = region_value(c, CONFIG, at, bytes);

			assert_memory_equal(&value, all + at, bytes);
		}
	assert_int_equal(config(c, 0, 4), (uint32_t)HVB_DEVICE_ID << 16 | HVB_VENDOR_ID);
	assert_int_equal(config(c, 4, 2), 0);
	assert_int_equal(config(c, 0x108, 4), HVB_MAGIC);
	assert_int_equal(config(c, 4092, 4), 0);
}

/* The lower bits of a BAR say what it is, the address bits above its size are the client's to write. */
static void test_bar_sizing(void **state)
{
	static const uint32_t masks[6] = { 0xffff0000, 0xffffffff, 0xfffc0000, 0xffffffff, 0xffff0000, 0xffffffff };
	struct client *c = *state;

	for (unsigned bytes = 1; bytes <= 4; bytes *= 2)
		for (unsigned bar = 0; bar < 6; bar++) {
			unsigned offset = 0x10 + 4 * bar;
			uint32_t kind = bar & 1 ? 0 : 4;

			for (unsigned i = 0; i < 4; i += bytes)
				config_set(c, offset + i, bytes, UINT32_MAX);
			assert_int_equal(config(c, offset, 4), masks[bar] | kind);
			for (unsigned i = 0; i < 4; i += bytes)
				config_set(c, offset + i, bytes, 0);
			assert_int_equal(config(c, offset, 4), kind);
			config_set(c, offset, 4, 0xa5a5a5a5);
			assert_int_equal(config(c, offset, 4), (0xa5a5a5a5 & masks[bar]) | kind);
		}
	config_set(c, 0x28, 4, UINT32_MAX);
	config_set(c, 0x30, 4, UINT32_MAX);
	assert_int_equal(config(c, 0x28, 4), 0);
	assert_int_equal(config(c, 0x30, 4), 0);
	/* addresses are not used for anything */
	card_on(c);
	assert_int_equal(region_value(c, HVB_BAR_CTRL, 0, 4), HVB_MAGIC);
}

static void test_memory_enable(void **state)
{
	static const unsigned bars[] = { HVB_BAR_CTRL, HVB_BAR_DOORBELL, HVB_BAR_MSIX };
	struct client *c = *state;
	uint64_t value = 0;

	for (unsigned bytes = 1; bytes <= 4; bytes *= 2) {
		for (unsigned i = 0; i < 3; i++) {
			refused(c, region_read(c, bars[i], 0, 8), EIO);
			refused(c, region_write(c, bars[i], 0, 8, &value), EIO);
		}
		config_set(c, 4, bytes, 2);
		assert_int_equal(config(c, 4, bytes) & 0xff, 2);
		for (unsigned i = 0; i < 3; i++) {
			assert_int_equal(region_read(c, bars[i], 0, 8), 0);
			assert_int_equal(region_write(c, bars[i], 0, 8, &value), 0);
		}
		config_set(c, 4, bytes, 4);
		assert_int_equal(config(c, 4, bytes) & 0xff, 4);
	}
	assert_int_equal(server_lines(), 0);
}

/* MSI-X control is shown as it was written, and moves nothing. */
static void test_msix_control(void **state)
{
	struct client *c = *state;
	int fd = event_file();

	card_on(c);
	assert_int_equal(dma_map(c, BASE, PAGE, 0, RW, fd), EINVAL);
	server_lines();
	for (unsigned bytes = 1; bytes <= 4; bytes *= 2)
		for (unsigned bits = 0; bits < 4; bits++) {
			unsigned at = bytes == 4 ? MSIX_CAP : bytes == 2 ? MSIX_CAP + 2 : MSIX_CAP + 3;

			config_set(c, at, bytes, bits << (8 * bytes - 2) | (bytes == 1 ? 0x3f : 0));
			assert_int_equal(config(c, MSIX_CAP, 4), 0x00ff7011 | bits << 30);
		}
	close(fd);
}

/* ---- the card at work: a page of memory, and a vector */

struct work {
	struct client *c;
	int memory, event;
	unsigned flag;
};

static struct work work_start(struct client *c, unsigned vector)
{
	struct work work = { c, memory_file(PAGE), event_file(), 0 };

	card_on(c);
	assert_int_equal(dma_map(c, BASE, PAGE, 0, RW, work.memory), 0);
	assert_int_equal(set_irqs(c, IRQ_EVENTFD, MSIX, vector, 1, &work.event, 1), 0);
	return work;
}

/* A signal arrives, with its interrupt where one is expected. */
static void work_once(struct work *work, unsigned vector, bool interrupt)
{
	assert_int_equal(card_direct(work->c, BASE, vector, work->flag++), DIRECT_NEWLY);
	region_value(work->c, HVB_BAR_CTRL, 0, 8);
	assert_int_equal(events(work->event, interrupt), interrupt);
}

static void work_end(struct work *work)
{
	close(work->memory);
	close(work->event);
}

/* Whatever way the reset came: what the client set is gone, and its vectors are where they were. */
static void expect_reset(struct work *work, unsigned vector)
{
	struct client *c = work->c;

	assert_int_equal(config(c, 4, 2), 0);
	for (unsigned bar = 0; bar < 6; bar++)
		assert_int_equal(config(c, 0x10 + 4 * bar, 4), bar & 1 ? 0 : 4);
	assert_int_equal(config(c, MSIX_CAP, 4), 0x00ff7011);
	assert_int_equal(config(c, DEVCTL, 2), 0);
	assert_int_equal(config(c, PCIE_CAP + 0x28, 2), 0);
	refused(c, region_read(c, HVB_BAR_CTRL, 0, 8), EIO);
	config_set(c, 4, 2, 2);
	assert_int_equal(region_value(c, HVB_BAR_CTRL, HVB_R_HASH0, 8), 0);
	assert_int_equal(region_value(c, HVB_BAR_CTRL, HVB_R_STATE, 8) & HVB_STATE_INIT_MASK, 0);
	card_on(c);
	work_once(work, vector, true);
}

static void dirty(struct client *c)
{
	config_set(c, 4, 2, 6);
	for (unsigned bar = 0; bar < 6; bar++)
		config_set(c, 0x10 + 4 * bar, 4, UINT32_MAX);
	config_set(c, MSIX_CAP + 2, 2, 0xc000);
	config_set(c, DEVCTL, 2, 0xf);
	region_set(c, HVB_BAR_CTRL, HVB_R_HASH0, 8, 0x1234);
	assert_int_equal(region_value(c, HVB_BAR_CTRL, HVB_R_HASH0, 8), 0x1234);
}

static void test_resets(void **state)
{
	struct client *c = *state;
	struct work work = work_start(c, 255);

	work_once(&work, 255, true);
	for (unsigned way = 0; way < 6; way++) {
		dirty(c);
		if (way == 0)
			config_set(c, DEVCTL + 1, 1, 0x80);
		else if (way == 1)
			config_set(c, DEVCTL, 2, 0x8000);
		else if (way == 2)
			config_set(c, DEVCTL, 4, 0x8000);
		else if (way == 3)
			config_set(c, DEVCTL - 1, 3, 0x800000);
		else if (way == 4)
			client_send(c, HVB_VFU_RESET, HVB_VFU_NO_REPLY, NULL, 0, NULL, 0);
		else
			assert_int_equal(client_ask(c, HVB_VFU_RESET, NULL, 0), 0);
		expect_reset(&work, 255);
	}
	config_set(c, DEVCTL + 1, 1, 0x7f);      /* every bit but that */
	work_once(&work, 255, true);
	work_end(&work);
}

/* Off and on again: connected vectors, the bus master, D3hot. */
static void test_power(void **state)
{
	struct client *c = *state;
	struct work work = work_start(c, 1);

	config_set(c, PM_CAP + 4, 2, 3);
	assert_int_equal(config(c, PM_CAP + 4, 1) & 3, 3);
	refused(c, region_read(c, HVB_BAR_CTRL, 0, 8), EIO);
	config_set(c, PM_CAP + 4, 2, 0);
	work_once(&work, 1, true);
	config_set(c, PM_CAP + 4, 2, 3);
	assert_int_equal(client_ask(c, HVB_VFU_RESET, NULL, 0), 0);
	expect_reset(&work, 1);
	assert_int_equal(set_irqs(c, IRQ_EVENTFD, MSIX, 2, 1, &work.event, 1), 0);
	config_set(c, PM_CAP + 4, 2, 3);
	refused(c, set_irqs(c, IRQ_NONE, MSIX, 0, 0, NULL, 0), EIO);        /* no answer; but it is done */
	config_set(c, PM_CAP + 4, 2, 0);
	assert_int_equal(set_irqs(c, IRQ_NONE, MSIX, 1, 2, NULL, 0), 0);
	assert_int_equal(events(work.event, false), 0);
	/* and stays so: their interrupts pend */
	assert_int_equal(client_ask(c, HVB_VFU_RESET, NULL, 0), 0);
	card_on(c);
	assert_int_equal(set_irqs(c, IRQ_EVENTFD, MSIX, 5, 1, &work.event, 1), 0);
	work_once(&work, 1, false);
	assert_int_equal(region_value(c, HVB_BAR_MSIX, HVB_PBA_OFFSET, 8), 1 << 1);
	config_set(c, PM_CAP + 4, 2, 3);
	client_close(c);                         /* and leaves it so */
	client_open(c);
	card_on(c);
	assert_int_equal(region_value(c, HVB_BAR_CTRL, 0, 4), HVB_MAGIC);
	work_end(&work);
}

/* The table is the server's: a client's writes neither mask nor move a vector, at any width, nor from the side. */
static void test_table(void **state)
{
	struct client *c = *state;
	struct work work = work_start(c, 2);
	unsigned char all[4096];

	memset(all, 0xff, sizeof(all));
	for (unsigned bytes = 1; bytes <= 8; bytes *= 2)
		for (unsigned at = 32; at < 48; at += bytes)
			region_set(c, HVB_BAR_MSIX, at, bytes, UINT64_MAX);
	work_once(&work, 2, true);
	assert_int_equal(region_write(c, HVB_BAR_MSIX, 0, sizeof(all), all), 0);
	region_post(c, HVB_BAR_MSIX, 40, 1ull << 32);
	work_once(&work, 2, true);
	assert_int_equal(region_value(c, HVB_BAR_MSIX, 40, 8), 2);
	work_end(&work);
}

/* ---- interrupts */

static void test_irq_matrix(void **state)
{
	struct client *c = *state;
	int fds[16], pipe_ends[2], file = memory_file(PAGE);
	static const struct { unsigned index, start, count; } outside[] = {
		{ 0, 0, 0 }, { 0, 0, 1 }, { 1, 0, 1 }, { MSIX, 256, 0 }, { MSIX, 255, 2 }, { MSIX, 0, 257 },
		{ MSIX, UINT32_MAX, 2 }, { MSIX, 1, UINT32_MAX }, { MSIX, 1u << 31, 1u << 31 },
		{ MSIX, 128, UINT32_MAX - 127 }, { ERR, 0, 2 }, { ERR, 1, 0 }, { ERR, 1, 1 },
		{ REQ, 0, 2 }, { REQ, UINT32_MAX, 1 },
		{ 5, 0, 1 }, { 5, 0, 0 }, { UINT32_MAX, 0, 1 },
	};

	for (unsigned i = 0; i < 16; i++)
		fds[i] = event_file();
	for (unsigned i = 0; i < sizeof(outside) / sizeof(*outside); i++) {
		unsigned index = outside[i].index, start = outside[i].start, count = outside[i].count;

		refused(c, set_irqs(c, IRQ_NONE, index, start, count, NULL, 0), EINVAL);
		refused(c, set_irqs(c, IRQ_BOOL, index, start, count, NULL, 0), EINVAL);
		refused(c, set_irqs(c, IRQ_EVENTFD, index, start, count, NULL, 0), EINVAL);
		refused(c, set_irqs(c, IRQ_EVENTFD, index, start, count, fds, count && count < 16 ? count : 1), EINVAL);
	}
	for (unsigned flags = 0; flags < 256; flags++)   /* data: none, bool, eventfd; action: mask, unmask, trigger */
		if (flags != IRQ_NONE && flags != IRQ_BOOL && flags != IRQ_EVENTFD) {
			refused(c, set_irqs(c, flags, MSIX, 0, 1, NULL, 0), EINVAL);
			refused(c, set_irqs(c, flags, MSIX, 0, 1, fds, 1), EINVAL);
		}
	refused(c, set_irqs(c, IRQ_NONE | 1u << 31, MSIX, 0, 1, NULL, 0), EINVAL);
	for (unsigned count = 0; count <= 16; count++)
		for (unsigned sent = 1; sent <= 16; sent++)
			if (count != sent)
				refused(c, set_irqs(c, IRQ_EVENTFD, MSIX, 0, count, fds, sent), EINVAL);
	refused(c, set_irqs(c, IRQ_NONE, MSIX, 0, 1, fds, 1), EINVAL);
	refused(c, set_irqs(c, IRQ_NONE, MSIX, 0, 0, fds, 1), EINVAL);
	refused(c, set_irqs(c, IRQ_BOOL, MSIX, 0, 1, fds, 1), EINVAL);
	refused(c, set_irqs(c, IRQ_BOOL, MSIX, 0, 1, NULL, 0), EINVAL);     /* the byte is missing */
	assert_int_equal(pipe(pipe_ends), 0);
	refused(c, set_irqs(c, IRQ_EVENTFD, MSIX, 0, 1, &pipe_ends[1], 1), EINVAL);
	refused(c, set_irqs(c, IRQ_EVENTFD, ERR, 0, 1, &file, 1), EINVAL);
	refused(c, set_irqs(c, IRQ_EVENTFD, MSIX, 0, 2, (int[]){ fds[0], file }, 2), EINVAL);
	assert_int_equal(set_irqs(c, IRQ_NONE, MSIX, 0, 1, NULL, 0), 0);
	assert_int_equal(events(fds[0], false), 0);      /* nothing of all that was connected */
	for (unsigned i = 0; i < 16; i++)
		close(fds[i]);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	close(file);
}

/* Loop-back rings exactly what it names; ERR and REQ are others than the vectors. */
static void test_loop_back(void **state)
{
	struct client *c = *state;
	struct {
		struct vfio_irq_set set;
		uint8_t which[8];
	} some = { { sizeof(some.set), IRQ_BOOL, MSIX, 240, 8 }, { 1, 0, 255, 0, 0, 2, 0, 1 } };
	int fds[16], err_fd = event_file(), req_fd = event_file();

	for (unsigned i = 0; i < 16; i++)
		fds[i] = event_file();
	assert_int_equal(set_irqs(c, IRQ_EVENTFD, MSIX, 240, 16, fds, 16), 0);
	assert_int_equal(set_irqs(c, IRQ_EVENTFD, ERR, 0, 1, &err_fd, 1), 0);
	assert_int_equal(set_irqs(c, IRQ_EVENTFD, REQ, 0, 1, &req_fd, 1), 0);
	assert_int_equal(set_irqs(c, IRQ_NONE, MSIX, 244, 3, NULL, 0), 0);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(events(fds[i], false), i >= 4 && i < 7);
	assert_int_equal(client_ask(c, HVB_VFU_SET_IRQS, &some, sizeof(struct vfio_irq_set) + 8), 0);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(events(fds[i], false), i < 8 && some.which[i]);
	assert_int_equal(events(err_fd, false) + events(req_fd, false), 0);
	assert_int_equal(set_irqs(c, IRQ_NONE, ERR, 0, 1, NULL, 0), 0);
	assert_int_equal(events(err_fd, false), 1);
	hvb_server_request(server_under_test());
	assert_int_equal(events(req_fd, false), 1);
	assert_int_equal(set_irqs(c, IRQ_NONE, MSIX, 0, 0, NULL, 0), 0);         /* all vectors, and no more */
	assert_int_equal(set_irqs(c, IRQ_NONE, MSIX, 0, 256, NULL, 0), 0);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(events(fds[i], false), 0);
	assert_int_equal(set_irqs(c, IRQ_NONE, ERR, 0, 1, NULL, 0), 0);
	hvb_server_request(server_under_test());
	assert_int_equal(events(err_fd, false) + events(req_fd, false), 2);
	assert_int_equal(set_irqs(c, IRQ_NONE, ERR, 0, 0, NULL, 0), 0);
	assert_int_equal(set_irqs(c, IRQ_NONE, ERR, 0, 1, NULL, 0), 0);
	hvb_server_request(server_under_test());
	assert_int_equal(events(err_fd, false), 0);
	assert_int_equal(events(req_fd, false), 1);
	assert_int_equal(set_irqs(c, IRQ_EVENTFD, REQ, 0, 1, NULL, 0), 0);
	hvb_server_request(server_under_test());
	assert_int_equal(events(req_fd, false), 0);
	assert_int_equal(server_lines(), 0);
	for (unsigned i = 0; i < 16; i++)
		close(fds[i]);
	close(err_fd);
	close(req_fd);
}

/* An eventfd is replaced at any time: each interrupt comes once, at the one connected then; what came while there was
 * none waits in the card. */
static void test_replaced(void **state)
{
	struct client *c = *state;
	struct work work = work_start(c, 7);
	int other = event_file();

	work_once(&work, 7, true);
	assert_int_equal(set_irqs(c, IRQ_EVENTFD, MSIX, 7, 1, &other, 1), 0);
	work_once(&work, 7, false);
	assert_int_equal(events(other, true), 1);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(set_irqs(c, IRQ_EVENTFD, MSIX, 7, 1, i % 2 ? &other : &work.event, 1), 0);
		work_once(&work, 7, i % 2 == 0);
		assert_int_equal(events(other, i % 2), i % 2);
	}
	assert_int_equal(set_irqs(c, IRQ_EVENTFD, MSIX, 7, 1, NULL, 0), 0);
	work_once(&work, 7, false);
	assert_int_equal(region_value(c, HVB_BAR_MSIX, HVB_PBA_OFFSET, 8), 1 << 7);
	assert_int_equal(set_irqs(c, IRQ_EVENTFD, MSIX, 7, 1, &work.event, 1), 0);
	assert_int_equal(events(work.event, true), 1);
	assert_int_equal(events(other, false), 0);
	assert_int_equal(set_irqs(c, IRQ_NONE, MSIX, 0, 0, NULL, 0), 0);
	work_once(&work, 7, false);
	close(other);
	work_end(&work);
}

/* An eventfd that is full stops nobody. */
static void test_full_eventfd(void **state)
{
	const uint64_t most = UINT64_MAX - 1;
	struct client *c = *state;
	struct work work = work_start(c, 3);
	int full = eventfd(0, EFD_CLOEXEC);

	assert_int_equal(write(full, &most, sizeof(most)), sizeof(most));
	assert_int_equal(set_irqs(c, IRQ_EVENTFD, MSIX, 3, 1, &full, 1), 0);
	assert_int_equal(set_irqs(c, IRQ_EVENTFD, ERR, 0, 1, &full, 1), 0);
	work_once(&work, 3, false);
	work_once(&work, 3, false);
	assert_int_equal(set_irqs(c, IRQ_NONE, ERR, 0, 1, NULL, 0), 0);
	assert_int_equal(set_irqs(c, IRQ_NONE, MSIX, 3, 1, NULL, 0), 0);
	assert_true(events(full, false) == most);
	close(full);
	work_end(&work);
}

/* ---- how clients go */

/* Everything a client can leave: memory, eventfds, posted writes, half a message; how the next one finds the card. */
static void test_death(void **state)
{
	struct client *c = *state;
	const struct hvb_vfu_header half = { .command = HVB_VFU_REGION_WRITE, .size = 4096 };
	struct holdings before, after;

	client_close(c);
	before = holdings();
	for (unsigned way = 0; way < 8; way++) {
		struct work work;
		int fds[16];

		client_open(c);
		work = work_start(c, 0);
		work_once(&work, 0, true);
		for (unsigned i = 0; i < 16; i++)
			fds[i] = event_file();
		assert_int_equal(set_irqs(c, IRQ_EVENTFD, MSIX, 1, 16, fds, 16), 0);
		assert_int_equal(set_irqs(c, IRQ_EVENTFD, ERR, 0, 1, fds, 1), 0);
		assert_int_equal(set_irqs(c, IRQ_EVENTFD, REQ, 0, 1, fds, 1), 0);
		dirty(c);
		for (unsigned i = 0; way & 1 && i < 500; i++)
			region_post(c, HVB_BAR_CTRL, HVB_R_HASH1, i);
		if (way & 2)
			client_send(c, HVB_VFU_GET_INFO, 0, NULL, 0, NULL, 0);
		if (way & 4)
			client_raw(c, &half, sizeof(half), fds, 16);
		client_close(c);
		if (!(way & 2))          /* else it may have noticed when it answered */
			assert_int_equal(server_lines(), way & 4 ? 1 : 0);
		server_lines();
		for (unsigned i = 0; i < 16; i++)
			close(fds[i]);
		work_end(&work);
		after = holdings();
		assert_int_equal(after.fds, before.fds);
		assert_int_equal(after.maps, before.maps);
		assert_int_equal(after.threads, before.threads);
		client_open(c);
		work = work_start(c, 0);
		assert_int_equal(client_ask(c, HVB_VFU_RESET, NULL, 0), 0);
		expect_reset(&work, 0);
		client_close(c);
		work_end(&work);
		client_open(c);
		assert_int_equal(config(c, 4, 2), 0);
		assert_int_equal(config(c, 0x10, 4), 4);
		config_set(c, 4, 2, 2);
		assert_int_equal(region_value(c, HVB_BAR_CTRL, HVB_R_HASH0, 8), 0);
		assert_int_equal(region_value(c, HVB_BAR_CTRL, HVB_R_HASH1, 8), 0);
		assert_int_equal(set_irqs(c, IRQ_NONE, MSIX, 0, 256, NULL, 0), 0);
		client_close(c);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, client_begin, client_end)
	const struct CMUnitTest tests[] = {
		TEST(test_config_read), TEST(test_bar_sizing), TEST(test_memory_enable), TEST(test_msix_control),
		TEST(test_resets), TEST(test_power), TEST(test_table), TEST(test_irq_matrix), TEST(test_loop_back),
		TEST(test_replaced), TEST(test_full_eventfd), TEST(test_death),
	};
	return cmocka_run_group_tests(tests, server_start, server_stop);
}
