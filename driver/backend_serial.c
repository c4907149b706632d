/* SPDX-License-Identifier: MIT */
/* The "serial" backend: serial:/dev/ttyUSB0?baud=N, a card without PCIe at the end of a serial line. */
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include "driver/backend_sim.h"
#include "driver/backends.h"
#include "driver/serial_pins.h"
#include "driver/url.h"
#include "sim/rc.h"

#define DEFAULT_BAUD 1000000ul
#define TIMEOUT_US (1u << 22)            /* of a request: the line may resend some of it before */

struct serial_dev {
	struct sim_dev sim;              /* first: the root complex is that of a simulated card */
	struct hvb_rtl *pins;            /* the card's own, in the end */
};

static int read_baud(const char *rest, unsigned long *baud, struct hvb_diag *diag)
{
	char text[16], *end;
	int found = hvb_url_option(rest, "baud", text, sizeof(text));

	*baud = DEFAULT_BAUD;
	if (!found)
		return 0;
	*baud = strtoul(text, &end, 10);
	if (found < 0 || *text < '0' || *text > '9' || *end)
		return hvb_diag(diag, -EINVAL, rest, "baud= is a number", "\"%s\" is no speed", text);
	return 0;
}

static int open_card(struct serial_dev *serial, const char *path, unsigned long baud, struct hvb_diag *diag)
{
	struct hvb_sim_options options;
	char why[HVB_CARD_WHY];
	int err;

	/* no delay and no limit beyond those of the line */
	err = hvb_sim_options_parse("?latency=none", &options, why, sizeof(why));
	if (!err)
		err = hvb_serial_pins(path, baud, &serial->pins, diag);
	if (err)
		return err;
	options.pins = serial->pins;
	options.link.timeout = TIMEOUT_US;
	err = hvb_card_open(&options, &serial->sim.card, why);
	if (err)
		return hvb_diag(diag, err, path, sim_remedy(err), "%s", why);
	sim_host_init(&serial->sim, false);
	return 0;
}

static int serial_open(const char *rest, struct hvb_dev **dev, struct hvb_diag *diag)
{
	static const char *const names[] = { "baud", NULL };
	struct serial_dev *serial;
	unsigned long baud;
	char path[256];
	int err = hvb_url_check(rest, names, diag);

	if (!err)
		err = read_baud(rest, &baud, diag);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%.*s", (int)hvb_url_name_length(rest), rest);
	serial = calloc(1, sizeof(*serial));
	if (!serial)
		return hvb_diag(diag, -ENOMEM, path, "", "no memory for a card on a serial line");
	err = open_card(serial, path, baud, diag);
	if (err) {
		free(serial);
		return err;
	}
	*dev = &serial->sim.dev;
	return 0;
}

static void read_line(struct hvb_rc *rc, void *arg)
{
	struct serial_dev *serial = ((void **)arg)[0];

	(void)rc;
	*(struct hvb_serial_stats *)((void **)arg)[1] = *hvb_serial_pins_stats(serial->pins);
}

/* The root complex's, whose cycles are microseconds here, and the line's. */
static int serial_stats(struct hvb_dev *dev, struct hvb_dev_stat *stats, int max)
{
	struct hvb_serial_stats line;
	void *reading[] = { dev, &line };
	int count = sim_stats(dev, stats, max);

	hvb_card_call(sim_of(dev)->card, read_line, reading);
	const struct hvb_dev_stat more[] = {
		{ "serial_sent", line.sent },
		{ "serial_received", line.received },
		{ "serial_resent", line.resent },
		{ "serial_bad", line.bad },
		{ "serial_naks", line.naks },
		{ "serial_repeated", line.repeated },
		{ "serial_gaps", line.gaps },
		{ "serial_timeouts", line.timeouts },
		{ "serial_overflows", line.overflows },
	};

	for (unsigned i = 0; i < sizeof(more) / sizeof(*more); i++, count++)
		if (count < max)
			stats[count] = more[i];
	return count;
}

const struct hvb_dev_ops hvb_serial_ops = {
	.scheme = "serial",
	.open = serial_open,
	.close = sim_close,
	.region_info = sim_region_info,
	.region_read = sim_region_read,
	.region_write = sim_region_write,
	.region_map = sim_region_map,
	.region_unmap = sim_region_unmap,
	.irq_count = sim_irq_count,
	.irq_set = sim_irq_set,
	.dma_map = sim_dma_map,
	.dma_unmap = sim_dma_unmap,
	.reset = sim_reset,
	.atomics = sim_atomics,
	.stats = serial_stats,
	.why = sim_why,
};
