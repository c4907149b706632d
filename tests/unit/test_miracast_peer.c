/* SPDX-License-Identifier: MIT */
/* A receiver that breaks the protocol, by mistake or on purpose: this program itself has the receiver's descriptors.
 * The sender notices, ends the context, and every message is still called back once. */
#include "miracast_scene.h"
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>

static const struct order echo = { .what = ORDER_ECHO };

/* ---- the receiver's half, by hand ---- */

static struct {
	int socket, memory, interrupt, kick;
	struct hvmc_shared *shared;
	uint64_t written;               /* answers */
} peer;

static void peer_open(void)
{
	int fds[HVMC_DESCRIPTORS];

	peer.socket = scene_connect_test();
	assert_int_equal(hvmc_meet(peer.socket, fds), 0);
	peer.memory = fds[0];
	peer.interrupt = fds[1];
	peer.kick = fds[2];
	peer.written = 0;
	peer.shared = mmap(NULL, sizeof(*peer.shared), PROT_READ | PROT_WRITE, MAP_SHARED, peer.memory, 0);
	assert_ptr_not_equal(peer.shared, MAP_FAILED);
}

static void peer_close(void)
{
	munmap(peer.shared, sizeof(*peer.shared));
	close(peer.memory);
	close(peer.interrupt);
	close(peer.kick);
	close(peer.socket);
}

static void kick(void)
{
	const uint64_t one = 1;

	assert_true(write(peer.kick, &one, sizeof(one)) == sizeof(one) || errno == EAGAIN);
}

static void put(uint64_t *count, uint64_t value)
{
	__atomic_store_n(count, value, __ATOMIC_SEQ_CST);
	kick();
}

static void put_bytes(const void *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		peer.shared->answer_bytes[(peer.written + i) % HVMC_LANE_BYTES] = ((const uint8_t *)from)[i];
	peer.written += len;
}

static void answer(uint32_t number, NTSTATUS status, uint32_t information, uint32_t zero)
{
	const struct hvmc_answer a = { .number = number, .status = (uint32_t)status, .information = information,
		.zero = zero };

	put_bytes(&a, sizeof(a));
	put_bytes("0123456789abcdef", information < 16 ? information : 16);
	put(&peer.shared->answers.written, peer.written);
}

/* Waits until the sender has gone on: it has written more than this many bytes of requests. */
static void await_requests(uint64_t more_than)
{
	for (int n = 0; n < 10000; n++) {
		if (__atomic_load_n(&peer.shared->requests.written, __ATOMIC_SEQ_CST) > more_than)
			return;
		usleep(1000);
	}
	fail();
}

/* ---- lies ---- */

static void counts_past_the_lane(void) { put(&peer.shared->answers.written, HVMC_LANE_BYTES + 1); }
static void counts_to_the_end(void) { put(&peer.shared->answers.written, UINT64_MAX); }
static void reads_what_is_not_written(void) { put(&peer.shared->requests.read, HVMC_LANE_BYTES + 1); }
static void reads_to_the_end(void) { put(&peer.shared->requests.read, UINT64_MAX); }

static void goes_back(void)
{
	answer(0, STATUS_SUCCESS, 3, 0);
	put(&peer.shared->answers.written, peer.written + 10);
	while (!scene_counters().answered)
		usleep(1000);
	/* the sender has seen 10 bytes more now or does not see them any more: both end the same */
	put(&peer.shared->answers.written, peer.written - 1);
}

static void unreads(void)
{
	put(&peer.shared->requests.read, 1000);
	await_requests(HVMC_LANE_BYTES);
	put(&peer.shared->requests.read, 999);
}

static void answers_another(void) { answer(1, STATUS_SUCCESS, 3, 0); }
static void writes_too_much(void) { answer(0, STATUS_SUCCESS, 11, 0); }
static void writes_far_too_much(void) { answer(0, STATUS_SUCCESS, UINT32_MAX, 0); }
static void is_pending(void) { answer(0, STATUS_PENDING, 0, 0); }
static void fills_the_reserved(void) { answer(0, STATUS_SUCCESS, 0, 1); }

static void answers_twice(void)
{
	answer(0, STATUS_SUCCESS, 3, 0);
	answer(0, STATUS_SUCCESS, 3, 0);
}

static void answers_too_early(void)
{
	answer(0, STATUS_SUCCESS, 3, 0);
	answer(1, STATUS_SUCCESS, 3, 0);
	answer(2, STATUS_SUCCESS, 3, 0);
}

static const struct {
	const char *name;
	void (*lie)(void);
	unsigned answered;      /* messages, rightly and before */
} lies[] = {
	{ "counts past the lane", counts_past_the_lane, 0 }, { "counts to the end", counts_to_the_end, 0 },
	{ "reads what is not written", reads_what_is_not_written, 0 }, { "reads to the end", reads_to_the_end, 0 },
	{ "goes back", goes_back, 1 }, { "unreads", unreads, 0 }, { "answers another", answers_another, 0 },
	{ "writes too much", writes_too_much, 0 }, { "writes far too much", writes_far_too_much, 0 },
	{ "is pending", is_pending, 0 }, { "fills the reserved", fills_the_reserved, 0 },
	{ "answers twice", answers_twice, 1 }, { "answers too early", answers_too_early, 2 },
};

/* Two messages that the receiver has whole, one that it has in part. */
static void one_lie(void (*lie)(void), unsigned answered)
{
	struct letter *letters[3], *late = letter_new(echo, 20, 10);
	uint64_t misbehaved = scene_counters().misbehaved;

	peer_open();
	for (unsigned n = 0; n < 3; n++) {
		letters[n] = letter_new(echo, n < 2 ? 20 : 2 * HVMC_LANE_BYTES, 10);
		assert_int_equal(letter_post(letters[n]), STATUS_PENDING);
	}
	lie();
	for (unsigned n = 0; n < 3; n++)
		letter_came(letters[n], n < answered ? STATUS_SUCCESS : STATUS_CANCELLED, n < answered ? 3 : 0);
	assert_int_equal(scene_counters().misbehaved, misbehaved + 1);
	assert_int_equal(letter_post(late), STATUS_UNSUCCESSFUL);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	for (unsigned n = 0; n < 3; n++)
		letter_free(letters[n]);
	letter_free(late);
	peer_close();
}

static void each_lie_ends_the_context(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		print_message("%s\n", lies[i].name);
		scene.created = scene.destroyed = 0;
		one_lie(lies[i].lie, lies[i].answered);
		assert_int_equal(scene.destroyed, 1);
	}
	assert_int_equal(scene_counters().gone, 0);
}

/* By hand and well: what the lies above are measured against. */
static void truth(void **state)
{
	struct letter *letter = letter_new(echo, 20, 10);

	(void)state;
	peer_open();
	assert_int_equal(letter_post(letter), STATUS_PENDING);
	answer(0, STATUS_ACCESS_DENIED, 10, 0);
	letter_came(letter, STATUS_ACCESS_DENIED, 10);
	assert_memory_equal(letter->output, "0123456789", 10);
	assert_int_equal(scene_counters().misbehaved, 0);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	letter_free(letter);
	peer_close();
}

static void answer_to_nothing(void **state)
{
	(void)state;
	peer_open();
	answer(0, STATUS_SUCCESS, 0, 0);
	while (!scene_counters().misbehaved)
		usleep(1000);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	peer_close();
}

/* The descriptors it holds: it can make them useless to itself, and to nobody else. */
static void spoiled_descriptors(void **state)
{
	const uint64_t full = UINT64_MAX - 1;
	struct letter *letter = letter_new(echo, 20, 10);
	struct epoll_event event = { .events = 0 };
	uint64_t count;

	(void)state;
	peer_open();
	/* not an eventfd: it cannot be filled, emptied, or made to block who writes it */
	assert_int_equal(write(peer.interrupt, &full, sizeof(full)), -1);
	assert_int_equal(read(peer.interrupt, &count, sizeof(count)), -1);
	assert_int_equal(epoll_ctl(peer.interrupt, EPOLL_CTL_ADD, peer.kick, &event), 0);
	assert_int_equal(fcntl(peer.kick, F_SETFL, 0), 0);
	assert_int_equal(letter_post(letter), STATUS_PENDING);
	answer(0, STATUS_SUCCESS, 3, 0);
	letter_came(letter, STATUS_SUCCESS, 3);
	assert_int_equal(fcntl(peer.kick, F_SETFL, O_NONBLOCK), 0);
	while (read(peer.kick, &count, sizeof(count)) > 0)
		;
	assert_int_equal(write(peer.kick, &full, sizeof(full)), sizeof(full));
	assert_int_equal(fcntl(peer.kick, F_SETFL, 0), 0);
	assert_int_equal(ftruncate(peer.memory, 0), -1);
	assert_int_equal(letter_post(letter), STATUS_PENDING);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	assert_int_equal(letter_called(letter), 2);
	assert_int_equal(letter->block.Status, STATUS_CANCELLED);
	letter_free(letter);
	peer_close();
}

/* ---- and all at once, at random ---- */

#define ROUNDS 60
#define LETTERS 12

static uint32_t dice(uint32_t sides)
{
	static uint64_t state = 0x9e3779b97f4a7c15ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % sides;
}

static bool stop;

/* Mostly what could be right, now and then anything. */
static void scribble(uint32_t *number)
{
	uint64_t *counts[] = { &peer.shared->answers.written, &peer.shared->requests.read,
		&peer.shared->requests.written, &peer.shared->answers.read };
	uint64_t *count = counts[dice(4)];

	switch (dice(12)) {
	case 0:
		put(count, *count + dice(64) - 32);
		break;
	case 1:
		put(count, (uint64_t)dice(UINT32_MAX) << dice(33));
		break;
	case 2:
		peer.shared->answer_bytes[dice(HVMC_LANE_BYTES)] = (uint8_t)dice(256);
		break;
	case 3:
		peer.shared->sief[dice(512)] = (uint64_t)dice(UINT32_MAX) << 16;
		break;
	case 4:
		peer.shared->requests.waiting = peer.shared->answers.waiting = dice(2);
		break;
	case 5:
		kick();
		break;
	case 6:
		answer(*number + dice(3) - 1, (NTSTATUS)dice(0x200), dice(600), dice(8) == 0);
		break;
	case 7:
		put(&peer.shared->requests.read, __atomic_load_n(&peer.shared->requests.written, __ATOMIC_SEQ_CST));
		break;
	default:
		answer((*number)++, STATUS_SUCCESS, dice(10), 0);
	}
}

/* Behaves for some messages, so that what follows meets every state. */
static void *hostile(void *arg)
{
	uint32_t number = 0;

	for (uint32_t truths = *(uint32_t *)arg; number < truths; number++)
		answer(number, STATUS_SUCCESS, dice(10), 0);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		scribble(&number);
		if (dice(20) == 0)
			usleep(200);
	}
	return NULL;
}

static void scribbled_context(void)
{
	uint32_t truths = dice(LETTERS);
	struct letter *letters[LETTERS];
	pthread_t thread;

	peer_open();
	__atomic_store_n(&stop, false, __ATOMIC_RELAXED);
	for (unsigned n = 0; n < LETTERS; n++) {
		letters[n] = letter_new(echo, n < LETTERS / 2 ? 100 : 40000, 500);
		letter_post(letters[n]);
	}
	assert_int_equal(pthread_create(&thread, NULL, hostile, &truths), 0);
	usleep(3000);
	assert_int_equal(hvcall_dxgk_miracast_destroy(scene.dxgk), STATUS_SUCCESS);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	for (unsigned n = 0; n < LETTERS; n++) {
		assert_int_equal(letter_called(letters[n]), letters[n]->result == STATUS_PENDING);
		assert_true(letters[n]->block.Information <= 500);
		letter_free(letters[n]);
	}
	peer_close();
}

static void random_scribbling(void **state)
{
	struct hvcall_dxgk_miracast_counters counters;

	(void)state;
	for (int round = 0; round < ROUNDS; round++)
		scribbled_context();
	counters = scene_counters();
	print_message("%d contexts, %u messages answered, %u contexts ended\n", ROUNDS, (unsigned)counters.answered,
		      (unsigned)counters.misbehaved);
	/* both were tried */
	assert_true(counters.answered > ROUNDS && counters.misbehaved > ROUNDS / 4);
	assert_int_equal(counters.sent, counters.answered + counters.cancelled);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, scene_open, scene_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(truth), CASE(each_lie_ends_the_context), CASE(answer_to_nothing), CASE(spoiled_descriptors),
		CASE(random_scribbling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
