/* SPDX-License-Identifier: MIT */
/* The guest's half: flags that the host's events set become the guest's events. */
#include "dxgk_world.h"

struct both {
	struct dxgk_world w;
	hvcall_dxgk_guest *guest;
	HANDLE event[3];
	unsigned flag[3];
};

static void both_new(struct both *both)
{
	struct hvcall_dxgk_guest_options options = { .sint = SINT, .base_flag = 128, .flag_count = 64 };

	memset(both, 0, sizeof(*both));
	dxgk_world_new(&both->w);
	options.sief = hvbell_sief(both->w.card, GUEST, 0);
	options.eventfd = hvbell_eventfd(both->w.card, GUEST, 0, SINT);
	for (unsigned n = 0; n < 3; n++)
		both->event[n] = dxgk_event(&both->w, both->w.process, &both->flag[n]);
	assert_int_equal(hvcall_dxgk_guest_open(&options, &both->guest), STATUS_SUCCESS);
}

static void both_end(struct both *both)
{
	hvcall_dxgk_guest_close(both->guest);
	dxgk_world_end(&both->w);
}

static void both_signal(struct both *both, unsigned n)
{
	assert_int_equal(dxgk_signal(&both->w, both->w.process, both->event[n], 0), STATUS_SUCCESS);
}

static void count(void *arg)
{
	__atomic_add_fetch((unsigned *)arg, 1, __ATOMIC_SEQ_CST);
}

/* By eventfd, by callback and to who waits, each for its own event. */
static void three_ways(void **state)
{
	unsigned calls = 0;
	struct hvcall_dxgk_guest_event how[3] = { { .eventfd = new_eventfd() },
		{ .eventfd = -1, .callback = count, .arg = &calls }, { .eventfd = -1 } };
	struct both b;

	(void)state;
	both_new(&b);
	for (unsigned n = 0; n < 3; n++)
		assert_int_equal(hvcall_dxgk_guest_map(b.guest, b.flag[n], &how[n]), STATUS_SUCCESS);
	for (unsigned n = 1; n <= 20; n++) {
		both_signal(&b, 0);
		assert_int_equal(eventfd_take(how[0].eventfd, 5000), 1);
		both_signal(&b, 1);
		BECOMES(__atomic_load_n(&calls, __ATOMIC_SEQ_CST) == n);
		assert_int_equal(hvcall_dxgk_guest_wait(b.guest, b.flag[2], 0), STATUS_TIMEOUT);
		both_signal(&b, 2);
		assert_int_equal(hvcall_dxgk_guest_wait(b.guest, b.flag[2], 5000), STATUS_SUCCESS);
	}
	assert_int_equal(eventfd_take(how[0].eventfd, 0), 0);
	/* a signal ends a wait for any kind of event, once */
	assert_int_equal(hvcall_dxgk_guest_wait(b.guest, b.flag[0], 0), STATUS_SUCCESS);
	assert_int_equal(hvcall_dxgk_guest_wait(b.guest, b.flag[0], 0), STATUS_TIMEOUT);
	assert_int_equal(hvcall_dxgk_guest_strays(b.guest), 0);
	both_end(&b);
	close(how[0].eventfd);
}

/* What was set before the half was there is taken, too, without an interrupt. */
static void flags_of_before(void **state)
{
	static uint64_t page[512];
	const struct hvcall_dxgk_guest_options options = { .sief = page, .sint = 5, .base_flag = 64,
		.flag_count = 128, .eventfd = new_eventfd() };
	hvcall_dxgk_guest *guest;

	(void)state;
	page[5 * 32 + 1] = 5;
	page[5 * 32 + 2] = 1ull << 63;
	page[5 * 32] = page[5 * 32 + 3] = UINT64_MAX;   /* not this port's */
	assert_int_equal(hvcall_dxgk_guest_open(&options, &guest), STATUS_SUCCESS);
	BECOMES(hvcall_dxgk_guest_strays(guest) == 3);
	assert_true(page[5 * 32 + 1] == 0 && page[5 * 32 + 2] == 0);
	assert_true(page[5 * 32] == UINT64_MAX && page[5 * 32 + 3] == UINT64_MAX);
	hvcall_dxgk_guest_close(guest);
	close(options.eventfd);
	page[5 * 32] = page[5 * 32 + 3] = 0;
}

struct setter {
	uint64_t *word;
	uint64_t set;                   /* that were clear before */
	int fd;
	pthread_t thread;
};

static void *set_flags(void *arg)
{
	struct setter *setter = arg;

	for (unsigned n = 0; setter->set < 30000; n++) {
		uint64_t bit = 1ull << n % 64;

		if (__atomic_fetch_or(setter->word, bit, __ATOMIC_ACQ_REL) & bit)
			continue;
		setter->set++;
		dxgk_eventfd_signal(setter->fd);
	}
	return NULL;
}

/* Flags are taken while others are set in the same word, as the card sets them: each is taken once. */
static void each_flag_once(void **state)
{
	static uint64_t page[512];
	const struct hvcall_dxgk_guest_options options = { .sief = page, .flag_count = 64, .eventfd = new_eventfd() };
	struct setter setters[2];
	hvcall_dxgk_guest *guest;

	(void)state;
	assert_int_equal(hvcall_dxgk_guest_open(&options, &guest), STATUS_SUCCESS);
	for (unsigned n = 0; n < 2; n++) {
		setters[n] = (struct setter){ .word = page, .fd = options.eventfd };
		assert_int_equal(pthread_create(&setters[n].thread, NULL, set_flags, &setters[n]), 0);
	}
	for (unsigned n = 0; n < 2; n++)
		pthread_join(setters[n].thread, NULL);
	BECOMES(hvcall_dxgk_guest_strays(guest) == setters[0].set + setters[1].set);
	hvcall_dxgk_guest_close(guest);
	close(options.eventfd);
}

static void mapping(void **state)
{
	const struct hvcall_dxgk_guest_event plain = { .eventfd = -1 };
	const struct hvcall_dxgk_guest_event wrong = { .eventfd = 0x7fff0000 };
	struct both b;

	(void)state;
	both_new(&b);
	assert_int_equal(hvcall_dxgk_guest_map(b.guest, 64, &plain), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_guest_map(b.guest, 0, NULL), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_guest_map(NULL, 0, &plain), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_guest_map(b.guest, 0, &wrong), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_guest_wait(b.guest, 0, 0), STATUS_INVALID_HANDLE);
	assert_int_equal(hvcall_dxgk_guest_wait(b.guest, 64, 0), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_guest_unmap(b.guest, 0), STATUS_INVALID_HANDLE);
	assert_int_equal(hvcall_dxgk_guest_unmap(b.guest, 64), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_guest_map(b.guest, 0, &plain), STATUS_SUCCESS);
	assert_int_equal(hvcall_dxgk_guest_map(b.guest, 0, &plain), STATUS_RESOURCE_IN_USE);
	both_signal(&b, 0);
	BECOMES(!dxgk_flag(&b.w, 0));
	assert_int_equal(hvcall_dxgk_guest_unmap(b.guest, 0), STATUS_SUCCESS);
	/* the next event begins unsignalled */
	assert_int_equal(hvcall_dxgk_guest_map(b.guest, 0, &plain), STATUS_SUCCESS);
	assert_int_equal(hvcall_dxgk_guest_wait(b.guest, 0, 0), STATUS_TIMEOUT);
	assert_int_equal(hvcall_dxgk_guest_unmap(b.guest, 0), STATUS_SUCCESS);
	both_signal(&b, 0);
	BECOMES(hvcall_dxgk_guest_strays(b.guest) == 1);
	both_end(&b);
}

static void wrong_halves(void **state)
{
	static uint64_t page[512];
	const struct hvcall_dxgk_guest_options good = { .sief = page, .sint = SINT, .flag_count = 64,
		.eventfd = new_eventfd() };
	struct hvcall_dxgk_guest_options options;
	hvcall_dxgk_guest *guest;

	(void)state;
#define BAD(field, value) do { \
		options = good; \
		options.field = (value); \
		assert_int_equal(hvcall_dxgk_guest_open(&options, &guest), STATUS_INVALID_PARAMETER); \
	} while (0)
	BAD(sief, NULL);
	BAD(sint, 16);
	BAD(base_flag, 1);
	BAD(base_flag, 2048);
	BAD(base_flag, 0xffffffc0);
	BAD(flag_count, 0);
	BAD(flag_count, 32);
	BAD(flag_count, 2112);
	BAD(eventfd, -1);
	assert_int_equal(hvcall_dxgk_guest_open(NULL, &guest), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_guest_open(&good, NULL), STATUS_INVALID_PARAMETER);
	hvcall_dxgk_guest_close(NULL);
	close(good.eventfd);
}

struct waiter {
	hvcall_dxgk_guest *guest;
	unsigned flag;
	NTSTATUS status;
	pthread_t thread;
};

static void *wait_long(void *arg)
{
	struct waiter *waiter = arg;

	waiter->status = hvcall_dxgk_guest_wait(waiter->guest, waiter->flag, waiter->flag ? 60000 : -1);
	return NULL;
}

static void start_waiters(struct both *b, struct waiter waiters[2])
{
	const struct hvcall_dxgk_guest_event plain = { .eventfd = -1 };

	for (unsigned n = 0; n < 2; n++) {
		waiters[n] = (struct waiter){ .guest = b->guest, .flag = b->flag[n], .status = STATUS_PENDING };
		assert_int_equal(hvcall_dxgk_guest_map(b->guest, b->flag[n], &plain), STATUS_SUCCESS);
		assert_int_equal(pthread_create(&waiters[n].thread, NULL, wait_long, &waiters[n]), 0);
	}
	usleep(50000);
}

/* Waiters are woken by the signal of their own event, by its unmapping, and by the end. */
static void waiters(void **state)
{
	struct waiter waiter[2];
	struct both b;

	(void)state;
	both_new(&b);
	start_waiters(&b, waiter);
	both_signal(&b, 1);
	pthread_join(waiter[1].thread, NULL);
	assert_int_equal(waiter[1].status, STATUS_SUCCESS);
	assert_int_equal(hvcall_dxgk_guest_unmap(b.guest, 0), STATUS_SUCCESS);
	assert_int_equal(hvcall_dxgk_guest_unmap(b.guest, 1), STATUS_SUCCESS);
	pthread_join(waiter[0].thread, NULL);
	assert_int_equal(waiter[0].status, STATUS_CANCELLED);
	start_waiters(&b, waiter);
	both_end(&b);
	for (unsigned n = 0; n < 2; n++) {
		pthread_join(waiter[n].thread, NULL);
		assert_int_equal(waiter[n].status, STATUS_CANCELLED);
	}
}

static void slow_count(void *arg)
{
	usleep(100000);
	count(arg);
}

/* On return from unmapping the callback is done. */
static void unmap_waits(void **state)
{
	unsigned calls = 0;
	const struct hvcall_dxgk_guest_event slow = { .eventfd = -1, .callback = slow_count, .arg = &calls };
	struct both b;

	(void)state;
	both_new(&b);
	assert_int_equal(hvcall_dxgk_guest_map(b.guest, b.flag[0], &slow), STATUS_SUCCESS);
	both_signal(&b, 0);
	BECOMES(!dxgk_flag(&b.w, b.flag[0]));
	assert_int_equal(hvcall_dxgk_guest_unmap(b.guest, b.flag[0]), STATUS_SUCCESS);
	assert_int_equal(__atomic_load_n(&calls, __ATOMIC_SEQ_CST), 1);
	both_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_ways),
		cmocka_unit_test(flags_of_before),
		cmocka_unit_test(each_flag_once),
		cmocka_unit_test(mapping),
		cmocka_unit_test(wrong_halves),
		cmocka_unit_test(waiters),
		cmocka_unit_test(unmap_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
