/* SPDX-License-Identifier: MIT */
/* The flags of a guest's events: as many as there can be, and when one serves again. */
#include "dxgk_world.h"

/* What was signalled before an event or its process is destroyed arrives. */
static void destroyed_and_delivered(void **state)
{
	const struct hvbell_port port = dxgk_port(1, 128, 64);
	struct dxgk_world w;
	unsigned flag[2], next;
	HANDLE event[2];

	(void)state;
	dxgk_world_new(&w);
	for (unsigned n = 0; n < 2; n++) {
		event[n] = dxgk_event(&w, w.process, &flag[n]);
		assert_int_equal(dxgk_signal(&w, w.process, event[n], 0), STATUS_SUCCESS);
	}
	assert_int_equal(hvcall_dxgk_destroy_event(w.dxgk, w.process, event[0]), STATUS_SUCCESS);
	assert_int_equal(hvcall_dxgk_destroy_process(w.dxgk, w.process), STATUS_SUCCESS);
	assert_true(w.words[0] == (1ull << flag[0] | 1ull << flag[1]));

	/* the next process has no event of these flags, until the guest has taken them */
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, &port, 0x21, &w.process), STATUS_SUCCESS);
	for (unsigned n = 2; n < 64; n++) {
		dxgk_event(&w, w.process, &next);
		assert_true(next != flag[0] && next != flag[1]);
	}
	assert_int_equal(hvcall_dxgk_create_event(w.dxgk, w.process, -1, &event[0], &next),
			 STATUS_INSUFFICIENT_RESOURCES);
	dxgk_guest_takes(&w, flag[1]);
	dxgk_event(&w, w.process, &next);
	assert_int_equal(next, flag[1]);
	dxgk_world_end(&w);
}

/* A card that owns the flags serves no guest, which clears them itself. */
static void guests_need_atomics(void **state)
{
	const struct hvbell_port port = dxgk_port(1, 128, 64);
	struct dxgk_world w = { 0 };
	HANDLE process;

	(void)state;
	assert_int_equal(hvbell_open("sim:?deliver=owned", &w.card), 0);
	dxgk_world_partition(&w, HOST);
	dxgk_world_partition(&w, GUEST);
	dxgk_world_start(&w);
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, &port, 0x21, &process), STATUS_NOT_SUPPORTED);
	assert_int_equal(hvcall_dxgk_create_process(w.dxgk, NULL, 0, &process), STATUS_SUCCESS);
	dxgk_world_end(&w);
}

/* Makes events until there is no flag left, and LastUses the first. */
static unsigned use_up(struct dxgk_world *w)
{
	HANDLE first = NULL, event;
	unsigned flag, freed = 0;

	for (unsigned n = 0; n < 64; n++) {
		event = dxgk_event(w, w->process, &flag);
		if (!n) {
			first = event;
			freed = flag;
		}
	}
	assert_int_equal(hvcall_dxgk_create_event(w->dxgk, w->process, -1, &event, &flag),
			 STATUS_INSUFFICIENT_RESOURCES);
	assert_int_equal(hvbell_quiesce(w->card), 0);
	assert_int_equal(dxgk_signal(w, w->process, first, HVCALL_DXGK_LAST_USE), STATUS_SUCCESS);
	return freed;
}

/* A flag comes free when its last signal was delivered, and the guest has taken it; not before. */
static void a_flag_comes_free(void **state)
{
	struct dxgk_world w;
	unsigned freed, flag = 99;
	HANDLE event;

	(void)state;
	dxgk_world_new(&w);
	freed = use_up(&w);
	/* under way */
	assert_int_equal(hvcall_dxgk_create_event(w.dxgk, w.process, -1, &event, &flag), STATUS_DEVICE_BUSY);
	assert_int_equal(hvbell_resume(w.card), 0);
	/* delivered, but not taken */
	assert_int_equal(hvcall_dxgk_create_event(w.dxgk, w.process, -1, &event, &flag),
			 STATUS_INSUFFICIENT_RESOURCES);
	assert_true(dxgk_flag(&w, freed));
	dxgk_guest_takes(&w, freed);
	event = dxgk_event(&w, w.process, &flag);
	assert_int_equal(flag, freed);
	assert_false(dxgk_flag(&w, flag));
	assert_int_equal(dxgk_signal(&w, w.process, event, 0), STATUS_SUCCESS);
	assert_true(dxgk_flag(&w, flag));
	dxgk_world_end(&w);
}

/* 65536 events at once, of 32 ports with 2048 flags each; every 97th is signalled, and is that flag of that port. */
enum { PORTS = 32, PORT_EVENTS = 2048, PORT_VP_SINTS = 13, PORT_SINT = 3 };

static void open_sints(struct dxgk_world *w, uint32_t vp)
{
	if (vp) {
		assert_int_equal(hvbell_vp_add(w->card, GUEST, vp), 0);
		assert_int_equal(hvbell_set_scontrol(w->card, GUEST, vp, true), 0);
		assert_int_equal(hvbell_set_siefp(w->card, GUEST, vp, true, 0x100000 + 0x1000 * vp), 0);
	}
	for (unsigned sint = PORT_SINT; sint < PORT_SINT + PORT_VP_SINTS; sint++)
		assert_int_equal(hvbell_set_sint(w->card, GUEST, vp, sint, &(struct hvbell_sint){ .vector = 99 }), 0);
}

static void signal_one(struct dxgk_world *w, const HANDLE *process, const HANDLE *events, unsigned n)
{
	const unsigned port = n / PORT_EVENTS, flag = n % PORT_EVENTS;
	const HANDLE other = process[(port + 1) % PORTS];

	assert_int_equal(dxgk_signal(w, other, events[n], 0), STATUS_INVALID_HANDLE);
	assert_int_equal(dxgk_signal(w, process[port], events[n], 0), STATUS_SUCCESS);
	assert_int_equal(hvbell_fence(w->card), 0);
	assert_true(hvbell_clear_flag(w->card, GUEST, port / PORT_VP_SINTS, PORT_SINT + port % PORT_VP_SINTS, flag));
}

static void many_events(void **state)
{
	static HANDLE events[PORTS * PORT_EVENTS];
	HANDLE process[PORTS];
	struct hvbell_counters counters;
	struct dxgk_world w;
	unsigned signals = 0;

	(void)state;
	dxgk_world_card(&w);
	for (uint32_t vp = 0; vp <= (PORTS - 1) / PORT_VP_SINTS; vp++)
		open_sints(&w, vp);
	for (unsigned n = 0; n < PORTS; n++) {
		struct hvbell_port port = dxgk_port(n + 1, 0, PORT_EVENTS);

		port.target_vp = n / PORT_VP_SINTS;
		port.target_sint = PORT_SINT + n % PORT_VP_SINTS;
		assert_int_equal(hvcall_dxgk_create_process(w.dxgk, &port, n + 1, &process[n]), STATUS_SUCCESS);
	}
	for (unsigned n = 0; n < PORTS * PORT_EVENTS; n++) {
		unsigned flag;

		events[n] = dxgk_event(&w, process[n / PORT_EVENTS], &flag);
		assert_int_equal(flag, n % PORT_EVENTS);
	}
	for (unsigned n = 0; n < PORTS * PORT_EVENTS; n += 97, signals++)
		signal_one(&w, process, events, n);
	assert_int_equal(hvbell_counters(w.card, HOST, &counters), 0);
	assert_int_equal(counters.accepted, signals);
	dxgk_world_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(destroyed_and_delivered),
		cmocka_unit_test(guests_need_atomics),
		cmocka_unit_test(a_flag_comes_free),
		cmocka_unit_test(many_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
