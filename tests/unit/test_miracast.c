/* SPDX-License-Identifier: MIT */
/* Miracast messages from this process to another one, through the card: what the interface documents of a message. */
#include "miracast_scene.h"

static const struct order echo = { .what = ORDER_ECHO };

static void another_process_answers(void **state)
{
	struct letter *letter = letter_new((struct order){ .what = ORDER_PID }, 16, 16);
	pid_t answered;

	(void)state;
	assert_int_equal(letter_post(letter), STATUS_PENDING);
	letter_came(letter, STATUS_SUCCESS, sizeof(answered));
	memcpy(&answered, letter->output, sizeof(answered));
	assert_int_equal(answered, scene.receiver);
	print_message("%s makes the receiver's signals of its eventfd\n",
		      scene.dxgk->miracast.context->wire.relayed ? "this process" : "the kernel");
	letter_free(letter);
}

static void any_size(void **state)
{
	static const ULONG sizes[][2] = { { 0, 0 }, { 1, 0 }, { 0, 1 }, { 12, 12 }, { 40, 7 }, { 40, 4000 },
		{ HVMC_LANE_BYTES - 16, 1 }, { HVMC_LANE_BYTES - 15, 1 }, { HVMC_LANE_BYTES, HVMC_LANE_BYTES },
		{ 3 * HVMC_LANE_BYTES + 5, 12 }, { 12, 3 * HVMC_LANE_BYTES + 5 }, { 1 << 22, 1 << 22 } };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct letter *letter = letter_new(echo, sizes[i][0], sizes[i][1]);

		assert_int_equal(letter_post(letter), STATUS_PENDING);
		letter_echoed(letter);
		letter_free(letter);
	}
}


static void status_and_bytes_are_the_handlers(void **state)
{
	static const struct {
		NTSTATUS status;
		ULONG bytes;
		NTSTATUS comes;
		ULONG_PTR information;
	} rows[] = {
		{ STATUS_SUCCESS, 0, STATUS_SUCCESS, 0 },
		{ STATUS_SUCCESS, 20, STATUS_SUCCESS, 20 },
		{ STATUS_ACCESS_DENIED, 7, STATUS_ACCESS_DENIED, 7 },
		{ STATUS_BUFFER_TOO_SMALL, 0, STATUS_BUFFER_TOO_SMALL, 0 },
		{ STATUS_CANCELLED, 1, STATUS_CANCELLED, 1 },
		{ 0x12345678, 3, 0x12345678, 3 },
		/* more than there is room for; and no end of a message */
		{ STATUS_SUCCESS, 21, STATUS_BUFFER_TOO_SMALL, 0 },
		{ STATUS_SUCCESS, 0xffffffff, STATUS_BUFFER_TOO_SMALL, 0 },
		{ STATUS_PENDING, 5, STATUS_UNSUCCESSFUL, 5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct letter *letter = letter_new((struct order){ .what = ORDER_STATUS,
			.status = (uint32_t)rows[i].status, .bytes = rows[i].bytes }, 12, 20);

		assert_int_equal(letter_post(letter), STATUS_PENDING);
		letter_came(letter, rows[i].comes, rows[i].information);
		for (ULONG n = 0; n < 20; n++)
			assert_int_equal(letter->output[n], n < rows[i].information ? 0x55 : 0xee);
		letter_free(letter);
	}
}

/* The linker leads the calls of hvmc_wire_ring() here: a send that has signalled the receiver does not go on until the
 * message was called back. */
static struct letter *rings_for;
static bool lingers, left;      /* or for a while */
void __real_hvmc_wire_ring(struct hvmc_wire *wire);
void __wrap_hvmc_wire_ring(struct hvmc_wire *wire);

void __wrap_hvmc_wire_ring(struct hvmc_wire *wire)
{
	struct letter *letter = __atomic_exchange_n(&rings_for, NULL, __ATOMIC_ACQ_REL);

	__real_hvmc_wire_ring(wire);
	if (__atomic_exchange_n(&lingers, false, __ATOMIC_SEQ_CST)) {
		usleep(50000);
		__atomic_store_n(&left, true, __ATOMIC_SEQ_CST);
	}
	if (letter) {
		letter_await(letter);
		letter->result = STATUS_PENDING;
	}
}

static void callback_before_the_send_returns(void **state)
{
	struct letter *letter = letter_new(echo, 30, 30);

	(void)state;
	__atomic_store_n(&rings_for, letter, __ATOMIC_RELEASE);
	letter->result = STATUS_UNSUCCESSFUL;
	assert_int_equal(letter_post(letter), STATUS_PENDING);
	assert_null(__atomic_load_n(&rings_for, __ATOMIC_ACQUIRE));
	letter_echoed(letter);
	letter_free(letter);
}

static void *send_in_a_thread(void *arg)
{
	letter_post(arg);
	return NULL;
}

/* A send that is in the middle of things when the context is destroyed. */
static void destroy_waits_for_sends(void **state)
{
	struct letter *letter = letter_new(echo, 30, 30);
	pthread_t thread;

	(void)state;
	__atomic_store_n(&left, false, __ATOMIC_SEQ_CST);
	__atomic_store_n(&lingers, true, __ATOMIC_SEQ_CST);
	assert_int_equal(pthread_create(&thread, NULL, send_in_a_thread, letter), 0);
	while (__atomic_load_n(&lingers, __ATOMIC_SEQ_CST))
		usleep(100);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	assert_true(__atomic_load_n(&left, __ATOMIC_SEQ_CST));
	pthread_join(thread, NULL);
	assert_int_equal(letter->result, STATUS_PENDING);
	assert_int_equal(letter_called(letter), 1);
	letter_free(letter);
}

static pthread_barrier_t together;

static void meet_the_others(struct letter *letter)
{
	(void)letter;
	pthread_barrier_wait(&together);
}

/* Each callback returns when all are running. */
static void callbacks_at_once(void **state)
{
	struct letter *letters[HVMC_CALLERS];

	(void)state;
	pthread_barrier_init(&together, NULL, HVMC_CALLERS);
	for (unsigned n = 0; n < HVMC_CALLERS; n++) {
		letters[n] = letter_new(echo, 20 + n, 20);
		letters[n]->on_callback = meet_the_others;
		assert_int_equal(letter_post(letters[n]), STATUS_PENDING);
	}
	for (unsigned n = 0; n < HVMC_CALLERS; n++) {
		letter_echoed(letters[n]);
		letter_free(letters[n]);
	}
	pthread_barrier_destroy(&together);
}

static struct letter *chained;

static void send_the_next(struct letter *letter)
{
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_UNSUCCESSFUL);
	assert_int_equal(letter_post(chained), STATUS_PENDING);
	letter_echoed(chained);
	(void)letter;
}

/* From a callback: a message may be sent, and awaited; the context is not destroyed. */
static void callback_sends(void **state)
{
	struct letter *letter = letter_new(echo, 20, 20);

	(void)state;
	chained = letter_new(echo, 21, 20);
	letter->on_callback = send_the_next;
	assert_int_equal(letter_post(letter), STATUS_PENDING);
	letter_echoed(letter);
	letter_free(letter);
	letter_free(chained);
}

/* Input is copied, since nobody is told when it is no longer needed; output is left alone; the next message's callback
 * shows that this one was handled. */
static void no_callback(void **state)
{
	struct letter *silent = letter_new((struct order){ .what = ORDER_STATUS, .bytes = 200000 }, 200000, 200000);
	struct letter *deadly = letter_new((struct order){ .what = ORDER_DIE }, 100, 0);
	struct letter *after = letter_new(echo, 20, 20), *last = letter_new(echo, 20, 20);
	DXGKCB_MIRACAST_SEND_MESSAGE send = scene.callbacks.DxgkCbMiracastSendMessage;
	int how;

	(void)state;
	scene_hold(true);
	assert_int_equal(send(scene.callbacks.MiracastHandle, 200000, silent->input, 200000, silent->output, NULL,
			      NULL), STATUS_PENDING);
	memset(silent->input, 0xff, 200000);
	assert_int_equal(letter_post(after), STATUS_PENDING);
	assert_int_equal(send(scene.callbacks.MiracastHandle, 100, deadly->input, 0, NULL, NULL, NULL),
			 STATUS_PENDING);
	memset(deadly->input, 0xff, 100);
	assert_int_equal(letter_post(last), STATUS_PENDING);
	scene_hold(false);
	letter_echoed(after);
	/* what it was told to do before its input was overwritten */
	letter_came(last, STATUS_CANCELLED, 0);
	scene_reap(&how);
	assert_true(how != 0);
	for (ULONG i = 0; i < 200000; i++)
		assert_int_equal(silent->output[i], 0xee);
	letter_free(silent);
	letter_free(deadly);
	letter_free(after);
	letter_free(last);
}

static void full_ring(void **state)
{
	struct letter *letters[HVMC_MESSAGES], *more = letter_new(echo, 100, 100);

	(void)state;
	scene_hold(true);
	for (unsigned n = 0; n < HVMC_MESSAGES; n++) {
		letters[n] = letter_new(echo, 1000 * n, 1000 * n);
		assert_int_equal(letter_post(letters[n]), STATUS_PENDING);
	}
	assert_int_equal(letter_post(more), STATUS_INSUFFICIENT_RESOURCES);
	assert_int_equal(letter_post(more), STATUS_INSUFFICIENT_RESOURCES);
	assert_int_equal(scene_counters().refused, 2);
	assert_int_equal(scene_counters().sent, HVMC_MESSAGES);
	scene_hold(false);
	for (unsigned n = 0; n < HVMC_MESSAGES; n++)
		letter_echoed(letters[n]);
	assert_int_equal(letter_called(more), 0);
	assert_int_equal(letter_post(more), STATUS_PENDING);
	letter_echoed(more);
	assert_int_equal(scene_counters().answered, HVMC_MESSAGES + 1);
	for (unsigned n = 0; n < HVMC_MESSAGES; n++)
		letter_free(letters[n]);
	letter_free(more);
}

static void bad_arguments(void **state)
{
	DXGKCB_MIRACAST_SEND_MESSAGE send = scene.callbacks.DxgkCbMiracastSendMessage;
	HANDLE handle = scene.callbacks.MiracastHandle, device = scene.dxgk->handle;
	uint8_t byte = 0;

	(void)state;
	assert_int_equal(send(handle, 1, NULL, 0, NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(send(handle, 0, NULL, 1, NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(send(NULL, 1, &byte, 0, NULL, NULL, NULL), STATUS_INVALID_HANDLE);
	assert_int_equal(send(device, 1, &byte, 0, NULL, NULL, NULL), STATUS_INVALID_HANDLE);
	assert_int_equal(send(&byte, 1, &byte, 0, NULL, NULL, NULL), STATUS_INVALID_HANDLE);
	assert_int_equal(scene.callbacks.DxgkCbReportChunkInfo(handle, NULL, NULL, 0), STATUS_NOT_SUPPORTED);
	assert_int_equal(scene_counters().sent, 0);
	assert_int_equal(hvcall_dxgk_miracast_destroy(NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_miracast_counters(scene.dxgk, NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_miracast_create(NULL, &scene.options), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_miracast_create(scene.dxgk, NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	assert_int_equal(send(handle, 1, &byte, 0, NULL, NULL, NULL), STATUS_INVALID_HANDLE);
	scene_reap(NULL);
	scene_connect();
	assert_true(scene.callbacks.MiracastHandle != handle);
	assert_int_equal(send(handle, 1, &byte, 0, NULL, NULL, NULL), STATUS_INVALID_HANDLE);
	assert_int_equal(scene_counters().sent, 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, scene_begin, scene_end)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(another_process_answers), CASE(any_size), CASE(status_and_bytes_are_the_handlers),
		CASE(callback_before_the_send_returns), CASE(destroy_waits_for_sends), CASE(callbacks_at_once),
		CASE(callback_sends), CASE(no_callback), CASE(full_ring), CASE(bad_arguments),
	};

	if (is_receiver(argc, argv))
		return receiver_main();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
