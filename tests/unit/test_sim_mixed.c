/* SPDX-License-Identifier: MIT */
/*
 * Everything the root complex can do to a card, mixed at random: half of the VPs have faults of every kind, everybody
 * has few credits, late TLPs and a bus master that comes and goes. No flag of the other half is lost, none is set that
 * nobody signalled; the counters agree with each other; afterwards everything works.
 */
#include "sim_helper.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "driver/backends.h"
#include "hvb_regs.h"
#include "sim/card.h"
#include "sim/line.h"
#include "sim/rc.h"

#define RW (HVB_DMA_READ | HVB_DMA_WRITE)
#define VPS 12u                  /* connection, word, vector and VP n; partition 1 + n */
#define VICTIMS 6u               /* the first ones */
#define SEEDS 100u
#define ACTIONS 400u
#define TIMEOUT 900u
#define COMMAND 0x04u
#define COMMAND_MASTER 4u
#define KINDS (HVB_RC_FAULT_TAG + 1)
#define ALL (~0u)

struct mix {
	struct hvb_dev *dev;
	uint64_t *page, iova, random;
	uint32_t command;
	int fds[VPS];
	uint64_t wanted[VPS];            /* flags signalled, and not taken since */
	unsigned signalled[VPS][64], taken[VPS][64];
	unsigned faults;                 /* ordered */
	struct hvb_rc_fault fault;
	unsigned posted, nonposted;
};

static unsigned below(struct mix *m, unsigned limit)
{
	return hvb_random(&m->random, limit);
}

static void order(struct hvb_rc *rc, void *arg)
{
	struct mix *m = arg;

	m->faults += !hvb_rc_fault(rc, &m->fault);
}

static void give_credits(struct hvb_rc *rc, void *arg)
{
	struct mix *m = arg;

	hvb_rc_credits(rc, m->posted, m->nonposted);
}

static void forget_faults(struct hvb_rc *rc, void *arg)
{
	(void)arg;
	hvb_rc_no_faults(rc);
}

static void master(struct mix *m, bool on)
{
	assert_int_equal(hvb_dev_write32(m->dev, HVB_REGION_CONFIG, COMMAND,
					 on ? m->command : m->command & ~COMMAND_MASTER), 0);
}

static void take(struct mix *m, unsigned n)
{
	uint64_t bits = __atomic_exchange_n(&m->page[n], 0, __ATOMIC_ACQ_REL);

	m->wanted[n] &= ~bits;
	for (; bits; bits &= bits - 1) {
		unsigned flag = (unsigned)__builtin_ctzll(bits);

		if (++m->taken[n][flag] > m->signalled[n][flag])
			fail_msg("VP %u: flag %u taken more often than it was signalled", n, flag);
	}
}

static void signal_one(struct mix *m)
{
	unsigned n = below(m, VPS), flag = below(m, 64);

	m->wanted[n] |= 1ull << flag;
	m->signalled[n][flag]++;
	sim_signal(m->dev, 1 + n, n, flag);
	if (n >= VICTIMS && below(m, 4) == 0)
		assert_int_equal(sim_status(m->dev, 1 + n), HVB_STATUS_SUCCESS);
}

static void act(struct mix *m)
{
	unsigned n = below(m, VICTIMS);

	switch (below(m, 16)) {
	case 0: case 1:
		m->fault = (struct hvb_rc_fault){ .kind = (enum hvb_rc_fault_kind)below(m, KINDS),
						  .count = 1 + below(m, 3), .first = m->iova + 8 * n,
						  .last = m->iova + 8 * n + 7, .delay = below(m, 2 * TIMEOUT) };
		hvb_card_call(hvb_sim_card(m->dev), order, m);
		break;
	case 2:
		m->posted = below(m, 4);
		m->nonposted = below(m, 4);
		/* a card that may send nothing at all cannot answer reads, either */
		m->posted += !m->posted;
		hvb_card_call(hvb_sim_card(m->dev), give_credits, m);
		break;
	case 3:
		master(m, below(m, 4));
		break;
	case 4:
		assert_int_equal(hvb_dev_write64(m->dev, HVB_REGION_BAR0, HVB_R_VP_CTRL, n), 0);
		break;
	case 5: case 6:
		take(m, below(m, VPS));
		break;
	case 7:
		m->dev->ops->step(m->dev, below(m, 300));
		break;
	default:
		signal_one(m);
	}
}

static void begin(struct mix *m, unsigned seed)
{
	char url[100];

	memset(m, 0, sizeof(*m));
	m->random = 0x9e3779b97f4a7c15ull * seed;
	snprintf(url, sizeof(url), "sim:?step=1&latency=%u&jitter=%u&seed=%u", below(m, 40), below(m, 40), seed);
	m->dev = sim_open_card(url);
	m->page = sim_page();
	assert_int_equal(m->dev->ops->dma_map(m->dev, m->page, 4096, RW, &m->iova), 0);
	for (unsigned n = 0; n < VPS; n++)
		m->fds[n] = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(m->dev->ops->irq_set(m->dev, HVB_IRQ_MSIX, 0, VPS, m->fds), 0);
	for (unsigned n = 0; n < VPS; n++)
		sim_connect(m->dev, 1 + n, n, n, m->iova + 8 * n, n, n);
	assert_int_equal(hvb_dev_read32(m->dev, HVB_REGION_CONFIG, COMMAND, &m->command), 0);
	assert_int_equal(hvb_dev_write64(m->dev, HVB_REGION_BAR0, HVB_R_TIMEOUT, TIMEOUT), 0);
}

/* The root is as it should be; what is late comes, or times out. */
static void calm_down(struct mix *m)
{
	m->posted = m->nonposted = ALL;
	hvb_card_call(hvb_sim_card(m->dev), give_credits, m);
	hvb_card_call(hvb_sim_card(m->dev), forget_faults, NULL);
	master(m, true);
	m->dev->ops->step(m->dev, 8 * TIMEOUT);
}

static void judge(struct mix *m)
{
	uint64_t failed = sim_register(m->dev, HVB_R_N_FAULT) + sim_register(m->dev, HVB_R_N_TIMEOUT), told = 0;

	for (unsigned n = 0; n < VPS; n++) {
		take(m, n);
		told += sim_events(m->fds[n], 0);
		if (n >= VICTIMS && m->wanted[n])
			fail_msg("VP %u: flags %llx lost", n, (unsigned long long)m->wanted[n]);
		if (n >= VICTIMS)
			assert_int_equal(sim_register(m->dev, HVB_W_VP + 8 * n), 0);
	}
	assert_int_equal(told, sim_register(m->dev, HVB_R_N_MESSAGE));
	assert_int_equal(sim_register(m->dev, HVB_R_N_ATOMIC),
			 sim_register(m->dev, HVB_R_N_HIT) + sim_register(m->dev, HVB_R_N_MISS) + failed);
	assert_int_equal(sim_register(m->dev, HVB_R_LOG_COUNT), failed);
	assert_int_equal(sim_register(m->dev, HVB_R_STATE) & (HVB_STATE_INFLIGHT_MASK | HVB_STATE_QUARANTINED_MASK), 0);
	assert_int_equal(sim_stat(m->dev, "bad_requests"), 0);
	for (unsigned n = 0; n < VPS; n++) {
		assert_int_equal(hvb_dev_write64(m->dev, HVB_REGION_BAR0, HVB_R_VP_CTRL, n), 0);
		sim_signal(m->dev, 1 + n, n, n);
		sim_delivered(m->dev, 1 + n);
		assert_int_equal(m->page[n], 1ull << n);
		m->dev->ops->step(m->dev, 200);
		assert_int_equal(sim_events(m->fds[n], 1), 1);
	}
}

static void end(struct mix *m)
{
	hvb_dev_close(m->dev);
	free(m->page);
	for (unsigned n = 0; n < VPS; n++)
		close(m->fds[n]);
}

static void mixed(void **state)
{
	uint64_t spoilt = 0, failed = 0, unexpected = 0;

	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		static struct mix m;

		begin(&m, seed);
		for (unsigned i = 0; i < ACTIONS; i++)
			act(&m);
		calm_down(&m);
		judge(&m);
		spoilt += sim_stat(m.dev, "faults");
		failed += sim_register(m.dev, HVB_R_LOG_COUNT);
		unexpected += sim_register(m.dev, HVB_R_N_UNEXPECTED);
		end(&m);
	}
	print_message("%llu AtomicOps spoilt, %llu failed, %llu unexpected completions\n", (unsigned long long)spoilt,
		      (unsigned long long)failed, (unsigned long long)unexpected);
	assert_true(spoilt > 500 && failed > 300 && unexpected > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mixed),
	};

	alarm(300); /* a hang is a failure */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
