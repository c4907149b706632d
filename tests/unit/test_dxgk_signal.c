/* SPDX-License-Identifier: MIT */
/* DxgkCbSignalEvent: where a signal goes, when it is there, LastUse, and the status of each mistake. */
#include <sched.h>
#include "dxgk_world.h"

static void into_a_guest(void **state)
{
	struct dxgk_world w;
	struct hvbell_counters counters;
	unsigned flag = 99;
	HANDLE event;

	(void)state;
	dxgk_world_new(&w);
	event = dxgk_event(&w, w.process, &flag);
	assert_int_equal(flag, 0);
	assert_false(dxgk_flag(&w, flag));
	assert_int_equal(dxgk_signal(&w, w.process, event, 0), STATUS_SUCCESS);
	assert_true(dxgk_flag(&w, flag));
	assert_int_equal(hvbell_counters(w.card, HOST, &counters), 0);
	assert_int_equal(counters.accepted, 1);
	assert_true(eventfd_take(hvbell_eventfd(w.card, GUEST, 0, SINT), 5000) == 1);
	dxgk_world_end(&w);
}

/* Asynchronous: it returns though the card delivers nothing at the time, however often. */
static void a_guest_is_not_waited_for(void **state)
{
	struct dxgk_world w;
	unsigned flag;
	HANDLE event;

	(void)state;
	dxgk_world_new(&w);
	event = dxgk_event(&w, w.process, &flag);
	assert_int_equal(hvbell_quiesce(w.card), 0);
	for (unsigned n = 0; n < 100; n++)
		assert_int_equal(dxgk_signal(&w, w.process, event, 0), STATUS_SUCCESS);
	assert_true(w.words[0] == 0);
	assert_int_equal(hvbell_resume(w.card), 0);
	assert_true(dxgk_flag(&w, flag));
	dxgk_world_end(&w);
}

/* Each event is a flag of its own. */
static void events_are_distinct(void **state)
{
	struct dxgk_world w;
	unsigned flag[64];
	HANDLE event[64];

	(void)state;
	dxgk_world_new(&w);
	for (unsigned n = 0; n < 64; n++)
		event[n] = dxgk_event(&w, w.process, &flag[n]);
	for (unsigned n = 0; n < 64; n += 3) {
		assert_int_equal(dxgk_signal(&w, w.process, event[n], 0), STATUS_SUCCESS);
		assert_true(dxgk_flag(&w, flag[n]));
		assert_true(w.words[0] == 1ull << flag[n]);
		dxgk_guest_takes(&w, flag[n]);
	}
	dxgk_world_end(&w);
}

static void of_a_local_process(void **state)
{
	struct dxgk_world w = { .card = NULL };
	int fd = new_eventfd();
	HANDLE process, event;

	(void)state;
	dxgk_world_start(&w);
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, NULL, 0, &process), STATUS_SUCCESS);
	event = dxgk_local_event(&w, process, fd);
	errno = 77;
	assert_int_equal(dxgk_signal(&w, process, event, 0), STATUS_SUCCESS);
	/* synchronous: it is there already */
	assert_int_equal(eventfd_take(fd, 0), 1);
	assert_int_equal(errno, 77);
	close(fd);
	dxgk_world_end(&w);
}

/* An eventfd that is full cannot take more and is signalled; it does not hold up the driver, nor touch errno. */
static void a_full_eventfd(void **state)
{
	struct dxgk_world w = { .card = NULL };
	const uint64_t full = UINT64_MAX - 1;
	int fd = new_eventfd();
	HANDLE process, event;

	(void)state;
	dxgk_world_start(&w);
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, NULL, 0, &process), STATUS_SUCCESS);
	event = dxgk_local_event(&w, process, fd);
	assert_int_equal(write(fd, &full, sizeof(full)), sizeof(full));
	errno = 77;
	assert_int_equal(dxgk_signal(&w, process, event, 0), STATUS_SUCCESS);
	assert_int_equal(errno, 77);
	assert_true(eventfd_take(fd, 0) == full);
	close(fd);
	dxgk_world_end(&w);
}

static void cpu_event_objects(void **state)
{
	struct dxgk_world w = { .card = NULL };
	int fd = new_eventfd();
	HANDLE event;

	(void)state;
	dxgk_world_start(&w);
	assert_int_equal(hvcall_dxgk_create_cpu_event(w.dxgk, (HANDLE)0x77, fd, &event), STATUS_SUCCESS);
	assert_ptr_equal(w.driver.cpu_event.hDxgCpuEvent, event);
	assert_ptr_equal(w.driver.cpu_event.hKmdDevice, (HANDLE)0x77);
	assert_int_equal(dxgk_signal(&w, NULL, event, HVCALL_DXGK_CPU_EVENT_OBJECT), STATUS_SUCCESS);
	assert_int_equal(eventfd_take(fd, 0), 1);
	assert_int_equal(hvcall_dxgk_destroy_cpu_event(w.dxgk, event), STATUS_SUCCESS);
	assert_int_equal(w.driver.cpu_events_gone, 1);
	assert_ptr_equal(w.driver.gone, w.driver.cpu_event.hKmdCpuEvent);
	assert_int_equal(dxgk_signal(&w, NULL, event, HVCALL_DXGK_CPU_EVENT_OBJECT), STATUS_INVALID_HANDLE);
	close(fd);
	dxgk_world_end(&w);
}

/* The two named bits are those of Flags, as documented. */
static void the_argument(void **state)
{
	DXGKARGCB_SIGNALEVENT args = { .hEvent = NULL };

	(void)state;
	assert_int_equal(sizeof(args), 24);
	assert_int_equal(offsetof(DXGKARGCB_SIGNALEVENT, hEvent), 8);
	args.CpuEventObject = 1;
	assert_int_equal(args.Flags, HVCALL_DXGK_CPU_EVENT_OBJECT);
	args.Flags = 0;
	args.LastUse = 1;
	assert_int_equal(args.Flags, HVCALL_DXGK_LAST_USE);
	args.Flags = 0;
	args.Reserved = ~0;
	assert_int_equal(args.Flags, 0x7ffffffe);
}

/* None of these signals anything. */
static void mistakes(void **state)
{
	const UINT cpu = HVCALL_DXGK_CPU_EVENT_OBJECT;
	int fd = new_eventfd();
	struct dxgk_world w;
	unsigned flag;
	HANDLE event, local, local_event, cpu_event;

	(void)state;
	dxgk_world_new(&w);
	event = dxgk_event(&w, w.process, &flag);
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, NULL, 0, &local), STATUS_SUCCESS);
	local_event = dxgk_local_event(&w, local, fd);
	assert_int_equal(hvcall_dxgk_create_cpu_event(w.dxgk, NULL, fd, &cpu_event), STATUS_SUCCESS);

	assert_int_equal(w.driver.dxgk.DxgkCbSignalEvent(NULL), STATUS_INVALID_PARAMETER);
	for (unsigned bit = 1; bit < 31; bit++)
		assert_int_equal(dxgk_signal(&w, w.process, event, 1u << bit), STATUS_INVALID_PARAMETER);
	assert_int_equal(dxgk_signal(&w, w.process, NULL, 0), STATUS_INVALID_PARAMETER);
	assert_int_equal(dxgk_signal(&w, NULL, NULL, cpu), STATUS_INVALID_PARAMETER);
	assert_int_equal(dxgk_signal(&w, NULL, event, 0), STATUS_INVALID_PARAMETER);
	assert_int_equal(dxgk_signal(&w, NULL, cpu_event, 0), STATUS_INVALID_PARAMETER);
	assert_int_equal(dxgk_signal(&w, w.process, cpu_event, cpu), STATUS_INVALID_PARAMETER);
	/* of the wrong kind, or in the wrong process */
	assert_int_equal(dxgk_signal(&w, NULL, event, cpu), STATUS_INVALID_HANDLE);
	assert_int_equal(dxgk_signal(&w, NULL, local_event, cpu), STATUS_INVALID_HANDLE);
	assert_int_equal(dxgk_signal(&w, NULL, w.process, cpu), STATUS_INVALID_HANDLE);
	assert_int_equal(dxgk_signal(&w, NULL, w.driver.dxgk.DeviceHandle, cpu), STATUS_INVALID_HANDLE);
	assert_int_equal(dxgk_signal(&w, local, event, 0), STATUS_INVALID_HANDLE);
	assert_int_equal(dxgk_signal(&w, w.process, local_event, 0), STATUS_INVALID_HANDLE);
	assert_int_equal(dxgk_signal(&w, w.process, cpu_event, 0), STATUS_INVALID_HANDLE);
	assert_int_equal(dxgk_signal(&w, w.process, w.process, 0), STATUS_INVALID_HANDLE);
	assert_int_equal(dxgk_signal(&w, event, event, 0), STATUS_INVALID_HANDLE);
	assert_int_equal(dxgk_signal(&w, local, event, HVCALL_DXGK_LAST_USE), STATUS_INVALID_HANDLE);

	assert_int_equal(eventfd_take(fd, 0), 0);
	assert_false(dxgk_flag(&w, flag));
	assert_int_equal(dxgk_signal(&w, w.process, event, 0), STATUS_SUCCESS);
	close(fd);
	dxgk_world_end(&w);
}

/* Numbers that were never a handle, pointers among them, and a handle of each generation but its own. */
static void invented_handles(void **state)
{
	struct dxgk_world w;
	unsigned flag;
	HANDLE event;

	(void)state;
	dxgk_world_new(&w);
	event = dxgk_event(&w, w.process, &flag);
	for (unsigned bit = 0; bit < 64; bit++) {
		HANDLE one = (HANDLE)(uintptr_t)(1ull << bit);
		HANDLE near = (HANDLE)((uintptr_t)event ^ 1ull << bit);

		assert_int_equal(dxgk_signal(&w, w.process, one, 0), STATUS_INVALID_HANDLE);
		assert_int_equal(dxgk_signal(&w, w.process, near, 0), STATUS_INVALID_HANDLE);
		assert_int_equal(dxgk_signal(&w, one, event, 0), STATUS_INVALID_HANDLE);
	}
	assert_int_equal(dxgk_signal(&w, w.process, &w, 0), STATUS_INVALID_HANDLE);
	assert_int_equal(dxgk_signal(&w, w.process, (HANDLE)UINTPTR_MAX, 0), STATUS_INVALID_HANDLE);
	assert_false(dxgk_flag(&w, flag));
	dxgk_world_end(&w);
}

/* One last signal, which arrives; then the handle is nobody's. */
static void last_use(void **state)
{
	int fd = new_eventfd();
	struct dxgk_world w;
	unsigned flag;
	HANDLE event, local, local_event, cpu_event;
	const UINT cpu = HVCALL_DXGK_CPU_EVENT_OBJECT;

	(void)state;
	dxgk_world_new(&w);
	event = dxgk_event(&w, w.process, &flag);
	assert_int_equal(dxgk_signal(&w, w.process, event, HVCALL_DXGK_LAST_USE), STATUS_SUCCESS);
	assert_true(dxgk_flag(&w, flag));
	dxgk_guest_takes(&w, flag);
	assert_int_equal(dxgk_signal(&w, w.process, event, 0), STATUS_INVALID_HANDLE);
	assert_int_equal(dxgk_signal(&w, w.process, event, HVCALL_DXGK_LAST_USE), STATUS_INVALID_HANDLE);
	assert_int_equal(hvcall_dxgk_destroy_event(w.dxgk, w.process, event), STATUS_INVALID_HANDLE);
	assert_false(dxgk_flag(&w, flag));

	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, NULL, 0, &local), STATUS_SUCCESS);
	local_event = dxgk_local_event(&w, local, fd);
	assert_int_equal(dxgk_signal(&w, local, local_event, HVCALL_DXGK_LAST_USE), STATUS_SUCCESS);
	assert_int_equal(eventfd_take(fd, 0), 1);
	assert_int_equal(dxgk_signal(&w, local, local_event, 0), STATUS_INVALID_HANDLE);

	assert_int_equal(hvcall_dxgk_create_cpu_event(w.dxgk, NULL, fd, &cpu_event), STATUS_SUCCESS);
	assert_int_equal(dxgk_signal(&w, NULL, cpu_event, cpu | HVCALL_DXGK_LAST_USE), STATUS_SUCCESS);
	assert_int_equal(eventfd_take(fd, 0), 1);
	assert_int_equal(dxgk_signal(&w, NULL, cpu_event, cpu), STATUS_INVALID_HANDLE);
	assert_int_equal(hvcall_dxgk_destroy_cpu_event(w.dxgk, cpu_event), STATUS_INVALID_HANDLE);
	close(fd);
	dxgk_world_end(&w);
	/* the driver's object was not forgotten */
	assert_int_equal(w.driver.cpu_events_gone, 1);
}

/* Several that end one event at once, round for round: by LastUse, and the last one by destroying it. */
#define ENDERS 3
#define ROUNDS 3000

struct ring {
	struct dxgk_world w;
	HANDLE process, event;
	unsigned round, ready;          /* begun; of ENDERS, in all rounds */
};

struct ender {
	struct ring *ring;
	bool destroys;
	NTSTATUS status;
	pthread_t thread;
};

static void until_at_least(const unsigned *value, unsigned least)
{
	while (__atomic_load_n(value, __ATOMIC_ACQUIRE) < least)
		sched_yield();
}

static void *end_events(void *arg)
{
	struct ender *ender = arg;
	struct ring *ring = ender->ring;

	for (unsigned round = 1; round <= ROUNDS; round++) {
		until_at_least(&ring->round, round);
		ender->status = ender->destroys ?
			hvcall_dxgk_destroy_event(ring->w.dxgk, ring->process, ring->event) :
			dxgk_signal(&ring->w, ring->process, ring->event, HVCALL_DXGK_LAST_USE);
		__atomic_add_fetch(&ring->ready, 1, __ATOMIC_ACQ_REL);
	}
	return NULL;
}

/* One ends it, the others find it ended; there is a signal only if it was by LastUse. */
static void one_ends_it(void **state)
{
	struct ring ring = { .round = 0 };
	struct ender enders[ENDERS];
	int fd = new_eventfd();

	(void)state;
	dxgk_world_start(&ring.w);
	assert_int_equal(hvcall_dxgk_create_process(ring.w.dxgk, NULL, 0, &ring.process), STATUS_SUCCESS);
	for (unsigned n = 0; n < ENDERS; n++) {
		enders[n] = (struct ender){ .ring = &ring, .destroys = n == ENDERS - 1 };
		assert_int_equal(pthread_create(&enders[n].thread, NULL, end_events, &enders[n]), 0);
	}
	for (unsigned round = 1; round <= ROUNDS; round++) {
		unsigned ended = 0, signals = 0;

		ring.event = dxgk_local_event(&ring.w, ring.process, fd);
		__atomic_store_n(&ring.round, round, __ATOMIC_RELEASE);
		until_at_least(&ring.ready, round * ENDERS);
		for (unsigned n = 0; n < ENDERS; n++) {
			assert_true(enders[n].status == STATUS_SUCCESS || enders[n].status == STATUS_INVALID_HANDLE);
			ended += enders[n].status == STATUS_SUCCESS;
			signals += enders[n].status == STATUS_SUCCESS && !enders[n].destroys;
		}
		assert_int_equal(ended, 1);
		assert_int_equal(eventfd_take(fd, 0), signals);
	}
	for (unsigned n = 0; n < ENDERS; n++)
		pthread_join(enders[n].thread, NULL);
	close(fd);
	dxgk_world_end(&ring.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(into_a_guest),
		cmocka_unit_test(a_guest_is_not_waited_for),
		cmocka_unit_test(events_are_distinct),
		cmocka_unit_test(of_a_local_process),
		cmocka_unit_test(a_full_eventfd),
		cmocka_unit_test(cpu_event_objects),
		cmocka_unit_test(the_argument),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(invented_handles),
		cmocka_unit_test(last_use),
		cmocka_unit_test(one_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
