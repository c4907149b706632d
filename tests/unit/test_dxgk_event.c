/* SPDX-License-Identifier: MIT */
/* Adapters, processes and events: made, refused, destroyed; who waits for whom. */
#include "dxgk_world.h"

static void start_and_stop(void **state)
{
	struct dxgk_world w = { .card = NULL };
	struct hvcall_dxgk_options options = { .driver = &dxgk_driver, .MiniportDeviceContext = &w.driver };
	hvcall_dxgk *dxgk = (hvcall_dxgk *)&w;

	(void)state;
	dxgk_world_start(&w);
	assert_int_equal(w.driver.started, 1);
	assert_int_equal(w.driver.dxgk.Size, sizeof(DXGKRNL_INTERFACE));
	assert_int_equal(w.driver.dxgk.Version, DXGKDDI_INTERFACE_VERSION);
	assert_non_null(w.driver.dxgk.DeviceHandle);
	hvcall_dxgk_stop(w.dxgk);
	assert_int_equal(w.driver.stopped, 1);
	assert_int_equal(w.driver.dxgk.DxgkCbQueueDpc(w.driver.dxgk.DeviceHandle), FALSE);

	w.driver.refuse = STATUS_DEVICE_NOT_READY;
	assert_int_equal(hvcall_dxgk_start(&options, &dxgk), STATUS_DEVICE_NOT_READY);
	assert_null(dxgk);
	assert_int_equal(w.driver.stopped, 1);
	assert_int_equal(hvcall_dxgk_start(NULL, &dxgk), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_start(&options, NULL), STATUS_INVALID_PARAMETER);
	options.messages = 2049;
	assert_int_equal(hvcall_dxgk_start(&options, &dxgk), STATUS_INVALID_PARAMETER);
	options.messages = 0;
	options.driver = NULL;
	assert_int_equal(hvcall_dxgk_start(&options, &dxgk), STATUS_INVALID_PARAMETER);
	hvcall_dxgk_stop(NULL);
}

/* A driver with nothing but a start. */
static void a_plain_driver(void **state)
{
	const DRIVER_INITIALIZATION_DATA plain = { .DxgkDdiStartDevice = start_device };
	struct dxgk_world w = { .card = NULL };
	const struct hvcall_dxgk_options options = { .driver = &plain, .MiniportDeviceContext = &w.driver,
		.messages = 1 };
	int fd = new_eventfd();
	HANDLE process, event, cpu_event;

	(void)state;
	assert_int_equal(hvcall_dxgk_start(&options, &w.dxgk), STATUS_SUCCESS);
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, NULL, 0, &process), STATUS_SUCCESS);
	event = dxgk_local_event(&w, process, fd);
	assert_int_equal(hvcall_dxgk_create_cpu_event(w.dxgk, NULL, fd, &cpu_event), STATUS_SUCCESS);
	assert_int_equal(dxgk_signal(&w, process, event, 0), STATUS_SUCCESS);
	assert_int_equal(hvcall_dxgk_connect_interrupt(w.dxgk, 0, fd), STATUS_NOT_SUPPORTED);
	assert_int_equal(w.driver.dxgk.DxgkCbQueueDpc(w.driver.dxgk.DeviceHandle), FALSE);
	assert_int_equal(hvcall_dxgk_destroy_process(w.dxgk, process), STATUS_SUCCESS);
	hvcall_dxgk_stop(w.dxgk);
	close(fd);
}

/* A driver that gives the handle to another thread, which destroys the process at once. */
struct hasty {
	struct miniport plain;          /* first: MiniportDeviceContext of the other routines */
	struct dxgk_world *w;
	HANDLE handle;
	NTSTATUS refuse, destroyed;
	pthread_t thread;
};

static void *destroy_at_once(void *arg)
{
	struct hasty *hasty = arg;

	hasty->destroyed = hvcall_dxgk_destroy_process(hasty->w->dxgk, hasty->handle);
	return NULL;
}

static NTSTATUS APIENTRY create_for_another(CONST HANDLE adapter, DXGKARG_CREATEPROCESS *args)
{
	struct hasty *hasty = adapter;

	hasty->handle = args->hDxgkProcess;
	assert_int_equal(pthread_create(&hasty->thread, NULL, destroy_at_once, hasty), 0);
	usleep(20000);
	assert_int_equal(__atomic_load_n(&hasty->plain.processes_gone, __ATOMIC_RELAXED), 0);
	args->hKmdProcess = hasty;
	return hasty->refuse;
}

static void a_process_is_destroyed_when_it_is_made(void **state)
{
	static const NTSTATUS answers[] = { STATUS_SUCCESS, STATUS_ACCESS_DENIED };
	DRIVER_INITIALIZATION_DATA driver = dxgk_driver;

	(void)state;
	driver.DxgkDdiCreateProcess = create_for_another;
	for (unsigned i = 0; i < 2; i++) {
		struct dxgk_world w = { .card = NULL };
		struct hasty hasty = { .w = &w, .refuse = answers[i] };
		const struct hvcall_dxgk_options options = { .driver = &driver, .MiniportDeviceContext = &hasty };
		HANDLE process;

		assert_int_equal(hvcall_dxgk_start(&options, &w.dxgk), STATUS_SUCCESS);
		assert_int_equal(hvcall_dxgk_create_process(w.dxgk, NULL, 0, &process), answers[i]);
		pthread_join(hasty.thread, NULL);
		assert_int_equal(hasty.destroyed, STATUS_SUCCESS);
		assert_int_equal(hasty.plain.processes_gone, 1);
		assert_ptr_equal(hasty.plain.gone, &hasty);
		hvcall_dxgk_stop(w.dxgk);
	}
}

static void the_driver_hears_of_processes(void **state)
{
	struct dxgk_world w;
	HANDLE local, refused = &w;
	struct hvbell_port port = dxgk_port(2, 0, 64);

	(void)state;
	dxgk_world_new(&w);
	assert_ptr_equal(w.driver.process.hDxgkProcess, w.process);
	assert_int_equal(w.driver.process.Flags.Value, 4);
	assert_int_equal(w.driver.process.Flags.VirtualMachineProcess, 1);
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, NULL, 0, &local), STATUS_SUCCESS);
	assert_int_equal(w.driver.process.Flags.Value, 0);
	assert_int_equal(hvcall_dxgk_destroy_process(w.dxgk, local), STATUS_SUCCESS);
	assert_ptr_equal(w.driver.gone, w.driver.process.hKmdProcess);
	assert_int_equal(hvcall_dxgk_destroy_process(w.dxgk, local), STATUS_INVALID_HANDLE);
	assert_int_equal(w.driver.processes_gone, 1);

	/* what it refuses does not exist, and leaves its port and connection to the next */
	w.driver.refuse = STATUS_ACCESS_DENIED;
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, &port, 0x22, &refused), STATUS_ACCESS_DENIED);
	assert_ptr_equal(refused, &w);
	assert_int_equal(w.driver.processes_gone, 1);
	w.driver.refuse = STATUS_SUCCESS;
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, &port, 0x22, &refused), STATUS_SUCCESS);
	dxgk_world_end(&w);
	assert_int_equal(w.driver.processes_gone, 3);
}

static void wrong_processes(void **state)
{
	struct dxgk_world w;
	struct hvbell_port good = dxgk_port(2, 0, 64), port = good;
	HANDLE process;

	(void)state;
	dxgk_world_new(&w);
#define REFUSED(field, value, status) do { \
		port = good; \
		port.field = (value); \
		assert_int_equal(hvcall_dxgk_create_process(w.dxgk, &port, 0x22, &process), status); \
	} while (0)
	REFUSED(type, HVBELL_PORT_MESSAGE, STATUS_INVALID_PARAMETER);
	REFUSED(target_vp, HVBELL_ANY_VP, STATUS_INVALID_PARAMETER);
	REFUSED(target_vp, 5, STATUS_INVALID_PARAMETER);
	REFUSED(target_sint, 16, STATUS_INVALID_PARAMETER);
	REFUSED(base_flag_number, 1, STATUS_INVALID_PARAMETER);
	REFUSED(flag_count, 0, STATUS_INVALID_PARAMETER);
	REFUSED(flag_count, 65, STATUS_INVALID_PARAMETER);
	REFUSED(flag_count, 2048 + 64, STATUS_INVALID_PARAMETER);
	REFUSED(base_flag_number, 2048, STATUS_INVALID_PARAMETER);
	REFUSED(partition, 0x99, STATUS_INVALID_PARAMETER);
	REFUSED(id, 1, STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, &good, 0x21, &process), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, &good, 0x22, NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_create_process(NULL, &good, 0x22, &process), STATUS_INVALID_PARAMETER);
	/* nothing of all that stayed behind */
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, &good, 0x22, &process), STATUS_SUCCESS);
	dxgk_world_end(&w);
}

/* On a card: without the partition, or a slot that its page has not. The driver is not asked. */
static void wrong_places(void **state)
{
	struct dxgk_world w;
	struct hvcall_dxgk_options options;
	hvcall_dxgk *dxgk;

	(void)state;
	dxgk_world_card(&w);
	options = (struct hvcall_dxgk_options){ .card = w.card, .partition = 0x99, .driver = &dxgk_driver,
		.MiniportDeviceContext = &w.driver };
	assert_int_equal(hvcall_dxgk_start(&options, &dxgk), STATUS_INVALID_PARAMETER);
	options.partition = HOST;
	options.slot = 16;
	assert_int_equal(hvcall_dxgk_start(&options, &dxgk), STATUS_INVALID_PARAMETER);
	assert_int_equal(w.driver.started, 1);
	dxgk_world_end(&w);
}

/* A guest that is going down: the driver's calls succeed without effect, which the card counts; its process can go. */
static void a_guest_that_ends(void **state)
{
	const struct hvbell_port port = dxgk_port(2, 0, 64);
	struct hvbell_counters counters;
	struct dxgk_world w;
	HANDLE event, process;
	unsigned flag;

	(void)state;
	dxgk_world_new(&w);
	event = dxgk_event(&w, w.process, &flag);
	assert_int_equal(hvbell_partition_state(w.card, GUEST, HVBELL_FINALIZING), 0);
	assert_int_equal(dxgk_signal(&w, w.process, event, 0), STATUS_SUCCESS);
	assert_false(dxgk_flag(&w, flag));
	assert_int_equal(hvbell_counters(w.card, HOST, &counters), 0);
	assert_int_equal(counters.invalid_port_id, 1);
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, &port, 0x22, &process), STATUS_DEVICE_NOT_READY);
	assert_int_equal(hvcall_dxgk_destroy_process(w.dxgk, w.process), STATUS_DEVICE_NOT_READY);
	assert_int_equal(w.driver.processes_gone, 1);
	assert_int_equal(dxgk_signal(&w, w.process, event, 0), STATUS_INVALID_HANDLE);
	assert_int_equal(hvcall_dxgk_destroy_process(w.dxgk, w.process), STATUS_INVALID_HANDLE);
	assert_int_equal(hvbell_partition_remove(w.card, GUEST), 0);
	dxgk_world_end(&w);
}

static void wrong_events(void **state)
{
	struct dxgk_world w, other = { .card = NULL };
	int fd = new_eventfd(), blocking = eventfd(0, EFD_CLOEXEC), pipes[2];
	unsigned flag;
	HANDLE local, event, foreign;

	(void)state;
	dxgk_world_new(&w);
	dxgk_world_start(&other);
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, NULL, 0, &local), STATUS_SUCCESS);
	assert_int_equal(hvcall_dxgk_create_process(other.dxgk, NULL, 0, &foreign), STATUS_SUCCESS);
	assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
#define MAKE(process, eventfd, handle, flag) hvcall_dxgk_create_event(w.dxgk, process, eventfd, handle, flag)
	assert_int_equal(MAKE(local, -1, &event, NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(MAKE(local, blocking, &event, NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(MAKE(local, pipes[1], &event, NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(MAKE(local, fd, NULL, NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(MAKE(w.process, fd, &event, &flag), STATUS_INVALID_PARAMETER);
	assert_int_equal(MAKE(w.process, -1, &event, NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(MAKE(NULL, fd, &event, NULL), STATUS_INVALID_HANDLE);
	assert_int_equal(MAKE(w.driver.dxgk.DeviceHandle, fd, &event, NULL), STATUS_INVALID_HANDLE);
	assert_int_equal(MAKE(foreign, fd, &event, NULL), STATUS_INVALID_HANDLE);
	event = dxgk_local_event(&w, local, fd);
	assert_int_equal(hvcall_dxgk_destroy_event(w.dxgk, w.process, event), STATUS_INVALID_HANDLE);
	assert_int_equal(hvcall_dxgk_destroy_event(other.dxgk, local, event), STATUS_INVALID_HANDLE);
	assert_int_equal(hvcall_dxgk_destroy_event(w.dxgk, local, local), STATUS_INVALID_HANDLE);
	assert_int_equal(hvcall_dxgk_destroy_event(w.dxgk, local, NULL), STATUS_INVALID_HANDLE);
	assert_int_equal(hvcall_dxgk_destroy_cpu_event(w.dxgk, event), STATUS_INVALID_HANDLE);
	assert_int_equal(hvcall_dxgk_destroy_process(other.dxgk, local), STATUS_INVALID_HANDLE);
	assert_int_equal(hvcall_dxgk_destroy_process(w.dxgk, event), STATUS_INVALID_HANDLE);
	assert_int_equal(dxgk_signal(&w, local, event, 0), STATUS_SUCCESS);
	assert_int_equal(hvcall_dxgk_destroy_event(w.dxgk, local, event), STATUS_SUCCESS);

	w.driver.refuse = STATUS_ACCESS_DENIED;
	assert_int_equal(hvcall_dxgk_create_cpu_event(w.dxgk, NULL, fd, &event), STATUS_ACCESS_DENIED);
	assert_int_equal(dxgk_signal(&w, NULL, event, HVCALL_DXGK_CPU_EVENT_OBJECT), STATUS_INVALID_HANDLE);
	close(fd);
	close(blocking);
	close(pipes[0]);
	close(pipes[1]);
	dxgk_world_end(&other);
	dxgk_world_end(&w);
	assert_int_equal(w.driver.cpu_events_gone, 0);
}

/* A handle never comes back, though its place and its flag do. */
static void stale_handles(void **state)
{
	struct dxgk_world w;
	HANDLE old[200], event;
	unsigned flag;

	(void)state;
	dxgk_world_new(&w);
	for (unsigned n = 0; n < 200; n++) {
		old[n] = dxgk_event(&w, w.process, &flag);
		assert_int_equal(hvcall_dxgk_destroy_event(w.dxgk, w.process, old[n]), STATUS_SUCCESS);
		assert_int_equal(hvcall_dxgk_destroy_event(w.dxgk, w.process, old[n]), STATUS_INVALID_HANDLE);
	}
	event = dxgk_event(&w, w.process, &flag);
	for (unsigned n = 0; n < 200; n++)
		assert_int_equal(dxgk_signal(&w, w.process, old[n], 0), STATUS_INVALID_HANDLE);
	assert_true(w.words[0] == 0);
	assert_int_equal(dxgk_signal(&w, w.process, event, 0), STATUS_SUCCESS);

	assert_int_equal(hvcall_dxgk_destroy_process(w.dxgk, w.process), STATUS_SUCCESS);
	assert_int_equal(dxgk_signal(&w, w.process, event, 0), STATUS_INVALID_HANDLE);
	assert_int_equal(hvcall_dxgk_create_event(w.dxgk, w.process, -1, &event, &flag), STATUS_INVALID_HANDLE);
	dxgk_world_end(&w);
}

/* No place left is a status, and one given back serves again. */
static void no_place_left(void **state)
{
	struct dxgk_world w = { .card = NULL };
	struct dxgk_place *place, *all = NULL;
	int fd = new_eventfd();
	HANDLE event, process = NULL;

	(void)state;
	dxgk_world_start(&w);
	while ((place = dxgk_place_take(DXGK_EVENT, all)))
		all = place;
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, NULL, 0, &process), STATUS_INSUFFICIENT_RESOURCES);
	assert_int_equal(hvcall_dxgk_create_cpu_event(w.dxgk, NULL, fd, &event), STATUS_INSUFFICIENT_RESOURCES);
	while (all) {
		place = all;
		all = place->object;
		dxgk_place_give(place);
	}
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, NULL, 0, &process), STATUS_SUCCESS);
	close(fd);
	dxgk_world_end(&w);
}

/* Somebody who is in the middle of a callback. */
struct callback {
	struct dxgk_place *place;
	bool left;
};

static void *leave_later(void *arg)
{
	struct callback *callback = arg;

	usleep(100000);
	__atomic_store_n(&callback->left, true, __ATOMIC_SEQ_CST);
	dxgk_leave(callback->place);
	return NULL;
}

enum destroyed { AN_EVENT, A_CPU_EVENT, A_PROCESS, ALL_EVENTS, AN_ADAPTER, DESTROYED };

static void destroy(struct dxgk_world *w, enum destroyed what, HANDLE process, HANDLE event)
{
	if (what == AN_EVENT)
		assert_int_equal(hvcall_dxgk_destroy_event(w->dxgk, process, event), STATUS_SUCCESS);
	else if (what == A_CPU_EVENT)
		assert_int_equal(hvcall_dxgk_destroy_cpu_event(w->dxgk, event), STATUS_SUCCESS);
	else if (what == A_PROCESS)
		assert_int_equal(hvcall_dxgk_destroy_process(w->dxgk, process), STATUS_SUCCESS);
	else
		dxgk_world_end(w);
}

/* Destroying an event, its process or the whole adapter waits for callbacks on it, and for those on the device. The
 * driver hears of it after them. */
static void destroy_waits(void **state)
{
	(void)state;
	for (enum destroyed what = 0; what < DESTROYED; what++) {
		struct dxgk_world w = { .card = NULL };
		struct callback callback = { .left = false };
		int fd = new_eventfd();
		HANDLE process, event;
		pthread_t thread;

		dxgk_world_start(&w);
		assert_int_equal(hvcall_dxgk_create_process(w.dxgk, NULL, 0, &process), STATUS_SUCCESS);
		if (what == A_CPU_EVENT)
			assert_int_equal(hvcall_dxgk_create_cpu_event(w.dxgk, NULL, fd, &event), STATUS_SUCCESS);
		else
			event = dxgk_local_event(&w, process, fd);
		callback.place = dxgk_enter(what == AN_ADAPTER ? w.driver.dxgk.DeviceHandle : event);
		assert_non_null(callback.place);
		w.driver.left = what == AN_ADAPTER ? NULL : &callback.left;
		assert_int_equal(pthread_create(&thread, NULL, leave_later, &callback), 0);
		destroy(&w, what, process, event);
		assert_true(__atomic_load_n(&callback.left, __ATOMIC_SEQ_CST));
		assert_false(w.driver.early);
		pthread_join(thread, NULL);
		if (what < ALL_EVENTS)
			dxgk_world_end(&w);
		close(fd);
	}
}

static unsigned open_files(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Every descriptor is closed again, however its event ended. */
static void nothing_left_behind(void **state)
{
	struct dxgk_world w = { .card = NULL };
	int fd = new_eventfd();
	unsigned before = open_files();
	HANDLE process, event;

	(void)state;
	dxgk_world_start(&w);
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, NULL, 0, &process), STATUS_SUCCESS);
	for (unsigned n = 0; n < 30; n++) {
		event = dxgk_local_event(&w, process, fd);
		if (n % 3 == 0)
			assert_int_equal(dxgk_signal(&w, process, event, HVCALL_DXGK_LAST_USE), STATUS_SUCCESS);
		if (n % 3 == 1)
			assert_int_equal(hvcall_dxgk_destroy_event(w.dxgk, process, event), STATUS_SUCCESS);
		assert_int_equal(hvcall_dxgk_create_cpu_event(w.dxgk, NULL, fd, &event), STATUS_SUCCESS);
	}
	/* what LastUse has ended was cleared away with the next event */
	assert_int_equal(open_files(), before + 10 + 30);
	assert_int_equal(dxgk_signal(&w, NULL, event, HVCALL_DXGK_CPU_EVENT_OBJECT | HVCALL_DXGK_LAST_USE), 0);
	dxgk_world_end(&w);
	assert_int_equal(open_files(), before);
	assert_int_equal(w.driver.cpu_events_gone, 30);
	close(fd);
}

static void no_adapter(void **state)
{
	HANDLE event;

	(void)state;
	assert_int_equal(hvcall_dxgk_create_event(NULL, NULL, -1, &event, NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_destroy_event(NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_create_cpu_event(NULL, NULL, -1, &event), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_destroy_cpu_event(NULL, NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_guest_strays(NULL), 0);
}

/* What the library's results become, as dxgk.h says. */
static void statuses(void **state)
{
	static const struct {
		int result;
		NTSTATUS status;
	} due[] = {
		{ 0, STATUS_SUCCESS }, { HV_STATUS_INVALID_PARTITION_STATE, STATUS_DEVICE_NOT_READY },
		{ HV_STATUS_NO_RESOURCES, STATUS_INSUFFICIENT_RESOURCES }, { -ENOMEM, STATUS_INSUFFICIENT_RESOURCES },
		{ -EMFILE, STATUS_INSUFFICIENT_RESOURCES }, { -EBUSY, STATUS_DEVICE_BUSY },
		{ -ENODEV, STATUS_DEVICE_REMOVED }, { -ETIMEDOUT, STATUS_IO_TIMEOUT }, { -EIO, STATUS_IO_DEVICE_ERROR },
		{ -ENOTSUP, STATUS_NOT_SUPPORTED }, { -EINVAL, STATUS_INVALID_PARAMETER },
		{ HV_STATUS_INVALID_PORT_ID, STATUS_INVALID_PARAMETER },
	};

	(void)state;
	for (unsigned n = 0; n < sizeof(due) / sizeof(*due); n++)
		assert_int_equal(dxgk_status(due[n].result), due[n].status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_and_stop),
		cmocka_unit_test(a_plain_driver),
		cmocka_unit_test(a_process_is_destroyed_when_it_is_made),
		cmocka_unit_test(the_driver_hears_of_processes),
		cmocka_unit_test(wrong_processes),
		cmocka_unit_test(wrong_places),
		cmocka_unit_test(a_guest_that_ends),
		cmocka_unit_test(wrong_events),
		cmocka_unit_test(stale_handles),
		cmocka_unit_test(no_place_left),
		cmocka_unit_test(destroy_waits),
		cmocka_unit_test(nothing_left_behind),
		cmocka_unit_test(no_adapter),
		cmocka_unit_test(statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
