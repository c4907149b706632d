/* SPDX-License-Identifier: MIT */
/* The library on the simulated card: signals, interrupts, changes of state under load, faults, as the RTL does them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <cmocka.h>
#include <unistd.h>
#include "lib/src/internal.h"

#define SENDER 0x10
#define RECEIVER 0x20
#define SINT 2
#define URL "sim:?latency=none&seed=1"

static hvbell_card *card;
static hvbell_sender sender;

static void open_vp(uint32_t vp)
{
	const struct hvbell_sint sint = { .vector = 177 };

	assert_int_equal(hvbell_vp_add(card, RECEIVER, vp), 0);
	assert_int_equal(hvbell_set_scontrol(card, RECEIVER, vp, true), 0);
	assert_int_equal(hvbell_set_siefp(card, RECEIVER, vp, true, 0x100000), 0);
	assert_int_equal(hvbell_set_sint(card, RECEIVER, vp, SINT, &sint), 0);
}

static int setup(void **state)
{
	(void)state;
	assert_int_equal(hvbell_open(URL, &card), 0);
	assert_int_equal(hvbell_partition_add(card, SENDER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
	assert_int_equal(hvbell_partition_add(card, RECEIVER, HVBELL_ACTIVE, 0), 0);
	open_vp(0);
	open_vp(1);
	assert_int_equal(hvbell_sender_init(card, SENDER, 0, &sender), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hvbell_close(card);
	return 0;
}

static void connect_port(uint32_t id, uint32_t vp, uint32_t base, uint32_t count)
{
	const struct hvbell_port port = { .partition = RECEIVER, .id = id, .type = HVBELL_PORT_EVENT,
		.connection_partition = SENDER, .target_sint = SINT, .target_vp = vp, .base_flag_number = base,
		.flag_count = count };

	assert_int_equal(hvbell_create_port(card, &port), 0);
	assert_int_equal(hvbell_connect_port(card, SENDER, id, RECEIVER, id), 0);
}

static int signal_flag(uint32_t connection, uint64_t flag)
{
	return hvbell_signal_sync(&sender, flag << 32 | connection, HVBELL_DELIVERED);
}

static uint64_t messages(uint32_t vp)
{
	uint64_t count = 0;

	assert_int_equal(hvbell_messages(card, RECEIVER, vp, SINT, &count), 0);
	return count;
}

static void signals_and_interrupts(void **state)
{
	struct pollfd fd = { .events = POLLIN };
	struct hvbell_info info;
	bool newly;

	(void)state;
	assert_int_equal(hvbell_info(card, &info), 0);
	assert_true(info.simulated && !info.doorbell_mapped && info.partitions >= 64 && info.connections >= 4096);
	connect_port(1, 0, 60, 100);
	fd.fd = hvbell_eventfd(card, RECEIVER, 0, SINT);
	assert_int_equal(poll(&fd, 1, 0), 0);
	for (unsigned flag = 0; flag < 100; flag++)
		assert_int_equal(signal_flag(1, flag), 0);
	assert_int_equal(hvbell_fence(card), 0);
	assert_int_equal(poll(&fd, 1, 1000), 1);
	assert_int_equal(messages(0), 100);
	assert_int_equal(signal_flag(1, 0), 0);
	assert_int_equal(messages(0), 100);
	assert_int_equal(signal_flag(1, 100), HV_STATUS_INVALID_PARAMETER);
	assert_int_equal(hvbell_wait(card, RECEIVER, 0, SINT, 1000, NULL, NULL), 100);
	assert_int_equal(signal_flag(1, 0), 0);
	assert_int_equal(messages(0), 101);
	assert_int_equal(hvbell_signal_direct(card, RECEIVER, 1, SINT, 2047, &newly), 0);
	assert_true(newly);
	assert_int_equal(hvbell_signal_direct(card, RECEIVER, 1, SINT, 2047, &newly), 0);
	assert_false(newly);
	assert_int_equal(messages(1), 1);
}

static void full_connection_table(void **state)
{
	struct hvbell_info info;

	(void)state;
	connect_port(1, 0, 0, 8);
	hvbell_info(card, &info);
	/* dead ones need no words; id 1 is there already */
	for (uint32_t n = 2; n <= info.connections; n++)
		assert_int_equal(hvbell_place_connection(card, SENDER, n * 4099 & HVL_ID_MAX, RECEIVER, 99), 0);
	assert_int_equal(hvbell_place_connection(card, SENDER, 3, RECEIVER, 99), -ENOSPC);
	for (uint32_t n = 2; n <= info.connections; n += 37)
		assert_int_equal(signal_flag(n * 4099 & HVL_ID_MAX, 0), HV_STATUS_INVALID_PORT_ID);
	assert_int_equal(signal_flag(1, 0), 0);
	assert_int_equal(signal_flag(3, 0), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(hvbell_disconnect_port(card, SENDER, 2 * 4099), 0);
	assert_int_equal(signal_flag(2 * 4099, 0), HV_STATUS_INVALID_CONNECTION_ID);
}

/* Signals both ports as fast as it can until told to stop. */
struct load {
	bool stop;
	unsigned sent, wrong_any, wrong_named;
};

static void *load_thread(void *arg)
{
	struct load *load = arg;
	hvbell_sender mine;

	if (hvbell_sender_init(card, SENDER, 5, &mine))
		return NULL;
	while (!__atomic_load_n(&load->stop, __ATOMIC_RELAXED)) {
		uint64_t flag = (uint64_t)(load->sent % 64) << 32;
		int any = hvbell_signal_sync(&mine, flag | 1, HVBELL_ACCEPTED);
		int named = hvbell_signal_sync(&mine, flag | 2, HVBELL_ACCEPTED);

		load->wrong_any += any != 0;
		load->wrong_named += named != 0 && named != HV_STATUS_INVALID_SYNIC_STATE;
		__atomic_add_fetch(&load->sent, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* Returns once both ports have been signalled anew. */
static void await_signals(const struct load *load)
{
	unsigned before = __atomic_load_n(&load->sent, __ATOMIC_ACQUIRE);

	while (__atomic_load_n(&load->sent, __ATOMIC_ACQUIRE) - before < 2)
		usleep(100);
}

static uint64_t word(uint32_t vp, unsigned n)
{
	return __atomic_load_n(&hvbell_sief(card, RECEIVER, vp)[SINT * 32 + n], __ATOMIC_ACQUIRE);
}

/* VP 0 is always open, so the port for any VP always accepts; what is closed on VP 1 gets nothing more. */
static void changes_under_load(void **state)
{
	const struct hvbell_sint masked = { .vector = 177, .masked = true }, open = { .vector = 177 };
	struct load load = { 0 };
	pthread_t thread;

	(void)state;
	connect_port(1, HVBELL_ANY_VP, 0, 64);
	connect_port(2, 1, 64, 64);
	assert_int_equal(pthread_create(&thread, NULL, load_thread, &load), 0);
	for (int n = 0; n < 20; n++) {
		switch (n % 4) {
		case 0:
			assert_int_equal(hvbell_set_scontrol(card, RECEIVER, 1, false), 0);
			break;
		case 1:
			assert_int_equal(hvbell_set_siefp(card, RECEIVER, 1, false, 0), 0);
			break;
		case 2:
			assert_int_equal(hvbell_set_sint(card, RECEIVER, 1, SINT, &masked), 0);
			break;
		default:
			assert_int_equal(hvbell_vp_reset(card, RECEIVER, 1), 0);
			assert_int_equal(word(1, 0) | word(1, 1), 0);
		}
		hvbell_dispatch(card, RECEIVER, 0, SINT, NULL, NULL);
		hvbell_dispatch(card, RECEIVER, 1, SINT, NULL, NULL);
		assert_int_equal(hvbell_fence(card), 0);
		assert_int_equal(word(1, 0) | word(1, 1), 0);
		assert_int_equal(hvbell_set_scontrol(card, RECEIVER, 1, true), 0);
		assert_int_equal(hvbell_set_siefp(card, RECEIVER, 1, true, 0x3000), 0);
		assert_int_equal(hvbell_set_sint(card, RECEIVER, 1, SINT, &open), 0);
		/* a raised VP gets signals again */
		await_signals(&load);
		assert_int_equal(hvbell_fence(card), 0);
		assert_int_not_equal(word(1, 1), 0);
	}
	__atomic_store_n(&load.stop, true, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(load.sent > 20);
	assert_int_equal(load.wrong_any, 0);
	assert_int_equal(load.wrong_named, 0);
}

#define EVENTS 300

struct taken {
	unsigned count[64];
};

static void take(void *arg, unsigned sint, unsigned flag)
{
	struct taken *taken = arg;

	if (sint == SINT && flag < 64)
		__atomic_fetch_add(&taken->count[flag], 1, __ATOMIC_RELAXED);
}

static void *receiver_thread(void *arg)
{
	while (hvbell_wait(card, RECEIVER, 0, SINT, 10000, take, arg) > 0)
		;
	return NULL;
}

/* Each flag is sent again only once it was taken: none may be lost or come twice. */
static void nothing_lost_nothing_twice(void **state)
{
	struct taken taken = { 0 };
	unsigned sent[64] = { 0 };
	hvbell_connection conn;
	pthread_t thread;

	(void)state;
	connect_port(1, 0, 0, 64);
	assert_int_equal(hvbell_connection_init(&sender, 1, &conn), 0);
	assert_int_equal(pthread_create(&thread, NULL, receiver_thread, &taken), 0);
	for (unsigned n = 0; n < EVENTS; n++) {
		unsigned flag = n * 7 % 64, polls = 0;

		while (__atomic_load_n(&taken.count[flag], __ATOMIC_RELAXED) != sent[flag] && polls++ < 100000)
			assert_int_equal(hvbell_fence(card), 0);
		assert_int_equal(__atomic_load_n(&taken.count[flag], __ATOMIC_RELAXED), sent[flag]);
		assert_int_equal(hvbell_signal(&conn, flag), 0);
		sent[flag]++;
	}
	assert_int_equal(hvbell_fence(card), 0);
	for (unsigned flag = 0; flag < 64; flag++)
		for (int n = 0; n < 1000 && __atomic_load_n(&taken.count[flag], __ATOMIC_RELAXED) != sent[flag]; n++)
			poll(NULL, 0, 10);
	assert_int_equal(hvbell_vp_remove(card, RECEIVER, 0), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_memory_equal(sent, taken.count, sizeof(sent));
}

/* Guest memory of two pages from gpa 0. */
static void *guest_page(void *arg, uint64_t gpa, size_t len)
{
	return gpa + len <= 8192 ? (char *)arg + gpa : NULL;
}

static void page_moves_with_its_flags(void **state)
{
	static _Alignas(4096) uint64_t ram[2][512];
	struct hvbell_card_counters counters;

	(void)state;
	connect_port(1, 0, 0, 64);
	assert_int_equal(signal_flag(1, 0), 0);
	memset(ram, 0xff, sizeof(ram));
	assert_int_equal(hvbell_set_siefp(card, RECEIVER, 0, true, 0), 0);
	assert_int_equal(hvbell_partition_memory(card, RECEIVER, guest_page, ram), 0);
	assert_int_equal(signal_flag(1, 1), 0);
	assert_int_equal(__atomic_load_n(&ram[0][SINT * 32], __ATOMIC_ACQUIRE), 3);
	assert_int_equal(hvbell_set_siefp(card, RECEIVER, 0, true, 4096), 0);
	assert_int_equal(signal_flag(1, 2), 0);
	assert_int_equal(__atomic_load_n(&ram[1][SINT * 32], __ATOMIC_ACQUIRE), 7);
	assert_int_equal(hvbell_set_siefp(card, RECEIVER, 0, true, 8192), 0);
	assert_int_equal(signal_flag(1, 3), HV_STATUS_INVALID_SYNIC_STATE);
	assert_int_equal(hvbell_sief(card, RECEIVER, 0)[SINT * 32], 7);
	assert_int_equal(hvbell_card_counters(card, &counters), 0);
	assert_int_equal(counters.faults, 0);
}

static void fault_turns_the_vp_off(void **state)
{
	struct hvbell_log record;
	bool faulty = false;
	uint64_t iova = card->partitions[1]->vps->iova, lost;

	(void)state;
	connect_port(1, 0, 128, 64);
	assert_int_equal(card->dev->ops->dma_unmap(card->dev, iova, 4096), 0);
	assert_int_equal(signal_flag(1, 7), 0);
	assert_int_equal(hvbell_fence(card), 0);
	assert_int_equal(hvbell_vp_faulty(card, RECEIVER, 0, &faulty), 0);
	assert_true(faulty);
	assert_int_equal(signal_flag(1, 8), HV_STATUS_INVALID_SYNIC_STATE);
	assert_int_equal(messages(0), 0);
	assert_int_equal(hvbell_log_read(card, &record, 1, &lost), 1);
	assert_int_equal(record.kind, 1);
	assert_int_equal(record.iova, iova + SINT * 256 + 16);
	assert_int_equal(record.bits, 1 << 7);
	assert_int_equal(record.partition, RECEIVER);
	assert_int_equal(record.vp, 0);
	assert_int_equal(hvbell_reset(card), 0);
	assert_int_equal(hvbell_partition_add(card, RECEIVER, HVBELL_ACTIVE, 0), 0);
	open_vp(0);
}

static void trace_has_the_cycles(void **state)
{
	struct hvbell_trace records[8];
	uint64_t lost;

	(void)state;
	connect_port(1, 0, 0, 8);
	assert_int_equal(hvbell_trace_enable(card, true), 0);
	assert_int_equal(signal_flag(1, 0), 0);
	assert_int_equal(signal_flag(1, 0), 0);
	assert_int_equal(hvbell_fence(card), 0);
	assert_int_equal(hvbell_trace_read(card, records, 8, &lost), 2);
	assert_int_equal(lost, 0);
	assert_int_equal(records[0].partition, SENDER);
	assert_true(records[0].message && !records[1].message);
	assert_in_range(records[0].to_request, 1, 6);
	assert_true(records[0].to_completion > records[0].to_request);
	assert_in_range(records[0].to_message - records[0].to_completion, 1, 3);
	assert_true(records[1].t0 > records[0].t0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

/* A record's pending word leads back to port, VP and connection, as long as they are there. */
static void trace_names(void **state)
{
	struct hvbell_trace record;
	struct hvbell_trace_names names;

	(void)state;
	connect_port(1, 0, 60, 100);
	connect_port(7, 1, 0, 8);
	assert_int_equal(hvbell_trace_enable(card, true), 0);
	assert_int_equal(signal_flag(1, 70), 0);
	assert_int_equal(hvbell_fence(card), 0);
	assert_int_equal(hvbell_trace_read(card, &record, 1, NULL), 1);
	assert_int_equal(hvbell_trace_names(card, &record, &names), 0);
	assert_int_equal(names.receiver, RECEIVER);
	assert_int_equal(names.vp, 0);
	assert_int_equal(names.sint, SINT);
	assert_int_equal(names.port, 1);
	assert_int_equal(names.connection, 1);
	assert_int_equal(names.first_flag, 68);
	assert_int_equal(signal_flag(7, 3), 0);
	assert_int_equal(hvbell_fence(card), 0);
	assert_int_equal(hvbell_trace_read(card, &record, 1, NULL), 1);
	assert_int_equal(hvbell_trace_names(card, &record, &names), 0);
	assert_int_equal(names.vp, 1);
	assert_int_equal(names.connection, 7);
	assert_int_equal(names.first_flag, 0);
	assert_int_equal(hvbell_disconnect_port(card, SENDER, 7), 0);
	assert_int_equal(hvbell_trace_names(card, &record, &names), 0);
	assert_int_equal(names.connection, UINT32_MAX);
	assert_int_equal(hvbell_delete_port(card, RECEIVER, 7), 0);
	assert_int_equal(hvbell_trace_names(card, &record, &names), -ENOENT);
}

/* The clock of a single-stepped card passes when it is told; any other's does not listen. */
static void stepping(void **state)
{
	uint64_t before, now;
	hvbell_card *stepped;

	(void)state;
	assert_int_equal(hvbell_step(card, 1, &now), -ENOTSUP);
	assert_int_equal(hvbell_error().err, -ENOTSUP);
	assert_int_equal(hvbell_open("sim:?step=1&seed=1", &stepped), 0);
	assert_int_equal(hvbell_step(stepped, 0, &before), 0);
	assert_int_equal(hvbell_step(stepped, 1234, &now), 0);
	assert_int_equal(now, before + 1234);
	assert_int_equal(hvbell_step(stepped, 5, NULL), 0);
	assert_int_equal(hvbell_step(stepped, 0, &now), 0);
	assert_int_equal(now, before + 1239);
	hvbell_close(stepped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(signals_and_interrupts), CASE(full_connection_table), CASE(changes_under_load),
		CASE(nothing_lost_nothing_twice), CASE(page_moves_with_its_flags), CASE(fault_turns_the_vp_off),
		CASE(trace_has_the_cycles), CASE(trace_names), CASE(stepping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
