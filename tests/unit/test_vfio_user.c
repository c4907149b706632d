/* SPDX-License-Identifier: MIT */
/* The vfio-user backend against a scripted server: what it sends, what it makes of good answers, and of all others. */
#include "sim_helper.h"
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "driver/config.h"
#include "driver/vfio_user.h"
#include "fake_server.h"

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

/* Whatever a test did, nothing is left open. */
static int free_server(void **state)
{
	(void)state;
	hvb_dev_close(dev);
	fake_server_free(server);
	assert_int_equal(sim_entries("/proc/self/fd"), fds_before);
	return 0;
}

static int try_open(struct hvb_diag *diag)
{
	char url[128];

	snprintf(url, sizeof(url), "vfio-user:%s", server->path);
	return hvb_dev_open(url, &dev, diag);
}

static void must_open(void)
{
	struct hvb_diag diag = { 0 };

	fake_server_start(server);
	if (try_open(&diag))
		fail_msg("%d %s (%s)", diag.err, diag.what, diag.remedy);
	fake_server_forget(server);
}

static void wrong_paths(void **state)
{
	struct hvb_diag diag;
	char longer[200] = "vfio-user:/";

	(void)state;
	fake_server_start(server);
	assert_int_equal(hvb_dev_open("vfio-user:", &dev, &diag), -EINVAL);
	assert_int_equal(hvb_dev_open("vfio-user:/tmp/x?colour=red", &dev, &diag), -EINVAL);
	memset(longer + 11, 'a', 120);
	assert_int_equal(hvb_dev_open(longer, &dev, &diag), -ENAMETOOLONG);
	assert_int_equal(hvb_dev_open("vfio-user:/nonexistent/x", &dev, &diag), -ENOENT);
	assert_string_equal(diag.where, "/nonexistent/x");
	assert_non_null(strstr(diag.remedy, "hvbell-sim --socket"));
	assert_int_equal(hvb_dev_open("vfio-user:/dev/null", &dev, &diag), -ECONNREFUSED);
	assert_null(dev);
}

static void handshake(void **state)
{
	struct hvb_region info;
	struct fake_note note;
	uint32_t word;
	unsigned count;

	(void)state;
	fake_server_start(server);
	assert_int_equal(try_open(NULL), 0);
	note = fake_server_note(server, HVB_VFU_VERSION, 0);
	assert_int_equal(note.length, 4 + strlen("{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576,"
						 "\"pgsizes\":4096,\"twin_socket\":{\"supported\":true}}}") + 1);
	assert_memory_equal(note.body, "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":16,", 37);
	assert_int_equal(fake_server_count(server, HVB_VFU_GET_REGION_INFO), 4);
	assert_int_equal(fake_server_count(server, HVB_VFU_GET_IRQ_INFO), 3);
	/* memory space and bus master on, AtomicOp Requester on */
	assert_int_equal(hvb_dev_read32(dev, HVB_REGION_CONFIG, 4, &word), 0);
	assert_int_equal(word & 6, 6);
	assert_int_equal(hvb_dev_read32(dev, HVB_REGION_CONFIG, 0x60 + 0x28, &word), 0);
	assert_int_equal(word, 1 << 6);
	for (unsigned i = 0; i < fake_server_count(server, HVB_VFU_REGION_WRITE); i++)
		assert_int_equal(fake_server_note(server, HVB_VFU_REGION_WRITE, i).header.flags, 0);
	assert_int_equal(dev->ops->region_info(dev, HVB_REGION_BAR2, &info), 0);
	assert_int_equal(info.size, FAKE_BAR_BYTES);
	assert_int_equal(info.flags, 0);
	assert_int_equal(dev->ops->region_info(dev, 1, &info), 0);
	assert_int_equal(info.size, 0);
	assert_int_equal(dev->ops->region_info(dev, 8, &info), -EINVAL);
	assert_int_equal(dev->ops->irq_count(dev, HVB_IRQ_MSIX, &count), 0);
	assert_int_equal(count, 64);
	assert_int_equal(dev->ops->irq_count(dev, 0, &count), -EINVAL);
	assert_int_equal(dev->ops->atomics(dev), 1);
	assert_null(dev->ops->step);
	assert_int_equal(dev->ops->region_map(dev, HVB_REGION_BAR2, 0, 4096, &(void *){ NULL }), -ENOTSUP);
}

/* A plainest server says nothing of what it can, and has neither ERR nor REQ: one descriptor goes in a message. */
static void plain_server(void **state)
{
	int fds[3] = { 0 };
	unsigned count;

	(void)state;
	server->json = NULL;
	server->info.irqs = 3;
	must_open();
	assert_int_equal(dev->ops->irq_count(dev, HVB_IRQ_ERR, &count), 0);
	assert_int_equal(count, 0);
	fds[0] = fds[1] = fds[2] = server->listener;
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 3, fds), 0);
	assert_int_equal(fake_server_count(server, HVB_VFU_SET_IRQS), 3);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_ERR, 0, 1, fds), -EINVAL);
}

static void no_card(void **state)
{
	struct hvb_diag diag;
	const struct hvb_vfu_info bad[] = { { 16, VFIO_DEVICE_FLAGS_PCI, 7, 5 }, { 16, VFIO_DEVICE_FLAGS_PCI, 9, 2 },
					    { 16, VFIO_DEVICE_FLAGS_RESET, 9, 5 } };

	(void)state;
	fake_server_start(server);
	for (unsigned i = 0; i < 3; i++) {
		server->info = bad[i];
		assert_int_equal(try_open(&diag), -ENODEV);
		assert_string_equal(diag.where, "GET_INFO");
	}
}

static void wrong_versions(void **state)
{
	static const char *const bad[] = {
		"", "{", "[]", "7", "null", "{\"capabilities\":7}", "{\"capabilities\":{\"max_msg_fds\":\"16\"}}",
		"{\"capabilities\":{\"max_msg_fds\":0}}", "{\"capabilities\":{\"max_dma_maps\":-1}}",
		"{\"capabilities\":{\"max_data_xfer_size\":7}}", "{\"capabilities\":{\"max_msg_fds\":1.5}}",
		"{\"capabilities\":{\"twin_socket\":{\"supported\":true,\"fd_index\":0}}}",
		"{\"capabilities\":{\"twin_socket\":{\"supported\":true,\"fd_index\":\"x\"}}}",
		"{\"capabilities\":{\"twin_socket\":{\"supported\":true,\"fd_index\":100000000}}}",
		"\xff\xfe",
	};
	struct hvb_diag diag;

	(void)state;
	fake_server_start(server);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		server->json = bad[i];
		if (try_open(&diag) != -EPROTO)
			fail_msg("%s was taken", bad[i]);
	}
	server->json = NULL;
	server->version = (struct hvb_vfu_version){ 1, 0 };
	assert_int_equal(try_open(&diag), -EPROTONOSUPPORT);
	server->version = (struct hvb_vfu_version){ 0, 1 };
	assert_int_equal(try_open(&diag), -EPROTONOSUPPORT);
	assert_string_equal(diag.where, server->path);
}

/* Every step of opening, and each way to answer it wrongly. */
static void broken_opening(void **state)
{
	static const struct { unsigned command, skip; } steps[] = {
		{ HVB_VFU_VERSION, 0 }, { HVB_VFU_GET_INFO, 0 }, { HVB_VFU_GET_REGION_INFO, 0 },
		{ HVB_VFU_GET_REGION_INFO, 3 }, { HVB_VFU_GET_IRQ_INFO, 0 }, { HVB_VFU_GET_IRQ_INFO, 2 },
		{ HVB_VFU_REGION_READ, 0 }, { HVB_VFU_REGION_WRITE, 0 }, { HVB_VFU_REGION_READ, 5 },
	};

	(void)state;
	fake_server_start(server);
	for (unsigned i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		for (enum fake_fault fault = FAULT_NONE + 1; fault <= FAULT_ERROR; fault++) {
			bool version = !i;
			int want = !version ? fault == FAULT_ERROR ? -EIO : -ENODEV :
				fault == FAULT_ERROR || fault == FAULT_ERROR_BODY ? -EPROTONOSUPPORT :
				fault == FAULT_DIE ? -EPIPE : -EPROTO;
			struct hvb_diag diag = { 0 };
			int err;

			fake_server_bend(server, fault, steps[i].command, steps[i].skip);
			err = try_open(&diag);
			if (err != want)
				fail_msg("command %u (%u), fault %d: %d, not %d", steps[i].command, steps[i].skip,
					 (int)fault, err, want);
			assert_int_equal(diag.err, want);
			assert_true(diag.what[0] && diag.where[0]);
			assert_null(dev);
		}
	fake_server_bend(server, FAULT_NONE, 0, 0);
	assert_int_equal(try_open(NULL), 0);
}

static void wrong_config(void **state)
{
	unsigned char *config = server->memory[HVB_REGION_CONFIG];
	struct hvb_diag diag;

	(void)state;
	fake_server_start(server);
	config[0x41] = 0x40;                    /* the list is a loop */
	assert_int_equal(try_open(&diag), -ENOENT);
	config[0x41] = 0x20;                    /* leaves where capabilities are */
	config[0x20] = 0x10;
	assert_int_equal(try_open(&diag), -ENOENT);
	config[0x41] = 0x60;
	config[6] = 0;
	assert_int_equal(try_open(&diag), -ENOENT);
	config[6] = 0x10;
	config[4] = config[0x60 + 0x28] = 0;
	server->config_fixed = true;
	assert_int_equal(try_open(&diag), -EIO);
	config[4] = 6;
	assert_int_equal(try_open(&diag), -EIO);
	assert_non_null(strstr(diag.what, "AtomicOp"));
	memset(config, 0xff, 256);
	assert_int_equal(try_open(&diag), -ENODEV);
}

static void access_bytes(void **state)
{
	struct { struct hvb_vfu_access access; uint64_t data; } sent;
	struct fake_note note;
	uint64_t value = 0;
	unsigned char byte;

	(void)state;
	must_open();
	assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR2, 0x18, 0x1122334455667788), 0);
	assert_int_equal(hvb_dev_write32(dev, HVB_REGION_BAR0, 0x20, 0xdeadbeef), 0);
	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR2, 0x18, &value), 0);
	assert_int_equal(value, 0x1122334455667788);
	assert_int_equal(dev->ops->region_read(dev, HVB_REGION_BAR2, 0x1f, &byte, 1), 0);
	assert_int_equal(byte, 0x11);

	note = fake_server_note(server, HVB_VFU_REGION_WRITE, 0);
	assert_int_equal(note.header.flags, HVB_VFU_NO_REPLY);
	assert_int_equal(note.length, sizeof(sent));
	memcpy(&sent, note.body, sizeof(sent));
	assert_int_equal(sent.access.offset, 0x18);
	assert_int_equal(sent.access.region, 2);
	assert_int_equal(sent.access.count, 8);
	assert_int_equal(sent.data, 0x1122334455667788);
	assert_int_equal(fake_server_note(server, HVB_VFU_REGION_WRITE, 1).length, 20);
	note = fake_server_note(server, HVB_VFU_REGION_READ, 0);
	assert_int_equal(note.header.flags, 0);
	assert_int_equal(note.length, sizeof(sent.access));
	assert_memory_equal(note.body, &sent.access, sizeof(sent.access));

	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, FAKE_BAR_BYTES, &value), -ENXIO);
	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, UINT64_MAX - 7, &value), -ENXIO);
	assert_int_equal(hvb_dev_read64(dev, 1, 0, &value), -ENXIO);
	assert_int_equal(hvb_dev_read64(dev, 99, 0, &value), -ENXIO);
	assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR2, 4, 0), -EINVAL);
	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_CONFIG, 0, &value), -EINVAL);
	assert_int_equal(dev->ops->region_read(dev, HVB_REGION_BAR0, 0, &value, 3), -EINVAL);
	assert_int_equal(sim_stat(dev, "posted"), 2);
	assert_int_equal(sim_stat(dev, "requests"), sim_stat(dev, "replies"));
	assert_int_equal(dev->ops->stats(dev, NULL, 0), 6);
}

/* What the server may say of an access, and what becomes of it. */
static void server_errors(void **state)
{
	static const struct { unsigned says; int means; } cases[] = {
		{ ENXIO, -ENXIO }, { ENODEV, -ENODEV }, { EINVAL, -EINVAL }, { EIO, -EIO }, { ETIMEDOUT, -EIO },
		{ 0, -EIO }, { UINT32_MAX, -EIO },
	};
	uint64_t value = 5;

	(void)state;
	must_open();
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		server->fault_error = cases[i].says;
		fake_server_bend(server, FAULT_ERROR, HVB_VFU_REGION_READ, 0);
		assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, 0, &value), cases[i].means);
		assert_int_equal(value, 5);
	}
	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, 0, &value), 0);
	fake_server_bend(server, FAULT_ERROR, HVB_VFU_RESET, 0);
	assert_int_equal(dev->ops->reset(dev), -EIO);
	assert_int_equal(dev->ops->reset(dev), 0);
}

/* A broken answer to any later request ends the card's life, for every call. */
static void broken_later(void **state)
{
	static const unsigned commands[] = { HVB_VFU_SET_IRQS, HVB_VFU_RESET, HVB_VFU_REGION_READ,
					     HVB_VFU_REGION_WRITE };
	uint64_t value, iova;
	int fd = -1;

	(void)state;
	fake_server_start(server);
	for (unsigned i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		for (enum fake_fault fault = FAULT_NONE + 1; fault <= FAULT_ECHO; fault++) {
			int err = 0;

			if (fault == FAULT_ERROR || (fault == FAULT_ECHO && i < 2))
				continue;
			assert_int_equal(try_open(NULL), 0);
			fake_server_bend(server, fault, commands[i], 0);
			if (commands[i] == HVB_VFU_SET_IRQS)
				err = dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 1, &fd);
			else if (commands[i] == HVB_VFU_RESET)
				err = dev->ops->reset(dev);
			else if (commands[i] == HVB_VFU_REGION_READ)
				err = hvb_dev_read64(dev, HVB_REGION_BAR0, 0, &value);
			else
				err = hvb_dev_write32(dev, HVB_REGION_CONFIG, 0x10, 0);
			if (err != -ENODEV)
				fail_msg("command %u, fault %d: %d", commands[i], (int)fault, err);
			assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, 0, &value), -ENODEV);
			assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR0, 0, 0), -ENODEV);
			assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 1, &fd), -ENODEV);
			assert_int_equal(dev->ops->reset(dev), -ENODEV);
			assert_int_equal(dev->ops->dma_map(dev, (void *)4096, 4096, HVB_DMA_READ, &iova), -ENODEV);
			hvb_dev_close(dev);
			dev = NULL;
		}
}

static void check_irqs(unsigned i, unsigned start, unsigned count, unsigned fds)
{
	struct fake_note note = fake_server_note(server, HVB_VFU_SET_IRQS, i);
	uint32_t words[5];

	assert_int_equal(note.length, sizeof(words));
	memcpy(words, note.body, sizeof(words));
	assert_int_equal(words[0], 20);
	assert_int_equal(words[1], VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER);
	assert_int_equal(words[2], HVB_IRQ_MSIX);
	assert_int_equal(words[3], start);
	assert_int_equal(words[4], count);
	assert_int_equal(note.fd_count, fds);
}

static void interrupts(void **state)
{
	int event = eventfd(0, EFD_CLOEXEC), fds[64];

	(void)state;
	must_open();
	for (unsigned i = 0; i < 64; i++)
		fds[i] = i >= 18 && i < 40 ? -1 : event;
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 1, 42, fds), 0);
	assert_int_equal(fake_server_count(server, HVB_VFU_SET_IRQS), 4);
	check_irqs(0, 1, 16, 16);
	check_irqs(1, 17, 2, 2);
	check_irqs(2, 19, 22, 0);
	check_irqs(3, 41, 2, 2);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_REQ, 0, 1, &event), 0);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 65, fds), -EINVAL);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 64, 0, fds), 0);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, UINT32_MAX, 2, fds), -EINVAL);
	assert_int_equal(dev->ops->irq_set(dev, 1, 0, 1, fds), -EINVAL);
	assert_int_equal(fake_server_count(server, HVB_VFU_SET_IRQS), 5);
	close(event);
}

static void reset_and_close(void **state)
{
	uint32_t words[5];
	struct fake_note note;

	(void)state;
	must_open();
	memset(&server->memory[7][4], 0, 2);
	assert_int_equal(dev->ops->reset(dev), 0);
	note = fake_server_note(server, HVB_VFU_SET_IRQS, 0);
	memcpy(words, note.body, sizeof(words));
	assert_int_equal(words[1], VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER);
	assert_int_equal(words[4], 0);
	note = fake_server_note(server, HVB_VFU_RESET, 0);
	assert_int_equal(note.length, 0);
	assert_int_equal(server->memory[7][4], 6);
	fake_server_forget(server);
	hvb_dev_close(dev);
	dev = NULL;
	assert_int_equal(server->memory[7][4], 2);
	assert_int_equal(fake_server_count(server, HVB_VFU_SET_IRQS), 3);
	server->info.flags = VFIO_DEVICE_FLAGS_PCI;
	assert_int_equal(try_open(NULL), 0);
	assert_int_equal(dev->ops->reset(dev), -ENOTSUP);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make_server, free_server)
	const struct CMUnitTest tests[] = {
		T(wrong_paths), T(handshake), T(plain_server), T(no_card), T(wrong_versions), T(broken_opening),
		T(wrong_config), T(access_bytes), T(server_errors), T(broken_later), T(interrupts), T(reset_and_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
