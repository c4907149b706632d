/* SPDX-License-Identifier: MIT */
/* Opening a serial port that is none, is taken, or has no card behind it; and a card that goes away. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "driver/dev.h"
#include "driver/serial_frame.h"
#include "driver/serial_pins.h"
#include "driver/serial_port.h"

/* A terminal's two ends. What is written into one comes out of the other. */
struct line {
	int far;
	char path[64];
	pthread_t thread;
	bool noise, answers;             /* what the far end does: send rubbish, answer the reset */
	bool end;
};

static void *far_end(void *arg)
{
	struct line *line = arg;
	struct hvb_serial_decoder decoder = { 0 };
	struct hvb_serial_frame frame;
	uint8_t byte, bytes[HVB_SERIAL_LINE_BYTES];

	while (!__atomic_load_n(&line->end, __ATOMIC_ACQUIRE)) {
		struct pollfd come = { .fd = line->far, .events = POLLIN };

		if (line->noise && write(line->far, "\x7e\x03\x7d~rubbish", 11) < 0)
			usleep(1000);
		if (poll(&come, 1, 20) != 1 || read(line->far, &byte, 1) != 1)
			continue;
		if (hvb_serial_decode(&decoder, byte, &frame) != HVB_SERIAL_GOOD || frame.kind != HVB_SERIAL_RESET ||
		    !line->answers)
			continue;
		frame.kind = HVB_SERIAL_READY;
		if (write(line->far, bytes, hvb_serial_encode(&frame, bytes)) < 0)
			break;
	}
	return NULL;
}

static void connect_line(struct line *line)
{
	line->far = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	assert_true(line->far >= 0);
	assert_int_equal(grantpt(line->far), 0);
	assert_int_equal(unlockpt(line->far), 0);
	assert_int_equal(ptsname_r(line->far, line->path, sizeof(line->path)), 0);
	assert_int_equal(pthread_create(&line->thread, NULL, far_end, line), 0);
}

static void disconnect(struct line *line)
{
	__atomic_store_n(&line->end, true, __ATOMIC_RELEASE);
	pthread_join(line->thread, NULL);
	close(line->far);
}

static int open_url(const char *path, const char *options, struct hvb_diag *diag)
{
	struct hvb_dev *dev;
	char url[128];

	snprintf(url, sizeof(url), "serial:%s%s", path, options);
	errno = 42;
	assert_true(hvb_dev_open(url, &dev, diag) < 0);
	assert_int_equal(errno, 42);
	assert_null(dev);
	return diag->err;
}

static void no_port(void **state)
{
	struct hvb_diag diag;

	(void)state;
	assert_int_equal(open_url("/nonexistent/ttyUSB0", "", &diag), -ENOENT);
	assert_non_null(strstr(diag.where, "ttyUSB0"));
	assert_int_equal(open_url("/dev/null", "", &diag), -ENOTTY);
	assert_int_equal(open_url("", "", &diag), -ENOENT);
	assert_int_equal(open_url("/dev/null", "?baud=12345", &diag), -EINVAL);
	assert_int_equal(open_url("/dev/null", "?baud=", &diag), -EINVAL);
	assert_int_equal(open_url("/dev/null", "?baud=9600x", &diag), -EINVAL);
	assert_int_equal(open_url("/dev/null", "?baud=99999999999999999999", &diag), -EINVAL);
	assert_int_equal(open_url("/dev/null", "?speed=9600", &diag), -EINVAL);
	assert_non_null(strstr(diag.remedy, "baud"));
}

static void port_is_taken(void **state)
{
	struct line line = { .answers = true };
	struct hvb_diag diag;
	int fd;

	(void)state;
	connect_line(&line);
	fd = hvb_serial_port(line.path, 115200, &diag);
	assert_true(fd >= 0);
	assert_int_equal(open_url(line.path, "", &diag), -EBUSY);
	close(fd);
	disconnect(&line);
}

/* Nothing answers, or nothing that makes sense does: a defined end. The two wait side by side. */
static void *open_silent(void *arg)
{
	struct line *line = arg;
	struct hvb_diag diag;

	return (void *)(intptr_t)open_url(line->path, "", &diag);
}

static void no_card_answers(void **state)
{
	struct line lines[] = { { .noise = false }, { .noise = true } };
	pthread_t opening[2];
	void *err;

	(void)state;
	for (int i = 0; i < 2; i++) {
		connect_line(&lines[i]);
		assert_int_equal(pthread_create(&opening[i], NULL, open_silent, &lines[i]), 0);
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(opening[i], &err);
		assert_int_equal((intptr_t)err, -ETIMEDOUT);
		disconnect(&lines[i]);
	}
}

/* What answers the reset and nothing else is no card: enumeration ends. */
static void half_a_card(void **state)
{
	struct line line = { .answers = true };
	struct hvb_diag diag;
	int err;

	(void)state;
	connect_line(&line);
	err = open_url(line.path, "", &diag);
	assert_true(err == -ETIMEDOUT || err == -ENODEV);
	assert_non_null(strstr(diag.what, "enumeration"));
	disconnect(&line);
}

/* The port is taken out. */
static void pins_that_go(void **state)
{
	struct line line = { .answers = true };
	struct hvb_rtl *rtl;
	struct hvb_diag diag;

	(void)state;
	connect_line(&line);
	assert_int_equal(hvb_serial_pins(line.path, 1000000, &rtl, &diag), 0);
	rtl->clock(rtl);
	assert_false(rtl->out.gone);
	assert_true(rtl->out.rx_req_ready);
	disconnect(&line);
	for (int i = 0; i < 100 && !rtl->out.gone; i++) {
		rtl->wait(rtl, -1);
		rtl->clock(rtl);
	}
	assert_true(rtl->out.gone);
	/* nothing waits for it any more */
	assert_true(rtl->out.rx_req_ready);
	rtl->free(rtl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_port),
		cmocka_unit_test(port_is_taken),
		cmocka_unit_test(no_card_answers),
		cmocka_unit_test(half_a_card),
		cmocka_unit_test(pins_that_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
