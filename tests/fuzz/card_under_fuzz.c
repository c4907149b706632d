/* SPDX-License-Identifier: MIT */
/* See card_under_fuzz.h. */
#include "card_under_fuzz.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include "driver/backends.h"
#include "hvb_regs.h"
#include "sim/card.h"
#include "sim/rc.h"
#include "tests/unit/sim_helper.h"

#define RW (HVB_DMA_READ | HVB_DMA_WRITE)
#define COMMAND 4u
#define POWER 0x44u
#define STEPS_MOST 200u

static struct hvb_dev *dev;
static uint64_t *page, iova;
static int fds[FUZZ_PORTS];

static void open_card(void)
{
	dev = sim_open_card("sim:?step=1&latency=2");
	page = sim_page();
	if (dev->ops->dma_map(dev, page, 4096, RW, &iova))
		abort();
	for (unsigned n = 0; n < FUZZ_PORTS; n++)
		fds[n] = eventfd(0, EFD_CLOEXEC);
}

static void connect_ports(void)
{
	if (dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, FUZZ_PORTS, fds))
		abort();
	for (unsigned n = 0; n < FUZZ_PORTS; n++)
		sim_connect(dev, 1 + n, n, n, iova + 8 * n, n, n);
	hvb_dev_write64(dev, HVB_REGION_BAR0, HVB_R_TIMEOUT, FUZZ_TIMEOUT);
	memset(page, 0, 4096);
	for (unsigned n = 0; n < FUZZ_PORTS; n++)
		sim_events(fds[n], 0);
}

void card_fuzz_signal(struct hvb_dev *to, struct fuzz_bytes *in)
{
	unsigned port = (unsigned)fuzz_take(in, 1) % FUZZ_PORTS;

	hvb_dev_write64(to, HVB_REGION_BAR2, (1 + port) << 12, fuzz_take(in, 1) << 32 | port);
}

static void root_as_before(struct hvb_rc *rc, void *arg)
{
	(void)arg;
	hvb_rc_no_faults(rc);
	hvb_rc_credits(rc, UINT32_MAX, UINT32_MAX);
}

static void must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "behind this input: %s\n", what);
	abort();
}

/* The card as the next input finds it. */
static void end_input(void)
{
	uint64_t copy[512];

	hvb_card_call(hvb_sim_card(dev), root_as_before, NULL);
	dev->ops->step(dev, 100);
	hvb_dev_write32(dev, HVB_REGION_CONFIG, POWER, 0);
	must(dev->ops->reset(dev) == 0, "no reset");
	memcpy(copy, page, sizeof(copy));
	dev->ops->step(dev, 2 * FUZZ_TIMEOUT);
	must(memcmp(copy, page, sizeof(copy)) == 0, "memory is touched after a reset");
	connect_ports();
	for (unsigned n = 0; n < FUZZ_PORTS; n++) {
		sim_signal(dev, 1 + n, n, 5);
		sim_delivered(dev, 1 + n);
		must(sim_status(dev, 1 + n) == HVB_STATUS_SUCCESS && page[n] == 1 << 5, "a signal is not delivered");
	}
	/* tags that were never answered are out of use for a time-out more; the reset had set that to its default */
	dev->ops->step(dev, 3 * FUZZ_TIMEOUT);
	for (unsigned n = 0; n < FUZZ_PORTS; n++)
		must(sim_events(fds[n], 0) == 1, "no interrupt");
	must((sim_register(dev, HVB_R_STATE) & (HVB_STATE_INFLIGHT_MASK | HVB_STATE_QUARANTINED_MASK)) == 0,
	     "a tag is stuck");
	memset(page, 0, 4096);
}

void card_fuzz_run(const uint8_t *data, size_t size, void (*do_step)(struct hvb_dev *dev, struct fuzz_bytes *in))
{
	struct fuzz_bytes in = { data, size };

	if (!dev) {
		open_card();
		connect_ports();
	}
	for (unsigned n = 0; n < STEPS_MOST && in.left; n++)
		do_step(dev, &in);
	end_input();
}
