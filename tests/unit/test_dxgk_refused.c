/* SPDX-License-Identifier: MIT */
/* The Dxgk calls, one behind the other, with the system refusing one thing in turn: the call that needed it says
 * STATUS_INSUFFICIENT_RESOURCES, has had no effect, and succeeds when it is made again. */
#include <sys/socket.h>
#include "dxgk_world.h"
#include "fake_dev.h"
#include "lib/src/internal.h"
#include "refuse.h"

#define MOST 500                /* things that the calls ask for; far more than they do */

struct life {
	struct dxgk_world w;
	struct fake_dev *fake;
	hvcall_dxgk_guest *guest;
	HANDLE local, process;
	uint64_t page[512];
	int eventfd, ends[2];
};

static NTSTATUS create_context(PVOID context, DXGK_MIRACAST_DISPLAY_CALLBACKS *callbacks, PVOID *made, ULONG *target)
{
	(void)callbacks, (void)target;
	*made = context;
	return STATUS_SUCCESS;
}

static VOID destroy_context(PVOID context, PVOID made)
{
	assert_ptr_equal(context, made);
}

static NTSTATUS begin(struct life *l)
{
	const struct hvcall_dxgk_options options = { .card = l->w.card, .partition = HOST, .messages = MESSAGES,
		.driver = &dxgk_driver, .MiniportDeviceContext = &l->w.driver };

	return hvcall_dxgk_start(&options, &l->w.dxgk);
}

static NTSTATUS create_processes(struct life *l, bool virtual_machine)
{
	struct hvbell_port port = dxgk_port(1, 128, 64);

	return virtual_machine ? hvcall_dxgk_create_process(l->w.dxgk, &port, 0x21, &l->process) :
	       hvcall_dxgk_create_process(l->w.dxgk, NULL, 0, &l->local);
}

static NTSTATUS create_events(struct life *l, bool virtual_machine)
{
	HANDLE event;
	unsigned flag;

	return virtual_machine ? hvcall_dxgk_create_event(l->w.dxgk, l->process, -1, &event, &flag) :
	       hvcall_dxgk_create_event(l->w.dxgk, l->local, l->eventfd, &event, NULL);
}

static NTSTATUS open_guest(struct life *l)
{
	const struct hvcall_dxgk_guest_options options = { .sief = l->page, .sint = SINT, .base_flag = 0,
		.flag_count = 64, .eventfd = l->eventfd };

	return hvcall_dxgk_guest_open(&options, &l->guest);
}

static NTSTATUS map(struct life *l)
{
	return hvcall_dxgk_guest_map(l->guest, 3, &(struct hvcall_dxgk_guest_event){ .eventfd = l->eventfd });
}

static NTSTATUS create_miracast(struct life *l)
{
	const DXGK_MIRACAST_INTERFACE driver = { .Size = sizeof(driver), .Version = 1, .Context = l,
		.DxgkDdiMiracastCreateContext = create_context, .DxgkDdiMiracastDestroyContext = destroy_context };
	const struct hvcall_dxgk_miracast_options options = { .driver = &driver, .host = 0x30, .guest = 0x31,
		.socket = l->ends[0] };

	return hvcall_dxgk_miracast_create(l->w.dxgk, &options);
}

/* Step n; STATUS_TIMEOUT: there are no more. */
static NTSTATUS step(struct life *l, unsigned n)
{
	HANDLE event;

	switch (n) {
	case 0: return begin(l);
	case 1: return hvcall_dxgk_connect_interrupt(l->w.dxgk, 1, l->eventfd);
	case 2: return create_processes(l, false);
	case 3: return create_events(l, false);
	case 4: return create_processes(l, true);
	case 5: return create_events(l, true);
	case 6: return hvcall_dxgk_create_cpu_event(l->w.dxgk, NULL, l->eventfd, &event);
	case 7: return open_guest(l);
	case 8: return map(l);
	case 9: return create_miracast(l);
	default: return STATUS_TIMEOUT;
	}
}

static void setup(struct life *l)
{
	memset(l, 0, sizeof(*l));
	l->fake = fake_new();
	assert_int_equal(hvbell_open_dev(&l->fake->dev, &l->w.card), 0);
	dxgk_world_partition(&l->w, HOST);
	dxgk_world_partition(&l->w, GUEST);
	l->eventfd = new_eventfd();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, l->ends), 0);
}

static void teardown(struct life *l)
{
	hvcall_dxgk_guest_close(l->guest);
	hvcall_dxgk_stop(l->w.dxgk);
	assert_int_equal(l->w.driver.processes_gone, 2);
	assert_int_equal(l->w.driver.cpu_events_gone, 1);
	hvbell_close(l->w.card);
	fake_free(l->fake);
	close(l->eventfd);
	close(l->ends[0]);
	close(l->ends[1]);
}

/* True where a call was refused. */
static bool live(enum refused what, unsigned passes)
{
	struct life l;
	NTSTATUS status;
	bool refused = false;

	setup(&l);
	refuse(what, passes);
	for (unsigned n = 0; (status = step(&l, n)) != STATUS_TIMEOUT; n++) {
		if (status == STATUS_SUCCESS)
			continue;
		refused = refuse_end();
		assert_true(refused);
		assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
		assert_int_equal(step(&l, n), STATUS_SUCCESS);
	}
	assert_false(refuse_end());
	teardown(&l);
	return refused;
}

static void in_turn(enum refused what, unsigned least)
{
	unsigned passes = 0;

	while (passes < MOST && live(what, passes))
		passes++;
	assert_true(passes >= least && passes < MOST);
}

static void no_memory(void **state)
{
	(void)state;
	in_turn(REFUSED_MEMORY, 8);
}

static void no_descriptor(void **state)
{
	(void)state;
	in_turn(REFUSED_DESCRIPTOR, 8);
}

static void no_thread(void **state)
{
	(void)state;
	in_turn(REFUSED_THREAD, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_memory),
		cmocka_unit_test(no_descriptor),
		cmocka_unit_test(no_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
