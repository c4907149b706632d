/* SPDX-License-Identifier: MIT */
/* What the root complex does to AtomicOps when told to, and how the card takes it: no interrupt, the VP off, the fault
 * logged, everybody else served. Also the channel of a whole card under many threads. */
#include "sim_helper.h"
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "driver/backends.h"
#include "hvb_regs.h"
#include "sim/card.h"
#include "sim/rc.h"

#define ALL (~0u)                /* credits */
#define RW (HVB_DMA_READ | HVB_DMA_WRITE)

static struct hvb_dev *dev;
static uint64_t *page, iova;
static int fd;

static int setup(void **state)
{
	(void)state;
	dev = sim_open_card("sim:?step=1&latency=10");
	page = sim_page();
	fd = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &iova), 0);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 1, &fd), 0);
	sim_connect(dev, 1, 1, 0, iova, 0, 0);
	sim_connect(dev, 2, 2, 1, iova + 8, 0, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hvb_dev_close(dev);
	close(fd);
	free(page);
	return 0;
}

static void add_fault(struct hvb_rc *rc, void *arg)
{
	assert_int_equal(hvb_rc_fault(rc, arg), 0);
}

static void order_fault(enum hvb_rc_fault_kind kind, unsigned delay)
{
	struct hvb_rc_fault fault = { kind, 1, iova, iova + 7, delay };

	hvb_card_call(hvb_sim_card(dev), add_fault, &fault);
}

struct credits {
	unsigned posted, nonposted;
};

static void set_credits(struct hvb_rc *rc, void *arg)
{
	const struct credits *credits = arg;

	hvb_rc_credits(rc, credits->posted, credits->nonposted);
}

/* The flag was not set, nobody was told, the VP refuses until it is turned on; the other VP never notices. */
static void expect_refused(unsigned kind)
{
	assert_int_equal(page[0], 0);
	assert_int_equal(sim_events(fd, 0), 0);
	assert_int_equal(sim_register(dev, HVB_R_LOG_COUNT), 1);
	assert_int_equal(sim_register(dev, HVB_W_LOG) >> 48, kind);
	assert_int_equal(sim_register(dev, HVB_W_LOG + 8), iova);
	assert_int_equal(sim_register(dev, HVB_W_LOG + 16), 1);
	assert_int_equal(sim_register(dev, HVB_W_VP), 1);
	sim_signal(dev, 1, 1, 3);
	assert_int_equal(sim_status(dev, 1), HVB_STATUS_INVALID_SYNIC_STATE);
	sim_signal(dev, 2, 2, 3);
	sim_delivered(dev, 2);
	assert_int_equal(page[1], 8);
	assert_int_equal(sim_events(fd, 1), 1);
	assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR0, HVB_R_VP_CTRL, 0), 0);
	sim_signal(dev, 1, 1, 4);
	sim_delivered(dev, 1);
	assert_int_equal(page[0], 16);
	assert_int_equal(sim_events(fd, 1), 1);
}

static void error_completions(void **state)
{
	static const enum hvb_rc_fault_kind kinds[] = { HVB_RC_FAULT_UR, HVB_RC_FAULT_CA, HVB_RC_FAULT_POISON };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		if (i)
			setup(NULL);
		order_fault(kinds[i], 0);
		sim_signal(dev, 1, 1, 0);
		sim_delivered(dev, 1);
		assert_int_equal(sim_register(dev, HVB_R_N_FAULT), 1);
		assert_int_equal(sim_stat(dev, "faults"), 1);
		expect_refused(i < 2 ? HVB_LOG_ERROR : HVB_LOG_POISON);
		if (i < 2)
			teardown(NULL);
	}
}

static void damaged_completion(void **state)
{
	(void)state;
	order_fault(HVB_RC_FAULT_BAD, 0);
	sim_signal(dev, 1, 1, 0);
	sim_delivered(dev, 1);
	/* the memory was changed, but the card cannot know */
	assert_int_equal(page[0], 1);
	page[0] = 0;
	expect_refused(HVB_LOG_POISON);
}

static void no_completion(void **state)
{
	(void)state;
	assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR0, HVB_R_TIMEOUT, 2000), 0);
	order_fault(HVB_RC_FAULT_NEVER, 0);
	sim_signal(dev, 1, 1, 0);
	dev->ops->step(dev, 1000);
	assert_int_equal(sim_register(dev, HVB_R_N_TIMEOUT), 0);
	dev->ops->step(dev, 3000);
	assert_int_equal(sim_register(dev, HVB_R_N_TIMEOUT), 1);
	sim_delivered(dev, 1);
	expect_refused(HVB_LOG_TIMEOUT);
}

/* A completion behind the time-out is counted and harms nobody. */
static void late_completion(void **state)
{
	(void)state;
	assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR0, HVB_R_TIMEOUT, 1000), 0);
	order_fault(HVB_RC_FAULT_LATE, 2000);
	sim_signal(dev, 1, 1, 0);
	dev->ops->step(dev, 4000);
	assert_int_equal(sim_register(dev, HVB_R_N_TIMEOUT), 1);
	assert_int_equal(sim_register(dev, HVB_R_STATE) & HVB_STATE_QUARANTINED_MASK, 0);
	assert_int_equal(page[0], 1);
	page[0] = 0;
	expect_refused(HVB_LOG_TIMEOUT);
}

/* Right answers beside completions that belong to nothing: those are counted, and change nothing. */
static void answered_too_often(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		order_fault(i ? HVB_RC_FAULT_STRAY : HVB_RC_FAULT_TWICE, 0);
		sim_signal(dev, 1, 1, i);
		sim_delivered(dev, 1);
		dev->ops->step(dev, 100);
		assert_int_equal(page[0], i ? 3 : 1);
		assert_int_equal(sim_events(fd, 1), 1);
		assert_int_equal(sim_register(dev, HVB_R_N_UNEXPECTED), i + 1);
	}
	assert_int_equal(sim_register(dev, HVB_R_N_HIT), 2);
	assert_int_equal(sim_register(dev, HVB_R_LOG_COUNT), 0);
	assert_int_equal(sim_register(dev, HVB_W_VP), 0);
}

/* The answer carries the tag of nothing: counted, and the AtomicOp times out. */
static void wrong_tag(void **state)
{
	(void)state;
	assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR0, HVB_R_TIMEOUT, 1000), 0);
	order_fault(HVB_RC_FAULT_TAG, 0);
	sim_signal(dev, 1, 1, 0);
	dev->ops->step(dev, 2500);
	assert_int_equal(sim_register(dev, HVB_R_N_UNEXPECTED), 1);
	assert_int_equal(sim_register(dev, HVB_R_N_TIMEOUT), 1);
	assert_int_equal(page[0], 1);
	page[0] = 0;
	expect_refused(HVB_LOG_TIMEOUT);
}

/* One credit of each class, which is the least that a root may have: slow, and nothing is lost. */
static void fewest_credits(void **state)
{
	struct credits one = { 1, 1 };
	uint64_t from;

	(void)state;
	hvb_card_call(hvb_sim_card(dev), set_credits, &one);
	from = sim_stat(dev, "cycles");
	for (unsigned i = 0; i < 64; i++) {
		sim_signal(dev, 1, 1, i);
		sim_signal(dev, 2, 2, i);
		sim_delivered(dev, 1);
		page[0] = 0;
	}
	sim_delivered(dev, 2);
	dev->ops->step(dev, 200);
	assert_int_equal(page[1], UINT64_MAX);
	assert_int_equal(sim_events(fd, 1), sim_register(dev, HVB_R_N_MESSAGE));
	assert_in_range(sim_register(dev, HVB_W_MSG), 65, 128);
	/* an AtomicOp has to wait until the credit of the one before has come back over the link */
	assert_true(sim_register(dev, HVB_R_N_ATOMIC) * 20 < sim_stat(dev, "cycles") - from);
}

/* No message may leave: what it would tell of is there, and it is told as soon as there is a credit. */
static void posted_starved(void **state)
{
	struct credits none = { 0, ALL }, all = { ALL, ALL };

	(void)state;
	hvb_card_call(hvb_sim_card(dev), set_credits, &none);
	sim_signal(dev, 1, 1, 0);
	dev->ops->step(dev, 3000);
	assert_int_equal(page[0], 1);
	assert_int_equal(sim_events(fd, 0), 0);
	hvb_card_call(hvb_sim_card(dev), set_credits, &all);
	dev->ops->step(dev, 100);
	assert_int_equal(sim_events(fd, 1), 1);
	sim_delivered(dev, 1);
}

/* AtomicOps have no credits: reads, writes and messages go on, nothing is lost. */
static void starved(void **state)
{
	struct credits none = { ALL, 0 }, all = { ALL, ALL };

	(void)state;
	hvb_card_call(hvb_sim_card(dev), set_credits, &none);
	for (unsigned i = 0; i < 64; i++)
		sim_signal(dev, 1, 1, i);
	sim_signal(dev, 2, 2, 1);
	dev->ops->step(dev, 3000);
	assert_int_equal(sim_status(dev, 1), HVB_STATUS_SUCCESS);
	assert_int_equal(page[0], 0);
	assert_int_equal(page[1], 0);
	hvb_card_call(hvb_sim_card(dev), set_credits, &all);
	sim_delivered(dev, 1);
	sim_delivered(dev, 2);
	dev->ops->step(dev, 100);
	assert_int_equal(page[0], UINT64_MAX);
	assert_int_equal(page[1], 2);
	assert_in_range(sim_events(fd, 0), 2, 3);
}

struct many_reads {
	struct hvb_rc_wait waits[200];
	unsigned sent, done, wrong;
};

static struct many_reads reads;

static void read_done(struct hvb_rc_wait *wait)
{
	reads.done++;
	reads.wrong += wait->err || wait->value != ((uint64_t)HVB_VERSION << 32 | HVB_MAGIC);
}

static void send_read(struct hvb_rc *rc, void *arg)
{
	(void)arg;
	if (reads.sent < 200 && hvb_rc_room(rc)) {
		reads.waits[reads.sent].done = read_done;
		hvb_rc_request(rc, HVB_TLP_MRD, 0x3800000000ull + HVB_R_MAGIC, 8, 0, &reads.waits[reads.sent++]);
	}
}

/* Reads come faster than the card answers: they wait for credits, none is dropped. */
static void credits(void **state)
{
	(void)state;
	memset(&reads, 0, sizeof(reads));
	for (unsigned i = 0; i < 1000; i++) {
		hvb_card_call(hvb_sim_card(dev), send_read, NULL);
		dev->ops->step(dev, 1);
	}
	assert_int_equal(reads.sent, 200);
	assert_int_equal(reads.done, 200);
	assert_int_equal(reads.wrong, 0);
	assert_int_equal(sim_register(dev, HVB_R_N_NP_OVERFLOW), 0);
}

/* A reset does not wait for ever for what never comes, and afterwards the card works. */
static void reset_with_lost_completion(void **state)
{
	(void)state;
	assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR0, HVB_R_TIMEOUT, 200000), 0);
	order_fault(HVB_RC_FAULT_NEVER, 0);
	sim_signal(dev, 1, 1, 0);
	dev->ops->step(dev, 100);
	assert_int_equal(dev->ops->reset(dev), 0);
	assert_int_equal(sim_register(dev, HVB_R_STATE) & HVB_STATE_INFLIGHT_MASK, 0);
	assert_int_equal(page[0], 0);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 1, &fd), 0);
	sim_connect(dev, 1, 1, 0, iova, 0, 0);
	sim_signal(dev, 1, 1, 5);
	sim_delivered(dev, 1);
	assert_int_equal(page[0], 32);
	assert_int_equal(sim_events(fd, 1), 1);
}

static void send_lost_read(struct hvb_rc *rc, void *arg)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_MRD };
	struct hvb_tlp tlp;

	(void)arg;
	hvb_tlp_span(&head, 0x3800000000ull, 8);
	hvb_tlp_build(&head, &tlp);
	assert_true(hvb_rc_raw(rc, &tlp, true, &reads.waits[0]));
}

/* A request that the card dropped ends with an error, in the end. */
static void unanswered_read(void **state)
{
	struct hvb_sim_options options;
	char why[160];

	(void)state;
	assert_int_equal(hvb_sim_options_parse("?latency=10", &options, why, sizeof(why)), 0);
	memset(&reads, 0, sizeof(reads));
	reads.waits[0].done = read_done;
	hvb_card_call(hvb_sim_card(dev), send_lost_read, NULL);
	dev->ops->step(dev, options.link.timeout / 2);
	assert_int_equal(reads.done, 0);
	dev->ops->step(dev, options.link.timeout);
	assert_int_equal(reads.done, 1);
	assert_int_equal(reads.waits[0].err, -ETIMEDOUT);
	assert_int_equal(sim_stat(dev, "host_timeouts"), 1);
	assert_int_equal(sim_register(dev, HVB_R_N_RX_BAD), 1);
}

/* With jitter AtomicOps are executed out of their order now and then; every flag is set all the same. */
static void jitter(void **state)
{
	struct hvb_dev *late = sim_open_card("sim:?step=1&latency=10&jitter=20&seed=1");
	uint64_t *words = sim_page(), where;
	unsigned reversed = 0;

	(void)state;
	assert_int_equal(late->ops->dma_map(late, words, 4096, RW, &where), 0);
	sim_connect(late, 1, 1, 0, where, 0, 0);
	sim_connect(late, 1, 2, 1, where + 8, 0, 0);
	for (unsigned i = 0; i < 64; i++) {
		sim_signal(late, 1, 1, i);
		sim_signal(late, 1, 2, i);
		for (unsigned n = 0; n < 200 && !(words[0] | words[1]); n++)
			late->ops->step(late, 1);
		reversed += !words[0];
		late->ops->step(late, 200);
		assert_int_equal(words[0], 1ull << i);
		assert_int_equal(words[1], 1ull << i);
		words[0] = words[1] = 0;
	}
	assert_in_range(reversed, 8, 40);
	hvb_dev_close(late);
	free(words);
}

#define THREADS 4u
#define SIGNALS 300u

struct worker {
	struct hvb_dev *dev;
	unsigned number;
	unsigned seen;                   /* flags this receiver took */
};

static bool take_flag(struct worker *worker, unsigned flag)
{
	uint64_t bit = 1ull << flag;

	return __atomic_fetch_and(&page[8 + worker->number], ~bit, __ATOMIC_ACQ_REL) & bit;
}

/* Signals its own connection, reads the status of each, waits for delivery and clears the flag with a locked operation.
 *  */
static void *signal_and_clear(void *arg)
{
	struct worker *worker = arg;

	for (unsigned i = 0; i < SIGNALS; i++) {
		sim_signal(worker->dev, 8 + worker->number, 8 + worker->number, i % 64);
		if (i % 4 == 0 && sim_status(worker->dev, 8 + worker->number) != HVB_STATUS_SUCCESS)
			break;
		sim_delivered(worker->dev, 8 + worker->number);
		worker->seen += take_flag(worker, i % 64);
		if (i % 100 == 0)
			usleep(2000);    /* the card falls asleep meanwhile */
	}
	return NULL;
}

static void many_threads(void **state)
{
	struct hvb_dev *threaded = sim_open_card("sim:?latency=none&jitter=8");
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	uint64_t where;

	(void)state;
	page = sim_page();
	assert_int_equal(threaded->ops->dma_map(threaded, page, 4096, RW, &where), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ threaded, i, 0 };
		sim_connect(threaded, 8 + i, 8 + i, i, where + 8 * (8 + i), i, i);
	}
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, signal_and_clear, &workers[i]), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(workers[i].seen, SIGNALS);
	}
	assert_int_equal(sim_stat(threaded, "denied_atomics"), 0);
	hvb_dev_close(threaded);
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(error_completions, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_completion, setup, teardown),
		cmocka_unit_test_setup_teardown(no_completion, setup, teardown),
		cmocka_unit_test_setup_teardown(late_completion, setup, teardown),
		cmocka_unit_test_setup_teardown(answered_too_often, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_tag, setup, teardown),
		cmocka_unit_test_setup_teardown(fewest_credits, setup, teardown),
		cmocka_unit_test_setup_teardown(posted_starved, setup, teardown),
		cmocka_unit_test_setup_teardown(starved, setup, teardown),
		cmocka_unit_test_setup_teardown(reset_with_lost_completion, setup, teardown),
		cmocka_unit_test_setup_teardown(credits, setup, teardown),
		cmocka_unit_test_setup_teardown(unanswered_read, setup, teardown),
		cmocka_unit_test(jitter),
		cmocka_unit_test(many_threads),
	};

	alarm(300); /* a hang is a failure */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
