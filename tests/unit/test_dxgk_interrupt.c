/* SPDX-License-Identifier: MIT */
/* Interrupts of the card to the driver's routine, what is synchronized with it, and DPCs. */
#include "dxgk_world.h"

/* What the routines of the tests share. */
struct scene {
	struct dxgk_world w;
	int fd[MESSAGES];
	unsigned calls[MESSAGES], dpcs;
	bool inside, hold, overlap;     /* message 0's routine is running; is to go on running; met another */
	BOOLEAN claim;
	NTSTATUS nested;
	BOOLEAN queued[3];
	unsigned plain;                 /* no atomic: synchronized */
};

static void scene_new(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	scene->claim = TRUE;
	scene->w.driver.test = scene;
	dxgk_world_start(&scene->w);
	for (unsigned n = 0; n < MESSAGES; n++)
		scene->fd[n] = new_eventfd();
}

static void scene_end(struct scene *scene)
{
	dxgk_world_end(&scene->w);
	for (unsigned n = 0; n < MESSAGES; n++)
		close(scene->fd[n]);
}

static void connect_message(struct scene *scene, ULONG message)
{
	assert_int_equal(hvcall_dxgk_connect_interrupt(scene->w.dxgk, message, scene->fd[message]), STATUS_SUCCESS);
}

static void arrive(struct scene *scene, ULONG message)
{
	assert_int_equal(dxgk_eventfd_signal(scene->fd[message]), STATUS_SUCCESS);
}

static unsigned calls(struct scene *scene, ULONG message)
{
	return __atomic_load_n(&scene->calls[message], __ATOMIC_SEQ_CST);
}

static BOOLEAN count_call(struct miniport *miniport, ULONG message)
{
	struct scene *scene = miniport->test;

	__atomic_add_fetch(&scene->calls[message], 1, __ATOMIC_SEQ_CST);
	return __atomic_load_n(&scene->claim, __ATOMIC_SEQ_CST);
}

static NTSTATUS synchronize(struct scene *scene, PKSYNCHRONIZE_ROUTINE routine, ULONG message, PBOOLEAN value)
{
	const DXGKRNL_INTERFACE *dxgk = &scene->w.driver.dxgk;

	return dxgk->DxgkCbSynchronizeExecution(dxgk->DeviceHandle, routine, scene, message, value);
}

static BOOLEAN say_true(PVOID context)
{
	(void)context;
	return TRUE;
}

static BOOLEAN say_false(PVOID context)
{
	(void)context;
	return FALSE;
}

static void dispatch(void **state)
{
	struct hvcall_dxgk_interrupts counts;
	struct scene s;

	(void)state;
	scene_new(&s);
	s.w.driver.interrupt = count_call;
	for (ULONG n = 0; n < MESSAGES; n++)
		connect_message(&s, n);
	arrive(&s, 2);
	BECOMES(calls(&s, 2) == 1);
	arrive(&s, 2);
	BECOMES(calls(&s, 2) == 2);
	arrive(&s, 0);
	BECOMES(calls(&s, 0) == 1);
	assert_int_equal(calls(&s, 1) + calls(&s, 3), 0);
	assert_int_equal(hvcall_dxgk_interrupts(s.w.dxgk, 2, &counts), STATUS_SUCCESS);
	assert_int_equal(counts.claimed, 2);
	assert_int_equal(counts.unclaimed, 0);

	__atomic_store_n(&s.claim, FALSE, __ATOMIC_SEQ_CST);
	arrive(&s, 3);
	BECOMES(calls(&s, 3) == 1);
	BECOMES(hvcall_dxgk_interrupts(s.w.dxgk, 3, &counts) == STATUS_SUCCESS && counts.unclaimed == 1);
	assert_int_equal(counts.claimed, 0);
	scene_end(&s);
}

static void wiring(void **state)
{
	struct hvcall_dxgk_interrupts counts;
	struct scene s;

	(void)state;
	scene_new(&s);
	s.w.driver.interrupt = count_call;
	assert_int_equal(hvcall_dxgk_connect_interrupt(s.w.dxgk, MESSAGES, s.fd[0]), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_connect_interrupt(s.w.dxgk, 0, -1), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_connect_interrupt(NULL, 0, s.fd[0]), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_disconnect_interrupt(s.w.dxgk, MESSAGES), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_disconnect_interrupt(s.w.dxgk, 0), STATUS_DEVICE_NOT_READY);
	assert_int_equal(hvcall_dxgk_interrupts(s.w.dxgk, MESSAGES, &counts), STATUS_INVALID_PARAMETER);
	connect_message(&s, 0);
	assert_int_equal(hvcall_dxgk_connect_interrupt(s.w.dxgk, 0, s.fd[1]), STATUS_RESOURCE_IN_USE);
	assert_int_equal(hvcall_dxgk_disconnect_interrupt(s.w.dxgk, 0), STATUS_SUCCESS);
	arrive(&s, 0);
	usleep(50000);
	assert_int_equal(calls(&s, 0), 0);
	/* what arrived in between is not lost */
	connect_message(&s, 0);
	BECOMES(calls(&s, 0) == 1);
	scene_end(&s);
}

static BOOLEAN hold_on(struct miniport *miniport, ULONG message)
{
	struct scene *scene = miniport->test;

	if (message == 0) {
		__atomic_store_n(&scene->inside, true, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&scene->hold, __ATOMIC_SEQ_CST))
			usleep(1000);
		__atomic_store_n(&scene->inside, false, __ATOMIC_SEQ_CST);
	}
	return count_call(miniport, message);
}

static BOOLEAN look_inside(PVOID context)
{
	struct scene *scene = context;

	if (__atomic_load_n(&scene->inside, __ATOMIC_SEQ_CST))
		scene->overlap = true;
	return TRUE;
}

static void *release(void *arg)
{
	struct scene *scene = arg;

	usleep(100000);
	__atomic_store_n(&scene->hold, false, __ATOMIC_SEQ_CST);
	return NULL;
}

/* While message 0's routine runs, what is synchronized with it waits; what is synchronized with another does not, nor
 * does that one's interrupt. */
static void excludes_its_message_alone(void **state)
{
	BOOLEAN value = 7;
	pthread_t thread;
	struct scene s;

	(void)state;
	scene_new(&s);
	s.w.driver.interrupt = hold_on;
	connect_message(&s, 0);
	connect_message(&s, 1);
	__atomic_store_n(&s.hold, true, __ATOMIC_SEQ_CST);
	arrive(&s, 0);
	BECOMES(__atomic_load_n(&s.inside, __ATOMIC_SEQ_CST));
	assert_int_equal(synchronize(&s, say_true, 1, &value), STATUS_SUCCESS);
	arrive(&s, 1);
	BECOMES(calls(&s, 1) == 1);
	assert_true(__atomic_load_n(&s.inside, __ATOMIC_SEQ_CST));
	assert_int_equal(pthread_create(&thread, NULL, release, &s), 0);
	assert_int_equal(synchronize(&s, look_inside, 0, &value), STATUS_SUCCESS);
	assert_false(s.overlap);
	pthread_join(thread, NULL);
	scene_end(&s);
}

static BOOLEAN synchronized_and_interrupted(PVOID context)
{
	struct scene *scene = context;

	/* the interrupt arrives now, and must wait */
	arrive(scene, 0);
	usleep(100000);
	return calls(scene, 0) == 0;
}

static void holds_off_an_interrupt(void **state)
{
	BOOLEAN value = FALSE;
	struct scene s;

	(void)state;
	scene_new(&s);
	s.w.driver.interrupt = count_call;
	connect_message(&s, 0);
	assert_int_equal(synchronize(&s, synchronized_and_interrupted, 0, &value), STATUS_SUCCESS);
	assert_int_equal(value, TRUE);
	BECOMES(calls(&s, 0) == 1);
	scene_end(&s);
}

static BOOLEAN plain_add(PVOID context)
{
	((struct scene *)context)->plain++;
	return TRUE;
}

static BOOLEAN plain_add_interrupt(struct miniport *miniport, ULONG message)
{
	plain_add(miniport->test);
	return count_call(miniport, message);
}

static void *synchronize_often(void *arg)
{
	BOOLEAN value;

	for (unsigned n = 0; n < 2000; n++)
		if (synchronize(arg, plain_add, 0, &value) != STATUS_SUCCESS)
			return arg;
	return NULL;
}

/* Three threads and the interrupt add to a plain number. */
static void under_load(void **state)
{
	pthread_t threads[3];
	struct scene s;

	(void)state;
	scene_new(&s);
	s.w.driver.interrupt = plain_add_interrupt;
	connect_message(&s, 0);
	for (unsigned n = 0; n < 3; n++)
		assert_int_equal(pthread_create(&threads[n], NULL, synchronize_often, &s), 0);
	for (unsigned n = 1; n <= 200; n++) {
		arrive(&s, 0);
		BECOMES(calls(&s, 0) >= n);
	}
	for (unsigned n = 0; n < 3; n++) {
		void *failed;

		pthread_join(threads[n], &failed);
		assert_null(failed);
	}
	assert_int_equal(hvcall_dxgk_disconnect_interrupt(s.w.dxgk, 0), STATUS_SUCCESS);
	assert_int_equal(s.plain, 3 * 2000 + calls(&s, 0));
	scene_end(&s);
}

static void statuses(void **state)
{
	const DXGKRNL_INTERFACE *dxgk;
	BOOLEAN value = 7;
	struct scene s;

	(void)state;
	scene_new(&s);
	s.w.driver.interrupt = count_call;
	dxgk = &s.w.driver.dxgk;
	assert_int_equal(synchronize(&s, say_true, 1, &value), STATUS_UNSUCCESSFUL);
	connect_message(&s, 1);
	assert_int_equal(synchronize(&s, NULL, 1, &value), STATUS_INVALID_PARAMETER);
	assert_int_equal(synchronize(&s, say_true, 1, NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(synchronize(&s, say_true, MESSAGES, &value), STATUS_INVALID_PARAMETER);
	assert_int_equal(dxgk->DxgkCbSynchronizeExecution(NULL, say_true, NULL, 1, &value), STATUS_INVALID_PARAMETER);
	assert_int_equal(dxgk->DxgkCbSynchronizeExecution(&s, say_true, NULL, 1, &value), STATUS_INVALID_PARAMETER);
	assert_int_equal(value, 7);
	assert_int_equal(synchronize(&s, say_true, 1, &value), STATUS_SUCCESS);
	assert_int_equal(value, TRUE);
	assert_int_equal(synchronize(&s, say_false, 1, &value), STATUS_SUCCESS);
	assert_int_equal(value, FALSE);
	assert_int_equal(hvcall_dxgk_disconnect_interrupt(s.w.dxgk, 1), STATUS_SUCCESS);
	assert_int_equal(synchronize(&s, say_true, 1, &value), STATUS_UNSUCCESSFUL);
	scene_end(&s);
}

static BOOLEAN nested_interrupt(struct miniport *miniport, ULONG message)
{
	struct scene *scene = miniport->test;
	BOOLEAN value;

	/* its own message, and another, whose routine could be waiting for this one */
	if (synchronize(scene, say_true, message, &value) == STATUS_UNSUCCESSFUL &&
	    hvcall_dxgk_disconnect_interrupt(scene->w.dxgk, message) == STATUS_UNSUCCESSFUL)
		scene->nested = synchronize(scene, say_true, 1, &value);
	return count_call(miniport, message);
}

static BOOLEAN nested_routine(PVOID context)
{
	BOOLEAN value;

	return synchronize(context, say_true, 0, &value) == STATUS_UNSUCCESSFUL;
}

/* At device level it is refused, where it would wait for itself. */
static void refused_inside(void **state)
{
	BOOLEAN value = FALSE;
	struct scene s;

	(void)state;
	scene_new(&s);
	s.w.driver.interrupt = nested_interrupt;
	connect_message(&s, 0);
	connect_message(&s, 1);
	arrive(&s, 0);
	BECOMES(calls(&s, 0) == 1);
	assert_int_equal(s.nested, STATUS_UNSUCCESSFUL);
	assert_int_equal(synchronize(&s, nested_routine, 0, &value), STATUS_SUCCESS);
	assert_int_equal(value, TRUE);
	/* and is open again after */
	assert_int_equal(synchronize(&s, say_true, 0, &value), STATUS_SUCCESS);
	scene_end(&s);
}

static BOOLEAN queue(struct scene *scene)
{
	return scene->w.driver.dxgk.DxgkCbQueueDpc(scene->w.driver.dxgk.DeviceHandle);
}

static BOOLEAN queue_twice(struct miniport *miniport, ULONG message)
{
	struct scene *scene = miniport->test;

	scene->queued[0] = queue(scene);
	scene->queued[1] = queue(scene);
	return count_call(miniport, message);
}

static void slow_dpc(struct miniport *miniport)
{
	struct scene *scene = miniport->test;
	unsigned n = __atomic_add_fetch(&scene->dpcs, 1, __ATOMIC_SEQ_CST);

	while ((n == 1 || n == 4) && __atomic_load_n(&scene->hold, __ATOMIC_SEQ_CST))
		usleep(1000);
	if (n == 2)
		scene->queued[2] = queue(scene);
}

/* Queued from an interrupt routine; once however often, until it begins; and again while it runs. */
static void dpcs(void **state)
{
	pthread_t thread;
	struct scene s;

	(void)state;
	scene_new(&s);
	s.w.driver.interrupt = queue_twice;
	s.w.driver.dpc = slow_dpc;
	__atomic_store_n(&s.hold, true, __ATOMIC_SEQ_CST);
	connect_message(&s, 0);
	assert_int_equal(queue(&s), TRUE);
	BECOMES(__atomic_load_n(&s.dpcs, __ATOMIC_SEQ_CST) == 1);
	arrive(&s, 0);
	BECOMES(calls(&s, 0) == 1);
	assert_int_equal(s.queued[0], TRUE);
	assert_int_equal(s.queued[1], FALSE);
	usleep(50000);
	assert_int_equal(__atomic_load_n(&s.dpcs, __ATOMIC_SEQ_CST), 1);
	__atomic_store_n(&s.hold, false, __ATOMIC_SEQ_CST);
	BECOMES(__atomic_load_n(&s.dpcs, __ATOMIC_SEQ_CST) == 3);
	assert_int_equal(s.queued[2], TRUE);
	assert_int_equal(s.w.driver.dxgk.DxgkCbQueueDpc(NULL), FALSE);
	assert_int_equal(s.w.driver.dxgk.DxgkCbQueueDpc(&s), FALSE);

	/* what is queued runs before the stop */
	__atomic_store_n(&s.hold, true, __ATOMIC_SEQ_CST);
	assert_int_equal(queue(&s), TRUE);
	BECOMES(__atomic_load_n(&s.dpcs, __ATOMIC_SEQ_CST) == 4);
	assert_int_equal(queue(&s), TRUE);
	assert_int_equal(pthread_create(&thread, NULL, release, &s), 0);
	scene_end(&s);
	pthread_join(thread, NULL);
	assert_int_equal(s.dpcs, 5);
}

static BOOLEAN take_flag(struct miniport *miniport, ULONG message)
{
	struct scene *scene = miniport->test;

	if (!hvbell_clear_flag(scene->w.card, HOST, 0, SINT + 1, 3))
		return FALSE;
	return count_call(miniport, message);
}

/* The whole way: a guest signals the host's port, the card's message calls the routine. */
static void from_the_card(void **state)
{
	const struct hvbell_port port = { .partition = HOST, .id = 7, .type = HVBELL_PORT_EVENT,
		.connection_partition = GUEST, .target_sint = SINT + 1, .flag_count = 64 };
	struct scene s = { .claim = TRUE };
	struct hvcall_dxgk_interrupts counts;
	hvbell_sender sender;
	int fd;

	(void)state;
	dxgk_world_card(&s.w);
	s.w.driver.test = &s;
	s.w.driver.interrupt = take_flag;
	assert_int_equal(hvbell_create_port(s.w.card, &port), 0);
	assert_int_equal(hvbell_connect_port(s.w.card, GUEST, 7, HOST, 7), 0);
	fd = hvbell_eventfd(s.w.card, HOST, 0, SINT + 1);
	assert_int_equal(hvcall_dxgk_connect_interrupt(s.w.dxgk, 1, fd), STATUS_SUCCESS);
	assert_int_equal(hvbell_sender_init(s.w.card, GUEST, 0, &sender), 0);
	for (unsigned n = 1; n <= 20; n++) {
		hvbell_signal_raw(&sender, 3ull << 32 | 7);
		BECOMES(calls(&s, 1) == n);
	}
	assert_int_equal(hvcall_dxgk_disconnect_interrupt(s.w.dxgk, 1), STATUS_SUCCESS);
	assert_int_equal(hvcall_dxgk_interrupts(s.w.dxgk, 1, &counts), STATUS_SUCCESS);
	assert_int_equal(counts.claimed, 20);
	assert_int_equal(counts.unclaimed, 0);
	dxgk_world_end(&s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dispatch),
		cmocka_unit_test(wiring),
		cmocka_unit_test(excludes_its_message_alone),
		cmocka_unit_test(holds_off_an_interrupt),
		cmocka_unit_test(under_load),
		cmocka_unit_test(statuses),
		cmocka_unit_test(refused_inside),
		cmocka_unit_test(dpcs),
		cmocka_unit_test(from_the_card),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
