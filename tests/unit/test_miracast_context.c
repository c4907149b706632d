/* SPDX-License-Identifier: MIT */
/* Contexts of Miracast messages: how they begin, or do not, how they end, and what becomes of messages then. */
#include "miracast_scene.h"
#include <fcntl.h>
#include <sys/resource.h>

static const struct order echo = { .what = ORDER_ECHO };

#define PENDING 20

/* Some messages that the receiver does not get to: the first ones whole on the lane, the last ones not. */
static void post_pending(struct letter **letters)
{
	scene_hold(true);
	for (unsigned n = 0; n < PENDING; n++) {
		letters[n] = letter_new(echo, 100 + 1000 * n, 50);
		assert_int_equal(letter_post(letters[n]), STATUS_PENDING);
	}
}

static void all_cancelled(struct letter **letters)
{
	for (unsigned n = 0; n < PENDING; n++)
		letter_came(letters[n], STATUS_CANCELLED, 0);
	assert_int_equal(scene_counters().cancelled, PENDING);
}

static void free_all(struct letter **letters)
{
	for (unsigned n = 0; n < PENDING; n++)
		letter_free(letters[n]);
}

static void slow_callback(struct letter *letter)
{
	usleep(20000);
	assert_int_equal(scene.destroyed, 0);
	(void)letter;
}

/* All callbacks have returned when the driver's context ends, and before destroy returns. */
static void destroy_cancels(void **state)
{
	struct letter *letters[PENDING], *late = letter_new(echo, 20, 20);

	(void)state;
	post_pending(letters);
	for (unsigned n = 0; n < PENDING; n++)
		letters[n]->on_callback = slow_callback;
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	for (unsigned n = 0; n < PENDING; n++)
		assert_int_equal(letter_called(letters[n]), 1);
	assert_int_equal(scene.destroyed, 1);
	all_cancelled(letters);
	assert_int_equal(letter_post(late), STATUS_INVALID_HANDLE);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_DEVICE_NOT_READY);
	scene_hold(false);
	free_all(letters);
	letter_free(late);
}

static void receiver_killed(void **state)
{
	struct letter *letters[PENDING], *late = letter_new(echo, 20, 20);

	(void)state;
	post_pending(letters);
	scene_kill();
	all_cancelled(letters);
	assert_int_equal(scene_counters().gone, 1);
	assert_int_equal(letter_post(late), STATUS_DEVICE_NOT_READY);
	assert_int_equal(letter_called(late), 0);
	assert_int_equal(scene.destroyed, 0);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	assert_int_equal(scene.destroyed, 1);
	scene_connect();
	assert_int_equal(letter_post(late), STATUS_PENDING);
	letter_echoed(late);
	free_all(letters);
	letter_free(late);
}

/* In the middle of a message: what was answered before counts. */
static void receiver_dies_at_work(void **state)
{
	struct letter *first = letter_new(echo, 20, 20), *last = letter_new(echo, 20, 20);
	struct letter *deadly = letter_new((struct order){ .what = ORDER_DIE }, 20, 20);
	int how;

	(void)state;
	scene_hold(true);
	assert_int_equal(letter_post(first), STATUS_PENDING);
	assert_int_equal(letter_post(deadly), STATUS_PENDING);
	assert_int_equal(letter_post(last), STATUS_PENDING);
	scene_hold(false);
	letter_echoed(first);
	letter_came(deadly, STATUS_CANCELLED, 0);
	letter_came(last, STATUS_CANCELLED, 0);
	scene_reap(&how);
	letter_free(first);
	letter_free(deadly);
	letter_free(last);
}

static void card_reset(void **state)
{
	struct letter *letters[PENDING], *late = letter_new(echo, 20, 20);

	(void)state;
	post_pending(letters);
	assert_int_equal(hvbell_reset(scene.card), 0);
	all_cancelled(letters);
	assert_int_equal(scene_counters().removed, 1);
	assert_int_equal(letter_post(late), STATUS_DEVICE_REMOVED);
	scene_hold(false);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	scene_reap(NULL);
	scene_connect();
	assert_int_equal(letter_post(late), STATUS_PENDING);
	letter_echoed(late);
	free_all(letters);
	letter_free(late);
}

/* While the card delivers nothing: messages are cancelled all the same; the card's part waits until it can be done. */
static void quiesced_card(void **state)
{
	struct letter *letters[PENDING];

	(void)state;
	post_pending(letters);
	assert_int_equal(hvbell_quiesce(scene.card), 0);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_DEVICE_BUSY);
	all_cancelled(letters);
	assert_int_equal(scene.destroyed, 1);
	assert_int_equal(scene_create(0), STATUS_RESOURCE_IN_USE);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_DEVICE_BUSY);
	assert_int_equal(hvbell_resume(scene.card), 0);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	assert_int_equal(scene.destroyed, 1);
	scene_hold(false);
	free_all(letters);
}

/* An adapter that is stopped meanwhile keeps one page, which the card may still write; the rest goes. */
static void stopped_while_quiesced(void **state)
{
	struct letter *letters[PENDING];

	(void)state;
	post_pending(letters);
	assert_int_equal(hvbell_quiesce(scene.card), 0);
	hvcall_dxgk_stop(scene.dxgk);
	scene.dxgk = NULL;
	for (unsigned n = 0; n < PENDING; n++)
		letter_came(letters[n], STATUS_CANCELLED, 0);
	assert_int_equal(scene.destroyed, 1);
	scene_hold(false);
	scene_reap(NULL);
	assert_int_equal(hvbell_resume(scene.card), 0);
	assert_int_equal(hvbell_signal_direct(scene.card, SCENE_GUEST, 0, HVMC_SINT, 5, NULL), 0);
	assert_int_equal(hvbell_partition_remove(scene.card, SCENE_GUEST), 0);
	assert_int_equal(hvbell_partition_remove(scene.card, SCENE_HOST), 0);
	free_all(letters);
}

/* The receiver sees the end though somebody else holds the socket too. */
static void destroy_ends_the_receiver(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(scene_pair(ends), 0);
	scene_spawn(ends[1]);
	assert_int_equal(scene_create(ends[0]), STATUS_SUCCESS);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	scene_reap(NULL);
	close(ends[0]);
}

static void one_context(void **state)
{
	struct letter *letter = letter_new(echo, 20, 20);

	(void)state;
	assert_int_equal(scene_create(0), STATUS_RESOURCE_IN_USE);
	assert_int_equal(scene.created, 1);
	assert_int_equal(letter_post(letter), STATUS_PENDING);
	letter_echoed(letter);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	scene_reap(NULL);
	scene_connect();
	assert_int_equal(scene.created, 2);
	letter_free(letter);
}

static void sends(void)
{
	struct letter *letter = letter_new(echo, 20, 20);

	assert_int_equal(letter_post(letter), STATUS_PENDING);
	letter_echoed(letter);
	letter_free(letter);
}

/* What fails leaves nothing behind, and the socket as it was: the next one can be made with it. */
static void creating_fails(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(scene_create(-1), STATUS_INVALID_PARAMETER);
	scene.refuses = STATUS_RESOURCE_IN_USE;
	assert_int_equal(scene_pair(ends), 0);
	assert_int_equal(scene_create(ends[0]), STATUS_RESOURCE_IN_USE);
	scene.refuses = STATUS_SUCCESS;
	assert_int_equal(hvbell_partition_add(scene.card, SCENE_GUEST, HVBELL_ACTIVE, 0), 0);
	assert_int_equal(scene_create(ends[0]), STATUS_RESOURCE_IN_USE);
	assert_false(hvbell_partition_get(scene.card, SCENE_HOST, NULL, NULL));
	assert_true(hvbell_partition_get(scene.card, SCENE_GUEST, NULL, NULL));
	assert_int_equal(hvbell_partition_remove(scene.card, SCENE_GUEST), 0);
	assert_int_equal(hvbell_quiesce(scene.card), 0);
	assert_int_equal(scene_create(ends[0]), STATUS_DEVICE_BUSY);
	assert_int_equal(hvbell_resume(scene.card), 0);
	assert_int_equal(scene.created, 0);
	scene_spawn(ends[1]);
	assert_int_equal(scene_create(ends[0]), STATUS_SUCCESS);
	sends();
	close(ends[0]);
}

static void receiver_is_gone_already(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(scene_pair(ends), 0);
	close(ends[1]);
	assert_int_equal(scene_create(ends[0]), STATUS_DEVICE_NOT_READY);
	assert_int_equal(scene.created, scene.destroyed);
	close(ends[0]);
	scene_connect();
	sends();
}

static unsigned open_files(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 512; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void allow(rlim_t files)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = files;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* One more each time, until there are enough. */
static void descriptors_run_out(void **state)
{
	unsigned before, failed = 0;
	struct rlimit limit;
	NTSTATUS status;
	int ends[2];

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(scene_pair(ends), 0);
	before = open_files();
	for (rlim_t files = 3;; files++) {
		allow(files);
		status = scene_create(ends[0]);
		allow(limit.rlim_cur);
		if (status == STATUS_SUCCESS)
			break;
		assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
		assert_int_equal(open_files(), before);
		assert_false(hvbell_partition_get(scene.card, SCENE_HOST, NULL, NULL));
		assert_false(hvbell_partition_get(scene.card, SCENE_GUEST, NULL, NULL));
		assert_int_equal(scene.created, 0);
		failed++;
	}
	assert_true(failed > 5);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	assert_int_equal(open_files(), before);
	close(ends[0]);
	close(ends[1]);
}

/* The linker leads the calls of pthread_create() here: the one after this many fails. */
static int threads_left = -1;
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
	if (threads_left >= 0 && threads_left-- == 0)
		return EAGAIN;
	return __real_pthread_create(thread, attr, start, arg);
}

static void threads_run_out(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(scene_pair(ends), 0);
	for (unsigned n = 0; n <= HVMC_CALLERS; n++) {
		threads_left = (int)n;
		assert_int_equal(scene_create(ends[0]), STATUS_INSUFFICIENT_RESOURCES);
		assert_int_equal(threads_left, -1);
		assert_false(hvbell_partition_get(scene.card, SCENE_HOST, NULL, NULL));
		assert_int_equal(scene.created, 0);
	}
	scene_spawn(ends[1]);
	assert_int_equal(scene_create(ends[0]), STATUS_SUCCESS);
	sends();
	close(ends[0]);
}

static void no_card(void **state)
{
	struct hvcall_dxgk_options options = scene.dxgk->options;
	hvcall_dxgk *dxgk;

	(void)state;
	options.card = NULL;
	options.driver = &scene.dxgk->driver;
	assert_int_equal(hvcall_dxgk_start(&options, &dxgk), STATUS_SUCCESS);
	assert_int_equal(hvcall_dxgk_miracast_create(dxgk, &scene.options), STATUS_NOT_SUPPORTED);
	hvcall_dxgk_stop(dxgk);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, scene_begin, scene_end)
#define BARE(test) cmocka_unit_test_setup_teardown(test, scene_open, scene_end)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(destroy_cancels), CASE(receiver_killed), CASE(receiver_dies_at_work), CASE(card_reset),
		CASE(quiesced_card), CASE(stopped_while_quiesced), CASE(one_context), BARE(destroy_ends_the_receiver),
		BARE(creating_fails), BARE(receiver_is_gone_already), BARE(descriptors_run_out),
		BARE(threads_run_out), BARE(no_card),
	};

	if (is_receiver(argc, argv))
		return receiver_main();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
