/* SPDX-License-Identifier: MIT */
/*
 * The library's calls, one behind the other, with the system or the card refusing one thing in turn: each is found and
 * told by the call that needed it. What the system refused is free of effect, so the same call then succeeds; a card
 * that fails is closed. Nothing is left mapped, open or allocated.
 */
#include <sys/eventfd.h>
#include <unistd.h>
#include "lib_world.h"
#include "refuse.h"

#define MOST 2000               /* things that the library asks for; far more than it does */

struct life {
	struct fake_dev *fake;
	hvbell_card *card;
	hvbell_sender sender;
	int eventfd;
};

static uint64_t page[2][512] __attribute__((aligned(4096)));

static void *memory(void *arg, uint64_t gpa, size_t len)
{
	(void)arg, (void)len;
	return page[gpa / 4096 % 2];
}

static int anyvp_port(struct life *l)
{
	struct hvbell_port port = world_port(2, HVBELL_ANY_VP, 64, 64);

	return hvbell_create_port(l->card, &port);
}

static int direct(struct life *l)
{
	bool newly;

	return hvbell_signal_direct(l->card, RECEIVER, 0, SINT, 9, &newly);
}

static int first_port(struct life *l)
{
	struct hvbell_port port = world_port(1, 0, 0, 64);

	return hvbell_create_port(l->card, &port);
}

static int descriptor(struct life *l)
{
	int fd = hvbell_eventfd(l->card, RECEIVER, 0, SINT);

	return fd < 0 ? fd : 0;
}

static int counters(struct life *l)
{
	struct hvbell_counters senders;
	struct hvbell_card_counters cards;
	uint64_t messages;
	int err = hvbell_counters(l->card, SENDER, &senders);

	err = err ? err : hvbell_card_counters(l->card, &cards);
	return err ? err : hvbell_messages(l->card, RECEIVER, 0, SINT, &messages);
}

static int records(struct life *l)
{
	struct hvbell_trace traces[4];
	struct hvbell_log logs[4];
	uint64_t lost;
	int n = hvbell_trace_read(l->card, traces, 4, &lost);

	n = n < 0 ? n : hvbell_log_read(l->card, logs, 4, &lost);
	return n < 0 ? n : 0;
}

static int registers(struct life *l)
{
	struct hvbell_sint sint;
	uint64_t value;
	bool faulty;
	int err = hvbell_vp_faulty(l->card, RECEIVER, 0, &faulty);

	err = err ? err : hvbell_vp_clear_fault(l->card, RECEIVER, 0);
	err = err ? err : hvbell_get_sint(l->card, RECEIVER, 0, SINT, &sint);
	return err ? err : hvbell_rdmsr(l->card, RECEIVER, 0, 0x40000080, &value);
}

/* Step n; 1: there are no more. */
static int step(struct life *l, unsigned n)
{
	const struct hvbell_sint sint = { .vector = 177 };

	switch (n) {
	case 0: return hvbell_partition_add(l->card, SENDER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS);
	case 1: return hvbell_partition_add(l->card, RECEIVER, HVBELL_ACTIVE, 0);
	case 2: return hvbell_partition_memory(l->card, RECEIVER, memory, NULL);
	case 3: return hvbell_vp_add(l->card, RECEIVER, 0);
	case 4: return hvbell_vp_add(l->card, RECEIVER, 1);
	case 5: return hvbell_set_scontrol(l->card, RECEIVER, 0, true);
	case 6: return hvbell_set_siefp(l->card, RECEIVER, 0, true, 0);
	case 7: return hvbell_set_sint(l->card, RECEIVER, 0, SINT, &sint);
	case 8: return hvbell_set_siefp(l->card, RECEIVER, 1, true, 0x1000);
	case 9: return first_port(l);
	case 10: return anyvp_port(l);
	case 11: return hvbell_connect_port(l->card, SENDER, 1, RECEIVER, 1);
	case 12: return hvbell_connect_port(l->card, SENDER, 2, RECEIVER, 2);
	case 13: return hvbell_sender_init(l->card, SENDER, 0, &l->sender);
	case 14: return hvbell_signal_sync(&l->sender, 1, HVBELL_DELIVERED);
	case 15: return descriptor(l);
	case 16: return hvbell_kick_bind(l->card, SENDER, 0, 1, 3);
	case 17: return hvbell_kick_sync(&l->sender, HVBELL_ACCEPTED);
	case 18: return direct(l);
	case 19: return hvbell_trace_enable(l->card, true);
	case 20: return counters(l);
	case 21: return records(l);
	case 22: return registers(l);
	case 23: return hvbell_fence(l->card);
	case 24: return hvbell_quiesce(l->card);
	case 25: return hvbell_resume(l->card);
	case 26: return hvbell_notice(l->card, HVBELL_NOTICE_ERROR, l->eventfd);
	case 27: return hvbell_set_siefp(l->card, RECEIVER, 0, true, 0x1000);
	case 28: return hvbell_set_siefp(l->card, RECEIVER, 1, false, 0);
	case 29: return hvbell_vp_reset(l->card, RECEIVER, 0);
	case 30: return hvbell_disconnect_port(l->card, SENDER, 1);
	case 31: return hvbell_delete_port(l->card, RECEIVER, 2);
	case 32: return hvbell_kick_unbind(l->card, SENDER, 0);
	case 33: return hvbell_partition_state(l->card, RECEIVER, HVBELL_FINALIZING);
	case 34: return hvbell_vp_remove(l->card, RECEIVER, 1);
	case 35: return hvbell_partition_remove(l->card, RECEIVER);
	case 36: return hvbell_reset(l->card);
	default: return 1;
	}
}

static void open_card(struct life *l)
{
	l->fake = fake_new();
	l->fake->has_notices = true;
}

/* A device that cannot be made a card is closed. */
static void reopen(struct life *l)
{
	assert_int_equal(l->fake->closed, 1);
	assert_int_equal(l->fake->maps, 0);
	fake_free(l->fake);
	open_card(l);
	assert_int_equal(hvbell_open_dev(&l->fake->dev, &l->card), 0);
}

/* True where a call was refused. */
static bool live(enum refused what, unsigned passes, bool again)
{
	struct life l = { .card = NULL };
	int err = 0;
	bool refused = false;

	l.eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	open_card(&l);
	refuse(what, passes);
	err = hvbell_open_dev(&l.fake->dev, &l.card);
	if (err) {
		refused = refuse_end();
		assert_true(refused && err < 0 && hvbell_error().what[0]);
		reopen(&l);
	}
	for (unsigned n = 0; (err = step(&l, n)) != 1; n++) {
		if (!err)
			continue;
		assert_false(refused);
		refused = refuse_end();
		assert_true(refused);
		if (!again)
			break;
		assert_int_equal(step(&l, n), 0);
	}
	/* what is refused is not passed over */
	assert_false(refuse_end());
	hvbell_close(l.card);
	assert_int_equal(l.fake->closed, 1);
	/* a card that fails may still reach its pages: they are its until it is closed */
	assert_true(l.fake->maps == 0 || !again);
	fake_free(l.fake);
	close(l.eventfd);
	return refused;
}

static void in_turn(enum refused what, bool again, unsigned least)
{
	unsigned passes = 0;

	while (passes < MOST && live(what, passes, again))
		passes++;
	assert_true(passes >= least && passes < MOST);
}

static void no_memory(void **state)
{
	(void)state;
	in_turn(REFUSED_MEMORY, true, 10);
}

static void no_descriptor(void **state)
{
	(void)state;
	in_turn(REFUSED_DESCRIPTOR, true, 2);
}

static void no_read(void **state)
{
	(void)state;
	in_turn(REFUSED_READ, false, 20);
}

static void no_write(void **state)
{
	(void)state;
	in_turn(REFUSED_WRITE, false, 50);
}

/* A simulated card is opened, or it is told that it cannot be. */
static void no_simulation(void **state)
{
	static const enum refused kinds[] = { REFUSED_MEMORY, REFUSED_THREAD };

	(void)state;
	for (unsigned kind = 0; kind < sizeof(kinds) / sizeof(*kinds); kind++)
		for (unsigned passes = 0, err = 1; err; passes++) {
			hvbell_card *card = NULL;

			refuse(kinds[kind], passes);
			err = hvbell_open("sim:?latency=none", &card) != 0;
			assert_int_equal(err, refuse_end());
			assert_true(!err || (!card && hvbell_error().what[0]));
			hvbell_close(card);
			assert_true(passes < MOST && (passes || err));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_memory),
		cmocka_unit_test(no_descriptor),
		cmocka_unit_test(no_read),
		cmocka_unit_test(no_write),
		cmocka_unit_test(no_simulation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
