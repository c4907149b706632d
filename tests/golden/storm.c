/* SPDX-License-Identifier: MIT */
/*
 * Two ports of two senders on the same flags of one SINT, so that their AtomicOps collide: three threads signal through
 * them, one signals directly, one takes what hvbell_wait() wakes it for, one clears flags unasked.
 */
#include "storm.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "history.h"
#include "random.h"

#define RECEIVER 1u
#define SINT 2u
#define FLAGS 6u
#define PORT_FLAGS 128u
#define BURST 4u                 /* signals of a thread in a row, on average */
#define PRODUCERS 4u
#define LAST 100u                /* the flag whose taking ends the waiting thread */
#define SLEEPERS 5u              /* of flags[]: nobody but the sleeper takes this one */
#define LOST_MS 30000            /* a sleeper that leaves it for so long has missed its wake-up */

static const unsigned flags[FLAGS] = { 0, 1, 63, 64, 65, 127 };

enum role { SIGNAL, DIRECT, WAIT, CLEAR, ROLES };

struct storm;

struct actor {
	pthread_t thread;
	struct storm *storm;
	enum role role;
	hvbell_sender sender;
	struct random_source random;
	struct history_op *ops[FLAGS];
	size_t count[FLAGS], room;
	uint64_t since;                  /* WAIT: when its call began */
	unsigned bursts;                 /* to make */
	bool ended;
	int err;
};

struct storm {
	hvbell_card *card;
	atomic_uint_fast64_t clock;      /* tickets */
	atomic_bool over;
	pthread_barrier_t quiet;         /* of those who signal */
	struct actor actors[6];
};

#define ACTORS (sizeof(((struct storm *)NULL)->actors) / sizeof(struct actor))

static uint64_t ticket(struct storm *s)
{
	return atomic_fetch_add(&s->clock, 1) + 1;
}

static void note(struct actor *a, unsigned flag, enum history_kind kind, int result, uint64_t from)
{
	if (a->count[flag] == a->room) {
		a->err = -ENOMEM;
		return;
	}
	a->ops[flag][a->count[flag]++] = (struct history_op){ kind, result, from, ticket(a->storm) };
}

/* Until the sleeper has taken its flag. */
static void await_sleeper(struct actor *a)
{
	const uint64_t *words = hvbell_sief(a->storm->card, RECEIVER, 0) + SINT * HVBELL_FLAGS / 64;
	const unsigned flag = flags[SLEEPERS];

	for (unsigned n = 0; __atomic_load_n(&words[flag / 64], __ATOMIC_ACQUIRE) >> flag % 64 & 1; n++) {
		if (n == LOST_MS * 10) {
			a->err = -ETIME;
			return;
		}
		usleep(100);
	}
}

static void signal_flag(struct actor *a, unsigned flag)
{
	uint64_t from = ticket(a->storm), input = (uint64_t)flags[flag] << 32 | 7;
	bool newly = false;

	if (a->role == DIRECT)
		a->err = hvbell_signal_direct(a->storm->card, RECEIVER, 0, SINT, flags[flag], &newly);
	else
		a->err = hvbell_signal_sync(&a->sender, input, HVBELL_DELIVERED);
	note(a, flag, HISTORY_SET, a->role == DIRECT ? newly : HISTORY_UNKNOWN, from);
}

/* Bursts that all begin together; each ends with the sleeper's flag, and with quiet, in which nothing but that flag's
 * own interrupt can wake it. */
static void signal_flags(struct actor *a)
{
	for (unsigned n = 0; n < a->bursts; n++) {
		unsigned count = a->role == DIRECT ? 0 : (unsigned)random_below(&a->random, 2 * BURST - 1);

		for (unsigned i = 0; i < count && !a->err; i++)
			signal_flag(a, (unsigned)random_below(&a->random, FLAGS));
		if (!a->err && (a->role != DIRECT || random_chance(&a->random, 30)))
			signal_flag(a, SLEEPERS);
		pthread_barrier_wait(&a->storm->quiet);
		if (!a->err)
			await_sleeper(a);
		pthread_barrier_wait(&a->storm->quiet);
	}
}

/* A flag taken twice in one call: the second time after the first. */
static void taken(void *arg, unsigned sint, unsigned number)
{
	struct actor *a = arg;
	unsigned flag = 0;

	(void)sint;
	a->ended |= number == LAST;
	while (flag < FLAGS && flags[flag] != number)
		flag++;
	if (flag < FLAGS) {
		size_t n = a->count[flag];
		uint64_t before = n ? a->ops[flag][n - 1].to : 0, from = a->since++;

		note(a, flag, HISTORY_TAKE, 1, before > from ? before : from);
	} else if (number != LAST) {
		a->err = -EILSEQ;
	}
}

static void wait_flags(struct actor *a)
{
	while (!a->ended && !a->err) {
		int count;

		/* as many tickets as a call may need to begin with: no two operations begin at one */
		a->since = atomic_fetch_add(&a->storm->clock, 100000) + 1;
		count = hvbell_wait(a->storm->card, RECEIVER, 0, SINT, -1, taken, a);
		if (count < 0)
			a->err = count;
		if (random_chance(&a->random, 5))
			usleep(100);
	}
}

static void clear_flags(struct actor *a)
{
	while (!atomic_load(&a->storm->over) && !a->err) {
		unsigned flag = (unsigned)random_below(&a->random, SLEEPERS);
		uint64_t from = ticket(a->storm);
		bool was = hvbell_clear_flag(a->storm->card, RECEIVER, 0, SINT, flags[flag]);

		if (was || a->count[flag] < a->room / 2)
			note(a, flag, HISTORY_TAKE, was, from);
		usleep((useconds_t)random_below(&a->random, 300));
	}
}

static void *act(void *arg)
{
	static void (*const roles[ROLES])(struct actor *) = { signal_flags, signal_flags, wait_flags, clear_flags };
	struct actor *a = arg;

	roles[a->role](a);
	return NULL;
}

static int connect_senders(hvbell_card *card)
{
	int err = 0;

	for (uint64_t sender = 2; sender < 4 && !err; sender++) {
		const struct hvbell_port port = { .partition = RECEIVER, .id = (uint32_t)sender, .target_sint = SINT,
						  .type = HVBELL_PORT_EVENT, .connection_partition = sender,
						  .flag_count = PORT_FLAGS };

		err = hvbell_partition_add(card, sender, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS);
		if (!err)
			err = hvbell_create_port(card, &port);
		if (!err)
			err = hvbell_connect_port(card, sender, 7, RECEIVER, (uint32_t)sender);
	}
	return err;
}

static int make_world(struct storm *s)
{
	const struct hvbell_sint sint = { .vector = 50 };
	int err = hvbell_reset(s->card);

	if (!err)
		err = hvbell_partition_add(s->card, RECEIVER, HVBELL_ACTIVE, 0);
	if (!err)
		err = hvbell_vp_add(s->card, RECEIVER, 0);
	if (!err)
		err = hvbell_set_sint(s->card, RECEIVER, 0, SINT, &sint);
	if (!err)
		err = hvbell_set_siefp(s->card, RECEIVER, 0, true, 0x100000);
	if (!err)
		err = hvbell_set_scontrol(s->card, RECEIVER, 0, true);
	return err ? err : connect_senders(s->card);
}

static int make_actor(struct storm *s, struct actor *a, enum role role, uint64_t seed, unsigned signals)
{
	unsigned number = (unsigned)(a - s->actors);

	a->storm = s;
	a->role = role;
	a->random.state = seed * ACTORS + number;
	a->bursts = signals / 3 / BURST;
	a->room = 2 * (size_t)signals + 100;
	for (unsigned f = 0; f < FLAGS; f++) {
		a->ops[f] = calloc(a->room, sizeof(*a->ops[f]));
		if (!a->ops[f])
			return -ENOMEM;
	}
	return role == SIGNAL ? hvbell_sender_init(s->card, number < 2 ? 2 : 3, number, &a->sender) : 0;
}

/* Ends what waits: the last flag is taken after all others. */
static int end(struct storm *s)
{
	int err = hvbell_fence(s->card);

	atomic_store(&s->over, true);
	return err ? err : hvbell_signal_sync(&s->actors[0].sender, (uint64_t)LAST << 32 | 7, HVBELL_DELIVERED);
}

static int run(struct storm *s)
{
	unsigned started = 0;
	int err = 0;

	while (started < ACTORS && !err) {
		err = -pthread_create(&s->actors[started].thread, NULL, act, &s->actors[started]);
		started += !err;
	}
	/* those who signal come first, and end of themselves */
	for (unsigned i = 0; i < started; i++) {
		if (i == PRODUCERS) {
			int failed = end(s);

			err = err ? err : failed;
		}
		pthread_join(s->actors[i].thread, NULL);
	}
	return err;
}

static int judge_flag(struct storm *s, unsigned flag, char *why, size_t size, uint64_t *takes)
{
	struct history_op *all;
	size_t count = 0, wrong;
	bool good;

	for (unsigned i = 0; i < ACTORS; i++)
		count += s->actors[i].count[flag];
	all = calloc(count + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	count = 0;
	for (unsigned i = 0; i < ACTORS; i++)
		for (size_t n = 0; n < s->actors[i].count[flag]; n++) {
			all[count] = s->actors[i].ops[flag][n];
			*takes += all[count].kind == HISTORY_TAKE && all[count].result;
			count++;
		}
	good = history_linearizable(all, count, &wrong);
	if (!good)
		snprintf(why, size, "flag %u: no order explains its %zu operations; number %zu is wrong", flags[flag],
			 count, wrong);
	free(all);
	return !good;
}

static int judge(struct storm *s, char *why, size_t size)
{
	const uint64_t *page = hvbell_sief(s->card, RECEIVER, 0);
	uint64_t messages = 0, takes = 0;
	int err = 0;

	for (unsigned i = 0; i < ACTORS; i++)
		if (s->actors[i].err) {
			snprintf(why, size, "thread %u: %s", i, s->actors[i].err == -ETIME ? "a wake-up was lost" :
				 s->actors[i].err == -EILSEQ ? "took a flag that nobody signalled" :
				 "a call failed");
			return 1;
		}
	for (unsigned f = 0; f < FLAGS && !err; f++)
		err = judge_flag(s, f, why, size, &takes);
	if (!err)
		err = hvbell_messages(s->card, RECEIVER, 0, SINT, &messages);
	/* those left over count, and the last one */
	for (unsigned w = 0; w < HVBELL_SIEF_BYTES / 8; w++)
		takes += (unsigned)__builtin_popcountll(page[w]);
	if (!err && (!messages || messages > takes + 1)) {
		snprintf(why, size, "%llu messages for %llu flags", (unsigned long long)messages,
			 (unsigned long long)takes);
		err = 1;
	}
	return err;
}

int storm(hvbell_card *card, uint64_t seed, unsigned signals, char *why, size_t size)
{
	static const enum role roles[ACTORS] = { SIGNAL, SIGNAL, SIGNAL, DIRECT, WAIT, CLEAR };
	struct storm *s = calloc(1, sizeof(*s));
	int err = s ? 0 : -ENOMEM;

	snprintf(why, size, "no memory");
	if (s) {
		s->card = card;
		err = -pthread_barrier_init(&s->quiet, NULL, PRODUCERS);
		err = err ? err : make_world(s);
		for (unsigned i = 0; i < ACTORS && !err; i++)
			err = make_actor(s, &s->actors[i], roles[i], seed, signals);
		if (!err)
			err = run(s);
		if (err)
			snprintf(why, size, "%s", hvbell_error().what);
		else
			err = judge(s, why, size);
		for (unsigned i = 0; i < ACTORS; i++)
			for (unsigned f = 0; f < FLAGS; f++)
				free(s->actors[i].ops[f]);
	}
	if (s)
		pthread_barrier_destroy(&s->quiet);
	free(s);
	return err;
}
