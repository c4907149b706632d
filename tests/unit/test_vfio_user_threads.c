/* SPDX-License-Identifier: MIT */
/* The vfio-user backend's connection under several threads, signal handlers, late and missing answers. */
#include "sim_helper.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "driver/vfio_user.h"
#include "fake_server.h"

static struct fake_server *server;
static struct hvb_dev *dev;
static unsigned fds_before;
static _Atomic unsigned failures, handled;

static int make_server(void **state)
{
	(void)state;
	dev = NULL;
	failures = handled = 0;
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

static void must_open(void)
{
	char url[128];

	fake_server_start(server);
	snprintf(url, sizeof(url), "vfio-user:%s", server->path);
	dev = sim_open_card(url);
}

/* Writes of a thread are in place when its read is done; every reply reaches who asked. */
static void *write_and_read(void *arg)
{
	uint64_t base = (uintptr_t)arg * 64, value;

	for (uint64_t i = 1; i <= 300; i++) {
		hvb_dev_write64(dev, HVB_REGION_BAR2, base, ~i);
		hvb_dev_write64(dev, HVB_REGION_BAR2, base, base + i);
		hvb_dev_write64(dev, HVB_REGION_BAR2, base + 8, i);
		if (hvb_dev_read64(dev, HVB_REGION_BAR2, base, &value) || value != base + i)
			failures++;
		if (hvb_dev_read64(dev, HVB_REGION_BAR2, base + 8, &value) || value != i)
			failures++;
	}
	return NULL;
}

static void many_threads(void **state)
{
	pthread_t threads[6];

	(void)state;
	must_open();
	for (uintptr_t i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_and_read, (void *)i), 0);
	for (unsigned i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(failures, 0);
	assert_int_equal(sim_stat(dev, "posted"), 6 * 900);
}

static void *read_one(void *arg)
{
	uint64_t value, want = (uintptr_t)arg;

	if (hvb_dev_read64(dev, HVB_REGION_BAR0, 8 * want, &value) || value != want)
		failures++;
	return NULL;
}

/* Answers in another order than the questions'. */
static void reversed_answers(void **state)
{
	pthread_t threads[4];

	(void)state;
	must_open();
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR0, 8 * i, i), 0);
	assert_int_equal(read_one(NULL), NULL);
	server->hold = 4;
	for (uintptr_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_one, (void *)i), 0);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(failures, 0);
	server->hold = 0;
}

static void on_signal(int number)
{
	uint64_t value;

	(void)number;
	if (hvb_dev_write64(dev, HVB_REGION_BAR2, 512, handled) || hvb_dev_read64(dev, HVB_REGION_BAR2, 512, &value) ||
	    value != handled)
		failures++;
	handled++;
}

static void *read_on(void *arg)
{
	uint64_t value;
	_Atomic bool *stop = arg;

	while (!*stop)
		if (hvb_dev_write64(dev, HVB_REGION_BAR2, 0, 7) || hvb_dev_read64(dev, HVB_REGION_BAR2, 0, &value) ||
		    value != 7)
			failures++;
	return NULL;
}

/* A handler makes requests in the middle of the same thread's requests. */
static void signal_handlers(void **state)
{
	struct sigaction action = { .sa_handler = on_signal }, before;
	_Atomic bool stop = false;
	pthread_t thread;

	(void)state;
	must_open();
	sigaction(SIGUSR1, &action, &before);
	assert_int_equal(pthread_create(&thread, NULL, read_on, &stop), 0);
	for (unsigned i = 0; i < 200; i++) {
		unsigned now = handled;

		pthread_kill(thread, SIGUSR1);
		for (unsigned j = 0; handled == now && j < 5000; j++)
			usleep(100);
	}
	stop = true;
	pthread_join(thread, NULL);
	sigaction(SIGUSR1, &before, NULL);
	assert_int_equal(failures, 0);
	assert_int_equal(handled, 200);
}

/* It waits until the request is done that it finds its thread in. */
static void signals_wait(void **state)
{
	struct sigaction action = { .sa_handler = on_signal }, before;
	pthread_t thread;
	uint64_t value;

	(void)state;
	must_open();
	server->hold = 2;
	sigaction(SIGUSR1, &action, &before);
	fake_server_forget(server);
	assert_int_equal(pthread_create(&thread, NULL, read_one, NULL), 0);
	while (!fake_server_count(server, HVB_VFU_REGION_READ))
		usleep(1000);
	pthread_kill(thread, SIGUSR1);
	usleep(20000);
	assert_int_equal(handled, 0);
	assert_int_equal(fake_server_count(server, HVB_VFU_REGION_WRITE), 0);
	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, 0, &value), 0);   /* the second: both are answered */
	while (fake_server_count(server, HVB_VFU_REGION_READ) < 3)
		usleep(1000);
	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, 0, &value), 0);   /* for the handler's own read */
	pthread_join(thread, NULL);
	sigaction(SIGUSR1, &before, NULL);
	assert_int_equal(handled, 1);
	assert_int_equal(failures, 0);
	server->hold = 0;
}

static int serve_nothing(void *arg, int socket, struct hvb_vfu_message *message)
{
	(void)arg, (void)socket, (void)message;
	return 0;
}

static int ask(struct vfu_connection *connection)
{
	struct hvb_vfu_info question = { .argsz = sizeof(question) }, info;
	struct vfu_request request = { .command = HVB_VFU_GET_INFO, .body = &question, .length = sizeof(question),
				       .reply = &info, .reply_min = sizeof(info), .reply_max = sizeof(info) };

	return vfu_request(connection, &request);
}

/* A server that does not answer. */
static void silence(void **state)
{
	struct vfu_connection connection = { 0 };
	struct hvb_diag diag;
	uint64_t start = sim_now();

	(void)state;
	fake_server_start(server);
	fake_server_bend(server, FAULT_SILENT, HVB_VFU_VERSION, 0);
	assert_int_equal(vfu_open(&connection, server->path, 200, &diag), -ETIMEDOUT);
	assert_non_null(strstr(diag.what, "does not answer"));
	assert_non_null(strstr(diag.remedy, "another client"));
	assert_int_equal(vfu_open(&connection, server->path, 1200, &diag), 0);
	assert_int_equal(vfu_start(&connection, serve_nothing, NULL), 0);
	assert_int_equal(ask(&connection), 0);
	fake_server_bend(server, FAULT_SILENT, HVB_VFU_GET_INFO, 0);
	assert_int_equal(ask(&connection), -ETIMEDOUT);
	assert_int_equal(ask(&connection), -ENODEV);
	assert_true(sim_now() - start >= 1400000000u);
	vfu_stop(&connection);
	vfu_close(&connection);
}

/* A server that takes nothing: its socket fills up. */
static void stall(void **state)
{
	struct hvb_vfu_access access = { .region = HVB_REGION_BAR2, .count = 8 };
	struct vfu_connection connection = { 0 };
	uint64_t data = 0;
	int err = 0;

	(void)state;
	fake_server_start(server);
	assert_int_equal(vfu_open(&connection, server->path, 300, NULL), 0);
	assert_int_equal(vfu_start(&connection, serve_nothing, NULL), 0);
	fake_server_bend(server, FAULT_STALL, HVB_VFU_GET_INFO, 0);
	for (unsigned i = 0; i < 100000 && !err; i++) {
		if (i == 1) {
			struct hvb_vfu_header header = { .command = HVB_VFU_GET_INFO };

			assert_int_equal(hvb_vfu_send(connection.socket, &header, &data, 8, &data, 8, NULL, 0), 0);
		}
		err = vfu_post(&connection, &access, &data);
	}
	assert_int_equal(err, -ENODEV);
	assert_int_equal(connection.dead, -ETIMEDOUT);
	vfu_stop(&connection);
	vfu_close(&connection);
}

/* All who wait are told when the server goes, wherever they are. */
static void *read_until_gone(void *arg)
{
	uint64_t value;
	int err;

	(void)arg;
	do
		err = hvb_dev_read64(dev, HVB_REGION_BAR0, 0, &value);
	while (!err);
	if (err != -ENODEV)
		failures++;
	return NULL;
}

static void death(void **state)
{
	pthread_t threads[4];

	(void)state;
	must_open();
	server->hold = 4;                       /* of which one is bent: all four wait */
	fake_server_bend(server, FAULT_DIE, HVB_VFU_REGION_READ, 40);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_until_gone, NULL), 0);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(failures, 0);
	assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR0, 0, 0), -ENODEV);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make_server, free_server)
	const struct CMUnitTest tests[] = {
		T(many_threads), T(reversed_answers), T(signal_handlers), T(signals_wait), T(silence), T(stall),
		T(death),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
