/* SPDX-License-Identifier: MIT */
/*
 * What may happen to a card as a whole, in every cycle of some signals' ways: bus master or AtomicOps off, D3, FLR, a
 * link that is reset, a card that is taken out, memory that is taken away, a path that knows no AtomicOps. Asserted:
 * the state that docs/hardware.md says, the counters, nothing touched afterwards, and that the card works again.
 */
#include "sim_helper.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <hvbell/hvbell.h>
#include "driver/backends.h"
#include "hvb_regs.h"
#include "lib/src/internal.h"
#include "sim/card.h"
#include "sim/enumerate.h"
#include "sim/log.h"
#include "sim/rc.h"

#define RW (HVB_DMA_READ | HVB_DMA_WRITE)
#define PORTS 3u                 /* connection, partition, word, vector and VP n; the last one in a page of its own */
#define CYCLES 45u               /* from a doorbell to its interrupt, and some */
#define VECTORS 256u
#define COMMAND 0x04u
#define COMMAND_MASTER 4u
#define CAP_PM 1u
#define CAP_PCIE 0x10u

static struct hvb_dev *dev;
static uint64_t *pages[2], iova[2];
static int fds[PORTS];

static uint64_t *word_of(unsigned n)
{
	return n == PORTS - 1 ? pages[1] : pages[0] + n;
}

static void connect_ports(void)
{
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, PORTS, fds), 0);
	for (unsigned n = 0; n < PORTS; n++)
		sim_connect(dev, 1 + n, 1 + n, n, n == PORTS - 1 ? iova[1] : iova[0] + 8 * n, n, n);
	memset(pages[0], 0, 4096);
	memset(pages[1], 0, 4096);
	for (unsigned n = 0; n < PORTS; n++)
		sim_events(fds[n], 0);
	sim_register(dev, HVB_R_STATE);                  /* behind everything before */
}

static int setup(void **state)
{
	(void)state;
	dev = sim_open_card("sim:?step=1&latency=3");
	for (unsigned i = 0; i < 2; i++) {
		pages[i] = sim_page();
		assert_int_equal(dev->ops->dma_map(dev, pages[i], 4096, RW, &iova[i]), 0);
	}
	for (unsigned n = 0; n < PORTS; n++)
		fds[n] = eventfd(0, EFD_CLOEXEC);
	connect_ports();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hvb_dev_close(dev);
	for (unsigned n = 0; n < PORTS; n++)
		close(fds[n]);
	free(pages[0]);
	free(pages[1]);
	return 0;
}

/* Signals one flag of every port, and lets so many cycles pass. */
static void start(unsigned flag, unsigned cycles)
{
	for (unsigned n = 0; n < PORTS; n++)
		sim_signal(dev, 1 + n, 1 + n, flag);
	dev->ops->step(dev, cycles);
}

static void expect_works(void)
{
	memset(pages[0], 0, 4096);
	memset(pages[1], 0, 4096);
	start(9, 0);
	for (unsigned n = 0; n < PORTS; n++) {
		sim_delivered(dev, 1 + n);
		assert_int_equal(*word_of(n), 1 << 9);
	}
	dev->ops->step(dev, 100);
	for (unsigned n = 0; n < PORTS; n++)
		assert_int_equal(sim_events(fds[n], 1), 1);
}

static void again(void)
{
	assert_int_equal(dev->ops->reset(dev), 0);
	connect_ports();
	expect_works();
	connect_ports();
}

static uint32_t config(unsigned offset)
{
	uint32_t value = 0;

	assert_int_equal(hvb_dev_read32(dev, HVB_REGION_CONFIG, offset, &value), 0);
	return value;
}

static unsigned capability(unsigned id)
{
	unsigned at = 0;

	assert_int_equal(hvb_find_capability(hvb_sim_card(dev), id, &at), 0);
	return at;
}

/* A switch that holds what the card would send: whenever it is turned, everything arrives when it is turned back. */
static void hold(unsigned offset, uint32_t on, uint32_t off)
{
	for (unsigned cycle = 0; cycle < CYCLES; cycle++) {
		uint64_t before[2];

		start(cycle % 64, cycle);
		assert_int_equal(hvb_dev_write32(dev, HVB_REGION_CONFIG, offset, off), 0);
		dev->ops->step(dev, 100);                /* what flew has arrived */
		before[0] = pages[0][0] | pages[0][1] << 1;
		before[1] = pages[1][0];
		dev->ops->step(dev, 500);
		assert_int_equal(pages[0][0] | pages[0][1] << 1, before[0]);
		assert_int_equal(pages[1][0], before[1]);
		assert_int_equal(hvb_dev_write32(dev, HVB_REGION_CONFIG, offset, on), 0);
		for (unsigned n = 0; n < PORTS; n++) {
			sim_delivered(dev, 1 + n);
			assert_int_equal(*word_of(n), 1ull << cycle % 64);
			*word_of(n) = 0;
			dev->ops->step(dev, VECTORS + 50);       /* one vector a cycle is looked at for what pends */
			assert_int_equal(sim_events(fds[n], 1), 1);
		}
	}
	assert_int_equal(sim_register(dev, HVB_R_LOG_COUNT), 0);
	assert_int_equal(sim_register(dev, HVB_R_N_HIT), PORTS * CYCLES);
	expect_works();
}

static void bus_master_off(void **state)
{
	uint32_t on = config(COMMAND);

	(void)state;
	hold(COMMAND, on, on & ~COMMAND_MASTER);
}

static void atomics_off(void **state)
{
	unsigned offset = capability(CAP_PCIE) + 0x28;
	uint32_t on = config(offset);

	(void)state;
	hold(offset, on, on & ~(1u << 6));
}

static void d3hot(void **state)
{
	unsigned offset = capability(CAP_PM) + 4;
	uint32_t on = config(offset);
	uint64_t value;

	(void)state;
	hold(offset, on, on | 3);
	assert_int_equal(hvb_dev_write32(dev, HVB_REGION_CONFIG, offset, on | 3), 0);
	/* memory requests are unsupported there; what is written does nothing */
	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, HVB_R_STATE, &value), -EIO);
	start(20, 200);
	assert_int_equal(hvb_dev_write32(dev, HVB_REGION_CONFIG, offset, on), 0);
	dev->ops->step(dev, 200);
	for (unsigned n = 0; n < PORTS; n++)
		assert_int_equal(*word_of(n) & 1 << 20, 0);
	assert_int_equal(sim_register(dev, HVB_R_N_RX_MISS), 1 + PORTS);
}

/* Copies what is there, and says later whether anybody touched it. */
static void remember(uint64_t copy[PORTS])
{
	for (unsigned n = 0; n < PORTS; n++) {
		copy[n] = *word_of(n);
		sim_events(fds[n], 0);
	}
}

static void expect_untouched(const uint64_t copy[PORTS])
{
	for (unsigned n = 0; n < PORTS; n++) {
		assert_int_equal(*word_of(n), copy[n]);
		assert_int_equal(sim_events(fds[n], 0), 0);
	}
}

static void function_level_reset(void **state)
{
	uint64_t copy[PORTS];

	(void)state;
	for (unsigned cycle = 0; cycle < CYCLES; cycle += 2) {
		start(3, cycle);
		assert_int_equal(dev->ops->reset(dev), 0);
		remember(copy);
		for (unsigned n = 0; n < PORTS; n++)
			assert_true(copy[n] == 0 || copy[n] == 8);
		dev->ops->step(dev, 1000);
		expect_untouched(copy);
		assert_int_equal(sim_register(dev, HVB_R_STATE) &
				 (HVB_STATE_INFLIGHT_MASK | HVB_STATE_QUARANTINED_MASK), 0);
		again();
	}
}

static void set_link(struct hvb_rc *rc, void *arg)
{
	hvb_rc_link(rc, *(bool *)arg);
}

static void link_is(bool up)
{
	hvb_card_call(hvb_sim_card(dev), set_link, &up);
}

/* Behind a link reset the card is as after power-on: it knows no address of its own, and sends nothing. */
static void link_reset(void **state)
{
	uint64_t copy[PORTS], value;

	(void)state;
	for (unsigned cycle = 0; cycle < CYCLES; cycle += 2) {
		start(3, cycle);
		link_is(false);
		dev->ops->step(dev, cycle);
		link_is(true);
		remember(copy);
		dev->ops->step(dev, 10000);
		expect_untouched(copy);
		assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, HVB_R_STATE, &value), -EIO);
		again();
	}
	assert_true(sim_stat(dev, "link_lost") > 0);
}

static void taken_out(void **state)
{
	uint64_t copy[PORTS], value;
	uint32_t id;

	(void)state;
	for (unsigned cycle = 0; cycle < CYCLES; cycle += 2) {
		uint64_t lost;

		start(3, cycle);
		link_is(false);
		remember(copy);
		lost = sim_stat(dev, "link_lost");
		assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, HVB_R_STATE, &value), -ENODEV);
		assert_int_equal(hvb_dev_read32(dev, HVB_REGION_CONFIG, 0, &id), -ENODEV);
		assert_int_equal(dev->ops->reset(dev), -ENODEV);
		start(4, 1000);
		/* three requests, the reset's own among them, and the doorbells, also those not sent yet before */
		assert_in_range(sim_stat(dev, "link_lost") - lost, 3 + PORTS, 3 + 2 * PORTS);
		expect_untouched(copy);
		link_is(false);                          /* no change */
		link_is(true);                           /* and put in again */
		again();
	}
}

/* Taken away from under the card: what comes too late is refused, the VP is off and the fault logged; the port in the
 * other page is served. */
static void memory_taken_away(void **state)
{
	unsigned early = 0, late = 0;

	(void)state;
	for (unsigned cycle = 0; cycle < CYCLES; cycle++) {
		uint64_t denied = sim_stat(dev, "denied_atomics"), logged = sim_register(dev, HVB_R_LOG_COUNT);
		uint64_t copy[2];

		start(cycle % 64, cycle);
		assert_int_equal(dev->ops->dma_unmap(dev, iova[0], 4096), 0);
		copy[0] = pages[0][0];
		copy[1] = pages[0][1];
		dev->ops->step(dev, 200);
		assert_int_equal(pages[0][0], copy[0]);
		assert_int_equal(pages[0][1], copy[1]);
		assert_int_equal(pages[1][0], 1ull << cycle % 64);
		assert_int_equal(sim_events(fds[2], 1), 1);
		denied = sim_stat(dev, "denied_atomics") - denied;
		assert_int_equal(sim_register(dev, HVB_R_LOG_COUNT) - logged, denied);
		for (unsigned n = 0; n < 2; n++) {
			bool set = copy[n] != 0;

			early += set;
			late += !set;
			assert_int_equal(sim_register(dev, HVB_W_VP + 8 * n), !set);
			assert_int_equal(sim_events(fds[n], 0), set);
			assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR0, HVB_R_VP_CTRL, n), 0);
		}
		assert_int_equal(dev->ops->dma_map(dev, pages[0], 4096, RW, &iova[0]), 0);
		connect_ports();
		expect_works();
		memset(pages[0], 0, 4096);
		memset(pages[1], 0, 4096);
	}
	assert_true(early && late);
}

static void no_atomics(struct hvb_rc *rc, void *arg)
{
	struct hvb_rc_fault all = { .kind = HVB_RC_FAULT_UR, .count = UINT32_MAX, .last = UINT64_MAX };

	if (*(bool *)arg)
		hvb_rc_no_faults(rc);
	else
		assert_int_equal(hvb_rc_fault(rc, &all), 0);
}

/* A switch on the path blocks AtomicOps: the first one of each VP says so, and no more are tried. */
static void path_without_atomics(void **state)
{
	bool able = false;

	(void)state;
	hvb_card_call(hvb_sim_card(dev), no_atomics, &able);
	start(1, 200);
	start(2, 200);
	for (unsigned n = 0; n < PORTS; n++) {
		assert_int_equal(sim_status(dev, 1 + n), HVB_STATUS_INVALID_SYNIC_STATE);
		assert_int_equal(sim_register(dev, HVB_W_VP + 8 * n), 1);
		assert_int_equal(*word_of(n), 0);
		assert_int_equal(sim_events(fds[n], 0), 0);
	}
	assert_int_equal(sim_register(dev, HVB_R_LOG_COUNT), PORTS);
	assert_int_equal(sim_register(dev, HVB_R_N_FAULT), PORTS);
	able = true;
	hvb_card_call(hvb_sim_card(dev), no_atomics, &able);
	for (unsigned n = 0; n < PORTS; n++)
		assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR0, HVB_R_VP_CTRL, n), 0);
	expect_works();
}

#define ASKED 60u                /* more than the card has credits for */

struct asked {
	struct hvb_rc_wait waits[ASKED];
	unsigned done;
};

static struct asked asked;

static void answered(struct hvb_rc_wait *wait)
{
	assert_int_equal(wait->err, -ENODEV);
	asked.done++;
}

/* Requests in every place where one can wait when the link goes down, and one behind it. */
static void ask_and_lose(struct hvb_rc *rc, void *arg)
{
	struct hvb_tlp noise = { .hdr = { 0x60000001 } };

	(void)arg;
	for (unsigned i = 0; i < ASKED; i++) {
		asked.waits[i].done = answered;
		hvb_rc_request(rc, HVB_TLP_MRD, 0x3800000000ull, 8, 0, &asked.waits[i]);
	}
	hvb_rc_link(rc, false);
	assert_int_equal(asked.done, ASKED);
	assert_true(hvb_rc_raw(rc, &noise, false, NULL));
	assert_true(hvb_rc_raw(rc, &noise, false, &asked.waits[0]));
	assert_int_equal(asked.done, ASKED + 1);
	hvb_rc_link(rc, true);
}

static void requests_lost(void **state)
{
	(void)state;
	memset(&asked, 0, sizeof(asked));
	hvb_card_call(hvb_sim_card(dev), ask_and_lose, NULL);
	again();
}

static int signal_once(hvbell_card *card)
{
	const struct hvbell_sint sint = { .vector = 50 };
	const struct hvbell_port port = { .partition = 1, .id = 1, .type = HVBELL_PORT_EVENT, .target_sint = 2,
					  .connection_partition = 2, .flag_count = 64 };
	hvbell_sender sender;

	assert_int_equal(hvbell_partition_add(card, 1, HVBELL_ACTIVE, 0), 0);
	assert_int_equal(hvbell_partition_add(card, 2, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
	assert_int_equal(hvbell_vp_add(card, 1, 0), 0);
	assert_int_equal(hvbell_set_sint(card, 1, 0, 2, &sint), 0);
	assert_int_equal(hvbell_set_siefp(card, 1, 0, true, 0x1000), 0);
	assert_int_equal(hvbell_set_scontrol(card, 1, 0, true), 0);
	assert_int_equal(hvbell_create_port(card, &port), 0);
	assert_int_equal(hvbell_connect_port(card, 2, 7, 1, 1), 0);
	assert_int_equal(hvbell_sender_init(card, 2, 0, &sender), 0);
	assert_int_equal(hvbell_signal_sync(&sender, 3ull << 32 | 7, HVBELL_DELIVERED), 0);
	return hvbell_clear_flag(card, 1, 0, 2, 3);
}

/* The library says so, once and for every call behind, and takes the card up again when it is back. */
static void library(void **state)
{
	hvbell_sender sender;
	hvbell_card *card;

	(void)state;
	assert_int_equal(hvbell_open("sim:?step=1", &card), 0);
	assert_true(signal_once(card));
	assert_int_equal(hvbell_sender_init(card, 2, 1, &sender), 0);
	dev = card->dev;
	for (unsigned out = 0; out < 2; out++) {
		link_is(false);
		if (!out)
			link_is(true);
		assert_int_equal(hvbell_signal_sync(&sender, 7, HVBELL_DELIVERED), out ? -ENODEV : -EIO);
		assert_int_equal(hvbell_fence(card), out ? -ENODEV : -EIO);
		assert_int_equal(hvbell_partition_state(card, 1, HVBELL_FINALIZED), out ? -ENODEV : -EIO);
		assert_int_equal(hvbell_wait(card, 1, 0, 2, 1, NULL, NULL), 0);
		assert_int_equal(hvbell_error().err, out ? -ENODEV : -EIO);
		assert_true(strlen(hvbell_error().what) > 10);
		if (out) {
			assert_int_equal(hvbell_reset(card), -ENODEV);
			link_is(true);
		}
		assert_int_equal(hvbell_reset(card), 0);
		assert_true(signal_once(card));
		assert_int_equal(hvbell_sender_init(card, 2, 1, &sender), 0);
	}
	hvbell_close(card);
}

/* The log of a run with a link reset replays like any other. */
static void logged(void **state)
{
	char path[] = "/tmp/sim_link.XXXXXX", url[100];
	struct hvb_replay result;
	hvbell_card *card;
	int file = mkstemp(path);

	(void)state;
	snprintf(url, sizeof(url), "sim:?step=1&log=%s", path);
	assert_int_equal(hvbell_open(url, &card), 0);
	signal_once(card);
	dev = card->dev;
	link_is(false);
	link_is(true);
	assert_int_equal(hvbell_reset(card), 0);
	assert_true(signal_once(card));
	hvbell_close(card);
	assert_int_equal(hvb_log_replay(path, &result), 0);
	assert_true(result.beats > 100);
	close(file);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bus_master_off, setup, teardown),
		cmocka_unit_test_setup_teardown(atomics_off, setup, teardown),
		cmocka_unit_test_setup_teardown(d3hot, setup, teardown),
		cmocka_unit_test_setup_teardown(function_level_reset, setup, teardown),
		cmocka_unit_test_setup_teardown(link_reset, setup, teardown),
		cmocka_unit_test_setup_teardown(taken_out, setup, teardown),
		cmocka_unit_test_setup_teardown(memory_taken_away, setup, teardown),
		cmocka_unit_test_setup_teardown(path_without_atomics, setup, teardown),
		cmocka_unit_test_setup_teardown(requests_lost, setup, teardown),
		cmocka_unit_test(library),
		cmocka_unit_test(logged),
	};

	alarm(300); /* a hang is a failure */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
