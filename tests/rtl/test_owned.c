/* SPDX-License-Identifier: MIT */
/*
 * `owned` mode (docs/design.md 2, "Owned words"): the card keeps the SIEF words, writes each change to memory and sends
 * the message behind it; an ACK clears flags, exactly those it says. Two ports may share a SIEF word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define PARTS 8
#define HOMES 16                         /* SIEF words of receiver n % PARTS: pending words that stand for themselves */
#define PORTS 64                         /* behind them; port n is of partition n % PARTS, SIEF word n % HOMES */
#define PORT_WORD(n) (100 + (n))
#define PORT_ID(n) (0x1000 + (n))

struct world {
	struct stand *s;
	uint64_t grown[HOMES];           /* writes that set a flag */
	unsigned order;                  /* messages that came before their flag */
	uint64_t told[HOMES];
};

static void home_record(struct stand *s, unsigned n, uint64_t addr)
{
	struct stand_word word = { .index = n, .own = n, .state = HVB_WSTATE_ON, .rpart = n % PARTS, .vector = n,
		.vp = n, .addr = addr };

	stand_word(s, &word);
}

static void saw_write(void *arg, unsigned word, uint64_t before)
{
	struct world *w = arg;

	w->grown[word] += (w->s->memory[word] & ~before) != 0;
}

static void saw_message(void *arg, unsigned vector)
{
	struct world *w = arg;

	if (++w->told[vector] > w->grown[vector])
		w->order++;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->s = stand_new();
	w->s->on_write = saw_write;
	w->s->on_message = saw_message;
	w->s->arg = w;
	stand_reg_write(w->s, HVB_R_CONTROL, HVB_CONTROL_OWNED_MASK);
	for (unsigned p = 0; p < PARTS; p++)
		stand_partition(w->s, p, true, true);
	for (unsigned n = 0; n < HOMES; n++) {
		home_record(w->s, n, STAND_MEMORY + 8 * n);
		stand_vector(w->s, n, false);
	}
	for (unsigned n = 0; n < PORTS; n++) {
		unsigned home = n % HOMES;
		struct stand_word word = { .index = PORT_WORD(n), .own = home, .state = HVB_WSTATE_ON,
			.rpart = home % PARTS, .vector = home, .vp = home, .addr = STAND_MEMORY + 8 * home };
		struct stand_conn conn = { .part = n / HOMES, .id = PORT_ID(n), .verdict = HVB_VERDICT_OK,
			.word = PORT_WORD(n), .count = 64, .rpart = home % PARTS };

		stand_word(w->s, &word);
		stand_conn(w->s, &conn);
	}
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	stand_free(w->s);
	free(w);
	return 0;
}

static void bell(struct stand *s, struct hvb_tlp *tlp, unsigned port, unsigned flag)
{
	(void)s;
	stand_doorbell(tlp, port / HOMES, 0, stand_input(PORT_ID(port), flag));
}

static void ring(struct stand *s, unsigned port, unsigned flag)
{
	struct hvb_tlp tlp;

	bell(s, &tlp, port, flag);
	stand_send(s, &tlp);
}

static void ack_tlp(struct hvb_tlp *tlp, unsigned part, unsigned slot, uint64_t data)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_MWR };
	uint64_t addr = stand_signal_addr(part, slot) + HVB_S_ACK;

	hvb_tlp_span(&head, addr, 8);
	hvb_tlp_build(&head, tlp);
	hvb_tlp_put(tlp, addr, 8, data);
}

static uint64_t ack_data(unsigned home, bool half, uint32_t flags)
{
	return home | (uint64_t)half << HVB_ACK_HALF_SHIFT | (uint64_t)flags << HVB_ACK_FLAGS_SHIFT;
}

static uint64_t acked(struct stand *s, unsigned part, unsigned slot)
{
	return stand_read64(s, stand_signal_addr(part, slot) + HVB_S_ACKED);
}

static void send_ack(struct stand *s, unsigned part, unsigned slot, uint64_t data)
{
	struct hvb_tlp tlp;

	ack_tlp(&tlp, part, slot, data);
	stand_send(s, &tlp);
}

/* Both halves of a SIEF word, by its receiver: what was cleared. */
static uint64_t take(struct stand *s, unsigned home, uint64_t flags)
{
	unsigned part = home % PARTS;
	uint64_t low, high;

	send_ack(s, part, 3, ack_data(home, false, (uint32_t)flags));
	low = acked(s, part, 3) >> HVB_ACK_FLAGS_SHIFT;
	send_ack(s, part, 3, ack_data(home, true, (uint32_t)(flags >> 32)));
	high = acked(s, part, 3) >> HVB_ACK_FLAGS_SHIFT;
	return low | high << 32;
}

static void test_write_and_message(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	for (unsigned i = 0; i < 100; i++) {
		uint64_t before = stand_now(s);

		s->messages = 0;
		ring(s, i % PORTS, i % 64);
		stand_run(s, 40 + i % 5);
		assert_int_equal(s->last_write_cycle - before, 6);
		assert_int_equal(s->messages, 1);
		assert_int_equal(s->first_message_cycle - s->last_write_cycle, 1);
		assert_true(stand_delivered(s, i % PORTS / HOMES, 0));
		assert_true(take(s, i % HOMES, ~0ull) == 1ull << i % 64);
		stand_run(s, 40);
		assert_true(s->memory[i % HOMES] == 0);
	}
	assert_int_equal(s->atomics, 0);
	assert_int_equal(stand_reg(s, HVB_R_N_WRITE), s->writes);
}

/* A flag that is set already, by whatever port, is written again and tells nobody. */
static void test_shared_word(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	for (unsigned port = 0; port < PORTS; port += HOMES) {
		ring(s, port, 5);
		ring(s, port, 6 + port / HOMES);
		stand_run(s, 60);
	}
	assert_true(s->memory[0] == (1 | 2 | 4 | 8 | 16) << 5);
	assert_int_equal(s->vector_messages[0], 1 + PORTS / HOMES);
	assert_true(take(s, 0, 1 << 5 | 1 << 7) == (1 << 5 | 1 << 7));
	assert_true(take(s, 0, ~0ull) == (1 << 6 | 1 << 8 | 1 << 9));
}

/* Who may: the word's own partition, for a word that stands for itself; nothing else has any effect but a count. */
static void test_refused(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;
	const uint64_t bad[] = { ack_data(1, false, 2) | 1 << 17, ack_data(1, false, 2) | 1 << 12,
		ack_data(0, false, 2), ack_data(PORT_WORD(1), false, 2), ack_data(3000, false, 2),
		ack_data(4095, false, 2), ack_data(2048 + 1, false, 2) };
	uint32_t before = stand_count(s, 1, HVB_CNT_BAD_OFFSET);

	ring(s, 1, 1);
	ring(s, 0, 1);
	stand_run(s, 60);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		send_ack(s, 1, 4, ack_data(1, true, 1));
		send_ack(s, 1, 4, bad[i]);
		stand_run(s, 60);
		assert_int_equal(stand_count(s, 1, HVB_CNT_BAD_OFFSET), before + i + 1);
	}
	assert_int_equal(acked(s, 1, 4), 1); /* cleared nothing, and nothing is to be waited for */
	assert_true(s->memory[0] == 2 && s->memory[1] == 2);
	stand_reg_write(s, HVB_R_CONTROL, 0);
	send_ack(s, 1, 4, ack_data(1, false, 2));
	stand_run(s, 60);
	assert_int_equal(stand_count(s, 1, HVB_CNT_BAD_OFFSET), before + sizeof(bad) / sizeof(*bad) + 1);
	stand_reg_write(s, HVB_R_CONTROL, HVB_CONTROL_OWNED_MASK);
	assert_true(take(s, 1, ~0ull) == 2);
}

/* ACKED says when memory shows it; STATUS and DELIVERED of the slot are the signal's. */
static void test_acked_is_visible(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	ring(s, 0, 9);
	stand_run(s, 60);
	s->stall_p = 256;
	ring(s, 0, 10);
	send_ack(s, 0, 0, ack_data(0, false, 1 << 9));
	stand_run(s, 60);
	assert_true(s->memory[0] == 1 << 9);
	s->stall_p = 0;
	uint64_t said = acked(s, 0, 0);
	assert_true(said == (1ull << 9 << 32 | 1));
	assert_true(s->memory[0] == 1 << 10);
	assert_int_equal(stand_status(s, 0, 0) & 0xffff, HVB_STATUS_SUCCESS);
	assert_true(stand_delivered(s, 0, 0));
	stand_reg_write(s, HVB_R_CONTROL, HVB_CONTROL_OWNED_MASK | HVB_CONTROL_QUIESCE_MASK);
	send_ack(s, 0, 0, ack_data(0, false, 1 << 10));
	assert_true(acked(s, 0, 0) == 1ull << 10 << 32);         /* cleared, not shown */
	stand_reg_write(s, HVB_R_CONTROL, HVB_CONTROL_OWNED_MASK);
	stand_run(s, 60);
	assert_true(acked(s, 0, 0) == (1ull << 10 << 32 | 1) && s->memory[0] == 0);
}

/* Signals from all, acks from all, outputs that stall: what was signalled and not taken since is there in the end. */
static void test_random(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;
	static uint64_t sent[HOMES][64], found[HOMES][64];
	uint64_t must[HOMES] = { 0 };

	s->on_message = NULL;
	for (unsigned i = 0; i < 60000; i++) {
		unsigned home = (unsigned)(stand_random(s) % HOMES), flag = (unsigned)(stand_random(s) % 64);

		if (i % 4096 == 0)
			s->stall_p = (unsigned)(stand_random(s) % 3) * 110;
		if (stand_random(s) % 16) {
			ring(s, home + HOMES * (unsigned)(stand_random(s) % (PORTS / HOMES)), flag);
			must[home] |= 1ull << flag;
			sent[home][flag]++;
			continue;
		}
		uint64_t mask = stand_random(s), got = take(s, home, mask);
		assert_true((got & ~mask) == 0);
		must[home] &= ~got;      /* the one signal there was, or another that came before the ACK */
		for (unsigned f = 0; f < 64; f++)
			found[home][f] += got >> f & 1;
	}
	s->stall_p = 0;
	assert_true(stand_drain(s, 20000));
	stand_run(s, 200);
	for (unsigned home = 0; home < HOMES; home++) {
		uint64_t left = s->memory[home];

		assert_true((must[home] & ~left) == 0);
		assert_true(take(s, home, ~0ull) == left);
		for (unsigned f = 0; f < 64; f++)
			assert_true(found[home][f] + (left >> f & 1) <= sent[home][f]);
	}
	assert_int_equal(s->atomics, 0);
}

/* Without acks every message is behind a write of its own that set a flag, and no such write is without. */
static void test_messages_are_behind(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	for (unsigned round = 0; round < 40; round++) {
		s->stall_p = round % 3 * 100;
		for (unsigned i = 0; i < 400; i++)
			ring(s, (unsigned)(stand_random(s) % PORTS), (unsigned)(stand_random(s) % 64));
		s->stall_p = 0;
		assert_true(stand_drain(s, 20000));
		stand_run(s, 100);
		for (unsigned home = 0; home < HOMES; home++) {
			assert_int_equal(w->told[home], w->grown[home]);
			take(s, home, ~0ull);
		}
		stand_run(s, 100);
	}
	assert_int_equal(w->order, 0);
	assert_true(s->messages > 1000);
}

/* Writes that tell nobody take every beat: a message still goes at once behind its own. */
static void test_message_is_not_starved(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;
	struct hvb_tlp tlp;

	for (unsigned home = 1; home < HOMES; home++)
		ring(s, home, 0);
	stand_run(s, 100);
	s->messages = 0;
	for (unsigned i = 0; i < 4000; i++) {
		bell(s, &tlp, i % 400 == 399 ? 0 : i % PORTS % HOMES ? i % PORTS : 1, i % 400 == 399 ? i / 400 : 0);
		assert_true(stand_clock(s, &tlp));
		if (i > 100 && i % 400 == 0)
			assert_int_equal(s->messages, i / 400 - (i % 400 < 50));
	}
	stand_run(s, 100);
	assert_int_equal(s->messages, 10);
}

/* A partition that acks in every cycle it can takes half of the beats, not more. */
static void test_flood_of_acks(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;
	struct hvb_tlp flood;
	unsigned taken = 0, worst = 0;

	ack_tlp(&flood, 1, 0, ack_data(1, false, ~0u));
	for (unsigned i = 0; i < 200; i++) {
		uint64_t before = stand_now(s), messages = s->messages;

		ring(s, 2, i % 64);
		while (s->messages == messages && stand_now(s) < before + 500)
			taken += stand_clock(s, &flood);
		if (stand_now(s) - before > worst)
			worst = (unsigned)(stand_now(s) - before);
		assert_true(take(s, 2, ~0ull) == 1ull << i % 64);
	}
	print_message("a message beside a flood of acks: %u cycles at worst\n", worst);
	assert_true(worst < 40);
	assert_true(taken > 200);
}

/* A VP that is off: nothing of it is written, its flags stay; a drain ends. Back on, they can be taken. */
static void test_vp_off(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	ring(s, 0, 1);
	ring(s, 0, 2);
	stand_run(s, 60);
	stand_vp_ctrl(s, 0, true);
	uint64_t writes = s->writes;
	assert_true(take(s, 0, 2) == 0);
	assert_true(acked(s, 0, 3) & 1);
	assert_true(stand_drain(s, 1000));
	assert_int_equal(s->writes, writes);
	stand_vp_ctrl(s, 0, false);
	assert_true(take(s, 0, ~0ull) == (1 << 1 | 1 << 2));
	ring(s, 0, 3);
	stand_run(s, 60);
	assert_true(s->memory[0] == 1 << 3);
}

/* A word of address 0 is kept and not written; a new address shows it at the next ACK, of no flag. */
static void test_nowhere(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	home_record(s, 0, 0);
	ring(s, 0, 4);
	stand_run(s, 60);
	assert_true(s->memory[0] == 1 << 4);     /* the port's own record still says where */
	assert_true(take(s, 0, 1 << 4) == 1 << 4);
	stand_run(s, 60);
	assert_true(s->memory[0] == 1 << 4);
	home_record(s, 0, STAND_MEMORY + 8 * 200);
	s->memory[200] = ~0ull;
	assert_true(take(s, 0, 0) == 0);
	stand_run(s, 60);
	assert_true(s->memory[200] == 0);
}

static void test_reset(void **state)
{
	struct world *w = *state;
	struct stand *s = w->s;

	for (unsigned n = 0; n < PORTS; n++)
		ring(s, n, n % 64);
	s->stall_p = 200;
	stand_flr(s);
	s->stall_p = 0;
	uint64_t writes = s->writes;
	stand_run(s, 200);
	assert_int_equal(s->writes, writes);
	stand_reg_write(s, HVB_R_CONTROL, HVB_CONTROL_OWNED_MASK);
	for (unsigned home = 0; home < HOMES; home++) {
		home_record(s, home, STAND_MEMORY + 8 * home);
		assert_true(take(s, home, ~0ull) == 0);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_write_and_message), CASE(test_shared_word), CASE(test_refused), CASE(test_acked_is_visible),
		CASE(test_random), CASE(test_messages_are_behind), CASE(test_message_is_not_starved),
		CASE(test_flood_of_acks), CASE(test_vp_off), CASE(test_nowhere), CASE(test_reset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
