/* SPDX-License-Identifier: MIT */
/*
 * test_dxgk_stress [SIGNALS]: eight threads signal events of two guests, of a local process and CPU event objects,
 * while the same threads destroy them, use them for the last time and make new ones, and a process comes and goes. A
 * guest's half is behind each guest's port. Checked is that no signal is lost, none reaches another event than its own,
 * and none fails but on an event that is being ended. Few signals where no number is given.
 */
#include <sched.h>
#include "dxgk_world.h"

#define THREADS 8
#define EVENTS 128              /* at a time, a quarter of each kind */
#define FLAGS 64u               /* of a port: two for each event */
#define FLEETING 8              /* events of the process that comes and goes */

enum kind { FIRST_GUEST, SECOND_GUEST, LOCAL, CPU, KINDS };

/* One event from its making to its end; kept until the end of the test. */
struct life {
	struct life *next;
	HANDLE event;
	unsigned flag;
	unsigned received, needed;      /* signals taken by the guest; at least so many must have been */
	bool of_guest;
	bool ended;                     /* somebody is about to end it: it may fail from now on */
};

struct seat {
	pthread_mutex_t lock;           /* one ends and makes */
	struct life *life;
};

static struct {
	struct dxgk_world w;
	HANDLE process[KINDS];
	hvcall_dxgk_guest *guest[2];
	int fd[KINDS];                  /* of LOCAL and CPU: all events of the kind */
	struct seat seats[EVENTS];
	struct life *lives;
	HANDLE fleeting, fleeting_events[FLEETING];
	long left;                      /* signals to be made */
	unsigned long made[KINDS], refused;
	bool done;
	unsigned wrong;                 /* a line that does not hold: cmocka's own asserts are for one thread */
} s;

#define HOLDS(condition) do { \
		if (!(condition)) \
			__atomic_store_n(&s.wrong, __LINE__, __ATOMIC_SEQ_CST); \
	} while (0)

static enum kind kind_of(const struct seat *seat)
{
	return (enum kind)((seat - s.seats) % KINDS);
}

static UINT flags_of(enum kind kind)
{
	return kind == CPU ? HVCALL_DXGK_CPU_EVENT_OBJECT : 0;
}

/* Raises *to to at least value. */
static void at_least(unsigned *to, unsigned value)
{
	unsigned old = __atomic_load_n(to, __ATOMIC_SEQ_CST);

	while (old < value && !__atomic_compare_exchange_n(to, &old, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

/* Taken by the guest: after a signal was made there is at least one more of these than before it. */
static void received(void *arg)
{
	__atomic_add_fetch(&((struct life *)arg)->received, 1, __ATOMIC_SEQ_CST);
}

static NTSTATUS signal_life(enum kind kind, struct life *life, UINT flags)
{
	unsigned before = __atomic_load_n(&life->received, __ATOMIC_SEQ_CST);
	NTSTATUS status = dxgk_signal(&s.w, s.process[kind], life->event, flags_of(kind) | flags);

	if (status == STATUS_SUCCESS) {
		at_least(&life->needed, before + 1);
		__atomic_add_fetch(&s.made[kind], 1, __ATOMIC_RELAXED);
	}
	return status;
}

static void map(enum kind kind, struct life *life)
{
	const struct hvcall_dxgk_guest_event event = { .eventfd = -1, .callback = received, .arg = life };

	/* the flag's last event, whose signals were all taken */
	hvcall_dxgk_guest_unmap(s.guest[kind], life->flag);
	HOLDS(hvcall_dxgk_guest_map(s.guest[kind], life->flag, &event) == STATUS_SUCCESS);
}

static void new_life(struct seat *seat)
{
	struct life *life = calloc(1, sizeof(*life)), *first;
	enum kind kind = kind_of(seat);
	NTSTATUS status = STATUS_SUCCESS;

	HOLDS(life != NULL);
	life->of_guest = kind == FIRST_GUEST || kind == SECOND_GUEST;
	if (kind == CPU)
		status = hvcall_dxgk_create_cpu_event(s.w.dxgk, NULL, s.fd[kind], &life->event);
	else if (kind == LOCAL)
		status = hvcall_dxgk_create_event(s.w.dxgk, s.process[kind], s.fd[kind], &life->event, NULL);
	else
		/* all flags may wait for the guest for a moment */
		while ((status = hvcall_dxgk_create_event(s.w.dxgk, s.process[kind], -1, &life->event,
							  &life->flag)) == STATUS_INSUFFICIENT_RESOURCES)
			sched_yield();
	HOLDS(status == STATUS_SUCCESS);
	if (life->of_guest)
		map(kind, life);
	first = __atomic_load_n(&s.lives, __ATOMIC_SEQ_CST);
	do {
		life->next = first;
	} while (!__atomic_compare_exchange_n(&s.lives, &first, life, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	__atomic_store_n(&seat->life, life, __ATOMIC_RELEASE);
}

static void end_life(struct seat *seat, bool last_use)
{
	struct life *life = seat->life;
	enum kind kind = kind_of(seat);

	__atomic_store_n(&life->ended, true, __ATOMIC_SEQ_CST);
	if (last_use)
		HOLDS(signal_life(kind, life, HVCALL_DXGK_LAST_USE) == STATUS_SUCCESS);
	else if (kind == CPU)
		HOLDS(hvcall_dxgk_destroy_cpu_event(s.w.dxgk, life->event) == STATUS_SUCCESS);
	else
		HOLDS(hvcall_dxgk_destroy_event(s.w.dxgk, s.process[kind], life->event) == STATUS_SUCCESS);
	HOLDS(signal_life(kind, life, 0) == STATUS_INVALID_HANDLE);
}

static void signal_seat(struct seat *seat)
{
	struct life *life = __atomic_load_n(&seat->life, __ATOMIC_ACQUIRE);
	NTSTATUS status = signal_life(kind_of(seat), life, 0);

	if (status == STATUS_SUCCESS)
		return;
	HOLDS(status == STATUS_INVALID_HANDLE);
	HOLDS(__atomic_load_n(&life->ended, __ATOMIC_SEQ_CST));
	__atomic_add_fetch(&s.refused, 1, __ATOMIC_RELAXED);
}

static void signal_fleeting(unsigned n)
{
	HANDLE process = __atomic_load_n(&s.fleeting, __ATOMIC_ACQUIRE);
	HANDLE event = __atomic_load_n(&s.fleeting_events[n % FLEETING], __ATOMIC_ACQUIRE);
	NTSTATUS status;

	if (!process || !event)
		return;
	status = dxgk_signal(&s.w, process, event, n % 64 ? 0 : HVCALL_DXGK_LAST_USE);
	HOLDS(status == STATUS_SUCCESS || status == STATUS_INVALID_HANDLE);
	if (status == STATUS_SUCCESS)
		__atomic_add_fetch(&s.made[FIRST_GUEST], 1, __ATOMIC_RELAXED);
}

static void *hammer(void *arg)
{
	unsigned random = (unsigned)(uintptr_t)arg * 2654435761u + 1;

	while (__atomic_sub_fetch(&s.left, 1, __ATOMIC_RELAXED) >= 0) {
		struct seat *seat;

		random = random * 1664525u + 1013904223u;
		seat = &s.seats[(random >> 8) % EVENTS];
		if (random >> 28 == 0)
			signal_fleeting(random >> 15);
		else
			signal_seat(seat);
		if (random >> 24 == 77 && !pthread_mutex_trylock(&seat->lock)) {
			end_life(seat, random >> 23 & 1);
			new_life(seat);
			pthread_mutex_unlock(&seat->lock);
		}
	}
	return NULL;
}

/* A process under whose events everything is destroyed while they are signalled. */
static void *come_and_go(void *arg)
{
	const struct hvbell_port port = dxgk_port(9, 1024, 64);
	uint64_t *word = hvbell_sief(s.w.card, GUEST, 0) + SINT * 32 + 1024 / 64;

	(void)arg;
	while (!__atomic_load_n(&s.done, __ATOMIC_SEQ_CST)) {
		HANDLE process, event;
		unsigned flag;

		HOLDS(hvcall_dxgk_create_process(s.w.dxgk, &port, 0x29, &process) == STATUS_SUCCESS);
		for (unsigned n = 0; n < FLEETING; n++) {
			HOLDS(hvcall_dxgk_create_event(s.w.dxgk, process, -1, &event, &flag) == STATUS_SUCCESS);
			__atomic_store_n(&s.fleeting_events[n], event, __ATOMIC_RELEASE);
		}
		__atomic_store_n(&s.fleeting, process, __ATOMIC_RELEASE);
		usleep(2000);
		HOLDS(hvcall_dxgk_destroy_process(s.w.dxgk, process) == STATUS_SUCCESS);
		/* nobody waits for these: as if the guest had taken them */
		__atomic_store_n(word, 0, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void start_guest(unsigned n)
{
	struct hvbell_port port = dxgk_port(n + 2, 0, FLAGS);
	struct hvcall_dxgk_guest_options options = { .sief = hvbell_sief(s.w.card, GUEST, 0), .sint = SINT + n,
		.flag_count = FLAGS };

	port.target_sint = SINT + n;
	assert_int_equal(hvcall_dxgk_create_process(s.w.dxgk, &port, 0x22 + n, &s.process[n]), STATUS_SUCCESS);
	options.eventfd = hvbell_eventfd(s.w.card, GUEST, 0, SINT + n);
	assert_int_equal(hvcall_dxgk_guest_open(&options, &s.guest[n]), STATUS_SUCCESS);
}

static void start(void)
{
	dxgk_world_card(&s.w);
	start_guest(0);
	start_guest(1);
	assert_int_equal(hvcall_dxgk_create_process(s.w.dxgk, NULL, 0, &s.process[LOCAL]), STATUS_SUCCESS);
	s.fd[LOCAL] = new_eventfd();
	s.fd[CPU] = new_eventfd();
	for (unsigned n = 0; n < EVENTS; n++) {
		pthread_mutex_init(&s.seats[n].lock, NULL);
		new_life(&s.seats[n]);
	}
}

static bool all_taken(void)
{
	const uint64_t *page = hvbell_sief(s.w.card, GUEST, 0);
	bool taken = true;

	assert_int_equal(hvbell_fence(s.w.card), 0);
	for (unsigned n = 0; n < 2; n++)
		for (unsigned word = 0; word < FLAGS / 64; word++)
			taken = taken && !__atomic_load_n(&page[(SINT + n) * 32 + word], __ATOMIC_SEQ_CST);
	return taken;
}

static void check(void)
{
	struct hvbell_counters counters;
	unsigned lives = 0;

	assert_int_equal(s.wrong, 0);
	BECOMES(all_taken());
	/* behind what a half is about to call */
	hvcall_dxgk_guest_close(s.guest[0]);
	hvcall_dxgk_guest_close(s.guest[1]);
	assert_int_equal(hvbell_counters(s.w.card, HOST, &counters), 0);
	assert_int_equal(counters.accepted + counters.coalesced, s.made[FIRST_GUEST] + s.made[SECOND_GUEST]);
	assert_true(eventfd_take(s.fd[LOCAL], 0) == s.made[LOCAL]);
	assert_true(eventfd_take(s.fd[CPU], 0) == s.made[CPU]);
	while (s.lives) {
		struct life *life = s.lives;
		if (life->of_guest)
			assert_true(life->received >= life->needed);
		s.lives = life->next;
		free(life);
		lives++;
	}
	print_message("# %lu, %lu, %lu, %lu signals of the four kinds, %lu refused, %u events, %llu coalesced\n",
		      s.made[0], s.made[1], s.made[2], s.made[3], s.refused, lives,
		      (unsigned long long)counters.coalesced);
}

static void under_fire(void **state)
{
	pthread_t threads[THREADS], fleeting;

	s.left = *(long *)*state;
	start();
	assert_int_equal(pthread_create(&fleeting, NULL, come_and_go, NULL), 0);
	for (uintptr_t n = 0; n < THREADS; n++)
		assert_int_equal(pthread_create(&threads[n], NULL, hammer, (void *)n), 0);
	for (unsigned n = 0; n < THREADS; n++)
		pthread_join(threads[n], NULL);
	__atomic_store_n(&s.done, true, __ATOMIC_SEQ_CST);
	pthread_join(fleeting, NULL);
	check();
	close(s.fd[LOCAL]);
	close(s.fd[CPU]);
	dxgk_world_end(&s.w);
}

int main(int argc, char **argv)
{
	long signals = argc > 1 ? atol(argv[1]) : 20000;
	void *state = &signals;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(under_fire, state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
