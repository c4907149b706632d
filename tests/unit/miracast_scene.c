/* SPDX-License-Identifier: MIT */
#include "miracast_scene.h"
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#define RECEIVER_SOCKET 3
#define GUARD 64
#define PATIENCE_S 60           /* of a machine that has much else to do */

extern char **environ;
struct scene scene;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t called = PTHREAD_COND_INITIALIZER;

/* ---- the driver ---- */

static NTSTATUS start_device(PVOID context, PDXGK_START_INFO info, PDXGKRNL_INTERFACE interface, PULONG sources,
			     PULONG children)
{
	(void)context, (void)info, (void)interface, (void)sources, (void)children;
	return STATUS_SUCCESS;
}

static NTSTATUS create_context(PVOID context, DXGK_MIRACAST_DISPLAY_CALLBACKS *callbacks, PVOID *made, ULONG *target)
{
	assert_ptr_equal(context, &scene);
	if (scene.refuses)
		return scene.refuses;
	scene.callbacks = *callbacks;
	scene.created++;
	*made = &scene.callbacks;
	*target = 7;
	return STATUS_SUCCESS;
}

static VOID destroy_context(PVOID context, PVOID made)
{
	assert_ptr_equal(context, &scene);
	assert_ptr_equal(made, &scene.callbacks);
	scene.destroyed++;
}

static const DXGK_MIRACAST_INTERFACE driver = { .Size = sizeof(driver), .Version = 1, .Context = &scene,
	.DxgkDdiMiracastCreateContext = create_context, .DxgkDdiMiracastDestroyContext = destroy_context };

/* ---- the scene ---- */

int scene_open(void **state)
{
	static const DRIVER_INITIALIZATION_DATA data = { .DxgkDdiStartDevice = start_device };
	struct hvcall_dxgk_options options = { .partition = 0x29, .driver = &data };

	(void)state;
	memset(&scene, 0, sizeof(scene));
	assert_int_equal(hvbell_open(getenv("HVBELL_CARD") ? NULL : "sim:?latency=none", &scene.card), 0);
	assert_int_equal(hvbell_partition_add(scene.card, 0x29, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
	options.card = scene.card;
	assert_int_equal(hvcall_dxgk_start(&options, &scene.dxgk), STATUS_SUCCESS);
	scene.options = (struct hvcall_dxgk_miracast_options){ .driver = &driver, .host = SCENE_HOST,
		.guest = SCENE_GUEST, .socket = -1 };
	return 0;
}

int scene_begin(void **state)
{
	scene_open(state);
	scene_connect();
	return 0;
}

int scene_end(void **state)
{
	(void)state;
	hvcall_dxgk_stop(scene.dxgk);
	assert_int_equal(scene.created, scene.destroyed);
	if (scene.receiver)
		scene_reap(NULL);
	assert_false(hvbell_partition_get(scene.card, SCENE_HOST, NULL, NULL));
	assert_false(hvbell_partition_get(scene.card, SCENE_GUEST, NULL, NULL));
	hvbell_close(scene.card);
	return 0;
}

int scene_pair(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

NTSTATUS scene_create(int socket)
{
	scene.options.socket = socket;
	return hvcall_dxgk_miracast_create(scene.dxgk, &scene.options);
}

void scene_spawn(int socket)
{
	char program[] = "/proc/self/exe", *arguments[] = { program, (char[]){ "receiver" }, NULL };
	posix_spawn_file_actions_t actions;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, socket, RECEIVER_SOCKET);
	assert_int_equal(posix_spawn(&scene.receiver, program, &actions, NULL, arguments, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(socket);
}

void scene_connect(void)
{
	int ends[2];

	assert_int_equal(scene_pair(ends), 0);
	scene_spawn(ends[1]);
	assert_int_equal(scene_create(ends[0]), STATUS_SUCCESS);
	close(ends[0]);
}

int scene_connect_test(void)
{
	int ends[2];

	assert_int_equal(scene_pair(ends), 0);
	assert_int_equal(scene_create(ends[0]), STATUS_SUCCESS);
	close(ends[0]);
	return ends[1];
}

void scene_reap(int *how)
{
	int status;

	assert_int_equal(waitpid(scene.receiver, &status, 0), scene.receiver);
	scene.receiver = 0;
	if (how)
		*how = status;
	else
		assert_int_equal(status, 0);
}

void scene_kill(void)
{
	int how;

	assert_int_equal(kill(scene.receiver, SIGKILL), 0);
	scene_reap(&how);
	assert_true(WIFSIGNALED(how));
}

void scene_hold(bool hold)
{
	int how;

	assert_int_equal(kill(scene.receiver, hold ? SIGSTOP : SIGCONT), 0);
	if (hold)
		assert_int_equal(waitpid(scene.receiver, &how, WUNTRACED), scene.receiver);
}

struct hvcall_dxgk_miracast_counters scene_counters(void)
{
	struct hvcall_dxgk_miracast_counters counters;

	assert_int_equal(hvcall_dxgk_miracast_counters(scene.dxgk, &counters), STATUS_SUCCESS);
	return counters;
}

/* ---- letters ---- */

struct letter *letter_new(struct order order, ULONG input_size, ULONG output_size)
{
	struct letter *letter = calloc(1, sizeof(*letter));
	uint32_t random = input_size * 2654435761u + output_size;

	letter->input_size = input_size;
	letter->output_size = output_size;
	letter->input = malloc(input_size + GUARD);
	letter->output = malloc(output_size + GUARD);
	for (ULONG i = 0; i < input_size; i++) {
		random = random * 1664525 + 1013904223;
		letter->input[i] = (uint8_t)(random >> 24);
	}
	if (input_size >= sizeof(order))
		memcpy(letter->input, &order, sizeof(order));
	memset(letter->output, 0xee, output_size + GUARD);
	return letter;
}

void letter_free(struct letter *letter)
{
	for (ULONG i = 0; i < GUARD; i++)
		assert_int_equal(letter->output[letter->output_size + i], 0xee);
	free(letter->input);
	free(letter->output);
	free(letter);
}

static VOID on_callback(PVOID context, PIO_STATUS_BLOCK block)
{
	struct letter *letter = context;

	if (letter->on_callback)
		letter->on_callback(letter);
	pthread_mutex_lock(&lock);
	letter->called++;
	letter->block = *block;
	pthread_cond_broadcast(&called);
	pthread_mutex_unlock(&lock);
}

NTSTATUS letter_post(struct letter *letter)
{
	letter->result = scene.callbacks.DxgkCbMiracastSendMessage(scene.callbacks.MiracastHandle,
		letter->input_size, letter->input_size ? letter->input : NULL, letter->output_size,
		letter->output_size ? letter->output : NULL, on_callback, letter);
	return letter->result;
}

void letter_await(struct letter *letter)
{
	struct timespec end;
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += PATIENCE_S;
	pthread_mutex_lock(&lock);
	while (!letter->called && !err)
		err = pthread_cond_timedwait(&called, &lock, &end);
	pthread_mutex_unlock(&lock);
	assert_int_equal(err, 0);
}

unsigned letter_called(struct letter *letter)
{
	unsigned count;

	pthread_mutex_lock(&lock);
	count = letter->called;
	pthread_mutex_unlock(&lock);
	return count;
}

void letter_came(struct letter *letter, NTSTATUS status, ULONG_PTR information)
{
	letter_await(letter);
	assert_int_equal(letter->result, STATUS_PENDING);
	assert_int_equal(letter_called(letter), 1);
	assert_int_equal(letter->block.Status, status);
	assert_int_equal(letter->block.Information, information);
}

void letter_echoed(struct letter *letter)
{
	ULONG bytes = letter->input_size < letter->output_size ? letter->input_size : letter->output_size;

	letter_came(letter, STATUS_SUCCESS, bytes);
	assert_memory_equal(letter->output, letter->input, bytes);
	for (ULONG i = bytes; i < letter->output_size; i++)
		assert_int_equal(letter->output[i], 0xee);
}

/* ---- the receiver ---- */

static NTSTATUS handle(PVOID context, ULONG input_size, VOID *input, ULONG output_size, VOID *output, ULONG *bytes)
{
	struct order order = { .what = ORDER_ECHO };
	const pid_t self = getpid();

	if (context != &scene || *bytes || !input != !input_size || !output != !output_size)
		return STATUS_UNSUCCESSFUL;
	if (input_size >= sizeof(order))
		memcpy(&order, input, sizeof(order));
	switch (order.what) {
	case ORDER_PID:
		memcpy(output, &self, sizeof(self));
		*bytes = sizeof(self);
		return STATUS_SUCCESS;
	case ORDER_STATUS:
		memset(output, 0x55, output_size);
		*bytes = order.bytes;
		return (NTSTATUS)order.status;
	case ORDER_DIE:
		raise(SIGKILL);
		return STATUS_SUCCESS;
	default:
		*bytes = input_size < output_size ? input_size : output_size;
		if (*bytes)
			memcpy(output, input, *bytes);
		return STATUS_SUCCESS;
	}
}

bool is_receiver(int argc, char **argv)
{
	return argc == 2 && !strcmp(argv[1], "receiver");
}

int receiver_main(void)
{
	return hvcall_dxgk_miracast_serve(RECEIVER_SOCKET, handle, &scene) != STATUS_SUCCESS;
}
