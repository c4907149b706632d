/* SPDX-License-Identifier: MIT */
/* A serial port as pins: bytes in and out without blocking, and the sleep in between. */
#include "driver/serial_pins.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "driver/serial_port.h"

#define READ_BYTES 512u
#define LONGEST_WAIT_MS 100      /* the root complex looks at its time-outs, then */

struct pins {
	struct hvb_rtl rtl;              /* first: what the root complex holds */
	int fd;
	uint64_t start;                  /* microseconds */
	struct hvb_serial_link link;
	uint8_t in[READ_BYTES], out[HVB_SERIAL_LINE_BYTES];
	size_t in_at, in_length, out_at, out_length;
};

static struct pins *pins_of(struct hvb_rtl *rtl)
{
	return (struct pins *)(void *)rtl;
}

static uint64_t microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static bool passing(int err)
{
	return err == EAGAIN || err == EINTR;
}

static void write_out(struct pins *pins, uint64_t now)
{
	while (!pins->rtl.out.gone) {
		ssize_t written;

		if (pins->out_at == pins->out_length) {
			pins->out_at = 0;
			pins->out_length = hvb_serial_link_output(&pins->link, now, pins->out);
			if (!pins->out_length)
				return;
		}
		written = write(pins->fd, pins->out + pins->out_at, pins->out_length - pins->out_at);
		if (written < 0) {
			pins->rtl.out.gone = !passing(errno);
			return;
		}
		pins->out_at += (size_t)written;
	}
}

/* More bytes, where none are left. An end of the file is a port that was taken out. */
static void read_in(struct pins *pins)
{
	ssize_t got;

	if (pins->in_at < pins->in_length || pins->rtl.out.gone)
		return;
	got = read(pins->fd, pins->in, sizeof(pins->in));
	pins->rtl.out.gone = got == 0 || (got < 0 && !passing(errno));
	pins->in_at = 0;
	pins->in_length = got > 0 ? (size_t)got : 0;
}

/* A TLP of the card, as a beat on the stream of its class. One request that wanted a completion has left, then. */
static void present(struct hvb_rtl_out *out, const struct hvb_tlp *tlp)
{
	struct hvb_tlp_head head;

	hvb_tlp_parse(tlp, &head);
	if (head.type == HVB_TLP_CPL || head.type == HVB_TLP_CPLD) {
		out->tx_cpl = *tlp;
		out->tx_cpl_valid = out->rx_np_ret = true;
	} else if (hvb_tlp_nonposted(head.type)) {
		out->tx_np = *tlp;
		out->tx_np_valid = true;
	} else {
		out->tx_p = *tlp;
		out->tx_p_valid = true;
	}
}

static bool presents(const struct hvb_rtl_out *out)
{
	return out->tx_p_valid || out->tx_np_valid || out->tx_cpl_valid;
}

/* Beats that moved in this cycle. The line is checked: a beat marked as damaged goes over it unmarked. */
static void move(struct pins *pins)
{
	const struct hvb_rtl_in *in = &pins->rtl.in;
	struct hvb_rtl_out *out = &pins->rtl.out;

	if (in->rx_cpl_valid)
		hvb_serial_link_send(&pins->link, &in->rx_cpl);
	if (in->rx_req_valid && out->rx_req_ready)
		hvb_serial_link_send(&pins->link, &in->rx_req);
	out->tx_p_valid = out->tx_p_valid && !in->tx_p_ready;
	out->tx_np_valid = out->tx_np_valid && !in->tx_np_ready;
	out->tx_cpl_valid = out->tx_cpl_valid && !in->tx_cpl_ready;
	out->rx_np_ret = false;
}

static void take_bytes(struct pins *pins, uint64_t now)
{
	struct hvb_tlp tlp;

	read_in(pins);
	while (pins->in_at < pins->in_length && !presents(&pins->rtl.out))
		if (hvb_serial_link_input(&pins->link, now, pins->in[pins->in_at++], &tlp))
			present(&pins->rtl.out, &tlp);
}

static void pins_clock(struct hvb_rtl *rtl)
{
	struct pins *pins = pins_of(rtl);
	struct hvb_rtl_out *out = &rtl->out;
	uint64_t now = microseconds();
	int saved = errno;

	move(pins);
	take_bytes(pins, now);
	write_out(pins, now);
	out->gone |= hvb_serial_link_dead(&pins->link);
	/* where nobody is left, nothing is to wait for room */
	out->rx_req_ready = out->gone || hvb_serial_link_room(&pins->link);
	out->idle = !hvb_serial_link_busy(&pins->link) && !presents(out);
	rtl->cycle = now - pins->start > rtl->cycle ? now - pins->start : rtl->cycle + 1;
	errno = saved;
}

static int until(uint64_t due)
{
	uint64_t now = microseconds();

	if (due <= now)
		return 0;
	return due - now < LONGEST_WAIT_MS * 1000u ? (int)((due - now) / 1000u) + 1 : LONGEST_WAIT_MS;
}

static void pins_wait(struct hvb_rtl *rtl, int wake)
{
	struct pins *pins = pins_of(rtl);
	bool writing = pins->out_at < pins->out_length;
	struct pollfd waits[] = {
		{ .fd = wake, .events = POLLIN },
		{ .fd = rtl->out.gone ? -1 : pins->fd, .events = (short)(writing ? POLLIN | POLLOUT : POLLIN) },
	};
	uint64_t rings;
	int saved = errno;

	if ((presents(&rtl->out) || pins->in_at < pins->in_length) && !rtl->out.gone)
		return;
	if (poll(waits, 2, writing || rtl->out.gone ? LONGEST_WAIT_MS : until(hvb_serial_link_due(&pins->link))) > 0 &&
	    waits[0].revents && read(wake, &rings, sizeof(rings)) < 0)
		rings = 0;
	errno = saved;
}

static void pins_free(struct hvb_rtl *rtl)
{
	struct pins *pins = pins_of(rtl);

	close(pins->fd);
	free(pins);
}

/* Until the card has answered the reset, or has not. */
static int start_session(struct pins *pins)
{
	hvb_serial_link_reset(&pins->link, (uint8_t)(microseconds() ^ (uint64_t)getpid()), microseconds());
	while (!hvb_serial_link_up(&pins->link)) {
		pins_clock(&pins->rtl);
		if (hvb_serial_link_dead(&pins->link))
			return -ETIMEDOUT;
		if (pins->rtl.out.gone)
			return -ENODEV;
		if (!hvb_serial_link_up(&pins->link))
			pins_wait(&pins->rtl, -1);
	}
	return 0;
}

int hvb_serial_pins(const char *path, unsigned long baud, struct hvb_rtl **rtl, struct hvb_diag *diag)
{
	struct pins *pins = calloc(1, sizeof(*pins));
	int err;

	if (!pins)
		return hvb_diag(diag, -ENOMEM, path, "", "no memory for a serial line");
	pins->fd = hvb_serial_port(path, baud, diag);
	if (pins->fd < 0) {
		err = pins->fd;
		free(pins);
		return err;
	}
	pins->start = microseconds();
	pins->rtl.clock = pins_clock;
	pins->rtl.free = pins_free;
	pins->rtl.wait = pins_wait;
	err = start_session(pins);
	if (err) {
		pins_free(&pins->rtl);
		return hvb_diag(diag, err, path,
				"is the board configured, this its port, and the speed its bitstream's (?baud=)?",
				err == -ETIMEDOUT ? "no card answers" : "the port is gone");
	}
	*rtl = &pins->rtl;
	return 0;
}

const struct hvb_serial_stats *hvb_serial_pins_stats(const struct hvb_rtl *rtl)
{
	return &((const struct pins *)(const void *)rtl)->link.stats;
}
